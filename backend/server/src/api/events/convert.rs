//! From a request to what an event says, and back. All faults at once, with JSON pointers.

use domain::{
    event::{self as rules, EventContent, EventStatus},
    time::{self, EventTime, TimeError},
    validation::{Violation, validate, validate_change},
};
use jiff::civil;

use super::model::{AttendeeIn, Disambiguation, EventIn, EventTimeIn, Reminder, Reminders};

/// What the request says. `before` is the event as it is: what the request leaves alone is not judged, and guests keep
/// their answers.
///
/// # Errors
/// Everything that is wrong.
pub fn content(
    input: &EventIn,
    before: Option<&EventContent>,
    calendar_zone: &str,
) -> Result<EventContent, Vec<Violation>> {
    let mut faults = Vec::new();
    let repeats = !input.recurrence.is_empty();
    let start = event_time(&input.start, "/start", before.map(|b| &b.start), repeats, &mut faults);
    let end = event_time(&input.end, "/end", before.map(|b| &b.end), repeats, &mut faults);
    let timeless = start.is_none() || end.is_none();
    let (start, end) = match (start, end) {
        (Some(start), Some(end)) => (start, end),
        _ => placeholder(),
    };
    let status = input.status.map_or(EventStatus::Confirmed, Into::into);
    if status == EventStatus::Cancelled && before.is_none_or(|b| b.status != EventStatus::Cancelled) {
        let detail = "an event is cancelled by deleting it".to_owned();
        faults.push(Violation {
            pointer: "/status".into(),
            code: "not_allowed",
            detail,
        });
    }
    let content = EventContent {
        title: input.title.clone(),
        description: input.description.clone(),
        location: input.location.clone(),
        start,
        end,
        recurrence: if timeless { Vec::new() } else { input.recurrence.clone() },
        attendees: input.attendees.iter().map(|guest| attendee(guest, before)).collect(),
        organizer: before.and_then(|b| b.organizer.clone()),
        reminders: input.reminders.as_ref().map(reminders).unwrap_or_default(),
        visibility: input.visibility.map(Into::into).unwrap_or_default(),
        transparency: input.transparency.map(Into::into).unwrap_or_default(),
        status,
        colour: input.colour.clone(),
        conference: before.and_then(|b| b.conference.clone()),
        metadata: input.metadata.clone(),
        kind: before.map(|b| b.kind).unwrap_or_default(),
    };
    let found = match before {
        Some(before) if !timeless => validate_change(before, &content, calendar_zone),
        _ => validate(&content, calendar_zone),
    };
    faults.extend(found);
    if faults.is_empty() { Ok(content) } else { Err(faults) }
}

/// The request that would leave an event as it is: what a merge patch is applied to.
pub fn input(content: &EventContent) -> EventIn {
    EventIn {
        title: content.title.clone(),
        description: content.description.clone(),
        location: content.location.clone(),
        start: time_in(&content.start),
        end: time_in(&content.end),
        recurrence: content.recurrence.clone(),
        attendees: content
            .attendees
            .iter()
            .map(|a| AttendeeIn {
                email: a.email.clone(),
                name: a.name.clone(),
                optional: a.optional,
            })
            .collect(),
        reminders: Some(reminders_out(&content.reminders)),
        visibility: Some(content.visibility.into()),
        transparency: Some(content.transparency.into()),
        status: Some(content.status.into()),
        colour: content.colour.clone(),
        metadata: content.metadata.clone(),
        notify: None,
    }
}

/// Reminders as answers and requests spell them.
pub fn reminders_out(reminders: &rules::Reminders) -> Reminders {
    Reminders {
        use_default: reminders.use_default,
        overrides: reminders
            .overrides
            .iter()
            .map(|r| Reminder {
                method: r.method.into(),
                minutes: r.minutes,
            })
            .collect(),
    }
}

fn reminders(reminders: &Reminders) -> rules::Reminders {
    rules::Reminders {
        use_default: reminders.use_default,
        overrides: reminders
            .overrides
            .iter()
            .map(|r| rules::Reminder {
                method: r.method.into(),
                minutes: r.minutes,
            })
            .collect(),
    }
}

/// A guest who was invited before keeps their answer.
fn attendee(guest: &AttendeeIn, before: Option<&EventContent>) -> rules::Attendee {
    let known = before.and_then(|b| b.attendees.iter().find(|a| a.email.eq_ignore_ascii_case(&guest.email)));
    rules::Attendee {
        email: guest.email.clone(),
        name: guest.name.clone(),
        response: known.map(|a| a.response).unwrap_or_default(),
        optional: guest.optional,
        is_self: known.is_some_and(|a| a.is_self),
    }
}

