//! Events: read from the mirror, which is brought up to date first when it is older than it should be.

pub mod bulk;
pub mod convert;
pub mod copy;
pub mod model;
pub mod present;
pub mod write;

use std::{collections::HashMap, sync::Arc};

use actix_web::{HttpRequest, HttpResponse, get, web};
use db::calendars::{Calendar, Filter};
use domain::id::TenantId;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        auth::{Caller, scope},
        etag,
        json::{self, Each, Query},
        page::{self, Page},
        problem::{FieldError, Problem},
    },
    gateway::fresh::{self, Freshness},
    ops::{
        events::{self as ops, Item, Listing, Subject, Within},
        outbox::States,
    },
    state::App,
};
use model::{Event, EventPage, StaleCalendar};
use present::Around;

/// The longest window that series are expanded in.
const LONGEST: SignedDuration = SignedDuration::from_hours(400 * 24 + 25);

/// How series are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Expand {
    /// As one entry each, with the rule.
    #[default]
    None,
    /// As their occurrences.
    Instances,
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListCalendarEvents {
    /// Those that end after it.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Those that start before it.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Text in title, description, place, or name and address of a guest; in any case.
    #[param(max_length = 200)]
    q: Option<String>,
    /// Those whose mirror changed at or after it. At least those that the provider changed since then.
    #[param(value_type = Option<String>, format = DateTime)]
    updated_since: Option<Timestamp>,
    /// `instances`: series as their occurrences; needs `from` and `to`, at most 400 days apart.
    #[param(inline)]
    expand: Option<Expand>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
}

/// Which events, and of which calendars.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListEvents {
    /// Of the chosen calendars of one client.
    #[param(max_length = 64)]
    client_id: Option<String>,
    /// Of these calendars, chosen or not; several times, or separated by commas.
    #[serde(default)]
    #[param(max_items = 500)]
    calendar_id: Option<Vec<String>>,
    /// Those that end after it.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Those that start before it.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Text in title, description, place, or name and address of a guest; in any case.
    #[param(max_length = 200)]
    q: Option<String>,
    /// Those whose mirror changed at or after it. At least those that the provider changed since then.
    #[param(value_type = Option<String>, format = DateTime)]
    updated_since: Option<Timestamp>,
    /// `instances`: series as their occurrences; needs `from` and `to`, at most 400 days apart.
    #[param(inline)]
    expand: Option<Expand>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 1000, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
}

/// List a calendar's events
///
/// By start, then id. A mirror older than a few seconds is brought up to date first, within a time budget; `complete` says whether that worked.
#[utoipa::path(operation_id = "list_calendar_events", tag = "events", params(("id" = String, Path, description = "`cal_…`"), ListCalendarEvents), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "One page", body = EventPage), Problem))]
#[get("/calendars/{id}/events")]
pub async fn list_of_calendar(
    app: App,
    caller: Caller<scope::EventsRead>,
    id: web::Path<String>,
    query: Query<ListCalendarEvents>,
) -> Result<HttpResponse, Problem> {
    let (tenant, calendar) = (caller.tenant.clone(), id.into_inner());
    let row = app
        .read(move |c| db::calendars::get(c, &tenant, &calendar))
        .await
        .map_err(|e| Problem::missing(e, "calendar"))?;
    let Query(q) = query;
    let within = Within::Calendar(row.id.clone());
    let asked = Asked {
        from: q.from,
        to: q.to,
        q: q.q,
        updated_since: q.updated_since,
        expand: q.expand,
        limit: q.limit,
        cursor: q.cursor,
    };
    page_of(&app, caller.tenant, vec![row], within, asked).await
}

/// List events across calendars
///
/// As the list of one calendar. Without `calendar_id`, of all chosen calendars of the client or tenant.
#[utoipa::path(operation_id = "list_events", tag = "events", params(ListEvents), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "One page", body = EventPage), Problem))]
#[get("/events")]
pub async fn list(
    app: App,
    caller: Caller<scope::EventsRead>,
    query: Query<ListEvents>,
) -> Result<HttpResponse, Problem> {
    let Query(q) = query;
    let (tenant, client, ids) = (
        caller.tenant.clone(),
        q.client_id.clone(),
        q.calendar_id.clone().unwrap_or_default(),
    );
    let named = !ids.is_empty();
    let calendars = app
        .read(move |c| calendars(c, &tenant, client.as_deref(), &ids))
        .await?;
    let within = match (named, q.client_id) {
        (true, _) => Within::Calendars(calendars.iter().map(|calendar| calendar.id.clone()).collect()),
        (false, Some(client)) => Within::Client(client),
        (false, None) => Within::Tenant,
    };
    let asked = Asked {
        from: q.from,
        to: q.to,
        q: q.q,
        updated_since: q.updated_since,
        expand: q.expand,
        limit: q.limit,
        cursor: q.cursor,
    };
    page_of(&app, caller.tenant, calendars, within, asked).await
}

