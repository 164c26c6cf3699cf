//! A town of people with full calendars, for `scripts/bench-availability`: filled straight into the database, because a
//! year of a thousand practices would take a night over HTTP.
//!
//! `town URL fill MONDAY CLIENTS STAFF BOOKINGS` fills a database that has one tenant and prints how many occurrences it
//! holds; `town URL raw CALENDARS FROM TO SECONDS` asks for the occurrences of these calendars by their index, with one
//! connection and nothing around it; `town URL astray NOW ROUNDS` times the search for copies that were moved.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a program for the terminal")]

use std::time::{Duration, Instant};

use db::{Conn, Database, Error, Options, booking_copies, busy};
use diesel::{QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query, sql_types};
use domain::id::TenantId;
use jiff::Timestamp;

/// Single events of a person, spread over a year, and weekly series.
const SINGLES: usize = 500;
const WEEKLY: usize = 20;
const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;

#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = sql_types::Text)]
    value: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = sql_types::BigInt)]
    value: i64,
}

fn text(c: &mut Conn, query: &str) -> db::Result<String> {
    let row: Text = db::each_backend!(c, |c| sql_query(query).get_result(c))?;
    Ok(row.value)
}

fn number(c: &mut Conn, query: &str) -> db::Result<i64> {
    let row: Number = db::each_backend!(c, |c| sql_query(query).get_result(c))?;
    Ok(row.value)
}

fn id(prefix: &str, number: usize) -> String {
    format!("{prefix}_{number:032x}")
}

fn content(title: &str, rule: &str) -> String {
    format!(
        r#"{{"title":"{title}","location":"Room 2","start":{{"date_time":"2027-01-01T08:00:00","time_zone":"Europe/Berlin"}},"end":{{"date_time":"2027-01-01T08:45:00","time_zone":"Europe/Berlin"}},"recurrence":[{rule}],"status":"confirmed","transparency":"busy","visibility":"default"}}"#
    )
}

