//! Keeps bookings true when nobody asks: holds end, what was accepted although nobody knew is looked at again, and where
//! a booking and its event in a calendar say different things, the client's policy decides.

use std::collections::HashMap;

use db::{booking_copies::Copy, calendars::Calendar};
use domain::id::TenantId;
use jiff::SignedDuration;

use crate::{
    gateway::{bookings::desk, fresh},
    ops::bookings::{self as ops, Error},
    state::App,
};

/// How many are looked at in one run. Those that wait longest go first, so nobody's can be in the way of others for good.
const BATCH: i64 = 200;

/// When to try again what somebody else was changing at that moment.
const AGAIN: SignedDuration = SignedDuration::from_secs(30);

pub async fn run(app: App) -> Result<(), String> {
    end_holds(&app).await?;
    meet_events(&app).await?;
    look_again(&app).await
}

async fn end_holds(app: &App) -> Result<(), String> {
    let now = app.now();
    for tenant in read(app, move |c| db::bookings::expiring(c, now.into())).await? {
        let desk = desk(app, &TenantId::from_store(tenant), "system", None);
        let ended = app.write({
            let desk = desk.clone();
            move |c| ops::expire(c, &desk)
        });
        wake(app, &desk, ended.await)?;
    }
    Ok(())
}

async fn meet_events(app: &App) -> Result<(), String> {
    let now = app.now();
    let again = (now + AGAIN).into();
    for copy in read(app, move |c| db::booking_copies::astray(c, now.into(), BATCH)).await? {
        // By itself, so that what cannot be done now waits a while, and what the event becomes meanwhile is seen.
        let claimed = app.write(move |c| db::booking_copies::claim(c, &copy, again)).await;
        let Some(claimed) = claimed.map_err(|error: db::Error| error.to_string())? else {
            continue;
        };
        let tenant = TenantId::from_store(claimed.tenant_id.clone());
        let desk = desk(app, &tenant, "provider", None);
        let met = app.write({
            let desk = desk.clone();
            move |c| {
                // What it says may have been written since.
                let copy = Copy {
                    look_at: claimed.look_at,
                    ..db::booking_copies::get(c, &claimed)?
                };
                let next = ops::meet::meet(c, &desk, &copy, None)?;
                Ok(db::booking_copies::looked(c, &copy, next)?)
            }
        });
        wake(app, &desk, met.await)?;
    }
    Ok(())
}

/// Asks the calendars behind bookings that were accepted without them, all at once, and looks at the bookings again.
async fn look_again(app: &App) -> Result<(), String> {
    let now = app.now();
    let (rows, calendars) = read(app, move |c| {
        let rows = db::bookings::unsure(c, now.into(), BATCH)?;
        let mut calendars: HashMap<String, Calendar> = HashMap::new();
        for row in &rows {
            let tenant = TenantId::from_store(row.tenant_id.clone());
            let seats = db::seats::of(c, &tenant, &[&row.id])?;
            let people: Vec<&str> = seats.iter().map(|seat| seat.staff_id.as_str()).collect();
            let sources = db::world::sources(c, &tenant, &people)?.into_iter();
            let blocks = sources.filter(|one| one.blocks).map(|one| one.calendar);
            let read = blocks.filter(|one| one.selected && one.removed_at.is_none());
            calendars.extend(read.map(|one| (one.id.clone(), one)));
        }
        Ok((rows, calendars.into_values().collect::<Vec<_>>()))
    })
    .await?;
    fresh::pull_all(app, &calendars).await;
    for row in rows {
        let tenant = TenantId::from_store(row.tenant_id.clone());
        let desk = desk(app, &tenant, "system", None);
        let looked = app.write({
            let (desk, id) = (desk.clone(), row.id.clone());
            move |c| ops::meet::look_again(c, &desk, &id)
        });
        if !wake(app, &desk, looked.await)? {
            let next = Some((now + AGAIN).into());
            write(app, move |c| db::bookings::looked(c, &tenant, &row.id, next)).await?;
        }
    }
    Ok(())
}

async fn read<T: Send + 'static>(
    app: &App,
    ask: impl FnOnce(&mut db::Conn) -> db::Result<T> + Send + 'static,
) -> Result<T, String> {
    app.read(ask).await.map_err(|error| error.to_string())
}

async fn write(app: &App, change: impl FnOnce(&mut db::Conn) -> db::Result<()> + Send + 'static) -> Result<(), String> {
    app.write(change).await.map_err(|error| error.to_string())
}

/// Wakes those who follow along. Says whether it was done: what cannot be done now does not keep the others from it.
fn wake<T>(app: &App, desk: &ops::Desk, done: Result<T, Error>) -> Result<bool, String> {
    match done {
        Ok(_) => app.feed.wake(desk.tenant.as_str()),
        Err(Error::Db(error @ db::Error::Unavailable(_))) => return Err(error.to_string()),
        Err(Error::Raced) => return Ok(false),
        Err(error) => {
            tracing::warn!(%error, "a booking could not be looked after");
            return Ok(false);
        }
    }
    Ok(true)
}
