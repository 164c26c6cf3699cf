//! Staff: who can be booked, by which calendars they are busy, where their bookings go, and when they work.

use std::collections::HashMap;

use db::{
    Conn,
    staff::Staff,
    staff_calendars::StaffCalendar,
    types::{Instant, Json},
};
use domain::{
    availability::Hours,
    calendar::AccessRole,
    id::{Kind, TenantId},
    validation::Violation,
};
use jiff::Timestamp;

use super::catalogue::{self, Error, wrong};

/// What a person says about a calendar of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Which.
    pub calendar_id: String,
    /// Its events make them busy.
    pub blocks: bool,
    /// It gets a copy of each of their bookings.
    pub receives: bool,
}

/// What a person says about somebody who can be booked.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Of which client.
    pub client_id: String,
    /// For people.
    pub name: String,
    /// Where they are told about their bookings.
    pub email: Option<String>,
    /// As typed.
    pub phone: Option<String>,
    /// For display.
    pub colour: Option<String>,
    /// IANA name; `None`: the client's.
    pub time_zone: Option<String>,
    /// Their calendars.
    pub calendars: Vec<Link>,
    /// Where bookings go if no other is chosen.
    pub target_calendar_id: Option<String>,
    /// `false`: archived.
    pub is_active: bool,
}

/// Somebody and their calendars.
#[derive(Debug, Clone)]
pub struct Member {
    /// They.
    pub row: Staff,
    /// Theirs.
    pub calendars: Vec<Link>,
}

/// The calendars of these people, by person.
///
/// # Errors
/// Those of the database.
pub fn calendars_of(conn: &mut Conn, tenant: &TenantId, staff: &[&str]) -> db::Result<HashMap<String, Vec<Link>>> {
    let mut found: HashMap<String, Vec<Link>> = HashMap::new();
    for row in db::staff_calendars::of_staff(conn, tenant, staff)? {
        found.entry(row.staff_id).or_default().push(Link {
            calendar_id: row.calendar_id,
            blocks: row.blocks,
            receives: row.receives,
        });
    }
    Ok(found)
}

fn with_calendars(conn: &mut Conn, tenant: &TenantId, row: Staff) -> Result<Member, Error> {
    let calendars = calendars_of(conn, tenant, &[&row.id])?
        .remove(&row.id)
        .unwrap_or_default();
    Ok(Member { row, calendars })
}

