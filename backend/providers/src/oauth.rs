//! OAuth 2.0 with Google and Microsoft Entra (RFC 6749, PKCE of RFC 7636): consent, exchange, refresh, revocation, and who it was.
//!
//! Two facts to hold: nothing is remembered here (state, verifier and tokens are handed in and handed back), and a
//! secret leaves only in the request it is meant for. The addresses are configuration, so that a simulator can stand
//! in. What differs between the two stands in `issuer`.
//!
//! For the caller: keep [`Authorization::verifier`] sealed beside the state nonce until the callback, then
//! [`OAuth::exchange`]. After [`OAuth::refresh`] store every field of [`Tokens`] as it is: the refresh token is always
//! filled in, the old one where the server gave no new one. Compare the consent with [`Issuer::missing_scopes`], because
//! people can untick boxes.

mod advice;
mod entra;
mod issuer;
mod scopes;

use std::time::Duration;

use futures_util::future::BoxFuture;
use http::{
    HeaderName, Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE},
};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields,
    ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken,
    RequestTokenError, RevocationErrorResponseType, StandardErrorResponse, StandardRevocableToken,
    StandardTokenIntrospectionResponse, StandardTokenResponse, TokenResponse, TokenUrl,
    basic::{BasicErrorResponse, BasicTokenType},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

pub use issuer::Issuer;
pub use scopes::Scope;

use crate::{
    error::{Error, Result},
    http::{Http, Request},
};

/// Where Google or Microsoft (or a stand-in) listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Whose they are.
    pub issuer: Issuer,
    /// The consent page.
    pub auth_url: Url,
    /// Codes and refresh tokens become access tokens here.
    pub token_url: Url,
    /// Tokens are given back here, where that is possible.
    pub revoke_url: Option<Url>,
    /// Who a token belongs to (OpenID Connect, or Graph's `me`).
    pub userinfo_url: Url,
    /// Root of the calendar API, with or without a slash at the end.
    pub api_base: Url,
}

impl Endpoints {
    /// Google's own (its OpenID discovery document, and the `rootUrl`+`servicePath` of calendar v3).
    ///
    /// # Errors
    /// Never in practice: the texts are constants, and a test reads them.
    pub fn google() -> Result<Self> {
        Self::parse(
            "https://accounts.google.com/o/oauth2/v2/auth",
            "https://oauth2.googleapis.com/token",
            "https://oauth2.googleapis.com/revoke",
            "https://openidconnect.googleapis.com/v1/userinfo",
            "https://www.googleapis.com/calendar/v3",
        )
    }

    /// All of them below one address, with Google's own paths: a simulator.
    ///
    /// # Errors
    /// As [`Endpoints::parse`].
    pub fn below(base: &str) -> Result<Self> {
        let at = |path: &str| format!("{}{path}", base.trim_end_matches('/'));
        Self::parse(
            &at("/o/oauth2/v2/auth"),
            &at("/token"),
            &at("/revoke"),
            &at("/v1/userinfo"),
            &at("/calendar/v3"),
        )
    }

    /// Google's, from configuration.
    ///
    /// # Errors
    /// [`Error::Rejected`] with code `bad_endpoint`, naming the text that is not an address.
    pub fn parse(auth: &str, token: &str, revoke: &str, userinfo: &str, api_base: &str) -> Result<Self> {
        let url = |text: &str| {
            text.parse::<Url>().map_err(|e| Error::Rejected {
                code: "bad_endpoint".into(),
                detail: format!("“{text}” is not an address: {e}"),
                status: None,
            })
        };
        Ok(Self {
            issuer: Issuer::Google,
            auth_url: url(auth)?,
            token_url: url(token)?,
            revoke_url: Some(url(revoke)?),
            userinfo_url: url(userinfo)?,
            api_base: url(api_base)?,
        })
    }
}

/// Where to send the person, and what to keep until they come back.
#[derive(Debug, Clone)]
pub struct Authorization {
    /// The consent page with everything in its query.
    pub url: Url,
    /// Proves at the exchange that it was us who asked.
    pub verifier: SecretString,
}

