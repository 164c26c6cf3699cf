//! Calendars, the list of them, who may see them.

use serde_json::json;
use simulators::google::{Options, Role, sandbox};

use crate::harness::{DANA, Google, ROBIN, hour, ids};

#[tokio::test]
async fn a_calendar_is_made_changed_and_taken_away() {
    let google = Google::start();
    let dana = google.user(DANA);
    let made = dana
        .post("/calendars", json!({"summary": "Work", "timeZone": "Asia/Tokyo"}))
        .await
        .good();
    let id = made["id"].as_str().unwrap().to_string();
    assert!(id.ends_with("@group.calendar.google.com"));
    let entry = dana.get(&format!("/users/me/calendarList/{id}")).await.good();
    assert_eq!(
        (entry["accessRole"].as_str(), entry["timeZone"].as_str()),
        (Some("owner"), Some("Asia/Tokyo"))
    );
    let changed = dana
        .patch(&format!("/calendars/{id}"), json!({"description": "All of it"}))
        .await
        .good();
    assert_eq!(
        (changed["summary"].as_str(), changed["description"].as_str()),
        (Some("Work"), Some("All of it"))
    );
    let replaced = dana
        .put(&format!("/calendars/{id}"), json!({"summary": "Job"}))
        .await
        .good();
    assert!(replaced.get("description").is_none());
    let old = made["etag"].as_str().unwrap();
    let stale = dana
        .header("if-match", old)
        .patch(&format!("/calendars/{id}"), json!({"summary": "x"}))
        .await;
    assert_eq!(stale.refused().0, 412);
    let colour = dana
        .patch(
            &format!("/users/me/calendarList/{id}"),
            json!({"colorId": "3", "summaryOverride": "Mine"}),
        )
        .await
        .good();
    assert_eq!(
        (colour["backgroundColor"].as_str(), colour["summaryOverride"].as_str()),
        (Some("#f83a22"), Some("Mine"))
    );
    assert_eq!(dana.delete(&format!("/calendars/{id}")).await.status, 204);
    assert_eq!(
        dana.get(&format!("/calendars/{id}/events")).await.refused(),
        (404, "notFound".into())
    );
    assert_eq!(dana.delete("/calendars/primary").await.refused().0, 403);
    assert_eq!(
        dana.post("/calendars", json!({"timeZone": "Asia/Tokyo"}))
            .await
            .refused(),
        (400, "required".into())
    );
    assert_eq!(
        dana.post("/calendars", json!({"summary": "x", "timeZone": "Mars"}))
            .await
            .refused(),
        (400, "invalid".into())
    );
}

#[tokio::test]
async fn nobody_sees_the_calendar_of_somebody_else() {
    let google = Google::start();
    let event = google.user(ROBIN).insert(hour("Secret", "2027-03-01T10:00")).await;
    let dana = google.user(DANA);
    for path in [
        format!("/calendars/{ROBIN}"),
        format!("/calendars/{ROBIN}/events"),
        format!("/calendars/{ROBIN}/events/{}", event["id"].as_str().unwrap()),
        format!("/users/me/calendarList/{ROBIN}"),
        format!("/calendars/primary/events/{}", event["id"].as_str().unwrap()),
    ] {
        assert_eq!(dana.get(&path).await.refused(), (404, "notFound".into()), "{path}");
    }
}

#[tokio::test]
async fn a_shared_calendar_shows_as_much_as_the_role_allows() {
    let google = Google::start();
    let (dana, robin) = (google.user(DANA), google.user(ROBIN));
    robin.insert(hour("Open", "2027-03-01T10:00")).await;
    let mut private = hour("Private", "2027-03-02T10:00");
    private["visibility"] = json!("private");
    robin.insert(private).await;
    let events = format!("/calendars/{ROBIN}/events");
    let titles = async || -> Vec<Option<String>> {
        let page = dana
            .get(&format!("{events}?singleEvents=true&orderBy=startTime"))
            .await
            .good();
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["summary"].as_str().map(String::from))
            .collect()
    };
    let acl = format!("/calendars/{ROBIN}/acl");
    let rule = |role: &str| json!({"role": role, "scope": {"type": "user", "value": DANA}});
    robin.post(&acl, rule("freeBusyReader")).await;
    assert_eq!(titles().await, [None, None]);
    robin.post(&acl, rule("reader")).await;
    assert_eq!(titles().await, [Some("Open".into()), None]);
    assert_eq!(
        dana.post(&events, hour("Mine", "2027-03-03T10:00")).await.refused(),
        (403, "requiredAccessLevel".into())
    );
    robin.post(&acl, rule("writer")).await;
    assert_eq!(titles().await, [Some("Open".into()), Some("Private".into())]);
    let mine = dana.post(&events, hour("Mine", "2027-03-03T10:00")).await.good();
    assert_eq!(mine["creator"]["email"], DANA);
    assert_eq!(mine["organizer"]["email"], ROBIN);
    assert_eq!(dana.get(&acl).await.refused().0, 403, "rules are the owner's");
    dana.post("/users/me/calendarList", json!({"id": ROBIN})).await.good();
    assert_eq!(robin.delete(&format!("{acl}/user:{DANA}")).await.status, 204);
    assert_eq!(dana.get(&events).await.refused().0, 404);
}

