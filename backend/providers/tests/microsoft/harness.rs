//! A simulator for each test, with Ann's account and our client on it.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use providers::{
    CalendarProvider,
    http::{Http, Options, RetryPolicy},
    microsoft::Microsoft,
};
use serde_json::json;
use simulators::microsoft::{Control, Effect, Fault, Running, Seed, Simulator};

use crate::conformance::{
    EDITED, PAUSE, Peer, numbered,
    offers::{self, Lack},
};

/// How many events fill a calendar. Graph tells of changes without what is in them: each is a call of its own.
const MANY: usize = 5_000;

/// Whose account it is.
pub const ANN: &str = "ann@example.com";
/// Somebody who invites others.
const CY: &str = "cy@example.com";

/// Waits of a test: none, unless the server asks for one.
pub fn http() -> Http {
    let options = Options {
        timeout: Duration::from_secs(10),
        retry: RetryPolicy {
            base: Duration::ZERO,
            ..RetryPolicy::default()
        },
        ..Options::default()
    };
    Http::new(options).unwrap()
}

fn client(control: &Control, base_url: &str, now: Timestamp) -> Microsoft {
    let scopes = ["User.Read", "Calendars.ReadWrite"];
    let token = control.issue_tokens(ANN, &scopes).unwrap().access_token;
    let base = format!("{base_url}/v1.0").parse().unwrap();
    Microsoft::new(http(), base, token.into(), now)
}

/// A running simulator and our client.
pub struct Sim {
    pub control: Control,
    pub microsoft: Microsoft,
    pub calendar: String,
    pub base_url: String,
    other: String,
    _running: Running,
}

impl Sim {
    /// Fresh, with two empty calendars of Ann's.
    pub fn start() -> Self {
        let seed = Seed::default()
            .account(ANN, "Ann", "W. Europe Standard Time")
            .account("bo@example.com", "Bo", "W. Europe Standard Time")
            .account(CY, "Cy", "W. Europe Standard Time");
        let running = Simulator::start(simulators::microsoft::Options::default().seeded(seed)).unwrap();
        let control = running.control.clone();
        let calendar = control.add_calendar(ANN, "Work", true).unwrap();
        let other = control.add_calendar(ANN, "Home", true).unwrap();
        // Some months before the events of the tests.
        let microsoft = client(&control, &running.base_url, "2026-06-01T00:00:00Z".parse().unwrap());
        Self {
            control,
            microsoft,
            calendar,
            base_url: running.base_url.clone(),
            other,
            _running: running,
        }
    }
}

impl Sim {
    /// Our client at another time.
    pub fn client(&self, now: Timestamp) -> Microsoft {
        client(&self.control, &self.base_url, now)
    }
}

/// The simulator as a peer of the conformance suite.
pub async fn peer() -> Sim {
    Sim::start()
}

#[async_trait]
impl Peer for Sim {
    fn provider(&self) -> &dyn CalendarProvider {
        &self.microsoft
    }

    fn calendar(&self) -> &str {
        &self.calendar
    }

    fn other_calendar(&self) -> &str {
        &self.other
    }

    fn lacks(&self) -> &'static [Lack] {
        offers::MICROSOFT
    }

    async fn lose_next_answer(&self) {
        self.control.clear_faults();
        for operation in ["create", "update", "delete"] {
            self.control
                .fault(Fault::once(&format!("graph.events.{operation}"), Effect::LoseAnswer));
        }
    }

    async fn add_something_unknown(&self, remote_id: &str) -> String {
        self.control
            .patch_event(remote_id, &json!({"categories": ["Ticket 4711"]}))
            .unwrap();
        "Ticket 4711".into()
    }

    /// A series in a zone that has no name: nobody can tell when it repeats.
    async fn add_something_malformed(&self) -> String {
        let time = |at: &str| json!({"dateTime": at, "timeZone": "UTC"});
        let event = json!({
            "subject": "From a desktop",
            "start": time("2027-03-01T09:00:00"),
            "end": time("2027-03-01T10:00:00"),
            "recurrence": {
                "pattern": {"type": "daily", "interval": 1},
                "range": {"type": "noEnd", "startDate": "2027-03-01"},
            },
        });
        let made = self.control.insert_event(&self.calendar, &event).unwrap();
        let id = made["id"].as_str().unwrap();
        self.control.custom_zone(id).unwrap();
        self.control.immutable_id(id).unwrap()
    }

    async fn be_invited(&self) -> (String, String) {
        let guest = |email: &str| json!({"emailAddress": {"address": email}, "type": "required"});
        let time = |at: &str| json!({"dateTime": at, "timeZone": "W. Europe Standard Time"});
        let event = json!({
            "subject": "Come",
            "start": time("2027-03-01T09:00:00"),
            "end": time("2027-03-01T10:00:00"),
            "attendees": [guest(ANN), guest("bo@example.com")],
        });
        let from = self.control.default_calendar(CY).unwrap();
        self.control.insert_event(&from, &event).unwrap();
        // Invitations arrive in one's own calendar.
        let home = self.control.default_calendar(ANN).unwrap();
        let copy = self.control.events(&home).unwrap().remove(0);
        let id = self.control.immutable_id(copy["id"].as_str().unwrap()).unwrap();
        (home, id)
    }

    async fn edit_there(&self, remote_id: &str) {
        let time = |at: &str| json!({"dateTime": at, "timeZone": "W. Europe Standard Time"});
        let patch = json!({
            "subject": EDITED.title,
            "location": {"displayName": EDITED.location},
            "start": time(EDITED.start),
            "end": time(EDITED.end),
        });
        self.control.patch_event(remote_id, &patch).unwrap();
    }

    async fn decline_there(&self, remote_id: &str, email: &str) {
        self.control.answer(remote_id, email, "declined").unwrap();
    }

    async fn expire_cursors(&self) -> bool {
        self.control.expire_delta_links(None);
        true
    }

    async fn limit_next_call(&self) {
        let effect = Effect::RateLimit {
            status: 429,
            retry_after: Some(PAUSE),
        };
        self.control.fault(Fault::once("*", effect));
    }

    async fn withdraw(&self) {
        self.control.revoke_sessions(ANN, true);
    }

    async fn fill(&self) -> usize {
        let time = |at: &str| json!({"dateTime": at, "timeZone": "W. Europe Standard Time"});
        for number in 0..MANY {
            let event = json!({
                "subject": numbered(number),
                "start": time("2027-03-01T09:00:00"),
                "end": time("2027-03-01T10:00:00"),
            });
            self.control.insert_event(&self.calendar, &event).unwrap();
        }
        MANY
    }
}
