//! From Graph's JSON to our own words. Whatever is not understood stays in `raw`.

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
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::Value;

use super::{body, key_property, metadata_property, recurrence, time};

/// A calendar of the list.
///
/// # Errors
/// For people: it is not a calendar.
pub fn calendar(item: &Value) -> Result<RemoteCalendar, String> {
    let id = item["id"].as_str().ok_or("the calendar has no id")?;
    let default = item["isDefaultCalendar"].as_bool().unwrap_or(false);
    Ok(RemoteCalendar {
        remote_id: id.to_owned(),
        name: item["name"].as_str().unwrap_or(id).to_owned(),
        description: None,
        time_zone: None,
        colour: filled(&item["hexColor"]).map(|c| c.to_ascii_lowercase()),
        access_role: match (item["canEdit"].as_bool(), item["canShare"].as_bool()) {
            (Some(true), Some(true)) => AccessRole::Owner,
            (Some(true), _) => AccessRole::Writer,
            _ => AccessRole::Reader,
        },
        primary: default,
    })
}

fn filled(value: &Value) -> Option<String> {
    value.as_str().filter(|t| !t.is_empty()).map(str::to_owned)
}

/// The `$expand` that brings our own properties along.
pub fn properties() -> String {
    format!(
        "singleValueExtendedProperties($filter=id eq '{}' or id eq '{}')",
        key_property(),
        metadata_property()
    )
}

/// A single event, a master or an exception. Times must have been asked for in UTC.
///
/// # Errors
/// For people: what is missing or not understood.
pub fn event(item: &Value) -> Result<RemoteEvent, String> {
    let id = item["id"].as_str().ok_or("it has no id")?;
    let all_day = item["isAllDay"].as_bool().unwrap_or(false);
    let repeats = item["recurrence"].is_object();
    let zone = |key: &str| {
        let own = item[key].as_str().filter(|name| crate::zones::find(name).is_some());
        // A desktop program's zone has no name; the series may have one.
        own.or_else(|| item["recurrence"]["range"]["recurrenceTimeZone"].as_str())
            .or(item[key].as_str())
    };
    let start = time::read(&item["start"], zone("originalStartTimeZone"), all_day, repeats)?;
    let end = time::read(&item["end"], zone("originalEndTimeZone"), all_day, repeats)?;
    let recurrence = if repeats {
        vec![recurrence::read(&item["recurrence"], &start)?]
    } else {
        Vec::new()
    };
    let stamp = |key: &str| item[key].as_str().and_then(|t| t.parse::<Timestamp>().ok());
    let original_start = match stamp("originalStart") {
        None => None,
        Some(at) if all_day => Some(EventTime::Date {
            date: named_day(&item["occurrenceId"]).unwrap_or_else(|| day_of(at, zone("originalStartTimeZone"))),
        }),
        Some(at) => Some(time::placed(at, zone("originalStartTimeZone"), false)?),
    };
    Ok(RemoteEvent {
        remote_id: id.to_owned(),
        // Of occurrences `iCalUId` differs; `uid` does not.
        ical_uid: filled(&item["uid"])
            .or_else(|| filled(&item["iCalUId"]))
            .unwrap_or_else(|| id.to_owned()),
        etag: filled(&item["@odata.etag"]),
        series: filled(&item["seriesMasterId"]),
        original_start,
        html_link: filled(&item["webLink"]),
        created_at: stamp("createdDateTime"),
        updated_at: stamp("lastModifiedDateTime"),
        raw: item.to_string(),
        content: content(item, start, end, recurrence),
    })
}

fn content(item: &Value, start: EventTime, end: EventTime, recurrence: Vec<String>) -> EventContent {
    let shows = item["showAs"].as_str().unwrap_or_default();
    let guests = item["attendees"].as_array().into_iter().flatten();
    let reminder = item["reminderMinutesBeforeStart"]
        .as_u64()
        .and_then(|n| u32::try_from(n).ok());
    let reminder = reminder.filter(|_| item["isReminderOn"].as_bool().unwrap_or(false));
    let link = filled(&item["onlineMeeting"]["joinUrl"]).or_else(|| filled(&item["onlineMeetingUrl"]));
    EventContent {
        title: item["subject"].as_str().unwrap_or_default().to_owned(),
        description: body::text(item),
        location: filled(&item["location"]["displayName"]),
        start,
        end,
        recurrence,
        attendees: guests.filter_map(attendee).collect(),
        organizer: person(&item["organizer"]).map(|(email, name)| Person { email, name }),
        reminders: Reminders {
            use_default: false,
            overrides: reminder
                .map(|minutes| Reminder {
                    method: ReminderMethod::Popup,
                    minutes,
                })
                .into_iter()
                .collect(),
        },
        visibility: match item["sensitivity"].as_str() {
            Some("private" | "personal") => Visibility::Private,
            Some("confidential") => Visibility::Confidential,
            _ => Visibility::Default,
        },
        // Any word we do not know blocks the time.
        transparency: match shows {
            "free" | "workingElsewhere" => Transparency::Free,
            _ => Transparency::Busy,
        },
        status: match (item["isCancelled"].as_bool(), shows) {
            (Some(true), _) => EventStatus::Cancelled,
            (_, "tentative") => EventStatus::Tentative,
            _ => EventStatus::Confirmed,
        },
        colour: None,
        conference: link.map(|url| Conference {
            url,
            name: filled(&item["onlineMeetingProvider"]).filter(|n| n != "unknown"),
        }),
        metadata: metadata(item),
        kind: match shows {
            "oof" => Kind::OutOfOffice,
            "workingElsewhere" => Kind::WorkingLocation,
            _ => Kind::Event,
        },
    }
}

