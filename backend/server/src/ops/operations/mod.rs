//! Operations: bulk work from asking for it to undoing it.
//!
//! Two facts to hold. Whatever changes an operation locks its row first, so pausing waits for the batch that is under way
//! and no count is lost. And a line is written here in one transaction with its promise to the provider and what became
//! of it: a process that dies has done it wholly or not at all, and the next one goes on.
//!
//! `source` says what an operation is made from, `plan` finds what its lines are about and stores what became of them,
//! `apply` writes lines, `settle` finds out which of them the provider has, `undo` goes back.

pub mod apply;
pub mod body;
pub mod plan;
pub mod settle;
pub mod source;
pub mod undo;

use db::{
    Conn, operation_items as items,
    operations::{CANCELLED, DONE, FAILED, Operation, PAUSED, PLANNED, PLANNING, RUNNING},
};
use domain::{
    event::Notify,
    id::{Kind, TenantId},
    stacking::{Progress, plan::Summary},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::source::{Selection, Source};

/// Lines are written in bulk after what people do.
pub const BULK: i32 = 80;

/// How long an operation and its lines are kept.
pub const KEPT: jiff::SignedDuration = jiff::SignedDuration::from_hours(90 * 24);

/// Why something was not done to an operation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such operation.
    #[error("not found")]
    NotFound,
    /// Not in this state.
    #[error("{0}")]
    State(&'static str),
    /// What was looked at is not what would be done.
    #[error("the plan is another one")]
    PlanChanged,
    /// So much would be deleted that somebody has to say that it is meant.
    #[error("{0}")]
    Unconfirmed(String),
    /// The database.
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

/// Something that was done to an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// When.
    pub at: Timestamp,
    /// `usr_…` or `key_…`
    pub by: String,
    /// `created`, `applied`, `paused`, `resumed`, `cancelled`, `retried`.
    pub action: String,
}

/// The clock of an operation: what was done before it began to run does not count for its pace.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    before: i64,
    progress: Progress,
}

/// How fast it goes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pace {
    /// Seconds yet; `None`: nobody knows.
    pub eta_s: Option<u64>,
    /// Lines in a second.
    pub per_second: Option<f64>,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct New {
    /// `import`, `template`, `edit` or `undo`.
    pub kind: &'static str,
    /// For people.
    pub title: String,
    /// What it is made from.
    pub source: Source,
    /// Whom the provider may mail.
    pub notify: Notify,
    /// Whether events are made that look like one that is there.
    pub allow_duplicates: bool,
    /// The operation that it undoes.
    pub undo_of: Option<String>,
}

fn json<T: Serialize>(value: &T) -> db::Result<String> {
    serde_json::to_string(value).map_err(|e| db::Error::Other(e.to_string()))
}

/// Asks for a plan; the job makes it.
///
/// # Errors
/// Those of the database.
pub fn create(conn: &mut Conn, tenant: &TenantId, actor: &str, new: New, now: Timestamp) -> db::Result<Operation> {
    let row = Operation {
        id: Kind::Operation.new_id(),
        tenant_id: tenant.as_str().to_owned(),
        kind: new.kind.to_owned(),
        title: new.title,
        state: PLANNING.to_owned(),
        source: json(&new.source)?,
        notify: new.notify.as_str().to_owned(),
        allow_duplicates: new.allow_duplicates,
        total: 0,
        done: 0,
        failed: 0,
        skipped: 0,
        written: 0,
        summary: None,
        progress: None,
        percent: 0,
        error_code: None,
        error_detail: None,
        undo_of: new.undo_of,
        undone_by: None,
        created_by: actor.to_owned(),
        log: json(&[Deed {
            at: now,
            by: actor.to_owned(),
            action: "created".to_owned(),
        }])?,
        turn: now.into(),
        lease: None,
        lease_until: None,
        created_at: now.into(),
        planned_at: None,
        started_at: None,
        finished_at: None,
    };
    db::operations::insert(conn, &row)?;
    tell(conn, &row, "created", now)?;
    Ok(row)
}

