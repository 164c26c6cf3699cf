//! A server with a simulated Google of its own, and people who connect it.

use calendar_stacker::config::Config;
use serde_json::{Value, json};
use simulators::google::{CLIENT_ID, CLIENT_SECRET, Control, Options, Running, Seed, Simulator};

use crate::harness::{Answer, Caller, TestApp, client, send};

pub const ANN: &str = "ann@example.org";
pub const BOB: &str = "bob@example.org";

/// A server, a Google, and an owner who is signed in.
pub struct World {
    pub app: TestApp,
    pub google: Running,
    pub owner: Caller,
}

/// A client whose Google account is connected.
pub struct Connected {
    pub client: String,
    pub credential: String,
    /// The account's main calendar.
    pub calendar: String,
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub async fn with(adjust: impl FnOnce(&mut Config)) -> Self {
        let seed = Seed::default()
            .account(ANN, "Ann", "Europe/Berlin")
            .account(BOB, "Bob", "Europe/Berlin");
        let options = Options::default().seeded(seed);
        let google = tokio::task::spawn_blocking(move || Simulator::start(options).unwrap())
            .await
            .unwrap();
        google
            .control
            .limits(|limits| (limits.per_user_per_minute, limits.per_project_per_minute) = (None, None));
        let base = google.base_url.clone();
        let app = TestApp::start_with(|config| {
            config.google_at(&base, CLIENT_ID, CLIENT_SECRET).unwrap();
            adjust(config);
        })
        .await;
        let owner = app.owner().await;
        Self { app, google, owner }
    }

    pub fn control(&self) -> &Control {
        &self.google.control
    }

    /// A client and a credential nobody consented to, yet.
    pub async fn credential(&self, name: &str) -> (String, String) {
        let client = self.owner.client(name).await;
        let body = json!({"client_id": client, "provider": "google"});
        let credential = self.owner.post("/credentials", body).await.ok(201).text("id");
        (client, credential)
    }

    /// Where the consent page would be.
    pub async fn authorize(&self, credential: &str) -> String {
        self.owner
            .post(&format!("/credentials/{credential}/authorize"), json!({}))
            .await
            .ok(200)
            .text("authorization_url")
    }

    /// Goes through the consent as `email`, back to our callback, and says where that sends the browser.
    pub async fn consent(&self, credential: &str, email: &str) -> String {
        let page = self.authorize(credential).await;
        let back = self.control().consent(&page, email, None).unwrap();
        self.come_back(&self.owner, &back).await
    }

    /// The browser of `caller` is sent to `url`, an address of ours.
    pub async fn come_back(&self, caller: &Caller, url: &str) -> String {
        let path = url.split_once("/api/v1").unwrap().1;
        let answer = caller.get(path).await;
        assert_eq!(answer.status, 302, "{}", answer.raw);
        answer.header("location").to_owned()
    }

    /// A client with Ann's account connected.
    pub async fn connected(&self) -> Connected {
        self.connect("Bright Dental", ANN).await
    }

    pub async fn connect(&self, name: &str, email: &str) -> Connected {
        let (client, credential) = self.credential(name).await;
        let place = self.consent(&credential, email).await;
        assert!(place.ends_with("result=connected"), "{place}");
        let calendars = self.owner.get(&format!("/clients/{client}/calendars")).await.ok(200);
        let main = calendars.body["data"]
            .as_array()
            .unwrap()
            .iter()
            .find(|calendar| calendar["primary"] == true)
            .unwrap();
        Connected {
            client,
            credential,
            calendar: main["id"].as_str().unwrap().to_owned(),
        }
    }

    /// A second client of the same name is not needed by most stories; this one is.
    pub async fn client_with_account(&self, name: &str, account: &str) -> String {
        let mut body = client(name);
        body["google_account_email"] = json!(account);
        self.owner.post("/clients", body).await.ok(201).text("id")
    }

    /// Pulls, and fails the story when that did not work.
    pub async fn sync(&self, calendar: &str) -> Value {
        let health = self
            .owner
            .post(&format!("/calendars/{calendar}/sync"), json!({}))
            .await
            .ok(200)
            .body;
        assert_eq!(health["last_error"], Value::Null, "{health}");
        health
    }

    /// Events of a calendar as the list shows them.
    pub async fn events(&self, calendar: &str, query: &str) -> Vec<Value> {
        let answer = self
            .owner
            .get(&format!("/calendars/{calendar}/events?limit=500{query}"))
            .await
            .ok(200);
        answer.body["data"].as_array().unwrap().clone()
    }

    pub async fn create(&self, calendar: &str, event: Value) -> Value {
        self.owner
            .post(&format!("/calendars/{calendar}/events"), event)
            .await
            .ok(201)
            .body
    }

    pub async fn event(&self, id: &str) -> Value {
        self.owner.get(&format!("/events/{id}")).await.ok(200).body
    }

    /// Changes an event as one who has just read it.
    pub async fn patch(&self, event: &Value, query: &str, change: Value) -> Answer {
        self.patch_as(&self.owner, event, query, change).await
    }

    pub async fn patch_as(&self, caller: &Caller, event: &Value, query: &str, change: Value) -> Answer {
        let path = format!("/events/{}{query}", event["id"].as_str().unwrap());
        send(
            caller
                .request(reqwest::Method::PATCH, &path)
                .header("if-match", event["etag"].as_str().unwrap())
                .json(&change),
        )
        .await
    }

    pub async fn delete(&self, event: &Value, query: &str) -> Answer {
        let path = format!("/events/{}{query}", event["id"].as_str().unwrap());
        send(
            self.owner
                .request(reqwest::Method::DELETE, &path)
                .header("if-match", event["etag"].as_str().unwrap()),
        )
        .await
    }

    /// How often Google was asked for this.
    pub fn calls(&self, operation: &str) -> usize {
        self.control().calls(operation).len()
    }
}

/// A timed event in Berlin.
pub fn timed(title: &str, start: &str, end: &str) -> Value {
    let at = |time: &str| json!({"date_time": time, "time_zone": "Europe/Berlin"});
    json!({"title": title, "start": at(start), "end": at(end)})
}

/// The same, repeated.
pub fn repeated(title: &str, start: &str, end: &str, rule: &str) -> Value {
    let mut event = timed(title, start, end);
    event["recurrence"] = json!([rule]);
    event
}

/// Titles, in order.
pub fn titles(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["title"].as_str().unwrap()).collect()
}

/// Starts in UTC, in order.
pub fn starts(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["start"]["utc"].as_str().unwrap())
        .collect()
}
