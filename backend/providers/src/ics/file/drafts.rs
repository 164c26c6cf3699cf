//! From the events of a file to what they want of ours.

use std::collections::BTreeSet;

use domain::{
    event::{EXTERNAL_ID, EventContent, EventStatus, RemoteEvent},
    id::OccurrenceKey,
    stacking::{
        At, Calendar, Directory, Draft, Fault, Override, Patch,
        csv::{Column, Target},
    },
};

use super::{Index, Object};
use crate::ics::{
    export::{CALENDAR, OUT},
    lines::{Component, Item, Line},
    parts::{self, Parts},
    read::{self, METADATA, REMINDERS, Resource},
    value,
};

/// What new events without a title are called.
const UNTITLED: &str = "(no title)";

/// What each property is for, for faults to name.
const COLUMNS: [(&str, Target); 12] = [
    ("SUMMARY", Target::Title),
    ("DTSTART", Target::Start),
    ("DTEND", Target::End),
    ("LOCATION", Target::Location),
    ("DESCRIPTION", Target::Description),
    ("RRULE", Target::Recurrence),
    ("ATTENDEE", Target::Attendees),
    ("VALARM", Target::Reminders),
    ("STATUS", Target::Status),
    ("COLOR", Target::Colour),
    (METADATA, Target::Metadata),
    ("UID", Target::Uid),
];

/// The properties as columns, for the planner to name in faults.
pub fn columns() -> Vec<Column> {
    let column = |(name, target): &(&str, Target)| Column {
        name: (*name).to_owned(),
        target: Some(target.clone()),
    };
    COLUMNS.iter().map(column).collect()
}

/// Reads what events want.
#[derive(Debug)]
pub struct Drafts<'a> {
    index: &'a Index,
    directory: &'a Directory,
    calendar: Option<&'a str>,
}

impl<'a> Drafts<'a> {
    /// Events go to `calendar`, a name or id, unless they say that they were exported from one that is here.
    pub const fn new(index: &'a Index, directory: &'a Directory, calendar: Option<&'a str>) -> Self {
        Self {
            index,
            directory,
            calendar,
        }
    }

    /// What the events of an object want, or everything that is wrong with them: the series first, then what is changed of
    /// it, then older versions of the same.
    pub fn read(&self, object: Object) -> Vec<Result<Draft, Vec<Fault>>> {
        self.of(object).unwrap_or_else(|faults| vec![Err(faults)])
    }

