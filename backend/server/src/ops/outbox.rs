//! Promises to providers: made in the transaction that changes the mirror, taken back when they cannot be kept.
//!
//! A promise says only *that* an event is to be written. What is written is what the event says when its turn comes, so
//! ten edits leave one call.

use std::collections::HashMap;

use db::{
    Conn,
    calendars::Calendar,
    events::{Event as Row, HIDDEN, NewRow},
    outbox::{DEAD, DONE, OVERTAKEN, Promise, WAITING},
    types::Instant,
};
use domain::{
    event::{EventContent, EventStatus, Notify},
    id::{Kind, TenantId},
};
use jiff::Timestamp;

use super::{
    events::content,
    feed::{Happened, Origin},
    mirror,
};

/// A new event.
pub const CREATE: &str = "create";
/// A changed one, or an occurrence taken out of its series.
pub const UPDATE: &str = "update";
/// A deleted one.
pub const DELETE: &str = "delete";

/// What a person does goes before what programs do in bulk.
pub const BY_HAND: i32 = 50;

/// Somebody relies on a booking: it goes before what people do to events. Lower goes first.
pub const BOOKING: i32 = 40;
const _: () = assert!(BOOKING < BY_HAND);

/// A change under way: the rows it writes and the promises it makes are one transaction and one group.
pub struct Work<'a> {
    /// The transaction.
    pub conn: &'a mut Conn,
    /// Whose.
    pub tenant: &'a TenantId,
    /// Where.
    pub calendar: &'a Calendar,
    /// Whom the provider may mail.
    pub notify: Notify,
    /// When.
    pub now: Timestamp,
    priority: i32,
    group: String,
    next: i64,
    happened: Happened,
}

/// How many places in the lane a change takes at once: more than any change has promises.
const PLACES: i64 = 100_000;

impl<'a> Work<'a> {
    /// Begins a change in a calendar, as urgent as what a person does.
    ///
    /// # Errors
    /// Those of the database.
    pub fn begin(
        conn: &'a mut Conn,
        tenant: &'a TenantId,
        calendar: &'a Calendar,
        notify: Notify,
        now: Timestamp,
    ) -> db::Result<Self> {
        Self::begin_at(conn, tenant, calendar, notify, now, BY_HAND)
    }

    /// Begins a change in a calendar.
    ///
    /// # Errors
    /// Those of the database.
    pub fn begin_at(
        conn: &'a mut Conn,
        tenant: &'a TenantId,
        calendar: &'a Calendar,
        notify: Notify,
        now: Timestamp,
        priority: i32,
    ) -> db::Result<Self> {
        let next = db::outbox::places(conn, tenant, &calendar.id, PLACES, priority, now.into())?;
        let group = uuid::Uuid::now_v7().simple().to_string();
        let happened = Happened::new(tenant.as_str(), &calendar.client_id, &calendar.id, Origin::Ours, now);
        Ok(Self {
            happened,
            conn,
            tenant,
            calendar,
            notify,
            now,
            priority,
            group,
            next,
        })
    }

    /// Ends the change: tells those who follow along, and gives its name.
    ///
    /// # Errors
    /// Those of the database.
    pub fn finish(self) -> db::Result<String> {
        self.happened.finish(self.conn)?;
        Ok(self.group)
    }

