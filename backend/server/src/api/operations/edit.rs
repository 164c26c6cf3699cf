//! One edit of many events: asked for in the words of people, planned like any bulk work.

use actix_web::{HttpResponse, post};
use domain::{
    id::TenantId,
    stacking::{
        Patch as Said,
        plan::{Changes, Edit, Shift},
    },
};
use jiff::{Span, SpanRelativeTo, Timestamp, Unit};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{accepted, actor, model::Operation};
use crate::{
    api::{
        auth::{Caller, scope},
        events::write::may_notify,
        json::Body,
        page,
        problem::{Fields, Problem},
        words::{self, EventStatus, Transparency, Visibility},
    },
    ops::operations::{self as ops, New, Selection, Source},
    state::App,
};

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
