//! How fresh an answer is: pulls what is older than it should be, within a budget, and says what could not be.

use std::{collections::HashMap, time::Duration};

use db::calendars::Calendar;
use futures_util::{StreamExt, stream::FuturesUnordered};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::{FIRST_PULL_BUDGET, PULL_BUDGET, mirror};
use crate::state::App;

/// How fresh the calendars are.
#[derive(Debug, Clone)]
pub struct Freshness {
    /// The calendars as they are now.
    pub calendars: Vec<Calendar>,
    /// The age of the oldest; `None` when one was never read.
    pub as_of: Option<Timestamp>,
    /// Those that are older than they should be, and why.
    pub stale: Vec<Stale>,
}

/// A calendar that is older than it should be.
#[derive(Debug, Clone)]
pub struct Stale {
    /// Which.
    pub calendar: String,
    /// What its events are true for.
    pub as_of: Option<Timestamp>,
    /// Why.
    pub detail: String,
}

/// Pulls those of the calendars that are too old, all at once, and waits within the budget.
///
/// # Errors
/// Those of the database. A pull that fails is not one of them: the answer says that it is stale.
pub async fn fresh(app: &App, calendars: Vec<Calendar>) -> db::Result<Freshness> {
    let age = SignedDuration::from_secs(i64::try_from(app.config.pull_after).unwrap_or(i64::MAX));
    let now = app.now();
    let old = |calendar: &Calendar| calendar.as_of.is_none_or(|at| now.duration_since(at.timestamp()) > age);
    // What failed a moment ago is not asked again by every reader.
    let resting = |calendar: &Calendar| {
        calendar.consecutive_failures > 0
            && calendar
                .attempted_at
                .is_some_and(|at| now.duration_since(at.timestamp()) <= age)
    };
    let due: Vec<Calendar> = calendars.iter().filter(|c| old(c) && !resting(c)).cloned().collect();
    let calendars = if due.is_empty() {
        calendars
    } else {
        pull_all(app, &due).await;
        reread(app, calendars).await?
    };
    let stale = calendars
        .iter()
        .filter(|calendar| old(calendar))
        .map(|calendar| Stale {
            calendar: calendar.id.clone(),
            as_of: calendar.as_of.map(Into::into),
            detail: calendar
                .last_error_detail
                .clone()
                .unwrap_or_else(|| "The provider has not answered in time; it is still being asked.".into()),
        })
        .collect();
    let oldest = calendars
        .iter()
        .map(|calendar| calendar.as_of.map(Timestamp::from))
        .min()
        .flatten();
    Ok(Freshness {
        calendars,
        as_of: oldest,
        stale,
    })
}

async fn reread(app: &App, calendars: Vec<Calendar>) -> db::Result<Vec<Calendar>> {
    let Some(first) = calendars.first() else {
        return Ok(calendars);
    };
    let tenant = domain::id::TenantId::from_store(first.tenant_id.clone());
    let ids: Vec<String> = calendars.iter().map(|calendar| calendar.id.clone()).collect();
    let mut now: HashMap<String, Calendar> = app
        .read(move |c| db::calendars::some(c, &tenant, &ids))
        .await?
        .into_iter()
        .map(|calendar| (calendar.id.clone(), calendar))
        .collect();
    Ok(calendars
        .into_iter()
        .map(|before| now.remove(&before.id).unwrap_or(before))
        .collect())
}

/// Pulls them all. Those that were never read may take longer, and make the others wait no longer for it.
async fn pull_all(app: &App, calendars: &[Calendar]) {
    let mut waits: FuturesUnordered<_> = calendars
        .iter()
        .map(|calendar| {
            let budget = if calendar.as_of.is_none() {
                FIRST_PULL_BUDGET
            } else {
                PULL_BUDGET
            };
            let pull = start(app, calendar);
            async move { tokio::time::timeout(budget, wait(pull)).await.is_ok() }
        })
        .collect();
    while waits.next().await.is_some() {}
}

async fn wait(mut pull: watch::Receiver<bool>) {
    // An error means that the pull has ended without saying so; its outcome stands in the row.
    let _ended = pull.wait_for(|done| *done).await;
}

/// Pulls one calendar and waits for it, up to `budget`.
///
/// # Errors
/// Those of the database.
pub async fn pull_and_wait(app: &App, calendar: &Calendar, budget: Duration) -> db::Result<()> {
    let _in_time = tokio::time::timeout(budget, wait(start(app, calendar))).await;
    Ok(())
}

/// Starts a pull, or joins the one that runs. It goes on when nobody waits any more.
fn start(app: &App, calendar: &Calendar) -> watch::Receiver<bool> {
    let mut pulls = app
        .gateway
        .pulls
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(running) = pulls.get(&calendar.id).filter(|pull| pull.has_changed().is_ok()) {
        return running.clone();
    }
    let (tell, told) = watch::channel(false);
    pulls.insert(calendar.id.clone(), told.clone());
    drop(pulls);
    let (app, calendar) = (app.clone(), calendar.clone());
    tokio::spawn(async move {
        let permit = app.gateway.pulling.clone().acquire_owned().await;
        for _ in 0..50 {
            match mirror::pull(&app, &calendar).await {
                // Another process is at it: its answer is as good as ours.
                Ok(false) => tokio::time::sleep(Duration::from_millis(200)).await,
                Ok(true) | Err(_) => break,
            }
            if recent(&app, &calendar).await {
                break;
            }
        }
        drop(permit);
        app.gateway
            .pulls
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .remove(&calendar.id);
        tell.send_replace(true);
    });
    told
}

/// Whether somebody else has finished a round since the calendar was read.
async fn recent(app: &App, calendar: &Calendar) -> bool {
    let (tenant, id, before) = (
        domain::id::TenantId::from_store(calendar.tenant_id.clone()),
        calendar.id.clone(),
        calendar.as_of,
    );
    match app.read(move |c| db::calendars::get(c, &tenant, &id)).await {
        Ok(now) => now.as_of > before,
        Err(_) => true,
    }
}
