//! `patternedRecurrence`: checked, completed and expanded, day by day (docs: resources/recurrencepattern.md,
//! resources/recurrencerange.md). Dates only; the time of day is the event's own.

use jiff::{
    ToSpan as _,
    civil::{Date, Weekday},
};
use serde_json::{Map, Value, json};

use super::errors::Refusal;

/// No expansion looks at more days than this.
const BUDGET: usize = 60_000;

const DAYS: [(&str, Weekday); 7] = [
    ("sunday", Weekday::Sunday),
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Daily,
    Weekly,
    Monthly { relative: bool },
    Yearly { relative: bool },
}

/// A recurrence that has been understood.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    kind: Kind,
    interval: i32,
    days: Vec<Weekday>,
    first_day: Weekday,
    day: i8,
    month: i8,
    /// 1 to 4, or 5 for the last.
    index: usize,
    start: Date,
    end: Option<Date>,
    count: Option<usize>,
}

fn weekday(name: &str) -> Option<Weekday> {
    DAYS.iter().find(|(n, _)| *n == name).map(|(_, day)| *day)
}

impl Rule {
    /// Reads a `patternedRecurrence`.
    ///
    /// # Errors
    /// 400 naming what is missing or cannot be.
    pub(crate) fn parse(value: &Value) -> Result<Self, Refusal> {
        let bad = |what: &str| Refusal::value(format!("At least one property failed validation: {what}."));
        let (pattern, range) = (&value["pattern"], &value["range"]);
        if !pattern.is_object() || !range.is_object() {
            return Err(bad("recurrence needs both a pattern and a range"));
        }
        let number = |of: &Value, key: &str| of[key].as_i64().and_then(|n| i32::try_from(n).ok());
        let date = |key: &str| range[key].as_str().and_then(|text| text.parse::<Date>().ok());
        let kind = match pattern["type"].as_str() {
            Some("daily") => Kind::Daily,
            Some("weekly") => Kind::Weekly,
            Some("absoluteMonthly") => Kind::Monthly { relative: false },
            Some("relativeMonthly") => Kind::Monthly { relative: true },
            Some("absoluteYearly") => Kind::Yearly { relative: false },
            Some("relativeYearly") => Kind::Yearly { relative: true },
            _ => return Err(bad("pattern.type is required")),
        };
        let interval = number(pattern, "interval").unwrap_or(0);
        if !(1..=999).contains(&interval) {
            return Err(bad("pattern.interval must be at least 1"));
        }
        let names = pattern["daysOfWeek"].as_array().cloned().unwrap_or_default();
        let days: Vec<Weekday> = names.iter().filter_map(|d| weekday(d.as_str()?)).collect();
        let relative = matches!(kind, Kind::Monthly { relative: true } | Kind::Yearly { relative: true });
        if (kind == Kind::Weekly || relative) && days.is_empty() {
            return Err(bad("pattern.daysOfWeek is required"));
        }
        let day = i8::try_from(number(pattern, "dayOfMonth").unwrap_or(0)).unwrap_or(0);
        if matches!(
            kind,
            Kind::Monthly { relative: false } | Kind::Yearly { relative: false }
        ) && !(1..=31).contains(&day)
        {
            return Err(bad("pattern.dayOfMonth must be between 1 and 31"));
        }
        let month = i8::try_from(number(pattern, "month").unwrap_or(0)).unwrap_or(0);
        if matches!(kind, Kind::Yearly { .. }) && !(1..=12).contains(&month) {
            return Err(bad("pattern.month must be between 1 and 12"));
        }
        let words = ["first", "second", "third", "fourth", "last"];
        let index = pattern["index"].as_str().unwrap_or("first");
        let index = 1 + words.iter().position(|w| *w == index).unwrap_or(0);
        let start = date("startDate").ok_or_else(|| bad("range.startDate is required"))?;
        let (end, count) = match range["type"].as_str() {
            Some("noEnd") => (None, None),
            Some("endDate") => {
                let end = date("endDate").ok_or_else(|| bad("range.endDate is required"))?;
                if end < start {
                    return Err(bad("range.endDate is before range.startDate"));
                }
                (Some(end), None)
            }
            Some("numbered") => {
                let count = number(range, "numberOfOccurrences")
                    .and_then(|n| usize::try_from(n).ok())
                    .unwrap_or(0);
                if !(1..=999).contains(&count) {
                    return Err(bad("range.numberOfOccurrences must be between 1 and 999"));
                }
                (None, Some(count))
            }
            _ => return Err(bad("range.type is required")),
        };
        let first_day = pattern["firstDayOfWeek"]
            .as_str()
            .and_then(weekday)
            .unwrap_or(Weekday::Sunday);
        Ok(Self {
            kind,
            interval,
            days,
            first_day,
            day,
            month,
            index,
            start,
            end,
            count,
        })
    }

    /// The first day the pattern may apply to.
    pub(crate) fn start(&self) -> Date {
        self.start
    }

