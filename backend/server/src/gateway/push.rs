//! Drains lanes: whoever takes a calendar's lane keeps its promises in order until nothing waits, something has to
//! wait, or it is somebody else's turn.

use std::time::Duration;

use db::{
    calendars::Calendar,
    conflicts::{Conflict, OPEN},
    outbox::{DEAD, DONE, OVERTAKEN, Promise, WAITING},
    types::Instant,
};
use domain::{
    id::TenantId,
    sync::{self, Patience, Trouble, Verdict},
};
use jiff::SignedDuration;

use super::{
    Error,
    connect::{self, Connected},
    desk::Refusal,
    keep::{self, Next, Task, Tried},
    lane::{self, Taken},
};
use crate::{
    ops::{changes::Changed, conflicts::Meeting, outbox, sync_log},
    state::App,
};

/// How long a request waits for the provider before it answers “pending”.
pub const BUDGET: Duration = Duration::from_millis(8_000);

/// How many promises are kept in one turn: other tenants wait, too.
const TURN: usize = 50;

/// How long the lane of a calendar rests that its provider does not list.
const UNLISTED: Duration = Duration::from_secs(3_600);

/// How often a promise is tried in one turn while somebody else changes the same event.
const TRIES: u32 = 3;

/// Drains the lane of a calendar. `false`: somebody else is at it, or there is none.
///
/// # Errors
/// Those of the database.
pub async fn drain(app: &App, calendar: &str) -> db::Result<bool> {
    let Some(_busy) = app.gateway.lanes.enter(calendar) else {
        return Ok(false);
    };
    let holder = uuid::Uuid::now_v7().simple().to_string();
    let outcome = match lane::take(app, calendar, &holder).await {
        Ok(None) => return Ok(false),
        Ok(Some(taken)) => turn(app, calendar, &holder, taken).await,
        Err(error) => Err(error),
    };
    let wait = match &outcome {
        Ok(Rest::Free) => return Ok(true),
        Ok(Rest::For(wait)) => *wait,
        // A fault of ours must not be tried again at once, for ever.
        Err(_) => Duration::from_secs(30),
    };
    let due = Instant::from(app.now() + SignedDuration::try_from(wait).unwrap_or(SignedDuration::from_hours(1)));
    let id = calendar.to_owned();
    crate::fault::point("outbound.before_give_back");
    app.write(move |c| db::outbox::give_back(c, &id, &holder, due)).await?;
    outcome.map(|_| true)
}

/// What becomes of a lane after a turn.
enum Rest {
    /// Nothing waits in it, and it was given back.
    Free,
    /// It is to rest for so long.
    For(Duration),
}

/// One turn.
async fn turn(app: &App, calendar: &str, holder: &str, taken: Taken) -> db::Result<Rest> {
    let (tenant, Some(row)) = (taken.tenant, taken.calendar) else {
        return Ok(Rest::For(UNLISTED));
    };
    let Some(first) = taken.claim else {
        return Ok(Rest::Free);
    };
    let mut next = Next::Claimed(Box::new(first));
    let mut provider: Option<Connected> = None;
    let mut changes = (String::new(), 0);
    for place in 1..=TURN {
        let claim = match next {
            Next::Claimed(claim) => *claim,
            Next::Nothing => return Ok(Rest::Free),
            Next::Unknown => match lane::next(app, &tenant, calendar, holder).await? {
                Some(claim) => claim,
                None => return Ok(Rest::Free),
            },
        };
        next = Next::Unknown;
        let task = Task::new(claim)?;
        crate::fault::point("outbound.after_claim");
        if provider.is_none() {
            match connect::connect(app, &tenant, &row.credential_id).await {
                Ok(connected) => provider = Some(connected),
                Err(error) => {
                    let trouble = match &error {
                        Error::NotConnected(_) => Trouble::Reauthorize,
                        Error::Provider { error, .. } => keep::trouble(error),
                        _ => Trouble::Transient,
                    };
                    if let Some(wait) = failed(app, &task.promise, trouble, error).await? {
                        return Ok(Rest::For(wait));
                    }
                    continue;
                }
            }
        }
        let Some(provider) = &provider else { continue };
        let began = app.now();
        match keep::attempt(app, provider, &row, holder, &task, place < TURN).await? {
            Tried::Kept(then) => {
                counted(&row, "ok");
                app.gateway.lanes.done(calendar, &task.promise.group_id);
                next = then;
            }
            Tried::Changed => {
                // Both changes met; what is left of ours is written next.
                let outcome = ("retry", Some("precondition_failed"), None);
                logged(app, &row, &task, outcome, began).await?;
                counted(&row, "changed");
                changes = if changes.0 == task.promise.id {
                    (changes.0, changes.1 + 1)
                } else {
                    (task.promise.id.clone(), 1)
                };
                if changes.1 >= TRIES {
                    // Somebody changes it all the time: not a race to be won at once.
                    let error = Error::of(provider.provider)(providers::Error::Changed);
                    if let Some(wait) = failed(app, &task.promise, Trouble::Transient, error).await? {
                        return Ok(Rest::For(wait));
                    }
                }
            }
            Tried::Failed(trouble, error) => {
                let code = error.code();
                let outcome = (sync_log::outcome_of(code), Some(code), Some(error.detail()));
                logged(app, &row, &task, outcome, began).await?;
                counted(&row, code);
                if let Some(wait) = failed(app, &task.promise, trouble, error).await? {
                    return Ok(Rest::For(wait));
                }
            }
        }
    }
    Ok(Rest::For(Duration::ZERO))
}

