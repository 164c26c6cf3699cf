//! People who come.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{
    Conn, Result,
    clients::like,
    page::{Keyset, Slice},
    schema::customers,
    types::Instant,
};

/// Somebody who comes.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = customers, treat_none_as_null = true)]
pub struct Customer {
    /// `cus_…`
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// Of which client.
    pub client_id: String,
    /// For people.
    pub name: String,
    /// Lower-case name: the order of lists.
    pub sort_key: String,
    /// As typed.
    pub email: Option<String>,
    /// Lower case.
    pub email_key: Option<String>,
    /// As typed.
    pub phone: Option<String>,
    /// Its digits, without zeros in front: how a call is recognised.
    pub phone_key: Option<String>,
    /// IANA name; `None`: the client's.
    pub time_zone: Option<String>,
    /// For the client's own people.
    pub notes: Option<String>,
    /// Counts changes; the ETag.
    pub revision: i64,
    /// When they were added.
    pub created_at: Instant,
    /// When they were last changed.
    pub updated_at: Instant,
}

/// The digits of a number as people type it, without zeros in front: `+49 30 1234`, `0049301234` and `(49) 301234` are
/// the same, and `030 1234` is the end of it.
pub fn digits(phone: &str) -> String {
    let all: String = phone.chars().filter(char::is_ascii_digit).collect();
    all.trim_start_matches('0').to_owned()
}

/// Stores somebody new.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut Conn, row: &Customer) -> Result<()> {
    diesel::insert_into(customers::table).values(row).execute(conn)?;
    Ok(())
}

/// One of them.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn get(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Customer> {
    Ok(customers::table
        .filter(customers::tenant_id.eq(tenant.as_str()).and(customers::id.eq(id)))
        .first(conn)?)
}

/// Somebody of a client with this number or this address (see [`Customer::phone_key`], [`Customer::email_key`]); the one who
/// was there first.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn recognised(
    conn: &mut Conn,
    tenant: &TenantId,
    client: &str,
    phone: Option<&str>,
    email: Option<&str>,
) -> Result<Customer> {
    // What is null equals nothing. Two statements, each with an index of its own.
    let mine = || {
        customers::tenant_id
            .eq(tenant.as_str())
            .and(customers::client_id.eq(client))
    };
    let by_phone = customers::table
        .filter(mine())
        .filter(customers::phone_key.eq(phone))
        .order((customers::created_at, customers::id))
        .first(conn)
        .optional()?;
    match by_phone {
        Some(found) => Ok(found),
        None => Ok(customers::table
            .filter(mine())
            .filter(customers::email_key.eq(email))
            .order((customers::created_at, customers::id))
            .first(conn)?),
    }
}

/// One page, by name. `search` is looked for in name, address and the digits of the number.
///
/// # Errors
/// Those of the database.
pub fn list(
    conn: &mut Conn,
    tenant: &TenantId,
    client: Option<&str>,
    search: Option<&str>,
    page: &Keyset,
) -> Result<Slice<Customer>> {
    let mut query = customers::table
        .filter(customers::tenant_id.eq(tenant.as_str()))
        .order((customers::sort_key, customers::id))
        .limit(page.fetch())
        .into_boxed();
    if let Some(client) = client {
        query = query.filter(customers::client_id.eq(client));
    }
    if let Some(search) = search {
        let pattern = like(search);
        let named = customers::sort_key
            .like(pattern.clone())
            .escape('\\')
            .or(customers::email_key.assume_not_null().like(pattern).escape('\\'));
        let number = digits(search);
        // Letters make it no number; “+49 (0)30” is one.
        query = if number.len() < 3 || search.chars().any(char::is_alphabetic) {
            query.filter(named)
        } else {
            query.filter(named.or(customers::phone_key.assume_not_null().like(like(&number)).escape('\\')))
        };
    }
    if let Some((name, id)) = &page.after {
        query = query.filter(
            customers::sort_key
                .gt(name)
                .or(customers::sort_key.eq(name).and(customers::id.gt(id))),
        );
    }
    let rows = query.load::<Customer>(conn)?;
    Ok(page.cut(rows, |row| (row.sort_key.clone(), row.id.clone())))
}

/// Locks somebody for this transaction by counting the revision up.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn lock(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Customer> {
    let this = customers::tenant_id.eq(tenant.as_str()).and(customers::id.eq(id));
    Ok(diesel::update(customers::table.filter(this))
        .set(customers::revision.eq(customers::revision + 1))
        .returning(customers::all_columns)
        .get_result(conn)?)
}

/// Locks somebody for this transaction so that nobody books for them meanwhile. SQLite has one writer anyway.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn hold(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Customer> {
    let this = customers::table.filter(customers::tenant_id.eq(tenant.as_str()).and(customers::id.eq(id)));
    Ok(match conn {
        Conn::Postgres(c) => this.for_update().first(c)?,
        Conn::Sqlite(c) => this.first(c)?,
    })
}

/// Writes somebody whom [`lock`] gave.
///
/// # Errors
/// Those of the database.
pub fn update(conn: &mut Conn, tenant: &TenantId, row: &Customer) -> Result<()> {
    let this = customers::tenant_id.eq(tenant.as_str()).and(customers::id.eq(&row.id));
    diesel::update(customers::table.filter(this)).set(row).execute(conn)?;
    Ok(())
}

/// Forgets somebody; their bookings stay, without a name.
///
/// # Errors
/// Those of the database.
pub fn delete(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<()> {
    let this = customers::tenant_id.eq(tenant.as_str()).and(customers::id.eq(id));
    diesel::delete(customers::table.filter(this)).execute(conn)?;
    Ok(())
}
