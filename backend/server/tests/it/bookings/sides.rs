//! The practice at each provider: the same is done there, each in its own words, and the same stories are told.

use super::*;
use crate::{
    behind::story::{Story, object},
    microsoft::{self, MIRA},
    peers::{Mode, RADICALE},
};

/// Where the practice has its calendars.
pub trait Side: Sized {
    /// A server whose owner has a client with an account there.
    async fn begin() -> (Self, Connected);

    fn app(&self) -> &TestApp;

    fn owner(&self) -> &Caller;

    /// What lies in the account's main calendar, by start.
    async fn entries(&self) -> Vec<Entry>;

    /// Somebody there writes into the main calendar.
    async fn put(&self, title: &str, span: (Timestamp, Timestamp));

    /// Somebody there moves what lies in it.
    async fn shift(&self, entry: &Entry, span: (Timestamp, Timestamp));

    /// Somebody there takes something out of it.
    async fn take(&self, entry: &Entry);

    /// Nobody answers there any more.
    fn cut(&self);

    /// They answer again.
    fn mend(&self);
}

/// What lies in a calendar at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The provider's name for it.
    pub id: String,
    pub title: String,
    pub start: Timestamp,
}

fn away() -> Effect {
    Effect::Status {
        status: 503,
        retry_after: None,
    }
}

impl Side for World {
    async fn begin() -> (Self, Connected) {
        let world = Self::new().await;
        let one = world.connected().await;
        (world, one)
    }

    fn app(&self) -> &TestApp {
        &self.app
    }

    fn owner(&self) -> &Caller {
        &self.owner
    }

    async fn entries(&self) -> Vec<Entry> {
        let all = self.control().events(ANN).unwrap();
        let there = all.iter().filter(|event| event["status"] != "cancelled");
        sorted(there.map(|event| entry(event, "summary")).collect())
    }

    async fn put(&self, title: &str, span: (Timestamp, Timestamp)) {
        let mut event = lasting(span);
        event["summary"] = json!(title);
        self.control().insert_event(ANN, &event).unwrap();
    }

    async fn shift(&self, entry: &Entry, span: (Timestamp, Timestamp)) {
        self.control().patch_event(ANN, &entry.id, &lasting(span)).unwrap();
    }

    async fn take(&self, entry: &Entry) {
        self.control().delete_event(ANN, &entry.id).unwrap();
    }

    fn cut(&self) {
        self.control().fault(Fault::always("calendar.*", away()));
    }

    fn mend(&self) {
        self.control().clear_faults();
    }
}

impl Side for microsoft::World {
    async fn begin() -> (Self, Connected) {
        let world = Self::new().await;
        let one = world.connected().await;
        let one = Connected {
            client: one.client,
            credential: one.credential,
            calendar: one.calendar,
        };
        (world, one)
    }

    fn app(&self) -> &TestApp {
        &self.app
    }

    fn owner(&self) -> &Caller {
        &self.owner
    }

    async fn entries(&self) -> Vec<Entry> {
        sorted(self.there().iter().map(|event| entry(event, "subject")).collect())
    }

    async fn put(&self, title: &str, span: (Timestamp, Timestamp)) {
        let mut event = lasting(span);
        event["subject"] = json!(title);
        let home = self.control().default_calendar(MIRA).unwrap();
        self.control().insert_event(&home, &event).unwrap();
    }

    async fn shift(&self, entry: &Entry, span: (Timestamp, Timestamp)) {
        self.control().patch_event(&entry.id, &lasting(span)).unwrap();
    }

    async fn take(&self, entry: &Entry) {
        self.control().delete_event(&entry.id).unwrap();
    }

    fn cut(&self) {
        self.control().fault(Fault::always("graph.*", away()));
    }

    fn mend(&self) {
        self.control().clear_faults();
    }
}

