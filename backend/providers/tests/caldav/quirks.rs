//! Servers that are not Radicale.

use domain::{calendar::AccessRole, event::Notify};
use providers::{Batch, CalendarProvider, Change, Error, Next};

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

#[tokio::test]
async fn a_server_that_ignores_if_none_match_is_not_made_to_hold_an_event_twice() {
    let place = Place::with(&[Quirk::NoIfNoneMatch]).await;
    let event = new(meeting("Once"));
    let first = only(place.caldav.create(&place.calendar, &event).await.unwrap());
    let second = only(place.caldav.create(&place.calendar, &event).await.unwrap());
    assert_eq!(
        (&first.remote_id, &first.ical_uid),
        (&second.remote_id, &second.ical_uid)
    );
    assert_eq!(place.changes(None).await.0.upserts.len(), 1);
}

#[tokio::test]
async fn a_copy_does_not_overwrite_another_event_where_conditions_are_ignored() {
    let place = Place::with(&[Quirk::NoMove, Quirk::NoIfNoneMatch]).await;
    place.put("name.ics", &simple("ours", "Ours")).await;
    let path = format!("{}name.ics", place.other);
    let theirs = simple("theirs", "Theirs");
    assert_eq!(place.person.raw("PUT", &path, &[], &theirs).await.status, 201);
    let answer = place
        .caldav
        .move_event(&place.calendar, "name.ics", &place.other, Notify::None)
        .await;
    assert!(
        matches!(&answer, Err(Error::Rejected { code, .. }) if code == "name_taken"),
        "{answer:?}"
    );
    assert!(place.text("name.ics").await.contains("Ours"));
    let there = place.person.raw("GET", &path, &[], "").await.text();
    assert!(there.contains("Theirs"), "{there}");
}

#[tokio::test]
async fn an_event_is_not_deleted_before_its_copy_was_seen() {
    let place = Place::with(&[Quirk::NoMove, Quirk::KeepsNothing]).await;
    place.put("one.ics", &simple("one", "Precious")).await;
    let answer = place
        .caldav
        .move_event(&place.calendar, "one.ics", &place.other, Notify::None)
        .await;
    assert!(matches!(answer, Err(Error::TryLater { .. })), "{answer:?}");
    assert!(place.text("one.ics").await.contains("Precious"));
}

#[tokio::test]
async fn a_copy_that_is_older_than_its_event_is_made_anew() {
    let place = Place::with(&[Quirk::NoMove]).await;
    let path = format!("{}one.ics", place.other);
    let before = simple("one", "Before");
    assert_eq!(place.person.raw("PUT", &path, &[], &before).await.status, 201);
    place.put("one.ics", &simple("one", "Since")).await;
    let moved = place
        .caldav
        .move_event(&place.calendar, "one.ics", &place.other, Notify::None)
        .await
        .unwrap();
    assert_eq!(only(moved).content.title, "Since");
    assert_eq!(place.changes(None).await.0.upserts.len(), 0);
}

/// All pages of a round, and how many there were.
async fn round(place: &Place, cursor: Option<String>) -> (Batch, usize, String) {
    let (mut all, mut at) = (Batch::default(), cursor);
    for pages in 1..20 {
        let page = place.caldav.changes(&place.calendar, at.as_deref()).await.unwrap();
        all.upserts.extend(page.batch.upserts);
        all.removed.extend(page.batch.removed);
        match page.next {
            Next::More(cursor) => at = Some(cursor),
            Next::Done(cursor) => return (all, pages, cursor),
        }
    }
    panic!("the round does not end");
}

async fn put_five(place: &Place) {
    for name in ["a", "b", "c", "d", "e"] {
        place.put(&format!("{name}.ics"), &simple(name, name)).await;
    }
}

fn titles(batch: &Batch) -> Vec<&str> {
    let mut all: Vec<_> = batch.upserts.iter().map(|e| e.content.title.as_str()).collect();
    all.sort_unstable();
    all
}

