//! The dashboard counts what is there.

use serde_json::{Value, json};

use crate::google::{ANN, World};

#[tokio::test]
async fn figures_follow_what_happens() {
    let world = World::new().await;
    let empty = world.owner.get("/dashboard").await.ok(200).body;
    assert_eq!(
        (&empty["clients"], &empty["sync"]),
        (&json!({"active": 0, "archived": 0}), &json!([]))
    );
    let one = world.connected().await;
    world.credential("Riverside").await;
    let soon = world.app.app.now() + jiff::SignedDuration::from_hours(3);
    let at = |hours: i64| json!({"date_time": (soon + jiff::SignedDuration::from_hours(hours)).strftime("%Y-%m-%dT%H:%M:%S").to_string(), "time_zone": "UTC"});
    world
        .create(
            &one.calendar,
            json!({"title": "Daily", "start": at(0), "end": at(1), "recurrence": ["RRULE:FREQ=DAILY"]}),
        )
        .await;
    world.sync(&one.calendar).await;
    let shown = world.owner.get("/dashboard").await.ok(200).body;
    assert_eq!(shown["clients"]["active"], 2);
    assert_eq!(
        (
            &shown["credentials"]["by_status"]["valid"],
            &shown["credentials"]["by_status"]["not_authorized"]
        ),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        (
            &shown["credentials"]["alerts"][0]["client_name"],
            &shown["credentials"]["alerts"][0]["status"]
        ),
        (&json!("Riverside"), &json!("not_authorized"))
    );
    assert_eq!(shown["calendars"], json!({"selected": 1, "failing": 0, "stale": 0}));
    assert_eq!(
        (
            &shown["events"]["mirrored"],
            shown["events"]["upcoming"].as_array().unwrap().len()
        ),
        (&json!(1), 7)
    );
    let per_day: Vec<&Value> = shown["events"]["per_day"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| &day["count"])
        .collect();
    assert_eq!((per_day.len(), per_day[5]), (14, &json!(1)));
    assert_eq!(
        (&shown["sync"][0]["provider"], &shown["sync"][0]["healthy"]),
        (&json!("google"), &json!(1))
    );
    world.control().revoke_account(ANN);
    world.app.clock.advance(jiff::SignedDuration::from_hours(2));
    world
        .owner
        .get(&format!("/calendars/{}/events", one.calendar))
        .await
        .ok(200);
    let alarmed = world
        .owner
        .get(&format!("/dashboard?client_id={}", one.client))
        .await
        .ok(200)
        .body;
    assert_eq!(
        (
            &alarmed["calendars"]["failing"],
            &alarmed["credentials"]["alerts"][0]["status"]
        ),
        (&json!(1), &json!("needs_reauthorization"))
    );
}
