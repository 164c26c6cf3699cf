//! Working hours as people write them down: read into the engine's [`Hours`], and told again. Pure.

use std::collections::BTreeMap;

use domain::{
    availability::{Hours, WallSpan},
    validation::Violation,
};
use jiff::civil::{Date, Time};

use super::catalogue::wrong;

/// The days of a week as they are called in answers, Monday first.
pub const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

const DAY: u32 = 24 * 60;

/// From one wall time up to another, as text: `09:00`, `24:00`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Opening.
    pub from: String,
    /// The first moment after. Not later than `from`: on the next day.
    pub to: String,
}

/// Other hours on one date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// `2026-12-24`
    pub date: String,
    /// None: closed.
    pub hours: Vec<Span>,
}

/// Reads hours.
///
/// # Errors
/// Every fault with its place below `/weekly` and `/exceptions`.
pub fn read(weekly: &[Vec<Span>; 7], exceptions: &[Exception]) -> Result<Hours, Vec<Violation>> {
    let mut faults = Vec::new();
    let mut hours = Hours::default();
    let mut week = Vec::new();
    for (index, (day, spans)) in (0..).zip(hours.weekly.iter_mut().zip(weekly)) {
        let at = |n: usize| format!("/weekly/{}/{n}", DAYS.get(index).copied().unwrap_or_default());
        for (n, span) in spans.iter().enumerate() {
            if let Some(wall) = wall(span, &at(n), &mut faults) {
                day.push(wall);
                let from = u32::try_from(index).unwrap_or_default() * DAY + minute(wall.from);
                week.push((from, from + length(wall), at(n), span));
            }
        }
        day.sort_unstable_by_key(|wall| (wall.from, wall.to));
    }
    overlaps(&week, Some(7 * DAY), &mut faults);
    let mut seen = BTreeMap::new();
    for (index, exception) in exceptions.iter().enumerate() {
        let Ok(date) = exception.date.parse::<Date>() else {
            let detail = format!("“{}” is not a day: write 2026-12-24.", exception.date);
            faults.push(wrong(format!("/exceptions/{index}/date"), "format", detail));
            continue;
        };
        if let Some(first) = seen.insert(date, index) {
            let detail = format!("{date} is named twice: see /exceptions/{first}.");
            faults.push(wrong(format!("/exceptions/{index}/date"), "duplicate", detail));
        }
        let at = |n: usize| format!("/exceptions/{index}/hours/{n}");
        let (mut day, mut own) = (Vec::new(), Vec::new());
        for (n, span) in exception.hours.iter().enumerate() {
            if let Some(wall) = wall(span, &at(n), &mut faults) {
                day.push(wall);
                let from = minute(wall.from);
                own.push((from, from + length(wall), at(n), span));
            }
        }
        overlaps(&own, None, &mut faults);
        day.sort_unstable_by_key(|wall| (wall.from, wall.to));
        hours.exceptions.insert(date, day);
    }
    if faults.is_empty() { Ok(hours) } else { Err(faults) }
}

/// How it is written down.
pub fn write(wall: WallSpan) -> Span {
    let text = |time: Time| time.strftime("%H:%M").to_string();
    Span {
        from: text(wall.from),
        // Until midnight reads better than until the beginning of the day.
        to: if wall.to == Time::midnight() {
            "24:00".to_owned()
        } else {
            text(wall.to)
        },
    }
}

fn wall(span: &Span, at: &str, faults: &mut Vec<Violation>) -> Option<WallSpan> {
    let mut time = |field: &str, text: &str| {
        let found = if field == "to" && text == "24:00" {
            Some(Time::midnight())
        } else {
            text.parse::<Time>().ok()
        };
        if found.is_none() {
            let detail = format!("“{text}” is not a time of day: write 09:00.");
            faults.push(wrong(format!("{at}/{field}"), "format", detail));
        }
        found
    };
    let (from, to) = (time("from", &span.from), time("to", &span.to));
    let wall = WallSpan { from: from?, to: to? };
    if wall.from == wall.to && wall.from != Time::midnight() {
        let detail = format!(
            "{} to {} opens and closes at once; a whole day is 00:00 to 24:00.",
            span.from, span.to
        );
        faults.push(wrong(at, "empty", detail));
        return None;
    }
    Some(wall)
}

fn minute(time: Time) -> u32 {
    let part = |n: i8| u32::try_from(n).unwrap_or_default();
    part(time.hour()) * 60 + part(time.minute())
}

