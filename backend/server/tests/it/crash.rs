//! The program is killed at every place where that could hurt, and another process takes over: nothing is written
//! twice, nothing is lost. Told over the simulated Google and Microsoft, and over a real Radicale.
//!
//! What a client does then is what it does here: it repeats the request that got no answer.

use std::{collections::BTreeSet, path::Path, process::Command};

use calendar_stacker::gateway::push;
use futures_util::{StreamExt, stream};
use jiff::SignedDuration;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use simulators::google::{CLIENT_ID, CLIENT_SECRET};

use crate::{
    behind::story as behind,
    google::{ANN, Connected, World, repeated, timed},
    harness::{Answer, Caller, TestApp, send, tell},
    microsoft,
    peers::RADICALE,
    program::Program,
};

const WINDOW: &str = "&expand=instances&from=2026-11-01T00:00:00Z&to=2027-03-01T00:00:00Z";

/// The names of all fault points in the sources: a new one cannot be forgotten here.
fn points() -> BTreeSet<String> {
    fn walk(dir: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let names = text.split("fault::point(\"").skip(1);
                found.extend(names.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())));
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    // Bulk work is killed in stories of its own.
    found.retain(|name| !name.starts_with("operations."));
    found
}

/// A calendar at a provider, and us in this process.
enum Side {
    Google(Box<(World, Connected)>),
    Microsoft(Box<(microsoft::World, microsoft::Connected)>),
    Caldav(Box<behind::Story>),
}

impl Side {
    async fn google() -> Self {
        let world = World::new().await;
        let one = world.connected().await;
        Self::Google(Box::new((world, one)))
    }

    async fn microsoft() -> Self {
        let world = microsoft::World::new().await;
        let one = world.connected().await;
        Self::Microsoft(Box::new((world, one)))
    }

    async fn caldav() -> Self {
        let peer = tokio::task::spawn_blocking(|| &*RADICALE).await.unwrap();
        Self::Caldav(Box::new(behind::Story::begin(peer).await))
    }

    fn app(&self) -> &TestApp {
        match self {
            Self::Google(google) => &google.0.app,
            Self::Microsoft(microsoft) => &microsoft.0.app,
            Self::Caldav(story) => &story.app,
        }
    }

    fn owner(&self) -> &Caller {
        match self {
            Self::Google(google) => &google.0.owner,
            Self::Microsoft(microsoft) => &microsoft.0.owner,
            Self::Caldav(story) => &story.owner,
        }
    }

    fn calendar(&self) -> &str {
        match self {
            Self::Google(google) => &google.1.calendar,
            Self::Microsoft(microsoft) => &microsoft.1.calendar,
            Self::Caldav(story) => &story.calendar,
        }
    }

    /// How another process finds the provider.
    fn tell(&self, command: &mut Command) {
        let mut set = |name: &str, value: &str| {
            command.env(format!("CALENDAR_STACKER_{name}"), value);
        };
        match self {
            Self::Google(google) => {
                set("GOOGLE_CLIENT_ID", CLIENT_ID);
                set("GOOGLE_CLIENT_SECRET", CLIENT_SECRET);
                for (name, path) in [
                    ("AUTH_URL", "/o/oauth2/v2/auth"),
                    ("TOKEN_URL", "/token"),
                    ("REVOKE_URL", "/revoke"),
                    ("USERINFO_URL", "/v1/userinfo"),
                    ("API_BASE", "/calendar/v3/"),
                ] {
                    let base = &google.0.google.base_url;
                    set(&format!("GOOGLE_{name}"), &format!("{base}{path}"));
                }
            }
            Self::Microsoft(one) => {
                let base = &one.0.microsoft.base_url;
                set("MICROSOFT_CLIENT_ID", simulators::microsoft::CLIENT_ID);
                set("MICROSOFT_CLIENT_SECRET", simulators::microsoft::CLIENT_SECRET);
                set("MICROSOFT_LOGIN_URL", base);
                set("MICROSOFT_API_BASE", &format!("{base}/v1.0"));
            }
            Self::Caldav(_) => set("ALLOW_ADDRESSES", "127.0.0.0/8"),
        }
    }

