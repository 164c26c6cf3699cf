//! The program as people start it, in a process of its own.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{
    commands::program,
    harness::{Caller, TestApp},
};

#[tokio::test]
async fn it_answers_and_stops_although_nobody_reads_its_log_any_more() {
    let app = TestApp::start().await;
    let mut program = Program::start_with(&app, |command| {
        command.env("RUST_LOG", "debug").stderr(Stdio::piped());
    })
    .await;
    drop(program.child.stderr.take());
    let answer = app
        .http
        .get(format!("{}/health/ready", program.url))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    program.signal("TERM");
    let ended = async {
        while program.child.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), ended)
        .await
        .expect("the program stops");
}

/// The real program; killed when dropped.
pub struct Program {
    pub child: Child,
    pub url: String,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Program {
    pub async fn start(app: &TestApp) -> Self {
        Self::start_with(app, |command| {
            command.env("RUST_LOG", "warn");
        })
        .await
    }

    /// On the data of `app`, on a port of its own.
    pub async fn start_with(app: &TestApp, adjust: impl FnOnce(&mut Command)) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}");
        let mut command = program(&app.config());
        command
            .args(["serve", "--bind", &format!("127.0.0.1:{port}"), "--public-url", &url])
            .stdout(Stdio::null())
            .stderr(Stdio::inherit());
        adjust(&mut command);
        let program = Self {
            child: command.spawn().unwrap(),
            url,
        };
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

    /// The same person at this program's door.
    pub fn met_by(&self, caller: &Caller) -> Caller {
        Caller {
            base: self.url.clone(),
            ..caller.clone()
        }
    }

    pub fn signal(&self, name: &str) {
        let done = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(done.success());
    }
}
