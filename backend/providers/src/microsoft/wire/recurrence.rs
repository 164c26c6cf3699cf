//! `patternedRecurrence` and RRULE, both ways. What one side cannot say is refused with a reason, never flattened.
//!
//! Two facts to hold: where a month is too short, Outlook takes its last day and RFC 5545 takes none; and RFC 5545 counts
//! the start itself as an occurrence, Microsoft only if it fits the pattern.
//! Sources: Graph docs, resources/recurrencepattern.md and recurrencerange.md; RFC 5545 section 3.3.10.

use std::collections::BTreeMap;

use domain::time::{EventTime, instant};
use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, DateTime, Weekday},
    tz::TimeZone,
};
use serde_json::{Value, json};

const DAYS: [(&str, &str, Weekday); 7] = [
    ("MO", "monday", Weekday::Monday),
    ("TU", "tuesday", Weekday::Tuesday),
    ("WE", "wednesday", Weekday::Wednesday),
    ("TH", "thursday", Weekday::Thursday),
    ("FR", "friday", Weekday::Friday),
    ("SA", "saturday", Weekday::Saturday),
    ("SU", "sunday", Weekday::Sunday),
];
const INDEXES: [(&str, i32); 5] = [("first", 1), ("second", 2), ("third", 3), ("fourth", 4), ("last", -1)];

fn short(name: &Value) -> Result<&'static str, String> {
    let found = DAYS.iter().find(|(_, long, _)| name.as_str() == Some(*long));
    found
        .map(|d| d.0)
        .ok_or_else(|| format!("{name} is not a day of the week"))
}

fn long(code: &str) -> Result<&'static str, String> {
    let found = DAYS.iter().find(|d| d.0 == code);
    found
        .map(|d| d.1)
        .ok_or_else(|| format!("“{code}” is not a day of the week"))
}

/// The RRULE of a pattern and range.
///
/// # Errors
/// For people: what is not understood.
pub fn read(recurrence: &Value, start: &EventTime) -> Result<String, String> {
    let (pattern, range) = (&recurrence["pattern"], &recurrence["range"]);
    let number = |of: &Value, key: &str| of[key].as_i64().ok_or_else(|| format!("the recurrence has no {key}"));
    let kind = pattern["type"].as_str().unwrap_or_default();
    let days = pattern["daysOfWeek"].as_array().map(Vec::as_slice).unwrap_or_default();
    let days: Vec<&str> = days.iter().map(short).collect::<Result<_, _>>()?;
    let frequency = match kind {
        "daily" => "DAILY",
        "weekly" => "WEEKLY",
        "absoluteMonthly" | "relativeMonthly" => "MONTHLY",
        "absoluteYearly" | "relativeYearly" => "YEARLY",
        other => return Err(format!("“{other}” is not a known recurrence")),
    };
    let first = match start {
        EventTime::Date { date } => *date,
        EventTime::Zoned { date_time, .. } => date_time.date(),
    };
    let interval = number(pattern, "interval")?;
    let mut rule = format!("RRULE:FREQ={frequency}");
    if interval != 1 {
        rule.push_str(&format!(";INTERVAL={interval}"));
    }
    let month = if frequency == "YEARLY" {
        Some(number(pattern, "month")?)
    } else {
        None
    };
    // What the start says already is left out, as people write rules.
    if let Some(month) = month.filter(|m| kind == "relativeYearly" || *m != i64::from(first.month())) {
        rule.push_str(&format!(";BYMONTH={month}"));
    }
    match kind {
        "weekly" => {
            let word = pattern.get("firstDayOfWeek").filter(|d| d.is_string());
            let begins = word.map_or(Ok("SU"), short)?;
            if days != [today(first)] {
                rule.push_str(&format!(";BYDAY={}", days.join(",")));
                if interval != 1 && begins != "MO" {
                    rule.push_str(&format!(";WKST={begins}"));
                }
            }
        }
        "absoluteMonthly" | "absoluteYearly" => {
            let day = month_day(number(pattern, "dayOfMonth")?, month)?;
            if day != format!(";BYMONTHDAY={}", first.day()) {
                rule.push_str(&day);
            }
        }
        "relativeMonthly" | "relativeYearly" => {
            let word = pattern["index"].as_str().unwrap_or("first");
            let index = INDEXES.iter().find(|(w, _)| *w == word).map(|(_, n)| *n);
            let index = index.ok_or_else(|| format!("“{word}” is not a known index"))?;
            match days.as_slice() {
                [] => return Err("the recurrence names no day".into()),
                [one] => rule.push_str(&format!(";BYDAY={index}{one}")),
                several => rule.push_str(&format!(";BYDAY={};BYSETPOS={index}", several.join(","))),
            }
        }
        _ => {}
    }
    match range["type"].as_str() {
        Some("noEnd") => {}
        Some("numbered") => rule.push_str(&format!(";COUNT={}", number(range, "numberOfOccurrences")?)),
        Some("endDate") => {
            let text = range["endDate"].as_str().unwrap_or_default();
            let last: Date = text.parse().map_err(|_| format!("“{text}” is not a date"))?;
            rule.push_str(&format!(";UNTIL={}", until(last, start)?));
        }
        other => return Err(format!("{other:?} is not a known range")),
    }
    Ok(rule)
}

