//! Inserting, changing and deleting single events.

use serde_json::json;

use crate::harness::{DANA, Google, ROBIN, hour};

const PRIMARY: &str = "/calendars/primary/events";

fn path(event: &serde_json::Value) -> String {
    format!("{PRIMARY}/{}", event["id"].as_str().unwrap())
}

#[tokio::test]
async fn an_inserted_event_gets_what_google_gives_every_event() {
    let google = Google::start();
    let dana = google.user(DANA);
    let reply = dana.post(PRIMARY, hour("Lunch", "2027-03-01T10:00")).await;
    let etag = reply.headers["etag"].to_str().unwrap().to_string();
    let event = reply.good();
    assert_eq!(event["etag"], etag);
    assert_eq!(event["status"], "confirmed");
    assert_eq!(
        event["start"],
        json!({"dateTime": "2027-03-01T10:00:00+01:00", "timeZone": "Europe/Berlin"})
    );
    assert_eq!(
        event["iCalUID"],
        format!("{}@google.com", event["id"].as_str().unwrap())
    );
    assert_eq!(event["organizer"], json!({"email": DANA, "self": true}));
    assert_eq!(event["creator"], json!({"email": DANA, "self": true}));
    assert_eq!(event["sequence"], 0);
    assert_eq!(event["reminders"], json!({"useDefault": true}));
    assert_eq!(event["eventType"], "default");
    for absent in ["transparency", "visibility", "attendees", "recurrence"] {
        assert!(
            event.get(absent).is_none(),
            "{absent} is left out when it is the default"
        );
    }
}

#[tokio::test]
async fn a_name_of_ones_own_is_taken_once_even_after_deletion() {
    let google = Google::start();
    let dana = google.user(DANA);
    let mut event = hour("Mine", "2027-03-01T10:00");
    event["id"] = json!("abc0v");
    assert_eq!(dana.post(PRIMARY, event.clone()).await.good()["id"], "abc0v");
    assert_eq!(
        dana.post(PRIMARY, event.clone()).await.refused(),
        (409, "duplicate".into())
    );
    assert_eq!(dana.delete(&format!("{PRIMARY}/abc0v")).await.status, 204);
    assert_eq!(
        dana.post(PRIMARY, event.clone()).await.refused(),
        (409, "duplicate".into())
    );
    let tomb = dana.get(&format!("{PRIMARY}/abc0v")).await.good();
    assert_eq!(
        (tomb["status"].as_str(), tomb["summary"].as_str()),
        (Some("cancelled"), Some("Mine"))
    );
    assert_eq!(
        dana.delete(&format!("{PRIMARY}/abc0v")).await.refused(),
        (410, "deleted".into())
    );
    let back = dana
        .patch(&format!("{PRIMARY}/abc0v"), json!({"status": "confirmed"}))
        .await
        .good();
    assert_eq!(back["status"], "confirmed");
    google.user(ROBIN).post(PRIMARY, event.clone()).await.good();

    for bad in ["abcd", "Abcde", "abcdw", "abc_de", "abc-de"] {
        event["id"] = json!(bad);
        assert_eq!(
            dana.post(PRIMARY, event.clone()).await.refused(),
            (400, "invalid".into()),
            "{bad}"
        );
    }
    let mut both = hour("Both", "2027-03-01T10:00");
    both["id"] = json!("abcde");
    both["iCalUID"] = json!("x@y");
    assert_eq!(dana.post(PRIMARY, both).await.refused(), (400, "invalid".into()));
}

