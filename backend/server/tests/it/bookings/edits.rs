//! Somebody changes the event of a booking where it is kept: the client's policy decides.

use serde_json::{Value, json};
use simulators::google::{Effect, Fault};

use super::{Entry, Practice, Side};
use crate::google::ANN;

everywhere!(
    a_booking_follows_its_event_and_what_it_was_is_written_down,
    a_booking_that_counts_puts_its_event_back,
    who_wants_to_be_asked_is_asked_once_and_chooses,
);

/// A booking at ten, whose event is moved to noon at the provider.
pub(super) async fn moved<S: Side>(practice: &Practice<S>) -> Value {
    let booking = practice.book("10:00").await;
    practice.settle().await;
    drag(practice, &practice.entries().await[0], ("12:00", "12:45")).await;
    booking
}

/// Somebody moves an event at the provider, and we look.
pub(super) async fn drag<S: Side>(practice: &Practice<S>, entry: &Entry, (from, to): (&str, &str)) {
    practice.world.shift(entry, practice.span(from, to)).await;
    practice.sync().await;
    practice.job().await;
}

async fn a_booking_follows_its_event_and_what_it_was_is_written_down<S: Side>(practice: Practice<S>) {
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
    practice.world.take(&practice.entries().await[0]).await;
    practice.sync().await;
    practice.job().await;
    assert_eq!(practice.booking(&booking).await["status"], "cancelled");
    assert!(practice.codes("12:00").await.is_empty());
}

async fn a_booking_that_counts_puts_its_event_back<S: Side>(practice: Practice<S>) {
    practice
        .policy(json!({"on_move": "app_wins", "on_delete": "app_wins"}))
        .await;
    let booking = moved(&practice).await;
    let back = async || {
        practice.settle().await;
        assert_eq!(practice.booking(&booking).await["start"], practice.at("10:00"));
        let entries = practice.entries().await;
        assert_eq!((entries.len(), entries[0].start), (1, practice.instant("10:00")));
        entries
    };
    let entries = back().await;
    practice.world.take(&entries[0]).await;
    practice.sync().await;
    practice.job().await;
    back().await;
}