/// A day of the month that is the last one where the month is too short.
fn month_day(day: i64, month: Option<i64>) -> Result<String, String> {
    let certain = match month {
        None | Some(2) => 28,
        Some(4 | 6 | 9 | 11) => 30,
        Some(1..=12) => 31,
        Some(other) => return Err(format!("{other} is not a month")),
    };
    Ok(match day {
        1..=31 if day <= certain => format!(";BYMONTHDAY={day}"),
        31 => ";BYMONTHDAY=-1".into(),
        29 | 30 if month == Some(2) => ";BYMONTHDAY=-1".into(),
        29 => ";BYMONTHDAY=28,29;BYSETPOS=-1".into(),
        30 => ";BYMONTHDAY=28,29,30;BYSETPOS=-1".into(),
        other => return Err(format!("{other} is not a day of a month")),
    })
}

fn today(first: Date) -> &'static str {
    DAYS.iter().find(|d| d.2 == first.weekday()).map_or("MO", |d| d.0)
}

/// UNTIL is in UTC when the start has a zone, and a date when it is one (RFC 5545 section 3.3.10). It is the beginning of
/// the last occurrence there may be.
fn until(last: Date, start: &EventTime) -> Result<String, String> {
    match start {
        EventTime::Date { .. } => Ok(last.strftime("%Y%m%d").to_string()),
        EventTime::Zoned { date_time, time_zone } => {
            let at = instant(last.to_datetime(date_time.time()), time_zone).map_err(|e| e.to_string())?;
            Ok(at.strftime("%Y%m%dT%H%M%SZ").to_string())
        }
    }
}

/// The pattern and range of recurrence lines; days begin in `day_zone`.
///
/// # Errors
/// For people: what Microsoft cannot say.
pub fn write(lines: &[String], start: &EventTime, day_zone: &str) -> Result<Value, String> {
    let [line] = lines else {
        return Err(
            "Microsoft keeps one rule for a series; dates that are added or taken out are changed one by one".into(),
        );
    };
    let text = line
        .strip_prefix("RRULE:")
        .ok_or_else(|| format!("Microsoft cannot keep “{line}”; only a rule"))?;
    let mut parts: BTreeMap<&str, &str> = text.split(';').filter_map(|p| p.split_once('=')).collect();
    let (first, zone) = match start {
        EventTime::Date { date } => (*date, day_zone),
        EventTime::Zoned { date_time, time_zone } => (date_time.date(), time_zone.as_str()),
    };
    let range = range(&mut parts, start, first, zone)?;
    let pattern = pattern(&mut parts, first)?;
    if let Some((name, value)) = parts.first_key_value() {
        return Err(format!("Microsoft cannot repeat by {name}={value}"));
    }
    Ok(json!({"pattern": pattern, "range": range}))
}

fn range(parts: &mut BTreeMap<&str, &str>, start: &EventTime, first: Date, zone: &str) -> Result<Value, String> {
    let mut range = json!({"type": "noEnd", "startDate": first.to_string(), "recurrenceTimeZone": zone});
    if let Some(count) = parts.remove("COUNT") {
        let count: u32 = count.parse().map_err(|_| format!("“{count}” is not a number"))?;
        if count > 999 {
            return Err("Microsoft repeats at most 999 times; let the series end on a day instead".into());
        }
        range["type"] = json!("numbered");
        range["numberOfOccurrences"] = json!(count);
    }
    if let Some(text) = parts.remove("UNTIL") {
        range["type"] = json!("endDate");
        range["endDate"] = json!(last_day(text, start, zone)?.to_string());
    }
    Ok(range)
}

