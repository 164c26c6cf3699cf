//! A small business in Berlin for the stories: one Tuesday, Sam and Tina, nine to five.

use std::num::NonZeroU32;

use domain::{
    availability::{
        Answer, Assignment, Board, Booking, Busy, Cause, Closure, Hours, Kind, Known, OnUnknown, Outcome, Rule, Rules,
        Service, Source, Staff, WallSpan, World,
    },
    busy::Facts,
    event::{EventStatus, Transparency},
    time::{Interval, instant},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// What the stories change before they ask.
pub struct Town {
    pub now: Timestamp,
    pub zone: TimeZone,
    pub service: Service,
    pub staff: Vec<Member>,
    pub bookings: Vec<Booking<'static>>,
    pub closures: Vec<Closure<'static>>,
    pub on_unknown: OnUnknown,
    pub max_staleness: Option<SignedDuration>,
    pub moving: Option<&'static str>,
}

pub struct Member {
    pub id: &'static str,
    pub zone: TimeZone,
    pub hours: Hours,
    pub sources: Vec<Source<'static>>,
    pub busy: Vec<Busy<'static>>,
    pub turn: i64,
}

/// `2026-11-24 09:00` in Berlin, or `09:00` on that Tuesday.
pub fn at(text: &str) -> Timestamp {
    in_zone(text, "Europe/Berlin")
}

pub fn in_zone(text: &str, zone: &str) -> Timestamp {
    let text = if text.contains('-') {
        text.to_owned()
    } else {
        format!("2026-11-24 {text}")
    };
    instant(text.parse().expect(&text), zone).unwrap()
}

/// `09:00 10:00` on that Tuesday.
pub fn span(text: &str) -> Interval {
    let (from, to) = text.split_once(' ').unwrap();
    Interval::new(at(from), at(to)).unwrap()
}

pub fn day(date: &str) -> Interval {
    let date = date.parse().unwrap();
    Interval::days(date, date, "Europe/Berlin").unwrap()
}

pub fn wall(text: &str) -> Vec<WallSpan> {
    let spans = text.split_whitespace().filter_map(|one| one.split_once('-'));
    let spans = spans.map(|(from, to)| WallSpan {
        from: from.parse().expect(from),
        to: to.parse().expect(to),
    });
    spans.collect()
}

pub fn daily(text: &str) -> Hours {
    Hours {
        weekly: std::array::from_fn(|_| wall(text)),
        ..Hours::default()
    }
}

pub fn busy(event: &'static str, text: &str) -> Busy<'static> {
    Busy {
        source: 0,
        event,
        span: span(text),
        kind: Kind::Event,
        facts: Facts {
            transparency: Transparency::Busy,
            status: EventStatus::Confirmed,
            response: None,
            all_day: false,
        },
        copy_of: None,
    }
}

/// An hour for a cut with Sam, without buffers.
pub fn booking(id: &'static str, start: &str) -> Booking<'static> {
    let span = Interval::new(at(start), at(start) + SignedDuration::from_hours(1)).unwrap();
    Booking {
        id,
        service: "cut",
        staff: "sam",
        span,
        occupied: span,
        seat: 1,
        expires: None,
    }
}

pub fn source(calendar: &'static str) -> Source<'static> {
    Source {
        calendar,
        rules: Rules::default(),
        known: Known::Yes {
            as_of: at("05:59"),
            until: None,
        },
    }
}

pub fn minutes(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap()
}

impl Town {
    /// Sam alone, at six in the morning.
    pub fn new() -> Self {
        Self {
            now: at("06:00"),
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            service: Service {
                id: "cut".into(),
                duration_minutes: minutes(60),
                before_minutes: 0,
                after_minutes: 0,
                capacity: minutes(1),
                notice_minutes: 0,
                horizon_days: 30,
                daily_limit: None,
                step_minutes: minutes(60),
                assignment: Assignment::Any,
            },
            staff: vec![Member::new("sam")],
            bookings: Vec::new(),
            closures: Vec::new(),
            on_unknown: OnUnknown::AcceptAndFlag,
            max_staleness: None,
            moving: None,
        }
    }

    pub fn with_tina() -> Self {
        let mut town = Self::new();
        town.staff.push(Member::new("tina"));
        town
    }

    pub fn sam(&mut self) -> &mut Member {
        &mut self.staff[0]
    }

    pub fn tina(&mut self) -> &mut Member {
        &mut self.staff[1]
    }

    pub fn ask<T>(&self, window: Interval, question: impl FnOnce(&Board<'_>) -> T) -> T {
        let staff = self.staff.iter().map(|one| Staff {
            id: one.id,
            zone: &one.zone,
            hours: &one.hours,
            sources: one.sources.clone(),
            busy: one.busy.clone(),
            turn: one.turn,
        });
        let world = World {
            now: self.now,
            zone: &self.zone,
            service: &self.service,
            staff: staff.collect(),
            bookings: self.bookings.clone(),
            closures: self.closures.clone(),
            on_unknown: self.on_unknown,
            max_staleness: self.max_staleness,
            moving: self.moving,
        };
        question(&Board::new(&world, window))
    }

    /// The slots of that Tuesday: `09:00 10:00*`; a star marks what would be flagged.
    pub fn slots(&self) -> String {
        self.slots_on("2026-11-24")
    }

    pub fn slots_on(&self, date: &str) -> String {
        let slots = self.ask(day(date), |board| board.slots());
        let shown = slots.iter().map(|slot| {
            let local = self.zone.to_datetime(slot.span.start());
            format!("{}{}", local.strftime("%H:%M"), if slot.flagged { "*" } else { "" })
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    /// The first refusal: `busy: event dentist in work`; or who does it: `sam`, `sam, flagged`.
    pub fn check(&self, start: &str) -> String {
        let window = Interval::new(at(start), at(start) + SignedDuration::from_secs(1)).unwrap();
        self.ask(window, |board| says(&board.check(at(start)).unwrap()))
    }
}

impl Member {
    pub fn new(id: &'static str) -> Self {
        Self {
            id,
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            hours: daily("09:00-17:00"),
            sources: vec![source("work")],
            busy: Vec::new(),
            turn: 0,
        }
    }
}

fn says(answer: &Answer<'_>) -> String {
    let Some((person, verdict)) = answer.refusal() else {
        let flag = if answer.flagged { ", flagged" } else { "" };
        return format!("{}{flag}", answer.assigned.join(" + "));
    };
    let causes = verdict.causes.iter().map(|cause| match cause {
        Cause::OutsideHours => format!("{} does not work", person.staff),
        Cause::Closure { name } => (*name).to_owned(),
        Cause::TooSoon { earliest } => format!("not before {earliest}"),
        Cause::TooFar { last } => format!("not after {last}"),
        Cause::Event { calendar, event, .. } => format!("event {event} in {}", calendar.unwrap_or("?")),
        Cause::Booking { booking, hold, .. } => format!("{} {booking}", if *hold { "hold" } else { "booking" }),
        Cause::Seats { taken, capacity } => format!("{taken} of {capacity} seats"),
        Cause::DayFull { day, booked, limit } => format!("{booked} of {limit} on {day}"),
        Cause::Source { calendar, trouble, .. } => format!("{calendar} {trouble:?}"),
    });
    let rule = match verdict.rule {
        Rule::Hours => "hours",
        Rule::Closure => "closure",
        Rule::Notice => "notice",
        Rule::Horizon => "horizon",
        Rule::Buffer => "buffer",
        Rule::Busy => "busy",
        Rule::Capacity => "capacity",
        Rule::DailyLimit => "daily limit",
        Rule::Sources => "sources",
    };
    assert_ne!(verdict.outcome, Outcome::Ok);
    format!("{rule}: {}", causes.collect::<Vec<_>>().join(", "))
}
