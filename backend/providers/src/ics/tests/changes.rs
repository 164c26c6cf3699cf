//! Changes of objects somebody else wrote, and how they are read.

use domain::event::{Attendee, EventStatus, Field, Response};

use super::{ANN, Author, apply, apply_as, at, day, meeting, now, object, one, read, zoned};
use crate::ics::{drop_occurrence, is_floating, new_object, respond};

const CUSTOM: &str = "BEGIN:VTIMEZONE\r\nTZID:Customized Time Zone\r\nBEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nRRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n";

fn with_zone(zone: &str, lines: &str) -> String {
    object(lines).replace("BEGIN:VEVENT", &format!("{zone}BEGIN:VEVENT"))
}

#[test]
fn a_new_object_is_exactly_this() {
    let mut content = meeting();
    content.location = Some("Room 4; left".into());
    content.recurrence = vec!["RRULE:FREQ=WEEKLY;COUNT=3".into()];
    let expected = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Calendar Stacker//Calendar Stacker//EN\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:DAYLIGHT\r\nDTSTART:20260329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\nBEGIN:STANDARD\r\nDTSTART:20251026T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:abc\r\nDTSTAMP:20261001T120000Z\r\nCREATED:20261001T120000Z\r\nLAST-MODIFIED:20261001T120000Z\r\nSEQUENCE:0\r\nDTSTART;TZID=Europe/Berlin:20270301T090000\r\nDTEND;TZID=Europe/Berlin:20270301T100000\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\nSUMMARY:Meeting\r\nLOCATION:Room 4\\; left\r\nSTATUS:CONFIRMED\r\nTRANSP:OPAQUE\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let text = new_object("abc", &content, ANN, now());
    let sorted = |text: &str| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&text), sorted(expected), "{text}");
    assert!(text.find("TZID:Europe/Berlin") < text.find("DTSTART;TZID"));
}

#[test]
fn ends_are_found_however_they_are_said() {
    let end = |lines: &str| one(&object(lines)).content.end;
    assert_eq!(end("DTSTART;VALUE=DATE:20270301\r\n"), day("2027-03-02"));
    assert_eq!(
        end("DTSTART;VALUE=DATE:20270301\r\nDTEND;VALUE=DATE:20270301\r\n"),
        day("2027-03-02")
    );
    assert_eq!(
        end("DTSTART;VALUE=DATE:20270301\r\nDURATION:P1W\r\n"),
        day("2027-03-08")
    );
    assert_eq!(end("DTSTART:20270301T080000Z\r\n"), zoned("2027-03-01T08:00:00", "UTC"));
    let berlin = "DTSTART;TZID=Europe/Berlin:20270327T090000\r\n";
    // The clock changes in between: a day is a day, 24 hours are 24 hours (RFC 5545 §3.3.6).
    assert_eq!(end(&format!("{berlin}DURATION:P1D\r\n")), at("2027-03-28T09:00:00"));
    assert_eq!(end(&format!("{berlin}DURATION:PT24H\r\n")), at("2027-03-28T10:00:00"));
    assert_eq!(
        end(&format!("{berlin}DTEND;TZID=Europe/Berlin:20270326T090000\r\n")),
        at("2027-03-27T09:00:00")
    );
}

#[test]
fn floating_times_are_noticed_and_meant_in_the_calendars_zone() {
    let text = object("DTSTART:20270301T090000\r\n");
    assert!(is_floating(&text));
    assert_eq!(one(&text).content.start, at("2027-03-01T09:00:00"));
    for placed in [
        "DTSTART:20270301T090000Z\r\n",
        "DTSTART;TZID=Europe/Berlin:20270301T090000\r\n",
        "DTSTART;VALUE=DATE:20270301\r\n",
    ] {
        assert!(!is_floating(&object(placed)), "{placed}");
    }
}

#[test]
fn a_zone_of_the_producers_own_is_known_by_its_rules() {
    let text = with_zone(
        CUSTOM,
        "DTSTART;TZID=Customized Time Zone:20270315T090000\r\nRRULE:FREQ=WEEKLY\r\nEXDATE;TZID=Customized Time Zone:20270322T090000\r\n",
    );
    let event = one(&text);
    assert_eq!(event.content.start, at("2027-03-15T09:00:00"));
    assert_eq!(
        event.content.recurrence,
        ["RRULE:FREQ=WEEKLY", "EXDATE;TZID=Europe/Berlin:20270322T090000"]
    );
}