/// The calendars that are meant. One that does not exist, or is another client's, is an error.
///
/// # Errors
/// 404.
pub fn calendars(
    c: &mut db::Conn,
    tenant: &TenantId,
    client: Option<&str>,
    ids: &[String],
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
        return Ok(db::calendars::list(c, tenant, &filter, &everything)?.rows);
    }
    let found = db::calendars::some(c, tenant, ids)?;
    let there = |id: &String| {
        found
            .iter()
            .any(|one| one.id == *id && client.is_none_or(|client| one.client_id == client))
    };
    if ids.iter().all(there) {
        Ok(found)
    } else {
        Err(Problem::not_found("calendar"))
    }
}

/// What both lists ask.
struct Asked {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    q: Option<String>,
    updated_since: Option<Timestamp>,
    expand: Option<Expand>,
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn page_of(
    app: &App,
    tenant: TenantId,
    calendars: Vec<Calendar>,
    within: Within,
    asked: Asked,
) -> Result<HttpResponse, Problem> {
    let expand = asked.expand == Some(Expand::Instances);
    check_window(asked.from, asked.to, expand)?;
    let keyset = page::keyset(asked.limit, asked.cursor.as_deref())?;
    let after = match keyset.after {
        Some((start, id)) => Some((start.parse::<i64>().map_err(|_| bad_cursor())?, id)),
        None => None,
    };
    let Freshness {
        calendars,
        as_of,
        stale,
        ..
    } = fresh::fresh(app, calendars).await?;
    let listing = Listing {
        within,
        from: asked.from,
        to: asked.to,
        search: asked.q.map(|q| q.trim().to_owned()).filter(|q| !q.is_empty()),
        updated_since: asked.updated_since,
        expand,
        zones: crate::ops::dashboard::zones(&calendars),
        after,
        limit: keyset.limit,
    };
    let ((items, next), states) = app
        .read(move |c| {
            let listed = ops::list(c, &tenant, &listing)?;
            let states = ops::waiting(c, &tenant, &listed.0)?;
            Ok::<_, ops::Error>((listed, states))
        })
        .await?;
    let around = around(&calendars, states);
    let size = (1 + items.len()) * EVENT_SIZE;
    let page = EventPage {
        data: Each::new(items.into_iter().map(move |item| present_item(item, &around))),
        next_cursor: next.as_ref().map(page::encode),
        as_of,
        complete: stale.is_empty(),
        stale: stale
            .into_iter()
            .map(|s| StaleCalendar {
                calendar_id: s.calendar,
                as_of: s.as_of,
                detail: s.detail,
            })
            .collect(),
    };
    json::answer(&page, size)
}

/// About how long an event is as JSON, in bytes.
const EVENT_SIZE: usize = 1024;

fn bad_cursor() -> Problem {
    Problem::invalid(vec![FieldError::new(
        "/query/cursor",
        "format",
        "The cursor is not one of ours: leave it out to begin again.",
    )])
}

/// Judges a window of time.
///
/// # Errors
/// 422.
pub fn check_window(from: Option<Timestamp>, to: Option<Timestamp>, expand: bool) -> Result<(), Problem> {
    let mut fields = crate::api::problem::Fields::new();
    match (from, to) {
        (Some(from), Some(to)) if from >= to => {
            fields.add("/query/to", "not_after_from", "“to” must lie after “from”.");
        }
        (Some(from), Some(to)) if expand && to.duration_since(from) > LONGEST => {
            fields.add(
                "/query/to",
                "too_large",
                "Series are expanded in windows of at most 400 days.",
            );
        }
        _ => {}
    }
    if expand && from.is_none() {
        fields.add("/query/from", "required", "“expand=instances” needs “from”.");
    }
    if expand && to.is_none() {
        fields.add("/query/to", "required", "“expand=instances” needs “to”.");
    }
    fields.check()
}

/// What answers say of each calendar's events.
pub fn around(calendars: &[Calendar], states: States) -> HashMap<String, Around> {
    let states = Arc::new(states);
    let one = |calendar: &Calendar| Around {
        zone: calendar.time_zone.clone().unwrap_or_else(|| "UTC".to_owned()),
        as_of: calendar.as_of.map(Into::into),
        states: Arc::clone(&states),
    };
    calendars
        .iter()
        .map(|calendar| (calendar.id.clone(), one(calendar)))
        .collect()
}

/// An entry of a list as an answer.
///
/// # Errors
/// A fault of ours: a row was written by something else.
pub fn present_item(item: Item, around: &HashMap<String, Around>) -> Result<Event, Problem> {
    let nowhere = Around {
        zone: "UTC".to_owned(),
        as_of: None,
        states: Arc::default(),
    };
    Ok(match item {
        Item::Row { row, series_revision } => {
            let around = around.get(&row.calendar_id).unwrap_or(&nowhere);
            present::row(*row, series_revision, around)?
        }
        Item::Occurrence { master, occurrence } => {
            let around = around.get(&master.row.calendar_id).unwrap_or(&nowhere);
            present::occurrence(&master.row, &master.content, &occurrence, around)
        }
    })
}

/// A found event as an answer.
///
/// # Errors
/// A fault of ours: a row was written by something else.
pub async fn present_subject(app: &App, subject: &Subject) -> Result<Event, Problem> {
    let (item, tenant) = (subject.item(), TenantId::from_store(subject.calendar.tenant_id.clone()));
    let (item, states) = app
        .read(move |c| {
            let states = ops::waiting(c, &tenant, std::slice::from_ref(&item))?;
            Ok::<_, ops::Error>((item, states))
        })
        .await?;
    present_item(item, &around(std::slice::from_ref(&subject.calendar), states))
}

/// Finds an event, its calendar brought up to date first.
///
/// # Errors
/// 404.
pub async fn find_fresh(app: &App, tenant: &TenantId, id: &str) -> Result<Subject, Problem> {
    let calendar = match find(app, tenant, id).await {
        Ok(subject) => subject.calendar,
        // It may be an occurrence that the provider has and the mirror has not, yet.
        Err(problem) => {
            let series = domain::id::EventRef::parse(id)
                .filter(|wanted| wanted.key.is_some())
                .ok_or_else(|| problem.clone())?;
            find(app, tenant, &series.series).await.map_err(|_| problem)?.calendar
        }
    };
    fresh::fresh(app, vec![calendar]).await?;
    find(app, tenant, id).await
}

/// Finds an event in the mirror as it is.
///
/// # Errors
/// 404.
pub async fn find(app: &App, tenant: &TenantId, id: &str) -> Result<Subject, Problem> {
    let (tenant, id) = (tenant.clone(), id.to_owned());
    Ok(app.read(move |c| ops::find(c, &tenant, &id)).await?)
}

/// Read an event
///
/// A single event, a series, or an occurrence by its own identifier.
#[utoipa::path(operation_id = "get_event", tag = "events", params(("id" = String, Path, description = "`evt_…`, or an occurrence `evt_…_20261101T080000Z`")), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "The event", body = Event), (status = 304, description = "The caller has this version"), Problem))]
#[get("/events/{id}")]
pub async fn read(
    app: App,
    caller: Caller<scope::EventsRead>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let subject = find_fresh(&app, &caller.tenant, &id).await?;
    let event = present_subject(&app, &subject).await?;
    Ok(etag::answer(&request, &present::shown_etag(&event), &event))
}

/// Which occurrences.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListInstances {
    /// Those that end after it.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Those that start before it.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
}

