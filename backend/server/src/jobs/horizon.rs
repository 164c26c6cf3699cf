//! Moves the horizon of busy times ahead, a day at a time, and works out those of calendars that have none yet.

use db::calendars::Calendar;
use jiff::SignedDuration;

use crate::{ops::busy, state::App};

/// How far a horizon may lag behind.
const SLACK: SignedDuration = SignedDuration::from_hours(24);

/// Calendars of one run; the next goes on.
const BATCH: i64 = 200;

/// Rows removed in one transaction.
const REMOVED: i64 = 5_000;

/// Brings every calendar up to its horizon and forgets what is long over. In small transactions: others write in between.
///
/// # Errors
/// Those of the database.
pub async fn run(app: App) -> Result<(), String> {
    let now = app.now();
    let far = busy::goal(now, app.config.horizon_days);
    let late = far - SLACK;
    let due = app
        .read(move |c| db::busy::due(c, late.into(), BATCH))
        .await
        .map_err(|error: db::Error| error.to_string())?;
    for calendar in due {
        if let Err(error) = move_on(&app, &calendar).await {
            // The others go on; this one is tried again with the next run.
            tracing::warn!(calendar = calendar.id, %error, "the horizon of a calendar could not be moved");
        }
    }
    let before = now - busy::BACK;
    loop {
        let removed = app
            .write(move |c| db::busy::prune(c, before.into(), REMOVED))
            .await
            .map_err(|error: db::Error| error.to_string())?;
        if removed == 0 {
            return Ok(());
        }
    }
}

async fn move_on(app: &App, calendar: &Calendar) -> db::Result<()> {
    let now = app.now();
    let far = busy::goal(now, app.config.horizon_days);
    let row = calendar.clone();
    let (goal, from) = app.write(move |c| busy::aim(c, &row, far)).await?;
    let mut after = String::new();
    loop {
        let row = calendar.clone();
        match app
            .write(move |c| busy::advance(c, &row, goal, from, &after, now))
            .await?
        {
            Some(last) => after = last,
            None => return Ok(()),
        }
    }
}
