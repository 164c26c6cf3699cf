//! Edits of what is there.

use calendar_stacker::{jobs::operations, ops::operations::acts};
use domain::stacking::plan::{CalendarCounts, Summary};
use serde_json::{Value, json};
use simulators::google::{Effect, Fault};

use super::{Bulk, choose, visits};
use crate::google::{BOB, repeated, timed};

/// Ten visits in Ann's calendar, as a list shows them.
async fn ten(bulk: &Bulk) -> Vec<Value> {
    let op = bulk.planned(&visits(10, &["ann@example.org"])).await;
    bulk.applied(&op).await;
    bulk.world.events(&bulk.calendars[0].0, "").await
}

#[tokio::test]
async fn a_selection_is_renamed_and_moved_and_put_back_but_for_what_others_changed() {
    let bulk = Bulk::new().await;
    let events = ten(&bulk).await;
    let body = json!({
        "selection": {"filter": {"calendar_ids": [bulk.calendars[0].0], "q": "Visit"}},
        "edit": {"prefix": "MOVED: ", "move_by": "1 day", "set": {"location": "Hall"}},
    });
    let op = bulk.asked("/operations", body).await;
    assert_eq!(op["summary"]["counts"]["update"], 10, "{op}");
    let item = &bulk.items(&op, "").await[0];
    assert_eq!(item["changes"], json!(["title", "location", "time"]), "{item}");
    assert_eq!(
        (&item["before"]["title"], &item["after"]["title"]),
        (&json!("Visit 0"), &json!("MOVED: Visit 0"))
    );
    // Somebody is faster with one of them.
    bulk.world.patch(&events[3], "", json!({"title": "Mine"})).await.ok(200);
    let op = bulk.applied(&op).await;
    assert_eq!((&op["done"], &op["failed"]), (&json!(9), &json!(1)), "{op}");
    let failed = bulk.items(&op, "&state=failed").await;
    assert_eq!(failed[0]["error"]["code"], "changed_since", "{failed:?}");
    let moved = bulk.there(0).iter().filter(|event| event["location"] == "Hall").count();
    assert_eq!(moved, 9);
    // Somebody changes one more; that field stays theirs.
    let now = bulk.world.events(&bulk.calendars[0].0, "&q=Visit%207").await;
    bulk.world
        .patch(&now[0], "", json!({"location": "Elsewhere"}))
        .await
        .ok(200);
    let undo = bulk
        .asked(&format!("/operations/{}/undo", op["id"].as_str().unwrap()), Value::Null)
        .await;
    assert_eq!(undo["summary"]["counts"]["update"], 9, "{undo}");
    let told = bulk.items(&undo, "").await;
    let told: Vec<_> = told.iter().filter(|item| item["faults"] != json!([])).collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["faults"][0]["code"], "field_changed_since");
    let undo = bulk.applied(&undo).await;
    assert_eq!(undo["done"], 9, "{undo}");
    let after = bulk.world.events(&bulk.calendars[0].0, "").await;
    for (before, after) in events.iter().zip(&after) {
        let changed = ["Visit 3", "Visit 7"].contains(&before["title"].as_str().unwrap());
        assert!(
            changed || (before["start"] == after["start"] && before["location"] == after["location"]),
            "{after}"
        );
    }
    let seven = bulk.world.events(&bulk.calendars[0].0, "&q=Visit%207").await;
    assert_eq!(
        (&seven[0]["title"], &seven[0]["location"]),
        (&json!("Visit 7"), &json!("Elsewhere"))
    );
}

