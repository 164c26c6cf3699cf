//! Customers: found by what a caller says, and forgotten when they ask.

use serde_json::{Value, json};

use crate::{harness::TestApp, services::patch_as_of};

#[tokio::test]
async fn somebody_is_found_by_name_address_and_number_however_it_is_written() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let (client, other) = (dana.client("Bright Dental").await, dana.client("Other").await);
    for (client, name, email, phone) in [
        (&client, "Robin Weber", "Robin@Example.com", "+49 (30) 901-820"),
        (&client, "Zoë Äpfel", "zoe@example.org", "0049 40 1234"),
        (&client, "No_body", "nobody@example.org", "911"),
        (&other, "Robin Other", "robin@example.net", "+49 30 901820"),
    ] {
        let body = json!({"client_id": client, "name": name, "email": email, "phone": phone});
        dana.post("/customers", body).await.ok(201);
    }
    let found = async |q: &str| {
        let q: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
        let list = dana.get(&format!("/customers?client_id={client}&q={q}")).await.ok(200);
        list.body["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    for same in [
        "robin",
        "WEBER",
        "robin@example.COM",
        "030 901820",
        "+49 30 901820",
        "0049/30/901820",
        "901-820",
    ] {
        assert_eq!(found(same).await, ["Robin Weber"], "{same}");
    }
    assert_eq!(found("äpfel").await, ["Zoë Äpfel"]);
    assert_eq!(found("o_b").await, ["No_body"], "wildcards are letters");
    assert_eq!(found("%").await, [] as [&str; 0]);
    assert_eq!(found("").await, ["No_body", "Robin Weber", "Zoë Äpfel"]);
}

#[tokio::test]
async fn a_customer_is_changed_and_forgotten_for_good() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let client = dana.client("Bright Dental").await;
    let body = json!({"client_id": client, "name": "Robin", "phone": "030 1234", "notes": "Likes the window"});
    let added = dana.post("/customers", body).await.ok(201);
    let path = format!("/customers/{}", added.text("id"));
    let changed = patch_as_of(
        &dana,
        &path,
        added.header("etag"),
        json!({"notes": null, "time_zone": "Asia/Tokyo"}),
    )
    .await
    .ok(200);
    assert_eq!(
        (&changed.body["notes"], &changed.body["time_zone"]),
        (&Value::Null, &json!("Asia/Tokyo"))
    );
    patch_as_of(&dana, &path, added.header("etag"), json!({"name": "x"}))
        .await
        .problem(412, "precondition_failed");
    let since = dana.get("/changes").await.ok(200).body["next_since"].clone();
    dana.delete(&path).await.ok(204);
    dana.get(&path).await.problem(404, "not_found");
    let told = dana.get(&format!("/changes?since={since}")).await.ok(200);
    assert_eq!(
        (&told.body["data"][0]["kind"], &told.body["data"][0]["action"]),
        (&json!("customer"), &json!("deleted"))
    );
    dana.post(
        "/customers",
        json!({"client_id": client, "name": "", "email": "nobody", "time_zone": "Mars/Olympus"}),
    )
    .await
    .problem(422, "validation_failed")
    .fields(&[("/name", "too_short"), ("/email", "format"), ("/time_zone", "format")]);
    dana.post(
        "/customers",
        json!({"client_id": client, "name": "Robin", "phone": "call me"}),
    )
    .await
    .problem(422, "validation_failed")
    .fields(&[("/phone", "format")]);
}
