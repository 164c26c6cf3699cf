//! Dates, times and durations as iCalendar spells them (RFC 5545 §3.3).

use domain::time::EventTime;
use jiff::{Span, Timestamp, ToSpan, civil::DateTime, tz::TimeZone};

use super::{lines::Line, zones::Zones};

/// Reads the value of DTSTART, DTEND or RECURRENCE-ID. `calendar_zone` is where floating times are meant.
///
/// # Errors
/// For people: what is not understood.
pub fn event_time(line: &Line, zones: &Zones, calendar_zone: &str) -> Result<EventTime, String> {
    let text = line.value.trim();
    if text.len() == 8 {
        let date =
            jiff::civil::Date::strptime("%Y%m%d", text).map_err(|_| format!("{} “{text}” is not a date", line.name))?;
        return Ok(EventTime::Date { date });
    }
    let (digits, utc) = match text.strip_suffix(['Z', 'z']) {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    let local =
        DateTime::strptime("%Y%m%dT%H%M%S", digits).map_err(|_| format!("{} “{text}” is not a time", line.name))?;
    // Some programs add a second zone to a UTC time; the Z is what they mean.
    if utc {
        return Ok(EventTime::Zoned {
            date_time: local,
            time_zone: "UTC".into(),
        });
    }
    match line.param("TZID") {
        None => Ok(EventTime::Zoned {
            date_time: local,
            time_zone: calendar_zone.to_owned(),
        }),
        Some(tzid) => zones.place(tzid, local, calendar_zone),
    }
}

/// Reads a duration such as `-PT15M`, `P1DT2H`, `P2W` (§3.3.6).
pub fn duration(text: &str) -> Option<Span> {
    let text = text.trim();
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mut span, mut number, mut timed, mut seen) = (Span::new(), String::new(), false, false);
    for c in rest.strip_prefix(['P', 'p'])?.chars() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        if c.eq_ignore_ascii_case(&'T') {
            timed = true;
            continue;
        }
        let count: i32 = std::mem::take(&mut number).parse().ok()?;
        seen = true;
        span = match (c.to_ascii_uppercase(), timed) {
            ('W', false) => span.try_weeks(count),
            ('D', false) => span.try_days(count),
            ('H', true) => span.try_hours(count),
            ('M', true) => span.try_minutes(count),
            ('S', true) => span.try_seconds(count),
            _ => return None,
        }
        .ok()?;
    }
    (seen && number.is_empty()).then(|| if negative { span.negate() } else { span })
}

/// The line for a start, an end or an occurrence.
pub fn time_line(name: &str, time: &EventTime) -> Line {
    match time {
        EventTime::Date { date } => Line::new(name, &[("VALUE", "DATE")], &date.strftime("%Y%m%d").to_string()),
        EventTime::Zoned { date_time, time_zone } => {
            let text = date_time.strftime("%Y%m%dT%H%M%S").to_string();
            if is_utc(time_zone) {
                Line::new(name, &[], &format!("{text}Z"))
            } else {
                Line::new(name, &[("TZID", time_zone)], &text)
            }
        }
    }
}

/// Whether a zone is written with a `Z` instead of a name.
pub fn is_utc(zone: &str) -> bool {
    matches!(zone, "UTC" | "Etc/UTC" | "Z" | "Etc/Zulu")
}

/// An instant as `20261101T080000Z`.
pub fn stamp(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// CREATED, LAST-MODIFIED and the like.
pub fn instant(line: Option<&Line>) -> Option<Timestamp> {
    let digits = line?.value.trim().strip_suffix(['Z', 'z'])?;
    DateTime::strptime("%Y%m%dT%H%M%S", digits)
        .ok()?
        .to_zoned(TimeZone::UTC)
        .ok()
        .map(|z| z.timestamp())
}

/// The end of an event that says none (§3.6.1): a day for a date, no time at all for a time.
pub fn default_end(start: &EventTime) -> EventTime {
    match start {
        EventTime::Date { date } => EventTime::Date {
            date: date.saturating_add(1.day()),
        },
        timed @ EventTime::Zoned { .. } => timed.clone(),
    }
}

/// An end of the other kind than its start: a day that is begun counts whole, and a date is its midnight.
pub fn end_like(start: &EventTime, end: &EventTime) -> EventTime {
    let local = match start {
        EventTime::Date { .. } if end.local().time() != jiff::civil::Time::midnight() => {
            end.local().saturating_add(1.day())
        }
        _ => end.local(),
    };
    let end = start.with_local(local);
    if end.local() > start.local() {
        end
    } else {
        default_end(start)
    }
}

/// The end of an event that says how long it lasts: days are nominal, hours exact (§3.3.6).
pub fn end_after(start: &EventTime, span: Span) -> EventTime {
    match start {
        EventTime::Date { date } => {
            let end = date.saturating_add(span);
            if end > *date {
                EventTime::Date { date: end }
            } else {
                default_end(start)
            }
        }
        EventTime::Zoned { date_time, time_zone } => {
            let zoned = TimeZone::get(time_zone).ok().and_then(|tz| date_time.to_zoned(tz).ok());
            let end = zoned
                .and_then(|z| z.checked_add(span).ok())
                .map_or_else(|| date_time.saturating_add(span), |z| z.datetime());
            EventTime::Zoned {
                date_time: end.max(*date_time),
                time_zone: time_zone.clone(),
            }
        }
    }
}
