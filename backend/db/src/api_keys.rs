//! Keys for scripts. Only the hash of the secret is stored.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{
    Conn, Result,
    page::{Keyset, Slice},
    schema::api_keys,
    types::{Instant, Json},
};

/// A key for scripts.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = api_keys)]
pub struct ApiKey {
    /// `key_…`
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// For people.
    pub name: String,
    /// The first characters of the secret, to recognise it.
    pub prefix: String,
    /// SHA-256 of the secret, hexadecimal.
    pub token_hash: String,
    /// What it may do.
    pub scopes: Json<Vec<String>>,
    /// When it ends by itself.
    pub expires_at: Option<Instant>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Instant>,
    /// When somebody ended it.
    pub revoked_at: Option<Instant>,
    /// When it was made.
    pub created_at: Instant,
}

/// Stores a new key.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut Conn, row: &ApiKey) -> Result<()> {
    diesel::insert_into(api_keys::table).values(row).execute(conn)?;
    Ok(())
}

/// The key with this hash. The hash is the proof; no tenant is known yet.
///
/// # Errors
/// Those of the database.
pub fn by_hash(conn: &mut Conn, token_hash: &str) -> Result<Option<ApiKey>> {
    Ok(api_keys::table
        .filter(api_keys::token_hash.eq(token_hash))
        .select(api_keys::all_columns)
        .first(conn)
        .optional()?)
}

/// One key.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn get(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<ApiKey> {
    Ok(api_keys::table
        .filter(api_keys::tenant_id.eq(tenant.as_str()).and(api_keys::id.eq(id)))
        .select(api_keys::all_columns)
        .first(conn)?)
}

/// All keys, revoked ones too, oldest first.
///
/// # Errors
/// Those of the database.
pub fn list(conn: &mut Conn, tenant: &TenantId, page: &Keyset) -> Result<Slice<ApiKey>> {
    let mut query = api_keys::table
        .filter(api_keys::tenant_id.eq(tenant.as_str()))
        .order(api_keys::id)
        .limit(page.fetch())
        .select(api_keys::all_columns)
        .into_boxed();
    if let Some((_, id)) = &page.after {
        query = query.filter(api_keys::id.gt(id));
    }
    let rows = query.load::<ApiKey>(conn)?;
    Ok(page.cut(rows, |row| (String::new(), row.id.clone())))
}

/// Notes that it was used.
///
/// # Errors
/// Those of the database.
pub fn touch(conn: &mut Conn, tenant: &TenantId, id: &str, now: Instant) -> Result<()> {
    diesel::update(api_keys::table.filter(api_keys::tenant_id.eq(tenant.as_str()).and(api_keys::id.eq(id))))
        .set(api_keys::last_used_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Ends it; an ended key keeps its first end. Returns whether such a key exists.
///
/// # Errors
/// Those of the database.
pub fn revoke(conn: &mut Conn, tenant: &TenantId, id: &str, now: Instant) -> Result<bool> {
    let mine = api_keys::tenant_id.eq(tenant.as_str()).and(api_keys::id.eq(id));
    diesel::update(api_keys::table.filter(mine.and(api_keys::revoked_at.is_null())))
        .set(api_keys::revoked_at.eq(now))
        .execute(conn)?;
    Ok(api_keys::table
        .filter(api_keys::tenant_id.eq(tenant.as_str()).and(api_keys::id.eq(id)))
        .select(api_keys::id)
        .first::<String>(conn)
        .optional()?
        .is_some())
}
