//! Events made, read, changed, deleted.

use serde_json::json;

use crate::harness::{LEO, MIRA, Microsoft, NOAH, hour, path};

#[tokio::test]
async fn an_event_comes_back_whole() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let mut body = hour("Review", "2027-03-01T10:00");
    body["body"] = json!({"contentType": "text", "content": "One\nTwo & three"});
    body["location"] = json!({"displayName": "Room 1"});
    body["categories"] = json!(["Blue category"]);
    body["sensitivity"] = json!("private");
    body["showAs"] = json!("oof");
    body["importance"] = json!("high");
    body["reminderMinutesBeforeStart"] = json!(45);
    body["attachments"] = json!([{"@odata.type": "#microsoft.graph.fileAttachment", "name": "a"}]);
    let reply = mira.post("/me/events", body).await;
    assert_eq!(reply.status, 201);
    assert_eq!(reply.headers["etag"], reply.json["@odata.etag"].as_str().unwrap());
    let made = reply.good();
    assert_eq!(
        made["start"],
        json!({"dateTime": "2027-03-01T09:00:00.0000000", "timeZone": "UTC"})
    );
    assert_eq!(made["originalStartTimeZone"], "W. Europe Standard Time");
    assert_eq!(made["body"]["contentType"], "html");
    assert!(made["body"]["content"].as_str().unwrap().contains("Two &amp; three"));
    assert_eq!(made["bodyPreview"], "One\nTwo & three");
    assert_eq!(made["locations"][0]["displayName"], "Room 1");
    let text = mira
        .prefer("outlook.body-content-type=\"text\"")
        .get(&path(&made))
        .await
        .good();
    assert_eq!(
        text["body"],
        json!({"contentType": "text", "content": "One\nTwo & three"})
    );
    assert_eq!(text["responseStatus"]["response"], "organizer");
    for (key, value) in [
        ("sensitivity", "private"),
        ("showAs", "oof"),
        ("importance", "high"),
        ("type", "singleInstance"),
    ] {
        assert_eq!(text[key], value);
    }
}

#[tokio::test]
async fn a_transaction_id_makes_one_event_however_often_it_is_sent() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let mut body = hour("Once", "2027-03-01T10:00");
    body["transactionId"] = json!("b7a6c1f0-1");
    let one = mira.create(body.clone()).await;
    let other = mira.create(body.clone()).await;
    assert_eq!(
        (one["id"].as_str(), one["transactionId"].as_str()),
        (other["id"].as_str(), Some("b7a6c1f0-1"))
    );
    microsoft.user(LEO).create(body).await;
    assert_eq!(mira.all("/me/events").await.len(), 1);
    let reply = mira.patch(&path(&one), json!({"transactionId": "other"})).await;
    assert_eq!(reply.refused(), (400, "ErrorInvalidPropertySet".into()));
}

#[tokio::test]
async fn what_is_not_documented_is_refused() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    for (change, code) in [
        (json!({"summary": "x"}), "RequestBodyRead"),
        (json!({"showAs": "gone"}), "RequestBodyRead"),
        (json!({"isAllDay": "true"}), "RequestBodyRead"),
        (
            json!({"start": {"dateTime": "2027-03-01T10:00:00", "timezone": "UTC"}}),
            "RequestBodyRead",
        ),
        (json!({"attendees": [{"email": "a@b.example"}]}), "RequestBodyRead"),
        (
            json!({"attendees": [{"emailAddress": {"address": "nobody"}}]}),
            "ErrorInvalidRecipients",
        ),
        (json!({"iCalUId": "mine"}), "ErrorInvalidPropertySet"),
        (json!({"isOrganizer": true}), "ErrorInvalidPropertySet"),
        (
            json!({"start": {"dateTime": "2027-03-01T10:00:00", "timeZone": "Mars Standard Time"}}),
            "TimeZoneNotSupportedException",
        ),
        (
            json!({"start": {"dateTime": "2027-03-01T10:00:00Z", "timeZone": "UTC"}}),
            "ErrorPropertyValidationFailure",
        ),
        (
            json!({"start": {"dateTime": "tomorrow", "timeZone": "UTC"}}),
            "ErrorPropertyValidationFailure",
        ),
        (
            json!({"end": {"dateTime": "2027-02-28T10:00:00", "timeZone": "UTC"}}),
            "ErrorCalendarEndDateIsEarlierThanStartDate",
        ),
        (json!({"isAllDay": true}), "ErrorInvalidRequest"),
        (
            json!({"singleValueExtendedProperties": [{"id": "mine", "value": "x"}]}),
            "ErrorInvalidProperty",
        ),
    ] {
        let mut body = hour("Odd", "2027-03-01T10:00");
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        assert_eq!(
            mira.post("/me/events", body).await.refused(),
            (400, code.to_string()),
            "{change}"
        );
    }
    let no_start = mira.post("/me/events", json!({"subject": "x"})).await;
    assert_eq!(no_start.refused().0, 400);
    assert!(mira.all("/me/events").await.is_empty());
}

