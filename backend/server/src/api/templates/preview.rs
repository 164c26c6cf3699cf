//! Templates that are tried: what they would make, while somebody types.

use actix_web::{post, web};
use domain::{
    event::Notify,
    stacking::{
        Directory,
        plan::{Outcome, Planner, Settings},
        template::TemplateError,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    check, date,
    model::{TemplateIn, meant},
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
        templates::Use,
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
