//! RRULE: from text to numbers (RFC 5545 §3.3.10), completed from the event's start. No dates are computed here.

use jiff::civil::{DateTime, Time, Weekday};

use super::error::{Problem, not_with};
use super::value::{Moment, Places};

/// How long one period of the rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Frequency {
    /// One hour of the wall clock.
    Hourly,
    /// One day.
    Daily,
    /// Seven days, beginning with WKST.
    Weekly,
    /// One month.
    Monthly,
    /// One year.
    Yearly,
}

/// Largest INTERVAL accepted. Ten thousand years of a yearly rule are the end of the calendar anyway.
const MAX_INTERVAL: u32 = 10_000;
/// Most start times in one day: one every five minutes.
const MAX_TIMES: usize = 288;

/// A rule with every gap filled from DTSTART, so that it can be walked from any period.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub frequency: Frequency,
    pub interval: i64,
    pub count: Option<u32>,
    /// The last wall time that may start an occurrence, in the series' zone.
    pub until: Option<DateTime>,
    pub week_start: Weekday,
    /// Bit `m` for month `m`; 0: every month.
    pub months: u16,
    pub week_numbers: Vec<i8>,
    pub year_days: Vec<i16>,
    pub month_days: Vec<i8>,
    /// Bit `d` for the weekday counted from Monday; nth weekdays stand in `nth_days`. Both empty: every day.
    pub weekdays: u8,
    pub nth_days: Vec<(i8, Weekday)>,
    /// Hours that HOURLY may use, bit `h`; 0: every hour. For longer periods they are in `times`.
    pub hours: u32,
    /// Start times in a period of a day or longer, sorted; for HOURLY the minutes and seconds of hour 0.
    pub times: Vec<Time>,
    pub positions: Vec<i16>,
}

/// The parts of a rule as they stand in the text, upper-cased, in order.
pub(super) type Parts = Vec<(String, String)>;

/// Cuts `FREQ=DAILY;COUNT=3` into its parts.
pub(super) fn parts(value: &str) -> Result<Parts, Problem> {
    let mut parts = Parts::new();
    for piece in value.split(';').filter(|piece| !piece.trim().is_empty()) {
        let (name, value) = piece
            .split_once('=')
            .ok_or_else(|| Problem::UnknownPart(piece.trim().to_owned()))?;
        let name = name.trim().to_ascii_uppercase();
        if parts.iter().any(|(seen, _)| *seen == name) {
            return Err(Problem::DuplicatePart(name));
        }
        parts.push((name, value.trim().to_ascii_uppercase()));
    }
    Ok(parts)
}

/// Glues parts to a content line.
pub(super) fn line(parts: &Parts) -> String {
    let pieces: Vec<String> = parts.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("RRULE:{}", pieces.join(";"))
}

/// Gives a part another value, or takes it out with `None`.
pub(super) fn set(parts: &mut Parts, name: &str, value: Option<String>) {
    match (parts.iter().position(|(part, _)| part == name), value) {
        (Some(at), Some(value)) => parts[at].1 = value,
        (None, Some(value)) => parts.push((name.to_owned(), value)),
        (Some(at), None) => _ = parts.remove(at),
        (None, None) => {}
    }
}

/// Gives a part another value if it has exactly this one now.
pub(super) fn replace_only(parts: &mut Parts, name: &str, old: &str, new: String) {
    if let Some((_, value)) = parts.iter_mut().find(|(part, value)| part == name && value == old) {
        *value = new;
    }
}

/// Moves the weekdays of a weekly rule, and the day its weeks begin with, by some days.
pub(super) fn rotate_days(parts: &mut Parts, rule: &Rule, days: i64) {
    if !parts.iter().any(|(name, _)| name == "BYDAY") || days % 7 == 0 {
        return;
    }
    let all = Weekday::Monday.cycle_forward().take(7);
    let here = all.filter(|day| rule.weekdays & (1 << day.to_monday_zero_offset()) != 0);
    let mut moved: Vec<Weekday> = here.map(|day| day.wrapping_add(days)).collect();
    moved.sort_by_key(|day| day.to_monday_zero_offset());
    let words: Vec<&str> = moved.into_iter().map(weekday_word).collect();
    set(parts, "BYDAY", Some(words.join(",")));
    if rule.interval > 1 {
        set(
            parts,
            "WKST",
            Some(weekday_word(rule.week_start.wrapping_add(days)).to_owned()),
        );
    }
}

