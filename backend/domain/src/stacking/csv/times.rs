//! The cells of a row that say when: from up to eight of them to a start and an end.

use jiff::civil::{Date, DateTime};

use super::{
    cells,
    columns::Target,
    layout::{AllDayEnd, Layout},
    moments::{self, Moment},
};
use crate::{
    stacking::{fault::shown, patch::zone_or_utc},
    time::{self, Disambiguation, EventTime, TimeError},
};

/// What the cells say; an empty one says nothing.
#[derive(Debug, Default)]
pub(super) struct Said<'r> {
    pub start: Option<&'r str>,
    pub start_time: Option<&'r str>,
    pub end: Option<&'r str>,
    pub end_time: Option<&'r str>,
    pub duration: Option<&'r str>,
    pub all_day: Option<&'r str>,
    /// Where the clock hangs, as far as anybody knows.
    pub zone: Option<String>,
    pub end_zone: Option<String>,
}

type Trouble = (Target, &'static str, String);

/// Reads them, and collects what is wrong.
pub(super) struct Clock<'a> {
    layout: &'a Layout,
    pub faults: Vec<Trouble>,
    /// Wall times without a single reading: wrong in what is new, right in what stands in a calendar already.
    pub unclear: Vec<Trouble>,
}

impl<'a> Clock<'a> {
    pub(super) const fn new(layout: &'a Layout) -> Self {
        Self {
            layout,
            faults: Vec::new(),
            unclear: Vec::new(),
        }
    }

    fn fault(&mut self, target: Target, code: &'static str, detail: impl Into<String>) {
        self.faults.push((target, code, detail.into()));
    }

    fn moment(&mut self, target: Target, cell: Option<&str>) -> Option<Moment> {
        let cell = cell?;
        let moment = moments::read(cell, self.layout.date_order);
        if moment.is_none() {
            let detail = format!(
                "{} is no date or time that exists; write 2026-12-31 or 2026-12-31 09:00",
                shown(cell)
            );
            self.fault(target, "not_a_date", detail);
        }
        moment
    }

    /// A date and time of two cells; whatever stands in the second counts.
    fn joined(&mut self, targets: (Target, Target), cells: (Option<&str>, Option<&str>)) -> Option<Moment> {
        let first = self.moment(targets.0, cells.0);
        let Some(second) = self.moment(targets.1, cells.1) else {
            return first;
        };
        let first = first.unwrap_or_default();
        Some(Moment {
            date: first.date.or(second.date),
            time: second.time.or(first.time),
            offset: second.offset.or(first.offset),
            zone: second.zone.or(first.zone),
            clues: first.clues,
        })
    }

    pub(super) fn read(&mut self, said: &Said<'_>) -> (Option<EventTime>, Option<EventTime>) {
        let whole = match said.all_day.map(|cell| (cell, cells::flag(cell))) {
            None => None,
            Some((_, Some(flag))) => Some(flag),
            Some((cell, None)) => {
                self.fault(
                    Target::AllDay,
                    "unknown_word",
                    format!("{} is neither yes nor no", shown(cell)),
                );
                None
            }
        };
        let start = self.joined((Target::Start, Target::StartTime), (said.start, said.start_time));
        let end = self.joined((Target::End, Target::EndTime), (said.end, said.end_time));
        let length = said.duration.and_then(|cell| {
            let span = cells::span(cell);
            if span.is_none() {
                let detail = format!("{} is no duration; write 90 (minutes), 1h 30m or 2 days", shown(cell));
                self.fault(Target::Duration, "not_a_duration", detail);
            }
            span
        });
        if said.end.is_some() && said.duration.is_some() {
            let detail = "the row has an end and a duration; leave one of them empty";
            self.fault(Target::Duration, "end_and_duration", detail);
        }
        let Some(start) = start else {
            return (None, self.end_alone(end, said));
        };
        let Some(date) = start.date else {
            self.fault(Target::Start, "date_missing", "the start is a time without a date");
            return (None, None);
        };
        let timed = start.time.filter(|_| whole != Some(true));
        if whole == Some(false) && timed.is_none() {
            let detail = "the row is not all day, but its start has no time; write 2026-12-31 09:00";
            self.fault(Target::Start, "time_missing", detail);
            return (None, None);
        }
        let Some(time) = timed else {
            let last = end.and_then(|end| end.date);
            let end = match length {
                Some(length) if date.checked_add(length).is_ok_and(|to| to == date) => {
                    let detail = "the row lasts less than a day, but its start has no time; write 2026-12-31 09:00";
                    self.fault(Target::Start, "time_missing", detail);
                    None
                }
                Some(length) => date.checked_add(length).ok(),
                None => self.day_after(date, last),
            };
            let end = end.filter(|_| self.faults.is_empty());
            return (Some(EventTime::Date { date }), end.map(|date| EventTime::Date { date }));
        };
        let Some(zone) = start.zone.clone().or_else(|| said.zone.clone()) else {
            let detail = "nobody knows in which time zone this is; fill in the zone, or choose one for the whole file";
            self.fault(Target::TimeZone, "time_zone_missing", detail);
            return (None, None);
        };
        let local = date.to_datetime(time);
        let start = self.place(Target::Start, local, &start, &zone);
        let end = match (end, length) {
            (Some(end), _) => self.timed_end(&end, local, said.end_zone.as_deref().unwrap_or(&zone)),
            (None, Some(length)) => self.later(&start, length),
            (None, None) => {
                let minutes = self.layout.default_minutes.filter(|_| self.faults.is_empty());
                let length = minutes.and_then(|minutes| jiff::Span::new().try_minutes(minutes).ok());
                length.and_then(|length| self.later(&start, length))
            }
        };
        (start, end)
    }

