//! Tokens: renewed ahead of their end, once, and never shown.

use jiff::SignedDuration;
use serde_json::json;

use crate::google::{ANN, World, timed};

#[tokio::test]
async fn twenty_requests_with_an_ended_token_make_one_refresh() {
    let world = World::new().await;
    let one = world.connected().await;
    world.control().expire_access_tokens(None);
    world.app.clock.advance(SignedDuration::from_hours(2));
    world.control().clear_journal();
    let writes = (0..20).map(|n| {
        let (caller, path) = (world.owner.clone(), format!("/calendars/{}/events", one.calendar));
        async move {
            caller
                .post(
                    &path,
                    timed(&format!("Event {n}"), "2026-11-24T09:00:00", "2026-11-24T10:00:00"),
                )
                .await
                .ok(201)
        }
    });
    futures_util::future::join_all(writes).await;
    assert_eq!(world.calls("oauth.token"), 1);
    assert_eq!(world.calls("calendar.events.insert"), 20);
}

#[tokio::test]
async fn a_token_that_is_refused_before_its_end_is_renewed_once_and_the_call_repeated() {
    let world = World::new().await;
    let one = world.connected().await;
    world.control().expire_access_tokens(None);
    world.control().clear_journal();
    let writes = (0..10).map(|n| {
        let (caller, path) = (world.owner.clone(), format!("/calendars/{}/events", one.calendar));
        async move {
            caller
                .post(
                    &path,
                    timed(&format!("Event {n}"), "2026-11-24T09:00:00", "2026-11-24T10:00:00"),
                )
                .await
                .ok(201)
        }
    });
    futures_util::future::join_all(writes).await;
    assert_eq!(world.calls("oauth.token"), 1);
    assert_eq!(
        world.owner.get(&format!("/credentials/{}", one.credential)).await.body["status"],
        "valid"
    );
}

#[tokio::test]
async fn the_worker_renews_a_token_before_it_ends() {
    let world = World::new().await;
    let one = world.connected().await;
    let before = world
        .owner
        .get(&format!("/credentials/{}", one.credential))
        .await
        .text("expires_at");
    let job = calendar_stacker::jobs::ALL
        .iter()
        .find(|job| job.name == "renew")
        .unwrap();
    world.app.clock.advance(SignedDuration::from_mins(40));
    assert!(
        calendar_stacker::jobs::once(&world.app.app, job, "worker")
            .await
            .unwrap()
    );
    assert_eq!(
        world
            .owner
            .get(&format!("/credentials/{}", one.credential))
            .await
            .text("expires_at"),
        before
    );
    world.app.clock.advance(SignedDuration::from_mins(12));
    assert!(
        calendar_stacker::jobs::once(&world.app.app, job, "worker")
            .await
            .unwrap()
    );
    assert!(
        world
            .owner
            .get(&format!("/credentials/{}", one.credential))
            .await
            .text("expires_at")
            > before
    );
}

#[tokio::test]
async fn a_withdrawn_consent_asks_for_a_person_and_connecting_again_mends_it() {
    let world = World::new().await;
    let one = world.connected().await;
    let event = world
        .create(
            &one.calendar,
            timed("Haircut", "2026-11-24T09:00:00", "2026-11-24T10:00:00"),
        )
        .await;
    world.control().revoke_account(ANN);
    world.app.clock.advance(SignedDuration::from_hours(2));
    let answer = world
        .owner
        .post(
            &format!("/calendars/{}/events", one.calendar),
            timed("Late", "2026-11-24T09:00:00", "2026-11-24T10:00:00"),
        )
        .await;
    // Nothing is lost: it waits for the person who connects the account again.
    assert_eq!(
        (answer.status, &answer.body["sync"]["state"]),
        (201, &json!("pending")),
        "{}",
        answer.raw
    );
    let shown = world
        .owner
        .get(&format!("/credentials/{}", one.credential))
        .await
        .ok(200);
    assert_eq!(shown.body["status"], "needs_reauthorization", "{}", shown.raw);
    assert!(
        shown.text("status_detail").contains("connect the account again"),
        "{}",
        shown.raw
    );
    // What we know is still shown, with its age.
    let list = world
        .owner
        .get(&format!("/calendars/{}/events", one.calendar))
        .await
        .ok(200);
    let shown: Vec<&str> = list.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["id"].as_str())
        .collect();
    assert!(
        list.body["complete"] == false && shown.contains(&event["id"].as_str().unwrap()),
        "{}",
        list.raw
    );
    assert!(
        list.body["stale"][0]["detail"]
            .as_str()
            .unwrap()
            .contains("onnect the account again"),
        "{}",
        list.raw
    );
    // Nobody is asked in vain.
    world.control().clear_journal();
    world
        .owner
        .post(
            &format!("/calendars/{}/events", one.calendar),
            timed("Late", "2026-11-24T09:00:00", "2026-11-24T10:00:00"),
        )
        .await
        .ok(201);
    assert_eq!(world.control().journal().len(), 0);
    assert!(world.consent(&one.credential, ANN).await.ends_with("result=connected"));
    let list = world
        .owner
        .get(&format!("/calendars/{}/events", one.calendar))
        .await
        .ok(200);
    assert_eq!(list.body["complete"], true, "{}", list.raw);
}

