//! CalDAV (RFC 4791) with any server that speaks it.
//!
//! Two facts to hold: a resource holds a whole series, its overrides included, so every write reads it, changes the lines it
//! must and puts it back under the version that was read; and a write counts only after it was read back, because servers
//! rewrite what they are given.
//!
//! For the gateway: [`discover`] once when an account is entered, store the [`Account`], make a [`Caldav`] for each use.
//! A calendar's `remote_id` is its decoded path, an event's the decoded last segment, an override's `segment#key`.
//!
//! `xml` spells WebDAV, `session` signs in and names refusals, `auth` is Basic and Digest, `discover` finds calendars,
//! `sync` finds changes, `events` writes, `passport` is what the server can do.

mod auth;
mod discover;
mod events;
mod passport;
mod session;
mod sync;
mod xml;

use async_trait::async_trait;
use domain::{
    calendar::{NewCalendar, RemoteCalendar},
    event::{Notify, Response},
};
use http::Method;
use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;

use crate::{
    Batch, CalendarProvider, Change, NewEvent, Page, Target,
    error::{Error, Result},
    http::Http,
    ics,
};
pub use discover::{Account, discover};
pub use passport::{Changes, Passport, SignIn};
use session::{Session, refusal, verb};

/// The first name of an event of this key.
pub fn event_name(key: &str) -> String {
    format!("{key}.ics")
}

/// One account at one server.
pub struct Caldav {
    session: Session,
    account: Account,
}

impl Caldav {
    /// Makes no call yet.
    pub fn new(http: Http, account: Account, username: &str, password: SecretString) -> Self {
        Self {
            session: Session::new(http, username, password),
            account,
        }
    }

    /// The address of a calendar.
    fn collection(&self, calendar: &str) -> Result<Url> {
        discover::at_path(&self.account.home, calendar)
    }

    /// The address of a resource in a calendar.
    fn resource(&self, calendar: &str, name: &str) -> Result<Url> {
        if name.is_empty() || name.contains('/') {
            return Err(Error::NotFound);
        }
        discover::at_path(&self.account.home, &format!("{calendar}{name}"))
    }

    /// Where floating times of a calendar are meant; asked for only when a text has some.
    async fn zone(&self, calendar: &str) -> Result<String> {
        let about = discover::one_calendar(&self.session, &self.collection(calendar)?).await?;
        Ok(about.time_zone.unwrap_or_else(|| "UTC".to_owned()))
    }

    fn own_address(&self) -> Option<&str> {
        self.account.addresses.first().map(String::as_str)
    }

    /// Who writes. A server that schedules by itself (RFC 6638) mails the guests it finds in what is stored.
    fn author(&self, notify: Notify) -> ics::Author<'_> {
        ics::Author {
            address: self.own_address(),
            quiet: notify == Notify::None,
        }
    }
}

#[async_trait]
impl CalendarProvider for Caldav {
    async fn account(&self) -> Result<crate::Account> {
        self.session
            .propfind(&self.account.principal, "0", &["d:displayname"])
            .await?;
        Ok(crate::Account {
            id: self.account.principal.to_string(),
            email: self.own_address().map(str::to_owned),
        })
    }

    async fn calendars(&self) -> Result<Vec<RemoteCalendar>> {
        discover::calendars(&self.session, &self.account.home).await
    }

    async fn create_calendar(&self, new: &NewCalendar) -> Result<RemoteCalendar> {
        let path = format!(
            "{}{}/",
            xml::path_of(&self.account.home, self.account.home.as_str()).ok_or(Error::NotFound)?,
            new.key
        );
        let url = self.collection(&path)?;
        let zone = ics::zone_object(&new.time_zone);
        let body = xml::mkcalendar(
            &new.name,
            new.description.as_deref(),
            new.colour.as_deref(),
            zone.as_deref(),
        );
        let request = crate::http::Request::new(verb("MKCALENDAR")?, url.clone())
            .body("application/xml; charset=utf-8", body)
            .repeatable(true);
        let answer = self.session.send(request).await?;
        // It may be there already, from the first time we asked (RFC 4791 §5.3.1.1).
        let is_there = answer.status == 405
            || xml::conditions(&answer.text())
                .iter()
                .any(|c| c == "resource-must-be-null");
        if !answer.status.is_success() && !is_there {
            return Err(refusal(&answer));
        }
        discover::one_calendar(&self.session, &url).await
    }

    async fn changes(&self, calendar: &str, cursor: Option<&str>) -> Result<Page> {
        self.changes_since(calendar, cursor).await
    }

    async fn event(&self, calendar: &str, remote_id: &str) -> Result<Batch> {
        let name = events::resource_name(remote_id);
        let (text, etag) = self.get(calendar, name).await?;
        self.understood(calendar, name, &text, etag.as_deref()).await
    }

    async fn create(&self, calendar: &str, new: &NewEvent) -> Result<Batch> {
        self.create_event(calendar, new).await
    }

    async fn update(&self, calendar: &str, target: &Target, change: &Change) -> Result<Batch> {
        self.update_event(calendar, target, change).await
    }

    async fn delete(&self, calendar: &str, target: &Target, etag: Option<&str>, notify: Notify) -> Result<Batch> {
        self.delete_event(calendar, target, etag, notify).await
    }

    async fn move_event(&self, from: &str, remote_id: &str, to: &str, _notify: Notify) -> Result<Batch> {
        self.move_resource(from, events::resource_name(remote_id), to).await
    }

    async fn passport(&self, calendar: &str, now: Timestamp) -> Result<Option<Passport>> {
        self.ask_passport(calendar, now).await.map(Some)
    }

    fn keeps_series_whole(&self) -> bool {
        true
    }

    async fn respond(&self, calendar: &str, target: &Target, answer: Response, notify: Notify) -> Result<Batch> {
        self.answer_invitation(calendar, target, answer, notify).await
    }
}

impl Caldav {
    /// The text of a resource and its version.
    async fn get(&self, calendar: &str, name: &str) -> Result<(String, Option<String>)> {
        // Unpacked: what compresses on the way (nginx) makes the etag a weak one.
        let request = crate::http::Request::new(Method::GET, self.resource(calendar, name)?)
            .header(http::header::ACCEPT_ENCODING, "identity");
        let answer = self.session.send(request).await?;
        if !answer.status.is_success() {
            return Err(refusal(&answer));
        }
        let etag = answer.header(&http::header::ETAG).map(str::to_owned);
        Ok((ics::decode(&answer.body), etag))
    }

    /// One resource as a batch: its events, or why it cannot be read.
    async fn understood(&self, calendar: &str, name: &str, text: &str, etag: Option<&str>) -> Result<Batch> {
        let zone = if ics::is_floating(text) {
            self.zone(calendar).await?
        } else {
            "UTC".to_owned()
        };
        Ok(self.read(name, text, etag, &zone))
    }

    fn read(&self, name: &str, text: &str, etag: Option<&str>, zone: &str) -> Batch {
        let resource = ics::Resource {
            name,
            etag,
            calendar_zone: zone,
            own: &self.account.addresses,
        };
        let mut batch = Batch::default();
        match ics::read(text, resource) {
            Ok(events) => {
                if events.iter().any(|e| e.series.is_none()) {
                    batch.complete_series.push(name.to_owned());
                }
                batch.upserts = events;
            }
            Err(reason) => batch.malformed.push(crate::Malformed {
                remote_id: name.to_owned(),
                reason,
                raw: text.to_owned(),
            }),
        }
        batch
    }
}
