//! What availability is decided by. One statement for each kind of thing, however many people there are.

use diesel::prelude::*;
use domain::{
    availability::{Assignment, Hours},
    catalogue::Variant,
    id::TenantId,
};

use crate::{
    Conn, Result,
    among::among,
    busy::{Busy, LONG},
    each_backend,
    schema::{
        booking_copies, booking_seats, bookings, busy, calendars, clients, closures, customers, service_staff,
        services, staff, staff_calendars,
    },
    types::{Instant, Json, Word},
};

/// What is booked, as far as booking needs it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = services)]
#[allow(missing_docs)]
pub struct Service {
    pub id: String,
    pub client_id: String,
    pub name: String,
    pub location: Option<String>,
    pub price_text: Option<String>,
    pub duration_minutes: i32,
    pub before_minutes: i32,
    pub after_minutes: i32,
    pub capacity: i32,
    pub notice_minutes: i32,
    pub horizon_days: i32,
    pub daily_limit: Option<i32>,
    pub step_minutes: i32,
    pub assignment: Word<Assignment>,
    pub variants: Json<Vec<Variant>>,
    pub archived_at: Option<Instant>,
}

/// One service with the zone of its client.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn service(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<(Service, String)> {
    Ok(services::table
        .inner_join(clients::table.on(clients::id.eq(services::client_id)))
        .filter(services::tenant_id.eq(tenant.as_str()).and(services::id.eq(id)))
        .select((Service::as_select(), clients::time_zone))
        .first(conn)?)
}

/// Somebody who can be booked.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = staff)]
#[allow(missing_docs)]
pub struct Staff {
    pub id: String,
    pub client_id: String,
    pub name: String,
    pub time_zone: String,
    pub hours: Json<Hours>,
    pub target_calendar_id: Option<String>,
}

/// Who does a service, in the order of preference.
///
/// # Errors
/// Those of the database.
pub fn staff_of(conn: &mut Conn, tenant: &TenantId, service: &str) -> Result<Vec<Staff>> {
    Ok(service_staff::table
        .inner_join(staff::table)
        .filter(service_staff::service_id.eq(service))
        .filter(staff::tenant_id.eq(tenant.as_str()).and(staff::archived_at.is_null()))
        .order((service_staff::position, staff::id))
        .select(Staff::as_select())
        .load(conn)?)
}

/// These people, by name.
///
/// # Errors
/// Those of the database.
pub fn people(conn: &mut Conn, tenant: &TenantId, ids: &[&str]) -> Result<Vec<Staff>> {
    each_backend!(conn, |c| Ok(staff::table
        .filter(staff::tenant_id.eq(tenant.as_str()).and(staff::id.eq_any(ids)))
        .order((staff::sort_key, staff::id))
        .select(Staff::as_select())
        .load(c)?))
}

/// A calendar of somebody, with what is known of it.
#[derive(Debug, Clone, Queryable)]
#[allow(missing_docs)]
pub struct Source {
    pub staff_id: String,
    pub blocks: bool,
    pub receives: bool,
    pub calendar: crate::calendars::Calendar,
}

