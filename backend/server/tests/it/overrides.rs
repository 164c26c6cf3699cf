//! Occurrences that were changed by themselves keep what was agreed for them when their series is changed. Each story is
//! told at Google, which keeps them as events of their own, and at a CalDAV server, which keeps a series as one object.

use serde_json::{Value, json};

use crate::{
    caldav::{self, events, patch},
    google::{World, repeated, starts, titles},
    harness::{Caller, TestApp, send},
};

const WINDOW: &str = "&expand=instances&from=2026-11-01T00:00:00Z&to=2027-01-01T00:00:00Z";

/// A calendar with a series in it: Mondays and Wednesdays at nine in Berlin, five times from 23 November 2026.
struct Diary {
    owner: Caller,
    calendar: String,
    series: String,
    world: Option<World>,
    _app: Option<TestApp>,
}

impl Diary {
    async fn google() -> Self {
        let world = World::new().await;
        let calendar = world.connected().await.calendar;
        Self::of(world.owner.clone(), calendar, Some(world), None).await
    }

    async fn caldav() -> Self {
        let (app, owner, client) = caldav::app().await;
        let (_, calendar) = caldav::connected(&owner, &client).await;
        Self::of(owner, calendar, None, Some(app)).await
    }

    async fn of(owner: Caller, calendar: String, world: Option<World>, app: Option<TestApp>) -> Self {
        let rule = "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=5";
        let class = repeated("Class", "2026-11-23T09:00:00", "2026-11-23T10:00:00", rule);
        let made = owner
            .post(&format!("/calendars/{calendar}/events"), class)
            .await
            .ok(201);
        Self {
            series: made.text("id"),
            owner,
            calendar,
            world,
            _app: app,
        }
    }

    async fn occurrence(&self, key: &str) -> Value {
        let path = format!("/events/{}_{key}", self.series);
        self.owner.get(&path).await.ok(200).body
    }

    async fn change(&self, key: &str, query: &str, change: Value) -> Value {
        patch(&self.owner, &self.occurrence(key).await, query, change)
            .await
            .ok(200)
            .body
    }

    async fn take_out(&self, key: &str) {
        let one = self.occurrence(key).await;
        let path = format!("/events/{}", one["id"].as_str().unwrap());
        let request = self
            .owner
            .request(reqwest::Method::DELETE, &path)
            .header("if-match", one["etag"].as_str().unwrap());
        send(request).await.ok(204);
    }

    /// What is shown at once, and again when everything was read anew from the provider.
    async fn shows(&self, expected: &[(&str, &str)]) {
        for anew in [false, true] {
            if anew {
                if let Some(world) = &self.world {
                    world.control().expire_sync_tokens(None).unwrap();
                }
                let path = format!("/calendars/{}/sync", self.calendar);
                self.owner.post(&path, json!({})).await.ok(200);
            }
            let shown = events(&self.owner, &self.calendar, WINDOW).await;
            let shown: Vec<_> = starts(&shown).into_iter().zip(titles(&shown)).collect();
            assert_eq!(shown, expected, "read anew: {anew}");
        }
    }
}

fn at(time: &str) -> Value {
    json!({"date_time": time, "time_zone": "Europe/Berlin"})
}

fn guest() -> Value {
    json!({"title": "Guest", "start": at("2026-12-03T14:00:00"), "end": at("2026-12-03T15:00:00")})
}

async fn following(diary: Diary) {
    diary.change("20261202T080000Z", "", guest()).await;
    diary.change("20261207T080000Z", "", json!({"location": "Hall"})).await;
    let late = json!({"title": "Late", "start": at("2026-11-30T18:00:00"), "end": at("2026-11-30T19:00:00")});
    let tail = diary
        .change("20261130T080000Z", "?scope=this_and_following", late)
        .await;
    assert_ne!(tail["id"], json!(diary.series));
    diary
        .shows(&[
            ("2026-11-23T08:00:00Z", "Class"),
            ("2026-11-25T08:00:00Z", "Class"),
            ("2026-11-30T17:00:00Z", "Late"),
            ("2026-12-03T13:00:00Z", "Guest"),
            ("2026-12-07T17:00:00Z", "Late"),
        ])
        .await;
    let shown = events(&diary.owner, &diary.calendar, WINDOW).await;
    let places: Vec<_> = shown.iter().map(|event| event["location"].as_str()).collect();
    assert_eq!(places, [None, None, None, None, Some("Hall")]);
}

