//! Files that are uploaded to be planned: stored as they come, looked at, and read as people say.

pub mod model;
mod sample;
mod upload;

use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::header,
    patch, post,
    web::{self, Payload},
};
use db::imports::{Import as Row, UPLOADING};
use domain::{
    event::Notify,
    id::{Kind as Ids, TenantId},
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use self::model::{Import, ImportIn, ImportKind, ImportPatch};
use crate::{
    api::{
        auth::{Caller, scope},
        events::write::may_notify,
        json::{Body, Merge, Query},
        operations::{Operation, actor},
        problem::{FieldError, Problem},
        words,
    },
    ops::{
        imports::{self as ops, MAX_SIZE, MAX_TOTAL},
        operations::{self, New, Source},
    },
    state::App,
};

/// What the file is called, and what it is.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CreateImport {
    /// What its owner calls it.
    #[param(min_length = 1, max_length = 200, example = "visits.csv")]
    name: String,
    /// What kind of file it is; without it, what it looks like.
    #[param(inline)]
    kind: Option<ImportKind>,
}

/// Upload a file
///
/// The body is the file, at most 256 MiB; it is stored as it comes. Kept for a day; 409 `conflict` when all files together are larger than 1 GiB. An `Idempotency-Key` is not looked at here: a file that is uploaded twice is two files, and two plans.
#[utoipa::path(operation_id = "create_import", tag = "bulk", params(CreateImport), security(("session" = []), ("key" = ["events:write"])),
    request_body(content((String = "text/csv"), (String = "text/calendar"), (String = "application/octet-stream"))),
    responses((status = 201, description = "Uploaded", body = Import), Problem))]
#[post("/imports")]
pub async fn create(
    app: App,
    caller: Caller<scope::EventsWrite>,
    query: Query<CreateImport>,
    request: HttpRequest,
    body: Payload,
) -> Result<HttpResponse, Problem> {
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|size| size > MAX_SIZE) {
        return Err(upload::too_large());
    }
    let row = Row {
        id: Ids::Import.new_id(),
        tenant_id: caller.tenant.as_str().to_owned(),
        name: query.0.name.trim().to_owned(),
        kind: query.0.kind.map_or("", ImportKind::as_str).to_owned(),
        // What nobody has announced may be as large as it can be.
        size: i64::try_from(announced.unwrap_or(MAX_SIZE)).unwrap_or(i64::MAX),
        state: UPLOADING.to_owned(),
        header: None,
        layout: None,
        operation_id: None,
        created_by: actor(&caller).to_owned(),
        created_at: app.now().into(),
    };
    let (new, who) = (row.clone(), caller.tenant.clone());
    app.write(move |c| {
        db::imports::insert(c, &new)?;
        match u64::try_from(db::imports::total(c, &who)?) {
            Ok(0..=MAX_TOTAL) => Ok(()),
            _ => Err(upload::too_much()),
        }
    })
    .await?;
    match upload::store(&app, &caller.tenant, row.clone(), body).await {
        Ok(row) => {
            let place = format!("/api/v1/imports/{}", row.id);
            let import = present(&app, &caller.tenant, row).await?;
            Ok(HttpResponse::Created().insert_header(("Location", place)).json(import))
        }
        Err(problem) => {
            if let Err(error) = drop_file(&app, &caller.tenant, &row.id).await {
                tracing::warn!(%error, "half a file stays for a day");
            }
            Err(problem)
        }
    }
}

/// Takes a file away: it vanishes at once, its bytes in pieces.
async fn drop_file(app: &App, tenant: &TenantId, id: &str) -> db::Result<()> {
    let (who, file) = (tenant.clone(), id.to_owned());
    app.write(move |c| db::imports::hide(c, &who, &file)).await?;
    loop {
        let file = id.to_owned();
        if app.write(move |c| db::imports::clear(c, &file, ops::PIECES)).await? == 0 {
            break;
        }
    }
    let (who, file) = (tenant.clone(), id.to_owned());
    app.write(move |c| db::imports::remove(c, &who, &file)).await
}

async fn present(app: &App, tenant: &TenantId, row: Row) -> Result<Import, Problem> {
    let (who, looked) = (tenant.clone(), row.clone());
    let kind = ImportKind::parse(&row.kind);
    if kind == ImportKind::Csv {
        let look = app.read(move |c| ops::look(c, &who, &looked)).await?;
        return Import::of_table(row, look);
    }
    let ask = move |c: &mut db::Conn| {
        let begins = db::imports::chunk(c, &who, &looked.id, 0)?.unwrap_or_default();
        let directory = crate::ops::operations::plan::directory(c, &who)?;
        let whole = usize::try_from(looked.size).is_ok_and(|size| size <= begins.len());
        let sample = sample::of_events(kind == ImportKind::Ics, &begins, &directory, whole);
        Ok::<_, db::Error>(sample)
    };
    let sample = app.read(ask).await?;
    Ok(Import::of_events(row, sample))
}

async fn find(app: &App, tenant: &TenantId, id: &str) -> Result<Row, Problem> {
    let (who, id) = (tenant.clone(), id.to_owned());
    app.read(move |c| db::imports::get(c, &who, &id))
        .await
        .map_err(|e| Problem::missing(e, "import"))
}