/// Two yearly changes, of a Sunday each, at two o'clock standard time.
fn own_zone(standard: &str, daylight: &str, spring: &str, autumn: &str) -> String {
    format!(
        "BEGIN:VTIMEZONE\r\nTZID:Our office\r\nBEGIN:DAYLIGHT\r\nDTSTART:19700301T020000\r\nTZOFFSETFROM:{standard}\r\nTZOFFSETTO:{daylight}\r\nRRULE:FREQ=YEARLY;{spring}\r\nEND:DAYLIGHT\r\nBEGIN:STANDARD\r\nDTSTART:19701001T030000\r\nTZOFFSETFROM:{daylight}\r\nTZOFFSETTO:{standard}\r\nRRULE:FREQ=YEARLY;{autumn}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
}

#[test]
fn a_zone_that_changes_as_a_place_does_is_that_place() {
    let (spring, autumn) = ("BYMONTH=3;BYDAY=-1SU", "BYMONTH=10;BYDAY=-1SU");
    let moldova = own_zone("+0200", "+0300", spring, autumn);
    let text = with_zone(
        &moldova,
        "DTSTART;TZID=Our office:20270315T090000\r\nRRULE:FREQ=WEEKLY\r\n",
    );
    assert_eq!(
        one(&text).content.start,
        zoned("2027-03-15T09:00:00", "Europe/Chisinau")
    );
    // Changes listed one by one (libical does so) name a place as well.
    let listed = "BEGIN:VTIMEZONE\r\nTZID:Our office\r\nBEGIN:DAYLIGHT\r\nDTSTART:20260329T020000\r\nRDATE:20270328T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\nBEGIN:STANDARD\r\nDTSTART:20251026T030000\r\nRDATE:20261025T030000,20271031T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
    let text = with_zone(
        listed,
        "DTSTART;TZID=Our office:20270315T090000\r\nRRULE:FREQ=WEEKLY\r\n",
    );
    assert_eq!(one(&text).content.start, zoned("2027-03-15T09:00:00", "Europe/Berlin"));
}

#[test]
fn a_series_in_a_zone_that_is_no_place_repeats_by_the_rules_it_came_with() {
    // The United States until 2006.
    let zone = own_zone("-0500", "-0400", "BYMONTH=4;BYDAY=1SU", "BYMONTH=10;BYDAY=-1SU");
    let text = with_zone(
        &zone,
        "DTSTART;TZID=Our office:20270315T090000\r\nRRULE:FREQ=WEEKLY;COUNT=6\r\nEXDATE;TZID=Our office:20270412T090000\r\n",
    );
    let event = one(&text);
    let series = event.content.series("UTC").unwrap();
    let hours: Vec<String> = series
        .occurrences(
            "2027-01-01T00:00:00Z".parse().unwrap(),
            "2028-01-01T00:00:00Z".parse().unwrap(),
            domain::recurrence::Budget::default(),
        )
        .unwrap()
        .iter()
        .map(|one| one.start.instant("UTC").unwrap().to_string())
        .collect();
    assert_eq!(
        hours,
        [
            "2027-03-15T14:00:00Z",
            "2027-03-22T14:00:00Z",
            "2027-03-29T14:00:00Z",
            "2027-04-05T13:00:00Z",
            "2027-04-19T13:00:00Z",
        ]
    );
    // Others are told the moment; a change of the title leaves the times as they are written.
    assert_eq!(event.content.start.public(), zoned("2027-03-15T14:00:00", "UTC"));
    let new = domain::event::EventContent {
        title: "Renamed".into(),
        ..event.content.clone()
    };
    let written = apply(&text, &new, &[Field::Title].into(), None);
    assert!(
        written.contains("DTSTART;TZID=Our office:20270315T090000\r\n"),
        "{written}"
    );
    assert_eq!(one(&written).content, new);
    // Moved by an hour, it says its zone itself, and is read back as what was meant.
    let new = domain::event::EventContent {
        start: new.start.with_local("2027-03-15T10:00:00".parse().unwrap()),
        end: new.end.with_local("2027-03-15T11:00:00".parse().unwrap()),
        ..new
    };
    let written = apply(&text, &new, &[Field::Time].into(), None);
    assert_eq!(one(&written).content.start, new.start, "{written}");
}

#[test]
fn an_occurrence_is_taken_out_in_the_words_of_its_series() {
    // An offset of half an hour that nobody else uses: an instant to us, a wall time in the object.
    let odd = "BEGIN:VTIMEZONE\r\nTZID:Mars\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0037\r\nTZOFFSETTO:+0037\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
    for (zone, start, original, expected) in [
        (
            "",
            "DTSTART;TZID=Europe/Berlin:20270315T090000",
            at("2027-03-29T09:00:00"),
            "EXDATE;TZID=Europe/Berlin:20270329T090000",
        ),
        (
            "",
            "DTSTART:20270315T080000Z",
            zoned("2027-03-22T09:00:00", "Europe/Berlin"),
            "EXDATE:20270322T080000Z",
        ),
        (
            "",
            "DTSTART:20270315T090000",
            at("2027-03-22T09:00:00"),
            "EXDATE:20270322T090000",
        ),
        (
            "",
            "DTSTART;VALUE=DATE:20270315",
            day("2027-03-22"),
            "EXDATE;VALUE=DATE:20270322",
        ),
        (
            odd,
            "DTSTART;TZID=Mars:20270315T090000",
            zoned("2027-03-22T08:23:00", "UTC"),
            "EXDATE;TZID=Mars:20270322T090000",
        ),
        (
            CUSTOM,
            "DTSTART;TZID=Customized Time Zone:20270315T090000",
            at("2027-03-29T09:00:00"),
            "EXDATE;TZID=Customized Time Zone:20270329T090000",
        ),
    ] {
        let text = with_zone(zone, &format!("{start}\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY\r\n"));
        let without = drop_occurrence(&text, &original, "Europe/Berlin", now()).unwrap();
        assert!(without.contains(&format!("{expected}\r\n")), "{expected}\n{without}");
        // Twice is as good as once.
        assert_eq!(
            drop_occurrence(&without, &original, "Europe/Berlin", now()).unwrap(),
            without
        );
    }
}

#[test]
fn a_changed_occurrence_is_one_more_event_and_the_series_stays() {
    let text = object(
        "DTSTART;TZID=Europe/Berlin:20270315T090000\r\nDURATION:PT1H\r\nSUMMARY:Weekly\r\nRRULE:FREQ=WEEKLY\r\nX-KEEP:1\r\n",
    );
    let mut content = one(&text).content;
    content.recurrence.clear();
    (content.start, content.end) = (at("2027-03-23T10:00:00"), at("2027-03-23T11:00:00"));
    let original = at("2027-03-22T09:00:00");
    let after = apply(&text, &content, &[Field::Time].into(), Some(&original));
    let events = read(&after).unwrap();
    let [master, moved] = events.as_slice() else {
        panic!("{after}")
    };
    assert_eq!(master.content.start, at("2027-03-15T09:00:00"));
    assert_eq!(
        (&moved.content.start, &moved.original_start),
        (&content.start, &Some(original.clone()))
    );
    assert_eq!(moved.content.title, "Weekly");
    assert_eq!(moved.remote_id, "x.ics#20270322T080000Z");
    let master_text = text
        .split("BEGIN:VEVENT")
        .nth(1)
        .unwrap()
        .split("END:VEVENT")
        .next()
        .unwrap();
    assert!(
        after.contains(master_text),
        "the series' own lines are untouched: {after}"
    );
    // Again: the same override, not another.
    content.title = "Special".into();
    let again = apply(&after, &content, &[Field::Title].into(), Some(&original));
    assert_eq!(again.matches("BEGIN:VEVENT").count(), 2);
    // Taken out: the override goes too.
    let gone = drop_occurrence(&again, &original, "Europe/Berlin", now()).unwrap();
    assert_eq!(read(&gone).unwrap().len(), 1);
}

fn guest(email: &str) -> Attendee {
    Attendee {
        email: email.into(),
        name: None,
        response: Response::NeedsAction,
        optional: false,
        is_self: false,
    }
}

#[test]
fn guests_who_stay_keep_their_lines_and_those_without_address_too() {
    let text = object(
        "DTSTART:20270301T080000Z\r\nATTENDEE;MEMBER=\"mailto:a@x\",\"mailto:b@x\";PARTSTAT=ACCEPTED:mailto:Bo@example.org\r\nATTENDEE;CUTYPE=ROOM:urn:uuid:1\r\nATTENDEE:mailto:cy@example.org\r\n",
    );
    let mut content = one(&text).content;
    content.attendees = vec![guest("bo@example.org"), guest("di@example.org")];
    let after = apply(&text, &content, &[Field::Attendees].into(), None);
    assert!(
        after.contains("MEMBER=\"mailto:a@x\",\"mailto:b@x\";PARTSTAT=ACCEPTED:mailto:Bo@example.org"),
        "{after}"
    );
    assert!(after.contains("ATTENDEE;CUTYPE=ROOM:urn:uuid:1"), "{after}");
    assert!(
        !after.contains("cy@") && after.contains("di@example.org") && after.contains("ORGANIZER:mailto:ann@"),
        "{after}"
    );
}

#[test]
fn guests_are_told_only_when_that_is_wanted() {
    let quiet = Author { quiet: true, ..ANN };
    let mut content = meeting();
    content.attendees = vec![guest("bo@example.org")];
    let text = new_object("u1", &content, quiet, now());
    assert!(
        text.replace("\r\n ", "")
            .contains("SCHEDULE-AGENT=NONE:mailto:bo@example.org"),
        "{text}"
    );
    assert!(!new_object("u1", &content, ANN, now()).contains("SCHEDULE-AGENT"));
    // A quiet change leaves it so, a loud one tells the guest.
    content.title = "Later".into();
    let fields = [Field::Title].into();
    assert!(apply_as(quiet, &text, &content, &fields, None).contains("SCHEDULE-AGENT=NONE"));
    assert!(!apply_as(ANN, &text, &content, &fields, None).contains("SCHEDULE-AGENT"));
}

#[test]
fn an_answer_changes_the_own_line_only() {
    let text = object(
        "DTSTART:20270301T080000Z\r\nSEQUENCE:2\r\nATTENDEE;MEMBER=\"mailto:a@x\",\"mailto:b@x\";PARTSTAT=NEEDS-ACTION:mailto:Ann@example.org\r\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:bo@example.org\r\n",
    );
    let content = one(&text).content;
    let fields = std::collections::BTreeSet::new();
    let edit = crate::ics::Edit {
        content: &content,
        fields: &fields,
        occurrence: None,
        calendar_zone: "UTC",
        author: ANN,
        now: now(),
    };
    let after = respond(&text, &["ann@example.org".into()], Response::Declined, &edit)
        .unwrap()
        .unwrap();
    let unfolded = after.replace("\r\n ", "");
    assert!(
        unfolded.contains("MEMBER=\"mailto:a@x\",\"mailto:b@x\";PARTSTAT=DECLINED:mailto:Ann@example.org"),
        "{after}"
    );
    assert!(
        unfolded.contains("PARTSTAT=NEEDS-ACTION:mailto:bo@") && unfolded.contains("SEQUENCE:2"),
        "{after}"
    );
    assert_eq!(
        respond(&text, &["eve@example.org".into()], Response::Declined, &edit).unwrap(),
        None
    );
}

#[test]
fn the_sequence_grows_with_what_guests_must_know_and_with_nothing_else() {
    let text = object("DTSTART:20270301T080000Z\r\nSEQUENCE:4\r\n");
    let content = meeting();
    let sequence = |field: Field| {
        let after = apply(&text, &content, &[field].into(), None);
        after
            .lines()
            .find_map(|l| l.strip_prefix("SEQUENCE:"))
            .unwrap()
            .to_owned()
    };
    for (field, expected) in [
        (Field::Title, "4"),
        (Field::Reminders, "4"),
        (Field::Time, "5"),
        (Field::Status, "5"),
    ] {
        assert_eq!(sequence(field), expected, "{field:?}");
    }
}

#[test]
fn a_cancelled_occurrence_is_read_as_one() {
    let text = object("DTSTART:20270315T080000Z\r\nRRULE:FREQ=WEEKLY\r\n");
    let cancelled = "BEGIN:VEVENT\r\nUID:u1\r\nRECURRENCE-ID:20270322T080000Z\r\nDTSTART:20270322T080000Z\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\n";
    let text = text.replace("END:VCALENDAR", &format!("{cancelled}END:VCALENDAR"));
    let events = read(&text).unwrap();
    assert_eq!(events[1].content.status, EventStatus::Cancelled);
    assert_eq!(events[1].series.as_deref(), Some("x.ics"));
}

#[test]
fn what_is_no_event_is_told_apart_from_what_is_broken() {
    let task = "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:t\r\nEND:VTODO\r\nEND:VCALENDAR\r\n";
    assert_eq!(read(task).unwrap(), []);
    for broken in [
        "",
        "<html>",
        "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        &object("SUMMARY:No start\r\n"),
        &object("DTSTART:soon\r\n"),
    ] {
        assert!(!read(broken).unwrap_err().is_empty(), "{broken}");
    }
}
