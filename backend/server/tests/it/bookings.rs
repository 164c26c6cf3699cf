//! Bookings, from a caller's question to the events in everybody's calendars and back.

mod edits;
mod race;

use calendar_stacker::{gateway::push, jobs};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use reqwest::Method;
use serde_json::{Value, json};
use simulators::google::{Effect, Fault};

use crate::{
    caldav,
    google::{ANN, Connected, World, titles},
    harness::{Answer, Caller, TestApp, send},
};

/// A client with two people, each with a calendar, who both do a service of 45 minutes.
pub struct Practice {
    pub world: World,
    pub one: Connected,
    /// Kim's; Sam has the account's main one.
    pub second: String,
    pub sam: String,
    pub kim: String,
    pub service: String,
    /// A Tuesday that is some days ahead.
    pub day: Date,
}

/// The first Tuesday that is at least a week ahead.
pub fn tuesday(app: &TestApp) -> Date {
    let today = TimeZone::get("Europe/Berlin")
        .unwrap()
        .to_datetime(app.app.now())
        .date();
    let mut day = today.checked_add(jiff::Span::new().days(7)).unwrap();
    while day.weekday() != jiff::civil::Weekday::Tuesday {
        day = day.tomorrow().unwrap();
    }
    day
}

/// The instant at which clocks in Berlin show this.
pub fn at(day: Date, time: &str) -> String {
    let time: jiff::civil::Time = time.parse().unwrap();
    let wall = day.to_datetime(time).in_tz("Europe/Berlin").unwrap();
    wall.timestamp().to_string()
}

