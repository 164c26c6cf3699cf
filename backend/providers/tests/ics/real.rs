//! Files of other people's test suites: nothing in them is lost, nothing that is not touched changes, and series happen
//! when an implementation that is not ours says they do.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    path::{Path, PathBuf},
};

use domain::{
    event::{EventContent, EventStatus, Field, RemoteEvent, Transparency, Visibility},
    id::OccurrenceKey,
    recurrence::{Budget, Series},
    time::EventTime,
};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use providers::ics::{self, lines};
use serde_json::json;

use crate::judge;

const ZONE: &str = "UTC";

/// A text as a server would hold it: one calendar, the events of one UID and every zone.
struct Resource {
    file: String,
    text: String,
}

pub fn files() -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "ics") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(judge::files(), &mut found);
    found.sort();
    found
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(judge::files()).unwrap().display().to_string();
            (
                name,
                String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned(),
            )
        })
        .collect()
}

/// How many events a text begins, by counting.
fn begun(text: &str) -> usize {
    text.lines()
        .filter(|line| line.trim().eq_ignore_ascii_case("BEGIN:VEVENT"))
        .count()
}

/// How many events of a resource are not versions of one another: by their RECURRENCE-ID, said in any way.
fn identities(text: &str) -> usize {
    let calendar = lines::parse(text).unwrap();
    let day = |part: &lines::Component| {
        part.line("RECURRENCE-ID").map(|line| {
            (
                line.value.chars().take(8).collect::<String>(),
                line.param("RANGE").is_some(),
            )
        })
    };
    let days: BTreeSet<_> = calendar
        .components()
        .filter(|part| part.name == "VEVENT")
        .map(day)
        .collect();
    days.len()
}

/// The file as a CalDAV server would have stored it, or why it is no calendar. Servers take one UID at a time.
fn resources(file: &str, text: &str) -> Result<Vec<Resource>, String> {
    let calendar = lines::parse(text)?;
    let mut by_uid: BTreeMap<String, String> = BTreeMap::new();
    let (mut head, mut shared) = (String::new(), String::new());
    for line in calendar.lines() {
        let _ = write!(head, "{}\r\n", line.unfolded());
    }
    for (n, part) in calendar.components().enumerate() {
        if part.name == "VEVENT" {
            let uid = part
                .line("UID")
                .map_or_else(|| format!("without-{n}"), |line| line.value.clone());
            by_uid.entry(uid).or_default().push_str(&part.text());
        } else if part.name == "VTIMEZONE" {
            shared.push_str(&part.text());
        }
    }
    let whole = |events: String| format!("BEGIN:VCALENDAR\r\n{head}{shared}{events}END:VCALENDAR\r\n");
    Ok(by_uid
        .into_values()
        .map(|events| Resource {
            file: file.to_owned(),
            text: whole(events),
        })
        .collect())
}

fn read(text: &str) -> Result<Vec<RemoteEvent>, String> {
    let resource = ics::Resource {
        name: "x.ics",
        etag: None,
        calendar_zone: ZONE,
        own: &[],
    };
    ics::read(text, resource)
}

