//! A tenant that has one of everything, for the tests that walk over all operations.

use std::collections::BTreeMap;

use calendar_stacker::{api::document, gateway::push};
use jiff::SignedDuration;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use simulators::google::{Effect, Fault};

use crate::{
    google::{ANN, World, timed},
    harness::{Caller, send},
};

/// A world, and the ids of what its owner has, by the first segment of the path that names them.
pub struct Full {
    pub world: World,
    pub ids: BTreeMap<&'static str, String>,
    /// From a customer's link.
    pub token: String,
}

/// The address of the owner's booking page.
const SLUG: &str = "bright-dental";

/// Some hours from now, in whole seconds.
fn soon(hours: i64) -> jiff::Timestamp {
    let at = jiff::Timestamp::now() + SignedDuration::from_hours(hours);
    jiff::Timestamp::from_second(at.as_second()).unwrap()
}

/// A booking of the service, with somebody who is always there.
async fn booked(owner: &Caller, offered: &BTreeMap<&'static str, String>) -> String {
    let always = json!([{"from": "00:00", "to": "00:00"}]);
    let days = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let weekly: BTreeMap<&str, &Value> = days.iter().map(|day| (*day, &always)).collect();
    let hours = json!({"time_zone": "Europe/Berlin", "weekly": weekly, "exceptions": []});
    let path = format!("/staff/{}/working-hours", offered["staff"]);
    owner.put(&path, hours).await.ok(200);
    let path = format!("/services/{}", offered["services"]);
    owner
        .patch(&path, json!({"staff_ids": [offered["staff"]], "is_public": true}))
        .await
        .ok(200);
    let start = soon(240);
    let body = json!({"service_id": offered["services"], "start": start.to_string()});
    owner.post("/bookings", body).await.ok(201).text("id")
}

/// What a customer has made of the owner's page: the secret of their link.
async fn visited(world: &World, client: &str, service: &str) -> String {
    let policy = json!({"slug": SLUG, "live_check_ms": 0});
    let path = format!("/clients/{client}/booking-policy");
    world.owner.patch(&path, policy).await.ok(200);
    let start = soon(264);
    let body = json!({"service_id": service, "start": start.to_string(),
        "customer": {"name": "Cara Lind", "email": "cara@example.com"}});
    let path = format!("/public/{SLUG}/bookings");
    let url = world.app.anybody().post(&path, body).await.ok(201).text("manage_url");
    url.rsplit('/').next().unwrap().to_owned()
}

impl Full {
    pub async fn new() -> Self {
        let world = World::new().await;
        let connected = world.connect("Bright Dental", ANN).await;
        let event = world
            .create(
                &connected.calendar,
                timed("Check-up", "2027-03-01T09:00:00", "2027-03-01T10:00:00"),
            )
            .await;
        let key = world
            .owner
            .post("/api-keys", json!({"name": "theirs", "scopes": ["clients:read"]}))
            .await
            .ok(201)
            .text("id");
        let (mapping, conflict) = quarrel(&world, &event).await;
        let mut offered = BTreeMap::new();
        for (resource, mut body) in [
            ("services", json!({"name": "Check-up", "duration_minutes": 45})),
            ("staff", json!({"name": "Sam"})),
            ("closures", json!({"name": "Christmas", "first_day": "2026-12-24"})),
            ("customers", json!({"name": "Robin"})),
        ] {
            body["client_id"] = json!(connected.client);
            let id = world.owner.post(&format!("/{resource}"), body).await.ok(201).text("id");
            offered.insert(resource, id);
        }
        offered.insert("bookings", booked(&world.owner, &offered).await);
        let token = visited(&world, &connected.client, &offered["services"]).await;
        let invited = json!({"email": "ria@example.com", "name": "Ria", "role": "member", "access": []});
        let user = world.owner.post("/users", invited).await.ok(201).text("id");
        let mut ids = BTreeMap::from([
            ("users", user),
            ("mappings", mapping),
            ("conflicts", conflict),
            ("clients", connected.client),
            ("credentials", connected.credential),
            ("calendars", connected.calendar),
            ("events", event["id"].as_str().unwrap().to_owned()),
            ("api-keys", key),
        ]);
        ids.extend(offered);
        let (import, operation) = bulk(&world).await;
        ids.extend([("imports", import), ("operations", operation)]);
        let recipe = json!({"name": "Pool check", "fields": {"title": "Pool check", "start": "{{date}}"}});
        let template = world.owner.post("/templates", recipe).await.ok(201).text("id");
        ids.insert("templates", template);
        // Beyond what is remembered of callers for a moment.
        world.app.clock.advance(SignedDuration::from_secs(6));
        Self { world, ids, token }
    }