async fn who_wants_to_be_asked_is_asked_once_and_chooses<S: Side>(practice: Practice<S>) {
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

#[tokio::test]
async fn an_event_on_top_of_another_booking_of_the_service_is_a_clash_and_said_once() {
    let practice = Practice::open().await;
    practice.policy(json!({"on_move": "provider_wins"})).await;
    let first = practice.book("10:00").await;
    let second = practice.book("13:00").await;
    practice.settle().await;
    drag(&practice, &practice.entries().await[0], ("13:00", "13:45")).await;
    let shown = practice.booking(&first).await;
    assert_eq!(
        (&shown["flagged"], &shown["start"]),
        (&json!(true), &json!(practice.at("10:00"))),
        "one seat is one seat"
    );
    practice.job().await;
    practice.job().await;
    let later = practice.booking(&first).await;
    assert_eq!(
        later["revision"], shown["revision"],
        "who has opened it can still save it"
    );
    assert_eq!(practice.deeds(&first).await, ["created", "clash"]);
    practice
        .act(&first, "settle", json!({"keep": "event"}))
        .await
        .problem(409, "conflict");
    assert_eq!(practice.booking(&first).await["flagged"], true, "nothing was settled");
    practice.act(&second, "cancel", json!({})).await.ok(200);
    let settled = practice.act(&first, "settle", json!({"keep": "event"})).await.ok(200);
    assert_eq!(settled.body["start"], practice.at("13:00"));
}

#[tokio::test]
async fn other_words_for_a_booking_leave_its_event_where_somebody_put_it() {
    let practice = Practice::open().await;
    let booking = moved(&practice).await;
    let path = format!("/bookings/{}", booking["id"].as_str().unwrap());
    let seen = practice.owner().get(&path).await.ok(200);
    let change = practice.owner().request(reqwest::Method::PATCH, &path);
    let change = change.header("if-match", seen.header("etag"));
    crate::harness::send(change.json(&json!({"notes_private": "Prefers noon"})))
        .await
        .ok(200);
    practice.settle().await;
    assert_eq!(practice.entries().await[0].start, practice.instant("12:00"));
    assert_eq!(practice.booking(&booking).await["flagged"], true);
}

#[tokio::test]
async fn a_write_that_shows_a_booking_cannot_be_taken_back_by_itself() {
    let practice = Practice::open().await;
    let away = Effect::Status {
        status: 503,
        retry_after: None,
    };
    practice
        .world
        .control()
        .fault(Fault::always("calendar.events.insert", away));
    let booking = practice.book("10:00").await;
    practice.settle().await;
    let waiting = practice.owner().get("/mappings").await.ok(200).body;
    let id = waiting["data"][0]["id"].as_str().unwrap();
    practice
        .owner()
        .post(&format!("/mappings/{id}/discard"), json!({}))
        .await
        .problem(409, "conflict");
    practice.job().await;
    assert_eq!(practice.booking(&booking).await["status"], "confirmed");
}

#[tokio::test]
async fn what_was_done_last_is_taken_back_also_what_was_done_at_the_provider() {
    let practice = Practice::open().await;
    practice
        .policy(json!({"on_move": "provider_wins", "on_delete": "provider_wins"}))
        .await;
    let booking = moved(&practice).await;
    assert_eq!(practice.booking(&booking).await["start"], practice.at("12:00"));
    let undone = practice.act(&booking, "undo", json!({})).await.ok(200).body;
    assert_eq!(
        (&undone["start"], &undone["end"]),
        (&json!(practice.at("10:00")), &json!(practice.at("10:45")))
    );
    practice.settle().await;
    let there: jiff::Timestamp = practice.there()[0]["start"]["dateTime"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(there.to_string(), practice.at("10:00"), "its event goes with it");
    practice.job().await;
    assert_eq!(
        practice.booking(&booking).await["start"],
        practice.at("10:00"),
        "and nobody moves it again"
    );

    let event = practice.there()[0]["id"].as_str().unwrap().to_owned();
    practice.world.control().delete_event(ANN, &event).unwrap();
    practice.sync().await;
    practice.job().await;
    assert_eq!(practice.booking(&booking).await["status"], "cancelled");
    let undone = practice.act(&booking, "undo", json!({})).await.ok(200).body;
    assert_eq!(
        (&undone["status"], &undone["cancelled_at"]),
        (&json!("confirmed"), &Value::Null)
    );
    practice.settle().await;
    assert_eq!(practice.there().len(), 1, "it has an event again");
    assert_eq!(practice.codes("10:00").await, ["booked"]);
    assert_eq!(
        practice.deeds(&booking).await,
        ["created", "moved", "undone", "cancelled", "undone"]
    );
}

#[tokio::test]
async fn nothing_is_taken_back_when_somebody_else_has_the_time_or_there_is_nothing_to_take_back() {
    let practice = Practice::open().await;
    let booking = practice.book("10:00").await;
    let first = practice.act(&booking, "undo", json!({})).await;
    assert!(
        first
            .problem(409, "conflict")
            .text("detail")
            .contains("nothing to undo")
    );
    practice
        .act(&booking, "reschedule", json!({"start": practice.at("12:00")}))
        .await
        .ok(200);
    practice.book("10:00").await;
    practice
        .act(&booking, "undo", json!({}))
        .await
        .problem(409, "slot_unavailable");
    assert_eq!(practice.booking(&booking).await["start"], practice.at("12:00"));
    // Nor when somebody has taken it at the provider a moment ago, and we have not heard of it.
    practice.act(&booking, "cancel", json!({})).await.ok(200);
    practice.settle().await;
    let taken = json!({"summary": "Dentist", "start": {"dateTime": practice.at("12:00")}, "end": {"dateTime": practice.at("13:00")}});
    practice.world.control().insert_event(ANN, &taken).unwrap();
    practice
        .act(&booking, "undo", json!({}))
        .await
        .problem(409, "slot_unavailable");
    for event in practice.there() {
        let id = event["id"].as_str().unwrap();
        practice.world.control().delete_event(ANN, id).unwrap();
    }
    practice.act(&booking, "undo", json!({})).await.ok(200);
    // Words come back, and undone twice is as before.
    let path = format!("/bookings/{}", booking["id"].as_str().unwrap());
    let edit = |text: &str| json!({"notes_shared": text});
    for text in ["first", "second"] {
        let now = practice.owner().get(&path).await.ok(200);
        crate::services::patch_as_of(practice.owner(), &path, now.header("etag"), edit(text))
            .await
            .ok(200);
    }
    for text in ["first", "second"] {
        let undone = practice.act(&booking, "undo", json!({})).await.ok(200).body;
        assert_eq!(undone["notes_shared"], text);
    }
    let stale = practice.owner().request(reqwest::Method::POST, &format!("{path}/undo"));
    crate::harness::send(stale.header("if-match", "\"1\"").json(&json!({})))
        .await
        .problem(412, "precondition_failed");
    let stale = practice
        .owner()
        .request(reqwest::Method::POST, &format!("{path}/settle"));
    crate::harness::send(stale.header("if-match", "\"1\"").json(&json!({"keep": "booking"})))
        .await
        .problem(412, "precondition_failed");
}

#[tokio::test]
async fn a_booking_that_is_to_be_moved_is_not_in_its_own_way() {
    let practice = Practice::open().await;
    let booking = practice.book("10:00").await;
    let id = booking["id"].as_str().unwrap();
    let more = format!("&staff_id={}", practice.sam);
    assert_eq!(practice.check("10:15", &more).await.body["available"], false);
    let moving = format!("{more}&moving={id}");
    assert_eq!(practice.check("10:15", &moving).await.body["available"], true);
    let (from, to) = (practice.at("10:00"), practice.at("10:30"));
    let slots = format!(
        "/availability/slots?service_id={}&from={from}&to={to}{moving}",
        practice.service
    );
    assert_eq!(
        practice.owner().get(&slots).await.ok(200).body["data"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let eve = practice.world.app.stranger().await;
    let path = format!(
        "/availability/check?service_id={}&start={from}&moving={id}",
        practice.service
    );
    eve.get(&path).await.problem(404, "not_found");
}

#[tokio::test]
async fn other_words_in_the_calendar_stay_go_or_are_asked_about_as_the_client_wants() {
    let practice = Practice::open().await;
    let booking = practice.book("10:00").await;
    practice.settle().await;
    let reword = async |title: &str| {
        let event = practice.there()[0]["id"].as_str().unwrap().to_owned();
        let patch = json!({"summary": title});
        practice.world.control().patch_event(ANN, &event, &patch).unwrap();
        practice.sync().await;
        practice.job().await;
        practice.settle().await;
        practice.there()[0]["summary"].clone()
    };
    assert_eq!(reword("Mrs Lind, bring X-rays").await, "Mrs Lind, bring X-rays");
    assert_eq!(practice.deeds(&booking).await, ["created", "rewritten"]);
    practice.policy(json!({"on_text": "app_wins"})).await;
    assert_eq!(reword("Something else").await, "Check-up");
    practice.job().await;
    practice.policy(json!({"on_text": "ask"})).await;
    assert_eq!(reword("Private").await, "Private");
    practice.job().await;
    let deeds = ["created", "rewritten", "put_back", "rewritten_in_calendar"];
    assert_eq!(practice.deeds(&booking).await, deeds, "and nobody is asked twice");
    let settled = practice
        .act(&booking, "settle", json!({"keep": "booking"}))
        .await
        .ok(200);
    assert_eq!(settled.body["flagged"], false);
    practice.settle().await;
    assert_eq!(practice.there()[0]["summary"], "Check-up");
}

#[tokio::test]
async fn whoever_decides_about_a_booking_that_was_dragged_puts_its_event_back() {
    let practice = Practice::open().await;
    for decide in ["reschedule", "reassign"] {
        let booking = moved(&practice).await;
        assert_eq!(practice.booking(&booking).await["flagged"], true, "{decide}");
        let how = match decide {
            "reschedule" => json!({"start": practice.at("10:00")}),
            _ => json!({"staff_ids": [practice.sam]}),
        };
        let now = practice.act(&booking, decide, how).await.ok(200).body;
        assert_eq!(
            (&now["flagged"], &now["start"]),
            (&json!(false), &json!(practice.at("10:00")))
        );
        practice.settle().await;
        practice.job().await;
        assert_eq!(practice.entries().await[0].start, practice.instant("10:00"), "{decide}");
        assert_eq!(practice.booking(&booking).await["flagged"], false, "{decide}");
        practice.act(&booking, "cancel", json!({})).await.ok(200);
        practice.settle().await;
    }
}
