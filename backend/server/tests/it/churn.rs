//! Two programs that undo each other's changes are stopped before they fill the logs of two companies.

use calendar_stacker::gateway::push;
use jiff::SignedDuration;
use serde_json::json;

use crate::google::{ANN, Connected, World, timed};

impl World {
    /// Somebody at Google says it is at nine, we say it is at ten; `false`: ours was not written.
    async fn tug(&self, one: &Connected, id: &str, turn: usize) -> bool {
        let event = self.event(id).await;
        let name = event["provider_event_id"].as_str().unwrap();
        self.control()
            .patch_event(ANN, name, &json!({"summary": format!("Theirs {turn}")}))
            .unwrap();
        self.sync(&one.calendar).await;
        let event = self.event(id).await;
        let ours = format!("Ours {turn}");
        let answer = self.patch(&event, "", json!({"title": ours})).await.ok(200).body;
        assert_eq!(answer["title"], ours.as_str());
        answer["sync"]["state"] == "synced"
    }
}

#[tokio::test]
async fn an_event_that_is_changed_back_and_forth_all_day_is_left_alone_until_a_person_looks() {
    let world = World::new().await;
    let one = world.connected().await;
    let made = world
        .create(
            &one.calendar,
            timed("Lunch", "2026-11-24T12:00:00", "2026-11-24T13:00:00"),
        )
        .await;
    let id = made["id"].as_str().unwrap();
    let mut turns = 0;
    while world.tug(&one, id, turns).await {
        turns += 1;
        assert!(turns < 60, "nobody stops them");
    }
    // The first turn only begins it.
    assert_eq!(turns, 1 + 24);
    let failed = world.owner.get("/mappings?state=failed").await.ok(200).body["data"][0].clone();
    assert_eq!((&failed["code"], &failed["event_id"]), (&json!("churn"), &made["id"]));
    world.control().clear_journal();
    let event = world.event(id).await;
    world.patch(&event, "", json!({"title": "Louder"})).await.ok(200);
    assert_eq!(world.calls("calendar.events.patch"), 0, "nothing is written");
    world
        .owner
        .post(
            &format!("/mappings/{}/retry", failed["id"].as_str().unwrap()),
            json!({}),
        )
        .await
        .ok(204);
    // On a busy machine it is on its way when the answer comes.
    push::drain_all(&world.app.app).await.unwrap();
    assert_eq!(world.event(id).await["sync"]["state"], "synced");
    assert_eq!(world.event(id).await["title"], "Louder");
    assert!(world.tug(&one, id, 99).await, "it is counted anew");
}

#[tokio::test]
async fn people_who_edit_one_event_all_day_are_no_fight() {
    let world = World::new().await;
    let one = world.connected().await;
    let made = world
        .create(
            &one.calendar,
            timed("Lunch", "2026-11-24T12:00:00", "2026-11-24T13:00:00"),
        )
        .await;
    let (id, name) = (
        made["id"].as_str().unwrap(),
        made["provider_event_id"].as_str().unwrap(),
    );
    for turn in 0..30 {
        // They move the place, we the title: nobody undoes anything.
        world
            .control()
            .patch_event(ANN, name, &json!({"location": format!("Room {turn}")}))
            .unwrap();
        world.sync(&one.calendar).await;
        let event = world.event(id).await;
        let answer = world
            .patch(&event, "", json!({"title": format!("Lunch {turn}")}))
            .await
            .ok(200)
            .body;
        assert_eq!(
            (&answer["sync"]["state"], &answer["location"]),
            (&json!("synced"), &json!(format!("Room {turn}")))
        );
    }
    // And thirty who fight, but over two days.
    for turn in 0..30 {
        assert!(world.tug(&one, id, turn).await);
        world.app.clock.advance(SignedDuration::from_hours(2));
    }
}
