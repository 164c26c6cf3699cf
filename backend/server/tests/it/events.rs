//! Events: written to the provider first, read from the mirror, and never doubled or silently overwritten.

use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::google::{Effect, Fault};

use crate::{
    google::{ANN, World, starts, timed, titles},
    harness::send,
};

fn path(event: &Value) -> String {
    format!("/events/{}", event["id"].as_str().unwrap())
}

#[tokio::test]
async fn an_event_is_at_google_with_everything_it_says() {
    let world = World::new().await;
    let one = world.connected().await;
    let mut event = timed("Haircut", "2026-11-24T09:00:00", "2026-11-24T09:45:00");
    event["description"] = json!("Bring <b>photos</b>; \"short\"");
    event["location"] = json!("Main Street 1");
    event["attendees"] = json!([{"email": "cara@example.com", "name": "Cara", "optional": true}]);
    event["reminders"] = json!({"use_default": false, "overrides": [{"method": "popup", "minutes": 30}]});
    event["visibility"] = json!("private");
    event["transparency"] = json!("free");
    event["status"] = json!("tentative");
    event["colour"] = json!("5");
    event["metadata"] = json!({"order": "4711"});
    let made = world.create(&one.calendar, event.clone()).await;
    let remote = world
        .control()
        .event(ANN, made["provider_event_id"].as_str().unwrap())
        .unwrap();
    assert_eq!(
        (&remote["summary"], &remote["colorId"], &remote["transparency"]),
        (&json!("Haircut"), &json!("5"), &json!("transparent"))
    );
    assert_eq!(remote["attendees"][0]["email"], "cara@example.com");
    assert_eq!(remote["extendedProperties"]["private"]["order"], "4711");
    let read = world.event(made["id"].as_str().unwrap()).await;
    for field in [
        "title",
        "description",
        "location",
        "visibility",
        "transparency",
        "status",
        "colour",
        "metadata",
        "reminders",
    ] {
        assert_eq!(read[field], event[field], "{field}");
    }
    assert_eq!(
        read["start"],
        json!({"date_time": "2026-11-24T09:00:00", "time_zone": "Europe/Berlin", "utc": "2026-11-24T08:00:00Z"})
    );
    assert_eq!(read["attendees"][0]["response"], "needs_action");
    assert_eq!(
        (&read["sync"]["state"], &read["recurring_event_id"]),
        (&json!("synced"), &Value::Null)
    );
    assert_eq!(world.control().mails().len(), 0);
}

#[tokio::test]
async fn a_lost_answer_does_not_make_a_second_event() {
    let world = World::new().await;
    let one = world.connected().await;
    let path = format!("/calendars/{}/events", one.calendar);
    let event = timed("Haircut", "2026-11-24T09:00:00", "2026-11-24T10:00:00");
    world
        .control()
        .fault(Fault::times("calendar.events.insert", 9, Effect::LoseAnswer));
    world
        .control()
        .fault(Fault::times("calendar.events.get", 9, Effect::Reset));
    let first = world.owner.post_as("call-1", &path, event.clone()).await;
    world.control().clear_faults();
    let second = world.owner.post_as("call-1", &path, event.clone()).await.ok(201);
    let third = world.owner.post_as("call-1", &path, event).await.ok(201);
    assert_eq!(second.text("id"), third.text("id"));
    assert!(
        first.status == 503 || first.text("id") == second.text("id"),
        "{}",
        first.raw
    );
    assert_eq!(world.control().events(ANN).unwrap().len(), 1);
    world.sync(&one.calendar).await;
    assert_eq!(world.events(&one.calendar, "").await.len(), 1);
}

