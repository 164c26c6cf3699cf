//! Channels: what is sent on them, when, and what may go wrong on the way.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::google::{Effect, Fault};

use crate::harness::{DANA, Google, ROBIN, hour};

/// The headers of a message.
type Heard = std::collections::BTreeMap<String, String>;

/// Somebody who listens, and answers the next messages with these codes, then with 200.
struct Receiver {
    address: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Receiver {
    fn answering(codes: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/hook", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let codes = Arc::new(Mutex::new(codes.to_vec()));
        let (tell, told) = mpsc::channel();
        let log = Arc::clone(&heard);
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    let (log, codes) = (Arc::clone(&log), Arc::clone(&codes));
                    App::new().default_service(web::to(move |request: HttpRequest| {
                        let pairs = request.headers().iter();
                        let heard = pairs
                            .map(|(k, v)| (k.to_string(), v.to_str().unwrap().to_owned()))
                            .collect();
                        log.lock().unwrap().push(heard);
                        let mut codes = codes.lock().unwrap();
                        let code = if codes.is_empty() { 200 } else { codes.remove(0) };
                        async move { HttpResponse::build(code.try_into().unwrap()).finish() }
                    }))
                });
                let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
                tell.send(()).unwrap();
                server.await.unwrap();
            });
        });
        told.recv().unwrap();
        Self { address, heard }
    }

    fn new() -> Self {
        Self::answering(&[])
    }

    /// Waits until so many messages have come, and gives them in the order of their arrival.
    async fn messages(&self, count: usize) -> Vec<Heard> {
        let come = async {
            while self.heard.lock().unwrap().len() < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), come)
            .await
            .expect("the messages come");
        self.heard.lock().unwrap().clone()
    }
}

fn states(messages: &[Heard]) -> Vec<(&str, &str)> {
    messages
        .iter()
        .map(|m| (m["x-goog-message-number"].as_str(), m["x-goog-resource-state"].as_str()))
        .collect()
}

fn channel(id: &str, receiver: &Receiver) -> Value {
    json!({"id": id, "type": "web_hook", "address": receiver.address, "token": "secret"})
}

const WATCH: &str = "/calendars/primary/events/watch";

#[tokio::test]
async fn a_channel_says_sync_first_and_then_that_something_changed() {
    let (google, receiver) = (Google::start(), Receiver::new());
    let dana = google.user(DANA);
    let opened = dana.post(WATCH, channel("c-1", &receiver)).await.good();
    assert_eq!(
        (&opened["kind"], &opened["token"]),
        (&json!("api#channel"), &json!("secret"))
    );
    let first = receiver.messages(1).await.remove(0);
    assert_eq!(first["x-goog-channel-id"], "c-1");
    assert_eq!(first["x-goog-channel-token"], "secret");
    assert_eq!(first["x-goog-resource-id"], opened["resourceId"].as_str().unwrap());
    assert_eq!(first["x-goog-resource-uri"], opened["resourceUri"].as_str().unwrap());
    assert!(first["x-goog-channel-expiration"].ends_with(" GMT"));
    assert_eq!(first["content-length"], "0");
    dana.insert(hour("Lunch", "2027-03-01T12:00")).await;
    assert_eq!(states(&receiver.messages(2).await), [("1", "sync"), ("2", "exists")]);
    // Another person's calendar is none of this channel's business.
    google.user(ROBIN).insert(hour("Elsewhere", "2027-03-01T12:00")).await;
    dana.insert(hour("Dinner", "2027-03-01T19:00")).await;
    let all = receiver.messages(3).await;
    assert_eq!(states(&all), [("1", "sync"), ("2", "exists"), ("3", "exists")]);
}

