//! Faults on order.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use simulators::google::{Effect, Fault};

use crate::harness::{DANA, Google, ROBIN, hour};

const EVENTS: &str = "/calendars/primary/events";

#[tokio::test]
async fn a_lost_answer_leaves_the_event_behind_and_a_reset_does_not() {
    let google = Google::start();
    let dana = google.user(DANA);
    let mut event = hour("Once", "2027-03-01T10:00");
    event["id"] = json!("abcde12345");
    google
        .control()
        .fault(Fault::once("calendar.events.insert", Effect::Reset));
    assert!(dana.send(Method::POST, EVENTS, Some(&event)).await.is_err());
    assert!(google.control().events(DANA).unwrap().is_empty());

    google
        .control()
        .fault(Fault::once("calendar.events.insert", Effect::LoseAnswer));
    assert!(dana.send(Method::POST, EVENTS, Some(&event)).await.is_err());
    assert_eq!(google.control().events(DANA).unwrap().len(), 1);
    assert_eq!(dana.post(EVENTS, event).await.refused(), (409, "duplicate".into()));
    let journal = google.control().calls("calendar.events.insert");
    assert_eq!(
        journal.iter().map(|r| r.status).collect::<Vec<_>>(),
        [None, Some(200), Some(409)]
    );
    assert_eq!(journal[1].faults, [Effect::LoseAnswer]);
}

#[tokio::test]
async fn a_truncated_answer_cannot_be_read() {
    let google = Google::start();
    let dana = google.user(DANA);
    google
        .control()
        .fault(Fault::once("calendar.events.list", Effect::Truncate));
    assert!(dana.send(Method::GET, EVENTS, None).await.is_err());
    dana.get(EVENTS).await.good();
}

#[tokio::test]
async fn faults_skip_count_and_stay_with_their_operation_and_account() {
    let google = Google::start();
    let (dana, robin) = (google.user(DANA), google.user(ROBIN));
    google.control().fault(Fault {
        account: Some(DANA.into()),
        skip: 1,
        ..Fault::times(
            "calendar.events.*",
            2,
            Effect::Status {
                status: 503,
                retry_after: Some(7),
            },
        )
    });
    dana.get(EVENTS).await.good();
    robin.get(EVENTS).await.good();
    dana.get("/colors").await.good();
    let first = dana.get(EVENTS).await;
    assert_eq!(first.headers["retry-after"], "7");
    assert_eq!(first.refused(), (503, "backendError".into()));
    assert_eq!(dana.get(EVENTS).await.refused().0, 503);
    dana.get(EVENTS).await.good();
    assert!(google.control().faults().is_empty());
}

#[tokio::test]
async fn a_fault_can_end_with_the_clock() {
    let google = Google::start();
    let dana = google.user(DANA);
    let until = google.control().now() + jiff::SignedDuration::from_secs(30);
    google.control().fault(Fault {
        until: Some(until),
        ..Fault::always(
            "*",
            Effect::RateLimit {
                status: 429,
                retry_after: None,
            },
        )
    });
    assert_eq!(dana.get("/colors").await.refused(), (429, "rateLimitExceeded".into()));
    google.control().advance(jiff::SignedDuration::from_secs(31));
    dana.get("/colors").await.good();
}

#[tokio::test]
async fn every_kind_of_refusal_has_googles_words() {
    let google = Google::start();
    let dana = google.user(DANA);
    let (_, token) = dana.list("").await;
    for (effect, expected) in [
        (Effect::QuotaExceeded, (403, "quotaExceeded")),
        (
            Effect::RateLimit {
                status: 403,
                retry_after: None,
            },
            (403, "rateLimitExceeded"),
        ),
        (
            Effect::Status {
                status: 500,
                retry_after: None,
            },
            (500, "backendError"),
        ),
        (Effect::ExpireSyncToken, (410, "fullSyncRequired")),
    ] {
        google.control().fault(Fault::once("calendar.events.list", effect));
        let reply = dana
            .get(&format!("{EVENTS}?syncToken={}", token.as_ref().unwrap()))
            .await;
        assert_eq!(reply.refused(), (expected.0, expected.1.into()));
    }
    google
        .control()
        .fault(Fault::once("calendar.events.list", Effect::ExpireSyncToken));
    dana.get(EVENTS).await.good();
    assert_eq!(
        google.control().faults().len(),
        1,
        "only a call with a sync token suffers"
    );
}

