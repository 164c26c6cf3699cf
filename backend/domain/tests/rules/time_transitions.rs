//! Every change of the clock that a sample of zones ever made or is known to make: what people type on those days, and
//! what series do there. The judge knows nothing but the offset at an instant.

use domain::{
    recurrence::{Budget, Series},
    time::{Disambiguation, EventTime, Interval, TimeError, resolve},
};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::DateTime, tz::TimeZone};

use crate::support::utc;

const ZONES: [&str; 10] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "Pacific/Chatham",
    "America/Sao_Paulo",
    "Europe/Dublin",
    "Antarctica/Troll",
];

/// Minutes around the moment the clock changes.
const AROUND: [i64; 13] = [-1500, -721, -181, -61, -31, -1, 0, 1, 29, 59, 61, 181, 1500];

fn transitions(zone: &TimeZone) -> Vec<Timestamp> {
    let (first, last) = (utc("1900-01-01T00:00:00Z"), utc("2045-01-01T00:00:00Z"));
    zone.following(first)
        .map(|t| t.timestamp())
        .take_while(|at| *at < last)
        .collect()
}

/// Every instant at which the clock on the wall shows `local`, by trying every offset of the days around.
fn readings(zone: &TimeZone, local: DateTime) -> Vec<Timestamp> {
    let about = TimeZone::UTC.to_timestamp(local).unwrap();
    let mut offsets: Vec<_> = (-60..=60)
        .map(|hours| zone.to_offset(about + SignedDuration::from_hours(hours)))
        .collect();
    offsets.sort();
    offsets.dedup();
    let mut found: Vec<Timestamp> = offsets
        .into_iter()
        .map(|offset| offset.to_timestamp(local).unwrap())
        .filter(|at| zone.to_datetime(*at) == local)
        .collect();
    found.sort();
    found
}

/// RFC 5545 §3.3.5: the first of two; in a gap, by the offset before it.
fn placed(zone: &TimeZone, local: DateTime) -> Timestamp {
    if let Some(first) = readings(zone, local).first() {
        return *first;
    }
    let mut before = local;
    while readings(zone, before).is_empty() {
        before = before.checked_sub(10.minutes()).unwrap();
    }
    let last = *readings(zone, before).last().unwrap();
    zone.to_offset(last).to_timestamp(local).unwrap()
}

fn at(local: DateTime, zone: &str) -> EventTime {
    EventTime::Zoned {
        date_time: local,
        time_zone: zone.to_owned(),
    }
}

#[test]
fn what_people_type_on_a_day_the_clock_changes_is_refused_or_read_as_they_say() {
    let (mut changes, mut gaps, mut folds) = (0, 0, 0);
    for name in ZONES {
        let zone = TimeZone::get(name).unwrap();
        for change in transitions(&zone) {
            changes += 1;
            let shown = zone.to_datetime(change);
            for minutes in AROUND {
                let local = shown.checked_add(minutes.minutes()).unwrap();
                let readings = readings(&zone, local);
                let (earlier, later) = (
                    resolve(local, name, Disambiguation::Earlier).unwrap(),
                    resolve(local, name, Disambiguation::Later).unwrap(),
                );
                let parsed = |text: &str| text.parse::<Timestamp>().unwrap();
                match (readings.as_slice(), resolve(local, name, Disambiguation::Reject)) {
                    ([only], Ok(found)) => {
                        assert_eq!((found, earlier, later), (*only, *only, *only), "{local} {name}");
                    }
                    ([first, second], Err(TimeError::Fold { before, after, .. })) => {
                        folds += 1;
                        assert_eq!((earlier, later), (*first, *second), "{local} {name}");
                        assert_eq!((parsed(&before), parsed(&after)), (earlier, later), "{local} {name}");
                    }
                    ([], Err(TimeError::Gap { before, after, .. })) => {
                        gaps += 1;
                        assert!(earlier < change && change <= later, "{local} {name}: {earlier} {later}");
                        assert_eq!(later, placed(&zone, local), "{local} {name}");
                        assert_eq!((parsed(&before), parsed(&after)), (earlier, later), "{local} {name}");
                    }
                    (readings, other) => panic!("{local} {name}: {readings:?}, but {other:?}"),
                }
            }
        }
    }
    assert!(changes > 1000 && gaps > 500 && folds > 500, "{changes} {gaps} {folds}");
}

#[test]
fn a_series_over_any_change_of_the_clock_keeps_its_wall_time_and_its_length() {
    let mut seen = 0;
    for name in ZONES {
        let zone = TimeZone::get(name).unwrap();
        for change in transitions(&zone) {
            let shown = zone.to_datetime(change);
            for minutes in [-61, -30, -1, 0, 1, 59, 725] {
                let middle = shown.checked_add(i64::from(minutes).minutes()).unwrap();
                let start = middle.checked_sub(3.days()).unwrap();
                // Its own start must be a time that exists once; the others need not be.
                if readings(&zone, start).len() != 1 {
                    continue;
                }
                let begin = at(start, name);
                let end = at(start.checked_add(45.minutes()).unwrap(), name);
                if readings(&zone, end.local()).len() != 1 {
                    continue;
                }
                let lasts = end.instant(name).unwrap().duration_since(begin.instant(name).unwrap());
                let series = Series::new(&begin, &end, &["RRULE:FREQ=DAILY;COUNT=6".to_owned()], name).unwrap();
                let mut expected: Vec<Timestamp> = (0..6)
                    .map(|n| placed(&zone, start.checked_add(n.days()).unwrap()))
                    .collect();
                // Apia's 30 December 2011 and the 31st are one and the same day.
                expected.dedup();
                let found = series.first(9).unwrap();
                let starts: Vec<Timestamp> = found.iter().map(|o| o.start_at).collect();
                assert_eq!(starts, expected, "{start} {name}");
                for one in found {
                    assert_eq!(one.end_at.duration_since(one.start_at), lasts, "{start} {name}");
                    assert_eq!(one.start.instant(name).unwrap(), placed(&zone, one.start.local()));
                }
                let window = (expected[2], expected[expected.len() - 1]);
                let inside = series.occurrences(window.0, window.1, Budget::default()).unwrap();
                let inside: Vec<Timestamp> = inside.iter().map(|o| o.start_at).filter(|at| *at >= window.0).collect();
                assert_eq!(inside, expected[2..expected.len() - 1], "{start} {name}");
                seen += 1;
            }
        }
    }
    assert!(seen > 5000, "{seen}");
}

#[test]
fn days_around_any_change_of_the_clock_touch_and_never_overlap() {
    for name in ZONES {
        let zone = TimeZone::get(name).unwrap();
        for change in transitions(&zone) {
            let day = zone.to_datetime(change).date();
            let mut last: Option<Interval> = None;
            for n in -3..=3 {
                let day = day.checked_add(n.days()).unwrap();
                // A day that the zone skipped has no length; there is no interval for it.
                let Ok(present) = Interval::days(day, day, name) else {
                    assert!((-1..=1).contains(&n), "{day} {name}");
                    continue;
                };
                assert_eq!(present.start(), placed(&zone, day.at(0, 0, 0, 0)), "{day} {name}");
                if let Some(last) = last {
                    assert_eq!(last.end(), present.start(), "{day} {name}");
                }
                last = Some(present);
            }
        }
    }
}
