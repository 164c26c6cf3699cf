//! Everything that goes wrong at the provider, and how often it did.

use std::collections::BTreeMap;

use simulators::google::{Effect, Fault, Recorded};

use super::{DEADLINE, Life, Side};

/// Longer than any call of ours is waited for.
const HANG: u64 = DEADLINE * 1_000 + 400;

/// What lives over either must have met.
pub const KINDS: [&str; 18] = [
    "429",
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
    "410 for a round of changes",
    "412",
    "401",
    "token endpoint",
];
/// What is met often enough that lives over each must have met it.
const OFTEN: [&str; 8] = [
    "429",
    "5xx",
    "cut before the call",
    "answer lost after the call",
    "call doubled",
    "410 for a round of changes",
    "412",
    "401",
];

/// What lives over one of them must have met, its own words included.
pub fn kinds(side: &str) -> impl Iterator<Item = &'static str> {
    let own: &[&str] = match side {
        "Google" => &["403 rateLimitExceeded", "403 quotaExceeded"],
        _ => &["507 the mailbox is full"],
    };
    OFTEN.iter().chain(own).copied()
}

/// Calls that go wrong: making, changing, deleting, asking what changed, all about events.
const GOOGLE: [&str; 5] = [
    "calendar.events.insert",
    "calendar.events.patch",
    "calendar.events.delete",
    "calendar.events.list",
    "calendar.events.*",
];
const MICROSOFT: [&str; 5] = [
    "graph.events.create",
    "graph.events.update",
    "graph.events.delete",
    "graph.calendarView.delta",
    "graph.events.*",
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
        // Microsoft has one word for too much; its gateway has one of its own for too slow.
        let (calls, push, other) = match self.side {
            Side::Google(_) => (GOOGLE, "calendar.push", limit(403)),
            Side::Microsoft(_) => (MICROSOFT, "graph.push", status(504)),
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
            other,
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
        let account = (self.dice.roll(2) == 0).then(|| self.accounts[self.dice.roll(3)].email.to_owned());
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
                let effects = [Effect::Duplicate, Effect::Drop, Effect::Latency { millis: 150 }];
                (push, 1, self.dice.pick(&effects).clone())
            }
            4 => {
                let token = [status(503), Effect::LoseAnswer, Effect::Garble, Effect::Truncate];
                ("oauth.token", 1, self.dice.pick(&token).clone())
            }
            _ => {
                let effect = self.dice.pick(&effects).clone();
                let operation = match effect {
                    Effect::LoseAnswer | Effect::Duplicate => *self.dice.pick(&calls[..3]),
                    Effect::ExpireSyncToken => calls[3],
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

/// How often what went wrong, by the provider's own journal.
pub fn tally(journal: &[Recorded], counts: &mut BTreeMap<&'static str, usize>) {
    for call in journal {
        let met = call.faults.iter().filter_map(|effect| kind(&call.operation, effect));
        let answered = match (call.operation.as_str(), call.status) {
            ("calendar.events.list" | "graph.calendarView.delta", Some(410)) => Some("410 for a round of changes"),
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
        ("calendar.push" | "graph.push", Effect::Duplicate) => "push doubled",
        ("calendar.push" | "graph.push", Effect::Latency { .. }) => "push overtaken",
        ("calendar.push" | "graph.push", _) => "push dropped",
        (_, Effect::RateLimit { status: 429, .. }) => "429",
        (_, Effect::RateLimit { .. }) => "403 rateLimitExceeded",
        (call, Effect::QuotaExceeded) if call.starts_with("graph") => "507 the mailbox is full",
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
