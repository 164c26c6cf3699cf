//! What meets in time: the lines of a plan with each other, and with what is in their calendars already.
//!
//! A line's times are kept while it is planned, some bytes each; what is there is asked for at the end, a stretch of a
//! calendar after the other. So an event that the plan itself moves away is in nobody's way, whatever the order of lines.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Change, Item};
use crate::{
    event::{EventContent, Field},
    id::EventRef,
    recurrence::Budget,
};

/// Work and dates of one series. What has more is looked at by its first date.
const OF_SERIES: Budget = Budget {
    steps: 5_000,
    occurrences: 500,
};

/// Dates of all series together; those of later ones are their first.
const OF_ALL: usize = 500_000;

/// What is told about one line at most.
const TOLD: usize = 2;

/// Lines that are looked at together, …
const TOGETHER: usize = 1_000;

/// … unless they are further apart.
const APART: SignedDuration = SignedDuration::from_hours(31 * 24);

/// A time that a line takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Slot {
    start: Timestamp,
    end: Timestamp,
    seq: u32,
}

/// A time that something takes that is in the calendar already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// First moment.
    pub start: Timestamp,
    /// First moment after.
    pub end: Timestamp,
    /// The event or occurrence, as the API names it.
    pub event: String,
}

/// Something at the time of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clash {
    /// What it is.
    pub with: With,
    /// When it begins.
    pub start: Timestamp,
    /// First moment after.
    pub end: Timestamp,
}

/// What is at the time of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum With {
    /// Another line, by its place in the plan.
    Line(i64),
    /// An event that is there.
    Event(String),
}

/// When the lines of a plan take time, by calendar.
#[derive(Debug, Default)]
pub struct Timetable {
    calendars: BTreeMap<String, Vec<Slot>>,
    /// Events that will not be where they are.
    left: HashSet<String>,
    dates: usize,
}

impl Timetable {
    /// Keeps the times of a line that is new there, with its place in the plan. `zone`: where whole days begin in its
    /// calendar; `window`: how far series are looked at; `takes_time`: by the rules of its calendar.
    pub fn add(
        &mut self,
        seq: i64,
        item: &Item,
        zone: &str,
        window: (Timestamp, Timestamp),
        takes_time: impl Fn(&EventContent) -> bool,
    ) {
        let after = match &item.change {
            Change::Create { after, .. } => after,
            Change::Delete { before } => {
                self.left.insert(before.id.clone());
                return;
            }
            Change::Update { before, after } => {
                let times = [Field::Time, Field::Recurrence, Field::Transparency, Field::Status];
                let changed = before.content.changed(after);
                if times.iter().all(|field| !changed.contains(field)) {
                    return;
                }
                self.left.insert(before.id.clone());
                after
            }
            Change::Move { before, after, .. } => {
                self.left.insert(before.id.clone());
                after
            }
        };
        let Ok(seq) = u32::try_from(seq) else { return };
        let mut slots = Vec::new();
        let mut unlike = HashSet::new();
        for one in &item.overrides {
            unlike.extend(one.original.occurrence_key().ok());
            slots.extend(
                one.content
                    .as_ref()
                    .filter(|said| takes_time(said))
                    .and_then(|said| slot(said, zone, seq)),
            );
        }
        if takes_time(after) {
            match self.dates_of(after, zone, window) {
                Some(dates) => {
                    slots.extend(
                        dates
                            .into_iter()
                            .filter(|one| !unlike.contains(&one.key))
                            .map(|one| Slot {
                                start: one.start_at,
                                end: one.end_at,
                                seq,
                            }),
                    )
                }
                None => slots.extend(slot(after, zone, seq)),
            }
        }
        let here = self.calendars.entry(item.calendar.clone()).or_default();
        // What has no length takes no time.
        here.extend(slots.into_iter().filter(|one| one.start < one.end));
    }

    /// The dates of a series, as far as there is room for them.
    fn dates_of(
        &mut self,
        content: &EventContent,
        zone: &str,
        (from, to): (Timestamp, Timestamp),
    ) -> Option<Vec<crate::recurrence::Occurrence>> {
        if !content.is_recurring() || self.dates >= OF_ALL {
            return None;
        }
        let dates = content.series(zone).ok()?.occurrences(from, to, OF_SERIES).ok()?;
        self.dates += dates.len();
        Some(dates)
    }

