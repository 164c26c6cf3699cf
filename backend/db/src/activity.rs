//! When a calendar was last looked at, and when a pull last brought something: how often it is worth asking about.

use diesel::{dsl::exists, prelude::*, upsert::excluded};
use domain::id::TenantId;

use crate::{
    Conn, Result, each_backend,
    schema::{calendar_activity, events},
    types::Instant,
};

/// What is known of a calendar.
#[derive(Debug, Clone, Copy, Default, Queryable)]
pub struct Activity {
    /// When somebody last looked at it.
    pub viewed_at: Option<Instant>,
    /// When a pull last brought something.
    pub changed_at: Option<Instant>,
}

#[derive(Insertable)]
#[diesel(table_name = calendar_activity, treat_none_as_default_value = false)]
struct Row<'a> {
    calendar_id: &'a str,
    tenant_id: &'a str,
    viewed_at: Option<Instant>,
    changed_at: Option<Instant>,
}

/// What is known of the calendar.
///
/// # Errors
/// Those of the database.
pub fn get(conn: &mut Conn, calendar: &str) -> Result<Activity> {
    Ok(calendar_activity::table
        .find(calendar)
        .select((calendar_activity::viewed_at, calendar_activity::changed_at))
        .first(conn)
        .optional()?
        .unwrap_or_default())
}

/// Somebody looked at these calendars.
///
/// # Errors
/// [`crate::Error::Conflict`] when one is gone.
pub fn viewed(conn: &mut Conn, tenant: &TenantId, calendars: &[String], now: Instant) -> Result<()> {
    for chunk in calendars.chunks(200) {
        let rows: Vec<Row<'_>> = chunk
            .iter()
            .map(|calendar| Row {
                calendar_id: calendar,
                tenant_id: tenant.as_str(),
                viewed_at: Some(now),
                changed_at: None,
            })
            .collect();
        each_backend!(conn, |c| diesel::insert_into(calendar_activity::table)
            .values(&rows)
            .on_conflict(calendar_activity::calendar_id)
            .do_update()
            .set(calendar_activity::viewed_at.eq(excluded(calendar_activity::viewed_at)))
            .execute(c))?;
    }
    Ok(())
}

/// Something of the calendar changed.
///
/// # Errors
/// [`crate::Error::Conflict`] when it is gone.
pub fn changed(conn: &mut Conn, tenant: &TenantId, calendar: &str, now: Instant) -> Result<()> {
    let row = Row {
        calendar_id: calendar,
        tenant_id: tenant.as_str(),
        viewed_at: None,
        changed_at: Some(now),
    };
    each_backend!(conn, |c| diesel::insert_into(calendar_activity::table)
        .values(&row)
        .on_conflict(calendar_activity::calendar_id)
        .do_update()
        .set(calendar_activity::changed_at.eq(now))
        .execute(c))?;
    Ok(())
}

/// Whether an event of the calendar changed visibly at `since` or later. Quick for what lies a pull ago.
///
/// # Errors
/// Those of the database.
pub fn changed_since(conn: &mut Conn, tenant: &TenantId, calendar: &str, since: Instant) -> Result<bool> {
    let later = events::table.filter(
        events::tenant_id
            .eq(tenant.as_str())
            .and(events::updated_at.ge(since))
            .and(events::calendar_id.eq(calendar)),
    );
    Ok(diesel::select(exists(later)).get_result(conn)?)
}
