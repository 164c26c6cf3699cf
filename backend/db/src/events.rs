//! Events: the mirror of what providers hold. Masters, single events and overrides have rows; occurrences have none.
//!
//! The order of lists is start, then id. Reading a list touches neither `raw` nor `search_text`.

use diesel::prelude::*;
use domain::id::TenantId;

use crate::{
    Conn, Result, each_backend,
    schema::{calendars, events},
    types::Instant,
};

/// A row as it is written.
#[derive(Debug, Clone, Insertable, AsChangeset)]
// Without the second SQLite inserts one by one.
#[diesel(table_name = events, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct NewRow {
    /// `evt_…`
    pub id: String,
    /// Whose.
    pub tenant_id: String,
    /// For which client.
    pub client_id: String,
    /// In which calendar.
    pub calendar_id: String,
    /// `google` or `caldav`.
    pub provider: String,
    /// The provider's name for it.
    pub remote_id: String,
    /// RFC 5545 UID.
    pub ical_uid: String,
    /// The provider's version.
    pub etag: Option<String>,
    /// For an override: the row of its series, where we hold it.
    pub series_id: Option<String>,
    /// For an override: the provider's name of its series.
    pub series_remote_id: Option<String>,
    /// For an override: the key of its original start.
    pub original_key: Option<String>,
    /// For an override: its original start, JSON of [`domain::time::EventTime`].
    pub original_start: Option<String>,
    /// First moment; of a series the first occurrence's.
    pub starts_at: Instant,
    /// First moment after; of a series the last occurrence's, far away for an endless one.
    pub ends_at: Instant,
    /// Whether it is the master of a series.
    pub is_recurring: bool,
    /// See [`domain::event::EventStatus`].
    pub status: String,
    /// What a search looks through, in lower case.
    pub search_text: String,
    /// The metadata key `external_id`.
    pub external_id: Option<String>,
    /// JSON of [`domain::event::EventContent`].
    pub content: String,
    /// Where people open it.
    pub html_link: Option<String>,
    /// When it was made, as the provider says.
    pub remote_created_at: Option<Instant>,
    /// When it last changed, as the provider says.
    pub remote_updated_at: Option<Instant>,
    /// The round that saw it last.
    pub round: i64,
    /// Counts visible changes.
    pub revision: i64,
    /// When we first saw it.
    pub created_at: Instant,
    /// When it last changed visibly.
    pub updated_at: Instant,
    /// The provider's own text.
    pub raw: String,
}

/// A row as it is read. See [`NewRow`] for the fields.
#[derive(Debug, Clone, Queryable)]
#[allow(missing_docs)]
pub struct Event {
    pub id: String,
    pub client_id: String,
    pub calendar_id: String,
    pub provider: String,
    pub remote_id: String,
    pub ical_uid: String,
    pub etag: Option<String>,
    pub series_id: Option<String>,
    pub series_remote_id: Option<String>,
    pub original_key: Option<String>,
    pub original_start: Option<String>,
    pub starts_at: Instant,
    pub ends_at: Instant,
    pub is_recurring: bool,
    pub status: String,
    pub content: String,
    pub html_link: Option<String>,
    pub remote_created_at: Option<Instant>,
    pub remote_updated_at: Option<Instant>,
    pub revision: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
}

/// The status of a row that was deleted here and not yet at its provider: nobody is shown it.
pub const HIDDEN: &str = "deleted";

/// The columns of [`Event`].
macro_rules! columns {
    () => {
        (
            events::id,
            events::client_id,
            events::calendar_id,
            events::provider,
            events::remote_id,
            events::ical_uid,
            events::etag,
            events::series_id,
            events::series_remote_id,
            events::original_key,
            events::original_start,
            events::starts_at,
            events::ends_at,
            events::is_recurring,
            events::status,
            events::content,
            events::html_link,
            events::remote_created_at,
            events::remote_updated_at,
            events::revision,
            events::created_at,
            events::updated_at,
        )
    };
}

/// One event.
///
/// # Errors
/// [`crate::Error::NotFound`]: also when it was deleted here.
pub fn get(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Event> {
    match any(conn, tenant, id)? {
        row if row.status == HIDDEN => Err(crate::Error::NotFound),
        row => Ok(row),
    }
}

/// One event, deleted here or not.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn any(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Event> {
    Ok(events::table
        .filter(events::tenant_id.eq(tenant.as_str()).and(events::id.eq(id)))
        .select(columns!())
        .first(conn)?)
}

/// An event by the provider's name.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn by_remote(conn: &mut Conn, calendar: &str, remote_id: &str) -> Result<Event> {
    Ok(events::table
        .filter(events::calendar_id.eq(calendar).and(events::remote_id.eq(remote_id)))
        .select(columns!())
        .first(conn)?)
}

