//! Customers, who do not sign in: a booking page, and the link by which a booking is theirs.

use calendar_stacker::config::Switch;
use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};

use crate::{
    bookings::Practice,
    harness::{Answer, Caller, send},
    program::Program,
    services::patch_as_of,
};

const PAGE: &str = "/public/bright-dental";

/// A practice with a page. Sam's calendar has an appointment from ten to eleven.
async fn page(policy: Value) -> Practice {
    let practice = Practice::open().await;
    practice.publish().await;
    practice.policy(policy).await;
    practice.appointment("10:00", "11:00", json!({})).await;
    practice
}

fn cara() -> Value {
    json!({"name": "Cara Lind", "email": "cara@example.com", "phone": "+49 30 1234"})
}

async fn book(practice: &Practice, time: &str, more: Value) -> Answer {
    let mut body = json!({"service_id": practice.service, "staff_id": practice.sam, "start": practice.at(time), "customer": cara(),
        "time_zone": "America/New_York"});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let anybody = practice.world.app.anybody();
    anybody.post(&format!("{PAGE}/bookings"), body).await
}

/// The path of the customer's own booking.
fn own(made: &Answer) -> String {
    let url = made.text("manage_url");
    let token = url.rsplit('/').next().unwrap();
    assert!(token.len() >= 43, "256 bits: {token}");
    format!("/public/bookings/{token}")
}

fn starts(slots: &Answer) -> Vec<&str> {
    let data = slots.body["data"].as_array().unwrap().iter();
    data.map(|one| one["start"].as_str().unwrap()).collect()
}

async fn slots(practice: &Practice, path: &str) -> Answer {
    let (from, to) = (practice.at("09:00"), practice.at("12:30"));
    let join = if path.contains('?') { '&' } else { '?' };
    let anybody = practice.world.app.anybody();
    anybody.get(&format!("{path}{join}from={from}&to={to}")).await.ok(200)
}

/// Nothing in it is about the inside.
#[track_caller]
fn nothing_internal(answer: &Answer) {
    for word in [
        "cli_", "cal_", "evt_", "bkg_", "cus_", "ten_", "Private", "receipt", "Cara", "@", "link_",
    ] {
        let shown = answer.raw.replace("manage_url", "");
        assert!(!shown.contains(word), "{word} is in {}", answer.raw);
    }
}

