//! Templates: recipes for events with variables, tried while somebody types, and planned like any bulk work.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use db::templates::Template as Row;
use domain::{
    event::Notify,
    id::TenantId,
    stacking::{
        Directory,
        csv::Target,
        plan::{MAX_ITEMS, Outcome, Planner, Settings},
        template::{self as rules, TemplateError},
    },
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        auth::{Caller, scope},
        etag::{self, IfMatch},
        events::{convert, model::EventIn, write::may_notify},
        json::{Body, Merge, Query},
        operations::{Operation, accepted, actor, model::ItemFault},
        page::{self, Page},
        patch::Patch,
        problem::{Code, FieldError, Problem},
        words,
    },
    ops::{
        operations::{self, New, Source, body::Told, plan as planning},
        templates::{self as ops, Use},
    },
    state::App,
};

/// What is different for a client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateOverride {
    /// Fields that say something else.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Variables with another value.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
}

/// A recipe for events.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "Pool check",
    "fields": {"title": "Pool check {{n}} at {{client.name}}", "start": "{{date}} 09:00", "duration": "45", "location": "{{place}}"},
    "variables": {"place": "Main Street 1"}
}))]
pub struct TemplateIn {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What each field of an event says, as a cell of a table would: `title`, `start`, `duration`, `attendees`, … with variables between double braces.
    #[schema(example = json!({"title": "Pool check {{n}} at {{client.name}}", "start": "{{date}} 09:00", "duration": "45"}))]
    pub fields: BTreeMap<String, String>,
    /// Variables of its own.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// What is different for a client, by its id.
    #[serde(default)]
    pub clients: BTreeMap<String, TemplateOverride>,
}

/// A recipe for events.
#[derive(Debug, Serialize, ToSchema)]
pub struct Template {
    /// `tpl_…`
    id: String,
    /// What people call it.
    name: String,
    /// Counts changes.
    version: i64,
    /// What each field of an event says.
    fields: BTreeMap<String, String>,
    /// Variables of its own.
    variables: BTreeMap<String, String>,
    /// What is different for a client, by its id.
    clients: BTreeMap<String, TemplateOverride>,
    /// When it last changed; of a version, when it began to say so.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

fn texts(fields: BTreeMap<Target, String>) -> BTreeMap<String, String> {
    fields
        .into_iter()
        .map(|(target, text)| (target.to_string(), text))
        .collect()
}

impl Template {
    fn new(id: String, version: i64, body: &str, updated_at: Timestamp) -> db::Result<Self> {
        let said = as_in(ops::read(body)?);
        Ok(Self {
            id,
            version,
            updated_at,
            name: said.name,
            fields: said.fields,
            variables: said.variables,
            clients: said.clients,
        })
    }

