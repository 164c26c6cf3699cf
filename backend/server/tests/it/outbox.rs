//! What is changed here reaches its provider in the end, once, in order, whatever happens in between.

use calendar_stacker::gateway::push;
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::google::{Effect, Fault};

use crate::{
    google::{ANN, BOB, Connected, World, repeated, timed, titles},
    harness::send,
};

const WINDOW: &str = "&from=2026-11-01T00:00:00Z&to=2027-01-01T00:00:00Z";

fn away() -> Fault {
    Fault::always(
        "calendar.*",
        Effect::Status {
            status: 503,
            retry_after: None,
        },
    )
}

fn haircut() -> Value {
    timed("Haircut", "2026-11-24T09:00:00", "2026-11-24T10:00:00")
}

impl World {
    /// Half a day goes by, and the workers with it.
    async fn later(&self) {
        self.app.clock.advance(SignedDuration::from_hours(12));
        push::drain_all(&self.app.app).await.unwrap();
    }

    async fn policy(&self, one: &Connected, policy: &str) {
        let path = format!("/clients/{}", one.client);
        let policy = json!({"conflict_policy": policy});
        self.owner.patch(&path, policy).await.ok(200);
    }

    async fn list(&self, path: &str) -> Vec<Value> {
        let body = self.owner.get(path).await.ok(200).body;
        body["data"].as_array().unwrap().clone()
    }

    async fn dates_in(&self, calendar: &str) -> Vec<Value> {
        self.events(calendar, &format!("{WINDOW}&expand=instances")).await
    }

    fn name(event: &Value) -> &str {
        event["provider_event_id"].as_str().unwrap()
    }

    /// A change that could not be written, and one at Google in the meantime.
    async fn met(&self, one: &Connected, here: Value, there: Value) -> Value {
        let made = self.create(&one.calendar, haircut()).await;
        self.control().fault(away());
        let changed = self.patch(&made, "", here).await.ok(200).body;
        assert_eq!(changed["sync"]["state"], "pending");
        self.control().clear_faults();
        self.control().patch_event(ANN, Self::name(&made), &there).unwrap();
        self.later().await;
        self.event(made["id"].as_str().unwrap()).await
    }
}

#[tokio::test]
async fn what_is_changed_while_google_is_away_is_written_once_and_in_order_when_it_is_back() {
    let world = World::new().await;
    let one = world.connected().await;
    let kept = world.create(&one.calendar, haircut()).await;
    let gone = world
        .create(
            &one.calendar,
            timed("Old", "2026-11-25T09:00:00", "2026-11-25T10:00:00"),
        )
        .await;
    world.control().fault(away());
    let new = world
        .create(
            &one.calendar,
            timed("New", "2026-11-26T09:00:00", "2026-11-26T10:00:00"),
        )
        .await;
    assert_eq!(new["sync"]["state"], "pending");
    let once = world.patch(&kept, "", json!({"title": "Once"})).await.ok(200).body;
    world.patch(&once, "", json!({"title": "Twice"})).await.ok(200);
    world.delete(&gone, "").await.ok(204);
    // People see it as they left it, and what waits.
    let shown = world.events(&one.calendar, WINDOW).await;
    assert_eq!(titles(&shown), ["Twice", "New"]);
    let waiting = world.list("/mappings").await;
    let said: Vec<_> = waiting
        .iter()
        .map(|one| (one["action"].as_str().unwrap(), one["title"].as_str().unwrap()))
        .collect();
    assert_eq!(said, [("create", "New"), ("update", "Twice"), ("delete", "Old")]);
    world.later().await;
    assert_eq!(world.list("/mappings").await.len(), 3, "Google is still away");
    world.control().clear_faults();
    world.control().clear_journal();
    world.later().await;
    assert_eq!(world.list("/mappings").await, [] as [Value; 0]);
    let calls: Vec<usize> = ["insert", "patch", "delete"]
        .iter()
        .map(|call| world.calls(&format!("calendar.events.{call}")))
        .collect();
    assert_eq!(calls, [1, 1, 1], "ten edits are one call");
    world.control().expire_sync_tokens(None).unwrap();
    world.sync(&one.calendar).await;
    let shown = world.events(&one.calendar, WINDOW).await;
    assert_eq!(titles(&shown), ["Twice", "New"]);
    assert!(shown.iter().all(|event| event["sync"]["state"] == "synced"));
}

