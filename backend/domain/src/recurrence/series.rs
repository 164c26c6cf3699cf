//! A series: read, expanded, counted.

use std::collections::BTreeSet;

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};

use super::error::{Problem, RecurrenceError};
use super::rule::{Frequency, Rule};
use super::value::{self, Line, Moment, Places};
use super::walk::{self, Walk};
use super::{Budget, Occurrence};
use crate::id::OccurrenceKey;
use crate::time::{EventTime, TimeError, zone};

/// An event and its recurrence, checked and ready to be expanded.
#[derive(Debug, Clone)]
pub struct Series {
    pub(super) start: EventTime,
    pub(super) places: Places,
    end_zone: (String, TimeZone),
    pub(super) local: DateTime,
    length: Length,
    pub(super) lines: Vec<Line>,
    pub(super) rule: Option<Rule>,
    /// RDATE: where it starts, and where it ends if that was said.
    pub(super) extra: Vec<(Timestamp, Option<Timestamp>)>,
    gone: BTreeSet<Timestamp>,
    /// EXDATE as dates for a timed series: everything on that day.
    gone_days: BTreeSet<Date>,
}

#[derive(Debug, Clone, Copy)]
enum Length {
    Exact(SignedDuration),
    Days(i64),
}

/// A wall time and the instant of an occurrence differ by less than this, whatever gap or fold lies between.
pub(super) const SLACK: SignedDuration = SignedDuration::from_hours(26);

impl Series {
    /// Reads `lines` for an event from `start` to `end`. Whole days begin at midnight in `calendar_zone`. No lines, or
    /// only EXDATE, make a series of one. `end` may equal `start`: foreign calendars contain such events.
    ///
    /// # Errors
    /// Everything in [`Problem`] but the split's. A rule that never happens after the start is one of them.
    pub fn new(
        start: &EventTime,
        end: &EventTime,
        lines: &[String],
        calendar_zone: &str,
    ) -> Result<Self, RecurrenceError> {
        if start.is_date() != end.is_date() {
            return Err(Problem::KindMismatch.into());
        }
        let start = start.with_local(whole_seconds(start.local()));
        let local = start.local();
        let places = Places::of(&start, calendar_zone)?;
        let end_name = end.zone_name(calendar_zone).to_owned();
        let end_zone = zone(&end_name)?;
        let length = if start.is_date() {
            // A date as its own end is a day long: the end is exclusive and a day cannot be empty.
            let days = walk::days_between(local.date(), end.local().date());
            if days < 0 {
                return Err(Problem::EndBeforeStart.into());
            }
            Length::Days(days.max(1))
        } else {
            let exact = end
                .with_local(whole_seconds(end.local()))
                .instant(calendar_zone)?
                .duration_since(start.instant(calendar_zone)?);
            if exact.is_negative() {
                return Err(Problem::EndBeforeStart.into());
            }
            Length::Exact(exact)
        };
        let mut series = Self {
            start,
            local,
            length,
            end_zone: (end_name, end_zone),
            lines: value::read(lines, &places)?,
            places,
            rule: None,
            extra: Vec::new(),
            gone: BTreeSet::new(),
            gone_days: BTreeSet::new(),
        };
        series.understand()?;
        Ok(series)
    }

    fn understand(&mut self) -> Result<(), RecurrenceError> {
        for (index, line) in self.lines.iter().enumerate() {
            let at = |problem| RecurrenceError::at(index, problem);
            match line {
                Line::Rule(parts) => {
                    let rule = Rule::read(parts, self.local, &self.places).map_err(at)?;
                    happens_again(&rule, self.local).map_err(at)?;
                    self.rule = Some(rule);
                }
                Line::Dates { gone: true, items, .. } => {
                    for item in items {
                        match item.moment {
                            Moment::Date(date) if !self.places.whole_days => _ = self.gone_days.insert(date),
                            _ => _ = self.gone.insert(self.places.instant(&item.moment).map_err(at)?),
                        }
                    }
                }
                Line::Dates { gone: false, items, .. } => {
                    for item in items {
                        self.extra
                            .push((self.places.instant(&item.moment).map_err(at)?, item.end));
                    }
                }
            }
        }
        self.extra.sort_unstable();
        self.extra.dedup_by_key(|(start, _)| *start);
        Ok(())
    }

    /// Whether the series has no last occurrence.
    pub fn is_endless(&self) -> bool {
        self.rule
            .as_ref()
            .is_some_and(|rule| rule.count.is_none() && rule.until.is_none())
    }

    /// How often the rule asks for an occurrence; `None` without an RRULE.
    pub fn frequency(&self) -> Option<Frequency> {
        self.rule.as_ref().map(|rule| rule.frequency)
    }

