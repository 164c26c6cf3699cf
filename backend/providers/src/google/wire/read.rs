//! From Google's JSON to our own words. Whatever is not understood stays in `raw`.

use std::collections::BTreeMap;

use domain::{
    availability::Kind,
    calendar::{AccessRole, RemoteCalendar},
    event::{
        Attendee, Conference, EventContent, EventStatus, Person, Reminder, ReminderMethod, Reminders, RemoteEvent,
        Response, Transparency, Visibility,
    },
    time::EventTime,
};
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use serde_json::Value;

use super::{
    MARKER,
    types::{CalendarListEntry, ConferenceData, Event, ExtendedProperties, Guest, WireReminder, WireReminders},
};

/// A calendar of the list; `None` where people hid or removed it.
///
/// # Errors
/// For people: the entry is not a calendar.
pub fn calendar(entry: &Value) -> Result<Option<RemoteCalendar>, String> {
    let entry = CalendarListEntry::deserialize(entry).map_err(|e| e.to_string())?;
    if entry.hidden || entry.deleted {
        return Ok(None);
    }
    let filled = |text: Option<String>| text.filter(|t| !t.is_empty());
    Ok(Some(RemoteCalendar {
        name: filled(entry.summary_override)
            .or(filled(entry.summary))
            .unwrap_or_else(|| entry.id.clone()),
        description: filled(entry.description),
        time_zone: entry.time_zone.as_deref().and_then(crate::zones::find),
        colour: entry.background_color.map(|c| c.to_ascii_lowercase()),
        access_role: match entry.access_role.as_deref() {
            Some("owner") => AccessRole::Owner,
            Some("writer" | "writerWithoutPrivateAccess") => AccessRole::Writer,
            Some("reader") => AccessRole::Reader,
            // freeBusyReader, and any word we do not know: the least
            _ => AccessRole::FreeBusy,
        },
        primary: entry.primary,
        remote_id: entry.id,
    }))
}

/// What an item of `events.list` or an answer to a call means.
#[derive(Debug, PartialEq)]
pub enum Read {
    /// It is there, or it is a cancelled occurrence of a series.
    Event(Box<RemoteEvent>),
    /// It is gone.
    Gone(String),
}

/// Reads one item. `calendar_zone` is used where the event names no zone.
///
/// # Errors
/// For people: what is missing or not understood.
pub fn event(item: &Value, calendar_zone: &str) -> Result<Read, String> {
    let wire = Event::deserialize(item).map_err(|e| e.to_string())?;
    let is_series = wire.recurrence.as_ref().is_some_and(|r| !r.is_empty());
    let original_start = match &wire.original_start_time {
        Some(time) => Some(time.read(calendar_zone, false)?),
        None => None,
    };
    let cancelled = wire.status.as_deref() == Some("cancelled");
    let times = match (&wire.start, &original_start) {
        // A cancelled occurrence is only guaranteed to say which one it was.
        (None, Some(original)) if cancelled => (original.clone(), after(original)),
        (_, None) if cancelled => return Ok(Read::Gone(wire.id)),
        (None, _) => return Err("it has no start".into()),
        (Some(start), _) => {
            let start = start.read(calendar_zone, is_series)?;
            let end = match &wire.end {
                Some(end) if !wire.end_time_unspecified => end.read(calendar_zone, is_series)?,
                _ => after(&start),
            };
            (start, end)
        }
    };
    let (start, end) = times;
    if start.is_date() != end.is_date() {
        return Err("it starts on a day and ends at a time, or the other way round".into());
    }
    let series = wire.recurring_event_id.clone();
    let uid = wire
        .ical_uid
        .clone()
        .unwrap_or_else(|| format!("{}@google.com", series.as_ref().unwrap_or(&wire.id)));
    let time = |text: &Option<String>| text.as_deref().and_then(|t| t.parse::<Timestamp>().ok());
    let (created_at, updated_at) = (time(&wire.created), time(&wire.updated));
    Ok(Read::Event(Box::new(RemoteEvent {
        remote_id: wire.id.clone(),
        ical_uid: uid,
        etag: wire.etag.clone(),
        series,
        original_start,
        html_link: wire.html_link.clone(),
        created_at,
        updated_at,
        raw: item.to_string(),
        content: content(wire, start, end),
    })))
}

/// The end where none is given: a day is a day long, a moment has no length.
fn after(start: &EventTime) -> EventTime {
    match start {
        EventTime::Date { date } => EventTime::Date {
            date: date.checked_add(1.day()).unwrap_or(*date),
        },
        EventTime::Zoned { .. } => start.clone(),
    }
}

