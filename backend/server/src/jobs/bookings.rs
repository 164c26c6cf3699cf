//! Keeps bookings true when nobody asks: holds end, what was accepted although nobody knew is looked at again, and where
//! a booking and its event in a calendar say different things, the client's policy decides.

use domain::id::TenantId;

use crate::{
    gateway::{bookings::desk, fresh},
    ops::bookings::{self as ops, Error, Look},
    state::App,
};

/// How many are looked at in one run; the next one goes on.
const BATCH: i64 = 200;

pub async fn run(app: App) -> Result<(), String> {
    let now = app.now();
    let (tenants, astray, flagged) = app
        .read(move |c| {
            Ok::<_, db::Error>((
                db::bookings::expiring(c, now.into())?,
                db::booking_copies::astray(c, now.into(), BATCH)?,
                db::bookings::flagged(c, now.into(), BATCH)?,
            ))
        })
        .await
        .map_err(|error| error.to_string())?;
    for tenant in tenants {
        let desk = desk(&app, &TenantId::from_store(tenant), "system", Look::default());
        wake(
            &app,
            &desk,
            app.write({
                let desk = desk.clone();
                move |c| ops::expire(c, &desk)
            })
            .await,
        )?;
    }
    for copy in astray {
        let desk = desk(
            &app,
            &TenantId::from_store(copy.tenant_id.clone()),
            "provider",
            Look::default(),
        );
        let met = app.write({
            let desk = desk.clone();
            move |c| ops::meet::meet(c, &desk, &copy, None)
        });
        wake(&app, &desk, met.await)?;
    }
    for booking in flagged {
        let tenant = TenantId::from_store(booking.tenant_id.clone());
        let desk = desk(&app, &tenant, "system", Look::default());
        let (who, id) = (tenant.clone(), booking.id.clone());
        let calendars = app
            .read(move |c| {
                let seats = db::seats::of(c, &who, &[&id])?;
                let people: Vec<&str> = seats.iter().map(|seat| seat.staff_id.as_str()).collect();
                db::world::sources(c, &who, &people)
            })
            .await
            .map_err(|error: db::Error| error.to_string())?
            .into_iter()
            .filter(|one| one.blocks && one.calendar.selected && one.calendar.removed_at.is_none())
            .map(|one| one.calendar)
            .collect();
        fresh::fresh(&app, calendars).await.map_err(|error| error.to_string())?;
        let looked = app.write({
            let desk = desk.clone();
            move |c| ops::meet::look_again(c, &desk, &booking.id)
        });
        wake(&app, &desk, looked.await)?;
    }
    Ok(())
}

/// Wakes those who follow along. One that cannot be done now does not keep the others from it.
fn wake<T>(app: &App, desk: &ops::Desk, done: Result<T, Error>) -> Result<(), String> {
    match done {
        Ok(_) => app.feed.wake(desk.tenant.as_str()),
        Err(Error::Db(error @ db::Error::Unavailable(_))) => return Err(error.to_string()),
        Err(error) => tracing::warn!(%error, "a booking could not be looked after"),
    }
    Ok(())
}
