//! Meetings between the mailboxes of the simulator: copies in the guests' calendars, answers that travel back, and the
//! mail that would have been sent (docs: event-accept.md, event-decline.md, event-tentativelyaccept.md, event-cancel.md).

use serde_json::{Value, json};

use crate::journal::Mail;

use super::{
    errors::Refusal,
    expand,
    store::{Event, ItemKey, State, fresh_key, id_text},
    subscriptions,
    time::stamp,
};

/// The address of an attendee or organizer.
pub(crate) fn address(guest: &Value) -> &str {
    guest["emailAddress"]["address"].as_str().unwrap_or_default()
}

fn guests(event: &Event) -> Vec<String> {
    let list = event.body.get("attendees").and_then(Value::as_array);
    let all = list.into_iter().flatten().map(|a| address(a).to_lowercase());
    all.filter(|a| !a.eq_ignore_ascii_case(&event.organizer)).collect()
}

fn post(state: &mut State, event: &Event, kind: &str, from: &str, to: Vec<String>) {
    if to.is_empty() {
        return;
    }
    let mail = Mail {
        at: state.now(),
        kind: kind.into(),
        calendar: event.calendar.clone(),
        event: id_text(&ItemKey(event.key.clone(), None), false),
        summary: event
            .body
            .get("subject")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .into(),
        from: from.into(),
        to,
    };
    state.mails.push_back(mail);
}

/// Tells the guests of an organizer's event, and brings their copies up to date.
pub(crate) fn send(state: &mut State, key: &str, kind: &str) {
    let Some(event) = state.events.get(key).cloned() else {
        return;
    };
    if state.owner(&event) != event.organizer {
        return;
    }
    let to = guests(&event);
    post(state, &event, kind, &event.organizer.clone(), to.clone());
    for guest in to.iter().map(|guest| mailbox(state, guest)).collect::<Vec<_>>() {
        let guest = &guest;
        let Some(home) = state
            .calendars
            .values()
            .find(|c| c.default && c.owner == *guest)
            .map(|c| c.id.clone())
        else {
            continue;
        };
        let known = copy_of(state, guest, &event.uid).map(|c| c.key.clone());
        let (now, revision) = (state.now(), state.next());
        let change = if known.is_some() { "updated" } else { "created" };
        let mut copy = event.clone();
        copy.calendar = home;
        copy.revision = revision;
        copy.updated = now;
        match known.and_then(|key| state.events.get(&key)) {
            Some(old) => {
                copy.key = old.key.clone();
                copy.created = old.created;
                copy.response = old.response.clone();
                for own in ["showAs", "categories", "isReminderOn", "reminderMinutesBeforeStart"] {
                    if let Some(value) = old.body.get(own) {
                        copy.body.insert(own.into(), value.clone());
                    }
                }
            }
            None => {
                copy.key = fresh_key();
                copy.created = now;
                copy.response = ("notResponded".into(), None);
                copy.body.insert("showAs".into(), json!("tentative"));
                copy.body.insert("transactionId".into(), Value::Null);
            }
        }
        for kind in [
            "singleValueExtendedProperties",
            "multiValueExtendedProperties",
            "extensions",
        ] {
            copy.body.shift_remove(kind);
        }
        let item = ItemKey(copy.key.clone(), None);
        state.events.insert(copy.key.clone(), copy);
        subscriptions::log(state, &item, change);
    }
}

/// Whose mailbox an address leads to: its own, or that of an account that has it as another one.
fn mailbox(state: &State, address: &str) -> String {
    let has = |aliases: &[String]| aliases.iter().any(|alias| alias.eq_ignore_ascii_case(address));
    let found = state.accounts.values().find(|account| has(&account.aliases));
    found.map_or_else(|| address.to_lowercase(), |account| account.email.clone())
}

fn copy_of<'a>(state: &'a State, guest: &str, uid: &str) -> Option<&'a Event> {
    state.events.values().find(|e| e.uid == uid && state.owner(e) == guest)
}

