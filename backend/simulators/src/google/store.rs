//! Everything the simulator remembers: accounts, calendars, events, tokens. Plain data with small rules; no HTTP.
//!
//! Every change takes the next number of one counter, the revision. ETags and sync tokens are made of it.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::{bench::Bench, chance, journal::Mail};

pub(crate) use crate::chance::secret;

use super::{Limits, channels::Channel, errors::Refusal, oauth::Auth, time};

/// What a person may do with a calendar, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Sees when, not what.
    FreeBusyReader,
    /// Sees everything but private events.
    Reader,
    /// Changes events.
    Writer,
    /// Changes the calendar too.
    Owner,
}

impl Role {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FreeBusyReader => "freeBusyReader",
            Self::Reader => "reader",
            Self::Writer => "writer",
            Self::Owner => "owner",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::FreeBusyReader, Self::Reader, Self::Writer, Self::Owner]
            .into_iter()
            .find(|r| r.name() == text)
    }
}

/// A person with a mailbox.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) sub: String,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) time_zone: String,
    pub(crate) list: BTreeMap<String, Entry>,
}

/// A calendar as one person lists it.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) own: Map<String, Value>,
    pub(crate) deleted: bool,
    pub(crate) revision: u64,
}

/// A calendar.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    pub(crate) id: String,
    pub(crate) owner: String,
    /// `summary`, `description`, `location`.
    pub(crate) own: Map<String, Value>,
    pub(crate) time_zone: String,
    pub(crate) roles: BTreeMap<String, Role>,
    pub(crate) events: BTreeMap<String, Event>,
    pub(crate) revision: u64,
    /// Sync tokens made before this revision are refused.
    pub(crate) sync_floor: u64,
}

/// An event, an exception of a series, or what is left of one.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) id: String,
    /// Fields in the form [`super::events`] keeps them (times in UTC, defaults left out).
    pub(crate) body: Map<String, Value>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) revision: u64,
    /// Written by `events.import`: its organizer need not be this calendar.
    pub(crate) imported: bool,
    /// Earlier definitions of a series: how it expanded up to a revision.
    pub(crate) past: Vec<(u64, Map<String, Value>)>,
}

impl Event {
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.body.get(key).and_then(Value::as_str)
    }

    pub(crate) fn cancelled(&self) -> bool {
        self.text("status") == Some("cancelled")
    }

    /// The series this is an exception of.
    pub(crate) fn master(&self) -> Option<&str> {
        self.text("recurringEventId")
    }

    /// Recurrence lines; empty for what does not repeat.
    pub(crate) fn lines(&self) -> Vec<String> {
        lines(&self.body)
    }
}

/// Recurrence lines of a body.
pub(crate) fn lines(body: &Map<String, Value>) -> Vec<String> {
    body.get("recurrence")
        .and_then(Value::as_array)
        .map(|list| list.iter().filter_map(|l| l.as_str().map(String::from)).collect())
        .unwrap_or_default()
}

/// A listing that was begun and goes on over several pages.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) id: u64,
    pub(crate) scope: String,
    pub(crate) keys: Vec<Key>,
    /// Revision when the listing began.
    pub(crate) revision: u64,
}

/// One item of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// An event (or calendar) by id.
    Id(String),
    /// An occurrence that has no item of its own.
    Occurrence(String, time::When),
    /// An occurrence that is no longer there.
    Gone(String, time::When),
}

/// Everything.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) base_url: String,
    pub(crate) bench: Bench,
    pub(crate) limits: Limits,
    pub(crate) revision: u64,
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) calendars: BTreeMap<String, Calendar>,
    pub(crate) auth: Auth,
    pub(crate) mails: VecDeque<Mail>,
    pub(crate) snapshots: VecDeque<Snapshot>,
    pub(crate) channels: Vec<Channel>,
    /// How everything was when stale reads were ordered.
    pub(crate) past: Option<Box<State>>,
    pub(crate) calls: BTreeMap<String, VecDeque<Timestamp>>,
}