fn tell(conn: &mut Conn, row: &Operation, action: &'static str, now: Timestamp) -> db::Result<()> {
    let change = db::changes::NewChange {
        kind: "operation",
        id: row.id.clone(),
        calendar_id: None,
        client_id: None,
        action,
        origin: "ours",
        at: now.into(),
    };
    db::changes::append(conn, &TenantId::from_store(row.tenant_id.clone()), &[change])?;
    Ok(())
}

/// An operation that this transaction has locked, as it was and as it will be.
#[derive(Debug)]
pub struct Held {
    /// As it will be.
    pub row: Operation,
    before: (String, i32),
}

impl Held {
    /// Locks an operation.
    ///
    /// # Errors
    /// [`db::Error::NotFound`].
    pub fn lock(conn: &mut Conn, tenant: &TenantId, id: &str) -> db::Result<Self> {
        let row = db::operations::lock(conn, tenant, id)?;
        Ok(Self {
            before: (row.state.clone(), row.percent),
            row,
        })
    }

    /// Writes it, and tells those who follow along where people see a difference. Call it last in the transaction.
    ///
    /// # Errors
    /// Those of the database.
    pub fn save(mut self, conn: &mut Conn, now: Timestamp) -> db::Result<Operation> {
        let row = &mut self.row;
        let todo = (row.total - row.skipped).max(0);
        row.percent = match todo {
            0 => 0,
            todo => i32::try_from((row.done + row.failed) * 100 / todo).unwrap_or(100),
        };
        db::operations::save(conn, row)?;
        if self.before != (row.state.clone(), row.percent) {
            tell(conn, row, "updated", now)?;
        }
        Ok(self.row)
    }

    /// Notes what somebody did.
    fn note(&mut self, actor: &str, action: &str, now: Timestamp) -> db::Result<()> {
        let mut log = log(&self.row);
        log.push(Deed {
            at: now,
            by: actor.to_owned(),
            action: action.to_owned(),
        });
        self.row.log = json(&log)?;
        Ok(())
    }

    /// Looks at the clock.
    fn clock(&mut self, look: impl FnOnce(&mut Progress)) -> db::Result<()> {
        let mut watch = watch(&self.row);
        look(&mut watch.progress);
        self.row.progress = Some(json(&watch)?);
        Ok(())
    }

    /// Takes down how far it is.
    ///
    /// # Errors
    /// A fault of ours.
    pub fn sample(&mut self, now: Timestamp) -> db::Result<()> {
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        let (done, failed) = (count(self.row.done - watch(&self.row).before), count(self.row.failed));
        self.clock(|progress| progress.sample(done, failed, now))
    }

    /// Whether nothing is left to do, and it ends here.
    ///
    /// # Errors
    /// A fault of ours.
    pub fn end(&mut self, now: Timestamp) -> db::Result<()> {
        let row = &self.row;
        let left = row.total - row.skipped - row.done - row.failed;
        if left > 0 || row.written > 0 {
            return Ok(());
        }
        if row.state == RUNNING {
            self.row.state = DONE.to_owned();
            self.row.finished_at = Some(now.into());
            self.clock(|progress| progress.pause(now))?;
        }
        Ok(())
    }
}

fn watch(row: &Operation) -> Watch {
    let text = row.progress.as_deref().unwrap_or_default();
    serde_json::from_str(text).unwrap_or_default()
}

/// What was done to an operation.
pub fn log(row: &Operation) -> Vec<Deed> {
    serde_json::from_str(&row.log).unwrap_or_default()
}

/// Its plan in numbers, when it has one.
///
/// # Errors
/// A fault of ours: something else wrote it.
pub fn summary(row: &Operation) -> db::Result<Option<Summary>> {
    let read = |text: &String| serde_json::from_str(text).map_err(|e| db::Error::Other(e.to_string()));
    row.summary.as_ref().map(read).transpose()
}

