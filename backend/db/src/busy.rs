//! When calendars are busy: the occurrences of their events, worked out ahead up to a horizon.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{
    Conn, Result,
    among::among,
    each_backend,
    events::HIDDEN,
    schema::{busy, busy_horizons, busy_overflows, calendars, events},
    types::Instant,
};

/// Rows in one statement; SQLite takes 32,766 parameters.
const CHUNK: usize = 2_500;

/// From this length on an occurrence is a long one, in microseconds: two days.
pub const LONG: i64 = 2 * 24 * 3_600_000_000;

/// An occurrence.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
// Without this SQLite inserts one by one.
#[diesel(table_name = busy, treat_none_as_default_value = false)]
pub struct Busy {
    /// The single event, or the series.
    pub event_id: String,
    /// Which occurrence of the series; empty: a single event.
    pub key: String,
    /// Whose.
    pub tenant_id: String,
    /// In which calendar.
    pub calendar_id: String,
    /// First moment.
    pub starts_at: Instant,
    /// First moment after.
    pub ends_at: Instant,
    /// Whether it is at least [`LONG`].
    pub is_long: bool,
    /// Whether it lasts whole days.
    pub all_day: bool,
    /// See [`domain::availability::Kind`].
    pub kind: String,
    /// See [`domain::event::Transparency`].
    pub transparency: String,
    /// See [`domain::event::EventStatus`].
    pub status: String,
    /// What the account has answered, see [`domain::event::Response`].
    pub response: Option<String>,
}

/// Stores occurrences; those that are there already stay as they are.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut Conn, rows: &[Busy]) -> Result<()> {
    for chunk in rows.chunks(CHUNK) {
        each_backend!(conn, |c| diesel::insert_into(busy::table)
            .values(chunk)
            .on_conflict((busy::event_id, busy::key))
            .do_nothing()
            .execute(c))?;
    }
    Ok(())
}

/// Forgets the occurrences of these events, and that they had too many.
///
/// # Errors
/// Those of the database.
pub fn clear(conn: &mut Conn, tenant: &TenantId, ids: &[&str]) -> Result<()> {
    for chunk in ids.chunks(CHUNK) {
        let these = || chunk.iter().copied();
        each_backend!(conn, |c| diesel::delete(
            busy::table
                .filter(busy::tenant_id.eq(tenant.as_str()))
                .filter(busy::event_id.eq_any(these()))
        )
        .execute(c))?;
        each_backend!(conn, |c| diesel::delete(
            busy_overflows::table
                .filter(busy_overflows::tenant_id.eq(tenant.as_str()))
                .filter(busy_overflows::event_id.eq_any(these()))
        )
        .execute(c))?;
    }
    Ok(())
}

/// The occurrences in these calendars that overlap `[from, to)`, in no order.
///
/// # Errors
/// Those of the database.
pub fn between(
    conn: &mut Conn,
    tenant: &TenantId,
    calendars: &[String],
    from: Instant,
    to: Instant,
) -> Result<Vec<Busy>> {
    let mut found = Vec::new();
    for chunk in calendars.chunks(500) {
        // Two statements, each a range of the index: what is short cannot have begun long before.
        let earliest = from.micros().saturating_sub(LONG);
        let short: Vec<Busy> = each_backend!(conn, |c| busy::table
            .filter(busy::tenant_id.eq(tenant.as_str()))
            .filter(among(busy::calendar_id, chunk).and(busy::is_long.eq(false)))
            .filter(busy::starts_at.gt(earliest).and(busy::starts_at.lt(to)))
            .filter(busy::ends_at.gt(from))
            .load(c))?;
        let long: Vec<Busy> = each_backend!(conn, |c| busy::table
            .filter(busy::tenant_id.eq(tenant.as_str()))
            .filter(among(busy::calendar_id, chunk).and(busy::is_long.eq(true)))
            .filter(busy::starts_at.lt(to))
            .filter(busy::ends_at.gt(from))
            .load(c))?;
        found.extend(short);
        found.extend(long);
    }
    Ok(found)
}

/// Forgets up to `limit` occurrences that ended before `before`. Returns how many.
///
/// # Errors
/// Those of the database.
pub fn prune(conn: &mut Conn, before: Instant, limit: i64) -> Result<usize> {
    let last: Option<Instant> = busy::table
        .filter(busy::ends_at.lt(before))
        .order(busy::ends_at)
        .offset(limit - 1)
        .select(busy::ends_at)
        .first(conn)
        .optional()?;
    Ok(match last {
        Some(last) => diesel::delete(busy::table.filter(busy::ends_at.le(last))).execute(conn)?,
        None => diesel::delete(busy::table.filter(busy::ends_at.lt(before))).execute(conn)?,
    })
}

/// A row of an event, as far as busy times need it.
#[derive(Debug, Clone, Queryable)]
pub struct Source {
    /// The row.
    pub id: String,
    /// See [`crate::events::NewRow::series_id`].
    pub series_id: Option<String>,
    /// See [`crate::events::NewRow::series_remote_id`].
    pub series_remote_id: Option<String>,
    /// See [`crate::events::NewRow::original_key`].
    pub original_key: Option<String>,
    /// See [`crate::events::NewRow::is_recurring`].
    pub is_recurring: bool,
    /// See [`crate::events::NewRow::content`].
    pub content: String,
}

/// The columns of [`Source`].
macro_rules! source {
    () => {
        (
            events::id,
            events::series_id,
            events::series_remote_id,
            events::original_key,
            events::is_recurring,
            events::content,
        )
    };
}

