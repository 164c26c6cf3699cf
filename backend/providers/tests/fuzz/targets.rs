//! What is done with an input, and what must hold of what is accepted.

use domain::{
    event::{EventContent, Field, Response},
    recurrence::{Budget, Series, faults, shift_lines},
    time::EventTime,
    validation,
};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::DateTime};
use providers::ics::{self, lines};

use crate::mutate::Chance;

const ZONE: &str = "Europe/Berlin";

fn now() -> Timestamp {
    Timestamp::constant(1_790_000_000, 0)
}

fn read(text: &str) -> Result<Vec<domain::event::RemoteEvent>, String> {
    let resource = ics::Resource {
        name: "x.ics",
        etag: None,
        calendar_zone: ZONE,
        own: &["ann@example.org".to_owned()],
    };
    ics::read(text, resource)
}

/// Two years of a series from somewhere on, which may be refused but not go on for ever.
fn walk(series: &Series, from: Timestamp) {
    let to = from
        .checked_add(SignedDuration::from_hours(24 * 800))
        .unwrap_or(Timestamp::MAX);
    if let Ok(found) = series.occurrences(from, to, Budget::default()) {
        assert!(found.windows(2).all(|pair| pair[0].start_at < pair[1].start_at));
        assert!(
            found
                .iter()
                .all(|one| one.start_at < to && one.end_at >= from && one.end_at >= one.start_at)
        );
        if let Some(one) = found.get(found.len() / 2) {
            assert!(
                series.contains(&one.start).unwrap_or(true),
                "{} is an occurrence",
                one.key
            );
            let _either = series.split(&one.start);
        }
    }
    let _either = (series.first(50), series.total(), series.bounds());
}

pub fn calendar(text: &str, chance: &mut Chance) -> bool {
    let _either = (ics::is_floating(text), ics::uid_of(text), ics::zone_of(text));
    if let Ok(calendar) = lines::parse(text) {
        let again = calendar.text();
        assert_eq!(lines::parse(&again).expect("what was read is read again").text(), again);
    }
    let Ok(events) = read(text) else { return false };
    let Some(first) = events.first() else { return true };
    for event in events.iter().take(3) {
        let content = &event.content;
        if let Ok(series) = Series::new(&content.start, &content.end, &content.recurrence, ZONE) {
            walk(&series, content.start.instant(ZONE).unwrap_or_else(|_| now()));
        }
    }
    let mut content = first.content.clone();
    content.title = "Something else".into();
    content.start = content.start.with_local(content.start.local().saturating_add(1.hour()));
    content.end = content.end.with_local(content.end.local().saturating_add(1.hour()));
    let occurrence = (chance.below(2) == 0).then(|| content.start.clone());
    let fields = [chance.one_of(&[Field::Title, Field::Time, Field::Attendees, Field::Reminders])].into();
    let edit = ics::Edit {
        content: &content,
        fields: &fields,
        occurrence: occurrence.as_ref(),
        calendar_zone: ZONE,
        author: ics::Author {
            address: Some("ann@example.org"),
            quiet: false,
        },
        now: now(),
    };
    if let Ok(after) = ics::apply(text, &edit) {
        lines::parse(&after).unwrap_or_else(|e| panic!("our own edit cannot be read: {e}\n{after}"));
        if fields.contains(&Field::Title) && occurrence.is_none() {
            assert_eq!(
                read(&after).expect("it is read after the edit")[0].content.title,
                "Something else"
            );
        }
    }
    let _either = ics::drop_occurrence(text, &content.start, ZONE, now());
    let _either = ics::respond(text, &["ann@example.org".to_owned()], Response::Declined, &edit);
    true
}

pub fn recurrence(text: &str, chance: &mut Chance) -> bool {
    let mut all = text.split('\n');
    let mut head = all.next().unwrap_or_default().split(' ');
    let (time, zone) = (head.next().unwrap_or_default(), head.next().unwrap_or_default());
    let minutes: i64 = head.next().and_then(|n| n.parse().ok()).unwrap_or(60);
    let lines: Vec<String> = all.map(str::to_owned).collect();
    let digits = time.trim_end_matches('Z');
    let (start, end) = match DateTime::strptime("%Y%m%dT%H%M%S", digits) {
        Ok(local) => {
            let at = |date_time| EventTime::Zoned {
                date_time,
                time_zone: zone.to_owned(),
            };
            (at(local), at(local.saturating_add(minutes.minutes())))
        }
        Err(_) => {
            let date = jiff::civil::Date::constant(2026, 11, 1);
            (
                EventTime::Date { date },
                EventTime::Date {
                    date: date.saturating_add((minutes / 1440 + 1).days()),
                },
            )
        }
    };
    let listed = faults(&start, &end, &lines, ZONE);
    let series = Series::new(&start, &end, &lines, ZONE);
    assert_eq!(series.is_err(), !listed.is_empty(), "what is wrong is listed");
    assert!(
        listed
            .iter()
            .all(|fault| !fault.to_string().is_empty() && !fault.code().is_empty())
    );
    let Ok(series) = series else { return false };
    let begin = start.instant(ZONE).unwrap_or_else(|_| now());
    let far = SignedDuration::from_hours(24 * 365 * chance.below(60) as i64);
    walk(&series, begin.checked_add(far).unwrap_or(begin));
    let later = start.with_local(start.local().saturating_add(1.day()));
    if let Ok(moved) = shift_lines(&lines, &start, &later, ZONE) {
        let _either = Series::new(&later, &later, &moved, ZONE);
    }
    true
}

pub fn event(text: &str, _: &mut Chance) -> bool {
    let Ok(content) = serde_json::from_str::<EventContent>(text) else {
        return false;
    };
    let found = validation::validate(&content, ZONE);
    assert!(
        found
            .iter()
            .all(|fault| fault.pointer.starts_with('/') && !fault.detail.is_empty())
    );
    if !found.is_empty() {
        return false;
    }
    // What we accept we can write, and read as it was meant.
    let author = ics::Author {
        address: Some("ann@example.org"),
        quiet: false,
    };
    let object = ics::new_object("uid-1", &content, author, now());
    let read = read(&object).unwrap_or_else(|e| panic!("our own object cannot be read: {e}\n{object}"));
    assert_eq!(read.len(), 1);
    let read = &read[0].content;
    let clean = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
    assert_eq!(clean(&read.title), clean(&content.title), "{object}");
    assert_eq!(read.start.instant(ZONE), content.start.instant(ZONE), "{object}");
    assert_eq!(read.end.instant(ZONE), content.end.instant(ZONE), "{object}");
    assert_eq!(read.attendees.len(), content.attendees.len(), "{object}");
    let series = |content: &EventContent| {
        let series = Series::new(&content.start, &content.end, &content.recurrence, ZONE);
        series.and_then(|series| series.first(20))
    };
    assert_eq!(series(read), series(&content), "{object}");
    true
}
