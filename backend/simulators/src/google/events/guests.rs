//! Invitations between the accounts of the simulator: copies in the guests' calendars, answers that travel back, and the
//! mail that would have been sent.

use serde_json::{Map, Value, json};

use crate::journal::Mail;

use crate::google::{
    errors::Refusal,
    store::{Event, State},
};

/// Whom to mail (`sendUpdates`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Send {
    /// Everybody.
    All,
    /// Guests without a Google calendar.
    External,
    /// Nobody.
    Nobody,
}

/// What belongs to one person's copy and does not travel.
const OWN: [&str; 4] = ["reminders", "colorId", "transparency", "visibility"];

/// Fields a guest may not change.
const SHARED: [&str; 9] = [
    "summary",
    "description",
    "location",
    "start",
    "end",
    "recurrence",
    "conferenceData",
    "guestsCanInviteOthers",
    "guestsCanModify",
];

/// The calendar that leads an event.
pub(crate) fn organizer(event: &Event) -> Option<&str> {
    event.body.get("organizer").and_then(|o| o["email"].as_str())
}

/// Addresses of the guests, lower case.
pub(crate) fn addresses(body: &Map<String, Value>) -> Vec<String> {
    body.get("attendees")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|a| a["email"].as_str().map(str::to_lowercase))
        .collect()
}

/// Whether guests may change what is shared.
pub(crate) fn open_to_guests(event: &Event) -> bool {
    event.body.get("guestsCanModify") == Some(&json!(true))
}

/// Brings a guest's change of what is shared into the organizer's body.
pub(crate) fn adopt(home: &mut Map<String, Value>, copy: &Map<String, Value>) {
    for key in SHARED.iter().copied().chain(["attendees", "sequence", "hangoutLink"]) {
        match copy.get(key) {
            Some(value) => home.insert(key.into(), value.clone()),
            None => home.shift_remove(key),
        };
    }
}

/// Refuses a guest's change of what is shared. Their own answer is theirs.
///
/// # Errors
/// 403 `forbiddenForNonOrganizer`.
pub(crate) fn may_change(before: &Event, after: &Map<String, Value>, guest: &str) -> Result<(), Refusal> {
    let others = |body: &Map<String, Value>| -> Vec<Value> {
        body.get("attendees")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter(|a| a["email"].as_str().is_none_or(|e| !e.eq_ignore_ascii_case(guest)))
            .cloned()
            .collect()
    };
    let same = SHARED.iter().all(|key| before.body.get(*key) == after.get(*key))
        && others(&before.body) == others(after)
        && before.body.get("extendedProperties").and_then(|p| p.get("shared"))
            == after.get("extendedProperties").and_then(|p| p.get("shared"));
    if same { Ok(()) } else { Err(Refusal::not_organizer()) }
}

/// The answer of `guest` in a body.
pub(crate) fn answer_of(body: &Map<String, Value>, guest: &str) -> Option<Value> {
    body.get("attendees")?
        .as_array()?
        .iter()
        .find(|a| a["email"].as_str().is_some_and(|e| e.eq_ignore_ascii_case(guest)))
        .cloned()
}

/// Replaces the entry of `guest` in a body.
pub(crate) fn set_answer(body: &mut Map<String, Value>, guest: &str, answer: &Value) {
    for one in body
        .get_mut("attendees")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if one["email"].as_str().is_some_and(|e| e.eq_ignore_ascii_case(guest)) {
            *one = answer.clone();
        }
    }
}

/// Brings the copies in the guests' calendars in line with the organizer's event.
pub(crate) fn spread(state: &mut State, home: &str, id: &str, left: &[String]) {
    let Some(event) = state.calendars.get(home).and_then(|c| c.events.get(id)).cloned() else {
        return;
    };
    if organizer(&event).is_none_or(|o| o != home) {
        return;
    }
    let invited = addresses(&event.body);
    let guests: Vec<String> = state
        .accounts
        .keys()
        .filter(|email| *email != home && (invited.contains(email) || left.contains(email)))
        .cloned()
        .collect();
    for guest in guests {
        let gone = event.cancelled() || !invited.contains(&guest);
        let now = state.now();
        let revision = state.next();
        let Some(calendar) = state.calendars.get_mut(&guest) else {
            continue;
        };
        let before = calendar.events.get(id);
        if gone && before.is_none_or(Event::cancelled) {
            continue;
        }
        let mut copy = event.clone();
        for key in OWN {
            copy.body.shift_remove(key);
            if let Some(value) = before.and_then(|b| b.body.get(key)) {
                copy.body.insert(key.into(), value.clone());
            }
        }
        let private = before
            .and_then(|b| b.body.get("extendedProperties"))
            .map(|p| p["private"].clone());
        if let Some(kinds) = copy.body.get_mut("extendedProperties").and_then(Value::as_object_mut) {
            kinds.shift_remove("private");
        }
        if let Some(private) = private.filter(|p| !p.is_null()) {
            copy.body.entry("extendedProperties").or_insert_with(|| json!({}))["private"] = private;
        }
        copy.body
            .entry("reminders")
            .or_insert_with(|| json!({"useDefault": true}));
        if gone {
            copy.body.insert("status".into(), json!("cancelled"));
        }
        if before.is_some_and(|b| b.body == copy.body) {
            continue;
        }
        copy.past = before.map(|b| b.past.clone()).unwrap_or_default();
        if let Some(before) = before.filter(|b| b.body.contains_key("recurrence")) {
            copy.past.push((before.revision, before.body.clone()));
        }
        copy.updated = now;
        copy.revision = revision;
        calendar.revision = revision;
        calendar.events.insert(id.to_string(), copy);
        if gone {
            // A series takes its exceptions along.
            for exception in calendar
                .events
                .values_mut()
                .filter(|e| e.master() == Some(id) && !e.cancelled())
            {
                exception.body.insert("status".into(), json!("cancelled"));
                exception.updated = now;
                exception.revision = revision;
            }
        }
    }
}

/// Writes down the mail a change would have sent. `kind` is `invitation`, `update`, `cancellation` or `reply`.
pub(crate) fn mail(
    state: &mut State,
    kind: &str,
    calendar: &str,
    event: &Event,
    to: Vec<String>,
    send: Send,
    actor: &str,
) {
    let to: Vec<String> = to
        .into_iter()
        .filter(|address| address != actor)
        .filter(|address| match send {
            Send::All => true,
            Send::External => !state.accounts.contains_key(address),
            Send::Nobody => false,
        })
        .collect();
    if to.is_empty() {
        return;
    }
    let mail = Mail {
        at: state.now(),
        kind: kind.into(),
        calendar: calendar.into(),
        event: event.id.clone(),
        summary: event.text("summary").unwrap_or_default().into(),
        from: actor.into(),
        to,
    };
    state.mails.push_back(mail);
    if state.mails.len() > 5_000 {
        state.mails.pop_front();
    }
}
