//! Pulls a calendar: page by page, each page with its cursor in one transaction, so that a crash loses nothing and
//! repeats at most one page. A full round marks what it sees and removes the rest only when it is complete.

use db::{
    calendars::{Calendar, Progress},
    guards::Guard,
    types::Instant,
};
use domain::{id::TenantId, sync};
use jiff::{SignedDuration, Timestamp};
use providers::{CalendarProvider, Next};

use super::{
    Error, PULL_EVERY, Result,
    connect::{self, Connected},
    rhythm,
    rows::{self, Stamp},
    unheard,
};
use crate::{
    ops::{busy, feed::Tally, mirror::Place, sync_log},
    state::App,
};

/// How long a page may take before another process may take the calendar over.
const LEASE: SignedDuration = SignedDuration::from_secs(90);

/// How long, and how often, a full listing waits for its turn.
const TURN: std::time::Duration = std::time::Duration::from_millis(500);
const TURNS: u32 = 240;

/// The longest wait after failures.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// Pulls the calendar now. The outcome stands in its row, too.
///
/// # Errors
/// Why it failed; what came before the failure is kept. `Ok(false)`: another process is at it.
pub async fn pull(app: &App, calendar: &Calendar) -> Result<bool> {
    pull_from(app, calendar, Start::Cursor).await
}

/// Lists everything anew, and removes what is not listed.
///
/// # Errors
/// As [`pull`]; the provider is unavailable when others are at it for too long.
pub async fn pull_anew(app: &App, calendar: &Calendar) -> Result<()> {
    for _ in 0..TURNS {
        if pull_from(app, calendar, Start::Beginning).await? {
            return Ok(());
        }
        tokio::time::sleep(TURN).await;
    }
    Err(Error::Unavailable(
        "the calendar is being pulled all the time".to_owned(),
    ))
}

/// Where a pull begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// Where the last one ended.
    Cursor,
    /// With a full listing.
    Beginning,
}