fn content(wire: Event, start: EventTime, end: EventTime) -> EventContent {
    EventContent {
        title: wire.summary.unwrap_or_default(),
        description: wire.description,
        location: wire.location,
        start,
        end,
        recurrence: wire.recurrence.unwrap_or_default(),
        attendees: wire
            .attendees
            .unwrap_or_default()
            .into_iter()
            .filter_map(attendee)
            .collect(),
        organizer: wire.organizer.and_then(|o| {
            o.email.map(|email| Person {
                email,
                name: o.display_name,
            })
        }),
        reminders: wire.reminders.map(reminders).unwrap_or_default(),
        visibility: wire
            .visibility
            .as_deref()
            .and_then(Visibility::parse)
            .unwrap_or_default(),
        transparency: match wire.transparency.as_deref() {
            Some("transparent") => Transparency::Free,
            _ => Transparency::Busy,
        },
        status: wire.status.as_deref().and_then(EventStatus::parse).unwrap_or_default(),
        colour: wire.color_id,
        conference: conference(wire.conference_data, wire.hangout_link),
        metadata: metadata(wire.extended_properties),
        kind: match wire.event_type.as_deref() {
            Some("outOfOffice") => Kind::OutOfOffice,
            Some("focusTime") => Kind::FocusTime,
            Some("workingLocation") => Kind::WorkingLocation,
            // default, birthday, fromGmail, and any word we do not know
            _ => Kind::Event,
        },
    }
}

fn attendee(guest: Guest) -> Option<Attendee> {
    Some(Attendee {
        email: guest.email?,
        name: guest.display_name,
        response: match guest.response_status.as_deref() {
            Some("accepted") => Response::Accepted,
            Some("declined") => Response::Declined,
            Some("tentative") => Response::Tentative,
            _ => Response::NeedsAction,
        },
        optional: guest.optional,
        is_self: guest.is_self,
    })
}

fn reminders(wire: WireReminders) -> Reminders {
    let one = |r: WireReminder| {
        let method = ReminderMethod::parse(r.method.as_deref()?)?;
        Some(Reminder {
            method,
            minutes: u32::try_from(r.minutes?).ok()?,
        })
    };
    let overrides = if wire.use_default {
        Vec::new()
    } else {
        wire.overrides.unwrap_or_default()
    };
    Reminders {
        use_default: wire.use_default,
        overrides: overrides.into_iter().filter_map(one).collect(),
    }
}

fn conference(data: Option<ConferenceData>, hangout: Option<String>) -> Option<Conference> {
    let (points, name) = match data {
        Some(data) => (
            data.entry_points.unwrap_or_default(),
            data.conference_solution.and_then(|s| s.name),
        ),
        None => (Vec::new(), None),
    };
    let video = points
        .into_iter()
        .find(|p| p.entry_point_type.as_deref() == Some("video"))
        .and_then(|p| p.uri);
    let url = video.or(hangout)?;
    Some(Conference { url, name })
}

