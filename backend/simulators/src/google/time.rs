//! Points in time the way Calendar v3 writes them: `{date}` or `{dateTime, timeZone}`.
//!
//! Days have no zone of their own; they are placed in a calendar's zone only where they are compared with instants.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use serde_json::{Map, Value, json};

use super::errors::Refusal;

/// A start or an end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum When {
    /// A whole day.
    Day(Date),
    /// An instant, and the IANA zone it is shown and repeated in.
    At(Timestamp, String),
}

impl When {
    /// From a request. `which` is `start` or `end`; `fallback` is the calendar's zone, used where an offset but no zone
    /// is given.
    pub(crate) fn parse(value: &Value, which: &str, fallback: &str) -> Result<Self, Refusal> {
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let zone_name = text("timeZone");
        if let Some(name) = zone_name
            && zone(name).is_none()
        {
            return Err(Refusal::invalid(format!(
                "Invalid time zone definition for {which} time."
            )));
        }
        match (text("date"), text("dateTime")) {
            (Some(_), Some(_)) => Err(Refusal::invalid(format!("Invalid {which} time."))),
            (Some(day), None) => day
                .parse()
                .map(Self::Day)
                .map_err(|_| Refusal::invalid(format!("Invalid {which} time."))),
            (None, Some(moment)) => {
                let bad = || Refusal::invalid(format!("Invalid {which} time."));
                if !moment.contains(['T', 't']) {
                    return Err(bad());
                }
                let name = zone_name.unwrap_or(fallback).to_string();
                if let Ok(instant) = moment.parse::<Timestamp>() {
                    return Ok(Self::At(instant, name));
                }
                let local: DateTime = moment.parse().map_err(|_| bad())?;
                let place = zone_name
                    .and_then(zone)
                    .ok_or_else(|| Refusal::required(format!("Missing time zone definition for {which} time.")))?;
                let instant = place.to_ambiguous_timestamp(local).compatible().map_err(|_| bad())?;
                Ok(Self::At(instant, name))
            }
            (None, None) => Err(Refusal::required(format!("Missing {which} time."))),
        }
    }

    /// From what [`When::stored`] wrote.
    pub(crate) fn read(value: &Value) -> Option<Self> {
        if let Some(day) = value.get("date").and_then(Value::as_str) {
            return day.parse().ok().map(Self::Day);
        }
        let instant = value.get("dateTime")?.as_str()?.parse().ok()?;
        Some(Self::At(
            instant,
            value.get("timeZone").and_then(Value::as_str).unwrap_or("UTC").into(),
        ))
    }

    /// One form for keeping: instants in UTC.
    pub(crate) fn stored(&self) -> Value {
        match self {
            Self::Day(day) => json!({"date": day.to_string()}),
            Self::At(instant, name) => json!({"dateTime": instant.to_string(), "timeZone": name}),
        }
    }

    /// As answered, with the offset of `view`.
    pub(crate) fn shown(&self, view: &TimeZone) -> Value {
        match self {
            Self::Day(day) => json!({"date": day.to_string()}),
            Self::At(instant, name) => json!({"dateTime": offset_text(*instant, view), "timeZone": name}),
        }
    }

    /// The instant; days begin at midnight in `place`.
    pub(crate) fn instant(&self, place: &TimeZone) -> Timestamp {
        match self {
            Self::Day(day) => day
                .to_zoned(place.clone())
                .map(|z| z.timestamp())
                .unwrap_or(Timestamp::UNIX_EPOCH),
            Self::At(instant, _) => *instant,
        }
    }

    /// The wall clock, for recurrence.
    pub(crate) fn wall(&self) -> DateTime {
        match self {
            Self::Day(day) => day.to_datetime(jiff::civil::Time::midnight()),
            Self::At(instant, name) => instant.to_zoned(zone(name).unwrap_or(TimeZone::UTC)).datetime(),
        }
    }

    /// The same kind of point at another wall clock.
    pub(crate) fn at_wall(&self, wall: DateTime) -> Option<Self> {
        match self {
            Self::Day(_) => Some(Self::Day(wall.date())),
            Self::At(_, name) => {
                let instant = zone(name)?.to_ambiguous_timestamp(wall).compatible().ok()?;
                Some(Self::At(instant, name.clone()))
            }
        }
    }

    /// How an instance's id ends.
    pub(crate) fn suffix(&self) -> String {
        match self {
            Self::Day(day) => day.strftime("%Y%m%d").to_string(),
            Self::At(instant, _) => instant.strftime("%Y%m%dT%H%M%SZ").to_string(),
        }
    }

    /// Whether this is a whole day.
    pub(crate) fn is_day(&self) -> bool {
        matches!(self, Self::Day(_))
    }
}

/// Start and end of an event body in its stored form.
pub(crate) fn span(body: &Map<String, Value>) -> Option<(When, When)> {
    Some((When::read(body.get("start")?)?, When::read(body.get("end")?)?))
}

/// The end of an occurrence of an event that lasted from `start` to `end`: days keep their number, instants their
/// duration.
pub(crate) fn end_of(occurrence: &When, start: &When, end: &When) -> When {
    match (occurrence, start, end) {
        (When::Day(day), When::Day(from), When::Day(to)) => When::Day(
            from.until(*to)
                .ok()
                .and_then(|s| day.checked_add(s).ok())
                .unwrap_or(*day),
        ),
        (When::At(at, _), When::At(from, _), When::At(to, name)) => {
            When::At(at.checked_add(to.duration_since(*from)).unwrap_or(*at), name.clone())
        }
        _ => end.clone(),
    }
}

/// A zone by IANA name.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    if name.is_empty() {
        None
    } else {
        TimeZone::get(name).ok()
    }
}

/// RFC 3339 with the offset of `view`; `Z` in UTC.
pub(crate) fn offset_text(instant: Timestamp, view: &TimeZone) -> String {
    let zoned = instant.to_zoned(view.clone());
    if zoned.offset().is_zero() {
        instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    } else {
        zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }
}

/// RFC 3339 in UTC with milliseconds, as `created` and `updated` are written.
pub(crate) fn milli_text(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
