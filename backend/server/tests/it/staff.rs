//! Staff: who can be booked, and by which calendars they are busy.

use serde_json::{Value, json};
use simulators::google::Role;

use crate::{
    google::{ANN, BOB, World},
    harness::TestApp,
    services::{member, patch_as_of},
};

#[tokio::test]
async fn somebody_is_added_changed_archived_and_restored() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let client = dana.client("Bright Dental").await;
    let body = json!({"client_id": client, "name": "Sam", "email": "sam@bright.example"});
    let added = dana.post("/staff", body).await.ok(201);
    let zone = dana.get(&format!("/clients/{client}")).await.body["time_zone"].clone();
    assert_eq!(
        (
            &added.body["time_zone"],
            &added.body["has_hours"],
            &added.body["calendars"]
        ),
        (&zone, &json!(false), &json!([]))
    );
    let path = format!("/staff/{}", added.text("id"));
    let changed = patch_as_of(
        &dana,
        &path,
        added.header("etag"),
        json!({"time_zone": "America/New_York", "email": null}),
    )
    .await
    .ok(200);
    assert_eq!(
        (&changed.body["time_zone"], &changed.body["email"]),
        (&json!("America/New_York"), &Value::Null)
    );
    patch_as_of(&dana, &path, added.header("etag"), json!({"name": "Sammy"}))
        .await
        .problem(412, "precondition_failed");
    dana.delete(&path).await.ok(204);
    assert_eq!(dana.get("/staff").await.body["data"], json!([]));
    dana.patch(&path, json!({"is_active": true})).await.ok(200);
    assert_eq!(dana.get("/staff?q=SA").await.body["data"][0]["name"], "Sam");
    dana.post(
        "/staff",
        json!({"client_id": client, "name": "", "email": "nobody", "time_zone": "Mars/Olympus", "calendars": [{"calendar_id": "x"}]}),
    )
    .await
    .problem(422, "validation_failed")
    .fields(&[
        ("/name", "too_short"),
        ("/email", "format"),
        ("/time_zone", "format"),
        ("/calendars/0/blocks", "required"),
        ("/calendars/0/receives", "required"),
    ]);
}

#[tokio::test]
async fn calendars_of_somebody_are_those_of_the_same_client_and_written_only_where_allowed() {
    let world = World::new().await;
    let (one, other) = (world.connected().await, world.connect("Other", BOB).await);
    let dana = &world.owner;
    let sam = member(dana, &one.client, "Sam").await;
    let path = format!("/staff/{sam}");
    let link = |calendar: &str| json!({"calendar_id": calendar, "blocks": true, "receives": true});
    let change = json!({"calendars": [link(&one.calendar)], "target_calendar_id": one.calendar});
    let linked = dana.patch(&path, change).await.ok(200);
    assert_eq!(
        (&linked.body["calendars"], &linked.body["target_calendar_id"]),
        (&json!([link(&one.calendar)]), &json!(one.calendar))
    );
    let nowhere = "cal_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b";
    let wrong = json!({"calendars": [link(&one.calendar), link(&other.calendar), link(nowhere), link(&one.calendar)], "target_calendar_id": other.calendar});
    dana.patch(&path, wrong)
        .await
        .problem(422, "validation_failed")
        .fields(&[
            ("/calendars/1/calendar_id", "other_client"),
            ("/calendars/2/calendar_id", "not_found"),
            ("/calendars/3/calendar_id", "duplicate"),
            ("/target_calendar_id", "other_client"),
        ]);
    // The calendars go with the account, and nobody must repair that before saying something else.
    dana.delete(&format!("/credentials/{}", one.credential)).await.ok(204);
    let left = dana.patch(&path, json!({"name": "Sammy"})).await.ok(200);
    assert_eq!(
        (&left.body["calendars"], &left.body["target_calendar_id"]),
        (&json!([]), &Value::Null)
    );
}

#[tokio::test]
async fn a_calendar_that_can_only_be_read_makes_busy_but_gets_no_bookings() {
    let world = World::new().await;
    let one = world.connected().await;
    world.control().share(BOB, ANN, Some(Role::Reader)).unwrap();
    world
        .owner
        .post(&format!("/credentials/{}/validate", one.credential), json!({}))
        .await
        .ok(200);
    let calendars = world
        .owner
        .get(&format!("/clients/{}/calendars", one.client))
        .await
        .ok(200);
    let shared = calendars.body["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["access_role"] == "reader")
        .unwrap()["id"]
        .clone();
    let sam = member(&world.owner, &one.client, "Sam").await;
    let path = format!("/staff/{sam}");
    let link = |receives: bool| json!({"calendars": [{"calendar_id": shared, "blocks": true, "receives": receives}]});
    world
        .owner
        .patch(&path, link(true))
        .await
        .problem(422, "validation_failed")
        .fields(&[("/calendars/0/calendar_id", "read_only")]);
    world.owner.patch(&path, link(false)).await.ok(200);
    world
        .owner
        .patch(&path, json!({"target_calendar_id": shared}))
        .await
        .problem(422, "validation_failed")
        .fields(&[("/target_calendar_id", "read_only")]);
}
