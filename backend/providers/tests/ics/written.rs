//! What we write, read by implementations that are not ours.

use std::collections::BTreeMap;

use domain::{
    event::{
        Attendee, EventContent, EventStatus, Reminder, ReminderMethod, Reminders, Response, Transparency, Visibility,
    },
    time::{EventTime, pair},
};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::DateTime, tz::TimeZone};
use proptest::{collection, option, prelude::*, sample::select};
use providers::ics;
use serde_json::json;

use crate::judge;

const ZONES: [&str; 14] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "Pacific/Chatham",
    "America/Sao_Paulo",
    "Europe/Dublin",
    "Asia/Jerusalem",
    "America/St_Johns",
    "Africa/Cairo",
    "Antarctica/Troll",
    "America/Santiago",
];

fn zoned(date_time: DateTime, zone: &str) -> EventTime {
    EventTime::Zoned {
        date_time,
        time_zone: zone.to_owned(),
    }
}

fn event(start: EventTime, end: EventTime) -> EventContent {
    EventContent {
        title: "Visit".into(),
        description: None,
        location: None,
        start,
        end,
        recurrence: vec![],
        attendees: vec![],
        organizer: None,
        reminders: Reminders {
            use_default: false,
            overrides: vec![],
        },
        visibility: Visibility::Default,
        transparency: Transparency::Busy,
        status: EventStatus::Confirmed,
        colour: None,
        conference: None,
        metadata: BTreeMap::new(),
        kind: domain::availability::Kind::Event,
    }
}

fn written(content: &EventContent) -> String {
    let author = ics::Author {
        address: Some("ann@example.org"),
        quiet: false,
    };
    ics::new_object("uid-1", content, author, "2026-10-01T12:00:00Z".parse().unwrap())
}

#[test]
fn a_zone_we_define_shows_the_same_clock_in_another_implementation_for_years() {
    let mut compared = 0;
    for zone in ZONES {
        let tz = TimeZone::get(zone).unwrap();
        for year in [1999, 2007, 2016, 2019, 2022, 2026] {
            let start = DateTime::constant(year, 5, 5, 9, 0, 0, 0);
            let text = written(&event(zoned(start, zone), zoned(start + 1.hour(), zone)));
            // Every five days or so at odd hours, and around each change of the clock; no times that are none or two.
            let first = tz.to_ambiguous_timestamp(start).compatible().unwrap();
            let mut at: Vec<Timestamp> = (0..700).map(|n| first + SignedDuration::from_hours(n * 125)).collect();
            let changes = tz
                .following(first)
                .map(|t| t.timestamp())
                .take_while(|t| *t < first + SignedDuration::from_hours(24 * 366 * 11));
            for change in changes {
                at.extend([-26, -4, 4, 26].map(|hours| change + SignedDuration::from_hours(hours)));
            }
            let locals: Vec<DateTime> = at
                .into_iter()
                .map(|at| tz.to_datetime(at))
                .filter(|local| !tz.to_ambiguous_timestamp(*local).is_ambiguous())
                .collect();
            let offsets: Vec<i32> = locals
                .iter()
                .map(|local| tz.to_offset(tz.to_timestamp(*local).unwrap()).seconds())
                .collect();
            let question = json!({"ask": "zone", "text": text, "locals": locals.iter().map(ToString::to_string).collect::<Vec<_>>()});
            let theirs: Vec<i32> =
                serde_json::from_value(judge::ask(&question).unwrap_or_else(|e| panic!("{e}\n{text}"))).unwrap();
            for ((local, ours), theirs) in locals.iter().zip(offsets).zip(theirs) {
                assert_eq!(ours, theirs, "{zone} at {local}, from {year} on\n{text}");
                compared += 1;
            }
        }
    }
    assert!(compared > 50_000, "{compared}");
}

fn text() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9äöß漢字🎉,;:\\\\\"^= \n]{1,120}"
}