/// The last day an occurrence may begin on.
fn last_day(text: &str, start: &EventTime, zone: &str) -> Result<Date, String> {
    let bad = || format!("“{text}” is not an end");
    if !text.contains('T') {
        return Date::strptime("%Y%m%d", text).map_err(|_| bad());
    }
    let wall = DateTime::strptime("%Y%m%dT%H%M%S", text.trim_end_matches('Z')).map_err(|_| bad())?;
    let tz = TimeZone::get(zone).map_err(|e| e.to_string())?;
    let local = if text.ends_with('Z') {
        let at: Timestamp = instant(wall, "UTC").map_err(|e| e.to_string())?;
        tz.to_datetime(at)
    } else {
        wall
    };
    let begins = match start {
        EventTime::Date { .. } => local.time(),
        EventTime::Zoned { date_time, .. } => date_time.time(),
    };
    Ok(if local.time() < begins {
        local.date().saturating_sub(1.day())
    } else {
        local.date()
    })
}

fn pattern(parts: &mut BTreeMap<&str, &str>, first: Date) -> Result<Value, String> {
    let frequency = parts.remove("FREQ").ok_or("the rule has no FREQ")?;
    let interval: u32 = parts
        .remove("INTERVAL")
        .unwrap_or("1")
        .parse()
        .map_err(|_| "INTERVAL is not a number")?;
    let week_start = parts.remove("WKST").unwrap_or("MO");
    let today = today(first);
    let days = parts.remove("BYDAY");
    let mut pattern = json!({"interval": interval});
    match (frequency, days) {
        ("DAILY", None) => pattern["type"] = json!("daily"),
        ("DAILY", Some(_)) if interval != 1 => {
            return Err("Microsoft cannot repeat every few days on certain days of the week".into());
        }
        ("DAILY" | "WEEKLY", days) => {
            let codes: Vec<&str> = days.unwrap_or(today).split(',').collect();
            if !codes.contains(&today) {
                return Err(off_pattern());
            }
            pattern["type"] = json!("weekly");
            pattern["daysOfWeek"] = json!(codes.into_iter().map(long).collect::<Result<Vec<_>, _>>()?);
            pattern["firstDayOfWeek"] = json!(long(week_start)?);
        }
        ("MONTHLY" | "YEARLY", days) => {
            let yearly = frequency == "YEARLY";
            let month = match (yearly, parts.remove("BYMONTH")) {
                (true, None) if days.is_some() => {
                    return Err("Microsoft repeats yearly on a weekday only of a month".into());
                }
                (true, None) => i64::from(first.month()),
                (true, Some(text)) => text.parse().map_err(|_| "Microsoft repeats yearly in one month only")?,
                (false, None) => 0,
                (false, Some(_)) => return Err("Microsoft cannot leave out months".into()),
            };
            if yearly {
                pattern["month"] = json!(month);
            }
            let kind = if days.is_some() { "relative" } else { "absolute" };
            pattern["type"] = json!(format!("{kind}{}", if yearly { "Yearly" } else { "Monthly" }));
            match days {
                Some(days) => relative(&mut pattern, parts, days, first)?,
                None => absolute(&mut pattern, parts, first, yearly.then_some(month))?,
            }
            if yearly && month != i64::from(first.month()) {
                return Err(off_pattern());
            }
        }
        (other, _) => return Err(format!("Microsoft cannot repeat {}", other.to_lowercase())),
    }
    Ok(pattern)
}

fn off_pattern() -> String {
    "the start does not fit the rule; Microsoft would leave out the first occurrence".into()
}

