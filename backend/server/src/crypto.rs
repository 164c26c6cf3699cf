//! Secrets at rest. An envelope is bound to its table, column, row and tenant: moved elsewhere it does not open.
//!
//! `v1.<key id>.<base64url of nonce and ciphertext>`, XChaCha20-Poly1305 with a random nonce. The key id is the start of
//! the key's SHA-256, so that several keys can be read while the first writes.

use std::path::Path;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use domain::id::TenantId;
use rand::Rng;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::config::{Config, ConfigError};

/// Every encrypted column, for `rotate-keys`. The row's key must be called `id`.
pub const SEALED: &[(&str, &str)] = &[
    ("idempotency_keys", "answer"),
    // gateway: its columns
    ("credentials", "oauth_client_secret_sealed"),
    ("credentials", "password_sealed"),
    ("credentials", "access_token_sealed"),
    ("credentials", "refresh_token_sealed"),
    ("oauth_states", "verifier_sealed"),
    ("bookings", "link_sealed"),
];

/// Where a secret belongs.
#[derive(Debug, Clone, Copy)]
pub struct Aad<'a> {
    /// Table name.
    pub table: &'a str,
    /// Column name.
    pub column: &'a str,
    /// The row's id.
    pub row: &'a str,
    /// Whose row it is.
    pub tenant: &'a TenantId,
}

impl Aad<'_> {
    fn bytes(&self) -> Vec<u8> {
        // Lengths first, so that no two places give the same bytes.
        let mut bytes = Vec::new();
        for part in [self.table, self.column, self.row, self.tenant.as_str()] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}

/// Why a secret did not open.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Encrypted with a key that was not handed in.
    #[error("a stored secret was encrypted with key {0}, which is not configured")]
    UnknownKey(String),
    /// Not ours, or changed, or moved from another row.
    #[error("a stored secret does not open: it was changed or belongs to another row")]
    Damaged,
}

struct Key {
    id: String,
    cipher: XChaCha20Poly1305,
}

/// Opens and closes envelopes.
pub struct Vault {
    /// Never empty; the first writes.
    first: Key,
    others: Vec<Key>,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// From 64 hexadecimal digits, or several such keys separated by commas.
    ///
    /// # Errors
    /// When a key is not 32 bytes.
    pub fn new(keys: &SecretString) -> Result<Self, ConfigError> {
        let mut keys = keys
            .expose_secret()
            .split(',')
            .map(str::trim)
            .filter(|key| !key.is_empty())
            .map(key);
        let first = keys
            .next()
            .ok_or_else(|| ConfigError("the encryption key is empty".to_owned()))??;
        Ok(Self {
            first,
            others: keys.collect::<Result<_, _>>()?,
        })
    }

    /// The configured keys, or the one beside the database, made with mode 0600 when there is none.
    ///
    /// # Errors
    /// When no key can be read or written.
    pub fn from_config(config: &Config) -> Result<Self, ConfigError> {
        if let Some(keys) = config.keys()? {
            return Self::new(&keys);
        }
        let file = config.data_dir.join("key");
        if !file.exists() {
            std::fs::create_dir_all(&config.data_dir)
                .map_err(|error| ConfigError(format!("{}: {error}", config.data_dir.display())))?;
            let mut bytes = Zeroizing::new([0_u8; 32]);
            rand::rng().fill_bytes(&mut *bytes);
            write_new(&file, &hex::encode(*bytes))
                .map_err(|error| ConfigError(format!("{}: {error}", file.display())))?;
            tracing::warn!(file = %file.display(), "made an encryption key; back it up apart from the database: without it stored tokens are unreadable");
        }
        let text =
            std::fs::read_to_string(&file).map_err(|error| ConfigError(format!("{}: {error}", file.display())))?;
        Self::new(&SecretString::from(text.trim().to_owned()))
    }

    /// Encrypts `secret` for one place.
    pub fn seal(&self, aad: &Aad<'_>, secret: &SecretString) -> String {
        let mut nonce = [0_u8; 24];
        rand::rng().fill_bytes(&mut nonce);
        let aad = aad.bytes();
        let payload = Payload {
            msg: secret.expose_secret().as_bytes(),
            aad: &aad,
        };
        // Encryption fails only beyond 256 GiB, which no column holds; an empty envelope would not open.
        let sealed = self
            .first
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .unwrap_or_default();
        let mut bytes = nonce.to_vec();
        bytes.extend_from_slice(&sealed);
        format!("{}{}", self.prefix(), BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Opens an envelope of the same place.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn open(&self, aad: &Aad<'_>, envelope: &str) -> Result<SecretString, VaultError> {
        let mut parts = envelope.splitn(3, '.');
        let (Some("v1"), Some(id), Some(body)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(VaultError::Damaged);
        };
        let key = std::iter::once(&self.first)
            .chain(&self.others)
            .find(|key| key.id == id)
            .ok_or_else(|| VaultError::UnknownKey(id.to_owned()))?;
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(body).map_err(|_| VaultError::Damaged)?;
        let (nonce, sealed) = bytes.split_first_chunk::<24>().ok_or(VaultError::Damaged)?;
        let aad = aad.bytes();
        let plain = key
            .cipher
            .decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: &aad })
            .map(Zeroizing::new)
            .map_err(|_| VaultError::Damaged)?;
        std::str::from_utf8(&plain)
            .map(SecretString::from)
            .map_err(|_| VaultError::Damaged)
    }

    /// How envelopes of the first key begin.
    pub fn prefix(&self) -> String {
        format!("v1.{}.", self.first.id)
    }
}

fn key(text: &str) -> Result<Key, ConfigError> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    hex::decode_to_slice(text, &mut *bytes).map_err(|_| {
        ConfigError("an encryption key must be 64 hexadecimal digits (openssl rand -hex 32)".to_owned())
    })?;
    let digest = Sha256::digest(*bytes);
    Ok(Key {
        id: hex::encode(digest.as_slice().get(..4).unwrap_or_default()),
        cipher: XChaCha20Poly1305::new((&*bytes).into()),
    })
}

fn write_new(file: &Path, text: &str) -> std::io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let mut handle = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    handle.write_all(text.as_bytes())?;
    handle.sync_all()
}

/// 256 random bits as text, for sessions, keys and states.
pub fn random_token() -> SecretString {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    rand::rng().fill_bytes(&mut *bytes);
    SecretString::from(BASE64_URL_SAFE_NO_PAD.encode(*bytes))
}

/// SHA-256 in hexadecimal: what is stored of a token that has 256 random bits.
pub fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}