/// These rows, where they lie in this calendar.
///
/// # Errors
/// Those of the database.
pub fn sources(conn: &mut Conn, tenant: &TenantId, calendar: &str, ids: &[&str]) -> Result<Vec<Source>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let rows: Vec<Source> = each_backend!(conn, |c| events::table
            .filter(events::id.eq_any(chunk.iter().copied()))
            .filter(events::status.ne(HIDDEN))
            .filter(
                events::tenant_id
                    .eq(tenant.as_str())
                    .and(events::calendar_id.eq(calendar))
            )
            .select(source!())
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// The overrides of these series.
///
/// # Errors
/// Those of the database.
pub fn overrides(conn: &mut Conn, tenant: &TenantId, series: &[&str]) -> Result<Vec<Source>> {
    let mut found = Vec::new();
    for chunk in series.chunks(500) {
        let rows: Vec<Source> = each_backend!(conn, |c| events::table
            .filter(events::tenant_id.eq(tenant.as_str()))
            .filter(events::series_id.assume_not_null().eq_any(chunk.iter().copied()))
            .filter(events::status.ne(HIDDEN))
            .select(source!())
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// Single events and series of a calendar that go on after `from`: their identifiers, and the provider's names, by which
/// they are in order and which come after `after`.
///
/// # Errors
/// Those of the database.
pub fn going_on(
    conn: &mut Conn,
    calendar: &str,
    from: Instant,
    after: &str,
    limit: i64,
) -> Result<Vec<(String, String)>> {
    Ok(events::table
        .filter(events::calendar_id.eq(calendar).and(events::series_id.is_null()))
        .filter(events::ends_at.gt(from).or(events::is_recurring.eq(true)))
        .filter(events::remote_id.gt(after).and(events::status.ne(HIDDEN)))
        .order(events::remote_id)
        .limit(limit)
        .select((events::id, events::remote_id))
        .load(conn)?)
}

/// How far the busy times of a calendar reach.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = busy_horizons)]
pub struct Horizon {
    /// Which calendar.
    pub calendar_id: String,
    /// Whose.
    pub tenant_id: String,
    /// Where whole days begin.
    pub zone: String,
    /// Up to where new rows go.
    pub goal: Instant,
    /// Up to where all of them are there.
    pub reached: Instant,
}

/// How far the calendar's busy times reach; `None`: they were never worked out.
///
/// # Errors
/// Those of the database.
pub fn horizon(conn: &mut Conn, tenant: &TenantId, calendar: &str) -> Result<Option<Horizon>> {
    Ok(busy_horizons::table
        .filter(busy_horizons::calendar_id.eq(calendar))
        .filter(busy_horizons::tenant_id.eq(tenant.as_str()))
        .first(conn)
        .optional()?)
}

/// Those of several calendars.
///
/// # Errors
/// Those of the database.
pub fn horizons(conn: &mut Conn, tenant: &TenantId, calendars: &[String]) -> Result<Vec<Horizon>> {
    let mut found = Vec::with_capacity(calendars.len());
    for chunk in calendars.chunks(500) {
        let rows: Vec<Horizon> = each_backend!(conn, |c| busy_horizons::table
            .filter(among(busy_horizons::calendar_id, chunk))
            .filter(busy_horizons::tenant_id.eq(tenant.as_str()))
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// Stores how far they reach.
///
/// # Errors
/// Those of the database.
pub fn put_horizon(conn: &mut Conn, row: &Horizon) -> Result<()> {
    each_backend!(conn, |c| diesel::insert_into(busy_horizons::table)
        .values(row)
        .on_conflict(busy_horizons::calendar_id)
        .do_update()
        .set(row)
        .execute(c))?;
    Ok(())
}

/// Calendars that were read completely and whose busy times do not reach `far`, or were worked out in another zone; those
/// that reach least first. Over all tenants.
///
/// # Errors
/// Those of the database.
pub fn due(conn: &mut Conn, far: Instant, limit: i64) -> Result<Vec<crate::calendars::Calendar>> {
    let short = busy_horizons::reached
        .nullable()
        .is_null()
        .or(busy_horizons::reached.nullable().lt(far));
    let elsewhere = busy_horizons::zone.nullable().ne(calendars::time_zone);
    Ok(calendars::table
        .left_join(busy_horizons::table)
        .filter(calendars::removed_at.is_null().and(calendars::as_of.is_not_null()))
        .filter(short.or(elsewhere))
        .order(busy_horizons::reached.nullable().asc())
        .limit(limit)
        .select(calendars::all_columns)
        .load(conn)?)
}

/// A series with more occurrences than are worked out ahead.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = busy_overflows)]
pub struct Overflow {
    /// Which.
    pub event_id: String,
    /// Whose.
    pub tenant_id: String,
    /// In which calendar.
    pub calendar_id: String,
    /// Why, for people.
    pub reason: String,
    /// When that was found.
    pub at: Instant,
}

/// Marks such a series; it was cleared before.
///
/// # Errors
/// Those of the database.
pub fn mark(conn: &mut Conn, rows: &[Overflow]) -> Result<()> {
    for row in rows {
        each_backend!(conn, |c| diesel::insert_into(busy_overflows::table)
            .values(row)
            .on_conflict(busy_overflows::event_id)
            .do_update()
            .set((busy_overflows::reason.eq(&row.reason), busy_overflows::at.eq(row.at)))
            .execute(c))?;
    }
    Ok(())
}

/// Such series in these calendars.
///
/// # Errors
/// Those of the database.
pub fn overflows(conn: &mut Conn, tenant: &TenantId, calendars: &[String]) -> Result<Vec<Overflow>> {
    let mut found = Vec::new();
    for chunk in calendars.chunks(500) {
        let rows: Vec<Overflow> = each_backend!(conn, |c| busy_overflows::table
            .filter(among(busy_overflows::calendar_id, chunk))
            .filter(busy_overflows::tenant_id.eq(tenant.as_str()))
            .order(busy_overflows::event_id)
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}
