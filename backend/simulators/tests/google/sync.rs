//! Sync tokens and page tokens.

use crate::harness::{CALENDAR, DANA, Google, ROBIN, hour, ids, series};
use serde_json::json;

#[tokio::test]
async fn what_happens_between_two_rounds_is_in_the_second_and_nothing_else() {
    let google = Google::start();
    let dana = google.user(DANA);
    let kept = dana.insert(hour("Kept", "2027-03-01T10:00")).await;
    let changed = dana.insert(hour("Changed", "2027-03-02T10:00")).await;
    let deleted = dana.insert(hour("Deleted", "2027-03-03T10:00")).await;
    let (all, token) = dana.list("").await;
    assert_eq!(all.len(), 3);
    let token = token.unwrap();

    let path = |e: &serde_json::Value| format!("/calendars/primary/events/{}", e["id"].as_str().unwrap());
    dana.patch(&path(&changed), json!({"summary": "New title"}))
        .await
        .good();
    dana.delete(&path(&deleted)).await;
    let fresh = dana.insert(hour("Fresh", "2027-03-04T10:00")).await;

    let (news, next) = dana.list(&format!("syncToken={token}")).await;
    assert_eq!(
        ids(&news),
        vec![
            changed["id"].as_str().unwrap(),
            deleted["id"].as_str().unwrap(),
            fresh["id"].as_str().unwrap()
        ]
    );
    assert_eq!(news[0]["summary"], "New title");
    assert_eq!(news[1]["status"], "cancelled");
    assert!(
        news[1].get("summary").is_none(),
        "of a deleted event only the id is certain"
    );
    assert!(!ids(&news).contains(&kept["id"].as_str().unwrap()));

    let (nothing, _) = dana.list(&format!("syncToken={}", next.unwrap())).await;
    assert!(nothing.is_empty());
    let (again, _) = dana.list(&format!("syncToken={token}")).await;
    assert_eq!(again, news, "a token can be used again when an answer was lost");
}

#[tokio::test]
async fn pages_do_not_shift_under_writes_and_the_next_round_brings_what_was_written() {
    let google = Google::start();
    let dana = google.user(DANA);
    for n in 0..7 {
        dana.insert(hour(&format!("Event {n}"), &format!("2027-03-0{}T10:00", n + 1)))
            .await;
    }
    let (before, _) = dana.list("").await;
    let first = dana.get("/calendars/primary/events?maxResults=3").await.good();
    assert_eq!(first["items"].as_array().unwrap().len(), 3);
    let gone = before[5]["id"].as_str().unwrap();
    dana.delete(&format!("/calendars/primary/events/{gone}")).await;
    let late = dana.insert(hour("Late", "2027-03-01T12:00")).await;

    let mut seen = ids(first["items"].as_array().unwrap())
        .iter()
        .map(|s| s.to_string())
        .collect::<Vec<_>>();
    let page = first["nextPageToken"].as_str().unwrap();
    let (rest, token) = {
        let second = dana
            .get(&format!("/calendars/primary/events?maxResults=2&pageToken={page}"))
            .await
            .good();
        seen.extend(ids(second["items"].as_array().unwrap()).iter().map(|s| s.to_string()));
        let next = second["nextPageToken"].as_str().unwrap();
        dana.list(&format!("maxResults=10&pageToken={next}")).await
    };
    seen.extend(ids(&rest).iter().map(|s| s.to_string()));
    assert_eq!(
        seen,
        ids(&before),
        "every event once, in the order the listing began with"
    );

    let (news, _) = dana.list(&format!("syncToken={}", token.unwrap())).await;
    let mut news = ids(&news);
    news.sort_unstable();
    let mut expected = vec![gone, late["id"].as_str().unwrap()];
    expected.sort_unstable();
    assert_eq!(news, expected);
}

#[tokio::test]
async fn an_incremental_round_has_pages_too() {
    let google = Google::start();
    let dana = google.user(DANA);
    let (_, token) = dana.list("").await;
    for n in 0..5 {
        dana.insert(hour(&format!("Event {n}"), &format!("2027-03-0{}T10:00", n + 1)))
            .await;
    }
    let (news, next) = dana.list(&format!("maxResults=2&syncToken={}", token.unwrap())).await;
    assert_eq!(news.len(), 5);
    assert!(next.is_some());
}

#[tokio::test]
async fn a_token_is_refused_with_restrictions_with_another_shape_and_for_another_calendar() {
    let google = Google::start();
    let dana = google.user(DANA);
    let (_, token) = dana.list("").await;
    let token = token.unwrap();
    for forbidden in [
        "iCalUID=x",
        "orderBy=updated",
        "privateExtendedProperty=a%3Db",
        "q=x",
        "sharedExtendedProperty=a%3Db",
        "timeMin=2027-01-01T00:00:00Z",
        "timeMax=2027-01-01T00:00:00Z",
        "updatedMin=2027-01-01T00:00:00Z",
        "showDeleted=false",
        "singleEvents=true",
        "eventTypes=focusTime",
    ] {
        let reply = dana
            .get(&format!("/calendars/primary/events?syncToken={token}&{forbidden}"))
            .await;
        assert_eq!(reply.refused().0, 400, "{forbidden}");
    }
    dana.get(&format!(
        "/calendars/primary/events?syncToken={token}&showDeleted=true&maxResults=9"
    ))
    .await
    .good();
    let other = google.control().add_calendar(DANA, "Other", "Europe/Berlin").unwrap();
    assert_eq!(
        dana.get(&format!("/calendars/{other}/events?syncToken={token}"))
            .await
            .refused(),
        (400, "invalid".into())
    );
    assert_eq!(
        dana.get("/calendars/primary/events?syncToken=nonsense").await.refused(),
        (400, "invalid".into())
    );
    let robin = google.user(ROBIN);
    assert_eq!(
        robin
            .get(&format!("/calendars/primary/events?syncToken={token}"))
            .await
            .refused()
            .0,
        400
    );
}

