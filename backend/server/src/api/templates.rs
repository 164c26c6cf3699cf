//! Templates: recipes for events with variables, tried while somebody types, and planned like any bulk work.

pub mod model;
pub mod preview;
pub mod rows;

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use db::templates::Template as Row;
use domain::{
    id::TenantId,
    stacking::{Directory, plan::MAX_ITEMS},
};
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::ToSchema;

use self::{
    model::{Template, TemplateIn, as_in, sound},
    rows::Asked,
};
use crate::{
    api::{
        auth::{Caller, scope},
        etag::{self, IfMatch},
        events::write::may_notify,
        json::{Body, Merge, Query},
        operations::{Operation, accepted, actor},
        page::{Page, PageQuery},
        patch::Patch,
        problem::{Code, FieldError, Fields, Problem},
        words,
    },
    ops::{
        operations::{self, New, Source, plan as planning},
        templates::{self as ops, Use},
    },
    state::App,
};

/// List templates
///
/// By name.
#[utoipa::path(operation_id = "list_templates", tag = "bulk", params(PageQuery), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "One page", body = Page<Template>), Problem))]
#[get("/templates")]
pub async fn list(
    app: App,
    caller: Caller<scope::EventsRead>,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<Template>>, Problem> {
    let page = query.0.keyset()?;
    let slice = app.read(move |c| db::templates::list(c, &caller.tenant, &page)).await?;
    page_of(slice.rows.into_iter().map(Template::of), slice.next)
}

fn page_of(
    rows: impl Iterator<Item = db::Result<Template>>,
    next: Option<(String, String)>,
) -> Result<web::Json<Page<Template>>, Problem> {
    let rows: Vec<Template> = rows.collect::<db::Result<_>>()?;
    Ok(web::Json(Page::of(db::page::Slice { rows, next }, |row| row)))
}

/// Make a template
#[utoipa::path(operation_id = "create_template", tag = "bulk", request_body = TemplateIn, security(("session" = []), ("key" = ["events:write"])),
    responses((status = 201, description = "Made", body = Template), Problem))]
#[post("/templates")]
pub async fn create(
    app: App,
    caller: Caller<scope::EventsWrite>,
    body: Body<TemplateIn>,
) -> Result<HttpResponse, Problem> {
    let (template, now, by) = (sound(body.0)?, app.now(), actor(&caller).to_owned());
    let row = app
        .write(move |c| ops::create(c, &caller.tenant, &by, &template, now))
        .await?;
    let place = format!("/api/v1/templates/{}", row.id);
    Ok(etag::created(&etag::of(row.revision), &place, &Template::of(row)?))
}

async fn find(app: &App, tenant: &TenantId, id: &str) -> Result<Row, Problem> {
    let (who, id) = (tenant.clone(), id.to_owned());
    app.read(move |c| db::templates::get(c, &who, &id))
        .await
        .map_err(|e| Problem::missing(e, "template"))
}

/// Read a template
#[utoipa::path(operation_id = "get_template", tag = "bulk", params(("id" = String, Path, description = "`tpl_…`")), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "The template", body = Template), (status = 304, description = "The caller has this version"), Problem))]
#[get("/templates/{id}")]
pub async fn read(
    app: App,
    caller: Caller<scope::EventsRead>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let row = find(&app, &caller.tenant, &id).await?;
    Ok(etag::answer(&request, &etag::of(row.revision), &Template::of(row)?))
}

/// Change a template
///
/// Each change makes a version. Plans that were made from it stay what they are.
#[utoipa::path(operation_id = "update_template", tag = "bulk", params(("id" = String, Path, description = "`tpl_…`"), ("If-Match" = Option<String>, Header, description = "The ETag read before: 412 when somebody changed it since")),
    request_body(content((Patch<TemplateIn> = "application/merge-patch+json"), (Patch<TemplateIn> = "application/json"))), security(("session" = []), ("key" = ["events:write"])),
    responses((status = 200, description = "Changed", body = Template), Problem))]
#[patch("/templates/{id}")]
pub async fn update(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
    body: Merge<TemplateIn>,
) -> Result<HttpResponse, Problem> {
    let (now, by) = (app.now(), actor(&caller).to_owned());
    let change = move |c: &mut db::Conn| {
        db::templates::get(c, &caller.tenant, &id).map_err(|e| Problem::missing(e, "template"))?;
        ops::update(c, &caller.tenant, &by, &id, now, |row| {
            if !expected.allows(&etag::of(row.revision)) {
                let problem = Problem::new(
                    Code::PreconditionFailed,
                    "Somebody changed this template since you read it.",
                );
                return Err(problem.current(&Template::of(row.clone())?));
            }
            sound(body.apply(&as_in(ops::read(&row.body)?))?)
        })
    };
    let row = app.write(change).await?;
    Ok(etag::changed(&etag::of(row.revision), &Template::of(row)?))
}

/// Remove a template
///
/// With its versions. Operations that were made from it stay.
#[utoipa::path(operation_id = "delete_template", tag = "bulk", params(("id" = String, Path, description = "`tpl_…`"), ("If-Match" = Option<String>, Header, description = "The ETag read before: 412 when somebody changed it since")), security(("session" = []), ("key" = ["events:write"])),
    responses((status = 204, description = "Gone"), Problem))]
