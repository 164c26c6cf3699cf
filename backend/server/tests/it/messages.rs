//! What people are told of bookings: by a real mail server, and by a service for text messages.

mod reconnecting;

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use calendar_stacker::{config::Config, jobs};
use hmac::{Hmac, KeyInit, Mac};
use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    bookings::{Practice, Side},
    harness::TestApp,
    services::patch_as_of,
};

/// A mail server of a story's own.
struct MailServer {
    port: u16,
    seen: Arc<Mutex<Vec<Value>>>,
    child: Child,
}

impl MailServer {
    async fn start() -> Self {
        Self::start_at(0).await
    }

    async fn start_at(port: u16) -> Self {
        tokio::task::spawn_blocking(move || {
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/mail.sh");
            let mut child = Command::new(script)
                .arg(port.to_string())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let first: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
            let seen: Arc<Mutex<Vec<Value>>> = Arc::default();
            let heard = Arc::clone(&seen);
            std::thread::spawn(move || {
                for line in lines.map_while(Result::ok) {
                    heard.lock().unwrap().push(serde_json::from_str(&line).unwrap());
                }
            });
            Self {
                port: u16::try_from(first["port"].as_u64().unwrap()).unwrap(),
                seen,
                child,
            }
        })
        .await
        .unwrap()
    }