#[tokio::test]
async fn what_google_does_not_document_is_refused() {
    let google = Google::start();
    let dana = google.user(DANA);
    let with = |key: &str, value: serde_json::Value| {
        let mut event = hour("Event", "2027-03-01T10:00");
        event[key] = value;
        event
    };
    for (event, reason) in [
        (with("colour", json!("red")), "badRequest"),
        (
            with(
                "start",
                json!({"dateTime": "2027-03-01T10:00:00", "timezone": "Europe/Berlin"}),
            ),
            "badRequest",
        ),
        (with("summary", json!(5)), "badRequest"),
        (with("start", json!({"dateTime": "2027-03-01T10:00:00"})), "required"),
        (
            with(
                "start",
                json!({"dateTime": "2027-03-01T10:00:00", "timeZone": "Europe/Nowhere"}),
            ),
            "invalid",
        ),
        (with("start", json!({"date": "2027-03-01"})), "invalid"),
        (
            with(
                "start",
                json!({"date": "2027-03-01", "dateTime": "2027-03-01T10:00:00Z"}),
            ),
            "invalid",
        ),
        (with("start", json!({"dateTime": "2027-03-01"})), "invalid"),
        (with("start", json!({})), "required"),
        (
            with(
                "end",
                json!({"dateTime": "2027-03-01T10:00:00", "timeZone": "Europe/Berlin"}),
            ),
            "timeRangeEmpty",
        ),
        (
            with(
                "end",
                json!({"dateTime": "2027-03-01T09:00:00", "timeZone": "Europe/Berlin"}),
            ),
            "timeRangeEmpty",
        ),
        (with("status", json!("maybe")), "invalid"),
        (with("visibility", json!("secret")), "invalid"),
        (with("transparency", json!("glass")), "invalid"),
        (with("colorId", json!("12")), "invalid"),
        (with("eventType", json!("fromGmail")), "invalid"),
        (with("attendees", json!([{"displayName": "Nobody"}])), "required"),
        (with("attendees", json!([{"email": "nobody"}])), "invalid"),
        (
            with(
                "attendees",
                json!([{"email": "a@b.example", "responseStatus": "perhaps"}]),
            ),
            "invalid",
        ),
        (
            with(
                "reminders",
                json!({"useDefault": true, "overrides": [{"method": "popup", "minutes": 5}]}),
            ),
            "cannotUseDefaultRemindersAndSpecifyOverride",
        ),
        (
            with(
                "reminders",
                json!({"useDefault": false, "overrides": [{"method": "sms", "minutes": 5}]}),
            ),
            "invalid",
        ),
        (with("recurrence", json!(["RRULE:FREQ=SECONDLY"])), "invalid"),
        (with("recurrence", json!(["FREQ=DAILY"])), "invalid"),
        (with("recurrence", json!(["DTSTART:20270301T100000Z"])), "invalid"),
        (
            with("recurrence", json!(["RRULE:FREQ=DAILY;UNTIL=20270401T100000"])),
            "invalid",
        ),
    ] {
        let reply = dana.post(PRIMARY, event.clone()).await;
        assert_eq!(reply.refused(), (400, reason.into()), "{event}");
    }
    let zoneless = json!({
        "start": {"dateTime": "2027-03-01T10:00:00Z"},
        "end": {"dateTime": "2027-03-01T11:00:00Z"},
        "recurrence": ["RRULE:FREQ=DAILY"],
    });
    assert_eq!(dana.post(PRIMARY, zoneless).await.refused(), (400, "required".into()));
    let reply = dana
        .post(&format!("{PRIMARY}?sendUpdate=all"), hour("Event", "2027-03-01T10:00"))
        .await;
    assert_eq!(reply.refused().0, 400, "a misspelt parameter");
    let reply = dana
        .post(
            &format!("{PRIMARY}?sendUpdates=some"),
            hour("Event", "2027-03-01T10:00"),
        )
        .await;
    assert_eq!(reply.refused().0, 400, "a word that is not allowed");
    assert!(dana.list("showDeleted=true").await.0.is_empty(), "nothing was written");
}

