//! The authorization endpoint: what is asked for, whether it may be, and what the person decided.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, web};
use url::Url;

use super::{Client, Code, full_name, plus};
use crate::journal::{note, record};

use crate::google::{
    consent,
    server::Shared,
    store::{State, secret},
};

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

/// `GET` and `POST /o/oauth2/v2/auth`.
pub(crate) async fn authorize(request: HttpRequest, body: web::Bytes, shared: web::Data<Shared>) -> HttpResponse {
    let query = request.query_string().to_string();
    let mut state = shared.lock();
    let number = record(&mut state.bench, &request, "oauth.authorize", None, "…", &[]);
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
    note(&mut state.bench, number, response.status().as_u16(), &[]);
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