/// One of them.
///
/// # Errors
/// [`Error::NotFound`].
pub fn get(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Member, Error> {
    let row = db::staff::get(conn, tenant, id).map_err(Error::missing("staff member"))?;
    with_calendars(conn, tenant, row)
}

fn lock(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Member, Error> {
    let row = db::staff::lock(conn, tenant, id).map_err(Error::missing("staff member"))?;
    with_calendars(conn, tenant, row)
}

/// As it was before [`lock`] counted its revision up.
fn before(locked: &Member) -> Member {
    let mut before = locked.clone();
    before.row.revision -= 1;
    before
}

/// Adds somebody. They work at no time until somebody says when.
///
/// # Errors
/// [`Error::Invalid`], [`Error::NotFound`] of the client.
pub fn create(conn: &mut Conn, tenant: &TenantId, facts: Facts, now: Timestamp) -> Result<Member, Error> {
    let client = catalogue::client(conn, tenant, &facts.client_id)?;
    let row = Staff {
        id: Kind::Staff.new_id(),
        tenant_id: tenant.as_str().to_owned(),
        client_id: facts.client_id.clone(),
        name: String::new(),
        sort_key: String::new(),
        email: None,
        phone: None,
        colour: None,
        time_zone: client.time_zone,
        hours: Json::new(Hours::default())?,
        target_calendar_id: None,
        archived_at: None,
        revision: 1,
        created_at: now.into(),
        updated_at: now.into(),
    };
    let nobody = Member {
        row,
        calendars: Vec::new(),
    };
    catalogue::refuse(check(conn, tenant, &nobody, &facts)?)?;
    let member = said(nobody, facts, now);
    db::staff::insert(conn, &member.row)?;
    put(conn, tenant, &member)?;
    note(conn, tenant, &member.row, "created", now)?;
    Ok(member)
}

/// Changes somebody. `decide` gets them as they are now, locked, and says what they shall be.
///
/// # Errors
/// Those of `decide`, [`Error::Invalid`], [`Error::NotFound`].
pub fn update<E: From<Error>>(
    conn: &mut Conn,
    tenant: &TenantId,
    id: &str,
    now: Timestamp,
    decide: impl FnOnce(&Member) -> Result<Facts, E>,
) -> Result<Member, E> {
    let locked = lock(conn, tenant, id)?;
    let facts = decide(&before(&locked))?;
    Ok(write(conn, tenant, locked, facts, now)?)
}

fn write(conn: &mut Conn, tenant: &TenantId, locked: Member, facts: Facts, now: Timestamp) -> Result<Member, Error> {
    catalogue::refuse(check(conn, tenant, &locked, &facts)?)?;
    let had = locked.calendars.clone();
    let member = said(locked, facts, now);
    db::staff::update(conn, tenant, &member.row)?;
    // Otherwise a calendar that its provider does not list at the moment would be forgotten.
    if member.calendars != had {
        put(conn, tenant, &member)?;
    }
    note(conn, tenant, &member.row, "updated", now)?;
    Ok(member)
}

/// Archives somebody: their bookings stay, and nobody can book them any more. Archiving twice is once.
///
/// # Errors
/// Those of `allow`, which gets them as they are now; [`Error::NotFound`].
pub fn archive<E: From<Error>>(
    conn: &mut Conn,
    tenant: &TenantId,
    id: &str,
    now: Timestamp,
    allow: impl FnOnce(&Member) -> Result<(), E>,
) -> Result<(), E> {
    let member = get(conn, tenant, id)?;
    allow(&member)?;
    if member.row.archived_at.is_some() {
        return Ok(());
    }
    let mut row = lock(conn, tenant, id)?.row;
    row.archived_at = Some(now.into());
    row.updated_at = now.into();
    db::staff::update(conn, tenant, &row).map_err(Error::from)?;
    Ok(note(conn, tenant, &row, "updated", now)?)
}

/// Says when somebody works. `decide` gets them as they are now, locked; what it says was checked by
/// [`super::hours::read`].
///
/// # Errors
/// Those of `decide`, [`Error::NotFound`].
pub fn put_hours<E: From<Error>>(
    conn: &mut Conn,
    tenant: &TenantId,
    id: &str,
    now: Timestamp,
    decide: impl FnOnce(&Member) -> Result<(String, Hours), E>,
) -> Result<Staff, E> {
    let locked = lock(conn, tenant, id)?;
    let (time_zone, hours) = decide(&before(&locked))?;
    let row = Staff {
        time_zone,
        hours: Json::new(hours).map_err(Error::from)?,
        updated_at: now.into(),
        ..locked.row
    };
    db::staff::update(conn, tenant, &row).map_err(Error::from)?;
    note(conn, tenant, &row, "updated", now)?;
    Ok(row)
}

fn said(member: Member, facts: Facts, now: Timestamp) -> Member {
    let mut calendars = facts.calendars;
    calendars.sort_by(|a, b| a.calendar_id.cmp(&b.calendar_id));
    let row = Staff {
        sort_key: facts.name.to_lowercase(),
        name: facts.name,
        email: facts.email,
        phone: facts.phone,
        colour: facts.colour,
        time_zone: facts.time_zone.unwrap_or(member.row.time_zone),
        target_calendar_id: facts.target_calendar_id,
        // Who is archived keeps the day on which they were.
        archived_at: if facts.is_active {
            None
        } else {
            member.row.archived_at.or(Some(Instant::from(now)))
        },
        updated_at: now.into(),
        ..member.row
    };
    Member { row, calendars }
}

fn put(conn: &mut Conn, tenant: &TenantId, member: &Member) -> Result<(), Error> {
    let row = |link: &Link| StaffCalendar {
        staff_id: member.row.id.clone(),
        calendar_id: link.calendar_id.clone(),
        tenant_id: tenant.as_str().to_owned(),
        blocks: link.blocks,
        receives: link.receives,
    };
    let rows: Vec<StaffCalendar> = member.calendars.iter().map(row).collect();
    Ok(db::staff_calendars::put(conn, tenant, &member.row.id, &rows)?)
}

fn note(conn: &mut Conn, tenant: &TenantId, row: &Staff, action: &'static str, now: Timestamp) -> Result<(), Error> {
    catalogue::note(conn, tenant, "staff", &row.id, &row.client_id, action, now)
}

/// What is wrong with what is new in `facts`. What was right when it was said stays: a calendar may have become read-only.
fn check(conn: &mut Conn, tenant: &TenantId, before: &Member, facts: &Facts) -> Result<Vec<Violation>, Error> {
    let mut faults: Vec<Violation> = catalogue::stays(&before.row.client_id, &facts.client_id)
        .into_iter()
        .collect();
    let named = facts.calendars.iter().map(|link| &link.calendar_id);
    let ids: Vec<String> = named.chain(&facts.target_calendar_id).cloned().collect();
    let known: HashMap<String, db::calendars::Calendar> = db::calendars::some(conn, tenant, &ids)?
        .into_iter()
        .map(|one| (one.id.clone(), one))
        .collect();
    let mut look = |pointer: &str, id: &str, written: bool| {
        let Some(calendar) = known.get(id) else {
            return faults.push(wrong(pointer, "not_found", format!("There is no calendar {id}.")));
        };
        if calendar.client_id != facts.client_id {
            let detail = format!("“{}” belongs to another client.", calendar.name);
            return faults.push(wrong(pointer, "other_client", detail));
        }
        if written && !AccessRole::parse(&calendar.access_role).is_some_and(AccessRole::can_write) {
            let detail = format!("The account may not write to “{}”.", calendar.name);
            faults.push(wrong(pointer, "read_only", detail));
        }
    };
    for (index, link) in facts.calendars.iter().enumerate() {
        if !before.calendars.contains(link) {
            look(
                &format!("/calendars/{index}/calendar_id"),
                &link.calendar_id,
                link.receives,
            );
        }
    }
    if let Some(target) = &facts.target_calendar_id
        && before.row.target_calendar_id.as_ref() != Some(target)
    {
        look("/target_calendar_id", target, true);
    }
    for (index, link) in facts.calendars.iter().enumerate() {
        if facts
            .calendars
            .iter()
            .take(index)
            .any(|one| one.calendar_id == link.calendar_id)
        {
            let detail = format!("{} is named twice.", link.calendar_id);
            faults.push(wrong(format!("/calendars/{index}/calendar_id"), "duplicate", detail));
        }
    }
    Ok(faults)
}