    /// The occurrences that overlap `[from, to)`, in order of their start. One of no length overlaps where it stands.
    /// A series that began long ago costs no more than a new one, unless it has a COUNT that must be counted.
    ///
    /// # Errors
    /// [`RecurrenceError::is_budget`], where the budget is spent.
    pub fn occurrences(
        &self,
        from: Timestamp,
        to: Timestamp,
        budget: Budget,
    ) -> Result<Vec<Occurrence>, RecurrenceError> {
        if from >= to {
            return Ok(Vec::new());
        }
        let reach = match self.length {
            Length::Exact(exact) => exact,
            Length::Days(days) => SignedDuration::from_hours(days.saturating_mul(24)),
        };
        let first = back(back(from, reach), SLACK);
        let last = to.checked_add(SLACK).unwrap_or(Timestamp::MAX);
        let (first, last) = (self.places.zone.to_datetime(first), self.places.zone.to_datetime(last));
        let overlaps = |o: &Occurrence| o.start_at < to && (o.end_at > from || o.start_at >= from);
        let mut found = Vec::new();
        match &self.rule {
            Some(rule) => {
                let mut walk = Walk::between(rule, self.local, first, last, budget.steps);
                while let Some(local) = walk.next()? {
                    if local >= first {
                        keep(&mut found, self.placed(local).filter(overlaps), budget)?;
                    }
                }
            }
            None => keep(&mut found, self.placed(self.local).filter(overlaps), budget)?,
        }
        for (start_at, end_at) in &self.extra {
            keep(&mut found, self.occurrence(*start_at, *end_at).filter(overlaps), budget)?;
        }
        Ok(in_order(found))
    }

    /// The first `n` occurrences; fewer if the series has no more.
    ///
    /// # Errors
    /// [`RecurrenceError::is_budget`], where the default budget of steps is spent before.
    pub fn first(&self, n: usize) -> Result<Vec<Occurrence>, RecurrenceError> {
        let mut found: Vec<Occurrence> = self
            .extra
            .iter()
            .filter_map(|(start, end)| self.occurrence(*start, *end))
            .collect();
        // Instants follow wall times but for an hour moved out of a gap: look a day further than asked.
        let mut enough: Option<DateTime> = None;
        let mut from_rule = 0;
        self.each(|local| {
            if let Some(occurrence) = self.placed(local) {
                found.push(occurrence);
                from_rule += 1;
            }
            if from_rule >= n && enough.is_none() {
                enough = Some(local.saturating_add(SLACK));
            }
            Ok(enough.is_none_or(|enough| local < enough && from_rule < n + 30))
        })?;
        let mut found = in_order(found);
        found.truncate(n);
        Ok(found)
    }

    /// How many occurrences there are; `None` for an endless series.
    ///
    /// # Errors
    /// [`RecurrenceError::is_budget`], where the default budget of steps is spent before.
    pub fn total(&self) -> Result<Option<u32>, RecurrenceError> {
        if self.is_endless() {
            return Ok(None);
        }
        Ok(Some(u32::try_from(self.starts()?.len()).unwrap_or(u32::MAX)))
    }

    /// The instant the first occurrence starts and the latest at which one ends, for an index of windows; the end is
    /// `None` for an endless series. Where every occurrence was taken out, the bounds are those of DTSTART itself.
    ///
    /// # Errors
    /// [`RecurrenceError::is_budget`], where the default budget of steps is spent before.
    pub fn bounds(&self) -> Result<(Timestamp, Option<Timestamp>), RecurrenceError> {
        let out_of_range = || RecurrenceError::from(TimeError::OutOfRange);
        let own = self.places.place(self.local).ok_or_else(out_of_range)?;
        let first = self.first(1)?.first().map_or(own, |occurrence| occurrence.start_at);
        if self.is_endless() {
            return Ok((first, None));
        }
        let last = self.starts()?.last().copied().unwrap_or(own);
        let last = self.occurrence_unchecked(last, None).ok_or_else(out_of_range)?.end_at;
        let periods = self.extra.iter().filter_map(|(_, end)| *end).max();
        Ok((first, Some(periods.map_or(last, |end| last.max(end)))))
    }

    /// The occurrence with this original start, if the series has one there.
    ///
    /// # Errors
    /// [`RecurrenceError::is_budget`], where the default budget is spent before.
    pub fn find(&self, key: &OccurrenceKey) -> Result<Option<Occurrence>, RecurrenceError> {
        let start_at = match (key, self.places.whole_days) {
            (OccurrenceKey::Date(date), true) => match self.places.place(date.at(0, 0, 0, 0)) {
                Some(start_at) => start_at,
                None => return Ok(None),
            },
            (OccurrenceKey::Instant(instant), false) => *instant,
            _ => return Ok(None),
        };
        let Ok(to) = start_at.checked_add(SignedDuration::from_secs(1)) else {
            return Ok(None);
        };
        let found = self.occurrences(start_at, to, Budget::default())?;
        Ok(found.into_iter().find(|occurrence| occurrence.start_at == start_at))
    }

