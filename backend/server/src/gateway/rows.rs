//! Brings a batch of events into the mirror, inside the caller's transaction.
//!
//! A row's revision counts what people can see; a pull that brings nothing new leaves it alone, so that the ETags our
//! callers hold stay good.

use std::collections::{BTreeSet, HashMap};

use db::{Conn, events::NewRow, malformed, mirror, types::Instant};
use jiff::Timestamp;
use providers::{Batch, Malformed};
use uuid::Uuid;

use super::remote::{self, Place};
use crate::ops::feed::{Happened, Origin};

/// A batch ready to be written: everything that needs no database is done.
#[derive(Debug, Default)]
pub struct Ready {
    rows: Vec<NewRow>,
    removed: Vec<String>,
    complete: Vec<String>,
    malformed: Vec<Malformed>,
}

/// Makes rows of a batch. Where it names an event twice, the last one counts.
pub fn ready(place: &Place, batch: Batch) -> Ready {
    let mut rows: Vec<NewRow> = Vec::with_capacity(batch.upserts.len());
    let mut at: HashMap<String, usize> = HashMap::with_capacity(batch.upserts.len());
    let mut malformed = batch.malformed;
    for event in batch.upserts {
        let (remote_id, raw) = (event.remote_id.clone(), event.raw.clone());
        match remote::row(place, event) {
            Ok(row) => match at.get(&remote_id) {
                Some(index) => rows[*index] = row,
                None => {
                    at.insert(remote_id, rows.len());
                    rows.push(row);
                }
            },
            Err(reason) => malformed.push(Malformed { remote_id, reason, raw }),
        }
    }
    Ready {
        rows,
        removed: batch.removed,
        complete: batch.complete_series,
        malformed,
    }
}

/// When and in which round a batch is written.
#[derive(Debug, Clone, Copy)]
pub struct Stamp {
    /// The calendar's round.
    pub round: i64,
    /// Now.
    pub now: Timestamp,
    /// Whether what stands there may be newer: a page of a pull may have been read before a write of ours.
    pub pulled: bool,
}

/// Writes it, and tells those who follow along.
///
/// # Errors
/// Those of the database.
pub fn apply(conn: &mut Conn, place: &Place, ready: Ready, stamp: Stamp) -> db::Result<()> {
    let mut happened = happened(place, stamp);
    write(conn, place, ready, stamp, &mut happened)?;
    happened.finish(conn)?;
    Ok(())
}

/// Nothing yet.
pub fn happened(place: &Place, stamp: Stamp) -> Happened {
    let origin = if stamp.pulled { Origin::Provider } else { Origin::Ours };
    Happened::new(&place.tenant, &place.client, &place.calendar, origin, stamp.now)
}

/// Writes it. What happened is told by whoever asked, at the end of the transaction.
///
/// # Errors
/// Those of the database.
pub fn write(conn: &mut Conn, place: &Place, ready: Ready, stamp: Stamp, happened: &mut Happened) -> db::Result<()> {
    let Ready {
        mut rows,
        removed,
        complete,
        malformed,
    } = ready;
    let calendar = place.calendar.as_str();
    let mut wanted: BTreeSet<&str> = rows.iter().map(|row| row.remote_id.as_str()).collect();
    wanted.extend(rows.iter().filter_map(|row| row.series_remote_id.as_deref()));
    let wanted: Vec<&str> = wanted.into_iter().collect();
    let known: HashMap<String, mirror::Known> = mirror::known(conn, calendar, &wanted)?
        .into_iter()
        .map(|known| (known.remote_id.clone(), known))
        .collect();
    name(conn, &mut rows, &known)?;
    tie(&mut rows, &known);

    let (mut new, mut same, mut masters) = (Vec::new(), Vec::new(), Vec::new());
    let here: BTreeSet<String> = rows.iter().map(|row| row.remote_id.clone()).collect();
    for mut row in rows {
        row.round = stamp.round;
        let Some(before) = known.get(&row.remote_id) else {
            row.created_at = stamp.now.into();
            row.updated_at = stamp.now.into();
            if row.series_remote_id.is_none() {
                masters.push((row.remote_id.clone(), row.id.clone()));
            }
            happened.created(&row);
            new.push(row);
            continue;
        };
        if stamp.pulled && older(&row, before) {
            same.push(before.id.as_str());
            continue;
        }
        let visible = row.content != before.content
            || row.original_start != before.original_start
            || row.html_link != before.html_link
            || row.series_id != before.series_id;
        if !visible && row.etag == before.etag && row.starts_at == before.starts_at && row.ends_at == before.ends_at {
            same.push(before.id.as_str());
            continue;
        }
        row.revision = before.revision + i64::from(visible);
        row.created_at = before.created_at;
        row.updated_at = if visible { stamp.now.into() } else { before.updated_at };
        mirror::replace(conn, &row)?;
        if visible {
            happened.updated(&row);
        }
    }
    mirror::insert(conn, &new)?;
    mirror::seen(conn, &same, stamp.round)?;
    for (remote_id, id) in &masters {
        mirror::adopt(conn, calendar, remote_id, id)?;
    }
    gone(conn, calendar, &removed, &complete, &here, happened)?;
    set_aside(conn, place, &here, &removed, &malformed, stamp, happened)
}

