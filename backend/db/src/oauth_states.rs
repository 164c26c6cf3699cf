//! Consents under way. The state itself travels through the browser; only its hash is here, and it works once.

use diesel::prelude::*;

use crate::{Conn, Result, schema::oauth_states, types::Instant};

/// A consent under way.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = oauth_states)]
pub struct OAuthState {
    /// SHA-256 of the state, hexadecimal.
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// What is to be connected.
    pub credential_id: String,
    /// Who asked; `None`: an API key, then any session of the tenant may come back.
    pub session_id: Option<String>,
    /// PKCE, sealed.
    pub verifier_sealed: String,
    /// As sent to the provider.
    pub redirect_uri: String,
    /// Where in the SPA to end.
    pub return_to: Option<String>,
    /// When it stops working.
    pub expires_at: Instant,
    /// When it was made.
    pub created_at: Instant,
}

/// Stores a consent under way.
///
/// # Errors
/// [`crate::Error::Conflict`] when the credential is gone.
pub fn insert(conn: &mut Conn, row: &OAuthState) -> Result<()> {
    diesel::insert_into(oauth_states::table).values(row).execute(conn)?;
    Ok(())
}

/// Looks without using it up.
///
/// # Errors
/// [`crate::Error::NotFound`]: never made, used, or purged.
pub fn peek(conn: &mut Conn, id: &str) -> Result<OAuthState> {
    Ok(oauth_states::table.find(id).first(conn)?)
}

/// Uses it up. Of two callers one gets the row.
///
/// # Errors
/// [`crate::Error::NotFound`]: never made, used, or purged.
pub fn take(conn: &mut Conn, id: &str) -> Result<OAuthState> {
    Ok(diesel::delete(oauth_states::table.find(id))
        .returning(oauth_states::all_columns)
        .get_result(conn)?)
}

/// Removes what nobody came back for.
///
/// # Errors
/// Those of the database.
pub fn purge(conn: &mut Conn, before: Instant) -> Result<usize> {
    Ok(diesel::delete(oauth_states::table.filter(oauth_states::expires_at.le(before))).execute(conn)?)
}
