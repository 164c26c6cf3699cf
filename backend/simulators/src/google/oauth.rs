//! Google's OAuth 2.0 and OpenID Connect, as far as a web application meets them: consent, code, tokens, refresh,
//! revocation, userinfo. Tokens live in memory and mean nothing anywhere else.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use base64::{Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::{
    consent, faults,
    server::{Shared, after, bearer, before, json_body, note, record, text_header},
    store::{State, secret},
};

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
#[derive(Debug, Default)]
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

/// A request for consent that has been understood.
pub(crate) struct Asked {
    pub(crate) client: Client,
    pub(crate) redirect: String,
    pub(crate) state: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) hint: Option<String>,
    pub(crate) prompt: String,
    offline: bool,
    challenge: Option<String>,
    plain: bool,
    nonce: Option<String>,
    include_granted: bool,
}

/// Why a consent page cannot be shown: Google's word and a sentence.
pub(crate) struct Blocked {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
}

fn blocked(status: u16, code: &'static str, detail: impl Into<String>) -> Blocked {
    Blocked {
        status,
        code,
        detail: detail.into(),
    }
}

/// Reads an authorization request.
///
/// # Errors
/// What Google shows on an error page instead of redirecting.
pub(crate) fn ask(state: &State, query: &str) -> Result<Asked, Blocked> {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let get = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    let need = |name: &str| {
        get(name)
            .filter(|v| !v.is_empty())
            .ok_or_else(|| blocked(400, "invalid_request", format!("Missing required parameter: {name}")))
    };
    let id = need("client_id")?;
    let client = state
        .auth
        .clients
        .get(&id)
        .cloned()
        .ok_or_else(|| blocked(401, "invalid_client", "The OAuth client was not found."))?;
    let redirect = need("redirect_uri")?;
    if !client.accepts(&redirect) {
        return Err(blocked(
            400,
            "redirect_uri_mismatch",
            format!("The address {redirect} is not registered for this application."),
        ));
    }
    let kind = need("response_type")?;
    if kind != "code" {
        return Err(blocked(
            400,
            "unsupported_response_type",
            format!("Invalid response_type: {kind}"),
        ));
    }
    let scope = need("scope")?;
    let scopes: Vec<String> = scope.split_whitespace().map(full_name).collect();
    if let Some(unknown) = scopes.iter().find(|s| consent::describe(s).is_none()) {
        return Err(blocked(
            400,
            "invalid_scope",
            format!("Some requested scopes were invalid: {unknown}"),
        ));
    }
    let method = get("code_challenge_method").unwrap_or_else(|| "plain".into());
    if !matches!(method.as_str(), "plain" | "S256") {
        return Err(blocked(400, "invalid_request", "Invalid code_challenge_method."));
    }
    let challenge = get("code_challenge");
    if challenge.as_ref().is_some_and(|c| !(43..=128).contains(&c.len())) {
        return Err(blocked(400, "invalid_request", "Invalid code_challenge."));
    }
    Ok(Asked {
        client,
        redirect,
        state: get("state"),
        scopes,
        hint: get("login_hint"),
        prompt: get("prompt").unwrap_or_default(),
        offline: get("access_type").as_deref() == Some("offline"),
        challenge,
        plain: method == "plain",
        nonce: get("nonce"),
        include_granted: get("include_granted_scopes").as_deref() == Some("true"),
    })
}

impl Asked {
    fn back(&self, pairs: &[(&str, &str)]) -> String {
        let Ok(mut url) = Url::parse(&self.redirect) else {
            return self.redirect.clone();
        };
        {
            let mut query = url.query_pairs_mut();
            if let Some(state) = &self.state {
                query.append_pair("state", state);
            }
            for (key, value) in pairs {
                query.append_pair(key, value);
            }
        }
        url.into()
    }

    /// Where a refusal leads.
    pub(crate) fn deny(&self, error: &str) -> String {
        self.back(&[("error", error)])
    }

