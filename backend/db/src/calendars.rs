//! Calendars: what a provider lists, what we were told about each, and how far its mirror is.

use diesel::{dsl::count_star, prelude::*};
use domain::{availability::Rules, id::TenantId};

use crate::{
    Conn, Result,
    among::among,
    each_backend,
    page::{Keyset, Slice},
    schema::{calendars, credentials},
    types::{Instant, Json},
};

/// A calendar.
#[derive(Debug, Clone, Queryable, Insertable)]
#[diesel(table_name = calendars)]
pub struct Calendar {
    /// `cal_…`
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// For which client.
    pub client_id: String,
    /// Through which credential.
    pub credential_id: String,
    /// `google` or `caldav`.
    pub provider: String,
    /// The provider's name for it.
    pub remote_id: String,
    /// What people call it.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// IANA zone.
    pub time_zone: Option<String>,
    /// The provider's colour.
    pub remote_colour: Option<String>,
    /// Ours, for display.
    pub colour: Option<String>,
    /// See [`domain::calendar::AccessRole`].
    pub access_role: String,
    /// The account's main calendar.
    pub is_primary: bool,
    /// Whether it is mirrored and shown.
    pub selected: bool,
    /// Whether its events make the client busy.
    pub blocks_availability: bool,
    /// Whether bookings are written to it.
    pub receives_bookings: bool,
    /// Since when the provider no longer lists it.
    pub removed_at: Option<Instant>,
    /// How the round of changes goes on.
    pub cursor: Option<String>,
    /// Number of the last full round begun; rows carry the number of the one that saw them.
    pub round: i64,
    /// Whether the present round lists everything.
    pub full_round: bool,
    /// When the last complete round began: what the mirror is true for.
    pub as_of: Option<Instant>,
    /// When a pull was last tried.
    pub attempted_at: Option<Instant>,
    /// When the next is due.
    pub next_pull_at: Option<Instant>,
    /// Of the last failed pull.
    pub last_error_code: Option<String>,
    /// Of the last failed pull, for people.
    pub last_error_detail: Option<String>,
    /// Of the last failed pull.
    pub last_error_at: Option<Instant>,
    /// How many pulls failed in a row.
    pub consecutive_failures: i32,
    /// Who pulls at the moment.
    pub lease: Option<String>,
    /// Until when they are believed to.
    pub lease_until: Option<Instant>,
    /// Counts visible changes; the ETag.
    pub revision: i64,
    /// When we first saw it.
    pub created_at: Instant,
    /// When it last changed visibly.
    pub updated_at: Instant,
    /// Which of its events take time; `None`: the usual rules.
    pub busy_rules: Option<Json<Rules>>,
}

/// Which calendars are meant.
#[derive(Debug, Clone, Default)]
pub struct Filter<'a> {
    /// Of one client.
    pub client: Option<&'a str>,
    /// Through one credential.
    pub credential: Option<&'a str>,
    /// Chosen or not.
    pub selected: Option<bool>,
}

/// Stores a new calendar.
///
/// # Errors
/// [`crate::Error::Conflict`] when it is there already, or its credential is gone.
pub fn insert(conn: &mut Conn, row: &Calendar) -> Result<()> {
    diesel::insert_into(calendars::table).values(row).execute(conn)?;
    Ok(())
}

/// One calendar that the provider still lists.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn get(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Calendar> {
    Ok(calendars::table
        .filter(
            calendars::tenant_id
                .eq(tenant.as_str())
                .and(calendars::id.eq(id))
                .and(calendars::removed_at.is_null()),
        )
        .first(conn)?)
}

/// One page by age, without removed ones.
///
/// # Errors
/// Those of the database.
pub fn list(conn: &mut Conn, tenant: &TenantId, filter: &Filter<'_>, page: &Keyset) -> Result<Slice<Calendar>> {
    let mut query = calendars::table
        .filter(
            calendars::tenant_id
                .eq(tenant.as_str())
                .and(calendars::removed_at.is_null()),
        )
        .order(calendars::id)
        .limit(page.fetch())
        .into_boxed();
    if let Some(client) = filter.client {
        query = query.filter(calendars::client_id.eq(client));
    }
    if let Some(credential) = filter.credential {
        query = query.filter(calendars::credential_id.eq(credential));
    }
    if let Some(selected) = filter.selected {
        query = query.filter(calendars::selected.eq(selected));
    }
    if let Some((_, id)) = &page.after {
        query = query.filter(calendars::id.gt(id));
    }
    Ok(page.cut(query.load::<Calendar>(conn)?, |row| (String::new(), row.id.clone())))
}