prop_compose! {
    fn events()(
        (minutes, lasts) in (0..9_000_000_i64, 1..200_000_i64),
        zone in option::of(select([&ZONES[..], &["UTC"]].concat())),
        title in text(),
        description in option::of(text()),
        location in option::of(text()),
        guests in collection::vec((("[a-z]{1,8}"), option::of("[a-zäß;:, ]{1,20}x"), any::<bool>()), 0..4),
        alarms in collection::vec(0..40_000_u32, 0..3),
    ) -> Option<EventContent> {
        let from = DateTime::constant(2015, 1, 1, 0, 0, 0, 0) + minutes.minutes();
        let to = from + lasts.minutes();
        let (start, end) = match zone {
            Some(zone) => (zoned(from, zone), zoned(to, zone)),
            None => (EventTime::Date { date: from.date() }, EventTime::Date { date: (to + 1.day()).date() }),
        };
        pair(&start, &end, "UTC").ok()?;
        let guest = |(name, shown, optional): (String, Option<String>, bool)| Attendee {
            email: format!("{name}@example.com"),
            name: shown.map(|name| name.trim().to_owned()),
            response: Response::NeedsAction,
            optional,
            is_self: false,
        };
        let mut content = event(start, end);
        content.title = title;
        content.description = description;
        content.location = location;
        content.attendees = guests.into_iter().map(guest).collect();
        let popup = |minutes| Reminder { method: ReminderMethod::Popup, minutes };
        content.reminders.overrides = alarms.into_iter().map(popup).collect();
        Some(content)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn another_implementation_reads_in_our_objects_what_we_wrote_and_objects_to_nothing(content in events()) {
        let Some(content) = content else { return Ok(()) };
        let text = written(&content);
        let answer = judge::ask(&json!({"ask": "events", "text": text}));
        let answer = answer.map_err(|e| TestCaseError::fail(format!("{e}\n{text}")))?;
        let read = &answer[0];
        prop_assert_eq!(&read["objections"], &json!([]), "{}", text);
        prop_assert_eq!((&read["uid"], &read["sequence"]), (&json!("uid-1"), &json!(0)));
        let said = |text: &Option<String>| text.clone().unwrap_or_default();
        prop_assert_eq!(&read["title"], &json!(content.title), "{}", text);
        prop_assert_eq!(&read["description"], &json!(said(&content.description)), "{}", text);
        prop_assert_eq!(&read["location"], &json!(said(&content.location)), "{}", text);
        let time = |time: &EventTime| match time {
            EventTime::Date { date } => date.to_string(),
            zoned => zoned.instant("UTC").unwrap().to_string(),
        };
        prop_assert_eq!(&read["start"], &json!(time(&content.start)), "{}", text);
        prop_assert_eq!(&read["end"], &json!(time(&content.end)), "{}", text);
        let guests: Vec<String> = content.attendees.iter().map(|a| format!("mailto:{}", a.email)).collect();
        prop_assert_eq!(&read["guests"], &json!(guests), "{}", text);
        let names: Vec<String> = content.attendees.iter().map(|a| said(&a.name)).collect();
        prop_assert_eq!(&read["names"], &json!(names), "{}", text);
        let alarms: Vec<(&str, i64)> =
            content.reminders.overrides.iter().map(|r| ("DISPLAY", -60 * i64::from(r.minutes))).collect();
        prop_assert_eq!(&read["alarms"], &json!(alarms), "{}", text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_series_we_write_happens_when_another_implementation_says_it_does(
        zone in select(ZONES.to_vec()),
        hour in 0..24_i8,
        day in 0..1500_i64,
        rule in select(vec![
            "FREQ=DAILY;INTERVAL=3;COUNT=60", "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=80", "FREQ=MONTHLY;BYDAY=-1FR;COUNT=15",
            "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=20", "FREQ=YEARLY;COUNT=3", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,MO;COUNT=50",
        ]),
    ) {
        let mut start = DateTime::constant(2022, 1, 3, hour, 30, 0, 0) + day.days();
        // Where the rule does not name the start, others do not count it.
        if rule.contains("BYDAY=MO") || rule.contains("BYDAY=SU") {
            start = start - i64::from(start.date().weekday().to_monday_zero_offset()).days();
        }
        if rule.contains("BYMONTHDAY=-1") {
            start = start.date().last_of_month().at(hour, 30, 0, 0);
        }
        if rule.contains("-1FR") {
            let friday = start.date().nth_weekday_of_month(-1, jiff::civil::Weekday::Friday).unwrap();
            start = friday.at(hour, 30, 0, 0);
        }
        let tz = TimeZone::get(zone).unwrap();
        prop_assume!(!tz.to_ambiguous_timestamp(start).is_ambiguous());
        prop_assume!(!tz.to_ambiguous_timestamp(start + 45.minutes()).is_ambiguous());
        let mut content = event(zoned(start, zone), zoned(start + 45.minutes(), zone));
        content.recurrence = vec![format!("RRULE:{rule}")];
        let series = domain::recurrence::Series::new(&content.start, &content.end, &content.recurrence, zone).unwrap();
        let ours = series.first(100).unwrap();
        // In a gap python takes the offset before by another way; that our reading is RFC 5545's is proved elsewhere.
        prop_assume!(ours.iter().all(|o| !tz.to_ambiguous_timestamp(o.start.local()).is_ambiguous() && o.start.local().time() == start.time()));
        // Three times the 29th of February may take ten years.
        let (from, to) = (start.date() - 2.days(), ours.last().unwrap().start.local().date() + 2.days());
        let ours: Vec<[String; 2]> = ours.iter().map(|o| [o.start_at.to_string(), o.end_at.to_string()]).collect();
        let question = json!({"ask": "expand", "text": written(&content), "from": from.to_string(), "to": to.to_string()});
        let theirs: Vec<[String; 2]> = serde_json::from_value(judge::ask(&question).unwrap()).unwrap();
        prop_assert_eq!(ours, theirs, "{} {} {}", rule, start, zone);
    }
}
