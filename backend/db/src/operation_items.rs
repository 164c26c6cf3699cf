//! The lines of operations, in order.

use diesel::{
    dsl::{count_star, exists, not},
    prelude::*,
};
use domain::id::TenantId;

use crate::{
    Conn, Result, each_backend,
    page::{Keyset, Slice},
    schema::{operation_items as items, outbox},
    types::Instant,
};

/// Rows in one statement; SQLite takes 32,766 parameters.
const CHUNK: usize = 1_000;

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
// Without this SQLite inserts one by one.
#[diesel(table_name = items, treat_none_as_default_value = false)]
pub struct Item {
    /// Of which operation.
    pub operation_id: String,
    /// Its place; the first is 1.
    pub seq: i64,
    /// Whose.
    pub tenant_id: String,
    /// The line of the file, or the number in the selection.
    pub line: i64,
    /// `create`, `update`, `delete`, `move`, `unchanged`, `duplicate` or `bad`.
    pub outcome: String,
    /// See [`PLANNED`] and the others.
    pub state: String,
    /// Where it is written to.
    pub calendar_id: Option<String>,
    /// The event it is about, as the API names it; of a new one when it was made.
    pub event_id: Option<String>,
    /// The row of events whose promise says how far it is.
    pub watch: Option<String>,
    /// JSON: the item, or why there is none.
    pub body: String,
    /// Why it failed.
    pub error_code: Option<String>,
    /// The same for people.
    pub error_detail: Option<String>,
    /// When it was written here.
    pub written_at: Option<Instant>,
    /// JSON: what else is at the same time, as far as the plan has seen; none: nothing.
    pub clashes: Option<String>,
    /// Of a move: the calendar that it is taken from.
    pub from_calendar: Option<String>,
}

/// To be done.
pub const PLANNED: &str = "planned";
/// Written here and promised to the provider.
pub const WRITTEN: &str = "written";
/// Of a move: it is at its new place, and promised to vanish from the old one.
pub const MOVING: &str = "moving";
/// At the provider.
pub const DONE: &str = "done";
/// Not done, and will not be by itself.
pub const FAILED: &str = "failed";
/// Nothing is done about it.
pub const SKIPPED: &str = "skipped";

/// Stores lines.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut Conn, rows: &[Item]) -> Result<()> {
    for chunk in rows.chunks(CHUNK) {
        each_backend!(conn, |c| diesel::insert_into(items::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// Removes up to `limit` lines of an operation. Returns how many.
///
/// # Errors
/// Those of the database.
pub fn clear(conn: &mut Conn, operation: &str, limit: i64) -> Result<usize> {
    let last: Option<i64> = items::table
        .filter(items::operation_id.eq(operation))
        .order(items::seq)
        .select(items::seq)
        .offset(limit - 1)
        .first(conn)
        .optional()?;
    let mine = items::operation_id.eq(operation);
    Ok(match last {
        Some(last) => diesel::delete(items::table.filter(mine.and(items::seq.le(last)))).execute(conn)?,
        None => diesel::delete(items::table.filter(mine)).execute(conn)?,
    })
}

/// Which lines are meant.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter<'a> {
    /// Of this outcome.
    pub outcome: Option<&'a str>,
    /// In one of these states; none named: in any.
    pub states: &'a [&'a str],
    /// Only those at whose time something else is.
    pub clashing: bool,
}

/// One page, in order.
///
/// # Errors
/// Those of the database.
pub fn list(
    conn: &mut Conn,
    tenant: &TenantId,
    operation: &str,
    filter: Filter<'_>,
    page: &Keyset,
) -> Result<Slice<Item>> {
    let rows: Vec<Item> = each_backend!(conn, |c| {
        let mut query = items::table
            .filter(
                items::operation_id
                    .eq(operation)
                    .and(items::tenant_id.eq(tenant.as_str())),
            )
            .order(items::seq)
            .limit(page.fetch())
            .into_boxed();
        if let Some(outcome) = filter.outcome {
            query = query.filter(items::outcome.eq(outcome));
        }
        if !filter.states.is_empty() {
            query = query.filter(items::state.eq_any(filter.states.iter().copied()));
        }
        if filter.clashing {
            query = query.filter(items::clashes.is_not_null());
        }
        if let Some(seq) = page.after.as_ref().and_then(|(seq, _)| seq.parse::<i64>().ok()) {
            query = query.filter(items::seq.gt(seq));
        }
        query.load(c)
    })?;
    Ok(page.cut(rows, |row| (row.seq.to_string(), String::new())))
}

/// One line.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn get(conn: &mut Conn, operation: &str, seq: i64) -> Result<Item> {
    Ok(items::table.find((operation, seq)).first(conn)?)
}

/// The calendars in which lines wait to be done, in no order: as many steps in an index as there are calendars.
const WAITING_IN: &str = "
    WITH RECURSIVE places (id) AS (
        SELECT MIN(calendar_id) FROM operation_items WHERE operation_id = $1 AND state = 'planned'
        UNION ALL
        SELECT (SELECT MIN(i.calendar_id) FROM operation_items i
                WHERE i.operation_id = $1 AND i.state = 'planned' AND i.calendar_id > places.id)
        FROM places WHERE places.id IS NOT NULL
    )
    SELECT id FROM places WHERE id IS NOT NULL";

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = diesel::sql_types::Text)]
    id: String,
}