    /// Whether an occurrence starts at `original_start`, which may be said in any zone.
    ///
    /// # Errors
    /// An unknown zone, or as [`Series::find`].
    pub fn contains(&self, original_start: &EventTime) -> Result<bool, RecurrenceError> {
        Ok(self.find(&OccurrenceKey::of(original_start)?)?.is_some())
    }

    /// Distinct instants at which the occurrences of a series that ends start, in order.
    fn starts(&self) -> Result<Vec<Timestamp>, RecurrenceError> {
        let mut starts: Vec<Timestamp> = self
            .extra
            .iter()
            .map(|(start, _)| *start)
            .filter(|start| !self.is_gone(*start))
            .collect();
        self.each(|local| {
            starts.extend(self.places.place(local).filter(|start| !self.is_gone(*start)));
            Ok(true)
        })?;
        starts.sort_unstable();
        starts.dedup();
        Ok(starts)
    }

    /// Shows the rule's candidates from DTSTART on, until `see` says enough.
    fn each(&self, mut see: impl FnMut(DateTime) -> Result<bool, RecurrenceError>) -> Result<(), RecurrenceError> {
        let Some(rule) = &self.rule else {
            return see(self.local).map(|_| ());
        };
        let mut walk = Walk::new(rule, self.local, Budget::default().steps);
        while let Some(local) = walk.next()? {
            if !see(local)? {
                break;
            }
        }
        Ok(())
    }

    fn is_gone(&self, start_at: Timestamp) -> bool {
        self.gone.contains(&start_at)
            || (!self.gone_days.is_empty() && self.gone_days.contains(&self.places.zone.to_datetime(start_at).date()))
    }

    fn placed(&self, local: DateTime) -> Option<Occurrence> {
        self.occurrence(self.places.place(local)?, None)
    }

    /// The occurrence at `start_at`, unless it was taken out.
    fn occurrence(&self, start_at: Timestamp, end_at: Option<Timestamp>) -> Option<Occurrence> {
        if self.is_gone(start_at) {
            None
        } else {
            self.occurrence_unchecked(start_at, end_at)
        }
    }

    fn occurrence_unchecked(&self, start_at: Timestamp, end_at: Option<Timestamp>) -> Option<Occurrence> {
        let local = self.places.zone.to_datetime(start_at);
        let (end, end_at) = match self.length {
            Length::Days(days) => {
                let date = walk::add_days(local.date(), days)?;
                (EventTime::Date { date }, self.places.place(date.at(0, 0, 0, 0))?)
            }
            Length::Exact(exact) => {
                let end_at = end_at.or_else(|| start_at.checked_add(exact).ok())?;
                let (name, zone) = &self.end_zone;
                (
                    EventTime::Zoned {
                        date_time: zone.to_datetime(end_at),
                        time_zone: name.clone(),
                    },
                    end_at,
                )
            }
        };
        let key = match self.length {
            Length::Days(_) => OccurrenceKey::Date(local.date()),
            Length::Exact(_) => OccurrenceKey::Instant(start_at),
        };
        Some(Occurrence {
            start: self.start.with_local(local),
            end,
            key: key.to_string(),
            start_at,
            end_at,
        })
    }
}

/// A rule that gives nothing but DTSTART, without saying by COUNT or UNTIL that it ends there, is a mistake.
fn happens_again(rule: &Rule, start: DateTime) -> Result<(), Problem> {
    let mut walk = Walk::new(rule, start, Budget::default().steps);
    for _ in 0..2 {
        match walk.next() {
            Ok(Some(_)) => {}
            Ok(None) if walk.calendar_ended => return Err(Problem::NeverHappens),
            Ok(None) => return Ok(()),
            Err(Problem::TooExpensive { .. }) => return Err(Problem::NeverHappens),
            Err(other) => return Err(other),
        }
    }
    Ok(())
}

fn keep(found: &mut Vec<Occurrence>, one: Option<Occurrence>, budget: Budget) -> Result<(), RecurrenceError> {
    found.extend(one);
    if found.len() > budget.occurrences {
        return Err(Problem::TooManyOccurrences {
            limit: budget.occurrences,
        }
        .into());
    }
    Ok(())
}

/// Sorted by start; of two at one instant the rule's stays.
fn in_order(mut found: Vec<Occurrence>) -> Vec<Occurrence> {
    found.sort_by_key(|occurrence| occurrence.start_at);
    found.dedup_by_key(|occurrence| occurrence.start_at);
    found
}

pub(super) fn back(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}

/// RFC 5545 knows no fractions of a second.
fn whole_seconds(local: DateTime) -> DateTime {
    local.with().subsec_nanosecond(0).build().unwrap_or(local)
}
