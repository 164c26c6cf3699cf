//! What a statement costs does not grow with what is stored, also when the database has counted what it stores.

use db::{Conn, types::Instant};
use diesel::connection::SimpleConnection;
use domain::id::TenantId;

use crate::{Fresh, calendar_in, office};

/// Fills a calendar with thousands of single events: what statistics say about them must not speak for the few that repeat.
const FULL: &str = "
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
    INSERT INTO events (id, tenant_id, client_id, calendar_id, provider, remote_id, ical_uid, starts_at, ends_at, is_recurring, status,
            search_text, raw, content, round, revision, created_at, updated_at)
        SELECT 'e' || i, 't', 't', 'cal', 'google', 'e' || i, 'e' || i, i, i + 1, FALSE, 'confirmed', '', '', '{}', 1, 1, i, i FROM n;
    ANALYZE;";

#[test]
fn series_and_callers_keys_are_found_by_an_index_however_many_events_have_neither() {
    let fresh = Fresh::new();
    if !fresh.database.is_sqlite() {
        return;
    }
    let tenant = TenantId::from_store("t".into());
    fresh
        .database
        .write(|c| -> db::Result<()> { Ok(c.batch_execute(&(office("t") + &calendar_in("t", "cal") + FULL))?) })
        .unwrap();
    type Ask<'a> = Box<dyn FnOnce(&mut Conn) -> db::Result<()> + 'a>;
    let now = Instant::from_micros(7).unwrap();
    let asked: Vec<(&str, Ask<'_>)> = vec![
        (
            "events_by_series",
            Box::new(|c| db::events::overrides(c, &tenant, &["e1", "e2"]).map(|_| ())),
        ),
        (
            "events_by_series",
            Box::new(|c| db::busy::overrides(c, &tenant, &["e1", "e2"]).map(|_| ())),
        ),
        (
            "sqlite_autoindex_events_1|events_by_series",
            Box::new(|c| db::mirror::hide(c, &tenant, "e1", now)),
        ),
        (
            "sqlite_autoindex_events_1|events_by_series",
            Box::new(|c| db::mirror::erase(c, &tenant, &["e1"])),
        ),
        (
            "events_by_series_remote",
            Box::new(|c| db::mirror::overrides_of(c, "cal", "e1").map(|_| ())),
        ),
        (
            "events_by_series_remote",
            Box::new(|c| db::mirror::adopt(c, "cal", &[("e1".into(), "e1".into())])),
        ),
        (
            "events_by_remote|events_by_series_remote",
            Box::new(|c| db::mirror::remove(c, "cal", &["e1"])),
        ),
        (
            "events_by_external_id",
            Box::new(|c| match db::events::by_external_id(c, &tenant, "cal", "key") {
                Err(db::Error::NotFound) => Ok(()),
                other => other.map(|_| ()),
            }),
        ),
    ];
    for (index, ask) in asked {
        let steps = fresh.database.write(|c| db::admin::plans(c, ask)).unwrap();
        for step in steps.iter().filter(|step| step.contains("events")) {
            let good = step.starts_with("SEARCH") && index.split('|').any(|index| step.contains(index));
            assert!(good, "{index}: {step}");
        }
        assert!(!steps.is_empty());
    }
}

#[test]
fn what_decides_about_availability_and_what_accounts_wait_for_is_found_by_an_index() {
    let fresh = Fresh::new();
    if !fresh.database.is_sqlite() {
        return;
    }
    let tenant = crate::bookings::practice(&fresh);
    let (from, to) = (Instant::from_micros(7).unwrap(), Instant::from_micros(9).unwrap());
    // With many of them, anything that one tenant has may look like less.
    let people: Vec<String> = (0..20).map(|n| format!("person{n}")).collect();
    let ids: Vec<&str> = people.iter().map(String::as_str).collect();
    let all = |c: &mut Conn| -> db::Result<()> {
        db::world::staff_of(c, &tenant, "cut")?;
        db::world::sources(c, &tenant, &["ann", "bob"])?;
        db::world::sources(c, &tenant, &ids)?;
        db::world::busy(c, &tenant, &["cal", "other"], from, to)?;
        db::world::booked(c, &tenant, &["ann", "bob"], from, to)?;
        db::world::booked(c, &tenant, &ids, from, to)?;
        db::world::turns(c, &tenant, &ids, from, to)?;
        db::world::people(c, &tenant, &["ann", "bob"])?;
        db::calendars::some(c, &tenant, &people)?;
        db::busy::horizons(c, &tenant, &people)?;
        db::busy::overflows(c, &tenant, &people)?;
        db::busy::between(c, &tenant, &people, from, to)?;
        db::seats::of(c, &tenant, &ids)?;
        db::seats::lock(c, &tenant, "cut", &ids)?;
        db::world::booked_of_service(c, &tenant, "cut", from, to)?;
        db::world::turns(c, &tenant, &["ann", "bob"], from, to)?;
        db::world::closed(c, &tenant, "t", from, to)?;
        db::credentials::some(c, &tenant, &people)?;
        db::outbox::waiting(c, &ids)?;
        db::bookings::unsure(c, from, 10)?;
        db::booking_copies::astray(c, from, 10)?;
        db::bookings::expiring(c, from)?;
        db::bookings::expire(c, &tenant, from).map(|_| ())
    };
    let steps = fresh.database.write(|c| db::admin::plans(c, all)).unwrap();
    for step in &steps {
        // A list of ids is one parameter that is walked over.
        let list = step.starts_with("SCAN json_each");
        let all_of_a_tenant = step.ends_with("(tenant_id=?)") && !step.contains("_counters");
        assert!(list || !(step.starts_with("SCAN") || all_of_a_tenant), "{step}");
    }
    for index in [
        "busy_in_calendar",
        "booking_seats_in_time",
        "booking_seats_of_service",
        "closures_of_client",
        "bookings_to_look_at",
        "bookings_that_expire",
        "bookings_of_tenant_that_expire",
    ] {
        assert!(steps.iter().any(|step| step.contains(index)), "{index}: {steps:#?}");
    }
}
