//! Busy or free: which events take time, and what many of them take together.

use crate::{
    event::{EventContent, EventStatus, Response, Transparency},
    time::Interval,
};

/// What of an event decides whether it takes time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Facts {
    /// What its owner said.
    pub transparency: Transparency,
    /// Whether it will happen.
    pub status: EventStatus,
    /// What the account that the calendar belongs to has answered; `None`: it was not asked.
    pub response: Option<Response>,
    /// Whether it lasts whole days.
    pub all_day: bool,
}

impl Facts {
    /// Those of an event.
    pub fn of(content: &EventContent) -> Self {
        Self {
            transparency: content.transparency,
            status: content.status,
            response: content.own_response(),
            all_day: content.is_all_day(),
        }
    }

    /// Whether it takes time: unless it is cancelled, free, or declined. An invitation that nobody answered does, and so
    /// does a whole day.
    pub const fn blocks(self) -> bool {
        !matches!(self.status, EventStatus::Cancelled)
            && matches!(self.transparency, Transparency::Busy)
            && !matches!(self.response, Some(Response::Declined))
    }
}

/// The same time with as few intervals as possible, in order. Intervals that only touch become one.
pub fn merge(mut intervals: Vec<Interval>) -> Vec<Interval> {
    intervals.sort_unstable();
    let mut merged: Vec<Interval> = Vec::with_capacity(intervals.len());
    for one in intervals {
        match merged.last_mut() {
            Some(last) if one.start() <= last.end() => {
                // It begins no earlier and ends no later than both together, so this cannot fail.
                if let Ok(both) = Interval::new(last.start(), last.end().max(one.end())) {
                    *last = both;
                }
            }
            _ => merged.push(one),
        }
    }
    merged
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_takes_time_is_this_table() {
        use {EventStatus as S, Response as R, Transparency as T};
        let mut blocking = Vec::new();
        for status in S::ALL {
            for transparency in T::ALL {
                for response in [
                    None,
                    Some(R::NeedsAction),
                    Some(R::Accepted),
                    Some(R::Declined),
                    Some(R::Tentative),
                ] {
                    for all_day in [false, true] {
                        let facts = Facts {
                            transparency: *transparency,
                            status: *status,
                            response,
                            all_day,
                        };
                        if facts.blocks() {
                            blocking.push((*status, response, all_day));
                        }
                        assert!(!facts.blocks() || *transparency == T::Busy, "{facts:?}");
                    }
                }
            }
        }
        let mut expected = Vec::new();
        for status in [S::Confirmed, S::Tentative] {
            for response in [None, Some(R::NeedsAction), Some(R::Accepted), Some(R::Tentative)] {
                expected.extend([(status, response, false), (status, response, true)]);
            }
        }
        assert_eq!(blocking, expected);
    }

    fn minutes(from: i64, to: i64) -> Interval {
        let at = |minute: i64| Timestamp::from_second(minute * 60).unwrap();
        Interval::new(at(from), at(to)).unwrap()
    }

    proptest! {
        #[test]
        fn merged_intervals_cover_the_same_minutes_and_stand_apart(
            pairs in prop::collection::vec((0_i64..300, 1_i64..60), 0..40)
        ) {
            let intervals: Vec<Interval> = pairs.iter().map(|(from, length)| minutes(*from, from + length)).collect();
            let merged = merge(intervals.clone());
            let covered = |all: &[Interval], minute: i64| {
                all.iter().any(|one| one.contains(Timestamp::from_second(minute * 60).unwrap()))
            };
            for minute in -1..400 {
                prop_assert_eq!(covered(&merged, minute), covered(&intervals, minute), "minute {}", minute);
            }
            for pair in merged.windows(2) {
                prop_assert!(pair[0].end() < pair[1].start());
            }
        }
    }
}
