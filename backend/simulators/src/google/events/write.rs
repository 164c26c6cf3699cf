//! Writing events: insert, patch, update, delete. Every write, those of [`super::transfer`] too, ends in [`store`], so that
//! revisions, sequence numbers, copies and mail cannot be forgotten.

use serde_json::{Map, Value, json};

use crate::google::{
    errors::Refusal,
    server::{Answer, Call},
    store::{Event, Role, State, etag, event_id},
    time::{When, span},
};

use super::{
    body,
    guests::{self, Send},
    instances::{self, Located},
    present::{View, show},
};

/// How many earlier definitions of a series are remembered.
const PAST: usize = 20;

pub(crate) fn send(call: &Call) -> Send {
    match call.query.get("sendUpdates") {
        Some("all") => Send::All,
        Some("externalOnly") => Send::External,
        Some(_) => Send::Nobody,
        None if call.query.flag("sendNotifications") => Send::All,
        None => Send::Nobody,
    }
}

pub(crate) fn answer(state: &State, call: &Call, calendar: &str, id: &str) -> Result<Answer, Refusal> {
    let home = state.calendar(calendar)?;
    let event = home.events.get(id).ok_or_else(Refusal::not_found)?;
    let view = View::of(state, &call.actor, home, &call.query)?;
    Ok(Answer::tagged(show(&view, home, event, false), &etag(event.revision)))
}

/// `events.insert`.
pub(crate) fn insert(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let calendar = state.access_at_least(&call.actor, call.path("calendarId"), Role::Writer)?;
    let version = call.query.number("conferenceDataVersion").unwrap_or(0);
    let id = add(state, &call.actor, &calendar, &call.body, version > 0, send(call))?;
    answer(state, call, &calendar, &id)
}

/// Adds an event; the way in for calls, seeds and the control plane.
///
/// # Errors
/// 400 for a bad body or id, 409 for a taken one.
pub(crate) fn add(
    state: &mut State,
    actor: &str,
    calendar: &str,
    sent: &Value,
    conference: bool,
    send: Send,
) -> Result<String, Refusal> {
    let home = state.calendar(calendar)?;
    let id = sent["id"].as_str().map(String::from);
    let uid = sent["iCalUID"].as_str().map(String::from);
    if let Some(id) = &id {
        let fits = (5..=1024).contains(&id.len()) && id.bytes().all(|b| matches!(b, b'a'..=b'v' | b'0'..=b'9'));
        if !fits {
            return Err(Refusal::invalid("Invalid resource id value."));
        }
        if uid.is_some() {
            return Err(Refusal::invalid("Only one of id and iCalUID may be given."));
        }
        if home.events.contains_key(id) {
            return Err(Refusal::duplicate());
        }
    }
    if let Some(uid) = &uid
        && home
            .events
            .values()
            .any(|e| e.text("iCalUID") == Some(uid) && !e.cancelled())
    {
        return Err(Refusal::duplicate());
    }
    if sent["eventType"] == json!("fromGmail") {
        return Err(Refusal::invalid("Events of this type cannot be created."));
    }
    let id = id.unwrap_or_else(event_id);
    let mut fields = body::canonical(body::writable(sent), &home.time_zone)?;
    if conference {
        body::conference(&mut fields, None)?;
    } else {
        fields.shift_remove("conferenceData");
    }
    fields.insert(
        "iCalUID".into(),
        json!(uid.unwrap_or_else(|| format!("{id}@google.com"))),
    );
    fields.entry("sequence").or_insert(json!(0));
    fields.insert("creator".into(), json!({"email": actor}));
    fields.insert("organizer".into(), organizer(state, calendar));
    let now = state.now();
    let event = Event {
        id: id.clone(),
        body: fields,
        created: now,
        updated: now,
        revision: 0,
        imported: false,
        past: Vec::new(),
    };
    let to = guests::addresses(&event.body);
    store(state, calendar, event.clone(), None);
    guests::mail(state, "invitation", calendar, &event, to, send, actor);
    Ok(id)
}

pub(crate) fn organizer(state: &State, calendar: &str) -> Value {
    let name = match state.accounts.get(calendar) {
        Some(_) => None,
        None => state
            .calendars
            .get(calendar)
            .and_then(|c| c.own.get("summary"))
            .cloned(),
    };
    let mut person = json!({"email": calendar});
    if let Some(name) = name {
        person["displayName"] = name;
    }
    person
}

/// `events.patch`.
pub(crate) fn patch(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    modify(state, call, false)
}

/// `events.update`.
pub(crate) fn update(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    modify(state, call, true)
}

