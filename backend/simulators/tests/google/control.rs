//! The control plane over HTTP, and changes made “in Google”.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{DANA, Google, ROBIN, hour, ids, series};

async fn call(google: &Google, method: Method, path: &str, body: Value) -> (u16, Value) {
    let request = google.http.request(method, google.url(&format!("/_control/{path}")));
    let request = if body.is_null() { request } else { request.json(&body) };
    let reply = request.send().await.unwrap();
    let status = reply.status().as_u16();
    (
        status,
        serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap_or(Value::Null),
    )
}

#[tokio::test]
async fn what_somebody_does_in_google_is_news_to_the_client() {
    let google = Google::start();
    let dana = google.user(DANA);
    let (_, token) = dana.list("").await;
    let mut event = series("Class", "2027-03-01T10:00", "RRULE:FREQ=WEEKLY;COUNT=3");
    event["attendees"] = json!([{"email": "guest@else.example"}]);
    let (status, made) = call(&google, Method::POST, &format!("calendars/{DANA}/events"), event).await;
    assert_eq!(status, 200);
    let id = made["id"].as_str().unwrap();
    let answer = json!({"email": "guest@else.example", "responseStatus": "accepted"});
    let (_, answered) = call(
        &google,
        Method::POST,
        &format!("calendars/{DANA}/events/{id}/answer"),
        answer,
    )
    .await;
    assert_eq!(answered["attendees"][0]["responseStatus"], "accepted");
    let second = format!("{id}_20270308T090000Z");
    let (_, patched) = call(
        &google,
        Method::PATCH,
        &format!("calendars/{DANA}/events/{second}"),
        json!({"summary": "Other"}),
    )
    .await;
    assert_eq!(patched["summary"], "Other");
    let third = format!("{id}_20270315T090000Z");
    assert_eq!(
        call(
            &google,
            Method::DELETE,
            &format!("calendars/{DANA}/events/{third}"),
            Value::Null
        )
        .await
        .0,
        204
    );
    let (news, _) = dana.list(&format!("syncToken={}", token.unwrap())).await;
    assert_eq!(ids(&news), [id, &second, &third]);
    let (_, all) = call(&google, Method::GET, &format!("calendars/{DANA}/events"), Value::Null).await;
    assert_eq!(all["items"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn the_clock_the_limits_and_the_tokens_obey() {
    let google = Google::start();
    let (_, clock) = call(&google, Method::POST, "clock", json!({"advanceSeconds": 86_400})).await;
    assert_eq!(clock["offsetSeconds"], 86_400);
    let dana = google.user(DANA);
    let made = dana.insert(hour("Tomorrow", "2027-03-01T10:00")).await;
    let created: jiff::Timestamp = made["created"].as_str().unwrap().parse().unwrap();
    assert!(created.duration_since(jiff::Timestamp::now()).as_hours() >= 23);

    let (status, limits) = call(
        &google,
        Method::PATCH,
        "limits",
        json!({"perUserPerMinute": null, "accessTokenSeconds": 5}),
    )
    .await;
    assert_eq!((status, &limits["accessTokenSeconds"]), (200, &json!(5)));
    assert_eq!(
        call(&google, Method::PATCH, "limits", json!({"perFortnight": 1}))
            .await
            .0,
        400
    );

    let scopes = json!(["https://www.googleapis.com/auth/calendar"]);
    let (_, tokens) = call(
        &google,
        Method::POST,
        "tokens",
        json!({"email": ROBIN, "scopes": scopes}),
    )
    .await;
    let mut robin = google.user(ROBIN);
    robin.token = tokens["accessToken"].as_str().unwrap().into();
    robin.get("/colors").await.good();
    assert_eq!(
        call(&google, Method::POST, "tokens/expire", json!({"email": ROBIN}))
            .await
            .0,
        204
    );
    assert_eq!(robin.get("/colors").await.refused().0, 401);
    dana.get("/colors").await.good();
    assert_eq!(
        call(&google, Method::POST, "tokens/revoke", json!({"email": DANA}))
            .await
            .0,
        204
    );
    assert_eq!(dana.get("/colors").await.refused().0, 401);
}

#[tokio::test]
async fn accounts_calendars_faults_and_mistakes() {
    let google = Google::start();
    let new = json!({"email": "new@example.com", "name": "New", "timeZone": "UTC"});
    assert_eq!(call(&google, Method::POST, "accounts", new.clone()).await.0, 204);
    assert_eq!(call(&google, Method::POST, "accounts", new).await.0, 400);
    let wanted = json!({"owner": "new@example.com", "summary": "Extra", "timeZone": "UTC"});
    let (_, made) = call(&google, Method::POST, "calendars", wanted).await;
    let id = made["id"].as_str().unwrap();
    let shared = call(
        &google,
        Method::POST,
        &format!("calendars/{id}/share"),
        json!({"email": DANA, "role": "reader"}),
    )
    .await;
    assert_eq!(shared.0, 204);
    let dana = google.user(DANA);
    assert_eq!(
        dana.get(&format!("/users/me/calendarList/{id}")).await.good()["accessRole"],
        "reader"
    );

    let fault = json!({"operation": "calendar.colors.get", "count": 1, "effect": {"kind": "status", "status": 503, "retryAfter": 3}});
    assert_eq!(call(&google, Method::POST, "faults", fault).await.0, 204);
    assert_eq!(dana.get("/colors").await.refused().0, 503);
    let unknown = json!({"operation": "*", "effect": {"kind": "earthquake"}});
    assert_eq!(call(&google, Method::POST, "faults", unknown).await.0, 400);
    assert_eq!(call(&google, Method::GET, "weather", Value::Null).await.0, 404);

    let (_, journal) = call(
        &google,
        Method::GET,
        "journal?operation=calendar.colors.get",
        Value::Null,
    )
    .await;
    assert_eq!(journal["items"][0]["status"], 503);
    assert_eq!(journal["items"][0]["account"], DANA);
    assert!(
        journal["items"][0]["headers"]
            .as_array()
            .unwrap()
            .iter()
            .all(|h| h[0] != "authorization")
    );
    assert_eq!(call(&google, Method::DELETE, "journal", Value::Null).await.0, 204);
    assert!(google.control().journal().is_empty());
}

#[tokio::test]
async fn everything_can_be_put_back_as_it_was() {
    let google = Google::start();
    let dana = google.user(DANA);
    dana.insert(hour("Kept", "2027-03-01T10:00")).await;
    let (status, mark) = call(&google, Method::POST, "marks", Value::Null).await;
    assert_eq!((status, &mark["id"]), (200, &json!(1)));
    dana.insert(hour("Undone", "2027-03-02T10:00")).await;
    let (_, token) = dana.list("").await;
    assert_eq!(call(&google, Method::POST, "marks/1/restore", Value::Null).await.0, 204);
    let (events, _) = dana.list("").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["summary"], "Kept");
    let old = dana
        .get(&format!("/calendars/primary/events?syncToken={}", token.unwrap()))
        .await;
    assert_eq!(old.refused().0, 410);
    assert_eq!(call(&google, Method::POST, "marks/9/restore", Value::Null).await.0, 400);
}
