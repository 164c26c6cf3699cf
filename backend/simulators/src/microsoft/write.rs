//! Events made, changed and taken away (docs: calendar-post-events.md, event-update.md, event-delete.md).

use jiff::{
    ToSpan as _,
    civil::{Date, Time},
};
use serde_json::{Map, Value, json};

use super::{
    errors::Refusal,
    expand, invite,
    recurrence::Rule,
    store::{Event, Exception, ItemKey, State, fresh_key, fresh_uid},
    subscriptions,
    time::Moment,
};

/// How many people may be invited (docs: resources/event.md, `attendees`).
const GUESTS: usize = 500;

fn defaults() -> Map<String, Value> {
    json!({
        "categories": [],
        "transactionId": null,
        "reminderMinutesBeforeStart": 15,
        "isReminderOn": true,
        "hasAttachments": false,
        "isDraft": false,
        "subject": "",
        "importance": "normal",
        "sensitivity": "normal",
        "isAllDay": false,
        "responseRequested": true,
        "showAs": "busy",
        "isOnlineMeeting": false,
        "onlineMeetingProvider": "unknown",
        "onlineMeetingUrl": null,
        "onlineMeeting": null,
        "allowNewTimeProposals": true,
        "hideAttendees": false,
        "body": {"contentType": "html", "content": ""},
        "location": {"displayName": "", "locationType": "default", "uniqueIdType": "unknown", "address": {}, "coordinates": {}},
        "locations": [],
        "attendees": [],
        "recurrence": null,
    })
    .as_object()
    .cloned()
    .unwrap_or_default()
}

/// Makes an event. A transaction id that has made one already makes no second (docs: resources/event.md, `transactionId`).
///
/// # Errors
/// 400 for what Graph refuses.
pub(crate) fn create(state: &mut State, owner: &str, calendar: &str, sent: &Value) -> Result<String, Refusal> {
    let transaction = sent["transactionId"]
        .as_str()
        .map(|t| (owner.to_string(), t.to_string()));
    if let Some(known) = transaction.as_ref().and_then(|t| state.transactions.get(t)) {
        // One whose event is somewhere else or gone is spent (alcionai/corso issue 2490 shows the words).
        let there = state.events.get(known).filter(|e| e.calendar == calendar);
        return there.map(|e| e.key.clone()).ok_or_else(|| {
            Refusal::new(
                409,
                "ErrorDuplicateTransactionId",
                "Your request can't be completed. The TransactionId specified in the request has already been used to create a different event.",
            )
        });
    }
    let mut body = defaults();
    lay_over(&mut body, sent)?;
    let teams = state
        .accounts
        .get(owner)
        .is_some_and(|a| a.tenant != super::oauth::CONSUMERS);
    meeting(&mut body, None, teams);
    checked(&mut body)?;
    let now = state.now();
    let event = Event {
        key: fresh_key(),
        calendar: calendar.into(),
        uid: fresh_uid(),
        created: now,
        updated: now,
        revision: state.next(),
        organizer: owner.into(),
        response: ("organizer".into(), None),
        cancelled: false,
        exceptions: Default::default(),
        gone: Default::default(),
        custom_zone: false,
        body,
    };
    let key = event.key.clone();
    state.events.insert(key.clone(), event);
    if let Some(transaction) = transaction {
        state.transactions.insert(transaction, key.clone());
    }
    subscriptions::log(state, &ItemKey(key.clone(), None), "created");
    invite::send(state, &key, "invitation");
    Ok(key)
}

