//! Who writes lines: looks whether the event is still what the plan has seen, writes it as any edit is written, and notes
//! how that went.

use std::collections::{BTreeSet, HashMap};

use db::{
    Conn,
    calendars::Calendar,
    operation_items::{self as items, FAILED, Item as Row, MOVING, Outcome, WRITTEN},
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

use super::{BULK, Held, apply::Stop, moves::left, plan};
use crate::ops::{
    changes::{self, Changed, Naming, Request},
    copy,
    events::{self, Subject},
    mirror, outbox,
};

/// A line is not done.
#[derive(Debug)]
pub(super) struct Refusal {
    pub code: &'static str,
    pub detail: String,
}

impl Refusal {
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

/// Who writes, when, and what is known of the places.
pub(super) struct Desk<'a> {
    pub tenant: &'a TenantId,
    now: Timestamp,
    naming: Naming,
    notify: Notify,
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

impl<'a> Desk<'a> {
    /// With nothing known of any place.
    pub fn new(tenant: &'a TenantId, notify: Notify, naming: Naming, now: Timestamp) -> Self {
        Self {
            tenant,
            now,
            naming,
            notify,
            calendars: HashMap::new(),
        }
    }

    /// Makes everybody else who changes events of these calendars wait, in one order. A turn in which moves arrive opens
    /// more than once: of two that wait for each other the database ends one, and it has its turn again.
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

    pub fn request(&self) -> Request<'_> {
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

    /// A line, for the first time or again: what was promised then and needed a person is tried again. Gives how it went,
    /// and the step that it is at.
    pub fn again(&self, conn: &mut Conn, row: &Row, item: &Item) -> Result<(Went, &'static str), Stop> {
        let left = left(row, item);
        if let (Some(watch), Some(event)) = (&row.watch, &row.event_id) {
            if let Some(promise) = db::outbox::about(conn, watch)? {
                if [DEAD, HELD].contains(&promise.state.as_str()) {
                    outbox::retry(conn, self.tenant, &promise.id, self.now)?;
                }
                let went = Went::Promised {
                    watch: watch.clone(),
                    event: event.clone(),
                };
                return Ok((went, if left.is_some() { MOVING } else { WRITTEN }));
            }
            // The provider did in the meantime what it had refused.
            if let Some(before) = left
                && db::mirror::taken(conn, std::slice::from_ref(&before.id))?.is_empty()
            {
                return Ok((Went::Through { event: event.clone() }, MOVING));
            }
        }
        Ok((self.write(conn, row, item)?, WRITTEN))
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
                    changes::restate(conn, self.request(), &subject, scope(&subject), desired)
                }
                Err(refusal) => return Ok(Went::Refused(refusal)),
            },
            Change::Delete { before } => match self.dates_changed(conn, before)? {
                true => return Ok(Went::Refused(changed_since())),
                false => return self.remove(conn, row, before),
            },
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

    pub fn create(
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
    pub fn free(&self, conn: &mut Conn, to: &Calendar, key: &str) -> db::Result<Option<String>> {
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
    pub fn there(&self, conn: &mut Conn, to: &Calendar, key: &str, after: &EventContent) -> Result<Went, Stop> {
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

    /// The event, if it is what the plan has seen: in our own version, or at least in everything that people see of it.
    pub fn unchanged(&self, conn: &mut Conn, before: &Existing) -> Result<Result<Subject, Refusal>, Stop> {
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
            return Ok(Err(changed_since()));
        }
        Ok(Ok(subject))
    }

    /// Whether a series that is to be taken away has other dates that are unlike it than the plan has seen.
    fn dates_changed(&self, conn: &mut Conn, before: &Existing) -> db::Result<bool> {
        let mut now = Existing {
            dates: Vec::new(),
            ..before.clone()
        };
        plan::add_dates(conn, self.tenant, std::iter::once(&mut now))?;
        let same = |(now, before): (&Override, &Override)| {
            now.original == before.original
                && match (&now.content, &before.content) {
                    (Some(now), Some(before)) => now.differences(before).is_empty(),
                    (now, before) => now.is_none() && before.is_none(),
                }
        };
        Ok(now.dates.len() != before.dates.len() || !now.dates.iter().zip(&before.dates).all(same))
    }

    /// What became of a change.
    pub fn went(&self, conn: &mut Conn, row: &Row, changed: Result<Changed, changes::Error>) -> Result<Went, Stop> {
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

    pub fn refused(&self, seq: i64, error: changes::Error) -> Stop {
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

fn changed_since() -> Refusal {
    let detail = "somebody changed the event since the plan was made; it stays as it is. Plan again to change it";
    Refusal::new("changed_since", detail)
}

fn scope(subject: &Subject) -> Scope {
    if subject.occurrence.is_some() {
        Scope::This
    } else {
        Scope::All
    }
}
