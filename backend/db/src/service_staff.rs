//! Who does what, in the order of preference.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{Conn, Result, each_backend, schema::service_staff};

/// Somebody who does a service.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = service_staff)]
pub struct Doer {
    /// What.
    pub service_id: String,
    /// Who.
    pub staff_id: String,
    /// Whose.
    pub tenant_id: String,
    /// The lowest is asked first.
    pub position: i32,
}

/// Those of these services, in the order of preference.
///
/// # Errors
/// Those of the database.
pub fn of_services(conn: &mut Conn, tenant: &TenantId, services: &[&str]) -> Result<Vec<Doer>> {
    Ok(each_backend!(conn, |c| service_staff::table
        .filter(service_staff::tenant_id.eq(tenant.as_str()))
        .filter(service_staff::service_id.eq_any(services))
        .order((service_staff::position, service_staff::staff_id))
        .load(c))?)
}

/// What these people do.
///
/// # Errors
/// Those of the database.
pub fn of_staff(conn: &mut Conn, tenant: &TenantId, staff: &[&str]) -> Result<Vec<Doer>> {
    Ok(each_backend!(conn, |c| service_staff::table
        .filter(service_staff::tenant_id.eq(tenant.as_str()))
        .filter(service_staff::staff_id.eq_any(staff))
        .order((service_staff::staff_id, service_staff::service_id))
        .load(c))?)
}

/// These people do a service from now on, the first before the others; nobody else does.
///
/// # Errors
/// [`crate::Error::Conflict`]: one of them is named twice or does not exist.
pub fn put(conn: &mut Conn, tenant: &TenantId, service: &str, staff: &[String]) -> Result<()> {
    let this = service_staff::tenant_id
        .eq(tenant.as_str())
        .and(service_staff::service_id.eq(service));
    diesel::delete(service_staff::table.filter(this)).execute(conn)?;
    let rows: Vec<Doer> = (0..)
        .zip(staff)
        .map(|(position, staff)| Doer {
            service_id: service.to_owned(),
            staff_id: staff.clone(),
            tenant_id: tenant.as_str().to_owned(),
            position,
        })
        .collect();
    each_backend!(conn, |c| diesel::insert_into(service_staff::table)
        .values(&rows)
        .execute(c))?;
    Ok(())
}