/// Those of `ids` that exist and are the tenant's.
///
/// # Errors
/// Those of the database.
pub fn some(conn: &mut Conn, tenant: &TenantId, ids: &[String]) -> Result<Vec<Calendar>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let rows: Vec<Calendar> = each_backend!(conn, |c| calendars::table
            .filter(
                calendars::tenant_id
                    .eq(tenant.as_str())
                    .and(calendars::removed_at.is_null())
            )
            .filter(among(calendars::id, chunk))
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// All of a credential, removed ones too.
///
/// # Errors
/// Those of the database.
pub fn of_credential(conn: &mut Conn, tenant: &TenantId, credential: &str) -> Result<Vec<Calendar>> {
    Ok(calendars::table
        .filter(
            calendars::tenant_id
                .eq(tenant.as_str())
                .and(calendars::credential_id.eq(credential)),
        )
        .order(calendars::id)
        .load(conn)?)
}

/// What the provider says about a calendar.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = calendars, treat_none_as_null = true)]
pub struct Described {
    /// See [`Calendar::name`].
    pub name: String,
    /// See [`Calendar::description`].
    pub description: Option<String>,
    /// See [`Calendar::time_zone`].
    pub time_zone: Option<String>,
    /// See [`Calendar::remote_colour`].
    pub remote_colour: Option<String>,
    /// See [`Calendar::access_role`].
    pub access_role: String,
    /// See [`Calendar::is_primary`].
    pub is_primary: bool,
    /// See [`Calendar::removed_at`].
    pub removed_at: Option<Instant>,
    /// See [`Calendar::updated_at`].
    pub updated_at: Instant,
}

/// Writes what the provider says now.
///
/// # Errors
/// Those of the database.
pub fn describe(conn: &mut Conn, id: &str, described: &Described) -> Result<()> {
    diesel::update(calendars::table.find(id))
        .set((described, calendars::revision.eq(calendars::revision + 1)))
        .execute(conn)?;
    Ok(())
}

/// What people chose about a calendar.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = calendars, treat_none_as_null = true)]
pub struct Choice {
    /// See [`Calendar::selected`].
    pub selected: bool,
    /// See [`Calendar::blocks_availability`].
    pub blocks_availability: bool,
    /// See [`Calendar::receives_bookings`].
    pub receives_bookings: bool,
    /// See [`Calendar::colour`].
    pub colour: Option<String>,
    /// See [`Calendar::busy_rules`].
    pub busy_rules: Option<Json<Rules>>,
    /// See [`Calendar::updated_at`].
    pub updated_at: Instant,
}

/// Locks the calendar for this transaction by counting its revision up.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn lock(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Calendar> {
    let this = calendars::tenant_id
        .eq(tenant.as_str())
        .and(calendars::id.eq(id))
        .and(calendars::removed_at.is_null());
    Ok(diesel::update(calendars::table.filter(this))
        .set(calendars::revision.eq(calendars::revision + 1))
        .returning(calendars::all_columns)
        .get_result(conn)?)
}

/// Writes what people chose; the revision was counted up by [`lock`].
///
/// # Errors
/// Those of the database.
pub fn choose(conn: &mut Conn, id: &str, choice: &Choice) -> Result<Calendar> {
    Ok(diesel::update(calendars::table.find(id))
        .set(choice)
        .returning(calendars::all_columns)
        .get_result(conn)?)
}

/// Takes the right to pull, if nobody has it; gives the calendar as it is then.
///
/// # Errors
/// [`crate::Error::NotFound`]: somebody else pulls, or it is gone.
pub fn take(conn: &mut Conn, id: &str, holder: &str, now: Instant, until: Instant) -> Result<Calendar> {
    let free = calendars::lease.is_null().or(calendars::lease_until.le(now));
    Ok(
        diesel::update(calendars::table.filter(calendars::id.eq(id).and(calendars::removed_at.is_null()).and(free)))
            .set((
                calendars::lease.eq(holder),
                calendars::lease_until.eq(until),
                calendars::attempted_at.eq(now),
            ))
            .returning(calendars::all_columns)
            .get_result(conn)?,
    )
}

/// How far a round is.
#[derive(Debug, Clone, AsChangeset)]
#[diesel(table_name = calendars, treat_none_as_null = true)]
pub struct Progress {
    /// See [`Calendar::cursor`].
    pub cursor: Option<String>,
    /// See [`Calendar::round`].
    pub round: i64,
    /// See [`Calendar::full_round`].
    pub full_round: bool,
    /// See [`Calendar::lease_until`]: the lease is made longer with each page.
    pub lease_until: Option<Instant>,
}

/// Stores how far the round is, if `holder` still has the lease.
///
/// # Errors
/// [`crate::Error::NotFound`]: somebody else pulls by now; write nothing.
pub fn progress(conn: &mut Conn, id: &str, holder: &str, progress: &Progress) -> Result<()> {
    let changed = diesel::update(calendars::table.filter(calendars::id.eq(id).and(calendars::lease.eq(holder))))
        .set(progress)
        .execute(conn)?;
    if changed == 0 {
        Err(crate::Error::NotFound)
    } else {
        Ok(())
    }
}

