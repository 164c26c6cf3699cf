//! Bookings: made, moved, given to somebody else, cancelled, and what was done to them.

mod model;

use actix_web::{HttpRequest, HttpResponse, get, patch, post, web};
use db::{
    bookings::{Filter, HELD},
    page::Keyset,
};
use domain::id::TenantId;
use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

pub use self::model::{Booking, BookingIn, BookingStatus, CreatedBookings, GuestIn};
use self::model::{CancelIn, Deed, EditIn, Message, ReassignIn, RescheduleIn, SettleIn};
use crate::{
    api::{
        auth::{Actor, Caller, scope},
        etag::{self, IfMatch},
        json::{Body, Merge, Query},
        page::{self, Page, PageQuery},
        patch::Patch,
        problem::{Code, FieldError, Problem},
    },
    gateway::bookings::{self as gateway, Refusal},
    ops::{
        availability::Ask,
        bookings::{self as ops, Act, By, Draft, Edit, Guest, Shown},
    },
    state::App,
};

/// Which bookings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListBookings {
    /// With this client.
    #[param(max_length = 64)]
    client_id: Option<String>,
    /// With this person.
    #[param(max_length = 64)]
    staff_id: Option<String>,
    /// Of this customer.
    #[param(max_length = 64)]
    customer_id: Option<String>,
    /// Those that end after it.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Those that start before it.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// In one of these states; several times, or separated by commas. Without it: all.
    #[serde(default)]
    #[param(max_items = 10, inline)]
    status: Option<Vec<BookingStatus>>,
    /// Only those that somebody should look at, or only the others.
    flagged: Option<bool>,
    /// Part of the name or address of the customer, or of the name of the service.
    #[param(max_length = 200)]
    q: Option<String>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
}

/// List bookings
///
/// By start.
#[utoipa::path(operation_id = "list_bookings", tag = "bookings", params(ListBookings), security(("session" = []), ("key" = ["bookings:read"])),
    responses((status = 200, description = "One page", body = Page<Booking>), Problem))]
#[get("/bookings")]
pub async fn list(
    app: App,
    caller: Caller<scope::BookingsRead>,
    query: Query<ListBookings>,
) -> Result<web::Json<Page<Booking>>, Problem> {
    let Query(q) = query;
    let page = keyset(q.limit, q.cursor.as_deref())?;
    let slice = app
        .read(move |c| {
            let statuses: Vec<String> = q
                .status
                .unwrap_or_default()
                .iter()
                .map(|one| one.as_str().to_owned())
                .collect();
            let search = q.q.as_deref().map(str::trim).filter(|text| !text.is_empty());
            let filter = Filter {
                client: q.client_id.as_deref(),
                staff: q.staff_id.as_deref(),
                customer: q.customer_id.as_deref(),
                from: q.from.map(Into::into),
                to: q.to.map(Into::into),
                statuses: &statuses,
                flagged: q.flagged,
                search,
            };
            let slice = db::bookings::list(c, &caller.tenant, &filter, &page)?;
            Ok::<_, db::Error>(db::page::Slice {
                rows: ops::show(c, &caller.tenant, slice.rows)?,
                next: slice.next,
            })
        })
        .await?;
    Ok(web::Json(Page::of(slice, Booking::new)))
}

/// The place to read from, in a list by start.
fn keyset(limit: Option<i64>, cursor: Option<&str>) -> Result<Keyset, Problem> {
    let page = page::keyset(limit, cursor)?;
    let number = |(start, _): &(String, String)| start.parse::<i64>().is_ok();
    if page.after.as_ref().is_none_or(number) {
        Ok(page)
    } else {
        Err(page::wrong_cursor())
    }
}