fn modify(state: &mut State, call: &Call, whole: bool) -> Result<Answer, Refusal> {
    let calendar = state.access_at_least(&call.actor, call.path("calendarId"), Role::Writer)?;
    let before = instances::locate(state.calendar(&calendar)?, call.path("eventId"))?;
    call.check_match(&etag(before.event().revision))?;
    let conference = call.query.number("conferenceDataVersion").unwrap_or(0) > 0;
    let id = change(
        state,
        &call.actor,
        &calendar,
        &before,
        &call.body,
        Change {
            whole,
            conference,
            send: send(call),
        },
    )?;
    answer(state, call, &calendar, &id)
}

/// How to change an event.
#[derive(Clone, Copy)]
pub(crate) struct Change {
    /// PUT instead of PATCH.
    pub(crate) whole: bool,
    /// `conferenceDataVersion=1`.
    pub(crate) conference: bool,
    /// Whom to mail.
    pub(crate) send: Send,
}

/// Changes an event; the way in for calls and the control plane. The actor may be a guest.
///
/// # Errors
/// 400 for a bad body, 403 for a guest's change of what is shared.
pub(crate) fn change(
    state: &mut State,
    actor: &str,
    calendar: &str,
    located: &Located,
    sent: &Value,
    how: Change,
) -> Result<String, Refusal> {
    let before = located.event().clone();
    let home = state.calendar(calendar)?;
    let mut sent_fields = body::writable(sent);
    if !how.conference {
        sent_fields.shift_remove("conferenceData");
    }
    if sent_fields.get("attendeesOmitted") == Some(&json!(true))
        && let Some(list) = sent_fields.shift_remove("attendees")
    {
        // Only the caller's own answer counts then.
        let mut all = Map::new();
        all.insert(
            "attendees".into(),
            before.body.get("attendees").cloned().unwrap_or_else(|| json!([])),
        );
        let mut given = Map::new();
        given.insert("attendees".into(), list);
        if let Some(own) = guests::answer_of(&given, actor) {
            guests::set_answer(&mut all, actor, &own);
        }
        sent_fields.extend(all);
    }
    let given_sequence = sent_fields.shift_remove("sequence").and_then(|v| v.as_i64());
    let mut fields = if how.whole {
        body::replace(&before.body, sent_fields, how.conference)
    } else {
        let mut fields = before.body.clone();
        body::merge(&mut fields, &sent_fields);
        fields
    };
    let old_sequence = before.body.get("sequence").and_then(Value::as_i64).unwrap_or(0);
    if given_sequence.is_some_and(|given| given < old_sequence) {
        return Err(Refusal::invalid(
            "Invalid sequence value. The specified sequence number is below the current sequence number of the resource. Re-fetch the resource and use its sequence number on the following request.",
        ));
    }
    fields.shift_remove("sequence");
    let mut fields = body::canonical(fields, &home.time_zone)?;
    if how.conference {
        body::conference(&mut fields, before.body.get("conferenceData"))?;
    }
    let bump = i64::from(body::significant(&before.body, &fields));
    fields.insert(
        "sequence".into(),
        json!((old_sequence + bump).max(given_sequence.unwrap_or(0))),
    );

    let led_elsewhere = guests::organizer(&before).is_some_and(|o| o != calendar) && !before.imported;
    let by_guest = led_elsewhere && guests::open_to_guests(&before);
    if led_elsewhere && !by_guest {
        guests::may_change(&before, &fields, calendar)?;
    }
    let mut after = before.clone();
    after.body = fields;
    after.updated = state.now();
    let left: Vec<String> = {
        let now = guests::addresses(&after.body);
        guests::addresses(&before.body)
            .into_iter()
            .filter(|a| !now.contains(a))
            .collect()
    };
    let known = match located {
        Located::Kept(_) => Some(&before),
        Located::Virtual(_) => None,
    };
    store(state, calendar, after.clone(), known);
    if led_elsewhere {
        reply(state, calendar, &before, &after, how.send, actor, by_guest);
    } else {
        let to = guests::addresses(&after.body);
        let kind = if after.cancelled() { "cancellation" } else { "update" };
        guests::mail(state, kind, calendar, &after, to, how.send, actor);
        guests::mail(state, "cancellation", calendar, &after, left.clone(), how.send, actor);
        guests::spread(state, calendar, &after.id, &left);
    }
    Ok(after.id)
}

