//! What the churn breaker remembers about events that we write.

use db::{Conn, Result, churn::Churn, outbox::Promise};
use domain::{churn::Flips, event::EventContent, id::TenantId};
use jiff::Timestamp;

use super::outbox::{UPDATE, remembered};

/// How often an event has been changed back and forth, with the write that a promise is about. `base`: what stands at the
/// provider; `next`: what is to be written.
///
/// # Errors
/// Those of the database.
pub fn counted(
    conn: &mut Conn,
    promise: &Promise,
    base: Option<&EventContent>,
    next: &EventContent,
    now: Timestamp,
) -> Result<Flips> {
    let (UPDATE, Some(base)) = (promise.action.as_str(), base) else {
        return Ok(Flips::none(now));
    };
    let Some(before) = db::churn::about(conn, &promise.event_id)? else {
        return Ok(Flips::none(now));
    };
    let flips = Flips {
        count: before.flips.unsigned_abs(),
        since: before.since.into(),
    };
    Ok(match remembered(Some(&before.written))? {
        Some(written) => flips.and(&written, base, next, now),
        None => flips,
    })
}

/// The write was done: remembers what stands at the provider now.
///
/// # Errors
/// Those of the database.
pub fn written(conn: &mut Conn, tenant: &TenantId, promise: &Promise, flips: Flips) -> Result<()> {
    if promise.action != UPDATE {
        return Ok(());
    }
    let row = match db::events::any(conn, tenant, &promise.event_id) {
        Ok(row) => row,
        Err(db::Error::NotFound) => return Ok(()),
        Err(error) => return Err(error),
    };
    let row = Churn {
        event_id: row.id,
        tenant_id: promise.tenant_id.clone(),
        written: row.content,
        flips: i32::try_from(flips.count).unwrap_or(i32::MAX),
        since: flips.since.into(),
    };
    db::churn::put(conn, &row)
}