    fn of(&self, object: Object) -> Result<Vec<Result<Draft, Vec<Fault>>>, Vec<Fault>> {
        let first = object.parts.first().map_or(1, |(line, _)| *line);
        let calendar = self
            .target(&object)
            .map_err(|fault| vec![Fault { line: first, ..fault }])?;
        let zone = object.zone.as_deref().unwrap_or(&calendar.time_zone);
        let lines: Vec<u64> = object.parts.iter().map(|(line, _)| *line).collect();
        let mut whole = Component::new("VCALENDAR");
        let mut out = Vec::new();
        for (_, mut part) in object.parts {
            out.push(taken_out(&mut part));
            whole.items.push(Item::Component(part));
        }
        let line_of = |at: usize| lines.get(at).copied().unwrap_or(first);
        let mut faults = Vec::new();
        for (at, part) in parts::events(&whole) {
            faults.extend(self.unknown_zones(part, line_of(at)));
        }
        let resource = Resource {
            name: "event",
            etag: None,
            calendar_zone: zone,
            own: &[],
        };
        let readable = faults.is_empty();
        for (at, part) in parts::events(&whole).filter(|_| readable) {
            if let Err(reason) = read::event(part, &self.index.zones, resource) {
                faults.push(unreadable(line_of(at), &reason));
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let wrong = |reason: String| vec![unreadable(first, &reason)];
        let found = Parts::of(&whole, &self.index.zones, zone).map_err(wrong)?;
        let events = read::assemble(&whole, &found, &self.index.zones, resource).map_err(wrong)?;
        let used: BTreeSet<usize> = events.iter().map(|(at, _)| *at).collect();
        let draft = |at: usize, event: &RemoteEvent| {
            let part = parts::part(&whole, at);
            Draft {
                line: line_of(at),
                uid: Some(event.ical_uid.trim().to_owned()).filter(|uid| !uid.is_empty()),
                calendar: Some(calendar.id.clone()),
                patch: part.map(|part| patch(part, &event.content)).unwrap_or_default(),
                untitled: Some(UNTITLED),
                ..Draft::default()
            }
        };
        let mut drafts = Vec::with_capacity(lines.len());
        let (mut series_line, mut homeless) = (None, BTreeSet::new());
        if let (Some(at), Some((_, event))) = (found.master, events.first()) {
            let mut series = draft(at, event);
            series.external_id = external_id(&series.patch);
            series_line = Some(series.line);
            if let Ok(rule) = event.content.series(zone) {
                let nowhere = |one: &RemoteEvent| {
                    let key = one.original_start.as_ref().and_then(|at| OccurrenceKey::of(at).ok());
                    key.is_some_and(|key| matches!(rule.find(&key), Ok(None)))
                };
                homeless = events
                    .iter()
                    .filter(|(_, one)| nowhere(one))
                    .map(|(at, _)| *at)
                    .collect();
            }
            let at_home = events.iter().filter(|(at, _)| !homeless.contains(at));
            series.overrides = overrides(at_home, &whole, &series.patch, &line_of);
            for line in out.get(at).into_iter().flatten() {
                series
                    .overrides
                    .extend(dates(line, &self.index.zones, zone).map(|original| Override {
                        line: series.line,
                        original,
                        content: None,
                    }));
            }
            let gone = |one: &Override| one.content.is_none() && one.line == series_line.unwrap_or(0);
            let takings: Vec<Draft> = series
                .overrides
                .iter()
                .filter(|one| gone(one))
                .filter_map(|one| {
                    Some(Draft {
                        line: one.line,
                        uid: series.uid.clone(),
                        calendar: series.calendar.clone(),
                        occurrence: Some(one.original.occurrence_key().ok()?),
                        series_line,
                        patch: Patch {
                            status: Some(EventStatus::Cancelled),
                            ..Patch::default()
                        },
                        ..Draft::default()
                    })
                })
                .collect();
            drafts.push(Ok(series));
            drafts.extend(takings.into_iter().map(Ok));
        }
        for (at, event) in &events {
            // Without a series of its own in the file it stands for its occurrence of one that is here, or for itself.
            let original = match (&event.original_start, series_line) {
                (Some(original), _) => Some(original.clone()),
                (None, Some(_)) => continue,
                (None, None) => found
                    .overrides
                    .iter()
                    .find(|one| one.at == *at)
                    .map(|one| one.original.clone()),
            };
            if homeless.contains(at) {
                let detail = "its series has no date there; make it an event of its own: give it another UID and take RECURRENCE-ID away";
                drafts.push(Err(vec![Fault::row(line_of(*at), "occurrence_unknown", detail)]));
                continue;
            }
            drafts.push(Ok(Draft {
                occurrence: original
                    .and_then(|original| OccurrenceKey::of(&original).ok())
                    .map(|key| key.to_string()),
                series_line,
                ..draft(*at, event)
            }));
        }
        // Older versions: the plan says of what they are a repetition.
        for (at, part) in parts::events(&whole).filter(|(at, _)| !used.contains(at)) {
            let Ok(event) = read::event(part, &self.index.zones, resource) else {
                continue;
            };
            let original = part
                .line("RECURRENCE-ID")
                .and_then(|line| value::event_time(line, &self.index.zones, zone).ok());
            let occurrence = original.and_then(|original| original.occurrence_key().ok());
            drafts.push(Ok(Draft {
                series_line: series_line.filter(|_| occurrence.is_some()),
                occurrence,
                ..draft(at, &event)
            }));
        }
        Ok(drafts)
    }

    /// Where the events go.
    fn target(&self, object: &Object) -> Result<&'a Calendar, Fault> {
        let said = object
            .parts
            .iter()
            .find_map(|(_, part)| part.line(CALENDAR))
            .map(|line| line.value.trim());
        if let Some(calendar) = said.and_then(|id| self.directory.get(id)) {
            return Ok(calendar);
        }
        let found = self.directory.find(self.calendar, None);
        found.map_err(|error| Fault::row(1, error.code(), error.to_string()))
    }

    /// Zones that are neither known nor defined: whoever wrote them meant something that nobody can tell.
    fn unknown_zones(&self, part: &Component, line: u64) -> Option<Fault> {
        let timed = part.lines().filter(|one| {
            matches!(
                one.name.as_str(),
                "DTSTART" | "DTEND" | "RECURRENCE-ID" | "EXDATE" | "RDATE"
            ) && !one.value.trim().ends_with(['Z', 'z'])
        });
        let unknown = timed
            .filter_map(|one| Some((one, one.param("TZID")?)))
            .find(|(_, tzid)| !self.index.zones.knows(tzid))?;
        let name: String = unknown.1.chars().filter(|c| !c.is_control()).take(80).collect();
        Some(Fault {
            column: Some(At {
                number: COLUMNS
                    .iter()
                    .position(|(column, _)| *column == unknown.0.name)
                    .unwrap_or(1)
                    + 1,
                name: unknown.0.name.clone(),
            }),
            ..Fault::row(
                line,
                "time_zone_unknown",
                format!(
                    "“{name}” is no time zone that is known, and the file does not define it; write a name such as Europe/Berlin"
                ),
            )
        })
    }
}

fn unreadable(line: u64, reason: &str) -> Fault {
    Fault::row(
        line,
        "event_unreadable",
        format!("the event cannot be read: {reason}; mend it, or leave it out"),
    )
}

fn external_id(patch: &Patch) -> Option<String> {
    let key = patch.metadata.as_ref()?.get(EXTERNAL_ID)?;
    Some(key.clone()).filter(|key| !key.is_empty())
}

/// The dates that our own export marks as taken out by themselves; they are no part of the rule.
fn taken_out(part: &mut Component) -> Vec<Line> {
    let (mut out, mut kept) = (Vec::new(), Vec::with_capacity(part.items.len()));
    for item in std::mem::take(&mut part.items) {
        match item {
            Item::Line(line) if line.name == "EXDATE" && line.param(OUT).is_some() => out.push(line),
            other => kept.push(other),
        }
    }
    part.items = kept;
    out
}

fn dates<'a>(
    line: &'a Line,
    zones: &'a crate::ics::zones::Zones,
    zone: &'a str,
) -> impl Iterator<Item = domain::time::EventTime> + 'a {
    let params: Vec<(&str, &str)> = line
        .params
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    line.value
        .split(',')
        .filter_map(move |one| value::event_time(&Line::new("EXDATE", &params, one), zones, zone).ok())
}

