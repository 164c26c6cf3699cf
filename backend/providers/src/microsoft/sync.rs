//! What changed since last time: rounds of `calendarView/delta` (Graph docs: delta-query-events.md).
//!
//! A round tells of occurrences only when they are, of deleted ones nothing, and of extended properties nothing either. So
//! it is taken as a hint: every event it names is read whole, a series with its exceptions and what was deleted of it.
//!
//! It looks at a window of days. What lies outside is listed by a round from the beginning; what was changed there since is
//! asked for once an hour, by the time of its change.

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, stream};
use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    HALVED, Microsoft, Window,
    call::{error, is_stale, not_understood, read},
    wire,
};
use crate::{
    Batch, Malformed, Next, Page,
    error::{Error, Result},
    http::Answer,
};

/// How many events of a page, and how many exceptions of a series, are read side by side. What is under way at the mailbox
/// the places of the client bound, whoever else calls it.
const SIDE_BY_SIDE: usize = 3;
/// How far the window may move on before a new round with it begins.
const WINDOW_MOVES: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How often what was changed outside the window is asked for.
const LOOK_OUTSIDE: SignedDuration = SignedDuration::from_hours(1);
/// How far that question reaches back behind the last one: clocks differ, and Microsoft's search is a little late.
const OVERLAP: SignedDuration = SignedDuration::from_mins(15);

/// Where in which round we are; opaque to callers.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Cursor {
    /// The next page, or where the next round begins. Its window is inside.
    link: String,
    /// Series that were read in this round already, since their occurrences come on many pages.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    read: BTreeSet<String>,
    /// When the window ends that the links are bound to.
    until: Timestamp,
    /// How often that window was halved.
    #[serde(default, skip_serializing_if = "is_zero")]
    halved: u8,
    /// Since when it is not known what was changed outside the window.
    #[serde(default)]
    looked: Timestamp,
    /// Whether something left the window in this round: it may lie outside now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    left: bool,
    /// Which part of a round this is; none in the part that only tells what changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    full: Option<Full>,
    /// No round is under way.
    #[serde(default)]
    rests: bool,
}

const fn is_zero(number: &u8) -> bool {
    *number == 0
}

/// A round from the beginning has two parts, so that it is complete: the window, then what lies outside of it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Full {
    /// In the window.
    Window,
    /// Outside of it. Where the next round begins is known by now.
    Outside(String),
}

impl Cursor {
    /// Whether the window has been left so far behind that a round with a new one is due. A round that is under way ends first.
    fn is_behind(&self, until: Timestamp) -> bool {
        self.rests && until.duration_since(self.until) > WINDOW_MOVES
    }

    fn text(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|e| not_understood(&e.to_string()))
    }
}

impl Microsoft {
    pub(super) async fn page(&self, calendar: &str, cursor: Option<&str>) -> Result<Page> {
        let (mut here, answer) = match cursor {
            None => self.begin(calendar).await?,
            Some(text) => {
                let here: Cursor = serde_json::from_str(text).map_err(|_| Error::CursorExpired)?;
                if here.is_behind(self.window(here.halved).1) {
                    return Err(Error::CursorExpired);
                }
                let answer = self.follow(&here.link).pages_of(self.page_size).answer().await?;
                (here, answer)
            }
        };
        if cursor.is_some() && is_stale(&answer) {
            tracing::debug!(calendar, error = %error(&answer), "the delta link has expired");
            return Err(Error::CursorExpired);
        }
        let page = read(&answer)?;
        let items = page["value"]
            .as_array()
            .ok_or_else(|| not_understood("the page has no items"))?;
        let outside = matches!(here.full, Some(Full::Outside(_)));
        let batch = self.whole(calendar, items, outside, &mut here.read).await?;
        here.left |= !batch.removed.is_empty();
        let next = page["@odata.nextLink"].as_str().map(str::to_owned);
        let delta = page["@odata.deltaLink"].as_str().map(str::to_owned);
        let (link, full) = match (next, delta, here.full.take()) {
            (Some(next), _, full) => (next, full),
            (None, Some(delta), Some(Full::Window)) => {
                (self.outside(calendar, &here, None)?, Some(Full::Outside(delta)))
            }
            (None, Some(delta), None) if here.left || self.now.duration_since(here.looked) >= LOOK_OUTSIDE => {
                let since = here.looked.saturating_sub(OVERLAP).unwrap_or(here.looked);
                let link = self.outside(calendar, &here, Some(since))?;
                here.looked = self.now;
                (link, Some(Full::Outside(delta)))
            }
            (None, None, Some(Full::Outside(delta))) | (None, Some(delta), _) => {
                let done = Cursor {
                    link: delta,
                    until: here.until,
                    halved: here.halved,
                    looked: here.looked,
                    rests: true,
                    ..Cursor::default()
                };
                let next = Next::Done(done.text()?);
                return Ok(Page { batch, next });
            }
            (None, None, _) => return Err(not_understood("the page has no link")),
        };
        let on = Cursor {
            link,
            full,
            rests: false,
            ..here
        };
        let next = Next::More(on.text()?);
        Ok(Page { batch, next })
    }

