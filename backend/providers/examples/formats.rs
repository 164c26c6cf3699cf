//! What time and formats cost, beside the bare libraries, in one run: `scripts/bench-formats`.
//!
//! Series: 1,000 of eight kinds that began two years ago, expanded over 400 days, against the `rrule` crate. Objects: read,
//! written and changed one by one, against `calcard`. Each number is the best of five rounds, taken in turns.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for the terminal")]

use std::{collections::BTreeMap, fmt::Write, hint::black_box, time::Instant};

use calcard::icalendar::ICalendar;
use domain::{
    event::{
        Attendee, EventContent, EventStatus, Field, Reminder, ReminderMethod, Reminders, Response, Transparency,
        Visibility,
    },
    recurrence::{Budget, Series},
    time::EventTime,
};
use jiff::{Timestamp, ToSpan, civil::DateTime};
use providers::ics;

const RULES: [&str; 8] = [
    "FREQ=DAILY",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;BYMONTHDAY=15",
    "FREQ=YEARLY",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=DAILY;INTERVAL=3;COUNT=900",
];
const ROUNDS: usize = 5;
const SERIES: usize = 1000;
const OBJECTS: usize = 2000;

fn zoned(date_time: DateTime) -> EventTime {
    EventTime::Zoned {
        date_time,
        time_zone: "Europe/Berlin".into(),
    }
}

/// Starts that their rules name.
fn start(n: usize) -> DateTime {
    let day = match n % RULES.len() {
        1 => 5,
        2 => 6,
        3 => 30,
        4 => 15,
        6 => 30,
        _ => 7,
    };
    let hour = i8::try_from(7 + n % 11).unwrap();
    DateTime::constant(2026, 1, day, hour, 0, 0, 0)
}

fn content(n: usize) -> EventContent {
    let start = start(n);
    let guest = |k: usize| Attendee {
        email: format!("guest{k}@example.org"),
        name: Some(format!("Guest, {k}")),
        response: Response::NeedsAction,
        optional: k == 1,
        is_self: false,
    };
    EventContent {
        title: format!("Check-up {n}; with “quotes” and ümläute"),
        description: Some("A few lines of what there is to say,\nfolded as they must be.\n".repeat(3)),
        location: Some("Room 2, second floor".into()),
        start: zoned(start),
        end: zoned(start + 45.minutes()),
        recurrence: vec![format!("RRULE:{}", RULES[n % RULES.len()])],
        attendees: (0..2).map(guest).collect(),
        organizer: None,
        reminders: Reminders {
            use_default: false,
            overrides: vec![Reminder {
                method: ReminderMethod::Popup,
                minutes: 10,
            }],
        },
        visibility: Visibility::Default,
        transparency: Transparency::Busy,
        status: EventStatus::Confirmed,
        colour: None,
        conference: None,
        metadata: BTreeMap::new(),
        kind: domain::availability::Kind::Event,
    }
}

/// The best time of several rounds, in microseconds for each of `n`.
struct Case {
    name: &'static str,
    n: usize,
    work: Box<dyn Fn() -> usize>,
    best: f64,
    result: usize,
}

fn case(name: &'static str, n: usize, work: impl Fn() -> usize + 'static) -> Case {
    Case {
        name,
        n,
        work: Box::new(work),
        best: f64::MAX,
        result: 0,
    }
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn main() {
    let from: Timestamp = "2028-01-01T00:00:00Z".parse().unwrap();
    let to: Timestamp = "2029-02-04T00:00:00Z".parse().unwrap(); // 400 days
    let author = ics::Author {
        address: Some("ann@example.org"),
        quiet: false,
    };
    let now: Timestamp = "2026-10-01T12:00:00Z".parse().unwrap();
    let texts: Vec<String> = (0..OBJECTS)
        .map(|n| ics::new_object(&format!("uid-{n}"), &content(n), author, now))
        .collect();
    let read = |text: &str| {
        let resource = ics::Resource {
            name: "x.ics",
            etag: None,
            calendar_zone: "UTC",
            own: &[],
        };
        ics::read(text, resource).unwrap()
    };
    let (one, two, three) = (texts.clone(), texts.clone(), texts.clone());
    let parsed: Vec<ICalendar> = texts.iter().map(|text| ICalendar::parse(text).unwrap()).collect();
    let contents: Vec<EventContent> = (0..OBJECTS).map(content).collect();
    let changed = contents.clone();
    let mut cases = [
        case("expand a series, ours", SERIES, move || {
            let expand = |n: usize| {
                let event = content(n);
                let series = Series::new(&event.start, &event.end, &event.recurrence, "Europe/Berlin").unwrap();
                series.occurrences(from, to, Budget::default()).unwrap().len()
            };
            (0..SERIES).map(expand).sum()
        }),
        case("expand a series, rrule", SERIES, move || {
            let utc = |at: Timestamp| rrule::Tz::UTC.timestamp_opt(at.as_second(), 0).unwrap();
            use chrono::TimeZone as _;
            let expand = |n: usize| {
                let event = content(n);
                let mut text = String::new();
                let start = event.start.local().strftime("%Y%m%dT%H%M%S").to_string();
                let _infallible = write!(text, "DTSTART;TZID=Europe/Berlin:{start}\n{}", event.recurrence[0]);
                let set: rrule::RRuleSet = text.parse().unwrap();
                let found = set.after(utc(from)).before(utc(to)).all(10_000);
                found.dates.len()
            };
            (0..SERIES).map(expand).sum()
        }),
        case("read an object, ours", OBJECTS, move || {
            one.iter().map(|text| read(text).len()).sum()
        }),
        case("read an object, calcard", OBJECTS, move || {
            two.iter()
                .filter(|text| black_box(ICalendar::parse(text.as_str())).is_ok())
                .count()
        }),
        case("write an object, ours", OBJECTS, move || {
            let write = |content| black_box(ics::new_object("uid", content, author, now)).len().min(1);
            contents.iter().map(write).sum()
        }),
        case("write an object, calcard", OBJECTS, move || {
            parsed
                .iter()
                .map(|calendar| black_box(calendar.to_string()).len().min(1))
                .sum()
        }),
        case("change an object, ours", OBJECTS, move || {
            let fields = [Field::Title].into();
            let change = |(text, content): (&String, &EventContent)| {
                let edit = ics::Edit {
                    content,
                    fields: &fields,
                    occurrence: None,
                    calendar_zone: "UTC",
                    author,
                    now,
                };
                ics::apply(text, &edit).unwrap().len().min(1)
            };
            three.iter().zip(&changed).map(change).sum()
        }),
    ];
    for _ in 0..ROUNDS {
        for case in &mut cases {
            let from = Instant::now();
            case.result = (case.work)();
            case.best = case.best.min(from.elapsed().as_secs_f64() * 1e6 / case.n as f64);
        }
    }
    println!(
        "{:28}{:>10}{:>14}{:>10}   (best of {ROUNDS})",
        "", "µs each", "each second", "results"
    );
    for case in &cases {
        println!(
            "{:28}{:>10.1}{:>14.0}{:>10}",
            case.name,
            case.best,
            1e6 / case.best,
            case.result
        );
    }
    let ratio = |ours: usize, theirs: usize| cases[theirs].best / cases[ours].best;
    println!(
        "formats: expansion {:.2} × the speed of rrule, reading {:.2} × and writing {:.2} × that of calcard; an object has {} bytes",
        ratio(0, 1),
        ratio(2, 3),
        ratio(4, 5),
        texts[0].len()
    );
    assert_eq!(cases[0].result, cases[1].result, "both find the same occurrences");
}
