//! Worlds by chance: a few people around a change of the clock, in minutes.

use std::num::NonZeroU32;

use domain::{
    availability::{
        AllDay, Assignment, Booking, Busy, Closure, ClosureSpan, Hours, Kind, Known, OnUnknown, Rules, Service, Source,
        Staff, WallSpan, World,
    },
    busy::Facts,
    event::{EventStatus, Response, Transparency},
    time::Interval,
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};
use proptest::prelude::*;

use crate::support::utc;

/// Zones, and a midnight in UTC a day or two before their clocks change, or before nothing.
pub const PLACES: [(&str, &str); 12] = [
    ("Europe/Berlin", "2026-10-24T00:00:00Z"),
    ("Europe/Berlin", "2026-03-28T00:00:00Z"),
    ("America/New_York", "2026-10-31T00:00:00Z"),
    ("America/New_York", "2026-03-07T00:00:00Z"),
    ("Australia/Lord_Howe", "2026-04-03T00:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-02T00:00:00Z"),
    ("Pacific/Apia", "2011-12-29T00:00:00Z"),
    ("Pacific/Apia", "2012-03-31T00:00:00Z"),
    ("America/Sao_Paulo", "2018-11-03T00:00:00Z"),
    ("America/Sao_Paulo", "2018-02-16T00:00:00Z"),
    ("America/St_Johns", "2010-11-06T00:00:00Z"),
    ("Asia/Kolkata", "2026-06-01T00:00:00Z"),
];

/// Minutes that are looked at, and how many of them come before the window.
pub const GRID: i64 = 6 * 1440;
pub const LEAD: i64 = 1440;

/// A world in numbers: minutes since the first of the grid.
#[derive(Debug, Clone)]
pub struct Plan {
    pub place: usize,
    pub others: usize,
    pub service: [u32; 8],
    pub assignment: Assignment,
    pub on_unknown: OnUnknown,
    pub now: i64,
    pub window: (i64, i64),
    pub stale_after: Option<i64>,
    pub people: Vec<PersonPlan>,
    pub bookings: Vec<BookingPlan>,
    pub closures: Vec<(bool, i64, i64)>,
    pub moving: Option<usize>,
}

#[derive(Debug, Clone)]
pub struct PersonPlan {
    pub at_home: bool,
    pub hours: Vec<(usize, i64, i64)>,
    pub exceptions: Vec<(i64, Vec<(i64, i64)>)>,
    pub sources: Vec<SourcePlan>,
    pub busy: Vec<BusyPlan>,
    pub turn: i64,
}

