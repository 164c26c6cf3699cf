//! Budgets: below the provider's limits, patient with one that does not answer, and honest about what was used.

use std::sync::Arc;

use calendar_stacker::{
    gateway::{budget::Kind, gate::Gate, ledger},
    state::App,
};
use domain::id::TenantId;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use simulators::google::{Effect, Fault};

use crate::{
    google::{ANN, BOB, Connected, World, timed},
    harness::Answer,
};

const LIST: &str = "calendar.events.list";
const INSERT: &str = "calendar.events.insert";

impl World {
    async fn pull(&self, one: &Connected) -> Value {
        let path = format!("/calendars/{}/sync", one.calendar);
        self.owner.post(&path, json!({})).await.ok(200).body
    }

    async fn quota(&self, one: &Connected) -> Value {
        let path = format!("/quota?client_id={}", one.client);
        let list = self.owner.get(&path).await.ok(200).body;
        assert_eq!(list["data"].as_array().unwrap().len(), 1, "{list}");
        assert_eq!(list["data"][0]["credential_id"], one.credential.as_str());
        list["data"][0].clone()
    }

    async fn write(&self, one: &Connected, title: &str) -> Answer {
        let event = timed(title, "2027-03-01T09:00:00", "2027-03-01T10:00:00");
        self.owner
            .post(&format!("/calendars/{}/events", one.calendar), event)
            .await
    }
}

fn at(value: &Value) -> Timestamp {
    value.as_str().unwrap_or_else(|| panic!("{value}")).parse().unwrap()
}

fn minutes_left(world: &World, until: &Value) -> i64 {
    let left = at(until).duration_since(world.app.app.now());
    left.round(jiff::Unit::Minute).unwrap().as_mins()
}

#[tokio::test]
async fn an_account_is_not_asked_for_more_than_its_budget() {
    let world = World::with(|config| (config.google_per_minute, config.processes) = (30, 2)).await;
    let one = world.connected().await;
    // Half of thirty is this process's own: three at once and one in five seconds; connecting has cost some already.
    let mut refused = None;
    for _ in 0..6 {
        let health = world.pull(&one).await;
        if health["last_error"]["code"] == "rate_limited" {
            refused = Some(health["last_error"]["detail"].as_str().unwrap().to_owned());
            break;
        }
    }
    let said = refused.expect("a budget of three is used up by six pulls");
    assert!(said.contains("below the provider's limits"), "{said}");
    assert!(world.calls(LIST) <= 4, "{} calls", world.calls(LIST));
    let quota = world.quota(&one).await;
    assert_eq!(quota["limits"]["per_minute"], 30);
    assert_eq!(quota["limits"]["reads_per_minute"], 30, "no more than all together");
    assert_eq!(quota["circuit"], "closed", "who is held back by us has answered");
}

#[tokio::test]
async fn one_busy_account_does_not_use_up_the_budget_of_another() {
    let world = World::with(|config| config.google_per_minute = 15).await;
    let (ann, bob) = (world.connected().await, world.connect("Other", BOB).await);
    while world.pull(&ann).await["last_error"].is_null() {}
    world.sync(&bob.calendar).await;
}

#[tokio::test]
async fn accounts_of_one_app_share_the_budget_of_the_app() {
    let world = World::with(|config| config.google_app_per_minute = 15).await;
    let (ann, bob) = (world.connected().await, world.connect("Other", BOB).await);
    while world.pull(&ann).await["last_error"].is_null() {}
    assert_eq!(world.pull(&bob).await["last_error"]["code"], "rate_limited");
}

#[tokio::test]
async fn what_was_used_is_written_down_for_every_process() {
    let world = World::new().await;
    let one = world.connected().await;
    world.control().clear_journal();
    ledger::flush(&world.app.app).await.unwrap();
    let before = world.quota(&one).await["used"].clone();
    world.sync(&one.calendar).await;
    world.write(&one, "Check-up").await.ok(201);
    let after = world.quota(&one).await;
    let more = |name: &str| after["used"][name].as_i64().unwrap() - before[name].as_i64().unwrap();
    let sent = i64::try_from(world.control().journal().len()).unwrap();
    assert_eq!((more("last_day"), more("this_hour")), (sent, sent), "{after}");
    assert_eq!(more("last_day_writes"), i64::try_from(world.calls(INSERT)).unwrap());
    assert!(after["used"]["last_minute"].as_i64().unwrap() >= sent);
    ledger::flush(&world.app.app).await.unwrap();
    assert_eq!(
        world.quota(&one).await["used"]["last_day"],
        after["used"]["last_day"],
        "written down once"
    );
    let forecast = after["forecast_today"].as_i64().unwrap();
    assert!(
        forecast >= after["used"]["this_hour"].as_i64().unwrap() || forecast > 0,
        "{after}"
    );
    world.app.clock.advance(SignedDuration::from_hours(25));
    // The session has outlived it, the hour has not.
    assert_eq!(world.quota(&one).await["used"]["last_day"], 0);
}