#[tokio::test]
async fn a_patch_merges_objects_replaces_lists_and_null_removes() {
    let google = Google::start();
    let dana = google.user(DANA);
    let mut event = hour("Event", "2027-03-01T10:00");
    event["location"] = json!("Here");
    event["attendees"] = json!([{"email": "a@x.example"}, {"email": "b@x.example"}]);
    event["extendedProperties"] = json!({"private": {"one": "1", "two": "2"}});
    let event = dana.insert(event).await;
    let patched = dana
        .patch(
            &path(&event),
            json!({
                "location": null,
                "attendees": [{"email": "b@x.example"}],
                "extendedProperties": {"private": {"one": null, "three": "3"}},
            }),
        )
        .await
        .good();
    assert!(patched.get("location").is_none());
    assert_eq!(
        patched["attendees"],
        json!([{"email": "b@x.example", "responseStatus": "needsAction"}])
    );
    assert_eq!(
        patched["extendedProperties"]["private"],
        json!({"two": "2", "three": "3"})
    );
    assert_eq!(patched["summary"], "Event");
    assert_ne!(patched["etag"], event["etag"]);

    let reply = dana
        .patch(
            &path(&event),
            json!({"start": {"date": "2027-03-01"}, "end": {"date": "2027-03-02"}}),
        )
        .await;
    assert_eq!(
        reply.refused(),
        (400, "invalid".into()),
        "a time does not become a day by adding a date"
    );
    let day = json!({
        "start": {"date": "2027-03-01", "dateTime": null, "timeZone": null},
        "end": {"date": "2027-03-02", "dateTime": null, "timeZone": null},
    });
    assert_eq!(
        dana.patch(&path(&event), day).await.good()["start"],
        json!({"date": "2027-03-01"})
    );
}

#[tokio::test]
async fn an_update_drops_what_it_does_not_repeat() {
    let google = Google::start();
    let dana = google.user(DANA);
    let mut event = hour("Event", "2027-03-01T10:00");
    event["location"] = json!("Here");
    event["extendedProperties"] = json!({"private": {"one": "1"}});
    let event = dana.insert(event).await;
    let updated = dana.put(&path(&event), hour("Event", "2027-03-01T10:00")).await.good();
    assert!(updated.get("location").is_none() && updated.get("extendedProperties").is_none());
    assert_eq!(updated["iCalUID"], event["iCalUID"]);
    assert_eq!(updated["created"], event["created"]);
    assert_eq!(
        dana.put(&path(&event), json!({"summary": "No time"})).await.refused(),
        (400, "required".into())
    );
}

#[tokio::test]
async fn an_old_version_is_refused_and_a_known_one_is_not_sent_again() {
    let google = Google::start();
    let dana = google.user(DANA);
    let event = dana.insert(hour("Event", "2027-03-01T10:00")).await;
    let old = event["etag"].as_str().unwrap();
    let unchanged = dana.header("if-none-match", old).get(&path(&event)).await;
    assert_eq!(
        (unchanged.status.as_u16(), &unchanged.json),
        (304, &serde_json::Value::Null)
    );
    dana.header("if-match", old)
        .patch(&path(&event), json!({"summary": "New"}))
        .await
        .good();
    dana.header("if-none-match", old).get(&path(&event)).await.good();
    for reply in [
        dana.header("if-match", old)
            .patch(&path(&event), json!({"summary": "Other"}))
            .await,
        dana.header("if-match", old)
            .put(&path(&event), hour("Other", "2027-03-01T10:00"))
            .await,
        dana.header("if-match", old).delete(&path(&event)).await,
    ] {
        assert_eq!(reply.refused(), (412, "conditionNotMet".into()));
    }
    assert_eq!(dana.header("if-match", "*").delete(&path(&event)).await.status, 204);
}

#[tokio::test]
async fn the_sequence_grows_with_what_guests_must_hear_of_and_never_falls() {
    let google = Google::start();
    let dana = google.user(DANA);
    let event = dana.insert(hour("Event", "2027-03-01T10:00")).await;
    let renamed = dana.patch(&path(&event), json!({"summary": "New"})).await.good();
    assert_eq!(renamed["sequence"], 0);
    let later = hour("x", "2027-03-01T12:00");
    let moved = dana
        .patch(&path(&event), json!({"start": later["start"], "end": later["end"]}))
        .await
        .good();
    assert_eq!(moved["sequence"], 1);
    let reply = dana
        .patch(&path(&event), json!({"summary": "Old", "sequence": 0}))
        .await;
    assert_eq!(reply.refused(), (400, "invalid".into()));
}

#[tokio::test]
async fn long_extended_properties_are_dropped_and_cut_without_a_word() {
    let google = Google::start();
    let dana = google.user(DANA);
    let mut event = hour("Event", "2027-03-01T10:00");
    event["extendedProperties"] = json!({"private": {"k".repeat(45): "gone", "kept": "v".repeat(1100)}});
    let event = dana.insert(event).await;
    let kept = event["extendedProperties"]["private"].as_object().unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept["kept"].as_str().unwrap().len(), 1024);
}

