//! Google's OAuth 2.0 and OpenID Connect, as far as a web application meets them: consent, code, tokens, refresh,
//! revocation, userinfo. Tokens live in memory and mean nothing anywhere else.

pub(crate) mod authorize;
pub(crate) mod token;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use super::store::secret;

/// The OAuth client every installation may use with the simulator.
pub const CLIENT_ID: &str = "calendar-stacker-sandbox.apps.googleusercontent.com";
/// Its secret; it protects nothing.
pub const CLIENT_SECRET: &str = "GOCSPX-sandbox-only-not-a-secret";

/// A registered application.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// Its secret.
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
    refresh: bool,
    nonce: Option<String>,
}

/// What an access token stands for.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    pub(crate) account: String,
    pub(crate) scopes: BTreeSet<String>,
    client: String,
    expires: Timestamp,
    grant: u64,
}

#[derive(Debug, Clone)]
struct Refresh {
    client: String,
    account: String,
    scopes: BTreeSet<String>,
    expires: Option<Timestamp>,
    grant: u64,
}

/// All that OAuth remembers.
#[derive(Debug, Default, Clone)]
pub(crate) struct Auth {
    pub(crate) clients: BTreeMap<String, Client>,
    codes: BTreeMap<String, Code>,
    access: BTreeMap<String, Access>,
    refresh: BTreeMap<String, Refresh>,
    consents: BTreeMap<(String, String), BTreeSet<String>>,
    grants: u64,
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

    /// A token that is valid now.
    pub(crate) fn access(&self, token: &str, now: Timestamp) -> Option<Access> {
        self.access.get(token).filter(|a| now < a.expires).cloned()
    }

    /// Forgets everything an account has granted.
    pub(crate) fn revoke_account(&mut self, account: &str) {
        self.access.retain(|_, a| a.account != account);
        self.refresh.retain(|_, r| r.account != account);
        self.codes.retain(|_, c| c.account != account);
        self.consents.retain(|(a, _), _| a != account);
    }

    /// Ends the access tokens of an account (of all without one); refresh tokens stay.
    pub(crate) fn expire_access(&mut self, account: Option<&str>, now: Timestamp) {
        for access in self
            .access
            .values_mut()
            .filter(|a| account.is_none_or(|wanted| a.account == wanted))
        {
            access.expires = now;
        }
    }

    /// Tokens without a consent page.
    pub(crate) fn issue(
        &mut self,
        account: &str,
        client: &str,
        scopes: BTreeSet<String>,
        expires: Timestamp,
    ) -> Tokens {
        self.grants += 1;
        let grant = self.grants;
        let tokens = Tokens {
            access_token: format!("ya29.{}", secret(60)),
            refresh_token: format!("1//0{}", secret(60)),
        };
        let access = Access {
            account: account.into(),
            scopes: scopes.clone(),
            client: client.into(),
            expires,
            grant,
        };
        self.access.insert(tokens.access_token.clone(), access);
        let refresh = Refresh {
            client: client.into(),
            account: account.into(),
            scopes,
            expires: None,
            grant,
        };
        self.refresh.insert(tokens.refresh_token.clone(), refresh);
        tokens
    }

    fn revoke(&mut self, token: &str) -> bool {
        let grant = self
            .access
            .get(token)
            .map(|a| (a.grant, a.account.clone(), a.client.clone()))
            .or_else(|| {
                self.refresh
                    .get(token)
                    .map(|r| (r.grant, r.account.clone(), r.client.clone()))
            });
        let Some((_, account, client)) = grant else {
            return false;
        };
        // Google revokes the person's whole grant to the application, whichever token is given.
        self.access.retain(|_, a| a.account != account || a.client != client);
        self.refresh.retain(|_, r| r.account != account || r.client != client);
        self.consents.remove(&(account, client));
        true
    }
}

/// Scopes by their full names; Google spells `email` and `profile` long in its answers.
pub(crate) fn full_name(scope: &str) -> String {
    match scope {
        "email" => "https://www.googleapis.com/auth/userinfo.email".into(),
        "profile" => "https://www.googleapis.com/auth/userinfo.profile".into(),
        other => other.into(),
    }
}

fn plus(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX)
}
