//! Identifiers: a prefix that says what is meant, and a UUIDv7 that sorts by age.
//!
//! `evt_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b`. Rows store the whole text. An occurrence of a series has no row of its own
//! unless it was changed; its identifier is the series' followed by the original start: `evt_…_20261101T090000Z`.

use std::fmt;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::time::{EventTime, TimeError, zone};

/// The kinds of things that carry an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An isolation wall: one agency or one business.
    Tenant,
    /// A person who signs in.
    User,
    /// A key for scripts.
    ApiKey,
    /// A business whose calendars are managed.
    Client,
    /// What lets us act on one account at one provider.
    Credential,
    /// A calendar at a provider.
    Calendar,
    /// An event, or the master of a series.
    Event,
}

impl Kind {
    /// The text before the underscore.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Tenant => "ten",
            Self::User => "usr",
            Self::ApiKey => "key",
            Self::Client => "cli",
            Self::Credential => "crd",
            Self::Calendar => "cal",
            Self::Event => "evt",
        }
    }

    /// A new identifier from a UUID the caller made (v7 for new things, v5 where a retry must find the same one).
    pub fn id(self, uuid: Uuid) -> String {
        format!("{}_{}", self.prefix(), uuid.simple())
    }

    /// A new identifier that sorts after all older ones.
    pub fn new_id(self) -> String {
        self.id(Uuid::now_v7())
    }

    /// Whether `text` looks like an identifier of this kind.
    pub fn matches(self, text: &str) -> bool {
        text.strip_prefix(self.prefix())
            .and_then(|rest| rest.strip_prefix('_'))
            .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
    }
}

/// Whose data a query may see. Made only from an authenticated caller or from a stored row, never from a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TenantId(String);

impl TenantId {
    /// Trusts the caller that `id` was read from our own store.
    pub fn from_store(id: String) -> Self {
        Self(id)
    }

    /// The text as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which occurrence of a series is meant: its original start, whatever it was moved to since (RFC 5545 RECURRENCE-ID).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OccurrenceKey {
    /// `20261101`: the series lasts whole days.
    Date(Date),
    /// `20261101T080000Z`, whole seconds.
    Instant(Timestamp),
}

impl OccurrenceKey {
    /// The key of an occurrence that starts here.
    ///
    /// # Errors
    /// An unknown zone, or a time out of range.
    pub fn of(start: &EventTime) -> Result<Self, TimeError> {
        match start {
            EventTime::Date { date } => Ok(Self::Date(*date)),
            EventTime::Zoned { .. } => {
                let instant = start.instant("UTC")?;
                Timestamp::from_second(instant.as_second())
                    .map(Self::Instant)
                    .map_err(|_| TimeError::OutOfRange)
            }
        }
    }

    /// Reads exactly what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let key = match text.len() {
            8 => Self::Date(Date::strptime("%Y%m%d", text).ok()?),
            16 => {
                let local = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
                Self::Instant(TimeZone::UTC.to_timestamp(local).ok()?)
            }
            _ => return None,
        };
        (key.to_string() == text).then_some(key)
    }

    /// The original start in the kind and zone of its series. `None` if the series is of the other kind.
    ///
    /// # Errors
    /// An unknown zone.
    pub fn to_event_time(self, series_start: &EventTime) -> Result<Option<EventTime>, TimeError> {
        Ok(match (self, series_start) {
            (Self::Date(date), EventTime::Date { .. }) => Some(EventTime::Date { date }),
            (Self::Instant(instant), EventTime::Zoned { time_zone, .. }) => Some(EventTime::Zoned {
                date_time: zone(time_zone)?.to_datetime(instant),
                time_zone: time_zone.clone(),
            }),
            _ => None,
        })
    }
}

impl fmt::Display for OccurrenceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => write!(f, "{}", date.strftime("%Y%m%d")),
            Self::Instant(instant) => write!(f, "{}", instant.strftime("%Y%m%dT%H%M%SZ")),
        }
    }
}

/// What an event identifier of the API names: a row, or an occurrence of a series.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EventRef {
    /// `evt_` and 32 hexadecimal digits.
    pub series: String,
    /// Which occurrence; `None`: the event or series itself.
    pub key: Option<OccurrenceKey>,
}

impl EventRef {
    /// Reads `evt_<32 hex>` or `evt_<32 hex>_<key>`; `None` for anything else, which no event is called.
    pub fn parse(text: &str) -> Option<Self> {
        if Kind::Event.matches(text) {
            return Some(Self {
                series: text.to_owned(),
                key: None,
            });
        }
        let (series, key) = text.rsplit_once('_')?;
        let key = OccurrenceKey::parse(key)?;
        Kind::Event.matches(series).then(|| Self {
            series: series.to_owned(),
            key: Some(key),
        })
    }
}

impl fmt::Display for EventRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key {
            Some(key) => write!(f, "{}_{key}", self.series),
            None => f.write_str(&self.series),
        }
    }
}
