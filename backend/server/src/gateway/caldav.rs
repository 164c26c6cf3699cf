//! CalDAV accounts: discovery when they are entered, and clients made from what it found.

use std::sync::Arc;

use db::credentials::Credential;
use domain::calendar::{Provider, RemoteCalendar};
use providers::{Account, CalendarProvider, error::Unreachable};
use secrecy::SecretString;

use super::{Error, Result, events::Refusal};
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
pub async fn discover(_app: &App, _row: &Credential, _password: &SecretString) -> std::result::Result<Found, Refusal> {
    Err(refusal(providers::Error::Unreachable { reason: Unreachable::NotCaldav, detail: "CalDAV is not available yet.".into() }))
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
        providers::Error::NotFound => Refusal::invalid("/server_url", "not_caldav", "There is no CalDAV service at this address."),
        other => Refusal::Failed(Error::of(Provider::Caldav)(other)),
    }
}

/// A client of the account.
///
/// # Errors
/// [`Error::NotConnected`] where address or password is missing.
pub fn client(_app: &App, _row: &Credential) -> Result<Arc<dyn CalendarProvider>> {
    Err(Error::NotConnected("CalDAV is not available yet.".into()))
}
