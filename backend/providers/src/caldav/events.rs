//! Writes: read the resource, change what must change, put it back under the version that was read, read it back.

use domain::{
    event::{Field, Notify, RemoteEvent, Response},
    stacking::plan::known_uid,
    time::EventTime,
};
use http::{
    HeaderName, Method,
    header::{IF_MATCH, IF_NONE_MATCH},
};
use jiff::Timestamp;

use super::{
    Caldav,
    session::{refusal, verb},
};
use crate::{
    Batch, Change, NewEvent, Target,
    error::{Error, Result},
    http::{Answer, Request},
    ics,
};

/// How often a name that is taken by something else is followed by the next.
const GENERATIONS: u32 = 4;

/// RFC 4791 §5.3.2.1: the identity is taken.
const UID_TAKEN: &str = "no-uid-conflict";

/// How often a change that names no version is made again on top of what others wrote in between.
const ROUNDS: u32 = 3;

/// The resource that holds an event or an override.
pub fn resource_name(remote_id: &str) -> &str {
    remote_id.split_once('#').map_or(remote_id, |(name, _)| name)
}

/// Whether an etag is good for `If-Match` (RFC 9110 §13.1.1).
fn is_strong(etag: &str) -> bool {
    !etag.starts_with("W/")
}

/// What `If-Match` names: without a strong etag only that there is something.
fn condition(etag: Option<&str>) -> &str {
    etag.filter(|tag| is_strong(tag)).unwrap_or("*")
}

/// Whether the version a write was made for is the present one. The same version may be called weak on one way and
/// strong on the other.
fn is_current(wanted: Option<&str>, present: Option<&str>) -> bool {
    let bare = |etag: &str| etag.trim_start_matches("W/").to_owned();
    wanted.is_none_or(|wanted| present.map(bare) == Some(bare(wanted)))
}

fn unreadable(reason: String) -> Error {
    Error::Rejected {
        code: "unreadable_event".into(),
        detail: reason,
        status: None,
    }
}

/// A page for people is no server's answer to a write: something on the way gave it (a proxy, a hotel's sign-in). Whether the
/// write arrived is not known, and found out by the next try.
fn answered(answer: &Answer) -> Result<()> {
    let page = answer
        .header(&http::header::CONTENT_TYPE)
        .is_some_and(|kind| kind.starts_with("text/html"));
    if page && answer.status == http::StatusCode::OK {
        return Err(Error::TryLater {
            after: None,
            rate_limited: false,
            detail: "a web page came instead of the calendar server's answer".into(),
        });
    }
    Ok(())
}

impl Caldav {
    async fn put(&self, calendar: &str, name: &str, text: String, condition: (HeaderName, &str)) -> Result<()> {
        let request = Request::new(Method::PUT, self.resource(calendar, name)?)
            .header(condition.0, condition.1)
            .body("text/calendar; charset=utf-8", text)
            // Under a condition twice is as good as once: the second finds the first.
            .repeatable(true);
        let answer = self.session.send(request).await?;
        answered(&answer)?;
        match answer.status.as_u16() {
            200..=299 => Ok(()),
            // Nextcloud has no word for it, only a sentence; also of what lies in its bin.
            400 if answer.text().contains("object with uid already exists") => Err(Error::Rejected {
                code: UID_TAKEN.into(),
                detail: "the server has an event of this identity already, perhaps in its bin".into(),
                status: Some(400),
            }),
            // RFC 4918 §9.7.1: the collection is not there.
            409 if crate::caldav::xml::conditions(&answer.text()).is_empty() => Err(Error::NotFound),
            _ => Err(refusal(&answer)),
        }
    }

    /// Puts back a text that was read with this etag.
    async fn put_back(&self, calendar: &str, name: &str, text: String, etag: Option<&str>) -> Result<Batch> {
        self.put(calendar, name, text, (IF_MATCH, condition(etag))).await?;
        let (text, etag) = self.get(calendar, name).await?;
        self.understood(calendar, name, &text, etag.as_deref()).await
    }

