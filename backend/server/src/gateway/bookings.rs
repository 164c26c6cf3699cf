//! Bookings as callers ask for them: a look at the providers within the client's time budget, the decision in one
//! transaction, then the copies are written while the caller waits a moment.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use db::{
    bookings::{Booking, EXPIRED, HELD},
    calendars::Calendar,
};
use domain::{availability::Board, catalogue::OnEdit, id::TenantId};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};

use super::{
    fresh::{self, Want},
    push, rhythm,
};
use crate::{
    ops::{
        availability::{self, Ask, Loaded},
        bookings::{self as ops, Act, Desk, Draft, Error, Look, Made, Refused, Shown},
    },
    state::App,
};

/// How long an answer waits for the copies: somebody is on the phone.
const COPIES: Duration = Duration::from_millis(1_500);

/// How often a decision is made anew because somebody else decided in between.
const TRIES: usize = 4;

/// A time that cannot be booked, with the nearest that can.
#[derive(Debug)]
pub struct Unavailable {
    /// What was asked for, and why not.
    pub refused: Refused,
    /// The nearest free times to the first of them.
    pub alternatives: Vec<Alternative>,
    /// Where the client is.
    pub zone: jiff::tz::TimeZone,
}

/// A time that can be booked.
#[derive(Debug, Clone)]
pub struct Alternative {
    /// From.
    pub start: Timestamp,
    /// To.
    pub end: Timestamp,
    /// Who can do it, with their names.
    pub people: Vec<(String, String)>,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// That time cannot be booked.
    #[error("not free")]
    Unavailable(Box<Unavailable>),
    /// Everything else.
    #[error(transparent)]
    Other(#[from] Error),
}

/// The nearest free times.
pub fn alternatives(loaded: &Loaded, board: &Board<'_>, start: Timestamp, most: usize) -> Vec<Alternative> {
    let slots = board.alternatives(start, most).into_iter();
    let people = |offers: &[domain::availability::Offer]| {
        let named = offers.iter().filter_map(|offer| loaded.cast.people.get(offer.staff));
        named
            .map(|person| (person.row.id.clone(), person.row.name.clone()))
            .collect()
    };
    slots
        .map(|slot| Alternative {
            start: slot.span.start(),
            end: slot.span.end(),
            people: people(&slot.offers),
        })
        .collect()
}

/// Judges what can be booked, off the async threads, by calendars that are as young as they should be. `judge` may be
/// asked twice.
///
/// # Errors
/// [`availability::Error`], and what `judge` says.
pub async fn judged<T, E>(
    app: &App,
    tenant: &TenantId,
    ask: Ask,
    window: domain::time::Interval,
    judge: impl Fn(&mut db::Conn, &Loaded) -> Result<T, E> + Clone + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<availability::Error> + From<db::Error> + Send + 'static,
{
    let (who, here, now) = (tenant.clone(), app.clone(), app.now());
    let age = SignedDuration::from_secs(i64::try_from(app.config.pull_after).unwrap_or(i64::MAX));
    let read = move |c: &mut db::Conn| {
        let loaded = here.worlds.ask(c, &who, ask, (window, now))?;
        let old = |one: &Calendar| one.as_of.is_none_or(|at| now.duration_since(at.timestamp()) > age);
        let old = if loaded.blocking().any(old) {
            loaded.blocking().cloned().collect()
        } else {
            rhythm::viewed(&here, loaded.blocking());
            Vec::new()
        };
        Ok::<_, E>((judge(c, &loaded)?, old))
    };
    let (found, old) = app.read(read.clone()).await?;
    if old.is_empty() {
        return Ok(found);
    }
    if !fresh::fresh(app, old).await?.asked {
        return Ok(found);
    }
    Ok(app.read(read).await?.0)
}

/// Books.
///
/// # Errors
/// [`Refusal`].
pub async fn create(app: &App, tenant: &TenantId, actor: &str, draft: Draft) -> Result<(Vec<Shown>, bool), Refusal> {
    let (who, what) = (desk(app, tenant, actor, None), draft.clone());
    if let Some(rows) = app.read(move |c| ops::earlier(c, &who, &what)).await? {
        return Ok((written(app, tenant, rows).await?, false));
    }
    let look = look(app, tenant, &draft.ask, draft.start, Whom::Chosen).await?;
    let desk = desk(app, tenant, actor, look);
    let made = decided(app, tenant, &desk, {
        let draft = draft.clone();
        move |c, desk| ops::create(c, desk, &draft)
    })
    .await?;
    let Made { rows, is_new } = made;
    let shown = written(app, tenant, rows).await?;
    Ok((shown, is_new))
}

/// Does something to a booking. `expected`: whether the caller means it as it is now.
///
/// # Errors
/// [`Refusal`].
pub async fn act(
    app: &App,
    tenant: &TenantId,
    actor: &str,
    id: &str,
    expected: impl Fn(&Booking) -> bool + Clone + Send + 'static,
    act: Act,
) -> Result<Shown, Refusal> {
    let seen = match wanted(app, tenant, id, &act).await? {
        Some((ask, start)) => look(app, tenant, &ask, start, Whom::Chosen).await?,
        None => None,
    };
    let desk = desk(app, tenant, actor, seen);
    let id = id.to_owned();
    let row = decided(app, tenant, &desk, move |c, desk| {
        ops::act(c, desk, &id, expected.clone(), &act)
    })
    .await?;
    one(written(app, tenant, vec![row]).await?)
}

/// Whose time a change takes, and when; `None`: nobody's that is not taken already.
async fn wanted(app: &App, tenant: &TenantId, id: &str, act: &Act) -> Result<Option<(Ask, Timestamp)>, Refusal> {
    let (who, id, act) = (tenant.clone(), id.to_owned(), act.clone());
    let read = app.read(move |c| {
        let row = db::bookings::get(c, &who, &id)?;
        let held = [HELD, EXPIRED].contains(&row.status.as_str());
        let (start, people) = match act {
            Act::Move { start, people, .. } => (start, people),
            Act::Assign { people } => (row.starts_at.timestamp(), Some(people)),
            Act::Confirm if held => (row.starts_at.timestamp(), None),
            _ => return Ok(None),
        };
        let people = match people {
            Some(people) => people,
            None => {
                let seats = db::seats::of(c, &who, &[&id])?;
                seats.into_iter().map(|seat| seat.staff_id).collect()
            }
        };
        let ask = Ask {
            service: row.service_id,
            variant: row.variant,
            people,
            moving: Some(row.id),
            ..Ask::default()
        };
        Ok::<_, Error>(Some((ask, start)))
    });
    Ok(read.await?)
}

/// A person has chosen between a booking and its event.
///
/// # Errors
/// [`Refusal`].
pub async fn settle(
    app: &App,
    tenant: &TenantId,
    actor: &str,
    id: &str,
    expected: impl Fn(&Booking) -> bool + Clone + Send + 'static,
    how: OnEdit,
) -> Result<Shown, Refusal> {
    let desk = desk(app, tenant, actor, None);
    let id = id.to_owned();
    let row = decided(app, tenant, &desk, move |c, desk| {
        ops::meet::settle(c, desk, &id, expected.clone(), how)
    })
    .await?;
    one(written(app, tenant, vec![row]).await?)
}

/// Takes the last thing back that was done to a booking.
///
/// # Errors
/// [`Refusal`].
pub async fn undo(
    app: &App,
    tenant: &TenantId,
    actor: &str,
    id: &str,
    expected: impl Fn(&Booking) -> bool + Clone + Send + 'static,
) -> Result<Shown, Refusal> {
    let (who, which) = (tenant.clone(), id.to_owned());
    let seen = match app.read(move |c| ops::wanted_by_undo(c, &who, &which)).await? {
        Some((ask, start)) => look(app, tenant, &ask, start, Whom::Chosen).await?,
        None => None,
    };
    let desk = desk(app, tenant, actor, seen);
    let id = id.to_owned();
    let row = decided(app, tenant, &desk, move |c, desk| {
        ops::undo(c, desk, &id, expected.clone())
    })
    .await?;
    one(written(app, tenant, vec![row]).await?)
}

fn one(shown: Vec<Shown>) -> Result<Shown, Refusal> {
    let missing = || Refusal::Other(Error::NotFound("booking"));
    shown.into_iter().next().ok_or_else(missing)
}

/// Who does it, now.
pub fn desk(app: &App, tenant: &TenantId, actor: &str, look: Option<Look>) -> Desk {
    Desk {
        tenant: tenant.clone(),
        actor: actor.to_owned(),
        now: app.now(),
        naming: providers::event_name,
        look,
        vault: Some(Arc::clone(&app.vault)),
    }
}

/// Decides in one transaction; again if somebody else decided in between, or if it would fall to somebody who was not asked.
async fn decided<T: Send + 'static>(
    app: &App,
    tenant: &TenantId,
    desk: &Desk,
    decide: impl Fn(&mut db::Conn, &Desk) -> Result<T, Error> + Clone + Send + 'static,
) -> Result<T, Refusal> {
    let mut desk = desk.clone();
    for _ in 0..TRIES {
        let (at, decide) = (desk.clone(), decide.clone());
        match app.write(move |c| decide(c, &at)).await {
            Err(Error::Raced) => {}
            Err(Error::Unasked(wanted)) => desk.look = look(app, tenant, &wanted.0, wanted.1, Whom::All).await?,
            Err(Error::Refused(refused)) => return Err(unavailable(app, tenant, *refused).await?),
            Err(other) => return Err(other.into()),
            Ok(done) => {
                app.feed.wake(tenant.as_str());
                return Ok(done);
            }
        }
    }
    Err(Error::Db(db::Error::Unavailable(
        "others change the same bookings all the time".to_owned(),
    ))
    .into())
}

/// Looks for the nearest times that are free.
async fn unavailable(app: &App, tenant: &TenantId, refused: Refused) -> Result<Refusal, Refusal> {
    let start = refused.times.first().map_or_else(|| app.now(), |time| time.start);
    let (who, ask, now) = (tenant.clone(), refused.ask.clone(), app.now());
    let found = app
        .read(move |c| {
            let cast = availability::cast(c, &who, &ask)?;
            let zone = cast.zone.clone();
            let Some(window) = availability::around(start, now) else {
                return Ok((Vec::new(), zone));
            };
            let loaded = availability::load(c, &who, ask, cast, (window, now))?;
            let world = loaded.world();
            let found = alternatives(&loaded, &Board::new(&world, window), start, 3);
            Ok::<_, Error>((found, zone))
        })
        .await?;
    Ok(Refusal::Unavailable(Box::new(Unavailable {
        refused,
        alternatives: found.0,
        zone: found.1,
    })))
}

/// Whose providers are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// Of those who would do it as far as is known; of all, if nobody seems to be free.
    Chosen,
    /// Of all who could.
    All,
}

