//! CalDAV accounts: discovery when they are entered, and clients made from what it found.

use std::sync::Arc;

use db::credentials::Credential;
use domain::calendar::{Provider, RemoteCalendar};
use providers::{
    Account, CalendarProvider,
    caldav::{self, Caldav},
    error::Unreachable,
    http::Http,
};
use secrecy::SecretString;
use url::Url;

use super::{
    Error, Result,
    desk::Refusal,
    secrets::{self, Secret},
};
use crate::state::App;

/// What discovery found.
pub struct Found {
    /// Kept with the credential, so that it need not be found again.
    pub discovered: String,
    /// Who it is.
    pub account: Account,
    /// Their calendars.
    pub calendars: Vec<RemoteCalendar>,
}

/// Tries address, user name and password.
///
/// # Errors
/// [`Refusal::Invalid`] that names the field at fault: each trouble has its own word.
pub async fn discover(app: &App, row: &Credential, password: &SecretString) -> std::result::Result<Found, Refusal> {
    let typed: Url = row
        .server_url
        .as_deref()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| {
            Refusal::invalid(
                "/server_url",
                "format",
                "This is not an address. Example: https://caldav.example.org/",
            )
        })?;
    let username = row.username.as_deref().unwrap_or_default();
    let account = caldav::discover(&app.http, &typed, username, password.clone())
        .await
        .map_err(refusal)?;
    let discovered = serde_json::to_string(&account).map_err(|e| Refusal::Failed(Error::Internal(e.to_string())))?;
    let client = Caldav::new(app.http.clone(), account, username, password.clone());
    Ok(Found {
        discovered,
        account: client.account().await.map_err(refusal)?,
        calendars: client.calendars().await.map_err(refusal)?,
    })
}

/// The field at fault.
fn refusal(error: providers::Error) -> Refusal {
    match error {
        providers::Error::Reauthorize { .. } => {
            let detail = "The server refuses user name or password. Many providers want an app password here, not the one you sign in with.";
            Refusal::invalid("/password", "wrong_password", detail)
        }
        providers::Error::Unreachable { reason, detail } => {
            let code = match reason {
                Unreachable::Dns => "dns",
                Unreachable::Tls => "tls",
                Unreachable::Connect | Unreachable::Timeout => "connect",
                Unreachable::NotCaldav => "not_caldav",
                Unreachable::Guarded => "private_address",
            };
            Refusal::invalid("/server_url", code, detail)
        }
        providers::Error::NotFound => Refusal::invalid(
            "/server_url",
            "not_caldav",
            "There is no CalDAV service at this address.",
        ),
        other => Refusal::Failed(Error::of(Provider::Caldav)(other)),
    }
}

/// A client of the account.
///
/// # Errors
/// [`Error::NotConnected`] where address or password is missing.
pub fn client(app: &App, http: &Http, row: &Credential) -> Result<Arc<dyn CalendarProvider>> {
    let missing = || Error::NotConnected("Address or password is missing: enter them again.".into());
    let account = row
        .discovered
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok())
        .ok_or_else(missing)?;
    let password = secrets::open(app, row, Secret::Password)?.ok_or_else(missing)?;
    let username = row.username.as_deref().ok_or_else(missing)?;
    Ok(Arc::new(Caldav::new(http.clone(), account, username, password)))
}