/// List the occurrences of a series
///
/// Changed ones as they are, cancelled ones not. An endless series has always one more page.
#[utoipa::path(operation_id = "list_event_instances", tag = "events", params(("id" = String, Path, description = "`evt_…`"), ListInstances), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "One page, by start", body = Page<Event>), Problem))]
#[get("/events/{id}/instances")]
pub async fn instances(
    app: App,
    caller: Caller<scope::EventsRead>,
    id: web::Path<String>,
    query: Query<ListInstances>,
) -> Result<web::Json<Page<Event>>, Problem> {
    let Query(q) = query;
    check_window(q.from, q.to, false)?;
    let keyset = page::keyset(q.limit, q.cursor.as_deref())?;
    let after = match keyset.after {
        Some((start, id)) => Some((start.parse::<i64>().map_err(|_| bad_cursor())?, id)),
        None => None,
    };
    let subject = find_fresh(&app, &caller.tenant, &id).await?;
    let (tenant, calendar) = (caller.tenant, subject.calendar.clone());
    let ((items, next), states) = app
        .read(move |c| {
            let listed = ops::instances(c, &tenant, &subject, (q.from, q.to), after.as_ref(), keyset.limit)?;
            let states = ops::waiting(c, &tenant, &listed.0)?;
            Ok::<_, ops::Error>((listed, states))
        })
        .await?;
    let around = around(std::slice::from_ref(&calendar), states);
    let data = items
        .into_iter()
        .map(|item| present_item(item, &around))
        .collect::<Result<_, _>>()?;
    Ok(web::Json(Page {
        data,
        next_cursor: next.as_ref().map(page::encode),
    }))
}
