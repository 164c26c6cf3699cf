//! Microsoft 365 and Outlook.com, by Microsoft Graph v1.0.
//!
//! Two facts to hold: every write that could be lost on the way finds its own earlier self when it is repeated (our key in
//! an extended property and as transaction id, the version for changes, “gone already” for deletions), and a round of
//! changes is bound to a window, so that moving the window on is a planned round from the beginning.
//!
//! For the gateway: `Microsoft::new(http, api_base, access_token, now)` is cheap, make one for each use. Rounds look a year
//! back and four years ahead of `now`, those from the beginning at everything, and once an hour at what was changed
//! outside; when that window has moved on by a month, the cursor counts as expired. Microsoft mails guests of whatever it
//! is told to change, so [`Notify`] has an effect on answers only.
//!
//! `wire` spells Microsoft's words, `sync` reads changes, `events` writes, `subscriptions` listens, `call` knows addresses and errors.

mod call;
mod events;
mod subscriptions;
mod sync;
mod wire;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    calendar::{NewCalendar, RemoteCalendar},
    event::{Notify, Response},
};
use http::Method;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use url::Url;

use crate::{
    Account, Batch, CalendarProvider, Change, Channel, NewEvent, Page, Target, Watch,
    error::Result,
    http::{Http, Places},
};
use call::{not_understood, rejected};

/// The first name of an event of this key, until Microsoft has given it its own.
pub fn event_name(key: &str) -> String {
    format!("cs{key}")
}

/// How far back rounds of changes look.
const PAST: SignedDuration = SignedDuration::from_hours(365 * 24);
/// How far ahead they look. Both together are the most a calendar view may span: 1,825 days.
const AHEAD: SignedDuration = SignedDuration::from_hours(1460 * 24);

/// The days that rounds of changes look at.
type Window = (Timestamp, Timestamp);
/// How often the window may be halved: to 114 days.
const HALVED: u8 = 4;
/// How many calls of an application Outlook takes at one mailbox at the same time (Graph docs: throttling-limits.md).
pub const AT_ONCE: usize = 4;
/// How many events a page of changes asks for. Each is read whole after it, a series with its exceptions, by three calls at a
/// time for all calendars of the mailbox: more of them would not be done before the call's deadline.
const PAGE_SIZE: u32 = 50;

/// One Microsoft account, by an access token.
#[derive(Clone)]
pub struct Microsoft {
    http: Http,
    api_base: Url,
    token: SecretString,
    now: Timestamp,
    page_size: u32,
    /// The account's own addresses, once somebody needed them.
    own: Arc<OnceCell<Vec<String>>>,
}

impl Microsoft {
    /// Makes no call yet. `api_base` is `https://graph.microsoft.com/v1.0` or a simulator's. Several clients of one mailbox
    /// are given an `http` within the same [`Places`]; one alone keeps to [`AT_ONCE`] by itself.
    pub fn new(http: Http, api_base: Url, access_token: SecretString, now: Timestamp) -> Self {
        Self {
            http: http.or_within(|| Places::new(AT_ONCE)),
            api_base,
            token: access_token,
            now,
            page_size: PAGE_SIZE,
            own: Arc::default(),
        }
    }

    /// The window of today, halved so many times: a mailbox may be too full for the whole of it. It begins at midnight, so
    /// that it is the same all day.
    fn window(&self, halved: u8) -> Window {
        let today = self.now.to_zoned(TimeZone::UTC).date().to_zoned(TimeZone::UTC);
        let today = today.map_or(self.now, |midnight| midnight.timestamp());
        let at = |by: SignedDuration| today.saturating_add(by / (1 << halved.min(HALVED))).unwrap_or(today);
        (at(-PAST), at(AHEAD))
    }

    /// The account's own addresses: events do not say which of their guests one is. Somebody may be invited by an address
    /// that is neither the main one nor the one they sign in with.
    async fn own_addresses(&self) -> Result<&[String]> {
        let ask = async {
            let me = self.me("mail,userPrincipalName,proxyAddresses").await?;
            let others = me["proxyAddresses"].as_array().into_iter().flatten();
            // `SMTP:` is the main one; there are other kinds than mail, too.
            let others = others.filter_map(|one| {
                let (kind, address) = one.as_str()?.split_once(':')?;
                kind.eq_ignore_ascii_case("smtp").then_some(address)
            });
            let named = ["mail", "userPrincipalName"]
                .into_iter()
                .filter_map(|key| me[key].as_str());
            Ok(named.chain(others).map(str::to_owned).collect())
        };
        self.own.get_or_try_init(|| ask).await.map(Vec::as_slice)
    }