/// Asks providers for what changed, all at once, as long as the client's policy allows. `None`: it wants nobody to be asked.
///
/// # Errors
/// [`Error`].
pub async fn look(
    app: &App,
    tenant: &TenantId,
    ask: &Ask,
    start: Timestamp,
    whom: Whom,
) -> Result<Option<Look>, Error> {
    let (who, what, now) = (tenant.clone(), ask.clone(), app.now());
    let theirs = move |c: &mut db::Conn| {
        let window = availability::start(start, "/start")?;
        let loaded = availability::ask(c, &who, what, (window, now))?;
        let budget = Duration::from_millis(loaded.cast.policy.live_check_ms.into());
        let world = loaded.world();
        let answer = Board::new(&world, window).check(start);
        let people = answer.map(|answer| answer.assigned).unwrap_or_default();
        let is_asked = |staff: &str| whom == Whom::All || people.is_empty() || people.contains(&staff);
        let calendars: Vec<Calendar> = loaded.blocking_of(is_asked).cloned().collect();
        Ok::<_, Error>((calendars, budget))
    };
    let (calendars, budget) = match whom {
        Whom::Chosen => app.read(theirs).await?,
        // The decision has come to people whom its caller need not see.
        Whom::All => app.read_all(theirs).await?,
    };
    if budget.is_zero() {
        return Ok(None);
    }
    if calendars.is_empty() {
        return Ok(Some(Look::default()));
    }
    let began = Instant::now();
    let pulls = calendars
        .iter()
        .map(|calendar| fresh::pull_and_wait(app, calendar, Want::Now, budget));
    join_all(pulls).await;
    let ids: Vec<String> = calendars.iter().map(|one| one.id.clone()).collect();
    let (who, names) = (tenant.clone(), ids.clone());
    let after = app
        .read_all(move |c| db::calendars::some(c, &who, &names))
        .await
        .map_err(Error::from)?;
    // Who has said something since has answered, also if it was a refusal: what came of it stands in the row. Where no clock
    // went on in between, whoever is not at it any more has answered.
    let since = |at: Option<db::types::Instant>| at.is_some_and(|at| at >= now.into());
    let answered = |before: &Calendar| {
        let mut of = after.iter().filter(|one| one.id == before.id);
        of.any(|one| {
            let newer = one.as_of > before.as_of || one.last_error_at > before.last_error_at;
            newer || (one.lease.is_none() && (since(one.as_of) || since(one.last_error_at)))
        })
    };
    Ok(Some(Look {
        silent: calendars
            .iter()
            .filter(|one| !answered(one))
            .map(|one| one.id.clone())
            .collect(),
        asked: ids,
        took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
    }))
}

/// Writes the copies while the caller waits a moment, and shows how far they are.
async fn written(app: &App, tenant: &TenantId, rows: Vec<Booking>) -> Result<Vec<Shown>, Refusal> {
    let (who, read) = (tenant.clone(), rows.clone());
    let lanes = app
        .read(move |c| {
            let ids: Vec<&str> = read.iter().map(|row| row.id.as_str()).collect();
            db::booking_copies::lanes(c, &who, &ids)
        })
        .await
        .map_err(Error::from)?;
    let drains = lanes.into_iter().map(|calendar| {
        let app = app.clone();
        // It goes on when nobody waits any more.
        tokio::spawn(async move { push::drain(&app, &calendar).await })
    });
    let _in_time = tokio::time::timeout(COPIES, join_all(drains)).await;
    let (who, ids) = (tenant.clone(), rows);
    Ok(app
        .read(move |c| {
            let rows = ids.iter().map(|row| db::bookings::get(c, &who, &row.id));
            let rows = rows.collect::<db::Result<Vec<_>>>()?;
            ops::show(c, &who, rows)
        })
        .await
        .map_err(Error::from)?)
}
