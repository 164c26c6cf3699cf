//! Bookings, from a caller's question to the events in everybody's calendars and back.

/// One test at each provider.
macro_rules! everywhere {
    ($($story:ident),+ $(,)?) => {
        everywhere!(google crate::google::World; $($story)+);
        everywhere!(microsoft crate::microsoft::World; $($story)+);
        everywhere!(radicale crate::behind::story::Story; $($story)+);
    };
    ($name:ident $side:ty; $($story:ident)+) => {
        mod $name {
            $(#[tokio::test]
            async fn $story() {
                super::$story(crate::bookings::Practice::<$side>::begin().await).await;
            })+
        }
    };
}

mod asking;
mod changing;
mod edits;
mod forgetting;
mod hurry;
mod import;
mod kept;
mod looking;
mod race;
mod sides;
mod terms;
mod undoing;

use calendar_stacker::{config::Config, gateway::push, jobs};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use reqwest::Method;
use serde_json::{Value, json};
use simulators::google::{Effect, Fault};

pub use self::sides::{Entry, Side};
use crate::{
    caldav,
    google::{ANN, Connected, World, titles},
    harness::{Answer, Caller, TestApp, send},
};

/// A client with two people, each with a calendar, who both do a service of 45 minutes.
pub struct Practice<S = World> {
    pub world: S,
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
        Self::begin().await
    }

    pub async fn open_with(adjust: impl FnOnce(&mut Config)) -> Self {
        let world = World::with(adjust).await;
        let one = world.connected().await;
        Self::at_side(world, one).await
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

impl<S: Side> Practice<S> {
    pub async fn begin() -> Self {
        let (world, one) = S::begin().await;
        Self::at_side(world, one).await
    }

    async fn at_side(world: S, one: Connected) -> Self {
        let owner = world.owner();
        let body = json!({"credential_id": one.credential, "name": "Kim", "time_zone": "Europe/Berlin"});
        let path = format!("/clients/{}/calendars", one.client);
        let second = owner.post(&path, body).await.ok(201).text("id");
        let sam = member(owner, &one.client, "Sam", &one.calendar).await;
        let kim = member(owner, &one.client, "Kim", &second).await;
        let body = json!({"client_id": one.client, "name": "Check-up", "duration_minutes": 45, "after_minutes": 15,
            "staff_ids": [sam, kim]});
        let service = owner.post("/services", body).await.ok(201).text("id");
        let day = tuesday(world.app());
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
        self.world.owner()
    }

    pub fn app(&self) -> &TestApp {
        self.world.app()
    }

    pub fn at(&self, time: &str) -> String {
        at(self.day, time)
    }

    pub fn instant(&self, time: &str) -> Timestamp {
        self.at(time).parse().unwrap()
    }

    pub fn span(&self, from: &str, to: &str) -> (Timestamp, Timestamp) {
        (self.instant(from), self.instant(to))
    }

    pub async fn sync(&self) {
        for calendar in [&self.one.calendar, &self.second] {
            let path = format!("/calendars/{calendar}/sync");
            let health = self.owner().post(&path, json!({})).await.ok(200).body;
            assert_eq!(health["last_error"], Value::Null, "{health}");
        }
    }

    /// All that waits is written, and all that is there is read.
    pub async fn settle(&self) {
        push::drain_all(&self.app().app).await.unwrap();
        self.sync().await;
    }

    pub async fn policy(&self, change: Value) {
        let path = format!("/clients/{}/booking-policy", self.one.client);
        self.owner().patch(&path, change).await.ok(200);
    }

    /// Its booking page is there for everybody.
    pub async fn publish(&self) {
        self.policy(json!({"slug": "bright-dental"})).await;
        let path = format!("/services/{}", self.service);
        self.owner().patch(&path, json!({"is_public": true})).await.ok(200);
    }

    pub async fn job(&self) {
        self.app().clock.advance(SignedDuration::from_secs(31));
        let job = jobs::ALL.iter().find(|job| job.name == "bookings").unwrap();
        assert!(jobs::once(&self.app().app, job, "worker").await.unwrap());
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

    /// What lies in Sam's calendar, where that is kept.
    pub async fn entries(&self) -> Vec<Entry> {
        self.world.entries().await
    }

    /// Events of a calendar as the list shows them.
    pub async fn events(&self, calendar: &str) -> Vec<Value> {
        caldav::events(self.owner(), calendar, "").await
    }
}
