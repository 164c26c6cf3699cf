//! Passwords: argon2id. Slow on purpose: call off the async threads.

use std::sync::LazyLock;

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};

/// The fewest characters.
pub const MIN_LENGTH: usize = 10;

/// A PHC string with a fresh salt. Parameters: 19 MiB, two passes (OWASP's first choice for argon2id).
///
/// # Errors
/// When the machine has no memory or no randomness left.
pub fn hash(password: &SecretString) -> Result<String, String> {
    Argon2::default()
        .hash_password(password.expose_secret().as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| error.to_string())
}

/// Whether it is the password. Without a hash (no such account) the same time passes and the answer is no.
pub fn verify(password: &SecretString, hash: Option<&str>) -> bool {
    static NOBODY: LazyLock<String> = LazyLock::new(|| self::hash(&SecretString::from("nobody")).unwrap_or_default());
    let right = Argon2::default()
        .verify_password(password.expose_secret().as_bytes(), hash.unwrap_or(&NOBODY))
        .is_ok();
    right && hash.is_some()
}
