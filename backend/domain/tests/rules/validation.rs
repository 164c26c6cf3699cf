//! What an event must be before a provider sees it: every limit at its edge, all faults at once.

use std::collections::BTreeMap;

use domain::{
    event::{
        Attendee, EventContent, EventStatus, Reminder, ReminderMethod, Reminders, Response, Transparency, Visibility,
    },
    validation::{is_email, validate, validate_change},
};

use crate::support::{at, lines};

fn event() -> EventContent {
    EventContent {
        title: "Budget".into(),
        description: None,
        location: None,
        start: at("2026-11-02T09:00 Europe/Berlin"),
        end: at("2026-11-02T10:00 Europe/Berlin"),
        recurrence: Vec::new(),
        attendees: Vec::new(),
        organizer: None,
        reminders: Reminders::default(),
        visibility: Visibility::default(),
        transparency: Transparency::default(),
        status: EventStatus::default(),
        colour: None,
        conference: None,
        metadata: BTreeMap::new(),
        kind: domain::availability::Kind::Event,
    }
}

fn guest(email: &str) -> Attendee {
    Attendee {
        email: email.into(),
        name: None,
        response: Response::default(),
        optional: false,
        is_self: false,
    }
}

fn faults(event: &EventContent) -> Vec<(String, &'static str)> {
    let found = validate(event, "Europe/Berlin");
    assert!(found.iter().all(|v| !v.detail.is_empty()));
    found.into_iter().map(|v| (v.pointer, v.code)).collect()
}

#[track_caller]
fn only(event: &EventContent, pointer: &str, code: &'static str) {
    assert_eq!(faults(event), [(pointer.to_owned(), code)]);
}

#[track_caller]
fn fine(event: &EventContent) {
    assert_eq!(faults(event), []);
}

#[test]
fn an_ordinary_event_is_fine() {
    fine(&event());
    fine(&EventContent {
        start: at("2026-11-02"),
        end: at("2026-11-03"),
        ..event()
    });
    fine(&EventContent {
        recurrence: lines("RRULE:FREQ=DAILY;COUNT=3 EXDATE:20261103T080000Z"),
        ..event()
    });
}

#[test]
fn texts_have_a_length_and_no_control_characters() {
    only(
        &EventContent {
            title: " \t ".into(),
            ..event()
        },
        "/title",
        "required",
    );
    fine(&EventContent {
        title: "é".repeat(1_024),
        ..event()
    });
    only(
        &EventContent {
            title: "é".repeat(1_025),
            ..event()
        },
        "/title",
        "too_long",
    );
    only(
        &EventContent {
            title: "a\0b".into(),
            ..event()
        },
        "/title",
        "control_character",
    );
    fine(&EventContent {
        description: Some("a\r\n\tb".repeat(6_000)),
        ..event()
    });
    only(
        &EventContent {
            description: Some("x".repeat(32_769)),
            ..event()
        },
        "/description",
        "too_long",
    );
    only(
        &EventContent {
            description: Some("\u{1b}[1m".into()),
            ..event()
        },
        "/description",
        "control_character",
    );
    only(
        &EventContent {
            location: Some("x".repeat(1_025)),
            ..event()
        },
        "/location",
        "too_long",
    );
}

