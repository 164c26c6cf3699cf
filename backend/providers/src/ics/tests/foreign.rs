//! What other programs mean by what they write: versions, ranges, zones of their own, ends of the other kind.

use domain::event::Field;

use super::{ZONE, apply, at, day, now, object, one, read, zoned};
use crate::ics::drop_occurrence;

/// An object with more events of the same identity.
fn with(text: &str, parts: &[&str]) -> String {
    let events: String = parts
        .iter()
        .map(|lines| format!("BEGIN:VEVENT\r\nUID:u1\r\n{lines}END:VEVENT\r\n"))
        .collect();
    text.replace("END:VCALENDAR", &format!("{events}END:VCALENDAR"))
}

fn weekly() -> String {
    let series = object(
        "DTSTART;TZID=Europe/Berlin:20270301T090000\r\nDURATION:PT1H\r\nSUMMARY:Weekly\r\nRRULE:FREQ=WEEKLY;COUNT=6\r\n",
    );
    with(
        &series,
        &[
            // From 15 March on an hour later and two hours long; on 29 March, after the clock changed, something else.
            "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20270315T090000\r\nDTSTART;TZID=Europe/Berlin:20270315T100000\r\nDTEND;TZID=Europe/Berlin:20270315T120000\r\nSUMMARY:Longer\r\n",
            "RECURRENCE-ID:20270329T070000Z\r\nDTSTART:20270329T120000Z\r\nDTEND:20270329T130000Z\r\nSUMMARY:Other\r\n",
        ],
    )
}

#[test]
fn this_and_all_following_is_read_as_a_change_of_each_of_them() {
    let events = read(&weekly()).unwrap();
    let mut said: Vec<_> = events
        .iter()
        .map(|e| (e.remote_id.as_str(), e.content.title.as_str(), e.content.start.clone()))
        .collect();
    said.sort_by_key(|(id, ..)| *id);
    assert_eq!(
        said,
        [
            ("x.ics", "Weekly", at("2027-03-01T09:00:00")),
            ("x.ics#20270315T080000Z", "Longer", at("2027-03-15T10:00:00")),
            ("x.ics#20270322T080000Z", "Longer", at("2027-03-22T10:00:00")),
            ("x.ics#20270329T070000Z", "Other", zoned("2027-03-29T12:00:00", "UTC")),
            ("x.ics#20270405T070000Z", "Longer", at("2027-04-05T10:00:00")),
        ]
    );
    let last = events
        .iter()
        .find(|e| e.remote_id.ends_with("20270405T070000Z"))
        .unwrap();
    assert_eq!(last.content.end, at("2027-04-05T12:00:00"));
    assert_eq!(last.original_start, Some(at("2027-04-05T09:00:00")));
    assert!(last.content.recurrence.is_empty());
}

#[test]
fn one_of_the_following_is_changed_alone_and_the_others_stay_as_they_were() {
    let text = weekly();
    let events = read(&text).unwrap();
    let find = |id: &str, events: &[domain::event::RemoteEvent]| {
        events.iter().find(|e| e.remote_id == id).unwrap().content.clone()
    };
    for (key, original) in [
        ("20270315T080000Z", "2027-03-15T09:00:00"),
        ("20270322T080000Z", "2027-03-22T09:00:00"),
    ] {
        let id = format!("x.ics#{key}");
        let mut content = find(&id, &events);
        content.title = "Special".into();
        let after = apply(&text, &content, &[Field::Title].into(), Some(&at(original)));
        let now_events = read(&after).unwrap();
        assert_eq!(now_events.len(), events.len());
        for event in &events {
            let now = find(&event.remote_id, &now_events);
            let expected = if event.remote_id == id {
                &content
            } else {
                &event.content
            };
            assert_eq!(&now, expected, "{after}");
        }
    }
    let without = drop_occurrence(&text, &at("2027-03-15T09:00:00"), ZONE, now()).unwrap();
    let left: Vec<_> = read(&without).unwrap().into_iter().map(|e| e.remote_id).collect();
    assert!(
        !left.contains(&"x.ics#20270315T080000Z".to_owned()) && left.contains(&"x.ics#20270322T080000Z".to_owned())
    );
    assert_eq!(left.len(), events.len() - 1, "{without}");
}

