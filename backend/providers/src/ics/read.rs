//! From components to events.

use std::collections::BTreeSet;

use domain::{
    availability::Kind,
    event::{
        Attendee, Conference, EventContent, EventStatus, Person, Reminder, ReminderMethod, Reminders, RemoteEvent,
        Response, Transparency, Visibility,
    },
    time::EventTime,
};

use super::{
    lines::{Component, Line, parse},
    parts::{self, Parts},
    range::{self, Range},
    value,
    zones::Zones,
};

/// Where our callers' metadata is kept: a JSON object as text.
pub const METADATA: &str = "X-CALENDAR-STACKER-METADATA";

/// Says, where there are no alarms, that the calendar's own reminders are meant: iCalendar has no word for it.
pub const REMINDERS: &str = "X-CALENDAR-STACKER-REMINDERS";

/// What is known of a resource beside its text.
#[derive(Debug, Clone, Copy)]
pub struct Resource<'a> {
    /// The decoded last segment of its path.
    pub name: &'a str,
    /// As the server gave it.
    pub etag: Option<&'a str>,
    /// Where floating times are meant.
    pub calendar_zone: &'a str,
    /// The account's own addresses, lower case.
    pub own: &'a [String],
}

/// The events of a resource: the master first, then its overrides.
///
/// # Errors
/// For people: why the resource cannot be understood.
pub fn read(text: &str, resource: Resource<'_>) -> Result<Vec<RemoteEvent>, String> {
    let calendar = parse(text)?;
    let zones = Zones::of(&calendar);
    one_identity(&calendar)?;
    let parts = Parts::of(&calendar, &zones, resource.calendar_zone)?;
    let mut events: Vec<RemoteEvent> = assemble(&calendar, &parts, &zones, resource)?
        .into_iter()
        .map(|(_, event)| event)
        .collect();
    // Tasks and journals may live beside events; they are none of ours.
    let other = calendar
        .components()
        .any(|c| matches!(c.name.as_str(), "VTODO" | "VJOURNAL" | "VFREEBUSY" | "VAVAILABILITY"));
    if events.is_empty() && !other {
        return Err("there is no event in it".into());
    }
    // Without a master the first occurrence goes by the name of the resource, so that its removal is understood.
    if let Some(first) = events.first_mut().filter(|_| parts.master.is_none()) {
        resource.name.clone_into(&mut first.remote_id);
    }
    Ok(events)
}

/// The events of one identity, the master first, then its overrides, each with its place among the object's items.
///
/// # Errors
/// For people: why they cannot be understood.
pub(super) fn assemble(
    calendar: &Component,
    parts: &Parts,
    zones: &Zones,
    resource: Resource<'_>,
) -> Result<Vec<(usize, RemoteEvent)>, String> {
    let read = |at: usize| {
        let part = parts::part(calendar, at).ok_or("the event was not found")?;
        event(part, zones, resource)
    };
    let mut events = Vec::new();
    if let Some(at) = parts.master {
        events.push((at, read(at)?));
    }
    let has_master = parts.master.is_some();
    let (mut singles, mut ranges) = (BTreeSet::new(), Vec::new());
    for place in &parts.overrides {
        let mut event = read(place.at)?;
        // RFC 5545 §3.8.4.4: one occurrence does not repeat, whatever lines were copied from its series.
        event.content.recurrence.clear();
        if has_master && place.is_range {
            ranges.push(Range { place, event });
            continue;
        }
        singles.insert(place.instant);
        let key = place.original.occurrence_key().map_err(|e| e.to_string())?;
        event.remote_id = format!("{}#{key}", resource.name);
        // Somebody invited to one occurrence only has no master: then it stands for itself.
        if has_master {
            event.series = Some(resource.name.to_owned());
            event.original_start = Some(place.original.clone());
        }
        events.push((place.at, event));
    }
    let following = match events.first() {
        Some((_, master)) if !ranges.is_empty() => range::changed(master, &ranges, &singles, resource.calendar_zone)?,
        _ => Vec::new(),
    };
    // Several ranges are told apart by nobody who asks where they stand.
    let at = ranges.first().map_or(0, |range| range.place.at);
    events.extend(following.into_iter().map(|event| (at, event)));
    Ok(events)
}

/// A resource holds one event (RFC 4791 §4.1). Of several the others would be hidden, so they are not taken for one.
fn one_identity(calendar: &Component) -> Result<(), String> {
    let uids: BTreeSet<&str> = parts::events(calendar)
        .filter_map(|(_, event)| event.line("UID"))
        .map(|line| line.value.trim())
        .collect();
    if uids.len() > 1 {
        return Err(format!("it holds {} events with identities of their own", uids.len()));
    }
    Ok(())
}

