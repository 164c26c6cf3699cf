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
    /// A change that a provider has not confirmed yet.
    Promise,
    /// Where two changes met.
    Conflict,
    /// What a client offers.
    Service,
    /// Somebody who can be booked.
    Staff,
    /// When a client is closed.
    Closure,
    /// Somebody who comes.
    Customer,
    /// A booking, or a hold.
    Booking,
    /// What was done to a booking.
    Deed,
    /// A mail or text message.
    Message,
    /// An import of bookings.
    BookingImport,
    /// A file that was uploaded.
    Import,
    /// Bulk work, planned or applied.
    Operation,
    /// A recipe for events.
    Template,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::Tenant,
        Self::User,
        Self::ApiKey,
        Self::Client,
        Self::Credential,
        Self::Calendar,
        Self::Event,
        Self::Promise,
        Self::Conflict,
        Self::Service,
        Self::Staff,
        Self::Closure,
        Self::Customer,
        Self::Booking,
        Self::Deed,
        Self::Message,
        Self::BookingImport,
        Self::Import,
        Self::Operation,
        Self::Template,
    ];

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
            Self::Promise => "map",
            Self::Conflict => "cfl",
            Self::Service => "svc",
            Self::Staff => "stf",
            Self::Closure => "clo",
            Self::Customer => "cus",
            Self::Booking => "bkg",
            Self::Deed => "dee",
            Self::Message => "msg",
            Self::BookingImport => "bim",
            Self::Import => "imp",
            Self::Operation => "op",
            Self::Template => "tpl",
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const SERIES: &str = "evt_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b";

    #[test]
    fn identifiers_are_recognised_by_their_kind_and_sort_by_age() {
        let (older, newer) = (Kind::Client.new_id(), Kind::Client.new_id());
        assert!(older < newer);
        assert!(Kind::Client.matches(&older) && !Kind::Event.matches(&older));
        assert!(Kind::Event.matches(SERIES));
        for wrong in [
            "",
            "evt_",
            "evt_0193",
            "evt_0193A1B2C3D47E5F8A9B0C1D2E3F4A5B",
            "evt-0193a1b2c3d47e5f8a9b0c1d2e3f4a5b",
            "evt_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b_",
        ] {
            assert!(!Kind::Event.matches(wrong), "{wrong}");
        }
    }

    #[test]
    fn an_occurrence_is_its_series_and_its_original_start() {
        for key in ["20261101", "20261101T090000Z", "00010101", "19700101T000000Z"] {
            let text = format!("{SERIES}_{key}");
            let found = EventRef::parse(&text).unwrap();
            assert_eq!(
                (found.series.as_str(), found.key.unwrap().to_string().as_str()),
                (SERIES, key)
            );
            assert_eq!(found.to_string(), text);
        }
        let whole = EventRef::parse(SERIES).unwrap();
        assert_eq!((whole.key, whole.to_string().as_str()), (None, SERIES));
    }

    #[test]
    fn nothing_else_names_an_event() {
        for wrong in [
            "",
            "evt",
            "_",
            "evt__20261101",
            "20261101",
            "cal_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b",
            "cal_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b_20261101",
        ] {
            assert_eq!(EventRef::parse(wrong), None, "{wrong}");
        }
        for key in [
            "",
            "20261131",
            "2026110",
            "20261101T090000",
            "20261101T250000Z",
            "20261101t090000z",
            "20261101T090000Z0",
            " 0261101",
            "+0261101",
            "2026110é",
            "20261101T09:00Z",
        ] {
            assert_eq!(EventRef::parse(&format!("{SERIES}_{key}")), None, "{key}");
        }
    }

    #[test]
    fn a_key_is_a_time_in_the_kind_and_zone_of_its_series() {
        let timed = EventTime::Zoned {
            date_time: "2020-01-01T07:00:00".parse().unwrap(),
            time_zone: "Europe/Berlin".into(),
        };
        let whole = EventTime::Date {
            date: "2020-01-01".parse().unwrap(),
        };
        let instant = OccurrenceKey::parse("20260701T070000Z").unwrap();
        let start = instant.to_event_time(&timed).unwrap().unwrap();
        assert_eq!(start.local(), "2026-07-01T09:00:00".parse().unwrap());
        assert_eq!(OccurrenceKey::of(&start).unwrap(), instant);
        assert_eq!(start.occurrence_key().unwrap(), instant.to_string());
        assert_eq!(instant.to_event_time(&whole).unwrap(), None);
        let day = OccurrenceKey::parse("20260701").unwrap();
        let start = day.to_event_time(&whole).unwrap().unwrap();
        assert_eq!(start.occurrence_key().unwrap(), "20260701");
        assert_eq!(day.to_event_time(&timed).unwrap(), None);
        let nowhere = EventTime::Zoned {
            date_time: "2020-01-01T07:00:00".parse().unwrap(),
            time_zone: "Nowhere".into(),
        };
        assert!(instant.to_event_time(&nowhere).is_err());
    }
}
