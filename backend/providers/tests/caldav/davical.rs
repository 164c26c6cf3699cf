//! DAViCal: a server that takes any sync token for a good one, and leaves out of a multiget what is not there.

use providers::{
    CalendarProvider, Error,
    caldav::{Changes, SignIn},
};

use crate::{
    harness::{Person, Place, davical},
    syncing::{every_kind_of_change_is_told, simple},
};

#[tokio::test]
async fn the_account_is_found_from_the_servers_root() {
    let person = Person::at(davical(), &[]).await;
    let account = person.discover("/").await.unwrap();
    assert!(account.home.path().starts_with("/caldav.php/"), "{account:?}");
    assert_eq!(account.addresses[0], person.username);
}

#[tokio::test]
async fn it_says_that_it_mails_guests_by_itself() {
    let place = Place::at(davical(), &[]).await;
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    let passport = place.caldav.passport(&place.calendar, now).await.unwrap().unwrap();
    assert_eq!(
        (passport.signs_in_by, passport.tells_changes_by, passport.schedules),
        (SignIn::Basic, Changes::Token, true),
        "{passport:?}"
    );
}

#[tokio::test]
async fn changes_of_others_are_told_with_its_sync_tokens() {
    let place = Place::at(davical(), &[]).await;
    every_kind_of_change_is_told(&place).await;
    let asked = place.person.proxy.journal();
    assert!(asked.iter().any(|call| call.text().contains("sync-collection")));
}

#[tokio::test]
async fn what_vanishes_between_the_list_and_the_reading_hides_nobody() {
    let place = Place::at(davical(), &[]).await;
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
    // It may tell the last change twice; it does not bring back what is gone.
    assert!(
        again.upserts.iter().all(|event| event.content.title != "b"),
        "{again:?}"
    );
}

/// Everything that is there is told as if it were new: what is gone would stay in the mirror for ever.
async fn expired(change: impl Fn(&mut serde_json::Value)) {
    let place = Place::at(davical(), &[]).await;
    for name in ["a", "b", "c"] {
        place.put(&format!("{name}.ics"), &simple(name, name)).await;
    }
    let (_, cursor) = place.changes(None).await;
    place.delete("b.ics").await;
    let mut old: serde_json::Value = serde_json::from_str(&cursor).unwrap();
    change(&mut old);
    let answer = place.caldav.changes(&place.calendar, Some(&old.to_string())).await;
    assert!(matches!(answer, Err(Error::CursorExpired)), "{answer:?}");
    let (told, _) = place.changes(Some(&cursor)).await;
    assert_eq!(told.removed, ["b.ics"]);
}

#[tokio::test]
async fn a_token_from_before_a_backup_was_restored_ends_the_cursor() {
    expired(|cursor| cursor["token"] = "data:,999999999".into()).await;
}

#[tokio::test]
async fn a_token_older_than_a_server_may_remember_ends_the_cursor() {
    let week = jiff::SignedDuration::from_hours(7 * 24);
    expired(|cursor| cursor["at"] = (jiff::Timestamp::now() - week).to_string().into()).await;
}
