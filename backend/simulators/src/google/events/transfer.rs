//! Events that come from elsewhere or go elsewhere: import, move, quickAdd.

use serde_json::{Value, json};

use crate::google::{
    errors::Refusal,
    server::{Answer, Call},
    store::{Event, Role, State, etag, event_id},
    time::When,
};

use super::{
    body, guests, instances,
    write::{add, answer, organizer, send, store},
};

/// `events.import`: by iCalUID, silently, updating what is there.
pub(crate) fn import(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let calendar = state.access_at_least(&call.actor, call.path("calendarId"), Role::Writer)?;
    let home = state.calendar(&calendar)?;
    let sent = &call.body;
    let uid = sent["iCalUID"]
        .as_str()
        .ok_or_else(|| Refusal::required("Missing iCalUID."))?
        .to_string();
    let original = match sent.get("originalStartTime").filter(|v| !v.is_null()) {
        Some(value) => Some(When::parse(value, "original start", &home.time_zone)?),
        None => None,
    };
    let same = |e: &&Event| e.text("iCalUID") == Some(&uid);
    let master = home
        .events
        .values()
        .filter(same)
        .find(|e| e.master().is_none())
        .cloned();
    let (id, before) = match (&original, &master) {
        (Some(at), Some(master)) => {
            let id = format!("{}_{}", master.id, at.suffix());
            let before = home.events.get(&id).cloned();
            (id, before)
        }
        (_, Some(master)) => (master.id.clone(), Some(master.clone())),
        (_, None) => (
            sent["id"]
                .as_str()
                .map_or_else(|| format!("_{}", event_id()), String::from),
            None,
        ),
    };
    let mut fields = body::canonical(body::writable(sent), &home.time_zone)?;
    if call.query.number("conferenceDataVersion").unwrap_or(0) < 1 {
        fields.shift_remove("conferenceData");
    }
    fields.insert("iCalUID".into(), json!(uid));
    if let (Some(at), Some(master)) = (&original, &master) {
        fields.insert("recurringEventId".into(), json!(master.id));
        fields.insert("originalStartTime".into(), at.stored());
    }
    let old = before
        .as_ref()
        .and_then(|b| b.body.get("sequence"))
        .and_then(Value::as_i64)
        .unwrap_or(0);
    let new = fields.get("sequence").and_then(Value::as_i64).unwrap_or(old);
    fields.insert("sequence".into(), json!(new.max(old)));
    fields.insert("creator".into(), json!({"email": call.actor}));
    let lead = match sent["organizer"]["email"].as_str() {
        Some(email) if body::address(email) => {
            let mut lead = json!({"email": email});
            if let Some(name) = sent["organizer"]["displayName"].as_str() {
                lead["displayName"] = json!(name);
            }
            lead
        }
        _ => organizer(state, &calendar),
    };
    fields.insert("organizer".into(), lead);
    let now = state.now();
    let event = Event {
        id: id.clone(),
        body: fields,
        created: before.as_ref().map_or(now, |b| b.created),
        updated: now,
        revision: 0,
        imported: true,
        past: Vec::new(),
    };
    store(state, &calendar, event, before.as_ref());
    answer(state, call, &calendar, &id)
}

/// `events.move`: the event leaves one calendar and keeps its id in the other, which leads it from now on.
pub(crate) fn move_event(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let from = state.access_at_least(&call.actor, call.path("calendarId"), Role::Writer)?;
    let wanted = call.query.get("destination").unwrap_or_default();
    let to = state.access_at_least(&call.actor, wanted, Role::Writer)?;
    let id = call.path("eventId").to_string();
    let located = instances::locate(state.calendar(&from)?, &id)?;
    let event = located.event().clone();
    call.check_match(&etag(event.revision))?;
    if event.cancelled() {
        return Err(Refusal::not_found());
    }
    if event.master().is_some() {
        return Err(Refusal::bad_request("Cannot change the organizer of an instance."));
    }
    if event.text("eventType").is_some_and(|t| t != "default") {
        return Err(Refusal::bad_request("Event type cannot be moved."));
    }
    if guests::organizer(&event).is_some_and(|o| o != from) {
        return Err(Refusal::new(
            403,
            "cannotChangeOrganizer",
            "Cannot change the organizer of the event.",
        )
        .domain("calendar"));
    }
    if from == to || state.calendar(&to)?.events.get(&id).is_some_and(|e| !e.cancelled()) {
        return Err(Refusal::duplicate());
    }
    let exceptions: Vec<Event> = state
        .calendar(&from)?
        .events
        .values()
        .filter(|e| e.master() == Some(id.as_str()))
        .cloned()
        .collect();
    let lead = organizer(state, &to);
    for one in std::iter::once(&event).chain(&exceptions) {
        let mut moved = one.clone();
        moved.body.insert("organizer".into(), lead.clone());
        moved.updated = state.now();
        moved.past.clear();
        store(state, &to, moved, None);
    }
    let mut left = event.clone();
    left.body.insert("status".into(), json!("cancelled"));
    left.updated = state.now();
    store(state, &from, left, Some(&event));
    let to_whom = guests::addresses(&event.body);
    guests::mail(state, "update", &to, &event, to_whom, send(call), &call.actor);
    answer(state, call, &to, &id)
}

/// `events.quickAdd`: an hour from the next full hour; the text is not understood, only kept.
pub(crate) fn quick_add(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let calendar = state.access_at_least(&call.actor, call.path("calendarId"), Role::Writer)?;
    let from = state.now().as_second() / 3600 * 3600 + 3600;
    let at = |second: i64| {
        let text = jiff::Timestamp::from_second(second)
            .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
            .to_string();
        json!({"dateTime": text})
    };
    let sent = json!({"summary": call.query.get("text"), "start": at(from), "end": at(from + 3600)});
    let id = add(state, &call.actor, &calendar, &sent, false, send(call))?;
    answer(state, call, &calendar, &id)
}
