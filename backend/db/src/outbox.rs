//! The outbox: changes of ours that a provider has not confirmed, one row per event, and the lanes they wait in, one
//! per calendar.
//!
//! Two facts to hold: a promise is made in the transaction that changes the mirror, and it ends in the transaction that
//! records the provider's answer, unless it was renewed in between (`version`).

use diesel::{dsl::case_when, prelude::*};
use domain::id::TenantId;

use crate::{
    Conn, Error, Result, each_backend,
    page::{Keyset, Slice},
    schema::{calendars, lanes, outbox},
    types::Instant,
};

/// A promise.
#[derive(Debug, Clone, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = outbox, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Promise {
    /// `map_…`
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// For which client.
    pub client_id: String,
    /// In which calendar.
    pub calendar_id: String,
    /// About which row of events.
    pub event_id: String,
    /// The change it belongs to: its promises stand or fall together.
    pub group_id: String,
    /// The order within a calendar.
    pub seq: i64,
    /// Lower goes first.
    pub priority: i32,
    /// `create`, `update` or `delete`.
    pub action: String,
    /// Of a new event: what its name at the provider is made of.
    pub create_key: Option<String>,
    /// What the provider last said, JSON of [`domain::event::EventContent`].
    pub base: Option<String>,
    /// What the last call carried.
    pub sent: Option<String>,
    /// Whom the provider may mail.
    pub notify: String,
    /// See [`WAITING`], [`HELD`], [`DEAD`], [`OVERTAKEN`], [`DONE`].
    pub state: String,
    /// Counts renewals.
    pub version: i64,
    /// Tries so far.
    pub attempts: i32,
    /// Why the last try failed.
    pub error_code: Option<String>,
    /// The same for people.
    pub error_detail: Option<String>,
    /// When.
    pub error_at: Option<Instant>,
    /// When it was first made.
    pub created_at: Instant,
    /// When it was last renewed.
    pub updated_at: Instant,
}

/// To be done.
pub const WAITING: &str = "waiting";
/// Another promise of the same change needs a person first.
pub const HELD: &str = "held";
/// Needs a person.
pub const DEAD: &str = "dead";
/// About a date of a series that is to be deleted: it belongs to that change now, and waits again if that is taken back.
pub const OVERTAKEN: &str = "overtaken";
/// Kept; remembered until its whole change is.
pub const DONE: &str = "done";

/// Gives the next places in a calendar's lane, makes the lane if there is none, and makes it due.
///
/// # Errors
/// Those of the database.
pub fn places(
    conn: &mut Conn,
    tenant: &TenantId,
    calendar: &str,
    count: i64,
    priority: i32,
    now: Instant,
) -> Result<i64> {
    let next: i64 = each_backend!(conn, |c| diesel::insert_into(lanes::table)
        .values((
            lanes::calendar_id.eq(calendar),
            lanes::tenant_id.eq(tenant.as_str()),
            lanes::next_seq.eq(count),
            lanes::priority.eq(priority),
            lanes::due_at.eq(now),
        ))
        .on_conflict(lanes::calendar_id)
        .do_update()
        .set((
            lanes::next_seq.eq(lanes::next_seq + count),
            // What waits there already may be more urgent.
            lanes::priority.eq(case_when(
                lanes::due_at.is_not_null().and(lanes::priority.lt(priority)),
                lanes::priority
            )
            .otherwise(priority)),
            lanes::due_at.eq(now),
        ))
        .returning(lanes::next_seq)
        .get_result(c))?;
    Ok(next - count)
}

/// Makes everybody else who changes events of the calendar, or brings what its provider says, wait for the end of this
/// transaction. Call it before reading what is to be changed.
///
/// # Errors
/// Those of the database.
pub fn lock(conn: &mut Conn, tenant: &TenantId, calendar: &str) -> Result<()> {
    each_backend!(conn, |c| diesel::insert_into(lanes::table)
        .values((
            lanes::calendar_id.eq(calendar),
            lanes::tenant_id.eq(tenant.as_str()),
            lanes::next_seq.eq(0),
            lanes::priority.eq(0),
        ))
        .on_conflict(lanes::calendar_id)
        .do_update()
        .set(lanes::next_seq.eq(lanes::next_seq))
        .execute(c))?;
    Ok(())
}

