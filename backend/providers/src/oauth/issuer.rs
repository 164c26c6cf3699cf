//! What differs between those whose consent page we send people to.

use super::{Endpoints, UserInfo, advice, entra, scopes::Scope};
use crate::error::{Error, Result};

/// Whose consent page it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Issuer {
    /// Google.
    Google,
    /// Microsoft Entra, for work and personal accounts.
    Microsoft,
}

impl Issuer {
    /// For people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Google => "Google",
            Self::Microsoft => "Microsoft",
        }
    }

    /// What we ask for, least first.
    pub const fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Google => &super::scopes::SCOPES,
            Self::Microsoft => &entra::SCOPES,
        }
    }

    /// The required scopes that were not granted.
    pub fn missing_scopes(self, granted: &[String]) -> Vec<&'static str> {
        let has = |wanted: &str| granted.iter().any(|g| self.means(g) == wanted);
        let required = self.scopes().iter().filter(|scope| scope.required);
        required.map(|scope| scope.scope).filter(|scope| !has(scope)).collect()
    }

    /// A granted scope as it is asked for. Google spells `email` and `profile` differently in its answers, Microsoft may add
    /// the resource.
    fn means(self, granted: &str) -> &str {
        let prefix = match self {
            Self::Google => "https://www.googleapis.com/auth/userinfo.",
            Self::Microsoft => "https://graph.microsoft.com/",
        };
        granted.strip_prefix(prefix).unwrap_or(granted)
    }

    /// A scope that is granted without a word: that there is a refresh token says it.
    pub(super) const fn unsaid(self) -> Option<&'static str> {
        match self {
            Self::Google => None,
            Self::Microsoft => Some("offline_access"),
        }
    }

    /// What the consent page is asked beside the standard.
    pub(super) const fn wishes(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Google => &[
                ("access_type", "offline"),
                ("prompt", "consent"),
                ("include_granted_scopes", "false"),
            ],
            // Consent is asked for where it is missing. Forcing it would lock out people whose administrator has consented.
            Self::Microsoft => &[("response_mode", "query"), ("prompt", "select_account")],
        }
    }

    /// An error of the consent page or the token endpoint in plain words, with what to do.
    pub fn explain(self, word: &str, said: Option<&str>) -> Error {
        match self {
            Self::Google => advice::explain(word, said),
            Self::Microsoft => entra::explain(word, said),
        }
    }

    pub(super) fn person(self, body: &[u8]) -> serde_json::Result<UserInfo> {
        match self {
            Self::Google => serde_json::from_slice(body),
            Self::Microsoft => entra::person(body),
        }
    }
}

impl Endpoints {
    /// Microsoft's own. `tenant`: `common` for everybody, `organizations`, `consumers`, or one tenant's id or domain.
    ///
    /// # Errors
    /// As [`Endpoints::parse`]: the tenant cannot be part of an address.
    pub fn microsoft(tenant: &str) -> Result<Self> {
        Self::entra(
            "https://login.microsoftonline.com",
            tenant,
            "https://graph.microsoft.com/v1.0",
        )
    }

    /// Entra's pages at `login`, Graph at `api_base`.
    ///
    /// # Errors
    /// As [`Endpoints::parse`].
    pub fn entra(login: &str, tenant: &str, api_base: &str) -> Result<Self> {
        let (login, api) = (login.trim_end_matches('/'), api_base.trim_end_matches('/'));
        let at = |what: &str| format!("{login}/{tenant}/oauth2/v2.0/{what}");
        let me = format!("{api}/me?$select=id,displayName,mail,userPrincipalName");
        let google_like = Self::parse(&at("authorize"), &at("token"), &at("token"), &me, api_base)?;
        Ok(Self {
            issuer: Issuer::Microsoft,
            // Entra has no place to give tokens back to; people take consent away under myapps.microsoft.com.
            revoke_url: None,
            ..google_like
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_granted_in_any_of_its_spellings() {
        let granted = |all: &[&str]| all.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        let missing = |issuer: Issuer, all: &[&str]| issuer.missing_scopes(&granted(all));
        let email = "https://www.googleapis.com/auth/userinfo.email";
        let calendar = "https://www.googleapis.com/auth/calendar";
        assert_eq!(missing(Issuer::Google, &["openid", email]), [calendar]);
        assert!(missing(Issuer::Google, &["openid", email, calendar]).is_empty());
        // Entra does not tell `offline_access` back; that there is a refresh token says it.
        let microsoft = ["https://graph.microsoft.com/User.Read", "Calendars.ReadWrite"];
        assert!(missing(Issuer::Microsoft, &microsoft).is_empty());
        assert_eq!(missing(Issuer::Microsoft, &["User.Read"]), ["Calendars.ReadWrite"]);
    }
}
