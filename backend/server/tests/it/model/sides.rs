//! The providers a life is lived over: the same happens there, each in its own words.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use simulators::google::{Fault, Recorded};

use super::{CY, DEADLINE};
use crate::{
    google::{self, ANN, BOB},
    harness::{Caller, TestApp, send},
    microsoft as graph,
    model::words::{FIRST, Field, Known, both, key, time, value},
};

/// Without limits of ours.
const MANY: u32 = 1_000_000;

/// A server, and a provider with the accounts of Ann, Bob and Cy.
pub enum Side {
    Google(google::World),
    Microsoft(graph::World),
}

/// A client whose account is connected.
pub struct One {
    pub email: &'static str,
    pub credential: String,
    /// The account's main calendar, as we name it and as the provider does.
    pub calendar: String,
    home: String,
}

impl Side {
    pub async fn google() -> Self {
        let world = google::World::with(|config| {
            config.call_deadline = DEADLINE;
            config.google_per_minute = MANY;
            config.google_reads_per_minute = MANY;
            config.google_writes_per_minute = MANY;
            config.google_app_per_minute = MANY;
        })
        .await;
        world.control().add_account(CY, "Cy", "UTC").unwrap();
        Self::Google(world)
    }

    /// Four calls at a mailbox at a time, as Outlook has it; of calls that nobody waits for any more, too.
    pub async fn microsoft() -> Self {
        let world =
            graph::World::with(|config| (config.call_deadline, config.microsoft_per_minute) = (DEADLINE, MANY)).await;
        world.control().limits(|limits| limits.calls_per_ten_minutes = None);
        for (email, name) in [(ANN, "Ann"), (BOB, "Bob"), (CY, "Cy")] {
            world.control().add_account(email, name, "UTC").unwrap();
        }
        Self::Microsoft(world)
    }