    fn of(row: Row) -> db::Result<Self> {
        Self::new(row.id, row.revision, &row.body, row.updated_at.into())
    }
}

fn as_in(said: rules::Template) -> TemplateIn {
    let other = |other: rules::Override| TemplateOverride {
        fields: texts(other.fields),
        variables: other.variables,
    };
    TemplateIn {
        name: said.name,
        fields: texts(said.fields),
        variables: said.variables,
        clients: said.clients.into_iter().map(|(id, one)| (id, other(one))).collect(),
    }
}

/// The template that is meant; names of fields that there are none of are told.
fn meant(input: TemplateIn, at: &str) -> Result<rules::Template, Problem> {
    let mut wrong = Vec::new();
    let mut targets = |texts: BTreeMap<String, String>, place: &str| {
        let mut fields = BTreeMap::new();
        for (name, text) in texts {
            match Target::try_from(name.clone()) {
                Ok(target) => {
                    fields.insert(target, text);
                }
                Err(error) => wrong.push(FieldError::new(
                    format!("{at}{place}/fields/{name}"),
                    "unknown_field",
                    error,
                )),
            }
        }
        fields
    };
    let template = rules::Template {
        version: rules::VERSION,
        revision: 0,
        name: input.name.trim().to_owned(),
        fields: targets(input.fields, ""),
        variables: input.variables,
        clients: input
            .clients
            .into_iter()
            .map(|(id, one)| {
                let fields = targets(one.fields, &format!("/clients/{id}"));
                let variables = one.variables;
                (id, rules::Override { fields, variables })
            })
            .collect(),
    };
    if wrong.is_empty() {
        Ok(template)
    } else {
        Err(Problem::invalid(wrong))
    }
}

/// The template that is meant, if it can be read.
fn sound(input: TemplateIn) -> Result<rules::Template, Problem> {
    let template = meant(input, "")?;
    if let Err(errors) = template.compile() {
        let told = errors.into_iter().map(|error| match error {
            TemplateError::Version(_) => FieldError::new("", "version", error.to_string()),
            TemplateError::Field { client, field, error } => {
                let place = client.map(|id| format!("/clients/{id}")).unwrap_or_default();
                FieldError::new(format!("{place}/fields/{field}"), "syntax", error.to_string())
            }
        });
        return Err(Problem::invalid(told.collect()));
    }
    Ok(template)
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListTemplates {
    /// How many entries at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
}

/// List templates
///
/// By name.
#[utoipa::path(operation_id = "list_templates", tag = "bulk", params(ListTemplates), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "One page", body = Page<Template>), Problem))]
#[get("/templates")]
pub async fn list(
    app: App,
    caller: Caller<scope::EventsRead>,
    query: Query<ListTemplates>,
) -> Result<web::Json<Page<Template>>, Problem> {
    let page = page::keyset(query.0.limit, query.0.cursor.as_deref())?;
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
        let row = db::templates::get(c, &caller.tenant, &id).map_err(|e| Problem::missing(e, "template"))?;
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
#[utoipa::path(operation_id = "list_template_versions", tag = "bulk", params(("id" = String, Path, description = "`tpl_…`"), ListTemplates), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "One page", body = Page<Template>), Problem))]
#[get("/templates/{id}/versions")]
pub async fn versions(
    app: App,
    caller: Caller<scope::EventsRead>,
    id: web::Path<String>,
    query: Query<ListTemplates>,
) -> Result<web::Json<Page<Template>>, Problem> {
    let page = page::keyset(query.0.limit, query.0.cursor.as_deref())?;
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

/// What is tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "template": {"name": "Pool check", "fields": {"title": "Pool check {{n}}", "start": "{{date}} 09:00", "duration": "45"}},
    "calendar_ids": ["cal_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b"], "start": "2026-12-01", "count": 3
}))]
pub struct TemplatePreviewIn {
    /// The template, saved or not.
    template: TemplateIn,
    /// In which calendars.
    #[schema(min_items = 1, max_items = 500)]
    calendar_ids: Vec<String>,
    /// The date of the first; without it today.
    #[serde(default)]
    #[schema(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", example = "2026-12-01")]
    start: Option<String>,
    /// How many in each calendar; at most 20 are shown altogether.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100_000)]
    count: Option<u32>,
    /// Days from one to the next; 1 without it.
    #[serde(default)]
    #[schema(maximum = 36_600)]
    every_days: Option<u32>,
}

/// What is wrong with the text of a template.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateFault {
    /// Whose override; null: the template itself.
    #[schema(required)]
    client_id: Option<String>,
    /// Which field.
    field: String,
    /// The character at which it goes wrong; the first is 1.
    #[schema(required)]
    position: Option<usize>,
    /// What was expected, and what is there.
    detail: String,
}

/// One event that a template would make.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplatePreviewEvent {
    /// Which one it is in its calendar; the first is 1.
    number: u64,
    /// Where it would be made.
    calendar_id: String,
    /// What it would say; null: it cannot be made.
    #[schema(required)]
    event: Option<EventIn>,
    /// Why not.
    faults: Vec<ItemFault>,
}

/// What a template would make.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplatePreview {
    /// The first events.
    events: Vec<TemplatePreviewEvent>,
    /// What is wrong with its text: then there are no events.
    errors: Vec<TemplateFault>,
}

/// Events that are shown.
const SHOWN: u64 = 20;

fn date(text: Option<&str>, today: Date) -> Result<Date, Problem> {
    let wrong = |_| {
        Problem::invalid(vec![FieldError::new(
            "/start",
            "format",
            "The date is not one such as 2026-12-01.",
        )])
    };
    text.map_or(Ok(today), |text| text.parse().map_err(wrong))
}