/// Book
///
/// Decided on fresh data, in one transaction with the promise to write the event into the calendars: of two who want the same time, one gets it, and the other one is told why, and when else. With `external_id` (the id of a call) the same request is the same booking, however often it comes.
#[utoipa::path(operation_id = "create_booking", tag = "bookings", request_body = BookingIn, security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 201, description = "Booked", body = CreatedBookings), (status = 200, description = "Booked before, with the same `external_id`", body = CreatedBookings), Problem))]
#[post("/bookings")]
pub async fn create(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    body: Body<BookingIn>,
) -> Result<HttpResponse, Problem> {
    let origin = match &caller.actor {
        Actor::User(_) => "app",
        Actor::Key(_) => "api",
    };
    let (created, is_new) = book(&app, &caller.tenant, actor(&caller.actor), origin, body.0).await?;
    let mut answer = if is_new {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    Ok(answer
        .insert_header(("ETag", created.booking.etag()))
        .insert_header(("Location", format!("/api/v1/bookings/{}", created.booking.id)))
        .json(created))
}

/// Books; whether that is new, or was booked before with the same `external_id`.
///
/// # Errors
/// As [`create`].
pub(super) async fn book(
    app: &App,
    tenant: &TenantId,
    actor: &str,
    origin: &str,
    input: BookingIn,
) -> Result<(CreatedBookings, bool), Problem> {
    let text = serde_json::to_vec(&input).map_err(Problem::internal)?;
    let people = themselves(app, tenant, &input).await?;
    let draft = Draft {
        ask: Ask {
            service: input.service_id,
            variant: input.variant,
            people,
            ..Ask::default()
        },
        start: input.start,
        recurrence: input.recurrence,
        customer: guest(input.customer_id, input.customer)?,
        status: input.hold.then_some(HELD),
        notes_shared: input.notes_shared,
        notes_private: input.notes_private,
        origin: origin.to_owned(),
        external_id: input.external_id,
        fingerprint: hex::encode(Sha256::digest(&text)),
    };
    let (shown, is_new) = gateway::create(app, tenant, actor, draft).await?;
    let mut bookings = shown.into_iter().map(Booking::new);
    let booking = bookings.next().ok_or_else(|| Problem::internal("nothing was booked"))?;
    let others = bookings.collect();
    Ok((CreatedBookings { booking, others }, is_new))
}

/// With whom: who books only as one of the staff, books themselves, and with the others what all do together.
async fn themselves(app: &App, tenant: &TenantId, input: &BookingIn) -> Result<Vec<String>, Problem> {
    let Some(person) = app.reach().person().filter(|_| input.staff_ids.is_empty()) else {
        return Ok(input.staff_ids.clone());
    };
    let (who, person, service) = (tenant.clone(), person.to_owned(), input.service_id.clone());
    let own = app.read_all(move |c| {
        let own = db::user_access::staff_for(c, &who, &person, &service)?;
        match own {
            Some(_) if db::services::get(c, &who, &service)?.is_together() => Ok(None),
            own => Ok::<_, db::Error>(own),
        }
    });
    Ok(own.await?.into_iter().collect())
}

fn guest(id: Option<String>, called: Option<GuestIn>) -> Result<Option<Guest>, Problem> {
    match (id, called) {
        (None, None) => Ok(None),
        (Some(id), None) => Ok(Some(Guest::Known(id))),
        (None, Some(GuestIn { name, phone, email })) => Ok(Some(Guest::Called { name, phone, email })),
        (Some(_), Some(_)) => Err(Problem::invalid(vec![FieldError::new(
            "/customer",
            "not_both",
            "Send customer_id or customer, not both.",
        )])),
    }
}

pub(super) fn actor(actor: &Actor) -> &str {
    match actor {
        Actor::User(id) | Actor::Key(id) => id,
    }
}

/// Read a booking
#[utoipa::path(operation_id = "get_booking", tag = "bookings", params(("id" = String, Path, description = "`bkg_…`")), security(("session" = []), ("key" = ["bookings:read"])),
    responses((status = 200, description = "The booking", body = Booking), (status = 304, description = "The caller has this version"), Problem))]
