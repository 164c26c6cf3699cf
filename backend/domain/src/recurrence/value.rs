//! Content lines and the dates in them: RRULE, RDATE, EXDATE as text and as values (RFC 5545 §3.1, §3.3.4–9, §3.8.5).

use jiff::{
    Span, Timestamp,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};

use super::error::{Problem, RecurrenceError};
use super::rule::{self, Parts};
use crate::time::{EventTime, TimeError, zone};

/// Most content lines. Some clients write one EXDATE line for every exception.
const MAX_LINES: usize = 2_000;
/// Most bytes in all lines together.
const MAX_BYTES: usize = 128 * 1024;

/// One point in time as a content line spells it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Moment {
    /// `20261101`
    Date(Date),
    /// `20261101T090000`: on the series' own wall clock.
    Local(DateTime),
    /// `20261101T080000Z`
    Utc(Timestamp),
    /// The same with TZID.
    Zoned(DateTime, TimeZone),
}

impl Moment {
    /// Reads one of the three forms.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let wrong = || Problem::DateInvalid(text.to_owned());
        let text = text.trim();
        let digits = |range: std::ops::Range<usize>| -> Result<i16, Problem> {
            let piece = text
                .get(range)
                .filter(|piece| piece.bytes().all(|b| b.is_ascii_digit()))
                .ok_or_else(wrong)?;
            piece.parse().map_err(|_| wrong())
        };
        let small = |range| digits(range).and_then(|n| i8::try_from(n).map_err(|_| wrong()));
        let date = Date::new(digits(0..4)?, small(4..6)?, small(6..8)?).map_err(|_| wrong())?;
        if text.len() == 8 {
            return Ok(Self::Date(date));
        }
        if !matches!(text.as_bytes().get(8), Some(b'T' | b't')) {
            return Err(wrong());
        }
        // Second 60 is a leap second: the wall clock of everybody else says 59.
        let time = Time::new(small(9..11)?, small(11..13)?, small(13..15)?.min(59), 0).map_err(|_| wrong())?;
        let local = date.to_datetime(time);
        match text.get(15..) {
            Some("") => Ok(Self::Local(local)),
            Some("Z" | "z") => Ok(Self::Utc(TimeZone::UTC.to_timestamp(local).map_err(|_| wrong())?)),
            _ => Err(wrong()),
        }
    }
}

/// How the values of one series are to be read: the kind and zone of its start.
#[derive(Debug, Clone)]
pub(super) struct Places {
    /// The series lasts whole days.
    pub whole_days: bool,
    /// The zone of the start; the calendar's for whole days.
    pub zone: TimeZone,
    /// The wall time of the start.
    pub time: Time,
}

impl Places {
    /// Of a series that starts at `start`.
    pub fn of(start: &EventTime, calendar_zone: &str) -> Result<Self, TimeError> {
        let zone = zone(start.zone_name(calendar_zone))?;
        Ok(Self {
            whole_days: start.is_date(),
            zone,
            time: start.local().time(),
        })
    }

    /// The instant of a wall time, as RFC 5545 reads gaps and folds. `None` outside the years jiff knows.
    pub fn place(&self, local: DateTime) -> Option<Timestamp> {
        self.zone.to_ambiguous_timestamp(local).compatible().ok()
    }

    /// The wall time a value means in the series' zone. A date given for a timed series means its time on that day.
    pub fn local(&self, moment: &Moment) -> Result<DateTime, Problem> {
        let foreign = |instant: Timestamp, literal: DateTime| {
            // Midnight UTC, or the second before it, is how many programs spell a date they were told to spell in UTC.
            let date_like = literal.time() == Time::midnight() || literal.time() == Time::constant(23, 59, 59, 0);
            if self.whole_days && date_like {
                literal
            } else {
                self.zone.to_datetime(instant)
            }
        };
        let local = match moment {
            Moment::Date(date) => date.to_datetime(self.time),
            Moment::Local(local) => *local,
            Moment::Utc(instant) => foreign(*instant, TimeZone::UTC.to_datetime(*instant)),
            Moment::Zoned(local, zone) => {
                let instant = zone.to_ambiguous_timestamp(*local).compatible();
                foreign(instant.map_err(|_| Problem::DateInvalid(local.to_string()))?, *local)
            }
        };
        Ok(if self.whole_days {
            local.date().at(0, 0, 0, 0)
        } else {
            local
        })
    }

