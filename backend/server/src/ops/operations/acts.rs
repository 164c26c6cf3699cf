//! What people do to an operation: say yes, stop it, go on, leave the rest out, try again.

use db::{
    Conn, operation_items as items,
    operations::{CANCELLED, DONE, Operation, PAUSED, PLANNED, PLANNING, RUNNING},
};
use domain::{id::TenantId, stacking::plan::Summary};
use jiff::Timestamp;

use super::{Error, Held, held::tell, summary};

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
    /// See [`super::undo::ask`].
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
    let (places, count, why) = match calendars.as_slice() {
        // Few of each of very many calendars.
        [] if summary.deletes_very_many() => (summary.calendars.len(), summary.counts.delete, "very many"),
        [] => return None,
        some => (
            some.len(),
            some.iter().map(deleted).sum(),
            "most of what is there or very many",
        ),
    };
    let places = match places {
        1 => "one calendar".to_owned(),
        many => format!("{many} calendars"),
    };
    Some(format!("{count} events of {places} would be deleted, which is {why}."))
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
    undoes(conn, tenant, &held.row, now)?;
    held.begin(now)?;
    held.row.started_at = Some(now.into());
    held.note(actor, "applied", now)?;
    Ok(held.save(conn, now)?)
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
    gives_up(conn, tenant, &held.row, now)?;
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
    undoes(conn, tenant, &held.row, now)?;
    items::all_become(conn, id, items::FAILED, items::PLANNED)?;
    held.row.failed = 0;
    held.begin(now)?;
    held.note(actor, "retried", now)?;
    Ok(held.save(conn, now)?)
}

/// If it is an undo: nobody else undoes the same operation.
fn undoes(conn: &mut Conn, tenant: &TenantId, row: &Operation, now: Timestamp) -> Result<(), Error> {
    let Some(undone) = &row.undo_of else { return Ok(()) };
    let mut other = Held::lock(conn, tenant, undone)?;
    match other.row.undone_by.as_deref() {
        Some(by) if by == row.id => return Ok(()),
        Some(_) => return Err(Error::State("The operation is undone already.")),
        None => other.row.undone_by = Some(row.id.clone()),
    }
    db::operations::save(conn, &other.row)?;
    Ok(tell(conn, &other.row, "updated", now)?)
}

/// If it is an undo: what it did not do may be asked for again.
pub(super) fn gives_up(conn: &mut Conn, tenant: &TenantId, row: &Operation, now: Timestamp) -> db::Result<()> {
    let Some(undone) = &row.undo_of else { return Ok(()) };
    let mut other = match Held::lock(conn, tenant, undone) {
        Ok(other) => other,
        // Forgotten meanwhile.
        Err(db::Error::NotFound) => return Ok(()),
        Err(error) => return Err(error),
    };
    if other.row.undone_by.as_ref() != Some(&row.id) {
        return Ok(());
    }
    other.row.undone_by = None;
    db::operations::save(conn, &other.row)?;
    tell(conn, &other.row, "updated", now)
}
