//! How an event looks to one person in one calendar: relative fields (`self`), times in the asked zone, private details
//! left out for those who may not see them.

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::google::{
    errors::Refusal,
    operations::Query,
    store::{Calendar, Event, Role, State, etag},
    time::{When, milli_text, zone},
};

/// Fields in the order Google writes them. Others follow.
const ORDER: [&str; 12] = [
    "summary",
    "description",
    "location",
    "colorId",
    "creator",
    "organizer",
    "start",
    "end",
    "recurrence",
    "recurringEventId",
    "originalStartTime",
    "transparency",
];

/// What of a body stays visible to those who may only know when.
const BUSY_ONLY: [&str; 8] = [
    "start",
    "end",
    "recurrence",
    "recurringEventId",
    "originalStartTime",
    "transparency",
    "iCalUID",
    "eventType",
];

/// Who looks, and how.
pub(crate) struct View {
    pub(crate) zone: TimeZone,
    pub(crate) role: Role,
    pub(crate) most_attendees: Option<usize>,
    pub(crate) base_url: String,
    pub(crate) viewer: String,
}

impl View {
    /// For a call of `viewer` on `calendar` with `timeZone` and `maxAttendees` of the query.
    ///
    /// # Errors
    /// 400 for a zone nobody knows.
    pub(crate) fn of(state: &State, viewer: &str, calendar: &Calendar, query: &Query) -> Result<Self, Refusal> {
        let name = query.get("timeZone").unwrap_or(&calendar.time_zone);
        Ok(Self {
            zone: zone(name).ok_or_else(|| Refusal::parameter("timeZone", format!("Invalid time zone: {name}")))?,
            role: calendar.roles.get(viewer).copied().unwrap_or(Role::FreeBusyReader),
            most_attendees: query.number("maxAttendees").and_then(|n| usize::try_from(n).ok()),
            base_url: state.base_url.clone(),
            viewer: viewer.to_string(),
        })
    }
}

/// The event as JSON. `bare` leaves of a cancelled event only what Google guarantees (its id, and for an occurrence which
/// one it was).
pub(crate) fn show(view: &View, calendar: &Calendar, event: &Event, bare: bool) -> Value {
    let mut out = Map::new();
    out.insert("kind".into(), json!("calendar#event"));
    out.insert("etag".into(), json!(etag(event.revision)));
    out.insert("id".into(), json!(event.id));
    out.insert("status".into(), json!(event.text("status").unwrap_or("confirmed")));
    if bare && event.cancelled() {
        for key in ["recurringEventId", "originalStartTime"] {
            if let Some(value) = event.body.get(key) {
                out.insert(key.into(), shown(view, key, value));
            }
        }
        return Value::Object(out);
    }
    out.insert(
        "htmlLink".into(),
        json!(format!("{}/calendar/event?eid={}", view.base_url, eid(calendar, event))),
    );
    out.insert(
        "created".into(),
        json!(event.created.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()),
    );
    out.insert("updated".into(), json!(milli_text(event.updated)));

    let private = matches!(event.text("visibility"), Some("private" | "confidential"));
    let hidden = view.role == Role::FreeBusyReader || (view.role == Role::Reader && private);
    let keys = ORDER
        .iter()
        .copied()
        .chain(event.body.keys().map(String::as_str).filter(|k| !ORDER.contains(k)));
    for key in keys {
        let Some(value) = event.body.get(key).filter(|_| key != "status") else {
            continue;
        };
        if hidden && !BUSY_ONLY.contains(&key) {
            continue;
        }
        out.insert(key.into(), shown(view, key, value));
    }
    if hidden {
        out.insert("visibility".into(), json!("private"));
        return Value::Object(out);
    }
    for key in ["creator", "organizer"] {
        if let Some(person) = out.get_mut(key)
            && person["email"].as_str() == Some(calendar.id.as_str())
        {
            person["self"] = json!(true);
        }
    }
    attendees(view, calendar, event, &mut out);
    Value::Object(out)
}

fn shown(view: &View, key: &str, value: &Value) -> Value {
    match key {
        "start" | "end" | "originalStartTime" => {
            When::read(value).map_or_else(|| value.clone(), |w| w.shown(&view.zone))
        }
        _ => value.clone(),
    }
}

fn attendees(view: &View, calendar: &Calendar, event: &Event, out: &mut Map<String, Value>) {
    let organizer = event
        .body
        .get("organizer")
        .and_then(|o| o["email"].as_str())
        .unwrap_or_default()
        .to_string();
    let Some(list) = out.get_mut("attendees").and_then(Value::as_array_mut) else {
        return;
    };
    for guest in list.iter_mut() {
        let email = guest["email"].as_str().unwrap_or_default().to_lowercase();
        if email == organizer.to_lowercase() {
            guest["organizer"] = json!(true);
        }
        if email == calendar.id.to_lowercase() || (calendar.owner == view.viewer && email == view.viewer.to_lowercase())
        {
            guest["self"] = json!(true);
        }
    }
    if let Some(most) = view.most_attendees
        && list.len() > most
    {
        list.retain(|guest| guest["self"] == json!(true));
        out.insert("attendeesOmitted".into(), json!(true));
    }
}

fn eid(calendar: &Calendar, event: &Event) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!("{} {}", event.id, calendar.id))
}