#[derive(Debug, Clone)]
pub struct SourcePlan {
    pub rules: Rules,
    pub readable: bool,
    pub age: i64,
    pub until: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct BusyPlan {
    pub source: usize,
    pub from: i64,
    pub length: i64,
    pub kind: Kind,
    pub facts: Facts,
    pub copy: bool,
}

#[derive(Debug, Clone)]
pub struct BookingPlan {
    /// Which of a few identifiers: rows may share one.
    pub id: usize,
    pub ours: bool,
    pub staff: usize,
    pub from: i64,
    pub length: Option<i64>,
    pub before: i64,
    pub after: i64,
    pub seat: u32,
    pub expires: Option<i64>,
}

pub const IDS: [&str; 6] = ["b0", "b1", "b2", "b3", "b4", "b5"];
pub const PEOPLE: [&str; 4] = ["sam", "tina", "uma", "gone"];

pub fn five(range: std::ops::Range<i64>) -> impl Strategy<Value = i64> {
    (range.start / 5..range.end / 5).prop_map(|n| n * 5)
}

pub fn wall() -> impl Strategy<Value = (i64, i64)> {
    prop_oneof![
        3 => (five(360..660), five(720..1200)),
        1 => (five(1080..1440), five(0..480)),
        1 => (five(0..1440), five(0..1440)),
        1 => Just((0, 0)),
        2 => (five(90..200), five(90..240)),
    ]
}

pub fn facts() -> impl Strategy<Value = Facts> {
    let transparency = prop_oneof![3 => Just(Transparency::Busy), 1 => Just(Transparency::Free)];
    let status = prop_oneof![
        4 => Just(EventStatus::Confirmed),
        1 => Just(EventStatus::Tentative),
        1 => Just(EventStatus::Cancelled)
    ];
    let response = prop_oneof![
        4 => Just(None),
        1 => Just(Some(Response::NeedsAction)),
        1 => Just(Some(Response::Accepted)),
        1 => Just(Some(Response::Declined)),
        1 => Just(Some(Response::Tentative)),
    ];
    let day = prop::bool::weighted(0.2);
    (transparency, status, response, day).prop_map(|(transparency, status, response, all_day)| Facts {
        transparency,
        status,
        response,
        all_day,
    })
}

pub fn rules() -> impl Strategy<Value = Rules> {
    let all_day = prop::sample::select(vec![AllDay::Always, AllDay::IfBusy, AllDay::Never]);
    (all_day, any::<[bool; 5]>()).prop_map(|(all_day, flags)| Rules {
        all_day,
        tentative: flags[0],
        unanswered: flags[1],
        maybe: flags[2],
        out_of_office: flags[3],
        focus_time: flags[4],
    })
}

pub fn source() -> impl Strategy<Value = SourcePlan> {
    let until = prop::option::weighted(0.15, five(0..GRID));
    (rules(), prop::bool::weighted(0.92), five(0..300), until).prop_map(|(rules, readable, age, until)| SourcePlan {
        rules,
        readable,
        age,
        until,
    })
}

pub fn busy() -> impl Strategy<Value = BusyPlan> {
    let length = prop_oneof![4 => five(5..180), 1 => five(600..2000)];
    let kind = prop_oneof![4 => Just(Kind::Event), 2 => prop::sample::select(Kind::ALL.to_vec())];
    (
        0_usize..4,
        five(0..GRID - 2000),
        length,
        kind,
        facts(),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(source, from, length, kind, facts, copy)| BusyPlan {
            source,
            from,
            length,
            kind,
            facts,
            copy,
        })
}

pub fn person() -> impl Strategy<Value = PersonPlan> {
    let hours = prop::collection::vec((0_usize..7, wall()), 3..12);
    let exceptions = prop::collection::vec((-1_i64..6, prop::collection::vec(wall(), 0..3)), 0..3);
    let sources = prop::collection::vec(source(), 0..3);
    (
        prop::bool::weighted(0.6),
        hours,
        exceptions,
        sources,
        prop::collection::vec(busy(), 0..14),
        0_i64..3,
    )
        .prop_map(|(at_home, hours, exceptions, sources, busy, turn)| PersonPlan {
            at_home,
            hours: hours.into_iter().map(|(day, (from, to))| (day, from, to)).collect(),
            exceptions,
            sources,
            busy,
            turn,
        })
}

pub fn booking() -> impl Strategy<Value = BookingPlan> {
    let length = prop::option::weighted(0.3, five(5..200));
    let lengths = (five(LEAD - 200..3 * LEAD), length, five(0..40), five(0..40));
    let expires = prop::option::weighted(0.2, five(0..2 * LEAD));
    (
        0..IDS.len(),
        prop::bool::weighted(0.8),
        0..PEOPLE.len(),
        lengths,
        1_u32..4,
        expires,
    )
        .prop_map(
            |(id, ours, staff, (from, length, before, after), seat, expires)| BookingPlan {
                id,
                ours,
                staff,
                from,
                length,
                before,
                after,
                seat,
                expires,
            },
        )
}

pub fn plan() -> impl Strategy<Value = Plan> {
    let service = (
        (1_u32..36, 0_u32..5, 0_u32..5),
        prop_oneof![2 => Just(1_u32), 1 => Just(2_u32), 1 => Just(3)],
        prop_oneof![Just(0_u32), 5_u32..600],
        prop_oneof![1 => 0_u32..3, 3 => 3_u32..9],
        prop_oneof![2 => Just(99_u32), 1 => 0_u32..3],
        prop::sample::select(vec![5_u32, 15, 25, 60, 100]),
    )
        .prop_map(|((duration, before, after), capacity, notice, horizon, limit, step)| {
            [
                duration * 5,
                before * 5,
                after * 5,
                capacity,
                notice,
                horizon,
                limit,
                step,
            ]
        });
    let who = prop::sample::select(vec![Assignment::Any, Assignment::RoundRobin, Assignment::AllTogether]);
    let unknown = prop::sample::select(vec![OnUnknown::Block, OnUnknown::AcceptAndFlag]);
    let window = (five(LEAD..3 * LEAD), five(30..LEAD)).prop_map(|(from, length)| (from, from + length));
    let outer = (
        0..PLACES.len(),
        0..PLACES.len(),
        service,
        who,
        unknown,
        five(LEAD - 300..LEAD + 600),
        window,
    );
    let inner = (
        prop::option::weighted(0.3, five(100..300)),
        prop::collection::vec(person(), 1..4),
        prop::collection::vec(booking(), 0..10),
        prop::collection::vec((any::<bool>(), five(0..GRID - 1500), five(5..1500)), 0..2),
        prop::option::weighted(0.2, 0..IDS.len()),
    );
    (outer, inner).prop_map(
        |(
            (place, others, service, assignment, on_unknown, now, window),
            (stale_after, people, mut bookings, closures, moving),
        )| {
            // Sessions meet only if bookings of one service begin together.
            for i in 1..bookings.len() {
                if i % 3 > 0 {
                    bookings[i].from = bookings[i - 1].from;
                    bookings[i].length = bookings[i - 1].length;
                    bookings[i].staff = bookings[i - 1].staff;
                    bookings[i].ours = bookings[i - 1].ours;
                    bookings[i].seat = bookings[i - 1].seat % 3 + i as u32 % 2;
                }
            }
            Plan {
                place,
                others,
                service,
                assignment,
                on_unknown,
                now,
                window,
                stale_after,
                people,
                bookings,
                closures,
                moving,
            }
        },
    )
}

pub fn first(plan: &Plan) -> Timestamp {
    utc(PLACES[plan.place].1) - SignedDuration::from_mins(LEAD)
}

pub fn minute(plan: &Plan, at: i64) -> Timestamp {
    first(plan) + SignedDuration::from_mins(at)
}

pub fn between(plan: &Plan, from: i64, to: i64) -> Interval {
    Interval::new(minute(plan, from), minute(plan, to)).unwrap()
}

pub fn time(minutes: i64) -> Time {
    Time::midnight() + SignedDuration::from_mins(minutes)
}

pub fn not_zero(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap()
}

pub fn start_date(plan: &Plan) -> Date {
    TimeZone::UTC.to_datetime(utc(PLACES[plan.place].1)).date()
}

pub fn nth_date(plan: &Plan, n: i64) -> Date {
    start_date(plan) + jiff::Span::new().days(n)
}

impl Plan {
    pub fn zone_of(&self, person: &PersonPlan) -> usize {
        if person.at_home { self.place } else { self.others }
    }

