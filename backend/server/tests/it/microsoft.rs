//! Microsoft 365 through the whole service: consent, events there and back, push, and the end of a grant.

mod telling;

use calendar_stacker::{
    config::Config,
    jobs::{self, Job},
};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use simulators::microsoft::{CLIENT_ID, CLIENT_SECRET, Control, Effect, Fault, Options, Running, Seed, Simulator};

use crate::{
    google::{repeated, timed, titles},
    harness::{Answer, Caller, TestApp, send},
    services::patch_as_of,
};

pub const MIRA: &str = "mira@contoso.example";
const NOAH: &str = "noah@contoso.example";

/// A server, a Microsoft, and an owner who is signed in.
pub struct World {
    pub app: TestApp,
    pub microsoft: Running,
    pub owner: Caller,
}

/// A client whose Microsoft account is connected.
pub struct Connected {
    pub client: String,
    pub credential: String,
    pub calendar: String,
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub async fn with(adjust: impl FnOnce(&mut Config)) -> Self {
        let seed = Seed::default()
            .account(MIRA, "Mira", "W. Europe Standard Time")
            .account(NOAH, "Noah", "W. Europe Standard Time");
        let options = Options::default().seeded(seed);
        let microsoft = tokio::task::spawn_blocking(move || Simulator::start(options).unwrap())
            .await
            .unwrap();
        let base = microsoft.base_url.clone();
        let app = TestApp::start_with(|config| {
            config.microsoft_at(&base, CLIENT_ID, CLIENT_SECRET).unwrap();
            adjust(config);
        })
        .await;
        let owner = app.owner().await;
        Self { app, microsoft, owner }
    }

    pub fn control(&self) -> &Control {
        &self.microsoft.control
    }

    async fn credential(&self) -> (String, String) {
        let client = self.owner.client("Bright Dental").await;
        let body = json!({"client_id": client, "provider": "microsoft"});
        (client, self.owner.post("/credentials", body).await.ok(201).text("id"))
    }

    async fn consent_page(&self, credential: &str) -> String {
        let path = format!("/credentials/{credential}/authorize");
        self.owner
            .post(&path, json!({}))
            .await
            .ok(200)
            .text("authorization_url")
    }

    /// Where our callback sends the browser.
    async fn come_back(&self, url: &str) -> String {
        let answer = self.owner.get(url.split_once("/api/v1").unwrap().1).await;
        assert_eq!(answer.status, 302, "{}", answer.raw);
        answer.header("location").to_owned()
    }

    pub async fn consent(&self, credential: &str, email: &str) -> String {
        let page = self.consent_page(credential).await;
        let back = self.control().consent(&page, email).unwrap();
        self.come_back(&back).await
    }

    pub async fn connected(&self) -> Connected {
        let (client, credential) = self.credential().await;
        let place = self.consent(&credential, MIRA).await;
        assert!(place.ends_with("result=connected"), "{place}");
        let calendars = self.owner.get(&format!("/clients/{client}/calendars")).await.ok(200);
        let main = &calendars.body["data"][0];
        assert_eq!(
            (&main["primary"], &main["provider"]),
            (&json!(true), &json!("microsoft")),
            "{}",
            calendars.raw
        );
        Connected {
            client,
            credential,
            calendar: main["id"].as_str().unwrap().to_owned(),
        }
    }

    pub async fn sync(&self, calendar: &str) -> Value {
        let path = format!("/calendars/{calendar}/sync");
        let health = self.owner.post(&path, json!({})).await.ok(200).body;
        assert_eq!(health["last_error"], Value::Null, "{health}");
        health
    }

    async fn events(&self, calendar: &str) -> Vec<Value> {
        let path = format!("/calendars/{calendar}/events?limit=500");
        self.owner.get(&path).await.ok(200).body["data"]
            .as_array()
            .unwrap()
            .clone()
    }

    async fn create(&self, calendar: &str, event: Value) -> Value {
        let path = format!("/calendars/{calendar}/events");
        let made = self.owner.post(&path, event).await.ok(201).body;
        assert_eq!(made["sync"]["state"], "synced", "{made}");
        made
    }

    async fn change(&self, event: &Value, query: &str, patch: Value) -> Answer {
        let path = format!("/events/{}{query}", event["id"].as_str().unwrap());
        let request = self.owner.request(Method::PATCH, &path);
        send(request.header("if-match", event["etag"].as_str().unwrap()).json(&patch)).await
    }

    /// What is in Mira's calendar at Microsoft.
    pub fn there(&self) -> Vec<Value> {
        let home = self.control().default_calendar(MIRA).unwrap();
        self.control().events(&home).unwrap()
    }

