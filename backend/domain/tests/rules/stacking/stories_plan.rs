//! What is planned: changes, duplicates, moves and deletions, and what it will cost.

use std::collections::HashMap;

use domain::{
    event::{Attendee, Notify, Response},
    stacking::{
        Directory, Existing, Mailing, Override, Patch,
        csv::{Detection, Layout},
        plan::{Budget, Change, Changes, Edit, Item, Load, Outcome, Planner, Settings, Shift, Summary},
    },
};

use super::{
    desk::{calendar, directory, plan, plan_as, plan_with, settings, told},
    events::plain,
};
use crate::support::at;

const BUDGET: Budget = Budget { account: 60, app: None };

fn guest(email: &str) -> Attendee {
    Attendee {
        email: email.to_owned(),
        name: None,
        response: Response::Accepted,
        optional: false,
        is_self: false,
    }
}

fn edit(events: &[Existing], edit: &Edit) -> (Vec<Outcome>, Summary) {
    edit_as(events, edit, &settings())
}

fn edit_as(events: &[Existing], edit: &Edit, settings: &Settings) -> (Vec<Outcome>, Summary) {
    let directory = directory();
    let mut planner = Planner::new(&directory, &[], settings);
    let outcomes = events
        .iter()
        .zip(1..)
        .map(|(event, number)| planner.edit(number, event, edit))
        .collect();
    (outcomes, planner.finish())
}

fn changes(changes: Changes) -> Edit {
    Edit::Change(Box::new(changes))
}

fn after(outcome: &Outcome) -> domain::event::EventContent {
    outcome.item().unwrap().change.after().unwrap().clone()
}

#[test]
fn a_row_says_only_what_it_has_columns_for() {
    let mut there = plain("evt_1", "Visit", "2026-11-02T09:00");
    there.content.location = Some("Room 1".to_owned());
    there.content.attendees = vec![guest("ann@x.org")];
    there.content.metadata = [
        ("room".to_owned(), "blue".to_owned()),
        ("floor".to_owned(), "2".to_owned()),
    ]
    .into();
    let file = "id,location,metadata.room,guests\nevt_1,,red,\"ANN@x.org; bea@y.org\"\n";
    let (outcomes, summary) = plan(file.as_bytes(), &[there]);
    let content = after(&outcomes[0]);
    assert_eq!((content.title.as_str(), content.location), ("Visit", None));
    assert_eq!(
        content.attendees[0],
        guest("ann@x.org"),
        "who is invited already keeps their answer"
    );
    assert_eq!(content.attendees[1].response, Response::NeedsAction);
    assert_eq!(content.metadata["room"], "red");
    assert_eq!(content.metadata["floor"], "2");
    assert_eq!((summary.counts.update, summary.mails), (1, 2));
}

#[test]
fn a_start_alone_moves_the_event_and_keeps_its_length() {
    let there = plain("evt_1", "Visit", "2026-11-02T09:00");
    let file = "id,start,tz\nevt_1,2026-12-24 17:00,Europe/Berlin\n";
    assert_eq!(
        told(&plan(file.as_bytes(), &[there]).0),
        ["update evt_1 in cal_1 Visit 2026-12-24 17:00 Europe/Berlin – 2026-12-24 18:00 Europe/Berlin"]
    );
}

#[test]
fn a_series_that_begins_at_another_time_takes_its_exceptions_along() {
    let mut there = plain("evt_1", "Stand-up", "2026-11-02T09:00");
    there.content.recurrence = vec![
        "RRULE:FREQ=WEEKLY;BYDAY=MO".to_owned(),
        "EXDATE:20261109T080000Z".to_owned(),
    ];
    let file = "id,start,tz\nevt_1,2026-11-03 10:00,Europe/Berlin\n";
    let outcomes = plan(file.as_bytes(), &[there]).0;
    let lines = [
        "RRULE:FREQ=WEEKLY;BYDAY=TU",
        "EXDATE;TZID=Europe/Berlin:20261110T100000",
    ];
    assert_eq!(after(&outcomes[0]).recurrence, lines);
}

