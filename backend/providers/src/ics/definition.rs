//! A VTIMEZONE that nobody but its producer knows by name: its offset at a wall time, and when its clock changes (RFC
//! 5545 §3.6.5).

use domain::{
    recurrence::{Budget, Series},
    time::EventTime,
};
use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::Offset};

use super::{
    lines::Component,
    value,
    zones::{Zones, offset, offset_to},
};

/// When the clock of a zone changes, and to what.
#[derive(Debug, Clone)]
pub struct Definition(Vec<Observance>);

#[derive(Debug, Clone)]
struct Observance {
    /// Its first beginning, as the clock showed it.
    start: DateTime,
    /// All its beginnings, as if the wall clock were UTC; `None` where its lines are not understood.
    series: Option<Series>,
    before: Offset,
    after: Offset,
    /// Every year, for ever: month, which of its weekdays (5: the last), and that weekday counted from Sunday.
    yearly: Option<(i8, i8, i8)>,
}

/// Where zones are compared up to.
pub const LAST: Timestamp = Timestamp::constant(2_145_916_800, 0);

impl Definition {
    /// `None` when there is no offset in it.
    pub fn of(zone: &Component) -> Option<Self> {
        let observances: Vec<Observance> = zone.components().filter_map(Observance::of).collect();
        (!observances.is_empty()).then_some(Self(observances))
    }

    /// The offset of a wall time: of what began last before it. A time before everything has the earliest “from”; one in
    /// a gap is read by the offset before.
    pub fn offset(&self, local: DateTime) -> Offset {
        let begun = self.0.iter().filter_map(|one| Some((one.last_before(local)?, one)));
        let latest = begun.max_by_key(|(began, _)| *began);
        if let Some((began, one)) = latest {
            let gap = SignedDuration::from_secs(i64::from(one.after.seconds() - one.before.seconds()));
            let is_skipped = local.duration_since(began) < gap;
            return if is_skipped { one.before } else { one.after };
        }
        let first = self.0.iter().min_by_key(|one| one.start);
        first.map_or(Offset::UTC, |one| one.before)
    }

    /// When the clock changes between `from` and `to`, and its offset from then on. `None` where its lines are not
    /// understood.
    pub fn changes(&self, from: Timestamp, to: Timestamp) -> Option<Vec<(Timestamp, Offset)>> {
        let mut changes = Vec::new();
        // A change is written as the clock showed it, so look a day around what is wanted.
        let day = SignedDuration::from_hours(24);
        let (first, last) = (from.saturating_sub(day).ok()?, to.saturating_add(day).ok()?);
        for one in &self.0 {
            for occurrence in one.series.as_ref()?.occurrences(first, last, Budget::default()).ok()? {
                let at = one.before.to_timestamp(occurrence.start.local()).ok()?;
                if from <= at && at < to && one.before != one.after {
                    changes.push((at, one.after));
                }
            }
        }
        changes.sort_unstable_by_key(|(at, _)| *at);
        Some(changes)
    }

    /// From the first to the last change that it lists one by one; `None` when it goes on for ever or lists none.
    pub fn listed(&self) -> Option<(Timestamp, Timestamp)> {
        if self.0.iter().any(|one| one.yearly.is_some()) {
            return None;
        }
        let all = self.changes(Timestamp::UNIX_EPOCH, LAST)?;
        Some((all.first()?.0, all.last()?.0))
    }