#[test]
fn the_end_lies_after_the_start_and_is_of_its_kind() {
    let with = |start: &str, end: &str| EventContent {
        start: at(start),
        end: at(end),
        ..event()
    };
    only(&with("2026-11-02T09:00", "2026-11-02T09:00"), "/end", "not_after_start");
    only(&with("2026-11-02T09:00", "2026-11-02T08:00"), "/end", "not_after_start");
    only(&with("2026-11-02", "2026-11-02"), "/end", "not_after_start");
    only(&with("2026-11-02", "2026-11-02T09:00"), "/end", "kind_mismatch");
    // Later on the clock, earlier in fact.
    only(
        &with("2026-11-02T09:00 America/New_York", "2026-11-02T10:00 Europe/Berlin"),
        "/end",
        "not_after_start",
    );
    fine(&with(
        "2026-11-02T09:00 Europe/Berlin",
        "2026-11-02T08:00 America/New_York",
    ));
    only(
        &with("2026-11-02T09:00 Mars/Olympus", "2026-11-02T10:00"),
        "/start/time_zone",
        "time_zone_unknown",
    );
    only(
        &with("2026-11-02T09:00", "2026-11-02T10:00 Etc/Unknown"),
        "/end/time_zone",
        "time_zone_unknown",
    );
    only(&with("1582-11-02", "2026-11-02"), "/start", "time_out_of_range");
    only(&with("2026-11-02", "9999-01-01"), "/end", "time_out_of_range");
    only(
        &with("2026-11-02T09:00:00.5", "2026-11-02T10:00"),
        "/start/date_time",
        "fraction_of_second",
    );
}

#[test]
fn a_day_that_a_zone_skipped_is_still_a_day() {
    let skipped = EventContent {
        start: at("2011-12-30"),
        end: at("2011-12-31"),
        ..event()
    };
    assert_eq!(
        validate(&skipped, "Pacific/Apia")
            .iter()
            .map(|v| v.code)
            .collect::<Vec<_>>(),
        ["not_after_start"],
        "in Apia the day has no length"
    );
    fine(&skipped);
}

