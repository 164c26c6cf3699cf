//! How we would know if our copy were not what the provider holds: by looking.

use calendar_stacker::{jobs, ops::mirror};
use domain::id::TenantId;
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::google::{Effect, Fault};

use crate::google::{ANN, Connected, World, repeated, timed, titles};

const DAY: &str = "&from=2026-11-24T00:00:00Z&to=2026-11-25T00:00:00Z";

fn at(title: &str, hour: u32) -> Value {
    timed(
        title,
        &format!("2026-11-24T{hour:02}:00:00"),
        &format!("2026-11-24T{hour:02}:30:00"),
    )
}

impl World {
    async fn reconcile(&self, calendar: &str, query: &str) -> Value {
        let path = format!("/calendars/{calendar}/reconcile{query}");
        self.owner.post(&path, json!({})).await.ok(200).body
    }

    async fn health(&self, calendar: &str) -> Value {
        self.owner
            .get(&format!("/calendars/{calendar}/health"))
            .await
            .ok(200)
            .body
    }

    /// One event is lost, one says something else, one has a name that nobody gave it, and one is as it should be.
    async fn damaged(&self) -> Connected {
        let one = self.connected().await;
        let mut ids = Vec::new();
        for (hour, title) in [(9, "Right"), (10, "Lost"), (11, "Other"), (12, "Ghost")] {
            ids.push(
                self.create(&one.calendar, at(title, hour)).await["id"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
            );
        }
        self.sync(&one.calendar).await;
        let session = self.owner.get("/auth/me").await.ok(200).body;
        let tenant = TenantId::from_store(session["tenant"]["id"].as_str().unwrap().to_owned());
        self.app
            .app
            .write(move |c| {
                db::mirror::erase(c, &tenant, &[&ids[1]])?;
                let row = db::events::get(c, &tenant, &ids[2])?;
                let mut said = calendar_stacker::ops::outbox::said(&row)?;
                said.location = Some("Nowhere".into());
                let said = mirror::said(&said, true, "Europe/Berlin").unwrap();
                db::mirror::say(c, &row.id, &said, row.updated_at)?;
                db::mirror::rename(c, &tenant, &ids[3], "ghost")
            })
            .await
            .unwrap();
        one
    }
}

fn kinds(report: &Value) -> Vec<(&str, &str, Vec<&str>, bool)> {
    let mut found: Vec<_> = report["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let fields = one["fields"]
                .as_array()
                .unwrap()
                .iter()
                .map(|field| field.as_str().unwrap());
            (
                one["title"].as_str().unwrap(),
                one["kind"].as_str().unwrap(),
                fields.collect(),
                one["repaired"].as_bool().unwrap(),
            )
        })
        .collect();
    found.sort_unstable();
    found
}

#[tokio::test]
async fn a_copy_that_is_what_the_provider_holds_agrees_whatever_is_in_it() {
    let world = World::new().await;
    let one = world.connected().await;
    let series = world
        .create(
            &one.calendar,
            repeated(
                "Team",
                "2026-11-23T14:00:00",
                "2026-11-23T15:00:00",
                "RRULE:FREQ=DAILY;COUNT=9",
            ),
        )
        .await;
    let third = format!("{}_20261125T130000Z", series["id"].as_str().unwrap());
    let third = world.event(&third).await;
    world
        .patch(&third, "?scope=this", json!({"title": "Moved"}))
        .await
        .ok(200);
    let fifth = format!("{}_20261127T130000Z", series["id"].as_str().unwrap());
    let fifth = world.event(&fifth).await;
    world.delete(&fifth, "?scope=this").await.ok(204);
    world.control().insert_malformed(ANN).unwrap();
    // A change that waits is no difference either.
    let waits = world.create(&one.calendar, at("Waits", 9)).await;
    world.control().fault(Fault::always(
        "calendar.events.patch",
        Effect::Status {
            status: 503,
            retry_after: None,
        },
    ));
    world.patch(&waits, "", json!({"title": "Waiting"})).await.ok(200);
    let report = world.reconcile(&one.calendar, "?repair=true").await;
    assert_eq!(
        (&report["agrees"], &report["differences"]),
        (&json!(true), &json!([])),
        "{report}"
    );
    assert_eq!(world.event(waits["id"].as_str().unwrap()).await["title"], "Waiting");
    let last = &world.health(&one.calendar).await["reconciliation"];
    assert_eq!(
        (&last["differences"], &last["compared"]),
        (&json!(0), &report["compared"])
    );
}

