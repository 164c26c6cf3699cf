//! Staff: people who can be booked, and their calendars.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        auth::{Caller, scope},
        clients::ClientState,
        etag::{self, IfMatch},
        json::{Body, Merge, Query},
        page::{self, Page},
        patch::Patch,
        problem::Problem,
        services::ListNamed,
    },
    ops::staff::{self as ops, Link, Member},
    state::App,
};

/// A calendar of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffCalendar {
    /// Which: of the same client, through any of its accounts.
    #[schema(max_length = 64, example = "cal_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b")]
    pub calendar_id: String,
    /// Its events make them busy.
    pub blocks: bool,
    /// It gets a copy of each of their bookings. Needs write access.
    pub receives: bool,
}

/// Somebody who can be booked.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_id": "cli_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", "name": "Sam", "email": "sam@bright.example", "time_zone": "Europe/Berlin"}))]
pub struct StaffIn {
    /// Of which client.
    #[schema(max_length = 64)]
    pub client_id: String,
    /// For people.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Where they are told about their bookings.
    #[serde(default)]
    #[schema(min_length = 3, max_length = 320, format = "email")]
    pub email: Option<String>,
    /// As people write it.
    #[serde(default)]
    #[schema(max_length = 40)]
    pub phone: Option<String>,
    /// `#rrggbb`, for display.
    #[serde(default)]
    #[schema(pattern = "^#[0-9a-fA-F]{6}$", example = "#16a765")]
    pub colour: Option<String>,
    /// IANA name: where the clock of their hours hangs. Left out at first: as the client's.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 64, format = "iana-time-zone")]
    pub time_zone: Option<String>,
    /// Their calendars. Without any only bookings make them busy.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub calendars: Vec<StaffCalendar>,
    /// The calendar that bookings are written to if no other is chosen. Needs write access.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub target_calendar_id: Option<String>,
    /// `false`: archived. Their bookings stay, and nobody can book them any more.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub is_active: bool,
}

const fn yes() -> bool {
    true
}

/// Somebody who can be booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct Staff {
    /// `stf_…`
    pub id: String,
    /// Of which client.
    pub client_id: String,
    /// For people.
    pub name: String,
    /// Where they are told about their bookings.
    pub email: Option<String>,
    /// As people write it.
    pub phone: Option<String>,
    /// `#rrggbb`, for display.
    pub colour: Option<String>,
    /// IANA name: where the clock of their hours hangs.
    pub time_zone: String,
    /// Whether anybody said when they work; nobody can book them before.
    pub has_hours: bool,
    /// Their calendars that the providers list at the moment.
    pub calendars: Vec<StaffCalendar>,
    /// The calendar that bookings are written to if no other is chosen.
    pub target_calendar_id: Option<String>,
    /// `false`: archived.
    pub is_active: bool,
    /// When they were archived.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub archived_at: Option<Timestamp>,
    /// Counts changes, also of their hours.
    pub revision: i64,
    /// When they were added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When they were last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

impl Staff {
    /// Presents somebody.
    pub fn new(member: &Member) -> Self {
        let row = member.row.clone();
        let opens = |spans: &Vec<_>| !spans.is_empty();
        Self {
            has_hours: row.hours.weekly.iter().any(opens) || row.hours.exceptions.values().any(opens),
            id: row.id,
            client_id: row.client_id,
            name: row.name,
            email: row.email,
            phone: row.phone,
            colour: row.colour,
            time_zone: row.time_zone,
            calendars: member.calendars.iter().map(Into::into).collect(),
            target_calendar_id: row.target_calendar_id,
            is_active: row.archived_at.is_none(),
            archived_at: row.archived_at.map(Into::into),
            revision: row.revision,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        }
    }
}

impl From<&Link> for StaffCalendar {
    fn from(link: &Link) -> Self {
        Self {
            calendar_id: link.calendar_id.clone(),
            blocks: link.blocks,
            receives: link.receives,
        }
    }
}

impl From<StaffCalendar> for Link {
    fn from(calendar: StaffCalendar) -> Self {
        Self {
            calendar_id: calendar.calendar_id,
            blocks: calendar.blocks,
            receives: calendar.receives,
        }
    }
}

/// The tag of somebody: calendars come and go at the providers without a change of ours.
fn tag(member: &Member) -> String {
    let target = i32::from(member.row.target_calendar_id.is_some());
    etag::of(format_args!(
        "{}-{}-{target}",
        member.row.revision,
        member.calendars.len()
    ))
}

/// Refuses a caller who knows another version. The revision alone counts: what providers list is nobody's edit.
pub fn meant(expected: &IfMatch, member: &Member) -> Result<(), Problem> {
    let revision = member.row.revision;
    if expected.begins(&format!("\"{revision}-")) || expected.allows(&etag::of(revision)) {
        return Ok(());
    }
    Err(Problem::changed("staff member", &Staff::new(member)))
}

