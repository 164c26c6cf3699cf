//! What an event looks like in requests and answers.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::{
    json::Each,
    words::{EventStatus, Notify, Provider, ReminderMethod, Response, Transparency, Visibility},
};

/// Start or end of an event in a request: either `date`, or `date_time` with `time_zone`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"date_time": "2026-11-02T09:00:00", "time_zone": "Europe/Berlin"}))]
pub struct EventTimeIn {
    /// A whole day. As an end it is exclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", example = "2026-11-01")]
    pub date: Option<String>,
    /// What the clock on the wall says, without an offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?$",
        example = "2026-11-01T09:00:00"
    )]
    pub date_time: Option<String>,
    /// IANA name of the zone the clock hangs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 64, example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    /// How to read a wall time that the change to or from summer time skips or repeats. Without it such a time is
    /// refused, naming both readings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disambiguation: Option<Disambiguation>,
}

/// Which of two readings of a wall time is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Disambiguation {
    /// The earlier instant.
    Earlier,
    /// The later instant.
    Later,
}

/// Start or end of an event in an answer: either `date`, or `date_time` with `time_zone`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"date_time": "2026-11-02T09:00:00", "time_zone": "Europe/Berlin", "utc": "2026-11-02T08:00:00Z"}))]
pub struct EventTime {
    /// A whole day; as an end exclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, format = Date, example = "2026-11-01")]
    pub date: Option<String>,
    /// What the clock on the wall says.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, example = "2026-11-01T09:00:00")]
    pub date_time: Option<String>,
    /// IANA name of the zone the clock hangs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    /// The same in UTC; of a whole day its midnight in the calendar's zone.
    #[schema(value_type = String, format = DateTime, example = "2026-11-01T08:00:00Z")]
    pub utc: Timestamp,
}

/// Somebody to invite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttendeeIn {
    /// Address.
    #[schema(min_length = 1, max_length = 320, example = "cara@example.com")]
    pub email: String,
    /// Display name.
    #[serde(default)]
    #[schema(max_length = 255, example = "Cara")]
    pub name: Option<String>,
    /// Need not come.
    #[serde(default)]
    pub optional: bool,
}

/// Somebody who is invited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Attendee {
    /// Address.
    #[schema(example = "cara@example.com")]
    pub email: String,
    /// Display name.
    #[schema(required, example = "Cara")]
    pub name: Option<String>,
    /// Their answer.
    pub response: Response,
    /// Need not come.
    pub optional: bool,
    /// Whether this is the account the calendar belongs to.
    #[serde(rename = "self")]
    pub is_self: bool,
}

/// A name and an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Person {
    /// Address.
    #[schema(example = "dana@example.com")]
    pub email: String,
    /// Display name.
    #[schema(required, example = "Dana")]
    pub name: Option<String>,
}

/// When to remind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reminders {
    /// As the calendar's default says; `overrides` must be empty then.
    pub use_default: bool,
    /// Instead of the default.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub overrides: Vec<Reminder>,
}

/// One reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reminder {
    /// How.
    pub method: ReminderMethod,
    /// Minutes before the start.
    #[schema(maximum = 40320, example = 30)]
    pub minutes: u32,
}

/// A video call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Conference {
    /// Where to join.
    #[schema(example = "https://meet.example.com/abc")]
    pub url: String,
    /// Whose service.
    #[schema(required)]
    pub name: Option<String>,
}

/// An event to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "Haircut with Cara",
    "start": {"date_time": "2026-11-02T09:00:00", "time_zone": "Europe/Berlin"},
    "end": {"date_time": "2026-11-02T09:45:00", "time_zone": "Europe/Berlin"},
    "recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20261231T225959Z"],
    "attendees": [{"email": "cara@example.com", "name": "Cara"}]
}))]
pub struct EventIn {
    /// Title.
    #[schema(max_length = 4096, example = "Haircut with Cara")]
    pub title: String,
    /// Plain text or HTML, kept as given.
    #[serde(default)]
    #[schema(max_length = 262144)]
    pub description: Option<String>,
    /// Where.
    #[serde(default)]
    #[schema(max_length = 8192, example = "Main Street 1")]
    pub location: Option<String>,
    /// First moment.
    pub start: EventTimeIn,
    /// First moment after; of the same kind as `start`.
    pub end: EventTimeIn,
    /// `RRULE`, `EXDATE` and `RDATE` lines of RFC 5545. Empty: no series.
    #[serde(default)]
    #[schema(max_items = 500, example = json!(["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10"]))]
    pub recurrence: Vec<String>,
    /// Who is invited.
    #[serde(default)]
    #[schema(max_items = 2000)]
    pub attendees: Vec<AttendeeIn>,
    /// When to remind; without it the calendar's default.
    #[serde(default)]
    pub reminders: Option<Reminders>,
    /// Who may see it; `default` without it.
    #[serde(default)]
    pub visibility: Option<Visibility>,
    /// Whether it makes the calendar busy; `busy` without it.
    #[serde(default)]
    pub transparency: Option<Transparency>,
    /// `confirmed` (without it) or `tentative`. To cancel, delete.
    #[serde(default)]
    pub status: Option<EventStatus>,
    /// Google: a colour id `1`–`11`; CalDAV: a CSS colour name.
    #[serde(default)]
    #[schema(max_length = 64, example = "5")]
    pub colour: Option<String>,
    /// Your own keys and values; guests do not see them. `external_id` is what `PUT /events/by-external-id/{key}` sets.
    #[serde(default)]
    #[schema(example = json!({"order": "4711"}))]
    pub metadata: BTreeMap<String, String>,
    /// Whom the provider may mail; `none` without it. Never part of an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(write_only)]
    pub notify: Option<Notify>,
}

