//! When calendars are busy: kept beside the mirror, in the transaction that changes it, and moved ahead day by day.
//!
//! Every calendar has a goal, up to which occurrences are written, and a point it has reached, up to which all of them are
//! there. Whoever changes the mirror writes up to the goal; the job `horizon` sets a new goal, fills in what lies between
//! in small transactions, and says last that it is reached. A crash repeats, it does not leave out.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use db::{
    Conn,
    busy::{self, Busy, Horizon, Overflow, Source},
    calendars::Calendar,
    types::Instant,
};
use domain::{
    availability::Kind,
    busy::Facts,
    event::{EventContent, EventStatus, Response, Transparency},
    id::TenantId,
    recurrence::{Budget, RecurrenceError},
    time::Interval,
};
use jiff::{SignedDuration, Timestamp};

/// How long what is over stays.
pub const BACK: SignedDuration = SignedDuration::from_hours(31 * 24);

/// Occurrences of one series that are worked out ahead.
const BUDGET: Budget = Budget {
    steps: 200_000,
    occurrences: 5_000,
};

/// Where whole days begin in a calendar without a zone.
const NO_ZONE: &str = "UTC";

/// The goal for a horizon of so many days, as the database can hold it.
pub fn goal(now: Timestamp, days: u16) -> Timestamp {
    let ahead = now.checked_add(SignedDuration::from_hours(i64::from(days) * 24));
    Instant::from(ahead.unwrap_or(Timestamp::MAX)).timestamp()
}

/// Begins to keep busy times of a calendar that was never read completely.
///
/// # Errors
/// Those of the database.
pub fn begin(conn: &mut Conn, calendar: &Calendar, goal: Timestamp, now: Timestamp) -> db::Result<()> {
    let tenant = TenantId::from_store(calendar.tenant_id.clone());
    if calendar.as_of.is_some() || busy::horizon(conn, &tenant, &calendar.id)?.is_some() {
        return Ok(());
    }
    // All that comes from now on is written up to the goal; before it there is what we wrote ourselves.
    busy::put_horizon(conn, &aimed(calendar, goal, goal))?;
    let mut after = String::new();
    while let Some(last) = advance(conn, calendar, goal, None, &after, now)? {
        after = last;
    }
    Ok(())
}

fn aimed(calendar: &Calendar, goal: Timestamp, reached: Timestamp) -> Horizon {
    Horizon {
        calendar_id: calendar.id.clone(),
        tenant_id: calendar.tenant_id.clone(),
        zone: zone(calendar).to_owned(),
        goal: goal.into(),
        reached: reached.into(),
    }
}

/// Where whole days begin in a calendar.
pub fn zone(calendar: &Calendar) -> &str {
    calendar.time_zone.as_deref().unwrap_or(NO_ZONE)
}

/// Works the busy times of these rows out again: single events, series or overrides of the calendar that have changed.
/// Those of removed rows are gone with them.
///
/// # Errors
/// Those of the database.
pub fn refresh(conn: &mut Conn, tenant: &TenantId, calendar: &str, ids: &[&str], now: Timestamp) -> db::Result<()> {
    match busy::horizon(conn, tenant, calendar)? {
        Some(horizon) => write(conn, tenant, &horizon, ids, None, now),
        // The job works everything out.
        None => Ok(()),
    }
}

/// The rows of these events are about to leave the calendar: their busy times leave it now.
///
/// # Errors
/// Those of the database.
pub fn forget(conn: &mut Conn, tenant: &TenantId, ids: &[&str]) -> db::Result<()> {
    busy::clear(conn, tenant, ids)
}