    /// The path with the owner's ids in it, and the parameters the operation insists on.
    pub fn path(&self, template: &str, operation: &Value) -> String {
        let resource = template.trim_start_matches("/api/v1/").split('/').next().unwrap();
        let path = match self.ids.get(resource) {
            Some(id) => template.replace("{id}", id),
            None => template.to_owned(),
        };
        let path = path.replace("{key}", "booking-1").replace("{slug}", SLUG);
        let path = path.replace("{token}", &self.token);
        assert!(!path.contains('{'), "{template}: no id for {resource}");
        let required = |parameter: &&Value| parameter["in"] == "query" && parameter["required"] == true;
        let named = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(required)
            .filter_map(|parameter| parameter["name"].as_str());
        let query: Vec<String> = named
            .filter_map(|name| Some(format!("{name}={}", self.ids[resource_of(name)?])))
            .collect();
        if query.is_empty() {
            path
        } else {
            format!("{path}?{}", query.join("&"))
        }
    }

    /// The example of the operation's body, with the owner's ids where ids belong.
    pub fn body(&self, operation: &Value) -> Option<Value> {
        let schema = body_schema(operation)?;
        let name = schema["$ref"].as_str()?.rsplit('/').next()?.to_owned();
        let whole = name
            .strip_suffix("Patch")
            .map_or_else(|| name.clone(), |whole| format!("{whole}In"));
        let example = |name: &str| {
            document::value()
                .pointer(&format!("/components/schemas/{name}/example"))
                .cloned()
        };
        let mut body = example(&name)
            .or_else(|| name.strip_suffix("Patch").and_then(example))
            .or_else(|| example(&whole))
            .unwrap_or_else(|| json!({}));
        let needed = required(&schema);
        for (name, property) in properties(&schema) {
            let fields = body.as_object_mut()?;
            let there = fields.contains_key(&name);
            match resource_of(&name) {
                Some(resource) if there || needed.contains(&name) => {
                    let one = json!(self.ids[resource]);
                    let several = resolved(&property)["type"] == "array";
                    fields.insert(name, if several { json!([one]) } else { one });
                }
                None if !there && needed.contains(&name) => {
                    let words = resolved(&property)["enum"]
                        .as_array()
                        .unwrap_or_else(|| panic!("{name} has no example"));
                    fields.insert(name, words[0].clone());
                }
                _ => {}
            }
        }
        Some(body)
    }
}

/// A file, and the plan that was made of it.
async fn bulk(world: &World) -> (String, String) {
    let upload = world
        .owner
        .request(Method::POST, "/imports?name=visits.csv")
        .header("content-type", "text/csv")
        .body("Title,Start,Duration\nFair,2027-05-01 09:00,45\n");
    let import = send(upload).await.ok(201).text("id");
    let plan = world.owner.post(&format!("/imports/{import}/plan"), json!({})).await;
    (import, plan.ok(202).text("id"))
}

/// Gives the tenant a change that waits for Google, and a conflict.
async fn quarrel(world: &World, event: &Value) -> (String, String) {
    let away = || {
        Fault::always(
            "calendar.*",
            Effect::Status {
                status: 503,
                retry_after: Some(3600),
            },
        )
    };
    let elsewhere = json!({"summary": "Elsewhere"});
    let name = event["provider_event_id"].as_str().unwrap();
    world.control().fault(away());
    world.patch(event, "", json!({"title": "Here"})).await.ok(200);
    world.control().clear_faults();
    world.control().patch_event(ANN, name, &elsewhere).unwrap();
    world.app.clock.advance(SignedDuration::from_hours(2));
    push::drain_all(&world.app.app).await.unwrap();
    let conflicts = world.owner.get("/conflicts").await.ok(200).body;
    world.control().fault(away());
    let event = world.event(event["id"].as_str().unwrap()).await;
    world.patch(&event, "", json!({"location": "Room 2"})).await.ok(200);
    world.control().clear_faults();
    let mappings = world.owner.get("/mappings").await.ok(200).body;
    let first = |list: &Value| list["data"][0]["id"].as_str().unwrap().to_owned();
    (first(&mappings), first(&conflicts))
}

/// What the operation's JSON body must look like, resolved one step where it is a reference.
pub fn body_schema(operation: &Value) -> Option<Value> {
    operation
        .pointer("/requestBody/content/application~1json/schema")
        .cloned()
}

fn resolved(schema: &Value) -> &Value {
    match schema["$ref"].as_str() {
        Some(to) => document::value().pointer(to.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// The properties of a body.
pub fn properties(schema: &Value) -> serde_json::Map<String, Value> {
    resolved(schema)["properties"].as_object().cloned().unwrap_or_default()
}

fn required(schema: &Value) -> Vec<String> {
    resolved(schema)["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

/// What an id in a body or query belongs to.
pub fn resource_of(field: &str) -> Option<&'static str> {
    match field {
        "client_id" => Some("clients"),
        "credential_id" => Some("credentials"),
        "calendar_id" | "calendar_ids" => Some("calendars"),
        "service_id" => Some("services"),
        "staff_id" => Some("staff"),
        "customer_id" => Some("customers"),
        _ => None,
    }
}

/// A request for an operation, with what all writes may need.
pub fn request(caller: &Caller, method: &str, path: &str) -> RequestBuilder {
    let method: Method = method.to_uppercase().parse().unwrap();
    caller.request(method, path).header("if-match", "*")
}
