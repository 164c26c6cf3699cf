//! Bookings: who comes for what and when. Whose time they take is in [`crate::seats`].

use std::collections::BTreeSet;

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{
    Conn, Error, Result,
    clients::like,
    each_backend,
    page::{Keyset, Slice},
    schema::{booking_seats, bookings, customers, services},
    types::Instant,
};

/// Keeps its time for somebody who is still deciding.
pub const HELD: &str = "held";
/// Waits for somebody of the business.
pub const PENDING: &str = "pending";
/// Will happen.
pub const CONFIRMED: &str = "confirmed";
/// Has happened.
pub const COMPLETED: &str = "completed";
/// Nobody came.
pub const NO_SHOW: &str = "no_show";
/// Will not happen.
pub const CANCELLED: &str = "cancelled";
/// A hold that nobody confirmed in time.
pub const EXPIRED: &str = "expired";

/// No booking is longer, in microseconds: seven days.
pub const LONGEST: i64 = 7 * 24 * 3_600_000_000;

/// A booking.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = bookings, treat_none_as_null = true)]
pub struct Booking {
    /// `bkg_…`
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// With which client.
    pub client_id: String,
    /// What is booked.
    pub service_id: String,
    /// Which variant of it.
    pub variant: Option<String>,
    /// Who comes.
    pub customer_id: Option<String>,
    /// [`HELD`], [`PENDING`], …
    pub status: String,
    /// When the customer comes.
    pub starts_at: Instant,
    /// When the customer goes.
    pub ends_at: Instant,
    /// A hold: forgotten from this moment on.
    pub expires_at: Option<Instant>,
    /// Accepted although a source was not known.
    pub is_flagged: bool,
    /// Written into the event.
    pub notes_shared: Option<String>,
    /// Never leaves us.
    pub notes_private: Option<String>,
    /// For people.
    pub price_text: Option<String>,
    /// `api`, `app`, `agent`, …
    pub origin: String,
    /// The caller's own key; unique within the client.
    pub external_id: Option<String>,
    /// Bookings that were made together.
    pub series_id: Option<String>,
    /// The event in the target calendar of its first staff member.
    pub calendar_event_id: Option<String>,
    /// What it was decided by.
    pub receipt: String,
    /// When it was cancelled.
    pub cancelled_at: Option<Instant>,
    /// Why.
    pub cancel_reason: Option<String>,
    /// SHA-256 of the customer's own link.
    pub link_hash: Option<String>,
    /// The link itself, sealed.
    pub link_sealed: Option<String>,
    /// Counts changes; the ETag.
    pub revision: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// When to look again at one that was accepted although a source was not known; `None`: it is known by now, or a person
    /// was asked.
    pub look_at: Option<Instant>,
}

/// Stores a new booking.
///
/// # Errors
/// [`Error::Conflict`] when the client has one with this external id.
pub fn insert(conn: &mut Conn, row: &Booking) -> Result<()> {
    diesel::insert_into(bookings::table).values(row).execute(conn)?;
    Ok(())
}

/// One booking.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Booking> {
    Ok(bookings::table
        .filter(bookings::tenant_id.eq(tenant.as_str()).and(bookings::id.eq(id)))
        .first(conn)?)
}

