//! A change of an object somebody else may have written: only the lines it must.

use std::collections::BTreeSet;

use domain::{
    event::{EventContent, Field, Response},
    time::EventTime,
};
use jiff::Timestamp;

use super::{
    lines::{Component, Item, Line, parse},
    parts::{self, Parts},
    read::{self, METADATA, REMINDERS},
    value, write,
    zones::{self, Zones},
};

/// Who writes, and whether the server may tell the guests (RFC 6638: it does so by itself when it stores).
#[derive(Debug, Clone, Copy)]
pub struct Author<'a> {
    /// The account's own address; without one nobody organises, and no server tells anybody.
    pub address: Option<&'a str>,
    /// Guests are written with `SCHEDULE-AGENT=NONE`: they are not told. What somebody else wrote stays as it is.
    pub quiet: bool,
}

/// What is to be changed.
#[derive(Debug, Clone, Copy)]
pub struct Edit<'a> {
    /// The state afterwards.
    pub content: &'a EventContent,
    /// What of it to write.
    pub fields: &'a BTreeSet<Field>,
    /// For one occurrence: where the series puts it.
    pub occurrence: Option<&'a EventTime>,
    /// Where floating times are meant.
    pub calendar_zone: &'a str,
    /// Who writes.
    pub author: Author<'a>,
    /// For the stamps.
    pub now: Timestamp,
}

/// Fields whose change guests must be told of (RFC 5546 §2.1.4).
const SIGNIFICANT: [Field; 4] = [Field::Time, Field::Recurrence, Field::Location, Field::Status];

/// The object after the edit. An occurrence that had no override gets one.
///
/// # Errors
/// For people: what is missing or not understood.
pub fn apply(text: &str, edit: &Edit<'_>) -> Result<String, String> {
    let mut calendar = parse(text)?;
    let zones = Zones::of(&calendar);
    let mut fields = edit.fields.clone();
    if fields.contains(&Field::Time) || edit.occurrence.is_some() {
        zones::define(&mut calendar, &[&edit.content.start, &edit.content.end]);
    }
    match edit.occurrence {
        None => {
            let before = master(&mut calendar)?.clone();
            set(master(&mut calendar)?, &fields, edit);
            let is_series = before.line("RECURRENCE-ID").is_none();
            if is_series && (fields.contains(&Field::Time) || fields.contains(&Field::Recurrence)) {
                follow(&mut calendar, &before, &zones, edit)?;
            }
        }
        Some(original) => {
            if override_of(&mut calendar, original, &zones, edit.calendar_zone)?.is_none() {
                let fresh = fresh_override(&calendar, original, &zones, edit.calendar_zone)?;
                calendar.items.push(Item::Component(fresh));
                // Its times are the series' until the edit says where this occurrence is.
                fields.insert(Field::Time);
            }
            let part = override_of(&mut calendar, original, &zones, edit.calendar_zone)?
                .ok_or("the occurrence was not found")?;
            fields.remove(&Field::Recurrence);
            set(part, &fields, edit);
        }
    }
    Ok(calendar.text())
}

/// The object without one occurrence: its override goes, and the series leaves it out.
///
/// # Errors
/// For people: what is missing or not understood.
pub fn drop_occurrence(
    text: &str,
    original: &EventTime,
    calendar_zone: &str,
    now: Timestamp,
) -> Result<String, String> {
    let mut calendar = parse(text)?;
    let zones = Zones::of(&calendar);
    let meant = original.instant(calendar_zone).map_err(|e| e.to_string())?;
    let found = Parts::of(&calendar, &zones, calendar_zone)?;
    let (mut at, own) = (0, found.singles(meant));
    calendar.items.retain(|_| {
        at += 1;
        !own.contains(&(at - 1))
    });
    let master = master(&mut calendar)?;
    let start = master.line("DTSTART").ok_or("the event has no DTSTART")?.clone();
    let out = excluded(master, &zones, calendar_zone).any(|at| at == meant);
    if !out {
        let at = value::event_time(&start, &zones, calendar_zone)?;
        let line = like(&start, "EXDATE", &in_zone_of(&at, original, calendar_zone)?, &zones);
        let behind = master
            .items
            .iter()
            .rposition(|item| matches!(item, Item::Line(l) if read::is_recurrence(&l.name)));
        match behind {
            Some(at) => master.items.insert(at + 1, Item::Line(line)),
            None => master.push(line),
        }
        stamp(master, now, true);
    }
    Ok(calendar.text())
}

