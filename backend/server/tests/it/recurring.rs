//! Series: expanded, changed one by one, from here on, or as a whole.

use calendar_stacker::jobs;
use serde_json::{Value, json};
use simulators::google::{Effect, Fault};

use crate::google::{ANN, Connected, World, repeated, starts, titles};

const WINDOW: &str = "&expand=instances&from=2026-11-01T00:00:00Z&to=2027-01-01T00:00:00Z";

/// Mondays and Wednesdays at nine in Berlin, five times from 23 November 2026.
async fn series(world: &World, one: &Connected) -> Value {
    let rule = "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=5";
    world
        .create(
            &one.calendar,
            repeated("Class", "2026-11-23T09:00:00", "2026-11-23T10:00:00", rule),
        )
        .await
}

const ALL: [&str; 5] = [
    "2026-11-23T08:00:00Z",
    "2026-11-25T08:00:00Z",
    "2026-11-30T08:00:00Z",
    "2026-12-02T08:00:00Z",
    "2026-12-07T08:00:00Z",
];

async fn occurrence(world: &World, master: &Value, key: &str) -> Value {
    world.event(&format!("{}_{key}", master["id"].as_str().unwrap())).await
}

#[tokio::test]
async fn a_series_is_one_entry_or_its_occurrences_as_one_likes() {
    let world = World::new().await;
    let one = world.connected().await;
    let master = series(&world, &one).await;
    let plain = world.events(&one.calendar, "").await;
    assert_eq!((plain.len(), &plain[0]["id"]), (1, &master["id"]));
    let expanded = world.events(&one.calendar, WINDOW).await;
    assert_eq!(starts(&expanded), ALL);
    let second = &expanded[1];
    assert_eq!(
        second["id"],
        format!("{}_20261125T080000Z", master["id"].as_str().unwrap())
    );
    assert_eq!(
        (&second["recurring_event_id"], &second["recurrence"]),
        (&master["id"], &json!([]))
    );
    assert_eq!(second["original_start"], second["start"]);
    assert_eq!(&occurrence(&world, &master, "20261125T080000Z").await, second);
    let id = master["id"].as_str().unwrap();
    let first = world
        .owner
        .get(&format!("/events/{id}/instances?limit=3"))
        .await
        .ok(200)
        .body;
    let rest = world
        .owner
        .get(&format!(
            "/events/{id}/instances?limit=3&cursor={}",
            first["next_cursor"].as_str().unwrap()
        ))
        .await
        .ok(200)
        .body;
    let mut listed = first["data"].as_array().unwrap().clone();
    listed.extend(rest["data"].as_array().unwrap().clone());
    assert_eq!(starts(&listed), ALL);
    assert_eq!(rest["next_cursor"], Value::Null);
    world
        .owner
        .get(&format!("/events/{id}_20261124T080000Z"))
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn pages_of_an_expanded_list_neither_repeat_nor_miss_anything() {
    let world = World::new().await;
    let one = world.connected().await;
    series(&world, &one).await;
    world
        .create(
            &one.calendar,
            repeated(
                "Daily",
                "2026-11-23T09:00:00",
                "2026-11-23T09:30:00",
                "RRULE:FREQ=DAILY",
            ),
        )
        .await;
    for day in 23..30 {
        world
            .create(
                &one.calendar,
                crate::google::timed(
                    &format!("Single {day}"),
                    &format!("2026-11-{day}T09:00:00"),
                    &format!("2026-11-{day}T12:00:00"),
                ),
            )
            .await;
    }
    let whole = world.events(&one.calendar, WINDOW).await;
    assert_eq!(whole.len(), 5 + 7 + 39);
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world
            .owner
            .get(&format!("/calendars/{}/events?limit=4{WINDOW}{cursor}", one.calendar))
            .await
            .ok(200)
            .body;
        paged.extend(page["data"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, whole);
}

#[tokio::test]
async fn one_occurrence_changes_alone_and_can_be_taken_out() {
    let world = World::new().await;
    let one = world.connected().await;
    let master = series(&world, &one).await;
    let second = occurrence(&world, &master, "20261125T080000Z").await;
    let at = |time: &str| json!({"date_time": time, "time_zone": "Europe/Berlin"});
    let moved = world
        .patch(
            &second,
            "",
            json!({"title": "Guest class", "start": at("2026-11-26T14:00:00"), "end": at("2026-11-26T15:00:00")}),
        )
        .await
        .ok(200)
        .body;
    assert_eq!(
        (&moved["id"], &moved["start"]["utc"]),
        (&second["id"], &json!("2026-11-26T13:00:00Z"))
    );
    assert_eq!(moved["original_start"]["utc"], "2026-11-25T08:00:00Z");
    let third = occurrence(&world, &master, "20261130T080000Z").await;
    assert_eq!(world.delete(&third, "").await.status, 204);
    let expected = [
        "2026-11-23T08:00:00Z",
        "2026-11-26T13:00:00Z",
        "2026-12-02T08:00:00Z",
        "2026-12-07T08:00:00Z",
    ];
    let shown = world.events(&one.calendar, WINDOW).await;
    assert_eq!(starts(&shown), expected);
    assert_eq!(titles(&shown), ["Class", "Guest class", "Class", "Class"]);
    world
        .owner
        .get(&format!("/events/{}", third["id"].as_str().unwrap()))
        .await
        .problem(404, "not_found");
    world.control().expire_sync_tokens(None).unwrap();
    world.sync(&one.calendar).await;
    assert_eq!(starts(&world.events(&one.calendar, WINDOW).await), expected);
    let again = world
        .patch(
            &occurrence(&world, &master, "20261125T080000Z").await,
            "",
            json!({"title": "Guest"}),
        )
        .await
        .ok(200);
    assert_eq!(again.body["start"]["utc"], "2026-11-26T13:00:00Z");
}

#[tokio::test]
async fn the_whole_series_moves_when_an_occurrence_is_moved_for_all() {
    let world = World::new().await;
    let one = world.connected().await;
    let master = series(&world, &one).await;
    let second = occurrence(&world, &master, "20261125T080000Z").await;
    let at = |time: &str| json!({"date_time": time, "time_zone": "Europe/Berlin"});
    let change = json!({"start": at("2026-11-25T10:30:00"), "end": at("2026-11-25T12:00:00"), "location": "Hall"});
    let answer = world.patch(&second, "?scope=all", change).await.ok(200).body;
    assert_eq!((&answer["id"], &answer["location"]), (&master["id"], &json!("Hall")));
    let shown = world.events(&one.calendar, WINDOW).await;
    assert_eq!(
        starts(&shown),
        [
            "2026-11-23T09:30:00Z",
            "2026-11-25T09:30:00Z",
            "2026-11-30T09:30:00Z",
            "2026-12-02T09:30:00Z",
            "2026-12-07T09:30:00Z"
        ]
    );
    assert!(
        shown
            .iter()
            .all(|event| event["location"] == "Hall" && event["end"]["utc"].as_str().unwrap().ends_with("T11:00:00Z"))
    );
    let third = &shown[2];
    world
        .patch(third, "?scope=all", json!({"title": "Course"}))
        .await
        .ok(200);
    assert!(
        titles(&world.events(&one.calendar, WINDOW).await)
            .iter()
            .all(|title| *title == "Course")
    );
}

#[tokio::test]
async fn this_and_following_makes_a_new_series_and_ends_the_old_one() {
    let world = World::new().await;
    let one = world.connected().await;
    let master = series(&world, &one).await;
    // An occurrence that was taken out behind the cut stays out.
    world
        .delete(&occurrence(&world, &master, "20261202T080000Z").await, "")
        .await
        .ok(204);
    let third = occurrence(&world, &master, "20261130T080000Z").await;
    let at = |time: &str| json!({"date_time": time, "time_zone": "Europe/Berlin"});
    let change = json!({"title": "Late class", "start": at("2026-11-30T18:00:00"), "end": at("2026-11-30T19:00:00")});
    let tail = world
        .patch(&third, "?scope=this_and_following", change)
        .await
        .ok(200)
        .body;
    assert_ne!(tail["id"], master["id"]);
    let shown = world.events(&one.calendar, WINDOW).await;
    assert_eq!(
        starts(&shown),
        [
            "2026-11-23T08:00:00Z",
            "2026-11-25T08:00:00Z",
            "2026-11-30T17:00:00Z",
            "2026-12-07T17:00:00Z"
        ]
    );
    assert_eq!(titles(&shown), ["Class", "Class", "Late class", "Late class"]);
    world.control().expire_sync_tokens(None).unwrap();
    world.sync(&one.calendar).await;
    assert_eq!(world.events(&one.calendar, WINDOW).await.len(), 4);
    // From the first occurrence on, it is simply the series.
    let first = occurrence(&world, &tail, "20261130T170000Z").await;
    let same = world
        .patch(&first, "?scope=this_and_following", json!({"title": "Evening"}))
        .await
        .ok(200);
    assert_eq!(same.body["id"], tail["id"]);
    let last = occurrence(&world, &tail, "20261207T170000Z").await;
    assert_eq!(world.delete(&last, "?scope=this_and_following").await.status, 204);
    assert_eq!(
        starts(&world.events(&one.calendar, WINDOW).await),
        ["2026-11-23T08:00:00Z", "2026-11-25T08:00:00Z", "2026-11-30T17:00:00Z"]
    );
}

#[tokio::test]
async fn a_cut_that_is_refused_leaves_the_series_as_it_was() {
    let world = World::new().await;
    let one = world.connected().await;
    let master = series(&world, &one).await;
    let third = occurrence(&world, &master, "20261130T080000Z").await;
    world
        .control()
        .patch_event(
            ANN,
            master["provider_event_id"].as_str().unwrap(),
            &json!({"location": "Hall"}),
        )
        .unwrap();
    world
        .patch(&third, "?scope=this_and_following", json!({"title": "Late"}))
        .await
        .problem(412, "precondition_failed");
    world.sync(&one.calendar).await;
    assert_eq!(starts(&world.events(&one.calendar, WINDOW).await), ALL);
    let third = occurrence(&world, &master, "20261130T080000Z").await;
    world
        .control()
        .fault(Fault::times("calendar.events.patch", 1, Effect::LoseAnswer));
    world
        .patch(&third, "?scope=this_and_following", json!({"title": "Late"}))
        .await
        .ok(200);
    world.sync(&one.calendar).await;
    assert_eq!(
        titles(&world.events(&one.calendar, WINDOW).await),
        ["Class", "Class", "Late", "Late", "Late"]
    );
}

#[tokio::test]
async fn a_series_of_whole_days_is_cut_and_moved_too() {
    let world = World::new().await;
    let one = world.connected().await;
    let event = json!({"title": "Fair", "start": {"date": "2026-11-23"}, "end": {"date": "2026-11-24"}, "recurrence": ["RRULE:FREQ=DAILY;COUNT=4"]});
    let master = world.create(&one.calendar, event).await;
    let third = occurrence(&world, &master, "20261125").await;
    world
        .patch(&third, "?scope=this_and_following", json!({"title": "Late fair"}))
        .await
        .ok(200);
    let shown = world.events(&one.calendar, WINDOW).await;
    let days: Vec<&str> = shown
        .iter()
        .map(|event| event["start"]["date"].as_str().unwrap())
        .collect();
    assert_eq!(days, ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26"]);
    assert_eq!(titles(&shown), ["Fair", "Fair", "Late fair", "Late fair"]);
    let second = occurrence(&world, &master, "20261124").await;
    world
        .patch(
            &second,
            "?scope=all",
            json!({"start": {"date": "2026-11-22"}, "end": {"date": "2026-11-23"}}),
        )
        .await
        .ok(200);
    let days: Vec<String> = world
        .events(&one.calendar, WINDOW)
        .await
        .iter()
        .map(|event| event["start"]["date"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(days, ["2026-11-21", "2026-11-22", "2026-11-25", "2026-11-26"]);
}

#[tokio::test]
async fn the_meaning_of_a_scope_is_checked() {
    let world = World::new().await;
    let one = world.connected().await;
    let master = series(&world, &one).await;
    world
        .patch(&master, "?scope=this", json!({"title": "x"}))
        .await
        .problem(422, "validation_failed")
        .fields(&[("/query/scope", "needs_occurrence")]);
    let second = occurrence(&world, &master, "20261125T080000Z").await;
    world
        .patch(&second, "?scope=this", json!({"recurrence": ["RRULE:FREQ=DAILY"]}))
        .await
        .problem(422, "validation_failed")
        .fields(&[("/recurrence", "not_allowed")]);
    world
        .patch(&second, "?scope=sometimes", json!({"title": "x"}))
        .await
        .problem(422, "validation_failed")
        .fields(&[("/query/scope", "enum")]);
}

#[tokio::test]
async fn a_rule_is_shown_before_it_is_written() {
    let world = World::new().await;
    let at = |time: &str| json!({"date_time": time, "time_zone": "Europe/Berlin"});
    let ask = |rule: &str| json!({"start": at("2026-10-19T09:00:00"), "end": at("2026-10-19T10:00:00"), "recurrence": [rule], "limit": 2});
    let answer = world
        .owner
        .post("/recurrence/preview", ask("RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3"))
        .await
        .ok(200)
        .body;
    assert_eq!(
        answer["occurrences"][1]["start"],
        json!({"date_time": "2026-10-26T09:00:00", "time_zone": "Europe/Berlin", "utc": "2026-10-26T08:00:00Z"})
    );
    assert_eq!((&answer["total"], &answer["truncated"]), (&json!(3), &json!(true)));
    let endless = world
        .owner
        .post("/recurrence/preview", ask("RRULE:FREQ=DAILY"))
        .await
        .ok(200)
        .body;
    assert_eq!((&endless["total"], &endless["truncated"]), (&Value::Null, &json!(true)));
    world
        .owner
        .post("/recurrence/preview", ask("RRULE:FREQ=HOURLY;BYHOUR=nine"))
        .await
        .problem(422, "validation_failed");
    world
        .owner
        .post("/recurrence/preview", ask("RRULE:FREQ=SECONDLY"))
        .await
        .problem(422, "validation_failed");
}

#[tokio::test]
async fn a_move_that_is_refused_leaves_what_was_changed_and_taken_out_before() {
    let world = World::new().await;
    let one = world.connected().await;
    let master = series(&world, &one).await;
    let second = occurrence(&world, &master, "20261125T080000Z").await;
    let guest = json!({"title": "Guest", "start": {"date_time": "2026-11-26T14:00:00", "time_zone": "Europe/Berlin"},
        "end": {"date_time": "2026-11-26T15:00:00", "time_zone": "Europe/Berlin"}});
    world.patch(&second, "?scope=this", guest).await.ok(200);
    let third = occurrence(&world, &master, "20261130T080000Z").await;
    world.delete(&third, "").await.ok(204);
    world.sync(&one.calendar).await;
    let shown = world.events(&one.calendar, WINDOW).await;
    let before = starts(&shown);
    assert_eq!(before, [ALL[0], "2026-11-26T13:00:00Z", ALL[3], ALL[4]]);

    let no = Effect::Status {
        status: 400,
        retry_after: None,
    };
    world
        .control()
        .fault(Fault::always("calendar.events.patch", no.clone()));
    world.control().fault(Fault::always("calendar.events.update", no));
    let first = occurrence(&world, &master, "20261123T080000Z").await;
    let later = json!({"start": {"date_time": "2026-11-23T11:00:00", "time_zone": "Europe/Berlin"},
        "end": {"date_time": "2026-11-23T12:00:00", "time_zone": "Europe/Berlin"}});
    let refused = world.patch(&first, "?scope=all", later).await;
    assert!(refused.status >= 400, "{}", refused.raw);
    world.control().clear_faults();
    let job = jobs::ALL.iter().find(|job| job.name == "reconcile").unwrap();
    assert!(jobs::once(&world.app.app, job, "worker").await.unwrap());
    let after = world.events(&one.calendar, WINDOW).await;
    assert_eq!(starts(&after), before);
    assert_eq!(titles(&after)[1], "Guest");
}
