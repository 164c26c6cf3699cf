//! Credentials: CalDAV accounts at a real Radicale, and what is refused with which words.

use std::{
    io::{Read, Write},
    net::TcpListener,
};

use futures_util::FutureExt;
use serde_json::{Value, json};

use crate::{
    caldav::{account, app, connected, events, give_password, patch, radicale, wanted},
    google::{World, repeated, starts, timed, titles},
    harness::TestApp,
};

#[tokio::test]
async fn a_caldav_account_is_connected_written_to_and_read() {
    let (app, owner, client) = app().await;
    let (credential, calendar) = connected(&owner, &client).await;
    let mut event = timed("Haircut", "2026-11-24T09:00:00", "2026-11-24T10:00:00");
    event["metadata"] = json!({"order": "4711"});
    event["location"] = json!("Main Street 1; 2nd floor, left");
    let made = owner
        .post(&format!("/calendars/{calendar}/events"), event)
        .await
        .ok(201)
        .body;
    assert_eq!(
        (&made["provider"], &made["start"]["utc"]),
        (&json!("caldav"), &json!("2026-11-24T08:00:00Z"))
    );
    let changed = patch(&owner, &made, "", json!({"title": "Haircut and beard"}))
        .await
        .ok(200)
        .body;
    assert_eq!(
        (&changed["location"], &changed["metadata"]["order"]),
        (&json!("Main Street 1; 2nd floor, left"), &json!("4711"))
    );
    patch(&owner, &made, "", json!({"title": "Late"}))
        .await
        .problem(412, "precondition_failed");
    let health = owner
        .post(&format!("/calendars/{calendar}/sync"), json!({}))
        .await
        .ok(200)
        .body;
    assert_eq!(
        (&health["events"], &health["last_error"], &health["state"]),
        (&json!(1), &Value::Null, &json!("ok"))
    );
    assert_eq!(titles(&events(&owner, &calendar, "").await), ["Haircut and beard"]);
    assert_eq!(
        owner
            .get(&format!("/events/{}", made["id"].as_str().unwrap()))
            .await
            .ok(200)
            .body["etag"],
        changed["etag"]
    );
    let checked = owner
        .post(&format!("/credentials/{credential}/validate"), json!({}))
        .await
        .ok(200)
        .body;
    assert_eq!(checked["ok"], true, "{checked}");
    owner
        .post(&format!("/credentials/{credential}/refresh"), json!({}))
        .await
        .ok(200);
    let tried = owner
        .post(
            &format!("/credentials/{credential}/test-event"),
            json!({"calendar_id": calendar}),
        )
        .await
        .ok(200)
        .body;
    assert_eq!(tried["removed"], true);
    drop(app);
}

#[tokio::test]
async fn a_series_at_a_caldav_server_is_changed_in_every_way() {
    let (_app, owner, client) = app().await;
    let (_, calendar) = connected(&owner, &client).await;
    let window = "&expand=instances&from=2026-11-01T00:00:00Z&to=2027-01-01T00:00:00Z";
    let rule = "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=5";
    let master = owner
        .post(
            &format!("/calendars/{calendar}/events"),
            repeated("Class", "2026-11-23T09:00:00", "2026-11-23T10:00:00", rule),
        )
        .await
        .ok(201)
        .body;
    let id = master["id"].as_str().unwrap().to_owned();
    let at = |time: &str| json!({"date_time": time, "time_zone": "Europe/Berlin"});
    let second = owner.get(&format!("/events/{id}_20261125T080000Z")).await.ok(200).body;
    let moved = patch(
        &owner,
        &second,
        "",
        json!({"title": "Guest", "start": at("2026-11-26T14:00:00"), "end": at("2026-11-26T15:00:00")}),
    )
    .await
    .ok(200)
    .body;
    assert_eq!(moved["id"], second["id"]);
    let third = owner.get(&format!("/events/{id}_20261130T080000Z")).await.ok(200).body;
    let tail = patch(
        &owner,
        &third,
        "?scope=this_and_following",
        json!({"title": "Late class"}),
    )
    .await
    .ok(200)
    .body;
    assert_ne!(tail["id"], master["id"]);
    let shown = events(&owner, &calendar, window).await;
    assert_eq!(
        titles(&shown),
        ["Class", "Guest", "Late class", "Late class", "Late class"]
    );
    let last = shown.last().unwrap();
    let path = format!("/events/{}", last["id"].as_str().unwrap());
    let gone = owner
        .request(reqwest::Method::DELETE, &path)
        .header("if-match", last["etag"].as_str().unwrap());
    crate::harness::send(gone).await.ok(204);
    owner
        .post(&format!("/calendars/{calendar}/sync"), json!({}))
        .await
        .ok(200);
    let expected = [
        "2026-11-23T08:00:00Z",
        "2026-11-26T13:00:00Z",
        "2026-11-30T08:00:00Z",
        "2026-12-02T08:00:00Z",
    ];
    assert_eq!(starts(&events(&owner, &calendar, window).await), expected);
}

/// A server that says that every account lies at somebody else's.
fn sends_elsewhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let principal = "<current-user-principal><href>https://calendars.example.net/ann/</href></current-user-principal>";
    let body = format!(
        r#"<?xml version="1.0"?><multistatus xmlns="DAV:"><response><href>/</href><propstat><prop>{principal}</prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"#
    );
    let answer = format!(
        "HTTP/1.1 207 Multi-Status\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let mut asked = Vec::new();
            let mut bytes = [0; 4096];
            while !asked.ends_with(b"propfind>") {
                match client.read(&mut bytes) {
                    Ok(read) if read > 0 => asked.extend(&bytes[..read]),
                    _ => break,
                }
            }
            let _gone = client.write_all(answer.as_bytes());
        }
    });
    url
}