/// Locks the booking for this transaction by counting its revision up.
///
/// # Errors
/// [`Error::NotFound`].
pub fn lock(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Booking> {
    Ok(
        diesel::update(bookings::table.filter(bookings::tenant_id.eq(tenant.as_str()).and(bookings::id.eq(id))))
            .set(bookings::revision.eq(bookings::revision + 1))
            .returning(bookings::all_columns)
            .get_result(conn)?,
    )
}

/// Writes a booking that was locked.
///
/// # Errors
/// Those of the database.
pub fn update(conn: &mut Conn, tenant: &TenantId, row: &Booking) -> Result<()> {
    diesel::update(bookings::table.filter(bookings::tenant_id.eq(tenant.as_str()).and(bookings::id.eq(&row.id))))
        .set(row)
        .execute(conn)?;
    Ok(())
}

/// The booking that carries the caller's own key.
///
/// # Errors
/// [`Error::NotFound`].
pub fn by_external_id(conn: &mut Conn, tenant: &TenantId, client: &str, key: &str) -> Result<Booking> {
    Ok(bookings::table
        .filter(
            bookings::tenant_id
                .eq(tenant.as_str())
                .and(bookings::client_id.eq(client)),
        )
        .filter(bookings::external_id.eq(key))
        .first(conn)?)
}

/// The booking that a customer's own link names, whosever it is: the link is the proof.
///
/// # Errors
/// [`Error::NotFound`].
pub fn by_link(conn: &mut Conn, hash: &str) -> Result<Booking> {
    Ok(bookings::table.filter(bookings::link_hash.eq(hash)).first(conn)?)
}

/// Those that were made together, by start.
///
/// # Errors
/// Those of the database.
pub fn of_series(conn: &mut Conn, tenant: &TenantId, series: &str) -> Result<Vec<Booking>> {
    Ok(bookings::table
        .filter(
            bookings::tenant_id
                .eq(tenant.as_str())
                .and(bookings::series_id.eq(series)),
        )
        .order((bookings::starts_at, bookings::id))
        .load(conn)?)
}

/// Some bookings of a customer, in the order in which they are locked: until the end of the transaction they stay so.
///
/// # Errors
/// Those of the database.
pub fn lock_of_customer(conn: &mut Conn, tenant: &TenantId, customer: &str, limit: i64) -> Result<Vec<Booking>> {
    let theirs = bookings::table
        .filter(bookings::customer_id.eq(customer))
        .filter(bookings::tenant_id.eq(tenant.as_str()))
        .order(bookings::id)
        .limit(limit);
    Ok(match conn {
        Conn::Postgres(c) => theirs.for_update().load(c)?,
        Conn::Sqlite(c) => theirs.load(c)?,
    })
}

/// Which bookings are meant.
#[derive(Debug, Clone, Default)]
pub struct Filter<'a> {
    /// With one client.
    pub client: Option<&'a str>,
    /// With one staff member.
    pub staff: Option<&'a str>,
    /// Of one customer.
    pub customer: Option<&'a str>,
    /// Those that end after it.
    pub from: Option<Instant>,
    /// Those that start before it.
    pub to: Option<Instant>,
    /// In one of these states; empty: in any.
    pub statuses: &'a [String],
    /// Accepted although a source was not known.
    pub flagged: Option<bool>,
    /// Part of the customer's name or address, or of the service's name.
    pub search: Option<&'a str>,
}

/// One page, by start.
///
/// # Errors
/// Those of the database.
pub fn list(conn: &mut Conn, tenant: &TenantId, filter: &Filter<'_>, page: &Keyset) -> Result<Slice<Booking>> {
    let after = match &page.after {
        None => None,
        Some((start, id)) => {
            let start = start.parse().ok().and_then(Instant::from_micros);
            Some((
                start.ok_or_else(|| Error::Other("a cursor without a start".to_owned()))?,
                id,
            ))
        }
    };
    let rows: Vec<Booking> = each_backend!(conn, |c| {
        let mut query = bookings::table
            .inner_join(services::table)
            .left_join(customers::table)
            .filter(bookings::tenant_id.eq(tenant.as_str()))
            .order((bookings::starts_at, bookings::id))
            .limit(page.fetch())
            .select(bookings::all_columns)
            .into_boxed();
        if let Some(client) = filter.client {
            query = query.filter(bookings::client_id.eq(client));
        }
        if let Some(customer) = filter.customer {
            query = query.filter(bookings::customer_id.eq(customer));
        }
        if let Some(staff) = filter.staff {
            // By the key of the seats: the people of each booking that is listed, not all that somebody ever did.
            let theirs = booking_seats::table
                .filter(booking_seats::booking_id.eq(bookings::id))
                .filter(booking_seats::staff_id.eq(staff));
            query = query.filter(diesel::dsl::exists(theirs));
        }
        if let Some(from) = filter.from {
            // Without the second condition the list would walk over everything that ever was.
            let earliest = Instant::from_micros(from.micros() - LONGEST).unwrap_or(from);
            query = query
                .filter(bookings::ends_at.gt(from))
                .filter(bookings::starts_at.gt(earliest));
        }
        if let Some(to) = filter.to {
            query = query.filter(bookings::starts_at.lt(to));
        }
        if !filter.statuses.is_empty() {
            query = query.filter(bookings::status.eq_any(filter.statuses));
        }
        if let Some(flagged) = filter.flagged {
            query = query.filter(bookings::is_flagged.eq(flagged));
        }
        if let Some(search) = filter.search {
            let pattern = like(search);
            query = query.filter(
                services::sort_key
                    .like(pattern.clone())
                    .escape('\\')
                    .or(customers::sort_key.nullable().like(pattern.clone()).escape('\\'))
                    .or(customers::email_key.like(pattern).escape('\\')),
            );
        }
        if let Some((start, id)) = after {
            query = query.filter(bookings::starts_at.ge(start)).filter(
                bookings::starts_at
                    .gt(start)
                    .or(bookings::starts_at.eq(start).and(bookings::id.gt(id))),
            );
        }
        query.load(c)?
    });
    Ok(page.cut(rows, |row| (row.starts_at.micros().to_string(), row.id.clone())))
}

