//! Tokens, scopes and quotas.

use serde_json::json;

use crate::harness::{DANA, Google, ROBIN, hour};

#[tokio::test]
async fn a_call_without_a_token_or_with_a_wrong_one_is_told_apart() {
    let google = Google::start();
    let bare = google.http.get(google.url("/calendar/v3/colors")).send().await.unwrap();
    assert_eq!(bare.status(), 401);
    let body: serde_json::Value = bare.json().await.unwrap();
    assert_eq!(body["error"]["errors"][0]["reason"], "required");
    let mut user = google.user(DANA);
    user.token = "ya29.wrong".into();
    assert_eq!(user.get("/colors").await.refused(), (401, "authError".into()));
}

#[tokio::test]
async fn a_scope_opens_its_operations_and_no_others() {
    let google = Google::start();
    let scope = |name: &str| format!("https://www.googleapis.com/auth/{name}");
    let reader = google.scoped(DANA, &[&scope("calendar.readonly")]);
    reader.get("/calendars/primary/events").await.good();
    let refused = reader
        .post("/calendars/primary/events", hour("x", "2027-03-01T10:00"))
        .await;
    assert_eq!(
        refused.json["error"]["details"][0]["reason"],
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    );
    assert_eq!(
        refused.json["error"]["details"][0]["metadata"]["method"],
        "calendar.v3.Events.Insert"
    );
    assert_eq!(refused.json["error"]["status"], "PERMISSION_DENIED");
    assert_eq!(refused.refused(), (403, "insufficientPermissions".into()));

    let events = google.scoped(DANA, &[&scope("calendar.events")]);
    events
        .post("/calendars/primary/events", hour("x", "2027-03-01T10:00"))
        .await
        .good();
    assert_eq!(events.get("/users/me/calendarList").await.refused().0, 403);
    assert_eq!(events.post("/freeBusy", json!({})).await.refused().0, 403);

    let busy = google.scoped(DANA, &[&scope("calendar.freebusy")]);
    let range =
        json!({"timeMin": "2027-03-01T00:00:00Z", "timeMax": "2027-03-02T00:00:00Z", "items": [{"id": "primary"}]});
    busy.post("/freeBusy", range).await.good();
    assert_eq!(busy.get("/calendars/primary/events").await.refused().0, 403);

    google
        .control()
        .share(ROBIN, DANA, Some(simulators::google::Role::Writer))
        .unwrap();
    let owned = google.scoped(DANA, &[&scope("calendar.events.owned")]);
    owned.get("/calendars/primary/events").await.good();
    assert_eq!(owned.get(&format!("/calendars/{ROBIN}/events")).await.refused().0, 403);
    assert_eq!(google.scoped(DANA, &["openid"]).get("/colors").await.refused().0, 403);
}

#[tokio::test]
async fn the_quota_of_a_user_slides_and_is_their_own() {
    let google = Google::start();
    google.control().limits(|l| l.per_user_per_minute = Some(3));
    let (dana, robin) = (google.user(DANA), google.user(ROBIN));
    for _ in 0..3 {
        dana.get("/colors").await.good();
    }
    assert_eq!(
        dana.get("/colors").await.refused(),
        (403, "userRateLimitExceeded".into())
    );
    robin.get("/colors").await.good();
    google.control().advance(jiff::SignedDuration::from_secs(61));
    dana.get("/colors").await.good();
    google.control().limits(|l| {
        l.per_project_per_minute = Some(1);
        l.over_limit_status = 429;
    });
    let reply = robin.get("/colors").await;
    assert_eq!(reply.json["error"]["errors"][0]["domain"], "usageLimits");
    assert_eq!(reply.refused(), (429, "rateLimitExceeded".into()));
}
