//! Content lines: every form that is read, every fault that is named, and the canonical spelling.

use domain::recurrence::{Budget, faults, shift_lines};

use crate::support::{at, lines, series, try_series, utc, walls};

const BERLIN: &str = "2026-11-02T09:00 Europe/Berlin";

fn total(start: &str, recurrence: &str) -> u32 {
    series(start, recurrence).total().unwrap().unwrap()
}

#[test]
fn until_is_read_as_utc_as_wall_time_and_as_a_date() {
    // 09:00 in Berlin is 08:00 UTC in November.
    assert_eq!(
        total(BERLIN, "RRULE:FREQ=DAILY;UNTIL=20261105T080000Z"),
        4,
        "the last one is included"
    );
    assert_eq!(total(BERLIN, "RRULE:FREQ=DAILY;UNTIL=20261105T075959Z"), 3);
    assert_eq!(total(BERLIN, "RRULE:FREQ=DAILY;UNTIL=20261105T090000"), 4);
    assert_eq!(total(BERLIN, "RRULE:FREQ=DAILY;UNTIL=20261105T085959"), 3);
    assert_eq!(
        total(BERLIN, "RRULE:FREQ=DAILY;UNTIL=20261105"),
        4,
        "a date includes its day"
    );
}

#[test]
fn until_of_whole_days_is_a_date_however_it_is_spelled() {
    for until in [
        "20261105",
        "20261105T000000Z",
        "20261105T235959Z",
        "20261105T000000",
        "20261104T230000Z",
    ] {
        assert_eq!(
            total("2026-11-02", &format!("RRULE:FREQ=DAILY;UNTIL={until}")),
            4,
            "{until}"
        );
    }
}

#[test]
fn a_series_that_ends_before_it_starts_has_no_occurrence() {
    assert_eq!(total(BERLIN, "RRULE:FREQ=DAILY;UNTIL=20261101"), 0);
    let (first, last) = series(BERLIN, "RRULE:FREQ=DAILY;UNTIL=20261101").bounds().unwrap();
    assert_eq!(
        (first, last),
        (utc("2026-11-02T08:00:00Z"), Some(utc("2026-11-02T09:00:00Z")))
    );
}

#[test]
fn exceptions_are_read_in_every_form_and_compared_as_instants() {
    for exdate in [
        "EXDATE:20261104T080000Z",
        "EXDATE;TZID=Europe/Berlin:20261104T090000",
        "EXDATE;TZID=\"America/New_York\":20261104T030000",
        "EXDATE;VALUE=DATE-TIME:20261104T090000",
        "EXDATE;VALUE=DATE:20261104",
        "exdate;tzid=Europe/Berlin:20261104t090000",
        "EXDATE;X-WHATEVER=1:20261104T080000Z,20300101T000000Z",
    ] {
        let found = series(BERLIN, &format!("RRULE:FREQ=DAILY;COUNT=4 {exdate}"));
        assert_eq!(
            walls(&found.first(9).unwrap()),
            ["20261102T090000", "20261103T090000", "20261105T090000"],
            "{exdate}"
        );
    }
    for exdate in [
        "EXDATE;VALUE=DATE:20261104",
        "EXDATE:20261104",
        "EXDATE:20261104T000000Z",
        "EXDATE:20261103T230000Z",
    ] {
        assert_eq!(
            total("2026-11-02", &format!("RRULE:FREQ=DAILY;COUNT=4 {exdate}")),
            3,
            "{exdate}"
        );
    }
}

#[test]
fn an_exception_a_second_off_takes_nothing_out() {
    assert_eq!(total(BERLIN, "RRULE:FREQ=DAILY;COUNT=4 EXDATE:20261104T080001Z"), 4);
}

