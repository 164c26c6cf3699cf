//! Credentials: what lets us act on one account at one provider. Secrets go in and never come out.

pub mod model;

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use db::credentials::Credential as Row;
use domain::{credential::CredentialStatus as Status, validation::Violation};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    api::{
        auth::{Caller, scope},
        etag::{self, IfMatch},
        json::{Body, Merge, Query},
        page::{self, Page},
        patch::Patch,
        problem::{Code, FieldError, Problem},
        words,
    },
    gateway::{accounts, caldav, connect, oauth, validate as trial},
    state::App,
};
use model::{
    Authorization, AuthorizeIn, Check, Credential, CredentialEdit, CredentialIn, TestEvent, TestEventIn, Validation,
};

impl Credential {
    /// Presents a row as it stands at `now`.
    pub fn new(row: Row, now: Timestamp) -> Self {
        let facts = connect::facts(&row);
        let status = facts.status(now);
        Self {
            server: caldav::discovered(&row)
                .and_then(|account| account.passport)
                .map(Into::into),
            provider: facts.provider.into(),
            status: status.into(),
            status_detail: status_detail(&row, status, now),
            uses_installation_app: connect::provider_of(&row).asks_consent() && row.oauth_client_id.is_none(),
            has_secret: row.oauth_client_secret_sealed.is_some() || row.password_sealed.is_some(),
            id: row.id,
            client_id: row.client_id,
            staff_id: row.staff_id,
            label: row.label,
            oauth_client_id: row.oauth_client_id,
            scopes_requested: row.scopes_requested.into_inner(),
            scopes_granted: row.scopes_granted.into_inner(),
            server_url: row.server_url,
            username: row.username,
            account_email: row.account_email,
            account_id: row.account_id,
            expires_at: row.expires_at.map(Into::into),
            authorized_at: row.authorized_at.map(Into::into),
            validated_at: row.validated_at.map(Into::into),
            revision: row.revision,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        }
    }
}

/// What happened and what to do, in a sentence or two.
pub fn status_detail(row: &Row, status: Status, now: Timestamp) -> Option<String> {
    let said = row.last_error_detail.clone();
    match status {
        Status::Valid => None,
        Status::NotAuthorized => match connect::issuer(connect::provider_of(row)) {
            Some(issuer) => Some(format!(
                "Consent was not given yet. Press Connect and sign in with the client's {} account.",
                issuer.name()
            )),
            None => Some("The account never worked. Check address, user name and password.".into()),
        },
        Status::Expiring => {
            let ends = row
                .refresh_expires_at
                .or(row.expires_at)
                .map(|at| at.timestamp().duration_since(now).as_hours().max(0));
            let hours = ends.map_or_else(String::new, |hours| format!(" in {hours} hours"));
            Some(format!(
                "The consent ends{hours} and cannot be renewed by itself. Connect again; if the app's consent screen is in \
                 “Testing”, publish it to end this."
            ))
        }
        Status::Expired => Some("The consent has ended. Connect the account again.".into()),
        Status::NeedsReauthorization => Some(
            said.unwrap_or_else(|| "The provider no longer accepts the credential. Connect the account again.".into()),
        ),
        Status::Revoked => Some("Disconnected. Connect again to use the account.".into()),
        Status::Error => Some(said.unwrap_or_else(|| "The last call failed; it is tried again.".into())),
    }
}

/// A secret as typed; empty counts as not given.
fn secret(text: Option<String>) -> Option<SecretString> {
    text.filter(|text| !text.is_empty()).map(SecretString::from)
}

/// A problem for every wrong field.
pub fn wrong(violations: Vec<Violation>) -> Problem {
    Problem::invalid(
        violations
            .into_iter()
            .map(|v| FieldError::new(v.pointer, v.code, v.detail))
            .collect(),
    )
}

/// Which credentials.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListCredentials {
    /// Of one client.
    #[param(max_length = 64)]
    client_id: Option<String>,
    /// In this state.
    #[param(inline)]
    status: Option<words::CredentialStatus>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
}

/// List credentials
#[utoipa::path(operation_id = "list_credentials", tag = "credentials", params(ListCredentials), security(("session" = []), ("key" = ["credentials:read"])),
    responses((status = 200, description = "One page, by age", body = Page<Credential>), Problem))]