#[tokio::test]
async fn whole_days_begin_and_end_at_midnight_of_one_zone() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let day = |from: &str, to: &str, zones: (&str, &str)| {
        json!({
            "subject": "Day", "isAllDay": true,
            "start": {"dateTime": from, "timeZone": zones.0}, "end": {"dateTime": to, "timeZone": zones.1},
        })
    };
    let same = ("W. Europe Standard Time", "W. Europe Standard Time");
    let made = mira
        .create(day("2027-03-01T00:00:00", "2027-03-03T00:00:00", same))
        .await;
    assert_eq!(
        (made["start"]["dateTime"].as_str(), made["end"]["dateTime"].as_str()),
        (Some("2027-03-01T00:00:00.0000000"), Some("2027-03-03T00:00:00.0000000"))
    );
    for wrong in [
        day("2027-03-01T08:00:00", "2027-03-03T00:00:00", same),
        day("2027-03-01T00:00:00", "2027-03-01T00:00:00", same),
        day(
            "2027-03-01T00:00:00",
            "2027-03-02T00:00:00",
            ("UTC", "W. Europe Standard Time"),
        ),
    ] {
        assert_eq!(
            mira.post("/me/events", wrong).await.refused(),
            (400, "ErrorInvalidRequest".into())
        );
    }
}

#[tokio::test]
async fn a_change_needs_the_version_it_was_made_for() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let made = mira.create(hour("First", "2027-03-01T10:00")).await;
    let tag = made["@odata.etag"].as_str().unwrap();
    let changed = mira
        .header("If-Match", tag)
        .patch(&path(&made), json!({"subject": "Second"}))
        .await
        .good();
    assert_eq!(
        (changed["subject"].as_str(), changed["showAs"].as_str()),
        (Some("Second"), Some("busy"))
    );
    assert_ne!(changed["changeKey"], made["changeKey"]);
    let late = mira.header("If-Match", tag);
    assert_eq!(
        late.patch(&path(&made), json!({"subject": "Third"})).await.refused(),
        (412, "ErrorIrresolvableConflict".into())
    );
    assert_eq!(late.delete(&path(&made)).await.refused().0, 412);
    let key = changed["changeKey"].as_str().unwrap();
    assert_eq!(mira.header("If-Match", key).delete(&path(&made)).await.status, 204);
    assert_eq!(
        mira.get(&path(&made)).await.refused(),
        (404, "ErrorItemNotFound".into())
    );
    assert_eq!(mira.delete(&path(&made)).await.refused().0, 404);
}

#[tokio::test]
async fn ids_come_in_two_kinds_mean_the_same_and_belong_to_one_mailbox() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let made = mira.create(hour("Mine", "2027-03-01T10:00")).await;
    let lasting = mira.prefer("IdType=\"ImmutableId\"").get(&path(&made)).await;
    assert!(
        lasting.headers["preference-applied"]
            .to_str()
            .unwrap()
            .contains("ImmutableId")
    );
    let lasting = lasting.good();
    assert_ne!(made["id"], lasting["id"]);
    assert_eq!(mira.get(&path(&lasting)).await.good()["id"], made["id"]);
    let shouted = made["id"].as_str().unwrap().to_uppercase();
    assert_ne!(
        mira.get(&format!("/me/events/{shouted}")).await.status,
        200,
        "upper and lower case differ"
    );
    assert_eq!(
        mira.get("/me/events/nonsense").await.refused(),
        (400, "ErrorInvalidIdMalformed".into())
    );
    assert_eq!(microsoft.user(NOAH).get(&path(&made)).await.refused().0, 404);
}

#[tokio::test]
async fn an_online_meeting_is_made_once_and_not_for_personal_accounts() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let mut body = hour("Call", "2027-03-01T10:00");
    body["isOnlineMeeting"] = json!(true);
    let made = mira.create(body.clone()).await;
    assert_eq!(made["onlineMeetingProvider"], "teamsForBusiness");
    let link = made["onlineMeeting"]["joinUrl"].clone();
    assert!(link.is_string());
    let kept = mira
        .patch(
            &path(&made),
            json!({"isOnlineMeeting": false, "subject": "Still a call"}),
        )
        .await
        .good();
    assert_eq!(
        (kept["isOnlineMeeting"].as_bool(), &kept["onlineMeeting"]["joinUrl"]),
        (Some(true), &link)
    );
    assert_eq!(microsoft.user(LEO).create(body).await["isOnlineMeeting"], false);
}

#[tokio::test]
async fn open_extensions_are_kept() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let made = mira.create(hour("Extended", "2027-03-01T10:00")).await;
    let at = format!("{}/extensions", path(&made));
    let body =
        json!({"@odata.type": "microsoft.graph.openTypeExtension", "extensionName": "com.example.stacker", "ours": 7});
    assert_eq!(mira.post(&at, body.clone()).await.status, 201);
    assert_eq!(mira.post(&at, body).await.refused().0, 409);
    assert_eq!(mira.get(&format!("{at}/com.example.stacker")).await.good()["ours"], 7);
    let whole = mira.get(&format!("{}?$expand=extensions", path(&made))).await.good();
    assert_eq!(whole["extensions"][0]["extensionName"], "com.example.stacker");
    assert_eq!(mira.delete(&format!("{at}/com.example.stacker")).await.status, 204);
    assert_eq!(mira.get(&format!("{at}/com.example.stacker")).await.refused().0, 404);
}