fn person(value: &Value) -> Option<(String, Option<String>)> {
    let address = &value["emailAddress"];
    let email = filled(&address["address"])?;
    let name = filled(&address["name"]).filter(|n| *n != email);
    Some((email, name))
}

fn attendee(guest: &Value) -> Option<Attendee> {
    let (email, name) = person(guest)?;
    Some(Attendee {
        email,
        name,
        response: response(&guest["status"]),
        optional: guest["type"].as_str() == Some("optional"),
        is_self: false,
    })
}

/// Marks the guest one is oneself. The answer of one's own is said apart; the list of guests only tells what has arrived at
/// the organizer.
pub fn mark_own(content: &mut EventContent, item: &Value, own: &[String]) {
    let mut guests = content.attendees.iter_mut();
    let is_own = |guest: &&mut Attendee| own.iter().any(|one| guest.email.eq_ignore_ascii_case(one));
    if let Some(me) = guests.find(is_own) {
        me.is_self = true;
        me.response = response(&item["responseStatus"]);
    }
}

fn response(status: &Value) -> Response {
    match status["response"].as_str() {
        Some("accepted" | "organizer") => Response::Accepted,
        Some("declined") => Response::Declined,
        Some("tentativelyAccepted") => Response::Tentative,
        _ => Response::NeedsAction,
    }
}

/// Our extended property that holds metadata, where the item has it.
fn metadata_text(item: &Value) -> Option<&str> {
    let list = item["singleValueExtendedProperties"].as_array();
    let named = |id: &str| id.eq_ignore_ascii_case(&metadata_property());
    let own = list.into_iter().flatten().find(|p| p["id"].as_str().is_some_and(named));
    own?["value"].as_str()
}

/// Whether an item has metadata of its own, be it empty.
pub fn says_metadata(item: &Value) -> bool {
    metadata_text(item).is_some()
}

fn metadata(item: &Value) -> BTreeMap<String, String> {
    metadata_text(item)
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}

/// The day that begins then in a zone of Microsoft's.
fn day_of(at: Timestamp, zone: Option<&str>) -> Date {
    let known = zone
        .and_then(crate::zones::find)
        .and_then(|name| TimeZone::get(&name).ok());
    known.unwrap_or(TimeZone::UTC).to_datetime(at).date()
}

/// The day in the name of an occurrence: `OID.{master}.{day}`.
fn named_day(name: &Value) -> Option<Date> {
    name.as_str()?.rsplit('.').next()?.parse().ok()
}

/// The occurrences a master says were deleted (`cancelledOccurrences`: `OID.{master}.{day}`), as cancelled overrides.
///
/// # Errors
/// For people: a name that is not understood.
pub fn cancelled(item: &Value, master: &RemoteEvent) -> Result<Vec<RemoteEvent>, String> {
    let names = item["cancelledOccurrences"].as_array().into_iter().flatten();
    names
        .map(|name| {
            let day = named_day(name).ok_or_else(|| format!("{name} names no occurrence"))?;
            let original = match &master.content.start {
                EventTime::Date { .. } => EventTime::Date { date: day },
                EventTime::Zoned { date_time, time_zone } => EventTime::Zoned {
                    date_time: day.to_datetime(date_time.time()),
                    time_zone: time_zone.clone(),
                },
            };
            let mut gone = master.clone();
            gone.remote_id = name.as_str().unwrap_or_default().to_owned();
            gone.series = Some(master.remote_id.clone());
            gone.original_start = Some(original.clone());
            gone.raw = String::new();
            (gone.content.start, gone.content.end) = (original.clone(), original);
            gone.content.recurrence = Vec::new();
            gone.content.status = EventStatus::Cancelled;
            Ok(gone)
        })
        .collect()
}
