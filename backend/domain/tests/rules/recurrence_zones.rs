//! Wall time stays, instants move: series over changes of the clock, in zones with odd ones, and in whole days.

use domain::{
    recurrence::{Budget, Series},
    time::EventTime,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::support::{at, lines, series, utc, walls};

fn keys(series: &Series, n: usize) -> Vec<String> {
    series.first(n).unwrap().into_iter().map(|o| o.key).collect()
}

#[test]
fn a_weekly_meeting_in_berlin_stays_at_nine_over_both_changes_of_the_clock() {
    let found = series("2026-03-16T09:00 Europe/Berlin", "RRULE:FREQ=WEEKLY;COUNT=40")
        .first(40)
        .unwrap();
    assert_eq!(found.len(), 40);
    assert!(
        found
            .iter()
            .all(|o| o.start.local().hour() == 9 && o.end.local().hour() == 10)
    );
    let hour = |day: &str| found.iter().find(|o| o.key.starts_with(day)).unwrap().key[9..11].to_owned();
    assert_eq!(
        [hour("20260323"), hour("20260330"), hour("20261019"), hour("20261026")],
        ["08", "07", "07", "08"]
    );
}

#[test]
fn a_time_that_the_clock_skips_moves_forward_for_that_day_only() {
    let series = series("2026-03-27T02:30 Europe/Berlin", "RRULE:FREQ=DAILY;COUNT=4");
    let found = series.first(4).unwrap();
    assert_eq!(
        walls(&found),
        [
            "20260327T023000",
            "20260328T023000",
            "20260329T033000",
            "20260330T023000"
        ]
    );
    assert_eq!(found[2].key, "20260329T013000Z");
    assert!(series.contains(&found[2].start).unwrap());
}

#[test]
fn a_time_that_the_clock_shows_twice_is_the_first_of_the_two() {
    assert_eq!(
        keys(&series("2026-10-24T02:30 Europe/Berlin", "RRULE:FREQ=DAILY;COUNT=3"), 3),
        ["20261024T003000Z", "20261025T003000Z", "20261026T013000Z"]
    );
}

#[test]
fn half_an_hour_of_daylight_saving_on_lord_howe_island() {
    // The clock jumps from 02:00 to 02:30 on 4 October 2026, and back on 5 April 2026.
    let spring = series("2026-10-03T02:15 Australia/Lord_Howe", "RRULE:FREQ=DAILY;COUNT=3");
    assert_eq!(
        walls(&spring.first(3).unwrap()),
        ["20261003T021500", "20261004T024500", "20261005T021500"]
    );
    let autumn = series("2026-04-04T01:45 Australia/Lord_Howe", "RRULE:FREQ=DAILY;COUNT=3");
    assert_eq!(
        keys(&autumn, 3),
        ["20260403T144500Z", "20260404T144500Z", "20260405T151500Z"]
    );
}

#[test]
fn the_day_that_apia_skipped_has_no_occurrence_of_its_own() {
    // 30 December 2011 did not exist in Samoa. RFC 5545 moves its 09:00 by the 24 hours of the gap, onto the next one.
    let series = series("2011-12-28T09:00 Pacific/Apia", "RRULE:FREQ=DAILY;COUNT=5");
    assert_eq!(
        walls(&series.first(9).unwrap()),
        [
            "20111228T090000",
            "20111229T090000",
            "20111231T090000",
            "20120101T090000"
        ]
    );
    assert_eq!(series.total().unwrap(), Some(4));
}

#[test]
fn every_hour_of_a_night_with_a_change_of_the_clock_is_one_instant() {
    let spring = series("2026-03-29T00:00 Europe/Berlin", "RRULE:FREQ=HOURLY;COUNT=6");
    assert_eq!(
        keys(&spring, 9),
        [
            "20260328T230000Z",
            "20260329T000000Z",
            "20260329T010000Z",
            "20260329T020000Z",
            "20260329T030000Z"
        ]
    );
}

#[test]
fn a_night_shift_lasts_as_long_on_the_night_the_clock_changes() {
    let series = Series::new(
        &at("2026-10-23T22:00 Europe/Berlin"),
        &at("2026-10-24T06:00 Europe/Berlin"),
        &lines("RRULE:FREQ=DAILY;COUNT=3"),
        "Europe/Berlin",
    )
    .unwrap();
    let found = series.first(3).unwrap();
    assert!(
        found
            .iter()
            .all(|o| o.end_at.duration_since(o.start_at) == SignedDuration::from_hours(8))
    );
    let ends: Vec<i8> = found.iter().map(|o| o.end.local().hour()).collect();
    assert_eq!(ends, [6, 5, 6]);
}

#[test]
fn a_flight_ends_in_the_zone_it_lands_in() {
    let series = Series::new(
        &at("2026-03-02T13:00 Europe/Berlin"),
        &at("2026-03-02T16:00 America/New_York"),
        &lines("RRULE:FREQ=WEEKLY;COUNT=3"),
        "Europe/Berlin",
    )
    .unwrap();
    // New York changes on 8 March, Berlin on 29 March: nine hours are nine hours.
    let ends: Vec<EventTime> = series.first(3).unwrap().into_iter().map(|o| o.end).collect();
    assert_eq!(
        ends,
        ["2026-03-02T16:00", "2026-03-09T17:00", "2026-03-16T17:00"].map(|end| at(&format!("{end} America/New_York")))
    );
}

#[test]
fn whole_days_are_dates_and_begin_at_midnight_of_the_calendar() {
    let series = series("2026-03-28", "RRULE:FREQ=DAILY;COUNT=3");
    let found = series.first(3).unwrap();
    assert_eq!(found[1].key, "20260329");
    assert_eq!((&found[1].start, &found[1].end), (&at("2026-03-29"), &at("2026-03-30")));
    assert_eq!(
        (found[1].start_at, found[1].end_at),
        (utc("2026-03-28T23:00:00Z"), utc("2026-03-29T22:00:00Z"))
    );
}

#[test]
fn several_whole_days_overlap_a_window_that_begins_inside_them() {
    let series = Series::new(
        &at("2026-11-06"),
        &at("2026-11-10"),
        &lines("RRULE:FREQ=MONTHLY;COUNT=3"),
        "UTC",
    )
    .unwrap();
    let found = series
        .occurrences(
            utc("2026-12-09T23:00:00Z"),
            utc("2026-12-20T00:00:00Z"),
            Budget::default(),
        )
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].key, "20261206");
    let after = series
        .occurrences(
            utc("2026-12-10T00:00:00Z"),
            utc("2026-12-20T00:00:00Z"),
            Budget::default(),
        )
        .unwrap();
    assert!(after.is_empty(), "the end is exclusive");
}

