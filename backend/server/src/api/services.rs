//! Services: what clients offer.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use db::services::Service as Row;
use domain::catalogue;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        auth::{Caller, scope},
        clients::ClientState,
        etag::{self, IfMatch},
        json::{Body, Merge, Query},
        page::{self, Page},
        patch::Patch,
        problem::Problem,
        words::Assignment,
    },
    ops::{catalogue::counted, services as ops},
    state::App,
};

/// The same service done shorter or longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Unique within the service; bookings name it.
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,39}$", example = "long")]
    pub id: String,
    /// What people call it.
    #[schema(min_length = 1, max_length = 200, example = "First visit")]
    pub name: String,
    /// How long the customer is there.
    #[schema(minimum = 1, maximum = 1440, example = 90)]
    pub duration_minutes: u32,
    /// What it costs, in words.
    #[serde(default)]
    #[schema(max_length = 100, example = "120 €")]
    pub price_text: Option<String>,
}

/// What a client offers. Lengths are minutes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_id": "cli_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", "name": "Check-up", "duration_minutes": 45, "after_minutes": 15}))]
pub struct ServiceIn {
    /// Of which client.
    #[schema(max_length = 64)]
    pub client_id: String,
    /// For people.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What customers may read about it.
    #[serde(default)]
    #[schema(max_length = 10_000)]
    pub description: Option<String>,
    /// Where it takes place, in words.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub location: Option<String>,
    /// What it costs, in words.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub price_text: Option<String>,
    /// `#rrggbb`, for display.
    #[serde(default)]
    #[schema(pattern = "^#[0-9a-fA-F]{6}$", example = "#16a765")]
    pub colour: Option<String>,
    /// How long the customer is there.
    #[schema(minimum = 1, maximum = 1440)]
    pub duration_minutes: u32,
    /// Kept free before. Buffers may lie outside working hours.
    #[serde(default)]
    #[schema(maximum = 1440, default = 0)]
    pub before_minutes: u32,
    /// Kept free after.
    #[serde(default)]
    #[schema(maximum = 1440, default = 0)]
    pub after_minutes: u32,
    /// How many may book the same start with the same people.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 500, default = 1)]
    pub capacity: u32,
    /// Between the booking and its start there is at least this much time.
    #[serde(default = "two_hours")]
    #[schema(maximum = 525_600, default = 120)]
    pub notice_minutes: u32,
    /// The last day that can be booked, counted from today; 0 is today only. At most as far as calendars are worked out
    /// ahead (400 days, unless the installation says otherwise).
    #[serde(default = "two_months")]
    #[schema(maximum = 1500, default = 60)]
    pub horizon_days: u32,
    /// At most so many bookings begin on one day, over all staff; null: as many as there is room for.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1000)]
    pub daily_limit: Option<u32>,
    /// From one offered start to the next. Other starts may be asked for.
    #[serde(default = "quarter")]
    #[schema(minimum = 1, maximum = 1440, default = 15)]
    pub step_minutes: u32,
    /// Who of `staff_ids` does it.
    #[serde(default)]
    pub assignment: Assignment,
    /// Who can do it, in the order of preference.
    #[serde(default)]
    #[schema(max_items = 100, inline)]
    pub staff_ids: Vec<String>,
    /// The same done shorter or longer.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub variants: Vec<Variant>,
    /// Whether the public booking page shows it.
    #[serde(default)]
    #[schema(default = false)]
    pub is_public: bool,
    /// `false`: archived. Its bookings stay, and nobody can book it any more.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub is_active: bool,
}

const fn one() -> u32 {
    1
}

const fn two_hours() -> u32 {
    120
}

const fn two_months() -> u32 {
    60
}

const fn quarter() -> u32 {
    15
}

const fn yes() -> bool {
    true
}

