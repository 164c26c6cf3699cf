//! Microsoft Entra's OAuth 2.0 and OpenID Connect, as far as a web application meets them: consent, code, tokens that
//! rotate, sign-in sessions that are revoked. Tokens live in memory and mean nothing anywhere else.
//!
//! Sources: Entra docs, v2-oauth2-auth-code-flow.md, refresh-tokens.md, reference-error-codes.md, scopes-oidc.md.

pub(crate) mod authorize;
pub(crate) mod claims;
pub(crate) mod token;
pub(crate) mod words;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::chance::secret;

use super::store::{Account, State, Tenant};

/// The OAuth client every installation may use with the simulator.
pub const CLIENT_ID: &str = "5a4db0c5-0000-4000-a000-ca1e4da257ac";
/// Its secret; it protects nothing.
pub const CLIENT_SECRET: &str = "sandbox~only.not-a-secret";
/// The tenant all personal accounts are in (Entra docs: id-token-claims-reference.md, `tid`).
pub const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// A registered application.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Client {
    /// Application id.
    pub id: String,
    /// Its secret; empty for a public client.
    pub secret: String,
    /// What the consent page calls it.
    pub name: String,
    /// Exact addresses; without any: everything on loopback.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
}

impl Client {
    fn accepts(&self, redirect: &str) -> bool {
        if !self.redirect_uris.is_empty() {
            return self.redirect_uris.iter().any(|uri| uri == redirect);
        }
        Url::parse(redirect).is_ok_and(|url| {
            let host = url.host_str().unwrap_or_default();
            matches!(url.scheme(), "http" | "https")
                && url.fragment().is_none()
                && (host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") || host == "[::1]")
        })
    }
}

#[derive(Debug, Clone)]
struct Code {
    client: String,
    redirect: String,
    account: String,
    scopes: BTreeSet<String>,
    challenge: Option<String>,
    plain: bool,
    expires: Timestamp,
    nonce: Option<String>,
    spent: bool,
}

/// What an access token stands for.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) account: String,
    pub(crate) scopes: BTreeSet<String>,
    expires: Timestamp,
}

#[derive(Debug, Clone)]
struct Refresh {
    client: String,
    account: String,
    scopes: BTreeSet<String>,
    expires: Timestamp,
    /// Has been exchanged for a newer one.
    spent: bool,
    /// The person's sign-in sessions were revoked.
    revoked: bool,
}

/// All that OAuth remembers.
#[derive(Debug, Default, Clone)]
pub(crate) struct Auth {
    pub(crate) clients: BTreeMap<String, Client>,
    codes: BTreeMap<String, Code>,
    access: BTreeMap<String, Access>,
    refresh: BTreeMap<String, Refresh>,
    /// Scopes per person and application.
    consents: BTreeMap<(String, String), BTreeSet<String>>,
}

/// Tokens as the token endpoint gives them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tokens {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// For the refresh grant.
    pub refresh_token: String,
}

impl Auth {
    /// Whom a token belongs to, valid or not.
    pub(crate) fn account_of(&self, token: &str) -> Option<String> {
        self.access.get(token).map(|a| a.account.clone())
    }

    /// Whose refresh token it is, valid or not.
    pub(crate) fn refresh_of(&self, token: &str) -> Option<String> {
        self.refresh.get(token).map(|r| r.account.clone())
    }

    /// A token: known, and valid now.
    pub(crate) fn access(&self, token: &str, now: Timestamp) -> Option<(Access, bool)> {
        self.access.get(token).map(|a| (a.clone(), now < a.expires))
    }

    /// Refresh tokens and sessions of an account are dead. Access tokens live on until they expire, as Entra says of
    /// `revokeSignInSessions`, unless `at_once`.
    pub(crate) fn revoke(&mut self, account: &str, at_once: bool) {
        for refresh in self.refresh.values_mut().filter(|r| r.account == account) {
            refresh.revoked = true;
        }
        self.codes.retain(|_, c| c.account != account);
        if at_once {
            self.access.retain(|_, a| a.account != account);
        }
    }

    /// Takes back what a person has consented to.
    pub(crate) fn forget_consent(&mut self, account: &str) {
        self.consents.retain(|(a, _), _| a != account);
    }

    /// Ends access tokens; refresh tokens stay.
    pub(crate) fn expire_access(&mut self, account: Option<&str>, now: Timestamp) {
        for access in self
            .access
            .values_mut()
            .filter(|a| account.is_none_or(|wanted| a.account == wanted))
        {
            access.expires = now;
        }
    }

    /// An access token.
    fn issue_access(&mut self, account: &Account, scopes: BTreeSet<String>, expires: Timestamp) -> String {
        // Tokens of personal accounts are opaque; those of work accounts look like a JWT, and nobody may read either.
        let start = if account.tenant == CONSUMERS {
            "EwB"
        } else {
            "eyJ0eXAiOiJKV1QifQ."
        };
        let token = format!("{start}{}", secret(90));
        let access = Access {
            account: account.email.clone(),
            scopes,
            expires,
        };
        self.access.insert(token.clone(), access);
        token
    }

    fn issue_refresh(&mut self, account: &str, client: &str, scopes: BTreeSet<String>, expires: Timestamp) -> String {
        let token = format!("0.AX0A{}", secret(120));
        let refresh = Refresh {
            client: client.into(),
            account: account.into(),
            scopes,
            expires,
            spent: false,
            revoked: false,
        };
        self.refresh.insert(token.clone(), refresh);
        token
    }
}

/// Tokens for an account without a consent page.
pub(crate) fn issue(state: &mut State, account: &Account, client: &str, scopes: BTreeSet<String>) -> Tokens {
    let now = state.now();
    let (short, long) = (state.limits.access_token_seconds, state.limits.refresh_token_seconds);
    state
        .auth
        .consents
        .entry((account.email.clone(), client.into()))
        .or_default()
        .extend(scopes.iter().cloned());
    Tokens {
        access_token: state.auth.issue_access(account, scopes.clone(), plus(now, short)),
        refresh_token: state
            .auth
            .issue_refresh(&account.email, client, scopes, plus(now, long)),
    }
}

/// Graph's permissions may be written with or without the resource.
pub(crate) fn short_name(scope: &str) -> String {
    scope.trim_start_matches("https://graph.microsoft.com/").to_string()
}

pub(crate) fn plus(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX)
}

/// An id made of a name: the same name, the same id.
pub(crate) fn named_id(name: &str) -> String {
    let digest = Sha256::digest(name.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-4{}-a{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}

/// The tenant segment of an address: who may sign in there.
pub(crate) enum Authority {
    /// `common`.
    Anybody,
    /// `organizations`.
    Work,
    /// `consumers`.
    Personal,
    /// One tenant, by id or domain.
    One(String),
}

impl Authority {
    /// `None`: no such tenant.
    pub(crate) fn parse(state: &State, segment: &str) -> Option<Self> {
        Some(match segment {
            "common" => Self::Anybody,
            "organizations" => Self::Work,
            "consumers" | CONSUMERS => Self::Personal,
            name => {
                let found = |t: &&Tenant| t.id == name || t.domain.eq_ignore_ascii_case(name);
                Self::One(state.tenants.values().find(found)?.id.clone())
            }
        })
    }

    pub(crate) fn admits(&self, account: &Account) -> bool {
        match self {
            Self::Anybody => true,
            Self::Work => account.tenant != CONSUMERS,
            Self::Personal => account.tenant == CONSUMERS,
            Self::One(id) => account.tenant == *id,
        }
    }
}
