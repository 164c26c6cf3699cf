//! What can go wrong at a provider, named for what the caller does next.

use std::time::Duration;

/// The result of a call to a provider.
pub type Result<T> = std::result::Result<T, Error>;

/// A failed call. Texts are for people and never hold a secret.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Not now: overload, outage, rate limit. Try later, not before `after` where one is given.
    #[error("the provider asks to try later: {detail}")]
    TryLater {
        /// The provider's `Retry-After`.
        after: Option<Duration>,
        /// Whether this was a rate limit.
        rate_limited: bool,
        /// What it said.
        detail: String,
    },
    /// Writes are refused for hours (Google `quotaExceeded`); reads may go on.
    #[error("the provider's usage limit is reached: {detail}")]
    Quota {
        /// What it said.
        detail: String,
    },
    /// The provider could not be reached at all.
    #[error("{detail}")]
    Unreachable {
        /// What stood in the way.
        reason: Unreachable,
        /// For people.
        detail: String,
    },
    /// The credential is no longer accepted. One strike; two mean that a person must consent again.
    #[error("the provider no longer accepts the credential: {detail}")]
    Reauthorize {
        /// What it said.
        detail: String,
    },
    /// The account may not do this (read-only calendar, missing scope).
    #[error("the account may not do this: {detail}")]
    Forbidden {
        /// `insufficient_scope`, `read_only`, or the provider's own word.
        code: String,
        /// What it said.
        detail: String,
    },
    /// Somebody else changed it since the etag that was sent.
    #[error("it was changed at the provider in the meantime")]
    Changed,
    /// No such calendar or event (any more).
    #[error("it is not at the provider (any more)")]
    NotFound,
    /// The cursor is too old; begin a full round.
    #[error("the sync cursor has expired")]
    CursorExpired,
    /// The request is wrong, or the answer is not understood. Trying again does not help.
    #[error("the provider refused: {detail}")]
    Rejected {
        /// The provider's own word, or ours in snake_case.
        code: String,
        /// What it said.
        detail: String,
        /// HTTP status, where there was one.
        status: Option<u16>,
    },
}

/// Why a provider could not be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    /// The name does not resolve.
    Dns,
    /// Nothing answers there.
    Connect,
    /// The certificate is not trusted, or TLS failed.
    Tls,
    /// It took too long.
    Timeout,
    /// It answers, but it is not a CalDAV server.
    NotCaldav,
    /// It names an address of another site, where the password must not go.
    Elsewhere,
    /// Our own guard refuses the address (private network, wrong scheme).
    Guarded,
}