/// Listings remembered for their next pages.
const SNAPSHOTS: usize = 500;

impl State {
    /// Now on the virtual clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.bench.now()
    }

    /// The next revision.
    pub(crate) fn next(&mut self) -> u64 {
        self.revision += 1;
        self.revision
    }

    /// The calendar's real id and what `email` may do with it. `primary` is the account's own.
    ///
    /// # Errors
    /// 404 where there is none, or none that this account may see.
    pub(crate) fn access(&self, email: &str, calendar: &str) -> Result<(String, Role), Refusal> {
        let id = if calendar == "primary" { email } else { calendar };
        let found = self.calendars.get(id).ok_or_else(Refusal::not_found)?;
        let role = found.roles.get(email).copied().ok_or_else(Refusal::not_found)?;
        Ok((found.id.clone(), role))
    }

    /// As [`State::access`], for a role at least `wanted`.
    ///
    /// # Errors
    /// 404, or 403 `requiredAccessLevel`.
    pub(crate) fn access_at_least(&self, email: &str, calendar: &str, wanted: Role) -> Result<String, Refusal> {
        let (id, role) = self.access(email, calendar)?;
        if role < wanted {
            return Err(Refusal::access(wanted.name()));
        }
        Ok(id)
    }

    /// # Errors
    /// 404.
    pub(crate) fn calendar(&self, id: &str) -> Result<&Calendar, Refusal> {
        self.calendars.get(id).ok_or_else(Refusal::not_found)
    }

    /// # Errors
    /// 404.
    pub(crate) fn calendar_mut(&mut self, id: &str) -> Result<&mut Calendar, Refusal> {
        self.calendars.get_mut(id).ok_or_else(Refusal::not_found)
    }

    /// # Errors
    /// 404.
    pub(crate) fn account(&self, email: &str) -> Result<&Account, Refusal> {
        self.accounts.get(email).ok_or_else(Refusal::not_found)
    }

    /// Remembers a listing and returns its number.
    pub(crate) fn remember(&mut self, scope: String, keys: Vec<Key>, revision: u64) -> u64 {
        let id = self.next();
        self.snapshots.push_back(Snapshot {
            id,
            scope,
            keys,
            revision,
        });
        if self.snapshots.len() > SNAPSHOTS {
            self.snapshots.pop_front();
        }
        id
    }

    /// Marks a person's listing of a calendar as changed.
    pub(crate) fn touch_entries(&mut self, calendar: &str) {
        let revision = self.next();
        for account in self.accounts.values_mut() {
            if let Some(entry) = account.list.get_mut(calendar) {
                entry.revision = revision;
            }
        }
    }
}

/// An id as Google makes them for events.
pub(crate) fn event_id() -> String {
    chance::from_alphabet(b"0123456789abcdefghijklmnopqrstuv", 26)
}

/// A revision as an ETag.
pub(crate) fn etag(revision: u64) -> String {
    format!("\"{}\"", 3_300_000_000_000_000_u64 + revision * 2)
}

impl State {
    /// Counts a call against the quotas of the last minute.
    ///
    /// # Errors
    /// 403 or 429 when over.
    pub(crate) fn count_call(&mut self, account: &str, now: Timestamp) -> Result<(), Refusal> {
        let minute = now.checked_sub(SignedDuration::from_secs(60)).unwrap_or(now);
        let limits = [
            (account, self.limits.per_user_per_minute, "userRateLimitExceeded"),
            ("", self.limits.per_project_per_minute, "rateLimitExceeded"),
        ];
        let status = self.limits.over_limit_status;
        for (whose, most, reason) in limits {
            let Some(most) = most else { continue };
            let calls = self.calls.entry(whose.to_string()).or_default();
            while calls.front().is_some_and(|at| *at <= minute || *at > now) {
                calls.pop_front();
            }
            if calls.len() >= most {
                return Err(Refusal::rate(status, reason));
            }
            calls.push_back(now);
        }
        Ok(())
    }
}
