//! The provider says no for a while, or for good.

use std::time::Duration;

use domain::event::Notify;
use providers::Error;

use super::{PAUSE, Peer, change, meeting, new, whole};

pub async fn a_rate_limit_is_told_with_its_time_and_then_it_goes_on(peer: &dyn Peer) {
    let event = new(meeting("Patient"));
    peer.limit_next_call().await;
    let refused = peer.provider().create(peer.calendar(), &event).await;
    let Err(Error::TryLater {
        after, rate_limited, ..
    }) = refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!((after, rate_limited), (Some(Duration::from_secs(PAUSE)), true));
    peer.provider().create(peer.calendar(), &event).await.unwrap();
    peer.limit_next_call().await;
    let refused = peer.provider().changes(peer.calendar(), None).await;
    assert!(
        matches!(&refused, Err(Error::TryLater { after: Some(after), .. }) if after.as_secs() == PAUSE),
        "{refused:?}"
    );
    assert_eq!(peer.titles(peer.calendar()).await, ["Patient"]);
}

/// Whatever is asked: somebody has to sign in again, and it is nothing else.
pub async fn a_withdrawn_permission_wants_somebody_to_sign_in_again(peer: &dyn Peer) {
    let made = peer.create(meeting("Mine")).await;
    let (_, cursor) = peer.round(peer.calendar(), None).await;
    peer.withdraw().await;
    let (provider, calendar, target) = (peer.provider(), peer.calendar(), whole(&made.remote_id));
    let mut after = made.content.clone();
    after.title = "Changed".into();
    let change = change(&made.content, after);
    let answers = [
        ("account", provider.account().await.err()),
        ("calendars", provider.calendars().await.err()),
        ("changes", provider.changes(calendar, Some(&cursor)).await.err()),
        ("all", provider.changes(calendar, None).await.err()),
        ("event", provider.event(calendar, &made.remote_id).await.err()),
        ("create", provider.create(calendar, &new(meeting("New"))).await.err()),
        ("update", provider.update(calendar, &target, &change).await.err()),
        (
            "delete",
            provider.delete(calendar, &target, None, Notify::None).await.err(),
        ),
    ];
    for (call, answer) in answers {
        assert!(matches!(answer, Some(Error::Reauthorize { .. })), "{call}: {answer:?}");
    }
}