#[tokio::test]
async fn the_list_has_pages_roles_and_hidden_entries() {
    let google = Google::start();
    let dana = google.user(DANA);
    let own = google.control().add_calendar(DANA, "Own", "Europe/Berlin").unwrap();
    google.control().share(ROBIN, DANA, Some(Role::Reader)).unwrap();
    let all = dana.get("/users/me/calendarList").await.good();
    assert_eq!(all["items"].as_array().unwrap().len(), 3);
    let writers = dana.get("/users/me/calendarList?minAccessRole=writer").await.good();
    assert_eq!(writers["items"].as_array().unwrap().len(), 2);
    dana.patch(&format!("/users/me/calendarList/{own}"), json!({"hidden": true}))
        .await
        .good();
    let shown = dana.get("/users/me/calendarList").await.good();
    assert!(!ids(shown["items"].as_array().unwrap()).contains(&own.as_str()));
    let page = dana
        .get("/users/me/calendarList?maxResults=2&showHidden=true")
        .await
        .good();
    let next = page["nextPageToken"].as_str().unwrap();
    let rest = dana
        .get(&format!("/users/me/calendarList?showHidden=true&pageToken={next}"))
        .await
        .good();
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn colours_and_settings_are_there() {
    let google = Google::start();
    let robin = google.user(ROBIN);
    let colors = robin.get("/colors").await.good();
    assert_eq!(colors["calendar"].as_object().unwrap().len(), 24);
    assert_eq!(
        robin.get("/users/me/settings/timezone").await.good()["value"],
        "America/New_York"
    );
    assert!(
        robin.get("/users/me/settings").await.good()["items"]
            .as_array()
            .unwrap()
            .len()
            > 5
    );
    assert_eq!(robin.get("/users/me/settings/taste").await.refused().0, 404);
}

#[tokio::test]
async fn the_sandbox_is_a_small_town_with_everything_in_it() {
    let google = Google::with(Options::default().seeded(sandbox()));
    let dana = google.user("dana.sandbox@example.com");
    let list = dana.get("/users/me/calendarList").await.good();
    assert_eq!(list["items"].as_array().unwrap().len(), 4);
    let (events, _) = dana.list("").await;
    let has = |what: &str, test: &dyn Fn(&serde_json::Value) -> bool| assert!(events.iter().any(test), "{what}");
    has("a series", &|e| e.get("recurrence").is_some());
    has("a cancelled occurrence", &|e| {
        e["status"] == "cancelled" && e.get("recurringEventId").is_some()
    });
    has("an all-day event", &|e| e["start"].get("date").is_some());
    has("a private event", &|e| e["visibility"] == "private");
    has("mixed answers", &|e| {
        e["attendees"].as_array().is_some_and(|a| a.len() > 3)
    });
    has("a declined invitation", &|e| {
        e["attendees"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|a| a["self"] == true && a["responseStatus"] == "declined")
    });
    has("an invitation by another account", &|e| {
        e["organizer"]["email"] == "riverside.yoga@example.com"
    });
    let yoga = google.user("riverside.yoga@example.com");
    let (events, _) = yoga.list("").await;
    assert!(
        events
            .iter()
            .any(|e| e["status"] == "confirmed" && e.get("recurringEventId").is_some()),
        "an override"
    );
}

#[tokio::test]
async fn people_can_look_at_what_is_in_google() {
    let google = Google::start();
    let mut event = hour("Tea & <biscuits>", "2027-03-01T10:00");
    event["attendees"] = json!([{"email": "guest@else.example"}]);
    let event = google.user(DANA).insert(event).await;
    let page = async |url: &str| google.http.get(url).send().await.unwrap();
    let html = page(event["htmlLink"].as_str().unwrap()).await.text().await.unwrap();
    for text in [
        "Tea &amp; &lt;biscuits&gt;",
        "Mon 01 Mar, 10:00 – 11:00",
        "guest@else.example (needsAction)",
    ] {
        assert!(html.contains(text), "{text}");
    }
    assert_eq!(page(&google.url("/calendar/event?eid=nonsense")).await.status(), 404);
    let days = jiff::Timestamp::now().duration_until("2027-02-28T00:00:00Z".parse().unwrap());
    google.control().set_offset(days);
    assert!(
        page(&google.url("/"))
            .await
            .text()
            .await
            .unwrap()
            .contains("Tea &amp; &lt;biscuits&gt;")
    );
}
