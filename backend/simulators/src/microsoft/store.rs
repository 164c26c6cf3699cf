//! Everything the simulator remembers: mailboxes, calendars, events, tokens. Plain data with small rules; no HTTP.
//!
//! Every change takes the next number of one counter, the revision. Change keys and delta links are made of it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{Timestamp, civil::Date};
use serde_json::{Map, Value};

use crate::{bench::Bench, chance::from_alphabet, journal::Mail};

use super::{
    Limits,
    delta::Round,
    errors::Refusal,
    oauth::Auth,
    subscriptions::{Change, Subscription},
};

/// A person with a mailbox.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// Object id.
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) name: String,
    /// Id of a tenant; [`super::oauth::CONSUMERS`] for personal accounts.
    pub(crate) tenant: String,
    /// Windows or IANA name.
    pub(crate) time_zone: String,
    /// May consent for the whole tenant.
    pub(crate) admin: bool,
    /// Other addresses the same mailbox has.
    pub(crate) aliases: Vec<String>,
}

/// An organisation.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    pub(crate) id: String,
    pub(crate) domain: String,
    /// People cannot consent themselves.
    pub(crate) admin_consent: bool,
    /// What an administrator has consented to, per application.
    pub(crate) consented: BTreeSet<String>,
}

/// A calendar.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) color: String,
    pub(crate) default: bool,
    /// `false`: others can only look (a subscribed or shared calendar).
    pub(crate) editable: bool,
    pub(crate) revision: u64,
    /// Delta links made before this revision are refused.
    pub(crate) sync_floor: u64,
}

/// An event: single, or the master of a series with its exceptions.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) key: String,
    pub(crate) calendar: String,
    /// Global object id without a date; the same in every mailbox.
    pub(crate) uid: String,
    /// What can be written, complete.
    pub(crate) body: Map<String, Value>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) revision: u64,
    /// Address of the organizer.
    pub(crate) organizer: String,
    pub(crate) response: (String, Option<Timestamp>),
    pub(crate) cancelled: bool,
    /// Changed occurrences by the day they were meant for.
    pub(crate) exceptions: BTreeMap<Date, Exception>,
    /// Deleted occurrences.
    pub(crate) gone: BTreeSet<Date>,
    /// Made by a desktop program with rules of its own: its zone has no name.
    pub(crate) custom_zone: bool,
}

/// What differs in one occurrence.
#[derive(Debug, Clone)]
pub(crate) struct Exception {
    pub(crate) body: Map<String, Value>,
    pub(crate) updated: Timestamp,
    pub(crate) revision: u64,
}

/// An event, or one occurrence of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ItemKey(pub(crate) String, pub(crate) Option<Date>);

impl Event {
    pub(crate) fn repeats(&self) -> bool {
        self.body.get("recurrence").is_some_and(Value::is_object)
    }
}