#[tokio::test]
async fn each_trouble_with_a_caldav_address_has_its_own_word() {
    let (_app, owner, client) = app().await;
    let (name, password) = account();
    let refused = |url: &str, password: &str| {
        owner
            .post("/credentials", wanted(&client, url, &name, password))
            .boxed_local()
    };
    let answer = refused(radicale(), "wrong").await;
    answer
        .problem(422, "validation_failed")
        .fields(&[("/password", "wrong_password")]);
    assert!(answer.text("detail").contains("app password"), "{}", answer.raw);
    assert!(!answer.raw.contains("\"wrong\""));
    refused("https://caldav.nowhere.invalid/", &password)
        .await
        .problem(422, "validation_failed")
        .fields(&[("/server_url", "dns")]);
    refused("http://127.0.0.1:9/", &password)
        .await
        .problem(422, "validation_failed")
        .fields(&[("/server_url", "connect")]);
    refused(&owner.base, &password)
        .await
        .problem(422, "validation_failed")
        .fields(&[("/server_url", "not_caldav")]);
    let answer = refused(&sends_elsewhere(), &password).await;
    answer
        .problem(422, "validation_failed")
        .fields(&[("/server_url", "elsewhere")]);
    assert!(answer.raw.contains("https://calendars.example.net"), "{}", answer.raw);
    refused("http://169.254.169.254/latest", &password)
        .await
        .problem(422, "validation_failed")
        .fields(&[("/server_url", "private_address")]);
    let list = owner.get("/credentials").await.ok(200);
    assert_eq!(list.body["data"], json!([]), "nothing is stored of what does not work");
}

#[tokio::test]
async fn an_address_of_the_private_network_is_refused_unless_the_operator_lists_it() {
    let app = TestApp::start().await;
    let owner = app.owner().await;
    let client = owner.client("Riverside").await;
    let (name, password) = account();
    let answer = owner
        .post("/credentials", wanted(&client, radicale(), &name, &password))
        .await;
    answer
        .problem(422, "validation_failed")
        .fields(&[("/server_url", "private_address")]);
}

#[tokio::test]
async fn what_a_provider_needs_is_asked_for_and_nothing_else() {
    let (_app, owner, client) = app().await;
    let google = owner
        .post(
            "/credentials",
            json!({"client_id": client, "provider": "google", "password": "x"}),
        )
        .await;
    google.problem(422, "validation_failed").fields(&[
        ("/oauth_client_id", "required"),
        ("/oauth_client_secret", "required"),
        ("/password", "not_allowed"),
    ]);
    let caldav = owner
        .post(
            "/credentials",
            json!({"client_id": client, "provider": "caldav", "scopes": ["x"]}),
        )
        .await;
    caldav.problem(422, "validation_failed").fields(&[
        ("/server_url", "required"),
        ("/username", "required"),
        ("/password", "required"),
        ("/scopes", "not_allowed"),
    ]);
    owner
        .post(
            "/credentials",
            json!({"client_id": client, "provider": "caldav", "status": "valid"}),
        )
        .await
        .problem(422, "validation_failed");
    owner
        .post(
            "/credentials",
            wanted("cli_00000000000000000000000000000000", "https://x.example", "a", "b"),
        )
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn a_changed_password_is_noticed_and_the_new_one_mends_it() {
    let (_app, owner, client) = app().await;
    let (name, password) = account();
    let credential = owner
        .post("/credentials", wanted(&client, radicale(), &name, &password))
        .await
        .ok(201)
        .text("id");
    give_password(&name, "another-one");
    for _ in 0..2 {
        let checked = owner
            .post(&format!("/credentials/{credential}/validate"), json!({}))
            .await
            .ok(200)
            .body;
        assert_eq!(
            (&checked["ok"], &checked["checks"][1]["name"]),
            (&json!(false), &json!("signed_in"))
        );
    }
    assert_eq!(
        owner.get(&format!("/credentials/{credential}")).await.body["status"],
        "needs_reauthorization"
    );
    let path = format!("/credentials/{credential}");
    owner
        .patch(&path, json!({"password": "wrong-again"}))
        .await
        .problem(422, "validation_failed")
        .fields(&[("/password", "wrong_password")]);
    assert_eq!(
        owner
            .patch(&path, json!({"password": "another-one", "label": "Riverside"}))
            .await
            .ok(200)
            .body["status"],
        "valid"
    );
}

#[tokio::test]
async fn removing_a_credential_removes_its_calendars_and_events_here_but_not_there() {
    let world = World::new().await;
    let one = world.connected().await;
    let made = world
        .create(
            &one.calendar,
            timed("Haircut", "2026-11-24T09:00:00", "2026-11-24T10:00:00"),
        )
        .await;
    assert_eq!(
        world
            .owner
            .delete(&format!("/credentials/{}", one.credential))
            .await
            .status,
        204
    );
    assert_eq!(world.calls("oauth.revoke"), 1);
    for path in [
        format!("/credentials/{}", one.credential),
        format!("/calendars/{}", one.calendar),
        format!("/events/{}", made["id"].as_str().unwrap()),
    ] {
        world.owner.get(&path).await.problem(404, "not_found");
    }
    assert_eq!(world.control().events(crate::google::ANN).unwrap().len(), 1);
}
