//! What was done to bookings, by whom, and what they were before.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{
    Conn, Result,
    page::{Keyset, Slice},
    schema::booking_history,
    types::Instant,
};

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = booking_history)]
pub struct Deed {
    /// `dee_…`
    pub id: String,
    /// To which booking.
    pub booking_id: String,
    /// Whose.
    pub tenant_id: String,
    /// When.
    pub at: Instant,
    /// `usr_…`, `key_…`, `customer`, `provider`, `system`.
    pub actor: String,
    /// `created`, `confirmed`, `moved`, …
    pub action: String,
    /// For people.
    pub detail: Option<String>,
    /// What the booking was before, as JSON.
    pub before: Option<String>,
}

/// Writes it down.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut Conn, row: &Deed) -> Result<()> {
    diesel::insert_into(booking_history::table).values(row).execute(conn)?;
    Ok(())
}

/// One page of what was done to a booking, oldest first.
///
/// # Errors
/// Those of the database.
pub fn of(conn: &mut Conn, tenant: &TenantId, booking: &str, page: &Keyset) -> Result<Slice<Deed>> {
    let mut query = booking_history::table
        .filter(
            booking_history::booking_id
                .eq(booking)
                .and(booking_history::tenant_id.eq(tenant.as_str())),
        )
        .order(booking_history::id)
        .limit(page.fetch())
        .into_boxed();
    if let Some((_, id)) = &page.after {
        // Identifiers grow with time.
        query = query.filter(booking_history::id.gt(id));
    }
    let rows = query.load::<Deed>(conn)?;
    Ok(page.cut(rows, |row| (row.at.micros().to_string(), row.id.clone())))
}

/// The last thing that was done to a booking.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn last(conn: &mut Conn, tenant: &TenantId, booking: &str) -> Result<Deed> {
    Ok(booking_history::table
        .filter(
            booking_history::booking_id
                .eq(booking)
                .and(booking_history::tenant_id.eq(tenant.as_str())),
        )
        .order(booking_history::id.desc())
        .first(conn)?)
}
