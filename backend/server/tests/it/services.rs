//! Services: offered, changed, archived, restored; by whom they are done.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Caller, TestApp, send};

/// Somebody who works for a client.
pub async fn member(caller: &Caller, client: &str, name: &str) -> String {
    caller
        .post("/staff", json!({"client_id": client, "name": name}))
        .await
        .ok(201)
        .text("id")
}

/// A change by somebody who knows this version.
pub async fn patch_as_of(caller: &Caller, path: &str, etag: &str, change: Value) -> Answer {
    send(
        caller
            .request(Method::PATCH, path)
            .header("if-match", etag)
            .json(&change),
    )
    .await
}

#[tokio::test]
async fn a_service_has_sensible_terms_until_somebody_says_others() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let client = dana.client("Bright Dental").await;
    let body = json!({"client_id": client, "name": " Check-up ", "duration_minutes": 45});
    let added = dana.post("/services", body).await.ok(201);
    let path = format!("/services/{}", added.text("id"));
    assert_eq!(added.header("location"), format!("/api/v1{path}"));
    let terms = |answer: &Answer| {
        [
            "name",
            "before_minutes",
            "after_minutes",
            "capacity",
            "notice_minutes",
            "horizon_days",
            "daily_limit",
            "step_minutes",
            "assignment",
            "is_public",
        ]
        .map(|field| answer.body[field].clone())
    };
    assert_eq!(
        json!(terms(&added)),
        json!(["Check-up", 0, 0, 1, 120, 60, null, 15, "any", false])
    );
    let (sam, kim) = (member(&dana, &client, "Sam").await, member(&dana, &client, "Kim").await);
    let change = json!({"after_minutes": 15, "capacity": 3, "daily_limit": 8, "assignment": "round_robin",
        "staff_ids": [sam, kim], "variants": [{"id": "long", "name": "First visit", "duration_minutes": 90, "price_text": "120 €"}]});
    let changed = dana.patch(&path, change).await.ok(200);
    assert_eq!(
        (
            &changed.body["staff_ids"],
            &changed.body["variants"][0]["price_text"],
            &changed.body["revision"]
        ),
        (&json!([sam, kim]), &json!("120 €"), &json!(2))
    );
    // The order of people is the order of preference.
    dana.patch(&path, json!({"staff_ids": [kim, sam]})).await.ok(200);
    let read = dana.get(&path).await.ok(200);
    assert_eq!(
        (&read.body["staff_ids"], &read.body["daily_limit"]),
        (&json!([kim, sam]), &json!(8))
    );
    let list = dana.get(&format!("/services?client_id={client}&q=CHECK")).await.ok(200);
    assert_eq!(list.body["data"], json!([read.body]));
    let cleared = dana
        .patch(&path, json!({"daily_limit": null, "staff_ids": [], "variants": null}))
        .await
        .ok(200);
    assert_eq!(
        (
            &cleared.body["daily_limit"],
            &cleared.body["staff_ids"],
            &cleared.body["variants"]
        ),
        (&json!(null), &json!([]), &json!([]))
    );
}

#[tokio::test]
async fn everything_wrong_with_a_service_is_told_at_once() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let (client, other) = (dana.client("Bright Dental").await, dana.client("Other").await);
    let nothing = json!({"client_id": client, "name": "", "duration_minutes": 0, "after_minutes": 1441, "capacity": 0,
        "step_minutes": 0, "assignment": "nobody", "colour": "red", "staff_ids": [7], "variants": [{"id": "A B", "name": "x", "duration_minutes": 5}]});
    dana.post("/services", nothing)
        .await
        .problem(422, "validation_failed")
        .fields(&[
            ("/name", "too_short"),
            ("/duration_minutes", "too_small"),
            ("/after_minutes", "too_large"),
            ("/capacity", "too_small"),
            ("/step_minutes", "too_small"),
            ("/assignment", "enum"),
            ("/colour", "format"),
            ("/staff_ids/0", "type"),
            ("/variants/0/id", "format"),
        ]);
    let (sam, alien) = (
        member(&dana, &client, "Sam").await,
        member(&dana, &other, "Alien").await,
    );
    let variant = json!({"id": "long", "name": "Long", "duration_minutes": 90});
    let odd = json!({"client_id": client, "name": "Check-up", "duration_minutes": 45, "horizon_days": 401,
        "staff_ids": [sam, alien, "stf_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", sam], "variants": [variant, variant]});
    let told = dana.post("/services", odd).await;
    told.problem(422, "validation_failed").fields(&[
        ("/horizon_days", "too_large"),
        ("/staff_ids/1", "other_client"),
        ("/staff_ids/2", "not_found"),
        ("/staff_ids/3", "duplicate"),
        ("/variants/1/id", "duplicate"),
    ]);
    assert!(told.raw.contains("400 days ahead"), "{}", told.raw);
    let late = json!({"client_id": client, "name": "Check-up", "duration_minutes": 45, "horizon_days": 1, "notice_minutes": 2880});
    dana.post("/services", late)
        .await
        .problem(422, "validation_failed")
        .fields(&[("/notice_minutes", "too_large")]);
    let fine = json!({"client_id": client, "name": "Check-up", "duration_minutes": 45});
    let id = dana.post("/services", fine).await.ok(201).text("id");
    dana.patch(&format!("/services/{id}"), json!({"client_id": other}))
        .await
        .problem(422, "validation_failed")
        .fields(&[("/client_id", "read_only")]);
    assert_eq!(dana.get(&format!("/services/{id}")).await.body["revision"], 1);
}

