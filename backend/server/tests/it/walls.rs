//! Tenants are walls: what belongs to another is not found, through every operation there is.

use serde_json::{Value, json};

use crate::{
    full::{Full, request, resource_of},
    google::{ANN, BOB, World},
    harness::{Caller, send},
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

/// Everything that counts something, as this caller sees it.
async fn figures(caller: &Caller) -> Vec<Value> {
    let mut all = Vec::new();
    for path in [
        "/dashboard",
        "/sync-log/summary?by=hour",
        "/sync-log/summary?by=day",
        "/quota",
    ] {
        all.push(caller.get(path).await.ok(200).body);
    }
    all
}

#[tokio::test]
async fn figures_count_what_is_the_tenants_own() {
    let mut world = World::new().await;
    let (dana, eve) = (world.owner.clone(), world.app.stranger().await);
    let soon = world.app.app.now() + jiff::SignedDuration::from_hours(30);
    let clock = |hours: i64| (soon + jiff::SignedDuration::from_hours(hours)).to_string();
    let body = |hours: i64| json!({"summary": "Check-up", "start": {"dateTime": clock(hours)}, "end": {"dateTime": clock(hours + 1)}});
    let nothing = figures(&eve).await;
    // Ours: two clients, one of them with an account and three events.
    let ours = world.connect("Bright Dental", ANN).await;
    dana.client("Riverside").await;
    for hours in [0, 1, 2] {
        world.control().insert_event(ANN, &body(hours)).unwrap();
    }
    world.sync(&ours.calendar).await;
    let before = figures(&dana).await;
    assert_eq!(figures(&eve).await, nothing, "who has nothing counts nothing");
    // Theirs, at the same provider: less of everything.
    world.owner = eve.clone();
    let theirs = world.connect("Quayside", BOB).await;
    world.control().insert_event(BOB, &body(0)).unwrap();
    world.sync(&theirs.calendar).await;
    assert_eq!(figures(&dana).await, before, "what others do is counted elsewhere");
    let counted = |all: &[Value]| {
        let sum = |list: &Value, field: &str| -> u64 {
            let numbers = list.as_array().unwrap().iter();
            numbers.map(|one| one[field].as_u64().unwrap()).sum()
        };
        let board = &all[0];
        let events = &board["events"];
        let length = |list: &Value| list.as_array().unwrap().len() as u64;
        [
            board["clients"]["active"].as_u64().unwrap(),
            board["credentials"]["by_status"]["valid"].as_u64().unwrap(),
            board["calendars"]["selected"].as_u64().unwrap(),
            sum(&board["sync"], "calendars"),
            events["mirrored"].as_u64().unwrap(),
            length(&events["upcoming"]),
            length(&events["recent"]),
            sum(&events["per_day"], "count"),
            length(&all[3]["data"]),
        ]
    };
    assert_eq!(counted(&before), [2, 1, 1, 1, 3, 3, 3, 3, 1]);
    let after = figures(&eve).await;
    assert_eq!(counted(&after), [1, 1, 1, 1, 1, 1, 1, 1, 1]);
    for of_time in [1, 2] {
        assert_ne!(
            after[of_time], nothing[of_time],
            "an exchange of theirs is counted, too"
        );
    }
}
