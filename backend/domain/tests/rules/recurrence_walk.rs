//! Our expansion against a walk over every day and hour that asks every part of a rule, BYSETPOS and the weeks of the
//! year included. It shares no code and no idea with ours: no jumping, no bit sets, weeks found by counting.

use std::collections::BTreeSet;

use domain::{
    recurrence::{Budget, Series},
    time::EventTime,
};
use jiff::{
    SignedDuration, ToSpan,
    civil::{Date, DateTime, Time, Weekday},
    tz::TimeZone,
};
use proptest::{collection::btree_set, prelude::*, sample::select};

const WORDS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
/// How far the walk looks.
const DAYS: i64 = 366 * 9;

/// A rule with every part there is.
#[derive(Debug, Clone)]
struct Any {
    start: DateTime,
    frequency: &'static str,
    interval: i64,
    week_start: Option<usize>,
    months: BTreeSet<i8>,
    weeks: BTreeSet<i16>,
    year_days: BTreeSet<i16>,
    month_days: BTreeSet<i16>,
    days: BTreeSet<(i16, usize)>,
    hours: BTreeSet<i8>,
    minutes: BTreeSet<i8>,
    seconds: BTreeSet<i8>,
    positions: BTreeSet<i16>,
    count: Option<usize>,
    until: Option<DateTime>,
}

impl Any {
    fn text(&self) -> String {
        fn join<T: ToString>(name: &str, items: impl IntoIterator<Item = T>) -> String {
            let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
            if items.is_empty() {
                String::new()
            } else {
                format!(";{name}={}", items.join(","))
            }
        }
        let days = self.days.iter().map(|(n, day)| match n {
            0 => WORDS[*day].to_owned(),
            n => format!("{n}{}", WORDS[*day]),
        });
        [
            format!("RRULE:FREQ={};INTERVAL={}", self.frequency, self.interval),
            join("WKST", self.week_start.map(|day| WORDS[day])),
            join("BYMONTH", &self.months),
            join("BYWEEKNO", &self.weeks),
            join("BYYEARDAY", &self.year_days),
            join("BYMONTHDAY", &self.month_days),
            join("BYDAY", days),
            join("BYHOUR", &self.hours),
            join("BYMINUTE", &self.minutes),
            join("BYSECOND", &self.seconds),
            join("BYSETPOS", &self.positions),
            join("COUNT", self.count),
            join("UNTIL", self.until.map(|at| at.strftime("%Y%m%dT%H%M%S"))),
        ]
        .concat()
    }

    /// The Monday, or whatever WKST says, that begins the week of a day: found by going back.
    fn week(&self, mut day: Date) -> Date {
        while day.weekday().to_monday_zero_offset() as usize != self.week_start.unwrap_or(0) {
            day = day.yesterday().unwrap();
        }
        day
    }

    /// The first days of all weeks that lie mostly in a year, in order.
    fn weeks_of(&self, year: i16) -> Vec<Date> {
        let first = self.week(Date::new(year, 1, 1).unwrap() - 7.days());
        (0..55)
            .map(|n| first + (7 * n).days())
            .filter(|begin| (0..7).filter(|n| (*begin + (*n).days()).year() == year).count() >= 4)
            .collect()
    }

    /// Which period a moment lies in.
    fn period(&self, at: DateTime) -> i64 {
        let days = |a: Date, b: Date| i64::from((b - a).get_days());
        match self.frequency {
            "HOURLY" => days(self.start.date(), at.date()) * 24 + i64::from(at.hour() - self.start.hour()),
            "DAILY" => days(self.start.date(), at.date()),
            "WEEKLY" => days(self.week(self.start.date()), self.week(at.date())) / 7,
            "MONTHLY" => i64::from(at.year() - self.start.year()) * 12 + i64::from(at.month() - self.start.month()),
            _ => i64::from(at.year() - self.start.year()),
        }
    }

    fn has_day(&self, day: Date) -> bool {
        let named = |set: &BTreeSet<i16>, n: i16, of: i16| set.contains(&n) || set.contains(&(n - of - 1));
        let says_days = !(self.year_days.is_empty() && self.month_days.is_empty() && self.days.is_empty());
        let by_start = match self.frequency {
            _ if says_days => true,
            "WEEKLY" => day.weekday() == self.start.weekday(),
            "MONTHLY" => day.day() == self.start.day(),
            "YEARLY" if !self.weeks.is_empty() => day.weekday() == self.start.weekday(),
            "YEARLY" => day.day() == self.start.day() && (!self.months.is_empty() || day.month() == self.start.month()),
            _ => true,
        };
        let week = || {
            [day.year() - 1, day.year(), day.year() + 1].into_iter().any(|year| {
                let weeks = self.weeks_of(year);
                let at = weeks.iter().position(|begin| *begin == self.week(day));
                at.is_some_and(|at| named(&self.weeks, at as i16 + 1, weeks.len() as i16))
            })
        };
        by_start
            && (self.months.is_empty() || self.months.contains(&day.month()))
            && (self.year_days.is_empty() || named(&self.year_days, day.day_of_year(), day.days_in_year()))
            && (self.month_days.is_empty()
                || named(&self.month_days, i16::from(day.day()), i16::from(day.days_in_month())))
            && (self.days.is_empty() || self.days.iter().any(|one| self.is_weekday(day, *one)))
            && (self.weeks.is_empty() || week())
    }

