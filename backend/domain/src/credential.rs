//! What a credential's facts say about its status. Nobody sets a status; it is computed.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::calendar::Provider;

/// What a person needs to know about a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialStatus {
    /// Consent was never given, or the password never worked.
    NotAuthorized,
    /// Works as far as we know.
    Valid,
    /// Works, but cannot be renewed by itself and ends soon.
    Expiring,
    /// Ended and cannot be renewed by itself.
    Expired,
    /// The provider refused it twice; a person must consent again.
    NeedsReauthorization,
    /// Given back to the provider by us.
    Revoked,
    /// The last call failed for another reason.
    Error,
}

impl CredentialStatus {
    /// The word used in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAuthorized => "not_authorized",
            Self::Valid => "valid",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::NeedsReauthorization => "needs_reauthorization",
            Self::Revoked => "revoked",
            Self::Error => "error",
        }
    }
}

/// The stored facts a status is computed from.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Whose account it is at.
    pub provider: Provider,
    /// When consent was given or the password first worked.
    pub authorized_at: Option<Timestamp>,
    /// When we gave it back.
    pub revoked_at: Option<Timestamp>,
    /// How often in a row the provider refused it (two strikes, pains.md 19).
    pub refusals: i32,
    /// End of the access token.
    pub expires_at: Option<Timestamp>,
    /// Whether a refresh token is held.
    pub renewable: bool,
    /// Whether the last call failed for a reason that is not the credential's.
    pub failing: bool,
}

/// How long before its end a credential that cannot be renewed is called expiring.
pub const EXPIRING: SignedDuration = SignedDuration::from_hours(24);

impl Facts {
    /// The status at `now`.
    pub fn status(&self, now: Timestamp) -> CredentialStatus {
        if self.revoked_at.is_some() {
            return CredentialStatus::Revoked;
        }
        if self.authorized_at.is_none() {
            return CredentialStatus::NotAuthorized;
        }
        if self.refusals >= 2 {
            return CredentialStatus::NeedsReauthorization;
        }
        if let (Some(end), false) = (self.expires_at, self.renewable) {
            if end <= now {
                return CredentialStatus::Expired;
            }
            if end.duration_since(now) <= EXPIRING {
                return CredentialStatus::Expiring;
            }
        }
        if self.failing {
            CredentialStatus::Error
        } else {
            CredentialStatus::Valid
        }
    }
}