#[tokio::test]
async fn a_change_writes_only_what_it_names_and_keeps_what_we_do_not_know() {
    let world = World::new().await;
    let one = world.connected().await;
    let made = world
        .create(
            &one.calendar,
            timed("Haircut", "2026-11-24T09:00:00", "2026-11-24T10:00:00"),
        )
        .await;
    let name = made["provider_event_id"].as_str().unwrap();
    world
        .control()
        .patch_event(
            ANN,
            name,
            &json!({"guestsCanModify": true, "location": "Main Street 1"}),
        )
        .unwrap();
    world.sync(&one.calendar).await;
    let read = world.event(made["id"].as_str().unwrap()).await;
    let changed = world
        .patch(
            &read,
            "",
            json!({"title": "Haircut and beard", "end": {"date_time": "2026-11-24T10:30:00"}}),
        )
        .await
        .ok(200);
    assert_eq!(
        (&changed.body["title"], &changed.body["location"]),
        (&json!("Haircut and beard"), &json!("Main Street 1"))
    );
    assert_eq!(changed.body["end"]["utc"], "2026-11-24T09:30:00Z");
    let remote = world.control().event(ANN, name).unwrap();
    assert_eq!(
        (&remote["guestsCanModify"], &remote["location"]),
        (&json!(true), &json!("Main Street 1"))
    );
    let sent = world
        .control()
        .calls("calendar.events.patch")
        .pop()
        .unwrap()
        .body
        .unwrap();
    let mut fields: Vec<&String> = sent.as_object().unwrap().keys().collect();
    fields.sort();
    assert_eq!(fields, ["end", "start", "summary"]);
}

