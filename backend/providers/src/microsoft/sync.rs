//! What changed since last time: rounds of `calendarView/delta` (Graph docs: delta-query-events.md).
//!
//! A round tells of occurrences only when they are, of deleted ones nothing, and of extended properties nothing either. So
//! it is taken as a hint: every event it names is read whole, a series with its exceptions and what was deleted of it.

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, stream};
use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Microsoft,
    call::{error, is_stale, not_understood, read},
    wire,
};
use crate::{
    Batch, Malformed, Next, Page,
    error::{Error, Result},
};

/// How many events are read at once: Outlook takes four calls of an application to one mailbox, and there are others.
const AT_ONCE: usize = 3;
/// How far the window may move on before a new round with it begins.
const WINDOW_MOVES: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Where in which round we are; opaque to callers.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Cursor {
    /// The next page, or where the next round begins. Its window is inside.
    link: String,
    /// Series that were read in this round already, since their occurrences come on many pages.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    read: BTreeSet<String>,
    /// When the window ends that the links are bound to.
    until: Option<Timestamp>,
}

impl Cursor {
    /// Whether the window has been left so far behind that a round with a new one is due. A round that is under way ends first.
    fn is_behind(&self, until: Timestamp) -> bool {
        !self.link.contains("skiptoken") && self.until.is_some_and(|ends| until.duration_since(ends) > WINDOW_MOVES)
    }
}

impl Microsoft {
    pub(super) async fn page(&self, calendar: &str, cursor: Option<&str>) -> Result<Page> {
        let here: Option<Cursor> = match cursor {
            None => None,
            Some(text) => Some(serde_json::from_str(text).map_err(|_| Error::CursorExpired)?),
        };
        if here.as_ref().is_some_and(|here| here.is_behind(self.window.1)) {
            return Err(Error::CursorExpired);
        }
        let call = match &here {
            Some(here) => self.follow(&here.link),
            None => self
                .request(Method::GET, &["me", "calendars", calendar, "calendarView", "delta"])
                .query("startDateTime", &self.window.0.to_string())
                .query("endDateTime", &self.window.1.to_string()),
        };
        let answer = call.pages_of(self.page_size).answer().await?;
        if here.is_some() && is_stale(&answer) {
            tracing::debug!(calendar, error = %error(&answer), "the delta link has expired");
            return Err(Error::CursorExpired);
        }
        let page = read(&answer)?;
        let items = page["value"]
            .as_array()
            .ok_or_else(|| not_understood("the page has no items"))?;
        let until = here.as_ref().map_or(Some(self.window.1), |here| here.until);
        let mut known = here.map(|h| h.read).unwrap_or_default();
        let batch = self.whole(calendar, items, &mut known).await?;
        let text = |link: &Value, read: BTreeSet<String>| {
            let link = link.as_str().map(str::to_owned);
            let link = link.ok_or_else(|| not_understood("the page has no link"))?;
            serde_json::to_string(&Cursor { link, read, until }).map_err(|e| not_understood(&e.to_string()))
        };
        let next = if page["@odata.nextLink"].is_string() {
            Next::More(text(&page["@odata.nextLink"], known)?)
        } else {
            Next::Done(text(&page["@odata.deltaLink"], BTreeSet::new())?)
        };
        Ok(Page { batch, next })
    }

    /// What a page names, read whole. Of several entries for one event the last counts.
    async fn whole(&self, calendar: &str, items: &[Value], known: &mut BTreeSet<String>) -> Result<Batch> {
        let mut batch = Batch::default();
        let mut wanted: Vec<String> = Vec::new();
        for item in items {
            let Some(id) = item["id"].as_str() else {
                return Err(not_understood("an item has no id"));
            };
            if item.get("@removed").is_some() {
                wanted.retain(|one| one != id);
                batch.removed.push(id.to_owned());
                continue;
            }
            let series = item["seriesMasterId"].as_str();
            // A bare occurrence says nothing that its series, read in this round, has not said.
            if item["type"] == "occurrence" && series.is_some_and(|s| known.contains(s)) {
                continue;
            }
            let event = series.unwrap_or(id).to_owned();
            if series.is_some() || item["type"] == "seriesMaster" {
                known.insert(event.clone());
            }
            batch.removed.retain(|gone| *gone != event);
            wanted.retain(|one| *one != event);
            wanted.push(event);
        }
        let calls: Vec<_> = wanted.iter().map(|id| self.read_whole(calendar, id)).collect();
        let read: Vec<_> = stream::iter(calls).buffered(AT_ONCE).collect().await;
        for (id, outcome) in wanted.into_iter().zip(read) {
            match outcome {
                Ok(one) => join(&mut batch, one),
                // Gone since the page was made.
                Err(Error::NotFound) => batch.removed.push(id),
                Err(error) => return Err(error),
            }
        }
        Ok(batch)
    }

    /// An event with our own properties; a series with its exceptions and deleted occurrences.
    pub(super) async fn read_whole(&self, calendar: &str, id: &str) -> Result<Batch> {
        let path = ["me", "calendars", calendar, "events", id];
        let item = self
            .request(Method::GET, &path)
            .query("$expand", &format!("{},exceptionOccurrences", wire::properties()))
            .send()
            .await?;
        let has_guests = item["attendees"].as_array().is_some_and(|guests| !guests.is_empty());
        let own = if has_guests { self.own_address().await? } else { "" };
        let mut batch = Batch::default();
        let Some(event) = add(&mut batch, &item, own) else {
            return Ok(batch);
        };
        if item["type"] != "seriesMaster" {
            return Ok(batch);
        }
        for exception in item["exceptionOccurrences"].as_array().into_iter().flatten() {
            add(&mut batch, exception, own);
        }
        let said = self
            .request(Method::GET, &path)
            .query("$select", "cancelledOccurrences")
            .send()
            .await?;
        match wire::cancelled(&said, &event) {
            Ok(gone) => batch.upserts.extend(gone),
            Err(reason) => batch.malformed.push(malformed(&said, reason)),
        }
        batch.complete_series.push(event.remote_id.clone());
        Ok(batch)
    }
}

fn malformed(item: &Value, reason: String) -> Malformed {
    Malformed {
        remote_id: item["id"].as_str().unwrap_or_default().to_owned(),
        reason,
        raw: item.to_string(),
    }
}

/// Adds what an item means; one that cannot be read is set aside and hides nobody.
fn add(batch: &mut Batch, item: &Value, own: &str) -> Option<domain::event::RemoteEvent> {
    match wire::event(item) {
        Ok(mut event) => {
            wire::mark_own(&mut event.content, item, own);
            batch.upserts.push(event.clone());
            Some(event)
        }
        Err(reason) => {
            batch.malformed.push(malformed(item, reason));
            None
        }
    }
}

fn join(into: &mut Batch, from: Batch) {
    into.upserts.extend(from.upserts);
    into.removed.extend(from.removed);
    into.complete_series.extend(from.complete_series);
    into.malformed.extend(from.malformed);
}
