//! Tenants that want much, and others beside them.

use calendar_stacker::jobs::operations;
use serde_json::{Value, json};

use super::{Bulk, THREE, upload, visits};
use crate::{google::BOB, harness::Caller};

#[tokio::test]
async fn two_tenants_have_equal_shares_however_much_one_of_them_wants() {
    let mut bulk = Bulk::new().await;
    let mut mine = Vec::new();
    for name in THREE {
        mine.push(bulk.planned(&visits(150, &[name])).await);
    }
    let eve = bulk.world.app.stranger().await;
    let dana = std::mem::replace(&mut bulk.world.owner, eve.clone());
    bulk.world.connect("Elsewhere", BOB).await;
    let theirs = bulk.planned(&visits(150, &[BOB])).await;
    bulk.world.owner = dana;
    for op in &mine {
        bulk.apply(op).await.ok(202);
    }
    let path = format!("/operations/{}/apply", theirs["id"].as_str().unwrap());
    eve.post(&path, json!({"hash": theirs["summary"]["hash"]}))
        .await
        .ok(202);
    let written = async |caller: &Caller, op: &Value| {
        let path = format!("/operations/{}", op["id"].as_str().unwrap());
        caller.get(&path).await.ok(200).body["written"].as_i64().unwrap()
    };
    for _ in 0..3 {
        operations::round(&bulk.world.app.app).await.unwrap();
    }
    let mut ours = 0;
    for op in &mine {
        ours += written(&bulk.world.owner, op).await;
    }
    assert_eq!((ours, written(&eve, &theirs).await), (75, 75));
    // And nobody sees what is another's.
    eve.get(&format!("/operations/{}", mine[0]["id"].as_str().unwrap()))
        .await
        .problem(404, "not_found");
}

#[tokio::test]
async fn a_large_plan_keeps_no_other_tenant_waiting() {
    let bulk = Bulk::new().await;
    let app = &bulk.world.app;
    let eve = app.stranger().await;
    let asked = async |caller: &Caller, count| {
        let import = upload(caller, "visits.csv", visits(count, &["None"])).await.ok(201);
        let path = format!("/imports/{}/plan", import.text("id"));
        caller.post(&path, json!({})).await.ok(202).text("id")
    };
    let state = async |caller: &Caller, op: &str| {
        let op = caller.get(&format!("/operations/{op}")).await.ok(200).body;
        (op["state"].as_str().unwrap().to_owned(), op["total"].clone())
    };
    let large = asked(&bulk.world.owner, 40_000).await;
    let hands = app.app.clone();
    let planning = tokio::spawn(async move { operations::run(&hands).await });
    let row = async || {
        let op = large.clone();
        let ask = move |c: &mut db::Conn| db::operation_items::get(c, &op, 1);
        app.app.read(ask).await
    };
    while row().await.is_err() {
        tokio::task::yield_now().await;
    }
    let small = asked(&eve, 3).await;
    while state(&eve, &small).await.0 == "planning" {
        tokio::task::yield_now().await;
    }
    assert_eq!(state(&bulk.world.owner, &large).await.0, "planning");
    planning.await.unwrap().unwrap();
    assert_eq!(
        state(&bulk.world.owner, &large).await,
        ("planned".to_owned(), json!(40_000))
    );
}
