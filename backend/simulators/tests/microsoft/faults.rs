//! Faults on order, and limits.

use std::time::Duration;

use jiff::SignedDuration;
use reqwest::Method;
use serde_json::json;
use simulators::microsoft::{Effect, Fault};

use crate::harness::{MIRA, Microsoft, NOAH, hour, path, subjects};

#[tokio::test]
async fn a_lost_answer_leaves_the_event_behind_and_its_transaction_finds_it() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let mut event = hour("Once", "2027-03-01T10:00");
    event["transactionId"] = json!("t-1");
    microsoft
        .control()
        .fault(Fault::once("graph.events.create", Effect::Reset));
    assert!(mira.send(Method::POST, "/me/events", Some(&event)).await.is_err());
    microsoft
        .control()
        .fault(Fault::once("graph.events.create", Effect::LoseAnswer));
    assert!(mira.send(Method::POST, "/me/events", Some(&event)).await.is_err());
    microsoft
        .control()
        .fault(Fault::once("graph.events.create", Effect::Duplicate));
    mira.create(event).await;
    assert_eq!(mira.all("/me/events").await.len(), 1);
    let journal = microsoft.control().calls("graph.events.create");
    assert_eq!(
        journal.iter().map(|r| r.status).collect::<Vec<_>>(),
        [None, Some(201), Some(201)]
    );
    microsoft
        .control()
        .fault(Fault::once("graph.events.create", Effect::Duplicate));
    mira.create(hour("Twice", "2027-03-01T12:00")).await;
    assert_eq!(mira.all("/me/events").await.len(), 3, "nothing told the two apart");
    microsoft
        .control()
        .fault(Fault::once("graph.events.list", Effect::Truncate));
    assert!(mira.send(Method::GET, "/me/events", None).await.is_err());
}

#[tokio::test]
async fn refusals_on_order_have_graphs_words() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    for (effect, expected) in [
        (
            Effect::RateLimit {
                status: 429,
                retry_after: Some(7),
            },
            (429, "ApplicationThrottled"),
        ),
        (
            Effect::Status {
                status: 503,
                retry_after: Some(7),
            },
            (503, "serviceNotAvailable"),
        ),
        (
            Effect::Status {
                status: 504,
                retry_after: Some(7),
            },
            (504, "UnknownError"),
        ),
    ] {
        microsoft.control().fault(Fault::once("graph.events.*", effect));
        let reply = mira.get("/me/events").await;
        assert_eq!(reply.headers["retry-after"], "7");
        assert_eq!(reply.refused(), (expected.0, expected.1.into()));
    }
    microsoft
        .control()
        .fault(Fault::once("graph.events.create", Effect::QuotaExceeded));
    assert_eq!(
        mira.post("/me/events", hour("Full", "2027-03-01T10:00"))
            .await
            .refused()
            .0,
        507
    );
    microsoft.control().fault(Fault::once("*", Effect::UnknownFields));
    assert!(mira.get("/me/events").await.good().get("xUnknownObject").is_some());
}

#[tokio::test]
async fn a_mailbox_takes_four_calls_at_a_time() {
    let microsoft = Microsoft::start();
    let (mira, noah) = (microsoft.user(MIRA), microsoft.user(NOAH));
    microsoft
        .control()
        .fault(Fault::times("graph.events.list", 4, Effect::Latency { millis: 700 }));
    let slow = futures_util::future::join_all((0..4).map(|_| mira.get("/me/events")));
    let fast = async {
        while microsoft.control().calls("graph.events.list").len() < 4 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        noah.get("/me/events").await.good();
        mira.get("/me").await
    };
    let (slow, fast) = futures_util::future::join(slow, fast).await;
    assert!(slow.into_iter().all(|r| r.status == 200));
    assert_eq!(fast.headers["retry-after"], "1");
    assert!(
        fast.json["error"]["message"]
            .as_str()
            .unwrap()
            .contains("MailboxConcurrency")
    );
    assert_eq!(fast.refused(), (429, "ApplicationThrottled".into()));
    mira.get("/me").await.good();
}

#[tokio::test]
async fn too_many_calls_in_ten_minutes_have_to_wait() {
    let microsoft = Microsoft::start();
    microsoft.control().limits(|l| l.calls_per_ten_minutes = Some(3));
    let mira = microsoft.user(MIRA);
    for _ in 0..3 {
        mira.get("/me").await.good();
    }
    let reply = mira.get("/me").await;
    let wait: i64 = reply.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert_eq!(reply.refused().0, 429);
    microsoft.control().advance(SignedDuration::from_secs(wait + 1));
    mira.get("/me").await.good();
}

#[tokio::test]
async fn a_stale_read_knows_nothing_of_what_came_after_it_was_ordered() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let event = mira.create(hour("Before", "2027-03-01T10:00")).await;
    microsoft
        .control()
        .fault(Fault::times("graph.events.*", 2, Effect::StaleRead));
    mira.patch(&path(&event), json!({"subject": "After"})).await.good();
    assert_eq!(mira.get(&path(&event)).await.good()["subject"], "Before");
    assert_eq!(subjects(&mira.all("/me/events").await), ["After"]);
}

#[tokio::test]
async fn a_callers_own_request_id_comes_back() {
    let microsoft = Microsoft::start();
    let mira = microsoft
        .user(MIRA)
        .header("client-request-id", "11111111-2222-3333-4444-555555555555");
    let reply = mira.get("/me/events/nonsense").await;
    assert_eq!(
        reply.headers["client-request-id"],
        "11111111-2222-3333-4444-555555555555"
    );
    assert_eq!(reply.refused().0, 400);
}
