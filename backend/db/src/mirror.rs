//! Writing the mirror: the rows of events as a pull or a write of ours brings them.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{Conn, Result, each_backend, events::NewRow, schema::events, types::Instant};

/// Rows in one statement; SQLite takes 32,766 parameters.
const CHUNK: usize = 500;

/// What is known of a row before it is written again.
#[derive(Debug, Clone, Queryable)]
pub struct Known {
    /// The row.
    pub id: String,
    /// The provider's name for it.
    pub remote_id: String,
    /// The provider's version.
    pub etag: Option<String>,
    /// See [`NewRow::series_id`].
    pub series_id: Option<String>,
    /// See [`NewRow::original_start`].
    pub original_start: Option<String>,
    /// See [`NewRow::content`].
    pub content: String,
    /// See [`NewRow::html_link`].
    pub html_link: Option<String>,
    /// See [`NewRow::revision`].
    pub revision: i64,
    /// See [`NewRow::created_at`].
    pub created_at: Instant,
    /// See [`NewRow::updated_at`].
    pub updated_at: Instant,
    /// See [`NewRow::starts_at`].
    pub starts_at: Instant,
    /// See [`NewRow::ends_at`].
    pub ends_at: Instant,
    /// See [`NewRow::remote_updated_at`].
    pub remote_updated_at: Option<Instant>,
}

/// Rows by the provider's names.
///
/// # Errors
/// Those of the database.
pub fn known(conn: &mut Conn, calendar: &str, remote_ids: &[&str]) -> Result<Vec<Known>> {
    let mut found = Vec::with_capacity(remote_ids.len());
    for chunk in remote_ids.chunks(CHUNK) {
        let rows: Vec<Known> = each_backend!(conn, |c| events::table
            .filter(events::calendar_id.eq(calendar))
            .filter(events::remote_id.eq_any(chunk.iter().copied()))
            .select((
                events::id,
                events::remote_id,
                events::etag,
                events::series_id,
                events::original_start,
                events::content,
                events::html_link,
                events::revision,
                events::created_at,
                events::updated_at,
                events::starts_at,
                events::ends_at,
                events::remote_updated_at,
            ))
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// Which of these identifiers rows hold already, in whatever calendar.
///
/// # Errors
/// Those of the database.
pub fn taken(conn: &mut Conn, ids: &[String]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        let rows: Vec<String> = each_backend!(conn, |c| events::table
            .filter(events::id.eq_any(chunk))
            .select(events::id)
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// Stores new rows.
///
/// # Errors
/// [`crate::Error::Conflict`] when one is there already.
pub fn insert(conn: &mut Conn, rows: &[NewRow]) -> Result<()> {
    for chunk in rows.chunks(CHUNK) {
        each_backend!(conn, |c| diesel::insert_into(events::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// Writes a row again as a whole.
///
/// # Errors
/// Those of the database.
pub fn replace(conn: &mut Conn, row: &NewRow) -> Result<()> {
    diesel::update(events::table.find(&row.id)).set(row).execute(conn)?;
    Ok(())
}

/// Marks rows as seen by a round and otherwise unchanged.
///
/// # Errors
/// Those of the database.
pub fn seen(conn: &mut Conn, ids: &[&str], round: i64) -> Result<()> {
    for chunk in ids.chunks(CHUNK) {
        each_backend!(conn, |c| diesel::update(
            events::table.filter(events::id.eq_any(chunk.iter().copied()))
        )
        .set(events::round.eq(round))
        .execute(c))?;
    }
    Ok(())
}

/// Ties overrides that came before their series to it.
///
/// # Errors
/// Those of the database.
pub fn adopt(conn: &mut Conn, calendar: &str, series_remote_id: &str, series_id: &str) -> Result<()> {
    let orphans = events::calendar_id
        .eq(calendar)
        .and(events::series_remote_id.eq(series_remote_id));
    diesel::update(events::table.filter(orphans.and(events::series_id.is_null())))
        .set(events::series_id.eq(series_id))
        .execute(conn)?;
    Ok(())
}

/// Removes rows by the provider's names; a series takes its overrides along.
///
/// # Errors
/// Those of the database.
pub fn remove(conn: &mut Conn, calendar: &str, remote_ids: &[&str]) -> Result<()> {
    // Two statements, each with an index of its own: one with OR reads the whole calendar.
    for chunk in remote_ids.chunks(CHUNK) {
        let named = || chunk.iter().copied();
        each_backend!(conn, |c| diesel::delete(
            events::table
                .filter(events::calendar_id.eq(calendar))
                .filter(events::remote_id.eq_any(named()))
        )
        .execute(c))?;
        each_backend!(conn, |c| diesel::delete(
            events::table
                .filter(events::calendar_id.eq(calendar))
                .filter(events::series_remote_id.assume_not_null().eq_any(named()))
        )
        .execute(c))?;
    }
    Ok(())
}

/// The provider's names of the overrides of a series.
///
/// # Errors
/// Those of the database.
pub fn overrides_of(conn: &mut Conn, calendar: &str, series_remote_id: &str) -> Result<Vec<String>> {
    Ok(events::table
        .filter(
            events::calendar_id
                .eq(calendar)
                .and(events::series_remote_id.eq(series_remote_id)),
        )
        .select(events::remote_id)
        .load(conn)?)
}

/// Removes what a full round did not see.
///
/// # Errors
/// Those of the database.
pub fn sweep(conn: &mut Conn, calendar: &str, round: i64) -> Result<usize> {
    Ok(
        diesel::delete(events::table.filter(events::calendar_id.eq(calendar).and(events::round.lt(round))))
            .execute(conn)?,
    )
}

/// Takes a row, and with it its overrides, to another calendar under a new name. What a pull put there meanwhile gives
/// way: the row keeps its identifier.
///
/// # Errors
/// Those of the database.
pub fn relocate(conn: &mut Conn, tenant: &TenantId, id: &str, calendar: &str, remote_id: &str) -> Result<()> {
    let there = events::calendar_id.eq(calendar);
    diesel::delete(events::table.filter(there.and(events::series_remote_id.eq(remote_id)))).execute(conn)?;
    diesel::delete(events::table.filter(there.and(events::remote_id.eq(remote_id)).and(events::id.ne(id))))
        .execute(conn)?;
    diesel::delete(events::table.filter(events::tenant_id.eq(tenant.as_str()).and(events::series_id.eq(id))))
        .execute(conn)?;
    diesel::update(events::table.find(id))
        .set((events::calendar_id.eq(calendar), events::remote_id.eq(remote_id)))
        .execute(conn)?;
    Ok(())
}
