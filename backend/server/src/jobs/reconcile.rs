//! Compares each followed calendar with its provider once a week, and brings our copy in line where it is not.

use crate::{gateway::reconcile, state::App};

/// Calendars of one run; the next goes on. They are worked on one after the other: this is never urgent.
const BATCH: i64 = 10;

/// Compares what is due.
///
/// # Errors
/// Those of the database. A comparison that fails is noted with its calendar, and comes again in some hours.
pub async fn run(app: App) -> Result<(), String> {
    let now = app.now();
    let young = now - reconcile::EVERY;
    let due = app
        .read(move |c| db::reconciliations::due(c, now.into(), young.into(), BATCH))
        .await
        .map_err(|error: db::Error| error.to_string())?;
    for calendar in due {
        match reconcile::reconcile(&app, &calendar, true).await {
            Ok(report) if report.differences.is_empty() => {}
            Ok(report) => tracing::warn!(
                calendar = calendar.id,
                differences = report.differences.len(),
                "the copy of a calendar was not what its provider holds"
            ),
            Err(error) => tracing::info!(calendar = calendar.id, %error, "a calendar could not be compared"),
        }
    }
    Ok(())
}
