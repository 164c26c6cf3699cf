//! Credentials made, changed and given back.

use db::{
    credentials::{Credential, Edit},
    types::{Instant, Json},
};
use domain::{
    calendar::Provider,
    id::{Kind, TenantId},
    validation::Violation,
};
use secrecy::SecretString;

use super::{
    Error, caldav, channels,
    desk::Refusal,
    discover,
    secrets::{self, Secret},
    token,
};
use crate::state::App;

/// What is needed to connect an account.
pub struct Wanted {
    /// For which client.
    pub client_id: String,
    /// At which provider.
    pub provider: Provider,
    /// What people call it.
    pub label: Option<String>,
    /// Google.
    pub oauth_client_id: Option<String>,
    /// Google.
    pub oauth_client_secret: Option<SecretString>,
    /// Google.
    pub scopes: Option<Vec<String>>,
    /// CalDAV.
    pub server_url: Option<String>,
    /// CalDAV.
    pub username: Option<String>,
    /// CalDAV.
    pub password: Option<SecretString>,
    /// Whose it is; `None`: the business'.
    pub staff_id: Option<String>,
}

/// A credential as it is to be afterwards. Secrets that are not given stay.
pub struct Changed {
    /// What people call it.
    pub label: Option<String>,
    /// Google; `None`: the installation's app.
    pub oauth_client_id: Option<String>,
    /// Google.
    pub oauth_client_secret: Option<SecretString>,
    /// Google.
    pub scopes: Option<Vec<String>>,
    /// CalDAV.
    pub server_url: Option<String>,
    /// CalDAV.
    pub username: Option<String>,
    /// CalDAV.
    pub password: Option<SecretString>,
    /// Whose it is; `None`: the business'.
    pub staff_id: Option<String>,
}

/// Whose connection it will be: who connects accounts only as one of the staff, connects their own.
///
/// # Errors
/// [`Refusal::Invalid`]: the client has no such staff member.
async fn whose(app: &App, tenant: &TenantId, client: &str, wanted: Option<String>) -> Result<Option<String>, Refusal> {
    let (who, of, person, asked) = (
        tenant.clone(),
        client.to_owned(),
        app.reach().person().map(str::to_owned),
        wanted.clone(),
    );
    let (own, employer) = app
        .read_all(move |c| {
            let own = match &person {
                Some(person) => db::user_access::staff_at(c, &who, person, &of)?,
                None => None,
            };
            let named: Vec<&str> = asked.as_deref().into_iter().collect();
            let employers = db::user_access::clients_of_staff(c, &who, &named)?;
            Ok::<_, db::Error>((own, employers.into_iter().next().map(|(_, client)| client)))
        })
        .await?;
    match (own, wanted) {
        (Some(own), _) => Ok(Some(own)),
        (None, Some(_)) if employer.as_deref() != Some(client) => Err(Refusal::invalid(
            "/staff_id",
            "unknown",
            "The client has no such staff member.",
        )),
        (None, wanted) => Ok(wanted),
    }
}

/// Makes a credential. A CalDAV account is tried first, and nothing is stored when it does not work.
///
/// # Errors
/// [`Refusal::Invalid`] with every wrong field.
pub async fn create(app: &App, tenant: &TenantId, wanted: Wanted) -> Result<Credential, Refusal> {
    let (who, client) = (tenant.clone(), wanted.client_id.clone());
    app.read(move |c| db::clients::get(c, &who, &client))
        .await
        .map_err(|e| match e {
            db::Error::NotFound => Error::NotFound("client"),
            other => other.into(),
        })?;
    let installation_app = app
        .config
        .oauth_app(wanted.provider)
        .map_err(|e| Error::Internal(e.to_string()))?
        .is_some();
    let faults = faults(&wanted, installation_app);
    if !faults.is_empty() {
        return Err(Refusal::Invalid(faults));
    }
    let staff_id = whose(app, tenant, &wanted.client_id, wanted.staff_id.clone()).await?;
    let now = Instant::from(app.now());
    let id = Kind::Credential.new_id();
    let seal =
        |secret, value: Option<&SecretString>| value.map(|value| secrets::seal(&app.vault, tenant, &id, secret, value));
    let mut row = Credential {
        tenant_id: tenant.as_str().to_owned(),
        provider: wanted.provider.as_str().to_owned(),
        label: wanted.label.clone(),
        oauth_client_secret_sealed: seal(Secret::OAuthClientSecret, wanted.oauth_client_secret.as_ref()),
        password_sealed: seal(Secret::Password, wanted.password.as_ref()),
        scopes_requested: Json::new(scopes(wanted.provider, wanted.scopes.clone()))?,
        scopes_granted: Json::new(Vec::new())?,
        id,
        client_id: wanted.client_id,
        oauth_client_id: wanted.oauth_client_id,
        server_url: wanted.server_url,
        username: wanted.username,
        discovered: None,
        access_token_sealed: None,
        refresh_token_sealed: None,
        expires_at: None,
        refresh_expires_at: None,
        account_id: None,
        account_email: None,
        authorized_at: None,
        validated_at: None,
        revoked_at: None,
        refusals: 0,
        failing: false,
        last_error_code: None,
        last_error_detail: None,
        last_error_at: None,
        refresh_lease: None,
        refresh_lease_until: None,
        token_version: 0,
        calendars_as_of: None,
        revision: 1,
        created_at: now,
        updated_at: now,
        staff_id,
    };
    let mut calendars = None;
    if let (Provider::Caldav, Some(password)) = (wanted.provider, &wanted.password) {
        let found = caldav::discover(app, &row, password).await?;
        row.discovered = Some(found.discovered);
        row.account_id = Some(found.account.id);
        row.account_email = found.account.email;
        row.authorized_at = Some(now);
        row.validated_at = Some(now);
        calendars = Some(found.calendars);
    }
    let stored = row.clone();
    app.write(move |c| db::credentials::insert(c, &stored)).await?;
    if let Some(calendars) = calendars {
        discover::store(app, tenant, &row, calendars, true).await?;
    }
    Ok(row)
}

