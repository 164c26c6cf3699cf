//! Bulk work: a file, a selection or an operation is planned, looked at, applied and undone.

mod clashes;
mod costs;
mod edits;
mod files;
mod killed;
mod shares;

use calendar_stacker::{gateway::push, jobs::operations, ops::operations::apply};
use domain::id::TenantId;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use simulators::google::{Effect, Fault};

use crate::{
    google::{ANN, World, timed},
    harness::{Answer, Caller, TestApp, send},
};

/// A server with three calendars of Ann's at a simulated Google: our id and Google's.
pub struct Bulk {
    pub world: World,
    pub calendars: Vec<(String, String)>,
}

impl Bulk {
    pub async fn new() -> Self {
        let world = World::with(|config| {
            config.google_per_minute = 1_000_000;
            config.google_writes_per_minute = 1_000_000;
            config.google_app_per_minute = 1_000_000;
        })
        .await;
        let mut calendars = Vec::new();
        for name in ["Pools", "Gardens"] {
            let remote = world.control().add_calendar(ANN, name, "Europe/Berlin").unwrap();
            calendars.push((name, remote));
        }
        let connected = world.connected().await;
        let path = format!("/clients/{}/calendars", connected.client);
        let listed = world.owner.get(&path).await.ok(200).body;
        let of = |name: &str| {
            let all = listed["data"].as_array().unwrap();
            let one = all.iter().find(|one| one["name"] == name).unwrap();
            one["id"].as_str().unwrap().to_owned()
        };
        let mut all = vec![(connected.calendar, ANN.to_owned())];
        all.extend(calendars.into_iter().map(|(name, remote)| (of(name), remote)));
        for (id, _) in &all {
            choose(&world.owner, id).await;
        }
        Self { world, calendars: all }
    }

    /// What Google shows of a calendar.
    pub fn there(&self, calendar: usize) -> Vec<Value> {
        let all = self.world.control().events(&self.calendars[calendar].1).unwrap();
        all.into_iter().filter(|event| event["status"] != "cancelled").collect()
    }

    pub fn count(&self) -> usize {
        (0..self.calendars.len()).map(|one| self.there(one).len()).sum()
    }

    pub async fn planned(&self, file: &str) -> Value {
        let import = upload(&self.world.owner, "visits.csv", file.to_owned()).await.ok(201);
        self.plan(&import.text("id"), json!({})).await
    }

    pub async fn plan(&self, import: &str, body: Value) -> Value {
        plan(&self.world.app, &self.world.owner, import, body).await
    }

    /// A plan of something else.
    pub async fn asked(&self, path: &str, body: Value) -> Value {
        let op = self.world.owner.post(path, body).await.ok(202).text("id");
        operations::run(&self.world.app.app).await.unwrap();
        self.read(&op).await
    }

    pub async fn read(&self, op: &str) -> Value {
        self.world.owner.get(&format!("/operations/{op}")).await.ok(200).body
    }

    pub async fn act(&self, op: &Value, act: &str, body: Value) -> Answer {
        let path = format!("/operations/{}/{act}", op["id"].as_str().unwrap());
        let request = self.world.owner.request(Method::POST, &path);
        send(if body.is_null() { request } else { request.json(&body) }).await
    }

    pub async fn apply(&self, op: &Value) -> Answer {
        self.act(op, "apply", json!({"hash": op["summary"]["hash"]})).await
    }

