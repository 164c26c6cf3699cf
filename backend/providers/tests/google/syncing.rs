//! Reading: calendars, pages, what changed.

use domain::{calendar::AccessRole, event::EventStatus};
use providers::{Batch, CalendarProvider, Error, Next};
use serde_json::json;
use simulators::google::{Effect, Fault, Role};

use crate::{
    conformance::{Peer, meeting, new},
    harness::{ALL_SCOPES, ANN, BO, Sim},
};

fn events(sim: &Sim, titles: &[&str]) -> Vec<String> {
    let insert = |title: &&str| {
        let body = json!({
            "summary": title,
            "start": { "dateTime": "2027-03-01T09:00:00+01:00" },
            "end": { "dateTime": "2027-03-01T10:00:00+01:00" }
        });
        let made = sim.control.insert_event(&sim.calendar, &body).unwrap();
        made["id"].as_str().unwrap().to_owned()
    };
    titles.iter().map(insert).collect()
}

fn titles(batch: &Batch) -> Vec<&str> {
    let mut titles: Vec<_> = batch.upserts.iter().map(|e| e.content.title.as_str()).collect();
    titles.sort_unstable();
    titles
}

#[tokio::test]
async fn all_calendars_are_found_with_what_the_account_may_do() {
    let sim = Sim::start().await;
    let shared = sim.control.add_calendar(BO, "Bo's", "Asia/Tokyo").unwrap();
    let busy = sim.control.add_calendar(BO, "Busy", "UTC").unwrap();
    sim.control.share(&shared, ANN, Some(Role::Reader)).unwrap();
    sim.control.share(&busy, ANN, Some(Role::FreeBusyReader)).unwrap();
    let found = sim.google.calendars().await.unwrap();
    let role = |id: &str| found.iter().find(|c| c.remote_id == id).map(|c| c.access_role);
    assert_eq!(role(&sim.calendar), Some(AccessRole::Owner));
    assert_eq!(role(&shared), Some(AccessRole::Reader));
    assert_eq!(role(&busy), Some(AccessRole::FreeBusy));
    let primary: Vec<_> = found
        .iter()
        .filter(|c| c.primary)
        .map(|c| c.remote_id.as_str())
        .collect();
    assert_eq!(primary, [ANN]);
    let tokyo = found.iter().find(|c| c.remote_id == shared).unwrap();
    assert_eq!(
        (tokyo.name.as_str(), tokyo.time_zone.as_deref()),
        ("Bo's", Some("Asia/Tokyo"))
    );
    assert!(
        found
            .iter()
            .all(|c| c.colour.as_deref().is_some_and(|c| c.starts_with('#') && c.len() == 7)),
        "{found:?}"
    );
}

#[tokio::test]
async fn more_calendars_than_a_page_holds_are_all_found() {
    let sim = Sim::start().await;
    for n in 0..260 {
        sim.control.add_calendar(ANN, &format!("Calendar {n}"), "UTC").unwrap();
    }
    assert_eq!(sim.google.calendars().await.unwrap().len(), 263);
    assert_eq!(sim.calls("calendarList.list").len(), 2);
}

#[tokio::test]
async fn a_round_brings_every_page_and_the_next_one_only_the_news() {
    let sim = Sim::start().await;
    let paged = sim.google.clone().with_page_size(3);
    let ids = events(&sim, &["a", "b", "c", "d", "e", "f", "g"]);
    let (mut all, mut cursor, mut pages) = (Batch::default(), None, 0);
    let done = loop {
        let page = paged.changes(&sim.calendar, cursor.as_deref()).await.unwrap();
        pages += 1;
        all.upserts.extend(page.batch.upserts);
        match page.next {
            Next::More(next) => cursor = Some(next),
            Next::Done(next) => break next,
        }
    };
    assert_eq!((pages, titles(&all)), (3, vec!["a", "b", "c", "d", "e", "f", "g"]));

    sim.control
        .patch_event(&sim.calendar, &ids[1], &json!({ "summary": "B" }))
        .unwrap();
    sim.control.delete_event(&sim.calendar, &ids[2]).unwrap();
    let page = paged.changes(&sim.calendar, Some(&done)).await.unwrap();
    assert_eq!(
        (titles(&page.batch), page.batch.removed.clone()),
        (vec!["B"], vec![ids[2].clone()])
    );
    let Next::Done(done) = page.next else {
        panic!("one page is enough")
    };
    let page = paged.changes(&sim.calendar, Some(&done)).await.unwrap();
    assert_eq!(page.batch, Batch::default());
}

#[tokio::test]
async fn news_of_several_pages_are_all_told() {
    let sim = Sim::start().await;
    let paged = sim.google.clone().with_page_size(2);
    let Next::Done(cursor) = paged.changes(&sim.calendar, None).await.unwrap().next else {
        panic!("it is empty")
    };
    events(&sim, &["a", "b", "c"]);
    let first = paged.changes(&sim.calendar, Some(&cursor)).await.unwrap();
    let Next::More(more) = first.next else {
        panic!("there are three")
    };
    let second = paged.changes(&sim.calendar, Some(&more)).await.unwrap();
    assert!(matches!(second.next, Next::Done(_)));
    assert_eq!((first.batch.upserts.len(), second.batch.upserts.len()), (2, 1));
}

