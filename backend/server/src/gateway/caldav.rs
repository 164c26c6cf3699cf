//! CalDAV accounts: discovery when they are entered, and clients made from what it found.

use std::sync::Arc;

use db::credentials::Credential;
use domain::calendar::{Provider, RemoteCalendar};
use jiff::SignedDuration;
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
    connect::Connected,
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
    let mut found = caldav::discover(&app.http, &typed, username, password.clone())
        .await
        .map_err(refusal)?;
    let client = Caldav::new(app.http.clone(), found.clone(), username, password.clone());
    let account = client.account().await.map_err(refusal)?;
    let calendars = client.calendars().await.map_err(refusal)?;
    if let Some(calendar) = calendars.first() {
        // Good to know, and nothing depends on it: it is asked again when the calendars are listed.
        found.passport = client
            .passport(&calendar.remote_id, app.now())
            .await
            .unwrap_or_default();
    }
    Ok(Found {
        discovered: text(&found).map_err(Refusal::Failed)?,
        account,
        calendars,
    })
}

fn text(account: &caldav::Account) -> Result<String> {
    serde_json::to_string(account).map_err(|error| Error::Internal(error.to_string()))
}

/// What was found when the account was entered; `None` for other providers.
pub fn discovered(row: &Credential) -> Option<caldav::Account> {
    serde_json::from_str(row.discovered.as_deref()?).ok()
}

/// Asks what the server can do, if it was asked longer ago than `oldest`. What does not answer stays as it was.
///
/// # Errors
/// Those of our database.
pub async fn renew_passport(app: &App, connected: &Connected, calendar: &str, oldest: SignedDuration) -> Result<()> {
    let Some(mut account) = discovered(&connected.credential) else {
        return Ok(());
    };
    let now = app.now();
    if account
        .passport
        .is_some_and(|known| now.duration_since(known.asked_at) < oldest)
    {
        return Ok(());
    }
    match connected.passport(calendar, now).await {
        Ok(passport) => account.passport = passport,
        Err(error) => {
            tracing::info!(credential = connected.credential.id, %error, "a server did not say what it can do");
            return Ok(());
        }
    }
    let (id, before, after) = (
        connected.credential.id.clone(),
        connected.credential.discovered.clone(),
        text(&account)?,
    );
    app.write(move |c| db::credentials::rediscovered(c, &id, before.as_deref(), &after))
        .await?;
    Ok(())
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
                Unreachable::Elsewhere => "elsewhere",
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
    let account = discovered(row).ok_or_else(missing)?;
    let password = secrets::open(app, row, Secret::Password)?.ok_or_else(missing)?;
    let username = row.username.as_deref().ok_or_else(missing)?;
    Ok(Arc::new(Caldav::new(http.clone(), account, username, password)))
}
