//! Clients: added, found, changed, archived, restored, removed.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{TestApp, client, send};

fn names(list: &Value) -> Vec<&str> {
    list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["name"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_client_is_added_read_changed_archived_restored_and_removed() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let body = json!({"name": "Bright Dental", "email": "Hello@Bright.example", "google_account_email": "cal@bright.example", "time_zone": "Europe/Berlin", "notes": "Closed on Fridays"});
    let added = dana.post("/clients", body).await.ok(201);
    let path = format!("/clients/{}", added.text("id"));
    assert_eq!(added.header("location"), format!("/api/v1{path}"));
    let read = dana.get(&path).await.ok(200);
    assert_eq!(read.body, added.body);
    assert_eq!(
        (
            read.body["is_active"].clone(),
            read.body["credential_count"].clone(),
            read.body["revision"].clone()
        ),
        (json!(true), json!(0), json!(1))
    );

    let changed = dana
        .patch(&path, json!({"notes": null, "name": "Brighter Dental"}))
        .await
        .ok(200);
    assert_eq!(
        (
            changed.body["name"].clone(),
            changed.body["notes"].clone(),
            changed.body["email"].clone()
        ),
        (json!("Brighter Dental"), Value::Null, json!("Hello@Bright.example"))
    );
    assert_eq!(changed.body["revision"], 2);

    dana.delete(&format!("{path}?purge=true"))
        .await
        .problem(409, "conflict");
    dana.delete(&path).await.ok(204);
    let archived = dana.get(&path).await.ok(200);
    assert_eq!(archived.body["is_active"], false);
    assert!(archived.body["archived_at"].is_string());
    dana.delete(&path).await.ok(204);
    assert_eq!(dana.get(&path).await.body, archived.body, "archiving twice is once");

    assert_eq!(
        dana.patch(&path, json!({"is_active": true})).await.ok(200).body["archived_at"],
        Value::Null
    );
    dana.delete(&path).await.ok(204);
    dana.delete(&format!("{path}?purge=true")).await.ok(204);
    dana.get(&path).await.problem(404, "not_found");
    dana.patch(&path, json!({"name": "x"})).await.problem(404, "not_found");
    dana.delete(&path).await.problem(404, "not_found");
}

#[tokio::test]
async fn an_address_belongs_to_one_client_of_a_tenant() {
    let app = TestApp::start().await;
    let (dana, eve) = (app.owner().await, app.stranger().await);
    dana.client("Bright Dental").await;
    let mut body = client("Other");
    body["email"] = json!("BRIGHTDENTAL@example.com");
    dana.post("/clients", body.clone())
        .await
        .problem(409, "conflict")
        .fields(&[("/email", "taken")]);
    let other = dana.client("Other").await;
    dana.patch(
        &format!("/clients/{other}"),
        json!({"email": "brightdental@example.com"}),
    )
    .await
    .problem(409, "conflict")
    .fields(&[("/email", "taken")]);
    eve.post("/clients", body).await.ok(201);
}

#[tokio::test]
async fn everything_wrong_is_told_at_once() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    dana.post(
        "/clients",
        json!({"name": "", "email": "nobody", "time_zone": "Mars/Olympus", "notes": 7, "colour": "red"}),
    )
    .await
    .problem(422, "validation_failed")
    .fields(&[
        ("/name", "too_short"),
        ("/email", "format"),
        ("/time_zone", "format"),
        ("/notes", "type"),
        ("/colour", "unknown_field"),
    ]);
    let id = dana.client("Bright Dental").await;
    dana.patch(
        &format!("/clients/{id}"),
        json!({"name": null, "time_zone": "Mars/Olympus"}),
    )
    .await
    .problem(422, "validation_failed")
    .fields(&[("/name", "required"), ("/time_zone", "format")]);
    assert_eq!(
        dana.get(&format!("/clients/{id}")).await.body["revision"],
        1,
        "nothing was written"
    );
    dana.post(
        "/clients",
        json!({"name": "a\u{0}b", "email": "a@example.com", "time_zone": "UTC"}),
    )
    .await
    .problem(422, "validation_failed")
    .fields(&[("/name", "format")]);
    dana.get("/clients?limit=0&state=gone&colour=red&cursor=%21")
        .await
        .problem(422, "validation_failed")
        .fields(&[
            ("/query/limit", "too_small"),
            ("/query/state", "enum"),
            ("/query/colour", "unknown_field"),
        ]);
    dana.get("/clients?cursor=nonsense")
        .await
        .problem(422, "validation_failed")
        .fields(&[("/query/cursor", "format")]);
    dana.get("/clients?limit=many")
        .await
        .problem(422, "validation_failed")
        .fields(&[("/query/limit", "type")]);
}

