//! From an event to a new object.

use domain::{
    event::{Attendee, EventContent, EventStatus, Field, Reminder, ReminderMethod, Response, Transparency, Visibility},
    time::EventTime,
};
use jiff::{Timestamp, civil::Weekday};

use super::{
    lines::{Component, Item, Line, escape},
    patch::{Author, set_field},
    value, zones,
};

/// Who we are in the objects we write.
pub(super) const PRODUCT: &str = "-//Calendar Stacker//Calendar Stacker//EN";

/// Every field, in the order in which a new event says them.
pub(super) const FIELDS: [Field; 12] = [
    Field::Time,
    Field::Recurrence,
    Field::Title,
    Field::Description,
    Field::Location,
    Field::Attendees,
    Field::Status,
    Field::Transparency,
    Field::Visibility,
    Field::Colour,
    Field::Metadata,
    Field::Reminders,
];

/// The text of a new object. `author` organises it when it has guests.
pub fn new_object(uid: &str, content: &EventContent, author: Author<'_>, now: Timestamp) -> String {
    let mut calendar = Component::new("VCALENDAR");
    calendar.push(Line::new("VERSION", &[], "2.0"));
    calendar.push(Line::new("PRODID", &[], PRODUCT));
    zones::define(&mut calendar, &[&content.start, &content.end]);
    let mut event = Component::new("VEVENT");
    event.push(Line::new("UID", &[], &escape(uid)));
    for name in ["DTSTAMP", "CREATED", "LAST-MODIFIED"] {
        event.push(Line::new(name, &[], &value::stamp(now)));
    }
    event.push(Line::new("SEQUENCE", &[], "0"));
    for field in FIELDS {
        set_field(&mut event, field, content, author);
    }
    calendar.items.push(Item::Component(event));
    calendar.text()
}

/// A calendar object that holds nothing but a zone, as CALDAV:calendar-timezone wants it (RFC 4791 §5.2.2).
pub fn zone_object(name: &str) -> Option<String> {
    let mut calendar = Component::new("VCALENDAR");
    calendar.push(Line::new("VERSION", &[], "2.0"));
    calendar.push(Line::new("PRODID", &[], PRODUCT));
    calendar.items.push(Item::Component(zones::vtimezone(
        name,
        "2020-01-01T00:00:00Z".parse().ok()?,
    )?));
    Some(calendar.text())
}

/// `MO` … `SU`.
pub fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    }
}

/// A `RRULE:…`, `EXDATE…:…` or `RDATE…:…` text as a line.
pub fn recurrence_line(text: &str) -> Option<Line> {
    let (head, value) = text.split_once(':')?;
    let mut pieces = head.split(';');
    let name = pieces.next()?.trim().to_ascii_uppercase();
    let params: Vec<(&str, &str)> = pieces.filter_map(|piece| piece.split_once('=')).collect();
    Some(Line::new(&name, &params, value.trim()))
}

/// The line that invites somebody.
pub fn attendee(guest: &Attendee, author: Author<'_>) -> Line {
    let mut params = Vec::new();
    if let Some(name) = &guest.name {
        params.push(("CN", name.as_str()));
    }
    if guest.optional {
        params.push(("ROLE", "OPT-PARTICIPANT"));
    }
    params.push(("PARTSTAT", partstat(guest.response)));
    if guest.response == Response::NeedsAction {
        params.push(("RSVP", "TRUE"));
    }
    // RFC 6638 §7.1: only where there is an organiser would a server tell anybody.
    if author.quiet && author.address.is_some() {
        params.push(("SCHEDULE-AGENT", "NONE"));
    }
    Line::new("ATTENDEE", &params, &format!("mailto:{}", guest.email))
}

/// The answer's word.
pub const fn partstat(response: Response) -> &'static str {
    match response {
        Response::NeedsAction => "NEEDS-ACTION",
        Response::Accepted => "ACCEPTED",
        Response::Declined => "DECLINED",
        Response::Tentative => "TENTATIVE",
    }
}

/// A VALARM.
pub fn alarm(reminder: &Reminder, title: &str, own: Option<&str>) -> Component {
    let mut alarm = Component::new("VALARM");
    let email = reminder.method == ReminderMethod::Email;
    alarm.push(Line::new("ACTION", &[], if email { "EMAIL" } else { "DISPLAY" }));
    alarm.push(Line::new("TRIGGER", &[], &format!("-PT{}M", reminder.minutes)));
    alarm.push(Line::text("DESCRIPTION", title));
    if email {
        alarm.push(Line::text("SUMMARY", title));
        // RFC 5545 §3.6.6 wants somebody to write to.
        alarm.push(Line::new(
            "ATTENDEE",
            &[],
            &format!("mailto:{}", own.unwrap_or("nobody@invalid")),
        ));
    }
    alarm
}

/// The words of the small fields; `None` where the default needs none.
pub fn word(field: Field, content: &EventContent) -> Option<(&'static str, Option<&'static str>)> {
    Some(match field {
        Field::Visibility => (
            "CLASS",
            match content.visibility {
                Visibility::Default => None,
                Visibility::Public => Some("PUBLIC"),
                Visibility::Private => Some("PRIVATE"),
                Visibility::Confidential => Some("CONFIDENTIAL"),
            },
        ),
        Field::Transparency => (
            "TRANSP",
            Some(if content.transparency == Transparency::Free {
                "TRANSPARENT"
            } else {
                "OPAQUE"
            }),
        ),
        Field::Status => (
            "STATUS",
            Some(match content.status {
                EventStatus::Confirmed => "CONFIRMED",
                EventStatus::Tentative => "TENTATIVE",
                EventStatus::Cancelled => "CANCELLED",
            }),
        ),
        _ => return None,
    })
}

/// The start and end lines.
pub fn times(content: &EventContent) -> [Line; 2] {
    let line = |name, time: &EventTime| value::time_line(name, time);
    [line("DTSTART", &content.start), line("DTEND", &content.end)]
}