/// An event, the master of a series, or an occurrence of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Event {
    /// `evt_…`; an occurrence carries its original start after it: `evt_…_20261101T080000Z`.
    #[schema(example = "evt_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b")]
    pub id: String,
    /// Which calendar it is in.
    pub calendar_id: String,
    /// Whose calendar that is.
    pub client_id: String,
    /// Who keeps it.
    pub provider: Provider,
    /// The provider's name for it; null for an occurrence that was never changed.
    #[schema(required)]
    pub provider_event_id: Option<String>,
    /// RFC 5545 UID, shared by a series and its occurrences.
    pub ical_uid: String,
    /// For `If-Match`, quotes included.
    #[schema(example = "\"3\"")]
    pub etag: String,
    /// Title.
    pub title: String,
    /// Plain text or HTML.
    #[schema(required)]
    pub description: Option<String>,
    /// Where.
    #[schema(required)]
    pub location: Option<String>,
    /// First moment.
    pub start: EventTime,
    /// First moment after.
    pub end: EventTime,
    /// Lines of RFC 5545; empty for single events and occurrences.
    pub recurrence: Vec<String>,
    /// Who is invited, with their answers.
    pub attendees: Vec<Attendee>,
    /// Who invites.
    #[schema(required)]
    pub organizer: Option<Person>,
    /// When to remind.
    pub reminders: Reminders,
    /// Who may see it.
    pub visibility: Visibility,
    /// Whether it makes the calendar busy.
    pub transparency: Transparency,
    /// Whether it will happen.
    pub status: EventStatus,
    /// Google: a colour id `1`–`11`; CalDAV: a CSS colour name.
    #[schema(required)]
    pub colour: Option<String>,
    /// The video call.
    #[schema(required)]
    pub conference: Option<Conference>,
    /// Your own keys and values.
    pub metadata: BTreeMap<String, String>,
    /// For an occurrence: the event that holds the series.
    #[schema(required)]
    pub recurring_event_id: Option<String>,
    /// For an occurrence: where the series puts it.
    #[schema(required)]
    pub original_start: Option<EventTime>,
    /// How it stands with the provider.
    pub sync: SyncInfo,
    /// Where people open it at the provider.
    #[schema(required, example = "https://calendar.google.com/event?eid=…")]
    pub html_link: Option<String>,
    /// When it was made, as the provider says.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub created_at: Option<Timestamp>,
    /// When it last changed, as the provider says.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub updated_at: Option<Timestamp>,
}

/// How an event stands with its provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SyncInfo {
    /// `synced`: as the provider had it at `as_of`.
    pub state: SyncState,
    /// What happened, when it is not `synced`.
    #[schema(required)]
    pub detail: Option<String>,
    /// When the mirror was last compared with the provider.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub as_of: Option<Timestamp>,
}

/// How an event stands with its provider, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SyncState {
    /// As at the provider.
    Synced,
    /// Waits to be written.
    Pending,
    /// Could not be written.
    Failed,
    /// Changed on both sides.
    Conflict,
}

/// Events, and how fresh they are.
#[derive(Serialize, ToSchema)]
pub struct EventPage {
    /// By start, then id.
    #[schema(value_type = Vec<Event>)]
    pub data: Each<Event>,
    /// For the next page; null on the last.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// The age of the oldest source; null when one was never read.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub as_of: Option<Timestamp>,
    /// Whether every calendar asked for is as fresh as promised; if not, `stale` names the others.
    pub complete: bool,
    /// Calendars whose events are older than they should be.
    pub stale: Vec<StaleCalendar>,
}

/// A calendar that could not be brought up to date in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StaleCalendar {
    /// Which.
    pub calendar_id: String,
    /// How old its events are; null: never read.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub as_of: Option<Timestamp>,
    /// Why, and what to do.
    pub detail: String,
}
