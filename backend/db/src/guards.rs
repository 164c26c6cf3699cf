//! Pulls that would have taken too much away at once, held until a person says that it is right.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{Conn, Result, each_backend, schema::deletion_guards, types::Instant};

/// What a pull would have removed.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = deletion_guards)]
pub struct Guard {
    /// Of which calendar.
    pub calendar_id: String,
    /// Whose.
    pub tenant_id: String,
    /// How many events.
    pub vanishing: i64,
    /// Of how many.
    pub held: i64,
    /// When.
    pub seen_at: Instant,
    /// Until when a person has said that it is right.
    pub accepted_until: Option<Instant>,
}

/// Stores or renews a question.
///
/// # Errors
/// Those of the database.
pub fn ask(conn: &mut Conn, row: &Guard) -> Result<()> {
    each_backend!(conn, |c| diesel::insert_into(deletion_guards::table)
        .values(row)
        .on_conflict(deletion_guards::calendar_id)
        .do_update()
        .set((
            deletion_guards::vanishing.eq(row.vanishing),
            deletion_guards::held.eq(row.held),
            deletion_guards::seen_at.eq(row.seen_at),
        ))
        .execute(c))?;
    Ok(())
}

/// The question about a calendar, if there is one.
///
/// # Errors
/// Those of the database.
pub fn about(conn: &mut Conn, calendar: &str) -> Result<Option<Guard>> {
    Ok(deletion_guards::table.find(calendar).first(conn).optional()?)
}

/// A person says that it is right.
///
/// # Errors
/// [`crate::Error::NotFound`]: nobody has asked.
pub fn accept(conn: &mut Conn, tenant: &TenantId, calendar: &str, until: Instant) -> Result<()> {
    let this = deletion_guards::calendar_id
        .eq(calendar)
        .and(deletion_guards::tenant_id.eq(tenant.as_str()));
    match diesel::update(deletion_guards::table.filter(this))
        .set(deletion_guards::accepted_until.eq(until))
        .execute(conn)?
    {
        0 => Err(crate::Error::NotFound),
        _ => Ok(()),
    }
}

/// There is no question any more.
///
/// # Errors
/// Those of the database.
pub fn forget(conn: &mut Conn, calendar: &str) -> Result<()> {
    diesel::delete(deletion_guards::table.find(calendar)).execute(conn)?;
    Ok(())
}
