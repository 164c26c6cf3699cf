//! The way back: asked for like any other operation, planned from what was done, looked at and applied.

use db::{Conn, operation_items::Item as Row, operations::Operation};
use domain::{
    event::Notify,
    id::TenantId,
    stacking::{Done, Existing, Undo, undo},
};
use jiff::Timestamp;

use super::{
    Error, New, Source,
    body::{self, Told},
    can, create,
};

/// Asks for the plan that undoes an operation.
///
/// # Errors
/// [`Error`].
pub fn ask(conn: &mut Conn, tenant: &TenantId, actor: &str, id: &str, now: Timestamp) -> Result<Operation, Error> {
    let row = db::operations::get(conn, tenant, id)?;
    if !can(&row).undo {
        return Err(Error::State(
            "Only an operation that has ended, has done something and is not undone yet can be undone.",
        ));
    }
    let new = New {
        kind: "undo",
        title: format!("Undo: {}", row.title),
        source: Source::Undo {
            operation: id.to_owned(),
        },
        notify: Notify::parse(&row.notify).unwrap_or_default(),
        allow_duplicates: true,
        undo_of: Some(id.to_owned()),
    };
    Ok(create(conn, tenant, actor, new, now)?)
}

/// The way back of one line that was done; `None`: nothing was. `now`: the event as it is.
///
/// # Errors
/// A fault of ours.
pub fn way_back(row: &Row, now: Option<&Existing>, seed: &str) -> db::Result<Option<(Undo, Vec<Told>)>> {
    let (Some(item), Some(event)) = (body::read(row)?.item, &row.event_id) else {
        return Ok(None);
    };
    let back = undo(&Done { item: &item, event }, now, seed);
    let told = back
        .left
        .iter()
        .map(|left| Told::row(item.line, left.code(), left.text()))
        .collect();
    Ok(Some((back, told)))
}
