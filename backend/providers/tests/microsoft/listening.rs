//! Subscriptions: asked for, renewed, replaced, ended.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::SignedDuration;
use providers::{CalendarProvider as _, Channel, Error, Watch, microsoft::Microsoft};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use url::Url;

use crate::{
    conformance::{Peer, meeting},
    harness::Sim,
};

/// A server of ours as Microsoft sees it: repeats what it is asked to, keeps what it is told.
struct Ear {
    address: Url,
    heard: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Ear {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/hooks/microsoft", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&kept)));
            }
        });
        Self {
            address: address.parse().unwrap(),
            heard,
        }
    }

    fn heard(&self) -> Vec<(String, Value)> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for the first message.
    async fn first(&self) -> (String, Value) {
        for _ in 0..500 {
            if let Some(one) = self.heard().first() {
                return one.clone();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("nothing was told");
    }
}

async fn answer(mut stream: TcpStream, heard: Arc<Mutex<Vec<(String, Value)>>>) {
    let mut text = Vec::new();
    let (head, body) = loop {
        let mut part = [0_u8; 4096];
        let n = stream.read(&mut part).await.unwrap_or(0);
        text.extend_from_slice(&part[..n]);
        let all = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = all.split_once("\r\n\r\n") {
            let length = head
                .to_lowercase()
                .lines()
                .find_map(|l| l.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                break (head.to_owned(), body.to_owned());
            }
        }
        if n == 0 {
            return;
        }
    };
    let path = head.split(' ').nth(1).unwrap_or_default();
    let url = Url::parse("http://ear").unwrap().join(path).unwrap();
    let asked = url.query_pairs().find(|(name, _)| name == "validationToken");
    let reply = match asked {
        Some((_, token)) => token.into_owned(),
        None => {
            let said = serde_json::from_str(&body).unwrap_or_default();
            heard
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((url.path().to_owned(), said));
            String::new()
        }
    };
    let reply = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{reply}",
        reply.len()
    );
    stream.write_all(reply.as_bytes()).await.unwrap();
}

fn wish(ear: &Ear, id: &str) -> Watch {
    Watch {
        id: id.into(),
        token: "secret".to_owned().into(),
        address: ear.address.clone(),
        lifetime: Duration::from_secs(30 * 24 * 3600),
    }
}

/// Our client, whose clock is the simulator's.
fn client(sim: &Sim) -> Microsoft {
    sim.client(sim.control.now())
}

async fn open(sim: &Sim, ear: &Ear, id: &str) -> Channel {
    client(sim).watch(&sim.calendar, &wish(ear, id)).await.unwrap()
}

#[tokio::test]
async fn a_change_is_told_with_our_name_and_secret() {
    let (sim, ear) = (Sim::start(), Ear::open().await);
    assert!(sim.microsoft.pushes());
    let channel = open(&sim, &ear, "one").await;
    // Seven days is the most there is.
    let lives = channel.expires_at.unwrap().duration_since(sim.control.now());
    assert!(
        lives > SignedDuration::from_hours(166) && lives <= SignedDuration::from_mins(10_080),
        "{lives:?}"
    );
    (&sim as &dyn Peer).create(meeting("News")).await;
    let (path, said) = ear.first().await;
    assert_eq!(path, "/hooks/microsoft");
    assert_eq!(said["value"][0]["clientState"], "one.secret");
    assert_eq!(said["value"][0]["subscriptionId"], channel.resource_id);
}

#[tokio::test]
async fn what_happens_to_the_subscription_is_told_beside() {
    let (sim, ear) = (Sim::start(), Ear::open().await);
    let channel = open(&sim, &ear, "one").await;
    sim.control
        .lifecycle(&channel.resource_id, "reauthorizationRequired")
        .unwrap();
    let (path, said) = ear.first().await;
    assert_eq!(path, "/hooks/microsoft/lifecycle");
    assert_eq!(said["value"][0]["lifecycleEvent"], "reauthorizationRequired");
    assert_eq!(said["value"][0]["clientState"], "one.secret");
    let renewed = client(&sim)
        .renew(&channel.resource_id, Duration::from_secs(3600))
        .await
        .unwrap();
    assert_eq!(renewed.resource_id, channel.resource_id);
    assert!(renewed.expires_at < channel.expires_at);
}

#[tokio::test]
async fn a_second_subscription_takes_the_place_of_the_first() {
    let (sim, ear) = (Sim::start(), Ear::open().await);
    let first = open(&sim, &ear, "one").await;
    let second = open(&sim, &ear, "two").await;
    assert_eq!(sim.control.subscriptions(), std::slice::from_ref(&second.resource_id));
    let stopped = sim.microsoft.stop("one", &first.resource_id).await;
    assert!(matches!(stopped, Err(Error::NotFound)), "{stopped:?}");
    sim.microsoft.stop("two", &second.resource_id).await.unwrap();
    assert!(sim.control.subscriptions().is_empty());
    let gone = client(&sim).renew(&second.resource_id, Duration::from_secs(3600)).await;
    assert!(matches!(gone, Err(Error::NotFound)), "{gone:?}");
}

#[tokio::test]
async fn an_address_that_does_not_answer_is_refused() {
    let sim = Sim::start();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let ear = Ear {
        address: format!("http://{closed}/hooks/microsoft").parse().unwrap(),
        heard: Arc::default(),
    };
    let refused = client(&sim).watch(&sim.calendar, &wish(&ear, "one")).await;
    assert!(
        matches!(&refused, Err(Error::Rejected { code, .. }) if code == "ValidationError"),
        "{refused:?}"
    );
}
