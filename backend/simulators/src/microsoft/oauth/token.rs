//! The token endpoint.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpRequest, HttpResponse, web};
use base64::{Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::{
    faults::Effect,
    journal::{note, record},
    wire::{after, before, text_header},
};

use super::{
    Authority, claims, plus, short_name,
    words::{Aadsts, aadsts},
};
use crate::microsoft::{
    consent,
    server::Shared,
    store::{Account, State},
};

type Form = BTreeMap<String, String>;

/// `POST /{tenant}/oauth2/v2.0/token`.
pub(crate) async fn token(
    request: HttpRequest,
    tenant: web::Path<String>,
    body: web::Bytes,
    shared: web::Data<Shared>,
) -> HttpResponse {
    let form: Form = url::form_urlencoded::parse(&body).into_owned().collect();
    let (number, effects) = {
        let mut state = shared.lock();
        let account = form.get("refresh_token").and_then(|text| state.auth.refresh_of(text));
        let number = record(&mut state.bench, &request, "oauth.token", account.clone(), "", &body);
        (number, state.bench.strike("oauth.token", account.as_deref(), false))
    };
    if let Some(cut) = before(&request, &effects).await {
        note(&mut shared.lock().bench, number, 0, &effects);
        return cut;
    }
    let response = {
        let mut state = shared.lock();
        let now = state.now();
        let outcome = match effects.iter().find_map(ordered) {
            Some(problem) => Err(problem),
            None => exchange(&mut state, &request, &tenant, &form),
        };
        let response = outcome.unwrap_or_else(|problem| problem.response(now));
        note(&mut state.bench, number, response.status().as_u16(), &effects);
        response
    };
    after(&request, response, &effects).await
}

/// The refusal an effect stands for here.
fn ordered(effect: &Effect) -> Option<Aadsts> {
    let mut problem = aadsts(90_033, "A transient error has occurred. Please try again.");
    match effect {
        Effect::Status { status, .. } | Effect::RateLimit { status, .. } => problem.status = *status,
        _ => return None,
    }
    Some(problem)
}

fn exchange(state: &mut State, request: &HttpRequest, tenant: &str, form: &Form) -> Result<HttpResponse, Aadsts> {
    let authority = Authority::parse(state, tenant).ok_or_else(|| {
        aadsts(
            90_002,
            format!("Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."),
        )
    })?;
    if !text_header(request, "content-type").is_some_and(|t| t.starts_with("application/x-www-form-urlencoded")) {
        return Err(aadsts(
            900_144,
            "The request body must contain the following parameter: 'grant_type'.",
        ));
    }
    let need = |name: &str| {
        form.get(name).filter(|v| !v.is_empty()).ok_or_else(|| {
            aadsts(
                900_144,
                format!("The request body must contain the following parameter: '{name}'."),
            )
        })
    };
    let grant = need("grant_type")?.clone();
    let client = client(state, request, form)?;
    match grant.as_str() {
        "authorization_code" => by_code(state, &authority, &client, form, &need("code")?.clone()),
        "refresh_token" => by_refresh(state, &authority, &client, form, &need("refresh_token")?.clone()),
        other => Err(aadsts(
            70_003,
            format!("The app requested an unsupported grant type '{other}'."),
        )),
    }
}

/// Who asks: by form, or by Basic.
fn client(state: &State, request: &HttpRequest, form: &Form) -> Result<String, Aadsts> {
    let basic = text_header(request, "authorization")
        .and_then(|text| STANDARD.decode(text.strip_prefix("Basic ")?.trim()).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| {
            text.split_once(':')
                .map(|(id, secret)| (id.to_string(), secret.to_string()))
        });
    let (id, secret) = match basic {
        Some((id, secret)) => (id, Some(secret)),
        None => (
            form.get("client_id").cloned().unwrap_or_default(),
            form.get("client_secret").cloned(),
        ),
    };
    if id.is_empty() {
        return Err(aadsts(
            900_144,
            "The request body must contain the following parameter: 'client_id'.",
        ));
    }
    let known = state.auth.clients.get(&id).ok_or_else(|| {
        aadsts(
            700_016,
            format!("Application with identifier '{id}' was not found in the directory."),
        )
    })?;
    match secret {
        None if !known.secret.is_empty() => Err(aadsts(
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        )),
        Some(secret) if secret != known.secret => Err(aadsts(
            7_000_215,
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.",
        )),
        _ => Ok(id),
    }
}

fn by_code(
    state: &mut State,
    authority: &Authority,
    client: &str,
    form: &Form,
    text: &str,
) -> Result<HttpResponse, Aadsts> {
    let now = state.now();
    let code = state.auth.codes.get(text).filter(|c| c.client == client).cloned();
    let code = code.ok_or_else(|| aadsts(9_002_313, "Invalid request. Request is malformed or invalid."))?;
    if code.spent {
        return Err(aadsts(
            54_005,
            "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
        ));
    }
    if now >= code.expires {
        return Err(aadsts(
            70_008,
            "The provided authorization code or refresh token has expired due to inactivity.",
        ));
    }
    if form.get("redirect_uri") != Some(&code.redirect) {
        return Err(aadsts(
            50_011,
            "The redirect URI specified in the request does not match the one the code was asked for with.",
        ));
    }
    if let Some(challenge) = &code.challenge {
        let verifier = form
            .get("code_verifier")
            .ok_or_else(|| aadsts(50_148, "The code_verifier is missing."))?;
        let derived = if code.plain {
            verifier.clone()
        } else {
            URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
        };
        if derived != *challenge {
            return Err(aadsts(
                501_481,
                "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
            ));
        }
    } else if form.contains_key("code_verifier") {
        return Err(aadsts(
            50_148,
            "The code_verifier does not match: no code_challenge was supplied.",
        ));
    }
    let account = admitted(state, authority, &code.account)?;
    if let Some(code) = state.auth.codes.get_mut(text) {
        code.spent = true;
    }
    let scopes = narrowed(form, &code.scopes)?;
    Ok(grant(
        state,
        client,
        &account,
        code.scopes,
        scopes,
        code.nonce.as_deref(),
    ))
}

fn by_refresh(
    state: &mut State,
    authority: &Authority,
    client: &str,
    form: &Form,
    text: &str,
) -> Result<HttpResponse, Aadsts> {
    let now = state.now();
    let known = state.auth.refresh.get(text).filter(|r| r.client == client).cloned();
    let refresh = known.ok_or_else(|| aadsts(9_002_313, "Invalid request. Request is malformed or invalid."))?;
    if refresh.revoked {
        return Err(aadsts(
            50_173,
            "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.",
        ));
    }
    if now >= refresh.expires {
        return Err(aadsts(700_082, "The refresh token has expired due to inactivity."));
    }
    if refresh.spent && state.limits.refuse_spent_refresh_tokens {
        return Err(aadsts(
            70_000,
            "The provided value for the input parameter 'refresh_token' is not valid.",
        ));
    }
    let account = admitted(state, authority, &refresh.account)?;
    let consent = state.auth.consents.get(&(refresh.account.clone(), client.to_string()));
    if !consent.is_some_and(|known| refresh.scopes.iter().all(|s| known.contains(s))) {
        return Err(aadsts(
            65_001,
            format!(
                "The user or administrator has not consented to use the application with ID '{client}'. Send an interactive authorization request for this user and resource."
            ),
        ));
    }
    // Refresh tokens replace themselves with a fresh token upon every use; Entra does not revoke the old one
    // (refresh-tokens.md, “Token lifetime”).
    if let Some(old) = state.auth.refresh.get_mut(text) {
        old.spent = true;
    }
    let scopes = narrowed(form, &refresh.scopes)?;
    Ok(grant(state, client, &account, refresh.scopes, scopes, None))
}

fn admitted(state: &State, authority: &Authority, email: &str) -> Result<Account, Aadsts> {
    let account = state.accounts.get(email).cloned();
    let account = account.ok_or_else(|| aadsts(50_034, "The user account does not exist in the directory."))?;
    if authority.admits(&account) {
        Ok(account)
    } else {
        Err(aadsts(
            50_020,
            format!("User account '{email}' does not exist in this tenant."),
        ))
    }
}

/// The scopes asked for, which must be among those consented to.
fn narrowed(form: &Form, granted: &BTreeSet<String>) -> Result<BTreeSet<String>, Aadsts> {
    let Some(wanted) = form.get("scope") else {
        return Ok(granted.clone());
    };
    let wanted: BTreeSet<String> = wanted.split_whitespace().map(short_name).collect();
    if let Some(unknown) = wanted.iter().find(|s| consent::describe(s).is_none()) {
        return Err(aadsts(
            70_011,
            format!(
                "The provided value for the input parameter 'scope' is not valid. The scope '{unknown}' does not exist."
            ),
        ));
    }
    if let Some(more) = wanted
        .iter()
        .find(|s| !granted.contains(*s) && !s.ends_with(".default"))
    {
        return Err(aadsts(
            65_001,
            format!("The user or administrator has not consented to '{more}'."),
        ));
    }
    Ok(wanted)
}

fn grant(
    state: &mut State,
    client: &str,
    account: &Account,
    all: BTreeSet<String>,
    scopes: BTreeSet<String>,
    nonce: Option<&str>,
) -> HttpResponse {
    let now = state.now();
    let seconds = state.limits.access_token_seconds;
    let access = state.auth.issue_access(account, scopes.clone(), plus(now, seconds));
    let shown: Vec<&str> = scopes
        .iter()
        .map(String::as_str)
        .filter(|s| *s != "offline_access")
        .collect();
    let mut answer = json!({
        "token_type": "Bearer",
        "scope": shown.join(" "),
        "expires_in": seconds,
        "ext_expires_in": seconds,
        "access_token": access,
    });
    if scopes.contains("offline_access") {
        let expires = plus(now, state.limits.refresh_token_seconds);
        answer["refresh_token"] = json!(state.auth.issue_refresh(&account.email, client, all, expires));
    }
    if scopes.contains("openid") {
        answer["id_token"] = json!(claims::id_token(state, client, account, &scopes, nonce));
    }
    HttpResponse::Ok()
        .insert_header(("Cache-Control", "no-store, no-cache"))
        .insert_header(("Content-Type", "application/json; charset=utf-8"))
        .body(answer.to_string())
}
