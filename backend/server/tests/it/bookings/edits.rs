//! Somebody changes the event of a booking where it is kept: the client's policy decides.

use serde_json::{Value, json};

use super::Practice;
use crate::google::ANN;

/// A booking at ten, whose event is moved to noon at Google.
async fn moved(practice: &Practice) -> Value {
    let booking = practice.book("10:00").await;
    practice.settle().await;
    let event = &practice.there()[0];
    let patch = json!({"start": {"dateTime": practice.at("12:00")}, "end": {"dateTime": practice.at("12:45")}});
    practice
        .world
        .control()
        .patch_event(ANN, event["id"].as_str().unwrap(), &patch)
        .unwrap();
    practice.sync().await;
    practice.job().await;
    booking
}

#[tokio::test]
async fn a_booking_follows_its_event_and_what_it_was_is_written_down() {
    let practice = Practice::open().await;
    practice
        .policy(json!({"on_move": "provider_wins", "on_delete": "provider_wins"}))
        .await;
    let booking = moved(&practice).await;
    assert_eq!(practice.booking(&booking).await["start"], practice.at("12:00"));
    assert!(practice.codes("10:00").await.is_empty());
    assert_eq!(practice.codes("12:00").await, ["booked"]);
    let path = format!("/bookings/{}/history", booking["id"].as_str().unwrap());
    let history = practice.owner().get(&path).await.ok(200).body;
    let last = &history["data"][1];
    assert_eq!(
        (&last["actor"], &last["action"], &last["before"]["start"]),
        (&json!("provider"), &json!("moved"), &json!(practice.at("10:00")))
    );
    let event = practice.there()[0].clone();
    practice
        .world
        .control()
        .delete_event(ANN, event["id"].as_str().unwrap())
        .unwrap();
    practice.sync().await;
    practice.job().await;
    assert_eq!(practice.booking(&booking).await["status"], "cancelled");
    assert!(practice.codes("12:00").await.is_empty());
}

#[tokio::test]
async fn a_booking_that_counts_puts_its_event_back() {
    let practice = Practice::open().await;
    practice.policy(json!({"on_move": "app_wins"})).await;
    let booking = moved(&practice).await;
    practice.settle().await;
    assert_eq!(practice.booking(&booking).await["start"], practice.at("10:00"));
    let there: jiff::Timestamp = practice.there()[0]["start"]["dateTime"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(there.to_string(), practice.at("10:00"));
}

#[tokio::test]
async fn who_wants_to_be_asked_is_asked_once_and_chooses() {
    let practice = Practice::open().await;
    let booking = moved(&practice).await;
    practice.job().await;
    let shown = practice.booking(&booking).await;
    assert_eq!(
        (&shown["flagged"], &shown["start"]),
        (&json!(true), &json!(practice.at("10:00")))
    );
    assert_eq!(practice.deeds(&booking).await, ["created", "moved_in_calendar"]);
    let settled = practice
        .act(&booking, "settle", json!({"keep": "event"}))
        .await
        .ok(200)
        .body;
    assert_eq!(
        (&settled["flagged"], &settled["start"]),
        (&json!(false), &json!(practice.at("12:00")))
    );
}
