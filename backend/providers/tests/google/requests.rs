//! How requests look on the wire, whatever they ask for.

use domain::event::{Notify, Response};
use providers::{CalendarProvider, Change, Error, Watch};

use crate::{
    conformance::{at, change, guest, meeting, new, occurrence, only, whole},
    harness::{ANN, Sim},
};

#[tokio::test]
async fn every_write_says_whom_to_mail_and_keeps_the_conference() {
    let sim = Sim::start().await;
    let mut content = meeting("Series");
    content.recurrence = vec!["RRULE:FREQ=DAILY;COUNT=3".into()];
    content.attendees = vec![guest(ANN), guest("cy@example.org")];
    let made = only(sim.google.create("primary", &new(content)).await.unwrap());
    let mut after = made.content.clone();
    after.title = "Renamed".into();
    let renamed = Change {
        etag: made.etag.clone(),
        ..change(&made.content, after)
    };
    let now = only(
        sim.google
            .update("primary", &whole(&made.remote_id), &renamed)
            .await
            .unwrap(),
    );
    let target = occurrence(&made.remote_id, at("2027-03-02T09:00:00"));
    sim.google
        .respond("primary", &target, Response::Accepted, Notify::External)
        .await
        .unwrap();
    sim.google.delete("primary", &target, None, Notify::All).await.unwrap();
    sim.google
        .delete("primary", &whole(&made.remote_id), now.etag.as_deref(), Notify::None)
        .await
        .unwrap();

    let writes: Vec<_> = sim
        .control
        .journal()
        .into_iter()
        .filter(|c| c.method != "GET")
        .collect();
    assert_eq!(writes.len(), 5);
    for call in &writes {
        assert!(call.query.contains("sendUpdates="), "{call:?}");
        if matches!(call.method.as_str(), "POST" | "PATCH") {
            assert!(call.query.contains("conferenceDataVersion=1"), "{call:?}");
        }
    }
    assert!(writes[2].query.contains("sendUpdates=externalOnly"));
    assert!(writes[3].query.contains("sendUpdates=all"));
}

#[tokio::test]
async fn a_change_and_a_deletion_carry_the_version_they_know() {
    let sim = Sim::start().await;
    let made = only(sim.google.create(&sim.calendar, &new(meeting("First"))).await.unwrap());
    let mut after = made.content.clone();
    after.title = "Second".into();
    let change = Change {
        etag: made.etag.clone(),
        ..change(&made.content, after)
    };
    let now = only(
        sim.google
            .update(&sim.calendar, &whole(&made.remote_id), &change)
            .await
            .unwrap(),
    );
    sim.google
        .delete(
            &sim.calendar,
            &whole(&made.remote_id),
            now.etag.as_deref(),
            Notify::None,
        )
        .await
        .unwrap();
    let known = |operation: &str| {
        let call = sim.calls(operation).remove(0);
        call.headers
            .into_iter()
            .find(|(name, _)| name == "if-match")
            .map(|(_, value)| value)
    };
    assert_eq!(known("events.patch"), made.etag);
    assert_eq!(known("events.delete"), now.etag);
}

#[tokio::test]
async fn strange_names_of_calendars_reach_google_unharmed() {
    let sim = Sim::start().await;
    for name in ["en.german#holiday@group.v.calendar.google.com", "a/b?c", "ä ö"] {
        let answer = sim.google.changes(name, None).await;
        assert!(matches!(answer, Err(providers::Error::NotFound)), "{name} {answer:?}");
    }
    assert_eq!(sim.calls("events.list").len(), 3);
}

#[tokio::test]
#[should_panic(expected = "colour")]
async fn the_check_against_googles_schema_sees_a_foreign_field() {
    let sim = Sim::start().await;
    sim.google.create(&sim.calendar, &new(meeting("Good"))).await.unwrap();
    let mut call = sim.calls("events.insert").remove(0);
    call.body.as_mut().unwrap()["colour"] = serde_json::json!("red");
    crate::harness::check(&call);
}

#[tokio::test]
async fn a_channel_is_opened_once_and_stopped_by_both_its_names() {
    let sim = Sim::start().await;
    assert!(sim.google.pushes());
    let watch = Watch {
        id: "a-channel".into(),
        token: "a secret".to_owned().into(),
        address: "https://calendars.example/api/v1/hooks/google".parse().unwrap(),
        lifetime: std::time::Duration::from_secs(3600),
    };
    let channel = sim.google.watch("primary", &watch).await.unwrap();
    let lives = channel.expires_at.unwrap().duration_since(sim.control.now());
    assert!((3590..=3600).contains(&lives.as_secs()), "{lives}");
    let again = sim.google.watch("primary", &watch).await;
    assert!(
        matches!(&again, Err(Error::Rejected { code, .. }) if code == "channelIdNotUnique"),
        "{again:?}"
    );
    let wrong = sim.google.stop("a-channel", "something else").await;
    assert!(matches!(wrong, Err(Error::NotFound)), "{wrong:?}");
    sim.google.stop("a-channel", &channel.resource_id).await.unwrap();
    let gone = sim.google.stop("a-channel", &channel.resource_id).await;
    assert!(matches!(gone, Err(Error::NotFound)), "{gone:?}");
    assert_eq!(
        sim.calls("events.watch").len(),
        2,
        "a refused channel is not asked for again"
    );
}

#[tokio::test]
async fn a_channel_whose_answer_is_lost_is_not_asked_for_again() {
    let sim = Sim::start().await;
    sim.fault("events.watch", simulators::google::Effect::LoseAnswer);
    let watch = Watch {
        id: "lost".into(),
        token: "a secret".to_owned().into(),
        address: "https://calendars.example/".parse().unwrap(),
        lifetime: std::time::Duration::from_secs(3600),
    };
    let lost = sim.google.watch("primary", &watch).await;
    assert!(matches!(lost, Err(Error::Unreachable { .. })), "{lost:?}");
    assert_eq!(sim.calls("events.watch").len(), 1);
}
