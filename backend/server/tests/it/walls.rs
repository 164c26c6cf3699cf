//! Tenants are walls: what belongs to another is not found, through every operation there is.

use serde_json::json;

use crate::{
    full::{Full, request, resource_of},
    harness::send,
    openapi::operations,
};

#[tokio::test]
async fn nobody_reaches_another_tenants_things_through_any_path() {
    let full = Full::new().await;
    let eve = full.world.app.stranger().await;
    let mut tried = 0;
    for (method, template, operation) in operations() {
        // What is for everybody has walls of its own: crate::public.
        if !template.contains('{') || template.starts_with("/api/v1/public/") {
            continue;
        }
        let path = full.path(&template, &operation);
        let mut call = request(&eve, &method, &path);
        if let Some(body) = full.body(&operation) {
            call = call.json(&body);
        }
        let answer = send(call).await;
        assert_eq!(
            (answer.status, answer.body["code"].as_str()),
            (404, Some("not_found")),
            "{method} {path}: {}",
            answer.raw
        );
        tried += 1;
    }
    assert!(tried >= 20, "{tried}");
    // And nothing happened to them.
    for (resource, id) in &full.ids {
        if *resource != "api-keys" {
            full.world.owner.get(&format!("/{resource}/{id}")).await.ok(200);
        }
    }
    let keys = full.world.owner.get("/api-keys").await.ok(200);
    assert_eq!(keys.body["data"][0]["revoked_at"], json!(null));
}

#[tokio::test]
async fn nobody_names_another_tenants_things_in_a_body() {
    let full = Full::new().await;
    let eve = full.world.app.stranger().await;
    let mut tried = 0;
    for (method, template, operation) in operations() {
        let Some(body) = full
            .body(&operation)
            .filter(|_| !template.contains("{id}") && !template.contains("{slug}"))
        else {
            continue;
        };
        let named: Vec<&str> = ["client_id", "credential_id", "calendar_id", "service_id"]
            .into_iter()
            .filter(|field| body.get(field).is_some())
            .collect();
        if named.is_empty() {
            continue;
        }
        let answer = send(request(&eve, &method, &full.path(&template, &operation)).json(&body)).await;
        let told = answer.body["errors"].as_array().is_some_and(|errors| {
            errors
                .iter()
                .any(|error| named.iter().any(|field| error["pointer"] == format!("/{field}")))
        });
        assert!(
            answer.status == 404 || (answer.status == 422 && told),
            "{method} {template}: {}",
            answer.raw
        );
        tried += 1;
    }
    assert!(tried >= 1, "{tried}");
}

#[tokio::test]
async fn nobody_sees_another_tenants_things_in_a_list() {
    let full = Full::new().await;
    let eve = full.world.app.stranger().await;
    for (method, template, operation) in operations() {
        if method != "get" || template.contains('{') || template == "/metrics" {
            continue;
        }
        let id_parameters = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|parameter| parameter["name"].as_str());
        let mut queries = vec![String::new()];
        for name in id_parameters {
            let Some(resource) = resource_of(name) else { continue };
            queries.push(format!("?{name}={}", full.ids[resource]));
        }
        for query in queries {
            let answer = eve.get(&format!("{template}{query}")).await;
            assert!(answer.status < 500, "{template}{query}: {}", answer.raw);
            // Only what an error repeats of the question itself may name them.
            if answer.status == 200 {
                for id in full.ids.values() {
                    assert!(
                        !answer.raw.contains(id.as_str()),
                        "{template}{query} shows {id}: {}",
                        answer.raw
                    );
                }
                assert!(
                    !answer.raw.contains("Check-up") && !answer.raw.contains("Bright Dental"),
                    "{template}{query}: {}",
                    answer.raw
                );
            }
        }
    }
}