#[tokio::test]
async fn a_customer_books_sees_moves_and_cancels_without_signing_in() {
    let practice = page(json!({})).await;
    let anybody = practice.world.app.anybody();
    let shown = anybody.get(PAGE).await.ok(200);
    nothing_internal(&shown);
    assert_eq!(
        (
            &shown.body["name"],
            &shown.body["time_zone"],
            &shown.body["services"][0]["duration_minutes"]
        ),
        (&json!("Bright Dental"), &json!("Europe/Berlin"), &json!(45))
    );
    let names: Vec<&Value> = shown.body["services"][0]["staff"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(names, ["Sam", "Kim"]);
    let with_sam = format!("{PAGE}/slots?service_id={}&staff_id={}", practice.service, practice.sam);
    let free = slots(&practice, &with_sam).await;
    nothing_internal(&free);
    let found = starts(&free);
    assert!(
        found.contains(&practice.at("11:00").as_str()) && !found.contains(&practice.at("10:00").as_str()),
        "{found:?}"
    );
    let taken = book(&practice, "10:15", json!({})).await;
    taken.problem(409, "slot_unavailable");
    nothing_internal(&taken);
    assert!(
        !taken.raw.contains("busy") && taken.body["unavailable"]["alternatives"][0]["start"].is_string(),
        "{}",
        taken.raw
    );

    let made = book(&practice, "11:15", json!({"notes": "first visit"})).await.ok(201);
    assert_eq!(
        (&made.body["status"], &made.body["booking"]["staff"]),
        (&json!("confirmed"), &json!(["Sam"]))
    );
    nothing_internal(&made);
    practice.settle().await;
    let event = practice
        .there()
        .into_iter()
        .find(|event| event["summary"] != "Private")
        .unwrap();
    assert_eq!(event["summary"], "Check-up - Cara Lind");
    assert!(event["description"].as_str().unwrap().contains("first visit"));
    let path = own(&made);
    let mine = anybody.get(&path).await.ok(200);
    nothing_internal(&mine);
    assert_eq!(
        (&mine.body["start"], &mine.body["can_cancel"]),
        (&json!(practice.at("11:15")), &json!(true))
    );
    // Its own time is not in its way.
    let others = slots(&practice, &format!("{path}/slots")).await;
    assert!(
        starts(&others).contains(&practice.at("11:00").as_str()),
        "{}",
        others.raw
    );
    let moved = anybody
        .post(&format!("{path}/reschedule"), json!({"start": practice.at("11:00")}))
        .await
        .ok(200);
    assert_eq!(moved.body["start"], practice.at("11:00"));
    let busy = anybody
        .post(&format!("{path}/reschedule"), json!({"start": practice.at("10:00")}))
        .await;
    busy.problem(409, "slot_unavailable");
    nothing_internal(&busy);
    let gone = anybody
        .post(&format!("{path}/cancel"), json!({"reason": "ill"}))
        .await
        .ok(200);
    assert_eq!(
        (&gone.body["status"], &gone.body["can_cancel"]),
        (&json!("cancelled"), &json!(false))
    );
    practice.settle().await;
    assert_eq!(practice.there().len(), 1, "only the appointment is left");
    let listed = practice.owner().get("/bookings").await.ok(200).body["data"][0].clone();
    assert_eq!(
        (&listed["origin"], &listed["cancel_reason"]),
        (&json!("public"), &json!("ill"))
    );
    assert_eq!(practice.deeds(&listed).await, ["created", "moved", "cancelled"]);
    let customer = format!("/customers/{}", listed["customer"]["id"].as_str().unwrap());
    assert_eq!(
        practice.owner().get(&customer).await.ok(200).body["time_zone"],
        "America/New_York"
    );
}

#[tokio::test]
async fn what_comes_too_late_is_for_the_business_to_decide() {
    let practice = page(json!({"cancel_notice_minutes": 60 * 24 * 20, "reschedule_notice_minutes": 60 * 24 * 20, "confirmation": "by_hand"})).await;
    let made = book(&practice, "11:15", json!({})).await.ok(201);
    assert_eq!(made.body["status"], "pending");
    let path = own(&made);
    let anybody = practice.world.app.anybody();
    assert_eq!(anybody.get(&path).await.ok(200).body["can_reschedule"], false);
    for (what, body) in [
        ("cancel", json!({})),
        ("reschedule", json!({"start": practice.at("12:00")})),
    ] {
        let late = anybody.post(&format!("{path}/{what}"), body).await;
        late.problem(409, "conflict");
        assert!(
            late.text("detail").contains("until") && late.text("action").contains("Bright Dental"),
            "{}",
            late.raw
        );
    }
    let listed = practice.owner().get("/bookings").await.ok(200).body["data"][0].clone();
    practice.act(&listed, "cancel", json!({})).await.ok(200);
    assert_eq!(anybody.get(&path).await.ok(200).body["status"], "cancelled");
}

#[tokio::test]
async fn only_what_is_public_is_there_and_what_is_not_is_not_found_alike() {
    let practice = page(json!({"shows_staff": false})).await;
    let anybody = practice.world.app.anybody();
    let body = json!({"client_id": practice.one.client, "name": "Staff meeting", "duration_minutes": 30, "is_public": false,
        "staff_ids": [practice.sam]});
    let hidden = practice.owner().post("/services", body).await.ok(201).text("id");
    let shown = anybody.get(PAGE).await.ok(200);
    assert_eq!(shown.body["services"].as_array().unwrap().len(), 1);
    assert!(!shown.raw.contains("Sam"), "{}", shown.raw);
    let free = slots(&practice, &format!("{PAGE}/slots?service_id={}", practice.service)).await;
    assert!(!free.raw.contains("stf_"), "{}", free.raw);
    let range = format!("from={}&to={}", practice.at("09:00"), practice.at("12:00"));
    let path = format!("{PAGE}/slots?service_id={hidden}&{range}");
    anybody.get(&path).await.problem(404, "not_found");
    book(&practice, "11:15", json!({"service_id": hidden, "staff_id": null}))
        .await
        .problem(404, "not_found");
    // Another client's service is not one of this page.
    let other = practice.owner().client("Other").await;
    let body = json!({"client_id": other, "name": "Other", "duration_minutes": 30});
    let theirs = practice.owner().post("/services", body).await.ok(201).text("id");
    book(&practice, "11:15", json!({"service_id": theirs, "staff_id": null}))
        .await
        .problem(404, "not_found");
    for path in [
        "/public/nobody",
        "/public/bookings",
        "/public/bookings/nonsense",
        "/public/nobody/slots?service_id=x",
        "/public/a/b/c/d",
    ] {
        anybody.get(path).await.problem(404, "not_found");
    }
    let made = book(&practice, "11:15", json!({"staff_id": null})).await.ok(201);
    assert_eq!(made.body["booking"]["staff"], json!([]));
    let stored = practice.owner().get("/bookings").await.ok(200).raw;
    let token = own(&made);
    let token = token.rsplit('/').next().unwrap();
    assert!(!stored.contains(token) && !stored.contains("link"), "{stored}");
    // An archived client, or one without an address, has no page; its customers' links go on.
    practice.policy(json!({"slug": null})).await;
    anybody.get(PAGE).await.problem(404, "not_found");
    anybody.get(&own(&made)).await.ok(200);
}

#[tokio::test]
async fn a_program_that_fills_in_everything_is_refused_and_the_same_key_is_the_same_booking() {
    let practice = page(json!({})).await;
    let bot = book(&practice, "11:15", json!({"website": "http://spam.example"})).await;
    bot.problem(422, "validation_failed")
        .fields(&[("/website", "too_long")]);
    let no_mail = book(&practice, "11:15", json!({"customer": {"name": "Cara"}})).await;
    no_mail
        .problem(422, "validation_failed")
        .fields(&[("/customer/email", "required")]);
    let anybody = practice.world.app.anybody();
    let body = json!({"service_id": practice.service, "start": practice.at("11:15"), "customer": cara()});
    let path = format!("{PAGE}/bookings");
    let first = anybody.post_as("one", &path, body.clone()).await.ok(201);
    let again = anybody.post_as("one", &path, body.clone()).await.ok(200);
    assert_eq!(first.body["manage_url"], again.body["manage_url"]);
    let other = json!({"service_id": practice.service, "start": practice.at("12:00"), "customer": cara()});
    anybody
        .post_as("one", &path, other)
        .await
        .problem(422, "idempotency_key_reused");
    // A stranger's number does not make them somebody else.
    let eve = json!({"name": "Eve", "email": "eve@example.com", "phone": "+49 30 1234"});
    book(&practice, "13:00", json!({"customer": eve})).await.ok(201);
    let customers = practice.owner().get("/customers").await.ok(200);
    assert_eq!(customers.body["data"].as_array().unwrap().len(), 2, "{}", customers.raw);
}

#[tokio::test]
async fn the_same_key_does_not_tell_the_link_of_who_comes_instead() {
    let practice = page(json!({})).await;
    let anybody = practice.world.app.anybody();
    let wanted = json!({"service_id": practice.service, "start": practice.at("11:15"), "customer": cara()});
    let path = format!("{PAGE}/bookings");
    let made = anybody.post_as("one", &path, wanted.clone()).await.ok(201);
    let body = json!({"client_id": practice.one.client, "name": "Bo", "email": "bo@example.com"});
    let bo = practice.owner().post("/customers", body).await.ok(201).text("id");
    let listed = practice.owner().get("/bookings").await.ok(200).body["data"][0].clone();
    let booking = format!("/bookings/{}", listed["id"].as_str().unwrap());
    let seen = practice.owner().get(&booking).await.ok(200);
    patch_as_of(
        practice.owner(),
        &booking,
        seen.header("etag"),
        json!({"customer_id": bo}),
    )
    .await
    .ok(200);
    anybody.get(&own(&made)).await.problem(404, "not_found");
    let again = anybody.post_as("one", &path, wanted).await;
    again.problem(409, "conflict");
    assert!(!again.raw.contains("/booking/"), "{}", again.raw);
}

#[tokio::test]
async fn what_all_do_together_is_booked_with_all_of_them_whoever_is_named() {
    let practice = page(json!({})).await;
    let service = format!("/services/{}", practice.service);
    let together = json!({"assignment": "all_together"});
    practice.owner().patch(&service, together).await.ok(200);
    let with_kim = format!("{PAGE}/slots?service_id={}&staff_id={}", practice.service, practice.kim);
    let free = slots(&practice, &with_kim).await;
    assert!(
        !starts(&free).contains(&practice.at("10:00").as_str()),
        "Sam is busy: {}",
        free.raw
    );
    let kim = json!({"staff_id": practice.kim});
    book(&practice, "10:15", kim.clone())
        .await
        .problem(409, "slot_unavailable");
    let made = book(&practice, "11:15", kim).await.ok(201);
    assert_eq!(made.body["booking"]["staff"], json!(["Sam", "Kim"]));
}

#[tokio::test]
async fn only_a_client_who_wants_it_is_shown_by_other_sites() {
    let practice = page(json!({})).await;
    let anybody = practice.world.app.anybody();
    let spa = practice.world.app.dir.path().join("spa");
    std::fs::create_dir_all(&spa).unwrap();
    std::fs::write(spa.join("index.html"), "the app").unwrap();
    std::fs::write(spa.join("book.html"), "the page").unwrap();
    let origin = |path: &str, method: Method| anybody.request(method, path).header("origin", "https://shop.example");
    let frame = |headers: &HeaderMap| {
        headers["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("frame-ancestors *")
    };
    let at = |path: &str| anybody.http.get(format!("{}{path}", anybody.base)).send();
    assert!(
        send(origin(PAGE, Method::GET))
            .await
            .header("access-control-allow-origin")
            .is_empty()
    );
    assert!(!frame(at("/book/bright-dental?embed=1").await.unwrap().headers()));
    let closed = send(origin(&format!("{PAGE}/bookings"), Method::OPTIONS)).await;
    assert_eq!(closed.status, 405, "{}", closed.raw);
    practice.policy(json!({"embeddable": true})).await;
    let open = send(origin(PAGE, Method::GET)).await;
    assert_eq!(open.header("access-control-allow-origin"), "*");
    let wrong = send(origin(&format!("{PAGE}/bookings"), Method::POST).json(&json!({}))).await;
    assert_eq!((wrong.status, wrong.header("access-control-allow-origin")), (422, "*"));
    let asked = send(origin(&format!("{PAGE}/bookings"), Method::OPTIONS)).await.ok(204);
    assert!(asked.header("access-control-allow-methods").contains("POST"));
    let framed = at("/book/bright-dental?embed=1").await.unwrap();
    assert!(frame(framed.headers()) && !framed.headers().contains_key("x-frame-options"));
    assert_eq!(framed.text().await.unwrap(), "the page");
    for path in ["/book/bright-dental", "/booking/secret", "/", "/book/nobody?embed=1"] {
        let answer = at(path).await.unwrap();
        assert!(
            !frame(answer.headers()) && answer.headers()["x-frame-options"] == "DENY",
            "{path}"
        );
    }
    let private = at("/booking/secret").await.unwrap();
    assert_eq!(private.headers()["referrer-policy"], "no-referrer");
}

#[tokio::test]
async fn who_asks_too_often_waits_and_wrong_links_count_too() {
    let world = crate::google::World::with(|config| config.rate_limit = Switch::On).await;
    let client = world.owner.client("Bright Dental").await;
    let policy = format!("/clients/{client}/booking-policy");
    world
        .owner
        .patch(&policy, json!({"slug": "bright-dental"}))
        .await
        .ok(200);
    let anybody = world.app.anybody();
    let tries = |path: &'static str, body: Option<Value>| {
        let anybody: Caller = anybody.clone();
        async move {
            for number in 1..200 {
                let answer = match &body {
                    Some(body) => anybody.post(path, body.clone()).await,
                    None => anybody.get(path).await,
                };
                if answer.status == 429 {
                    answer.problem(429, "rate_limited");
                    return number;
                }
            }
            200
        }
    };
    let written = tries("/public/bright-dental/bookings", Some(json!({}))).await;
    assert!((10..=12).contains(&written), "{written}");
    let guessed = tries("/public/bookings/nonsense", None).await;
    assert!((50..=75).contains(&guessed), "{guessed}");
    let looked = tries("/public/bright-dental", None).await;
    assert!(looked < 150, "{looked}");
}

#[tokio::test]
async fn what_opens_a_booking_is_in_no_line_of_the_log() {
    let practice = page(json!({})).await;
    let made = book(&practice, "11:15", json!({})).await.ok(201);
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log");
    let mut program = Program::start_with(&practice.world.app, |command| {
        command
            .env("RUST_LOG", "debug")
            .stderr(std::fs::File::create(&log).unwrap());
    })
    .await;
    let anybody = program.met_by(&practice.world.app.anybody());
    let path = own(&made);
    anybody.get(&path).await.ok(200);
    let late = json!({"start": practice.at("10:15")});
    let refused = anybody.post(&format!("{path}/reschedule"), late).await;
    refused.problem(409, "slot_unavailable");
    let token = path.rsplit('/').next().unwrap();
    assert!(!refused.raw.contains(token), "{}", refused.raw);
    let page = format!("{}/booking/{token}", anybody.base);
    anybody.http.get(page).send().await.unwrap();
    program.signal("TERM");
    tokio::task::spawn_blocking(move || program.child.wait())
        .await
        .unwrap()
        .unwrap();
    let said = std::fs::read_to_string(&log).unwrap();
    for shown in ["/api/v1/public/bookings/…/reschedule", "/booking/…"] {
        assert!(said.contains(shown), "{said}");
    }
    let line = said.lines().find(|line| line.contains(token));
    assert_eq!(line, None);
}