    pub fn length(&self, booking: &BookingPlan) -> i64 {
        booking.length.unwrap_or(i64::from(self.service[0]))
    }

    pub fn stands(&self, booking: &BookingPlan) -> bool {
        self.moving != Some(booking.id) && booking.expires.is_none_or(|at| self.now < at)
    }

    pub fn staff_bookings(&self, staff: usize) -> impl Iterator<Item = &BookingPlan> {
        self.bookings
            .iter()
            .filter(move |one| one.staff == staff && self.stands(one))
    }
}

/// The library's view of a plan.
pub fn world<'a>(plan: &Plan, zones: &'a [TimeZone], service: &'a Service, hours: &'a [Hours]) -> World<'a> {
    const CALENDARS: [&str; 3] = ["work", "home", "club"];
    let staff = plan.people.iter().enumerate().map(|(i, person)| Staff {
        id: PEOPLE[i],
        zone: &zones[plan.zone_of(person)],
        hours: &hours[i],
        sources: person
            .sources
            .iter()
            .enumerate()
            .map(|(n, source)| Source {
                calendar: CALENDARS[n],
                rules: source.rules,
                known: if source.readable {
                    Known::Yes {
                        as_of: minute(plan, plan.now - source.age),
                        until: source.until.map(|until| minute(plan, until)),
                    }
                } else {
                    Known::No {
                        as_of: None,
                        reason: "failed",
                    }
                },
            })
            .collect(),
        busy: person
            .busy
            .iter()
            .map(|one| Busy {
                source: one.source,
                event: "event",
                span: between(plan, one.from, one.from + one.length),
                kind: one.kind,
                facts: one.facts,
                copy_of: one.copy.then_some("b0"),
            })
            .collect(),
        turn: person.turn,
    });
    let bookings = plan.bookings.iter().map(|one| Booking {
        id: IDS[one.id],
        service: if one.ours { "svc" } else { "other" },
        staff: PEOPLE[one.staff],
        span: between(plan, one.from, one.from + plan.length(one)),
        occupied: between(plan, one.from - one.before, one.from + plan.length(one) + one.after),
        seat: one.seat,
        expires: one.expires.map(|at| minute(plan, at)),
    });
    let closures = plan.closures.iter().map(|&(days, from, length)| Closure {
        name: "closed",
        span: if days {
            ClosureSpan::Days {
                first: nth_date(plan, from / 1440 - 1),
                last: nth_date(plan, (from + length) / 1440 - 1),
            }
        } else {
            ClosureSpan::Range(between(plan, from, from + length))
        },
    });
    World {
        now: minute(plan, plan.now),
        zone: &zones[plan.place],
        service,
        staff: staff.collect(),
        bookings: bookings.collect(),
        closures: closures.collect(),
        on_unknown: plan.on_unknown,
        max_staleness: plan.stale_after.map(SignedDuration::from_mins),
        moving: plan.moving.map(|id| IDS[id]),
    }
}

pub fn service(plan: &Plan) -> Service {
    let [duration, before, after, capacity, notice, horizon, limit, step] = plan.service;
    Service {
        id: "svc".into(),
        duration_minutes: not_zero(duration),
        before_minutes: before,
        after_minutes: after,
        capacity: not_zero(capacity),
        notice_minutes: notice,
        horizon_days: horizon,
        daily_limit: (limit < 99).then_some(limit),
        step_minutes: not_zero(step),
        assignment: plan.assignment,
    }
}

pub fn hours(plan: &Plan, person: &PersonPlan) -> Hours {
    let span = |&(from, to): &(i64, i64)| WallSpan {
        from: time(from),
        to: time(to),
    };
    let mut hours = Hours::default();
    for &(day, from, to) in &person.hours {
        hours.weekly[day].push(span(&(from, to)));
    }
    for (day, spans) in &person.exceptions {
        hours
            .exceptions
            .insert(nth_date(plan, *day), spans.iter().map(span).collect());
    }
    hours
}
