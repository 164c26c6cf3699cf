//! Calendar files as people upload and download them: every event becomes a line of work or a fault with its line, and what
//! was made of a file, exported and read again, is a plan without changes.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    calendar::Provider,
    event::{EventContent, Notify},
    id::{Kind, OccurrenceKey},
    stacking::{
        Calendar, Directory, Draft, Existing, Fault, Mailing,
        plan::{Change, Outcome, Planner, Settings, Summary, known_uid},
    },
    time::EventTime,
};
use jiff::{Timestamp, civil::Date};
use providers::ics::{
    export::{Exported, Exporter},
    file::{Drafts, Index, Objects, columns},
};
use serde_json::json;

use crate::{judge, real};

fn directory() -> Directory {
    Directory::new(vec![Calendar {
        id: "cal_1".into(),
        name: "Visits".into(),
        client_id: "cli_1".into(),
        client_name: "Adler".into(),
        time_zone: "Europe/Berlin".into(),
        provider: Provider::Google,
        account: "crd_1".into(),
        account_email: None,
        mailing: Mailing::AsAsked,
        writable: true,
        held: 0,
    }])
}

/// What each line of a file wants.
fn drafts(file: &[u8]) -> Vec<Result<Draft, Vec<Fault>>> {
    let directory = directory();
    let index = Index::of(file).unwrap();
    let reader = Drafts::new(&index, &directory, Some("Visits"));
    let (mut objects, mut all) = (Objects::new(file, &index), Vec::new());
    while let Some(object) = objects.read().unwrap() {
        match object {
            Ok(object) => all.extend(reader.read(object)),
            Err(faults) => all.push(Err(faults)),
        }
    }
    all
}

/// A calendar that remembers what was written to it.
#[derive(Default)]
struct Store {
    events: Vec<Existing>,
    /// Occurrences that are unlike their series, by the id of the series; `None`: taken out.
    overrides: BTreeMap<String, Vec<(EventTime, Option<EventContent>)>>,
}

impl Store {
    fn found(&self, draft: &Draft) -> Vec<Existing> {
        let mut found: Vec<Existing> = self.events.clone();
        found.retain(|one| {
            let known = known_uid(&one.content, &one.uid);
            draft
                .uid
                .as_deref()
                .is_some_and(|uid| known == uid || known.starts_with(&format!("{uid}/")))
        });
        let Some(key) = &draft.occurrence else { return found };
        for series in found.clone().into_iter().filter(|one| one.content.is_recurring()) {
            let changed = self.overrides.get(&series.id).into_iter().flatten();
            let mut own = changed.filter(|(original, _)| original.occurrence_key().as_ref() == Ok(key));
            let content = match own.next() {
                Some((_, content)) => content.clone(),
                None => {
                    let key = OccurrenceKey::parse(key).unwrap();
                    let place = series.content.series("Europe/Berlin").unwrap().find(&key).unwrap();
                    place.map(|place| EventContent {
                        start: place.start,
                        end: place.end,
                        recurrence: Vec::new(),
                        ..series.content.clone()
                    })
                }
            };
            found.extend(content.map(|content| Existing {
                id: format!("{}_{key}", series.id),
                content,
                ..series.clone()
            }));
        }
        found
    }

    fn plan(&self, file: &[u8]) -> (Vec<Outcome>, Summary) {
        let (directory, columns) = (directory(), columns());
        let settings = Settings {
            seed: "op_1".into(),
            notify: Notify::None,
            allow_duplicates: true,
        };
        let mut planner = Planner::new(&directory, &columns, &settings);
        let mut outcomes = Vec::new();
        for draft in drafts(file) {
            match draft {
                Err(faults) => outcomes.push(planner.bad(faults)),
                Ok(draft) => {
                    let found = self.found(&draft);
                    if !Planner::goes_along(&draft, &found) {
                        outcomes.push(planner.draft(&draft, &found));
                    }
                }
            }
        }
        (outcomes, planner.finish())
    }

