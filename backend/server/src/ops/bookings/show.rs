//! Bookings with what people want to know about them.

use std::collections::{BTreeSet, HashMap};

use db::{
    Conn,
    booking_copies::Copy,
    bookings::Booking,
    outbox::{DEAD, HELD},
    world::Customer,
};
use domain::id::TenantId;

use super::Receipt;
use crate::ops::outbox;

/// A booking with what people want to know about it.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The row.
    pub row: Booking,
    /// What is booked.
    pub service: String,
    /// Who does it, with their names.
    pub people: Vec<(String, String)>,
    /// Which seat.
    pub seat: i32,
    /// Who comes.
    pub customer: Option<Customer>,
    /// The events that show it.
    pub copies: Vec<(Copy, Copied)>,
    /// What it was decided by.
    pub receipt: Option<Receipt>,
}

/// How far a copy is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Copied {
    /// The provider has it.
    Synced,
    /// It waits to be written.
    Pending,
    /// Changed on both sides.
    Conflict,
    /// It could not be written.
    Failed,
}

/// How far the copies are, all of them together; `None`: there are none.
pub fn copies_stand(shown: &Shown) -> Option<Copied> {
    shown.copies.iter().map(|(_, copied)| *copied).max()
}

/// Shows bookings, with one statement for each kind of thing.
///
/// # Errors
/// Those of the database.
pub fn show(conn: &mut Conn, tenant: &TenantId, rows: Vec<Booking>) -> db::Result<Vec<Shown>> {
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let seats = db::seats::of(conn, tenant, &ids)?;
    let staff: BTreeSet<&str> = seats.iter().map(|seat| seat.staff_id.as_str()).collect();
    let staff: Vec<&str> = staff.into_iter().collect();
    let names: HashMap<String, String> = db::world::people(conn, tenant, &staff)?
        .into_iter()
        .map(|one| (one.id, one.name))
        .collect();
    let services: BTreeSet<&str> = rows.iter().map(|row| row.service_id.as_str()).collect();
    let services: Vec<&str> = services.into_iter().collect();
    let services: HashMap<String, String> = db::world::service_names(conn, tenant, &services)?.into_iter().collect();
    let customers: BTreeSet<&str> = rows.iter().filter_map(|row| row.customer_id.as_deref()).collect();
    let customers: Vec<&str> = customers.into_iter().collect();
    let customers: HashMap<String, Customer> = db::world::customers(conn, tenant, &customers)?
        .into_iter()
        .map(|one| (one.id.clone(), one))
        .collect();
    let copies = db::booking_copies::of(conn, tenant, &ids)?;
    let events: Vec<&str> = copies.iter().map(|copy| copy.event_id.as_str()).collect();
    let states = outbox::states(conn, tenant, &events)?;
    let there: BTreeSet<String> = db::events::revisions(conn, tenant, &events)?
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    let mut of_booking: HashMap<String, Vec<(Copy, Copied)>> = HashMap::new();
    for copy in copies {
        let copied = match (states.conflict(&copy.event_id), states.promise(&copy.event_id)) {
            (Some(_), _) => Copied::Conflict,
            (None, Some(promise)) if [DEAD, HELD].contains(&promise.state.as_str()) => Copied::Failed,
            (None, Some(_)) => Copied::Pending,
            (None, None) if !there.contains(&copy.event_id) => Copied::Failed,
            (None, None) => Copied::Synced,
        };
        of_booking
            .entry(copy.booking_id.clone())
            .or_default()
            .push((copy, copied));
    }
    let shown = rows.into_iter().map(|row| {
        let theirs = seats.iter().filter(|seat| seat.booking_id == row.id);
        let people = theirs.clone().map(|seat| {
            let name = names.get(&seat.staff_id).cloned().unwrap_or_default();
            (seat.staff_id.clone(), name)
        });
        Shown {
            service: services.get(&row.service_id).cloned().unwrap_or_default(),
            people: people.collect(),
            seat: theirs.clone().map(|seat| seat.seat).next().unwrap_or(1),
            customer: row.customer_id.as_ref().and_then(|id| customers.get(id)).cloned(),
            copies: of_booking.remove(&row.id).unwrap_or_default(),
            receipt: serde_json::from_str(&row.receipt).ok(),
            row,
        }
    });
    Ok(shown.collect())
}
