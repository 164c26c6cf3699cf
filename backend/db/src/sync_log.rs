//! How each exchange with a provider went: what people look at when they ask why.

use diesel::{prelude::*, sql_query, sql_types};
use domain::id::TenantId;

use crate::{
    Conn, Error, Result, each_backend,
    page::{Keyset, Slice},
    schema::{sync_log, sync_quiet},
    types::Instant,
};

/// Rows in one statement; SQLite takes 32,766 parameters.
const CHUNK: usize = 2_000;

/// Microseconds in an hour.
const HOUR: i64 = 3_600_000_000;

/// One exchange.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
// Without this SQLite inserts one by one.
#[diesel(table_name = sync_log, treat_none_as_default_value = false)]
pub struct Entry {
    /// `log_…`
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// Of which client.
    pub client_id: String,
    /// With which calendar.
    pub calendar_id: String,
    /// About which event, as the API names it; `None`: about more than one.
    pub event_id: Option<String>,
    /// `google` or `caldav`.
    pub provider: String,
    /// `in` or `out`.
    pub direction: String,
    /// What was tried: `pull`, `create`, `update`, `delete`, …
    pub action: String,
    /// How it went: `ok`, `retry`, `refused`, `conflict`, …
    pub outcome: String,
    /// Why not, for programs.
    pub code: Option<String>,
    /// More, for people. Never what an event says.
    pub detail: Option<String>,
    /// The how-manieth try it was, from 1.
    pub attempts: i32,
    /// How long it took.
    pub took_ms: i64,
    /// From the change to its arrival on the other side.
    pub lag_ms: Option<i64>,
    /// When.
    pub at: Instant,
}