#[test]
fn every_event_of_every_file_is_read_or_set_aside_with_a_reason_and_comes_back_as_it_was() {
    let (mut read_events, mut aside, mut outdated) = (0, 0, 0);
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let files = files();
    for (file, text) in &files {
        let resources = match resources(file, text) {
            Ok(resources) => resources,
            Err(reason) => {
                aside += begun(text);
                reasons.entry(reason).or_default().push(file.clone());
                continue;
            }
        };
        let mut seen = 0;
        for resource in resources {
            let held = begun(&resource.text);
            seen += held;
            let calendar = lines::parse(&resource.text).unwrap();
            assert_eq!(
                calendar.text(),
                resource.text,
                "{file} does not come back byte for byte"
            );
            let reason = match read(&resource.text) {
                Ok(events) => {
                    let own: BTreeSet<&str> = events.iter().map(|e| e.raw.as_str()).collect();
                    // Of two versions of one event the newer is read; a change of many occurrences is read as as many.
                    assert_eq!(
                        own.len(),
                        identities(&resource.text),
                        "{file}: an event was lost\n{}",
                        resource.text
                    );
                    outdated += held - own.len();
                    let broken = events.iter().find_map(|e| unusable(e).err());
                    if broken.is_none() {
                        read_events += held;
                    }
                    broken
                }
                Err(reason) => Some(reason),
            };
            if let Some(reason) = reason {
                assert!(!reason.trim().is_empty(), "{file}");
                aside += held;
                reasons.entry(reason).or_default().push(file.clone());
            }
        }
        assert_eq!(seen, begun(text), "{file}: an event was lost on the way");
    }
    let mut report = format!(
        "calendars: {} files, {} events: {read_events} read ({outdated} of them older versions of another), {aside} set aside for {} reasons\n",
        files.len(),
        read_events + aside,
        reasons.len()
    );
    for (reason, files) in &reasons {
        let _ = writeln!(report, "  {:3} {reason} ({})", files.len(), files[0]);
    }
    judge::report("1-read.txt", &report);
    println!("{report}");
    assert!(files.len() > 300 && read_events > 900, "{report}");
    assert!(aside * 20 < read_events, "{report}");
}

