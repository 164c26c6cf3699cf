//! How clients want their bookings treated. A client without a row has the defaults.

use diesel::prelude::*;
use domain::{
    availability::OnUnknown,
    catalogue::{Confirmation, OnEdit},
    id::TenantId,
};

use crate::{
    Conn, Result, each_backend,
    schema::booking_policies,
    types::{Instant, Json, Word},
};

/// How a client wants its bookings treated; see [`domain::catalogue::Policy`].
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = booking_policies, primary_key(client_id), treat_none_as_null = true)]
pub struct BookingPolicy {
    /// Which client.
    pub client_id: String,
    /// Whose.
    pub tenant_id: String,
    /// Whether a booking stands at once.
    pub confirmation: Word<Confirmation>,
    /// How long a hold keeps a time.
    pub hold_minutes: i32,
    /// Until when customers may cancel.
    pub cancel_notice_minutes: i32,
    /// Until when customers may move a booking.
    pub reschedule_notice_minutes: i32,
    /// What becomes of what nobody knows.
    pub on_unknown: Word<OnUnknown>,
    /// What was read longer ago is not known.
    pub max_staleness_s: Option<i32>,
    /// How long to wait for a look at the provider.
    pub live_check_ms: i32,
    /// The event was moved.
    pub on_move: Word<OnEdit>,
    /// The event was deleted.
    pub on_delete: Word<OnEdit>,
    /// The event was rewritten.
    pub on_text: Word<OnEdit>,
    /// Minutes before the start.
    pub reminders: Json<Vec<u32>>,
    /// Of the public booking page.
    pub slug: Option<String>,
    /// Other sites may show the page.
    pub is_embeddable: bool,
    /// Customers see who does it.
    pub shows_staff: bool,
    /// Customers get mails.
    pub email_customers: bool,
    /// Customers get text messages.
    pub text_customers: bool,
    /// Counts changes; the ETag.
    pub revision: i64,
    /// When it was last changed.
    pub updated_at: Instant,
}

/// The policy of a client; `None`: the defaults.
///
/// # Errors
/// Those of the database.
pub fn get(conn: &mut Conn, tenant: &TenantId, client: &str) -> Result<Option<BookingPolicy>> {
    Ok(booking_policies::table
        .filter(
            booking_policies::tenant_id
                .eq(tenant.as_str())
                .and(booking_policies::client_id.eq(client)),
        )
        .first(conn)
        .optional()?)
}

/// The policy whose booking page has this address, whosever it is: the page is for everybody.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn by_slug(conn: &mut Conn, slug: &str) -> Result<BookingPolicy> {
    Ok(booking_policies::table
        .filter(booking_policies::slug.eq(slug))
        .first(conn)?)
}

/// Locks the policy of a client for this transaction by counting its revision up; a client that has none gets `first`.
///
/// # Errors
/// Those of the database.
pub fn lock(conn: &mut Conn, first: &BookingPolicy) -> Result<BookingPolicy> {
    Ok(each_backend!(conn, |c| diesel::insert_into(booking_policies::table)
        .values(first)
        .on_conflict(booking_policies::client_id)
        .do_update()
        .set(booking_policies::revision.eq(booking_policies::revision + 1))
        .get_result(c))?)
}

/// Writes a policy that [`lock`] gave.
///
/// # Errors
/// [`crate::Error::Conflict`]: another client has this slug.
pub fn update(conn: &mut Conn, tenant: &TenantId, row: &BookingPolicy) -> Result<()> {
    let this = booking_policies::tenant_id
        .eq(tenant.as_str())
        .and(booking_policies::client_id.eq(&row.client_id));
    diesel::update(booking_policies::table.filter(this))
        .set(row)
        .execute(conn)?;
    Ok(())
}
