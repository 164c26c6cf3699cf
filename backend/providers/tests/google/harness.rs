//! A simulator for each test, with Ann's account and our client on it.

use std::{sync::LazyLock, time::Duration};

use async_trait::async_trait;
use jsonschema::Validator;
use providers::{
    CalendarProvider,
    google::Google,
    http::{Http, Options, RetryPolicy},
    oauth::Endpoints,
};
use serde_json::{Value, json};
use simulators::google::{Control, Effect, Fault, Recorded, Running, Seed, Simulator};

use crate::conformance::{
    EDITED, PAUSE, Peer, numbered,
    offers::{self, Lack},
};

/// How many events fill a calendar.
const MANY: usize = 5_000;

/// Whose account it is.
pub const ANN: &str = "ann@example.com";
/// Somebody else.
pub const BO: &str = "bo@example.com";
/// And one more, who invites the others.
pub const CY: &str = "cy@example.com";

/// What our application asks for.
pub const ALL_SCOPES: [&str; 3] = ["openid", "email", "https://www.googleapis.com/auth/calendar"];

/// A running simulator and our client.
pub struct Sim {
    pub control: Control,
    pub google: Google,
    pub http: Http,
    pub endpoints: Endpoints,
    pub calendar: String,
    pub other: String,
    _running: Running,
}

/// Waits of a test: none, unless the server asks for one.
pub fn options() -> Options {
    Options {
        timeout: Duration::from_secs(10),
        retry: RetryPolicy {
            base: Duration::ZERO,
            ..RetryPolicy::default()
        },
        ..Options::default()
    }
}

impl Sim {
    /// Fresh, with two empty calendars of Ann's.
    pub async fn start() -> Self {
        let seed = Seed::default()
            .account(ANN, "Ann", "Europe/Berlin")
            .account(BO, "Bo", "Europe/Berlin")
            .account(CY, "Cy", "Europe/Berlin");
        let running = Simulator::start(simulators::google::Options::default().seeded(seed)).unwrap();
        let control = running.control.clone();
        let calendar = control.add_calendar(ANN, "Work", "Europe/Berlin").unwrap();
        let other = control.add_calendar(ANN, "Home", "Europe/Berlin").unwrap();
        let endpoints = Endpoints::below(&running.base_url).unwrap();
        let http = Http::new(options()).unwrap();
        let token = control.issue_tokens(ANN, &ALL_SCOPES).unwrap().access_token;
        let google = Google::new(http.clone(), endpoints.clone(), token.into());
        Self {
            control,
            google,
            http,
            endpoints,
            calendar,
            other,
            _running: running,
        }
    }

    /// Our client with other permissions, or for somebody else.
    pub fn client(&self, email: &str, scopes: &[&str]) -> Google {
        let token = self.control.issue_tokens(email, scopes).unwrap().access_token;
        Google::new(self.http.clone(), self.endpoints.clone(), token.into())
    }

    /// The next call of `operation` (Google's name without `calendar.`) suffers this.
    pub fn fault(&self, operation: &str, effect: Effect) {
        self.control
            .fault(Fault::once(&format!("calendar.{operation}"), effect));
    }

    /// Calls of `operation` so far.
    pub fn calls(&self, operation: &str) -> Vec<Recorded> {
        self.control.calls(&format!("calendar.{operation}"))
    }

    /// Titles of what is in Ann's calendar, tombstones apart, sorted.
    pub fn titles(&self) -> Vec<String> {
        let events = self.control.events(&self.calendar).unwrap();
        let present = events.iter().filter(|e| e["status"] != "cancelled");
        let mut titles: Vec<_> = present
            .map(|e| e["summary"].as_str().unwrap_or_default().to_owned())
            .collect();
        titles.sort();
        titles
    }
}

impl Drop for Sim {
    /// Every body that was sent fits Google's schema.
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        for call in self.control.journal() {
            check(&call);
        }
    }
}

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../schemas/google-calendar-v3.strict.schema.json")).expect("the schema is JSON")
});

fn validator(definition: &str) -> Validator {
    let mut schema = SCHEMA.clone();
    schema["$ref"] = json!(format!("#/$defs/{definition}"));
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("the schema is one")
}

