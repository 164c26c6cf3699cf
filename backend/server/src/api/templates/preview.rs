//! Templates that are tried: what they would make, while somebody types.

use std::collections::BTreeMap;

use actix_web::{post, web};
use domain::{
    event::Notify,
    stacking::{
        Directory,
        csv::{Column, Row},
        plan::{Outcome, Planner, Settings},
        template::TemplateError,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    check, date,
    model::{TemplateIn, meant},
    rows::{self, Asked},
};
use crate::{
    api::{
        auth::{Caller, scope},
        events::{convert, model::EventIn},
        json::Body,
        operations::item::ItemFault,
        problem::Problem,
    },
    ops::{
        operations::{body::Told, plan as planning},
        templates::{Made, Press, Use},
    },
    state::App,
};

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
    /// In which calendars; with rows it may be left out, then their columns `calendar` and `client` say it.
    #[serde(default)]
    #[schema(max_items = 500)]
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
    /// What it is filled with, an event for each: `{{row.name}}` is the text under that name. Instead of `count`.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 1000)]
    rows: Option<Vec<BTreeMap<String, String>>>,
    /// The same, of a table that was uploaded: `{{row.name}}` is the cell of the column with that header.
    #[serde(default)]
    #[schema(max_length = 64)]
    import_id: Option<String>,
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
    /// Which one it is in its calendar, or of which row; the first is 1.
    number: u64,
    /// Where it would be made; null: its row names no calendar.
    #[schema(required)]
    calendar_id: Option<String>,
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
const SHOWN: usize = 20;

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
    let asked = Asked {
        rows: input.rows,
        import: input.import_id,
    };
    let mut usage = Use {
        template: meant(input.template, "/template")?,
        calendars: input.calendar_ids,
        start: Some(date(input.start.as_deref())?.unwrap_or(today)),
        count: input.count.unwrap_or(3),
        every_days: input.every_days.unwrap_or(1),
        rows: None,
    };
    let tried = app
        .read(move |c| {
            let directory = planning::directory(c, &caller.tenant)?;
            usage.rows = rows::meant(c, &caller.tenant, asked)?;
            check(&directory, &usage)?;
            let first = match &usage.rows {
                Some(said) => Some(rows::first(c, &caller.tenant, said, SHOWN)?),
                None => None,
            };
            tried(&usage, &directory, first)
        })
        .await?;
    Ok(web::Json(tried))
}

fn tried(
    usage: &Use,
    directory: &Directory,
    rows: Option<(Vec<Column>, Vec<Row>)>,
) -> Result<TemplatePreview, Problem> {
    let compiled = match usage.template.compile() {
        Ok(compiled) => compiled,
        Err(errors) => {
            return Ok(TemplatePreview {
                events: Vec::new(),
                errors: errors.into_iter().map(fault).collect(),
            });
        }
    };
    let settings = Settings {
        seed: "preview".to_owned(),
        notify: Notify::None,
        allow_duplicates: true,
    };
    let press = Press::new(usage, &compiled, directory).map_err(Problem::internal)?;
    let mut planner = Planner::new(directory, compiled.columns(), &settings);
    let all: Vec<Made> = match rows {
        None => (0..usage.total().min(SHOWN as u64))
            .map(|place| press.counted(place))
            .collect(),
        Some((columns, rows)) => (0..)
            .zip(&rows)
            .flat_map(|(number, row)| press.of_row(number, &columns, row))
            .take(SHOWN)
            .collect(),
    };
    let event = |made: Made| {
        let (event, faults) = match made.draft.map(|draft| planner.draft(&draft, &[])) {
            Ok(Outcome::Item(item)) => (item.change.after().map(convert::input), Vec::new()),
            Ok(Outcome::Bad(faults)) | Err(faults) => (None, faults),
            Ok(Outcome::Unchanged { .. } | Outcome::Duplicate { .. }) => (None, Vec::new()),
        };
        TemplatePreviewEvent {
            number: made.number,
            calendar_id: Some(made.calendar).filter(|id| !id.is_empty()),
            event,
            faults: faults
                .into_iter()
                .map(|fault| ItemFault::from(Told::from(fault)))
                .collect(),
        }
    };
    Ok(TemplatePreview {
        events: all.into_iter().map(event).collect(),
        errors: Vec::new(),
    })
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
