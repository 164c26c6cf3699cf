//! Rows, made into what the engine asks for.

use std::{collections::HashMap, num::NonZeroU32, sync::Arc};

use db::{Conn, busy::Horizon, world};
use domain::{
    availability::{self, Assignment, ClosureSpan, Kind, reach},
    catalogue::{Policy, Variant},
    id::TenantId,
    time::{self, Interval},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{Ask, Busy, Cast, Closed, Error, Event, Loaded, Person, Rows, interval, together, wider};
use crate::ops::{booking_policies, busy, kept::days, mirror};

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
    let booked = ask
        .moving
        .as_deref()
        .map(|id| Booked::find(conn, tenant, id))
        .transpose()?;
    match &booked {
        Some(booked) if booked.service != service.id => {
            let detail = "That booking is of another service.";
            return Err(Error::invalid("/query/moving", "other_service", detail));
        }
        None if service.archived_at.is_some() => {
            let detail = "The service is archived: choose another one, or bring it back.";
            return Err(Error::invalid("/service_id", "archived", detail));
        }
        _ => {}
    }
    let variant = match &ask.variant {
        None => None,
        Some(id) => service.variants.iter().find(|one| one.id == *id).cloned(),
    };
    // What was booked stays, whatever the service offers by now.
    let kept = |ask: &Ask| booked.as_ref().is_some_and(|booked| booked.variant == ask.variant);
    if ask.variant.is_some() && variant.is_none() && !kept(ask) {
        return Err(Error::invalid(
            "/variant",
            "unknown",
            "The service has no such variant.",
        ));
    }
    let mut people = world::staff_of(conn, tenant, &service.id)?;
    if !ask.people.is_empty() {
        people.retain(|one| ask.people.contains(&one.id));
        if let Some(booked) = &booked {
            let absent = booked.people.iter().filter(|id| ask.people.contains(id));
            let absent: Vec<&str> = absent
                .filter(|id| people.iter().all(|one| one.id != **id))
                .map(String::as_str)
                .collect();
            people.extend(world::people(conn, tenant, &absent)?);
        }
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
    let mut terms = terms(&service, variant.as_ref(), together(ask.people.len()))?;
    if let Some(booked) = booked {
        terms.duration_minutes = booked.minutes;
    }
    Ok(Cast {
        people: people.collect::<Result<_, Error>>()?,
        terms,
        zone: zone_of(&zone)?,
        policy: policy(conn, tenant, &service.client_id)?,
        service,
        variant,
    })
}

/// A booking that is moved or confirmed: it lasts as long as was promised, and its people may have left the service since.
struct Booked {
    service: String,
    minutes: NonZeroU32,
    variant: Option<String>,
    people: Vec<String>,
}

impl Booked {
    fn find(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Self, Error> {
        let row = match db::bookings::get(conn, tenant, id) {
            Err(db::Error::NotFound) => return Err(Error::NotFound("booking")),
            other => other?,
        };
        let seats = db::seats::of(conn, tenant, &[id])?;
        let length = row.ends_at.timestamp().duration_since(row.starts_at.timestamp());
        // A minute that has begun counts: an event that the booking followed may end within one.
        let minutes = u32::try_from((length.as_secs() + 59) / 60).unwrap_or(u32::MAX);
        Ok(Self {
            minutes: NonZeroU32::new(minutes).unwrap_or(NonZeroU32::MIN),
            service: row.service_id,
            variant: row.variant,
            people: seats.into_iter().map(|seat| seat.staff_id).collect(),
        })
    }
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
    (window, now): (Interval, Timestamp),
) -> Result<Loaded, Error> {
    let range = reach(&cast.terms, &cast.zone, window);
    let (from, to) = (range.start().into(), range.end().into());
    let ids: Vec<String> = cast.people.iter().map(|person| person.row.id.clone()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let sources = world::sources(conn, tenant, &ids)?;
    let calendars = blocking(&sources);
    let horizons = horizons(conn, tenant, &sources)?;
    let mut found = busy(conn, tenant, &calendars, range)?;
    let (mut has_endless, mut too_many) = (false, std::collections::BTreeSet::new());
    for (calendar, endless) in busy::overflowing(conn, tenant, &calendars, range, &horizons)? {
        has_endless = true;
        match endless {
            Some(rows) => add(&mut found, rows.into_iter().map(|row| (row, None))),
            None => _ = too_many.insert(calendar),
        }
    }
    let mut booked = world::booked(conn, tenant, &ids, from, to)?;
    if cast.terms.daily_limit.is_some() {
        let others = world::booked_of_service(conn, tenant, &cast.terms.id, from, to)?;
        booked.extend(others.into_iter().filter(|one| !ids.contains(&one.staff_id.as_str())));
    }
    if cast.terms.assignment == Assignment::RoundRobin {
        // By whole days, so that who asks about one start and who books it agree whose turn it is.
        let near = days(window);
        let around = wider(near.start(), near.end(), (LATELY, LATELY));
        let turns: HashMap<String, i64> = world::turns(conn, tenant, &ids, around.0.into(), around.1.into())?
            .into_iter()
            .collect();
        for person in &mut cast.people {
            person.turn = turns.get(&person.row.id).copied().unwrap_or(0);
        }
    }
    let near = wider(range.start(), range.end(), (MARGIN, MARGIN));
    let closures = world::closed(conn, tenant, &cast.service.client_id, near.0.into(), near.1.into())?;
    let rows = Rows {
        closures: closures.into_iter().map(closed).collect::<Result<_, _>>()?,
        busy: found,
        booked,
        too_many,
        has_endless,
    };
    Ok(Loaded {
        cast: Arc::new(cast),
        rows: Arc::new(rows),
        sources,
        horizons,
        now,
        ask,
    })
}

/// The calendars that make somebody busy, once each.
fn blocking(sources: &[world::Source]) -> Vec<String> {
    let blocking = sources.iter().filter(|one| one.blocks);
    let mut ids: Vec<String> = blocking.map(|one| one.calendar.id.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// How far those reach, by calendar.
///
/// # Errors
/// Those of the database.
pub(super) fn horizons(
    conn: &mut Conn,
    tenant: &TenantId,
    sources: &[world::Source],
) -> db::Result<HashMap<String, Horizon>> {
    Ok(db::busy::horizons(conn, tenant, &blocking(sources))?
        .into_iter()
        .map(|one| (one.calendar_id.clone(), one))
        .collect())
}

/// What takes time in these calendars in a range.
///
/// # Errors
/// Those of the database.
fn busy(conn: &mut Conn, tenant: &TenantId, calendars: &[String], range: Interval) -> db::Result<Busy> {
    let names: Vec<&str> = calendars.iter().map(String::as_str).collect();
    let mut found = Busy::new();
    let (from, to) = (range.start().into(), range.end().into());
    add(&mut found, world::busy(conn, tenant, &names, from, to)?.into_iter());
    Ok(found)
}

fn add(found: &mut Busy, rows: impl Iterator<Item = (db::busy::Busy, Option<String>)>) {
    for (row, copy_of) in rows {
        if let Some((calendar, event)) = event(row, copy_of) {
            match found.get_mut(&calendar) {
                Some(there) => there.push(event),
                None => _ = found.insert(calendar, vec![event]),
            }
        }
    }
}

/// An event without length takes no time.
fn event(row: db::busy::Busy, copy_of: Option<String>) -> Option<(String, Event)> {
    let key = Some(row.key.as_str()).filter(|key| !key.is_empty());
    let event = Event {
        span: interval(row.starts_at, row.ends_at)?,
        name: mirror::name(&row.event_id, Some(&row.event_id), key),
        // A word we do not know is an event like any other.
        kind: Kind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == row.kind)
            .unwrap_or_default(),
        facts: busy::facts(&row),
        copy_of,
    };
    Some((row.calendar_id, event))
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
