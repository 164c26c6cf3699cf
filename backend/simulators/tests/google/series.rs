//! Series, their occurrences, and exceptions.

use serde_json::{Value, json};

use crate::harness::{DANA, Google, hour, ids, series};

const PRIMARY: &str = "/calendars/primary/events";

fn path(id: &str) -> String {
    format!("{PRIMARY}/{id}")
}

fn starts(items: &[Value]) -> Vec<&str> {
    items
        .iter()
        .map(|i| i["start"]["dateTime"].as_str().or(i["start"]["date"].as_str()).unwrap())
        .collect()
}

#[tokio::test]
async fn a_series_keeps_its_wall_clock_over_the_change_of_the_clocks() {
    let google = Google::start();
    let dana = google.user(DANA);
    dana.insert(series("Class", "2027-03-27T09:00", "RRULE:FREQ=DAILY;COUNT=3"))
        .await;
    let (items, _) = dana.list("singleEvents=true&orderBy=startTime").await;
    assert_eq!(
        starts(&items),
        [
            "2027-03-27T09:00:00+01:00",
            "2027-03-28T09:00:00+02:00",
            "2027-03-29T09:00:00+02:00"
        ]
    );
    let id = items[0]["recurringEventId"].as_str().unwrap();
    assert_eq!(ids(&items)[2], format!("{id}_20270329T070000Z"));
    assert_eq!(items[2]["originalStartTime"], items[2]["start"]);
    assert!(items[0].get("recurrence").is_none());
}

#[tokio::test]
async fn until_exdate_and_rdate_are_honoured() {
    let google = Google::start();
    let dana = google.user(DANA);
    let mut event = series("Class", "2027-03-01T09:00", "RRULE:FREQ=WEEKLY;UNTIL=20270322T080000Z");
    event["recurrence"] = json!([
        "RRULE:FREQ=WEEKLY;UNTIL=20270322T080000Z",
        "EXDATE;TZID=Europe/Berlin:20270308T090000",
        "RDATE:20270310T080000Z",
    ]);
    dana.insert(event).await;
    let (items, _) = dana.list("singleEvents=true&orderBy=startTime").await;
    assert_eq!(
        starts(&items),
        [
            "2027-03-01T09:00:00+01:00",
            "2027-03-10T09:00:00+01:00",
            "2027-03-15T09:00:00+01:00",
            "2027-03-22T09:00:00+01:00"
        ]
    );
}

#[tokio::test]
async fn an_all_day_series_names_its_occurrences_by_day() {
    let google = Google::start();
    let dana = google.user(DANA);
    let day = json!({"summary": "Bin day", "start": {"date": "2027-03-01"}, "end": {"date": "2027-03-02"}, "recurrence": ["RRULE:FREQ=WEEKLY;COUNT=2"]});
    let id = dana.insert(day).await["id"].as_str().unwrap().to_string();
    let (items, _) = dana.list("singleEvents=true").await;
    assert_eq!(ids(&items), [format!("{id}_20270301"), format!("{id}_20270308")]);
    assert_eq!(items[1]["end"], json!({"date": "2027-03-09"}));
    assert_eq!(items[1]["originalStartTime"], json!({"date": "2027-03-08"}));
}

#[tokio::test]
async fn a_changed_occurrence_becomes_an_item_of_its_own_and_a_deleted_one_too() {
    let google = Google::start();
    let dana = google.user(DANA);
    let id = dana
        .insert(series("Class", "2027-03-01T09:00", "RRULE:FREQ=WEEKLY;COUNT=4"))
        .await["id"]
        .as_str()
        .unwrap()
        .to_string();
    let (_, token) = dana.list("").await;
    let second = format!("{id}_20270308T080000Z");
    let third = format!("{id}_20270315T080000Z");
    let got = dana.get(&path(&second)).await.good();
    assert_eq!(got["summary"], "Class");

    let later = hour("x", "2027-03-09T14:00");
    let changed = dana
        .patch(
            &path(&second),
            json!({"summary": "Moved", "start": later["start"], "end": later["end"]}),
        )
        .await
        .good();
    assert_eq!(changed["id"], second);
    assert_eq!(changed["recurringEventId"], id);
    assert_eq!(changed["originalStartTime"]["dateTime"], "2027-03-08T09:00:00+01:00");
    assert_eq!(dana.delete(&path(&third)).await.status, 204);
    assert_eq!(dana.delete(&path(&third)).await.refused(), (410, "deleted".into()));

    let (kept, _) = dana.list("").await;
    assert_eq!(
        ids(&kept),
        [id.as_str(), &second, &third],
        "the cancelled occurrence belongs to the series"
    );
    assert_eq!(kept[2]["status"], "cancelled");
    let (expanded, _) = dana.list("singleEvents=true&orderBy=startTime").await;
    assert_eq!(
        starts(&expanded),
        [
            "2027-03-01T09:00:00+01:00",
            "2027-03-09T14:00:00+01:00",
            "2027-03-22T09:00:00+01:00"
        ]
    );

    let (news, _) = dana.list(&format!("syncToken={}", token.unwrap())).await;
    assert_eq!(
        ids(&news),
        [second.as_str(), &third],
        "the series itself did not change"
    );
    let cancelled = &news[1];
    assert_eq!(cancelled["originalStartTime"]["dateTime"], "2027-03-15T09:00:00+01:00");
    assert!(cancelled.get("start").is_none());

    let instances = dana
        .get(&format!("{}/instances?showDeleted=true", path(&id)))
        .await
        .good();
    assert_eq!(instances["items"].as_array().unwrap().len(), 4);
    let one = dana
        .get(&format!(
            "{}/instances?originalStart=2027-03-08T09:00:00%2B01:00",
            path(&id)
        ))
        .await
        .good();
    assert_eq!(ids(one["items"].as_array().unwrap()), [second.as_str()]);
}

