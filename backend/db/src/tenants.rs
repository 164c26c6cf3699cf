//! Tenants: the isolation walls.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{Conn, Result, schema::tenants, types::Instant};

/// An agency or a business.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = tenants)]
pub struct Tenant {
    /// `ten_…`
    pub id: String,
    /// For people.
    pub name: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// Stores a new tenant.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut Conn, row: &Tenant) -> Result<()> {
    diesel::insert_into(tenants::table).values(row).execute(conn)?;
    Ok(())
}

/// The tenant itself.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn get(conn: &mut Conn, tenant: &TenantId) -> Result<Tenant> {
    Ok(tenants::table
        .find(tenant.as_str())
        .select(tenants::all_columns)
        .first(conn)?)
}

/// Whether anybody has set the installation up.
///
/// # Errors
/// Those of the database.
pub fn any(conn: &mut Conn) -> Result<bool> {
    Ok(tenants::table
        .select(tenants::id)
        .first::<String>(conn)
        .optional()?
        .is_some())
}
