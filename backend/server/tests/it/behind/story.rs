//! A calendar at a real server that we hold, and somebody else's program at the same server.

use calendar_stacker::gateway::push;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::{
    caldav::{self, patch},
    google::timed,
    harness::{Answer, Caller, TestApp, send},
    peers::{Mode, Peer, Stranger, Wire},
};

pub const WINDOW: &str = "&expand=instances&from=2026-11-01T00:00:00Z&to=2027-06-01T00:00:00Z";

pub struct Story {
    pub app: TestApp,
    pub owner: Caller,
    pub client: String,
    pub calendar: String,
    /// Where it lies at the server.
    pub path: String,
    pub stranger: Stranger,
    pub wire: Wire,
}

pub fn haircut() -> Value {
    timed("Haircut", "2026-11-24T09:00:00", "2026-11-24T10:00:00")
}

pub fn name(event: &Value) -> &str {
    event["provider_event_id"].as_str().unwrap()
}

pub fn object(uid: &str, lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//somebody//else//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260901T000000Z\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

pub fn simple(uid: &str, title: &str) -> String {
    let lines = format!("DTSTART:20270301T080000Z\r\nDTEND:20270301T090000Z\r\nSUMMARY:{title}\r\n");
    object(uid, &lines)
}

/// Says something else in the first line of this name, or says it at all.
pub fn with(text: &str, name: &str, value: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line = format!("{name}:{value}");
    let found = lines.iter().position(|old| old.starts_with(&format!("{name}:")));
    match found {
        Some(at) => lines[at] = line,
        None => {
            let end = lines.iter().position(|old| old == "END:VEVENT").unwrap();
            lines.insert(end, line);
        }
    }
    lines.join("\r\n") + "\r\n"
}

impl Story {
    pub async fn begin(peer: &'static Peer) -> Self {
        let (app, owner, client) = caldav::app().await;
        let (name, password) = peer.account();
        let wire = Wire::to(peer).await;
        let made = owner
            .post("/credentials", caldav::wanted(&client, &wire.url, &name, &password))
            .await
            .ok(201);
        let body = json!({"credential_id": made.text("id"), "name": "Bookings", "time_zone": "Europe/Berlin"});
        let calendar = owner.post(&format!("/clients/{client}/calendars"), body).await.ok(201);
        let stranger = Stranger {
            peer,
            name,
            password,
            http: app.http.clone(),
        };
        Self {
            calendar: calendar.text("id"),
            path: calendar.text("provider_calendar_id"),
            app,
            owner,
            client,
            stranger,
            wire,
        }
    }

    pub async fn there(&self, method: &str, name: &str, body: &str) -> String {
        let (status, text) = self
            .stranger
            .ask(method, &format!("{}{name}", self.path), "1", body)
            .await;
        assert!(status.is_success(), "{method} {name}: {status} {text}");
        text
    }

    pub async fn edit(&self, name: &str, change: impl FnOnce(&str) -> String) {
        let text = self.there("GET", name, "").await;
        self.there("PUT", name, &change(&text)).await;
    }

    /// How many objects lie there.
    pub async fn objects(&self) -> usize {
        let ask = r#"<d:propfind xmlns:d="DAV:"><d:prop><d:getetag/></d:prop></d:propfind>"#;
        self.there("PROPFIND", "", ask).await.matches(".ics<").count()
    }

    /// What they say, one after the other.
    pub async fn texts(&self) -> String {
        let ask = r#"<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><c:calendar-data/></d:prop><c:filter><c:comp-filter name="VCALENDAR"/></c:filter></c:calendar-query>"#;
        self.there("REPORT", "", ask).await
    }

    pub async fn sync(&self) -> Value {
        let path = format!("/calendars/{}/sync", self.calendar);
        let health = self.owner.post(&path, json!({})).await.ok(200).body;
        assert_eq!(health["last_error"], Value::Null, "{health}");
        health
    }

    pub async fn shown(&self) -> Vec<Value> {
        self.sync().await;
        caldav::events(&self.owner, &self.calendar, WINDOW).await
    }

    pub async fn create(&self, event: Value) -> Value {
        let path = format!("/calendars/{}/events", self.calendar);
        self.owner.post(&path, event).await.ok(201).body
    }

    pub async fn event(&self, id: &Value) -> Value {
        let path = format!("/events/{}", id.as_str().unwrap());
        self.owner.get(&path).await.ok(200).body
    }

    pub async fn patch(&self, event: &Value, query: &str, change: Value) -> Value {
        patch(&self.owner, event, query, change).await.ok(200).body
    }

    pub async fn delete(&self, event: &Value) -> Answer {
        let path = format!("/events/{}", event["id"].as_str().unwrap());
        let request = self.owner.request(reqwest::Method::DELETE, &path);
        send(request.header("if-match", event["etag"].as_str().unwrap())).await
    }

    /// Half a day goes by, and the workers with it: nothing waits any more.
    pub async fn later(&self) {
        self.wire.be(Mode::Whole);
        self.app.clock.advance(SignedDuration::from_hours(12));
        push::drain_all(&self.app.app).await.unwrap();
        let waiting = self.owner.get("/mappings").await.ok(200).body;
        assert_eq!(waiting["data"], json!([]));
    }

    pub async fn policy(&self, policy: &str) {
        let path = format!("/clients/{}", self.client);
        self.owner
            .patch(&path, json!({"conflict_policy": policy}))
            .await
            .ok(200);
    }

    pub async fn conflicts(&self, event: &Value) -> Vec<Value> {
        let all = self.owner.get("/conflicts").await.ok(200).body["data"].clone();
        let all = all.as_array().unwrap().iter();
        all.filter(|one| one["event_id"] == event["id"]).cloned().collect()
    }

    pub async fn resolve(&self, conflict: &Value, resolution: &str) {
        let path = format!("/conflicts/{}/resolve", conflict["id"].as_str().unwrap());
        self.owner.post(&path, json!({"resolution": resolution})).await.ok(200);
    }

    /// An event that both know, changed here while the server cannot be reached.
    pub async fn promised(&self, change: Value) -> Value {
        let made = self.create(haircut()).await;
        assert_eq!(made["sync"]["state"], "synced");
        self.wire.be(Mode::Cut);
        let changed = self.patch(&made, "", change).await;
        assert_eq!(changed["sync"]["state"], "pending");
        self.wire.be(Mode::Whole);
        changed
    }
}
