//! Who can be booked, when, and why not.
//!
//! Two facts to hold. Every rule is said in one way, as *the starts it forbids* (`blocks`): listing slots is what no rule
//! forbids, checking one start is asking which rules forbid it, so they cannot disagree, and a refusal carries its
//! reasons. And nothing is free because nobody knows: a calendar that could not be read makes a start *unknown*, and the
//! client's policy says what becomes of that.
//!
//! ```text
//! load the rows of `reach(…)`  →  World  →  Board::new(&world, window)  →  slots() · check(start) · alternatives(…)
//! ```
//!
//! What is compared with what: the service itself must lie within working hours and outside closures. With its buffers,
//! it must not meet the calendar's events, nor a booking with that booking's own buffers. Stretches of time are half-open,
//! so what only touches does not meet.

mod blocks;
mod board;
mod hours;
mod micros;
mod rules;
mod service;
mod verdict;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

pub use self::{
    board::{Board, Freshness, Offer, OutsideWindow, Slot, SourceAge},
    hours::{Hours, WallSpan},
    rules::{AllDay, Kind, Leaves, RULES_VERSION, Rules},
    service::{Assignment, OnUnknown, Service, reach},
    verdict::{Answer, Cause, Ignored, Outcome, Person, Rule, Trouble, Verdict},
};
use crate::{busy::Facts, time::Interval};

/// Everything that decides, as it was at one moment.
#[derive(Debug, Clone)]
pub struct World<'a> {
    /// The moment.
    pub now: Timestamp,
    /// Where the client is: days of closures, of the horizon and of the daily limit are days there.
    pub zone: &'a TimeZone,
    /// What is to be booked.
    pub service: &'a Service,
    /// Who could do it (any, round robin), or must (all together). In the order of preference.
    pub staff: Vec<Staff<'a>>,
    /// What is booked or held, one for each staff member of a booking, also of people who are not in `staff`: they count
    /// towards the daily limit.
    pub bookings: Vec<Booking<'a>>,
    /// When the client is closed.
    pub closures: Vec<Closure<'a>>,
    /// What becomes of starts of which nobody knows whether they are free.
    pub on_unknown: OnUnknown,
    /// A source that is older than this is not known any more.
    pub max_staleness: Option<SignedDuration>,
    /// The booking that is to be moved, or the hold that is to be confirmed: it is not in its own way.
    pub moving: Option<&'a str>,
}

/// Somebody who can be booked.
#[derive(Debug, Clone)]
pub struct Staff<'a> {
    /// Ours.
    pub id: &'a str,
    /// Where their clock hangs.
    pub zone: &'a TimeZone,
    /// When they work.
    pub hours: &'a Hours,
    /// The calendars that may make them busy. None: only bookings do.
    pub sources: Vec<Source<'a>>,
    /// What is in them.
    pub busy: Vec<Busy<'a>>,
    /// Round robin: the lowest goes first (the number of their bookings lately, the time of the last one, …).
    pub turn: i64,
}

/// A calendar that may make somebody busy.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Ours.
    pub calendar: &'a str,
    /// Which of its events take time.
    pub rules: Rules,
    /// How well it is known.
    pub known: Known<'a>,
}

/// How well a calendar is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known<'a> {
    /// Read.
    Yes {
        /// When.
        as_of: Timestamp,
        /// What lies after it is not worked out. `None`: everything is.
        until: Option<Timestamp>,
    },
    /// Not readable at the moment. What it said before still counts as busy, but nothing of it as free.
    No {
        /// When it was read last.
        as_of: Option<Timestamp>,
        /// A word for programs: `failed`, `needs_reauthorization`, …
        reason: &'a str,
    },
}

/// An occurrence of an event on a calendar of somebody.
#[derive(Debug, Clone, Copy)]
pub struct Busy<'a> {
    /// Which of [`Staff::sources`]. Without rules of its own, an event takes time.
    pub source: usize,
    /// The event or occurrence.
    pub event: &'a str,
    /// When.
    pub span: Interval,
    /// What kind of event it is.
    pub kind: Kind,
    /// What decides whether it takes time.
    pub facts: Facts,
    /// The booking whose copy this is, whatever became of that booking: not the copy counts but the booking. It does not
    /// matter whether the booking is known here, so a copy that outlives its booking is in nobody's way.
    pub copy_of: Option<&'a str>,
}

/// One staff member's part in a booking, or in a hold.
#[derive(Debug, Clone, Copy)]
pub struct Booking<'a> {
    /// The booking; one with several people has one row for each.
    pub id: &'a str,
    /// What is booked.
    pub service: &'a str,
    /// Who does it.
    pub staff: &'a str,
    /// When the customer comes and goes.
    pub span: Interval,
    /// The same with the buffers it was booked with.
    pub occupied: Interval,
    /// Which seat; the first is 1.
    pub seat: u32,
    /// A hold: forgotten from this moment on.
    pub expires: Option<Timestamp>,
}

impl Booking<'_> {
    /// Whether it (still) takes time.
    pub fn stands(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|at| now < at)
    }
}

/// When the client is closed.
#[derive(Debug, Clone, Copy)]
pub struct Closure<'a> {
    /// What people call it.
    pub name: &'a str,
    /// When.
    pub span: ClosureSpan,
}

/// How a closure is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosureSpan {
    /// Whole days in the client's zone, the last one included.
    Days {
        /// First.
        first: Date,
        /// Last.
        last: Date,
    },
    /// From one moment to another.
    Range(Interval),
}
