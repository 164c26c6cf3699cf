//! Removes what ended: sessions, answers kept for repeated requests, counters of quiet callers, what happened long ago.

use domain::churn::WINDOW;
use jiff::SignedDuration;

use crate::{
    ops::{feed, imports, operations, sessions::IDLE, sync_log},
    state::App,
};

/// How long an answer is kept for a repeated request.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// How long the ledger of requests is kept.
const LEDGER: SignedDuration = SignedDuration::from_hours(24 * 35);

/// How long messages are kept, sent or not.
const MESSAGES: SignedDuration = SignedDuration::from_hours(24 * 365);

pub async fn run(app: App) -> Result<(), String> {
    app.limits.tidy();
    let now = app.now();
    let (sessions, answers) = app
        .write(move |c| {
            Ok::<_, db::Error>((
                db::sessions::purge(c, now.into(), (now - IDLE).into())?,
                db::idempotency::purge(c, (now - KEPT).into())? + db::usage::purge(c, (now - LEDGER).into())?,
            ))
        })
        .await
        .map_err(|error| error.to_string())?;
    if sessions + answers > 0 {
        tracing::debug!(sessions, answers, "tidied up");
    }
    forget(&app, move |c| db::churn::purge(c, (now - WINDOW).into(), BATCH)).await?;
    forget(&app, move |c| db::changes::purge(c, (now - feed::KEPT).into(), BATCH)).await?;
    forget(&app, move |c| db::messages::purge(c, (now - MESSAGES).into(), BATCH)).await?;
    forget(&app, move |c| {
        db::imports::purge(c, (now - imports::KEPT).into(), imports::PIECES)
    })
    .await?;
    forget(&app, move |c| operations::forget(c, now, BATCH)).await?;
    forget(&app, move |c| {
        db::sync_log::purge(c, (now - sync_log::KEPT).into(), BATCH)
    })
    .await
}

/// Rows removed in one transaction: others write in between.
const BATCH: i64 = 5_000;

/// Removes in small transactions until nothing is left.
async fn forget(
    app: &App,
    batch: impl Fn(&mut db::Conn) -> db::Result<usize> + Copy + Send + 'static,
) -> Result<(), String> {
    while app.write(batch).await.map_err(|error| error.to_string())? > 0 {}
    Ok(())
}