    /// Where a consent leads: a code for `account` and the scopes that were left ticked.
    pub(crate) fn allow(&self, state: &mut State, account: &str, ticked: &BTreeSet<String>) -> String {
        let mut granted: BTreeSet<String> = self
            .scopes
            .iter()
            .filter(|s| ticked.contains(*s) || consent::sign_in(s))
            .cloned()
            .collect();
        if granted.is_empty() {
            return self.deny("access_denied");
        }
        let key = (account.to_string(), self.client.id.clone());
        let first = !state.auth.consents.contains_key(&key);
        let earlier = state.auth.consents.entry(key).or_default();
        if self.include_granted {
            granted.extend(earlier.iter().cloned());
        }
        earlier.extend(granted.iter().cloned());
        let now = state.now();
        let code = format!("4/0A{}", secret(48));
        let kept = Code {
            client: self.client.id.clone(),
            redirect: self.redirect.clone(),
            account: account.into(),
            scopes: granted.clone(),
            challenge: self.challenge.clone(),
            plain: self.plain,
            expires: plus(now, state.limits.code_seconds),
            refresh: self.offline && (first || self.prompt.split(' ').any(|p| p == "consent")),
            nonce: self.nonce.clone(),
        };
        state.auth.codes.insert(code.clone(), kept);
        let scopes: Vec<String> = granted.into_iter().collect();
        self.back(&[
            ("code", &code),
            ("scope", &scopes.join(" ")),
            ("authuser", "0"),
            ("prompt", "consent"),
        ])
    }
}

fn plus(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::MAX)
}

/// `GET` and `POST /o/oauth2/v2/auth`.
pub(crate) async fn authorize(request: HttpRequest, body: web::Bytes, shared: web::Data<Shared>) -> HttpResponse {
    let query = request.query_string().to_string();
    let mut state = shared.lock();
    let number = record(&mut state, &request, "oauth.authorize", None, "…", &[]);
    let response = match ask(&state, &query) {
        Err(problem) => consent::problem(&problem),
        Ok(asked) if request.method() == actix_web::http::Method::POST => decide(&mut state, &asked, &body),
        Ok(asked) if asked.prompt == "none" => {
            let account = asked.hint.clone().filter(|h| {
                let known = state.auth.consents.get(&(h.clone(), asked.client.id.clone()));
                known.is_some_and(|k| asked.scopes.iter().all(|s| k.contains(s)))
            });
            let to = match account {
                Some(account) => asked.allow(&mut state, &account, &asked.scopes.iter().cloned().collect()),
                None => asked.deny("interaction_required"),
            };
            redirect(&to)
        }
        Ok(asked) => consent::page(&state, &asked, &query),
    };
    note(&mut state, number, response.status().as_u16(), &[]);
    response
}

fn decide(state: &mut State, asked: &Asked, body: &[u8]) -> HttpResponse {
    let form: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
    let get = |name: &str| form.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    if get("decision") != Some("allow") {
        return redirect(&asked.deny("access_denied"));
    }
    let account = get("account").unwrap_or_default().to_string();
    if !state.accounts.contains_key(&account) {
        return consent::problem(&blocked(400, "invalid_request", "Choose an account."));
    }
    let ticked = form
        .iter()
        .filter(|(n, _)| n == "scope")
        .map(|(_, v)| v.clone())
        .collect();
    redirect(&asked.allow(state, &account, &ticked))
}

fn redirect(to: &str) -> HttpResponse {
    HttpResponse::Found()
        .insert_header(("Location", to))
        .insert_header(("Cache-Control", "no-store"))
        .finish()
}

fn refuse(status: u16, error: &str, description: &str) -> HttpResponse {
    let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST));
    json_body(
        &mut response,
        &json!({"error": error, "error_description": description}),
    )
}

/// `POST /token`.
pub(crate) async fn token(request: HttpRequest, body: web::Bytes, shared: web::Data<Shared>) -> HttpResponse {
    run(request, body, shared, "oauth.token", exchange).await
}

/// `POST /revoke`.
pub(crate) async fn revoke(request: HttpRequest, body: web::Bytes, shared: web::Data<Shared>) -> HttpResponse {
    run(request, body, shared, "oauth.revoke", |state, _, form| {
        let token = form.get("token").map_or("", String::as_str);
        if state.auth.revoke(token) {
            json_body(&mut HttpResponse::Ok(), &json!({}))
        } else {
            refuse(400, "invalid_token", "Token expired or revoked")
        }
    })
    .await
}

/// `GET /oauth2/v3/userinfo` and `/v1/userinfo`.
pub(crate) async fn userinfo(request: HttpRequest, body: web::Bytes, shared: web::Data<Shared>) -> HttpResponse {
    run(request, body, shared, "oauth.userinfo", |state, request, _| {
        let now = state.now();
        let access = bearer(request).and_then(|token| state.auth.access(&token, now));
        match access {
            Some(access) if access.scopes.iter().any(|s| consent::sign_in(s)) => {
                json_body(&mut HttpResponse::Ok(), &claims(state, &access.account, &access.scopes))
            }
            Some(_) => refuse(
                403,
                "insufficient_scope",
                "Request had insufficient authentication scopes.",
            ),
            None => refuse(401, "invalid_request", "Invalid Credentials"),
        }
    })
    .await
}

type Form = BTreeMap<String, String>;

