//! What services, staff, closures, customers and policies have in common: how they are refused, and how they are told of.

use db::Conn;
use domain::{id::TenantId, validation::Violation};
use jiff::Timestamp;

use super::feed::{self, Noted, Origin};

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such thing of this kind in this tenant.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// What was said contradicts itself, or names what is not there.
    #[error("{} fields are wrong", .0.len())]
    Invalid(Vec<Violation>),
    /// Another client's booking page has this address.
    #[error("the address of the booking page is taken")]
    SlugTaken,
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

impl Error {
    /// A database error, where “not found” means this kind of thing.
    pub fn missing(kind: &'static str) -> impl Fn(db::Error) -> Self {
        move |error| match error {
            db::Error::NotFound => Self::NotFound(kind),
            other => Self::Db(other),
        }
    }
}

/// One wrong field.
pub fn wrong(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Violation {
    Violation {
        pointer: pointer.into(),
        code,
        detail: detail.into(),
    }
}

/// Refuses if anything is wrong.
///
/// # Errors
/// [`Error::Invalid`].
pub fn refuse(faults: impl IntoIterator<Item = Violation>) -> Result<(), Error> {
    let faults: Vec<Violation> = faults.into_iter().collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(faults))
    }
}

/// The client that something new is for.
///
/// # Errors
/// [`Error::NotFound`].
pub fn client(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<db::clients::Client, Error> {
    let (client, _) = db::clients::get(conn, tenant, id).map_err(Error::missing("client"))?;
    Ok(client)
}

/// What belongs to one client stays with it: bookings, calendars and people hang on it.
pub fn stays(before: &str, wanted: &str) -> Option<Violation> {
    (before != wanted).then(|| wrong("/client_id", "read_only", "It cannot be given to another client."))
}

/// Tells those who follow along. Call it last in the transaction.
///
/// # Errors
/// Those of the database.
pub fn note(
    conn: &mut Conn,
    tenant: &TenantId,
    kind: &'static str,
    id: &str,
    client: &str,
    action: &'static str,
    now: Timestamp,
) -> Result<(), Error> {
    let noted = Noted { id, client, action };
    Ok(feed::note(conn, tenant, kind, &[noted], Origin::Ours, now)?)
}

/// A count or a length as the store keeps it; what is checked at the border fits.
pub fn stored(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// The reverse of [`stored`]; the database keeps negative ones out.
pub fn counted(number: i32) -> u32 {
    u32::try_from(number).unwrap_or_default()
}
