//! How fast are slots worked out? `cargo run --release --example availability`
//!
//! 20 people, each with 500 single events and 20 weekly series over a year; a service of 60 minutes in steps of 15, over 7
//! and over 31 days; against a scan that asks every step about every event.
#![allow(clippy::print_stdout)]

use std::{num::NonZeroU32, time::Instant};

use domain::{
    availability::{
        Assignment, Board, Booking, Busy, Hours, Kind, Known, OnUnknown, Rules, Service, Source, Staff, WallSpan, World,
    },
    busy::Facts,
    event::{EventStatus, Transparency},
    time::Interval,
};
use jiff::{SignedDuration, Timestamp, civil::time, tz::TimeZone};

const PEOPLE: usize = 20;
const DAY: i64 = 24 * 60;

/// Numbers that look like chance and are always the same.
fn chance(state: &mut u64) -> i64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    i64::try_from(*state >> 33).unwrap_or_default()
}

fn minutes(from: Timestamp, start: i64, length: i64) -> Option<Interval> {
    let start = from + SignedDuration::from_mins(start);
    Interval::new(start, start + SignedDuration::from_mins(length)).ok()
}

/// A year of events: half-hours to two hours, on quarters.
fn events(state: &mut u64, from: Timestamp) -> Vec<Interval> {
    let mut spans = Vec::new();
    for _ in 0..500 {
        let start = chance(state) % 365 * DAY + 7 * 60 + chance(state) % 44 * 15;
        spans.extend(minutes(from, start, 30 + chance(state) % 4 * 30));
    }
    for _ in 0..20 {
        let start = chance(state) % 7 * DAY + 7 * 60 + chance(state) % 44 * 15;
        let length = 30 + chance(state) % 3 * 15;
        spans.extend((0..52).filter_map(|week| minutes(from, week * 7 * DAY + start, length)));
    }
    spans
}

/// What a program without ideas does: every step of every person is asked about every event.
fn scan(world: &World<'_>, window: Interval) -> usize {
    let minutes = |n: u32| SignedDuration::from_mins(i64::from(n));
    let (length, step) = (world.service.duration_minutes.get(), world.service.step_minutes.get());
    let (before, after) = (
        minutes(world.service.before_minutes),
        minutes(world.service.after_minutes),
    );
    let mut found = 0;
    for staff in &world.staff {
        let mut at = window.start();
        while at < window.end() {
            let (start, end) = (staff.zone.to_datetime(at), staff.zone.to_datetime(at + minutes(length)));
            let opens = staff.hours.on(start.date()).iter();
            let open = opens
                .into_iter()
                .any(|one| one.from <= start.time() && end.time() <= one.to);
            let (from, to) = (at - before, at + minutes(length) + after);
            let meets = |span: Interval| span.start() < to && from < span.end();
            let busy = staff.busy.iter().any(|one| one.facts.blocks() && meets(one.span))
                || world
                    .bookings
                    .iter()
                    .any(|one| one.staff == staff.id && meets(one.occupied));
            found += usize::from(open && !busy && at >= world.now);
            at += minutes(step);
        }
    }
    found
}

