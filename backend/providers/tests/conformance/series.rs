//! Events that repeat.

use domain::{
    event::{EventStatus, Notify, RemoteEvent},
    time::EventTime,
};
use providers::{Batch, Change, Error};

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

pub async fn a_changed_occurrence_has_data_of_its_own(peer: &dyn Peer) {
    let data = |room: &str| std::collections::BTreeMap::from([("room".to_owned(), room.to_owned())]);
    let mut content = weekly("Stand-up");
    content.metadata = data("blue");
    let made = peer.create(content).await;
    let (_, cursor) = peer.round(peer.calendar(), None).await;
    let change_one = async |day: &str, metadata| {
        let mut before = made.content.clone();
        let original = at(&format!("{day}T09:00:00"));
        (before.start, before.end) = (original.clone(), at(&format!("{day}T10:00:00")));
        before.recurrence = vec![];
        let mut after = before.clone();
        (after.title, after.metadata) = ("Longer".into(), metadata);
        let target = occurrence(&made.remote_id, original.clone());
        let change = change(&before, after);
        peer.provider().update(peer.calendar(), &target, &change).await.unwrap();
        original
    };
    let own = change_one("2027-03-22", data("red")).await;
    let same = change_one("2027-03-29", data("blue")).await;
    let (told, _) = peer.round(peer.calendar(), Some(&cursor)).await;
    let read = peer.provider().event(peer.calendar(), &made.remote_id).await.unwrap();
    for (original, room) in [(own, "red"), (same, "blue")] {
        let told = override_of(&told, &original).expect("an override is told");
        assert_eq!(
            (told.content.title.as_str(), told.content.metadata),
            ("Longer", data(room))
        );
        // Where a provider keeps overrides by themselves they are not read with their series.
        if let Some(read) = override_of(&read, &original) {
            assert_eq!(read.content.metadata, data(room));
        }
    }
    let series = read.upserts.iter().find(|event| event.series.is_none()).unwrap();
    assert_eq!(series.content.metadata, data("blue"), "the series keeps its own");
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

pub async fn a_series_of_whole_days_repeats_until_a_day(peer: &dyn Peer) {
    let mut content = weekly("Duty");
    (content.start, content.end) = (day("2027-03-15"), day("2027-03-17"));
    content.recurrence = vec!["RRULE:FREQ=WEEKLY;UNTIL=20270412".into()];
    let made = peer.create(content.clone()).await;
    let read = peer.read(&made.remote_id).await.content;
    assert_eq!(
        (read.start, read.end, read.recurrence),
        (content.start, content.end, content.recurrence)
    );
}

/// Monday the 22nd becomes Tuesday the 23rd at two, under its own title.
async fn moved_occurrence(peer: &dyn Peer, series: &RemoteEvent) -> EventTime {
    let original = at("2027-03-22T09:00:00");
    let mut before = series.content.clone();
    (before.start, before.end, before.recurrence) = (original.clone(), at("2027-03-22T10:00:00"), vec![]);
    let mut after = before.clone();
    (after.start, after.end) = (at("2027-03-23T14:00:00"), at("2027-03-23T15:00:00"));
    after.title = "Special".into();
    let target = occurrence(&series.remote_id, original.clone());
    peer.provider()
        .update(peer.calendar(), &target, &change(&before, after))
        .await
        .unwrap();
    original
}

pub async fn a_changed_occurrence_can_be_taken_out(peer: &dyn Peer) {
    let made = peer.create(weekly("Stand-up")).await;
    let original = moved_occurrence(peer, &made).await;
    let (_, cursor) = peer.round(peer.calendar(), None).await;
    peer.provider()
        .delete(
            peer.calendar(),
            &occurrence(&made.remote_id, original.clone()),
            None,
            Notify::None,
        )
        .await
        .unwrap();
    let (told, _) = peer.round(peer.calendar(), Some(&cursor)).await;
    assert!(is_out(&told, &original), "{told:?}");
    assert_eq!(peer.titles(peer.calendar()).await, ["Stand-up"]);
}

pub async fn a_new_title_of_the_series_leaves_a_changed_occurrence_its_own(peer: &dyn Peer) {
    let made = peer.create(weekly("Stand-up")).await;
    let original = moved_occurrence(peer, &made).await;
    let mut after = made.content.clone();
    (after.title, after.location) = ("Round table".into(), Some("Room 2".into()));
    peer.provider()
        .update(peer.calendar(), &whole(&made.remote_id), &change(&made.content, after))
        .await
        .unwrap();
    assert_eq!(peer.titles(peer.calendar()).await, ["Round table", "Special"]);
    let (all, _) = peer.round(peer.calendar(), None).await;
    let special = override_of(&all, &original).expect("the override");
    assert_eq!(special.content.start, at("2027-03-23T14:00:00"));
}

/// The whole series an hour later, as “all events” does it.
async fn an_hour_later(peer: &dyn Peer, series: &RemoteEvent) -> Batch {
    let (_, cursor) = peer.round(peer.calendar(), None).await;
    let mut after = series.content.clone();
    (after.start, after.end) = (at("2027-03-15T10:00:00"), at("2027-03-15T11:00:00"));
    peer.provider()
        .update(
            peer.calendar(),
            &whole(&series.remote_id),
            &change(&series.content, after),
        )
        .await
        .unwrap();
    peer.round(peer.calendar(), Some(&cursor)).await.0
}

pub async fn no_occurrence_is_left_over_when_its_series_moves_in_time(peer: &dyn Peer) {
    let made = peer.create(weekly("Stand-up")).await;
    let old = moved_occurrence(peer, &made).await;
    let told = an_hour_later(peer, &made).await;
    let (all, _) = peer.round(peer.calendar(), None).await;
    for batch in [&told, &all] {
        let left_over = override_of(batch, &old).filter(|o| o.content.status != EventStatus::Cancelled);
        assert_eq!(left_over, None, "it names an occurrence the series no longer has");
    }
    let master = peer.read(&made.remote_id).await.content;
    assert_eq!(
        (&master.start, &master.recurrence),
        (&at("2027-03-15T10:00:00"), &made.content.recurrence)
    );
}

pub async fn a_changed_occurrence_follows_its_series_in_time(peer: &dyn Peer) {
    let made = peer.create(weekly("Stand-up")).await;
    moved_occurrence(peer, &made).await;
    let told = an_hour_later(peer, &made).await;
    let followed = override_of(&told, &at("2027-03-22T10:00:00")).expect("the override, under its new place");
    assert_eq!(followed.content.title, "Special");
    assert_eq!(peer.titles(peer.calendar()).await, ["Special", "Stand-up"]);
}

pub async fn a_series_is_cut_and_goes_on_as_another(peer: &dyn Peer) {
    let made = peer.create(weekly("Stand-up")).await;
    // “This and following” from 29 March on, the day after the clocks change: first the tail, then the cut.
    let mut tail = made.content.clone();
    (tail.start, tail.end) = (at("2027-03-29T14:00:00"), at("2027-03-29T15:00:00"));
    tail.title = "Stand-up, later".into();
    tail.recurrence = vec!["RRULE:FREQ=WEEKLY;COUNT=4".into()];
    let tail = peer.create(tail).await;
    let mut head = made.content.clone();
    head.recurrence = vec!["RRULE:FREQ=WEEKLY;UNTIL=20270322T080000Z".into()];
    let cut = Change {
        etag: made.etag.clone(),
        ..change(&made.content, head.clone())
    };
    peer.provider()
        .update(peer.calendar(), &whole(&made.remote_id), &cut)
        .await
        .unwrap();
    let head_now = peer.read(&made.remote_id).await;
    assert_eq!(head_now.content.recurrence, head.recurrence);
    assert_eq!(head_now.content.start, made.content.start);
    let tail_now = peer.read(&tail.remote_id).await;
    assert_eq!(tail_now.content.recurrence, ["RRULE:FREQ=WEEKLY;COUNT=4"]);
    assert_ne!(tail_now.ical_uid, head_now.ical_uid);
    assert_eq!(peer.titles(peer.calendar()).await, ["Stand-up", "Stand-up, later"]);
}

pub async fn a_series_moves_to_another_calendar_with_its_overrides(peer: &dyn Peer) {
    let made = peer.create(weekly("Stand-up")).await;
    let original = moved_occurrence(peer, &made).await;
    peer.provider()
        .move_event(peer.calendar(), &made.remote_id, peer.other_calendar(), Notify::None)
        .await
        .unwrap();
    assert!(peer.titles(peer.calendar()).await.is_empty());
    let (there, _) = peer.round(peer.other_calendar(), None).await;
    let special = override_of(&there, &original).expect("the override");
    assert_eq!(special.content.title, "Special");
    assert_eq!(peer.titles(peer.other_calendar()).await, ["Special", "Stand-up"]);
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
