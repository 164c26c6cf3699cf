//! A series cut in two (“this and following”), or spelled the canonical way.

use jiff::{SignedDuration, Timestamp, civil::DateTime};

use super::Budget;
use super::error::{Problem, RecurrenceError};
use super::rule::{self, Parts, Rule};
use super::series::{SLACK, Series, back};
use super::value::{self, Item, Line, Moment};
use super::walk::Walk;
use crate::id::OccurrenceKey;
use crate::time::{EventTime, TimeError};

/// The lines of the two series that one series becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// For the old series.
    pub before: Vec<String>,
    /// For the new series, whose DTSTART is the occurrence the split was asked for.
    pub after: Vec<String>,
}

/// How far the rule has come at a cut.
struct Consumed {
    /// Candidates before it; counted only where there is a COUNT.
    count: u32,
    /// Whether a candidate lies on it.
    hit: bool,
}

impl Series {
    /// Cuts the series in two just before the occurrence at `original_start`: together both have the same occurrences.
    ///
    /// *Before* gets UNTIL, one second (whole days: one day) before the cut, in UTC or as a date (RFC 5545 §3.3.10),
    /// and loses COUNT. *After* keeps UNTIL, or gets the COUNT that is left. RDATE and EXDATE go where they belong. The
    /// cut may be at an occurrence that EXDATE took out, if the rule would have put one there.
    ///
    /// # Errors
    /// [`Problem::NotAnOccurrence`]; [`Problem::SplitAtFirst`]: write the whole series instead;
    /// [`Problem::SplitAtExtra`]: an RDATE does not say in which phase the rule goes on; or the budget.
    pub fn split(&self, original_start: &EventTime) -> Result<Split, RecurrenceError> {
        let cut = match (OccurrenceKey::of(original_start)?, self.places.whole_days) {
            (OccurrenceKey::Date(date), true) => self.places.place(date.at(0, 0, 0, 0)),
            (OccurrenceKey::Instant(instant), false) => Some(instant),
            _ => None,
        }
        .ok_or_else(|| Problem::NotAnOccurrence(original_start.local().to_string()))?;
        if self.first(1)?.first().is_none_or(|first| cut <= first.start_at) {
            return Err(Problem::SplitAtFirst.into());
        }
        let consumed = self.consumed(cut)?;
        let is_extra = self.extra.iter().any(|(start, _)| *start == cut);
        let possible = consumed.hit || (is_extra && self.rule.is_none());
        if !possible {
            let local = self.places.zone.to_datetime(cut);
            let problem = if is_extra {
                Problem::SplitAtExtra(local)
            } else {
                Problem::NotAnOccurrence(local.to_string())
            };
            return Err(problem.into());
        }
        let mut split = Split {
            before: Vec::new(),
            after: Vec::new(),
        };
        for (index, line) in self.lines.iter().enumerate() {
            match (line, &self.rule) {
                (Line::Rule(parts), Some(rule)) => {
                    let (before, after) = self.cut_rule(parts, rule, cut, consumed.count)?;
                    split.before.push(before);
                    split.after.push(after);
                }
                (Line::Rule(_), None) => {}
                (Line::Dates { gone, head, items }, _) => {
                    let (before, after) = self
                        .cut_dates(*gone, items, cut)
                        .map_err(|problem| RecurrenceError::at(index, problem))?;
                    let line = |items| {
                        Line::Dates {
                            gone: *gone,
                            head: head.clone(),
                            items,
                        }
                        .write()
                    };
                    split.before.extend(line(before));
                    split.after.extend(line(after));
                }
            }
        }
        Ok(split)
    }

    /// [`Series::split`]'s first half.
    ///
    /// # Errors
    /// As [`Series::split`].
    pub fn truncate_before(&self, original_start: &EventTime) -> Result<Vec<String>, RecurrenceError> {
        self.split(original_start).map(|split| split.before)
    }

    /// [`Series::split`]'s second half.
    ///
    /// # Errors
    /// As [`Series::split`].
    pub fn continue_from(&self, original_start: &EventTime) -> Result<Vec<String>, RecurrenceError> {
        self.split(original_start).map(|split| split.after)
    }