    pub(super) async fn create_event(&self, calendar: &str, new: &NewEvent) -> Result<Batch> {
        for generation in 0..GENERATIONS {
            // What came with a UID keeps it, as long as the server has it nowhere else.
            let (uid, name) = if generation == 0 {
                (known_uid(&new.content, &new.key).to_owned(), new.key.clone())
            } else {
                let other = format!("{}-{generation}", new.key);
                (other.clone(), other)
            };
            let name = super::event_name(&name);
            let text = ics::new_object(&uid, &new.content, self.author(new.notify), Timestamp::now());
            match self.put(calendar, &name, text, (IF_NONE_MATCH, "*")).await {
                Ok(()) => {}
                // The name is taken: by our own earlier self, or by something else.
                Err(Error::Changed) => {}
                // The identity is taken, in this or another calendar, or lies in a bin.
                Err(Error::Rejected { code, .. }) if code == UID_TAKEN || code == "http_409" => continue,
                Err(error) => return Err(error),
            }
            let (text, etag) = match self.get(calendar, &name).await {
                Err(Error::NotFound) => continue,
                other => other?,
            };
            let batch = self.understood(calendar, &name, &text, etag.as_deref()).await?;
            if batch.upserts.iter().any(|event| event.ical_uid == uid) {
                return Ok(batch);
            }
        }
        Err(Error::Rejected {
            code: "name_taken".into(),
            detail: "the server keeps refusing the event's name".into(),
            status: None,
        })
    }

    pub(super) async fn update_event(&self, calendar: &str, target: &Target, change: &Change) -> Result<Batch> {
        let mut round = 1;
        loop {
            match self.update_once(calendar, target, change).await {
                // Nobody named a version, so the fields are meant for whatever there is now.
                Err(Error::Changed) if change.etag.is_none() && round < ROUNDS => round += 1,
                outcome => return outcome,
            }
        }
    }

    async fn update_once(&self, calendar: &str, target: &Target, change: &Change) -> Result<Batch> {
        let name = resource_name(&target.remote_id);
        let (text, etag) = self.get(calendar, name).await?;
        let present = self.understood(calendar, name, &text, etag.as_deref()).await?;
        if !is_current(change.etag.as_deref(), etag.as_deref()) {
            // Our own earlier write, whose answer was lost, is no conflict.
            return if says_already(&present, target, change) {
                Ok(present)
            } else {
                Err(Error::Changed)
            };
        }
        let edit = ics::Edit {
            content: &change.content,
            fields: &change.fields,
            occurrence: target.occurrence.as_ref(),
            calendar_zone: &change.calendar_zone,
            author: self.author(change.notify),
            now: Timestamp::now(),
        };
        let text = ics::apply(&text, &edit).map_err(unreadable)?;
        let written = self.put_back(calendar, name, text, etag.as_deref()).await;
        self.or_as_it_is(calendar, name, written, |now| says_already(now, target, change))
            .await
    }

    /// A write that was refused for its version may have been repeated after its answer was lost: then what the server
    /// holds is what was wanted.
    async fn or_as_it_is(
        &self,
        calendar: &str,
        name: &str,
        written: Result<Batch>,
        is_wanted: impl Fn(&Batch) -> bool,
    ) -> Result<Batch> {
        if !matches!(written, Err(Error::Changed)) {
            return written;
        }
        let (text, etag) = self.get(calendar, name).await?;
        let now = self.understood(calendar, name, &text, etag.as_deref()).await?;
        if is_wanted(&now) { Ok(now) } else { Err(Error::Changed) }
    }

