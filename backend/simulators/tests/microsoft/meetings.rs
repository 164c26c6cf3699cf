//! Guests, their answers, and busy times.

use serde_json::{Value, json};

use crate::harness::{MIRA, Microsoft, NOAH, daily, hour, path};

fn meeting(subject: &str, at: &str) -> Value {
    let mut event = hour(subject, at);
    event["attendees"] = json!([
        {"emailAddress": {"address": NOAH, "name": "Noah Noe"}, "type": "required"},
        {"emailAddress": {"address": "somebody@elsewhere.example"}, "type": "optional"},
    ]);
    event
}

#[tokio::test]
async fn an_invitation_arrives_is_answered_and_the_answer_travels_back() {
    let microsoft = Microsoft::start();
    let (mira, noah) = (microsoft.user(MIRA), microsoft.user(NOAH));
    let made = mira.create(meeting("Planning", "2027-03-01T10:00")).await;
    assert_eq!(microsoft.control().mails()[0].to, [NOAH, "somebody@elsewhere.example"]);
    let copy = noah.all("/me/events").await.remove(0);
    assert_eq!(
        (copy["isOrganizer"].as_bool(), copy["showAs"].as_str(), &copy["uid"]),
        (Some(false), Some("tentative"), &made["uid"])
    );
    assert_eq!(
        (
            copy["responseStatus"]["response"].as_str(),
            copy["organizer"]["emailAddress"]["address"].as_str()
        ),
        (Some("notResponded"), Some(MIRA))
    );
    let reply = noah
        .post(
            &format!("{}/accept", path(&copy)),
            json!({"comment": "Yes", "sendResponse": true}),
        )
        .await;
    assert_eq!(reply.status, 202);
    let seen = mira.get(&path(&made)).await.good();
    assert_eq!(seen["attendees"][0]["status"]["response"], "accepted");
    assert_eq!(noah.get(&path(&copy)).await.good()["showAs"], "busy");
    let silent = noah
        .post(
            &format!("{}/tentativelyAccept", path(&copy)),
            json!({"sendResponse": false}),
        )
        .await;
    assert_eq!(silent.status, 202);
    assert_eq!(
        mira.get(&path(&made)).await.good()["attendees"][0]["status"]["response"],
        "accepted"
    );

    mira.patch(&path(&made), json!({"subject": "Planning, again"}))
        .await
        .good();
    let after = noah.get(&path(&copy)).await.good();
    assert_eq!(
        (after["subject"].as_str(), after["responseStatus"]["response"].as_str()),
        (Some("Planning, again"), Some("tentativelyAccepted"))
    );
    assert_eq!(
        mira.post(&format!("{}/accept", path(&made)), json!({}))
            .await
            .refused()
            .0,
        400
    );
    assert_eq!(
        noah.post(&format!("{}/cancel", path(&copy)), json!({}))
            .await
            .refused()
            .0,
        400
    );
    assert_eq!(
        mira.post(&format!("{}/cancel", path(&made)), json!({"comment": "Sorry"}))
            .await
            .status,
        202
    );
    assert_eq!(noah.get(&path(&copy)).await.good()["isCancelled"], true);
    assert_eq!(microsoft.control().mails().last().unwrap().kind, "cancellation");
}

#[tokio::test]
async fn who_declines_has_it_in_the_calendar_no_longer() {
    let microsoft = Microsoft::start();
    let (mira, noah) = (microsoft.user(MIRA), microsoft.user(NOAH));
    let made = mira.create(meeting("Planning", "2027-03-01T10:00")).await;
    let copy = noah.all("/me/events").await.remove(0);
    assert_eq!(
        noah.post(&format!("{}/decline", path(&copy)), json!({})).await.status,
        202
    );
    assert_eq!(noah.get(&path(&copy)).await.refused().0, 404);
    assert_eq!(
        mira.get(&path(&made)).await.good()["attendees"][0]["status"]["response"],
        "declined"
    );
    let answered = microsoft
        .control()
        .answer(
            made["id"].as_str().unwrap(),
            "somebody@elsewhere.example",
            "tentativelyAccepted",
        )
        .unwrap();
    assert_eq!(answered["attendees"][1]["status"]["response"], "tentativelyAccepted");
    let mut quiet = meeting("Quiet", "2027-03-02T10:00");
    quiet["responseRequested"] = json!(false);
    mira.create(quiet).await;
    let copy = noah.all("/me/events").await.remove(0);
    assert_eq!(
        noah.post(&format!("{}/accept", path(&copy)), json!({}))
            .await
            .refused()
            .0,
        400,
        "nobody asked"
    );
    assert_eq!(
        noah.post(&format!("{}/accept", path(&copy)), json!({"sendResponse": false}))
            .await
            .status,
        202
    );
}

#[tokio::test]
async fn schedules_show_when_and_to_oneself_what() {
    let microsoft = Microsoft::start();
    let (mira, noah) = (microsoft.user(MIRA), microsoft.user(NOAH));
    noah.create(hour("Busy", "2027-03-01T10:00")).await;
    let mut out = daily("Away", "2027-03-01T12:00", 2);
    out["showAs"] = json!("oof");
    noah.create(out).await;
    let ask = json!({
        "schedules": [NOAH, "nobody@elsewhere.example"],
        "startTime": {"dateTime": "2027-03-01T10:00:00", "timeZone": "W. Europe Standard Time"},
        "endTime": {"dateTime": "2027-03-01T14:00:00", "timeZone": "W. Europe Standard Time"},
        "availabilityViewInterval": 60,
    });
    let seen = mira.post("/me/calendar/getSchedule", ask.clone()).await.good();
    assert_eq!(seen["value"][0]["availabilityView"], "2030");
    assert!(seen["value"][0]["scheduleItems"][0].get("subject").is_none());
    assert_eq!(seen["value"][1]["error"]["responseCode"], "ErrorMailRecipientNotFound");
    let own = noah.post("/me/calendar/getSchedule", ask.clone()).await.good();
    assert_eq!(own["value"][0]["scheduleItems"][1]["subject"], "Away");
    let mut wrong = ask;
    wrong["availabilityViewInterval"] = json!(3);
    assert_eq!(mira.post("/me/calendar/getSchedule", wrong).await.refused().0, 400);
}
