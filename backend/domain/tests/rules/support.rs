//! Short words for the tests: times from text, series from text.

use domain::{
    recurrence::{Occurrence, RecurrenceError, Series},
    time::EventTime,
};
use jiff::{Timestamp, civil::DateTime};

/// `2026-11-01` or `2026-11-01T09:00 Europe/Berlin`; without a zone, UTC.
pub fn at(text: &str) -> EventTime {
    let (time, zone) = text.split_once(' ').unwrap_or((text, "UTC"));
    if time.contains('T') {
        EventTime::Zoned {
            date_time: time.parse().expect(text),
            time_zone: zone.to_owned(),
        }
    } else {
        EventTime::Date {
            date: time.parse().expect(text),
        }
    }
}

pub fn utc(text: &str) -> Timestamp {
    text.parse().expect(text)
}

pub fn lines(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// An hour long, or a day.
pub fn try_series(start: &str, recurrence: &str) -> Result<Series, RecurrenceError> {
    let start = at(start);
    let end = match &start {
        EventTime::Date { date } => EventTime::Date {
            date: date.tomorrow().unwrap(),
        },
        EventTime::Zoned { .. } => {
            start.with_local(start.local().checked_add(jiff::SignedDuration::from_hours(1)).unwrap())
        }
    };
    Series::new(&start, &end, &lines(recurrence), "Europe/Berlin")
}

pub fn series(start: &str, recurrence: &str) -> Series {
    try_series(start, recurrence).unwrap_or_else(|error| panic!("{start} {recurrence}: {error}"))
}

/// Wall times of the starts, in the form of the vectors.
pub fn walls(found: &[Occurrence]) -> Vec<String> {
    found
        .iter()
        .map(|o| o.start.local().strftime("%Y%m%dT%H%M%S").to_string())
        .collect()
}

pub fn local(text: &str) -> DateTime {
    DateTime::strptime("%Y%m%dT%H%M%S", text).expect(text)
}
