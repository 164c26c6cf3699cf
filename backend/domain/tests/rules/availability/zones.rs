//! Hours on the days the clock changes, in every zone: a sample always, all of them with `CALENDAR_STACKER_ALL_ZONES=1`.

use domain::{
    availability::{Hours, WallSpan},
    time::Interval,
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{DateTime, Time},
    tz::TimeZone,
};

use super::town::{Town, minutes};
use crate::support::utc;

const SAMPLE: [&str; 14] = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Scoresbysund",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Gaza",
    "Asia/Pyongyang",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/Dublin",
    "Pacific/Apia",
    "Pacific/Chatham",
];

/// Hours around what the clock shows when it changes, from what it shows, up to it, and within; the last are whole days.
fn around(before: DateTime, after: DateTime) -> Vec<WallSpan> {
    let minute = |wall: DateTime| i64::from(wall.hour()) * 60 + i64::from(wall.minute());
    let (before, after) = (minute(before), minute(after));
    let time = |minute: i64| Time::midnight() + SignedDuration::from_mins(minute.rem_euclid(1440));
    let spans = [
        (before.min(after) - 100, before.max(after) + 100),
        (before.min(after) + 10, before.max(after) + 50),
        (before.min(after) - 50, before.max(after) - 10),
        (before.min(after) + 5, before.max(after) - 5),
    ];
    let spans = spans.map(|(from, to)| WallSpan {
        from: time(from),
        to: time(to),
    });
    spans
        .into_iter()
        .chain([WallSpan {
            from: time(0),
            to: time(0),
        }])
        .collect()
}

/// By looking at every minute: a step is a whole number of steps after the minute in which the clock first showed the
/// opening or more, and nothing of the service lies at or after the minute in which it first showed the closing or more.
fn judged(zone: &TimeZone, span: WallSpan, window: Interval, (length, step): (i64, i64)) -> Vec<Timestamp> {
    let first = window.start() - SignedDuration::from_hours(72);
    let count = usize::try_from(window.duration().as_mins() + 144 * 60).unwrap();
    let mut furthest = DateTime::MIN;
    let mut shown = Vec::with_capacity(count);
    for at in 0..count {
        furthest = furthest.max(zone.to_datetime(first + SignedDuration::from_mins(at as i64)));
        shown.push(furthest);
    }
    let reached = |wall: DateTime| shown.partition_point(|shown| *shown < wall);
    let mut open = vec![false; count];
    let mut openings = Vec::new();
    let mut date = shown[0].date().tomorrow().unwrap();
    while date < shown[count - 1].date().yesterday().unwrap() {
        let last = if span.to > span.from {
            date
        } else {
            date.tomorrow().unwrap()
        };
        let (from, to) = (reached(date.to_datetime(span.from)), reached(last.to_datetime(span.to)));
        open[from..to].fill(true);
        openings.push((from, to));
        date = date.tomorrow().unwrap();
    }
    let mut starts: Vec<Timestamp> = openings
        .into_iter()
        .flat_map(|(from, to)| (from..to).step_by(step as usize))
        .filter(|at| (*at..at + length as usize).all(|at| open.get(at) == Some(&true)))
        .map(|at| first + SignedDuration::from_mins(at as i64))
        .filter(|at| window.contains(*at))
        .collect();
    starts.sort();
    starts.dedup();
    starts
}

#[test]
fn hours_around_every_change_of_the_clock_are_those_of_a_clock_that_is_watched() {
    let every = std::env::var_os("CALENDAR_STACKER_ALL_ZONES").is_some();
    let names: Vec<String> = if every {
        jiff::tz::db().available().map(|name| name.to_string()).collect()
    } else {
        SAMPLE.map(str::to_owned).to_vec()
    };
    // Nearly every offset was whole minutes by then.
    let (from, to) = (utc("1990-01-01T00:00:00Z"), utc("2039-01-01T00:00:00Z"));
    let (mut changes, mut starts, mut shortened) = (0, 0, 0);
    for name in &names {
        let Ok(zone) = domain::time::zone(name) else { continue };
        let mut seen = std::collections::HashSet::new();
        for change in zone
            .following(from)
            .map(|one| one.timestamp())
            .take_while(|at| *at < to)
        {
            let before = change - SignedDuration::from_secs(1);
            let (was, is) = (zone.to_offset(before), zone.to_offset(change));
            // The same change of the same clock at the same time of day, on the same weekday, is one story.
            let story = (
                was,
                is,
                zone.to_datetime(change).time(),
                zone.to_datetime(change).weekday(),
            );
            let minutes_only = [was, is].iter().all(|offset| offset.seconds() % 60 == 0);
            if was == is || !minutes_only || !seen.insert(story) {
                continue;
            }
            changes += 1;
            let window = Interval::new(
                change - SignedDuration::from_hours(26),
                change + SignedDuration::from_hours(26),
            )
            .unwrap();
            let shown = zone.to_datetime(before) + SignedDuration::from_secs(1);
            for span in around(shown, zone.to_datetime(change)) {
                let mut town = Town::new();
                (town.now, town.zone) = (window.start(), zone.clone());
                town.sam().zone = zone.clone();
                town.sam().hours = Hours {
                    weekly: std::array::from_fn(|_| vec![span]),
                    ..Hours::default()
                };
                (town.service.duration_minutes, town.service.step_minutes) = (minutes(15), minutes(10));
                let found: Vec<Timestamp> = town.ask(window, |board| {
                    board.slots().iter().map(|slot| slot.span.start()).collect()
                });
                let expected = judged(&zone, span, window, (15, 10));
                assert_eq!(found, expected, "{name} at {change}, {span:?}");
                starts += found.len();
                shortened += usize::from(found.is_empty());
            }
        }
    }
    eprintln!("{} zones, {changes} changes, {starts} starts", names.len());
    assert!(
        changes >= names.len().min(50) && starts > changes * 100 && shortened > 0,
        "{changes} changes, {starts} starts, {shortened} empty"
    );
}