/// The calendars in which lines wait to be done.
///
/// # Errors
/// Those of the database.
pub fn places(conn: &mut Conn, operation: &str) -> Result<Vec<String>> {
    let places: Vec<Place> = each_backend!(conn, |c| diesel::sql_query(WAITING_IN)
        .bind::<diesel::sql_types::Text, _>(operation)
        .load(c))?;
    Ok(places.into_iter().map(|place| place.id).collect())
}

/// The next lines to do in a calendar.
///
/// # Errors
/// Those of the database.
pub fn next(conn: &mut Conn, operation: &str, calendar: &str, limit: i64) -> Result<Vec<Item>> {
    Ok(items::table
        .filter(items::operation_id.eq(operation).and(items::state.eq(PLANNED)))
        .filter(items::calendar_id.eq(calendar))
        .order(items::seq)
        .limit(limit)
        .load(conn)?)
}

/// Lines of a state ([`WRITTEN`] or [`MOVING`]) that are on their way, in order, behind a place; but not those whose promise
/// waits for its turn, of which there is nothing to say. Of one state at a time: for two at once SQLite would read every line
/// of the operation.
///
/// # Errors
/// Those of the database.
pub fn on_the_way(conn: &mut Conn, operation: &str, state: &str, after: i64, limit: i64) -> Result<Vec<Item>> {
    each_backend!(conn, |c| {
        let in_line = outbox::table
            .filter(outbox::event_id.nullable().eq(items::watch))
            .filter(outbox::state.eq(crate::outbox::WAITING).and(outbox::error_at.is_null()));
        Ok(items::table
            .filter(items::operation_id.eq(operation).and(items::state.eq(state)))
            .filter(items::seq.gt(after).and(not(exists(in_line))))
            .order(items::seq)
            .limit(limit)
            .load(c)?)
    })
}

/// How many lines are on their way in each calendar.
///
/// # Errors
/// Those of the database.
pub fn load(conn: &mut Conn, operation: &str) -> Result<Vec<(Option<String>, i64)>> {
    each_backend!(conn, |c| Ok(items::table
        .filter(
            items::operation_id
                .eq(operation)
                .and(items::state.eq_any([WRITTEN, MOVING]))
        )
        .group_by(items::calendar_id)
        .select((items::calendar_id, count_star()))
        .load(c)?))
}

/// Lines that are done, the last first, before a place: what is undone, in the order in which it is.
///
/// # Errors
/// Those of the database.
pub fn done_before(conn: &mut Conn, tenant: &TenantId, operation: &str, before: i64, limit: i64) -> Result<Vec<Item>> {
    Ok(items::table
        .filter(
            items::operation_id
                .eq(operation)
                .and(items::tenant_id.eq(tenant.as_str())),
        )
        .filter(items::state.eq(DONE).and(items::seq.lt(before)))
        .order(items::seq.desc())
        .limit(limit)
        .load(conn)?)
}

/// What becomes of a line.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = items, treat_none_as_null = true)]
pub struct Outcome {
    /// See [`Item::state`].
    pub state: String,
    /// See [`Item::event_id`].
    pub event_id: Option<String>,
    /// See [`Item::watch`].
    pub watch: Option<String>,
    /// See [`Item::error_code`].
    pub error_code: Option<String>,
    /// See [`Item::error_detail`].
    pub error_detail: Option<String>,
    /// See [`Item::written_at`].
    pub written_at: Option<Instant>,
}

/// Notes what else is at the times of lines.
///
/// # Errors
/// Those of the database.
pub fn note_clashes(conn: &mut Conn, operation: &str, clashes: &[(i64, String)]) -> Result<()> {
    for (seq, text) in clashes {
        diesel::update(items::table.find((operation, seq)))
            .set(items::clashes.eq(text))
            .execute(conn)?;
    }
    Ok(())
}

/// Writes what became of a line.
///
/// # Errors
/// Those of the database.
pub fn record(conn: &mut Conn, operation: &str, seq: i64, outcome: &Outcome) -> Result<()> {
    diesel::update(items::table.find((operation, seq)))
        .set(outcome)
        .execute(conn)?;
    Ok(())
}

/// Lines are at their provider.
///
/// # Errors
/// Those of the database.
pub fn done(conn: &mut Conn, operation: &str, seqs: &[i64]) -> Result<()> {
    for chunk in seqs.chunks(CHUNK) {
        each_backend!(conn, |c| diesel::update(
            items::table.filter(items::operation_id.eq(operation).and(items::seq.eq_any(chunk)))
        )
        .set(items::state.eq(DONE))
        .execute(c))?;
    }
    Ok(())
}

/// Every line of one state gets another. Returns how many.
///
/// # Errors
/// Those of the database.
pub fn all_become(conn: &mut Conn, operation: &str, from: &str, to: &str) -> Result<usize> {
    Ok(
        diesel::update(items::table.filter(items::operation_id.eq(operation).and(items::state.eq(from))))
            .set((
                items::state.eq(to),
                items::error_code.eq(None::<String>),
                items::error_detail.eq(None::<String>),
            ))
            .execute(conn)?,
    )
}
