//! A VTIMEZONE that nobody but its producer knows by name: its offset at a wall time (RFC 5545 §3.6.5).

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
}

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
