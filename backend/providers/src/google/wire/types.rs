//! The shapes of Google's JSON, as far as we read it. Everything that may be missing is optional; names are Google's.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::time::EventDateTime;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CalendarListEntry {
    pub id: String,
    #[serde(default)]
    pub summary: Option<String>,
    #[serde(default)]
    pub summary_override: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub time_zone: Option<String>,
    #[serde(default)]
    pub background_color: Option<String>,
    #[serde(default)]
    pub access_role: Option<String>,
    #[serde(default)]
    pub primary: bool,
    #[serde(default)]
    pub hidden: bool,
    #[serde(default)]
    pub deleted: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    pub id: String,
    #[serde(default)]
    pub etag: Option<String>,
    #[serde(default)]
    pub event_type: Option<String>,
    #[serde(default)]
    pub status: Option<String>,
    #[serde(default)]
    pub html_link: Option<String>,
    #[serde(default)]
    pub created: Option<String>,
    #[serde(default)]
    pub updated: Option<String>,
    #[serde(default)]
    pub summary: Option<String>,
    #[serde(default)]
    pub description: Option<String>,
    #[serde(default)]
    pub location: Option<String>,
    #[serde(default)]
    pub color_id: Option<String>,
    #[serde(default)]
    pub organizer: Option<Guest>,
    #[serde(default)]
    pub start: Option<EventDateTime>,
    #[serde(default)]
    pub end: Option<EventDateTime>,
    #[serde(default)]
    pub end_time_unspecified: bool,
    #[serde(default)]
    pub recurrence: Option<Vec<String>>,
    #[serde(default)]
    pub recurring_event_id: Option<String>,
    #[serde(default)]
    pub original_start_time: Option<EventDateTime>,
    #[serde(default)]
    pub transparency: Option<String>,
    #[serde(default)]
    pub visibility: Option<String>,
    #[serde(default, rename = "iCalUID")]
    pub ical_uid: Option<String>,
    #[serde(default)]
    pub attendees: Option<Vec<Guest>>,
    #[serde(default)]
    pub reminders: Option<WireReminders>,
    #[serde(default)]
    pub extended_properties: Option<ExtendedProperties>,
    #[serde(default)]
    pub hangout_link: Option<String>,
    #[serde(default)]
    pub conference_data: Option<ConferenceData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Guest {
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub display_name: Option<String>,
    #[serde(default)]
    pub response_status: Option<String>,
    #[serde(default)]
    pub optional: bool,
    #[serde(default, rename = "self")]
    pub is_self: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireReminders {
    #[serde(default)]
    pub use_default: bool,
    #[serde(default)]
    pub overrides: Option<Vec<WireReminder>>,
}

#[derive(Deserialize)]
pub struct WireReminder {
    #[serde(default)]
    pub method: Option<String>,
    #[serde(default)]
    pub minutes: Option<i64>,
}

#[derive(Deserialize)]
pub struct ExtendedProperties {
    #[serde(default)]
    pub private: Option<BTreeMap<String, Option<String>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConferenceData {
    #[serde(default)]
    pub entry_points: Option<Vec<EntryPoint>>,
    #[serde(default)]
    pub conference_solution: Option<ConferenceSolution>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryPoint {
    #[serde(default)]
    pub entry_point_type: Option<String>,
    #[serde(default)]
    pub uri: Option<String>,
}

#[derive(Deserialize)]
pub struct ConferenceSolution {
    #[serde(default)]
    pub name: Option<String>,
}
