//! Exports: what leaves as a file and comes back changes nothing.

use serde_json::{Value, json};

use crate::{
    google::{ANN, repeated, timed},
    imports_ics::uploaded,
    operations::{Bulk, visits},
};

/// Three calendars with series, changed and cancelled dates, guests, whole days and texts that break tables.
async fn furnished() -> Bulk {
    let bulk = Bulk::new().await;
    let op = bulk.planned(&visits(30, &[ANN, "Pools", "Gardens"])).await;
    bulk.applied(&op).await;
    let calendar = bulk.calendars[1].0.clone();
    let mut event = timed(
        "=HYPERLINK(\"x\"); \"quotes\", commas",
        "2027-06-01T09:00:00",
        "2027-06-01T10:00:00",
    );
    event["description"] = json!("Line one\nline two; with, signs \\ and 日本");
    event["attendees"] = json!([{"email": "cara@example.com", "name": "Cara, the \"one\"", "optional": true}]);
    event["metadata"] = json!({"external_id": "4711", "room": "blue"});
    event["reminders"] = json!({"use_default": false, "overrides": []});
    event["visibility"] = json!("private");
    bulk.world.create(&calendar, event).await;
    let mut days = json!({"title": "Fair", "start": {"date": "2027-06-05"}, "end": {"date": "2027-06-07"}});
    days["transparency"] = json!("free");
    bulk.world.create(&calendar, days).await;
    let series = repeated(
        "Team",
        "2027-06-07T09:00:00",
        "2027-06-07T10:00:00",
        "RRULE:FREQ=WEEKLY;COUNT=6",
    );
    let series = bulk.world.create(&calendar, series).await;
    let of = |key: &str| format!("{}_{key}", series["id"].as_str().unwrap());
    let moved = bulk.world.event(&of("20270614T070000Z")).await;
    let change = json!({"title": "Team, later", "start": {"date_time": "2027-06-14T11:00:00"}, "end": {"date_time": "2027-06-14T12:00:00"}});
    bulk.world.patch(&moved, "", change).await.ok(200);
    let out = bulk.world.event(&of("20270621T070000Z")).await;
    bulk.world.delete(&out, "").await.ok(204);
    bulk
}

#[tokio::test]
async fn what_was_exported_and_is_imported_again_changes_nothing() {
    let bulk = furnished().await;
    for format in ["csv", "ics", "json"] {
        let file = bulk.world.owner.get(&format!("/exports?format={format}")).await.ok(200);
        assert!(
            file.header("content-disposition").ends_with(&format!(".{format}\"")),
            "{:?}",
            file.headers
        );
        let op = uploaded(&bulk, &format!("events.{format}"), &file.raw, json!({})).await;
        let counts = &op["summary"]["counts"];
        for word in ["create", "update", "delete", "move", "bad", "duplicate"] {
            assert_eq!(
                counts[word],
                0,
                "{format}: {op}\n{:?}\n{}",
                bulk.items(&op, "").await,
                file.raw
            );
        }
        // A date that was taken out is a line of a calendar file.
        let lines = if format == "ics" { 35 } else { 34 };
        assert_eq!(counts["unchanged"], lines, "{format}: {op}");
    }
}

#[tokio::test]
async fn an_export_has_what_the_list_has_under_the_same_filter() {
    let bulk = furnished().await;
    let owner = &bulk.world.owner;
    let titles = |file: &Value| -> Vec<String> {
        let all = file.as_array().unwrap();
        let mut titles: Vec<String> = all
            .iter()
            .map(|one| one["content"]["title"].as_str().unwrap().to_owned())
            .collect();
        titles.sort();
        titles
    };
    let calendar = &bulk.calendars[1].0;
    for query in [
        String::new(),
        format!("&calendar_id={calendar}"),
        "&q=fair".to_owned(),
        "&from=2027-06-01T00:00:00Z&to=2027-06-15T00:00:00Z".to_owned(),
    ] {
        let listed = owner.get(&format!("/events?limit=1000{query}")).await.ok(200).body;
        let all = listed["data"].as_array().unwrap();
        let mut listed: Vec<String> = all
            .iter()
            .map(|one| one["title"].as_str().unwrap().to_owned())
            .collect();
        listed.sort();
        let file = owner.get(&format!("/exports?format=json{query}")).await.ok(200).body;
        assert_eq!(titles(&file), listed, "{query}");
        assert!(!listed.is_empty());
    }
    let events = bulk.world.events(calendar, "&q=team").await;
    let ids: Vec<&str> = events.iter().map(|one| one["id"].as_str().unwrap()).collect();
    let file = owner
        .get(&format!("/exports?format=json&ids={}", ids.join(",")))
        .await
        .ok(200)
        .body;
    assert_eq!(titles(&file), ["Team", "Team, later"]);
    let file = owner
        .get(&format!("/exports?format=ics&ids={}", ids[0]))
        .await
        .ok(200)
        .raw;
    assert_eq!(
        file.matches("BEGIN:VEVENT").count(),
        2,
        "a series comes with its changed dates: {file}"
    );
    assert!(file.contains("BEGIN:VTIMEZONE") && file.contains("EXDATE;"), "{file}");
    // Named the last first, they come by their starts: zones are told from the first on.
    let mut all = bulk.world.events(calendar, "").await;
    all.retain(|one| one["recurring_event_id"].is_null());
    let mut ids: Vec<&str> = all.iter().map(|one| one["id"].as_str().unwrap()).collect();
    ids.reverse();
    let file = owner
        .get(&format!("/exports?format=ics&ids={}", ids.join(",")))
        .await
        .ok(200)
        .raw;
    let mut starts: Vec<&str> = file
        .split("BEGIN:VEVENT")
        .skip(1)
        .filter(|event| !event.contains("RECURRENCE-ID"))
        .filter_map(|event| event.split("DTSTART").nth(1)?.split(':').nth(1)?.lines().next())
        .collect();
    let told = starts.clone();
    starts.sort_unstable();
    assert!(told == starts && told.len() > 1, "{told:?}");
    // More than an address holds are named in a body.
    let named = owner.post("/exports", json!({"format": "ics", "event_ids": ids})).await;
    assert_eq!(named.ok(200).raw, file);
    let none = json!({"event_ids": []});
    owner.post("/exports", none).await.problem(422, "validation_failed");
    owner
        .get("/exports?calendar_id=cal_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b")
        .await
        .problem(404, "not_found");
    owner.get("/exports?format=xls").await.problem(422, "validation_failed");
}

#[tokio::test]
async fn no_cell_of_an_export_is_run_by_a_spreadsheet() {
    let bulk = furnished().await;
    let file = bulk.world.owner.get("/exports").await.ok(200);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(file.raw.contains("\"'=HYPERLINK"), "{}", file.raw);
    assert!(!file.raw.contains(",=") && !file.raw.contains("\"="), "{}", file.raw);
}
