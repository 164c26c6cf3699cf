//! Events that happen once.

use std::collections::BTreeMap;

use domain::{
    event::{Notify, Reminder, ReminderMethod, Reminders, Transparency, Visibility},
    time::EventTime,
};
use providers::{Change, Error};

use super::{Peer, at, change, day, guest, meeting, new, only, whole};

pub async fn creating_twice_makes_one_event(peer: &dyn Peer) {
    let event = new(meeting("Once"));
    let first = only(peer.provider().create(peer.calendar(), &event).await.unwrap());
    let second = only(peer.provider().create(peer.calendar(), &event).await.unwrap());
    assert_eq!(first.remote_id, second.remote_id);
    assert_eq!(peer.titles(peer.calendar()).await, ["Once"]);
}

pub async fn a_lost_answer_does_not_make_a_second_event(peer: &dyn Peer) {
    peer.lose_next_answer().await;
    let event = new(meeting("Once"));
    // Whether the client tries again by itself or leaves it to us is its own affair.
    if peer.provider().create(peer.calendar(), &event).await.is_err() {
        peer.provider().create(peer.calendar(), &event).await.unwrap();
    }
    assert_eq!(peer.titles(peer.calendar()).await, ["Once"]);
}

pub async fn an_event_comes_back_as_it_was_written(peer: &dyn Peer) {
    let mut content = meeting("Planning; rooms, “people” & \\ more");
    content.description =
        Some("Line one\nLine two, with a very long tail that has to be folded somewhere: äöü 漢字 🎉.".into());
    content.location = Some("Café, 1st floor".into());
    content.visibility = Visibility::Private;
    content.transparency = Transparency::Free;
    content.reminders = Reminders {
        use_default: false,
        overrides: vec![Reminder {
            method: ReminderMethod::Popup,
            minutes: 15,
        }],
    };
    content.metadata = BTreeMap::from([("external_id".to_owned(), "order-7".to_owned())]);
    let made = peer.create(content.clone()).await;
    let read = peer.read(&made.remote_id).await;
    assert!(
        content.changed(&made.content).is_empty(),
        "{:?}",
        content.changed(&made.content)
    );
    assert!(
        content.changed(&read.content).is_empty(),
        "{:?} {:?}",
        content.changed(&read.content),
        read.content
    );
    assert_eq!(read.etag, made.etag);
    assert!(!read.ical_uid.is_empty());
}

pub async fn a_change_touches_only_what_it_names(peer: &dyn Peer) {
    let made = peer.create(meeting("Before")).await;
    let there = {
        let mut c = made.content.clone();
        c.location = Some("Room 2".into());
        c
    };
    peer.provider()
        .update(peer.calendar(), &whole(&made.remote_id), &change(&made.content, there))
        .await
        .unwrap();
    // We never saw the room, and do not name it.
    let ours = {
        let mut c = made.content.clone();
        c.title = "After".into();
        c
    };
    peer.provider()
        .update(peer.calendar(), &whole(&made.remote_id), &change(&made.content, ours))
        .await
        .unwrap();
    let read = peer.read(&made.remote_id).await;
    assert_eq!(
        (read.content.title.as_str(), read.content.location.as_deref()),
        ("After", Some("Room 2"))
    );
}

pub async fn changes_made_at_once_all_hold(peer: &dyn Peer) {
    let made = peer.create(meeting("Before")).await;
    let with = |edit: fn(&mut domain::event::EventContent)| {
        let mut after = made.content.clone();
        edit(&mut after);
        change(&made.content, after)
    };
    let (title, room, text) = (
        with(|c| c.title = "After".into()),
        with(|c| c.location = Some("Room 2".into())),
        with(|c| c.description = Some("Bring your own".into())),
    );
    let target = whole(&made.remote_id);
    let write = |change| peer.provider().update(peer.calendar(), &target, change);
    // None of them names a version: each is to be written onto whatever there is.
    let (one, two, three) = tokio::join!(write(&title), write(&room), write(&text));
    for outcome in [one, two, three] {
        outcome.unwrap();
    }
    let now = peer.read(&made.remote_id).await.content;
    assert_eq!(
        (now.title.as_str(), now.location.as_deref(), now.description.as_deref()),
        ("After", Some("Room 2"), Some("Bring your own"))
    );
}