    pub(super) async fn delete_event(
        &self,
        calendar: &str,
        target: &Target,
        etag: Option<&str>,
        notify: Notify,
    ) -> Result<Batch> {
        let name = resource_name(&target.remote_id);
        let gone = || Batch {
            removed: vec![name.to_owned()],
            ..Batch::default()
        };
        let Some(original) = &target.occurrence else {
            let mut request = Request::new(Method::DELETE, self.resource(calendar, name)?).repeatable(true);
            if notify == Notify::None {
                // RFC 6638 §8.1: a guest who deletes an invitation declines it aloud, unless told otherwise.
                request = request.header(HeaderName::from_static("schedule-reply"), "F");
            }
            match etag {
                Some(etag) if is_strong(etag) => request = request.header(IF_MATCH, etag),
                // The server would not compare it: we do.
                Some(etag) => match self.get(calendar, name).await {
                    Err(Error::NotFound) => return Ok(gone()),
                    Ok((_, now)) if !is_current(Some(etag), now.as_deref()) => return Err(Error::Changed),
                    other => drop(other?),
                },
                None => {}
            }
            let answer = self.session.send(request).await?;
            answered(&answer)?;
            return match answer.status.as_u16() {
                200..=299 | 404 | 410 => Ok(gone()),
                // Servers check the condition before they look whether it is there.
                412 => match self.get(calendar, name).await {
                    Err(Error::NotFound) => Ok(gone()),
                    _ => Err(Error::Changed),
                },
                _ => Err(refusal(&answer)),
            };
        };
        let (text, version) = match self.get(calendar, name).await {
            Err(Error::NotFound) => return Ok(gone()),
            other => other?,
        };
        let zone = if ics::is_floating(&text) {
            self.zone(calendar).await?
        } else {
            "UTC".to_owned()
        };
        let without = ics::drop_occurrence(&text, original, &zone, Timestamp::now()).map_err(unreadable)?;
        if without == text {
            return Ok(self.read(name, &text, version.as_deref(), &zone));
        }
        if !is_current(etag, version.as_deref()) {
            return Err(Error::Changed);
        }
        match self.put_back(calendar, name, without, version.as_deref()).await {
            Err(Error::Changed) => {
                let (text, version) = self.get(calendar, name).await?;
                let again = ics::drop_occurrence(&text, original, &zone, Timestamp::now()).map_err(unreadable)?;
                if again == text {
                    Ok(self.read(name, &text, version.as_deref(), &zone))
                } else {
                    Err(Error::Changed)
                }
            }
            other => other,
        }
    }

    pub(super) async fn move_resource(&self, from: &str, name: &str, to: &str) -> Result<Batch> {
        let destination = self.resource(to, name)?;
        let request = Request::new(verb("MOVE")?, self.resource(from, name)?)
            .header(HeaderName::from_static("destination"), destination.as_str())
            .header(HeaderName::from_static("overwrite"), "F");
        let answer = self.session.send(request).await?;
        match answer.status.as_u16() {
            200..=299 => {}
            // Moved already: it is there and not here.
            404 | 412
                if self.get(to, name).await.is_ok() && matches!(self.get(from, name).await, Err(Error::NotFound)) => {}
            403 | 405 | 409 | 501 | 502 => {
                self.copy_and_delete(from, name, to).await?;
            }
            _ => return Err(refusal(&answer)),
        }
        let (text, etag) = self.get(to, name).await?;
        self.understood(to, name, &text, etag.as_deref()).await
    }

