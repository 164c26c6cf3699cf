//! Recurrence lines (`RRULE`, `RDATE`, `EXDATE` of RFC 5545) expanded on the wall clock and then placed in the zone.
//!
//! Rules that would never end a loop (seconds, minutes) are refused at the door, and every expansion has a budget.

use std::{collections::BTreeSet, str::FromStr};

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use rrule::RRuleSet;

use super::{errors::Refusal, time::When, time::zone};

/// No expansion looks at more occurrences than this.
const BUDGET: usize = 20_000;

/// The starts of all occurrences that begin before `until`, in order. Days begin at midnight in `home`. `lines` must
/// have passed [`check`].
pub(crate) fn starts(start: &When, lines: &[String], until: Timestamp, home: &TimeZone) -> Vec<When> {
    let place = place(start);
    let last = until
        .to_zoned(place.clone())
        .datetime()
        .checked_add(jiff::Span::new().days(1))
        .unwrap_or(DateTime::MAX);
    let mut walls: BTreeSet<DateTime> = BTreeSet::new();
    let mut ruled = false;
    for line in lines {
        let Some((name, value)) = split(line) else { continue };
        if name == "RRULE" {
            ruled = true;
            walls.extend(
                rule(start, value, &place)
                    .into_iter()
                    .flatten()
                    .take_while(|w| *w <= last),
            );
        }
    }
    if !ruled {
        walls.insert(start.wall());
    }
    let mut found: BTreeSet<When> = walls.into_iter().filter_map(|w| start.at_wall(w)).collect();
    for line in lines {
        let Some((name, value)) = split(line) else { continue };
        match name {
            "RDATE" => found.extend(dates(line, value, start)),
            "EXDATE" => {
                let gone: BTreeSet<String> = dates(line, value, start).iter().map(When::suffix).collect();
                found.retain(|w| !gone.contains(&w.suffix()));
            }
            _ => {}
        }
    }
    found.into_iter().filter(|w| w.instant(home) < until).collect()
}

/// Whether `candidate` is the start of one of the occurrences.
pub(crate) fn contains(start: &When, lines: &[String], candidate: &When) -> bool {
    let until = candidate.instant(&TimeZone::UTC);
    let Ok(until) = until.checked_add(jiff::SignedDuration::from_hours(48)) else {
        return false;
    };
    starts(start, lines, until, &TimeZone::UTC)
        .iter()
        .any(|w| w.suffix() == candidate.suffix())
}

/// Refuses what cannot be understood.
///
/// # Errors
/// 400 `invalid`.
pub(crate) fn check(start: &When, lines: &[String]) -> Result<(), Refusal> {
    let bad = || Refusal::invalid("Invalid recurrence rule.");
    for line in lines {
        let (name, value) = split(line).ok_or_else(bad)?;
        match name {
            "RRULE" => {
                let frequency = value.split(';').find_map(|p| p.strip_prefix("FREQ=")).ok_or_else(bad)?;
                if matches!(frequency, "SECONDLY" | "MINUTELY") || line.contains("\n") {
                    return Err(bad());
                }
                if let Some(until) = value.split(';').find_map(|p| p.strip_prefix("UNTIL=")) {
                    let utc = until.ends_with('Z');
                    if until.contains('T') && !utc && !start.is_day() {
                        return Err(bad());
                    }
                }
                let mut walls = rule(start, value, &place(start)).ok_or_else(bad)?;
                if walls.next().is_none() {
                    return Err(bad());
                }
            }
            "RDATE" | "EXDATE" => {
                if dates(line, value, start).is_empty() {
                    return Err(bad());
                }
            }
            _ => return Err(bad()),
        }
    }
    Ok(())
}

/// Where the wall clock of an event hangs.
fn place(start: &When) -> TimeZone {
    match start {
        When::Day(_) => TimeZone::UTC,
        When::At(_, name) => zone(name).unwrap_or(TimeZone::UTC),
    }
}

/// `NAME;PARAM=x:VALUE` → (`NAME`, `VALUE`).
fn split(line: &str) -> Option<(&str, &str)> {
    let (head, value) = line.split_once(':')?;
    Some((head.split(';').next().unwrap_or(head), value))
}

fn rule(start: &When, value: &str, place: &TimeZone) -> Option<impl Iterator<Item = DateTime> + use<>> {
    let parts: Vec<String> = value
        .split(';')
        .map(|part| match part.strip_prefix("UNTIL=") {
            Some(until) => local_until(start, until, place).map(|u| format!("UNTIL={u}")),
            None => Some(part.to_string()),
        })
        .collect::<Option<_>>()?;
    let text = format!(
        "DTSTART:{}Z\nRRULE:{}",
        start.wall().strftime("%Y%m%dT%H%M%S"),
        parts.join(";")
    );
    let set = RRuleSet::from_str(&text).ok()?.limit();
    Some((&set).into_iter().take(BUDGET).filter_map(|date| {
        let instant = Timestamp::from_second(date.timestamp()).ok()?;
        Some(instant.to_zoned(TimeZone::UTC).datetime())
    }))
}

/// UNTIL on the wall clock of the event.
fn local_until(start: &When, until: &str, place: &TimeZone) -> Option<String> {
    let day = until.get(..8)?;
    if start.is_day() {
        return Some(format!("{day}T000000Z"));
    }
    match until.len() {
        8 => Some(format!("{day}T235959Z")),
        16 => {
            let instant = DateTime::strptime("%Y%m%dT%H%M%SZ", until)
                .ok()?
                .to_zoned(TimeZone::UTC)
                .ok()?
                .timestamp();
            Some(instant.to_zoned(place.clone()).strftime("%Y%m%dT%H%M%SZ").to_string())
        }
        _ => None,
    }
}

fn dates(line: &str, value: &str, start: &When) -> Vec<When> {
    let named = line
        .split(':')
        .next()
        .and_then(|head| head.split(';').find_map(|p| p.strip_prefix("TZID=")))
        .map(|name| name.trim_matches('"'));
    value
        .split(',')
        .filter_map(|text| {
            let text = text.split('/').next()?;
            if let When::Day(_) = start {
                return jiff::civil::Date::strptime("%Y%m%d", text.get(..8)?)
                    .ok()
                    .map(When::Day);
            }
            let When::At(_, own) = start else { return None };
            if text.len() == 8 {
                let day = jiff::civil::Date::strptime("%Y%m%d", text).ok()?;
                return start.at_wall(day.to_datetime(start.wall().time()));
            }
            let (wall, name) = match text.strip_suffix('Z') {
                Some(utc) => (utc, "UTC"),
                None => (text, named.unwrap_or(own)),
            };
            let wall = DateTime::strptime("%Y%m%dT%H%M%S", wall).ok()?;
            let instant = zone(name)?.to_ambiguous_timestamp(wall).compatible().ok()?;
            Some(When::At(instant, own.clone()))
        })
        .collect()
}
