//! Health, numbers, headers, files: what the operator and the browser rely on.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use calendar_stacker::{
    api::auth::{Actor, Identity},
    config::Switch,
    ops::access::Reach,
};
use domain::id::TenantId;
use reqwest::Method;

use crate::harness::{TestApp, client, send};

#[tokio::test]
async fn health_and_numbers_tell_no_secrets() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let id = dana.client("Bright Dental").await;
    dana.get(&format!("/clients/{id}")).await.ok(200);
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(app.anybody().get(path).await.ok(200).body["status"], "ok");
    }
    let numbers = app.anybody().get("/metrics").await.ok(200).raw;
    assert!(
        numbers.contains("http_requests_total{method=\"GET\",route=\"/api/v1/clients/{id}\",status=\"200\"}"),
        "{numbers}"
    );
    assert!(!numbers.contains(&id), "an id is not a label");
}

#[tokio::test]
async fn a_request_id_goes_in_and_comes_out() {
    let app = TestApp::start().await;
    let anybody = app.anybody();
    let with = |id: &'static str| send(anybody.request(Method::GET, "/auth/me").header("x-request-id", id));
    let kept = with("call-0815-abc").await;
    kept.problem(401, "unauthenticated");
    assert_eq!(kept.header("x-request-id"), "call-0815-abc");
    assert_ne!(
        with("a b\tc{}<script>").await.header("x-request-id"),
        "a b\tc{}<script>"
    );
    assert_ne!(
        anybody.get("/setup").await.header("x-request-id"),
        anybody.get("/setup").await.header("x-request-id")
    );
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let app = TestApp::start().await;
    for path in ["/", "/setup", "/auth/me", "/docs/", "/health/live", "/api/v1/nothing"] {
        let answer = app.anybody().get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("script-src 'self'") && policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert!(
            !policy
                .split(';')
                .any(|part| part.contains("script-src") && part.contains("unsafe")),
            "{path}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_in_our_shape() {
    let app = TestApp::start().await;
    let anybody = app.anybody();
    anybody.get("/nothing").await.problem(404, "not_found");
    let wrong = send(anybody.request(Method::PATCH, "/clients")).await;
    wrong.problem(405, "method_not_allowed");
    assert_eq!(wrong.header("allow"), "GET, POST");
    send(anybody.request(Method::DELETE, "/health/live"))
        .await
        .problem(405, "method_not_allowed");
    anybody.get("/clients/%00").await.problem(404, "not_found");
    let dana = app.owner().await;
    for id in [
        "%ff%fe",
        "..%2f..",
        "cli_",
        "%20",
        "cli_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b",
    ] {
        dana.get(&format!("/clients/{id}")).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn the_web_app_is_served_with_caching_that_fits_and_no_way_out_of_its_folder() {
    let app = TestApp::start().await;
    let spa = app.dir.path().join("spa");
    app.anybody().get("/").await.problem(404, "not_found");
    std::fs::create_dir_all(spa.join("assets")).unwrap();
    std::fs::write(spa.join("index.html"), "<!doctype html><title>app</title>").unwrap();
    std::fs::write(spa.join("assets/index-4f3a.js"), "export {}").unwrap();
    std::fs::write(app.dir.path().join("outside.txt"), "secret").unwrap();
    let get = async |path: &str| send(app.http.get(format!("{}{path}", app.url))).await;

    let page = get("/").await.ok(200);
    assert_eq!(
        (page.header("cache-control"), page.header("content-type")),
        ("no-cache", "text/html; charset=utf-8")
    );
    assert_eq!(
        get("/clients/cli_1/calendar").await.ok(200).raw,
        page.raw,
        "addresses of the app get its page"
    );
    let script = get("/assets/index-4f3a.js").await.ok(200);
    assert_eq!(script.header("cache-control"), "public, max-age=31536000, immutable");
    get("/assets/index-old.js").await.problem(404, "not_found");
    for path in [
        "/..%2foutside.txt",
        "/%2e%2e/outside.txt",
        "/assets/..%2f..%2foutside.txt",
        "/.env",
    ] {
        assert!(!get(path).await.raw.contains("secret"), "{path}");
    }
    send(app.http.post(format!("{}/clients", app.url)))
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn callers_see_how_much_they_may_still_ask() {
    let app = TestApp::start_with(|config| config.rate_limit = Switch::On).await;
    let dana = app.owner().await;
    let answer = dana.get("/clients").await.ok(200);
    assert!(answer.header("ratelimit").contains("r="), "{:?}", answer.headers);
    assert!(answer.header("ratelimit-policy").contains("q="));
    let me = dana.get("/auth/me").await.body;
    let text = |pointer: &str| me.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let identity = Identity {
        tenant: TenantId::from_store(text("/tenant/id")),
        actor: Actor::User(text("/user/id")),
        session_id: None,
        scopes: Arc::from([]),
        reach: Reach::All,
        ends_at: None,
    };
    // As fast as no network could, and going on while the next request is made: the allowance comes back by the second.
    let done = Arc::new(AtomicBool::new(false));
    let greedy = std::thread::spawn({
        let (app, done) = (app.app.clone(), Arc::clone(&done));
        move || {
            while !done.load(Ordering::Relaxed) {
                let _ = app.limits.caller(&identity);
            }
        }
    });
    let mut refused = dana.get("/clients").await;
    for _ in 0..500 {
        if refused.status == 429 {
            break;
        }
        refused = dana.get("/clients").await;
    }
    done.store(true, Ordering::Relaxed);
    greedy.join().unwrap();
    refused.problem(429, "rate_limited");
    assert_ne!(refused.header("retry-after"), "");
}

#[tokio::test]
async fn a_body_that_never_comes_does_not_hold_the_service() {
    use std::io::{Read, Write};
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let host = app.url.trim_start_matches("http://").to_owned();
    let slow: Vec<std::net::TcpStream> = (0..50)
        .map(|_| {
            let mut stream = std::net::TcpStream::connect(&host).unwrap();
            write!(stream, "POST /api/v1/clients HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{{").unwrap();
            stream
        })
        .collect();
    dana.post("/clients", client("Bright Dental")).await.ok(201);
    drop(slow);
    // A body announced as too large is refused before it is sent.
    let mut stream = std::net::TcpStream::connect(&host).unwrap();
    let bearer = app.key(&dana, &["clients:write"]).await.bearer.unwrap();
    write!(stream, "POST /api/v1/clients HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {bearer}\r\ncontent-type: application/json\r\ncontent-length: 99999999\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    tokio::task::spawn_blocking(move || {
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 413");
    })
    .await
    .unwrap();
}
