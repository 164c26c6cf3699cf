//! Every operation of the document, tried by members who may not.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::join;
use crate::{
    full::{Full, request, resource_of},
    google::{BOB, timed},
    harness::{Answer, Caller, send},
    openapi::operations,
};

/// What everybody may do, signed in or not, or with any scope.
fn open(operation: &Value) -> bool {
    let free = operation["security"]
        .as_array()
        .is_none_or(|schemes| schemes.iter().any(|one| one.as_object().unwrap().is_empty()));
    let harmless = ["logout", "change_password", "preview_recurrence", "get_me"];
    free || harmless.contains(&operation["operationId"].as_str().unwrap())
}

/// Calls an operation with the ids and bodies of those who have one of everything.
async fn call(full: &Full, caller: &Caller, (method, template, operation): &(String, String, Value)) -> Answer {
    let mut call = request(caller, method, &full.path(template, operation));
    if let Some(body) = full.body(operation) {
        call = call.json(&body);
    }
    send(call).await
}

fn resource(template: &str) -> &str {
    template.trim_start_matches("/api/v1/").split('/').next().unwrap()
}

/// Lists, with and without ids to filter by, name nothing of `hidden` and show none of these words.
async fn lists_are_empty(full: &Full, caller: &Caller, hidden: &[&str], words: &[&str]) {
    for (method, template, operation) in operations() {
        if method != "get" || template.contains('{') || open(&operation) {
            continue;
        }
        let names = operation["parameters"].as_array().into_iter().flatten();
        let mut queries = vec![String::new()];
        for name in names.filter_map(|parameter| parameter["name"].as_str()) {
            let Some(resource) = resource_of(name) else { continue };
            queries.push(format!("?{name}={}", full.ids[resource]));
        }
        for query in queries {
            let answer = caller.get(&format!("{template}{query}")).await;
            assert!(answer.status < 500, "{template}{query}: {}", answer.raw);
            if answer.status != 200 {
                continue;
            }
            for resource in hidden {
                let id = &full.ids[resource];
                assert!(
                    !answer.raw.contains(id.as_str()),
                    "{template}{query} shows {id}: {}",
                    answer.raw
                );
            }
            for word in words {
                assert!(
                    !answer.raw.contains(word),
                    "{template}{query} says {word}: {}",
                    answer.raw
                );
            }
        }
    }
}

/// Nothing happened to anything.
async fn all_is_there(full: &Full) {
    for (resource, id) in &full.ids {
        if *resource != "api-keys" {
            full.world.owner.get(&format!("/{resource}/{id}")).await.ok(200);
        }
    }
}

#[tokio::test]
async fn a_member_of_another_client_reaches_nothing_of_this_one() {
    let full = Full::new().await;
    let owner = &full.world.owner;
    let elsewhere = owner.client("Elsewhere").await;
    let access = json!([{"client_id": elsewhere, "level": "admin"}]);
    let (mia, _) = join(&full.world.app, owner, "mia", "member", access).await;
    let mut tried = 0;
    for one in operations() {
        let (method, template, operation) = &one;
        if open(operation) || (method == "get" && !template.contains('{')) {
            continue;
        }
        let answer = call(&full, &mia, &one).await;
        let code = answer.body["code"].as_str().unwrap_or_default();
        if template.contains("{id}") {
            let by_scope = ["users", "api-keys"].contains(&resource(template));
            let expected = if by_scope {
                (403, "forbidden")
            } else {
                (404, "not_found")
            };
            assert_eq!((answer.status, code), expected, "{method} {template}: {}", answer.raw);
        } else {
            let body = full.body(operation).unwrap_or_default().to_string();
            let names = full.ids.values().any(|id| body.contains(id.as_str()));
            assert!(
                !names || matches!(answer.status, 403 | 404) || (answer.status == 422 && code == "validation_failed"),
                "{method} {template}: {}",
                answer.raw
            );
        }
        tried += 1;
    }
    assert!(tried >= 80, "{tried}");
    let hidden: Vec<&str> = full.ids.keys().copied().collect();
    lists_are_empty(&full, &mia, &hidden, &["Check-up", "Bright Dental", "Robin"]).await;
    all_is_there(&full).await;
}

