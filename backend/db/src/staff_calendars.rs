//! The calendars of people who can be booked: which make them busy, and which get a copy of each of their bookings.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{
    Conn, Result, each_backend,
    schema::{calendars, staff_calendars},
};

/// A calendar of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = staff_calendars)]
pub struct StaffCalendar {
    /// Whose.
    pub staff_id: String,
    /// Which.
    pub calendar_id: String,
    /// Whose both are.
    pub tenant_id: String,
    /// Its events make them busy.
    pub blocks: bool,
    /// It gets a copy of each of their bookings.
    pub receives: bool,
}

/// Those of these people that the provider still lists, by age.
///
/// # Errors
/// Those of the database.
pub fn of_staff(conn: &mut Conn, tenant: &TenantId, staff: &[&str]) -> Result<Vec<StaffCalendar>> {
    Ok(each_backend!(conn, |c| staff_calendars::table
        .inner_join(calendars::table)
        .filter(staff_calendars::tenant_id.eq(tenant.as_str()))
        .filter(staff_calendars::staff_id.eq_any(staff))
        .filter(calendars::removed_at.is_null())
        .order((staff_calendars::staff_id, staff_calendars::calendar_id))
        .select(staff_calendars::all_columns)
        .load(c))?)
}

/// Somebody has these calendars from now on, and no others.
///
/// # Errors
/// [`crate::Error::Conflict`]: one of them is named twice or does not exist.
pub fn put(conn: &mut Conn, tenant: &TenantId, staff: &str, rows: &[StaffCalendar]) -> Result<()> {
    let this = staff_calendars::tenant_id
        .eq(tenant.as_str())
        .and(staff_calendars::staff_id.eq(staff));
    diesel::delete(staff_calendars::table.filter(this)).execute(conn)?;
    each_backend!(conn, |c| diesel::insert_into(staff_calendars::table)
        .values(rows)
        .execute(c))?;
    Ok(())
}
