//! For customers: a client's booking page, and a booking through its customer's own link. Nobody signs in here, so every
//! request is counted by address and by client, and answers hold nothing that is not for everybody.

mod model;

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{Payload, ServiceFactory, ServiceRequest, ServiceResponse},
    get,
    http::{
        Method,
        header::{self, HeaderValue},
    },
    middleware::{Next, from_fn},
    post, web,
};
use db::services::Service;
use domain::{availability::Board, time::Interval};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;
use utoipa_actix_web::scope::{Scope, scope};

use self::model::{
    PublicBooking, PublicBookingIn, PublicCancelIn, PublicCreated, PublicPage, PublicRescheduleIn, PublicSlots, plain,
};
use crate::{
    api::{
        bookings::BookingStatus,
        document, edge,
        json::{Body, Query},
        problem::{Code, Fields, Problem},
    },
    crypto,
    gateway::{bookings as gateway, post::calendar},
    ops::{
        availability::{self, Ask, Loaded, say},
        bookings::{Act, By, Draft, Guest, Shown, link},
        public::{self as ops, Mine, Page},
    },
    state::App,
};

/// The longest range of a list.
const LONGEST: SignedDuration = SignedDuration::from_hours(32 * 24);

type Inner = ServiceResponse<EitherBody<BoxBody, BoxBody>>;

/// Its routes.
pub fn routes()
-> Scope<impl ServiceFactory<ServiceRequest, Config = (), Response = Inner, Error = Error, InitError = ()> + use<>> {
    scope("/public")
        .wrap(from_fn(door))
        .service(show_booking)
        .service(booking_slots)
        .service(booking_file)
        .service(reschedule)
        .service(cancel)
        .service(show_page)
        .service(list_slots)
        .service(book)
        // Without one of its own it would get the web app's.
        .default_service(web::to(document::nothing_here))
}

/// Counts who asks, finds whose page is meant, and lets other sites' pages ask if the client wants that.
async fn door<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    match found(request.request()).await {
        Ok(Some(answer)) => return Ok(request.into_response(answer).map_into_right_body()),
        Ok(None) => {}
        Err(problem) => return Ok(request.into_response(problem.error_response()).map_into_right_body()),
    }
    next.call(request).await.map(ServiceResponse::map_into_left_body)
}

async fn found(request: &HttpRequest) -> Result<Option<HttpResponse>, Problem> {
    let app = App::extract(request).await?;
    let writes = *request.method() == Method::POST;
    app.limits.visitor(request, writes)?;
    let mut parts = request.path().trim_start_matches("/api/v1/public/").split('/');
    let (slug, more) = (parts.next().unwrap_or_default().to_owned(), parts.next().is_some());
    if slug == "bookings" && more {
        return Ok(None);
    }
    let page = match app.read(move |c| ops::page(c, &slug)).await {
        Ok(page) => page,
        Err(db::Error::NotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    app.limits.visitor_of(&page.client.id, writes)?;
    if page.policy.embeddable {
        let star = HeaderValue::from_static("*");
        edge::add_header(header::ACCESS_CONTROL_ALLOW_ORIGIN, star.clone());
        edge::add_header(header::ACCESS_CONTROL_EXPOSE_HEADERS, star);
        if *request.method() == Method::OPTIONS {
            return Ok(Some(
                HttpResponse::NoContent()
                    .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"))
                    .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type, idempotency-key"))
                    .insert_header((header::ACCESS_CONTROL_MAX_AGE, "600"))
                    .finish(),
            ));
        }
    }
    request.extensions_mut().insert(page);
    Ok(None)
}

impl FromRequest for Page {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let page = request.extensions().get::<Self>().cloned();
        std::future::ready(page.ok_or_else(|| Problem::not_found("booking page")))
    }
}

/// Read a booking page
///
/// What can be booked, how long it takes, what it costs in words, and who does it if the business says so.
#[utoipa::path(operation_id = "get_public_page", tag = "public", security(()), params(("slug" = String, Path, description = "The address of the page")),
    responses((status = 200, description = "The page", body = PublicPage), Problem))]
#[get("/{slug}")]
pub async fn show_page(app: App, page: Page) -> Result<web::Json<PublicPage>, Problem> {
    let asked = page.clone();
    let offers = app.read(move |c| ops::offers(c, &asked)).await?;
    Ok(web::Json(PublicPage::new(&page, offers)))
}