    /// The mails it has taken, once there are so many.
    async fn mails(&self, count: usize) -> Vec<Value> {
        for _ in 0..200 {
            if self.seen.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mails = self.seen.lock().unwrap().clone();
        assert_eq!(mails.len(), count, "{mails:#?}");
        mails
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn by_mail(config: &mut Config, port: u16) {
    let password = config.data_dir.join("smtp-password");
    std::fs::write(&password, "secret-ann\n").unwrap();
    config.smtp_url = Some(SecretString::from(format!("smtp://127.0.0.1:{port}")));
    config.smtp_username = Some("ann".into());
    config.smtp_password_file = Some(password);
    config.mail_from = Some("bookings@stacker.example".into());
}

async fn mailing() -> (MailServer, Practice) {
    let server = MailServer::start().await;
    let port = server.port;
    (server, Practice::open_with(move |config| by_mail(config, port)).await)
}

/// Sends what is due after so many minutes.
async fn send_after(practice: &Practice, minutes: i64) {
    send_due(&practice.world.app, SignedDuration::from_mins(minutes)).await;
}

async fn send_due(app: &TestApp, later: SignedDuration) {
    app.clock.advance(later + SignedDuration::from_secs(6));
    let job = jobs::ALL.iter().find(|job| job.name == "messages").unwrap();
    assert!(jobs::once(&app.app, job, "worker").await.unwrap());
}

async fn book(practice: &Practice, time: &str, customer: Value) -> Value {
    let body = json!({"staff_ids": [practice.sam], "customer": customer});
    practice.try_book(time, body).await.ok(201).body
}

/// Kind, channel and state of each message about a booking, with why.
async fn told(practice: &Practice, booking: &Value) -> Vec<(String, String, String)> {
    let path = format!("/bookings/{}/messages", booking["id"].as_str().unwrap());
    let all = practice.owner().get(&path).await.ok(200).body;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = all["data"].as_array().unwrap().iter();
    rows.map(|one| (text(&one["kind"]), text(&one["state"]), text(&one["detail"])))
        .collect()
}

fn brief(told: &[(String, String, String)]) -> Vec<(&str, &str)> {
    told.iter()
        .map(|(kind, state, _)| (kind.as_str(), state.as_str()))
        .collect()
}

fn cara() -> Value {
    json!({"name": "Cara <b>Lind</b>", "email": "cara@example.com"})
}

#[tokio::test]
async fn a_customer_is_told_reminded_in_time_and_manages_the_booking_by_the_link() {
    let (server, practice) = mailing().await;
    let booking = book(&practice, "10:00", cara()).await;
    assert_eq!(
        brief(&told(&practice, &booking).await),
        [("confirmed", "waiting"), ("reminder", "waiting")]
    );
    send_after(&practice, 0).await;
    let mail = server.mails(1).await.remove(0);
    assert_eq!(
        (
            mail["from"].as_str().unwrap(),
            mail["to"].as_str().unwrap(),
            mail["reply_to"].as_str().unwrap()
        ),
        (
            "Bright Dental <bookings@stacker.example>",
            "cara@example.com",
            "Bright Dental <brightdental@example.com>"
        )
    );
    let subject = mail["subject"].as_str().unwrap();
    assert!(
        subject.starts_with("Confirmed: Check-up, Tuesday") && subject.ends_with("at 10:00"),
        "{subject}"
    );
    let text = mail["text"].as_str().unwrap();
    assert!(
        text.contains("at 10:00 (Europe/Berlin)") && text.contains("With: Sam"),
        "{text}"
    );
    assert!(mail["html"].as_str().unwrap().contains("Cara &lt;b&gt;Lind&lt;/b&gt;"));
    let file = mail["files"]["booking.ics"].as_str().unwrap();
    assert!(
        file.contains("METHOD:PUBLISH") && file.contains("SUMMARY:Check-up - Bright Dental"),
        "{file}"
    );
    let url = text.lines().find_map(|line| line.split_once("cancel it: ")).unwrap().1;
    assert!(url.starts_with(&practice.world.app.url), "{url}");
    let path = format!("/public/bookings/{}", url.rsplit('/').next().unwrap());
    let anybody = practice.world.app.anybody();
    assert_eq!(anybody.get(&path).await.ok(200).body["start"], practice.at("10:00"));
    // From the page it is the same event, without the link that opens the booking.
    let saved = anybody.get(&format!("{path}/calendar")).await.ok(200);
    assert_eq!(saved.header("content-type"), "text/calendar; charset=utf-8");
    let names = |text: &str| -> Vec<String> {
        let lines = text
            .lines()
            .filter(|line| line.starts_with("UID") || line.starts_with("SEQ"));
        lines.map(str::to_owned).collect()
    };
    assert_eq!((names(&saved.raw).len(), names(&saved.raw)), (2, names(file)));
    assert!(!saved.raw.contains("/booking/"), "{}", saved.raw);

    anybody
        .post(&format!("{path}/reschedule"), json!({"start": practice.at("11:00")}))
        .await
        .ok(200);
    send_after(&practice, 0).await;
    let mails = server.mails(2).await;
    assert!(mails[1]["subject"].as_str().unwrap().starts_with("New time: Check-up"));
    let ends = |mail: &Value| mail["files"]["booking.ics"].as_str().unwrap().contains("SEQUENCE:2");
    assert!(ends(&mails[1]) && !ends(&mails[0]));
    // A day before the new time, once.
    let start: jiff::Timestamp = practice.at("11:00").parse().unwrap();
    let until = start.duration_since(practice.world.app.app.now()) - SignedDuration::from_hours(24);
    send_after(&practice, until.as_mins() - 10).await;
    server.mails(2).await;
    send_after(&practice, 10).await;
    send_after(&practice, 10).await;
    let mails = server.mails(3).await;
    assert!(mails[2]["subject"].as_str().unwrap().starts_with("Reminder: Check-up"));
    assert_eq!(
        brief(&told(&practice, &booking).await),
        [
            ("confirmed", "sent"),
            ("reminder", "dropped"),
            ("changed", "sent"),
            ("reminder", "sent")
        ]
    );
}

#[tokio::test]
async fn a_cancelled_booking_is_not_reminded_of_and_what_is_no_longer_so_is_not_told() {
    let (server, practice) = mailing().await;
    let booking = book(&practice, "10:00", cara()).await;
    practice
        .act(&booking, "reschedule", json!({"start": practice.at("12:00")}))
        .await
        .ok(200);
    practice.act(&booking, "cancel", json!({})).await.ok(200);
    send_after(&practice, 0).await;
    let mails = server.mails(1).await;
    assert!(mails[0]["subject"].as_str().unwrap().starts_with("Cancelled: Check-up"));
    assert!(
        mails[0]["files"]["booking.ics"]
            .as_str()
            .unwrap()
            .contains("STATUS:CANCELLED")
    );
    assert_eq!(
        brief(&told(&practice, &booking).await),
        [
            ("confirmed", "dropped"),
            ("reminder", "dropped"),
            ("changed", "dropped"),
            ("reminder", "dropped"),
            ("cancelled", "sent")
        ]
    );
    send_after(&practice, 60 * 24 * 20).await;
    server.mails(1).await;
}

#[tokio::test]
async fn a_server_that_is_away_busy_or_refuses_and_a_lost_answer() {
    // A port that nobody listens on yet.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let practice = Practice::open_with(move |config| by_mail(config, port)).await;
    practice.policy(json!({"reminders": []})).await;
    let customer = |name: &str| json!({"name": name, "email": format!("{name}@example.com")});
    let mut bookings = Vec::new();
    for (time, name) in [
        ("09:00", "calm"),
        ("10:00", "busy"),
        ("11:00", "refused"),
        ("12:00", "lost"),
    ] {
        bookings.push(book(&practice, time, customer(name)).await);
    }
    send_after(&practice, 0).await;
    for booking in &bookings {
        let told = told(&practice, booking).await;
        assert_eq!(brief(&told), [("confirmed", "waiting")]);
        assert!(!told[0].2.is_empty(), "it says why");
    }
    let server = MailServer::start_at(port).await;
    send_after(&practice, 0).await;
    assert!(server.seen.lock().unwrap().is_empty(), "it waits a minute");
    send_after(&practice, 1).await;
    server.mails(2).await;
    let states = |all: &[Vec<(String, String, String)>]| all.iter().map(|one| one[0].1.clone()).collect::<Vec<_>>();
    let mut all = Vec::new();
    for booking in &bookings {
        all.push(told(&practice, booking).await);
    }
    assert_eq!(states(&all), ["sent", "waiting", "failed", "waiting"]);
    assert!(all[1][0].2.contains("451") && all[2][0].2.contains("550"), "{all:?}");
    send_after(&practice, 2).await;
    let mails = server.mails(4).await;
    let lost: Vec<&Value> = mails.iter().filter(|mail| mail["to"] == "lost@example.com").collect();
    assert_eq!(lost.len(), 2);
    assert_eq!(
        lost[0]["message_id"], lost[1]["message_id"],
        "who gets both sees that they are one"
    );
    all.clear();
    for booking in &bookings {
        all.push(told(&practice, booking).await);
    }
    assert_eq!(states(&all), ["sent", "sent", "failed", "sent"]);
}

#[tokio::test]
async fn where_no_mail_server_is_set_up_it_is_said_and_in_the_sandbox_mails_are_files() {
    let practice = Practice::open().await;
    let booking = book(&practice, "10:00", cara()).await;
    let why = "No mail server is set up.";
    assert!(told(&practice, &booking).await.iter().all(|one| one.2 == why));
    send_after(&practice, 0).await;
    let after = told(&practice, &booking).await;
    assert_eq!(brief(&after), [("confirmed", "not_sent"), ("reminder", "waiting")]);
    assert_eq!(after[0].2, why);
    let anybody = practice.world.app.anybody();
    assert_eq!(anybody.get("/health/ready").await.ok(200).body["mail"], "none");

    let practice = Practice::open_with(|config| config.sandbox = true).await;
    let booking = book(&practice, "10:00", cara()).await;
    send_after(&practice, 0).await;
    assert_eq!(brief(&told(&practice, &booking).await)[0], ("confirmed", "sent"));
    let folder = practice.world.app.dir.path().join("mail");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().collect();
    assert_eq!(files.len(), 1);
    let anybody = practice.world.app.anybody();
    assert_eq!(anybody.get("/health/ready").await.ok(200).body["mail"], "folder");
}

#[tokio::test]
async fn the_business_is_told_what_waits_for_it_and_not_of_what_is_decided() {
    let (server, practice) = mailing().await;
    practice.publish().await;
    practice
        .policy(json!({"confirmation": "by_hand", "email_customers": false}))
        .await;
    let anybody = practice.world.app.anybody();
    let visit = |time: &str| {
        let body = json!({"service_id": practice.service, "staff_id": practice.sam, "start": practice.at(time),
            "customer": {"name": "Cara", "email": "cara@example.com"}});
        anybody.post("/public/bright-dental/bookings", body)
    };
    visit("10:00").await.ok(201);
    let second = visit("12:00").await.ok(201);
    let listed = practice.owner().get("/bookings").await.ok(200).body["data"].clone();
    practice.act(&listed[1], "confirm", json!({})).await.ok(200);
    send_after(&practice, 0).await;
    let mails = server.mails(1).await;
    assert_eq!(mails[0]["to"], "brightdental@example.com");
    let text = mails[0]["text"].as_str().unwrap();
    assert!(text.contains("Customer: Cara") && text.contains("at 10:00"), "{text}");
    let token = second.text("manage_url");
    assert!(
        !text.contains("/booking/") && !text.contains(token.rsplit('/').next().unwrap()),
        "the link is the customer's"
    );
}

/// Takes one request and answers it.
fn webhook(answer: &'static str) -> (u16, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut text = Vec::new();
        let mut chunk = [0; 4096];
        while !String::from_utf8_lossy(&text).contains("}}") {
            let count = stream.read(&mut chunk).unwrap();
            assert!(count > 0);
            text.extend_from_slice(&chunk[..count]);
        }
        write!(
            stream,
            "HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        String::from_utf8(text).unwrap()
    });
    (port, heard)
}

#[tokio::test]
async fn text_messages_go_to_the_service_of_the_operator_signed() {
    let (port, heard) = webhook("204 No Content");
    let secret = format!("whsec_{}", BASE64_STANDARD.encode([7_u8; 32]));
    let key = SecretString::from(secret.clone());
    let practice = Practice::open_with(move |config| {
        config.sms_webhook_url = Some(format!("http://127.0.0.1:{port}/send"));
        config.sms_webhook_secret = Some(key);
        config.allow_addresses = "127.0.0.0/8".into();
    })
    .await;
    practice
        .policy(json!({"text_customers": true, "email_customers": false, "reminders": []}))
        .await;
    let booking = book(&practice, "10:00", json!({"name": "Cara", "phone": "+49 30 1234"})).await;
    send_after(&practice, 0).await;
    let told = told(&practice, &booking).await;
    assert_eq!(brief(&told), [("confirmed", "sent")], "{told:?}");
    let request = tokio::task::spawn_blocking(|| heard.join().unwrap()).await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let header = |name: &str| {
        head.lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")))
            .unwrap()
            .to_owned()
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap();
    mac.update(format!("{}.{}.{body}", header("webhook-id"), header("webhook-timestamp")).as_bytes());
    let signature = format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()));
    assert_eq!(header("webhook-signature"), signature);
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["data"]["to"], "+49 30 1234");
    let text = body["data"]["text"].as_str().unwrap();
    assert!(
        text.starts_with("Bright Dental: Check-up, Tuesday") && text.contains("/booking/"),
        "{text}"
    );
}