#[get("/credentials")]
pub async fn list(
    app: App,
    caller: Caller<scope::CredentialsRead>,
    query: Query<ListCredentials>,
) -> Result<web::Json<Page<Credential>>, Problem> {
    let Query(query) = query;
    let keyset = page::keyset(query.limit, query.cursor.as_deref())?;
    let now = app.now();
    let slice = app
        .read(move |c| {
            crate::ops::credentials::list(c, &caller.tenant, query.client_id.as_deref(), &keyset, |row| {
                query
                    .status
                    .is_none_or(|wanted| words::CredentialStatus::from(connect::facts(row).status(now)) == wanted)
            })
        })
        .await?;
    Ok(web::Json(Page::of(slice, |row| Credential::new(row, now))))
}

/// Add a credential
///
/// CalDAV: address, user name and password are tried at once. Google: send the person to `POST /credentials/{id}/authorize` next.
#[utoipa::path(operation_id = "create_credential", tag = "credentials", request_body = CredentialIn, security(("session" = []), ("key" = ["credentials:write"])),
    responses((status = 201, description = "Added", body = Credential), Problem))]
#[post("/credentials")]
pub async fn create(
    app: App,
    caller: Caller<scope::CredentialsWrite>,
    body: Body<CredentialIn>,
) -> Result<HttpResponse, Problem> {
    let Body(wanted) = body;
    let wanted = accounts::Wanted {
        client_id: wanted.client_id,
        provider: wanted.provider.into(),
        label: wanted.label,
        oauth_client_id: wanted.oauth_client_id.filter(|id| !id.is_empty()),
        oauth_client_secret: secret(wanted.oauth_client_secret),
        scopes: wanted.scopes,
        server_url: wanted.server_url,
        username: wanted.username,
        password: secret(wanted.password),
        staff_id: wanted.staff_id,
    };
    let row = accounts::create(&app, &caller.tenant, wanted).await?;
    let location = format!("/api/v1/credentials/{}", row.id);
    let tag = etag::of(row.revision);
    Ok(HttpResponse::Created()
        .insert_header(("ETag", tag))
        .insert_header(("Location", location))
        .json(Credential::new(row, app.now())))
}

/// Read a credential
#[utoipa::path(operation_id = "get_credential", tag = "credentials", params(("id" = String, Path, description = "`crd_…`")), security(("session" = []), ("key" = ["credentials:read"])),
    responses((status = 200, description = "The credential", body = Credential), (status = 304, description = "The caller has this version"), Problem))]
#[get("/credentials/{id}")]
pub async fn read(
    app: App,
    caller: Caller<scope::CredentialsRead>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let row = row(&app, &caller.tenant, id.into_inner()).await?;
    let shown = Credential::new(row, app.now());
    // The status changes with the time, too.
    let tag = etag::of(format_args!(
        "{}-{}",
        shown.revision,
        domain::credential::CredentialStatus::from(shown.status).as_str()
    ));
    Ok(etag::answer(&request, &tag, &shown))
}

/// Change a credential
///
/// Secrets that are not sent stay. CalDAV: a new address, user name or password is tried at once. Google: another OAuth client needs consent again.
#[utoipa::path(operation_id = "update_credential", tag = "credentials", params(("id" = String, Path, description = "`crd_…`"), ("If-Match" = Option<String>, Header, description = "The ETag read before: 412 when somebody changed it since")),
    request_body(content((Patch<CredentialEdit> = "application/merge-patch+json"), (Patch<CredentialEdit> = "application/json"))), security(("session" = []), ("key" = ["credentials:write"])),
    responses((status = 200, description = "Changed", body = Credential), Problem))]
#[patch("/credentials/{id}")]
pub async fn update(
    app: App,
    caller: Caller<scope::CredentialsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
    body: Merge<CredentialEdit>,
) -> Result<HttpResponse, Problem> {
    let row = row(&app, &caller.tenant, id.into_inner()).await?;
    let shown = Credential::new(row.clone(), app.now());
    let status = domain::credential::CredentialStatus::from(shown.status).as_str();
    if !expected.allows(&etag::of(format_args!("{}-{status}", shown.revision)))
        && !expected.allows(&etag::of(shown.revision))
    {
        return Err(Problem::new(
            Code::PreconditionFailed,
            "Somebody changed this credential since you read it.",
        )
        .current(&shown));
    }
    let current = CredentialEdit {
        label: row.label.clone(),
        oauth_client_id: row.oauth_client_id.clone(),
        oauth_client_secret: None,
        scopes: Some(row.scopes_requested.to_vec()),
        server_url: row.server_url.clone(),
        username: row.username.clone(),
        password: None,
        staff_id: row.staff_id.clone(),
    };
    let wanted = body.apply(&current)?;
    let wanted = accounts::Changed {
        label: wanted.label,
        oauth_client_id: wanted.oauth_client_id.filter(|id| !id.is_empty()),
        oauth_client_secret: secret(wanted.oauth_client_secret),
        scopes: wanted.scopes,
        server_url: wanted.server_url,
        username: wanted.username,
        password: secret(wanted.password),
        staff_id: wanted.staff_id,
    };
    let row = accounts::edit(&app, &caller.tenant, row, wanted).await?;
    Ok(etag::changed(&etag::of(row.revision), &Credential::new(row, app.now())))
}

