//! Channels: where a provider tells us that a calendar changed. One row for each channel we have asked for, from before
//! the request until it is stopped, so that none is forgotten by a crash.

use diesel::{
    dsl::{exists, not},
    prelude::*,
};
use domain::id::TenantId;

use crate::{
    Conn, Result,
    calendars::Calendar,
    each_backend,
    schema::{calendars, channels, credentials},
    types::Instant,
};

/// Asked for; whether it exists is not known yet.
pub const OPENING: &str = "opening";
/// It exists, and is the calendar's own.
pub const OPEN: &str = "open";
/// To be stopped: replaced, or nobody wants it any more.
pub const CLOSING: &str = "closing";
/// The provider refused it; the row says until when not to ask again.
pub const REFUSED: &str = "refused";

/// A channel.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = channels)]
pub struct Channel {
    /// Random; the provider sends it along.
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// Through which account.
    pub credential_id: String,
    /// What it tells about.
    pub calendar_id: String,
    /// The provider's name for what is watched; needed to stop.
    pub resource_id: Option<String>,
    /// SHA-256 of the secret the provider sends along.
    pub token_hash: String,
    /// Where the provider sends its messages.
    pub address: String,
    /// [`OPENING`], [`OPEN`], [`CLOSING`] or [`REFUSED`].
    pub state: String,
    /// Why it was refused, for people.
    pub detail: Option<String>,
    /// When it ends by itself.
    pub expires_at: Instant,
    /// Until when nothing needs to be done about it.
    pub due_at: Instant,
    /// When a message last came.
    pub last_message_at: Option<Instant>,
    /// The highest number of a message.
    pub last_number: i64,
    /// When it was asked for.
    pub created_at: Instant,
}

/// Stores a channel that is about to be asked for.
///
/// # Errors
/// [`crate::Error::Conflict`] when its calendar is gone.
pub fn insert(conn: &mut Conn, row: &Channel) -> Result<()> {
    diesel::insert_into(channels::table).values(row).execute(conn)?;
    Ok(())
}

/// The channel of this name, whoever's it is: messages come from outside and name no tenant. The caller checks the secret.
///
/// # Errors
/// Those of the database.
pub fn find(conn: &mut Conn, id: &str) -> Result<Option<Channel>> {
    Ok(channels::table.find(id).first(conn).optional()?)
}

/// A channel that watches this resource: whose account may stop others like it.
///
/// # Errors
/// Those of the database.
pub fn of_resource(conn: &mut Conn, resource: &str) -> Result<Option<Channel>> {
    Ok(channels::table
        .filter(channels::resource_id.eq(resource))
        .order(channels::created_at.desc())
        .first(conn)
        .optional()?)
}

/// All of a credential.
///
/// # Errors
/// Those of the database.
pub fn of_credential(conn: &mut Conn, tenant: &TenantId, credential: &str) -> Result<Vec<Channel>> {
    Ok(channels::table
        .filter(
            channels::tenant_id
                .eq(tenant.as_str())
                .and(channels::credential_id.eq(credential)),
        )
        .load(conn)?)
}

/// All of a calendar.
///
/// # Errors
/// Those of the database.
pub fn of_calendar(conn: &mut Conn, tenant: &TenantId, calendar: &str) -> Result<Vec<Channel>> {
    Ok(channels::table
        .filter(
            channels::tenant_id
                .eq(tenant.as_str())
                .and(channels::calendar_id.eq(calendar)),
        )
        .order(channels::created_at)
        .load(conn)?)
}

/// The channel exists. Those before it are to be stopped now, and earlier refusals are forgotten. Call inside a
/// transaction.
///
/// # Errors
/// Those of the database.
pub fn opened(
    conn: &mut Conn,
    channel: &Channel,
    resource: &str,
    expires_at: Instant,
    due_at: Instant,
    now: Instant,
) -> Result<()> {
    diesel::update(channels::table.find(&channel.id))
        .set((
            channels::state.eq(OPEN),
            channels::resource_id.eq(resource),
            channels::expires_at.eq(expires_at),
            channels::due_at.eq(due_at),
        ))
        .execute(conn)?;
    let others = channels::calendar_id
        .eq(&channel.calendar_id)
        .and(channels::id.ne(&channel.id));
    diesel::update(channels::table.filter(others).filter(channels::state.eq(OPEN)))
        .set((channels::state.eq(CLOSING), channels::due_at.eq(now)))
        .execute(conn)?;
    diesel::delete(channels::table.filter(others).filter(channels::state.eq(REFUSED))).execute(conn)?;
    Ok(())
}

/// The channel lives longer.
///
/// # Errors
/// Those of the database.
pub fn prolonged(conn: &mut Conn, id: &str, expires_at: Instant, due_at: Instant) -> Result<()> {
    diesel::update(channels::table.find(id))
        .set((channels::expires_at.eq(expires_at), channels::due_at.eq(due_at)))
        .execute(conn)?;
    Ok(())
}