#[test]
fn events_are_found_again_by_id_by_key_by_uid_and_by_what_they_are() {
    let mut keyed = plain("evt_1", "Visit", "2026-11-02T09:00");
    keyed.content.metadata.insert("external_id".to_owned(), "k1".to_owned());
    let other = plain("evt_2", "Call", "2026-11-03T09:00");
    let mut elsewhere = plain("evt_3", "Away", "2026-11-04T09:00");
    elsewhere.calendar = "cal_2".to_owned();
    let file = "id,key,uid,title,start,duration\n\
        ,k1,,Visit,2026-11-02 09:00,60\n\
        ,,evt_2@example.org,Call back,2026-11-03 09:00,60\n\
        ,k2,,Call,2026-11-03 09:00,60\n\
        ,k3,,Visit,2026-11-02 09:00,60\n\
        ,,,Away,2026-11-04 09:00,60\n\
        ,,,Away,2026-11-04 09:00,60\n\
        ,k3,,Something else,2026-11-05 09:00,60\n\
        evt_9,,,Gone,,\n";
    let there = [keyed, other, elsewhere];
    let (outcomes, summary) = plan(file.as_bytes(), &there);
    assert_eq!(
        told(&outcomes),
        [
            "unchanged evt_1",
            "update evt_2 in cal_1 Call back 2026-11-03 09:00 Europe/Berlin – 2026-11-03 10:00 Europe/Berlin",
            "duplicate Event(\"evt_2\") Content",
            "create in cal_1 Visit 2026-11-02 09:00 Europe/Berlin – 2026-11-02 10:00 Europe/Berlin",
            "create in cal_1 Away 2026-11-04 09:00 Europe/Berlin – 2026-11-04 10:00 Europe/Berlin",
            "duplicate Line(6) Content",
            "duplicate Line(5) ExternalId",
            "9 id event_unknown",
        ]
    );
    assert_eq!((summary.counts.duplicate, summary.counts.total), (3, 8));
    let layout = Layout {
        calendar: Some("cal_1".to_owned()),
        ..Detection::of(file.as_bytes()).layout
    };
    let all = Settings {
        allow_duplicates: true,
        ..settings()
    };
    assert_eq!(
        plan_with(file.as_bytes(), &layout, &there, &all).1.counts.duplicate,
        1,
        "the key still counts"
    );
}

#[test]
fn keys_are_the_same_however_often_it_is_planned_and_differ_between_rows() {
    let file = b"title,start,key\na,2026-12-31,\nb,2026-12-31,\nc,2026-12-31,k1\n";
    let keys = |seed: &str| -> Vec<String> {
        let layout = Layout {
            calendar: Some("cal_1".to_owned()),
            ..Detection::of(file).layout
        };
        let settings = Settings {
            seed: seed.to_owned(),
            ..settings()
        };
        let outcomes = plan_with(file, &layout, &[], &settings).0;
        outcomes.iter().map(|one| one.item().unwrap().key.clone()).collect()
    };
    let (one, two) = (keys("op_1"), keys("op_2"));
    assert_eq!(one, keys("op_1"));
    assert_ne!(one[0], one[1]);
    assert_ne!(one[0], two[0], "the same row of another upload is another event");
    assert_eq!(
        one[2], two[2],
        "a key of the caller's is the same event whatever brings it"
    );
    assert!(one[0].len() == 32 && one[0].bytes().all(|b| b.is_ascii_hexdigit()));
}

#[test]
fn a_calendar_that_can_only_be_read_may_stand_in_a_file_that_changes_nothing_there() {
    let there = Existing {
        calendar: "cal_3".to_owned(),
        ..plain("evt_1", "Easter", "2026-04-05T09:00")
    };
    let file = "id,client,calendar,title\nevt_1,Blum,Holidays,NAME\n";
    let say = |name: &str| told(&plan(file.replace("NAME", name).as_bytes(), std::slice::from_ref(&there)).0);
    assert_eq!(say("Easter"), ["unchanged evt_1"]);
    assert_eq!(say("Whitsun"), ["2 calendar calendar_read_only"]);
}

#[test]
fn an_old_export_does_not_overwrite_what_changed_since() {
    let there = plain("evt_1", "Visit", "2026-11-02T09:00");
    let same = "id,title,etag\nevt_1,Visit,\"\"\"0\"\"\"\n";
    assert_eq!(
        told(&plan(same.as_bytes(), std::slice::from_ref(&there)).0),
        ["unchanged evt_1"]
    );
    let old = same.replace("Visit", "Call");
    assert_eq!(told(&plan(old.as_bytes(), &[there]).0), ["2 etag changed_since"]);
}

#[test]
fn times_without_a_single_reading_may_stay_where_they_are() {
    let there = plain("evt_1", "Night", "2026-10-25T02:30");
    let file = "id,title,start,end,tz\nevt_1,NAME,2026-10-25 02:30,2026-10-25 03:30,Europe/Berlin\n";
    let say = |name: &str| told(&plan(file.replace("NAME", name).as_bytes(), std::slice::from_ref(&there)).0).join("");
    assert_eq!(say("Night"), "unchanged evt_1");
    assert!(say("Watch").starts_with("update evt_1"), "{}", say("Watch"));
    let moved = file.replace("03:30", "03:45");
    assert_eq!(told(&plan(moved.as_bytes(), &[there]).0), ["2 start time_is_ambiguous"]);
}