fn metadata(properties: Option<ExtendedProperties>) -> BTreeMap<String, String> {
    let private = properties.and_then(|p| p.private).unwrap_or_default();
    private
        .into_iter()
        .filter(|(key, _)| key != MARKER)
        .filter_map(|(key, value)| Some((key, value?)))
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(item: &Value) -> RemoteEvent {
        match event(item, "Europe/Berlin").unwrap() {
            Read::Event(event) => *event,
            Read::Gone(id) => panic!("{id} is gone"),
        }
    }

    #[test]
    fn an_event_is_read_with_everything_it_says() {
        let item = json!({
            "kind": "calendar#event", "id": "abc", "etag": "\"1\"", "status": "tentative",
            "htmlLink": "https://example.org/e", "created": "2026-10-01T08:00:00.000Z", "updated": "2026-10-02T08:00:00.123Z",
            "summary": "Review", "description": "<b>x</b>", "location": "Room 1", "colorId": "5",
            "organizer": { "email": "ann@example.org", "displayName": "Ann", "self": true },
            "start": { "dateTime": "2026-11-02T09:00:00+01:00", "timeZone": "Europe/Berlin" },
            "end": { "dateTime": "2026-11-02T10:00:00+01:00", "timeZone": "Europe/Berlin" },
            "recurrence": ["RRULE:FREQ=WEEKLY"], "iCalUID": "abc@google.com", "transparency": "transparent",
            "visibility": "private",
            "attendees": [
                { "email": "bo@example.org", "responseStatus": "accepted", "optional": true, "resource": true },
                { "id": "nobody" }
            ],
            "reminders": { "useDefault": false, "overrides": [
                { "method": "popup", "minutes": 10 }, { "method": "pigeon", "minutes": 5 }
            ] },
            "extendedProperties": { "private": { "external_id": "7", MARKER: "0f" }, "shared": { "x": "y" } },
            "conferenceData": {
                "entryPoints": [
                    { "entryPointType": "phone", "uri": "tel:1" },
                    { "entryPointType": "video", "uri": "https://meet.example/x" }
                ],
                "conferenceSolution": { "name": "Google Meet" }
            },
            "somethingNew": { "kept": true }
        });
        let event = read(&item);
        let content = &event.content;
        assert_eq!(
            (event.remote_id.as_str(), event.etag.as_deref()),
            ("abc", Some("\"1\""))
        );
        assert_eq!(event.updated_at.unwrap().to_string(), "2026-10-02T08:00:00.123Z");
        assert_eq!(
            (content.title.as_str(), content.colour.as_deref()),
            ("Review", Some("5"))
        );
        assert_eq!(
            (content.status, content.transparency),
            (EventStatus::Tentative, Transparency::Free)
        );
        assert_eq!(content.visibility, Visibility::Private);
        assert_eq!(content.recurrence, ["RRULE:FREQ=WEEKLY"]);
        assert_eq!(content.attendees.len(), 1);
        assert!(content.attendees[0].optional && content.attendees[0].response == Response::Accepted);
        assert_eq!(
            content.reminders.overrides,
            [Reminder {
                method: ReminderMethod::Popup,
                minutes: 10
            }]
        );
        assert_eq!(
            content.metadata.iter().collect::<Vec<_>>(),
            [(&"external_id".to_owned(), &"7".to_owned())]
        );
        assert_eq!(content.conference.as_ref().unwrap().url, "https://meet.example/x");
        assert!(event.raw.contains("somethingNew"));
    }

    #[test]
    fn a_cancelled_occurrence_says_which_one_and_a_cancelled_event_is_gone() {
        let occurrence = read(&json!({
            "id": "abc_20261109T080000Z", "status": "cancelled", "recurringEventId": "abc",
            "originalStartTime": { "dateTime": "2026-11-09T09:00:00+01:00", "timeZone": "Europe/Berlin" }
        }));
        assert_eq!(occurrence.series.as_deref(), Some("abc"));
        assert_eq!(occurrence.content.status, EventStatus::Cancelled);
        assert_eq!(occurrence.original_start, Some(occurrence.content.start.clone()));
        assert_eq!(occurrence.ical_uid, "abc@google.com");
        let gone = event(&json!({ "id": "abc", "status": "cancelled" }), "UTC").unwrap();
        assert_eq!(gone, Read::Gone("abc".into()));
        // Deleted events keep their content for a while.
        let full = json!({ "id": "abc", "status": "cancelled", "start": { "date": "2026-11-01" } });
        assert_eq!(event(&full, "UTC").unwrap(), Read::Gone("abc".into()));
    }

    #[test]
    fn a_missing_end_is_a_day_or_no_time_at_all() {
        let day = read(&json!({ "id": "a", "start": { "date": "2026-11-01" } }));
        assert_eq!(
            day.content.end,
            EventTime::Date {
                date: "2026-11-02".parse().unwrap()
            }
        );
        let start = json!({ "dateTime": "2026-11-01T09:00:00Z" });
        let open = json!({ "id": "a", "start": start, "end": start, "endTimeUnspecified": true });
        let event = read(&open);
        assert_eq!(event.content.end, event.content.start);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_a_reason() {
        let mixed =
            json!({ "id": "a", "start": { "date": "2026-11-01" }, "end": { "dateTime": "2026-11-01T09:00:00Z" } });
        assert!(event(&mixed, "UTC").unwrap_err().contains("day"));
        assert!(event(&json!({ "id": "a" }), "UTC").unwrap_err().contains("no start"));
        assert!(
            event(&json!({ "id": "a", "start": { "date": "soon" } }), "UTC")
                .unwrap_err()
                .contains("soon")
        );
        assert!(event(&json!({ "summary": "x" }), "UTC").is_err());
    }

    #[test]
    fn calendars_are_read_with_role_and_colour_and_hidden_ones_are_skipped() {
        let entry = |role: &str| {
            json!({
                "id": "c", "summary": "Work", "summaryOverride": "Mine", "accessRole": role, "backgroundColor": "#9FE1E7",
                "timeZone": "W. Europe Standard Time", "primary": true
            })
        };
        let found = calendar(&entry("owner")).unwrap().unwrap();
        assert_eq!(
            (found.name.as_str(), found.colour.as_deref()),
            ("Mine", Some("#9fe1e7"))
        );
        assert_eq!(found.time_zone.as_deref(), Some("Europe/Berlin"));
        let role = |r: &str| calendar(&entry(r)).unwrap().unwrap().access_role;
        assert_eq!(role("writer"), AccessRole::Writer);
        assert_eq!(role("freeBusyReader"), AccessRole::FreeBusy);
        assert_eq!(role("emperor"), AccessRole::FreeBusy);
        assert_eq!(calendar(&json!({ "id": "c", "hidden": true })).unwrap(), None);
        assert_eq!(calendar(&json!({ "id": "c", "deleted": true })).unwrap(), None);
    }
}