/// Somebody with these hours on every weekday, whose bookings go to that calendar.
pub async fn member(owner: &Caller, client: &str, name: &str, calendar: &str) -> String {
    let body = json!({"client_id": client, "name": name, "target_calendar_id": calendar,
        "calendars": [{"calendar_id": calendar, "blocks": true, "receives": true}]});
    let id = owner.post("/staff", body).await.ok(201).text("id");
    let day = json!([{"from": "09:00", "to": "17:00"}]);
    let weekly = json!({"monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day});
    let hours = json!({"time_zone": "Europe/Berlin", "weekly": weekly, "exceptions": []});
    owner.put(&format!("/staff/{id}/working-hours"), hours).await.ok(200);
    id
}

impl Practice {
    pub async fn open() -> Self {
        let world = World::new().await;
        let one = world.connected().await;
        let body = json!({"credential_id": one.credential, "name": "Kim", "time_zone": "Europe/Berlin"});
        let path = format!("/clients/{}/calendars", one.client);
        let second = world.owner.post(&path, body).await.ok(201).text("id");
        let sam = member(&world.owner, &one.client, "Sam", &one.calendar).await;
        let kim = member(&world.owner, &one.client, "Kim", &second).await;
        let body = json!({"client_id": one.client, "name": "Check-up", "duration_minutes": 45, "after_minutes": 15,
            "staff_ids": [sam, kim]});
        let service = world.owner.post("/services", body).await.ok(201).text("id");
        let day = tuesday(&world.app);
        let practice = Self {
            world,
            one,
            second,
            sam,
            kim,
            service,
            day,
        };
        practice.sync().await;
        practice
    }

    pub fn owner(&self) -> &Caller {
        &self.world.owner
    }

    pub fn at(&self, time: &str) -> String {
        at(self.day, time)
    }

    pub async fn sync(&self) {
        self.world.sync(&self.one.calendar).await;
        self.world.sync(&self.second).await;
    }

    /// All that waits is written, and all that is there is read.
    pub async fn settle(&self) {
        push::drain_all(&self.world.app.app).await.unwrap();
        self.sync().await;
    }

    pub async fn policy(&self, change: Value) {
        let path = format!("/clients/{}/booking-policy", self.one.client);
        self.owner().patch(&path, change).await.ok(200);
    }

    pub async fn job(&self) {
        self.world.app.clock.advance(SignedDuration::from_secs(31));
        let job = jobs::ALL.iter().find(|job| job.name == "bookings").unwrap();
        assert!(jobs::once(&self.world.app.app, job, "worker").await.unwrap());
    }

    pub async fn check(&self, time: &str, more: &str) -> Answer {
        let path = format!(
            "/availability/check?service_id={}&start={}{more}",
            self.service,
            self.at(time)
        );
        self.owner().get(&path).await.ok(200)
    }

    /// What stands against a start with Sam.
    pub async fn codes(&self, time: &str) -> Vec<String> {
        let answer = self.check(time, &format!("&staff_id={}", self.sam)).await;
        let reasons = answer.body["reasons"].as_array().unwrap().iter();
        reasons.map(|one| one["code"].as_str().unwrap().to_owned()).collect()
    }

    pub async fn try_book(&self, time: &str, more: Value) -> Answer {
        let mut body = json!({"service_id": self.service, "start": self.at(time)});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.owner().post("/bookings", body).await
    }

    /// With Sam.
    pub async fn book(&self, time: &str) -> Value {
        self.try_book(time, json!({"staff_ids": [self.sam]})).await.ok(201).body
    }

    pub async fn act(&self, booking: &Value, what: &str, body: Value) -> Answer {
        let path = format!("/bookings/{}/{what}", booking["id"].as_str().unwrap());
        self.owner().post(&path, body).await
    }

    pub async fn booking(&self, booking: &Value) -> Value {
        let path = format!("/bookings/{}", booking["id"].as_str().unwrap());
        self.owner().get(&path).await.ok(200).body
    }

    /// What was done to it, oldest first.
    pub async fn deeds(&self, booking: &Value) -> Vec<String> {
        let path = format!("/bookings/{}/history", booking["id"].as_str().unwrap());
        let history = self.owner().get(&path).await.ok(200).body;
        let deeds = history["data"].as_array().unwrap().iter();
        deeds.map(|one| one["action"].as_str().unwrap().to_owned()).collect()
    }

    pub async fn customer(&self) -> String {
        let body = json!({"client_id": self.one.client, "name": "Cara Lind", "phone": "+49 30 1234"});
        self.owner().post("/customers", body).await.ok(201).text("id")
    }

    /// Events in Sam's calendar, as Google has them.
    pub fn there(&self) -> Vec<Value> {
        let mut all = self.world.control().events(ANN).unwrap();
        all.retain(|event| event["status"] != "cancelled");
        all
    }

    /// Somebody writes into Sam's calendar at Google.
    pub async fn appointment(&self, from: &str, to: &str, more: Value) -> Value {
        let mut body =
            json!({"summary": "Private", "start": {"dateTime": self.at(from)}, "end": {"dateTime": self.at(to)}});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = self.world.control().insert_event(ANN, &body).unwrap();
        self.sync().await;
        made
    }
}

#[tokio::test]
async fn a_call_that_books_twice_has_one_booking_and_one_event() {
    let practice = Practice::open().await;
    let free = practice.check("10:00", "").await;
    let say = free.text("say");
    assert!(
        free.body["available"] == true && say.contains(" at 10:00 with Sam is free."),
        "{say}"
    );
    let customer = practice.customer().await;
    let call = json!({"external_id": "call-1", "customer_id": customer, "notes_shared": "New patient", "notes_private": "Pays late"});
    let made = practice.try_book("10:00", call.clone()).await.ok(201);
    let again = practice.try_book("10:00", call.clone()).await.ok(200);
    assert_eq!(made.body["id"], again.body["id"]);
    practice
        .try_book("11:00", call)
        .await
        .problem(422, "idempotency_key_reused");
    practice.settle().await;
    let booking = practice.booking(&made.body).await;
    assert_eq!(
        (
            &booking["status"],
            &booking["sync"]["state"],
            &booking["staff"][0]["name"]
        ),
        (&json!("confirmed"), &json!("synced"), &json!("Sam")),
        "{booking}"
    );
    let events = practice.there();
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["summary"], "Check-up - Cara Lind");
    assert_eq!(events[0]["description"], "New patient\nPhone: +49 30 1234");
    assert!(!events[0].to_string().contains("Pays late") && events[0].get("attendees").is_none());
    assert_eq!(booking["calendar_event_id"], booking["sync"]["copies"][0]["event_id"]);
    assert_eq!(booking["receipt"]["rules"], 1);
    assert_eq!(
        (&booking["flagged"], &booking["receipt"]["look"]["silent"]),
        (&json!(false), &json!([]))
    );
    assert_eq!(
        booking["receipt"]["sources"][0]["calendar_id"],
        json!(practice.one.calendar)
    );
    // Its own copy has come back by now, and is no second reason.
    assert_eq!(practice.codes("10:00").await, ["booked"]);
    assert_eq!(practice.codes("10:50").await, ["buffer"]);
    assert!(practice.codes("11:00").await.is_empty());
    let explained = practice
        .owner()
        .get(&format!(
            "/availability/explain?service_id={}&start={}&staff_id={}",
            practice.service,
            practice.at("10:00"),
            practice.sam
        ))
        .await
        .ok(200);
    let ignored = &explained.body["people"][0]["ignored"];
    assert_eq!(ignored[0]["because"], "own_copy", "{}", explained.raw);
    assert_eq!(practice.deeds(&booking).await, ["created"]);
}

#[tokio::test]
async fn who_calls_is_known_by_their_number_and_new_once() {
    let practice = Practice::open().await;
    let call = |phone: &str| json!({"customer": {"name": "Cara Lind", "phone": phone}});
    let first = practice.try_book("10:00", call("+49 30 1234")).await.ok(201).body;
    let second = practice.try_book("12:00", call("0049 (30) 12-34")).await.ok(201).body;
    assert_eq!(first["customer"]["id"], second["customer"]["id"]);
    let all = practice.owner().get("/customers").await.ok(200).body;
    assert_eq!(all["data"].as_array().unwrap().len(), 1);
    let theirs = format!("/bookings?customer_id={}", first["customer"]["id"].as_str().unwrap());
    let theirs = practice.owner().get(&theirs).await.ok(200).body;
    assert_eq!(theirs["data"].as_array().unwrap().len(), 2);
    let wrong = practice.try_book("13:00", call("1")).await;
    wrong
        .problem(422, "validation_failed")
        .fields(&[("/customer/phone", "format")]);
}

#[tokio::test]
async fn what_is_not_free_says_why_and_when_else() {
    let practice = Practice::open().await;
    practice
        .appointment("10:00", "11:00", json!({"visibility": "private"}))
        .await;
    practice
        .appointment("13:00", "14:00", json!({"transparency": "transparent"}))
        .await;
    let declined = json!([{"email": ANN, "self": true, "responseStatus": "declined"}, {"email": "x@example.com"}]);
    practice
        .appointment("14:00", "15:00", json!({"attendees": declined}))
        .await;
    let closure = json!({"client_id": practice.one.client, "name": "Stocktaking", "starts_at": practice.at("15:00"), "ends_at": practice.at("16:00")});
    practice.owner().post("/closures", closure).await.ok(201);
    assert_eq!(practice.codes("10:15").await, ["busy"]);
    assert_eq!(practice.codes("09:10").await, ["buffer"]);
    assert!(practice.codes("13:00").await.is_empty(), "it is marked as free");
    assert!(practice.codes("14:00").await.is_empty(), "it was declined");
    assert_eq!(practice.codes("15:30").await, ["closed"]);
    assert_eq!(practice.codes("16:30").await, ["outside_hours"]);
    let refused = practice.try_book("10:15", json!({"staff_ids": [practice.sam]})).await;
    refused.problem(409, "slot_unavailable");
    let why = &refused.body["unavailable"];
    assert_eq!(why["times"][0]["reasons"][0]["code"], "busy");
    assert!(
        !refused.raw.contains("Private"),
        "what it is about is nobody's business"
    );
    let near: Vec<&str> = why["alternatives"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["start"].as_str().unwrap())
        .collect();
    let nearest = ["11:00", "11:15", "11:30"].map(|time| practice.at(time));
    assert_eq!(near, nearest, "of two that are as near, the later one");
    let first = json!({"service_id": practice.service, "start": near[0], "staff_ids": [practice.sam]});
    practice.owner().post("/bookings", first).await.ok(201);
    let past = practice
        .owner()
        .post(
            "/bookings",
            json!({"service_id": practice.service, "start": "2020-01-07T10:00:00Z"}),
        )
        .await;
    past.problem(409, "slot_unavailable");
    assert!(past.raw.contains("in_the_past"), "{}", past.raw);
    // Kim is free all the while.
    let slots = practice
        .owner()
        .get(&format!(
            "/availability/slots?service_id={}&from={}&to={}",
            practice.service,
            practice.at("10:00"),
            practice.at("10:15")
        ))
        .await
        .ok(200);
    assert_eq!(
        slots.body["data"][0]["staff_ids"],
        json!([practice.kim]),
        "{}",
        slots.raw
    );
    assert_eq!(slots.body["complete"], true);
}

#[tokio::test]
async fn of_eight_who_want_the_same_time_one_gets_it() {
    let practice = Practice::open().await;
    let tries = (0..8).map(|_| practice.try_book("10:00", json!({"staff_ids": [practice.sam]})));
    let answers = join_all(tries).await;
    let won = answers.iter().filter(|one| one.status == 201).count();
    assert_eq!(won, 1);
    for lost in answers.iter().filter(|one| one.status != 201) {
        lost.problem(409, "slot_unavailable");
        assert_eq!(lost.body["unavailable"]["alternatives"].as_array().unwrap().len(), 3);
    }
    practice.settle().await;
    assert_eq!(practice.there().len(), 1);
}

#[tokio::test]
async fn a_booking_moves_with_its_event_and_takes_it_along_when_it_goes() {
    let practice = Practice::open().await;
    let booking = practice.book("10:00").await;
    practice.settle().await;
    let before = practice.there();
    let moved = practice
        .act(&booking, "reschedule", json!({"start": practice.at("10:30")}))
        .await
        .ok(200);
    assert_eq!(moved.body["start"], practice.at("10:30"), "it was not in its own way");
    practice.settle().await;
    let after = practice.there();
    assert_eq!((after.len(), &after[0]["id"]), (1, &before[0]["id"]), "the same event");
    let start: Timestamp = after[0]["start"]["dateTime"].as_str().unwrap().parse().unwrap();
    assert_eq!(start.to_string(), practice.at("10:30"));
    let path = format!("/bookings/{}", booking["id"].as_str().unwrap());
    let old = practice.owner().request(Method::POST, &format!("{path}/cancel"));
    send(old.header("if-match", "\"1\"").json(&json!({})))
        .await
        .problem(412, "precondition_failed");
    practice
        .owner()
        .patch(&path, json!({"notes_shared": "x"}))
        .await
        .problem(428, "precondition_required");
    practice.act(&booking, "cancel", json!({"reason": "ill"})).await.ok(200);
    let twice = practice.act(&booking, "cancel", json!({})).await.ok(200);
    assert_eq!(twice.body["cancel_reason"], "ill");
    practice.settle().await;
    assert!(practice.there().is_empty());
    assert!(practice.codes("10:30").await.is_empty(), "the time is free again");
    assert_eq!(practice.deeds(&booking).await, ["created", "moved", "cancelled"]);
    practice
        .act(&booking, "confirm", json!({}))
        .await
        .problem(409, "conflict");
}

#[tokio::test]
async fn somebody_else_takes_over_and_a_late_change_needs_the_business() {
    let practice = Practice::open().await;
    let booking = practice.book("10:00").await;
    practice.settle().await;
    let taken = practice
        .act(&booking, "reassign", json!({"staff_ids": [practice.kim]}))
        .await
        .ok(200);
    assert_eq!(taken.body["staff"][0]["name"], "Kim");
    practice.settle().await;
    assert!(practice.there().is_empty(), "it has left Sam's calendar");
    let hers = practice.world.events(&practice.second, "").await;
    assert_eq!(titles(&hers), ["Check-up"]);
    let late = "9 days before";
    practice.policy(json!({"cancel_notice_minutes": 60 * 24 * 20})).await;
    let body = json!({"by_customer": true, "reason": late});
    let refused = practice.act(&booking, "cancel", body.clone()).await;
    assert!(
        refused.problem(409, "conflict").text("detail").contains("until"),
        "{}",
        refused.raw
    );
    let agent = practice.world.app.key(practice.owner(), &["bookings:write"]).await;
    let path = format!("/bookings/{}/cancel", booking["id"].as_str().unwrap());
    let allowed = json!({"by_customer": true, "override": true, "reason": late});
    agent.post(&path, allowed.clone()).await.problem(403, "forbidden");
    practice.act(&booking, "cancel", allowed).await.ok(200);
    let history = practice
        .owner()
        .get(&path.replace("cancel", "history"))
        .await
        .ok(200)
        .body;
    let last = history["data"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["action"], &last["before"]["status"]),
        (&json!("cancelled"), &json!("confirmed"))
    );
    assert!(
        last["detail"].as_str().unwrap().contains("allowed") && last["actor"].as_str().unwrap().starts_with("usr_")
    );
}

