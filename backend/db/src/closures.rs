//! When clients are closed.

use diesel::prelude::*;
use domain::id::TenantId;
use jiff::civil::Date;

use crate::{
    Conn, Result,
    page::{Keyset, Slice},
    schema::closures,
    types::{Instant, Word},
};

/// When a client is closed: whole days, or from one moment to another; never both.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = closures, treat_none_as_null = true)]
pub struct Closure {
    /// `clo_…`
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// Of which client.
    pub client_id: String,
    /// What people call it.
    pub name: String,
    /// Of whole days in the client's zone.
    pub first_day: Option<Word<Date>>,
    /// The last of them, which is closed, too.
    pub last_day: Option<Word<Date>>,
    /// Of a range.
    pub starts_at: Option<Instant>,
    /// The first moment after the range.
    pub ends_at: Option<Instant>,
    /// Where it begins in time, for lists: days as of the client's zone when it was written.
    pub sort_from: Instant,
    /// Where it ends, likewise.
    pub sort_to: Instant,
    /// Counts changes; the ETag.
    pub revision: i64,
    /// When it was added.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// Stores a new one.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut Conn, row: &Closure) -> Result<()> {
    diesel::insert_into(closures::table).values(row).execute(conn)?;
    Ok(())
}

/// One of them.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn get(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Closure> {
    Ok(closures::table
        .filter(closures::tenant_id.eq(tenant.as_str()).and(closures::id.eq(id)))
        .first(conn)?)
}

/// Which closures a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter<'a> {
    /// Of one client.
    pub client: Option<&'a str>,
    /// Those that end after it.
    pub from: Option<Instant>,
    /// Those that begin before it.
    pub to: Option<Instant>,
}

/// One page, by their beginning.
///
/// # Errors
/// Those of the database.
pub fn list(conn: &mut Conn, tenant: &TenantId, filter: &Filter<'_>, page: &Keyset) -> Result<Slice<Closure>> {
    let mut query = closures::table
        .filter(closures::tenant_id.eq(tenant.as_str()))
        .order((closures::sort_from, closures::id))
        .limit(page.fetch())
        .into_boxed();
    if let Some(client) = filter.client {
        query = query.filter(closures::client_id.eq(client));
    }
    if let Some(from) = filter.from {
        query = query.filter(closures::sort_to.gt(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(closures::sort_from.lt(to));
    }
    if let Some((at, id)) = &page.after {
        // A place that is none of ours is before everything.
        let at = at.parse().ok().and_then(Instant::from_micros);
        if let Some(at) = at {
            query = query.filter(
                closures::sort_from
                    .gt(at)
                    .or(closures::sort_from.eq(at).and(closures::id.gt(id))),
            );
        }
    }
    let rows = query.load::<Closure>(conn)?;
    Ok(page.cut(rows, |row| (row.sort_from.micros().to_string(), row.id.clone())))
}

/// All of a client, by their beginning.
///
/// # Errors
/// Those of the database.
pub fn of_client(conn: &mut Conn, tenant: &TenantId, client: &str) -> Result<Vec<Closure>> {
    Ok(closures::table
        .filter(
            closures::tenant_id
                .eq(tenant.as_str())
                .and(closures::client_id.eq(client)),
        )
        .order((closures::sort_from, closures::id))
        .load(conn)?)
}

/// Locks one for this transaction by counting its revision up.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn lock(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Closure> {
    let this = closures::tenant_id.eq(tenant.as_str()).and(closures::id.eq(id));
    Ok(diesel::update(closures::table.filter(this))
        .set(closures::revision.eq(closures::revision + 1))
        .returning(closures::all_columns)
        .get_result(conn)?)
}

/// Writes one that [`lock`] gave.
///
/// # Errors
/// Those of the database.
pub fn update(conn: &mut Conn, tenant: &TenantId, row: &Closure) -> Result<()> {
    let this = closures::tenant_id.eq(tenant.as_str()).and(closures::id.eq(&row.id));
    diesel::update(closures::table.filter(this)).set(row).execute(conn)?;
    Ok(())
}

/// Removes one.
///
/// # Errors
/// Those of the database.
pub fn delete(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<()> {
    let this = closures::tenant_id.eq(tenant.as_str()).and(closures::id.eq(id));
    diesel::delete(closures::table.filter(this)).execute(conn)?;
    Ok(())
}
