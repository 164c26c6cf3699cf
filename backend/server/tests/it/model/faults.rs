//! Everything that goes wrong at Google, and how often it did.

use std::collections::BTreeMap;

use simulators::google::{Effect, Fault, Recorded};

use super::{DEADLINE, Life};

/// Longer than any call of ours is waited for.
const HANG: u64 = DEADLINE * 1_000 + 400;

/// What a life must have met.
pub const KINDS: [&str; 20] = [
    "429",
    "403 rateLimitExceeded",
    "403 quotaExceeded",
    "5xx",
    "cut before the call",
    "timeout before the call",
    "timeout, carried out later",
    "timeout after the call",
    "answer lost after the call",
    "answer truncated",
    "answer malformed",
    "call doubled",
    "unknown fields",
    "push doubled",
    "push overtaken",
    "push dropped",
    "410 sync token",
    "412",
    "401",
    "token endpoint",
];

impl Life {
    /// The next thing that goes wrong.
    pub fn fault(&mut self) -> Fault {
        let after = Some(30);
        let status = |status| Effect::Status {
            status,
            retry_after: None,
        };
        let limit = |status| Effect::RateLimit {
            status,
            retry_after: after,
        };
        let effects = [
            Effect::Status {
                status: 503,
                retry_after: after,
            },
            status(503),
            status(500),
            limit(429),
            limit(429),
            limit(403),
            Effect::QuotaExceeded,
            Effect::Reset,
            Effect::Reset,
            Effect::LoseAnswer,
            Effect::LoseAnswer,
            Effect::LoseAnswer,
            Effect::Truncate,
            Effect::Truncate,
            Effect::Garble,
            Effect::Garble,
            Effect::Duplicate,
            Effect::Duplicate,
            Effect::UnknownFields,
            Effect::ExpireSyncToken,
        ];
        let calls = [
            "calendar.events.insert",
            "calendar.events.patch",
            "calendar.events.delete",
            "calendar.events.list",
            "calendar.events.*",
        ];
        let account = (self.dice.roll(2) == 0).then(|| self.accounts[self.dice.roll(3)].0.to_owned());
        let (operation, count, effect) = match self.dice.roll(20) {
            // What takes real time is seldom.
            0 => {
                let slow = [
                    Effect::Hang { millis: HANG },
                    Effect::Latency { millis: HANG },
                    Effect::SlowAnswer { millis: HANG },
                ];
                (*self.dice.pick(&calls[..3]), 1, self.dice.pick(&slow).clone())
            }
            1..4 => {
                let push = [Effect::Duplicate, Effect::Drop, Effect::Latency { millis: 150 }];
                ("calendar.push", 1, self.dice.pick(&push).clone())
            }
            4 => {
                let token = [status(503), Effect::LoseAnswer, Effect::Garble, Effect::Truncate];
                ("oauth.token", 1, self.dice.pick(&token).clone())
            }
            _ => {
                let effect = self.dice.pick(&effects).clone();
                let operation = match effect {
                    Effect::LoseAnswer | Effect::Duplicate => *self.dice.pick(&calls[..3]),
                    Effect::ExpireSyncToken => "calendar.events.list",
                    _ => *self.dice.pick(&calls),
                };
                (operation, 1 + u32::try_from(self.dice.roll(2)).unwrap(), effect)
            }
        };
        Fault {
            // Whose token is asked for nobody knows before the answer.
            account: account.filter(|_| operation != "oauth.token"),
            ..Fault::times(operation, count, effect)
        }
    }
}

/// How often what went wrong, by Google's own journal.
pub fn tally(journal: &[Recorded], counts: &mut BTreeMap<&'static str, usize>) {
    for call in journal {
        let met = call.faults.iter().filter_map(|effect| kind(&call.operation, effect));
        let answered = match (call.operation.as_str(), call.status) {
            ("calendar.events.list", Some(410)) => Some("410 sync token"),
            (_, Some(412)) => Some("412"),
            (_, Some(401)) => Some("401"),
            _ => None,
        };
        for kind in met.chain(answered) {
            *counts.entry(kind).or_default() += 1;
        }
    }
}

fn kind(operation: &str, effect: &Effect) -> Option<&'static str> {
    Some(match (operation, effect) {
        ("oauth.token", _) => "token endpoint",
        ("calendar.push", Effect::Duplicate) => "push doubled",
        ("calendar.push", Effect::Latency { .. }) => "push overtaken",
        ("calendar.push", _) => "push dropped",
        (_, Effect::RateLimit { status: 429, .. }) => "429",
        (_, Effect::RateLimit { .. }) => "403 rateLimitExceeded",
        (_, Effect::QuotaExceeded) => "403 quotaExceeded",
        (_, Effect::Status { .. }) => "5xx",
        (_, Effect::Reset) => "cut before the call",
        (_, Effect::Hang { .. }) => "timeout before the call",
        (_, Effect::Latency { .. }) => "timeout, carried out later",
        (_, Effect::SlowAnswer { .. }) => "timeout after the call",
        (_, Effect::LoseAnswer) => "answer lost after the call",
        (_, Effect::Truncate) => "answer truncated",
        (_, Effect::Garble) => "answer malformed",
        (_, Effect::Duplicate) => "call doubled",
        (_, Effect::UnknownFields) => "unknown fields",
        // By its answer: tokens also end without a fault.
        (_, Effect::ExpireSyncToken | Effect::StaleRead | Effect::Drop) => return None,
    })
}