    async fn me(&self, fields: &str) -> Result<Value> {
        self.request(Method::GET, &["me"]).query("$select", fields).send().await
    }

    /// This client, leaving one of the mailbox's places to others.
    fn patient(&self) -> Self {
        Self {
            http: self.http.patient(),
            ..self.clone()
        }
    }

    /// How many events a page of changes asks for, 1–1000. Microsoft may give fewer.
    #[must_use]
    pub const fn with_page_size(mut self, events: u32) -> Self {
        self.page_size = events;
        self
    }
}

#[async_trait]
impl CalendarProvider for Microsoft {
    async fn account(&self) -> Result<Account> {
        let me = self.me("id,mail,userPrincipalName").await?;
        let text = |key: &str| me[key].as_str().map(str::to_owned);
        Ok(Account {
            id: text("id").ok_or_else(|| not_understood("the account has no id"))?,
            email: text("mail").or_else(|| text("userPrincipalName")),
        })
    }

    async fn calendars(&self) -> Result<Vec<RemoteCalendar>> {
        let mut found = Vec::new();
        let mut page = self
            .request(Method::GET, &["me", "calendars"])
            .query("$top", "100")
            .send()
            .await?;
        let mut before = String::new();
        loop {
            let Some(items) = page["value"].as_array() else {
                return Err(not_understood("there is no list of calendars"));
            };
            for item in items {
                match wire::calendar(item) {
                    Ok(calendar) => found.push(calendar),
                    Err(reason) => tracing::warn!(reason, "a calendar of the list cannot be read"),
                }
            }
            match page["@odata.nextLink"].as_str() {
                // A link that does not move would keep us here for ever.
                Some(next) if next != before => {
                    before = next.to_owned();
                    page = self.follow(next).send().await?;
                }
                _ => return Ok(found),
            }
        }
    }

    /// Microsoft takes a name once only: asking twice is refused, and makes no second one.
    async fn create_calendar(&self, new: &NewCalendar) -> Result<RemoteCalendar> {
        let made = self
            .request(Method::POST, &["me", "calendars"])
            .json(&json!({"name": new.name}))
            .send()
            .await?;
        wire::calendar(&made).map_err(|e| not_understood(&e))
    }

    async fn changes(&self, calendar: &str, cursor: Option<&str>) -> Result<Page> {
        // Rounds are many calls, and nobody waits for each: a write meanwhile finds a place.
        self.patient().page(calendar, cursor).await
    }

    async fn event(&self, calendar: &str, remote_id: &str) -> Result<Batch> {
        self.read_whole(calendar, remote_id).await
    }

    async fn create(&self, calendar: &str, new: &NewEvent) -> Result<Batch> {
        self.insert(calendar, new).await
    }

    async fn update(&self, calendar: &str, target: &Target, change: &Change) -> Result<Batch> {
        self.change(calendar, target, change).await
    }

    async fn delete(&self, calendar: &str, target: &Target, etag: Option<&str>, _notify: Notify) -> Result<Batch> {
        self.remove(calendar, target, etag).await
    }

    /// Graph v1.0 has no way to move an event to another calendar.
    async fn move_event(&self, _from: &str, _remote_id: &str, _to: &str, _notify: Notify) -> Result<Batch> {
        Err(rejected(
            "cannot_move",
            "Microsoft cannot move an event to another calendar".into(),
        ))
    }

    async fn respond(&self, calendar: &str, target: &Target, answer: Response, notify: Notify) -> Result<Batch> {
        self.answer_invitation(calendar, target, answer, notify).await
    }

    fn pushes(&self) -> bool {
        true
    }

    async fn watch(&self, calendar: &str, watch: &Watch) -> Result<Channel> {
        self.subscribe(calendar, watch).await
    }

    async fn renew(&self, resource_id: &str, lifetime: Duration) -> Result<Channel> {
        self.renew_subscription(resource_id, lifetime).await
    }

    async fn stop(&self, _id: &str, resource_id: &str) -> Result<()> {
        self.unsubscribe(resource_id).await
    }
}
