//! What one person sees of a tenant: a wall in the database, not a condition in every query.
//!
//! A narrowed connection has a view of its own in place of every table that holds a client's things: of the same name, found
//! before the table, with the rows that the person's access allows. So whatever asks through it sees nothing else, lists come
//! in whole pages, and a query that is written tomorrow is behind the wall, too. Such a connection only reads; who writes
//! asks it first ([`sees`]). Owners, admins and keys read through other connections, which know nothing of this.
//!
//! A new table is behind the wall or named as open in the story `reach`; there is no third way.

use std::cell::RefCell;

use diesel::{
    PgConnection, SqliteConnection, connection::SimpleConnection, define_sql_function, prelude::*, sql_query, sql_types,
};
use domain::id::{Kind, TenantId};

use crate::{Conn, Result, each_backend};

/// What a person may do with a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Look.
    Read,
    /// Also events, bookings, bulk work, conflicts.
    Write,
    /// Also connections, services, settings.
    Admin,
}

impl Level {
    /// As it is stored.
    pub const fn number(self) -> i32 {
        match self {
            Self::Read => 1,
            Self::Write => 2,
            Self::Admin => 3,
        }
    }

    /// As it was stored; what nobody stored is the least.
    pub const fn of(number: i32) -> Self {
        match number {
            3 => Self::Admin,
            2 => Self::Write,
            _ => Self::Read,
        }
    }
}

/// Whose eyes a connection has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// `usr_…`
    pub person: String,
    /// Only what they have at least this level for.
    pub least: Level,
    /// Not what they have as one staff member only.
    pub whole: bool,
}

thread_local! {
    /// Whose eyes the query has that runs on this thread.
    static EYES: RefCell<Option<Reach>> = const { RefCell::new(None) };
}

/// Whether the query that runs on this thread is narrowed.
pub fn narrowed() -> bool {
    EYES.with_borrow(Option::is_some)
}

/// Until it is dropped, a narrowed connection used on this thread has these eyes.
pub(crate) struct Eyes(());

impl Eyes {
    /// Opens them. `conn` is a narrowed connection.
    pub(crate) fn open(conn: &mut Conn, reach: &Reach) -> Result<Self> {
        if let Conn::Postgres(c) = conn {
            sql_query("SELECT set_config('reach.person', $1, FALSE), set_config('reach.least', $2, FALSE), set_config('reach.whole', $3, FALSE)")
                .bind::<sql_types::Text, _>(&reach.person)
                .bind::<sql_types::Text, _>(reach.least.number().to_string())
                .bind::<sql_types::Text, _>(i32::from(reach.whole).to_string())
                .execute(c)?;
        }
        EYES.set(Some(reach.clone()));
        Ok(Self(()))
    }
}

impl Drop for Eyes {
    fn drop(&mut self) {
        EYES.set(None);
    }
}

define_sql_function! {
    /// Whose eyes.
    fn reach_person() -> sql_types::Text
}
define_sql_function! {
    /// From which level on.
    fn reach_least() -> sql_types::Integer
}
define_sql_function! {
    /// 1: not what somebody has as a staff member only.
    fn reach_whole() -> sql_types::Integer
}

/// Makes a new connection a narrowed one.
pub(crate) fn narrow_sqlite(conn: &mut SqliteConnection) -> Result<()> {
    reach_person_utils::register_impl(conn, || {
        EYES.with_borrow(|eyes| eyes.as_ref().map(|one| one.person.clone()).unwrap_or_default())
    })?;
    // Without eyes nobody reaches any level.
    reach_least_utils::register_impl(conn, || {
        EYES.with_borrow(|eyes| eyes.as_ref().map_or(i32::MAX, |one| one.least.number()))
    })?;
    reach_whole_utils::register_impl(conn, || {
        EYES.with_borrow(|eyes| eyes.as_ref().map_or(1, |one| i32::from(one.whole)))
    })?;
    Ok(conn.batch_execute(&views("main", ["reach_person()", "reach_least()", "reach_whole()"]))?)
}

/// Makes a new connection a narrowed one.
pub(crate) fn narrow_postgres(conn: &mut PgConnection) -> Result<()> {
    let eyes = [
        "current_setting('reach.person')",
        "current_setting('reach.least')::int",
        "current_setting('reach.whole')::int",
    ];
    let views = views("public", eyes);
    Ok(conn.batch_execute(&format!("{views} SET default_transaction_read_only = on"))?)
}

