//! Keeps one promise: reads what is to be said *now*, calls the provider with no transaction open, and records the
//! answer. Doing it twice is as good as once: a lost answer is found again, a new event by its name.

use db::{calendars::Calendar, events::Event as Row, outbox::Promise, types::Instant};
use domain::{
    churn::Flips,
    event::{EventContent, EventStatus, Field, Notify},
    id::TenantId,
    sync::Trouble,
    time::EventTime,
};
use jiff::{SignedDuration, Timestamp};
use providers::{Batch, CalendarProvider, Change, NewEvent, Target};

use super::{
    Error,
    connect::Connected,
    lane::{self, Claim},
    rows::{self, Stamp},
    unheard,
};
use crate::{
    ops::{
        churn,
        mirror::{self, Place},
        outbox::{self, CREATE, DELETE, PENDING, UPDATE, remembered, said},
        sync_log,
    },
    state::App,
};

/// How long a lane is held for one call.
pub const LEASE: SignedDuration = SignedDuration::from_secs(120);

/// What came of a try.
#[derive(Debug)]
pub enum Tried {
    /// The provider has it.
    Kept(Next),
    /// Somebody changed it there: the mirror knows by now, and the next try starts from that.
    Changed,
    /// It did not work.
    Failed(Trouble, Error),
}

/// What is to be done after a promise was kept: found out in the same transaction.
#[derive(Debug)]
pub enum Next {
    /// This.
    Claimed(Box<Claim>),
    /// Nothing: the lane is free again.
    Nothing,
    /// Nobody has looked.
    Unknown,
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
    /// How often it was changed back and forth lately, this time included.
    flips: Flips,
}

impl Task {
    /// Reads what the rows say.
    ///
    /// # Errors
    /// A fault of ours: something else wrote them.
    pub fn new(claim: Claim) -> db::Result<Self> {
        let Claim {
            promise,
            row,
            series,
            flips,
        } = claim;
        let (content, base) = (said(&row)?, remembered(promise.base.as_ref())?);
        Ok(Self {
            promise,
            row,
            series,
            content,
            base,
            flips,
        })
    }

    /// As the API names the event.
    pub fn name(&self) -> String {
        let row = &self.row;
        mirror::name(&row.id, row.series_id.as_deref(), row.original_key.as_deref())
    }
}

