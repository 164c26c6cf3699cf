//! What was decided, and why.

use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use super::{Leaves, OnUnknown};
use crate::time::Interval;

/// What a rule says about a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing against it.
    Ok,
    /// Nobody knows.
    Unknown,
    /// Not possible.
    No,
}

/// The rules, in the order in which they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Within the working hours.
    Hours,
    /// Not while the client is closed.
    Closure,
    /// Not in the past, and not too soon.
    Notice,
    /// Not too far ahead.
    Horizon,
    /// The time kept free around the service meets nothing.
    Buffer,
    /// The service itself meets nothing.
    Busy,
    /// There is a seat left.
    Capacity,
    /// Not too many on one day.
    DailyLimit,
    /// All calendars are known.
    Sources,
}

impl Rule {
    /// Every rule, in order.
    pub const ALL: [Self; 9] = [
        Self::Hours,
        Self::Closure,
        Self::Notice,
        Self::Horizon,
        Self::Buffer,
        Self::Busy,
        Self::Capacity,
        Self::DailyLimit,
        Self::Sources,
    ];
}

/// What makes a rule say no, or not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause<'a> {
    /// They do not work then.
    OutsideHours,
    /// The client is closed.
    Closure {
        /// Which closure.
        name: &'a str,
    },
    /// Too soon.
    TooSoon {
        /// The first start that is not.
        earliest: Timestamp,
    },
    /// Too far ahead.
    TooFar {
        /// The last day that is not.
        last: Date,
    },
    /// An event of a calendar.
    Event {
        /// Which calendar; `None` if it is not among the sources.
        calendar: Option<&'a str>,
        /// Which event.
        event: &'a str,
        /// When it is.
        span: Interval,
    },
    /// A booking, or a hold.
    Booking {
        /// Which.
        booking: &'a str,
        /// When it is, without its buffers.
        span: Interval,
        /// Whether somebody is just deciding.
        hold: bool,
    },
    /// All seats are taken.
    Seats {
        /// How many are.
        taken: u32,
        /// How many there are.
        capacity: u32,
    },
    /// The day is full.
    DayFull {
        /// In the client's zone.
        day: Date,
        /// How many begin on it.
        booked: u32,
        /// How many may.
        limit: u32,
    },
    /// A calendar is not known.
    Source {
        /// Which calendar.
        calendar: &'a str,
        /// When it was known.
        as_of: Option<Timestamp>,
        /// Why it is not.
        trouble: Trouble<'a>,
    },
}

/// Why a calendar is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble<'a> {
    /// It could not be read: a word for programs.
    Unreadable(&'a str),
    /// It was read too long ago.
    Stale,
    /// It is not worked out so far ahead.
    OutOfReach {
        /// Up to here it is.
        until: Timestamp,
    },
}

/// What one rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict<'a> {
    /// Which rule.
    pub rule: Rule,
    /// What it says.
    pub outcome: Outcome,
    /// Why; empty if it has nothing against it.
    pub causes: Vec<Cause<'a>>,
}

/// An event that shares time with the booking and is not in its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ignored<'a> {
    /// Which calendar; `None` if it is not among the sources.
    pub calendar: Option<&'a str>,
    /// Which event.
    pub event: &'a str,
    /// When it is.
    pub span: Interval,
    /// Why it is not in the way.
    pub why: Leaves,
}

/// What the rules say about one staff member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person<'a> {
    /// Who.
    pub staff: &'a str,
    /// The worst of the verdicts.
    pub outcome: Outcome,
    /// One for each rule, in the order of [`Rule::ALL`].
    pub verdicts: Vec<Verdict<'a>>,
    /// Events that were looked at and let go.
    pub ignored: Vec<Ignored<'a>>,
    /// Free seats at this start.
    pub seats: u32,
}

impl<'a> Person<'a> {
    /// The first verdict that stands against a booking under a policy.
    pub fn refusal(&self, policy: OnUnknown) -> Option<&Verdict<'a>> {
        self.verdicts.iter().find(|verdict| !policy.accepts(verdict.outcome))
    }
}

impl OnUnknown {
    /// Whether a booking may be made on this.
    pub const fn accepts(self, outcome: Outcome) -> bool {
        match outcome {
            Outcome::Ok => true,
            Outcome::Unknown => matches!(self, Self::AcceptAndFlag),
            Outcome::No => false,
        }
    }
}

/// What was decided about one start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<'a> {
    /// When the customer would come and go.
    pub span: Interval,
    /// The same with buffers.
    pub occupied: Interval,
    /// Any, round robin: the best anybody has to offer. All together: the worst.
    pub outcome: Outcome,
    /// Whether a booking may be made, by the client's policy.
    pub bookable: bool,
    /// Whether it is to be marked because not everything was known.
    pub flagged: bool,
    /// Whether it is one of the steps at which slots are offered. Steps propose: what is not on one can be booked, unless
    /// the caller is somebody who may only take what is offered.
    pub on_step: bool,
    /// Who does it; empty unless `bookable`.
    pub assigned: Vec<&'a str>,
    /// Which seat, free with all who do it.
    pub seat: Option<u32>,
    /// What the rules say about each, in the order of [`World::staff`](super::World::staff).
    pub people: Vec<Person<'a>>,
    /// Where `people` has the refusal that is told first.
    pub(super) told: Option<usize>,
    pub(super) policy: OnUnknown,
}

impl<'a> Answer<'a> {
    /// Who and what stands against it, in one sentence's worth: of those who could do it, the one who comes closest; of
    /// those who all must, the one whom the first rule stops. `None` if it can be booked, or nobody can do it at all.
    pub fn refusal(&self) -> Option<(&Person<'a>, &Verdict<'a>)> {
        let person = self.people.get(self.told?)?;
        Some((person, person.refusal(self.policy)?))
    }
}
