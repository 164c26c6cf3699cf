//! Whatever an event says is read as it was written.

use domain::{
    event::{
        Attendee, EventContent, EventStatus, Reminder, ReminderMethod, Reminders, Response, Transparency, Visibility,
    },
    time::{EventTime, pair},
};
use jiff::{ToSpan, civil::DateTime};
use proptest::{collection, option, prelude::*, sample::select};

use super::{ANN, ZONE, meeting, now, one};
use crate::ics::new_object;

fn times() -> impl Strategy<Value = (EventTime, EventTime)> {
    let zones = vec![
        "UTC",
        ZONE,
        "America/New_York",
        "Asia/Kolkata",
        "Africa/Casablanca",
        "Pacific/Chatham",
    ];
    let start = DateTime::constant(2020, 1, 1, 0, 0, 0, 0);
    (0..15_000_000_i64, 1..200_000_i64, option::of(select(zones)))
        .prop_map(move |(minutes, lasts, zone)| {
            let from = start + minutes.minutes();
            let to = from + lasts.minutes();
            match zone {
                Some(zone) => {
                    let zoned = |date_time| EventTime::Zoned {
                        date_time,
                        time_zone: zone.to_owned(),
                    };
                    (zoned(from), zoned(to))
                }
                None => {
                    let last = if to.date() > from.date() {
                        to.date()
                    } else {
                        from.date() + 1.day()
                    };
                    (EventTime::Date { date: from.date() }, EventTime::Date { date: last })
                }
            }
        })
        .prop_filter("time lies between them", |(start, end)| pair(start, end, ZONE).is_ok())
}

fn text() -> impl Strategy<Value = String> {
    "[\\PC\n,;:\\\\\"^= ]{1,120}"
}

fn attendee() -> impl Strategy<Value = Attendee> {
    let answers = Response::ALL.to_vec();
    (
        "[a-z]{1,8}",
        option::of("[a-zäß\"^;:, ]{1,20}x"),
        select(answers),
        any::<bool>(),
    )
        .prop_map(|(name, shown, response, optional)| Attendee {
            email: format!("{name}@example.com"),
            name: shown,
            response,
            optional,
            is_self: false,
        })
}

fn reminders() -> impl Strategy<Value = Reminders> {
    let methods = ReminderMethod::ALL.to_vec();
    let reminder = (select(methods), 0..40_320_u32).prop_map(|(method, minutes)| Reminder { method, minutes });
    (collection::vec(reminder, 0..4), any::<bool>()).prop_map(|(overrides, default)| Reminders {
        use_default: default && overrides.is_empty(),
        overrides,
    })
}

prop_compose! {
    fn event()(
        (start, end) in times(),
        title in text(),
        description in option::of(text()),
        location in option::of(text()),
        attendees in collection::vec(attendee(), 0..4),
        reminders in reminders(),
        visibility in select(Visibility::ALL.to_vec()),
        transparency in select(Transparency::ALL.to_vec()),
        status in select(EventStatus::ALL.to_vec()),
        colour in option::of(select(vec!["turquoise", "red"])),
        metadata in collection::btree_map(text(), text(), 0..3),
        rule in option::of(select(vec!["RRULE:FREQ=DAILY;COUNT=3", "RRULE:FREQ=MONTHLY;BYDAY=-1FR"])),
    ) -> EventContent {
        EventContent {
            start, end, title, description, location, attendees, reminders, visibility, transparency, status, metadata,
            colour: colour.map(str::to_owned),
            recurrence: rule.into_iter().map(str::to_owned).collect(),
            ..meeting()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_event_is_read_as_it_was_written(content in event()) {
        let text = new_object("uid-1", &content, ANN, now());
        for line in text.split("\r\n") {
            prop_assert!(line.len() <= 75, "{line}");
        }
        let read = one(&text);
        let mut read = read.content;
        read.organizer = None;
        prop_assert_eq!(read, content);
    }

    #[test]
    fn no_text_makes_the_reader_fall(text in "(BEGIN:VEVENT\r\n|END:VEVENT\r\n|DTSTART[;:=A-Z0-9\"]{0,20}\r\n|[\\PC]{0,20}\r\n| fold\r\n){0,20}") {
        let _either = super::read(&format!("BEGIN:VCALENDAR\r\n{text}END:VCALENDAR\r\n"));
    }
}
