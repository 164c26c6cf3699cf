//! Clients of calendar providers behind one trait.
//!
//! Two facts to hold: a provider's words stay in its folder (`wire` is the only place that spells them), and nothing
//! here remembers anything: tokens, cursors and etags are handed in and handed back. No database, no clock of its own
//! but timeouts.

pub mod caldav;
pub mod error;
pub mod google;
pub mod http;
pub mod ics;
pub mod microsoft;
pub mod oauth;
mod zones;

use std::{collections::BTreeSet, time::Duration};

use async_trait::async_trait;
use domain::{
    calendar::{NewCalendar, RemoteCalendar},
    event::{EventContent, Field, Notify, RemoteEvent, Response},
    time::EventTime,
};

pub use error::{Error, Result};
use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;

/// One account at one provider.
///
/// Every call has a deadline and is retried inside only where repeating it cannot do harm (see [`http::RetryPolicy`]).
/// An answer this code does not understand is an [`Error::Rejected`], never a success.
#[async_trait]
pub trait CalendarProvider: Send + Sync {
    /// Who this is at the provider. The cheapest call that proves the credential works.
    async fn account(&self) -> Result<Account>;

    /// All calendars the account can see, all pages.
    async fn calendars(&self) -> Result<Vec<RemoteCalendar>>;

    /// What the server can do, where servers differ; asked of one of its calendars.
    async fn passport(&self, _calendar: &str, _now: Timestamp) -> Result<Option<caldav::Passport>> {
        Ok(None)
    }

    /// Makes a calendar.
    async fn create_calendar(&self, new: &NewCalendar) -> Result<RemoteCalendar>;

    /// One page of what changed since `cursor`, or of everything when there is none.
    ///
    /// # Errors
    /// [`Error::CursorExpired`]: begin again without a cursor, and sweep what was not listed at the end.
    async fn changes(&self, calendar: &str, cursor: Option<&str>) -> Result<Page>;

    /// The event and, where the provider keeps them in one object, its overrides.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    async fn event(&self, calendar: &str, remote_id: &str) -> Result<Batch>;

    /// Writes a new event under a name derived from [`NewEvent::key`]: a second call finds the first one's event and
    /// returns it. Where the name was used by something since deleted, the next generation of the name is used.
    async fn create(&self, calendar: &str, new: &NewEvent) -> Result<Batch>;

    /// Changes the named fields and nothing else; everything unknown stays as it is.
    ///
    /// # Errors
    /// [`Error::Changed`] when `change.etag` is no longer current; [`Error::NotFound`].
    async fn update(&self, calendar: &str, target: &Target, change: &Change) -> Result<Batch>;

    /// Deletes an event, or takes one occurrence out of its series. Already gone is success.
    ///
    /// # Errors
    /// [`Error::Changed`] when `etag` is no longer current.
    async fn delete(&self, calendar: &str, target: &Target, etag: Option<&str>, notify: Notify) -> Result<Batch>;

    /// Moves an event (a whole series) to another calendar of the same account. The answer belongs to `to`.
    async fn move_event(&self, from: &str, remote_id: &str, to: &str, notify: Notify) -> Result<Batch>;

    /// Whether a series and its overrides are one object, so that a write to the series carries its overrides along and
    /// one that ends it takes them with it.
    fn keeps_series_whole(&self) -> bool {
        false
    }

    /// Sets the account's own answer to an invitation.
    ///
    /// # Errors
    /// [`Error::Rejected`] with code `not_invited` when the account is not among the attendees.
    async fn respond(&self, calendar: &str, target: &Target, answer: Response, notify: Notify) -> Result<Batch>;

    /// Whether it can tell us of changes ([`CalendarProvider::watch`]); else asking is the only way to learn of them.
    fn pushes(&self) -> bool {
        false
    }

    /// Opens a channel on which the provider tells that something of the calendar changed, not what. Asking twice under
    /// one name is refused, so it is never repeated inside: a lost answer may leave a channel behind.
    ///
    /// # Errors
    /// [`Error::Rejected`] with code `no_push` where the provider cannot.
    async fn watch(&self, _calendar: &str, _watch: &Watch) -> Result<Channel> {
        Err(no_push())
    }

    /// Gives a channel a longer life where it stands, and the provider's doubt whether we may have it an end.
    ///
    /// # Errors
    /// [`Error::NotFound`]: it has ended already. [`Error::Rejected`] with code `no_push` where the provider cannot.
    async fn renew(&self, _resource_id: &str, _lifetime: Duration) -> Result<Channel> {
        Err(no_push())
    }

