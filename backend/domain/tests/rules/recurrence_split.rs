//! “This and following”: what was one series is two, and nobody's calendar changes by that alone.

use domain::{
    recurrence::{Occurrence, Series},
    time::EventTime,
};
use jiff::civil::DateTime;
use proptest::prelude::*;

use crate::support::{at, lines, series, try_series};

const BERLIN: &str = "2026-11-02T09:00 Europe/Berlin";

fn split(start: &str, text: &str, cut: &str) -> (String, String) {
    let split = series(start, text).split(&at(cut)).unwrap();
    (split.before.join(" "), split.after.join(" "))
}

fn pair(before: &str, after: &str) -> (String, String) {
    (before.to_owned(), after.to_owned())
}

#[test]
fn the_old_series_ends_just_before_and_the_new_one_keeps_the_end() {
    assert_eq!(
        split(BERLIN, "RRULE:FREQ=DAILY", "2026-11-10T09:00 Europe/Berlin"),
        pair("RRULE:FREQ=DAILY;UNTIL=20261110T075959Z", "RRULE:FREQ=DAILY")
    );
    assert_eq!(
        split(BERLIN, "RRULE:FREQ=DAILY;UNTIL=20261231", "2026-11-10T08:00 UTC"),
        pair(
            "RRULE:FREQ=DAILY;UNTIL=20261110T075959Z",
            "RRULE:FREQ=DAILY;UNTIL=20261231"
        )
    );
    assert_eq!(
        split(BERLIN, "RRULE:FREQ=DAILY;COUNT=10", "2026-11-10T09:00 Europe/Berlin"),
        pair("RRULE:FREQ=DAILY;UNTIL=20261110T075959Z", "RRULE:FREQ=DAILY;COUNT=2")
    );
    assert_eq!(
        split("2026-11-02", "RRULE:FREQ=WEEKLY;COUNT=4", "2026-11-16"),
        pair("RRULE:FREQ=WEEKLY;UNTIL=20261115", "RRULE:FREQ=WEEKLY;COUNT=2")
    );
}

#[test]
fn exceptions_and_extra_dates_go_to_their_side() {
    assert_eq!(
        split(
            BERLIN,
            "RRULE:FREQ=DAILY;COUNT=9 EXDATE:20261104T080000Z,20261108T080000Z RDATE:20261103T120000Z RDATE:20261109T120000Z",
            "2026-11-06T09:00 Europe/Berlin"
        ),
        pair(
            "RRULE:FREQ=DAILY;UNTIL=20261106T075959Z EXDATE:20261104T080000Z RDATE:20261103T120000Z",
            "RRULE:FREQ=DAILY;COUNT=5 EXDATE:20261108T080000Z RDATE:20261109T120000Z"
        )
    );
}

#[test]
fn what_exdate_took_out_still_counts_towards_count() {
    let (_, after) = split(
        BERLIN,
        "RRULE:FREQ=DAILY;COUNT=5 EXDATE:20261103T080000Z",
        "2026-11-04T09:00 Europe/Berlin",
    );
    assert_eq!(after, "RRULE:FREQ=DAILY;COUNT=3");
}

#[test]
fn a_series_of_extra_dates_is_split_as_well() {
    assert_eq!(
        split(
            "2026-11-02",
            "RDATE;VALUE=DATE:20261105,20261109,20261112",
            "2026-11-09"
        ),
        pair("RDATE;VALUE=DATE:20261105", "RDATE;VALUE=DATE:20261112")
    );
}

#[test]
fn a_split_where_there_is_nothing_to_split_is_refused_by_name() {
    let code = |text: &str, cut: &str| try_series(BERLIN, text).unwrap().split(&at(cut)).unwrap_err().code();
    assert_eq!(code("RRULE:FREQ=DAILY", BERLIN), "split_at_first");
    assert_eq!(
        code("RRULE:FREQ=DAILY", "2026-11-01T09:00 Europe/Berlin"),
        "split_at_first"
    );
    assert_eq!(
        code("RRULE:FREQ=DAILY;COUNT=1", "2026-11-03T09:00 Europe/Berlin"),
        "not_an_occurrence"
    );
    assert_eq!(
        code("RRULE:FREQ=DAILY", "2026-11-03T09:01 Europe/Berlin"),
        "not_an_occurrence"
    );
    assert_eq!(code("RRULE:FREQ=DAILY", "2026-11-03"), "not_an_occurrence");
    assert_eq!(
        code(
            "RRULE:FREQ=WEEKLY RDATE:20261104T080000Z",
            "2026-11-04T09:00 Europe/Berlin"
        ),
        "split_at_extra_date"
    );
    // The first one is gone, so the second is the first.
    assert_eq!(
        code(
            "RRULE:FREQ=DAILY EXDATE:20261102T080000Z",
            "2026-11-03T09:00 Europe/Berlin"
        ),
        "split_at_first"
    );
}

