//! “This and all following” as another program wrote it (RANGE=THISANDFUTURE): read as a change of each of them.

use std::collections::BTreeSet;

use domain::{
    event::RemoteEvent,
    id::OccurrenceKey,
    recurrence::Budget,
    time::{EventTime, zone},
};
use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};

use super::parts::Override;

/// Most occurrences that one change is read for.
const MOST: usize = 2_500;
/// How far it is read where the series has no end.
const YEARS: i16 = 40;

/// What a range is made of.
pub struct Range<'a> {
    /// Its name in the object.
    pub place: &'a Override,
    /// What it says of its first occurrence.
    pub event: RemoteEvent,
}

/// The changed occurrences; those with an event of their own (`singles`) are left out.
///
/// # Errors
/// For people: the change is of more occurrences than can be shown, or of times out of range.
pub fn changed(
    master: &RemoteEvent,
    ranges: &[Range<'_>],
    singles: &BTreeSet<Timestamp>,
    calendar_zone: &str,
) -> Result<Vec<RemoteEvent>, String> {
    let Some(first) = ranges.iter().map(|range| range.place.instant).min() else {
        return Ok(Vec::new());
    };
    let content = &master.content;
    let series = content.series(calendar_zone);
    let series = series.map_err(|e| e.to_string())?;
    let far = if series.is_endless() {
        let first = first.to_zoned(TimeZone::UTC);
        first.saturating_add(YEARS.years()).timestamp()
    } else {
        Timestamp::MAX
    };
    let budget = Budget {
        occurrences: MOST,
        ..Budget::default()
    };
    let following = series.occurrences(first, far, budget).map_err(|e| {
        format!("another program changed “this and all following” occurrences, more than can be shown one by one: {e}")
    })?;
    let mut found = Vec::new();
    for one in following {
        let said = ranges.iter().filter(|range| range.place.instant <= one.start_at);
        let Some(range) = said.max_by_key(|range| range.place.instant) else {
            continue;
        };
        if one.start_at >= first && !singles.contains(&one.start_at) {
            let mut event = moved(range, &one.start, calendar_zone)?;
            let (name, _) = master.remote_id.split_once('#').unwrap_or((&master.remote_id, ""));
            let key = OccurrenceKey::of(&one.start).map_err(|e| e.to_string())?;
            event.remote_id = format!("{name}#{key}");
            event.series = Some(master.remote_id.clone());
            event.original_start = Some(one.start);
            found.push(event);
        }
    }
    Ok(found)
}

/// The range's event, as far from `original` as it is from its own original start.
fn moved(range: &Range<'_>, original: &EventTime, calendar_zone: &str) -> Result<RemoteEvent, String> {
    let out_of_range = |_| "an occurrence lies out of range".to_owned();
    let mut event = range.event.clone();
    let (start, end) = (event.content.start.clone(), event.content.end.clone());
    let local = |time: &EventTime| -> Result<jiff::civil::DateTime, String> {
        if time.is_date() || start.is_date() {
            return Ok(time.local());
        }
        let there = zone(start.zone_name(calendar_zone)).map_err(|e| e.to_string())?;
        Ok(there.to_datetime(time.instant(calendar_zone).map_err(|e| e.to_string())?))
    };
    let by: SignedDuration = start.local().duration_since(local(&range.place.original)?);
    let begin = start.with_local(local(original)?.checked_add(by).map_err(out_of_range)?);
    event.content.end = if start.is_date() {
        let lasts = end.local().duration_since(start.local());
        end.with_local(begin.local().checked_add(lasts).map_err(out_of_range)?)
    } else {
        let at = |time: &EventTime| time.instant(calendar_zone).map_err(|e| e.to_string());
        let lasts = at(&end)?.duration_since(at(&start)?);
        let there = zone(end.zone_name(calendar_zone)).map_err(|e| e.to_string())?;
        end.with_local(there.to_datetime(at(&begin)?.checked_add(lasts).map_err(out_of_range)?))
    };
    event.content.start = begin;
    Ok(event)
}
