//! Browser sessions. Only the hash of the cookie is stored.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{
    Conn, Result,
    schema::{sessions, users},
    types::Instant,
};

/// A signed-in browser.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = sessions)]
pub struct Session {
    /// `ses_…`: names the session without opening it.
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// Who.
    pub user_id: String,
    /// SHA-256 of the cookie, hexadecimal.
    pub token_hash: String,
    /// When it began.
    pub created_at: Instant,
    /// When it was last used, to the minute.
    pub last_seen_at: Instant,
    /// When it ends at the latest.
    pub expires_at: Instant,
}

/// Stores a new session.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut Conn, row: &Session) -> Result<()> {
    diesel::insert_into(sessions::table).values(row).execute(conn)?;
    Ok(())
}

/// The session with this hash and its user's role, if they have not been let go. The hash is the proof; no tenant is known yet.
///
/// # Errors
/// Those of the database.
pub fn by_hash(conn: &mut Conn, token_hash: &str) -> Result<Option<(Session, String)>> {
    Ok(sessions::table
        .inner_join(users::table)
        .filter(sessions::token_hash.eq(token_hash))
        .filter(users::deactivated_at.is_null())
        .select((sessions::all_columns, users::role))
        .first(conn)
        .optional()?)
}

/// Notes that it was used.
///
/// # Errors
/// Those of the database.
pub fn touch(conn: &mut Conn, tenant: &TenantId, id: &str, now: Instant) -> Result<()> {
    diesel::update(sessions::table.filter(sessions::tenant_id.eq(tenant.as_str()).and(sessions::id.eq(id))))
        .set(sessions::last_seen_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Ends it.
///
/// # Errors
/// Those of the database.
pub fn delete(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<()> {
    diesel::delete(sessions::table.filter(sessions::tenant_id.eq(tenant.as_str()).and(sessions::id.eq(id))))
        .execute(conn)?;
    Ok(())
}

/// Ends all of one user's sessions.
///
/// # Errors
/// Those of the database.
pub fn delete_of_user(conn: &mut Conn, tenant: &TenantId, user: &str) -> Result<()> {
    diesel::delete(sessions::table.filter(sessions::tenant_id.eq(tenant.as_str()).and(sessions::user_id.eq(user))))
        .execute(conn)?;
    Ok(())
}

/// Removes what ended: past its end, or not used since `idle_since`. Returns how many.
///
/// # Errors
/// Those of the database.
pub fn purge(conn: &mut Conn, now: Instant, idle_since: Instant) -> Result<usize> {
    Ok(
        diesel::delete(sessions::table.filter(sessions::expires_at.le(now).or(sessions::last_seen_at.le(idle_since))))
            .execute(conn)?,
    )
}

/// Ends one user's sessions but this one.
///
/// # Errors
/// Those of the database.
pub fn delete_others(conn: &mut Conn, tenant: &TenantId, user: &str, but: &str) -> Result<()> {
    let theirs = sessions::tenant_id.eq(tenant.as_str()).and(sessions::user_id.eq(user));
    diesel::delete(sessions::table.filter(theirs.and(sessions::id.ne(but)))).execute(conn)?;
    Ok(())
}
