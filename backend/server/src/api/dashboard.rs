//! `GET /dashboard`: figures of the tenant or of one client, straight from the database. Asks no provider.

use std::collections::HashMap;

use actix_web::{get, web};
use domain::credential::CredentialStatus as Status;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        auth::{Caller, scope},
        credentials::status_detail,
        events::{self, model::Event, present::Around},
        json::Query,
        problem::Problem,
        words::{CredentialStatus, Provider},
    },
    gateway::connect,
    ops::dashboard as ops,
    state::App,
};

/// Figures of the tenant or of one client.
#[derive(Debug, Serialize, ToSchema)]
pub struct Dashboard {
    /// Clients.
    clients: ClientFigures,
    /// Credentials.
    credentials: CredentialFigures,
    /// Calendars.
    calendars: CalendarFigures,
    /// Events.
    events: EventFigures,
    /// How the mirror is doing, by provider.
    sync: Vec<SyncFigures>,
}

/// How many clients.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientFigures {
    /// Not archived.
    active: i64,
    /// Archived.
    archived: i64,
}

/// How credentials are.
#[derive(Debug, Serialize, ToSchema)]
pub struct CredentialFigures {
    /// How many are in each state.
    by_status: StatusFigures,
    /// Those a person should look at.
    alerts: Vec<Alert>,
}

/// How many credentials are in each state.
#[derive(Debug, Default, Serialize, ToSchema)]
#[allow(missing_docs)]
pub struct StatusFigures {
    not_authorized: i64,
    valid: i64,
    expiring: i64,
    expired: i64,
    needs_reauthorization: i64,
    revoked: i64,
    error: i64,
}

/// A credential a person should look at.
#[derive(Debug, Serialize, ToSchema)]
pub struct Alert {
    /// Which.
    credential_id: String,
    /// Whose.
    client_id: String,
    /// Their name.
    client_name: String,
    /// At which provider.
    provider: Provider,
    /// What is known.
    status: CredentialStatus,
    /// What happened, and what to do.
    detail: String,
}

/// How calendars are.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarFigures {
    /// Chosen.
    selected: i64,
    /// Chosen, and the last pull failed.
    failing: i64,
    /// Chosen, and older than they should be.
    stale: i64,
}

/// What is in the calendars.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventFigures {
    /// Mirrored events: single ones, series and changed occurrences.
    mirrored: i64,
    /// The next ones within seven days; at most 10.
    upcoming: Vec<Event>,
    /// The latest changed; at most 10.
    recent: Vec<Event>,
    /// How many start on each of the next 14 days (UTC days).
    per_day: Vec<DayFigures>,
}

/// How many events start on a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayFigures {
    /// The day.
    #[schema(format = Date, example = "2026-11-01")]
    date: String,
    /// How many.
    count: i64,
}

/// How the mirror of a provider is doing.
#[derive(Debug, Serialize, ToSchema)]
pub struct SyncFigures {
    /// Which.
    provider: Provider,
    /// Chosen calendars.
    calendars: i64,
    /// Those whose last pull worked.
    healthy: i64,
    /// The latest complete pull.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    last_pull_at: Option<Timestamp>,
}

/// Whose figures.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReadDashboard {
    /// Of one client; without it of all.
    #[param(max_length = 64)]
    client_id: Option<String>,
}

/// Read the dashboard
#[utoipa::path(operation_id = "get_dashboard", tag = "dashboard", params(ReadDashboard), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "The figures", body = Dashboard), Problem))]
#[get("/dashboard")]
pub async fn read(
    app: App,
    caller: Caller<scope::EventsRead>,
    query: Query<ReadDashboard>,
) -> Result<web::Json<Dashboard>, Problem> {
    let (now, client) = (app.now(), query.0.client_id);
    let mut figures = app
        .read(move |c| ops::figures(c, &caller.tenant, client.as_deref(), now))
        .await?;
    let states = std::mem::take(&mut figures.states);
    let around: HashMap<String, Around> = events::around(&figures.calendars, states);
    let shown = |items: Vec<_>| {
        items
            .into_iter()
            .map(|item| events::present_item(item, &around))
            .collect::<Result<Vec<_>, _>>()
    };
    let (by_status, alerts) = credentials(&figures, now);
    Ok(web::Json(Dashboard {
        clients: ClientFigures {
            active: figures.active,
            archived: figures.archived,
        },
        credentials: CredentialFigures { by_status, alerts },
        calendars: CalendarFigures {
            selected: figures.selected,
            failing: figures.failing,
            stale: figures.stale,
        },
        events: EventFigures {
            mirrored: figures.mirrored,
            upcoming: shown(figures.upcoming)?,
            recent: shown(figures.recent)?,
            per_day: figures
                .per_day
                .into_iter()
                .map(|(date, count)| DayFigures { date, count })
                .collect(),
        },
        sync: figures
            .by_provider
            .into_iter()
            .map(|(provider, calendars, healthy, last)| SyncFigures {
                provider: domain::calendar::Provider::parse(&provider).map_or(Provider::Caldav, Into::into),
                calendars,
                healthy,
                last_pull_at: last.and_then(|at| Timestamp::from_microsecond(at).ok()),
            })
            .collect(),
    }))
}

fn credentials(figures: &ops::Figures, now: Timestamp) -> (StatusFigures, Vec<Alert>) {
    let (mut by_status, mut alerts) = (StatusFigures::default(), Vec::new());
    for row in &figures.credentials {
        let facts = connect::facts(row);
        let status = facts.status(now);
        *match status {
            Status::NotAuthorized => &mut by_status.not_authorized,
            Status::Valid => &mut by_status.valid,
            Status::Expiring => &mut by_status.expiring,
            Status::Expired => &mut by_status.expired,
            Status::NeedsReauthorization => &mut by_status.needs_reauthorization,
            Status::Revoked => &mut by_status.revoked,
            Status::Error => &mut by_status.error,
        } += 1;
        if matches!(status, Status::Valid | Status::Revoked) {
            continue;
        }
        alerts.push(Alert {
            credential_id: row.id.clone(),
            client_id: row.client_id.clone(),
            client_name: figures.names.get(&row.client_id).cloned().unwrap_or_default(),
            provider: facts.provider.into(),
            status: status.into(),
            detail: status_detail(row, status, now).unwrap_or_default(),
        });
    }
    (by_status, alerts)
}
