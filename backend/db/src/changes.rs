//! What happened, in order: one log per tenant, for those who follow along.
//!
//! A number is taken from the tenant's counter inside the transaction that writes, and that transaction holds the counter
//! until it commits. So changes become visible in the order of their numbers: who has read up to one has missed nothing
//! before it. The price is that writers of one tenant wait for one another from there on: append last.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{
    Conn, Result, each_backend,
    schema::{change_counters, changes, events, kept_changes, outbox},
    types::Instant,
};

/// Rows in one statement; SQLite takes 32,766 parameters.
const CHUNK: usize = 3_000;

/// Something that happened, before it has a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChange {
    /// What kind of thing: `event`, `calendar`, …
    pub kind: &'static str,
    /// Which, as the API names it: an occurrence of a series is `evt_…_<key>`.
    pub id: String,
    /// In which calendar.
    pub calendar_id: Option<String>,
    /// Of which client.
    pub client_id: Option<String>,
    /// `created`, `updated` or `deleted`.
    pub action: &'static str,
    /// `ours` or `provider`.
    pub origin: &'static str,
    /// When.
    pub at: Instant,
}

#[derive(Insertable)]
// Without this SQLite inserts one by one.
#[diesel(table_name = changes, treat_none_as_default_value = false)]
struct Row<'a> {
    tenant_id: &'a str,
    seq: i64,
    kind: &'a str,
    id: &'a str,
    calendar_id: Option<&'a str>,
    client_id: Option<&'a str>,
    action: &'a str,
    origin: &'a str,
    at: Instant,
}

/// Something that happened. See [`NewChange`] for the fields.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
#[allow(missing_docs)]
pub struct Change {
    pub seq: i64,
    pub kind: String,
    pub id: String,
    pub calendar_id: Option<String>,
    pub client_id: Option<String>,
    pub action: String,
    pub origin: String,
    pub at: Instant,
}

/// Writes what happened, in this order. Call it last in a transaction. Returns the last number; `None`: nothing happened.
///
/// # Errors
/// Those of the database.
pub fn append(conn: &mut Conn, tenant: &TenantId, new: &[NewChange]) -> Result<Option<i64>> {
    let Ok(count @ 1..) = i64::try_from(new.len()) else {
        return Ok(None);
    };
    let last: i64 = each_backend!(conn, |c| diesel::insert_into(change_counters::table)
        .values((
            change_counters::tenant_id.eq(tenant.as_str()),
            change_counters::last_seq.eq(count)
        ))
        .on_conflict(change_counters::tenant_id)
        .do_update()
        .set(change_counters::last_seq.eq(change_counters::last_seq + count))
        .returning(change_counters::last_seq)
        .get_result(c))?;
    let rows: Vec<Row<'_>> = (last - count + 1..)
        .zip(new)
        .map(|(seq, one)| Row {
            tenant_id: tenant.as_str(),
            seq,
            kind: one.kind,
            id: &one.id,
            calendar_id: one.calendar_id.as_deref(),
            client_id: one.client_id.as_deref(),
            action: one.action,
            origin: one.origin,
            at: one.at,
        })
        .collect();
    // One row has a statement that stays prepared.
    if let [row] = rows.as_slice() {
        diesel::insert_into(changes::table).values(row).execute(conn)?;
        return Ok(Some(last));
    }
    for chunk in rows.chunks(CHUNK) {
        each_backend!(conn, |c| diesel::insert_into(changes::table).values(chunk).execute(c))?;
    }
    Ok(Some(last))
}

/// Which changes.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of one calendar and what is in it.
    pub calendar: Option<String>,
    /// Of one client and what is theirs.
    pub client: Option<String>,
}

/// The changes after a number, in order.
///
/// # Errors
/// Those of the database.
pub fn since(conn: &mut Conn, tenant: &TenantId, seq: i64, limit: i64, filter: &Filter) -> Result<Vec<Change>> {
    let mut query = changes::table
        .filter(changes::tenant_id.eq(tenant.as_str()).and(changes::seq.gt(seq)))
        .order(changes::seq)
        .limit(limit)
        .select((
            changes::seq,
            changes::kind,
            changes::id,
            changes::calendar_id,
            changes::client_id,
            changes::action,
            changes::origin,
            changes::at,
        ))
        .into_boxed();
    if let Some(calendar) = &filter.calendar {
        query = query.filter(changes::calendar_id.eq(calendar));
    }
    if let Some(client) = &filter.client {
        query = query.filter(changes::client_id.eq(client));
    }
    Ok(query.load(conn)?)
}

