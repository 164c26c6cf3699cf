//! How each exchange with a provider went, noted where it is recorded: in the same transaction.

use std::collections::BTreeMap;

use db::{Conn, Result, calendars::Calendar, outbox::Promise, sync_log};
use domain::id::TenantId;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{feed::Tally, outbox};

/// How long it is kept.
pub const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// One exchange with a provider, about one calendar.
#[derive(Debug, Clone)]
pub struct Exchange<'a> {
    /// Which calendar.
    pub calendar: &'a Calendar,
    /// About which event, as the API names it.
    pub event: Option<&'a str>,
    /// `in` or `out`.
    pub direction: &'static str,
    /// `pull`, `create`, `update`, `delete`, …
    pub action: &'static str,
    /// `ok`, `retry`, `refused` or `conflict`.
    pub outcome: &'static str,
    /// Why not: a `code` of a problem.
    pub code: Option<&'a str>,
    /// More, for people. Never what an event says, never a secret.
    pub detail: Option<&'a str>,
    /// From 1.
    pub attempts: i32,
    /// How long it took.
    pub took: SignedDuration,
    /// From the change to its arrival on the other side.
    pub lag: Option<SignedDuration>,
}

/// Notes exchanges.
///
/// # Errors
/// Those of the database.
pub fn record(conn: &mut Conn, exchanges: &[Exchange<'_>], now: Timestamp) -> Result<()> {
    let millis = |time: SignedDuration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX).max(0);
    let entries: Vec<sync_log::Entry> = exchanges
        .iter()
        .map(|one| sync_log::Entry {
            id: format!("log_{}", Uuid::now_v7().simple()),
            tenant_id: one.calendar.tenant_id.clone(),
            client_id: one.calendar.client_id.clone(),
            calendar_id: one.calendar.id.clone(),
            event_id: one.event.map(str::to_owned),
            provider: one.calendar.provider.clone(),
            direction: one.direction.to_owned(),
            action: one.action.to_owned(),
            outcome: one.outcome.to_owned(),
            code: one.code.map(str::to_owned),
            detail: one.detail.map(|text| text.replace('\0', "")),
            attempts: one.attempts,
            took_ms: millis(one.took),
            lag_ms: one.lag.map(millis),
            at: now.into(),
        })
        .collect();
    sync_log::append(conn, &entries)
}

/// A pull came to its end. `before`: the calendar as it was. One that brought nothing is only counted.
///
/// # Errors
/// Those of the database.
pub fn pulled(
    conn: &mut Conn,
    before: &Calendar,
    brought: Tally,
    took: SignedDuration,
    started: Timestamp,
) -> Result<()> {
    let now = started + took;
    if brought.is_empty() {
        let tenant = TenantId::from_store(before.tenant_id.clone());
        return sync_log::quiet(conn, &tenant, &before.client_id, &before.provider, now.into());
    }
    // What a full listing finds may be years old; that says nothing about how late we are.
    let incremental = before.cursor.is_some() && !before.full_round;
    let lag = brought
        .newest
        .filter(|_| incremental)
        .map(|changed| now.duration_since(changed));
    let detail = format!(
        "{} new, {} changed, {} removed",
        brought.created, brought.updated, brought.deleted
    );
    let exchange = Exchange {
        calendar: before,
        event: None,
        direction: "in",
        action: "pull",
        outcome: "ok",
        code: None,
        detail: Some(&detail),
        attempts: 1,
        took,
        lag,
    };
    record(conn, &[exchange], now)
}

