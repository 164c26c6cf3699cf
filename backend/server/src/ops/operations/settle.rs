//! Which lines the provider has: a line is done when its promise is kept, and failed when it cannot be.

use std::collections::{HashMap, HashSet};

use db::{
    Conn,
    operation_items::{self as items, FAILED, Item as Row, MOVING, Outcome, WRITTEN},
    outbox::{DEAD, DONE, HELD, Promise},
};
use domain::{
    id::EventRef,
    stacking::plan::{Change, Item},
};

use super::{Held, apply::Stop, body, desk::Desk, moves::leave};

/// Lines looked at together.
const PAGE: i64 = 500;

/// Looks at the lines that are on their way. Gives how many of them are not any more.
///
/// # Errors
/// [`Stop`].
pub(super) fn settle(conn: &mut Conn, desk: &mut Desk<'_>, held: &mut Held) -> Result<usize, Stop> {
    if held.row.written == 0 {
        return Ok(0);
    }
    let mut settled = 0;
    for state in [WRITTEN, MOVING] {
        let mut after = 0;
        loop {
            let rows = items::on_the_way(conn, &held.row.id, state, after, PAGE)?;
            let Some(last) = rows.last() else { break };
            after = last.seq;
            settled += page(conn, desk, held, &rows)?;
        }
    }
    Ok(settled)
}

/// What became of a line.
enum Fate {
    /// The provider has what it says.
    There,
    /// It is on its way; why it waits, if something is known.
    Waits(Option<(String, String)>),
    /// It did not work.
    Failed(String, String),
}

fn page(conn: &mut Conn, desk: &mut Desk<'_>, held: &mut Held, rows: &[Row]) -> Result<usize, Stop> {
    let watched: Vec<&str> = rows.iter().filter_map(|row| row.watch.as_deref()).collect();
    let promises: HashMap<String, Promise> = db::outbox::about_some(conn, &watched)?
        .into_iter()
        .map(|promise| (promise.event_id.clone(), promise))
        .collect();
    let gone: Vec<String> = watched
        .iter()
        .filter(|id| !promises.contains_key(**id))
        .map(|id| (*id).to_owned())
        .collect();
    let there: HashSet<String> = db::mirror::taken(conn, &gone)?.into_iter().collect();
    let since = rows.iter().filter_map(|row| row.written_at).min();
    let lost: HashMap<String, String> = match since {
        Some(since) => db::conflicts::lost_since(conn, desk.tenant, &watched, since)?
            .into_iter()
            .collect(),
        None => HashMap::new(),
    };
    let (mut done, mut settled) = (Vec::new(), 0);
    for row in rows {
        let item = body::read(row)?.item;
        let watch = row.watch.as_deref().unwrap_or_default();
        let fate = match promises.get(watch) {
            Some(promise) => under_way(conn, promise)?,
            None => kept(row, item.as_deref(), there.contains(watch), lost.get(watch)),
        };
        match fate {
            Fate::Waits(why) => {
                let (code, detail) = why.unzip();
                if detail != row.error_detail {
                    let outcome = outcome(row, &row.state, (code, detail));
                    items::record(conn, &held.row.id, row.seq, &outcome)?;
                }
                continue;
            }
            Fate::There => match item.as_deref().map(|item| &item.change) {
                Some(Change::Move { before, .. }) if row.state != MOVING => {
                    held.row.written -= 1;
                    leave(conn, desk, held, row, before)?;
                }
                _ => {
                    held.row.written -= 1;
                    held.row.done += 1;
                    match row.error_detail {
                        // It has waited.
                        Some(_) => {
                            let outcome = outcome(row, items::DONE, (None, None));
                            items::record(conn, &held.row.id, row.seq, &outcome)?;
                        }
                        None => done.push(row.seq),
                    }
                }
            },
            Fate::Failed(code, detail) => {
                held.row.written -= 1;
                held.row.failed += 1;
                let outcome = outcome(row, FAILED, (Some(code), Some(detail)));
                items::record(conn, &held.row.id, row.seq, &outcome)?;
            }
        }
        settled += 1;
    }
    items::done(conn, &held.row.id, &done)?;
    Ok(settled)
}

fn outcome(row: &Row, state: &str, (code, detail): (Option<String>, Option<String>)) -> Outcome {
    Outcome {
        state: state.to_owned(),
        event_id: row.event_id.clone(),
        watch: row.watch.clone(),
        error_code: code,
        error_detail: detail,
        written_at: row.written_at,
    }
}

/// A promise that is not kept yet.
fn under_way(conn: &mut Conn, promise: &Promise) -> db::Result<Fate> {
    let dead = match promise.state.as_str() {
        DEAD => Some(promise.clone()),
        // Another part of the same change needs a person.
        HELD | DONE => db::outbox::group(conn, &promise.group_id)?
            .into_iter()
            .find(|one| one.state == DEAD),
        _ => None,
    };
    let told = |promise: &Promise| {
        let code = promise.error_code.clone()?;
        Some((code, promise.error_detail.clone().unwrap_or_default()))
    };
    Ok(match dead {
        Some(dead) => {
            let (code, detail) =
                told(&dead).unwrap_or_else(|| ("refused".to_owned(), "the provider refused".to_owned()));
            Fate::Failed(code, detail)
        }
        None => Fate::Waits(told(promise)),
    })
}

/// A promise that is not there any more: kept, taken back by a person, or met by somebody else's change.
fn kept(row: &Row, item: Option<&Item>, is_there: bool, lost: Option<&String>) -> Fate {
    let failed = |code: &str, detail: &str| Fate::Failed(code.to_owned(), detail.to_owned());
    let removes = match item.map(|item| &item.change) {
        Some(Change::Delete { before }) => Some(&before.id),
        Some(Change::Move { before, .. }) if row.state == MOVING => Some(&before.id),
        _ => None,
    };
    if lost.is_some() {
        return failed(
            "conflict",
            "somebody changed the event at the provider at the same time; see Conflicts for both versions",
        );
    }
    match (removes, is_there) {
        // An occurrence is taken out of its series by a row that says so.
        (Some(name), true) if EventRef::parse(name).is_some_and(|name| name.key.is_none()) => {
            failed("taken_back", "the deletion was taken back before the provider had it")
        }
        (None, false) => failed(
            "taken_back",
            "the event was deleted, or the change taken back, before the provider had it",
        ),
        _ => Fate::There,
    }
}