#[tokio::test]
async fn a_list_of_changes_that_is_cut_is_asked_for_to_its_end() {
    let place = Place::with(&[Quirk::Cuts(2)]).await;
    put_five(&place).await;
    let (all, pages, cursor) = round(&place, None).await;
    assert_eq!((titles(&all), pages), (vec!["a", "b", "c", "d", "e"], 3));
    place.put("f.ics", &simple("f", "f")).await;
    for name in ["a", "b", "c"] {
        place.delete(&format!("{name}.ics")).await;
    }
    let (news, pages, cursor) = round(&place, Some(cursor)).await;
    assert_eq!((titles(&news), news.removed.len(), pages), (vec!["f"], 3, 2));
    let (nothing, pages, _) = round(&place, Some(cursor)).await;
    assert_eq!((nothing, pages), (Batch::default(), 1));
}

#[tokio::test]
async fn a_list_that_is_cut_and_never_goes_on_is_not_taken_for_all() {
    let place = Place::with(&[Quirk::CutsForEver]).await;
    put_five(&place).await;
    let (all, _, cursor) = round(&place, None).await;
    let mut found = titles(&all);
    found.dedup();
    assert_eq!(found, ["a", "b", "c", "d", "e"]);
    place.delete("a.ics").await;
    let (news, _, _) = round(&place, Some(cursor)).await;
    assert_eq!((news.upserts.len(), news.removed), (0, vec!["a.ics".to_owned()]));
}

#[tokio::test]
async fn more_changes_than_a_server_lists_are_found_by_comparing() {
    let place = Place::with(&[Quirk::TooManyChanges]).await;
    put_five(&place).await;
    let (all, pages, cursor) = round(&place, None).await;
    assert_eq!((titles(&all).len(), pages), (5, 1));
    place.put("a.ics", &simple("a", "again")).await;
    let (news, ..) = round(&place, Some(cursor)).await;
    assert_eq!(titles(&news), ["again"]);
}

#[tokio::test]
async fn an_identity_that_lies_in_the_bin_is_followed_by_another() {
    for status in [400, 403, 409] {
        let place = Place::with(&[Quirk::Bin(status)]).await;
        let (caldav, calendar) = (&place.caldav, &place.calendar);
        let event = new(meeting("Back again"));
        let first = only(caldav.create(calendar, &event).await.unwrap());
        let gone = whole(&first.remote_id);
        caldav.delete(calendar, &gone, None, Notify::None).await.unwrap();
        let second = only(caldav.create(calendar, &event).await.unwrap());
        assert_ne!(first.ical_uid, second.ical_uid, "{status}");
        let again = only(caldav.create(calendar, &event).await.unwrap());
        assert_eq!(again.remote_id, second.remote_id, "{status}");
        assert_eq!(place.changes(None).await.0.upserts.len(), 1, "{status}");
    }
}

#[tokio::test]
async fn what_an_account_may_do_with_a_calendar_is_what_the_server_grants() {
    for (granted, role) in [
        // A calendar that is shared for reading, as Nextcloud says it: its colour may be changed all the same.
        ("read|write-properties|read-acl", AccessRole::Reader),
        ("read", AccessRole::Reader),
        ("read-free-busy", AccessRole::FreeBusy),
        ("read|write-content", AccessRole::Writer),
        ("read|write", AccessRole::Writer),
        ("read|write|write-acl", AccessRole::Owner),
    ] {
        let said: String = granted
            .split('|')
            .map(|one| format!(r#"<privilege xmlns="DAV:"><{one}/></privilege>"#))
            .collect();
        let place = Place::with(&[Quirk::Property("current-user-privilege-set", said.leak())]).await;
        let roles: Vec<_> = place
            .caldav
            .calendars()
            .await
            .unwrap()
            .into_iter()
            .map(|calendar| calendar.access_role)
            .collect();
        assert_eq!(roles, [role; 2], "{granted}");
    }
}