/// The round is complete: what the mirror holds is true for `as_of`. Gives the lease back.
///
/// # Errors
/// Those of the database.
pub fn done(conn: &mut Conn, id: &str, holder: &str, as_of: Instant, next: Instant) -> Result<()> {
    diesel::update(calendars::table.filter(calendars::id.eq(id).and(calendars::lease.eq(holder))))
        .set((
            calendars::as_of.eq(as_of),
            calendars::next_pull_at.eq(next),
            calendars::full_round.eq(false),
            calendars::consecutive_failures.eq(0),
            calendars::last_error_code.eq(None::<String>),
            calendars::last_error_detail.eq(None::<String>),
            calendars::last_error_at.eq(None::<Instant>),
            calendars::lease.eq(None::<String>),
            calendars::lease_until.eq(None::<Instant>),
        ))
        .execute(conn)?;
    Ok(())
}

/// The pull failed. Gives the lease back.
///
/// # Errors
/// Those of the database.
pub fn failed(
    conn: &mut Conn,
    id: &str,
    holder: &str,
    code: &str,
    detail: &str,
    now: Instant,
    next: Instant,
) -> Result<()> {
    diesel::update(calendars::table.filter(calendars::id.eq(id).and(calendars::lease.eq(holder))))
        .set((
            calendars::consecutive_failures.eq(calendars::consecutive_failures + 1),
            calendars::last_error_code.eq(code),
            calendars::last_error_detail.eq(detail),
            calendars::last_error_at.eq(now),
            calendars::next_pull_at.eq(next),
            calendars::lease.eq(None::<String>),
            calendars::lease_until.eq(None::<Instant>),
        ))
        .execute(conn)?;
    Ok(())
}

/// Chosen calendars of working credentials whose pull is due, over all tenants, longest waiting first.
///
/// # Errors
/// Those of the database.
pub fn due(conn: &mut Conn, now: Instant, limit: i64) -> Result<Vec<Calendar>> {
    let waiting = calendars::next_pull_at.is_null().or(calendars::next_pull_at.le(now));
    let free = calendars::lease.is_null().or(calendars::lease_until.le(now));
    Ok(calendars::table
        .inner_join(credentials::table)
        .filter(
            calendars::selected
                .eq(true)
                .and(calendars::removed_at.is_null())
                .and(waiting)
                .and(free),
        )
        .filter(crate::credentials::working())
        .order(calendars::next_pull_at)
        .limit(limit)
        .select(calendars::all_columns)
        .load(conn)?)
}

/// Makes every calendar of the credential due at once, and what waits to be written to it, its failures forgotten: it was
/// connected (again).
///
/// # Errors
/// Those of the database.
pub fn wake(conn: &mut Conn, tenant: &TenantId, credential: &str, now: Instant) -> Result<()> {
    diesel::update(
        calendars::table.filter(
            calendars::tenant_id
                .eq(tenant.as_str())
                .and(calendars::credential_id.eq(credential)),
        ),
    )
    .set((
        calendars::next_pull_at.eq(now),
        calendars::consecutive_failures.eq(0),
        calendars::last_error_code.eq(None::<String>),
        calendars::last_error_detail.eq(None::<String>),
        calendars::last_error_at.eq(None::<Instant>),
    ))
    .execute(conn)?;
    crate::outbox::wake_credential(conn, tenant, credential, now)
}

/// Makes the calendar due at `at`, if it is not due earlier.
///
/// # Errors
/// Those of the database.
pub fn due_at(conn: &mut Conn, id: &str, at: Instant) -> Result<()> {
    diesel::update(calendars::table.filter(calendars::id.eq(id).and(calendars::next_pull_at.gt(at))))
        .set(calendars::next_pull_at.eq(at))
        .execute(conn)?;
    Ok(())
}

/// What the dashboard says about each provider: provider, calendars, those that do not fail, last complete round.
pub type ByProvider = (String, i64, i64, Option<i64>);

/// Chosen calendars of working credentials, by provider.
///
/// # Errors
/// Those of the database.
pub fn by_provider(conn: &mut Conn, tenant: &TenantId, client: Option<&str>) -> Result<Vec<ByProvider>> {
    use diesel::dsl::{max, sql};
    let chosen = calendars::tenant_id
        .eq(tenant.as_str())
        .and(calendars::removed_at.is_null())
        .and(calendars::selected.eq(true));
    let mut query = calendars::table
        .filter(chosen)
        .group_by(calendars::provider)
        .order(calendars::provider)
        .select((
            calendars::provider,
            count_star(),
            sql::<diesel::sql_types::BigInt>(
                "COUNT(CASE WHEN consecutive_failures = 0 AND as_of IS NOT NULL THEN 1 END)",
            ),
            max(calendars::as_of),
        ))
        .into_boxed();
    if let Some(client) = client {
        query = query.filter(calendars::client_id.eq(client));
    }
    Ok(query.load(conn)?)
}