#[tokio::test]
async fn what_is_no_occurrence_is_not_found() {
    let google = Google::start();
    let dana = google.user(DANA);
    let id = dana
        .insert(series("Class", "2027-03-01T09:00", "RRULE:FREQ=WEEKLY;COUNT=2"))
        .await["id"]
        .as_str()
        .unwrap()
        .to_string();
    let single = dana.insert(hour("Single", "2027-03-01T12:00")).await["id"]
        .as_str()
        .unwrap()
        .to_string();
    for wrong in [
        format!("{id}_20270302T080000Z"),
        format!("{id}_20270315T080000Z"),
        format!("{id}_20270308"),
        format!("{single}_20270301T110000Z"),
        "nothing".into(),
    ] {
        assert_eq!(
            dana.get(&path(&wrong)).await.refused(),
            (404, "notFound".into()),
            "{wrong}"
        );
        assert_eq!(
            dana.patch(&path(&wrong), json!({"summary": "x"})).await.refused().0,
            404
        );
    }
    assert_eq!(dana.get(&format!("{}/instances", path(&single))).await.refused().0, 400);
}

#[tokio::test]
async fn a_deleted_series_takes_its_exceptions_along() {
    let google = Google::start();
    let dana = google.user(DANA);
    let id = dana
        .insert(series("Class", "2027-03-01T09:00", "RRULE:FREQ=WEEKLY;COUNT=4"))
        .await["id"]
        .as_str()
        .unwrap()
        .to_string();
    dana.patch(&path(&format!("{id}_20270308T080000Z")), json!({"summary": "Other"}))
        .await
        .good();
    dana.delete(&path(&format!("{id}_20270315T080000Z"))).await;
    let (_, token) = dana.list("").await;
    dana.delete(&path(&id)).await;
    assert!(dana.list("").await.0.is_empty());
    assert!(dana.list("singleEvents=true").await.0.is_empty());
    let (news, _) = dana.list(&format!("syncToken={}", token.unwrap())).await;
    assert_eq!(ids(&news), [id.clone(), format!("{id}_20270308T080000Z")]);
    assert!(news.iter().all(|e| e["status"] == "cancelled"));
}

#[tokio::test]
async fn exceptions_follow_a_changed_series_where_they_did_not_differ() {
    let google = Google::start();
    let dana = google.user(DANA);
    let id = dana
        .insert(series("Class", "2027-03-01T09:00", "RRULE:FREQ=WEEKLY;COUNT=4"))
        .await["id"]
        .as_str()
        .unwrap()
        .to_string();
    let exception = path(&format!("{id}_20270308T080000Z"));
    dana.patch(&exception, json!({"location": "Garden"})).await.good();
    dana.patch(&path(&id), json!({"summary": "Better class", "location": "Hall"}))
        .await
        .good();
    let followed = dana.get(&exception).await.good();
    assert_eq!(
        (followed["summary"].as_str(), followed["location"].as_str()),
        (Some("Better class"), Some("Garden"))
    );
    dana.patch(&path(&id), json!({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=1"]}))
        .await
        .good();
    assert_eq!(
        dana.get(&exception).await.good()["status"],
        "cancelled",
        "the series no longer goes there"
    );
}

#[tokio::test]
async fn an_exception_can_be_imported_under_the_uid_of_its_series() {
    let google = Google::start();
    let dana = google.user(DANA);
    let mut master = series("Class", "2027-03-01T09:00", "RRULE:FREQ=WEEKLY;COUNT=4");
    master["iCalUID"] = json!("series@elsewhere");
    let import = format!("{PRIMARY}/import");
    let id = dana.post(&import, master).await.good()["id"]
        .as_str()
        .unwrap()
        .to_string();
    let mut exception = hour("Class, late", "2027-03-08T15:00");
    exception["iCalUID"] = json!("series@elsewhere");
    exception["originalStartTime"] = json!({"dateTime": "2027-03-08T09:00:00+01:00", "timeZone": "Europe/Berlin"});
    let imported = dana.post(&import, exception).await.good();
    assert_eq!(imported["recurringEventId"], id);
    assert_eq!(imported["id"], format!("{id}_20270308T080000Z"));
    assert_eq!(dana.list("singleEvents=true").await.0.len(), 4);
}

#[tokio::test]
async fn days_begin_where_the_calendar_is() {
    let google = Google::start();
    let dana = google.user(DANA);
    for (zone, expected) in [("Asia/Tokyo", 2), ("America/Los_Angeles", 1)] {
        let calendar = google.control().add_calendar(DANA, zone, zone).unwrap();
        let daily = json!({
            "summary": "Daily",
            "start": {"date": "2027-03-01"},
            "end": {"date": "2027-03-02"},
            "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"],
        });
        dana.post(&format!("/calendars/{calendar}/events"), daily).await.good();
        let range = "timeMin=2027-03-01T12:00:00Z&timeMax=2027-03-01T20:00:00Z";
        let page = dana
            .get(&format!("/calendars/{calendar}/events?singleEvents=true&{range}"))
            .await
            .good();
        assert_eq!(page["items"].as_array().unwrap().len(), expected, "{zone}");
    }
}

#[tokio::test]
async fn a_series_may_end_with_its_first_occurrence() {
    let google = Google::start();
    let dana = google.user(DANA);
    dana.insert(series(
        "Once",
        "2027-03-01T09:00",
        "RRULE:FREQ=DAILY;UNTIL=20270301T080000Z",
    ))
    .await;
    assert_eq!(dana.list("singleEvents=true").await.0.len(), 1);
}
