//! Envelopes of the credentials table: which column a secret belongs to is said here and nowhere else.

use db::credentials::Credential;
use domain::id::TenantId;
use secrecy::SecretString;

use super::Result;
use crate::{
    crypto::{Aad, Vault},
    state::App,
};

/// A secret of a credential.
#[derive(Debug, Clone, Copy)]
pub enum Secret {
    /// Of the OAuth client.
    OAuthClientSecret,
    /// CalDAV.
    Password,
    /// OAuth.
    AccessToken,
    /// OAuth.
    RefreshToken,
}

impl Secret {
    const fn column(self) -> &'static str {
        match self {
            Self::OAuthClientSecret => "oauth_client_secret_sealed",
            Self::Password => "password_sealed",
            Self::AccessToken => "access_token_sealed",
            Self::RefreshToken => "refresh_token_sealed",
        }
    }

    fn envelope(self, row: &Credential) -> Option<&str> {
        match self {
            Self::OAuthClientSecret => row.oauth_client_secret_sealed.as_deref(),
            Self::Password => row.password_sealed.as_deref(),
            Self::AccessToken => row.access_token_sealed.as_deref(),
            Self::RefreshToken => row.refresh_token_sealed.as_deref(),
        }
    }
}

/// Opens a secret of the row; `None` where it holds none.
///
/// # Errors
/// [`super::Error::Internal`] when the envelope does not open.
pub fn open(app: &App, row: &Credential, secret: Secret) -> Result<Option<SecretString>> {
    let tenant = TenantId::from_store(row.tenant_id.clone());
    let aad = Aad {
        table: "credentials",
        column: secret.column(),
        row: &row.id,
        tenant: &tenant,
    };
    Ok(match secret.envelope(row) {
        Some(envelope) => Some(app.vault.open(&aad, envelope)?),
        None => None,
    })
}

/// Seals a secret for the row `id`.
pub fn seal(vault: &Vault, tenant: &TenantId, id: &str, secret: Secret, value: &SecretString) -> String {
    vault.seal(
        &Aad {
            table: "credentials",
            column: secret.column(),
            row: id,
            tenant,
        },
        value,
    )
}
