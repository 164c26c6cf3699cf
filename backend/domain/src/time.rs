//! Time as calendars mean it: a date, or a wall time in a zone. Instants are derived, never stored instead.

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime},
    tz::{AmbiguousOffset, Offset, TimeZone},
};
use serde::{Deserialize, Serialize};

/// Start or end of an event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged, try_from = "Fields")]
pub enum EventTime {
    /// A whole day, the same date everywhere. As an end it is exclusive.
    Date {
        /// The day.
        date: Date,
    },
    /// A wall time in a zone.
    Zoned {
        /// What the clock on the wall says.
        date_time: DateTime,
        /// IANA name.
        time_zone: String,
    },
}

/// [`EventTime`] as it is read: trying one variant after the other costs a list of events a tenth of its time.
#[derive(Deserialize)]
struct Fields {
    date: Option<Date>,
    date_time: Option<DateTime>,
    time_zone: Option<String>,
}

impl TryFrom<Fields> for EventTime {
    type Error = &'static str;

    fn try_from(fields: Fields) -> Result<Self, Self::Error> {
        match (fields.date, fields.date_time, fields.time_zone) {
            (Some(date), None, None) => Ok(Self::Date { date }),
            (None, Some(date_time), Some(time_zone)) => Ok(Self::Zoned { date_time, time_zone }),
            _ => Err("a time is either a date, or a wall time with its zone"),
        }
    }
}

/// Why a wall time has no single instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// The zone is not in the IANA database.
    #[error("“{0}” is not a known IANA time zone")]
    UnknownZone(String),
    /// The clock skips this time.
    #[error("{local} does not exist in {zone}: the clock jumps from {before} to {after}")]
    Gap {
        /// What was asked.
        local: DateTime,
        /// In which zone.
        zone: String,
        /// The earlier reading of the two it could mean.
        before: String,
        /// The later reading.
        after: String,
    },
    /// The clock shows this time twice.
    #[error("{local} happens twice in {zone}: as {before} and as {after}")]
    Fold {
        /// What was asked.
        local: DateTime,
        /// In which zone.
        zone: String,
        /// The first of the two.
        before: String,
        /// The second of the two.
        after: String,
    },
    /// Outside the years jiff knows.
    #[error("the time is out of range")]
    OutOfRange,
}

/// How to read a wall time that does not exist or exists twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disambiguation {
    /// Refuse it, naming both readings.
    #[default]
    Reject,
    /// The earlier instant.
    Earlier,
    /// The later instant.
    Later,
}

/// The zone by its IANA name, or, for events of producers whose rules are no place's, by its POSIX rules
/// (`STD5DST,M4.1.0/2,M10.5.0/2`). Those are for us alone: see [`EventTime::public`].
///
/// # Errors
/// [`TimeError::UnknownZone`].
pub fn zone(name: &str) -> Result<TimeZone, TimeError> {
    // “Etc/Unknown” is jiff's word for a system without a zone; it behaves as UTC, which nobody asked for.
    let found = if name.contains(',') {
        TimeZone::posix(name)
    } else {
        TimeZone::get(name)
    };
    found
        .ok()
        .filter(|zone| !zone.is_unknown())
        .ok_or_else(|| TimeError::UnknownZone(name.chars().take(80).collect()))
}

/// The zone's name in the database's own spelling: `europe/berlin` is `Europe/Berlin`. Providers are strict about it.
///
/// # Errors
/// [`TimeError::UnknownZone`].
pub fn canonical_zone(name: &str) -> Result<String, TimeError> {
    Ok(zone(name)?.iana_name().unwrap_or(name).to_owned())
}

/// The instant of a wall time as RFC 5545 reads it: in a gap by the offset before it, in a fold the first one.
///
/// # Errors
/// An unknown zone, or a time out of range.
pub fn instant(local: DateTime, zone_name: &str) -> Result<Timestamp, TimeError> {
    zone(zone_name)?
        .to_ambiguous_timestamp(local)
        .compatible()
        .map_err(|_| TimeError::OutOfRange)
}

