//! Push: a provider's message wakes a pull, proves itself, and is never relied upon.

use std::time::Duration;

use calendar_stacker::{
    config::{Config, Switch},
    crypto,
    jobs::{self, Job},
};
use db::channels::{self, Channel};
use domain::id::TenantId;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;
use simulators::google::{Effect, Fault, Role};

use crate::{
    google::{ANN, BOB, Connected, World, titles},
    harness::{Answer, send},
};

const LIST: &str = "calendar.events.list";
const WATCH: &str = "calendar.events.watch";
const STOP: &str = "calendar.channels.stop";

fn job(name: &str) -> &'static Job {
    jobs::ALL.iter().find(|job| job.name == name).unwrap()
}

fn event(title: &str) -> serde_json::Value {
    let at = |hour: u8| json!({"dateTime": format!("2027-03-01T{hour:02}:00:00Z")});
    json!({"summary": title, "start": at(9), "end": at(10)})
}

/// Waits until it is so.
async fn until<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let so = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), so)
        .await
        .unwrap_or_else(|_| panic!("it never came: {what}"));
}

impl World {
    /// Runs a job as the worker does when it is due.
    async fn work(&self, name: &str) {
        self.app.clock.advance(job(name).every);
        assert!(jobs::once(&self.app.app, job(name), "worker").await.unwrap());
    }

    async fn channels(&self, one: &Connected) -> Vec<Channel> {
        let (credential, calendar) = (one.credential.clone(), one.calendar.clone());
        let tenant = self.owner.get("/auth/me").await.ok(200).body["tenant"]["id"].clone();
        let tenant = TenantId::from_store(tenant.as_str().unwrap().to_owned());
        let app = &self.app.app;
        app.read(move |c| {
            let all = channels::of_credential(c, &tenant, &credential)?;
            let rows = channels::of_calendar(c, &tenant, &calendar)?;
            assert_eq!(all.len(), rows.len(), "Ann has one calendar");
            Ok::<_, db::Error>(rows)
        })
        .await
        .unwrap()
    }

    /// A client whose calendar is mirrored and whose channel has said hello.
    async fn watched(&self) -> Connected {
        let one = self.connected().await;
        self.work("watch").await;
        until("the greeting", async || {
            self.channels(&one)
                .await
                .iter()
                .any(|row| row.last_message_at.is_some())
        })
        .await;
        self.sync(&one.calendar).await;
        self.control().clear_journal();
        one
    }

    /// A channel whose secret we know.
    async fn channel(&self, one: &Connected, id: &str, token: &str) {
        let row = Channel {
            id: id.to_owned(),
            token_hash: crypto::token_hash(token),
            last_number: 0,
            ..self.channels(one).await.remove(0)
        };
        self.app.app.write(move |c| channels::insert(c, &row)).await.unwrap();
    }

    async fn message(&self, channel: &str, token: &str, state: &str, number: u32) -> Answer {
        let request = self
            .app
            .anybody()
            .request(Method::POST, "/hooks/google")
            .header("x-goog-channel-id", channel)
            .header("x-goog-channel-token", token)
            .header("x-goog-resource-state", state)
            .header("x-goog-resource-id", "nobody-has-this")
            .header("x-goog-message-number", number.to_string());
        send(request).await
    }

    /// What the mirror holds; asks nobody.
    async fn mirrored(&self, one: &Connected) -> Vec<String> {
        let health = self
            .owner
            .get(&format!("/calendars/{}/health", one.calendar))
            .await
            .ok(200);
        if health.body["events"] == 0 {
            return Vec::new();
        }
        titles(&self.events(&one.calendar, "").await)
            .into_iter()
            .map(str::to_owned)
            .collect()
    }
}

