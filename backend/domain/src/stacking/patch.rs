//! What a row, a template or an edit says about an event: only some of it, and the rest stays as it is.

use std::collections::BTreeMap;

use jiff::{Span, civil::DateTime, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{
    availability::Kind,
    event::{Attendee, EventContent, EventStatus, Reminders, Transparency, Visibility},
    time::{EventTime, instant},
};

/// The fields that are said. What is `None` is not: it stays as it is, or is the default of a new event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Patch {
    /// [`EventContent::title`]
    pub title: Option<String>,
    /// [`EventContent::description`]; an empty text takes it away.
    pub description: Option<String>,
    /// [`EventContent::location`]; an empty text takes it away.
    pub location: Option<String>,
    /// [`EventContent::start`]
    pub start: Option<EventTime>,
    /// [`EventContent::end`]; without it the event keeps its length.
    pub end: Option<EventTime>,
    /// [`EventContent::recurrence`]
    pub recurrence: Option<Vec<String>>,
    /// [`EventContent::attendees`]; those who are invited already keep their answers.
    pub attendees: Option<Vec<Attendee>>,
    /// [`EventContent::reminders`]
    pub reminders: Option<Reminders>,
    /// [`EventContent::visibility`]
    pub visibility: Option<Visibility>,
    /// [`EventContent::transparency`]
    pub transparency: Option<Transparency>,
    /// [`EventContent::status`]
    pub status: Option<EventStatus>,
    /// [`EventContent::colour`]; an empty text takes it away.
    pub colour: Option<String>,
    /// [`EventContent::metadata`] as a whole.
    pub metadata: Option<BTreeMap<String, String>>,
    /// Single keys of [`EventContent::metadata`]; `None` takes one away.
    pub entries: BTreeMap<String, Option<String>>,
}

/// What a new event lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    /// It begins at no time.
    Start,
    /// It ends at no time.
    End,
}

impl Patch {
    /// The event it makes.
    ///
    /// # Errors
    /// [`Lacking`]: a time that is not said. A title that is not said is an empty one, for validation to find.
    pub fn create(&self) -> Result<EventContent, Lacking> {
        let start = self.start.clone().ok_or(Lacking::Start)?;
        let end = self.end.clone().ok_or(Lacking::End)?;
        let blank = EventContent {
            title: String::new(),
            description: None,
            location: None,
            start,
            end,
            recurrence: Vec::new(),
            attendees: Vec::new(),
            organizer: None,
            reminders: Reminders::default(),
            visibility: Visibility::default(),
            transparency: Transparency::default(),
            status: EventStatus::default(),
            colour: None,
            conference: None,
            metadata: BTreeMap::new(),
            kind: Kind::default(),
        };
        Ok(self.apply(&blank))
    }

    /// The event as it is afterwards.
    #[must_use]
    pub fn apply(&self, before: &EventContent) -> EventContent {
        let mut after = before.clone();
        set(
            &mut after.title,
            self.title.as_ref().filter(|title| !same_text(title, &before.title)),
        );
        for (field, said) in [
            (&mut after.description, &self.description),
            (&mut after.location, &self.location),
            (&mut after.colour, &self.colour),
        ] {
            if let Some(text) = said
                .as_ref()
                .filter(|text| !same_text(field.as_deref().unwrap_or_default(), text))
            {
                *field = (!text.is_empty()).then(|| text.clone());
            }
        }
        if let Some(start) = self.start.as_ref().filter(|start| !same_time(start, &before.start)) {
            after.end = follow(before, start).unwrap_or_else(|| before.end.clone());
            after.start = start.clone();
        }
        if let Some(end) = self.end.as_ref().filter(|end| !same_time(end, &after.end)) {
            after.end = end.clone();
        }
        let lines = self.recurrence.as_ref();
        set(
            &mut after.recurrence,
            lines.filter(|lines| !same_lines(lines, &before.recurrence)),
        );
        if let Some(guests) = &self.attendees {
            after.attendees = guests.iter().map(|guest| known(before, guest)).collect();
        }
        set(&mut after.reminders, self.reminders.as_ref());
        set(&mut after.visibility, self.visibility.as_ref());
        set(&mut after.transparency, self.transparency.as_ref());
        set(&mut after.status, self.status.as_ref());
        set(&mut after.metadata, self.metadata.as_ref());
        for (key, value) in &self.entries {
            match value {
                Some(value) => after.metadata.insert(key.clone(), value.clone()),
                None => after.metadata.remove(key),
            };
        }
        after
    }
}