    fn apply(&mut self, outcomes: &[Outcome]) {
        for item in outcomes.iter().filter_map(Outcome::item) {
            let Change::Create { after, .. } = &item.change else {
                panic!("{item:?}")
            };
            let id = Kind::Event.id(uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, item.key.as_bytes()));
            let changed = item
                .overrides
                .iter()
                .map(|one| (one.original.clone(), one.content.clone()));
            self.overrides.insert(id.clone(), changed.collect());
            self.events.push(Existing {
                uid: format!("{}@provider", item.key),
                calendar: item.calendar.clone(),
                etag: None,
                content: after.clone(),
                dates: Vec::new(),
                id,
            });
        }
    }

    fn export(&self) -> String {
        let mut exporter = Exporter::default();
        let mut text = Exporter::begin();
        let changed: Timestamp = "2026-10-01T12:00:00Z".parse().unwrap();
        for one in &self.events {
            let overrides = self.overrides.get(&one.id).map(Vec::as_slice).unwrap_or_default();
            let out: Vec<EventTime> = overrides
                .iter()
                .filter(|(_, said)| said.is_none())
                .map(|(at, _)| at.clone())
                .collect();
            let exported = Exported {
                uid: known_uid(&one.content, &one.uid),
                calendar: &one.calendar,
                zone: "Europe/Berlin",
                content: &one.content,
                original: None,
                out: &out,
                created: None,
                changed,
            };
            text.push_str(&exporter.event(&exported));
            for (original, content) in overrides.iter().filter_map(|(at, said)| Some((at, said.as_ref()?))) {
                text.push_str(&exporter.event(&Exported {
                    content,
                    original: Some((original, Some(&one.content.start))),
                    out: &[],
                    ..exported
                }));
            }
        }
        text + Exporter::end()
    }
}

/// A word for each outcome.
fn told(outcomes: &[Outcome]) -> Vec<String> {
    let fault = |fault: &Fault| {
        assert!(fault.detail.len() > 10, "{fault:?}");
        format!("{} {}", fault.line, fault.code)
    };
    let one = |outcome: &Outcome| match outcome {
        Outcome::Item(item) => match &item.change {
            Change::Create { after, .. } => format!("create {} with {}", after.title, item.overrides.len()),
            Change::Update { after, .. } => format!("update {}", after.title),
            Change::Delete { before } => format!("delete {}", before.content.title),
            Change::Move { .. } => "move".into(),
        },
        Outcome::Unchanged { .. } => "unchanged".into(),
        Outcome::Duplicate { line, of, .. } => format!("{line} duplicate of {of:?}"),
        Outcome::Bad(faults) => faults.iter().map(fault).collect::<Vec<_>>().join(", "),
    };
    outcomes.iter().map(one).collect()
}

fn calendar(parts: &[&str]) -> String {
    let parts: String = parts
        .iter()
        .map(|part| format!("BEGIN:VEVENT\r\n{part}\r\nEND:VEVENT\r\n"))
        .collect();
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{parts}END:VCALENDAR\r\n")
}

const SERIES: &str = "UID:weekly\r\nSUMMARY:Visit\r\nDTSTART;TZID=Europe/Berlin:20261102T090000\r\nDTEND;TZID=Europe/Berlin:20261102T100000\r\nRRULE:FREQ=WEEKLY;COUNT=5";
const MOVED: &str = "UID:weekly\r\nSUMMARY:Visit, later\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261109T090000\r\nDTSTART;TZID=Europe/Berlin:20261109T110000\r\nDTEND;TZID=Europe/Berlin:20261109T120000";
const OUT: &str = "UID:weekly\r\nSUMMARY:Visit\r\nSTATUS:CANCELLED\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261116T090000\r\nDTSTART;TZID=Europe/Berlin:20261116T090000";
const SINGLE: &str = "UID:single\r\nSUMMARY:Fair\r\nDTSTART;VALUE=DATE:20261201";