/// One component as an event that stands for itself.
pub(super) fn event(part: &Component, zones: &Zones, resource: Resource<'_>) -> Result<RemoteEvent, String> {
    let start = start(part, zones, resource.calendar_zone)?;
    Ok(RemoteEvent {
        remote_id: resource.name.to_owned(),
        ical_uid: part.line("UID").map(Line::unescaped).unwrap_or_default(),
        etag: resource.etag.map(str::to_owned),
        series: None,
        original_start: None,
        content: content(part, start, zones, resource)?,
        html_link: part
            .line("URL")
            .map(|l| l.value.trim().to_owned())
            .filter(|u| u.starts_with("http")),
        created_at: value::instant(part.line("CREATED")),
        updated_at: value::instant(part.line("LAST-MODIFIED")).or_else(|| value::instant(part.line("DTSTAMP"))),
        raw: part.text(),
    })
}

/// Whether the text holds a time that only means something in the calendar's zone.
pub fn is_floating(text: &str) -> bool {
    let Ok(calendar) = parse(text) else {
        return false;
    };
    let zones = Zones::of(&calendar);
    let is_time = |line: &&Line| matches!(line.name.as_str(), "DTSTART" | "DTEND" | "RECURRENCE-ID");
    let is_unplaced = |line: &Line| line.param("TZID").is_none_or(|tzid| !zones.knows(tzid));
    let events = calendar.components().filter(|c| c.name == "VEVENT");
    events
        .flat_map(Component::lines)
        .filter(is_time)
        .any(|line| line.value.trim().len() == 15 && is_unplaced(line))
}

/// The UID of a resource's events (RFC 4791 §4.1: they share it).
pub fn uid_of(text: &str) -> Option<String> {
    let calendar = parse(text).ok()?;
    calendar.components().find_map(|c| c.line("UID")).map(Line::unescaped)
}

/// The zone that a calendar's own VTIMEZONE names.
pub fn zone_of(text: &str) -> Option<String> {
    let calendar = parse(text).ok()?;
    let zones = Zones::of(&calendar);
    calendar
        .components()
        .filter_map(|c| c.line("TZID"))
        .find_map(|line| zones.name(line.value.trim()))
}

fn start(part: &Component, zones: &Zones, calendar_zone: &str) -> Result<EventTime, String> {
    let line = part.line("DTSTART").ok_or("the event has no DTSTART")?;
    value::event_time(line, zones, calendar_zone)
}

fn end(part: &Component, start: &EventTime, zones: &Zones, calendar_zone: &str) -> Result<EventTime, String> {
    if let Some(line) = part.line("DTEND") {
        let end = value::event_time(line, zones, calendar_zone)?;
        let later = match (start, &end) {
            (EventTime::Date { date: from }, EventTime::Date { date: to }) => to > from,
            (EventTime::Zoned { .. }, EventTime::Zoned { .. }) => {
                end.instant(calendar_zone).ok() >= start.instant(calendar_zone).ok()
            }
            // A date and a time: the producer erred. The start says which is meant, the end when it is over.
            _ => return Ok(value::end_like(start, &end)),
        };
        return Ok(if later { end } else { value::default_end(start) });
    }
    let span = part.line("DURATION").and_then(|line| value::duration(&line.value));
    Ok(span.map_or_else(|| value::default_end(start), |span| value::end_after(start, span)))
}

fn content(part: &Component, start: EventTime, zones: &Zones, resource: Resource<'_>) -> Result<EventContent, String> {
    let text = |name: &str| part.line(name).map(Line::unescaped).filter(|t| !t.is_empty());
    let word = |name: &str| {
        part.line(name)
            .map(|l| l.value.trim().to_ascii_uppercase())
            .unwrap_or_default()
    };
    let end = end(part, &start, zones, resource.calendar_zone)?;
    Ok(EventContent {
        title: text("SUMMARY").unwrap_or_default(),
        description: text("DESCRIPTION"),
        location: text("LOCATION"),
        recurrence: recurrence(part, zones, resource.calendar_zone),
        attendees: part
            .lines()
            .filter(|l| l.name == "ATTENDEE")
            .filter_map(|l| attendee(l, resource.own))
            .collect(),
        organizer: part.line("ORGANIZER").and_then(|l| {
            Some(Person {
                email: address(&l.value)?,
                name: l.param("CN").map(str::to_owned),
            })
        }),
        reminders: reminders(part),
        visibility: match word("CLASS").as_str() {
            "PRIVATE" => Visibility::Private,
            "CONFIDENTIAL" => Visibility::Confidential,
            "PUBLIC" => Visibility::Public,
            _ => Visibility::Default,
        },
        transparency: if word("TRANSP") == "TRANSPARENT" {
            Transparency::Free
        } else {
            Transparency::Busy
        },
        status: match word("STATUS").as_str() {
            "TENTATIVE" => EventStatus::Tentative,
            "CANCELLED" => EventStatus::Cancelled,
            _ => EventStatus::Confirmed,
        },
        colour: text("COLOR"),
        conference: conference(part),
        metadata: part
            .line(METADATA)
            .and_then(|l| serde_json::from_str(&l.unescaped()).ok())
            .unwrap_or_default(),
        // RFC 5545 knows one kind.
        kind: Kind::Event,
        start,
        end,
    })
}

