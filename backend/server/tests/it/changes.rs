//! Who follows along misses nothing, sees it in order, and is told when the trail is lost.

use calendar_stacker::jobs;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::google::{ANN, BOB, World, repeated, timed};

/// Identifier, action and origin, in order.
fn told(changes: &Value) -> Vec<(String, String, String)> {
    let text = |one: &Value, field: &str| one[field].as_str().unwrap().to_owned();
    changes["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (text(one, "id"), text(one, "action"), text(one, "origin")))
        .collect()
}

async fn position(world: &World) -> i64 {
    let now = world.owner.get("/changes").await.ok(200).body;
    assert_eq!((&now["data"], &now["has_more"]), (&json!([]), &json!(false)));
    now["next_since"].as_i64().unwrap()
}

async fn since(world: &World, position: i64) -> Value {
    world
        .owner
        .get(&format!("/changes?since={position}"))
        .await
        .ok(200)
        .body
}

fn entry(id: &str, action: &str, origin: &str) -> (String, String, String) {
    (id.to_owned(), action.to_owned(), origin.to_owned())
}

#[tokio::test]
async fn what_we_and_the_provider_do_is_told_in_order_with_tombstones() {
    let world = World::new().await;
    let one = world.connected().await;
    world.sync(&one.calendar).await;
    let start = position(&world).await;
    let event = world
        .create(
            &one.calendar,
            timed("Check-up", "2027-03-01T09:00:00", "2027-03-01T10:00:00"),
        )
        .await;
    let id = event["id"].as_str().unwrap();
    let changed = world
        .patch(&event, "", json!({"title": "Check-up, moved"}))
        .await
        .ok(200)
        .body;
    // Our own writes come back with the next pull: nothing new.
    world.sync(&one.calendar).await;
    let seen = since(&world, start).await;
    assert_eq!(
        told(&seen),
        [entry(id, "created", "ours"), entry(id, "updated", "ours")]
    );
    let first = &seen["data"][0];
    assert_eq!(
        (&first["kind"], &first["calendar_id"], &first["client_id"]),
        (&json!("event"), &json!(one.calendar), &json!(one.client))
    );
    let there = seen["next_since"].as_i64().unwrap();
    assert_eq!(told(&since(&world, there).await), []);

    // Somebody else removes it at Google.
    let remote = changed["provider_event_id"].as_str().unwrap();
    world.control().delete_event(ANN, remote).unwrap();
    world.sync(&one.calendar).await;
    let after = since(&world, there).await;
    assert_eq!(told(&after), [entry(id, "deleted", "provider")]);
    assert!(
        !after.to_string().contains("Check-up"),
        "a tombstone names, it does not tell"
    );
    // And a second pull does not tell it again.
    world.sync(&one.calendar).await;
    assert_eq!(told(&since(&world, after["next_since"].as_i64().unwrap()).await), []);
}

#[tokio::test]
async fn an_occurrence_is_told_under_its_own_name() {
    let world = World::new().await;
    let one = world.connected().await;
    world.sync(&one.calendar).await;
    let series = world
        .create(
            &one.calendar,
            repeated(
                "Weekly",
                "2027-03-01T09:00:00",
                "2027-03-01T10:00:00",
                "RRULE:FREQ=WEEKLY;COUNT=4",
            ),
        )
        .await;
    let id = series["id"].as_str().unwrap();
    let (second, third) = (format!("{id}_20270308T080000Z"), format!("{id}_20270315T080000Z"));
    let start = position(&world).await;
    let occurrence = world.event(&second).await;
    world.patch(&occurrence, "", json!({"title": "Moved"})).await.ok(200);
    let occurrence = world.event(&third).await;
    world.delete(&occurrence, "").await.ok(204);
    let seen = told(&since(&world, start).await);
    assert!(seen.contains(&entry(&second, "updated", "ours")), "{seen:?}");
    assert!(seen.contains(&entry(&third, "deleted", "ours")), "{seen:?}");
    let there = position(&world).await;
    let series = world.event(id).await;
    world.delete(&series, "").await.ok(204);
    let seen = told(&since(&world, there).await);
    assert!(seen.contains(&entry(id, "deleted", "ours")), "{seen:?}");
    assert!(seen.contains(&entry(&second, "deleted", "ours")), "{seen:?}");
}

#[tokio::test]
async fn what_vanished_while_the_cursor_was_lost_is_told_too() {
    let world = World::new().await;
    let one = world.connected().await;
    let kept = world
        .create(
            &one.calendar,
            timed("Stays", "2027-03-01T09:00:00", "2027-03-01T10:00:00"),
        )
        .await;
    let gone = world
        .create(
            &one.calendar,
            timed("Goes", "2027-03-02T09:00:00", "2027-03-02T10:00:00"),
        )
        .await;
    world.sync(&one.calendar).await;
    let start = position(&world).await;
    world
        .control()
        .delete_event(ANN, gone["provider_event_id"].as_str().unwrap())
        .unwrap();
    world.control().expire_sync_tokens(None).unwrap();
    world.sync(&one.calendar).await;
    assert_eq!(
        told(&since(&world, start).await),
        [entry(gone["id"].as_str().unwrap(), "deleted", "provider")]
    );
    world.event(kept["id"].as_str().unwrap()).await;
}

#[tokio::test]
async fn pages_and_filters_leave_nothing_out() {
    let world = World::new().await;
    let ann = world.connected().await;
    let bob = world.connect("Riverside", BOB).await;
    world.sync(&ann.calendar).await;
    world.sync(&bob.calendar).await;
    let start = position(&world).await;
    let mut expected = Vec::new();
    for n in 0..5 {
        let place = if n % 2 == 0 { &ann.calendar } else { &bob.calendar };
        let event = world
            .create(
                place,
                timed(&format!("No {n}"), "2027-03-01T09:00:00", "2027-03-01T10:00:00"),
            )
            .await;
        expected.push(event["id"].as_str().unwrap().to_owned());
    }
    let (mut seen, mut at) = (Vec::new(), start);
    loop {
        let page = world
            .owner
            .get(&format!("/changes?since={at}&limit=2"))
            .await
            .ok(200)
            .body;
        seen.extend(told(&page).into_iter().map(|(id, ..)| id));
        at = page["next_since"].as_i64().unwrap();
        if page["has_more"] == false {
            break;
        }
    }
    assert_eq!(seen, expected);
    for query in [
        format!("calendar_id={}", bob.calendar),
        format!("client_id={}", bob.client),
    ] {
        let page = world
            .owner
            .get(&format!("/changes?since={start}&{query}"))
            .await
            .ok(200)
            .body;
        let ids: Vec<String> = told(&page).into_iter().map(|(id, ..)| id).collect();
        assert_eq!(ids, [expected[1].clone(), expected[3].clone()]);
        // What was filtered out does not hold the position back.
        assert_eq!(page["next_since"].as_i64().unwrap(), at);
    }
    let eve = world.app.stranger().await;
    for query in [String::new(), format!("&calendar_id={}", bob.calendar)] {
        let theirs = eve.get(&format!("/changes?since=0{query}")).await.ok(200).body;
        assert_eq!(theirs["data"], json!([]));
    }
}

#[tokio::test]
async fn a_position_that_is_no_longer_kept_is_gone_and_one_at_the_end_is_not() {
    let world = World::new().await;
    let one = world.connected().await;
    world.sync(&one.calendar).await;
    let start = position(&world).await;
    for n in 0..3 {
        world
            .create(
                &one.calendar,
                timed(&format!("{n}"), "2027-03-01T09:00:00", "2027-03-01T10:00:00"),
            )
            .await;
    }
    let end = position(&world).await;
    let tidy = jobs::ALL.iter().find(|job| job.name == "tidy").unwrap();
    world.app.clock.advance(SignedDuration::from_hours(24 * 29));
    assert!(jobs::once(&world.app.app, tidy, "a").await.unwrap());
    let owner = world.app.login("dana@example.com").await;
    assert_eq!(
        told(&owner.get(&format!("/changes?since={start}")).await.ok(200).body).len(),
        3
    );
    world.app.clock.advance(SignedDuration::from_hours(25));
    assert!(jobs::once(&world.app.app, tidy, "a").await.unwrap());
    let path = |position: i64| format!("/changes?since={position}");
    owner.get(&path(start)).await.problem(410, "gone");
    assert_eq!(owner.get(&path(end)).await.ok(200).body["data"], json!([]));
    // A position from another life of the database.
    owner.get(&path(end + 1)).await.problem(410, "gone");
    owner
        .get("/changes?since=-1&limit=501")
        .await
        .problem(422, "validation_failed")
        .fields(&[("/query/since", "too_small"), ("/query/limit", "too_large")]);
}