    /// What lies at the provider, free of names and times that differ from world to world.
    async fn there(&self) -> Vec<String> {
        let mut lines: Vec<String> = match self {
            Self::Google(google) => {
                let all = google.0.control().events(ANN).unwrap();
                let live = |event: &&Value| event["status"] != "cancelled" || event.get("recurringEventId").is_some();
                let says = ["summary", "status", "start", "end", "recurrence", "originalStartTime"];
                let line = |event: &Value| says.map(|field| event[field].to_string()).join(" ");
                all.iter().filter(live).map(line).collect()
            }
            Self::Microsoft(one) => {
                let says = ["subject", "start", "end", "recurrence", "cancelledOccurrences"];
                let all = one.0.there();
                all.iter()
                    .map(|event| says.map(|field| event[field].to_string()).join(" "))
                    .collect()
            }
            Self::Caldav(story) => {
                let text = story.texts().await;
                let events = text.split("BEGIN:VEVENT").skip(1);
                let says = [
                    "SUMMARY",
                    "STATUS",
                    "DTSTART",
                    "DTEND",
                    "RRULE",
                    "EXDATE",
                    "RECURRENCE-ID",
                    "LOCATION",
                ];
                let told = |line: &&str| says.iter().any(|name| line.starts_with(name));
                let line = |event: &str| {
                    event
                        .lines()
                        .map(str::trim_end)
                        .filter(told)
                        .collect::<Vec<_>>()
                        .join(" ")
                };
                events
                    .filter_map(|event| event.split("END:VEVENT").next())
                    .map(line)
                    .collect()
            }
        };
        lines.sort();
        lines
    }

    /// Everything is listed anew.
    async fn again(&self) {
        match self {
            Self::Google(google) => {
                let (world, one) = google.as_ref();
                world.control().expire_sync_tokens(None).unwrap();
                world.sync(&one.calendar).await;
            }
            Self::Microsoft(_) | Self::Caldav(_) => {
                let path = format!("/calendars/{}/reconcile", self.calendar());
                let found = self.owner().post(&path, json!({})).await.ok(200).body;
                assert_eq!(found["differences"], json!([]));
            }
        }
    }
}

/// The real program, killed somewhere on its way, and the process that takes over.
struct Story {
    side: Side,
    program: Option<Program>,
    crashed: bool,
}

/// What the world looks like afterwards.
#[derive(Debug, PartialEq, Eq)]
struct End {
    there: Vec<String>,
    mirror: Vec<String>,
}

impl Story {
    async fn begin(side: Side, crash_at: Option<&str>) -> Self {
        let program = Program::start_with(side.app(), |command| {
            side.tell(command);
            command
                .arg("--no-worker")
                .env("RUST_LOG", "error")
                .stderr(std::process::Stdio::null());
            if let Some(point) = crash_at {
                command.env("CALENDAR_STACKER_CRASH_AT", point);
            }
        })
        .await;
        Self {
            side,
            program: Some(program),
            crashed: false,
        }
    }

    /// Asks until there is an answer. Says whether it had to be asked again.
    async fn ask(&mut self, request: impl Fn(&Caller) -> RequestBuilder) -> (Answer, bool) {
        if let Some(program) = &mut self.program {
            let caller = program.met_by(self.side.owner());
            match request(&caller).send().await {
                Ok(response) => {
                    let status = response.status().as_u16();
                    let headers = response.headers().clone();
                    if let Ok(raw) = response.text().await {
                        let body = serde_json::from_str(&raw).unwrap_or(Value::Null);
                        return (
                            Answer {
                                status,
                                headers,
                                body,
                                raw,
                            },
                            false,
                        );
                    }
                }
                Err(error) => assert!(!error.is_builder(), "{error}"),
            }
            // It is gone. What it held is free when its leases have run out.
            let status = program.child.wait().unwrap();
            assert_eq!(status.code(), None, "it was a crash");
            self.program = None;
            self.crashed = true;
            self.side.app().clock.advance(SignedDuration::from_mins(5));
        }
        (send(request(self.side.owner())).await, self.crashed)
    }

    async fn create(&mut self, key: &str, event: Value) -> Value {
        let path = format!("/calendars/{}/events", self.side.calendar());
        let (answer, _) = self
            .ask(|who| {
                who.request(Method::POST, &path)
                    .header("idempotency-key", key)
                    .json(&event)
            })
            .await;
        answer.ok(201).body
    }

    async fn read(&mut self, id: &str) -> Value {
        let path = format!("/events/{id}");
        self.ask(|who| who.request(Method::GET, &path)).await.0.ok(200).body
    }

    /// Changes or deletes an event as one who has just read it. Whoever is told, when asking again, that it is not as
    /// it was, looks whether that was their own doing.
    async fn change(&mut self, id: &str, query: &str, change: Option<Value>, done: impl Fn(&[String]) -> bool) {
        let (etag, path) = (self.read(id).await["etag"].clone(), format!("/events/{id}{query}"));
        let method = if change.is_some() {
            Method::PATCH
        } else {
            Method::DELETE
        };
        let (answer, again) = self
            .ask(|who| {
                let request = who
                    .request(method.clone(), &path)
                    .header("if-match", etag.as_str().unwrap());
                change.iter().fold(request, |request, change| request.json(change))
            })
            .await;
        match answer.status {
            200 | 204 => {}
            404 | 412 if again => {
                let shown = self.mirror().await;
                assert!(done(&shown), "{method} {path}: {} but {shown:?}", answer.raw);
            }
            _ => panic!("{method} {path}: {}", answer.raw),
        }
    }

