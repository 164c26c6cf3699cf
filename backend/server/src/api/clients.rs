//! Clients: the businesses whose calendars are managed.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use db::clients::{Client as Row, Counts, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        auth::{Caller, scope},
        etag::{self, IfMatch},
        json::{Body, Merge, Query},
        page::{self, Page},
        patch::Patch,
        problem::Problem,
        words::ConflictPolicy,
    },
    ops::clients as ops,
    state::App,
};

/// What a person says about a client.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Bright Dental", "email": "hello@bright.example", "google_account_email": "calendar@bright.example", "time_zone": "Europe/Berlin", "notes": "Closed on Fridays"}))]
pub struct ClientIn {
    /// For people.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Unique within the tenant.
    #[schema(min_length = 3, max_length = 320, format = "email")]
    pub email: String,
    /// Which Google account must consent; null: any.
    #[serde(default)]
    #[schema(min_length = 3, max_length = 320, format = "email")]
    pub google_account_email: Option<String>,
    /// IANA name.
    #[schema(min_length = 1, max_length = 64, format = "iana-time-zone")]
    pub time_zone: String,
    /// For the agency's own people.
    #[serde(default)]
    #[schema(max_length = 10_000)]
    pub notes: Option<String>,
    /// `false`: archived.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub is_active: bool,
    /// Who is right when a change made here and one made at the provider meet in the same field.
    #[serde(default)]
    pub conflict_policy: ConflictPolicy,
}

const fn yes() -> bool {
    true
}

/// A business whose calendars are managed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"id": "cli_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", "name": "Bright Dental", "email": "hello@bright.example", "google_account_email": null, "time_zone": "Europe/Berlin", "notes": null, "is_active": true, "conflict_policy": "ask", "archived_at": null, "credential_count": 1, "calendar_count": 3, "revision": 1, "created_at": "2026-11-01T09:00:00Z", "updated_at": "2026-11-01T09:00:00Z"}))]
pub struct Client {
    /// `cli_…`
    pub id: String,
    /// For people.
    pub name: String,
    /// Unique within the tenant.
    pub email: String,
    /// Which Google account must consent; null: any.
    pub google_account_email: Option<String>,
    /// IANA name.
    pub time_zone: String,
    /// For the agency's own people.
    pub notes: Option<String>,
    /// `false`: archived.
    pub is_active: bool,
    /// Who is right when a change made here and one made at the provider meet in the same field.
    pub conflict_policy: ConflictPolicy,
    /// When it was archived.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub archived_at: Option<Timestamp>,
    /// How many accounts are connected or waiting to be.
    pub credential_count: i64,
    /// How many calendars they show.
    pub calendar_count: i64,
    /// Counts changes.
    pub revision: i64,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

impl Client {
    /// Presents a row.
    pub fn new(row: Row, counts: Counts) -> Self {
        let conflict_policy = ops::policy(&row).into();
        Self {
            conflict_policy,
            id: row.id,
            name: row.name,
            email: row.email,
            google_account_email: row.google_account_email,
            time_zone: row.time_zone,
            notes: row.notes,
            is_active: row.archived_at.is_none(),
            archived_at: row.archived_at.map(Into::into),
            credential_count: counts.credentials,
            calendar_count: counts.calendars,
            revision: row.revision,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        }
    }
}

/// The tag of a client: its counts are part of what is shown, and change without it.
fn tag(row: &Row, counts: Counts) -> String {
    etag::of(format_args!(
        "{}-{}-{}",
        row.revision, counts.credentials, counts.calendars
    ))
}

/// Whether the caller means this version; the bare revision will do, too.
fn meant(expected: &IfMatch, row: &Row, counts: Counts) -> bool {
    expected.allows(&tag(row, counts)) || expected.allows(&etag::of(row.revision))
}

fn as_in(row: &Row) -> ClientIn {
    ClientIn {
        name: row.name.clone(),
        email: row.email.clone(),
        google_account_email: row.google_account_email.clone(),
        time_zone: row.time_zone.clone(),
        notes: row.notes.clone(),
        is_active: row.archived_at.is_none(),
        conflict_policy: ops::policy(row).into(),
    }
}

fn facts(client: ClientIn) -> ops::Facts {
    let tidy = |text: String| text.trim().to_owned();
    ops::Facts {
        name: tidy(client.name),
        email: tidy(client.email),
        google_account_email: client.google_account_email.map(tidy),
        time_zone: client.time_zone,
        notes: client.notes,
        is_active: client.is_active,
        conflict_policy: client.conflict_policy.into(),
    }
}

/// Which clients a list shows.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientState {
    /// Not archived.
    Active,
    /// Archived.
    Archived,
    /// Both.
    All,
}

impl From<ClientState> for State {
    fn from(state: ClientState) -> Self {
        match state {
            ClientState::Active => Self::Active,
            ClientState::Archived => Self::Archived,
            ClientState::All => Self::All,
        }
    }
}