    /// Runs a job as the worker does when it is due.
    async fn work(&self, name: &str) {
        let job: &Job = jobs::ALL.iter().find(|job| job.name == name).unwrap();
        self.app.clock.advance(job.every);
        assert!(jobs::once(&self.app.app, job, "worker").await.unwrap());
    }
}

fn there(subject: &str) -> Value {
    let time = |at: &str| json!({"dateTime": at, "timeZone": "W. Europe Standard Time"});
    json!({"subject": subject, "start": time("2027-03-01T09:00:00"), "end": time("2027-03-01T10:00:00")})
}

#[tokio::test]
async fn a_consent_at_microsoft_makes_a_credential_valid() {
    let world = World::new().await;
    let providers = world.owner.get("/providers").await.ok(200);
    let names: Vec<_> = providers.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| &p["provider"])
        .collect();
    assert_eq!(names, ["google", "microsoft", "caldav"]);
    assert_eq!(providers.body["data"][1]["installation_app"], true);
    let one = world.connected().await;
    let shown = world
        .owner
        .get(&format!("/credentials/{}", one.credential))
        .await
        .ok(200);
    assert_eq!(
        (
            &shown.body["status"],
            &shown.body["account_email"],
            &shown.body["uses_installation_app"]
        ),
        (&json!("valid"), &json!(MIRA), &json!(true))
    );
    let checks = world
        .owner
        .post(&format!("/credentials/{}/validate", one.credential), json!({}))
        .await
        .ok(200);
    let failed: Vec<_> = checks.body["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|c| c["ok"] != true)
        .collect();
    assert!(failed.is_empty(), "{failed:?}");
    // Connecting again with somebody else's account is refused.
    let place = world.consent(&one.credential, NOAH).await;
    assert!(place.contains("code=wrong_account"), "{place}");
}

#[tokio::test]
async fn an_organisation_that_wants_an_administrator_is_explained() {
    let world = World::new().await;
    let (_, credential) = world.credential().await;
    let page: reqwest::Url = world.consent_page(&credential).await.parse().unwrap();
    let asked: std::collections::BTreeMap<_, _> = page.query_pairs().into_owned().collect();
    assert_eq!(asked["scope"], "offline_access User.Read Calendars.ReadWrite");
    let mut back: reqwest::Url = asked["redirect_uri"].parse().unwrap();
    back.query_pairs_mut()
        .append_pair("error", "consent_required")
        .append_pair("error_description", "AADSTS90094: Need admin approval\r\nTrace ID: 1")
        .append_pair("state", &asked["state"]);
    let place: reqwest::Url = world.come_back(back.as_str()).await.parse().unwrap();
    let said: std::collections::BTreeMap<_, _> = place.query_pairs().into_owned().collect();
    assert_eq!(said["code"], "admin_consent_required");
    assert!(
        said["detail"].contains("administrator") && !said["detail"].contains("Trace"),
        "{}",
        said["detail"]
    );
    let shown = world.owner.get(&format!("/credentials/{credential}")).await.ok(200);
    assert_eq!(shown.body["status"], "not_authorized");
}

#[tokio::test]
async fn what_we_made_and_somebody_deletes_before_the_next_round_is_gone_after_it() {
    let world = World::new().await;
    let one = world.connected().await;
    world.sync(&one.calendar).await;
    let far = timed("Far ahead", "2036-03-03T09:00:00", "2036-03-03T10:00:00");
    world.create(&one.calendar, far).await;
    let visit = timed("Visit", "2027-03-01T09:00:00", "2027-03-01T10:00:00");
    world.create(&one.calendar, visit).await;
    let id = world.there().iter().find(|one| one["subject"] == "Visit").unwrap()["id"].clone();
    world.control().delete_event(id.as_str().unwrap()).unwrap();
    let before = world.owner.get("/changes").await.ok(200).body["next_since"].clone();
    let asked = || world.control().calls("graph.events.get").len();
    let so_far = asked();
    world.sync(&one.calendar).await;
    assert_eq!(asked(), so_far, "what was written a moment ago may not be seen yet");
    world.app.clock.advance(SignedDuration::from_mins(2));
    world.sync(&one.calendar).await;
    assert_eq!(asked(), so_far + 2);
    assert_eq!(titles(&world.events(&one.calendar).await), ["Far ahead"]);
    let told = world.owner.get(&format!("/changes?since={before}")).await.ok(200).body;
    assert_eq!(
        (&told["data"][0]["action"], &told["data"][0]["origin"]),
        (&json!("deleted"), &json!("provider")),
        "{told}"
    );
    // What changes do not reach is asked for once.
    world.sync(&one.calendar).await;
    assert_eq!(asked(), so_far + 2);
}