#[tokio::test]
async fn an_edit_made_in_google_arrives_without_anybody_asking() {
    let world = World::new().await;
    let one = world.watched().await;
    assert_eq!(world.sync(&one.calendar).await["pushed"], true);
    world.control().clear_journal();
    let begun = std::time::Instant::now();
    let made = world.control().insert_event(ANN, &event("From Google")).unwrap();
    until("the new event", async || world.mirrored(&one).await == ["From Google"]).await;
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
    let id = made["id"].as_str().unwrap();
    world
        .control()
        .patch_event(ANN, id, &json!({"summary": "Again"}))
        .unwrap();
    until("the change", async || world.mirrored(&one).await == ["Again"]).await;
    world.control().delete_event(ANN, id).unwrap();
    until("the deletion", async || world.mirrored(&one).await.is_empty()).await;
    assert_eq!(world.calls(LIST), 3, "one pull for each change");
}

#[tokio::test]
async fn a_message_without_the_secret_of_its_channel_is_answered_like_one_for_no_channel() {
    let world = World::new().await;
    let one = world.watched().await;
    world.channel(&one, "known", "secret").await;
    let wrong = world.message("known", "guess", "exists", 7).await;
    let unknown = world.message("unknown", "guess", "exists", 7).await;
    let empty = world.message("known", "", "exists", 7).await;
    let bare = world.app.anybody().post("/hooks/google", json!({})).await;
    let overlong = world.message(&"x".repeat(65), "secret", "exists", 7).await;
    let negative = send(
        world
            .app
            .anybody()
            .request(Method::POST, "/hooks/google")
            .header("x-goog-channel-id", "known")
            .header("x-goog-channel-token", "secret")
            .header("x-goog-resource-state", "exists")
            .header("x-goog-message-number", "-3"),
    )
    .await;
    for answer in [&wrong, &unknown, &empty, &bare, &overlong, &negative] {
        answer.problem(404, "not_found");
        let mut body = answer.body.clone();
        body["request_id"] = json!("");
        let mut first = wrong.body.clone();
        first["request_id"] = json!("");
        assert_eq!(body, first);
    }
    // The greeting needs the secret, too, and does no work; a real message does.
    world
        .message("known", "guess", "sync", 1)
        .await
        .problem(404, "not_found");
    assert_eq!(world.message("known", "secret", "sync", 1).await.status, 204);
    assert_eq!(world.message("known", "secret", "exists", 2).await.status, 204);
    until("the pull", async || world.calls(LIST) > 0).await;
    assert_eq!(world.calls(LIST), 1, "nothing but the last message woke a pull");
}

#[tokio::test]
async fn a_message_that_was_dropped_is_made_up_for_by_polling() {
    let world = World::new().await;
    let one = world.watched().await;
    world.control().fault(Fault::once("calendar.push", Effect::Drop));
    world.control().insert_event(ANN, &event("Unheard of")).unwrap();
    until("the message to be dropped", async || {
        world.control().faults().iter().all(|fault| fault.count == Some(0))
    })
    .await;
    world.app.clock.advance(SignedDuration::from_mins(14));
    world.work("pull").await;
    assert_eq!(world.calls(LIST), 0, "a calendar that tells of changes is seldom asked");
    world.app.clock.advance(SignedDuration::from_mins(17));
    world.work("pull").await;
    assert_eq!(world.calls(LIST), 1);
    assert_eq!(world.mirrored(&one).await, ["Unheard of"]);
}

#[tokio::test]
async fn messages_that_come_twice_or_late_cost_one_pull() {
    let world = World::new().await;
    let one = world.watched().await;
    world
        .control()
        .fault(Fault::times("calendar.push", 1, Effect::Duplicate));
    world.control().insert_event(ANN, &event("Told twice")).unwrap();
    until("the event", async || world.mirrored(&one).await == ["Told twice"]).await;
    world.channel(&one, "known", "secret").await;
    for number in [9, 9, 3, 8, 9] {
        assert_eq!(world.message("known", "secret", "exists", number).await.status, 204);
    }
    until("the pull", async || world.calls(LIST) == 2).await;
    assert_eq!(world.message("known", "secret", "exists", 4).await.status, 204);
    assert_eq!(world.message("known", "secret", "exists", 10).await.status, 204);
    until("the pull after it", async || world.calls(LIST) >= 3).await;
    assert_eq!(world.calls(LIST), 3, "doubled, late and overtaken messages are no news");
}

