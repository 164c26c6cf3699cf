//! How the comparisons of calendars with their providers went, and which are due.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{
    Conn, Result,
    calendars::Calendar,
    credentials::working,
    each_backend,
    schema::{calendars, credentials, reconciliations},
    types::Instant,
};

/// The last comparison of a calendar.
#[derive(Debug, Clone, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = reconciliations, treat_none_as_null = true)]
pub struct Reconciliation {
    /// Of which calendar.
    pub calendar_id: String,
    /// Whose.
    pub tenant_id: String,
    /// When; `None` while none has succeeded.
    pub compared_at: Option<Instant>,
    /// How many events were compared.
    pub compared: i64,
    /// How many differed.
    pub differences: i64,
    /// When the next is due.
    pub due_at: Instant,
}

/// Notes a comparison.
///
/// # Errors
/// Those of the database.
pub fn put(conn: &mut Conn, row: &Reconciliation) -> Result<()> {
    each_backend!(conn, |c| diesel::insert_into(reconciliations::table)
        .values(row)
        .on_conflict(reconciliations::calendar_id)
        .do_update()
        .set(row)
        .execute(c))?;
    Ok(())
}

/// Makes the next comparison of a calendar due.
///
/// # Errors
/// Those of the database.
pub fn due_now(conn: &mut Conn, tenant: &TenantId, calendar: &str, now: Instant) -> Result<()> {
    each_backend!(conn, |c| diesel::insert_into(reconciliations::table)
        .values((
            reconciliations::calendar_id.eq(calendar),
            reconciliations::tenant_id.eq(tenant.as_str()),
            reconciliations::compared.eq(0),
            reconciliations::differences.eq(0),
            reconciliations::due_at.eq(now),
        ))
        .on_conflict(reconciliations::calendar_id)
        .do_update()
        .set(reconciliations::due_at.eq(now))
        .execute(c))?;
    Ok(())
}

/// The last comparison of a calendar, if one was tried.
///
/// # Errors
/// Those of the database.
pub fn last(conn: &mut Conn, tenant: &TenantId, calendar: &str) -> Result<Option<Reconciliation>> {
    Ok(reconciliations::table
        .find(calendar)
        .filter(reconciliations::tenant_id.eq(tenant.as_str()))
        .first(conn)
        .optional()?)
}

/// Chosen calendars in good order whose comparison is due, over all tenants: those first compared, then those that were
/// made before `young` and never compared.
///
/// # Errors
/// Those of the database.
pub fn due(conn: &mut Conn, now: Instant, young: Instant, limit: i64) -> Result<Vec<Calendar>> {
    let fit = || {
        calendars::selected
            .eq(true)
            .and(calendars::removed_at.is_null())
            .and(calendars::as_of.is_not_null())
            .and(calendars::consecutive_failures.eq(0))
    };
    let mut found: Vec<Calendar> = reconciliations::table
        .inner_join(calendars::table.inner_join(credentials::table))
        .filter(reconciliations::due_at.le(now).and(fit()).and(working()))
        .order(reconciliations::due_at)
        .limit(limit)
        .select(calendars::all_columns)
        .load(conn)?;
    let left = limit - i64::try_from(found.len()).unwrap_or(limit);
    let never: Vec<Calendar> = calendars::table
        .inner_join(credentials::table)
        .left_join(reconciliations::table)
        .filter(calendars::created_at.le(young).and(fit()).and(working()))
        .filter(reconciliations::calendar_id.is_null())
        .limit(left)
        .select(calendars::all_columns)
        .load(conn)?;
    found.extend(never);
    Ok(found)
}
