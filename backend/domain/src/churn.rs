//! The churn breaker: when we and somebody else write the same fields of an event again and again, one of us is a program
//! that answers to the other, and nobody gains from going on. Pure.

use jiff::{SignedDuration, Timestamp};

use crate::event::EventContent;

/// So often may an event be changed back and forth within [`WINDOW`]. People do not; programs that fight get there in
/// minutes.
pub const LIMIT: u32 = 24;

/// After this long the count begins anew.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// How often an event was changed back and forth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flips {
    /// So often we wrote fields again that somebody had changed since our last write.
    pub count: u32,
    /// Counted from here.
    pub since: Timestamp,
}

impl Flips {
    /// None so far.
    pub const fn none(now: Timestamp) -> Self {
        Self { count: 0, since: now }
    }

    /// With one more write of ours. `written`: what stood at the provider after our last write; `base`: what stands there
    /// now; `next`: what we are about to write.
    #[must_use]
    pub fn and(self, written: &EventContent, base: &EventContent, next: &EventContent, now: Timestamp) -> Self {
        let begun = if now.duration_since(self.since) >= WINDOW {
            Self::none(now)
        } else {
            self
        };
        let theirs = written.differences(base);
        let again = base.differences(next).intersection(&theirs).next().is_some();
        Self {
            count: begun.count + u32::from(again),
            ..begun
        }
    }

    /// Whether nothing should be written until a person has looked.
    pub const fn is_a_fight(self) -> bool {
        self.count > LIMIT
    }
}