/// Notes how a try went that did not work, for people.
async fn logged(
    app: &App,
    calendar: &Calendar,
    task: &Task,
    (outcome, code, detail): (&'static str, Option<&'static str>, Option<String>),
    began: jiff::Timestamp,
) -> db::Result<()> {
    let (calendar, promise, event, now) = (calendar.clone(), task.promise.clone(), task.name(), app.now());
    app.write(move |c| {
        let outcome = (outcome, code, detail.as_deref());
        sync_log::pushed(c, &calendar, &promise, &event, outcome, began, now)
    })
    .await
}

fn counted(calendar: &Calendar, outcome: &'static str) {
    metrics::counter!("calendar_stacker_pushes_total", "provider" => calendar.provider.clone(), "outcome" => outcome)
        .increment(1);
}

/// Notes a failure. `None`: the promise needs a person, the lane goes on without it.
async fn failed(app: &App, promise: &Promise, trouble: Trouble, error: Error) -> db::Result<Option<Duration>> {
    let asked = match &error {
        Error::Provider {
            error: providers::Error::TryLater { after, .. },
            ..
        } => *after,
        _ => None,
    };
    let attempts = u32::try_from(promise.attempts).unwrap_or(0) + 1;
    let verdict = sync::verdict(trouble, attempts, asked, app.random(), &Patience::default());
    tracing::info!(promise = promise.id, code = error.code(), ?verdict, %error, "a change could not be written");
    let (row, code, detail, now) = (promise.clone(), error.code(), error.detail(), app.now());
    app.gateway.remember(&promise.id, error);
    app.write(move |c| {
        db::outbox::lock(c, &TenantId::from_store(row.tenant_id.clone()), &row.calendar_id)?;
        db::outbox::failed(c, &row.id, code, &detail, now.into())?;
        if verdict == Verdict::Dead {
            db::outbox::dead(c, &row)?;
        }
        Ok::<_, db::Error>(())
    })
    .await?;
    app.gateway.lanes.done(&promise.calendar_id, &promise.group_id);
    Ok(match verdict {
        Verdict::Wait(wait) => Some(wait),
        Verdict::Dead => None,
    })
}