#[tokio::test]
async fn a_cursor_that_is_too_old_or_not_known_says_so() {
    let sim = Sim::start().await;
    events(&sim, &["a", "b", "c"]);
    let Next::Done(old) = sim.google.changes(&sim.calendar, None).await.unwrap().next else {
        panic!("one page")
    };
    sim.control.expire_sync_tokens(Some(&sim.calendar)).unwrap();
    for cursor in [
        old.as_str(),
        r#"{"sync":"nonsense"}"#,
        r#"{"page":"nonsense"}"#,
        "nonsense",
    ] {
        let answer = sim.google.changes(&sim.calendar, Some(cursor)).await;
        assert!(matches!(answer, Err(Error::CursorExpired)), "{cursor} {answer:?}");
    }
    // From the beginning it works again.
    let page = sim.google.changes(&sim.calendar, None).await.unwrap();
    assert_eq!(titles(&page.batch), ["a", "b", "c"]);
}

#[tokio::test]
async fn a_calendar_that_is_gone_is_not_found_and_not_a_stale_cursor() {
    let sim = Sim::start().await;
    sim.control.delete_calendar(&sim.calendar);
    let answer = sim.google.changes(&sim.calendar, None).await;
    assert!(matches!(answer, Err(Error::NotFound)), "{answer:?}");
}

#[tokio::test]
async fn a_series_comes_as_master_overrides_and_cancelled_occurrences() {
    let sim = Sim::start().await;
    let body = json!({
        "summary": "Daily", "recurrence": ["RRULE:FREQ=DAILY;COUNT=4"],
        "start": { "dateTime": "2027-03-01T09:00:00+01:00", "timeZone": "Europe/Berlin" },
        "end": { "dateTime": "2027-03-01T10:00:00+01:00", "timeZone": "Europe/Berlin" }
    });
    let made = sim.control.insert_event(&sim.calendar, &body).unwrap();
    let id = made["id"].as_str().unwrap();
    let instance = |day: u8| format!("{id}_202703{day:02}T080000Z");
    sim.control
        .patch_event(&sim.calendar, &instance(2), &json!({ "summary": "Special" }))
        .unwrap();
    sim.control.delete_event(&sim.calendar, &instance(3)).unwrap();
    let batch = sim.google.changes(&sim.calendar, None).await.unwrap().batch;
    assert_eq!((batch.upserts.len(), batch.removed.len()), (3, 0), "{batch:?}");
    let of_series: Vec<_> = batch
        .upserts
        .iter()
        .filter(|e| e.series.as_deref() == Some(id))
        .collect();
    assert_eq!(of_series.len(), 2);
    let cancelled = of_series
        .iter()
        .find(|e| e.content.status == EventStatus::Cancelled)
        .unwrap();
    assert_eq!(
        cancelled.original_start.as_ref().unwrap().occurrence_key().unwrap(),
        "20270303T080000Z"
    );
    let special = of_series.iter().find(|e| e.content.title == "Special").unwrap();
    assert_eq!(
        special.original_start.as_ref().unwrap().occurrence_key().unwrap(),
        "20270302T080000Z"
    );
}

#[tokio::test]
async fn fields_nobody_has_heard_of_are_kept_in_the_raw_text() {
    let sim = Sim::start().await;
    events(&sim, &["a"]);
    sim.fault("events.list", Effect::UnknownFields);
    let batch = sim.google.changes(&sim.calendar, None).await.unwrap().batch;
    assert_eq!(titles(&batch), ["a"]);
    assert!(batch.upserts[0].raw.contains("from a newer version"));
}

#[tokio::test]
async fn an_outage_leaves_the_cursor_good() {
    let sim = Sim::start().await;
    let (_, cursor) = (&sim as &dyn Peer).round(&sim.calendar, None).await;
    sim.google.create(&sim.calendar, &new(meeting("New"))).await.unwrap();
    sim.control
        .fault(Fault::times("calendar.events.list", 4, Effect::Reset));
    let answer = sim.google.changes(&sim.calendar, Some(&cursor)).await;
    assert!(matches!(answer, Err(Error::Unreachable { .. })), "{answer:?}");
    let page = sim.google.changes(&sim.calendar, Some(&cursor)).await.unwrap();
    assert_eq!(titles(&page.batch), ["New"]);
}

#[tokio::test]
async fn somebody_elses_calendar_is_not_there() {
    let sim = Sim::start().await;
    let bo = sim.client(BO, &ALL_SCOPES);
    let answer = bo.changes(&sim.calendar, None).await;
    assert!(matches!(answer, Err(Error::NotFound)), "{answer:?}");
}
