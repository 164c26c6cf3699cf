//! Consent: from the button to a credential that works.
//!
//! The state that travels through the browser is random, stored as a hash, bound to tenant, credential and session, and
//! used up by the first who brings it. Verifier and redirect URI stay here. Nothing of a consent is stored before all of
//! it was looked at: the account is the right one, the scopes are there, the consent lasts.

use db::{
    credentials::{Connected, Credential},
    oauth_states::OAuthState,
    types::{Instant, Json},
};
use domain::{calendar::Provider, id::TenantId};
use jiff::{SignedDuration, Timestamp};
use providers::oauth::{Issuer, OAuth, Tokens, UserInfo};
use rand::Rng;
use secrecy::SecretString;
use url::Url;

use super::{
    Error, Result,
    connect::{issuer, provider_of},
    discover,
    secrets::{self, Secret},
    token,
};
use crate::{
    crypto::{self, Aad},
    state::App,
};

/// How long a consent may take.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// Address and name of every account of a simulated provider; none where it was not started.
pub fn sandbox_accounts(app: &App, provider: Provider) -> Vec<(String, String)> {
    if !app.config.sandbox {
        return Vec::new();
    }
    match provider {
        Provider::Google => simulators::google::sandbox()
            .accounts
            .into_iter()
            .map(|account| (account.email, account.name))
            .collect(),
        Provider::Microsoft => simulators::microsoft::sandbox()
            .accounts
            .into_iter()
            .map(|account| (account.email, account.name))
            .collect(),
        Provider::Caldav => Vec::new(),
    }
}

/// Where providers send people back to. Must stand in the OAuth client exactly so.
pub fn redirect_uri(app: &App) -> Url {
    let mut url = app.public_url.clone();
    url.set_path(&format!("{}api/v1/oauth/callback", app.public_url.path()));
    url
}

/// A consent that has begun.
#[derive(Debug)]
pub struct Begun {
    /// The provider's consent page.
    pub url: Url,
    /// Until when the person may come back.
    pub expires_at: Timestamp,
}

/// Begins a consent. Without a session (an API key asked) any session of the tenant may come back.
///
/// # Errors
/// [`Error::NotConnected`] when there is no OAuth app to ask with.
pub async fn begin(
    app: &App,
    row: &Credential,
    session_id: Option<String>,
    return_to: Option<String>,
) -> Result<Begun> {
    let oauth = token::oauth(app, row)?;
    let tenant = TenantId::from_store(row.tenant_id.clone());
    let (who, client) = (tenant.clone(), row.client_id.clone());
    let (client, _) = app.read(move |c| db::clients::get(c, &who, &client)).await?;
    let mut random = [0_u8; 32];
    rand::rng().fill_bytes(&mut random);
    let state = hex::encode(random);
    let hash = crypto::token_hash(&state);
    let redirect = redirect_uri(app);
    let wanted = client.google_account_email.as_deref();
    let wanted = wanted.filter(|_| oauth.issuer() == Issuer::Google);
    let hint = wanted.or(row.account_email.as_deref());
    let asked = oauth.authorization_url(&redirect, &row.scopes_requested, &state, hint);
    let now = app.now();
    let expires_at = now + PATIENCE;
    let aad = Aad {
        table: "oauth_states",
        column: "verifier_sealed",
        row: &hash,
        tenant: &tenant,
    };
    let stored = OAuthState {
        verifier_sealed: app.vault.seal(&aad, &asked.verifier),
        id: hash,
        tenant_id: row.tenant_id.clone(),
        credential_id: row.id.clone(),
        session_id,
        redirect_uri: redirect.to_string(),
        return_to,
        expires_at: expires_at.into(),
        created_at: now.into(),
    };
    app.write(move |c| db::oauth_states::insert(c, &stored)).await?;
    Ok(Begun {
        url: asked.url,
        expires_at,
    })
}