    /// The last wall time that UNTIL allows. A date given for a timed series includes that whole day.
    pub fn until(&self, moment: Moment) -> Result<DateTime, Problem> {
        match moment {
            Moment::Date(date) if !self.whole_days => Ok(date.at(23, 59, 59, 0)),
            other => self.local(&other),
        }
    }

    /// The instant a value means.
    pub fn instant(&self, moment: &Moment) -> Result<Timestamp, Problem> {
        if let (Moment::Utc(instant), false) = (moment, self.whole_days) {
            return Ok(*instant);
        }
        if let (Moment::Zoned(local, zone), false) = (moment, self.whole_days) {
            let instant = zone.to_ambiguous_timestamp(*local).compatible();
            return instant.map_err(|_| Problem::DateInvalid(local.to_string()));
        }
        let local = self.local(moment)?;
        self.place(local).ok_or_else(|| Problem::DateInvalid(local.to_string()))
    }
}

/// One value of RDATE or EXDATE.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// As it stood in the line.
    pub text: String,
    /// What it means.
    pub moment: Moment,
    /// End of a PERIOD.
    pub end: Option<Timestamp>,
}

/// A content line, understood.
#[derive(Debug, Clone)]
pub(super) enum Line {
    /// RRULE.
    Rule(Parts),
    /// RDATE, or EXDATE where `gone`.
    Dates {
        /// Whether these dates are taken out.
        gone: bool,
        /// Everything before the colon, as it stood.
        head: String,
        /// The values.
        items: Vec<Item>,
    },
}

/// Reads all lines. The dates in them are read for a series that `places` describes.
pub(super) fn read(lines: &[String], places: &Places) -> Result<Vec<Line>, RecurrenceError> {
    if lines.len() > MAX_LINES {
        return Err(RecurrenceError::at(
            MAX_LINES,
            Problem::TooLong {
                limit: MAX_LINES,
                what: "lines",
            },
        ));
    }
    let mut bytes = 0;
    let mut read = Vec::with_capacity(lines.len());
    for (index, text) in lines.iter().enumerate() {
        let at = |problem| RecurrenceError::at(index, problem);
        bytes += text.len();
        if bytes > MAX_BYTES {
            return Err(at(Problem::TooLong {
                limit: MAX_BYTES,
                what: "bytes",
            }));
        }
        let line = Line::read(text, places).map_err(at)?;
        if matches!(line, Line::Rule(_)) && read.iter().any(|seen| matches!(seen, Line::Rule(_))) {
            return Err(at(Problem::SecondRule));
        }
        read.push(line);
    }
    Ok(read)
}

impl Line {
    fn read(text: &str, places: &Places) -> Result<Self, Problem> {
        let malformed = || Problem::Malformed(text.chars().take(80).collect());
        if text.chars().any(char::is_control) {
            return Err(malformed());
        }
        let (head, value) = split_head(text).ok_or_else(malformed)?;
        let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
        match name.trim().to_ascii_uppercase().as_str() {
            "RRULE" => Ok(Self::Rule(rule::parts(value)?)),
            "RDATE" => Self::dates(false, head, parameters, value, places),
            "EXDATE" => Self::dates(true, head, parameters, value, places),
            "EXRULE" => Err(Problem::ExRule),
            "" => Err(malformed()),
            other => Err(Problem::UnknownProperty(other.to_owned())),
        }
    }

