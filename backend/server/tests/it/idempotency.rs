//! The same key, the same answer.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::json;

use crate::harness::{TestApp, client, send};

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_and_does_nothing() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let first = dana
        .post_as("call-4711", "/clients", client("Bright Dental"))
        .await
        .ok(201);
    assert_eq!(first.header("idempotent-replayed"), "");
    let again = dana
        .post_as("call-4711", "/clients", client("Bright Dental"))
        .await
        .ok(201);
    assert_eq!(
        (
            &again.raw,
            again.header("idempotent-replayed"),
            again.headers.get("etag")
        ),
        (&first.raw, "true", first.headers.get("etag"))
    );
    assert_eq!(dana.get("/clients").await.body["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_key_is_for_one_body_one_path_and_one_caller() {
    let app = TestApp::start().await;
    let (dana, eve) = (app.owner().await, app.stranger().await);
    dana.post_as("one", "/clients", client("Bright Dental")).await.ok(201);
    dana.post_as("one", "/clients", client("Harbour Yoga"))
        .await
        .problem(422, "idempotency_key_reused");
    dana.post_as(
        "one",
        "/api-keys",
        json!({"name": "k", "scopes": ["clients:read", "clients:write"]}),
    )
    .await
    .ok(201);
    eve.post_as("one", "/clients", client("Bright Dental")).await.ok(201);
    let script = app.key(&dana, &["clients:write"]).await;
    script.post_as("one", "/clients", client("Third")).await.ok(201);
}

#[tokio::test]
async fn a_refused_request_may_be_corrected_under_its_key() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    dana.post_as("k", "/clients", json!({"name": "No address"}))
        .await
        .problem(422, "validation_failed");
    dana.post_as("k", "/clients", client("Bright Dental")).await.ok(201);
}

#[tokio::test]
async fn of_many_at_once_one_is_done() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let calls = (0..8).map(|_| {
        let dana = dana.clone();
        async move { dana.post_as("same", "/clients", client("Bright Dental")).await }
    });
    let answers = futures_util::future::join_all(calls).await;
    let mut ids = BTreeSet::new();
    for answer in &answers {
        if answer.status == 201 {
            ids.insert(answer.text("id"));
        } else {
            answer.problem(409, "request_in_progress");
            assert_ne!(answer.header("retry-after"), "");
        }
    }
    assert_eq!(ids.len(), 1);
    assert_eq!(dana.get("/clients").await.body["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_answer_is_kept_for_a_day_and_unreadable_in_the_database() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let key = |name: &str| json!({"name": name, "scopes": ["clients:read"]});
    let first = dana.post_as("k", "/api-keys", key("a")).await.ok(201);
    let stored = app
        .app
        .read(|c| db::sealed::outdated(c, "idempotency_keys", "answer", "none", "", 10))
        .await
        .unwrap();
    assert_eq!(stored.len(), 1);
    assert!(stored[0].value.starts_with("v1.") && !stored[0].value.contains(&first.text("secret")[12..]));
    assert_eq!(
        dana.post_as("k", "/api-keys", key("a")).await.ok(201).text("secret"),
        first.text("secret")
    );
    app.clock.advance(SignedDuration::from_hours(25));
    assert_ne!(
        dana.post_as("k", "/api-keys", key("a")).await.ok(201).text("secret"),
        first.text("secret")
    );
}

#[tokio::test]
async fn a_key_that_is_no_key_is_refused_by_name() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    for bad in [String::new(), "x".repeat(201)] {
        let request = dana
            .request(reqwest::Method::POST, "/clients")
            .header("idempotency-key", bad)
            .json(&client("a"));
        send(request)
            .await
            .problem(422, "validation_failed")
            .fields(&[("/header/Idempotency-Key", "format")]);
    }
}

#[tokio::test]
async fn a_caller_who_hangs_up_finds_the_answer_when_calling_again() {
    use std::io::Write;
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let bearer = app.key(&dana, &["clients:read", "clients:write"]).await;
    let token = bearer.bearer.clone().unwrap();
    bearer.get("/clients").await.ok(200);
    // Writers wait, so that the caller is gone before anything is written.
    let (release, released) = std::sync::mpsc::channel::<()>();
    let (begun, begins) = tokio::sync::oneshot::channel();
    let blocker = app.app.clone();
    let blocked = tokio::spawn(async move {
        let wait = move |_: &mut db::Conn| {
            let _ = begun.send(());
            let _ = released.recv();
            Ok::<_, db::Error>(())
        };
        blocker.write(wait).await.unwrap();
    });
    begins.await.unwrap();
    let body = client("Bright Dental").to_string();
    let host = app.url.trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    write!(
        stream,
        "POST /api/v1/clients HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\nidempotency-key: call-1\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    drop(stream);
    // Nothing that could be awaited tells that the server has seen the caller leave.
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    release.send(()).unwrap();
    blocked.await.unwrap();
    let written = async {
        while bearer.get("/clients").await.body["data"].as_array().unwrap().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        loop {
            let answer = bearer.post_as("call-1", "/clients", client("Bright Dental")).await;
            if answer.status != 409 {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    let answer = tokio::time::timeout(std::time::Duration::from_secs(20), written)
        .await
        .expect("the write is finished")
        .ok(201);
    assert_eq!(answer.header("idempotent-replayed"), "true");
}