/// The object with the account's own answer; `None` when it is not invited.
///
/// # Errors
/// For people: what is missing or not understood.
pub fn respond(text: &str, own: &[String], answer: Response, edit: &Edit<'_>) -> Result<Option<String>, String> {
    let mut calendar = parse(text)?;
    let zones = Zones::of(&calendar);
    if let Some(original) = edit.occurrence
        && override_of(&mut calendar, original, &zones, edit.calendar_zone)?.is_none()
    {
        let mut fresh = fresh_override(&calendar, original, &zones, edit.calendar_zone)?;
        set_field(&mut fresh, Field::Time, edit.content, edit.author);
        calendar.items.push(Item::Component(fresh));
    }
    let part = match edit.occurrence {
        Some(original) => {
            override_of(&mut calendar, original, &zones, edit.calendar_zone)?.ok_or("the occurrence was not found")?
        }
        None => master(&mut calendar)?,
    };
    let mut found = false;
    for item in &mut part.items {
        if let Item::Line(line) = item
            && line.name == "ATTENDEE"
            && read::email_of(line).is_some_and(|a| own.contains(&a.to_lowercase()))
        {
            *line = line.with_param("PARTSTAT", write::partstat(answer));
            found = true;
        }
    }
    // An attendee's answer is not a change of the event: the sequence stays (RFC 5546 §2.1.4).
    stamp(part, edit.now, false);
    Ok(found.then(|| calendar.text()))
}

fn set(part: &mut Component, fields: &BTreeSet<Field>, edit: &Edit<'_>) {
    for field in fields {
        set_field(part, *field, edit.content, edit.author);
    }
    if !edit.author.quiet {
        tell_guests(part);
    }
    stamp(part, edit.now, SIGNIFICANT.iter().any(|field| fields.contains(field)));
}

/// Guests who were invited quietly are told from now on.
fn tell_guests(part: &mut Component) {
    for item in &mut part.items {
        if let Item::Line(line) = item
            && line.name == "ATTENDEE"
            && line
                .param("SCHEDULE-AGENT")
                .is_some_and(|agent| agent.eq_ignore_ascii_case("NONE"))
        {
            *line = line.without_param("SCHEDULE-AGENT");
        }
    }
}

/// Writes one field, touching only its own lines.
pub(super) fn set_field(part: &mut Component, field: Field, content: &EventContent, author: Author<'_>) {
    let text = |name: &str, text: Option<&str>| {
        text.filter(|t| !t.is_empty())
            .map(|t| Line::text(name, t))
            .into_iter()
            .collect()
    };
    match field {
        Field::Title => part.replace("SUMMARY", text("SUMMARY", Some(&content.title))),
        Field::Description => part.replace("DESCRIPTION", text("DESCRIPTION", content.description.as_deref())),
        Field::Location => part.replace("LOCATION", text("LOCATION", content.location.as_deref())),
        Field::Colour => part.replace("COLOR", text("COLOR", content.colour.as_deref())),
        Field::Metadata => {
            let json = (!content.metadata.is_empty()).then(|| serde_json::json!(content.metadata).to_string());
            part.replace(METADATA, text(METADATA, json.as_deref()));
        }
        Field::Time => {
            let [start, end] = write::times(content);
            part.replace("DURATION", Vec::new());
            part.replace("DTSTART", vec![start]);
            part.replace("DTEND", vec![end]);
        }
        Field::Recurrence => {
            for name in ["RDATE", "EXDATE"] {
                part.replace(name, Vec::new());
            }
            part.replace(
                "RRULE",
                content
                    .recurrence
                    .iter()
                    .filter_map(|l| write::recurrence_line(l))
                    .collect(),
            );
        }
        Field::Visibility | Field::Transparency | Field::Status => {
            if let Some((name, word)) = write::word(field, content) {
                part.replace(name, word.map(|w| Line::new(name, &[], w)).into_iter().collect());
            }
        }
        Field::Attendees => set_attendees(part, content, author),
        // Answered by a call of its own.
        Field::Response => {}
        Field::Reminders => set_reminders(part, content, author),
    }
}