#[test]
fn another_calendar_is_a_move() {
    let there = plain("evt_1", "Visit", "2026-11-02T09:00");
    let file = "id,client,calendar\nevt_1,Adler,Workshop\nevt_1,Blum,Office\n";
    let mut layout = Detection::of(file.as_bytes()).layout;
    layout.header = true;
    let (outcomes, summary) = plan_as(file.as_bytes(), &layout, &[there]);
    assert_eq!(
        told(&outcomes),
        [
            "move evt_1 in cal_4 Visit 2026-11-02 09:00 Europe/Berlin – 2026-11-02 10:00 Europe/Berlin",
            "duplicate Line(2) Id"
        ]
    );
    assert_eq!(
        (summary.calendars["cal_1"].leave, summary.calendars["cal_4"].arrive),
        (1, 1)
    );
    assert_eq!(
        summary.calls["crd_adler"].count, 2,
        "it is made there and taken away here"
    );
}

#[test]
fn a_selection_is_edited_in_wall_time() {
    let mut series = plain("evt_2", "Stand-up", "2026-03-23T09:00");
    series.content.recurrence = vec![
        "RRULE:FREQ=WEEKLY;BYDAY=MO".to_owned(),
        "EXDATE:20260330T070000Z".to_owned(),
    ];
    let mut day = plain("evt_3", "Fair", "2026-03-28T00:00");
    (day.content.start, day.content.end) = (at("2026-03-28"), at("2026-03-29"));
    let events = [
        plain("evt_1", "Visit", "2026-03-28T02:30"),
        series,
        day,
        plain("evt_4", "HQ: Call", "2026-03-27T09:00"),
    ];
    let week = changes(Changes {
        title_prefix: Some("HQ: ".to_owned()),
        shift: Some(Shift { days: 1, minutes: 0 }),
        patch: Patch {
            location: Some("Office".to_owned()),
            ..Patch::default()
        },
        calendar: None,
    });
    let (outcomes, _) = edit(&events, &week);
    assert_eq!(
        told(&outcomes),
        [
            "1 time_has_no_single_reading",
            "update evt_2 in cal_1 HQ: Stand-up 2026-03-24 09:00 Europe/Berlin – 2026-03-24 10:00 Europe/Berlin",
            "update evt_3 in cal_1 HQ: Fair 2026-03-29 – 2026-03-30",
            "update evt_4 in cal_1 HQ: Call 2026-03-28 09:00 Europe/Berlin – 2026-03-28 10:00 Europe/Berlin",
        ]
    );
    assert_eq!(
        after(&outcomes[1]).recurrence,
        [
            "RRULE:FREQ=WEEKLY;BYDAY=TU",
            "EXDATE;TZID=Europe/Berlin:20260331T090000"
        ]
    );
    assert_eq!(after(&outcomes[3]).location.as_deref(), Some("Office"));
    let minutes = changes(Changes {
        shift: Some(Shift { days: 0, minutes: 30 }),
        ..Changes::default()
    });
    assert_eq!(told(&edit(&events[2..3], &minutes).0), ["1 whole_days"]);
    assert_eq!(
        told(&edit(&events[2..3], &changes(Changes::default())).0),
        ["unchanged evt_3"]
    );
}

#[test]
fn taking_much_away_asks_first() {
    let events: Vec<_> = (0..60)
        .map(|n| plain(&format!("evt_{n}"), "Visit", "2026-11-02T09:00"))
        .collect();
    let (outcomes, summary) = edit(&events[..50], &Edit::Delete);
    assert!(matches!(outcomes[0].item().unwrap().change, Change::Delete { .. }));
    assert_eq!(summary.mass_deletions().count(), 0, "half of a hundred");
    let (_, summary) = edit(&events, &Edit::Delete);
    assert_eq!(summary.mass_deletions().collect::<Vec<_>>(), ["cal_1"]);
}

