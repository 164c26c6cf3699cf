//! Calendars of a mailbox.

use serde_json::json;

use crate::harness::{MIRA, Microsoft, hour};

#[tokio::test]
async fn a_mailbox_has_a_default_calendar_and_takes_more() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let only = mira.get("/me/calendar").await.good();
    assert_eq!(
        (only["isDefaultCalendar"].as_bool(), only["isRemovable"].as_bool()),
        (Some(true), Some(false))
    );
    assert_eq!(only["owner"]["address"], MIRA);
    let made = mira
        .post("/me/calendars", json!({"name": "Project", "color": "lightBlue"}))
        .await;
    assert_eq!(made.status, 201);
    let made = made.good();
    let path = format!("/me/calendars/{}", made["id"].as_str().unwrap());
    assert_eq!(
        mira.post("/me/calendars", json!({"name": "project"})).await.refused(),
        (409, "ErrorFolderExists".into())
    );
    let renamed = mira.patch(&path, json!({"name": "Projects"})).await.good();
    assert_eq!(
        (renamed["name"].as_str(), renamed["color"].as_str()),
        (Some("Projects"), Some("lightBlue"))
    );
    assert_ne!(renamed["changeKey"], made["changeKey"]);
    let names: Vec<String> = mira
        .all("/me/calendars?$top=1")
        .await
        .iter()
        .map(|c| c["name"].as_str().unwrap().to_string())
        .collect();
    assert_eq!(names, ["Calendar", "Projects"]);
    let event = mira
        .post(&format!("{path}/events"), hour("Inside", "2027-03-01T10:00"))
        .await
        .good();
    mira.get(&format!("{path}/events/{}", event["id"].as_str().unwrap()))
        .await
        .good();
    assert_eq!(
        mira.get(&format!("/me/calendar/events/{}", event["id"].as_str().unwrap()))
            .await
            .refused()
            .0,
        404
    );
    assert_eq!(mira.delete(&path).await.status, 204);
    assert_eq!(mira.get(&path).await.refused(), (404, "ErrorItemNotFound".into()));
    assert_eq!(mira.get(&crate::harness::path(&event)).await.refused().0, 404);
    assert_eq!(mira.delete("/me/calendar").await.refused().0, 400);
    assert_eq!(
        mira.get("/me/calendars/nonsense").await.refused(),
        (400, "ErrorInvalidIdMalformed".into())
    );
    assert_eq!(
        mira.get("/me/calendarGroups").await.good()["value"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn what_may_only_be_looked_at_is_not_written_to() {
    let microsoft = Microsoft::start();
    let id = microsoft.control().add_calendar(MIRA, "Holidays", false).unwrap();
    let mira = microsoft.user(MIRA);
    assert_eq!(mira.get(&format!("/me/calendars/{id}")).await.good()["canEdit"], false);
    let reply = mira
        .post(&format!("/me/calendars/{id}/events"), hour("No", "2027-03-01T10:00"))
        .await;
    assert_eq!(reply.refused(), (403, "ErrorAccessDenied".into()));
}

#[tokio::test]
async fn the_mailbox_says_its_zone() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    assert_eq!(
        mira.get("/me/mailboxSettings").await.good()["timeZone"],
        "W. Europe Standard Time"
    );
    assert_eq!(mira.get("/me?$select=mail").await.good()["mail"], MIRA);
    assert_eq!(mira.get("/me/nothing").await.refused().0, 400);
}