/// The calendars of these people, also those that the provider no longer lists.
///
/// # Errors
/// Those of the database.
pub fn sources(conn: &mut Conn, tenant: &TenantId, people: &[&str]) -> Result<Vec<Source>> {
    let mut found = Vec::new();
    for chunk in people.chunks(500) {
        let rows: Vec<Source> = each_backend!(conn, |c| staff_calendars::table
            .inner_join(calendars::table)
            .filter(staff_calendars::tenant_id.eq(tenant.as_str()))
            .filter(staff_calendars::staff_id.eq_any(chunk))
            .order((staff_calendars::staff_id, staff_calendars::calendar_id))
            .select((
                staff_calendars::staff_id,
                staff_calendars::blocks,
                staff_calendars::receives,
                calendars::all_columns,
            ))
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// The occurrences in these calendars that overlap `[from, to)`, each with the booking whose copy it is.
///
/// # Errors
/// Those of the database.
pub fn busy(
    conn: &mut Conn,
    tenant: &TenantId,
    calendars: &[&str],
    from: Instant,
    to: Instant,
) -> Result<Vec<(Busy, Option<String>)>> {
    let mut found = Vec::new();
    // As in `busy::between`: what is short cannot have begun long before.
    let earliest = from.micros().saturating_sub(LONG);
    for chunk in calendars.chunks(500) {
        for long in [false, true] {
            let rows: Vec<(Busy, Option<String>)> = each_backend!(conn, |c| {
                let mut query = busy::table
                    .left_join(booking_copies::table.on(booking_copies::event_id.eq(busy::event_id)))
                    .filter(busy::tenant_id.eq(tenant.as_str()))
                    .filter(among(busy::calendar_id, chunk).and(busy::is_long.eq(long)))
                    .filter(busy::starts_at.lt(to).and(busy::ends_at.gt(from)))
                    .select((busy::all_columns, booking_copies::booking_id.nullable()))
                    .into_boxed();
                if !long {
                    query = query.filter(busy::starts_at.gt(earliest));
                }
                query.load(c)?
            });
            found.extend(rows);
        }
    }
    Ok(found)
}

/// One staff member's part in a booking that stands.
#[derive(Debug, Clone, Queryable)]
#[allow(missing_docs)]
pub struct Booked {
    pub booking_id: String,
    pub staff_id: String,
    pub service_id: String,
    pub starts_at: Instant,
    pub ends_at: Instant,
    pub occupied_from: Instant,
    pub occupied_to: Instant,
    pub seat: i32,
    pub expires_at: Option<Instant>,
}

/// The columns of [`Booked`].
macro_rules! booked {
    () => {
        (
            booking_seats::booking_id,
            booking_seats::staff_id,
            booking_seats::service_id,
            booking_seats::starts_at,
            booking_seats::ends_at,
            booking_seats::occupied_from,
            booking_seats::occupied_to,
            booking_seats::seat,
            bookings::expires_at,
        )
    };
}

/// What these people have booked that overlaps `[from, to)`, buffers included.
///
/// # Errors
/// Those of the database.
pub fn booked(conn: &mut Conn, tenant: &TenantId, people: &[&str], from: Instant, to: Instant) -> Result<Vec<Booked>> {
    let mut found = Vec::new();
    for chunk in people.chunks(500) {
        let rows: Vec<Booked> = each_backend!(conn, |c| booking_seats::table
            .inner_join(bookings::table)
            .filter(booking_seats::tenant_id.eq(tenant.as_str()))
            .filter(booking_seats::staff_id.eq_any(chunk).and(booking_seats::stands))
            .filter(
                booking_seats::occupied_to
                    .gt(from)
                    .and(booking_seats::occupied_from.lt(to))
            )
            .select(booked!())
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// What is booked of a service, by anybody, that begins in `[from, to)`.
///
/// # Errors
/// Those of the database.
pub fn booked_of_service(
    conn: &mut Conn,
    tenant: &TenantId,
    service: &str,
    from: Instant,
    to: Instant,
) -> Result<Vec<Booked>> {
    Ok(booking_seats::table
        .inner_join(bookings::table)
        .filter(booking_seats::tenant_id.eq(tenant.as_str()))
        .filter(booking_seats::service_id.eq(service).and(booking_seats::stands))
        .filter(booking_seats::starts_at.ge(from).and(booking_seats::starts_at.lt(to)))
        .select(booked!())
        .load(conn)?)
}

/// How many bookings each of these people has in `[from, to)`; who has none is not named.
///
/// # Errors
/// Those of the database.
pub fn turns(
    conn: &mut Conn,
    tenant: &TenantId,
    people: &[&str],
    from: Instant,
    to: Instant,
) -> Result<Vec<(String, i64)>> {
    each_backend!(conn, |c| Ok(booking_seats::table
        .filter(booking_seats::tenant_id.eq(tenant.as_str()))
        .filter(booking_seats::staff_id.eq_any(people).and(booking_seats::stands))
        .filter(
            booking_seats::occupied_to
                .gt(from)
                .and(booking_seats::occupied_from.lt(to))
        )
        .group_by(booking_seats::staff_id)
        .select((booking_seats::staff_id, diesel::dsl::count_star()))
        .load(c)?))
}

/// When a client is closed.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = closures)]
#[allow(missing_docs)]
pub struct Closure {
    pub name: String,
    pub first_day: Option<String>,
    pub last_day: Option<String>,
    pub starts_at: Option<Instant>,
    pub ends_at: Option<Instant>,
}

/// The closures of a client that may overlap `[from, to)`; days lie where the client's clock was when they were written,
/// so leave room.
///
/// # Errors
/// Those of the database.
pub fn closed(conn: &mut Conn, tenant: &TenantId, client: &str, from: Instant, to: Instant) -> Result<Vec<Closure>> {
    Ok(closures::table
        .filter(
            closures::tenant_id
                .eq(tenant.as_str())
                .and(closures::client_id.eq(client)),
        )
        .filter(closures::sort_to.gt(from).and(closures::sort_from.lt(to)))
        .select(Closure::as_select())
        .load(conn)?)
}

/// Who comes, as far as booking needs it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = customers)]
#[allow(missing_docs)]
pub struct Customer {
    pub id: String,
    pub client_id: String,
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
}

/// These customers.
///
/// # Errors
/// Those of the database.
pub fn customers(conn: &mut Conn, tenant: &TenantId, ids: &[&str]) -> Result<Vec<Customer>> {
    let mut found = Vec::new();
    for chunk in ids.chunks(500) {
        let rows: Vec<Customer> = each_backend!(conn, |c| customers::table
            .filter(
                customers::tenant_id
                    .eq(tenant.as_str())
                    .and(customers::id.eq_any(chunk))
            )
            .select(Customer::as_select())
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// Names of services.
///
/// # Errors
/// Those of the database.
pub fn service_names(conn: &mut Conn, tenant: &TenantId, ids: &[&str]) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for chunk in ids.chunks(500) {
        let rows: Vec<(String, String)> = each_backend!(conn, |c| services::table
            .filter(services::tenant_id.eq(tenant.as_str()).and(services::id.eq_any(chunk)))
            .select((services::id, services::name))
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}