#[test]
fn mails_and_calls_are_counted_before_anybody_says_yes() {
    let mut event = plain("evt_1", "Visit", "2026-11-02T09:00");
    let own = Attendee {
        is_self: true,
        ..guest("office@adler.example")
    };
    event.content.attendees = vec![own, guest("sam@ADLER.example"), guest("cara@y.org")];
    let events = vec![event; 30];
    let change = changes(Changes {
        patch: Patch {
            attendees: Some(vec![guest("new@y.org")]),
            ..Patch::default()
        },
        calendar: Some("cal_2".to_owned()),
        ..Changes::default()
    });
    for (notify, mails) in [(Notify::All, 90), (Notify::External, 60), (Notify::None, 0)] {
        let settings = Settings { notify, ..settings() };
        let (_, summary) = edit_as(&events, &change, &settings);
        // Invited at Blum's, and told at Adler's that it does not take place: there Sam is no guest from outside.
        assert_eq!(summary.mails, mails, "{notify:?}");
        assert_eq!(
            (summary.calls["crd_adler"].count, summary.calls["crd_blum"].count),
            (30, 30)
        );
        let forecast = summary.forecast(|_| Budget { account: 10, app: None }, &HashMap::new());
        assert_eq!(
            (forecast.calls, forecast.seconds),
            (60, 180),
            "the accounts work side by side"
        );
        let shared = |_| Budget {
            account: 10,
            app: Some(12),
        };
        let forecast = summary.forecast(shared, &HashMap::new());
        assert_eq!(forecast.seconds, 300, "but for a limit they share");
        let load = Load {
            waiting: 15,
            rests: 100,
        };
        let busy = HashMap::from([("crd_blum".to_owned(), load), ("crd_others".to_owned(), load)]);
        let forecast = summary.forecast(|_| Budget { account: 10, app: None }, &busy);
        assert_eq!(
            (forecast.calls, forecast.waiting, forecast.seconds),
            (60, 15, 100 + 270),
            "it rests, and what waits comes first"
        );
    }
    let settings = Settings {
        notify: Notify::External,
        ..settings()
    };
    assert_eq!(edit_as(&events, &Edit::Delete, &settings).1.mails, 30);
}

#[test]
fn dates_of_a_series_cost_calls_and_mails_of_their_own() {
    let mut series = plain("evt_1", "Yoga", "2026-11-02T09:00");
    series.content.recurrence = vec!["RRULE:FREQ=WEEKLY;COUNT=10".to_owned()];
    series.content.attendees = vec![guest("cara@y.org")];
    let mut date = series.content.clone();
    date.recurrence.clear();
    date.attendees = vec![guest("cara@y.org"), guest("tom@y.org")];
    let dates = [("2026-11-09T09:00", Some(date)), ("2026-11-16T09:00", None)];
    series.dates = dates
        .map(|(original, content)| Override {
            line: 0,
            original: at(original),
            content,
        })
        .to_vec();
    let summary = |change: Change, overrides: Vec<Override>| {
        let (directory, settings) = (directory(), settings());
        let mut planner = Planner::new(&directory, &[], &settings);
        planner.ready(Item {
            key: "0".repeat(32),
            line: 1,
            calendar: "cal_2".to_owned(),
            change,
            overrides,
        });
        planner.finish()
    };
    let costs = |summary: Summary| (summary.mails, summary.forecast(|_| BUDGET, &HashMap::new()).calls);
    let create = Change::Create {
        uid: None,
        after: series.content.clone(),
    };
    let live = series.dates[..1].to_vec();
    assert_eq!(costs(summary(create, live)), (1 + 2, 2), "Cara, and both on that date");
    let moved = Change::Move {
        from: "cal_1".to_owned(),
        before: series.clone(),
        after: series.content.clone(),
    };
    assert_eq!(
        costs(summary(moved, Vec::new())),
        (1 + 1 + 2, 2 + 1),
        "made with its date there, to which Cara is invited once more, and taken away here, which both are told"
    );
    series.calendar = "cal_2".to_owned();
    assert_eq!(
        costs(summary(Change::Delete { before: series }, Vec::new())),
        (2, 1),
        "one write tells both"
    );
}

#[test]
fn who_mails_whatever_is_said_and_who_never_does_is_known() {
    let mut event = plain("evt_1", "Visit", "2026-11-02T09:00");
    event.content.attendees = vec![guest("cara@y.org")];
    for (mailing, notify, mails) in [
        (Mailing::AsAsked, Notify::None, 0),
        (Mailing::Always, Notify::None, 1),
        (Mailing::Always, Notify::External, 1),
        (Mailing::AsAsked, Notify::External, 0),
        (Mailing::AllOrNone, Notify::External, 1),
        (Mailing::AllOrNone, Notify::None, 0),
        (Mailing::Never, Notify::All, 0),
    ] {
        let (settings, mut calendar) = (Settings { notify, ..settings() }, calendar("cal_1", "Office", "Y"));
        (calendar.mailing, calendar.account_email) = (mailing, Some("desk@y.org".to_owned()));
        let directory = Directory::new(vec![calendar]);
        let mut planner = Planner::new(&directory, &[], &settings);
        planner.edit(1, &event, &Edit::Delete);
        assert_eq!(planner.finish().mails, mails, "{mailing:?}, {notify:?}");
    }
}
