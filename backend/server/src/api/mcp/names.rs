//! What people say, and what they mean by it: names of businesses, services and staff, and wall times.

use db::{Conn, clients, page::Keyset, services, world};
use domain::{
    id::TenantId,
    time::{self},
};
use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use serde::Serialize;

use super::said::Trouble;
use crate::api::problem::{FieldError, Problem};

/// How many choices are told.
const TOLD: usize = 20;

/// Something that may have been meant.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    id: String,
    name: String,
    /// Whose.
    #[serde(skip_serializing_if = "Option::is_none")]
    business: Option<String>,
}

/// A name that is not enough.
#[derive(Debug)]
pub struct Unclear {
    /// `unknown_name` or `ambiguous_name`.
    pub code: &'static str,
    /// In which argument.
    pub field: &'static str,
    /// To be read out.
    pub say: String,
    /// What there is.
    pub choices: Vec<Choice>,
}

impl Unclear {
    fn new(field: &'static str, kind: &str, text: &str, several: bool, mut choices: Vec<Choice>) -> Self {
        choices.truncate(TOLD);
        let named = choices.iter().map(|one| match &one.business {
            Some(business) => format!("{} ({business})", one.name),
            None => one.name.clone(),
        });
        let named = named.collect::<Vec<_>>().join(", ");
        let say = match (several, named.is_empty()) {
            (true, _) => format!("“{text}” can mean several: {named}."),
            (false, true) => format!("There is no {kind} called “{text}”."),
            (false, false) => format!("There is no {kind} called “{text}”. There are: {named}."),
        };
        Self {
            code: if several { "ambiguous_name" } else { "unknown_name" },
            field,
            say,
            choices,
        }
    }
}

fn page(limit: i64) -> Keyset {
    Keyset { after: None, limit }
}

/// The one that is meant: called so, or the only one whose name contains it. Else those it could be.
fn pick<T>(rows: Vec<T>, text: &str, name: impl Fn(&T) -> &str) -> Result<T, Vec<T>> {
    let same = |row: &T| name(row).trim().to_lowercase() == text.to_lowercase();
    let (mut exact, mut others): (Vec<T>, Vec<T>) = rows.into_iter().partition(same);
    match (exact.len(), others.len()) {
        (1, _) => exact.pop().ok_or_else(Vec::new),
        (0, 1) => others.pop().ok_or_else(Vec::new),
        (0, _) => Err(others),
        _ => Err(exact),
    }
}

/// A business.
///
/// # Errors
/// [`Trouble`].
pub fn client(c: &mut Conn, tenant: &TenantId, text: &str) -> Result<clients::Client, Trouble> {
    let text = text.trim();
    if text.starts_with("cli_") {
        let found = clients::get(c, tenant, text).map_err(|error| Problem::missing(error, "business"))?;
        return Ok(found.0);
    }
    let choice = |row: clients::Client| Choice {
        id: row.id,
        name: row.name,
        business: None,
    };
    let rows = clients::list(c, tenant, clients::State::Active, Some(text), &page(500))?.rows;
    let rows: Vec<clients::Client> = rows.into_iter().map(|(row, _)| row).collect();
    match pick(rows, text, |row| &row.name) {
        Ok(row) => Ok(row),
        Err(several) if !several.is_empty() => {
            let choices = several.into_iter().map(choice).collect();
            Err(Unclear::new("client", "business", text, true, choices).into())
        }
        Err(_) => {
            let all = clients::list(c, tenant, clients::State::Active, None, &page(20))?.rows;
            let choices = all.into_iter().map(|(row, _)| choice(row)).collect();
            Err(Unclear::new("client", "business", text, false, choices).into())
        }
    }
}

/// What is asked for.
#[derive(Debug)]
pub struct Meant {
    /// The service.
    pub service: services::Service,
    /// Where its business is.
    pub zone: TimeZone,
    /// Which variant.
    pub variant: Option<String>,
    /// With whom; nobody is chosen for what all do together.
    pub staff: Option<String>,
}