/// `only_from`: adds what starts there or later, else all is written again.
fn write(
    conn: &mut Conn,
    tenant: &TenantId,
    horizon: &Horizon,
    ids: &[&str],
    only_from: Option<Timestamp>,
    now: Timestamp,
) -> db::Result<()> {
    let calendar = horizon.calendar_id.as_str();
    let mut rows: BTreeMap<String, Source> = named(busy::sources(conn, tenant, calendar, ids)?);
    // An override stands for its series.
    let missing: BTreeSet<String> = rows
        .values()
        .filter_map(|row| row.series_id.clone())
        .filter(|series| !rows.contains_key(series))
        .collect();
    let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
    rows.extend(named(busy::sources(conn, tenant, calendar, &missing)?));
    let own: Vec<&Source> = rows.values().filter(|row| row.series_id.is_none()).collect();
    let series: Vec<&str> = own
        .iter()
        .filter(|row| row.series_remote_id.is_none())
        .map(|row| row.id.as_str())
        .collect();
    let overrides = busy::overrides(conn, tenant, &series)?;
    if only_from.is_none() {
        let mut all: Vec<&str> = rows.keys().map(String::as_str).collect();
        // One that stood alone before its series came.
        all.extend(overrides.iter().map(|row| row.id.as_str()));
        busy::clear(conn, tenant, &all)?;
    }
    let mut of_series: HashMap<&str, Vec<&Source>> = HashMap::new();
    for row in &overrides {
        if let Some(series) = &row.series_id {
            of_series.entry(series).or_default().push(row);
        }
    }
    let from = only_from.unwrap_or_else(|| now.checked_sub(BACK).unwrap_or(Timestamp::MIN));
    let window = Window {
        zone: &horizon.zone,
        from,
        to: horizon.goal.timestamp(),
        budget: BUDGET,
    };
    let (mut found, mut overflows) = (Vec::new(), Vec::new());
    for row in own {
        let changed = of_series.get(row.id.as_str()).map_or(&[][..], Vec::as_slice);
        let worked_out = window.occurrences(row, changed)?;
        found.extend(
            worked_out
                .occurrences
                .into_iter()
                .filter(|one| only_from.is_none_or(|from| one.start >= from))
                .map(|one| one.row(&row.id, tenant, calendar)),
        );
        if let Some(error) = worked_out.too_much {
            overflows.push(Overflow {
                event_id: row.id.clone(),
                tenant_id: tenant.as_str().to_owned(),
                calendar_id: calendar.to_owned(),
                reason: error.to_string(),
                at: now.into(),
            });
        }
    }
    busy::insert(conn, &found)?;
    busy::mark(conn, &overflows)
}

fn named(rows: Vec<Source>) -> BTreeMap<String, Source> {
    rows.into_iter().map(|row| (row.id.clone(), row)).collect()
}

/// Where to look for occurrences.
struct Window<'a> {
    zone: &'a str,
    from: Timestamp,
    to: Timestamp,
    budget: Budget,
}

/// An occurrence.
struct Occurrence {
    key: String,
    start: Timestamp,
    end: Timestamp,
    kind: Kind,
    facts: Facts,
}

impl Occurrence {
    /// As it is stored.
    fn row(self, event: &str, tenant: &TenantId, calendar: &str) -> Busy {
        let (start, end) = (Instant::from(self.start), Instant::from(self.end));
        Busy {
            event_id: event.to_owned(),
            key: self.key,
            tenant_id: tenant.as_str().to_owned(),
            calendar_id: calendar.to_owned(),
            starts_at: start,
            ends_at: end,
            is_long: end.micros().saturating_sub(start.micros()) >= busy::LONG,
            all_day: self.facts.all_day,
            kind: self.kind.as_str().to_owned(),
            transparency: self.facts.transparency.as_str().to_owned(),
            status: self.facts.status.as_str().to_owned(),
            response: self.facts.response.map(|response| response.as_str().to_owned()),
        }
    }
}

/// The occurrences of an event.
struct WorkedOut {
    occurrences: Vec<Occurrence>,
    /// Why those of the series itself are not among them.
    too_much: Option<RecurrenceError>,
}

impl Window<'_> {
    /// The occurrences of a single event, or of a series with its overrides in their places.
    fn occurrences(&self, row: &Source, overrides: &[&Source]) -> db::Result<WorkedOut> {
        let mut occurrences = Vec::new();
        let mut too_much = None;
        let content = read(row)?;
        if row.is_recurring {
            let changed: HashSet<&str> = overrides.iter().filter_map(|one| one.original_key.as_deref()).collect();
            let facts = Facts::of(&content);
            match content
                .series(self.zone)
                .and_then(|series| series.occurrences(self.from, self.to, self.budget))
            {
                Ok(found) => occurrences.extend(
                    found
                        .into_iter()
                        .filter(|one| !changed.contains(one.key.as_str()))
                        .map(|one| Occurrence {
                            key: one.key,
                            start: one.start_at,
                            end: one.end_at,
                            kind: content.kind,
                            facts,
                        }),
                ),
                Err(error) => too_much = Some(error),
            }
        } else if row.series_remote_id.is_none() || content.status != EventStatus::Cancelled {
            occurrences.extend(self.single(String::new(), &content));
        }
        for one in overrides {
            let content = read(one)?;
            // One that was taken out is nowhere.
            if content.status != EventStatus::Cancelled {
                occurrences.extend(self.single(one.original_key.clone().unwrap_or_default(), &content));
            }
        }
        Ok(WorkedOut { occurrences, too_much })
    }

    fn single(&self, key: String, content: &EventContent) -> Option<Occurrence> {
        // What cannot be placed in time was set aside when it was pulled.
        let start = content.start.instant(self.zone).ok()?;
        let end = content.end.instant(self.zone).ok()?.max(start);
        let overlaps = start < self.to && (end > self.from || start >= self.from);
        overlaps.then(|| Occurrence {
            key,
            start,
            end,
            kind: content.kind,
            facts: Facts::of(content),
        })
    }
}

