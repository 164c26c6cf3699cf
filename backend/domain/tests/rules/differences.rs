//! What counts as a difference between two events, and what is only a provider's way to store a text.

use std::collections::BTreeSet;

use domain::{
    event::{EventContent, Field},
    time::EventTime,
};
use serde_json::json;

fn event(description: Option<&str>) -> EventContent {
    let at = |time: &str| EventTime::Zoned {
        date_time: time.parse().unwrap(),
        time_zone: "Europe/Berlin".into(),
    };
    EventContent {
        title: "Lunch".into(),
        description: description.map(str::to_owned),
        location: None,
        start: at("2026-11-24T12:00:00"),
        end: at("2026-11-24T13:00:00"),
        recurrence: Vec::new(),
        attendees: Vec::new(),
        organizer: None,
        reminders: serde_json::from_value(json!({"use_default": true, "overrides": []})).unwrap(),
        visibility: domain::event::Visibility::Default,
        transparency: domain::event::Transparency::Busy,
        status: domain::event::EventStatus::Confirmed,
        colour: None,
        conference: None,
        metadata: std::collections::BTreeMap::new(),
        kind: domain::availability::Kind::Event,
    }
}

#[test]
fn what_a_provider_makes_of_a_text_is_no_difference() {
    let call = "Agenda\n\n-::~:~::~:~:~:~::-\nJoin: https://meet.example/x\nDo not edit.\n-::~:~::~:~:~:~::-\n";
    for (ours, theirs) in [
        (None, Some("")),
        (Some("a\r\nb"), Some("a\nb")),
        (Some("a \nb\n\n"), Some("a\nb")),
        (Some(call), Some("Agenda")),
        (Some("-::~:~::~\nnever closed"), None),
    ] {
        assert_eq!(
            event(ours).changed(&event(theirs)),
            BTreeSet::new(),
            "{ours:?} {theirs:?}"
        );
        assert_eq!(
            event(theirs).changed(&event(ours)),
            BTreeSet::new(),
            "{theirs:?} {ours:?}"
        );
    }
}

#[test]
fn what_people_wrote_is_a_difference() {
    for (one, other) in [
        (None, Some("a")),
        (Some("a"), Some("A")),
        (Some("a\nb"), Some("a\n\nb")),
        (Some(" a"), Some("a")),
        (Some("~:~ a"), Some("a")),
    ] {
        assert_eq!(
            event(one).changed(&event(other)),
            BTreeSet::from([Field::Description]),
            "{one:?} {other:?}"
        );
    }
    let mut moved = event(None);
    moved.title = "Lunch!".into();
    moved.location = Some("Café".into());
    assert_eq!(
        event(None).changed(&moved),
        BTreeSet::from([Field::Title, Field::Location])
    );
}
