//! Closures: when a client is closed, whoever works.

use db::{
    Conn,
    closures::Closure,
    types::{Instant, Word},
};
use domain::{
    availability::ClosureSpan,
    id::{Kind, TenantId},
    time::Interval,
    validation::Violation,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::catalogue::{self, Error, wrong};

/// The longest closure: what is longer is a client to archive.
const MOST_DAYS: i32 = 366;

/// What a person says about a closure: days or moments.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Of which client.
    pub client_id: String,
    /// What people call it.
    pub name: String,
    /// Of whole days.
    pub first_day: Option<Date>,
    /// The last of them, closed, too; `None`: it is one day.
    pub last_day: Option<Date>,
    /// Of a range.
    pub starts_at: Option<Timestamp>,
    /// The first moment after it.
    pub ends_at: Option<Timestamp>,
}

/// What the engine calls it. A row that says neither was not written by us.
pub fn span(row: &Closure) -> Option<ClosureSpan> {
    match (&row.first_day, &row.last_day, row.starts_at, row.ends_at) {
        (Some(first), Some(last), None, None) => Some(ClosureSpan::Days {
            first: **first,
            last: **last,
        }),
        (None, None, Some(from), Some(to)) => Interval::new(from.into(), to.into()).ok().map(ClosureSpan::Range),
        _ => None,
    }
}

/// Adds one.
///
/// # Errors
/// [`Error::Invalid`], [`Error::NotFound`] of the client.
pub fn create(conn: &mut Conn, tenant: &TenantId, facts: Facts, now: Timestamp) -> Result<Closure, Error> {
    let row = build(conn, tenant, facts, Kind::Closure.new_id(), now)?;
    db::closures::insert(conn, &row)?;
    catalogue::note(conn, tenant, "closure", &row.id, &row.client_id, "created", now)?;
    Ok(row)
}

/// Changes one. `decide` gets it as it is now, locked, and says what it shall be.
///
/// # Errors
/// Those of `decide`, [`Error::Invalid`], [`Error::NotFound`].
pub fn update<E: From<Error>>(
    conn: &mut Conn,
    tenant: &TenantId,
    id: &str,
    now: Timestamp,
    decide: impl FnOnce(&Closure) -> Result<Facts, E>,
) -> Result<Closure, E> {
    let locked = db::closures::lock(conn, tenant, id).map_err(Error::missing("closure"))?;
    let before = Closure {
        revision: locked.revision - 1,
        ..locked.clone()
    };
    let facts = decide(&before)?;
    catalogue::refuse(catalogue::stays(&locked.client_id, &facts.client_id))?;
    let row = Closure {
        revision: locked.revision,
        created_at: locked.created_at,
        ..build(conn, tenant, facts, locked.id, now)?
    };
    db::closures::update(conn, tenant, &row).map_err(Error::from)?;
    catalogue::note(conn, tenant, "closure", &row.id, &row.client_id, "updated", now)?;
    Ok(row)
}

/// Removes one.
///
/// # Errors
/// Those of `allow`, which gets it as it is now; [`Error::NotFound`].
pub fn remove<E: From<Error>>(
    conn: &mut Conn,
    tenant: &TenantId,
    id: &str,
    now: Timestamp,
    allow: impl FnOnce(&Closure) -> Result<(), E>,
) -> Result<(), E> {
    let locked = db::closures::lock(conn, tenant, id).map_err(Error::missing("closure"))?;
    let row = Closure {
        revision: locked.revision - 1,
        ..locked
    };
    allow(&row)?;
    db::closures::delete(conn, tenant, id).map_err(Error::from)?;
    Ok(catalogue::note(
        conn,
        tenant,
        "closure",
        id,
        &row.client_id,
        "deleted",
        now,
    )?)
}

fn build(conn: &mut Conn, tenant: &TenantId, facts: Facts, id: String, now: Timestamp) -> Result<Closure, Error> {
    let client = catalogue::client(conn, tenant, &facts.client_id)?;
    let last_day = facts.last_day.or(facts.first_day);
    catalogue::refuse(check(&facts, last_day))?;
    // A zone that is gone from tzdb since: its days are somewhere, lists need no more.
    let zone = TimeZone::get(&client.time_zone).unwrap_or(TimeZone::UTC);
    let midnight = |day: Date| day.to_zoned(zone.clone()).map(|at| Instant::from(at.timestamp())).ok();
    let sort_from = facts.first_day.and_then(midnight).or(facts.starts_at.map(Into::into));
    let sort_to = last_day
        .and_then(|day| midnight(day.tomorrow().ok()?))
        .or(facts.ends_at.map(Into::into));
    let (Some(sort_from), Some(sort_to)) = (sort_from, sort_to) else {
        let detail = "No clock shows these days.";
        return Err(Error::Invalid(vec![wrong("/first_day", "out_of_range", detail)]));
    };
    let day = |day: Option<Date>| day.map(Word::new).transpose();
    Ok(Closure {
        id,
        tenant_id: tenant.as_str().to_owned(),
        client_id: facts.client_id,
        name: facts.name,
        first_day: day(facts.first_day)?,
        last_day: day(last_day)?,
        starts_at: facts.starts_at.map(Into::into),
        ends_at: facts.ends_at.map(Into::into),
        sort_from,
        sort_to,
        revision: 1,
        created_at: now.into(),
        updated_at: now.into(),
    })
}

fn check(facts: &Facts, last_day: Option<Date>) -> Vec<Violation> {
    let days = facts.first_day.is_some() || facts.last_day.is_some();
    let range = facts.starts_at.is_some() || facts.ends_at.is_some();
    let mut faults = Vec::new();
    match (days, range) {
        (true, true) => faults.push(wrong(
            "/starts_at",
            "either_or",
            "Say days (first_day, last_day) or moments (starts_at, ends_at), not both.",
        )),
        (false, false) => faults.push(wrong(
            "/first_day",
            "required",
            "Say when: first_day and last_day for whole days, starts_at and ends_at for part of one.",
        )),
        _ => {}
    }
    if days && facts.first_day.is_none() {
        faults.push(wrong(
            "/first_day",
            "required",
            "“first_day” is required with “last_day”.",
        ));
    }
    for (field, there, other) in [
        ("starts_at", facts.starts_at, facts.ends_at),
        ("ends_at", facts.ends_at, facts.starts_at),
    ] {
        if there.is_none() && other.is_some() {
            let detail = format!("“{field}” is required: a closure has a beginning and an end.");
            faults.push(wrong(format!("/{field}"), "required", detail));
        }
    }
    if let (Some(first), Some(last)) = (facts.first_day, last_day) {
        if last < first {
            faults.push(wrong(
                "/last_day",
                "before_first",
                "The last day lies before the first.",
            ));
        } else if first.until(last).map_or(i32::MAX, |span| span.get_days()) >= MOST_DAYS {
            let detail = format!("A closure lasts at most {MOST_DAYS} days.");
            faults.push(wrong("/last_day", "too_long", detail));
        }
    }
    if let (Some(from), Some(to)) = (facts.starts_at, facts.ends_at) {
        if to <= from {
            faults.push(wrong("/ends_at", "not_after_start", "It must end after it begins."));
        } else if to.duration_since(from).as_hours() >= i64::from(MOST_DAYS) * 24 {
            let detail = format!("A closure lasts at most {MOST_DAYS} days.");
            faults.push(wrong("/ends_at", "too_long", detail));
        }
    }
    faults
}
