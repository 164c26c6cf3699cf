//! What meets in time, told before anything is written.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    event::{EventContent, Transparency},
    stacking::{
        Existing,
        plan::{Change, Clash, Item, Taken, Timetable, With},
    },
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::events::plain;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn window() -> (Timestamp, Timestamp) {
    (at("2026-01-01T00:00:00Z"), at("2027-12-31T00:00:00Z"))
}

fn content(start: Timestamp, minutes: i64) -> EventContent {
    let wall = |at: Timestamp| domain::time::EventTime::Zoned {
        date_time: at.to_zoned(jiff::tz::TimeZone::UTC).datetime(),
        time_zone: "UTC".to_owned(),
    };
    EventContent {
        start: wall(start),
        end: wall(start + SignedDuration::from_mins(minutes)),
        ..plain("evt", "Visit", "2027-01-01T09:00:00").content
    }
}

fn existing(id: &str, content: EventContent) -> Existing {
    Existing {
        id: id.to_owned(),
        calendar: "cal_1".to_owned(),
        etag: None,
        uid: id.to_owned(),
        content,
        dates: Vec::new(),
    }
}

fn created(seq: i64, calendar: &str, after: EventContent) -> Item {
    Item {
        key: format!("{seq:032}"),
        line: seq.unsigned_abs(),
        calendar: calendar.to_owned(),
        change: Change::Create { uid: None, after },
        overrides: Vec::new(),
    }
}

fn takes_time(content: &EventContent) -> bool {
    content.transparency == Transparency::Busy
}

/// What is told of each line, where this is there.
fn clashes(items: &[Item], there: &[(&str, Taken)]) -> BTreeMap<i64, Vec<Clash>> {
    let mut table = Timetable::default();
    for (seq, item) in (1..).zip(items) {
        table.add(seq, item, "UTC", window(), takes_time);
    }
    let mut told = BTreeMap::new();
    let ask = |calendar: &str, from: Timestamp, to: Timestamp| {
        let here = there
            .iter()
            .filter(|(place, one)| *place == calendar && one.start < to && one.end > from);
        Ok::<_, String>(here.map(|(_, one)| one.clone()).collect())
    };
    let count = table
        .clashes(ask, |found| {
            told.extend(found);
            Ok(())
        })
        .unwrap();
    assert_eq!(count, told.len() as u64);
    told
}

fn taken(event: &str, start: &str, minutes: i64) -> Taken {
    let start = at(start);
    Taken {
        start,
        end: start + SignedDuration::from_mins(minutes),
        event: event.to_owned(),
    }
}

#[test]
fn a_line_meets_what_is_there_and_what_is_planned_but_not_what_only_touches_it() {
    let nine = at("2027-03-01T09:00:00Z");
    let items = [
        created(1, "cal_1", content(nine, 60)),
        created(2, "cal_1", content(nine + SignedDuration::from_mins(30), 60)),
        created(3, "cal_1", content(nine + SignedDuration::from_mins(90), 30)),
        created(4, "cal_2", content(nine, 60)),
        created(5, "cal_1", content(nine + SignedDuration::from_hours(5), 60)),
    ];
    let lunch = ("cal_1", taken("evt_lunch", "2027-03-01T14:30:00Z", 60));
    let told = clashes(&items, &[lunch]);
    assert_eq!(told.keys().copied().collect::<Vec<_>>(), [1, 2, 5]);
    assert_eq!(told[&1][0].with, With::Line(2));
    assert_eq!(told[&5][0].with, With::Event("evt_lunch".to_owned()));
}

#[test]
fn an_event_that_the_plan_moves_away_is_in_nobodys_way() {
    let nine = at("2027-03-01T09:00:00Z");
    let hour = SignedDuration::from_hours(1);
    // Three in a row, each an hour later: the first comes to where the second was.
    let moved = |n: i32| {
        let before = content(nine + hour * n, 60);
        let after = content(nine + hour * (n + 1), 60);
        let mut item = created(1, "cal_1", after.clone());
        item.change = Change::Update {
            before: existing(&format!("evt_{n}"), before),
            after,
        };
        item
    };
    let there: Vec<(&str, Taken)> = ["evt_0", "evt_1", "evt_2", "evt_3"]
        .iter()
        .zip(0..)
        .map(|(name, n)| {
            let start = nine + hour * n;
            (
                "cal_1",
                Taken {
                    start,
                    end: start + hour,
                    event: (*name).to_owned(),
                },
            )
        })
        .collect();
    let told = clashes(&[moved(0), moved(1), moved(2)], &there);
    assert_eq!(
        told.keys().copied().collect::<Vec<_>>(),
        [3],
        "only evt_3 stays where it is"
    );
}

