//! An operation that a transaction has locked: its counts, its clock, its log, and those who follow along.

use db::{
    Conn,
    operations::{DONE, Operation, PAUSED, RUNNING},
};
use domain::{id::TenantId, stacking::Progress};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::json;

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
struct Watch {
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

pub(super) fn tell(conn: &mut Conn, row: &Operation, action: &'static str, now: Timestamp) -> db::Result<()> {
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
        Ok(Self::of(db::operations::lock(conn, tenant, id)?))
    }

    /// Locks an operation that has its turn.
    ///
    /// # Errors
    /// [`db::Error::NotFound`].
    pub(super) fn take_turn(conn: &mut Conn, tenant: &TenantId, id: &str, now: Timestamp) -> db::Result<Self> {
        Ok(Self::of(db::operations::lock_for_turn(conn, tenant, id, now.into())?))
    }

    fn of(row: Operation) -> Self {
        Self {
            before: (row.state.clone(), row.percent),
            row,
        }
    }

    /// Whether its state is another one than it was.
    pub(super) fn has_changed(&self) -> bool {
        self.before.0 != self.row.state
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
    pub(super) fn note(&mut self, actor: &str, action: &str, now: Timestamp) -> db::Result<()> {
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
    pub(super) fn clock(&mut self, look: impl FnOnce(&mut Progress)) -> db::Result<()> {
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

    /// Lets the job have it.
    pub(super) fn begin(&mut self, now: Timestamp) -> db::Result<()> {
        let row = &mut self.row;
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