/// A service by name, of a business if one is named, its variant, and who does it.
///
/// # Errors
/// [`Trouble`].
pub fn meant(
    c: &mut Conn,
    tenant: &TenantId,
    (name, business): (&str, Option<&str>),
    variant: Option<&str>,
    staff: Option<&str>,
) -> Result<Meant, Trouble> {
    let client_id = match business {
        Some(text) => Some(client(c, tenant, text)?.id),
        None => None,
    };
    let service = service(c, tenant, name.trim(), client_id.as_deref())?;
    let zone = zone(c, tenant, &service.client_id)?;
    let variant = match variant.map(str::trim) {
        None => None,
        Some(text) => {
            let all = service.variants.iter().cloned().collect::<Vec<_>>();
            let known = all.iter().find(|one| one.id == text).cloned();
            let found = known.map_or_else(|| pick(all.clone(), text, |one| &one.name), Ok);
            let choices = || {
                let named = all.iter().map(|one| Choice {
                    id: one.id.clone(),
                    name: one.name.clone(),
                    business: None,
                });
                Unclear::new("variant", "variant of this service", text, false, named.collect())
            };
            Some(found.map_err(|_| choices())?.id)
        }
    };
    let staff = match staff.map(str::trim) {
        None => None,
        Some(text) => Some(person(c, tenant, text, &service.id)?).filter(|_| !service.is_together()),
    };
    Ok(Meant {
        service,
        zone,
        variant,
        staff,
    })
}

fn service(c: &mut Conn, tenant: &TenantId, text: &str, client: Option<&str>) -> Result<services::Service, Trouble> {
    if text.starts_with("svc_") {
        let found = services::get(c, tenant, text).map_err(|error| Problem::missing(error, "service"))?;
        return Ok(found);
    }
    let mut list = |search: Option<&str>, limit: i64| {
        services::list(c, tenant, client, clients::State::Active, search, &page(limit)).map(|slice| slice.rows)
    };
    let (several, rows) = match pick(list(Some(text), 500)?, text, |row| &row.name) {
        Ok(row) => return Ok(row),
        Err(rows) if rows.is_empty() => (false, list(None, 20)?),
        Err(rows) => (true, rows),
    };
    let mut choices = Vec::new();
    for row in rows.into_iter().take(TOLD) {
        let business = match client {
            Some(_) => None,
            None => Some(clients::get(c, tenant, &row.client_id)?.0.name),
        };
        choices.push(Choice {
            id: row.id,
            name: row.name,
            business,
        });
    }
    Err(Unclear::new("service", "service", text, several, choices).into())
}

/// Somebody who does this service.
///
/// # Errors
/// [`Trouble`].
pub fn person(c: &mut Conn, tenant: &TenantId, text: &str, service: &str) -> Result<String, Trouble> {
    let people = world::staff_of(c, tenant, service)?;
    if let Some(known) = people.iter().find(|one| one.id == text) {
        return Ok(known.id.clone());
    }
    let wanted = text.to_lowercase();
    let called = |one: &&world::Staff| one.name.to_lowercase().contains(&wanted);
    let called: Vec<world::Staff> = people.iter().filter(called).cloned().collect();
    let several = called.len() > 1;
    pick(called, text, |one| &one.name).map(|one| one.id).map_err(|those| {
        let those = if several { those } else { people };
        let choices = those.into_iter().map(|one| Choice {
            id: one.id,
            name: one.name,
            business: None,
        });
        Unclear::new("staff", "person who does this", text, several, choices.collect()).into()
    })
}

/// What a business is called, and where it is.
///
/// # Errors
/// [`Trouble`].
pub fn business(c: &mut Conn, tenant: &TenantId, client: &str) -> Result<(String, TimeZone), Trouble> {
    let row = clients::get(c, tenant, client)?.0;
    Ok((row.name, time::zone(&row.time_zone).map_err(Problem::internal)?))
}

/// Where a business is.
///
/// # Errors
/// [`Trouble`].
pub fn zone(c: &mut Conn, tenant: &TenantId, client: &str) -> Result<TimeZone, Trouble> {
    business(c, tenant, client).map(|(_, zone)| zone)
}

/// A moment as models say it: with an offset, or what the clock of the business shows. A date alone: its midnight, or, as an
/// end, the one after.
///
/// # Errors
/// 422.
pub fn moment(field: &str, text: &str, zone: &TimeZone, is_end: bool) -> Result<Timestamp, Problem> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let wrong = || {
        let detail = format!("“{text}” is no time. Write 2026-11-03T10:15, as the clock of the business shows it.");
        Problem::invalid(vec![FieldError::new(format!("/{field}"), "format", detail)])
    };
    let wall = match text.parse::<Date>() {
        Ok(date) if text.len() <= 10 => {
            let date = if is_end { date.tomorrow() } else { Ok(date) };
            date.map_err(|_| wrong())?.to_datetime(jiff::civil::Time::midnight())
        }
        _ => text.parse::<DateTime>().map_err(|_| wrong())?,
    };
    let at = zone.to_ambiguous_zoned(wall).compatible().map_err(|_| wrong())?;
    Ok(at.timestamp())
}
