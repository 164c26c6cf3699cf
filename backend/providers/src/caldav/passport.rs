//! What a server can do: as it says itself, asked without changing anything. Which server it is does not matter, and its name
//! is for people only.

use http::{HeaderName, Method, header::ALLOW, header::SERVER};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    Caldav,
    xml::{CALDAV, CALENDARSERVER, DAV},
};
use crate::{
    error::Result,
    http::{Answer, Request},
};

/// What a server can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passport {
    /// When it was asked.
    pub asked_at: Timestamp,
    /// What it calls itself.
    pub software: Option<String>,
    /// How people sign in.
    pub signs_in_by: SignIn,
    /// How we learn what changed.
    pub tells_changes_by: Changes,
    /// Whether it mails guests by itself (RFC 6638).
    pub schedules: bool,
    /// Whether calendars can be made.
    pub makes_calendars: bool,
    /// Whether an event can be moved to another calendar in one step.
    pub moves_events: bool,
    /// The largest object it takes, in bytes (RFC 4791 §5.2.5).
    pub largest: Option<u64>,
    /// It takes nothing before (RFC 4791 §5.2.6).
    pub earliest: Option<Timestamp>,
    /// It takes nothing after (RFC 4791 §5.2.7).
    pub latest: Option<Timestamp>,
}

/// How people sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignIn {
    /// With the password itself.
    Basic,
    /// With a proof that they know it.
    Digest,
}

/// How we learn what changed, the cheapest way first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Changes {
    /// It keeps count (RFC 6578).
    Token,
    /// It says whether anything changed; what it was, we find by comparing versions.
    Tag,
    /// We compare versions each time.
    Versions,
}

const CLASSES: HeaderName = HeaderName::from_static("dav");

impl Caldav {
    /// Asks one of the account's calendars, and the place where another one would be.
    ///
    /// # Errors
    /// Those of the session. What a server leaves out it cannot do.
    pub(super) async fn ask_passport(&self, calendar: &str, now: Timestamp) -> Result<Passport> {
        let place = self.collection(calendar)?;
        let ask = |place: Url| self.session.send(Request::new(Method::OPTIONS, place));
        let options = ask(place.clone()).await?;
        // Some offer to make a calendar only where there is nothing yet.
        let free = match self.account.home.join("calendar-stacker-free/") {
            Ok(place) => ask(place).await?,
            Err(_) => options.clone(),
        };
        let names = [
            "d:supported-report-set",
            "s:getctag",
            "c:max-resource-size",
            "c:min-date-time",
            "c:max-date-time",
        ];
        let about = self.session.propfind(&place, "0", &names).await?;
        let said = about.responses.first();
        let text = |name: &str| said.and_then(|response| response.text(CALDAV, name));
        let tells_changes_by = match said {
            Some(one) if one.has(DAV, "supported-report-set", "sync-collection") => Changes::Token,
            Some(one) if one.text(CALENDARSERVER, "getctag").is_some() => Changes::Tag,
            _ => Changes::Versions,
        };
        Ok(Passport {
            asked_at: now,
            software: options.header(&SERVER).map(|name| name.chars().take(100).collect()),
            signs_in_by: self.session.signs_in_by().await,
            tells_changes_by,
            schedules: listed(&options, &CLASSES, "calendar-auto-schedule"),
            makes_calendars: [&options, &free].iter().any(|one| listed(one, &ALLOW, "MKCALENDAR")),
            moves_events: listed(&options, &ALLOW, "MOVE"),
            largest: text("max-resource-size").and_then(|size| size.parse().ok()),
            earliest: text("min-date-time").and_then(instant),
            latest: text("max-date-time").and_then(instant),
        })
    }
}

/// Whether a header, which may come several times, lists a word.
fn listed(answer: &Answer, header: &HeaderName, word: &str) -> bool {
    let lines = answer
        .headers
        .get_all(header)
        .iter()
        .filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(','))
        .any(|one| one.trim().eq_ignore_ascii_case(word))
}

fn instant(text: &str) -> Option<Timestamp> {
    let local = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    jiff::tz::Offset::UTC.to_timestamp(local).ok()
}
