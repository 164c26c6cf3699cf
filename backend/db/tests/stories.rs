//! What the doors of the database promise, on SQLite and, with `TEST_DATABASE_URL`, on PostgreSQL.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Barrier,
    time::Duration,
};

use db::{
    Database, Error, Options,
    clients::{Client, State},
    idempotency::{Begin, Row},
    page::Keyset,
    tenants::Tenant,
    types::Instant,
};
use domain::id::{Kind, TenantId};
use jiff::{SignedDuration, Timestamp};

mod bookings;
mod feed;
mod lanes;
mod operations;
mod plans;
mod reach;

/// A migrated database that goes when the story ends.
struct Fresh {
    database: Database,
    _dir: tempfile::TempDir,
    pg: Option<(String, String)>,
}

impl Fresh {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let admin = std::env::var("TEST_DATABASE_URL").ok().filter(|url| !url.is_empty());
        let (url, pg) = match admin {
            Some(admin) => {
                let name = format!("db_{}", Kind::Tenant.new_id());
                (db::admin::create(&admin, &name, None).unwrap(), Some((admin, name)))
            }
            None => (format!("sqlite://{}", dir.path().join("data/test.db").display()), None),
        };
        let database = Database::open(
            &url,
            &Options {
                connections: 4,
                ..Options::default()
            },
        )
        .unwrap();
        database.migrate().unwrap();
        Self {
            database,
            _dir: dir,
            pg,
        }
    }

    fn tenant(&self) -> TenantId {
        let id = Kind::Tenant.new_id();
        let row = Tenant {
            id: id.clone(),
            name: "t".into(),
            created_at: now(),
            updated_at: now(),
        };
        self.database.write(|c| db::tenants::insert(c, &row)).unwrap();
        TenantId::from_store(id)
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if let Some((admin, name)) = &self.pg {
            let _ = db::admin::drop(admin, name);
        }
    }
}

fn now() -> Instant {
    Timestamp::now().into()
}

/// Rows of a tenant with a client and an account at Google, all of one name.
fn office(tenant: &str) -> String {
    format!(
        "INSERT INTO tenants VALUES ('{tenant}', 'Agency', 0, 0);
        INSERT INTO clients (id, tenant_id, name, sort_key, email, email_key, time_zone, revision, created_at, updated_at)
            VALUES ('{tenant}', '{tenant}', 'C', 'c', '{tenant}@example.com', '{tenant}@example.com', 'UTC', 1, 0, 0);
        INSERT INTO credentials (id, tenant_id, client_id, provider, scopes_requested, scopes_granted, refusals, failing,
                token_version, revision, created_at, updated_at)
            VALUES ('{tenant}', '{tenant}', '{tenant}', 'google', '[]', '[]', 0, FALSE, 1, 1, 0, 0);"
    )
}

/// A calendar of that account.
fn calendar_in(tenant: &str, id: &str) -> String {
    format!(
        "INSERT INTO calendars (id, tenant_id, client_id, credential_id, provider, remote_id, name, access_role, is_primary,
                selected, blocks_availability, receives_bookings, round, full_round, consecutive_failures, revision,
                created_at, updated_at)
            VALUES ('{id}', '{tenant}', '{tenant}', '{tenant}', 'google', '{id}', 'C', 'owner', FALSE, TRUE, TRUE, FALSE, 1, FALSE, 0, 1, 0, 0);"
    )
}

fn client(tenant: &TenantId, name: &str) -> Client {
    Client {
        id: Kind::Client.new_id(),
        tenant_id: tenant.as_str().to_owned(),
        name: name.to_owned(),
        sort_key: name.to_lowercase(),
        email: format!("{name}@example.com"),
        email_key: format!("{}@example.com", name.to_lowercase()),
        google_account_email: None,
        time_zone: "UTC".into(),
        notes: None,
        archived_at: None,
        revision: 1,
        created_at: now(),
        updated_at: now(),
        conflict_policy: "ask".into(),
    }
}

#[test]
fn what_fails_leaves_nothing_behind() {
    let fresh = Fresh::new();
    let tenant = fresh.tenant();
    let failed = fresh.database.write(|c| {
        db::clients::insert(c, &client(&tenant, "One"))?;
        Err::<(), _>(Error::NotFound)
    });
    assert!(matches!(failed, Err(Error::NotFound)));
    assert_eq!(
        fresh.database.read(|c| db::clients::totals(c, &tenant)).unwrap(),
        (0, 0)
    );
    // The connection is good for more.
    fresh
        .database
        .write(|c| db::clients::insert(c, &client(&tenant, "One")))
        .unwrap();
}