/// Read an uploaded file
#[utoipa::path(operation_id = "get_import", tag = "bulk", params(("id" = String, Path, description = "`imp_…`")), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "The file", body = Import), Problem))]
#[get("/imports/{id}")]
pub async fn read(
    app: App,
    caller: Caller<scope::EventsRead>,
    id: web::Path<String>,
) -> Result<web::Json<Import>, Problem> {
    let row = find(&app, &caller.tenant, &id).await?;
    Ok(web::Json(present(&app, &caller.tenant, row).await?))
}

/// Say how a file is read
///
/// `{"layout": {"date_order": "day_first"}}`: what is absent stays. Remembered for files with the same header.
#[utoipa::path(operation_id = "update_import", tag = "bulk", params(("id" = String, Path, description = "`imp_…`")),
    request_body(content((ImportPatch = "application/merge-patch+json"), (ImportPatch = "application/json"))), security(("session" = []), ("key" = ["events:write"])),
    responses((status = 200, description = "The file as it is read now", body = Import), Problem))]
#[patch("/imports/{id}")]
pub async fn update(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
    body: Merge<ImportIn>,
) -> Result<web::Json<Import>, Problem> {
    let row = find(&app, &caller.tenant, &id).await?;
    let now = present(&app, &caller.tenant, row).await?;
    let Some(layout) = now.layout else {
        let detail = "Only a table has a layout.";
        return Err(Problem::invalid(vec![FieldError::new(
            "/layout",
            "not_allowed",
            detail,
        )]));
    };
    let layout = body.apply(&ImportIn { layout })?.layout.read()?;
    let (who, at) = (caller.tenant.clone(), app.now());
    let row = app
        .write(move |c| ops::say(c, &who, &id, &layout, at))
        .await
        .map_err(|e| Problem::missing(e, "import"))?;
    Ok(web::Json(present(&app, &caller.tenant, row).await?))
}

/// Remove an uploaded file
///
/// What was planned from it stays.
#[utoipa::path(operation_id = "delete_import", tag = "bulk", params(("id" = String, Path, description = "`imp_…`")), security(("session" = []), ("key" = ["events:write"])),
    responses((status = 204, description = "Gone"), Problem))]
#[delete("/imports/{id}")]
pub async fn remove(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    drop_file(&app, &caller.tenant, &id)
        .await
        .map_err(|e| Problem::missing(e, "import"))?;
    Ok(HttpResponse::NoContent().finish())
}

/// How a file is planned.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"notify": "none"}))]
pub struct PlanImportIn {
    /// Whom providers may mail when the plan is applied; `none` without it.
    #[serde(default)]
    notify: Option<words::Notify>,
    /// Make events all the same that look like one that is there (title, start, end, calendar).
    #[serde(default)]
    allow_duplicates: Option<bool>,
    /// Where events go that name no calendar themselves. In a table it counts for rows that name none; events of a calendar file go there unless they were exported from a calendar that is here.
    #[serde(default)]
    #[schema(max_length = 64)]
    calendar_id: Option<String>,
}

/// Plan a file
///
/// Nothing is written: every row is read, judged and compared with what is there. Follow the operation until it is `planned`, look at it, and apply it by its hash.
#[utoipa::path(operation_id = "plan_import", tag = "bulk", params(("id" = String, Path, description = "`imp_…`")), request_body = PlanImportIn, security(("session" = []), ("key" = ["events:write"])),
    responses((status = 202, description = "The operation that is being planned", body = Operation), Problem))]
#[post("/imports/{id}/plan")]
pub async fn plan(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
    body: Body<PlanImportIn>,
) -> Result<HttpResponse, Problem> {
    let notify: Notify = may_notify(&caller, body.0.notify)?;
    let (who, by, now) = (caller.tenant.clone(), actor(&caller).to_owned(), app.now());
    let allow_duplicates = body.0.allow_duplicates.unwrap_or(false);
    let calendar = body.0.calendar_id;
    let row = app
        .write(move |c| {
            let import = db::imports::get(c, &who, &id).map_err(|e| Problem::missing(e, "import"))?;
            if let Some(calendar) = &calendar {
                db::calendars::get(c, &who, calendar).map_err(|e| Problem::missing(e, "calendar"))?;
            }
            let file = import.id.clone();
            let source = match ImportKind::parse(&import.kind) {
                ImportKind::Ics => Source::Ics { import: file, calendar },
                ImportKind::Json => Source::Json { import: file, calendar },
                ImportKind::Csv => {
                    let begins = db::imports::chunk(c, &who, &id, 0)?.unwrap_or_default();
                    let mut layout = ops::layout(&import, &begins)?;
                    layout.calendar = calendar.or(layout.calendar);
                    Source::Csv {
                        import: file,
                        layout: Box::new(layout),
                    }
                }
            };
            let new = New {
                kind: "import",
                title: import.name.clone(),
                source,
                notify,
                allow_duplicates,
                undo_of: None,
            };
            let row = operations::create(c, &who, &by, new, now)?;
            db::imports::set_plan(c, &who, &id, &row.id)?;
            Ok::<_, Problem>(row)
        })
        .await?;
    crate::api::operations::accepted(&app, &caller.tenant, row).await
}