#[tokio::test]
async fn a_reader_reads_and_every_write_is_refused() {
    let full = Full::new().await;
    let access = json!([{"client_id": full.ids["clients"], "level": "read"}]);
    let (mia, _) = join(&full.world.app, &full.world.owner, "mia", "member", access).await;
    // What is asked for in bulk is its maker's.
    let makers: BTreeSet<&str> = ["imports", "operations", "templates"].into();
    let (mut read, mut refused) = (0, 0);
    for one in operations() {
        let (method, template, operation) = &one;
        if open(operation) || template.ends_with("/templates/preview") || template.ends_with("/exports") {
            continue;
        }
        let resource = resource(template);
        let own = template.contains('{') && makers.contains(resource);
        let scope = ["users", "api-keys"].contains(&resource);
        if method == "get" {
            if template.contains("{id}") && !scope && !template.contains("/bookings/imports/") {
                let answer = call(&full, &mia, &one).await;
                let expected = if own { 404 } else { 200 };
                assert_eq!(answer.status, expected, "{method} {template}: {}", answer.raw);
                read += 1;
            }
            continue;
        }
        let answer = call(&full, &mia, &one).await;
        let code = answer.body["code"].as_str().unwrap_or_default();
        let expected = if own || template.contains("/bookings/imports/") {
            (404, "not_found")
        } else {
            (403, "forbidden")
        };
        assert_eq!((answer.status, code), expected, "{method} {template}: {}", answer.raw);
        assert!(own || scope || answer.body["action"].is_string(), "{}", answer.raw);
        refused += 1;
    }
    assert!(read >= 15 && refused >= 60, "{read}, {refused}");
    all_is_there(&full).await;
}