#[tokio::test]
async fn a_burst_of_messages_costs_few_pulls() {
    let world = World::new().await;
    let one = world.watched().await;
    world.channel(&one, "known", "secret").await;
    world
        .control()
        .fault(Fault::times(LIST, 1, Effect::Latency { millis: 600 }));
    let burst = (1..=60).map(|number| world.message("known", "secret", "exists", number));
    for answer in futures_util::future::join_all(burst).await {
        assert_eq!(answer.status, 204);
    }
    world.message("known", "secret", "exists", 61).await.ok(204);
    until("the first pull", async || world.calls(LIST) > 0).await;
    world.control().insert_event(ANN, &event("During")).unwrap();
    until("what came during the pull", async || {
        world.mirrored(&one).await == ["During"]
    })
    .await;
    assert!(world.calls(LIST) <= 4, "{} pulls for 62 messages", world.calls(LIST));
}

#[tokio::test]
async fn a_channel_is_replaced_before_it_ends_and_the_old_one_is_stopped() {
    let world = World::new().await;
    let one = world.watched().await;
    let before = world.channels(&one).await.remove(0);
    world.work("watch").await;
    assert_eq!(world.calls(WATCH), 0, "it is good for days");
    let days = SignedDuration::from_hours(6 * 24 + 1);
    world.app.clock.advance(days);
    world.control().advance(days);
    world.work("watch").await;
    let calls: Vec<String> = world
        .control()
        .journal()
        .iter()
        .map(|call| call.operation.clone())
        .collect();
    let place = |operation: &str| calls.iter().position(|call| call == operation);
    assert!(
        place(WATCH).unwrap() < place(STOP).unwrap(),
        "first the new one: {calls:?}"
    );
    assert_eq!((world.calls(WATCH), world.calls(STOP)), (1, 1));
    let rows = world.channels(&one).await;
    assert_eq!(rows.len(), 1);
    assert_ne!((&rows[0].id, &rows[0].token_hash), (&before.id, &before.token_hash));
    world.control().clear_journal();
    world.control().insert_event(ANN, &event("After")).unwrap();
    until("what the new channel tells", async || {
        world.mirrored(&one).await == ["After"]
    })
    .await;
}

#[tokio::test]
async fn disconnecting_an_account_stops_its_channels_first() {
    let world = World::new().await;
    let one = world.watched().await;
    let path = format!("/credentials/{}/revoke", one.credential);
    world.owner.post(&path, json!({})).await.ok(200);
    assert_eq!(world.control().calls(STOP)[0].status, Some(204));
    assert!(world.channels(&one).await.is_empty());
    world.work("watch").await;
    assert_eq!((world.calls(WATCH), world.calls(STOP)), (0, 1));
}

#[tokio::test]
async fn a_calendar_that_nobody_follows_any_more_has_no_channel() {
    let world = World::new().await;
    let one = world.watched().await;
    let path = format!("/calendars/{}", one.calendar);
    world
        .owner
        .patch(
            &path,
            json!({"selected": false, "blocks_availability": false, "receives_bookings": false}),
        )
        .await
        .ok(200);
    world.work("watch").await;
    assert_eq!((world.calls(WATCH), world.calls(STOP)), (0, 1));
    assert!(world.channels(&one).await.is_empty());
    world.owner.patch(&path, json!({"selected": true})).await.ok(200);
    world.work("watch").await;
    assert_eq!(world.calls(WATCH), 1);
}