#[get("/bookings/{id}")]
pub async fn read(
    app: App,
    caller: Caller<scope::BookingsRead>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let booking = find(&app, &caller.tenant, &id).await?;
    Ok(etag::answer(&request, &booking.shown_etag(), &booking))
}

/// A booking as it is now.
///
/// # Errors
/// 404.
pub(super) async fn find(app: &App, tenant: &TenantId, id: &str) -> Result<Booking, Problem> {
    let (who, id) = (tenant.clone(), id.to_owned());
    let shown: Vec<Shown> = app
        .read(move |c| {
            let row = db::bookings::get(c, &who, &id)?;
            ops::show(c, &who, vec![row])
        })
        .await
        .map_err(|error| Problem::missing(error, "booking"))?;
    let first = shown.into_iter().next().map(Booking::new);
    first.ok_or_else(|| Problem::not_found("booking"))
}

/// Does something to a booking; 412 shows it as it is now.
async fn act<S>(app: &App, caller: &Caller<S>, id: &str, expected: IfMatch, act: Act) -> Result<HttpResponse, Problem> {
    let meant = move |row: &db::bookings::Booking| means(&expected, row);
    let done = gateway::act(app, &caller.tenant, actor(&caller.actor), id, meant, act).await;
    answered(app, caller, id, done).await
}

/// Whether the caller means the booking as it is now.
fn means(expected: &IfMatch, row: &db::bookings::Booking) -> bool {
    let tag = etag::of(row.revision);
    expected.allows(&tag) || expected.begins(&format!("{}~", tag.trim_end_matches('"')))
}

async fn answered<S>(
    app: &App,
    caller: &Caller<S>,
    id: &str,
    done: Result<Shown, Refusal>,
) -> Result<HttpResponse, Problem> {
    match done {
        Ok(shown) => Ok(answer(shown)),
        Err(Refusal::Other(ops::Error::Changed)) => Err(Problem::new(
            Code::PreconditionFailed,
            "Somebody changed this booking since you read it.",
        )
        .current(&find(app, &caller.tenant, id).await?)),
        Err(other) => Err(other.into()),
    }
}

fn answer(shown: Shown) -> HttpResponse {
    let booking = Booking::new(shown);
    HttpResponse::Ok()
        .insert_header(("ETag", booking.shown_etag()))
        .json(booking)
}

/// Change what a booking says
///
/// Customer, notes and price. Time and people have operations of their own.
#[utoipa::path(operation_id = "update_booking", tag = "bookings", params(("id" = String, Path, description = "`bkg_…`"), ("If-Match" = String, Header, description = "The ETag read before: 412 when somebody changed it since, 428 without it")),
    request_body(content((Patch<EditIn> = "application/merge-patch+json"), (Patch<EditIn> = "application/json"))), security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 200, description = "Changed", body = Booking), Problem))]
#[patch("/bookings/{id}")]
pub async fn update(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
    body: Merge<EditIn>,
) -> Result<HttpResponse, Problem> {
    let expected = expected.required()?;
    let now = find(&app, &caller.tenant, &id).await?;
    let edit = body.apply(&EditIn::of(&now))?;
    let edit = Edit {
        customer: edit.customer_id,
        notes_shared: edit.notes_shared,
        notes_private: edit.notes_private,
        price_text: edit.price_text,
    };
    act(&app, &caller, &id, expected, Act::Edit(edit)).await
}

/// Confirm a booking
///
/// A hold, or one that waits for the business. A hold whose time has run out is confirmed if the time is still free.
#[utoipa::path(operation_id = "confirm_booking", tag = "bookings", params(("id" = String, Path, description = "`bkg_…`"), ("If-Match" = Option<String>, Header, description = "The ETag read before: 412 when somebody changed it since")), security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 200, description = "Confirmed", body = Booking), Problem))]
#[post("/bookings/{id}/confirm")]
pub async fn confirm(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
) -> Result<HttpResponse, Problem> {
    act(&app, &caller, &id, expected, Act::Confirm).await
}