    async fn sync(&mut self) {
        let path = format!("/calendars/{}/sync", self.side.calendar());
        let (answer, _) = self.ask(|who| who.request(Method::POST, &path).json(&json!({}))).await;
        assert_eq!(answer.ok(200).body["last_error"], Value::Null);
    }

    /// A bit of everything.
    async fn live(&mut self) {
        let alone = self
            .create("k1", timed("Alone", "2026-11-24T09:00:00", "2026-11-24T10:00:00"))
            .await;
        let old = self
            .create("k2", timed("Old", "2026-11-25T09:00:00", "2026-11-25T10:00:00"))
            .await;
        let id = alone["id"].as_str().unwrap();
        for title in ["Once", "Twice"] {
            let said = |shown: &[String]| shown.iter().any(|one| one.starts_with(title));
            self.change(id, "", Some(json!({"title": title})), said).await;
        }
        let gone = |shown: &[String]| !shown.iter().any(|one| one.starts_with("Old"));
        self.change(old["id"].as_str().unwrap(), "", None, gone).await;
        let rule = "RRULE:FREQ=WEEKLY;COUNT=6";
        let class = repeated("Class", "2026-12-01T09:00:00", "2026-12-01T10:00:00", rule);
        let class = self.create("k3", class).await;
        let at = |key: &str| format!("{}_{key}", class["id"].as_str().unwrap());
        let out = |shown: &[String]| !shown.iter().any(|one| one.contains("2026-12-08"));
        self.change(&at("20261208T080000Z"), "?scope=this", None, out).await;
        let later = |shown: &[String]| shown.iter().filter(|one| one.starts_with("Later")).count() == 3;
        let change = json!({"title": "Later", "location": "Room 2"});
        self.change(
            &at("20261222T080000Z"),
            "?scope=this_and_following",
            Some(change),
            later,
        )
        .await;
        self.sync().await;
    }

    async fn mirror(&self) -> Vec<String> {
        let shown = crate::caldav::events(self.side.owner(), self.side.calendar(), WINDOW).await;
        let line = |event: &Value| {
            let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or("-").to_owned();
            format!("{} {} {}", text("/title"), text("/start/utc"), text("/location"))
        };
        shown.iter().map(line).collect()
    }

    /// Everything is written in the end.
    async fn end(self) -> End {
        for _ in 0..20 {
            push::drain_all(&self.side.app().app).await.unwrap();
            let waiting = self.side.owner().get("/mappings").await.ok(200).body;
            if waiting["data"].as_array().unwrap().is_empty() {
                let mirror = self.mirror().await;
                // And the mirror says the same when everything is listed anew.
                self.side.again().await;
                assert_eq!(self.mirror().await, mirror);
                let conflicts = self.side.owner().get("/conflicts").await.ok(200).body;
                assert_eq!(conflicts["data"], json!([]), "nobody else was there");
                return End {
                    there: self.side.there().await,
                    mirror,
                };
            }
            self.side.app().clock.advance(SignedDuration::from_mins(10));
        }
        panic!("it is never written");
    }
}

/// Tells the story undisturbed, and killed at each point, the first times it is passed.
async fn killed_everywhere<F: Future<Output = Side>>(name: &str, side: impl Fn() -> F) {
    let mut story = Story::begin(side().await, None).await;
    story.live().await;
    let expected = story.end().await;
    assert_eq!(expected.mirror.len(), 1 + 2 + 3, "{expected:#?}");
    let names = points();
    assert!(names.len() >= 9, "{names:?}");
    let hits = std::env::var("CALENDAR_STACKER_CRASH_HITS").map_or(2, |text| text.parse().unwrap());
    let all: Vec<String> = names
        .iter()
        .flat_map(|name| (1..=hits).map(move |hit| format!("{name}:{hit}")))
        .collect();
    let (expected, side) = (&expected, &side);
    let crashed = stream::iter(&all)
        .map(|point| async move {
            let mut story = Story::begin(side().await, Some(point)).await;
            story.live().await;
            let crashed = story.crashed;
            let end = story.end().await;
            assert_eq!(&end, expected, "killed at {point}");
            assert!(crashed || !point.ends_with(":1"), "nothing passes {point}");
            usize::from(crashed)
        })
        .buffer_unordered(3)
        .fold(0, async |sum, one| sum + one)
        .await;
    tell(&format!(
        "crash: over {name} killed at {} points, {crashed} times of {}",
        names.len(),
        all.len()
    ));
}

#[tokio::test]
async fn wherever_it_is_killed_nothing_is_lost_and_nothing_is_there_twice() {
    killed_everywhere("Google", Side::google).await;
}

#[tokio::test]
async fn wherever_it_is_killed_nothing_is_there_twice_at_microsoft() {
    killed_everywhere("Microsoft", Side::microsoft).await;
}

#[tokio::test]
async fn wherever_it_is_killed_nothing_is_there_twice_at_a_real_caldav_server() {
    killed_everywhere("Radicale", Side::caldav).await;
}