#[tokio::test]
async fn what_comes_and_goes_while_google_is_away_is_never_heard_of() {
    let world = World::new().await;
    let one = world.connected().await;
    world.app.clock.advance(SignedDuration::from_hours(2));
    world.control().revoke_account(ANN);
    let made = world
        .owner
        .post(&format!("/calendars/{}/events", one.calendar), haircut())
        .await
        .ok(201)
        .body;
    world.owner.get("/mappings").await.ok(200);
    world.delete(&made, "").await.ok(204);
    assert_eq!(world.events(&one.calendar, WINDOW).await.len(), 0);
}

#[tokio::test]
async fn two_different_changes_are_both_kept_and_the_same_field_is_a_question() {
    let world = World::new().await;
    let one = world.connected().await;
    let both = world
        .met(&one, json!({"title": "Here"}), json!({"location": "There"}))
        .await;
    assert_eq!((&both["title"], &both["location"]), (&json!("Here"), &json!("There")));
    assert_eq!(both["sync"]["state"], "synced");
    let asked = world
        .met(&one, json!({"title": "Here"}), json!({"summary": "There"}))
        .await;
    assert_eq!(
        (&asked["title"], &asked["sync"]["state"]),
        (&json!("There"), &json!("conflict"))
    );
    let open = world.list("/conflicts?state=open").await;
    assert_eq!(open.len(), 1);
    assert_eq!(open[0]["fields"], json!(["title"]));
    let sides: Vec<_> = ["base", "ours", "theirs"]
        .iter()
        .map(|side| open[0][*side]["title"].clone())
        .collect();
    assert_eq!(sides, [json!("Haircut"), json!("Here"), json!("There")]);
    // Mine, and back again: a decision can be undone.
    let path = format!("/conflicts/{}/resolve", open[0]["id"].as_str().unwrap());
    for (resolution, title) in [("mine", "Here"), ("theirs", "There"), ("mine", "Here")] {
        let decided = world
            .owner
            .post(&path, json!({"resolution": resolution}))
            .await
            .ok(200)
            .body;
        assert_eq!(
            (&decided["state"], &decided["resolution"]),
            (&json!("resolved"), &json!(resolution))
        );
        let there = world.control().event(ANN, World::name(&asked)).unwrap();
        assert_eq!(there["summary"], title);
    }
    let now = world.event(asked["id"].as_str().unwrap()).await;
    assert_eq!(
        (&now["title"], &now["sync"]["state"]),
        (&json!("Here"), &json!("synced"))
    );
}

#[tokio::test]
async fn the_clients_policy_decides_without_a_question() {
    let world = World::new().await;
    let one = world.connected().await;
    for (policy, title) in [("ours", "Here"), ("theirs", "There")] {
        world.policy(&one, policy).await;
        let now = world
            .met(&one, json!({"title": "Here"}), json!({"summary": "There"}))
            .await;
        assert_eq!(
            (&now["title"], &now["sync"]["state"]),
            (&json!(title), &json!("synced")),
            "{policy}"
        );
        assert_eq!(world.control().event(ANN, World::name(&now)).unwrap()["summary"], title);
    }
    assert_eq!(
        world.list("/conflicts?state=resolved").await.len(),
        2,
        "decided ones stay as a log"
    );
}

