//! The document is the contract: committed, complete, and true.

use std::{collections::BTreeSet, path::PathBuf};

use calendar_stacker::api::{auth::scope, document, problem::Code};
use serde_json::{Value, json};

use crate::harness::TestApp;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Method, path, operation.
pub fn operations() -> Vec<(String, String, Value)> {
    let paths = document::value()["paths"].as_object().unwrap();
    let each = |(path, item): (&String, &Value)| {
        let item = item.as_object().unwrap().clone();
        item.into_iter()
            .map(|(method, operation)| (method, path.clone(), operation))
            .collect::<Vec<_>>()
    };
    paths.iter().flat_map(each).collect()
}

#[test]
fn the_committed_document_is_the_one_the_code_makes() {
    let file = root().join("openapi/openapi.json");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, document::text()).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == document::text(),
        "openapi/openapi.json is not what the code makes: run UPDATE=1 cargo test -p calendar-stacker openapi"
    );
}

#[test]
fn every_operation_says_what_it_is_who_may_and_how_it_fails() {
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations() {
        let at = format!("{method} {path}");
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap().to_owned()),
            "{at}: the operation id is used twice"
        );
        assert!(
            operation["summary"].as_str().is_some_and(|text| !text.is_empty()),
            "{at} has no summary"
        );
        let tag = &operation["tags"][0];
        assert!(
            document::value()["tags"]
                .as_array()
                .unwrap()
                .iter()
                .any(|known| known["name"] == *tag),
            "{at}: {tag} is not a tag"
        );
        // The callback answers a browser with a redirect, whatever happened.
        let redirects = operation["operationId"] == "oauth_callback";
        assert!(
            redirects || operation["responses"]["default"] == json!({"$ref": "#/components/responses/Problem"}),
            "{at}"
        );
        for scheme in operation["security"]
            .as_array()
            .unwrap_or_else(|| panic!("{at} does not say who may"))
        {
            for scope in scheme.get("key").and_then(Value::as_array).into_iter().flatten() {
                assert!(scope::ALL.contains(&scope.as_str().unwrap()), "{at}: {scope}");
            }
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(to)) = fields.get("$ref") {
                    assert!(document::value().pointer(to.trim_start_matches('#')).is_some(), "{to}");
                }
                fields.values().for_each(walk);
            }
            Value::Array(items) => items.iter().for_each(walk),
            _ => {}
        }
    }
    walk(document::value());
}

#[test]
fn every_example_of_a_request_obeys_its_own_schema() {
    let mut tried = 0;
    for (method, path, operation) in operations() {
        let body = operation
            .pointer("/requestBody/content/application~1json/schema/$ref")
            .and_then(Value::as_str);
        let Some(name) = body
            .and_then(|to| to.rsplit('/').next())
            .filter(|name| !name.ends_with("Patch"))
        else {
            continue;
        };
        let Some(example) = document::value().pointer(&format!("/components/schemas/{name}/example")) else {
            continue;
        };
        assert_eq!(
            calendar_stacker::api::schema::check(name, example).unwrap(),
            [],
            "{method} {path}: {name}"
        );
        tried += 1;
    }
    assert!(tried >= 8, "{tried}");
}

#[test]
fn the_page_of_errors_explains_every_code_and_no_other() {
    let page = std::fs::read_to_string(root().join("docs/errors/README.md")).unwrap();
    let explained: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| <a id=\"")?.split('"').next())
        .collect();
    let known: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(explained, known);
    for code in Code::ALL {
        assert!(
            page.contains(&format!("`{}` | {} |", code.as_str(), code.status())),
            "{} is not {}",
            code.as_str(),
            code.status()
        );
    }
}

#[tokio::test]
async fn the_document_and_swagger_ui_are_served_without_the_internet() {
    let app = TestApp::start().await;
    let anybody = app.anybody();
    for path in ["/openapi.json", "/api/v1/openapi.json"] {
        assert_eq!(anybody.get(path).await.ok(200).raw, document::text());
    }
    assert_eq!(anybody.get("/docs").await.ok(308).header("location"), "/docs/");
    let page = anybody.get("/docs/").await.ok(200);
    assert!(
        !page.raw.contains("http://") && !page.raw.contains("https://"),
        "{}",
        page.raw
    );
    let start = anybody.get("/docs/swagger-initializer.js").await.ok(200);
    assert!(start.raw.contains("/openapi.json"), "{}", start.raw);
    let scripts: Vec<&str> = page
        .raw
        .split("src=\"./")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(scripts.len() >= 2);
    for script in scripts {
        anybody.get(&format!("/docs/{script}")).await.ok(200);
    }
    let schemes = document::value()["components"]["securitySchemes"].as_object().unwrap();
    assert!(
        schemes.contains_key("session") && schemes.contains_key("key"),
        "what Authorize offers"
    );
}