/// Changes an event, or makes an exception of an occurrence.
///
/// # Errors
/// 400 for what Graph refuses, 404 where there is nothing.
pub(crate) fn update(state: &mut State, item: &ItemKey, sent: &Value) -> Result<(), Refusal> {
    if sent.get("transactionId").is_some() {
        return Err(Refusal::bad(
            "ErrorInvalidPropertySet",
            "Property 'transactionId' cannot be changed after the event was created.",
        ));
    }
    let event = state.event(&item.0)?.clone();
    let shape = expand::shape(&event, item.1).ok_or_else(Refusal::not_found)?;
    let mut after = shape.body.clone();
    after.insert("start".into(), shape.start.json());
    after.insert("end".into(), shape.end.json());
    let before = after.clone();
    lay_over(&mut after, sent)?;
    let teams = state
        .accounts
        .get(state.owner(&event))
        .is_some_and(|a| a.tenant != super::oauth::CONSUMERS);
    meeting(&mut after, Some(&before), teams);
    if item.1.is_some() && after.get("recurrence").is_some_and(Value::is_object) {
        return Err(Refusal::bad(
            "ErrorCalendarCannotUpdateDeletedItem",
            "An occurrence cannot have a recurrence of its own.",
        ));
    }
    if item.1.is_none() && event.repeats() && sent.get("recurrence").is_none() {
        follow(&mut after);
    }
    checked(&mut after)?;
    let (now, revision) = (state.now(), state.next());
    match item.1 {
        None => {
            let moved = ["start", "end", "recurrence", "isAllDay"]
                .iter()
                .any(|key| before.get(*key) != after.get(*key));
            let kept = state.event_mut(&item.0)?;
            if moved {
                // Outlook forgets exceptions when the pattern changes.
                kept.exceptions.clear();
                kept.gone.clear();
            }
            (kept.body, kept.updated, kept.revision) = (after, now, revision);
        }
        Some(day) => {
            between_neighbours(&event, day, &after)?;
            let mut changed = event.exceptions.get(&day).map(|e| e.body.clone()).unwrap_or_default();
            for (key, value) in &after {
                if before.get(key) != Some(value) {
                    changed.insert(key.clone(), value.clone());
                }
            }
            let kept = state.event_mut(&item.0)?;
            kept.exceptions.insert(
                day,
                Exception {
                    body: changed,
                    updated: now,
                    revision,
                },
            );
            (kept.updated, kept.revision) = (now, revision);
        }
    }
    subscriptions::log(state, item, "updated");
    invite::send(state, &item.0, "update");
    Ok(())
}

/// Deletes an event or an occurrence. Of an organizer this cancels the meeting (docs: event-delete.md).
///
/// # Errors
/// 404.
pub(crate) fn remove(state: &mut State, item: &ItemKey) -> Result<(), Refusal> {
    let event = state.event(&item.0)?.clone();
    expand::shape(&event, item.1).ok_or_else(Refusal::not_found)?;
    subscriptions::log(state, item, "deleted");
    match item.1 {
        None => {
            invite::cancel(state, &item.0);
            state.events.remove(&item.0);
            state.next();
        }
        Some(day) => {
            let (now, revision) = (state.now(), state.next());
            let kept = state.event_mut(&item.0)?;
            kept.exceptions.remove(&day);
            kept.gone.insert(day);
            (kept.updated, kept.revision) = (now, revision);
            invite::send(state, &item.0, "update");
        }
    }
    Ok(())
}

/// Takes over what was sent. Objects are replaced whole; `null` brings the default back.
fn lay_over(body: &mut Map<String, Value>, sent: &Value) -> Result<(), Refusal> {
    let fresh = defaults();
    for (key, value) in sent
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| !key.contains('@'))
    {
        match key.as_str() {
            "attachments" => {}
            "singleValueExtendedProperties" | "multiValueExtendedProperties" => properties(body, key, value)?,
            _ if value.is_null() => match fresh.get(key) {
                Some(default) => {
                    body.insert(key.clone(), default.clone());
                }
                None => {
                    body.shift_remove(key);
                }
            },
            "location" => {
                let mut place = json!({"displayName": "", "locationType": "default", "uniqueIdType": "unknown"});
                merge(&mut place, value);
                if let Some(name) = value["displayName"].as_str().filter(|n| !n.is_empty()) {
                    place["uniqueId"] = json!(name);
                    place["uniqueIdType"] = json!("private");
                }
                body.insert(
                    "locations".into(),
                    if value["displayName"].as_str().is_none_or(str::is_empty) {
                        json!([])
                    } else {
                        json!([place])
                    },
                );
                body.insert("location".into(), place);
            }
            "locations" => {
                let first = value.get(0).cloned();
                body.insert(
                    "location".into(),
                    first.unwrap_or_else(|| fresh.get("location").cloned().unwrap_or_default()),
                );
                body.insert("locations".into(), value.clone());
            }
            "body" => {
                let kind = value["contentType"].as_str().unwrap_or("text");
                body.insert(
                    key.clone(),
                    json!({"contentType": kind, "content": value["content"].as_str().unwrap_or_default()}),
                );
            }
            "attendees" => {
                body.insert(key.clone(), attendees(body.get("attendees"), value)?);
            }
            _ => {
                body.insert(key.clone(), value.clone());
            }
        }
    }
    Ok(())
}

fn merge(into: &mut Value, from: &Value) {
    for (key, value) in from.as_object().into_iter().flatten() {
        into[key.as_str()] = value.clone();
    }
}