/// What the series is unlike at some of its dates. What the file does not say of a date is as in its series.
fn overrides<'e>(
    events: impl Iterator<Item = &'e (usize, RemoteEvent)>,
    whole: &Component,
    series: &Patch,
    line_of: &impl Fn(usize) -> u64,
) -> Vec<Override> {
    let Ok(mut base) = series.create() else {
        return Vec::new();
    };
    base.recurrence.clear();
    let one = |(at, event): &(usize, RemoteEvent)| {
        let said = parts::part(whole, *at).map(|part| patch(part, &event.content))?;
        Some(Override {
            line: line_of(*at),
            original: event.original_start.clone()?,
            content: (event.content.status != EventStatus::Cancelled).then(|| said.apply(&base)),
        })
    };
    events.filter_map(one).collect()
}

/// What the file says of an event. What others leave out when they do not know it (guests, alarms, colours) is left
/// alone where it is missing; a text that is missing is empty.
fn patch(part: &Component, content: &EventContent) -> Patch {
    let said = |name: &str| part.line(name).is_some();
    let text = |text: &Option<String>| Some(text.clone().unwrap_or_default());
    let alarms = part.components().any(|inner| inner.name == "VALARM");
    let mut seen = BTreeSet::new();
    let mut guests = content.attendees.clone();
    guests.retain(|guest| seen.insert(guest.email.to_lowercase()));
    Patch {
        title: Some(content.title.clone()).filter(|_| said("SUMMARY")),
        description: text(&content.description),
        location: text(&content.location),
        start: Some(content.start.clone()),
        end: Some(content.end.clone()),
        recurrence: Some(content.recurrence.clone()),
        attendees: Some(guests).filter(|_| said("ATTENDEE")),
        reminders: Some(content.reminders.clone())
            .filter(|_| said(REMINDERS) || (alarms && !content.reminders.overrides.is_empty())),
        visibility: Some(content.visibility).filter(|_| said("CLASS")),
        transparency: Some(content.transparency),
        status: Some(content.status),
        colour: content.colour.clone(),
        metadata: Some(content.metadata.clone()).filter(|_| said(METADATA)),
        ..Patch::default()
    }
}
