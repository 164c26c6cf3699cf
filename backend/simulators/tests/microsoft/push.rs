//! Subscriptions: the echo, notifications, lifecycle.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::microsoft::{Effect, Fault};

use crate::harness::{MIRA, Microsoft, NOAH, hour, path};

/// Somebody who listens at `/changes` and `/life`, echoes tokens at both, and answers the next notifications with these
/// codes, then with 202. At `/mute` nothing is echoed.
struct Receiver {
    address: String,
    heard: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Receiver {
    fn answering(codes: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let codes = Arc::new(Mutex::new(codes.to_vec()));
        let (tell, told) = mpsc::channel();
        let log = Arc::clone(&heard);
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    let (log, codes) = (Arc::clone(&log), Arc::clone(&codes));
                    App::new().default_service(web::to(move |request: HttpRequest, body: web::Bytes| {
                        let answer = answer(&request, &body, &log, &codes);
                        async move { answer }
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

    /// Waits until so many items have come, and gives them in the order of their arrival, with the path they came to.
    async fn items(&self, count: usize) -> Vec<(String, Value)> {
        let come = async {
            while self.heard.lock().unwrap().len() < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), come)
            .await
            .expect("the notifications come");
        self.heard.lock().unwrap().clone()
    }

    fn wish(&self, microsoft: &Microsoft, changes: &str) -> Value {
        json!({
            "changeType": changes,
            "notificationUrl": format!("{}/changes", self.address),
            "lifecycleNotificationUrl": format!("{}/life", self.address),
            "resource": "me/events",
            "expirationDateTime": ends(microsoft, 1000),
            "clientState": "a secret of our own",
        })
    }
}

fn answer(
    request: &HttpRequest,
    body: &[u8],
    log: &Mutex<Vec<(String, Value)>>,
    codes: &Mutex<Vec<u16>>,
) -> HttpResponse {
    let token = url::form_urlencoded::parse(request.query_string().as_bytes()).find(|(n, _)| n == "validationToken");
    match token {
        Some(_) if request.path() == "/mute" => return HttpResponse::Ok().body("no"),
        Some((_, token)) => return HttpResponse::Ok().content_type("text/plain").body(token.into_owned()),
        None => {}
    }
    let mut codes = codes.lock().unwrap();
    let code = if codes.is_empty() { 202 } else { codes.remove(0) };
    if code == 202 {
        let sent: Value = serde_json::from_slice(body).unwrap();
        let items = sent["value"].as_array().unwrap().iter();
        log.lock()
            .unwrap()
            .extend(items.map(|i| (request.path().to_string(), i.clone())));
    }
    HttpResponse::build(code.try_into().unwrap()).finish()
}

fn ends(microsoft: &Microsoft, minutes: i64) -> String {
    (microsoft.control().now() + SignedDuration::from_mins(minutes)).to_string()
}

#[tokio::test]
async fn changes_are_told_with_the_secret_of_the_subscription() {
    let microsoft = Microsoft::start();
    let receiver = Receiver::new();
    let mira = microsoft.user(MIRA).prefer("IdType=\"ImmutableId\"");
    let made = mira
        .post("/subscriptions", receiver.wish(&microsoft, "created,updated,deleted"))
        .await;
    assert_eq!(made.status, 201);
    let subscription = made.good();
    assert_eq!(subscription["clientState"], "a secret of our own");
    let event = mira.create(hour("One", "2027-03-01T10:00")).await;
    receiver.items(1).await;
    mira.patch(&path(&event), json!({"subject": "Two"})).await.good();
    receiver.items(2).await;
    mira.delete(&path(&event)).await;
    microsoft.user(NOAH).create(hour("Not hers", "2027-03-01T10:00")).await;
    let items = receiver.items(3).await;
    assert_eq!(
        items
            .iter()
            .map(|(_, i)| i["changeType"].as_str().unwrap())
            .collect::<Vec<_>>(),
        ["created", "updated", "deleted"]
    );
    for (at, item) in &items {
        assert_eq!(
            (at.as_str(), item["clientState"].as_str()),
            ("/changes", Some("a secret of our own"))
        );
        assert_eq!(
            (&item["subscriptionId"], &item["resourceData"]["id"]),
            (&subscription["id"], &event["id"])
        );
        assert!(
            item["resource"].as_str().unwrap().starts_with("Users/") && item["tenantId"].as_str().unwrap().len() == 36
        );
    }
    let listed = mira.get("/subscriptions").await.good();
    assert!(listed["value"][0]["clientState"].is_null() && listed["value"][0]["id"] == subscription["id"]);
    assert_eq!(
        microsoft
            .user(NOAH)
            .get(&format!("/subscriptions/{}", subscription["id"].as_str().unwrap()))
            .await
            .refused()
            .0,
        404
    );
}

#[tokio::test]
async fn who_does_not_echo_and_who_asks_for_too_much_gets_none() {
    let microsoft = Microsoft::start();
    let receiver = Receiver::new();
    let mira = microsoft.user(MIRA);
    let with = |key: &str, value: Value| {
        let mut wish = receiver.wish(&microsoft, "updated");
        wish[key] = value;
        wish
    };
    for (wish, code) in [
        (
            with("notificationUrl", json!(format!("{}/mute", receiver.address))),
            "ValidationError",
        ),
        (
            with("lifecycleNotificationUrl", json!(format!("{}/mute", receiver.address))),
            "ValidationError",
        ),
        (
            with("notificationUrl", json!("http://127.0.0.1:9/nobody")),
            "ValidationError",
        ),
        (
            with("notificationUrl", json!("http://hooks.example/plain")),
            "ValidationError",
        ),
        (
            with("expirationDateTime", json!(ends(&microsoft, 10_090))),
            "InvalidRequest",
        ),
        (
            with("expirationDateTime", json!(ends(&microsoft, -1))),
            "InvalidRequest",
        ),
        (with("clientState", json!("x".repeat(129))), "InvalidRequest"),
        (with("changeType", json!("everything")), "InvalidRequest"),
        (with("resource", json!("me/messages")), "InvalidRequest"),
        (with("nonsense", json!(1)), "RequestBodyRead"),
    ] {
        assert_eq!(
            mira.post("/subscriptions", wish.clone()).await.refused(),
            (400, code.to_string()),
            "{wish}"
        );
    }
    assert!(microsoft.control().subscriptions().is_empty());
    let short = mira
        .post("/subscriptions", with("expirationDateTime", json!(ends(&microsoft, 5))))
        .await
        .good();
    let left = short["expirationDateTime"]
        .as_str()
        .unwrap()
        .parse::<jiff::Timestamp>()
        .unwrap()
        .duration_since(microsoft.control().now());
    assert!(left.as_mins() >= 44, "less than 45 minutes is raised to that");
    assert_eq!(
        mira.post("/subscriptions", with("clientState", json!("other")))
            .await
            .refused(),
        (409, "Conflict".into())
    );
}

#[tokio::test]
async fn a_subscription_ends_unless_it_is_renewed() {
    let microsoft = Microsoft::start();
    let receiver = Receiver::new();
    let made = microsoft
        .user(MIRA)
        .post("/subscriptions", receiver.wish(&microsoft, "created"))
        .await
        .good();
    let at = format!("/subscriptions/{}", made["id"].as_str().unwrap());
    microsoft.control().advance(SignedDuration::from_mins(900));
    let mira = microsoft.user(MIRA);
    let renewed = mira
        .patch(&at, json!({"expirationDateTime": ends(&microsoft, 2000)}))
        .await
        .good();
    assert_ne!(renewed["expirationDateTime"], made["expirationDateTime"]);
    assert_eq!(mira.patch(&at, json!({"clientState": "new"})).await.refused().0, 400);
    microsoft.control().advance(SignedDuration::from_mins(1500));
    let mira = microsoft.user(MIRA);
    mira.get(&at).await.good();
    assert_eq!(mira.delete(&at).await.status, 204);
    assert_eq!(mira.get(&at).await.refused().0, 404);
    mira.post("/subscriptions", receiver.wish(&microsoft, "created"))
        .await
        .good();
    microsoft.control().advance(SignedDuration::from_mins(1001));
    microsoft.user(MIRA).create(hour("Unheard", "2027-03-01T10:00")).await;
    assert!(microsoft.control().subscriptions().is_empty() && receiver.heard.lock().unwrap().is_empty());
}

#[tokio::test]
async fn lifecycle_words_go_to_their_own_address_and_mean_something() {
    let microsoft = Microsoft::start();
    let receiver = Receiver::new();
    let mira = microsoft.user(MIRA);
    let made = mira
        .post("/subscriptions", receiver.wish(&microsoft, "created"))
        .await
        .good();
    let id = made["id"].as_str().unwrap();
    microsoft.control().lifecycle(id, "reauthorizationRequired").unwrap();
    let (at, word) = receiver.items(1).await.remove(0);
    assert_eq!(
        (
            at.as_str(),
            word["lifecycleEvent"].as_str(),
            word["clientState"].as_str()
        ),
        ("/life", Some("reauthorizationRequired"), Some("a secret of our own"))
    );
    mira.create(hour("Not told", "2027-03-01T10:00")).await;
    // The beat after this word has passed the change by.
    microsoft.control().lifecycle(id, "missed").unwrap();
    assert_eq!(receiver.items(2).await[1].1["lifecycleEvent"], "missed");
    assert_eq!(
        mira.post(&format!("/subscriptions/{id}/reauthorize"), json!({}))
            .await
            .status,
        204
    );
    mira.create(hour("Told", "2027-03-02T10:00")).await;
    assert_eq!(receiver.items(3).await[2].0, "/changes");
    microsoft.control().lifecycle(id, "subscriptionRemoved").unwrap();
    assert_eq!(receiver.items(4).await[3].1["lifecycleEvent"], "subscriptionRemoved");
    assert_eq!(mira.get(&format!("/subscriptions/{id}")).await.refused().0, 404);
    assert!(microsoft.control().lifecycle(id, "missed").is_err());
}

#[tokio::test]
async fn notifications_are_sent_again_lost_doubled_and_given_up() {
    let microsoft = Microsoft::start();
    let receiver = Receiver::answering(&[500, 503]);
    let mira = microsoft.user(MIRA);
    mira.post("/subscriptions", receiver.wish(&microsoft, "created"))
        .await
        .good();
    mira.create(hour("After two tries", "2027-03-01T10:00")).await;
    receiver.items(1).await;
    microsoft.control().fault(Fault::once("graph.push", Effect::Drop));
    mira.create(hour("Lost", "2027-03-01T10:00")).await;
    while !microsoft.control().faults().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    microsoft.control().fault(Fault::once("graph.push", Effect::Duplicate));
    let twice = mira.create(hour("Twice", "2027-03-01T10:00")).await;
    let items = receiver.items(3).await;
    assert!(items[1..].iter().all(|(_, i)| i["resourceData"]["id"] == twice["id"]));

    let broken = Receiver::answering(&[500, 500, 500, 500]);
    let noah = microsoft.user(NOAH);
    noah.post("/subscriptions", broken.wish(&microsoft, "created"))
        .await
        .good();
    noah.create(hour("Given up", "2027-03-01T10:00")).await;
    assert_eq!(broken.items(1).await[0].1["lifecycleEvent"], "missed");
}
