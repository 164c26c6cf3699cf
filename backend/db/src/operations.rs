//! Operations: bulk work that is planned, looked at, applied and perhaps undone. Their lines are in
//! [`crate::operation_items`]; how many of them are how far is counted here.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};
use domain::id::TenantId;

use crate::{
    Conn, Error, Result, each_backend,
    page::{Keyset, Slice},
    schema::operations,
    types::Instant,
};

/// An operation, but for what it is made from: see [`source`].
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = operations, treat_none_as_null = true)]
pub struct Operation {
    /// `op_…`
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// `import`, `template`, `edit` or `undo`.
    pub kind: String,
    /// For people.
    pub title: String,
    /// See [`PLANNING`] and the others.
    pub state: String,
    /// Whom the provider may mail.
    pub notify: String,
    /// Whether events are made that look like one that is there.
    pub allow_duplicates: bool,
    /// Lines.
    pub total: i64,
    /// Those that are at their provider.
    pub done: i64,
    /// Those that are not, and will not be by themselves.
    pub failed: i64,
    /// Those that nothing is done about.
    pub skipped: i64,
    /// Those that are on their way to the provider.
    pub written: i64,
    /// JSON of [`domain::stacking::plan::Summary`].
    pub summary: Option<String>,
    /// JSON: the clock that the time left is read off.
    pub progress: Option<String>,
    /// The percent that were told last.
    pub percent: i32,
    /// Why it could not be planned.
    pub error_code: Option<String>,
    /// The same for people.
    pub error_detail: Option<String>,
    /// The operation that it undoes.
    pub undo_of: Option<String>,
    /// The operation that undoes it.
    pub undone_by: Option<String>,
    /// `usr_…` or `key_…`
    pub created_by: String,
    /// JSON list: what was done to it, by whom, when.
    pub log: String,
    /// When it last had its turn.
    pub turn: Instant,
    /// Who plans it.
    pub lease: Option<String>,
    /// Until when they are believed to.
    pub lease_until: Option<Instant>,
    /// When it was asked for.
    pub created_at: Instant,
    /// When its plan was ready.
    pub planned_at: Option<Instant>,
    /// When somebody said yes.
    pub started_at: Option<Instant>,
    /// When nothing was left to do.
    pub finished_at: Option<Instant>,
    /// How often somebody began to make its plan.
    pub tries: i32,
}

/// Its plan is being made.
pub const PLANNING: &str = "planning";
/// Its plan can be looked at.
pub const PLANNED: &str = "planned";
/// It is applied.
pub const RUNNING: &str = "running";
/// It was being applied, and will be again.
pub const PAUSED: &str = "paused";
/// It will not be applied (any further).
pub const CANCELLED: &str = "cancelled";
/// Everything was tried.
pub const DONE: &str = "done";
/// No plan could be made.
pub const FAILED: &str = "failed";

/// Stores a new operation, and what it is made from.
///
/// # Errors
/// Those of the database.
pub fn insert(conn: &mut Conn, row: &Operation, source: &str) -> Result<()> {
    diesel::insert_into(operations::table)
        .values((row, operations::source.eq(source)))
        .execute(conn)?;
    Ok(())
}

/// What an operation is made from, as JSON. It may be large, and only who makes the plan asks for it.
///
/// # Errors
/// [`Error::NotFound`].
pub fn source(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<String> {
    Ok(operations::table
        .filter(operations::tenant_id.eq(tenant.as_str()).and(operations::id.eq(id)))
        .select(operations::source)
        .first(conn)?)
}

/// Forgets what an operation was made from: its plan is ready, and its row is written often from now on.
///
/// # Errors
/// Those of the database.
pub fn forget_source(conn: &mut Conn, id: &str) -> Result<()> {
    diesel::update(operations::table.find(id))
        .set(operations::source.eq("{}"))
        .execute(conn)?;
    Ok(())
}

/// One operation.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Operation> {
    Ok(operations::table
        .filter(operations::tenant_id.eq(tenant.as_str()).and(operations::id.eq(id)))
        .select(Operation::as_select())
        .first(conn)?)
}

