//! Our expansion against three others: python-dateutil's, the `rrule` crate's, and a walk over all days that is too
//! simple to be wrong.

use domain::{
    recurrence::{Budget, Series},
    time::EventTime,
};
use jiff::{
    SignedDuration,
    civil::{Date, DateTime, Weekday},
    tz::TimeZone,
};
use proptest::prelude::*;

use crate::support::{local, series, walls};

#[test]
fn a_thousand_rules_expand_as_python_dateutil_expands_them() {
    let vectors = include_str!("../vectors/dateutil.jsonl");
    let mut compared = 0;
    for vector in vectors.lines() {
        let (start, rule, expected): (String, String, String) = serde_json::from_str(vector).unwrap();
        let series = series(&local(&start).to_string(), &format!("RRULE:{rule}"));
        let found = series
            .first(15)
            .unwrap_or_else(|error| panic!("{start} {rule}: {error}"));
        let expected: Vec<&str> = expected.split(' ').collect();
        assert_eq!(walls(&found), expected, "{start} {rule}");
        compared += 1;
    }
    assert_eq!(compared, 1000);
}

const WORDS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// A rule as the naive walk understands it.
#[derive(Debug, Clone)]
struct Naive {
    start: DateTime,
    frequency: &'static str,
    interval: i64,
    week_start: usize,
    months: Vec<i8>,
    month_days: Vec<i8>,
    days: Vec<(i8, usize)>,
    count: Option<usize>,
    until: Option<DateTime>,
}

impl Naive {
    fn text(&self) -> String {
        let mut text = format!("RRULE:FREQ={};INTERVAL={}", self.frequency, self.interval);
        let join = |items: Vec<String>| items.join(",");
        if self.week_start != 0 {
            text += &format!(";WKST={}", WORDS[self.week_start]);
        }
        if !self.months.is_empty() {
            text += &format!(";BYMONTH={}", join(self.months.iter().map(i8::to_string).collect()));
        }
        if !self.month_days.is_empty() {
            text += &format!(
                ";BYMONTHDAY={}",
                join(self.month_days.iter().map(i8::to_string).collect())
            );
        }
        if !self.days.is_empty() {
            let word = |(n, day): &(i8, usize)| {
                if *n == 0 {
                    WORDS[*day].to_owned()
                } else {
                    format!("{n}{}", WORDS[*day])
                }
            };
            text += &format!(";BYDAY={}", join(self.days.iter().map(word).collect()));
        }
        if let Some(count) = self.count {
            text += &format!(";COUNT={count}");
        }
        if let Some(until) = self.until {
            text += &format!(";UNTIL={}", until.strftime("%Y%m%dT%H%M%S"));
        }
        text
    }

    /// Every day from the start on is asked: are you in a period that counts, and do you match?
    fn walk(&self, years: i16) -> Vec<DateTime> {
        let first = self.start.date();
        let last = Date::new(first.year() + years, 1, 1).unwrap();
        let monday = Date::constant(1899, 12, 25);
        let week = |day: Date| ((day - monday).get_days() as i64 - self.week_start as i64).div_euclid(7);
        let mut found = vec![self.start];
        for day in first
            .series(jiff::Span::new().days(1))
            .skip(1)
            .take_while(|day| *day < last)
        {
            let distance = match self.frequency {
                "DAILY" => i64::from((day - first).get_days()),
                "WEEKLY" => week(day) - week(first),
                "MONTHLY" => i64::from(day.year() - first.year()) * 12 + i64::from(day.month() - first.month()),
                _ => i64::from(day.year() - first.year()),
            };
            if distance % self.interval == 0 && self.matches(day, first) {
                found.push(day.to_datetime(self.start.time()));
            }
        }
        if let Some(until) = self.until {
            found.retain(|at| *at <= until);
        }
        found.truncate(self.count.unwrap_or(usize::MAX));
        found
    }

    fn matches(&self, day: Date, first: Date) -> bool {
        let last = day.last_of_month().day();
        let month = self.months.is_empty() || self.months.contains(&day.month());
        let month_day = self.month_days.iter().any(|n| {
            if *n > 0 {
                day.day() == *n
            } else {
                day.day() == last + 1 + n
            }
        });
        let weekday = self.days.iter().any(|(n, wanted)| {
            let weekday = Weekday::from_monday_zero_offset(*wanted as i8).unwrap();
            day.weekday() == weekday
                && match (*n, self.frequency, self.months.is_empty()) {
                    (0, _, _) => true,
                    (n, "YEARLY", true) => {
                        // Jiff counts from the day before the year begins, and from the day after it ends.
                        let edge = if n > 0 {
                            day.first_of_year().yesterday()
                        } else {
                            day.last_of_year().tomorrow()
                        };
                        edge.unwrap().nth_weekday(n.into(), weekday).ok() == Some(day)
                    }
                    (n, _, _) => day.nth_weekday_of_month(n, weekday).ok() == Some(day),
                }
        });
        let by_start = match self.frequency {
            "DAILY" => true,
            "WEEKLY" => day.weekday() == first.weekday(),
            "MONTHLY" => day.day() == first.day(),
            _ => day.day() == first.day() && (!self.months.is_empty() || day.month() == first.month()),
        };
        month
            && (self.month_days.is_empty() || month_day)
            && (self.days.is_empty() || weekday)
            && (!self.month_days.is_empty() || !self.days.is_empty() || by_start)
    }
}

