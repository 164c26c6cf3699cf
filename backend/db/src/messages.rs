//! Mails and text messages that are to be sent. Each is written in the transaction that gave cause for it, and sent later.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{
    Conn, Result, each_backend,
    page::{Keyset, Slice},
    schema::messages,
    types::Instant,
};

/// To be sent.
pub const WAITING: &str = "waiting";
/// Has been sent.
pub const SENT: &str = "sent";
/// Will not be tried again.
pub const FAILED: &str = "failed";
/// Not sent, because what it tells of is no longer so.
pub const DROPPED: &str = "dropped";
/// Not sent, because nothing is set up that could.
pub const NOT_SENT: &str = "not_sent";

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = messages)]
pub struct Message {
    /// `msg_…`
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// Of which client.
    pub client_id: String,
    /// About which booking.
    pub booking_id: Option<String>,
    /// `email` or `sms`.
    pub channel: String,
    /// What it says: `confirmed`, `reminder`, …
    pub kind: String,
    /// An address or a number.
    pub recipient: String,
    /// Not before.
    pub due_at: Instant,
    /// [`WAITING`], [`SENT`], …
    pub state: String,
    /// How often it was tried.
    pub attempts: i32,
    /// Until then somebody is sending it.
    pub leased_until: Option<Instant>,
    /// Why it was not sent, or not yet.
    pub last_error: Option<String>,
    /// One message for one cause.
    pub once_key: String,
    /// When it was written.
    pub created_at: Instant,
    /// When it was sent.
    pub sent_at: Option<Instant>,
    /// When the booking began as it was written.
    pub about_start: Option<Instant>,
    /// What it says, where no booking does.
    pub detail: Option<String>,
    /// About which connection.
    pub credential_id: Option<String>,
}

/// Stores messages; what was stored for the same cause before is left as it is.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut Conn, rows: &[Message]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    // One by one: SQLite has no batch of inserts that may do nothing.
    for row in rows {
        each_backend!(conn, |c| diesel::insert_into(messages::table)
            .values(row)
            .on_conflict(messages::once_key)
            .do_nothing()
            .execute(c))?;
    }
    Ok(())
}

/// What waits for the customer of a booking is not sent any more. Those to the business go on.
///
/// # Errors
/// Those of the database.
pub fn drop_waiting(conn: &mut Conn, tenant: &TenantId, booking: &str, kinds: &[&str], why: &str) -> Result<()> {
    each_backend!(conn, |c| diesel::update(
        messages::table
            .filter(messages::booking_id.eq(booking).and(messages::state.eq(WAITING)))
            .filter(messages::tenant_id.eq(tenant.as_str()))
            .filter(messages::kind.eq_any(kinds))
    )
    .set((messages::state.eq(DROPPED), messages::last_error.eq(why)))
    .execute(c))?;
    Ok(())
}

/// Takes messages that are due and that nobody is sending, the oldest first. Over all tenants.
///
/// # Errors
/// Those of the database.
pub fn lease(conn: &mut Conn, now: Instant, until: Instant, limit: i64) -> Result<Vec<Message>> {
    let free = || {
        messages::state
            .eq(WAITING)
            .and(messages::due_at.le(now))
            .and(messages::leased_until.is_null().or(messages::leased_until.le(now)))
    };
    let ids: Vec<String> = messages::table
        .filter(free())
        .order((messages::due_at, messages::id))
        .limit(limit)
        .select(messages::id)
        .load(conn)?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    // The same question again: another process may have been quicker.
    Ok(each_backend!(conn, |c| diesel::update(
        messages::table.filter(messages::id.eq_any(&ids)).filter(free())
    )
    .set((
        messages::leased_until.eq(until),
        messages::attempts.eq(messages::attempts + 1),
    ))
    .returning(messages::all_columns)
    .get_results(c))?)
}

/// Writes down what became of one that was leased. What was dropped meanwhile waits no more, unless it is sent already.
///
/// # Errors
/// Those of the database.
pub fn settle(conn: &mut Conn, row: &Message) -> Result<()> {
    let this = messages::id.eq(&row.id).and(messages::tenant_id.eq(&row.tenant_id));
    let from = if row.state == SENT {
        [WAITING, DROPPED]
    } else {
        [WAITING, WAITING]
    };
    each_backend!(conn, |c| diesel::update(
        messages::table.filter(this).filter(messages::state.eq_any(from))
    )
    .set((
        messages::state.eq(&row.state),
        messages::recipient.eq(&row.recipient),
        messages::due_at.eq(row.due_at),
        messages::leased_until.eq(None::<Instant>),
        messages::last_error.eq(&row.last_error),
        messages::sent_at.eq(row.sent_at),
    ))
    .execute(c))?;
    Ok(())
}

/// One page of the messages about a booking, oldest first.
///
/// # Errors
/// Those of the database.
pub fn of(conn: &mut Conn, tenant: &TenantId, booking: &str, page: &Keyset) -> Result<Slice<Message>> {
    let mut query = messages::table
        .filter(
            messages::booking_id
                .eq(booking)
                .and(messages::tenant_id.eq(tenant.as_str())),
        )
        .order(messages::id)
        .limit(page.fetch())
        .into_boxed();
    if let Some((_, id)) = &page.after {
        // Identifiers grow with time.
        query = query.filter(messages::id.gt(id));
    }
    let rows = query.load::<Message>(conn)?;
    Ok(page.cut(rows, |row| (row.created_at.micros().to_string(), row.id.clone())))
}

/// Removes what was done with before `before`, at most so many.
///
/// # Errors
/// Those of the database.
pub fn purge(conn: &mut Conn, before: Instant, limit: i64) -> Result<usize> {
    let old: Vec<String> = messages::table
        .filter(messages::created_at.lt(before).and(messages::state.ne(WAITING)))
        .select(messages::id)
        .limit(limit)
        .load(conn)?;
    each_backend!(conn, |c| Ok(diesel::delete(
        messages::table.filter(messages::id.eq_any(&old))
    )
    .execute(c)?))
}
