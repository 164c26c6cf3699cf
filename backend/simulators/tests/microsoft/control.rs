//! The control plane, as Rust and over HTTP.

use serde_json::{Value, json};

use crate::harness::{MIRA, Microsoft, NOAH, hour, subjects};

#[tokio::test]
async fn everything_goes_back_to_a_mark_but_links_of_the_time_between() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    mira.create(hour("Before", "2027-03-01T10:00")).await;
    let mark = microsoft.control().mark();
    mira.create(hour("After", "2027-03-02T10:00")).await;
    let (_, link) = mira.round("/me/events/delta").await;
    microsoft.control().restore(mark).unwrap();
    assert_eq!(subjects(&mira.all("/me/events").await), ["Before"]);
    assert_eq!(mira.get(&link).await.refused().0, 410);
}

#[tokio::test]
async fn the_same_verbs_over_http() {
    let microsoft = Microsoft::start();
    let call = |method: reqwest::Method, path: String, body: Value| {
        let request = microsoft
            .http
            .request(method, microsoft.url(&format!("/_control/{path}")))
            .json(&body);
        async move {
            let reply = request.send().await.unwrap();
            let status = reply.status().as_u16();
            (status, reply.json::<Value>().await.unwrap_or(Value::Null))
        }
    };
    let post = |path: &str, body: Value| call(reqwest::Method::POST, path.to_string(), body);
    assert_eq!(
        post(
            "accounts",
            json!({"email": "new@contoso.example", "name": "New One", "timeZone": "UTC"})
        )
        .await
        .0,
        204
    );
    let home = microsoft.control().default_calendar("new@contoso.example").unwrap();
    let (_, made) = post(&format!("calendars/{home}/events"), hour("Outside", "2027-03-01T10:00")).await;
    assert_eq!(made["subject"], "Outside");
    let id = made["id"].as_str().unwrap().to_string();
    let (_, changed) = call(
        reqwest::Method::PATCH,
        format!("events/{id}"),
        json!({"subject": "Changed"}),
    )
    .await;
    assert_eq!(changed["subject"], "Changed");
    let (_, tokens) = post(
        "tokens",
        json!({"email": "new@contoso.example", "scopes": ["Calendars.Read"]}),
    )
    .await;
    let mut user = microsoft.user(NOAH);
    user.token = tokens["accessToken"].as_str().unwrap().into();
    assert_eq!(subjects(&user.all("/me/events").await), ["Changed"]);
    let (_, journal) = call(
        reqwest::Method::GET,
        "journal?operation=graph.events.list".into(),
        Value::Null,
    )
    .await;
    assert_eq!(journal["items"][0]["account"], "new@contoso.example");
    assert!(
        journal["items"][0]["headers"]
            .as_array()
            .unwrap()
            .iter()
            .all(|h| h[0] != "authorization")
    );
    let (_, limits) = call(
        reqwest::Method::PATCH,
        "limits".into(),
        json!({"concurrentPerMailbox": 2}),
    )
    .await;
    assert_eq!(limits["concurrentPerMailbox"], 2);
    assert_eq!(
        call(reqwest::Method::PATCH, "limits".into(), json!({"nonsense": 2}))
            .await
            .0,
        400
    );
    let (_, clock) = post("clock", json!({"advanceSeconds": 7200})).await;
    assert_eq!(clock["offsetSeconds"], 7200);
    assert_eq!(post("tokens/expire", json!({})).await.0, 204);
    assert_eq!(user.get("/me/events").await.refused().0, 401);
    assert_eq!(
        call(reqwest::Method::DELETE, format!("events/{id}"), Value::Null)
            .await
            .0,
        204
    );
    assert_eq!(
        call(reqwest::Method::DELETE, format!("events/{id}"), Value::Null)
            .await
            .0,
        400
    );
    assert_eq!(post("nothing", json!({})).await.0, 404);
}

#[tokio::test]
async fn the_sandbox_has_some_life() {
    let microsoft = Microsoft::with(simulators::microsoft::Options::default().seeded(simulators::microsoft::sandbox()));
    let mira = microsoft.user("mira.sandbox@contoso.example");
    let all = mira.all("/me/events").await;
    assert_eq!(all.len(), 5);
    assert!(microsoft.control().mails().is_empty());
    assert_eq!(mira.all("/me/calendars").await.len(), 2);
    let guest = microsoft.user("leo.sandbox@outlook.com");
    assert!(
        guest
            .all("/me/events")
            .await
            .iter()
            .any(|e| e["subject"] == "Client review" && e["isOrganizer"] == false)
    );
}