#[tokio::test]
async fn two_people_do_it_together_or_nobody_does() {
    let practice = Practice::open().await;
    practice.appointment("10:00", "11:00", json!({})).await;
    let both = json!({"staff_ids": [practice.sam, practice.kim]});
    practice
        .try_book("10:15", both.clone())
        .await
        .problem(409, "slot_unavailable");
    let made = practice.try_book("11:00", both).await.ok(201).body;
    assert_eq!(made["staff"].as_array().unwrap().len(), 2);
    practice.settle().await;
    assert_eq!(practice.world.events(&practice.second, "").await.len(), 1);
    assert_eq!(practice.there().len(), 2);
    let kim = practice.try_book("11:15", json!({"staff_ids": [practice.kim]})).await;
    assert!(
        kim.problem(409, "slot_unavailable").raw.contains("Kim is booked"),
        "{}",
        kim.raw
    );
}

#[tokio::test]
async fn a_rule_books_all_its_dates_or_none_and_names_those_that_are_not_free() {
    let practice = Practice::open().await;
    let next = practice.day.checked_add(jiff::Span::new().weeks(1)).unwrap();
    let body =
        json!({"summary": "Away", "start": {"dateTime": at(next, "10:00")}, "end": {"dateTime": at(next, "11:00")}});
    practice.world.control().insert_event(ANN, &body).unwrap();
    practice.sync().await;
    let weekly =
        |count: u32| json!({"staff_ids": [practice.sam], "recurrence": [format!("RRULE:FREQ=WEEKLY;COUNT={count}")]});
    let refused = practice.try_book("10:00", weekly(3)).await;
    refused.problem(409, "slot_unavailable");
    let times = refused.body["unavailable"]["times"].as_array().unwrap();
    assert_eq!(
        (times.len(), times[0]["start"].as_str()),
        (1, Some(at(next, "10:00").as_str()))
    );
    let all = practice.owner().get("/bookings").await.ok(200);
    assert_eq!(all.body["data"], json!([]), "none was booked");
    let made = practice.try_book("11:00", weekly(3)).await.ok(201).body;
    assert_eq!(made["others"].as_array().unwrap().len(), 2);
    assert_eq!(
        made["others"][0]["start"],
        at(next, "11:00"),
        "the same time on the clock"
    );
    practice.settle().await;
    assert_eq!(practice.there().len(), 4);
    let endless = practice
        .try_book("13:00", json!({"recurrence": ["RRULE:FREQ=WEEKLY"]}))
        .await;
    endless
        .problem(422, "validation_failed")
        .fields(&[("/recurrence", "too_many")]);
}