/// What the token endpoint gave.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// For `Authorization: Bearer`.
    pub access: SecretString,
    /// For the next refresh. After an exchange `None` when Google gave none (it gives one with `prompt=consent`);
    /// after a refresh always there.
    pub refresh: Option<SecretString>,
    /// How long `access` lasts; one hour where the server does not say.
    pub expires_in: Duration,
    /// What was granted; `None`: exactly what was asked for (RFC 6749 §5.1).
    pub scopes_granted: Option<Vec<String>>,
    /// How long the refresh token lasts. Google says so only when it ends: seven days while the consent screen is in
    /// “Testing”, or as long as the person chose.
    pub refresh_expires_in: Option<Duration>,
}

/// Who consented.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UserInfo {
    /// Stable name of the account.
    pub sub: String,
    /// Address, with the scope `email`.
    #[serde(default)]
    pub email: Option<String>,
    /// What people call them, with the scope `profile`.
    #[serde(default)]
    pub name: Option<String>,
}

/// One registered application at Google or Microsoft.
#[derive(Clone)]
pub struct OAuth {
    http: Http,
    endpoints: Endpoints,
    client_id: String,
    client_secret: SecretString,
}

impl OAuth {
    /// `client_id` and `client_secret` as the Google Cloud console shows them.
    pub fn new(http: Http, endpoints: Endpoints, client_id: String, client_secret: SecretString) -> Self {
        Self {
            http,
            endpoints,
            client_id,
            client_secret,
        }
    }

    /// The consent page for `scopes`. Asks for a refresh token every time (`access_type=offline`, `prompt=consent`)
    /// and for nothing the person granted earlier to something else. `state` comes back in the callback.
    pub fn authorization_url(
        &self,
        redirect_uri: &Url,
        scopes: &[String],
        state: &str,
        login_hint: Option<&str>,
    ) -> Authorization {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = self
            .client()
            .set_auth_uri(AuthUrl::from_url(self.endpoints.auth_url.clone()));
        let client = client.set_redirect_uri(RedirectUrl::from_url(redirect_uri.clone()));
        let mut request = client
            .authorize_url(|| CsrfToken::new(state.to_owned()))
            .add_scopes(scopes.iter().cloned().map(oauth2::Scope::new))
            .set_pkce_challenge(challenge);
        for (name, value) in self.endpoints.issuer.wishes() {
            request = request.add_extra_param(*name, *value);
        }
        if let Some(address) = login_hint {
            request = request.add_extra_param("login_hint", address.to_owned());
        }
        Authorization {
            url: request.url().0,
            verifier: verifier.into_secret().into(),
        }
    }