/// Stores a new promise.
///
/// # Errors
/// [`Error::Conflict`] when there is one about the event.
pub fn insert(conn: &mut Conn, row: &Promise) -> Result<()> {
    diesel::insert_into(outbox::table).values(row).execute(conn)?;
    Ok(())
}

/// Writes a promise again as a whole.
///
/// # Errors
/// Those of the database.
pub fn replace(conn: &mut Conn, row: &Promise) -> Result<()> {
    diesel::update(outbox::table.find(&row.id)).set(row).execute(conn)?;
    Ok(())
}

/// The promise about an event.
///
/// # Errors
/// Those of the database.
pub fn about(conn: &mut Conn, event: &str) -> Result<Option<Promise>> {
    Ok(outbox::table
        .filter(outbox::event_id.eq(event))
        .first(conn)
        .optional()?)
}

/// The promises about some events.
///
/// # Errors
/// Those of the database.
pub fn about_some(conn: &mut Conn, events: &[&str]) -> Result<Vec<Promise>> {
    let mut found = Vec::new();
    for chunk in events.chunks(500) {
        let rows: Vec<Promise> = each_backend!(conn, |c| outbox::table
            .filter(outbox::event_id.eq_any(chunk.iter().copied()))
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// Whether anything is promised at all: most of the time nothing is, and lists need not look closer.
///
/// # Errors
/// Those of the database.
pub fn any(conn: &mut Conn, tenant: &TenantId) -> Result<bool> {
    let first: Option<String> = outbox::table
        .filter(outbox::tenant_id.eq(tenant.as_str()))
        .select(outbox::id)
        .first(conn)
        .optional()?;
    Ok(first.is_some())
}

/// Whether anything is promised in a calendar.
///
/// # Errors
/// Those of the database.
pub fn any_in(conn: &mut Conn, calendar: &str) -> Result<bool> {
    let first: Option<String> = outbox::table
        .filter(outbox::calendar_id.eq(calendar))
        .select(outbox::id)
        .first(conn)
        .optional()?;
    Ok(first.is_some())
}

/// One promise.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Promise> {
    Ok(outbox::table
        .filter(outbox::tenant_id.eq(tenant.as_str()).and(outbox::id.eq(id)))
        .first(conn)?)
}

/// All promises of a change.
///
/// # Errors
/// Those of the database.
pub fn group(conn: &mut Conn, group: &str) -> Result<Vec<Promise>> {
    Ok(outbox::table
        .filter(outbox::group_id.eq(group))
        .order(outbox::seq)
        .load(conn)?)
}

/// Which promises are meant.
#[derive(Debug, Clone, Default)]
pub struct Filter<'a> {
    /// Of one client.
    pub client: Option<&'a str>,
    /// In one calendar.
    pub calendar: Option<&'a str>,
    /// About one event.
    pub event: Option<&'a str>,
    /// In one of these states.
    pub states: &'a [&'a str],
}

/// One page by age.
///
/// # Errors
/// Those of the database.
pub fn list(conn: &mut Conn, tenant: &TenantId, filter: &Filter<'_>, page: &Keyset) -> Result<Slice<Promise>> {
    let rows: Vec<Promise> = each_backend!(conn, |c| {
        let mut query = outbox::table
            .filter(outbox::tenant_id.eq(tenant.as_str()))
            .filter(outbox::state.eq_any(filter.states.iter().copied()))
            .order(outbox::id)
            .limit(page.fetch())
            .into_boxed();
        if let Some(client) = filter.client {
            query = query.filter(outbox::client_id.eq(client));
        }
        if let Some(calendar) = filter.calendar {
            query = query.filter(outbox::calendar_id.eq(calendar));
        }
        if let Some(event) = filter.event {
            query = query.filter(outbox::event_id.eq(event));
        }
        if let Some((_, id)) = &page.after {
            query = query.filter(outbox::id.gt(id));
        }
        query.load(c)
    })?;
    Ok(page.cut(rows, |row| (String::new(), row.id.clone())))
}

