//! When calendars are busy in a range, for those who ask; see [`super::busy`] for what is kept ahead.

use std::{collections::HashMap, sync::Arc};

use db::{
    Conn,
    busy::{self, Busy, Horizon},
    calendars::Calendar,
};
use domain::{
    availability::{Kind, Rules},
    busy::merge,
    id::TenantId,
    time::Interval,
};
use jiff::Timestamp;

use super::{
    busy::{BACK, facts, overflowing, zone},
    kept::{Shelf, Since, days},
};

/// Intervals kept, some 50 bytes each.
const MOST: usize = 400_000;
/// What a calendar weighs, in intervals: its name, and how far it reaches.
const WIDE: usize = 6;

/// Why it is not known when a calendar is busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// Its busy times are still being worked out.
    NotYet,
    /// The range begins before, or ends after, what is worked out.
    OutOfReach,
    /// A series has too many occurrences in the range.
    TooMuch,
}

/// Whose, and on which days.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Question {
    tenant: String,
    calendars: Vec<String>,
    days: Interval,
}

/// When calendars are busy.
#[derive(Default)]
struct Times {
    /// Merged intervals of each of them; `None`: a series has too many occurrences.
    by_calendar: HashMap<String, Option<Vec<Interval>>>,
    horizons: HashMap<String, Horizon>,
    /// Whether a series was worked out for this range alone.
    has_endless: bool,
}

/// What is kept by this process.
pub struct Kept(Shelf<Question, Times>);

impl Default for Kept {
    fn default() -> Self {
        Self(Shelf::new(MOST))
    }
}

impl Kept {
    /// When these calendars are busy in a range, by calendar.
    ///
    /// # Errors
    /// Those of the database.
    pub fn between(
        &self,
        conn: &mut Conn,
        tenant: &TenantId,
        calendars: &[Calendar],
        range: Interval,
        now: Timestamp,
    ) -> db::Result<HashMap<String, Result<Vec<Interval>, Unknown>>> {
        let question = Question {
            tenant: tenant.as_str().to_owned(),
            calendars: calendars.iter().map(|one| one.id.clone()).collect(),
            days: days(range),
        };
        let concerns = |kept: &Times, since: &Since<'_>| kept.by_calendar.keys().any(|id| since.calendar(id));
        let (seq, found) = self.0.find(conn, tenant, &question, now, concerns)?;
        let horizons: HashMap<String, Horizon> = busy::horizons(conn, tenant, &question.calendars)?
            .into_iter()
            .map(|one| (one.calendar_id.clone(), one))
            .collect();
        let times = match found.filter(|kept| kept.horizons == horizons) {
            Some(kept) => kept,
            None => {
                // What is kept is true from `seq` on: the caller may have read the rules before.
                let rows = db::calendars::some(conn, tenant, &question.calendars)?;
                let times = Arc::new(times(conn, tenant, &rows, question.days, horizons.clone())?);
                if times.has_endless {
                    // How much is too much depends on the range: whoever asks for less may be answered.
                    Arc::new(self::times(conn, tenant, &rows, range, horizons)?)
                } else {
                    let intervals = times.by_calendar.values().flatten().map(Vec::len);
                    let weight = 1 + WIDE * calendars.len() + intervals.sum::<usize>();
                    self.0.put(question, (seq, now), weight, Arc::clone(&times));
                    times
                }
            }
        };
        let answers = calendars
            .iter()
            .map(|calendar| (calendar.id.clone(), times.of(calendar, range, now)));
        Ok(answers.collect())
    }
}

impl Times {
    /// Those of one calendar, in a part of the days.
    fn of(&self, calendar: &Calendar, range: Interval, now: Timestamp) -> Result<Vec<Interval>, Unknown> {
        let worked_out = self
            .horizons
            .get(&calendar.id)
            .filter(|one| one.zone == zone(calendar) && one.reached.timestamp() > Timestamp::UNIX_EPOCH);
        let reached = worked_out.ok_or(Unknown::NotYet)?.reached.timestamp();
        let earliest = now.checked_sub(BACK).unwrap_or(Timestamp::MIN);
        if range.start() < earliest || range.end() > reached {
            return Err(Unknown::OutOfReach);
        }
        match self.by_calendar.get(&calendar.id) {
            Some(Some(intervals)) => Ok(intervals.iter().filter_map(|one| one.intersection(range)).collect()),
            Some(None) => Err(Unknown::TooMuch),
            // It was taken away since it was asked for.
            None => Err(Unknown::NotYet),
        }
    }
}

/// When these calendars are busy, by their rules.
fn times(
    conn: &mut Conn,
    tenant: &TenantId,
    calendars: &[Calendar],
    range: Interval,
    horizons: HashMap<String, Horizon>,
) -> db::Result<Times> {
    let ids: Vec<String> = calendars.iter().map(|calendar| calendar.id.clone()).collect();
    let rules: HashMap<&str, Rules> = calendars
        .iter()
        .map(|one| (one.id.as_str(), super::calendars::rules(one)))
        .collect();
    let mut found: HashMap<String, Option<Vec<Interval>>> =
        ids.iter().map(|id| (id.clone(), Some(Vec::new()))).collect();
    let mut add = |row: Busy| {
        if let Some(Some(intervals)) = found.get_mut(&row.calendar_id)
            && takes_time(&row, &rules)
        {
            // Without length it takes no time.
            intervals.extend(Interval::new(row.starts_at.timestamp(), row.ends_at.timestamp()));
        }
    };
    for row in busy::between(conn, tenant, &ids, range.start().into(), range.end().into())? {
        add(row);
    }
    let endless = overflowing(conn, tenant, &ids, range, &horizons)?;
    let (has_endless, mut too_many) = (!endless.is_empty(), Vec::new());
    for (calendar, rows) in endless {
        match rows {
            Some(rows) => rows.into_iter().for_each(&mut add),
            None => too_many.push(calendar),
        }
    }
    for calendar in too_many {
        found.insert(calendar, None);
    }
    for intervals in found.values_mut().flatten() {
        *intervals = merge(std::mem::take(intervals));
    }
    Ok(Times {
        by_calendar: found,
        horizons,
        has_endless,
    })
}

/// Whether an occurrence takes time, by the rules of its calendar.
fn takes_time(row: &Busy, rules: &HashMap<&str, Rules>) -> bool {
    takes_time_by(row, rules.get(row.calendar_id.as_str()).copied().unwrap_or_default())
}

/// Whether an occurrence takes time, by these rules.
pub fn takes_time_by(row: &Busy, rules: Rules) -> bool {
    // A word we do not know is an event like any other.
    let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == row.kind);
    rules.leaves(kind.unwrap_or_default(), facts(row)).is_none()
}
