//! People who can be booked.

use diesel::prelude::*;
use domain::{availability::Hours, id::TenantId};

use crate::{
    Conn, Result,
    clients::{State, like},
    each_backend,
    page::{Keyset, Slice},
    schema::staff,
    types::{Instant, Json},
};

/// Somebody who can be booked.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = staff, treat_none_as_null = true)]
pub struct Staff {
    /// `stf_…`
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// Of which client.
    pub client_id: String,
    /// For people.
    pub name: String,
    /// Lower-case name: the order of lists.
    pub sort_key: String,
    /// Where they are told about their bookings.
    pub email: Option<String>,
    /// As typed.
    pub phone: Option<String>,
    /// For display.
    pub colour: Option<String>,
    /// IANA name: where the clock of their hours hangs.
    pub time_zone: String,
    /// When they work.
    pub hours: Json<Hours>,
    /// The calendar that bookings are written to if no other is chosen.
    pub target_calendar_id: Option<String>,
    /// When they were archived.
    pub archived_at: Option<Instant>,
    /// Counts changes, also of hours and calendars; the ETag.
    pub revision: i64,
    /// When they were added.
    pub created_at: Instant,
    /// When they were last changed.
    pub updated_at: Instant,
}

/// Stores somebody new.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut Conn, row: &Staff) -> Result<()> {
    diesel::insert_into(staff::table).values(row).execute(conn)?;
    Ok(())
}

/// One of them, archived or not.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn get(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Staff> {
    Ok(staff::table
        .filter(staff::tenant_id.eq(tenant.as_str()).and(staff::id.eq(id)))
        .first(conn)?)
}

/// Those of `ids` that exist and are the tenant's, archived or not, in no order.
///
/// # Errors
/// Those of the database.
pub fn some(conn: &mut Conn, tenant: &TenantId, ids: &[&str]) -> Result<Vec<Staff>> {
    Ok(each_backend!(conn, |c| staff::table
        .filter(staff::tenant_id.eq(tenant.as_str()))
        .filter(staff::id.eq_any(ids))
        .load(c))?)
}

/// One page, by name. `search` is looked for in the name, whatever its case.
///
/// # Errors
/// Those of the database.
pub fn list(
    conn: &mut Conn,
    tenant: &TenantId,
    client: Option<&str>,
    state: State,
    search: Option<&str>,
    page: &Keyset,
) -> Result<Slice<Staff>> {
    let mut query = staff::table
        .filter(staff::tenant_id.eq(tenant.as_str()))
        .order((staff::sort_key, staff::id))
        .limit(page.fetch())
        .into_boxed();
    if let Some(client) = client {
        query = query.filter(staff::client_id.eq(client));
    }
    match state {
        State::Active => query = query.filter(staff::archived_at.is_null()),
        State::Archived => query = query.filter(staff::archived_at.is_not_null()),
        State::All => {}
    }
    if let Some(search) = search {
        query = query.filter(staff::sort_key.like(like(search)).escape('\\'));
    }
    if let Some((name, id)) = &page.after {
        query = query.filter(
            staff::sort_key
                .gt(name)
                .or(staff::sort_key.eq(name).and(staff::id.gt(id))),
        );
    }
    let rows = query.load::<Staff>(conn)?;
    Ok(page.cut(rows, |row| (row.sort_key.clone(), row.id.clone())))
}

/// Locks somebody for this transaction by counting the revision up.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn lock(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Staff> {
    let this = staff::tenant_id.eq(tenant.as_str()).and(staff::id.eq(id));
    Ok(diesel::update(staff::table.filter(this))
        .set(staff::revision.eq(staff::revision + 1))
        .returning(staff::all_columns)
        .get_result(conn)?)
}

/// Writes somebody whom [`lock`] gave.
///
/// # Errors
/// Those of the database.
pub fn update(conn: &mut Conn, tenant: &TenantId, row: &Staff) -> Result<()> {
    let this = staff::tenant_id.eq(tenant.as_str()).and(staff::id.eq(&row.id));
    diesel::update(staff::table.filter(this)).set(row).execute(conn)?;
    Ok(())
}
