//! Applying: a batch of lines in one transaction, each with its promise to the provider and what became of it.

use std::collections::{BTreeSet, HashMap};

use db::{
    Conn,
    calendars::Calendar,
    operation_items::{self as items, FAILED, Item as Row, MOVING, Outcome, WRITTEN},
    operations::RUNNING,
    outbox::{DEAD, DONE, HELD},
};
use domain::{
    event::{EventContent, Field, Notify, Scope},
    id::TenantId,
    stacking::{
        Existing, Override,
        plan::{Change, Item},
    },
};
use jiff::Timestamp;

use super::{BULK, Held, body, plan};
use crate::ops::{
    changes::{self, Changed, Naming, Request},
    copy,
    events::{self, Subject},
    mirror, outbox,
};

/// Lines written in one transaction: others write in between.
const BATCH: i64 = 25;

/// Lines of one operation that may be on their way to one calendar: so pausing means something, and a calendar whose
/// provider is away does not keep the others waiting.
const AHEAD: i64 = 100;

/// Why a batch was not written.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// A line was refused when something of it was written already: it is to be recorded by itself, and the batch tried
    /// again without it.
    #[error("line {seq}: {detail}")]
    Refused {
        /// Its place.
        seq: i64,
        /// For programs.
        code: &'static str,
        /// For people.
        detail: String,
    },
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// What a turn came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Turn {
    /// Lines that were written.
    pub written: usize,
    /// Lines of which it is known now what became of them.
    pub settled: usize,
}

/// A line is not done.
#[derive(Debug)]
pub(super) struct Refusal {
    code: &'static str,
    detail: String,
}

impl Refusal {
    fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

/// Who writes, when, and what is known of the places.
pub(super) struct Desk<'a> {
    pub tenant: &'a TenantId,
    pub now: Timestamp,
    pub naming: Naming,
    pub notify: Notify,
    calendars: HashMap<String, Calendar>,
}

/// How a line went.
pub(super) enum Went {
    /// It is promised: whose promise says how far it is, and the event as the API names it.
    Promised { watch: String, event: String },
    /// Nothing had to be said to anybody.
    Through { event: String },
    /// It is not done.
    Refused(Refusal),
}

/// Gives an operation its turn: finds out what the provider has by now, and writes the next lines.
///
/// # Errors
/// [`Stop`].
pub fn turn(conn: &mut Conn, tenant: &TenantId, id: &str, naming: Naming, now: Timestamp) -> Result<Turn, Stop> {
    let mut held = Held::lock(conn, tenant, id)?;
    let mut desk = Desk {
        tenant,
        now,
        naming,
        notify: Notify::parse(&held.row.notify).unwrap_or_default(),
        calendars: HashMap::new(),
    };
    let settled = super::settle::settle(conn, &mut desk, &mut held)?;
    let written = match held.row.state.as_str() {
        RUNNING => write(conn, &mut desk, &mut held)?,
        _ => 0,
    };
    if settled + written > 0 {
        held.sample(now)?;
    }
    held.end(now)?;
    held.row.turn = now.into();
    held.save(conn, now)?;
    crate::fault::point("operations.in_turn");
    Ok(Turn { written, settled })
}