/// Why a consent came to nothing: the word in the redirect, and a sentence.
struct Nothing(&'static str, String);

impl From<Error> for Nothing {
    fn from(error: Error) -> Self {
        match &error {
            Error::Unavailable(_) | Error::Internal(_) => tracing::error!(%error, "a consent could not be finished"),
            _ => tracing::info!(%error, "a consent came to nothing"),
        }
        Self("exchange_failed", error.detail())
    }
}

impl From<db::Error> for Nothing {
    fn from(error: db::Error) -> Self {
        Error::from(error).into()
    }
}

/// What a provider says instead of a code.
#[derive(Debug)]
pub struct Declined {
    /// Its word.
    pub error: String,
    /// What it adds for people.
    pub description: Option<String>,
}

/// Ends a consent: where in the web app to send the browser, with what came of it. `person` is the signed-in session.
pub async fn finish(
    app: &App,
    person: Option<(TenantId, String)>,
    state: Option<String>,
    code: Option<String>,
    error: Option<Declined>,
) -> String {
    let begun = match take(app, person, state).await {
        Ok(begun) => begun,
        Err(nothing) => return place(app, None, Err(nothing)),
    };
    let outcome = connect(app, &begun, code, error).await;
    place(app, Some(&begun), outcome)
}

/// The consent that the state stands for, used up. A state of somebody else's is left for them.
async fn take(
    app: &App,
    person: Option<(TenantId, String)>,
    state: Option<String>,
) -> std::result::Result<OAuthState, Nothing> {
    let invalid = |why: &str| Nothing("state_invalid", why.to_owned());
    let Some(state) = state else {
        return Err(invalid("The answer does not belong to a consent that began here."));
    };
    let Some((tenant, session)) = person else {
        return Err(invalid("Sign in here first, in the same browser, and connect again."));
    };
    let hash = crypto::token_hash(&state);
    let key = hash.clone();
    let unknown = |error: db::Error| match error {
        db::Error::NotFound => invalid("This consent was used already or never began here. Connect again."),
        other => other.into(),
    };
    let seen = app
        .read(move |c| db::oauth_states::peek(c, &key))
        .await
        .map_err(unknown)?;
    if seen.tenant_id != tenant.as_str() || seen.session_id.as_ref().is_some_and(|one| *one != session) {
        return Err(invalid(
            "This consent was begun in another session. Connect again from this one.",
        ));
    }
    let begun = app
        .write(move |c| db::oauth_states::take(c, &hash))
        .await
        .map_err(unknown)?;
    if begun.expires_at.timestamp() <= app.now() {
        return Err(Nothing(
            "state_invalid",
            "The consent took longer than ten minutes. Connect again.".into(),
        ));
    }
    Ok(begun)
}

async fn connect(
    app: &App,
    begun: &OAuthState,
    code: Option<String>,
    error: Option<Declined>,
) -> std::result::Result<(), Nothing> {
    let tenant = TenantId::from_store(begun.tenant_id.clone());
    let (who, id) = (tenant.clone(), begun.credential_id.clone());
    let row = app.read(move |c| db::credentials::get(c, &who, &id)).await?;
    if let Some(declined) = error {
        return Err(why_not(&row, &declined));
    }
    let Some(code) = code else {
        return Err(Nothing(
            "denied",
            "The provider sent no code; nothing was stored.".into(),
        ));
    };
    let oauth = token::oauth(app, &row)?;
    let aad = Aad {
        table: "oauth_states",
        column: "verifier_sealed",
        row: &begun.id,
        tenant: &tenant,
    };
    let verifier = app.vault.open(&aad, &begun.verifier_sealed).map_err(Error::from)?;
    let redirect = Url::parse(&begun.redirect_uri).map_err(|e| Error::Internal(e.to_string()))?;
    let of = Error::of(provider_of(&row));
    let tokens = oauth.exchange(&code, &verifier, &redirect).await.map_err(of)?;
    let person = match judge(app, &row, &oauth, &tokens).await {
        Ok(person) => person,
        Err(nothing) => {
            // What we refuse we do not keep, and the provider should not keep it for us either.
            let token = tokens.refresh.as_ref().unwrap_or(&tokens.access);
            if let Err(error) = oauth.revoke(token).await {
                tracing::warn!(%error, "a refused consent could not be given back");
            }
            return Err(nothing);
        }
    };
    let connected = connected(app, &row, &tokens, person)?;
    let (who, id, now) = (tenant.clone(), row.id.clone(), app.now().into());
    app.write(move |c| {
        db::credentials::connect(c, &who, &id, &connected)?;
        db::calendars::wake(c, &who, &id, now)
    })
    .await?;
    // The consent stands; a list of calendars that does not come now comes later.
    if let Err(error) = discover::discover(app, &tenant, &row.id).await {
        tracing::warn!(%error, credential = row.id, "the calendars could not be listed yet");
    }
    Ok(())
}

/// The organisation lets only administrators consent: nothing that this person does again helps.
const ASK_AN_ADMINISTRATOR: &str = "admin_consent_required";

/// What the provider's refusal means. What it adds is for people, and only ours is repeated where we know its word.
fn why_not(row: &Credential, declined: &Declined) -> Nothing {
    let word = word(&declined.error);
    let said = declined
        .description
        .as_deref()
        .map(|text| text.chars().take(300).collect::<String>());
    match (issuer(provider_of(row)), word.as_str()) {
        (Some(Issuer::Microsoft), _) => {
            let error = Issuer::Microsoft.explain(&word, said.as_deref());
            let code = match &error {
                providers::Error::Rejected { code, .. } if code == ASK_AN_ADMINISTRATOR => ASK_AN_ADMINISTRATOR,
                _ => "denied",
            };
            let detail = match error {
                providers::Error::Rejected { detail, .. }
                | providers::Error::Reauthorize { detail }
                | providers::Error::TryLater { detail, .. } => detail,
                other => other.to_string(),
            };
            Nothing(code, format!("{detail} Nothing was stored."))
        }
        (_, "access_denied") => Nothing("denied", "The consent was declined; nothing was stored.".into()),
        _ => Nothing("denied", format!("The provider says “{word}”; nothing was stored.")),
    }
}

/// Whether the consent is one to keep, and whose it is.
async fn judge(app: &App, row: &Credential, oauth: &OAuth, tokens: &Tokens) -> std::result::Result<UserInfo, Nothing> {
    let granted = tokens.scopes_granted.as_deref().unwrap_or(&row.scopes_requested);
    let missing = oauth.issuer().missing_scopes(granted);
    if !missing.is_empty() {
        let detail = format!(
            "The consent does not include {}. Connect again and tick every box.",
            missing.join(", ")
        );
        return Err(Nothing("missing_scopes", detail));
    }
    if tokens.refresh.is_none() {
        let detail = match oauth.issuer() {
            Issuer::Google => {
                "Google gave no lasting consent. Remove the app under “Third-party access” of the Google account and connect again."
            }
            Issuer::Microsoft => "Microsoft gave no lasting consent: the app must ask for “offline_access”.",
        };
        return Err(Nothing("no_refresh_token", detail.into()));
    }
    let person = oauth
        .userinfo(&tokens.access)
        .await
        .map_err(Error::of(provider_of(row)))?;
    let (tenant, client) = (TenantId::from_store(row.tenant_id.clone()), row.client_id.clone());
    let (client, _) = app.read(move |c| db::clients::get(c, &tenant, &client)).await?;
    let shown = person.email.as_deref().unwrap_or("an account without an address");
    if let Some(wanted) = &client.google_account_email
        && oauth.issuer() == Issuer::Google
        && !person
            .email
            .as_deref()
            .is_some_and(|email| email.eq_ignore_ascii_case(wanted))
    {
        let detail = format!(
            "You signed in as {shown}, but {} uses {wanted}. Connect again and choose that account.",
            client.name
        );
        return Err(Nothing("wrong_account", detail));
    }
    if let Some(before) = &row.account_id
        && *before != person.sub
    {
        let known = row.account_email.as_deref().unwrap_or("another account");
        let detail = format!(
            "You signed in as {shown}, but this connection belongs to {known}. Choose that account, or add a new connection for {shown}."
        );
        return Err(Nothing("wrong_account", detail));
    }
    Ok(person)
}

fn connected(app: &App, row: &Credential, tokens: &Tokens, person: UserInfo) -> Result<Connected> {
    let tenant = TenantId::from_store(row.tenant_id.clone());
    let seal = |secret, value: &SecretString| secrets::seal(&app.vault, &tenant, &row.id, secret, value);
    let now = Instant::from(app.now());
    Ok(Connected {
        scopes_granted: Json::new(
            tokens
                .scopes_granted
                .clone()
                .unwrap_or_else(|| row.scopes_requested.to_vec()),
        )?,
        access_token_sealed: Some(seal(Secret::AccessToken, &tokens.access)),
        refresh_token_sealed: tokens.refresh.as_ref().map(|token| seal(Secret::RefreshToken, token)),
        expires_at: Some(token::after(app, tokens.expires_in)),
        refresh_expires_at: tokens.refresh_expires_in.map(|length| token::after(app, length)),
        account_id: Some(person.sub),
        account_email: person.email,
        authorized_at: Some(now),
        validated_at: Some(now),
        discovered: None,
        updated_at: now,
    })
}

/// Where in the web app to end. Only ever a path of ours.
fn place(app: &App, begun: Option<&OAuthState>, outcome: std::result::Result<(), Nothing>) -> String {
    let path = match begun {
        Some(begun) => begun
            .return_to
            .clone()
            .unwrap_or_else(|| format!("/credentials/{}", begun.credential_id)),
        None => "/credentials".to_owned(),
    };
    let mut url = app.public_url.clone();
    let (path, query) = path.split_once('?').unwrap_or((&path, ""));
    url.set_path(&format!("{}{}", app.public_url.path(), path.trim_start_matches('/')));
    url.set_query(if query.is_empty() { None } else { Some(query) });
    {
        let mut pairs = url.query_pairs_mut();
        match outcome {
            Ok(()) => {
                pairs.append_pair("result", "connected");
            }
            Err(Nothing(code, detail)) => {
                pairs
                    .append_pair("result", "error")
                    .append_pair("code", code)
                    .append_pair("detail", &detail);
            }
        }
    }
    url.into()
}

/// A provider's word, safe to repeat.
fn word(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .take(60)
        .collect()
}