/// Rows keep the identifier they have; a new one may not take one that another row holds (an event that was moved away
/// took its own along).
fn name(conn: &mut Conn, rows: &mut [NewRow], known: &HashMap<String, mirror::Known>) -> db::Result<()> {
    let new: Vec<String> = rows
        .iter()
        .filter(|row| !known.contains_key(&row.remote_id))
        .map(|row| row.id.clone())
        .collect();
    let taken: BTreeSet<String> = mirror::taken(conn, &new)?.into_iter().collect();
    for row in rows {
        match known.get(&row.remote_id) {
            Some(before) => row.id.clone_from(&before.id),
            None if taken.contains(&row.id) => row.id = domain::id::Kind::Event.id(Uuid::now_v7()),
            None => {}
        }
    }
    Ok(())
}

/// Ties overrides to the row of their series.
fn tie(rows: &mut [NewRow], known: &HashMap<String, mirror::Known>) {
    let here: HashMap<String, String> = rows
        .iter()
        .filter(|row| row.series_remote_id.is_none())
        .map(|row| (row.remote_id.clone(), row.id.clone()))
        .collect();
    for row in rows {
        if let Some(series) = &row.series_remote_id {
            row.series_id = here
                .get(series)
                .cloned()
                .or_else(|| known.get(series).map(|known| known.id.clone()));
        }
    }
}

/// Whether the provider's own clock says that what we hold is newer.
fn older(row: &NewRow, before: &mirror::Known) -> bool {
    matches!((row.remote_updated_at, before.remote_updated_at), (Some(this), Some(that)) if this < that)
}

fn gone(
    conn: &mut Conn,
    calendar: &str,
    removed: &[String],
    complete: &[String],
    here: &BTreeSet<String>,
    happened: &mut Happened,
) -> db::Result<()> {
    let mut gone: Vec<String> = removed.to_vec();
    for series in complete {
        gone.extend(
            mirror::overrides_of(conn, calendar, series)?
                .into_iter()
                .filter(|id| !here.contains(id)),
        );
    }
    let gone: Vec<&str> = gone.iter().map(String::as_str).collect();
    happened.removing(conn, &gone)?;
    mirror::remove(conn, calendar, &gone)
}

/// What cannot be read is kept with its reason, and its former row goes: it is no longer true.
fn set_aside(
    conn: &mut Conn,
    place: &Place,
    here: &BTreeSet<String>,
    removed: &[String],
    found: &[Malformed],
    stamp: Stamp,
    happened: &mut Happened,
) -> db::Result<()> {
    let readable: Vec<&str> = here.iter().chain(removed).map(String::as_str).collect();
    malformed::remove(conn, &place.calendar, &readable)?;
    for one in found {
        happened.removing(conn, &[one.remote_id.as_str()])?;
        mirror::remove(conn, &place.calendar, &[one.remote_id.as_str()])?;
        let row = malformed::Malformed {
            calendar_id: place.calendar.clone(),
            remote_id: one.remote_id.clone(),
            tenant_id: place.tenant.clone(),
            reason: one.reason.replace('\0', ""),
            raw: one.raw.replace('\0', ""),
            round: stamp.round,
            seen_at: Instant::from(stamp.now),
        };
        malformed::put(conn, &row)?;
    }
    Ok(())
}
