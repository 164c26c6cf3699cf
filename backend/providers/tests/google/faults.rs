//! What goes wrong on the way, and what the caller is told.

use std::{sync::Arc, time::Duration};

use providers::{
    CalendarProvider, Error,
    error::Unreachable,
    google::Google,
    http::{Http, Options, RetryPolicy},
};
use simulators::google::{Effect, Fault};

use crate::{
    conformance::{meeting, new, only},
    harness::{ALL_SCOPES, ANN, Sim, options},
};

#[tokio::test]
async fn a_rate_limit_is_waited_out() {
    let sim = Sim::start().await;
    sim.fault(
        "calendarList.list",
        Effect::RateLimit {
            status: 429,
            retry_after: Some(1),
        },
    );
    let second = Effect::RateLimit {
        status: 403,
        retry_after: None,
    };
    let second = Fault::once("calendar.calendarList.list", second);
    sim.control.fault(Fault { skip: 1, ..second });
    let begun = std::time::Instant::now();
    assert_eq!(sim.google.calendars().await.unwrap().len(), 3);
    assert_eq!(sim.calls("calendarList.list").len(), 3);
    assert!(begun.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_long_rate_limit_is_told_with_its_end() {
    let sim = Sim::start().await;
    sim.fault(
        "events.list",
        Effect::RateLimit {
            status: 403,
            retry_after: Some(300),
        },
    );
    let answer = sim.google.changes(&sim.calendar, None).await;
    let expected = Some(Duration::from_secs(300));
    assert!(
        matches!(answer, Err(Error::TryLater { after, rate_limited: true, .. }) if after == expected),
        "{answer:?}"
    );
    assert_eq!(sim.calls("events.list").len(), 1);
}

#[tokio::test]
async fn an_outage_is_tried_again_with_growing_waits_and_then_told() {
    let sim = Sim::start().await;
    sim.control.fault(Fault::times(
        "calendar.events.list",
        5,
        Effect::Status {
            status: 503,
            retry_after: None,
        },
    ));
    let bounds = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = Arc::clone(&bounds);
    let http = Http::new(Options {
        retry: RetryPolicy {
            base: Duration::from_secs(1),
            cap: Duration::from_secs(3),
            ..RetryPolicy::default()
        },
        jitter: Arc::new(move |bound| {
            seen.lock().unwrap().push(bound.as_secs());
            Duration::ZERO
        }),
        ..options()
    })
    .unwrap();
    let token = sim.control.issue_tokens(ANN, &ALL_SCOPES).unwrap().access_token;
    let google = Google::new(http, sim.endpoints.clone(), token.into());
    let answer = google.changes(&sim.calendar, None).await;
    assert!(
        matches!(
            answer,
            Err(Error::TryLater {
                rate_limited: false,
                ..
            })
        ),
        "{answer:?}"
    );
    assert_eq!(*bounds.lock().unwrap(), [1, 2, 3]);
    // The fifth call suffers the last fault, the sixth none.
    google.changes(&sim.calendar, None).await.unwrap();
}

#[tokio::test]
async fn an_exhausted_quota_is_not_retried() {
    let sim = Sim::start().await;
    sim.fault("events.insert", Effect::QuotaExceeded);
    let answer = sim.google.create(&sim.calendar, &new(meeting("Late"))).await;
    assert!(matches!(answer, Err(Error::Quota { .. })), "{answer:?}");
    assert_eq!(sim.calls("events.insert").len(), 1);
}

#[tokio::test]
async fn a_write_that_failed_half_way_is_finished_by_the_retry() {
    let sim = Sim::start().await;
    let effects = [
        Effect::Status {
            status: 500,
            retry_after: None,
        },
        Effect::Reset,
        Effect::Truncate,
    ];
    for (skip, effect) in (0..).zip(effects) {
        sim.control.fault(Fault {
            skip,
            ..Fault::once("calendar.events.insert", effect)
        });
    }
    sim.google.create(&sim.calendar, &new(meeting("Once"))).await.unwrap();
    assert_eq!(sim.titles(), ["Once"]);
    assert_eq!(sim.calls("events.insert").len(), 4);
}

#[tokio::test]
async fn a_token_that_ended_or_was_revoked_asks_for_a_new_one() {
    let sim = Sim::start().await;
    sim.control.expire_access_tokens(Some(ANN));
    let answer = sim.google.calendars().await;
    assert!(matches!(answer, Err(Error::Reauthorize { .. })), "{answer:?}");
    sim.control.revoke_account(ANN);
    let answer = sim.google.account().await;
    assert!(matches!(answer, Err(Error::Reauthorize { .. })), "{answer:?}");
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let sim = Sim::start().await;
    let poor = sim.client(ANN, &["openid", "email"]);
    let answer = poor.calendars().await;
    assert!(
        matches!(answer, Err(Error::Forbidden { ref code, .. }) if code == "insufficient_scope"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_slow_answer_runs_into_the_deadline() {
    let sim = Sim::start().await;
    sim.fault("calendarList.list", Effect::Latency { millis: 5_000 });
    let http = Http::new(Options {
        timeout: Duration::from_millis(200),
        retry: RetryPolicy::never(),
        ..options()
    })
    .unwrap();
    let token = sim.control.issue_tokens(ANN, &ALL_SCOPES).unwrap().access_token;
    let answer = Google::new(http, sim.endpoints.clone(), token.into()).calendars().await;
    assert!(
        matches!(
            answer,
            Err(Error::Unreachable {
                reason: Unreachable::Timeout,
                ..
            })
        ),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_creation_that_google_carries_out_twice_makes_one_event() {
    let sim = Sim::start().await;
    sim.fault("events.insert", Effect::Duplicate);
    let made = sim.google.create(&sim.calendar, &new(meeting("Once"))).await.unwrap();
    assert_eq!(only(made).content.title, "Once");
    assert_eq!(sim.titles(), ["Once"]);
}

#[tokio::test]
async fn what_answers_in_googles_stead_is_neither_a_success_nor_a_refusal() {
    let sim = Sim::start().await;
    let event = only(sim.google.create(&sim.calendar, &new(meeting("Kept"))).await.unwrap());
    let open = |answer: providers::Result<providers::Batch>| {
        assert!(
            matches!(
                answer,
                Err(Error::TryLater {
                    after: None,
                    rate_limited: false,
                    ..
                })
            ),
            "{answer:?}"
        );
    };
    sim.fault("events.insert", Effect::Garble);
    open(sim.google.create(&sim.calendar, &new(meeting("New"))).await);
    // A page where nothing was to be said: the event may still be there.
    sim.fault("events.delete", Effect::Garble);
    let target = crate::conformance::whole(&event.remote_id);
    let delete = || {
        sim.google
            .delete(&sim.calendar, &target, None, domain::event::Notify::None)
    };
    open(delete().await);
    delete().await.unwrap();
    sim.control.fault(Fault::once("oauth.token", Effect::Garble));
    let refresh = sim.control.issue_tokens(ANN, &ALL_SCOPES).unwrap().refresh_token;
    let answer = crate::signing_in::oauth(&sim).refresh(&refresh.into()).await;
    assert!(matches!(answer, Err(Error::TryLater { .. })), "{answer:?}");
}
