//! What the program says of its work: enough to follow a request, nothing that opens a door, nothing people wrote.

use std::fs::File;

use serde_json::json;

use crate::{
    caldav,
    google::{ANN, World, timed},
    harness::PASSWORD,
    program::Program,
};

/// Everything a person does on the first day, told to the program in its most talkative mood.
#[tokio::test]
async fn no_secret_and_nothing_people_wrote_is_in_the_log() {
    let world = World::with(|config| config.allow_addresses = "127.0.0.0/8".into()).await;
    let (name, password) = caldav::account();
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log");
    let secret = simulators::google::CLIENT_SECRET;
    let program = Program::start_with(&world.app, |command| {
        command
            .env("RUST_LOG", "debug")
            .env("CALENDAR_STACKER_ALLOW_ADDRESSES", "127.0.0.0/8")
            .env("CALENDAR_STACKER_GOOGLE_CLIENT_ID", simulators::google::CLIENT_ID)
            .env("CALENDAR_STACKER_GOOGLE_CLIENT_SECRET", secret)
            .stderr(File::create(&log).unwrap());
        let base = &world.google.base_url;
        for (name, path) in [
            ("AUTH_URL", "o/oauth2/v2/auth"),
            ("TOKEN_URL", "token"),
            ("REVOKE_URL", "revoke"),
            ("USERINFO_URL", "v1/userinfo"),
            ("API_BASE", "calendar/v3/"),
        ] {
            let url = format!("{}/{path}", base.trim_end_matches('/'));
            command.env(format!("CALENDAR_STACKER_GOOGLE_{name}"), url);
        }
    })
    .await;
    let anybody = program.met_by(&world.app.anybody());
    let login = anybody
        .post(
            "/auth/login",
            json!({"email": "dana@example.com", "password": PASSWORD}),
        )
        .await
        .ok(200);
    let dana = program.met_by(&world.app.anybody().signed_in(&login));
    anybody
        .post(
            "/auth/login",
            json!({"email": "dana@example.com", "password": "wrong horse battery"}),
        )
        .await
        .problem(401, "unauthenticated");
    let key = dana
        .post("/api-keys", json!({"name": "script", "scopes": ["events:read"]}))
        .await
        .ok(201)
        .text("secret");
    let client = dana.client("Bright Dental").await;
    let google = dana
        .post("/credentials", json!({"client_id": client, "provider": "google"}))
        .await
        .ok(201)
        .text("id");
    let page = dana
        .post(&format!("/credentials/{google}/authorize"), json!({}))
        .await
        .ok(200)
        .text("authorization_url");
    let back = world.control().consent(&page, ANN, None).unwrap();
    assert!(world.come_back(&dana, &back).await.ends_with("result=connected"));
    let refused = caldav::wanted(&client, caldav::radicale(), &name, "not-the-password");
    dana.post("/credentials", refused).await;
    let radicale = caldav::wanted(&client, caldav::radicale(), &name, &password);
    dana.post("/credentials", radicale).await.ok(201);
    let calendars = dana.get(&format!("/clients/{client}/calendars")).await.ok(200);
    let calendar = calendars.body["data"][0]["id"].as_str().unwrap().to_owned();
    let mut event = timed("Root canal of Mr Smith", "2026-11-24T09:00:00", "2026-11-24T10:00:00");
    event["attendees"] = json!([{"email": "smith.private@example.org"}]);
    event["description"] = json!("allergic to penicillin");
    dana.post(&format!("/calendars/{calendar}/events"), event).await.ok(201);
    dana.get(&format!("/calendars/{calendar}/events?q=penicillin"))
        .await
        .ok(200);
    dana.post(&format!("/credentials/{google}/refresh"), json!({}))
        .await
        .ok(200);
    dana.post(&format!("/credentials/{google}/validate"), json!({}))
        .await
        .ok(200);
    dana.post(&format!("/credentials/{google}/revoke"), json!({}))
        .await
        .ok(200);
    program.signal("TERM");
    let mut program = program;
    tokio::task::spawn_blocking(move || program.child.wait())
        .await
        .unwrap()
        .unwrap();

    let said = std::fs::read_to_string(&log).unwrap();
    assert!(
        said.contains("answered") && said.contains("/api/v1/credentials"),
        "{said}"
    );
    let code = url_value(&back, "code");
    let state = url_value(&page, "state");
    let cookie = dana.cookie.as_deref().unwrap().split_once('=').unwrap().1;
    for (what, secret) in [
        ("the password", PASSWORD),
        ("a wrong password", "wrong horse battery"),
        ("the session", cookie),
        ("the proof against forgery", dana.csrf.as_deref().unwrap()),
        ("the API key", key.as_str()),
        ("Google's client secret", secret),
        ("an access token", "ya29"),
        ("a refresh token", "1//"),
        ("the authorization code", code.as_str()),
        ("the state", state.as_str()),
        ("the CalDAV password", password.as_str()),
        ("a wrong CalDAV password", "not-the-password"),
        ("a title", "Root canal"),
        ("a guest", "smith.private"),
        ("a description or a search", "penicillin"),
    ] {
        let line = said.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{what} is in the log");
    }
}

fn url_value(url: &str, name: &str) -> String {
    let url = url::Url::parse(url).unwrap();
    let value = url.query_pairs().find(|(key, _)| key == name).unwrap().1;
    assert!(value.len() >= 8, "{value}");
    value.into_owned()
}
