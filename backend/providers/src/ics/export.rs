//! Events of any provider as one iCalendar file that is written while it is read from the store.

use std::collections::HashSet;

use domain::{event::EventContent, time::EventTime};
use jiff::Timestamp;

use super::{
    lines::{Component, Line, escape},
    patch::{Author, in_zone_of, set_field},
    read::REMINDERS,
    value,
    write::{FIELDS, PRODUCT},
    zones,
};

/// Names the calendar that an event was exported from, so that it finds its way back.
pub const CALENDAR: &str = "X-CALENDAR-STACKER-CALENDAR";
/// Marks dates that were taken out of a series by themselves, so that its rule stays what it was.
pub const OUT: &str = "X-CALENDAR-STACKER-OUT";

/// An event as it is exported.
#[derive(Debug, Clone, Copy)]
pub struct Exported<'a> {
    /// What it is known by outside.
    pub uid: &'a str,
    /// The id of its calendar.
    pub calendar: &'a str,
    /// Where whole days begin.
    pub zone: &'a str,
    /// What it says.
    pub content: &'a EventContent,
    /// Of an occurrence: where its series has it, and where that begins, if that is known.
    pub original: Option<(&'a EventTime, Option<&'a EventTime>)>,
    /// Of a series: the dates that were taken out of it.
    pub out: &'a [EventTime],
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When it last changed.
    pub changed: Timestamp,
}

/// Writes a file, an event at a time. Events should come by their start: the zones are defined from the first on.
#[derive(Debug, Default)]
pub struct Exporter {
    zones: HashSet<String>,
}

impl Exporter {
    /// How the file begins.
    pub fn begin() -> String {
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{PRODUCT}\r\nCALSCALE:GREGORIAN\r\n")
    }

    /// How it ends.
    pub const fn end() -> &'static str {
        "END:VCALENDAR\r\n"
    }

    /// An event, behind the zones it needs that are not defined yet.
    pub fn event(&mut self, event: &Exported<'_>) -> String {
        let content = event.content;
        let mut text = String::new();
        let original = event.original.map(|(original, series)| {
            let start = series.unwrap_or(original);
            in_zone_of(start, original, event.zone).unwrap_or_else(|_| original.clone())
        });
        for time in [Some(&content.start), Some(&content.end), original.as_ref()]
            .into_iter()
            .flatten()
        {
            self.define(time, &mut text);
        }
        let mut part = Component::new("VEVENT");
        part.push(Line::new("UID", &[], &escape(event.uid)));
        part.push(Line::new("DTSTAMP", &[], &value::stamp(event.changed)));
        if let Some(created) = event.created {
            part.push(Line::new("CREATED", &[], &value::stamp(created)));
        }
        part.push(Line::new("LAST-MODIFIED", &[], &value::stamp(event.changed)));
        if let Some(original) = &original {
            part.push(value::time_line("RECURRENCE-ID", original));
        }
        let author = Author {
            address: content.organizer.as_ref().map(|person| person.email.as_str()),
            quiet: false,
        };
        for field in FIELDS {
            set_field(&mut part, field, content, author);
        }
        if content.title.is_empty() {
            part.replace("SUMMARY", vec![Line::text("SUMMARY", "")]);
        }
        if !content.reminders.use_default && content.reminders.overrides.is_empty() {
            part.replace(REMINDERS, vec![Line::new(REMINDERS, &[], "NONE")]);
        }
        for out in event.out {
            let out = in_zone_of(&content.start, out, event.zone).unwrap_or_else(|_| out.clone());
            part.push(value::time_line("EXDATE", &out).with_param(OUT, "1"));
        }
        if let Some(call) = content.conference.as_ref().filter(|call| call.url.starts_with("http")) {
            let mut params = vec![("VALUE", "URI")];
            params.extend(call.name.as_deref().map(|name| ("LABEL", name)));
            part.push(Line::new("CONFERENCE", &params, &call.url));
        }
        part.push(Line::new(CALENDAR, &[], event.calendar));
        text.push_str(&part.text());
        text
    }

    fn define(&mut self, time: &EventTime, text: &mut String) {
        let EventTime::Zoned { time_zone, .. } = time else {
            return;
        };
        if value::is_utc(time_zone) || self.zones.contains(time_zone) {
            return;
        }
        self.zones.insert(time_zone.clone());
        let since = time.instant("UTC").unwrap_or(Timestamp::UNIX_EPOCH);
        if let Some(zone) = zones::vtimezone(time_zone, since) {
            text.push_str(&zone.text());
        }
    }
}
