//! The process is killed while it plans and while it applies, and another goes on: nothing is lost, nothing is there twice.

use std::{process::Command, time::Duration};

use calendar_stacker::gateway::push;
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::google::{CLIENT_ID, CLIENT_SECRET};

use super::{Bulk, THREE, upload, visits};
use crate::{harness::Caller, program::Program};

/// How another process finds the simulated Google.
fn told(bulk: &Bulk, command: &mut Command) {
    let mut set = |name: &str, value: &str| {
        command.env(format!("CALENDAR_STACKER_{name}"), value);
    };
    set("GOOGLE_CLIENT_ID", CLIENT_ID);
    set("GOOGLE_CLIENT_SECRET", CLIENT_SECRET);
    for (name, path) in [
        ("AUTH_URL", "/o/oauth2/v2/auth"),
        ("TOKEN_URL", "/token"),
        ("REVOKE_URL", "/revoke"),
        ("USERINFO_URL", "/v1/userinfo"),
        ("API_BASE", "/calendar/v3/"),
    ] {
        set(
            &format!("GOOGLE_{name}"),
            &format!("{}{path}", bulk.world.google.base_url),
        );
    }
    set("GOOGLE_PER_MINUTE", "1000000");
    set("GOOGLE_WRITES_PER_MINUTE", "1000000");
    set("GOOGLE_APP_PER_MINUTE", "1000000");
}

async fn program(bulk: &Bulk, crash_at: Option<&str>) -> Program {
    Program::start_with(&bulk.world.app, |command| {
        told(bulk, command);
        command.env("RUST_LOG", "error").stderr(std::process::Stdio::null());
        if let Some(point) = crash_at {
            command.env("CALENDAR_STACKER_CRASH_AT", point);
        }
    })
    .await
}

/// Waits for a process to be gone by itself.
async fn gone(program: &mut Program) {
    let ended = async {
        while program.child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ended)
        .await
        .expect("it is killed");
}

/// What a dead process held is free when its leases have run out; this one goes on from there.
async fn taken_over(bulk: &Bulk) {
    let app = &bulk.world.app;
    app.clock.advance(SignedDuration::from_mins(5));
    push::drain_all(&app.app).await.unwrap();
}

async fn until(caller: &Caller, op: &str, reached: impl Fn(&Value) -> bool) -> Value {
    let wait = async {
        loop {
            let now = caller.get(&format!("/operations/{op}")).await.ok(200).body;
            if reached(&now) {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(240), wait)
        .await
        .expect("it gets there")
}

#[tokio::test]
async fn killed_three_times_on_the_way_it_makes_every_event_once() {
    let bulk = Bulk::new().await;
    let app = &bulk.world.app;
    let key = app.key(&bulk.world.owner, &["events:read", "events:write"]).await;
    let import = upload(&key, "visits.csv", visits(500, &THREE)).await.ok(201).text("id");
    let op = key
        .post(&format!("/imports/{import}/plan"), json!({}))
        .await
        .ok(202)
        .text("id");
    // While it plans, behind the first of its batches.
    let mut one = program(&bulk, Some("operations.after_batch:1")).await;
    gone(&mut one).await;
    let two = program(&bulk, None).await;
    let caller = two.met_by(&key);
    let planned = until(&caller, &op, |op| op["state"] != "planning").await;
    assert_eq!(
        (&planned["state"], &planned["summary"]["counts"]["create"]),
        (&json!("planned"), &json!(500)),
        "{planned}"
    );
    let yes = json!({"hash": planned["summary"]["hash"]});
    caller.post(&format!("/operations/{op}/apply"), yes).await.ok(202);
    // Somewhere on the way, three times.
    let mut running = two;
    for part in [60, 200, 330] {
        until(&running.met_by(&key), &op, |op| op["done"].as_i64().unwrap() >= part).await;
        running.signal("KILL");
        gone(&mut running).await;
        taken_over(&bulk).await;
        if part < 330 {
            running = program(&bulk, None).await;
        }
    }
    let end = bulk.work(&bulk.read(&op).await).await;
    assert_eq!(end["state"], "done", "{end}");
    assert_eq!((&end["done"], &end["failed"]), (&json!(500), &json!(0)), "{end}");
    assert_eq!(bulk.count(), 500);
    let mut titles: Vec<String> = (0..3)
        .flat_map(|one| bulk.there(one))
        .map(|event| event["summary"].as_str().unwrap().to_owned())
        .collect();
    titles.sort();
    titles.dedup();
    assert_eq!(titles.len(), 500, "nothing is there twice");
}

#[tokio::test]
async fn wherever_a_batch_is_killed_it_is_done_wholly_or_not_at_all() {
    for point in [
        "operations.in_batch:7",
        "operations.in_turn:2",
        "operations.after_turn:2",
    ] {
        let bulk = Bulk::new().await;
        let op = bulk.planned(&visits(60, &THREE)).await;
        bulk.apply(&op).await.ok(202);
        let mut one = program(&bulk, Some(point)).await;
        gone(&mut one).await;
        taken_over(&bulk).await;
        let end = bulk.work(&op).await;
        assert_eq!(
            (&end["done"], &end["failed"], bulk.count()),
            (&json!(60), &json!(0), 60),
            "killed at {point}: {end}"
        );
    }
}