/// The last number given out; 0 when nothing ever happened.
///
/// # Errors
/// Those of the database.
pub fn last(conn: &mut Conn, tenant: &TenantId) -> Result<i64> {
    Ok(change_counters::table
        .find(tenant.as_str())
        .select(change_counters::last_seq)
        .first(conn)
        .optional()?
        .unwrap_or(0))
}

/// The first number that is still kept; `None` when none is.
///
/// # Errors
/// Those of the database.
pub fn oldest(conn: &mut Conn, tenant: &TenantId) -> Result<Option<i64>> {
    Ok(kept_changes::table
        .filter(kept_changes::tenant_id.eq(tenant.as_str()))
        .order(kept_changes::seq)
        .select(kept_changes::seq)
        .first(conn)
        .optional()?)
}

/// Forgets what happened before `before`, up to `limit` changes of each tenant, and returns how many that were. What is
/// kept has no gaps: from the first younger change on, everything stays.
///
/// # Errors
/// Those of the database.
pub fn purge(conn: &mut Conn, before: Instant, limit: i64) -> Result<usize> {
    let tenants: Vec<(String, i64)> = change_counters::table
        .select((change_counters::tenant_id, change_counters::last_seq))
        .load(conn)?;
    let mut removed = 0;
    for (tenant, last) in tenants {
        let of = || changes::tenant_id.eq(tenant.as_str());
        let first_kept: Option<i64> = changes::table
            .filter(of().and(changes::at.ge(before)))
            .order(changes::seq)
            .select(changes::seq)
            .first(conn)
            .optional()?;
        let Some(oldest) = oldest(conn, &TenantId::from_store(tenant.clone()))? else {
            continue;
        };
        let end = first_kept.unwrap_or(last + 1).min(oldest.saturating_add(limit));
        if end > oldest {
            removed += diesel::delete(changes::table.filter(of().and(changes::seq.lt(end)))).execute(conn)?;
        }
    }
    Ok(removed)
}

/// A row of an event and what the API calls it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Name {
    /// The row.
    pub id: String,
    /// See [`crate::events::NewRow::series_id`].
    pub series_id: Option<String>,
    /// See [`crate::events::NewRow::original_key`].
    pub original_key: Option<String>,
    /// See [`crate::events::NewRow::status`].
    pub status: String,
}

/// The names of the rows that [`crate::mirror::remove`] would remove.
///
/// # Errors
/// Those of the database.
pub fn named(conn: &mut Conn, calendar: &str, remote_ids: &[&str]) -> Result<Vec<Name>> {
    let columns = (events::id, events::series_id, events::original_key, events::status);
    let mut found = Vec::new();
    for chunk in remote_ids.chunks(500) {
        let named = || chunk.iter().copied();
        let rows: Vec<Name> = each_backend!(conn, |c| events::table
            .filter(events::calendar_id.eq(calendar))
            .filter(events::remote_id.eq_any(named()))
            .select(columns)
            .load(c))?;
        found.extend(rows);
        let rows: Vec<Name> = each_backend!(conn, |c| events::table
            .filter(events::calendar_id.eq(calendar))
            .filter(events::series_remote_id.assume_not_null().eq_any(named()))
            .select(columns)
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// The names of the rows that [`crate::mirror::sweep`] would remove.
///
/// # Errors
/// Those of the database.
pub fn unseen(conn: &mut Conn, calendar: &str, round: i64) -> Result<Vec<Name>> {
    let promised = outbox::table
        .filter(outbox::calendar_id.eq(calendar))
        .select(outbox::event_id);
    each_backend!(conn, |c| Ok(events::table
        .filter(events::calendar_id.eq(calendar).and(events::round.lt(round)))
        .filter(events::id.ne_all(promised))
        .select((events::id, events::series_id, events::original_key, events::status))
        .load(c)?))
}