#[tokio::test]
async fn a_hold_keeps_its_time_until_it_ends_and_is_confirmed_later_if_that_is_still_free() {
    let practice = Practice::open().await;
    let hold = json!({"staff_ids": [practice.sam], "hold": true});
    let held = practice.try_book("10:00", hold.clone()).await.ok(201).body;
    assert_eq!(
        (&held["status"], &held["sync"]["state"]),
        (&json!("held"), &json!("none"))
    );
    let second = practice.try_book("10:00", hold.clone()).await;
    assert!(
        second.problem(409, "slot_unavailable").raw.contains("\"held\""),
        "{}",
        second.raw
    );
    practice.world.app.clock.advance(SignedDuration::from_mins(11));
    practice.job().await;
    assert_eq!(practice.booking(&held).await["status"], "expired");
    let late = practice.act(&held, "confirm", json!({})).await.ok(200).body;
    assert_eq!(late["status"], "confirmed", "nobody else has taken it");
    practice.settle().await;
    assert_eq!(practice.there().len(), 1);
    let other = practice.try_book("12:00", hold).await.ok(201).body;
    practice.world.app.clock.advance(SignedDuration::from_mins(11));
    practice.book("12:00").await;
    practice
        .act(&other, "confirm", json!({}))
        .await
        .problem(409, "slot_unavailable");
    assert_eq!(practice.deeds(&other).await, ["held", "expired"]);
}