#[tokio::test]
async fn a_change_here_and_a_deletion_there_are_a_question_too() {
    let world = World::new().await;
    let one = world.connected().await;
    let made = world.create(&one.calendar, haircut()).await;
    world.control().fault(away());
    world.patch(&made, "", json!({"title": "Here"})).await.ok(200);
    world.control().clear_faults();
    world.control().delete_event(ANN, World::name(&made)).unwrap();
    world.later().await;
    assert_eq!(world.events(&one.calendar, WINDOW).await.len(), 0);
    let open = world.list("/conflicts?state=open").await;
    assert_eq!(
        (&open[0]["kind"], &open[0]["theirs"]),
        (&json!("deleted_there"), &Value::Null)
    );
    let path = format!("/conflicts/{}/resolve", open[0]["id"].as_str().unwrap());
    world.owner.post(&path, json!({"resolution": "mine"})).await.ok(200);
    world.sync(&one.calendar).await;
    let back = world.events(&one.calendar, WINDOW).await;
    assert_eq!(
        (titles(&back), &back[0]["sync"]["state"]),
        (vec!["Here"], &json!("synced"))
    );
}

#[tokio::test]
async fn a_change_of_a_date_is_not_lost_without_a_word_when_its_series_is_deleted_there() {
    let world = World::new().await;
    let one = world.connected().await;
    let rule = "RRULE:FREQ=WEEKLY;COUNT=3";
    // Who finds out about the deletion first: the write of the change, or a pull of what changed, or of everything.
    for first in ["push", "pull", "full pull"] {
        let yoga = repeated("Yoga", "2026-11-24T09:00:00", "2026-11-24T10:00:00", rule);
        let made = world.create(&one.calendar, yoga).await;
        world.sync(&one.calendar).await;
        let dates = world.dates_in(&one.calendar).await;
        world.control().fault(away());
        world
            .patch(&dates[1], "?scope=this", json!({"title": "Outside"}))
            .await
            .ok(200);
        world.delete(&dates[2], "?scope=this").await.ok(204);
        world.control().clear_faults();
        world.control().delete_event(ANN, World::name(&made)).unwrap();
        if first != "push" {
            let unavailable = Effect::Status {
                status: 503,
                retry_after: None,
            };
            for call in ["instances", "patch", "delete"] {
                let call = format!("calendar.events.{call}");
                world.control().fault(Fault::always(&call, unavailable.clone()));
            }
            if first == "full pull" {
                world.control().expire_sync_tokens(None).unwrap();
            }
            world.sync(&one.calendar).await;
            world.control().clear_faults();
        }
        world.later().await;
        world.sync(&one.calendar).await;
        assert_eq!(world.dates_in(&one.calendar).await, Vec::<Value>::new(), "{first}");
        assert_eq!(world.list("/mappings").await, Vec::<Value>::new(), "{first}");
        let open = world.list("/conflicts?state=open").await;
        let told: Vec<_> = open
            .iter()
            .map(|one| (&one["kind"], &one["ours"]["title"], &one["theirs"]))
            .collect();
        let expected = (&json!("deleted_there"), &json!("Outside"), &Value::Null);
        assert_eq!(told, [expected], "{first}");
        let path = format!("/conflicts/{}/resolve", open[0]["id"].as_str().unwrap());
        world.owner.post(&path, json!({"resolution": "theirs"})).await.ok(200);
    }
}

#[tokio::test]
async fn what_is_to_be_written_anew_is_not_lost_when_its_deletion_is_told_again() {
    let world = World::new().await;
    let one = world.connected().await;
    world.policy(&one, "ours").await;
    let made = world.create(&one.calendar, haircut()).await;
    world.sync(&one.calendar).await;
    world.control().fault(away());
    world.patch(&made, "", json!({"title": "Here"})).await.ok(200);
    world.control().clear_faults();
    world.control().delete_event(ANN, World::name(&made)).unwrap();
    // The write of the change finds it gone; the next calendar list says so, too.
    world.control().fault(Fault::always(
        "calendar.events.insert",
        Effect::Status {
            status: 503,
            retry_after: None,
        },
    ));
    for _ in 0..2 {
        world.later().await;
        world.sync(&one.calendar).await;
        let waiting = world.events(&one.calendar, WINDOW).await;
        assert_eq!(
            (titles(&waiting), &waiting[0]["sync"]["state"]),
            (vec!["Here"], &json!("pending"))
        );
    }
    world.control().clear_faults();
    world.later().await;
    world.sync(&one.calendar).await;
    let back = world.events(&one.calendar, WINDOW).await;
    assert_eq!(
        (titles(&back), &back[0]["sync"]["state"], &back[0]["id"]),
        (vec!["Here"], &json!("synced"), &made["id"])
    );
    let there = world.control().events(ANN).unwrap();
    assert_eq!(
        there.iter().filter(|event| event["status"] != "cancelled").count(),
        1,
        "{there:?}"
    );
    // Deleted there once more it goes.
    world.control().delete_event(ANN, World::name(&back[0])).unwrap();
    world.sync(&one.calendar).await;
    assert_eq!(world.events(&one.calendar, WINDOW).await.len(), 0);
    assert_eq!(world.list("/conflicts?state=open").await.len(), 0);
}