#[test]
fn extra_dates_join_the_series_and_repetitions_do_not_count_twice() {
    let found = series(
        BERLIN,
        "RRULE:FREQ=WEEKLY;COUNT=2 RDATE:20261104T110000Z,20261102T080000Z RDATE;TZID=Europe/Berlin:20261101T090000",
    );
    let starts = [
        "20261101T090000",
        "20261102T090000",
        "20261104T120000",
        "20261109T090000",
    ];
    assert_eq!(walls(&found.first(9).unwrap()), starts);
    assert_eq!(found.total().unwrap(), Some(4));
    assert_eq!(
        found.bounds().unwrap().0,
        utc("2026-11-01T08:00:00Z"),
        "an extra date may come before DTSTART"
    );
}

#[test]
fn extra_dates_alone_make_a_series() {
    let found = series("2026-11-02", "RDATE;VALUE=DATE:20261105,20261103");
    assert_eq!(
        walls(&found.first(9).unwrap()),
        ["20261102T000000", "20261103T000000", "20261105T000000"]
    );
    assert!(!found.is_endless());
    assert_eq!(
        series("2026-11-02", "").total().unwrap(),
        Some(1),
        "no lines: a series of one"
    );
}

#[test]
fn a_period_brings_its_own_end() {
    let found = series(
        BERLIN,
        "RRULE:FREQ=DAILY;COUNT=1 RDATE;VALUE=PERIOD:20261103T080000Z/20261103T083000Z,20261104T080000Z/PT3H",
    );
    let ends: Vec<String> = found.first(9).unwrap().iter().map(|o| o.end_at.to_string()).collect();
    assert_eq!(
        ends,
        ["2026-11-02T09:00:00Z", "2026-11-03T08:30:00Z", "2026-11-04T11:00:00Z"]
    );
    assert_eq!(found.bounds().unwrap().1, Some(utc("2026-11-04T11:00:00Z")));
    let late = found
        .occurrences(
            utc("2026-11-04T10:30:00Z"),
            utc("2026-11-04T12:00:00Z"),
            Budget::default(),
        )
        .unwrap();
    assert_eq!(late.len(), 1, "longer than the others, and still found");
}

#[test]
fn the_start_is_the_first_occurrence_even_where_the_rule_does_not_match_it() {
    // 2 November 2026 is a Monday.
    let found = series(BERLIN, "RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=3");
    assert_eq!(
        walls(&found.first(9).unwrap()),
        ["20261102T090000", "20261104T090000", "20261111T090000"]
    );
}

#[test]
fn whole_days_ignore_hours_as_the_rfc_says() {
    assert_eq!(
        total("2026-11-02", "RRULE:FREQ=DAILY;BYHOUR=9,10;BYMINUTE=30;COUNT=3"),
        3
    );
}