fn as_in(member: &Member) -> StaffIn {
    let now = Staff::new(member);
    StaffIn {
        client_id: now.client_id,
        name: now.name,
        email: now.email,
        phone: now.phone,
        colour: now.colour,
        time_zone: Some(now.time_zone),
        calendars: now.calendars,
        target_calendar_id: now.target_calendar_id,
        is_active: now.is_active,
    }
}

fn facts(staff: StaffIn) -> ops::Facts {
    let tidy = |text: String| text.trim().to_owned();
    ops::Facts {
        client_id: staff.client_id,
        name: tidy(staff.name),
        email: staff.email.map(tidy),
        phone: staff.phone.map(tidy),
        colour: staff.colour.map(|colour| colour.to_ascii_lowercase()),
        time_zone: staff.time_zone,
        calendars: staff.calendars.into_iter().map(Into::into).collect(),
        target_calendar_id: staff.target_calendar_id,
        is_active: staff.is_active,
    }
}

/// List staff
///
/// By name. Archived ones only on request.
#[utoipa::path(operation_id = "list_staff", tag = "services and staff", params(ListNamed), security(("session" = []), ("key" = ["bookings:read"])),
    responses((status = 200, description = "One page", body = Page<Staff>), Problem))]
#[get("/staff")]
pub async fn list(
    app: App,
    caller: Caller<scope::BookingsRead>,
    query: Query<ListNamed>,
) -> Result<web::Json<Page<Staff>>, Problem> {
    let Query(query) = query;
    let page = page::keyset(query.limit, query.cursor.as_deref())?;
    let state = query.state.unwrap_or(ClientState::Active).into();
    let search = page::search(query.q);
    let (slice, mut calendars) = app
        .read(move |c| {
            let client = query.client_id.as_deref();
            let slice = db::staff::list(c, &caller.tenant, client, state, search.as_deref(), &page)?;
            let ids: Vec<&str> = slice.rows.iter().map(|row| row.id.as_str()).collect();
            let calendars = ops::calendars_of(c, &caller.tenant, &ids)?;
            Ok::<_, db::Error>((slice, calendars))
        })
        .await?;
    Ok(web::Json(Page::of(slice, |row| {
        let calendars = calendars.remove(&row.id).unwrap_or_default();
        Staff::new(&Member { row, calendars })
    })))
}

/// Add a staff member
///
/// They work at no time until `PUT /staff/{id}/working-hours` says when.
#[utoipa::path(operation_id = "create_staff", tag = "services and staff", request_body = StaffIn, security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 201, description = "Added", body = Staff), Problem))]
#[post("/staff")]
pub async fn create(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    body: Body<StaffIn>,
) -> Result<HttpResponse, Problem> {
    let (now, Body(staff)) = (app.now(), body);
    let member = app
        .write(move |c| ops::create(c, &caller.tenant, facts(staff), now))
        .await?;
    Ok(etag::created(
        &tag(&member),
        &format!("/api/v1/staff/{}", member.row.id),
        &Staff::new(&member),
    ))
}

/// Read a staff member
#[utoipa::path(operation_id = "get_staff", tag = "services and staff", params(("id" = String, Path, description = "`stf_…`")), security(("session" = []), ("key" = ["bookings:read"])),
    responses((status = 200, description = "They", body = Staff), (status = 304, description = "The caller has this version"), Problem))]
#[get("/staff/{id}")]
pub async fn read(
    app: App,
    caller: Caller<scope::BookingsRead>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let member = app.read(move |c| ops::get(c, &caller.tenant, &id)).await?;
    Ok(etag::answer(&request, &tag(&member), &Staff::new(&member)))
}

/// Change a staff member
///
/// `calendars` is replaced as a whole. `{"is_active": true}` restores somebody who was archived.
#[utoipa::path(operation_id = "update_staff", tag = "services and staff", params(("id" = String, Path, description = "`stf_…`"), ("If-Match" = Option<String>, Header, description = "The ETag read before: 412 when somebody changed it since")),
    request_body(content((Patch<StaffIn> = "application/merge-patch+json"), (Patch<StaffIn> = "application/json"))), security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 200, description = "Changed", body = Staff), Problem))]
#[patch("/staff/{id}")]
pub async fn update(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
    body: Merge<StaffIn>,
) -> Result<HttpResponse, Problem> {
    let now = app.now();
    let member = app
        .write(move |c| {
            ops::update(c, &caller.tenant, &id, now, |member| {
                meant(&expected, member)?;
                body.apply(&as_in(member)).map(facts)
            })
        })
        .await?;
    Ok(etag::changed(&tag(&member), &Staff::new(&member)))
}

/// Archive a staff member
///
/// Their bookings stay; they can be restored.
#[utoipa::path(operation_id = "delete_staff", tag = "services and staff", params(("id" = String, Path, description = "`stf_…`")), security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 204, description = "Archived"), Problem))]
#[delete("/staff/{id}")]
pub async fn remove(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
) -> Result<HttpResponse, Problem> {
    let now = app.now();
    app.write(move |c| ops::archive(c, &caller.tenant, &id, now, |member| meant(&expected, member)))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
