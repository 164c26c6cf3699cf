//! Walking a rule on floating wall time, period by period. No zone is asked here, so a long walk costs little.
//!
//! A *step* is one day or hour looked at, or one candidate made. Every walk has a budget of steps; when it is spent the
//! walk fails, so an impossible rule (30 February) is an error after some milliseconds, never a hang and never a series
//! that merely looks finished.

use std::ops::Range;

use jiff::{
    SignedDuration,
    civil::{Date, DateTime, Weekday},
};

use super::error::Problem;
use super::rule::{Frequency, Rule};

/// Candidates in order, DTSTART first: “DTSTART always counts as the first occurrence” (RFC 5545 §3.3.10).
pub(super) struct Walk<'r> {
    rule: &'r Rule,
    start: DateTime,
    /// Candidates after this are not wanted.
    last: DateTime,
    /// Number of the period to be looked at next; the start's is 0.
    period: i64,
    /// Candidates of the present period, and how many of them were handed out.
    ready: Vec<DateTime>,
    taken: usize,
    /// Candidates handed out or skipped so far.
    given: u64,
    budget: u32,
    steps: u32,
    done: bool,
    /// The walk ended because the calendar did (year 9999), not because the rule did.
    pub calendar_ended: bool,
}

impl<'r> Walk<'r> {
    /// Walks from DTSTART to the rule's end.
    pub fn new(rule: &'r Rule, start: DateTime, steps: u32) -> Self {
        let last = rule.until.unwrap_or(DateTime::MAX);
        Self {
            rule,
            start,
            last,
            period: 0,
            ready: vec![start],
            taken: 0,
            given: 0,
            budget: steps,
            steps: 0,
            done: start > last,
            calendar_ended: false,
        }
    }

    /// Walks the candidates from `from` to `to`, both included. A few before `from` may be handed out as well.
    ///
    /// Periods are disjoint and in order, so a rule without COUNT may begin with the period `from` lies in. With COUNT
    /// the candidates before it must be counted: by arithmetic where every period has equally many, else by walking.
    pub fn between(rule: &'r Rule, start: DateTime, from: DateTime, to: DateTime, steps: u32) -> Self {
        let mut walk = Self::new(rule, start, steps);
        walk.last = walk.last.min(to);
        walk.done |= start > walk.last;
        if from <= start {
            return walk;
        }
        let period = walk.period_of(from);
        if period == 0 {
            return walk;
        }
        let skipped = match (rule.count, rule.per_period()) {
            (None, _) => Some(0),
            (Some(_), Some(each)) => {
                let first = walk
                    .candidates(0)
                    .map_or(0, |all| all.iter().filter(|c| **c > start).count() as u64);
                Some(1 + first + each.saturating_mul((period - 1).unsigned_abs()))
            }
            (Some(_), None) => None,
        };
        if let Some(skipped) = skipped {
            walk.period = period;
            walk.given = skipped;
            walk.ready.clear();
        }
        walk
    }

    /// The next candidate, or `None` at the rule's end or behind the last one wanted.
    pub fn next(&mut self) -> Result<Option<DateTime>, Problem> {
        loop {
            if self.done || self.rule.count.is_some_and(|count| self.given >= u64::from(count)) {
                return Ok(None);
            }
            if let Some(candidate) = self.ready.get(self.taken).copied() {
                if candidate > self.last {
                    self.done = true;
                    return Ok(None);
                }
                self.taken += 1;
                self.given += 1;
                return Ok(Some(candidate));
            }
            self.fill()?;
        }
    }

    /// Works out the next period that is not past the end.
    fn fill(&mut self) -> Result<(), Problem> {
        self.taken = 0;
        self.ready.clear();
        let Some(begin) = self.begin_of(self.period) else {
            self.done = true;
            self.calendar_ended = true;
            return Ok(());
        };
        if begin > self.last {
            self.done = true;
            return Ok(());
        }
        let Some(candidates) = self.candidates(self.period) else {
            return Err(Problem::TooExpensive { steps: self.budget });
        };
        self.ready = candidates;
        let start = self.start;
        self.ready.retain(|candidate| *candidate > start);
        self.period += 1;
        Ok(())
    }

