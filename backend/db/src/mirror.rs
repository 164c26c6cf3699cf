//! Writing the mirror: the rows of events as a pull or a write of ours brings them.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{
    Conn, Result, each_backend,
    events::{HIDDEN, NewRow},
    schema::{events, outbox},
    types::Instant,
};

/// Rows in one statement; SQLite takes 32,766 parameters.
const CHUNK: usize = 500;

/// What is known of a row before it is written again.
#[derive(Debug, Clone, Queryable)]
pub struct Known {
    /// The row.
    pub id: String,
    /// The provider's name for it.
    pub remote_id: String,
    /// The provider's version.
    pub etag: Option<String>,
    /// See [`NewRow::series_id`].
    pub series_id: Option<String>,
    /// See [`NewRow::original_key`].
    pub original_key: Option<String>,
    /// See [`NewRow::original_start`].
    pub original_start: Option<String>,
    /// See [`NewRow::status`], or [`HIDDEN`].
    pub status: String,
    /// See [`NewRow::content`].
    pub content: String,
    /// See [`NewRow::html_link`].
    pub html_link: Option<String>,
    /// See [`NewRow::revision`].
    pub revision: i64,
    /// See [`NewRow::created_at`].
    pub created_at: Instant,
    /// See [`NewRow::updated_at`].
    pub updated_at: Instant,
    /// See [`NewRow::starts_at`].
    pub starts_at: Instant,
    /// See [`NewRow::ends_at`].
    pub ends_at: Instant,
    /// See [`NewRow::remote_updated_at`].
    pub remote_updated_at: Option<Instant>,
}

/// The columns of [`Known`].
macro_rules! known {
    () => {
        (
            events::id,
            events::remote_id,
            events::etag,
            events::series_id,
            events::original_key,
            events::original_start,
            events::status,
            events::content,
            events::html_link,
            events::revision,
            events::created_at,
            events::updated_at,
            events::starts_at,
            events::ends_at,
            events::remote_updated_at,
        )
    };
}

