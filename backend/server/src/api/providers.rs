//! `GET /providers`: what one must know to connect an account.

use actix_web::{get, web};
use providers::oauth::Issuer;

use crate::{
    api::{
        auth::{Caller, scope},
        credentials::model::{ProviderInfo, ProviderList, SandboxAccount, ScopeInfo},
        problem::Problem,
        words::Provider,
    },
    gateway::oauth,
    state::App,
};

/// List providers
///
/// With what each needs: the redirect URI to copy into the OAuth client, and the scopes that consent asks for.
#[utoipa::path(operation_id = "list_providers", tag = "credentials", security(("session" = []), ("key" = ["credentials:read"])),
    responses((status = 200, description = "All providers", body = ProviderList), Problem))]
#[get("/providers")]
pub async fn list(app: App, _caller: Caller<scope::CredentialsRead>) -> Result<web::Json<ProviderList>, Problem> {
    let google = by_consent(&app, Issuer::Google)?;
    let microsoft = by_consent(&app, Issuer::Microsoft)?;
    let caldav = ProviderInfo {
        provider: Provider::Caldav,
        name: "CalDAV (iCloud, Nextcloud, Fastmail, Radicale, …)".into(),
        redirect_uri: None,
        scopes: Vec::new(),
        installation_app: false,
        sandbox_accounts: Vec::new(),
        console_url: None,
    };
    Ok(web::Json(ProviderList {
        data: vec![google, microsoft, caldav],
    }))
}

/// One whose accounts are connected on its consent page.
fn by_consent(app: &App, issuer: Issuer) -> Result<ProviderInfo, Problem> {
    let (provider, name, console) = match issuer {
        Issuer::Google => (
            domain::calendar::Provider::Google,
            "Google Calendar",
            "https://console.cloud.google.com/apis/credentials",
        ),
        Issuer::Microsoft => (
            domain::calendar::Provider::Microsoft,
            "Microsoft 365 and Outlook.com",
            "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade",
        ),
    };
    let scopes = issuer.scopes().iter().map(|s| ScopeInfo {
        scope: s.scope.into(),
        why: s.why.into(),
        required: s.required,
    });
    let accounts = oauth::sandbox_accounts(app, provider).into_iter();
    Ok(ProviderInfo {
        provider: provider.into(),
        name: name.into(),
        redirect_uri: Some(oauth::redirect_uri(app).to_string()),
        scopes: scopes.collect(),
        installation_app: app.config.oauth_app(provider).map_err(Problem::internal)?.is_some(),
        sandbox_accounts: accounts.map(|(email, name)| SandboxAccount { email, name }).collect(),
        console_url: Some(console.into()),
    })
}