#[delete("/templates/{id}")]
pub async fn remove(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
) -> Result<HttpResponse, Problem> {
    let change = move |c: &mut db::Conn| {
        let row = db::templates::lock(c, &caller.tenant, &id).map_err(|e| Problem::missing(e, "template"))?;
        if !expected.allows(&etag::of(row.revision)) {
            let problem = Problem::new(
                Code::PreconditionFailed,
                "Somebody changed this template since you read it.",
            );
            return Err(problem.current(&Template::of(row)?));
        }
        Ok(db::templates::remove(c, &caller.tenant, &id)?)
    };
    app.write(change).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// List the versions of a template
///
/// The newest first, each with what it said.
#[utoipa::path(operation_id = "list_template_versions", tag = "bulk", params(("id" = String, Path, description = "`tpl_…`"), PageQuery), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "One page", body = Page<Template>), Problem))]
#[get("/templates/{id}/versions")]
pub async fn versions(
    app: App,
    caller: Caller<scope::EventsRead>,
    id: web::Path<String>,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<Template>>, Problem> {
    let page = query.0.keyset()?;
    find(&app, &caller.tenant, &id).await?;
    let slice = app
        .read(move |c| db::templates::versions(c, &caller.tenant, &id, &page))
        .await?;
    let rows = slice
        .rows
        .into_iter()
        .map(|row| Template::new(row.template_id, row.revision, &row.body, row.created_at.into()));
    page_of(rows, slice.next)
}

fn date(text: Option<&str>) -> Result<Option<Date>, Problem> {
    let wrong = |_| {
        Problem::invalid(vec![FieldError::new(
            "/start",
            "format",
            "The date is not one such as 2026-12-01.",
        )])
    };
    text.map(str::parse).transpose().map_err(wrong)
}

/// The calendars that are meant are there, and there are some where no row can name one.
fn check(directory: &Directory, usage: &Use) -> Result<(), Problem> {
    if usage.calendars.is_empty() && usage.rows.is_none() {
        let detail = "Say in which calendars.";
        return Err(Problem::invalid(vec![FieldError::new(
            "/calendar_ids",
            "required",
            detail,
        )]));
    }
    match usage.calendars.iter().all(|id| directory.get(id).is_some()) {
        true => Ok(()),
        false => Err(Problem::not_found("calendar")),
    }
}

/// What a template is used for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"calendar_ids": ["cal_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b"], "start": "2026-12-01", "count": 3}))]
pub struct TemplatePlanIn {
    /// In which calendars; with rows it may be left out, then their columns `calendar` and `client` say it.
    #[serde(default)]
    #[schema(max_items = 500)]
    calendar_ids: Vec<String>,
    /// The date of the first: `{{date}}`. Needed without rows.
    #[serde(default)]
    #[schema(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", example = "2026-12-01")]
    start: Option<String>,
    /// How many in each calendar. Needed without rows.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100_000, example = 3)]
    count: Option<u32>,
    /// What it is filled with, an event for each in each of the calendars: `{{row.name}}` is the text under that name. Instead of `count`.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 1000)]
    rows: Option<Vec<BTreeMap<String, String>>>,
    /// The same, of a table that was uploaded: `{{row.name}}` is the cell of the column with that header.
    #[serde(default)]
    #[schema(max_length = 64)]
    import_id: Option<String>,
    /// Days from one to the next; 1 without it.
    #[serde(default)]
    #[schema(maximum = 36_600)]
    every_days: Option<u32>,
    /// Whom providers may mail when the plan is applied; `none` without it.
    #[serde(default)]
    notify: Option<words::Notify>,
}

/// Plan a template
///
/// Nothing is written: every event is made from the template as it is now, judged and compared with what is there. Follow the operation until it is `planned`, look at it, and apply it by its hash.
#[utoipa::path(operation_id = "plan_template", tag = "bulk", params(("id" = String, Path, description = "`tpl_…`")), request_body = TemplatePlanIn, security(("session" = []), ("key" = ["events:write"])),
    responses((status = 202, description = "The operation that is being planned", body = Operation), Problem))]
#[post("/templates/{id}/plan")]
pub async fn plan(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
    body: Body<TemplatePlanIn>,
) -> Result<HttpResponse, Problem> {
    let Body(input) = body;
    let row = find(&app, &caller.tenant, &id).await?;
    let notify = may_notify(&caller, input.notify)?;
    let asked = Asked {
        rows: input.rows,
        import: input.import_id,
    };
    let with_rows = asked.rows.is_some() || asked.import.is_some();
    let mut fields = Fields::new();
    for (at, said) in [("/start", input.start.is_some()), ("/count", input.count.is_some())] {
        if !with_rows && !said {
            fields.add(at, "required", "Without rows it must be said.");
        }
    }
    fields.check()?;
    let mut usage = Use {
        template: ops::read(&row.body)?,
        start: date(input.start.as_deref())?,
        calendars: input.calendar_ids,
        count: input.count.unwrap_or(1),
        every_days: input.every_days.unwrap_or(1),
        rows: None,
    };
    if usage.total() > MAX_ITEMS {
        let detail = format!("A plan has at most {MAX_ITEMS} events.");
        return Err(Problem::invalid(vec![FieldError::new("/count", "too_large", detail)]));
    }
    let (who, by, now) = (caller.tenant.clone(), actor(&caller).to_owned(), app.now());
    let change = move |c: &mut db::Conn| {
        usage.rows = rows::meant(c, &who, asked)?;
        check(&planning::directory(c, &who)?, &usage)?;
        let new = New {
            kind: "template",
            title: row.name,
            source: Source::Template {
                template: row.id,
                usage: Box::new(usage),
            },
            notify,
            allow_duplicates: false,
            undo_of: None,
        };
        Ok::<_, Problem>(operations::create(c, &who, &by, new, now)?)
    };
    let row = app.write(change).await?;
    accepted(&app, &caller.tenant, row).await
}
