//! Sessions and the proof of API keys.

use std::sync::Arc;

use db::{Conn, Result, sessions::Session, types::Instant, users::User};
use domain::id::TenantId;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::{
    crypto,
    ops::access::{Actor, Identity, Reach, of_role},
};

/// A session ends when nobody used it for so long.
pub const IDLE: SignedDuration = SignedDuration::from_hours(14 * 24);
/// A session ends so long after it began, used or not.
pub const ABSOLUTE: SignedDuration = SignedDuration::from_hours(60 * 24);
/// How exactly the last use is noted.
const NOTED: SignedDuration = SignedDuration::from_mins(1);

/// What was shown as proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// A session cookie.
    Session,
    /// An API key.
    Key,
}

/// Who is behind a token, and whether the last use should be noted again. `None`: nobody, or it ended.
///
/// # Errors
/// Those of the database.
pub fn identify(conn: &mut Conn, kind: Known, hash: &str, now: Timestamp) -> Result<Option<(Identity, bool)>> {
    match kind {
        Known::Session => {
            let Some((session, role)) = db::sessions::by_hash(conn, hash)? else {
                return Ok(None);
            };
            let seen = session.last_seen_at.timestamp();
            let ends_at = (seen + IDLE).min(session.expires_at.timestamp());
            let identity = Identity {
                tenant: TenantId::from_store(session.tenant_id),
                reach: Reach::of_role(&role, &session.user_id),
                actor: Actor::User(session.user_id),
                session_id: Some(session.id),
                scopes: of_role(&role),
                ends_at: Some(ends_at),
            };
            Ok((now < ends_at).then_some((identity, now.duration_since(seen) >= NOTED)))
        }
        Known::Key => {
            let Some(key) = db::api_keys::by_hash(conn, hash)? else {
                return Ok(None);
            };
            let ends_at = key.expires_at.map(Instant::timestamp);
            if key.revoked_at.is_some() || ends_at.is_some_and(|end| end <= now) {
                return Ok(None);
            }
            let stale = key
                .last_used_at
                .is_none_or(|used| now.duration_since(used.timestamp()) >= NOTED);
            let identity = Identity {
                tenant: TenantId::from_store(key.tenant_id),
                actor: Actor::Key(key.id),
                session_id: None,
                scopes: Arc::from(key.scopes.into_inner()),
                reach: Reach::All,
                ends_at,
            };
            Ok(Some((identity, stale)))
        }
    }
}

/// Notes that a session or key was used.
///
/// # Errors
/// Those of the database.
pub fn seen(conn: &mut Conn, identity: &Identity, now: Timestamp) -> Result<()> {
    match (&identity.actor, &identity.session_id) {
        (Actor::Key(id), _) => db::api_keys::touch(conn, &identity.tenant, id, now.into()),
        (Actor::User(_), Some(session)) => db::sessions::touch(conn, &identity.tenant, session, now.into()),
        (Actor::User(_), None) => Ok(()),
    }
}

/// Begins a session and returns its cookie. The session that the browser held before ends: a cookie planted before
/// signing in is worth nothing afterwards.
///
/// # Errors
/// Those of the database.
pub fn begin(conn: &mut Conn, user: &User, before: Option<&str>, now: Timestamp) -> Result<SecretString> {
    if let Some((old, _)) = before
        .map(|cookie| db::sessions::by_hash(conn, &crypto::token_hash(cookie)))
        .transpose()?
        .flatten()
    {
        db::sessions::delete(conn, &TenantId::from_store(old.tenant_id), &old.id)?;
    }
    let cookie = crypto::random_token();
    let row = Session {
        id: format!("ses_{}", Uuid::now_v7().simple()),
        tenant_id: user.tenant_id.clone(),
        user_id: user.id.clone(),
        token_hash: crypto::token_hash(cookie.expose_secret()),
        created_at: now.into(),
        last_seen_at: now.into(),
        expires_at: (now + ABSOLUTE).into(),
    };
    db::sessions::insert(conn, &row)?;
    Ok(cookie)
}

/// A person, their tenant, and what they may do with which client.
pub type Me = (Option<User>, db::tenants::Tenant, Vec<db::user_access::Named>);

/// Who a caller is, for presenting: the person if it is one.
///
/// # Errors
/// Those of the database.
pub fn me(conn: &mut Conn, tenant: &TenantId, user: Option<&str>) -> Result<Me> {
    let user = user.map(|id| db::users::get(conn, tenant, id)).transpose()?;
    let access = match &user {
        Some(user) if user.role == "member" => db::user_access::of_user(conn, tenant, &user.id)?,
        _ => Vec::new(),
    };
    Ok((user, db::tenants::get(conn, tenant)?, access))
}

/// Gives a person a new password and ends their sessions. `false`: nobody has this address.
///
/// # Errors
/// Those of the database.
pub fn reset_password(conn: &mut Conn, email: &str, hash: &str, now: Timestamp) -> Result<bool> {
    let Some(user) = db::users::by_email(conn, &email.trim().to_lowercase())? else {
        return Ok(false);
    };
    let tenant = TenantId::from_store(user.tenant_id);
    db::users::set_password(conn, &tenant, &user.id, hash, now.into())?;
    db::sessions::delete_of_user(conn, &tenant, &user.id)?;
    Ok(true)
}
