//! Keys for scripts: made, shown once, revoked.

use db::{
    Conn, Result,
    api_keys::ApiKey,
    types::{Instant, Json},
};
use domain::id::{Kind, TenantId};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use crate::crypto;

/// How every key begins, so that a leaked one is recognised.
pub const PREFIX: &str = "cs_live_";
/// Characters of a key that are kept to recognise it.
const SHOWN: usize = PREFIX.len() + 4;

/// Makes a key. The secret is in the answer and nowhere else.
///
/// # Errors
/// Those of the database.
pub fn create(
    conn: &mut Conn,
    tenant: &TenantId,
    name: String,
    scopes: Vec<String>,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(ApiKey, SecretString)> {
    let secret = SecretString::from(format!("{PREFIX}{}", crypto::random_token().expose_secret()));
    let row = ApiKey {
        id: Kind::ApiKey.new_id(),
        tenant_id: tenant.as_str().to_owned(),
        name,
        prefix: secret.expose_secret().chars().take(SHOWN).collect(),
        token_hash: crypto::token_hash(secret.expose_secret()),
        scopes: Json::new(scopes)?,
        expires_at: expires_at.map(Instant::from),
        last_used_at: None,
        revoked_at: None,
        created_at: now.into(),
    };
    db::api_keys::insert(conn, &row)?;
    Ok((row, secret))
}