/// The time of one call: the median of as many as fit into a third of a second, for others may be busy meanwhile.
fn timed<T>(mut call: impl FnMut() -> T) -> f64 {
    let (began, mut took) = (Instant::now(), Vec::new());
    while took.is_empty() || began.elapsed().as_secs_f64() < 0.33 {
        let one = Instant::now();
        std::hint::black_box(call());
        took.push(one.elapsed().as_secs_f64());
    }
    took.sort_unstable_by(f64::total_cmp);
    took.get(took.len() / 2).copied().unwrap_or_default()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let from: Timestamp = "2026-01-04T23:00:00Z".parse()?;
    let zone = TimeZone::get("Europe/Berlin")?;
    let mut hours = Hours::default();
    let day = WallSpan {
        from: time(8, 0, 0, 0),
        to: time(18, 0, 0, 0),
    };
    hours.weekly.iter_mut().take(5).for_each(|weekday| weekday.push(day));
    let service = Service {
        id: "svc".into(),
        duration_minutes: NonZeroU32::new(60).ok_or("zero")?,
        before_minutes: 5,
        after_minutes: 10,
        capacity: NonZeroU32::MIN,
        notice_minutes: 120,
        horizon_days: 400,
        daily_limit: None,
        step_minutes: NonZeroU32::new(15).ok_or("zero")?,
        assignment: Assignment::Any,
    };
    let (mut state, ids) = (
        0x2545_F491_4F6C_DD1D,
        (0..PEOPLE).map(|i| format!("stf_{i}")).collect::<Vec<_>>(),
    );
    let facts = Facts {
        transparency: Transparency::Busy,
        status: EventStatus::Confirmed,
        response: None,
        all_day: false,
    };
    let year: Vec<Vec<Interval>> = ids.iter().map(|_| events(&mut state, from)).collect();
    println!(
        "{PEOPLE} people, {} occurrences in a year",
        year.iter().map(Vec::len).sum::<usize>()
    );
    println!("window      people  events    slots      board+slots    slots/s     check    scan        ratio");
    for (days, people) in [(7, 1), (7, PEOPLE), (31, PEOPLE)] {
        let window = minutes(from, 180 * DAY, days * DAY).ok_or("empty")?;
        let near = minutes(from, 180 * DAY - DAY, (days + 2) * DAY).ok_or("empty")?;
        let staff = ids.iter().zip(&year).take(people).map(|(id, spans)| Staff {
            id,
            zone: &zone,
            hours: &hours,
            sources: vec![Source {
                calendar: "cal",
                rules: Rules::default(),
                known: Known::Yes {
                    as_of: window.start(),
                    until: None,
                },
            }],
            busy: spans
                .iter()
                .filter(|span| span.overlaps(near))
                .map(|span| Busy {
                    source: 0,
                    event: "evt",
                    span: *span,
                    kind: Kind::Event,
                    facts,
                    copy_of: None,
                })
                .collect(),
            turn: 0,
        });
        let bookings = ids.iter().take(people).filter_map(|id| {
            let start = 180 * DAY + 600 + chance(&mut state) % 5 * DAY;
            Some(Booking {
                id: "bkg",
                service: "svc",
                staff: id,
                span: minutes(from, start, 60)?,
                occupied: minutes(from, start - 5, 75)?,
                seat: 1,
                expires: None,
            })
        });
        let world = World {
            now: window.start(),
            zone: &zone,
            service: &service,
            staff: staff.collect(),
            bookings: bookings.collect(),
            closures: Vec::new(),
            on_unknown: OnUnknown::AcceptAndFlag,
            max_staleness: None,
            moving: None,
        };
        let offers = |board: &Board<'_>| board.slots().iter().map(|slot| slot.offers.len()).sum::<usize>();
        let found = offers(&Board::new(&world, window));
        // The scan knows no notice: nothing is closed to it that begins later than now.
        let naive = scan(&world, window);
        if naive < found {
            return Err(format!("the scan found {naive} slots, the board {found}").into());
        }
        let ours = timed(|| Board::new(&world, window).slots());
        let start = window.start() + SignedDuration::from_mins(2 * DAY + 10 * 60);
        let one = minutes(start, 0, 1).ok_or("empty")?;
        let check = timed(|| Board::new(&world, one).check(start).map(|answer| answer.bookable));
        let theirs = timed(|| scan(&world, window));
        println!(
            "{days:>2} days     {people:>4}   {:>6}   {found:>6}   {:>9.1} µs   {:>9.2} M  {:>6.1} µs  {:>8.0} µs   {:>5.1}×",
            world.staff.iter().map(|one| one.busy.len()).sum::<usize>(),
            ours * 1e6,
            found as f64 / ours / 1e6,
            check * 1e6,
            theirs * 1e6,
            theirs / ours,
        );
    }
    Ok(())
}
