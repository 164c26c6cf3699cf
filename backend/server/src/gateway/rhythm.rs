//! When a calendar is pulled next: what is known of it, for the rule in [`domain::polling`].

use std::sync::PoisonError;

use db::calendars::Calendar;
use domain::{
    id::TenantId,
    polling::{self, Known},
};
use jiff::{SignedDuration, Timestamp};

use super::PULL_EVERY;
use crate::state::App;

/// A look at a calendar is noted once in this time.
const NOTED: SignedDuration = SignedDuration::from_secs(60);
/// Of how many calendars this is remembered before those that nobody has looked at lately are forgotten.
const REMEMBERED: usize = 10_000;

/// When to pull the calendar again, after a pull that began at `started` and worked.
pub async fn next(app: &App, calendar: &Calendar, started: Timestamp) -> Timestamp {
    match known(app, calendar, started).await {
        Ok(known) => started + polling::wait(&known, rand::random()),
        Err(error) => {
            tracing::warn!(%error, calendar = calendar.id, "it is not known how often to ask");
            started + PULL_EVERY
        }
    }
}

async fn known(app: &App, calendar: &Calendar, started: Timestamp) -> db::Result<Known> {
    let (tenant, id) = (TenantId::from_store(calendar.tenant_id.clone()), calendar.id.clone());
    let (who, which) = (tenant.clone(), id.clone());
    let (told, before, changed) = app
        .read_all(move |c| {
            Ok::<_, db::Error>((
                db::channels::is_told(c, &which, started.into())?,
                db::activity::get(c, &which)?,
                db::activity::changed_since(c, &who, &which, started.into())?,
            ))
        })
        .await?;
    if changed {
        app.write(move |c| db::activity::changed(c, &tenant, &id, started.into()))
            .await?;
    }
    let ago = |at: db::types::Instant| started.duration_since(at.timestamp());
    Ok(Known {
        told,
        changed: if changed {
            Some(SignedDuration::ZERO)
        } else {
            before.changed_at.map(ago)
        },
        viewed: before.viewed_at.map(ago),
    })
}

/// Notes that somebody looks at these calendars of one tenant. Nobody waits for it.
pub fn viewed<'a>(app: &App, calendars: impl IntoIterator<Item = &'a Calendar>) {
    let mut calendars = calendars.into_iter().peekable();
    let Some(first) = calendars.peek() else { return };
    let tenant = TenantId::from_store(first.tenant_id.clone());
    let now = app.now();
    let ids: Vec<String> = {
        let mut noted = app.gateway.viewed.lock().unwrap_or_else(PoisonError::into_inner);
        let lately = |at: &Timestamp| now.duration_since(*at) < NOTED;
        let new = calendars.filter(|one| !noted.get(&one.id).is_some_and(lately));
        let new: Vec<String> = new.map(|one| one.id.clone()).collect();
        if noted.len() + new.len() > REMEMBERED {
            noted.retain(|_, at| lately(at));
        }
        noted.extend(new.iter().map(|id| (id.clone(), now)));
        new
    };
    if ids.is_empty() {
        return;
    }
    let app = app.clone();
    tokio::spawn(async move {
        let noted = app
            .write(move |c| db::activity::viewed(c, &tenant, &ids, now.into()))
            .await;
        if let Err(error) = noted {
            tracing::debug!(%error, "it was not noted that calendars were looked at");
        }
    });
}
