//! Writing events: create, change, delete, move, answer.

use std::collections::{BTreeSet, HashSet};

use domain::{
    event::{Attendee, EventContent, Field, Notify, Response},
    time::EventTime,
};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    Google,
    call::{not_understood, read, unwritable},
    etag, sync,
    wire::{self, EventDateTime, Read},
};
use crate::{
    Batch, Change, NewEvent, Target,
    error::{Error, Result},
};

/// How often a name may have been used and deleted before we give up.
const GENERATIONS: u32 = 20;
/// How often a change of our own reading is tried again when somebody else writes in between.
const ROUNDS: u32 = 3;

/// The id of a new event: the key's hexadecimal digits are base32hex digits (RFC 2938), as Google demands. A deleted
/// event keeps its id, so its successor gets the next generation.
fn event_id(key: &str, generation: u32) -> Result<String> {
    if key.len() != 32 || !key.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(unwritable(format!("“{key}” is not a key of 32 hexadecimal digits")));
    }
    Ok(if generation == 0 {
        super::event_name(key)
    } else {
        format!("cs{key}g{generation}")
    })
}

/// Whether an item is only a tombstone (a cancelled occurrence is not: it says something about its series).
pub(super) fn is_gone(item: &Value) -> bool {
    item["status"] == "cancelled" && item["recurringEventId"].is_null()
}

/// A batch of one item that must be readable.
pub(super) fn one(item: Value, calendar_zone: &str) -> Result<Batch> {
    let batch = sync::batch(vec![item], calendar_zone);
    match batch.malformed.first() {
        Some(bad) => Err(not_understood(&format!("the event {}: {}", bad.remote_id, bad.reason))),
        None => Ok(batch),
    }
}

fn text<'a>(item: &'a Value, name: &str) -> Result<&'a str> {
    item[name]
        .as_str()
        .ok_or_else(|| not_understood(&format!("the event has no {name}")))
}

impl Google {
    pub(super) async fn get(&self, calendar: &str, id: &str) -> Result<Value> {
        self.request(Method::GET, &["calendars", calendar, "events", id])
            .send()
            .await
    }

    /// The occurrence that the series would have put at `original`, overridden or not, cancelled ones included. Google
    /// names it; its name is never put together here.
    async fn instance(&self, calendar: &str, series: &str, original: &EventTime) -> Result<Value> {
        let moment = wire::query_text(original).map_err(unwritable)?;
        let list = self
            .request(Method::GET, &["calendars", calendar, "events", series, "instances"])
            .query("originalStart", &moment)
            .query("showDeleted", "true")
            .send()
            .await?;
        let zone = list["timeZone"].as_str().unwrap_or("UTC");
        let is_meant = |item: &&Value| {
            serde_json::from_value::<EventDateTime>(item["originalStartTime"].clone())
                .ok()
                .and_then(|time| time.read(zone, false).ok())
                .is_some_and(|time| wire::same_moment(&time, original))
        };
        list["items"]
            .as_array()
            .and_then(|items| items.iter().find(is_meant))
            .cloned()
            .ok_or(Error::NotFound)
    }

    /// The item a write goes to: the event itself, or the named occurrence of it.
    async fn item(&self, calendar: &str, target: &Target) -> Result<Value> {
        match &target.occurrence {
            Some(original) => self.instance(calendar, &target.remote_id, original).await,
            None => self.get(calendar, &target.remote_id).await,
        }
    }

    /// Whether the caller knows the version it is about to replace. An occurrence without an override is known by its
    /// master's version.
    async fn is_current(&self, calendar: &str, target: &Target, known: &str, item: &Value) -> Result<bool> {
        if etag(item) == Some(known) {
            return Ok(true);
        }
        if target.occurrence.is_none() {
            return Ok(false);
        }
        Ok(etag(&self.get(calendar, &target.remote_id).await?) == Some(known))
    }

