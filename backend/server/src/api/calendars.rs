//! Calendars: what the providers list, and what people chose about each.

pub mod model;
pub mod reconcile;

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use db::calendars::{Calendar as Row, Filter};
use domain::{calendar::AccessRole, id::TenantId, polling::is_stale};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    api::{
        auth::{Caller, scope},
        etag::{self, IfMatch},
        json::{Body, Merge, Query},
        page::{self, Page},
        patch::Patch,
        problem::{Code, Problem},
        words,
    },
    gateway::{discover, fresh, push},
    ops::calendars as ops,
    state::App,
};
use model::{
    Calendar, CalendarEdit, CalendarHealth, CalendarIn, CalendarState, DenseSeries, LastComparison, LastError,
    MalformedEvent,
};

impl Calendar {
    /// Presents a row as it stands at `now`.
    pub fn new(row: Row, now: Timestamp) -> Self {
        Self {
            health: state(&row, now),
            busy_rules: ops::rules(&row).into(),
            provider: domain::calendar::Provider::parse(&row.provider).map_or(words::Provider::Caldav, Into::into),
            access_role: AccessRole::parse(&row.access_role).unwrap_or(AccessRole::Reader).into(),
            id: row.id,
            client_id: row.client_id,
            credential_id: row.credential_id,
            provider_calendar_id: row.remote_id,
            name: row.name,
            description: row.description,
            time_zone: row.time_zone,
            colour: row.colour.or(row.remote_colour),
            primary: row.is_primary,
            selected: row.selected,
            blocks_availability: row.blocks_availability,
            receives_bookings: row.receives_bookings,
            as_of: row.as_of.map(Into::into),
            revision: row.revision,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        }
    }
}

/// How the mirror of a calendar is doing.
fn state(row: &Row, now: Timestamp) -> CalendarState {
    match row.as_of {
        _ if !row.selected => CalendarState::Paused,
        _ if row.consecutive_failures > 0 => CalendarState::Failing,
        None => CalendarState::NeverSynced,
        Some(at) if is_stale(at.into(), row.next_pull_at.map(Into::into), now) => CalendarState::Stale,
        Some(_) => CalendarState::Ok,
    }
}

/// Which calendars.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListCalendars {
    /// Of one client.
    #[param(max_length = 64)]
    client_id: Option<String>,
    /// Through one credential.
    #[param(max_length = 64)]
    credential_id: Option<String>,
    /// Chosen ones, or the others.
    selected: Option<bool>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
}

/// List calendars
///
/// Without those that the provider no longer lists. `POST /credentials/{id}/validate` lists them anew.
#[utoipa::path(operation_id = "list_calendars", tag = "calendars", params(ListCalendars), security(("session" = []), ("key" = ["calendars:read"])),
    responses((status = 200, description = "One page, by age", body = Page<Calendar>), Problem))]
#[get("/calendars")]
pub async fn list(
    app: App,
    caller: Caller<scope::CalendarsRead>,
    query: Query<ListCalendars>,
) -> Result<web::Json<Page<Calendar>>, Problem> {
    page_of(&app, caller.tenant, query.0).await
}

/// List a client's calendars
#[utoipa::path(operation_id = "list_client_calendars", tag = "calendars", params(("id" = String, Path, description = "`cli_…`"), page::PageQuery), security(("session" = []), ("key" = ["calendars:read"])),
    responses((status = 200, description = "One page, by age", body = Page<Calendar>), Problem))]
#[get("/clients/{id}/calendars")]
pub async fn list_of_client(
    app: App,
    caller: Caller<scope::CalendarsRead>,
    id: web::Path<String>,
    query: Query<page::PageQuery>,
) -> Result<web::Json<Page<Calendar>>, Problem> {
    let (tenant, client) = (caller.tenant.clone(), id.clone());
    app.read(move |c| db::clients::get(c, &tenant, &client))
        .await
        .map_err(|e| Problem::missing(e, "client"))?;
    let Query(page::PageQuery { limit, cursor }) = query;
    let query = ListCalendars {
        client_id: Some(id.into_inner()),
        credential_id: None,
        selected: None,
        limit,
        cursor,
    };
    page_of(&app, caller.tenant, query).await
}

async fn page_of(app: &App, tenant: TenantId, query: ListCalendars) -> Result<web::Json<Page<Calendar>>, Problem> {
    let keyset = page::keyset(query.limit, query.cursor.as_deref())?;
    let slice = app
        .read(move |c| {
            let filter = Filter {
                client: query.client_id.as_deref(),
                credential: query.credential_id.as_deref(),
                selected: query.selected,
            };
            db::calendars::list(c, &tenant, &filter, &keyset)
        })
        .await?;
    let now = app.now();
    Ok(web::Json(Page::of(slice, |row| Calendar::new(row, now))))
}

/// Make a calendar at the provider
#[utoipa::path(operation_id = "create_calendar", tag = "calendars", params(("id" = String, Path, description = "`cli_…`")), request_body = CalendarIn, security(("session" = []), ("key" = ["calendars:write"])),
    responses((status = 201, description = "Made", body = Calendar), Problem))]