/// Of what, and when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListPublicSlots {
    /// `svc_…`
    #[param(max_length = 64)]
    service_id: String,
    /// A variant of the service.
    #[param(max_length = 64)]
    variant: Option<String>,
    /// Only with this person. What is done by several together is done by all of them, whoever is named.
    #[param(max_length = 64)]
    staff_id: Option<String>,
    /// Starts from here on.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Starts before; at most 32 days later.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

fn window(from: Option<Timestamp>, to: Option<Timestamp>) -> Result<Interval, Problem> {
    let mut fields = Fields::new();
    for (name, value) in [("from", from), ("to", to)] {
        if value.is_none() {
            fields.add(format!("/query/{name}"), "required", format!("“{name}” is required."));
        }
    }
    let window = from.zip(to).map(|(from, to)| Interval::new(from, to));
    match &window {
        Some(Err(_)) => _ = fields.add("/query/to", "not_after_from", "“to” must lie after “from”."),
        Some(Ok(window)) if window.duration() > LONGEST => {
            fields.add("/query/to", "too_large", "A range is at most 32 days long.");
        }
        _ => {}
    }
    fields.check()?;
    let window = window.and_then(Result::ok);
    let window = window.ok_or_else(|| Problem::internal("a checked range is none"))?;
    availability::at(window.start(), "/query/from")?;
    availability::at(window.end(), "/query/to")?;
    Ok(window)
}

async fn free(app: &App, page: &Page, ask: Ask, window: Interval) -> Result<web::Json<PublicSlots>, Problem> {
    let judge = move |_: &mut db::Conn, loaded: &Loaded| {
        let world = loaded.world();
        let slots = Board::new(&world, window).slots();
        Ok::<_, Problem>(PublicSlots::new(loaded, slots))
    };
    gateway::judged(app, &page.tenant, ask, window, judge)
        .await
        .map(web::Json)
}

/// List free times on a booking page
#[utoipa::path(operation_id = "list_public_slots", tag = "public", security(()), params(("slug" = String, Path, description = "The address of the page"), ListPublicSlots),
    responses((status = 200, description = "By start", body = PublicSlots), Problem))]
#[get("/{slug}/slots")]
pub async fn list_slots(
    app: App,
    page: Page,
    query: Query<ListPublicSlots>,
) -> Result<web::Json<PublicSlots>, Problem> {
    let Query(q) = query;
    let window = window(q.from, q.to)?;
    let service = offered(&app, &page, &q.service_id).await?;
    let ask = Ask {
        people: chosen(&service, q.staff_id),
        service: q.service_id,
        variant: q.variant,
        ..Ask::default()
    };
    free(&app, &page, ask, window).await
}

async fn offered(app: &App, page: &Page, service: &str) -> Result<Service, Problem> {
    let (page, service) = (page.clone(), service.to_owned());
    app.read(move |c| ops::offered(c, &page, &service))
        .await
        .map_err(|error| Problem::missing(error, "service"))
}

/// With whom, if customers may choose: who does it together is not chosen.
fn chosen(service: &Service, staff: Option<String>) -> Vec<String> {
    staff.filter(|_| !service.is_together()).into_iter().collect()
}

/// Book on a booking page
///
/// The confirmation goes to the customer's address, with the link by which they see, move and cancel it. With an `Idempotency-Key` the same request is the same booking, however often it comes.
#[utoipa::path(operation_id = "create_public_booking", tag = "public", security(()), request_body = PublicBookingIn,
    params(("slug" = String, Path, description = "The address of the page"), ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body is the same booking")),
    responses((status = 201, description = "Booked", body = PublicCreated), (status = 200, description = "Booked before, under the same key", body = PublicCreated), Problem))]
