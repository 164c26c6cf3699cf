//! From our own words to the bodies Graph takes. What it cannot keep is refused with a reason.

use std::collections::BTreeSet;

use domain::event::{Attendee, EventContent, EventStatus, Field, ReminderMethod, Reminders, Transparency, Visibility};
use serde_json::{Map, Value, json};

use super::{key_property, metadata_property, recurrence, time};

/// The `$filter` that finds an event by the key it was made under.
pub fn key_filter(key: &str) -> String {
    format!(
        "singleValueExtendedProperties/Any(ep: ep/id eq '{}' and ep/value eq '{key}')",
        key_property()
    )
}

/// The body of a new event. The key is its transaction id too, so that a repeated call makes no second event.
///
/// # Errors
/// For people: what Microsoft cannot keep.
pub fn create(key: &str, content: &EventContent) -> Result<Value, String> {
    let mut fields: BTreeSet<Field> = Field::ALL.into_iter().collect();
    if content.colour.is_none() {
        fields.remove(&Field::Colour);
    }
    if content.reminders.use_default {
        fields.remove(&Field::Reminders);
    }
    if content.attendees.is_empty() {
        fields.remove(&Field::Attendees);
    }
    if content.recurrence.is_empty() {
        fields.remove(&Field::Recurrence);
    }
    let mut body = patch(content, &fields)?;
    body["transactionId"] = json!(key);
    let mut list = body["singleValueExtendedProperties"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    list.push(json!({"id": key_property(), "value": key}));
    body["singleValueExtendedProperties"] = Value::Array(list);
    Ok(body)
}

/// The body of a change: only `fields`. Attendees are replaced whole, and only sent when they are named, since Microsoft
/// mails whoever is on the list.
///
/// # Errors
/// For people: what Microsoft cannot keep.
pub fn patch(content: &EventContent, fields: &BTreeSet<Field>) -> Result<Value, String> {
    let mut body = Map::new();
    for field in fields {
        let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
        match field {
            Field::Title => put("subject", json!(content.title)),
            Field::Description => put(
                "body",
                json!({"contentType": "text", "content": content.description.as_deref().unwrap_or_default()}),
            ),
            Field::Location => put(
                "location",
                json!({"displayName": content.location.as_deref().unwrap_or_default()}),
            ),
            Field::Time => {
                put("isAllDay", json!(content.is_all_day()));
                put("start", time::write(&content.start));
                put("end", time::write(&content.end))
            }
            Field::Recurrence if content.recurrence.is_empty() => put("recurrence", Value::Null),
            Field::Recurrence => put("recurrence", recurrence::write(&content.recurrence, &content.start)?),
            Field::Attendees => put(
                "attendees",
                Value::Array(content.attendees.iter().map(attendee).collect()),
            ),
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
        (_, Transparency::Free) => Ok("free"),
        (EventStatus::Tentative, _) => Ok("tentative"),
        (EventStatus::Confirmed, _) => Ok("busy"),
    }
}

fn attendee(guest: &Attendee) -> Value {
    let name = guest.name.as_deref().unwrap_or(&guest.email);
    let kind = if guest.optional { "optional" } else { "required" };
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
