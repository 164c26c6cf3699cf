//! Calendars themselves: made, changed, taken away.

use serde_json::{Map, Value, json};

use super::{
    calendar_list::fresh_entry,
    errors::Refusal,
    events::{body::merge, guests::Send, instances, write},
    server::{Answer, Call},
    store::{Calendar, Role, State, etag, secret},
    time::zone,
};

fn show_calendar(calendar: &Calendar) -> Value {
    let mut out = Map::new();
    out.insert("kind".into(), json!("calendar#calendar"));
    out.insert("etag".into(), json!(etag(calendar.revision)));
    out.insert("id".into(), json!(calendar.id));
    out.extend(calendar.own.clone());
    out.insert("timeZone".into(), json!(calendar.time_zone));
    out.insert(
        "conferenceProperties".into(),
        json!({"allowedConferenceSolutionTypes": ["hangoutsMeet"]}),
    );
    if calendar.id != calendar.owner {
        out.insert("dataOwner".into(), json!(calendar.owner));
    }
    Value::Object(out)
}

/// `calendars.get`.
pub(crate) fn get(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let (id, _) = state.access(&call.actor, call.path("calendarId"))?;
    Ok(Answer::json(show_calendar(state.calendar(&id)?)))
}

/// `calendars.insert`.
pub(crate) fn insert(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let summary = call.body["summary"].as_str().filter(|s| !s.is_empty());
    let summary = summary.ok_or_else(|| Refusal::required("Missing summary."))?;
    let own_zone = state.account(&call.actor)?.time_zone.clone();
    let time_zone = call.body["timeZone"].as_str().unwrap_or(&own_zone);
    let id = create(state, &call.actor, None, summary, time_zone)?;
    change(state, call, &id, false)?;
    Ok(Answer::json(show_calendar(state.calendar(&id)?)))
}

/// Makes a calendar and lists it for its owner. Without an id it is a secondary one.
///
/// # Errors
/// 400 for an unknown zone.
pub(crate) fn create(
    state: &mut State,
    owner: &str,
    id: Option<String>,
    summary: &str,
    time_zone: &str,
) -> Result<String, Refusal> {
    zone(time_zone).ok_or_else(|| Refusal::invalid("Invalid time zone."))?;
    let id = id.unwrap_or_else(|| format!("c_{}@group.calendar.google.com", secret(32).to_lowercase()));
    let revision = state.next();
    let mut own = Map::new();
    own.insert("summary".into(), json!(summary));
    let calendar = Calendar {
        id: id.clone(),
        owner: owner.into(),
        own,
        time_zone: time_zone.into(),
        roles: [(owner.to_string(), Role::Owner)].into(),
        events: Default::default(),
        revision,
        sync_floor: 0,
    };
    state.calendars.insert(id.clone(), calendar);
    if let Some(account) = state.accounts.get_mut(owner) {
        let number = account.list.len();
        account
            .list
            .insert(id.clone(), fresh_entry(revision, number, id == owner));
    }
    Ok(id)
}

/// `calendars.patch`.
pub(crate) fn patch(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    rewrite(state, call, false)
}

/// `calendars.update`.
pub(crate) fn update(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    rewrite(state, call, true)
}

fn rewrite(state: &mut State, call: &Call, whole: bool) -> Result<Answer, Refusal> {
    let id = state.access_at_least(&call.actor, call.path("calendarId"), Role::Owner)?;
    call.check_match(&etag(state.calendar(&id)?.revision))?;
    change(state, call, &id, whole)?;
    Ok(Answer::json(show_calendar(state.calendar(&id)?)))
}

fn change(state: &mut State, call: &Call, id: &str, whole: bool) -> Result<(), Refusal> {
    let mut sent = call.body.as_object().cloned().unwrap_or_default();
    let time_zone = sent.get("timeZone").and_then(Value::as_str).map(String::from);
    if time_zone.as_deref().is_some_and(|z| zone(z).is_none()) {
        return Err(Refusal::invalid("Invalid time zone."));
    }
    sent.retain(|key, _| matches!(key.as_str(), "summary" | "description" | "location"));
    let revision = state.next();
    let calendar = state.calendar_mut(id)?;
    let mut own = if whole { Map::new() } else { calendar.own.clone() };
    merge(&mut own, &sent);
    if own.get("summary").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(Refusal::required("Missing summary."));
    }
    calendar.own = own;
    if let Some(time_zone) = time_zone {
        calendar.time_zone = time_zone;
    }
    calendar.revision = revision;
    state.touch_entries(id);
    Ok(())
}

/// `calendars.delete`.
pub(crate) fn delete(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let id = state.access_at_least(&call.actor, call.path("calendarId"), Role::Owner)?;
    if state.accounts.contains_key(&id) {
        return Err(Refusal::new(
            403,
            "cannotDeletePrimaryCalendar",
            "Cannot delete the primary calendar.",
        )
        .domain("calendar"));
    }
    erase(state, &id);
    Ok(Answer::empty())
}

/// Takes a calendar away from everybody.
pub(crate) fn erase(state: &mut State, id: &str) {
    let revision = state.next();
    state.calendars.remove(id);
    for account in state.accounts.values_mut() {
        if let Some(entry) = account.list.get_mut(id) {
            entry.deleted = true;
            entry.revision = revision;
        }
    }
}

/// `calendars.clear`: all events of a primary calendar.
pub(crate) fn clear(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let id = state.access_at_least(&call.actor, call.path("calendarId"), Role::Owner)?;
    if !state.accounts.contains_key(&id) {
        return Err(Refusal::bad_request("Only a primary calendar can be cleared."));
    }
    let all: Vec<String> = state
        .calendar(&id)?
        .events
        .values()
        .filter(|e| !e.cancelled())
        .map(|e| e.id.clone())
        .collect();
    for event in all {
        let located = instances::locate(state.calendar(&id)?, &event)?;
        if !located.event().cancelled() {
            write::remove(state, &call.actor, &id, &located, Send::Nobody);
        }
    }
    Ok(Answer::empty())
}