/// Which clients.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListClients {
    /// Part of the name or address, in any case.
    #[param(max_length = 200)]
    q: Option<String>,
    /// Archived ones too, or only those. Default: `active`.
    #[param(inline)]
    state: Option<ClientState>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
}

/// List clients
///
/// By name. Archived ones only on request.
#[utoipa::path(operation_id = "list_clients", tag = "clients", params(ListClients), security(("session" = []), ("key" = ["clients:read"])),
    responses((status = 200, description = "One page", body = Page<Client>), Problem))]
#[get("/clients")]
pub async fn list(
    app: App,
    caller: Caller<scope::ClientsRead>,
    query: Query<ListClients>,
) -> Result<web::Json<Page<Client>>, Problem> {
    let Query(query) = query;
    let page = page::keyset(query.limit, query.cursor.as_deref())?;
    let state = query.state.unwrap_or(ClientState::Active).into();
    let search = page::search(query.q);
    let slice = app
        .read(move |c| db::clients::list(c, &caller.tenant, state, search.as_deref(), &page))
        .await?;
    Ok(web::Json(Page::of(slice, |(row, counts)| Client::new(row, counts))))
}

/// Add a client
#[utoipa::path(operation_id = "create_client", tag = "clients", request_body = ClientIn, security(("session" = []), ("key" = ["clients:write"])),
    responses((status = 201, description = "Added", body = Client), Problem))]
#[post("/clients")]
pub async fn create(
    app: App,
    caller: Caller<scope::ClientsWrite>,
    body: Body<ClientIn>,
) -> Result<HttpResponse, Problem> {
    let (now, Body(client)) = (app.now(), body);
    let row = app
        .write(move |c| ops::create(c, &caller.tenant, facts(client), now))
        .await?;
    let counts = Counts::default();
    Ok(etag::created(
        &tag(&row, counts),
        &format!("/api/v1/clients/{}", row.id),
        &Client::new(row, counts),
    ))
}

/// Read a client
#[utoipa::path(operation_id = "get_client", tag = "clients", params(("id" = String, Path, description = "`cli_…`")), security(("session" = []), ("key" = ["clients:read"])),
    responses((status = 200, description = "The client", body = Client), (status = 304, description = "The caller has this version"), Problem))]
#[get("/clients/{id}")]
pub async fn read(
    app: App,
    caller: Caller<scope::ClientsRead>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let found = app.read(move |c| db::clients::get(c, &caller.tenant, &id)).await;
    let (row, counts) = found.map_err(ops::Error::from)?;
    Ok(etag::answer(&request, &tag(&row, counts), &Client::new(row, counts)))
}

/// Change a client
///
/// `{"is_active": true}` restores an archived one.
#[utoipa::path(operation_id = "update_client", tag = "clients", params(("id" = String, Path, description = "`cli_…`"), ("If-Match" = Option<String>, Header, description = "The ETag read before: 412 when somebody changed it since")),
    request_body(content((Patch<ClientIn> = "application/merge-patch+json"), (Patch<ClientIn> = "application/json"))), security(("session" = []), ("key" = ["clients:write"])),
    responses((status = 200, description = "Changed", body = Client), Problem))]
#[patch("/clients/{id}")]
pub async fn update(
    app: App,
    caller: Caller<scope::ClientsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
    body: Merge<ClientIn>,
) -> Result<HttpResponse, Problem> {
    let now = app.now();
    let change = move |c: &mut db::Conn| {
        ops::update(c, &caller.tenant, &id, now, |row, counts| {
            if !meant(&expected, row, counts) {
                return Err(Problem::from(ops::Error::Changed(Box::new((row.clone(), counts)))));
            }
            body.apply(&as_in(row)).map(facts)
        })
    };
    let (row, counts) = app.write(change).await?;
    Ok(etag::changed(&tag(&row, counts), &Client::new(row, counts)))
}

/// How a client is removed.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RemoveClient {
    /// Remove an archived client for good, with its credentials, calendars and mirrored events. Nothing is deleted at a provider.
    #[serde(default)]
    #[param(default = false)]
    purge: Option<bool>,
}

/// Archive or remove a client
///
/// Without `purge` it is archived and can be restored.
#[utoipa::path(operation_id = "delete_client", tag = "clients", params(("id" = String, Path, description = "`cli_…`"), RemoveClient), security(("session" = []), ("key" = ["clients:write"])),
    responses((status = 204, description = "Done"), Problem))]
#[delete("/clients/{id}")]
pub async fn remove(
    app: App,
    caller: Caller<scope::ClientsWrite>,
    id: web::Path<String>,
    query: Query<RemoveClient>,
    expected: IfMatch,
) -> Result<HttpResponse, Problem> {
    let (now, purge) = (app.now(), query.0.purge.unwrap_or(false));
    app.write(move |c| {
        ops::remove(
            c,
            &caller.tenant,
            &id,
            purge,
            |row, counts| meant(&expected, row, counts),
            now,
        )
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}
