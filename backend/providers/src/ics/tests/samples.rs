//! What other programs write (see `samples/LICENCE.txt` for where it comes from).

use domain::event::{Field, Reminder, ReminderMethod};

use super::{apply, at, one, read, zoned};
use crate::ics::lines;

macro_rules! samples {
    ($($name:literal),+ $(,)?) => { [$(($name, include_str!(concat!("samples/", $name, ".ics")))),+] };
}

const SAMPLES: [(&str, &str); 16] = samples![
    "alarm_google_future",
    "bom_calendar",
    "calendar_with_unicode",
    "issue_156_RDATE_with_PERIOD_TZID_khal",
    "issue_218_bad_tzid",
    "issue_237_fail_to_parse_timezone_with_non_ascii_tzid",
    "issue_348_exception_parsing_value",
    "issue_466_convert_tzid_with_slash",
    "issue_722_missing_VTIMEZONE_custom",
    "issue_836_do_not_quote_tzid",
    "parsing_error_in_UTC_offset",
    "property_params",
    "rfc_6868",
    "small_bad_calendar",
    "timezoned",
    "x_location",
];

fn sample(name: &str) -> &'static str {
    SAMPLES.iter().find(|(n, _)| *n == name).unwrap().1
}

#[test]
fn every_sample_comes_back_byte_for_byte_or_is_refused_with_a_reason() {
    let mut refused = Vec::new();
    for (name, text) in SAMPLES {
        match lines::parse(text) {
            Ok(calendar) => assert_eq!(calendar.text(), text.trim_start_matches('\u{feff}'), "{name}"),
            Err(reason) => refused.push((name, reason)),
        }
    }
    assert_eq!(refused, [("small_bad_calendar", "VCALENDAR does not end".to_owned())]);
}

#[test]
fn a_new_title_changes_the_lines_of_the_title_and_the_stamps_and_no_other() {
    let mut tried = 0;
    for (name, text) in SAMPLES {
        let Ok(events) = read(text) else { continue };
        let Some(event) = events.first() else { continue };
        let mut content = event.content.clone();
        content.title = "Something else".into();
        let after = apply(text, &content, &[Field::Title].into(), None);
        let ours = |line: &&str| {
            ["SUMMARY", "DTSTAMP", "LAST-MODIFIED"]
                .iter()
                .any(|name| line.starts_with(name))
        };
        let others = |text: &str| -> Vec<String> { text.lines().filter(|l| !ours(l)).map(str::to_owned).collect() };
        assert_eq!(others(&after), others(text), "{name}");
        assert_eq!(read(&after).unwrap()[0].content.title, "Something else", "{name}");
        tried += 1;
    }
    assert_eq!(tried, 11);
}

#[test]
fn zones_are_found_by_whatever_name_they_go() {
    let start = |name: &str| one(sample(name)).content.start;
    assert_eq!(
        start("issue_836_do_not_quote_tzid"),
        zoned("2024-10-28T17:00:00", "America/New_York")
    );
    assert_eq!(
        start("issue_466_convert_tzid_with_slash"),
        zoned("2022-10-21T20:00:00", "Europe/Stockholm")
    );
    // Eleven hours ahead of UTC all year: Etc counts the other way round.
    assert_eq!(start("issue_218_bad_tzid"), zoned("2017-02-28T23:00:00", "Etc/GMT-11"));
    // Rules that Brazil gave up: the instant by the offset.
    let brasilia = start("issue_237_fail_to_parse_timezone_with_non_ascii_tzid");
    assert_eq!(brasilia, zoned("2017-05-11T16:30:00", "UTC"));
    // Neither known nor defined: as the calendar's own.
    assert_eq!(start("issue_722_missing_VTIMEZONE_custom"), at("2014-08-29T08:00:00"));
}

#[test]
fn reminders_of_google_are_read_in_minutes() {
    let event = one(sample("alarm_google_future"));
    let popup = |minutes| Reminder {
        method: ReminderMethod::Popup,
        minutes,
    };
    let email = Reminder {
        method: ReminderMethod::Email,
        minutes: 15,
    };
    assert_eq!(
        event.content.reminders.overrides,
        [popup(10), popup(14), email, popup(15)]
    );
    assert_eq!(event.ical_uid, "79fs7pkqvht9m5igs0vjv1sfra@google.com");
    assert_eq!(event.created_at.unwrap().to_string(), "2024-10-04T17:59:20Z");
    assert_eq!(event.updated_at.unwrap().to_string(), "2024-10-04T17:59:28Z");
}

#[test]
fn guests_are_read_with_names_and_addresses_in_any_case() {
    let event = one(sample("property_params"));
    let emails: Vec<_> = event.content.attendees.iter().map(|a| a.email.as_str()).collect();
    assert_eq!(
        emails,
        ["rembrand@xs4all.nl", "rembrand@daxlab.com", "rembspam@xs4all.nl"]
    );
    assert_eq!(event.content.attendees[0].name.as_deref(), Some("RembrandXS"));
    assert_eq!(event.content.organizer.unwrap().email, "rembrand@daxlab.com");
    assert!(event.content.start.is_date());
    let quoted = lines::parse(sample("rfc_6868")).unwrap();
    let babe = quoted.components().next().unwrap().line("ATTENDEE").unwrap();
    assert_eq!(babe.param("CN"), Some("George Herman \"Babe\" Ruth"));
    let odd = quoted.line("X-PARAM").unwrap();
    assert_eq!(odd.param("ALL"), Some("^\"\n"));
    assert_eq!(odd.param("UNKNOWN"), Some("^a^ ^asd"));
}

#[test]
fn a_line_of_nonsense_does_not_hide_the_event_beside_it() {
    let event = one(sample("issue_348_exception_parsing_value"));
    assert_eq!(event.content.title, "Sixt : détails de votre réservation");
    assert!(event.content.description.unwrap().starts_with("\nVotre véhicule"));
}
