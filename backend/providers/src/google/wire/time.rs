//! `EventDateTime`: a date, or an instant with a zone.

use domain::time::{EventTime, instant};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde::Deserialize;
use serde_json::{Value, json};

/// A moment as Google spells it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EventDateTime {
    /// `2026-11-01`, for whole days.
    pub date: Option<String>,
    /// RFC 3339; the offset may be left out where there is a zone.
    pub date_time: Option<String>,
    /// IANA name; other calendars' imports bring Windows names.
    pub time_zone: Option<String>,
}

impl EventDateTime {
    /// Our own spelling. `calendar_zone` is used where the event names none.
    ///
    /// A wall time that the clock shows twice is kept as an instant in UTC when the second of the two is meant, since
    /// our own spelling reads it as the first; not so for a series (`keep_zone`), whose other occurrences need the zone.
    ///
    /// # Errors
    /// For people: what is missing or not understood.
    pub fn read(&self, calendar_zone: &str, keep_zone: bool) -> Result<EventTime, String> {
        if let Some(date) = &self.date {
            let date = date.parse().map_err(|_| format!("“{date}” is not a date"))?;
            return Ok(EventTime::Date { date });
        }
        let Some(text) = &self.date_time else {
            return Err("there is neither a date nor a time".into());
        };
        let zone = match (&self.time_zone, text.parse::<Timestamp>()) {
            (None, _) => calendar_zone.to_owned(),
            (Some(name), offset) => match (crate::zones::find(name), offset) {
                (Some(zone), _) => zone,
                // The instant is certain, only the wall clock is not.
                (None, Ok(_)) if !keep_zone => calendar_zone.to_owned(),
                (None, _) => return Err(format!("“{name}” is not a known time zone")),
            },
        };
        let Ok(meant) = text.parse::<Timestamp>() else {
            let date_time = text
                .parse::<DateTime>()
                .map_err(|_| format!("“{text}” is not a time"))?;
            return Ok(EventTime::Zoned {
                date_time,
                time_zone: zone,
            });
        };
        let tz = TimeZone::get(&zone).map_err(|_| format!("“{zone}” is not a known time zone"))?;
        let date_time = tz.to_datetime(meant);
        if !keep_zone && instant(date_time, &zone).is_ok_and(|read| read != meant) {
            return Ok(EventTime::Zoned {
                date_time: TimeZone::UTC.to_datetime(meant),
                time_zone: "UTC".into(),
            });
        }
        Ok(EventTime::Zoned {
            date_time,
            time_zone: zone,
        })
    }
}

