//! Calendars, and each person's list of them; colours and settings.

use serde_json::{Map, Value, json};

use super::{
    errors::Refusal,
    events::{body::merge, list as pages, sync},
    server::{Answer, Call},
    store::{Account, Calendar, Entry, Key, Role, State, etag, secret},
    time::zone,
};

/// Calendar colours: id, background, foreground.
const CALENDAR_COLORS: [(&str, &str); 24] = [
    ("1", "#ac725e"),
    ("2", "#d06b64"),
    ("3", "#f83a22"),
    ("4", "#fa573c"),
    ("5", "#ff7537"),
    ("6", "#ffad46"),
    ("7", "#42d692"),
    ("8", "#16a765"),
    ("9", "#7bd148"),
    ("10", "#b3dc6c"),
    ("11", "#fbe983"),
    ("12", "#fad165"),
    ("13", "#92e1c0"),
    ("14", "#9fe1e7"),
    ("15", "#9fc6e7"),
    ("16", "#4986e7"),
    ("17", "#9a9cff"),
    ("18", "#b99aff"),
    ("19", "#c2c2c2"),
    ("20", "#cabdbf"),
    ("21", "#cca6ac"),
    ("22", "#f691b2"),
    ("23", "#cd74e6"),
    ("24", "#a47ae2"),
];

const EVENT_COLORS: [(&str, &str); 11] = [
    ("1", "#a4bdfc"),
    ("2", "#7ae7bf"),
    ("3", "#dbadff"),
    ("4", "#ff887c"),
    ("5", "#fbd75b"),
    ("6", "#ffb878"),
    ("7", "#46d6db"),
    ("8", "#e1e1e1"),
    ("9", "#5484ed"),
    ("10", "#51b749"),
    ("11", "#dc2127"),
];

/// Foreground of every colour.
const INK: &str = "#1d1d1d";

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

/// `colors.get`.
pub(crate) fn colors(_: &mut State, _: &Call) -> Result<Answer, Refusal> {
    let table = |colors: &[(&str, &str)]| -> Map<String, Value> {
        colors
            .iter()
            .map(|(id, background)| ((*id).to_string(), json!({"background": background, "foreground": INK})))
            .collect()
    };
    Ok(Answer::json(json!({
        "kind": "calendar#colors",
        "updated": "2012-02-14T00:00:00.000Z",
        "calendar": table(&CALENDAR_COLORS),
        "event": table(&EVENT_COLORS),
    })))
}

fn setting_values(account: &Account) -> Vec<(&'static str, String)> {
    vec![
        ("autoAddHangouts", "true".into()),
        ("dateFieldOrder", "DMY".into()),
        ("defaultEventLength", "60".into()),
        ("format24HourTime", "true".into()),
        ("hideInvitations", "false".into()),
        ("hideWeekends", "false".into()),
        ("locale", "en".into()),
        ("remindOnRespondedEventsOnly", "false".into()),
        ("showDeclinedEvents", "true".into()),
        ("timezone", account.time_zone.clone()),
        ("useKeyboardShortcuts", "true".into()),
        ("weekStart", "1".into()),
    ]
}

fn show_setting(id: &str, value: &str) -> Value {
    json!({"kind": "calendar#setting", "etag": etag(1), "id": id, "value": value})
}

/// `settings.get`.
pub(crate) fn setting(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let wanted = call.path("setting");
    let values = setting_values(state.account(&call.actor)?);
    let (id, value) = values
        .iter()
        .find(|(id, _)| *id == wanted)
        .ok_or_else(Refusal::not_found)?;
    Ok(Answer::json(show_setting(id, value)))
}

/// `settings.list`.
pub(crate) fn settings(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let values = setting_values(state.account(&call.actor)?);
    let items: Vec<Value> = values.iter().map(|(id, value)| show_setting(id, value)).collect();
    let token = sync::seal(
        state,
        call,
        &format!("settings:{}", call.actor),
        state.revision,
        None,
        None,
    );
    Ok(Answer::json(json!({
        "kind": "calendar#settings",
        "etag": etag(1),
        "nextSyncToken": token,
        "items": items,
    })))
}