    /// The zone of the calendar.
    pub fn zone(&self) -> &'a str {
        self.calendar.time_zone.as_deref().unwrap_or("UTC")
    }

    /// Writes a new row and promises it to the provider, under a name made of `key`.
    ///
    /// # Errors
    /// Those of the database.
    pub fn create(&mut self, row: NewRow, key: &str) -> db::Result<()> {
        db::mirror::insert(self.conn, std::slice::from_ref(&row))?;
        self.happened.created(&row);
        self.promise(&row.id, CREATE, Some(key.to_owned()), None)
    }

    /// Makes a row say something else, and promises that.
    ///
    /// # Errors
    /// Those of the database; a fault of ours when it cannot be placed in time.
    pub fn update(&mut self, row: &Row, desired: &EventContent) -> db::Result<()> {
        self.say(&row.id, row.series_remote_id.is_none(), desired)?;
        let out = row.series_id.is_some() && desired.status == EventStatus::Cancelled;
        let action = if out { "deleted" } else { "updated" };
        self.happened
            .note(&row.id, row.series_id.as_ref(), row.original_key.as_ref(), action);
        self.promise(&row.id, UPDATE, None, Some(row.content.clone()))
    }

    /// Makes a row say something else without a promise.
    ///
    /// # Errors
    /// As [`Work::update`].
    pub fn say(&mut self, id: &str, may_recur: bool, desired: &EventContent) -> db::Result<()> {
        let said = mirror::said(desired, may_recur, self.zone()).map_err(db::Error::Other)?;
        db::mirror::say(self.conn, id, &said, self.now.into())
    }

    /// Writes a row for an occurrence that had none, or gives the one it has another place, and promises it. `base` is
    /// what its series says at that place.
    ///
    /// # Errors
    /// As [`Work::update`].
    pub fn occurrence(&mut self, row: NewRow, base: &EventContent) -> db::Result<()> {
        db::mirror::insert(self.conn, std::slice::from_ref(&row))?;
        self.happened.created(&row);
        let base = serde_json::to_string(base).map_err(|e| db::Error::Other(e.to_string()))?;
        self.promise(&row.id, UPDATE, None, Some(base))
    }

    /// Hides an event, and a series with its overrides, and promises to delete it.
    ///
    /// # Errors
    /// Those of the database.
    pub fn delete(&mut self, row: &Row) -> db::Result<()> {
        super::busy::forget(self.conn, self.tenant, &[&row.id])?;
        self.happened
            .note(&row.id, row.series_id.as_ref(), row.original_key.as_ref(), "deleted");
        let overrides = match row.is_recurring {
            true => db::events::overrides(self.conn, self.tenant, &[&row.id])?,
            false => Vec::new(),
        };
        if let Some(before) = db::outbox::about(self.conn, &row.id)?
            && before.action == CREATE
            && before.sent.is_none()
            && before.state != DONE
        {
            // Nobody outside has ever heard of it.
            overrides.iter().try_for_each(|one| self.forget(&one.id))?;
            db::outbox::remove(self.conn, &before.id)?;
            return db::mirror::erase(self.conn, self.tenant, &[&row.id]);
        }
        overrides.iter().try_for_each(|one| self.overtake(&one.id))?;
        db::mirror::hide(self.conn, self.tenant, &row.id, self.now.into())?;
        self.promise(&row.id, DELETE, None, Some(row.content.clone()))
    }

    /// What was promised about a date of a series that is to be deleted becomes part of that change.
    fn overtake(&mut self, id: &str) -> db::Result<()> {
        let Some(promise) = db::outbox::about(self.conn, id)? else {
            return Ok(());
        };
        if promise.state == DONE {
            return db::outbox::remove(self.conn, &promise.id);
        }
        let (former, needed_a_person) = (promise.group_id.clone(), promise.state == DEAD);
        let overtaken = Promise {
            state: OVERTAKEN.to_owned(),
            group_id: self.group.clone(),
            ..promise
        };
        db::outbox::replace(self.conn, &overtaken)?;
        if needed_a_person {
            // Whatever was held because of it goes on.
            db::outbox::revive(self.conn, &former)?;
        }
        Ok(())
    }

    /// Tells that an override has become that of another occurrence.
    pub fn moved(&mut self, row: &Row, key: &str) {
        self.happened
            .note(&row.id, row.series_id.as_ref(), row.original_key.as_ref(), "updated");
        self.happened
            .note(&row.id, row.series_id.as_ref(), Some(&key.to_owned()), "updated");
    }

    /// Takes back what was promised about a row.
    ///
    /// # Errors
    /// Those of the database.
    pub fn forget(&mut self, id: &str) -> db::Result<()> {
        match db::outbox::about(self.conn, id)? {
            Some(promise) => db::outbox::remove(self.conn, &promise.id),
            None => Ok(()),
        }
    }

    /// Promises to write a row whatever it says. An earlier promise about it becomes this one.
    ///
    /// # Errors
    /// Those of the database.
    pub fn promise(&mut self, event: &str, action: &str, key: Option<String>, base: Option<String>) -> db::Result<()> {
        let seq = self.next;
        self.next += 1;
        let now = Instant::from(self.now);
        let before = db::outbox::about(self.conn, event)?;
        let fresh = Promise {
            id: Kind::Promise.new_id(),
            tenant_id: self.tenant.as_str().to_owned(),
            client_id: self.calendar.client_id.clone(),
            calendar_id: self.calendar.id.clone(),
            event_id: event.to_owned(),
            group_id: self.group.clone(),
            seq,
            priority: self.priority,
            action: action.to_owned(),
            create_key: key,
            base,
            sent: None,
            notify: self.notify.as_str().to_owned(),
            state: WAITING.to_owned(),
            version: 1,
            attempts: 0,
            error_code: None,
            error_detail: None,
            error_at: None,
            created_at: now,
            updated_at: now,
        };
        let Some(before) = before else {
            return db::outbox::insert(self.conn, &fresh);
        };
        let open = before.state != DONE;
        let renewed = Promise {
            id: before.id.clone(),
            seq: if open { before.seq } else { seq },
            // What is new stays new, however often it is changed before it was written.
            action: if open && before.action == CREATE && fresh.action == UPDATE {
                before.action
            } else {
                fresh.action.clone()
            },
            create_key: before.create_key.or(fresh.create_key.clone()),
            base: if open { before.base } else { fresh.base.clone() },
            sent: before.sent.filter(|_| open),
            notify: louder(&before.notify, self.notify).as_str().to_owned(),
            version: before.version + 1,
            created_at: before.created_at,
            ..fresh
        };
        db::outbox::replace(self.conn, &renewed)?;
        if before.state == DEAD {
            db::outbox::follow(self.conn, &before.group_id, &self.group)?;
        }
        Ok(())
    }
}

