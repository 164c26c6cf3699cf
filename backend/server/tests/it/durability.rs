//! An answered write is there, whatever happens to the process.

use std::time::Duration;

use serde_json::Value;

use crate::{
    harness::{Answer, Caller, TestApp, client},
    program::Program,
};

/// Adds clients one after the other until the service is gone; returns the acknowledged ids.
async fn write_until_it_dies(caller: Caller, writer: usize) -> Vec<String> {
    let mut acknowledged = Vec::new();
    for n in 0.. {
        let request = caller
            .request(reqwest::Method::POST, "/clients")
            .json(&client(&format!("Writer {writer} number {n}")));
        let Ok(response) = request.send().await else { break };
        assert_eq!(response.status(), 201);
        let Ok(body) = response.json::<Value>().await else {
            break;
        };
        acknowledged.push(body["id"].as_str().unwrap().to_owned());
    }
    acknowledged
}

#[tokio::test]
async fn what_was_acknowledged_survives_kill_9() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let key = app.key(&dana, &["clients:read", "clients:write"]).await;
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let program = Program::start(&app).await;
        let writers: Vec<_> = (0..4)
            .map(|n| tokio::spawn(write_until_it_dies(program.met_by(&key), round * 10 + n)))
            .collect();
        // In the middle of the writing, not before it.
        let enough = acknowledged.len() + 20;
        let counted = async {
            while count(&program.met_by(&key).get("/clients?limit=500&state=all").await) < enough {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), counted)
            .await
            .expect("clients are written");
        program.signal("KILL");
        for writer in writers {
            acknowledged.extend(writer.await.unwrap());
        }
    }
    let program = Program::start(&app).await;
    let after = program.met_by(&key);
    assert!(acknowledged.len() >= 50, "{}", acknowledged.len());
    for id in &acknowledged {
        after.get(&format!("/clients/{id}")).await.ok(200);
    }
}

fn count(list: &Answer) -> usize {
    list.body["data"].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn a_service_that_is_asked_to_stop_finishes_what_it_began() {
    let app = TestApp::start().await;
    let dana = app.owner().await;
    let key = app.key(&dana, &["clients:read", "clients:write"]).await;
    let mut program = Program::start(&app).await;
    let writers: Vec<_> = (0..4)
        .map(|n| tokio::spawn(write_until_it_dies(program.met_by(&key), n)))
        .collect();
    let counted = async {
        while count(&program.met_by(&key).get("/clients?limit=500").await) < 10 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), counted)
        .await
        .expect("clients are written");
    program.signal("TERM");
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    let status = tokio::task::spawn_blocking(move || program.child.wait().unwrap())
        .await
        .unwrap();
    assert!(status.success(), "{status}");
    for id in acknowledged {
        key.get(&format!("/clients/{id}")).await.ok(200);
    }
}