#[test]
fn recurrence_lines_are_told_by_their_index() {
    let with = |text: &str| EventContent {
        recurrence: lines(text),
        ..event()
    };
    only(&with("RRULE:FREQ=SECONDLY"), "/recurrence/0", "frequency_unsupported");
    only(
        &with("RRULE:FREQ=DAILY EXDATE:nonsense"),
        "/recurrence/1",
        "date_invalid",
    );
    only(
        &with("RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
        "/recurrence/0",
        "never_happens",
    );
    only(&with("RRULE:FREQ=DAILY;UNTIL=20261001"), "/recurrence", "no_occurrence");
    only(
        &with("RRULE:FREQ=DAILY;COUNT=1 EXDATE:20261102T080000Z"),
        "/recurrence",
        "no_occurrence",
    );
    assert_eq!(faults(&with("RRULE:FREQ=X RDATE:y")).len(), 2);
}

#[test]
fn guests_have_addresses_and_come_once() {
    let with = |emails: &[&str]| EventContent {
        attendees: emails.iter().map(|e| guest(e)).collect(),
        ..event()
    };
    fine(&with(&["ann@example.com", "bob@example.com"]));
    only(
        &with(&["ann@example.com", "bob"]),
        "/attendees/1/email",
        "invalid_email",
    );
    only(
        &with(&["ann@example.com", "bob@x.org", "Ann@Example.com"]),
        "/attendees/2/email",
        "duplicate",
    );
    let many: Vec<String> = (0..501).map(|n| format!("guest{n}@example.com")).collect();
    only(
        &with(&many.iter().map(String::as_str).collect::<Vec<_>>()),
        "/attendees",
        "too_many",
    );
    let mut named = with(&["ann@example.com"]);
    named.attendees[0].name = Some("x".repeat(257));
    only(&named, "/attendees/0/name", "too_long");
}

#[test]
fn addresses_are_what_people_call_addresses() {
    for good in [
        "a@b.de",
        "first.last+tag@sub.example.co.uk",
        "o'neil@example.com",
        "müller@bücher.example",
        "root@localhost",
        "a_b@x-y.org",
    ] {
        assert!(is_email(good), "{good}");
    }
    for bad in [
        "",
        "@",
        "a@",
        "@b.de",
        "a b@c.de",
        "a@b c.de",
        "a@b..de",
        ".a@b.de",
        "a.@b.de",
        "a..b@c.de",
        "a@-b.de",
        "a@b-.de",
        "a@b.de ",
        "Ann <ann@b.de>",
        "a@b@c.de",
        "a@b.de,c@d.de",
        "a@b.de\r\nBcc: x@y.z",
        "mailto:a@b.de",
    ] {
        assert!(!is_email(bad), "{bad:?}");
    }
    assert!(!is_email(&format!("{}@example.com", "x".repeat(65))));
    assert!(!is_email(&format!("a@{}.com", "x".repeat(64))));
}

#[test]
fn reminders_are_few_and_at_most_four_weeks_early() {
    let with = |use_default, minutes: &[u32]| {
        let reminder = |minutes: &u32| Reminder {
            method: ReminderMethod::Popup,
            minutes: *minutes,
        };
        EventContent {
            reminders: Reminders {
                use_default,
                overrides: minutes.iter().map(reminder).collect(),
            },
            ..event()
        }
    };
    fine(&with(false, &[0, 10, 40_320]));
    only(
        &with(false, &[10, 40_321]),
        "/reminders/overrides/1/minutes",
        "out_of_range",
    );
    only(&with(false, &[1, 2, 3, 4, 5, 6]), "/reminders/overrides", "too_many");
    only(&with(true, &[1]), "/reminders/overrides", "not_with_default");
}

#[test]
fn colours_are_googles_numbers_or_css_names() {
    let with = |colour: &str| EventContent {
        colour: Some(colour.into()),
        ..event()
    };
    for good in ["1", "11", "turquoise", "Tomato"] {
        fine(&with(good));
    }
    for bad in ["0", "12", "01", "#ff0000", "", "re\nd", "no colour"] {
        only(&with(bad), "/colour", "colour_unknown");
    }
}

#[test]
fn metadata_has_googles_limits_and_its_pointer_is_escaped() {
    let with = |key: &str, value: &str| EventContent {
        metadata: [(key.to_owned(), value.to_owned())].into(),
        ..event()
    };
    fine(&with(&"k".repeat(44), &"v".repeat(1_024)));
    only(&with("a/b~c", &"v".repeat(1_025)), "/metadata/a~1b~0c", "too_long");
    only(
        &with(&"k".repeat(45), "v"),
        &format!("/metadata/{}", "k".repeat(45)),
        "too_long",
    );
    only(&with("", "v"), "/metadata/", "required");
    only(&with("k", "\0"), "/metadata/k", "control_character");
    let many = (0..301).map(|n| (format!("k{n}"), String::new())).collect();
    only(
        &EventContent {
            metadata: many,
            ..event()
        },
        "/metadata",
        "too_many",
    );
}

#[test]
fn all_faults_are_told_at_once() {
    let bad = EventContent {
        title: String::new(),
        end: at("2026-11-02T08:00 Europe/Berlin"),
        attendees: vec![guest("x")],
        colour: Some("12".into()),
        ..event()
    };
    let pointers: Vec<String> = faults(&bad).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/title", "/end", "/attendees/0/email", "/colour"]);
}

#[test]
fn an_untitled_foreign_event_can_be_moved_but_not_renamed_to_nothing() {
    let untitled = EventContent {
        title: String::new(),
        attendees: vec![guest("x")],
        ..event()
    };
    let moved = EventContent {
        start: at("2026-11-03T09:00 Europe/Berlin"),
        end: at("2026-11-03T10:00 Europe/Berlin"),
        ..untitled.clone()
    };
    assert_eq!(validate_change(&untitled, &moved, "UTC"), []);
    let emptied = validate_change(&event(), &untitled, "UTC");
    assert_eq!(
        emptied.iter().map(|v| v.pointer.as_str()).collect::<Vec<_>>(),
        ["/title", "/attendees/0/email"]
    );
}

#[test]
fn a_change_of_the_time_is_judged_together_with_the_recurrence() {
    let series = EventContent {
        recurrence: lines("RRULE:FREQ=DAILY;UNTIL=20261105"),
        ..event()
    };
    let moved = EventContent {
        start: at("2026-12-01T09:00 Europe/Berlin"),
        end: at("2026-12-01T10:00 Europe/Berlin"),
        ..series.clone()
    };
    assert_eq!(validate_change(&series, &moved, "UTC")[0].code, "no_occurrence");
}