#[tokio::test]
async fn events_go_there_and_come_back() {
    let world = World::new().await;
    let one = world.connected().await;
    let mut event = timed("Check-up", "2027-03-01T09:00:00", "2027-03-01T10:00:00");
    event["metadata"] = json!({"patient": "7"});
    let made = world.create(&one.calendar, event).await;
    assert_eq!(world.there()[0]["subject"], "Check-up");
    let changed = world
        .change(&made, "", json!({"title": "Check-up, long"}))
        .await
        .ok(200)
        .body;
    assert_eq!(
        (&changed["title"], &changed["metadata"]["patient"]),
        (&json!("Check-up, long"), &json!("7"))
    );
    // Meanwhile in Outlook.
    let home = world.control().default_calendar(MIRA).unwrap();
    let id = world.there()[0]["id"].as_str().unwrap().to_owned();
    world
        .control()
        .patch_event(&id, &json!({"location": {"displayName": "Room 2"}}))
        .unwrap();
    world.control().insert_event(&home, &there("From Outlook")).unwrap();
    world.sync(&one.calendar).await;
    let now = world.events(&one.calendar).await;
    let mut names = titles(&now);
    names.sort_unstable();
    assert_eq!(names, ["Check-up, long", "From Outlook"]);
    let ours = now.iter().find(|e| e["title"] == "Check-up, long").unwrap();
    assert_eq!(
        (&ours["location"], &ours["metadata"]["patient"]),
        (&json!("Room 2"), &json!("7"))
    );
    let path = format!("/events/{}", ours["id"].as_str().unwrap());
    let request = world
        .owner
        .request(Method::DELETE, &path)
        .header("if-match", ours["etag"].as_str().unwrap());
    send(request).await.ok(204);
    assert_eq!(world.there().len(), 1);
}

#[tokio::test]
async fn a_lost_answer_does_not_make_a_second_event() {
    let world = World::new().await;
    let one = world.connected().await;
    world
        .control()
        .fault(Fault::once("graph.events.create", Effect::LoseAnswer));
    let event = timed("Once", "2027-03-01T09:00:00", "2027-03-01T10:00:00");
    world.create(&one.calendar, event).await;
    world.sync(&one.calendar).await;
    assert_eq!(titles(&world.events(&one.calendar).await), ["Once"]);
    assert_eq!(world.there().len(), 1);
}

#[tokio::test]
async fn what_is_said_about_an_event_that_came_back_before_its_answer_is_not_lost() {
    for deed in ["change", "delete"] {
        let world = World::new().await;
        let one = world.connected().await;
        world.sync(&one.calendar).await;
        world
            .control()
            .fault(Fault::always("graph.events.create", Effect::LoseAnswer));
        let event = timed("Once", "2027-03-01T09:00:00", "2027-03-01T10:00:00");
        let path = format!("/calendars/{}/events", one.calendar);
        let made = world.owner.post(&path, event).await.ok(201).body;
        world.control().clear_faults();
        assert_eq!(made["sync"]["state"], "pending", "{deed}: {made}");
        // A round, before it is tried again.
        world.app.clock.advance(SignedDuration::from_mins(10));
        let shown = world.events(&one.calendar).await;
        let other = shown.iter().find(|one| one["id"] != made["id"]).unwrap();
        let path = format!("/events/{}", other["id"].as_str().unwrap());
        let etag = other["etag"].as_str().unwrap();
        if deed == "change" {
            let twice = json!({"title": "Twice"});
            patch_as_of(&world.owner, &path, etag, twice).await;
        } else {
            let request = world.owner.request(Method::DELETE, &path);
            send(request.header("if-match", etag)).await;
        }
        world.app.clock.advance(SignedDuration::from_hours(1));
        calendar_stacker::gateway::push::drain_all(&world.app.app)
            .await
            .unwrap();
        world.sync(&one.calendar).await;
        let left = if deed == "change" { vec!["Twice"] } else { vec![] };
        assert_eq!(titles(&world.events(&one.calendar).await), left, "{deed}");
        assert_eq!(world.there().len(), left.len(), "{deed}");
    }
}