fn relative(pattern: &mut Value, parts: &mut BTreeMap<&str, &str>, days: &str, first: Date) -> Result<(), String> {
    if parts.contains_key("BYMONTHDAY") {
        return Err("Microsoft cannot join days of the week with days of the month".into());
    }
    let codes: Vec<&str> = days.split(',').collect();
    let (index, codes): (i32, Vec<&str>) = match (codes.as_slice(), parts.remove("BYSETPOS")) {
        ([one], None) if one.len() > 2 => {
            let (number, code) = one.split_at(one.len() - 2);
            (number.parse().map_err(|_| format!("“{one}” is not a day"))?, vec![code])
        }
        (_, Some(place)) if codes.iter().all(|c| c.len() == 2) => {
            (place.parse().map_err(|_| "Microsoft takes one BYSETPOS only")?, codes)
        }
        _ => return Err("Microsoft repeats monthly on one day only: the first, second, third, fourth or last".into()),
    };
    let word = INDEXES.iter().find(|(_, n)| *n == index).map(|(w, _)| *w);
    let word = word.ok_or_else(|| {
        format!("Microsoft has no {index}. day of a month, only the first to the fourth and the last")
    })?;
    let names = codes.iter().map(|c| long(c)).collect::<Result<Vec<_>, _>>()?;
    let month = (1..=first.days_in_month()).filter_map(|d| first.with().day(d).build().ok());
    let fitting: Vec<Date> = month
        .filter(|d| {
            DAYS.iter()
                .any(|(code, _, w)| *w == d.weekday() && codes.contains(code))
        })
        .collect();
    let meant = if index < 0 {
        fitting.last()
    } else {
        usize::try_from(index - 1).ok().and_then(|n| fitting.get(n))
    };
    if meant != Some(&first) {
        return Err(off_pattern());
    }
    pattern["daysOfWeek"] = json!(names);
    pattern["index"] = json!(word);
    Ok(())
}

