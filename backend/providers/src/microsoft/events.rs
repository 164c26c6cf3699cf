//! Writing events: create, change, delete, answer.

use std::collections::BTreeSet;

use domain::{
    event::{EventContent, Field, Notify, Response},
    time::EventTime,
};
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    Microsoft,
    call::{not_understood, rejected, unwritable},
    wire,
};
use crate::{
    Batch, Change, NewEvent, Target,
    error::{Error, Result},
};

/// How often a name may have been used and deleted before we give up.
const GENERATIONS: u32 = 20;
/// How often a change of our own reading is tried again when somebody else writes in between.
const ROUNDS: u32 = 3;
/// How far around its moment an occurrence is looked for: a day in any zone.
const AROUND: SignedDuration = SignedDuration::from_hours(36);

/// The key in a name of ours (see [`super::event_name`]).
fn key_of(name: &str) -> Option<&str> {
    let key = name.strip_prefix("cs")?;
    (key.len() == 32 && key.bytes().all(|b| b.is_ascii_hexdigit())).then_some(key)
}

fn text<'a>(item: &'a Value, name: &str) -> Result<&'a str> {
    item[name]
        .as_str()
        .ok_or_else(|| not_understood(&format!("the event has no {name}")))
}

impl Microsoft {
    /// Finds what an earlier try has made, else makes it. The transaction id guards the moment between the two; Microsoft
    /// remembers one whose event was deleted since, and then the next generation of it is used.
    pub(super) async fn insert(&self, calendar: &str, new: &NewEvent) -> Result<Batch> {
        let (content, out) = wire::without_dates(&new.content).map_err(unwritable)?;
        let id = match self.made(calendar, &new.key).await? {
            Some(id) => id,
            None => self.make(calendar, new, &content).await?,
        };
        self.take_out(calendar, &id, &out).await?;
        self.read_whole(calendar, &id).await
    }

    /// What was made under the key and is still there.
    async fn made(&self, calendar: &str, key: &str) -> Result<Option<String>> {
        let found = self
            .request(Method::GET, &["me", "calendars", calendar, "events"])
            .query("$filter", &wire::key_filter(key))
            .query("$top", "1")
            .send()
            .await?;
        Ok(found["value"][0]["id"].as_str().map(str::to_owned))
    }

    /// The event by Microsoft's name. One that we have only a name of our own for was promised and perhaps made, and its
    /// answer lost: it is looked for by its key.
    ///
    /// # Errors
    /// [`Error::NotFound`]: it was never made, or is gone.
    pub(super) async fn named(&self, calendar: &str, target: &Target) -> Result<Target> {
        let mut target = target.clone();
        if let Some(key) = key_of(&target.remote_id) {
            target.remote_id = self.made(calendar, key).await?.ok_or(Error::NotFound)?;
        }
        Ok(target)
    }

    async fn make(&self, calendar: &str, new: &NewEvent, content: &EventContent) -> Result<String> {
        for generation in 0..GENERATIONS {
            let body = wire::create(&new.key, generation, content, &new.calendar_zone).map_err(unwritable)?;
            let call = self.request(Method::POST, &["me", "calendars", calendar, "events"]);
            match call.json(&body).repeatable().send().await {
                Ok(made) => return text(&made, "id").map(str::to_owned),
                Err(Error::Rejected { code, .. }) if code == "ErrorDuplicateTransactionId" => {}
                Err(error) => return Err(error),
            }
            // Our own first attempt, whose answer was lost, or something that is gone since.
            if let Some(id) = self.made(calendar, &new.key).await? {
                return Ok(id);
            }
        }
        let detail = format!("the event was created and deleted {GENERATIONS} times already");
        Err(rejected("too_many_generations", detail))
    }