pub async fn a_cleared_field_comes_back_empty(peer: &dyn Peer) {
    let mut content = meeting("Full");
    content.description = Some("Text".into());
    content.location = Some("Room".into());
    content.metadata = BTreeMap::from([("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())]);
    let made = peer.create(content).await;
    let mut after = made.content.clone();
    after.description = None;
    after.location = None;
    after.metadata.remove("a");
    let change = change(&made.content, after.clone());
    let answer = only(
        peer.provider()
            .update(peer.calendar(), &whole(&made.remote_id), &change)
            .await
            .unwrap(),
    );
    let read = peer.read(&made.remote_id).await;
    assert!(after.changed(&answer.content).is_empty(), "{:?}", answer.content);
    assert!(after.changed(&read.content).is_empty(), "{:?}", read.content);
}

pub async fn a_change_to_an_outdated_version_is_refused(peer: &dyn Peer) {
    let made = peer.create(meeting("First")).await;
    let there = {
        let mut c = made.content.clone();
        c.title = "Theirs".into();
        c
    };
    peer.provider()
        .update(peer.calendar(), &whole(&made.remote_id), &change(&made.content, there))
        .await
        .unwrap();
    let ours = {
        let mut c = made.content.clone();
        c.title = "Ours".into();
        c
    };
    let ours = Change {
        etag: made.etag.clone(),
        ..change(&made.content, ours)
    };
    let refused = peer
        .provider()
        .update(peer.calendar(), &whole(&made.remote_id), &ours)
        .await;
    assert!(matches!(refused, Err(Error::Changed)), "{refused:?}");
    let refused = peer
        .provider()
        .delete(
            peer.calendar(),
            &whole(&made.remote_id),
            made.etag.as_deref(),
            Notify::None,
        )
        .await;
    assert!(matches!(refused, Err(Error::Changed)), "{refused:?}");
    assert_eq!(peer.titles(peer.calendar()).await, ["Theirs"]);
}

pub async fn a_change_that_was_made_already_is_a_success(peer: &dyn Peer) {
    peer.lose_next_answer().await;
    let event = new(meeting("First"));
    let made = match peer.provider().create(peer.calendar(), &event).await {
        Ok(batch) => only(batch),
        Err(_) => only(peer.provider().create(peer.calendar(), &event).await.unwrap()),
    };
    let after = {
        let mut c = made.content.clone();
        c.title = "Second".into();
        c
    };
    let change = Change {
        etag: made.etag.clone(),
        ..change(&made.content, after)
    };
    peer.lose_next_answer().await;
    let target = whole(&made.remote_id);
    if peer.provider().update(peer.calendar(), &target, &change).await.is_err() {
        peer.provider().update(peer.calendar(), &target, &change).await.unwrap();
    }
    assert_eq!(peer.titles(peer.calendar()).await, ["Second"]);
}

pub async fn an_event_deleted_there_is_told_and_found_gone(peer: &dyn Peer) {
    let made = peer.create(meeting("Short-lived")).await;
    let (_, cursor) = peer.round(peer.calendar(), None).await;
    peer.provider()
        .delete(peer.calendar(), &whole(&made.remote_id), None, Notify::None)
        .await
        .unwrap();
    let (told, _) = peer.round(peer.calendar(), Some(&cursor)).await;
    assert_eq!((told.upserts.len(), told.removed), (0, vec![made.remote_id.clone()]));
    let read = peer.provider().event(peer.calendar(), &made.remote_id).await;
    assert!(matches!(read, Err(Error::NotFound)), "{read:?}");
    let after = {
        let mut c = made.content.clone();
        c.title = "Too late".into();
        c
    };
    let late = Change {
        etag: made.etag.clone(),
        ..change(&made.content, after)
    };
    let answer = peer
        .provider()
        .update(peer.calendar(), &whole(&made.remote_id), &late)
        .await;
    assert!(matches!(answer, Err(Error::NotFound | Error::Changed)), "{answer:?}");
    assert!(peer.titles(peer.calendar()).await.is_empty());
}

pub async fn deleting_twice_is_a_success(peer: &dyn Peer) {
    let made = peer.create(meeting("Gone")).await;
    let target = whole(&made.remote_id);
    for _ in 0..2 {
        let answer = peer
            .provider()
            .delete(peer.calendar(), &target, made.etag.as_deref(), Notify::None)
            .await;
        assert_eq!(answer.unwrap().removed, [made.remote_id.as_str()]);
    }
}

pub async fn a_lost_answer_to_a_deletion_is_a_success(peer: &dyn Peer) {
    let made = peer.create(meeting("Gone")).await;
    let target = whole(&made.remote_id);
    peer.lose_next_answer().await;
    let delete = || {
        peer.provider()
            .delete(peer.calendar(), &target, made.etag.as_deref(), Notify::None)
    };
    if delete().await.is_err() {
        delete().await.unwrap();
    }
    assert!(peer.titles(peer.calendar()).await.is_empty());
}

pub async fn a_name_used_and_deleted_can_be_used_again(peer: &dyn Peer) {
    let event = new(meeting("Phoenix"));
    let first = only(peer.provider().create(peer.calendar(), &event).await.unwrap());
    peer.provider()
        .delete(peer.calendar(), &whole(&first.remote_id), None, Notify::None)
        .await
        .unwrap();
    let second = only(peer.provider().create(peer.calendar(), &event).await.unwrap());
    let again = only(peer.provider().create(peer.calendar(), &event).await.unwrap());
    assert_eq!(second.remote_id, again.remote_id);
    assert_eq!(peer.titles(peer.calendar()).await, ["Phoenix"]);
}

pub async fn whole_days_stay_whole_days(peer: &dyn Peer) {
    let mut content = meeting("Fair");
    (content.start, content.end) = (day("2027-03-27"), day("2027-03-29"));
    let made = peer.create(content).await;
    let read = peer.read(&made.remote_id).await;
    assert_eq!(
        (read.content.start, read.content.end),
        (day("2027-03-27"), day("2027-03-29"))
    );
}

pub async fn a_whole_day_can_become_an_hour(peer: &dyn Peer) {
    let mut content = meeting("Undecided");
    (content.start, content.end) = (day("2027-03-27"), day("2027-03-28"));
    let made = peer.create(content).await;
    let mut after = made.content.clone();
    (after.start, after.end) = (at("2027-03-27T09:00:00"), at("2027-03-27T10:00:00"));
    let change = change(&made.content, after.clone());
    peer.provider()
        .update(peer.calendar(), &whole(&made.remote_id), &change)
        .await
        .unwrap();
    let read = peer.read(&made.remote_id).await;
    assert_eq!((read.content.start, read.content.end), (after.start, after.end));
}

pub async fn an_event_keeps_a_zone_of_its_own(peer: &dyn Peer) {
    let there = |text: &str, zone: &str| EventTime::Zoned {
        date_time: text.parse().unwrap(),
        time_zone: zone.into(),
    };
    let mut content = meeting("Call");
    // On this day New York is an hour nearer to Berlin than usual, and Lord Howe's clock moves by half an hour in April.
    (content.start, content.end) = (
        there("2027-03-15T09:00:00", "America/New_York"),
        there("2027-03-15T10:00:00", "America/New_York"),
    );
    let made = peer.create(content).await;
    let read = peer.read(&made.remote_id).await;
    assert_eq!(read.content.start, there("2027-03-15T09:00:00", "America/New_York"));
    assert_eq!(
        read.content.start.instant("UTC").unwrap().to_string(),
        "2027-03-15T13:00:00Z"
    );
    let mut after = read.content.clone();
    (after.start, after.end) = (
        there("2027-04-04T09:00:00", "Australia/Lord_Howe"),
        there("2027-04-04T09:30:00", "Australia/Lord_Howe"),
    );
    peer.provider()
        .update(
            peer.calendar(),
            &whole(&made.remote_id),
            &change(&read.content, after.clone()),
        )
        .await
        .unwrap();
    let read = peer.read(&made.remote_id).await;
    assert_eq!((read.content.start, read.content.end), (after.start, after.end));
}

pub async fn what_we_do_not_know_survives_a_change(peer: &dyn Peer) {
    let made = peer.create(meeting("Before")).await;
    let unknown = peer.add_something_unknown(&made.remote_id).await;
    let mut after = made.content.clone();
    after.title = "After".into();
    after.attendees = vec![guest("bo@example.org")];
    let change = change(&made.content, after);
    peer.provider()
        .update(peer.calendar(), &whole(&made.remote_id), &change)
        .await
        .unwrap();
    let read = peer.read(&made.remote_id).await;
    assert_eq!(read.content.title, "After");
    assert!(read.raw.contains(&unknown), "{} lacks {unknown}", read.raw);
}

pub async fn something_malformed_hides_nobody(peer: &dyn Peer) {
    peer.create(meeting("Good")).await;
    let bad = peer.add_something_malformed().await;
    let (all, cursor) = peer.round(peer.calendar(), None).await;
    let titles: Vec<_> = all.upserts.iter().map(|e| e.content.title.as_str()).collect();
    assert_eq!(titles, ["Good"]);
    let [malformed] = all.malformed.as_slice() else {
        panic!("{all:?}")
    };
    assert_eq!(malformed.remote_id, bad);
    assert!(!malformed.reason.is_empty() && !malformed.raw.is_empty());
    // It does not stand in the way of what comes after it either.
    peer.create(meeting("Better")).await;
    let (later, _) = peer.round(peer.calendar(), Some(&cursor)).await;
    assert_eq!(
        later
            .upserts
            .iter()
            .map(|e| e.content.title.as_str())
            .collect::<Vec<_>>(),
        ["Better"]
    );
}

pub async fn changes_are_told_once(peer: &dyn Peer) {
    let kept = peer.create(meeting("Kept")).await;
    let changed = peer.create(meeting("Before")).await;
    let (first, cursor) = peer.round(peer.calendar(), None).await;
    assert_eq!((first.upserts.len(), first.removed.len()), (2, 0));
    let after = {
        let mut c = changed.content.clone();
        c.title = "After".into();
        c
    };
    let change = change(&changed.content, after);
    peer.provider()
        .update(peer.calendar(), &whole(&changed.remote_id), &change)
        .await
        .unwrap();
    let (second, cursor) = peer.round(peer.calendar(), Some(&cursor)).await;
    let told: Vec<_> = second
        .upserts
        .iter()
        .map(|e| (e.remote_id.as_str(), e.content.title.as_str()))
        .collect();
    assert_eq!(told, [(changed.remote_id.as_str(), "After")]);
    let (third, _) = peer.round(peer.calendar(), Some(&cursor)).await;
    assert_eq!((third.upserts, third.removed), (vec![], vec![]));
    assert_ne!(kept.remote_id, changed.remote_id);
}

pub async fn an_event_moves_to_another_calendar(peer: &dyn Peer) {
    let made = peer.create(meeting("Wanderer")).await;
    let moved = peer
        .provider()
        .move_event(peer.calendar(), &made.remote_id, peer.other_calendar(), Notify::None)
        .await
        .unwrap();
    assert_eq!(only(moved).content.title, "Wanderer");
    assert!(peer.titles(peer.calendar()).await.is_empty());
    assert_eq!(peer.titles(peer.other_calendar()).await, ["Wanderer"]);
}