#[tokio::test]
async fn a_series_is_cut_and_what_was_taken_out_stays_out() {
    let world = World::new().await;
    let one = world.connected().await;
    let event = repeated(
        "Stand-up",
        "2027-03-01T09:00:00",
        "2027-03-01T09:15:00",
        "RRULE:FREQ=WEEKLY;COUNT=6",
    );
    let made = world.create(&one.calendar, event).await;
    let series = made["id"].as_str().unwrap();
    let instance = async |key: &str| world.owner.get(&format!("/events/{series}_{key}")).await.ok(200).body;
    // The first is said differently, the 8th and the 22nd are taken out, then everything from the 15th on moves to the afternoon.
    let first = instance("20270301T080000Z").await;
    let kick_off = json!({"title": "Kick-off", "location": "Room 2"});
    world.change(&first, "?scope=this", kick_off).await.ok(200);
    for key in ["20270308T080000Z", "20270322T080000Z"] {
        let out = instance(key).await;
        let path = format!("/events/{}?scope=this", out["id"].as_str().unwrap());
        let request = world
            .owner
            .request(Method::DELETE, &path)
            .header("if-match", out["etag"].as_str().unwrap());
        send(request).await.ok(204);
    }
    let third = instance("20270315T080000Z").await;
    let at = |time: &str| json!({"date_time": time, "time_zone": "Europe/Berlin"});
    let patch = json!({"start": at("2027-03-15T14:00:00"), "end": at("2027-03-15T14:15:00")});
    world.change(&third, "?scope=this_and_following", patch).await.ok(200);
    world.sync(&one.calendar).await;
    let path = "/events?from=2027-03-01T00:00:00Z&to=2027-05-01T00:00:00Z&expand=instances&limit=500";
    let listed = world.owner.get(path).await.ok(200).body;
    let starts: Vec<_> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["start"]["utc"].as_str().unwrap())
        .collect();
    assert_eq!(
        starts,
        [
            "2027-03-01T08:00:00Z",
            "2027-03-15T13:00:00Z",
            "2027-03-29T12:00:00Z",
            "2027-04-05T12:00:00Z",
        ]
    );
    // Outlook forgets what was changed about a series whose rule changes: it was written again.
    let first = &listed["data"][0];
    assert_eq!(
        (&first["title"], &first["location"]),
        (&json!("Kick-off"), &json!("Room 2"))
    );
    let path = format!("/calendars/{}/reconcile", one.calendar);
    let found = world.owner.post(&path, json!({})).await.ok(200).body;
    assert_eq!(found["differences"], json!([]));
}

#[tokio::test]
async fn what_outlook_cannot_repeat_is_refused_with_the_reason() {
    let world = World::new().await;
    let one = world.connected().await;
    let event = repeated(
        "Odd",
        "2027-03-01T09:00:00",
        "2027-03-01T10:00:00",
        "RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15",
    );
    let answer = world
        .owner
        .post(&format!("/calendars/{}/events", one.calendar), event)
        .await;
    answer.problem(422, "validation_failed");
    assert!(answer.text("detail").contains("one day of the month"), "{}", answer.raw);
    assert!(world.events(&one.calendar).await.is_empty() && world.there().is_empty());
}

#[tokio::test]
async fn a_token_is_refreshed_and_the_end_of_the_grant_is_told() {
    let world = World::new().await;
    let one = world.connected().await;
    world.control().expire_access_tokens(None);
    world.sync(&one.calendar).await;
    // The refresh token rotated: the next refresh uses the new one.
    world.app.clock.advance(SignedDuration::from_hours(2));
    world.sync(&one.calendar).await;
    world.control().revoke_sessions(MIRA, true);
    world.app.clock.advance(SignedDuration::from_hours(2));
    let health = world
        .owner
        .post(&format!("/calendars/{}/sync", one.calendar), json!({}))
        .await;
    assert!(health.raw.contains("password"), "{}", health.raw);
    let shown = world
        .owner
        .get(&format!("/credentials/{}", one.credential))
        .await
        .ok(200);
    assert_eq!(shown.body["status"], "needs_reauthorization");
    assert!(shown.text("status_detail").contains("AADSTS50173"), "{}", shown.raw);
}

