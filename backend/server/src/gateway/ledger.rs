//! The ledger: how many requests each account cost its provider, by the hour. Counted in memory and written down every few
//! seconds, so that a request costs no write; a process that dies takes the last seconds of it along.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use db::{credentials::Credential, usage::Hour};
use domain::{budget::State, id::TenantId, stacking::plan::Load};
use jiff::{SignedDuration, Timestamp};

use super::{budget::Limits, connect, gate::Ticket};
use crate::state::App;

/// How long what was counted may stay in memory.
const UNWRITTEN: Duration = Duration::from_secs(10);

/// What was counted and is not written down yet.
#[derive(Default)]
pub struct Ledger {
    counted: Mutex<HashMap<(String, Timestamp), Hour>>,
    writing: AtomicBool,
}

impl Ledger {
    /// Counts in the present hour.
    pub(super) fn count(&self, ticket: &Ticket, at: Timestamp, add: impl FnOnce(&mut Hour)) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let hour = beginning(at);
        let entry = counted
            .entry((ticket.credential.clone(), hour))
            .or_insert_with(|| Hour {
                credential_id: ticket.credential.clone(),
                hour: hour.into(),
                tenant_id: ticket.tenant.clone(),
                reads: 0,
                writes: 0,
                failed: 0,
            });
        add(entry);
    }

    /// What was counted and is not in the database yet.
    fn unwritten(&self, credential: &str) -> Vec<Hour> {
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted
            .values()
            .filter(|hour| hour.credential_id == credential)
            .cloned()
            .collect()
    }
}

/// The hour an instant lies in.
fn beginning(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(3600)).unwrap_or(at)
}

/// Writes down what was counted.
///
/// # Errors
/// Those of the database; then it is counted on.
pub async fn flush(app: &App) -> db::Result<()> {
    let take = |ledger: &Ledger| {
        let mut counted = ledger.counted.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *counted)
    };
    let hours: Vec<Hour> = take(&app.gateway.ledger).into_values().collect();
    if hours.is_empty() {
        return Ok(());
    }
    let written = hours.clone();
    let outcome = app.write(move |c| db::usage::add(c, &written)).await;
    if outcome.is_err() {
        let mut counted = app
            .gateway
            .ledger
            .counted
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for hour in hours {
            let key = (hour.credential_id.clone(), hour.hour.timestamp());
            match counted.get_mut(&key) {
                Some(later) => {
                    later.reads += hour.reads;
                    later.writes += hour.writes;
                    later.failed += hour.failed;
                }
                None => drop(counted.insert(key, hour)),
            }
        }
    }
    outcome
}

/// Writes down what was counted, soon; once, however often it is asked for.
pub(super) fn flush_soon(app: &App) {
    if app.gateway.ledger.writing.swap(true, Ordering::AcqRel) {
        return;
    }
    let app = app.clone();
    tokio::spawn(async move {
        tokio::time::sleep(UNWRITTEN).await;
        app.gateway.ledger.writing.store(false, Ordering::Release);
        if let Err(error) = flush(&app).await {
            tracing::warn!(%error, "the use of providers was not written down yet");
            flush_soon(&app);
        }
    });
}

/// How an account stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Requests of the last minute in this process.
    pub last_minute: u32,
    /// Requests by the hour, newest last, with those not written down yet.
    pub hours: Vec<Hour>,
    /// What it may ask, of all processes together.
    pub limits: Limits,
    /// Whether it answers, as far as this process knows.
    pub circuit: State,
    /// Until when the provider takes no more writes.
    pub paused_until: Option<Timestamp>,
    /// Until when the provider asked for patience.
    pub rests_until: Option<Timestamp>,
}

/// What these accounts of one tenant are busy with, as far as the caller sees it. One that is gone is not busy.
///
/// # Errors
/// Those of the database.
pub async fn loads(app: &App, tenant: &TenantId, accounts: Vec<String>) -> db::Result<HashMap<String, Load>> {
    let (who, now) = (tenant.clone(), app.now());
    let (rows, waiting) = app
        .read(move |c| {
            let rows = db::credentials::some(c, &who, &accounts)?;
            let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
            let waiting = db::outbox::waiting(c, &ids)?;
            Ok::<_, db::Error>((rows, waiting))
        })
        .await?;
    let (who, ids) = (
        tenant.clone(),
        rows.iter().map(|row| row.id.clone()).collect::<Vec<_>>(),
    );
    let pauses = app.read_all(move |c| db::usage::pauses(c, &who, &ids)).await?;
    let load = |row: &Credential| {
        let paused = pauses.iter().find(|pause| pause.credential_id == row.id);
        let (mut rests, mut alone) = (None, None);
        app.gateway
            .budgets
            .with_account(&Ticket::of(row).account, |account, _| {
                rests = account.rests;
                if let State::Open(until) = account.circuit.state(now) {
                    alone = Some(until);
                }
            });
        let until = [paused.map(|pause| pause.until.timestamp()), rests, alone];
        let rests = until
            .into_iter()
            .flatten()
            .map(|until| until.duration_since(now).as_secs());
        let load = Load {
            waiting: waiting
                .iter()
                .find(|(account, _)| *account == row.id)
                .map_or(0, |(_, count)| count.unsigned_abs()),
            rests: rests.max().and_then(|rests| u64::try_from(rests).ok()).unwrap_or(0),
        };
        (row.id.clone(), load)
    };
    Ok(rows.iter().map(load).collect())
}

/// How these accounts of one tenant stand, in their order.
///
/// # Errors
/// Those of the database.
pub async fn standing(app: &App, tenant: &TenantId, rows: &[Credential]) -> db::Result<Vec<Standing>> {
    let (who, now) = (tenant.clone(), app.now());
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let since = beginning(now - SignedDuration::from_hours(24));
    let (mut ledger, pauses) = app
        .read_all(move |c| {
            Ok::<_, db::Error>((
                db::usage::since(c, &who, &ids, since.into())?,
                db::usage::pauses(c, &who, &ids)?,
            ))
        })
        .await?;
    let budgets = &app.gateway.budgets;
    Ok(rows
        .iter()
        .map(|row| {
            let (mut hours, rest): (Vec<_>, Vec<_>) = ledger.drain(..).partition(|hour| hour.credential_id == row.id);
            ledger = rest;
            hours.extend(app.gateway.ledger.unwritten(&row.id));
            let mut standing = Standing {
                last_minute: 0,
                hours,
                limits: Limits::of(&app.config, connect::provider_of(row)),
                circuit: State::Closed,
                paused_until: pauses
                    .iter()
                    .find(|pause| pause.credential_id == row.id)
                    .map(|pause| pause.until.timestamp())
                    .filter(|until| *until > now),
                rests_until: None,
            };
            budgets.with_account(&Ticket::of(row).account, |account, at| {
                standing.last_minute = account.last_minute(at);
                standing.circuit = account.circuit.state(now);
                standing.rests_until = account.rests.filter(|until| *until > now);
            });
            standing
        })
        .collect())
}