#[test]
fn a_moved_series_takes_its_range_along() {
    let text = weekly();
    let mut content = read(&text).unwrap()[0].content.clone();
    (content.start, content.end) = (at("2027-03-01T11:00:00"), at("2027-03-01T12:00:00"));
    let after = apply(&text, &content, &[Field::Time].into(), None);
    let unfolded = after.replace("\r\n ", "");
    assert!(
        unfolded.contains("RECURRENCE-ID;TZID=Europe/Berlin;RANGE=THISANDFUTURE:20270315T110000"),
        "{after}"
    );
}

#[test]
fn a_change_of_too_many_occurrences_is_set_aside_with_its_reason_not_shown_half() {
    let text = with(
        &object("DTSTART:20100101T080000Z\r\nRRULE:FREQ=DAILY\r\n"),
        &["RECURRENCE-ID;RANGE=THISANDFUTURE:20100201T080000Z\r\nDTSTART:20100201T090000Z\r\n"],
    );
    assert!(read(&text).unwrap_err().contains("this and all following"));
}

#[test]
fn of_two_versions_the_newer_counts_for_reading_and_for_writing() {
    let text = with(
        &object("DTSTART:20270301T080000Z\r\nSEQUENCE:3\r\nSUMMARY:New\r\nRRULE:FREQ=WEEKLY\r\n"),
        &[
            "DTSTART:20270301T080000Z\r\nSEQUENCE:2\r\nSUMMARY:Old\r\n",
            "DTSTART:20270308T090000Z\r\nRECURRENCE-ID:20270308T080000Z\r\nLAST-MODIFIED:20270102T000000Z\r\nSUMMARY:New one\r\nRRULE:FREQ=WEEKLY\r\n",
            "DTSTART:20270308T100000Z\r\nRECURRENCE-ID:20270308T080000Z\r\nLAST-MODIFIED:20270101T000000Z\r\nSUMMARY:Old one\r\n",
        ],
    );
    let titles = |text: &str| -> Vec<String> { read(text).unwrap().into_iter().map(|e| e.content.title).collect() };
    assert_eq!(titles(&text), ["New", "New one"]);
    // Lines copied from the series do not make an occurrence repeat.
    assert!(read(&text).unwrap()[1].content.recurrence.is_empty());
    let mut content = read(&text).unwrap()[0].content.clone();
    content.title = "Newest".into();
    let after = apply(&text, &content, &[Field::Title].into(), None);
    assert_eq!(titles(&after), ["Newest", "New one"]);
    let without = drop_occurrence(&after, &zoned("2027-03-08T08:00:00", "UTC"), ZONE, now()).unwrap();
    assert_eq!(titles(&without), ["Newest"], "the old version does not come back");
}

#[test]
fn an_occurrence_is_found_by_a_date_or_a_midnight_where_its_series_says_the_other() {
    let days = with(
        &object("DTSTART;VALUE=DATE:20270301\r\nRRULE:FREQ=DAILY\r\n"),
        &["RECURRENCE-ID;TZID=Europe/Berlin:20270303T000000\r\nDTSTART;VALUE=DATE:20270304\r\n"],
    );
    assert_eq!(read(&days).unwrap()[1].original_start, Some(day("2027-03-03")));
    let times = with(
        &object("DTSTART;TZID=Europe/Berlin:20270301T090000\r\nRRULE:FREQ=DAILY\r\n"),
        &["RECURRENCE-ID;VALUE=DATE:20270303\r\nDTSTART:20270304T080000Z\r\n"],
    );
    let moved = &read(&times).unwrap()[1];
    assert_eq!(moved.original_start, Some(at("2027-03-03T09:00:00")));
    let after = apply(
        &times,
        &moved.content,
        &[Field::Title].into(),
        moved.original_start.as_ref(),
    );
    assert_eq!(read(&after).unwrap().len(), 2, "changed where it stands");
}

#[test]
fn events_that_are_not_one_are_not_taken_for_one() {
    let two = object("DTSTART:20270301T080000Z\r\n").replace(
        "END:VCALENDAR",
        "BEGIN:VEVENT\r\nUID:u2\r\nDTSTART:20270301T080000Z\r\nEND:VEVENT\r\nEND:VCALENDAR",
    );
    assert!(read(&two).unwrap_err().contains("2 events"));
    let text = object("DTSTART:20270301T080000Z\r\n");
    assert_eq!(
        read(&format!("{text}{text}")).unwrap_err(),
        "it holds more than one calendar"
    );
    assert_eq!(
        read(&format!("{text}\r\n\r\n")).unwrap().len(),
        1,
        "empty lines are no calendar"
    );
}