    /// Looks at one calendar after the other. `ask`: what takes time in a calendar in a stretch of time, in any order.
    /// `tell`: what is at the times of lines, by their place in the plan. Gives how many lines have something at their time.
    ///
    /// # Errors
    /// Those of `ask` and `tell`.
    pub fn clashes<E>(
        self,
        mut ask: impl FnMut(&str, Timestamp, Timestamp) -> Result<Vec<Taken>, E>,
        mut tell: impl FnMut(BTreeMap<i64, Vec<Clash>>) -> Result<(), E>,
    ) -> Result<u64, E> {
        let mut count = 0;
        for (calendar, mut slots) in self.calendars {
            slots.sort_unstable();
            let mut found = Found::new();
            let mut rest = slots.as_slice();
            while let Some(first) = rest.first() {
                let far = first.start.saturating_add(APART).unwrap_or(Timestamp::MAX);
                let many = rest.iter().take(TOGETHER).take_while(|one| one.start <= far).count();
                let (these, others) = rest.split_at(many);
                rest = others;
                let end = these.iter().map(|one| one.end).max().unwrap_or(first.end);
                let mut taken = ask(&calendar, first.start, end)?;
                taken.retain(|one| !leaves(&self.left, &one.event) && one.start < one.end);
                taken.sort_unstable_by(|a, b| (a.start, &a.event).cmp(&(b.start, &b.event)));
                beside(these, &taken, &mut found);
            }
            among(&slots, &mut found);
            count += found.len() as u64;
            tell(found)?;
        }
        Ok(count)
    }
}

/// Whether an event is among those that will not be where they are: itself, or the series that it is a date of.
fn leaves(left: &HashSet<String>, event: &str) -> bool {
    left.contains(event) || EventRef::parse(event).is_some_and(|name| left.contains(&name.series))
}

fn slot(content: &EventContent, zone: &str, seq: u32) -> Option<Slot> {
    let start = content.start.instant(zone).ok()?;
    let end = content.end.instant(zone).ok()?;
    Some(Slot { start, end, seq })
}

type Found = BTreeMap<i64, Vec<Clash>>;

fn note(found: &mut Found, slot: Slot, clash: Clash) {
    let told = found.entry(i64::from(slot.seq)).or_default();
    if told.len() < TOLD && told.iter().all(|one| one.with != clash.with) {
        told.push(clash);
    }
}

fn of_line(slot: Slot) -> Clash {
    Clash {
        with: With::Line(slot.seq.into()),
        start: slot.start,
        end: slot.end,
    }
}

/// Lines that meet each other. In the order of their starts one meets an earlier one if and only if it meets that which ends
/// last, so one look at each is enough.
fn among(slots: &[Slot], found: &mut Found) {
    // Those that end last, of two lines: a series does not meet itself.
    let (mut last, mut other): (Option<Slot>, Option<Slot>) = (None, None);
    for slot in slots {
        let met = [last, other]
            .into_iter()
            .flatten()
            .find(|one| one.seq != slot.seq && one.end > slot.start);
        if let Some(met) = met {
            note(found, *slot, of_line(met));
            note(found, met, of_line(*slot));
        }
        match last {
            Some(before) if before.end >= slot.end => {
                if before.seq != slot.seq && other.is_none_or(|one| one.end < slot.end) {
                    other = Some(*slot);
                }
            }
            before => {
                if before.is_some_and(|one| one.seq != slot.seq) {
                    other = before;
                }
                last = Some(*slot);
            }
        }
    }
    // Whoever ended last for somebody may have hidden that another one meets its successor.
    for pair in slots.windows(2) {
        if let [one, next] = pair
            && one.seq != next.seq
            && next.start < one.end
        {
            note(found, *one, of_line(*next));
            note(found, *next, of_line(*one));
        }
    }
}

/// Lines that meet what is there; both in the order of their starts.
fn beside(slots: &[Slot], taken: &[Taken], found: &mut Found) {
    let mut behind = taken.iter().peekable();
    let mut last: Option<&Taken> = None;
    for slot in slots {
        while let Some(one) = behind.next_if(|one| one.start <= slot.start) {
            if last.is_none_or(|last| last.end < one.end) {
                last = Some(one);
            }
        }
        let over = last.filter(|one| one.end > slot.start);
        let soon = behind.peek().copied().filter(|one| one.start < slot.end);
        for one in [over, soon].into_iter().flatten() {
            let clash = Clash {
                with: With::Event(one.event.clone()),
                start: one.start,
                end: one.end,
            };
            note(found, *slot, clash);
        }
    }
}
