//! A plan in numbers: what a person looks at before saying yes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Change, Outcome};
use crate::{
    calendar::Provider,
    event::{EventContent, Notify},
    stacking::directory::{Calendar, Directory},
    sync::is_suspicious,
};

/// How many lines became what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All of them.
    pub total: u64,
    /// New events.
    pub create: u64,
    /// Changed events.
    pub update: u64,
    /// Events that vanish.
    pub delete: u64,
    /// Events that go to another calendar.
    #[serde(rename = "move")]
    pub moved: u64,
    /// Nothing to do.
    pub unchanged: u64,
    /// Left out, for they would make an event twice.
    pub duplicate: u64,
    /// Left out, for something is wrong with them.
    pub bad: u64,
}

/// What happens to one calendar.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarCounts {
    /// New events.
    pub create: u64,
    /// Changed events.
    pub update: u64,
    /// Events that vanish.
    pub delete: u64,
    /// Events that come from another calendar.
    pub arrive: u64,
    /// Events that go to another calendar.
    pub leave: u64,
    /// So much is taken away that somebody has to say that it is meant.
    pub mass_deletion: bool,
}

/// Calls of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    /// At whom.
    pub provider: Provider,
    /// How many.
    pub count: u64,
}

/// A whole plan. As large as the number of calendars, not as the number of lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// How many lines became what.
    pub counts: Counts,
    /// The same for each calendar that is written to.
    pub calendars: BTreeMap<String, CalendarCounts>,
    /// Lines at whose time something else is in their calendar, there already or planned as well. Counted at the end of the
    /// plan, and no part of what its hash seals.
    #[serde(default)]
    pub conflicts: u64,
    /// Mails that guests would get: one for each guest of each write.
    pub mails: u64,
    /// Calls at providers, for each account.
    pub calls: BTreeMap<String, Calls>,
    /// What applying it has to name.
    pub hash: String,
}

/// How often a provider may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Calls a minute for each account.
    pub account: u32,
    /// Calls a minute for all accounts together; `None`: there is no such limit.
    pub app: Option<u32>,
}

/// How long it will take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// Calls in all.
    pub calls: u64,
    /// Seconds, if nothing else is done meanwhile and the accounts work side by side.
    pub seconds: u64,
    /// The account that takes longest.
    pub slowest: Option<String>,
}

impl Summary {
    pub(super) fn add(&mut self, outcome: &Outcome, calendar: Option<&Calendar>, directory: &Directory) {
        let counts = &mut self.counts;
        counts.total += 1;
        let item = match outcome {
            Outcome::Unchanged { .. } => return counts.unchanged += 1,
            Outcome::Duplicate { .. } => return counts.duplicate += 1,
            Outcome::Bad(_) => return counts.bad += 1,
            Outcome::Item(item) => item,
        };
        let here = self.calendars.entry(item.calendar.clone()).or_default();
        match &item.change {
            Change::Create { .. } => (counts.create, here.create) = (counts.create + 1, here.create + 1),
            Change::Update { .. } => (counts.update, here.update) = (counts.update + 1, here.update + 1),
            Change::Delete { .. } => {
                (counts.delete, here.delete) = (counts.delete + 1, here.delete + 1);
                let held = calendar.map_or(0, |calendar| calendar.held);
                here.mass_deletion = is_suspicious(i64::try_from(here.delete).unwrap_or(i64::MAX), held);
            }
            Change::Move { from, .. } => {
                (counts.moved, here.arrive) = (counts.moved + 1, here.arrive + 1);
                self.calendars.entry(from.clone()).or_default().leave += 1;
            }
        }
        let Some(calendar) = calendar else { return };
        let origin = match &item.change {
            Change::Move { from, .. } => directory.get(from),
            _ => None,
        };
        // Each date of a new series that is unlike it is a call of its own.
        self.call(calendar, 1 + item.overrides.len() as u64);
        // It is made there and taken away here.
        if let Some(origin) = origin {
            self.call(origin, 1);
        }
    }

    fn call(&mut self, calendar: &Calendar, count: u64) {
        let none = Calls {
            provider: calendar.provider,
            count: 0,
        };
        self.calls.entry(calendar.account.clone()).or_insert(none).count += count;
    }

    /// Calendars of which so much is taken away that somebody has to say that it is meant.
    pub fn mass_deletions(&self) -> impl Iterator<Item = &str> {
        let asks = self.calendars.iter().filter(|(_, counts)| counts.mass_deletion);
        asks.map(|(id, _)| id.as_str())
    }

    /// Whether so much is taken away in all, however little of each calendar.
    pub fn deletes_very_many(&self) -> bool {
        let all = i64::try_from(self.counts.delete).unwrap_or(i64::MAX);
        is_suspicious(all, i64::MAX)
    }

    /// How long applying it will take.
    pub fn forecast(&self, budget: impl Fn(Provider) -> Budget) -> Forecast {
        let seconds = |calls: u64, rate: u32| calls.saturating_mul(60).div_ceil(u64::from(rate.max(1)));
        let alone = self.calls.iter().map(|(account, calls)| {
            let took = seconds(calls.count, budget(calls.provider).account);
            (took, account)
        });
        let slowest = alone.max_by_key(|(took, _)| *took);
        let together = Provider::ALL.iter().filter_map(|provider| {
            let all = self.calls.values().filter(|calls| calls.provider == *provider);
            Some(seconds(all.map(|calls| calls.count).sum(), budget(*provider).app?))
        });
        Forecast {
            calls: self.calls.values().map(|calls| calls.count).sum(),
            seconds: together.max().unwrap_or(0).max(slowest.map_or(0, |(took, _)| took)),
            slowest: slowest.map(|(_, account)| account.clone()),
        }
    }
}

/// How many mails a write sends.
pub(super) fn mails(change: &Change, notify: Notify, account: Option<&str>) -> u64 {
    let domain = |email: &str| email.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
    let home = account.and_then(domain);
    let told = |email: &str| match notify {
        Notify::None => false,
        Notify::All => true,
        Notify::External => domain(email) != home,
    };
    let contents = [change.before().map(|before| &before.content), change.after()];
    let guests = |content: &EventContent| -> Vec<String> {
        let others = content
            .attendees
            .iter()
            .filter(|guest| !guest.is_self && told(&guest.email));
        others.map(|guest| guest.email.to_lowercase()).collect()
    };
    let all: BTreeSet<String> = contents.into_iter().flatten().flat_map(guests).collect();
    all.len() as u64
}
