//! Changes to events: decided here, in one transaction with the promise to tell the provider. Nobody outside is asked.

use std::collections::BTreeSet;

use db::{Conn, calendars::Calendar, events::Event as Row};
use domain::{
    calendar::AccessRole,
    event::{EventContent, EventStatus, Field, Notify, Response, Scope},
    id::{OccurrenceKey, TenantId},
    recurrence::RecurrenceError,
    time::EventTime,
    validation::Violation,
};
use jiff::Timestamp;

use super::{
    events::{self, Named, Subject},
    mirror::{self, Place},
    outbox::{PENDING, Work},
    series::{self, Rule},
};

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The account may only read the calendar.
    #[error("the account may not write to this calendar")]
    ReadOnly,
    /// The request asks for something that cannot be.
    #[error("the request is wrong")]
    Invalid(Vec<Violation>),
    /// No such event.
    #[error("not found")]
    NotFound,
    /// Somebody changed it since the caller looked.
    #[error("changed meanwhile")]
    Changed,
    /// The database, or a fault of ours.
    #[error(transparent)]
    Db(db::Error),
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::NotFound => Self::NotFound,
            other => Self::Db(other),
        }
    }
}

impl From<events::Error> for Error {
    fn from(error: events::Error) -> Self {
        match error {
            events::Error::NotFound => Self::NotFound,
            events::Error::TooMuch(error) => Self::rule(&error),
            events::Error::Db(error) => Self::Db(error),
        }
    }
}

impl Error {
    /// One wrong field.
    pub fn invalid(pointer: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation {
            pointer: pointer.to_owned(),
            code,
            detail: detail.into(),
        }])
    }

    /// A rule that cannot be worked with.
    pub fn rule(error: &RecurrenceError) -> Self {
        Self::invalid("/recurrence", error.code(), error.to_string())
    }

    /// A fault of ours in the mirror.
    pub fn internal(error: impl std::fmt::Display) -> Self {
        Self::Db(db::Error::Other(error.to_string()))
    }
}

/// How names at a provider are made of keys; the provider's own code knows.
pub type Naming = fn(provider: &str, key: &str) -> String;

/// Who changes what, and when.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Whose.
    pub tenant: &'a TenantId,
    /// Whom the provider may mail.
    pub notify: Notify,
    /// Now.
    pub now: Timestamp,
    /// How new events are named.
    pub naming: Naming,
    /// What is more urgent is told first.
    pub priority: i32,
}

/// What was changed: the identifier to show, and the change that the provider is to hear of, if anything changed.
#[derive(Debug, Clone)]
pub struct Changed {
    /// `evt_…`, of an occurrence with its key.
    pub id: String,
    /// See [`Work::group`].
    pub group: Option<String>,
}

/// Opens a calendar for a change.
///
/// # Errors
/// [`Error::ReadOnly`].
pub fn begin<'a>(conn: &'a mut Conn, request: Request<'a>, calendar: &'a Calendar) -> Result<Work<'a>, Error> {
    if !AccessRole::parse(&calendar.access_role).is_some_and(AccessRole::can_write) {
        return Err(Error::ReadOnly);
    }
    Ok(Work::begin_at(
        conn,
        request.tenant,
        calendar,
        request.notify,
        request.now,
        request.priority,
    )?)
}

/// Makes a new event, or finds the one that an earlier request with the same key made.
///
/// # Errors
/// [`Error::ReadOnly`].
pub fn create(
    conn: &mut Conn,
    request: Request<'_>,
    calendar: &Calendar,
    key: &str,
    content: &EventContent,
) -> Result<Changed, Error> {
    create_with(conn, request, calendar, key, content, |_, _| Ok(()))
}