/// The promise to make an event that its provider has not got from us yet.
///
/// # Errors
/// Those of the database.
pub fn creation(conn: &mut Conn, event: &str) -> db::Result<Option<Promise>> {
    let about = db::outbox::about(conn, event)?;
    Ok(about.filter(|promise| promise.action == CREATE && promise.state != DONE))
}

/// The one of both that mails more people.
fn louder(before: &str, now: Notify) -> Notify {
    let rank = |notify| match notify {
        Notify::None => 0,
        Notify::External => 1,
        Notify::All => 2,
    };
    let before = Notify::parse(before).unwrap_or_default();
    if rank(before) > rank(now) { before } else { now }
}

/// What is waiting about some rows.
#[derive(Debug, Default)]
pub struct States {
    promises: HashMap<String, Promise>,
    conflicts: HashMap<String, String>,
}

impl States {
    /// What waits about other rows, too.
    pub fn extend(&mut self, other: Self) {
        self.promises.extend(other.promises);
        self.conflicts.extend(other.conflicts);
    }

    /// The promise about a row that is still to be kept.
    pub fn promise(&self, event: &str) -> Option<&Promise> {
        self.promises.get(event)
    }

    /// The open conflict about a row.
    pub fn conflict(&self, event: &str) -> Option<&str> {
        self.conflicts.get(event).map(String::as_str)
    }
}

/// What is waiting about these rows. Costs next to nothing when nothing is.
///
/// # Errors
/// Those of the database.
pub fn states(conn: &mut Conn, tenant: &TenantId, events: &[&str]) -> db::Result<States> {
    let mut states = States::default();
    if db::outbox::any(conn, tenant)? {
        let open = db::outbox::about_some(conn, events)?.into_iter();
        states.promises = open
            .filter(|promise| promise.state != DONE && promise.state != OVERTAKEN)
            .map(|promise| (promise.event_id.clone(), promise))
            .collect();
    }
    if db::conflicts::any_open(conn, tenant)? {
        states.conflicts = db::conflicts::open_about(conn, events)?.into_iter().collect();
    }
    Ok(states)
}

/// Whether anything is still to be said about an event, or about a date of a series.
///
/// # Errors
/// Those of the database.
pub fn waits(conn: &mut Conn, tenant: &TenantId, event: &str) -> db::Result<bool> {
    let ids = with_dates(conn, tenant, event)?;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let states = states(conn, tenant, &ids)?;
    Ok(ids.iter().any(|id| states.promise(id).is_some()))
}

/// An event, and the dates of a series that were changed by themselves.
fn with_dates(conn: &mut Conn, tenant: &TenantId, event: &str) -> db::Result<Vec<String>> {
    let dates = db::events::overrides(conn, tenant, &[event])?;
    let dates = dates.into_iter().map(|row| row.id);
    Ok(std::iter::once(event.to_owned()).chain(dates).collect())
}

/// An event has moved to another calendar, a series with its dates: what was said about them meanwhile is told there. Both
/// lanes are locked.
///
/// # Errors
/// Those of the database.
pub fn relocate(conn: &mut Conn, tenant: &TenantId, event: &str, to: &Calendar, now: Timestamp) -> db::Result<()> {
    let ids = with_dates(conn, tenant, event)?;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut promises = db::outbox::about_some(conn, &ids)?;
    promises.sort_by_key(|promise| promise.seq);
    let Some(priority) = promises.iter().map(|promise| promise.priority).min() else {
        return Ok(());
    };
    let first = db::outbox::places(conn, tenant, &to.id, PLACES, priority, now.into())?;
    for (seq, promise) in (first..).zip(promises) {
        let there = Promise {
            calendar_id: to.id.clone(),
            client_id: to.client_id.clone(),
            seq,
            ..promise
        };
        db::outbox::replace(conn, &there)?;
    }
    Ok(())
}