    /// The first day after an event of whole days.
    fn day_after(&self, first: Date, last: Option<Date>) -> Option<Date> {
        match last {
            None => first.tomorrow().ok(),
            Some(last) if last == first => first.tomorrow().ok(),
            Some(last) => match self.layout.all_day_end {
                AllDayEnd::Exclusive => Some(last),
                AllDayEnd::Inclusive => last.tomorrow().ok(),
            },
        }
    }

    /// The end of a change that leaves the start alone.
    fn end_alone(&mut self, end: Option<Moment>, said: &Said<'_>) -> Option<EventTime> {
        let end = end?;
        let (Some(date), Some(time)) = (end.date, end.time) else {
            return end.date.map(|date| EventTime::Date { date });
        };
        let zone = end
            .zone
            .clone()
            .or_else(|| said.end_zone.clone())
            .or_else(|| said.zone.clone())?;
        self.place(Target::End, date.to_datetime(time), &end, &zone)
    }

    fn timed_end(&mut self, end: &Moment, start: DateTime, zone: &str) -> Option<EventTime> {
        let Some(time) = end.time else {
            let detail = "the start has a time, the end has none; write 2026-12-31 10:00";
            self.fault(Target::End, "time_missing", detail);
            return None;
        };
        let local = match end.date {
            Some(date) => date.to_datetime(time),
            // A time alone is on the day of the start, or past midnight.
            None if time > start.time() => start.date().to_datetime(time),
            None => start.date().tomorrow().ok()?.to_datetime(time),
        };
        let zone = end.zone.clone().unwrap_or_else(|| zone.to_owned());
        self.place(Target::End, local, end, &zone)
    }

    fn later(&self, start: &Option<EventTime>, length: jiff::Span) -> Option<EventTime> {
        let start = start.as_ref()?;
        let zone = start.zone_name("UTC");
        in_zone(cells::after(start.local(), length, &zone_or_utc(zone))?, zone).ok()
    }

    /// A wall time in its zone. One that was said with an offset is that instant.
    fn place(&mut self, target: Target, local: DateTime, moment: &Moment, zone: &str) -> Option<EventTime> {
        let placed = match moment.offset {
            Some(offset) => at_offset(local, offset, zone),
            None => at_wall(local, zone, self.layout.disambiguation),
        };
        let kept = |local| EventTime::Zoned {
            date_time: local,
            time_zone: zone.to_owned(),
        };
        match placed {
            Ok(time) => Some(time),
            Err(error @ (TimeError::Gap { .. } | TimeError::Fold { .. })) => {
                let code = if matches!(error, TimeError::Gap { .. }) {
                    "time_does_not_exist"
                } else {
                    "time_is_ambiguous"
                };
                let detail = format!("{error}; write it with its offset, or choose “earlier” or “later” for the file");
                self.unclear.push((target, code, detail));
                Some(kept(local))
            }
            Err(error) => {
                let code = if matches!(error, TimeError::UnknownZone(_)) {
                    "time_zone_unknown"
                } else {
                    "time_out_of_range"
                };
                self.fault(
                    target,
                    code,
                    format!("{error}; write a time of our days in a zone such as Europe/Berlin"),
                );
                None
            }
        }
    }
}

fn at_wall(local: DateTime, zone: &str, how: Disambiguation) -> Result<EventTime, TimeError> {
    in_zone(time::resolve(local, zone, how)?, zone)
}

fn at_offset(local: DateTime, offset: jiff::tz::Offset, zone: &str) -> Result<EventTime, TimeError> {
    in_zone(offset.to_timestamp(local).map_err(|_| TimeError::OutOfRange)?, zone)
}

/// An instant on the clock of a zone, or of UTC where that clock shows it as the second of two.
fn in_zone(at: jiff::Timestamp, zone: &str) -> Result<EventTime, TimeError> {
    let local = time::zone(zone)?.to_datetime(at);
    if time::instant(local, zone)? == at {
        return Ok(EventTime::Zoned {
            date_time: local,
            time_zone: time::canonical_zone(zone)?,
        });
    }
    Ok(EventTime::Zoned {
        date_time: jiff::tz::TimeZone::UTC.to_datetime(at),
        time_zone: "UTC".to_owned(),
    })
}