    /// The first page of a round from the beginning. Where Microsoft cannot make it in time (504), the window is halved.
    async fn begin(&self, calendar: &str) -> Result<(Cursor, Answer)> {
        let mut halved = 0;
        loop {
            let (from, until) = self.window(halved);
            let answer = self
                .request(Method::GET, &["me", "calendars", calendar, "calendarView", "delta"])
                .query("startDateTime", &from.to_string())
                .query("endDateTime", &until.to_string())
                .pages_of(self.page_size)
                .may_be_too_much()
                .answer()
                .await?;
            if answer.status == StatusCode::GATEWAY_TIMEOUT && halved < HALVED {
                halved += 1;
                tracing::info!(
                    calendar,
                    halved,
                    "Microsoft cannot list so many days in time: half of them"
                );
                continue;
            }
            let fresh = Cursor {
                until,
                halved,
                looked: self.now,
                full: Some(Full::Window),
                ..Cursor::default()
            };
            return Ok((fresh, answer));
        }
    }

    /// The first page of what begins before the cursor's window or after it; of what was changed since a time, where one
    /// is given.
    fn outside(&self, calendar: &str, here: &Cursor, since: Option<Timestamp>) -> Result<String> {
        let window: Window = self.window(here.halved);
        let from = here
            .until
            .saturating_sub(window.1.duration_since(window.0))
            .unwrap_or(here.until);
        let at = |time: Timestamp| time.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let days = format!(
            "start/dateTime lt '{}' or start/dateTime ge '{}'",
            at(from),
            at(here.until)
        );
        let filter = match since {
            Some(since) => format!("lastModifiedDateTime ge {}Z and ({days})", at(since)),
            None => days,
        };
        self.request(Method::GET, &["me", "calendars", calendar, "events"])
            .query("$filter", &filter)
            .query("$expand", &wire::properties())
            .query("$top", &self.page_size.to_string())
            .link()
    }

    /// What a page names, read whole; events outside of the window come whole already. Of several entries for one event the last counts.
    async fn whole(
        &self,
        calendar: &str,
        items: &[Value],
        outside: bool,
        known: &mut BTreeSet<String>,
    ) -> Result<Batch> {
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
            // A bare occurrence says nothing that its series, read in this round, has not said; a series that began before
            // the window is named again by what lies outside of it.
            let bare = item["type"] == "occurrence" || outside;
            if bare && known.contains(series.unwrap_or(id)) {
                continue;
            }
            if outside && item["type"] == "singleInstance" {
                let own = self.own_among(item).await?;
                batch.removed.retain(|gone| gone != id);
                add(&mut batch, item, own);
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
        let read: Vec<_> = stream::iter(calls).buffered(SIDE_BY_SIDE).collect().await;
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

    /// The names of a series' exceptions, and of what was deleted of it. Both are told only to those who ask for them by name
    /// (Graph docs: event-get.md, example 4), and then of the exceptions little else.
    pub(super) async fn names(&self, calendar: &str, series: &str) -> Result<Value> {
        self.request(Method::GET, &["me", "calendars", calendar, "events", series])
            .query("$select", "exceptionOccurrences,cancelledOccurrences")
            .query("$expand", "exceptionOccurrences")
            .send()
            .await
    }

    /// The exceptions of a series, each whole. A list of them comes without our own properties, so each is read by itself.
    pub(super) async fn exceptions(&self, calendar: &str, names: &Value) -> Result<Vec<Value>> {
        let named = names["exceptionOccurrences"].as_array().into_iter().flatten();
        let calls: Vec<_> = named
            .filter_map(|one| one["id"].as_str())
            .map(|id| self.with_properties(calendar, id))
            .collect();
        let mut found = Vec::new();
        let mut read = stream::iter(calls).buffered(SIDE_BY_SIDE);
        while let Some(one) = read.next().await {
            match one {
                Ok(one) => found.push(one),
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    async fn with_properties(&self, calendar: &str, id: &str) -> Result<Value> {
        self.request(Method::GET, &["me", "calendars", calendar, "events", id])
            .query("$expand", &wire::properties())
            .send()
            .await
    }

    /// The account's own addresses, where an event has guests among whom it may be.
    async fn own_among(&self, item: &Value) -> Result<&[String]> {
        let has_guests = item["attendees"].as_array().is_some_and(|guests| !guests.is_empty());
        if has_guests {
            self.own_addresses().await
        } else {
            Ok(&[])
        }
    }

    /// An event with our own properties; a series with its exceptions and deleted occurrences.
    pub(super) async fn read_whole(&self, calendar: &str, id: &str) -> Result<Batch> {
        let item = self.with_properties(calendar, id).await?;
        let own = self.own_among(&item).await?;
        let mut batch = Batch::default();
        let Some(event) = add(&mut batch, &item, own) else {
            return Ok(batch);
        };
        if item["type"] != "seriesMaster" {
            return Ok(batch);
        }
        let said = self.names(calendar, id).await?;
        for exception in self.exceptions(calendar, &said).await? {
            let added = add(&mut batch, &exception, own).is_some();
            // An exception is a copy of its series; whether our property is copied along Microsoft does not say.
            if let Some(one) = batch
                .upserts
                .last_mut()
                .filter(|_| added && !wire::says_metadata(&exception))
            {
                one.content.metadata.clone_from(&event.content.metadata);
            }
        }
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
fn add(batch: &mut Batch, item: &Value, own: &[String]) -> Option<domain::event::RemoteEvent> {
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