/// Whether a late change is allowed: a person of the business may, a program cannot say so.
fn by<S>(caller: &Caller<S>, customer: bool, allowed: bool) -> Result<By, Problem> {
    match (customer, allowed, &caller.actor) {
        (false, false, _) => Ok(By::Business),
        (true, false, _) => Ok(By::Customer),
        (_, true, Actor::User(_)) => Ok(By::Allowed),
        (_, true, Actor::Key(_)) => Err(Problem::new(
            Code::Forbidden,
            "Only somebody who is signed in can set the client's policy aside.",
        )),
    }
}

/// Move a booking
///
/// To another time, with the same people unless others are named. Its event moves with it.
#[utoipa::path(operation_id = "reschedule_booking", tag = "bookings", params(("id" = String, Path, description = "`bkg_…`"), ("If-Match" = Option<String>, Header, description = "The ETag read before: 412 when somebody changed it since")), request_body = RescheduleIn, security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 200, description = "Moved", body = Booking), Problem))]
#[post("/bookings/{id}/reschedule")]
pub async fn reschedule(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
    body: Body<RescheduleIn>,
) -> Result<HttpResponse, Problem> {
    let Body(input) = body;
    let to = Act::Move {
        start: input.start,
        people: Some(input.staff_ids).filter(|people| !people.is_empty()),
        by: by(&caller, input.by_customer, input.r#override)?,
    };
    act(&app, &caller, &id, expected, to).await
}

/// Give a booking to somebody else
///
/// At the same time. Its event leaves the calendars of those who did it, and comes into the calendars of those who do.
#[utoipa::path(operation_id = "reassign_booking", tag = "bookings", params(("id" = String, Path, description = "`bkg_…`"), ("If-Match" = Option<String>, Header, description = "The ETag read before: 412 when somebody changed it since")), request_body = ReassignIn, security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 200, description = "Given to them", body = Booking), Problem))]
#[post("/bookings/{id}/reassign")]
pub async fn reassign(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
    body: Body<ReassignIn>,
) -> Result<HttpResponse, Problem> {
    let people = body.0.staff_ids;
    act(&app, &caller, &id, expected, Act::Assign { people }).await
}

/// Cancel a booking
///
/// Its events are deleted. `by_customer` obeys the client's policy; somebody of the business may set it aside with `override`, which is written down.
#[utoipa::path(operation_id = "cancel_booking", tag = "bookings", params(("id" = String, Path, description = "`bkg_…`"), ("If-Match" = Option<String>, Header, description = "The ETag read before: 412 when somebody changed it since")), request_body = CancelIn, security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 200, description = "Cancelled", body = Booking), Problem))]
#[post("/bookings/{id}/cancel")]
pub async fn cancel(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
    body: Body<CancelIn>,
) -> Result<HttpResponse, Problem> {
    let Body(input) = body;
    let cancel = Act::Cancel {
        reason: input.reason,
        by: by(&caller, input.by_customer, input.r#override)?,
    };
    act(&app, &caller, &id, expected, cancel).await
}

/// Say that a booking has happened
#[utoipa::path(operation_id = "complete_booking", tag = "bookings", params(("id" = String, Path, description = "`bkg_…`"), ("If-Match" = Option<String>, Header, description = "The ETag read before: 412 when somebody changed it since")), security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 200, description = "Completed", body = Booking), Problem))]
#[post("/bookings/{id}/complete")]
pub async fn complete(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
) -> Result<HttpResponse, Problem> {
    act(&app, &caller, &id, expected, Act::Complete).await
}

/// Say that nobody came
#[utoipa::path(operation_id = "mark_no_show", tag = "bookings", params(("id" = String, Path, description = "`bkg_…`"), ("If-Match" = Option<String>, Header, description = "The ETag read before: 412 when somebody changed it since")), security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 200, description = "Noted", body = Booking), Problem))]
#[post("/bookings/{id}/no-show")]
pub async fn no_show(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
) -> Result<HttpResponse, Problem> {
    act(&app, &caller, &id, expected, Act::NoShow).await
}

/// Choose between a booking and its event
///
/// For a booking that is flagged because somebody changed its event at the provider, and the client's policy says to ask.
#[utoipa::path(operation_id = "settle_booking", tag = "bookings", params(("id" = String, Path, description = "`bkg_…`"), ("If-Match" = Option<String>, Header, description = "The ETag read before: 412 when somebody changed it since")), request_body = SettleIn, security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 200, description = "Settled", body = Booking), Problem))]
#[post("/bookings/{id}/settle")]
pub async fn settle(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
    body: Body<SettleIn>,
) -> Result<HttpResponse, Problem> {
    let how = body.0.keep.into();
    let meant = move |row: &db::bookings::Booking| means(&expected, row);
    let done = gateway::settle(&app, &caller.tenant, actor(&caller.actor), &id, meant, how).await;
    answered(&app, &caller, &id, done).await
}

/// Take the last change of a booking back
///
/// Also one that somebody made to its event at the provider: it goes back to what it was before the last entry of its history, if that time is free. 409 `conflict`: that cannot be taken back (it was made, or something else was noted since). Undone twice it is as before.
#[utoipa::path(operation_id = "undo_booking", tag = "bookings", params(("id" = String, Path, description = "`bkg_…`"), ("If-Match" = Option<String>, Header, description = "The ETag read before: 412 when somebody changed it since")), security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 200, description = "As before", body = Booking), Problem))]
#[post("/bookings/{id}/undo")]
pub async fn undo(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
) -> Result<HttpResponse, Problem> {
    let meant = move |row: &db::bookings::Booking| means(&expected, row);
    let done = gateway::undo(&app, &caller.tenant, actor(&caller.actor), &id, meant).await;
    answered(&app, &caller, &id, done).await
}

/// Read what was done to a booking
///
/// Oldest first: who did what, when, and what it was before.
#[utoipa::path(operation_id = "list_booking_history", tag = "bookings", params(("id" = String, Path, description = "`bkg_…`"), PageQuery), security(("session" = []), ("key" = ["bookings:read"])),
    responses((status = 200, description = "One page", body = Page<Deed>), Problem))]