fn absolute(
    pattern: &mut Value,
    parts: &mut BTreeMap<&str, &str>,
    first: Date,
    month: Option<i64>,
) -> Result<(), String> {
    let own = first.day().to_string();
    let day = match (parts.remove("BYMONTHDAY").unwrap_or(&own), parts.remove("BYSETPOS")) {
        ("-1", None) => 31,
        ("28,29", Some("-1")) => 29,
        ("28,29,30", Some("-1")) => 30,
        (text, None) => {
            let day: i64 = text
                .parse()
                .map_err(|_| "Microsoft repeats on one day of the month only")?;
            if month_day(day, month)? != format!(";BYMONTHDAY={day}") {
                return Err(format!(
                    "where a month has no day {day}, Microsoft takes its last day; repeat on the last day instead"
                ));
            }
            day
        }
        (text, Some(_)) => return Err(format!("Microsoft cannot repeat on the days {text} of a month")),
    };
    if i64::from(first.day()) != day.min(i64::from(first.days_in_month())) {
        return Err(off_pattern());
    }
    pattern["dayOfMonth"] = json!(day);
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(text: &str) -> EventTime {
        EventTime::Zoned {
            date_time: text.parse().unwrap(),
            time_zone: "Europe/Berlin".into(),
        }
    }

    fn both(rule: &str, start: &str) -> String {
        let start = at(start);
        let written = write(&[format!("RRULE:{rule}")], &start, "UTC").unwrap();
        read(&written, &start).unwrap()
    }

    #[test]
    fn what_both_sides_can_say_survives_the_way_there_and_back() {
        for (rule, start) in [
            ("FREQ=DAILY;INTERVAL=3;COUNT=5", "2027-03-01T10:00:00"),
            ("FREQ=WEEKLY;COUNT=6", "2027-03-01T10:00:00"),
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR", "2027-03-01T10:00:00"),
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU", "2027-03-01T10:00:00"),
            ("FREQ=MONTHLY", "2027-03-15T10:00:00"),
            ("FREQ=MONTHLY;BYMONTHDAY=-1", "2027-02-28T10:00:00"),
            ("FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1", "2027-03-30T10:00:00"),
            ("FREQ=MONTHLY;BYDAY=2TU", "2027-03-09T10:00:00"),
            ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2027-03-31T10:00:00"),
            ("FREQ=YEARLY", "2027-03-31T10:00:00"),
            ("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "2027-11-25T10:00:00"),
            ("FREQ=YEARLY;BYMONTHDAY=-1", "2028-02-29T10:00:00"),
        ] {
            assert_eq!(both(rule, start), format!("RRULE:{rule}"));
        }
    }

    #[test]
    fn what_the_start_says_already_is_left_out() {
        let day = |rule: &str, start: &str| both(rule, start);
        assert_eq!(day("FREQ=WEEKLY;BYDAY=MO", "2027-03-01T10:00:00"), "RRULE:FREQ=WEEKLY");
        assert_eq!(
            day("FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=9", "2027-03-09T10:00:00"),
            "RRULE:FREQ=MONTHLY"
        );
        assert_eq!(
            day("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=9", "2027-03-09T10:00:00"),
            "RRULE:FREQ=YEARLY"
        );
        assert_eq!(
            day("FREQ=DAILY;BYDAY=MO,TU", "2027-03-01T10:00:00"),
            "RRULE:FREQ=WEEKLY;BYDAY=MO,TU"
        );
    }

    #[test]
    fn an_end_is_the_last_day_an_occurrence_begins_on() {
        let end = |until: &str| {
            let written = write(
                &[format!("RRULE:FREQ=DAILY;UNTIL={until}")],
                &at("2027-03-01T10:00:00"),
                "UTC",
            )
            .unwrap();
            written["range"]["endDate"].as_str().unwrap().to_owned()
        };
        assert_eq!(end("20270310T090000Z"), "2027-03-10");
        assert_eq!(end("20270310T085959Z"), "2027-03-09");
        assert_eq!(end("20270310T225959Z"), "2027-03-10");
        assert_eq!(
            both("FREQ=DAILY;UNTIL=20270310T090000Z", "2027-03-01T10:00:00"),
            "RRULE:FREQ=DAILY;UNTIL=20270310T090000Z"
        );
        let day = EventTime::Date {
            date: "2027-03-01".parse().unwrap(),
        };
        let written = write(&["RRULE:FREQ=DAILY;UNTIL=20270310".into()], &day, "Europe/Berlin").unwrap();
        assert_eq!(read(&written, &day).unwrap(), "RRULE:FREQ=DAILY;UNTIL=20270310");
    }

    #[test]
    fn what_microsoft_cannot_say_is_refused_with_a_reason() {
        for (lines, start, reason) in [
            (
                vec!["RRULE:FREQ=DAILY", "EXDATE:20270302T090000Z"],
                "2027-03-01T10:00:00",
                "one by one",
            ),
            (vec!["RDATE:20270302T090000Z"], "2027-03-01T10:00:00", "only a rule"),
            (vec!["RRULE:FREQ=HOURLY"], "2027-03-01T10:00:00", "hourly"),
            (vec!["RRULE:FREQ=DAILY;BYHOUR=9"], "2027-03-01T10:00:00", "BYHOUR"),
            (
                vec!["RRULE:FREQ=DAILY;INTERVAL=2;BYDAY=MO"],
                "2027-03-01T10:00:00",
                "every few days",
            ),
            (
                vec!["RRULE:FREQ=WEEKLY;BYDAY=TU"],
                "2027-03-01T10:00:00",
                "does not fit",
            ),
            (
                vec!["RRULE:FREQ=MONTHLY;BYMONTHDAY=31"],
                "2027-03-31T10:00:00",
                "last day",
            ),
            (
                vec!["RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15"],
                "2027-03-01T10:00:00",
                "one day",
            ),
            (
                vec!["RRULE:FREQ=MONTHLY;BYDAY=5MO"],
                "2027-03-29T10:00:00",
                "first to the fourth",
            ),
            (
                vec!["RRULE:FREQ=MONTHLY;BYDAY=1MO,3MO"],
                "2027-03-01T10:00:00",
                "one day only",
            ),
            (
                vec!["RRULE:FREQ=YEARLY;BYMONTH=3,9"],
                "2027-03-01T10:00:00",
                "one month",
            ),
            (vec!["RRULE:FREQ=YEARLY;BYWEEKNO=9"], "2027-03-01T10:00:00", "BYWEEKNO"),
            (vec!["RRULE:FREQ=DAILY;COUNT=1000"], "2027-03-01T10:00:00", "999"),
        ] {
            let lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
            let said = write(&lines, &at(start), "UTC").unwrap_err();
            assert!(said.contains(reason), "{lines:?}: {said}");
        }
    }
}