#[tokio::test]
async fn a_series_that_is_written_anew_keeps_what_was_changed_and_taken_out() {
    let world = World::new().await;
    let one = world.connected().await;
    world.policy(&one, "ours").await;
    let class = repeated(
        "Class",
        "2026-11-23T09:00:00",
        "2026-11-23T10:00:00",
        "RRULE:FREQ=WEEKLY;COUNT=4",
    );
    let made = world.create(&one.calendar, class).await;
    let dates = world.dates_in(&one.calendar).await;
    world
        .patch(&dates[1], "?scope=this", json!({"title": "Outside"}))
        .await
        .ok(200);
    world.delete(&dates[2], "").await.ok(204);
    world.sync(&one.calendar).await;
    world.control().fault(away());
    let made = world.event(made["id"].as_str().unwrap()).await;
    world.patch(&made, "", json!({"title": "Yoga"})).await.ok(200);
    world.control().clear_faults();
    world.control().delete_event(ANN, World::name(&made)).unwrap();
    world.later().await;
    for round in ["written", "read again"] {
        let shown = world.dates_in(&one.calendar).await;
        assert_eq!(titles(&shown), ["Yoga", "Outside", "Yoga"], "{round}");
        assert_eq!(shown[1]["sync"]["state"], "synced", "{round}: {}", shown[1]);
        world.sync(&one.calendar).await;
    }
    let there = world.control().events(ANN).unwrap();
    let live: Vec<&Value> = there.iter().filter(|event| event["status"] != "cancelled").collect();
    let series = live.iter().find(|event| event["summary"] == "Yoga").unwrap();
    assert!(series["recurrence"].to_string().contains("EXDATE"), "{series}");
    assert!(live.iter().any(|event| event["summary"] == "Outside"), "{live:?}");
    assert_eq!(live.len(), 2, "{live:?}");
}

#[tokio::test]
async fn a_refused_change_waits_for_a_person_who_may_retry_it_or_take_it_back() {
    let world = World::new().await;
    let one = world.connected().await;
    let made = world.create(&one.calendar, haircut()).await;
    let refuse = || {
        Fault::always(
            "calendar.events.patch",
            Effect::Status {
                status: 400,
                retry_after: None,
            },
        )
    };
    for way in ["retry", "discard"] {
        world.control().fault(away());
        let seen = world.event(made["id"].as_str().unwrap()).await;
        world.patch(&seen, "", json!({"location": way})).await.ok(200);
        world.control().clear_faults();
        world.control().fault(refuse());
        world.later().await;
        let failed = world.list("/mappings?state=failed").await;
        assert_eq!(failed.len(), 1, "{way}");
        assert_eq!(
            world.event(made["id"].as_str().unwrap()).await["sync"]["state"],
            "failed"
        );
        world.control().clear_faults();
        let path = format!("/mappings/{}/{way}", failed[0]["id"].as_str().unwrap());
        world.owner.post(&path, json!({})).await.ok(204);
        assert_eq!(world.list("/mappings").await.len(), 0);
        let now = world.event(made["id"].as_str().unwrap()).await;
        assert_eq!(
            (&now["location"], &now["sync"]["state"]),
            (&json!("retry"), &json!("synced")),
            "{way}"
        );
    }
    // Whoever waits for the answer is told at once, and nothing is kept.
    world.control().fault(refuse());
    let seen = world.event(made["id"].as_str().unwrap()).await;
    world
        .patch(&seen, "", json!({"location": "Never"}))
        .await
        .problem(502, "provider_error");
    assert_eq!(world.list("/mappings").await.len(), 0);
    assert_eq!(world.event(made["id"].as_str().unwrap()).await["location"], "retry");
}