fn time_in(time: &EventTime) -> EventTimeIn {
    match time {
        EventTime::Date { date } => EventTimeIn {
            date: Some(date.to_string()),
            ..EventTimeIn::default()
        },
        EventTime::Zoned { date_time, time_zone } => EventTimeIn {
            date_time: Some(date_time.to_string()),
            time_zone: Some(time_zone.clone()),
            ..EventTimeIn::default()
        },
    }
}

/// Lets the other fields be judged when the times cannot be read.
fn placeholder() -> (EventTime, EventTime) {
    let day = civil::date(2000, 1, 1);
    (
        EventTime::Date { date: day },
        EventTime::Date {
            date: day.tomorrow().unwrap_or(day),
        },
    )
}

/// Reads a start or an end; what is wrong goes to `faults`.
pub fn event_time(
    input: &EventTimeIn,
    pointer: &str,
    before: Option<&EventTime>,
    repeats: bool,
    faults: &mut Vec<Violation>,
) -> Option<EventTime> {
    let mut fault = |place: &str, code: &'static str, detail: String| {
        faults.push(Violation {
            pointer: format!("{pointer}{place}"),
            code,
            detail,
        });
        None
    };
    match (&input.date, &input.date_time, &input.time_zone) {
        (Some(date), None, None) => match date.parse::<civil::Date>() {
            Ok(_) if input.disambiguation.is_some() => fault(
                "/disambiguation",
                "not_with_date",
                "a whole day needs no disambiguation".into(),
            ),
            Ok(date) => Some(EventTime::Date { date }),
            Err(_) => fault("/date", "format", format!("“{date}” is not a day such as 2026-11-01")),
        },
        (None, Some(text), Some(name)) => {
            let Ok(date_time) = text.parse::<civil::DateTime>() else {
                return fault(
                    "/date_time",
                    "format",
                    format!("“{text}” is not a time such as 2026-11-01T09:00:00"),
                );
            };
            let zone = match time::zone(name) {
                Ok(zone) => zone.iana_name().unwrap_or(name).to_owned(),
                Err(error) => return fault("/time_zone", "time_zone_unknown", error.to_string()),
            };
            let time = EventTime::Zoned {
                date_time,
                time_zone: zone,
            };
            // An event that already lies in the hour that happens twice may stay there.
            if before == Some(&time) && input.disambiguation.is_none() {
                return Some(time);
            }
            match placed(time, input.disambiguation, repeats) {
                Ok(time) => Some(time),
                Err(error @ TimeError::Gap { .. }) => fault(
                    "/date_time",
                    "time_does_not_exist",
                    format!("{error}; send disambiguation “earlier” or “later”"),
                ),
                Err(error @ TimeError::Fold { .. }) => fault(
                    "/date_time",
                    "time_is_ambiguous",
                    format!("{error}; send disambiguation “earlier” or “later”"),
                ),
                Err(error) => fault("/date_time", "time_out_of_range", error.to_string()),
            }
        }
        (None, Some(_), None) => fault("/time_zone", "required", "a time needs a time_zone".into()),
        (None, None, _) => fault("", "required", "either date, or date_time with time_zone".into()),
        (Some(_), ..) => fault("", "exclusive", "date excludes date_time and time_zone".into()),
    }
}

/// The wall time that stands for the reading that was asked for.
fn placed(time: EventTime, how: Option<Disambiguation>, repeats: bool) -> Result<EventTime, TimeError> {
    let EventTime::Zoned { date_time, time_zone } = &time else {
        return Ok(time);
    };
    let how = match how {
        None => time::Disambiguation::Reject,
        Some(Disambiguation::Earlier) => time::Disambiguation::Earlier,
        Some(Disambiguation::Later) => time::Disambiguation::Later,
    };
    let instant = time::resolve(*date_time, time_zone, how)?;
    let local = time::zone(time_zone)?.to_datetime(instant);
    if time::instant(local, time_zone)? == instant {
        return Ok(EventTime::Zoned {
            date_time: local,
            time_zone: time_zone.clone(),
        });
    }
    // The second of two equal wall times has no name of its own in its zone; in UTC it has. A series would lose its
    // zone by that, so it is refused with both readings.
    if repeats {
        time::resolve(*date_time, time_zone, time::Disambiguation::Reject)?;
    }
    let utc = jiff::tz::TimeZone::UTC.to_datetime(instant);
    Ok(EventTime::Zoned {
        date_time: utc,
        time_zone: "UTC".to_owned(),
    })
}
