//! Who can be booked when: a list of slots, one start checked, and why not. Short and flat, with a sentence to read out:
//! somebody is on the phone.

mod model;

use actix_web::{get, web};
use domain::{
    availability::Board,
    id::TenantId,
    time::{self, Interval},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::Deserialize;
use utoipa::IntoParams;

pub use self::model::{Alternative, Checked, Reason, SlotPage, Unavailable, UnavailableTime};
use self::model::{Explained, PersonVerdicts};
use crate::{
    api::{
        auth::{Caller, scope},
        json::Query,
        problem::{Fields, Problem},
    },
    gateway::bookings as gateway,
    ops::availability::{self as ops, Ask, Loaded},
    state::App,
};

/// The longest range of a list.
pub(super) const LONGEST: SignedDuration = SignedDuration::from_hours(62 * 24 + 1);

/// How many other times are named.
const ALTERNATIVES: usize = 3;

/// Of what, and when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListSlots {
    /// `svc_…`
    #[param(max_length = 64)]
    service_id: String,
    /// A variant of the service.
    #[param(max_length = 64)]
    variant: Option<String>,
    /// Only with this person.
    #[param(max_length = 64)]
    staff_id: Option<String>,
    /// A booking that is to be moved: it is not in its own way.
    #[param(max_length = 64)]
    moving: Option<String>,
    /// Starts from here on.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Starts before; at most 62 days later.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// A calendar that was read longer ago is not known; without it what the client's policy says.
    #[param(minimum = 1, maximum = 604_800)]
    max_staleness_s: Option<i64>,
    /// In which zone times are shown; without it the client's.
    #[param(max_length = 64)]
    time_zone: Option<String>,
    /// How many slots at most, the earliest first.
    #[param(minimum = 1, maximum = 10_000)]
    limit: Option<usize>,
}

/// List free times
///
/// Every start that can be booked, as the booking itself will judge it: buffers, notice, closures and other calendars included.
#[utoipa::path(operation_id = "list_slots", tag = "availability", params(ListSlots), security(("session" = []), ("key" = ["bookings:read"])),
    responses((status = 200, description = "By start", body = SlotPage), Problem))]
#[get("/availability/slots")]
pub async fn slots(
    app: App,
    caller: Caller<scope::BookingsRead>,
    query: Query<ListSlots>,
) -> Result<web::Json<SlotPage>, Problem> {
    let Query(q) = query;
    let mut fields = Fields::new();
    for (name, value) in [("from", q.from), ("to", q.to)] {
        if value.is_none() {
            fields.add(format!("/query/{name}"), "required", format!("“{name}” is required."));
        }
    }
    let window = q.from.zip(q.to).map(|(from, to)| Interval::new(from, to));
    match &window {
        Some(Err(_)) => _ = fields.add("/query/to", "not_after_from", "“to” must lie after “from”."),
        Some(Ok(window)) if window.duration() > LONGEST => {
            fields.add("/query/to", "too_large", "A range is at most 62 days long.");
        }
        _ => {}
    }
    let zone = zone(q.time_zone.as_deref(), &mut fields);
    fields.check()?;
    let window = window
        .and_then(Result::ok)
        .ok_or_else(|| Problem::internal("a checked range is none"))?;
    ops::at(window.start(), "/query/from")?;
    ops::at(window.end(), "/query/to")?;
    let ask = Ask {
        service: q.service_id,
        variant: q.variant,
        people: q.staff_id.into_iter().collect(),
        max_staleness: q.max_staleness_s.map(SignedDuration::from_secs),
        moving: q.moving,
        ..Ask::default()
    };
    let most = q.limit.unwrap_or(usize::MAX);
    free(&app, &caller.tenant, ask, window, most, zone).await.map(web::Json)
}

/// The earliest starts of a window that can be booked.
///
/// # Errors
/// As [`slots`].
pub(super) async fn free(
    app: &App,
    tenant: &TenantId,
    ask: Ask,
    window: Interval,
    most: usize,
    zone: Option<TimeZone>,
) -> Result<SlotPage, Problem> {
    let judge = move |_: &mut db::Conn, loaded: &Loaded| {
        let world = loaded.world();
        let board = Board::new(&world, window);
        let mut found = board.slots();
        found.truncate(most);
        let zone = zone.as_ref().unwrap_or(&loaded.cast.zone);
        Ok(SlotPage::new(loaded, found, board.freshness(), zone))
    };
    gateway::judged(app, tenant, ask, window, judge).await
}

