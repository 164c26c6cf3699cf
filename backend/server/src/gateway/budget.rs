//! How much each account and each OAuth app may ask of its provider in any minute, and whether an account answers at all.
//! This process's own knowledge; what all processes share is in the database (see [`super::gate`], [`super::ledger`]).

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use domain::{
    budget::{Bucket, Circuit},
    calendar::Provider,
};
use jiff::{SignedDuration, Timestamp};

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
            },
            // Of all accounts of an app together Microsoft takes 13,000 in a second.
            Provider::Microsoft => Self {
                account: config.microsoft_per_minute,
                reads: config.microsoft_per_minute,
                writes: config.microsoft_per_minute,
                app: None,
            },
            Provider::Caldav => Self {
                account: config.caldav_per_minute,
                reads: config.caldav_per_minute,
                writes: config.caldav_per_minute,
                app: None,
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
            circuit: Circuit::default(),
            rests: None,
            minute: [(0, 0); 60],
            used: now,
        }
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

impl Budgets {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Takes a call from every budget it belongs to, or none.
    pub(super) fn enter(&self, call: &Call<'_>, kind: Kind, clock: Timestamp) -> Result<(), Denied> {
        let (now, ticket, limits) = (self.now(), call.ticket, &call.limits);
        let mut known = self.lock();
        let Known { accounts, apps } = &mut *known;
        if accounts.len() >= REMEMBERED {
            let calm = |one: &Account| one.circuit.failures() == 0 && now > one.used + Duration::from_secs(120);
            accounts.retain(|_, one| !calm(one));
        }
        let account = accounts
            .entry(ticket.account.clone())
            .or_insert_with(|| Account::new(limits, now));
        let mut app = limits.app.map(|limit| {
            apps.entry(ticket.oauth_app.clone())
                .or_insert_with(|| Bucket::new(limit, now))
        });
        account.used = now;
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
