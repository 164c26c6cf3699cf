//! Answers kept for a day, so that a repeated POST gets the first one's answer.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{Conn, Result, each_backend, schema::idempotency_keys, types::Instant};

/// One use of an idempotency key.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = idempotency_keys)]
pub struct Row {
    /// Hash of who, key, method and path.
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// SHA-256 of the body, hexadecimal.
    pub body_hash: String,
    /// Of the answer; `None` while the first request runs.
    pub status: Option<i64>,
    /// Headers and body of the answer, encrypted.
    pub answer: Option<String>,
    /// Until when the first request is believed to run.
    pub locked_until: Instant,
    /// When the first request came.
    pub created_at: Instant,
}

/// What was found under a key.
#[derive(Debug, Clone)]
pub enum Begin {
    /// The caller is the first, or the one before it died.
    Mine,
    /// Somebody was before.
    Taken(Row),
}

/// Takes the key, or says who has it. Call inside a transaction.
///
/// # Errors
/// Those of the database.
pub fn begin(conn: &mut Conn, row: &Row, expired_before: Instant) -> Result<Begin> {
    let mine = each_backend!(conn, |c| diesel::insert_into(idempotency_keys::table)
        .values(row)
        .on_conflict(idempotency_keys::id)
        .do_nothing()
        .execute(c))?;
    if mine == 1 {
        return Ok(Begin::Mine);
    }
    // A request that died, or an answer older than a day, gives the key free. Compare and set: one of several wins.
    let stale = idempotency_keys::status
        .is_null()
        .and(idempotency_keys::locked_until.le(row.created_at))
        .or(idempotency_keys::created_at.le(expired_before));
    let taken_over = diesel::update(idempotency_keys::table.filter(idempotency_keys::id.eq(&row.id).and(stale)))
        .set((
            idempotency_keys::body_hash.eq(&row.body_hash),
            idempotency_keys::status.eq(None::<i64>),
            idempotency_keys::answer.eq(None::<String>),
            idempotency_keys::locked_until.eq(row.locked_until),
            idempotency_keys::created_at.eq(row.created_at),
        ))
        .execute(conn)?;
    if taken_over == 1 {
        return Ok(Begin::Mine);
    }
    Ok(Begin::Taken(
        idempotency_keys::table
            .find(&row.id)
            .select(idempotency_keys::all_columns)
            .first(conn)?,
    ))
}

/// Keeps the answer.
///
/// # Errors
/// Those of the database.
pub fn finish(conn: &mut Conn, tenant: &TenantId, id: &str, status: i64, answer: &str) -> Result<()> {
    diesel::update(
        idempotency_keys::table.filter(
            idempotency_keys::tenant_id
                .eq(tenant.as_str())
                .and(idempotency_keys::id.eq(id)),
        ),
    )
    .set((idempotency_keys::status.eq(status), idempotency_keys::answer.eq(answer)))
    .execute(conn)?;
    Ok(())
}

/// Gives the key free: nothing was done under it.
///
/// # Errors
/// Those of the database.
pub fn forget(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<()> {
    diesel::delete(
        idempotency_keys::table.filter(
            idempotency_keys::tenant_id
                .eq(tenant.as_str())
                .and(idempotency_keys::id.eq(id)),
        ),
    )
    .execute(conn)?;
    Ok(())
}

/// Removes what is older than `before`. Returns how many.
///
/// # Errors
/// Those of the database.
pub fn purge(conn: &mut Conn, before: Instant) -> Result<usize> {
    Ok(diesel::delete(idempotency_keys::table.filter(idempotency_keys::created_at.le(before))).execute(conn)?)
}