    /// The same as POSIX says it (`STD5:00:00DST4:00:00,M3.2.0/2:00:00,M11.1.0/2:00:00`): two changes every year, for ever.
    pub fn posix(&self) -> Option<String> {
        let yearly: Vec<&Observance> = self.0.iter().filter(|one| one.yearly.is_some()).collect();
        let [one, other] = yearly.as_slice() else {
            return None;
        };
        let (summer, winter) = if one.after > one.before {
            (one, other)
        } else {
            (other, one)
        };
        let fits = summer.before == winter.after && summer.after == winter.before && summer.after > summer.before;
        // POSIX counts offsets west of Greenwich.
        let offset = |offset: Offset| signed(-offset.seconds());
        let rule = |one: &Observance| {
            let (month, nth, day) = one.yearly?;
            let time =
                i32::from(one.start.hour()) * 3600 + i32::from(one.start.minute()) * 60 + i32::from(one.start.second());
            Some(format!("M{month}.{nth}.{day}/{}", signed(time)))
        };
        fits.then_some(())?;
        Some(format!(
            "STD{}DST{},{},{}",
            offset(summer.before),
            offset(summer.after),
            rule(summer)?,
            rule(winter)?
        ))
    }

    /// What its clock shows.
    pub fn local(&self, at: Timestamp) -> DateTime {
        let guess = self.offset(Offset::UTC.to_datetime(at)).to_datetime(at);
        self.offset(guess).to_datetime(at)
    }
}

impl Observance {
    fn of(component: &Component) -> Option<Self> {
        let after = offset_to(component)?;
        let zones = Zones::default();
        let start = value::event_time(component.line("DTSTART")?, &zones, "UTC").ok()?;
        let local = start.local();
        // As if its clock were UTC: offsets are what is being looked for.
        let begin = EventTime::Zoned {
            date_time: local,
            time_zone: "UTC".into(),
        };
        let lines: Vec<String> = component
            .lines()
            .filter(|line| matches!(line.name.as_str(), "RRULE" | "RDATE"))
            .map(super::lines::Line::unfolded)
            .collect();
        Some(Self {
            series: Series::new(&begin, &begin, &lines, "UTC").ok(),
            start: local,
            before: offset(component, "TZOFFSETFROM").unwrap_or(after),
            after,
            yearly: component.line("RRULE").and_then(|line| yearly(&line.value)),
        })
    }

    /// When it began last, not after `local`.
    fn last_before(&self, local: DateTime) -> Option<DateTime> {
        let at = Offset::UTC.to_timestamp(local).ok()?;
        let Some(series) = &self.series else {
            return (self.start <= local).then_some(self.start);
        };
        let to = at.checked_add(SignedDuration::from_secs(1)).ok()?;
        // A year and some is enough for rules; what began long ago and stopped is found by looking at all of it.
        for years in [2, 200] {
            let from = at
                .checked_sub(SignedDuration::from_hours(24 * 366 * years))
                .unwrap_or(Timestamp::MIN);
            let found = series.occurrences(from, to, Budget::default()).ok()?;
            if let Some(last) = found.last() {
                return Some(last.start.local());
            }
        }
        (self.start <= local).then_some(self.start)
    }
}

/// `FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU` and nothing else that matters.
fn yearly(rule: &str) -> Option<(i8, i8, i8)> {
    let (mut month, mut day) = (None, None);
    for part in rule
        .trim()
        .to_ascii_uppercase()
        .split(';')
        .filter(|part| !part.is_empty())
    {
        match part.split_once('=')? {
            ("FREQ", "YEARLY") | ("INTERVAL", "1") | ("WKST", _) => {}
            ("BYMONTH", one) => month = Some(one.parse().ok().filter(|month| (1..=12).contains(month))?),
            ("BYDAY", one) => {
                let (nth, weekday) = one.split_at_checked(one.len().checked_sub(2)?)?;
                let weekday = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"]
                    .iter()
                    .position(|d| *d == weekday)?;
                let nth = match nth.trim_start_matches('+').parse().ok()? {
                    -1 => 5,
                    nth @ 1..=4 => nth,
                    _ => return None,
                };
                day = Some((nth, i8::try_from(weekday).ok()?));
            }
            _ => return None,
        }
    }
    let (nth, weekday) = day?;
    Some((month?, nth, weekday))
}

/// `-5:30:00`
fn signed(seconds: i32) -> String {
    let sign = if seconds < 0 { "-" } else { "" };
    let all = seconds.abs();
    format!("{sign}{}:{:02}:{:02}", all / 3600, all / 60 % 60, all % 60)
}