/// The override of an occurrence, deleted here or not.
///
/// # Errors
/// [`crate::Error::NotFound`]: the occurrence was never changed.
pub fn override_of(conn: &mut Conn, tenant: &TenantId, series: &str, key: &str) -> Result<Event> {
    Ok(events::table
        .filter(
            events::tenant_id
                .eq(tenant.as_str())
                .and(events::series_id.eq(series))
                .and(events::original_key.eq(key)),
        )
        .select(columns!())
        .first(conn)?)
}

/// All overrides of the series, cancelled ones too, by original start.
///
/// # Errors
/// Those of the database.
pub fn overrides(conn: &mut Conn, tenant: &TenantId, series: &[&str]) -> Result<Vec<Event>> {
    let mut found = Vec::new();
    for chunk in series.chunks(500) {
        let rows: Vec<Event> = each_backend!(conn, |c| events::table
            .filter(events::tenant_id.eq(tenant.as_str()))
            .filter(events::series_id.eq_any(chunk.iter().copied()))
            .order((events::series_id, events::original_key))
            .select(columns!())
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// The revisions of some events.
///
/// # Errors
/// Those of the database.
pub fn revisions(conn: &mut Conn, tenant: &TenantId, ids: &[&str]) -> Result<Vec<(String, i64)>> {
    let mut found = Vec::new();
    for chunk in ids.chunks(500) {
        let rows: Vec<(String, i64)> = each_backend!(conn, |c| events::table
            .filter(events::tenant_id.eq(tenant.as_str()))
            .filter(events::id.eq_any(chunk.iter().copied()))
            .select((events::id, events::revision))
            .load(c))?;
        found.extend(rows);
    }
    Ok(found)
}

/// The event that carries the caller's own key; the oldest of several.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn by_external_id(conn: &mut Conn, tenant: &TenantId, calendar: &str, key: &str) -> Result<Event> {
    Ok(events::table
        .filter(events::tenant_id.eq(tenant.as_str()).and(events::external_id.eq(key)))
        .filter(events::calendar_id.eq(calendar).and(events::series_remote_id.is_null()))
        .filter(events::status.ne(HIDDEN))
        .order((events::created_at, events::id))
        .select(columns!())
        .first(conn)?)
}

/// Which calendars to look in.
#[derive(Debug, Clone, Copy)]
pub enum In<'a> {
    /// One.
    Calendar(&'a str),
    /// All chosen ones of a client.
    Client(&'a str),
    /// All chosen ones.
    Tenant,
    /// These.
    Calendars(&'a [String]),
}

/// Which kinds of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// All.
    Any,
    /// Everything but masters of series.
    Plain,
    /// Only masters of series.
    Masters,
}

/// Which events are meant. Cancelled occurrences never are.
#[derive(Debug, Clone)]
pub struct Filter<'a> {
    /// Where.
    pub within: In<'a>,
    /// Which kinds.
    pub kind: Kind,
    /// Those that end after it.
    pub from: Option<Instant>,
    /// Those that start before it.
    pub to: Option<Instant>,
    /// Text in title, description, place or attendees.
    pub search: Option<&'a str>,
    /// Those that changed at or after it.
    pub updated_since: Option<Instant>,
    /// After this start and id.
    pub after: Option<(Instant, String)>,
    /// How many at most.
    pub limit: i64,
}

/// Rows by start and id.
///
/// # Errors
/// Those of the database.
pub fn list(conn: &mut Conn, tenant: &TenantId, filter: &Filter<'_>) -> Result<Vec<Event>> {
    each_backend!(conn, |c| {
        let taken_out = events::status
            .eq("cancelled")
            .and(events::series_remote_id.is_not_null())
            .or(events::status.eq(HIDDEN));
        let mut query = events::table
            .inner_join(calendars::table)
            .filter(events::tenant_id.eq(tenant.as_str()))
            .filter(calendars::removed_at.is_null())
            .filter(diesel::dsl::not(taken_out))
            .order((events::starts_at, events::id))
            .limit(filter.limit)
            .select(columns!())
            .into_boxed();
        query = match filter.within {
            In::Calendar(id) => query.filter(events::calendar_id.eq(id)),
            In::Client(id) => query.filter(events::client_id.eq(id).and(calendars::selected.eq(true))),
            In::Tenant => query.filter(calendars::selected.eq(true)),
            In::Calendars(ids) => query.filter(events::calendar_id.eq_any(ids)),
        };
        query = match filter.kind {
            Kind::Any => query,
            Kind::Plain => query.filter(events::is_recurring.eq(false)),
            Kind::Masters => query.filter(events::is_recurring.eq(true)),
        };
        if let Some(from) = filter.from {
            // An event without length lies where it starts.
            query = query.filter(events::ends_at.gt(from).or(events::starts_at.ge(from)));
        }
        if let Some(to) = filter.to {
            query = query.filter(events::starts_at.lt(to));
        }
        if let Some(search) = filter.search {
            query = query.filter(events::search_text.like(crate::clients::like(search)).escape('\\'));
        }
        if let Some(since) = filter.updated_since {
            query = query.filter(events::updated_at.ge(since));
        }
        if let Some((start, id)) = &filter.after {
            query = query.filter(events::starts_at.ge(*start)).filter(
                events::starts_at
                    .gt(*start)
                    .or(events::starts_at.eq(*start).and(events::id.gt(id.clone()))),
            );
        }
        Ok(query.load::<Event>(c)?)
    })
}

/// The latest changed, for the dashboard.
///
/// # Errors
/// Those of the database.
pub fn recent(conn: &mut Conn, tenant: &TenantId, client: Option<&str>, limit: i64) -> Result<Vec<Event>> {
    let taken_out = events::status
        .eq("cancelled")
        .and(events::series_remote_id.is_not_null())
        .or(events::status.eq(HIDDEN));
    let mut query = events::table
        .inner_join(calendars::table)
        .filter(events::tenant_id.eq(tenant.as_str()))
        .filter(calendars::removed_at.is_null().and(calendars::selected.eq(true)))
        .filter(diesel::dsl::not(taken_out))
        .order((events::updated_at.desc(), events::id.desc()))
        .limit(limit)
        .select(columns!())
        .into_boxed();
    if let Some(client) = client {
        query = query.filter(events::client_id.eq(client));
    }
    Ok(query.load(conn)?)
}

/// How many rows are mirrored.
///
/// # Errors
/// Those of the database.
pub fn count(conn: &mut Conn, tenant: &TenantId, within: In<'_>) -> Result<i64> {
    let mut query = events::table
        .filter(events::tenant_id.eq(tenant.as_str()))
        .count()
        .into_boxed();
    match within {
        In::Calendar(id) => query = query.filter(events::calendar_id.eq(id.to_owned())),
        In::Client(id) => query = query.filter(events::client_id.eq(id.to_owned())),
        In::Tenant | In::Calendars(_) => {}
    }
    Ok(query.first(conn)?)
}

/// Single events and masters, by what a file may name them by.
#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    /// Our ids, wherever they are.
    Ids(&'a [&'a str]),
    /// The caller's own keys, in a calendar.
    ExternalIds(&'a str, &'a [&'a str]),
    /// iCalendar UIDs, in a calendar.
    Uids(&'a str, &'a [&'a str]),
    /// Starts, in a calendar.
    Starts(&'a str, &'a [Instant]),
}

/// What some names mean. Overrides are not looked at.
///
/// # Errors
/// Those of the database.
pub fn named(conn: &mut Conn, tenant: &TenantId, by: By<'_>) -> Result<Vec<Event>> {
    each_backend!(conn, |c| {
        let query = events::table
            .filter(events::tenant_id.eq(tenant.as_str()))
            .filter(events::series_remote_id.is_null())
            .filter(events::status.ne(HIDDEN))
            .select(columns!())
            .into_boxed();
        let query = match by {
            By::Ids(ids) => query.filter(events::id.eq_any(ids.iter().copied())),
            By::ExternalIds(calendar, keys) => query
                .filter(events::calendar_id.eq(calendar))
                .filter(events::external_id.assume_not_null().eq_any(keys.iter().copied())),
            By::Uids(calendar, uids) => query
                .filter(events::calendar_id.eq(calendar))
                .filter(events::ical_uid.eq_any(uids.iter().copied())),
            By::Starts(calendar, starts) => query
                .filter(events::calendar_id.eq(calendar))
                .filter(events::starts_at.eq_any(starts.iter().copied())),
        };
        Ok(query.order((events::created_at, events::id)).load(c)?)
    })
}

/// How many single events and series each calendar holds.
///
/// # Errors
/// Those of the database.
pub fn held(conn: &mut Conn, tenant: &TenantId) -> Result<Vec<(String, i64)>> {
    Ok(events::table
        .filter(events::tenant_id.eq(tenant.as_str()))
        .filter(events::series_remote_id.is_null().and(events::status.ne(HIDDEN)))
        .group_by(events::calendar_id)
        .select((events::calendar_id, diesel::dsl::count_star()))
        .load(conn)?)
}
