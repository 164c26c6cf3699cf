//! A change of encryption keys: every stored secret is encrypted again with the first key, while the service runs.

use db::Database;
use domain::id::TenantId;

use crate::crypto::{Aad, SEALED, Vault, VaultError};

/// Why a change of keys stopped. What was done before stays done; run it again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A secret does not open.
    #[error("{table}.{column} of {row}: {source}")]
    Vault {
        /// Where.
        table: &'static str,
        /// Where.
        column: &'static str,
        /// Where.
        row: String,
        /// Why.
        source: VaultError,
    },
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Encrypts again what was not encrypted with the first key. Returns how many.
///
/// # Errors
/// [`Error`].
pub fn rotate(database: &Database, vault: &Vault) -> Result<usize, Error> {
    const BATCH: i64 = 100;
    let current = vault.prefix();
    let mut done = 0;
    for &(table, column) in SEALED {
        let mut after = String::new();
        loop {
            let batch = database.read(|c| db::sealed::outdated(c, table, column, &current, &after, BATCH))?;
            let Some(last) = batch.last() else { break };
            after.clone_from(&last.id);
            for old in &batch {
                let tenant = TenantId::from_store(old.tenant_id.clone());
                let aad = Aad {
                    table,
                    column,
                    row: &old.id,
                    tenant: &tenant,
                };
                let secret = vault.open(&aad, &old.value).map_err(|source| Error::Vault {
                    table,
                    column,
                    row: old.id.clone(),
                    source,
                })?;
                let new = vault.seal(&aad, &secret);
                // Whoever wrote another value meanwhile used the first key already.
                if database.write(|c| db::sealed::replace(c, table, column, old, &new))? {
                    done += 1;
                }
            }
        }
    }
    Ok(done)
}
