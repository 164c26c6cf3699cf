//! Rounds of changes, as Graph has them.

use domain::{event::EventStatus, time::EventTime};
use providers::{Batch, CalendarProvider as _, Error, Next};
use serde_json::{Value, json};
use simulators::microsoft::{Effect, Fault};

use crate::{
    conformance::{Peer as _, change, meeting, new, whole},
    harness::{ANN, Sim},
};

/// A whole round, and the cursor at its end.
async fn round(sim: &Sim, cursor: Option<String>) -> (Batch, String) {
    let (mut all, mut at) = (Batch::default(), cursor);
    loop {
        let page = sim.microsoft.changes(&sim.calendar, at.as_deref()).await.unwrap();
        all.upserts.extend(page.batch.upserts);
        all.removed.extend(page.batch.removed);
        all.complete_series.extend(page.batch.complete_series);
        all.malformed.extend(page.batch.malformed);
        match page.next {
            Next::More(next) => at = Some(next),
            Next::Done(cursor) => return (all, cursor),
        }
    }
}

fn series() -> Value {
    let time = |at: &str| json!({"dateTime": at, "timeZone": "W. Europe Standard Time"});
    json!({
        "subject": "Stand-up",
        "start": time("2027-03-01T09:00:00"),
        "end": time("2027-03-01T09:15:00"),
        "recurrence": {
            "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["monday", "thursday"]},
            "range": {"type": "numbered", "numberOfOccurrences": 120, "startDate": "2027-03-01"},
        },
    })
}

#[tokio::test]
async fn a_series_is_read_once_however_many_pages_its_occurrences_fill() {
    let mut sim = Sim::start();
    sim.microsoft = sim.microsoft.with_page_size(25);
    let master = sim.control.insert_event(&sim.calendar, &series()).unwrap();
    let (batch, cursor) = round(&sim, None).await;
    assert_eq!(batch.upserts.len(), 1);
    let read = &batch.upserts[0];
    assert_eq!(read.content.recurrence, ["RRULE:FREQ=WEEKLY;BYDAY=MO,TH;COUNT=120"]);
    assert_eq!(read.ical_uid, master["uid"].as_str().unwrap());
    assert_eq!(batch.complete_series, std::slice::from_ref(&read.remote_id));
    assert!(sim.control.calls("graph.calendarView.delta").len() > 2, "several pages");
    assert_eq!(
        sim.control.calls("graph.events.get").len(),
        2,
        "once whole, once for what was deleted"
    );
    let (nothing, _) = round(&sim, Some(cursor)).await;
    assert_eq!(nothing, Batch::default());
}

#[tokio::test]
async fn an_occurrence_deleted_in_outlook_is_known_though_the_round_does_not_tell() {
    let sim = Sim::start();
    let master = sim.control.insert_event(&sim.calendar, &series()).unwrap();
    let (_, cursor) = round(&sim, None).await;
    let id = |day: &str| sim.control.occurrence_id(master["id"].as_str().unwrap(), day).unwrap();
    sim.control.delete_event(&id("2027-03-04")).unwrap();
    sim.control
        .patch_event(&id("2027-03-08"), &json!({"subject": "Longer"}))
        .unwrap();
    let (batch, _) = round(&sim, Some(cursor)).await;
    let overrides: Vec<_> = batch.upserts.iter().filter(|e| e.series.is_some()).collect();
    let cancelled = overrides
        .iter()
        .find(|e| e.content.status == EventStatus::Cancelled)
        .unwrap();
    assert_eq!(
        serde_json::to_value(&cancelled.original_start).unwrap()["date_time"],
        "2027-03-04T09:00:00"
    );
    assert!(overrides.iter().any(|e| e.content.title == "Longer"));
    assert_eq!(overrides.len(), 2);
}

#[tokio::test]
async fn exceptions_that_are_only_named_are_asked_for() {
    let sim = Sim::start();
    sim.control.limits(|limits| limits.exceptions_by_name_only = true);
    let master = sim.control.insert_event(&sim.calendar, &series()).unwrap();
    let id = sim
        .control
        .occurrence_id(master["id"].as_str().unwrap(), "2027-03-08")
        .unwrap();
    sim.control.patch_event(&id, &json!({"subject": "Longer"})).unwrap();
    let (batch, _) = round(&sim, None).await;
    let names: Vec<_> = batch.upserts.iter().map(|e| e.content.title.as_str()).collect();
    assert_eq!(names, ["Stand-up", "Longer"]);
    assert!(batch.malformed.is_empty());
}