    /// Takes occurrences out of a series, as EXDATE says elsewhere. Doing it again finds nothing to do.
    async fn take_out(&self, calendar: &str, series: &str, occurrences: &[EventTime]) -> Result<()> {
        for original in occurrences {
            let target = Target {
                remote_id: series.to_owned(),
                occurrence: Some(original.clone()),
            };
            match self.place(calendar, &target, None).await {
                Ok((id, _)) => self.drop_item(calendar, &id, None).await?,
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The occurrence that the series would have put at `original`, changed or not. Microsoft names it.
    async fn instance(&self, calendar: &str, series: &str, original: &EventTime) -> Result<Value> {
        let at = wire::moment(original).map_err(unwritable)?;
        let is_meant = |item: &&Value| {
            wire::event(item)
                .ok()
                .and_then(|event| event.original_start)
                .is_some_and(|start| wire::same_moment(&start, original))
        };
        let bound = |at: jiff::Timestamp| at.to_string();
        let list = self
            .request(
                Method::GET,
                &["me", "calendars", calendar, "events", series, "instances"],
            )
            .query("startDateTime", &bound(at.saturating_sub(AROUND).unwrap_or(at)))
            .query("endDateTime", &bound(at.saturating_add(AROUND).unwrap_or(at)))
            .query("$top", "100")
            .send()
            .await?;
        if let Some(item) = list["value"].as_array().into_iter().flatten().find(is_meant) {
            return Ok(item.clone());
        }
        // It may have been moved out of the time it was meant for.
        let names = self.names(calendar, series).await?;
        let moved = self.exceptions(calendar, &names).await?;
        moved.iter().find(is_meant).cloned().ok_or(Error::NotFound)
    }

    pub(super) async fn get(&self, calendar: &str, id: &str) -> Result<Value> {
        self.request(Method::GET, &["me", "calendars", calendar, "events", id])
            .send()
            .await
    }

    async fn item(&self, calendar: &str, target: &Target) -> Result<Value> {
        match &target.occurrence {
            Some(original) => self.instance(calendar, &target.remote_id, original).await,
            None => self.get(calendar, &target.remote_id).await,
        }
    }

    /// The id a write goes to and the version it may be conditioned on, if the caller knows the present one. An occurrence
    /// without an override is known by its master's version.
    async fn place(&self, calendar: &str, target: &Target, known: Option<&str>) -> Result<(String, Option<String>)> {
        let item = self.item(calendar, target).await?;
        let current = text(&item, "@odata.etag")?.to_owned();
        if let Some(known) = known.filter(|known| *known != current) {
            let is_masters = target.occurrence.is_some()
                && self.get(calendar, &target.remote_id).await?["@odata.etag"].as_str() == Some(known);
            if !is_masters {
                return Err(Error::Changed);
            }
        }
        Ok((text(&item, "id")?.to_owned(), Some(current)))
    }

    pub(super) async fn change(&self, calendar: &str, target: &Target, change: &Change) -> Result<Batch> {
        let target = &self.named(calendar, target).await?;
        let mut fields = change.fields.clone();
        if target.occurrence.is_some() {
            // An occurrence has no rule of its own.
            fields.remove(&Field::Recurrence);
        }
        let (content, out) = wire::without_dates(&change.content).map_err(unwritable)?;
        let reads_first = target.occurrence.is_some() || wire::needs_current(&fields);
        let mut written = fields.is_empty();
        for _ in 0..ROUNDS {
            if written {
                break;
            }
            let (id, version) = if target.occurrence.is_some() {
                self.place(calendar, target, change.etag.as_deref()).await?
            } else {
                (target.remote_id.clone(), change.etag.clone())
            };
            let current = if reads_first {
                self.as_written(calendar, &id).await?
            } else {
                Value::Null
            };
            let version = version.or_else(|| current["@odata.etag"].as_str().map(str::to_owned));
            let body = wire::patch(&content, &fields, &current, &change.calendar_zone).map_err(unwritable)?;
            let call = self.request(Method::PATCH, &["me", "calendars", calendar, "events", &id]);
            match call.if_match(version.as_deref()).json(&body).send().await {
                Ok(_) => written = true,
                Err(Error::Changed) if change.etag.is_some() => {
                    // Either somebody else was faster, or our own first attempt arrived and its answer was lost.
                    self.says_so_already(calendar, target, &content, &fields).await?;
                    written = true;
                }
                Err(Error::Changed) => {}
                Err(other) => return Err(other),
            }
        }
        if !written {
            return Err(Error::Changed);
        }
        if fields.contains(&Field::Recurrence) {
            self.take_out(calendar, &target.remote_id, &out).await?;
        }
        self.read_whole(calendar, &target.remote_id).await
    }

    /// The parts of an event that are written whole, as they are kept: a text as HTML, guests with what we have no word for.
    async fn as_written(&self, calendar: &str, id: &str) -> Result<Value> {
        self.request(Method::GET, &["me", "calendars", calendar, "events", id])
            .query("$select", "body,attendees,isOnlineMeeting,onlineMeeting")
            .bodies_as_html()
            .send()
            .await
    }

    /// # Errors
    /// [`Error::Changed`] when the event says something else than it is to say.
    async fn says_so_already(
        &self,
        calendar: &str,
        target: &Target,
        content: &EventContent,
        fields: &BTreeSet<Field>,
    ) -> Result<()> {
        let now = wire::event(&self.item(calendar, target).await?).map_err(|e| not_understood(&e))?;
        let differs = now.content.differences(content);
        // Metadata is not told here.
        if differs.is_disjoint(fields) && !fields.contains(&Field::Metadata) {
            Ok(())
        } else {
            Err(Error::Changed)
        }
    }

    pub(super) async fn remove(&self, calendar: &str, target: &Target, known: Option<&str>) -> Result<Batch> {
        let gone = Batch {
            removed: vec![target.remote_id.clone()],
            ..Batch::default()
        };
        let target = &match self.named(calendar, target).await {
            Err(Error::NotFound) => return Ok(gone),
            named => named?,
        };
        // Graph does not promise to look at If-Match when it deletes, so the version is compared before.
        let found = match (&target.occurrence, known) {
            (None, None) => Ok((target.remote_id.clone(), None)),
            _ => self.place(calendar, target, known).await,
        };
        let (id, version) = match found {
            // No such series or no such occurrence: nothing to take out.
            Err(Error::NotFound) if target.occurrence.is_some() => return Ok(Batch::default()),
            Err(Error::NotFound) => return Ok(gone),
            place => place?,
        };
        self.drop_item(calendar, &id, known.and(version).as_deref()).await?;
        if target.occurrence.is_none() {
            return Ok(gone);
        }
        match self.read_whole(calendar, &target.remote_id).await {
            Err(Error::NotFound) => Ok(gone),
            batch => batch,
        }
    }

    /// Already gone is success.
    async fn drop_item(&self, calendar: &str, id: &str, version: Option<&str>) -> Result<()> {
        let call = self.request(Method::DELETE, &["me", "calendars", calendar, "events", id]);
        match call.if_match(version).repeatable().send().await {
            Ok(_) | Err(Error::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A declined meeting leaves the calendar.
    pub(super) async fn answer_invitation(
        &self,
        calendar: &str,
        target: &Target,
        answer: Response,
        notify: Notify,
    ) -> Result<Batch> {
        let word = match answer {
            Response::Accepted => "accept",
            Response::Declined => "decline",
            Response::Tentative => "tentativelyAccept",
            Response::NeedsAction => return Err(unwritable("Microsoft cannot take an answer back".into())),
        };
        let item = self.item(calendar, target).await?;
        if item["isOrganizer"].as_bool() == Some(true) {
            return Err(rejected(
                "not_invited",
                "the account is not among the guests of this event".into(),
            ));
        }
        let body = json!({"sendResponse": notify != Notify::None && item["responseRequested"] != false});
        let id = text(&item, "id")?;
        let call = self.request(Method::POST, &["me", "calendars", calendar, "events", id, word]);
        match call.json(&body).repeatable().send().await {
            // An earlier attempt arrived: a declined meeting leaves the calendar.
            Err(Error::NotFound) if answer == Response::Declined => {}
            outcome => {
                outcome?;
            }
        }
        match self.read_whole(calendar, &target.remote_id).await {
            Err(Error::NotFound) => Ok(Batch {
                removed: vec![target.remote_id.clone()],
                ..Batch::default()
            }),
            batch => batch,
        }
    }
}
