//! Customers: people who come.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use db::customers::Customer as Row;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        auth::{Caller, scope},
        bookings::actor,
        etag::{self, IfMatch},
        json::{Body, Merge, Query},
        page::{self, Page},
        patch::Patch,
        problem::Problem,
    },
    gateway::bookings as gateway,
    ops::{catalogue::Error, customers as ops},
    state::App,
};

/// Somebody who comes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_id": "cli_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", "name": "Robin Weber", "email": "robin@example.com", "phone": "+49 30 901820"}))]
pub struct CustomerIn {
    /// Of which client.
    #[schema(max_length = 64)]
    pub client_id: String,
    /// For people.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Where confirmations go. Several customers may share it.
    #[serde(default)]
    #[schema(min_length = 3, max_length = 320, format = "email")]
    pub email: Option<String>,
    /// As people write it; its digits recognise a call.
    #[serde(default)]
    #[schema(max_length = 40)]
    pub phone: Option<String>,
    /// IANA name; null: the client's.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 64, format = "iana-time-zone")]
    pub time_zone: Option<String>,
    /// For the client's own people; never shown to the customer.
    #[serde(default)]
    #[schema(max_length = 10_000)]
    pub notes: Option<String>,
}

/// Somebody who comes.
#[derive(Debug, Serialize, ToSchema)]
pub struct Customer {
    /// `cus_…`
    pub id: String,
    /// Of which client.
    pub client_id: String,
    /// For people.
    pub name: String,
    /// Where confirmations go.
    pub email: Option<String>,
    /// As people write it.
    pub phone: Option<String>,
    /// IANA name; null: the client's.
    pub time_zone: Option<String>,
    /// For the client's own people.
    pub notes: Option<String>,
    /// Counts changes; the ETag.
    pub revision: i64,
    /// When they were added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When they were last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

impl Customer {
    /// Presents a row.
    pub fn new(row: Row) -> Self {
        Self {
            id: row.id,
            client_id: row.client_id,
            name: row.name,
            email: row.email,
            phone: row.phone,
            time_zone: row.time_zone,
            notes: row.notes,
            revision: row.revision,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        }
    }
}

fn as_in(row: &Row) -> CustomerIn {
    CustomerIn {
        client_id: row.client_id.clone(),
        name: row.name.clone(),
        email: row.email.clone(),
        phone: row.phone.clone(),
        time_zone: row.time_zone.clone(),
        notes: row.notes.clone(),
    }
}

fn facts(customer: CustomerIn) -> ops::Facts {
    let tidy = |text: String| text.trim().to_owned();
    ops::Facts {
        client_id: customer.client_id,
        name: tidy(customer.name),
        email: customer.email.map(tidy),
        phone: customer.phone.map(tidy),
        time_zone: customer.time_zone,
        notes: customer.notes,
    }
}

/// Refuses a caller who knows another version.
fn meant(expected: &IfMatch, row: &Row) -> Result<(), Problem> {
    if expected.allows(&etag::of(row.revision)) {
        return Ok(());
    }
    Err(Problem::changed("customer", &Customer::new(row.clone())))
}

/// Which customers.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListCustomers {
    /// Of one client.
    #[param(max_length = 64)]
    client_id: Option<String>,
    /// Part of the name, the address, or the number however it is written: `030 1234` finds `+49 30 1234`.
    #[param(max_length = 200)]
    q: Option<String>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
}

/// List customers
#[utoipa::path(operation_id = "list_customers", tag = "customers", params(ListCustomers), security(("session" = []), ("key" = ["bookings:read"])),
    responses((status = 200, description = "One page, by name", body = Page<Customer>), Problem))]
#[get("/customers")]
pub async fn list(
    app: App,
    caller: Caller<scope::BookingsRead>,
    query: Query<ListCustomers>,
) -> Result<web::Json<Page<Customer>>, Problem> {
    let Query(query) = query;
    let page = page::keyset(query.limit, query.cursor.as_deref())?;
    let search = page::search(query.q);
    let slice = app
        .read(move |c| {
            let client = query.client_id.as_deref();
            db::customers::list(c, &caller.tenant, client, search.as_deref(), &page)
        })
        .await?;
    Ok(web::Json(Page::of(slice, Customer::new)))
}

/// Add a customer
#[utoipa::path(operation_id = "create_customer", tag = "customers", request_body = CustomerIn, security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 201, description = "Added", body = Customer), Problem))]
#[post("/customers")]
pub async fn create(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    body: Body<CustomerIn>,
) -> Result<HttpResponse, Problem> {
    let (now, Body(customer)) = (app.now(), body);
    let row = app
        .write(move |c| ops::create(c, &caller.tenant, facts(customer), now))
        .await?;
    Ok(etag::created(
        &etag::of(row.revision),
        &format!("/api/v1/customers/{}", row.id),
        &Customer::new(row),
    ))
}

/// Read a customer
#[utoipa::path(operation_id = "get_customer", tag = "customers", params(("id" = String, Path, description = "`cus_…`")), security(("session" = []), ("key" = ["bookings:read"])),
    responses((status = 200, description = "They", body = Customer), (status = 304, description = "The caller has this version"), Problem))]
#[get("/customers/{id}")]
pub async fn read(
    app: App,
    caller: Caller<scope::BookingsRead>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let found = app.read(move |c| db::customers::get(c, &caller.tenant, &id)).await;
    let row = found.map_err(Error::missing("customer"))?;
    Ok(etag::answer(&request, &etag::of(row.revision), &Customer::new(row)))
}

/// Change a customer
#[utoipa::path(operation_id = "update_customer", tag = "customers", params(("id" = String, Path, description = "`cus_…`"), ("If-Match" = Option<String>, Header, description = "The ETag read before: 412 when somebody changed it since")),
    request_body(content((Patch<CustomerIn> = "application/merge-patch+json"), (Patch<CustomerIn> = "application/json"))), security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 200, description = "Changed", body = Customer), Problem))]
#[patch("/customers/{id}")]
pub async fn update(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
    body: Merge<CustomerIn>,
) -> Result<HttpResponse, Problem> {
    let now = app.now();
    let row = app
        .write(move |c| {
            ops::update(c, &caller.tenant, &id, now, |row| {
                meant(&expected, row)?;
                body.apply(&as_in(row)).map(facts)
            })
        })
        .await?;
    Ok(etag::changed(&etag::of(row.revision), &Customer::new(row)))
}

/// Forget a customer
///
/// What is known about them is removed for good. Their bookings stay, without a name; so do the events in calendars that show them.
#[utoipa::path(operation_id = "delete_customer", tag = "customers", params(("id" = String, Path, description = "`cus_…`")), security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 204, description = "Removed"), Problem))]
#[delete("/customers/{id}")]
pub async fn remove(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
) -> Result<HttpResponse, Problem> {
    let desk = gateway::desk(&app, &caller.tenant, actor(&caller.actor), Default::default());
    let id = id.into_inner();
    loop {
        let (desk, id, expected) = (desk.clone(), id.clone(), expected.clone());
        let done = app.write(move |c| ops::remove(c, &desk, &id, |row| meant(&expected, row)));
        if done.await? {
            break;
        }
    }
    Ok(HttpResponse::NoContent().finish())
}