#[tokio::test]
async fn a_conference_is_made_only_for_those_who_know_what_it_is() {
    let google = Google::start();
    let dana = google.user(DANA);
    let mut wish = hour("Call", "2027-03-01T10:00");
    wish["conferenceData"] =
        json!({"createRequest": {"requestId": "r1", "conferenceSolutionKey": {"type": "hangoutsMeet"}}});
    let without = dana.insert(wish.clone()).await;
    assert!(without.get("conferenceData").is_none());
    let event = dana
        .post(&format!("{PRIMARY}?conferenceDataVersion=1"), wish)
        .await
        .good();
    assert_eq!(
        event["conferenceData"]["createRequest"]["status"]["statusCode"],
        "success"
    );
    assert_eq!(event["conferenceData"]["entryPoints"][0]["uri"], event["hangoutLink"]);
    let patched = dana
        .patch(&path(&event), json!({"summary": "Still a call"}))
        .await
        .good();
    assert_eq!(patched["hangoutLink"], event["hangoutLink"]);
    let replaced = dana.put(&path(&event), hour("Call", "2027-03-01T10:00")).await.good();
    assert!(replaced.get("hangoutLink").is_none() && replaced.get("conferenceData").is_none());
}

#[tokio::test]
async fn an_import_finds_its_event_by_uid_even_a_deleted_one_and_sends_no_mail() {
    let google = Google::start();
    let dana = google.user(DANA);
    let mut foreign = hour("Foreign", "2027-03-01T10:00");
    foreign["iCalUID"] = json!("uid-1@elsewhere");
    foreign["organizer"] = json!({"email": "boss@elsewhere.example", "displayName": "Boss"});
    foreign["attendees"] = json!([{"email": DANA, "responseStatus": "accepted"}]);
    let import = format!("{PRIMARY}/import");
    let first = dana.post(&import, foreign.clone()).await.good();
    assert_eq!(
        first["organizer"],
        json!({"email": "boss@elsewhere.example", "displayName": "Boss"})
    );
    assert_eq!(first["attendees"][0]["self"], true);
    foreign["summary"] = json!("Foreign, again");
    let second = dana.post(&import, foreign.clone()).await.good();
    assert_eq!(
        (&second["id"], second["summary"].as_str()),
        (&first["id"], Some("Foreign, again"))
    );
    dana.delete(&path(&first)).await;
    let third = dana.post(&import, foreign.clone()).await.good();
    assert_eq!(
        (&third["id"], third["status"].as_str()),
        (&first["id"], Some("confirmed"))
    );
    assert_eq!(dana.list("iCalUID=uid-1%40elsewhere").await.0.len(), 1);
    foreign.as_object_mut().unwrap().remove("iCalUID");
    assert_eq!(dana.post(&import, foreign).await.refused(), (400, "required".into()));
    assert!(google.control().mails().is_empty());
}

#[tokio::test]
async fn a_moved_event_keeps_its_id_and_leaves_a_tombstone() {
    let google = Google::start();
    let dana = google.user(DANA);
    let other = google.control().add_calendar(DANA, "Other", "Europe/Berlin").unwrap();
    let event = dana.insert(hour("Event", "2027-03-01T10:00")).await;
    let (_, token) = dana.list("").await;
    let moved = dana
        .post(
            &format!("{}/move?destination={other}", path(&event)),
            serde_json::Value::Null,
        )
        .await
        .good();
    assert_eq!(moved["id"], event["id"]);
    assert_eq!(moved["organizer"]["email"], other);
    assert_eq!(moved["creator"], json!({"email": DANA}));
    let (news, _) = dana.list(&format!("syncToken={}", token.unwrap())).await;
    assert_eq!(news[0]["status"], "cancelled");
    let reply = dana
        .post(&format!("{}/move", path(&event)), serde_json::Value::Null)
        .await;
    assert_eq!(reply.refused(), (400, "required".into()));
}