impl Rule {
    /// Reads the parts for a series that starts at `start` of the wall clock.
    pub fn read(parts: &Parts, start: DateTime, places: &Places) -> Result<Self, Problem> {
        let frequency = frequency(parts, places.whole_days)?;
        let mut rule = Self {
            frequency,
            interval: 1,
            count: None,
            until: None,
            week_start: Weekday::Monday,
            months: 0,
            week_numbers: Vec::new(),
            year_days: Vec::new(),
            month_days: Vec::new(),
            weekdays: 0,
            nth_days: Vec::new(),
            hours: 0,
            times: Vec::new(),
            positions: Vec::new(),
        };
        let (mut hours, mut minutes, mut seconds) = (Vec::new(), Vec::new(), Vec::new());
        for (name, value) in parts {
            match name.as_str() {
                "FREQ" => {}
                "INTERVAL" => rule.interval = i64::from(number("INTERVAL", value, 1, MAX_INTERVAL, "1 to 10000")?),
                "COUNT" => rule.count = Some(number("COUNT", value, 1, u32::MAX, "a positive number")?),
                "UNTIL" => rule.until = Some(places.until(Moment::parse(value)?)?),
                "WKST" => rule.week_start = weekday("WKST", value)?,
                "BYMONTH" => {
                    for month in list::<u16>("BYMONTH", value, 1, 12, "months from 1 to 12")? {
                        rule.months |= 1 << month;
                    }
                }
                "BYWEEKNO" => rule.week_numbers = signed("BYWEEKNO", value, 53, "weeks from -53 to 53, not 0")?,
                "BYYEARDAY" => rule.year_days = signed("BYYEARDAY", value, 366, "days from -366 to 366, not 0")?,
                "BYMONTHDAY" => rule.month_days = signed("BYMONTHDAY", value, 31, "days from -31 to 31, not 0")?,
                "BYSETPOS" => rule.positions = signed("BYSETPOS", value, 366, "positions from -366 to 366, not 0")?,
                "BYDAY" => rule.read_days(value)?,
                "BYHOUR" => hours = list::<i8>("BYHOUR", value, 0, 23, "hours from 0 to 23")?,
                "BYMINUTE" => minutes = list::<i8>("BYMINUTE", value, 0, 59, "minutes from 0 to 59")?,
                "BYSECOND" => seconds = list::<i8>("BYSECOND", value, 0, 59, "seconds from 0 to 59")?,
                "RSCALE" | "SKIP" => return Err(Problem::Scale(name.clone())),
                _ => return Err(Problem::UnknownPart(name.clone())),
            }
        }
        rule.refuse_forbidden(parts)?;
        if places.whole_days {
            // RFC 5545 §3.3.10: with a DATE start these three are to be ignored.
            (hours, minutes, seconds) = (Vec::new(), Vec::new(), Vec::new());
        }
        rule.fill_days(start);
        rule.fill_times(start, hours, minutes, seconds)?;
        Ok(rule)
    }

    fn read_days(&mut self, value: &str) -> Result<(), Problem> {
        let wrong = || Problem::ValueOutOfRange {
            part: "BYDAY",
            value: value.to_owned(),
            expected: "weekdays such as MO or -1FR",
        };
        for item in value.split(',').map(str::trim) {
            let (nth, day) = item.split_at_checked(item.len().saturating_sub(2)).ok_or_else(wrong)?;
            let day = weekday("BYDAY", day).map_err(|_| wrong())?;
            if nth.is_empty() {
                self.weekdays |= 1 << day.to_monday_zero_offset();
                continue;
            }
            let nth: i8 = nth.parse().map_err(|_| wrong())?;
            let most = if self.frequency == Frequency::Monthly { 5 } else { 53 };
            if nth == 0 || nth.unsigned_abs() > most {
                return Err(wrong());
            }
            if !self.nth_days.contains(&(nth, day)) {
                self.nth_days.push((nth, day));
            }
        }
        Ok(())
    }

    /// The combinations that RFC 5545 §3.3.10 rules out.
    fn refuse_forbidden(&self, parts: &Parts) -> Result<(), Problem> {
        let f = self.frequency;
        if self.count.is_some() && self.until.is_some() {
            return Err(Problem::CountAndUntil);
        }
        if !self.week_numbers.is_empty() && f != Frequency::Yearly {
            return Err(not_with("BYWEEKNO", f));
        }
        if !self.year_days.is_empty() && matches!(f, Frequency::Daily | Frequency::Weekly | Frequency::Monthly) {
            return Err(not_with("BYYEARDAY", f));
        }
        if !self.month_days.is_empty() && f == Frequency::Weekly {
            return Err(not_with("BYMONTHDAY", f));
        }
        if !self.nth_days.is_empty() {
            if !matches!(f, Frequency::Monthly | Frequency::Yearly) {
                return Err(not_with("a numbered BYDAY", f));
            }
            if !self.week_numbers.is_empty() {
                return Err(Problem::PartNotAllowed {
                    part: "a numbered BYDAY",
                    with: "together with BYWEEKNO",
                });
            }
        }
        let by = parts.iter().filter(|(name, _)| name.starts_with("BY")).count();
        if !self.positions.is_empty() && by < 2 {
            return Err(Problem::PartNotAllowed {
                part: "BYSETPOS",
                with: "without another BY… part",
            });
        }
        Ok(())
    }

