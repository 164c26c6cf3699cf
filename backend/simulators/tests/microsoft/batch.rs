//! JSON batches.

use serde_json::{Value, json};

use crate::harness::{MIRA, Microsoft, hour};

fn by_id<'a>(answers: &'a Value, id: &str) -> &'a Value {
    answers["responses"]
        .as_array()
        .unwrap()
        .iter()
        .find(|r| r["id"] == id)
        .unwrap()
}

#[tokio::test]
async fn calls_of_a_batch_wait_for_one_another_and_fail_together() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let kind = json!({"Content-Type": "application/json"});
    let done = mira
        .post("/$batch", json!({"requests": [
            {"id": "1", "method": "POST", "url": "/me/events", "headers": kind, "body": hour("One", "2027-03-01T10:00")},
            {"id": "2", "method": "GET", "url": "/me/events?$select=subject", "dependsOn": ["1"]},
            {"id": "3", "method": "POST", "url": "/me/events", "headers": kind, "body": {"nothing": 1}},
            {"id": "4", "method": "GET", "url": "/me", "dependsOn": ["3"]},
        ]}))
        .await
        .good();
    assert_eq!(by_id(&done, "1")["status"], 201);
    assert_eq!(by_id(&done, "2")["body"]["value"][0]["subject"], "One");
    assert_eq!(by_id(&done, "3")["body"]["error"]["code"], "RequestBodyRead");
    assert_eq!(by_id(&done, "4")["status"], 424);
    assert!(by_id(&done, "1")["headers"]["request-id"].is_string());
}

#[tokio::test]
async fn a_batch_has_bounds() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let many = |n: usize| json!({"requests": (0..n).map(|i| json!({"id": i.to_string(), "method": "GET", "url": "/me"})).collect::<Vec<_>>()});
    assert_eq!(mira.post("/$batch", many(21)).await.refused().0, 400);
    let six = mira.post("/$batch", many(6)).await.good();
    let statuses: Vec<u64> = (0..6)
        .map(|i| by_id(&six, &i.to_string())["status"].as_u64().unwrap())
        .collect();
    assert_eq!(
        statuses,
        [200, 200, 200, 200, 429, 429],
        "a mailbox takes four at a time"
    );
    assert_eq!(by_id(&six, "5")["headers"]["Retry-After"], "1");
    let chain: Vec<Value> = (0..20)
        .map(|i| {
            let mut one = json!({"id": i.to_string(), "method": "GET", "url": "/me"});
            if i > 0 {
                one["dependsOn"] = json!([(i - 1).to_string()]);
            }
            one
        })
        .collect();
    let all = mira.post("/$batch", json!({"requests": chain})).await.good();
    assert!(all["responses"].as_array().unwrap().iter().all(|r| r["status"] == 200));
    let circle = json!({"requests": [{"id": "a", "method": "GET", "url": "/me", "dependsOn": ["b"]}, {"id": "b", "method": "GET", "url": "/me", "dependsOn": ["a"]}]});
    assert_eq!(mira.post("/$batch", circle).await.refused().0, 400);
}