/// The provider refused the channel.
///
/// # Errors
/// Those of the database.
pub fn refused(conn: &mut Conn, id: &str, detail: &str, until: Instant) -> Result<()> {
    diesel::update(channels::table.find(id))
        .set((
            channels::state.eq(REFUSED),
            channels::detail.eq(detail),
            channels::due_at.eq(until),
            channels::expires_at.eq(until),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes a message. Whether it is news: one that was seen, or was overtaken by a later one, is not.
///
/// # Errors
/// Those of the database.
pub fn heard(conn: &mut Conn, id: &str, number: i64, resource: Option<&str>, now: Instant) -> Result<bool> {
    let news = diesel::update(channels::table.filter(channels::id.eq(id).and(channels::last_number.lt(number))))
        .set((channels::last_number.eq(number), channels::last_message_at.eq(now)))
        .execute(conn)?;
    if let Some(resource) = resource {
        // The answer to the request may have been lost; without this name the channel could never be stopped.
        diesel::update(channels::table.filter(channels::id.eq(id).and(channels::resource_id.is_null())))
            .set(channels::resource_id.eq(resource))
            .execute(conn)?;
    }
    Ok(news == 1)
}

/// Chosen calendars of working credentials at these providers that have no channel to `address`, or one that ends soon.
///
/// # Errors
/// Those of the database.
pub fn wanting(conn: &mut Conn, providers: &[&str], address: &str, now: Instant, limit: i64) -> Result<Vec<Calendar>> {
    let cared_for = channels::table.filter(
        channels::calendar_id
            .eq(calendars::id)
            .and(channels::address.eq(address))
            .and(channels::state.ne(CLOSING))
            .and(channels::due_at.gt(now))
            .and(channels::expires_at.gt(now)),
    );
    let query = calendars::table
        .inner_join(credentials::table)
        .filter(calendars::selected.eq(true).and(calendars::removed_at.is_null()))
        .filter(crate::credentials::working())
        .filter(not(exists(cared_for)))
        .order(calendars::id)
        .limit(limit)
        .select(calendars::all_columns);
    Ok(each_backend!(conn, |c| query
        .filter(calendars::provider.eq_any(providers))
        .load(c))?)
}

/// Marks what is to be stopped: channels of calendars that nobody follows any more, and those that were asked for and
/// never answered; with `all`, every one. Removes those that have ended by themselves. Call inside a transaction.
///
/// # Errors
/// Those of the database.
pub fn retire(conn: &mut Conn, all: bool, now: Instant) -> Result<()> {
    diesel::delete(channels::table.filter(channels::expires_at.le(now))).execute(conn)?;
    let followed = calendars::table
        .inner_join(credentials::table)
        .filter(calendars::selected.eq(true).and(calendars::removed_at.is_null()))
        .filter(
            credentials::authorized_at
                .is_not_null()
                .and(credentials::revoked_at.is_null()),
        )
        .select(calendars::id);
    let lapsed = channels::state.eq(OPENING).and(channels::due_at.le(now));
    let unwanted = not(channels::calendar_id.eq_any(followed));
    diesel::update(
        channels::table
            .filter(channels::state.ne(CLOSING))
            .filter(lapsed.or(unwanted).or(all.into_sql::<diesel::sql_types::Bool>())),
    )
    .set((channels::state.eq(CLOSING), channels::due_at.eq(now)))
    .execute(conn)?;
    Ok(())
}

/// What is to be stopped now, longest waiting first.
///
/// # Errors
/// Those of the database.
pub fn closing(conn: &mut Conn, now: Instant, limit: i64) -> Result<Vec<Channel>> {
    Ok(channels::table
        .filter(channels::state.eq(CLOSING).and(channels::due_at.le(now)))
        .order(channels::due_at)
        .limit(limit)
        .load(conn)?)
}

/// It could not be stopped; tried again then.
///
/// # Errors
/// Those of the database.
pub fn later(conn: &mut Conn, id: &str, due_at: Instant) -> Result<()> {
    diesel::update(channels::table.find(id))
        .set(channels::due_at.eq(due_at))
        .execute(conn)?;
    Ok(())
}

/// It is stopped, or nothing more can be done about it.
///
/// # Errors
/// Those of the database.
pub fn remove(conn: &mut Conn, id: &str) -> Result<()> {
    diesel::delete(channels::table.find(id)).execute(conn)?;
    Ok(())
}

/// Whether the provider tells us about the calendar: a channel is open, and messages have come through it.
///
/// # Errors
/// Those of the database.
pub fn is_told(conn: &mut Conn, calendar: &str, now: Instant) -> Result<bool> {
    let open = channels::table.filter(
        channels::calendar_id
            .eq(calendar)
            .and(channels::state.eq(OPEN))
            .and(channels::expires_at.gt(now))
            .and(channels::last_message_at.is_not_null()),
    );
    Ok(diesel::select(exists(open)).get_result(conn)?)
}