    pub const fn name(&self) -> &'static str {
        match self {
            Self::Google(_) => "Google",
            Self::Microsoft(_) => "Microsoft",
        }
    }

    pub const fn app(&self) -> &TestApp {
        match self {
            Self::Google(world) => &world.app,
            Self::Microsoft(world) => &world.app,
        }
    }

    pub const fn owner(&self) -> &Caller {
        match self {
            Self::Google(world) => &world.owner,
            Self::Microsoft(world) => &world.owner,
        }
    }

    pub async fn connect(&self, email: &'static str, policy: &str) -> One {
        let client = self.owner().client(&format!("Client {policy}")).await;
        let asked = json!({"client_id": client, "provider": self.name().to_lowercase()});
        let credential = self.owner().post("/credentials", asked).await.ok(201).text("id");
        let mut one = One {
            email,
            credential,
            calendar: String::new(),
            home: String::new(),
        };
        let place = self.consent(&one).await;
        assert!(place.ends_with("result=connected"), "{place}");
        let path = format!("/clients/{client}");
        let listed = self.owner().get(&format!("{path}/calendars")).await.ok(200).body;
        let calendars = listed["data"].as_array().unwrap();
        let main = calendars.iter().find(|one| one["primary"] == true).unwrap();
        let text = |name: &str| main[name].as_str().unwrap().to_owned();
        (one.calendar, one.home) = (text("id"), text("provider_calendar_id"));
        let policy = json!({"conflict_policy": policy});
        self.owner().patch(&path, policy).await.ok(200);
        one
    }

    /// Goes through the consent, and says where our callback sends the browser.
    pub async fn consent(&self, one: &One) -> String {
        match self {
            Self::Google(world) => world.consent(&one.credential, one.email).await,
            Self::Microsoft(world) => world.consent(&one.credential, one.email).await,
        }
    }

    /// Pulls, and fails the story when that did not work. On a busy machine an answer may come later than it is waited for.
    pub async fn sync(&self, calendar: &str) {
        for _ in 0..3 {
            let path = format!("/calendars/{calendar}/sync");
            if self.owner().post(&path, json!({})).await.ok(200).body["last_error"].is_null() {
                return;
            }
        }
        match self {
            Self::Google(world) => world.sync(calendar).await,
            Self::Microsoft(world) => world.sync(calendar).await,
        };
    }

    /// Time goes by, at Microsoft too: it counts how long a subscription may live from its own now on.
    pub fn later(&self, by: SignedDuration) {
        self.app().clock.advance(by);
        if let Self::Microsoft(world) = self {
            world.control().advance(by);
        }
    }

    pub fn journal(&self) -> Vec<Recorded> {
        match self {
            Self::Google(world) => world.control().journal(),
            Self::Microsoft(world) => world.control().journal(),
        }
    }

    pub fn fault(&self, fault: Fault) {
        match self {
            Self::Google(world) => world.control().fault(fault),
            Self::Microsoft(world) => world.control().fault(fault),
        }
    }

    pub fn clear_faults(&self) {
        match self {
            Self::Google(world) => world.control().clear_faults(),
            Self::Microsoft(world) => world.control().clear_faults(),
        }
    }

    /// Where rounds of changes had come to is known no more.
    pub fn expire_rounds(&self) {
        match self {
            Self::Google(world) => world.control().expire_sync_tokens(None).unwrap(),
            Self::Microsoft(world) => world.control().expire_delta_links(None),
        }
    }

    pub fn expire_access(&self, one: &One) {
        match self {
            Self::Google(world) => world.control().expire_access_tokens(Some(one.email)),
            Self::Microsoft(world) => world.control().expire_access_tokens(Some(one.email)),
        }
    }

    pub fn revoke(&self, one: &One) {
        match self {
            Self::Google(world) => world.control().revoke_account(one.email),
            Self::Microsoft(world) => world.control().revoke_sessions(one.email, true),
        }
    }

    /// A field as the provider wants it.
    fn says(&self, field: Field, step: usize) -> Value {
        let at = |at: Timestamp| json!({"dateTime": at.to_string().trim_end_matches('Z'), "timeZone": "UTC"});
        match (field, self) {
            (Field::Time, _) => {
                json!({"start": at(time(step)), "end": at(time(step) + SignedDuration::from_mins(30))})
            }
            (Field::Title, Self::Google(_)) => json!({"summary": value(field, step)}),
            (Field::Title, Self::Microsoft(_)) => json!({"subject": value(field, step)}),
            (Field::Location, _) => self.place(&value(field, step)),
        }
    }

    fn place(&self, place: &str) -> Value {
        match self {
            Self::Google(_) => json!({"location": place}),
            Self::Microsoft(_) => json!({"location": {"displayName": place}}),
        }
    }

    /// Somebody makes an event there, and this is its name. A series begins where its occurrences are looked for.
    pub fn create(&self, one: &One, step: usize, series: bool, token: &str) -> String {
        let mut event = both(
            self.says(Field::Title, step),
            self.says(Field::Time, if series { 0 } else { step }),
        );
        match self {
            Self::Google(world) => {
                event["description"] = json!(token);
                if series {
                    event["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=6"]);
                }
                let made = world.control().insert_event(one.email, &event).unwrap();
                made["id"].as_str().unwrap().to_owned()
            }
            Self::Microsoft(world) => {
                event["body"] = json!({"contentType": "text", "content": token});
                if series {
                    event["recurrence"] = json!({
                        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]},
                        "range": {"type": "numbered", "numberOfOccurrences": 6, "startDate": &FIRST[..10]},
                    });
                }
                let made = world.control().insert_event(&one.home, &event).unwrap();
                world.control().immutable_id(made["id"].as_str().unwrap()).unwrap()
            }
        }
    }

    /// Somebody changes an event there. Whether there was one.
    pub fn edit(&self, one: &One, known: &Known, field: Field, step: usize) -> bool {
        let change = self.says(field, step);
        match self {
            Self::Google(world) => world.control().patch_event(one.email, &known.name, &change).is_ok(),
            Self::Microsoft(world) => {
                named(world, one, known).is_some_and(|id| world.control().patch_event(&id, &change).is_ok())
            }
        }
    }

    /// Somebody deletes an event there. Whether there was one.
    pub fn delete(&self, one: &One, known: &Known) -> bool {
        match self {
            Self::Google(world) => world.control().delete_event(one.email, &known.name).is_ok(),
            Self::Microsoft(world) => {
                named(world, one, known).is_some_and(|id| world.control().delete_event(&id).is_ok())
            }
        }
    }

    /// Somebody there gives an occurrence another place, or takes it out.
    pub fn occurrence(&self, one: &One, known: &Known, week: usize, place: Option<&str>) {
        let change = place.map(|place| self.place(place));
        match self {
            Self::Google(world) => {
                let name = format!("{}_{}", known.name, key(week));
                let _ = match change {
                    Some(change) => world.control().patch_event(one.email, &name, &change).map(|_| ()),
                    None => world.control().delete_event(one.email, &name),
                };
            }
            Self::Microsoft(world) => {
                let day = time(week * 7 * 24 * 60).strftime("%Y-%m-%d").to_string();
                let id = named(world, one, known).and_then(|id| world.control().occurrence_id(&id, &day).ok());
                let Some(id) = id else { return };
                let _ = match change {
                    Some(change) => world.control().patch_event(&id, &change).map(|_| ()),
                    None => world.control().delete_event(&id),
                };
            }
        }
    }

    /// Single events and occurrences as the provider itself expands them: what, when, title, place.
    pub async fn expanded(&self, one: &One) -> Vec<String> {
        let (url, token, list, fields) = match self {
            Self::Google(world) => {
                let scope = "https://www.googleapis.com/auth/calendar";
                let path = format!("/calendar/v3/calendars/{}/events", one.email);
                let days =
                    "singleEvents=true&maxResults=2500&timeMin=2027-01-01T00:00:00Z&timeMax=2027-12-31T00:00:00Z";
                (
                    format!("{}{path}?{days}", world.google.base_url),
                    world.control().issue_tokens(one.email, &[scope]).unwrap().access_token,
                    "items",
                    ["/description", "/summary", "/location"],
                )
            }
            Self::Microsoft(world) => {
                let days = "startDateTime=2027-01-01T00:00:00Z&endDateTime=2027-12-31T00:00:00Z&$top=1000";
                (
                    format!("{}/v1.0/me/calendarView?{days}", world.microsoft.base_url),
                    world
                        .control()
                        .issue_tokens(one.email, &["Calendars.Read"])
                        .unwrap()
                        .access_token,
                    "value",
                    ["/body/content", "/subject", "/location/displayName"],
                )
            }
        };
        let (mut lines, mut next) = (Vec::new(), Some(url.clone()));
        while let Some(page) = next {
            let request = self.app().http.get(&page).bearer_auth(&token);
            let body = send(request.header("prefer", "outlook.body-content-type=\"text\""))
                .await
                .ok(200)
                .body;
            for event in body[list].as_array().unwrap() {
                let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or("").trim();
                // Google's has an offset; Microsoft's is UTC and does not say so.
                let at = text("/start/dateTime");
                let at: Timestamp = at.parse().or_else(|_| format!("{at}Z").parse()).unwrap();
                let [token, title, place] = fields.map(text);
                lines.push(format!("{token} {at} {title} {place}"));
            }
            let token = body["nextPageToken"]
                .as_str()
                .map(|token| format!("{url}&pageToken={token}"));
            next = token.or_else(|| body["@odata.nextLink"].as_str().map(str::to_owned));
        }
        lines.sort();
        lines
    }
}

/// The event's name at Microsoft. Of what was made here nobody knows it beforehand; its description is known.
fn named(world: &graph::World, one: &One, known: &Known) -> Option<String> {
    if world.control().immutable_id(&known.name).is_ok() {
        return Some(known.name.clone());
    }
    let all = world.control().events(&one.home).unwrap();
    let says = |event: &&Value| {
        let text = event["bodyPreview"].as_str().unwrap_or_default();
        text.trim() == known.token
    };
    all.iter().find(says)?["id"].as_str().map(str::to_owned)
}
