//! Cells that hold more than a text: how they are read and, beside it, how export writes them. Each is written the way
//! people would, and as JSON where that could be misread.

use std::collections::BTreeMap;

use jiff::{Span, Timestamp, civil::DateTime, tz::TimeZone};

use crate::{
    event::{Attendee, Reminder, ReminderMethod, Reminders, Response},
    time::{TimeError, canonical_zone},
    validation::is_email,
};

/// A list that is written as JSON. `Err`: it is none, and says why.
fn json<T: serde::de::DeserializeOwned>(cell: &str) -> Result<T, String> {
    serde_json::from_str(cell).map_err(|error| format!("it begins like JSON, but {error}"))
}

/// JSON of what cannot fail to be written; an empty text if it does.
fn as_json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// Guests: `a@x.org; Bea <b@x.org> (optional)`, separated by `;`, `,` or line ends. Answers are read, too.
pub(super) fn attendees(cell: &str) -> Result<Vec<Attendee>, String> {
    if cell.trim_start().starts_with('[') {
        return json(cell);
    }
    let (mut guests, mut one, mut quoted) = (Vec::new(), String::new(), false);
    for c in cell.chars().chain([';']) {
        quoted ^= c == '"';
        match c {
            ';' | ',' | '\n' | '\r' if !quoted => {
                if !one.trim().is_empty() {
                    guests.push(attendee(one.trim())?);
                }
                one.clear();
            }
            c => one.push(c),
        }
    }
    if quoted {
        return Err("a quote around a name is not closed".to_owned());
    }
    Ok(guests)
}

fn attendee(text: &str) -> Result<Attendee, String> {
    let (mut rest, mut response, mut optional) = (text, Response::default(), false);
    while let Some((before, words)) = rest.strip_suffix(')').and_then(|text| text.rsplit_once('(')) {
        for word in words.split_whitespace() {
            match (word, Response::parse(word)) {
                ("optional", _) => optional = true,
                (_, Some(answer)) => response = answer,
                _ => return Err(format!("({word}) is not known; (optional) is")),
            }
        }
        rest = before.trim_end();
    }
    let (name, email) = match rest.strip_suffix('>').and_then(|text| text.split_once('<')) {
        Some((name, email)) => (name.trim().trim_matches('"').trim(), email.trim()),
        None => ("", rest),
    };
    let email = email.strip_prefix("mailto:").unwrap_or(email);
    if !is_email(email) {
        return Err(format!(
            "{} is not an e-mail address; write ann@example.com or Ann <ann@example.com>",
            super::shown(email)
        ));
    }
    Ok(Attendee {
        email: email.to_owned(),
        name: (!name.is_empty()).then(|| name.to_owned()),
        response,
        optional,
        is_self: false,
    })
}