fn rules() -> impl Strategy<Value = Naive> {
    let start = (
        1970i16..2060,
        1i8..=12,
        1i8..=31,
        0i8..24,
        prop::sample::select(vec![0i8, 30, 59]),
    )
        .prop_filter_map("a day that exists", |(year, month, day, hour, minute)| {
            DateTime::new(year, month, day, hour, minute, 0, 0).ok()
        });
    let frequency = prop::sample::select(vec!["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]);
    let few = |values: std::ops::RangeInclusive<i8>, most| prop::collection::btree_set(values, 0..most);
    let ends = prop_oneof![
        Just((None, None)),
        (1usize..60).prop_map(|count| (Some(count), None)),
        (0i64..4000, 0i64..86_400).prop_map(|(days, seconds)| (None, Some(days * 86_400 + seconds))),
    ];
    let days = prop::collection::btree_set((-5i8..=5, 0usize..7), 0..4);
    (
        start,
        frequency,
        1i64..6,
        0usize..7,
        few(1..=12, 4),
        few(-31..=31, 5),
        days,
        ends,
    )
        .prop_map(
            |(start, frequency, interval, week_start, months, month_days, days, (count, until))| {
                let numbered = matches!(frequency, "MONTHLY" | "YEARLY");
                let mut days: Vec<(i8, usize)> = days
                    .into_iter()
                    .map(|(n, day)| (if numbered { n } else { 0 }, day))
                    .collect();
                days.dedup();
                let month_days = if frequency == "WEEKLY" {
                    Vec::new()
                } else {
                    month_days.into_iter().filter(|n| *n != 0).collect()
                };
                let until = until.map(|seconds| start.checked_add(SignedDuration::from_secs(seconds)).unwrap());
                Naive {
                    start,
                    frequency,
                    interval,
                    week_start,
                    months: months.into_iter().collect(),
                    month_days,
                    days,
                    count,
                    until,
                }
            },
        )
}

fn built(rule: &Naive) -> Option<Series> {
    let at = |local| EventTime::Zoned {
        date_time: local,
        time_zone: "UTC".into(),
    };
    let end = rule.start.checked_add(SignedDuration::from_mins(30)).unwrap();
    Series::new(&at(rule.start), &at(end), &[rule.text()], "UTC").ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_first_occurrences_are_those_of_a_walk_over_all_days(rule in rules()) {
        let expected = rule.walk(15);
        // Combinations that never happen are refused; the naive walk must agree that they do not.
        let Some(series) = built(&rule) else {
            prop_assert!(expected.len() == 1, "{} was refused, but has {expected:?}", rule.text());
            return Ok(());
        };
        let found = series.first(expected.len().min(200)).unwrap();
        let found: Vec<DateTime> = found.iter().map(|o| o.start.local()).collect();
        prop_assert_eq!(&found[..], &expected[..expected.len().min(200)], "{}", rule.text());
    }

    #[test]
    fn a_window_shows_what_the_whole_series_shows_there(rule in rules(), day in 0i64..4900, length in 1i64..120) {
        let Some(series) = built(&rule) else { return Ok(()) };
        let from = rule.start.checked_add(SignedDuration::from_hours(24 * day)).unwrap();
        let to = from.checked_add(SignedDuration::from_hours(24 * length)).unwrap();
        let instant = |local| TimeZone::UTC.to_timestamp(local).unwrap();
        let found = series.occurrences(instant(from), instant(to), Budget::default()).unwrap();
        let found: Vec<DateTime> = found.iter().map(|o| o.start.local()).collect();
        let half_hour = SignedDuration::from_mins(30);
        let expected: Vec<DateTime> =
            rule.walk(15).into_iter().filter(|at| *at < to && at.checked_add(half_hour).unwrap() > from).collect();
        prop_assert_eq!(found, expected, "{} from {} to {}", rule.text(), from, to);
    }

    #[test]
    fn a_finite_series_knows_its_total_and_its_bounds(rule in rules()) {
        let Some(series) = built(&rule).filter(|series| !series.is_endless()) else { return Ok(()) };
        let all = rule.walk(15);
        if rule.count.is_some_and(|count| all.len() < count) {
            return Ok(()); // longer than the naive walk
        }
        let (total, (first, last)) = (series.total().unwrap(), series.bounds().unwrap());
        prop_assert_eq!(total.unwrap() as usize, all.len(), "{}", rule.text());
        prop_assert_eq!(first, TimeZone::UTC.to_timestamp(rule.start).unwrap());
        let end = all.last().unwrap().checked_add(SignedDuration::from_mins(30)).unwrap();
        prop_assert_eq!(last, Some(TimeZone::UTC.to_timestamp(end).unwrap()));
    }

    #[test]
    fn the_rrule_crate_finds_the_same_where_its_start_matches_its_rule(rule in rules()) {
        let Some(series) = built(&rule) else { return Ok(()) };
        // It reads “plain and numbered weekdays” as “both at once”, and an UNTIL without Z only for local starts.
        let mixed = rule.days.iter().any(|(n, _)| *n == 0) && rule.days.iter().any(|(n, _)| *n != 0);
        let mut text = rule.text();
        if let Some(until) = rule.until {
            let until = until.strftime("%Y%m%dT%H%M%S").to_string();
            text = text.replace(&until, &format!("{until}Z"));
        }
        let set = format!("DTSTART:{}Z\n{text}", rule.start.strftime("%Y%m%dT%H%M%S"));
        let Ok(set) = set.parse::<rrule::RRuleSet>() else { return Ok(()) };
        let theirs: Vec<i64> = set.limit().into_iter().take(50).map(|at| at.timestamp()).collect();
        let start = TimeZone::UTC.to_timestamp(rule.start).unwrap().as_second();
        if mixed || theirs.first() != Some(&start) {
            return Ok(());
        }
        let ours: Vec<i64> = series.first(theirs.len()).unwrap().iter().map(|o| o.start_at.as_second()).collect();
        prop_assert_eq!(ours, theirs, "{}", rule.text());
    }
}

/// Windows begin in the middle of a series with COUNT; what lies before them is counted by arithmetic or by walking.
#[test]
fn a_window_at_the_end_of_a_counted_series_ends_with_it() {
    for (start, rule) in [
        ("2020-01-01T09:00", "FREQ=DAILY;INTERVAL=3"),
        ("2020-01-01T09:30", "FREQ=DAILY;BYHOUR=8,9,20;BYMINUTE=0,30"), // begins within its first day
        ("2020-01-02T09:00", "FREQ=WEEKLY;BYDAY=MO,TH,SU;WKST=WE;INTERVAL=2"), // and within its first week
        ("2020-01-03T09:00", "FREQ=WEEKLY;BYDAY=MO"),                   // at a day that it does not name
        ("2020-01-01T09:10", "FREQ=HOURLY;INTERVAL=7;BYMINUTE=0,10,40"),
        ("2020-01-31T09:00", "FREQ=MONTHLY;BYMONTHDAY=15,-1"),
        ("2020-01-01T09:00", "FREQ=DAILY;BYDAY=MO,TU"),
        ("2020-01-01T09:00", "FREQ=YEARLY;BYMONTH=1,6"),
    ] {
        for count in [2, 3, 7, 50, 51, 52, 53] {
            let series = series(start, &format!("RRULE:{rule};COUNT={count}"));
            let all = series.first(100).unwrap();
            assert_eq!(all.len(), count, "{rule}");
            for from in [0, 1, count / 2, count - 2, count - 1] {
                let to = all[count - 1].start_at + SignedDuration::from_hours(24 * 900);
                let window = series.occurrences(all[from].start_at, to, Budget::default()).unwrap();
                let window: Vec<_> = window
                    .into_iter()
                    .filter(|o| o.start_at >= all[from].start_at)
                    .collect();
                assert_eq!(window, all[from..], "{rule};COUNT={count} from {from}");
            }
        }
    }
}

#[test]
fn week_numbers_are_those_of_iso_8601_around_every_new_year() {
    for year in [1998i16, 2004, 2009, 2010, 2015, 2016, 2020, 2021, 2026, 2027, 2032] {
        for week in [1i8, 2, 51, 52, 53, -1, -2, -52, -53] {
            let start = format!("{year}-01-01T08:00");
            let Ok(series) =
                crate::support::try_series(&start, &format!("RRULE:FREQ=YEARLY;BYWEEKNO={week};BYDAY=MO,TH,SU"))
            else {
                panic!("week {week} exists")
            };
            let found: Vec<Date> = series
                .first(40)
                .unwrap()
                .iter()
                .map(|o| o.start.local().date())
                .collect();
            let until = *found.last().unwrap();
            let expected: Vec<Date> = Date::new(year, 1, 1)
                .unwrap()
                .series(jiff::Span::new().days(1))
                .take_while(|day| *day <= until)
                .filter(|day| {
                    let iso = day.iso_week_date();
                    let last = Date::new(iso.year(), 12, 28).unwrap().iso_week_date().week();
                    let wanted = if week > 0 { week } else { last + 1 + week };
                    let named = matches!(day.weekday(), Weekday::Monday | Weekday::Thursday | Weekday::Sunday);
                    // The start is the first occurrence whatever the rule says.
                    (iso.week() == wanted && named) || *day == Date::new(year, 1, 1).unwrap()
                })
                .collect();
            assert_eq!(found, expected, "week {week} from {year}");
        }
    }
}
