//! People who sign in. E-mail addresses are unique over the whole installation, because the sign-in form asks for no tenant.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{Conn, Result, schema::users, types::Instant};

/// A person who signs in.
#[derive(Clone, Queryable, Insertable)]
#[diesel(table_name = users)]
pub struct User {
    /// `usr_…`
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// As typed.
    pub email: String,
    /// Lower case; unique.
    pub email_key: String,
    /// For people.
    pub name: String,
    /// `owner`, `admin` or `member`.
    pub role: String,
    /// PHC string (argon2id).
    pub password_hash: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// Stores a new user.
///
/// # Errors
/// [`crate::Error::Conflict`] when the address is taken.
pub fn insert(conn: &mut Conn, row: &User) -> Result<()> {
    diesel::insert_into(users::table).values(row).execute(conn)?;
    Ok(())
}

/// Who signs in with this address (lower case). The only query on users without a tenant: it finds the tenant.
///
/// # Errors
/// Those of the database.
pub fn by_email(conn: &mut Conn, email_key: &str) -> Result<Option<User>> {
    Ok(users::table
        .filter(users::email_key.eq(email_key))
        .select(users::all_columns)
        .first(conn)
        .optional()?)
}

/// One user.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn get(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<User> {
    Ok(users::table
        .filter(users::tenant_id.eq(tenant.as_str()).and(users::id.eq(id)))
        .select(users::all_columns)
        .first(conn)?)
}

/// Replaces the password.
///
/// # Errors
/// Those of the database.
pub fn set_password(conn: &mut Conn, tenant: &TenantId, id: &str, hash: &str, now: Instant) -> Result<()> {
    diesel::update(users::table.filter(users::tenant_id.eq(tenant.as_str()).and(users::id.eq(id))))
        .set((users::password_hash.eq(hash), users::updated_at.eq(now)))
        .execute(conn)?;
    Ok(())
}