#[tokio::test]
async fn a_selection_goes_to_another_calendar_and_comes_back() {
    let bulk = Bulk::new().await;
    ten(&bulk).await;
    let rule = "RRULE:FREQ=WEEKLY;COUNT=5";
    let class = repeated("Visit class", "2027-02-01T09:00:00", "2027-02-01T10:00:00", rule);
    let class = bulk.world.create(&bulk.calendars[0].0, class).await;
    let second = format!("{}_20270208T080000Z", class["id"].as_str().unwrap());
    let second = bulk.world.event(&second).await;
    bulk.world
        .patch(&second, "", json!({"title": "Visit class, other room"}))
        .await
        .ok(200);
    let body = json!({
        "selection": {"filter": {"calendar_ids": [bulk.calendars[0].0], "q": "Visit"}},
        "edit": {"move_to": bulk.calendars[1].0},
    });
    let op = bulk.asked("/operations", body).await;
    assert_eq!(
        op["summary"]["counts"]["move"], 11,
        "a changed date goes with its series: {op}"
    );
    bulk.world.control().clear_journal();
    let foretold = op["summary"]["forecast"]["calls"].clone();
    let op = bulk.applied(&op).await;
    let calls =
        ["insert", "patch", "update", "delete"].map(|call| bulk.world.calls(&format!("calendar.events.{call}")));
    assert_eq!(foretold, calls.iter().sum::<usize>(), "{calls:?}");
    assert_eq!((&op["done"], &op["failed"]), (&json!(11), &json!(0)), "{op}");
    assert_eq!(
        (bulk.there(0).len(), bulk.there(1).len()),
        (0, 12),
        "with the changed date: {:?}",
        bulk.there(1)
    );
    let undo = bulk
        .asked(&format!("/operations/{}/undo", op["id"].as_str().unwrap()), Value::Null)
        .await;
    let undo = bulk.applied(&undo).await;
    assert_eq!((&undo["done"], &undo["failed"]), (&json!(11), &json!(0)), "{undo}");
    assert_eq!((bulk.there(0).len(), bulk.there(1).len()), (12, 0));
}

#[tokio::test]
async fn what_was_deleted_in_bulk_is_made_again_by_undo() {
    let bulk = Bulk::new().await;
    let events = ten(&bulk).await;
    let ids: Vec<_> = events.iter().map(|event| event["id"].clone()).collect();
    let body = json!({"selection": {"event_ids": ids}, "edit": {"delete": true}});
    let op = bulk.asked("/operations", body).await;
    assert_eq!(op["summary"]["guard"], Value::Null, "ten are not many");
    let op = bulk.applied(&op).await;
    assert_eq!((&op["done"], bulk.count()), (&json!(10), 0), "{op}");
    let undo = bulk
        .asked(&format!("/operations/{}/undo", op["id"].as_str().unwrap()), Value::Null)
        .await;
    assert_eq!(undo["summary"]["counts"]["create"], 10, "{undo}");
    let undo = bulk.applied(&undo).await;
    assert_eq!((&undo["done"], bulk.count()), (&json!(10), 10), "{undo}");
}

/// What an occurrence says, by its start.
fn dates(events: &[Value]) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of = |one: &Value| (text(&one["start"]["date_time"]), text(&one["title"]));
    events.iter().map(of).collect()
}

const SPRING: &str = "&expand=instances&from=2027-02-01T00:00:00Z&to=2027-04-01T00:00:00Z";

/// A class of five Mondays in Ann's calendar, of which the second says something else and the third was taken out.
async fn class(bulk: &Bulk) -> Vec<Value> {
    let (world, calendar) = (&bulk.world, &bulk.calendars[0].0);
    let rule = "RRULE:FREQ=WEEKLY;COUNT=5";
    world
        .create(
            calendar,
            repeated("Class", "2027-02-01T09:00:00", "2027-02-01T10:00:00", rule),
        )
        .await;
    let all = world.events(calendar, SPRING).await;
    let other = json!({"title": "Class, other room"});
    world.patch(&all[1], "?scope=this", other).await.ok(200);
    world.delete(&all[2], "?scope=this").await.ok(204);
    world.events(calendar, SPRING).await
}