/// Guests, as [`attendees`] reads them.
pub(super) fn attendees_text(guests: &[Attendee]) -> String {
    let plain = |name: &str| {
        !name.is_empty() && name.trim() == name && !name.contains(['"', '<', '>', '(', ')', ';', ',', '\n', '\r', '['])
    };
    let simple = guests
        .iter()
        .all(|one| is_email(&one.email) && one.name.as_deref().is_none_or(plain));
    if !simple {
        return as_json(&guests);
    }
    let one = |guest: &Attendee| {
        let mut text = match &guest.name {
            Some(name) => format!("{name} <{}>", guest.email),
            None => guest.email.clone(),
        };
        if guest.optional {
            text.push_str(" (optional)");
        }
        if guest.response != Response::NeedsAction {
            text.push_str(&format!(" ({})", guest.response.as_str()));
        }
        text
    };
    guests.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// The lines of a series, one below the other; a rule may come without `RRULE:`.
pub(super) fn recurrence(cell: &str) -> Result<Vec<String>, String> {
    if cell.trim_start().starts_with('[') {
        return json(cell);
    }
    let lines = cell.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(lines
        .map(|line| match line.get(..5) {
            Some(head) if head.eq_ignore_ascii_case("FREQ=") => format!("RRULE:{line}"),
            _ => line.to_owned(),
        })
        .collect())
}

/// The lines of a series, as [`recurrence`] reads them.
pub(super) fn recurrence_text(lines: &[String]) -> String {
    let text = lines.join("\n");
    match recurrence(&text) {
        Ok(read) if read == lines => text,
        _ => as_json(&lines),
    }
}

/// When to remind: `10`, `1 hour`, `popup 10; email 1 day`, `none`, `default`. A number alone is minutes.
pub(super) fn reminders(cell: &str) -> Result<Reminders, String> {
    let overrides = match cell.trim().to_lowercase().as_str() {
        "" | "default" => return Ok(Reminders::default()),
        "none" | "no" | "off" | "false" => Vec::new(),
        text => text
            .split([';', ','])
            .filter(|one| !one.trim().is_empty())
            .map(reminder)
            .collect::<Result<_, _>>()?,
    };
    Ok(Reminders {
        use_default: false,
        overrides,
    })
}

fn reminder(text: &str) -> Result<Reminder, String> {
    let text = text.trim();
    let (word, rest) = text.split_once([' ', ':']).unwrap_or(("", text));
    let (method, length) = match ReminderMethod::parse(word) {
        Some(method) => (method, rest),
        None => (ReminderMethod::Popup, text),
    };
    let minutes = span(length).and_then(|span| {
        let at = DateTime::constant(2026, 1, 1, 0, 0, 0, 0);
        u32::try_from(at.checked_add(span).ok()?.duration_since(at).as_mins()).ok()
    });
    let minutes =
        minutes.ok_or_else(|| format!("{} is no reminder; write popup 10 or email 1 day", super::shown(text)))?;
    Ok(Reminder { method, minutes })
}

/// Reminders, as [`reminders`] reads them.
pub(super) fn reminders_text(reminders: &Reminders) -> String {
    if reminders.use_default {
        return "default".to_owned();
    }
    if reminders.overrides.is_empty() {
        return "none".to_owned();
    }
    let one = |reminder: &Reminder| format!("{} {}", reminder.method.as_str(), reminder.minutes);
    reminders.overrides.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// A length: `90`, `90 min`, `1:30`, `1h 30m`, `2 days`, `PT1H30M`. A number alone is minutes.
pub(super) fn span(cell: &str) -> Option<Span> {
    let text = cell.trim();
    if text.len() > 40 {
        return None;
    }
    let span = if let Ok(minutes) = text.parse::<u32>() {
        Span::new().try_minutes(minutes).ok()?
    } else if let Some((hours, minutes)) = text.split_once(':') {
        let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
        let hours = Span::new().try_hours(hours).ok()?;
        (minutes < 60).then(|| hours.try_minutes(minutes).ok()).flatten()?
    } else {
        text.parse().ok()?
    };
    (!span.is_negative()).then_some(span)
}

/// The instant a length after a wall time: days by the calendar, hours by the clock.
pub(super) fn after(start: DateTime, span: Span, zone: &TimeZone) -> Option<Timestamp> {
    let start = zone.to_ambiguous_zoned(start).compatible().ok()?;
    Some(start.checked_add(span).ok()?.timestamp())
}

/// Keys and values, as a JSON object.
pub(super) fn metadata(cell: &str) -> Result<BTreeMap<String, String>, String> {
    if cell.trim().is_empty() {
        return Ok(BTreeMap::new());
    }
    serde_json::from_str(cell).map_err(|error| format!("{error}; write {{\"room\": \"blue\"}}"))
}

/// Keys and values, as [`metadata`] reads them.
pub(super) fn metadata_text(metadata: &BTreeMap<String, String>) -> String {
    if metadata.is_empty() {
        return String::new();
    }
    as_json(metadata)
}

/// Yes or no.
pub(super) fn flag(cell: &str) -> Option<bool> {
    match cell.trim().to_lowercase().as_str() {
        "true" | "yes" | "y" | "1" | "x" | "on" => Some(true),
        "" | "false" | "no" | "n" | "0" | "off" => Some(false),
        _ => None,
    }
}

/// A word of a closed list, whatever its case, with what other programs call it.
pub(super) fn word<T: Copy>(cell: &str, parse: fn(&str) -> Option<T>, others: &[(&str, T)]) -> Option<T> {
    let text = cell.trim().to_lowercase();
    parse(&text).or_else(|| others.iter().find(|(other, _)| *other == text).map(|(_, value)| *value))
}

/// A zone by its IANA name in any case, or by the name Windows gives it.
pub(super) fn zone(cell: &str) -> Result<String, TimeError> {
    let name = cell.trim();
    canonical_zone(name).or_else(|unknown| {
        let windows = name
            .parse::<windows_timezones::WindowsTimezone>()
            .map_err(|_| unknown)?;
        canonical_zone(windows.tzdb_id())
    })
}
