//! `dateTimeTimeZone` and `Edm.DateTimeOffset`. We ask for UTC on every call, and put times into their own zone here.

use domain::time::{EventTime, instant};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::{Value, json};

/// A time of an answer in UTC, in the zone it was written in. `zone` is Microsoft's word for that (Windows or IANA).
///
/// A zone without a name (`tzone://Microsoft/Custom`) leaves the instant certain, only not the wall clock: good enough for
/// a single event, not for a series (`keep_zone`), whose other occurrences need the zone.
///
/// # Errors
/// For people: what is not understood.
pub fn read(value: &Value, zone: Option<&str>, all_day: bool, keep_zone: bool) -> Result<EventTime, String> {
    let text = value["dateTime"].as_str().ok_or("there is no time")?;
    let wall: DateTime = text.parse().map_err(|_| format!("“{text}” is not a time"))?;
    if all_day {
        return Ok(EventTime::Date { date: wall.date() });
    }
    let told = value["timeZone"].as_str().unwrap_or("UTC");
    let told = crate::zones::find(told).ok_or_else(|| format!("“{told}” is not a known time zone"))?;
    let at = instant(wall, &told).map_err(|e| e.to_string())?;
    placed(at, zone, keep_zone)
}

/// An instant in a zone.
///
/// # Errors
/// As [`read`].
pub fn placed(at: Timestamp, zone: Option<&str>, keep_zone: bool) -> Result<EventTime, String> {
    let known = zone.and_then(crate::zones::find);
    let name = match (known, keep_zone) {
        (Some(name), _) => name,
        (None, false) => "UTC".to_owned(),
        (None, true) => return Err(format!("“{}” is not a known time zone", zone.unwrap_or_default())),
    };
    let tz = TimeZone::get(&name).map_err(|e| e.to_string())?;
    let date_time = tz.to_datetime(at);
    // Of a wall time that the clock shows twice our own spelling means the first.
    if !keep_zone && instant(date_time, &name).is_ok_and(|read| read != at) {
        return Ok(EventTime::Zoned {
            date_time: TimeZone::UTC.to_datetime(at),
            time_zone: "UTC".into(),
        });
    }
    Ok(EventTime::Zoned {
        date_time,
        time_zone: name,
    })
}

/// The body's spelling: wall time and zone; a day begins at midnight in `day_zone`. Whatever zone that is, Microsoft answers
/// with midnight; but desktop programs spread a day of a foreign zone over two. It takes IANA names.
pub fn write(time: &EventTime, day_zone: &str) -> Value {
    match time {
        EventTime::Date { date } => json!({"dateTime": format!("{date}T00:00:00"), "timeZone": day_zone}),
        EventTime::Zoned { date_time, time_zone } => {
            json!({"dateTime": date_time.strftime("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": time_zone})
        }
    }
}

/// The instant of a time; a day is somewhere around its midnight in UTC.
///
/// # Errors
/// For people: the zone is unknown.
pub fn moment(time: &EventTime) -> Result<Timestamp, String> {
    time.instant("UTC").map_err(|e| e.to_string())
}

/// Whether two spellings mean the same occurrence: the same date, or the same instant.
pub fn same_moment(a: &EventTime, b: &EventTime) -> bool {
    match (a, b) {
        (EventTime::Date { date: a }, EventTime::Date { date: b }) => a == b,
        (EventTime::Zoned { .. }, EventTime::Zoned { .. }) => {
            moment(a).is_ok_and(|one| moment(b).is_ok_and(|two| one == two))
        }
        _ => false,
    }
}