#[tokio::test]
async fn what_nobody_can_read_is_refused_or_accepted_and_looked_at_again_as_the_client_wants() {
    let practice = Practice::open().await;
    practice.policy(json!({"on_unknown": "block"})).await;
    let away = Effect::Status {
        status: 503,
        retry_after: None,
    };
    let cut = Fault::always("calendar.events.list", away);
    practice.world.control().fault(cut);
    let refused = practice.try_book("10:00", json!({"staff_ids": [practice.sam]})).await;
    refused.problem(409, "slot_unavailable");
    assert_eq!(
        refused.body["unavailable"]["times"][0]["reasons"][0]["rule"], "sources",
        "{}",
        refused.raw
    );
    practice.policy(json!({"on_unknown": "accept_and_flag"})).await;
    let good = practice.book("10:00").await;
    let bad = practice.book("12:00").await;
    assert_eq!((&good["flagged"], &good["status"]), (&json!(true), &json!("confirmed")));
    // Somebody was busy all along.
    let body = json!({"summary": "Dentist", "start": {"dateTime": practice.at("12:00")}, "end": {"dateTime": practice.at("13:00")}});
    practice.world.control().insert_event(ANN, &body).unwrap();
    practice.world.control().clear_faults();
    practice.world.app.clock.advance(SignedDuration::from_mins(30));
    practice.settle().await;
    practice.job().await;
    assert_eq!(practice.booking(&good).await["flagged"], false);
    assert_eq!(practice.deeds(&good).await, ["created", "checked"]);
    let flagged = practice.owner().get("/bookings?flagged=true").await.ok(200).body;
    assert_eq!(flagged["data"][0]["id"], bad["id"], "the clash is listed");
    assert_eq!(practice.deeds(&bad).await, ["created", "clash"]);
}