#[tokio::test]
async fn an_archived_service_is_out_of_the_list_and_can_come_back() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let client = dana.client("Bright Dental").await;
    let body = json!({"client_id": client, "name": "Check-up", "duration_minutes": 45});
    let id = dana.post("/services", body).await.ok(201).text("id");
    let path = format!("/services/{id}");
    dana.delete(&path).await.ok(204);
    let archived = dana.get(&path).await.ok(200);
    assert_eq!(archived.body["is_active"], false);
    dana.delete(&path).await.ok(204);
    assert_eq!(dana.get(&path).await.body, archived.body, "archiving twice is once");
    let count = async |state: &str| {
        let list = dana.get(&format!("/services{state}")).await.ok(200);
        list.body["data"].as_array().unwrap().len()
    };
    assert_eq!(
        (
            count("").await,
            count("?state=archived").await,
            count("?state=all").await
        ),
        (0, 1, 1)
    );
    let back = dana.patch(&path, json!({"is_active": true})).await.ok(200);
    assert_eq!((&back.body["archived_at"], count("").await), (&Value::Null, 1));
}

#[tokio::test]
async fn of_two_people_who_change_the_same_service_one_is_told() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let client = dana.client("Bright Dental").await;
    let body = json!({"client_id": client, "name": "Check-up", "duration_minutes": 45});
    let added = dana.post("/services", body).await.ok(201);
    let path = format!("/services/{}", added.text("id"));
    let etag = added.header("etag");
    let change = |minutes: u32| patch_as_of(&dana, &path, etag, json!({"duration_minutes": minutes}));
    let (one, two) = tokio::join!(change(30), change(60));
    let (won, lost) = if one.status == 200 { (one, two) } else { (two, one) };
    assert_eq!(won.status, 200, "{}", won.raw);
    lost.problem(412, "precondition_failed");
    assert_eq!(lost.body["current"], won.body);
    let gone = send(dana.request(Method::DELETE, &path).header("if-match", etag)).await;
    gone.problem(412, "precondition_failed");
    let known = send(
        dana.request(Method::GET, &path)
            .header("if-none-match", won.header("etag")),
    )
    .await;
    assert_eq!(known.status, 304);
}

#[tokio::test]
async fn the_same_request_twice_makes_one_service_and_those_who_follow_are_told() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let client = dana.client("Bright Dental").await;
    let since = dana.get("/changes").await.ok(200).body["next_since"].clone();
    let body = json!({"client_id": client, "name": "Check-up", "duration_minutes": 45});
    let one = dana.post_as("call-1", "/services", body.clone()).await.ok(201);
    let two = dana.post_as("call-1", "/services", body).await.ok(201);
    assert_eq!(one.body, two.body);
    let id = one.text("id");
    dana.patch(&format!("/services/{id}"), json!({"capacity": 2}))
        .await
        .ok(200);
    let changes = dana.get(&format!("/changes?since={since}")).await.ok(200);
    let told: Vec<_> = changes.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| json!([one["kind"], one["id"], one["action"], one["client_id"]]))
        .collect();
    assert_eq!(
        json!(told),
        json!([["service", id, "created", client], ["service", id, "updated", client]])
    );
}
