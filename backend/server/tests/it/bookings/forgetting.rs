//! Who is forgotten is named nowhere any more, in no calendar either.

use super::*;
use crate::services::patch_as_of;

/// A booking of Cara's with Sam, written into his calendar.
async fn booked(practice: &Practice, cara: &str) -> Value {
    let body = json!({"staff_ids": [practice.sam], "customer_id": cara, "notes_shared": "knee"});
    let booking = practice.try_book("10:00", body).await.ok(201).body;
    practice.settle().await;
    let there = said(practice);
    assert_eq!(there.0, "Check-up - Cara Lind");
    assert!(there.1.contains("Phone: +49 30 1234"), "{}", there.1);
    booking
}

/// Title and description of the one event in Sam's calendar, as Google has it.
fn said(practice: &Practice) -> (String, String) {
    let there = practice.there();
    let [event] = there.as_slice() else { panic!("{there:?}") };
    let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    (text("summary"), text("description"))
}

async fn forget(practice: &Practice, customer: &str) {
    let path = format!("/customers/{customer}");
    practice.owner().delete(&path).await.ok(204);
    practice.owner().get(&path).await.problem(404, "not_found");
    practice.settle().await;
}

#[tokio::test]
async fn the_events_of_who_is_forgotten_name_nobody_also_when_they_are_moved() {
    let practice = Practice::open().await;
    let cara = practice.customer().await;
    let booking = booked(&practice, &cara).await;
    let first = practice.there()[0]["id"].clone();
    forget(&practice, &cara).await;
    let nameless = ("Check-up".to_owned(), "knee".to_owned());
    assert_eq!(said(&practice), nameless);
    assert_eq!(practice.there()[0]["id"], first, "it is the same event");
    let now = practice.booking(&booking).await;
    assert_eq!((&now["customer"], &now["flagged"]), (&Value::Null, &json!(false)));
    assert_ne!(
        now["revision"], booking["revision"],
        "who looks again sees that it has changed"
    );
    let to = json!({"start": practice.at("14:00")});
    practice.act(&booking, "reschedule", to).await.ok(200);
    practice.settle().await;
    assert_eq!(said(&practice), nameless);
    practice.job().await;
    assert_eq!(practice.booking(&booking).await["flagged"], false);
}

#[tokio::test]
async fn a_number_that_was_another_one_when_it_was_written_goes_too() {
    let practice = Practice::open().await;
    let cara = practice.customer().await;
    booked(&practice, &cara).await;
    let path = format!("/customers/{cara}");
    let seen = practice.owner().get(&path).await.ok(200);
    patch_as_of(practice.owner(), &path, seen.header("etag"), json!({"phone": null}))
        .await
        .ok(200);
    forget(&practice, &cara).await;
    assert_eq!(said(&practice), ("Check-up".to_owned(), "knee".to_owned()));
}

#[tokio::test]
async fn who_is_forgotten_does_not_come_back_with_what_is_taken_back() {
    let practice = Practice::open().await;
    let cara = practice.customer().await;
    let booking = booked(&practice, &cara).await;
    let path = format!("/bookings/{}", booking["id"].as_str().unwrap());
    let seen = practice.owner().get(&path).await.ok(200);
    let nobody = json!({"customer_id": null, "notes_shared": "other knee"});
    patch_as_of(practice.owner(), &path, seen.header("etag"), nobody)
        .await
        .ok(200);
    forget(&practice, &cara).await;
    let undone = practice.act(&booking, "undo", json!({})).await.ok(200).body;
    assert_eq!(
        (&undone["customer"], &undone["notes_shared"]),
        (&Value::Null, &json!("knee"))
    );
}

#[tokio::test]
async fn who_came_very_often_is_forgotten_all_the_same() {
    let practice = Practice::open().await;
    let body = json!({"client_id": practice.one.client, "name": "Lee"});
    let lee = practice.owner().post("/staff", body).await.ok(201).text("id");
    let day = json!([{"from": "09:00", "to": "17:00"}]);
    let weekly: Value = json!({"monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day});
    let hours = json!({"time_zone": "Europe/Berlin", "weekly": weekly, "exceptions": []});
    let path = format!("/staff/{lee}/working-hours");
    practice.owner().put(&path, hours).await.ok(200);
    let path = format!("/services/{}", practice.service);
    let service = json!({"staff_ids": [lee], "horizon_days": 300});
    practice.owner().patch(&path, service).await.ok(200);
    let cara = practice.customer().await;
    let rule = "RRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=60";
    for time in ["09:00", "12:00"] {
        let body = json!({"customer_id": cara, "recurrence": [rule]});
        practice.try_book(time, body).await.ok(201);
    }
    let of = format!("/bookings?limit=500&customer_id={cara}");
    let listed = practice.owner().get(&of).await.ok(200).body;
    assert_eq!(listed["data"].as_array().unwrap().len(), 120);
    forget(&practice, &cara).await;
    let listed = practice.owner().get("/bookings?limit=500").await.ok(200);
    assert_eq!(listed.body["data"].as_array().unwrap().len(), 120);
    assert!(!listed.raw.contains("Cara"));
}
