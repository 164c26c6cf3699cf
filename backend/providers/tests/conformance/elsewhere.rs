//! What somebody else does at the provider, and how we learn of it.

use domain::event::{Field, Notify, Response};
use providers::Error;

use super::{EDITED, Peer, at, guest, meeting};

pub async fn an_edit_made_there_is_told_field_by_field(peer: &dyn Peer) {
    let mut content = meeting("Before");
    (content.description, content.location) = (Some("Bring the numbers".into()), Some("Room 1".into()));
    let made = peer.create(content).await;
    let other = peer.create(meeting("Another")).await;
    let (_, cursor) = peer.round(peer.calendar(), None).await;
    peer.edit_there(&made.remote_id).await;
    let (told, cursor) = peer.round(peer.calendar(), Some(&cursor)).await;
    assert!(told.upserts.iter().all(|e| e.remote_id != other.remote_id), "{told:?}");
    let [edited] = told.upserts.as_slice() else {
        panic!("one event was edited: {told:?}")
    };
    let fields = made.content.changed(&edited.content);
    assert_eq!(
        fields.into_iter().collect::<Vec<_>>(),
        [Field::Title, Field::Location, Field::Time]
    );
    assert_eq!(
        (
            edited.content.title.as_str(),
            edited.content.location.as_deref(),
            &edited.content.start,
            &edited.content.end,
        ),
        (EDITED.title, Some(EDITED.location), &at(EDITED.start), &at(EDITED.end)),
    );
    assert_ne!(edited.etag, made.etag, "it is another version");
    let (nothing, _) = peer.round(peer.calendar(), Some(&cursor)).await;
    assert_eq!((nothing.upserts, nothing.removed), (vec![], vec![]));
}

pub async fn a_move_is_told_in_both_calendars(peer: &dyn Peer) {
    let made = peer.create(meeting("Wanderer")).await;
    let (_, here) = peer.round(peer.calendar(), None).await;
    let (_, there) = peer.round(peer.other_calendar(), None).await;
    // A client remembers nothing: its move is as good as anybody's.
    peer.provider()
        .move_event(peer.calendar(), &made.remote_id, peer.other_calendar(), Notify::None)
        .await
        .unwrap();
    let (gone, _) = peer.round(peer.calendar(), Some(&here)).await;
    assert_eq!(
        (gone.upserts.len(), gone.removed.as_slice()),
        (0, [made.remote_id].as_slice())
    );
    let (come, _) = peer.round(peer.other_calendar(), Some(&there)).await;
    let titles: Vec<_> = come.upserts.iter().map(|e| e.content.title.as_str()).collect();
    assert_eq!((titles.as_slice(), come.removed.len()), (["Wanderer"].as_slice(), 0));
}

pub async fn a_guest_declines_there_and_we_see_it(peer: &dyn Peer) {
    let mut content = meeting("Party");
    content.attendees = vec![guest("bo@example.com")];
    let made = peer.create(content).await;
    let (_, cursor) = peer.round(peer.calendar(), None).await;
    peer.decline_there(&made.remote_id, "bo@example.com").await;
    let (told, _) = peer.round(peer.calendar(), Some(&cursor)).await;
    let event = told.upserts.iter().find(|e| e.remote_id == made.remote_id);
    let bo = event
        .and_then(|e| e.content.attendees.iter().find(|a| a.email == "bo@example.com"))
        .unwrap_or_else(|| panic!("the answer was not told: {told:?}"));
    assert_eq!(bo.response, Response::Declined);
}

pub async fn a_full_calendar_is_listed_completely_and_once(peer: &dyn Peer) {
    let many = peer.fill().await;
    assert!(many >= 120, "more than a page");
    let (all, cursor) = peer.round(peer.calendar(), None).await;
    assert!(all.malformed.is_empty() && all.removed.is_empty());
    let mut titles: Vec<String> = all.upserts.into_iter().map(|e| e.content.title).collect();
    titles.sort();
    let expected: Vec<String> = (0..many).map(super::numbered).collect();
    assert!(titles == expected, "{} of {many} were listed", titles.len());
    // And the cursor stands behind all of them.
    peer.create(meeting("One more")).await;
    let (later, _) = peer.round(peer.calendar(), Some(&cursor)).await;
    let titles: Vec<_> = later.upserts.iter().map(|e| e.content.title.as_str()).collect();
    assert_eq!(titles, ["One more"]);
}

pub async fn an_expired_cursor_begins_anew_and_nothing_is_doubled_or_lost(peer: &dyn Peer) {
    peer.create(meeting("Kept")).await;
    let gone = peer.create(meeting("Gone")).await;
    let (_, cursor) = peer.round(peer.calendar(), None).await;
    let must = peer.expire_cursors().await;
    peer.create(meeting("New")).await;
    let target = super::whole(&gone.remote_id);
    peer.provider()
        .delete(peer.calendar(), &target, None, Notify::None)
        .await
        .unwrap();
    let answer = peer.provider().changes(peer.calendar(), Some(&cursor)).await;
    if must {
        assert!(matches!(answer, Err(Error::CursorExpired)), "{answer:?}");
    }
    let (all, fresh) = peer.round(peer.calendar(), None).await;
    let mut titles: Vec<_> = all.upserts.iter().map(|e| e.content.title.as_str()).collect();
    titles.sort_unstable();
    assert_eq!(titles, ["Kept", "New"]);
    // The new one is good again.
    peer.create(meeting("Later")).await;
    let (later, _) = peer.round(peer.calendar(), Some(&fresh)).await;
    let titles: Vec<_> = later.upserts.iter().map(|e| e.content.title.as_str()).collect();
    assert_eq!(titles, ["Later"]);
}
