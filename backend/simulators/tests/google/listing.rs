//! Filters and orders of `events.list`, partial answers, busy times.

use serde_json::json;

use crate::harness::{DANA, Google, ROBIN, hour, ids, series};

fn titles(items: &[serde_json::Value]) -> Vec<&str> {
    items.iter().map(|i| i["summary"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_time_range_takes_what_overlaps_and_nothing_that_only_touches() {
    let google = Google::start();
    let dana = google.user(DANA);
    for at in ["08:00", "09:00", "10:00", "11:00"] {
        dana.insert(hour(at, &format!("2027-03-01T{at}"))).await;
    }
    dana.insert(json!({"summary": "day", "start": {"date": "2027-03-01"}, "end": {"date": "2027-03-02"}}))
        .await;
    let (items, _) = dana
        .list("singleEvents=true&orderBy=startTime&timeMin=2027-03-01T09:00:00%2B01:00&timeMax=2027-03-01T11:00:00%2B01:00")
        .await;
    assert_eq!(titles(&items), ["day", "09:00", "10:00"]);
}

#[tokio::test]
async fn a_series_is_in_a_range_when_one_of_its_occurrences_is() {
    let google = Google::start();
    let dana = google.user(DANA);
    dana.insert(series("Weekly", "2027-03-01T10:00", "RRULE:FREQ=WEEKLY"))
        .await;
    let range = |from: &str, to: &str| format!("timeMin={from}T00:00:00Z&timeMax={to}T00:00:00Z");
    assert_eq!(dana.list(&range("2028-03-01", "2028-03-09")).await.0.len(), 1);
    assert_eq!(dana.list(&range("2027-03-02", "2027-03-08")).await.0.len(), 0);
    assert_eq!(dana.list(&range("2026-03-02", "2027-03-01")).await.0.len(), 0);
}

#[tokio::test]
async fn malformed_ranges_and_impossible_orders_are_refused() {
    let google = Google::start();
    let dana = google.user(DANA);
    for (query, reason) in [
        ("timeMin=2027-03-01T00:00:00", "badRequest"),
        ("timeMin=yesterday", "badRequest"),
        (
            "timeMin=2027-03-02T00:00:00Z&timeMax=2027-03-02T00:00:00Z",
            "timeRangeEmpty",
        ),
        ("orderBy=startTime", "badRequest"),
        ("orderBy=title", "invalidParameter"),
        ("maxResults=0", "invalidParameter"),
        ("maxResults=many", "invalidParameter"),
        ("singleEvents=yes", "invalidParameter"),
        ("colour=red", "badRequest"),
        ("fields=items(", "invalidParameter"),
    ] {
        let reply = dana.get(&format!("/calendars/primary/events?{query}")).await;
        assert_eq!(reply.refused(), (400, reason.into()), "{query}");
    }
}

#[tokio::test]
async fn events_are_found_by_words_properties_uid_and_type() {
    let google = Google::start();
    let dana = google.user(DANA);
    let mut tagged = hour("Dentist", "2027-03-01T10:00");
    tagged["extendedProperties"] = json!({"private": {"kind": "a=b"}, "shared": {"team": "x"}});
    tagged["attendees"] = json!([{"email": "kim@x.example", "displayName": "Kim Larsen"}]);
    let tagged = dana.insert(tagged).await;
    let mut focus = hour("Deep work", "2027-03-02T10:00");
    focus["eventType"] = json!("focusTime");
    dana.insert(focus).await;
    for (query, expected) in [
        ("q=dent", vec!["Dentist"]),
        ("q=larsen%20kim", vec!["Dentist"]),
        ("q=nothing", vec![]),
        ("privateExtendedProperty=kind%3Da%3Db", vec!["Dentist"]),
        (
            "privateExtendedProperty=kind%3Da%3Db&privateExtendedProperty=x%3Dy",
            vec![],
        ),
        ("sharedExtendedProperty=team%3Dx", vec!["Dentist"]),
        ("eventTypes=focusTime", vec!["Deep work"]),
        ("eventTypes=focusTime&eventTypes=default", vec!["Dentist", "Deep work"]),
    ] {
        let (mut items, _) = dana.list(query).await;
        items.sort_by_key(|i| i["start"]["dateTime"].as_str().unwrap().to_string());
        assert_eq!(titles(&items), expected, "{query}");
    }
    let uid = tagged["iCalUID"].as_str().unwrap().replace('@', "%40");
    assert_eq!(titles(&dana.list(&format!("iCalUID={uid}")).await.0), ["Dentist"]);
}

#[tokio::test]
async fn what_changed_since_a_moment_includes_what_was_deleted() {
    let google = Google::start();
    let dana = google.user(DANA);
    let old = dana.insert(hour("Old", "2027-03-01T10:00")).await;
    let gone = dana.insert(hour("Gone", "2027-03-02T10:00")).await;
    google.control().advance(jiff::SignedDuration::from_secs(60));
    let since = google.control().now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    dana.delete(&format!("/calendars/primary/events/{}", gone["id"].as_str().unwrap()))
        .await;
    let (items, _) = dana.list(&format!("updatedMin={since}")).await;
    assert_eq!(ids(&items), [gone["id"].as_str().unwrap()]);
    assert_eq!(ids(&dana.list("").await.0), [old["id"].as_str().unwrap()]);
    assert_eq!(dana.list("showDeleted=true").await.0.len(), 2);
}

#[tokio::test]
async fn a_mask_leaves_only_what_was_asked_for() {
    let google = Google::start();
    let dana = google.user(DANA);
    dana.insert(hour("Event", "2027-03-01T10:00")).await;
    let reply = dana
        .get("/calendars/primary/events?fields=kind,items(summary,start/timeZone)")
        .await
        .good();
    assert_eq!(
        reply,
        json!({"kind": "calendar#events", "items": [{"summary": "Event", "start": {"timeZone": "Europe/Berlin"}}]})
    );
}

#[tokio::test]
async fn times_are_shown_in_the_zone_one_asks_for() {
    let google = Google::start();
    let dana = google.user(DANA);
    let event = dana.insert(hour("Event", "2027-03-01T10:00")).await;
    let shown = dana
        .get(&format!(
            "/calendars/primary/events/{}?timeZone=Asia/Tokyo",
            event["id"].as_str().unwrap()
        ))
        .await
        .good();
    assert_eq!(
        shown["start"],
        json!({"dateTime": "2027-03-01T18:00:00+09:00", "timeZone": "Europe/Berlin"})
    );
}

#[tokio::test]
async fn busy_times_are_joined_and_an_unreadable_calendar_is_an_error_inside() {
    let google = Google::start();
    let dana = google.user(DANA);
    dana.insert(hour("One", "2027-03-01T10:00")).await;
    dana.insert(hour("Two", "2027-03-01T11:00")).await;
    let mut free = hour("Free", "2027-03-01T14:00");
    free["transparency"] = json!("transparent");
    dana.insert(free).await;
    let mut declined = hour("Declined", "2027-03-01T16:00");
    declined["attendees"] = json!([{"email": DANA, "responseStatus": "declined"}]);
    dana.insert(declined).await;
    let reply = dana
        .post(
            "/freeBusy",
            json!({
                "timeMin": "2027-03-01T00:00:00Z",
                "timeMax": "2027-03-02T00:00:00Z",
                "timeZone": "Europe/Berlin",
                "items": [{"id": DANA}, {"id": ROBIN}],
            }),
        )
        .await
        .good();
    assert_eq!(
        reply["calendars"][DANA],
        json!({"busy": [{"start": "2027-03-01T10:00:00+01:00", "end": "2027-03-01T12:00:00+01:00"}]})
    );
    assert_eq!(reply["calendars"][ROBIN]["errors"][0]["reason"], "notFound");
    let long = json!({"timeMin": "2027-03-01T00:00:00Z", "timeMax": "2028-03-02T00:00:00Z", "items": []});
    assert_eq!(
        dana.post("/freeBusy", long).await.refused(),
        (400, "timeRangeTooLong".into())
    );
}
