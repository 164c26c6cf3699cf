//! Whose time a booking takes. That no two that stand overlap is kept by the database itself, whoever writes:
//! [`Error::Taken`](crate::Error::Taken).

use std::collections::BTreeSet;

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{
    Conn, Error, Result, each_backend,
    schema::{booking_seats, services, staff},
    types::Instant,
};

/// One staff member's part in a booking.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = booking_seats)]
pub struct Seat {
    /// The booking.
    pub booking_id: String,
    /// Who does it.
    pub staff_id: String,
    /// Whose.
    pub tenant_id: String,
    /// What is booked.
    pub service_id: String,
    /// When the customer comes.
    pub starts_at: Instant,
    /// When the customer goes.
    pub ends_at: Instant,
    /// The same with the buffer before,
    pub occupied_from: Instant,
    /// and the one after.
    pub occupied_to: Instant,
    /// The same for all who may sit together: service, start and end.
    pub session_key: String,
    /// Which seat; the first is 1.
    pub seat: i32,
    /// Of how many.
    pub seats: i32,
    /// Whether it takes time.
    pub stands: bool,
}

/// What a booking takes, whoever does it.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// The booking.
    pub booking: &'a str,
    /// What is booked.
    pub service: &'a str,
    /// From, to.
    pub span: (Instant, Instant),
    /// The same with buffers.
    pub occupied: (Instant, Instant),
    /// How many may sit together.
    pub seats: i32,
}

impl Part<'_> {
    /// See [`Seat::session_key`].
    pub fn session_key(&self) -> String {
        format!("{}|{}|{}", self.service, self.span.0.micros(), self.span.1.micros())
    }
}

/// Everybody else who books the service or one of these people waits for the end of this transaction. Call it before
/// reading what they have. SQLite has one writer anyway.
///
/// # Errors
/// Those of the database.
pub fn lock(conn: &mut Conn, tenant: &TenantId, service: &str, people: &[&str]) -> Result<()> {
    let Conn::Postgres(c) = conn else { return Ok(()) };
    services::table
        .filter(services::id.eq(service).and(services::tenant_id.eq(tenant.as_str())))
        .select(services::id)
        .for_no_key_update()
        .load::<String>(c)?;
    // In one order, so that nobody waits in a circle.
    staff::table
        .filter(staff::id.eq_any(people).and(staff::tenant_id.eq(tenant.as_str())))
        .order(staff::id)
        .select(staff::id)
        .for_no_key_update()
        .load::<String>(c)?;
    Ok(())
}

/// Takes the lowest seat that is free with all of these people. Gives its number.
///
/// # Errors
/// [`Error::Taken`]: the session is full, or somebody's time is taken by something else.
pub fn take(conn: &mut Conn, tenant: &TenantId, part: &Part<'_>, people: &[&str]) -> Result<i32> {
    let session_key = part.session_key();
    let taken: BTreeSet<i32> = each_backend!(conn, |c| booking_seats::table
        .filter(booking_seats::staff_id.eq_any(people))
        .filter(booking_seats::session_key.eq(&session_key).and(booking_seats::stands))
        .select(booking_seats::seat)
        .load::<i32>(c))?
    .into_iter()
    .collect();
    let seat = (1..=part.seats)
        .find(|seat| !taken.contains(seat))
        .ok_or(Error::Taken)?;
    for staff in people {
        let row = Seat {
            booking_id: part.booking.to_owned(),
            staff_id: (*staff).to_owned(),
            tenant_id: tenant.as_str().to_owned(),
            service_id: part.service.to_owned(),
            starts_at: part.span.0,
            ends_at: part.span.1,
            occupied_from: part.occupied.0,
            occupied_to: part.occupied.1,
            session_key: session_key.clone(),
            seat,
            seats: part.seats,
            stands: true,
        };
        diesel::insert_into(booking_seats::table).values(&row).execute(conn)?;
    }
    Ok(seat)
}

/// Writes down who did what is over. It takes no time: two who were booked at once elsewhere were so.
///
/// # Errors
/// Those of the database.
pub fn remember(conn: &mut Conn, tenant: &TenantId, part: &Part<'_>, people: &[&str]) -> Result<()> {
    for staff in people {
        let row = Seat {
            booking_id: part.booking.to_owned(),
            staff_id: (*staff).to_owned(),
            tenant_id: tenant.as_str().to_owned(),
            service_id: part.service.to_owned(),
            starts_at: part.span.0,
            ends_at: part.span.1,
            occupied_from: part.occupied.0,
            occupied_to: part.occupied.1,
            session_key: part.session_key(),
            seat: 1,
            seats: part.seats,
            stands: false,
        };
        diesel::insert_into(booking_seats::table).values(&row).execute(conn)?;
    }
    Ok(())
}

/// Gives the time of a booking back, for good: it is taken anew elsewhere.
///
/// # Errors
/// Those of the database.
pub fn leave(conn: &mut Conn, tenant: &TenantId, booking: &str) -> Result<()> {
    diesel::delete(
        booking_seats::table.filter(
            booking_seats::booking_id
                .eq(booking)
                .and(booking_seats::tenant_id.eq(tenant.as_str())),
        ),
    )
    .execute(conn)?;
    Ok(())
}

/// The booking takes no time any more, and who would have done it is still known.
///
/// # Errors
/// Those of the database.
pub fn fall(conn: &mut Conn, tenant: &TenantId, booking: &str) -> Result<()> {
    diesel::update(
        booking_seats::table.filter(
            booking_seats::booking_id
                .eq(booking)
                .and(booking_seats::tenant_id.eq(tenant.as_str())),
        ),
    )
    .set(booking_seats::stands.eq(false))
    .execute(conn)?;
    Ok(())
}

/// Who does these bookings, and where they sit; by booking and person.
///
/// # Errors
/// Those of the database.
pub fn of(conn: &mut Conn, tenant: &TenantId, bookings: &[&str]) -> Result<Vec<Seat>> {
    let mut found = Vec::new();
    for chunk in bookings.chunks(500) {
        let rows: Vec<Seat> = each_backend!(conn, |c| booking_seats::table
            .filter(booking_seats::tenant_id.eq(tenant.as_str()))
            .filter(booking_seats::booking_id.eq_any(chunk))
            .order((booking_seats::booking_id, booking_seats::staff_id))
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}