/// Bookings that were accepted although a source was not known, have not begun, and wait for another look, the longest
/// first. Over all tenants.
///
/// # Errors
/// Those of the database.
pub fn unsure(conn: &mut Conn, now: Instant, limit: i64) -> Result<Vec<Booking>> {
    Ok(bookings::table
        .filter(bookings::look_at.le(now))
        .filter(bookings::is_flagged.and(bookings::starts_at.gt(now)))
        .order((bookings::look_at, bookings::id))
        .limit(limit)
        .load(conn)?)
}

/// Somebody has looked at such a booking: it is looked at again the `next` time; `None`: never.
///
/// # Errors
/// Those of the database.
pub fn looked(conn: &mut Conn, tenant: &TenantId, id: &str, next: Option<Instant>) -> Result<()> {
    diesel::update(bookings::table.filter(bookings::tenant_id.eq(tenant.as_str()).and(bookings::id.eq(id))))
        .set(bookings::look_at.eq(next))
        .execute(conn)?;
    Ok(())
}

/// Holds that nobody confirmed in time stand no longer. Gives them.
///
/// # Errors
/// Those of the database.
pub fn expire(conn: &mut Conn, tenant: &TenantId, now: Instant) -> Result<Vec<Booking>> {
    let over = || {
        bookings::table
            .filter(bookings::expires_at.le(now).and(bookings::status.eq(HELD)))
            .filter(bookings::tenant_id.eq(tenant.as_str()))
            .order(bookings::id)
    };
    // In one order: two that forget the same holds must not wait for each other.
    let mut found: Vec<Booking> = match conn {
        Conn::Postgres(c) => over().for_update().load(c)?,
        Conn::Sqlite(c) => over().load(c)?,
    };
    if found.is_empty() {
        return Ok(found);
    }
    let ids: Vec<&str> = found.iter().map(|one| one.id.as_str()).collect();
    for chunk in ids.chunks(500) {
        each_backend!(conn, |c| {
            diesel::update(booking_seats::table.filter(booking_seats::booking_id.eq_any(chunk)))
                .set(booking_seats::stands.eq(false))
                .execute(c)?;
            diesel::update(bookings::table.filter(bookings::id.eq_any(chunk)))
                .set((
                    bookings::status.eq(EXPIRED),
                    bookings::expires_at.eq(None::<Instant>),
                    bookings::revision.eq(bookings::revision + 1),
                    bookings::updated_at.eq(now),
                ))
                .execute(c)?
        });
    }
    for one in &mut found {
        EXPIRED.clone_into(&mut one.status);
        one.revision += 1;
    }
    Ok(found)
}

/// Tenants that have holds which nobody confirmed in time.
///
/// # Errors
/// Those of the database.
pub fn expiring(conn: &mut Conn, now: Instant) -> Result<BTreeSet<String>> {
    let tenants: Vec<String> = bookings::table
        .filter(bookings::expires_at.le(now).and(bookings::status.eq(HELD)))
        .select(bookings::tenant_id)
        .load(conn)?;
    // Not `DISTINCT`: for that SQLite walks over all bookings by tenant.
    Ok(tenants.into_iter().collect())
}
