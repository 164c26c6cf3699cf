//! What can be booked, and under which terms.

use std::num::NonZeroU32;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{
    hours::days,
    micros::{MINUTE, Span},
};
use crate::time::Interval;

/// The terms of a service. Lengths are minutes, so none can be negative, and where none makes no sense there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Ours.
    pub id: String,
    /// How long the customer is there.
    pub duration_minutes: NonZeroU32,
    /// Kept free before.
    pub before_minutes: u32,
    /// Kept free after.
    pub after_minutes: u32,
    /// How many may book the same start with the same people. With more than one, a booking of this service at exactly
    /// this time is a session that others may join; any other booking is in the way, whatever its seat.
    pub capacity: NonZeroU32,
    /// Between the booking and its start there must be at least this much time that passes (not time on the wall).
    pub notice_minutes: u32,
    /// The last day that can be booked, counted from today in the client's zone: 0 is today only.
    pub horizon_days: u32,
    /// At most so many bookings of this service begin on one day in the client's zone, over all staff.
    pub daily_limit: Option<u32>,
    /// Slots are offered in steps of this much time that passes, from each opening. Other starts may be asked for.
    pub step_minutes: NonZeroU32,
    /// Who does it.
    pub assignment: Assignment,
}

/// Who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Assignment {
    /// The first who can.
    #[default]
    Any,
    /// Of those who can, the one whose turn it is.
    RoundRobin,
    /// Everybody.
    AllTogether,
}

/// What becomes of a start if nobody knows whether it is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnknown {
    /// It cannot be booked.
    Block,
    /// It can, and the booking is marked.
    #[default]
    AcceptAndFlag,
}

/// Lengths of a service in microseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lengths {
    pub duration: i64,
    pub before: i64,
    /// Of the service and the buffer after it.
    pub until_free: i64,
}

impl Lengths {
    pub fn of(service: &Service) -> Self {
        let duration = i64::from(service.duration_minutes.get()) * MINUTE;
        Self {
            duration,
            before: i64::from(service.before_minutes) * MINUTE,
            until_free: duration + i64::from(service.after_minutes) * MINUTE,
        }
    }
}

/// What must be known to judge the starts of `window`: events, and bookings with their buffers, that share time with
/// it. It reaches over whole days of the client because of the daily limit.
pub fn reach(service: &Service, zone: &TimeZone, window: Interval) -> Interval {
    let window_span = Span::of(window);
    let lengths = Lengths::of(service);
    let mut reach = Span {
        from: window_span.from - lengths.before,
        to: window_span.to + lengths.until_free,
    };
    for (_, day) in days(zone, window_span) {
        reach.from = reach.from.min(day.from);
        reach.to = reach.to.max(day.to);
    }
    reach.interval().unwrap_or(window)
}
