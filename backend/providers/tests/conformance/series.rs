//! Events that repeat.

use domain::{
    event::{EventStatus, Notify},
    time::EventTime,
};
use providers::{Batch, Error};

use super::{Peer, ZONE, at, change, day, meeting, occurrence, override_of, whole};

fn weekly(title: &str) -> domain::event::EventContent {
    let mut content = meeting(title);
    // Mondays at nine; the clock changes on 28 March 2027.
    (content.start, content.end) = (at("2027-03-15T09:00:00"), at("2027-03-15T10:00:00"));
    content.recurrence = vec!["RRULE:FREQ=WEEKLY;COUNT=6".into()];
    content
}

/// Whether the occurrence no longer happens: an override says so, or the master leaves it out.
fn is_out(batch: &Batch, original: &EventTime) -> bool {
    let key = match original {
        EventTime::Date { date } => date.strftime("%Y%m%d").to_string(),
        EventTime::Zoned { date_time, .. } => date_time.strftime("%Y%m%dT%H%M%S").to_string(),
    };
    let utc = original.occurrence_key().unwrap();
    let excluded = batch
        .upserts
        .iter()
        .filter(|e| e.series.is_none())
        .flat_map(|e| &e.content.recurrence);
    override_of(batch, original).is_some_and(|o| o.content.status == EventStatus::Cancelled)
        || excluded
            .filter(|l| l.starts_with("EXDATE"))
            .any(|l| l.contains(&key) || l.contains(&utc))
}

pub async fn a_weekly_series_keeps_its_wall_time_over_a_clock_change(peer: &dyn Peer) {
    let made = peer.create(weekly("Stand-up")).await;
    let read = peer.read(&made.remote_id).await;
    assert_eq!(
        (&read.content.start, &read.content.end),
        (&at("2027-03-15T09:00:00"), &at("2027-03-15T10:00:00"))
    );
    assert_eq!(read.content.recurrence, ["RRULE:FREQ=WEEKLY;COUNT=6"]);
    // After the change nine o'clock is one hour earlier in UTC, and the provider finds the occurrence there.
    let original = at("2027-03-29T09:00:00");
    assert_eq!(original.instant(ZONE).unwrap().to_string(), "2027-03-29T07:00:00Z");
    let mut after = read.content.clone();
    (after.start, after.end) = (original.clone(), at("2027-03-29T10:00:00"));
    let before = after.clone();
    after.title = "Late".into();
    let target = occurrence(&made.remote_id, original.clone());
    let batch = peer
        .provider()
        .update(peer.calendar(), &target, &change(&before, after))
        .await
        .unwrap();
    let changed = override_of(&batch, &original).expect("an override");
    assert_eq!(
        (changed.content.title.as_str(), &changed.content.start),
        ("Late", &original)
    );
}

pub async fn one_occurrence_can_be_changed_alone(peer: &dyn Peer) {
    let made = peer.create(weekly("Stand-up")).await;
    let (_, cursor) = peer.round(peer.calendar(), None).await;
    let original = at("2027-03-22T09:00:00");
    let mut before = made.content.clone();
    (before.start, before.end, before.recurrence) = (original.clone(), at("2027-03-22T10:00:00"), vec![]);
    let mut after = before.clone();
    (after.start, after.end) = (at("2027-03-23T14:00:00"), at("2027-03-23T15:30:00"));
    after.title = "Stand-up, moved".into();
    let target = occurrence(&made.remote_id, original.clone());
    peer.provider()
        .update(peer.calendar(), &target, &change(&before, after.clone()))
        .await
        .unwrap();
    let (told, _) = peer.round(peer.calendar(), Some(&cursor)).await;
    let moved = override_of(&told, &original).expect("an override");
    assert_eq!(
        (&moved.content.title, &moved.content.start, &moved.content.end),
        (&after.title, &after.start, &after.end)
    );
    assert_eq!(moved.series.as_deref(), Some(made.remote_id.as_str()));
    assert_eq!(moved.ical_uid, made.ical_uid);
    let master = peer.read(&made.remote_id).await;
    assert_eq!(
        (master.content.title, master.content.start),
        (made.content.title, made.content.start)
    );
}

