//! Whatever is sent, the answer is in our shape and names everything that is wrong.

use serde_json::{Map, Value, json};

use crate::{
    full::{Full, body_schema, properties, request},
    harness::{Answer, send},
    openapi::operations,
};

fn pointers(answer: &Answer) -> Vec<String> {
    answer.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap().to_owned())
        .collect()
}

/// A value that fits no sensible field of this schema.
fn misfit(schema: &Value) -> Value {
    let text = schema.to_string();
    // A field that is an object or a list of them gets a number, all others an object.
    if text.contains("\"object\"") || text.contains("$ref") || text.contains("\"array\"") {
        json!(17.5)
    } else {
        json!({"wrong": [true]})
    }
}

#[tokio::test]
async fn every_operation_with_a_body_refuses_bad_ones_completely() {
    let full = Full::new().await;
    let owner = &full.world.owner;
    let mut tried = 0;
    for (method, template, operation) in operations() {
        let Some(schema) = body_schema(&operation) else {
            continue;
        };
        let path = full.path(&template, &operation);
        let at = format!("{method} {path}");
        let call = || request(owner, &method, &path);
        let json_call = || call().header("content-type", "application/json");

        send(json_call().body("{\"a\":")).await.problem(400, "malformed_json");
        send(json_call().body("")).await.problem(400, "malformed_json");
        send(call().header("content-type", "text/plain").body("{}"))
            .await
            .problem(415, "unsupported_media_type");
        // Only tables may be larger.
        let most = if template.ends_with("/bookings/import") { 5 } else { 1 };
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(most * 1024 * 1024));
        send(json_call().body(large)).await.problem(413, "payload_too_large");
        for other in ["[]", "null", "\"text\"", "17"] {
            let answer = send(json_call().body(other)).await;
            assert_eq!(
                (answer.status, answer.body["code"].as_str()),
                (422, Some("validation_failed")),
                "{at} {other}: {}",
                answer.raw
            );
        }

        let mut body: Map<String, Value> = properties(&schema)
            .iter()
            .map(|(name, schema)| (name.clone(), misfit(schema)))
            .collect();
        assert!(!body.is_empty(), "{at} has a body without fields");
        body.insert("no_such_field".to_owned(), json!(1));
        let answer = send(json_call().json(&body)).await;
        assert_eq!(
            (answer.status, answer.body["code"].as_str()),
            (422, Some("validation_failed")),
            "{at}: {}",
            answer.raw
        );
        answer.problem(422, "validation_failed");
        let told = pointers(&answer);
        for name in body.keys() {
            let pointer = format!("/{name}");
            assert!(
                told.iter()
                    .any(|one| *one == pointer || one.starts_with(&format!("{pointer}/"))),
                "{at} does not say that {name} is wrong: {}",
                answer.raw
            );
        }
        tried += 1;
    }
    assert!(tried >= 12, "{tried}");
}

#[tokio::test]
async fn every_operation_with_parameters_refuses_unknown_ones() {
    let full = Full::new().await;
    for (method, template, operation) in operations() {
        let takes_query = operation["parameters"]
            .as_array()
            .is_some_and(|all| all.iter().any(|parameter| parameter["in"] == "query"));
        // What providers call, they call with whatever they like to add.
        if !takes_query || template.ends_with("/oauth/callback") || template.contains("/hooks/") {
            continue;
        }
        let path = full.path(&template, &operation);
        let path = format!(
            "{path}{}no_such_parameter=1",
            if path.contains('?') { '&' } else { '?' }
        );
        let mut call = request(&full.world.owner, &method, &path);
        if let Some(body) = full.body(&operation) {
            call = call.json(&body);
        }
        let answer = send(call).await;
        assert_eq!(answer.status, 422, "{method} {path}: {}", answer.raw);
        assert!(
            pointers(&answer).contains(&"/query/no_such_parameter".to_owned()),
            "{method} {path}: {}",
            answer.raw
        );
    }
}

#[tokio::test]
async fn deep_and_odd_json_is_refused_calmly() {
    let full = Full::new().await;
    let owner = &full.world.owner;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let post = |body: String| {
        send(
            request(owner, "post", "/clients")
                .header("content-type", "application/json")
                .body(body),
        )
    };
    post(deep).await.problem(400, "malformed_json");
    post("{\"name\": \"\\ud800\"}".to_owned())
        .await
        .problem(400, "malformed_json");
    post("\u{feff}{}".to_owned()).await.problem(400, "malformed_json");
    let bytes = send(
        request(owner, "post", "/clients")
            .header("content-type", "application/json")
            .body(vec![b'"', 0xff, b'"']),
    )
    .await;
    bytes.problem(400, "malformed_json");
}
