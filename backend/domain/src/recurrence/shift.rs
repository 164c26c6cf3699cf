//! The lines of a series whose start moves: exceptions move with it, and the parts of the rule that repeat the start.

use jiff::{SignedDuration, civil::DateTime};

use super::error::{Problem, RecurrenceError};
use super::rule::{self, Frequency, Parts, Rule};
use super::value::{self, Line, Places};
use super::walk::days_between;
use crate::time::{EventTime, TimeError};

/// The lines for a series that moves from `old_start` to `new_start` of the wall clock, so that every occurrence and
/// every exception moves by as much. Kind and zone may change as well.
///
/// RDATE, EXDATE and UNTIL always move. Of the rule, the parts that repeat what the start says move: BYDAY and WKST of
/// a weekly rule; a single BYDAY, BYMONTHDAY, BYMONTH, BYHOUR, BYMINUTE or BYSECOND that names the old start. A rule that
/// says more than that (`BYMONTHDAY=1,15`, moved by a day) is left alone: only its author knows what is meant.
///
/// # Errors
/// Lines that cannot be read, an unknown zone, or a date out of range.
pub fn shift_lines(
    lines: &[String],
    old_start: &EventTime,
    new_start: &EventTime,
    calendar_zone: &str,
) -> Result<Vec<String>, RecurrenceError> {
    let (old, new) = (
        Places::of(old_start, calendar_zone)?,
        Places::of(new_start, calendar_zone)?,
    );
    let shift = Shift {
        from: old_start.local(),
        to: new_start.local(),
    };
    let out_of_range = || Problem::from(TimeError::OutOfRange);
    let mut moved = Vec::with_capacity(lines.len());
    for (index, line) in value::read(lines, &old)?.into_iter().enumerate() {
        let at = |problem| RecurrenceError::at(index, problem);
        match line {
            Line::Rule(mut parts) => {
                let rule = Rule::read(&parts, shift.from, &old).map_err(at)?;
                if let Some(until) = rule.until {
                    let until = shift.local(until).and_then(|until| value::until_text(&new, until));
                    rule::set(&mut parts, "UNTIL", Some(until.ok_or_else(|| at(out_of_range()))?));
                }
                shift.rule(&mut parts, &rule);
                moved.push(rule::line(&parts));
            }
            Line::Dates { gone, items, .. } => {
                let (mut locals, mut periods) = (Vec::new(), Vec::new());
                for item in items {
                    let local = old.local(&item.moment).map_err(at)?;
                    let local = shift.local(local).ok_or_else(|| at(out_of_range()))?;
                    match item.end {
                        Some(end) if !new.whole_days => {
                            let length = end.duration_since(old.instant(&item.moment).map_err(at)?);
                            let begin = new.place(local).ok_or_else(|| at(out_of_range()))?;
                            periods.push((begin, begin.checked_add(length).map_err(|_| at(out_of_range()))?));
                        }
                        _ => locals.push(local),
                    }
                }
                if !locals.is_empty() {
                    moved.push(value::dates_line(gone, new_start, &locals));
                }
                moved.extend(value::periods_line(&periods));
            }
        }
    }
    Ok(moved)
}

struct Shift {
    from: DateTime,
    to: DateTime,
}

impl Shift {
    fn local(&self, local: DateTime) -> Option<DateTime> {
        let by: SignedDuration = self.to.duration_since(self.from);
        local.checked_add(by).ok()
    }

    fn rule(&self, parts: &mut Parts, rule: &Rule) {
        let (from, to) = (self.from, self.to);
        for (part, old, new) in [
            ("BYHOUR", from.hour(), to.hour()),
            ("BYMINUTE", from.minute(), to.minute()),
            ("BYSECOND", from.second(), to.second()),
        ] {
            rule::replace_only(parts, part, &old.to_string(), new.to_string());
        }
        if from.date() == to.date() {
            return;
        }
        if rule.frequency == Frequency::Weekly {
            let days = days_between(from.date(), to.date());
            if rule.weekdays & (1 << from.weekday().to_monday_zero_offset()) != 0 {
                rule::rotate_days(parts, rule, days);
            }
            return;
        }
        rule::replace_only(parts, "BYMONTHDAY", &from.day().to_string(), to.day().to_string());
        rule::replace_only(parts, "BYMONTH", &from.month().to_string(), to.month().to_string());
        let (old_word, new_word) = (rule::weekday_word(from.weekday()), rule::weekday_word(to.weekday()));
        rule::replace_only(parts, "BYDAY", old_word, new_word.to_owned());
        // “The second Monday” becomes “the third Tuesday”; counted in months only, as people mean it.
        if rule.frequency == Frequency::Monthly || rule.months != 0 {
            let forward = |day: DateTime| (day.day() - 1) / 7 + 1;
            let backward = |day: DateTime| -((day.days_in_month() - day.day()) / 7 + 1);
            let word = |n: i8, word: &str| format!("{n}{word}");
            rule::replace_only(
                parts,
                "BYDAY",
                &word(forward(from), old_word),
                word(forward(to), new_word),
            );
            rule::replace_only(
                parts,
                "BYDAY",
                &word(backward(from), old_word),
                word(backward(to), new_word),
            );
        }
    }
}