/// Disconnect and remove a credential
///
/// It is given back to the provider, as far as that can be reached, and removed with its calendars and mirrored events.
#[utoipa::path(operation_id = "delete_credential", tag = "credentials", params(("id" = String, Path, description = "`crd_…`")), security(("session" = []), ("key" = ["credentials:write"])),
    responses((status = 204, description = "Gone"), Problem))]
#[delete("/credentials/{id}")]
pub async fn remove(
    app: App,
    caller: Caller<scope::CredentialsWrite>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let row = row(&app, &caller.tenant, id.into_inner()).await?;
    accounts::give_back(&app, &row).await;
    let (id, now) = (row.id.clone(), app.now());
    app.write(move |c| crate::ops::credentials::remove(c, &caller.tenant, &id, now))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Begin a consent
///
/// Send the person to `authorization_url`. They come back through `/oauth/callback` to the web app.
#[utoipa::path(operation_id = "authorize_credential", tag = "credentials", params(("id" = String, Path, description = "`crd_…`")), request_body = AuthorizeIn, security(("session" = []), ("key" = ["credentials:write"])),
    responses((status = 200, description = "Where to send the person", body = Authorization), Problem))]
#[post("/credentials/{id}/authorize")]
pub async fn authorize(
    app: App,
    caller: Caller<scope::CredentialsWrite>,
    id: web::Path<String>,
    body: Body<AuthorizeIn>,
) -> Result<web::Json<Authorization>, Problem> {
    let row = row(&app, &caller.tenant, id.into_inner()).await?;
    if !connect::provider_of(&row).asks_consent() {
        return Err(Problem::new(
            Code::Conflict,
            "A CalDAV account signs in with its password; there is no consent to give.",
        ));
    }
    let begun = oauth::begin(&app, &row, caller.session_id, body.0.return_to).await?;
    Ok(web::Json(Authorization {
        authorization_url: begun.url.into(),
        expires_at: begun.expires_at,
    }))
}

/// Renew the token now
///
/// CalDAV: signs in again.
#[utoipa::path(operation_id = "refresh_credential", tag = "credentials", params(("id" = String, Path, description = "`crd_…`")), security(("session" = []), ("key" = ["credentials:write"])),
    responses((status = 200, description = "Renewed", body = Credential), Problem))]
#[post("/credentials/{id}/refresh")]
pub async fn refresh(
    app: App,
    caller: Caller<scope::CredentialsWrite>,
    id: web::Path<String>,
) -> Result<web::Json<Credential>, Problem> {
    let row = row(&app, &caller.tenant, id.into_inner()).await?;
    let row = trial::renew(&app, row).await?;
    Ok(web::Json(Credential::new(row, app.now())))
}

/// Find out what works
///
/// Calls the provider, lists the calendars anew, and says what works and what to do about the rest.
#[utoipa::path(operation_id = "validate_credential", tag = "credentials", params(("id" = String, Path, description = "`crd_…`")), security(("session" = []), ("key" = ["credentials:write"])),
    responses((status = 200, description = "What works", body = Validation), Problem))]
#[post("/credentials/{id}/validate")]
pub async fn validate(
    app: App,
    caller: Caller<scope::CredentialsWrite>,
    id: web::Path<String>,
) -> Result<web::Json<Validation>, Problem> {
    let row = row(&app, &caller.tenant, id.into_inner()).await?;
    let (checks, row) = trial::validate(&app, row).await?;
    let checks: Vec<Check> = checks
        .into_iter()
        .map(|c| Check {
            name: c.name.into(),
            ok: c.ok,
            detail: c.detail,
        })
        .collect();
    let ok = checks.iter().all(|check| check.ok);
    Ok(web::Json(Validation {
        ok,
        checks,
        credential: Credential::new(row, app.now()),
    }))
}

