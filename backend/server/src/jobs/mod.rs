//! Periodic work: named jobs, each run by one process at a time. A job makes something true; twice is as good as once.

use std::{future::Future, pin::Pin, time::Duration};

use jiff::SignedDuration;
use tokio::sync::watch;
use uuid::Uuid;

use crate::state::App;

mod bookings;
mod horizon;
mod imports;
mod listen;
mod messages;
pub mod operations;
mod pull;
mod push;
mod reconcile;
mod tidy;

pub use tidy::KEPT;

/// Work that comes round.
#[derive(Clone, Copy)]
pub struct Job {
    /// Unique; names the lease.
    pub name: &'static str,
    /// From the end of one run to the begin of the next.
    pub every: SignedDuration,
    /// The longest a run may take; afterwards another process may begin.
    pub lease: SignedDuration,
    /// What it does. What it returns as an error is logged; the next run tries again.
    pub run: fn(App) -> Running,
}

/// A run of a job.
pub type Running = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// Every job.
pub const ALL: &[Job] = &[
    Job {
        name: "tidy",
        every: SignedDuration::from_mins(10),
        lease: SignedDuration::from_mins(5),
        run: |app| Box::pin(tidy::run(app)),
    },
    Job {
        name: "pull",
        every: SignedDuration::from_secs(15),
        lease: SignedDuration::from_mins(5),
        run: |app| Box::pin(pull::run(app)),
    },
    Job {
        name: "renew",
        every: SignedDuration::from_mins(1),
        lease: SignedDuration::from_mins(5),
        run: |app| Box::pin(pull::renew(app)),
    },
    Job {
        name: "watch",
        every: SignedDuration::from_secs(30),
        lease: SignedDuration::from_mins(10),
        run: |app| Box::pin(listen::run(app)),
    },
    Job {
        name: "relist",
        every: SignedDuration::from_mins(15),
        lease: SignedDuration::from_mins(60),
        run: |app| Box::pin(listen::relist(app)),
    },
    Job {
        name: "horizon",
        every: SignedDuration::from_mins(1),
        lease: SignedDuration::from_mins(30),
        run: |app| Box::pin(horizon::run(app)),
    },
    Job {
        name: "reconcile",
        every: SignedDuration::from_mins(5),
        lease: SignedDuration::from_mins(60),
        run: |app| Box::pin(reconcile::run(app)),
    },
    Job {
        name: "bookings",
        every: SignedDuration::from_secs(30),
        lease: SignedDuration::from_mins(10),
        run: |app| Box::pin(bookings::run(app)),
    },
    Job {
        name: "booking imports",
        every: SignedDuration::from_secs(5),
        lease: SignedDuration::from_mins(1),
        run: |app| Box::pin(imports::run(app)),
    },
    Job {
        name: "messages",
        every: SignedDuration::from_secs(5),
        lease: SignedDuration::from_mins(10),
        run: |app| Box::pin(messages::run(app)),
    },
];

/// Runs all jobs, and the workers that drain the outbox and do bulk work, until `stop` says so; a run in progress is finished first.
pub async fn run(app: App, stop: watch::Receiver<bool>) {
    let holder = Uuid::now_v7().simple().to_string();
    let loops = ALL
        .iter()
        .map(|job| each(app.clone(), *job, holder.clone(), stop.clone()));
    let workers = (0..push::WORKERS).map(|_| push::work(app.clone(), stop.clone()));
    tokio::join!(
        futures_util::future::join_all(loops),
        futures_util::future::join_all(workers),
        operations::work(app.clone(), stop.clone())
    );
}

async fn each(app: App, job: Job, holder: String, mut stop: watch::Receiver<bool>) {
    // Looked at more often than due, because another process may have died holding it.
    let look = Duration::from_millis(u64::try_from(job.every.as_millis()).unwrap_or(1000).clamp(50, 5_000));
    while !over(&stop) {
        if let Err(error) = once(&app, &job, &holder).await {
            tracing::warn!(job = job.name, %error, "a job failed");
        }
        tokio::select! {
            () = tokio::time::sleep(look) => {}
            // Nobody is left who could say so.
            said = stop.changed() => if said.is_err() { return },
        }
    }
}

/// Whether it is time to stop. Nobody left who could say so is a way to say it.
fn over(stop: &watch::Receiver<bool>) -> bool {
    *stop.borrow() || stop.has_changed().is_err()
}

/// Runs the job when it is due and nobody else runs it. Tests drive jobs with this.
///
/// # Errors
/// What the job or the database said.
pub async fn once(app: &App, job: &Job, holder: &str) -> Result<bool, String> {
    let (name, mine, now) = (job.name, holder.to_owned(), app.now());
    let until = now + job.lease;
    let taken = app
        .write(move |c| db::leases::take(c, name, &mine, now.into(), until.into()))
        .await
        .map_err(|error: db::Error| error.to_string())?;
    if !taken {
        return Ok(false);
    }
    // In a task of its own: a job that panics does not take the others with it.
    let result = tokio::spawn((job.run)(app.clone()))
        .await
        .unwrap_or_else(|error| Err(error.to_string()));
    let (mine, now) = (holder.to_owned(), app.now());
    let next = now + job.every;
    app.write(move |c| db::leases::give_back(c, name, &mine, now.into(), next.into()))
        .await
        .map_err(|error: db::Error| error.to_string())?;
    result.map(|()| true)
}
