//! What each member may do with each client. See [`crate::reach`] for what follows from it.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{
    Conn, Result, each_backend,
    schema::{clients, services, staff, user_client_access as access},
};

/// What a person may do with a client.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = access, treat_none_as_default_value = false)]
pub struct Access {
    /// Whose.
    pub tenant_id: String,
    /// Who.
    pub user_id: String,
    /// With which client.
    pub client_id: String,
    /// See [`crate::reach::Level`].
    pub level: i32,
    /// Only as this staff member.
    pub staff_id: Option<String>,
}

/// An access with the names of its client and staff member.
pub type Named = (Access, String, Option<String>);

/// What this person may do, by the name of the client.
///
/// # Errors
/// Those of the database.
pub fn of_user(conn: &mut Conn, tenant: &TenantId, user: &str) -> Result<Vec<Named>> {
    Ok(access::table
        .inner_join(clients::table)
        .left_join(staff::table)
        .filter(access::tenant_id.eq(tenant.as_str()).and(access::user_id.eq(user)))
        .order((clients::sort_key, clients::id))
        .select((access::all_columns, clients::name, staff::name.nullable()))
        .load(conn)?)
}

/// This person may do this from now on, and nothing else.
///
/// # Errors
/// [`crate::Error::Conflict`]: a client or staff member is gone.
pub fn put(conn: &mut Conn, tenant: &TenantId, user: &str, rows: &[Access]) -> Result<()> {
    let theirs = access::tenant_id.eq(tenant.as_str()).and(access::user_id.eq(user));
    diesel::delete(access::table.filter(theirs)).execute(conn)?;
    for chunk in rows.chunks(1_000) {
        each_backend!(conn, |c| diesel::insert_into(access::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// As which staff member a person is at a client; `None`: not as one.
///
/// # Errors
/// Those of the database.
pub fn staff_at(conn: &mut Conn, tenant: &TenantId, user: &str, client: &str) -> Result<Option<String>> {
    Ok(access::table
        .filter(access::tenant_id.eq(tenant.as_str()).and(access::user_id.eq(user)))
        .filter(access::client_id.eq(client))
        .select(access::staff_id)
        .first::<Option<String>>(conn)
        .optional()?
        .flatten())
}

/// The same for the client of a service.
///
/// # Errors
/// Those of the database.
pub fn staff_for(conn: &mut Conn, tenant: &TenantId, user: &str, service: &str) -> Result<Option<String>> {
    Ok(access::table
        .inner_join(services::table.on(services::client_id.eq(access::client_id)))
        .filter(access::tenant_id.eq(tenant.as_str()).and(access::user_id.eq(user)))
        .filter(services::id.eq(service))
        .select(access::staff_id)
        .first::<Option<String>>(conn)
        .optional()?
        .flatten())
}

/// The client of each of these staff members.
///
/// # Errors
/// Those of the database.
pub fn clients_of_staff(conn: &mut Conn, tenant: &TenantId, ids: &[&str]) -> Result<Vec<(String, String)>> {
    each_backend!(conn, |c| Ok(staff::table
        .filter(staff::tenant_id.eq(tenant.as_str()).and(staff::id.eq_any(ids)))
        .select((staff::id, staff::client_id))
        .load(c)?))
}
