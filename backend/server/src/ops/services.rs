//! Services: what a client offers, and who does it.

use std::{collections::HashMap, num::NonZeroU32};

use db::{
    Conn,
    services::Service,
    types::{Json, Word},
};
use domain::{
    availability::{self, Assignment},
    catalogue::Variant,
    id::{Kind, TenantId},
    validation::Violation,
};
use jiff::Timestamp;

use super::catalogue::{self, Error, counted, stored, wrong};

/// What a person says about a service. Lengths are minutes.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Of which client.
    pub client_id: String,
    /// For people.
    pub name: String,
    /// What customers may read about it.
    pub description: Option<String>,
    /// Where, in words.
    pub location: Option<String>,
    /// What it costs, in words.
    pub price_text: Option<String>,
    /// For display.
    pub colour: Option<String>,
    /// How long the customer is there.
    pub duration_minutes: u32,
    /// Kept free before.
    pub before_minutes: u32,
    /// Kept free after.
    pub after_minutes: u32,
    /// How many may book one start.
    pub capacity: u32,
    /// Between the booking and its start.
    pub notice_minutes: u32,
    /// The last day that can be booked, from today.
    pub horizon_days: u32,
    /// Bookings on one day.
    pub daily_limit: Option<u32>,
    /// From one offered start to the next.
    pub step_minutes: u32,
    /// Who does it.
    pub assignment: Assignment,
    /// Of these, in the order of preference.
    pub staff_ids: Vec<String>,
    /// The same done shorter or longer.
    pub variants: Vec<Variant>,
    /// Whether the public booking page shows it.
    pub is_public: bool,
    /// `false`: archived.
    pub is_active: bool,
}

/// The terms by which a time for it is found. `variant`: the one that is meant; one that it does not have is no other
/// than the service itself.
pub fn terms(row: &Service, variant: Option<&str>) -> availability::Service {
    let least = |minutes: i32| NonZeroU32::new(counted(minutes)).unwrap_or(NonZeroU32::MIN);
    let chosen = variant.and_then(|id| row.variants.iter().find(|one| one.id == id));
    availability::Service {
        id: row.id.clone(),
        duration_minutes: chosen.map_or_else(|| least(row.duration_minutes), |one| one.duration_minutes),
        before_minutes: counted(row.before_minutes),
        after_minutes: counted(row.after_minutes),
        capacity: least(row.capacity),
        notice_minutes: counted(row.notice_minutes),
        horizon_days: counted(row.horizon_days),
        daily_limit: row.daily_limit.map(counted),
        step_minutes: least(row.step_minutes),
        assignment: *row.assignment,
    }
}

/// Who does these services, by service, in the order of preference.
///
/// # Errors
/// Those of the database.
pub fn staff_of(conn: &mut Conn, tenant: &TenantId, services: &[&str]) -> db::Result<HashMap<String, Vec<String>>> {
    let mut found: HashMap<String, Vec<String>> = HashMap::new();
    for doer in db::service_staff::of_services(conn, tenant, services)? {
        found.entry(doer.service_id).or_default().push(doer.staff_id);
    }
    Ok(found)
}

/// A service and who does it.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<(Service, Vec<String>), Error> {
    let row = db::services::get(conn, tenant, id).map_err(Error::missing("service"))?;
    let staff = staff_of(conn, tenant, &[id])?.remove(id).unwrap_or_default();
    Ok((row, staff))
}

/// Adds a service. `reach_days`: how far ahead it is known when people are busy.
///
/// # Errors
/// [`Error::Invalid`], [`Error::NotFound`] of the client.
pub fn create(
    conn: &mut Conn,
    tenant: &TenantId,
    facts: Facts,
    reach_days: u32,
    now: Timestamp,
) -> Result<(Service, Vec<String>), Error> {
    catalogue::client(conn, tenant, &facts.client_id)?;
    let mut faults = check(&facts, reach_days);
    faults.extend(strangers(conn, tenant, &facts)?);
    catalogue::refuse(faults)?;
    let fresh = Fresh {
        id: Kind::Service.new_id(),
        revision: 1,
        created_at: now,
        archived_at: None,
    };
    let (row, staff) = build(tenant, facts, fresh, now)?;
    db::services::insert(conn, &row)?;
    db::service_staff::put(conn, tenant, &row.id, &staff)?;
    catalogue::note(conn, tenant, "service", &row.id, &row.client_id, "created", now)?;
    Ok((row, staff))
}

/// Changes a service. `decide` gets it as it is now, locked, and says what it shall be.
///
/// # Errors
/// Those of `decide`, [`Error::Invalid`], [`Error::NotFound`].
pub fn update<E: From<Error>>(
    conn: &mut Conn,
    tenant: &TenantId,
    id: &str,
    reach_days: u32,
    now: Timestamp,
    decide: impl FnOnce(&Service, &[String]) -> Result<Facts, E>,
) -> Result<(Service, Vec<String>), E> {
    let locked = db::services::lock(conn, tenant, id).map_err(Error::missing("service"))?;
    let staff_before = staff_of(conn, tenant, &[id])
        .map_err(Error::from)?
        .remove(id)
        .unwrap_or_default();
    let before = Service {
        revision: locked.revision - 1,
        ..locked.clone()
    };
    let facts = decide(&before, &staff_before)?;
    Ok(write(conn, tenant, &locked, &staff_before, facts, reach_days, now)?)
}

