//! The engine of synchronisation: what becomes of a change of ours when it meets what a provider holds. Pure.
//!
//! Two facts to hold. A promise remembers three texts: `base`, what the provider last said; `sent`, what the last call
//! carried (its answer may have been lost); `ours`, what people see here. And a meeting is decided by field: what only
//! one side changed stands, what both changed to the same stands, the rest is a conflict, decided by the client's
//! [`Policy`].

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    backoff::{self, Limits},
    event::{EventContent, Field},
};

/// Who is right when both sides changed the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// What was said here.
    Ours,
    /// What was said at the provider.
    Theirs,
    /// A person decides; until then the provider's word is shown.
    #[default]
    Ask,
}

impl Policy {
    /// Every policy, in the order of the documentation.
    pub const ALL: [Self; 3] = [Self::Ours, Self::Theirs, Self::Ask];

    /// The word used in the API and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Theirs => "theirs",
            Self::Ask => "ask",
        }
    }

    /// The reverse of [`Policy::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.as_str() == text)
    }
}

/// A change of ours that the provider has not confirmed.
#[derive(Debug, Clone, Copy)]
pub struct Promise<'a> {
    /// What the provider last said; `None`: nothing, it is new.
    pub base: Option<&'a EventContent>,
    /// What the last call carried, if there was one.
    pub sent: Option<&'a EventContent>,
    /// What it shall say.
    pub ours: &'a EventContent,
}

impl<'a> Promise<'a> {
    /// What is to be written, as far as we know.
    pub fn fields(&self) -> BTreeSet<Field> {
        self.base.map_or_else(BTreeSet::new, |base| base.changed(self.ours))
    }

    /// What our change starts from, given what the provider holds now: if that is what a lost answer was about, our
    /// own write is no change of somebody else.
    fn since(&self, theirs: &EventContent) -> &'a EventContent {
        match (self.base, self.sent) {
            // Under a name of ours there is only what we wrote.
            (None, sent) => sent.unwrap_or(self.ours),
            (Some(base), None) => base,
            (Some(base), Some(sent)) => {
                let written = base.differences(sent);
                if written.is_empty() || !sent.differences(theirs).is_disjoint(&written) {
                    base
                } else {
                    sent
                }
            }
        }
    }
}

/// How a conflict ended, or that it has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Ours is written over theirs.
    Ours,
    /// Theirs stays.
    Theirs,
    /// A person is asked; nothing of ours is written until then.
    Open,
}

impl From<Policy> for Decision {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::Ours => Self::Ours,
            Policy::Theirs => Self::Theirs,
            Policy::Ask => Self::Open,
        }
    }
}

/// What came of a change that met what the provider holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// What people see from now on.
    pub show: EventContent,
    /// Whether something of ours is still to be written.
    pub ahead: bool,
    /// The fields both sides changed, and what was decided about them.
    pub clash: Option<(BTreeSet<Field>, Decision)>,
}

/// A change meets the provider's present state.
pub fn meet(promise: &Promise<'_>, theirs: &EventContent, policy: Policy) -> Met {
    let since = promise.since(theirs);
    // Answers are the guests' own: what is shown may have heard of one that the base has not.
    let mut wanted = since.differences(promise.ours);
    let foreign = since.differences(theirs);
    let open = promise.ours.differences(theirs);
    // The same said twice is no quarrel.
    let clash: BTreeSet<Field> = wanted
        .iter()
        .filter(|field| foreign.contains(field) && open.contains(field))
        .copied()
        .collect();
    wanted.retain(|field| open.contains(field));
    if clash.is_empty() {
        return Met {
            show: theirs.merged(since, promise.ours, &wanted),
            ahead: !wanted.is_empty(),
            clash: None,
        };
    }
    match Decision::from(policy) {
        Decision::Open => wanted.clear(),
        Decision::Theirs => wanted.retain(|field| !clash.contains(field)),
        Decision::Ours => {}
    }
    Met {
        show: theirs.merged(since, promise.ours, &wanted),
        ahead: !wanted.is_empty(),
        clash: Some((clash, policy.into())),
    }
}

/// A change meets a deletion at the provider. `None`: nothing of ours is lost by it.
pub fn meet_deletion(promise: &Promise<'_>, policy: Policy) -> Option<Decision> {
    // Whether the last call arrived before the deletion is not known: better a question too many.
    lasting(promise.base?, promise.ours).then(|| policy.into())
}

/// A deletion of ours meets the provider's present state. `None`: nobody changed it, it may go.
pub fn meet_change(base: Option<&EventContent>, theirs: &EventContent, policy: Policy) -> Option<Decision> {
    let changed = base.is_none_or(|base| lasting(base, theirs));
    changed.then(|| policy.into())
}

/// Whether more was changed than an answer: nobody misses one to an event that is gone.
fn lasting(before: &EventContent, after: &EventContent) -> bool {
    before.differences(after).iter().any(|field| *field != Field::Response)
}

/// Fewer than these may always vanish.
const A_FEW: i64 = 25;

/// More than these never vanish without a question.
const TOO_MANY: i64 = 1_000;

/// Whether a pull that takes so many of the events we hold away is believed only when a person says so: a provider that
/// answers with half a list looks like one where somebody tidied up.
pub const fn is_suspicious(vanishing: i64, held: i64) -> bool {
    vanishing > TOO_MANY || (vanishing > A_FEW && vanishing * 2 > held)
}

/// Why a write was not done, named for what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Outage, timeout, lost answer.
    Transient,
    /// Too many calls.
    RateLimited,
    /// The account may not write for hours.
    Quota,
    /// A person must consent again; reconnecting wakes what waits.
    Reauthorize,
    /// No, and no again.
    Refused,
}

/// How often and how long to try.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Tries that end in an outage before a person is asked.
    pub attempts: u32,
    /// Within what the waits lie.
    pub limits: Limits,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            // With some minutes between the last ones: about half a day.
            attempts: 120,
            limits: Limits::WRITES,
        }
    }
}

/// What becomes of a promise that could not be kept now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Try again after this.
    Wait(Duration),
    /// A person must look at it.
    Dead,
}

/// How long an exhausted quota rests, at first.
const QUOTA: Duration = Duration::from_secs(3_600);

/// How long a promise waits for a consent before it looks again by itself.
const CONSENT: Duration = Duration::from_secs(6 * 3_600);

/// What to do after the `attempts`-th try (from 1) failed. `asked` is the provider's `Retry-After`; `random` in 0..1
/// spreads the tries of many (full jitter).
pub fn verdict(trouble: Trouble, attempts: u32, asked: Option<Duration>, random: f64, patience: &Patience) -> Verdict {
    match trouble {
        Trouble::Refused => Verdict::Dead,
        Trouble::Transient if attempts >= patience.attempts => Verdict::Dead,
        Trouble::Transient | Trouble::RateLimited => {
            Verdict::Wait(backoff::delay(attempts, asked, random, &patience.limits))
        }
        Trouble::Quota => Verdict::Wait(
            QUOTA
                .saturating_mul(attempts.clamp(1, 6))
                .max(asked.unwrap_or_default().min(patience.limits.longest)),
        ),
        Trouble::Reauthorize => Verdict::Wait(CONSENT),
    }
}
