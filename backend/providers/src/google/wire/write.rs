//! From our own words to the bodies Google takes.

use std::collections::{BTreeMap, BTreeSet};

use domain::event::{Attendee, EventContent, Field, Notify, Reminders, Response, Transparency};
use serde_json::{Map, Value, json};

use super::{MARKER, time};

/// The word for `sendUpdates`.
pub const fn send_updates(notify: Notify) -> &'static str {
    match notify {
        Notify::None => "none",
        Notify::External => "externalOnly",
        Notify::All => "all",
    }
}

/// The body of `events.insert` under our own id, with the key it comes from.
///
/// # Errors
/// For people: a time that cannot be written.
pub fn insert(id: &str, key: &str, content: &EventContent) -> Result<Value, String> {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("id", json!(id));
    put("summary", json!(content.title));
    put("start", time::write(&content.start, false)?);
    put("end", time::write(&content.end, false)?);
    for (name, text) in [
        ("description", &content.description),
        ("location", &content.location),
        ("colorId", &content.colour),
    ] {
        if let Some(text) = text {
            put(name, json!(text));
        }
    }
    if !content.recurrence.is_empty() {
        put("recurrence", json!(content.recurrence));
    }
    if !content.attendees.is_empty() {
        put("attendees", attendees(&content.attendees, &Value::Null));
    }
    put("reminders", reminders(&content.reminders, false));
    put("visibility", json!(content.visibility.as_str()));
    put("transparency", json!(transparency(content.transparency)));
    put("status", json!(content.status.as_str()));
    let mut private: BTreeMap<&str, &str> = content.metadata.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    private.insert(MARKER, key);
    put("extendedProperties", json!({ "private": private }));
    Ok(Value::Object(body))
}

/// The body of `events.patch`: only `fields`, `null` where something is cleared. `current` is the event as Google
/// holds it; needed for attendees and metadata (whose untouched parts must be sent along or named to be removed).
///
/// # Errors
/// For people: a time that cannot be written.
pub fn patch(content: &EventContent, fields: &BTreeSet<Field>, current: &Value) -> Result<Value, String> {
    let mut body = Map::new();
    for field in fields {
        let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
        match field {
            Field::Title => put("summary", json!(content.title)),
            Field::Description => put("description", json!(content.description)),
            Field::Location => put("location", json!(content.location)),
            Field::Time => {
                put("start", time::write(&content.start, true)?);
                put("end", time::write(&content.end, true)?)
            }
            Field::Recurrence if content.recurrence.is_empty() => put("recurrence", Value::Null),
            Field::Recurrence => put("recurrence", json!(content.recurrence)),
            Field::Attendees => put("attendees", attendees(&content.attendees, current)),
            // Answered by a call of its own.
            Field::Response => continue,
            Field::Reminders => put("reminders", reminders(&content.reminders, true)),
            Field::Visibility => put("visibility", json!(content.visibility.as_str())),
            Field::Transparency => put("transparency", json!(transparency(content.transparency))),
            Field::Status => put("status", json!(content.status.as_str())),
            Field::Colour => put("colorId", json!(content.colour)),
            Field::Metadata => put("extendedProperties", json!({ "private": metadata(content, current) })),
        };
    }
    Ok(Value::Object(body))
}

const fn transparency(value: Transparency) -> &'static str {
    match value {
        Transparency::Busy => "opaque",
        Transparency::Free => "transparent",
    }
}

/// Nested fields are merged in a patch, so overrides are emptied by name.
fn reminders(value: &Reminders, patch: bool) -> Value {
    let overrides: Vec<_> = value
        .overrides
        .iter()
        .map(|r| json!({ "method": r.method.as_str(), "minutes": r.minutes }))
        .collect();
    match (value.use_default, patch) {
        (true, false) => json!({ "useDefault": true }),
        (true, true) => json!({ "useDefault": true, "overrides": [] }),
        (false, _) => json!({ "useDefault": false, "overrides": overrides }),
    }
}

const fn response(value: Response) -> &'static str {
    match value {
        Response::NeedsAction => "needsAction",
        Response::Accepted => "accepted",
        Response::Declined => "declined",
        Response::Tentative => "tentative",
    }
}

fn same_address(guest: &Value, email: &str) -> bool {
    guest["email"].as_str().is_some_and(|e| e.eq_ignore_ascii_case(email))
}

/// The whole list, since arrays are replaced: who was there already keeps their answer and every field we do not know.
fn attendees(wanted: &[Attendee], current: &Value) -> Value {
    let known = current["attendees"].as_array().map(Vec::as_slice).unwrap_or_default();
    let one = |attendee: &Attendee| {
        let before = known.iter().find(|g| same_address(g, &attendee.email));
        let mut guest = before.and_then(Value::as_object).cloned().unwrap_or_default();
        if before.is_none() {
            guest.insert("email".into(), json!(attendee.email));
            if attendee.response != Response::NeedsAction {
                guest.insert("responseStatus".into(), json!(response(attendee.response)));
            }
        }
        if let Some(name) = &attendee.name {
            guest.insert("displayName".into(), json!(name));
        }
        if attendee.optional || guest.contains_key("optional") {
            guest.insert("optional".into(), json!(attendee.optional));
        }
        Value::Object(guest)
    };
    Value::Array(wanted.iter().map(one).collect())
}