#[tokio::test]
async fn tina_sees_her_own_things_and_nothing_of_sams() {
    let full = Full::new().await;
    let (world, owner) = (&full.world, &full.world.owner);
    let client = &full.ids["clients"];
    // The account belongs to Sam; Tina has one of her own, which she connects herself.
    let sams = json!({"staff_id": full.ids["staff"]});
    owner
        .patch(&format!("/credentials/{}", full.ids["credentials"]), sams)
        .await
        .ok(200);
    let staff = json!({"client_id": client, "name": "Tina"});
    let staff = owner.post("/staff", staff).await.ok(201).text("id");
    let access = json!([{"client_id": client, "level": "admin", "staff_id": staff}]);
    let (tina, _) = join(&world.app, owner, "tina", "member", access).await;
    let whole: BTreeSet<&str> = ["clients", "services", "closures"].into();
    let mut hidden = BTreeSet::new();
    for one in operations() {
        let (method, template, operation) = &one;
        if open(operation) || !template.contains('{') {
            continue;
        }
        let resource = resource(template);
        let answer = call(&full, &tina, &one).await;
        let code = answer.body["code"].as_str().unwrap_or_default();
        let at = format!("{method} {template}: {}", answer.raw);
        match resource {
            "users" | "api-keys" => assert_eq!((answer.status, code), (403, "forbidden"), "{at}"),
            // The client itself is hers to see, and nobody's customer, too.
            resource if whole.contains(resource) || resource == "customers" => {
                let settled = [200, 201, 204].contains(&answer.status) && (method == "get" || resource == "customers");
                let named = answer.status == 422 && template.ends_with("/calendars");
                assert!(settled || named || (answer.status, code) == (403, "forbidden"), "{at}");
            }
            resource => {
                // Where the path names nothing of ours, the query does.
                let named = template.contains("{key}") && answer.body["errors"][0]["pointer"] == "/query/calendar_id";
                assert!(named || (answer.status, code) == (404, "not_found"), "{at}");
                hidden.insert(resource.to_owned());
            }
        }
    }
    for resource in [
        "bookings",
        "calendars",
        "conflicts",
        "credentials",
        "events",
        "mappings",
        "staff",
    ] {
        assert!(hidden.contains(resource), "{resource}");
    }
    // Nothing of it is in any list, search, page, count or reason.
    let hidden: Vec<&str> = full
        .ids
        .keys()
        .copied()
        .filter(|resource| !whole.contains(resource) && *resource != "customers")
        .collect();
    lists_are_empty(&full, &tina, &hidden, &["Elsewhere", "\"Sam\"", "Cara"]).await;
    let changed = tina.get("/changes?since=0").await.ok(200).raw;
    for resource in &hidden {
        assert!(!changed.contains(full.ids[resource].as_str()), "{resource}: {changed}");
    }
    let from = "2026-01-01T00:00:00Z";
    let asked = [
        format!("/freebusy?client_id={client}&from=2027-02-27T00:00:00Z&to=2027-03-03T00:00:00Z"),
        format!("/exports?format=csv&from={from}"),
        format!("/events?q=check&client_id={client}"),
        format!("/bookings?client_id={client}&from={from}"),
    ];
    for path in asked {
        let answer = tina.get(&path).await;
        for word in [
            "Check-up",
            "Here",
            "Cara",
            full.ids["calendars"].as_str(),
            full.ids["bookings"].as_str(),
        ] {
            assert!(!answer.raw.contains(word), "{path} says {word}: {}", answer.raw);
        }
    }
    // Her own.
    let body = json!({"client_id": client, "provider": "google", "staff_id": null});
    let made = tina.post("/credentials", body).await.ok(201);
    assert_eq!(made.body["staff_id"], staff.as_str());
    let path = format!("/credentials/{}", made.text("id"));
    let page = tina.post(&format!("{path}/authorize"), json!({})).await.ok(200);
    let back = world
        .control()
        .consent(&page.text("authorization_url"), BOB, None)
        .unwrap();
    let place = world.come_back(&tina, &back).await;
    assert!(place.ends_with("result=connected"), "{place}");
    let calendars = tina.get("/calendars").await.ok(200).body;
    let calendar = calendars["data"][0]["id"].as_str().unwrap().to_owned();
    tina.patch(&format!("/calendars/{calendar}"), json!({"selected": true}))
        .await
        .ok(200);
    let event = timed("Tina's", "2027-03-01T09:00:00", "2027-03-01T10:00:00");
    let event = tina.post(&format!("/calendars/{calendar}/events"), event).await.ok(201);
    assert_eq!(
        tina.get("/events?limit=5").await.ok(200).body["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    owner.get(&format!("/events/{}", event.text("id"))).await.ok(200);
    tina.patch(&path, json!({"label": "Mine", "staff_id": null}))
        .await
        .ok(200);
    assert_eq!(tina.get(&path).await.ok(200).body["staff_id"], staff.as_str());
    // She books herself, whoever else does the service.
    let hours = owner
        .get(&format!("/staff/{}/working-hours", full.ids["staff"]))
        .await
        .ok(200);
    let hours = json!({"time_zone": hours.body["time_zone"], "weekly": hours.body["weekly"], "exceptions": []});
    tina.put(&format!("/staff/{staff}/working-hours"), hours).await.ok(200);
    let service = &full.ids["services"];
    owner
        .patch(
            &format!("/services/{service}"),
            json!({"staff_ids": [full.ids["staff"], staff], "assignment": "any"}),
        )
        .await
        .ok(200);
    let start = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() + 300 * 3600).unwrap();
    let booking = json!({"service_id": service, "start": start.to_string(),
        "customer": {"name": "Nora", "email": "nora@example.com"}});
    let booked = tina.post("/bookings", booking).await.ok(201);
    assert!(
        booked.raw.contains(&staff) && !booked.raw.contains(full.ids["staff"].as_str()),
        "{}",
        booked.raw
    );
    let listed = tina.get("/bookings").await.ok(200).body;
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    let to_sam = json!({"staff_ids": [full.ids["staff"]]});
    tina.post(&format!("/bookings/{}/reassign", booked.text("id")), to_sam)
        .await
        .problem(422, "validation_failed");
    // What both do together she does not do alone.
    let together = json!({"assignment": "all_together"});
    owner.patch(&format!("/services/{service}"), together).await.ok(200);
    let later = start.checked_add(jiff::SignedDuration::from_hours(24 * 7)).unwrap();
    let booking = json!({"service_id": service, "start": later.to_string()});
    let both = tina.post("/bookings", booking).await.ok(201).text("id");
    let both = owner.get(&format!("/bookings/{both}")).await.ok(200).body;
    assert_eq!(both["staff"].as_array().unwrap().len(), 2, "{both}");
}