#[tokio::test]
async fn lists_come_in_pages_that_neither_repeat_nor_skip_while_others_add() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    for n in 0..7 {
        dana.client(&format!("Client {n}")).await;
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = dana.get(&format!("/clients?limit=3{cursor}")).await.ok(200);
        seen.extend(names(&page.body).iter().map(|name| (*name).to_owned()));
        // Somebody adds before and behind the place.
        dana.client(&format!("A{}", seen.len())).await;
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let first: Vec<String> = (0..7).map(|n| format!("Client {n}")).collect();
    assert_eq!(seen, first);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 7);
}

#[tokio::test]
async fn clients_are_found_by_part_of_name_or_address_in_any_case() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    for (name, local) in [
        ("Bright Dental", "a1"),
        ("Harbour Yoga", "b12"),
        ("100 % Coffee", "c12"),
        ("ÄRZTEHAUS Süd", "d"),
    ] {
        dana.post(
            "/clients",
            json!({"name": name, "email": format!("{local}@example.com"), "time_zone": "UTC"}),
        )
        .await
        .ok(201);
    }
    let find = async |query: &str| {
        let list = dana.get(&format!("/clients?{query}")).await.ok(200);
        names(&list.body).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(find("q=DENT").await, ["Bright Dental"]);
    assert_eq!(find("q=%25").await, ["100 % Coffee"], "a wildcard is a character");
    assert_eq!(find("q=%C3%A4rzte").await, ["ÄRZTEHAUS Süd"]);
    assert_eq!(find("q=12@").await, ["100 % Coffee", "Harbour Yoga"]);
    assert_eq!(
        find("").await,
        ["100 % Coffee", "Bright Dental", "Harbour Yoga", "ÄRZTEHAUS Süd"]
    );

    let list = dana.get("/clients?q=yoga").await;
    dana.delete(&format!("/clients/{}", list.body["data"][0]["id"].as_str().unwrap()))
        .await
        .ok(204);
    assert_eq!(find("q=yoga").await, Vec::<String>::new());
    assert_eq!(find("q=yoga&state=archived").await, ["Harbour Yoga"]);
    assert_eq!(find("state=all").await.len(), 4);
}

#[tokio::test]
async fn a_version_is_sent_once_and_an_older_one_does_not_overwrite_a_newer() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let path = format!("/clients/{}", dana.client("Bright Dental").await);
    let first = dana.get(&path).await.ok(200);
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with('"'), "{tag}");
    let known = send(dana.request(Method::GET, &path).header("if-none-match", &tag)).await;
    assert_eq!((known.status, known.raw.as_str()), (304, ""));

    dana.patch(&path, json!({"name": "Theirs"})).await.ok(200);
    send(dana.request(Method::GET, &path).header("if-none-match", &tag))
        .await
        .ok(200);
    let mine = |tag: &str| {
        send(
            dana.request(Method::PATCH, &path)
                .header("if-match", tag)
                .json(&json!({"name": "Mine"})),
        )
    };
    let refused = mine(&tag).await;
    refused.problem(412, "precondition_failed");
    assert_eq!(refused.body["current"]["name"], "Theirs");
    send(dana.request(Method::DELETE, &path).header("if-match", &tag))
        .await
        .problem(412, "precondition_failed");
    let current = dana.get(&path).await;
    mine(current.header("etag")).await.ok(200);
}

#[tokio::test]
async fn of_changes_at_once_none_is_lost() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let path = format!("/clients/{}", dana.client("Bright Dental").await);
    let changes = (0..10).map(|n| {
        let (dana, path) = (dana.clone(), path.clone());
        async move { dana.patch(&path, json!({"notes": format!("note {n}")})).await.status }
    });
    assert_eq!(futures_util::future::join_all(changes).await, [200; 10]);
    assert_eq!(dana.get(&path).await.body["revision"], 11);
}