async fn pull_from(app: &App, calendar: &Calendar, from: Start) -> Result<bool> {
    let holder = uuid::Uuid::now_v7().simple().to_string();
    let (id, who, now) = (calendar.id.clone(), holder.clone(), app.now());
    let until = Instant::from(now + LEASE);
    let row = match app
        .write(move |c| db::calendars::take(c, &id, &who, now.into(), until))
        .await
    {
        Ok(row) if from == Start::Beginning => Calendar { cursor: None, ..row },
        Ok(row) => row,
        Err(db::Error::NotFound) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let started = app.now();
    let outcome = run(app, &row, &holder).await;
    let provider = row.provider.clone();
    let (log, took) = (row.clone(), app.now().duration_since(started));
    match &outcome {
        Ok(tally) => {
            let (id, tally) = (row.id.clone(), *tally);
            let next = Instant::from(rhythm::next(app, &row, started).await);
            app.write(move |c| {
                db::calendars::done(c, &id, &holder, started.into(), next)?;
                sync_log::pulled(c, &log, tally, took, started)
            })
            .await?;
            metrics::counter!("calendar_stacker_pulls_total", "provider" => provider, "outcome" => "ok").increment(1);
        }
        Err(error) => {
            tracing::info!(calendar = row.id, code = error.code(), %error, "a pull failed");
            let next = Instant::from(app.now() + wait(error, row.consecutive_failures));
            let (id, code, detail, now) = (row.id.clone(), error.code(), error.detail(), app.now());
            app.write(move |c| {
                db::calendars::failed(c, &id, &holder, code, &detail, now.into(), next)?;
                sync_log::pull_failed(c, &log, code, &detail, took, now)
            })
            .await?;
            metrics::counter!("calendar_stacker_pulls_total", "provider" => provider, "outcome" => code).increment(1);
        }
    }
    outcome.map(|_| true)
}

/// Longer after each failure, never shorter than the provider asks.
fn wait(error: &Error, failures: i32) -> SignedDuration {
    let grown = PULL_EVERY
        .checked_mul(1 << failures.clamp(0, 4))
        .unwrap_or(LONGEST_WAIT)
        .min(LONGEST_WAIT);
    match error {
        Error::Provider {
            error: providers::Error::TryLater { after: Some(after), .. },
            ..
        } => grown.max(SignedDuration::try_from(*after).unwrap_or(LONGEST_WAIT)),
        _ => grown,
    }
}

/// How far the round is.
pub(super) struct Round {
    pub number: i64,
    full: bool,
    cursor: Option<String>,
}

impl Round {
    /// As it is stored; whoever stores it holds the calendar for a while more.
    pub fn progress(&self, app: &App) -> Progress {
        Progress {
            cursor: self.cursor.clone(),
            round: self.number,
            full_round: self.full,
            lease_until: Some(Instant::from(app.now() + LEASE)),
        }
    }
}

async fn run(app: &App, row: &Calendar, holder: &str) -> Result<Tally> {
    let tenant = TenantId::from_store(row.tenant_id.clone());
    let provider = connect::connect(app, &tenant, &row.credential_id).await?;
    let place = Place::of(row);
    let mut round = Round {
        number: row.round,
        full: row.full_round,
        cursor: row.cursor.clone(),
    };
    if round.cursor.is_none() {
        round = begin(app, row, holder, row.round + 1).await?;
    }
    let (mut restarts, mut tally) = (0, Tally::default());
    let began = app.now();
    loop {
        match provider.changes(&row.remote_id, round.cursor.as_deref()).await {
            Ok(page) => {
                let done = matches!(page.next, Next::Done(_));
                let (Next::More(cursor) | Next::Done(cursor)) = page.next;
                let ready = rows::ready(&place, page.batch);
                let (place, id, who) = (place.clone(), row.id.clone(), holder.to_owned());
                let stamp = Stamp {
                    round: round.number,
                    now: app.now(),
                    pulled: true,
                };
                round.cursor = Some(cursor);
                let progress = round.progress(app);
                let sweep = done && round.full;
                let vanishing = i64::try_from(ready.vanishing()).unwrap_or(i64::MAX);
                let heard: Vec<String> = match unheard::can_be(&row.provider) {
                    true => ready.named().map(str::to_owned).collect(),
                    false => Vec::new(),
                };
                let written = app
                    .write(move |c| {
                        // First the lease: who lost it writes nothing.
                        db::calendars::progress(c, &id, &who, &progress)?;
                        guard(c, &place, vanishing, stamp.now)?;
                        let mut happened = rows::happened(&place, stamp);
                        rows::write(c, &place, ready, stamp, &mut happened)?;
                        db::unheard::heard(c, &id, &heard)?;
                        crate::fault::point("inbound.in_page");
                        if sweep {
                            db::mirror::spare(c, &id, stamp.round)?;
                            let unseen = db::mirror::unseen(c, &id, stamp.round)?;
                            guard(c, &place, unseen, stamp.now)?;
                            happened.sweeping(c, stamp.round)?;
                            db::mirror::sweep(c, &id, stamp.round)?;
                            db::malformed::sweep(c, &id, stamp.round)?;
                        }
                        if done {
                            db::guards::forget(c, &id)?;
                        }
                        Ok::<_, Halt>(happened.finish(c)?)
                    })
                    .await;
                crate::fault::point("inbound.after_page");
                match written {
                    Ok(page) => tally = tally.and(page),
                    Err(Halt::Db(error)) => return Err(error.into()),
                    Err(Halt::Vanishing(guard)) => {
                        let (vanishing, held) = (guard.vanishing, guard.held);
                        app.write(move |c| db::guards::ask(c, &guard)).await?;
                        return Err(Error::Vanishing { vanishing, held });
                    }
                }
                app.feed.wake(&row.tenant_id);
                if done {
                    return Ok(match unheard::ask(app, &provider, row, (holder, &round), began).await {
                        Ok(gone) => tally.and(gone),
                        // The round is whole all the same, and the next one asks again.
                        Err(error) => {
                            tracing::warn!(calendar = row.id, %error, "what the round did not tell of was not looked after");
                            tally
                        }
                    });
                }
            }
            Err(providers::Error::CursorExpired) if restarts == 0 => {
                restarts += 1;
                tracing::info!(calendar = row.id, "the cursor has expired; everything is listed again");
                round = begin(app, row, holder, round.number + 1).await?;
            }
            Err(error) => return Err(failed(&provider, error).await),
        }
    }
}

/// Why a page was not written.
enum Halt {
    /// It would have taken too much away.
    Vanishing(Guard),
    /// The database.
    Db(db::Error),
}

impl From<db::Error> for Halt {
    fn from(error: db::Error) -> Self {
        Self::Db(error)
    }
}

/// Stops a page that would take too much away: a provider that answers with half a list looks like one where somebody
/// tidied up. A person decides; until then nothing is removed, and the round does not go on.
fn guard(conn: &mut db::Conn, place: &Place, vanishing: i64, now: Timestamp) -> std::result::Result<(), Halt> {
    if !sync::is_suspicious(vanishing, vanishing) {
        return Ok(());
    }
    let tenant = TenantId::from_store(place.tenant.clone());
    let held = db::events::count(conn, &tenant, db::events::In::Calendar(&place.calendar))?;
    let seen_at = Instant::from(now);
    let accepted = |guard: Guard| guard.accepted_until.is_some_and(|until| until > seen_at);
    if !sync::is_suspicious(vanishing, held) || db::guards::about(conn, &place.calendar)?.is_some_and(accepted) {
        return Ok(());
    }
    Err(Halt::Vanishing(Guard {
        calendar_id: place.calendar.clone(),
        tenant_id: place.tenant.clone(),
        vanishing,
        held,
        seen_at,
        accepted_until: None,
    }))
}

/// Begins a full round. It is stored before the first page is asked for, so that a row written by us in between carries
/// its number and is not swept.
async fn begin(app: &App, row: &Calendar, holder: &str, number: i64) -> Result<Round> {
    let (id, who) = (row.id.clone(), holder.to_owned());
    let round = Round {
        number,
        full: true,
        cursor: None,
    };
    let progress = round.progress(app);
    let (calendar, now) = (row.clone(), app.now());
    let goal = busy::goal(now, app.config.horizon_days);
    app.write(move |c| {
        db::calendars::progress(c, &id, &who, &progress)?;
        busy::begin(c, &calendar, goal, now)
    })
    .await?;
    Ok(round)
}

async fn failed(provider: &Connected, error: providers::Error) -> Error {
    provider.troubled(&error).await;
    Error::of(provider.provider)(error)
}
