//! What accounts cost their providers: a ledger of requests by the hour, and pauses of writing.

use diesel::{prelude::*, upsert::excluded};
use domain::id::TenantId;

use crate::{
    Conn, Result, each_backend,
    schema::{credentials, usage_hours, write_pauses},
    types::Instant,
};

/// Requests of one account in one hour.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = usage_hours)]
pub struct Hour {
    /// Which account.
    pub credential_id: String,
    /// When the hour began.
    pub hour: Instant,
    /// Whose.
    pub tenant_id: String,
    /// Requests that read.
    pub reads: i64,
    /// Requests that wrote.
    pub writes: i64,
    /// Calls that failed for a reason that was not the caller's.
    pub failed: i64,
}

/// Adds to the ledger. Accounts that are gone are left out.
///
/// # Errors
/// Those of the database.
pub fn add(conn: &mut Conn, hours: &[Hour]) -> Result<()> {
    for one in hours {
        let known = diesel::select(diesel::dsl::exists(credentials::table.find(&one.credential_id)));
        if !known.get_result::<bool>(conn)? {
            continue;
        }
        each_backend!(conn, |c| diesel::insert_into(usage_hours::table)
            .values(one)
            .on_conflict((usage_hours::credential_id, usage_hours::hour))
            .do_update()
            .set((
                usage_hours::reads.eq(usage_hours::reads + excluded(usage_hours::reads)),
                usage_hours::writes.eq(usage_hours::writes + excluded(usage_hours::writes)),
                usage_hours::failed.eq(usage_hours::failed + excluded(usage_hours::failed)),
            ))
            .execute(c))?;
    }
    Ok(())
}

/// The hours of these accounts from `since` on.
///
/// # Errors
/// Those of the database.
pub fn since(conn: &mut Conn, tenant: &TenantId, credentials: &[String], since: Instant) -> Result<Vec<Hour>> {
    Ok(each_backend!(conn, |c| usage_hours::table
        .filter(
            usage_hours::tenant_id
                .eq(tenant.as_str())
                .and(usage_hours::hour.ge(since))
        )
        .filter(usage_hours::credential_id.eq_any(credentials))
        .order((usage_hours::credential_id, usage_hours::hour))
        .load(c))?)
}

/// Forgets hours before `before`. How many.
///
/// # Errors
/// Those of the database.
pub fn purge(conn: &mut Conn, before: Instant) -> Result<usize> {
    Ok(diesel::delete(usage_hours::table.filter(usage_hours::hour.lt(before))).execute(conn)?)
}

/// An account whose provider takes no more writes for now.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = write_pauses)]
pub struct Pause {
    /// Which account.
    pub credential_id: String,
    /// Whose.
    pub tenant_id: String,
    /// Until when.
    pub until: Instant,
    /// How often in a row the provider said so.
    pub times: i64,
    /// What it said.
    pub detail: String,
}

/// The pause of an account; it may be over.
///
/// # Errors
/// Those of the database.
pub fn pause(conn: &mut Conn, credential: &str) -> Result<Option<Pause>> {
    Ok(write_pauses::table.find(credential).first(conn).optional()?)
}

/// The pauses of these accounts; they may be over.
///
/// # Errors
/// Those of the database.
pub fn pauses(conn: &mut Conn, tenant: &TenantId, credentials: &[String]) -> Result<Vec<Pause>> {
    Ok(each_backend!(conn, |c| write_pauses::table
        .filter(write_pauses::tenant_id.eq(tenant.as_str()))
        .filter(write_pauses::credential_id.eq_any(credentials))
        .load(c))?)
}

/// Begins a pause, or makes it longer.
///
/// # Errors
/// [`crate::Error::Conflict`] when the account is gone.
pub fn begin_pause(conn: &mut Conn, pause: &Pause) -> Result<()> {
    each_backend!(conn, |c| diesel::insert_into(write_pauses::table)
        .values(pause)
        .on_conflict(write_pauses::credential_id)
        .do_update()
        .set((
            write_pauses::until.eq(excluded(write_pauses::until)),
            write_pauses::times.eq(excluded(write_pauses::times)),
            write_pauses::detail.eq(excluded(write_pauses::detail)),
        ))
        .execute(c))?;
    Ok(())
}

/// The provider takes writes again.
///
/// # Errors
/// Those of the database.
pub fn end_pause(conn: &mut Conn, credential: &str) -> Result<()> {
    diesel::delete(write_pauses::table.find(credential)).execute(conn)?;
    Ok(())
}