#[tokio::test]
async fn what_differs_is_named_and_repaired_when_asked() {
    let world = World::new().await;
    let one = world.damaged().await;
    let expected = |repaired| {
        vec![
            ("Ghost", "missing_here", vec![], repaired),
            ("Ghost", "missing_there", vec![], repaired),
            ("Lost", "missing_here", vec![], repaired),
            ("Other", "different", vec!["location"], repaired),
        ]
    };
    let report = world.reconcile(&one.calendar, "").await;
    assert_eq!(kinds(&report), expected(false));
    assert_eq!(report["agrees"], false);
    assert_eq!(world.health(&one.calendar).await["reconciliation"]["differences"], 4);
    assert_eq!(
        titles(&world.events(&one.calendar, DAY).await),
        ["Right", "Other", "Ghost"],
        "only looked at"
    );
    let report = world.reconcile(&one.calendar, "?repair=true").await;
    assert_eq!(kinds(&report), expected(true));
    let events = world.events(&one.calendar, DAY).await;
    assert_eq!(titles(&events), ["Right", "Lost", "Other", "Ghost"]);
    assert_eq!(events[2]["location"], Value::Null);
    assert_eq!(world.reconcile(&one.calendar, "").await["differences_count"], 0);
    let log = world
        .owner
        .get(&format!("/sync-log?calendar_id={}", one.calendar))
        .await
        .ok(200)
        .body;
    let details: Vec<&str> = log["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["action"] == "reconcile")
        .map(|entry| entry["detail"].as_str().unwrap())
        .collect();
    assert_eq!(
        details,
        [
            "4 compared, 0 differed, 0 repaired",
            "4 compared, 4 differed, 4 repaired",
            "4 compared, 4 differed, 0 repaired"
        ]
    );
}

#[tokio::test]
async fn once_a_week_the_worker_looks_and_repairs_by_itself() {
    let world = World::new().await;
    let one = world.damaged().await;
    let job = jobs::ALL.iter().find(|job| job.name == "reconcile").unwrap();
    let run = async || assert!(jobs::once(&world.app.app, job, "worker").await.unwrap());
    run().await;
    assert_eq!(
        world.health(&one.calendar).await["reconciliation"],
        Value::Null,
        "it is young"
    );
    world.app.clock.advance(SignedDuration::from_hours(24 * 7 + 1));
    world.control().fault(Fault::always(
        "calendar.events.list",
        Effect::Status {
            status: 503,
            retry_after: None,
        },
    ));
    run().await;
    assert_eq!(
        world.health(&one.calendar).await["reconciliation"],
        Value::Null,
        "nothing was seen"
    );
    world.control().clear_faults();
    world.app.clock.advance(SignedDuration::from_hours(1));
    world.sync(&one.calendar).await;
    run().await;
    assert_eq!(
        world.health(&one.calendar).await["reconciliation"],
        Value::Null,
        "not every few minutes"
    );
    world.app.clock.advance(SignedDuration::from_hours(6));
    run().await;
    let last = &world.health(&one.calendar).await["reconciliation"];
    assert_eq!(
        (&last["compared"], &last["differences"]),
        (&json!(4), &json!(0)),
        "{last}"
    );
    assert_eq!(
        titles(&world.events(&one.calendar, DAY).await),
        ["Right", "Lost", "Other", "Ghost"]
    );
    world.control().clear_journal();
    world.app.clock.advance(SignedDuration::from_hours(24));
    run().await;
    assert_eq!(world.control().journal().len(), 0, "it has been done this week");
}
