//! What happened, how the exchange with providers went, and when calendars are busy.

use std::collections::BTreeSet;

use db::{Error, page::Keyset, sync_log, types::Instant};
use domain::id::{Kind, TenantId};

use crate::{Fresh, now};

/// Something that happened.
fn change(id: &str, at: Instant) -> db::changes::NewChange {
    db::changes::NewChange {
        kind: "event",
        id: id.to_owned(),
        calendar_id: Some("cal".into()),
        client_id: Some("cli".into()),
        action: "created",
        origin: "ours",
        at,
    }
}

#[test]
fn who_follows_along_sees_every_change_once_however_many_write() {
    let fresh = Fresh::new();
    let tenant = fresh.tenant();
    let (writers, each) = (4, 30);
    let seen = std::thread::scope(|scope| {
        for writer in 0..writers {
            let (fresh, tenant) = (&fresh, &tenant);
            scope.spawn(move || {
                for n in 0..each {
                    let new = [
                        change(&format!("{writer}.{n}.a"), now()),
                        change(&format!("{writer}.{n}.b"), now()),
                    ];
                    let gave_up = fresh.database.write(|c| {
                        db::changes::append(c, tenant, &new)?;
                        // Some do not come to their end; their numbers are given out again.
                        if n % 5 == 4 { Err(Error::NotFound) } else { Ok(()) }
                    });
                    assert_eq!(gave_up.is_err(), n % 5 == 4);
                }
            });
        }
        let mut seen: Vec<db::changes::Change> = Vec::new();
        while seen.len() < writers * each / 5 * 4 * 2 {
            let at = seen.last().map_or(0, |one| one.seq);
            seen.extend(
                fresh
                    .database
                    .read(|c| db::changes::since(c, &tenant, at, 50, &db::changes::Filter::default()))
                    .unwrap(),
            );
        }
        seen
    });
    let numbers: Vec<i64> = seen.iter().map(|one| one.seq).collect();
    let all: Vec<i64> = (1..=i64::try_from(seen.len()).unwrap()).collect();
    assert_eq!(numbers, all, "no gap, none twice, in order");
    let names: BTreeSet<&str> = seen.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(names.len(), seen.len());
}

#[test]
fn a_page_of_a_pull_is_told_in_one_statement() {
    let fresh = Fresh::new();
    let tenant = fresh.tenant();
    let many: Vec<_> = (0..2_500).map(|n| change(&n.to_string(), now())).collect();
    let last = fresh
        .database
        .write(|c| db::changes::append(c, &tenant, &many))
        .unwrap();
    assert_eq!(last, Some(2_500));
    let none = fresh.database.write(|c| db::changes::append(c, &tenant, &[])).unwrap();
    assert_eq!(none, None);
    let read = |at| {
        fresh
            .database
            .read(|c| db::changes::since(c, &tenant, at, 2, &db::changes::Filter::default()))
            .unwrap()
    };
    assert_eq!(
        read(2_498).iter().map(|one| one.id.as_str()).collect::<Vec<_>>(),
        ["2498", "2499"]
    );
}

/// An exchange that took `took` and was `lag` late, in milliseconds.
fn exchange(tenant: &TenantId, at: i64, outcome: &str, took: i64, lag: Option<i64>) -> sync_log::Entry {
    sync_log::Entry {
        id: format!("log_{}", Kind::Event.new_id()),
        tenant_id: tenant.as_str().to_owned(),
        client_id: "cli".into(),
        calendar_id: "cal".into(),
        event_id: None,
        provider: "google".into(),
        direction: "in".into(),
        action: "pull".into(),
        outcome: outcome.into(),
        code: None,
        detail: None,
        attempts: 1,
        took_ms: took,
        lag_ms: lag,
        at: Instant::from_micros(at).unwrap(),
    }
}

#[test]
fn percentiles_are_the_nearest_rank_of_each_stretch_alone() {
    let fresh = Fresh::new();
    let (tenant, other) = (fresh.tenant(), fresh.tenant());
    let hour = 3_600_000_000;
    let mut entries: Vec<_> = (1..=100)
        .map(|n| {
            exchange(
                &tenant,
                hour + n,
                if n <= 90 { "ok" } else { "retry" },
                101 - n,
                (n % 2 == 0).then_some(n),
            )
        })
        .collect();
    entries.push(exchange(&tenant, 3 * hour, "ok", 7, None));
    entries.push(exchange(&tenant, hour - 1, "ok", 1_000_000, Some(1_000_000)));
    entries.push(exchange(&other, hour, "ok", 1_000_000, Some(1_000_000)));
    fresh.database.write(|c| sync_log::append(c, &entries)).unwrap();
    let ask = |client: Option<&str>| {
        fresh
            .database
            .read(|c| sync_log::figures(c, &tenant, client, Instant::from_micros(hour).unwrap(), hour))
            .unwrap()
    };
    let figures = ask(None);
    let shown: Vec<_> = figures
        .iter()
        .map(|f| (f.stretch, f.ok, f.failed, f.took_p50, f.took_p95, f.lag_p50, f.lag_p95))
        .collect();
    assert_eq!(
        shown,
        [
            (1, 90, 10, Some(50), Some(95), Some(50), Some(96)),
            (3, 1, 0, Some(7), Some(7), None, None)
        ]
    );
    assert_eq!(ask(Some("cli")), figures);
    assert_eq!(ask(Some("another")), []);
}

