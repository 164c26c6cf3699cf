//! Objects of other programs: read as they mean it, and changed without harm.

use domain::event::{EventStatus, Notify};
use providers::CalendarProvider;

use crate::{
    conformance::{change, occurrence, override_of, whole},
    harness::Place,
    syncing::object,
};

#[tokio::test]
async fn properties_we_have_no_word_for_survive_a_change() {
    let place = Place::with(&[]).await;
    let text = object(
        "foreign",
        "DTSTART:20270301T080000Z\r\nDTEND:20270301T090000Z\r\nSUMMARY:Before\r\nX-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-TITLE=Cafe:geo:52.5,13.4\r\nCATEGORIES:A,B\r\nGEO:52.5;13.4\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER;VALUE=DATE-TIME:20270301T070000Z\r\nDESCRIPTION:absolute\r\nEND:VALARM\r\n",
    );
    place.put("foreign.ics", &text).await;
    let before = place.text("foreign.ics").await;
    let (all, _) = place.changes(None).await;
    let event = &all.upserts[0];
    let mut after = event.content.clone();
    after.title = "After".into();
    after.reminders.overrides = vec![domain::event::Reminder {
        method: domain::event::ReminderMethod::Popup,
        minutes: 5,
    }];
    place
        .caldav
        .update(&place.calendar, &whole("foreign.ics"), &change(&event.content, after))
        .await
        .unwrap();
    let now = place.text("foreign.ics").await;
    for line in before.lines() {
        let ours = ["SUMMARY", "DTSTAMP", "PRODID"]
            .iter()
            .any(|name| line.starts_with(name));
        assert!(ours || now.contains(line), "{line} is gone:\n{now}");
    }
    assert!(now.contains("SUMMARY:After") && now.contains("TRIGGER:-PT5M"), "{now}");
}

#[tokio::test]
async fn an_occurrence_of_a_foreign_series_is_changed_and_taken_out_in_its_own_words() {
    let place = Place::with(&[]).await;
    // No VTIMEZONE, Windows' name: what some exporters write.
    let text = object(
        "series",
        "DTSTART;TZID=Europe/Berlin:20270315T090000\r\nDURATION:PT1H\r\nSUMMARY:Weekly\r\nRRULE:FREQ=WEEKLY;COUNT=5\r\nX-KEEP:me\r\n",
    );
    place.put("series.ics", &text).await;
    let (all, _) = place.changes(None).await;
    let master = all.upserts[0].clone();
    let original = crate::conformance::at("2027-03-22T09:00:00");
    let mut before = master.content.clone();
    before.recurrence.clear();
    (before.start, before.end) = (original.clone(), crate::conformance::at("2027-03-22T10:00:00"));
    let mut after = before.clone();
    after.title = "Special".into();
    let target = occurrence("series.ics", original.clone());
    let batch = place
        .caldav
        .update(&place.calendar, &target, &change(&before, after))
        .await
        .unwrap();
    let special = override_of(&batch, &original).expect("an override");
    assert_eq!(
        (special.content.title.as_str(), &special.content.start),
        ("Special", &original)
    );
    let stored = place.text("series.ics").await;
    assert!(
        stored.contains("RECURRENCE-ID;TZID=Europe/Berlin:20270322T090000"),
        "{stored}"
    );
    assert_eq!(
        stored.matches("X-KEEP:me").count(),
        2,
        "the occurrence says what its series says: {stored}"
    );
    // Taken out: the override goes with it.
    let batch = place
        .caldav
        .delete(&place.calendar, &target, special.etag.as_deref(), Notify::None)
        .await
        .unwrap();
    assert!(override_of(&batch, &original).is_none_or(|o| o.content.status == EventStatus::Cancelled));
    let stored = place.text("series.ics").await;
    assert!(
        stored.contains("EXDATE;TZID=Europe/Berlin:20270322T090000") && !stored.contains("Special"),
        "{stored}"
    );
}

#[tokio::test]
async fn an_invitation_to_one_occurrence_only_stands_for_itself() {
    let place = Place::with(&[]).await;
    let text = object(
        "orphan",
        "RECURRENCE-ID:20270322T080000Z\r\nDTSTART:20270322T080000Z\r\nDTEND:20270322T090000Z\r\nSUMMARY:Guest lecture\r\n",
    );
    place.put("orphan.ics", &text).await;
    let (all, cursor) = place.changes(None).await;
    let [event] = all.upserts.as_slice() else {
        panic!("{all:?}")
    };
    assert_eq!(
        (event.remote_id.as_str(), event.series.as_deref()),
        ("orphan.ics", None)
    );
    let mut after = event.content.clone();
    after.title = "Moved lecture".into();
    let batch = place
        .caldav
        .update(&place.calendar, &whole("orphan.ics"), &change(&event.content, after))
        .await
        .unwrap();
    assert_eq!(batch.upserts[0].content.title, "Moved lecture");
    place.delete("orphan.ics").await;
    let (told, _) = place.changes(Some(&cursor)).await;
    assert_eq!(told.removed, ["orphan.ics"]);
}
