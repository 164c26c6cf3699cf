//! The authorization endpoint: what is asked for, whether it may be, and what the person decided.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, web};
use url::Url;

use crate::{
    chance::{secret, uuid},
    journal::{note, record},
};

use super::{
    Authority, Client, Code, plus, short_name,
    words::{Aadsts, aadsts},
};
use crate::microsoft::{
    consent,
    server::Shared,
    store::{Account, State},
};

/// A request for consent that has been understood.
pub(crate) struct Asked {
    pub(crate) client: Client,
    pub(crate) authority: Authority,
    pub(crate) redirect: String,
    pub(crate) state: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) hint: Option<String>,
    pub(crate) prompt: String,
    challenge: Option<String>,
    plain: bool,
    nonce: Option<String>,
}

/// Reads an authorization request.
///
/// # Errors
/// What Entra shows on an error page instead of redirecting.
pub(crate) fn ask(state: &State, tenant: &str, query: &str) -> Result<Asked, Aadsts> {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let get = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    let need = |name: &str| {
        get(name).filter(|v| !v.is_empty()).ok_or_else(|| {
            aadsts(
                900_144,
                format!("The request body must contain the following parameter: '{name}'."),
            )
        })
    };
    let authority = Authority::parse(state, tenant).ok_or_else(|| {
        aadsts(90_002, format!("Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."))
    })?;
    let id = need("client_id")?;
    let client = state.auth.clients.get(&id).cloned().ok_or_else(|| {
        aadsts(
            700_016,
            format!("Application with identifier '{id}' was not found in the directory '{tenant}'."),
        )
    })?;
    let redirect = need("redirect_uri")?;
    if !client.accepts(&redirect) {
        return Err(aadsts(
            50_011,
            format!(
                "The redirect URI '{redirect}' specified in the request does not match the redirect URIs configured for the application '{id}'."
            ),
        ));
    }
    let kind = need("response_type")?;
    if kind != "code" {
        return Err(aadsts(70_000, format!("The response_type '{kind}' is not supported.")));
    }
    if !matches!(get("response_mode").as_deref(), None | Some("query")) {
        return Err(aadsts(90_014, "Only response_mode=query is simulated."));
    }
    let scopes: Vec<String> = need("scope")?.split_whitespace().map(short_name).collect();
    if let Some(unknown) = scopes.iter().find(|s| consent::describe(s).is_none()) {
        return Err(aadsts(
            70_011,
            format!(
                "The provided value for the input parameter 'scope' is not valid. The scope '{unknown}' does not exist."
            ),
        ));
    }
    let method = get("code_challenge_method").unwrap_or_else(|| "plain".into());
    let challenge = get("code_challenge");
    if !matches!(method.as_str(), "plain" | "S256")
        || challenge.as_ref().is_some_and(|c| !(43..=128).contains(&c.len()))
    {
        return Err(aadsts(501_491, "Invalid size or method of Code_Challenge parameter."));
    }
    Ok(Asked {
        client,
        authority,
        redirect,
        state: get("state"),
        scopes,
        hint: get("login_hint"),
        prompt: get("prompt").unwrap_or_default(),
        challenge,
        plain: method == "plain",
        nonce: get("nonce"),
    })
}

impl Asked {
    fn back(&self, pairs: &[(&str, &str)]) -> String {
        let Ok(mut url) = Url::parse(&self.redirect) else {
            return self.redirect.clone();
        };
        {
            let mut query = url.query_pairs_mut();
            for (key, value) in pairs {
                query.append_pair(key, value);
            }
            if let Some(state) = &self.state {
                query.append_pair("state", state);
            }
        }
        url.into()
    }

    /// Where a refusal leads.
    pub(crate) fn deny(&self, state: &State, why: &Aadsts) -> String {
        let text = why.description(state.now(), &uuid(), &uuid());
        self.back(&[
            ("error", why.error),
            ("error_description", &text),
            (
                "error_uri",
                &format!("https://login.microsoftonline.com/error?code={}", why.number),
            ),
        ])
    }

    /// What a person declines with.
    pub(crate) fn declined(&self, state: &State) -> String {
        self.deny(state, &aadsts(65_004, "User declined to consent to access the app."))
    }

    /// Whether this person may sign in here.
    ///
    /// # Errors
    /// AADSTS50020 for somebody from elsewhere.
    pub(crate) fn admits(&self, account: &Account) -> Result<(), Aadsts> {
        if self.authority.admits(account) {
            return Ok(());
        }
        Err(aadsts(
            50_020,
            format!(
                "User account '{}' from identity provider does not exist in tenant and cannot access the application '{}' in that tenant.",
                account.email, self.client.id
            ),
        ))
    }