    /// The lines as strict readers want them: UNTIL in the form that fits the start, RDATE and EXDATE in the start's
    /// kind and zone. What they mean does not change.
    pub fn canonical_lines(&self) -> Vec<String> {
        let until = self.rule.as_ref().and_then(|rule| rule.until);
        let mut lines = Vec::new();
        for line in &self.lines {
            match line {
                Line::Rule(parts) => {
                    let mut parts = parts.clone();
                    if let Some(text) = until.and_then(|until| value::until_text(&self.places, until)) {
                        rule::set(&mut parts, "UNTIL", Some(text));
                    }
                    lines.push(rule::line(&parts));
                }
                Line::Dates { gone, items, .. } => match self.canonical_dates(*gone, items) {
                    Some(canonical) => lines.extend(canonical),
                    None => lines.extend(line.write()),
                },
            }
        }
        lines
    }

    /// `None` where there is no canonical form: a whole day taken out of a timed series.
    fn canonical_dates(&self, gone: bool, items: &[Item]) -> Option<Vec<String>> {
        let whole_day = |item: &Item| matches!(item.moment, Moment::Date(_)) && !self.places.whole_days;
        if gone && items.iter().any(whole_day) {
            return None;
        }
        let (mut locals, mut periods) = (Vec::new(), Vec::new());
        for item in items {
            match item.end {
                Some(end) => periods.push((self.places.instant(&item.moment).ok()?, end)),
                None => locals.push(self.places.local(&item.moment).ok()?),
            }
        }
        let dates = (!locals.is_empty()).then(|| value::dates_line(gone, &self.start, &locals));
        Some(dates.into_iter().chain(value::periods_line(&periods)).collect())
    }

    /// UNTIL for the first half, the rest of COUNT for the second.
    fn cut_rule(
        &self,
        parts: &Parts,
        rule: &Rule,
        cut: Timestamp,
        consumed: u32,
    ) -> Result<(String, String), RecurrenceError> {
        let until = if self.places.whole_days {
            let day = self
                .places
                .zone
                .to_datetime(cut)
                .date()
                .yesterday()
                .map_err(|_| TimeError::OutOfRange)?;
            day.strftime("%Y%m%d").to_string()
        } else {
            value::utc_text(back(cut, SignedDuration::from_secs(1)))
        };
        let (mut before, mut after) = (parts.clone(), parts.clone());
        rule::set(&mut before, "COUNT", None);
        rule::set(&mut before, "UNTIL", Some(until));
        if let Some(count) = rule.count {
            rule::set(
                &mut after,
                "COUNT",
                Some(count.saturating_sub(consumed).max(1).to_string()),
            );
        }
        Ok((rule::line(&before), rule::line(&after)))
    }

    /// Each value on its side of the cut.
    fn cut_dates(&self, gone: bool, items: &[Item], cut: Timestamp) -> Result<(Vec<Item>, Vec<Item>), Problem> {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for item in items {
            let at = self.places.instant(&item.moment)?;
            if gone && !self.places.whole_days && matches!(item.moment, Moment::Date(_)) {
                // A whole day taken out of a timed series may lie on both sides.
                before.push(item.clone());
                after.push(item.clone());
            } else if at < cut {
                before.push(item.clone());
            } else if gone || at > cut {
                // The new series starts at the cut by itself.
                after.push(item.clone());
            }
        }
        Ok((before, after))
    }

    fn consumed(&self, cut: Timestamp) -> Result<Consumed, RecurrenceError> {
        let mut consumed = Consumed { count: 0, hit: false };
        let Some(rule) = &self.rule else { return Ok(consumed) };
        let around = |at: Timestamp| -> DateTime { self.places.zone.to_datetime(at) };
        // Without COUNT there is nothing to count: look only around the cut.
        let from = if rule.count.is_some() {
            self.local
        } else {
            around(back(cut, SLACK))
        };
        let to = around(cut.checked_add(SLACK).unwrap_or(Timestamp::MAX));
        let mut walk = Walk::between(rule, self.local, from, to, Budget::default().steps);
        while let Some(local) = walk.next()? {
            match self.places.place(local) {
                Some(at) if at < cut => consumed.count += 1,
                Some(at) => consumed.hit |= at == cut,
                None => {}
            }
        }
        Ok(consumed)
    }
}