    fn is_weekday(&self, day: Date, (n, weekday): (i16, usize)) -> bool {
        if day.weekday() != Weekday::from_monday_zero_offset(weekday as i8).unwrap() {
            return false;
        }
        // The same weekdays of the month, or of the year where a yearly rule names no month, counted one by one.
        let by_year = self.frequency == "YEARLY" && self.months.is_empty();
        let inside = |other: &Date| other.year() == day.year() && (by_year || other.month() == day.month());
        let before = (1..60).map(|n| day - (7 * n).days()).take_while(|d| inside(d)).count() as i16;
        let after = (1..60).map(|n| day + (7 * n).days()).take_while(|d| inside(d)).count() as i16;
        n == 0 || n == before + 1 || n == -(after + 1)
    }

    fn times(&self) -> Vec<Time> {
        let or = |set: &BTreeSet<i8>, own: i8| -> Vec<i8> {
            if set.is_empty() {
                vec![own]
            } else {
                set.iter().copied().collect()
            }
        };
        let hours = match (self.frequency, self.hours.is_empty()) {
            ("HOURLY", true) => (0..24).collect(),
            _ => or(&self.hours, self.start.hour()),
        };
        let mut times = Vec::new();
        for hour in hours {
            for minute in or(&self.minutes, self.start.minute()) {
                for second in or(&self.seconds, self.start.second()) {
                    times.push(Time::new(hour, minute, second, 0).unwrap());
                }
            }
        }
        times
    }

    /// Everything the rule says within [`DAYS`] of its start.
    fn walk(&self) -> Vec<DateTime> {
        let first = self.week(self.start.date()).min(match self.frequency {
            "YEARLY" => self.start.date().first_of_year(),
            "MONTHLY" => self.start.date().first_of_month(),
            _ => self.start.date(),
        });
        let (mut found, mut set, mut present) = (vec![self.start], Vec::new(), 0);
        let mut close = |set: &mut Vec<DateTime>| {
            let count = set.len() as i16;
            let kept = set.drain(..).enumerate().filter(|(index, _)| {
                let place = *index as i16 + 1;
                self.positions.is_empty()
                    || self.positions.contains(&place)
                    || self.positions.contains(&(place - count - 1))
            });
            found.extend(kept.map(|(_, at)| at).filter(|at| *at > self.start));
        };
        let mut day = first;
        // The last period is looked at as a whole, or its last ones could not be told.
        while i64::from((day - first).get_days()) < DAYS + 400 {
            let times = if self.has_day(day) { self.times() } else { Vec::new() };
            for time in times {
                let at = day.to_datetime(time);
                let period = self.period(at);
                if period != present {
                    close(&mut set);
                    present = period;
                }
                if period % self.interval == 0 {
                    set.push(at);
                }
            }
            day = day.tomorrow().unwrap();
        }
        close(&mut set);
        let end = self.start.date() + DAYS.days();
        found.retain(|at| at.date() < end && self.until.is_none_or(|until| *at <= until));
        found.truncate(self.count.unwrap_or(usize::MAX));
        found
    }
}

