//! Operations: bulk work that is planned, looked at, applied and perhaps undone.

pub mod acts;
pub mod model;

use actix_web::{
    HttpResponse, get,
    http::header,
    post,
    web::{self, Bytes},
};
use db::{
    operation_items::{Filter, Item as ItemRow},
    operations::Operation as Row,
    page::Keyset,
};
use domain::{
    id::TenantId,
    stacking::{
        Patch as Said,
        csv::defuse,
        plan::{Changes, Edit, Shift},
    },
};
use futures_util::stream;
use jiff::{Span, SpanRelativeTo, Timestamp, Unit};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

pub use self::model::Operation;
use self::model::{ItemOutcome, ItemState, OperationItem, OperationState};
use crate::{
    api::{
        auth::{Actor, Caller, scope},
        events::write::may_notify,
        json::{Body, Query},
        page::{self, Page},
        problem::{Fields, Problem},
        words::{self, EventStatus, Transparency, Visibility},
    },
    ops::operations::{self as ops, New, Selection, Source, source},
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
    let ids: Vec<String> = ops::summary(&row)?
        .map(|summary| summary.calendars.into_keys().collect())
        .unwrap_or_default();
    let who = tenant.clone();
    let names = app.read(move |c| source::calendar_names(c, &who, &ids)).await?;
    Operation::new(row, &names, &app.config, app.now())
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
    let (slice, names) = app
        .read(move |c| {
            let slice = db::operations::list(c, &who, state, &keyset)?;
            let mut ids = std::collections::BTreeSet::new();
            for row in &slice.rows {
                ids.extend(
                    ops::summary(row)?
                        .map(|found| found.calendars)
                        .unwrap_or_default()
                        .into_keys(),
                );
            }
            let ids: Vec<String> = ids.into_iter().collect();
            let names = source::calendar_names(c, &who, &ids)?;
            Ok::<_, db::Error>((slice, names))
        })
        .await?;
    let now = app.now();
    let data = slice
        .rows
        .into_iter()
        .map(|row| Operation::new(row, &names, &app.config, now))
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

/// What a report is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportFormat {
    /// A table.
    Csv,
}

/// How a report is written.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReadReport {
    /// `csv`, also without it.
    #[param(inline)]
    format: Option<ReportFormat>,
}

/// Lines of a report that are read at once.
const REPORTED: i64 = 500;

/// Download what became of each line
///
/// A table: line, outcome, state, calendar, title, start, id, error.
#[utoipa::path(operation_id = "report_operation", tag = "bulk", params(("id" = String, Path, description = "`op_…`"), ReadReport), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "The table", content_type = "text/csv", body = String), Problem))]
#[get("/operations/{id}/report")]
pub async fn report(
    app: App,
    caller: Caller<scope::EventsRead>,
    id: web::Path<String>,
    query: Query<ReadReport>,
) -> Result<HttpResponse, Problem> {
    let ReportFormat::Csv = query.0.format.unwrap_or(ReportFormat::Csv);
    let row = find(&app, &caller.tenant, &id).await?;
    let name = format!("attachment; filename=\"{}.csv\"", row.id);
    let begin = Some((app, caller.tenant, row.id, None::<String>));
    // A page at a time: of a hundred thousand lines only some are in memory.
    let pages = stream::unfold((begin, true), |(place, first)| async move {
        let (app, tenant, id, after) = place?;
        let keyset = Keyset {
            after: after.map(|seq| (seq, String::new())),
            limit: REPORTED,
        };
        let (who, op) = (tenant.clone(), id.clone());
        let asked = app.read(move |c| {
            let slice = db::operation_items::list(c, &who, &op, Filter::default(), &keyset)?;
            let ids: std::collections::BTreeSet<String> =
                slice.rows.iter().filter_map(|row| row.calendar_id.clone()).collect();
            let ids: Vec<String> = ids.into_iter().collect();
            Ok::<_, db::Error>((source::calendar_names(c, &who, &ids)?, slice))
        });
        let (names, slice) = match asked.await {
            Ok(found) => found,
            Err(error) => return Some((Err(actix_web::Error::from(Problem::from(error))), (None, false))),
        };
        let mut text = String::new();
        if first {
            text.push_str("line,outcome,state,calendar,title,start,id,error\r\n");
        }
        for row in slice.rows {
            match line(row, &names) {
                Ok(line) => text.push_str(&line),
                Err(problem) => return Some((Err(problem.into()), (None, false))),
            }
        }
        let next = slice.next.map(|(seq, _)| (app, tenant, id, Some(seq)));
        Some((Ok::<_, actix_web::Error>(Bytes::from(text)), (next, false)))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .streaming(pages))
}

fn line(row: ItemRow, names: &model::Names) -> Result<String, Problem> {
    let item = OperationItem::new(row)?;
    let faults: Vec<&str> = item.faults.iter().map(model::ItemFault::detail).collect();
    let error = match &item.error {
        Some(error) => error.detail().to_owned(),
        None => faults.join("; "),
    };
    let calendar = item.calendar_id.as_ref().and_then(|id| names.get(id));
    let cells = [
        item.line.to_string(),
        item.outcome.as_str().to_owned(),
        item.state.as_str().to_owned(),
        calendar
            .map(|(name, _)| name.clone())
            .or(item.calendar_id)
            .unwrap_or_default(),
        item.title.unwrap_or_default(),
        item.start.unwrap_or_default(),
        item.event_id.unwrap_or_default(),
        error,
    ];
    let quoted: Vec<String> = cells
        .iter()
        .map(|cell| format!("\"{}\"", defuse(cell).replace('"', "\"\"")))
        .collect();
    Ok(quoted.join(",") + "\r\n")
}

/// Events that a list shows.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SelectionFilter {
    /// In the chosen calendars of this client.
    #[serde(default)]
    #[schema(max_length = 64)]
    client_id: Option<String>,
    /// In these calendars; without it, in all chosen ones.
    #[serde(default)]
    #[schema(max_items = 500)]
    calendar_ids: Vec<String>,
    /// Text in title, description, place, or name and address of a guest; in any case.
    #[serde(default)]
    #[schema(max_length = 200)]
    q: Option<String>,
    /// Those that end after it.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Those that start before it.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// Which events: one of the two.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SelectionIn {
    /// These; occurrences by their own names.
    #[serde(default)]
    #[schema(max_items = 10_000)]
    event_ids: Option<Vec<String>>,
    /// Those that a list shows.
    #[serde(default)]
    filter: Option<SelectionFilter>,
}