/// What the mirror asks of an event: a place in time, and a series it can expand.
fn unusable(event: &RemoteEvent) -> Result<(), String> {
    let content = &event.content;
    content.start.instant(ZONE).map_err(|e| e.to_string())?;
    if content.is_recurring() && event.series.is_none() {
        let series = Series::new(&content.start, &content.end, &content.recurrence, ZONE).map_err(|e| e.to_string())?;
        series.bounds().map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// What one edit may touch, and the edit.
type Change = (Field, &'static [&'static str], fn(&mut EventContent));

const CHANGES: [Change; 9] = [
    (Field::Title, &["SUMMARY"], |content| {
        content.title = "Something; else, \\ today".into()
    }),
    (Field::Description, &["DESCRIPTION"], |content| {
        content.description = Some("ä漢🎉\n".repeat(40) + "end")
    }),
    (Field::Location, &["LOCATION", "SEQUENCE"], |content| {
        content.location = None
    }),
    (Field::Colour, &["COLOR"], |content| {
        content.colour = Some("turquoise".into())
    }),
    (Field::Metadata, &["X-CALENDAR-STACKER-METADATA"], |content| {
        _ = content.metadata.insert("a \"b\"".into(), "c,d".into())
    }),
    (Field::Visibility, &["CLASS"], |content| {
        content.visibility = Visibility::Private
    }),
    (Field::Transparency, &["TRANSP"], |content| {
        content.transparency = Transparency::Free
    }),
    (Field::Status, &["STATUS", "SEQUENCE"], |content| {
        content.status = EventStatus::Tentative
    }),
    (Field::Time, &["DTSTART", "DTEND", "DURATION", "SEQUENCE"], |content| {
        content.end = content
            .start
            .with_local(content.end.local().max(content.start.local()) + 1.day());
    }),
];

#[test]
fn a_change_touches_no_line_of_any_file_but_its_own_and_the_stamps() {
    let mut tried = 0;
    for (file, text) in files() {
        // One file holds more events than all others together, of a dozen kinds.
        for resource in resources(&file, &text).unwrap_or_default().into_iter().take(150) {
            let Some(event) = read(&resource.text).ok().and_then(|events| events.into_iter().next()) else {
                continue;
            };
            for (field, names, change) in CHANGES {
                let mut content = event.content.clone();
                change(&mut content);
                // The overrides of a series move with it: that is judged elsewhere.
                if field == Field::Time && (resource.text.contains("RECURRENCE-ID") || unusable(&event).is_err()) {
                    continue;
                }
                let fields = [field].into();
                let edit = ics::Edit {
                    content: &content,
                    fields: &fields,
                    occurrence: None,
                    calendar_zone: ZONE,
                    author: ics::Author {
                        address: None,
                        quiet: true,
                    },
                    now: "2026-10-01T12:00:00Z".parse().unwrap(),
                };
                let after = ics::apply(&resource.text, &edit).unwrap();
                let mut left = logical(&resource.text);
                let (mut added, mut zone) = (Vec::new(), false);
                for line in logical(&after) {
                    let start = line.trim_end();
                    zone |= start == "BEGIN:VTIMEZONE";
                    match left.iter().position(|other| *other == line) {
                        Some(at) => _ = left.remove(at),
                        // A time may need a zone that was not defined.
                        None if zone && field == Field::Time => {}
                        None => added.push(line.clone()),
                    }
                    zone &= start != "END:VTIMEZONE";
                }
                let ours = |line: &String| {
                    let line = line.to_ascii_uppercase();
                    names
                        .iter()
                        .chain(&["DTSTAMP", "LAST-MODIFIED"])
                        .any(|name| line.starts_with(name))
                };
                assert!(
                    left.iter().all(ours) && added.iter().all(ours),
                    "{file} {field:?}: {left:?} {added:?}"
                );
                assert!(added.len() <= names.len() + 2, "{file} {field:?}: {left:?} {added:?}");
                let now = &read(&after).unwrap()[0].content;
                assert_eq!(now, &content, "{file} {field:?}\n{after}");
                tried += 1;
            }
        }
    }
    assert!(tried > 5000, "{tried}");
}

fn logical(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split_inclusive('\n') {
        match lines.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => last.push_str(line),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// Files whose series others expand differently, and why that is right.
const DEVIATIONS: [(&str, &str); 15] = [
    (
        "docs/tutorials/example.ics",
        "two events with one identity and nothing that says which is newer: the last counts",
    ),
    (
        "issue_1633_rdate_with_dates.ics",
        "a period is made of times (RFC 5545 §3.3.9), a date is the series' time on that day",
    ),
    (
        "issue_1633_rdate_with_dates_and_tzid.ics",
        "a period is made of times (RFC 5545 §3.3.9)",
    ),
    (
        "issue_526_calendar_with_different_events.ics",
        "a zone that is neither known nor defined is the calendar's",
    ),
    (
        "issue_526_calendar_with_event_subset.ics",
        "a zone that is neither known nor defined is the calendar's",
    ),
    (
        "issue_526_calendar_with_events.ics",
        "a zone that is neither known nor defined is the calendar's",
    ),
    (
        "issue_526_calendar_with_shuffeled_events.ics",
        "a zone that is neither known nor defined is the calendar's",
    ),
    ("event_dt_mixed_awareness.ics", "of a Z and a TZID at once the Z counts"),
    (
        "tz_windows_format.ics",
        "a name that Windows gives a zone counts more than a definition that contradicts it",
    ),
    ("end_before_start_event.ics", "an end before its start is no end"),
    (
        "issue_132_swapped_start_and_end.ics",
        "an end before its start is no end",
    ),
    (
        "issue_148_edge_case_1.ics",
        "an event in the place of an occurrence that is not there is shown, not hidden",
    ),
    (
        "issue_163_deleted_modification.ics",
        "an event in the place of an occurrence that is not there is shown, not hidden",
    ),
    (
        "issue_253_additional_recurrence_id.ics",
        "an event in the place of an occurrence that is not there is shown, not hidden",
    ),
    (
        "issue_75_range_parameter.ics",
        "an event in the place of an occurrence that is not there is shown, not hidden",
    ),
];

/// Files with whole days that end on the day they begin, which is none at all there.
const DAYS: [&str; 3] = [
    "Germany_Holidays.ics",
    "tests/calendars/example.ics",
    "issue_201_mixed_datetime_and_date.ics",
];

fn deviation(file: &str) -> Option<&'static str> {
    DEVIATIONS
        .iter()
        .find(|(name, _)| file.ends_with(name))
        .map(|(_, why)| *why)
}

/// What a person sees between two days: the master's occurrences, each override in the place of its own.
fn shown(events: &[RemoteEvent], from: Timestamp, to: Timestamp) -> Result<Vec<[String; 2]>, String> {
    let key = |time: &EventTime| {
        OccurrenceKey::of(time)
            .map(|key| key.to_string())
            .map_err(|e| e.to_string())
    };
    let mut replaced = BTreeSet::new();
    for event in events {
        if let Some(original) = &event.original_start {
            replaced.insert(key(original)?);
        }
    }
    let mut found = Vec::new();
    for event in events {
        let content = &event.content;
        let series = Series::new(&content.start, &content.end, &content.recurrence, ZONE).map_err(|e| e.to_string())?;
        for one in series
            .occurrences(from, to, Budget::default())
            .map_err(|e| e.to_string())?
        {
            if event.original_start.is_some() || !replaced.contains(&one.key) {
                let said = |time: &EventTime, at: Timestamp| match time {
                    EventTime::Date { date } => date.to_string(),
                    EventTime::Zoned { .. } => at.to_string(),
                };
                found.push([said(&one.start, one.start_at), said(&one.end, one.end_at)]);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[test]
fn series_of_every_file_happen_when_another_implementation_says_they_do() {
    let (mut same, mut refused, mut differs) = (0, 0, Vec::new());
    let (mut occurrences, mut days) = (0, 0);
    for (file, text) in files() {
        for resource in resources(&file, &text).unwrap_or_default() {
            let Ok(events) = read(&resource.text) else { continue };
            let Some(first) = events.iter().map(|e| e.content.start.local().date()).min() else {
                continue;
            };
            if first.year() < 1900 {
                continue;
            }
            let (from, to): (Date, Date) = (first.saturating_sub(1.day()), first.saturating_add(800.days()));
            let instant = |day: Date| TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).unwrap();
            let Ok(ours) = shown(&events, instant(from), instant(to)) else {
                continue;
            };
            let question =
                json!({"ask": "expand", "text": resource.text, "from": from.to_string(), "to": to.to_string()});
            let Ok(theirs) = judge::ask(&question) else {
                refused += 1;
                continue;
            };
            let theirs: Vec<[String; 2]> = serde_json::from_value(theirs).unwrap();
            if DAYS.iter().any(|file| resource.file.ends_with(file)) {
                // Dates as times, or a date that ends where it begins: the start says that whole days are meant, and a
                // day is a day long.
                assert!(
                    ours.iter().all(|[start, end]| start.len() == 10 && start < end),
                    "{file}"
                );
                let starts = |all: &[[String; 2]]| all.iter().map(|[s, _]| s[..10].to_owned()).collect::<Vec<_>>();
                assert_eq!(starts(&ours), starts(&theirs), "{file}");
                days += 1;
            } else if ours == theirs {
                same += 1;
                occurrences += ours.len();
            } else {
                let missing: Vec<_> = theirs.iter().filter(|one| !ours.contains(one)).take(3).collect();
                let extra: Vec<_> = ours.iter().filter(|one| !theirs.contains(one)).take(3).collect();
                differs.push((
                    resource.file.clone(),
                    format!(
                        "{} ours, {} theirs; only theirs {missing:?}, only ours {extra:?}",
                        ours.len(),
                        theirs.len()
                    ),
                ));
            }
        }
    }
    let mut report = format!(
        "calendars: {same} objects ({occurrences} occurrences) expand as recurring-ical-events expands them, {days} days of no length there are days here, {} otherwise, {refused} it cannot expand\n",
        differs.len()
    );
    for (file, how) in &differs {
        let _ = writeln!(
            report,
            "  {file}: {}\n    {how}",
            deviation(file).unwrap_or("NOT EXPLAINED")
        );
    }
    judge::report("2-expanded.txt", &report);
    println!("{report}");
    assert!(differs.iter().all(|(file, _)| deviation(file).is_some()), "{report}");
    assert!(same > 500, "{report}");
}
