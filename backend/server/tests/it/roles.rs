//! Who may do what: the table of operations and scopes, generated, reviewed as a snapshot, and tried one by one.

use std::{fmt::Write, path::PathBuf};

use actix_web::http::Method;
use calendar_stacker::{
    api::{
        auth::scope,
        reach::{Need, need},
    },
    ops::access::of_role,
};
use db::reach::Level;
use serde_json::{Value, json};

use crate::{
    full::{Full, request},
    harness::send,
    openapi::operations,
};

/// What keys cannot do, whatever their scopes.
const ONLY_PEOPLE: &str = "people";

/// The scope a key needs; `None`: anybody may, signed in or not. An empty text: any key.
fn needed(operation: &Value) -> Option<String> {
    let schemes = operation["security"].as_array().unwrap();
    let session = schemes.iter().any(|scheme| scheme.get("session").is_some());
    let Some(key) = schemes.iter().find_map(|scheme| scheme.get("key")) else {
        return session.then(|| ONLY_PEOPLE.to_owned());
    };
    let scopes = key.as_array().unwrap();
    assert!(scopes.len() <= 1, "{operation}");
    Some(scopes.first().and_then(Value::as_str).unwrap_or_default().to_owned())
}

#[test]
fn the_table_of_operations_and_roles_is_the_reviewed_one() {
    let mut table = String::from(
        "# Who may do what\n\nGenerated: `UPDATE=1 cargo test -p calendar-stacker roles`. Review every change of it.\n\n\
        Members: `read`, `write`, `admin` is the level that they need for the client concerned; `as staff` is what one of its \
        staff may do with their own things, at that level. Admins may do all but what concerns owners.\n\n\
        | operation | scope of a key | anonymous | read | write | admin | as staff | owner, admin |\n\
        |---|---|---|---|---|---|---|---|\n",
    );
    let mut rows = Vec::new();
    for (method, path, operation) in operations() {
        let scope = needed(&operation);
        let held = |role: &str| match scope.as_deref() {
            None | Some("" | ONLY_PEOPLE) => true,
            Some(scope) => of_role(role).iter().any(|held| held == scope),
        };
        let words = match scope.as_deref() {
            None => "–".to_owned(),
            Some("") => "any".to_owned(),
            Some(ONLY_PEOPLE) => "only people".to_owned(),
            Some(scope) => format!("`{scope}`"),
        };
        let method = method.to_uppercase().parse().unwrap();
        let need = match need(&method, path.trim_start_matches("/api/v1/")) {
            _ if method == Method::GET => Need::Scope,
            need => need,
        };
        let level = |level: Level| match need {
            Need::Scope => true,
            Need::Level { least, .. } => level >= least,
            Need::Everything => false,
        };
        let own = !matches!(need, Need::Everything | Need::Level { whole: true, .. });
        let mark = |may: bool| if may { "yes" } else { "–" };
        let id = operation["operationId"].as_str().unwrap();
        let row = [
            scope.is_none(),
            held("member") && level(Level::Read),
            held("member") && level(Level::Write),
            held("member") && level(Level::Admin),
            held("member") && own,
            held("admin") && held("owner"),
        ];
        rows.push(format!("| {id} | {words} | {} |", row.map(mark).join(" | ")));
    }
    rows.sort();
    for row in rows {
        writeln!(table, "{row}").unwrap();
    }
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/permissions.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &table).unwrap();
    }
    assert!(
        std::fs::read_to_string(&file).unwrap_or_default() == table,
        "tests/it/permissions.md is not current: run UPDATE=1 cargo test -p calendar-stacker roles"
    );
    assert!(of_role("nobody").is_empty());
}

#[tokio::test]
async fn a_key_does_what_its_scope_says_and_nothing_else() {
    let full = Full::new().await;
    let owner = &full.world.owner;
    let app = &full.world.app;
    let anybody = app.anybody();
    for (method, template, operation) in operations() {
        let Some(scope) = needed(&operation) else {
            // Open to all; not by accident: the list is short and stands in the table.
            continue;
        };
        // Ids that nobody has: what is allowed says 404 or complains about the request, and harms nothing.
        let path = template
            .replace("{id}", "cli_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b")
            .replace("{key}", "none");
        let call = |caller| {
            let request = request(caller, &method, &path);
            if operation.get("requestBody").is_some() {
                request.json(&json!({}))
            } else {
                request
            }
        };
        send(call(&anybody)).await.problem(401, "unauthenticated");
        if scope.is_empty() || scope == ONLY_PEOPLE {
            continue;
        }
        let others: Vec<&str> = scope::ALL.iter().copied().filter(|other| *other != scope).collect();
        let without = app.key(owner, &others).await;
        let answer = send(call(&without)).await;
        assert_eq!(
            (answer.status, answer.body["code"].as_str()),
            (403, Some("forbidden")),
            "{method} {path} without {scope}: {}",
            answer.raw
        );
        assert!(answer.text("detail").contains(&scope), "{}", answer.raw);
        let with = app.key(owner, &[&scope]).await;
        let answer = send(call(&with)).await;
        assert!(
            !matches!(answer.status, 401 | 403 | 500..),
            "{method} {path} with {scope}: {}",
            answer.raw
        );
    }
}