    /// Takes `n` steps off the budget; `None` when it is spent.
    fn step(&mut self, n: usize) -> Option<()> {
        self.steps = self.steps.saturating_add(u32::try_from(n).unwrap_or(u32::MAX));
        (self.steps <= self.budget).then_some(())
    }

    /// The number of the period that `at` lies in or that lies before it; `at` is not before the start.
    fn period_of(&self, at: DateTime) -> i64 {
        let (start, rule) = (self.start, self.rule);
        let distance = match rule.frequency {
            Frequency::Yearly => i64::from(at.year()) - i64::from(start.year()),
            Frequency::Monthly => month_number(at.date()) - month_number(start.date()),
            Frequency::Weekly => days_between(week_begin(start.date(), rule.week_start), at.date()) / 7,
            Frequency::Daily => days_between(start.date(), at.date()),
            Frequency::Hourly => days_between(start.date(), at.date()) * 24 + i64::from(at.hour() - start.hour()),
        };
        distance.max(0) / rule.interval
    }

    /// The first moment of a period; `None` behind the year 9999.
    fn begin_of(&self, period: i64) -> Option<DateTime> {
        let (start, rule) = (self.start, self.rule);
        let n = period.checked_mul(rule.interval)?;
        match rule.frequency {
            Frequency::Yearly => first_of(month_number(start.date().first_of_year()) + n.checked_mul(12)?),
            Frequency::Monthly => first_of(month_number(start.date()) + n),
            Frequency::Weekly => add_days(week_begin(start.date(), rule.week_start), n.checked_mul(7)?),
            Frequency::Daily => add_days(start.date(), n),
            Frequency::Hourly => {
                let hours = n + i64::from(start.hour());
                let date = add_days(start.date(), hours.div_euclid(24))?;
                return Some(date.at(i8::try_from(hours.rem_euclid(24)).ok()?, 0, 0, 0));
            }
        }
        .map(|date| date.at(0, 0, 0, 0))
    }

    /// Every candidate of a period, in order; `None` when the budget is spent. A week may begin before the start.
    fn candidates(&mut self, period: i64) -> Option<Vec<DateTime>> {
        let rule = self.rule;
        let mut found = Vec::new();
        let Some(begin) = self.begin_of(period) else {
            return Some(found);
        };
        self.step(1)?;
        let mut days: Vec<Date> = Vec::new();
        match rule.frequency {
            Frequency::Hourly => {
                let wanted = rule.hours == 0 || rule.hours & (1 << begin.hour()) != 0;
                days.extend(Some(begin.date()).filter(|day| wanted && rule.has_month(*day) && rule.has_day(*day)));
            }
            Frequency::Daily => days.extend(Some(begin.date()).filter(|d| rule.has_month(*d) && rule.has_day(*d))),
            Frequency::Weekly => self.look_at(begin.date(), 0..7, &mut days)?,
            Frequency::Monthly => self.look_at_month(begin.date(), &mut days)?,
            Frequency::Yearly => {
                for month in 0..12 {
                    self.look_at_month(first_of(month_number(begin.date()) + month)?, &mut days)?;
                }
            }
        }
        self.step(days.len() * rule.times.len())?;
        for day in days {
            found.extend(rule.times.iter().map(|time| match rule.frequency {
                Frequency::Hourly => day.at(begin.hour(), time.minute(), time.second(), 0),
                _ => day.to_datetime(*time),
            }));
        }
        if rule.positions.is_empty() {
            return Some(found);
        }
        let mut picked: Vec<DateTime> = rule.positions.iter().filter_map(|p| nth(&found, *p)).collect();
        picked.sort_unstable();
        picked.dedup();
        Some(picked)
    }

    fn look_at_month(&mut self, first: Date, days: &mut Vec<Date>) -> Option<()> {
        if self.rule.has_month(first) {
            self.look_at(first, 0..i64::from(first.days_in_month()), days)?;
        }
        Some(())
    }

