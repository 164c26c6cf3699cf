//! What changed, told once and told whole.

use domain::event::EventStatus;
use providers::{CalendarProvider, Error};

use crate::{
    conformance::{ZONE, at},
    harness::Place,
    proxy::Quirk,
};

pub fn object(uid: &str, lines: &str) -> String {
    wrapped(&format!(
        "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20270101T000000Z\r\n{lines}END:VEVENT\r\n"
    ))
}

fn wrapped(events: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//somebody//else//EN\r\n{events}END:VCALENDAR\r\n")
}

pub fn simple(uid: &str, title: &str) -> String {
    object(
        uid,
        &format!("DTSTART:20270301T080000Z\r\nDTEND:20270301T090000Z\r\nSUMMARY:{title}\r\n"),
    )
}

/// All in one file.
pub fn together(objects: impl Iterator<Item = String>) -> String {
    let inner = |one: &str| {
        let (from, to) = (one.find("BEGIN:VEVENT").unwrap(), one.find("END:VCALENDAR").unwrap());
        one[from..to].to_owned()
    };
    wrapped(&objects.map(|one| inner(&one)).collect::<String>())
}

pub async fn every_kind_of_change_is_told(place: &Place) {
    place.put("one.ics", &simple("one", "One")).await;
    place.put("two two@x.ics", &simple("two", "Two")).await;
    let (first, cursor) = place.changes(None).await;
    let mut told: Vec<_> = first
        .upserts
        .iter()
        .map(|e| (e.remote_id.as_str(), e.content.title.as_str()))
        .collect();
    told.sort_unstable();
    assert_eq!(told, [("one.ics", "One"), ("two two@x.ics", "Two")]);
    assert_eq!(first.removed, Vec::<String>::new());
    let (nothing, cursor) = place.changes(Some(&cursor)).await;
    assert_eq!((nothing.upserts.len(), nothing.removed.len()), (0, 0));
    place.put("two two@x.ics", &simple("two", "Second")).await;
    place.put("three.ics", &simple("three", "Three")).await;
    place.delete("one.ics").await;
    let (second, cursor) = place.changes(Some(&cursor)).await;
    let mut told: Vec<_> = second
        .upserts
        .iter()
        .map(|e| (e.remote_id.as_str(), e.content.title.as_str()))
        .collect();
    told.sort_unstable();
    assert_eq!(told, [("three.ics", "Three"), ("two two@x.ics", "Second")]);
    assert_eq!(second.removed, ["one.ics"]);
    let (nothing, _) = place.changes(Some(&cursor)).await;
    assert_eq!((nothing.upserts.len(), nothing.removed.len()), (0, 0));
}

#[tokio::test]
async fn additions_edits_and_deletions_of_others_are_told_with_sync_tokens() {
    every_kind_of_change_is_told(&Place::with(&[]).await).await;
}

