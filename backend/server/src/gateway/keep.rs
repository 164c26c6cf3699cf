//! Keeps one promise: reads what is to be said *now*, calls the provider with no transaction open, and records the
//! answer. Doing it twice is as good as once: a lost answer is found again, a new event by its name.

use db::{calendars::Calendar, events::Event as Row, outbox::Promise, types::Instant};
use domain::{
    event::{EventContent, EventStatus, Field, Notify},
    id::TenantId,
    sync::Trouble,
    time::EventTime,
};
use jiff::SignedDuration;
use providers::{Batch, CalendarProvider, Change, NewEvent, Target};

use super::{
    Error,
    connect::Connected,
    rows::{self, Stamp},
};
use crate::{
    ops::{
        mirror::Place,
        outbox::{CREATE, DELETE, PENDING, remembered, said},
    },
    state::App,
};

/// How long a lane is held for one call.
pub const LEASE: SignedDuration = SignedDuration::from_secs(120);

/// What came of a try.
#[derive(Debug)]
pub enum Tried {
    /// The provider has it.
    Kept,
    /// Somebody changed it there: the mirror knows by now, and the next try starts from that.
    Changed,
    /// It did not work.
    Failed(Trouble, Error),
}

/// What a promise is about, as it is now.
pub struct Task {
    /// The promise.
    pub promise: Promise,
    /// The row.
    pub row: Row,
    /// Of an override: its series.
    pub series: Option<Row>,
    /// What it says.
    pub content: EventContent,
    /// What the provider last said.
    base: Option<EventContent>,
}

impl Task {
    /// As the API names the event.
    pub fn name(&self) -> String {
        match (&self.row.series_id, &self.row.original_key) {
            (Some(series), Some(key)) => format!("{series}_{key}"),
            _ => self.row.id.clone(),
        }
    }
}

/// The next thing to do in a calendar.
///
/// # Errors
/// Those of the database.
pub fn next(conn: &mut db::Conn, tenant: &TenantId, calendar: &str) -> db::Result<Option<Task>> {
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
            Some(id) => Some(db::events::any(conn, tenant, id)?),
            None => None,
        };
        let (content, base) = (said(&row)?, remembered(promise.base.as_ref())?);
        // A deletion carries nothing; and of a new event the first call counts that may have arrived, because later ones
        // find what it left.
        if promise.action == DELETE || (promise.action == CREATE && promise.sent.is_some()) {
            db::outbox::trying(conn, &promise.id)?;
        } else {
            db::outbox::sending(conn, &promise.id, &row.content)?;
        }
        return Ok(Some(Task {
            promise,
            row,
            series,
            content,
            base,
        }));
    }
    Ok(None)
}

/// Tries to keep a promise.
///
/// # Errors
/// Those of the database. What the provider says is an outcome.
pub async fn attempt(
    app: &App,
    provider: &Connected,
    calendar: &Calendar,
    holder: &str,
    task: &Task,
) -> db::Result<Tried> {
    crate::fault::point("outbound.before_call");
    let outcome = call(provider, calendar, task).await;
    crate::fault::point("outbound.after_call");
    match outcome {
        Ok(batch) => {
            record(app, calendar, holder, task, batch).await?;
            crate::fault::point("outbound.after_record");
            Ok(Tried::Kept)
        }
        Err(error @ (providers::Error::Changed | providers::Error::NotFound)) => {
            look_again(app, provider, calendar, holder, task, error).await
        }
        Err(error) => {
            let trouble = trouble(&error);
            if !matches!(trouble, Trouble::Refused) {
                provider.troubled(&error).await;
            }
            Ok(Tried::Failed(trouble, Error::of(provider.provider)(error)))
        }
    }
}

/// What a failure means for the promise.
pub fn trouble(error: &providers::Error) -> Trouble {
    match error {
        providers::Error::TryLater { rate_limited: true, .. } => Trouble::RateLimited,
        providers::Error::TryLater { .. } | providers::Error::Unreachable { .. } => Trouble::Transient,
        providers::Error::Quota { .. } => Trouble::Quota,
        providers::Error::Reauthorize { .. } => Trouble::Reauthorize,
        providers::Error::Forbidden { code, .. } if code == "insufficient_scope" => Trouble::Reauthorize,
        providers::Error::Changed | providers::Error::CursorExpired => Trouble::Transient,
        providers::Error::Forbidden { .. } | providers::Error::NotFound | providers::Error::Rejected { .. } => {
            Trouble::Refused
        }
    }
}