/// All views, in an order in which each knows those that it asks.
fn views(schema: &str, [person, least, whole]: [&str; 3]) -> String {
    let mut text = String::new();
    let fill = |sql: &str| {
        sql.replace("{s}", schema)
            .replace("{person}", person)
            .replace("{least}", least)
            .replace("{whole}", whole)
    };
    for (name, query) in HELPERS {
        text += &format!("CREATE TEMPORARY VIEW {name} AS {};\n", fill(query));
    }
    for (table, columns, seen) in NARROWED {
        let columns = if columns.is_empty() { "*" } else { columns };
        let query = fill(&format!("SELECT {columns} FROM {{s}}.{table} AS t WHERE {seen}"));
        text += &format!("CREATE TEMPORARY VIEW {table} AS {query};\n");
    }
    text
}

/// What access means, said once.
const HELPERS: &[(&str, &str)] = &[
    // Clients of which one has all.
    (
        "reach_clients",
        "SELECT client_id FROM {s}.user_client_access WHERE user_id = {person} AND level >= {least} AND staff_id IS NULL",
    ),
    // Who one is.
    (
        "reach_staff",
        "SELECT staff_id FROM {s}.user_client_access \
         WHERE user_id = {person} AND level >= {least} AND staff_id IS NOT NULL AND {whole} = 0",
    ),
    // Clients of which one has anything.
    (
        "reach_some",
        "SELECT client_id FROM {s}.user_client_access \
         WHERE user_id = {person} AND level >= {least} AND (staff_id IS NULL OR {whole} = 0)",
    ),
    // Calendars of the staff member that one is: of their own connections, and those of the business that nobody else has.
    (
        "reach_calendars",
        "SELECT c.id FROM {s}.credentials AS k JOIN {s}.calendars AS c ON c.credential_id = k.id \
         WHERE k.staff_id IN (SELECT staff_id FROM reach_staff) \
         UNION SELECT m.calendar_id FROM {s}.staff_calendars AS m JOIN {s}.calendars AS c ON c.id = m.calendar_id \
         JOIN {s}.credentials AS k ON k.id = c.credential_id \
         WHERE m.staff_id IN (SELECT staff_id FROM reach_staff) AND k.staff_id IS NULL AND NOT EXISTS \
         (SELECT 1 FROM {s}.staff_calendars AS o WHERE o.calendar_id = m.calendar_id AND o.staff_id <> m.staff_id)",
    ),
    // Calendars that they share: one may know when they are busy, not with what.
    (
        "reach_shared",
        "SELECT calendar_id FROM {s}.staff_calendars \
         WHERE {least} = 1 AND staff_id IN (SELECT staff_id FROM reach_staff)",
    ),
];

/// Of a client of which one has all, or in a calendar of one's own.
const IN_CALENDAR: &str =
    "t.client_id IN (SELECT client_id FROM reach_clients) OR t.calendar_id IN (SELECT id FROM reach_calendars)";
/// In a calendar that is seen.
const OF_CALENDAR: &str = "EXISTS (SELECT 1 FROM calendars AS c WHERE c.id = t.calendar_id)";
/// Of somebody who is seen.
const OF_STAFF: &str = "EXISTS (SELECT 1 FROM staff AS p WHERE p.id = t.staff_id)";

