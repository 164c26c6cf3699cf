//! Imports of bookings, row by row, so that each can be told what became of it and a stopped one goes on.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{
    Conn, Result, each_backend,
    page::{Keyset, Slice},
    schema::{booking_import_rows, booking_imports},
    types::Instant,
};

/// Rows in one statement.
const CHUNK: usize = 500;

/// An import.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = booking_imports)]
pub struct Import {
    /// `bim_…`
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// For which client.
    pub client_id: String,
    /// Who brought it.
    pub actor: String,
    /// Whether bookings that are over are written into calendars, too.
    pub writes_past: bool,
    /// How many rows.
    pub total: i32,
    /// Of those, made into bookings;
    pub created: i32,
    /// known already;
    pub known: i32,
    /// not usable.
    pub failed: i32,
    /// When it was brought.
    pub created_at: Instant,
    /// When its last row was done.
    pub finished_at: Option<Instant>,
}

/// A row of an import.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = booking_import_rows)]
pub struct Row {
    /// Of which import.
    pub import_id: String,
    /// Which; the first is 1.
    pub number: i32,
    /// Whose.
    pub tenant_id: String,
    /// What it says, as JSON.
    pub content: String,
    /// `created`, `known`, `failed`; `None`: its turn is to come.
    pub outcome: Option<String>,
    /// Why not.
    pub detail: Option<String>,
    /// The booking.
    pub booking_id: Option<String>,
}

/// Stores a new import.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut Conn, import: &Import, rows: &[Row]) -> Result<()> {
    diesel::insert_into(booking_imports::table)
        .values(import)
        .execute(conn)?;
    for chunk in rows.chunks(CHUNK) {
        each_backend!(conn, |c| diesel::insert_into(booking_import_rows::table)
            .values(chunk)
            .execute(c))?;
    }
    Ok(())
}

/// One import.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn get(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Import> {
    let this = booking_imports::tenant_id
        .eq(tenant.as_str())
        .and(booking_imports::id.eq(id));
    Ok(booking_imports::table.filter(this).first(conn)?)
}

/// Those that are not done. Over all tenants.
///
/// # Errors
/// Those of the database.
pub fn running(conn: &mut Conn) -> Result<Vec<Import>> {
    Ok(booking_imports::table
        .filter(booking_imports::finished_at.is_null())
        .order(booking_imports::id)
        .load(conn)?)
}

/// The next rows whose turn it is.
///
/// # Errors
/// Those of the database.
pub fn waiting(conn: &mut Conn, import: &Import, limit: i64) -> Result<Vec<Row>> {
    Ok(booking_import_rows::table
        .filter(
            booking_import_rows::import_id
                .eq(&import.id)
                .and(booking_import_rows::tenant_id.eq(&import.tenant_id)),
        )
        .filter(booking_import_rows::outcome.is_null())
        .order(booking_import_rows::number)
        .limit(limit)
        .load(conn)?)
}

/// Writes down what became of a row, and counts it. `false`: that was known already, and stays.
///
/// # Errors
/// Those of the database.
pub fn settle(conn: &mut Conn, row: &Row) -> Result<bool> {
    let this = booking_import_rows::import_id
        .eq(&row.import_id)
        .and(booking_import_rows::number.eq(row.number))
        .and(booking_import_rows::tenant_id.eq(&row.tenant_id));
    let open = this.and(booking_import_rows::outcome.is_null());
    let settled = diesel::update(booking_import_rows::table.filter(open))
        .set((
            booking_import_rows::outcome.eq(&row.outcome),
            booking_import_rows::detail.eq(&row.detail),
            booking_import_rows::booking_id.eq(&row.booking_id),
        ))
        .execute(conn)?;
    if settled == 0 {
        return Ok(false);
    }
    let one = |word: &str| i32::from(row.outcome.as_deref() == Some(word));
    diesel::update(booking_imports::table.filter(booking_imports::id.eq(&row.import_id)))
        .set((
            booking_imports::created.eq(booking_imports::created + one("created")),
            booking_imports::known.eq(booking_imports::known + one("known")),
            booking_imports::failed.eq(booking_imports::failed + one("failed")),
        ))
        .execute(conn)?;
    Ok(true)
}

/// The last row is done. Says whether it was not known before.
///
/// # Errors
/// Those of the database.
pub fn finish(conn: &mut Conn, import: &Import, now: Instant) -> Result<bool> {
    let this = booking_imports::id
        .eq(&import.id)
        .and(booking_imports::tenant_id.eq(&import.tenant_id));
    let open = booking_imports::table
        .filter(this)
        .filter(booking_imports::finished_at.is_null());
    let done = diesel::update(open)
        .set(booking_imports::finished_at.eq(now))
        .execute(conn)?;
    Ok(done == 1)
}

/// One page of the rows of an import, in order. `outcome`: only those.
///
/// # Errors
/// Those of the database.
pub fn rows(conn: &mut Conn, tenant: &TenantId, id: &str, outcome: Option<&str>, page: &Keyset) -> Result<Slice<Row>> {
    let mut query = booking_import_rows::table
        .filter(
            booking_import_rows::import_id
                .eq(id)
                .and(booking_import_rows::tenant_id.eq(tenant.as_str())),
        )
        .order(booking_import_rows::number)
        .limit(page.fetch())
        .into_boxed();
    if let Some(outcome) = outcome {
        query = query.filter(booking_import_rows::outcome.eq(outcome));
    }
    if let Some((number, _)) = &page.after {
        query = query.filter(booking_import_rows::number.gt(number.parse::<i32>().unwrap_or(0)));
    }
    let rows = query.load::<Row>(conn)?;
    Ok(page.cut(rows, |row| (row.number.to_string(), row.import_id.clone())))
}
