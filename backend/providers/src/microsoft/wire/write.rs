//! From our own words to the bodies Graph takes. What it cannot keep is refused with a reason.

use std::collections::BTreeSet;

use domain::event::{Attendee, EventContent, EventStatus, Field, ReminderMethod, Reminders, Transparency, Visibility};
use serde_json::{Map, Value, json};

use super::{body, key_property, metadata_property, recurrence, time};

/// The `$filter` that finds an event by the key it was made under.
pub fn key_filter(key: &str) -> String {
    format!(
        "singleValueExtendedProperties/Any(ep: ep/id eq '{}' and ep/value eq '{key}')",
        key_property()
    )
}

/// The body of a new event. The key is its transaction id too, so that a repeated call makes no second event; each later
/// generation has another one. Whole days begin in `day_zone`.
///
/// # Errors
/// For people: what Microsoft cannot keep.
pub fn create(key: &str, generation: u32, content: &EventContent, day_zone: &str) -> Result<Value, String> {
    let mut fields: BTreeSet<Field> = Field::ALL.into_iter().collect();
    if content.reminders.use_default {
        fields.remove(&Field::Reminders);
    }
    if content.attendees.is_empty() {
        fields.remove(&Field::Attendees);
    }
    if content.recurrence.is_empty() {
        fields.remove(&Field::Recurrence);
    }
    let mut body = patch(content, &fields, &Value::Null, day_zone)?;
    body["transactionId"] = if generation == 0 {
        json!(key)
    } else {
        json!(format!("{key}-{generation}"))
    };
    let mut list = body["singleValueExtendedProperties"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    list.push(json!({"id": key_property(), "value": key}));
    body["singleValueExtendedProperties"] = Value::Array(list);
    Ok(body)
}

/// Whether the present state is needed to write these fields: they are sent whole, with what we have no word for.
pub fn needs_current(fields: &BTreeSet<Field>) -> bool {
    fields.contains(&Field::Description) || fields.contains(&Field::Attendees)
}

/// The body of a change: only `fields`. Attendees are replaced whole, and only sent when they are named, since Microsoft
/// mails whoever is on the list. `current` is the event as it is kept, its body as HTML.
///
/// # Errors
/// For people: what Microsoft cannot keep.
pub fn patch(
    content: &EventContent,
    fields: &BTreeSet<Field>,
    current: &Value,
    day_zone: &str,
) -> Result<Value, String> {
    let mut body = Map::new();
    for field in fields {
        let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
        match field {
            Field::Title => put("subject", json!(content.title)),
            Field::Description => put("body", body::write(content.description.as_deref(), current)?),
            Field::Location => put(
                "location",
                json!({"displayName": content.location.as_deref().unwrap_or_default()}),
            ),
            Field::Time => {
                put("isAllDay", json!(content.is_all_day()));
                put("start", time::write(&content.start, day_zone));
                put("end", time::write(&content.end, day_zone))
            }
            Field::Recurrence if content.recurrence.is_empty() => put("recurrence", Value::Null),
            Field::Recurrence => put(
                "recurrence",
                recurrence::write(&content.recurrence, &content.start, day_zone)?,
            ),
            Field::Attendees => put(
                "attendees",
                Value::Array(content.attendees.iter().map(|guest| attendee(guest, current)).collect()),
            ),
            // Answered by a call of its own.
            Field::Response => continue,
            Field::Reminders => {
                let minutes = reminder(&content.reminders)?;
                if let Some(minutes) = minutes {
                    put("reminderMinutesBeforeStart", json!(minutes));
                }
                put("isReminderOn", json!(minutes.is_some()))
            }
            Field::Visibility => put(
                "sensitivity",
                json!(match content.visibility {
                    Visibility::Default | Visibility::Public => "normal",
                    Visibility::Private => "private",
                    Visibility::Confidential => "confidential",
                }),
            ),
            Field::Transparency | Field::Status => put("showAs", json!(shows(content)?)),
            // There is none to take away.
            Field::Colour if content.colour.is_none() => None,
            Field::Colour => return Err("Microsoft gives events categories, not colours".into()),
            Field::Metadata => {
                let text = serde_json::to_string(&content.metadata).map_err(|e| e.to_string())?;
                put(
                    "singleValueExtendedProperties",
                    json!([{"id": metadata_property(), "value": text}]),
                )
            }
        };
    }
    Ok(Value::Object(body))
}

/// One word says both whether the time is blocked and whether the event is certain.
fn shows(content: &EventContent) -> Result<&'static str, String> {
    match (content.status, content.transparency) {
        (EventStatus::Cancelled, _) => Err("Microsoft cancels an event by deleting it".into()),
        (EventStatus::Tentative, Transparency::Free) => {
            Err("Microsoft cannot keep a time free for what is tentative: choose one of both".into())
        }
        (_, Transparency::Free) => Ok("free"),
        (EventStatus::Tentative, _) => Ok("tentative"),
        (EventStatus::Confirmed, _) => Ok("busy"),
    }
}

/// A guest. Who was there already keeps their name and being a room; Microsoft keeps their answer.
fn attendee(guest: &Attendee, current: &Value) -> Value {
    let mut known = current["attendees"].as_array().into_iter().flatten();
    let known = known.find(|one| {
        let address = one["emailAddress"]["address"].as_str();
        address.is_some_and(|address| address.eq_ignore_ascii_case(&guest.email))
    });
    let kind = match (guest.optional, known.and_then(|one| one["type"].as_str())) {
        (false, Some("resource")) => "resource",
        (true, _) => "optional",
        (false, _) => "required",
    };
    let there = known.and_then(|one| one["emailAddress"]["name"].as_str());
    let name = guest.name.as_deref().or(there).unwrap_or(&guest.email);
    json!({"emailAddress": {"address": guest.email, "name": name}, "type": kind})
}

/// Microsoft's default is a quarter of an hour.
fn reminder(reminders: &Reminders) -> Result<Option<u32>, String> {
    match (reminders.use_default, reminders.overrides.as_slice()) {
        (true, _) => Ok(Some(15)),
        (false, []) => Ok(None),
        (false, [one]) if one.method == ReminderMethod::Popup => Ok(Some(one.minutes)),
        (false, _) => Err("Microsoft keeps one reminder for an event, on the screen".into()),
    }
}
