//! What an event is at one moment: itself, an occurrence, an exception; and what of a calendar falls into a window.

use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde_json::{Map, Value};

use super::{
    recurrence::Rule,
    store::{Event, ItemKey, State},
    time::{Moment, at},
};

/// An event or occurrence, with everything that holds for it.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) kind: &'static str,
    pub(crate) body: Map<String, Value>,
    pub(crate) start: Moment,
    pub(crate) end: Moment,
    pub(crate) revision: u64,
    pub(crate) updated: Timestamp,
    /// When an occurrence was meant to be.
    pub(crate) original: Option<Timestamp>,
}

impl Shape {
    pub(crate) fn all_day(&self) -> bool {
        self.body.get("isAllDay") == Some(&Value::Bool(true))
    }

    /// From when to when; whole days are the same days everywhere.
    pub(crate) fn span(&self) -> (Timestamp, Timestamp) {
        if self.all_day() {
            (at(self.start.wall, &TimeZone::UTC), at(self.end.wall, &TimeZone::UTC))
        } else {
            (self.start.instant(), self.end.instant())
        }
    }

    pub(crate) fn touches(&self, from: Timestamp, to: Timestamp) -> bool {
        let (start, end) = self.span();
        start < to && (end > from || (start == end && start >= from))
    }
}

/// The rule of a series.
pub(crate) fn rule(event: &Event) -> Option<Rule> {
    event
        .body
        .get("recurrence")
        .filter(|r| r.is_object())
        .and_then(|r| Rule::parse(r).ok())
}

/// Whether a series has (or had) an occurrence on a day.
pub(crate) fn falls_on(event: &Event, day: Date) -> bool {
    rule(event).is_some_and(|rule| rule.days(day).last() == Some(&day))
}

/// An event itself (`None`) or its occurrence of a day. `None` when there is no such thing.
pub(crate) fn shape(event: &Event, day: Option<Date>) -> Option<Shape> {
    let start = Moment::stored_in(&event.body, "start")?;
    let end = Moment::stored_in(&event.body, "end")?;
    let Some(day) = day else {
        return Some(Shape {
            kind: if event.repeats() {
                "seriesMaster"
            } else {
                "singleInstance"
            },
            body: event.body.clone(),
            start,
            end,
            revision: event.revision,
            updated: event.updated,
            original: None,
        });
    };
    if event.gone.contains(&day) || !falls_on(event, day) {
        return None;
    }
    Some(occurrence(event, day, &start, &end))
}

fn occurrence(event: &Event, day: Date, start: &Moment, end: &Moment) -> Shape {
    let mut body = event.body.clone();
    body.insert("recurrence".into(), Value::Null);
    let length = end.wall.duration_since(start.wall);
    let begins = Moment {
        wall: day.to_datetime(start.wall.time()),
        zone: start.zone.clone(),
    };
    let ends = Moment {
        wall: begins.wall.checked_add(length).unwrap_or(begins.wall),
        zone: end.zone.clone(),
    };
    // Of a whole day too: it is kept in the zone it was made in, though its times are always told as midnight.
    let original = begins.instant();
    let mut shape = Shape {
        kind: "occurrence",
        body,
        start: begins,
        end: ends,
        revision: event.revision,
        updated: event.updated,
        original: Some(original),
    };
    if let Some(exception) = event.exceptions.get(&day) {
        shape.kind = "exception";
        shape.revision = exception.revision;
        shape.updated = exception.updated;
        shape.body.extend(exception.body.clone());
        for (field, moment) in [("start", &mut shape.start), ("end", &mut shape.end)] {
            if let Some(changed) = Moment::stored_in(&exception.body, field) {
                *moment = changed;
            }
        }
    }
    shape
}

/// Occurrences of a series that touch a window, in the order of their days.
pub(crate) fn occurrences(event: &Event, from: Timestamp, to: Timestamp) -> Vec<(ItemKey, Shape)> {
    let (Some(rule), Some(start), Some(end)) = (
        rule(event),
        Moment::stored_in(&event.body, "start"),
        Moment::stored_in(&event.body, "end"),
    ) else {
        return Vec::new();
    };
    let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
    let last = day(to).saturating_add(2.days());
    // What begins long before the window and is not moved cannot reach into it.
    let reach = SignedDuration::from_hours(72) + end.wall.duration_since(start.wall);
    let first = day(from.saturating_sub(reach).unwrap_or(Timestamp::MIN));
    let mut days = rule.days(last);
    let regular: std::collections::BTreeSet<Date> = days.iter().copied().collect();
    let late: Vec<Date> = event
        .exceptions
        .keys()
        .copied()
        .filter(|d| *d > last && falls_on(event, *d))
        .collect();
    days.extend(late.into_iter().filter(|d| !regular.contains(d)));
    days.into_iter()
        .filter(|day| !event.gone.contains(day) && (*day >= first || event.exceptions.contains_key(day)))
        .map(|day| {
            (
                ItemKey(event.key.clone(), Some(day)),
                occurrence(event, day, &start, &end),
            )
        })
        .filter(|(_, shape)| shape.touches(from, to))
        .collect()
}

/// Everything of a calendar that touches a window: singles, occurrences, exceptions, by their beginning.
pub(crate) fn within(state: &State, calendar: &str, from: Timestamp, to: Timestamp) -> Vec<(ItemKey, Shape)> {
    let mut all = Vec::new();
    for event in state.events.values().filter(|e| e.calendar == calendar) {
        if event.repeats() {
            all.extend(occurrences(event, from, to));
        } else if let Some(shape) = shape(event, None).filter(|s| s.touches(from, to)) {
            all.push((ItemKey(event.key.clone(), None), shape));
        }
    }
    all.sort_by_key(|(key, shape)| (shape.span().0, key.clone()));
    all
}
