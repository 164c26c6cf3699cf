//! Google Calendar, API v3.
//!
//! Two facts to hold: a write names only what changed and under which version (`If-Match`), and every write that could
//! be lost on the way finds its own earlier self when it is repeated (a name of our own for new events, the version for
//! changes, “gone already” for deletions).
//!
//! For the gateway: `Google::new(http, endpoints, access_token)` is cheap, make one for each use with a token that is
//! still good for a minute. [`Error::Reauthorize`] means the access token is not accepted: refresh it once and try
//! again before counting a strike. Calendars are named by their id, `primary` works too. For an occurrence give the
//! etag of its stored override, else that of its master.
//!
//! `wire` spells Google's words, `sync` reads changes, `events` writes, `channels` asks to be told of changes, `call`
//! knows addresses and errors.

mod call;
mod channels;
mod events;
mod sync;
mod wire;

use async_trait::async_trait;
use domain::{
    calendar::{NewCalendar, RemoteCalendar},
    event::{Notify, Response},
};
use http::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::{
    Account, Batch, CalendarProvider, Change, Channel, NewEvent, Page, Target, Watch,
    error::{Error, Result},
    http::Http,
    oauth::{self, Endpoints},
};
use call::not_understood;

/// The first name of an event of this key.
pub fn event_name(key: &str) -> String {
    format!("cs{key}")
}

/// The largest page Google gives.
const PAGE_SIZE: u32 = 2500;

/// One Google account, by an access token.
#[derive(Clone)]
pub struct Google {
    http: Http,
    endpoints: Endpoints,
    token: SecretString,
    page_size: u32,
}

impl Google {
    /// Makes no call yet.
    pub fn new(http: Http, endpoints: Endpoints, access_token: SecretString) -> Self {
        Self {
            http,
            endpoints,
            token: access_token,
            page_size: PAGE_SIZE,
        }
    }

    /// How many events a page of changes asks for, 1–2500. Google may give fewer. It must stay the same as long as a
    /// cursor lives.
    #[must_use]
    pub const fn with_page_size(mut self, events: u32) -> Self {
        self.page_size = events;
        self
    }

    async fn calendar_entry(&self, id: &str) -> Result<RemoteCalendar> {
        let entry = self
            .request(Method::GET, &["users", "me", "calendarList", id])
            .send()
            .await?;
        wire::calendar(&entry)
            .map_err(|e| not_understood(&e))?
            .ok_or(Error::NotFound)
    }
}

#[async_trait]
impl CalendarProvider for Google {
    async fn account(&self) -> Result<Account> {
        let info = oauth::userinfo(&self.http, &self.endpoints, &self.token).await?;
        Ok(Account {
            id: info.sub,
            email: info.email,
        })
    }

    async fn calendars(&self) -> Result<Vec<RemoteCalendar>> {
        let mut found = Vec::new();
        let mut page: Option<String> = None;
        loop {
            let list = self
                .request(Method::GET, &["users", "me", "calendarList"])
                .query("maxResults", "250")
                .maybe("pageToken", page.as_deref())
                .send()
                .await?;
            let Some(items) = list["items"].as_array() else {
                return Err(not_understood("there is no list of calendars"));
            };
            for item in items {
                match wire::calendar(item) {
                    Ok(calendar) => found.extend(calendar),
                    Err(reason) => tracing::warn!(reason, "a calendar of the list cannot be read"),
                }
            }
            match list["nextPageToken"].as_str() {
                // A token that does not move would keep us here for ever.
                Some(next) if page.as_deref() != Some(next) => page = Some(next.to_owned()),
                _ => return Ok(found),
            }
        }
    }

    /// Google chooses the name, so asking twice makes two: never repeated inside.
    async fn create_calendar(&self, new: &NewCalendar) -> Result<RemoteCalendar> {
        let mut body = json!({ "summary": new.name, "timeZone": new.time_zone });
        if let Some(text) = &new.description {
            body["description"] = json!(text);
        }
        let made = self.request(Method::POST, &["calendars"]).json(&body).send().await?;
        let Some(id) = made["id"].as_str() else {
            return Err(not_understood("the new calendar has no id"));
        };
        if let Some(colour) = &new.colour {
            let body = json!({ "backgroundColor": colour, "foregroundColor": wire::contrasting(colour) });
            let call = self.request(Method::PATCH, &["users", "me", "calendarList", id]);
            if let Err(error) = call
                .query("colorRgbFormat", "true")
                .json(&body)
                .repeatable()
                .send()
                .await
            {
                // The calendar is there; its colour is not worth losing it.
                tracing::warn!(%error, "the new calendar keeps its default colour");
            }
        }
        self.calendar_entry(id).await
    }

    async fn changes(&self, calendar: &str, cursor: Option<&str>) -> Result<Page> {
        self.page(calendar, cursor).await
    }

    async fn event(&self, calendar: &str, remote_id: &str) -> Result<Batch> {
        let item = self.get(calendar, remote_id).await?;
        if events::is_gone(&item) {
            Err(Error::NotFound)
        } else {
            events::one(item, "UTC")
        }
    }

    async fn create(&self, calendar: &str, new: &NewEvent) -> Result<Batch> {
        self.insert(calendar, new).await
    }

    async fn update(&self, calendar: &str, target: &Target, change: &Change) -> Result<Batch> {
        self.patch(calendar, target, change).await
    }

    async fn delete(&self, calendar: &str, target: &Target, etag: Option<&str>, notify: Notify) -> Result<Batch> {
        self.remove(calendar, target, etag, notify).await
    }

    async fn move_event(&self, from: &str, remote_id: &str, to: &str, notify: Notify) -> Result<Batch> {
        self.hand_over(from, remote_id, to, notify).await
    }

    async fn respond(&self, calendar: &str, target: &Target, answer: Response, notify: Notify) -> Result<Batch> {
        self.answer_invitation(calendar, target, answer, notify).await
    }

    fn pushes(&self) -> bool {
        true
    }

    async fn watch(&self, calendar: &str, watch: &Watch) -> Result<Channel> {
        self.open_channel(calendar, watch).await
    }

    async fn stop(&self, id: &str, resource_id: &str) -> Result<()> {
        self.close_channel(id, resource_id).await
    }
}

/// The version of an item.
fn etag(item: &Value) -> Option<&str> {
    item["etag"].as_str()
}
