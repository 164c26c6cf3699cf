//! What an event must be before we show it to a provider. All faults at once, each with the place it is at.
//!
//! The limits are the strictest documented ones of the providers (Google Calendar API v3, `Events` resource), so that
//! an event that passes here can be moved between calendars. Events read from providers are *not* validated: they are
//! what they are.

use std::collections::BTreeMap;

use crate::event::{Attendee, EventContent, Field, Reminders};
use crate::recurrence::{self, RecurrenceError};
use crate::time::{self, EventTime, PairError, TimeError};

/// Longest title, in characters.
pub const MAX_TITLE: usize = 1_024;
/// Longest description, in characters.
pub const MAX_DESCRIPTION: usize = 32_768;
/// Longest location, in characters.
pub const MAX_LOCATION: usize = 1_024;
/// Most attendees.
pub const MAX_ATTENDEES: usize = 500;
/// Most reminders (Google: “the maximum number of override reminders is 5”).
pub const MAX_REMINDERS: usize = 5;
/// Earliest reminder, in minutes before the start: four weeks.
pub const MAX_REMINDER_MINUTES: u32 = 40_320;
/// Longest metadata key, in characters.
pub const MAX_KEY: usize = 44;
/// Longest metadata value, in characters.
pub const MAX_VALUE: usize = 1_024;
/// Most metadata entries.
pub const MAX_ENTRIES: usize = 300;
/// The years an event may lie in: from the Gregorian calendar's first to the last that every zone can place.
pub const YEARS: std::ops::RangeInclusive<i16> = 1583..=9998;

/// One fault, told the way the API tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer (RFC 6901) into the request: `/attendees/0/email`.
    pub pointer: String,
    /// A stable word for programs.
    pub code: &'static str,
    /// A sentence for people.
    pub detail: String,
}

/// Every fault of the event. Empty: it may be sent. What only providers write (organizer, conference, responses) is
/// not looked at. `calendar_zone` is where whole days begin.
pub fn validate(content: &EventContent, calendar_zone: &str) -> Vec<Violation> {
    found(content, calendar_zone)
        .into_iter()
        .map(|(_, violation)| violation)
        .collect()
}

/// Every fault that a change from `before` to `after` brings. A foreign event may have no title, or more guests than
/// we would allow; that must not keep people from moving it.
pub fn validate_change(before: &EventContent, after: &EventContent, calendar_zone: &str) -> Vec<Violation> {
    let mut changed = before.changed(after);
    if changed.contains(&Field::Time) || changed.contains(&Field::Recurrence) {
        changed.extend([Field::Time, Field::Recurrence]);
    }
    found(after, calendar_zone)
        .into_iter()
        .filter(|(field, _)| changed.contains(field))
        .map(|(_, v)| v)
        .collect()
}

fn found(content: &EventContent, calendar_zone: &str) -> Vec<(Field, Violation)> {
    let mut faults = Faults {
        field: Field::Title,
        all: Vec::new(),
    };
    if content.title.trim().is_empty() {
        faults.add("/title", "required", "an event needs a title");
    }
    faults.text("/title", &content.title, MAX_TITLE);
    faults.field = Field::Description;
    faults.text(
        "/description",
        content.description.as_deref().unwrap_or_default(),
        MAX_DESCRIPTION,
    );
    faults.field = Field::Location;
    faults.text(
        "/location",
        content.location.as_deref().unwrap_or_default(),
        MAX_LOCATION,
    );
    faults.field = Field::Time;
    faults.times(content, calendar_zone);
    faults.field = Field::Attendees;
    faults.attendees(&content.attendees);
    faults.field = Field::Reminders;
    faults.reminders(&content.reminders);
    faults.field = Field::Colour;
    if content.colour.as_deref().is_some_and(|colour| !is_colour(colour)) {
        let detail = "a colour is a number from 1 to 11 (Google) or a CSS name such as turquoise";
        faults.add("/colour", "colour_unknown", detail);
    }
    faults.field = Field::Metadata;
    faults.metadata(&content.metadata);
    faults.all
}

struct Faults {
    /// What the faults found next belong to.
    field: Field,
    all: Vec<(Field, Violation)>,
}

impl Faults {
    fn add(&mut self, pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) {
        let violation = Violation {
            pointer: pointer.into(),
            code,
            detail: detail.into(),
        };
        self.all.push((self.field, violation));
    }