/// Guests that stay keep their line: it holds answers and parameters that are not ours.
fn set_attendees(part: &mut Component, content: &EventContent, author: Author<'_>) {
    let old: Vec<Line> = part.lines().filter(|l| l.name == "ATTENDEE").cloned().collect();
    let lines = content.attendees.iter().map(|guest| {
        let same = old
            .iter()
            .find(|line| read::email_of(line).is_some_and(|a| a.eq_ignore_ascii_case(&guest.email)));
        match same {
            None => write::attendee(guest, author),
            Some(line) => {
                let role = if guest.optional {
                    "OPT-PARTICIPANT"
                } else {
                    "REQ-PARTICIPANT"
                };
                let was_optional = line
                    .param("ROLE")
                    .is_some_and(|r| r.eq_ignore_ascii_case("OPT-PARTICIPANT"));
                let line = if was_optional == guest.optional {
                    line.clone()
                } else {
                    line.with_param("ROLE", role)
                };
                match guest.name.as_deref() {
                    Some(name) if line.param("CN") != Some(name) => line.with_param("CN", name),
                    _ => line,
                }
            }
        }
    });
    // A room or a group may have no address that we could show; it stays.
    let nameless = old.iter().filter(|line| read::email_of(line).is_none()).cloned();
    let lines: Vec<Line> = lines.chain(nameless).collect();
    // Guests without an organiser are not an invitation (RFC 5545 §3.8.4.3).
    if let (false, None, Some(own)) = (lines.is_empty(), part.line("ORGANIZER"), author.address) {
        part.push(Line::new("ORGANIZER", &[], &format!("mailto:{own}")));
    }
    part.replace("ATTENDEE", lines);
}

/// Alarms that we have no word for stay.
fn set_reminders(part: &mut Component, content: &EventContent, author: Author<'_>) {
    let wanted = &content.reminders.overrides;
    let default = content
        .reminders
        .use_default
        .then(|| Line::new(REMINDERS, &[], "DEFAULT"));
    part.replace(REMINDERS, default.into_iter().collect());
    let present: Vec<_> = part.components().filter_map(read::reminder).collect();
    if present == *wanted {
        return;
    }
    part.items
        .retain(|item| !matches!(item, Item::Component(c) if read::reminder(c).is_some()));
    part.items.extend(
        wanted
            .iter()
            .map(|r| Item::Component(write::alarm(r, &content.title, author.address))),
    );
}

fn stamp(part: &mut Component, now: Timestamp, significant: bool) {
    for name in ["DTSTAMP", "LAST-MODIFIED"] {
        part.replace(name, vec![Line::new(name, &[], &value::stamp(now))]);
    }
    if significant {
        let last: u64 = part
            .line("SEQUENCE")
            .and_then(|l| l.value.trim().parse().ok())
            .unwrap_or(0);
        // RFC 5545 §3.3.8: an integer has 31 bits. What is beyond them somebody else wrote, and it does not grow.
        let next = last.saturating_add(1).min(last.max(i32::MAX as u64));
        part.replace("SEQUENCE", vec![Line::new("SEQUENCE", &[], &next.to_string())]);
    }
}

/// The series or the single event; where somebody is invited to single occurrences only, the first of them.
fn master(calendar: &mut Component) -> Result<&mut Component, String> {
    let none = || "there is no event in it".to_owned();
    let at = parts::master(calendar).or_else(|| parts::events(calendar).next().map(|(at, _)| at));
    parts::part_mut(calendar, at.ok_or_else(none)?).ok_or_else(none)
}

fn override_of<'a>(
    calendar: &'a mut Component,
    original: &EventTime,
    zones: &Zones,
    calendar_zone: &str,
) -> Result<Option<&'a mut Component>, String> {
    let meant = original.instant(calendar_zone).map_err(|e| e.to_string())?;
    let at = Parts::of(calendar, zones, calendar_zone)?.single(meant);
    Ok(at.and_then(|at| parts::part_mut(calendar, at)))
}

/// For one occurrence a copy of its series, or of what stands for it and all later ones.
fn fresh_override(
    calendar: &Component,
    original: &EventTime,
    zones: &Zones,
    calendar_zone: &str,
) -> Result<Component, String> {
    let meant = original.instant(calendar_zone).map_err(|e| e.to_string())?;
    let found = Parts::of(calendar, zones, calendar_zone)?;
    let none = || "there is no event in it".to_owned();
    let at = |at: Option<usize>| at.and_then(|at| parts::part(calendar, at));
    let master = at(found.master).or_else(|| parts::events(calendar).next().map(|(_, part)| part));
    let master = master.ok_or_else(none)?;
    let start = master.line("DTSTART").ok_or("the event has no DTSTART")?;
    let start_time = value::event_time(start, zones, calendar_zone)?;
    let id = like(
        start,
        "RECURRENCE-ID",
        &in_zone_of(&start_time, original, calendar_zone)?,
        zones,
    );
    let mut part = at(found.range(meant).map(|range| range.at)).unwrap_or(master).clone();
    part.items
        .retain(|item| !matches!(item, Item::Line(l) if read::is_recurrence(&l.name) || l.name == "RECURRENCE-ID"));
    let behind = part
        .items
        .iter()
        .position(|item| matches!(item, Item::Line(l) if l.name == "UID"))
        .map_or(0, |at| at + 1);
    part.items.insert(behind, Item::Line(id));
    Ok(part)
}