/// The instant of a wall time somebody typed: refused where it has no single reading, unless they said which.
///
/// # Errors
/// Every [`TimeError`].
pub fn resolve(local: DateTime, zone_name: &str, how: Disambiguation) -> Result<Timestamp, TimeError> {
    let tz = zone(zone_name)?;
    let ambiguous = tz.to_ambiguous_timestamp(local);
    let answer = match how {
        Disambiguation::Earlier => ambiguous.earlier(),
        Disambiguation::Later => ambiguous.later(),
        Disambiguation::Reject => {
            let readings = |before: Offset, after: Offset| -> Result<(String, String), TimeError> {
                let one = before.to_timestamp(local).map_err(|_| TimeError::OutOfRange)?;
                let two = after.to_timestamp(local).map_err(|_| TimeError::OutOfRange)?;
                let (first, second) = if one < two { (one, two) } else { (two, one) };
                let show = |t: Timestamp| t.to_zoned(tz.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
                Ok((show(first), show(second)))
            };
            match ambiguous.offset() {
                AmbiguousOffset::Unambiguous { .. } => {}
                AmbiguousOffset::Gap { before, after } => {
                    let (before, after) = readings(before, after)?;
                    return Err(TimeError::Gap {
                        local,
                        zone: zone_name.to_owned(),
                        before,
                        after,
                    });
                }
                AmbiguousOffset::Fold { before, after } => {
                    let (before, after) = readings(before, after)?;
                    return Err(TimeError::Fold {
                        local,
                        zone: zone_name.to_owned(),
                        before,
                        after,
                    });
                }
            }
            ambiguous.compatible()
        }
    };
    answer.map_err(|_| TimeError::OutOfRange)
}

impl EventTime {
    /// Whether this is a whole day.
    pub const fn is_date(&self) -> bool {
        matches!(self, Self::Date { .. })
    }

    /// The wall time; midnight for a date.
    pub fn local(&self) -> DateTime {
        match self {
            Self::Date { date } => date.to_datetime(jiff::civil::Time::midnight()),
            Self::Zoned { date_time, .. } => *date_time,
        }
    }

    /// The zone it is said in; `calendar_zone` for a date.
    pub fn zone_name<'a>(&'a self, calendar_zone: &'a str) -> &'a str {
        match self {
            Self::Date { .. } => calendar_zone,
            Self::Zoned { time_zone, .. } => time_zone,
        }
    }

    /// The instant; a date begins at midnight in `calendar_zone`.
    ///
    /// # Errors
    /// An unknown zone, or a time out of range.
    pub fn instant(&self, calendar_zone: &str) -> Result<Timestamp, TimeError> {
        instant(self.local(), self.zone_name(calendar_zone))
    }

    /// The same moment as others can be told: in UTC where the zone has no IANA name.
    #[must_use]
    pub fn public(&self) -> Self {
        match self {
            Self::Zoned { date_time, time_zone } if time_zone.contains(',') => {
                let utc = instant(*date_time, time_zone).map(|at| TimeZone::UTC.to_datetime(at));
                Self::Zoned {
                    date_time: utc.unwrap_or(*date_time),
                    time_zone: "UTC".to_owned(),
                }
            }
            said => said.clone(),
        }
    }

    /// The same wall clock moved to `local`.
    pub fn with_local(&self, local: DateTime) -> Self {
        match self {
            Self::Date { .. } => Self::Date { date: local.date() },
            Self::Zoned { time_zone, .. } => Self::Zoned {
                date_time: local,
                time_zone: time_zone.clone(),
            },
        }
    }

    /// The key of an occurrence that starts here: `20261101` or, in UTC, `20261101T080000Z`.
    ///
    /// # Errors
    /// An unknown zone, or a time out of range.
    pub fn occurrence_key(&self) -> Result<String, TimeError> {
        match self {
            Self::Date { date } => Ok(date.strftime("%Y%m%d").to_string()),
            Self::Zoned { date_time, time_zone } => {
                Ok(instant(*date_time, time_zone)?.strftime("%Y%m%dT%H%M%SZ").to_string())
            }
        }
    }
}

/// A stretch of time that begins at `start` and ends before `end`. Never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    start: Timestamp,
    end: Timestamp,
}

/// An interval that would contain nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the end ({end}) must lie after the start ({start})")]
pub struct EmptyInterval {
    /// What was given.
    pub start: Timestamp,
    /// What was given.
    pub end: Timestamp,
}

impl Interval {
    /// `[start, end)`.
    ///
    /// # Errors
    /// [`EmptyInterval`], unless `end` lies after `start`.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, EmptyInterval> {
        if start < end {
            Ok(Self { start, end })
        } else {
            Err(EmptyInterval { start, end })
        }
    }

    /// From midnight of `first` to midnight of the day after `last`, in a zone. A day may have 23, 24 or 25 hours, and
    /// where a day does not exist at all (Apia, 2011-12-30) it begins when the next one does.
    ///
    /// # Errors
    /// An unknown zone, `last` before `first`, or dates out of range ([`TimeError::OutOfRange`]).
    pub fn days(first: Date, last: Date, zone_name: &str) -> Result<Self, TimeError> {
        let midnight = jiff::civil::Time::midnight();
        let after = last.tomorrow().map_err(|_| TimeError::OutOfRange)?;
        let start = instant(first.to_datetime(midnight), zone_name)?;
        let end = instant(after.to_datetime(midnight), zone_name)?;
        Self::new(start, end).map_err(|_| TimeError::OutOfRange)
    }

    /// The first moment.
    pub const fn start(self) -> Timestamp {
        self.start
    }

    /// The first moment after.
    pub const fn end(self) -> Timestamp {
        self.end
    }

    /// How long it is; always positive.
    pub fn duration(self) -> SignedDuration {
        self.end.duration_since(self.start)
    }

    /// Whether the moment lies in it.
    pub fn contains(self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    /// Whether both share a moment. Intervals that only touch do not.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// What both share.
    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end)).ok()
    }
}

/// Why two times are not the start and end of an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PairError {
    /// The start has no instant.
    #[error("{0}")]
    Start(#[source] TimeError),
    /// The end has no instant.
    #[error("{0}")]
    End(#[source] TimeError),
    /// A date and a time.
    #[error("start and end must both be dates, or both be times")]
    Kind,
    /// No time between them. Google refuses an event of no length (`timeRangeEmpty`), so we do before asking it.
    #[error("the end must lie after the start; the end of a whole day is the next day")]
    Empty,
}

/// The stretch of time from `start` to `end`, if they can be an event's.
///
/// # Errors
/// Every [`PairError`].
pub fn pair(start: &EventTime, end: &EventTime, calendar_zone: &str) -> Result<Interval, PairError> {
    let from = start.instant(calendar_zone).map_err(PairError::Start)?;
    let to = end.instant(calendar_zone).map_err(PairError::End)?;
    if start.is_date() != end.is_date() {
        return Err(PairError::Kind);
    }
    // Two dates may be one instant where a zone skipped a day; the dates count.
    if start.is_date() && end.local() <= start.local() {
        return Err(PairError::Empty);
    }
    Interval::new(from, to).map_err(|_| PairError::Empty)
}

#[cfg(test)]
#[path = "time_tests.rs"]
mod tests;
