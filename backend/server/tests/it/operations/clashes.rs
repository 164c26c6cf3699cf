//! What is at the times of planned lines is told before anything is written.

use serde_json::{Value, json};

use super::Bulk;
use crate::google::timed;

const HEAD: &str = "Calendar;Title;Start;Duration\r\n";

fn row(calendar: &str, title: &str, start: &str) -> String {
    format!("{calendar};{title};{start};60\r\n")
}

#[tokio::test]
async fn a_plan_tells_what_its_lines_meet_there_and_among_each_other() {
    let bulk = Bulk::new().await;
    let event = timed("Lunch", "2027-03-01T12:00:00", "2027-03-01T13:00:00");
    let lunch = bulk.world.create(&bulk.calendars[1].0, event).await;
    let file = [
        HEAD.to_owned(),
        row("Pools", "During lunch", "2027-03-01 12:30"),
        row("Pools", "Behind it", "2027-03-01 13:15"),
        row("Gardens", "Elsewhere", "2027-03-01 12:30"),
        row("Gardens", "At the same time", "2027-03-01 13:00"),
        row("Pools", "The day after", "2027-03-02 12:00"),
    ]
    .concat();
    let op = bulk.planned(&file).await;
    assert_eq!(
        (&op["summary"]["counts"]["create"], &op["summary"]["conflicts"]),
        (&json!(5), &json!(4)),
        "{op}"
    );
    let met = bulk.items(&op, "&conflicts=true").await;
    let titles: Vec<&str> = met.iter().map(|item| item["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["During lunch", "Behind it", "Elsewhere", "At the same time"]);
    assert_eq!(
        (&met[0]["conflicts"][0]["event_id"], &met[0]["conflicts"][0]["title"]),
        (&lunch["id"], &json!("Lunch")),
        "{met:?}"
    );
    assert_eq!(met[0]["conflicts"][0]["start_at"], "2027-03-01T11:00:00Z");
    assert_eq!(met[1]["conflicts"][0]["item_id"], met[0]["id"], "{met:?}");
    assert_eq!(met[2]["conflicts"][0]["item_id"], met[3]["id"], "{met:?}");
    let path = format!("/operations/{}/report", op["id"].as_str().unwrap());
    let report = bulk.world.owner.get(&path).await.ok(200).raw;
    assert!(
        report.lines().nth(1).unwrap().contains("Lunch, 2027-03-01T11:00:00Z"),
        "{report}"
    );
    // It is done all the same: whoever said yes has seen it.
    let op = bulk.applied(&op).await;
    assert_eq!((&op["done"], &op["failed"]), (&json!(5), &json!(0)), "{op}");

    // Everything an hour later: what moves along is in nobody's way.
    let body = json!({
        "selection": {"filter": {"calendar_ids": [bulk.calendars[2].0]}},
        "edit": {"move_by": "30 minutes"},
    });
    let op = bulk.asked("/operations", body).await;
    assert_eq!(
        op["summary"]["conflicts"], 2,
        "the two that met before meet still: {op}"
    );
    let body = json!({
        "selection": {"filter": {"calendar_ids": [bulk.calendars[2].0]}},
        "edit": {"prefix": "New: "},
    });
    let op = bulk.asked("/operations", body).await;
    assert_eq!(op["summary"]["conflicts"], 0, "another title meets nobody: {op}");
    assert_eq!(bulk.items(&op, "&conflicts=true").await, Vec::<Value>::new());
}