    pub(super) async fn insert(&self, calendar: &str, new: &NewEvent) -> Result<Batch> {
        for generation in 0..GENERATIONS {
            let id = event_id(&new.key, generation)?;
            let body = wire::insert(&id, &new.key, &new.content).map_err(unwritable)?;
            let answer = self
                .request(Method::POST, &["calendars", calendar, "events"])
                .query("sendUpdates", wire::send_updates(new.notify))
                .query("conferenceDataVersion", "1")
                .json(&body)
                .repeatable()
                .answer()
                .await?;
            if answer.status != StatusCode::CONFLICT {
                return one(read(&answer)?, &new.calendar_zone);
            }
            match self.get(calendar, &id).await {
                Ok(item) if !is_gone(&item) => return one(item, &new.calendar_zone),
                // Deleted since: the id is spent.
                Ok(_) | Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        let detail = format!("the event was created and deleted {GENERATIONS} times already");
        Err(Error::Rejected {
            code: "too_many_generations".into(),
            detail,
            status: None,
        })
    }

    pub(super) async fn patch(&self, calendar: &str, target: &Target, change: &Change) -> Result<Batch> {
        let mut fields = change.fields.clone();
        if target.occurrence.is_some() {
            // An occurrence has no rule of its own.
            fields.remove(&Field::Recurrence);
        }
        let reads_first = target.occurrence.is_some()
            || fields.is_empty()
            || fields.contains(&Field::Attendees)
            || fields.contains(&Field::Metadata);
        for _ in 0..ROUNDS {
            let current = if reads_first {
                self.item(calendar, target).await?
            } else {
                Value::Null
            };
            let restores = fields.contains(&Field::Status);
            if is_gone(&current) || current["status"] == "cancelled" && !restores {
                return Err(Error::NotFound);
            }
            if let (true, Some(known)) = (reads_first, &change.etag)
                && !self.is_current(calendar, target, known, &current).await?
            {
                return settle(current, &fields, change);
            }
            if fields.is_empty() {
                return one(current, &change.calendar_zone);
            }
            let id = if reads_first {
                text(&current, "id")?
            } else {
                &target.remote_id
            };
            let version = if reads_first {
                etag(&current)
            } else {
                change.etag.as_deref()
            };
            let body = wire::patch(&change.content, &fields, &current).map_err(unwritable)?;
            match self.write(calendar, id, &body, version, change.notify).await {
                Err(Error::Changed) => {}
                Ok(item) if is_gone(&item) => return Err(Error::NotFound),
                answer => return one(answer?, &change.calendar_zone),
            }
            if change.etag.is_some() {
                // Either somebody else was faster, or our own first attempt arrived and its answer was lost.
                return settle(self.get(calendar, id).await?, &fields, change);
            }
        }
        Err(Error::Changed)
    }

    async fn write(
        &self,
        calendar: &str,
        id: &str,
        body: &Value,
        known: Option<&str>,
        notify: Notify,
    ) -> Result<Value> {
        self.request(Method::PATCH, &["calendars", calendar, "events", id])
            .query("sendUpdates", wire::send_updates(notify))
            .query("conferenceDataVersion", "1")
            .if_match(known)
            .json(body)
            .send()
            .await
    }

    pub(super) async fn remove(
        &self,
        calendar: &str,
        target: &Target,
        known: Option<&str>,
        notify: Notify,
    ) -> Result<Batch> {
        let gone = || Batch {
            removed: vec![target.remote_id.clone()],
            ..Batch::default()
        };
        if target.occurrence.is_none() {
            let outcome = self.drop_item(calendar, &target.remote_id, known, notify).await;
            return match outcome {
                Ok(()) | Err(Error::NotFound) => Ok(gone()),
                // Perhaps our own first attempt arrived and its answer was lost.
                Err(Error::Changed) => match self.get(calendar, &target.remote_id).await {
                    Ok(item) if !is_gone(&item) => Err(Error::Changed),
                    Ok(_) | Err(Error::NotFound) => Ok(gone()),
                    Err(error) => Err(error),
                },
                Err(error) => Err(error),
            };
        }
        let mut item = match self.item(calendar, target).await {
            // No such series or no such occurrence: nothing to take out.
            Err(Error::NotFound) => return Ok(Batch::default()),
            item => item?,
        };
        let id = text(&item, "id")?.to_owned();
        if item["status"] != "cancelled" {
            if let Some(known) = known
                && !self.is_current(calendar, target, known, &item).await?
            {
                return Err(Error::Changed);
            }
            let version = known.and(etag(&item));
            match self.drop_item(calendar, &id, version, notify).await {
                Ok(()) | Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
            match self.get(calendar, &id).await {
                Ok(now) => item = now,
                // Google may forget the item at once; what was said of it is enough.
                Err(Error::NotFound) => item["etag"] = Value::Null,
                Err(error) => return Err(error),
            }
            item["status"] = json!("cancelled");
        }
        one(item, "UTC")
    }

    async fn drop_item(&self, calendar: &str, id: &str, known: Option<&str>, notify: Notify) -> Result<()> {
        let answer = self
            .request(Method::DELETE, &["calendars", calendar, "events", id])
            .query("sendUpdates", wire::send_updates(notify))
            .if_match(known)
            .repeatable()
            .answer()
            .await?;
        // Also the answer to a deletion is Google's, or none.
        read(&answer).map(|_| ())
    }

    pub(super) async fn hand_over(&self, from: &str, id: &str, to: &str, notify: Notify) -> Result<Batch> {
        let moved = self
            .request(Method::POST, &["calendars", from, "events", id, "move"])
            .query("destination", to)
            .query("sendUpdates", wire::send_updates(notify))
            .repeatable()
            .send()
            .await;
        match moved {
            Ok(item) => one(item, "UTC"),
            // Perhaps an earlier attempt arrived and its answer was lost: then it is there already.
            Err(Error::NotFound) => match self.get(to, id).await {
                Ok(item) if !is_gone(&item) => one(item, "UTC"),
                Ok(_) => Err(Error::NotFound),
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    pub(super) async fn answer_invitation(
        &self,
        calendar: &str,
        target: &Target,
        answer: Response,
        notify: Notify,
    ) -> Result<Batch> {
        for _ in 0..ROUNDS {
            let current = self.item(calendar, target).await?;
            if current["status"] == "cancelled" {
                return Err(Error::NotFound);
            }
            let Some(body) = wire::answered(&current, answer) else {
                let detail = "the account is not among the guests of this event".to_owned();
                return Err(Error::Rejected {
                    code: "not_invited".into(),
                    detail,
                    status: None,
                });
            };
            if body["attendees"] == current["attendees"] {
                return one(current, "UTC");
            }
            let id = text(&current, "id")?;
            match self.write(calendar, id, &body, etag(&current), notify).await {
                Err(Error::Changed) => {}
                item => return one(item?, "UTC"),
            }
        }
        Err(Error::Changed)
    }
}

/// The version is not the one the caller knew: success if it says what the caller wants all the same.
fn settle(current: Value, fields: &BTreeSet<Field>, change: &Change) -> Result<Batch> {
    match wire::event(&current, &change.calendar_zone) {
        Ok(Read::Event(event)) if says(&event.content, &change.content, fields) => one(current, &change.calendar_zone),
        Ok(Read::Gone(_)) => Err(Error::NotFound),
        _ => Err(Error::Changed),
    }
}

/// Whether `now` says in `fields` what `wanted` says. Guests are compared by who they are: their answers are theirs.
fn says(now: &EventContent, wanted: &EventContent, fields: &BTreeSet<Field>) -> bool {
    let who =
        |all: &[Attendee]| -> HashSet<_> { all.iter().map(|a| (a.email.to_ascii_lowercase(), a.optional)).collect() };
    let mut differs = now.changed(wanted);
    if who(&now.attendees) == who(&wanted.attendees) {
        differs.remove(&Field::Attendees);
    }
    differs.is_disjoint(fields)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_are_legal_for_google_and_differ_by_generation() {
        let key = "0193a1b2c3d47e5f8a9b0c1d2e3f4a5b";
        let (first, second) = (event_id(key, 0).unwrap(), event_id(key, 1).unwrap());
        assert_ne!(first, second);
        for id in [first, second] {
            assert!(
                id.len() <= 1024 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'v')),
                "{id}"
            );
        }
        assert!(event_id("0193A1B2C3D47E5F8A9B0C1D2E3F4A5B", 0).is_err());
        assert!(event_id("short", 0).is_err());
    }
}