/// What the events are to say. What is absent stays.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkEditSet {
    /// Title.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 4096)]
    title: Option<String>,
    /// Where; an empty text takes it away.
    #[serde(default)]
    #[schema(max_length = 8192)]
    location: Option<String>,
    /// Description; an empty text takes it away.
    #[serde(default)]
    #[schema(max_length = 262144)]
    description: Option<String>,
    /// Who may see it.
    #[serde(default)]
    visibility: Option<Visibility>,
    /// Whether it makes the calendar busy.
    #[serde(default)]
    transparency: Option<Transparency>,
    /// `confirmed` or `tentative`.
    #[serde(default)]
    status: Option<EventStatus>,
    /// Colour; an empty text takes it away.
    #[serde(default)]
    #[schema(max_length = 64)]
    colour: Option<String>,
}

/// What is done to each event: `delete` alone, or any of the others together.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkEditIn {
    /// It is taken away.
    #[serde(default)]
    delete: Option<bool>,
    /// Put before its title, unless the title begins with it.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200, example = "MOVED: ")]
    prefix: Option<String>,
    /// What it is to say.
    #[serde(default)]
    set: Option<BulkEditSet>,
    /// By how much it moves on the face of the clock: `1 day`, `-2 weeks`, `90 minutes`.
    #[serde(default)]
    #[schema(max_length = 100, example = "1 day")]
    move_by: Option<String>,
    /// The calendar it is to be in.
    #[serde(default)]
    #[schema(max_length = 64)]
    move_to: Option<String>,
}

/// An edit of many events.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"selection": {"filter": {"q": "Check-up"}}, "edit": {"prefix": "MOVED: ", "move_by": "1 day"}}))]
pub struct OperationIn {
    /// For people; without it, what is done.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    title: Option<String>,
    /// Which events.
    selection: SelectionIn,
    /// What is done to each.
    edit: BulkEditIn,
    /// Whom providers may mail when it is applied; `none` without it.
    #[serde(default)]
    notify: Option<words::Notify>,
}

/// Plan an edit of many events
///
/// Nothing is written: follow the operation until it is `planned`, look at it, and apply it by its hash.
#[utoipa::path(operation_id = "create_operation", tag = "bulk", request_body = OperationIn, security(("session" = []), ("key" = ["events:write"])),
    responses((status = 202, description = "The operation that is being planned", body = Operation), Problem))]
#[post("/operations")]
pub async fn create(
    app: App,
    caller: Caller<scope::EventsWrite>,
    body: Body<OperationIn>,
) -> Result<HttpResponse, Problem> {
    let notify = may_notify(&caller, body.0.notify)?;
    let mut fields = Fields::new();
    let selection = selection(body.0.selection, &mut fields);
    let edit = edit(body.0.edit, &mut fields);
    let (Some(selection), Some(edit)) = (selection, edit) else {
        return Err(fields
            .check()
            .err()
            .unwrap_or_else(|| Problem::internal("no selection")));
    };
    fields.check()?;
    let new = New {
        kind: "edit",
        title: body.0.title.unwrap_or_else(|| title(&edit)),
        source: Source::Selection {
            selection,
            edit: Box::new(edit),
        },
        notify,
        allow_duplicates: true,
        undo_of: None,
    };
    let (who, by, now) = (caller.tenant.clone(), actor(&caller).to_owned(), app.now());
    let row = app
        .write(move |c| {
            named(c, &who, &new.source)?;
            Ok::<_, Problem>(ops::create(c, &who, &by, new, now)?)
        })
        .await?;
    accepted(&app, &caller.tenant, row).await
}