#[test]
fn a_taken_value_is_a_conflict_and_a_missing_parent_too() {
    let fresh = Fresh::new();
    let tenant = fresh.tenant();
    fresh
        .database
        .write(|c| db::clients::insert(c, &client(&tenant, "One")))
        .unwrap();
    let again = fresh
        .database
        .write(|c| db::clients::insert(c, &client(&tenant, "One")));
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    let nobody = TenantId::from_store(Kind::Tenant.new_id());
    let orphan = fresh
        .database
        .write(|c| db::clients::insert(c, &client(&nobody, "Two")));
    assert!(matches!(orphan, Err(Error::Conflict(_))), "{orphan:?}");
}

#[test]
fn of_two_hundred_read_then_writes_at_once_none_is_lost() {
    let fresh = Fresh::new();
    let tenant = fresh.tenant();
    let row = client(&tenant, "One");
    fresh.database.write(|c| db::clients::insert(c, &row)).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    fresh
                        .database
                        .write(|c| db::clients::lock(c, &tenant, &row.id))
                        .unwrap();
                }
            });
        }
    });
    let (after, _) = fresh.database.read(|c| db::clients::get(c, &tenant, &row.id)).unwrap();
    assert_eq!(after.revision, 201);
}

#[test]
fn pages_are_in_the_same_order_on_both_databases() {
    let fresh = Fresh::new();
    let tenant = fresh.tenant();
    let names = ["zebra", "Äpfel", "apple", "Zulu", "a-b", "a b", "ab", "10", "9", "_x"];
    for name in names {
        fresh
            .database
            .write(|c| db::clients::insert(c, &client(&tenant, name)))
            .unwrap();
    }
    let mut expected: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    expected.sort();
    let mut page = Keyset { after: None, limit: 3 };
    let mut seen = Vec::new();
    loop {
        let slice = fresh
            .database
            .read(|c| db::clients::list(c, &tenant, State::All, None, &page))
            .unwrap();
        seen.extend(slice.rows.into_iter().map(|(row, _)| row.sort_key));
        let Some(next) = slice.next else { break };
        page.after = Some(next);
    }
    assert_eq!(seen, expected);
}

#[test]
fn an_instant_comes_back_as_it_went_in() {
    let fresh = Fresh::new();
    let tenant = fresh.tenant();
    for text in [
        "2026-11-21T05:00:00.123456Z",
        "1969-12-31T23:59:59.999999Z",
        "0001-01-01T00:00:00Z",
        "9999-12-30T00:00:00Z",
    ] {
        let at: Instant = text.parse::<Timestamp>().unwrap().into();
        let row = Client {
            created_at: at,
            ..client(&tenant, &text.replace(':', ""))
        };
        fresh.database.write(|c| db::clients::insert(c, &row)).unwrap();
        let (back, _) = fresh.database.read(|c| db::clients::get(c, &tenant, &row.id)).unwrap();
        assert_eq!((back.created_at, back.created_at.to_string()), (at, text.to_owned()));
    }
    assert!(Instant::from_micros(i64::MAX).is_none());
}

#[test]
fn an_idempotency_key_goes_to_one_and_back_when_that_one_died() {
    let fresh = Fresh::new();
    let tenant = fresh.tenant();
    let begun = Timestamp::now();
    let row = |at: Timestamp| Row {
        id: "k".into(),
        tenant_id: tenant.as_str().to_owned(),
        body_hash: "b".into(),
        status: None,
        answer: None,
        locked_until: (at + SignedDuration::from_mins(2)).into(),
        created_at: at.into(),
    };
    let begin = |at: Timestamp| {
        fresh
            .database
            .write(|c| db::idempotency::begin(c, &row(at), (at - SignedDuration::from_hours(24)).into()))
            .unwrap()
    };
    let together = Barrier::new(4);
    let mine = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    together.wait();
                    matches!(begin(begun), Begin::Mine)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .filter(|mine| *mine)
            .count()
    });
    assert_eq!(mine, 1);
    assert!(matches!(begin(begun + SignedDuration::from_secs(119)), Begin::Taken(_)));
    let later = begun + SignedDuration::from_secs(121);
    assert!(matches!(begin(later), Begin::Mine), "the first one died");
    fresh
        .database
        .write(|c| db::idempotency::finish(c, &tenant, "k", 201, "sealed"))
        .unwrap();
    assert!(matches!(begin(later + SignedDuration::from_hours(23)), Begin::Taken(row) if row.status == Some(201)));
    assert!(
        matches!(begin(later + SignedDuration::from_hours(24)), Begin::Mine),
        "answers are kept for a day"
    );
}