#[tokio::test]
async fn a_channel_whose_opening_was_not_answered_is_stopped_once_it_has_spoken() {
    let world = World::new().await;
    let one = world.connected().await;
    world.control().fault(Fault::once(WATCH, Effect::LoseAnswer));
    world.work("watch").await;
    until("the greeting", async || {
        world.channels(&one).await.iter().any(|row| row.resource_id.is_some())
    })
    .await;
    assert_eq!(world.channels(&one).await[0].state, channels::OPENING);
    world.app.clock.advance(SignedDuration::from_mins(6));
    world.work("watch").await;
    assert_eq!(world.control().calls(STOP)[0].status, Some(204));
    let rows = world.channels(&one).await;
    assert_eq!((rows.len(), rows[0].state.as_str()), (1, channels::OPEN));
}

#[tokio::test]
async fn a_channel_we_have_lost_is_stopped_when_it_speaks() {
    let world = World::new().await;
    let one = world.watched().await;
    let lost = world.channels(&one).await.remove(0);
    world
        .app
        .app
        .write(move |c| channels::remove(c, &lost.id))
        .await
        .unwrap();
    world.work("watch").await;
    assert_eq!((world.calls(WATCH), world.calls(STOP)), (1, 0));
    world.control().insert_event(ANN, &event("Heard twice")).unwrap();
    until("the end of the lost channel", async || world.calls(STOP) == 1).await;
    assert_eq!(world.control().calls(STOP)[0].status, Some(204));
    until("the event", async || world.mirrored(&one).await == ["Heard twice"]).await;
    assert_eq!(world.channels(&one).await.len(), 1);
}

#[tokio::test]
async fn a_provider_that_refuses_a_channel_is_not_asked_every_minute() {
    let world = World::new().await;
    let one = world.connected().await;
    let status = Effect::Status {
        status: 400,
        retry_after: None,
    };
    world.control().fault(Fault::times(WATCH, 1, status));
    world.work("watch").await;
    let row = world.channels(&one).await.remove(0);
    assert_eq!(row.state, channels::REFUSED);
    assert!(row.detail.is_some());
    world.work("watch").await;
    assert_eq!(world.calls(WATCH), 1);
    world.app.clock.advance(SignedDuration::from_hours(6));
    world.work("watch").await;
    assert_eq!(world.calls(WATCH), 2);
    assert_eq!(world.channels(&one).await[0].state, channels::OPEN);
}

#[tokio::test]
async fn without_an_address_for_providers_nothing_is_asked_of_them_and_polling_is_enough() {
    let world = World::with(|config| config.push_url = Some("off".into())).await;
    let one = world.connected().await;
    world.sync(&one.calendar).await;
    world.work("watch").await;
    assert_eq!(world.calls(WATCH), 0);
    assert_eq!(world.sync(&one.calendar).await["pushed"], false);
    world.control().insert_event(ANN, &event("Polled")).unwrap();
    world.app.clock.advance(SignedDuration::from_mins(18));
    world.work("pull").await;
    assert_eq!(world.mirrored(&one).await, ["Polled"]);
}

#[test]
fn providers_are_given_an_https_address_or_none() {
    let push = |push: Option<&str>, public: Option<&str>, google: Option<&str>| {
        let mut config = Config::from_defaults().unwrap();
        config.push_url = push.map(str::to_owned);
        config.public_url = public.map(|url| url.parse().unwrap());
        if let Some(base) = google {
            config.google_at(base, "id", "secret").unwrap();
        }
        config.push_url().map(|url| url.map(String::from)).map_err(|_| ())
    };
    let here = Some("http://127.0.0.1:9");
    let table = [
        (None, None, None, Ok(None)),
        (None, Some("http://c.example"), None, Ok(None)),
        (None, Some("https://c.example"), None, Ok(Some("https://c.example/"))),
        (Some("off"), Some("https://c.example"), None, Ok(None)),
        (
            Some(""),
            Some("https://c.example"),
            None,
            Ok(Some("https://c.example/")),
        ),
        (
            Some("https://p.example/x"),
            None,
            None,
            Ok(Some("https://p.example/x/")),
        ),
        (Some("http://p.example"), None, None, Err(())),
        (Some("nonsense"), None, None, Err(())),
        (None, Some("http://localhost:1"), here, Ok(Some("http://localhost:1/"))),
        (Some("http://p.example"), None, here, Ok(Some("http://p.example/"))),
        (
            None,
            Some("http://localhost:1"),
            Some("http://google.example"),
            Ok(None),
        ),
    ];
    for (own, public, google, expected) in table {
        let expected = expected.map(|url| url.map(str::to_owned));
        assert_eq!(push(own, public, google), expected, "{own:?} {public:?} {google:?}");
    }
}

