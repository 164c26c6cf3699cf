//! The customer's own link to a booking: 256 random bits. Stored hashed, to be found by; and sealed, because messages that
//! are sent later name it.

use db::bookings::Booking;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::Desk;
use crate::crypto::{self, Aad, Vault};
use domain::id::TenantId;

fn place<'a>(row: &'a str, tenant: &'a TenantId) -> Aad<'a> {
    Aad {
        table: "bookings",
        column: "link_sealed",
        row,
        tenant,
    }
}

/// Gives a booking its link, when it is new and when somebody else comes: who came before has the old one still, and it
/// opens nothing any more.
pub(super) fn make(desk: &Desk, row: &mut Booking) {
    let Some(vault) = &desk.vault else { return };
    let token = crypto::random_token();
    row.link_hash = Some(crypto::token_hash(token.expose_secret()));
    row.link_sealed = Some(vault.seal(&place(&row.id, &desk.tenant), &token));
}

/// Where the customer manages a booking. `None`: it is older than such links.
///
/// # Errors
/// [`crypto::VaultError`].
pub fn url(vault: &Vault, public: &Url, row: &Booking) -> Result<Option<SecretString>, crypto::VaultError> {
    let Some(sealed) = &row.link_sealed else {
        return Ok(None);
    };
    let tenant = TenantId::from_store(row.tenant_id.clone());
    let token = vault.open(&place(&row.id, &tenant), sealed)?;
    Ok(Some(SecretString::from(format!(
        "{public}booking/{}",
        token.expose_secret()
    ))))
}