#[tokio::test]
async fn behind_a_cut_at_google_changed_occurrences_stay_changed() {
    following(Diary::google().await).await;
}

#[tokio::test]
async fn behind_a_cut_at_a_caldav_server_changed_occurrences_stay_changed() {
    following(Diary::caldav().await).await;
}

async fn all(diary: Diary) {
    diary.change("20261202T080000Z", "", guest()).await;
    diary.take_out("20261125T080000Z").await;
    let later = json!({"start": at("2026-11-30T10:30:00"), "end": at("2026-11-30T11:30:00")});
    diary.change("20261130T080000Z", "?scope=all", later).await;
    let expected = [
        ("2026-11-23T09:30:00Z", "Class"),
        ("2026-11-30T09:30:00Z", "Class"),
        ("2026-12-03T13:00:00Z", "Guest"),
        ("2026-12-07T09:30:00Z", "Class"),
    ];
    diary.shows(&expected).await;
    // The series itself moved by a week: the same weekdays, and still nobody is where nobody was.
    let master = diary.owner.get(&format!("/events/{}", diary.series)).await.ok(200).body;
    let week = json!({"start": at("2026-11-30T10:30:00"), "end": at("2026-11-30T11:30:00")});
    patch(&diary.owner, &master, "?scope=all", week).await.ok(200);
    let shown = events(&diary.owner, &diary.calendar, WINDOW).await;
    assert_eq!(titles(&shown).iter().filter(|title| **title == "Guest").count(), 1);
}

#[tokio::test]
async fn a_series_that_moves_at_google_takes_changed_occurrences_along() {
    all(Diary::google().await).await;
}

#[tokio::test]
async fn a_series_that_moves_at_a_caldav_server_takes_changed_occurrences_along() {
    all(Diary::caldav().await).await;
}

async fn named(diary: Diary) {
    diary.change("20261202T080000Z", "", guest()).await;
    diary
        .change("20261202T080000Z", "?scope=all", json!({"title": "Course"}))
        .await;
    diary
        .shows(&[
            ("2026-11-23T08:00:00Z", "Course"),
            ("2026-11-25T08:00:00Z", "Course"),
            ("2026-11-30T08:00:00Z", "Course"),
            ("2026-12-03T13:00:00Z", "Course"),
            ("2026-12-07T08:00:00Z", "Course"),
        ])
        .await;
}

#[tokio::test]
async fn all_means_the_changed_occurrence_that_was_named_too_at_google() {
    named(Diary::google().await).await;
}

#[tokio::test]
async fn all_means_the_changed_occurrence_that_was_named_too_at_a_caldav_server() {
    named(Diary::caldav().await).await;
}

async fn itself(diary: Diary) {
    diary.change("20261202T080000Z", "", guest()).await;
    diary.take_out("20261125T080000Z").await;
    let path = format!("/events/{}", diary.series);
    for (change, nine) in [
        (json!({"end": at("2026-11-23T10:30:00")}), "08:00"),
        (
            json!({"start": at("2026-11-23T10:00:00"), "end": at("2026-11-23T11:00:00")}),
            "09:00",
        ),
        (json!({"end": at("2026-11-23T11:30:00")}), "09:00"),
    ] {
        let series = diary.owner.get(&path).await.ok(200).body;
        patch(&diary.owner, &series, "", change).await.ok(200);
        let on = |day: &str| format!("{day}T{nine}:00Z");
        diary
            .shows(&[
                (&on("2026-11-23"), "Class"),
                (&on("2026-11-30"), "Class"),
                ("2026-12-03T13:00:00Z", "Guest"),
                (&on("2026-12-07"), "Class"),
            ])
            .await;
    }
}

#[tokio::test]
async fn what_was_taken_out_stays_out_of_a_series_that_is_moved_itself_at_google() {
    itself(Diary::google().await).await;
}

#[tokio::test]
async fn what_was_taken_out_stays_out_of_a_series_that_is_moved_itself_at_a_caldav_server() {
    itself(Diary::caldav().await).await;
}