    /// Days of occurrences up to and with `until`, in order.
    pub(crate) fn days(&self, until: Date) -> Vec<Date> {
        let until = self.end.map_or(until, |end| end.min(until));
        let mut found = Vec::new();
        let mut step = 0_i64;
        for _ in 0..BUDGET {
            let Some(period) = self.period(step) else { break };
            step += i64::from(self.interval);
            if period.first().is_some_and(|day| *day > until) {
                break;
            }
            for day in period {
                if day < self.start || day > until {
                    continue;
                }
                if self.count.is_some_and(|count| found.len() >= count) {
                    return found;
                }
                found.push(day);
            }
        }
        found
    }

    /// The days of one period (day, week, month, year), `step` periods after the first.
    fn period(&self, step: i64) -> Option<Vec<Date>> {
        match self.kind {
            Kind::Daily => Some(vec![self.start.checked_add(step.days()).ok()?]),
            Kind::Weekly => {
                let back = self.start.weekday().since(self.first_day);
                let week = self.start.checked_sub(i64::from(back).days()).ok()?;
                let week = week.checked_add((step * 7).days()).ok()?;
                let days = (0..7_i64).filter_map(|n| week.checked_add(n.days()).ok());
                let all: Vec<Date> = days.filter(|day| self.days.contains(&day.weekday())).collect();
                Some(all)
            }
            Kind::Monthly { relative } => {
                let month = self.start.first_of_month().checked_add(step.months()).ok()?;
                Some(self.within(month, relative).into_iter().collect())
            }
            Kind::Yearly { relative } => {
                let year = Date::new(self.start.year(), self.month, 1).ok()?;
                let month = year.checked_add(step.years()).ok()?;
                Some(self.within(month, relative).into_iter().collect())
            }
        }
    }

    /// The day of a month. A month that is too short has it on its last day, as Outlook does.
    fn within(&self, month: Date, relative: bool) -> Option<Date> {
        if !relative {
            return month.with().day(self.day.min(month.days_in_month())).build().ok();
        }
        let fitting: Vec<Date> = (1..=month.days_in_month())
            .filter_map(|day| month.with().day(day).build().ok())
            .filter(|day| self.days.contains(&day.weekday()))
            .collect();
        if self.index == 5 {
            fitting.last().copied()
        } else {
            fitting.get(self.index - 1).copied()
        }
    }
}

/// Fills in what an answer always has.
pub(crate) fn complete(value: &Value, zone: &str) -> Value {
    let mut pattern: Map<String, Value> = json!({"type": "daily", "interval": 1, "month": 0, "dayOfMonth": 0, "firstDayOfWeek": "sunday", "index": "first"})
        .as_object()
        .cloned()
        .unwrap_or_default();
    let mut range: Map<String, Value> = json!({"type": "noEnd", "startDate": null, "endDate": "0001-01-01", "recurrenceTimeZone": zone, "numberOfOccurrences": 0})
        .as_object()
        .cloned()
        .unwrap_or_default();
    for (whole, part) in [(&mut pattern, &value["pattern"]), (&mut range, &value["range"])] {
        for (key, inner) in part
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(k, v)| !v.is_null() && !k.contains('@'))
        {
            whole.insert(key.clone(), inner.clone());
        }
    }
    json!({"pattern": pattern, "range": range})
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::Rule;
    use serde_json::{Value, json};

    fn days(pattern: Value, range: Value) -> Vec<String> {
        let mut range = range;
        range["startDate"] = json!("2027-01-29");
        let rule = Rule::parse(&json!({"pattern": pattern, "range": range})).unwrap();
        rule.days("2027-12-31".parse().unwrap())
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn patterns_fall_on_the_days_the_document_says() {
        let three = json!({"type": "numbered", "numberOfOccurrences": 3});
        assert_eq!(
            days(json!({"type": "daily", "interval": 2}), three.clone()),
            ["2027-01-29", "2027-01-31", "2027-02-02"]
        );
        assert_eq!(
            days(
                json!({"type": "weekly", "interval": 2, "daysOfWeek": ["friday", "sunday"], "firstDayOfWeek": "sunday"}),
                three.clone()
            ),
            ["2027-01-29", "2027-02-07", "2027-02-12"]
        );
        assert_eq!(
            days(
                json!({"type": "weekly", "interval": 2, "daysOfWeek": ["friday", "sunday"], "firstDayOfWeek": "monday"}),
                three.clone()
            ),
            ["2027-01-29", "2027-01-31", "2027-02-12"]
        );
        assert_eq!(
            days(
                json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31}),
                three.clone()
            ),
            ["2027-01-31", "2027-02-28", "2027-03-31"]
        );
        assert_eq!(
            days(
                json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["friday"], "index": "last"}),
                three.clone()
            ),
            ["2027-01-29", "2027-02-26", "2027-03-26"]
        );
        let workdays = json!(["monday", "tuesday", "wednesday", "thursday", "friday"]);
        assert_eq!(
            days(
                json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": workdays, "index": "first"}),
                three
            ),
            ["2027-02-01", "2027-03-01", "2027-04-01"]
        );
        let until = json!({"type": "endDate", "endDate": "2027-11-30"});
        assert_eq!(
            days(
                json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 3, "month": 11}),
                until.clone()
            ),
            ["2027-11-03"]
        );
        assert_eq!(
            days(
                json!({"type": "relativeYearly", "interval": 1, "daysOfWeek": ["thursday"], "month": 11, "index": "fourth"}),
                until
            ),
            ["2027-11-25"]
        );
    }
}