/// What we ask for: at least what nothing works without.
fn scopes(provider: Provider, wanted: Option<Vec<String>>) -> Vec<String> {
    let Some(issuer) = super::connect::issuer(provider) else {
        return Vec::new();
    };
    let mut scopes: Vec<String> = issuer
        .scopes()
        .iter()
        .filter(|s| s.required || wanted.is_none())
        .map(|s| s.scope.to_owned())
        .collect();
    for scope in wanted.into_iter().flatten() {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    scopes
}

fn faults(wanted: &Wanted, installation_app: bool) -> Vec<Violation> {
    let mut faults = Vec::new();
    let mut fault = |pointer: &str, code: &'static str, detail: &str| {
        faults.push(Violation {
            pointer: pointer.to_owned(),
            code,
            detail: detail.to_owned(),
        });
    };
    let empty = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
    match wanted.provider {
        Provider::Google | Provider::Microsoft => {
            let name = super::connect::issuer(wanted.provider).map_or("", |issuer| issuer.name());
            match (&wanted.oauth_client_id, &wanted.oauth_client_secret) {
                (None, None) if !installation_app => {
                    fault(
                        "/oauth_client_id",
                        "required",
                        &format!("This installation has no OAuth app for {name}: enter a client id."),
                    );
                    fault(
                        "/oauth_client_secret",
                        "required",
                        &format!("This installation has no OAuth app for {name}: enter a client secret."),
                    );
                }
                (Some(_), None) => fault("/oauth_client_secret", "required", "A client id needs its secret."),
                (None, Some(_)) => fault("/oauth_client_id", "required", "A client secret needs its id."),
                _ => {}
            }
            if wanted
                .scopes
                .iter()
                .flatten()
                .any(|scope| scope.is_empty() || scope.contains(char::is_whitespace))
            {
                fault("/scopes", "format", "A scope is one word without blanks.");
            }
            for (pointer, given) in [
                ("/server_url", wanted.server_url.is_some()),
                ("/username", wanted.username.is_some()),
                ("/password", wanted.password.is_some()),
            ] {
                if given {
                    fault(pointer, "not_allowed", "This belongs to CalDAV accounts.");
                }
            }
        }
        Provider::Caldav => {
            if empty(&wanted.server_url) {
                fault("/server_url", "required", "The address of the server is needed.");
            }
            if empty(&wanted.username) {
                fault("/username", "required", "The user name is needed.");
            }
            if wanted.password.is_none() {
                fault("/password", "required", "The password is needed.");
            }
            for (pointer, given) in [
                ("/oauth_client_id", wanted.oauth_client_id.is_some()),
                ("/oauth_client_secret", wanted.oauth_client_secret.is_some()),
                ("/scopes", wanted.scopes.is_some()),
            ] {
                if given {
                    fault(pointer, "not_allowed", "This belongs to Google and Microsoft accounts.");
                }
            }
        }
    }
    faults
}

