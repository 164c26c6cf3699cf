//! Random lives: people write here and at Google at the same time, calls fail in every way Google's do, several workers
//! drain, hours go by. In the end both sides say the same, and nothing that was acknowledged is lost without a word.
//!
//! `CALENDAR_STACKER_MODEL_SEED` repeats a life, `CALENDAR_STACKER_MODEL_STEPS` makes it longer. What happens in one
//! batch happens at once, so a seed repeats the steps and not their order within a batch.

use std::collections::{BTreeMap, BTreeSet};

use calendar_stacker::{gateway::push, ops::mirror};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use simulators::google::{Effect, Fault};

use crate::{
    google::{ANN, BOB, Connected, World},
    harness::{send, tell},
};

const CY: &str = "cy@example.org";
const WINDOW: &str = "from=2027-01-01T00:00:00Z&to=2027-12-31T00:00:00Z";
const FIRST: &str = "2027-01-04T08:00:00Z";

/// splitmix64: the same life for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.roll(of.len())]
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Field {
    Title,
    Location,
    Time,
}

const FIELDS: [Field; 3] = [Field::Title, Field::Location, Field::Time];

impl Field {
    const fn word(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Location => "location",
            Self::Time => "time",
        }
    }
}

/// A minute of its own for every step.
fn time(step: usize) -> Timestamp {
    FIRST.parse::<Timestamp>().unwrap() + SignedDuration::from_mins(i64::try_from(step).unwrap())
}

fn value(field: Field, step: usize) -> String {
    match field {
        Field::Time => time(step).to_string(),
        _ => format!("{}{step}", field.word()),
    }
}

/// As our API wants it.
fn here(field: Field, step: usize) -> Value {
    let at = |at: Timestamp| json!({"date_time": at.to_string().trim_end_matches('Z'), "time_zone": "UTC"});
    match field {
        Field::Time => json!({"start": at(time(step)), "end": at(time(step) + SignedDuration::from_mins(30))}),
        _ => json!({field.word(): value(field, step)}),
    }
}

/// As Google wants it.
fn there(field: Field, step: usize) -> Value {
    let at = |at: Timestamp| json!({"dateTime": at.to_string(), "timeZone": "UTC"});
    match field {
        Field::Title => json!({"summary": value(field, step)}),
        Field::Location => json!({"location": value(field, step)}),
        Field::Time => json!({"start": at(time(step)), "end": at(time(step) + SignedDuration::from_mins(30))}),
    }
}

fn both(mut one: Value, other: Value) -> Value {
    one.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
    one
}

/// A write that somebody was told is done.
#[derive(Debug, Clone)]
struct Write {
    batch: usize,
    field: Field,
    value: String,
}

/// An event, and all that was said about it.
#[derive(Debug, Default)]
struct Known {
    account: usize,
    /// In its description, on both sides, for ever.
    token: String,
    id: String,
    name: String,
    series: bool,
    here: Vec<Write>,
    there: Vec<Write>,
    deleted_here: Option<usize>,
    deleted_there: Option<usize>,
}

#[derive(Debug, Clone)]
enum Step {
    CreateHere {
        account: usize,
        series: bool,
    },
    EditHere {
        event: usize,
        field: Field,
    },
    DeleteHere {
        event: usize,
    },
    /// One occurrence, or it and all later ones; `None` deletes.
    Occurrence {
        event: usize,
        week: usize,
        scope: &'static str,
        delete: bool,
    },
    CreateThere {
        account: usize,
        series: bool,
    },
    EditThere {
        event: usize,
        field: Field,
    },
    DeleteThere {
        event: usize,
    },
    OccurrenceThere {
        event: usize,
        week: usize,
        delete: bool,
    },
    Fault(Fault),
    Clear,
    ExpireTokens,
    Drain,
    Pull {
        account: usize,
    },
    Later {
        minutes: i64,
    },
}

