//! What a plan says that applying it costs: mails, calls, and what the accounts are busy with already.

use calendar_stacker::jobs::operations;
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::google::{Effect, Fault};

use super::{Bulk, plan, upload, visits};
use crate::{
    behind::story::Story,
    google::timed,
    harness::{Caller, TestApp},
    microsoft, peers,
};

#[tokio::test]
async fn what_waits_at_the_same_account_comes_first() {
    let bulk = Bulk::new().await;
    let (world, calendar) = (&bulk.world, bulk.calendars[0].0.as_str());
    let status = Effect::Status {
        status: 503,
        retry_after: None,
    };
    world.control().fault(Fault::always("calendar.*", status));
    for day in ["24", "25"] {
        let event = timed(
            "Haircut",
            &format!("2026-11-{day}T09:00:00"),
            &format!("2026-11-{day}T10:00:00"),
        );
        assert_eq!(world.create(calendar, event).await["sync"]["state"], "pending");
    }
    let op = bulk.planned(&visits(3, &["Pools"])).await;
    let forecast = &op["summary"]["forecast"];
    assert_eq!(
        (&forecast["calls"], &forecast["waiting"]),
        (&json!(3), &json!(2)),
        "{op}"
    );
    bulk.apply(&op).await.ok(202);
    operations::run(&world.app.app).await.unwrap();
    let running = bulk.read(op["id"].as_str().unwrap()).await;
    assert_eq!(
        (&running["written"], &running["summary"]["forecast"]["waiting"]),
        (&json!(3), &json!(0)),
        "its own do not come before it: {running}"
    );
    let next = bulk.planned(&visits(3, &["Gardens"])).await;
    assert_eq!(next["summary"]["forecast"]["waiting"], 5, "{next}");
    world.control().clear_faults();
    world.app.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(bulk.work(&running).await["done"], 3);
    let next = bulk.read(next["id"].as_str().unwrap()).await;
    assert_eq!(
        next["summary"]["forecast"]["waiting"], 0,
        "nothing waits any more: {next}"
    );
}

/// The mails that a plan with one guest foretells, who is of the account's own house.
async fn mails(app: &TestApp, owner: &Caller, calendar: &str, notify: &str) -> Value {
    let row = format!("{calendar};Visit;01.03.2027 9:00;45;kim@contoso.example");
    let file = format!("Calendar;Title;Start;Duration;Guests\r\n{row}\r\n");
    let import = upload(owner, "visits.csv", file).await.ok(201).text("id");
    let op = plan(app, owner, &import, json!({"notify": notify})).await;
    assert_eq!(op["summary"]["counts"]["create"], 1, "{op}");
    op["summary"]["mails"].clone()
}

#[tokio::test]
async fn mails_that_outlook_sends_unasked_are_foretold() {
    let world = microsoft::World::new().await;
    let one = world.connected().await;
    for notify in ["none", "external", "all"] {
        assert_eq!(
            mails(&world.app, &world.owner, &one.calendar, notify).await,
            1,
            "{notify}"
        );
    }
}

#[tokio::test]
async fn mails_that_nobody_sends_are_not_foretold() {
    let peer = tokio::task::spawn_blocking(|| &*peers::RADICALE).await.unwrap();
    let story = Story::begin(peer).await;
    // It had no calendar that could be asked when it was entered.
    let accounts = story.owner.get("/credentials").await.ok(200).body;
    let account = accounts["data"][0]["id"].as_str().unwrap();
    story
        .owner
        .post(&format!("/credentials/{account}/validate"), json!({}))
        .await
        .ok(200);
    assert_eq!(mails(&story.app, &story.owner, &story.calendar, "all").await, 0);
}