async fn call(provider: &Connected, calendar: &Calendar, task: &Task) -> providers::Result<Batch> {
    let notify = Notify::parse(&task.promise.notify).unwrap_or_default();
    let zone = || calendar.time_zone.clone().unwrap_or_else(|| "UTC".to_owned());
    let target = target(task);
    match (task.promise.action.as_str(), &task.series) {
        (CREATE, _) => {
            let new = NewEvent {
                key: task.promise.create_key.clone().unwrap_or_default(),
                content: task.content.clone(),
                calendar_zone: zone(),
                notify,
            };
            provider.create(&calendar.remote_id, &new).await
        }
        // An override goes with the object it is kept in.
        (DELETE, Some(_)) if provider.keeps_series_whole() => Ok(Batch::default()),
        (DELETE, _) => {
            let whole = Target {
                remote_id: task.row.remote_id.clone(),
                occurrence: None,
            };
            let etag = task.row.etag.as_deref();
            provider.delete(&calendar.remote_id, &whole, etag, notify).await
        }
        (_, Some(_)) if task.content.status == EventStatus::Cancelled => {
            provider.delete(&calendar.remote_id, &target, etag(task), notify).await
        }
        _ => {
            let mut fields = task
                .base
                .as_ref()
                .map(|base| base.changed(&task.content))
                .unwrap_or_default();
            if task.series.is_some() {
                fields.remove(&Field::Recurrence);
            }
            if fields.is_empty() {
                return Ok(Batch::default());
            }
            let change = Change {
                content: task.content.clone(),
                fields,
                etag: etag(task).map(str::to_owned),
                calendar_zone: zone(),
                notify,
            };
            provider.update(&calendar.remote_id, &target, &change).await
        }
    }
}

/// Which event, or which occurrence of which series.
fn target(task: &Task) -> Target {
    let original: Option<EventTime> = task
        .row
        .original_start
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok());
    match (&task.series, original) {
        (Some(series), Some(original)) => Target {
            remote_id: series.remote_id.clone(),
            occurrence: Some(original),
        },
        _ => Target {
            remote_id: task.row.remote_id.clone(),
            occurrence: None,
        },
    }
}

/// The version that is to be replaced: of an occurrence that the provider has not as an event of its own, its series'.
fn etag(task: &Task) -> Option<&str> {
    match &task.series {
        Some(series) if task.row.remote_id.starts_with(PENDING) => series.etag.as_deref(),
        _ => task.row.etag.as_deref(),
    }
}

/// Writes what the provider answered, and that the promise is kept, in one transaction; who has lost the lane writes
/// nothing.
async fn record(app: &App, calendar: &Calendar, holder: &str, task: &Task, batch: Batch) -> db::Result<()> {
    let place = Place::of(calendar);
    let named = batch
        .upserts
        .iter()
        .find(|event| event.series.is_none())
        .map(|event| event.remote_id.clone());
    let found = is_of_an_earlier_call(task, &batch)?;
    let ready = rows::ready(&place, batch);
    let told = if task.promise.action == DELETE {
        "deleted"
    } else {
        "updated"
    };
    let (promise, row, holder, now) = (task.promise.clone(), task.row.clone(), holder.to_owned(), app.now());
    app.write(move |c| {
        let tenant = TenantId::from_store(place.tenant.clone());
        db::outbox::hold(c, &place.calendar, &holder, Instant::from(now + LEASE))?;
        if !found {
            db::outbox::landed(c, &promise.id, &row.content)?;
        }
        if let (CREATE, Some(name)) = (promise.action.as_str(), named)
            && name != row.remote_id
        {
            baptise(c, &tenant, &place.calendar, &row, &name)?;
        }
        let round = db::calendars::get(c, &tenant, &place.calendar)?.round;
        let stamp = Stamp {
            round,
            now,
            pulled: false,
        };
        let mut happened = rows::happened(&place, stamp);
        rows::write(c, &place, ready, stamp, &mut happened)?;
        crate::fault::point("outbound.in_record");
        if !found {
            settle(c, &tenant, &promise)?;
        }
        if promise.error_at.is_some() {
            // People have seen it wait.
            happened.note(&row.id, row.series_id.as_ref(), row.original_key.as_ref(), told);
        }
        happened.finish(c).map(|_| ())
    })
    .await?;
    app.feed.wake(&calendar.tenant_id);
    Ok(())
}

