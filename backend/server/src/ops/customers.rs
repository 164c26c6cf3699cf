//! Customers: people who come.

use db::{Conn, customers::Customer};
use domain::id::{Kind, TenantId};
use jiff::Timestamp;

use super::{
    bookings::{self, Desk},
    catalogue::{self, Error, wrong},
    feed::{self, Noted, Origin},
};

/// So many bookings lose their name in one transaction: whoever writes waits for no more than that.
const AT_ONCE: i64 = 100;

/// The fewest digits of a number that can be called.
const FEWEST_DIGITS: usize = 3;

/// What is known about somebody.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Of which client.
    pub client_id: String,
    /// For people.
    pub name: String,
    /// As typed.
    pub email: Option<String>,
    /// As typed.
    pub phone: Option<String>,
    /// IANA name; `None`: the client's.
    pub time_zone: Option<String>,
    /// For the client's own people.
    pub notes: Option<String>,
}

/// What somebody is recognised by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Their number or address.
    Any,
    /// Their address only.
    Email,
}

/// Adds somebody.
///
/// # Errors
/// [`Error::Invalid`], [`Error::NotFound`] of the client.
pub fn create(conn: &mut Conn, tenant: &TenantId, facts: Facts, now: Timestamp) -> Result<Customer, Error> {
    catalogue::client(conn, tenant, &facts.client_id)?;
    let row = build(tenant, facts, Kind::Customer.new_id(), now)?;
    db::customers::insert(conn, &row)?;
    catalogue::note(conn, tenant, "customer", &row.id, &row.client_id, "created", now)?;
    Ok(row)
}

/// The customer of a client who has this number or address, or somebody new. Says whether they are new; whoever asks tells
/// those who follow along, at the end of the transaction.
///
/// # Errors
/// [`Error::Invalid`].
pub fn recognise(
    conn: &mut Conn,
    tenant: &TenantId,
    facts: Facts,
    by: By,
    now: Timestamp,
) -> Result<(Customer, bool), Error> {
    let row = build(tenant, facts, Kind::Customer.new_id(), now)?;
    let phone = row.phone_key.as_deref().filter(|_| by == By::Any);
    let email = row.email_key.as_deref();
    match db::customers::recognised(conn, tenant, &row.client_id, phone, email) {
        Ok(known) => Ok((known, false)),
        Err(db::Error::NotFound) => {
            db::customers::insert(conn, &row)?;
            Ok((row, true))
        }
        Err(error) => Err(error.into()),
    }
}

/// Tells those who follow along of somebody new: `cus_…` of which client.
///
/// # Errors
/// Those of the database.
pub fn tell_new(conn: &mut Conn, tenant: &TenantId, (id, client): (&str, &str), now: Timestamp) -> db::Result<()> {
    let noted = Noted {
        id,
        client,
        action: "created",
    };
    feed::note(conn, tenant, "customer", &[noted], Origin::Ours, now)
}

/// Changes somebody. `decide` gets them as they are now, locked, and says what they shall be.
///
/// # Errors
/// Those of `decide`, [`Error::Invalid`], [`Error::NotFound`].
pub fn update<E: From<Error>>(
    conn: &mut Conn,
    tenant: &TenantId,
    id: &str,
    now: Timestamp,
    decide: impl FnOnce(&Customer) -> Result<Facts, E>,
) -> Result<Customer, E> {
    let locked = db::customers::lock(conn, tenant, id).map_err(Error::missing("customer"))?;
    let before = Customer {
        revision: locked.revision - 1,
        ..locked.clone()
    };
    let facts = decide(&before)?;
    catalogue::refuse(catalogue::stays(&locked.client_id, &facts.client_id))?;
    let row = Customer {
        revision: locked.revision,
        created_at: locked.created_at,
        ..build(tenant, facts, locked.id, now)?
    };
    db::customers::update(conn, tenant, &row).map_err(Error::from)?;
    catalogue::note(conn, tenant, "customer", &row.id, &row.client_id, "updated", now)?;
    Ok(row)
}

/// Forgets somebody. Their bookings stay, without a name; so do the events that show them. `false`: they have more bookings
/// than one transaction takes, and are known until it was asked again.
///
/// # Errors
/// Those of `allow`, which gets them as they are now; [`Error::NotFound`].
pub fn remove<E: From<Error>>(
    conn: &mut Conn,
    desk: &Desk,
    id: &str,
    allow: impl FnOnce(&Customer) -> Result<(), E>,
) -> Result<bool, E> {
    let tenant = &desk.tenant;
    let row = db::customers::hold(conn, tenant, id).map_err(Error::missing("customer"))?;
    allow(&row)?;
    let theirs = db::bookings::lock_of_customer(conn, tenant, id, AT_ONCE).map_err(Error::from)?;
    let all = i64::try_from(theirs.len()).is_ok_and(|count| count < AT_ONCE);
    bookings::unname(conn, desk, &theirs).map_err(|error| match error {
        bookings::Error::Db(error) => Error::from(error),
        other => Error::from(db::Error::Other(other.to_string())),
    })?;
    if all {
        db::customers::delete(conn, tenant, id).map_err(Error::from)?;
        catalogue::note(conn, tenant, "customer", id, &row.client_id, "deleted", desk.now)?;
    }
    Ok(all)
}

fn build(tenant: &TenantId, facts: Facts, id: String, now: Timestamp) -> Result<Customer, Error> {
    let phone_key = facts.phone.as_deref().map(db::customers::digits);
    if phone_key.as_ref().is_some_and(|digits| digits.len() < FEWEST_DIGITS) {
        let detail = "A number that can be called has at least three digits.";
        return Err(Error::Invalid(vec![wrong("/phone", "format", detail)]));
    }
    Ok(Customer {
        id,
        tenant_id: tenant.as_str().to_owned(),
        client_id: facts.client_id,
        sort_key: facts.name.to_lowercase(),
        name: facts.name,
        email_key: facts.email.as_deref().map(str::to_lowercase),
        email: facts.email,
        phone: facts.phone,
        phone_key,
        time_zone: facts.time_zone,
        notes: facts.notes,
        revision: 1,
        created_at: now.into(),
        updated_at: now.into(),
    })
}
