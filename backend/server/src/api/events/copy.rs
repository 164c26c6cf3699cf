//! Copies of events in other calendars.

use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    find_fresh,
    model::Event,
    write::{calendar, key, written},
};
use crate::{
    api::{
        auth::{Caller, scope},
        json::Body,
        problem::Problem,
    },
    gateway::events as gateway,
    state::App,
};

/// Where an event is copied to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CopyIn {
    /// Any calendar that may be written, of any client and account.
    #[schema(max_length = 64, example = "cal_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b")]
    calendar_id: String,
}

/// Copy an event to another calendar
///
/// An event, an occurrence by itself, or a whole series with its changed occurrences. The copy is an event of its own: nobody is invited to it and nobody gets mail, and later changes of one do not change the other. Repeating it with the same `Idempotency-Key` makes no second copy.
#[utoipa::path(operation_id = "copy_event", tag = "events", params(("id" = String, Path, description = "`evt_…`, or an occurrence `evt_…_20261101T080000Z`")), request_body = CopyIn, security(("session" = []), ("key" = ["events:write"])),
    responses((status = 201, description = "The copy", body = Event), Problem))]
#[post("/events/{id}/copy")]
pub async fn copy(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
    request: HttpRequest,
    body: Body<CopyIn>,
) -> Result<HttpResponse, Problem> {
    let subject = find_fresh(&app, &caller.tenant, &id).await?;
    let to = calendar(&app, &caller.tenant, body.0.calendar_id).await?;
    let key = key(&request, &caller.tenant, &["copy", &subject.id(), &to.id]);
    let id = gateway::copy(&app, &caller.tenant, &subject, &to, key).await?;
    written(&app, &caller.tenant, &id, true).await
}