#[tokio::test]
async fn what_was_said_about_a_date_outlives_a_deletion_of_its_series_that_is_refused() {
    let world = World::new().await;
    let one = world.connected().await;
    let rule = "RRULE:FREQ=WEEKLY;COUNT=3";
    let yoga = repeated("Yoga", "2026-11-24T09:00:00", "2026-11-24T10:00:00", rule);
    let made = world.create(&one.calendar, yoga).await;
    let dates = || world.dates_in(&one.calendar);
    let [_, second, third] = &dates().await[..] else {
        panic!("three dates")
    };
    world.control().fault(away());
    world
        .patch(second, "?scope=this", json!({"title": "Yoga outside"}))
        .await
        .ok(200);
    let series = world.event(made["id"].as_str().unwrap()).await;
    world.delete(&series, "?scope=all").await.ok(204);
    assert_eq!(dates().await, Vec::<Value>::new());
    world.control().clear_faults();
    let refuse = Effect::Status {
        status: 400,
        retry_after: None,
    };
    world.control().fault(Fault::always("calendar.events.delete", refuse));
    world.later().await;
    let failed = world.list("/mappings").await;
    assert_eq!(failed.len(), 1, "the deletion, which took the change of the date along");
    assert_eq!(failed[0]["state"], "failed");

    // What somebody changes there meanwhile does not bring one date back alone.
    let name = format!("{}_20261208T080000Z", World::name(&made));
    world
        .control()
        .patch_event(ANN, &name, &json!({"location": "Hall"}))
        .unwrap();
    world.sync(&one.calendar).await;
    assert_eq!(dates().await, Vec::<Value>::new());
    assert_eq!(third["title"], "Yoga");

    world.control().clear_faults();
    let path = format!("/mappings/{}/discard", failed[0]["id"].as_str().unwrap());
    world.owner.post(&path, json!({})).await.ok(204);
    world.later().await;
    let shown = dates().await;
    assert_eq!(titles(&shown), ["Yoga", "Yoga outside", "Yoga"]);
    assert_eq!(shown[2]["location"], "Hall");
    assert_eq!(world.list("/mappings").await, Vec::<Value>::new());
    let there = world.control().event(ANN, &name.replace("1208", "1201")).unwrap();
    assert_eq!(there["summary"], "Yoga outside", "and Google knows");

    // Deleted in earnest, nothing is left to be said.
    world.control().fault(away());
    world
        .patch(&shown[0], "?scope=this", json!({"title": "Never"}))
        .await
        .ok(200);
    let series = world.event(made["id"].as_str().unwrap()).await;
    world.delete(&series, "?scope=all").await.ok(204);
    world.control().clear_faults();
    world.later().await;
    assert_eq!(world.list("/mappings").await, Vec::<Value>::new());
    assert_eq!(dates().await, Vec::<Value>::new());
}