/// Marks the copies of a meeting that is no more.
pub(crate) fn cancel(state: &mut State, key: &str) {
    let Some(event) = state.events.get(key).cloned() else {
        return;
    };
    if state.owner(&event) != event.organizer {
        return;
    }
    let to = guests(&event);
    post(state, &event, "cancellation", &event.organizer.clone(), to.clone());
    for guest in &to {
        let Some(copy) = copy_of(state, &mailbox(state, guest), &event.uid).map(|c| c.key.clone()) else {
            continue;
        };
        let (now, revision) = (state.now(), state.next());
        if let Some(copy) = state.events.get_mut(&copy) {
            (copy.cancelled, copy.updated, copy.revision) = (true, now, revision);
            copy.body.insert("showAs".into(), json!("free"));
        }
        subscriptions::log(state, &ItemKey(copy, None), "updated");
    }
}

/// `accept`, `decline`, `tentativelyAccept`.
///
/// # Errors
/// 400 for organizers, and for an answer nobody asked for.
pub(crate) fn respond(state: &mut State, item: &ItemKey, how: &str, body: &Value) -> Result<(), Refusal> {
    let event = state.event(&item.0)?.clone();
    expand::shape(&event, item.1).ok_or_else(Refusal::not_found)?;
    let me = state.owner(&event).to_string();
    if me == event.organizer {
        return Err(Refusal::request(
            "Your request can't be completed. You can't respond to this meeting because you're the meeting organizer.",
        ));
    }
    let send = body["sendResponse"].as_bool().unwrap_or(true);
    if send && event.body.get("responseRequested") == Some(&json!(false)) {
        return Err(Refusal::request(
            "Your request can't be completed. The meeting organizer hasn't requested a response.",
        ));
    }
    if body.get("proposedNewTime").is_some_and(|p| !p.is_null())
        && (how == "accept" || !send || event.body.get("allowNewTimeProposals") == Some(&json!(false)))
    {
        return Err(Refusal::request(
            "The meeting request does not allow new time proposals.",
        ));
    }
    let (answer, shows) = match how {
        "accept" => ("accepted", "busy"),
        "decline" => ("declined", "free"),
        _ => ("tentativelyAccepted", "tentative"),
    };
    if send {
        post(state, &event, "reply", &me, vec![event.organizer.clone()]);
    }
    let (now, revision) = (state.now(), state.next());
    if how == "decline" {
        // A declined meeting leaves the calendar of who declined it, as Outlook does.
        subscriptions::log(state, item, "deleted");
        match item.1 {
            None => {
                state.events.remove(&item.0);
            }
            Some(day) => {
                let kept = state.event_mut(&item.0)?;
                kept.gone.insert(day);
                (kept.updated, kept.revision) = (now, revision);
            }
        }
    } else {
        let kept = state.event_mut(&item.0)?;
        kept.response = (answer.into(), Some(now));
        kept.body.insert("showAs".into(), json!(shows));
        (kept.updated, kept.revision) = (now, revision);
        subscriptions::log(state, item, "updated");
    }
    if send && item.1.is_none() {
        arrive(state, &event.organizer, &event.uid, &me, answer);
    }
    Ok(())
}

/// An answer arrives at the organizer.
pub(crate) fn arrive(state: &mut State, organizer: &str, uid: &str, guest: &str, answer: &str) -> bool {
    let Some(key) = copy_of(state, organizer, uid).map(|e| e.key.clone()) else {
        return false;
    };
    let (now, revision) = (state.now(), state.next());
    let aliases = state
        .accounts
        .get(guest)
        .map(|account| account.aliases.clone())
        .unwrap_or_default();
    let Some(event) = state.events.get_mut(&key) else {
        return false;
    };
    let list = event.body.get_mut("attendees").and_then(Value::as_array_mut);
    let Some(own) = list.into_iter().flatten().find(|a| {
        aliases
            .iter()
            .map(String::as_str)
            .chain([guest])
            .any(|one| address(a).eq_ignore_ascii_case(one))
    }) else {
        return false;
    };
    own["status"] = json!({"response": answer, "time": stamp(now)});
    (event.updated, event.revision) = (now, revision);
    subscriptions::log(state, &ItemKey(key, None), "updated");
    true
}

/// `cancel`: only organizers.
///
/// # Errors
/// 400 for guests.
pub(crate) fn call_off(state: &mut State, item: &ItemKey) -> Result<(), Refusal> {
    let event = state.event(&item.0)?.clone();
    if state.owner(&event) != event.organizer {
        return Err(Refusal::request(
            "Your request can't be completed. You need to be an organizer to cancel a meeting.",
        ));
    }
    super::write::remove(state, item)
}