/// A guest's answer goes to the organizer, and from there to the other guests. With `whole` so does everything else they
/// changed.
fn reply(state: &mut State, guest: &str, before: &Event, after: &Event, send: Send, actor: &str, whole: bool) {
    let mut answer = guests::answer_of(&after.body, guest);
    if after.cancelled()
        && let Some(own) = &mut answer
    {
        own["responseStatus"] = json!("declined");
    }
    let answered = guests::answer_of(&before.body, guest) != answer;
    if !answered && !whole {
        return;
    }
    let Some(lead) = guests::organizer(after).map(String::from) else {
        return;
    };
    let Some(home) = state.calendars.get(&lead) else { return };
    let Ok(located) = instances::locate(home, &after.id) else {
        return;
    };
    let known = matches!(located, Located::Kept(_)).then(|| located.event().clone());
    let mut event = located.event().clone();
    let left: Vec<String> = if whole && !after.cancelled() {
        guests::adopt(&mut event.body, &after.body);
        let now = guests::addresses(&after.body);
        guests::addresses(&before.body)
            .into_iter()
            .filter(|a| !now.contains(a))
            .collect()
    } else {
        Vec::new()
    };
    if let Some(answer) = &answer {
        guests::set_answer(&mut event.body, guest, answer);
    }
    event.updated = state.now();
    store(state, &lead, event, known.as_ref());
    if answered {
        guests::mail(state, "reply", guest, after, vec![lead.clone()], send, actor);
    }
    guests::spread(state, &lead, &after.id, &left);
}

/// `events.delete`.
pub(crate) fn delete(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let calendar = state.access_at_least(&call.actor, call.path("calendarId"), Role::Writer)?;
    let located = instances::locate(state.calendar(&calendar)?, call.path("eventId"))?;
    if located.event().cancelled() {
        return Err(Refusal::deleted());
    }
    call.check_match(&etag(located.event().revision))?;
    remove(state, &call.actor, &calendar, &located, send(call));
    Ok(Answer::empty())
}

/// Deletes an event, a series with its exceptions, or one occurrence.
pub(crate) fn remove(state: &mut State, actor: &str, calendar: &str, located: &Located, send: Send) {
    let before = located.event().clone();
    let mut after = before.clone();
    after.body.insert("status".into(), json!("cancelled"));
    let sequence = before.body.get("sequence").and_then(Value::as_i64).unwrap_or(0);
    after.body.insert("sequence".into(), json!(sequence + 1));
    after.updated = state.now();
    let known = matches!(located, Located::Kept(_)).then_some(&before);
    store(state, calendar, after.clone(), known);
    if guests::organizer(&before).is_some_and(|o| o != calendar) && !before.imported {
        reply(state, calendar, &before, &after, send, actor, false);
    } else {
        let to = guests::addresses(&after.body);
        guests::mail(state, "cancellation", calendar, &after, to, send, actor);
        guests::spread(state, calendar, &after.id, &[]);
    }
}

/// The one place where an event is put into a calendar. Follows up on a changed series: exceptions that no longer fit go,
/// the others take over what they had not changed themselves.
pub(crate) fn store(state: &mut State, calendar: &str, mut event: Event, before: Option<&Event>) {
    let revision = state.next();
    let now = state.now();
    let id = event.id.clone();
    event.revision = revision;
    if let Some(before) = before {
        if before.body.contains_key("recurrence") {
            event.past = before.past.clone();
            event.past.push((before.revision, before.body.clone()));
            let extra = event.past.len().saturating_sub(PAST);
            event.past.drain(..extra);
        }
        event.imported |= before.imported;
    }
    let Ok(home) = state.calendar_mut(calendar) else { return };
    home.revision = revision;
    home.events.insert(id.clone(), event.clone());
    if let Some(before) = before.filter(|b| b.body.contains_key("recurrence")) {
        let exceptions: Vec<Event> = home
            .events
            .values()
            .filter(|e| e.master() == Some(id.as_str()) && !e.cancelled())
            .cloned()
            .collect();
        for mut exception in exceptions {
            if follow(&mut exception, before, &event) {
                exception.updated = now;
                let revision = state.next();
                exception.revision = revision;
                if let Ok(home) = state.calendar_mut(calendar) {
                    home.revision = revision;
                    home.events.insert(exception.id.clone(), exception);
                }
            }
        }
    }
    if before.is_none() {
        guests::spread(state, calendar, &id, &[]);
    }
}

/// Brings an exception in line with its changed series. Whether it changed.
fn follow(exception: &mut Event, before: &Event, after: &Event) -> bool {
    let fits = || {
        let (start, _) = span(&after.body)?;
        let at = When::read(exception.body.get("originalStartTime")?)?;
        Some(crate::google::recurrence::contains(&start, &after.lines(), &at))
    };
    if after.cancelled() || after.lines().is_empty() || !fits().unwrap_or(false) {
        exception.body.insert("status".into(), json!("cancelled"));
        return true;
    }
    let mut changed = false;
    for key in [
        "summary",
        "description",
        "location",
        "colorId",
        "transparency",
        "visibility",
        "attendees",
        "reminders",
        "extendedProperties",
        "organizer",
    ] {
        let (old, new) = (before.body.get(key), after.body.get(key));
        if old == new || exception.body.get(key) != old {
            continue;
        }
        match new {
            Some(value) => exception.body.insert(key.into(), value.clone()),
            None => exception.body.shift_remove(key),
        };
        changed = true;
    }
    changed
}
