//! Whether it runs, whether it can work, and numbers.

use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{api::problem::Problem, state::App};

/// How it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    status: &'static str,
    /// Of this program.
    version: &'static str,
}

const OK: Health = Health {
    status: "ok",
    version: env!("CARGO_PKG_VERSION"),
};

/// Whether it can work.
#[derive(Debug, Serialize, ToSchema)]
pub struct Readiness {
    /// `ok`.
    status: &'static str,
    /// Of this program.
    version: &'static str,
    /// Where mails go: `smtp`, `folder` (the sandbox writes them into its data directory), or `none`: no mail server is set up, and nobody gets any.
    mail: &'static str,
    /// Where text messages go: `webhook` or `none`.
    text_messages: &'static str,
}

/// Is the process alive
#[utoipa::path(operation_id = "get_health_live", tag = "operability", security(()), responses((status = 200, description = "It runs", body = Health), Problem))]
#[get("/health/live")]
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(OK)
}

/// Can it work
///
/// Asks the database, and says which ways out to people are set up.
#[utoipa::path(operation_id = "get_health_ready", tag = "operability", security(()), responses((status = 200, description = "It can work", body = Readiness), Problem))]
#[get("/health/ready")]
pub async fn ready(app: App) -> Result<HttpResponse, Problem> {
    app.read(db::ping).await?;
    Ok(HttpResponse::Ok().json(Readiness {
        status: OK.status,
        version: OK.version,
        mail: app.post.mail.as_ref().map_or("none", |mail| mail.way()),
        text_messages: if app.post.texts.is_some() { "webhook" } else { "none" },
    }))
}

/// Numbers for Prometheus
#[utoipa::path(operation_id = "get_metrics", tag = "operability", security(()), responses((status = 200, description = "Prometheus text", body = String, content_type = "text/plain"), Problem))]
#[get("/metrics")]
pub async fn metrics(app: App) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(app.metrics.render())
}