/// Two rows turn out to be one event: what is still to be said about one of them is said about the other.
///
/// # Errors
/// Those of the database.
pub fn hand_on(
    conn: &mut Conn,
    tenant: &TenantId,
    calendar: &Calendar,
    (from, to): (&Row, &str),
    now: Timestamp,
) -> db::Result<()> {
    let Some(promise) = db::outbox::about(conn, &from.id)?.filter(|promise| promise.state != DONE) else {
        return Ok(());
    };
    db::outbox::remove(conn, &promise.id)?;
    let notify = Notify::parse(&promise.notify).unwrap_or_default();
    let mut work = Work::begin(conn, tenant, calendar, notify, now)?;
    let to = db::events::any(work.conn, tenant, to)?;
    if promise.action == DELETE {
        work.delete(&to)?;
    } else {
        let (wanted, here) = (said(from)?, said(&to)?);
        let base = remembered(promise.base.as_ref())?;
        let fields = base.as_ref().unwrap_or(&here).changed(&wanted);
        work.update(&to, &here.with(&wanted, &fields))?;
    }
    work.finish()?;
    Ok(())
}

/// Tries a change again that needed a person.
///
/// # Errors
/// [`db::Error::NotFound`].
pub fn retry(conn: &mut Conn, tenant: &TenantId, id: &str, now: Timestamp) -> db::Result<Promise> {
    let promise = db::outbox::get(conn, tenant, id)?;
    db::outbox::lock(conn, tenant, &promise.calendar_id)?;
    let group = db::outbox::group(conn, &promise.group_id)?;
    let events: Vec<&str> = group.iter().map(|one| one.event_id.as_str()).collect();
    db::churn::forgive(conn, &events)?;
    db::outbox::revive(conn, &promise.group_id)?;
    db::outbox::wake(conn, &promise.calendar_id, now.into())?;
    db::outbox::get(conn, tenant, id)
}

/// Takes a change back: what was changed says again what the provider last said, what was new goes, also where it was
/// written already, what was deleted is shown again.
///
/// # Errors
/// Those of the database.
pub fn discard(conn: &mut Conn, tenant: &TenantId, group: &str, now: Timestamp) -> db::Result<()> {
    let Some(first) = db::outbox::group(conn, group)?.into_iter().next() else {
        return Ok(());
    };
    db::outbox::lock(conn, tenant, &first.calendar_id)?;
    let mut promises = db::outbox::group(conn, group)?;
    // These come back with their series.
    promises.retain(|promise| promise.state != OVERTAKEN);
    let calendar = db::calendars::get(conn, tenant, &first.calendar_id)?;
    let mut happened = Happened::new(tenant.as_str(), &first.client_id, &calendar.id, Origin::Ours, now);
    for promise in &promises {
        db::outbox::remove(conn, &promise.id)?;
        let row = match db::events::any(conn, tenant, &promise.event_id) {
            Ok(row) => row,
            Err(db::Error::NotFound) => continue,
            Err(error) => return Err(error),
        };
        match promise.action.as_str() {
            CREATE if may_be_there(promise) => {
                // Another part of the change may have moved elsewhere.
                let calendar = db::calendars::get(conn, tenant, &row.calendar_id)?;
                let mut work = Work::begin(conn, tenant, &calendar, Notify::None, now)?;
                work.delete(&row)?;
                work.finish()?;
                continue;
            }
            CREATE => {
                for one in db::events::overrides(conn, tenant, &[&row.id])? {
                    if let Some(promise) = db::outbox::about(conn, &one.id)? {
                        db::outbox::remove(conn, &promise.id)?;
                    }
                }
                db::mirror::erase(conn, tenant, &[&row.id])?;
            }
            _ if promise.state == DONE => continue,
            DELETE => show(conn, tenant, &row.id, now)?,
            _ if row.remote_id.starts_with(PENDING) => db::mirror::erase(conn, tenant, &[&row.id])?,
            _ => {
                restore(conn, &calendar, promise, &row, now)?;
                if row.is_recurring {
                    // Which of its dates were changed or taken out only the provider knows by now.
                    db::reconciliations::due_now(conn, tenant, &calendar.id, now.into())?;
                }
            }
        }
        let action = match promise.action.as_str() {
            CREATE => "deleted",
            DELETE => "created",
            _ => "updated",
        };
        happened.note(&row.id, row.series_id.as_ref(), row.original_key.as_ref(), action);
    }
    happened.finish(conn)?;
    Ok(())
}

