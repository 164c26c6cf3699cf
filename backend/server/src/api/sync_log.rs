//! `GET /sync-log`: how each exchange with a provider went, and how they go on the whole.

use actix_web::{get, web};
use db::sync_log::{Entry, Filter};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        auth::{Caller, scope},
        json::Query,
        page::{self, Page},
        problem::Problem,
        words::Provider,
    },
    ops::sync_log::{self as ops, Stretch},
    state::App,
};

/// One exchange with a provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct SyncLogEntry {
    /// `log_…`
    #[schema(example = "log_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b")]
    id: String,
    /// Of which client.
    client_id: String,
    /// With which calendar.
    calendar_id: String,
    /// About which event; null: about several, as a pull is.
    #[schema(required)]
    event_id: Option<String>,
    /// With whom.
    provider: Provider,
    /// From the provider or to it.
    direction: Direction,
    /// What was tried: `pull`, `create`, `update`, `delete`; there will be more.
    #[schema(example = "pull")]
    action: String,
    /// How it went.
    outcome: Outcome,
    /// Why not: a `code` of a problem.
    #[schema(required, example = "provider_unavailable")]
    code: Option<String>,
    /// More, for people.
    #[schema(required)]
    detail: Option<String>,
    /// The how-manieth try it was.
    attempts: i32,
    /// How long it took, in milliseconds.
    took_ms: i64,
    /// How late it was: from the change to its arrival on the other side, in milliseconds; null where that is not known.
    #[schema(required)]
    lag_ms: Option<i64>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

/// From the provider or to it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SyncDirection)]
pub enum Direction {
    /// What the provider holds comes to us.
    In,
    /// What we want goes to the provider.
    Out,
}

/// How an exchange went.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SyncOutcome)]
pub enum Outcome {
    /// Well.
    Ok,
    /// Not this time; it is tried again by itself.
    Retry,
    /// The provider said no: somebody has to act.
    Refused,
    /// Both sides had changed the same.
    Conflict,
}

impl Outcome {
    fn parse(text: &str) -> Self {
        match text {
            "ok" => Self::Ok,
            "retry" => Self::Retry,
            "conflict" => Self::Conflict,
            // An unknown word is never success.
            _ => Self::Refused,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Retry => "retry",
            Self::Refused => "refused",
            Self::Conflict => "conflict",
        }
    }
}

fn provider(text: &str) -> Provider {
    domain::calendar::Provider::parse(text).map_or(Provider::Caldav, Into::into)
}

fn entry(row: Entry) -> SyncLogEntry {
    SyncLogEntry {
        provider: provider(&row.provider),
        direction: if row.direction == "in" {
            Direction::In
        } else {
            Direction::Out
        },
        outcome: Outcome::parse(&row.outcome),
        id: row.id,
        client_id: row.client_id,
        calendar_id: row.calendar_id,
        event_id: row.event_id,
        action: row.action,
        code: row.code,
        detail: row.detail,
        attempts: row.attempts,
        took_ms: row.took_ms,
        lag_ms: row.lag_ms,
        at: row.at.into(),
    }
}

/// Which exchanges.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListSyncLog {
    /// Of one client.
    #[param(max_length = 64)]
    client_id: Option<String>,
    /// With one calendar.
    #[param(max_length = 64)]
    calendar_id: Option<String>,
    /// About one event.
    #[param(max_length = 64)]
    event_id: Option<String>,
    /// From the provider or to it.
    #[param(inline)]
    direction: Option<Direction>,
    /// How they went.
    #[param(inline)]
    outcome: Option<Outcome>,
    /// At or after it.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Before it.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
}

/// List exchanges with providers
///
/// Newest first, kept for 30 days. Pulls that brought nothing are counted in the summary and not listed.
#[utoipa::path(operation_id = "list_sync_log", tag = "sync", params(ListSyncLog), security(("session" = []), ("key" = ["calendars:read"])),
    responses((status = 200, description = "One page, newest first", body = Page<SyncLogEntry>), Problem))]
