//! What one person sees is decided where the tables are.

use std::collections::BTreeSet;

use db::{
    Conn,
    page::Keyset,
    reach::{self, Level, Reach},
    user_access::Access,
    users::User,
};
use diesel::connection::SimpleConnection;
use domain::id::TenantId;

use crate::{Fresh, calendar_in, now, office};

/// Tables that hold nothing of a client, or nothing that a list shows: who asks for them is judged otherwise.
const OPEN: [&str; 10] = [
    // By scope, or by the proof itself.
    "tenants",
    "users",
    "sessions",
    "api_keys",
    "user_client_access",
    "oauth_states",
    // Under a secret of the caller's own.
    "idempotency_keys",
    // Numbers.
    "change_counters",
    "kept_changes",
    "job_leases",
];

#[test]
fn every_table_is_behind_the_wall_or_named_as_open() {
    let fresh = Fresh::new();
    let narrowed: BTreeSet<&str> = reach::tables().collect();
    let all = fresh.database.read(db::admin::columns).unwrap();
    for column in &all {
        let table = column.table.as_str();
        assert!(
            narrowed.contains(table) != OPEN.contains(&table),
            "{table} is narrowed in db::reach, or else named as open"
        );
    }
}

fn person(tenant: &TenantId, id: &str) -> User {
    User {
        id: id.to_owned(),
        tenant_id: tenant.as_str().to_owned(),
        email: format!("{id}@example.com"),
        email_key: format!("{id}@example.com"),
        name: id.to_owned(),
        role: "member".to_owned(),
        password_hash: String::new(),
        created_at: now(),
        updated_at: now(),
        revision: 1,
        deactivated_at: None,
        invitation_hash: None,
        invited_until: None,
    }
}

fn eyes(person: &str, least: Level, whole: bool) -> Reach {
    Reach {
        person: person.to_owned(),
        least,
        whole,
    }
}

fn seen(fresh: &Fresh, tenant: &TenantId, eyes: &Reach) -> usize {
    let page = Keyset { after: None, limit: 9 };
    let filter = db::calendars::Filter::default();
    let ask = |c: &mut Conn| db::calendars::list(c, tenant, &filter, &page);
    fresh.database.read_as(eyes, ask).unwrap().rows.len()
}

#[test]
fn a_narrowed_connection_shows_what_the_person_may_and_changes_nothing() {
    let fresh = Fresh::new();
    let tenant = TenantId::from_store("t".into());
    fresh
        .database
        .write(|c| -> db::Result<()> {
            Ok(c.batch_execute(&(office("t") + &calendar_in("t", "cal") + &calendar_in("t", "other")))?)
        })
        .unwrap();
    let granted = Access {
        tenant_id: "t".to_owned(),
        user_id: "mia".to_owned(),
        client_id: "t".to_owned(),
        level: 2,
        staff_id: None,
    };
    fresh
        .database
        .write(|c| {
            db::users::insert(c, &person(&tenant, "mia"))?;
            db::users::insert(c, &person(&tenant, "tom"))?;
            db::user_access::put(c, &tenant, "mia", std::slice::from_ref(&granted))
        })
        .unwrap();
    assert_eq!(seen(&fresh, &tenant, &eyes("mia", Level::Read, false)), 2);
    assert_eq!(seen(&fresh, &tenant, &eyes("mia", Level::Write, true)), 2);
    assert_eq!(seen(&fresh, &tenant, &eyes("mia", Level::Admin, false)), 0);
    assert_eq!(seen(&fresh, &tenant, &eyes("tom", Level::Read, false)), 0);
    assert_eq!(seen(&fresh, &tenant, &eyes("", Level::Read, false)), 0);
    assert!(!reach::narrowed());
    // It is a view: nobody writes through it by accident.
    let written = fresh.database.read_as(&eyes("mia", Level::Read, false), |c| {
        db::calendars::lock(c, &tenant, "cal")
    });
    assert!(written.is_err(), "{written:?}");
    fresh
        .database
        .write(|c| db::user_access::put(c, &tenant, "mia", &[]))
        .unwrap();
    assert_eq!(seen(&fresh, &tenant, &eyes("mia", Level::Read, false)), 0);
}

#[test]
fn what_a_member_may_is_one_lookup_by_an_index() {
    let fresh = Fresh::new();
    if !fresh.database.is_sqlite() {
        return;
    }
    let tenant = TenantId::from_store("t".into());
    let ask = |c: &mut Conn| -> db::Result<()> {
        let page = Keyset { after: None, limit: 9 };
        db::calendars::get(c, &tenant, "cal").map(|_| ()).or_else(absent)?;
        db::credentials::get(c, &tenant, "crd").map(|_| ()).or_else(absent)?;
        db::bookings::get(c, &tenant, "bkg").map(|_| ()).or_else(absent)?;
        db::clients::list(c, &tenant, db::clients::State::Active, None, &page).map(|_| ())
    };
    let steps = fresh
        .database
        .read_as(&eyes("mia", Level::Read, false), |c| db::admin::plans(c, ask))
        .unwrap();
    assert!(!steps.is_empty());
    let mut asked = 0;
    for step in &steps {
        let walks = step.starts_with("SCAN") && !step.contains("SCAN reach_") && !step.contains("CONSTANT ROW");
        assert!(!walks, "{step}: {steps:#?}");
        asked += usize::from(step.contains("user_client_access") && step.contains("INDEX"));
    }
    assert!(asked > 0, "{steps:#?}");
}

fn absent(error: db::Error) -> db::Result<()> {
    match error {
        db::Error::NotFound => Ok(()),
        other => Err(other),
    }
}
