//! The OpenAPI document: collected from the routes, completed with what holds for all of them, served with Swagger UI.

use std::sync::LazyLock;

use actix_web::{App as ActixApp, HttpRequest, HttpResponse, http::header, web};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::{Config as SwaggerConfig, SwaggerUi};

use crate::api::{
    auth::{COOKIE, scope},
    problem::{Code, FieldError, Problem, ProblemBody, ProviderAnswer},
};

static DOCUMENT: LazyLock<Value> = LazyLock::new(build);
static TEXT: LazyLock<String> = LazyLock::new(|| {
    let mut text = serde_json::to_string_pretty(&*DOCUMENT).unwrap_or_default();
    text.push('\n');
    text
});

/// The document as JSON.
pub fn value() -> &'static Value {
    &DOCUMENT
}

/// The document as text, the way it is committed.
pub fn text() -> &'static str {
    &TEXT
}

#[derive(OpenApi)]
#[openapi(components(schemas(ProblemBody, FieldError, ProviderAnswer, Code, crate::api::imports::model::ImportIn)))]
struct Common;

const DESCRIPTION: &str = "One service for every calendar a business lives by.\n\n\
    Instants are RFC 3339 in UTC. Lists come in pages (`limit`, `cursor`). `PATCH` is a JSON merge patch. Single resources carry an `ETag`. \
    Every POST takes an `Idempotency-Key`. Errors are `application/problem+json` with a closed `code` and a JSON pointer for every wrong field.\n\n\
    Sign in with the session cookie (then writes need `X-CSRF-Token` from `/auth/me`) or with an API key as bearer token.";

/// Names, order and sense of the groups of operations.
const TAGS: &[(&str, &str)] = &[
    ("session", "First run, signing in and out, who am I."),
    ("people", "Who signs in, and what each member may do with each client."),
    ("api keys", "Keys for scripts: scoped, expiring, shown once."),
    ("clients", "The businesses whose calendars are managed."),
    ("credentials", "What lets us act on an account at a provider."),
    ("calendars", "The calendars those accounts show."),
    ("events", "Events, their series and occurrences."),
    (
        "bulk",
        "Thousands of events at once: planned, looked at, applied, undone.",
    ),
    (
        "services and staff",
        "What clients offer, who does it and when, when they are closed, and how they want bookings treated.",
    ),
    ("customers", "People who come."),
    (
        "sync",
        "What happened, what is not at its provider yet, where changes met, how the exchange goes, and when people are busy.",
    ),
    ("availability", "Who can be booked when, and why not."),
    ("bookings", "Bookings: made, moved, given to somebody else, cancelled."),
    (
        "public",
        "For customers, without signing in: a client's booking page (its address is the `slug` of the booking policy) and a booking through its customer's own link.",
    ),
    ("dashboard", "How everything is, in one answer."),
    ("inbound", "For providers: they say that something changed."),
    ("operability", "For those who run the service."),
];

fn build() -> Value {
    let (_, mut document) = ActixApp::new()
        .into_utoipa_app()
        .openapi(Common::openapi())
        .configure(super::routes)
        .split_for_parts();
    document.info = utoipa::openapi::InfoBuilder::new()
        .title("Calendar Stacker")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(utoipa::openapi::License::new("MIT OR Apache-2.0")))
        .build();
    let mut document = serde_json::to_value(&document).unwrap_or_default();
    rename_refs(&mut document);
    complete(&mut document);
    document
}

/// What holds for every operation is said here once.
fn complete(document: &mut Value) {
    let tags = TAGS
        .iter()
        .map(|(name, description)| json!({ "name": name, "description": description }))
        .collect();
    insert(document, "tags", Value::Array(tags));
    insert(document, "security", json!([{ "session": [] }, { "key": [] }]));
    insert(
        document,
        "servers",
        json!([{ "url": "/", "description": "This installation" }]),
    );
    if let Some(components) = document.get_mut("components") {
        insert(
            components,
            "responses",
            json!({ "Problem": {
                "description": "Why it was not done (RFC 9457). `code` is a closed list.",
                "headers": {
                    "X-Request-Id": { "description": "Quote it when you report the problem.", "schema": { "type": "string" } },
                    "Retry-After": { "description": "Seconds, when trying again makes sense.", "schema": { "type": "integer" } },
                },
                "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
            }}),
        );
        insert(
            components,
            "securitySchemes",
            json!({
                "session": { "type": "apiKey", "in": "cookie", "name": COOKIE, "description": "Set by signing in. Writes also need the CSRF token and our own `Origin`." },
                "csrf": { "type": "apiKey", "in": "header", "name": "X-CSRF-Token", "description": "`csrf_token` of `/auth/me`: only with the session cookie." },
                "key": { "type": "http", "scheme": "bearer", "bearerFormat": "cs_live_…", "description": format!("An API key. Scopes: {}.", scope::ALL.join(", ")) },
            }),
        );
        if let Some(schemas) = components.get_mut("schemas").and_then(Value::as_object_mut) {
            plain_names(schemas);
            schemas.values_mut().for_each(all_fields);
            // The one answer with alternatives: a date, or a wall time in a zone.
            if let Some(time) = schemas.get_mut("EventTime") {
                insert(time, "required", json!(["utc"]));
            }
            schemas.sort_keys();
        }
    }
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    paths.sort_keys();
    for (method, operation) in paths.values_mut().filter_map(Value::as_object_mut).flatten() {
        proof_of_origin(method, operation);
        if method == "post" && operation.get("security") != Some(&json!([{}])) {
            idempotency(operation);
        }
    }
}

