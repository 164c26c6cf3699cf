//! Templates: saved with versions, tried while somebody types, planned over calendars.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{harness::send, operations::Bulk};

fn recipe() -> Value {
    json!({
        "name": "Pool check",
        "fields": {
            "title": "Pool check {{n}} at {{client.name}}", "start": "{{date}} 09:00", "duration": "45",
            "location": "{{place}}", "description": "Next: {{start + 1 week as \"%d.%m.%Y\"}}",
        },
        "variables": {"place": "Main Street 1"},
    })
}

#[tokio::test]
async fn a_template_is_kept_with_its_versions() {
    let bulk = Bulk::new().await;
    let owner = &bulk.world.owner;
    let made = owner.post("/templates", recipe()).await.ok(201);
    assert_eq!((&made.body["version"], made.header("etag")), (&json!(1), "\"1\""));
    let path = format!("/templates/{}", made.text("id"));
    assert_eq!(owner.get(&path).await.ok(200).body, made.body);
    let changed = owner
        .patch(
            &path,
            json!({"variables": {"place": "Side Street 2"}, "fields": {"description": null}}),
        )
        .await
        .ok(200);
    assert_eq!(changed.body["variables"]["place"], "Side Street 2");
    assert_eq!(
        (&changed.body["fields"]["description"], &changed.body["version"]),
        (&Value::Null, &json!(2))
    );
    let same = owner.patch(&path, json!({"name": "Pool check"})).await.ok(200);
    assert_eq!(same.body["version"], 2, "nothing changed");
    let late = owner.request(reqwest::Method::PATCH, &path).header("if-match", "\"1\"");
    let late = crate::harness::send(late.json(&json!({"name": "Late"}))).await;
    late.problem(412, "precondition_failed");
    assert_eq!(late.body["current"]["version"], 2);
    let versions = owner.get(&format!("{path}/versions?limit=1")).await.ok(200).body;
    assert_eq!(versions["data"][0]["version"], 2);
    let next = versions["next_cursor"].as_str().unwrap();
    let versions = owner
        .get(&format!("{path}/versions?limit=1&cursor={next}"))
        .await
        .ok(200)
        .body;
    assert_eq!(
        (&versions["data"][0]["version"], &versions["next_cursor"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(versions["data"][0]["variables"]["place"], "Main Street 1");

    let mut wrong = recipe();
    wrong["fields"]["title"] = json!("{{client.name");
    wrong["fields"]["colour"] = json!("{{list }}");
    owner
        .post("/templates", wrong)
        .await
        .problem(422, "validation_failed")
        .fields(&[("/fields/title", "syntax"), ("/fields/colour", "syntax")]);
    owner
        .post("/templates", json!({"name": "x", "fields": {"titel": "x"}}))
        .await
        .problem(422, "validation_failed")
        .fields(&[("/fields/titel", "unknown_field")]);
    assert_eq!(
        owner.get("/templates").await.ok(200).body["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    owner.delete(&path).await.ok(204);
    owner.get(&path).await.problem(404, "not_found");
}

#[tokio::test]
async fn of_many_who_change_a_template_at_once_each_is_told_what_became_of_it() {
    let bulk = Bulk::new().await;
    let owner = &bulk.world.owner;
    let made = owner.post("/templates", recipe()).await.ok(201);
    let path = format!("/templates/{}", made.text("id"));
    let place = |n: usize| json!({"variables": {"place": format!("Main Street {}", n + 2)}});
    let all = join_all((0..12).map(|n| owner.patch(&path, place(n)))).await;
    let mut versions: Vec<_> = all
        .into_iter()
        .map(|one| one.ok(200).body["version"].as_i64())
        .collect();
    versions.sort_unstable();
    assert_eq!(versions, (2..14).map(Some).collect::<Vec<_>>());
    let with = |method: Method| owner.request(method, &path).header("if-match", "\"13\"");
    let changes = (0..6).map(|n| send(with(Method::PATCH).json(&place(n + 20))));
    let mut statuses: Vec<u16> = join_all(changes).await.iter().map(|one| one.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412]);
    send(with(Method::DELETE)).await.problem(412, "precondition_failed");
    owner.delete(&path).await.ok(204);
}

#[tokio::test]
async fn a_template_is_tried_before_it_is_saved() {
    let bulk = Bulk::new().await;
    let owner = &bulk.world.owner;
    let ids = json!([bulk.calendars[0].0, bulk.calendars[1].0]);
    let body = json!({"template": recipe(), "calendar_ids": ids, "start": "2027-05-31", "count": 2, "every_days": 7});
    let tried = owner.post("/templates/preview", body.clone()).await.ok(200).body;
    assert_eq!(tried["errors"], json!([]), "{tried}");
    let events = tried["events"].as_array().unwrap();
    assert_eq!(events.len(), 4);
    assert_eq!(events[1]["event"]["title"], "Pool check 2 at Bright Dental");
    assert_eq!(events[1]["event"]["start"]["date_time"], "2027-06-07T09:00:00");
    assert_eq!(events[1]["event"]["description"], "Next: 14.06.2027");
    assert_eq!((&events[2]["number"], &events[2]["calendar_id"]), (&json!(1), &ids[1]));
    let mut wrong = body.clone();
    wrong["template"]["fields"]["title"] = json!("Visit {{client.name | upper}}");
    let tried = owner.post("/templates/preview", wrong).await.ok(200).body;
    assert_eq!(tried["events"], json!([]));
    assert_eq!(
        (&tried["errors"][0]["field"], &tried["errors"][0]["position"]),
        (&json!("title"), &json!(21)),
        "{tried}"
    );
    let mut wrong = body;
    wrong["template"]["fields"]["start"] = json!("soon");
    wrong["template"]["fields"]["description"] = json!("");
    let tried = owner.post("/templates/preview", wrong).await.ok(200).body;
    assert_eq!(tried["events"][0]["event"], Value::Null);
    assert_eq!(tried["events"][0]["faults"][0]["column"]["name"], "start", "{tried}");
}

#[tokio::test]
async fn a_template_is_planned_over_calendars_applied_and_not_made_twice() {
    let bulk = Bulk::new().await;
    let owner = &bulk.world.owner;
    let mut body = recipe();
    let calendar = owner.get(&format!("/calendars/{}", bulk.calendars[0].0)).await.ok(200);
    let client = calendar.text("client_id");
    body["clients"] = json!({client: {"variables": {"place": "Their own pool"}}});
    let path = format!("/templates/{}", owner.post("/templates", body).await.ok(201).text("id"));
    let ids: Vec<&str> = bulk.calendars.iter().map(|(id, _)| id.as_str()).collect();
    let body = json!({"calendar_ids": ids, "start": "2027-05-01", "count": 4, "every_days": 7});
    let op = bulk.asked(&format!("{path}/plan"), body.clone()).await;
    assert_eq!(
        (&op["kind"], &op["state"], &op["title"]),
        (&json!("template"), &json!("planned"), &json!("Pool check")),
        "{op}"
    );
    assert_eq!(op["summary"]["counts"]["create"], 12, "{op}");
    // The plan is what it was, whatever becomes of its template.
    owner
        .patch(&path, json!({"fields": {"title": "Something else"}}))
        .await
        .ok(200);
    let op = bulk.applied(&op).await;
    assert_eq!((&op["state"], &op["done"]), (&json!("done"), &json!(12)), "{op}");
    let there = bulk.there(1);
    assert_eq!(there.len(), 4);
    assert!(
        there.iter().all(|event| event["location"] == "Their own pool"),
        "{there:?}"
    );
    assert!(
        there
            .iter()
            .any(|event| event["summary"] == "Pool check 4 at Bright Dental"),
        "{there:?}"
    );
    owner
        .patch(
            &path,
            json!({"fields": {"title": "Pool check {{n}} at {{client.name}}"}}),
        )
        .await
        .ok(200);
    let op = bulk.asked(&format!("{path}/plan"), body).await;
    assert_eq!(op["summary"]["counts"]["duplicate"], 12, "{op}");
    let body = json!({"calendar_ids": ["cal_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b"], "start": "2027-05-01", "count": 4});
    owner
        .post(&format!("{path}/plan"), body)
        .await
        .problem(404, "not_found");
}

/// A template with rows: an event for each, in the calendar that the row names or in all that are chosen.
#[tokio::test]
async fn a_template_is_filled_with_rows_that_are_sent_or_uploaded() {
    let bulk = Bulk::new().await;
    let owner = &bulk.world.owner;
    let recipe = json!({
        "name": "First visit",
        "fields": {
            "title": "{{n pad 2}} {{row.who}}", "start": "{{row.when}}", "duration": "45",
            "description": "Pool of {{row.\"Pool size\"}} m³",
        },
    });
    let made = owner.post("/templates", recipe.clone()).await.ok(201);
    let plan = format!("/templates/{}/plan", made.text("id"));
    let row = |calendar: &str, who: &str, when: &str| json!({"calendar": calendar, "who": who, "when": when, "Pool size": "50"});
    let rows = json!([
        row("Pools", "Cara", "2027-04-01 09:00"),
        row("Gardens", "=Bea", "2027-04-02 10:00"),
        row("Nowhere", "Lost", "2027-04-02")
    ]);
    let tried = owner
        .post("/templates/preview", json!({"template": recipe, "rows": rows}))
        .await
        .ok(200)
        .body;
    let events = tried["events"].as_array().unwrap();
    assert_eq!(events[1]["event"]["title"], "02 =Bea", "{tried}");
    assert_eq!(events[1]["calendar_id"], json!(bulk.calendars[2].0));
    assert_eq!(
        (
            &events[2]["event"],
            &events[2]["faults"][0]["code"],
            &events[2]["calendar_id"]
        ),
        (&Value::Null, &json!("calendar_unknown"), &Value::Null),
        "{tried}"
    );
    let op = bulk.asked(&plan, json!({"rows": rows})).await;
    assert_eq!(
        (&op["summary"]["counts"]["create"], &op["summary"]["counts"]["bad"]),
        (&json!(2), &json!(1)),
        "{op}"
    );
    let op = bulk.applied(&op).await;
    assert_eq!((&op["done"], &op["failed"]), (&json!(2), &json!(0)), "{op}");
    assert_eq!(bulk.there(1)[0]["summary"], "01 Cara");
    assert_eq!(bulk.there(1)[0]["description"], "Pool of 50 m³");

    // The same of a file, in each of the chosen calendars; a line keeps its number.
    let file = "who;when;Pool size\r\nDan;2027-05-01 09:00;25\r\nEve;soon;30\r\n";
    let import = crate::operations::upload(owner, "rows.csv", file)
        .await
        .ok(201)
        .text("id");
    let ids = json!([bulk.calendars[0].0, bulk.calendars[1].0]);
    let body = json!({"import_id": import, "calendar_ids": ids});
    let op = bulk.asked(&plan, body).await;
    assert_eq!(
        (&op["summary"]["counts"]["create"], &op["summary"]["counts"]["bad"]),
        (&json!(2), &json!(2)),
        "{op}"
    );
    let bad = bulk.items(&op, "&outcome=bad").await;
    assert_eq!(
        (&bad[0]["line"], &bad[0]["faults"][0]["column"]["name"]),
        (&json!(3), &json!("start")),
        "{bad:?}"
    );
    owner
        .post(&plan, json!({"rows": rows, "import_id": import}))
        .await
        .problem(422, "validation_failed")
        .fields(&[("/rows", "one_of")]);
    owner
        .post(&plan, json!({"calendar_ids": ids}))
        .await
        .problem(422, "validation_failed")
        .fields(&[("/start", "required"), ("/count", "required")]);
    owner
        .post(&plan, json!({"start": "2027-05-01", "count": 1}))
        .await
        .problem(422, "validation_failed")
        .fields(&[("/calendar_ids", "required")]);
}
