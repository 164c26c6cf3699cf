//! Whoever listens hears of everything, from whichever process, and of nothing that is not theirs.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    google::{ANN, BOB, World, timed},
    harness::{Caller, TestApp, client},
    program::Program,
};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// An event of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub name: String,
    pub id: i64,
    pub data: Value,
}

/// Somebody who listens.
pub struct Listener {
    response: reqwest::Response,
    text: String,
}

impl Listener {
    pub async fn new(caller: &Caller, query: &str) -> Self {
        Self::with(caller.request(Method::GET, &format!("/stream{query}"))).await
    }

    async fn with(request: reqwest::RequestBuilder) -> Self {
        // As browsers do.
        let response = request
            .header("accept-encoding", "gzip, deflate, br")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        Self {
            response,
            text: String::new(),
        }
    }

    /// The next block of lines; `None`: the stream has ended.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                self.text = rest.to_owned();
                return Some(block);
            }
            let more = tokio::time::timeout(PATIENCE, self.response.chunk())
                .await
                .expect("something is said")
                .unwrap()?;
            self.text.push_str(std::str::from_utf8(&more).unwrap());
        }
    }

    /// The next event.
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            let block = self.block().await?;
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
            let Some(name) = field("event") else { continue };
            return Some(Told {
                name: name.to_owned(),
                id: field("id").unwrap().parse().unwrap(),
                data: serde_json::from_str(field("data").unwrap()).unwrap(),
            });
        }
    }

    pub async fn hello(&mut self) -> i64 {
        let first = self.next().await.unwrap();
        assert_eq!(
            (first.name.as_str(), &first.data["position"]),
            ("hello", &json!(first.id))
        );
        first.id
    }
}

async fn booked(world: &World, calendar: &str, title: &str) -> String {
    let event = timed(title, "2027-03-01T09:00:00", "2027-03-01T10:00:00");
    world.create(calendar, event).await["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_happens_is_heard_in_the_shape_of_the_list_and_goes_on_after_a_break() {
    let world = World::new().await;
    let one = world.connected().await;
    world.sync(&one.calendar).await;
    let mut listener = Listener::new(&world.owner, "").await;
    let start = listener.hello().await;
    let id = booked(&world, &one.calendar, "First").await;
    let told = listener.next().await.unwrap();
    let listed = world.owner.get(&format!("/changes?since={start}")).await.ok(200).body;
    assert_eq!((told.name.as_str(), &told.data), ("change", &listed["data"][0]));
    assert_eq!(
        (told.data["id"].as_str(), told.data["seq"].as_i64()),
        (Some(id.as_str()), Some(told.id))
    );
    drop(listener);
    let missed = booked(&world, &one.calendar, "Second").await;
    // EventSource comes back to the same address, with what it saw last.
    let again = world
        .owner
        .request(Method::GET, "/stream?since=0")
        .header("last-event-id", told.id);
    let mut listener = Listener::with(again).await;
    assert_eq!(listener.hello().await, told.id);
    assert_eq!(listener.next().await.unwrap().data["id"], json!(missed));
    let wrong = world
        .owner
        .request(Method::GET, "/stream")
        .header("last-event-id", "yesterday");
    crate::harness::send(wrong)
        .await
        .problem(422, "validation_failed")
        .fields(&[("/header/Last-Event-ID", "format")]);
}

#[tokio::test]
async fn nobody_hears_of_another_tenant_and_a_filter_lets_only_its_own_through() {
    let world = World::new().await;
    let ann = world.connected().await;
    let bob = world.connect("Riverside", BOB).await;
    world.sync(&ann.calendar).await;
    world.sync(&bob.calendar).await;
    let eve = world.app.stranger().await;
    let mut theirs = Listener::new(&eve, &format!("?calendar_id={}", ann.calendar)).await;
    let mut all_of_theirs = Listener::new(&eve, "?since=0").await;
    let mut of_bob = Listener::new(&world.owner, &format!("?client_id={}", bob.client)).await;
    for listener in [&mut theirs, &mut all_of_theirs, &mut of_bob] {
        listener.hello().await;
    }
    booked(&world, &ann.calendar, "Ann's").await;
    let bobs = booked(&world, &bob.calendar, "Bob's").await;
    assert_eq!(of_bob.next().await.unwrap().data["id"], json!(bobs));
    // The first thing Eve hears of is her own.
    let own = eve.client("Eve's").await;
    assert_eq!(all_of_theirs.next().await.unwrap().data["id"], json!(own));
}

#[tokio::test]
async fn what_another_process_does_is_heard_and_a_pull_too() {
    let world = World::new().await;
    let one = world.connected().await;
    world.sync(&one.calendar).await;
    let program = Program::start(&world.app).await;
    let (mut here, mut there) = (
        Listener::new(&world.owner, "").await,
        Listener::new(
            &program.met_by(&world.app.key(&world.owner, &["events:read"]).await),
            "",
        )
        .await,
    );
    here.hello().await;
    there.hello().await;
    let key = world.app.key(&world.owner, &["clients:write"]).await;
    let added = program
        .met_by(&key)
        .post("/clients", client("Harbour Cafe"))
        .await
        .ok(201)
        .text("id");
    for listener in [&mut here, &mut there] {
        let told = listener.next().await.unwrap();
        assert_eq!(
            (&told.data["kind"], &told.data["id"]),
            (&json!("client"), &json!(added))
        );
    }
    let at = |time: &str| json!({"dateTime": time, "timeZone": "Europe/Berlin"});
    let body = json!({"summary": "From outside", "start": at("2027-03-01T09:00:00"), "end": at("2027-03-01T10:00:00")});
    world.control().insert_event(ANN, &body).unwrap();
    world.sync(&one.calendar).await;
    for listener in [&mut here, &mut there] {
        let told = listener.next().await.unwrap();
        assert_eq!(
            (&told.data["action"], &told.data["origin"]),
            (&json!("created"), &json!("provider"))
        );
    }
}

#[tokio::test]
async fn a_lost_position_is_said_and_the_stream_goes_on_from_now() {
    let world = World::new().await;
    let one = world.connected().await;
    world.sync(&one.calendar).await;
    let mut listener = Listener::new(&world.owner, "?since=999999").await;
    let expired = listener.next().await.unwrap();
    assert_eq!(expired.name, "expired");
    let now = world.owner.get("/changes").await.ok(200).body;
    assert_eq!(json!(expired.id), now["next_since"]);
    let id = booked(&world, &one.calendar, "After").await;
    assert_eq!(listener.next().await.unwrap().data["id"], json!(id));
}

#[tokio::test]
async fn a_stream_ends_with_the_session_or_key_that_opened_it() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let key = dana
        .post("/api-keys", json!({"name": "listener", "scopes": ["events:read"]}))
        .await
        .ok(201);
    let script = Caller {
        bearer: Some(key.body["secret"].as_str().unwrap().to_owned()),
        ..app.anybody()
    };
    let second = app.login("dana@example.com").await;
    let (mut by_key, mut by_session, mut other) = (
        Listener::new(&script, "").await,
        Listener::new(&second, "").await,
        Listener::new(&dana, "").await,
    );
    for listener in [&mut by_key, &mut by_session, &mut other] {
        listener.hello().await;
    }
    let id = key.body["key"]["id"].as_str().or(key.body["id"].as_str()).unwrap();
    dana.delete(&format!("/api-keys/{id}")).await.ok(204);
    assert_eq!(by_key.next().await.unwrap().name, "bye");
    assert_eq!(by_key.next().await, None);
    second.post("/auth/logout", json!({})).await;
    assert_eq!(by_session.next().await.unwrap().name, "bye");
    assert_eq!(by_session.next().await, None);
    let added = dana.client("Still here").await;
    assert_eq!(other.next().await.unwrap().data["id"], json!(added));
}

