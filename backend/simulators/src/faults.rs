//! Faults on order: which calls go wrong, how, and for how long.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Effect {
    /// The answer comes late; the call itself is not touched.
    Latency {
        /// Milliseconds.
        millis: u64,
    },
    /// Nothing happens but this status (500, 503, 429…), with `Retry-After` in seconds if given.
    Status {
        /// HTTP status.
        status: u16,
        /// Seconds.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// A usage limit. Google: 403 or 429 with `rateLimitExceeded`; Microsoft: 429 `ApplicationThrottled`, whatever the status.
    RateLimit {
        /// 403 or 429.
        status: u16,
        /// Seconds.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// Google: 403 `quotaExceeded`, the user can only read for hours. Microsoft: 507 `ErrorQuotaExceeded`, the mailbox is full.
    QuotaExceeded,
    /// The connection ends before anything is done.
    Reset,
    /// The call is carried out, and the connection ends without an answer.
    LoseAnswer,
    /// Nothing is done, and for so long nothing is said; then the connection ends.
    Hang {
        /// Milliseconds.
        millis: u64,
    },
    /// The call is carried out at once; its answer comes late.
    SlowAnswer {
        /// Milliseconds.
        millis: u64,
    },
    /// The call is carried out, and the answer stops in the middle.
    Truncate,
    /// Something on the way answers in the provider's stead: 200, and a page that is no JSON. The call is carried out.
    Garble,
    /// Calls with a sync token get 410 (`fullSyncRequired`, `SyncStateNotFound`); others are not touched.
    ExpireSyncToken,
    /// The call is carried out twice; the answer is that of the second time. Of a push (`calendar.push`, `graph.push`): the message is sent twice.
    Duplicate,
    /// What reads is answered as things were when the fault was ordered.
    StaleRead,
    /// Answers carry fields nobody has heard of.
    UnknownFields,
    /// Of a push: the message is never sent. [`Effect::Latency`] lets later ones overtake it.
    Drop,
}

/// A fault on order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// `calendar.events.insert` (the provider's name), a beginning such as `calendar.events.*`, `oauth.token`, or `*`.
    pub operation: String,
    /// Only calls of this account.
    #[serde(default)]
    pub account: Option<String>,
    /// Of every hundred calls so many suffer, by a row of random numbers that a seed begins; without it all do.
    #[serde(default)]
    pub percent: Option<u8>,
    /// Let so many calls pass first.
    #[serde(default)]
    pub skip: u32,
    /// Then so many calls suffer; without it all of them.
    #[serde(default)]
    pub count: Option<u32>,
    /// No call suffers after this, on the virtual clock.
    #[serde(default)]
    pub until: Option<Timestamp>,
    /// What happens.
    pub effect: Effect,
}

impl Fault {
    /// The next call of `operation` suffers `effect`.
    pub fn once(operation: &str, effect: Effect) -> Self {
        Self::times(operation, 1, effect)
    }

    /// The next `count` calls of `operation` suffer `effect`.
    pub fn times(operation: &str, count: u32, effect: Effect) -> Self {
        Self {
            count: Some(count),
            ..Self::always(operation, effect)
        }
    }

    /// Every call of `operation` suffers `effect` until faults are cleared.
    pub fn always(operation: &str, effect: Effect) -> Self {
        Self {
            operation: operation.into(),
            account: None,
            percent: None,
            skip: 0,
            count: None,
            until: None,
            effect,
        }
    }

    fn concerns(&self, operation: &str, account: Option<&str>, syncing: bool, now: Timestamp) -> bool {
        let named = match self.operation.strip_suffix('*') {
            Some(beginning) => operation.starts_with(beginning),
            None => self.operation == operation,
        };
        named
            && self.account.as_deref().is_none_or(|a| Some(a) == account)
            && self.until.is_none_or(|until| now < until)
            && (self.effect != Effect::ExpireSyncToken || syncing)
    }
}

/// The next number below a hundred of a row that is the same for the same seed (splitmix64).
fn roll(dice: &mut u64) -> u8 {
    *dice = dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *dice;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    u8::try_from((z ^ (z >> 31)) % 100).unwrap_or_default()
}

/// The effects on one call; counts it.
pub(crate) fn strike(
    faults: &mut Vec<Fault>,
    dice: &mut u64,
    operation: &str,
    account: Option<&str>,
    syncing: bool,
    now: Timestamp,
) -> Vec<Effect> {
    let mut effects = Vec::new();
    for fault in faults
        .iter_mut()
        .filter(|f| f.concerns(operation, account, syncing, now))
    {
        if fault.skip > 0 {
            fault.skip -= 1;
            continue;
        }
        if fault.percent.is_some_and(|percent| roll(dice) >= percent) {
            continue;
        }
        match &mut fault.count {
            Some(0) => continue,
            Some(left) => *left -= 1,
            None => {}
        }
        effects.push(fault.effect.clone());
    }
    faults.retain(|f| f.count != Some(0) && f.until.is_none_or(|until| now < until));
    effects
}