/// The path that a mail's link opens.
fn opened_by(mail: &Value) -> String {
    let text = mail["text"].as_str().unwrap();
    let url = text.lines().find_map(|line| line.split_once("cancel it: ")).unwrap().1;
    format!("/public/bookings/{}", url.rsplit('/').next().unwrap())
}

#[tokio::test]
async fn the_link_of_who_came_before_opens_nothing_once_somebody_else_comes() {
    let (server, practice) = mailing().await;
    let booking = book(&practice, "10:00", cara()).await;
    send_after(&practice, 0).await;
    let caras = opened_by(&server.mails(1).await[0]);
    let body = json!({"client_id": practice.one.client, "name": "Bo", "email": "bo@example.com"});
    let bo = practice.owner().post("/customers", body).await.ok(201).text("id");
    let path = format!("/bookings/{}", booking["id"].as_str().unwrap());
    let seen = practice.owner().get(&path).await.ok(200);
    patch_as_of(practice.owner(), &path, seen.header("etag"), json!({"customer_id": bo}))
        .await
        .ok(200);
    send_after(&practice, 0).await;
    let mail = server.mails(2).await.remove(1);
    assert_eq!(mail["to"], "bo@example.com");
    let bos = opened_by(&mail);
    let anybody = practice.world.app.anybody();
    anybody.get(&bos).await.ok(200);
    for what in ["", "/calendar"] {
        anybody.get(&format!("{caras}{what}")).await.problem(404, "not_found");
    }
    let later = json!({"start": practice.at("11:00")});
    for (what, body) in [("reschedule", later), ("cancel", json!({}))] {
        let path = format!("{caras}/{what}");
        anybody.post(&path, body).await.problem(404, "not_found");
    }

    practice.act(&booking, "undo", json!({})).await.ok(200);
    send_after(&practice, 0).await;
    let mail = server.mails(3).await.remove(2);
    assert_eq!(mail["to"], "cara@example.com");
    anybody.get(&opened_by(&mail)).await.ok(200);
    for gone in [caras, bos] {
        anybody.get(&gone).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn a_service_for_text_messages_is_no_way_into_the_network() {
    let secret = SecretString::from(format!("whsec_{}", BASE64_STANDARD.encode([7_u8; 32])));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    listener.set_nonblocking(true).unwrap();
    let practice = Practice::open_with(move |config| {
        config.sms_webhook_url = Some(format!("http://127.0.0.1:{port}/send"));
        config.sms_webhook_secret = Some(secret);
    })
    .await;
    practice.policy(json!({"text_customers": true, "reminders": []})).await;
    let booking = book(&practice, "10:00", json!({"name": "Cara", "phone": "+49 30 1234"})).await;
    send_after(&practice, 0).await;
    let told = told(&practice, &booking).await;
    assert_eq!(brief(&told), [("confirmed", "waiting")]);
    assert!(
        listener.accept().is_err() && !told[0].2.is_empty(),
        "nobody was asked, and it says why: {told:?}"
    );
}

#[tokio::test]
async fn the_business_gets_a_mail_when_an_import_is_complete() {
    let (server, practice) = mailing().await;
    let rows = json!([{"start": "2024-03-05T09:30", "service": "Check-up", "customer_name": "Cara", "customer_email": "cara@example.com"},
        {"start": practice.at("10:00"), "service": "Check-up", "customer_name": "Cara", "customer_email": "cara@example.com"}, {"start": "soon", "service": "Check-up"}]);
    let body = json!({"client_id": practice.one.client, "rows": rows});
    practice.owner().post("/bookings/import", body).await.ok(202);
    let job = jobs::ALL.iter().find(|job| job.name == "booking imports").unwrap();
    assert!(jobs::once(&practice.world.app.app, job, "worker").await.unwrap());
    send_after(&practice, 0).await;
    let mails = server.mails(1).await;
    assert_eq!(
        mails[0]["to"], "brightdental@example.com",
        "and nobody is told again what they were told elsewhere"
    );
    let text = mails[0]["text"].as_str().unwrap();
    assert!(
        text.contains("Of 3 rows 2 were made into bookings, 0 were known already, and 1 could not be used."),
        "{text}"
    );
}

#[tokio::test]
async fn a_rule_that_waits_for_a_yes_is_one_mail_to_the_business_and_one_to_the_customer() {
    let (server, practice) = mailing().await;
    practice.policy(json!({"confirmation": "by_hand"})).await;
    let mut body = json!({"service_id": practice.service, "start": practice.at("10:00"), "customer": cara()});
    body["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=3"]);
    let key = practice.world.app.key(practice.owner(), &["bookings:write"]).await;
    key.post("/bookings", body).await.ok(201);
    send_after(&practice, 0).await;
    let mails = server.mails(2).await;
    let mut to: Vec<&str> = mails.iter().map(|mail| mail["to"].as_str().unwrap()).collect();
    to.sort_unstable();
    assert_eq!(to, ["brightdental@example.com", "cara@example.com"]);
}

/// The text of each mail to the customer.
fn to_cara(mails: &[Value]) -> Vec<&str> {
    let hers = mails.iter().filter(|mail| mail["to"] == "cara@example.com");
    hers.map(|mail| mail["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn of_a_rule_only_what_is_confirmed_is_said_to_be() {
    let (server, practice) = mailing().await;
    let rule = json!(["RRULE:FREQ=WEEKLY;COUNT=3"]);
    let hold = json!({"hold": true, "customer": cara(), "recurrence": rule, "staff_ids": [practice.sam]});
    let first = practice.try_book("10:00", hold).await.ok(201).body;
    practice.act(&first, "confirm", json!({})).await.ok(200);
    send_after(&practice, 0).await;
    let mails = server.mails(1).await;
    assert!(!to_cara(&mails)[0].contains("And:"), "two are holds: {mails:?}");

    // One of three is called off before its mail has left.
    let rule = json!({"customer": cara(), "recurrence": rule, "staff_ids": [practice.sam]});
    practice.try_book("14:00", rule).await.ok(201);
    let listed = practice.owner().get("/bookings?limit=50").await.ok(200).body["data"].clone();
    let at_two = |one: &&Value| one["start"].as_str().unwrap().contains(&practice.at("14:00")[10..]);
    let dates: Vec<&Value> = listed.as_array().unwrap().iter().filter(at_two).collect();
    practice.act(dates[1], "cancel", json!({})).await.ok(200);
    send_after(&practice, 0).await;
    let mails = server.mails(3).await;
    let told = to_cara(&mails);
    let confirmed = told.iter().find(|text| text.contains("And:")).unwrap();
    let and = confirmed.lines().find(|line| line.contains("And:")).unwrap();
    assert_eq!(and.matches(';').count(), 0, "only the third date is left: {and}");
}

#[tokio::test]
async fn the_business_is_told_what_a_change_leaves_for_it() {
    let (server, practice) = mailing().await;
    practice.publish().await;
    practice
        .policy(json!({"confirmation": "by_hand", "email_customers": false}))
        .await;
    // A program confirms what it held.
    let key = practice.world.app.key(practice.owner(), &["bookings:write"]).await;
    let hold = json!({"service_id": practice.service, "start": practice.at("10:00"), "hold": true,
        "staff_ids": [practice.sam], "customer": cara()});
    let held = key.post("/bookings", hold).await.ok(201).text("id");
    key.post(&format!("/bookings/{held}/confirm"), json!({})).await.ok(200);
    // Somebody moves it before anybody has told the business of it.
    let body = json!({"service_id": practice.service, "staff_id": practice.sam, "start": practice.at("12:00"),
        "customer": {"name": "Cara", "email": "cara@example.com"}});
    let anybody = practice.world.app.anybody();
    let made = anybody.post("/public/bright-dental/bookings", body).await.ok(201);
    let token = made.text("manage_url").rsplit('/').next().unwrap().to_owned();
    let moved = json!({"start": practice.at("14:00")});
    anybody
        .post(&format!("/public/bookings/{token}/reschedule"), moved)
        .await
        .ok(200);
    send_after(&practice, 0).await;
    let mails = server.mails(2).await;
    let all: String = mails.iter().map(|mail| mail["text"].as_str().unwrap()).collect();
    assert!(all.contains("at 10:00") && all.contains("at 14:00"), "{all}");

    // What was moved while nobody could be asked is looked at by somebody.
    practice
        .policy(json!({"confirmation": "automatic", "on_unknown": "accept_and_flag"}))
        .await;
    let booking = practice.book("16:00").await;
    practice.world.cut();
    let moved = json!({"start": practice.at("09:00")});
    let now = practice.act(&booking, "reschedule", moved).await.ok(200).body;
    assert_eq!(now["flagged"], true);
    send_after(&practice, 0).await;
    let mails = server.mails(3).await;
    assert!(
        mails[2]["subject"].as_str().unwrap().starts_with("Please look"),
        "{mails:?}"
    );
}
