//! How fresh an answer is: pulls what is older than it should be, within a budget, and says what could not be.

use std::{
    collections::HashMap,
    sync::PoisonError,
    time::{Duration, Instant},
};

use db::calendars::Calendar;
use futures_util::{StreamExt, stream::FuturesUnordered};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::{FIRST_PULL_BUDGET, PULL_BUDGET, mirror, rhythm};
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
    /// Whether a provider was asked: what was read before may be old.
    pub asked: bool,
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
    rhythm::viewed(app, &calendars);
    let old = |calendar: &Calendar| calendar.as_of.is_none_or(|at| now.duration_since(at.timestamp()) > age);
    // What failed a moment ago is not asked again by every reader.
    let resting = |calendar: &Calendar| {
        calendar.consecutive_failures > 0
            && calendar
                .attempted_at
                .is_some_and(|at| now.duration_since(at.timestamp()) <= age)
    };
    let due: Vec<Calendar> = calendars.iter().filter(|c| old(c) && !resting(c)).cloned().collect();
    let asked = !due.is_empty();
    let calendars = if asked {
        pull_all(app, &due).await;
        reread(app, calendars).await?
    } else {
        calendars
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
        asked,
    })
}

async fn reread(app: &App, calendars: Vec<Calendar>) -> db::Result<Vec<Calendar>> {
    let Some(first) = calendars.first() else {
        return Ok(calendars);
    };
    let tenant = domain::id::TenantId::from_store(first.tenant_id.clone());
    let ids: Vec<String> = calendars.iter().map(|calendar| calendar.id.clone()).collect();
    let mut now: HashMap<String, Calendar> = app
        .read_all(move |c| db::calendars::some(c, &tenant, &ids))
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
pub async fn pull_all(app: &App, calendars: &[Calendar]) {
    let mut waits: FuturesUnordered<_> = calendars
        .iter()
        .map(|calendar| {
            let budget = if calendar.as_of.is_none() {
                FIRST_PULL_BUDGET
            } else {
                PULL_BUDGET
            };
            let pull = start(app, calendar, Want::Newer);
            async move { tokio::time::timeout(budget, wait(pull)).await.is_ok() }
        })
        .collect();
    while waits.next().await.is_some() {}
}

async fn wait(mut pull: watch::Receiver<bool>) {
    // An error means that the pull has ended without saying so; its outcome stands in the row.
    let _ended = pull.wait_for(|done| *done).await;
}

/// What the caller of a pull wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// Anything newer than the row it has read: a round that somebody else made in between will do.
    Newer,
    /// What the provider holds now: a round that runs already may have begun too early.
    Now,
}

/// Pulls one calendar and waits for it, up to `budget`; the pull itself goes on after that.
pub async fn pull_and_wait(app: &App, calendar: &Calendar, want: Want, budget: Duration) {
    let pulled = async {
        let running = (want == Want::Now).then(|| running(app, calendar)).flatten();
        if let Some(running) = running {
            wait(running).await;
        }
        wait(start(app, calendar, want)).await;
    };
    let _in_time = tokio::time::timeout(budget, pulled).await;
}

/// How long a hint waits for others like it before its pull begins.
const GATHER: Duration = Duration::from_millis(100);

/// The same, where a hint made us pull less than [`LATELY`] ago: somebody, we ourselves perhaps, writes much.
const GATHER_MORE: Duration = Duration::from_secs(1);
const LATELY: Duration = Duration::from_secs(5);

/// Calendars remembered as hinted; beyond that those with nothing to do are forgotten.
const HINTED: usize = 10_000;

/// What a provider told us about a calendar.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hinted {
    /// Its pull has not begun yet.
    waits: bool,
    /// When a pull was last begun for it.
    last: Option<Instant>,
}

/// Somebody told us that the calendar changed: pulls it soon. However many say so before the pull begins, it is one.
pub fn hint(app: &App, calendar: Calendar) {
    let gather = {
        let mut hinted = app.gateway.hinted.lock().unwrap_or_else(PoisonError::into_inner);
        if hinted.len() >= HINTED {
            hinted.retain(|_, one| one.waits || one.last.is_some_and(|at| at.elapsed() < LATELY));
        }
        let one = hinted.entry(calendar.id.clone()).or_insert(Hinted {
            waits: false,
            last: None,
        });
        if std::mem::replace(&mut one.waits, true) {
            return;
        }
        let lately = one.last.is_some_and(|at| at.elapsed() < LATELY);
        if lately { GATHER_MORE } else { GATHER }
    };
    let app = app.clone();
    tokio::spawn(async move {
        tokio::time::sleep(gather).await;
        // A pull that runs already may have begun too early.
        if let Some(running) = running(&app, &calendar) {
            wait(running).await;
        }
        // What is told from here on needs another pull.
        let now = Hinted {
            waits: false,
            last: Some(Instant::now()),
        };
        app.gateway
            .hinted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(calendar.id.clone(), now);
        wait(start(&app, &calendar, Want::Now)).await;
    });
}

/// The pull of this calendar that runs in this process.
fn running(app: &App, calendar: &Calendar) -> Option<watch::Receiver<bool>> {
    let pulls = app.gateway.pulls.lock().unwrap_or_else(PoisonError::into_inner);
    pulls.get(&calendar.id).cloned()
}

/// Starts a pull, or joins the one that runs. It goes on when nobody waits any more.
fn start(app: &App, calendar: &Calendar, want: Want) -> watch::Receiver<bool> {
    let mut pulls = app.gateway.pulls.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(running) = pulls.get(&calendar.id).filter(|pull| pull.has_changed().is_ok()) {
        return running.clone();
    }
    let (tell, told) = watch::channel(false);
    pulls.insert(calendar.id.clone(), told.clone());
    drop(pulls);
    let (app, calendar) = (app.clone(), calendar.clone());
    tokio::spawn(async move {
        let permit = app.gateway.pulling.clone().acquire_owned().await;
        // The row was read a while ago: the pull that it asks for may have come and gone since.
        if want == Want::Now || !tried_since(&app, &calendar).await {
            pull(&app, &calendar).await;
        }
        drop(permit);
        app.gateway
            .pulls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&calendar.id);
        tell.send_replace(true);
    });
    told
}

/// Pulls, or waits while another process is at it: its answer is as good as ours.
async fn pull(app: &App, calendar: &Calendar) {
    for _ in 0..50 {
        let Ok(false) = mirror::pull(app, calendar).await else {
            return;
        };
        tokio::time::sleep(Duration::from_millis(200)).await;
        if tried_since(app, calendar).await {
            return;
        }
    }
}

/// Whether somebody has tried since the calendar was read, and is done.
async fn tried_since(app: &App, calendar: &Calendar) -> bool {
    let (tenant, id) = (
        domain::id::TenantId::from_store(calendar.tenant_id.clone()),
        calendar.id.clone(),
    );
    match app.read_all(move |c| db::calendars::get(c, &tenant, &id)).await {
        // Who read it while somebody tried knows the time of the attempt already, but not its outcome.
        Ok(now) => {
            now.lease.is_none()
                && (now.attempted_at > calendar.attempted_at
                    || now.as_of > calendar.as_of
                    || now.consecutive_failures != calendar.consecutive_failures)
        }
        Err(_) => true,
    }
}
