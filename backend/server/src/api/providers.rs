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
    let installation_app = app.config.google_app().map_err(Problem::internal)?.is_some();
    let scopes = Issuer::Google
        .scopes()
        .iter()
        .map(|s| ScopeInfo {
            scope: s.scope.into(),
            why: s.why.into(),
            required: s.required,
        })
        .collect();
    let google = ProviderInfo {
        provider: Provider::Google,
        name: "Google Calendar".into(),
        redirect_uri: Some(oauth::redirect_uri(&app).to_string()),
        scopes,
        installation_app,
        sandbox_accounts: oauth::sandbox_accounts(&app)
            .into_iter()
            .map(|(email, name)| SandboxAccount { email, name })
            .collect(),
        console_url: Some("https://console.cloud.google.com/apis/credentials".into()),
    };
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
        data: vec![google, caldav],
    }))
}
