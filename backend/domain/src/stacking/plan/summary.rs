//! A plan in numbers: what a person looks at before saying yes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::{Change, Item, Outcome};
use crate::{
    calendar::Provider,
    event::{EventContent, Notify},
    stacking::{
        directory::{Calendar, Directory, Mailing},
        draft::{Existing, Override},
    },
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

/// What an account is busy with already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// Calls that are promised to its provider and come first.
    pub waiting: u64,
    /// Seconds for which its provider takes nothing.
    pub rests: u64,
}

/// How long it will take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// Calls in all.
    pub calls: u64,
    /// Calls of other work that come first at these accounts.
    pub waiting: u64,
    /// Seconds, if nothing more is asked for meanwhile and the accounts work side by side.
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
        // Each date of a new series that is unlike it is a call of its own.
        let mut dates = said(&item.overrides).count();
        if let Change::Move { from, before, .. } = &item.change {
            dates += said(&before.dates).count();
            // It is made there and taken away here.
            if let Some(origin) = directory.get(from) {
                self.call(origin, 1);
            }
        }
        self.call(calendar, 1 + dates as u64);
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

    /// How long applying it will take. `load`: by account.
    pub fn forecast(&self, budget: impl Fn(Provider) -> Budget, load: &HashMap<String, Load>) -> Forecast {
        let load = |account: &str| load.get(account).copied().unwrap_or_default();
        let alone = self.calls.iter().map(|(account, calls)| {
            let (load, rate) = (load(account), budget(calls.provider).account);
            (load.rests + seconds(load.waiting + calls.count, rate), account)
        });
        let slowest = alone.max_by_key(|(took, _)| *took);
        let together = Provider::ALL.iter().filter_map(|provider| {
            let all = self.calls.iter().filter(|(_, calls)| calls.provider == *provider);
            let calls = all.map(|(account, calls)| load(account).waiting + calls.count).sum();
            Some(seconds(calls, budget(*provider).app?))
        });
        Forecast {
            calls: self.calls.values().map(|calls| calls.count).sum(),
            waiting: self.calls.keys().map(|account| load(account).waiting).sum(),
            seconds: together.max().unwrap_or(0).max(slowest.map_or(0, |(took, _)| took)),
            slowest: slowest.map(|(_, account)| account.clone()),
        }
    }
}

/// How long so many calls take at so many a minute.
fn seconds(calls: u64, rate: u32) -> u64 {
    calls.saturating_mul(60).div_ceil(u64::from(rate.max(1)))
}

/// How many mails an item sends: one for each guest of each write.
pub(super) fn mails(item: &Item, notify: Notify, directory: &Directory) -> u64 {
    let told = |place: &str, contents: &[&EventContent]| {
        let calendar = directory.get(place);
        let notify = match calendar.map(|one| one.mailing).unwrap_or_default() {
            Mailing::AllOrNone if notify == Notify::External => Notify::All,
            Mailing::AsAsked | Mailing::AllOrNone => notify,
            Mailing::Always => Notify::All,
            Mailing::Never => Notify::None,
        };
        guests(contents, notify, calendar.and_then(|one| one.account_email.as_deref()))
    };
    let here = item.calendar.as_str();
    match &item.change {
        Change::Create { after, .. } => {
            let dates = said(&item.overrides).map(|date| told(here, &[after, date]));
            told(here, &[after]) + dates.sum::<u64>()
        }
        Change::Update { before, after } => told(here, &[&before.content, after]),
        Change::Delete { before } => told(here, &all_dates(before)),
        // Invited there, to each date that is unlike the others once more, and told here that it does not take place.
        Change::Move { from, before, after } => {
            let writes = 1 + said(&before.dates).count() as u64;
            told(here, &[after]) * writes + told(from, &all_dates(before))
        }
    }
}

/// What the dates of a series say that are unlike it and take place.
fn said(dates: &[Override]) -> impl Iterator<Item = &EventContent> {
    dates.iter().filter_map(|one| one.content.as_ref())
}

/// What an event says on any date.
fn all_dates(event: &Existing) -> Vec<&EventContent> {
    std::iter::once(&event.content).chain(said(&event.dates)).collect()
}

/// How many people are told of an event, once each.
fn guests(contents: &[&EventContent], notify: Notify, account: Option<&str>) -> u64 {
    let domain = |email: &str| email.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
    let home = account.and_then(domain);
    let told = |email: &str| match notify {
        Notify::None => false,
        Notify::All => true,
        Notify::External => domain(email) != home,
    };
    let all: BTreeSet<String> = contents
        .iter()
        .flat_map(|content| &content.attendees)
        .filter(|guest| !guest.is_self && told(&guest.email))
        .map(|guest| guest.email.to_lowercase())
        .collect();
    all.len() as u64
}