/// Drains lanes until none is due. Tests drive the outbox with this; the worker calls it again and again.
///
/// # Errors
/// Those of the database.
pub async fn drain_all(app: &App) -> db::Result<usize> {
    let mut turns = 0;
    loop {
        let now = app.now();
        let Some(calendar) = app.read_all(move |c| db::outbox::next_lane(c, now.into())).await? else {
            return Ok(turns);
        };
        if drain(app, &calendar).await? {
            turns += 1;
        } else {
            // Somebody is about to take it.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Tells the provider of a change that was just made, and waits for its answer as long as a person would.
///
/// What is refused is taken back, so that nothing is shown that cannot be; what has to wait is kept.
///
/// # Errors
/// [`Refusal`].
pub async fn settle(app: &App, tenant: &TenantId, calendar: &Calendar, changed: &Changed) -> Result<(), Refusal> {
    let Some(group) = &changed.group else { return Ok(()) };
    let (who, name) = (tenant.clone(), group.clone());
    let before: Vec<Promise> = app.read_all(move |c| db::outbox::group(c, &name)).await?;
    let waiting = app.gateway.lanes.wait(&calendar.id, group);
    let (pushing, id) = (app.clone(), calendar.id.clone());
    let mut drain = tokio::spawn(async move { drain(&pushing, &id).await });
    let deadline = tokio::time::Instant::now() + BUDGET;
    loop {
        let ended = tokio::select! {
            ended = &mut drain => Some(ended.map_err(|error| Error::Internal(error.to_string()))??),
            // It goes on for others when it has done ours.
            () = waiting.called() => None,
            // It goes on without us.
            () = tokio::time::sleep_until(deadline) => return Ok(()),
        };
        let name = group.clone();
        let now: Vec<Promise> = app.read_all(move |c| db::outbox::group(c, &name)).await?;
        if let Some(dead) = now.iter().find(|promise| promise.state == DEAD) {
            return refused(app, &who, group, &now, dead).await;
        }
        let open: Vec<&Promise> = now
            .iter()
            .filter(|promise| ![DONE, OVERTAKEN].contains(&promise.state.as_str()))
            .collect();
        if open.is_empty() {
            return met(app, &who, &before).await;
        }
        let Some(ours) = ended else { continue };
        let tried = open
            .iter()
            .any(|promise| promise.state == WAITING && promise.error_at.is_some());
        if tried {
            return overtaken(app, &who, group, &now).await;
        }
        // Something that goes before it has to wait, and so does this.
        if ours || tokio::time::Instant::now() >= deadline {
            return Ok(());
        }
        // Somebody else has the lane: one of this process says when it has got to us, another process does not.
        let _ = tokio::time::timeout(Duration::from_millis(40), waiting.called()).await;
        let (pushing, id) = (app.clone(), calendar.id.clone());
        drain = tokio::spawn(async move { self::drain(&pushing, &id).await });
    }
}

/// Somebody else changes the event all the time: whoever wrote is told, and may look.
async fn overtaken(app: &App, tenant: &TenantId, group: &str, now: &[Promise]) -> Result<(), Refusal> {
    let lost = now.iter().any(|promise| {
        matches!(
            app.gateway.remembered(&promise.id),
            Some(Error::Provider {
                error: providers::Error::Changed,
                ..
            })
        )
    });
    if !lost || now.iter().any(|promise| promise.version > 1) {
        return Ok(());
    }
    take_back(app, tenant, group).await?;
    Err(Refusal::Changed)
}

/// The provider says no, and no again.
async fn refused(app: &App, tenant: &TenantId, group: &str, all: &[Promise], dead: &Promise) -> Result<(), Refusal> {
    let error = app
        .gateway
        .remembered(&dead.id)
        .unwrap_or_else(|| Error::Internal(dead.error_detail.clone().unwrap_or_default()));
    // An earlier change waits in the same promise, or it was not the provider who refused: a person has to look at it.
    if matches!(error, Error::Churning) || all.iter().any(|promise| promise.version > 1) {
        return Ok(());
    }
    take_back(app, tenant, group).await?;
    Err(error.into())
}

async fn take_back(app: &App, tenant: &TenantId, group: &str) -> Result<(), Refusal> {
    let (tenant, group, now) = (tenant.clone(), group.to_owned(), app.now());
    Ok(app.write(move |c| outbox::discard(c, &tenant, &group, now)).await?)
}

/// Everything is settled. Where it met a change of somebody else, whoever wrote is told at once.
async fn met(app: &App, tenant: &TenantId, promises: &[Promise]) -> Result<(), Refusal> {
    let about: Vec<(String, String)> = promises
        .iter()
        .map(|promise| (promise.event_id.clone(), promise.id.clone()))
        .collect();
    let who = tenant.clone();
    let lost: Vec<Conflict> = app
        .read_all(move |c| {
            let mut lost = Vec::new();
            for (event, promise) in &about {
                // Identifiers grow with time: what is younger than the promise met it.
                let younger = |conflict: &Conflict| conflict.id.get(4..) > promise.get(4..);
                let met = db::conflicts::about(c, &who, event)?;
                lost.extend(
                    met.into_iter()
                        .filter(younger)
                        .filter(|conflict| conflict.resolution.as_deref() != Some("mine")),
                );
            }
            Ok::<_, db::Error>(lost)
        })
        .await?;
    let Some(kind) = lost.last().map(|conflict| conflict.kind.clone()) else {
        return Ok(());
    };
    let now = app.now();
    app.write(move |c| {
        for conflict in lost.iter().filter(|conflict| conflict.state == OPEN) {
            db::conflicts::resolve(c, &conflict.id, "theirs", "caller", now.into())?;
        }
        Ok::<_, db::Error>(())
    })
    .await?;
    Err(if kind == Meeting::DeletedThere.as_str() {
        Refusal::Gone
    } else {
        Refusal::Changed
    })
}