/// Changes a credential. A new CalDAV address, user name or password is tried first; another OAuth client needs
/// consent again.
///
/// # Errors
/// [`Refusal::Invalid`] with every wrong field.
pub async fn edit(app: &App, tenant: &TenantId, row: Credential, wanted: Changed) -> Result<Credential, Refusal> {
    let provider = super::connect::provider_of(&row);
    let (client_secret, password) = (wanted.oauth_client_secret, wanted.password);
    let oauth_client_id = wanted.oauth_client_id;
    let other_app = oauth_client_id != row.oauth_client_id;
    let staff_id = whose(app, tenant, &row.client_id, wanted.staff_id).await?;
    let as_new = Wanted {
        client_id: row.client_id.clone(),
        provider,
        label: wanted.label.clone(),
        oauth_client_secret: client_secret
            .clone()
            .or_else(|| held(&row.oauth_client_secret_sealed, !other_app)),
        oauth_client_id: oauth_client_id.clone(),
        scopes: if provider.asks_consent() {
            wanted.scopes.clone()
        } else {
            None
        },
        server_url: wanted.server_url.clone(),
        username: wanted.username.clone(),
        password: password.clone().or_else(|| held(&row.password_sealed, true)),
        staff_id: staff_id.clone(),
    };
    let installation_app = app
        .config
        .oauth_app(provider)
        .map_err(|e| Error::Internal(e.to_string()))?
        .is_some();
    let faults = faults(&as_new, installation_app);
    if !faults.is_empty() {
        return Err(Refusal::Invalid(faults));
    }
    let seal = |secret, value: &SecretString| secrets::seal(&app.vault, tenant, &row.id, secret, value);
    let sealed_secret = match (&oauth_client_id, &client_secret) {
        (None, _) => None,
        (Some(_), Some(new)) => Some(seal(Secret::OAuthClientSecret, new)),
        (Some(_), None) => row.oauth_client_secret_sealed.clone(),
    };
    let sealed_password = password
        .as_ref()
        .map(|new| seal(Secret::Password, new))
        .or_else(|| row.password_sealed.clone());
    let mut change = Edit {
        label: wanted.label,
        oauth_client_id,
        oauth_client_secret_sealed: sealed_secret,
        scopes_requested: Json::new(scopes(provider, wanted.scopes))?,
        server_url: wanted.server_url,
        username: wanted.username,
        password_sealed: sealed_password,
        discovered: row.discovered.clone(),
        staff_id,
        updated_at: app.now().into(),
    };
    let elsewhere = change.server_url != row.server_url || change.username != row.username || password.is_some();
    if provider == Provider::Caldav && elsewhere {
        return reconnect(app, tenant, row, change, password).await;
    }
    let (who, id, forget) = (tenant.clone(), row.id.clone(), provider.asks_consent() && other_app);
    if forget {
        // A token belongs to the OAuth client that got it.
        give_back(app, &row).await;
        change.discovered = None;
    }
    let changed = app.write(move |c| {
        if forget {
            db::credentials::unauthorize(c, &who, &id)?;
        }
        db::credentials::edit(c, &who, &id, &change)
    });
    Ok(changed.await?)
}

/// Stands for a secret that is held and not looked at.
fn held(envelope: &Option<String>, counts: bool) -> Option<SecretString> {
    envelope.as_ref().filter(|_| counts).map(|_| SecretString::from("held"))
}

async fn reconnect(
    app: &App,
    tenant: &TenantId,
    row: Credential,
    change: Edit,
    password: Option<SecretString>,
) -> Result<Credential, Refusal> {
    let mut tried = row.clone();
    tried.server_url.clone_from(&change.server_url);
    tried.username.clone_from(&change.username);
    let password = match password {
        Some(password) => password,
        None => secrets::open(app, &row, Secret::Password)?
            .ok_or_else(|| Refusal::invalid("/password", "required", "The password is needed."))?,
    };
    let found = caldav::discover(app, &tried, &password).await?;
    if row
        .account_id
        .as_ref()
        .is_some_and(|before| *before != found.account.id)
        && row.server_url == change.server_url
    {
        let detail = "This is another account. Add a new connection for it, so that calendars are not mixed up.";
        return Err(Refusal::invalid("/username", "wrong_account", detail));
    }
    let now = Instant::from(app.now());
    let connected = db::credentials::Connected {
        scopes_granted: Json::new(Vec::new())?,
        access_token_sealed: None,
        refresh_token_sealed: None,
        expires_at: None,
        refresh_expires_at: None,
        account_id: Some(found.account.id),
        account_email: found.account.email,
        authorized_at: Some(row.authorized_at.unwrap_or(now)),
        validated_at: Some(now),
        discovered: Some(found.discovered.clone()),
        updated_at: now,
    };
    let change = Edit {
        discovered: Some(found.discovered),
        ..change
    };
    let (who, id) = (tenant.clone(), row.id.clone());
    let row = app
        .write(move |c| {
            db::credentials::edit(c, &who, &id, &change)?;
            db::credentials::connect(c, &who, &id, &connected)?;
            db::calendars::wake(c, &who, &id, now)?;
            db::credentials::get(c, &who, &id)
        })
        .await?;
    discover::store(app, tenant, &row, found.calendars, true).await?;
    Ok(row)
}

/// Gives a consent back to the provider, as far as it can be reached: we forget it in any case.
pub async fn give_back(app: &App, row: &Credential) {
    let provider = super::connect::provider_of(row);
    if !provider.asks_consent() {
        return;
    }
    // While the consent lasts; afterwards nobody could.
    channels::stop_all(app, row).await;
    let given = async {
        let token = match secrets::open(app, row, Secret::RefreshToken)? {
            Some(token) => Some(token),
            None => secrets::open(app, row, Secret::AccessToken)?,
        };
        let Some(token) = token else { return Ok(()) };
        token::oauth(app, row)?
            .revoke(&token)
            .await
            .map_err(Error::of(provider))
    };
    if let Err(error) = given.await {
        tracing::warn!(%error, credential = row.id, "a consent could not be given back; it is forgotten here");
    }
}