fn read(row: &Source) -> db::Result<EventContent> {
    serde_json::from_str(&row.content).map_err(|e| db::Error::Other(format!("content of {}: {e}", row.id)))
}

/// Sets a new goal for a calendar and says from where on it must be filled in; `None`: everything is written again, because
/// it never was or whole days begin elsewhere now.
///
/// # Errors
/// Those of the database.
pub fn aim(conn: &mut Conn, calendar: &Calendar, goal: Timestamp) -> db::Result<(Timestamp, Option<Timestamp>)> {
    let tenant = TenantId::from_store(calendar.tenant_id.clone());
    let before = busy::horizon(conn, &tenant, &calendar.id)?.filter(|one| one.zone == zone(calendar));
    let reached = before.as_ref().map(|one| one.reached.timestamp());
    // A goal once set stays: others write up to it.
    let goal = before.map_or(goal, |one| goal.max(one.goal.timestamp()));
    // Nothing is reached until everything is there.
    let stands = reached.unwrap_or(Timestamp::UNIX_EPOCH);
    busy::put_horizon(conn, &aimed(calendar, goal, stands))?;
    Ok((goal, reached.filter(|at| *at > Timestamp::UNIX_EPOCH)))
}

/// Fills in some events after `after`, the provider's name of one. Gives that of the last of them; `None`: there are no more, and the goal is reached.
///
/// # Errors
/// Those of the database.
pub fn advance(
    conn: &mut Conn,
    calendar: &Calendar,
    goal: Timestamp,
    only_from: Option<Timestamp>,
    after: &str,
    now: Timestamp,
) -> db::Result<Option<String>> {
    const BATCH: i64 = 100;
    let tenant = TenantId::from_store(calendar.tenant_id.clone());
    let Some(horizon) = busy::horizon(conn, &tenant, &calendar.id)? else {
        return Ok(None);
    };
    let going_on = only_from.unwrap_or_else(|| now.checked_sub(BACK).unwrap_or(Timestamp::MIN));
    let ids = busy::going_on(conn, &calendar.id, going_on.into(), after, BATCH)?;
    let Some((_, last)) = ids.last().cloned() else {
        // Unless the calendar moved to another zone meanwhile: then everything is done again.
        if horizon.zone == zone(calendar) && horizon.goal.timestamp() == goal {
            busy::put_horizon(conn, &aimed(calendar, goal, goal))?;
        }
        return Ok(None);
    };
    let ids: Vec<&str> = ids.iter().map(|(id, _)| id.as_str()).collect();
    write(conn, &tenant, &horizon, &ids, only_from, now)?;
    Ok(Some(last))
}

/// The occurrences in a range of each series that has too many to be kept, with its calendar; `None`: too many to be worked
/// out even for this range.
///
/// # Errors
/// Those of the database.
pub fn overflowing(
    conn: &mut Conn,
    tenant: &TenantId,
    calendars: &[String],
    range: Interval,
    horizons: &HashMap<String, Horizon>,
) -> db::Result<Vec<(String, Option<Vec<Busy>>)>> {
    let mut found = Vec::new();
    for overflow in busy::overflows(conn, tenant, calendars)? {
        let Some(horizon) = horizons.get(&overflow.calendar_id) else {
            continue;
        };
        let window = Window {
            zone: &horizon.zone,
            from: range.start(),
            to: range.end(),
            budget: Budget::default(),
        };
        let id = [overflow.event_id.as_str()];
        let overrides = busy::overrides(conn, tenant, &id)?;
        let overrides: Vec<&Source> = overrides.iter().collect();
        for row in busy::sources(conn, tenant, &overflow.calendar_id, &id)? {
            let worked_out = window.occurrences(&row, &overrides)?;
            let known = worked_out.too_much.is_none();
            let rows = worked_out.occurrences.into_iter();
            let rows = rows
                .map(|one| one.row(&row.id, tenant, &overflow.calendar_id))
                .collect();
            found.push((overflow.calendar_id.clone(), known.then_some(rows)));
        }
    }
    Ok(found)
}

/// What is stored of an occurrence. A word we do not know makes nobody free.
pub fn facts(row: &Busy) -> Facts {
    Facts {
        transparency: Transparency::parse(&row.transparency).unwrap_or(Transparency::Busy),
        status: EventStatus::parse(&row.status).unwrap_or(EventStatus::Confirmed),
        response: row
            .response
            .as_deref()
            .map(|word| Response::parse(word).unwrap_or(Response::NeedsAction)),
        all_day: row.all_day,
    }
}
