//! Rules written to hurt: each is refused or answered, quickly, and never answered short.

use std::time::{Duration, Instant};

use domain::recurrence::{Budget, Problem};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::support::{series, try_series, utc, walls};

/// Far above what an unoptimised build on a busy machine needs (these take milliseconds when optimised), below a hang.
const QUICK: Duration = Duration::from_secs(30);

#[track_caller]
fn refused(start: &str, recurrence: &str) -> (Option<usize>, &'static str) {
    let began = Instant::now();
    let error = try_series(start, recurrence).expect_err(recurrence);
    assert!(began.elapsed() < QUICK, "{recurrence} took {:?}", began.elapsed());
    assert!(!error.to_string().is_empty());
    (error.line, error.code())
}

#[test]
fn rules_that_never_happen_are_refused_quickly() {
    for rule in [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31",
        "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1;BYSETPOS=366",
        "FREQ=YEARLY;BYDAY=MO;BYSETPOS=366",
        "FREQ=YEARLY;BYWEEKNO=10;BYMONTH=12",
        "FREQ=YEARLY;BYYEARDAY=366;INTERVAL=2;BYMONTH=1",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=2",
        "FREQ=HOURLY;INTERVAL=24;BYHOUR=3",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;INTERVAL=10000",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=5",
    ] {
        assert_eq!(
            refused("2027-01-05T09:00", &format!("RRULE:{rule}")),
            (Some(0), "never_happens"),
            "{rule}"
        );
    }
}

#[test]
fn frequencies_below_an_hour_are_refused() {
    for word in ["SECONDLY", "MINUTELY"] {
        assert_eq!(
            refused("2026-11-01T09:00", &format!("RRULE:FREQ={word}")),
            (Some(0), "frequency_unsupported")
        );
    }
    assert_eq!(
        refused("2026-11-01", "RRULE:FREQ=HOURLY"),
        (Some(0), "frequency_unsupported")
    );
    let dense = "RRULE:FREQ=DAILY;BYMINUTE=0,1,2,3,4,5,6,7,8,9,10,11,12;BYSECOND=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22";
    assert_eq!(refused("2026-11-01T09:00", dense), (Some(0), "recurrence_too_long"));
}

#[test]
fn a_window_that_holds_too_much_is_an_error_and_a_smaller_one_is_answered() {
    let series = series(
        "2000-01-01T00:00",
        "RRULE:FREQ=HOURLY;BYMINUTE=0,5,10,15,20,25,30,35,40,45,50,55",
    );
    let began = Instant::now();
    let error = series
        .occurrences(
            utc("2026-01-01T00:00:00Z"),
            utc("2100-01-01T00:00:00Z"),
            Budget::default(),
        )
        .unwrap_err();
    assert!(error.is_budget());
    assert!(began.elapsed() < QUICK);
    let day = series
        .occurrences(
            utc("2026-01-01T12:00:00Z"),
            utc("2026-01-01T13:00:00Z"),
            Budget::default(),
        )
        .unwrap();
    assert_eq!(day.len(), 12 + 11);
}

#[test]
fn a_sparse_window_far_away_is_bounded_by_the_budget() {
    let leap = series("2024-02-29T09:00", "RRULE:FREQ=YEARLY");
    let budget = Budget {
        steps: 1_000,
        occurrences: 10,
    };
    let error = leap
        .occurrences(utc("2025-01-01T00:00:00Z"), utc("9000-01-01T00:00:00Z"), budget)
        .unwrap_err();
    assert_eq!(error.problem, Problem::TooExpensive { steps: 1_000 });
    let found = leap
        .occurrences(
            utc("2095-01-01T00:00:00Z"),
            utc("2105-01-01T00:00:00Z"),
            Budget::default(),
        )
        .unwrap();
    assert_eq!(
        walls(&found),
        ["20960229T090000", "21040229T090000"],
        "2100 is no leap year"
    );
}

