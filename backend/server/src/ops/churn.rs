//! What the churn breaker remembers about events that we write.

use db::{Conn, Result, churn::Churn, events::Event as Row, outbox::Promise};
use domain::{churn::Flips, id::TenantId};
use jiff::Timestamp;

use super::outbox::{UPDATE, remembered, said};

/// How often an event has been changed back and forth, with the write that a promise is about.
///
/// # Errors
/// Those of the database.
pub fn counted(conn: &mut Conn, promise: &Promise, row: &Row, now: Timestamp) -> Result<Flips> {
    let before = match promise.action.as_str() {
        UPDATE => db::churn::about(conn, &promise.event_id)?,
        _ => None,
    };
    let Some(before) = before else {
        return Ok(Flips::none(now));
    };
    let flips = Flips {
        count: before.flips.unsigned_abs(),
        since: before.since.into(),
    };
    let (written, base) = (remembered(Some(&before.written))?, remembered(promise.base.as_ref())?);
    Ok(match (written, base) {
        (Some(written), Some(base)) => flips.and(&written, &base, &said(row)?, now),
        _ => flips,
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