/// Keys that are no longer wanted are named with `null`; the marker stays.
fn metadata(content: &EventContent, current: &Value) -> Value {
    let before = current["extendedProperties"]["private"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    let gone = before
        .keys()
        .filter(|key| *key != MARKER && !content.metadata.contains_key(*key));
    let gone = gone.map(|key| (key.clone(), Value::Null));
    let kept = content.metadata.iter().map(|(key, value)| (key.clone(), json!(value)));
    Value::Object(gone.chain(kept).collect())
}

/// The body that sets the account's own answer and leaves the other guests as they are; `None` where it is not invited.
pub fn answered(current: &Value, answer: Response) -> Option<Value> {
    let mut guests = current["attendees"].as_array()?.clone();
    let own = guests.iter_mut().find(|g| g["self"] == json!(true))?.as_object_mut()?;
    own.insert("responseStatus".into(), json!(response(answer)));
    let mut body = json!({ "attendees": guests });
    if current["attendeesOmitted"] == json!(true) {
        // The list is not whole: only the participant's own answer is to be written.
        body["attendeesOmitted"] = json!(true);
    }
    Some(body)
}

/// Black or white, whichever reads better on `#rrggbb` (relative luminance of WCAG 2, roughly).
pub fn contrasting(background: &str) -> &'static str {
    let part = |range| {
        background
            .get(range)
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())
            .unwrap_or(255)
    };
    let brightness = 299 * part(1..3) + 587 * part(3..5) + 114 * part(5..7);
    if brightness > 128_000 { "#000000" } else { "#ffffff" }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use domain::{
        event::{EventStatus, Reminder, ReminderMethod, Visibility},
        time::EventTime,
    };

    use super::*;

    fn lunch() -> EventContent {
        let at = |text: &str| EventTime::Zoned {
            date_time: text.parse().unwrap(),
            time_zone: "Europe/Berlin".into(),
        };
        EventContent {
            title: "Lunch".into(),
            description: None,
            location: Some("Café".into()),
            start: at("2026-11-02T12:00:00"),
            end: at("2026-11-02T13:00:00"),
            recurrence: vec![],
            attendees: vec![],
            organizer: None,
            reminders: Reminders::default(),
            visibility: Visibility::Default,
            transparency: Transparency::Busy,
            status: EventStatus::Confirmed,
            colour: None,
            conference: None,
            metadata: BTreeMap::from([("external_id".to_owned(), "7".to_owned())]),
            kind: domain::availability::Kind::Event,
        }
    }

    fn guest(email: &str) -> Attendee {
        Attendee {
            email: email.into(),
            name: None,
            response: Response::NeedsAction,
            optional: false,
            is_self: false,
        }
    }

    #[test]
    fn a_new_event_says_what_it_holds_and_nothing_else() {
        let body = insert("csaa", "aa", &lunch()).unwrap();
        let expected = json!({
            "id": "csaa", "summary": "Lunch",
            "start": { "dateTime": "2026-11-02T12:00:00+01:00", "timeZone": "Europe/Berlin" },
            "end": { "dateTime": "2026-11-02T13:00:00+01:00", "timeZone": "Europe/Berlin" },
            "location": "Café", "reminders": { "useDefault": true }, "visibility": "default", "transparency": "opaque",
            "status": "confirmed",
            "extendedProperties": { "private": { "calendarStackerKey": "aa", "external_id": "7" } }
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn a_patch_names_only_what_changed_and_clears_with_null() {
        let mut after = lunch();
        after.location = None;
        after.reminders = Reminders {
            use_default: false,
            overrides: vec![Reminder {
                method: ReminderMethod::Email,
                minutes: 5,
            }],
        };
        let body = patch(&after, &lunch().changed(&after), &Value::Null).unwrap();
        let overrides = json!([{ "method": "email", "minutes": 5 }]);
        assert_eq!(
            body,
            json!({ "location": null, "reminders": { "useDefault": false, "overrides": overrides } })
        );
    }

    #[test]
    fn guests_keep_their_answers_and_what_we_do_not_know_of_them() {
        let current = json!({ "attendees": [
            { "email": "Bo@example.org", "responseStatus": "accepted", "comment": "late", "additionalGuests": 2 },
            { "email": "cy@example.org", "responseStatus": "declined" }
        ] });
        let mut after = lunch();
        after.attendees = vec![guest("bo@example.org"), guest("new@example.org")];
        after.attendees[0].optional = true;
        let body = patch(&after, &BTreeSet::from([Field::Attendees]), &current).unwrap();
        let expected = json!({ "attendees": [
            {
                "email": "Bo@example.org", "responseStatus": "accepted", "comment": "late", "additionalGuests": 2,
                "optional": true
            },
            { "email": "new@example.org" }
        ] });
        assert_eq!(body, expected);
    }

    #[test]
    fn metadata_that_is_no_longer_wanted_is_removed_but_the_marker_stays() {
        let current = json!({ "extendedProperties": { "private": { "old": "1", MARKER: "aa", "external_id": "6" } } });
        let body = patch(&lunch(), &BTreeSet::from([Field::Metadata]), &current).unwrap();
        assert_eq!(
            body,
            json!({ "extendedProperties": { "private": { "old": null, "external_id": "7" } } })
        );
    }

    #[test]
    fn an_answer_to_an_invitation_changes_only_ones_own_line() {
        let current = json!({ "attendees": [
            { "email": "ann@example.org", "self": true, "responseStatus": "needsAction" },
            { "email": "bo@example.org", "responseStatus": "tentative" }
        ] });
        let body = answered(&current, Response::Accepted).unwrap();
        assert_eq!(body["attendees"][0]["responseStatus"], "accepted");
        assert_eq!(body["attendees"][1], current["attendees"][1]);
        assert_eq!(
            answered(
                &json!({ "attendees": [{ "email": "bo@example.org" }] }),
                Response::Accepted
            ),
            None
        );
        assert_eq!(answered(&json!({}), Response::Accepted), None);
    }

    #[test]
    fn text_is_readable_on_its_background() {
        assert_eq!(
            (contrasting("#ffffff"), contrasting("#1a237e"), contrasting("red")),
            ("#000000", "#ffffff", "#000000")
        );
    }
}