/// What a client offers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Service {
    /// `svc_…`
    pub id: String,
    /// Of which client.
    pub client_id: String,
    /// For people.
    pub name: String,
    /// What customers may read about it.
    pub description: Option<String>,
    /// Where it takes place, in words.
    pub location: Option<String>,
    /// What it costs, in words.
    pub price_text: Option<String>,
    /// `#rrggbb`, for display.
    pub colour: Option<String>,
    /// How long the customer is there.
    pub duration_minutes: u32,
    /// Kept free before.
    pub before_minutes: u32,
    /// Kept free after.
    pub after_minutes: u32,
    /// How many may book the same start with the same people.
    pub capacity: u32,
    /// Between the booking and its start there is at least this much time.
    pub notice_minutes: u32,
    /// The last day that can be booked, counted from today.
    pub horizon_days: u32,
    /// At most so many bookings begin on one day, over all staff.
    pub daily_limit: Option<u32>,
    /// From one offered start to the next.
    pub step_minutes: u32,
    /// Who of `staff_ids` does it.
    pub assignment: Assignment,
    /// Who can do it, in the order of preference; archived people too.
    pub staff_ids: Vec<String>,
    /// The same done shorter or longer.
    pub variants: Vec<Variant>,
    /// Whether the public booking page shows it.
    pub is_public: bool,
    /// `false`: archived.
    pub is_active: bool,
    /// When it was archived.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub archived_at: Option<Timestamp>,
    /// Counts changes; the ETag.
    pub revision: i64,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

impl From<&catalogue::Variant> for Variant {
    fn from(variant: &catalogue::Variant) -> Self {
        Self {
            id: variant.id.clone(),
            name: variant.name.clone(),
            duration_minutes: variant.duration_minutes.get(),
            price_text: variant.price_text.clone(),
        }
    }
}

impl Service {
    /// Presents a row and who does it.
    pub fn new(row: Row, staff_ids: Vec<String>) -> Self {
        Self {
            variants: row.variants.iter().map(Into::into).collect(),
            id: row.id,
            client_id: row.client_id,
            name: row.name,
            description: row.description,
            location: row.location,
            price_text: row.price_text,
            colour: row.colour,
            duration_minutes: counted(row.duration_minutes),
            before_minutes: counted(row.before_minutes),
            after_minutes: counted(row.after_minutes),
            capacity: counted(row.capacity),
            notice_minutes: counted(row.notice_minutes),
            horizon_days: counted(row.horizon_days),
            daily_limit: row.daily_limit.map(counted),
            step_minutes: counted(row.step_minutes),
            assignment: (*row.assignment).into(),
            staff_ids,
            is_public: row.is_public,
            is_active: row.archived_at.is_none(),
            archived_at: row.archived_at.map(Into::into),
            revision: row.revision,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        }
    }
}

fn as_in(row: &Row, staff: &[String]) -> ServiceIn {
    let now = Service::new(row.clone(), staff.to_vec());
    ServiceIn {
        client_id: now.client_id,
        name: now.name,
        description: now.description,
        location: now.location,
        price_text: now.price_text,
        colour: now.colour,
        duration_minutes: now.duration_minutes,
        before_minutes: now.before_minutes,
        after_minutes: now.after_minutes,
        capacity: now.capacity,
        notice_minutes: now.notice_minutes,
        horizon_days: now.horizon_days,
        daily_limit: now.daily_limit,
        step_minutes: now.step_minutes,
        assignment: now.assignment,
        staff_ids: now.staff_ids,
        variants: now.variants,
        is_public: now.is_public,
        is_active: now.is_active,
    }
}

fn facts(service: ServiceIn) -> ops::Facts {
    let variant = |one: Variant| {
        Some(catalogue::Variant {
            id: one.id,
            name: one.name.trim().to_owned(),
            // The schema keeps zero out.
            duration_minutes: one.duration_minutes.try_into().ok()?,
            price_text: one.price_text,
        })
    };
    ops::Facts {
        client_id: service.client_id,
        name: service.name.trim().to_owned(),
        description: service.description,
        location: service.location,
        price_text: service.price_text,
        colour: service.colour.map(|colour| colour.to_ascii_lowercase()),
        duration_minutes: service.duration_minutes,
        before_minutes: service.before_minutes,
        after_minutes: service.after_minutes,
        capacity: service.capacity,
        notice_minutes: service.notice_minutes,
        horizon_days: service.horizon_days,
        daily_limit: service.daily_limit,
        step_minutes: service.step_minutes,
        assignment: service.assignment.into(),
        staff_ids: service.staff_ids,
        variants: service.variants.into_iter().filter_map(variant).collect(),
        is_public: service.is_public,
        is_active: service.is_active,
    }
}

/// Refuses a caller who knows another version.
fn meant(expected: &IfMatch, row: &Row, staff: &[String]) -> Result<(), Problem> {
    if expected.allows(&etag::of(row.revision)) {
        return Ok(());
    }
    Err(Problem::changed("service", &Service::new(row.clone(), staff.to_vec())))
}

