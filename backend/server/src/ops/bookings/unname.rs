//! Bookings of somebody who is forgotten.

use db::{Conn, bookings::Booking};

use super::{Desk, Error, copies, tell};
use crate::ops::messages;

/// These bookings, which are locked, name nobody any more, and their events neither. Nothing is added to their history, so
/// that what was done last can still be taken back.
///
/// # Errors
/// Those of the database.
pub fn unname(conn: &mut Conn, desk: &Desk, seen: &[Booking]) -> Result<(), Error> {
    let nameless = |row: &Booking| Booking {
        customer_id: None,
        revision: row.revision + 1,
        updated_at: desk.now.into(),
        ..row.clone()
    };
    let rows: Vec<Booking> = seen.iter().map(nameless).collect();
    for row in &rows {
        db::bookings::update(conn, &desk.tenant, row)?;
    }
    copies::unname(conn, desk, &rows, seen)?;
    for (row, before) in rows.iter().zip(seen) {
        messages::of_change(conn, desk, row, before)?;
    }
    tell(conn, desk, &rows.iter().collect::<Vec<_>>(), "updated")
}
