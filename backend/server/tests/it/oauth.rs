//! Consent: what is stored, and above all what is not.

use jiff::SignedDuration;
use serde_json::json;

use crate::google::{ANN, BOB, World};

/// The credential is as if nobody had ever consented.
async fn nothing_stored(world: &World, credential: &str) {
    let shown = world.owner.get(&format!("/credentials/{credential}")).await.ok(200);
    assert_eq!(shown.body["status"], "not_authorized", "{}", shown.raw);
    assert_eq!(
        (&shown.body["account_email"], &shown.body["authorized_at"]),
        (&json!(null), &json!(null))
    );
    assert_eq!(shown.body["scopes_granted"], json!([]));
}

#[tokio::test]
async fn a_consent_makes_a_credential_valid_and_lists_its_calendars() {
    let world = World::new().await;
    let (client, credential) = world.credential("Bright Dental").await;
    nothing_stored(&world, &credential).await;
    let place = world.consent(&credential, ANN).await;
    assert_eq!(
        place,
        format!("{}/credentials/{credential}?result=connected", world.app.url)
    );
    let shown = world.owner.get(&format!("/credentials/{credential}")).await.ok(200);
    assert_eq!(
        (&shown.body["status"], &shown.body["account_email"]),
        (&json!("valid"), &json!(ANN))
    );
    assert_eq!(shown.body["status_detail"], json!(null));
    let calendars = world.owner.get(&format!("/clients/{client}/calendars")).await.ok(200);
    assert_eq!(calendars.body["data"][0]["name"], ANN, "{}", calendars.raw);
    assert_eq!(
        (
            &calendars.body["data"][0]["selected"],
            &calendars.body["data"][0]["receives_bookings"]
        ),
        (&json!(true), &json!(true))
    );
}

#[tokio::test]
async fn the_consent_page_is_asked_with_our_redirect_address_a_challenge_and_a_state_of_256_bits() {
    let world = World::new().await;
    let (_, credential) = world.credential("Bright Dental").await;
    let page: reqwest::Url = world.authorize(&credential).await.parse().unwrap();
    let asked: std::collections::BTreeMap<_, _> = page.query_pairs().into_owned().collect();
    assert_eq!(
        asked["redirect_uri"],
        format!("{}/api/v1/oauth/callback", world.app.url)
    );
    assert_eq!(
        (asked["code_challenge_method"].as_str(), asked["state"].len()),
        ("S256", 64)
    );
    let providers = world.owner.get("/providers").await.ok(200);
    assert_eq!(
        providers.body["data"][0]["redirect_uri"],
        asked["redirect_uri"].as_str()
    );
}

#[tokio::test]
async fn the_wrong_account_is_refused_and_given_back() {
    let world = World::new().await;
    let client = world.client_with_account("Bright Dental", ANN).await;
    let body = json!({"client_id": client, "provider": "google"});
    let credential = world.owner.post("/credentials", body).await.ok(201).text("id");
    let place = world.consent(&credential, BOB).await;
    assert!(place.contains("result=error&code=wrong_account"), "{place}");
    assert!(
        place.contains("bob%40example.org") && place.contains("ann%40example.org"),
        "{place}"
    );
    nothing_stored(&world, &credential).await;
    assert_eq!(world.calls("oauth.revoke"), 1);
    let place = world.consent(&credential, ANN).await;
    assert!(place.ends_with("result=connected"), "{place}");
}

#[tokio::test]
async fn connecting_again_keeps_the_calendars_and_refuses_another_account() {
    let world = World::new().await;
    let one = world.connected().await;
    let event = world
        .create(
            &one.calendar,
            crate::google::timed("Haircut", "2026-11-24T09:00:00", "2026-11-24T10:00:00"),
        )
        .await;
    let place = world.consent(&one.credential, BOB).await;
    assert!(place.contains("code=wrong_account"), "{place}");
    assert_eq!(
        world.owner.get(&format!("/credentials/{}", one.credential)).await.body["account_email"],
        ANN
    );
    let place = world.consent(&one.credential, ANN).await;
    assert!(place.ends_with("result=connected"), "{place}");
    let calendars = world
        .owner
        .get(&format!("/clients/{}/calendars", one.client))
        .await
        .ok(200);
    assert_eq!(calendars.body["data"].as_array().unwrap().len(), 1);
    assert_eq!(calendars.body["data"][0]["id"], one.calendar.as_str());
    assert_eq!(world.event(event["id"].as_str().unwrap()).await["title"], "Haircut");
}

