//! Keys for scripts.

use jiff::SignedDuration;
use serde_json::json;

use crate::harness::{Caller, TestApp};

#[tokio::test]
async fn a_key_is_shown_once_and_stored_as_a_hash() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let made = dana
        .post("/api-keys", json!({"name": "Voice agent", "scopes": ["clients:read"]}))
        .await
        .ok(201);
    let secret = made.text("secret");
    assert!(secret.starts_with("cs_live_") && secret.len() > 50);

    let list = dana.get("/api-keys").await.ok(200);
    assert_eq!(list.body["data"][0]["name"], "Voice agent");
    assert_eq!(list.body["data"][0]["prefix"], json!(secret[..12]));
    assert!(!list.raw.contains(&secret[12..]));

    let (tenant, id) = (
        dana.get("/auth/me").await.body["tenant"]["id"]
            .as_str()
            .unwrap()
            .to_owned(),
        made.text("id"),
    );
    let row = app
        .app
        .read(move |c| db::api_keys::get(c, &domain::id::TenantId::from_store(tenant), &id))
        .await
        .unwrap();
    assert!(!format!("{row:?}").contains(&secret[12..]));
}

#[tokio::test]
async fn a_key_works_until_it_is_revoked() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let script = app.key(&dana, &["clients:read"]).await;
    script.get("/clients").await.ok(200);
    let me = script.get("/auth/me").await.ok(200);
    assert_eq!(
        (me.body["user"].is_null(), me.body["csrf_token"].is_null()),
        (true, true)
    );
    assert_eq!(me.body["scopes"], json!(["clients:read"]));

    let id = dana.get("/api-keys").await.body["data"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    dana.delete(&format!("/api-keys/{id}")).await.ok(204);
    script.get("/clients").await.problem(401, "unauthenticated");
    dana.delete(&format!("/api-keys/{id}")).await.ok(204);
    assert!(dana.get("/api-keys").await.body["data"][0]["revoked_at"].is_string());
}

#[tokio::test]
async fn a_key_ends_on_its_day() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let end = app.app.now() + SignedDuration::from_hours(24);
    let made = dana
        .post(
            "/api-keys",
            json!({"name": "A day", "scopes": ["clients:read"], "expires_at": end}),
        )
        .await
        .ok(201);
    let script = Caller {
        bearer: Some(made.text("secret")),
        ..app.anybody()
    };
    script.get("/clients").await.ok(200);
    app.clock.advance(SignedDuration::from_hours(24));
    script.get("/clients").await.problem(401, "unauthenticated");
    dana.post(
        "/api-keys",
        json!({"name": "Too late", "scopes": ["clients:read"], "expires_at": end}),
    )
    .await
    .problem(422, "validation_failed")
    .fields(&[("/expires_at", "past")]);
}

#[tokio::test]
async fn nobody_gives_what_they_do_not_have() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let maker = app.key(&dana, &["api_keys:write", "clients:read"]).await;
    maker
        .post(
            "/api-keys",
            json!({"name": "More", "scopes": ["clients:read", "events:write", "everything"]}),
        )
        .await
        .problem(422, "validation_failed")
        .fields(&[("/scopes/1", "forbidden"), ("/scopes/2", "enum")]);
    maker
        .post("/api-keys", json!({"name": "As much", "scopes": ["clients:read"]}))
        .await
        .ok(201);
}

#[tokio::test]
async fn the_last_use_is_noted_to_the_minute() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let script = app.key(&dana, &["clients:read"]).await;
    let used = async || dana.get("/api-keys").await.body["data"][0]["last_used_at"].clone();
    assert!(used().await.is_null());
    script.get("/clients").await.ok(200);
    let first = used().await;
    assert!(first.is_string());
    app.clock.advance(SignedDuration::from_secs(30));
    script.get("/clients").await.ok(200);
    assert_eq!(used().await, first, "twice within a minute is one write");
    app.clock.advance(SignedDuration::from_secs(31));
    script.get("/clients").await.ok(200);
    assert_ne!(used().await, first);
}

#[tokio::test]
async fn what_is_no_key_opens_nothing() {
    let app = TestApp::start().await;
    app.owner().await;
    for bearer in [
        "cs_live_",
        "cs_live_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "something",
        "",
    ] {
        let script = Caller {
            bearer: Some(bearer.to_owned()),
            ..app.anybody()
        };
        script.get("/clients").await.problem(401, "unauthenticated");
    }
}