#[tokio::test]
async fn so_many_streams_and_no_more_until_one_is_closed() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let mut open = Vec::new();
    for _ in 0..calendar_stacker::feed::PLACES {
        let mut listener = Listener::new(&dana, "").await;
        listener.hello().await;
        open.push(listener);
    }
    dana.get("/stream").await.problem(429, "rate_limited");
    let mut other = Listener::new(&app.login("dana@example.com").await, "").await;
    other.hello().await;
    drop(open.pop());
    // The place is free when the closed connection is noticed, at the next thing that is said.
    let again = async {
        loop {
            dana.client(&format!("Client {}", uuid::Uuid::now_v7())).await;
            if dana.get("/stream").await.status == 200 {
                break;
            }
        }
    };
    tokio::time::timeout(PATIENCE, again).await.expect("a place comes free");
}

#[tokio::test]
async fn silence_is_broken_every_fifteen_seconds_and_a_stop_does_not_wait_for_listeners() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let key = app.key(&dana, &["events:read"]).await;
    let mut program = Program::start(&app).await;
    let mut listener = Listener::new(&program.met_by(&key), "?client_id=cli_none").await;
    let start = listener.hello().await;
    dana.client("Not theirs").await;
    let beat = listener.block().await.unwrap();
    assert!(beat.starts_with(": "), "{beat}");
    // What the filter holds back moves the position all the same.
    assert!(beat.contains(&format!("id: {}", start + 1)), "{beat}");
    let asked = std::time::Instant::now();
    program.signal("TERM");
    assert_eq!(listener.next().await, None);
    let status = tokio::task::spawn_blocking(move || program.child.wait().unwrap())
        .await
        .unwrap();
    assert!(status.success(), "{status}");
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
}