/// The calendars that are meant, if all of them are there.
fn check(directory: &Directory, ids: &[String]) -> Result<(), Problem> {
    match ids.iter().all(|id| directory.get(id).is_some()) {
        true => Ok(()),
        false => Err(Problem::not_found("calendar")),
    }
}

/// Try a template
///
/// The first events it would make. What is wrong with its text is an answer, too: it is asked for while somebody types.
#[utoipa::path(operation_id = "preview_template", tag = "bulk", request_body = TemplatePreviewIn, security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "What it would make", body = TemplatePreview), Problem))]
#[post("/templates/preview")]
pub async fn preview(
    app: App,
    caller: Caller<scope::EventsRead>,
    body: Body<TemplatePreviewIn>,
) -> Result<web::Json<TemplatePreview>, Problem> {
    let Body(input) = body;
    let today = app.now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let usage = Use {
        template: meant(input.template, "/template")?,
        calendars: input.calendar_ids,
        start: date(input.start.as_deref(), today)?,
        count: input.count.unwrap_or(3),
        every_days: input.every_days.unwrap_or(1),
    };
    let directory = app.read(move |c| planning::directory(c, &caller.tenant)).await?;
    check(&directory, &usage.calendars)?;
    Ok(web::Json(tried(&usage, &directory)))
}

fn tried(usage: &Use, directory: &Directory) -> TemplatePreview {
    let compiled = match usage.template.compile() {
        Ok(compiled) => compiled,
        Err(errors) => {
            return TemplatePreview {
                events: Vec::new(),
                errors: errors.into_iter().map(fault).collect(),
            };
        }
    };
    let settings = Settings {
        seed: "preview".to_owned(),
        notify: Notify::None,
        allow_duplicates: true,
    };
    let mut planner = Planner::new(directory, compiled.columns(), &settings);
    let event = |place| {
        let (_, calendar_id, draft) = usage.draft(&compiled, directory, place);
        let (event, faults) = match draft.map(|draft| planner.draft(&draft, &[])) {
            Ok(Outcome::Item(item)) => (item.change.after().map(convert::input), Vec::new()),
            Ok(Outcome::Bad(faults)) | Err(faults) => (None, faults),
            Ok(Outcome::Unchanged { .. } | Outcome::Duplicate { .. }) => (None, Vec::new()),
        };
        TemplatePreviewEvent {
            number: place % u64::from(usage.count).max(1) + 1,
            calendar_id,
            event,
            faults: faults
                .into_iter()
                .map(|fault| ItemFault::from(Told::from(fault)))
                .collect(),
        }
    };
    TemplatePreview {
        events: (0..usage.total().min(SHOWN)).map(event).collect(),
        errors: Vec::new(),
    }
}

fn fault(error: TemplateError) -> TemplateFault {
    match error {
        TemplateError::Version(_) => TemplateFault {
            client_id: None,
            field: String::new(),
            position: None,
            detail: error.to_string(),
        },
        TemplateError::Field { client, field, error } => TemplateFault {
            client_id: client,
            field: field.to_string(),
            position: Some(error.position),
            detail: error.detail,
        },
    }
}

/// What a template is used for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"calendar_ids": ["cal_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b"], "start": "2026-12-01", "count": 3}))]
pub struct TemplatePlanIn {
    /// In which calendars.
    #[schema(min_items = 1, max_items = 500)]
    calendar_ids: Vec<String>,
    /// The date of the first: `{{date}}`.
    #[schema(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", example = "2026-12-01")]
    start: String,
    /// How many in each calendar.
    #[schema(minimum = 1, maximum = 100_000, example = 3)]
    count: u32,
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
    let usage = Use {
        template: ops::read(&row.body)?,
        start: date(Some(&input.start), Date::default())?,
        calendars: input.calendar_ids,
        count: input.count,
        every_days: input.every_days.unwrap_or(1),
    };
    if usage.total() > MAX_ITEMS {
        let detail = format!("A plan has at most {MAX_ITEMS} events.");
        return Err(Problem::invalid(vec![FieldError::new("/count", "too_large", detail)]));
    }
    let (who, by, now) = (caller.tenant.clone(), actor(&caller).to_owned(), app.now());
    let change = move |c: &mut db::Conn| {
        check(&planning::directory(c, &who)?, &usage.calendars)?;
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
