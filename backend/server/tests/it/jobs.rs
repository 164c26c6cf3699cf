//! Periodic work: one process at a time, and again when that process died.

use std::sync::Arc;

use calendar_stacker::{
    jobs::{self, Job},
    state::App,
};
use jiff::SignedDuration;
use serde_json::json;

use crate::harness::{TestApp, client};

fn job(name: &str) -> &'static Job {
    jobs::ALL.iter().find(|job| job.name == name).unwrap()
}

/// A second process on the same data.
pub async fn beside(app: &TestApp) -> App {
    let (config, clock) = (app.config(), Arc::clone(&app.clock));
    tokio::task::spawn_blocking(move || App::open(config, clock).unwrap())
        .await
        .unwrap()
}

#[tokio::test]
async fn of_two_processes_one_runs_a_job_until_it_is_due_again() {
    let app = TestApp::start().await;
    let other = beside(&app).await;
    let tidy = job("tidy");
    let (a, b) = futures_util::future::join(jobs::once(&app.app, tidy, "a"), jobs::once(&other, tidy, "b")).await;
    assert!(a.unwrap() ^ b.unwrap(), "one of the two");
    assert!(!jobs::once(&other, tidy, "b").await.unwrap(), "not due yet");
    app.clock.advance(tidy.every);
    assert!(jobs::once(&other, tidy, "b").await.unwrap());
}

#[tokio::test]
async fn what_a_dead_process_held_is_free_when_its_lease_runs_out() {
    let app = TestApp::start().await;
    let tidy = job("tidy");
    let (now, until) = (app.app.now(), app.app.now() + tidy.lease);
    assert!(
        app.app
            .write(move |c| db::leases::take(c, "tidy", "dead", now.into(), until.into()))
            .await
            .unwrap()
    );
    assert!(!jobs::once(&app.app, tidy, "alive").await.unwrap());
    app.clock.advance(tidy.lease);
    assert!(jobs::once(&app.app, tidy, "alive").await.unwrap());
}

#[tokio::test]
async fn what_ended_is_removed() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    dana.post_as("k", "/clients", client("Bright Dental")).await.ok(201);
    app.clock.advance(SignedDuration::from_hours(24 * 15));
    assert!(jobs::once(&app.app, job("tidy"), "a").await.unwrap());
    let now = app.app.now();
    let left = app
        .app
        .write(move |c| {
            Ok::<_, db::Error>((
                db::sessions::purge(c, now.into(), now.into())?,
                db::idempotency::purge(c, now.into())?,
            ))
        })
        .await
        .unwrap();
    assert_eq!(left, (0, 0));
    app.login("dana@example.com")
        .await
        .post(
            "/clients",
            json!({"name": "x", "email": "x@example.com", "time_zone": "UTC"}),
        )
        .await
        .ok(201);
}
