//! What was changed here and is not at the provider yet: waiting, or in need of a person.

use actix_web::{HttpResponse, get, post, web};
use db::outbox::{DEAD, Filter, HELD, Promise, WAITING};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        auth::{Caller, scope},
        json::Query,
        page::{self, Page},
        problem::{Code, Problem},
        words::Provider,
    },
    gateway::push,
    ops::outbox as ops,
    state::App,
};

/// How far a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MappingState {
    /// It waits for the provider, and is tried again by itself.
    Pending,
    /// The provider refuses it: retry or discard it.
    Failed,
}

/// What is to be done at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MappingAction {
    /// Write a new event.
    Create,
    /// Change one.
    Update,
    /// Delete one.
    Delete,
}

/// A change that is not at the provider yet.
#[derive(Debug, Serialize, ToSchema)]
pub struct Mapping {
    /// `map_…`
    #[schema(example = "map_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b")]
    pub id: String,
    /// About which event.
    pub event_id: String,
    /// In which calendar.
    pub calendar_id: String,
    /// For which client.
    pub client_id: String,
    /// At which provider.
    pub provider: Provider,
    /// What the event is called.
    pub title: String,
    /// What is to be done.
    pub action: MappingAction,
    /// How far it is.
    pub state: MappingState,
    /// Tries so far.
    pub attempts: i32,
    /// Why the last try failed: a code of a problem.
    #[schema(required)]
    pub code: Option<String>,
    /// The same in a sentence.
    #[schema(required)]
    pub detail: Option<String>,
    /// When it was changed first.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was changed last.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

/// Which changes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListMappings {
    /// Of one client.
    #[param(max_length = 64)]
    client_id: Option<String>,
    /// In one calendar.
    #[param(max_length = 64)]
    calendar_id: Option<String>,
    /// Only these; without it all.
    #[param(inline)]
    state: Option<MappingState>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
}

/// List changes that are not at their provider yet
///
/// Oldest first. A change disappears from here when its provider has confirmed it.
#[utoipa::path(operation_id = "list_mappings", tag = "sync", params(ListMappings), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "One page", body = Page<Mapping>), Problem))]
#[get("/mappings")]
pub async fn list(
    app: App,
    caller: Caller<scope::EventsRead>,
    query: Query<ListMappings>,
) -> Result<web::Json<Page<Mapping>>, Problem> {
    let Query(q) = query;
    let page = page::keyset(q.limit, q.cursor.as_deref())?;
    let slice = app
        .read(move |c| {
            let filter = Filter {
                client: q.client_id.as_deref(),
                calendar: q.calendar_id.as_deref(),
                event: None,
                states: match q.state {
                    None => &[WAITING, HELD, DEAD],
                    Some(MappingState::Pending) => &[WAITING],
                    Some(MappingState::Failed) => &[HELD, DEAD],
                },
            };
            ops::list(c, &caller.tenant, &filter, &page)
        })
        .await?;
    Ok(web::Json(Page::of(slice, present)))
}

fn present(row: ops::Listed) -> Mapping {
    let promise = row.promise;
    Mapping {
        event_id: row.event_id,
        title: row.title,
        provider: domain::calendar::Provider::parse(&row.provider).map_or(Provider::Caldav, Into::into),
        action: match promise.action.as_str() {
            ops::CREATE => MappingAction::Create,
            ops::DELETE => MappingAction::Delete,
            _ => MappingAction::Update,
        },
        state: if promise.state == WAITING {
            MappingState::Pending
        } else {
            MappingState::Failed
        },
        id: promise.id,
        calendar_id: promise.calendar_id,
        client_id: promise.client_id,
        attempts: promise.attempts,
        code: promise.error_code,
        detail: promise.error_detail,
        created_at: promise.created_at.into(),
        updated_at: promise.updated_at.into(),
    }
}

/// Read a change that is not at its provider yet
#[utoipa::path(operation_id = "get_mapping", tag = "sync", params(("id" = String, Path, description = "`map_…`")), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "The change", body = Mapping), Problem))]
#[get("/mappings/{id}")]
pub async fn read(
    app: App,
    caller: Caller<scope::EventsRead>,
    id: web::Path<String>,
) -> Result<web::Json<Mapping>, Problem> {
    let found = app
        .read(move |c| {
            let promise = db::outbox::get(c, &caller.tenant, &id)?;
            ops::about(c, &caller.tenant, promise)
        })
        .await
        .map_err(|e| Problem::missing(e, "change"))?;
    Ok(web::Json(present(found)))
}

/// Try a change again
///
/// At once, with everything that was changed together with it.
#[utoipa::path(operation_id = "retry_mapping", tag = "sync", params(("id" = String, Path, description = "`map_…`")), security(("session" = []), ("key" = ["events:write"])),
    responses((status = 204, description = "It was tried; the list says what came of it"), Problem))]
#[post("/mappings/{id}/retry")]
pub async fn retry(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let now = app.now();
    let promise: Promise = app
        .write(move |c| ops::retry(c, &caller.tenant, &id, now))
        .await
        .map_err(|e| Problem::missing(e, "change"))?;
    push::drain(&app, &promise.calendar_id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take a change back
///
/// With everything that was changed together with it: the events say again what their provider says.
#[utoipa::path(operation_id = "discard_mapping", tag = "sync", params(("id" = String, Path, description = "`map_…`")), security(("session" = []), ("key" = ["events:write"])),
    responses((status = 204, description = "Taken back"), Problem))]
#[post("/mappings/{id}/discard")]
pub async fn discard(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let now = app.now();
    let of_booking = app
        .write(move |c| {
            let promise = db::outbox::get(c, &caller.tenant, &id)?;
            if db::booking_copies::is_copy(c, &caller.tenant, &promise.event_id)? {
                return Ok(true);
            }
            ops::discard(c, &caller.tenant, &promise.group_id, now).map(|()| false)
        })
        .await
        .map_err(|e| Problem::missing(e, "change"))?;
    if of_booking {
        // Taken back, it would look like an edit in the calendar, and move or cancel the booking.
        let detail = "This writes the event of a booking, which would no longer agree with it.";
        return Err(Problem::new(Code::Conflict, detail).action("Try it again, or change or cancel the booking."));
    }
    Ok(HttpResponse::NoContent().finish())
}
