//! Closures: when clients are closed, whoever works.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use db::closures::{Closure as Row, Filter};
use jiff::{Timestamp, civil::Date};
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
    },
    ops::{catalogue::Error, closures as ops},
    state::App,
};

/// When a client is closed: whole days in its zone (`first_day`, `last_day`), or from one moment to another (`starts_at`,
/// `ends_at`).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_id": "cli_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", "name": "Christmas", "first_day": "2026-12-24", "last_day": "2026-12-26"}))]
pub struct ClosureIn {
    /// Of which client.
    #[schema(max_length = 64)]
    pub client_id: String,
    /// What people call it.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The first whole day.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub first_day: Option<Date>,
    /// The last whole day, closed, too. Left out: it is one day.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub last_day: Option<Date>,
    /// The first moment.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Timestamp>,
    /// The first moment after.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Timestamp>,
}

/// When a client is closed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Closure {
    /// `clo_…`
    pub id: String,
    /// Of which client.
    pub client_id: String,
    /// What people call it.
    pub name: String,
    /// The first whole day in the client's zone.
    #[schema(value_type = Option<String>, format = Date)]
    pub first_day: Option<Date>,
    /// The last whole day, closed, too.
    #[schema(value_type = Option<String>, format = Date)]
    pub last_day: Option<Date>,
    /// The first moment.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Timestamp>,
    /// The first moment after.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends_at: Option<Timestamp>,
    /// Counts changes; the ETag.
    pub revision: i64,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

impl Closure {
    /// Presents a row.
    pub fn new(row: &Row) -> Self {
        Self {
            id: row.id.clone(),
            client_id: row.client_id.clone(),
            name: row.name.clone(),
            first_day: row.first_day.as_deref().copied(),
            last_day: row.last_day.as_deref().copied(),
            starts_at: row.starts_at.map(Into::into),
            ends_at: row.ends_at.map(Into::into),
            revision: row.revision,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        }
    }
}

fn as_in(row: &Row) -> ClosureIn {
    let now = Closure::new(row);
    ClosureIn {
        client_id: now.client_id,
        name: now.name,
        first_day: now.first_day,
        last_day: now.last_day,
        starts_at: now.starts_at,
        ends_at: now.ends_at,
    }
}

fn facts(closure: ClosureIn) -> ops::Facts {
    ops::Facts {
        client_id: closure.client_id,
        name: closure.name.trim().to_owned(),
        first_day: closure.first_day,
        last_day: closure.last_day,
        starts_at: closure.starts_at,
        ends_at: closure.ends_at,
    }
}

/// Refuses a caller who knows another version.
fn meant(expected: &IfMatch, row: &Row) -> Result<(), Problem> {
    if expected.allows(&etag::of(row.revision)) {
        return Ok(());
    }
    Err(Problem::changed("closure", &Closure::new(row)))
}

/// Which closures.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListClosures {
    /// Of one client.
    #[param(max_length = 64)]
    client_id: Option<String>,
    /// Those that end after this moment.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Those that begin before this moment.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
}

/// List closures
#[utoipa::path(operation_id = "list_closures", tag = "services and staff", params(ListClosures), security(("session" = []), ("key" = ["bookings:read"])),
    responses((status = 200, description = "One page, by their beginning", body = Page<Closure>), Problem))]
#[get("/closures")]
pub async fn list(
    app: App,
    caller: Caller<scope::BookingsRead>,
    query: Query<ListClosures>,
) -> Result<web::Json<Page<Closure>>, Problem> {
    let Query(query) = query;
    let page = page::keyset(query.limit, query.cursor.as_deref())?;
    let slice = app
        .read(move |c| {
            let filter = Filter {
                client: query.client_id.as_deref(),
                from: query.from.map(Into::into),
                to: query.to.map(Into::into),
            };
            db::closures::list(c, &caller.tenant, &filter, &page)
        })
        .await?;
    Ok(web::Json(Page::of(slice, |row| Closure::new(&row))))
}

/// Add a closure
///
/// Nothing can be booked in it. Bookings that are there already stay.
#[utoipa::path(operation_id = "create_closure", tag = "services and staff", request_body = ClosureIn, security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 201, description = "Added", body = Closure), Problem))]
#[post("/closures")]
pub async fn create(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    body: Body<ClosureIn>,
) -> Result<HttpResponse, Problem> {
    let (now, Body(closure)) = (app.now(), body);
    let row = app
        .write(move |c| ops::create(c, &caller.tenant, facts(closure), now))
        .await?;
    Ok(etag::created(
        &etag::of(row.revision),
        &format!("/api/v1/closures/{}", row.id),
        &Closure::new(&row),
    ))
}

/// Read a closure
#[utoipa::path(operation_id = "get_closure", tag = "services and staff", params(("id" = String, Path, description = "`clo_…`")), security(("session" = []), ("key" = ["bookings:read"])),
    responses((status = 200, description = "The closure", body = Closure), (status = 304, description = "The caller has this version"), Problem))]
#[get("/closures/{id}")]
pub async fn read(
    app: App,
    caller: Caller<scope::BookingsRead>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let found = app.read(move |c| db::closures::get(c, &caller.tenant, &id)).await;
    let row = found.map_err(Error::missing("closure"))?;
    Ok(etag::answer(&request, &etag::of(row.revision), &Closure::new(&row)))
}

/// Change a closure
///
/// From days to moments: `{"first_day": null, "last_day": null, "starts_at": "…", "ends_at": "…"}`.
#[utoipa::path(operation_id = "update_closure", tag = "services and staff", params(("id" = String, Path, description = "`clo_…`"), ("If-Match" = Option<String>, Header, description = "The ETag read before: 412 when somebody changed it since")),
    request_body(content((Patch<ClosureIn> = "application/merge-patch+json"), (Patch<ClosureIn> = "application/json"))), security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 200, description = "Changed", body = Closure), Problem))]
#[patch("/closures/{id}")]
pub async fn update(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
    body: Merge<ClosureIn>,
) -> Result<HttpResponse, Problem> {
    let now = app.now();
    let row = app
        .write(move |c| {
            ops::update(c, &caller.tenant, &id, now, |row| {
                meant(&expected, row)?;
                body.apply(&as_in(row)).map(facts)
            })
        })
        .await?;
    Ok(etag::changed(&etag::of(row.revision), &Closure::new(&row)))
}

/// Remove a closure
#[utoipa::path(operation_id = "delete_closure", tag = "services and staff", params(("id" = String, Path, description = "`clo_…`")), security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 204, description = "Removed"), Problem))]
#[delete("/closures/{id}")]
pub async fn remove(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
) -> Result<HttpResponse, Problem> {
    let now = app.now();
    app.write(move |c| ops::remove(c, &caller.tenant, &id, now, |row| meant(&expected, row)))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