/// A lane, as whoever took it sees it.
#[derive(Debug, Clone, Queryable)]
pub struct Lane {
    /// Whose.
    pub tenant_id: String,
    /// Which calendar's.
    pub calendar_id: String,
}

/// Takes the lane of one calendar, if nobody has it.
///
/// # Errors
/// [`Error::NotFound`]: somebody has it, or there is none.
pub fn take(conn: &mut Conn, calendar: &str, holder: &str, now: Instant, until: Instant) -> Result<Lane> {
    let free = lanes::lease.is_null().or(lanes::lease_until.le(now));
    Ok(
        diesel::update(lanes::table.filter(lanes::calendar_id.eq(calendar).and(free)))
            .set((lanes::lease.eq(holder), lanes::lease_until.eq(until)))
            .returning((lanes::tenant_id, lanes::calendar_id))
            .get_result(conn)?,
    )
}

/// Which lane to drain next: urgent ones first, then the tenant who has the fewest lanes ahead, then the longest
/// waiting.
const FAIREST: &str = "
    SELECT calendar_id FROM (
        SELECT l.calendar_id, l.priority, l.due_at,
               ROW_NUMBER() OVER (PARTITION BY l.tenant_id ORDER BY l.priority, l.due_at)
               + (SELECT COUNT(*) FROM lanes b WHERE b.tenant_id = l.tenant_id AND b.lease_until > $1) AS turn
        FROM lanes l
        WHERE l.due_at <= $1 AND (l.lease IS NULL OR l.lease_until <= $1)
    ) AS due
    ORDER BY priority, turn, due_at
    LIMIT 1";

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = diesel::sql_types::Text)]
    calendar_id: String,
}

/// The lane that is next, if one is due.
///
/// # Errors
/// Those of the database.
pub fn next_lane(conn: &mut Conn, now: Instant) -> Result<Option<String>> {
    let found: Option<Named> = each_backend!(conn, |c| diesel::sql_query(FAIREST)
        .bind::<diesel::sql_types::BigInt, _>(now.micros())
        .get_result(c)
        .optional())?;
    Ok(found.map(|named| named.calendar_id))
}

