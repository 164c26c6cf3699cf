//! The API. Every route is on this screen; each resource has a file with its shapes and handlers.

pub mod api_keys;
pub mod auth;
pub mod availability;
pub mod booking_import;
pub mod booking_policy;
pub mod bookings;
pub mod calendars;
pub mod changes;
pub mod clients;
pub mod closures;
pub mod conflicts;
pub mod credentials;
pub mod customers;
pub mod dashboard;
pub mod document;
pub mod edge;
pub mod etag;
pub mod events;
pub mod exports;
pub mod freebusy;
pub mod health;
pub mod hooks;
pub mod idempotency;
pub mod imports;
pub mod invitation;
pub mod json;
pub mod limits;
pub mod mappings;
pub mod mcp;
pub mod operations;
pub mod page;
pub mod patch;
pub mod problem;
pub mod providers;
pub mod public;
pub mod quota;
pub mod reach;
pub mod recurrence;
pub mod schema;
pub mod services;
pub mod session;
pub mod setup;
pub mod spa;
pub mod staff;
pub mod stream;
pub mod sync_log;
pub mod templates;
pub mod trouble;
pub mod users;
pub mod words;
pub mod working_hours;

use actix_web::{FromRequest, HttpRequest, dev::Payload, middleware::from_fn, web};
use utoipa_actix_web::{scope, service_config::ServiceConfig};

use crate::{api::problem::Problem, state::App};

/// Every route.
pub fn routes(root: &mut ServiceConfig<'_>) {
    root.service(health::live)
        .service(health::ready)
        .service(health::metrics);
    root.service(
        scope("/api/v1")
            .wrap(from_fn(idempotency::replay))
            .wrap(from_fn(reach::guard))
            .wrap(from_fn(auth::authenticate))
            // first run and session
            .service(setup::state)
            .service(setup::create)
            .service(session::login)
            .service(session::logout)
            .service(session::me)
            .service(invitation::read)
            .service(invitation::accept)
            .service(invitation::password)
            // people
            .service(users::list)
            .service(users::create)
            .service(users::read)
            .service(users::update)
            .service(users::remove)
            .service(users::invite)
            .service(users::access)
            .service(users::put_access)
            .service(api_keys::list)
            .service(api_keys::create)
            .service(api_keys::revoke)
            // clients
            .service(clients::list)
            .service(clients::create)
            .service(clients::read)
            .service(clients::update)
            .service(clients::remove)
            // credentials
            .service(providers::list)
            .service(credentials::list)
            .service(credentials::create)
            .service(credentials::read)
            .service(credentials::update)
            .service(credentials::remove)
            .service(credentials::authorize)
            .service(credentials::refresh)
            .service(credentials::validate)
            .service(credentials::revoke)
            .service(credentials::test_event)
            .service(credentials::callback)
            // calendars
            .service(calendars::list_of_client)
            .service(calendars::create)
            .service(calendars::list)
            .service(calendars::read)
            .service(calendars::update)
            .service(calendars::sync)
            .service(calendars::reconcile::reconcile)
            .service(calendars::health)
            // events: the fixed path before the one with an identifier
            .service(events::list_of_calendar)
            .service(events::write::create)
            .service(events::list)
            .service(events::write::upsert)
            .service(events::bulk::bulk)
            .service(exports::export)
            .service(exports::export_named)
            .service(events::instances)
            .service(events::write::relocate)
            .service(events::copy::copy)
            .service(events::write::rsvp)
            .service(events::read)
            .service(events::write::update)
            .service(events::write::replace)
            .service(events::write::remove)
            .service(recurrence::preview)
            // bulk
            .service(templates::preview::preview)
            .service(templates::list)
            .service(templates::create)
            .service(templates::versions)
            .service(templates::plan)
            .service(templates::read)
            .service(templates::update)
            .service(templates::remove)
            .service(imports::create)
            .service(imports::read)
            .service(imports::update)
            .service(imports::remove)
            .service(imports::plan)
            .service(operations::list)
            .service(operations::edit::create)
            .service(operations::read)
            .service(operations::list_items)
            .service(operations::report::report)
            .service(operations::acts::apply)
            .service(operations::acts::pause)
            .service(operations::acts::resume)
            .service(operations::acts::cancel)
            .service(operations::acts::retry)
            .service(operations::acts::undo)
            // services, staff and hours; customers
            .service(services::list)
            .service(services::create)
            .service(services::read)
            .service(services::update)
            .service(services::remove)
            .service(staff::list)
            .service(staff::create)
            .service(staff::read)
            .service(staff::update)
            .service(staff::remove)
            .service(working_hours::read)
            .service(working_hours::put)
            .service(closures::list)
            .service(closures::create)
            .service(closures::read)
            .service(closures::update)
            .service(closures::remove)
            .service(booking_policy::read)
            .service(booking_policy::update)
            .service(customers::list)
            .service(customers::create)
            .service(customers::read)
            .service(customers::update)
            .service(customers::remove)
            // sync
            .service(mappings::list)
            .service(mappings::read)
            .service(mappings::retry)
            .service(mappings::discard)
            .service(conflicts::list)
            .service(conflicts::read)
            .service(conflicts::resolve)
            // inbound
            .service(hooks::google)
            .service(hooks::microsoft)
            .service(hooks::microsoft_lifecycle)
            // what happens
            .service(changes::list)
            .service(stream::read)
            .service(sync_log::list)
            .service(sync_log::summary)
            .service(freebusy::read)
            // who can be booked, and bookings
            .service(availability::slots)
            .service(availability::check)
            .service(availability::explain)
            .service(bookings::list)
            .service(bookings::create)
            .service(booking_import::create)
            .service(booking_import::read)
            .service(booking_import::rows)
            .service(bookings::read)
            .service(bookings::update)
            .service(bookings::confirm)
            .service(bookings::reschedule)
            .service(bookings::reassign)
            .service(bookings::cancel)
            .service(bookings::complete)
            .service(bookings::no_show)
            .service(bookings::settle)
            .service(bookings::undo)
            .service(bookings::history)
            .service(bookings::messages)
            // for everybody
            .service(public::routes())
            // dashboard
            .service(dashboard::read)
            .service(quota::list)
            .route("/openapi.json", web::get().to(document::json_file))
            .default_service(web::to(document::nothing_here)),
    );
    root.map(|root| root.configure(document::serve).configure(mcp::serve));
}

impl FromRequest for App {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // With the eyes of whoever asks: no handler can read past them by accident.
        let app = request
            .app_data::<web::Data<Self>>()
            .map(|app| app.seen_by(reach::of(request)));
        std::future::ready(app.ok_or_else(|| Problem::internal("the application is not registered")))
    }
}