    /// Everybody works until nothing moves any more. Who drains a lane already, for somebody who waited, is waited for.
    pub async fn work(&self, op: &Value) -> Value {
        let app = &self.world.app.app;
        for _ in 0..2_000 {
            let moved = operations::run(app).await.unwrap();
            let drained = push::drain_all(app).await.unwrap();
            if moved + drained == 0 {
                let now = self.read(op["id"].as_str().unwrap()).await;
                if now["written"] == 0 {
                    return now;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
        panic!("something is on its way for ever");
    }

    pub async fn applied(&self, op: &Value) -> Value {
        self.apply(op).await.ok(202);
        self.work(op).await
    }

    pub async fn items(&self, op: &Value, query: &str) -> Vec<Value> {
        let path = format!("/operations/{}/items?limit=500{query}", op["id"].as_str().unwrap());
        let list = self.world.owner.get(&path).await.ok(200).body;
        list["data"].as_array().unwrap().clone()
    }
}

pub async fn choose(owner: &Caller, calendar: &str) {
    let path = format!("/calendars/{calendar}");
    owner.patch(&path, json!({"selected": true})).await.ok(200);
    owner.post(&format!("{path}/sync"), json!({})).await.ok(200);
}

pub async fn upload(caller: &Caller, name: &str, file: impl Into<reqwest::Body>) -> Answer {
    let path = format!("/imports?name={name}");
    let request = caller.request(Method::POST, &path).header("content-type", "text/csv");
    send(request.body(file)).await
}

/// Plans an import, and waits until that is done.
pub async fn plan(app: &TestApp, owner: &Caller, import: &str, body: Value) -> Value {
    let path = format!("/imports/{import}/plan");
    let op = owner.post(&path, body).await.ok(202).text("id");
    operations::run(&app.app).await.unwrap();
    owner.get(&format!("/operations/{op}")).await.ok(200).body
}

/// A file of so many visits, in turn in each of these calendars.
pub fn visits(count: usize, calendars: &[&str]) -> String {
    let mut file = "Calendar;Title;Start;Duration;Location\r\n".to_owned();
    for n in 0..count {
        let (day, month, hour) = (n % 28 + 1, n / 28 % 12 + 1, 8 + n % 9);
        let calendar = calendars[n % calendars.len()];
        file += &format!("{calendar};Visit {n};{day:02}.{month:02}.2027 {hour}:00;45;Street {n}\r\n");
    }
    file
}

const THREE: [&str; 3] = [ANN, "Pools", "Gardens"];

#[tokio::test]
async fn five_hundred_rows_are_planned_looked_at_applied_and_undone() {
    let bulk = Bulk::new().await;
    let owner = &bulk.world.owner;
    let mut file = visits(500, &THREE);
    file += "Pools;No time;soon;45;\r\nNowhere;Lost;01.02.2027 9:00;45;\r\nPools;Short\r\n";
    file += "ann@example.org;Visit 0;01.01.2027 8:00;45;again\r\n";
    let import = upload(owner, "visits.csv", file.clone()).await.ok(201);
    assert_eq!(import.body["doubts"], json!([]), "{}", import.raw);
    assert_eq!(import.body["layout"]["delimiter"], "semicolon");
    assert_eq!(import.body["sample"]["rows"].as_array().unwrap().len(), 20);
    let op = bulk.plan(&import.text("id"), json!({})).await;
    assert_eq!(op["state"], "planned", "{op}");
    let counts = json!({"create": 500, "update": 0, "delete": 0, "move": 0, "unchanged": 0, "duplicate": 1, "bad": 3});
    assert_eq!(op["summary"]["counts"], counts);
    assert_eq!(op["summary"]["calendars"].as_array().unwrap().len(), 3);
    assert_eq!(op["summary"]["forecast"]["calls"], 500);
    assert_eq!((&op["total"], &op["skipped"]), (&json!(504), &json!(4)));
    let bad = bulk.items(&op, "&outcome=bad").await;
    let told: Vec<_> = bad
        .iter()
        .map(|item| {
            let fault = &item["faults"][0];
            (
                item["line"].as_i64().unwrap(),
                fault["column"]["name"].as_str(),
                fault["code"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(told[0], (502, Some("Start"), "not_a_date"), "{bad:?}");
    assert_eq!(told[1], (503, Some("Calendar"), "calendar_unknown"));
    assert_eq!(told[2].0, 504);
    let twice = bulk.items(&op, "&outcome=duplicate").await;
    assert!(
        twice[0]["faults"][0]["detail"].as_str().unwrap().starts_with("line 2 "),
        "{twice:?}"
    );
    assert_eq!(bulk.count(), 0, "nothing is written before somebody says yes");

    let other = json!({"hash": "0".repeat(64)});
    bulk.act(&op, "apply", other).await.problem(409, "plan_changed");
    let op = bulk.applied(&op).await;
    assert_eq!(
        (&op["state"], &op["done"], &op["failed"]),
        (&json!("done"), &json!(500), &json!(0)),
        "{op}"
    );
    assert_eq!(bulk.there(0).len(), 167);
    assert_eq!(bulk.count(), 500);
    assert_eq!(op["progress"], 1.0);
    bulk.apply(&op).await.problem(409, "conflict");
    let report = owner
        .get(&format!("/operations/{}/report?format=csv", op["id"].as_str().unwrap()))
        .await
        .ok(200);
    assert_eq!(report.raw.lines().count(), 505);
    assert!(
        report.raw.contains("\"create\",\"done\",\"Pools\""),
        "{}",
        &report.raw[..500]
    );

    // The same file again: everything is there already.
    let again = bulk.planned(&file).await;
    assert_eq!(again["summary"]["counts"]["create"], 0, "{again}");
    assert_eq!(again["summary"]["counts"]["duplicate"], 501);
    assert_eq!(again["can"]["apply"], false);

    let undo = bulk
        .asked(&format!("/operations/{}/undo", op["id"].as_str().unwrap()), Value::Null)
        .await;
    assert_eq!(
        (&undo["kind"], &undo["summary"]["counts"]["delete"]),
        (&json!("undo"), &json!(500)),
        "{undo}"
    );
    bulk.apply(&undo)
        .await
        .problem(422, "validation_failed")
        .fields(&[("/confirm_deletions", "required")]);
    let yes = json!({"hash": undo["summary"]["hash"], "confirm_deletions": true});
    bulk.act(&undo, "apply", yes).await.ok(202);
    let undo = bulk.work(&undo).await;
    assert_eq!((&undo["state"], &undo["done"]), (&json!("done"), &json!(500)), "{undo}");
    assert_eq!(bulk.count(), 0);
    let op = bulk.read(op["id"].as_str().unwrap()).await;
    assert_eq!((&op["undone_by"], &op["can"]["undo"]), (&undo["id"], &json!(false)));
    let actions: Vec<_> = op["log"]
        .as_array()
        .unwrap()
        .iter()
        .map(|deed| deed["action"].clone())
        .collect();
    assert_eq!(actions, [json!("created"), json!("applied")]);
}

#[tokio::test]
async fn only_what_failed_is_tried_again() {
    let bulk = Bulk::new().await;
    let op = bulk.planned(&visits(12, &THREE)).await;
    let refuse = Effect::Status {
        status: 400,
        retry_after: None,
    };
    bulk.world
        .control()
        .fault(Fault::times("calendar.events.insert", 4, refuse));
    let op = bulk.applied(&op).await;
    assert_eq!(
        (&op["state"], &op["done"], &op["failed"]),
        (&json!("done"), &json!(8), &json!(4)),
        "{op}"
    );
    let failed = bulk.items(&op, "&state=failed").await;
    assert!(
        failed.iter().all(|item| item["error"]["detail"].is_string()),
        "{failed:?}"
    );
    let before = bulk.world.calls("calendar.events.insert");
    bulk.act(&op, "retry", Value::Null).await.ok(200);
    let op = bulk.work(&op).await;
    assert_eq!((&op["done"], &op["failed"]), (&json!(12), &json!(0)), "{op}");
    assert_eq!(bulk.count(), 12);
    assert_eq!(bulk.world.calls("calendar.events.insert") - before, 4);
    bulk.act(&op, "retry", Value::Null).await.problem(409, "conflict");
}

#[tokio::test]
async fn a_line_that_two_stumble_over_has_failed_once() {
    let bulk = Bulk::new().await;
    let op = bulk.planned(&visits(3, &[ANN])).await;
    bulk.apply(&op).await.ok(202);
    let app = &bulk.world.app.app;
    for _ in 0..2 {
        let id = op["id"].as_str().unwrap().to_owned();
        let stumble = move |c: &mut db::Conn| {
            let row = db::operation_items::get(c, &id, 2)?;
            let tenant = TenantId::from_store(row.tenant_id);
            apply::stumbled(c, &tenant, &id, 2, ("invalid", "no"), Timestamp::now())
        };
        app.write(stumble).await.unwrap();
    }
    let op = bulk.work(&op).await;
    assert_eq!(
        (&op["state"], &op["done"], &op["failed"]),
        (&json!("done"), &json!(2), &json!(1)),
        "{op}"
    );
}

#[tokio::test]
async fn an_operation_can_be_paused_resumed_and_cancelled() {
    let bulk = Bulk::new().await;
    let app = &bulk.world.app.app;
    let op = bulk.planned(&visits(300, &["Pools"])).await;
    bulk.apply(&op).await.ok(202);
    operations::run(app).await.unwrap();
    let paused = bulk.act(&op, "pause", Value::Null).await.ok(200).body;
    assert_eq!(
        (&paused["state"], &paused["written"]),
        (&json!("paused"), &json!(100)),
        "no more than that is on its way"
    );
    bulk.act(&op, "pause", Value::Null).await.problem(409, "conflict");
    let still = bulk.work(&op).await;
    assert_eq!(
        (&still["done"], &still["written"]),
        (&json!(100), &json!(0)),
        "what was on its way arrives"
    );
    assert_eq!(bulk.count(), 100);
    bulk.act(&op, "resume", Value::Null).await.ok(200);
    operations::run(app).await.unwrap();
    let cancelled = bulk.act(&op, "cancel", Value::Null).await.ok(200).body;
    assert_eq!(
        (&cancelled["state"], &cancelled["skipped"]),
        (&json!("cancelled"), &json!(100))
    );
    let end = bulk.work(&op).await;
    assert_eq!(
        (&end["done"], &end["failed"], &end["can"]["undo"]),
        (&json!(200), &json!(0), &json!(true)),
        "{end}"
    );
    assert_eq!(bulk.count(), 200);
    assert_eq!(bulk.items(&op, "&state=skipped").await.len(), 100);
    bulk.act(&op, "resume", Value::Null).await.problem(409, "conflict");
}

#[tokio::test]
async fn those_who_follow_along_hear_of_an_operation() {
    let bulk = Bulk::new().await;
    let since = bulk.world.owner.get("/changes").await.ok(200).body["next_since"].clone();
    let op = bulk.planned(&visits(10, &[ANN])).await;
    bulk.applied(&op).await;
    let told = bulk
        .world
        .owner
        .get(&format!("/changes?since={since}&limit=500"))
        .await
        .ok(200)
        .body;
    let of_it: Vec<_> = told["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|change| change["kind"] == "operation" && change["id"] == op["id"])
        .map(|change| change["action"].as_str().unwrap())
        .collect();
    assert_eq!(of_it.first(), Some(&"created"));
    assert!(of_it.len() >= 4, "planned, running and done: {of_it:?}");
}

#[tokio::test]
async fn old_operations_and_files_are_forgotten() {
    let bulk = Bulk::new().await;
    let op = bulk.planned(&visits(10, &[ANN])).await;
    let import = upload(&bulk.world.owner, "more.csv", visits(3, &[ANN]))
        .await
        .ok(201)
        .text("id");
    let tidy = calendar_stacker::jobs::ALL
        .iter()
        .find(|job| job.name == "tidy")
        .unwrap();
    let app = &bulk.world.app;
    let caller = app.key(&bulk.world.owner, &["events:read"]).await;
    app.clock.advance(SignedDuration::from_hours(25));
    calendar_stacker::jobs::once(&app.app, tidy, "a").await.unwrap();
    caller
        .get(&format!("/imports/{import}"))
        .await
        .problem(404, "not_found");
    let path = format!("/operations/{}", op["id"].as_str().unwrap());
    caller.get(&path).await.ok(200);
    app.clock.advance(SignedDuration::from_hours(24 * 90));
    calendar_stacker::jobs::once(&app.app, tidy, "a").await.unwrap();
    caller.get(&path).await.problem(404, "not_found");
}

/// What people do by hand goes before what is done in bulk.
#[tokio::test]
async fn an_edit_by_hand_overtakes_bulk_work() {
    let bulk = Bulk::new().await;
    let op = bulk.planned(&visits(60, &[ANN])).await;
    bulk.apply(&op).await.ok(202);
    operations::run(&bulk.world.app.app).await.unwrap();
    let event = timed("By hand", "2027-03-01T09:00:00", "2027-03-01T10:00:00");
    let made = bulk.world.create(&bulk.calendars[0].0, event).await;
    assert_eq!(made["sync"]["state"], "synced", "{made}");
    let inserted = bulk.world.control().calls("calendar.events.insert");
    let first = inserted
        .first()
        .map(|call| format!("{:?}", call.body))
        .unwrap_or_default();
    assert!(first.contains("By hand"), "{first}");
    bulk.work(&op).await;
    assert_eq!(bulk.count(), 61);
}