/// The collector calls types with parameters `Page_Client` and `ClientPatch_ClientIn`; people want `ClientList` and
/// `ClientPatch`.
fn plain_name(name: &str) -> Option<String> {
    if let Some(entry) = name.strip_prefix("Page_") {
        return Some(format!("{entry}List"));
    }
    name.split_once("Patch_").map(|(whole, _)| format!("{whole}Patch"))
}

fn plain_names(schemas: &mut Map<String, Value>) {
    let found: Vec<(String, String)> = schemas
        .keys()
        .filter_map(|name| Some((name.clone(), plain_name(name)?)))
        .collect();
    for (old, new) in found {
        let Some(mut schema) = schemas.remove(&old) else {
            continue;
        };
        if let Some(entry) = old.strip_prefix("Page_") {
            // It writes the entries out; they have a name.
            if let Some(items) = schema.pointer_mut("/properties/data/items") {
                *items = json!({ "$ref": format!("#/components/schemas/{entry}") });
            }
        }
        schemas.insert(new, schema);
    }
}

fn rename_refs(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let renamed = fields.get("$ref").and_then(Value::as_str).and_then(|text| {
                let (place, name) = text.rsplit_once('/')?;
                Some(format!("{place}/{}", plain_name(name)?))
            });
            if let Some(renamed) = renamed {
                fields.insert("$ref".to_owned(), Value::String(renamed));
            }
            fields.values_mut().for_each(rename_refs);
        }
        Value::Array(items) => items.iter_mut().for_each(rename_refs),
        _ => {}
    }
}

fn insert(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}

/// Answers always carry every field. Requests are known by refusing fields they do not know; patches have no required field.
fn all_fields(schema: &mut Value) {
    let names: Vec<Value> = match schema.get("properties").and_then(Value::as_object) {
        Some(properties) if schema.get("additionalProperties") != Some(&Value::Bool(false)) => {
            properties.keys().cloned().map(Value::String).collect()
        }
        _ => return,
    };
    insert(schema, "required", Value::Array(names));
}

/// A write with the session cookie also needs the CSRF token.
fn proof_of_origin(method: &str, operation: &mut Value) {
    if method == "get" {
        return;
    }
    for scheme in operation
        .get_mut("security")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if scheme.get("session").is_some() {
            insert(scheme, "csrf", json!([]));
        }
    }
}

fn idempotency(operation: &mut Value) {
    let parameter = json!({ "name": "Idempotency-Key", "in": "header", "required": false, "schema": { "type": "string", "minLength": 1, "maxLength": 200 },
        "description": "The same key with the same body within a day replays the first answer." });
    match operation.get_mut("parameters").and_then(Value::as_array_mut) {
        Some(parameters) => parameters.push(parameter),
        None => insert(operation, "parameters", json!([parameter])),
    }
}

/// The document, Swagger UI beside it, and an answer for everything else.
pub fn serve(root: &mut web::ServiceConfig) {
    root.route("/openapi.json", web::get().to(json_file));
    root.route(
        "/docs",
        web::get().to(|| async {
            HttpResponse::PermanentRedirect()
                .insert_header((header::LOCATION, "/docs/"))
                .finish()
        }),
    );
    let config = SwaggerConfig::new(["/openapi.json"])
        .try_it_out_enabled(true)
        .persist_authorization(false)
        .display_request_duration(true)
        .filter(true);
    root.service(SwaggerUi::new("/docs/{_:.*}").config(config));
}

/// Answers with the document.
pub async fn json_file() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(text())
}

/// 405 where the path exists with other methods, else 404.
///
/// # Errors
/// Always.
pub async fn nothing_here(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let methods = methods(request.path());
    if methods.is_empty() {
        return Err(Problem::new(Code::NotFound, "There is nothing at this path."));
    }
    let allow = methods.join(", ");
    Err(Problem::new(Code::MethodNotAllowed, format!("This path takes {allow}.")).allow(allow))
}

fn methods(path: &str) -> Vec<String> {
    let Some(paths) = value().get("paths").and_then(Value::as_object) else {
        return Vec::new();
    };
    let same = |template: &str| {
        let (mut ours, mut theirs) = (template.split('/'), path.split('/'));
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return true,
                (Some(a), Some(b)) if a == b || (a.starts_with('{') && !b.is_empty()) => {}
                _ => return false,
            }
        }
    };
    let found = paths
        .iter()
        .filter(|(template, _)| same(template))
        .filter_map(|(_, item)| item.as_object());
    found
        .flat_map(|item| {
            item.keys()
                .filter(|key| *key != "parameters")
                .map(|method| method.to_uppercase())
        })
        .collect()
}