    fn dates(gone: bool, head: &str, parameters: &str, value: &str, places: &Places) -> Result<Self, Problem> {
        let mut zone = None;
        for parameter in parameters.split(';').filter(|p| !p.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = value.trim_matches('"');
            match name.to_ascii_uppercase().as_str() {
                "TZID" => zone = Some(TimeZone::get(value).map_err(|_| Problem::ZoneUnknown(value.to_owned()))?),
                "VALUE" if matches!(value.to_ascii_uppercase().as_str(), "DATE" | "DATE-TIME") => {}
                "VALUE" if !gone && value.eq_ignore_ascii_case("PERIOD") => {}
                x if x.starts_with("X-") => {}
                _ => return Err(Problem::UnknownParameter(parameter.to_owned())),
            }
        }
        let mut items = Vec::new();
        for text in value.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            items.push(Item::read(text, zone.as_ref(), gone, places)?);
        }
        if items.is_empty() {
            return Err(Problem::DateInvalid(value.to_owned()));
        }
        Ok(Self::Dates {
            gone,
            head: head.to_owned(),
            items,
        })
    }

    /// The line as text again, with the values that are left; `None` when no value is left.
    pub fn write(&self) -> Option<String> {
        match self {
            Self::Rule(parts) => Some(rule::line(parts)),
            Self::Dates { items, .. } if items.is_empty() => None,
            Self::Dates { head, items, .. } => {
                let values: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
                Some(format!("{head}:{}", values.join(",")))
            }
        }
    }
}

impl Item {
    fn read(text: &str, zone: Option<&TimeZone>, gone: bool, places: &Places) -> Result<Self, Problem> {
        let wrong = || Problem::DateInvalid(text.to_owned());
        let moment = |piece: &str| -> Result<Moment, Problem> {
            Ok(match (Moment::parse(piece)?, zone) {
                (Moment::Local(local), Some(zone)) => Moment::Zoned(local, zone.clone()),
                (other, _) => other,
            })
        };
        let Some((first, second)) = text.split_once('/') else {
            return Ok(Self {
                text: text.to_owned(),
                moment: moment(text)?,
                end: None,
            });
        };
        if gone || places.whole_days {
            return Err(wrong());
        }
        let begin = moment(first)?;
        let instant = places.instant(&begin)?;
        let end = if second.starts_with(['P', 'p', '+']) {
            // Days of a duration are days of the wall clock, hours are exact (RFC 5545 §3.3.6).
            let span: Span = second.parse().map_err(|_| wrong())?;
            instant
                .to_zoned(places.zone.clone())
                .checked_add(span)
                .map_err(|_| wrong())?
                .timestamp()
        } else {
            places.instant(&moment(second)?)?
        };
        if end < instant {
            return Err(wrong());
        }
        Ok(Self {
            text: text.to_owned(),
            moment: begin,
            end: Some(end),
        })
    }
}

/// Cuts at the first colon outside quotes.
fn split_head(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let colon = text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == ':' && !quoted).then_some(at)
    })?;
    Some((text.get(..colon)?, text.get(colon + 1..)?))
}

/// UNTIL as RFC 5545 wants it: UTC for a timed series, a date for whole days.
pub(super) fn until_text(places: &Places, local: DateTime) -> Option<String> {
    if places.whole_days {
        return Some(local.strftime("%Y%m%d").to_string());
    }
    Some(utc_text(places.place(local)?))
}

/// `20261101T080000Z`
pub(super) fn utc_text(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A list of periods in UTC; `None` if there are none.
pub(super) fn periods_line(periods: &[(Timestamp, Timestamp)]) -> Option<String> {
    let values: Vec<String> = periods
        .iter()
        .map(|(begin, end)| format!("{}/{}", utc_text(*begin), utc_text(*end)))
        .collect();
    (!values.is_empty()).then(|| format!("RDATE;VALUE=PERIOD:{}", values.join(",")))
}

/// A list of dates in the kind and zone of `like`.
pub(super) fn dates_line(gone: bool, like: &EventTime, locals: &[DateTime]) -> String {
    let name = if gone { "EXDATE" } else { "RDATE" };
    let (head, form) = match like {
        EventTime::Date { .. } => (format!("{name};VALUE=DATE"), "%Y%m%d"),
        EventTime::Zoned { time_zone, .. } if time_zone == "UTC" => (name.to_owned(), "%Y%m%dT%H%M%SZ"),
        EventTime::Zoned { time_zone, .. } => (format!("{name};TZID={time_zone}"), "%Y%m%dT%H%M%S"),
    };
    let values: Vec<String> = locals.iter().map(|local| local.strftime(form).to_string()).collect();
    format!("{head}:{}", values.join(","))
}
