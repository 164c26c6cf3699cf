//! People who sign in. E-mail addresses are unique over the whole installation, because the sign-in form asks for no tenant.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{
    Conn, Result,
    page::{Keyset, Slice},
    schema::users,
    types::Instant,
};

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
    /// PHC string (argon2id); empty: none was set yet.
    pub password_hash: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// Counts changes of the person and of their access; the ETag.
    pub revision: i64,
    /// When they were let go.
    pub deactivated_at: Option<Instant>,
    /// SHA-256 of the secret in their link, hexadecimal.
    pub invitation_hash: Option<String>,
    /// Until when the link works.
    pub invited_until: Option<Instant>,
}

/// Stores a new user.
///
/// # Errors
/// [`crate::Error::Conflict`] when the address is taken.
pub fn insert(conn: &mut Conn, row: &User) -> Result<()> {
    diesel::insert_into(users::table).values(row).execute(conn)?;
    Ok(())
}

/// Who signs in with this address (lower case). Without a tenant: it finds the tenant.
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

/// Replaces the password. A link to set one works no more.
///
/// # Errors
/// Those of the database.
pub fn set_password(conn: &mut Conn, tenant: &TenantId, id: &str, hash: &str, now: Instant) -> Result<()> {
    diesel::update(users::table.filter(users::tenant_id.eq(tenant.as_str()).and(users::id.eq(id))))
        .set((
            users::password_hash.eq(hash),
            users::updated_at.eq(now),
            users::revision.eq(users::revision + 1),
            users::invitation_hash.eq(None::<String>),
            users::invited_until.eq(None::<Instant>),
        ))
        .execute(conn)?;
    Ok(())
}

/// Who was sent a link with this secret. The hash is the proof; no tenant is known yet.
///
/// # Errors
/// [`crate::Error::NotFound`]: nobody, they were let go, or the link has ended.
pub fn by_invitation(conn: &mut Conn, hash: &str, now: Instant) -> Result<User> {
    Ok(users::table
        .filter(users::invitation_hash.eq(hash))
        .filter(users::invited_until.gt(now).and(users::deactivated_at.is_null()))
        .select(users::all_columns)
        .first(conn)?)
}

/// All people of a tenant, oldest first.
///
/// # Errors
/// Those of the database.
pub fn list(conn: &mut Conn, tenant: &TenantId, page: &Keyset) -> Result<Slice<User>> {
    let mut query = users::table
        .filter(users::tenant_id.eq(tenant.as_str()))
        .order(users::id)
        .limit(page.fetch())
        .select(users::all_columns)
        .into_boxed();
    if let Some((_, id)) = &page.after {
        query = query.filter(users::id.gt(id));
    }
    let rows = query.load::<User>(conn)?;
    Ok(page.cut(rows, |row| (String::new(), row.id.clone())))
}

/// Locks the person for this transaction by counting their revision up.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn lock(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<User> {
    Ok(
        diesel::update(users::table.filter(users::tenant_id.eq(tenant.as_str()).and(users::id.eq(id))))
            .set(users::revision.eq(users::revision + 1))
            .returning(users::all_columns)
            .get_result(conn)?,
    )
}

/// Locks the tenant's owners, one after the other: who counts them then, counts right. Returns who can sign in.
///
/// # Errors
/// Those of the database.
pub fn lock_owners(conn: &mut Conn, tenant: &TenantId) -> Result<Vec<String>> {
    let owners = || users::tenant_id.eq(tenant.as_str()).and(users::role.eq("owner"));
    diesel::update(users::table.filter(owners()))
        .set(users::revision.eq(users::revision))
        .execute(conn)?;
    Ok(users::table
        .filter(owners())
        .filter(users::deactivated_at.is_null().and(users::password_hash.ne("")))
        .select(users::id)
        .load(conn)?)
}

/// What of a person can change.
#[derive(AsChangeset)]
#[diesel(table_name = users, treat_none_as_null = true)]
pub struct Change {
    /// See [`User::name`].
    pub name: String,
    /// See [`User::role`].
    pub role: String,
    /// See [`User::deactivated_at`].
    pub deactivated_at: Option<Instant>,
    /// See [`User::invitation_hash`].
    pub invitation_hash: Option<String>,
    /// See [`User::updated_at`].
    pub updated_at: Instant,
}

/// Writes what was changed; the revision was counted up by [`lock`].
///
/// # Errors
/// Those of the database.
pub fn update(conn: &mut Conn, tenant: &TenantId, id: &str, change: &Change) -> Result<User> {
    Ok(
        diesel::update(users::table.filter(users::tenant_id.eq(tenant.as_str()).and(users::id.eq(id))))
            .set(change)
            .returning(users::all_columns)
            .get_result(conn)?,
    )
}

/// Gives the person a link; one before it works no more.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn invite(conn: &mut Conn, tenant: &TenantId, id: &str, hash: &str, until: Instant) -> Result<User> {
    Ok(
        diesel::update(users::table.filter(users::tenant_id.eq(tenant.as_str()).and(users::id.eq(id))))
            .set((
                users::invitation_hash.eq(hash),
                users::invited_until.eq(until),
                users::revision.eq(users::revision + 1),
            ))
            .returning(users::all_columns)
            .get_result(conn)?,
    )
}

/// Removes the person, with their sessions and access.
///
/// # Errors
/// Those of the database.
pub fn delete(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<()> {
    diesel::delete(users::table.filter(users::tenant_id.eq(tenant.as_str()).and(users::id.eq(id)))).execute(conn)?;
    Ok(())
}