#[tokio::test]
async fn a_deleted_series_comes_back_with_its_changed_dates_and_without_those_taken_out() {
    let bulk = Bulk::new().await;
    let before = dates(&class(&bulk).await);
    assert_eq!(before.len(), 4);
    let body = json!({"selection": {"filter": {"calendar_ids": [bulk.calendars[0].0], "q": "Class"}}, "edit": {"delete": true}});
    let op = bulk.asked("/operations", body).await;
    assert_eq!(op["summary"]["counts"]["delete"], 1, "{op}");
    let op = bulk.applied(&op).await;
    assert_eq!((&op["done"], bulk.count()), (&json!(1), 0), "{op}");
    // There and back again, and once more.
    let mut last = op;
    for count in [4, 0, 4] {
        let path = format!("/operations/{}/undo", last["id"].as_str().unwrap());
        let undo = bulk.asked(&path, Value::Null).await;
        last = bulk.applied(&undo).await;
        assert_eq!((&last["done"], &last["failed"]), (&json!(1), &json!(0)), "{last}");
        let now = bulk.world.events(&bulk.calendars[0].0, SPRING).await;
        assert_eq!(now.len(), count, "{now:?}");
    }
    assert_eq!(dates(&bulk.world.events(&bulk.calendars[0].0, SPRING).await), before);
    bulk.world.sync(&bulk.calendars[0].0).await;
    assert_eq!(dates(&bulk.world.events(&bulk.calendars[0].0, SPRING).await), before);
}

