//! Two people change the same event, one here and one at the provider: different things are both kept, the same thing is
//! not overwritten.

use serde_json::{Value, json};
use simulators::google::{Effect, Fault};

use crate::{
    caldav,
    google::{ANN, World, repeated, timed},
};

fn name(event: &Value) -> &str {
    event["provider_event_id"].as_str().unwrap()
}

#[tokio::test]
async fn what_was_changed_in_google_meanwhile_stays_beside_our_change() {
    let world = World::new().await;
    let one = world.connected().await;
    let made = world
        .create(
            &one.calendar,
            timed("Haircut", "2026-11-24T09:00:00", "2026-11-24T10:00:00"),
        )
        .await;
    let elsewhere =
        json!({"location": "Room 2", "attendees": [{"email": "cara@example.org", "responseStatus": "accepted"}]});
    world.control().patch_event(ANN, name(&made), &elsewhere).unwrap();
    let both = world
        .patch(&made, "", json!({"title": "Haircut and beard"}))
        .await
        .ok(200)
        .body;
    assert_eq!(
        (&both["title"], &both["location"], &both["attendees"][0]["response"]),
        (&json!("Haircut and beard"), &json!("Room 2"), &json!("accepted"))
    );
    let there = world.control().event(ANN, name(&made)).unwrap();
    assert_eq!(
        (&there["summary"], &there["location"]),
        (&json!("Haircut and beard"), &json!("Room 2"))
    );
    // Half of it the same thing: nothing is written.
    world
        .control()
        .patch_event(ANN, name(&made), &json!({"summary": "In Google"}))
        .unwrap();
    let ours = json!({"title": "Ours", "location": "Room 3"});
    let refused = world.patch(&both, "", ours).await;
    refused.problem(412, "precondition_failed");
    assert_eq!(refused.body["current"]["title"], "In Google");
    assert_eq!(world.control().event(ANN, name(&made)).unwrap()["location"], "Room 2");
}

#[tokio::test]
async fn an_occurrence_is_merged_by_itself() {
    let world = World::new().await;
    let one = world.connected().await;
    let rule = "RRULE:FREQ=DAILY;COUNT=3";
    let series = world
        .create(
            &one.calendar,
            repeated("Class", "2026-11-24T09:00:00", "2026-11-24T10:00:00", rule),
        )
        .await;
    let id = format!("{}_20261125T080000Z", series["id"].as_str().unwrap());
    let changed = world
        .patch(&world.event(&id).await, "", json!({"title": "Guest class"}))
        .await
        .ok(200)
        .body;
    world
        .control()
        .patch_event(ANN, name(&changed), &json!({"location": "Hall"}))
        .unwrap();
    let both = world
        .patch(&changed, "", json!({"title": "Trial class"}))
        .await
        .ok(200)
        .body;
    assert_eq!(
        (&both["title"], &both["location"]),
        (&json!("Trial class"), &json!("Hall"))
    );
    let master = world.event(series["id"].as_str().unwrap()).await;
    assert_eq!((&master["title"], &master["location"]), (&json!("Class"), &Value::Null));
}

#[tokio::test]
async fn somebody_who_changes_it_all_the_time_wins_in_the_end() {
    let world = World::new().await;
    let one = world.connected().await;
    let made = world
        .create(
            &one.calendar,
            timed("Haircut", "2026-11-24T09:00:00", "2026-11-24T10:00:00"),
        )
        .await;
    let status = |times| {
        Fault::times(
            "calendar.events.patch",
            times,
            Effect::Status {
                status: 412,
                retry_after: None,
            },
        )
    };
    world.control().fault(status(2));
    let third = world
        .patch(&made, "", json!({"title": "Third time lucky"}))
        .await
        .ok(200)
        .body;
    world.control().clear_journal();
    world.control().fault(status(9));
    world
        .patch(&third, "", json!({"title": "Never"}))
        .await
        .problem(412, "precondition_failed");
    assert_eq!(world.calls("calendar.events.patch"), 3);
}

#[tokio::test]
async fn what_was_changed_at_a_caldav_server_meanwhile_stays_beside_our_change() {
    let (_app, owner, client) = caldav::app().await;
    let (name, password) = caldav::account();
    let (_, calendar) = caldav::connected_as(&owner, &client, &name, &password).await;
    let event = timed("Haircut", "2026-11-24T09:00:00", "2026-11-24T10:00:00");
    let made = owner
        .post(&format!("/calendars/{calendar}/events"), event)
        .await
        .ok(201)
        .body;
    // Another installation on the same account, for all that the server knows another program.
    let (_other, dana, theirs) = caldav::app().await;
    let body = caldav::wanted(&theirs, caldav::radicale(), &name, &password);
    dana.post("/credentials", body).await.ok(201);
    let calendars = dana.get(&format!("/clients/{theirs}/calendars")).await.ok(200).body;
    let bookings = calendars["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == "Bookings")
        .unwrap();
    let there = caldav::events(&dana, bookings["id"].as_str().unwrap(), "")
        .await
        .remove(0);
    caldav::patch(&dana, &there, "", json!({"location": "Room 2"}))
        .await
        .ok(200);
    let both = caldav::patch(&owner, &made, "", json!({"title": "Haircut and beard"}))
        .await
        .ok(200)
        .body;
    assert_eq!(
        (&both["title"], &both["location"]),
        (&json!("Haircut and beard"), &json!("Room 2"))
    );
}