#[tokio::test]
async fn what_is_said_about_a_date_waits_for_a_series_that_google_has_refused() {
    let world = World::new().await;
    let one = world.connected().await;
    let rule = "RRULE:FREQ=WEEKLY;COUNT=4";
    for way in ["retry", "rewritten", "discard"] {
        world.control().fault(away());
        let yoga = repeated(way, "2026-11-24T09:00:00", "2026-11-24T10:00:00", rule);
        let made = world.create(&one.calendar, yoga).await;
        world.control().clear_faults();
        let refuse = Effect::Status {
            status: 400,
            retry_after: None,
        };
        world.control().fault(Fault::always("calendar.events.insert", refuse));
        world.later().await;
        world.control().clear_faults();
        let failed = world.list("/mappings?state=failed").await;
        assert_eq!(failed.len(), 1, "{way}");

        world.control().clear_journal();
        let dates = world.dates_in(&one.calendar).await;
        let outside = world
            .patch(&dates[1], "?scope=this", json!({"title": "Outside"}))
            .await
            .ok(200)
            .body;
        assert_eq!(outside["sync"]["state"], "failed", "as its series");
        world.delete(&dates[2], "?scope=this").await.ok(204);
        world.later().await;
        let calls = world.calls("calendar.events.patch") + world.calls("calendar.events.delete");
        assert_eq!(calls, 0, "Google has no such series to change: {way}");
        let shown = world.dates_in(&one.calendar).await;
        assert_eq!(titles(&shown), [way, "Outside", way]);

        let path = format!("/mappings/{}/{way}", failed[0]["id"].as_str().unwrap());
        let series = world.event(made["id"].as_str().unwrap()).await;
        match way {
            "rewritten" => _ = world.patch(&series, "", json!({"location": "Hall"})).await.ok(200),
            _ => _ = world.owner.post(&path, json!({})).await.ok(204),
        }
        world.later().await;
        assert_eq!(world.list("/mappings").await, Vec::<Value>::new(), "{way}");
        world.control().expire_sync_tokens(None).unwrap();
        world.sync(&one.calendar).await;
        let shown = world.dates_in(&one.calendar).await;
        if way == "discard" {
            assert_eq!(shown, Vec::<Value>::new());
        } else {
            assert_eq!(titles(&shown), [way, "Outside", way], "as Google tells it");
            let series = world.event(made["id"].as_str().unwrap()).await;
            world.delete(&series, "?scope=all").await.ok(204);
        }
        assert_eq!(world.list("/conflicts").await, Vec::<Value>::new());
    }
}

/// A second calendar of Ann's: our id and Google's.
async fn second_calendar(world: &World, one: &Connected) -> (String, String) {
    let body = json!({"credential_id": one.credential, "name": "Hall", "time_zone": "Europe/Berlin"});
    let path = format!("/clients/{}/calendars", one.client);
    let made = world.owner.post(&path, body).await.ok(201);
    (made.text("id"), made.text("provider_calendar_id"))
}

#[tokio::test]
async fn what_waits_about_a_date_is_said_before_its_series_moves_to_another_calendar() {
    let world = World::new().await;
    let one = world.connected().await;
    let (hall, remote) = second_calendar(&world, &one).await;
    let rule = "RRULE:FREQ=WEEKLY;COUNT=3";
    let yoga = repeated("Yoga", "2026-11-24T09:00:00", "2026-11-24T10:00:00", rule);
    let made = world.create(&one.calendar, yoga).await;
    let dates = world.dates_in(&one.calendar).await;
    world.control().fault(away());
    world
        .patch(&dates[1], "?scope=this", json!({"title": "Outside"}))
        .await
        .ok(200);
    let path = format!("/events/{}/move", made["id"].as_str().unwrap());
    let to = json!({"calendar_id": hall});
    let refused = world.owner.post(&path, to.clone()).await;
    refused.problem(409, "conflict");
    world.control().clear_faults();

    world.owner.post(&path, to).await.ok(200);
    assert_eq!(titles(&world.dates_in(&hall).await), ["Yoga", "Outside", "Yoga"]);
    assert_eq!(world.list("/mappings").await, Vec::<Value>::new());
    let there = world.control().events(&remote).unwrap();
    assert!(there.iter().any(|event| event["summary"] == "Outside"), "{there:?}");
    world.control().expire_sync_tokens(None).unwrap();
    for calendar in [&one.calendar, &hall] {
        world.sync(calendar).await;
    }
    assert_eq!(world.dates_in(&one.calendar).await, Vec::<Value>::new());
    let shown = world.dates_in(&hall).await;
    assert_eq!(titles(&shown), ["Yoga", "Outside", "Yoga"], "as Google tells it");
    assert_eq!(shown[0]["recurring_event_id"], made["id"]);
}