/// Table, its columns where some are hidden, and which of its rows are seen.
const NARROWED: &[(&str, &str, &str)] = &[
    (
        "clients",
        // Notes are for the agency's own people.
        "id, tenant_id, name, sort_key, email, email_key, google_account_email, time_zone, \
         CASE WHEN id IN (SELECT client_id FROM reach_clients) THEN notes END AS notes, \
         archived_at, revision, created_at, updated_at, conflict_policy",
        "t.id IN (SELECT client_id FROM reach_some)",
    ),
    (
        "credentials",
        "",
        "t.client_id IN (SELECT client_id FROM reach_clients) OR t.staff_id IN (SELECT staff_id FROM reach_staff)",
    ),
    (
        "calendars",
        "",
        "t.client_id IN (SELECT client_id FROM reach_clients) OR t.id IN (SELECT id FROM reach_calendars) \
         OR t.id IN (SELECT calendar_id FROM reach_shared)",
    ),
    ("events", "", IN_CALENDAR),
    ("outbox", "", IN_CALENDAR),
    ("conflicts", "", IN_CALENDAR),
    ("sync_log", "", IN_CALENDAR),
    ("sync_quiet", "", "t.client_id IN (SELECT client_id FROM reach_clients)"),
    ("malformed_events", "", OF_CALENDAR),
    ("unheard_events", "", OF_CALENDAR),
    ("lanes", "", OF_CALENDAR),
    ("deletion_guards", "", OF_CALENDAR),
    ("channels", "", OF_CALENDAR),
    ("calendar_activity", "", OF_CALENDAR),
    ("reconciliations", "", OF_CALENDAR),
    ("busy_horizons", "", OF_CALENDAR),
    (
        "churn",
        "",
        "EXISTS (SELECT 1 FROM events AS o WHERE o.id = t.event_id)",
    ),
    (
        "usage_hours",
        "",
        "EXISTS (SELECT 1 FROM credentials AS o WHERE o.id = t.credential_id)",
    ),
    (
        "write_pauses",
        "",
        "EXISTS (SELECT 1 FROM credentials AS o WHERE o.id = t.credential_id)",
    ),
    (
        "staff",
        "",
        "t.client_id IN (SELECT client_id FROM reach_clients) OR t.id IN (SELECT staff_id FROM reach_staff)",
    ),
    ("staff_calendars", "", OF_STAFF),
    ("service_staff", "", OF_STAFF),
    ("services", "", "t.client_id IN (SELECT client_id FROM reach_some)"),
    ("closures", "", "t.client_id IN (SELECT client_id FROM reach_some)"),
    (
        "booking_policies",
        "",
        "t.client_id IN (SELECT client_id FROM reach_some)",
    ),
    (
        "bookings",
        "",
        "t.client_id IN (SELECT client_id FROM reach_clients) OR EXISTS (SELECT 1 FROM {s}.booking_seats AS seat \
         WHERE seat.booking_id = t.id AND seat.staff_id IN (SELECT staff_id FROM reach_staff))",
    ),
    ("booking_seats", "", OF_STAFF),
    ("booking_copies", "", OF_STAFF),
    (
        "booking_history",
        "",
        "EXISTS (SELECT 1 FROM bookings AS o WHERE o.id = t.booking_id)",
    ),
    (
        "messages",
        "",
        "t.client_id IN (SELECT client_id FROM reach_clients) OR EXISTS (SELECT 1 FROM bookings AS o WHERE o.id = t.booking_id)",
    ),
    (
        "booking_imports",
        "",
        "t.client_id IN (SELECT client_id FROM reach_clients)",
    ),
    (
        "booking_import_rows",
        "",
        "EXISTS (SELECT 1 FROM booking_imports AS o WHERE o.id = t.import_id)",
    ),
    (
        "customers",
        "",
        // Who has booked nothing yet is nobody else's customer.
        "t.client_id IN (SELECT client_id FROM reach_clients) OR (t.client_id IN (SELECT client_id FROM reach_some) \
         AND (EXISTS (SELECT 1 FROM bookings AS b WHERE b.customer_id = t.id) \
         OR NOT EXISTS (SELECT 1 FROM {s}.bookings AS b WHERE b.customer_id = t.id)))",
    ),
    (
        "busy",
        // What another's event in a shared calendar is called, is not seen.
        "CASE WHEN EXISTS (SELECT 1 FROM events AS o WHERE o.id = t.event_id) OR EXISTS (SELECT 1 FROM booking_copies AS c WHERE c.event_id = t.event_id) \
         THEN event_id ELSE '' END AS event_id, key, tenant_id, calendar_id, starts_at, ends_at, is_long, all_day, kind, \
         transparency, status, response",
        OF_CALENDAR,
    ),
    ("busy_overflows", "", OF_CALENDAR),
    // Bulk work spans clients: everybody sees what they asked for.
    ("imports", "", "t.created_by = {person}"),
    (
        "import_chunks",
        "",
        "EXISTS (SELECT 1 FROM imports AS o WHERE o.id = t.import_id)",
    ),
    ("import_layouts", "", "1 = 0"),
    ("operations", "", "t.created_by = {person}"),
    (
        "operation_items",
        "",
        "EXISTS (SELECT 1 FROM operations AS o WHERE o.id = t.operation_id) \
         AND (t.calendar_id IS NULL OR EXISTS (SELECT 1 FROM calendars AS o WHERE o.id = t.calendar_id))",
    ),
    (
        "templates",
        "",
        "t.id IN (SELECT template_id FROM {s}.template_versions WHERE created_by = {person} AND revision = 1)",
    ),
    (
        "template_versions",
        "",
        "EXISTS (SELECT 1 FROM templates AS o WHERE o.id = t.template_id)",
    ),
    (
        "changes",
        "",
        "t.client_id IN (SELECT client_id FROM reach_clients) OR t.calendar_id IN (SELECT id FROM reach_calendars) \
         OR (t.kind IN ('client', 'service', 'closure', 'booking_policy') AND t.client_id IN (SELECT client_id FROM reach_some)) \
         OR (t.kind = 'staff' AND t.id IN (SELECT staff_id FROM reach_staff)) \
         OR (t.kind = 'booking' AND EXISTS (SELECT 1 FROM bookings AS o WHERE o.id = t.id)) \
         OR (t.kind = 'customer' AND EXISTS (SELECT 1 FROM customers AS o WHERE o.id = t.id)) \
         OR (t.kind = 'operation' AND EXISTS (SELECT 1 FROM operations AS o WHERE o.id = t.id))",
    ),
];

