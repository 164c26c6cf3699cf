//! Applying: a batch of lines in one transaction, each with its promise to the provider and what became of it.

use std::collections::{BTreeSet, HashMap};

use db::{
    Conn,
    operation_items::{self as items, FAILED, MOVING, Outcome, PLANNED, WRITTEN},
    operations::RUNNING,
};
use domain::{event::Notify, id::TenantId};
use jiff::Timestamp;

use super::{
    Held, body,
    desk::{Desk, Refusal, Went},
    moves::from,
};
use crate::ops::changes::Naming;

/// Lines written in one transaction: others write in between.
const BATCH: i64 = 25;

/// Lines of one operation that may be on their way to one calendar: so pausing means something, and a calendar whose
/// provider is away does not keep the others waiting.
const AHEAD: i64 = 100;

/// Lines of one calendar in a batch, at least: each lane that a batch touches is locked.
const SHARE: i64 = 5;

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
    /// Whether people see a difference.
    pub shows: bool,
}

/// Gives an operation its turn: writes the next lines; before, if `look`, it finds out what the provider has by now.
///
/// # Errors
/// [`Stop`].
pub fn turn(
    conn: &mut Conn,
    tenant: &TenantId,
    id: &str,
    naming: Naming,
    (now, look): (Timestamp, bool),
) -> Result<Turn, Stop> {
    let mut held = Held::take_turn(conn, tenant, id, now)?;
    let notify = Notify::parse(&held.row.notify).unwrap_or_default();
    let mut desk = Desk::new(tenant, notify, naming, now);
    let settled = match look {
        true => super::settle::settle(conn, &mut desk, &mut held)?,
        false => 0,
    };
    let written = match held.row.state.as_str() {
        RUNNING => write(conn, &mut desk, &mut held)?,
        _ => 0,
    };
    let moved = settled + written > 0;
    if moved {
        held.sample(now)?;
    }
    held.end(now)?;
    let shows = moved || held.has_changed();
    if held.has_changed() && held.row.done == 0 {
        super::acts::gives_up(conn, tenant, &held.row, now)?;
    }
    // While a provider is away it has many turns in which nothing happens.
    if shows {
        held.save(conn, now)?;
    }
    crate::fault::point("operations.in_turn");
    Ok(Turn {
        written,
        settled,
        shows,
    })
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
    if !on_its_way && row.state != PLANNED {
        // Somebody else stumbled over it at the same time, or it was left out since.
        return Ok(());
    }
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

/// The next lines: some of each calendar that has little on its way, the one with the least first. What is asked for grows
/// with the number of calendars, not with that of lines.
fn next(conn: &mut Conn, operation: &str) -> db::Result<Vec<items::Item>> {
    let load: HashMap<String, i64> = items::load(conn, operation)?
        .into_iter()
        .filter_map(|(calendar, count)| Some((calendar?, count)))
        .collect();
    let mut open: Vec<(i64, String)> = items::places(conn, operation)?
        .into_iter()
        .map(|place| (load.get(&place).copied().unwrap_or(0), place))
        .filter(|(count, _)| *count < AHEAD)
        .collect();
    open.sort_unstable();
    let share = (BATCH / i64::try_from(open.len()).unwrap_or(BATCH).max(1)).max(SHARE);
    let mut rows = Vec::new();
    for (count, place) in open {
        let free = BATCH - i64::try_from(rows.len()).unwrap_or(BATCH);
        if free <= 0 {
            break;
        }
        rows.extend(items::next(
            conn,
            operation,
            &place,
            share.min(free).min(AHEAD - count),
        )?);
    }
    Ok(rows)
}

fn write(conn: &mut Conn, desk: &mut Desk<'_>, held: &mut Held) -> Result<usize, Stop> {
    let rows = next(conn, &held.row.id)?;
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
        let (went, step) = match &item {
            Some(item) => desk.again(conn, &row, item)?,
            None => {
                let detail = "the line says nothing that could be done";
                (Went::Refused(Refusal::new("nothing_to_do", detail)), WRITTEN)
            }
        };
        desk.record(conn, held, &row, went, step)?;
        crate::fault::point("operations.in_batch");
    }
    Ok(count)
}