/// Of what, and when exactly.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CheckStart {
    /// `svc_…`
    #[param(max_length = 64)]
    service_id: String,
    /// A variant of the service.
    #[param(max_length = 64)]
    variant: Option<String>,
    /// Only with this person.
    #[param(max_length = 64)]
    staff_id: Option<String>,
    /// A booking that is to be moved: it is not in its own way.
    #[param(max_length = 64)]
    moving: Option<String>,
    /// When it would begin.
    #[param(value_type = Option<String>, format = DateTime)]
    start: Option<Timestamp>,
    /// A calendar that was read longer ago is not known; without it what the client's policy says.
    #[param(minimum = 1, maximum = 604_800)]
    max_staleness_s: Option<i64>,
    /// In which zone times are said; without it the client's.
    #[param(max_length = 64)]
    time_zone: Option<String>,
}

impl CheckStart {
    fn parsed(self) -> Result<(Ask, Timestamp, Option<TimeZone>), Problem> {
        let mut fields = Fields::new();
        if self.start.is_none() {
            fields.add("/query/start", "required", "“start” is required.");
        }
        let zone = zone(self.time_zone.as_deref(), &mut fields);
        fields.check()?;
        let ask = Ask {
            service: self.service_id,
            variant: self.variant,
            people: self.staff_id.into_iter().collect(),
            max_staleness: self.max_staleness_s.map(SignedDuration::from_secs),
            moving: self.moving,
            ..Ask::default()
        };
        let start = self.start.ok_or_else(|| Problem::internal("a checked start is none"))?;
        Ok((ask, start, zone))
    }
}

fn zone(name: Option<&str>, fields: &mut Fields) -> Option<TimeZone> {
    match time::zone(name?) {
        Ok(zone) => Some(zone),
        Err(error) => {
            fields.add("/query/time_zone", "format", error.to_string());
            None
        }
    }
}

/// Check one start
///
/// Whether it can be booked, by whom, and if not, why, and which times near it can.
#[utoipa::path(operation_id = "check_availability", tag = "availability", params(CheckStart), security(("session" = []), ("key" = ["bookings:read"])),
    responses((status = 200, description = "Free or not", body = Checked), Problem))]
#[get("/availability/check")]
pub async fn check(
    app: App,
    caller: Caller<scope::BookingsRead>,
    query: Query<CheckStart>,
) -> Result<web::Json<Checked>, Problem> {
    let (ask, start, zone) = query.0.parsed()?;
    let window = ops::start(start, "/query/start")?;
    checked(&app, &caller.tenant, ask, (start, window), zone)
        .await
        .map(web::Json)
}

/// One start, and times near it if it cannot be booked.
///
/// # Errors
/// As [`check`].
pub(super) async fn checked(
    app: &App,
    tenant: &TenantId,
    ask: Ask,
    (start, window): (Timestamp, Interval),
    zone: Option<TimeZone>,
) -> Result<Checked, Problem> {
    let (here, who, asked) = (app.clone(), tenant.clone(), ask.clone());
    let judge = move |c: &mut db::Conn, loaded: &Loaded| {
        let world = loaded.world();
        let board = Board::new(&world, window);
        let answer = board.check(start).map_err(Problem::internal)?;
        let zone = zone.as_ref().unwrap_or(&loaded.cast.zone);
        let mut others = Vec::new();
        if let (false, Some(near)) = (answer.bookable, ops::around(start, loaded.now())) {
            let loaded = here.worlds.ask(c, &who, asked.clone(), (near, loaded.now()))?;
            let world = loaded.world();
            others = gateway::alternatives(&loaded, &Board::new(&world, near), start, ALTERNATIVES);
        }
        let others = others.into_iter().map(|one| Alternative::new(one, zone)).collect();
        Ok(Checked::new(loaded, &answer, board.freshness(), others, zone))
    };
    gateway::judged(app, tenant, ask, window, judge).await
}

/// Explain a start
///
/// What every rule says about it, person by person, in the order in which the rules are told, and which events were let go and why.
#[utoipa::path(operation_id = "explain_availability", tag = "availability", params(CheckStart), security(("session" = []), ("key" = ["bookings:read"])),
    responses((status = 200, description = "All verdicts", body = Explained), Problem))]
#[get("/availability/explain")]
pub async fn explain(
    app: App,
    caller: Caller<scope::BookingsRead>,
    query: Query<CheckStart>,
) -> Result<web::Json<Explained>, Problem> {
    let (ask, start, zone) = query.0.parsed()?;
    let window = ops::start(start, "/query/start")?;
    let judge = move |_: &mut db::Conn, loaded: &Loaded| {
        let world = loaded.world();
        let board = Board::new(&world, window);
        let answer = board.check(start).map_err(Problem::internal)?;
        let zone = zone.as_ref().unwrap_or(&loaded.cast.zone);
        let people = answer
            .people
            .iter()
            .map(|person| PersonVerdicts::new(loaded, person, answer.span, zone));
        Ok::<_, Problem>(Explained {
            people: people.collect(),
            checked: Checked::new(loaded, &answer, board.freshness(), Vec::new(), zone),
        })
    };
    gateway::judged(&app, &caller.tenant, ask, window, judge)
        .await
        .map(web::Json)
}
