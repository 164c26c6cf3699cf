//! Which events of an object count: the series itself, what stands in the place of single occurrences, and of two
//! versions of one thing the newer.

use std::collections::BTreeSet;

use domain::time::EventTime;
use jiff::Timestamp;

use super::{
    lines::{Component, Item},
    value,
    zones::Zones,
};

/// An event that stands in the place of an occurrence.
#[derive(Debug)]
pub struct Override {
    /// Where it is among the object's items.
    pub at: usize,
    /// Where its series has the occurrence.
    pub original: EventTime,
    /// The same as an instant.
    pub instant: Timestamp,
    /// It stands for all later occurrences as well (RANGE=THISANDFUTURE, RFC 5545 §3.2.13).
    pub is_range: bool,
}

/// The events of an object that count, by their place among its items.
#[derive(Debug)]
pub struct Parts {
    /// The series or the single event; somebody invited to single occurrences has none.
    pub master: Option<usize>,
    /// In the order of the text.
    pub overrides: Vec<Override>,
    /// Older versions of single occurrences.
    outdated: Vec<(Timestamp, usize)>,
}

impl Parts {
    /// Looks through an object.
    ///
    /// # Errors
    /// For people: which time of which event is not understood.
    pub fn of(calendar: &Component, zones: &Zones, calendar_zone: &str) -> Result<Self, String> {
        let master = master(calendar);
        let start = match master.and_then(|at| part(calendar, at)?.line("DTSTART")) {
            Some(line) => Some(value::event_time(line, zones, calendar_zone)?),
            None => None,
        };
        let mut all = Vec::new();
        for (at, event) in events(calendar) {
            let Some(line) = event.line("RECURRENCE-ID") else {
                continue;
            };
            let original = like(value::event_time(line, zones, calendar_zone)?, start.as_ref());
            let instant = original.instant(calendar_zone).map_err(|e| e.to_string())?;
            let is_range = line
                .param("RANGE")
                .is_some_and(|r| r.eq_ignore_ascii_case("THISANDFUTURE"));
            all.push((
                event,
                Override {
                    at,
                    original,
                    instant,
                    is_range,
                },
            ));
        }
        let names: BTreeSet<(Timestamp, bool)> = all.iter().map(|(_, o)| (o.instant, o.is_range)).collect();
        let kept: BTreeSet<usize> = names
            .into_iter()
            .filter_map(|name| {
                let same = all.iter().filter(|(_, o)| (o.instant, o.is_range) == name);
                newest(same.map(|(event, o)| (o.at, *event)))
            })
            .collect();
        let (overrides, old): (Vec<_>, Vec<_>) = all.into_iter().map(|(_, o)| o).partition(|o| kept.contains(&o.at));
        Ok(Self {
            master,
            overrides,
            outdated: old.iter().filter(|o| !o.is_range).map(|o| (o.instant, o.at)).collect(),
        })
    }

    /// The event of a single occurrence.
    pub fn single(&self, instant: Timestamp) -> Option<usize> {
        let mut singles = self.overrides.iter().filter(|o| !o.is_range);
        singles.find(|o| o.instant == instant).map(|o| o.at)
    }

    /// The same with the older versions of it.
    pub fn singles(&self, instant: Timestamp) -> Vec<usize> {
        let old = self.outdated.iter().filter(|(other, _)| *other == instant);
        old.map(|(_, at)| *at).chain(self.single(instant)).collect()
    }

    /// The event that says what an occurrence is like, if it has none of its own.
    pub fn range(&self, instant: Timestamp) -> Option<&Override> {
        let before = self.overrides.iter().filter(|o| o.is_range && o.instant <= instant);
        before.max_by_key(|o| o.instant)
    }
}

/// The series or the single event.
pub fn master(calendar: &Component) -> Option<usize> {
    newest(events(calendar).filter(|(_, part)| part.line("RECURRENCE-ID").is_none()))
}

/// The events of an object.
pub fn events(calendar: &Component) -> impl Iterator<Item = (usize, &Component)> {
    calendar.items.iter().enumerate().filter_map(|(at, item)| match item {
        Item::Component(part) if part.name == "VEVENT" => Some((at, part)),
        _ => None,
    })
}

/// The component at a place.
pub fn part(calendar: &Component, at: usize) -> Option<&Component> {
    match calendar.items.get(at) {
        Some(Item::Component(part)) => Some(part),
        _ => None,
    }
}

/// The component at a place, to be changed.
pub fn part_mut(calendar: &mut Component, at: usize) -> Option<&mut Component> {
    match calendar.items.get_mut(at) {
        Some(Item::Component(part)) => Some(part),
        _ => None,
    }
}

/// Files put together from several exports hold old versions beside new ones: the higher SEQUENCE counts, then the
/// later change (RFC 5546 §2.1.5), then what stands last.
fn newest<'a>(versions: impl Iterator<Item = (usize, &'a Component)>) -> Option<usize> {
    let age = |event: &Component| {
        let number = |name: &str| event.line(name).and_then(|line| line.value.trim().parse::<u64>().ok());
        let stamp = |name: &str| value::instant(event.line(name));
        (
            number("SEQUENCE").unwrap_or(0),
            stamp("LAST-MODIFIED").or_else(|| stamp("DTSTAMP")),
        )
    };
    versions.max_by_key(|(at, event)| (age(event), *at)).map(|(at, _)| at)
}

/// The start of an occurrence, in the kind of its series: some programs name an occurrence of whole days by a midnight,
/// or one at a time by its day.
fn like(original: EventTime, start: Option<&EventTime>) -> EventTime {
    match (&original, start) {
        (EventTime::Zoned { date_time, .. }, Some(EventTime::Date { .. })) => {
            EventTime::Date { date: date_time.date() }
        }
        (EventTime::Date { date }, Some(start @ EventTime::Zoned { date_time, .. })) => {
            start.with_local(date.to_datetime(date_time.time()))
        }
        _ => original,
    }
}
