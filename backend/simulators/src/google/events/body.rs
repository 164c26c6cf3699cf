//! From what a client sends to what is kept: merging, checking, and the one form in which fields are stored (times in UTC,
//! defaults left out).

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::google::{
    errors::Refusal,
    recurrence,
    store::lines,
    time::{When, span},
};

/// What clients send back but cannot change.
const READ_ONLY: [&str; 14] = [
    "kind",
    "etag",
    "id",
    "created",
    "updated",
    "htmlLink",
    "creator",
    "organizer",
    "hangoutLink",
    "recurringEventId",
    "originalStartTime",
    "iCalUID",
    "locked",
    "privateCopy",
];

/// What a series and its occurrence always keep when they are replaced.
const KEPT: [&str; 6] = [
    "creator",
    "organizer",
    "hangoutLink",
    "recurringEventId",
    "originalStartTime",
    "iCalUID",
];

/// What a client may set.
pub(crate) fn writable(sent: &Value) -> Map<String, Value> {
    let mut fields = sent.as_object().cloned().unwrap_or_default();
    fields.retain(|key, _| !READ_ONLY.contains(&key.as_str()));
    fields
}

/// Merge patch (objects field by field, arrays whole, `null` removes).
pub(crate) fn merge(base: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (key, value) in patch {
        match (base.get_mut(key), value) {
            (_, Value::Null) => {
                base.shift_remove(key);
            }
            (Some(Value::Object(inner)), Value::Object(change)) => merge(inner, change),
            (_, Value::Object(change)) => {
                let mut fresh = Map::new();
                merge(&mut fresh, change);
                base.insert(key.clone(), Value::Object(fresh));
            }
            _ => {
                base.insert(key.clone(), value.clone());
            }
        }
    }
}

/// The new body of a PUT: what was sent, and what cannot be changed.
pub(crate) fn replace(base: &Map<String, Value>, sent: Map<String, Value>, conference: bool) -> Map<String, Value> {
    let mut fields = Map::new();
    merge(&mut fields, &sent);
    for key in KEPT {
        if let Some(value) = base.get(key) {
            fields.insert(key.into(), value.clone());
        }
    }
    if !conference {
        // Version 0 clients know nothing of conferences, so what they write has none.
        fields.shift_remove("hangoutLink");
    }
    fields
}

/// Checks a whole body and brings it into the stored form.
///
/// # Errors
/// 400 for everything Google refuses.
pub(crate) fn canonical(fields: Map<String, Value>, calendar_zone: &str) -> Result<Map<String, Value>, Refusal> {
    let mut fields = fields;
    fields.retain(|_, value| !value.is_null());
    let missing = Value::Null;
    let start = When::parse(fields.get("start").unwrap_or(&missing), "start", calendar_zone)?;
    let end = When::parse(fields.get("end").unwrap_or(&missing), "end", calendar_zone)?;
    if start.is_day() != end.is_day() {
        return Err(Refusal::invalid(
            "Start and end times must either both be date or both be dateTime.",
        ));
    }
    if end.instant(&TimeZone::UTC) <= start.instant(&TimeZone::UTC) {
        return Err(Refusal::empty_range());
    }
    let repeats = !lines(&fields).is_empty();
    if !repeats {
        fields.shift_remove("recurrence");
    } else {
        if fields.contains_key("recurringEventId") {
            return Err(Refusal::invalid(
                "An instance of a recurring event cannot itself be recurring.",
            ));
        }
        let zoned = fields.get("start").and_then(|s| s.get("timeZone")).is_some();
        if !start.is_day() && !zoned {
            return Err(Refusal::required("Missing time zone definition for start time."));
        }
        recurrence::check(&start, &lines(&fields))?;
    }
    fields.insert("start".into(), start.stored());
    fields.insert("end".into(), end.stored());

    word(&mut fields, "status", &["confirmed", "tentative", "cancelled"], None)?;
    word(&mut fields, "transparency", &["opaque", "transparent"], Some("opaque"))?;
    word(
        &mut fields,
        "visibility",
        &["default", "public", "private", "confidential"],
        Some("default"),
    )?;
    let types = [
        "default",
        "birthday",
        "focusTime",
        "fromGmail",
        "outOfOffice",
        "workingLocation",
    ];
    word(&mut fields, "eventType", &types, None)?;
    for (key, default) in [
        ("guestsCanInviteOthers", true),
        ("guestsCanModify", false),
        ("guestsCanSeeOtherGuests", true),
        ("anyoneCanAddSelf", false),
    ] {
        if fields.get(key) == Some(&json!(default)) {
            fields.shift_remove(key);
        }
    }
    fields.entry("status").or_insert(json!("confirmed"));
    fields.entry("eventType").or_insert(json!("default"));
    fields.shift_remove("attendeesOmitted");
    fields.shift_remove("endTimeUnspecified");
    color(&fields)?;
    attendees(&mut fields)?;
    reminders(&mut fields)?;
    properties(&mut fields);
    Ok(fields)
}