#[post("/clients/{id}/calendars")]
pub async fn create(
    app: App,
    caller: Caller<scope::CalendarsWrite>,
    id: web::Path<String>,
    request: HttpRequest,
    body: Body<CalendarIn>,
) -> Result<HttpResponse, Problem> {
    let (tenant, client, Body(wanted)) = (caller.tenant.clone(), id.clone(), body);
    let credential_id = wanted.credential_id.clone();
    let credential = app
        .read(move |c| {
            db::clients::get(c, &tenant, &client).map_err(|e| Problem::missing(e, "client"))?;
            db::credentials::get(c, &tenant, &credential_id).map_err(|e| Problem::missing(e, "credential"))
        })
        .await?;
    if credential.client_id != *id {
        return Err(Problem::not_found("credential"));
    }
    if domain::time::zone(&wanted.time_zone).is_err() {
        let detail = format!("“{}” is not a known IANA time zone.", wanted.time_zone);
        return Err(Problem::invalid(vec![crate::api::problem::FieldError::new(
            "/time_zone",
            "time_zone_unknown",
            detail,
        )]));
    }
    let new = domain::calendar::NewCalendar {
        key: crate::api::events::write::key(&request, &caller.tenant, &["calendar", &credential.id]),
        name: wanted.name,
        description: wanted.description,
        time_zone: wanted.time_zone,
        colour: wanted.colour.map(|colour| colour.to_ascii_lowercase()),
    };
    let row = discover::create(&app, &caller.tenant, &credential.id, &new).await?;
    let (tag, location) = (etag::of(row.revision), format!("/api/v1/calendars/{}", row.id));
    Ok(HttpResponse::Created()
        .insert_header(("ETag", tag))
        .insert_header(("Location", location))
        .json(Calendar::new(row, app.now())))
}

/// The tag of a calendar: freshness and health are part of what is shown, and change without it.
fn tag(row: &Row, now: Timestamp) -> String {
    let doing = state(row, now) as u8;
    etag::of(format_args!(
        "{}-{}-{doing}",
        row.revision,
        row.as_of.map_or(0, |at| at.micros())
    ))
}

/// Read a calendar
#[utoipa::path(operation_id = "get_calendar", tag = "calendars", params(("id" = String, Path, description = "`cal_…`")), security(("session" = []), ("key" = ["calendars:read"])),
    responses((status = 200, description = "The calendar", body = Calendar), (status = 304, description = "The caller has this version"), Problem))]
#[get("/calendars/{id}")]
pub async fn read(
    app: App,
    caller: Caller<scope::CalendarsRead>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (row, now) = (row(&app, &caller.tenant, id.into_inner()).await?, app.now());
    Ok(etag::answer(&request, &tag(&row, now), &Calendar::new(row, now)))
}

/// Choose what a calendar is for
#[utoipa::path(operation_id = "update_calendar", tag = "calendars", params(("id" = String, Path, description = "`cal_…`"), ("If-Match" = Option<String>, Header, description = "The ETag read before: 412 when somebody changed it since")),
    request_body(content((Patch<CalendarEdit> = "application/merge-patch+json"), (Patch<CalendarEdit> = "application/json"))), security(("session" = []), ("key" = ["calendars:write"])),
    responses((status = 200, description = "Changed", body = Calendar), Problem))]
#[patch("/calendars/{id}")]
pub async fn update(
    app: App,
    caller: Caller<scope::CalendarsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
    body: Merge<CalendarEdit>,
) -> Result<HttpResponse, Problem> {
    let now = app.now();
    let row = app
        .write(move |c| {
            ops::choose(c, &caller.tenant, &id, now, |row| {
                // The revision counts what people chose; freshness does not make an edit outdated.
                if !expected.begins(&format!("\"{}-", row.revision)) {
                    let detail = "Somebody changed this calendar since you read it.";
                    return Err(
                        Problem::new(Code::PreconditionFailed, detail).current(&Calendar::new(row.clone(), now))
                    );
                }
                let current = CalendarEdit {
                    selected: row.selected,
                    blocks_availability: row.blocks_availability,
                    receives_bookings: row.receives_bookings,
                    colour: row.colour.clone(),
                    busy_rules: ops::rules(row).into(),
                };
                let wanted = body.apply(&current)?;
                Ok(ops::Choice {
                    selected: wanted.selected,
                    blocks_availability: wanted.blocks_availability,
                    receives_bookings: wanted.receives_bookings,
                    colour: wanted.colour.map(|colour| colour.to_ascii_lowercase()),
                    busy_rules: wanted.busy_rules.into(),
                })
            })
        })
        .await?;
    Ok(etag::changed(&tag(&row, now), &Calendar::new(row, now)))
}

/// How long a yes to a mass deletion counts.
const ACCEPTED: SignedDuration = SignedDuration::from_hours(1);