/// Holds on to a lane.
///
/// # Errors
/// [`Error::NotFound`]: somebody else has it by now; write nothing.
pub fn hold(conn: &mut Conn, calendar: &str, holder: &str, until: Instant) -> Result<()> {
    let mine = lanes::calendar_id.eq(calendar).and(lanes::lease.eq(holder));
    match diesel::update(lanes::table.filter(mine))
        .set(lanes::lease_until.eq(until))
        .execute(conn)?
    {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

/// Gives a lane back, due again at `due` if anything waits in it.
///
/// # Errors
/// Those of the database.
pub fn give_back(conn: &mut Conn, calendar: &str, holder: &str, due: Instant) -> Result<()> {
    leave(conn, calendar, holder)?;
    if let Some(first) = next(conn, calendar)? {
        let idle = lanes::calendar_id.eq(calendar).and(lanes::lease.is_null());
        diesel::update(lanes::table.filter(idle))
            .set((lanes::due_at.eq(due), lanes::priority.eq(first.priority)))
            .execute(conn)?;
    }
    Ok(())
}

/// Gives a lane back in which nothing waits. Only for a transaction that took it, or held on to it, before it looked: who
/// promises something meanwhile would make it due before.
///
/// # Errors
/// Those of the database.
pub fn leave(conn: &mut Conn, calendar: &str, holder: &str) -> Result<()> {
    let mine = lanes::calendar_id.eq(calendar).and(lanes::lease.eq(holder));
    diesel::update(lanes::table.filter(mine))
        .set((
            lanes::lease.eq(None::<String>),
            lanes::lease_until.eq(None::<Instant>),
            lanes::due_at.eq(None::<Instant>),
        ))
        .execute(conn)?;
    Ok(())
}

/// Makes a lane due, if anything waits in it.
///
/// # Errors
/// Those of the database.
pub fn wake(conn: &mut Conn, calendar: &str, now: Instant) -> Result<()> {
    if next(conn, calendar)?.is_some() {
        diesel::update(lanes::table.find(calendar))
            .set(lanes::due_at.eq(now))
            .execute(conn)?;
    }
    Ok(())
}

/// The promise of a calendar that is next.
///
/// # Errors
/// Those of the database.
pub fn next(conn: &mut Conn, calendar: &str) -> Result<Option<Promise>> {
    Ok(outbox::table
        .filter(outbox::calendar_id.eq(calendar).and(outbox::state.eq(WAITING)))
        .order((outbox::priority, outbox::seq))
        .first(conn)
        .optional()?)
}

/// Notes that a call is about to be made, and what it carries where that counts.
///
/// # Errors
/// Those of the database.
pub fn sending(conn: &mut Conn, id: &str, carries: Option<&str>) -> Result<()> {
    diesel::update(outbox::table.find(id))
        .set((
            carries.map(|content| outbox::sent.eq(content)),
            outbox::attempts.eq(outbox::attempts + 1),
        ))
        .execute(conn)?;
    Ok(())
}

/// The provider has it. The promise ends with the last one of its change.
///
/// # Errors
/// Those of the database.
pub fn kept(conn: &mut Conn, promise: &Promise) -> Result<()> {
    let others = outbox::group_id.eq(&promise.group_id).and(outbox::id.ne(&promise.id));
    let open: Option<String> = outbox::table
        .filter(others.and(outbox::state.ne(DONE)).and(outbox::state.ne(OVERTAKEN)))
        .select(outbox::id)
        .first(conn)
        .optional()?;
    match open {
        Some(_) => diesel::update(outbox::table.find(&promise.id))
            .set(outbox::state.eq(DONE))
            .execute(conn)?,
        None => diesel::delete(outbox::table.filter(outbox::group_id.eq(&promise.group_id))).execute(conn)?,
    };
    Ok(())
}

/// Notes why a try failed.
///
/// # Errors
/// Those of the database.
pub fn failed(conn: &mut Conn, id: &str, code: &str, detail: &str, now: Instant) -> Result<()> {
    diesel::update(outbox::table.find(id))
        .set((
            outbox::error_code.eq(code),
            outbox::error_detail.eq(detail),
            outbox::error_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// A person must look at it: what else belongs to the same change waits for that.
///
/// # Errors
/// Those of the database.
pub fn dead(conn: &mut Conn, promise: &Promise) -> Result<()> {
    let others = outbox::group_id
        .eq(&promise.group_id)
        .and(outbox::state.eq(WAITING))
        .and(outbox::id.ne(&promise.id));
    diesel::update(outbox::table.filter(others))
        .set(outbox::state.eq(HELD))
        .execute(conn)?;
    diesel::update(outbox::table.find(&promise.id))
        .set(outbox::state.eq(DEAD))
        .execute(conn)?;
    Ok(())
}

/// A promise cannot be kept before one that needs a person, or waits for one, and belongs to its change from now on.
///
/// # Errors
/// Those of the database.
pub fn held(conn: &mut Conn, id: &str, group: &str) -> Result<()> {
    diesel::update(outbox::table.find(id))
        .set((outbox::state.eq(HELD), outbox::group_id.eq(group)))
        .execute(conn)?;
    Ok(())
}

/// A promise that needed a person belongs to another change now: what was held because of it goes along, unless a further
/// one of its former change needs a person, too.
///
/// # Errors
/// Those of the database.
pub fn follow(conn: &mut Conn, from: &str, to: &str) -> Result<()> {
    let dead: Option<String> = outbox::table
        .filter(outbox::group_id.eq(from).and(outbox::state.eq(DEAD)))
        .select(outbox::id)
        .first(conn)
        .optional()?;
    if dead.is_none() {
        let still = outbox::group_id.eq(from).and(outbox::state.eq(HELD));
        diesel::update(outbox::table.filter(still))
            .set((outbox::state.eq(WAITING), outbox::group_id.eq(to)))
            .execute(conn)?;
    }
    Ok(())
}

/// Everything of a change that needed a person, or waited for one, is tried again.
///
/// # Errors
/// Those of the database.
pub fn revive(conn: &mut Conn, group: &str) -> Result<()> {
    let still = outbox::group_id
        .eq(group)
        .and(outbox::state.ne(DONE))
        .and(outbox::state.ne(OVERTAKEN));
    diesel::update(outbox::table.filter(still))
        .set((
            outbox::state.eq(WAITING),
            outbox::attempts.eq(0),
            outbox::error_code.eq(None::<String>),
            outbox::error_detail.eq(None::<String>),
            outbox::error_at.eq(None::<Instant>),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes a promise back.
///
/// # Errors
/// Those of the database.
pub fn remove(conn: &mut Conn, id: &str) -> Result<()> {
    diesel::delete(outbox::table.find(id)).execute(conn)?;
    Ok(())
}

/// How many promises are in each state, and since when the oldest waits.
///
/// # Errors
/// Those of the database.
pub fn counts(conn: &mut Conn, tenant: &TenantId, client: Option<&str>) -> Result<Vec<(String, i64, Option<i64>)>> {
    use diesel::dsl::{count_star, min};
    let mut query = outbox::table
        .filter(outbox::tenant_id.eq(tenant.as_str()))
        .filter(outbox::state.ne(DONE).and(outbox::state.ne(OVERTAKEN)))
        .group_by(outbox::state)
        .order(outbox::state)
        .select((outbox::state, count_star(), min(outbox::created_at)))
        .into_boxed();
    if let Some(client) = client {
        query = query.filter(outbox::client_id.eq(client));
    }
    Ok(query.load(conn)?)
}

/// How many promises wait at the providers of these accounts, which were read before; of those with none nothing is said.
///
/// # Errors
/// Those of the database.
pub fn waiting(conn: &mut Conn, credentials: &[&str]) -> Result<Vec<(String, i64)>> {
    use diesel::dsl::count_star;
    let mut found = Vec::new();
    for chunk in credentials.chunks(500) {
        let promised = outbox::calendar_id.eq(calendars::id).and(outbox::state.eq(WAITING));
        let rows: Vec<(String, i64)> = each_backend!(conn, |c| calendars::table
            .inner_join(outbox::table.on(promised))
            .filter(calendars::credential_id.eq_any(chunk.iter().copied()))
            .group_by(calendars::credential_id)
            .select((calendars::credential_id, count_star()))
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// The provider has what the last call carried: what is said now starts from that.
///
/// # Errors
/// Those of the database.
pub fn landed(conn: &mut Conn, id: &str, content: &str) -> Result<()> {
    diesel::update(outbox::table.find(id))
        .set((outbox::base.eq(content), outbox::sent.eq(None::<String>)))
        .execute(conn)?;
    Ok(())
}

/// Makes a promise of one action one of another, if it is that still.
///
/// # Errors
/// Those of the database.
pub fn becomes(conn: &mut Conn, id: &str, from: &str, to: &str) -> Result<()> {
    diesel::update(outbox::table.filter(outbox::id.eq(id).and(outbox::action.eq(from))))
        .set(outbox::action.eq(to))
        .execute(conn)?;
    Ok(())
}

/// Makes the lanes of a credential's calendars due: it was connected (again).
///
/// # Errors
/// Those of the database.
pub fn wake_credential(conn: &mut Conn, tenant: &TenantId, credential: &str, now: Instant) -> Result<()> {
    use crate::schema::calendars;
    let its = calendars::table
        .filter(
            calendars::tenant_id
                .eq(tenant.as_str())
                .and(calendars::credential_id.eq(credential)),
        )
        .select(calendars::id);
    each_backend!(conn, |c| diesel::update(
        lanes::table.filter(lanes::due_at.is_not_null().and(lanes::calendar_id.eq_any(its)))
    )
    .set(lanes::due_at.eq(now))
    .execute(c))?;
    Ok(())
}