#[tokio::test]
async fn two_people_who_change_the_same_event_do_not_overwrite_each_other() {
    let world = World::new().await;
    let one = world.connected().await;
    let made = world
        .create(
            &one.calendar,
            timed("Haircut", "2026-11-24T09:00:00", "2026-11-24T10:00:00"),
        )
        .await;
    world
        .owner
        .patch(&path(&made), json!({"title": "No tag"}))
        .await
        .problem(428, "precondition_required");
    world.patch(&made, "", json!({"title": "Mine"})).await.ok(200);
    let late = world.patch(&made, "", json!({"title": "Yours"})).await;
    late.problem(412, "precondition_failed");
    assert_eq!(late.body["current"]["title"], "Mine");
    // Somebody changes it in Google, and our mirror has not heard of it yet.
    let read = world.event(made["id"].as_str().unwrap()).await;
    world
        .control()
        .patch_event(
            ANN,
            made["provider_event_id"].as_str().unwrap(),
            &json!({"summary": "In Google"}),
        )
        .unwrap();
    let late = world.patch(&read, "", json!({"title": "Yours"})).await;
    late.problem(412, "precondition_failed");
    assert_eq!(late.body["current"]["title"], "In Google", "{}", late.raw);
    assert_eq!(
        world
            .patch(&late.body["current"], "", json!({"title": "Yours"}))
            .await
            .ok(200)
            .body["title"],
        "Yours"
    );
    let gone = world.event(made["id"].as_str().unwrap()).await;
    world
        .control()
        .delete_event(ANN, made["provider_event_id"].as_str().unwrap())
        .unwrap();
    world
        .patch(&gone, "", json!({"title": "Again"}))
        .await
        .problem(404, "not_found");
    world.owner.get(&path(&made)).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_pull_that_brings_nothing_new_keeps_the_tag() {
    let world = World::new().await;
    let one = world.connected().await;
    let made = world
        .create(
            &one.calendar,
            timed("Haircut", "2026-11-24T09:00:00", "2026-11-24T10:00:00"),
        )
        .await;
    world.sync(&one.calendar).await;
    world.control().expire_sync_tokens(None).unwrap();
    world.sync(&one.calendar).await;
    assert_eq!(world.event(made["id"].as_str().unwrap()).await["etag"], made["etag"]);
    let same = world
        .owner
        .request(reqwest::Method::GET, &path(&made))
        .header("if-none-match", made["etag"].as_str().unwrap());
    assert_eq!(send(same).await.status, 304);
}

#[tokio::test]
async fn replacing_clears_what_is_absent_and_whole_days_stay_whole_days() {
    let world = World::new().await;
    let one = world.connected().await;
    let mut event = timed("Haircut", "2026-11-24T09:00:00", "2026-11-24T10:00:00");
    event["location"] = json!("Main Street 1");
    let made = world.create(&one.calendar, event).await;
    let whole = json!({"title": "Closed", "start": {"date": "2026-12-24"}, "end": {"date": "2026-12-27"}});
    let put = world
        .owner
        .request(reqwest::Method::PUT, &path(&made))
        .header("if-match", made["etag"].as_str().unwrap())
        .json(&whole);
    let read = send(put).await.ok(200).body;
    assert_eq!(
        (&read["location"], &read["start"]["date"], &read["end"]["date"]),
        (&Value::Null, &json!("2026-12-24"), &json!("2026-12-27"))
    );
    assert_eq!(read["start"]["utc"], "2026-12-23T23:00:00Z");
    let timed_again = world.patch(&read, "", json!({"start": {"date_time": "2026-12-24T08:00:00", "time_zone": "Europe/Berlin"}, "end": {"date_time": "2026-12-24T12:00:00", "time_zone": "Europe/Berlin"}})).await.ok(200);
    assert_eq!(
        timed_again.body["start"],
        json!({"date_time": "2026-12-24T08:00:00", "time_zone": "Europe/Berlin", "utc": "2026-12-24T07:00:00Z"})
    );
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let world = World::new().await;
    let one = world.connected().await;
    let bad = json!({
        "title": " ", "start": {"date_time": "2026-11-24T09:00:00", "time_zone": "Mars/Olympus"}, "end": {"date": "2026-11-24"},
        "attendees": [{"email": "nobody"}], "recurrence": ["RRULE:FREQ=SECONDLY"], "colour": "beige-ish"
    });
    let answer = world
        .owner
        .post(&format!("/calendars/{}/events", one.calendar), bad)
        .await;
    answer.problem(422, "validation_failed");
    answer.fields(&[
        ("/title", "required"),
        ("/start/time_zone", "time_zone_unknown"),
        ("/attendees/0/email", "invalid_email"),
        ("/colour", "colour_unknown"),
    ]);
    let backwards = timed("Back", "2026-11-24T10:00:00", "2026-11-24T09:00:00");
    world
        .owner
        .post(&format!("/calendars/{}/events", one.calendar), backwards)
        .await
        .problem(422, "validation_failed")
        .fields(&[("/end", "not_after_start")]);
    assert_eq!(world.calls("calendar.events.insert"), 0);
}

#[tokio::test]
async fn a_time_that_the_clock_skips_or_repeats_is_refused_until_a_reading_is_chosen() {
    let world = World::new().await;
    let one = world.connected().await;
    let path = format!("/calendars/{}/events", one.calendar);
    let answer = world
        .owner
        .post(&path, timed("Gap", "2027-03-28T02:30:00", "2027-03-28T04:00:00"))
        .await;
    answer
        .problem(422, "validation_failed")
        .fields(&[("/start/date_time", "time_does_not_exist")]);
    let detail = answer.body["errors"][0]["detail"].as_str().unwrap();
    assert!(
        detail.contains("2027-03-28T01:30:00+01:00") && detail.contains("2027-03-28T03:30:00+02:00"),
        "{detail}"
    );
    let answer = world
        .owner
        .post(&path, timed("Fold", "2026-10-25T02:30:00", "2026-10-25T04:00:00"))
        .await;
    answer
        .problem(422, "validation_failed")
        .fields(&[("/start/date_time", "time_is_ambiguous")]);
    for (reading, utc) in [("earlier", "2026-10-25T00:30:00Z"), ("later", "2026-10-25T01:30:00Z")] {
        let mut event = timed("Fold", "2026-10-25T02:30:00", "2026-10-25T04:00:00");
        event["start"]["disambiguation"] = json!(reading);
        assert_eq!(world.create(&one.calendar, event).await["start"]["utc"], utc);
    }
}

#[tokio::test]
async fn lists_are_cut_by_window_text_and_page() {
    let world = World::new().await;
    let one = world.connected().await;
    for day in 1..=9 {
        world
            .create(
                &one.calendar,
                timed(
                    &format!("Day {day} Große Pause"),
                    &format!("2026-12-0{day}T09:00:00"),
                    &format!("2026-12-0{day}T10:00:00"),
                ),
            )
            .await;
    }
    let window = world
        .events(&one.calendar, "&from=2026-12-03T08:30:00Z&to=2026-12-05T08:00:00Z")
        .await;
    assert_eq!(titles(&window), ["Day 3 Große Pause", "Day 4 Große Pause"]);
    assert_eq!(world.events(&one.calendar, "&q=GROSSE").await.len(), 0);
    assert_eq!(world.events(&one.calendar, "&q=gro%C3%9Fe").await.len(), 9);
    assert_eq!(
        titles(&world.events(&one.calendar, "&q=day+7").await),
        ["Day 7 Große Pause"]
    );
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world
            .owner
            .get(&format!("/events?client_id={}&limit=4{cursor}", one.client))
            .await
            .ok(200)
            .body;
        all.extend(page["data"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(all.len(), 9);
    assert!(starts(&all).is_sorted());
    world
        .owner
        .get(&format!("/calendars/{}/events?cursor=zzz", one.calendar))
        .await
        .problem(422, "validation_failed");
    world
        .owner
        .get(&format!("/calendars/{}/events?expand=instances", one.calendar))
        .await
        .problem(422, "validation_failed")
        .fields(&[("/query/from", "required"), ("/query/to", "required")]);
    world
        .owner
        .get("/events?calendar_id=cal_00000000000000000000000000000000")
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn deleting_is_done_at_google_and_needs_the_tag() {
    let world = World::new().await;
    let one = world.connected().await;
    let made = world
        .create(
            &one.calendar,
            timed("Haircut", "2026-11-24T09:00:00", "2026-11-24T10:00:00"),
        )
        .await;
    world
        .owner
        .delete(&path(&made))
        .await
        .problem(428, "precondition_required");
    assert_eq!(world.delete(&made, "").await.status, 204);
    world.owner.get(&path(&made)).await.problem(404, "not_found");
    assert_eq!(
        world
            .control()
            .event(ANN, made["provider_event_id"].as_str().unwrap())
            .map(|e| e["status"].clone())
            .unwrap_or(json!("cancelled")),
        "cancelled"
    );
}

#[tokio::test]
async fn mail_to_guests_needs_a_scope_of_its_own() {
    let world = World::new().await;
    let one = world.connected().await;
    let script = world.app.key(&world.owner, &["events:read", "events:write"]).await;
    let mut event = timed("Haircut", "2026-11-24T09:00:00", "2026-11-24T10:00:00");
    event["attendees"] = json!([{"email": "cara@example.com"}]);
    event["notify"] = json!("all");
    let path = format!("/calendars/{}/events", one.calendar);
    script.post(&path, event.clone()).await.problem(403, "forbidden");
    assert_eq!(world.control().mails().len(), 0);
    world.owner.post(&path, event).await.ok(201);
    assert_eq!(world.control().mails().len(), 1);
}

#[tokio::test]
async fn an_event_moves_to_another_calendar_and_keeps_its_name() {
    let world = World::new().await;
    let one = world.connected().await;
    let body =
        json!({"credential_id": one.credential, "name": "Bookings", "time_zone": "Europe/Berlin", "colour": "#16a765"});
    let other = world
        .owner
        .post(&format!("/clients/{}/calendars", one.client), body)
        .await
        .ok(201);
    assert_eq!(
        (&other.body["name"], &other.body["selected"]),
        (&json!("Bookings"), &json!(true))
    );
    let made = world
        .create(
            &one.calendar,
            timed("Haircut", "2026-11-24T09:00:00", "2026-11-24T10:00:00"),
        )
        .await;
    let moved = world
        .owner
        .post(
            &format!("{}/move", path(&made)),
            json!({"calendar_id": other.text("id")}),
        )
        .await
        .ok(200);
    assert_eq!(
        (&moved.body["id"], &moved.body["calendar_id"]),
        (&made["id"], &other.body["id"])
    );
    world.sync(&one.calendar).await;
    world.sync(&other.text("id")).await;
    assert_eq!(world.events(&one.calendar, "").await.len(), 0);
    assert_eq!(world.events(&other.text("id"), "").await[0]["id"], made["id"]);
    let stranger = world.connect("Elsewhere", crate::google::BOB).await;
    world
        .owner
        .post(
            &format!("{}/move", path(&made)),
            json!({"calendar_id": stranger.calendar}),
        )
        .await
        .problem(422, "validation_failed")
        .fields(&[("/calendar_id", "other_credential")]);
}

#[tokio::test]
async fn an_invitation_is_answered_and_a_guests_answer_is_shown() {
    let world = World::new().await;
    let ann = world.connect("Bright Dental", ANN).await;
    let bob = world.connect("Riverside", crate::google::BOB).await;
    let mut event = timed("Lunch", "2026-11-24T12:00:00", "2026-11-24T13:00:00");
    event["attendees"] = json!([{"email": crate::google::BOB}]);
    let made = world.create(&ann.calendar, event).await;
    world.sync(&bob.calendar).await;
    let invited = world.events(&bob.calendar, "").await.remove(0);
    assert_eq!(
        (&invited["title"], &invited["attendees"][0]["self"]),
        (&json!("Lunch"), &json!(true))
    );
    let answered = world
        .owner
        .post(&format!("{}/rsvp", path(&invited)), json!({"response": "declined"}))
        .await
        .ok(200);
    assert_eq!(answered.body["attendees"][0]["response"], "declined");
    world.sync(&ann.calendar).await;
    assert_eq!(
        world.event(made["id"].as_str().unwrap()).await["attendees"][0]["response"],
        "declined"
    );
    let alone = world
        .create(
            &ann.calendar,
            timed("Alone", "2026-11-24T15:00:00", "2026-11-24T16:00:00"),
        )
        .await;
    world
        .owner
        .post(&format!("{}/rsvp", path(&alone)), json!({"response": "accepted"}))
        .await
        .problem(422, "validation_failed");
}

#[tokio::test]
async fn writing_under_ones_own_key_makes_one_event_however_often() {
    let world = World::new().await;
    let one = world.connected().await;
    let path = format!("/events/by-external-id/booking%2F17?calendar_id={}", one.calendar);
    let first = world
        .owner
        .put(&path, timed("Haircut", "2026-11-24T09:00:00", "2026-11-24T10:00:00"))
        .await
        .ok(201);
    let again = world
        .owner
        .put(&path, timed("Haircut", "2026-11-24T09:00:00", "2026-11-24T10:00:00"))
        .await
        .ok(200);
    world
        .control()
        .patch_event(ANN, &first.text("provider_event_id"), &json!({"location": "Elsewhere"}))
        .unwrap();
    let moved = world
        .owner
        .put(&path, timed("Haircut", "2026-11-24T11:00:00", "2026-11-24T12:00:00"))
        .await
        .ok(200);
    assert_eq!(
        (first.text("id"), first.text("id")),
        (again.text("id"), moved.text("id"))
    );
    assert_eq!(
        (&moved.body["location"], &moved.body["start"]["utc"]),
        (&Value::Null, &json!("2026-11-24T10:00:00Z"))
    );
    assert_eq!(moved.body["metadata"]["external_id"], "booking/17");
    assert_eq!(world.control().events(ANN).unwrap().len(), 1);
}

#[tokio::test]
async fn an_outage_is_told_and_what_we_know_is_still_shown() {
    let world = World::new().await;
    let one = world.connected().await;
    world
        .create(
            &one.calendar,
            timed("Haircut", "2026-11-24T09:00:00", "2026-11-24T10:00:00"),
        )
        .await;
    world.sync(&one.calendar).await;
    world.control().fault(Fault::always(
        "calendar.*",
        Effect::Status {
            status: 503,
            retry_after: Some(60),
        },
    ));
    let answer = world
        .owner
        .post(
            &format!("/calendars/{}/events", one.calendar),
            timed("Late", "2026-11-24T09:00:00", "2026-11-24T10:00:00"),
        )
        .await;
    assert_eq!(
        (answer.status, &answer.body["sync"]["state"]),
        (201, &json!("pending")),
        "{}",
        answer.raw
    );
    assert!(answer.body["sync"]["detail"].as_str().unwrap().contains("503"));
    world.app.clock.advance(SignedDuration::from_secs(60));
    let list = world
        .owner
        .get(&format!("/calendars/{}/events", one.calendar))
        .await
        .ok(200);
    assert_eq!(
        (&list.body["complete"], list.body["data"].as_array().unwrap().len()),
        (&json!(false), 2)
    );
    assert_eq!(list.body["stale"][0]["calendar_id"], one.calendar.as_str());
    let calls = world.control().journal().len();
    world
        .owner
        .get(&format!("/calendars/{}/events", one.calendar))
        .await
        .ok(200);
    assert_eq!(
        world.control().journal().len(),
        calls,
        "every reader would wait for a provider that is down"
    );
    world.control().clear_faults();
    world.app.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(
        world
            .owner
            .get(&format!("/calendars/{}/events", one.calendar))
            .await
            .body["complete"],
        true
    );
}