/// The same with more in one change: what is told the identifier of the new event, its name at the provider and its key.
///
/// # Errors
/// As [`create`].
pub fn create_with(
    conn: &mut Conn,
    request: Request<'_>,
    calendar: &Calendar,
    key: &str,
    content: &EventContent,
    more: impl FnOnce(&mut Work<'_>, (&str, &str, &str)) -> Result<(), Error>,
) -> Result<Changed, Error> {
    let name = (request.naming)(&calendar.provider, key);
    let id = mirror::id(&calendar.id, &name);
    match db::events::any(conn, request.tenant, &id) {
        Ok(row) => {
            return Ok(Changed {
                id: row.id,
                group: None,
            });
        }
        Err(db::Error::NotFound) => {}
        Err(error) => return Err(error.into()),
    }
    let mut work = begin(conn, request, calendar)?;
    let row = new_row(&work, id.clone(), name.clone(), key, content)?;
    work.create(row, key)?;
    more(&mut work, (&id, &name, key))?;
    Ok(Changed {
        id,
        group: Some(work.finish()?),
    })
}

/// A row for a new event.
///
/// # Errors
/// A fault of ours: it was validated before.
pub fn new_row(
    work: &Work<'_>,
    id: String,
    name: String,
    key: &str,
    content: &EventContent,
) -> Result<db::events::NewRow, Error> {
    let event = domain::event::RemoteEvent {
        remote_id: name,
        ical_uid: key.to_owned(),
        etag: None,
        series: None,
        original_start: None,
        content: content.clone(),
        html_link: None,
        created_at: None,
        updated_at: None,
        raw: String::new(),
    };
    let mut row = mirror::row(&Place::of(work.calendar), event).map_err(Error::internal)?;
    row.id = id;
    row.round = work.calendar.round;
    row.created_at = work.now.into();
    row.updated_at = work.now.into();
    Ok(row)
}

/// A row for an occurrence that has none.
///
/// # Errors
/// A fault of ours.
pub fn override_row(
    work: &Work<'_>,
    master: (&str, &str, &str),
    original: &EventTime,
    content: &EventContent,
) -> Result<db::events::NewRow, Error> {
    let (series_id, series_remote_id, ical_uid) = master;
    let event = domain::event::RemoteEvent {
        remote_id: String::new(),
        ical_uid: ical_uid.to_owned(),
        etag: None,
        series: Some(series_remote_id.to_owned()),
        original_start: Some(original.clone()),
        content: content.clone(),
        html_link: None,
        created_at: None,
        updated_at: None,
        raw: String::new(),
    };
    let mut row = mirror::row(&Place::of(work.calendar), event).map_err(Error::internal)?;
    row.id = domain::id::Kind::Event.new_id();
    row.remote_id = format!("{PENDING}{}", row.id);
    row.series_id = Some(series_id.to_owned());
    row.round = work.calendar.round;
    row.created_at = work.now.into();
    row.updated_at = work.now.into();
    Ok(row)
}

/// What the event says that a write of this scope starts from: an occurrence has no rule of its own, its series has.
pub fn base(subject: &Subject, scope: Scope) -> EventContent {
    let said = subject.said().clone();
    match (&subject.occurrence, scope) {
        (Some(_), Scope::All | Scope::ThisAndFollowing) => EventContent {
            recurrence: subject.content.recurrence.clone(),
            ..said
        },
        _ => said,
    }
}

/// Makes the event say `desired`. The rule of a series that moves moves along, unless `desired` has another one.
///
/// # Errors
/// [`Error`].
pub fn update(
    conn: &mut Conn,
    request: Request<'_>,
    subject: &Subject,
    scope: Scope,
    desired: EventContent,
) -> Result<Changed, Error> {
    write(conn, request, subject, (scope, Rule::Follows), desired)
}

/// Makes the event say `desired`, which is all that is said of it, the rule of a series too.
///
/// # Errors
/// [`Error`].
pub fn restate(
    conn: &mut Conn,
    request: Request<'_>,
    subject: &Subject,
    scope: Scope,
    desired: EventContent,
) -> Result<Changed, Error> {
    write(conn, request, subject, (scope, Rule::Stands), desired)
}

fn write(
    conn: &mut Conn,
    request: Request<'_>,
    subject: &Subject,
    (scope, rule): (Scope, Rule),
    desired: EventContent,
) -> Result<Changed, Error> {
    let base = base(subject, scope);
    let fields = base.changed(&desired);
    if fields.is_empty() {
        return Ok(Changed {
            id: subject.id(),
            group: None,
        });
    }
    let mut work = begin(conn, request, &subject.calendar)?;
    let id = match (&subject.occurrence, scope) {
        (None, _) => {
            series::change_itself(&mut work, subject, desired, &fields, rule)?;
            subject.row.id.clone()
        }
        (Some(named), Scope::This) => {
            if !desired.recurrence.is_empty() {
                let detail = "an occurrence has no rule of its own; use scope “this_and_following” or “all”";
                return Err(Error::invalid("/recurrence", "not_allowed", detail));
            }
            write_one(&mut work, subject, named, &desired)?;
            subject.id()
        }
        (Some(_), Scope::All) => {
            series::change_all(&mut work, subject, &base, &desired, &fields)?;
            subject.row.id.clone()
        }
        (Some(named), Scope::ThisAndFollowing) => {
            series::change_following(&mut work, request, subject, named, (&base, &desired), &fields)?
        }
    };
    Ok(Changed {
        id,
        group: Some(work.finish()?),
    })
}

/// Makes one occurrence say `desired`.
fn write_one(work: &mut Work<'_>, subject: &Subject, named: &Named, desired: &EventContent) -> Result<(), Error> {
    if let Some(row) = &named.row {
        return Ok(work.update(row, desired)?);
    }
    let master = (
        subject.row.id.as_str(),
        subject.row.remote_id.as_str(),
        subject.row.ical_uid.as_str(),
    );
    let row = override_row(work, master, &named.original_start, desired)?;
    Ok(work.occurrence(row, &named.content)?)
}

/// Sets the account's own answer to an invitation. Whoever may only read a calendar may answer all the same.
///
/// # Errors
/// [`Error`].
pub fn respond(conn: &mut Conn, request: Request<'_>, subject: &Subject, answer: Response) -> Result<Changed, Error> {
    let said = subject.said();
    let id = subject.id();
    match said.own_response() {
        Some(before) if before == answer => return Ok(Changed { id, group: None }),
        Some(_) => {}
        None => {
            let detail = "the account is not among the attendees of this event";
            return Err(Error::invalid("/response", "not_invited", detail));
        }
    }
    let mut work = Work::begin(conn, request.tenant, &subject.calendar, request.notify, request.now)?;
    let desired = said.with_own_response(answer);
    match &subject.occurrence {
        Some(named) => write_one(&mut work, subject, named, &desired)?,
        None => work.update(&subject.row, &desired)?,
    }
    Ok(Changed {
        id,
        group: Some(work.finish()?),
    })
}

/// Deletes the event, the occurrence, it and all later ones, or the series.
///
/// # Errors
/// [`Error`].
pub fn delete(conn: &mut Conn, request: Request<'_>, subject: &Subject, scope: Scope) -> Result<Changed, Error> {
    let mut work = begin(conn, request, &subject.calendar)?;
    match (&subject.occurrence, scope) {
        (None, _) | (Some(_), Scope::All) => work.delete(&subject.row)?,
        (Some(named), Scope::This) => {
            let out = EventContent {
                status: EventStatus::Cancelled,
                ..named.content.clone()
            };
            write_one(&mut work, subject, named, &out)?;
        }
        (Some(named), Scope::ThisAndFollowing) => series::delete_following(&mut work, subject, named)?,
    }
    Ok(Changed {
        id: subject.row.id.clone(),
        group: Some(work.finish()?),
    })
}

/// Writes the event that carries the caller's own key, whether it exists or not. Says whether it is new.
///
/// # Errors
/// [`Error`].
pub fn upsert(
    conn: &mut Conn,
    request: Request<'_>,
    calendar: &Calendar,
    external_id: &str,
    content: EventContent,
) -> Result<(Changed, bool), Error> {
    match db::events::by_external_id(conn, request.tenant, &calendar.id, external_id) {
        Ok(row) => {
            let subject = events::find(conn, request.tenant, &row.id)?;
            Ok((restate(conn, request, &subject, Scope::All, content)?, false))
        }
        Err(db::Error::NotFound) => {
            let key = external_key(
                conn,
                request.tenant,
                &calendar.id,
                external_id,
                request.naming,
                calendar,
            )?;
            Ok((create(conn, request, calendar, &key, &content)?, true))
        }
        Err(error) => Err(error.into()),
    }
}

/// A key made of the caller's own; the next one where an event of that name is on its way out.
fn external_key(
    conn: &mut Conn,
    tenant: &TenantId,
    calendar: &str,
    external_id: &str,
    naming: Naming,
    row: &Calendar,
) -> Result<String, Error> {
    for generation in 0..u32::MAX {
        let generation = generation.to_string();
        let mut parts = vec![tenant.as_str(), calendar, "external", external_id];
        if generation != "0" {
            parts.push(&generation);
        }
        let key = mirror::key(&parts);
        let id = mirror::id(calendar, &naming(&row.provider, &key));
        match db::events::any(conn, tenant, &id) {
            Err(db::Error::NotFound) => return Ok(key),
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::internal("no name is free"))
}

/// What other fields than these two sides changed.
pub fn without(fields: &BTreeSet<Field>, field: Field) -> BTreeSet<Field> {
    fields.iter().copied().filter(|one| *one != field).collect()
}

/// The key of an override.
pub fn key_of(row: &Row) -> Option<OccurrenceKey> {
    row.original_key.as_deref().and_then(OccurrenceKey::parse)
}