#[post("/{slug}/bookings")]
pub async fn book(
    app: App,
    page: Page,
    request: HttpRequest,
    body: Body<PublicBookingIn>,
) -> Result<HttpResponse, Problem> {
    let Body(input) = body;
    let service = offered(&app, &page, &input.service_id).await?;
    let text = serde_json::to_vec(&input).map_err(Problem::internal)?;
    let address = input.customer.email.to_lowercase();
    let key = request.headers().get("idempotency-key").map(HeaderValue::as_bytes);
    let draft = Draft {
        ask: Ask {
            people: chosen(&service, input.staff_id),
            service: input.service_id,
            variant: input.variant,
            ..Ask::default()
        },
        start: input.start,
        recurrence: Vec::new(),
        customer: Some(Guest::Visitor {
            name: input.customer.name,
            phone: input.customer.phone.filter(|phone| !phone.trim().is_empty()),
            email: input.customer.email,
            time_zone: input.time_zone,
        }),
        status: None,
        notes_shared: input.notes.filter(|notes| !notes.trim().is_empty()),
        notes_private: None,
        origin: "public".to_owned(),
        // Apart from the keys of the business's own programs.
        external_id: key.map(|key| format!("public:{}", hex::encode(Sha256::digest(key)))),
        fingerprint: hex::encode(Sha256::digest(&text)),
    };
    let made = gateway::create(&app, &page.tenant, "customer", draft).await;
    let (shown, is_new) = made.map_err(|refusal| plain(refusal, page.policy.shows_staff))?;
    let first = shown.into_iter().next();
    let first = first.ok_or_else(|| Problem::internal("nothing was booked"))?;
    let email = first.customer.as_ref().and_then(|one| one.email.as_deref());
    if !is_new && email.map(str::to_lowercase) != Some(address) {
        // Whoever has the key of the request would have the link of who comes now.
        let detail = "This booking is somebody else's by now.";
        return Err(Problem::new(Code::Conflict, detail).action(format!("Get in touch with {}.", page.client.name)));
    }
    let url = link::url(&app.vault, &app.public_url, &first.row)?;
    let manage_url = url.map_or_else(String::new, |url| url.expose_secret().to_owned());
    let status = BookingStatus::parse(&first.row.status);
    let booking = presented(&app, first).await?;
    let mut answer = if is_new {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    Ok(answer.json(PublicCreated {
        booking,
        manage_url,
        status,
    }))
}

async fn presented(app: &App, shown: Shown) -> Result<PublicBooking, Problem> {
    let mine = app.read(move |c| ops::mine(c, shown)).await?;
    Ok(PublicBooking::new(mine, app.now()))
}

/// The booking that the link in the path names. All wrong ones are looked for and not found alike.
async fn by_link(app: &App, request: &HttpRequest, token: &str) -> Result<Mine, Problem> {
    let hash = crypto::token_hash(token);
    let found = app.read(move |c| {
        let row = db::bookings::by_link(c, &hash)?;
        let tenant = domain::id::TenantId::from_store(row.tenant_id.clone());
        let shown = crate::ops::bookings::show(c, &tenant, vec![row])?.into_iter().next();
        ops::mine(c, shown.ok_or(db::Error::NotFound)?)
    });
    match found.await {
        Ok(mine) => {
            let writes = *request.method() == Method::POST;
            app.limits.visitor_of(&mine.client.id, writes)?;
            Ok(mine)
        }
        Err(error) => {
            app.limits.stray(request)?;
            Err(Problem::missing(error, "booking"))
        }
    }
}

/// Read a booking through its customer's link
#[utoipa::path(operation_id = "get_public_booking", tag = "public", security(()), params(("token" = String, Path, description = "From the customer's link")),
    responses((status = 200, description = "The booking", body = PublicBooking), Problem))]
#[get("/bookings/{token}")]
pub async fn show_booking(
    app: App,
    request: HttpRequest,
    token: web::Path<String>,
) -> Result<web::Json<PublicBooking>, Problem> {
    let mine = by_link(&app, &request, &token).await?;
    Ok(web::Json(PublicBooking::new(mine, app.now())))
}

/// Read a booking as a file for the customer's calendar
///
/// The same event as in mails, so a calendar that has it changes it. Without the link: calendars are shared with others.
#[utoipa::path(operation_id = "get_public_booking_file", tag = "public", security(()), params(("token" = String, Path, description = "From the customer's link")),
    responses((status = 200, description = "iCalendar (RFC 5545)", body = String, content_type = "text/calendar"), Problem))]
#[get("/bookings/{token}/calendar")]
pub async fn booking_file(app: App, request: HttpRequest, token: web::Path<String>) -> Result<HttpResponse, Problem> {
    let mine = by_link(&app, &request, &token).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/calendar; charset=utf-8")
        .insert_header(("Content-Disposition", "attachment; filename=\"booking.ics\""))
        .body(calendar(&mine, &mine.client, None, app.now())))
}