#[test]
fn a_change_of_words_and_what_takes_no_time_meet_nothing() {
    let nine = at("2027-03-01T09:00:00Z");
    let before = content(nine, 60);
    let after = EventContent {
        title: "Other".to_owned(),
        ..before.clone()
    };
    let mut renamed = created(1, "cal_1", after.clone());
    renamed.change = Change::Update {
        before: existing("evt_1", before),
        after,
    };
    let free = EventContent {
        transparency: Transparency::Free,
        ..content(nine, 60)
    };
    let there = ("cal_1", taken("evt_2", "2027-03-01T09:00:00Z", 60));
    assert_eq!(
        clashes(&[renamed, created(2, "cal_1", free)], &[there]),
        BTreeMap::new()
    );
}

#[test]
fn a_series_meets_at_each_of_its_dates_and_never_itself() {
    let nine = at("2027-03-01T09:00:00Z");
    let mut series = content(nine, 60);
    series.recurrence = vec!["RRULE:FREQ=WEEKLY;COUNT=10".to_owned()];
    let mut crowded = content(nine + SignedDuration::from_hours(4), 120);
    crowded.recurrence = vec!["RRULE:FREQ=HOURLY;COUNT=5".to_owned()];
    let there = ("cal_1", taken("evt_x", "2027-04-05T09:30:00Z", 60));
    let told = clashes(&[created(1, "cal_1", series), created(2, "cal_1", crowded)], &[there]);
    assert_eq!(told.keys().copied().collect::<Vec<_>>(), [1], "{told:?}");
    assert_eq!(told[&1][0].with, With::Event("evt_x".to_owned()));
}

#[test]
fn a_series_that_moves_or_leaves_is_in_nobodys_way_at_any_of_its_dates() {
    let nine = at("2027-03-01T09:00:00Z");
    let mut series = content(nine, 60);
    series.recurrence = vec!["RRULE:FREQ=WEEKLY;COUNT=10".to_owned()];
    let mut later = series.clone();
    (later.start, later.end) = {
        let moved = content(nine + SignedDuration::from_mins(30), 60);
        (moved.start, moved.end)
    };
    let id = "evt_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b";
    let own = taken(&format!("{id}_20270308T090000Z"), "2027-03-08T09:00:00Z", 60);
    let before = existing(id, series);
    let moves = Item {
        change: Change::Update {
            before: before.clone(),
            after: later,
        },
        ..created(1, "cal_1", content(nine, 60))
    };
    assert!(clashes(&[moves], &[("cal_1", own.clone())]).is_empty());
    let leaves = Item {
        change: Change::Delete { before },
        ..created(1, "cal_1", content(nine, 60))
    };
    let instead = created(2, "cal_1", content(at("2027-03-08T09:00:00Z"), 60));
    assert!(clashes(&[leaves, instead], &[("cal_1", own)]).is_empty());
}

proptest! {
    #[test]
    fn a_line_is_told_of_if_and_only_if_it_meets_something(
        lines in prop::collection::vec((0_i64..200, 1_i64..40), 0..40),
        others in prop::collection::vec((0_i64..200, 1_i64..90), 0..20),
    ) {
        let zero = at("2027-03-01T00:00:00Z");
        let begin = |minute: i64| zero + SignedDuration::from_mins(minute);
        let items: Vec<Item> = (1..).zip(&lines).map(|(seq, (start, length))| created(seq, "cal_1", content(begin(*start), *length))).collect();
        let there: Vec<(&str, Taken)> = others.iter().enumerate().map(|(n, (start, length))| {
            ("cal_1", Taken { start: begin(*start), end: begin(start + length), event: format!("evt_{n}") })
        }).collect();
        let told: BTreeSet<i64> = clashes(&items, &there).into_keys().collect();
        let meet = |a: (i64, i64), b: (i64, i64)| a.0 < b.0 + b.1 && b.0 < a.0 + a.1;
        let expected: BTreeSet<i64> = (1_i64..).zip(&lines).enumerate().filter(|(at, (_, one))| {
            lines.iter().enumerate().any(|(other, two)| other != *at && meet(**one, *two)) || others.iter().any(|two| meet(**one, *two))
        }).map(|(_, (seq, _))| seq).collect();
        prop_assert_eq!(told, expected);
    }
}