#[tokio::test]
async fn calendars_that_come_and_go_at_google_do_so_here() {
    let world = World::new().await;
    let one = world.connected().await;
    let made = world.control().add_calendar(ANN, "Chair 2", "Europe/Berlin").unwrap();
    world.work("relist").await;
    let calendars = async || {
        let path = format!("/clients/{}/calendars", one.client);
        world.owner.get(&path).await.ok(200).body["data"].clone()
    };
    let names = async || {
        let path = format!("/clients/{}/calendars", one.client);
        let list = world.owner.get(&path).await.ok(200).body["data"].clone();
        let names = list
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert!(names().await.contains(&"Chair 2".to_owned()));
    world.control().delete_calendar(&made);
    world.work("relist").await;
    assert!(!names().await.contains(&"Chair 2".to_owned()));
    // What somebody shares is there to be chosen; what they let us do with it follows.
    let shared = world.control().add_calendar(BOB, "Bob's", "UTC").unwrap();
    for (role, expected, selected) in [
        (Some(Role::Reader), Some("reader"), false),
        (Some(Role::Writer), Some("writer"), false),
        (None, None, false),
    ] {
        world.control().share(&shared, ANN, role).unwrap();
        world.work("relist").await;
        let list = calendars().await;
        let found = list
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["name"] == "Bob's")
            .cloned();
        assert_eq!(
            found.as_ref().and_then(|one| one["access_role"].as_str()),
            expected,
            "{list}"
        );
        assert!(found.is_none_or(|one| one["selected"] == selected), "{list}");
    }
}

#[tokio::test]
async fn who_guesses_at_channels_is_asked_to_wait_and_google_is_not() {
    let world = World::with(|config| config.rate_limit = Switch::On).await;
    let one = world.watched().await;
    world.channel(&one, "known", "secret").await;
    let mut answers = Vec::new();
    for number in 1..=80 {
        answers.push(world.message("unknown", "guess", "exists", number).await.status);
    }
    assert_eq!(answers[0], 404);
    assert_eq!(answers.last(), Some(&429), "{answers:?}");
    for number in 1..=80 {
        world.message("known", "secret", "sync", number).await.ok(204);
    }
}

#[tokio::test]
async fn a_calendar_is_asked_about_as_often_as_something_happens_to_it() {
    let world = World::with(|config| config.push_url = Some("off".into())).await;
    let one = world.connected().await;
    let next = async || {
        let at = world.sync(&one.calendar).await["next_pull_at"]
            .as_str()
            .unwrap()
            .to_owned();
        let wait = at
            .parse::<jiff::Timestamp>()
            .unwrap()
            .duration_since(world.app.app.now());
        wait.as_secs_f64() / 60.0
    };
    world.control().insert_event(ANN, &event("New")).unwrap();
    let wait = next().await;
    assert!((0.99..=1.21).contains(&wait), "it has just changed: {wait}");
    world.app.clock.advance(SignedDuration::from_mins(50));
    let wait = next().await;
    assert!((3.99..=6.01).contains(&wait), "it changed fifty minutes ago: {wait}");
    world.app.clock.advance(SignedDuration::from_hours(5));
    let wait = next().await;
    assert!((11.99..=18.01).contains(&wait), "it has been quiet: {wait}");
    world.events(&one.calendar, "").await;
    until("somebody's look to count", async || next().await <= 1.21).await;
}
