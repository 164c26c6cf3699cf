//! Many writes in one request: each by itself, in order, told by its place.

use serde_json::{Value, json};

use simulators::google::{Effect, Fault};

use crate::{google::timed, operations::Bulk};

fn create(calendar: &str, title: &str, day: u32) -> Value {
    let at = |hour: u32| format!("2027-05-{day:02}T{hour:02}:00:00");
    json!({"op": "create", "calendar_id": calendar, "event": timed(title, &at(9), &at(10))})
}

fn statuses(answer: &Value) -> Vec<u64> {
    let results = answer["results"].as_array().unwrap();
    for (index, one) in results.iter().enumerate() {
        assert_eq!(one["index"], index);
    }
    results.iter().map(|one| one["status"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn each_of_many_writes_is_done_or_refused_by_itself() {
    let bulk = Bulk::new().await;
    let (owner, calendars) = (&bulk.world.owner, &bulk.calendars);
    let (ann, pools) = (calendars[0].0.as_str(), calendars[1].0.as_str());
    let made = owner
        .post(
            "/events/bulk",
            json!({"operations": [create(ann, "One", 1), create(pools, "Two", 2), create(ann, "Three", 3)]}),
        )
        .await
        .ok(200)
        .body;
    assert_eq!(statuses(&made), [201, 201, 201], "{made}");
    let event = |n: usize| made["results"][n]["event"].clone();
    assert_eq!(event(0)["sync"]["state"], "synced", "{made}");
    assert_eq!((bulk.there(0).len(), bulk.there(1).len()), (2, 1));

    let (one, two, three) = (event(0)["id"].clone(), event(1)["id"].clone(), event(2)["id"].clone());
    let operations = json!([
        {"op": "update", "id": one, "if_match": event(0)["etag"], "event": {"title": "One!"}},
        {"op": "update", "id": one, "if_match": event(0)["etag"], "event": {"title": "Late"}},
        {"op": "update", "id": one, "event": {"location": "Room 2"}},
        {"op": "update", "id": two, "event": {"start": {"date": "2027-05-02"}}},
        {"op": "update", "id": two, "event": {"colour": "no such colour"}},
        {"op": "move", "id": two, "if_match": "\"0\"", "calendar_id": ann},
        {"op": "move", "id": two, "if_match": event(1)["etag"], "calendar_id": ann},
        {"op": "delete", "id": three},
        {"op": "delete", "id": three},
        {"op": "create", "calendar_id": "cal_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", "event": {}},
        {"op": "create", "event": timed("Nowhere", "2027-05-09T09:00:00", "2027-05-09T10:00:00")},
    ]);
    let tried = owner
        .post("/events/bulk", json!({"operations": operations, "dry_run": true}))
        .await
        .ok(200)
        .body;
    assert_eq!(
        statuses(&tried),
        [200, 200, 200, 422, 422, 412, 200, 204, 204, 422, 422],
        "{tried}"
    );
    assert_eq!(
        bulk.world.event(one.as_str().unwrap()).await["title"],
        "One",
        "nothing was done"
    );

    let done = owner
        .post("/events/bulk", json!({"operations": operations}))
        .await
        .ok(200)
        .body;
    assert_eq!(
        statuses(&done),
        [200, 412, 200, 422, 422, 412, 200, 204, 404, 422, 422],
        "{done}"
    );
    let result = |n: usize| &done["results"][n];
    assert_eq!(result(4)["problem"]["errors"][0]["pointer"], "/event/colour", "{done}");
    assert_eq!(result(9)["problem"]["errors"][0]["pointer"], "/event/title", "{done}");
    assert_eq!(result(10)["problem"]["errors"][0]["pointer"], "/calendar_id", "{done}");
    assert_eq!(result(1)["problem"]["code"], "precondition_failed");
    assert_eq!(
        (&result(6)["event"]["calendar_id"], &result(7)["event"]),
        (&json!(ann), &Value::Null)
    );
    let now = bulk.world.event(one.as_str().unwrap()).await;
    assert_eq!((&now["title"], &now["location"]), (&json!("One!"), &json!("Room 2")));
    assert_eq!((bulk.there(0).len(), bulk.there(1).len()), (2, 0));
}

#[tokio::test]
async fn five_hundred_at_once_repeated_under_their_key_are_five_hundred() {
    let bulk = Bulk::new().await;
    let (owner, calendars) = (&bulk.world.owner, &bulk.calendars);
    let operations: Vec<Value> = (0..500)
        .map(|n| {
            create(
                &calendars[n % 3].0,
                &format!("Visit {n}"),
                u32::try_from(n % 28).unwrap() + 1,
            )
        })
        .collect();
    let body = json!({"operations": operations});
    let first = owner.post_as("many-1", "/events/bulk", body.clone()).await.ok(200).body;
    assert!(statuses(&first).iter().all(|status| *status == 201), "{first}");
    let again = owner.post_as("many-1", "/events/bulk", body.clone()).await.ok(200);
    assert_eq!(again.body, first);
    calendar_stacker::gateway::push::drain_all(&bulk.world.app.app)
        .await
        .unwrap();
    assert_eq!(bulk.count(), 500);

    let mut more = operations;
    more.push(create(&calendars[0].0, "One more", 1));
    owner
        .post("/events/bulk", json!({"operations": more}))
        .await
        .problem(422, "validation_failed")
        .fields(&[("/operations", "too_long")]);
}

#[tokio::test]
async fn moves_that_take_too_long_are_left_to_another_request() {
    let bulk = Bulk::new().await;
    let (owner, calendars) = (&bulk.world.owner, &bulk.calendars);
    let (ann, pools) = (calendars[0].0.as_str(), calendars[1].0.as_str());
    let made = json!({"operations": [create(ann, "One", 1), create(ann, "Two", 2), create(ann, "Three", 3)]});
    let made = owner.post("/events/bulk", made).await.ok(200).body;
    let id = |n: usize| made["results"][n]["id"].clone();
    let slow = Effect::Latency { millis: 8_500 };
    bulk.world
        .control()
        .fault(Fault::times("calendar.events.move", 1, slow));
    let operations = json!([
        {"op": "move", "id": id(0), "calendar_id": pools},
        {"op": "move", "id": id(1), "calendar_id": pools},
        {"op": "update", "id": id(2), "event": {"title": "Three!"}},
    ]);
    let done = owner
        .post("/events/bulk", json!({"operations": operations}))
        .await
        .ok(200)
        .body;
    assert_eq!(statuses(&done), [200, 503, 200], "{done}");
    let problem = &done["results"][1]["problem"];
    assert_eq!(
        (&problem["code"], &problem["retryable"]),
        (&json!("provider_unavailable"), &json!(true))
    );
    assert_eq!((bulk.there(0).len(), bulk.there(1).len()), (2, 1));
    let again = json!({"operations": [{"op": "move", "id": id(1), "calendar_id": pools}]});
    let again = owner.post("/events/bulk", again).await.ok(200).body;
    assert_eq!(statuses(&again), [200], "{again}");
    assert_eq!((bulk.there(0).len(), bulk.there(1).len()), (1, 2));
}
