//! Keeps the mirror true when nobody reads: chosen calendars are pulled when they are due, tokens renewed before they
//! end, and consents that nobody came back for forgotten.

use std::time::Duration;

use futures_util::{StreamExt, stream};

use crate::{
    gateway::{
        fresh::{self, Want},
        token,
    },
    state::App,
};

/// How many are looked at in one run; the next one goes on.
const BATCH: i64 = 500;

/// How many are worked on at once.
const AT_ONCE: usize = 8;

/// How long a run waits for one calendar; the pull itself goes on.
const PATIENCE: Duration = Duration::from_secs(60);

/// Pulls what is due.
///
/// # Errors
/// Those of the database. A pull that fails is noted with its calendar.
pub async fn run(app: App) -> Result<(), String> {
    let now = app.now();
    let due = app
        .read(move |c| db::calendars::due(c, now.into(), BATCH))
        .await
        .map_err(|e: db::Error| e.to_string())?;
    let pulls = stream::iter(due).map(|calendar| {
        let app = app.clone();
        async move { fresh::pull_and_wait(&app, &calendar, Want::Newer, PATIENCE).await }
    });
    pulls.buffer_unordered(AT_ONCE).collect::<()>().await;
    Ok(())
}

/// Renews the tokens that end soon.
///
/// # Errors
/// Those of the database. A refusal is noted with its credential.
pub async fn renew(app: App) -> Result<(), String> {
    let soon = app.now() + token::AHEAD_OF_ALL;
    let ending = app
        .read(move |c| db::credentials::ending(c, soon.into(), BATCH))
        .await
        .map_err(|e: db::Error| e.to_string())?;
    for row in ending {
        let (id, version) = (row.id.clone(), row.token_version);
        if let Err(error) = token::newer(&app, &row, version).await {
            tracing::info!(credential = id, %error, "a token could not be renewed ahead of its end");
        }
    }
    let now = app.now();
    app.write(move |c| db::oauth_states::purge(c, now.into()))
        .await
        .map_err(|e: db::Error| e.to_string())?;
    Ok(())
}
