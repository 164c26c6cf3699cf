//! Invitations between accounts, answers, and the mail that would have been sent.

use serde_json::{Value, json};

use crate::harness::{DANA, Google, ROBIN, hour, series};

fn path(event: &Value) -> String {
    format!("/calendars/primary/events/{}", event["id"].as_str().unwrap())
}

fn invitation() -> Value {
    let mut event = hour("Meeting", "2027-03-01T10:00");
    event["attendees"] =
        json!([{"email": DANA, "responseStatus": "accepted"}, {"email": ROBIN}, {"email": "ext@else.example"}]);
    event["reminders"] = json!({"useDefault": false});
    event["extendedProperties"] = json!({"private": {"mine": "1"}, "shared": {"ours": "2"}});
    event
}

#[tokio::test]
async fn an_invitation_appears_in_the_guests_calendar_and_their_answer_comes_back() {
    let google = Google::start();
    let (dana, robin) = (google.user(DANA), google.user(ROBIN));
    let event = dana.insert(invitation()).await;
    let copy = robin.get(&path(&event)).await.good();
    assert_eq!(copy["iCalUID"], event["iCalUID"]);
    assert_eq!(copy["organizer"], json!({"email": DANA}));
    assert_eq!(
        copy["attendees"][1],
        json!({"email": ROBIN, "responseStatus": "needsAction", "self": true})
    );
    assert_eq!(
        copy["extendedProperties"],
        json!({"shared": {"ours": "2"}}),
        "private properties stay private"
    );

    let mut guests = copy["attendees"].clone();
    guests[1]["responseStatus"] = json!("tentative");
    robin.patch(&path(&event), json!({"attendees": guests})).await.good();
    let seen = dana.get(&path(&event)).await.good();
    assert_eq!(seen["attendees"][1]["responseStatus"], "tentative");
    assert_eq!(seen["attendees"][0]["organizer"], true);
    assert_eq!(seen["extendedProperties"]["private"], json!({"mine": "1"}));

    assert_eq!(robin.delete(&path(&event)).await.status, 204);
    assert_eq!(
        dana.get(&path(&event)).await.good()["attendees"][1]["responseStatus"],
        "declined"
    );
    dana.delete(&path(&event)).await;
    assert_eq!(robin.get(&path(&event)).await.good()["status"], "cancelled");
}

#[tokio::test]
async fn a_guest_changes_their_own_side_only() {
    let google = Google::start();
    let (dana, robin) = (google.user(DANA), google.user(ROBIN));
    let event = dana.insert(invitation()).await;
    let reply = robin.patch(&path(&event), json!({"summary": "My meeting"})).await;
    assert_eq!(reply.refused(), (403, "forbiddenForNonOrganizer".into()));
    robin
        .patch(&path(&event), json!({"colorId": "5", "transparency": "transparent"}))
        .await
        .good();
    dana.patch(&path(&event), json!({"summary": "Renamed"})).await.good();
    let copy = robin.get(&path(&event)).await.good();
    assert_eq!(
        (copy["summary"].as_str(), copy["colorId"].as_str()),
        (Some("Renamed"), Some("5"))
    );

    dana.patch(&path(&event), json!({"guestsCanModify": true})).await.good();
    robin.patch(&path(&event), json!({"location": "Garden"})).await.good();
    assert_eq!(dana.get(&path(&event)).await.good()["location"], "Garden");
}

#[tokio::test]
async fn one_occurrence_can_be_answered_alone() {
    let google = Google::start();
    let (dana, robin) = (google.user(DANA), google.user(ROBIN));
    let mut event = series("Weekly", "2027-03-01T10:00", "RRULE:FREQ=WEEKLY;COUNT=3");
    event["attendees"] = json!([{"email": ROBIN}]);
    let event = dana.insert(event).await;
    let second = format!("{}_20270308T090000Z", path(&event));
    robin
        .patch(
            &second,
            json!({"attendees": [{"email": ROBIN, "responseStatus": "declined"}]}),
        )
        .await
        .good();
    assert_eq!(
        dana.get(&second).await.good()["attendees"][0]["responseStatus"],
        "declined"
    );
    assert_eq!(
        dana.get(&path(&event)).await.good()["attendees"][0]["responseStatus"],
        "needsAction"
    );
}

#[tokio::test]
async fn mail_goes_to_whom_one_says() {
    let google = Google::start();
    let dana = google.user(DANA);
    let event = dana.insert(invitation()).await;
    assert!(google.control().mails().is_empty(), "nobody was to be told");
    let go = async |query: &str| {
        let before = google.control().mails().len();
        dana.patch(&format!("{}?{query}", path(&event)), json!({"summary": query}))
            .await
            .good();
        google.control().mails()[before..]
            .iter()
            .map(|m| (m.kind.clone(), m.to.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(go("sendUpdates=none").await, []);
    assert_eq!(
        go("sendUpdates=externalOnly").await,
        [("update".into(), vec!["ext@else.example".into()])]
    );
    assert_eq!(
        go("sendUpdates=all").await,
        [("update".into(), vec![ROBIN.into(), "ext@else.example".into()])]
    );
    assert_eq!(go("sendNotifications=true").await.len(), 1);
    dana.delete(&format!("{}?sendUpdates=all", path(&event))).await;
    assert_eq!(google.control().mails().last().unwrap().kind, "cancellation");
}

#[tokio::test]
async fn an_uninvited_guest_loses_the_event() {
    let google = Google::start();
    let (dana, robin) = (google.user(DANA), google.user(ROBIN));
    let event = dana.insert(invitation()).await;
    dana.patch(&path(&event), json!({"attendees": [{"email": DANA}]}))
        .await
        .good();
    assert_eq!(robin.get(&path(&event)).await.good()["status"], "cancelled");
}