/// Whether what stands under the name of a new event was left there by an earlier call, whose answer was lost, and does not
/// say what this one carried: then both meet as after a pull, and what is missing is written next.
fn is_of_an_earlier_call(task: &Task, batch: &Batch) -> db::Result<bool> {
    let (CREATE, Some(first)) = (task.promise.action.as_str(), remembered(task.promise.sent.as_ref())?) else {
        return Ok(false);
    };
    let since = first.differences(&task.content);
    let mut masters = batch.upserts.iter().filter(|event| event.series.is_none());
    Ok(masters.any(|there| !there.content.differences(&task.content).is_disjoint(&since)))
}

/// The provider has given a new event another name than the first one of its key. What a pull has brought under that
/// name in the meantime is the same event.
fn baptise(conn: &mut db::Conn, tenant: &TenantId, calendar: &str, row: &Row, name: &str) -> db::Result<()> {
    match db::events::by_remote(conn, calendar, name) {
        Ok(other) => db::mirror::erase(conn, tenant, &[&other.id])?,
        Err(db::Error::NotFound) => {}
        Err(error) => return Err(error),
    }
    db::mirror::rename(conn, tenant, &row.id, name)
}

/// The promise is kept, unless it was renewed in the meantime.
fn settle(conn: &mut db::Conn, tenant: &TenantId, promise: &Promise) -> db::Result<()> {
    match db::outbox::get(conn, tenant, &promise.id) {
        Ok(now) if now.version == promise.version && now.state == db::outbox::WAITING => {
            db::outbox::kept(conn, &now)?;
            if now.action == DELETE {
                db::mirror::erase(conn, tenant, &[&now.event_id])?;
            }
            Ok(())
        }
        // It stands on its own feet: what is to be said now is said next.
        Ok(_) | Err(db::Error::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
}

/// It is not there as we knew it: reads it again and lets both changes meet.
async fn look_again(
    app: &App,
    provider: &Connected,
    calendar: &Calendar,
    holder: &str,
    task: &Task,
    refusal: providers::Error,
) -> db::Result<Tried> {
    let series = task.series.as_ref().map(|series| series.remote_id.clone());
    let named = !task.row.remote_id.starts_with(PENDING);
    let mut batch = Batch::default();
    if task.promise.action == CREATE {
        // Nothing of ours can be missing yet: the calendar is.
        return Ok(Tried::Failed(trouble(&refusal), Error::of(provider.provider)(refusal)));
    }
    let names = [named.then(|| task.row.remote_id.clone()), series];
    for name in names.into_iter().flatten() {
        match provider.event(&calendar.remote_id, &name).await {
            Ok(found) => {
                batch.upserts.extend(found.upserts);
                batch.complete_series.extend(found.complete_series);
                batch.malformed.extend(found.malformed);
            }
            Err(providers::Error::NotFound) => batch.removed.push(name),
            Err(error) => {
                return Ok(Tried::Failed(trouble(&error), Error::of(provider.provider)(error)));
            }
        }
    }
    if !named && matches!(refusal, providers::Error::NotFound) {
        // The series is there, and has no such occurrence any more.
        batch.removed.push(task.row.remote_id.clone());
    }
    let place = Place::of(calendar);
    let ready = rows::ready(&place, batch);
    let (holder, now) = (holder.to_owned(), app.now());
    app.write(move |c| {
        let tenant = TenantId::from_store(place.tenant.clone());
        db::outbox::hold(c, &place.calendar, &holder, Instant::from(now + LEASE))?;
        let round = db::calendars::get(c, &tenant, &place.calendar)?.round;
        let stamp = Stamp {
            round,
            now,
            pulled: false,
        };
        rows::apply(c, &place, ready, stamp)
    })
    .await?;
    Ok(Tried::Changed)
}
