//! A copy is an event of its own in another calendar: it says the same, and nobody is invited to it.

use reqwest::Method;
use serde_json::{Value, json};
use simulators::google::Role;

use crate::{
    caldav,
    google::{ANN, BOB, Connected, World, repeated, timed},
    harness::send,
};

const WINDOW: &str = "&expand=instances&from=2026-11-01T00:00:00Z&to=2027-06-01T00:00:00Z";

/// A client with a Google account, and one with a calendar at a real CalDAV server.
async fn world() -> (World, Connected, String) {
    let world = World::with(|config| config.allow_addresses = "127.0.0.0/8".into()).await;
    let theirs = world.control().add_calendar(BOB, "Holidays", "Europe/Berlin").unwrap();
    world.control().share(&theirs, ANN, Some(Role::Reader)).unwrap();
    let from = world.connected().await;
    let client = world.owner.client("Riverside").await;
    let (_, to) = caldav::connected(&world.owner, &client).await;
    (world, from, to)
}

impl World {
    async fn copy(&self, event: &Value, to: &str, key: &str) -> Value {
        let path = format!("/events/{}/copy", event["id"].as_str().unwrap());
        let request = self
            .owner
            .request(Method::POST, &path)
            .header("idempotency-key", key)
            .json(&json!({ "calendar_id": to }));
        send(request).await.ok(201).body
    }
}

/// What each date says.
fn said(events: &[Value]) -> Vec<(Value, Value, Value, Value)> {
    let line = |event: &Value| {
        (
            event["title"].clone(),
            event["start"]["utc"].clone(),
            event["end"]["utc"].clone(),
            event["location"].clone(),
        )
    };
    events.iter().map(line).collect()
}

#[tokio::test]
async fn a_series_is_copied_from_google_to_a_caldav_server_with_what_was_changed_about_its_dates() {
    let (world, from, to) = world().await;
    let mut class = repeated(
        "Class",
        "2027-03-16T09:00:00",
        "2027-03-16T10:00:00",
        "RRULE:FREQ=WEEKLY;COUNT=5",
    );
    class["attendees"] = json!([{"email": BOB}]);
    class["metadata"] = json!({"external_id": "class-7", "room": "blue"});
    class["colour"] = json!("5");
    class["reminders"] = json!({"use_default": false, "overrides": [{"method": "popup", "minutes": 15}]});
    let class = world.create(&from.calendar, class).await;
    // Across the change to summer time: one is out, one is elsewhere.
    let dates = world.events(&from.calendar, WINDOW).await;
    world.patch(&dates[3], "?scope=this", json!({"title": "Class outside", "location": "Park", "start": {"date_time": "2027-04-06T17:00:00", "time_zone": "Europe/Berlin"}, "end": {"date_time": "2027-04-06T18:30:00", "time_zone": "Europe/Berlin"}})).await.ok(200);
    let out = format!("/events/{}?scope=this", dates[1]["id"].as_str().unwrap());
    let etag = dates[1]["etag"].as_str().unwrap();
    send(world.owner.request(Method::DELETE, &out).header("if-match", etag))
        .await
        .ok(204);
    let original = world.events(&from.calendar, WINDOW).await;
    assert_eq!(original.len(), 4);
    let mails = world.control().mails().len();

    let copy = world.copy(&class, &to, "k1").await;
    assert_eq!(
        world.copy(&class, &to, "k1").await["id"],
        copy["id"],
        "asked twice, made once"
    );

    assert_ne!((&copy["id"], &copy["ical_uid"]), (&class["id"], &class["ical_uid"]));
    assert_eq!(
        (&copy["provider"], &copy["sync"]["state"]),
        (&json!("caldav"), &json!("synced"))
    );
    assert_eq!(
        (&copy["attendees"], &copy["metadata"]),
        (&json!([]), &json!({"room": "blue"}))
    );
    assert_eq!(
        (&copy["colour"], &copy["reminders"]),
        (&Value::Null, &class["reminders"])
    );
    world.sync(&to).await;
    let copied = world.events(&to, WINDOW).await;
    assert_eq!(said(&copied), said(&original));
    assert!(copied.iter().all(|one| one["attendees"] == json!([])));
    assert_eq!(world.control().mails().len(), mails, "nobody is mailed");
    let found = world
        .owner
        .post(&format!("/calendars/{to}/reconcile"), json!({}))
        .await
        .ok(200);
    assert_eq!(found.body["differences"], json!([]), "the server holds the same");

    // Each goes its own way.
    let first = &copied[0];
    world
        .patch(first, "?scope=all", json!({"title": "Theirs"}))
        .await
        .ok(200);
    assert_eq!(said(&world.events(&from.calendar, WINDOW).await), said(&original));
}

#[tokio::test]
async fn an_occurrence_and_what_its_owner_declined_are_copied_for_what_they_are() {
    let (world, from, to) = world().await;
    let class = repeated(
        "Class",
        "2026-11-24T09:00:00",
        "2026-11-24T10:00:00",
        "RRULE:FREQ=DAILY;COUNT=3",
    );
    world.create(&from.calendar, class).await;
    let dates = world.events(&from.calendar, WINDOW).await;
    let copy = world.copy(&dates[1], &to, "k1").await;
    assert_eq!(
        (&copy["recurrence"], &copy["recurring_event_id"]),
        (&json!([]), &Value::Null)
    );
    assert_eq!(said(&world.events(&to, WINDOW).await), said(&dates[1..2]));

    let invitation = json!({"summary": "Fair", "start": {"date": "2026-12-05"}, "end": {"date": "2026-12-06"}, "transparency": "opaque",
        "attendees": [{"email": BOB, "organizer": true}, {"email": ANN, "self": true, "responseStatus": "declined"}]});
    world.control().insert_event(ANN, &invitation).unwrap();
    world.sync(&from.calendar).await;
    let all = world.events(&from.calendar, WINDOW).await;
    let fair = all.iter().find(|one| one["title"] == "Fair").unwrap();
    let copy = world.copy(fair, &to, "k2").await;
    assert_eq!(
        (&copy["start"]["date"], &copy["transparency"], &copy["organizer"]),
        (&json!("2026-12-05"), &json!("free"), &Value::Null),
        "what takes no time there takes none here"
    );
}

#[tokio::test]
async fn where_nobody_may_write_nothing_is_copied_and_a_copy_waits_like_any_event() {
    let (world, from, to) = world().await;
    let visit = timed("Visit", "2026-11-24T09:00:00", "2026-11-24T10:00:00");
    let visit = world.create(&from.calendar, visit).await;
    let path = format!("/events/{}/copy", visit["id"].as_str().unwrap());
    for (body, code) in [
        (json!({"calendar_id": "cal_none"}), "not_found"),
        (json!({}), "validation_failed"),
        (json!({"calendar_id": to, "attendees": []}), "validation_failed"),
    ] {
        assert_eq!(world.owner.post(&path, body).await.body["code"], code);
    }
    let mine = world
        .owner
        .get(&format!("/clients/{}/calendars", from.client))
        .await
        .ok(200);
    let holidays = mine.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == "Holidays")
        .unwrap();
    let refused = world.owner.post(&path, json!({"calendar_id": holidays["id"]})).await;
    assert_eq!(refused.status, 403, "{}", refused.raw);
    assert_eq!(world.events(&to, WINDOW).await, Vec::<Value>::new());
}
