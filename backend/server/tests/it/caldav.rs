//! A real Radicale, accounts at it, and calendars connected to them.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdin, Command, Stdio},
    sync::LazyLock,
};

use serde_json::{Value, json};

use crate::harness::{Caller, TestApp};

/// A real CalDAV server for all stories; it ends with this process.
struct Radicale {
    url: String,
    users: std::path::PathBuf,
    _dir: tempfile::TempDir,
    _input: ChildStdin,
    _child: Child,
}

static RADICALE: LazyLock<Radicale> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    let users = dir.path().join("users");
    std::fs::write(&users, "nobody:nothing\n").unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/radicale.sh");
    let mut child = Command::new(script)
        .args(["--until-eof", "--users"])
        .arg(&users)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("scripts/radicale.sh starts");
    let input = child.stdin.take().unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut url)
        .unwrap();
    Radicale {
        url: url.trim().to_owned(),
        users,
        _dir: dir,
        _input: input,
        _child: child,
    }
});

static PEOPLE: std::sync::Mutex<Vec<String>> = std::sync::Mutex::new(Vec::new());

/// Replaces the file as a whole: Radicale reads it at every sign-in, also at one of another story.
fn admit(people: &[String]) {
    let new = RADICALE.users.with_extension("new");
    std::fs::write(&new, people.concat()).unwrap();
    std::fs::rename(&new, &RADICALE.users).unwrap();
}

/// The account exists from now on, with this password.
pub fn give_password(name: &str, password: &str) {
    let mut people = PEOPLE.lock().unwrap();
    people.retain(|one| !one.starts_with(name));
    people.push(format!("{name}:{password}\n"));
    admit(&people);
}

/// An account of its own for each story, with its password.
pub fn account() -> (String, String) {
    let (name, password) = (
        format!("u{}", uuid::Uuid::now_v7().simple()),
        "secret-enough".to_owned(),
    );
    give_password(&name, &password);
    (name, password)
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