async fn run(
    request: HttpRequest,
    body: web::Bytes,
    shared: web::Data<Shared>,
    operation: &str,
    act: fn(&mut State, &HttpRequest, &Form) -> HttpResponse,
) -> HttpResponse {
    let mut form: Form = url::form_urlencoded::parse(&body).into_owned().collect();
    form.extend(url::form_urlencoded::parse(request.query_string().as_bytes()).into_owned());
    let (number, effects) = {
        let mut state = shared.lock();
        let account = bearer(&request).and_then(|t| state.auth.account_of(&t)).or_else(|| {
            state
                .auth
                .refresh
                .get(form.get("refresh_token")?)
                .map(|r| r.account.clone())
        });
        let number = record(&mut state, &request, operation, account.clone(), "", &body);
        let now = state.now();
        (
            number,
            faults::strike(&mut state.faults, operation, account.as_deref(), false, now),
        )
    };
    if let Some(cut) = before(&request, &effects).await {
        note(&mut shared.lock(), number, 0, &effects);
        return cut;
    }
    let response = {
        let mut state = shared.lock();
        let response = match effects.iter().find_map(faults::refusal) {
            Some(refusal) => {
                let mut response =
                    HttpResponse::build(StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_GATEWAY));
                if let Some(seconds) = refusal.retry_after {
                    response.insert_header(("Retry-After", seconds.to_string()));
                }
                json_body(
                    &mut response,
                    &json!({"error": "internal_failure", "error_description": refusal.message}),
                )
            }
            None => act(&mut state, &request, &form),
        };
        note(&mut state, number, response.status().as_u16(), &effects);
        response
    };
    after(&request, response, &effects).await
}

fn exchange(state: &mut State, request: &HttpRequest, form: &Form) -> HttpResponse {
    let get = |name: &str| form.get(name).map(String::as_str);
    if !text_header(request, "content-type").is_some_and(|t| t.starts_with("application/x-www-form-urlencoded")) {
        return refuse(
            400,
            "invalid_request",
            "Could not find the required parameters in the form.",
        );
    }
    let basic = text_header(request, "authorization").and_then(|h| credentials(&h));
    let (id, secret) = match &basic {
        Some((id, secret)) => (id.as_str(), secret.as_str()),
        None => (
            get("client_id").unwrap_or_default(),
            get("client_secret").unwrap_or_default(),
        ),
    };
    if id.is_empty() {
        return refuse(400, "invalid_request", "Could not determine client ID from request.");
    }
    let Some(client) = state.auth.clients.get(id) else {
        return refuse(401, "invalid_client", "The OAuth client was not found.");
    };
    if client.secret != secret {
        return refuse(401, "invalid_client", "Unauthorized");
    }
    let id = id.to_string();
    match get("grant_type") {
        Some("authorization_code") => by_code(state, &id, form),
        Some("refresh_token") => by_refresh(state, &id, form),
        Some(other) => refuse(400, "unsupported_grant_type", &format!("Invalid grant_type: {other}")),
        None => refuse(400, "invalid_request", "Required parameter is missing: grant_type"),
    }
}