/// Which tables a narrowed connection has views for.
pub fn tables() -> impl Iterator<Item = &'static str> {
    NARROWED.iter().map(|(table, ..)| *table)
}

/// The kinds of things whose identifiers a guard has to ask about.
pub fn kinds() -> impl Iterator<Item = Kind> {
    Kind::ALL.into_iter().filter(|kind| table(*kind).is_some())
}

/// The table that holds the things of a kind; `None`: nothing of a client.
fn table(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Client => "clients",
        Kind::Credential => "credentials",
        Kind::Calendar => "calendars",
        Kind::Event => "events",
        Kind::Promise => "outbox",
        Kind::Conflict => "conflicts",
        Kind::Service => "services",
        Kind::Staff => "staff",
        Kind::Closure => "closures",
        Kind::Customer => "customers",
        Kind::Booking => "bookings",
        Kind::BookingImport => "booking_imports",
        Kind::Import => "imports",
        Kind::Operation => "operations",
        Kind::Template => "templates",
        Kind::Tenant | Kind::User | Kind::ApiKey | Kind::Deed | Kind::Message => return None,
    })
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = sql_types::BigInt)]
    n: i64,
}

/// Whether these eyes see the thing: all of it, for an operation also every calendar that it works in.
///
/// # Errors
/// Those of the database.
pub fn sees(conn: &mut Conn, tenant: &TenantId, kind: Kind, id: &str) -> Result<bool> {
    let Some(table) = table(kind) else { return Ok(true) };
    let mut text = format!("SELECT COUNT(*) AS n FROM {table} WHERE tenant_id = $1 AND id = $2");
    if kind == Kind::Operation {
        let schema = if matches!(conn, Conn::Sqlite(_)) {
            "main"
        } else {
            "public"
        };
        text += &format!(
            " AND NOT EXISTS (SELECT 1 FROM {schema}.operation_items AS i WHERE i.operation_id = operations.id \
             AND (i.calendar_id NOT IN (SELECT id FROM calendars) OR i.from_calendar NOT IN (SELECT id FROM calendars)))"
        );
    }
    let found: Found = each_backend!(conn, |c| sql_query(text)
        .bind::<sql_types::Text, _>(tenant.as_str())
        .bind::<sql_types::Text, _>(id)
        .get_result(c))?;
    Ok(found.n > 0)
}

/// Whether these eyes see anything at all.
///
/// # Errors
/// Those of the database.
pub fn sees_any(conn: &mut Conn) -> Result<bool> {
    let found: Found = each_backend!(conn, |c| sql_query("SELECT COUNT(*) AS n FROM reach_some")
        .get_result(c))?;
    Ok(found.n > 0)
}