#[test]
fn a_count_too_large_to_be_counted_says_so_and_its_windows_still_work() {
    let series = series("2000-01-01T09:00", "RRULE:FREQ=DAILY;COUNT=4000000000");
    assert!(series.total().unwrap_err().is_budget());
    assert!(series.bounds().unwrap_err().is_budget());
    let week = series
        .occurrences(
            utc("2400-01-03T00:00:00Z"),
            utc("2400-01-10T00:00:00Z"),
            Budget::default(),
        )
        .unwrap();
    assert_eq!(week.len(), 7);
}

#[test]
fn the_end_of_the_calendar_is_the_end_of_every_series() {
    let series = series("9998-12-30T09:00", "RRULE:FREQ=MONTHLY;BYMONTHDAY=-1");
    let found = series
        .occurrences(utc("9999-11-01T00:00:00Z"), Timestamp::MAX, Budget::default())
        .unwrap();
    assert_eq!(
        walls(&found),
        ["99991130T090000"],
        "the last day of 9999 cannot be placed in every zone"
    );
    let early = crate::support::series("-009990-01-01T09:00", "RRULE:FREQ=YEARLY;INTERVAL=10");
    assert!(
        early
            .occurrences(Timestamp::MIN, utc("-009960-01-01T00:00:00Z"), Budget::default())
            .unwrap()
            .len()
            >= 3
    );
}

#[test]
fn a_daily_series_of_ten_years_costs_a_week_as_little_as_a_new_one() {
    let old = series("2016-11-01T09:00 Europe/Berlin", "RRULE:FREQ=DAILY");
    let counted = series(
        "2016-11-01T09:00 Europe/Berlin",
        "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=5000",
    );
    let from = utc("2026-11-02T00:00:00Z");
    let to = from + SignedDuration::from_hours(7 * 24);
    // Eleven days with the slack on both sides, one step to look and one to make each.
    let tight = Budget {
        steps: 40,
        occurrences: 8,
    };
    assert_eq!(old.occurrences(from, to, tight).unwrap().len(), 7);
    assert_eq!(counted.occurrences(from, to, tight).unwrap().len(), 2);
}

#[test]
fn more_text_than_any_calendar_needs_is_refused() {
    let date = "EXDATE:20261101T090000Z ";
    assert_eq!(
        refused("2026-11-01T09:00", &date.repeat(2_001)),
        (Some(2_000), "recurrence_too_long")
    );
    let long = format!("EXDATE:{}", vec!["20261101T090000Z"; 10_000].join(","));
    assert_eq!(refused("2026-11-01T09:00", &long), (Some(0), "recurrence_too_long"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is typed is refused or expanded; nothing panics and nothing hangs.
    #[test]
    fn no_text_makes_us_panic(
        text in "(RRULE|EXDATE|RDATE|XRULE)(;(TZID|VALUE)=(Europe/Berlin|DATE|PERIOD|X))?:[A-Z0-9=;,:/\"é+-]{0,40}",
    ) {
        let _ = try_series("2026-11-01T09:00 Europe/Berlin", &text).map(|s| s.first(3));
    }

    /// The same with words a rule is made of, in any combination of numbers.
    #[test]
    fn no_rule_makes_us_panic_or_hang(
        frequency in prop::sample::select(vec!["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"]),
        parts in prop::collection::btree_map(
            prop::sample::select(vec!["BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYHOUR", "BYSETPOS", "INTERVAL", "COUNT"]),
            prop::collection::vec(-370i32..370, 1..4), 0..4),
        start in prop::sample::select(vec!["2026-11-01", "2024-02-29T23:30 Pacific/Apia", "9990-12-31T09:00", "0001-01-01T00:00"]),
    ) {
        let mut rule = format!("RRULE:FREQ={frequency}");
        for (name, numbers) in parts {
            let numbers: Vec<String> = numbers.iter().map(i32::to_string).collect();
            rule += &format!(";{name}={}", numbers.join(","));
        }
        let began = Instant::now();
        if let Ok(series) = try_series(start, &rule) {
            let _ = (series.first(5), series.total(), series.bounds());
            let _ = series.occurrences(utc("2030-01-01T00:00:00Z"), utc("2031-01-01T00:00:00Z"), Budget::default());
        }
        prop_assert!(began.elapsed() < QUICK, "{rule} took {:?}", began.elapsed());
    }
}
