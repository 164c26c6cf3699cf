//! `GET /freebusy`: when calendars are busy, and of which this is not known.

use std::collections::{BTreeSet, HashMap};

use actix_web::{get, web};
use db::calendars::{Calendar, Filter};
use domain::{id::TenantId, time::Interval};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        auth::{Caller, scope},
        json::Query,
        problem::{Fields, Problem},
    },
    gateway::fresh,
    ops::free_busy::Unknown,
    state::App,
};

/// The longest range.
const LONGEST: SignedDuration = SignedDuration::from_hours(400 * 24 + 25);

/// A stretch of time that is taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct BusyInterval {
    /// First moment.
    #[schema(value_type = String, format = DateTime)]
    start: Timestamp,
    /// First moment after.
    #[schema(value_type = String, format = DateTime)]
    end: Timestamp,
}

/// Why it is not known when a calendar is busy, or not as of now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FreeBusyError {
    /// The calendar was never read.
    NeverRead,
    /// The last pull failed.
    Failing,
    /// The provider has not answered in time: what is said is as old as `as_of`.
    Stale,
    /// Busy times are still being worked out; ask again in a minute.
    NotYet,
    /// The range begins more than 31 days ago, or ends beyond the horizon.
    OutOfReach,
    /// A series has too many occurrences in this range.
    TooManyOccurrences,
}

/// When a calendar is busy.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarBusy {
    /// `cal_…`
    calendar_id: String,
    /// Of which client.
    client_id: String,
    /// What its events are true for; null: never read.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    as_of: Option<Timestamp>,
    /// By start, apart from one another. Null: **not known**, which is not free.
    #[schema(required)]
    busy: Option<Vec<BusyInterval>>,
    /// Why it is not known, or old.
    #[schema(required)]
    error: Option<FreeBusyError>,
    /// The same for people.
    #[schema(required)]
    detail: Option<String>,
}

/// When calendars are busy.
#[derive(Debug, Serialize, ToSchema)]
pub struct FreeBusy {
    /// Begin of the range.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// Its end.
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// The age of the oldest calendar; null: one was never read.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    as_of: Option<Timestamp>,
    /// Whether all of it is known and as of now: no calendar has an `error`.
    complete: bool,
    /// By identifier.
    calendars: Vec<CalendarBusy>,
}

/// Of whom, and when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReadFreeBusy {
    /// Of these calendars, whatever they are for; several times, or separated by commas.
    #[serde(default)]
    #[param(max_items = 500)]
    calendar_ids: Option<Vec<String>>,
    /// Of the client's chosen calendars that make them busy; with `calendar_ids`: these must be the client's.
    #[param(max_length = 64)]
    client_id: Option<String>,
    /// Begin of the range, at most 31 days ago.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Its end, at most 400 days later.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// Read when calendars are busy
///
/// Merged intervals of each calendar, by its own `busy_rules`: usually cancelled, free and declined events take no time. A mirror older than a few seconds is brought up to
/// date first, within a time budget. Where it is not known (`busy` is null, `complete` is false) nobody is free.
#[utoipa::path(operation_id = "get_freebusy", tag = "sync", params(ReadFreeBusy), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "When they are busy", body = FreeBusy), Problem))]
#[get("/freebusy")]
pub async fn read(
    app: App,
    caller: Caller<scope::EventsRead>,
    query: Query<ReadFreeBusy>,
) -> Result<web::Json<FreeBusy>, Problem> {
    let Query(q) = query;
    let ids: BTreeSet<String> = q.calendar_ids.unwrap_or_default().into_iter().collect();
    let range = range(q.from, q.to, ids.is_empty() && q.client_id.is_none())?;
    let (tenant, client, here, now) = (caller.tenant.clone(), q.client_id, app.clone(), app.now());
    let (found, mut known) = app
        .read(move |c| {
            let found = calendars(c, &tenant, client.as_deref(), &ids)?;
            let known = here.busy.between(c, &tenant, &found, range, now)?;
            Ok::<_, Problem>((found, known))
        })
        .await?;
    let freshness = fresh::fresh(&app, found).await?;
    let calendars = freshness.calendars;
    if freshness.asked {
        let (asked, here, now) = (calendars.clone(), app.clone(), app.now());
        known = app
            .read(move |c| here.busy.between(c, &caller.tenant, &asked, range, now))
            .await?;
    }
    let stale: HashMap<String, String> = freshness
        .stale
        .into_iter()
        .map(|one| (one.calendar, one.detail))
        .collect();
    let answers: Vec<CalendarBusy> = calendars
        .into_iter()
        .map(|calendar| {
            let intervals = known.remove(&calendar.id).unwrap_or(Err(Unknown::NotYet));
            answer(calendar, intervals, &stale)
        })
        .collect();
    Ok(web::Json(FreeBusy {
        from: range.start(),
        to: range.end(),
        as_of: freshness.as_of,
        complete: answers.iter().all(|one| one.error.is_none()),
        calendars: answers,
    }))
}

