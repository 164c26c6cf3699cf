//! Operations: bulk work that is planned, looked at, applied and perhaps undone.

pub mod acts;
pub mod edit;
pub mod item;
pub mod model;
pub mod report;

use std::collections::{BTreeSet, HashMap};

use actix_web::{HttpResponse, get, web};
use db::{
    operation_items::Filter,
    operations::{Operation as Row, PLANNED},
};
use domain::id::TenantId;
use serde::Deserialize;
use utoipa::IntoParams;

pub use self::model::Operation;
use self::{
    item::{ItemOutcome, ItemState, OperationItem},
    model::{Around, OperationState},
};
use crate::{
    api::{
        auth::{Actor, Caller, scope},
        json::Query,
        page::{self, Page},
        problem::Problem,
    },
    gateway::ledger,
    ops::operations::{self as ops, source},
    state::App,
};

/// Who acts.
pub fn actor<S>(caller: &Caller<S>) -> &str {
    match &caller.actor {
        Actor::User(id) | Actor::Key(id) => id,
    }
}

/// Presents an operation.
///
/// # Errors
/// Those of the database.
pub async fn present(app: &App, tenant: &TenantId, row: Row) -> Result<Operation, Problem> {
    let around = around(app, tenant, std::slice::from_ref(&row)).await?;
    Operation::new(row, &around, &app.config, app.now())
}

/// What is told of operations that does not stand in them.
async fn around(app: &App, tenant: &TenantId, rows: &[Row]) -> Result<Around, Problem> {
    let (mut calendars, mut accounts) = (BTreeSet::new(), BTreeSet::new());
    for row in rows {
        let Some(summary) = ops::summary(row)? else { continue };
        calendars.extend(summary.calendars.into_keys());
        // See `summary` of the model.
        if row.state == PLANNED {
            accounts.extend(summary.calls.into_keys());
        }
    }
    let who = tenant.clone();
    let calendars: Vec<String> = calendars.into_iter().collect();
    let names = app.read(move |c| source::calendar_names(c, &who, &calendars)).await?;
    let loads = match accounts.is_empty() {
        true => HashMap::new(),
        false => ledger::loads(app, tenant, accounts.into_iter().collect()).await?,
    };
    Ok(Around { names, loads })
}

/// 202: somebody works on it.
///
/// # Errors
/// Those of the database.
pub async fn accepted(app: &App, tenant: &TenantId, row: Row) -> Result<HttpResponse, Problem> {
    app.nudges.plans.notify_one();
    app.feed.wake(tenant.as_str());
    let operation = present(app, tenant, row).await?;
    let place = format!("/api/v1/operations/{}", operation.id);
    Ok(HttpResponse::Accepted()
        .insert_header(("Location", place))
        .json(operation))
}

/// Which operations.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListOperations {
    /// In this state.
    #[param(inline)]
    state: Option<OperationState>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
}

/// List operations
///
/// The newest first. They are kept for 90 days.
#[utoipa::path(operation_id = "list_operations", tag = "bulk", params(ListOperations), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "One page", body = Page<Operation>), Problem))]
#[get("/operations")]
pub async fn list(
    app: App,
    caller: Caller<scope::EventsRead>,
    query: Query<ListOperations>,
) -> Result<web::Json<Page<Operation>>, Problem> {
    let keyset = page::keyset(query.0.limit, query.0.cursor.as_deref())?;
    let state = query.0.state.map(OperationState::as_str);
    let who = caller.tenant.clone();
    let slice = app.read(move |c| db::operations::list(c, &who, state, &keyset)).await?;
    let around = around(&app, &caller.tenant, &slice.rows).await?;
    let now = app.now();
    let data = slice
        .rows
        .into_iter()
        .map(|row| Operation::new(row, &around, &app.config, now))
        .collect::<Result<_, _>>()?;
    Ok(web::Json(Page {
        data,
        next_cursor: slice.next.as_ref().map(page::encode),
    }))
}

async fn find(app: &App, tenant: &TenantId, id: &str) -> Result<Row, Problem> {
    let (who, id) = (tenant.clone(), id.to_owned());
    app.read(move |c| db::operations::get(c, &who, &id))
        .await
        .map_err(|e| Problem::missing(e, "operation"))
}

/// Read an operation
#[utoipa::path(operation_id = "get_operation", tag = "bulk", params(("id" = String, Path, description = "`op_…`")), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "The operation", body = Operation), Problem))]
#[get("/operations/{id}")]
pub async fn read(
    app: App,
    caller: Caller<scope::EventsRead>,
    id: web::Path<String>,
) -> Result<web::Json<Operation>, Problem> {
    let row = find(&app, &caller.tenant, &id).await?;
    Ok(web::Json(present(&app, &caller.tenant, row).await?))
}

/// Which lines.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListItems {
    /// Of this outcome.
    #[param(inline)]
    outcome: Option<ItemOutcome>,
    /// In this state.
    #[param(inline)]
    state: Option<ItemState>,
    /// `true`: those at whose time something else is.
    conflicts: Option<bool>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
}

/// List the lines of an operation
///
/// In their order, with what is and what will be, what is wrong, and what became of them.
#[utoipa::path(operation_id = "list_operation_items", tag = "bulk", params(("id" = String, Path, description = "`op_…`"), ListItems), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "One page", body = Page<OperationItem>), Problem))]
#[get("/operations/{id}/items")]
pub async fn list_items(
    app: App,
    caller: Caller<scope::EventsRead>,
    id: web::Path<String>,
    query: Query<ListItems>,
) -> Result<web::Json<Page<OperationItem>>, Problem> {
    let row = find(&app, &caller.tenant, &id).await?;
    let keyset = page::keyset(query.0.limit, query.0.cursor.as_deref())?;
    let slice = app
        .read(move |c| {
            let filter = Filter {
                outcome: query.0.outcome.map(ItemOutcome::as_str),
                states: query.0.state.map(ItemState::stored).unwrap_or_default(),
                clashing: query.0.conflicts == Some(true),
            };
            db::operation_items::list(c, &caller.tenant, &row.id, filter, &keyset)
        })
        .await?;
    let data = slice
        .rows
        .into_iter()
        .map(OperationItem::new)
        .collect::<Result<_, _>>()?;
    Ok(web::Json(Page {
        data,
        next_cursor: slice.next.as_ref().map(page::encode),
    }))
}