#[tokio::test]
async fn what_is_changed_while_a_series_is_on_its_way_to_another_calendar_is_written_there() {
    let world = World::new().await;
    let one = world.connected().await;
    let (hall, remote) = second_calendar(&world, &one).await;
    let rule = "RRULE:FREQ=WEEKLY;COUNT=3";
    let yoga = repeated("Yoga", "2026-11-24T09:00:00", "2026-11-24T10:00:00", rule);
    let made = world.create(&one.calendar, yoga).await;
    let dates = world.dates_in(&one.calendar).await;
    let slow = Effect::SlowAnswer { millis: 1_500 };
    world.control().fault(Fault::always("calendar.events.move", slow));
    let path = format!("/events/{}/move", made["id"].as_str().unwrap());
    let meanwhile = async {
        while world.calls("calendar.events.move") == 0 {
            tokio::task::yield_now().await;
        }
        let series = async {
            while world.list("/mappings").await.is_empty() {
                tokio::task::yield_now().await;
            }
            world.patch(&made, "", json!({"location": "Hall"})).await
        };
        let change = json!({"title": "Outside"});
        let (date, series) = tokio::join!(world.patch(&dates[1], "?scope=this", change), series);
        date.ok(200);
        series.ok(200);
    };
    let (moved, ()) = tokio::join!(world.owner.post(&path, json!({"calendar_id": hall})), meanwhile);
    assert_eq!(moved.ok(200).body["id"], made["id"]);
    world.control().clear_faults();
    world.later().await;
    assert_eq!(world.list("/mappings").await, Vec::<Value>::new());
    assert_eq!(world.list("/conflicts").await, Vec::<Value>::new());

    let there = world.control().events(&remote).unwrap();
    assert!(there.iter().any(|event| event["summary"] == "Outside"), "{there:?}");
    let left = world.control().events(ANN).unwrap();
    assert!(left.iter().all(|event| event["status"] == "cancelled"), "{left:?}");
    for anew in [false, true] {
        if anew {
            world.control().expire_sync_tokens(None).unwrap();
        }
        for calendar in [&one.calendar, &hall] {
            world.sync(calendar).await;
        }
        assert_eq!(world.dates_in(&one.calendar).await, Vec::<Value>::new());
        let shown = world.dates_in(&hall).await;
        assert_eq!(titles(&shown), ["Yoga", "Outside", "Yoga"], "read anew: {anew}");
        assert_eq!(
            (&shown[0]["location"], &shown[2]["location"]),
            (&json!("Hall"), &json!("Hall"))
        );
    }
    // Nothing is kept of the lane that it left.
    let next = timed("Next", "2026-11-25T09:00:00", "2026-11-25T10:00:00");
    assert_eq!(world.create(&one.calendar, next).await["sync"]["state"], "synced");
}

#[tokio::test]
async fn an_answer_to_an_invitation_waits_like_any_other_change_and_meets_what_the_host_changed_meanwhile() {
    let world = World::new().await;
    let host = world.connect("Bright Dental", ANN).await;
    let guest = world.connect("Riverside", BOB).await;
    let mut weekly = repeated(
        "Lunch",
        "2026-11-24T12:00:00",
        "2026-11-24T13:00:00",
        "RRULE:FREQ=WEEKLY;COUNT=3",
    );
    weekly["attendees"] = json!([{"email": BOB}]);
    let made = world.create(&host.calendar, weekly).await;
    world.sync(&guest.calendar).await;
    let dates = || world.dates_in(&guest.calendar);
    let [first, second, _] = &dates().await[..] else {
        panic!("three lunches")
    };
    let rsvp = |event: &Value| format!("/events/{}/rsvp", event["id"].as_str().unwrap());
    let answers = |events: &[Value]| -> Vec<Value> {
        events
            .iter()
            .map(|event| event["attendees"][0]["response"].clone())
            .collect()
    };

    world.control().fault(away());
    let declined = json!({"response": "declined"});
    let answered = world.owner.post(&rsvp(second), declined.clone()).await.ok(200).body;
    assert_eq!(
        (&answered["attendees"][0]["response"], &answered["sync"]["state"]),
        (&json!("declined"), &json!("pending"))
    );
    assert_eq!(answers(&dates().await), ["needs_action", "declined", "needs_action"]);
    let series = json!({"id": first["recurring_event_id"]});
    let tentative = json!({"response": "tentative"});
    world.owner.post(&rsvp(&series), tentative).await.ok(200);
    world.control().clear_faults();
    world
        .control()
        .patch_event(ANN, World::name(&made), &json!({"summary": "Long lunch"}))
        .unwrap();
    world.later().await;

    let shown = dates().await;
    assert_eq!(answers(&shown), ["tentative", "declined", "tentative"]);
    let said: Vec<&Value> = shown.iter().map(|event| &event["title"]).collect();
    assert_eq!(said[0], "Long lunch");
    assert_eq!(world.list("/mappings").await, Vec::<Value>::new());
    assert_eq!(world.list("/conflicts").await, Vec::<Value>::new());
    world.sync(&host.calendar).await;
    let told = world.dates_in(&host.calendar).await;
    assert_eq!(answers(&told), ["tentative", "declined", "tentative"], "the host knows");

    // Nobody is asked about an answer to what is not there any more.
    world.control().fault(away());
    world
        .owner
        .post(&rsvp(&series), json!({"response": "accepted"}))
        .await
        .ok(200);
    world.control().clear_faults();
    world.control().delete_event(ANN, World::name(&made)).unwrap();
    world.later().await;
    assert_eq!(dates().await, Vec::<Value>::new());
    assert_eq!(world.list("/conflicts").await, Vec::<Value>::new());
}