/// Of when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListOtherSlots {
    /// Starts from here on.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Starts before; at most 32 days later.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// List times to which a booking can be moved
///
/// With the same people; the booking is not in its own way.
#[utoipa::path(operation_id = "list_public_booking_slots", tag = "public", security(()), params(("token" = String, Path, description = "From the customer's link"), ListOtherSlots),
    responses((status = 200, description = "By start", body = PublicSlots), Problem))]
#[get("/bookings/{token}/slots")]
pub async fn booking_slots(
    app: App,
    request: HttpRequest,
    token: web::Path<String>,
    query: Query<ListOtherSlots>,
) -> Result<web::Json<PublicSlots>, Problem> {
    let window = window(query.0.from, query.0.to)?;
    let Mine {
        client, policy, shown, ..
    } = by_link(&app, &request, &token).await?;
    let tenant = domain::id::TenantId::from_store(shown.row.tenant_id.clone());
    let ask = Ask {
        service: shown.row.service_id.clone(),
        variant: shown.row.variant.clone(),
        people: shown.people.into_iter().map(|(id, _)| id).collect(),
        moving: Some(shown.row.id),
        ..Ask::default()
    };
    let page = Page { tenant, client, policy };
    free(&app, &page, ask, window).await
}

/// Does what the customer wants, if it is not too late for that.
async fn act(
    app: &App,
    mine: Mine,
    (what, minutes): (&str, u32),
    act: Act,
) -> Result<web::Json<PublicBooking>, Problem> {
    let row = &mine.shown.row;
    let until = row.starts_at.timestamp() - SignedDuration::from_mins(minutes.into());
    if crate::ops::bookings::is_open(&row.status) && app.now() > until {
        let zone = domain::time::zone(&mine.client.time_zone).map_err(Problem::internal)?;
        return Err(Problem::new(
            Code::Conflict,
            format!(
                "It is too late to {what} this booking here: that was possible until {}.",
                say::moment(until, &zone)
            ),
        )
        .action(format!("Get in touch with {}.", mine.client.name)));
    }
    let (tenant, id) = (row.tenant_id.clone(), row.id.clone());
    let tenant = domain::id::TenantId::from_store(tenant);
    let done = gateway::act(app, &tenant, "customer", &id, |_| true, act).await;
    let shown = done.map_err(|refusal| plain(refusal, mine.policy.shows_staff))?;
    Ok(web::Json(presented(app, shown).await?))
}

/// Move a booking through its customer's link
///
/// As long before the start as the business wants; later it is 409 `conflict` and says until when it was possible.
#[utoipa::path(operation_id = "reschedule_public_booking", tag = "public", security(()), params(("token" = String, Path, description = "From the customer's link")), request_body = PublicRescheduleIn,
    responses((status = 200, description = "Moved", body = PublicBooking), Problem))]
#[post("/bookings/{token}/reschedule")]
pub async fn reschedule(
    app: App,
    request: HttpRequest,
    token: web::Path<String>,
    body: Body<PublicRescheduleIn>,
) -> Result<web::Json<PublicBooking>, Problem> {
    let mine = by_link(&app, &request, &token).await?;
    let to = Act::Move {
        start: body.0.start,
        people: None,
        by: By::Customer,
    };
    let notice = mine.policy.reschedule_notice_minutes;
    act(&app, mine, ("move", notice), to).await
}

/// Cancel a booking through its customer's link
///
/// As long before the start as the business wants; later it is 409 `conflict` and says until when it was possible.
#[utoipa::path(operation_id = "cancel_public_booking", tag = "public", security(()), params(("token" = String, Path, description = "From the customer's link")), request_body = PublicCancelIn,
    responses((status = 200, description = "Cancelled", body = PublicBooking), Problem))]
#[post("/bookings/{token}/cancel")]
pub async fn cancel(
    app: App,
    request: HttpRequest,
    token: web::Path<String>,
    body: Body<PublicCancelIn>,
) -> Result<web::Json<PublicBooking>, Problem> {
    let mine = by_link(&app, &request, &token).await?;
    let will = Act::Cancel {
        reason: body.0.reason.filter(|reason| !reason.trim().is_empty()),
        by: By::Customer,
    };
    let notice = mine.policy.cancel_notice_minutes;
    act(&app, mine, ("cancel", notice), will).await
}
