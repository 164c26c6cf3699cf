//! The way back, also from the way back.

use std::collections::BTreeMap;

use domain::{
    event::{Attendee, Field, Response},
    stacking::{
        Done, Existing, JsonWriter, Left, Patch,
        plan::{Change, Changes, Edit, Item, Planner, Shift},
        undo,
    },
};
use proptest::prelude::*;

use super::{
    desk::{directory, settings},
    events::{content, events, plain},
};

/// A calendar service that does what it is told.
#[derive(Clone, Default, PartialEq, Debug)]
struct Service(BTreeMap<String, Existing>);

impl Service {
    fn apply(&mut self, item: &Item) -> String {
        let id = item
            .change
            .before()
            .map_or_else(|| format!("new_{}", item.key), |before| before.id.clone());
        match &item.change {
            Change::Delete { .. } => drop(self.0.remove(&id)),
            Change::Create { after, .. } | Change::Update { after, .. } | Change::Move { after, .. } => {
                let event = Existing {
                    id: id.clone(),
                    calendar: item.calendar.clone(),
                    etag: None,
                    uid: id.clone(),
                    content: after.clone(),
                    dates: item.overrides.clone(),
                };
                self.0.insert(id.clone(), event);
            }
        }
        id
    }

    /// What is there, whatever it is called: what is made again has another name.
    fn contents(&self) -> Vec<(String, domain::event::EventContent)> {
        let mut all: Vec<_> = self
            .0
            .values()
            .map(|one| (one.calendar.clone(), one.content.clone()))
            .collect();
        all.sort_by_key(|one| format!("{one:?}"));
        all
    }

    /// Applies the way back of what was done, the last first; answers with what that was.
    fn take_back(&mut self, done: &[(Item, String)], seed: &str) -> Vec<(Item, String)> {
        let (directory, settings) = (directory(), settings());
        let mut planner = Planner::new(&directory, &[], &settings);
        let mut back = Vec::new();
        for (item, event) in done.iter().rev() {
            let way = undo(&Done { item, event }, self.0.get(event), seed);
            if let Some(item) = way.item {
                assert!(planner.ready(item.clone()).item().is_some());
                let id = self.apply(&item);
                back.push((item, id));
            }
        }
        back
    }
}