/// Whether a new event may be at its provider: it was sent, and not refused at the first try.
fn may_be_there(promise: &Promise) -> bool {
    let refused = promise.state == DEAD && promise.attempts <= 1;
    promise.state == DONE || (promise.sent.is_some() && !refused)
}

/// How the name of an override begins that the provider has not named yet.
pub const PENDING: &str = "pending:";

/// Shows again what was hidden for deletion. What was still to be said about its dates waits again.
///
/// # Errors
/// Those of the database.
pub fn show(conn: &mut Conn, tenant: &TenantId, event: &str, now: Timestamp) -> db::Result<()> {
    for (id, text) in db::mirror::hidden(conn, tenant, event)? {
        let said: EventContent = serde_json::from_str(&text).map_err(|e| db::Error::Other(e.to_string()))?;
        db::mirror::show(conn, &id, said.status.as_str(), now.into())?;
        if let Some(promise) = db::outbox::about(conn, &id)?
            && promise.state == OVERTAKEN
        {
            let again = Promise {
                // A change by itself.
                group_id: promise.id.clone(),
                state: WAITING.to_owned(),
                version: promise.version + 1,
                updated_at: now.into(),
                ..promise
            };
            db::outbox::replace(conn, &again)?;
            db::outbox::revive(conn, &again.group_id)?;
            db::outbox::wake(conn, &again.calendar_id, now.into())?;
        }
    }
    Ok(())
}

fn restore(conn: &mut Conn, calendar: &Calendar, promise: &Promise, row: &Row, now: Timestamp) -> db::Result<()> {
    let Some(base) = &promise.base else { return Ok(()) };
    let base: EventContent = serde_json::from_str(base).map_err(|e| db::Error::Other(e.to_string()))?;
    let zone = calendar.time_zone.as_deref().unwrap_or("UTC");
    let said = mirror::said(&base, row.series_remote_id.is_none(), zone).map_err(db::Error::Other)?;
    db::mirror::say(conn, &row.id, &said, now.into())
}

/// Whether a row is hidden.
pub fn is_hidden(row: &Row) -> bool {
    row.status == HIDDEN
}

/// Reads what a promise remembers.
///
/// # Errors
/// A fault of ours: it was written by something else.
pub fn remembered(text: Option<&String>) -> db::Result<Option<EventContent>> {
    text.map(|text| serde_json::from_str(text).map_err(|e| db::Error::Other(e.to_string())))
        .transpose()
}

/// Reads what a row says.
///
/// # Errors
/// A fault of ours: it was written by something else.
pub fn said(row: &Row) -> db::Result<EventContent> {
    content(row).map_err(|e| db::Error::Other(e.to_string()))
}

/// A promise with what people know its event by.
#[derive(Debug)]
pub struct Listed {
    /// The promise.
    pub promise: Promise,
    /// As the API names the event: an occurrence after its series.
    pub event_id: String,
    /// Its title.
    pub title: String,
    /// At which provider.
    pub provider: String,
}

/// One page of promises, oldest first.
///
/// # Errors
/// Those of the database.
pub fn list(
    conn: &mut Conn,
    tenant: &TenantId,
    filter: &db::outbox::Filter<'_>,
    page: &db::page::Keyset,
) -> db::Result<db::page::Slice<Listed>> {
    let slice = db::outbox::list(conn, tenant, filter, page)?;
    let mut rows = Vec::with_capacity(slice.rows.len());
    for promise in slice.rows {
        match about(conn, tenant, promise) {
            Ok(listed) => rows.push(listed),
            Err(db::Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(db::page::Slice { rows, next: slice.next })
}

/// A promise with what people know its event by.
///
/// # Errors
/// [`db::Error::NotFound`]: the event is gone.
pub fn about(conn: &mut Conn, tenant: &TenantId, promise: Promise) -> db::Result<Listed> {
    let row = db::events::any(conn, tenant, &promise.event_id)?;
    let event_id = mirror::name(&row.id, row.series_id.as_deref(), row.original_key.as_deref());
    Ok(Listed {
        title: said(&row)?.title,
        provider: row.provider,
        event_id,
        promise,
    })
}
