//! Colours and settings: what every account has and nobody changes here.

use serde_json::{Map, Value, json};

use super::{
    errors::Refusal,
    events::sync,
    server::{Answer, Call},
    store::{Account, State, etag},
};

/// Calendar colours: id, background, foreground.
pub(crate) const CALENDAR_COLORS: [(&str, &str); 24] = [
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
pub(crate) const INK: &str = "#1d1d1d";

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
