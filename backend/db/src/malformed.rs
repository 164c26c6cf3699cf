//! Events a provider holds that we cannot read: kept with the reason, so that they can be shown instead of missed.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{Conn, Result, each_backend, schema::malformed_events, types::Instant};

/// An event that could not be read.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = malformed_events)]
pub struct Malformed {
    /// In which calendar.
    pub calendar_id: String,
    /// The provider's name for it.
    pub remote_id: String,
    /// Whose.
    pub tenant_id: String,
    /// Why, for people.
    pub reason: String,
    /// Its text.
    pub raw: String,
    /// The round that saw it last.
    pub round: i64,
    /// When.
    pub seen_at: Instant,
}

/// Stores or renews one.
///
/// # Errors
/// Those of the database.
pub fn put(conn: &mut Conn, row: &Malformed) -> Result<()> {
    each_backend!(conn, |c| diesel::insert_into(malformed_events::table)
        .values(row)
        .on_conflict((malformed_events::calendar_id, malformed_events::remote_id))
        .do_update()
        .set((
            malformed_events::reason.eq(&row.reason),
            malformed_events::raw.eq(&row.raw),
            malformed_events::round.eq(row.round),
            malformed_events::seen_at.eq(row.seen_at),
        ))
        .execute(c))?;
    Ok(())
}

/// It can be read again, or is gone.
///
/// # Errors
/// Those of the database.
pub fn remove(conn: &mut Conn, calendar: &str, remote_ids: &[&str]) -> Result<()> {
    for chunk in remote_ids.chunks(500) {
        each_backend!(conn, |c| diesel::delete(
            malformed_events::table
                .filter(malformed_events::calendar_id.eq(calendar))
                .filter(malformed_events::remote_id.eq_any(chunk.iter().copied()))
        )
        .execute(c))?;
    }
    Ok(())
}

/// Removes what a full round did not see.
///
/// # Errors
/// Those of the database.
pub fn sweep(conn: &mut Conn, calendar: &str, round: i64) -> Result<()> {
    diesel::delete(
        malformed_events::table.filter(
            malformed_events::calendar_id
                .eq(calendar)
                .and(malformed_events::round.lt(round)),
        ),
    )
    .execute(conn)?;
    Ok(())
}

/// How many a calendar has.
///
/// # Errors
/// Those of the database.
pub fn count(conn: &mut Conn, tenant: &TenantId, calendar: &str) -> Result<i64> {
    Ok(malformed_events::table
        .filter(
            malformed_events::tenant_id
                .eq(tenant.as_str())
                .and(malformed_events::calendar_id.eq(calendar)),
        )
        .count()
        .get_result(conn)?)
}

/// Those of a calendar, newest first.
///
/// # Errors
/// Those of the database.
pub fn list(conn: &mut Conn, tenant: &TenantId, calendar: &str, limit: i64) -> Result<Vec<Malformed>> {
    Ok(malformed_events::table
        .filter(
            malformed_events::tenant_id
                .eq(tenant.as_str())
                .and(malformed_events::calendar_id.eq(calendar)),
        )
        .order((malformed_events::seen_at.desc(), malformed_events::remote_id))
        .limit(limit)
        .load(conn)?)
}