#[tokio::test]
async fn a_page_token_belongs_to_its_query() {
    let google = Google::start();
    let dana = google.user(DANA);
    for n in 1..4 {
        dana.insert(hour("Event", &format!("2027-03-0{n}T10:00"))).await;
    }
    let first = dana.get("/calendars/primary/events?maxResults=1").await.good();
    let token = first["nextPageToken"].as_str().unwrap();
    let reply = dana
        .get(&format!("/calendars/primary/events?q=Event&pageToken={token}"))
        .await;
    assert_eq!(reply.refused(), (400, "invalid".into()));
    assert_eq!(
        dana.get("/calendars/primary/events?pageToken=nonsense").await.refused(),
        (400, "invalid".into())
    );
}

#[tokio::test]
async fn an_old_token_wants_a_full_sync() {
    let google = Google::start();
    let dana = google.user(DANA);
    let (_, token) = dana.list("").await;
    let path = format!("/calendars/primary/events?syncToken={}", token.unwrap());
    dana.get(&path).await.good();
    google.control().expire_sync_tokens(Some(DANA)).unwrap();
    assert_eq!(dana.get(&path).await.refused(), (410, "fullSyncRequired".into()));
    let (_, token) = dana.list("").await;
    let path = format!("/calendars/primary/events?syncToken={}", token.unwrap());
    dana.get(&path).await.good();
    google.control().advance(jiff::SignedDuration::from_hours(24 * 29));
    let dana = google.user(DANA);
    assert_eq!(dana.get(&path).await.refused(), (410, "fullSyncRequired".into()));
}

#[tokio::test]
async fn a_listing_that_searches_has_no_sync_token_and_one_with_a_time_range_has() {
    let google = Google::start();
    let dana = google.user(DANA);
    assert!(dana.list("q=x").await.1.is_none());
    assert!(dana.list("orderBy=updated").await.1.is_none());
    assert!(dana.list("timeMin=2027-01-01T00:00:00Z").await.1.is_some());
}

#[tokio::test]
async fn a_changed_series_tells_an_expanded_listing_which_occurrences_are_gone() {
    let google = Google::start();
    let dana = google.user(DANA);
    let weekly = dana
        .insert(series("Class", "2027-03-01T10:00", "RRULE:FREQ=WEEKLY;COUNT=3"))
        .await;
    let id = weekly["id"].as_str().unwrap();
    let (all, token) = dana.list("singleEvents=true").await;
    assert_eq!(
        ids(&all),
        vec![
            format!("{id}_20270301T090000Z"),
            format!("{id}_20270308T090000Z"),
            format!("{id}_20270315T090000Z")
        ]
    );
    dana.patch(
        &format!("/calendars/primary/events/{id}"),
        json!({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=2"]}),
    )
    .await
    .good();
    let (news, _) = dana
        .list(&format!("singleEvents=true&syncToken={}", token.unwrap()))
        .await;
    let gone: Vec<_> = news.iter().filter(|e| e["status"] == "cancelled").collect();
    assert_eq!(gone.len(), 1);
    assert_eq!(gone[0]["id"], format!("{id}_20270315T090000Z"));
    assert_eq!(gone[0]["recurringEventId"], id);
}

#[tokio::test]
async fn the_list_of_calendars_syncs_as_well() {
    let google = Google::start();
    let dana = google.user(DANA);
    let first = dana.get("/users/me/calendarList").await.good();
    let token = first["nextSyncToken"].as_str().unwrap();
    let own = google.control().add_calendar(DANA, "Project", "Europe/Berlin").unwrap();
    let news = dana
        .get(&format!("/users/me/calendarList?syncToken={token}"))
        .await
        .good();
    assert_eq!(ids(news["items"].as_array().unwrap()), vec![own.as_str()]);
    let token = news["nextSyncToken"].as_str().unwrap();
    dana.delete(&format!("/calendars/{own}")).await;
    let news = dana
        .get(&format!("/users/me/calendarList?syncToken={token}"))
        .await
        .good();
    assert_eq!(news["items"][0]["deleted"], true);
    let events = dana.list("").await.1.unwrap();
    assert_eq!(
        dana.get(&format!("/users/me/calendarList?syncToken={events}"))
            .await
            .refused()
            .0,
        400
    );
    let paged = google
        .scoped(DANA, &[CALENDAR])
        .get("/users/me/calendarList?maxResults=1&showDeleted=true")
        .await
        .good();
    assert!(paged["nextPageToken"].is_string() && paged.get("nextSyncToken").is_none());
}