#[test]
fn every_fault_names_its_line_and_a_stable_code() {
    let table = [
        ("RRULE", "malformed_line"),
        ("RRULE:FREQ=DAILY\u{7}", "malformed_line"),
        (":FREQ=DAILY", "malformed_line"),
        ("DTSTART:20261102T090000", "unknown_property"),
        ("EXRULE:FREQ=DAILY", "exrule_unsupported"),
        ("RRULE:", "frequency_missing"),
        ("RRULE:COUNT=3", "frequency_missing"),
        ("RRULE:FREQ=FORTNIGHTLY", "frequency_unknown"),
        ("RRULE:FREQ=MINUTELY", "frequency_unsupported"),
        ("RRULE:FREQ=SECONDLY;COUNT=1", "frequency_unsupported"),
        ("RRULE:FREQ=DAILY;COUNT=3;UNTIL=20261105", "count_and_until"),
        ("RRULE:FREQ=DAILY;FREQ=WEEKLY", "duplicate_rule_part"),
        ("RRULE:FREQ=DAILY;EVERY=2", "unknown_rule_part"),
        ("RRULE:FREQ=DAILY;COUNT", "unknown_rule_part"),
        ("RRULE:FREQ=DAILY;RSCALE=CHINESE", "rscale_unsupported"),
        ("RRULE:FREQ=DAILY;SKIP=FORWARD", "rscale_unsupported"),
        ("RRULE:FREQ=DAILY;INTERVAL=0", "value_out_of_range"),
        ("RRULE:FREQ=DAILY;INTERVAL=-1", "value_out_of_range"),
        ("RRULE:FREQ=DAILY;INTERVAL=10001", "value_out_of_range"),
        ("RRULE:FREQ=DAILY;COUNT=0", "value_out_of_range"),
        ("RRULE:FREQ=DAILY;COUNT=4294967296", "value_out_of_range"),
        ("RRULE:FREQ=DAILY;COUNT=two", "value_out_of_range"),
        ("RRULE:FREQ=DAILY;BYMONTH=13", "value_out_of_range"),
        ("RRULE:FREQ=DAILY;BYMONTH=0", "value_out_of_range"),
        ("RRULE:FREQ=DAILY;BYMONTHDAY=0", "value_out_of_range"),
        ("RRULE:FREQ=DAILY;BYMONTHDAY=32", "value_out_of_range"),
        ("RRULE:FREQ=DAILY;BYHOUR=24", "value_out_of_range"),
        ("RRULE:FREQ=DAILY;BYMINUTE=60", "value_out_of_range"),
        ("RRULE:FREQ=DAILY;BYSECOND=60", "value_out_of_range"),
        ("RRULE:FREQ=YEARLY;BYYEARDAY=367", "value_out_of_range"),
        ("RRULE:FREQ=YEARLY;BYWEEKNO=54", "value_out_of_range"),
        ("RRULE:FREQ=WEEKLY;BYDAY=XX", "value_out_of_range"),
        ("RRULE:FREQ=WEEKLY;BYDAY=", "value_out_of_range"),
        ("RRULE:FREQ=MONTHLY;BYDAY=6MO", "value_out_of_range"),
        ("RRULE:FREQ=MONTHLY;BYDAY=0MO", "value_out_of_range"),
        ("RRULE:FREQ=YEARLY;BYDAY=54MO", "value_out_of_range"),
        ("RRULE:FREQ=WEEKLY;WKST=8", "value_out_of_range"),
        ("RRULE:FREQ=WEEKLY;BYMONTHDAY=1", "rule_part_not_allowed"),
        ("RRULE:FREQ=WEEKLY;BYDAY=1MO", "rule_part_not_allowed"),
        ("RRULE:FREQ=DAILY;BYDAY=-1MO", "rule_part_not_allowed"),
        ("RRULE:FREQ=MONTHLY;BYYEARDAY=1", "rule_part_not_allowed"),
        ("RRULE:FREQ=MONTHLY;BYWEEKNO=1", "rule_part_not_allowed"),
        ("RRULE:FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "rule_part_not_allowed"),
        ("RRULE:FREQ=MONTHLY;BYSETPOS=1", "rule_part_not_allowed"),
        ("RRULE:FREQ=DAILY;UNTIL=2026-11-05", "date_invalid"),
        ("RRULE:FREQ=DAILY;UNTIL=20261131", "date_invalid"),
        ("RRULE:FREQ=DAILY;UNTIL=", "date_invalid"),
        ("EXDATE:", "date_invalid"),
        ("EXDATE:tomorrow", "date_invalid"),
        ("EXDATE:20261102T2500", "date_invalid"),
        ("EXDATE:20261102T090000Z/PT1H", "date_invalid"),
        ("RDATE;VALUE=PERIOD:20261102T090000Z/20261101T090000Z", "date_invalid"),
        ("RDATE;VALUE=PERIOD:20261102T090000Z/P", "date_invalid"),
        ("EXDATE;TZID=Mars/Olympus:20261102T090000", "time_zone_unknown"),
        ("EXDATE;VALUE=PERIOD:20261102T090000Z", "unknown_parameter"),
        ("EXDATE;RANGE=THISANDFUTURE:20261102T090000Z", "unknown_parameter"),
    ];
    for (line, code) in table {
        let text = vec!["EXDATE:20261103T080000Z".to_owned(), line.to_owned()];
        let start = at(BERLIN);
        let error = domain::recurrence::Series::new(&start, &at("2026-11-02T10:00 Europe/Berlin"), &text, "UTC")
            .expect_err(line);
        assert_eq!((error.line, error.code()), (Some(1), code), "{line}: {error}");
    }
    let error = try_series(BERLIN, "RRULE:FREQ=DAILY RRULE:FREQ=WEEKLY").unwrap_err();
    assert_eq!((error.line, error.code()), (Some(1), "second_rrule"));
}

#[test]
fn faults_lists_every_line_that_is_wrong_by_its_own_index() {
    let text =
        lines("EXDATE:x RRULE:FREQ=DAILY RRULE:FREQ=WEEKLY RDATE;TZID=Nowhere:20261102T090000 EXDATE:20261103T080000Z");
    let found: Vec<_> = faults(&at(BERLIN), &at("2026-11-02T10:00 Europe/Berlin"), &text, "UTC")
        .into_iter()
        .map(|fault| (fault.line, fault.code()))
        .collect();
    assert_eq!(
        found,
        [
            (Some(0), "date_invalid"),
            (Some(2), "second_rrule"),
            (Some(3), "time_zone_unknown")
        ]
    );
}

#[test]
fn the_events_own_times_are_faults_of_the_series() {
    let code = |start, end| {
        domain::recurrence::Series::new(&at(start), &at(end), &[], "UTC")
            .unwrap_err()
            .code()
    };
    assert_eq!(code("2026-11-02", "2026-11-02T10:00"), "kind_mismatch");
    assert_eq!(code("2026-11-02T10:00", "2026-11-02T09:59"), "end_before_start");
    assert_eq!(code("2026-11-02", "2026-11-01"), "end_before_start");
    assert_eq!(
        code("2026-11-02T10:00 Nowhere", "2026-11-02T11:00"),
        "time_zone_unknown"
    );
    assert_eq!(
        code("2026-11-02T10:00", "2026-11-02T11:00 Nowhere"),
        "time_zone_unknown"
    );
}

#[test]
fn canonical_lines_mean_the_same_and_are_what_strict_readers_want() {
    let canonical = |start, text| series(start, text).canonical_lines();
    assert_eq!(
        canonical(
            BERLIN,
            "rrule:freq=weekly;until=20261231;byday=mo EXDATE:20261109T080000Z RDATE:20261110"
        ),
        [
            "RRULE:FREQ=WEEKLY;UNTIL=20261231T225959Z;BYDAY=MO",
            "EXDATE;TZID=Europe/Berlin:20261109T090000",
            "RDATE;TZID=Europe/Berlin:20261110T090000"
        ]
    );
    assert_eq!(
        canonical(
            "2026-11-02",
            "RRULE:FREQ=DAILY;UNTIL=20261231T000000Z EXDATE:20261109T000000Z"
        ),
        ["RRULE:FREQ=DAILY;UNTIL=20261231", "EXDATE;VALUE=DATE:20261109"]
    );
    assert_eq!(
        canonical(
            "2026-11-02T09:00 UTC",
            "EXDATE;TZID=Europe/Berlin:20261109T100000 RDATE;VALUE=PERIOD:20261103T080000Z/PT1H"
        ),
        [
            "EXDATE:20261109T090000Z",
            "RDATE;VALUE=PERIOD:20261103T080000Z/20261103T090000Z"
        ]
    );
    let odd = "EXDATE;VALUE=DATE:20261109";
    assert_eq!(
        canonical(BERLIN, odd),
        [odd],
        "a whole day of a timed series cannot be said otherwise"
    );
}

/// Shifts, checks that each occurrence moved by the same, and returns the lines.
#[track_caller]
fn shifted(old: &str, new: &str, text: &str) -> Vec<String> {
    let lines = shift_lines(&lines(text), &at(old), &at(new), "Europe/Berlin").unwrap();
    let (before, after) = (series(old, text), series(new, &lines.join(" ")));
    let by = at(new).local().duration_since(at(old).local());
    let moved = |o: &domain::recurrence::Occurrence| o.start.local().checked_add(by).unwrap();
    let expected: Vec<_> = before.first(12).unwrap().iter().map(moved).collect();
    let found: Vec<_> = after.first(12).unwrap().iter().map(|o| o.start.local()).collect();
    assert_eq!(found, expected, "{lines:?}");
    lines
}

#[test]
fn moving_a_series_moves_its_exceptions_and_its_end() {
    assert_eq!(
        shifted(
            BERLIN,
            "2026-11-02T10:30 Europe/Berlin",
            "RRULE:FREQ=DAILY;UNTIL=20261109T080000Z EXDATE:20261104T080000Z"
        ),
        [
            "RRULE:FREQ=DAILY;UNTIL=20261109T093000Z",
            "EXDATE;TZID=Europe/Berlin:20261104T103000"
        ]
    );
    assert_eq!(
        shifted(
            BERLIN,
            "2026-11-02T09:00 America/New_York",
            "RRULE:FREQ=DAILY;COUNT=5 EXDATE:20261104T080000Z"
        ),
        [
            "RRULE:FREQ=DAILY;COUNT=5",
            "EXDATE;TZID=America/New_York:20261104T090000"
        ]
    );
}

#[test]
fn moving_a_weekly_series_to_another_day_moves_its_days_and_its_weeks() {
    assert_eq!(
        shifted(
            BERLIN,
            "2026-11-03T09:00 Europe/Berlin",
            "RRULE:FREQ=WEEKLY;BYDAY=MO,WE"
        ),
        ["RRULE:FREQ=WEEKLY;BYDAY=TU,TH"]
    );
    assert_eq!(
        shifted(
            "2026-11-07T09:00",
            "2026-11-08T09:00",
            "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU;COUNT=6"
        ),
        ["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;COUNT=6;WKST=TU"]
    );
    assert_eq!(
        shifted(BERLIN, "2026-11-05T08:00 Europe/Berlin", "RRULE:FREQ=WEEKLY"),
        ["RRULE:FREQ=WEEKLY"]
    );
}

#[test]
fn moving_a_monthly_series_moves_the_part_that_repeats_the_start() {
    let lines = |old, new, text| shift_lines(&lines(text), &at(old), &at(new), "UTC").unwrap().join(" ");
    let (old, new) = ("2026-11-09T09:00", "2026-11-10T09:00"); // the second Monday, the second Tuesday
    assert_eq!(
        lines(old, new, "RRULE:FREQ=MONTHLY;BYDAY=2MO"),
        "RRULE:FREQ=MONTHLY;BYDAY=2TU"
    );
    assert_eq!(
        lines(old, new, "RRULE:FREQ=MONTHLY;BYMONTHDAY=9"),
        "RRULE:FREQ=MONTHLY;BYMONTHDAY=10"
    );
    assert_eq!(
        lines(old, new, "RRULE:FREQ=MONTHLY;BYMONTHDAY=1,9"),
        "RRULE:FREQ=MONTHLY;BYMONTHDAY=1,9",
        "left alone"
    );
    assert_eq!(
        lines(
            "2026-11-30T09:00",
            "2026-12-01T09:00",
            "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=-1MO"
        ),
        "RRULE:FREQ=YEARLY;BYMONTH=12;BYDAY=-5TU"
    );
}

#[test]
fn a_series_becomes_whole_days_and_timed_again() {
    let days = shift_lines(
        &lines("RRULE:FREQ=DAILY;UNTIL=20261109T080000Z EXDATE:20261104T080000Z"),
        &at(BERLIN),
        &at("2026-11-02"),
        "Europe/Berlin",
    )
    .unwrap();
    assert_eq!(days, ["RRULE:FREQ=DAILY;UNTIL=20261109", "EXDATE;VALUE=DATE:20261104"]);
    let timed = shift_lines(&days, &at("2026-11-02"), &at(BERLIN), "Europe/Berlin").unwrap();
    assert_eq!(
        timed,
        [
            "RRULE:FREQ=DAILY;UNTIL=20261109T080000Z",
            "EXDATE;TZID=Europe/Berlin:20261104T090000"
        ]
    );
}
