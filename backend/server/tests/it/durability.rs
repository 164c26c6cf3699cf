//! An answered write is there, whatever happens to the process.

use std::{
    net::TcpListener,
    process::{Child, Stdio},
    time::Duration,
};

use serde_json::Value;

use crate::{
    commands::program,
    harness::{Answer, Caller, TestApp, client},
};

/// The real program; killed when dropped.
struct Program {
    child: Child,
    url: String,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Program {
    async fn start(app: &TestApp) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}");
        let mut command = program(&app.config());
        command
            .args(["serve", "--bind", &format!("127.0.0.1:{port}"), "--public-url", &url])
            .env("RUST_LOG", "warn");
        let child = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
        let program = Self { child, url };
        let ready = async {
            while app
                .http
                .get(format!("{}/health/ready", program.url))
                .send()
                .await
                .is_err()
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), ready)
            .await
            .expect("the program answers");
        program
    }

    fn signal(&self, name: &str) {
        let done = std::process::Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(done.success());
    }
}

fn at(caller: &Caller, program: &Program) -> Caller {
    Caller {
        base: program.url.clone(),
        ..caller.clone()
    }
}

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
            .map(|n| tokio::spawn(write_until_it_dies(at(&key, &program), round * 10 + n)))
            .collect();
        // In the middle of the writing, not before it.
        let enough = acknowledged.len() + 20;
        let counted = async {
            while count(&at(&key, &program).get("/clients?limit=500&state=all").await) < enough {
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
    let after = at(&key, &program);
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
        .map(|n| tokio::spawn(write_until_it_dies(at(&key, &program), n)))
        .collect();
    let counted = async {
        while count(&at(&key, &program).get("/clients?limit=500").await) < 10 {
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