/// The calendars and the client that are named are there.
fn named(c: &mut db::Conn, tenant: &TenantId, source: &Source) -> Result<(), Problem> {
    let Source::Selection { selection, edit } = source else {
        return Ok(());
    };
    let mut fields = Fields::new();
    let mut calendars: Vec<(String, &str)> = Vec::new();
    if let Selection::Filter {
        client_id,
        calendar_ids,
        ..
    } = selection
    {
        if let Some(client) = client_id {
            db::clients::get(c, tenant, client).map_err(|e| Problem::missing(e, "client"))?;
        }
        calendars.extend(
            calendar_ids
                .iter()
                .cloned()
                .map(|id| (id, "/selection/filter/calendar_ids")),
        );
    }
    if let Edit::Change(changes) = &**edit {
        calendars.extend(changes.calendar.clone().map(|id| (id, "/edit/move_to")));
    }
    let ids: Vec<String> = calendars.iter().map(|(id, _)| id.clone()).collect();
    let found = db::calendars::some(c, tenant, &ids)?;
    for (id, pointer) in calendars {
        if found.iter().all(|one| one.id != id) {
            fields.add(pointer, "unknown", format!("There is no calendar {id}."));
        }
    }
    fields.check()
}

fn selection(input: SelectionIn, fields: &mut Fields) -> Option<Selection> {
    match (input.event_ids, input.filter) {
        (Some(ids), None) => Some(Selection::EventIds(ids)),
        (None, Some(filter)) => Some(Selection::Filter {
            client_id: filter.client_id,
            calendar_ids: filter.calendar_ids,
            q: page::search(filter.q),
            from: filter.from,
            to: filter.to,
        }),
        _ => {
            fields.add("/selection", "one_of", "Send either “event_ids” or “filter”.");
            None
        }
    }
}

fn edit(input: BulkEditIn, fields: &mut Fields) -> Option<Edit> {
    let changes = [
        input.prefix.is_some(),
        input.set.is_some(),
        input.move_by.is_some(),
        input.move_to.is_some(),
    ];
    let changes = changes.contains(&true);
    if input.delete == Some(true) {
        if changes {
            fields.add("/edit", "one_of", "“delete” stands alone.");
        }
        return Some(Edit::Delete);
    }
    if !changes {
        fields.add("/edit", "required", "Say what is to be done to the events.");
        return None;
    }
    let set = input.set.unwrap_or_default();
    if matches!(set.status, Some(EventStatus::Cancelled)) {
        fields.add(
            "/edit/set/status",
            "not_allowed",
            "An event is cancelled by deleting it.",
        );
    }
    let shift = input.move_by.and_then(|text| {
        shift(&text)
            .map_err(|detail| {
                fields.add("/edit/move_by", "format", detail);
            })
            .ok()
    });
    Some(Edit::Change(Box::new(Changes {
        title_prefix: input.prefix,
        shift,
        patch: Said {
            title: set.title,
            location: set.location,
            description: set.description,
            visibility: set.visibility.map(Into::into),
            transparency: set.transparency.map(Into::into),
            status: set.status.map(Into::into),
            colour: set.colour,
            ..Said::default()
        },
        calendar: input.move_to,
    })))
}

/// A span as people write it. Months and years are of no fixed length, and seconds are not what people mean.
fn shift(text: &str) -> Result<Shift, String> {
    let wrong = || format!("“{text}” is no span; write “1 day”, “-2 weeks” or “90 minutes”.");
    let span: Span = text.trim().parse().map_err(|_| wrong())?;
    let whole = span.get_years() == 0 && span.get_months() == 0 && span.get_seconds() == 0;
    let fine = span.get_milliseconds() == 0 && span.get_microseconds() == 0 && span.get_nanoseconds() == 0;
    if !whole || !fine {
        return Err(wrong());
    }
    let days = i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
    let clock = Span::new()
        .try_hours(span.get_hours())
        .and_then(|clock| clock.try_minutes(span.get_minutes()))
        .map_err(|_| wrong())?;
    let minutes = clock
        .total((Unit::Minute, SpanRelativeTo::days_are_24_hours()))
        .map_err(|_| wrong())?;
    #[allow(clippy::cast_possible_truncation, reason = "whole minutes, and looked at below")]
    let minutes = minutes as i64;
    let fits = |number: i64| i32::try_from(number).ok().filter(|number| number.abs() <= 5_300_000);
    match (fits(days), fits(minutes)) {
        (Some(0), Some(0)) => Err("The events would not move.".to_owned()),
        (Some(days), Some(minutes)) => Ok(Shift { days, minutes }),
        _ => Err(wrong()),
    }
}

/// What an edit is called that nobody named.
fn title(edit: &Edit) -> String {
    let Edit::Change(changes) = edit else {
        return "Delete events".to_owned();
    };
    let words = match (&changes.calendar, changes.shift) {
        (Some(_), _) => "Move events to another calendar",
        (None, Some(_)) => "Move events in time",
        (None, None) => "Change events",
    };
    words.to_owned()
}
