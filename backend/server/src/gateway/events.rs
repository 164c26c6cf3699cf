//! Writes to events: here first, with a promise to the provider in the same transaction, then the promise is kept while
//! the caller waits. Moves to another
//! calendar are asked of the provider at once: they are in two lanes (docs/decisions/0015).

use std::time::{Duration, Instant};

use db::{calendars::Calendar, events::Event as Row};
use domain::{
    calendar::AccessRole,
    event::{EventContent, Notify, Response, Scope},
    id::TenantId,
};
use providers::{CalendarProvider, Target};

use super::{
    Error, PULL_BUDGET, connect,
    desk::{Desk, Refusal},
    fresh::{self, Want},
    lane::{self, Busy, Seized},
    push,
    rows::{self, Stamp},
    unheard,
};
use crate::{
    ops::{
        changes::{self, Changed, Request},
        copy,
        events::{self as ops, Subject},
        mirror::Place,
        outbox::{self, BY_HAND},
    },
    state::App,
};

/// Makes a change, and tells the provider.
async fn change(
    app: &App,
    tenant: &TenantId,
    calendar: &Calendar,
    notify: Notify,
    decide: impl FnOnce(&mut db::Conn, Request<'_>) -> Result<Changed, changes::Error> + Send + 'static,
) -> Result<String, Refusal> {
    connect::wanted(app, tenant, &calendar.credential_id).await?;
    let (who, place, now) = (tenant.clone(), calendar.id.clone(), app.now());
    let changed = app
        .write(move |c| {
            db::outbox::lock(c, &who, &place)?;
            let request = Request {
                tenant: &who,
                notify,
                now,
                naming: providers::event_name,
                priority: BY_HAND,
            };
            decide(c, request)
        })
        .await?;
    crate::fault::point("outbound.after_commit");
    app.feed.wake(tenant.as_str());
    push::settle(app, tenant, calendar, &changed).await?;
    Ok(changed.id)
}

/// A change that is made and promised, and where.
#[derive(Debug, Clone)]
pub struct Made {
    /// In which calendar.
    pub calendar: Calendar,
    /// What was changed.
    pub changed: Changed,
}

/// Why nothing was written.
enum Undone {
    Refused(changes::Error),
    /// It was only to be tried.
    Tried(Changed),
}

impl From<db::Error> for Undone {
    fn from(error: db::Error) -> Self {
        Self::Refused(error.into())
    }
}

/// Makes a change that nobody waits for yet. `dry`: finds out what would come of it, and makes nothing.
///
/// # Errors
/// [`Refusal`].
pub async fn promise(
    app: &App,
    tenant: &TenantId,
    calendar: Calendar,
    notify: Notify,
    dry: bool,
    decide: impl FnOnce(&mut db::Conn, Request<'_>) -> Result<Changed, changes::Error> + Send + 'static,
) -> Result<Made, Refusal> {
    connect::wanted(app, tenant, &calendar.credential_id).await?;
    let (who, place, now) = (tenant.clone(), calendar.id.clone(), app.now());
    let made = app
        .write(move |c| {
            db::outbox::lock(c, &who, &place)?;
            let request = Request {
                tenant: &who,
                notify,
                now,
                naming: providers::event_name,
                priority: BY_HAND,
            };
            let changed = decide(c, request).map_err(Undone::Refused)?;
            if dry { Err(Undone::Tried(changed)) } else { Ok(changed) }
        })
        .await;
    let changed = match made {
        Ok(changed) => {
            app.feed.wake(tenant.as_str());
            changed
        }
        Err(Undone::Tried(changed)) => changed,
        Err(Undone::Refused(error)) => return Err(error.into()),
    };
    Ok(Made { calendar, changed })
}

/// Writes a new event and gives its identifier.
///
/// # Errors
/// [`Refusal`]; what has to wait for the provider is none.
pub async fn create(
    app: &App,
    tenant: &TenantId,
    calendar: &Calendar,
    key: String,
    content: EventContent,
    notify: Notify,
) -> Result<String, Refusal> {
    let place = calendar.clone();
    change(app, tenant, calendar, notify, move |c, request| {
        changes::create(c, request, &place, &key, &content)
    })
    .await
}

/// Copies an event, an occurrence or a series to another calendar, of any account. Gives the identifier of the copy.
///
/// # Errors
/// [`Refusal`]; what has to wait for the provider is none.
pub async fn copy(
    app: &App,
    tenant: &TenantId,
    subject: &Subject,
    to: &Calendar,
    key: String,
) -> Result<String, Refusal> {
    let (id, place) = (subject.id(), to.clone());
    change(app, tenant, to, Notify::None, move |c, request| {
        let subject = ops::find(c, request.tenant, &id)?;
        copy::copy(c, request, &subject, &place, &key)
    })
    .await
}

/// Makes the event say `desired`, and gives the identifier of what was written.
///
/// # Errors
/// [`Refusal`]; what has to wait for the provider is none.
pub async fn update(
    app: &App,
    tenant: &TenantId,
    subject: &Subject,
    scope: Scope,
    desired: EventContent,
    notify: Notify,
) -> Result<String, Refusal> {
    if scope == Scope::ThisAndFollowing && subject.occurrence.is_some() {
        // The series that begins there is a copy of what we know of the old one: it had better be true.
        fresh::pull_and_wait(app, &subject.calendar, Want::Now, PULL_BUDGET).await;
    }
    let seen = subject.clone();
    change(app, tenant, &subject.calendar, notify, move |c, request| {
        let subject = unchanged(c, request.tenant, &seen)?;
        changes::update(c, request, &subject, scope, desired)
    })
    .await
}

/// Deletes the event, the occurrence, it and all later ones, or the series.
///
/// # Errors
/// [`Refusal`]; what has to wait for the provider is none.
pub async fn delete(
    app: &App,
    tenant: &TenantId,
    subject: &Subject,
    scope: Scope,
    notify: Notify,
) -> Result<(), Refusal> {
    let seen = subject.clone();
    change(app, tenant, &subject.calendar, notify, move |c, request| {
        let subject = unchanged(c, request.tenant, &seen)?;
        changes::delete(c, request, &subject, scope)
    })
    .await?;
    Ok(())
}

/// The event as the caller has seen it: between the look and the change nobody may have changed it.
///
/// # Errors
/// [`changes::Error::Changed`].
pub fn unchanged(conn: &mut db::Conn, tenant: &TenantId, seen: &Subject) -> Result<Subject, changes::Error> {
    let now = ops::find(conn, tenant, &seen.id())?;
    let version = |subject: &Subject| {
        let own = subject.occurrence.as_ref().and_then(|named| named.row.as_ref());
        (subject.row.revision, own.map(|row| row.revision))
    };
    if version(&now) == version(seen) {
        Ok(now)
    } else {
        Err(changes::Error::Changed)
    }
}

/// The identifier of the row that mirrors `remote_id`.
async fn named(app: &App, calendar: &Calendar, remote_id: String) -> Result<String, Refusal> {
    let id = calendar.id.clone();
    Ok(app.read(move |c| db::events::by_remote(c, &id, &remote_id)).await?.id)
}

/// Takes the lane of the calendar of an event. What is still to be written about it goes first.
async fn alone<'a>(desk: &'a Desk, event: &str, holder: &str) -> Result<(Busy<'a>, Row), Refusal> {
    let (app, calendar) = (&desk.app, desk.calendar.id.as_str());
    let began = Instant::now();
    let mut drained = 0;
    while began.elapsed() < push::BUDGET {
        if let Some(busy) = app.gateway.lanes.enter(calendar) {
            match lane::seize(app, &desk.tenant, calendar, holder, event).await {
                Ok(Seized::Ours(row)) => return Ok((busy, *row)),
                Ok(Seized::Waits) if drained == 2 => break,
                Ok(Seized::Waits) => {
                    drop(busy);
                    push::drain(app, calendar).await?;
                    drained += 1;
                    continue;
                }
                Ok(Seized::Busy) => {}
                Err(db::Error::NotFound) => return Err(Refusal::Changed),
                Err(error) => return Err(error.into()),
            }
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    Err(Refusal::Waiting)
}

/// Sets the account's own answer to an invitation.
///
/// # Errors
/// [`Refusal`]; what has to wait for the provider is none.
pub async fn respond(
    app: &App,
    tenant: &TenantId,
    subject: &Subject,
    answer: Response,
    notify: Notify,
) -> Result<(), Refusal> {
    let id = subject.id();
    change(app, tenant, &subject.calendar, notify, move |c, request| {
        // An answer is one whatever the event says by now.
        let subject = ops::find(c, request.tenant, &id)?;
        changes::respond(c, request, &subject, answer)
    })
    .await?;
    Ok(())
}

/// Moves an event or a whole series to another calendar of the same account. It keeps its identifier.
///
/// # Errors
/// [`Refusal`].
pub async fn relocate(
    app: &App,
    tenant: &TenantId,
    subject: &Subject,
    to: &Calendar,
    notify: Notify,
) -> Result<String, Refusal> {
    let desk = Desk::open(app, tenant, &subject.calendar).await?;
    if !AccessRole::parse(&to.access_role).is_some_and(AccessRole::can_write) {
        return Err(Refusal::ReadOnly);
    }
    let (id, to) = (subject.row.id.clone(), to.clone());
    // It goes on without us: what the provider has done is to be recorded, and the lane to be given back.
    let moving = tokio::spawn(async move {
        let holder = uuid::Uuid::now_v7().simple().to_string();
        let (_busy, row) = alone(&desk, &id, &holder).await?;
        let outcome = hand_over(&desk, &row, &to, notify).await;
        let (lane, now) = (desk.calendar.id.clone(), desk.app.now());
        let back = desk
            .app
            .write(move |c| db::outbox::give_back(c, &lane, &holder, now.into()));
        back.await?;
        named(&desk.app, &to, outcome?).await
    });
    moving.await.map_err(|error| Error::Internal(error.to_string()))?
}

/// Asks the provider to move an event while nothing else is written in its calendar, and gives its name there.
async fn hand_over(desk: &Desk, row: &Row, to: &Calendar, notify: Notify) -> Result<String, Refusal> {
    let from = &desk.calendar;
    let moved = desk
        .provider
        .move_event(&from.remote_id, &row.remote_id, &to.remote_id, notify)
        .await;
    let batch = match moved {
        Ok(batch) => batch,
        Err(error) => {
            let target = Target {
                remote_id: row.remote_id.clone(),
                occurrence: None,
            };
            return Err(desk.refused(&target, error).await);
        }
    };
    let mut masters = batch.upserts.iter().filter(|event| event.series.is_none());
    let Some(name) = masters.next().map(|event| event.remote_id.clone()) else {
        return Err(Error::Internal("the provider's answer to a move holds no event".into()).into());
    };
    let (place, now) = (Place::of(to), desk.app.now());
    let ready = rows::ready(&place, batch);
    let (who, id, remote_id) = (desk.tenant.clone(), row.id.clone(), name.clone());
    let (left, entered) = (from.clone(), to.clone());
    desk.app
        .write(move |c| {
            // In one order, whichever way others move theirs.
            let mut lanes = [&left.id, &entered.id];
            lanes.sort_unstable();
            for lane in lanes {
                db::outbox::lock(c, &who, lane)?;
            }
            let round = db::calendars::get(c, &who, &entered.id)?.round;
            db::mirror::relocate(c, &who, &id, (&entered.id, round), &remote_id)?;
            outbox::relocate(c, &who, &id, &entered, now)?;
            if unheard::can_be(&entered.provider) {
                db::unheard::put(c, &who, &entered.id, &remote_id, now.into())?;
            }
            let stamp = Stamp {
                round,
                now,
                pulled: false,
            };
            rows::apply(c, &place, ready, stamp)?;
            crate::ops::feed::moved(c, &left, &entered, &id, now)
        })
        .await?;
    desk.app.feed.wake(desk.tenant.as_str());
    Ok(name)
}

/// Writes the event that carries the caller's own key, whether it exists or not. Gives its identifier, and whether it is
/// new.
///
/// # Errors
/// [`Refusal`]; what has to wait for the provider is none.
pub async fn upsert(
    app: &App,
    tenant: &TenantId,
    calendar: &Calendar,
    external_id: &str,
    content: EventContent,
    notify: Notify,
) -> Result<(String, bool), Refusal> {
    connect::wanted(app, tenant, &calendar.credential_id).await?;
    // Somebody else may write the same event: what they did is overwritten, which is what the caller asks for.
    let (mut refusal, mut new) = (None, None);
    for _ in 0..3 {
        let (who, place, key, said, now) = (
            tenant.clone(),
            calendar.clone(),
            external_id.to_owned(),
            content.clone(),
            app.now(),
        );
        let (changed, created) = app
            .write(move |c| {
                db::outbox::lock(c, &who, &place.id)?;
                let request = Request {
                    tenant: &who,
                    notify,
                    now,
                    naming: providers::event_name,
                    priority: BY_HAND,
                };
                changes::upsert(c, request, &place, &key, said)
            })
            .await?;
        let created = *new.get_or_insert(created);
        match push::settle(app, tenant, calendar, &changed).await {
            Ok(()) if says(app, tenant, &changed.id, &content).await? => return Ok((changed.id, created)),
            Ok(()) => refusal = None,
            Err(again @ (Refusal::Changed | Refusal::Gone)) => refusal = Some(again),
            Err(other) => return Err(other),
        }
    }
    Err(refusal.unwrap_or(Refusal::Changed))
}

/// Whether an event says what it shall, or is on its way to.
async fn says(app: &App, tenant: &TenantId, id: &str, content: &EventContent) -> Result<bool, Refusal> {
    let (who, id) = (tenant.clone(), id.to_owned());
    let subject = app.read(move |c| ops::find(c, &who, &id)).await;
    let subject = subject.map_err(changes::Error::from)?;
    Ok(subject.content.differences(content).is_empty())
}