/// At Google and at Microsoft.
fn lasting((from, to): (Timestamp, Timestamp)) -> Value {
    let at = |at: Timestamp| json!({"dateTime": at.strftime("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": "UTC"});
    json!({"start": at(from), "end": at(to)})
}

/// The same, read. Google's times have an offset; Microsoft's are UTC and do not say so.
fn entry(event: &Value, title: &str) -> Entry {
    let start = event["start"]["dateTime"].as_str().unwrap();
    Entry {
        id: event["id"].as_str().unwrap().to_owned(),
        title: event[title].as_str().unwrap().to_owned(),
        start: start.parse().or_else(|_| format!("{start}Z").parse()).unwrap(),
    }
}

fn sorted(mut all: Vec<Entry>) -> Vec<Entry> {
    all.sort_by_key(|one| one.start);
    all
}

/// A real Radicale.
impl Side for Story {
    async fn begin() -> (Self, Connected) {
        let peer = tokio::task::spawn_blocking(|| &*RADICALE).await.unwrap();
        let story = Self::begin(peer).await;
        let path = format!("/calendars/{}", story.calendar);
        let one = Connected {
            client: story.client.clone(),
            credential: story.owner.get(&path).await.ok(200).text("credential_id"),
            calendar: story.calendar.clone(),
        };
        (story, one)
    }

    fn app(&self) -> &TestApp {
        &self.app
    }

    fn owner(&self) -> &Caller {
        &self.owner
    }

    async fn entries(&self) -> Vec<Entry> {
        let ask = r#"<d:propfind xmlns:d="DAV:"><d:prop><d:getetag/></d:prop></d:propfind>"#;
        let listed = self.there("PROPFIND", "", ask).await;
        let mut all = Vec::new();
        // All but the last part end with the name of a file.
        for part in listed.split(".ics<").collect::<Vec<_>>().split_last().unwrap().1 {
            let id = format!("{}.ics", part.rsplit('/').next().unwrap());
            let text = self.there("GET", &id, "").await;
            let event = text.split("BEGIN:VEVENT").nth(1).unwrap();
            let line = |name: &str| event.lines().find(|line| line.starts_with(name)).unwrap();
            all.push(Entry {
                title: line("SUMMARY:")["SUMMARY:".len()..].to_owned(),
                start: instant(line("DTSTART")),
                id,
            });
        }
        sorted(all)
    }

    async fn put(&self, title: &str, span: (Timestamp, Timestamp)) {
        let uid = uuid::Uuid::now_v7().to_string();
        let text = object(&uid, &format!("{}SUMMARY:{title}\r\n", times(span)));
        self.there("PUT", &format!("{uid}.ics"), &text).await;
    }

    async fn shift(&self, entry: &Entry, span: (Timestamp, Timestamp)) {
        let other = |text: &str| {
            let (before, event) = text.split_once("BEGIN:VEVENT").unwrap();
            let kept = event
                .lines()
                .filter(|line| !line.starts_with("DTSTART") && !line.starts_with("DTEND"));
            let kept: Vec<&str> = kept.skip(1).collect();
            format!("{before}BEGIN:VEVENT\r\n{}{}\r\n", times(span), kept.join("\r\n"))
        };
        self.edit(&entry.id, other).await;
    }

    async fn take(&self, entry: &Entry) {
        self.there("DELETE", &entry.id, "").await;
    }

    fn cut(&self) {
        self.wire.be(Mode::Cut);
    }

    fn mend(&self) {
        self.wire.be(Mode::Whole);
    }
}

fn times((from, to): (Timestamp, Timestamp)) -> String {
    let at = |at: Timestamp| at.strftime("%Y%m%dT%H%M%SZ").to_string();
    format!("DTSTART:{}\r\nDTEND:{}\r\n", at(from), at(to))
}

/// What a line like `DTSTART;TZID=Europe/Berlin:20270301T090000` means.
fn instant(line: &str) -> Timestamp {
    let (name, time) = line.split_once(':').unwrap();
    let wall = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%S", time.trim_end_matches('Z')).unwrap();
    let zone = name.split_once("TZID=").map_or("UTC", |(_, zone)| zone);
    wall.in_tz(zone).unwrap().timestamp()
}