fn item(change: Change, calendar: &str) -> Item {
    Item {
        key: "k".to_owned(),
        line: 1,
        calendar: calendar.to_owned(),
        change,
        overrides: Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn an_undo_restores_and_its_undo_restores_that(there in events(6), wanted in proptest::collection::vec((content(), 0..5_u8), 6)) {
        let mut service = Service::default();
        // What only the account itself answered cannot be written by anybody else.
        let own = |mut content: domain::event::EventContent| {
            content.attendees.iter_mut().for_each(|guest| (guest.is_self, guest.response) = (false, Response::NeedsAction));
            content
        };
        for mut event in there {
            event.content = own(event.content);
            service.0.insert(event.id.clone(), Existing { uid: event.id.clone(), etag: None, ..event });
        }
        let (before, mut done) = (service.contents(), Vec::new());
        for ((content, what), (number, there)) in wanted.into_iter().zip(service.clone().0.into_values().enumerate()) {
            let (calendar, after) = (there.calendar.clone(), own(content));
            let change = match what {
                0 => Change::Create { uid: None, after },
                1 => Change::Delete { before: there },
                2 => Change::Move { from: calendar.clone(), before: there, after },
                _ => Change::Update { before: there, after },
            };
            let to = if what == 2 { "cal_9".to_owned() } else { calendar };
            let to = if to == "cal_9" { "cal_4".to_owned() } else { to };
            let item = Item { key: format!("{number}"), line: 1, calendar: to, change, overrides: Vec::new() };
            let id = service.apply(&item);
            done.push((item, id));
        }
        let after = service.contents();
        let back = service.take_back(&done, "undo");
        let texts = |all: &[(String, domain::event::EventContent)]| -> Vec<String> {
            // What differs in blanks only is not written.
            let plain = |text: &Option<String>| text.as_deref().unwrap_or_default().lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned();
            let mut told: Vec<String> = all.iter().map(|(calendar, one)| {
                let mut one = one.clone();
                one.title = one.title.trim_end().to_owned();
                (one.description, one.location) = (Some(plain(&one.description)), Some(plain(&one.location)));
                format!("{calendar} {one:?}")
            }).collect();
            told.sort();
            told
        };
        prop_assert_eq!(texts(&service.contents()), texts(&before));
        service.take_back(&back, "redo");
        prop_assert_eq!(texts(&service.contents()), texts(&after));
    }
}

#[test]
fn what_somebody_changed_since_stays_as_they_want_it() {
    let before = plain("evt_1", "Visit", "2026-11-02T09:00");
    let (directory, settings) = (directory(), settings());
    let mut planner = Planner::new(&directory, &[], &settings);
    let edit = Edit::Change(Box::new(Changes {
        title_prefix: Some("HQ: ".to_owned()),
        shift: Some(Shift { days: 1, minutes: 0 }),
        patch: Patch {
            location: Some("Office".to_owned()),
            ..Patch::default()
        },
        calendar: None,
    }));
    let outcome = planner.edit(1, &before, &edit);
    let item = outcome.item().unwrap();
    let mut now = Existing {
        etag: Some("\"2\"".to_owned()),
        content: item.change.after().unwrap().clone(),
        ..before.clone()
    };
    now.content.location = Some("Room 3".to_owned());
    now.content.description = Some("Bring keys".to_owned());
    let way = undo(&Done { item, event: "evt_1" }, Some(&now), "op_2");
    assert_eq!(way.left, [Left::FieldChangedSince(Field::Location)]);
    assert_eq!(
        serde_json::to_value(&way.left).unwrap()[0]["field_changed_since"],
        "location"
    );
    let back = way.item.unwrap();
    assert_eq!(
        back.change.before().unwrap().etag.as_deref(),
        Some("\"2\""),
        "what must still hold is what is now"
    );
    let content = back.change.after().unwrap();
    assert_eq!(
        (content.title.as_str(), &content.start),
        ("Visit", &before.content.start)
    );
    assert_eq!(
        (content.location.as_deref(), content.description.as_deref()),
        (Some("Room 3"), Some("Bring keys"))
    );
}

#[test]
fn what_cannot_be_undone_says_why() {
    let event = plain("evt_1", "Visit", "2026-11-02T09:00");
    let made = item(
        Change::Create {
            uid: None,
            after: event.content.clone(),
        },
        "cal_1",
    );
    let left = |item: &Item, now: Option<&Existing>| undo(&Done { item, event: "evt_1" }, now, "op_2").left;
    assert_eq!(left(&made, None), [Left::Gone]);
    let mut changed = event.clone();
    changed.content.title = "Theirs".to_owned();
    assert_eq!(left(&made, Some(&changed)), [Left::ChangedSince]);
    let away = Existing {
        calendar: "cal_2".to_owned(),
        ..event.clone()
    };
    assert_eq!(left(&made, Some(&away)), [Left::MovedSince]);

    let mut met = event.clone();
    let guest = |response| Attendee {
        email: "ann@x.org".to_owned(),
        name: None,
        response,
        optional: false,
        is_self: false,
    };
    met.content.attendees = vec![guest(Response::Accepted)];
    let gone = item(Change::Delete { before: met.clone() }, "cal_1");
    let way = undo(
        &Done {
            item: &gone,
            event: "evt_1",
        },
        None,
        "op_2",
    );
    assert_eq!(way.left, [Left::Answers]);
    assert_eq!(
        way.item.unwrap().change.after().unwrap().attendees,
        [guest(Response::NeedsAction)]
    );
    assert_eq!(left(&gone, Some(&met)), [Left::Back]);

    let invited = item(
        Change::Create {
            uid: None,
            after: way_of(&met),
        },
        "cal_1",
    );
    assert!(
        left(&invited, Some(&met)).is_empty(),
        "an answer is no change that anybody would miss"
    );
    for left in [
        Left::Gone,
        Left::ChangedSince,
        Left::MovedSince,
        Left::Back,
        Left::Answers,
        Left::Conference,
    ] {
        assert!(!left.code().is_empty() && left.text().len() > 20);
    }
}

fn way_of(event: &Existing) -> domain::event::EventContent {
    let mut content = event.content.clone();
    content
        .attendees
        .iter_mut()
        .for_each(|guest| guest.response = Response::NeedsAction);
    content
}

proptest! {
    #[test]
    fn json_is_read_as_it_was_written(events in events(4)) {
        for count in [0, events.len()] {
            let (all, mut text) = (&events[..count], Vec::new());
            let mut writer = JsonWriter::new(&mut text);
            all.iter().for_each(|event| writer.write(event).unwrap());
            writer.finish().unwrap();
            prop_assert_eq!(serde_json::from_slice::<Vec<Existing>>(&text).unwrap(), all);
            let lines = String::from_utf8(text).unwrap().lines().filter(|line| line.starts_with('{')).count();
            prop_assert_eq!(lines, count);
        }
    }
}
