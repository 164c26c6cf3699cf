//! SabreDAV, a server of the older kind: Digest, change tags instead of sync tokens, and a multiget that fails as a whole
//! when one of its resources is missing.

use providers::{
    CalendarProvider, Error,
    caldav::{Changes, SignIn, discover},
};

use crate::{
    harness::{Person, Place, sabre},
    syncing::{every_kind_of_change_is_told, simple},
};

#[tokio::test]
async fn the_account_is_found_from_the_servers_root_with_digest() {
    let person = Person::at(sabre(), &[]).await;
    let account = person.discover("/").await.unwrap();
    assert!(account.home.path().starts_with("/calendars/"), "{account:?}");
    assert_eq!(account.addresses[0], person.username);
    let wrong = discover(
        &person.http,
        &person.url("/"),
        &person.username,
        "wrong".to_owned().into(),
    )
    .await;
    assert!(matches!(wrong, Err(Error::Reauthorize { .. })), "{wrong:?}");
}

#[tokio::test]
async fn it_says_what_it_can_do() {
    let place = Place::at(sabre(), &[]).await;
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    let passport = place.caldav.passport(&place.calendar, now).await.unwrap().unwrap();
    assert_eq!(
        (passport.signs_in_by, passport.tells_changes_by, passport.asked_at),
        (SignIn::Digest, Changes::Tag, now)
    );
    assert!(passport.makes_calendars && passport.moves_events, "{passport:?}");
}

#[tokio::test]
async fn the_secret_is_never_sent_after_the_server_asked_for_digest() {
    let place = Place::at(sabre(), &[]).await;
    let asked = place.person.proxy.journal();
    let first_digest = asked
        .iter()
        .position(|c| c.header("authorization").is_some_and(|a| a.starts_with("Digest ")))
        .expect("a call with Digest");
    let calendars = place.caldav.calendars().await.unwrap();
    assert_eq!(calendars.len(), 2);
    // Of one client; the first belongs to discovery, which is a client of its own.
    let later = &place.person.proxy.journal()[first_digest..];
    let plain = later
        .iter()
        .filter(|c| c.header("authorization").is_some_and(|a| a.starts_with("Basic ")))
        .count();
    assert!(plain <= 1, "{plain} calls with Basic after the challenge");
}

#[tokio::test]
async fn changes_of_others_are_told_by_comparing_etags() {
    let place = Place::at(sabre(), &[]).await;
    every_kind_of_change_is_told(&place).await;
    assert!(
        !place
            .person
            .proxy
            .journal()
            .iter()
            .any(|c| c.text().contains("sync-collection")),
        "a report that is not offered is not asked for"
    );
    let (_, cursor) = place.changes(None).await;
    let before = place.person.proxy.journal().len();
    place.changes(Some(&cursor)).await;
    assert_eq!(
        place.person.proxy.journal().len() - before,
        1,
        "an unchanged calendar costs one question"
    );
}

#[tokio::test]
async fn what_vanishes_between_the_list_and_the_reading_hides_nobody() {
    let place = Place::at(sabre(), &[]).await;
    for name in ["a", "b", "c"] {
        place.put(&format!("{name}.ics"), &simple(name, name)).await;
    }
    let (_, cursor) = place.changes(None).await;
    // A page that listed three changed events; one of them is deleted before it is read.
    let mut cursor: serde_json::Value = serde_json::from_str(&cursor).unwrap();
    cursor["pending"] = serde_json::json!(["a.ics", "b.ics", "c.ics"]);
    place.delete("b.ics").await;
    let (told, cursor) = place.changes(Some(&cursor.to_string())).await;
    let mut titles: Vec<_> = told.upserts.iter().map(|e| e.content.title.as_str()).collect();
    titles.sort_unstable();
    assert_eq!((titles, told.removed), (vec!["a", "c"], vec!["b.ics".to_owned()]));
    let (again, _) = place.changes(Some(&cursor)).await;
    assert!(again.upserts.is_empty(), "{again:?}");
}

#[tokio::test]
async fn many_events_come_in_a_few_questions() {
    let place = Place::at(sabre(), &[]).await;
    for n in 0..60 {
        place
            .put(&format!("{n}.ics"), &simple(&format!("uid-{n}"), &format!("Event {n}")))
            .await;
    }
    let before = place.person.proxy.journal().len();
    let (all, _) = place.changes(None).await;
    assert_eq!(all.upserts.len(), 60);
    assert!(place.person.proxy.journal().len() - before <= 6);
}