/// Everything.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) base_url: String,
    /// `localhost:1234`, where TLS is spoken.
    pub(crate) tls: Option<String>,
    pub(crate) bench: Bench,
    pub(crate) limits: Limits,
    pub(crate) revision: u64,
    /// By address.
    pub(crate) accounts: BTreeMap<String, Account>,
    /// By id.
    pub(crate) tenants: BTreeMap<String, Tenant>,
    pub(crate) calendars: BTreeMap<String, Calendar>,
    pub(crate) events: BTreeMap<String, Event>,
    /// Transaction ids that have made an event, per mailbox.
    pub(crate) transactions: BTreeMap<(String, String), String>,
    pub(crate) auth: Auth,
    pub(crate) rounds: BTreeMap<u64, Round>,
    pub(crate) subscriptions: BTreeMap<String, Subscription>,
    /// What subscriptions may be told of.
    pub(crate) changes: VecDeque<Change>,
    pub(crate) mails: VecDeque<Mail>,
    pub(crate) calls: BTreeMap<String, VecDeque<Timestamp>>,
    /// Calls at work, per mailbox.
    pub(crate) busy: BTreeMap<String, usize>,
    /// How everything was when stale reads were ordered.
    pub(crate) past: Option<Box<State>>,
}

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

    /// # Errors
    /// 404.
    pub(crate) fn account(&self, email: &str) -> Result<&Account, Refusal> {
        self.accounts
            .get(email)
            .ok_or_else(|| Refusal::new(404, "ResourceNotFound", "Resource could not be discovered."))
    }

    /// The calendar of a mailbox; `None` (or no name) is the default one.
    ///
    /// # Errors
    /// 400 for what was never an id, 404 where there is none.
    pub(crate) fn calendar(&self, owner: &str, id: Option<&str>) -> Result<&Calendar, Refusal> {
        let id = id.filter(|id| !id.is_empty());
        let found = self
            .calendars
            .values()
            .find(|c| c.owner == owner && id.map_or(c.default, |id| c.id == id));
        found.ok_or_else(|| match id {
            Some(id) if !id.starts_with(CALENDAR) => Refusal::malformed_id(),
            _ => Refusal::not_found(),
        })
    }

    /// The event (and day of an occurrence) behind an id, in any calendar of a mailbox or only in one.
    ///
    /// # Errors
    /// 400 for what was never an id, 404 where there is none.
    pub(crate) fn locate(&self, owner: &str, calendar: Option<&str>, id: &str) -> Result<ItemKey, Refusal> {
        let item = parse_id(id).ok_or_else(Refusal::malformed_id)?;
        let event = self.events.get(&item.0).ok_or_else(Refusal::not_found)?;
        let home = self.calendars.get(&event.calendar).ok_or_else(Refusal::not_found)?;
        if home.owner != owner || calendar.is_some_and(|wanted| wanted != home.id) {
            return Err(Refusal::not_found());
        }
        Ok(item)
    }

    /// # Errors
    /// 404.
    pub(crate) fn event(&self, key: &str) -> Result<&Event, Refusal> {
        self.events.get(key).ok_or_else(Refusal::not_found)
    }

    /// # Errors
    /// 404.
    pub(crate) fn event_mut(&mut self, key: &str) -> Result<&mut Event, Refusal> {
        self.events.get_mut(key).ok_or_else(Refusal::not_found)
    }

    /// Whose mailbox an event is in.
    pub(crate) fn owner(&self, event: &Event) -> &str {
        self.calendars.get(&event.calendar).map_or("", |c| c.owner.as_str())
    }
}

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const CALENDAR: &str = "AAMkAGCal";
/// How ids begin, and how those that are asked for with `IdType="ImmutableId"` do (docs: outlook-immutable-id.md).
const PLAIN: &str = "AAMkAGI2";
const IMMUTABLE: &str = "AAkALgAA";

/// A key nobody has; its upper and lower case letters matter.
pub(crate) fn fresh_key() -> String {
    from_alphabet(LETTERS, 24)
}

/// An id for a calendar.
pub(crate) fn fresh_calendar_id() -> String {
    format!("{CALENDAR}{}=", from_alphabet(LETTERS, 40))
}

/// A global object id without a date (MS-OXOCAL 2.2.1.27).
pub(crate) fn fresh_uid() -> String {
    format!(
        "040000008200E00074C5B7101A82E00800000000{}",
        from_alphabet(b"0123456789ABCDEF", 64)
    )
}

/// The `iCalUId` of an occurrence: the day is written into it, so it differs from that of its series.
pub(crate) fn dated_uid(uid: &str, day: Date) -> String {
    let day = format!("{:04X}{:02X}{:02X}", day.year(), day.month(), day.day());
    format!(
        "{}{day}{}",
        uid.get(..32).unwrap_or_default(),
        uid.get(40..).unwrap_or_default()
    )
}

/// An id as it is written.
pub(crate) fn id_text(item: &ItemKey, immutable: bool) -> String {
    let day = item
        .1
        .map_or_else(String::new, |day| day.strftime("%Y%m%d").to_string());
    let inner = URL_SAFE_NO_PAD.encode(format!("{}|{day}|", item.0));
    format!("{}{inner}=", if immutable { IMMUTABLE } else { PLAIN })
}

/// An id of either kind as it is read.
pub(crate) fn parse_id(text: &str) -> Option<ItemKey> {
    let inner = text.strip_prefix(PLAIN).or_else(|| text.strip_prefix(IMMUTABLE))?;
    let bytes = URL_SAFE_NO_PAD.decode(inner.strip_suffix('=')?).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (key, day) = text.strip_suffix('|')?.split_once('|')?;
    let day = if day.is_empty() {
        None
    } else {
        Some(Date::strptime("%Y%m%d", day).ok()?)
    };
    Some(ItemKey(key.into(), day))
}

/// A revision as a change key.
pub(crate) fn change_key(revision: u64) -> String {
    use base64::engine::general_purpose::STANDARD;
    let mut bytes = vec![0x0f, 0x00, 0x00, 0x00, 0x16, 0x00, 0x00, 0x00, 0x5a];
    bytes.extend(revision.to_be_bytes());
    STANDARD.encode(bytes)
}

/// A revision as `@odata.etag`.
pub(crate) fn etag(revision: u64) -> String {
    format!("W/\"{}\"", change_key(revision))
}