#[tokio::test]
async fn an_expired_link_means_to_begin_again() {
    let sim = Sim::start();
    let (_, cursor) = round(&sim, None).await;
    sim.control.expire_delta_links(None);
    let outcome = sim.microsoft.changes(&sim.calendar, Some(&cursor)).await;
    assert!(matches!(outcome, Err(Error::CursorExpired)), "{outcome:?}");
    let foreign = sim.microsoft.changes(&sim.calendar, Some("not ours")).await;
    assert!(matches!(foreign, Err(Error::CursorExpired)));
    let elsewhere = r#"{"link": "https://elsewhere.example/v1.0/me", "until": "2030-06-01T00:00:00Z"}"#;
    let outcome = sim.microsoft.changes(&sim.calendar, Some(elsewhere)).await;
    assert!(
        matches!(outcome, Err(Error::Rejected { .. })),
        "the token goes to Microsoft only: {outcome:?}"
    );
}

#[tokio::test]
async fn throttling_says_when_to_come_again() {
    let sim = Sim::start();
    let limit = Effect::RateLimit {
        status: 429,
        retry_after: Some(600),
    };
    sim.control.fault(Fault::always("graph.calendarView.delta", limit));
    let outcome = sim.microsoft.changes(&sim.calendar, None).await;
    assert!(
        matches!(outcome, Err(Error::TryLater { rate_limited: true, after: Some(after), .. }) if after.as_secs() == 600),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn the_account_and_its_calendars_are_listed() {
    let sim = Sim::start();
    let account = sim.microsoft.account().await.unwrap();
    assert_eq!(account.email.as_deref(), Some(ANN));
    let names: Vec<(String, bool)> = sim
        .microsoft
        .calendars()
        .await
        .unwrap()
        .into_iter()
        .map(|c| (c.name, c.primary))
        .collect();
    assert_eq!(
        names,
        [
            ("Calendar".into(), true),
            ("Home".into(), false),
            ("Work".into(), false)
        ]
    );
}

#[tokio::test]
async fn the_window_moves_on_with_a_new_round() {
    let sim = Sim::start();
    let (_, cursor) = round(&sim, None).await;
    let later = |at: &str| sim.client(at.parse().unwrap());
    later("2026-06-20T00:00:00Z")
        .changes(&sim.calendar, Some(&cursor))
        .await
        .unwrap();
    let outcome = later("2026-07-10T00:00:00Z")
        .changes(&sim.calendar, Some(&cursor))
        .await;
    assert!(matches!(outcome, Err(Error::CursorExpired)), "{outcome:?}");
}

#[tokio::test]
async fn several_events_of_one_page_are_read_side_by_side_within_outlooks_limit() {
    let sim = Sim::start();
    for number in 0..12 {
        let time = |at: &str| json!({"dateTime": at, "timeZone": "Europe/Berlin"});
        let event = json!({"subject": format!("No. {number:02}"), "start": time("2027-03-01T09:00:00"), "end": time("2027-03-01T10:00:00")});
        sim.control.insert_event(&sim.calendar, &event).unwrap();
    }
    let slow = Effect::Latency { millis: 400 };
    sim.control.fault(Fault::always("graph.events.get", slow));
    let begun = std::time::Instant::now();
    let (batch, _) = round(&sim, None).await;
    assert_eq!(batch.upserts.len(), 12);
    assert!(begun.elapsed().as_millis() < 12 * 400, "{:?}", begun.elapsed());
    assert!(
        sim.control.journal().iter().all(|call| call.status == Some(200)),
        "nobody was told to slow down"
    );
}

/// Puts a series with three changed occurrences into a calendar.
fn series_with_exceptions(sim: &Sim, calendar: &str) {
    let master = sim.control.insert_event(calendar, &series()).unwrap();
    for day in ["2027-03-04", "2027-03-08", "2027-03-11"] {
        let id = sim.control.occurrence_id(master["id"].as_str().unwrap(), day).unwrap();
        sim.control.patch_event(&id, &json!({"subject": day})).unwrap();
    }
}

#[tokio::test]
async fn calendars_of_one_mailbox_and_a_write_share_the_four_calls_outlook_takes() {
    let mut sim = Sim::start();
    sim.microsoft = sim.microsoft.with_page_size(1_000);
    for _ in 0..4 {
        series_with_exceptions(&sim, &sim.calendar);
        series_with_exceptions(&sim, sim.other_calendar());
    }
    let slow = Effect::Latency { millis: 100 };
    sim.control.fault(Fault::always("graph.*", slow));
    sim.control.clear_journal();
    let written = async {
        // In the middle of the rounds.
        while sim.control.calls("graph.events.get").len() < 6 {
            tokio::task::yield_now().await;
        }
        let begun = sim.control.journal().len();
        sim.microsoft.create(&sim.calendar, &new(meeting("Now"))).await.unwrap();
        sim.control.journal().len() - begun
    };
    let (one, other, calls_meanwhile) = tokio::join!(
        sim.microsoft.changes(&sim.calendar, None),
        sim.microsoft.changes(sim.other_calendar(), None),
        written
    );
    for page in [one.unwrap(), other.unwrap()] {
        assert_eq!(page.batch.upserts.len(), 4 * 4);
    }
    let refused: Vec<_> = sim
        .control
        .journal()
        .into_iter()
        .filter(|call| !matches!(call.status, Some(200 | 201)))
        .collect();
    assert!(refused.is_empty(), "{} were too many: {refused:?}", refused.len());
    // It looks, writes and reads back, each beside three reads at most.
    assert!(
        calls_meanwhile <= 4 * 4 + 3,
        "the write waited for {calls_meanwhile} calls"
    );
}

#[tokio::test]
async fn a_zone_without_a_name_leaves_a_single_event_its_instant() {
    let sim = Sim::start();
    let made = sim
        .control
        .insert_event(&sim.calendar, &event_on("From a desktop", "2027-07-01"))
        .unwrap();
    sim.control.custom_zone(made["id"].as_str().unwrap()).unwrap();
    let (batch, cursor) = round(&sim, None).await;
    assert!(batch.malformed.is_empty(), "{:?}", batch.malformed);
    let read = &batch.upserts[0];
    let at = |hour: i8| EventTime::Zoned {
        date_time: jiff::civil::date(2027, 7, 1).at(hour, 0, 0, 0),
        time_zone: "UTC".into(),
    };
    // Nine in Berlin's summer.
    assert_eq!((&read.content.start, &read.content.end), (&at(7), &at(8)));
    // A new title leaves the time as it is, there and here.
    let mut renamed = read.content.clone();
    renamed.title = "Renamed".into();
    let change = change(&read.content, renamed);
    sim.microsoft
        .update(&sim.calendar, &whole(&read.remote_id), &change)
        .await
        .unwrap();
    let there = sim.control.event(made["id"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&there["subject"], &there["start"], &there["originalStartTimeZone"]),
        (&json!("Renamed"), &made["start"], &json!("tzone://Microsoft/Custom"))
    );
    let (batch, _) = round(&sim, Some(cursor)).await;
    assert_eq!(batch.upserts[0].content.start, at(7));
}

#[tokio::test]
async fn what_lies_outside_the_window_is_listed_by_a_round_from_the_beginning() {
    let sim = Sim::start();
    let event = |subject: &str, day: &str| {
        let time = |hour: u8| json!({"dateTime": format!("{day}T{hour:02}:00:00"), "timeZone": "Europe/Berlin"});
        json!({"subject": subject, "start": time(9), "end": time(10)})
    };
    let put = |event: Value| sim.control.insert_event(&sim.calendar, &event).unwrap();
    put(event("Long ago", "2019-05-05"));
    put(event("Now", "2027-03-01"));
    put(event("Some day", "2035-05-05"));
    // One that began before the window and goes on in it, and one that had ended by then.
    let mut old = event("Old habit", "2020-03-02");
    let weekly = json!({"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]});
    old["recurrence"] = json!({"pattern": weekly, "range": {"type": "noEnd", "startDate": "2020-03-02"}});
    put(old.clone());
    (old["subject"], old["recurrence"]["range"]) = (
        json!("Given up"),
        json!({"type": "numbered", "numberOfOccurrences": 5, "startDate": "2020-03-02"}),
    );
    let given_up = put(old);
    let gone = sim
        .control
        .occurrence_id(given_up["id"].as_str().unwrap(), "2020-03-09")
        .unwrap();
    sim.control.delete_event(&gone).unwrap();
    let (batch, cursor) = round(&sim, None).await;
    let mut names: Vec<_> = batch
        .upserts
        .iter()
        .filter(|e| e.series.is_none())
        .map(|e| e.content.title.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["Given up", "Long ago", "Now", "Old habit", "Some day"]);
    assert_eq!(
        batch
            .upserts
            .iter()
            .filter(|e| e.content.status == EventStatus::Cancelled)
            .count(),
        1
    );
    assert!(batch.malformed.is_empty());
    // What changed since is told once, and asks for nothing outside.
    sim.control.clear_journal();
    put(event("New", "2027-03-02"));
    let (batch, cursor) = round(&sim, Some(cursor)).await;
    assert_eq!(batch.upserts.len(), 1);
    assert!(sim.control.calls("graph.events.list").is_empty());
    // A month later everything is listed again.
    let later = sim.client("2026-07-10T00:00:00Z".parse().unwrap());
    let outcome = later.changes(&sim.calendar, Some(&cursor)).await;
    assert!(matches!(outcome, Err(Error::CursorExpired)), "{outcome:?}");
}

/// A day on which something happens that is not in the window.
fn event_on(subject: &str, day: &str) -> Value {
    let time = |hour: u8| json!({"dateTime": format!("{day}T{hour:02}:00:00"), "timeZone": "Europe/Berlin"});
    json!({"subject": subject, "start": time(9), "end": time(10)})
}

fn titles(batch: &Batch) -> Vec<&str> {
    let mut names: Vec<_> = batch.upserts.iter().map(|e| e.content.title.as_str()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn what_changes_outside_the_window_is_heard_of_within_the_hour() {
    let mut sim = Sim::start();
    let put = |event: Value| {
        sim.control.insert_event(&sim.calendar, &event).unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let long_ago = put(event_on("Long ago", "2019-05-05"));
    put(event_on("Some day", "2039-05-05"));
    let leaves = put(event_on("Leaves", "2027-03-01"));
    // What is asked for reaches back a quarter of an hour.
    sim.control.advance(jiff::SignedDuration::from_mins(20));
    let now = sim.control.now();
    let client = |minutes: i64| sim.client(now + jiff::SignedDuration::from_mins(minutes));
    let (first, soon, later, last) = (client(0), client(30), client(61), client(130));
    sim.microsoft = first;
    let (batch, cursor) = round(&sim, None).await;
    assert_eq!(titles(&batch), ["Leaves", "Long ago", "Some day"]);
    sim.control.advance(jiff::SignedDuration::from_mins(20));
    sim.control
        .patch_event(&long_ago, &json!({"subject": "Long, long ago"}))
        .unwrap();
    sim.control
        .insert_event(&sim.calendar, &event_on("New and far", "2040-01-01"))
        .unwrap();
    sim.control.clear_journal();
    sim.microsoft = soon;
    let (batch, cursor) = round(&sim, Some(cursor)).await;
    assert_eq!(
        (titles(&batch), sim.control.journal().len()),
        (vec![], 1),
        "an idle round is one call"
    );
    sim.microsoft = later;
    sim.control.advance(jiff::SignedDuration::from_mins(41));
    sim.control.clear_journal();
    let (batch, cursor) = round(&sim, Some(cursor)).await;
    assert_eq!(titles(&batch), ["Long, long ago", "New and far"]);
    assert_eq!(sim.control.journal().len(), 2, "one call more, once an hour");
    // What leaves the window is not gone.
    let far = event_on("Leaves", "2019-03-01");
    sim.control
        .patch_event(&leaves, &json!({"start": far["start"], "end": far["end"]}))
        .unwrap();
    let (batch, cursor) = round(&sim, Some(cursor)).await;
    assert!(titles(&batch).contains(&"Leaves"), "{batch:?}");
    sim.microsoft = last;
    let (batch, _) = round(&sim, Some(cursor)).await;
    assert!(batch.removed.is_empty(), "{batch:?}");
}

#[tokio::test]
async fn a_mailbox_too_full_for_the_whole_window_is_listed_with_half_of_it() {
    let sim = Sim::start();
    let put = |event: Value| sim.control.insert_event(&sim.calendar, &event).unwrap();
    put(event_on("Soon", "2027-03-01"));
    put(event_on("In three years", "2029-06-05"));
    let timeout = Effect::Status {
        status: 504,
        retry_after: None,
    };
    sim.control.fault(Fault::once("graph.calendarView.delta", timeout));
    let (batch, cursor) = round(&sim, None).await;
    assert_eq!(
        titles(&batch),
        ["In three years", "Soon"],
        "what no longer lies in the window is listed, too"
    );
    let asked = sim.control.calls("graph.calendarView.delta");
    let days = |query: &str| {
        let query: std::collections::BTreeMap<_, _> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let at = |name: &str| query[name].parse::<jiff::Timestamp>().unwrap();
        at("endDateTime").duration_since(at("startDateTime")).as_hours() / 24
    };
    assert_eq!(
        (days(&asked[0].query), days(&asked.last().unwrap().query)),
        (1_825, 912)
    );
    // The smaller window is no reason to begin anew.
    let (nothing, _) = round(&sim, Some(cursor)).await;
    assert_eq!(nothing, Batch::default());
}
