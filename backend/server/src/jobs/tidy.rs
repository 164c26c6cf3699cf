//! Removes what ended: sessions, answers kept for repeated requests, counters of quiet callers.

use jiff::SignedDuration;

use crate::{ops::sessions::IDLE, state::App};

/// How long an answer is kept for a repeated request.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// How long the ledger of requests is kept.
const LEDGER: SignedDuration = SignedDuration::from_hours(24 * 35);

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
    Ok(())
}