#[tokio::test]
async fn additions_edits_and_deletions_of_others_are_told_by_comparing_etags() {
    let place = Place::with(&[Quirk::NoSync]).await;
    every_kind_of_change_is_told(&place).await;
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
async fn a_quiet_calendar_costs_one_question() {
    let place = Place::with(&[]).await;
    place.put("one.ics", &simple("one", "One")).await;
    let (_, cursor) = place.changes(None).await;
    let before = place.person.proxy.journal().len();
    place.changes(Some(&cursor)).await;
    assert_eq!(place.person.proxy.journal().len() - before, 1);
}

#[tokio::test]
async fn what_cannot_be_read_is_reported_and_hides_nobody() {
    // A careful server refuses such things; others hold them.
    let place = Place::with(&[Quirk::Garbles("20270302T080000Z", "20271345T080000Z")]).await;
    place.put("good.ics", &simple("good", "Good")).await;
    place
        .put(
            "bad.ics",
            &simple("bad", "Bad")
                .replace("DTSTART:20270301", "DTSTART:20270302")
                .replace("DTEND:20270301", "DTEND:20270302"),
        )
        .await;
    let (all, _) = place.changes(None).await;
    assert_eq!(
        all.upserts.iter().map(|e| e.content.title.as_str()).collect::<Vec<_>>(),
        ["Good"]
    );
    let [bad] = all.malformed.as_slice() else {
        panic!("{all:?}")
    };
    assert_eq!(bad.remote_id, "bad.ics");
    assert!(
        bad.raw.contains("20271345") && bad.reason.contains("DTSTART"),
        "{bad:?}"
    );
}

#[tokio::test]
async fn a_control_character_that_breaks_the_answer_hides_nobody() {
    let place = Place::with(&[Quirk::Garbles("Bell", "Bell\u{7}")]).await;
    place.put("good.ics", &simple("good", "Good")).await;
    place.put("bell.ics", &simple("bell", "Bell")).await;
    let (all, _) = place.changes(None).await;
    let mut titles: Vec<_> = all.upserts.iter().map(|e| e.content.title.as_str()).collect();
    titles.sort_unstable();
    assert_eq!(titles, ["Bell\u{7}", "Good"]);
}

#[tokio::test]
async fn tasks_beside_events_are_left_alone() {
    let place = Place::with(&[]).await;
    let task = simple("task", "Task")
        .replace("VEVENT", "VTODO")
        .replace("DTEND", "DUE");
    let answer = place
        .person
        .raw("PUT", &format!("{}task.ics", place.calendar), &[], &task)
        .await;
    place.put("event.ics", &simple("event", "Event")).await;
    let (all, _) = place.changes(None).await;
    assert_eq!(
        all.upserts.iter().map(|e| e.content.title.as_str()).collect::<Vec<_>>(),
        ["Event"]
    );
    assert!(all.malformed.is_empty(), "{} {:?}", answer.status, all.malformed);
}

#[tokio::test]
async fn a_series_comes_with_its_overrides_and_says_that_they_are_all() {
    let place = Place::with(&[]).await;
    let zone = "BEGIN:VTIMEZONE\r\nTZID:W. Europe Standard Time\r\nBEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n";
    let windows = "TZID=W. Europe Standard Time";
    let series = object(
        "series",
        &format!(
            "DTSTART;{windows}:20270315T090000\r\nDURATION:PT1H\r\nSUMMARY:Weekly\r\nRRULE:FREQ=WEEKLY;COUNT=5\r\nEXDATE;{windows}:20270329T090000\r\n"
        ),
    );
    let moved = format!(
        "BEGIN:VEVENT\r\nUID:series\r\nDTSTAMP:20270101T000000Z\r\nRECURRENCE-ID;{windows}:20270322T090000\r\nDTSTART;{windows}:20270323T100000\r\nDTEND;{windows}:20270323T110000\r\nSUMMARY:Moved\r\nEND:VEVENT\r\n"
    );
    let text = series
        .replace("BEGIN:VEVENT", &format!("{zone}BEGIN:VEVENT"))
        .replace("END:VCALENDAR", &format!("{moved}END:VCALENDAR"));
    place.put("series.ics", &text).await;
    let (all, _) = place.changes(None).await;
    let [master, moved] = all.upserts.as_slice() else {
        panic!("{all:?}")
    };
    assert_eq!(
        (&master.content.start, &master.content.end),
        (&at("2027-03-15T09:00:00"), &at("2027-03-15T10:00:00"))
    );
    assert!(
        master
            .content
            .recurrence
            .contains(&"RRULE:FREQ=WEEKLY;COUNT=5".to_owned()),
        "{:?}",
        master.content.recurrence
    );
    assert!(
        master
            .content
            .recurrence
            .contains(&format!("EXDATE;TZID={ZONE}:20270329T090000")),
        "{:?}",
        master.content.recurrence
    );
    assert_eq!(moved.remote_id, "series.ics#20270322T080000Z");
    assert_eq!(
        (moved.series.as_deref(), &moved.content.start),
        (Some("series.ics"), &at("2027-03-23T10:00:00"))
    );
    assert_eq!(moved.original_start, Some(at("2027-03-22T09:00:00")));
    assert_eq!(all.complete_series, ["series.ics"]);
    assert_eq!(master.content.status, EventStatus::Confirmed);
}

#[tokio::test]
async fn floating_times_are_meant_in_the_calendars_zone() {
    let place = Place::with(&[]).await;
    place
        .put(
            "floating.ics",
            &object(
                "floating",
                "DTSTART:20270301T090000\r\nDTEND:20270301T100000\r\nSUMMARY:Breakfast\r\n",
            ),
        )
        .await;
    let (all, _) = place.changes(None).await;
    assert_eq!(all.upserts[0].content.start, at("2027-03-01T09:00:00"));
    let one = place.caldav.event(&place.calendar, "floating.ics").await.unwrap();
    assert_eq!(one.upserts[0].content.start, at("2027-03-01T09:00:00"));
}

#[tokio::test]
async fn a_calendar_that_is_gone_is_not_an_empty_one() {
    let place = Place::with(&[]).await;
    let (_, cursor) = place.changes(None).await;
    assert!(
        place
            .person
            .raw("DELETE", &place.calendar, &[], "")
            .await
            .status
            .is_success()
    );
    for cursor in [None, Some(cursor.as_str())] {
        let answer = place.caldav.changes(&place.calendar, cursor).await;
        assert!(matches!(answer, Err(Error::NotFound)), "{answer:?}");
    }
}

#[tokio::test]
async fn many_events_come_in_a_few_questions_and_all_of_them() {
    let place = Place::with(&[]).await;
    for n in 0..120 {
        place
            .put(&format!("{n}.ics"), &simple(&format!("uid-{n}"), &format!("Event {n}")))
            .await;
    }
    let (all, _) = place.changes(None).await;
    assert_eq!(all.upserts.len(), 120);
    let asked = place.person.proxy.calls("REPORT").len();
    assert!(asked <= 4, "{asked} reports");
    assert!(place.person.proxy.calls("GET").is_empty());
}