pub async fn a_changed_occurrence_can_be_changed_again(peer: &dyn Peer) {
    let made = peer.create(weekly("Stand-up")).await;
    let original = at("2027-03-22T09:00:00");
    let target = occurrence(&made.remote_id, original.clone());
    let mut before = made.content.clone();
    (before.start, before.end, before.recurrence) = (original.clone(), at("2027-03-22T10:00:00"), vec![]);
    for (start, end) in [
        ("2027-03-23T14:00:00", "2027-03-23T15:00:00"),
        ("2027-03-24T08:00:00", "2027-03-24T09:00:00"),
    ] {
        let mut after = before.clone();
        (after.start, after.end) = (at(start), at(end));
        let batch = peer
            .provider()
            .update(peer.calendar(), &target, &change(&before, after.clone()))
            .await
            .unwrap();
        // It is still found by where the series would have put it.
        assert_eq!(
            override_of(&batch, &original).expect("an override").content.start,
            at(start)
        );
        before = after;
    }
    assert_eq!(peer.titles(peer.calendar()).await, ["Stand-up", "Stand-up"]);
}

pub async fn one_occurrence_can_be_taken_out(peer: &dyn Peer) {
    let made = peer.create(weekly("Stand-up")).await;
    let (_, cursor) = peer.round(peer.calendar(), None).await;
    let original = at("2027-03-29T09:00:00");
    let target = occurrence(&made.remote_id, original.clone());
    let batch = peer
        .provider()
        .delete(peer.calendar(), &target, None, Notify::None)
        .await
        .unwrap();
    assert!(is_out(&batch, &original), "{batch:?}");
    assert!(batch.removed.is_empty());
    let (told, _) = peer.round(peer.calendar(), Some(&cursor)).await;
    assert!(is_out(&told, &original), "{told:?}");
    // Once more is as good as once.
    peer.provider()
        .delete(peer.calendar(), &target, None, Notify::None)
        .await
        .unwrap();
    assert_eq!(peer.read(&made.remote_id).await.content.title, "Stand-up");
}

pub async fn an_occurrence_of_whole_days_can_be_taken_out(peer: &dyn Peer) {
    let mut content = weekly("Duty");
    (content.start, content.end) = (day("2027-03-15"), day("2027-03-16"));
    let made = peer.create(content).await;
    let original = day("2027-03-29");
    let target = occurrence(&made.remote_id, original.clone());
    let batch = peer
        .provider()
        .delete(peer.calendar(), &target, None, Notify::None)
        .await
        .unwrap();
    assert!(is_out(&batch, &original), "{batch:?}");
    let (told, _) = peer.round(peer.calendar(), None).await;
    assert!(is_out(&told, &original), "{told:?}");
}

pub async fn a_series_takes_its_overrides_with_it(peer: &dyn Peer) {
    let made = peer.create(weekly("Stand-up")).await;
    let original = at("2027-03-22T09:00:00");
    let mut after = made.content.clone();
    (after.start, after.end, after.recurrence) = (original.clone(), at("2027-03-22T10:00:00"), vec![]);
    let before = after.clone();
    after.title = "Special".into();
    let target = occurrence(&made.remote_id, original);
    peer.provider()
        .update(peer.calendar(), &target, &change(&before, after))
        .await
        .unwrap();
    peer.provider()
        .delete(peer.calendar(), &whole(&made.remote_id), None, Notify::None)
        .await
        .unwrap();
    assert!(peer.titles(peer.calendar()).await.is_empty());
    let read = peer.provider().event(peer.calendar(), &made.remote_id).await;
    assert!(matches!(read, Err(Error::NotFound)), "{read:?}");
}