fn set<T: Clone>(field: &mut T, said: Option<&T>) {
    if let Some(value) = said {
        field.clone_from(value);
    }
}

/// Whether two texts differ in nothing that every file can say: iCalendar has one kind of line end, and no other control
/// characters.
fn same_text(one: &str, other: &str) -> bool {
    one == other || sayable(one).eq(sayable(other))
}

fn sayable(text: &str) -> impl Iterator<Item = char> {
    let mut returned = false;
    text.chars().filter_map(move |c| {
        let follows = std::mem::replace(&mut returned, c == '\r');
        match c {
            '\n' if follows => None,
            '\r' | '\n' => Some('\n'),
            c if c.is_control() && c != '\t' => None,
            c => Some(c),
        }
    })
}

/// Whether two times are one: UTC has several names.
fn same_time(one: &EventTime, other: &EventTime) -> bool {
    let utc = |zone: &str| matches!(zone, "UTC" | "Etc/UTC" | "Z" | "Etc/Zulu" | "GMT" | "Etc/GMT");
    let same_zone = match (one, other) {
        (EventTime::Zoned { time_zone: a, .. }, EventTime::Zoned { time_zone: b, .. }) => utc(a) && utc(b),
        _ => false,
    };
    one == other || (same_zone && one.local() == other.local())
}

/// Whether two series have the same lines, however their heads are spelt.
pub(super) fn same_lines(one: &[String], other: &[String]) -> bool {
    let plain = |line: &String| match line.split_once(':') {
        Some((head, value)) => format!("{}:{}", head.replace('"', "").to_uppercase(), value.trim()),
        None => line.trim().to_uppercase(),
    };
    let set = |lines: &[String]| lines.iter().map(plain).collect::<std::collections::BTreeSet<_>>();
    one == other || set(one) == set(other)
}

/// A guest who is invited already keeps what is theirs: their answer, and being the account itself.
fn known(before: &EventContent, guest: &Attendee) -> Attendee {
    let same = |one: &&Attendee| one.email.eq_ignore_ascii_case(&guest.email);
    match before.attendees.iter().find(same) {
        Some(invited) => Attendee {
            email: invited.email.clone(),
            name: guest.name.clone().or_else(|| invited.name.clone()),
            optional: guest.optional,
            ..invited.clone()
        },
        None => guest.clone(),
    }
}

/// The end of an event of the same length that begins at `start`: days by the calendar, times by the clock.
fn follow(before: &EventContent, start: &EventTime) -> Option<EventTime> {
    match (start, &before.start, &before.end) {
        (EventTime::Date { date }, EventTime::Date { date: from }, EventTime::Date { date: to }) => {
            let days = from.until(*to).ok()?;
            Some(EventTime::Date {
                date: date.checked_add(days).ok()?,
            })
        }
        (EventTime::Zoned { date_time, time_zone }, EventTime::Zoned { .. }, EventTime::Zoned { .. }) => {
            let length = before
                .end
                .instant("UTC")
                .ok()?
                .duration_since(before.start.instant("UTC").ok()?);
            let end = instant(*date_time, time_zone).ok()?.checked_add(length).ok()?;
            Some(EventTime::Zoned {
                date_time: crate::time::zone(time_zone).ok()?.to_datetime(end),
                time_zone: time_zone.clone(),
            })
        }
        (EventTime::Date { date }, ..) => Some(EventTime::Date {
            date: date.tomorrow().ok()?,
        }),
        (EventTime::Zoned { .. }, ..) => None,
    }
}

/// A wall time moved by a span: days by the calendar, hours on the face of the clock.
pub(super) fn shifted(time: &EventTime, span: Span) -> Option<EventTime> {
    let local: DateTime = time.local().checked_add(span).ok()?;
    Some(time.with_local(local))
}

/// The zone a time is said in; UTC where it is said in none that is known.
pub(super) fn zone_or_utc(name: &str) -> TimeZone {
    crate::time::zone(name).unwrap_or(TimeZone::UTC)
}