    /// Ends a channel.
    ///
    /// # Errors
    /// [`Error::NotFound`]: it has ended already.
    async fn stop(&self, _id: &str, _resource_id: &str) -> Result<()> {
        Err(no_push())
    }
}

fn no_push() -> Error {
    Error::Rejected {
        code: "no_push".into(),
        detail: "this provider does not tell of changes".into(),
        status: None,
    }
}

/// A channel to be opened.
#[derive(Debug, Clone)]
pub struct Watch {
    /// Ours: at most 64 of `A-Za-z0-9-_+/=`, never used before.
    pub id: String,
    /// Sent along with every message: proof that it comes from the provider. At most 256 characters.
    pub token: SecretString,
    /// Where messages go.
    pub address: Url,
    /// How long it should live; the provider may give less.
    pub lifetime: Duration,
}

/// A channel that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// The provider's name for what is watched; needed to stop the channel.
    pub resource_id: String,
    /// When it ends, where the provider says so.
    pub expires_at: Option<Timestamp>,
    /// Whether the provider has made sure that its messages arrive before it opened the channel.
    pub proven: bool,
}

/// The first name that [`CalendarProvider::create`] gives an event of this key, so that the mirror can name it before it
/// is written.
pub fn event_name(provider: &str, key: &str) -> String {
    match domain::calendar::Provider::parse(provider) {
        Some(domain::calendar::Provider::Google) => google::event_name(key),
        Some(domain::calendar::Provider::Microsoft) => microsoft::event_name(key),
        Some(domain::calendar::Provider::Caldav) | None => caldav::event_name(key),
    }
}

/// Whether the provider's own clock says when an event was changed last. A CalDAV server has none: there the time is what
/// the program wrote that changed the event (RFC 5545 §3.8.7.3), and its clock may be behind.
pub fn keeps_time(provider: &str) -> bool {
    domain::calendar::Provider::parse(provider) != Some(domain::calendar::Provider::Caldav)
}

/// Who an account belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Stable name that survives reconnecting (Google: `sub`; CalDAV: principal URL).
    pub id: String,
    /// Address, where the provider says one.
    pub email: Option<String>,
}

/// What an event is made of and named after.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// 32 hexadecimal digits (a UUID): the provider's id is derived from it.
    pub key: String,
    /// What it says.
    pub content: EventContent,
    /// The calendar's zone; all-day series expand in it.
    pub calendar_zone: String,
    /// Whom the provider may mail.
    pub notify: Notify,
}

/// Which event, or which occurrence of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The event; for an occurrence: its series (the master), also when the occurrence has an override already.
    pub remote_id: String,
    /// Where the series would have put the occurrence that is meant.
    pub occurrence: Option<EventTime>,
}

/// A write: the whole of what the event says afterwards, and which fields the caller touched.
#[derive(Debug, Clone)]
pub struct Change {
    /// The state afterwards.
    pub content: EventContent,
    /// What to write of it. [`domain::event::Field::Response`] is no part of it: see [`CalendarProvider::respond`].
    pub fields: BTreeSet<Field>,
    /// Write only if the provider's version is this one.
    pub etag: Option<String>,
    /// The calendar's zone.
    pub calendar_zone: String,
    /// Whom the provider may mail.
    pub notify: Notify,
}

/// Events as they are now at the provider, and names that are gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Present, new or changed. Cancelled occurrences come as overrides with status `Cancelled`.
    pub upserts: Vec<RemoteEvent>,
    /// Gone. A series takes its overrides with it.
    pub removed: Vec<String>,
    /// Names of masters whose overrides are all in `upserts`: stored overrides of theirs not listed here are gone.
    pub complete_series: Vec<String>,
    /// What could not be read, so that it can be shown instead of hiding its neighbours.
    pub malformed: Vec<Malformed>,
}

/// Something a provider holds that we cannot read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// The provider's name for it.
    pub remote_id: String,
    /// Why, for people.
    pub reason: String,
    /// Its text.
    pub raw: String,
}

/// One page of a round of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What it brought.
    pub batch: Batch,
    /// How to go on.
    pub next: Next,
}

/// How a round of changes goes on. Cursors are opaque text (at most a few hundred kB), good to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Ask again at once with this.
    More(String),
    /// The round is complete; ask later with this.
    Done(String),
}
