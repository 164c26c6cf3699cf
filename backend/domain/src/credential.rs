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

/// So many refusals in a row, and a person must consent again.
pub const STRIKES: i32 = 2;

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
        if self.refusals >= STRIKES {
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(NOW + seconds).unwrap_or(Timestamp::MAX)
    }

    /// The table of the documentation, written as a person reads it: the first line that applies.
    fn expected(facts: &Facts) -> CredentialStatus {
        let ends_in = facts
            .expires_at
            .filter(|_| !facts.renewable)
            .map(|end| end.as_second() - NOW);
        match (
            facts.revoked_at,
            facts.authorized_at,
            facts.refusals,
            ends_in,
            facts.failing,
        ) {
            (Some(_), ..) => CredentialStatus::Revoked,
            (_, None, ..) => CredentialStatus::NotAuthorized,
            (_, _, 2.., ..) => CredentialStatus::NeedsReauthorization,
            (_, _, _, Some(..=0), _) => CredentialStatus::Expired,
            (_, _, _, Some(1..=86_400), _) => CredentialStatus::Expiring,
            (.., true) => CredentialStatus::Error,
            (.., false) => CredentialStatus::Valid,
        }
    }

    #[test]
    fn every_combination_of_facts_has_the_status_of_the_table() {
        let mut seen = std::collections::BTreeMap::new();
        for provider in Provider::ALL {
            for revoked_at in [None, Some(at(-5)), Some(at(5))] {
                for authorized_at in [None, Some(at(-100))] {
                    for refusals in [0, 1, 2, 3, i32::MAX] {
                        for ends in [
                            None,
                            Some(-1),
                            Some(0),
                            Some(1),
                            Some(86_400),
                            Some(86_401),
                            Some(i64::MAX / 2 - NOW),
                        ] {
                            for renewable in [false, true] {
                                for failing in [false, true] {
                                    let expires_at = ends.map(at);
                                    let facts = Facts {
                                        provider,
                                        authorized_at,
                                        revoked_at,
                                        refusals,
                                        expires_at,
                                        renewable,
                                        failing,
                                    };
                                    let status = facts.status(at(0));
                                    assert_eq!(status, expected(&facts), "{facts:?}");
                                    *seen.entry(status.as_str()).or_insert(0) += 1;
                                }
                            }
                        }
                    }
                }
            }
        }
        assert_eq!(seen.len(), 7, "every status occurs: {seen:?}");
        assert_eq!(seen.values().sum::<i32>(), 3 * 3 * 2 * 5 * 7 * 2 * 2);
    }

    #[test]
    fn one_refusal_is_forgiven_and_the_second_is_not() {
        let facts = |refusals| Facts {
            provider: Provider::Google,
            authorized_at: Some(at(-100)),
            revoked_at: None,
            refusals,
            expires_at: Some(at(-1)),
            renewable: true,
            failing: false,
        };
        assert_eq!(
            facts(1).status(at(0)),
            CredentialStatus::Valid,
            "an ended access token is renewed by itself"
        );
        assert_eq!(facts(2).status(at(0)), CredentialStatus::NeedsReauthorization);
    }

    #[test]
    fn the_words_of_the_api_are_the_words_of_serde() {
        for status in [
            CredentialStatus::NotAuthorized,
            CredentialStatus::Valid,
            CredentialStatus::Expiring,
            CredentialStatus::Expired,
            CredentialStatus::NeedsReauthorization,
            CredentialStatus::Revoked,
            CredentialStatus::Error,
        ] {
            let word = serde_json::to_value(status).unwrap_or_default();
            assert_eq!(word, status.as_str());
            assert_eq!(serde_json::from_value::<CredentialStatus>(word).ok(), Some(status));
        }
    }
}
