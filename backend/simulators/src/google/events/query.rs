//! The filters of `events.list`.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use crate::google::{errors::Refusal, operations::Query, store::Event, time::span};

use super::instances::{Window, all_starts};

/// Filters of one call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) single: bool,
    pub(crate) deleted: bool,
    pub(crate) from: Option<Timestamp>,
    pub(crate) to: Option<Timestamp>,
    updated: Option<Timestamp>,
    uid: Option<String>,
    words: Vec<String>,
    private: Vec<(String, String)>,
    shared: Vec<(String, String)>,
    types: Vec<String>,
}

impl Filter {
    /// # Errors
    /// 400 for times without offset, an empty range, an ordering without expansion, and malformed property filters.
    pub(crate) fn parse(query: &Query) -> Result<Self, Refusal> {
        let pairs = |name: &str| {
            query
                .all(name)
                .into_iter()
                .map(|text| {
                    text.split_once('=')
                        .map(|(k, v)| (k.to_string(), v.to_string()))
                        .ok_or_else(|| Refusal::parameter(name, "Invalid property filter."))
                })
                .collect::<Result<Vec<_>, _>>()
        };
        let filter = Self {
            single: query.flag("singleEvents"),
            deleted: query.flag("showDeleted"),
            from: query.time("timeMin")?,
            to: query.time("timeMax")?,
            updated: query.time("updatedMin")?,
            uid: query.get("iCalUID").map(String::from),
            words: query
                .get("q")
                .map(|q| q.split_whitespace().map(str::to_lowercase).collect())
                .unwrap_or_default(),
            private: pairs("privateExtendedProperty")?,
            shared: pairs("sharedExtendedProperty")?,
            types: query.all("eventTypes").into_iter().map(String::from).collect(),
        };
        if let (Some(from), Some(to)) = (filter.from, filter.to)
            && to <= from
        {
            return Err(Refusal::empty_range());
        }
        if query.get("orderBy") == Some("startTime") && !filter.single {
            return Err(Refusal::bad_request(
                "The requested ordering is not available for the particular query.",
            ));
        }
        Ok(filter)
    }

    /// Whether an item passes. A series (not expanded) passes the time range when one of its occurrences does.
    pub(crate) fn passes(&self, event: &Event, place: &TimeZone, now: Timestamp) -> bool {
        if let Some(updated) = self.updated
            && event.updated < updated
        {
            return false;
        }
        if event.cancelled() && self.updated.is_none() && !self.deleted {
            // A cancelled occurrence belongs to its series' description; a deleted event does not.
            if self.single || event.master().is_none() {
                return false;
            }
        }
        self.says(event) && self.overlaps(event, place, now)
    }

    fn says(&self, event: &Event) -> bool {
        if self
            .uid
            .as_deref()
            .is_some_and(|uid| event.text("iCalUID") != Some(uid))
        {
            return false;
        }
        if !self.types.is_empty()
            && !self
                .types
                .iter()
                .any(|t| t == event.text("eventType").unwrap_or("default"))
        {
            return false;
        }
        let has = |kind: &str, (key, value): &(String, String)| {
            event
                .body
                .get("extendedProperties")
                .and_then(|p| p[kind][key].as_str())
                .is_some_and(|v| v == value)
        };
        if !self.private.iter().all(|p| has("private", p)) || !self.shared.iter().all(|p| has("shared", p)) {
            return false;
        }
        if self.words.is_empty() {
            return true;
        }
        let mut text = String::new();
        for key in ["summary", "description", "location"] {
            text.push_str(event.text(key).unwrap_or_default());
            text.push(' ');
        }
        let people = event
            .body
            .get("attendees")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        for person in people.chain(event.body.get("organizer")) {
            for key in ["email", "displayName"] {
                text.push_str(person[key].as_str().unwrap_or_default());
                text.push(' ');
            }
        }
        let text = text.to_lowercase();
        self.words.iter().all(|word| text.contains(word))
    }

    fn overlaps(&self, event: &Event, place: &TimeZone, now: Timestamp) -> bool {
        if self.from.is_none() && self.to.is_none() {
            return true;
        }
        let Some((start, end)) = span(&event.body) else {
            return true;
        };
        if !event.lines().is_empty() {
            return !all_starts(&event.body, Window::new(now, self.from, self.to), place).is_empty();
        }
        self.from.is_none_or(|from| end.instant(place) > from) && self.to.is_none_or(|to| start.instant(place) < to)
    }
}