#[tokio::test]
async fn a_declined_consent_stores_nothing() {
    let world = World::new().await;
    let (_, credential) = world.credential("Bright Dental").await;
    let page: reqwest::Url = world.authorize(&credential).await.parse().unwrap();
    let state = page
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1
        .into_owned();
    let place = world
        .come_back(
            &world.owner,
            &format!("/api/v1/oauth/callback?error=access_denied&state={state}"),
        )
        .await;
    assert!(
        place.contains(&format!("/credentials/{credential}?result=error&code=denied")),
        "{place}"
    );
    nothing_stored(&world, &credential).await;
}

#[tokio::test]
async fn a_state_works_once() {
    let world = World::new().await;
    let (_, credential) = world.credential("Bright Dental").await;
    let page = world.authorize(&credential).await;
    let back = world.control().consent(&page, ANN, None).unwrap();
    assert!(world.come_back(&world.owner, &back).await.ends_with("result=connected"));
    let exchanges = world.calls("oauth.token");
    let place = world.come_back(&world.owner, &back).await;
    assert!(
        place.contains("/credentials?result=error&code=state_invalid"),
        "{place}"
    );
    assert_eq!(world.calls("oauth.token"), exchanges);
}

#[tokio::test]
async fn a_state_ends_after_ten_minutes() {
    let world = World::new().await;
    let (_, credential) = world.credential("Bright Dental").await;
    let page = world.authorize(&credential).await;
    let back = world.control().consent(&page, ANN, None).unwrap();
    world.app.clock.advance(SignedDuration::from_mins(11));
    let place = world.come_back(&world.owner, &back).await;
    assert!(place.contains("code=state_invalid"), "{place}");
    assert_eq!(world.calls("oauth.token"), 0);
    nothing_stored(&world, &credential).await;
}

#[tokio::test]
async fn a_state_of_another_session_is_refused_and_left_for_its_owner() {
    let world = World::new().await;
    let (_, credential) = world.credential("Bright Dental").await;
    let page = world.authorize(&credential).await;
    let back = world.control().consent(&page, ANN, None).unwrap();
    let same_person = world.app.login("dana@example.com").await;
    let stranger = world.app.stranger().await;
    for other in [world.app.anybody(), same_person, stranger] {
        let place = world.come_back(&other, &back).await;
        assert!(
            place.contains("/credentials?result=error&code=state_invalid"),
            "{place}"
        );
        assert!(!place.contains(&credential), "{place}");
    }
    nothing_stored(&world, &credential).await;
    assert!(world.come_back(&world.owner, &back).await.ends_with("result=connected"));
}

#[tokio::test]
async fn a_script_can_begin_a_consent_that_a_person_of_its_tenant_ends() {
    let world = World::new().await;
    let (_, credential) = world.credential("Bright Dental").await;
    let script = world.app.key(&world.owner, &["credentials:write"]).await;
    let begun = script
        .post(
            &format!("/credentials/{credential}/authorize"),
            json!({"return_to": "/clients?tab=1"}),
        )
        .await
        .ok(200);
    let back = world
        .control()
        .consent(&begun.text("authorization_url"), ANN, None)
        .unwrap();
    assert!(
        world
            .come_back(&world.app.stranger().await, &back)
            .await
            .contains("state_invalid")
    );
    let place = world.come_back(&world.owner, &back).await;
    assert_eq!(place, format!("{}/clients?tab=1&result=connected", world.app.url));
}

#[tokio::test]
async fn a_consent_without_the_calendar_is_refused_with_what_is_missing() {
    let world = World::new().await;
    let (_, credential) = world.credential("Bright Dental").await;
    let page = world.authorize(&credential).await;
    let back = world.control().consent(&page, ANN, Some(&["openid", "email"])).unwrap();
    let place = world.come_back(&world.owner, &back).await;
    assert!(
        place.contains("code=missing_scopes") && place.contains("auth%2Fcalendar"),
        "{place}"
    );
    nothing_stored(&world, &credential).await;
    assert_eq!(world.calls("oauth.revoke"), 1);
}

#[tokio::test]
async fn nobody_can_be_sent_elsewhere_after_a_consent() {
    let world = World::new().await;
    let (_, credential) = world.credential("Bright Dental").await;
    for bad in ["https://evil.example", "//evil.example", "/\\evil.example", "clients"] {
        let answer = world
            .owner
            .post(
                &format!("/credentials/{credential}/authorize"),
                json!({"return_to": bad}),
            )
            .await;
        answer
            .problem(422, "validation_failed")
            .fields(&[("/return_to", "format")]);
    }
}