#[tokio::test]
async fn answers_can_be_late_and_can_carry_fields_nobody_knows() {
    let google = Google::start();
    let dana = google.user(DANA);
    dana.insert(hour("Event", "2027-03-01T10:00")).await;
    google
        .control()
        .fault(Fault::once("calendar.events.list", Effect::Latency { millis: 120 }));
    google
        .control()
        .fault(Fault::once("calendar.events.list", Effect::UnknownFields));
    let begun = Instant::now();
    let page = dana.get(EVENTS).await.good();
    assert!(begun.elapsed() >= Duration::from_millis(120));
    assert!(page.get("xUnknownObject").is_some() && page["items"][0]["start"].get("xUnknownText").is_some());
}

#[tokio::test]
async fn the_token_endpoint_fails_on_order_too() {
    let google = Google::start();
    google.control().fault(Fault::once(
        "oauth.token",
        Effect::Status {
            status: 503,
            retry_after: None,
        },
    ));
    let form = [("grant_type", "refresh_token")];
    let reply = google.http.post(google.url("/token")).form(&form).send().await.unwrap();
    assert_eq!(reply.status(), 503);
    google.control().fault(Fault::once("oauth.token", Effect::LoseAnswer));
    assert!(google.http.post(google.url("/token")).form(&form).send().await.is_err());
}

#[tokio::test]
async fn a_call_that_is_carried_out_twice_shows_why_ids_are_chosen_by_the_client() {
    let google = Google::start();
    let dana = google.user(DANA);
    let insert = |id: Option<&str>| {
        let mut event = hour("Twice", "2027-03-01T10:00");
        if let Some(id) = id {
            event["id"] = serde_json::json!(id);
        }
        event
    };
    google
        .control()
        .fault(Fault::once("calendar.events.insert", Effect::Duplicate));
    dana.post(EVENTS, insert(None)).await.good();
    assert_eq!(
        google.control().events(DANA).unwrap().len(),
        2,
        "nothing told the two apart"
    );
    google
        .control()
        .fault(Fault::once("calendar.events.insert", Effect::Duplicate));
    let reply = dana.post(EVENTS, insert(Some("chosenhere"))).await;
    assert_eq!(reply.refused(), (409, "duplicate".into()));
    assert_eq!(google.control().events(DANA).unwrap().len(), 3);
}

#[tokio::test]
async fn a_stale_read_knows_nothing_of_what_came_after_it_was_ordered() {
    let google = Google::start();
    let dana = google.user(DANA);
    let event = dana.insert(hour("Before", "2027-03-01T10:00")).await;
    let (_, token) = dana.list("").await;
    let token = token.unwrap();
    google
        .control()
        .fault(Fault::times("calendar.events.*", 3, Effect::StaleRead));
    let path = format!("{EVENTS}/{}", event["id"].as_str().unwrap());
    // Writes are as they always are.
    assert_eq!(
        dana.patch(&path, json!({"summary": "After"})).await.good()["summary"],
        "After"
    );
    assert_eq!(dana.get(&path).await.good()["summary"], "Before");
    let (news, same) = dana.list(&format!("syncToken={token}")).await;
    assert!(news.is_empty());
    let (news, _) = dana.list(&format!("syncToken={}", same.unwrap())).await;
    assert_eq!(news[0]["summary"], "After", "what was missed comes with the next token");
    assert_eq!(dana.get(&path).await.good()["summary"], "After");
}

#[tokio::test]
async fn of_many_calls_a_part_suffers_and_the_same_part_for_the_same_seed() {
    let google = Google::start();
    let dana = google.user(DANA);
    let mut rounds = Vec::new();
    for seed in [7, 7, 8] {
        google.control().clear_faults();
        google.control().seed(seed);
        let effect = Effect::Status {
            status: 503,
            retry_after: None,
        };
        google.control().fault(Fault {
            percent: Some(30),
            ..Fault::always("calendar.colors.get", effect)
        });
        let mut suffered = Vec::new();
        for _ in 0..100 {
            suffered.push(dana.get("/colors").await.status == 503);
        }
        rounds.push(suffered);
    }
    let hits = rounds[0].iter().filter(|hit| **hit).count();
    assert!((15..=45).contains(&hits), "{hits} of 100");
    assert_eq!(rounds[0], rounds[1]);
    assert_ne!(rounds[0], rounds[2]);
}