static EVENT: LazyLock<Validator> = LazyLock::new(|| validator("Event"));
static CALENDAR: LazyLock<Validator> = LazyLock::new(|| validator("Calendar"));
static ENTRY: LazyLock<Validator> = LazyLock::new(|| validator("CalendarListEntry"));
static CHANNEL: LazyLock<Validator> = LazyLock::new(|| validator("Channel"));

/// # Panics
/// When the body of a call does not fit Google's schema.
pub fn check(call: &Recorded) {
    let validator = match call.operation.as_str() {
        "calendar.events.insert" | "calendar.events.patch" => &*EVENT,
        "calendar.calendars.insert" => &*CALENDAR,
        "calendar.calendarList.patch" => &*ENTRY,
        "calendar.events.watch" | "calendar.channels.stop" => &*CHANNEL,
        _ => return,
    };
    let body = call.body.clone().expect("a body");
    let body = if call.method == "PATCH" {
        without_nulls(body)
    } else {
        body
    };
    let faults: Vec<_> = validator
        .iter_errors(&body)
        .map(|e| format!("{} at {}", e, e.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{} {body}: {faults:?}", call.operation);
}

/// In a patch `null` clears a field; the schema speaks of fields that are there.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, v)| !v.is_null())
            .map(|(k, v)| (k, without_nulls(v)))
            .collect(),
        other => other,
    }
}

/// The simulator as a peer of the conformance suite.
pub async fn peer() -> Sim {
    Sim::start().await
}

#[async_trait]
impl Peer for Sim {
    fn provider(&self) -> &dyn CalendarProvider {
        &self.google
    }

    fn calendar(&self) -> &str {
        &self.calendar
    }

    fn other_calendar(&self) -> &str {
        &self.other
    }

    fn lacks(&self) -> &'static [Lack] {
        offers::GOOGLE
    }

    async fn lose_next_answer(&self) {
        self.control.clear_faults();
        for operation in ["insert", "patch", "delete"] {
            self.fault(&format!("events.{operation}"), Effect::LoseAnswer);
        }
    }

    async fn add_something_unknown(&self, remote_id: &str) -> String {
        let patch = json!({ "source": { "title": "Ticket 4711", "url": "https://tickets.example/4711" } });
        self.control.patch_event(&self.calendar, remote_id, &patch).unwrap();
        "https://tickets.example/4711".into()
    }

    async fn add_something_malformed(&self) -> String {
        self.control.insert_malformed(&self.calendar).unwrap()
    }

    async fn be_invited(&self) -> (String, String) {
        // Invitations arrive in one's own calendar.
        let event = json!({
            "summary": "Come",
            "start": { "dateTime": "2027-03-01T09:00:00+01:00" },
            "end": { "dateTime": "2027-03-01T10:00:00+01:00" },
            "attendees": [{ "email": ANN }, { "email": "bo@example.com" }],
        });
        let made = self.control.insert_event(CY, &event).unwrap();
        (ANN.into(), made["id"].as_str().unwrap().to_owned())
    }

    async fn edit_there(&self, remote_id: &str) {
        let time = |at: &str| json!({ "dateTime": at, "timeZone": "Europe/Berlin" });
        let patch = json!({
            "summary": EDITED.title,
            "location": EDITED.location,
            "start": time(EDITED.start),
            "end": time(EDITED.end),
        });
        self.control.patch_event(&self.calendar, remote_id, &patch).unwrap();
    }

    async fn decline_there(&self, remote_id: &str, email: &str) {
        self.control
            .answer(&self.calendar, remote_id, email, "declined")
            .unwrap();
    }

    async fn expire_cursors(&self) -> bool {
        self.control.expire_sync_tokens(None).unwrap();
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
        self.control.revoke_account(ANN);
    }

    async fn fill(&self) -> usize {
        let time = |at: &str| json!({ "dateTime": at, "timeZone": "Europe/Berlin" });
        for number in 0..MANY {
            let event = json!({
                "summary": numbered(number),
                "start": time("2027-03-01T09:00:00"),
                "end": time("2027-03-01T10:00:00"),
            });
            self.control.insert_event(&self.calendar, &event).unwrap();
        }
        MANY
    }
}