    /// Turns the code of the callback into tokens. Never repeated: a code works once.
    ///
    /// # Errors
    /// [`Error::Reauthorize`]: the code is used, too old or not for this verifier, ask for consent again.
    /// [`Error::Rejected`] with the issuer's word (`invalid_client`, `redirect_uri_mismatch`) and what to fix.
    pub async fn exchange(&self, code: &str, verifier: &SecretString, redirect_uri: &Url) -> Result<Tokens> {
        let client = self
            .client()
            .set_token_uri(TokenUrl::from_url(self.endpoints.token_url.clone()));
        let client = client.set_redirect_uri(RedirectUrl::from_url(redirect_uri.clone()));
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.expose_secret().to_owned()))
            .request_async(&self.caller(false))
            .await;
        Ok(self.tokens(&answer.map_err(|e| self.refused(e))?))
    }

    /// A new access token. Repeated where no answer comes: Google's refresh tokens stay the same, and Microsoft's old one
    /// works on beside the new one.
    ///
    /// # Errors
    /// [`Error::Reauthorize`]: the refresh token was revoked or has ended; otherwise as [`OAuth::exchange`].
    pub async fn refresh(&self, refresh_token: &SecretString) -> Result<Tokens> {
        let client = self
            .client()
            .set_token_uri(TokenUrl::from_url(self.endpoints.token_url.clone()));
        let old = RefreshToken::new(refresh_token.expose_secret().to_owned());
        let answer = client
            .exchange_refresh_token(&old)
            .request_async(&self.caller(true))
            .await;
        let mut tokens = self.tokens(&answer.map_err(|e| self.refused(e))?);
        tokens.refresh.get_or_insert_with(|| refresh_token.clone());
        Ok(tokens)
    }

    /// Gives a refresh or access token back (RFC 7009); its whole grant ends. An unknown token is a success, and so is having
    /// no place to give it back to.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::TryLater`], [`Error::Rejected`].
    pub async fn revoke(&self, token: &SecretString) -> Result<()> {
        let Some(place) = self.endpoints.revoke_url.clone() else {
            return Ok(());
        };
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("token", token.expose_secret())
            .finish();
        let request = Request::new(Method::POST, place)
            .body("application/x-www-form-urlencoded", form)
            .repeatable(true);
        let answer = self.http.send(request).await?;
        match answer.status {
            StatusCode::OK => Ok(()),
            // Google: invalid_token, “Token expired or revoked”
            StatusCode::BAD_REQUEST if answer.text().contains("invalid_token") => Ok(()),
            status => Err(Error::Rejected {
                code: "revoke_failed".into(),
                detail: format!("Google did not take the token back: {status}"),
                status: Some(status.as_u16()),
            }),
        }
    }

    /// Who the token belongs to.
    ///
    /// # Errors
    /// As [`userinfo`].
    pub async fn userinfo(&self, access: &SecretString) -> Result<UserInfo> {
        userinfo(&self.http, &self.endpoints, access).await
    }

    /// Whose consent it is.
    pub const fn issuer(&self) -> Issuer {
        self.endpoints.issuer
    }

    fn tokens(&self, granted: &Granted) -> Tokens {
        let refresh = granted.refresh_token().map(|t| SecretString::from(t.secret().clone()));
        let unsaid = self.issuer().unsaid().filter(|_| refresh.is_some());
        let scopes = granted.scopes().map(|all| all.iter().map(|s| s.to_string()));
        Tokens {
            access: granted.access_token().secret().clone().into(),
            refresh,
            expires_in: granted.expires_in().unwrap_or(Duration::from_secs(3600)),
            scopes_granted: scopes.map(|all| all.chain(unsaid.map(str::to_owned)).collect()),
            refresh_expires_in: granted.extra_fields().refresh_token_expires_in.map(Duration::from_secs),
        }
    }

    fn refused(&self, error: RequestTokenError<Error, BasicErrorResponse>) -> Error {
        match error {
            RequestTokenError::Request(ours) => ours,
            RequestTokenError::ServerResponse(said) => self
                .issuer()
                .explain(said.error().as_ref(), said.error_description().map(String::as_str)),
            // The body may hold a token: only the place of the mistake is told.
            RequestTokenError::Parse(e, _) => self.not_understood(&e.to_string()),
            RequestTokenError::Other(text) => self.not_understood(&text),
        }
    }

    fn not_understood(&self, text: &str) -> Error {
        let name = self.issuer().name();
        Error::Rejected {
            code: "not_understood".into(),
            detail: format!("{name}'s answer to the token request is not understood: {text}"),
            status: None,
        }
    }

    fn client(&self) -> OwnClient {
        Client::new(ClientId::new(self.client_id.clone()))
            .set_client_secret(ClientSecret::new(self.client_secret.expose_secret().to_owned()))
            .set_auth_type(AuthType::RequestBody)
    }

    /// The crate's HTTP client: ours.
    ///
    /// It owns what it needs, so that a future that refreshes may change threads.
    fn caller(&self, repeatable: bool) -> impl Fn(HttpRequest) -> BoxFuture<'static, Result<HttpResponse>> + use<> {
        let ours = self.clone();
        move |request| {
            let ours = ours.clone();
            Box::pin(async move { ours.call(request, repeatable).await })
        }
    }

    async fn call(&self, request: HttpRequest, repeatable: bool) -> Result<HttpResponse> {
        let mut ours = Request::new(request.method().clone(), self.endpoints.token_url.clone()).repeatable(repeatable);
        let keep = |name: &HeaderName| *name == ACCEPT || *name == CONTENT_TYPE;
        ours.headers.extend(
            request
                .headers()
                .iter()
                .filter(|(n, _)| keep(n))
                .map(|(n, v)| (n.clone(), v.clone())),
        );
        ours.body = request.into_body().into();
        let answer = self.http.send(ours).await?;
        if serde_json::from_slice::<serde::de::IgnoredAny>(&answer.body).is_err() {
            // Not the issuer's: something on the way answered in its stead. That says nothing about the credential.
            return Err(Error::TryLater {
                after: None,
                rate_limited: false,
                detail: format!("the answer to the token request ({}) is no JSON", answer.status),
            });
        }
        let mut response = HttpResponse::new(answer.body.to_vec());
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        Ok(response)
    }
}