    /// “Information, not contained in the rule, … is derived from DTSTART.” With BYWEEKNO alone that is the weekday.
    fn fill_days(&mut self, start: DateTime) {
        let days_said = !self.year_days.is_empty()
            || !self.month_days.is_empty()
            || self.weekdays != 0
            || !self.nth_days.is_empty();
        if days_said {
            return;
        }
        match self.frequency {
            Frequency::Hourly | Frequency::Daily => {}
            Frequency::Weekly => self.weekdays = 1 << start.weekday().to_monday_zero_offset(),
            Frequency::Yearly if !self.week_numbers.is_empty() => {
                self.weekdays = 1 << start.weekday().to_monday_zero_offset();
            }
            Frequency::Monthly => self.month_days = vec![start.day()],
            Frequency::Yearly => {
                if self.months == 0 {
                    self.months = 1 << start.month();
                }
                self.month_days = vec![start.day()];
            }
        }
    }

    fn fill_times(
        &mut self,
        start: DateTime,
        mut hours: Vec<i8>,
        mut minutes: Vec<i8>,
        mut seconds: Vec<i8>,
    ) -> Result<(), Problem> {
        if self.frequency == Frequency::Hourly {
            self.hours = hours.iter().fold(0, |bits, hour| bits | 1 << hour);
            hours = vec![0];
        } else if hours.is_empty() {
            hours = vec![start.hour()];
        }
        if minutes.is_empty() {
            minutes = vec![start.minute()];
        }
        if seconds.is_empty() {
            seconds = vec![start.second()];
        }
        let a_day = if self.frequency == Frequency::Hourly { 24 } else { 1 };
        if hours.len() * minutes.len() * seconds.len() * a_day > MAX_TIMES {
            return Err(Problem::TooLong {
                limit: MAX_TIMES,
                what: "start times in one day",
            });
        }
        for &hour in &hours {
            for &minute in &minutes {
                for &second in &seconds {
                    self.times.extend(Time::new(hour, minute, second, 0).ok());
                }
            }
        }
        self.times.sort_unstable();
        self.times.dedup();
        Ok(())
    }

    /// How many candidates every full period has, where that is the same for all of them by construction.
    pub fn per_period(&self) -> Option<u64> {
        let unfiltered = self.months == 0
            && self.week_numbers.is_empty()
            && self.year_days.is_empty()
            && self.month_days.is_empty()
            && self.nth_days.is_empty()
            && self.positions.is_empty();
        let days = match self.frequency {
            _ if !unfiltered => return None,
            Frequency::Daily if self.weekdays == 0 => 1,
            Frequency::Hourly if self.weekdays == 0 && self.hours == 0 => 1,
            Frequency::Weekly => u64::from(self.weekdays.count_ones()),
            _ => return None,
        };
        Some(days * self.times.len() as u64)
    }
}

fn frequency(parts: &Parts, whole_days: bool) -> Result<Frequency, Problem> {
    let (_, word) = parts
        .iter()
        .find(|(name, _)| name == "FREQ")
        .ok_or(Problem::FrequencyMissing)?;
    match word.as_str() {
        "SECONDLY" => Err(Problem::FrequencyUnsupported("SECONDLY")),
        "MINUTELY" => Err(Problem::FrequencyUnsupported("MINUTELY")),
        "HOURLY" if whole_days => Err(Problem::FrequencyUnsupported("HOURLY")),
        "HOURLY" => Ok(Frequency::Hourly),
        "DAILY" => Ok(Frequency::Daily),
        "WEEKLY" => Ok(Frequency::Weekly),
        "MONTHLY" => Ok(Frequency::Monthly),
        "YEARLY" => Ok(Frequency::Yearly),
        _ => Err(Problem::FrequencyUnknown(word.clone())),
    }
}

fn weekday(part: &'static str, text: &str) -> Result<Weekday, Problem> {
    Ok(match text {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => {
            return Err(Problem::ValueOutOfRange {
                part,
                value: text.to_owned(),
                expected: "MO, TU, WE, TH, FR, SA or SU",
            });
        }
    })
}

/// The two letters of RFC 5545.
pub(super) const fn weekday_word(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    }
}

fn number<T>(part: &'static str, text: &str, least: T, most: T, expected: &'static str) -> Result<T, Problem>
where
    T: std::str::FromStr + PartialOrd,
{
    text.trim()
        .parse()
        .ok()
        .filter(|n| (least..=most).contains(n))
        .ok_or_else(|| Problem::ValueOutOfRange {
            part,
            value: text.to_owned(),
            expected,
        })
}

/// A list without repetitions, sorted.
fn list<T>(part: &'static str, text: &str, least: T, most: T, expected: &'static str) -> Result<Vec<T>, Problem>
where
    T: std::str::FromStr + Ord + Copy,
{
    let mut items = text
        .split(',')
        .map(|item| number(part, item, least, most, expected))
        .collect::<Result<Vec<_>, _>>()?;
    items.sort_unstable();
    items.dedup();
    Ok(items)
}

/// A list of numbers from `-most` to `most` without 0.
fn signed<T>(part: &'static str, text: &str, most: T, expected: &'static str) -> Result<Vec<T>, Problem>
where
    T: std::str::FromStr + Ord + Copy + std::ops::Neg<Output = T> + Default,
{
    let items = list(part, text, -most, most, expected)?;
    if items.contains(&T::default()) {
        return Err(Problem::ValueOutOfRange {
            part,
            value: text.to_owned(),
            expected,
        });
    }
    Ok(items)
}