fn word(fields: &mut Map<String, Value>, key: &str, allowed: &[&str], default: Option<&str>) -> Result<(), Refusal> {
    let Some(text) = fields.get(key).and_then(Value::as_str) else {
        return Ok(());
    };
    if !allowed.contains(&text) {
        return Err(Refusal::invalid(format!("Invalid value for: {text} is not a valid value")).at_parameter(key));
    }
    if Some(text) == default {
        fields.shift_remove(key);
    }
    Ok(())
}

fn color(fields: &Map<String, Value>) -> Result<(), Refusal> {
    match fields.get("colorId").and_then(Value::as_str) {
        Some(id) if !(1..=11).contains(&id.parse::<u8>().unwrap_or(0)) => Err(Refusal::invalid("Invalid color id.")),
        _ => Ok(()),
    }
}

fn attendees(fields: &mut Map<String, Value>) -> Result<(), Refusal> {
    let Some(list) = fields.get_mut("attendees").and_then(Value::as_array_mut) else {
        return Ok(());
    };
    let mut known = BTreeSet::new();
    for guest in list.iter_mut() {
        let Some(fields) = guest.as_object_mut() else { continue };
        fields.retain(|key, value| !value.is_null() && !matches!(key.as_str(), "self" | "organizer" | "id"));
        let email = fields.get("email").and_then(Value::as_str).unwrap_or_default();
        if email.is_empty() {
            return Err(Refusal::required("Missing attendee email."));
        }
        if !address(email) {
            return Err(Refusal::invalid("Invalid attendee email."));
        }
        if !known.insert(email.to_lowercase()) {
            return Err(Refusal::invalid("Duplicate attendee email."));
        }
        let answers = ["needsAction", "declined", "tentative", "accepted"];
        word(fields, "responseStatus", &answers, None)?;
        fields.entry("responseStatus").or_insert(json!("needsAction"));
        for flag in ["optional", "resource"] {
            if fields.get(flag) == Some(&json!(false)) {
                fields.shift_remove(flag);
            }
        }
    }
    if list.is_empty() {
        fields.shift_remove("attendees");
    }
    Ok(())
}

/// Whether a text can be a mail address.
pub(crate) fn address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && host.contains('.') && !host.contains('@') && !text.contains(' ')
    })
}

