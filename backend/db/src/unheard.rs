//! Events that we made at a provider and that its changes have not told of yet.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{Conn, Result, each_backend, schema::unheard_events, types::Instant};

/// One was made there.
///
/// # Errors
/// Those of the database.
pub fn put(conn: &mut Conn, tenant: &TenantId, calendar: &str, remote_id: &str, at: Instant) -> Result<()> {
    each_backend!(conn, |c| diesel::insert_into(unheard_events::table)
        .values((
            unheard_events::calendar_id.eq(calendar),
            unheard_events::remote_id.eq(remote_id),
            unheard_events::tenant_id.eq(tenant.as_str()),
            unheard_events::written_at.eq(at),
        ))
        .on_conflict((unheard_events::calendar_id, unheard_events::remote_id))
        .do_update()
        .set(unheard_events::written_at.eq(at))
        .execute(c))?;
    Ok(())
}

/// Those of a calendar that were made by `before`, the oldest first: the provider's names, and when.
///
/// # Errors
/// Those of the database.
pub fn before(conn: &mut Conn, calendar: &str, before: Instant, limit: i64) -> Result<Vec<(String, Instant)>> {
    Ok(unheard_events::table
        .filter(unheard_events::calendar_id.eq(calendar))
        .filter(unheard_events::written_at.le(before))
        .order(unheard_events::written_at)
        .limit(limit)
        .select((unheard_events::remote_id, unheard_events::written_at))
        .load(conn)?)
}

/// The provider has told of these.
///
/// # Errors
/// Those of the database.
pub fn heard(conn: &mut Conn, calendar: &str, remote_ids: &[String]) -> Result<()> {
    for chunk in remote_ids.chunks(500) {
        each_backend!(conn, |c| diesel::delete(
            unheard_events::table
                .filter(unheard_events::calendar_id.eq(calendar))
                .filter(unheard_events::remote_id.eq_any(chunk))
        )
        .execute(c))?;
    }
    Ok(())
}

/// One was asked for, and nothing more is to be known of it. Whether it is the one that was read: it may have been made anew
/// under its name since.
///
/// # Errors
/// Those of the database.
pub fn settle(conn: &mut Conn, calendar: &str, remote_id: &str, at: Instant) -> Result<bool> {
    let one = unheard_events::table.find((calendar, remote_id));
    let settled = diesel::delete(one.filter(unheard_events::written_at.eq(at))).execute(conn)?;
    Ok(settled == 1)
}
