//! What people do to an operation: say yes, stop it, go on, try again, go back.

use actix_web::{HttpResponse, post, web};
use db::Conn;
use domain::id::TenantId;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Operation, accepted, actor, present};
use crate::{
    api::{
        auth::{Caller, scope},
        json::Body,
        problem::Problem,
    },
    ops::operations::{self as ops, acts as deeds, undo as back},
    state::App,
};

type Row = db::operations::Operation;

/// Does something to an operation, and lets those know who do the work.
async fn act(
    app: &App,
    caller: &Caller<scope::EventsWrite>,
    id: String,
    act: impl FnOnce(&mut Conn, &TenantId, &str, &str, Timestamp) -> Result<Row, ops::Error> + Send + 'static,
) -> Result<Row, Problem> {
    let (who, by, now) = (caller.tenant.clone(), actor(caller).to_owned(), app.now());
    let row = app.write(move |c| act(c, &who, &by, &id, now)).await?;
    app.feed.wake(caller.tenant.as_str());
    app.nudges.operations.notify_one();
    Ok(row)
}

/// Whoever may mail people may plan to; whoever says yes to it must be allowed to as well.
async fn may_mail(app: &App, caller: &Caller<scope::EventsWrite>, id: &str) -> Result<(), Problem> {
    let (who, op) = (caller.tenant.clone(), id.to_owned());
    let row = app
        .read(move |c| db::operations::get(c, &who, &op))
        .await
        .map_err(|e| Problem::missing(e, "operation"))?;
    match row.notify.as_str() {
        "none" => Ok(()),
        _ => caller.require("calendars:notify"),
    }
}

/// What was looked at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}))]
pub struct ApplyIn {
    /// `summary.hash` of the plan that was looked at.
    #[schema(max_length = 64)]
    hash: String,
    /// Yes, so many deletions are meant.
    #[serde(default)]
    confirm_deletions: Option<bool>,
}

/// Apply a plan
///
/// 409 `plan_changed` for another hash. Each line is checked again when its turn comes: what somebody changed since stays, and the line fails.
#[utoipa::path(operation_id = "apply_operation", tag = "bulk", params(("id" = String, Path, description = "`op_…`")), request_body = ApplyIn, security(("session" = []), ("key" = ["events:write"])),
    responses((status = 202, description = "It is applied", body = Operation), Problem))]
#[post("/operations/{id}/apply")]
pub async fn apply(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
    body: Body<ApplyIn>,
) -> Result<HttpResponse, Problem> {
    may_mail(&app, &caller, &id).await?;
    let ApplyIn {
        hash,
        confirm_deletions,
    } = body.0;
    let row = act(&app, &caller, id.into_inner(), move |c, who, by, id, now| {
        deeds::apply(c, who, by, id, (&hash, confirm_deletions.unwrap_or(false)), now)
    })
    .await?;
    accepted(&app, &caller.tenant, row).await
}

/// Pause an operation
///
/// No more lines are written. What is on its way to providers goes on.
#[utoipa::path(operation_id = "pause_operation", tag = "bulk", params(("id" = String, Path, description = "`op_…`")), security(("session" = []), ("key" = ["events:write"])),
    responses((status = 200, description = "Paused", body = Operation), Problem))]
#[post("/operations/{id}/pause")]
pub async fn pause(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
) -> Result<web::Json<Operation>, Problem> {
    let row = act(&app, &caller, id.into_inner(), deeds::pause).await?;
    Ok(web::Json(present(&app, &caller.tenant, row).await?))
}

/// Resume an operation
#[utoipa::path(operation_id = "resume_operation", tag = "bulk", params(("id" = String, Path, description = "`op_…`")), security(("session" = []), ("key" = ["events:write"])),
    responses((status = 200, description = "Running", body = Operation), Problem))]
#[post("/operations/{id}/resume")]
pub async fn resume(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
) -> Result<web::Json<Operation>, Problem> {
    may_mail(&app, &caller, &id).await?;
    let row = act(&app, &caller, id.into_inner(), deeds::resume).await?;
    Ok(web::Json(present(&app, &caller.tenant, row).await?))
}

/// Cancel an operation
///
/// What was not written yet is left out. What is done stays until it is undone.
#[utoipa::path(operation_id = "cancel_operation", tag = "bulk", params(("id" = String, Path, description = "`op_…`")), security(("session" = []), ("key" = ["events:write"])),
    responses((status = 200, description = "Cancelled", body = Operation), Problem))]
#[post("/operations/{id}/cancel")]
pub async fn cancel(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
) -> Result<web::Json<Operation>, Problem> {
    let row = act(&app, &caller, id.into_inner(), deeds::cancel).await?;
    Ok(web::Json(present(&app, &caller.tenant, row).await?))
}

/// Try again what failed
///
/// Only the lines that failed, and only when everything was tried.
#[utoipa::path(operation_id = "retry_operation", tag = "bulk", params(("id" = String, Path, description = "`op_…`")), security(("session" = []), ("key" = ["events:write"])),
    responses((status = 200, description = "Running", body = Operation), Problem))]
#[post("/operations/{id}/retry")]
pub async fn retry(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
) -> Result<web::Json<Operation>, Problem> {
    may_mail(&app, &caller, &id).await?;
    let row = act(&app, &caller, id.into_inner(), deeds::retry).await?;
    Ok(web::Json(present(&app, &caller.tenant, row).await?))
}

/// Plan the way back
///
/// A new operation, looked at and applied like any: new events are deleted, changed fields go back, deleted events are made again, as far as nobody has gone on from there. What will not be as it was is said with each line.
#[utoipa::path(operation_id = "undo_operation", tag = "bulk", params(("id" = String, Path, description = "`op_…`")), security(("session" = []), ("key" = ["events:write"])),
    responses((status = 202, description = "The operation that is being planned", body = Operation), Problem))]
#[post("/operations/{id}/undo")]
pub async fn undo(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let row = act(&app, &caller, id.into_inner(), back::ask).await?;
    accepted(&app, &caller.tenant, row).await
}