fn reminders(fields: &mut Map<String, Value>) -> Result<(), Refusal> {
    let reminders = fields.entry("reminders").or_insert(json!({"useDefault": true}));
    let Some(parts) = reminders.as_object_mut() else {
        return Ok(());
    };
    parts.retain(|_, value| !value.is_null());
    let by_default = parts.get("useDefault").and_then(Value::as_bool).unwrap_or(false);
    let overrides = parts
        .get("overrides")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    if by_default && !overrides.is_empty() {
        return Err(Refusal::new(
            400,
            "cannotUseDefaultRemindersAndSpecifyOverride",
            "Cannot specify both default reminders and overrides at the same time.",
        )
        .domain("calendar"));
    }
    if overrides.len() > 5 {
        return Err(Refusal::invalid("Too many override reminders."));
    }
    for one in &overrides {
        let minutes = one["minutes"].as_i64().unwrap_or(-1);
        if !matches!(one["method"].as_str(), Some("email" | "popup")) || !(0..=40_320).contains(&minutes) {
            return Err(Refusal::invalid("Invalid reminder."));
        }
    }
    parts.insert("useDefault".into(), json!(by_default));
    if overrides.is_empty() {
        parts.shift_remove("overrides");
    }
    Ok(())
}

/// Long keys are silently dropped, long values silently cut, as the guide to extended properties says.
fn properties(fields: &mut Map<String, Value>) {
    let Some(kinds) = fields.get_mut("extendedProperties").and_then(Value::as_object_mut) else {
        return;
    };
    for (_, list) in kinds.iter_mut() {
        let Some(list) = list.as_object_mut() else { continue };
        list.retain(|key, value| !value.is_null() && key.chars().count() <= 44);
        for value in list.values_mut() {
            if let Some(text) = value.as_str()
                && text.chars().count() > 1024
            {
                *value = json!(text.chars().take(1024).collect::<String>());
            }
        }
        let extra: Vec<String> = list.keys().skip(300).cloned().collect();
        for key in extra {
            list.shift_remove(&key);
        }
    }
    kinds.retain(|_, list| list.as_object().is_some_and(|l| !l.is_empty()));
    if kinds.is_empty() {
        fields.shift_remove("extendedProperties");
    }
}

/// Turns a request for a conference into one.
///
/// # Errors
/// 400 without a request id.
pub(crate) fn conference(fields: &mut Map<String, Value>, before: Option<&Value>) -> Result<(), Refusal> {
    let Some(data) = fields.get_mut("conferenceData") else {
        fields.shift_remove("hangoutLink");
        return Ok(());
    };
    let Some(wish) = data.get("createRequest").cloned() else {
        return Ok(());
    };
    let request = wish["requestId"].as_str().unwrap_or_default().to_string();
    if request.is_empty() {
        return Err(Refusal::invalid("Invalid conference create request."));
    }
    if let Some(before) = before.filter(|b| b["createRequest"]["requestId"] == json!(request)) {
        *data = before.clone();
        return Ok(());
    }
    let letters: String = crate::google::store::event_id()
        .chars()
        .map(|c| {
            if c.is_ascii_digit() {
                char::from(b'k' + (c as u8 - b'0'))
            } else {
                c
            }
        })
        .collect();
    let part = |from: usize, to: usize| letters.get(from..to).unwrap_or("abcd").to_string();
    let code = format!("{}-{}-{}", part(0, 3), part(3, 7), part(7, 10));
    let link = format!("https://meet.google.com/{code}");
    *data = json!({
        "createRequest": {
            "requestId": request,
            "conferenceSolutionKey": {"type": "hangoutsMeet"},
            "status": {"statusCode": "success"}
        },
        "entryPoints": [{"entryPointType": "video", "uri": link, "label": link.trim_start_matches("https://")}],
        "conferenceSolution": {
            "key": {"type": "hangoutsMeet"},
            "name": "Google Meet",
            "iconUri": "https://fonts.gstatic.com/s/i/productlogos/meet_2020q4/v6/web-512dp/logo_meet_2020q4_color_2x_web_512dp.png"
        },
        "conferenceId": code
    });
    fields.insert("hangoutLink".into(), json!(link));
    Ok(())
}

/// Whether a change is one that guests must hear of, so that the sequence number grows.
pub(crate) fn significant(before: &Map<String, Value>, after: &Map<String, Value>) -> bool {
    span(before) != span(after)
        || before.get("recurrence") != after.get("recurrence")
        || before.get("status") != after.get("status")
        || before.get("location") != after.get("location")
}
