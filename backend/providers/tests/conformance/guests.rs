//! Events with other people in them.

use domain::event::{Notify, Response};
use providers::Error;

use super::{Peer, change, guest, meeting, only, whole};

pub async fn guests_are_invited_and_uninvited(peer: &dyn Peer) {
    let mut content = meeting("Party");
    content.attendees = vec![guest("bo@example.org"), guest("cy@example.org")];
    let made = peer.create(content).await;
    let mut after = made.content.clone();
    after.attendees.retain(|a| a.email != "cy@example.org");
    after.attendees.push(guest("di@example.org"));
    let change = change(&made.content, after);
    peer.provider()
        .update(peer.calendar(), &whole(&made.remote_id), &change)
        .await
        .unwrap();
    let read = peer.read(&made.remote_id).await;
    let mut guests: Vec<_> = read
        .content
        .attendees
        .iter()
        .filter(|a| !a.is_self)
        .map(|a| a.email.as_str())
        .collect();
    guests.sort_unstable();
    assert_eq!(guests, ["bo@example.org", "di@example.org"]);
}

pub async fn an_invitation_is_answered(peer: &dyn Peer) {
    let (calendar, invited) = peer.be_invited().await;
    let (_, cursor) = peer.round(&calendar, None).await;
    for answer in [Response::Tentative, Response::Accepted, Response::Accepted] {
        peer.provider()
            .respond(&calendar, &whole(&invited), answer, Notify::None)
            .await
            .unwrap();
        let now = only(peer.provider().event(&calendar, &invited).await.unwrap()).content;
        let (own, others): (Vec<_>, Vec<_>) = now.attendees.into_iter().partition(|a| a.is_self);
        assert_eq!(own.iter().map(|a| a.response).collect::<Vec<_>>(), [answer]);
        let bo = others
            .iter()
            .find(|a| a.email == "bo@example.com")
            .expect("the other guest");
        assert_eq!(bo.response, Response::NeedsAction);
    }
    let (told, _) = peer.round(&calendar, Some(&cursor)).await;
    assert!(told.upserts.iter().any(|e| e.remote_id == invited), "{told:?}");
}

pub async fn who_is_not_invited_cannot_answer(peer: &dyn Peer) {
    let made = peer.create(meeting("Mine alone")).await;
    let answer = peer
        .provider()
        .respond(
            peer.calendar(),
            &whole(&made.remote_id),
            Response::Accepted,
            Notify::None,
        )
        .await;
    assert!(
        matches!(&answer, Err(Error::Rejected { code, .. }) if code == "not_invited"),
        "{answer:?}"
    );
}