/// How fast it goes.
pub fn pace(row: &Operation, now: Timestamp) -> Pace {
    if ![RUNNING, PAUSED].contains(&row.state.as_str()) {
        return Pace::default();
    }
    let progress = watch(row).progress;
    Pace {
        eta_s: progress.left(now).map(|left| left.as_secs()),
        per_second: progress.rate(),
    }
}

/// What may be done to it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Can {
    /// See [`apply`].
    pub apply: bool,
    /// See [`pause`].
    pub pause: bool,
    /// See [`resume`].
    pub resume: bool,
    /// See [`cancel`].
    pub cancel: bool,
    /// See [`retry`].
    pub retry: bool,
    /// See [`undo::ask`].
    pub undo: bool,
}

/// What may be done to it now.
pub fn can(row: &Operation) -> Can {
    let state = row.state.as_str();
    let ended = [DONE, CANCELLED].contains(&state) && row.written == 0;
    Can {
        apply: state == PLANNED && row.total > row.skipped,
        pause: state == RUNNING,
        resume: state == PAUSED,
        cancel: [PLANNING, PLANNED, RUNNING, PAUSED].contains(&state),
        retry: ended && row.failed > 0 && row.undone_by.is_none(),
        undo: ended && row.done > 0 && row.undone_by.is_none(),
    }
}

/// Why so much is deleted that somebody has to say that it is meant; `None`: it is not so much.
pub fn guard(summary: &Summary) -> Option<String> {
    let calendars: Vec<&str> = summary.mass_deletions().collect();
    let deleted = |id: &&str| summary.calendars.get(*id).map_or(0, |counts| counts.delete);
    let count: u64 = calendars.iter().map(deleted).sum();
    (!calendars.is_empty()).then(|| {
        let places = match calendars.len() {
            1 => "one calendar".to_owned(),
            many => format!("{many} calendars"),
        };
        format!("{count} events of {places} would be deleted, which is most of what is there or very many.")
    })
}

/// Begins to apply a plan. `hash` names the one that was looked at.
///
/// # Errors
/// [`Error`].
pub fn apply(
    conn: &mut Conn,
    tenant: &TenantId,
    actor: &str,
    id: &str,
    (hash, confirmed): (&str, bool),
    now: Timestamp,
) -> Result<Operation, Error> {
    let mut held = Held::lock(conn, tenant, id)?;
    let Some(summary) = summary(&held.row)?.filter(|_| held.row.state == PLANNED) else {
        return Err(Error::State("Only an operation whose plan is ready can be applied."));
    };
    if summary.hash != hash {
        return Err(Error::PlanChanged);
    }
    if !can(&held.row).apply {
        return Err(Error::State("The plan has nothing to do."));
    }
    if let Some(text) = guard(&summary).filter(|_| !confirmed) {
        return Err(Error::Unconfirmed(text));
    }
    if let Some(undone) = held.row.undo_of.clone() {
        let mut other = Held::lock(conn, tenant, &undone)?;
        if other.row.undone_by.is_some() {
            return Err(Error::State("The operation is undone already."));
        }
        other.row.undone_by = Some(held.row.id.clone());
        db::operations::save(conn, &other.row)?;
        tell(conn, &other.row, "updated", now)?;
    }
    begin(&mut held, now)?;
    held.row.started_at = Some(now.into());
    held.note(actor, "applied", now)?;
    Ok(held.save(conn, now)?)
}

/// Lets the job have it.
fn begin(held: &mut Held, now: Timestamp) -> db::Result<()> {
    let row = &mut held.row;
    let left = u64::try_from(row.total - row.skipped - row.done).unwrap_or(0);
    let mut watch = Watch {
        before: row.done,
        progress: Progress::new(left),
    };
    watch.progress.resume(now);
    row.progress = Some(json(&watch)?);
    row.state = RUNNING.to_owned();
    row.turn = now.into();
    row.finished_at = None;
    Ok(())
}