    /// A move where the server has none. What is lost on the way is done again: first the copy, then the deletion of
    /// exactly what was copied. Some servers ignore the condition and write over what has the name, or call a success what
    /// they do not keep: so we look before the copy, and again before the deletion.
    async fn copy_and_delete(&self, from: &str, name: &str, to: &str) -> Result<()> {
        let (text, etag) = match self.get(from, name).await {
            // Moved already, if it is there; the caller looks.
            Err(Error::NotFound) => return Ok(()),
            other => other?,
        };
        let version;
        let condition = match self.get(to, name).await {
            Err(Error::NotFound) => (IF_NONE_MATCH, "*"),
            Err(error) => return Err(error),
            Ok((there, _)) if ics::uid_of(&there) != ics::uid_of(&text) => {
                return Err(Error::Rejected {
                    code: "name_taken".into(),
                    detail: "another event of that name is there already".into(),
                    status: None,
                });
            }
            // Our own earlier copy. What it was copied from may have changed since.
            Ok((_, tag)) => {
                version = tag;
                (IF_MATCH, condition(version.as_deref()))
            }
        };
        match self.put(to, name, text.clone(), condition).await {
            // Refused: our first try arrived, or somebody was faster. What is there now decides.
            Ok(()) | Err(Error::Changed) => {}
            Err(error) => return Err(error),
        }
        if !self.holds(to, name, &text).await? {
            return Err(Error::TryLater {
                after: None,
                rate_limited: false,
                detail: "the server does not show the copy it was given, so the event stays where it is".into(),
            });
        }
        let target = Target {
            remote_id: name.to_owned(),
            occurrence: None,
        };
        self.delete_event(from, &target, etag.as_deref(), Notify::None).await?;
        Ok(())
    }

    /// Whether a resource is there with the event and all overrides of a text. Servers write texts in their own way.
    async fn holds(&self, calendar: &str, name: &str, text: &str) -> Result<bool> {
        let there = match self.get(calendar, name).await {
            Err(Error::NotFound) => return Ok(false),
            other => other?.0,
        };
        let count = |text: &str| self.read(name, text, None, "UTC").upserts.len();
        Ok(ics::uid_of(&there) == ics::uid_of(text) && count(&there) == count(text))
    }

    pub(super) async fn answer_invitation(
        &self,
        calendar: &str,
        target: &Target,
        answer: Response,
        notify: Notify,
    ) -> Result<Batch> {
        let name = resource_name(&target.remote_id);
        let (text, etag) = self.get(calendar, name).await?;
        let zone = if ics::is_floating(&text) {
            self.zone(calendar).await?
        } else {
            "UTC".to_owned()
        };
        let present = self.read(name, &text, etag.as_deref(), &zone);
        let mut content = present.upserts.first().ok_or(Error::NotFound)?.content.clone();
        if let Some(original) = &target.occurrence {
            let lasts = content
                .start
                .local()
                .until(content.end.local())
                .map_err(|e| unreadable(e.to_string()))?;
            content.end = original.with_local(original.local().saturating_add(lasts));
            content.start = original.clone();
        }
        let fields = std::collections::BTreeSet::new();
        let edit = ics::Edit {
            content: &content,
            fields: &fields,
            occurrence: target.occurrence.as_ref(),
            calendar_zone: &zone,
            author: self.author(notify),
            now: Timestamp::now(),
        };
        match ics::respond(&text, &self.account.addresses, answer, &edit).map_err(unreadable)? {
            Some(text) => {
                let written = self.put_back(calendar, name, text, etag.as_deref()).await;
                let mine = |now: &Batch| {
                    now.upserts
                        .iter()
                        .flat_map(|e| &e.content.attendees)
                        .any(|a| a.is_self && a.response == answer)
                };
                self.or_as_it_is(calendar, name, written, mine).await
            }
            None => Err(Error::Rejected {
                code: "not_invited".into(),
                detail: "this account is not among the guests".into(),
                status: None,
            }),
        }
    }
}

/// Whether the present state already says what a change wants to write.
fn says_already(present: &Batch, target: &Target, change: &Change) -> bool {
    let same =
        |a: &EventTime, b: &EventTime| a.instant(&change.calendar_zone).ok() == b.instant(&change.calendar_zone).ok();
    let meant = |event: &&RemoteEvent| match (&target.occurrence, &event.original_start) {
        (None, None) => true,
        (Some(wanted), Some(original)) => same(wanted, original),
        _ => false,
    };
    let Some(event) = present.upserts.iter().find(meant) else {
        return false;
    };
    let differs = event.content.changed(&change.content);
    !change.fields.is_empty()
        && change
            .fields
            .iter()
            .all(|field| *field == Field::Recurrence && target.occurrence.is_some() || !differs.contains(field))
}