/// Who the token belongs to.
///
/// # Errors
/// [`Error::Reauthorize`] when it is no longer accepted; [`Error::Forbidden`] without the scope `openid`.
pub async fn userinfo(http: &Http, endpoints: &Endpoints, access: &SecretString) -> Result<UserInfo> {
    let answer = http
        .send(Request::get(endpoints.userinfo_url.clone()).bearer(access))
        .await?;
    let status = Some(answer.status.as_u16());
    let name = endpoints.issuer.name();
    match answer.status {
        StatusCode::OK => endpoints.issuer.person(&answer.body).map_err(|e| Error::Rejected {
            code: "not_understood".into(),
            detail: format!("{name} did not say who the account is: {e}"),
            status,
        }),
        StatusCode::UNAUTHORIZED => Err(Error::Reauthorize {
            detail: format!("{name} does not accept the access token (any more)."),
        }),
        StatusCode::FORBIDDEN => Err(Error::Forbidden {
            code: "insufficient_scope".into(),
            detail: "The consent does not include who the account is; connect it again.".into(),
        }),
        other => Err(Error::Rejected {
            code: "userinfo_failed".into(),
            detail: format!("{name} did not say who the account is: {other}"),
            status,
        }),
    }
}

/// Fields beyond RFC 6749.
#[derive(Debug, Serialize, Deserialize)]
struct Extra {
    #[serde(default)]
    refresh_token_expires_in: Option<u64>,
}

impl ExtraTokenFields for Extra {}

type Granted = StandardTokenResponse<Extra, BasicTokenType>;
type OwnClient = Client<
    BasicErrorResponse,
    Granted,
    StandardTokenIntrospectionResponse<EmptyExtraTokenFields, BasicTokenType>,
    StandardRevocableToken,
    StandardErrorResponse<RevocationErrorResponseType>,
>;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::http::Options;

    fn oauth() -> OAuth {
        let http = Http::new(Options::default()).unwrap();
        OAuth::new(http, Endpoints::google().unwrap(), "id.apps".into(), "shh".into())
    }

    #[test]
    fn the_consent_page_is_asked_for_offline_access_with_pkce() {
        let scopes: Vec<_> = Issuer::Google.scopes().iter().map(|s| s.scope.to_owned()).collect();
        let redirect = "https://cal.example/api/v1/oauth/callback".parse().unwrap();
        let asked = oauth().authorization_url(&redirect, &scopes, "nonce", Some("ann@example.org"));
        let query: std::collections::BTreeMap<_, _> = asked.url.query_pairs().into_owned().collect();
        let expected = [
            ("response_type", "code"),
            ("client_id", "id.apps"),
            ("redirect_uri", redirect.as_str()),
            ("scope", "openid email https://www.googleapis.com/auth/calendar"),
            ("state", "nonce"),
            ("access_type", "offline"),
            ("prompt", "consent"),
            ("include_granted_scopes", "false"),
            ("login_hint", "ann@example.org"),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in expected {
            assert_eq!(query.get(name).map(String::as_str), Some(value), "{name}");
        }
        let verifier = PkceCodeVerifier::new(asked.verifier.expose_secret().to_owned());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        assert_eq!(query["code_challenge"], challenge.as_str());
        assert!(!asked.url.as_str().contains("shh"));
    }
}
