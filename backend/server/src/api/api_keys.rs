//! Keys for scripts.

use actix_web::{HttpResponse, delete, get, post, web};
use db::api_keys::ApiKey as Row;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        auth::{Actor, Caller, scope},
        json::{Body, Query},
        page::{Page, PageQuery},
        problem::{Fields, Problem},
    },
    ops::api_keys as ops,
    state::App,
};

/// What a new key may do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Voice agent", "scopes": ["events:read", "events:write"], "expires_at": null}))]
pub struct ApiKeyIn {
    /// For people.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// At least one, none that the maker lacks.
    #[schema(min_items = 1, max_items = 50)]
    scopes: Vec<String>,
    /// When it ends by itself; null: never.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime, max_length = 64)]
    expires_at: Option<Timestamp>,
}

/// A key for scripts, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiKey {
    /// `key_…`
    id: String,
    /// For people.
    name: String,
    /// The first characters of the secret, to recognise it.
    prefix: String,
    /// What it may do.
    scopes: Vec<String>,
    /// When it ends by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
    /// When somebody revoked it.
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// A new key, with its secret: the only time it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewApiKey {
    /// The key.
    #[serde(flatten)]
    key: ApiKey,
    /// `cs_live_…`; keep it, it is not shown again.
    secret: String,
}

impl From<Row> for ApiKey {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            prefix: row.prefix,
            scopes: row.scopes.into_inner(),
            expires_at: row.expires_at.map(Into::into),
            last_used_at: row.last_used_at.map(Into::into),
            revoked_at: row.revoked_at.map(Into::into),
            created_at: row.created_at.into(),
        }
    }
}

/// List API keys
///
/// Oldest first, revoked ones too.
#[utoipa::path(operation_id = "list_api_keys", tag = "api keys", params(PageQuery), security(("session" = []), ("key" = ["api_keys:write"])),
    responses((status = 200, description = "One page", body = Page<ApiKey>), Problem))]
#[get("/api-keys")]
pub async fn list(
    app: App,
    caller: Caller<scope::ApiKeysWrite>,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<ApiKey>>, Problem> {
    let page = query.0.keyset()?;
    let slice = app.read(move |c| db::api_keys::list(c, &caller.tenant, &page)).await?;
    Ok(web::Json(Page::of(slice, ApiKey::from)))
}

/// Make an API key
///
/// The secret is in this answer and never again.
#[utoipa::path(operation_id = "create_api_key", tag = "api keys", request_body = ApiKeyIn, security(("session" = []), ("key" = ["api_keys:write"])),
    responses((status = 201, description = "Made", body = NewApiKey), Problem))]
#[post("/api-keys")]
pub async fn create(
    app: App,
    caller: Caller<scope::ApiKeysWrite>,
    body: Body<ApiKeyIn>,
) -> Result<HttpResponse, Problem> {
    let (now, Body(key)) = (app.now(), body);
    let mut wrong = Fields::new();
    for (n, scope) in key.scopes.iter().enumerate() {
        if !scope::ALL.contains(&scope.as_str()) {
            wrong.add(
                format!("/scopes/{n}"),
                "enum",
                format!("“{scope}” is not a scope; there are {}.", scope::ALL.join(", ")),
            );
        } else if !caller.may(scope) {
            wrong.add(
                format!("/scopes/{n}"),
                "forbidden",
                format!("You cannot give {scope}, because you do not have it."),
            );
        }
    }
    if key.expires_at.is_some_and(|end| end <= now) {
        wrong.add("/expires_at", "past", "The end must be in the future.");
    }
    wrong.check()?;
    let mut scopes = key.scopes;
    scopes.sort_unstable();
    scopes.dedup();
    let (row, secret) = app
        .write(move |c| ops::create(c, &caller.tenant, key.name, scopes, key.expires_at, now))
        .await?;
    Ok(HttpResponse::Created().json(NewApiKey {
        key: row.into(),
        secret: secret.expose_secret().to_owned(),
    }))
}

/// Revoke an API key
///
/// It stays in the list, without any power. Revoking twice is once.
#[utoipa::path(operation_id = "delete_api_key", tag = "api keys", params(("id" = String, Path, description = "`key_…`")), security(("session" = []), ("key" = ["api_keys:write"])),
    responses((status = 204, description = "Revoked"), Problem))]
#[delete("/api-keys/{id}")]
pub async fn revoke(
    app: App,
    caller: Caller<scope::ApiKeysWrite>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (now, ended) = (app.now(), id.clone());
    if !app
        .write(move |c| db::api_keys::revoke(c, &caller.tenant, &id, now.into()))
        .await?
    {
        return Err(Problem::not_found("API key"));
    }
    app.auth
        .forget(|identity| matches!(&identity.actor, Actor::Key(key) if *key == ended));
    Ok(HttpResponse::NoContent().finish())
}
