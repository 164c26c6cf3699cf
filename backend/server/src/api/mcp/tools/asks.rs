//! What there is, and what is free.

use std::collections::HashMap;

use db::{clients::State, page::Keyset};
use domain::time::Interval;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    super::{
        names::{self, Meant},
        said::{Said, Trouble, instead},
    },
    Agent,
};
use crate::{
    api::{
        availability::{self, LONGEST},
        problem::{FieldError, Problem},
    },
    ops::availability::{self as ops, Ask, say},
};

/// How many are listed.
const MOST: i64 = 50;
/// How many free times are told unless more are asked for.
const SLOTS: usize = 8;
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Of which business.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Services {
    /// Name of the business; without it, all of them.
    #[schema(max_length = 200)]
    business: Option<String>,
    /// Part of the name of the service.
    #[schema(max_length = 200)]
    search: Option<String>,
}

/// Of which business.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Staff {
    /// Name of the business; without it, all of them.
    #[schema(max_length = 200)]
    business: Option<String>,
    /// Part of the name.
    #[schema(max_length = 200)]
    search: Option<String>,
}

/// One time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// What is to be booked: the name of the service.
    #[schema(max_length = 200, example = "Haircut")]
    service: String,
    /// When it would begin: what the clock of the business shows, or an instant with an offset.
    #[schema(max_length = 64, example = "2026-11-03T10:15")]
    start: String,
    /// Name of the business, where several offer this service.
    #[schema(max_length = 200)]
    business: Option<String>,
    /// Only with this person: their name. Without it, whoever is free. What several do together all of them do.
    #[schema(max_length = 200)]
    staff: Option<String>,
    /// A variant of the service, by name.
    #[schema(max_length = 200)]
    variant: Option<String>,
}

/// Some days.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Slots {
    /// What is to be booked: the name of the service.
    #[schema(max_length = 200, example = "Haircut")]
    service: String,
    /// From when on: a date, or a time as the clock of the business shows it. Without it, from now on.
    #[schema(max_length = 64, example = "2026-11-03")]
    from: Option<String>,
    /// Until when; of a date all of the day. Without it, seven days; at most 62.
    #[schema(max_length = 64, example = "2026-11-05")]
    to: Option<String>,
    /// Name of the business, where several offer this service.
    #[schema(max_length = 200)]
    business: Option<String>,
    /// Only with this person: their name. What several do together all of them do.
    #[schema(max_length = 200)]
    staff: Option<String>,
    /// A variant of the service, by name.
    #[schema(max_length = 200)]
    variant: Option<String>,
    /// How many at most, the earliest first.
    #[schema(minimum = 1, maximum = 100, default = 8)]
    limit: Option<usize>,
}

fn page() -> Keyset {
    Keyset {
        after: None,
        limit: MOST,
    }
}

fn shown(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at)
        .round(jiff::Unit::Second)
        .map_or_else(|_| at.to_string(), |wall| wall.to_string())
}

fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}

impl Meant {
    fn ask(&self) -> Ask {
        Ask {
            service: self.service.id.clone(),
            variant: self.variant.clone(),
            people: self.staff.iter().cloned().collect(),
            ..Ask::default()
        }
    }
}

impl Agent {
    /// What people mean by these names.
    pub(super) async fn meant(
        &self,
        service: (String, Option<String>),
        variant: Option<String>,
        staff: Option<String>,
    ) -> Result<Meant, Trouble> {
        let tenant = self.tenant.clone();
        self.app
            .read(move |c| {
                let (name, business) = (service.0.as_str(), service.1.as_deref());
                names::meant(c, &tenant, (name, business), variant.as_deref(), staff.as_deref())
            })
            .await
    }

    pub(super) async fn services(&self, asked: Services) -> Result<Said, Trouble> {
        let (tenant, now) = (self.tenant.clone(), self.app.now());
        let (listed, more): (Vec<Value>, bool) = self
            .app
            .read(move |c| {
                let client = match asked.business.as_deref() {
                    Some(text) => Some(names::client(c, &tenant, text)?.id),
                    None => None,
                };
                let search = asked.search.as_deref().map(str::trim).filter(|text| !text.is_empty());
                let page = db::services::list(c, &tenant, client.as_deref(), State::Active, search, &page())?;
                let (rows, more) = (page.rows, page.next.is_some());
                let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
                let doers = db::service_staff::of_services(c, &tenant, &ids)?;
                let people: Vec<&str> = doers.iter().map(|one| one.staff_id.as_str()).collect();
                let people = db::staff::some(c, &tenant, &people)?;
                let people: HashMap<&str, &str> = people
                    .iter()
                    .filter(|one| one.archived_at.is_none())
                    .map(|one| (one.id.as_str(), one.name.as_str()))
                    .collect();
                let mut businesses: HashMap<String, (String, TimeZone)> = HashMap::new();
                for row in &rows {
                    if !businesses.contains_key(&row.client_id) {
                        let business = names::business(c, &tenant, &row.client_id)?;
                        businesses.insert(row.client_id.clone(), business);
                    }
                }
                let listed = rows.iter().filter_map(|row| {
                    let (business, zone) = businesses.get(&row.client_id)?;
                    let variants = row.variants.iter().map(|one| {
                        json!({"id": one.id, "name": one.name, "duration_minutes": one.duration_minutes, "price": one.price_text})
                    });
                    let staff = doers.iter().filter(|one| one.service_id == row.id);
                    Some(json!({
                        "id": row.id, "name": row.name, "business": business, "duration_minutes": row.duration_minutes,
                        "price": row.price_text, "location": row.location, "description": row.description,
                        "variants": variants.collect::<Vec<_>>(),
                        "staff": staff.filter_map(|one| people.get(one.staff_id.as_str())).collect::<Vec<_>>(),
                        "time_zone": zone_name(zone), "now": shown(now, zone),
                    }))
                });
                Ok::<_, Trouble>((listed.collect(), more))
            })
            .await?;
        Ok(Said {
            say: named("There are no services.", "There is: ", &listed, more),
            data: json!({"services": listed, "more": more}),
        })
    }

