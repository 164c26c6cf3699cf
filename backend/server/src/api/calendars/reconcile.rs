//! Comparing a calendar's copy with its provider.

use actix_web::{post, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        auth::{Caller, scope},
        json::Query,
        problem::Problem,
    },
    gateway::reconcile::{Kind, reconcile as compare},
    state::App,
};

/// What is done about differences.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReconcileCalendar {
    /// `true`: our copy is brought in line with the provider. What waits to be written to it is spared.
    #[serde(default)]
    repair: bool,
}

/// What a comparison found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reconciliation {
    /// Of which calendar.
    pub calendar_id: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// How many events the provider listed.
    pub compared: usize,
    /// The first differences, at most 500.
    pub differences: Vec<Difference>,
    /// How many there are in all.
    pub differences_count: usize,
    /// Whether our copy was to be brought in line.
    pub repaired: bool,
    /// Whether our copy agrees with the provider now.
    pub agrees: bool,
}

/// An event that is not the same on both sides.
#[derive(Debug, Serialize, ToSchema)]
pub struct Difference {
    /// In which way.
    pub kind: DifferenceKind,
    /// As the API names it; null where we do not have it.
    #[schema(required)]
    pub event_id: Option<String>,
    /// The provider's name for it.
    pub provider_event_id: String,
    /// Its title; null without the scope `events:read`.
    #[schema(required)]
    pub title: Option<String>,
    /// What is said differently: the fields of an event, `time` for its start and end. Empty where only one side has it, or
    /// where it only lies elsewhere in our index.
    pub fields: Vec<String>,
    /// Whether our copy was brought in line.
    pub repaired: bool,
}

/// In which way an event is not the same on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    /// The provider has it, our copy does not.
    MissingHere,
    /// Our copy has it, the provider does not.
    MissingThere,
    /// Both have it and say different things.
    Different,
}

/// As many differences as anybody wants to look at.
const SHOWN: usize = 500;

/// Compare a calendar's copy with its provider
///
/// Reads everything the provider lists, so it takes a while and costs some of the quota. Each calendar is compared and
/// repaired once a week by itself; the last outcome stands in its health, and each one in the sync log.
#[utoipa::path(operation_id = "reconcile_calendar", tag = "calendars", params(("id" = String, Path, description = "`cal_…`"), ReconcileCalendar), security(("session" = []), ("key" = ["calendars:write"])),
    responses((status = 200, description = "What was found", body = Reconciliation), Problem))]
#[post("/calendars/{id}/reconcile")]
pub async fn reconcile(
    app: App,
    caller: Caller<scope::CalendarsWrite>,
    id: web::Path<String>,
    query: Query<ReconcileCalendar>,
) -> Result<web::Json<Reconciliation>, Problem> {
    let row = super::row(&app, &caller.tenant, id.into_inner()).await?;
    let report = compare(&app, &row, query.0.repair).await?;
    let titles = caller.may("events:read");
    Ok(web::Json(Reconciliation {
        calendar_id: row.id,
        at: report.at,
        compared: report.compared,
        differences_count: report.differences.len(),
        repaired: query.0.repair,
        agrees: report.differences.iter().all(|one| one.repaired),
        differences: report
            .differences
            .into_iter()
            .take(SHOWN)
            .map(|one| Difference {
                kind: match one.kind {
                    Kind::MissingHere => DifferenceKind::MissingHere,
                    Kind::MissingThere => DifferenceKind::MissingThere,
                    Kind::Different => DifferenceKind::Different,
                },
                event_id: one.event,
                provider_event_id: one.remote_id,
                title: one.title.filter(|_| titles),
                fields: one.fields.into_iter().map(|field| field.as_str().to_owned()).collect(),
                repaired: one.repaired,
            })
            .collect(),
    }))
}