fn answer(
    calendar: Calendar,
    intervals: Result<Vec<Interval>, Unknown>,
    stale: &HashMap<String, String>,
) -> CalendarBusy {
    use FreeBusyError as E;
    let failing = calendar.consecutive_failures > 0;
    let (known, error, detail) = match intervals {
        _ if calendar.as_of.is_none() => (
            None,
            Some(E::NeverRead),
            calendar
                .last_error_detail
                .or_else(|| said("The calendar was never read.")),
        ),
        _ if failing => (None, Some(E::Failing), calendar.last_error_detail),
        Err(Unknown::NotYet) => (
            None,
            Some(E::NotYet),
            said("Busy times are still being worked out; ask again in a minute."),
        ),
        Err(Unknown::OutOfReach) => (
            None,
            Some(E::OutOfReach),
            said("The range begins more than 31 days ago, or ends beyond the horizon."),
        ),
        Err(Unknown::TooMuch) => (
            None,
            Some(E::TooManyOccurrences),
            said("A series has too many occurrences in this range; ask for a shorter one."),
        ),
        Ok(intervals) => {
            let old = stale.get(&calendar.id);
            (Some(intervals), old.map(|_| E::Stale), old.cloned())
        }
    };
    CalendarBusy {
        calendar_id: calendar.id,
        client_id: calendar.client_id,
        as_of: calendar.as_of.map(Into::into),
        busy: known.map(|all| {
            all.into_iter()
                .map(|one| BusyInterval {
                    start: one.start(),
                    end: one.end(),
                })
                .collect()
        }),
        error,
        detail,
    }
}

fn said(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn range(from: Option<Timestamp>, to: Option<Timestamp>, nobody: bool) -> Result<Interval, Problem> {
    let mut fields = Fields::new();
    if nobody {
        fields.add("/query/calendar_ids", "required", "Name calendars or a client.");
    }
    for (name, value) in [("from", from), ("to", to)] {
        if value.is_none() {
            fields.add(format!("/query/{name}"), "required", format!("“{name}” is required."));
        }
    }
    let range = from.zip(to).map(|(from, to)| Interval::new(from, to));
    match &range {
        Some(Err(_)) => _ = fields.add("/query/to", "not_after_from", "“to” must lie after “from”."),
        Some(Ok(range)) if range.duration() > LONGEST => {
            fields.add("/query/to", "too_large", "A range is at most 400 days long.");
        }
        _ => {}
    }
    fields.check()?;
    range
        .and_then(Result::ok)
        .ok_or_else(|| Problem::internal("a checked range is none"))
}

/// The calendars that are meant, by identifier. One that does not exist, or is another client's, is an error.
fn calendars(
    c: &mut db::Conn,
    tenant: &TenantId,
    client: Option<&str>,
    ids: &BTreeSet<String>,
) -> Result<Vec<Calendar>, Problem> {
    if let Some(client) = client {
        db::clients::get(c, tenant, client).map_err(|e| Problem::missing(e, "client"))?;
    }
    if ids.is_empty() {
        let everything = db::page::Keyset {
            after: None,
            limit: i64::MAX - 1,
        };
        let filter = Filter {
            client,
            selected: Some(true),
            ..Filter::default()
        };
        let mut found = db::calendars::list(c, tenant, &filter, &everything)?.rows;
        found.retain(|calendar| calendar.blocks_availability);
        found.sort_by(|a, b| a.id.cmp(&b.id));
        return Ok(found);
    }
    let ids: Vec<String> = ids.iter().cloned().collect();
    let mut found = db::calendars::some(c, tenant, &ids)?;
    found.sort_by(|a, b| a.id.cmp(&b.id));
    let strange = |calendar: &Calendar| client.is_some_and(|client| calendar.client_id != client);
    if found.len() < ids.len() || found.iter().any(strange) {
        return Err(Problem::not_found("calendar"));
    }
    Ok(found)
}