/// Rows by the provider's names.
///
/// # Errors
/// Those of the database.
pub fn known(conn: &mut Conn, calendar: &str, remote_ids: &[&str]) -> Result<Vec<Known>> {
    let mut found = Vec::with_capacity(remote_ids.len());
    for chunk in remote_ids.chunks(CHUNK) {
        let rows: Vec<Known> = each_backend!(conn, |c| events::table
            .filter(events::calendar_id.eq(calendar))
            .filter(events::remote_id.eq_any(chunk.iter().copied()))
            .select(known!())
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// Overrides that the provider has not named yet.
///
/// # Errors
/// Those of the database.
pub fn unnamed(conn: &mut Conn, calendar: &str) -> Result<Vec<Known>> {
    let about = outbox::table
        .filter(outbox::calendar_id.eq(calendar))
        .select(outbox::event_id);
    each_backend!(conn, |c| Ok(events::table
        .filter(events::id.eq_any(about))
        .filter(events::series_remote_id.is_not_null())
        .filter(events::remote_id.like("pending:%"))
        .select(known!())
        .load(c)?))
}

/// Which of these identifiers rows hold already, in whatever calendar.
///
/// # Errors
/// Those of the database.
pub fn taken(conn: &mut Conn, ids: &[String]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for chunk in ids.chunks(CHUNK) {
        let rows: Vec<String> = each_backend!(conn, |c| events::table
            .filter(events::id.eq_any(chunk))
            .select(events::id)
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// Stores new rows.
///
/// # Errors
/// [`crate::Error::Conflict`] when one is there already.
pub fn insert(conn: &mut Conn, rows: &[NewRow]) -> Result<()> {
    // One row has a statement that stays prepared.
    if let [row] = rows {
        diesel::insert_into(events::table).values(row).execute(conn)?;
        return Ok(());
    }
    for chunk in rows.chunks(CHUNK) {
        each_backend!(conn, |c| diesel::insert_into(events::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// Writes a row again as a whole.
///
/// # Errors
/// Those of the database.
pub fn replace(conn: &mut Conn, row: &NewRow) -> Result<()> {
    diesel::update(events::table.find(&row.id)).set(row).execute(conn)?;
    Ok(())
}

/// Marks rows as seen by a round and otherwise unchanged.
///
/// # Errors
/// Those of the database.
pub fn seen(conn: &mut Conn, ids: &[&str], round: i64) -> Result<()> {
    for chunk in ids.chunks(CHUNK) {
        each_backend!(conn, |c| diesel::update(
            events::table.filter(events::id.eq_any(chunk.iter().copied()))
        )
        .set(events::round.eq(round))
        .execute(c))?;
    }
    Ok(())
}

/// Ties overrides that came before their series to it: series by the provider's names, with their rows.
///
/// # Errors
/// Those of the database.
pub fn adopt(conn: &mut Conn, calendar: &str, series: &[(String, String)]) -> Result<()> {
    for chunk in series.chunks(CHUNK) {
        // Hardly ever any.
        let waited_for: Vec<String> = each_backend!(conn, |c| events::table
            .filter(events::calendar_id.eq(calendar).and(events::series_id.is_null()))
            .filter(
                events::series_remote_id
                    .assume_not_null()
                    .eq_any(chunk.iter().map(|(remote_id, _)| remote_id))
            )
            .select(events::series_remote_id.assume_not_null())
            .load(c))?;
        for (remote_id, id) in chunk.iter().filter(|(remote_id, _)| waited_for.contains(remote_id)) {
            let orphans = events::calendar_id
                .eq(calendar)
                .and(events::series_remote_id.eq(remote_id));
            diesel::update(events::table.filter(orphans.and(events::series_id.is_null())))
                .set(events::series_id.eq(id))
                .execute(conn)?;
        }
    }
    Ok(())
}

/// Removes rows by the provider's names; a series takes its overrides along.
///
/// # Errors
/// Those of the database.
pub fn remove(conn: &mut Conn, calendar: &str, remote_ids: &[&str]) -> Result<()> {
    // Two statements, each with an index of its own: one with OR reads the whole calendar.
    for chunk in remote_ids.chunks(CHUNK) {
        let named = || chunk.iter().copied();
        each_backend!(conn, |c| diesel::delete(
            events::table
                .filter(events::calendar_id.eq(calendar))
                .filter(events::remote_id.eq_any(named()))
        )
        .execute(c))?;
        each_backend!(conn, |c| diesel::delete(
            events::table
                .filter(events::calendar_id.eq(calendar))
                .filter(events::series_remote_id.assume_not_null().eq_any(named()))
        )
        .execute(c))?;
    }
    Ok(())
}

/// The provider's names of the overrides of a series.
///
/// # Errors
/// Those of the database.
pub fn overrides_of(conn: &mut Conn, calendar: &str, series_remote_id: &str) -> Result<Vec<String>> {
    Ok(events::table
        .filter(
            events::calendar_id
                .eq(calendar)
                .and(events::series_remote_id.eq(series_remote_id)),
        )
        .select(events::remote_id)
        .load(conn)?)
}

/// The provider's names, or ours, of the overrides of some series that something is promised about.
///
/// # Errors
/// Those of the database.
pub fn promised_of(conn: &mut Conn, calendar: &str, series: &[&str]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for chunk in series.chunks(CHUNK) {
        let promised = outbox::table
            .filter(outbox::calendar_id.eq(calendar))
            .select(outbox::event_id);
        let rows: Vec<String> = each_backend!(conn, |c| events::table
            .filter(events::id.eq_any(promised))
            .filter(events::series_remote_id.assume_not_null().eq_any(chunk.iter().copied()))
            .select(events::remote_id)
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// The provider's names of the rows of a calendar in their order, after one of them, so many at most.
///
/// # Errors
/// Those of the database.
pub fn names(conn: &mut Conn, calendar: &str, after: &str, limit: i64) -> Result<Vec<String>> {
    Ok(events::table
        .filter(events::calendar_id.eq(calendar).and(events::remote_id.gt(after)))
        .order(events::remote_id)
        .limit(limit)
        .select(events::remote_id)
        .load(conn)?)
}

/// Takes it that a full round saw the series about whose dates we have promised something: a call finds out about them.
///
/// # Errors
/// Those of the database.
pub fn spare(conn: &mut Conn, calendar: &str, round: i64) -> Result<()> {
    let promised = outbox::table
        .filter(outbox::calendar_id.eq(calendar))
        .select(outbox::event_id);
    let series: Vec<String> = each_backend!(conn, |c| events::table
        .filter(events::id.eq_any(promised))
        .filter(events::series_id.is_not_null())
        .select(events::series_id.assume_not_null())
        .load(c))?;
    let series: Vec<&str> = series.iter().map(String::as_str).collect();
    seen(conn, &series, round)
}

/// How many rows a full round did not see.
///
/// # Errors
/// Those of the database.
pub fn unseen(conn: &mut Conn, calendar: &str, round: i64) -> Result<i64> {
    let missed = events::calendar_id.eq(calendar).and(events::round.lt(round));
    Ok(events::table.filter(missed).count().first(conn)?)
}

/// Removes what a full round did not see, but for what we have promised something about, which a call finds out about.
///
/// # Errors
/// Those of the database.
pub fn sweep(conn: &mut Conn, calendar: &str, round: i64) -> Result<usize> {
    let promised = outbox::table
        .filter(outbox::calendar_id.eq(calendar))
        .select(outbox::event_id);
    each_backend!(conn, |c| Ok(diesel::delete(
        events::table
            .filter(events::calendar_id.eq(calendar).and(events::round.lt(round)))
            .filter(events::id.ne_all(promised))
    )
    .execute(c)?))
}

/// What a row says, and what follows from that.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = events, treat_none_as_null = true)]
pub struct Said {
    /// See [`NewRow::starts_at`].
    pub starts_at: Instant,
    /// See [`NewRow::ends_at`].
    pub ends_at: Instant,
    /// See [`NewRow::is_recurring`].
    pub is_recurring: bool,
    /// See [`NewRow::status`].
    pub status: String,
    /// See [`NewRow::search_text`].
    pub search_text: String,
    /// See [`NewRow::external_id`].
    pub external_id: Option<String>,
    /// See [`NewRow::content`].
    pub content: String,
}

/// Makes a row say something else.
///
/// # Errors
/// Those of the database.
pub fn say(conn: &mut Conn, id: &str, said: &Said, now: Instant) -> Result<()> {
    diesel::update(events::table.find(id))
        .set((
            said,
            events::revision.eq(events::revision + 1),
            events::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Makes an override that of another occurrence, with no name at the provider.
///
/// # Errors
/// Those of the database.
pub fn place(conn: &mut Conn, id: &str, key: &str, original_start: &str) -> Result<()> {
    diesel::update(events::table.find(id))
        .set((
            events::original_key.eq(key),
            events::original_start.eq(original_start),
            events::remote_id.eq(format!("pending:{id}")),
            events::etag.eq(None::<String>),
        ))
        .execute(conn)?;
    Ok(())
}

/// Hides an event, and a series with its overrides, until its provider has deleted it.
///
/// # Errors
/// Those of the database.
pub fn hide(conn: &mut Conn, tenant: &TenantId, id: &str, now: Instant) -> Result<()> {
    let mine = events::tenant_id.eq(tenant.as_str());
    let hidden = (
        events::status.eq(HIDDEN),
        events::revision.eq(events::revision + 1),
        events::updated_at.eq(now),
    );
    diesel::update(events::table.filter(mine.and(events::id.eq(id))))
        .set(hidden)
        .execute(conn)?;
    diesel::update(events::table.filter(mine.and(events::series_id.eq(id))))
        .set(hidden)
        .execute(conn)?;
    Ok(())
}

/// The hidden rows of an event or a series: id and content.
///
/// # Errors
/// Those of the database.
pub fn hidden(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Vec<(String, String)>> {
    // Two statements, each with an index of its own: one with OR reads the whole tenant.
    let hidden = || events::tenant_id.eq(tenant.as_str()).and(events::status.eq(HIDDEN));
    let what = (events::id, events::content);
    let mut found: Vec<(String, String)> = events::table
        .filter(hidden().and(events::id.eq(id)))
        .select(what)
        .load(conn)?;
    let overrides: Vec<(String, String)> = events::table
        .filter(hidden().and(events::series_id.eq(id)))
        .select(what)
        .load(conn)?;
    found.extend(overrides);
    Ok(found)
}

/// Shows a hidden row again, with the status its content says.
///
/// # Errors
/// Those of the database.
pub fn show(conn: &mut Conn, id: &str, status: &str, now: Instant) -> Result<()> {
    diesel::update(events::table.find(id))
        .set((
            events::status.eq(status),
            events::revision.eq(events::revision + 1),
            events::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// The provider has named a row. Its overrides learn the new name of their series.
///
/// # Errors
/// Those of the database.
pub fn rename(conn: &mut Conn, tenant: &TenantId, id: &str, remote_id: &str) -> Result<()> {
    diesel::update(events::table.find(id))
        .set(events::remote_id.eq(remote_id))
        .execute(conn)?;
    diesel::update(events::table.filter(events::tenant_id.eq(tenant.as_str()).and(events::series_id.eq(id))))
        .set(events::series_remote_id.eq(remote_id))
        .execute(conn)?;
    Ok(())
}

/// Removes rows by identifier, series with their overrides.
///
/// # Errors
/// Those of the database.
pub fn erase(conn: &mut Conn, tenant: &TenantId, ids: &[&str]) -> Result<()> {
    for chunk in ids.chunks(CHUNK) {
        let named = || chunk.iter().copied();
        each_backend!(conn, |c| diesel::delete(
            events::table
                .filter(events::tenant_id.eq(tenant.as_str()))
                .filter(events::series_id.assume_not_null().eq_any(named()))
        )
        .execute(c))?;
        each_backend!(conn, |c| diesel::delete(
            events::table
                .filter(events::tenant_id.eq(tenant.as_str()))
                .filter(events::id.eq_any(named()))
        )
        .execute(c))?;
    }
    Ok(())
}

/// Takes a row, and with it its overrides, to another calendar under a new name, seen by that one's `round`. What a pull put
/// there meanwhile gives way: the rows keep their identifiers.
///
/// # Errors
/// Those of the database.
pub fn relocate(
    conn: &mut Conn,
    tenant: &TenantId,
    id: &str,
    (calendar, round): (&str, i64),
    remote_id: &str,
) -> Result<()> {
    let there = events::calendar_id.eq(calendar);
    diesel::delete(events::table.filter(there.and(events::series_remote_id.eq(remote_id)))).execute(conn)?;
    diesel::delete(events::table.filter(there.and(events::remote_id.eq(remote_id)).and(events::id.ne(id))))
        .execute(conn)?;
    let here = (events::calendar_id.eq(calendar), events::round.eq(round));
    diesel::update(events::table.filter(events::tenant_id.eq(tenant.as_str()).and(events::series_id.eq(id))))
        .set((here, events::series_remote_id.eq(remote_id)))
        .execute(conn)?;
    diesel::update(events::table.find(id))
        .set((here, events::remote_id.eq(remote_id)))
        .execute(conn)?;
    Ok(())
}