    pub(super) async fn staff(&self, asked: Staff) -> Result<Said, Trouble> {
        let tenant = self.tenant.clone();
        let (listed, more): (Vec<Value>, bool) = self
            .app
            .read(move |c| {
                let client = match asked.business.as_deref() {
                    Some(text) => Some(names::client(c, &tenant, text)?.id),
                    None => None,
                };
                let search = asked.search.as_deref().map(str::trim).filter(|text| !text.is_empty());
                let page = db::staff::list(c, &tenant, client.as_deref(), State::Active, search, &page())?;
                let (mut listed, more) = (Vec::new(), page.next.is_some());
                let mut businesses: HashMap<String, String> = HashMap::new();
                for row in page.rows {
                    let business = match businesses.get(&row.client_id) {
                        Some(known) => known.clone(),
                        None => names::business(c, &tenant, &row.client_id)?.0,
                    };
                    businesses.insert(row.client_id.clone(), business.clone());
                    listed.push(
                        json!({"id": row.id, "name": row.name, "business": business, "time_zone": row.time_zone}),
                    );
                }
                Ok::<_, Trouble>((listed, more))
            })
            .await?;
        Ok(Said {
            say: named("There is nobody.", "There are: ", &listed, more),
            data: json!({"staff": listed, "more": more}),
        })
    }

    pub(super) async fn check(&self, asked: Check) -> Result<Said, Trouble> {
        let meant = self
            .meant((asked.service, asked.business), asked.variant, asked.staff)
            .await?;
        let start = names::moment("start", &asked.start, &meant.zone, false)?;
        let window = ops::start(start, "/start")?;
        let found = availability::checked(&self.app, &self.tenant, meant.ask(), (start, window), None).await?;
        let say = format!(
            "{}{}",
            found.say,
            instead(found.alternatives.iter().map(|one| one.say.as_str()))
        );
        let reasons = found
            .reasons
            .iter()
            .map(|one| json!({"code": one.code, "say": one.say}));
        Ok(Said {
            say,
            data: json!({
                "available": found.available, "service": meant.service.name, "start": found.start, "end": found.end,
                "local": shown(found.start, &meant.zone), "time_zone": zone_name(&meant.zone),
                "staff": found.staff.iter().map(|one| &one.name).collect::<Vec<_>>(),
                "certain": !found.flagged, "as_of": found.as_of, "complete": found.complete,
                "reasons": reasons.collect::<Vec<_>>(), "alternatives": found.alternatives,
            }),
        })
    }

    pub(super) async fn slots(&self, asked: Slots) -> Result<Said, Trouble> {
        let meant = self
            .meant((asked.service, asked.business), asked.variant, asked.staff)
            .await?;
        let (zone, now) = (&meant.zone, self.app.now());
        let from = match asked.from {
            Some(text) => names::moment("from", &text, zone, false)?.max(now),
            None => now,
        };
        ops::at(from, "/from")?;
        let to = match asked.to {
            Some(text) => names::moment("to", &text, zone, true)?,
            None => from.checked_add(WEEK).map_err(Problem::internal)?,
        };
        let wrong = |code: &str, detail: &str| Problem::invalid(vec![FieldError::new("/to", code, detail)]);
        let window = Interval::new(from, to)
            .map_err(|_| wrong("not_after_from", "“to” must lie in the future and after “from”."))?;
        if window.duration() > LONGEST {
            return Err(wrong("too_large", "A range is at most 62 days long.").into());
        }
        ops::at(to, "/to")?;
        let most = asked.limit.unwrap_or(SLOTS);
        let found = availability::free(&self.app, &self.tenant, meant.ask(), window, most, None).await?;
        let names: HashMap<&str, &str> = found
            .staff
            .iter()
            .map(|one| (one.id.as_str(), one.name.as_str()))
            .collect();
        let slots: Vec<Value> = found
            .data
            .iter()
            .map(|slot| {
                let staff: Vec<&str> = slot
                    .staff_ids
                    .iter()
                    .filter_map(|id| names.get(id.as_str()).copied())
                    .collect();
                json!({"start": slot.start, "end": slot.end, "local": slot.local, "say": say::moment(slot.start, zone),
                    "staff": staff, "places": slot.seats, "certain": !slot.flagged})
            })
            .collect();
        let said: Vec<&str> = slots.iter().take(3).filter_map(|slot| slot["say"].as_str()).collect();
        let say = if said.is_empty() {
            format!(
                "{} is not free between {} and {}.",
                meant.service.name,
                say::moment(from, zone),
                say::moment(to, zone)
            )
        } else {
            format!("{} is free {}.", meant.service.name, said.join("; "))
        };
        Ok(Said {
            say,
            data: json!({
                "service": meant.service.name, "time_zone": zone_name(zone), "now": shown(now, zone), "slots": slots,
                "more": found.data.len() == most, "as_of": found.as_of, "complete": found.complete,
            }),
        })
    }
}

/// What is listed, by name. `more`: there are others.
fn named(nothing: &str, begin: &str, listed: &[Value], more: bool) -> String {
    let names: Vec<&str> = listed.iter().filter_map(|one| one["name"].as_str()).collect();
    if names.is_empty() {
        return nothing.to_owned();
    }
    let end = if more {
        ", and more: name the business, or part of the name"
    } else {
        ""
    };
    format!("{begin}{}{end}.", names.join(", "))
}