/// One operation, and whoever else wants to change it waits for the end of this transaction. Call it before anything else
/// in it.
///
/// # Errors
/// [`Error::NotFound`].
pub fn lock(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Operation> {
    let this = operations::tenant_id.eq(tenant.as_str()).and(operations::id.eq(id));
    each_backend!(conn, |c| Ok(diesel::update(operations::table.filter(this))
        .set(operations::turn.eq(operations::turn))
        .returning(Operation::as_returning())
        .get_result(c)?))
}

/// Locks an operation that has its turn, and notes when.
///
/// # Errors
/// [`Error::NotFound`].
pub fn lock_for_turn(conn: &mut Conn, tenant: &TenantId, id: &str, now: Instant) -> Result<Operation> {
    let this = operations::tenant_id.eq(tenant.as_str()).and(operations::id.eq(id));
    each_backend!(conn, |c| Ok(diesel::update(operations::table.filter(this))
        .set(operations::turn.eq(now))
        .returning(Operation::as_returning())
        .get_result(c)?))
}

/// Writes an operation again as a whole. Only in a transaction that has locked it.
///
/// # Errors
/// [`Error::NotFound`]: it was removed.
pub fn save(conn: &mut Conn, row: &Operation) -> Result<()> {
    match diesel::update(operations::table.find(&row.id)).set(row).execute(conn)? {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// One page, newest first.
///
/// # Errors
/// Those of the database.
pub fn list(conn: &mut Conn, tenant: &TenantId, state: Option<&str>, page: &Keyset) -> Result<Slice<Operation>> {
    let mut query = operations::table
        .filter(operations::tenant_id.eq(tenant.as_str()))
        .order(operations::id.desc())
        .limit(page.fetch())
        .select(Operation::as_select())
        .into_boxed();
    if let Some(state) = state {
        query = query.filter(operations::state.eq(state));
    }
    if let Some((_, id)) = &page.after {
        // Identifiers grow with time.
        query = query.filter(operations::id.lt(id));
    }
    Ok(page.cut(query.load::<Operation>(conn)?, |row| (String::new(), row.id.clone())))
}

/// An operation that has something to do: its tenant and itself.
pub type Due = (String, String);

#[derive(QueryableByName)]
struct Work {
    #[diesel(sql_type = Text)]
    tenant_id: String,
    #[diesel(sql_type = Text)]
    id: String,
}

/// The operation of each tenant that waits longest, of those of a kind: so many of one do not hide those of another. The kind
/// is said as the partial indexes say it, because SQLite does not look at what is bound.
macro_rules! one_of_each_tenant {
    ($which:literal) => {
        concat!(
            "SELECT tenant_id, id FROM (SELECT tenant_id, id, turn, \
             ROW_NUMBER() OVER (PARTITION BY tenant_id ORDER BY turn, id) AS place FROM operations WHERE ",
            $which,
            ") AS o WHERE place = 1 ORDER BY turn, id LIMIT 100"
        )
    };
}

const TO_PLAN: &str = one_of_each_tenant!("state = 'planning' AND (lease_until IS NULL OR lease_until <= $1)");
const AT_WORK: &str = one_of_each_tenant!("(state = 'running' OR written > 0)");

fn due(found: Vec<Work>) -> Vec<Due> {
    found.into_iter().map(|work| (work.tenant_id, work.id)).collect()
}

/// Of each tenant an operation whose plan nobody is making, who waits longest first.
///
/// # Errors
/// Those of the database.
pub fn to_plan(conn: &mut Conn, now: Instant) -> Result<Vec<Due>> {
    each_backend!(conn, |c| Ok(due(sql_query(TO_PLAN)
        .bind::<BigInt, _>(now.micros())
        .load(c)?)))
}

/// Of each tenant an operation that is applied, or of which something is on its way; who had no turn for longest first.
///
/// # Errors
/// Those of the database.
pub fn at_work(conn: &mut Conn) -> Result<Vec<Due>> {
    each_backend!(conn, |c| Ok(due(sql_query(AT_WORK).load(c)?)))
}

/// Takes an operation to make its plan. `false`: somebody else makes it, or nobody wants it any more.
///
/// # Errors
/// Those of the database.
pub fn take(conn: &mut Conn, id: &str, holder: &str, now: Instant, until: Instant) -> Result<bool> {
    let free = operations::lease_until
        .is_null()
        .or(operations::lease_until.assume_not_null().le(now));
    let this = operations::id.eq(id).and(operations::state.eq(PLANNING)).and(free);
    let taken = diesel::update(operations::table.filter(this))
        .set((
            operations::lease.eq(holder),
            operations::lease_until.eq(until),
            operations::turn.eq(now),
            operations::tries.eq(operations::tries + 1),
        ))
        .execute(conn)?;
    Ok(taken == 1)
}

/// Holds on to an operation whose plan one makes.
///
/// # Errors
/// [`Error::NotFound`]: somebody else makes it by now, or nobody wants it any more; write nothing.
pub fn hold(conn: &mut Conn, id: &str, holder: &str, until: Instant) -> Result<()> {
    let mine = operations::id
        .eq(id)
        .and(operations::lease.eq(holder))
        .and(operations::state.eq(PLANNING));
    match diesel::update(operations::table.filter(mine))
        .set(operations::lease_until.eq(until))
        .execute(conn)?
    {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// Notes how many lines are read, while the plan is made.
///
/// # Errors
/// Those of the database.
pub fn has_read(conn: &mut Conn, id: &str, lines: i64) -> Result<()> {
    diesel::update(operations::table.find(id))
        .set(operations::total.eq(lines))
        .execute(conn)?;
    Ok(())
}

/// Forgets up to `limit` operations that are older and at rest, without lines. Returns how many.
///
/// # Errors
/// Those of the database.
pub fn purge(conn: &mut Conn, before: Instant, limit: i64) -> Result<usize> {
    let old = old(conn, before, limit)?;
    each_backend!(conn, |c| Ok(diesel::delete(
        operations::table.filter(operations::id.eq_any(&old))
    )
    .execute(c)?))
}

/// Operations that are older and at rest.
///
/// # Errors
/// Those of the database.
pub fn old(conn: &mut Conn, before: Instant, limit: i64) -> Result<Vec<String>> {
    Ok(operations::table
        .filter(operations::created_at.lt(before).and(operations::written.eq(0)))
        .filter(operations::state.ne(RUNNING).and(operations::state.ne(PLANNING)))
        .order(operations::id)
        .select(operations::id)
        .limit(limit)
        .load(conn)?)
}