#[test]
fn processes_that_start_together_migrate_once() {
    let fresh = Fresh::new();
    let dir = tempfile::tempdir().unwrap();
    let url = match &fresh.pg {
        Some((admin, _)) => {
            let name = format!("db_{}", Kind::Tenant.new_id());
            db::admin::create(admin, &name, None).unwrap()
        }
        None => format!("sqlite://{}", dir.path().join("test.db").display()),
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let options = Options {
                    connections: 2,
                    timeout: Duration::from_secs(20),
                    ..Options::default()
                };
                Database::open(&url, &options).unwrap().migrate().unwrap();
            });
        }
    });
    if let Some((admin, _)) = &fresh.pg {
        db::admin::drop(admin, url.rsplit_once('/').unwrap().1).unwrap();
    }
}

#[test]
fn a_restart_of_postgresql_costs_at_most_one_failure_per_connection() {
    let fresh = Fresh::new();
    // SQLite has nobody who could restart.
    let Some((admin, name)) = &fresh.pg else { return };
    let tenant = fresh.tenant();
    let ask = || fresh.database.read(|c| db::clients::totals(c, &tenant));
    ask().unwrap();
    db::admin::disconnect(admin, name).unwrap();
    let failures: Vec<_> = (0..20).map(|_| ask()).filter_map(Result::err).collect();
    assert!(failures.len() <= 4, "{failures:?}");
    assert!(
        failures.iter().all(|error| matches!(error, Error::Unavailable(_))),
        "{failures:?}"
    );
    fresh
        .database
        .write(|c| db::clients::insert(c, &client(&tenant, "After")))
        .unwrap();
}

/// Table → column → (type, may be null).
type Schema = BTreeMap<String, BTreeMap<String, (String, bool)>>;

#[test]
fn both_databases_have_the_same_tables_columns_and_migrations() {
    let folder = |database: &str| {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("../../migrations")
            .join(database);
        let names: BTreeSet<String> = std::fs::read_dir(&root)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        (root, names)
    };
    let ((sqlite, a), (postgres, b)) = (folder("sqlite"), folder("postgres"));
    assert_eq!(a, b);
    for name in &a {
        for file in ["up.sql", "down.sql"] {
            let read = |root: &PathBuf| std::fs::read_to_string(root.join(name).join(file)).unwrap();
            assert_eq!(declared(&read(&sqlite)), declared(&read(&postgres)), "{name}/{file}");
        }
    }
}

/// What a migration declares, as far as both databases spell it alike.
fn declared(sql: &str) -> Schema {
    let mut schema = Schema::new();
    let mut table = None;
    for line in sql.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
            table = rest.split([' ', '(']).next().map(str::to_owned);
        } else if line.starts_with(')') {
            table = None;
        } else if let Some((altered, rest)) = line
            .strip_prefix("ALTER TABLE ")
            .and_then(|rest| rest.split_once(" ADD COLUMN "))
        {
            let mut words = rest.trim_end_matches(';').split_whitespace();
            if let (Some(column), Some(kind)) = (words.next(), words.next()) {
                let nullable = !line.contains("NOT NULL");
                schema
                    .entry(altered.to_owned())
                    .or_default()
                    .insert(column.to_owned(), (kind.to_owned(), nullable));
            }
        } else if let Some(table) = &table {
            let mut words = line.split_whitespace().map(|word| word.trim_end_matches(','));
            let (Some(column), Some(kind)) = (words.next(), words.next()) else {
                continue;
            };
            if column.chars().all(|c| c.is_ascii_lowercase() || c == '_')
                && !kind.is_empty()
                && kind.chars().all(|c| c.is_ascii_uppercase())
            {
                let nullable = !line.contains("NOT NULL");
                schema
                    .entry(table.clone())
                    .or_default()
                    .insert(column.to_owned(), (kind.to_owned(), nullable));
            }
        }
    }
    schema
}

#[test]
fn the_live_schema_is_the_declared_one() {
    let fresh = Fresh::new();
    let live: Schema =
        fresh
            .database
            .read(db::admin::columns)
            .unwrap()
            .into_iter()
            .fold(Schema::new(), |mut schema, column| {
                schema
                    .entry(column.table)
                    .or_default()
                    .insert(column.name, (column.kind, column.nullable));
                schema
            });
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../migrations/sqlite");
    let mut declared_all = Schema::new();
    for entry in std::fs::read_dir(root).unwrap() {
        let sql = std::fs::read_to_string(entry.unwrap().path().join("up.sql")).unwrap();
        for (table, columns) in declared(&sql) {
            declared_all.entry(table).or_default().extend(columns);
        }
    }
    assert!(declared_all.len() >= 11, "{:?}", declared_all.keys());
    assert_eq!(live, declared_all);
}
