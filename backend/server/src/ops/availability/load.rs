//! Rows, made into what the engine asks for.

use std::{collections::HashMap, num::NonZeroU32};

use db::{Conn, busy::Horizon, world};
use domain::{
    availability::{self, Assignment, ClosureSpan, Kind, reach},
    catalogue::{Policy, Variant},
    id::TenantId,
    time::{self, Interval},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{Ask, Cast, Closed, Error, Event, Loaded, Person, interval, together, wider};
use crate::ops::{booking_policies, busy, mirror};

/// Whose turn it is, is judged by so much time before and after.
const LATELY: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Closures of whole days were placed by the clock that the client had then.
const MARGIN: SignedDuration = SignedDuration::from_hours(48);

/// What is to be booked and who could do it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`].
pub fn cast(conn: &mut Conn, tenant: &TenantId, ask: &Ask) -> Result<Cast, Error> {
    let (service, zone) = match world::service(conn, tenant, &ask.service) {
        Err(db::Error::NotFound) => return Err(Error::NotFound("service")),
        other => other?,
    };
    if service.archived_at.is_some() && ask.moving.is_none() {
        return Err(Error::NotFound("service"));
    }
    let variant = match &ask.variant {
        None => None,
        Some(id) => {
            let found = service.variants.iter().find(|one| one.id == *id).cloned();
            let missing = || Error::invalid("/variant", "unknown", "The service has no such variant.");
            Some(found.ok_or_else(missing)?)
        }
    };
    let mut people = world::staff_of(conn, tenant, &service.id)?;
    if !ask.people.is_empty() {
        people.retain(|one| ask.people.contains(&one.id));
        if people.len() < ask.people.len() {
            let detail = "Somebody named here does not do this service.";
            return Err(Error::invalid("/staff_ids", "not_of_service", detail));
        }
    }
    let people = people.into_iter().map(|row| {
        Ok(Person {
            zone: zone_of(&row.time_zone)?,
            row,
            turn: 0,
        })
    });
    Ok(Cast {
        people: people.collect::<Result<_, Error>>()?,
        terms: terms(&service, variant.as_ref(), together(ask.people.len()))?,
        zone: zone_of(&zone)?,
        policy: policy(conn, tenant, &service.client_id)?,
        service,
        variant,
    })
}

/// How a client wants its bookings treated.
///
/// # Errors
/// Those of the database.
pub fn policy(conn: &mut Conn, tenant: &TenantId, client: &str) -> Result<Policy, Error> {
    let row = db::booking_policies::get(conn, tenant, client)?;
    Ok(row.map_or_else(Policy::default, |row| booking_policies::policy(&row)))
}

fn zone_of(name: &str) -> Result<TimeZone, Error> {
    time::zone(name).map_err(fault)
}

/// A fault of ours: something else wrote the row.
fn fault(error: impl std::fmt::Display) -> Error {
    Error::Db(db::Error::Other(error.to_string()))
}

fn terms(
    row: &world::Service,
    variant: Option<&Variant>,
    assignment: Option<Assignment>,
) -> Result<availability::Service, Error> {
    let number = |value: i32| u32::try_from(value).map_err(fault);
    let some = |value: i32| NonZeroU32::try_from(u32::try_from(value).unwrap_or(0)).map_err(fault);
    Ok(availability::Service {
        id: row.id.clone(),
        duration_minutes: match variant {
            Some(variant) => variant.duration_minutes,
            None => some(row.duration_minutes)?,
        },
        before_minutes: number(row.before_minutes)?,
        after_minutes: number(row.after_minutes)?,
        capacity: some(row.capacity)?,
        notice_minutes: number(row.notice_minutes)?,
        horizon_days: number(row.horizon_days)?,
        daily_limit: row.daily_limit.map(number).transpose()?,
        step_minutes: some(row.step_minutes)?,
        assignment: assignment.unwrap_or(*row.assignment),
    })
}

/// Loads what decides about the starts of `window`.
///
/// # Errors
/// Those of the database.
pub fn load(
    conn: &mut Conn,
    tenant: &TenantId,
    ask: Ask,
    mut cast: Cast,
    window: Interval,
    now: Timestamp,
) -> Result<Loaded, Error> {
    let range = reach(&cast.terms, &cast.zone, window);
    let (from, to) = (range.start().into(), range.end().into());
    let ids: Vec<String> = cast.people.iter().map(|person| person.row.id.clone()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let sources = world::sources(conn, tenant, &ids)?;
    let mut calendars: Vec<String> = sources
        .iter()
        .filter(|one| one.blocks)
        .map(|one| one.calendar.id.clone())
        .collect();
    calendars.sort_unstable();
    calendars.dedup();
    let names: Vec<&str> = calendars.iter().map(String::as_str).collect();
    let horizons: HashMap<String, Horizon> = db::busy::horizons(conn, tenant, &calendars)?
        .into_iter()
        .map(|one| (one.calendar_id.clone(), one))
        .collect();
    let mut events: Vec<Event> = world::busy(conn, tenant, &names, from, to)?
        .into_iter()
        .filter_map(|(row, copy_of)| event(row, copy_of))
        .collect();
    let mut too_many = std::collections::BTreeSet::new();
    for (calendar, found) in busy::overflowing(conn, tenant, &calendars, range, &horizons)? {
        match found {
            Some(rows) => events.extend(rows.into_iter().filter_map(|row| event(row, None))),
            None => _ = too_many.insert(calendar),
        }
    }
    let mut booked = world::booked(conn, tenant, &ids, from, to)?;
    if cast.terms.daily_limit.is_some() {
        let others = world::booked_of_service(conn, tenant, &cast.terms.id, from, to)?;
        booked.extend(others.into_iter().filter(|one| !ids.contains(&one.staff_id.as_str())));
    }
    if cast.terms.assignment == Assignment::RoundRobin {
        let around = wider(window.start(), window.end(), (LATELY, LATELY));
        let turns: HashMap<String, i64> = world::turns(conn, tenant, &ids, around.0.into(), around.1.into())?
            .into_iter()
            .collect();
        for person in &mut cast.people {
            person.turn = turns.get(&person.row.id).copied().unwrap_or(0);
        }
    }
    let near = wider(range.start(), range.end(), (MARGIN, MARGIN));
    let closures = world::closed(conn, tenant, &cast.service.client_id, near.0.into(), near.1.into())?;
    Ok(Loaded {
        closures: closures.into_iter().map(closed).collect::<Result<_, _>>()?,
        busy: events,
        cast,
        sources,
        now,
        ask,
        horizons,
        too_many,
        booked,
    })
}

/// An event without length takes no time.
fn event(row: db::busy::Busy, copy_of: Option<String>) -> Option<Event> {
    let key = Some(row.key.as_str()).filter(|key| !key.is_empty());
    Some(Event {
        span: interval(row.starts_at, row.ends_at)?,
        name: mirror::name(&row.event_id, Some(&row.event_id), key),
        // A word we do not know is an event like any other.
        kind: Kind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == row.kind)
            .unwrap_or_default(),
        facts: busy::facts(&row),
        calendar: row.calendar_id,
        copy_of,
    })
}

fn closed(row: world::Closure) -> Result<Closed, Error> {
    let span = match (row.first_day, row.last_day, row.starts_at, row.ends_at) {
        (Some(first), Some(last), _, _) => ClosureSpan::Days {
            first: first.parse().map_err(fault)?,
            last: last.parse().map_err(fault)?,
        },
        (_, _, Some(from), Some(to)) => {
            ClosureSpan::Range(interval(from, to).ok_or_else(|| fault("an empty closure"))?)
        }
        _ => return Err(fault("a closure without a time")),
    };
    Ok(Closed { name: row.name, span })
}