#[tokio::test]
async fn a_stopped_or_ended_channel_is_silent() {
    let (google, receiver) = (Google::start(), Receiver::new());
    let dana = google.user(DANA);
    let opened = dana.post(WATCH, channel("c-1", &receiver)).await.good();
    let brief = json!({"id": "c-2", "type": "web_hook", "address": receiver.address, "params": {"ttl": "60"}});
    dana.post(WATCH, brief).await.good();
    receiver.messages(2).await;
    let stop = json!({"id": "c-1", "resourceId": opened["resourceId"]});
    let stranger = google.user(ROBIN).post("/channels/stop", stop.clone()).await;
    assert_eq!(stranger.refused(), (404, "channelUnknown".into()));
    assert_eq!(dana.post("/channels/stop", stop.clone()).await.status, 204);
    assert_eq!(dana.post("/channels/stop", stop).await.refused().0, 404);
    google.control().advance(SignedDuration::from_secs(61));
    // A third channel proves that the change was told, and only there.
    dana.post(WATCH, channel("c-3", &receiver)).await.good();
    dana.insert(hour("Lunch", "2027-03-01T12:00")).await;
    let all = receiver.messages(4).await;
    let ids: Vec<&str> = all.iter().skip(2).map(|m| m["x-goog-channel-id"].as_str()).collect();
    assert_eq!(ids, ["c-3", "c-3"]);
}

#[tokio::test]
async fn messages_are_lost_doubled_overtaken_and_sent_again_on_order() {
    let (google, receiver) = (Google::start(), Receiver::answering(&[200, 503]));
    let dana = google.user(DANA);
    dana.post(WATCH, channel("c-1", &receiver)).await.good();
    receiver.messages(1).await;
    dana.insert(hour("Answered with 503", "2027-03-01T08:00")).await;
    assert_eq!(
        states(&receiver.messages(3).await)[1..],
        [("2", "exists"), ("2", "exists")]
    );
    google.control().fault(Fault::once("calendar.push", Effect::Drop));
    dana.insert(hour("Lost", "2027-03-01T09:00")).await;
    while !google.control().faults().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    google.control().fault(Fault::once("calendar.push", Effect::Duplicate));
    dana.insert(hour("Doubled", "2027-03-01T10:00")).await;
    assert_eq!(
        states(&receiver.messages(5).await)[3..],
        [("4", "exists"), ("4", "exists")]
    );
    google
        .control()
        .fault(Fault::once("calendar.push", Effect::Latency { millis: 400 }));
    dana.insert(hour("Overtaken", "2027-03-01T11:00")).await;
    while !google.control().faults().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    dana.insert(hour("Overtaking", "2027-03-01T12:00")).await;
    assert_eq!(
        states(&receiver.messages(7).await)[5..],
        [("6", "exists"), ("5", "exists")]
    );
}

#[tokio::test]
async fn what_makes_no_channel_is_refused() {
    let (google, receiver) = (Google::start(), Receiver::new());
    let dana = google.user(DANA);
    dana.post(WATCH, channel("c-1", &receiver)).await.good();
    let with = |key: &str, value: Value| {
        let mut body = channel("c-9", &receiver);
        body[key] = value;
        body
    };
    for (body, reason) in [
        (channel("c-1", &receiver), "channelIdNotUnique"),
        (with("id", json!("with space")), "invalid"),
        (with("id", json!("x".repeat(65))), "invalid"),
        (with("type", json!("carrier_pigeon")), "invalid"),
        (
            with("address", json!("http://example.com/hook")),
            "push.webhookUrlNotHttps",
        ),
        (with("address", Value::Null), "required"),
        (with("expiration", json!("1")), "invalid"),
    ] {
        assert_eq!(dana.post(WATCH, body).await.refused(), (400, reason.to_owned()));
    }
    let path = format!("/calendars/{ROBIN}/events/watch");
    assert_eq!(dana.post(&path, channel("c-9", &receiver)).await.refused().0, 404);
}

#[tokio::test]
async fn a_new_calendar_is_told_on_the_channel_of_the_list() {
    let (google, receiver) = (Google::start(), Receiver::new());
    let dana = google.user(DANA);
    dana.post("/users/me/calendarList/watch", channel("c-1", &receiver))
        .await
        .good();
    receiver.messages(1).await;
    dana.post("/calendars", json!({"summary": "New"})).await.good();
    assert_eq!(states(&receiver.messages(2).await)[1], ("2", "exists"));
}
