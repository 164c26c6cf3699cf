//! Which event on which calendar is the copy of which booking.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{
    Conn, Result, each_backend,
    schema::{booking_copies, calendars},
    types::Instant,
};

/// A copy.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = booking_copies)]
pub struct Copy {
    /// The event.
    pub event_id: String,
    /// The booking.
    pub booking_id: String,
    /// Because of whom.
    pub staff_id: String,
    /// In which calendar.
    pub calendar_id: String,
    /// Whose.
    pub tenant_id: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it was taken away; the row stays, so that what is left of the event never counts as somebody else's.
    pub removed_at: Option<Instant>,
    /// From when on somebody should look whether event and booking agree. The database sets it when the event changes;
    /// `None`: they do, or a person was asked.
    pub look_at: Option<Instant>,
    /// SHA-256 of the title and description that we last wrote, or know of; `None`: not known.
    pub said: Option<String>,
}

/// Notes a new copy.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut Conn, row: &Copy) -> Result<()> {
    diesel::insert_into(booking_copies::table).values(row).execute(conn)?;
    Ok(())
}

/// The copies of these bookings that are to be there, by calendar.
///
/// # Errors
/// Those of the database.
pub fn of(conn: &mut Conn, tenant: &TenantId, bookings: &[&str]) -> Result<Vec<Copy>> {
    let mut found = Vec::new();
    for chunk in bookings.chunks(500) {
        let rows: Vec<Copy> = each_backend!(conn, |c| booking_copies::table
            .filter(booking_copies::tenant_id.eq(tenant.as_str()))
            .filter(booking_copies::booking_id.eq_any(chunk))
            .filter(booking_copies::removed_at.is_null())
            .order((booking_copies::booking_id, booking_copies::calendar_id))
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// The calendars in which these bookings are, or were.
///
/// # Errors
/// Those of the database.
pub fn lanes(conn: &mut Conn, tenant: &TenantId, bookings: &[&str]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for chunk in bookings.chunks(500) {
        let rows: Vec<String> = each_backend!(conn, |c| booking_copies::table
            .filter(booking_copies::tenant_id.eq(tenant.as_str()))
            .filter(booking_copies::booking_id.eq_any(chunk))
            .select(booking_copies::calendar_id)
            .distinct()
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// The copy is taken away.
///
/// # Errors
/// Those of the database.
pub fn remove(conn: &mut Conn, tenant: &TenantId, event: &str, now: Instant) -> Result<()> {
    diesel::update(
        booking_copies::table.filter(
            booking_copies::event_id
                .eq(event)
                .and(booking_copies::tenant_id.eq(tenant.as_str())),
        ),
    )
    .set(booking_copies::removed_at.eq(now))
    .execute(conn)?;
    Ok(())
}

/// Copies whose events have changed since somebody looked, those that wait longest first; on calendars that are listed.
/// Over all tenants.
///
/// # Errors
/// Those of the database.
pub fn astray(conn: &mut Conn, now: Instant, limit: i64) -> Result<Vec<Copy>> {
    Ok(booking_copies::table
        .inner_join(calendars::table.on(calendars::id.eq(booking_copies::calendar_id)))
        .filter(booking_copies::look_at.le(now))
        .filter(
            booking_copies::removed_at
                .is_null()
                .and(calendars::removed_at.is_null()),
        )
        .order((booking_copies::look_at, booking_copies::event_id))
        .limit(limit)
        .select(booking_copies::all_columns)
        .load(conn)?)
}

/// Somebody is about to look at a copy, and what stops them is tried again at `until`. Gives it as it is by now; `None`:
/// since it was read somebody has looked, or its event has changed once more. Call it in a transaction of its own: who
/// changes the event waits for nobody who looks.
///
/// # Errors
/// Those of the database.
pub fn claim(conn: &mut Conn, copy: &Copy, until: Instant) -> Result<Option<Copy>> {
    Ok(match looked(conn, copy, Some(until))? {
        true => Some(get(conn, copy)?).filter(|now| now.removed_at.is_none()),
        false => None,
    })
}

/// A copy as it is by now.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn get(conn: &mut Conn, copy: &Copy) -> Result<Copy> {
    let this = booking_copies::event_id
        .eq(&copy.event_id)
        .and(booking_copies::tenant_id.eq(&copy.tenant_id));
    Ok(booking_copies::table.filter(this).first(conn)?)
}

/// Somebody has looked at a copy, and what changes from now on is seen the `next` time; `None`: when it changes again. If
/// its event has changed since `copy` was read, it is looked at again whatever they say; then `false`.
///
/// # Errors
/// Those of the database.
pub fn looked(conn: &mut Conn, copy: &Copy, next: Option<Instant>) -> Result<bool> {
    let this = booking_copies::event_id
        .eq(&copy.event_id)
        .and(booking_copies::tenant_id.eq(&copy.tenant_id));
    let set = booking_copies::look_at.eq(next);
    let done = match copy.look_at {
        Some(seen) => {
            let same = booking_copies::look_at.eq(seen);
            diesel::update(booking_copies::table.filter(this.and(same)))
                .set(set)
                .execute(conn)?
        }
        None => {
            let same = booking_copies::look_at.is_null();
            diesel::update(booking_copies::table.filter(this.and(same)))
                .set(set)
                .execute(conn)?
        }
    };
    Ok(done == 1)
}

/// These are the words of a copy from now on.
///
/// # Errors
/// Those of the database.
pub fn say(conn: &mut Conn, copy: &Copy, said: &str) -> Result<()> {
    diesel::update(
        booking_copies::table.filter(
            booking_copies::event_id
                .eq(&copy.event_id)
                .and(booking_copies::tenant_id.eq(&copy.tenant_id)),
        ),
    )
    .set(booking_copies::said.eq(said))
    .execute(conn)?;
    Ok(())
}

/// Whether this event is the copy of a booking.
///
/// # Errors
/// Those of the database.
pub fn is_copy(conn: &mut Conn, tenant: &TenantId, event: &str) -> Result<bool> {
    let found = booking_copies::table.filter(
        booking_copies::event_id
            .eq(event)
            .and(booking_copies::tenant_id.eq(tenant.as_str()))
            .and(booking_copies::removed_at.is_null()),
    );
    Ok(diesel::select(diesel::dsl::exists(found)).get_result(conn)?)
}