#[get("/bookings/{id}/history")]
pub async fn history(
    app: App,
    caller: Caller<scope::BookingsRead>,
    id: web::Path<String>,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<Deed>>, Problem> {
    let page = query.0.keyset()?;
    let slice = app
        .read(move |c| {
            db::bookings::get(c, &caller.tenant, &id)?;
            db::booking_history::of(c, &caller.tenant, &id, &page)
        })
        .await
        .map_err(|error| Problem::missing(error, "booking"))?;
    Ok(web::Json(Page::of(slice, Deed::new)))
}

/// Read what people were told of a booking
///
/// Oldest first: mails and text messages, sent or to be sent, and why one was not. A reminder waits until it is due.
#[utoipa::path(operation_id = "list_booking_messages", tag = "bookings", params(("id" = String, Path, description = "`bkg_…`"), PageQuery), security(("session" = []), ("key" = ["bookings:read"])),
    responses((status = 200, description = "One page", body = Page<Message>), Problem))]
#[get("/bookings/{id}/messages")]
pub async fn messages(
    app: App,
    caller: Caller<scope::BookingsRead>,
    id: web::Path<String>,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<Message>>, Problem> {
    let page = query.0.keyset()?;
    let slice = app
        .read(move |c| {
            db::bookings::get(c, &caller.tenant, &id)?;
            db::messages::of(c, &caller.tenant, &id, &page)
        })
        .await
        .map_err(|error| Problem::missing(error, "booking"))?;
    Ok(web::Json(Page::of(slice, |row| {
        let missing = app.post.missing(&row.channel);
        Message::new(row, missing)
    })))
}
