//! Conflicts: where a change of ours met a change, or a deletion, at the provider. All sides are kept.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{
    Conn, Result, each_backend,
    page::{Keyset, Slice},
    schema::conflicts,
    types::Instant,
};

/// A conflict.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = conflicts)]
pub struct Conflict {
    /// `cfl_…`
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// For which client.
    pub client_id: String,
    /// In which calendar.
    pub calendar_id: String,
    /// About which row of events.
    pub event_id: String,
    /// `fields`, `deleted_there` or `deleted_here`.
    pub kind: String,
    /// JSON list of the fields both changed.
    pub fields: String,
    /// What both started from, JSON of [`domain::event::EventContent`].
    pub base: String,
    /// What was said here; `None`: it was deleted.
    pub ours: Option<String>,
    /// What was said there; `None`: it was deleted.
    pub theirs: Option<String>,
    /// [`OPEN`] or [`RESOLVED`].
    pub state: String,
    /// `mine`, `theirs` or `merge`.
    pub resolution: Option<String>,
    /// A person, `policy`, or `caller`: whoever wrote was told at once.
    pub resolved_by: Option<String>,
    /// When they met.
    pub created_at: Instant,
    /// When it ended.
    pub resolved_at: Option<Instant>,
}

/// Waits for a person.
pub const OPEN: &str = "open";
/// Decided; may be decided anew.
pub const RESOLVED: &str = "resolved";

/// Stores a new conflict.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut Conn, row: &Conflict) -> Result<()> {
    diesel::insert_into(conflicts::table).values(row).execute(conn)?;
    Ok(())
}

/// One conflict.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn get(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Conflict> {
    Ok(conflicts::table
        .filter(conflicts::tenant_id.eq(tenant.as_str()).and(conflicts::id.eq(id)))
        .first(conn)?)
}

/// Writes how it ended.
///
/// # Errors
/// Those of the database.
pub fn resolve(conn: &mut Conn, id: &str, resolution: &str, by: &str, now: Instant) -> Result<()> {
    diesel::update(conflicts::table.find(id))
        .set((
            conflicts::state.eq(RESOLVED),
            conflicts::resolution.eq(resolution),
            conflicts::resolved_by.eq(by),
            conflicts::resolved_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// The open conflicts about some events: event and conflict.
///
/// # Errors
/// Those of the database.
pub fn open_about(conn: &mut Conn, events: &[&str]) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for chunk in events.chunks(500) {
        let rows: Vec<(String, String)> = each_backend!(conn, |c| conflicts::table
            .filter(conflicts::event_id.eq_any(chunk.iter().copied()))
            .filter(conflicts::state.eq(OPEN))
            .order(conflicts::id)
            .select((conflicts::event_id, conflicts::id))
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// All conflicts about an event, oldest first.
///
/// # Errors
/// Those of the database.
pub fn about(conn: &mut Conn, tenant: &TenantId, event: &str) -> Result<Vec<Conflict>> {
    Ok(conflicts::table
        .filter(
            conflicts::event_id
                .eq(event)
                .and(conflicts::tenant_id.eq(tenant.as_str())),
        )
        .order(conflicts::id)
        .load(conn)?)
}

/// Whether the tenant has open conflicts.
///
/// # Errors
/// Those of the database.
pub fn any_open(conn: &mut Conn, tenant: &TenantId) -> Result<bool> {
    let first: Option<String> = conflicts::table
        .filter(conflicts::tenant_id.eq(tenant.as_str()).and(conflicts::state.eq(OPEN)))
        .select(conflicts::id)
        .first(conn)
        .optional()?;
    Ok(first.is_some())
}

/// Which conflicts are meant.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    /// Of one client.
    pub client: Option<&'a str>,
    /// About one event.
    pub event: Option<&'a str>,
    /// [`OPEN`] or [`RESOLVED`].
    pub state: Option<&'a str>,
}

/// One page, newest first.
///
/// # Errors
/// Those of the database.
pub fn list(conn: &mut Conn, tenant: &TenantId, filter: &Filter<'_>, page: &Keyset) -> Result<Slice<Conflict>> {
    let mut query = conflicts::table
        .filter(conflicts::tenant_id.eq(tenant.as_str()))
        .order(conflicts::id.desc())
        .limit(page.fetch())
        .into_boxed();
    if let Some(client) = filter.client {
        query = query.filter(conflicts::client_id.eq(client));
    }
    if let Some(event) = filter.event {
        query = query.filter(conflicts::event_id.eq(event));
    }
    if let Some(state) = filter.state {
        query = query.filter(conflicts::state.eq(state));
    }
    if let Some((_, id)) = &page.after {
        query = query.filter(conflicts::id.lt(id));
    }
    Ok(page.cut(query.load::<Conflict>(conn)?, |row| (String::new(), row.id.clone())))
}

/// What was met about some events since a moment, and not decided for what was said here.
///
/// # Errors
/// Those of the database.
pub fn lost_since(
    conn: &mut Conn,
    tenant: &TenantId,
    events: &[&str],
    since: Instant,
) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for chunk in events.chunks(500) {
        let rows: Vec<(String, String)> = each_backend!(conn, |c| conflicts::table
            .filter(conflicts::tenant_id.eq(tenant.as_str()))
            .filter(conflicts::event_id.eq_any(chunk.iter().copied()))
            .filter(conflicts::created_at.ge(since))
            .filter(
                conflicts::resolution
                    .is_null()
                    .or(conflicts::resolution.assume_not_null().ne("mine"))
            )
            .order(conflicts::id)
            .select((conflicts::event_id, conflicts::kind))
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}
