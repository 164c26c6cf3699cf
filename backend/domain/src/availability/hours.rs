//! Working hours: what the clock on the wall says, resolved day by day.
//!
//! One definition serves every day of the year: a wall time is *reached* at the first instant at which the clock shows it
//! or a later time. Where the clock jumps over it, that is the moment of the jump; where it is shown twice, the first.
//! So an opening never lies after its closing, a gap shortens hours and a fold lengthens them, and a day that a zone
//! skipped has none. (Reading both ends as RFC 5545 does could turn 02:45–03:15 around.)

use std::collections::BTreeMap;

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::{AmbiguousOffset, Offset, TimeZone},
};
use serde::{Deserialize, Serialize};

use super::micros::{MAX, MIN, Span, floor};

/// From one wall time up to another, which is on the next day unless it is later: `22:00–06:00` crosses midnight,
/// `00:00–00:00` is a whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WallSpan {
    /// Opening.
    pub from: Time,
    /// The first moment after.
    pub to: Time,
}

/// When somebody works. Hours belong to the day on which they begin.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hours {
    /// Monday first.
    pub weekly: [Vec<WallSpan>; 7],
    /// Other hours on these dates; none: closed.
    pub exceptions: BTreeMap<Date, Vec<WallSpan>>,
}

impl Hours {
    /// Those that begin on a date.
    pub fn on(&self, date: Date) -> &[WallSpan] {
        let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default();
        self.exceptions
            .get(&date)
            .or_else(|| self.weekly.get(weekday))
            .map_or(&[], Vec::as_slice)
    }

    /// The hours that share time with `reach`, each as it was opened, in order; they may touch or overlap.
    pub(super) fn pieces(&self, zone: &TimeZone, reach: Span) -> Vec<Span> {
        let mut pieces = Vec::new();
        for date in dates(zone, reach) {
            for span in self.on(date) {
                let last = if span.to > span.from {
                    Some(date)
                } else {
                    date.tomorrow().ok()
                };
                let piece = Span {
                    from: reached(zone, date.to_datetime(span.from)),
                    to: last.map_or(MAX, |last| reached(zone, last.to_datetime(span.to))),
                };
                if piece.from < piece.to && piece.overlaps(reach) {
                    pieces.push(piece);
                }
            }
        }
        pieces.sort_unstable();
        pieces
    }
}

/// Every date that can share a moment with `reach` in a zone, and a few more: hours that cross midnight begin a day
/// earlier, and where the clock is put back at midnight the day before is shown again.
fn dates(zone: &TimeZone, reach: Span) -> impl Iterator<Item = Date> {
    let shown = |at: i64| zone.to_datetime(super::micros::timestamp(at)).date();
    let (mut first, last) = (shown(reach.from), shown(reach.to));
    for _ in 0..2 {
        first = first.yesterday().unwrap_or(first);
    }
    let last = last.tomorrow().unwrap_or(last);
    first
        .series(jiff::Span::new().days(1))
        .take_while(move |date| *date <= last)
}

/// The days of a zone that share time with `reach`, in order, each from one midnight to the next.
pub(super) fn days(zone: &TimeZone, reach: Span) -> impl Iterator<Item = (Date, Span)> {
    dates(zone, reach)
        .map(move |date| (date, day(zone, date, date)))
        .filter(move |(_, span)| span.from < span.to && span.overlaps(reach))
}

/// From the midnight of `first` to the one after `last`; empty where the zone skipped it.
pub(super) fn day(zone: &TimeZone, first: Date, last: Date) -> Span {
    let midnight = |date: Date| reached(zone, date.to_datetime(Time::midnight()));
    Span {
        from: midnight(first),
        to: last.tomorrow().map_or(MAX, midnight),
    }
}

/// The first instant at which the clock of a zone shows `wall` or later.
pub(super) fn reached(zone: &TimeZone, wall: DateTime) -> i64 {
    let by = |offset: Offset| offset.to_timestamp(wall);
    let at = match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } => by(offset),
        // The offset before is the larger one: by it the clock shows this time sooner.
        AmbiguousOffset::Fold { before, .. } => by(before),
        AmbiguousOffset::Gap { after, .. } => by(after).map(|earlier| {
            let jump = |at: &Timestamp| zone.to_offset(*at) == after;
            zone.following(earlier)
                .map(|one| one.timestamp())
                .find(jump)
                .unwrap_or(earlier)
        }),
    };
    // Only years that nobody books lie outside.
    at.map_or(if wall.year() < 0 { MIN } else { MAX }, floor)
}
