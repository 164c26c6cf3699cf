//! Keeps what the providers tell us by themselves flowing: channels opened, replaced before they end and stopped, and the
//! lists of calendars looked through for new ones.

use futures_util::{StreamExt, stream};
use jiff::SignedDuration;

use crate::{
    gateway::{channels, discover},
    state::App,
};

/// A list of calendars younger than this is not asked for.
const LISTED: SignedDuration = SignedDuration::from_mins(10);

/// How many accounts are read at once.
const BATCH: i64 = 200;

/// How many are worked on at once.
const AT_ONCE: usize = 4;

/// Every followed calendar has a channel, where its provider has such a thing.
///
/// # Errors
/// Those of the database.
pub async fn run(app: App) -> Result<(), String> {
    channels::tend(&app).await.map_err(|error| error.to_string())
}

/// Lists the calendars of accounts anew: new ones appear, removed ones go, roles and names change.
///
/// # Errors
/// Those of the database. An account that does not answer has its turn again in the next run.
pub async fn relist(app: App) -> Result<(), String> {
    let before = app.now() - LISTED;
    let mut last = String::new();
    loop {
        let after = last.clone();
        let due = app
            .read(move |c| db::credentials::to_list(c, before.into(), &after, BATCH))
            .await
            .map_err(|error: db::Error| error.to_string())?;
        match due.last() {
            Some(row) => last.clone_from(&row.id),
            None => return Ok(()),
        }
        list(&app, due).await;
    }
}

async fn list(app: &App, due: Vec<db::credentials::Credential>) {
    let listed = stream::iter(due).map(|row| {
        let app = app.clone();
        async move {
            let tenant = domain::id::TenantId::from_store(row.tenant_id);
            if let Err(error) = discover::discover(&app, &tenant, &row.id).await {
                tracing::info!(credential = row.id, %error, "the calendars of an account were not listed");
            }
        }
    });
    listed.buffer_unordered(AT_ONCE).collect::<()>().await;
}