/// The moment with its offset: `2026-11-01T09:00:00+01:00`, or the date.
///
/// # Errors
/// For people: the zone is unknown or the year out of range.
pub fn query_text(time: &EventTime) -> Result<String, String> {
    match time {
        EventTime::Date { date } => Ok(date.to_string()),
        EventTime::Zoned { date_time, time_zone } => {
            let at = instant(*date_time, time_zone).map_err(|e| e.to_string())?;
            let tz = TimeZone::get(time_zone).map_err(|e| e.to_string())?;
            Ok(at.to_zoned(tz).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
        }
    }
}

/// The body's spelling of a moment. In a patch the other kind is cleared, since nested fields are merged.
pub fn write(time: &EventTime, patch: bool) -> Result<Value, String> {
    let text = query_text(time)?;
    Ok(match (time, patch) {
        (EventTime::Date { .. }, false) => json!({ "date": text }),
        (EventTime::Date { .. }, true) => json!({ "date": text, "dateTime": null, "timeZone": null }),
        (EventTime::Zoned { time_zone, .. }, false) => json!({ "dateTime": text, "timeZone": time_zone }),
        (EventTime::Zoned { time_zone, .. }, true) => {
            json!({ "date": null, "dateTime": text, "timeZone": time_zone })
        }
    })
}

/// Whether two spellings mean the same occurrence: the same date, or the same instant.
pub fn same_moment(a: &EventTime, b: &EventTime) -> bool {
    match (a, b) {
        (EventTime::Date { date: a }, EventTime::Date { date: b }) => a == b,
        (EventTime::Zoned { .. }, EventTime::Zoned { .. }) => a
            .instant("UTC")
            .is_ok_and(|one| b.instant("UTC").is_ok_and(|two| one == two)),
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(date_time: &str, zone: Option<&str>) -> EventDateTime {
        EventDateTime {
            date: None,
            date_time: Some(date_time.into()),
            time_zone: zone.map(str::to_owned),
        }
    }

    fn zoned(local: &str, zone: &str) -> EventTime {
        EventTime::Zoned {
            date_time: local.parse().unwrap(),
            time_zone: zone.into(),
        }
    }

    #[test]
    fn an_instant_becomes_a_wall_time_in_the_events_own_zone() {
        let read = |text, zone| at(text, zone).read("Europe/Berlin", false).unwrap();
        assert_eq!(
            read("2026-11-01T10:00:00Z", Some("America/New_York")),
            zoned("2026-11-01T05:00:00", "America/New_York")
        );
        assert_eq!(
            read("2026-07-01T10:00:00+02:00", None),
            zoned("2026-07-01T10:00:00", "Europe/Berlin")
        );
        assert_eq!(
            read("2026-07-01T10:00:00", Some("Asia/Tokyo")),
            zoned("2026-07-01T10:00:00", "Asia/Tokyo")
        );
    }

    #[test]
    fn a_windows_zone_is_understood_and_an_unknown_one_does_not_lose_the_instant() {
        let read = |zone, keep| at("2026-07-01T10:00:00+02:00", Some(zone)).read("UTC", keep);
        assert_eq!(
            read("W. Europe Standard Time", true).unwrap(),
            zoned("2026-07-01T10:00:00", "Europe/Berlin")
        );
        assert_eq!(
            read("Middle-earth", false).unwrap(),
            zoned("2026-07-01T08:00:00", "UTC")
        );
        assert!(read("Middle-earth", true).unwrap_err().contains("Middle-earth"));
    }

    #[test]
    fn the_second_of_two_equal_wall_times_keeps_its_instant() {
        let first = at("2026-10-25T02:30:00+02:00", Some("Europe/Berlin"));
        let second = at("2026-10-25T02:30:00+01:00", Some("Europe/Berlin"));
        assert_eq!(
            first.read("UTC", false).unwrap(),
            zoned("2026-10-25T02:30:00", "Europe/Berlin")
        );
        assert_eq!(second.read("UTC", false).unwrap(), zoned("2026-10-25T01:30:00", "UTC"));
        assert_eq!(
            second.read("UTC", true).unwrap(),
            zoned("2026-10-25T02:30:00", "Europe/Berlin")
        );
    }

    #[test]
    fn a_time_is_written_with_offset_and_zone_and_clears_the_date() {
        let written = write(&zoned("2026-11-01T09:00:00", "Europe/Berlin"), true).unwrap();
        let expected = json!({ "date": null, "dateTime": "2026-11-01T09:00:00+01:00", "timeZone": "Europe/Berlin" });
        assert_eq!(written, expected);
        let day = EventTime::Date {
            date: "2026-11-01".parse().unwrap(),
        };
        assert_eq!(write(&day, false).unwrap(), json!({ "date": "2026-11-01" }));
        assert!(write(&zoned("2026-11-01T09:00:00", "Nowhere/Land"), false).is_err());
    }

    #[test]
    fn moments_are_compared_as_instants() {
        assert!(same_moment(
            &zoned("2026-11-01T09:00:00", "Europe/Berlin"),
            &zoned("2026-11-01T08:00:00", "UTC")
        ));
        assert!(!same_moment(
            &zoned("2026-11-01T09:00:00", "Europe/Berlin"),
            &zoned("2026-11-01T09:00:00", "UTC")
        ));
    }
}