/// Records by itself a line that a batch stumbled over.
///
/// # Errors
/// Those of the database.
pub fn stumbled(
    conn: &mut Conn,
    tenant: &TenantId,
    id: &str,
    seq: i64,
    (code, detail): (&'static str, &str),
    now: Timestamp,
) -> db::Result<()> {
    let mut held = Held::lock(conn, tenant, id)?;
    let row = items::get(conn, id, seq)?;
    let on_its_way = [WRITTEN, MOVING].contains(&row.state.as_str());
    let outcome = Outcome {
        state: FAILED.to_owned(),
        event_id: row.event_id,
        watch: row.watch,
        error_code: Some(code.to_owned()),
        error_detail: Some(detail.to_owned()),
        written_at: row.written_at,
    };
    items::record(conn, id, seq, &outcome)?;
    held.row.failed += 1;
    held.row.written -= i64::from(on_its_way);
    held.sample(now)?;
    held.end(now)?;
    held.save(conn, now)?;
    Ok(())
}

fn write(conn: &mut Conn, desk: &mut Desk<'_>, held: &mut Held) -> Result<usize, Stop> {
    let full: Vec<String> = items::load(conn, &held.row.id)?
        .into_iter()
        .filter(|(_, count)| *count >= AHEAD)
        .filter_map(|(calendar, _)| calendar)
        .collect();
    let rows = items::next(conn, &held.row.id, &full, BATCH)?;
    let mut planned = Vec::with_capacity(rows.len());
    for row in rows {
        let item = body::read(&row)?.item;
        planned.push((row, item));
    }
    let places: BTreeSet<String> = planned
        .iter()
        .filter_map(|(_, item)| item.as_deref())
        .flat_map(|item| [Some(item.calendar.clone()), from(item).cloned()])
        .flatten()
        .collect();
    desk.open(conn, places)?;
    let count = planned.len();
    for (row, item) in planned {
        let went = match &item {
            Some(item) => desk.again(conn, &row, item)?,
            None => Went::Refused(Refusal::new(
                "nothing_to_do",
                "the line says nothing that could be done",
            )),
        };
        desk.record(conn, held, &row, went, WRITTEN)?;
        crate::fault::point("operations.in_batch");
    }
    Ok(count)
}

/// Where a moved event comes from.
pub(super) const fn from(item: &Item) -> Option<&String> {
    match &item.change {
        Change::Move { from, .. } => Some(from),
        _ => None,
    }
}

impl Desk<'_> {
    /// Makes everybody else who changes events of these calendars wait; all at once and in one order, so that nobody
    /// waits in a circle.
    pub fn open(&mut self, conn: &mut Conn, places: BTreeSet<String>) -> db::Result<()> {
        for place in &places {
            db::outbox::lock(conn, self.tenant, place)?;
        }
        let missing: Vec<String> = places
            .into_iter()
            .filter(|place| !self.calendars.contains_key(place))
            .collect();
        for one in db::calendars::some(conn, self.tenant, &missing)? {
            self.calendars.insert(one.id.clone(), one);
        }
        Ok(())
    }

    fn request(&self) -> Request<'_> {
        Request {
            tenant: self.tenant,
            notify: self.notify,
            now: self.now,
            naming: self.naming,
            priority: BULK,
        }
    }

    /// Writes down how a line went.
    pub fn record(&self, conn: &mut Conn, held: &mut Held, row: &Row, went: Went, step: &str) -> db::Result<()> {
        let mut outcome = Outcome {
            state: step.to_owned(),
            event_id: row.event_id.clone(),
            watch: None,
            error_code: None,
            error_detail: None,
            written_at: Some(self.now.into()),
        };
        match went {
            Went::Promised { watch, event } => {
                outcome.watch = Some(watch);
                outcome.event_id = Some(event);
                held.row.written += 1;
            }
            Went::Through { event } => {
                outcome.state = items::DONE.to_owned();
                outcome.event_id = Some(event);
                held.row.done += 1;
            }
            Went::Refused(refusal) => {
                outcome.state = FAILED.to_owned();
                outcome.watch.clone_from(&row.watch);
                outcome.written_at = row.written_at;
                outcome.error_code = Some(refusal.code.to_owned());
                outcome.error_detail = Some(refusal.detail);
                held.row.failed += 1;
            }
        }
        items::record(conn, &held.row.id, row.seq, &outcome)
    }

    /// A line, for the first time or again: what was promised then and needed a person is tried again.
    fn again(&self, conn: &mut Conn, row: &Row, item: &Item) -> Result<Went, Stop> {
        if let (Some(watch), Some(event)) = (&row.watch, &row.event_id)
            && let Some(promise) = db::outbox::about(conn, watch)?
        {
            if [DEAD, HELD].contains(&promise.state.as_str()) {
                outbox::retry(conn, self.tenant, &promise.id, self.now)?;
            }
            return Ok(Went::Promised {
                watch: watch.clone(),
                event: event.clone(),
            });
        }
        self.write(conn, row, item)
    }

    fn write(&self, conn: &mut Conn, row: &Row, item: &Item) -> Result<Went, Stop> {
        let Some(to) = self.calendars.get(&item.calendar) else {
            return Ok(Went::Refused(Refusal::new(
                "calendar_gone",
                "the calendar is not there any more",
            )));
        };
        let changed = match &item.change {
            Change::Create { after, .. } => return self.create(conn, row, to, &item.key, (after, &item.overrides)),
            Change::Move { before, after, .. } => {
                let subject = match self.unchanged(conn, before)? {
                    Ok(subject) => subject,
                    Err(refusal) => return Ok(Went::Refused(refusal)),
                };
                return self.arrive(conn, row, to, item, (&subject, after));
            }
            Change::Update { before, after } => match self.unchanged(conn, before)? {
                Ok(subject) => {
                    let mut fields = before.content.changed(after);
                    fields.remove(&Field::Response);
                    let desired = subject.said().with(after, &fields);
                    changes::update(conn, self.request(), &subject, scope(&subject), desired)
                }
                Err(refusal) => return Ok(Went::Refused(refusal)),
            },
            Change::Delete { before } => return self.remove(conn, row, before),
        };
        self.went(conn, row, changed)
    }

    /// Takes an event away, if it is what it was.
    pub fn remove(&self, conn: &mut Conn, row: &Row, before: &Existing) -> Result<Went, Stop> {
        let subject = match self.unchanged(conn, before)? {
            Ok(subject) => subject,
            Err(refusal) => return Ok(Went::Refused(refusal)),
        };
        let changed = changes::delete(conn, self.request(), &subject, scope(&subject));
        self.went(conn, row, changed)
    }

    fn create(
        &self,
        conn: &mut Conn,
        row: &Row,
        to: &Calendar,
        key: &str,
        (after, overrides): (&EventContent, &[Override]),
    ) -> Result<Went, Stop> {
        let Some(key) = self.free(conn, to, key)? else {
            return self.there(conn, to, key, after);
        };
        let changed = changes::create_with(conn, self.request(), to, &key, after, |work, names| {
            let mut dates = overrides
                .iter()
                .filter_map(|one| Some((&one.original, one.content.as_ref()?)));
            dates.try_for_each(|(original, said)| copy::unlike(work, names, after, original, said))
        });
        self.went(conn, row, changed)
    }

    /// The key, or the next one where an event of that name is on its way out; `None`: such an event is there.
    fn free(&self, conn: &mut Conn, to: &Calendar, key: &str) -> db::Result<Option<String>> {
        for generation in 0..100 {
            let key = match generation {
                0 => key.to_owned(),
                n => mirror::key(&[key, &n.to_string()]),
            };
            let id = mirror::id(&to.id, &(self.naming)(&to.provider, &key));
            match db::events::any(conn, self.tenant, &id) {
                Err(db::Error::NotFound) => return Ok(Some(key)),
                Ok(row) if outbox::is_hidden(&row) => {}
                Ok(_) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Somebody has made an event of the same key since the plan was made.
    fn there(&self, conn: &mut Conn, to: &Calendar, key: &str, after: &EventContent) -> Result<Went, Stop> {
        let id = mirror::id(&to.id, &(self.naming)(&to.provider, key));
        let says = match db::events::get(conn, self.tenant, &id) {
            Ok(row) => outbox::said(&row)?.differences(after).is_empty(),
            Err(db::Error::NotFound) => false,
            Err(error) => return Err(error.into()),
        };
        Ok(if says {
            Went::Promised {
                watch: id.clone(),
                event: id,
            }
        } else {
            let detail = "an event with this key was made since the plan was; plan again to see it as a change";
            Went::Refused(Refusal::new("exists", detail))
        })
    }

    /// The first half of a move: the event at its new place. When the provider has it there, it is taken from the old one.
    fn arrive(
        &self,
        conn: &mut Conn,
        row: &Row,
        to: &Calendar,
        item: &Item,
        (subject, after): (&Subject, &EventContent),
    ) -> Result<Went, Stop> {
        if subject.occurrence.is_some() {
            let detail = "an occurrence cannot leave its series; move the series";
            return Ok(Went::Refused(Refusal::new("needs_series", detail)));
        }
        if !subject.row.is_recurring {
            let mut after = after.clone();
            (after.organizer, after.conference) = (None, None);
            for guest in &mut after.attendees {
                guest.is_self = false;
            }
            return self.create(conn, row, to, &item.key, (&after, &[]));
        }
        let Some(key) = self.free(conn, to, &item.key)? else {
            return self.there(conn, to, &item.key, after);
        };
        let made = match copy::copy(conn, self.request(), subject, to, &key) {
            Ok(made) => made,
            Err(error) => return self.went(conn, row, Err(error)),
        };
        let copied = match events::find(conn, self.tenant, &made.id) {
            Ok(copied) => copied,
            Err(error) => return Err(self.refused(row.seq, error.into())),
        };
        let mut fields = subject.content.changed(after);
        fields.extend([Field::Attendees, Field::Metadata, Field::Transparency]);
        fields.remove(&Field::Response);
        let mut desired = copied.content.with(after, &fields);
        for guest in &mut desired.attendees {
            guest.is_self = false;
        }
        let changed = changes::update(conn, self.request(), &copied, Scope::All, desired);
        match changed {
            Ok(Changed { group: None, .. }) => self.went(conn, row, Ok(made)),
            changed => self.went(conn, row, changed),
        }
    }

    /// The event, if it is what the plan has seen: in our own version, or at least in everything that people see of it.
    fn unchanged(&self, conn: &mut Conn, before: &Existing) -> Result<Result<Subject, Refusal>, Stop> {
        let subject = match events::find(conn, self.tenant, &before.id) {
            Ok(subject) => subject,
            Err(events::Error::NotFound) => {
                return Ok(Err(Refusal::new("gone", "the event is not there any more")));
            }
            Err(events::Error::Db(error)) => return Err(error.into()),
            Err(events::Error::TooMuch(error)) => return Ok(Err(Refusal::new("too_much", error.to_string()))),
        };
        let now = plan::existing_of(&subject);
        let same = now.etag == before.etag || now.content.differences(&before.content).is_empty();
        if now.calendar != before.calendar || !same {
            let detail =
                "somebody changed the event since the plan was made; it stays as it is. Plan again to change it";
            return Ok(Err(Refusal::new("changed_since", detail)));
        }
        Ok(Ok(subject))
    }

    /// What became of a change.
    fn went(&self, conn: &mut Conn, row: &Row, changed: Result<Changed, changes::Error>) -> Result<Went, Stop> {
        let changed = match changed {
            Ok(changed) => changed,
            // Found out before anything was written.
            Err(changes::Error::ReadOnly) => {
                return Ok(Went::Refused(Refusal::new(
                    "read_only",
                    "the account may only read this calendar",
                )));
            }
            Err(error) => return Err(self.refused(row.seq, error)),
        };
        let promises = match &changed.group {
            Some(group) => db::outbox::group(conn, group)?,
            None => Vec::new(),
        };
        Ok(match promises.iter().find(|promise| promise.state != DONE) {
            Some(promise) => Went::Promised {
                watch: promise.event_id.clone(),
                event: changed.id,
            },
            None => Went::Through { event: changed.id },
        })
    }

    fn refused(&self, seq: i64, error: changes::Error) -> Stop {
        let (code, detail) = match error {
            changes::Error::Db(error) => return Stop::Db(error),
            changes::Error::Invalid(violations) => {
                let details: Vec<String> = violations.into_iter().map(|one| one.detail).collect();
                ("invalid", details.join("; "))
            }
            changes::Error::ReadOnly => ("read_only", "the account may only read this calendar".to_owned()),
            changes::Error::NotFound => ("gone", "the event is not there any more".to_owned()),
            changes::Error::Changed => ("changed_since", "somebody changed the event since".to_owned()),
        };
        Stop::Refused { seq, code, detail }
    }
}

fn scope(subject: &Subject) -> Scope {
    if subject.occurrence.is_some() {
        Scope::This
    } else {
        Scope::All
    }
}

/// The second half of a move.
pub(super) fn leave(
    conn: &mut Conn,
    desk: &mut Desk<'_>,
    held: &mut Held,
    row: &Row,
    before: &Existing,
) -> Result<(), Stop> {
    desk.open(conn, BTreeSet::from([before.calendar.clone()]))?;
    let went = match desk.remove(conn, row, before)? {
        // It keeps its new name.
        Went::Promised { watch, .. } => Went::Promised {
            watch,
            event: row.event_id.clone().unwrap_or_default(),
        },
        Went::Through { .. } => Went::Through {
            event: row.event_id.clone().unwrap_or_default(),
        },
        Went::Refused(refusal) if refusal.code == "gone" => Went::Through {
            event: row.event_id.clone().unwrap_or_default(),
        },
        Went::Refused(refusal) => Went::Refused(Refusal::new(
            refusal.code,
            format!(
                "it is in its new calendar, and still in the old one: {}",
                refusal.detail
            ),
        )),
    };
    Ok(desk.record(conn, held, row, went, MOVING)?)
}
