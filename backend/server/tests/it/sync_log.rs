//! Every exchange with a provider can be looked up, and how they go can be drawn.

use calendar_stacker::jobs;
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::google::Fault;

use crate::google::{ANN, BOB, World};

fn outside(title: &str) -> Value {
    let at = |time: &str| json!({"dateTime": time, "timeZone": "Europe/Berlin"});
    json!({"summary": title, "start": at("2027-03-01T09:00:00"), "end": at("2027-03-01T10:00:00")})
}

async fn log(world: &World, query: &str) -> Vec<Value> {
    let page = world
        .owner
        .get(&format!("/sync-log?limit=500{query}"))
        .await
        .ok(200)
        .body;
    page["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_pull_that_brought_something_or_failed_is_listed_and_a_quiet_one_counted() {
    let world = World::new().await;
    let one = world.connected().await;
    world.sync(&one.calendar).await;
    world.control().insert_event(ANN, &outside("Secret title")).unwrap();
    world.sync(&one.calendar).await;
    world.sync(&one.calendar).await;
    let entries = log(&world, "").await;
    assert_eq!(entries.len(), 1, "{entries:?}");
    let entry = &entries[0];
    assert_eq!(
        (
            &entry["calendar_id"],
            &entry["client_id"],
            &entry["provider"],
            &entry["event_id"]
        ),
        (&json!(one.calendar), &json!(one.client), &json!("google"), &json!(null))
    );
    assert_eq!(
        (
            &entry["direction"],
            &entry["action"],
            &entry["outcome"],
            &entry["attempts"]
        ),
        (&json!("in"), &json!("pull"), &json!("ok"), &json!(1))
    );
    assert_eq!(entry["detail"], "1 new, 0 changed, 0 removed");
    assert!(entry["lag_ms"].as_i64().is_some(), "{entry}");
    assert!(!entry.to_string().contains("Secret"), "{entry}");

    world.control().fault(Fault::always(
        "calendar.events.list",
        simulators::google::Effect::Status {
            status: 503,
            retry_after: None,
        },
    ));
    world.app.clock.advance(SignedDuration::from_mins(30));
    let health = world
        .owner
        .post(&format!("/calendars/{}/sync", one.calendar), json!({}))
        .await
        .ok(200)
        .body;
    assert_eq!(health["state"], "failing");
    let newest = &log(&world, "&outcome=retry").await[0];
    assert_eq!(
        (&newest["code"], &newest["outcome"]),
        (&json!("provider_unavailable"), &json!("retry"))
    );
    assert_eq!(log(&world, "").await[0], *newest, "newest first");
    assert_eq!(log(&world, "&direction=out").await, [] as [Value; 0]);

    let by_hour = world.owner.get("/sync-log/summary").await.ok(200).body;
    let (mut ok, mut failed, mut quiet) = (0, 0, 0);
    for stretch in by_hour["data"].as_array().unwrap() {
        ok += stretch["ok"].as_i64().unwrap();
        failed += stretch["failed"].as_i64().unwrap();
        quiet += stretch["quiet"].as_i64().unwrap();
    }
    assert_eq!((ok, failed, quiet), (1, 1, 2), "{by_hour}");
}

#[tokio::test]
async fn the_log_is_read_in_pages_by_client_calendar_and_time_and_forgotten_after_a_month() {
    let world = World::new().await;
    let ann = world.connected().await;
    let bob = world.connect("Riverside", BOB).await;
    let mut times = Vec::new();
    for n in 0..4 {
        let (who, one) = if n % 2 == 0 { (ANN, &ann) } else { (BOB, &bob) };
        world.control().insert_event(who, &outside(&format!("No {n}"))).unwrap();
        world.sync(&one.calendar).await;
        times.push(world.app.app.now());
        world.app.clock.advance(SignedDuration::from_mins(10));
    }
    let all = log(&world, "").await;
    let order: Vec<&Value> = all.iter().map(|entry| &entry["client_id"]).collect();
    assert_eq!(order, [&bob.client, &ann.client, &bob.client, &ann.client]);
    for query in [
        format!("client_id={}", bob.client),
        format!("calendar_id={}", bob.calendar),
    ] {
        assert_eq!(
            log(&world, &format!("&{query}")).await,
            [all[0].clone(), all[2].clone()]
        );
    }
    let between = log(&world, &format!("&from={}&to={}", times[1], times[3])).await;
    assert_eq!(between, [all[1].clone(), all[2].clone()]);
    let first = world.owner.get("/sync-log?limit=3").await.ok(200).body;
    let rest = world
        .owner
        .get(&format!(
            "/sync-log?limit=3&cursor={}",
            first["next_cursor"].as_str().unwrap()
        ))
        .await
        .ok(200)
        .body;
    assert_eq!((&rest["data"], &rest["next_cursor"]), (&json!([all[3]]), &json!(null)));
    // A cursor of another list.
    let other = world.owner.get("/clients?limit=1").await.ok(200).text("next_cursor");
    world
        .owner
        .get(&format!("/sync-log?cursor={other}"))
        .await
        .problem(422, "validation_failed")
        .fields(&[("/query/cursor", "format")]);
    let eve = world.app.stranger().await;
    for query in [String::new(), format!("?calendar_id={}", bob.calendar)] {
        assert_eq!(
            eve.get(&format!("/sync-log{query}")).await.ok(200).body["data"],
            json!([])
        );
    }
    assert_eq!(
        eve.get("/sync-log/summary?by=day").await.ok(200).body["data"],
        json!([])
    );

    world.app.clock.advance(SignedDuration::from_hours(31 * 24));
    let tidy = jobs::ALL.iter().find(|job| job.name == "tidy").unwrap();
    assert!(jobs::once(&world.app.app, tidy, "a").await.unwrap());
    let owner = world.app.login("dana@example.com").await;
    assert_eq!(owner.get("/sync-log").await.ok(200).body["data"], json!([]));
}