    fn look_at(&mut self, first: Date, offsets: Range<i64>, days: &mut Vec<Date>) -> Option<()> {
        for offset in offsets {
            self.step(1)?;
            // A week of the year 9999 may not have all its days.
            if let Some(day) = add_days(first, offset) {
                days.extend(Some(day).filter(|day| self.rule.has_month(*day) && self.rule.has_day(*day)));
            }
        }
        Some(())
    }
}

impl Rule {
    fn has_month(&self, day: Date) -> bool {
        self.months == 0 || self.months & (1 << day.month()) != 0
    }

    fn has_day(&self, day: Date) -> bool {
        self.has_weekday(day) && self.has_month_day(day) && self.has_year_day(day) && self.has_week(day)
    }

    fn has_weekday(&self, day: Date) -> bool {
        if self.weekdays == 0 && self.nth_days.is_empty() {
            return true;
        }
        let weekday = day.weekday();
        if self.weekdays & (1 << weekday.to_monday_zero_offset()) != 0 {
            return true;
        }
        // Counted within the month, unless a yearly rule names no months.
        let (day_of, length) = if self.frequency == Frequency::Yearly && self.months == 0 {
            (day.day_of_year(), day.days_in_year())
        } else {
            (i16::from(day.day()), i16::from(day.days_in_month()))
        };
        let forward = (day_of - 1) / 7 + 1;
        let backward = -((length - day_of) / 7 + 1);
        self.nth_days
            .iter()
            .any(|(n, on)| *on == weekday && (i16::from(*n) == forward || i16::from(*n) == backward))
    }

    fn has_month_day(&self, day: Date) -> bool {
        self.month_days.is_empty()
            || self.month_days.contains(&day.day())
            || self.month_days.contains(&(day.day() - day.days_in_month() - 1))
    }

    fn has_year_day(&self, day: Date) -> bool {
        self.year_days.is_empty()
            || self.year_days.contains(&day.day_of_year())
            || self.year_days.contains(&(day.day_of_year() - day.days_in_year() - 1))
    }

    fn has_week(&self, day: Date) -> bool {
        if self.week_numbers.is_empty() {
            return true;
        }
        let Some((year, week)) = week_of(day, self.week_start) else {
            return false;
        };
        // 28 December lies in its year's last week, whatever day weeks begin with.
        let weeks = Date::new(year, 12, 28)
            .ok()
            .and_then(|d| week_of(d, self.week_start))
            .map_or(52, |(_, last)| last);
        self.week_numbers.contains(&week) || self.week_numbers.contains(&(week - weeks - 1))
    }
}

/// The `position`-th of `all`, from 1, or from the end with -1.
fn nth(all: &[DateTime], position: i16) -> Option<DateTime> {
    let index = usize::from(position.unsigned_abs()).checked_sub(1)?;
    let index = if position > 0 {
        index
    } else {
        all.len().checked_sub(index + 1)?
    };
    all.get(index).copied()
}

/// Year and number of the week: week 1 has at least four days in its year (RFC 5545 §3.3.10).
fn week_of(day: Date, week_start: Weekday) -> Option<(i16, i8)> {
    let fourth = add_days(week_begin(day, week_start), 3)?;
    Some((fourth.year(), i8::try_from((fourth.day_of_year() - 1) / 7 + 1).ok()?))
}

fn week_begin(day: Date, week_start: Weekday) -> Date {
    add_days(day, -i64::from(day.weekday().since(week_start))).unwrap_or(day)
}

fn month_number(day: Date) -> i64 {
    i64::from(day.year()) * 12 + i64::from(day.month()) - 1
}

fn first_of(month: i64) -> Option<Date> {
    let year = i16::try_from(month.div_euclid(12)).ok()?;
    Date::new(year, i8::try_from(month.rem_euclid(12)).ok()? + 1, 1).ok()
}

/// Whole days from `a` to `b`.
pub(super) fn days_between(a: Date, b: Date) -> i64 {
    b.duration_since(a).as_hours() / 24
}

/// The date `days` later; `None` outside the years jiff knows.
pub(super) fn add_days(day: Date, days: i64) -> Option<Date> {
    day.checked_add(SignedDuration::from_hours(days.checked_mul(24)?)).ok()
}