#[test]
fn a_series_comes_with_what_was_changed_of_it_wherever_that_stands() {
    for parts in [[SERIES, MOVED, OUT, SINGLE], [OUT, SINGLE, MOVED, SERIES]] {
        let mut store = Store::default();
        let (outcomes, summary) = store.plan(calendar(&parts).as_bytes());
        let mut words = told(&outcomes);
        words.sort();
        assert_eq!(words, ["create Fair with 0", "create Visit with 1"]);
        assert_eq!(summary.counts.total, 2);
        let visit = outcomes
            .iter()
            .filter_map(Outcome::item)
            .find(|item| !item.overrides.is_empty())
            .unwrap();
        let after = visit.change.after().unwrap();
        assert_eq!(
            after.recurrence,
            ["RRULE:FREQ=WEEKLY;COUNT=5", "EXDATE:20261116T080000Z"]
        );
        store.apply(&outcomes);
        // The same file again: nothing to do; the date that was taken out is out.
        let (again, summary) = store.plan(calendar(&parts).as_bytes());
        assert_eq!(summary.counts.total, 4, "{again:?}");
        assert!(told(&again).iter().all(|word| word == "unchanged"), "{again:?}");
        let (again, _) = store.plan(store.export().as_bytes());
        assert!(
            told(&again).iter().all(|word| word == "unchanged"),
            "{:?}",
            told(&again)
        );
    }
}

#[test]
fn a_change_of_one_occurrence_is_a_change_of_that_one() {
    let mut store = Store::default();
    let (outcomes, _) = store.plan(calendar(&[SERIES]).as_bytes());
    store.apply(&outcomes);
    let (outcomes, _) = store.plan(calendar(&[SERIES, MOVED, OUT]).as_bytes());
    assert_eq!(told(&outcomes), ["unchanged", "update Visit, later", "delete Visit"]);
    let (outcomes, _) = store.plan(calendar(&[MOVED]).as_bytes());
    assert_eq!(told(&outcomes), ["update Visit, later"]);
    let elsewhere = MOVED.replace("20261109T090000", "20261110T090000");
    let (outcomes, _) = store.plan(calendar(&[&elsewhere]).as_bytes());
    assert_eq!(told(&outcomes), ["3 occurrence_unknown"]);
    let (outcomes, _) = Store::default().plan(calendar(&[MOVED]).as_bytes());
    assert_eq!(
        told(&outcomes),
        ["create Visit, later with 0"],
        "without its series it stands for itself"
    );
    let mut store = Store::default();
    store.apply(&outcomes);
    assert_eq!(told(&store.plan(calendar(&[MOVED]).as_bytes()).0), ["unchanged"]);
}

#[test]
fn of_several_versions_of_one_event_the_newest_counts_and_the_others_are_told() {
    let newer = SINGLE
        .replace("Fair", "Fair 2")
        .replace("DTSTART", "SEQUENCE:3\r\nDTSTART");
    let (outcomes, _) = Store::default().plan(calendar(&[SINGLE, &newer]).as_bytes());
    assert_eq!(told(&outcomes), ["create Fair 2 with 0", "3 duplicate of Line(8)"]);
}

