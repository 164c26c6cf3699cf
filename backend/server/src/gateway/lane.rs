//! Taking a lane, what is next in it, and leaving it: each in one transaction with whatever came before, because a change
//! that somebody waits for is worth few of them.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use db::{
    calendars::Calendar,
    events::Event as Row,
    outbox::{Promise, WAITING},
    types::Instant,
};
use domain::{churn::Flips, id::TenantId};
use jiff::Timestamp;
use tokio::sync::Notify;

use super::keep::LEASE;
use crate::{
    ops::{
        churn,
        outbox::{self, CREATE, DELETE},
    },
    state::App,
};

/// A promise whose turn it is, and what it is about, as it stands.
#[derive(Debug)]
pub struct Claim {
    /// The promise.
    pub promise: Promise,
    /// The row.
    pub row: Row,
    /// Of an override: its series.
    pub series: Option<Row>,
    /// How often it was changed back and forth lately, this time included.
    pub flips: Flips,
}

/// A lane that was taken.
pub struct Taken {
    /// Whose.
    pub tenant: TenantId,
    /// `None`: the provider no longer lists it; it may come back.
    pub calendar: Option<Calendar>,
    /// What is to be done first; `None`: nothing, and it is free again.
    pub claim: Option<Claim>,
}

/// Takes a lane, if it is free.
///
/// # Errors
/// Those of the database.
pub async fn take(app: &App, calendar: &str, holder: &str) -> db::Result<Option<Taken>> {
    let (id, holder, now) = (calendar.to_owned(), holder.to_owned(), app.now());
    app.write(move |c| {
        let lane = match db::outbox::take(c, &id, &holder, now.into(), Instant::from(now + LEASE)) {
            Ok(lane) => lane,
            Err(db::Error::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        let tenant = TenantId::from_store(lane.tenant_id);
        let (calendar, claim) = match db::calendars::get(c, &tenant, &id) {
            Ok(row) => (Some(row), next_or_leave(c, &tenant, &id, &holder, now)?),
            Err(db::Error::NotFound) => (None, None),
            Err(error) => return Err(error),
        };
        Ok(Some(Taken {
            tenant,
            calendar,
            claim,
        }))
    })
    .await
}

/// What came of asking for a lane on behalf of an event.
pub enum Seized {
    /// It is held, and this is the event.
    Ours(Box<Row>),
    /// Something is still to be said about the event first.
    Waits,
    /// Somebody else has it.
    Busy,
}

/// Takes a lane, so that nothing is told to the provider in it while an event is taken elsewhere. Give it back.
///
/// # Errors
/// [`db::Error::NotFound`]: the event is not in this calendar any more.
pub async fn seize(app: &App, tenant: &TenantId, calendar: &str, holder: &str, event: &str) -> db::Result<Seized> {
    let (tenant, id, holder, event) = (tenant.clone(), calendar.to_owned(), holder.to_owned(), event.to_owned());
    let now = app.now();
    app.write(move |c| {
        // A calendar that nobody has written to has none, yet.
        db::outbox::lock(c, &tenant, &id)?;
        match db::outbox::take(c, &id, &holder, now.into(), Instant::from(now + LEASE)) {
            Ok(_) => {}
            Err(db::Error::NotFound) => return Ok(Seized::Busy),
            Err(error) => return Err(error),
        }
        if outbox::waits(c, &tenant, &event)? {
            db::outbox::give_back(c, &id, &holder, now.into())?;
            return Ok(Seized::Waits);
        }
        let row = db::events::any(c, &tenant, &event)?;
        if row.calendar_id != id {
            return Err(db::Error::NotFound);
        }
        Ok(Seized::Ours(Box::new(row)))
    })
    .await
}

/// The next thing to do in a lane that is held; `None`: nothing, and it is free again.
///
/// # Errors
/// Those of the database.
pub async fn next(app: &App, tenant: &TenantId, calendar: &str, holder: &str) -> db::Result<Option<Claim>> {
    let (tenant, id, holder) = (tenant.clone(), calendar.to_owned(), holder.to_owned());
    let now = app.now();
    app.write(move |c| {
        db::outbox::hold(c, &id, &holder, Instant::from(now + LEASE))?;
        next_or_leave(c, &tenant, &id, &holder, now)
    })
    .await
}

/// The same inside a transaction that took the lane or held on to it: so whoever promises something meanwhile waits for
/// its end, and makes the lane due then.
///
/// # Errors
/// Those of the database.
pub fn next_or_leave(
    conn: &mut db::Conn,
    tenant: &TenantId,
    calendar: &str,
    holder: &str,
    now: Timestamp,
) -> db::Result<Option<Claim>> {
    while let Some(promise) = db::outbox::next(conn, calendar)? {
        let row = match db::events::any(conn, tenant, &promise.event_id) {
            Ok(row) => row,
            Err(db::Error::NotFound) => {
                // What it was about is gone, at the provider too: there is nothing to say.
                db::outbox::kept(conn, &promise)?;
                continue;
            }
            Err(error) => return Err(error),
        };
        let series = match &row.series_id {
            Some(id) => match db::events::any(conn, tenant, id) {
                Ok(series) => Some(series),
                Err(db::Error::NotFound) => {
                    // The whole series is gone, and its occurrences with it.
                    db::outbox::kept(conn, &promise)?;
                    db::mirror::erase(conn, tenant, &[&row.id])?;
                    continue;
                }
                Err(error) => return Err(error),
            },
            None => None,
        };
        let (promise, row, series) = match &series {
            Some(of) => match outbox::creation(conn, &of.id)? {
                // A date cannot be written before its series is.
                Some(first) if first.state == WAITING => (first, of.clone(), None),
                Some(first) => {
                    db::outbox::held(conn, &promise.id, &first.group_id)?;
                    continue;
                }
                None => (promise, row, series),
            },
            None => (promise, row, None),
        };
        let flips = churn::counted(conn, &promise, &row, now)?;
        // A deletion carries nothing; and of a new event the first call counts that may have arrived, because later ones
        // find what it left.
        let counts = promise.action != DELETE && (promise.action != CREATE || promise.sent.is_none());
        let carries = counts.then_some(row.content.as_str());
        db::outbox::sending(conn, &promise.id, carries)?;
        return Ok(Some(Claim {
            promise,
            row,
            series,
            flips,
        }));
    }
    crate::fault::point("outbound.before_give_back");
    db::outbox::leave(conn, calendar, holder)?;
    Ok(None)
}

/// What this process knows of its own lanes: which it is at, and who waits for something in them. Who is told so need not
/// ask the database.
#[derive(Default)]
pub struct Lanes(Mutex<Known>);

#[derive(Default)]
struct Known {
    busy: HashSet<String>,
    /// By calendar and change.
    waiting: HashMap<(String, String), Arc<Notify>>,
}

impl Lanes {
    fn known<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Begins to be at a lane. `None`: somebody in this process is.
    pub fn enter(&self, calendar: &str) -> Option<Busy<'_>> {
        let calendar = calendar.to_owned();
        match self.known(|known| known.busy.insert(calendar.clone())) {
            true => Some(Busy { lanes: self, calendar }),
            false => None,
        }
    }

    /// Begins to wait for a change.
    pub fn wait(&self, calendar: &str, group: &str) -> Waiting<'_> {
        let key = (calendar.to_owned(), group.to_owned());
        let call = Arc::new(Notify::new());
        self.known(|known| known.waiting.insert(key.clone(), Arc::clone(&call)));
        Waiting { lanes: self, key, call }
    }

    /// Something was done about a change.
    pub fn done(&self, calendar: &str, group: &str) {
        let key = (calendar.to_owned(), group.to_owned());
        self.known(|known| known.waiting.get(&key).map(|call| call.notify_one()));
    }
}

/// This process is at a lane.
pub struct Busy<'a> {
    lanes: &'a Lanes,
    calendar: String,
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        // Whoever still waits takes its turn.
        self.lanes.known(|known| {
            known.busy.remove(&self.calendar);
            let its = known
                .waiting
                .iter()
                .filter(|((calendar, _), _)| *calendar == self.calendar);
            its.for_each(|(_, call)| call.notify_one());
        });
    }
}

/// Somebody waits for a change.
pub struct Waiting<'a> {
    lanes: &'a Lanes,
    key: (String, String),
    call: Arc<Notify>,
}

impl Waiting<'_> {
    /// Something was done about it, or nobody in this process is at its lane any more.
    pub async fn called(&self) {
        self.call.notified().await;
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.lanes.known(|known| known.waiting.remove(&self.key));
    }
}
