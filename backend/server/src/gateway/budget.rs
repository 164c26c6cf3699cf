//! How much each account and each OAuth app may ask of its provider in any minute and at once, and whether one answers.
//! This process's own knowledge; what all processes share is in the database (see [`super::gate`], [`super::ledger`]).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use domain::{
    budget::{Bucket, Circuit},
    calendar::Provider,
};
use jiff::{SignedDuration, Timestamp};
use providers::{http::Places, microsoft};

use super::gate::Ticket;
use crate::config::Config;

/// Accounts remembered; beyond that those that have been quiet for two minutes are forgotten.
const REMEMBERED: usize = 2_000;

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Changes nothing in a calendar.
    Read,
    /// Changes events or calendars.
    Write,
}

/// Requests in any minute, by configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of one account, whatever they do.
    pub account: u32,
    /// Of one account, those that read.
    pub reads: u32,
    /// Of one account, those that write.
    pub writes: u32,
    /// Of all accounts of one OAuth app; `None`: there is no such limit.
    pub app: Option<u32>,
    /// Of one account, under way at the same time; `None`: there is no such limit.
    pub at_once: Option<usize>,
}

impl Limits {
    /// Those of a provider.
    pub fn of(config: &Config, provider: Provider) -> Self {
        match provider {
            Provider::Google => Self {
                account: config.google_per_minute,
                reads: config.google_reads_per_minute.min(config.google_per_minute),
                writes: config.google_writes_per_minute.min(config.google_per_minute),
                app: Some(config.google_app_per_minute),
                at_once: None,
            },
            // Of all accounts of an app together Microsoft takes 13,000 in a second.
            Provider::Microsoft => Self {
                account: config.microsoft_per_minute,
                reads: config.microsoft_per_minute,
                writes: config.microsoft_per_minute,
                app: None,
                at_once: Some(microsoft::AT_ONCE),
            },
            Provider::Caldav => Self {
                account: config.caldav_per_minute,
                reads: config.caldav_per_minute,
                writes: config.caldav_per_minute,
                app: None,
                at_once: None,
            },
        }
    }
}

impl Limits {
    /// The share of one of so many processes; never nothing.
    #[must_use]
    pub fn shared_by(self, processes: u32) -> Self {
        let share = |limit: u32| (limit / processes.max(1)).max(1);
        Self {
            account: share(self.account),
            reads: share(self.reads),
            writes: share(self.writes),
            app: self.app.map(share),
            at_once: self
                .at_once
                .map(|most| (most / usize::try_from(processes).unwrap_or(most)).max(1)),
        }
    }
}

/// What this process knows of budgets.
pub struct Budgets {
    begun: Instant,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    accounts: HashMap<String, Account>,
    apps: HashMap<String, Bucket>,
}

/// An account at a provider.
pub(super) struct Account {
    pub(super) total: Bucket,
    reads: Bucket,
    writes: Bucket,
    places: Option<Arc<Places>>,
    pub(super) circuit: Circuit,
    /// The provider asked for patience until then.
    pub(super) rests: Option<Timestamp>,
    /// Requests by the second of the last minute.
    minute: [(u64, u32); 60],
    used: Duration,
}

impl Default for Budgets {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
            known: Mutex::default(),
        }
    }
}

impl Account {
    fn new(limits: &Limits, now: Duration) -> Self {
        Self {
            total: Bucket::new(limits.account, now),
            reads: Bucket::new(limits.reads, now),
            writes: Bucket::new(limits.writes, now),
            places: limits.at_once.map(Places::new),
            circuit: Circuit::default(),
            rests: None,
            minute: [(0, 0); 60],
            used: now,
        }
    }

    /// Quiet for a while, and nobody has its places.
    fn is_calm(&self, now: Duration) -> bool {
        let taken = self.places.as_ref().is_some_and(|places| Arc::strong_count(places) > 1);
        self.circuit.failures() == 0 && now > self.used + Duration::from_secs(120) && !taken
    }

    fn of_kind(&mut self, kind: Kind) -> &mut Bucket {
        match kind {
            Kind::Read => &mut self.reads,
            Kind::Write => &mut self.writes,
        }
    }