#[test]
fn everything_that_is_wrong_is_told_with_its_line_and_the_rest_goes_on() {
    let with = |line: &str| {
        format!("{SINGLE}\r\n{line}")
            .replace("single", line)
            .replace("Fair", "Fair!")
    };
    let parts = [
        SINGLE.to_owned(),
        "UID:a\r\nSUMMARY:No time".into(),
        "UID:b\r\nSUMMARY:Odd\r\nDTSTART:tomorrow".into(),
        "UID:c\r\nSUMMARY:Nowhere\r\nDTSTART;TZID=Mars/Base:20261102T090000\r\nDTEND;TZID=Mars/Base:20261102T100000"
            .into(),
        with("RRULE:FREQ=SECONDLY"),
        with("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
        with("RRULE:FREQ=DAILY;INTERVAL=0"),
        with("ATTENDEE:mailto:nobody"),
        "UID:d\r\nDTSTART;VALUE=DATE:20261203".into(),
        "UID:e\r\nSUMMARY:Off\r\nSTATUS:CANCELLED\r\nDTSTART;VALUE=DATE:20261203".into(),
    ];
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let (outcomes, _) = Store::default().plan(calendar(&parts).as_bytes());
    let words = told(&outcomes);
    assert_eq!(words.len(), parts.len(), "{words:?}");
    assert_eq!(
        words[..4],
        [
            "create Fair with 0",
            "8 event_unreadable",
            "12 event_unreadable",
            "17 time_zone_unknown"
        ]
    );
    assert!(words[4..8].iter().all(|word| !word.starts_with("create")), "{words:?}");
    assert_eq!(words[8..], ["create (no title) with 0", "51 cancelled"]);

    let torn = calendar(&[SINGLE]).replace("END:VEVENT\r\n", "");
    assert_eq!(told(&Store::default().plan(torn.as_bytes()).0), ["3 component_torn"]);
    let torn = format!(
        "{}{}",
        calendar(&[SERIES]).replace("END:VEVENT\r\nEND:VCALENDAR\r\n", ""),
        calendar(&[SINGLE])
    );
    assert_eq!(
        told(&Store::default().plan(torn.as_bytes()).0),
        ["3 component_torn", "create Fair with 0"]
    );
    let cut = calendar(&[SINGLE, SERIES]);
    assert_eq!(
        told(&Store::default().plan(&cut.as_bytes()[..cut.len() - 60]).0),
        ["create Fair with 0", "8 component_torn"]
    );
    for (file, code) in [
        (&b""[..], "1 not_a_calendar"),
        (b"title,start\na,b\n", "2 not_a_calendar"),
        (b"PK\x03\x04", "1 not_a_calendar"),
        (b"\xFF\xFEB\0E\0", "1 wrong_encoding"),
    ] {
        assert_eq!(told(&Store::default().plan(file).0), [code]);
    }
    let mut latin = calendar(&["UID:x\r\nSUMMARY:Gr__e\r\nDTSTART;VALUE=DATE:20261201", SINGLE]).into_bytes();
    let at = latin.iter().position(|byte| *byte == b'_').unwrap();
    latin.splice(at..at + 2, [0xFC, 0xDF]);
    assert_eq!(
        told(&Store::default().plan(&latin).0),
        ["3 wrong_encoding", "create Fair with 0"]
    );
}

#[test]
fn what_is_attached_is_passed_over_and_what_is_too_large_is_told() {
    let attached = format!(
        "{SINGLE}\r\nATTACH;ENCODING=BASE64;VALUE=BINARY:{}",
        "QUJD\r\n ".repeat(400_000)
    );
    let large = format!("{SERIES}\r\nDESCRIPTION:{}", "x".repeat(2_000_000));
    let (outcomes, _) = Store::default().plan(calendar(&[&attached, &large, MOVED]).as_bytes());
    let words = told(&outcomes);
    assert_eq!(words[0], "create Fair with 0");
    assert!(words[1].ends_with("event_too_large"), "{words:?}");
}

/// What the independent implementation reads: by UID, title, place and time of each event.
fn told_by_others(text: &str) -> Result<BTreeMap<String, BTreeSet<[String; 4]>>, String> {
    let mut by_uid = BTreeMap::<_, BTreeSet<_>>::new();
    for one in judge::ask(&json!({"ask": "events", "text": text}))?.as_array().unwrap() {
        let field = |name: &str| one[name].as_str().unwrap().trim().to_owned();
        let (start, mut end) = (field("start"), field("end"));
        // A whole day is a day long, also where its file says that it ends where it begins.
        if let (true, Ok(day)) = (start == end, start.parse::<Date>()) {
            end = day.tomorrow().unwrap().to_string();
        }
        // A date that came without its series stands for itself, and is called after both.
        let uid = match field("uid").rsplit_once('/') {
            Some((uid, key)) if OccurrenceKey::parse(key).is_some() => uid.to_owned(),
            _ => field("uid"),
        };
        let title = field("title").replace("(no title)", "");
        by_uid
            .entry(uid)
            .or_default()
            .insert([title, field("location"), start, end]);
    }
    Ok(by_uid)
}

/// Times without a zone are the calendar's here and UTC there.
const FLOATING: &str = "without a zone it is the calendar's here, UTC there";

/// Files whose events another implementation places elsewhere in time than we do, and why.
const OTHERWISE: [(&str, &str); 8] = [
    ("event_dt_mixed_awareness.ics", FLOATING),
    ("event_dt_multi_recuid_no_master.ics", FLOATING),
    ("event_dt_multi_uid.ics", FLOATING),
    ("event_dt_recuid_no_master.ics", FLOATING),
    ("issue_243_recurrence_id_is_not_identical_to_dtstart.ics", FLOATING),
    (
        "issue_75_range_parameter.ics",
        "what THISANDFUTURE changes is written date by date",
    ),
    (
        "issue_86_x_wr_timezone_without_time_zone_in_dt.ics",
        "X-WR-TIMEZONE is heard here",
    ),
    ("tz_windows_format.ics", "names of Windows are known here"),
];

#[test]
fn files_of_other_programs_imported_exported_and_imported_again_change_nothing() {
    let (mut made, mut bad, mut reasons) = (0, 0, BTreeMap::<String, (usize, String)>::new());
    let (mut same, mut otherwise, mut unread) = (0, 0, 0);
    let files = real::files();
    for (file, text) in &files {
        let mut store = Store::default();
        let (outcomes, summary) = store.plan(text.as_bytes());
        for outcome in &outcomes {
            if let Outcome::Bad(faults) = outcome {
                for fault in faults {
                    reasons
                        .entry(fault.code.to_owned())
                        .or_insert((0, format!("{file}:{} {}", fault.line, fault.detail)))
                        .0 += 1;
                }
            }
        }
        bad += summary.counts.bad;
        made += summary.counts.create;
        store.apply(&outcomes);
        let export = store.export();
        let (again, summary) = store.plan(export.as_bytes());
        let changes: Vec<String> = told(&again).into_iter().filter(|word| word != "unchanged").collect();
        assert!(
            changes.is_empty(),
            "{file}: {changes:?}\n{:#?}\n{export}",
            again.iter().find(|one| one.item().is_some())
        );
        let held = store.events.len() + store.overrides.values().flatten().count();
        assert_eq!(summary.counts.total, held as u64, "{file}");
        // What leaves says to others what the file said to them: each event that was made, under its own UID.
        let (Ok(original), Ok(export)) = (told_by_others(text), told_by_others(&export)) else {
            unread += 1;
            continue;
        };
        for (uid, said) in &export {
            match original.get(uid) {
                Some(before) if said.is_subset(before) => same += said.len(),
                before if OTHERWISE.iter().any(|(name, _)| file.ends_with(name)) => {
                    assert!(before.is_some(), "{file} {uid}");
                    otherwise += said.len();
                }
                before => panic!("{file} {uid} leaves as {said:?}, and came as {before:?}"),
            }
        }
    }
    let mut report = format!(
        "calendars: {} files imported: {made} events made, {bad} lines refused\n",
        files.len()
    );
    report.push_str(&format!(
        "  what leaves says to another implementation what the file said: {same} events, {otherwise} at another time in {} files, {unread} files it cannot read\n",
        OTHERWISE.len()
    ));
    for (file, why) in OTHERWISE {
        report.push_str(&format!("       {file}: {why}\n"));
    }
    for (code, (count, example)) in &reasons {
        report.push_str(&format!("  {count:4} {code} ({example})\n"));
    }
    judge::report("3-imported.txt", &report);
    println!("{report}");
    assert!(
        made > 900 && bad * 8 < made && same * 100 > (same + otherwise) * 95,
        "{report}"
    );
}
