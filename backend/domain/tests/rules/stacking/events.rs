//! Events of every kind that a calendar may hold, also those that we would not have made.

use std::collections::BTreeMap;

use domain::{
    event::{
        Attendee, EventContent, EventStatus, Reminder, ReminderMethod, Reminders, Response, Transparency, Visibility,
    },
    stacking::Existing,
    time::EventTime,
};
use jiff::civil::{DateTime, date};
use proptest::{option, prelude::*, sample::select};

/// Texts that break tables.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zA-Z ,;|\t\"'\\r\\n=+@äöü日本🎉\u{feff}\u{fffd}<>()\\[\\]{}\\\\-]{0,24}",
        1 => "\\PC{0,12}",
        1 => select(vec!["=1+1", "'=1", "''@x", "-5", "'", "\"", "+49 170", "\r", "\n", "no\r\nyes\r", "＝x", "\t", "sep=;"])
            .prop_map(str::to_owned),
    ]
}

const ZONES: [&str; 5] = [
    "Europe/Berlin",
    "America/New_York",
    "UTC",
    "Asia/Kathmandu",
    "Pacific/Apia",
];

fn time() -> impl Strategy<Value = (EventTime, EventTime)> {
    let zone = || select(ZONES.to_vec()).prop_map(str::to_owned);
    let at = || {
        (0..200_000_000_i64)
            .prop_map(|second| date(2024, 1, 1).at(0, 0, 0, 0) + jiff::SignedDuration::from_secs(second))
    };
    let zoned = |date_time: DateTime, time_zone: String| EventTime::Zoned { date_time, time_zone };
    prop_oneof![
        (at(), zone(), 0..100_000_i64).prop_map(move |(start, zone, length)| {
            let end = start + jiff::SignedDuration::from_secs(length);
            (zoned(start, zone.clone()), zoned(end, zone))
        }),
        (at(), zone(), at(), zone()).prop_map(move |(start, zone, end, other)| (zoned(start, zone), zoned(end, other))),
        (0..2_000_i64, 1..30_i64).prop_map(|(day, days)| {
            let day = date(2024, 1, 1) + jiff::Span::new().days(day);
            let after = day + jiff::Span::new().days(days);
            (EventTime::Date { date: day }, EventTime::Date { date: after })
        }),
    ]
}

fn attendee() -> impl Strategy<Value = Attendee> {
    let email = prop_oneof![3 => "[a-z]{1,6}@[a-z]{1,5}\\.org", 1 => text()];
    (
        email,
        option::of(text()),
        select(Response::ALL.to_vec()),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(email, name, response, optional, is_self)| Attendee {
            email,
            name,
            response,
            optional,
            is_self,
        })
}

/// Nobody is invited twice: of two with one address, nobody could say which is meant.
fn attendees() -> impl Strategy<Value = Vec<Attendee>> {
    proptest::collection::vec(attendee(), 0..4).prop_map(|mut guests| {
        let mut seen = std::collections::BTreeSet::new();
        guests.retain(|guest| seen.insert(guest.email.to_ascii_lowercase()));
        guests
    })
}

fn recurrence() -> impl Strategy<Value = Vec<String>> {
    let line = prop_oneof![
        Just("RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=5".to_owned()),
        Just("EXDATE:20261104T080000Z,20261111T080000Z".to_owned()),
        Just("FREQ=DAILY".to_owned()),
        text().prop_map(|text| text.replace(['\r', '\n'], " ")),
    ];
    proptest::collection::vec(line, 0..3)
}

fn reminders() -> impl Strategy<Value = Reminders> {
    let one = (select(ReminderMethod::ALL.to_vec()), 0..40_320_u32);
    let one = one.prop_map(|(method, minutes)| Reminder { method, minutes });
    option::of(proptest::collection::vec(one, 0..4)).prop_map(|overrides| match overrides {
        None => Reminders::default(),
        Some(overrides) => Reminders {
            use_default: false,
            overrides,
        },
    })
}

fn metadata() -> impl Strategy<Value = BTreeMap<String, String>> {
    let key = prop_oneof![Just("external_id".to_owned()), text()];
    proptest::collection::btree_map(key, text(), 0..4)
}

pub fn content() -> impl Strategy<Value = EventContent> {
    let words = (
        select(Visibility::ALL.to_vec()),
        select(Transparency::ALL.to_vec()),
        select(EventStatus::ALL.to_vec()),
    );
    let texts = (text(), option::of(text()), option::of(text()), option::of(text()));
    let lists = (recurrence(), attendees(), reminders(), metadata());
    (texts, time(), words, lists).prop_map(|(texts, (start, end), words, lists)| EventContent {
        title: texts.0,
        description: texts.1,
        location: texts.2,
        start,
        end,
        recurrence: lists.0,
        attendees: lists.1,
        organizer: None,
        reminders: lists.2,
        visibility: words.0,
        transparency: words.1,
        status: words.2,
        colour: texts.3,
        conference: None,
        metadata: lists.3,
        kind: domain::availability::Kind::default(),
    })
}

/// Events of a calendar each, with ids of their own.
pub fn events(most: usize) -> impl Strategy<Value = Vec<Existing>> {
    let one = (
        content(),
        select(vec!["cal_1", "cal_2", "cal_4"]),
        text(),
        option::of(text()),
    );
    proptest::collection::vec(one, 1..most).prop_map(|all| {
        let event =
            |(index, (content, calendar, uid, etag)): (usize, (EventContent, &str, String, Option<String>))| Existing {
                id: format!("evt_{index}"),
                calendar: calendar.to_owned(),
                etag,
                uid: format!("{index}{uid}"),
                content,
                dates: Vec::new(),
            };
        all.into_iter().enumerate().map(event).collect()
    })
}

/// An ordinary one-hour event.
pub fn plain(id: &str, title: &str, start: &str) -> Existing {
    let start: DateTime = start.parse().unwrap();
    let time = |date_time| EventTime::Zoned {
        date_time,
        time_zone: "Europe/Berlin".to_owned(),
    };
    let content = domain::stacking::Patch {
        title: Some(title.to_owned()),
        start: Some(time(start)),
        end: Some(time(start + jiff::Span::new().hours(1))),
        ..Default::default()
    };
    Existing {
        id: id.to_owned(),
        calendar: "cal_1".to_owned(),
        etag: Some("\"1\"".to_owned()),
        uid: format!("{id}@example.org"),
        content: content.create().unwrap(),
        dates: Vec::new(),
    }
}