/// A client with its people: each with one calendar, hours from nine to five on weekdays, and two services they all do.
fn client(tenant: &str, monday: i64, now: i64, number: usize, staff: usize) -> String {
    let (client, credential) = (id("cli", number), id("crd", number));
    let hours = format!(
        r#"{{"weekly":[{},[],[]]}}"#,
        [r#"[{"from":"09:00:00","to":"17:00:00"}]"#; 5].join(",")
    );
    let reached = monday + 400 * DAY;
    let mut sql = format!(
        "INSERT INTO clients (id, tenant_id, name, sort_key, email, email_key, time_zone, revision, created_at, updated_at)
            VALUES ('{client}', '{tenant}', 'Practice {number}', 'practice {number}', 'p{number}@example.com', 'p{number}@example.com', 'Europe/Berlin', 1, {now}, {now});
        INSERT INTO booking_policies (client_id, tenant_id, confirmation, hold_minutes, cancel_notice_minutes, reschedule_notice_minutes, on_unknown, max_staleness_s, live_check_ms, on_move, on_delete, on_text, reminders, slug, revision, updated_at)
            VALUES ('{client}', '{tenant}', 'automatic', 15, 0, 0, 'block', NULL, 0, 'ask', 'ask', 'ask', '[]', NULL, 1, {now});
        INSERT INTO credentials (id, tenant_id, client_id, provider, scopes_requested, scopes_granted, refusals, failing, token_version, revision, created_at, updated_at)
            VALUES ('{credential}', '{tenant}', '{client}', 'google', '[]', '[]', 0, FALSE, 1, 1, {now}, {now});"
    );
    for (place, minutes) in [60, 15].into_iter().enumerate() {
        let service = id("svc", number * 2 + place);
        sql += &format!(
            "INSERT INTO services (id, tenant_id, client_id, name, sort_key, duration_minutes, before_minutes, after_minutes, capacity, notice_minutes, horizon_days, step_minutes, assignment, variants, is_public, revision, created_at, updated_at)
                VALUES ('{service}', '{tenant}', '{client}', 'Treatment of {minutes}', 'treatment {minutes}', {minutes}, 0, 0, 1, 0, 400, 15, 'any', '[]', FALSE, 1, {now}, {now});"
        );
    }
    for place in 0..staff {
        let n = number * staff + place;
        let (person, calendar) = (id("stf", n), id("cal", n));
        sql += &format!(
            "INSERT INTO calendars (id, tenant_id, client_id, credential_id, provider, remote_id, name, time_zone, access_role, is_primary, selected, blocks_availability, receives_bookings, round, full_round, as_of, attempted_at, consecutive_failures, revision, created_at, updated_at)
                VALUES ('{calendar}', '{tenant}', '{client}', '{credential}', 'google', 'r{n}', 'Person {n}', 'Europe/Berlin', 'owner', FALSE, TRUE, TRUE, FALSE, 1, FALSE, {now}, {now}, 0, {n}, {now}, {now});
            INSERT INTO busy_horizons VALUES ('{calendar}', '{tenant}', 'Europe/Berlin', {reached}, {reached});
            INSERT INTO staff (id, tenant_id, client_id, name, sort_key, time_zone, hours, revision, created_at, updated_at)
                VALUES ('{person}', '{tenant}', '{client}', 'Person {n}', 'person {n}', 'Europe/Berlin', '{hours}', 1, {now}, {now});
            INSERT INTO staff_calendars VALUES ('{person}', '{calendar}', '{tenant}', TRUE, FALSE);
            INSERT INTO service_staff VALUES ('{}', '{person}', '{tenant}', {place}), ('{}', '{person}', '{tenant}', {place});",
            id("svc", number * 2),
            id("svc", number * 2 + 1)
        );
    }
    sql
}

/// Their events and when these are: written in SQL that both databases understand, salted with the calendar's number.
fn events(client: &str, monday: i64, now: i64, bookings: usize) -> String {
    let columns = "id, tenant_id, client_id, calendar_id, provider, remote_id, ical_uid, starts_at, ends_at, is_recurring, status, search_text, content, round, revision, created_at, updated_at, raw";
    let numbers = |count: usize| {
        format!(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {})",
            count - 1
        )
    };
    let row = |kind: usize, start: &str, minutes: &str, recurring: &str, content: String, from: &str| {
        format!(
            "INSERT INTO events ({columns}) {from} SELECT 'evt_' || substr(c.id, 9) || ({kind} + n.i), c.tenant_id, c.client_id, c.id, 'google', 'r' || ({kind} + n.i), 'u' || ({kind} + n.i) || '@example.com', {start}, {start} + ({minutes}) * CAST(60000000 AS BIGINT), {recurring}, 'confirmed', 'appointment', '{content}', 1, 1, {now}, {now}, '{{}}' FROM calendars c CROSS JOIN n WHERE c.client_id = '{client}';"
        )
    };
    let busy = |key: &str, start: &str, from: &str, rest: &str| {
        format!(
            "INSERT INTO busy {from} SELECT e.id, {key}, e.tenant_id, e.calendar_id, {start}, {start} + e.ends_at - e.starts_at, FALSE, FALSE, 'event', 'busy', 'confirmed', NULL FROM events e {rest};"
        )
    };
    let single = format!(
        "({monday} + (n.i * 365 / {SINGLES}) * {DAY} + {} + (n.i * 7 + c.revision * 13) % 36 * {})",
        7 * HOUR,
        HOUR / 4
    );
    let weekly = format!(
        "({monday} + n.i % 5 * {DAY} + {} + (n.i * 5 + c.revision) % 36 * {})",
        7 * HOUR,
        HOUR / 4
    );
    let mut sql = row(
        1000,
        &single,
        "30 + (n.i + c.revision) % 3 * 30",
        "FALSE",
        content("Appointment", ""),
        &numbers(SINGLES),
    );
    sql += &busy("''", "e.starts_at", "", &format!("WHERE e.client_id = '{client}'"));
    sql += &row(
        2000,
        &weekly,
        "45",
        "TRUE",
        content("Every week", r#""RRULE:FREQ=WEEKLY;COUNT=52""#),
        &numbers(WEEKLY),
    );
    let week = format!("e.starts_at + n.i * {}", 7 * DAY);
    let of_series = format!("CROSS JOIN n WHERE e.client_id = '{client}' AND e.is_recurring");
    sql += &busy("'20270101T0' || (10000 + n.i)", &week, &numbers(52), &of_series);
    if bookings > 0 {
        // In the evening, where they are in nobody's way.
        let evening = format!("({monday} + n.i * {DAY} + {})", 18 * HOUR);
        sql += &row(3000, &evening, "60", "FALSE", content("Booked", ""), &numbers(bookings));
        let booked = format!(
            "FROM events e INNER JOIN staff_calendars s ON s.calendar_id = e.calendar_id INNER JOIN service_staff d ON d.staff_id = s.staff_id INNER JOIN services v ON v.id = d.service_id AND v.duration_minutes = 60 WHERE e.client_id = '{client}' AND e.remote_id >= 'r3000' AND e.remote_id < 'r4000'"
        );
        let named = "'bkg_' || substr(e.id, 5)";
        sql += &format!(
            "INSERT INTO bookings (id, tenant_id, client_id, service_id, status, starts_at, ends_at, is_flagged, origin, receipt, revision, created_at, updated_at)
                SELECT {named}, e.tenant_id, e.client_id, v.id, 'confirmed', e.starts_at, e.ends_at, FALSE, 'api', '{{}}', 1, {now}, {now} {booked};
            INSERT INTO booking_seats SELECT {named}, s.staff_id, e.tenant_id, v.id, e.starts_at, e.ends_at, e.starts_at, e.ends_at, v.id || '|' || e.starts_at || '|' || e.ends_at, 1, 1, TRUE {booked};
            INSERT INTO booking_copies (event_id, booking_id, staff_id, calendar_id, tenant_id, created_at, removed_at) SELECT e.id, {named}, s.staff_id, e.calendar_id, e.tenant_id, {now}, NULL {booked};"
        );
    }
    sql
}

fn fill(database: &Database, monday: i64, clients: usize, staff: usize, bookings: usize) {
    let now = Timestamp::now().as_microsecond();
    let tenant = database.read(|c| text(c, "SELECT id AS value FROM tenants")).unwrap();
    for number in 0..clients {
        let sql = client(&tenant, monday, now, number, staff) + &events(&id("cli", number), monday, now, bookings);
        database.write(|c| c.batch_execute(&sql).map_err(Error::from)).unwrap();
    }
    if !database.is_sqlite() {
        database
            .write(|c| c.batch_execute("ANALYZE").map_err(Error::from))
            .unwrap();
    }
    let count = database.read(|c| number(c, "SELECT count(*) AS value FROM busy"));
    println!("{}", count.unwrap());
}

/// Answers a second of a bare indexed query.
fn raw(database: &Database, calendars: usize, (from, to): (i64, i64), seconds: u64) {
    let tenant = database.read(|c| text(c, "SELECT id AS value FROM tenants")).unwrap();
    let tenant = TenantId::from_store(tenant);
    let calendars: Vec<String> = (0..calendars).map(|number| id("cal", number)).collect();
    let instant = |at: i64| Timestamp::from_microsecond(at).unwrap().into();
    let (begun, mut asked) = (Instant::now(), 0_u32);
    database
        .read(|c| {
            while begun.elapsed() < Duration::from_secs(seconds) {
                assert!(!busy::between(c, &tenant, &calendars, instant(from), instant(to))?.is_empty());
                asked += 1;
            }
            Ok::<_, Error>(())
        })
        .unwrap();
    println!("{:.1}", f64::from(asked) / begun.elapsed().as_secs_f64());
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize| words[place].parse::<i64>().unwrap();
    let size = |place: usize| usize::try_from(number(place)).unwrap();
    let database = Database::open(&words[0], &Options::default()).unwrap();
    match words[1].as_str() {
        "fill" => fill(&database, number(2), size(3), size(4), size(5)),
        "raw" => raw(&database, size(2), (number(3), number(4)), number(5).unsigned_abs()),
        "astray" => {
            let now = Timestamp::from_microsecond(number(2)).unwrap().into();
            for _ in 0..size(3) {
                let begun = Instant::now();
                let found = database.read(|c| booking_copies::astray(c, now, 200)).unwrap();
                println!("{} {:.1}", found.len(), begun.elapsed().as_secs_f64() * 1000.0);
            }
        }
        _ => std::process::exit(2),
    }
}
