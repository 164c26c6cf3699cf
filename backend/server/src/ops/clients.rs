//! Clients: added, changed, archived, restored, removed for good.

use db::{
    Conn,
    clients::{Change, Client, Counts},
};
use domain::{
    id::{Kind, TenantId},
    sync::Policy,
};
use jiff::Timestamp;

use super::feed::{self, Noted, Origin};

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such client in this tenant.
    #[error("not found")]
    NotFound,
    /// Another client of the tenant has this address.
    #[error("the address is taken")]
    EmailTaken,
    /// Only what is archived can be removed for good.
    #[error("not archived")]
    NotArchived,
    /// The caller knows an older version; this is the current one.
    #[error("changed meanwhile")]
    Changed(Box<(Client, Counts)>),
    /// The database.
    #[error(transparent)]
    Db(db::Error),
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::NotFound => Self::NotFound,
            other => Self::Db(other),
        }
    }
}

/// What a person says about a client, checked.
#[derive(Debug, Clone)]
pub struct Facts {
    /// For people.
    pub name: String,
    /// Unique within the tenant, whatever its case.
    pub email: String,
    /// Which Google account must consent.
    pub google_account_email: Option<String>,
    /// IANA name.
    pub time_zone: String,
    /// For the agency's own people.
    pub notes: Option<String>,
    /// `false`: archived.
    pub is_active: bool,
    /// Who is right when both sides changed the same thing.
    pub conflict_policy: Policy,
}

/// Who is right when both sides changed the same thing. The column holds nothing but our own words.
pub fn policy(client: &Client) -> Policy {
    Policy::parse(&client.conflict_policy).unwrap_or_default()
}

fn taken(error: db::Error) -> Error {
    match error {
        db::Error::Conflict(_) => Error::EmailTaken,
        other => other.into(),
    }
}

/// Adds a client.
///
/// # Errors
/// [`Error::EmailTaken`].
pub fn create(conn: &mut Conn, tenant: &TenantId, facts: Facts, now: Timestamp) -> Result<Client, Error> {
    let row = Client {
        id: Kind::Client.new_id(),
        tenant_id: tenant.as_str().to_owned(),
        sort_key: facts.name.to_lowercase(),
        name: facts.name,
        email_key: facts.email.to_lowercase(),
        email: facts.email,
        google_account_email: facts.google_account_email,
        time_zone: facts.time_zone,
        notes: facts.notes,
        archived_at: (!facts.is_active).then_some(now.into()),
        revision: 1,
        created_at: now.into(),
        updated_at: now.into(),
        conflict_policy: facts.conflict_policy.as_str().to_owned(),
    };
    db::clients::insert(conn, &row).map_err(taken)?;
    note(conn, tenant, &row.id, "created", now)?;
    Ok(row)
}

/// Changes a client. `decide` gets it as it is now, locked, and says what it shall be.
///
/// # Errors
/// Those of `decide`, [`Error::EmailTaken`], [`Error::NotFound`].
pub fn update<E: From<Error>>(
    conn: &mut Conn,
    tenant: &TenantId,
    id: &str,
    now: Timestamp,
    decide: impl FnOnce(&Client, Counts) -> Result<Facts, E>,
) -> Result<(Client, Counts), E> {
    let locked = db::clients::lock(conn, tenant, id).map_err(Error::from)?;
    let (_, counts) = db::clients::get(conn, tenant, id).map_err(Error::from)?;
    let before = Client {
        revision: locked.revision - 1,
        ..locked
    };
    let facts = decide(&before, counts)?;
    let change = Change {
        sort_key: facts.name.to_lowercase(),
        name: facts.name,
        email_key: facts.email.to_lowercase(),
        email: facts.email,
        google_account_email: facts.google_account_email,
        time_zone: facts.time_zone,
        notes: facts.notes,
        // An archived client keeps the day it was archived.
        archived_at: if facts.is_active {
            None
        } else {
            before.archived_at.or(Some(now.into()))
        },
        updated_at: now.into(),
        conflict_policy: facts.conflict_policy.as_str().to_owned(),
    };
    db::clients::update(conn, tenant, id, &change).map_err(taken)?;
    note(conn, tenant, id, "updated", now).map_err(Error::from)?;
    Ok(db::clients::get(conn, tenant, id).map_err(Error::from)?)
}

/// Archives a client, or removes an archived one for good with all that hangs on it. Archiving twice is once.
///
/// # Errors
/// [`Error::NotFound`], [`Error::NotArchived`], [`Error::Changed`] when `expected` does not hold.
pub fn remove(
    conn: &mut Conn,
    tenant: &TenantId,
    id: &str,
    purge: bool,
    expected: impl FnOnce(&Client, Counts) -> bool,
    now: Timestamp,
) -> Result<(), Error> {
    let (row, counts) = db::clients::get(conn, tenant, id)?;
    if !expected(&row, counts) {
        return Err(Error::Changed(Box::new((row, counts))));
    }
    if purge {
        if row.archived_at.is_none() {
            return Err(Error::NotArchived);
        }
        db::clients::delete(conn, tenant, id)?;
        return Ok(note(conn, tenant, id, "deleted", now)?);
    }
    if row.archived_at.is_some() {
        return Ok(());
    }
    let facts = |client: &Client, _| {
        Ok::<_, Error>(Facts {
            name: client.name.clone(),
            email: client.email.clone(),
            google_account_email: client.google_account_email.clone(),
            time_zone: client.time_zone.clone(),
            notes: client.notes.clone(),
            is_active: false,
            conflict_policy: policy(client),
        })
    };
    update(conn, tenant, id, now, facts).map(|_| ())
}

/// Tells those who follow along.
fn note(conn: &mut Conn, tenant: &TenantId, id: &str, action: &'static str, now: Timestamp) -> db::Result<()> {
    feed::note(
        conn,
        tenant,
        "client",
        &[Noted { id, client: id, action }],
        Origin::Ours,
        now,
    )
}