#[tokio::test]
async fn a_date_whose_series_changed_since_stays_and_so_does_a_series_one_of_whose_dates_did() {
    let bulk = Bulk::new().await;
    let all = class(&bulk).await;
    let world = &bulk.world;
    let (series, _) = all[0]["id"].as_str().unwrap().rsplit_once('_').unwrap();
    let edit = json!({"selection": {"event_ids": [all[3]["id"]]}, "edit": {"delete": true}});
    let one_date = bulk.asked("/operations", edit).await;
    let edit = json!({"selection": {"event_ids": [series]}, "edit": {"delete": true}});
    let whole = bulk.asked("/operations", edit).await;
    let second = world.event(all[1]["id"].as_str().unwrap()).await;
    world
        .patch(&second, "?scope=this", json!({"location": "Garden"}))
        .await
        .ok(200);
    let whole = bulk.applied(&whole).await;
    let master = world.event(series).await;
    world
        .patch(&master, "?scope=all", json!({"title": "Class with cake"}))
        .await
        .ok(200);
    let one_date = bulk.applied(&one_date).await;
    for op in [whole, one_date] {
        assert_eq!((&op["done"], &op["failed"]), (&json!(0), &json!(1)), "{op}");
        assert_eq!(bulk.items(&op, "").await[0]["error"]["code"], "changed_since");
    }
    assert_eq!(world.events(&bulk.calendars[0].0, SPRING).await.len(), 4);
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_told_at_once() {
    let bulk = Bulk::new().await;
    let owner = &bulk.world.owner;
    let body = json!({"selection": {}, "edit": {"delete": true, "prefix": "x"}});
    owner
        .post("/operations", body)
        .await
        .problem(422, "validation_failed")
        .fields(&[("/selection", "one_of"), ("/edit", "one_of")]);
    let body = json!({"selection": {"event_ids": []}, "edit": {"move_by": "a while"}});
    owner
        .post("/operations", body)
        .await
        .problem(422, "validation_failed")
        .fields(&[("/edit/move_by", "format")]);
    let body = json!({"selection": {"filter": {"calendar_ids": ["cal_none"]}}, "edit": {"move_to": "cal_no"}});
    owner
        .post("/operations", body)
        .await
        .problem(422, "validation_failed")
        .fields(&[
            ("/selection/filter/calendar_ids", "unknown"),
            ("/edit/move_to", "unknown"),
        ]);
    // Mail to guests needs a scope of its own.
    let key = bulk.world.app.key(owner, &["events:read", "events:write"]).await;
    let body = json!({"selection": {"event_ids": []}, "edit": {"delete": true}, "notify": "all"});
    key.post("/operations", body).await.problem(403, "forbidden");
    // An event that is not there is a bad line, no failure of the whole.
    let event = timed("There", "2027-03-01T09:00:00", "2027-03-01T10:00:00");
    let event = bulk.world.create(&bulk.calendars[0].0, event).await;
    let ids = json!([event["id"], "evt_00000000000000000000000000000000", "nonsense"]);
    let op = bulk
        .asked(
            "/operations",
            json!({"selection": {"event_ids": ids}, "edit": {"prefix": "A "}}),
        )
        .await;
    let counts = &op["summary"]["counts"];
    assert_eq!((&counts["update"], &counts["bad"]), (&json!(1), &json!(2)), "{op}");
}

#[tokio::test]
async fn a_move_whose_second_half_was_refused_is_finished_when_it_is_tried_again() {
    let bulk = Bulk::new().await;
    let owner = &bulk.world.owner;
    let events = ten(&bulk).await;
    // Of another account: an event goes there as a new one.
    let bobs = bulk.world.connect("Elsewhere", BOB).await.calendar;
    choose(owner, &bobs).await;
    let ids: Vec<_> = events[..2].iter().map(|event| event["id"].clone()).collect();
    let body = json!({"selection": {"event_ids": ids}, "edit": {"move_to": bobs}});
    let op = bulk.asked("/operations", body).await;
    let refuse = Effect::Status {
        status: 400,
        retry_after: None,
    };
    bulk.world
        .control()
        .fault(Fault::times("calendar.events.delete", 2, refuse));
    let op = bulk.applied(&op).await;
    assert_eq!((&op["done"], &op["failed"]), (&json!(0), &json!(2)), "{op}");
    let there = || {
        let of_bob = bulk.world.control().events(BOB).unwrap();
        (
            bulk.there(0).len(),
            of_bob.iter().filter(|one| one["status"] != "cancelled").count(),
        )
    };
    assert_eq!(there(), (10, 2), "at both places");
    // Somebody tries one of the deletions again by hand.
    let waiting = owner.get("/mappings?state=failed").await.ok(200).body;
    let path = format!("/mappings/{}/retry", waiting["data"][0]["id"].as_str().unwrap());
    owner.post(&path, json!({})).await.ok(204);
    calendar_stacker::gateway::push::drain_all(&bulk.world.app.app)
        .await
        .unwrap();
    bulk.act(&op, "retry", Value::Null).await.ok(200);
    let op = bulk.work(&op).await;
    assert_eq!(
        (&op["done"], &op["failed"], &op["written"]),
        (&json!(2), &json!(0), &json!(0)),
        "{:?}",
        bulk.items(&op, "").await
    );
    assert_eq!(there(), (8, 2));
}

#[tokio::test]
async fn an_undo_that_was_given_up_can_be_asked_for_again() {
    let bulk = Bulk::new().await;
    let op = bulk.planned(&visits(150, &["Pools"])).await;
    let op = bulk.applied(&op).await;
    let path = format!("/operations/{}/undo", op["id"].as_str().unwrap());
    let undo = bulk.asked(&path, Value::Null).await;
    let begun = async |undo: &Value| {
        let yes = json!({"hash": undo["summary"]["hash"], "confirm_deletions": true});
        bulk.act(undo, "apply", yes).await.ok(202);
        operations::run(&bulk.world.app.app).await.unwrap();
    };
    begun(&undo).await;
    bulk.act(&undo, "cancel", Value::Null).await.ok(200);
    let undo = bulk.work(&undo).await;
    assert_eq!((&undo["done"], bulk.count()), (&json!(100), 50), "{undo}");
    let op = bulk.read(op["id"].as_str().unwrap()).await;
    assert_eq!(
        (&op["undone_by"], &op["can"]["undo"]),
        (&Value::Null, &json!(true)),
        "{op}"
    );
    let rest = bulk.asked(&path, Value::Null).await;
    assert_eq!(rest["summary"]["counts"]["delete"], 50, "{rest}");
    begun(&rest).await;
    let rest = bulk.work(&rest).await;
    assert_eq!((&rest["done"], bulk.count()), (&json!(50), 0), "{rest}");
    let op = bulk.read(op["id"].as_str().unwrap()).await;
    assert_eq!((&op["undone_by"], &op["can"]["undo"]), (&rest["id"], &json!(false)));
}

#[test]
fn very_many_deletions_are_asked_about_however_few_in_each_calendar() {
    let of = |count: u64| {
        let ten = CalendarCounts {
            delete: 10,
            ..CalendarCounts::default()
        };
        let mut summary = Summary {
            calendars: (0..count / 10).map(|n| (format!("cal_{n}"), ten.clone())).collect(),
            ..Summary::default()
        };
        summary.counts.delete = count;
        acts::guard(&summary)
    };
    assert_eq!(of(1_000), None);
    let asked = of(1_010).unwrap();
    assert!(asked.contains("1010 events of 101 calendars"), "{asked}");
}