/// Writes exchanges down.
///
/// # Errors
/// Those of the database.
pub fn append(conn: &mut Conn, entries: &[Entry]) -> Result<()> {
    // One row has a statement that stays prepared.
    if let [entry] = entries {
        diesel::insert_into(sync_log::table).values(entry).execute(conn)?;
        return Ok(());
    }
    for chunk in entries.chunks(CHUNK) {
        each_backend!(conn, |c| diesel::insert_into(sync_log::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// Counts a pull that brought nothing.
///
/// # Errors
/// Those of the database.
pub fn quiet(conn: &mut Conn, tenant: &TenantId, client: &str, provider: &str, at: Instant) -> Result<()> {
    let row = (
        sync_quiet::tenant_id.eq(tenant.as_str()),
        sync_quiet::client_id.eq(client),
        sync_quiet::provider.eq(provider),
        sync_quiet::hour.eq(at.micros().div_euclid(HOUR)),
        sync_quiet::pulls.eq(1),
    );
    each_backend!(conn, |c| diesel::insert_into(sync_quiet::table)
        .values(row)
        .on_conflict((
            sync_quiet::tenant_id,
            sync_quiet::client_id,
            sync_quiet::provider,
            sync_quiet::hour
        ))
        .do_update()
        .set(sync_quiet::pulls.eq(sync_quiet::pulls + 1))
        .execute(c))?;
    Ok(())
}

/// Which exchanges.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of one client.
    pub client: Option<String>,
    /// With one calendar.
    pub calendar: Option<String>,
    /// About one event.
    pub event: Option<String>,
    /// `in` or `out`.
    pub direction: Option<String>,
    /// How they went.
    pub outcome: Option<String>,
    /// At or after it.
    pub from: Option<Instant>,
    /// Before it.
    pub to: Option<Instant>,
}

/// One page, newest first.
///
/// # Errors
/// Those of the database.
pub fn list(conn: &mut Conn, tenant: &TenantId, filter: &Filter, page: &Keyset) -> Result<Slice<Entry>> {
    let mut query = sync_log::table
        .filter(sync_log::tenant_id.eq(tenant.as_str()))
        .order((sync_log::at.desc(), sync_log::id.desc()))
        .limit(page.fetch())
        .into_boxed();
    if let Some(client) = &filter.client {
        query = query.filter(sync_log::client_id.eq(client));
    }
    if let Some(calendar) = &filter.calendar {
        query = query.filter(sync_log::calendar_id.eq(calendar));
    }
    if let Some(event) = &filter.event {
        query = query.filter(sync_log::event_id.eq(event));
    }
    if let Some(direction) = &filter.direction {
        query = query.filter(sync_log::direction.eq(direction));
    }
    if let Some(outcome) = &filter.outcome {
        query = query.filter(sync_log::outcome.eq(outcome));
    }
    if let Some(from) = filter.from {
        query = query.filter(sync_log::at.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(sync_log::at.lt(to));
    }
    if let Some((at, id)) = &page.after {
        let at = at.parse().ok().and_then(Instant::from_micros).ok_or(Error::NotFound)?;
        query = query
            .filter(sync_log::at.le(at))
            .filter(sync_log::at.lt(at).or(sync_log::id.lt(id)));
    }
    Ok(page.cut(query.load::<Entry>(conn)?, |row| {
        (row.at.micros().to_string(), row.id.clone())
    }))
}

/// How the exchanges of a provider went in a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Figures {
    /// `google` or `caldav`.
    #[diesel(sql_type = sql_types::Text)]
    pub provider: String,
    /// Which stretch: its number since 1970.
    #[diesel(sql_type = sql_types::BigInt)]
    pub stretch: i64,
    /// How many went well.
    #[diesel(sql_type = sql_types::BigInt)]
    pub ok: i64,
    /// How many did not.
    #[diesel(sql_type = sql_types::BigInt)]
    pub failed: i64,
    /// Half of them took no longer.
    #[diesel(sql_type = sql_types::Nullable<sql_types::BigInt>)]
    pub took_p50: Option<i64>,
    /// 95 of 100 took no longer.
    #[diesel(sql_type = sql_types::Nullable<sql_types::BigInt>)]
    pub took_p95: Option<i64>,
    /// Half of them were no later.
    #[diesel(sql_type = sql_types::Nullable<sql_types::BigInt>)]
    pub lag_p50: Option<i64>,
    /// 95 of 100 were no later.
    #[diesel(sql_type = sql_types::Nullable<sql_types::BigInt>)]
    pub lag_p95: Option<i64>,
}

/// How exchanges went since `from`, by provider and stretch of `length` microseconds. `client`: of one client, else of
/// all. A percentile is the smallest value that so many do not exceed (nearest rank).
///
/// # Errors
/// Those of the database.
pub fn figures(
    conn: &mut Conn,
    tenant: &TenantId,
    client: Option<&str>,
    from: Instant,
    length: i64,
) -> Result<Vec<Figures>> {
    // Numbered parameters appear in the order of their numbers: SQLite counts them as they come.
    let text = "SELECT provider, stretch, \
            SUM(CASE WHEN outcome = 'ok' THEN 1 ELSE 0 END) AS ok, SUM(CASE WHEN outcome = 'ok' THEN 0 ELSE 1 END) AS failed, \
            MAX(CASE WHEN took_rank = (n + 1) / 2 THEN took_ms END) AS took_p50, \
            MAX(CASE WHEN took_rank = (n * 95 + 99) / 100 THEN took_ms END) AS took_p95, \
            MAX(CASE WHEN lag_rank = (lags + 1) / 2 THEN lag_ms END) AS lag_p50, \
            MAX(CASE WHEN lag_rank = (lags * 95 + 99) / 100 THEN lag_ms END) AS lag_p95 \
        FROM (SELECT provider, at / $1 AS stretch, outcome, took_ms, lag_ms, \
                COUNT(*) OVER (PARTITION BY provider, at / $1) AS n, \
                COUNT(lag_ms) OVER (PARTITION BY provider, at / $1) AS lags, \
                ROW_NUMBER() OVER (PARTITION BY provider, at / $1 ORDER BY took_ms) AS took_rank, \
                ROW_NUMBER() OVER (PARTITION BY provider, at / $1 ORDER BY CASE WHEN lag_ms IS NULL THEN 1 ELSE 0 END, lag_ms) AS lag_rank \
            FROM sync_log WHERE tenant_id = $2 AND at >= $3 AND client_id = COALESCE($4, client_id)) AS ranked \
        GROUP BY provider, stretch ORDER BY provider, stretch";
    Ok(each_backend!(conn, |c| sql_query(text)
        .bind::<sql_types::BigInt, _>(length)
        .bind::<sql_types::Text, _>(tenant.as_str())
        .bind::<sql_types::BigInt, _>(from)
        .bind::<sql_types::Nullable<sql_types::Text>, _>(client)
        .load::<Figures>(c))?)
}

/// Pulls that brought nothing, by provider and hour since 1970, from the hour of `from` on.
///
/// # Errors
/// Those of the database.
pub fn quiet_hours(
    conn: &mut Conn,
    tenant: &TenantId,
    client: Option<&str>,
    from: Instant,
) -> Result<Vec<(String, i64, i64)>> {
    let mut query = sync_quiet::table
        .filter(sync_quiet::tenant_id.eq(tenant.as_str()))
        .filter(sync_quiet::hour.ge(from.micros().div_euclid(HOUR)))
        .select((sync_quiet::provider, sync_quiet::hour, sync_quiet::pulls))
        .into_boxed();
    if let Some(client) = client {
        query = query.filter(sync_quiet::client_id.eq(client));
    }
    Ok(query.load(conn)?)
}

/// Forgets up to `limit` entries from before `before`, and counts as old. Returns how many entries.
///
/// # Errors
/// Those of the database.
pub fn purge(conn: &mut Conn, before: Instant, limit: i64) -> Result<usize> {
    diesel::delete(sync_quiet::table.filter(sync_quiet::hour.lt(before.micros().div_euclid(HOUR)))).execute(conn)?;
    let last: Option<Instant> = sync_log::table
        .filter(sync_log::at.lt(before))
        .order(sync_log::at)
        .offset(limit - 1)
        .select(sync_log::at)
        .first(conn)
        .optional()?;
    let old = sync_log::table.filter(sync_log::at.lt(before));
    Ok(match last {
        Some(last) => diesel::delete(sync_log::table.filter(sync_log::at.le(last))).execute(conn)?,
        None => diesel::delete(old).execute(conn)?,
    })
}