#[tokio::test]
async fn a_booking_reaches_a_caldav_server_and_leaves_it() {
    let (app, owner, client) = caldav::app().await;
    let (_, calendar) = tokio::task::spawn_blocking(caldav::radicale)
        .await
        .map(|_| caldav::connected(&owner, &client))
        .unwrap()
        .await;
    let sam = member(&owner, &client, "Sam", &calendar).await;
    let body = json!({"client_id": client, "name": "Cut", "duration_minutes": 30, "staff_ids": [sam]});
    let service = owner.post("/services", body).await.ok(201).text("id");
    let day = tuesday(&app);
    let made = owner
        .post("/bookings", json!({"service_id": service, "start": at(day, "10:00")}))
        .await
        .ok(201);
    push::drain_all(&app.app).await.unwrap();
    let sync = format!("/calendars/{calendar}/sync");
    owner.post(&sync, json!({})).await.ok(200);
    assert_eq!(titles(&caldav::events(&owner, &calendar, "").await), ["Cut"]);
    let path = format!("/bookings/{}", made.text("id"));
    assert_eq!(owner.get(&path).await.body["sync"]["state"], "synced");
    owner.post(&format!("{path}/cancel"), json!({})).await.ok(200);
    push::drain_all(&app.app).await.unwrap();
    owner.post(&sync, json!({})).await.ok(200);
    assert!(caldav::events(&owner, &calendar, "").await.is_empty());
}

#[tokio::test]
async fn another_tenant_sees_nothing_of_it_and_who_follows_along_does() {
    let practice = Practice::open().await;
    let since = practice.owner().get("/changes").await.ok(200).body["next_since"].clone();
    let booking = practice.book("10:00").await;
    let changes = practice
        .owner()
        .get(&format!("/changes?since={since}"))
        .await
        .ok(200)
        .body;
    let told = changes["data"].as_array().unwrap().iter();
    let told: Vec<(&str, &str)> = told
        .map(|one| (one["kind"].as_str().unwrap(), one["action"].as_str().unwrap()))
        .collect();
    assert!(
        told.contains(&("booking", "created")) && told.contains(&("event", "created")),
        "{told:?}"
    );
    let eve = practice.world.app.stranger().await;
    let path = format!("/bookings/{}", booking["id"].as_str().unwrap());
    eve.get(&path).await.problem(404, "not_found");
    eve.get(&format!("{path}/history")).await.problem(404, "not_found");
    eve.post(&format!("{path}/cancel"), json!({}))
        .await
        .problem(404, "not_found");
    let body = json!({"service_id": practice.service, "start": practice.at("12:00")});
    eve.post("/bookings", body).await.problem(404, "not_found");
    assert_eq!(eve.get("/bookings").await.ok(200).body["data"], json!([]));
    let q = practice
        .owner()
        .get("/bookings?q=check&status=confirmed,pending")
        .await
        .ok(200)
        .body;
    assert_eq!(q["data"][0]["id"], booking["id"]);
}