/// Which services or people.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListNamed {
    /// Of one client.
    #[param(max_length = 64)]
    pub client_id: Option<String>,
    /// Part of the name, in any case.
    #[param(max_length = 200)]
    pub q: Option<String>,
    /// Archived ones too, or only those. Default: `active`.
    #[param(inline)]
    pub state: Option<ClientState>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    pub cursor: Option<String>,
}

/// List services
///
/// By name. Archived ones only on request.
#[utoipa::path(operation_id = "list_services", tag = "services and staff", params(ListNamed), security(("session" = []), ("key" = ["bookings:read"])),
    responses((status = 200, description = "One page", body = Page<Service>), Problem))]
#[get("/services")]
pub async fn list(
    app: App,
    caller: Caller<scope::BookingsRead>,
    query: Query<ListNamed>,
) -> Result<web::Json<Page<Service>>, Problem> {
    let Query(query) = query;
    let page = page::keyset(query.limit, query.cursor.as_deref())?;
    let state = query.state.unwrap_or(ClientState::Active).into();
    let search = page::search(query.q);
    let (slice, mut staff) = app
        .read(move |c| {
            let client = query.client_id.as_deref();
            let slice = db::services::list(c, &caller.tenant, client, state, search.as_deref(), &page)?;
            let ids: Vec<&str> = slice.rows.iter().map(|row| row.id.as_str()).collect();
            let staff = ops::staff_of(c, &caller.tenant, &ids)?;
            Ok::<_, db::Error>((slice, staff))
        })
        .await?;
    Ok(web::Json(Page::of(slice, |row| {
        let staff = staff.remove(&row.id).unwrap_or_default();
        Service::new(row, staff)
    })))
}

/// Add a service
#[utoipa::path(operation_id = "create_service", tag = "services and staff", request_body = ServiceIn, security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 201, description = "Added", body = Service), Problem))]
#[post("/services")]
pub async fn create(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    body: Body<ServiceIn>,
) -> Result<HttpResponse, Problem> {
    let (now, reach, Body(service)) = (app.now(), app.config.horizon_days, body);
    let (row, staff) = app
        .write(move |c| ops::create(c, &caller.tenant, facts(service), reach.into(), now))
        .await?;
    Ok(etag::created(
        &etag::of(row.revision),
        &format!("/api/v1/services/{}", row.id),
        &Service::new(row, staff),
    ))
}

/// Read a service
#[utoipa::path(operation_id = "get_service", tag = "services and staff", params(("id" = String, Path, description = "`svc_…`")), security(("session" = []), ("key" = ["bookings:read"])),
    responses((status = 200, description = "The service", body = Service), (status = 304, description = "The caller has this version"), Problem))]
#[get("/services/{id}")]
pub async fn read(
    app: App,
    caller: Caller<scope::BookingsRead>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (row, staff) = app.read(move |c| ops::get(c, &caller.tenant, &id)).await?;
    Ok(etag::answer(
        &request,
        &etag::of(row.revision),
        &Service::new(row, staff),
    ))
}

/// Change a service
///
/// Lists (`staff_ids`, `variants`) are replaced as a whole. `{"is_active": true}` restores an archived one.
#[utoipa::path(operation_id = "update_service", tag = "services and staff", params(("id" = String, Path, description = "`svc_…`"), ("If-Match" = Option<String>, Header, description = "The ETag read before: 412 when somebody changed it since")),
    request_body(content((Patch<ServiceIn> = "application/merge-patch+json"), (Patch<ServiceIn> = "application/json"))), security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 200, description = "Changed", body = Service), Problem))]
#[patch("/services/{id}")]
pub async fn update(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
    body: Merge<ServiceIn>,
) -> Result<HttpResponse, Problem> {
    let (now, reach) = (app.now(), app.config.horizon_days);
    let (row, staff) = app
        .write(move |c| {
            ops::update(c, &caller.tenant, &id, reach.into(), now, |row, staff| {
                meant(&expected, row, staff)?;
                body.apply(&as_in(row, staff)).map(facts)
            })
        })
        .await?;
    Ok(etag::changed(&etag::of(row.revision), &Service::new(row, staff)))
}

/// Archive a service
///
/// Its bookings stay; it can be restored.
#[utoipa::path(operation_id = "delete_service", tag = "services and staff", params(("id" = String, Path, description = "`svc_…`")), security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 204, description = "Archived"), Problem))]
#[delete("/services/{id}")]
pub async fn remove(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
) -> Result<HttpResponse, Problem> {
    let now = app.now();
    app.write(move |c| ops::archive(c, &caller.tenant, &id, now, |row, staff| meant(&expected, row, staff)))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