#[test]
fn the_feed_and_the_log_are_read_by_an_index_and_in_its_order() {
    let fresh = Fresh::new();
    let tenant = fresh.tenant();
    let page = Keyset {
        after: Some(("1000".into(), "log_1".into())),
        limit: 50,
    };
    let some = || Some("x".to_owned());
    let logs = [
        (sync_log::Filter::default(), "sync_log_of_tenant"),
        (
            sync_log::Filter {
                client: some(),
                ..Default::default()
            },
            "sync_log_of_client",
        ),
        (
            sync_log::Filter {
                calendar: some(),
                ..Default::default()
            },
            "sync_log_of_calendar",
        ),
        (
            sync_log::Filter {
                event: some(),
                ..Default::default()
            },
            "sync_log_of_event",
        ),
    ];
    let feeds = [
        (db::changes::Filter::default(), "USING PRIMARY KEY"),
        (
            db::changes::Filter {
                calendar: some(),
                ..Default::default()
            },
            "USING PRIMARY KEY",
        ),
        (
            db::changes::Filter {
                client: some(),
                ..Default::default()
            },
            "USING PRIMARY KEY",
        ),
    ];
    let mut found = Vec::new();
    for (filter, index) in logs {
        let ask = |c: &mut db::Conn| sync_log::list(c, &tenant, &filter, &page).map(|_| ());
        found.push((index, fresh.database.read(|c| db::admin::plans(c, ask)).unwrap()));
    }
    for (filter, index) in feeds {
        let ask = |c: &mut db::Conn| db::changes::since(c, &tenant, 7, 50, &filter).map(|_| ());
        found.push((index, fresh.database.read(|c| db::admin::plans(c, ask)).unwrap()));
    }
    let ask = |c: &mut db::Conn| db::changes::oldest(c, &tenant).map(|_| ());
    found.push((
        "USING PRIMARY KEY",
        fresh.database.read(|c| db::admin::plans(c, ask)).unwrap(),
    ));
    for (index, steps) in found {
        by_index(&fresh, index, &steps);
    }
}

/// One step, by this index, without sorting. Only SQLite tells.
fn by_index(fresh: &Fresh, index: &str, steps: &[String]) {
    if fresh.database.is_sqlite() {
        assert_eq!(steps.len(), 1, "{steps:?}");
        assert!(
            steps[0].starts_with("SEARCH") && steps[0].contains(index),
            "{index}: {steps:?}"
        );
    }
}

#[test]
fn busy_times_are_found_and_forgotten_by_an_index() {
    let fresh = Fresh::new();
    let tenant = fresh.tenant();
    let calendars = ["cal_1".to_owned(), "cal_2".to_owned()];
    let (from, to) = (Instant::from_micros(1).unwrap(), now());
    type Ask<'a> = Box<dyn FnOnce(&mut db::Conn) -> db::Result<()> + 'a>;
    let asked: Vec<(&str, Ask<'_>)> = vec![
        (
            "busy_in_calendar (calendar_id=? AND is_long=? AND starts_at",
            Box::new(|c| db::busy::between(c, &tenant, &calendars, from, to).map(|_| ())),
        ),
        (
            "PRIMARY KEY (event_id=?)|busy_overflows",
            Box::new(|c| db::busy::clear(c, &tenant, &["evt_1", "evt_2"])),
        ),
        (
            "events_by_remote (calendar_id=? AND remote_id>?)",
            Box::new(|c| db::busy::going_on(c, "cal_1", from, "a", 100).map(|_| ())),
        ),
        (
            "sqlite_autoindex_events_1|events_by",
            Box::new(|c| db::busy::sources(c, &tenant, "cal_1", &["evt_1"]).map(|_| ())),
        ),
        (
            "events_by_series",
            Box::new(|c| db::busy::overrides(c, &tenant, &["evt_1"]).map(|_| ())),
        ),
    ];
    for (index, ask) in asked {
        let steps = fresh.database.write(|c| db::admin::plans(c, ask)).unwrap();
        for step in steps {
            let good = step.starts_with("SEARCH") && index.split('|').any(|index| step.contains(index));
            // A list of ids is a subquery, or one parameter that is walked over.
            let list = step.starts_with("LIST SUBQUERY") || step.starts_with("SCAN json_each");
            assert!(good || list, "{index}: {step}");
        }
    }
}