#[tokio::test]
async fn disconnecting_gives_the_consent_back_and_forgets_every_token() {
    let world = World::new().await;
    let one = world.connected().await;
    let shown = world
        .owner
        .post(&format!("/credentials/{}/revoke", one.credential), json!({}))
        .await
        .ok(200);
    assert_eq!(
        (&shown.body["status"], &shown.body["expires_at"]),
        (&json!("revoked"), &json!(null))
    );
    assert_eq!(world.calls("oauth.revoke"), 1);
    let id = one.credential.clone();
    let tenant = domain::id::TenantId::from_store(
        world.owner.get("/auth/me").await.body["tenant"]["id"]
            .as_str()
            .unwrap()
            .to_owned(),
    );
    let row = world
        .app
        .app
        .read(move |c| db::credentials::get(c, &tenant, &id))
        .await
        .unwrap();
    assert_eq!((row.access_token_sealed, row.refresh_token_sealed), (None, None));
    world
        .owner
        .post(
            &format!("/calendars/{}/events", one.calendar),
            timed("Late", "2026-11-24T09:00:00", "2026-11-24T10:00:00"),
        )
        .await
        .problem(409, "reauthorization_required");
}

#[tokio::test]
async fn tokens_and_secrets_are_in_no_answer_and_sealed_in_the_database() {
    let world = World::new().await;
    let client = world.owner.client("Bright Dental").await;
    let secret = simulators::google::CLIENT_SECRET;
    let body = json!({"client_id": client, "provider": "google", "oauth_client_id": simulators::google::CLIENT_ID, "oauth_client_secret": secret});
    let made = world.owner.post("/credentials", body).await.ok(201);
    let credential = made.text("id");
    assert_eq!(
        (&made.body["has_secret"], &made.body["uses_installation_app"]),
        (&json!(true), &json!(false))
    );
    assert!(world.consent(&credential, ANN).await.ends_with("result=connected"));
    let mut seen = vec![made.raw];
    for path in [
        "/credentials".to_owned(),
        format!("/credentials/{credential}"),
        "/providers".into(),
        "/dashboard".into(),
    ] {
        seen.push(world.owner.get(&path).await.ok(200).raw);
    }
    for path in ["refresh", "validate"] {
        seen.push(
            world
                .owner
                .post(&format!("/credentials/{credential}/{path}"), json!({}))
                .await
                .ok(200)
                .raw,
        );
    }
    let tenant = domain::id::TenantId::from_store(
        world.owner.get("/auth/me").await.body["tenant"]["id"]
            .as_str()
            .unwrap()
            .to_owned(),
    );
    let id = credential.clone();
    let row = world
        .app
        .app
        .read(move |c| db::credentials::get(c, &tenant, &id))
        .await
        .unwrap();
    for sealed in [
        &row.oauth_client_secret_sealed,
        &row.access_token_sealed,
        &row.refresh_token_sealed,
    ] {
        let sealed = sealed.as_deref().unwrap();
        assert!(
            sealed.starts_with("v1.") && !sealed.contains("ya29") && !sealed.contains(secret),
            "{sealed}"
        );
        assert!(seen.iter().all(|answer| !answer.contains(sealed)));
    }
    for answer in &seen {
        assert!(
            !answer.contains(secret) && !answer.contains("ya29") && !answer.contains("1//"),
            "{answer}"
        );
    }
}
