//! The only room that talks to providers. It reads what it needs, calls with no transaction open, and records.
//!
//! `connect` makes a client with a fresh token out of a credential, `oauth` brings credentials to life, `mirror` pulls
//! calendars as often as `rhythm` says, `channels` lets providers tell us when to, `discover` lists them, `events` writes
//! events, `push`, `lane` and `keep` tell providers what was promised, `rows` is where both directions meet, `unheard` looks
//! after what no change tells of, `gate` keeps calls within the `budget` of their account, `ledger` writes down what they
//! cost, `secrets` opens and closes envelopes.

pub mod accounts;
pub mod bookings;
pub mod budget;
pub mod caldav;
pub mod channels;
pub mod connect;
pub mod desk;
pub mod discover;
pub mod error;
pub mod events;
pub mod fresh;
pub mod gate;
pub mod keep;
pub mod lane;
pub mod ledger;
pub mod mirror;
pub mod oauth;
pub mod post;
pub mod push;
pub mod reconcile;
pub mod rhythm;
pub mod rows;
pub mod secrets;
pub mod token;
pub mod unheard;
pub mod validate;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::sync::{Semaphore, watch};

pub use error::{Error, Result};

/// What the requests of one process share about providers.
pub struct Shared {
    /// One refresh at a time for each credential.
    refreshes: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
    /// One pull at a time for each calendar; later callers wait for the same.
    pulls: Mutex<HashMap<String, watch::Receiver<bool>>>,
    /// How many pulls run at once.
    pulling: Arc<Semaphore>,
    /// Which lanes this process drains, and who waits for that.
    pub lanes: lane::Lanes,
    /// Why promises could not be kept the last time, for the request that waits for one.
    refusals: Mutex<HashMap<String, Error>>,
    /// What providers told us about calendars.
    hinted: Mutex<HashMap<String, fresh::Hinted>>,
    /// Channels that are not ours (any more) and were stopped a while ago.
    strays: Mutex<HashSet<String>>,
    /// How much is asked of providers.
    budgets: budget::Budgets,
    /// How much was asked of them.
    ledger: ledger::Ledger,
    /// When somebody was last noted to have looked at a calendar.
    viewed: Mutex<HashMap<String, jiff::Timestamp>>,
}

/// How many pulls run at once in one process.
const PULLS: usize = 16;

/// How long a read waits for a pull before it answers from the mirror.
pub const PULL_BUDGET: Duration = Duration::from_millis(2_500);

/// How long the first read of a calendar waits.
pub const FIRST_PULL_BUDGET: Duration = Duration::from_secs(25);

/// The wait before a pull that failed is tried again; it grows. What works is pulled as [`rhythm`] says.
pub const PULL_EVERY: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

impl Default for Shared {
    fn default() -> Self {
        Self {
            refreshes: Mutex::default(),
            pulls: Mutex::default(),
            pulling: Arc::new(Semaphore::new(PULLS)),
            lanes: lane::Lanes::default(),
            refusals: Mutex::default(),
            budgets: budget::Budgets::default(),
            ledger: ledger::Ledger::default(),
            hinted: Mutex::default(),
            strays: Mutex::default(),
            viewed: Mutex::default(),
        }
    }
}

/// How many refusals are remembered; what was told to nobody by then is told by the row alone.
const REMEMBERED: usize = 1_000;

impl Shared {
    /// Remembers why a promise could not be kept.
    fn remember(&self, promise: &str, error: Error) {
        let mut refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        if refusals.len() >= REMEMBERED {
            refusals.clear();
        }
        refusals.insert(promise.to_owned(), error);
    }

    /// Why a promise could not be kept.
    fn remembered(&self, promise: &str) -> Option<Error> {
        let refusals = self.refusals.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.get(promise).cloned()
    }

    /// The lock of a credential. Locks nobody holds are forgotten.
    fn refresh_lock(&self, credential: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.refreshes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(credential).and_then(Weak::upgrade) {
            return lock;
        }
        locks.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::default();
        locks.insert(credential.to_owned(), Arc::downgrade(&lock));
        lock
    }
}