/// Tries to keep a promise. `on`: there is time for another one in this turn.
///
/// # Errors
/// Those of the database. What the provider says is an outcome.
pub async fn attempt(
    app: &App,
    provider: &Connected,
    calendar: &Calendar,
    holder: &str,
    task: &Task,
    on: bool,
) -> db::Result<Tried> {
    if task.flips.is_a_fight() {
        return Ok(Tried::Failed(Trouble::Refused, Error::Churning));
    }
    let began = app.now();
    crate::fault::point("outbound.before_call");
    let outcome = call(provider, calendar, task).await;
    crate::fault::point("outbound.after_call");
    match outcome {
        Ok(batch) => {
            let next = record(app, calendar, holder, task, batch, began, on).await?;
            crate::fault::point("outbound.after_record");
            Ok(Tried::Kept(next))
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
            let answered = fields.remove(&Field::Response);
            let mut batch = Batch::default();
            if !fields.is_empty() {
                let change = Change {
                    content: task.content.clone(),
                    fields,
                    etag: etag(task).map(str::to_owned),
                    calendar_zone: zone(),
                    notify,
                };
                batch = provider.update(&calendar.remote_id, &target, &change).await?;
            }
            // Last, because it asks for no version: what somebody else has changed meanwhile was met by then.
            if let (true, Some(answer)) = (answered, task.content.own_response()) {
                batch = provider.respond(&calendar.remote_id, &target, answer, notify).await?;
            }
            Ok(batch)
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

/// Writes what the provider answered, that the promise is kept, and takes up the next one, in one transaction; who has
/// lost the lane writes nothing.
async fn record(
    app: &App,
    calendar: &Calendar,
    holder: &str,
    task: &Task,
    batch: Batch,
    began: Timestamp,
    on: bool,
) -> db::Result<Next> {
    let place = Place::of(calendar);
    let named = batch
        .upserts
        .iter()
        .find(|event| event.series.is_none())
        .map(|event| event.remote_id.clone());
    let made = named.clone().filter(|_| unheard::can_be(&calendar.provider));
    let found = is_of_an_earlier_call(task, &batch)?;
    let series = task.series.as_ref().map(|series| &series.remote_id);
    let whole = series.is_some_and(|series| batch.complete_series.contains(series));
    let ready = rows::ready(&place, batch);
    let answer = ready.rows().iter().find(|row| row.series_remote_id.is_none());
    let answer = answer.map(|row| row.content.clone()).filter(|_| task.series.is_none());
    let told = if task.promise.action == DELETE {
        "deleted"
    } else {
        "updated"
    };
    let (promise, row, event, flips) = (task.promise.clone(), task.row.clone(), task.name(), task.flips);
    let (calendar, holder, now) = (calendar.clone(), holder.to_owned(), app.now());
    let tenant = TenantId::from_store(place.tenant.clone());
    let whose = place.tenant.clone();
    let next = app
        .write(move |c| {
            db::outbox::hold(c, &place.calendar, &holder, Instant::from(now + LEASE))?;
            if !found {
                db::outbox::landed(c, &promise.id, &row.content)?;
                // What was said while the call was under way changes what is there now.
                db::outbox::becomes(c, &promise.id, CREATE, UPDATE)?;
            }
            if let (CREATE, Some(name)) = (promise.action.as_str(), named)
                && name != row.remote_id
            {
                baptise(c, &tenant, &calendar, &row, &name, now)?;
            }
            if let (CREATE, Some(name)) = (promise.action.as_str(), &made) {
                db::unheard::put(c, &tenant, &place.calendar, name, now.into())?;
            }
            if let (false, Some(answer), Some(waiting)) = (found, &answer, db::outbox::about(c, &row.id)?)
                && waiting.action == DELETE
            {
                // It was deleted here meanwhile: what the provider has made of our words is no change of somebody else.
                db::outbox::landed(c, &waiting.id, answer)?;
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
            churn::written(c, &tenant, &promise, flips)?;
            if !found {
                settle(c, &tenant, &promise, whole)?;
            }
            sync_log::pushed(c, &calendar, &promise, &event, ("ok", None, None), began, now)?;
            let next = match on {
                true => match lane::next_or_leave(c, &tenant, &place.calendar, &holder, now)? {
                    Some(claim) => Next::Claimed(Box::new(claim)),
                    None => Next::Nothing,
                },
                false => Next::Unknown,
            };
            if promise.error_at.is_some() {
                // People have seen it wait.
                happened.note(&row.id, row.series_id.as_ref(), row.original_key.as_ref(), told);
            }
            happened.finish(c).map(|_| next)
        })
        .await?;
    app.feed.wake(&whose);
    Ok(next)
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
/// name in the meantime is the same event, and so is what somebody has said about that.
fn baptise(
    conn: &mut db::Conn,
    tenant: &TenantId,
    calendar: &Calendar,
    row: &Row,
    name: &str,
    now: Timestamp,
) -> db::Result<()> {
    match db::events::by_remote(conn, &calendar.id, name) {
        Ok(other) => {
            outbox::hand_on(conn, tenant, calendar, (&other, &row.id), now)?;
            db::mirror::erase(conn, tenant, &[&other.id])?;
        }
        Err(db::Error::NotFound) => {}
        Err(error) => return Err(error),
    }
    db::mirror::rename(conn, tenant, &row.id, name)
}

/// The promise is kept, unless it was renewed in the meantime. `whole`: the answer held all that is left of the series of an
/// override; one that is not among it any more, and has no name, is part of the series' own lines.
fn settle(conn: &mut db::Conn, tenant: &TenantId, promise: &Promise, whole: bool) -> db::Result<()> {
    match db::outbox::get(conn, tenant, &promise.id) {
        Ok(now) if now.version == promise.version && now.state == db::outbox::WAITING => {
            db::outbox::kept(conn, &now)?;
            let id = now.event_id.as_str();
            if now.action == DELETE || (whole && db::events::any(conn, tenant, id)?.remote_id.starts_with(PENDING)) {
                db::mirror::erase(conn, tenant, &[id])?;
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
    let series = task.series.as_ref().map(|series| series.id.clone());
    let (holder, now) = (holder.to_owned(), app.now());
    app.write(move |c| {
        let tenant = TenantId::from_store(place.tenant.clone());
        db::outbox::hold(c, &place.calendar, &holder, Instant::from(now + LEASE))?;
        if let Some(series) = series
            && outbox::creation(c, &series)?.is_some()
        {
            // It is to be written first, by now: that it is not there says nothing.
            batch.removed.clear();
        }
        let ready = rows::ready(&place, batch);
        let round = db::calendars::get(c, &tenant, &place.calendar)?.round;
        let stamp = Stamp {
            round,
            now,
            pulled: false,
        };
        db::unheard::heard(c, &place.calendar, ready.removed())?;
        rows::apply(c, &place, ready, stamp)
    })
    .await?;
    Ok(Tried::Changed)
}