/// Extended properties are set one by one; those that are not named stay (docs:
/// singlevaluelegacyextendedproperty-post-singlevalueextendedproperties.md).
fn properties(body: &mut Map<String, Value>, kind: &str, sent: &Value) -> Result<(), Refusal> {
    let mut list = body.get(kind).and_then(Value::as_array).cloned().unwrap_or_default();
    for one in sent.as_array().into_iter().flatten() {
        let id = one["id"].as_str().unwrap_or_default();
        if !property_id(id, kind.starts_with("multi")) {
            return Err(Refusal::bad(
                "ErrorInvalidProperty",
                format!("The extended property id '{id}' is invalid."),
            ));
        }
        list.retain(|known| !known["id"].as_str().is_some_and(|k| k.eq_ignore_ascii_case(id)));
        if !one["value"].is_null() {
            list.push(json!({"id": id, "value": one["value"]}));
        }
    }
    body.insert(kind.into(), Value::Array(list));
    Ok(())
}

/// `String {guid} Name x` or `Integer 0x1234` (docs: resources/extended-properties-overview.md).
fn property_id(id: &str, many: bool) -> bool {
    const KINDS: [&str; 14] = [
        "ApplicationTime",
        "Binary",
        "Boolean",
        "CLSID",
        "Currency",
        "Double",
        "Error",
        "Float",
        "Integer",
        "Long",
        "Object",
        "Short",
        "String",
        "SystemTime",
    ];
    let mut words = id.splitn(4, ' ');
    let kind = words.next().unwrap_or_default();
    let kind = if many {
        kind.strip_suffix("Array").unwrap_or("")
    } else {
        kind
    };
    if !KINDS.contains(&kind) {
        return false;
    }
    match words.next() {
        Some(tag) if tag.starts_with("0x") => !many && words.next().is_none(),
        Some(set) => {
            let guid = set.strip_prefix('{').and_then(|s| s.strip_suffix('}'));
            let hex = guid.is_some_and(|g| g.len() == 36 && g.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'));
            hex && matches!(words.next(), Some("Name" | "Id")) && words.next().is_some_and(|name| !name.is_empty())
        }
        None => false,
    }
}

/// Guests; the answers of those who are known already stay.
fn attendees(before: Option<&Value>, sent: &Value) -> Result<Value, Refusal> {
    let list = sent.as_array().cloned().unwrap_or_default();
    if list.len() > GUESTS {
        return Err(Refusal::bad(
            "ErrorExceededMaxRecipientLimit",
            "The maximum number of recipients was exceeded.",
        ));
    }
    let mut all: Vec<Value> = Vec::new();
    for guest in list {
        let address = guest["emailAddress"]["address"].as_str().unwrap_or_default();
        if address.is_empty() || !address.contains('@') {
            return Err(Refusal::bad(
                "ErrorInvalidRecipients",
                "At least one recipient is not valid.",
            ));
        }
        let earlier = before
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .find(|a| invite::address(a).eq_ignore_ascii_case(address));
        let status = earlier.map_or(json!({"response": "none", "time": "0001-01-01T00:00:00Z"}), |a| {
            a["status"].clone()
        });
        let name = guest["emailAddress"]["name"].as_str().unwrap_or(address);
        all.push(json!({
            "type": guest["type"].as_str().unwrap_or("required"),
            "status": status,
            "emailAddress": {"name": name, "address": address},
        }));
    }
    Ok(Value::Array(all))
}

/// Turns a wish for an online meeting into one. It cannot be unset, and personal accounts have no Teams for business
/// (docs: outlook-calendar-online-meetings.md).
fn meeting(body: &mut Map<String, Value>, before: Option<&Map<String, Value>>, teams: bool) {
    let on = |b: &Map<String, Value>| b.get("isOnlineMeeting") == Some(&json!(true));
    let join = |b: &Map<String, Value>| {
        b.get("onlineMeeting")
            .and_then(|m| m["joinUrl"].as_str())
            .unwrap_or_default()
            .to_string()
    };
    if let Some(before) = before.filter(|b| on(b)) {
        let says_how = body["body"]["content"]
            .as_str()
            .is_some_and(|text| text.contains(&join(before)));
        if !says_how {
            // Who writes over the block about joining ends the meeting (event-update.md, “body property and online meetings”).
            body.insert("isOnlineMeeting".into(), json!(false));
            body.insert("onlineMeetingProvider".into(), json!("unknown"));
            body.insert("onlineMeeting".into(), Value::Null);
            return;
        }
        for key in [
            "isOnlineMeeting",
            "onlineMeetingProvider",
            "onlineMeeting",
            "onlineMeetingUrl",
        ] {
            if let Some(value) = before.get(key) {
                body.insert(key.into(), value.clone());
            }
        }
        return;
    }
    if !on(body) {
        return;
    }
    if !teams {
        body.insert("isOnlineMeeting".into(), json!(false));
        body.insert("onlineMeetingProvider".into(), json!("unknown"));
        return;
    }
    let code = crate::chance::secret(20);
    let join = format!("https://teams.microsoft.com/l/meetup-join/19%3ameeting_{code}%40thread.v2/0");
    body.insert("onlineMeetingProvider".into(), json!("teamsForBusiness"));
    let kept = &body["body"];
    let text = kept["content"].as_str().unwrap_or_default();
    let own = if kept["contentType"] == "html" {
        text.to_string()
    } else {
        super::present::wrapped(text)
    };
    let block = format!(
        "<div class=\"me-email-text\"><div>{}</div><div>Microsoft Teams meeting</div><div><a href=\"{join}\">Join the meeting now</a></div></div>",
        "_".repeat(80)
    );
    body.insert(
        "body".into(),
        json!({"contentType": "html", "content": format!("{own}{block}")}),
    );
    body.insert("onlineMeeting".into(), json!({"joinUrl": join}));
}

/// The range of a series begins with its start.
fn follow(body: &mut Map<String, Value>) {
    let start = Moment::stored_in(body, "start").map(|m| m.wall.date().to_string());
    if let (Some(start), Some(rule)) = (start, body.get_mut("recurrence")) {
        rule["range"]["startDate"] = json!(start);
    }
}

/// Checks a whole body and completes it.
fn checked(body: &mut Map<String, Value>) -> Result<(), Refusal> {
    let missing = Value::Null;
    let start = Moment::parse(body.get("start").unwrap_or(&missing), "start")?;
    let end = Moment::parse(body.get("end").unwrap_or(&missing), "end")?;
    if end.instant() < start.instant() {
        return Err(Refusal::bad(
            "ErrorCalendarEndDateIsEarlierThanStartDate",
            "The end date is earlier than the start date.",
        ));
    }
    if body.get("isAllDay") == Some(&json!(true)) {
        let midnight = |m: &Moment| m.wall.time() == Time::midnight();
        if !midnight(&start) || !midnight(&end) {
            return Err(Refusal::request(
                "The Event.Start and Event.End properties of an all-day event need to be set to midnight.",
            ));
        }
        if start.zone != end.zone {
            return Err(Refusal::request(
                "The start and the end of an all-day event must be in the same time zone.",
            ));
        }
        if end.wall < start.wall.saturating_add(1.day()) {
            return Err(Refusal::request(
                "The duration of an event marked as All day must be at least 24 hours.",
            ));
        }
    }
    body.insert("start".into(), start.json());
    body.insert("end".into(), end.json());
    if let Some(recurrence) = body.get("recurrence").filter(|r| r.is_object()) {
        let rule = Rule::parse(recurrence)?;
        if rule.start() != start.wall.date() {
            return Err(Refusal::value(
                "At least one property failed validation: recurrence.range.startDate must be the day of start.",
            ));
        }
        if let Some(zone) = recurrence["range"]["recurrenceTimeZone"].as_str() {
            super::time::known(zone)?;
        }
        if rule.days(rule.start().saturating_add(20.years())).is_empty() {
            return Err(Refusal::bad(
                "ErrorRecurrenceHasNoOccurrence",
                "The specified recurrence pattern does not contain any occurrences.",
            ));
        }
    }
    Ok(())
}

/// An occurrence must stay between the one before and the one after it (EWS: `ErrorOccurrenceCrossingBoundary`).
fn between_neighbours(event: &Event, day: Date, after: &Map<String, Value>) -> Result<(), Refusal> {
    let (Some(rule), Some(start)) = (expand::rule(event), Moment::stored_in(after, "start")) else {
        return Ok(());
    };
    let new = start.wall.date();
    let days = rule.days(day.saturating_add(6.years()));
    let place = |d: &Date| {
        event
            .exceptions
            .get(d)
            .and_then(|e| Moment::stored_in(&e.body, "start"))
            .map_or(*d, |m| m.wall.date())
    };
    let at = days.iter().position(|d| *d == day).unwrap_or(0);
    let earlier = days
        .get(..at)
        .into_iter()
        .flatten()
        .rev()
        .find(|d| !event.gone.contains(d))
        .map(place);
    let later = days
        .get(at + 1..)
        .into_iter()
        .flatten()
        .find(|d| !event.gone.contains(d))
        .map(place);
    if earlier.is_some_and(|d| new <= d) || later.is_some_and(|d| new >= d) {
        return Err(Refusal::bad(
            "ErrorOccurrenceCrossingBoundary",
            "Modified occurrence is crossing or overlapping adjacent occurrence.",
        ));
    }
    Ok(())
}
