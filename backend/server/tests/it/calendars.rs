//! Calendars: chosen, coloured, and in good health or not.

use serde_json::json;

use crate::google::{ANN, World, timed};

#[tokio::test]
async fn people_choose_what_a_calendar_is_for() {
    let world = World::new().await;
    let one = world.connected().await;
    let path = format!("/calendars/{}", one.calendar);
    let read = world.owner.get(&path).await.ok(200);
    assert_eq!(
        (&read.body["health"], &read.body["access_role"]),
        (&json!("never_synced"), &json!("owner"))
    );
    let change = json!({"selected": false, "blocks_availability": false, "colour": "#16A765"});
    let changed = world.owner.patch(&path, change).await.ok(200);
    assert_eq!(
        (
            &changed.body["selected"],
            &changed.body["health"],
            &changed.body["colour"]
        ),
        (&json!(false), &json!("paused"), &json!("#16a765"))
    );
    assert_eq!(changed.body["receives_bookings"], true);
    let late = world
        .owner
        .request(reqwest::Method::PATCH, &path)
        .header("if-match", read.header("etag"))
        .json(&json!({"selected": true}));
    crate::harness::send(late).await.problem(412, "precondition_failed");
    world
        .owner
        .patch(&path, json!({"colour": "red"}))
        .await
        .problem(422, "validation_failed")
        .fields(&[("/colour", "format")]);
    world
        .owner
        .patch(&path, json!({"name": "Mine"}))
        .await
        .problem(422, "validation_failed")
        .fields(&[("/name", "unknown_field")]);
    world
        .create(
            &one.calendar,
            timed("Hidden", "2026-11-24T09:00:00", "2026-11-24T10:00:00"),
        )
        .await;
    let all = world
        .owner
        .get(&format!("/events?client_id={}", one.client))
        .await
        .ok(200);
    assert_eq!(
        all.body["data"],
        json!([]),
        "what is not chosen is not in the list of all"
    );
    assert_eq!(world.events(&one.calendar, "").await.len(), 1);
    assert_eq!(
        world.owner.get("/calendars?selected=true").await.ok(200).body["data"],
        json!([])
    );
}

#[tokio::test]
async fn a_calendar_one_may_only_read_takes_no_writes() {
    let world = World::new().await;
    let shared = world
        .control()
        .add_calendar(crate::google::BOB, "Holidays", "Europe/Berlin")
        .unwrap();
    world
        .control()
        .share(&shared, ANN, Some(simulators::google::Role::Reader))
        .unwrap();
    let one = world.connected().await;
    let listed = world
        .owner
        .get(&format!("/clients/{}/calendars", one.client))
        .await
        .ok(200)
        .body;
    let holidays = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|calendar| calendar["name"] == "Holidays")
        .unwrap();
    assert_eq!(
        (&holidays["access_role"], &holidays["selected"]),
        (&json!("reader"), &json!(false))
    );
    let id = holidays["id"].as_str().unwrap();
    let event = timed("No", "2026-11-24T09:00:00", "2026-11-24T10:00:00");
    world
        .owner
        .post(&format!("/calendars/{id}/events"), event)
        .await
        .problem(403, "forbidden");
    world
        .owner
        .patch(&format!("/calendars/{id}"), json!({"receives_bookings": true}))
        .await
        .problem(422, "validation_failed")
        .fields(&[("/receives_bookings", "read_only")]);
}

#[tokio::test]
async fn a_test_event_comes_and_goes() {
    let world = World::new().await;
    let one = world.connected().await;
    let answer = world
        .owner
        .post(
            &format!("/credentials/{}/test-event", one.credential),
            json!({"calendar_id": one.calendar}),
        )
        .await
        .ok(200);
    assert_eq!(
        (&answer.body["created"], &answer.body["removed"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(
        (
            world.calls("calendar.events.insert"),
            world.calls("calendar.events.delete")
        ),
        (1, 1)
    );
    world.sync(&one.calendar).await;
    assert_eq!(world.events(&one.calendar, "").await.len(), 0);
}