/// `original` said in the kind and zone of the series' start.
pub(super) fn in_zone_of(start: &EventTime, original: &EventTime, calendar_zone: &str) -> Result<EventTime, String> {
    match (start, original) {
        (EventTime::Zoned { time_zone, .. }, EventTime::Zoned { .. }) => {
            let at = original.instant(calendar_zone).map_err(|e| e.to_string())?;
            let tz = domain::time::zone(time_zone).map_err(|e| e.to_string())?;
            Ok(start.with_local(tz.to_datetime(at)))
        }
        _ => Ok(start.with_local(original.local())),
    }
}

/// A line of the same value type and TZID spelling as `start` (RFC 5545 §3.8.4.4 wants them equal).
fn like(start: &Line, name: &str, time: &EventTime, zones: &Zones) -> Line {
    let local = start
        .param("TZID")
        .map_or_else(|| time.local(), |tzid| zones.local(tzid, time));
    let digits = local.strftime("%Y%m%dT%H%M%S").to_string();
    match (start.param("TZID"), time) {
        (_, EventTime::Date { .. }) => value::time_line(name, time),
        _ if start.value.trim().ends_with(['Z', 'z']) => Line::new(name, &[], &format!("{digits}Z")),
        (Some(tzid), _) => Line::new(name, &[("TZID", tzid)], &digits),
        (None, _) => Line::new(name, &[], &digits),
    }
}

fn excluded<'a>(
    master: &'a Component,
    zones: &'a Zones,
    calendar_zone: &'a str,
) -> impl Iterator<Item = Timestamp> + 'a {
    master.lines().filter(|l| l.name == "EXDATE").flat_map(move |line| {
        let params: Vec<(&str, &str)> = line.params.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        line.value
            .split(',')
            .filter_map(|one| value::event_time(&Line::new("EXDATE", &params, one), zones, calendar_zone).ok())
            .filter_map(|time| time.instant(calendar_zone).ok())
            .collect::<Vec<_>>()
    })
}

/// Overrides follow their series: moved by as much as its start, gone where it has no occurrence any more.
fn follow(calendar: &mut Component, before: &Component, zones: &Zones, edit: &Edit<'_>) -> Result<(), String> {
    let zone = edit.calendar_zone;
    let old_start = value::event_time(before.line("DTSTART").ok_or("the event has no DTSTART")?, zones, zone)?;
    let after = master(calendar)?.clone();
    let start_line = after.line("DTSTART").ok_or("the event has no DTSTART")?.clone();
    let zones = Zones::of(calendar);
    let new_start = value::event_time(&start_line, &zones, zone)?;
    let same_kind = old_start.is_date() == new_start.is_date();
    let delta = old_start.local().until(new_start.local()).map_err(|e| e.to_string())?;
    let series = edit.content.series(zone).ok();
    // Their places were understood with the old start; nothing is taken out or put in before this is done.
    let mut old = calendar.clone();
    *master(&mut old)? = before.clone();
    let overrides = Parts::of(&old, &zones, zone)?.overrides;
    let mut kept = Vec::with_capacity(calendar.items.len());
    for (at, item) in std::mem::take(&mut calendar.items).into_iter().enumerate() {
        let Item::Component(mut part) = item else {
            kept.push(item);
            continue;
        };
        let is_override = part.name == "VEVENT" && part.line("RECURRENCE-ID").is_some();
        let Some(place) = overrides.iter().find(|o| o.at == at) else {
            // Older versions of overrides have nothing to follow.
            if !is_override {
                kept.push(Item::Component(part));
            }
            continue;
        };
        let original = in_zone_of(&old_start, &place.original, zone)?;
        let moved = new_start.with_local(original.local().saturating_add(delta));
        let lives = same_kind
            && series
                .as_ref()
                .is_some_and(|s| place.is_range || s.contains(&moved).unwrap_or(true));
        if lives {
            if old_start != new_start {
                let id = like(&start_line, "RECURRENCE-ID", &moved, &zones);
                let id = if place.is_range {
                    id.with_param("RANGE", "THISANDFUTURE")
                } else {
                    id
                };
                part.replace("RECURRENCE-ID", vec![id]);
            }
            kept.push(Item::Component(part));
        }
    }
    calendar.items = kept;
    Ok(())
}
