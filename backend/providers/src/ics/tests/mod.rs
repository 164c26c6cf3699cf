//! iCalendar read, written and patched, judged without a server.

mod changes;
mod foreign;
mod samples;
mod shapes;

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    event::{EventContent, EventStatus, Field, Reminders, RemoteEvent, Transparency, Visibility},
    time::EventTime,
};
use jiff::Timestamp;

use super::{Author, Edit, Resource};

const ZONE: &str = "Europe/Berlin";

const ANN: Author<'static> = Author {
    address: Some("ann@example.org"),
    quiet: false,
};

fn now() -> Timestamp {
    "2026-10-01T12:00:00Z".parse().unwrap()
}

fn zoned(text: &str, zone: &str) -> EventTime {
    EventTime::Zoned {
        date_time: text.parse().unwrap(),
        time_zone: zone.into(),
    }
}

fn at(text: &str) -> EventTime {
    zoned(text, ZONE)
}

fn day(text: &str) -> EventTime {
    EventTime::Date {
        date: text.parse().unwrap(),
    }
}

fn meeting() -> EventContent {
    EventContent {
        title: "Meeting".into(),
        description: None,
        location: None,
        start: at("2027-03-01T09:00:00"),
        end: at("2027-03-01T10:00:00"),
        recurrence: vec![],
        attendees: vec![],
        organizer: None,
        reminders: Reminders {
            use_default: false,
            overrides: vec![],
        },
        visibility: Visibility::Default,
        transparency: Transparency::Busy,
        status: EventStatus::Confirmed,
        colour: None,
        conference: None,
        metadata: BTreeMap::new(),
        kind: domain::availability::Kind::Event,
    }
}

fn read(text: &str) -> Result<Vec<RemoteEvent>, String> {
    let resource = Resource {
        name: "x.ics",
        etag: None,
        calendar_zone: ZONE,
        own: &["ann@example.org".to_owned()],
    };
    super::read(text, resource)
}

fn one(text: &str) -> RemoteEvent {
    let events = read(text).unwrap();
    let [event] = events.as_slice() else {
        panic!("{events:?}")
    };
    event.clone()
}

/// An object with one event of these lines.
fn object(lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//somebody//else//EN\r\nBEGIN:VEVENT\r\nUID:u1\r\nDTSTAMP:20260101T000000Z\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn apply(text: &str, content: &EventContent, fields: &BTreeSet<Field>, occurrence: Option<&EventTime>) -> String {
    apply_as(ANN, text, content, fields, occurrence)
}

fn apply_as(
    author: Author<'_>,
    text: &str,
    content: &EventContent,
    fields: &BTreeSet<Field>,
    occurrence: Option<&EventTime>,
) -> String {
    let edit = Edit {
        content,
        fields,
        occurrence,
        calendar_zone: ZONE,
        author,
        now: now(),
    };
    super::apply(text, &edit).unwrap()
}
