//! Drains the outbox: what no request waits for any more. Unlike the other jobs it runs in every worker process at once,
//! because each lane has a lease of its own.

use std::time::Duration;

use tokio::sync::watch;

use super::over;
use crate::{gateway::push, state::App};

/// How many lanes one process drains at once.
pub const WORKERS: usize = 4;

/// How often an idle worker looks for something to do. A request drains the lane of its own change, so that this is
/// only how soon what had to wait is tried again.
const LOOK: Duration = Duration::from_secs(1);

/// Drains lane after lane until `stop` says so.
pub async fn work(app: App, mut stop: watch::Receiver<bool>) {
    while !over(&stop) {
        if let Err(error) = push::drain_all(&app).await {
            tracing::warn!(%error, "the outbox could not be drained");
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = app.nudges.outbox.notified() => {}
            _ = stop.changed() => {}
        }
    }
}
