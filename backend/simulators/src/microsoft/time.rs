//! Zones and moments as Graph writes them (docs: resources/datetimetimezone.md).

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::{Value, json};
use windows_timezones::WindowsTimezone;

use super::errors::Refusal;

/// The zone of a Windows or IANA name. IANA names are taken in their own spelling only.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    if matches!(name, "UTC" | "tzone://Microsoft/Utc") {
        return Some(TimeZone::UTC);
    }
    if let Ok(windows) = name.parse::<WindowsTimezone>() {
        return TimeZone::get(windows.tzdb_id()).ok();
    }
    TimeZone::get(name).ok().filter(|z| z.iana_name() == Some(name))
}

/// # Errors
/// 400 for a name that is no zone.
pub(crate) fn known(name: &str) -> Result<TimeZone, Refusal> {
    zone(name).ok_or_else(|| {
        Refusal::bad(
            "TimeZoneNotSupportedException",
            format!(
                "A valid TimeZone value must be specified. The following TimeZone value is not supported: '{name}'."
            ),
        )
    })
}

/// A wall time in a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) wall: DateTime,
    pub(crate) zone: String,
}

impl Moment {
    /// From a `dateTimeTimeZone`. A time without a zone is in UTC. An offset inside of `dateTime` is refused: the document
    /// names only `{date}T{time}`.
    ///
    /// # Errors
    /// 400.
    pub(crate) fn parse(value: &Value, field: &str) -> Result<Self, Refusal> {
        let bad = || {
            Refusal::value(format!(
                "At least one property failed validation: '{field}' is not a date and time."
            ))
        };
        let text = value["dateTime"].as_str().ok_or_else(bad)?;
        let time = text.split_once('T').map_or("", |(_, time)| time);
        if time.contains(['Z', 'z', '+', '-']) {
            return Err(bad());
        }
        let wall: DateTime = text.parse().map_err(|_| bad())?;
        let name = value["timeZone"].as_str().unwrap_or("UTC");
        known(name)?;
        Ok(Self {
            wall,
            zone: name.into(),
        })
    }

    /// From what is stored; that has passed [`Moment::parse`].
    pub(crate) fn stored_in(body: &serde_json::Map<String, Value>, field: &str) -> Option<Self> {
        Self::parse(body.get(field)?, field).ok()
    }

    pub(crate) fn place(&self) -> TimeZone {
        zone(&self.zone).unwrap_or(TimeZone::UTC)
    }

    pub(crate) fn instant(&self) -> Timestamp {
        at(self.wall, &self.place())
    }

    pub(crate) fn json(&self) -> Value {
        json!({"dateTime": wall(self.wall), "timeZone": self.zone})
    }
}

/// The instant of a wall time; one that does not exist is moved on, one that is twice is the first.
pub(crate) fn at(wall: DateTime, place: &TimeZone) -> Timestamp {
    place.to_timestamp(wall).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// `2017-08-29T04:00:00.0000000`, seven digits as Graph has them.
pub(crate) fn wall(wall: DateTime) -> String {
    format!(
        "{}.{:07}",
        wall.strftime("%Y-%m-%dT%H:%M:%S"),
        wall.subsec_nanosecond() / 100
    )
}

/// An instant in a zone, as `dateTimeTimeZone`.
pub(crate) fn shown(instant: Timestamp, name: &str) -> Value {
    let place = zone(name).unwrap_or(TimeZone::UTC);
    json!({"dateTime": wall(instant.to_zoned(place).datetime()), "timeZone": name})
}

/// An instant as `Edm.DateTimeOffset`.
pub(crate) fn stamp(instant: Timestamp) -> String {
    format!("{}Z", wall(instant.to_zoned(TimeZone::UTC).datetime()))
}

/// A `startDateTime` or `endDateTime` of a view: an offset counts, and without one it is UTC (docs: calendar-list-calendarview.md).
///
/// # Errors
/// 400.
pub(crate) fn bound(text: &str, name: &str) -> Result<Timestamp, Refusal> {
    let text = text.replace(' ', "+");
    text.parse::<Timestamp>()
        .or_else(|_| text.parse::<DateTime>().map(|wall| at(wall, &TimeZone::UTC)))
        .map_err(|_| {
            Refusal::bad(
                "ErrorInvalidParameter",
                format!("The value '{text}' of parameter '{name}' is invalid."),
            )
        })
}