/// A change of ours was told to its provider, or that was tried. `event`: as the API names it. `outcome`: with a code and
/// more for people where it did not work.
///
/// # Errors
/// Those of the database.
pub fn pushed(
    conn: &mut Conn,
    calendar: &Calendar,
    promise: &Promise,
    event: &str,
    (outcome, code, detail): (&'static str, Option<&str>, Option<&str>),
    began: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let exchange = Exchange {
        calendar,
        event: Some(event),
        direction: "out",
        action: match promise.action.as_str() {
            outbox::CREATE => "create",
            outbox::DELETE => "delete",
            _ => "update",
        },
        outcome,
        code,
        detail,
        attempts: promise.attempts + 1,
        took: now.duration_since(began),
        lag: (outcome == "ok").then(|| now.duration_since(promise.updated_at.timestamp())),
    };
    record(conn, &[exchange], now)
}

/// A pull failed. `before`: the calendar as it was.
///
/// # Errors
/// Those of the database.
pub fn pull_failed(
    conn: &mut Conn,
    before: &Calendar,
    code: &str,
    detail: &str,
    took: SignedDuration,
    now: Timestamp,
) -> Result<()> {
    let exchange = Exchange {
        calendar: before,
        event: None,
        direction: "in",
        action: "pull",
        outcome: outcome_of(code),
        code: Some(code),
        detail: Some(detail),
        attempts: before.consecutive_failures.saturating_add(1),
        took,
        lag: None,
    };
    record(conn, &[exchange], now)
}

/// What becomes of an exchange that failed with this `code` of a problem.
pub fn outcome_of(code: &str) -> &'static str {
    match code {
        "rate_limited" | "provider_unavailable" | "unavailable" => "retry",
        "precondition_failed" | "conflict" => "conflict",
        _ => "refused",
    }
}

/// How long the stretches of a summary are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stretch {
    /// Of the last 24 hours, in UTC.
    Hour,
    /// Of the last 30 days, in UTC.
    Day,
}

impl Stretch {
    const fn length(self) -> SignedDuration {
        match self {
            Self::Hour => SignedDuration::from_hours(1),
            Self::Day => SignedDuration::from_hours(24),
        }
    }

    const fn count(self) -> i32 {
        match self {
            Self::Hour => 24,
            Self::Day => 30,
        }
    }
}

/// How the exchanges of a provider went in a stretch of time.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// How many went well.
    pub ok: i64,
    /// How many did not.
    pub failed: i64,
    /// Pulls that brought nothing; they went well, too.
    pub quiet: i64,
    /// Half of the exchanges, and 95 of 100, took no longer, in milliseconds.
    pub took: (Option<i64>, Option<i64>),
    /// Half of the changes, and 95 of 100, were no later, in milliseconds.
    pub lag: (Option<i64>, Option<i64>),
}

/// By the begin of the stretch and provider.
pub type Summary = BTreeMap<(Timestamp, String), Figures>;

/// How exchanges went lately; stretches without any are left out.
///
/// # Errors
/// Those of the database.
pub fn summary(
    conn: &mut Conn,
    tenant: &TenantId,
    client: Option<&str>,
    by: Stretch,
    now: Timestamp,
) -> Result<Summary> {
    let length = i64::try_from(by.length().as_micros()).unwrap_or(i64::MAX);
    let number = |at: i64| at.div_euclid(length);
    let begin = |stretch: i64| Timestamp::from_microsecond(stretch.saturating_mul(length)).unwrap_or_default();
    // The present stretch and those before it.
    let first = begin(number(now.as_microsecond()) - i64::from(by.count()) + 1);
    let mut summary = Summary::new();
    for row in sync_log::figures(conn, tenant, client, first.into(), length)? {
        let figures = summary.entry((begin(row.stretch), row.provider)).or_default();
        (figures.ok, figures.failed) = (row.ok, row.failed);
        figures.took = (row.took_p50, row.took_p95);
        figures.lag = (row.lag_p50, row.lag_p95);
    }
    let hour = i64::try_from(Stretch::Hour.length().as_micros()).unwrap_or(i64::MAX);
    for (provider, at, pulls) in sync_log::quiet_hours(conn, tenant, client, first.into())? {
        let stretch = begin(number(at.saturating_mul(hour)));
        summary.entry((stretch, provider)).or_default().quiet += pulls;
    }
    Ok(summary)
}