fn write(
    conn: &mut Conn,
    tenant: &TenantId,
    locked: &Service,
    staff_before: &[String],
    facts: Facts,
    reach_days: u32,
    now: Timestamp,
) -> Result<(Service, Vec<String>), Error> {
    let mut faults = check(&facts, reach_days);
    faults.extend(catalogue::stays(&locked.client_id, &facts.client_id));
    if facts.staff_ids != staff_before {
        faults.extend(strangers(conn, tenant, &facts)?);
    }
    catalogue::refuse(faults)?;
    let kept = Fresh {
        id: locked.id.clone(),
        revision: locked.revision,
        created_at: locked.created_at.into(),
        archived_at: locked.archived_at.map(Into::into),
    };
    let (row, staff) = build(tenant, facts, kept, now)?;
    db::services::update(conn, tenant, &row)?;
    if staff != staff_before {
        db::service_staff::put(conn, tenant, &row.id, &staff)?;
    }
    catalogue::note(conn, tenant, "service", &row.id, &row.client_id, "updated", now)?;
    Ok((row, staff))
}

/// Archives a service: its bookings stay, and nobody can book it any more. Archiving twice is once.
///
/// # Errors
/// Those of `allow`, which gets it as it is now; [`Error::NotFound`].
pub fn archive<E: From<Error>>(
    conn: &mut Conn,
    tenant: &TenantId,
    id: &str,
    now: Timestamp,
    allow: impl FnOnce(&Service, &[String]) -> Result<(), E>,
) -> Result<(), E> {
    let (row, staff) = get(conn, tenant, id)?;
    allow(&row, &staff)?;
    if row.archived_at.is_some() {
        return Ok(());
    }
    let locked = db::services::lock(conn, tenant, id).map_err(Error::missing("service"))?;
    let archived = Service {
        archived_at: Some(now.into()),
        updated_at: now.into(),
        ..locked
    };
    db::services::update(conn, tenant, &archived).map_err(Error::from)?;
    catalogue::note(conn, tenant, "service", id, &archived.client_id, "updated", now)?;
    Ok(())
}

/// What of a row nobody says.
struct Fresh {
    id: String,
    revision: i64,
    created_at: Timestamp,
    archived_at: Option<Timestamp>,
}

fn build(tenant: &TenantId, facts: Facts, kept: Fresh, now: Timestamp) -> db::Result<(Service, Vec<String>)> {
    let row = Service {
        id: kept.id,
        tenant_id: tenant.as_str().to_owned(),
        client_id: facts.client_id,
        sort_key: facts.name.to_lowercase(),
        name: facts.name,
        description: facts.description,
        location: facts.location,
        price_text: facts.price_text,
        colour: facts.colour,
        duration_minutes: stored(facts.duration_minutes),
        before_minutes: stored(facts.before_minutes),
        after_minutes: stored(facts.after_minutes),
        capacity: stored(facts.capacity),
        notice_minutes: stored(facts.notice_minutes),
        horizon_days: stored(facts.horizon_days),
        daily_limit: facts.daily_limit.map(stored),
        step_minutes: stored(facts.step_minutes),
        assignment: Word::new(facts.assignment)?,
        variants: Json::new(facts.variants)?,
        is_public: facts.is_public,
        // What is archived keeps the day on which it was.
        archived_at: if facts.is_active {
            None
        } else {
            Some(kept.archived_at.unwrap_or(now).into())
        },
        revision: kept.revision,
        created_at: kept.created_at.into(),
        updated_at: now.into(),
    };
    Ok((row, facts.staff_ids))
}

fn check(facts: &Facts, reach_days: u32) -> Vec<Violation> {
    let mut faults = Vec::new();
    if facts.horizon_days > reach_days {
        let detail = format!(
            "Calendars are worked out {reach_days} days ahead; nobody knows who is busy {} days from now.",
            facts.horizon_days
        );
        faults.push(wrong("/horizon_days", "too_large", detail));
    } else if facts.notice_minutes / (24 * 60) > facts.horizon_days {
        let detail = "Nothing could be booked: the notice is longer than the days that can be booked ahead.";
        faults.push(wrong("/notice_minutes", "too_large", detail));
    }
    for (index, variant) in facts.variants.iter().enumerate() {
        if facts.variants.iter().take(index).any(|one| one.id == variant.id) {
            let detail = format!("“{}” is the id of two variants.", variant.id);
            faults.push(wrong(format!("/variants/{index}/id"), "duplicate", detail));
        }
    }
    for (index, id) in facts.staff_ids.iter().enumerate() {
        if facts.staff_ids.iter().take(index).any(|one| one == id) {
            let detail = format!("{id} is named twice.");
            faults.push(wrong(format!("/staff_ids/{index}"), "duplicate", detail));
        }
    }
    faults
}

/// Those who are not people of this client.
fn strangers(conn: &mut Conn, tenant: &TenantId, facts: &Facts) -> db::Result<Vec<Violation>> {
    let ids: Vec<&str> = facts.staff_ids.iter().map(String::as_str).collect();
    let known: HashMap<String, String> = db::staff::some(conn, tenant, &ids)?
        .into_iter()
        .map(|one| (one.id, one.client_id))
        .collect();
    let strange = |(index, id): (usize, &String)| {
        let pointer = format!("/staff_ids/{index}");
        match known.get(id) {
            Some(client) if *client == facts.client_id => None,
            Some(_) => Some(wrong(
                pointer,
                "other_client",
                format!("{id} works for another client."),
            )),
            None => Some(wrong(pointer, "not_found", format!("There is nobody called {id}."))),
        }
    };
    Ok(facts.staff_ids.iter().enumerate().filter_map(strange).collect())
}