#[get("/sync-log")]
pub async fn list(
    app: App,
    caller: Caller<scope::CalendarsRead>,
    query: Query<ListSyncLog>,
) -> Result<web::Json<Page<SyncLogEntry>>, Problem> {
    let Query(q) = query;
    let keyset = page::keyset(q.limit, q.cursor.as_deref())?;
    let word = |direction| match direction {
        Direction::In => "in".to_owned(),
        Direction::Out => "out".to_owned(),
    };
    let filter = Filter {
        client: q.client_id,
        calendar: q.calendar_id,
        event: q.event_id,
        direction: q.direction.map(word),
        outcome: q.outcome.map(|outcome| outcome.as_str().to_owned()),
        from: q.from.map(Into::into),
        to: q.to.map(Into::into),
    };
    let slice = app
        .read(move |c| db::sync_log::list(c, &caller.tenant, &filter, &keyset))
        .await
        .map_err(|error| match error {
            db::Error::NotFound => page::wrong_cursor(),
            other => other.into(),
        })?;
    Ok(web::Json(Page::of(slice, entry)))
}

/// How long the stretches are.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SyncStretch)]
pub enum By {
    /// The last 24 hours, the present one with them.
    #[default]
    Hour,
    /// The last 30 days (UTC), today with them.
    Day,
}

/// Two percentiles, in milliseconds; null: nothing was measured.
#[derive(Debug, Serialize, ToSchema)]
pub struct Percentiles {
    /// Half are no larger.
    #[schema(required)]
    p50: Option<i64>,
    /// 95 of 100 are no larger.
    #[schema(required)]
    p95: Option<i64>,
}

/// How the exchanges of a provider went in a stretch of time.
#[derive(Debug, Serialize, ToSchema)]
pub struct SyncFiguresOfStretch {
    /// Its begin.
    #[schema(value_type = String, format = DateTime)]
    start: Timestamp,
    /// With whom.
    provider: Provider,
    /// How many went well, without those that brought nothing.
    ok: i64,
    /// How many did not.
    failed: i64,
    /// Pulls that brought nothing.
    quiet: i64,
    /// The share that went well, 0–1, quiet ones with them.
    success_rate: f64,
    /// How long they took.
    took_ms: Percentiles,
    /// How late changes were.
    lag_ms: Percentiles,
}

/// How the exchanges with providers go.
#[derive(Debug, Serialize, ToSchema)]
pub struct SyncSummary {
    /// How long the stretches are.
    by: By,
    /// By begin and provider; those without any exchange are left out.
    data: Vec<SyncFiguresOfStretch>,
}

/// Of what, and how finely.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SummarizeSyncLog {
    /// By the hour or by the day.
    #[param(inline)]
    by: Option<By>,
    /// Of one client.
    #[param(max_length = 64)]
    client_id: Option<String>,
}

/// Summarise exchanges with providers
///
/// By provider, for each of the last 24 hours or 30 days: how many went well, how long they took, how late changes were.
#[utoipa::path(operation_id = "get_sync_summary", tag = "sync", params(SummarizeSyncLog), security(("session" = []), ("key" = ["calendars:read"])),
    responses((status = 200, description = "The figures", body = SyncSummary), Problem))]
#[get("/sync-log/summary")]
pub async fn summary(
    app: App,
    caller: Caller<scope::CalendarsRead>,
    query: Query<SummarizeSyncLog>,
) -> Result<web::Json<SyncSummary>, Problem> {
    let Query(q) = query;
    let by = q.by.unwrap_or_default();
    let stretch = match by {
        By::Hour => Stretch::Hour,
        By::Day => Stretch::Day,
    };
    let now = app.now();
    let summary = app
        .read(move |c| ops::summary(c, &caller.tenant, q.client_id.as_deref(), stretch, now))
        .await?;
    let data = summary
        .into_iter()
        .map(|((start, name), figures)| {
            let good = figures.ok + figures.quiet;
            SyncFiguresOfStretch {
                start,
                provider: provider(&name),
                ok: figures.ok,
                failed: figures.failed,
                quiet: figures.quiet,
                success_rate: good as f64 / (good + figures.failed).max(1) as f64,
                took_ms: Percentiles {
                    p50: figures.took.0,
                    p95: figures.took.1,
                },
                lag_ms: Percentiles {
                    p50: figures.lag.0,
                    p95: figures.lag.1,
                },
            }
        })
        .collect();
    Ok(web::Json(SyncSummary { by, data }))
}
