//! Servers that are not Radicale.

use domain::event::Notify;
use providers::{CalendarProvider, Change, Error};

use crate::{
    conformance::{change, meeting, new, only, whole},
    harness::Place,
    proxy::Quirk,
    syncing::simple,
};

#[tokio::test]
async fn a_token_the_server_has_forgotten_ends_the_cursor_however_it_says_so() {
    for status in [403, 409, 410, 412] {
        let place = Place::with(&[Quirk::RefusesToken(status)]).await;
        place.put("one.ics", &simple("one", "One")).await;
        let (all, cursor) = place.changes(None).await;
        assert_eq!(all.upserts.len(), 1);
        let answer = place.caldav.changes(&place.calendar, Some(&cursor)).await;
        assert!(matches!(answer, Err(Error::CursorExpired)), "{status} {answer:?}");
    }
}

#[tokio::test]
async fn a_cursor_that_is_not_ours_has_expired() {
    let place = Place::with(&[]).await;
    for cursor in ["", "42", r#"{"by":"magic"}"#] {
        let answer = place.caldav.changes(&place.calendar, Some(cursor)).await;
        assert!(matches!(answer, Err(Error::CursorExpired)), "{cursor} {answer:?}");
    }
}

#[tokio::test]
async fn a_token_radicale_does_not_know_ends_the_cursor() {
    let place = Place::with(&[]).await;
    let (_, cursor) = place.changes(None).await;
    let token = cursor
        .find("http://radicale.org/ns/sync/")
        .expect("Radicale's token is in the cursor");
    let forged = format!("{}{}", &cursor[..token + 28], "0".repeat(64));
    let forged = format!("{forged}{}", &cursor[cursor[token..].find('"').unwrap() + token..]);
    let answer = place.caldav.changes(&place.calendar, Some(&forged)).await;
    assert!(matches!(answer, Err(Error::CursorExpired)), "{answer:?}");
}

#[tokio::test]
async fn a_short_multiget_is_not_believed() {
    let place = Place::with(&[Quirk::ShortMultiget]).await;
    for name in ["a", "b", "c"] {
        place.put(&format!("{name}.ics"), &simple(name, name)).await;
    }
    let (all, _) = place.changes(None).await;
    assert_eq!((all.upserts.len(), all.removed.len()), (3, 0));
    assert_eq!(
        place.person.proxy.calls("GET").len(),
        1,
        "only what was missing is asked for by itself"
    );
}

#[tokio::test]
async fn a_multiget_that_fails_as_a_whole_loses_nothing() {
    let place = Place::with(&[Quirk::NoMultiget]).await;
    for name in ["a", "b"] {
        place.put(&format!("{name}.ics"), &simple(name, name)).await;
    }
    let (all, _) = place.changes(None).await;
    assert_eq!((all.upserts.len(), all.removed.len()), (2, 0));
}

#[tokio::test]
async fn a_server_that_hides_the_new_etag_is_asked_for_it() {
    let place = Place::with(&[Quirk::SilentPut]).await;
    let made = only(
        place
            .caldav
            .create(&place.calendar, &new(meeting("Quiet")))
            .await
            .unwrap(),
    );
    let read = place.caldav.event(&place.calendar, &made.remote_id).await.unwrap();
    assert!(made.etag.is_some());
    assert_eq!(only(read).etag, made.etag);
}

#[tokio::test]
async fn weak_etags_neither_block_a_change_nor_let_it_overwrite_another() {
    let place = Place::with(&[Quirk::WeakEtags]).await;
    place.put("one.ics", &simple("one", "One")).await;
    let (all, _) = place.changes(None).await;
    let listed = all.upserts[0].clone();
    let mut after = listed.content.clone();
    after.title = "Second".into();
    let change = Change {
        etag: listed.etag.clone(),
        ..change(&listed.content, after)
    };
    let target = whole("one.ics");
    let changed = only(place.caldav.update(&place.calendar, &target, &change).await.unwrap());
    assert_eq!(changed.content.title, "Second");
    place.put("one.ics", &simple("one", "Theirs")).await;
    let mut ours = change.clone();
    (ours.content.title, ours.etag) = ("Third".into(), changed.etag.clone());
    let answer = place.caldav.update(&place.calendar, &target, &ours).await;
    assert!(matches!(answer, Err(Error::Changed)), "{answer:?}");
    let answer = place
        .caldav
        .delete(&place.calendar, &target, changed.etag.as_deref(), Notify::None)
        .await;
    assert!(matches!(answer, Err(Error::Changed)), "{answer:?}");
    assert!(place.text("one.ics").await.contains("Theirs"));
    let now = only(place.caldav.event(&place.calendar, "one.ics").await.unwrap());
    place
        .caldav
        .delete(&place.calendar, &target, now.etag.as_deref(), Notify::None)
        .await
        .unwrap();
    place
        .caldav
        .delete(&place.calendar, &target, now.etag.as_deref(), Notify::None)
        .await
        .unwrap();
}

#[tokio::test]
async fn where_move_is_not_known_an_event_is_copied_and_then_deleted() {
    let place = Place::with(&[Quirk::NoMove]).await;
    let made = only(
        place
            .caldav
            .create(&place.calendar, &new(meeting("Wanderer")))
            .await
            .unwrap(),
    );
    let moved = place
        .caldav
        .move_event(&place.calendar, &made.remote_id, &place.other, Notify::None)
        .await
        .unwrap();
    assert_eq!(only(moved).ical_uid, made.ical_uid);
    let (left, _) = place.changes(None).await;
    assert_eq!(left.upserts.len(), 0);
    // Moved already is moved.
    place
        .caldav
        .move_event(&place.calendar, &made.remote_id, &place.other, Notify::None)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_page_that_comes_instead_of_an_answer_is_no_success() {
    let place = Place::with(&[]).await;
    let (caldav, calendar) = (&place.caldav, &place.calendar);
    let portal = || place.person.proxy.answer_next_with_a_page();
    let later = |answer: &Result<providers::Batch, Error>| matches!(answer, Err(Error::TryLater { .. }));
    let event = new(meeting("Visit"));
    portal();
    let answer = caldav.create(calendar, &event).await;
    assert!(later(&answer), "{answer:?}");
    let made = only(caldav.create(calendar, &event).await.unwrap());

    let mut said = made.content.clone();
    said.title = "Second visit".into();
    let renamed = change(&made.content, said);
    let place_of = whole(&made.remote_id);
    portal();
    let answer = caldav.update(calendar, &place_of, &renamed).await;
    assert!(later(&answer), "{answer:?}");
    let made = only(caldav.update(calendar, &place_of, &renamed).await.unwrap());
    assert_eq!(made.content.title, "Second visit");

    portal();
    let answer = caldav
        .delete(calendar, &place_of, made.etag.as_deref(), Notify::None)
        .await;
    assert!(later(&answer), "{answer:?}");
    assert_eq!(place.changes(None).await.0.upserts.len(), 1, "it is still there");
    caldav
        .delete(calendar, &place_of, made.etag.as_deref(), Notify::None)
        .await
        .unwrap();
    assert_eq!(place.changes(None).await.0.upserts.len(), 0);
}