/// What became of it.
enum Done {
    Created {
        account: usize,
        series: bool,
        token: String,
        id: String,
        name: String,
    },
    Here {
        event: usize,
        write: Option<Write>,
    },
    There {
        event: usize,
        write: Option<Write>,
    },
    Nothing,
}

struct Life {
    world: World,
    accounts: Vec<(&'static str, Connected)>,
    dice: Dice,
    events: Vec<Known>,
    counts: BTreeMap<&'static str, usize>,
}

fn key(week: usize) -> String {
    let at = FIRST.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(24 * 7 * i64::try_from(week).unwrap());
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

impl Life {
    async fn begin(seed: u64) -> Self {
        let world = World::with(|config| {
            config.call_deadline = 3;
            config.google_per_minute = 1_000_000;
            config.google_reads_per_minute = 1_000_000;
            config.google_writes_per_minute = 1_000_000;
            config.google_app_per_minute = 1_000_000;
        })
        .await;
        world.control().add_account(CY, "Cy", "UTC").unwrap();
        let mut accounts = Vec::new();
        for (email, policy) in [(ANN, "ours"), (BOB, "theirs"), (CY, "ask")] {
            let one = world.connect(&format!("Client {policy}"), email).await;
            let path = format!("/clients/{}", one.client);
            world
                .owner
                .patch(&path, json!({"conflict_policy": policy}))
                .await
                .ok(200);
            accounts.push((email, one));
        }
        Self {
            world,
            accounts,
            dice: Dice(seed),
            events: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    fn fault(&mut self) -> Fault {
        let after = Some(30);
        let effects = [
            Effect::Status {
                status: 503,
                retry_after: after,
            },
            Effect::Status {
                status: 503,
                retry_after: None,
            },
            Effect::RateLimit {
                status: 429,
                retry_after: after,
            },
            Effect::RateLimit {
                status: 403,
                retry_after: after,
            },
            Effect::QuotaExceeded,
            Effect::LoseAnswer,
            Effect::LoseAnswer,
            Effect::Truncate,
            Effect::Reset,
            Effect::Duplicate,
            Effect::UnknownFields,
            Effect::ExpireSyncToken,
        ];
        let effect = self.dice.pick(&effects).clone();
        let calls = [
            "calendar.events.insert",
            "calendar.events.patch",
            "calendar.events.delete",
            "calendar.events.list",
            "calendar.events.*",
        ];
        let operation = match effect {
            Effect::LoseAnswer | Effect::Duplicate => *self.dice.pick(&calls[..3]),
            Effect::ExpireSyncToken => "calendar.events.list",
            _ => *self.dice.pick(&calls),
        };
        let count = 1 + u32::try_from(self.dice.roll(2)).unwrap();
        Fault {
            account: (self.dice.roll(2) == 0).then(|| self.accounts[self.dice.roll(3)].0.to_owned()),
            ..Fault::times(operation, count, effect)
        }
    }

    fn step(&mut self) -> Step {
        let account = self.dice.roll(3);
        let series = self.dice.roll(4) == 0;
        // Mostly the last ones: what nobody touches any more is settled.
        let live: Vec<usize> = (0..self.events.len()).rev().take(12).collect();
        let of = |series: bool| -> Vec<usize> {
            live.iter()
                .copied()
                .filter(|event| self.events[*event].series == series)
                .collect()
        };
        let (singles, repeating) = (of(false), of(true));
        let week = self.dice.roll(6);
        let kind = self.dice.roll(100);
        match kind {
            0..7 => Step::CreateHere { account, series },
            7..11 => Step::CreateThere { account, series },
            11..41 if !singles.is_empty() => {
                let (event, field) = (*self.dice.pick(&singles), *self.dice.pick(&FIELDS));
                Step::EditHere { event, field }
            }
            41..60 if !singles.is_empty() => {
                let (event, field) = (*self.dice.pick(&singles), *self.dice.pick(&FIELDS));
                Step::EditThere { event, field }
            }
            60..62 if !live.is_empty() => Step::DeleteHere {
                event: *self.dice.pick(&live),
            },
            62..64 if !live.is_empty() => Step::DeleteThere {
                event: *self.dice.pick(&live),
            },
            64..69 if !repeating.is_empty() => Step::Occurrence {
                event: *self.dice.pick(&repeating),
                week,
                scope: if self.dice.roll(4) == 0 {
                    "this_and_following"
                } else {
                    "this"
                },
                delete: self.dice.roll(4) == 0,
            },
            69..73 if !repeating.is_empty() => Step::OccurrenceThere {
                event: *self.dice.pick(&repeating),
                week,
                delete: self.dice.roll(4) == 0,
            },
            73..80 => Step::Fault(self.fault()),
            80..82 => Step::Clear,
            82 => Step::ExpireTokens,
            83..88 => Step::Drain,
            88..92 => Step::Pull { account },
            _ => Step::Later {
                minutes: *self.dice.pick(&[1, 1, 3, 10, 90]),
            },
        }
    }

    async fn act(&self, batch: usize, number: usize, step: &Step) -> Done {
        let control = self.world.control();
        let rule = json!({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=6"]});
        let token = format!("token{number}");
        let write = |field| {
            Some(Write {
                batch,
                field,
                value: value(field, number),
            })
        };
        match step {
            Step::CreateHere { account, series } => {
                // A series begins where its occurrences are looked for.
                let mut event = both(
                    here(Field::Title, number),
                    here(Field::Time, if *series { 0 } else { number }),
                );
                event["description"] = json!(token);
                if *series {
                    event = both(event, rule);
                }
                let path = format!("/calendars/{}/events", self.accounts[*account].1.calendar);
                let answer = self.world.owner.post_as(&token, &path, event).await;
                if answer.status != 201 {
                    assert!(answer.status < 500 || answer.status >= 502, "{step:?}: {}", answer.raw);
                    return Done::Nothing;
                }
                let name = answer.body["provider_event_id"].as_str().unwrap_or_default().to_owned();
                Done::Created {
                    account: *account,
                    series: *series,
                    token,
                    id: answer.text("id"),
                    name,
                }
            }
            Step::CreateThere { account, series } => {
                let mut event = both(
                    there(Field::Title, number),
                    there(Field::Time, if *series { 0 } else { number }),
                );
                event["description"] = json!(token);
                if *series {
                    event = both(event, rule);
                }
                let (email, one) = &self.accounts[*account];
                let made = control.insert_event(email, &event).unwrap();
                let name = made["id"].as_str().unwrap().to_owned();
                let id = mirror::id(&one.calendar, &name);
                Done::Created {
                    account: *account,
                    series: *series,
                    token,
                    id,
                    name,
                }
            }
            Step::EditHere { event, field } => {
                let path = format!("/events/{}", self.events[*event].id);
                let done = self.write(Method::PATCH, &path, Some(here(*field, number))).await;
                if done {
                    Done::Here {
                        event: *event,
                        write: write(*field),
                    }
                } else {
                    Done::Nothing
                }
            }
            Step::DeleteHere { event } => {
                let path = format!("/events/{}", self.events[*event].id);
                let done = self.write(Method::DELETE, &path, None).await;
                if done {
                    Done::Here {
                        event: *event,
                        write: None,
                    }
                } else {
                    Done::Nothing
                }
            }
            Step::Occurrence {
                event,
                week,
                scope,
                delete,
            } => {
                let path = format!("/events/{}_{}?scope={scope}", self.events[*event].id, key(*week));
                let change = (!delete).then(|| json!({"location": format!("location{number}")}));
                let method = if *delete { Method::DELETE } else { Method::PATCH };
                self.write(method, &path, change).await;
                Done::Nothing
            }
            Step::EditThere { event, field } => {
                let known = &self.events[*event];
                match control.patch_event(self.accounts[known.account].0, &known.name, &there(*field, number)) {
                    Ok(_) => Done::There {
                        event: *event,
                        write: write(*field),
                    },
                    Err(_) => Done::Nothing,
                }
            }
            Step::DeleteThere { event } => {
                let known = &self.events[*event];
                match control.delete_event(self.accounts[known.account].0, &known.name) {
                    Ok(()) => Done::There {
                        event: *event,
                        write: None,
                    },
                    Err(_) => Done::Nothing,
                }
            }
            Step::OccurrenceThere { event, week, delete } => {
                let known = &self.events[*event];
                let (email, name) = (self.accounts[known.account].0, format!("{}_{}", known.name, key(*week)));
                if *delete {
                    let _ = control.delete_event(email, &name);
                } else {
                    let _ = control.patch_event(email, &name, &json!({"location": format!("location{number}")}));
                }
                Done::Nothing
            }
            Step::Fault(fault) => {
                control.fault(fault.clone());
                Done::Nothing
            }
            Step::Clear => {
                control.clear_faults();
                Done::Nothing
            }
            Step::ExpireTokens => {
                control.expire_sync_tokens(None).unwrap();
                Done::Nothing
            }
            Step::Drain => {
                push::drain_all(&self.world.app.app).await.unwrap();
                Done::Nothing
            }
            Step::Pull { account } => {
                let path = format!("/calendars/{}/sync", self.accounts[*account].1.calendar);
                self.world.owner.post(&path, json!({})).await.ok(200);
                Done::Nothing
            }
            Step::Later { minutes } => {
                self.world.app.clock.advance(SignedDuration::from_mins(*minutes));
                Done::Nothing
            }
        }
    }

    /// Whether it was acknowledged.
    async fn write(&self, method: Method, path: &str, change: Option<Value>) -> bool {
        let request = self.world.owner.request(method.clone(), path).header("if-match", "*");
        let answer = send(change.iter().fold(request, |request, change| request.json(change))).await;
        match answer.status {
            200 | 204 => true,
            404 | 409 | 410 | 412 | 422 | 502 | 503 => false,
            _ => panic!("{method} {path}: {} {}", answer.status, answer.raw),
        }
    }

    fn remember(&mut self, batch: usize, done: Done) {
        match done {
            Done::Created {
                account,
                series,
                token,
                id,
                name,
            } => self.events.push(Known {
                account,
                token,
                id,
                name,
                series,
                ..Known::default()
            }),
            Done::Here { event, write } => match write {
                Some(write) => self.events[event].here.push(write),
                None => self.events[event].deleted_here = Some(batch),
            },
            Done::There { event, write } => match write {
                Some(write) => self.events[event].there.push(write),
                None => self.events[event].deleted_there = Some(batch),
            },
            Done::Nothing => {}
        }
    }

    async fn live(&mut self, steps: usize) {
        let (mut number, mut batch) = (1, 0);
        while number <= steps {
            batch += 1;
            let many = 1 + self.dice.roll(6);
            let plan: Vec<(usize, Step)> = (number..number + many).map(|number| (number, self.step())).collect();
            number += many;
            for (_, step) in &plan {
                let text = format!("{step:?}");
                let name: &'static str = match text.split([' ', '(']).next().unwrap() {
                    "Fault" => "faults",
                    "Drain" | "Pull" => "drains and pulls",
                    "Later" => "hours",
                    "CreateThere" | "EditThere" | "DeleteThere" | "OccurrenceThere" => "writes there",
                    "CreateHere" | "EditHere" | "DeleteHere" | "Occurrence" => "writes here",
                    _ => "others",
                };
                *self.counts.entry(name).or_default() += 1;
            }
            let this = &*self;
            let done = join_all(plan.iter().map(|(number, step)| this.act(batch, *number, step))).await;
            for done in done {
                self.remember(batch, done);
            }
        }
    }

    async fn pages(&self, path: &str) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let body = self.world.owner.get(&format!("{path}{cursor}")).await.ok(200).body;
            all.extend(body["data"].as_array().unwrap().clone());
            match body["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    }

    /// Faults are over: everything is written, everything is read.
    async fn quiet(&self) {
        self.world.control().clear_faults();
        for _ in 0..60 {
            self.world.app.clock.advance(SignedDuration::from_hours(7));
            push::drain_all(&self.world.app.app).await.unwrap();
            for (_, one) in &self.accounts {
                self.world.sync(&one.calendar).await;
            }
            let waiting = self.pages("/mappings?limit=500").await;
            if waiting.is_empty() {
                return;
            }
            let failed: Vec<&Value> = waiting.iter().filter(|one| one["state"] == "failed").collect();
            assert!(failed.is_empty(), "Google refuses what it should not: {failed:#?}");
        }
        panic!("never quiet: {:#?}", self.pages("/mappings?limit=500").await);
    }

    /// Single events and occurrences as our API lists them.
    async fn mirror(&self, account: usize) -> Vec<String> {
        let calendar = &self.accounts[account].1.calendar;
        let shown = self
            .pages(&format!(
                "/calendars/{calendar}/events?limit=500&expand=instances&{WINDOW}"
            ))
            .await;
        let text =
            |event: &Value, pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or("").to_owned();
        let mut lines: Vec<String> = shown
            .iter()
            .map(|event| {
                let state = &event["sync"]["state"];
                assert!(state == "synced" || state == "conflict", "{event:#}");
                let at: Timestamp = text(event, "/start/utc").parse().unwrap();
                format!(
                    "{} {at} {} {}",
                    text(event, "/description"),
                    text(event, "/title"),
                    text(event, "/location")
                )
            })
            .collect();
        lines.sort();
        lines
    }

    /// The same as Google itself expands it.
    async fn google(&self, account: usize) -> Vec<String> {
        let email = self.accounts[account].0;
        let tokens = self
            .world
            .control()
            .issue_tokens(email, &["https://www.googleapis.com/auth/calendar"])
            .unwrap();
        let token = tokens.access_token;
        let url = format!("{}/calendar/v3/calendars/{email}/events", self.world.google.base_url);
        let (mut lines, mut page) = (Vec::new(), String::new());
        loop {
            let query = format!(
                "?singleEvents=true&maxResults=2500&timeMin=2027-01-01T00:00:00Z&timeMax=2027-12-31T00:00:00Z{page}"
            );
            let request = self.world.app.http.get(format!("{url}{query}")).bearer_auth(&token);
            let body = send(request).await.ok(200).body;
            for event in body["items"].as_array().unwrap() {
                let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or("");
                let at: Timestamp = text("/start/dateTime").parse().unwrap();
                lines.push(format!(
                    "{} {at} {} {}",
                    text("/description"),
                    text("/summary"),
                    text("/location")
                ));
            }
            match body["nextPageToken"].as_str() {
                Some(next) => page = format!("&pageToken={next}"),
                None => break,
            }
        }
        lines.sort();
        lines
    }

    async fn judge(&self) -> (usize, usize) {
        let conflicts = self.pages("/conflicts?limit=500").await;
        let mut writes = 0;
        for account in 0..self.accounts.len() {
            let (mirror, google) = (self.mirror(account).await, self.google(account).await);
            let ours: BTreeSet<&String> = mirror.iter().collect();
            let theirs: BTreeSet<&String> = google.iter().collect();
            let only: Vec<_> = ours.symmetric_difference(&theirs).collect();
            assert!(only.is_empty(), "account {account}: the mirror is not true: {only:#?}");
            assert_eq!(mirror.len(), google.len(), "account {account}");
            let mut seen = BTreeSet::new();
            let singles: BTreeSet<&str> = self
                .events
                .iter()
                .filter(|e| !e.series)
                .map(|e| e.token.as_str())
                .collect();
            for line in &google {
                let token = line.split(' ').next().unwrap();
                assert!(!singles.contains(token) || seen.insert(token), "twice: {line}");
            }
            for known in self
                .events
                .iter()
                .filter(|known| known.account == account && !known.series)
            {
                writes += known.here.len() + 1;
                let line = google
                    .iter()
                    .find(|line| line.split(' ').next() == Some(known.token.as_str()));
                let about: Vec<&Value> = conflicts
                    .iter()
                    .filter(|one| one["event_id"] == known.id.as_str())
                    .collect();
                self.told(known, line, &about);
            }
        }
        (writes, conflicts.len())
    }

    /// What was acknowledged here is there, or somebody was told why not.
    fn told(&self, known: &Known, line: Option<&String>, conflicts: &[&Value]) {
        let Some(line) = line else {
            let deleted = known.deleted_here.is_some() || known.deleted_there.is_some();
            assert!(deleted, "lost without a deletion: {known:#?} {conflicts:#?}");
            if let (None, Some(deleted)) = (known.deleted_here, known.deleted_there) {
                let late = known.here.iter().any(|write| write.batch > deleted);
                let told = conflicts.iter().any(|one| one["kind"] == "deleted_there");
                assert!(!late || told, "lost to a deletion unheard: {known:#?} {conflicts:#?}");
            }
            return;
        };
        let kind = |kind: &str| conflicts.iter().any(|one| one["kind"] == kind);
        if let Some(deleted) = known.deleted_here {
            assert!(kind("deleted_here"), "a deletion is lost: {known:#?} {conflicts:#?}");
            // What was said before the deletion is not said any more.
            if known.here.iter().all(|write| write.batch <= deleted) {
                return;
            }
        }
        for field in FIELDS {
            let Some(last) = known.here.iter().rev().find(|write| write.field == field) else {
                continue;
            };
            let rivals = known
                .here
                .iter()
                .filter(|write| write.field == field && write.batch == last.batch);
            let parts: Vec<&str> = line.split(' ').collect();
            let now = match field {
                Field::Time => parts[1],
                Field::Title => parts[2],
                Field::Location => parts[3],
            };
            let visible = rivals.clone().any(|write| write.value == now);
            let later = known
                .there
                .iter()
                .any(|write| write.field == field && write.batch >= last.batch && write.value == now);
            let recorded = conflicts.iter().any(|one| {
                let said = match field {
                    Field::Time => one["ours"]["start"]["date_time"]
                        .as_str()
                        .map(|text| format!("{}Z", text.trim_end_matches('Z'))),
                    _ => one["ours"][field.word()].as_str().map(str::to_owned),
                };
                rivals
                    .clone()
                    .any(|write| said.as_deref() == Some(write.value.as_str()))
            });
            assert!(
                visible || later || recorded,
                "lost: {field:?} {last:?}, now {line}\n{known:#?}\n{conflicts:#?}"
            );
        }
    }
}

#[tokio::test]
async fn two_sides_and_all_faults_end_in_agreement() {
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let seed = number("CALENDAR_STACKER_MODEL_SEED", 20_261_101);
    let steps = number("CALENDAR_STACKER_MODEL_STEPS", 2_000);
    tell(&format!(
        "model: CALENDAR_STACKER_MODEL_SEED={seed} CALENDAR_STACKER_MODEL_STEPS={steps}"
    ));
    let mut life = Life::begin(seed).await;
    life.live(usize::try_from(steps).unwrap()).await;
    life.quiet().await;
    let (writes, conflicts) = life.judge().await;
    // And when everything is listed anew nothing changes.
    let mut before = Vec::new();
    for account in 0..3 {
        before.push(life.mirror(account).await);
    }
    life.world.control().expire_sync_tokens(None).unwrap();
    life.quiet().await;
    for (account, before) in before.into_iter().enumerate() {
        assert_eq!(life.mirror(account).await, before);
    }
    tell(&format!(
        "model: {:?}: {writes} acknowledged writes of single events, {conflicts} conflicts",
        life.counts
    ));
}