/// The lines that make it a series, zones by their IANA names.
fn recurrence(part: &Component, zones: &Zones, calendar_zone: &str) -> Vec<String> {
    let named = |line: &Line| {
        let Some(tzid) = line.param("TZID") else {
            return line.unfolded();
        };
        if let Some(name) = zones.name(tzid) {
            return if name == tzid {
                line.unfolded()
            } else {
                line.with_param("TZID", &name).unfolded()
            };
        }
        // A zone without a name: the instants. What is not understood stays, so that the series says so.
        let instant = |one: &str| {
            let time = value::event_time(&Line::new(&line.name, &[("TZID", tzid)], one), zones, calendar_zone);
            let at = time.ok().and_then(|time| time.instant(calendar_zone).ok());
            at.map_or_else(|| one.to_owned(), value::stamp)
        };
        let moments = line.value.split(',').map(|one| match one.split_once('/') {
            Some((begin, end)) => format!("{}/{}", instant(begin), instant(end)),
            None => instant(one),
        });
        line.without_param("TZID")
            .with_value(&moments.collect::<Vec<_>>().join(","))
            .unfolded()
    };
    let mut lines: Vec<String> = Vec::new();
    for line in part
        .lines()
        .filter(|l| is_recurrence(&l.name) && !l.value.trim().is_empty())
    {
        let line = named(line);
        // Programs that merge objects write the same rule twice.
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// Whether lines of that name make a series. EXRULE is not understood: the series then says so, instead of happening
/// too often.
pub fn is_recurrence(name: &str) -> bool {
    matches!(name, "RRULE" | "RDATE" | "EXDATE" | "EXRULE")
}

/// The address of a calendar user, where it is one of mail.
pub fn address(value: &str) -> Option<String> {
    let value = value.trim();
    let rest = value
        .get(..7)
        .filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"))
        .and_then(|_| value.get(7..));
    rest.or_else(|| (value.contains('@') && !value.contains(':')).then_some(value))
        .map(|a| a.trim().to_owned())
        .filter(|a| !a.is_empty())
}

/// The address of somebody who is invited.
pub fn email_of(line: &Line) -> Option<String> {
    address(&line.value).or_else(|| line.param("EMAIL").map(str::to_owned))
}

fn attendee(line: &Line, own: &[String]) -> Option<Attendee> {
    let email = email_of(line)?;
    Some(Attendee {
        name: line
            .param("CN")
            .map(str::to_owned)
            .filter(|name| !name.is_empty() && *name != email),
        response: match line.param("PARTSTAT").unwrap_or_default().to_ascii_uppercase().as_str() {
            "ACCEPTED" | "DELEGATED" | "COMPLETED" => Response::Accepted,
            "DECLINED" => Response::Declined,
            "TENTATIVE" => Response::Tentative,
            _ => Response::NeedsAction,
        },
        optional: line
            .param("ROLE")
            .is_some_and(|role| role.eq_ignore_ascii_case("OPT-PARTICIPANT")),
        is_self: own.contains(&email.to_lowercase()),
        email,
    })
}

/// No alarms are no reminders, unless we wrote that the calendar's own are meant.
fn reminders(part: &Component) -> Reminders {
    let overrides: Vec<_> = part.components().filter_map(reminder).collect();
    // An export says also where none are meant.
    let said = part.line(REMINDERS).is_some_and(|line| line.value.trim() != "NONE");
    let use_default = overrides.is_empty() && said;
    Reminders { use_default, overrides }
}

/// A reminder we have a word for: so long before the start.
pub fn reminder(alarm: &Component) -> Option<Reminder> {
    if alarm.name != "VALARM" {
        return None;
    }
    let trigger = alarm
        .line("TRIGGER")
        .filter(|line| line.param("RELATED").is_none_or(|r| r.eq_ignore_ascii_case("START")))?;
    let seconds = value::duration(&trigger.value)?
        .total((jiff::Unit::Second, jiff::SpanRelativeTo::days_are_24_hours()))
        .ok()?;
    if seconds > 0.0 {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "negated, so positive, and clamped"
    )]
    let minutes = (-seconds / 60.0).clamp(0.0, f64::from(u32::MAX)) as u32;
    let method = match alarm.line("ACTION")?.value.trim().to_ascii_uppercase().as_str() {
        "EMAIL" => ReminderMethod::Email,
        "DISPLAY" | "AUDIO" => ReminderMethod::Popup,
        _ => return None,
    };
    Some(Reminder { method, minutes })
}

/// The link of RFC 7986, or where the large producers put it before there was one.
fn conference(part: &Component) -> Option<Conference> {
    [
        "CONFERENCE",
        "X-GOOGLE-CONFERENCE",
        "X-MICROSOFT-SKYPETEAMSMEETINGURL",
        "X-MICROSOFT-ONLINEMEETINGCONFLINK",
    ]
    .into_iter()
    .filter_map(|name| part.line(name))
    .map(|line| Conference {
        url: line.value.trim().to_owned(),
        name: line.param("LABEL").map(str::to_owned),
    })
    .find(|c| c.url.starts_with("http"))
}