/// Stops it between two batches. What is on its way to the provider goes on.
///
/// # Errors
/// [`Error`].
pub fn pause(conn: &mut Conn, tenant: &TenantId, actor: &str, id: &str, now: Timestamp) -> Result<Operation, Error> {
    let mut held = Held::lock(conn, tenant, id)?;
    if !can(&held.row).pause {
        return Err(Error::State("Only an operation that is being applied can be paused."));
    }
    held.row.state = PAUSED.to_owned();
    held.clock(|progress| progress.pause(now))?;
    held.note(actor, "paused", now)?;
    Ok(held.save(conn, now)?)
}

/// Goes on.
///
/// # Errors
/// [`Error`].
pub fn resume(conn: &mut Conn, tenant: &TenantId, actor: &str, id: &str, now: Timestamp) -> Result<Operation, Error> {
    let mut held = Held::lock(conn, tenant, id)?;
    if !can(&held.row).resume {
        return Err(Error::State("Only a paused operation can go on."));
    }
    held.row.state = RUNNING.to_owned();
    held.row.turn = now.into();
    held.clock(|progress| progress.resume(now))?;
    held.note(actor, "resumed", now)?;
    Ok(held.save(conn, now)?)
}

/// Leaves out what was not written yet. What is on its way to the provider goes on; what is done stays, until it is undone.
///
/// # Errors
/// [`Error`].
pub fn cancel(conn: &mut Conn, tenant: &TenantId, actor: &str, id: &str, now: Timestamp) -> Result<Operation, Error> {
    let mut held = Held::lock(conn, tenant, id)?;
    if !can(&held.row).cancel {
        return Err(Error::State("It has ended already."));
    }
    if held.row.state != PLANNING {
        let left_out = items::all_become(conn, id, items::PLANNED, items::SKIPPED)?;
        held.row.skipped += i64::try_from(left_out).unwrap_or(0);
    }
    if held.row.state == RUNNING {
        held.clock(|progress| progress.pause(now))?;
    }
    held.row.state = CANCELLED.to_owned();
    held.row.finished_at = Some(now.into());
    held.note(actor, "cancelled", now)?;
    Ok(held.save(conn, now)?)
}

/// Tries the lines again that failed, and no others.
///
/// # Errors
/// [`Error`].
pub fn retry(conn: &mut Conn, tenant: &TenantId, actor: &str, id: &str, now: Timestamp) -> Result<Operation, Error> {
    let mut held = Held::lock(conn, tenant, id)?;
    if !can(&held.row).retry {
        return Err(Error::State(
            "There is nothing that failed and could be tried again now.",
        ));
    }
    items::all_become(conn, id, items::FAILED, items::PLANNED)?;
    held.row.failed = 0;
    begin(&mut held, now)?;
    held.note(actor, "retried", now)?;
    Ok(held.save(conn, now)?)
}

/// No plan can be made.
///
/// # Errors
/// Those of the database.
pub fn fail(
    conn: &mut Conn,
    tenant: &TenantId,
    id: &str,
    (code, detail): (&str, &str),
    now: Timestamp,
) -> db::Result<()> {
    let mut held = Held::lock(conn, tenant, id)?;
    if held.row.state == PLANNING {
        held.row.state = FAILED.to_owned();
        (held.row.error_code, held.row.error_detail) = (Some(code.to_owned()), Some(detail.to_owned()));
        held.row.finished_at = Some(now.into());
        held.save(conn, now)?;
    }
    Ok(())
}

/// Forgets what is long over: first lines, then operations without any. Gives how many rows.
///
/// # Errors
/// Those of the database.
pub fn forget(conn: &mut Conn, now: Timestamp, most: i64) -> db::Result<usize> {
    let before = (now - KEPT).into();
    for id in db::operations::old(conn, before, 100)? {
        let lines = items::clear(conn, &id, most)?;
        if lines > 0 {
            return Ok(lines);
        }
    }
    db::operations::purge(conn, before, 100)
}
