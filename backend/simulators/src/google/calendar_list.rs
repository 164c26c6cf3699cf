//! Each person's list of calendars: what they see, in which colour, hidden or not.

use serde_json::{Map, Value, json};

use super::{
    errors::Refusal,
    events::{body::merge, list as pages, sync},
    server::{Answer, Call},
    settings::{CALENDAR_COLORS, INK},
    store::{Account, Calendar, Entry, Key, Role, State, etag},
};

/// What of an entry its owner may change.
const ENTRY_FIELDS: [&str; 8] = [
    "summaryOverride",
    "colorId",
    "backgroundColor",
    "foregroundColor",
    "hidden",
    "selected",
    "defaultReminders",
    "notificationSettings",
];

/// The entry of a calendar in somebody's list.
fn show(account: &Account, calendar: Option<&Calendar>, id: &str, entry: &Entry) -> Value {
    let mut out = Map::new();
    out.insert("kind".into(), json!("calendar#calendarListEntry"));
    out.insert("etag".into(), json!(etag(entry.revision)));
    out.insert("id".into(), json!(id));
    let Some(calendar) = calendar.filter(|_| !entry.deleted) else {
        out.insert("deleted".into(), json!(true));
        return Value::Object(out);
    };
    out.extend(calendar.own.clone());
    out.insert("timeZone".into(), json!(calendar.time_zone));
    for (key, value) in &entry.own {
        // `false` is what is left out.
        if *value != json!(false) {
            out.insert(key.clone(), value.clone());
        }
    }
    let role = calendar
        .roles
        .get(&account.email)
        .copied()
        .unwrap_or(Role::FreeBusyReader);
    out.insert("accessRole".into(), json!(role.name()));
    if calendar.id == account.email {
        out.insert("primary".into(), json!(true));
    }
    if calendar.id != calendar.owner {
        out.insert("dataOwner".into(), json!(calendar.owner));
    }
    out.insert(
        "conferenceProperties".into(),
        json!({"allowedConferenceSolutionTypes": ["hangoutsMeet"]}),
    );
    Value::Object(out)
}

/// A fresh entry with a colour of its own.
pub(crate) fn fresh_entry(revision: u64, number: usize, primary: bool) -> Entry {
    let (id, background) = CALENDAR_COLORS
        .get((number * 7 + 13) % CALENDAR_COLORS.len())
        .unwrap_or(&("14", "#9fe1e7"));
    let mut own = Map::new();
    own.insert("colorId".into(), json!(id));
    own.insert("backgroundColor".into(), json!(background));
    own.insert("foregroundColor".into(), json!(INK));
    own.insert("selected".into(), json!(true));
    let reminders = if primary {
        json!([{"method": "popup", "minutes": 10}])
    } else {
        json!([])
    };
    own.insert("defaultReminders".into(), reminders);
    Entry {
        own,
        deleted: false,
        revision,
    }
}

/// `calendarList.list`.
pub(crate) fn list(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let scope = format!("list:{}", call.actor);
    let least = call.query.get("minAccessRole").and_then(Role::parse);
    let size = pages::page_size(call, 100, 250)?;
    let fresh = call.query.get("pageToken").is_none();
    let mut since = 0;
    if let Some(token) = call.query.get("syncToken") {
        if least.is_some() {
            return Err(Refusal::invalid("Sync token cannot be used with minAccessRole.").at_parameter("syncToken"));
        }
        since = sync::open(state, call, &scope, token)?.revision();
    }
    let syncing = call.query.get("syncToken").is_some();
    let account = state.account(&call.actor)?;
    let keys = if fresh {
        account
            .list
            .iter()
            .filter(|(_, entry)| entry.revision > since)
            .filter(|(_, entry)| syncing || call.query.flag("showDeleted") || !entry.deleted)
            .filter(|(_, entry)| {
                let hidden = entry.own.get("hidden") == Some(&json!(true));
                syncing || call.query.flag("showHidden") || !hidden
            })
            .filter(|(id, _)| {
                let role = state.calendars.get(*id).and_then(|c| c.roles.get(&call.actor)).copied();
                least.is_none_or(|least| role.is_some_and(|r| r >= least))
            })
            .map(|(id, _)| Key::Id(id.clone()))
            .collect()
    } else {
        Vec::new()
    };
    let page = pages::page(state, call, format!("{scope} {}", call.shape_with_sync()), keys, size)?;
    let account = state.account(&call.actor)?;
    let items: Vec<Value> = page
        .keys
        .iter()
        .filter_map(|key| match key {
            Key::Id(id) => Some(show(account, state.calendars.get(id), id, account.list.get(id)?)),
            Key::Occurrence(..) | Key::Gone(..) => None,
        })
        .collect();
    let newest = account.list.values().map(|e| e.revision).max().unwrap_or(0);
    let mut out = json!({"kind": "calendar#calendarList", "etag": etag(newest)});
    match page.next {
        Some(next) => out["nextPageToken"] = json!(next),
        None if least.is_none() => {
            out["nextSyncToken"] = json!(sync::seal(state, call, &scope, page.revision, None, None))
        }
        None => {}
    }
    out["items"] = Value::Array(items);
    Ok(Answer::json(out))
}