fn rules() -> impl Strategy<Value = Any> {
    let start = (1995i16..2040, 1i8..=12, 1i8..=31, 0i8..24, select(vec![0i8, 15, 59]))
        .prop_filter_map("a day that exists", |(year, month, day, hour, minute)| {
            DateTime::new(year, month, day, hour, minute, 0, 0).ok()
        });
    let frequency = select(vec!["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY", "YEARLY"]);
    // A part is there in one rule of three or so: all at once mean nothing most of the time.
    fn seldom<T: std::fmt::Debug + Ord + Clone + 'static>(
        set: impl Strategy<Value = BTreeSet<T>> + 'static,
    ) -> impl Strategy<Value = BTreeSet<T>> {
        prop_oneof![3 => Just(BTreeSet::new()), 1 => set]
    }
    let signed = |most: i16| (-most..=most).prop_filter("there is no day 0", |n| *n != 0);
    let ends = prop_oneof![
        2 => Just((None, None)),
        1 => (1usize..40).prop_map(|count| (Some(count), None)),
        1 => (0i64..3000, 0i64..86_400).prop_map(|(days, seconds)| (None, Some(days * 86_400 + seconds))),
    ];
    let parts = (
        seldom(btree_set(1i8..=12, 1..4)),
        seldom(btree_set(signed(53), 1..5)),
        seldom(btree_set(signed(366), 1..9)),
        seldom(btree_set(signed(31), 1..6)),
        prop_oneof![1 => Just(BTreeSet::new()), 1 => btree_set((-5i16..=5, 0usize..7), 1..5)],
        prop_oneof![2 => Just(BTreeSet::new()), 1 => btree_set(signed(6), 1..4)],
    );
    let times = (
        seldom(btree_set(0i8..24, 1..4)),
        seldom(btree_set(0i8..60, 1..4)),
        seldom(btree_set(0i8..60, 1..3)),
    );
    (
        (start, frequency, 1i64..6, prop::option::of(0usize..7)),
        parts,
        times,
        ends,
        any::<bool>(),
    )
        .prop_map(|(head, parts, times, (count, until), numbered)| {
            let (start, frequency, interval, week_start) = head;
            let (months, mut weeks, mut year_days, mut month_days, days, mut positions) = parts;
            if frequency != "YEARLY" {
                weeks.clear();
            }
            if !matches!(frequency, "YEARLY" | "HOURLY") {
                year_days.clear();
            }
            if frequency == "WEEKLY" {
                month_days.clear();
            }
            let numbered = numbered && matches!(frequency, "MONTHLY" | "YEARLY") && weeks.is_empty();
            let days = days
                .into_iter()
                .map(|(n, day)| (if numbered { n } else { 0 }, day))
                .collect();
            let (hours, minutes, seconds) = times;
            let rule = Any {
                until: until.map(|seconds| start.checked_add(SignedDuration::from_secs(seconds)).unwrap()),
                start,
                frequency,
                interval,
                week_start,
                months,
                weeks,
                year_days,
                month_days,
                days,
                hours,
                minutes,
                seconds,
                positions: positions.clone(),
                count,
            };
            positions.clear();
            // BYSETPOS wants something to choose from.
            let bare = Any {
                positions,
                ..rule.clone()
            };
            if bare.text().contains(";BY") { rule } else { bare }
        })
}

/// Some hundred rules at each run; `PROPTEST_CASES` asks for more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(150)
}

fn built(rule: &Any) -> Option<Series> {
    let at = |date_time| EventTime::Zoned {
        date_time,
        time_zone: "UTC".into(),
    };
    let end = rule.start.checked_add(SignedDuration::from_mins(30)).unwrap();
    match Series::new(&at(rule.start), &at(end), &[rule.text()], "UTC") {
        Ok(series) => Some(series),
        Err(error) => {
            assert_eq!(error.code(), "never_happens", "{}: {error}", rule.text());
            None
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_rule_of_any_parts_happens_exactly_when_every_part_says_so(rule in rules()) {
        let expected = rule.walk();
        let Some(series) = built(&rule) else {
            prop_assert!(expected.len() <= 1, "{} was refused, but has {expected:?}", rule.text());
            return Ok(());
        };
        let instant = |local| TimeZone::UTC.to_timestamp(local).unwrap();
        let budget = Budget { steps: 2_000_000, occurrences: 1_000_000 };
        let end = rule.start.date().checked_add(DAYS.days()).unwrap().to_datetime(Time::midnight());
        let found = series.occurrences(instant(rule.start), instant(end), budget).unwrap();
        let found: Vec<DateTime> = found.iter().map(|o| o.start.local()).collect();
        prop_assert_eq!(found.len(), expected.len(), "{} from {}", rule.text(), rule.start);
        prop_assert_eq!(found, expected, "{} from {}", rule.text(), rule.start);
    }

    #[test]
    fn a_window_into_a_rule_of_any_parts_shows_its_part_of_the_whole(rule in rules(), day in 0i64..3000, length in 1i64..400) {
        let Some(series) = built(&rule) else { return Ok(()) };
        let from = rule.start.checked_add(SignedDuration::from_hours(24 * day)).unwrap();
        let to = from.checked_add(SignedDuration::from_hours(24 * length)).unwrap();
        let to = to.min(rule.start.date().checked_add(DAYS.days()).unwrap().to_datetime(Time::midnight()));
        prop_assume!(from < to);
        let instant = |local| TimeZone::UTC.to_timestamp(local).unwrap();
        let budget = Budget { steps: 2_000_000, occurrences: 1_000_000 };
        let found = series.occurrences(instant(from), instant(to), budget).unwrap();
        let found: Vec<DateTime> = found.iter().map(|o| o.start.local()).collect();
        let half_hour = SignedDuration::from_mins(30);
        let expected: Vec<DateTime> =
            rule.walk().into_iter().filter(|at| *at < to && at.checked_add(half_hour).unwrap() > from).collect();
        prop_assert_eq!(found, expected, "{} from {} to {}", rule.text(), from, to);
    }
}