#[tokio::test]
async fn what_was_written_is_no_news_when_it_comes_back_and_a_comparison_finds_nothing() {
    let world = World::new().await;
    let one = world.connected().await;
    let mut rich = timed("Planning", "2027-03-01T09:00:00", "2027-03-01T10:00:00");
    rich["description"] = json!("First line\nsecond & <third>");
    rich["location"] = json!("Room 2");
    rich["attendees"] = json!([{"email": NOAH}]);
    rich["visibility"] = json!("private");
    let mut days = json!({"title": "Fair", "start": {"date": "2027-03-27"}, "end": {"date": "2027-03-29"}});
    days["transparency"] = json!("free");
    let mut series = repeated(
        "Stand-up",
        "2027-03-01T09:00:00",
        "2027-03-01T09:15:00",
        "RRULE:FREQ=WEEKLY;COUNT=6",
    );
    series["recurrence"] = json!(["RRULE:FREQ=WEEKLY;COUNT=6", "EXDATE:20270315T080000Z"]);
    for event in [rich, days, series] {
        world.create(&one.calendar, event).await;
    }
    let tags = async || {
        let all = world.events(&one.calendar).await;
        all.iter()
            .map(|e| (e["id"].clone(), e["etag"].clone()))
            .collect::<Vec<_>>()
    };
    world.sync(&one.calendar).await;
    let before = tags().await;
    world.control().clear_journal();
    // The old round's end, and once more from the beginning.
    world.sync(&one.calendar).await;
    world.control().expire_delta_links(None);
    world.sync(&one.calendar).await;
    assert_eq!(tags().await, before);
    for operation in ["create", "update", "delete"] {
        assert!(
            world.control().calls(&format!("graph.events.{operation}")).is_empty(),
            "{operation}"
        );
    }
    let path = format!("/calendars/{}/reconcile", one.calendar);
    let report = world.owner.post(&path, json!({})).await.ok(200).body;
    assert_eq!(report["differences"], json!([]), "{report}");
    assert!(report["compared"].as_u64().unwrap() >= 3, "{report}");
}

#[tokio::test]
async fn an_invitation_is_answered_and_the_organizer_hears_of_it() {
    let world = World::new().await;
    let one = world.connected().await;
    let mut meeting = there("Come");
    meeting["attendees"] = json!([{"emailAddress": {"address": MIRA}, "type": "required"}]);
    let from = world.control().default_calendar(NOAH).unwrap();
    let sent = world.control().insert_event(&from, &meeting).unwrap();
    world.sync(&one.calendar).await;
    let event = world.events(&one.calendar).await.remove(0);
    let path = format!("/events/{}/rsvp", event["id"].as_str().unwrap());
    let answer = world
        .owner
        .post(&path, json!({"response": "accepted", "notify": "all"}))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.raw);
    let guest = &answer.body["attendees"][0];
    assert_eq!(
        (&guest["self"], &guest["response"]),
        (&json!(true), &json!("accepted")),
        "{guest}"
    );
    let told = world.control().event(sent["id"].as_str().unwrap()).unwrap();
    assert_eq!(told["attendees"][0]["status"]["response"], "accepted");
    // A declined meeting leaves the calendar, there and here.
    let answer = world
        .owner
        .post(&path, json!({"response": "declined", "notify": "all"}))
        .await;
    assert_eq!(answer.status, 204, "{}", answer.raw);
    world.sync(&one.calendar).await;
    assert!(world.events(&one.calendar).await.is_empty());
}

#[tokio::test]
async fn two_calendars_of_a_mailbox_are_pulled_at_once_without_asking_too_much_of_it() {
    let world = World::new().await;
    let second = world.control().add_calendar(MIRA, "Second", true).unwrap();
    let one = world.connected().await;
    let all = world.owner.get("/calendars?limit=50").await.ok(200).body;
    let calendars: Vec<String> = all["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|calendar| calendar["id"].as_str().unwrap().to_owned())
        .collect();
    let [first, other] = calendars.as_slice() else {
        panic!("{all}");
    };
    for calendar in [first, other] {
        world.sync(calendar).await;
    }
    let mut series = there("Stand-up");
    series["recurrence"] = json!({
        "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]},
        "range": {"type": "numbered", "numberOfOccurrences": 20, "startDate": "2027-03-01"},
    });
    for calendar in [world.control().default_calendar(MIRA).unwrap(), second] {
        for _ in 0..4 {
            let master = world.control().insert_event(&calendar, &series).unwrap();
            for day in ["2027-03-08", "2027-03-15", "2027-03-22"] {
                let id = world.control().occurrence_id(master["id"].as_str().unwrap(), day);
                let moved = json!({"subject": day});
                world.control().patch_event(&id.unwrap(), &moved).unwrap();
            }
        }
    }
    let slow = Effect::Latency { millis: 50 };
    world.control().fault(Fault::always("graph.*", slow));
    world.control().clear_journal();
    tokio::join!(world.sync(first), world.sync(other));
    // Each series, its names, and three changed occurrences.
    assert_eq!(world.control().calls("graph.events.get").len(), 2 * 4 * 5);
    let refused: Vec<_> = world
        .control()
        .journal()
        .into_iter()
        .filter(|call| call.status != Some(200))
        .collect();
    assert!(refused.is_empty(), "{} were too many: {refused:?}", refused.len());
    assert_eq!(world.events(&one.calendar).await.len(), 4 * 4);
}
