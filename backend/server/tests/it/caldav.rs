//! A real Radicale, accounts at it, and calendars connected to them.

use calendar_stacker::jobs;
use serde_json::{Value, json};

use crate::{
    harness::{Caller, TestApp},
    peers::RADICALE,
};

/// The account exists from now on, with this password.
pub fn give_password(name: &str, password: &str) {
    RADICALE.give_password(name, password);
}

/// An account of its own for each story, with its password.
pub fn account() -> (String, String) {
    RADICALE.account()
}

pub async fn app() -> (TestApp, Caller, String) {
    let app = TestApp::start_with(|config| config.allow_addresses = "127.0.0.0/8".into()).await;
    let owner = app.owner().await;
    let client = owner.client("Riverside").await;
    (app, owner, client)
}

pub fn wanted(client: &str, url: &str, username: &str, password: &str) -> Value {
    json!({"client_id": client, "provider": "caldav", "server_url": url, "username": username, "password": password})
}

pub fn radicale() -> &'static str {
    &RADICALE.url
}

/// A connected account with one calendar in it.
pub async fn connected(owner: &Caller, client: &str) -> (String, String) {
    let (name, password) = account();
    connected_as(owner, client, &name, &password).await
}

/// The same with this account.
pub async fn connected_as(owner: &Caller, client: &str, name: &str, password: &str) -> (String, String) {
    let made = owner
        .post("/credentials", wanted(client, radicale(), name, password))
        .await
        .ok(201);
    assert_eq!(
        (&made.body["status"], &made.body["username"]),
        (&json!("valid"), &json!(name))
    );
    assert!(!made.raw.contains(password));
    let body = json!({"credential_id": made.text("id"), "name": "Bookings", "time_zone": "Europe/Berlin"});
    let calendar = owner.post(&format!("/clients/{client}/calendars"), body).await.ok(201);
    (made.text("id"), calendar.text("id"))
}

#[tokio::test]
async fn what_the_server_can_do_is_asked_shown_and_asked_again() {
    let (app, owner, client) = app().await;
    let (credential, _) = connected(&owner, &client).await;
    let path = format!("/credentials/{credential}");
    let relist = jobs::ALL.iter().find(|job| job.name == "relist").unwrap();
    // There was no calendar to ask when the account was entered.
    app.clock.advance(relist.every * 10);
    assert!(jobs::once(&app.app, relist, "worker").await.unwrap());
    let first = owner.get(&path).await.ok(200).body["server"].clone();
    assert_eq!(
        (
            &first["tells_changes_by"],
            &first["signs_in_by"],
            &first["mails_guests"]
        ),
        (&json!("token"), &json!("basic"), &json!(false)),
        "{first}"
    );
    let asked = || async { owner.get(&path).await.ok(200).body["server"]["asked_at"].clone() };
    // Listed again the next day, it is believed; a week later, and whenever somebody wants to know, it is asked.
    let day = jiff::SignedDuration::from_hours(25);
    for (later, is_new) in [(day, false), (day * 7, true)] {
        let before = asked().await;
        app.clock.advance(later);
        assert!(jobs::once(&app.app, relist, "worker").await.unwrap());
        assert_eq!(asked().await != before, is_new, "after {later:?}");
    }
    let before = asked().await;
    app.clock.advance(jiff::SignedDuration::from_mins(1));
    owner.post(&format!("{path}/validate"), json!({})).await.ok(200);
    assert_ne!(asked().await, before);
}

pub async fn events(owner: &Caller, calendar: &str, query: &str) -> Vec<Value> {
    owner
        .get(&format!("/calendars/{calendar}/events?limit=500{query}"))
        .await
        .ok(200)
        .body["data"]
        .as_array()
        .unwrap()
        .clone()
}

pub async fn patch(owner: &Caller, event: &Value, query: &str, change: Value) -> crate::harness::Answer {
    let path = format!("/events/{}{query}", event["id"].as_str().unwrap());
    crate::harness::send(
        owner
            .request(reqwest::Method::PATCH, &path)
            .header("if-match", event["etag"].as_str().unwrap())
            .json(&change),
    )
    .await
}
