//! Recurrence: from content lines (RFC 5545 §3.8.5) to occurrences, and back when a series is split or moved.
//!
//! Two facts to hold. The rule is walked on *floating* wall time and each occurrence is then placed in the zone, so
//! 09:00 stays 09:00 over a change of the clock; a wall time in a gap moves forward, one in a fold is the first of the
//! two (RFC 5545 §3.3.5). And nothing is ever cut short in silence: what the budget does not allow is an error.
//!
//! ```
//! use domain::{recurrence::{Budget, Series}, time::EventTime};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let at = |text: &str| -> Result<EventTime, Box<dyn std::error::Error>> {
//!     Ok(EventTime::Zoned { date_time: text.parse()?, time_zone: "Europe/Berlin".into() })
//! };
//! let lines = ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=5".to_owned(), "EXDATE:20261104T080000Z".to_owned()];
//! let series = Series::new(&at("2026-11-02T09:00:00")?, &at("2026-11-02T10:00:00")?, &lines, "Europe/Berlin")?;
//!
//! let week = series.occurrences("2026-11-02T00:00:00Z".parse()?, "2026-11-09T00:00:00Z".parse()?, Budget::default())?;
//! assert_eq!(week.len(), 1); // Wednesday was taken out
//! assert_eq!(week[0].key, "20261102T080000Z");
//! assert_eq!(series.total()?, Some(4));
//!
//! let split = series.split(&at("2026-11-09T09:00:00")?)?;
//! assert_eq!(split.before, ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20261109T075959Z", "EXDATE:20261104T080000Z"]);
//! assert_eq!(split.after, ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3"]);
//! # Ok(()) }
//! ```
//!
//! Decisions, where RFC 5545 leaves room or programs disagree:
//! - DTSTART is always the first occurrence and counts towards COUNT, also where the rule does not match it.
//! - The end of a timed occurrence is the start plus the *exact* duration of the first (§3.8.5.3, DTEND), so a night
//!   shift over a change of the clock ends at another wall time. Whole days are counted in days.
//! - UNTIL and EXDATE are understood in any of the three forms; a date for a timed series means that whole day.
//! - SECONDLY, MINUTELY, EXRULE, RSCALE and a second RRULE are refused. HOURLY is accepted for timed events.
//!
//! Why an own walk and not the `rrule` crate, which the tests use as one of three judges: it stops after 100,000 empty
//! periods as if the series were finished and does not say so through its set iterator, it looks at UNTIL only when it
//! has found a candidate, it cannot begin anywhere but at DTSTART, and it panics on some values.

mod error;
mod rule;
mod series;
mod shift;
mod split;
mod value;
mod walk;

use jiff::Timestamp;

pub use error::{Problem, RecurrenceError};
pub use rule::Frequency;
pub use series::Series;
pub use shift::shift_lines;
pub use split::Split;

use crate::time::EventTime;

/// How much work an expansion may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Days or hours looked at and candidates made; a hundred thousand take some milliseconds.
    pub steps: u32,
    /// Occurrences in the answer.
    pub occurrences: usize,
}

impl Default for Budget {
    /// Enough for two centuries of a daily rule, and for any window a person looks at.
    fn default() -> Self {
        Self {
            steps: 200_000,
            occurrences: 10_000,
        }
    }
}

/// One event of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Start in the series' zone, as the clock on the wall shows it (in a gap: the time it was moved to).
    pub start: EventTime,
    /// First moment after, in the zone of the series' end.
    pub end: EventTime,
    /// The original start as used in identifiers: `20261101` or `20261101T080000Z`.
    pub key: String,
    /// The instant of `start`; for whole days midnight in the calendar's zone.
    pub start_at: Timestamp,
    /// The instant of `end`.
    pub end_at: Timestamp,
}

/// Everything that is wrong with the lines, one fault for each line at most; empty if [`Series::new`] accepts them.
pub fn faults(start: &EventTime, end: &EventTime, lines: &[String], calendar_zone: &str) -> Vec<RecurrenceError> {
    let mut faults: Vec<RecurrenceError> = Vec::new();
    let mut left: Vec<(usize, String)> = lines.iter().cloned().enumerate().collect();
    // Far more lines than a person can mend at once are not looked at one by one.
    while faults.len() < 20 {
        let texts: Vec<String> = left.iter().map(|(_, text)| text.clone()).collect();
        let Err(mut fault) = Series::new(start, end, &texts, calendar_zone) else {
            break;
        };
        let position = fault.line.filter(|at| *at < left.len());
        fault.line = position.map(|at| left.remove(at).0);
        faults.push(fault);
        if position.is_none() {
            break;
        }
    }
    faults.sort_by_key(|fault| fault.line);
    faults
}