#[test]
fn an_event_of_no_length_is_seen_where_it_stands() {
    let start = at("2026-11-02T09:00 UTC");
    let series = Series::new(&start, &start, &lines("RRULE:FREQ=DAILY;COUNT=3"), "UTC").unwrap();
    let found = |from, to| series.occurrences(utc(from), utc(to), Budget::default()).unwrap().len();
    assert_eq!(found("2026-11-03T09:00:00Z", "2026-11-03T09:00:01Z"), 1);
    assert_eq!(found("2026-11-03T09:00:01Z", "2026-11-03T10:00:00Z"), 0);
    assert_eq!(found("2026-11-03T08:00:00Z", "2026-11-03T09:00:00Z"), 0);
}

/// Around every change of the clock, in zones with all kinds of them: a daily and an hourly event, each candidate
/// placed where jiff places it, windows agreeing with the whole.
#[test]
fn windows_around_every_change_of_the_clock_miss_nothing_and_repeat_nothing() {
    let zones = [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Africa/Casablanca",
        "Asia/Tehran",
    ];
    let mut changes = 0;
    for name in zones {
        let zone = TimeZone::get(name).unwrap();
        let (first, last) = (utc("2011-06-01T00:00:00Z"), utc("2013-06-01T00:00:00Z"));
        let transitions: Vec<Timestamp> = zone
            .following(first)
            .map(|t| t.timestamp())
            .take_while(|at| *at < last)
            .collect();
        for rule in ["FREQ=DAILY;BYHOUR=0,1,2,3,23;BYMINUTE=0,15,30,45", "FREQ=HOURLY"] {
            let series = series(&format!("2011-05-20T00:30 {name}"), &format!("RRULE:{rule}"));
            let whole = series
                .occurrences(
                    first,
                    last,
                    Budget {
                        steps: 500_000,
                        occurrences: 100_000,
                    },
                )
                .unwrap();
            assert!(whole.windows(2).all(|pair| pair[0].start_at < pair[1].start_at));
            for change in &transitions {
                for minutes in [-1_500, -45, -1, 0, 1, 20, 59, 61, 1_500] {
                    let from = *change + SignedDuration::from_mins(minutes);
                    for to in [
                        from + SignedDuration::from_mins(1),
                        from + SignedDuration::from_hours(25),
                    ] {
                        let window = series.occurrences(from, to, Budget::default()).unwrap();
                        let expected: Vec<_> = whole
                            .iter()
                            .filter(|o| o.start_at < to && o.end_at > from)
                            .cloned()
                            .collect();
                        assert_eq!(window, expected, "{name} {rule} {from} {to}");
                    }
                }
                changes += 1;
            }
        }
    }
    assert!(changes > 40, "{changes}");
}
