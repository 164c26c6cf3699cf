//! The mirror: complete, resumable, and honest about what it does not know.

use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::google::{Effect, Fault};

use crate::google::{ANN, World, timed, titles};

fn remote(title: &str, day: usize) -> Value {
    let at = |hour: usize| json!({"dateTime": format!("2026-{:02}-{:02}T{hour:02}:00:00Z", 1 + day / 28 % 12, 1 + day % 28)});
    json!({"summary": title, "start": at(9), "end": at(10)})
}

#[tokio::test]
async fn more_than_one_page_of_events_is_mirrored_whole() {
    let world = World::new().await;
    let one = world.connected().await;
    let control = world.control().clone();
    tokio::task::spawn_blocking(move || {
        (0..2_600).for_each(|n| drop(control.insert_event(ANN, &remote(&format!("Event {n}"), n)).unwrap()))
    })
    .await
    .unwrap();
    let health = world.sync(&one.calendar).await;
    assert_eq!((&health["events"], &health["state"]), (&json!(2600), &json!("ok")));
    assert_eq!(world.calls("calendar.events.list"), 2);
    let (mut seen, mut cursor) = (std::collections::BTreeSet::new(), String::new());
    loop {
        let page = world
            .owner
            .get(&format!("/calendars/{}/events?limit=500{cursor}", one.calendar))
            .await
            .ok(200)
            .body;
        seen.extend(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|event| event["id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen.len(), 2_600);
}

#[tokio::test]
async fn changes_made_in_google_arrive_and_cost_one_call() {
    let world = World::new().await;
    let one = world.connected().await;
    let kept = world.control().insert_event(ANN, &remote("Kept", 1)).unwrap();
    let gone = world.control().insert_event(ANN, &remote("Gone", 2)).unwrap();
    assert_eq!(titles(&world.events(&one.calendar, "").await), ["Kept", "Gone"]);
    world.control().clear_journal();
    world.events(&one.calendar, "").await;
    assert_eq!(
        world.control().journal().len(),
        0,
        "a mirror that is seconds old is not asked for again"
    );
    world
        .control()
        .patch_event(ANN, kept["id"].as_str().unwrap(), &json!({"summary": "Changed"}))
        .unwrap();
    world.control().delete_event(ANN, gone["id"].as_str().unwrap()).unwrap();
    world.app.clock.advance(SignedDuration::from_secs(30));
    let readers = (0..10).map(|_| world.events(&one.calendar, ""));
    for list in futures_util::future::join_all(readers).await {
        assert_eq!(titles(&list), ["Changed"]);
    }
    assert_eq!(world.calls("calendar.events.list"), 1, "readers share one pull");
}

#[tokio::test]
async fn an_expired_cursor_lists_everything_anew_and_loses_nothing() {
    let world = World::new().await;
    let one = world.connected().await;
    for day in 1..5 {
        world
            .control()
            .insert_event(ANN, &remote(&format!("Day {day}"), day))
            .unwrap();
    }
    world.sync(&one.calendar).await;
    let before = world.events(&one.calendar, "").await;
    let gone = before[2]["provider_event_id"].as_str().unwrap();
    world.control().delete_event(ANN, gone).unwrap();
    world.control().expire_sync_tokens(None).unwrap();
    world.sync(&one.calendar).await;
    let after = world.events(&one.calendar, "").await;
    assert_eq!(titles(&after), ["Day 1", "Day 2", "Day 4"]);
    assert_eq!(after[0]["id"], before[0]["id"]);
    assert_eq!(after[0]["etag"], before[0]["etag"]);
}

#[tokio::test]
async fn a_pull_that_breaks_off_goes_on_where_it_was() {
    let world = World::new().await;
    let one = world.connected().await;
    let control = world.control().clone();
    tokio::task::spawn_blocking(move || {
        (0..2_510).for_each(|n| drop(control.insert_event(ANN, &remote("Event", n)).unwrap()))
    })
    .await
    .unwrap();
    world.control().fault(Fault {
        skip: 1,
        ..Fault::times("calendar.events.list", 20, Effect::Reset)
    });
    let health = world
        .owner
        .post(&format!("/calendars/{}/sync", one.calendar), json!({}))
        .await
        .ok(200)
        .body;
    assert_eq!(
        (&health["state"], &health["last_error"]["code"], &health["events"]),
        (&json!("failing"), &json!("provider_unavailable"), &json!(2500))
    );
    assert_eq!(
        health["as_of"],
        Value::Null,
        "half a list is not a state of the calendar"
    );
    world.control().clear_faults();
    world.control().clear_journal();
    let health = world.sync(&one.calendar).await;
    assert_eq!(
        (&health["events"], &health["state"], &health["consecutive_failures"]),
        (&json!(2510), &json!("ok"), &json!(0))
    );
    assert_eq!(world.calls("calendar.events.list"), 1);
}

#[tokio::test]
async fn the_worker_pulls_what_nobody_reads() {
    let world = World::new().await;
    let one = world.connected().await;
    let job = calendar_stacker::jobs::ALL
        .iter()
        .find(|job| job.name == "pull")
        .unwrap();
    world.control().insert_event(ANN, &remote("From Google", 1)).unwrap();
    assert!(
        calendar_stacker::jobs::once(&world.app.app, job, "worker")
            .await
            .unwrap()
    );
    let health = world
        .owner
        .get(&format!("/calendars/{}/health", one.calendar))
        .await
        .ok(200)
        .body;
    assert_eq!((&health["events"], &health["state"]), (&json!(1), &json!("ok")));
    world.control().clear_journal();
    world.app.clock.advance(SignedDuration::from_secs(30));
    assert!(
        calendar_stacker::jobs::once(&world.app.app, job, "worker")
            .await
            .unwrap()
    );
    assert_eq!(world.calls("calendar.events.list"), 0);
    world.app.clock.advance(SignedDuration::from_mins(2));
    assert!(
        calendar_stacker::jobs::once(&world.app.app, job, "worker")
            .await
            .unwrap()
    );
    assert_eq!(world.calls("calendar.events.list"), 1);
}

#[tokio::test]
async fn a_calendar_that_is_gone_is_told_of_and_its_neighbours_go_on() {
    let world = World::new().await;
    let one = world.connected().await;
    let side = world.control().add_calendar(ANN, "Side", "Europe/Berlin").unwrap();
    world
        .owner
        .post(&format!("/credentials/{}/validate", one.credential), json!({}))
        .await
        .ok(200);
    let listed = world
        .owner
        .get(&format!("/clients/{}/calendars", one.client))
        .await
        .ok(200)
        .body;
    let other = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|calendar| calendar["name"] == "Side")
        .unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    world
        .create(&other, timed("There", "2026-11-24T09:00:00", "2026-11-24T10:00:00"))
        .await;
    world
        .create(
            &one.calendar,
            timed("Here", "2026-11-24T09:00:00", "2026-11-24T10:00:00"),
        )
        .await;
    world.control().delete_calendar(&side);
    world.app.clock.advance(SignedDuration::from_secs(60));
    let list = world
        .owner
        .get(&format!("/events?client_id={}", one.client))
        .await
        .ok(200)
        .body;
    assert_eq!(
        (&list["complete"], &list["stale"][0]["calendar_id"]),
        (&json!(false), &json!(other))
    );
    assert_eq!(list["data"].as_array().unwrap().len(), 2);
    let checked = world
        .owner
        .post(&format!("/credentials/{}/validate", one.credential), json!({}))
        .await
        .ok(200)
        .body;
    assert_eq!(
        (&checked["ok"], &checked["checks"][3]["name"]),
        (&json!(true), &json!("calendars"))
    );
    world
        .owner
        .get(&format!("/calendars/{other}"))
        .await
        .problem(404, "not_found");
    let list = world
        .owner
        .get(&format!("/events?client_id={}", one.client))
        .await
        .ok(200)
        .body;
    assert_eq!(
        (&list["complete"], titles(list["data"].as_array().unwrap())),
        (&json!(true), vec!["Here"])
    );
}
