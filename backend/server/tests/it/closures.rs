//! Closures: whole days, or part of one.

use serde_json::{Value, json};

use crate::{harness::TestApp, services::patch_as_of};

#[tokio::test]
async fn a_closure_is_days_or_moments_and_can_become_the_other() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let client = dana.client("Bright Dental").await;
    let one_day = json!({"client_id": client, "name": "Christmas", "first_day": "2026-12-24"});
    let added = dana.post("/closures", one_day).await.ok(201);
    assert_eq!(added.body["last_day"], "2026-12-24");
    let path = format!("/closures/{}", added.text("id"));
    let longer = patch_as_of(&dana, &path, added.header("etag"), json!({"last_day": "2026-12-26"}))
        .await
        .ok(200);
    assert_eq!(longer.body["last_day"], "2026-12-26");
    patch_as_of(&dana, &path, added.header("etag"), json!({"name": "x"}))
        .await
        .problem(412, "precondition_failed");
    let moments = json!({"first_day": null, "last_day": null, "starts_at": "2026-12-24T12:00:00+01:00", "ends_at": "2026-12-24T18:00:00+01:00"});
    let changed = dana.patch(&path, moments).await.ok(200);
    assert_eq!(
        (
            &changed.body["first_day"],
            &changed.body["starts_at"],
            &changed.body["ends_at"]
        ),
        (
            &Value::Null,
            &json!("2026-12-24T11:00:00Z"),
            &json!("2026-12-24T17:00:00Z")
        )
    );
    dana.delete(&path).await.ok(204);
    dana.get(&path).await.problem(404, "not_found");
}

#[tokio::test]
async fn closures_are_listed_in_time_and_by_the_range_they_touch() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let (client, other) = (dana.client("Bright Dental").await, dana.client("Other").await);
    for (client, name, first, last) in [
        (&client, "Summer", "2027-07-19", "2027-08-06"),
        (&client, "New Year", "2027-01-01", "2027-01-01"),
        (&client, "Christmas", "2026-12-24", "2026-12-26"),
        (&other, "Elsewhere", "2026-12-25", "2026-12-25"),
    ] {
        let body = json!({"client_id": client, "name": name, "first_day": first, "last_day": last});
        dana.post("/closures", body).await.ok(201);
    }
    let names = async |query: &str| {
        let list = dana.get(&format!("/closures?client_id={client}{query}")).await.ok(200);
        let names: Vec<String> = list.body["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect();
        (names, list.body["next_cursor"].clone())
    };
    assert_eq!(names("").await.0, ["Christmas", "New Year", "Summer"]);
    assert_eq!(
        names("&from=2026-12-28T00:00:00Z&to=2027-07-18T00:00:00Z").await.0,
        ["New Year"]
    );
    let (first, cursor) = names("&limit=2").await;
    assert_eq!(first, ["Christmas", "New Year"]);
    let rest = names(&format!("&limit=2&cursor={}", cursor.as_str().unwrap())).await;
    assert_eq!(rest, (vec!["Summer".to_owned()], Value::Null));
}

#[tokio::test]
async fn a_closure_that_contradicts_itself_is_refused_with_all_that_is_wrong() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let client = dana.client("Bright Dental").await;
    let refused = async |when: Value, fields: &[(&str, &str)]| {
        let mut body = json!({"client_id": client, "name": "x"});
        body.as_object_mut().unwrap().extend(when.as_object().unwrap().clone());
        dana.post("/closures", body)
            .await
            .problem(422, "validation_failed")
            .fields(fields);
    };
    refused(json!({}), &[("/first_day", "required")]).await;
    refused(json!({"last_day": "2026-12-24"}), &[("/first_day", "required")]).await;
    refused(
        json!({"first_day": "2026-12-24", "last_day": "2026-12-23"}),
        &[("/last_day", "before_first")],
    )
    .await;
    refused(
        json!({"first_day": "2026-12-24", "last_day": "2028-12-24"}),
        &[("/last_day", "too_long")],
    )
    .await;
    refused(
        json!({"starts_at": "2026-12-24T12:00:00Z"}),
        &[("/ends_at", "required")],
    )
    .await;
    refused(
        json!({"starts_at": "2026-12-24T12:00:00Z", "ends_at": "2026-12-24T12:00:00Z"}),
        &[("/ends_at", "not_after_start")],
    )
    .await;
    refused(
        json!({"first_day": "2026-12-24", "starts_at": "2026-12-24T12:00:00Z"}),
        &[("/starts_at", "either_or"), ("/ends_at", "required")],
    )
    .await;
    refused(
        json!({"first_day": "24 December", "starts_at": "noon"}),
        &[("/first_day", "format"), ("/starts_at", "format")],
    )
    .await;
}