    /// Whether only an administrator can go on.
    pub(crate) fn needs_admin(&self, state: &State, account: &Account) -> bool {
        state
            .tenants
            .get(&account.tenant)
            .is_some_and(|t| t.admin_consent && !account.admin && !t.consented.contains(&self.client.id))
    }

    /// Whether all that is asked for has been consented to before.
    pub(crate) fn known(&self, state: &State, account: &str) -> bool {
        let earlier = state.auth.consents.get(&(account.to_string(), self.client.id.clone()));
        earlier.is_some_and(|known| self.scopes.iter().all(|s| known.contains(s)))
    }

    /// Where a consent leads. Entra has no boxes to untick: it is all or nothing.
    pub(crate) fn allow(&self, state: &mut State, account: &Account) -> String {
        if account.admin
            && let Some(tenant) = state.tenants.get_mut(&account.tenant)
        {
            tenant.consented.insert(self.client.id.clone());
        }
        let scopes: BTreeSet<String> = self.scopes.iter().cloned().collect();
        let key = (account.email.clone(), self.client.id.clone());
        state
            .auth
            .consents
            .entry(key)
            .or_default()
            .extend(scopes.iter().cloned());
        let code = format!("0.AX0A{}", secret(80));
        let kept = Code {
            client: self.client.id.clone(),
            redirect: self.redirect.clone(),
            account: account.email.clone(),
            scopes,
            challenge: self.challenge.clone(),
            plain: self.plain,
            expires: plus(state.now(), state.limits.code_seconds),
            nonce: self.nonce.clone(),
            spent: false,
        };
        state.auth.codes.insert(code.clone(), kept);
        self.back(&[("code", &code), ("session_state", &uuid())])
    }
}

/// `GET` and `POST /{tenant}/oauth2/v2.0/authorize`.
pub(crate) async fn authorize(
    request: HttpRequest,
    tenant: web::Path<String>,
    body: web::Bytes,
    shared: web::Data<Shared>,
) -> HttpResponse {
    let query = request.query_string().to_string();
    let mut state = shared.lock();
    let number = record(&mut state.bench, &request, "oauth.authorize", None, "…", &[]);
    let response = match ask(&state, &tenant, &query) {
        Err(problem) => consent::problem(&state, &problem),
        Ok(asked) if request.method() == actix_web::http::Method::POST => decide(&mut state, &asked, &query, &body),
        Ok(asked) if asked.prompt == "none" => silent(&mut state, &asked),
        Ok(asked) => consent::page(&state, &asked, &query),
    };
    note(&mut state.bench, number, response.status().as_u16(), &[]);
    response
}

/// `prompt=none`: an answer without a page, or the reason why there must be one.
fn silent(state: &mut State, asked: &Asked) -> HttpResponse {
    let account = asked.hint.as_ref().and_then(|hint| state.accounts.get(hint)).cloned();
    let to = match account {
        Some(account) if asked.admits(&account).is_ok() && asked.known(state, &account.email) => {
            asked.allow(state, &account)
        }
        Some(_) => {
            let mut why = aadsts(
                65_001,
                "The user or administrator has not consented to use the application.",
            );
            why.error = "consent_required";
            asked.deny(state, &why)
        }
        None => asked.deny(
            state,
            &aadsts(50_058, "A silent sign-in request was sent but no user is signed in."),
        ),
    };
    redirect(&to)
}

fn decide(state: &mut State, asked: &Asked, query: &str, body: &[u8]) -> HttpResponse {
    let form: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
    let get = |name: &str| form.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    if get("decision") != Some("accept") {
        return redirect(&asked.declined(state));
    }
    let Some(account) = state.accounts.get(get("account").unwrap_or_default()).cloned() else {
        return consent::problem(
            state,
            &aadsts(50_034, "The user account does not exist in the directory."),
        );
    };
    if let Err(problem) = asked.admits(&account) {
        return consent::problem(state, &problem);
    }
    if asked.needs_admin(state, &account) {
        let back = asked.deny(state, &aadsts(90_094, "Need admin approval"));
        return consent::approval(asked, &account, query, &back);
    }
    redirect(&asked.allow(state, &account))
}

fn redirect(to: &str) -> HttpResponse {
    HttpResponse::Found()
        .insert_header(("Location", to))
        .insert_header(("Cache-Control", "no-store"))
        .finish()
}
