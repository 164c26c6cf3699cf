//! The endpoints that applications call themselves: token, revoke, userinfo.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use base64::{Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Access, full_name, plus};
use crate::{
    journal::{note, record},
    wire::{after, bearer, before, text_header},
};

use crate::google::{
    consent,
    errors::ordered,
    server::{Shared, json_body},
    store::{State, secret},
};

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
        let number = record(&mut state.bench, &request, operation, account.clone(), "", &body);
        (number, state.bench.strike(operation, account.as_deref(), false))
    };
    if let Some(cut) = before(&request, &effects).await {
        note(&mut shared.lock().bench, number, 0, &effects);
        return cut;
    }
    let response = {
        let mut state = shared.lock();
        let response = match effects.iter().find_map(ordered) {
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
        note(&mut state.bench, number, response.status().as_u16(), &effects);
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
