//! What accounts cost their providers, and what is left.

use actix_web::{get, web};
use domain::budget::{self, State};
use jiff::{SignedDuration, Timestamp};
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
    gateway::ledger::{Standing, standing},
    state::App,
};

/// Requests made.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuotaUse {
    /// In the last minute, by the process that answers.
    last_minute: u32,
    /// Since the full hour, by all.
    this_hour: i64,
    /// In the last 24 hours, by all.
    last_day: i64,
    /// Of those of the last 24 hours: how many wrote.
    last_day_writes: i64,
    /// In the last 24 hours: calls that failed at the provider.
    last_day_failed: i64,
}

/// How much may be asked in any minute.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuotaLimits {
    /// By this account.
    per_minute: u32,
    /// By this account, reading.
    reads_per_minute: u32,
    /// By this account, writing.
    writes_per_minute: u32,
    /// By all accounts of the same OAuth app; null where the provider has no such limit.
    app_per_minute: Option<u32>,
}

/// Whether an account is asked.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CircuitState {
    /// It is.
    Closed,
    /// It did not answer several times in a row and is left alone for a while.
    Open,
    /// It was left alone long enough: the next call tries.
    HalfOpen,
}

/// How an account stands with its provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct Quota {
    /// `crd_…`
    credential_id: String,
    /// `cli_…`
    client_id: String,
    /// Where the account is.
    provider: Provider,
    /// The account's address.
    account_email: Option<String>,
    /// Requests made.
    used: QuotaUse,
    /// Requests this installation allows itself, below what the provider allows.
    limits: QuotaLimits,
    /// Requests the present day (UTC) will have had at its end, if it goes on like the last.
    forecast_today: i64,
    /// The provider takes no more writes until then; reads go on.
    #[schema(value_type = Option<String>, format = DateTime)]
    writes_paused_until: Option<Timestamp>,
    /// The provider asked not to be asked until then.
    #[schema(value_type = Option<String>, format = DateTime)]
    rests_until: Option<Timestamp>,
    /// Whether the account is asked, by the process that answers.
    circuit: CircuitState,
    /// When an account that is left alone is tried again.
    #[schema(value_type = Option<String>, format = DateTime)]
    circuit_until: Option<Timestamp>,
}

/// Which accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuota {
    /// Of one client.
    #[param(max_length = 64)]
    client_id: Option<String>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
}

/// How accounts stand with their providers
///
/// Requests made, what is allowed, what the day will come to, and whether writes pause or the account is left alone.
#[utoipa::path(operation_id = "list_quota", tag = "operability", params(ListQuota), security(("session" = []), ("key" = ["credentials:read"])),
    responses((status = 200, description = "One page, by age of the credentials", body = Page<Quota>), Problem))]
#[get("/quota")]
pub async fn list(
    app: App,
    caller: Caller<scope::CredentialsRead>,
    query: Query<ListQuota>,
) -> Result<web::Json<Page<Quota>>, Problem> {
    let Query(query) = query;
    let keyset = page::keyset(query.limit, query.cursor.as_deref())?;
    let (tenant, now) = (caller.tenant.clone(), app.now());
    let slice = app
        .read(move |c| db::credentials::list(c, &tenant, query.client_id.as_deref(), &keyset))
        .await?;
    let mut standings = standing(&app, &caller.tenant, &slice.rows).await?.into_iter();
    let mut entries = Vec::with_capacity(slice.rows.len());
    for row in &slice.rows {
        if let Some(standing) = standings.next() {
            entries.push(entry(row, &standing, now));
        }
    }
    Ok(web::Json(Page {
        data: entries,
        next_cursor: slice.next.as_ref().map(page::encode),
    }))
}

fn entry(row: &db::credentials::Credential, standing: &Standing, now: Timestamp) -> Quota {
    let within = |span: SignedDuration| {
        let hours = standing.hours.iter();
        hours.filter(move |hour| now.duration_since(hour.hour.timestamp()) < span)
    };
    let (hour, day) = (SignedDuration::from_hours(1), SignedDuration::from_hours(24));
    let hours: Vec<(Timestamp, i64)> = standing
        .hours
        .iter()
        .map(|hour| (hour.hour.timestamp(), hour.reads + hour.writes))
        .collect();
    let (circuit, circuit_until) = match standing.circuit {
        State::Closed => (CircuitState::Closed, None),
        State::Open(until) => (CircuitState::Open, Some(until)),
        State::HalfOpen => (CircuitState::HalfOpen, None),
    };
    Quota {
        credential_id: row.id.clone(),
        client_id: row.client_id.clone(),
        provider: crate::gateway::connect::provider_of(row).into(),
        account_email: row.account_email.clone(),
        used: QuotaUse {
            last_minute: standing.last_minute,
            this_hour: within(hour).map(|hour| hour.reads + hour.writes).sum(),
            last_day: within(day).map(|hour| hour.reads + hour.writes).sum(),
            last_day_writes: within(day).map(|hour| hour.writes).sum(),
            last_day_failed: within(day).map(|hour| hour.failed).sum(),
        },
        limits: QuotaLimits {
            per_minute: standing.limits.account,
            reads_per_minute: standing.limits.reads,
            writes_per_minute: standing.limits.writes,
            app_per_minute: standing.limits.app,
        },
        forecast_today: budget::forecast(&hours, now),
        writes_paused_until: standing.paused_until,
        rests_until: standing.rests_until,
        circuit,
        circuit_until,
    }
}