#[test]
fn a_split_of_an_old_series_does_not_walk_through_it() {
    let old = series("1990-01-01T09:00 Europe/Berlin", "RRULE:FREQ=HOURLY;INTERVAL=1");
    let split = old.split(&at("2026-11-02T09:00 Europe/Berlin")).unwrap();
    assert_eq!(split.before, ["RRULE:FREQ=HOURLY;INTERVAL=1;UNTIL=20261102T075959Z"]);
}

fn all(series: &Series) -> Vec<Occurrence> {
    series.first(60).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_halves_together_are_the_whole(
        rule in prop::sample::select(vec![
            "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SA,SU;WKST=SU", "FREQ=MONTHLY", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=1,15,-1",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1", "FREQ=YEARLY", "FREQ=YEARLY;INTERVAL=3;BYMONTH=2,6;BYDAY=2TU", "FREQ=YEARLY;BYWEEKNO=1,20,53",
            "FREQ=DAILY;BYHOUR=8,12,20;INTERVAL=2", "FREQ=HOURLY;INTERVAL=5", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        ]),
        ends in prop_oneof![Just(String::new()), (2u32..60).prop_map(|n| format!(";COUNT={n}")), (2026i16..2045).prop_map(|y| format!(";UNTIL={y}1103"))],
        (month, day, hour) in (1i8..=12, 1i8..=31, 4i8..24),
        whole_days in any::<bool>(),
        taken_out in prop::collection::btree_set(0usize..40, 0..5),
        added in prop::collection::btree_set(1i64..900, 0..4),
        which in 1usize..40,
    ) {
        let Ok(local) = DateTime::new(2024, month, day, hour, 0, 0, 0) else { return Ok(()) };
        let whole_days = whole_days && !rule.contains("HOUR");
        let start = if whole_days { EventTime::Date { date: local.date() } }
            else { EventTime::Zoned { date_time: local, time_zone: "Europe/Berlin".into() } };
        let end_of = |start: &EventTime| if whole_days { start.with_local(start.local().tomorrow().unwrap()) }
            else { start.with_local(start.local().checked_add(jiff::SignedDuration::from_mins(45)).unwrap()) };
        let make = |start: &EventTime, text: &str| Series::new(start, &end_of(start), &lines(text), "Europe/Berlin");

        // Some occurrences are taken out, and some half-way between are added.
        let mut text = format!("RRULE:{rule}{ends}");
        let bare = all(&make(&start, &text).unwrap());
        for o in taken_out.iter().filter_map(|n| bare.get(*n)) {
            text += &format!(" EXDATE{}:{}", if whole_days { ";VALUE=DATE" } else { "" }, o.key);
        }
        for days in added {
            let extra = local.checked_add(jiff::SignedDuration::from_mins(days * 1440 + 7)).unwrap();
            text += &if whole_days { format!(" RDATE;VALUE=DATE:{}", extra.strftime("%Y%m%d")) }
                else { format!(" RDATE;TZID=Europe/Berlin:{}", extra.strftime("%Y%m%dT%H%M%S")) };
        }
        let whole = make(&start, &text).unwrap();
        let occurrences = all(&whole);
        let Some(cut) = occurrences.get(which) else { return Ok(()) };
        let split = match whole.split(&cut.start) {
            Ok(split) => split,
            Err(error) => {
                prop_assert!(matches!(error.code(), "split_at_extra_date"), "{text}: {error}");
                return Ok(());
            }
        };
        let before = make(&start, &split.before.join(" ")).unwrap();
        prop_assert!(!before.is_endless());
        let mut together = all(&before);
        prop_assert_eq!(together.len(), which, "{} cut at {:?}", text, cut.start);
        let after = make(&cut.start, &split.after.join(" ")).unwrap();
        prop_assert_eq!(after.is_endless(), whole.is_endless());
        together.extend(all(&after));
        together.truncate(60);
        prop_assert_eq!(&together[..], &occurrences[..], "{} cut at {:?} into {:?}", text, cut.start, split);
    }
}