fn listed(state: &State, call: &Call) -> Result<(String, Entry), Refusal> {
    let (id, _) = state.access(&call.actor, call.path("calendarId"))?;
    let entry = state
        .account(&call.actor)?
        .list
        .get(&id)
        .filter(|e| !e.deleted)
        .cloned();
    entry.map(|e| (id, e)).ok_or_else(Refusal::not_found)
}

fn answer_entry(state: &State, call: &Call, id: &str) -> Result<Answer, Refusal> {
    let account = state.account(&call.actor)?;
    let entry = account.list.get(id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::json(show(account, state.calendars.get(id), id, entry)))
}

/// `calendarList.get`.
pub(crate) fn entry(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let (id, _) = listed(state, call)?;
    answer_entry(state, call, &id)
}

/// `calendarList.insert`: a calendar one may see, into one's own list.
pub(crate) fn add_entry(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let wanted = call.body["id"]
        .as_str()
        .ok_or_else(|| Refusal::required("Missing calendar id."))?;
    let (id, _) = state.access(&call.actor, wanted)?;
    let revision = state.next();
    let account = state.accounts.get_mut(&call.actor).ok_or_else(Refusal::not_found)?;
    let number = account.list.len();
    account.list.insert(id.clone(), fresh_entry(revision, number, false));
    write_entry(state, call, &id, false)?;
    answer_entry(state, call, &id)
}

/// `calendarList.patch`.
pub(crate) fn patch_entry(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let (id, entry) = listed(state, call)?;
    call.check_match(&etag(entry.revision))?;
    write_entry(state, call, &id, false)?;
    answer_entry(state, call, &id)
}

/// `calendarList.update`.
pub(crate) fn update_entry(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let (id, entry) = listed(state, call)?;
    call.check_match(&etag(entry.revision))?;
    write_entry(state, call, &id, true)?;
    answer_entry(state, call, &id)
}

fn write_entry(state: &mut State, call: &Call, id: &str, whole: bool) -> Result<(), Refusal> {
    let mut sent = call.body.as_object().cloned().unwrap_or_default();
    sent.retain(|key, _| ENTRY_FIELDS.contains(&key.as_str()));
    let rgb = call.query.flag("colorRgbFormat");
    if !rgb {
        sent.shift_remove("backgroundColor");
        sent.shift_remove("foregroundColor");
        if let Some(color) = sent.get("colorId").and_then(Value::as_str) {
            let (_, background) = CALENDAR_COLORS
                .iter()
                .find(|(id, _)| *id == color)
                .ok_or_else(|| Refusal::invalid("Invalid color id."))?;
            sent.insert("backgroundColor".into(), json!(background));
            sent.insert("foregroundColor".into(), json!(INK));
        }
    }
    let revision = state.next();
    let account = state.accounts.get_mut(&call.actor).ok_or_else(Refusal::not_found)?;
    let entry = account.list.get_mut(id).ok_or_else(Refusal::not_found)?;
    if whole {
        entry.own.retain(|key, _| key.contains("olor"));
    }
    merge(&mut entry.own, &sent);
    entry.revision = revision;
    Ok(())
}

/// `calendarList.delete`: out of one's own list; the calendar stays.
pub(crate) fn delete_entry(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let (id, _) = listed(state, call)?;
    if id == call.actor {
        return Err(Refusal::new(
            403,
            "forbidden",
            "The primary calendar cannot be removed.",
        ));
    }
    let revision = state.next();
    if let Some(entry) = state.accounts.get_mut(&call.actor).and_then(|a| a.list.get_mut(&id)) {
        entry.deleted = true;
        entry.revision = revision;
    }
    Ok(Answer::empty())
}
