//! Working hours: as they were written, whatever the clock does.

use serde_json::{Value, json};

use crate::{
    harness::{TestApp, send},
    services::member,
};

fn week(monday: Value, sunday: Value) -> Value {
    json!({"monday": monday, "tuesday": [], "wednesday": [], "thursday": [], "friday": [], "saturday": [], "sunday": sunday})
}

#[tokio::test]
async fn hours_come_back_as_they_were_written_also_around_a_change_of_the_clock() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let client = dana.client("Bright Dental").await;
    let sam = member(&dana, &client, "Sam").await;
    let path = format!("/staff/{sam}/working-hours");
    let none = dana.get(&path).await.ok(200);
    assert_eq!(none.body["weekly"], week(json!([]), json!([])));
    // 02:30 does not exist on 28 March 2027 in Berlin, and is shown twice on 31 October.
    let weekly = week(
        json!([{"from": "09:00", "to": "12:30"}, {"from": "13:30", "to": "17:00"}]),
        json!([{"from": "02:30", "to": "06:00"}, {"from": "22:00", "to": "02:00"}]),
    );
    let exceptions = json!([
        {"date": "2027-03-28", "hours": [{"from": "02:15", "to": "02:45"}]},
        {"date": "2027-10-31", "hours": [{"from": "00:00", "to": "24:00"}]},
        {"date": "2027-12-24", "hours": []},
    ]);
    let body = json!({"time_zone": "Europe/Berlin", "weekly": weekly, "exceptions": exceptions});
    let put = dana.put(&path, body).await.ok(200);
    let read = dana.get(&path).await.ok(200);
    assert_eq!(read.body, put.body);
    assert_eq!(
        (&read.body["weekly"], &read.body["exceptions"], &read.body["time_zone"]),
        (&weekly, &exceptions, &json!("Europe/Berlin"))
    );
    let staff = dana.get(&format!("/staff/{sam}")).await.ok(200);
    assert_eq!(
        (&staff.body["has_hours"], &staff.body["time_zone"]),
        (&json!(true), &json!("Europe/Berlin"))
    );
    // What is sent in any order is told in order; a day that is left out is closed.
    let body = json!({"time_zone": "UTC", "weekly": {"monday": [{"from": "13:00", "to": "17:00"}, {"from": "09:00", "to": "12:00"}]}});
    let put = dana.put(&path, body).await.ok(200);
    assert_eq!(
        put.body["weekly"],
        week(
            json!([{"from": "09:00", "to": "12:00"}, {"from": "13:00", "to": "17:00"}]),
            json!([])
        )
    );
    assert_eq!(put.body["exceptions"], json!([]));
}

#[tokio::test]
async fn what_is_wrong_with_hours_is_told_where_it_is() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let client = dana.client("Bright Dental").await;
    let path = format!("/staff/{}/working-hours", member(&dana, &client, "Sam").await);
    let body = json!({"time_zone": "Mars/Olympus", "weekly": {"monday": [{"from": "9:00", "to": "25:00"}], "someday": []},
        "exceptions": [{"date": "24.12.2026"}]});
    dana.put(&path, body).await.problem(422, "validation_failed").fields(&[
        ("/time_zone", "format"),
        ("/weekly/monday/0/from", "format"),
        ("/weekly/monday/0/to", "format"),
        ("/weekly/someday", "unknown_field"),
        ("/exceptions/0/date", "format"),
    ]);
    let body = json!({"time_zone": "UTC",
        "weekly": {"monday": [{"from": "09:00", "to": "12:00"}, {"from": "11:00", "to": "13:00"}, {"from": "20:00", "to": "20:00"}],
            "tuesday": [{"from": "22:00", "to": "06:00"}], "wednesday": [{"from": "05:30", "to": "09:00"}]},
        "exceptions": [{"date": "2026-12-24", "hours": [{"from": "09:00", "to": "10:00"}, {"from": "09:30", "to": "11:00"}]}, {"date": "2026-12-24"}]});
    let told = dana.put(&path, body).await;
    told.problem(422, "validation_failed").fields(&[
        ("/weekly/monday/1", "overlap"),
        ("/weekly/monday/2", "empty"),
        ("/weekly/wednesday/0", "overlap"),
        ("/exceptions/0/hours/1", "overlap"),
        ("/exceptions/1/date", "duplicate"),
    ]);
    assert!(
        told.raw.contains("11:00–13:00 overlaps with 09:00–12:00"),
        "{}",
        told.raw
    );
    assert_eq!(dana.get(&path).await.body["revision"], 1, "nothing was written");
}

#[tokio::test]
async fn hours_and_the_person_are_one_version() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let client = dana.client("Bright Dental").await;
    let sam = member(&dana, &client, "Sam").await;
    let path = format!("/staff/{sam}/working-hours");
    let read = dana.get(&path).await.ok(200);
    let person = dana.get(&format!("/staff/{sam}")).await.ok(200);
    let put = |etag: &str| {
        send(
            dana.request(reqwest::Method::PUT, &path)
                .header("if-match", etag)
                .json(&json!({"time_zone": "UTC", "weekly": {}})),
        )
    };
    put(person.header("etag")).await.ok(200);
    put(read.header("etag")).await.problem(412, "precondition_failed");
}