    fn count(&mut self, now: Duration) {
        let second = now.as_secs();
        let slots = self.minute.len() as u64;
        if let Some(slot) = usize::try_from(second % slots)
            .ok()
            .and_then(|at| self.minute.get_mut(at))
        {
            *slot = if slot.0 == second {
                (second, slot.1 + 1)
            } else {
                (second, 1)
            };
        }
    }

    pub(super) fn last_minute(&self, now: Duration) -> u32 {
        let second = now.as_secs();
        let lately = self.minute.iter().filter(|(at, _)| at + 60 > second);
        lately.map(|(_, count)| count).sum()
    }
}

/// Who wants to call.
pub(super) struct Call<'a> {
    pub(super) ticket: &'a Ticket,
    pub(super) limits: Limits,
    /// Not held back by a circuit or a rest: to find out whether an account works again.
    pub(super) insists: bool,
}

/// Why a call may not begin.
pub(super) enum Denied {
    /// The budget is used up for so long.
    Budget(Duration),
    /// The provider asked for patience.
    Rests(SignedDuration),
    /// The account has not answered so often in a row.
    Circuit(SignedDuration, u32),
}

/// An account, known from now on.
fn account<'a>(
    accounts: &'a mut HashMap<String, Account>,
    ticket: &Ticket,
    limits: &Limits,
    now: Duration,
) -> &'a mut Account {
    if accounts.len() >= REMEMBERED {
        accounts.retain(|_, one| !one.is_calm(now));
    }
    let account = accounts
        .entry(ticket.account.clone())
        .or_insert_with(|| Account::new(limits, now));
    account.used = now;
    account
}

impl Budgets {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    /// The places at an account that all its clients share, where its provider counts them.
    pub(super) fn places(&self, ticket: &Ticket, limits: &Limits) -> Option<Arc<Places>> {
        let now = self.now();
        account(&mut self.lock().accounts, ticket, limits, now).places.clone()
    }

    /// Takes a call from every budget it belongs to, or none.
    pub(super) fn enter(&self, call: &Call<'_>, kind: Kind, clock: Timestamp) -> Result<(), Denied> {
        let (now, ticket, limits) = (self.now(), call.ticket, &call.limits);
        let mut known = self.lock();
        let Known { accounts, apps } = &mut *known;
        let account = account(accounts, ticket, limits, now);
        let mut app = limits.app.map(|limit| {
            apps.entry(ticket.oauth_app.clone())
                .or_insert_with(|| Bucket::new(limit, now))
        });
        // Who wants to find out whether it works again may ask.
        if !call.insists
            && let Some(until) = account.rests.filter(|until| clock < *until)
        {
            return Err(Denied::Rests(until.duration_since(clock)));
        }
        let wait = account
            .total
            .wait(now)
            .max(account.of_kind(kind).wait(now))
            .max(app.as_mut().map_or(Duration::ZERO, |app| app.wait(now)));
        if !wait.is_zero() {
            return Err(Denied::Budget(wait));
        }
        if !call.insists {
            let failures = account.circuit.failures();
            account
                .circuit
                .enter(clock)
                .map_err(|wait| Denied::Circuit(wait, failures))?;
        }
        account.total.take(now);
        account.of_kind(kind).take(now);
        if let Some(app) = app {
            app.take(now);
        }
        Ok(())
    }

    /// A request went out. `paid`: a call has taken it already.
    pub(super) fn sent(&self, ticket: &Ticket, kind: Kind, paid: bool) {
        let now = self.now();
        let mut known = self.lock();
        if let Some(account) = known.accounts.get_mut(&ticket.account) {
            account.count(now);
            if !paid {
                account.total.take(now);
                account.of_kind(kind).take(now);
            }
        }
        if !paid && let Some(app) = known.apps.get_mut(&ticket.oauth_app) {
            app.take(now);
        }
    }

    /// Looks at an account, if it is known, or changes what is known of it.
    pub(super) fn with_account(&self, key: &str, change: impl FnOnce(&mut Account, Duration)) {
        let now = self.now();
        if let Some(account) = self.lock().accounts.get_mut(key) {
            change(account, now);
        }
    }
}