/// Disconnect
///
/// Gives the consent back to the provider and forgets every token and password. Calendars and mirrored events stay until the credential is deleted or connected again.
#[utoipa::path(operation_id = "revoke_credential", tag = "credentials", params(("id" = String, Path, description = "`crd_…`")), security(("session" = []), ("key" = ["credentials:write"])),
    responses((status = 200, description = "Disconnected", body = Credential), Problem))]
#[post("/credentials/{id}/revoke")]
pub async fn revoke(
    app: App,
    caller: Caller<scope::CredentialsWrite>,
    id: web::Path<String>,
) -> Result<web::Json<Credential>, Problem> {
    let row = row(&app, &caller.tenant, id.into_inner()).await?;
    accounts::give_back(&app, &row).await;
    let (id, now) = (row.id, app.now());
    let row = app
        .write(move |c| db::credentials::revoke(c, &caller.tenant, &id, now.into()))
        .await?;
    Ok(web::Json(Credential::new(row, now)))
}

/// Try a write
///
/// Creates an event at the provider and removes it again. Nobody is notified.
#[utoipa::path(operation_id = "test_credential_event", tag = "credentials", params(("id" = String, Path, description = "`crd_…`")), request_body = TestEventIn, security(("session" = []), ("key" = ["credentials:write"])),
    responses((status = 200, description = "It came and went", body = TestEvent), Problem))]
#[post("/credentials/{id}/test-event")]
pub async fn test_event(
    app: App,
    caller: Caller<scope::CredentialsWrite>,
    id: web::Path<String>,
    body: Body<TestEventIn>,
) -> Result<web::Json<TestEvent>, Problem> {
    let row = row(&app, &caller.tenant, id.into_inner()).await?;
    let (tenant, calendar) = (caller.tenant.clone(), body.0.calendar_id);
    let calendar = app
        .read(move |c| db::calendars::get(c, &tenant, &calendar))
        .await
        .map_err(|e| Problem::missing(e, "calendar"))?;
    if calendar.credential_id != row.id {
        return Err(Problem::invalid(vec![FieldError::new(
            "/calendar_id",
            "other_credential",
            "The calendar belongs to another credential.",
        )]));
    }
    let started = std::time::Instant::now();
    trial::test_event(&app, &caller.tenant, &calendar).await?;
    let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(web::Json(TestEvent {
        created: true,
        removed: true,
        took_ms,
    }))
}

async fn row(app: &App, tenant: &domain::id::TenantId, id: String) -> Result<Row, Problem> {
    let tenant = tenant.clone();
    app.read(move |c| db::credentials::get(c, &tenant, &id))
        .await
        .map_err(|e| Problem::missing(e, "credential"))
}

/// Where the person came back to us with.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Callback {
    /// To be exchanged for tokens.
    code: Option<String>,
    /// What we sent along.
    state: Option<String>,
    /// Why there is no code.
    error: Option<String>,
    /// The same for people.
    error_description: Option<String>,
}

/// Come back from the consent
///
/// For browsers: the provider sends people here, and here sends them on to the web app, with `result=connected` or `result=error`.
#[utoipa::path(operation_id = "oauth_callback", tag = "credentials", params(Callback), security(()),
    responses((status = 302, description = "To the web app: `/credentials/{id}?result=connected`, or `?result=error&code=denied|admin_consent_required|state_invalid|wrong_account|missing_scopes|exchange_failed|no_refresh_token&detail=…`")))]
#[get("/oauth/callback")]
pub async fn callback(app: App, request: HttpRequest, query: web::Query<Callback>) -> HttpResponse {
    let identity = crate::api::auth::identity(&request).ok();
    let person = identity
        .as_deref()
        .and_then(|who| Some((who.tenant.clone(), who.session_id.clone()?)));
    let query = query.into_inner();
    let description = query.error_description;
    let declined = query.error.map(|error| oauth::Declined { error, description });
    let place = oauth::finish(&app, person, query.state, query.code, declined).await;
    HttpResponse::Found()
        .insert_header(("Location", place))
        .insert_header(("Cache-Control", "no-store"))
        .insert_header(("Referrer-Policy", "no-referrer"))
        .finish()
}

impl From<trial::Name> for model::CheckName {
    fn from(name: trial::Name) -> Self {
        match name {
            trial::Name::Reachable => Self::Reachable,
            trial::Name::SignedIn => Self::SignedIn,
            trial::Name::Scopes => Self::Scopes,
            trial::Name::Calendars => Self::Calendars,
            trial::Name::Discovery => Self::Discovery,
        }
    }
}