#[tokio::test]
async fn when_google_takes_no_more_writes_they_pause_and_reads_go_on() {
    let world = World::new().await;
    let (ann, bob) = (world.connected().await, world.connect("Other", BOB).await);
    world.control().fault(Fault {
        account: Some(ANN.into()),
        ..Fault::always("calendar.events.insert", Effect::QuotaExceeded)
    });
    let waits = world.write(&ann, "Too much").await.ok(201);
    assert_eq!(waits.body["sync"]["state"], "pending", "{}", waits.raw);
    assert_eq!(
        minutes_left(&world, &world.quota(&ann).await["writes_paused_until"]),
        60
    );
    world.control().clear_journal();
    world.write(&ann, "Still").await;
    assert_eq!(world.calls(INSERT), 0, "nothing is sent during the pause");
    world.sync(&ann.calendar).await;
    // Another process knows, too.
    let (config, clock) = (world.app.config(), Arc::clone(&world.app.clock));
    let other = tokio::task::spawn_blocking(move || App::open(config, clock).unwrap());
    let (other, id) = (other.await.unwrap(), ann.credential.clone());
    let me = world.owner.get("/auth/me").await.ok(200).body;
    let tenant = TenantId::from_store(me["tenant"]["id"].as_str().unwrap().to_owned());
    let row = other
        .read(move |c| db::credentials::get(c, &tenant, &id))
        .await
        .unwrap();
    let gate = Gate::new(&other, &row, false).await.unwrap();
    let held = gate.enter(Kind::Write).await;
    assert!(
        matches!(&held, Err(providers::Error::TryLater { after: Some(after), .. }) if after.as_secs() > 3500),
        "{held:?}"
    );
    gate.enter(Kind::Read).await.unwrap();
    world.write(&bob, "Not mine").await.ok(201);
    // Refused again: twice as long.
    world.app.clock.advance(SignedDuration::from_mins(61));
    world.write(&ann, "Again").await;
    assert_eq!(
        minutes_left(&world, &world.quota(&ann).await["writes_paused_until"]),
        120
    );
    world.control().clear_faults();
    world.app.clock.advance(SignedDuration::from_mins(121));
    world.write(&ann, "At last").await.ok(201);
    assert_eq!(world.quota(&ann).await["writes_paused_until"], Value::Null);
}

#[tokio::test]
async fn an_account_that_does_not_answer_is_left_alone_and_then_tried_once() {
    let world = World::new().await;
    let one = world.connected().await;
    let down = Effect::Status {
        status: 503,
        retry_after: Some(60),
    };
    world.control().fault(Fault::always(LIST, down));
    for _ in 0..5 {
        assert_eq!(world.pull(&one).await["last_error"]["code"], "provider_unavailable");
    }
    let quota = world.quota(&one).await;
    assert_eq!(quota["circuit"], "open", "{quota}");
    let (until, now) = (at(&quota["circuit_until"]), world.app.app.now());
    assert!(until > now + SignedDuration::from_secs(14) && until <= now + SignedDuration::from_secs(30));
    let asked = world.calls(LIST);
    let health = world.pull(&one).await;
    assert_eq!(health["last_error"]["code"], "provider_unavailable");
    assert_eq!(world.calls(LIST), asked, "left alone");
    world.control().clear_faults();
    world.app.clock.advance(SignedDuration::from_secs(31));
    assert_eq!(world.quota(&one).await["circuit"], "half_open");
    world.sync(&one.calendar).await;
    assert_eq!(world.quota(&one).await["circuit"], "closed");
}

#[tokio::test]
async fn a_person_who_asks_whether_it_works_again_is_not_held_back() {
    let world = World::new().await;
    let one = world.connected().await;
    world.control().fault(Fault::always(
        "calendar.*",
        Effect::Status {
            status: 503,
            retry_after: Some(60),
        },
    ));
    for _ in 0..5 {
        world.pull(&one).await;
    }
    world.control().clear_faults();
    let path = format!("/credentials/{}/validate", one.credential);
    let trial = world.owner.post(&path, json!({})).await.ok(200);
    assert_eq!(trial.body["ok"], true, "{}", trial.raw);
    assert_eq!(world.quota(&one).await["circuit"], "closed");
    world.sync(&one.calendar).await;
}

#[tokio::test]
async fn a_rate_limit_with_a_time_is_obeyed_by_every_call_of_the_account() {
    let world = World::new().await;
    let one = world.connected().await;
    let slow = Effect::RateLimit {
        status: 429,
        retry_after: Some(120),
    };
    world.control().fault(Fault::times(LIST, 1, slow));
    assert_eq!(world.pull(&one).await["last_error"]["code"], "rate_limited");
    let quota = world.quota(&one).await;
    assert_eq!(minutes_left(&world, &quota["rests_until"]), 2);
    assert_eq!(quota["circuit"], "closed", "it did answer");
    world.control().clear_journal();
    world.pull(&one).await;
    world.write(&one, "Not yet").await;
    assert!(world.control().journal().is_empty(), "nobody asks before the time");
    world.app.clock.advance(SignedDuration::from_secs(121));
    // The budget, emptied by the answer, fills up again at seven calls a second; a call waits for it.
    world.sync(&one.calendar).await;
    assert_eq!(world.quota(&one).await["rests_until"], Value::Null);
}

#[tokio::test]
async fn nobody_sees_what_accounts_of_another_tenant_use() {
    let world = World::new().await;
    let one = world.connected().await;
    let eve = world.app.stranger().await;
    assert_eq!(eve.get("/quota").await.ok(200).body["data"], json!([]));
    let path = format!("/quota?client_id={}", one.client);
    assert_eq!(eve.get(&path).await.ok(200).body["data"], json!([]));
}

#[tokio::test]
async fn a_call_that_takes_for_ever_ends_at_its_deadline() {
    let world = World::with(|config| config.call_deadline = 1).await;
    let one = world.connected().await;
    world
        .control()
        .fault(Fault::times(LIST, 1, Effect::Latency { millis: 20_000 }));
    let begun = std::time::Instant::now();
    let error = world.pull(&one).await["last_error"].clone();
    assert!(
        begun.elapsed() < std::time::Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(error["code"], "provider_unavailable");
    assert!(error["detail"].as_str().unwrap().contains("did not finish"), "{error}");
    assert_eq!(world.quota(&one).await["used"]["last_day_failed"], 1);
    world.sync(&one.calendar).await;
}
