//! Rounds of changes.

use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::microsoft::{Effect, Fault};

use crate::harness::{MIRA, Microsoft, NOAH, daily, hour, path, subjects};

const VIEW: &str = "/me/calendarView/delta?startDateTime=2027-03-01T00:00:00Z&endDateTime=2027-04-01T00:00:00Z";

fn kinds(items: &[Value]) -> Vec<&str> {
    items
        .iter()
        .map(|i| {
            if i.get("@removed").is_some() {
                "removed"
            } else {
                i["type"].as_str().unwrap()
            }
        })
        .collect()
}

#[tokio::test]
async fn what_happens_between_two_rounds_is_in_the_second_and_nothing_else() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let kept = mira.create(hour("Kept", "2027-03-01T10:00")).await;
    let changed = mira.create(hour("Changed", "2027-03-02T10:00")).await;
    let deleted = mira.create(hour("Deleted", "2027-03-03T10:00")).await;
    let outside = mira.create(hour("Outside", "2027-05-03T10:00")).await;
    let (all, link) = mira.round(VIEW).await;
    assert_eq!(subjects(&all), ["Kept", "Changed", "Deleted"]);
    assert!(!link.contains("2027"), "the window is inside of the link");

    mira.patch(&path(&changed), json!({"subject": "New"})).await.good();
    mira.delete(&path(&deleted)).await;
    mira.delete(&path(&outside)).await;
    mira.create(hour("Fresh", "2027-03-04T10:00")).await;
    let (news, next) = mira.round(&link).await;
    assert_eq!(subjects(&news), ["New", "Fresh", "-"]);
    assert_eq!(news[2]["@removed"]["reason"], "deleted");
    assert_eq!(news[2]["id"], deleted["id"]);
    assert!(news.iter().all(|n| n["id"] != kept["id"]));
    assert!(mira.round(&next).await.0.is_empty());
    assert_eq!(
        mira.round(&link).await.0,
        news,
        "a link can be used again when an answer was lost"
    );

    mira.patch(&path(&kept), json!({
        "start": {"dateTime": "2027-06-01T10:00:00", "timeZone": "UTC"}, "end": {"dateTime": "2027-06-01T11:00:00", "timeZone": "UTC"},
    })).await.good();
    let (news, _) = mira.round(&next).await;
    assert_eq!(
        (kinds(&news), &news[0]["id"]),
        (vec!["removed"], &kept["id"]),
        "what leaves the window is removed from it"
    );
}

#[tokio::test]
async fn pages_have_the_size_asked_for_and_only_the_last_a_delta_link() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    for n in 1..=5 {
        mira.create(hour(&format!("Event {n}"), &format!("2027-03-0{n}T10:00")))
            .await;
    }
    let small = mira.prefer("odata.maxpagesize=2, IdType=\"ImmutableId\"");
    let first = small.get(VIEW).await.good();
    assert_eq!(first["value"].as_array().unwrap().len(), 2);
    assert!(first.get("@odata.deltaLink").is_none());
    // Writes between two pages come with the next round.
    mira.create(hour("Late", "2027-03-01T08:00")).await;
    let (rest, link) = small.round(first["@odata.nextLink"].as_str().unwrap()).await;
    assert_eq!(subjects(&rest), ["Event 3", "Event 4", "Event 5"]);
    let (news, _) = mira.round(&link).await;
    assert_eq!(subjects(&news), ["Late"]);
    assert!(
        !news[0]["id"]
            .as_str()
            .unwrap()
            .starts_with(&first["value"][0]["id"].as_str().unwrap()[..8]),
        "a link works with both kinds of id"
    );
}