    fn text(&mut self, pointer: &str, text: &str, most: usize) {
        let length = text.chars().count();
        if length > most {
            self.add(
                pointer,
                "too_long",
                format!("{length} characters; at most {most} are allowed"),
            );
        }
        // XML 1.0, PostgreSQL and iCalendar each refuse some of them.
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.add(pointer, "control_character", "control characters are not allowed");
        }
    }

    fn times(&mut self, content: &EventContent, calendar_zone: &str) {
        let before = self.all.len();
        for (pointer, time) in [("/start", &content.start), ("/end", &content.end)] {
            self.time(pointer, time);
        }
        if self.all.len() > before {
            return;
        }
        match time::pair(&content.start, &content.end, calendar_zone) {
            Ok(_) => {}
            Err(PairError::Start(error)) => return self.add("/start", time_code(&error), error.to_string()),
            Err(PairError::End(error)) => return self.add("/end", time_code(&error), error.to_string()),
            Err(error @ PairError::Kind) => return self.add("/end", "kind_mismatch", error.to_string()),
            Err(error @ PairError::Empty) => return self.add("/end", "not_after_start", error.to_string()),
        }
        self.field = Field::Recurrence;
        self.recurrence(content, calendar_zone);
    }

    fn time(&mut self, pointer: &str, time: &EventTime) {
        if !YEARS.contains(&time.local().year()) {
            let detail = format!("the year must lie between {} and {}", YEARS.start(), YEARS.end());
            self.add(pointer, "time_out_of_range", detail);
        }
        if time.local().subsec_nanosecond() != 0 {
            self.add(
                format!("{pointer}/date_time"),
                "fraction_of_second",
                "calendars know whole seconds only",
            );
        }
        if let EventTime::Zoned { time_zone, .. } = time
            && let Err(error) = time::zone(time_zone)
        {
            self.add(format!("{pointer}/time_zone"), time_code(&error), error.to_string());
        }
    }

    fn recurrence(&mut self, content: &EventContent, calendar_zone: &str) {
        if content.recurrence.is_empty() {
            return;
        }
        let faults = recurrence::faults(&content.start, &content.end, &content.recurrence, calendar_zone);
        for fault in &faults {
            self.add(pointer_of(fault), fault.code(), fault.to_string());
        }
        if !faults.is_empty() {
            return;
        }
        let first = content.series(calendar_zone).and_then(|s| s.first(1));
        match first {
            Ok(first) if first.is_empty() => {
                let detail = "no occurrence is left: UNTIL lies before the start, or EXDATE takes every one out";
                self.add("/recurrence", "no_occurrence", detail);
            }
            Ok(_) => {}
            Err(error) => self.add(pointer_of(&error), error.code(), error.to_string()),
        }
    }

    fn attendees(&mut self, attendees: &[Attendee]) {
        if attendees.len() > MAX_ATTENDEES {
            self.add(
                "/attendees",
                "too_many",
                format!("at most {MAX_ATTENDEES} people can be invited"),
            );
            return;
        }
        let mut seen = BTreeMap::new();
        for (index, attendee) in attendees.iter().enumerate() {
            let pointer = format!("/attendees/{index}/email");
            if !is_email(&attendee.email) {
                let shown: String = attendee.email.chars().take(80).collect();
                self.add(pointer, "invalid_email", format!("“{shown}” is not an e-mail address"));
            } else if let Some(earlier) = seen.insert(attendee.email.to_lowercase(), index) {
                let detail = format!("{} is invited twice: see /attendees/{earlier}", attendee.email);
                self.add(pointer, "duplicate", detail);
            }
            self.text(
                &format!("/attendees/{index}/name"),
                attendee.name.as_deref().unwrap_or_default(),
                256,
            );
        }
    }

    fn reminders(&mut self, reminders: &Reminders) {
        if reminders.use_default && !reminders.overrides.is_empty() {
            let detail = "use_default and overrides exclude each other";
            self.add("/reminders/overrides", "not_with_default", detail);
        }
        if reminders.overrides.len() > MAX_REMINDERS {
            let detail = format!("at most {MAX_REMINDERS} reminders are allowed");
            self.add("/reminders/overrides", "too_many", detail);
        }
        for (index, reminder) in reminders.overrides.iter().enumerate() {
            if reminder.minutes > MAX_REMINDER_MINUTES {
                let detail = format!("at most {MAX_REMINDER_MINUTES} minutes (four weeks) before the start");
                self.add(format!("/reminders/overrides/{index}/minutes"), "out_of_range", detail);
            }
        }
    }

    fn metadata(&mut self, metadata: &BTreeMap<String, String>) {
        if metadata.len() > MAX_ENTRIES {
            self.add(
                "/metadata",
                "too_many",
                format!("at most {MAX_ENTRIES} entries are allowed"),
            );
        }
        for (key, value) in metadata {
            let pointer = format!("/metadata/{}", key.replace('~', "~0").replace('/', "~1"));
            if key.is_empty() {
                self.add(pointer.clone(), "required", "a key cannot be empty");
            }
            self.text(&pointer, key, MAX_KEY);
            self.text(&pointer, value, MAX_VALUE);
        }
    }
}

fn pointer_of(fault: &RecurrenceError) -> String {
    fault
        .line
        .map_or_else(|| "/recurrence".to_owned(), |line| format!("/recurrence/{line}"))
}

const fn time_code(error: &TimeError) -> &'static str {
    match error {
        TimeError::UnknownZone(_) => "time_zone_unknown",
        TimeError::Gap { .. } => "time_does_not_exist",
        TimeError::Fold { .. } => "time_is_ambiguous",
        TimeError::OutOfRange => "time_out_of_range",
    }
}

fn is_colour(text: &str) -> bool {
    let number = text.parse::<u8>().is_ok_and(|n| (1..=11).contains(&n)) && !text.starts_with(['0', '+']);
    number || ((3..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphabetic()))
}

/// Whether `text` can be an address (RFC 5321 without quoted local parts and address literals, RFC 6531 letters): what
/// a person would call an address, not everything a mail server might take.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let atom = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c))
    };
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && part.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    text.len() <= 254 && local.len() <= 64 && local.split('.').all(atom) && domain.split('.').all(label)
}
