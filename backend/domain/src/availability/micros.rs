//! Instants as whole microseconds, as the store keeps them: comparing and stepping is what availability spends its time on.

use jiff::Timestamp;

use crate::time::Interval;

/// Before everything. Far enough from the end of the numbers that lengths can be added without care.
pub(super) const MIN: i64 = i64::MIN / 4;
/// After everything.
pub(super) const MAX: i64 = i64::MAX / 4;

/// A minute.
pub(super) const MINUTE: i64 = 60_000_000;

/// `[from, to)`; empty unless `from < to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub from: i64,
    pub to: i64,
}

impl Span {
    /// What begins within a part of a microsecond begins with it, what ends within one ends after it.
    pub fn of(interval: Interval) -> Self {
        Self {
            from: floor(interval.start()),
            to: ceil(interval.end()),
        }
    }

    pub const fn overlaps(self, other: Self) -> bool {
        self.from < other.to && other.from < self.to
    }

    pub const fn contains(self, at: i64) -> bool {
        self.from <= at && at < self.to
    }

    /// None if empty.
    pub fn interval(self) -> Option<Interval> {
        Interval::new(timestamp(self.from), timestamp(self.to)).ok()
    }
}

pub(super) fn floor(at: Timestamp) -> i64 {
    at.as_second() * 1_000_000 + i64::from(at.subsec_nanosecond().div_euclid(1000))
}

pub(super) fn ceil(at: Timestamp) -> i64 {
    floor(at) + i64::from(at.subsec_nanosecond().rem_euclid(1000) != 0)
}

/// The nearest instant there is.
pub(super) fn timestamp(at: i64) -> Timestamp {
    Timestamp::from_microsecond(at).unwrap_or(if at < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// As few spans as possible that cover the same time, in order.
pub(super) fn merge(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    spans.retain(|span| span.from < span.to);
    spans.dedup_by(|next, last| {
        let joined = next.from <= last.to;
        if joined {
            last.to = last.to.max(next.to);
        }
        joined
    });
    spans
}