#[tokio::test]
async fn half_a_list_is_not_believed_until_somebody_says_that_it_is_right() {
    let world = World::new().await;
    let one = world.connected().await;
    let names: Vec<String> = (0..40).map(|n| format!("event{n:02}")).collect();
    for name in &names {
        let body = json!({"id": name, "summary": name, "start": {"dateTime": "2026-11-24T09:00:00Z"}, "end": {"dateTime": "2026-11-24T10:00:00Z"}});
        world.control().insert_event(ANN, &body).unwrap();
    }
    world.sync(&one.calendar).await;
    for name in &names[..30] {
        world.control().delete_event(ANN, name).unwrap();
    }
    world.control().expire_sync_tokens(None).unwrap();
    let path = format!("/calendars/{}/sync", one.calendar);
    let health = world.owner.post(&path, json!({})).await.ok(200).body;
    assert_eq!(
        (&health["last_error"]["code"], &health["events"]),
        (&json!("mass_deletion"), &json!(40))
    );
    let health = world
        .owner
        .post(&format!("{path}?accept_deletions=true"), json!({}))
        .await
        .ok(200)
        .body;
    assert_eq!((&health["last_error"], &health["events"]), (&Value::Null, &json!(10)));
}

#[tokio::test]
async fn how_far_a_change_is_belongs_to_the_version_that_is_shown_and_does_not_stand_in_the_way_of_a_write() {
    let world = World::new().await;
    let one = world.connected().await;
    let made = world.create(&one.calendar, haircut()).await;
    world.control().fault(away());
    world.patch(&made, "", json!({"location": "Upstairs"})).await.ok(200);
    let path = format!("/events/{}", made["id"].as_str().unwrap());
    let pending = world.owner.get(&path).await.ok(200);
    let tag = pending.header("etag").to_owned();
    let same = world
        .owner
        .request(reqwest::Method::GET, &path)
        .header("if-none-match", &tag);
    assert_eq!(send(same).await.status, 304);
    world.control().clear_faults();
    world.later().await;
    let synced = world
        .owner
        .request(reqwest::Method::GET, &path)
        .header("if-none-match", &tag);
    assert_eq!(send(synced).await.ok(200).body["sync"]["state"], "synced");
    // Nobody changed what it says, so who has read it then may write it.
    let change = world
        .owner
        .request(reqwest::Method::PATCH, &path)
        .header("if-match", &tag);
    let changed = send(change.json(&json!({"title": "Shave"}))).await.ok(200).body;
    assert_eq!(changed["title"], "Shave");
    let again = world
        .owner
        .request(reqwest::Method::PATCH, &path)
        .header("if-match", &tag);
    assert_eq!(send(again.json(&json!({"title": "Beard"}))).await.status, 412);
}