/// khal writes definitions of the years it needs; the offset of summer is not that of winter.
const TWO_YEARS: &str = "BEGIN:VTIMEZONE\r\nTZID:Here\r\nBEGIN:STANDARD\r\nDTSTART:20261025T030000\r\nRDATE:20271031T030000\r\nTZOFFSETFROM:+0230\r\nTZOFFSETTO:+0130\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:20260329T020000\r\nRDATE:20270328T020000\r\nTZOFFSETFROM:+0130\r\nTZOFFSETTO:+0230\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n";

#[test]
fn a_zone_nobody_knows_is_read_by_what_its_definition_says_on_that_day() {
    for (local, utc) in [
        ("20260101T120000", "2026-01-01T10:30:00"),
        ("20260701T120000", "2026-07-01T09:30:00"),
        ("20270101T120000", "2027-01-01T10:30:00"),
        ("20270328T015900", "2027-03-28T00:29:00"),
        ("20270328T023000", "2027-03-28T01:00:00"),
        ("20270328T030000", "2027-03-28T00:30:00"),
        ("20280101T120000", "2028-01-01T10:30:00"),
    ] {
        let text = object(&format!(
            "DTSTART;TZID=Here:{local}\r\nRDATE;TZID=Here;VALUE=PERIOD:20270701T120000/PT1H\r\n"
        ));
        let event = one(&text.replace("BEGIN:VEVENT", &format!("{TWO_YEARS}BEGIN:VEVENT")));
        assert_eq!(event.content.start, zoned(utc, "UTC"), "{local}");
        assert_eq!(event.content.recurrence, ["RDATE;VALUE=PERIOD:20270701T093000Z/PT1H"]);
    }
}

#[test]
fn a_name_in_other_letters_means_what_its_definition_says() {
    let zone = "BEGIN:VTIMEZONE\r\nTZID:Europe/lisbon\r\nX-LIC-LOCATION:Europe/lisbon\r\nBEGIN:DAYLIGHT\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nDTSTART:19700329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\nBEGIN:STANDARD\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nDTSTART:19701025T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
    let text = object("DTSTART;TZID=Europe/lisbon:20270301T090000\r\n");
    assert_eq!(
        one(&text.replace("BEGIN:VEVENT", &format!("{zone}BEGIN:VEVENT")))
            .content
            .start,
        at("2027-03-01T09:00:00")
    );
}

#[test]
fn an_end_of_the_other_kind_is_the_day_it_falls_on() {
    let end = |lines: &str| one(&object(lines)).content.end;
    assert_eq!(
        end("DTSTART;VALUE=DATE:20270301\r\nDTEND:20270303T120000\r\n"),
        day("2027-03-04")
    );
    assert_eq!(
        end("DTSTART;VALUE=DATE:20270301\r\nDTEND:20270303T000000\r\n"),
        day("2027-03-03")
    );
    assert_eq!(
        end("DTSTART;TZID=Europe/Berlin:20270301T090000\r\nDTEND;VALUE=DATE:20270303\r\n"),
        at("2027-03-03T00:00:00")
    );
}

#[test]
fn what_would_make_a_series_wrong_is_kept_so_that_it_says_so() {
    let text = object("DTSTART:20270301T080000Z\r\nRRULE:FREQ=DAILY\r\nRRULE:FREQ=DAILY\r\nEXRULE:FREQ=WEEKLY\r\n");
    assert_eq!(
        one(&text).content.recurrence,
        ["RRULE:FREQ=DAILY", "EXRULE:FREQ=WEEKLY"]
    );
}

#[test]
fn a_sequence_at_its_end_stays_there() {
    for (before, after) in [
        ("7", "8"),
        ("2147483646", "2147483647"),
        ("2147483647", "2147483647"),
        ("18446744073709551615", "18446744073709551615"),
    ] {
        let text = object(&format!("DTSTART:20270301T080000Z\r\nSEQUENCE:{before}\r\n"));
        let changed = apply(&text, &one(&text).content, &[Field::Status].into(), None);
        assert!(changed.contains(&format!("SEQUENCE:{after}\r\n")), "{changed}");
    }
}