/// RFC 6749 §2.3.1: both parts are form-encoded before they are joined.
fn credentials(header: &str) -> Option<(String, String)> {
    let bytes = STANDARD.decode(header.strip_prefix("Basic ")?.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decode = |part: &str| {
        url::form_urlencoded::parse(format!("x={part}").as_bytes())
            .next()
            .map(|(_, v)| v.into_owned())
            .unwrap_or_default()
    };
    Some((decode(id), decode(secret)))
}

fn by_code(state: &mut State, client: &str, form: &Form) -> HttpResponse {
    let get = |name: &str| form.get(name).map(String::as_str);
    let Some(text) = get("code") else {
        return refuse(400, "invalid_request", "Missing required parameter: code");
    };
    let now = state.now();
    let Some(code) = state.auth.codes.get(text).cloned().filter(|c| c.client == client) else {
        return refuse(400, "invalid_grant", "Malformed auth code.");
    };
    if get("redirect_uri") != Some(code.redirect.as_str()) {
        return refuse(400, "redirect_uri_mismatch", "Bad Request");
    }
    // From here on the code is used up, whatever comes.
    state.auth.codes.remove(text);
    if now >= code.expires {
        return refuse(400, "invalid_grant", "Bad Request");
    }
    if let Some(challenge) = &code.challenge {
        let Some(verifier) = get("code_verifier") else {
            return refuse(400, "invalid_grant", "Missing code verifier.");
        };
        let derived = if code.plain {
            verifier.to_string()
        } else {
            URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
        };
        if derived != *challenge {
            return refuse(400, "invalid_grant", "Invalid code verifier.");
        }
    } else if get("code_verifier").is_some() {
        return refuse(400, "invalid_grant", "code_verifier or verifier is not needed.");
    }
    let lifetime = state.limits.access_token_seconds;
    let tokens = state
        .auth
        .issue(&code.account, client, code.scopes.clone(), plus(now, lifetime));
    let mut answer = granted(
        state,
        client,
        &code.account,
        &code.scopes,
        &tokens.access_token,
        code.nonce.as_deref(),
    );
    if code.refresh {
        answer["refresh_token"] = json!(tokens.refresh_token);
        if let Some(seconds) = state.limits.refresh_token_seconds {
            answer["refresh_token_expires_in"] = json!(seconds);
            if let Some(refresh) = state.auth.refresh.get_mut(&tokens.refresh_token) {
                refresh.expires = Some(plus(now, seconds));
            }
        }
    } else {
        state.auth.refresh.remove(&tokens.refresh_token);
    }
    json_body(&mut HttpResponse::Ok(), &answer)
}

fn by_refresh(state: &mut State, client: &str, form: &Form) -> HttpResponse {
    let now = state.now();
    let Some(text) = form.get("refresh_token") else {
        return refuse(400, "invalid_request", "Missing required parameter: refresh_token");
    };
    let known = state
        .auth
        .refresh
        .get(text)
        .filter(|r| r.client == client && r.expires.is_none_or(|e| now < e));
    let Some(refresh) = known.cloned() else {
        return refuse(400, "invalid_grant", "Token has been expired or revoked.");
    };
    let mut scopes = refresh.scopes.clone();
    if let Some(wanted) = form.get("scope") {
        let wanted: BTreeSet<String> = wanted.split_whitespace().map(full_name).collect();
        if !wanted.is_subset(&scopes) {
            return refuse(400, "invalid_scope", "Bad Request");
        }
        scopes = wanted;
    }
    let token = format!("ya29.{}", secret(60));
    let access = Access {
        account: refresh.account.clone(),
        scopes: scopes.clone(),
        client: client.into(),
        expires: plus(now, state.limits.access_token_seconds),
        grant: refresh.grant,
    };
    state.auth.access.insert(token.clone(), access);
    let mut answer = granted(state, client, &refresh.account, &scopes, &token, None);
    if let Some(expires) = refresh.expires {
        answer["refresh_token_expires_in"] = json!(expires.as_second() - now.as_second());
    }
    json_body(&mut HttpResponse::Ok(), &answer)
}

fn granted(
    state: &State,
    client: &str,
    account: &str,
    scopes: &BTreeSet<String>,
    token: &str,
    nonce: Option<&str>,
) -> Value {
    let list: Vec<&str> = scopes.iter().map(String::as_str).collect();
    let mut answer = json!({
        "access_token": token,
        "expires_in": state.limits.access_token_seconds,
        "scope": list.join(" "),
        "token_type": "Bearer",
    });
    if scopes.contains("openid") {
        answer["id_token"] = json!(id_token(state, client, account, scopes, nonce));
    }
    answer
}

/// A JWT signed with the client's secret (HS256).
fn id_token(state: &State, client: &str, account: &str, scopes: &BTreeSet<String>, nonce: Option<&str>) -> String {
    let now = state.now().as_second();
    let mut body = claims(state, account, scopes);
    body["iss"] = json!("https://accounts.google.com");
    body["aud"] = json!(client);
    body["azp"] = json!(client);
    body["iat"] = json!(now);
    body["exp"] = json!(now + 3600);
    if let Some(nonce) = nonce {
        body["nonce"] = json!(nonce);
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&json!({"alg": "HS256", "typ": "JWT"})), part(&body));
    let secret = state
        .auth
        .clients
        .get(client)
        .map(|c| c.secret.as_str())
        .unwrap_or_default();
    let signature = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .map(|mut mac| {
            mac.update(text.as_bytes());
            URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
        })
        .unwrap_or_default();
    format!("{text}.{signature}")
}

fn claims(state: &State, account: &str, scopes: &BTreeSet<String>) -> Value {
    let Some(person) = state.accounts.get(account) else {
        return json!({});
    };
    let mut claims = json!({"sub": person.sub});
    if scopes.contains("https://www.googleapis.com/auth/userinfo.email") {
        claims["email"] = json!(person.email);
        claims["email_verified"] = json!(true);
    }
    if scopes.contains("https://www.googleapis.com/auth/userinfo.profile") {
        claims["name"] = json!(person.name);
        claims["given_name"] = json!(person.name.split(' ').next());
    }
    claims
}
