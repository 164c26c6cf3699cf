//! What calendars look like in requests and answers.

use domain::availability::Rules;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::words::{AccessRole, AllDay, Provider};

/// A calendar to make at the provider.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"credential_id": "crd_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", "name": "Bookings", "time_zone": "Europe/Berlin"}))]
pub struct CalendarIn {
    /// Through which credential of the client.
    #[schema(max_length = 64)]
    pub credential_id: String,
    /// What people call it.
    #[schema(min_length = 1, max_length = 254, example = "Bookings")]
    pub name: String,
    /// Free text.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub description: Option<String>,
    /// IANA name.
    #[schema(min_length = 1, max_length = 64, example = "Europe/Berlin")]
    pub time_zone: String,
    /// `#rrggbb`.
    #[serde(default)]
    #[schema(pattern = "^#[0-9a-fA-F]{6}$", example = "#16a765")]
    pub colour: Option<String>,
}

/// What people choose about a calendar.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"selected": true, "blocks_availability": true}))]
pub struct CalendarEdit {
    /// Whether it is kept up to date and shown.
    pub selected: bool,
    /// Whether its events make the client busy.
    pub blocks_availability: bool,
    /// Whether bookings are written to it. Needs write access.
    pub receives_bookings: bool,
    /// Ours, for display; null: the provider's.
    #[serde(default)]
    #[schema(pattern = "^#[0-9a-fA-F]{6}$", example = "#16a765")]
    pub colour: Option<String>,
    /// Which of its events take time; null: the usual rules.
    #[serde(default)]
    pub busy_rules: BusyRules,
}

/// Which events of a calendar take time. Three lines of this table are fixed: cancelled events never do, invitations that
/// were declined never do, and working locations never do. Events marked as free do not either, unless a line here says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({"all_day": "if_busy", "tentative": true, "unanswered": true, "maybe": true, "out_of_office": true, "focus_time": true}))]
pub struct BusyRules {
    /// Events that last whole days.
    pub all_day: AllDay,
    /// Events that may not happen.
    #[schema(default = true)]
    pub tentative: bool,
    /// Invitations that nobody answered.
    #[schema(default = true)]
    pub unanswered: bool,
    /// Invitations that were answered “maybe”.
    #[schema(default = true)]
    pub maybe: bool,
    /// Absences, also those marked as free.
    #[schema(default = true)]
    pub out_of_office: bool,
    /// Time reserved for working alone.
    #[schema(default = true)]
    pub focus_time: bool,
}

impl Default for BusyRules {
    fn default() -> Self {
        Rules::default().into()
    }
}

impl From<Rules> for BusyRules {
    fn from(rules: Rules) -> Self {
        Self {
            all_day: rules.all_day.into(),
            tentative: rules.tentative,
            unanswered: rules.unanswered,
            maybe: rules.maybe,
            out_of_office: rules.out_of_office,
            focus_time: rules.focus_time,
        }
    }
}

impl From<BusyRules> for Rules {
    fn from(rules: BusyRules) -> Self {
        Self {
            all_day: rules.all_day.into(),
            tentative: rules.tentative,
            unanswered: rules.unanswered,
            maybe: rules.maybe,
            out_of_office: rules.out_of_office,
            focus_time: rules.focus_time,
        }
    }
}

/// A calendar.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Calendar {
    /// `cal_…`
    #[schema(example = "cal_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b")]
    pub id: String,
    /// For which client.
    pub client_id: String,
    /// Through which credential.
    pub credential_id: String,
    /// At which provider.
    pub provider: Provider,
    /// The provider's name for it.
    pub provider_calendar_id: String,
    /// What people call it.
    pub name: String,
    /// Free text.
    #[schema(required)]
    pub description: Option<String>,
    /// IANA zone.
    #[schema(required, example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    /// `#rrggbb`: ours, else the provider's.
    #[schema(required, example = "#16a765")]
    pub colour: Option<String>,
    /// What the account may do.
    pub access_role: AccessRole,
    /// The account's main calendar.
    pub primary: bool,
    /// Whether it is kept up to date and shown.
    pub selected: bool,
    /// Whether its events make the client busy.
    pub blocks_availability: bool,
    /// Whether bookings are written to it.
    pub receives_bookings: bool,
    /// Which of its events take time.
    pub busy_rules: BusyRules,
    /// What its events are true for; null: never read.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub as_of: Option<Timestamp>,
    /// How it is doing.
    pub health: CalendarState,
    /// Counts visible changes; the ETag.
    pub revision: i64,
    /// When we first saw it.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

/// How the mirror of a calendar is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CalendarState {
    /// Up to date.
    Ok,
    /// Older than it should be.
    Stale,
    /// The last pull failed.
    Failing,
    /// Never read.
    NeverSynced,
    /// Not chosen, so not kept up to date.
    Paused,
}

/// How the mirror of a calendar is doing, in full.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CalendarHealth {
    /// In a word.
    pub state: CalendarState,
    /// What its events are true for; null: never read.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub as_of: Option<Timestamp>,
    /// Mirrored events: single ones, series and changed occurrences.
    pub events: i64,
    /// How many events could not be read.
    pub malformed_count: i64,
    /// The latest of them, at most 100.
    pub malformed: Vec<MalformedEvent>,
    /// Up to when it is known when the calendar is busy; null: that is still being worked out.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub busy_until: Option<Timestamp>,
    /// Series with more occurrences than are worked out ahead; free/busy works them out when it is asked.
    pub dense_series: Vec<DenseSeries>,
    /// The last failure, while it lasts.
    #[schema(required)]
    pub last_error: Option<LastError>,
    /// How the last comparison with the provider went; null while there was none.
    #[schema(required)]
    pub reconciliation: Option<LastComparison>,
    /// How many pulls failed in a row.
    pub consecutive_failures: i32,
    /// Whether the provider tells us of changes by itself. Then they are here in a moment, and the worker asks only in case
    /// a message was lost.
    pub pushed: bool,
    /// When the worker pulls next.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub next_pull_at: Option<Timestamp>,
}

/// An event that could not be read.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MalformedEvent {
    /// The provider's name for it.
    pub provider_event_id: String,
    /// Why.
    pub reason: String,
    /// Its text as the provider sent it, at most its first 20,000 characters; null without the scope `events:read`.
    #[schema(required)]
    pub raw: Option<String>,
    /// When it was last seen.
    #[schema(value_type = String, format = DateTime)]
    pub seen_at: Timestamp,
}

/// A series with more occurrences than are worked out ahead.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DenseSeries {
    /// `evt_…`
    pub event_id: String,
    /// Why.
    pub reason: String,
}

/// The last comparison of our copy with the provider.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LastComparison {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// How many events were compared.
    pub compared: i64,
    /// How many were not the same, and still are not.
    pub differences: i64,
}

/// A failed pull.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LastError {
    /// Word for programs: a `code` of a problem.
    #[schema(example = "provider_unavailable")]
    pub code: String,
    /// What happened, and what to do.
    pub detail: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}
