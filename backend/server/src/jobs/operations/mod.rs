//! Bulk work: plans are made, and applied in small turns, one for each tenant in each round. Runs in every worker process at
//! once: a plan has a lease of its own, and a turn is one transaction that locks its operation.

mod plan;
mod sources;

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use domain::id::TenantId;
use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::SignedDuration;
use tokio::sync::watch;

use super::over;
use crate::{
    ops::operations::apply::{self, Stop},
    state::App,
};

/// How often is looked when nothing is to be done.
const LOOK: Duration = Duration::from_secs(1);

/// How soon is looked whether the provider has what is on its way; then less often, while it has not.
const SOON: Duration = Duration::from_millis(200);

/// Plans made at once, each of another tenant: a large one does not keep all others waiting.
const AT_ONCE: usize = 2;

/// How long somebody who makes a plan is believed to live without saying so.
const LEASE: SignedDuration = SignedDuration::from_secs(20);

/// Makes plans and applies them until `stop` says so.
pub async fn work(app: App, stop: watch::Receiver<bool>) {
    tokio::join!(plans(app.clone(), stop.clone()), turns(app, stop));
}

async fn plans(app: App, mut stop: watch::Receiver<bool>) {
    while !over(&stop) {
        if let Err(error) = make_plans(&app).await {
            tracing::warn!(%error, "plans could not be made");
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = app.nudges.plans.notified() => {}
            _ = stop.changed() => {}
        }
    }
}

async fn turns(app: App, mut stop: watch::Receiver<bool>) {
    let (mut soon, mut looked) = (SOON, Looked::new());
    while !over(&stop) {
        let wait = match turn_of_each(&app, &mut looked).await {
            Ok(Round { moved: 1.., .. }) => {
                soon = SOON;
                continue;
            }
            // Nothing could be written, and what the provider has was asked just before.
            Ok(Round {
                waiting: true,
                looked: false,
                ..
            }) => SOON / 4,
            Ok(Round { waiting: true, .. }) => {
                let wait = soon;
                soon = LOOK.min(soon * 2);
                wait
            }
            Ok(_) => LOOK,
            Err(error) => {
                tracing::warn!(%error, "operations could not be applied");
                LOOK
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = app.nudges.operations.notified() => {}
            _ = stop.changed() => {}
        }
    }
}

/// Makes the plans that are asked for, and applies what can be until the outbox has to go on. Tests drive bulk work with
/// this.
///
/// # Errors
/// Those of the database.
pub async fn run(app: &App) -> db::Result<usize> {
    make_plans(app).await?;
    let mut all = 0;
    loop {
        match round(app).await?.moved {
            0 => return Ok(all),
            moved => all += moved,
        }
    }
}

/// Makes every plan that is asked for.
async fn make_plans(app: &App) -> db::Result<()> {
    let (mut under_way, mut tenants) = (FuturesUnordered::new(), HashSet::new());
    loop {
        let now = app.now();
        let due = app.read(move |c| db::operations::to_plan(c, now.into())).await?;
        for (tenant, id) in due {
            if under_way.len() == AT_ONCE || tenants.contains(&tenant) {
                continue;
            }
            let holder = uuid::Uuid::now_v7().simple().to_string();
            let (mine, op, until) = (holder.clone(), id.clone(), now + LEASE);
            let free = app
                .write(move |c| db::operations::take(c, &op, &mine, now.into(), until.into()))
                .await?;
            if free {
                tenants.insert(tenant.clone());
                under_way.push(async move {
                    let made = plan::make(app, &TenantId::from_store(tenant.clone()), &id, &holder).await;
                    (tenant, made)
                });
            }
        }
        tokio::select! {
            one = under_way.next() => match one {
                Some((tenant, made)) => {
                    tenants.remove(&tenant);
                    app.feed.wake(&tenant);
                    if let Err(error) = made {
                        // The others go on; this one is tried again when its lease ends.
                        tracing::warn!(%error, "a plan could not be made");
                    }
                }
                None => return Ok(()),
            },
            // Of somebody else, perhaps.
            () = app.nudges.plans.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// What a round came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// Lines written or settled.
    pub moved: usize,
    /// Whether anything is under way.
    pub waiting: bool,
    /// Whether it was asked of any of them what the provider has by now.
    pub looked: bool,
}

/// Gives one operation of each tenant its turn, and finds out what the provider has by now.
///
/// # Errors
/// Those of the database.
pub async fn round(app: &App) -> db::Result<Round> {
    turn_of_each(app, &mut Looked::new()).await
}

/// When it was last asked what the provider has by now, for each operation: now and then, not in each of the short turns.
type Looked = HashMap<String, Instant>;

async fn turn_of_each(app: &App, looked: &mut Looked) -> db::Result<Round> {
    let due = app.read(db::operations::at_work).await?;
    looked.retain(|_, at| at.elapsed() < SOON);
    let mut round = Round {
        moved: 0,
        waiting: !due.is_empty(),
        looked: false,
    };
    for (tenant, id) in due {
        let look = !looked.contains_key(&id);
        if look {
            looked.insert(id.clone(), Instant::now());
        }
        round.looked |= look;
        let (who, now) = (TenantId::from_store(tenant.clone()), app.now());
        let (owner, op) = (who.clone(), id.clone());
        let turn = app
            .write(move |c| apply::turn(c, &owner, &op, providers::event_name, (now, look)))
            .await;
        crate::fault::point("operations.after_turn");
        round.moved += match turn {
            Ok(turn) => {
                if turn.written > 0 {
                    app.nudges.outbox.notify_waiters();
                }
                if turn.shows {
                    app.feed.wake(&tenant);
                }
                turn.written + turn.settled
            }
            Err(Stop::Refused { seq, code, detail }) => {
                app.write(move |c| apply::stumbled(c, &who, &id, seq, (code, &detail), now))
                    .await?;
                app.feed.wake(&tenant);
                1
            }
            // Removed meanwhile.
            Err(Stop::Db(db::Error::NotFound)) => 0,
            Err(Stop::Db(error)) => {
                // The others have their turn all the same.
                tracing::warn!(operation = id, %error, "an operation could not be applied");
                0
            }
        };
    }
    Ok(round)
}