/// How a calendar is pulled.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SyncCalendar {
    /// `true`: what the health calls `mass_deletion` is right, for this hour.
    #[serde(default)]
    accept_deletions: bool,
}

/// Pull now
///
/// Waits for the provider, up to 25 seconds. What waits to be written to it is tried again, too.
#[utoipa::path(operation_id = "sync_calendar", tag = "calendars", params(("id" = String, Path, description = "`cal_…`"), SyncCalendar), security(("session" = []), ("key" = ["calendars:write"])),
    responses((status = 200, description = "How it is now", body = CalendarHealth), Problem))]
#[post("/calendars/{id}/sync")]
pub async fn sync(
    app: App,
    caller: Caller<scope::CalendarsWrite>,
    id: web::Path<String>,
    query: Query<SyncCalendar>,
) -> Result<web::Json<CalendarHealth>, Problem> {
    let row = row(&app, &caller.tenant, id.clone()).await?;
    let (who, calendar, now) = (caller.tenant.clone(), row.id.clone(), app.now());
    app.write(move |c| {
        if query.0.accept_deletions {
            match db::guards::accept(c, &who, &calendar, (now + ACCEPTED).into()) {
                // Nobody has asked (any more).
                Ok(()) | Err(db::Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        db::outbox::wake(c, &calendar, now.into())
    })
    .await?;
    push::drain(&app, &row.id).await?;
    fresh::pull_and_wait(&app, &row, fresh::Want::Now, crate::gateway::FIRST_PULL_BUDGET).await;
    health_of(&app, &caller, id.into_inner()).await
}

/// Read how a calendar is doing
#[utoipa::path(operation_id = "get_calendar_health", tag = "calendars", params(("id" = String, Path, description = "`cal_…`")), security(("session" = []), ("key" = ["calendars:read"])),
    responses((status = 200, description = "How it is", body = CalendarHealth), Problem))]
#[get("/calendars/{id}/health")]
pub async fn health(
    app: App,
    caller: Caller<scope::CalendarsRead>,
    id: web::Path<String>,
) -> Result<web::Json<CalendarHealth>, Problem> {
    health_of(&app, &caller, id.into_inner()).await
}

/// As much of an event that cannot be read as anybody wants to see.
const RAW: usize = 20_000;

async fn health_of<S>(app: &App, caller: &Caller<S>, id: String) -> Result<web::Json<CalendarHealth>, Problem> {
    let (tenant, now, raw) = (caller.tenant.clone(), app.now(), caller.may("events:read"));
    let (row, events, malformed, malformed_count, horizon, dense, pushed, compared) = app
        .read(move |c| {
            let row = db::calendars::get(c, &tenant, &id).map_err(|e| Problem::missing(e, "calendar"))?;
            let events = db::events::count(c, &tenant, db::events::In::Calendar(&id))?;
            Ok::<_, Problem>((
                row,
                events,
                db::malformed::list(c, &tenant, &id, 100)?,
                db::malformed::count(c, &tenant, &id)?,
                db::busy::horizon(c, &tenant, &id)?,
                db::busy::overflows(c, &tenant, std::slice::from_ref(&id))?,
                db::channels::is_told(c, &id, now.into())?,
                db::reconciliations::last(c, &tenant, &id)?,
            ))
        })
        .await?;
    let last_error = match (&row.last_error_code, &row.last_error_detail, row.last_error_at) {
        (Some(code), Some(detail), Some(at)) => Some(LastError {
            code: code.clone(),
            detail: detail.clone(),
            at: at.into(),
        }),
        _ => None,
    };
    Ok(web::Json(CalendarHealth {
        state: state(&row, now),
        as_of: row.as_of.map(Into::into),
        events,
        malformed_count,
        malformed: malformed
            .into_iter()
            .map(|one| MalformedEvent {
                provider_event_id: one.remote_id,
                reason: one.reason,
                raw: raw.then(|| one.raw.chars().take(RAW).collect()),
                seen_at: one.seen_at.into(),
            })
            .collect(),
        busy_until: horizon
            .map(|one| Timestamp::from(one.reached))
            .filter(|reached| *reached > Timestamp::UNIX_EPOCH),
        dense_series: dense
            .into_iter()
            .map(|one| DenseSeries {
                event_id: one.event_id,
                reason: one.reason,
            })
            .collect(),
        last_error,
        reconciliation: compared.and_then(|one| {
            Some(LastComparison {
                at: one.compared_at?.into(),
                compared: one.compared,
                differences: one.differences,
            })
        }),
        pushed,
        consecutive_failures: row.consecutive_failures,
        next_pull_at: if row.selected {
            row.next_pull_at.map(Into::into)
        } else {
            None
        },
    }))
}

async fn row(app: &App, tenant: &TenantId, id: String) -> Result<Row, Problem> {
    let tenant = tenant.clone();
    app.read(move |c| db::calendars::get(c, &tenant, &id))
        .await
        .map_err(|e| Problem::missing(e, "calendar"))
}
