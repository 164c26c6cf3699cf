//! The program's commands, as the operator runs them.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
    sync::Arc,
};

use calendar_stacker::{api::document, config::Config, state::App};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::harness::{TestApp, client};

const OLD: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const NEW: &str = "2222222222222222222222222222222222222222222222222222222222222222";

/// The real program on the data of `app`.
pub fn program(config: &Config) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_calendar-stacker"));
    command
        .env("CALENDAR_STACKER_DATA_DIR", &config.data_dir)
        .env("CALENDAR_STACKER_RATE_LIMIT", "off")
        .env("RUST_LOG", "info");
    command.env(
        "CALENDAR_STACKER_DATABASE_URL",
        config.database_url().unwrap().expose_secret(),
    );
    command
}

async fn run(mut command: Command, input: &str) -> Output {
    let input = input.to_owned();
    tokio::task::spawn_blocking(move || {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn secrets_survive_a_change_of_keys() {
    let app = TestApp::start_with(|config| config.key = Some(SecretString::from(OLD))).await;
    let dana = app.owner().await;
    let first = dana.post_as("k", "/clients", client("Bright Dental")).await.ok(201);
    let mut both = program(&app.config());
    both.arg("rotate-keys")
        .env("CALENDAR_STACKER_KEY", format!("{NEW},{OLD}"));
    let done = run(both, "").await;
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(
        String::from_utf8_lossy(&done.stderr).contains("secrets"),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );

    // A service that knows only the new key reads what the old one wrote.
    let (mut config, clock) = (app.config(), Arc::clone(&app.clock));
    config.key = Some(SecretString::from(NEW));
    let renewed = tokio::task::spawn_blocking(move || App::open(config, clock).unwrap())
        .await
        .unwrap();
    let left = renewed.read({
        let current = renewed.vault.prefix();
        move |c| db::sealed::outdated(c, "idempotency_keys", "answer", &current, "", 10)
    });
    assert_eq!(left.await.unwrap().len(), 0);
    // And the old one alone does not any more.
    dana.post_as("k", "/clients", client("Bright Dental"))
        .await
        .problem(500, "internal");
    assert_eq!(first.status, 201);
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_and_its_sessions_end() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let mut command = program(&app.config());
    command.args(["reset-password", "Dana@example.com"]);
    let done = run(command, "a new long password\n").await;
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    dana.get("/auth/me").await.problem(401, "unauthenticated");
    let login = async |password: &str| {
        app.anybody()
            .post(
                "/auth/login",
                json!({"email": "dana@example.com", "password": password}),
            )
            .await
    };
    login(crate::harness::PASSWORD).await.problem(401, "unauthenticated");
    login("a new long password").await.ok(200);

    for (email, password) in [
        ("dana@example.com", "short\n"),
        ("nobody@example.com", "a new long password\n"),
    ] {
        let mut command = program(&app.config());
        command.args(["reset-password", email]);
        assert!(!run(command, password).await.status.success(), "{email}");
    }
}

#[tokio::test]
async fn another_business_is_added_behind_a_wall_of_its_own() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let theirs = dana.client("Bright Dental").await;
    let add = async |name: &str, email: &str, password: &str| {
        let mut command = program(&app.config());
        command.args(["add-tenant", name, "Eve", email]);
        run(command, password).await
    };
    let done = add("Elsewhere", "Eve@elsewhere.example", "a long password\n").await;
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let eve = app.anybody();
    let login = json!({"email": "eve@elsewhere.example", "password": "a long password"});
    let me = eve.post("/auth/login", login).await.ok(200);
    assert_eq!(me.body["tenant"]["name"], "Elsewhere", "{}", me.raw);
    let eve = eve.signed_in(&me);
    eve.get(&format!("/clients/{theirs}")).await.problem(404, "not_found");

    for (name, email, password) in [
        ("Again", "eve@elsewhere.example", "a long password\n"),
        ("Again", "dana@example.com", "a long password\n"),
        ("Again", "nobody", "a long password\n"),
        (" ", "kim@elsewhere.example", "a long password\n"),
        ("Again", "kim@elsewhere.example", "short\n"),
    ] {
        assert!(!add(name, email, password).await.status.success(), "{name}, {email}");
    }
}

#[tokio::test]
async fn the_program_prints_the_document_and_migrates_an_empty_database() {
    let app = TestApp::start().await;
    let mut command = program(&app.config());
    command.arg("openapi");
    assert_eq!(
        String::from_utf8(run(command, "").await.stdout).unwrap(),
        document::text()
    );

    let empty = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_calendar-stacker"));
    command
        .arg("migrate")
        .env("CALENDAR_STACKER_DATA_DIR", empty.path().join("new"))
        .env_remove("CALENDAR_STACKER_DATABASE_URL");
    let done = run(command, "").await;
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    use std::os::unix::fs::PermissionsExt;
    let key = std::fs::metadata(empty.path().join("new/key")).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
    assert!(empty.path().join("new/calendar-stacker.db").exists());
}

#[tokio::test]
async fn a_wrong_configuration_is_told_before_anything_starts() {
    let dir = tempfile::tempdir().unwrap();
    for (name, value) in [
        ("CALENDAR_STACKER_KEY", "too short"),
        ("CALENDAR_STACKER_DATABASE_URL", "postgres://127.0.0.1:1/none"),
        ("CALENDAR_STACKER_ALLOW_ADDRESSES", "10.0.0.0/99"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_calendar-stacker"));
        command
            .arg("migrate")
            .env("CALENDAR_STACKER_DATA_DIR", dir.path())
            .env(name, value);
        let done = run(command, "").await;
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(!done.status.success() && said.contains("ERROR"), "{name}: {said}");
    }
}
