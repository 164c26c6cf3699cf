//! Booking policies: defaults until somebody says otherwise.

use serde_json::{Value, json};

use crate::{harness::TestApp, services::patch_as_of};

#[tokio::test]
async fn a_client_has_a_policy_before_anybody_said_one() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let client = dana.client("Bright Dental").await;
    let path = format!("/clients/{client}/booking-policy");
    let first = dana.get(&path).await.ok(200);
    assert_eq!(
        first.body,
        json!({"client_id": client, "confirmation": "automatic", "hold_minutes": 10, "cancel_notice_minutes": 1440,
            "reschedule_notice_minutes": 1440, "on_unknown": "accept_and_flag", "max_staleness_s": null, "live_check_ms": 1500,
            "on_move": "ask", "on_delete": "ask", "on_text": "provider_wins", "reminders": [1440], "slug": null,
            "embeddable": false, "shows_staff": true, "email_customers": true, "text_customers": false, "revision": 0})
    );
    let change = json!({"confirmation": "by_hand", "on_unknown": "block", "reminders": [60, 2880], "slug": "bright-dental", "max_staleness_s": 600});
    let changed = patch_as_of(&dana, &path, first.header("etag"), change).await.ok(200);
    assert_eq!(
        (
            &changed.body["reminders"],
            &changed.body["slug"],
            &changed.body["revision"]
        ),
        (&json!([2880, 60]), &json!("bright-dental"), &json!(1))
    );
    assert_eq!(dana.get(&path).await.body, changed.body);
    let late = patch_as_of(&dana, &path, first.header("etag"), json!({"hold_minutes": 5})).await;
    late.problem(412, "precondition_failed");
    assert_eq!(late.body["current"], changed.body);
    let cleared = dana
        .patch(&path, json!({"max_staleness_s": null, "slug": null}))
        .await
        .ok(200);
    assert_eq!(
        (&cleared.body["max_staleness_s"], &cleared.body["slug"]),
        (&Value::Null, &Value::Null)
    );
    // The client itself was not changed by any of this.
    assert_eq!(dana.get(&format!("/clients/{client}")).await.body["revision"], 1);
}

#[tokio::test]
async fn a_policy_that_makes_no_sense_is_refused_with_all_that_is_wrong() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let client = dana.client("Bright Dental").await;
    let path = format!("/clients/{client}/booking-policy");
    let odd = json!({"confirmation": "maybe", "hold_minutes": 0, "live_check_ms": 60000, "on_move": null, "reminders": [0], "slug": "Bright Dental"});
    dana.patch(&path, odd).await.problem(422, "validation_failed").fields(&[
        ("/confirmation", "enum"),
        ("/hold_minutes", "too_small"),
        ("/live_check_ms", "too_large"),
        ("/on_move", "required"),
        ("/reminders/0", "too_small"),
        ("/slug", "format"),
    ]);
    dana.patch(&path, json!({"reminders": [60, 60]}))
        .await
        .problem(422, "validation_failed")
        .fields(&[("/reminders/1", "duplicate")]);
    assert_eq!(dana.get(&path).await.body["revision"], 0, "nothing was written");
}

#[tokio::test]
async fn the_address_of_a_booking_page_belongs_to_one_client_of_the_installation() {
    let app = TestApp::start().await;
    let (dana, eve) = (app.owner().await, app.stranger().await);
    let (mine, theirs) = (dana.client("Bright Dental").await, eve.client("Other").await);
    let slug = json!({"slug": "bright"});
    dana.patch(&format!("/clients/{mine}/booking-policy"), slug.clone())
        .await
        .ok(200);
    eve.patch(&format!("/clients/{theirs}/booking-policy"), slug.clone())
        .await
        .problem(409, "conflict")
        .fields(&[("/slug", "taken")]);
    // Saying the same again is no collision with oneself.
    dana.patch(&format!("/clients/{mine}/booking-policy"), slug)
        .await
        .ok(200);
}
