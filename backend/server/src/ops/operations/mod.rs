//! Operations: bulk work from asking for it to undoing it.
//!
//! Two facts to hold. Whatever changes an operation locks its row first, so pausing waits for the batch that is under way
//! and no count is lost. And a line is written here in one transaction with its promise to the provider and what became
//! of it: a process that dies has done it wholly or not at all, and the next one goes on.
//!
//! `source` says what an operation is made from, `plan` finds what its lines are about and stores what became of them,
//! `clashes` what else is at their times,
//! `acts` is what people do to it, `apply` gives it a turn, in which `desk` writes lines, `moves` those that go to another
//! calendar, and `settle` finds out which of them the provider has; `undo` goes back.

pub mod acts;
pub mod apply;
pub mod body;
pub mod clashes;
mod desk;
mod held;
mod moves;
pub mod plan;
pub mod settle;
pub mod source;
pub mod undo;

use db::{
    Conn, operation_items as items,
    operations::{FAILED, Operation, PLANNING},
};
use domain::{
    event::Notify,
    id::{Kind, TenantId},
    stacking::plan::Summary,
};
use jiff::Timestamp;
use serde::Serialize;

use self::held::tell;
pub use self::{
    acts::{can, guard},
    held::{Deed, Held, Pace, log, pace},
    source::{Selection, Source},
};

/// Lines are written in bulk after what people do.
pub const BULK: i32 = 80;

/// How long an operation and its lines are kept.
pub const KEPT: jiff::SignedDuration = jiff::SignedDuration::from_hours(90 * 24);

/// Why something was not done to an operation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not in this state.
    #[error("{0}")]
    State(&'static str),
    /// What was looked at is not what would be done.
    #[error("the plan is another one")]
    PlanChanged,
    /// So much would be deleted that somebody has to say that it is meant.
    #[error("{0}")]
    Unconfirmed(String),
    /// The database; [`db::Error::NotFound`]: no such operation.
    #[error(transparent)]
    Db(#[from] db::Error),
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
        tries: 0,
    };
    db::operations::insert(conn, &row, &json(&new.source)?)?;
    tell(conn, &row, "created", now)?;
    Ok(row)
}

/// Its plan in numbers, when it has one.
///
/// # Errors
/// A fault of ours: something else wrote it.
pub fn summary(row: &Operation) -> db::Result<Option<Summary>> {
    let read = |text: &String| serde_json::from_str(text).map_err(|e| db::Error::Other(e.to_string()));
    row.summary.as_ref().map(read).transpose()
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