#[tokio::test]
async fn a_series_comes_as_master_and_bare_occurrences() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let master = mira.create(daily("Stand-up", "2027-03-10T10:00", 3)).await;
    let long = mira.create(daily("Long", "2027-02-27T12:00", 4)).await;
    let (all, link) = mira.round(VIEW).await;
    assert_eq!(
        kinds(&all),
        [
            "seriesMaster",
            "occurrence",
            "occurrence",
            "occurrence",
            "occurrence",
            "occurrence"
        ]
    );
    let of_long = all.iter().filter(|i| i["seriesMasterId"] == long["id"]).count();
    assert_eq!(
        of_long, 2,
        "of a series that began before the window there are only occurrences"
    );

    let second = all
        .iter()
        .filter(|i| i["seriesMasterId"] == master["id"])
        .nth(1)
        .unwrap()
        .clone();
    mira.patch(&path(&second), json!({"subject": "Changed"})).await.good();
    let (news, link) = mira.round(&link).await;
    assert_eq!(kinds(&news), ["seriesMaster", "exception"]);
    assert_eq!(
        (news[1]["subject"].as_str(), &news[1]["id"]),
        (Some("Changed"), &second["id"])
    );

    let third = all
        .iter()
        .filter(|i| i["seriesMasterId"] == master["id"])
        .nth(2)
        .unwrap()
        .clone();
    mira.delete(&path(&third)).await;
    let (news, link) = mira.round(&link).await;
    assert_eq!(
        kinds(&news),
        ["seriesMaster"],
        "a deleted occurrence is not told of, only its master"
    );
    microsoft.control().limits(|l| l.silent_cancelled_occurrences = false);
    let first = all
        .iter()
        .find(|i| i["seriesMasterId"] == master["id"])
        .unwrap()
        .clone();
    mira.delete(&path(&first)).await;
    let (news, link) = mira.round(&link).await;
    assert_eq!(kinds(&news), ["seriesMaster", "removed"]);
    mira.delete(&path(&master)).await;
    let (news, _) = mira.round(&link).await;
    assert!(news.iter().all(|n| n.get("@removed").is_some()) && news.iter().any(|n| n["id"] == master["id"]));
}

#[tokio::test]
async fn links_are_bound_and_grow_old() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    let (_, link) = mira.round(VIEW).await;
    assert_eq!(
        microsoft.user(NOAH).get(&link).await.refused(),
        (400, "ErrorInvalidSyncStateData".into())
    );
    let token = link.split_once("deltatoken=").unwrap().1;
    let other = microsoft.control().add_calendar(MIRA, "Other", true).unwrap();
    assert_eq!(
        mira.get(&format!("/me/calendars/{other}/calendarView/delta?$deltatoken={token}"))
            .await
            .refused()
            .0,
        400
    );
    assert_eq!(
        mira.get("/me/calendarView/delta?$deltatoken=nonsense")
            .await
            .refused()
            .0,
        400
    );
    for wrong in [
        "$select=subject",
        "$filter=subject eq 'x'",
        "$orderby=subject",
        "$top=3",
    ] {
        assert_eq!(mira.get(&format!("{VIEW}&{wrong}")).await.refused().0, 400, "{wrong}");
    }
    assert_eq!(
        mira.get("/me/calendarView/delta").await.refused(),
        (400, "ErrorInvalidParameter".into())
    );
    microsoft.control().expire_delta_links(None);
    let gone = mira.get(&link).await;
    assert!(
        gone.headers["location"]
            .to_str()
            .unwrap()
            .contains("/me/calendarView/delta")
    );
    assert_eq!(gone.refused(), (410, "SyncStateNotFound".into()));
    let (_, link) = mira.round(VIEW).await;
    microsoft.control().advance(SignedDuration::from_hours(24 * 8));
    let later = microsoft.user(MIRA);
    assert_eq!(later.get(&link).await.refused().0, 410);
    let (_, link) = later.round(VIEW).await;
    microsoft
        .control()
        .fault(Fault::once("graph.calendarView.delta", Effect::ExpireSyncToken));
    later.get(VIEW).await.good();
    assert_eq!(later.get(&link).await.refused().0, 410);
}

#[tokio::test]
async fn all_events_can_be_followed_without_a_window() {
    let microsoft = Microsoft::start();
    let mira = microsoft.user(MIRA);
    mira.create(daily("Series", "2027-03-10T10:00", 3)).await;
    let single = mira.create(hour("Single", "2030-03-10T10:00")).await;
    let (all, link) = mira.round("/me/events/delta?$select=subject,start").await;
    assert_eq!(
        (kinds(&all), subjects(&all)),
        (vec!["seriesMaster", "singleInstance"], vec!["Series", "Single"])
    );
    assert!(all[0].get("body").is_none());
    mira.delete(&path(&single)).await;
    assert_eq!(kinds(&mira.round(&link).await.0), ["removed"]);
}
