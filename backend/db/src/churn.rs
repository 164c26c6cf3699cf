//! Events that we changed at their provider lately, and how often somebody changed them back.

use diesel::prelude::*;

use crate::{Conn, Result, each_backend, schema::churn, types::Instant};

/// An event that we changed.
#[derive(Debug, Clone, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = churn)]
pub struct Churn {
    /// Which.
    pub event_id: String,
    /// Whose.
    pub tenant_id: String,
    /// What stood there after our last change, JSON of [`domain::event::EventContent`].
    pub written: String,
    /// See [`domain::churn::Flips`].
    pub flips: i32,
    /// See [`domain::churn::Flips`].
    pub since: Instant,
}

/// What is known of an event.
///
/// # Errors
/// Those of the database.
pub fn about(conn: &mut Conn, event: &str) -> Result<Option<Churn>> {
    Ok(churn::table.find(event).first(conn).optional()?)
}

/// Remembers a change of ours.
///
/// # Errors
/// Those of the database.
pub fn put(conn: &mut Conn, row: &Churn) -> Result<()> {
    each_backend!(conn, |c| diesel::insert_into(churn::table)
        .values(row)
        .on_conflict(churn::event_id)
        .do_update()
        .set(row)
        .execute(c))?;
    Ok(())
}

/// Begins to count anew: a person has said that it shall go on.
///
/// # Errors
/// Those of the database.
pub fn forgive(conn: &mut Conn, events: &[&str]) -> Result<()> {
    each_backend!(conn, |c| diesel::delete(
        churn::table.filter(churn::event_id.eq_any(events.iter().copied()))
    )
    .execute(c))?;
    Ok(())
}

/// Forgets what began before `before`, so many at most.
///
/// # Errors
/// Those of the database.
pub fn purge(conn: &mut Conn, before: Instant, limit: i64) -> Result<usize> {
    let last: Option<Instant> = churn::table
        .filter(churn::since.lt(before))
        .order(churn::since)
        .offset(limit - 1)
        .select(churn::since)
        .first(conn)
        .optional()?;
    Ok(match last {
        Some(last) => diesel::delete(churn::table.filter(churn::since.le(last))).execute(conn)?,
        None => diesel::delete(churn::table.filter(churn::since.lt(before))).execute(conn)?,
    })
}