/// In minutes on the wall.
fn length(wall: WallSpan) -> u32 {
    let (from, to) = (minute(wall.from), minute(wall.to));
    if to > from { to - from } else { to + DAY - from }
}

/// Every span that shares time with an earlier one; `around`: after so many minutes everything begins anew.
fn overlaps(spans: &[(u32, u32, String, &Span)], around: Option<u32>, faults: &mut Vec<Violation>) {
    for (index, (from, to, at, span)) in spans.iter().enumerate() {
        let meets = |a: (u32, u32), b: (u32, u32)| a.0 < b.1 && b.0 < a.1;
        let other = spans.iter().take(index).find(|(earlier, until, _, _)| {
            let again = around.unwrap_or_default();
            meets((*from, *to), (*earlier, *until))
                || meets((*from, *to), (earlier + again, until + again))
                || meets((from + again, to + again), (*earlier, *until))
        });
        if let Some((_, _, place, other)) = other {
            let detail = format!(
                "{}–{} overlaps with {}–{} ({place}).",
                span.from, span.to, other.from, other.to
            );
            faults.push(wrong(at.clone(), "overlap", detail));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn spans(text: &str) -> Vec<Span> {
        text.split_whitespace()
            .map(|one| {
                let (from, to) = one.split_once('-').unwrap();
                Span {
                    from: from.to_owned(),
                    to: to.to_owned(),
                }
            })
            .collect()
    }

    /// Monday first; what is not named is closed.
    fn week(days: &[&str]) -> [Vec<Span>; 7] {
        std::array::from_fn(|index| spans(days.get(index).copied().unwrap_or_default()))
    }

    #[track_caller]
    fn refused(days: &[&str], exceptions: &[(&str, &str)]) -> Vec<String> {
        let exceptions: Vec<Exception> = exceptions
            .iter()
            .map(|(date, hours)| Exception {
                date: (*date).to_owned(),
                hours: spans(hours),
            })
            .collect();
        match read(&week(days), &exceptions) {
            Ok(_) => Vec::new(),
            Err(faults) => faults
                .into_iter()
                .map(|one| format!("{} {}", one.pointer, one.code))
                .collect(),
        }
    }

    #[test]
    fn hours_are_told_as_they_were_written_but_in_order() {
        let hours = read(
            &week(&["13:00-17:00 09:00-12:00", "22:00-06:00", "", "00:00-24:00"]),
            &[Exception {
                date: "2026-12-24".into(),
                hours: spans("09:00-12:00"),
            }],
        )
        .unwrap();
        let told: Vec<Vec<Span>> = hours
            .weekly
            .iter()
            .map(|day| day.iter().copied().map(write).collect())
            .collect();
        assert_eq!(told[0], spans("09:00-12:00 13:00-17:00"));
        assert_eq!(told[1], spans("22:00-06:00"));
        assert_eq!(told[3], spans("00:00-24:00"));
        assert_eq!(hours.exceptions.len(), 1);
    }

    #[test]
    fn spans_may_touch_but_not_overlap_also_across_midnight_and_the_end_of_the_week() {
        assert_eq!(refused(&["09:00-12:00 12:00-17:00"], &[]), [] as [&str; 0]);
        assert_eq!(refused(&["22:00-06:00", "06:00-12:00"], &[]), [] as [&str; 0]);
        assert_eq!(refused(&["09:00-12:00 11:59-17:00"], &[]), ["/weekly/monday/1 overlap"]);
        assert_eq!(
            refused(&["22:00-06:00", "05:00-12:00"], &[]),
            ["/weekly/tuesday/0 overlap"]
        );
        let sunday_night = ["05:00-12:00", "", "", "", "", "", "22:00-06:00"];
        assert_eq!(refused(&sunday_night, &[]), ["/weekly/sunday/0 overlap"]);
        assert_eq!(refused(&["00:00-24:00 00:00-24:00"], &[]), ["/weekly/monday/1 overlap"]);
    }

    #[test]
    fn every_fault_is_told_with_its_place() {
        let days = ["09:00-09:00 9-25:00", "24:00-12:00"];
        let exceptions = [
            ("2026-02-30", ""),
            ("2026-12-24", "09:00-12:00 11:00-13:00"),
            ("2026-12-24", ""),
        ];
        assert_eq!(
            refused(&days, &exceptions),
            [
                "/weekly/monday/0 empty",
                "/weekly/monday/1/from format",
                "/weekly/monday/1/to format",
                "/weekly/tuesday/0/from format",
                "/exceptions/0/date format",
                "/exceptions/1/hours/1 overlap",
                "/exceptions/2/date duplicate",
            ]
        );
    }
}
