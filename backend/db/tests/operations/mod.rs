//! Bulk work: what an operation is made from may be large, and its row is written thousands of times.

use std::fmt::Write as _;

use db::operations::{self, Operation, PLANNING, RUNNING};
use diesel::{prelude::*, sql_query, sql_types::BigInt};
use domain::id::Kind;

use crate::{Fresh, now};

fn operation(tenant: &str) -> Operation {
    Operation {
        id: Kind::Operation.new_id(),
        tenant_id: tenant.into(),
        kind: "edit".into(),
        title: "All of them".into(),
        state: RUNNING.into(),
        notify: "none".into(),
        allow_duplicates: false,
        total: 10_000,
        done: 0,
        failed: 0,
        skipped: 0,
        written: 1,
        summary: None,
        progress: None,
        percent: 0,
        error_code: None,
        error_detail: None,
        undo_of: None,
        undone_by: None,
        created_by: "usr".into(),
        log: "[]".into(),
        turn: now(),
        lease: None,
        lease_until: None,
        created_at: now(),
        planned_at: None,
        started_at: None,
        finished_at: None,
        tries: 0,
    }
}

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

/// What the table has on the disk, with what was overwritten; only PostgreSQL keeps that.
fn taken(fresh: &Fresh) -> i64 {
    let size = "SELECT pg_total_relation_size('operations') AS bytes";
    fresh
        .database
        .read(|c| -> db::Result<i64> {
            match c {
                db::Conn::Postgres(c) => Ok(sql_query(size).get_result::<Taken>(c)?.bytes),
                db::Conn::Sqlite(_) => Ok(0),
            }
        })
        .unwrap()
}

#[test]
fn a_turn_does_not_carry_what_an_operation_is_made_from() {
    let fresh = Fresh::new();
    let tenant = fresh.tenant();
    let row = operation(tenant.as_str());
    let mut source = String::new();
    for _ in 0..10_000 {
        write!(source, "{}", Kind::Event.new_id()).unwrap();
    }
    fresh.database.write(|c| operations::insert(c, &row, &source)).unwrap();
    let before = taken(&fresh);
    for done in 0..40 {
        fresh
            .database
            .write(|c| {
                let mut row = operations::lock_for_turn(c, &tenant, &row.id, now())?;
                row.done = done;
                operations::save(c, &row)
            })
            .unwrap();
    }
    let more = taken(&fresh) - before;
    assert!(more < 300_000, "forty turns wrote {more} bytes");
    let kept = fresh
        .database
        .read(|c| operations::source(c, &tenant, &row.id))
        .unwrap();
    assert_eq!(kept, source);
}

#[test]
fn many_of_one_tenant_do_not_hide_the_only_one_of_another() {
    let fresh = Fresh::new();
    let (greedy, modest) = (fresh.tenant(), fresh.tenant());
    let (mut planning, mut running) = (Vec::new(), Vec::new());
    for tenant in std::iter::repeat_n(&greedy, 700).chain([&modest]) {
        for (state, all) in [(PLANNING, &mut planning), (RUNNING, &mut running)] {
            let row = Operation {
                state: state.to_owned(),
                written: 0,
                ..operation(tenant.as_str())
            };
            all.push((tenant.as_str().to_owned(), row.id.clone()));
            fresh.database.write(|c| operations::insert(c, &row, "{}")).unwrap();
        }
    }
    let first_and_last = |all: &[(String, String)]| vec![all[0].clone(), all[all.len() - 1].clone()];
    let (to_plan, at_work) = fresh
        .database
        .read(|c| -> db::Result<_> { Ok((operations::to_plan(c, now())?, operations::at_work(c)?)) })
        .unwrap();
    assert_eq!(to_plan, first_and_last(&planning));
    assert_eq!(at_work, first_and_last(&running));
}
