//! `POST /recurrence/preview`: what a rule means before anything is written. Asks nobody.

use actix_web::{post, web};
use domain::{
    recurrence::{Series, faults},
    time::{self, EventTime, PairError},
    validation::Violation,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::{
    auth::{Caller, scope},
    credentials::wrong,
    events::{
        convert,
        model::{self, EventTimeIn},
        present,
    },
    json::Body,
    problem::Problem,
};

/// How many occurrences are shown unless the caller says.
const DEFAULT_LIMIT: usize = 10;

/// A rule to look at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "start": {"date_time": "2026-11-02T09:00:00", "time_zone": "Europe/Berlin"},
    "end": {"date_time": "2026-11-02T10:00:00", "time_zone": "Europe/Berlin"},
    "recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=5"], "limit": 5
}))]
pub struct PreviewIn {
    /// First moment of the first occurrence.
    start: EventTimeIn,
    /// First moment after it.
    end: EventTimeIn,
    /// `RRULE`, `EXDATE` and `RDATE` lines of RFC 5545.
    #[schema(max_items = 500)]
    recurrence: Vec<String>,
    /// How many occurrences to show; 10 without it.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 500)]
    limit: Option<usize>,
    /// Where whole days begin; UTC without it.
    #[serde(default)]
    #[schema(
        min_length = 1,
        max_length = 64,
        format = "iana-time-zone",
        example = "Europe/Berlin"
    )]
    calendar_time_zone: Option<String>,
}

/// What a rule means.
#[derive(Debug, Serialize, ToSchema)]
pub struct Preview {
    /// The first ones.
    occurrences: Vec<PreviewOccurrence>,
    /// How many there are; null: endless, or more than can be counted at once.
    #[schema(required)]
    total: Option<u32>,
    /// Whether there are more than are shown.
    truncated: bool,
}

/// One occurrence.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewOccurrence {
    /// First moment.
    start: model::EventTime,
    /// First moment after.
    end: model::EventTime,
}

/// Show what a rule means
#[utoipa::path(operation_id = "preview_recurrence", tag = "events", request_body = PreviewIn, security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "The first occurrences", body = Preview), Problem))]
#[post("/recurrence/preview")]
pub async fn preview(_caller: Caller<scope::EventsRead>, body: Body<PreviewIn>) -> Result<web::Json<Preview>, Problem> {
    let Body(asked) = body;
    let zone = asked.calendar_time_zone.as_deref().unwrap_or("UTC");
    let (start, end) = times(&asked, zone).map_err(wrong)?;
    let found: Vec<Violation> = faults(&start, &end, &asked.recurrence, zone)
        .into_iter()
        .map(|fault| Violation {
            pointer: fault
                .line
                .map_or_else(|| "/recurrence".to_owned(), |line| format!("/recurrence/{line}")),
            code: fault.code(),
            detail: fault.to_string(),
        })
        .collect();
    if !found.is_empty() {
        return Err(wrong(found));
    }
    let too_much = |error: domain::recurrence::RecurrenceError| {
        wrong(vec![Violation {
            pointer: "/recurrence".into(),
            code: error.code(),
            detail: error.to_string(),
        }])
    };
    let series = Series::new(&start, &end, &asked.recurrence, zone).map_err(too_much)?;
    let limit = asked.limit.unwrap_or(DEFAULT_LIMIT);
    let mut first = series.first(limit + 1).map_err(too_much)?;
    let truncated = first.len() > limit;
    first.truncate(limit);
    let total = series.total().unwrap_or(None);
    let occurrences = first
        .iter()
        .map(|o| PreviewOccurrence {
            start: present::time(&o.start, zone),
            end: present::time(&o.end, zone),
        })
        .collect();
    Ok(web::Json(Preview {
        occurrences,
        total,
        truncated,
    }))
}

fn times(asked: &PreviewIn, zone: &str) -> Result<(EventTime, EventTime), Vec<Violation>> {
    let mut wrong = Vec::new();
    let repeats = !asked.recurrence.is_empty();
    let start = convert::event_time(&asked.start, "/start", None, repeats, &mut wrong);
    let end = convert::event_time(&asked.end, "/end", None, repeats, &mut wrong);
    let (Some(start), Some(end)) = (start, end) else {
        return Err(wrong);
    };
    let (pointer, code) = match time::pair(&start, &end, zone) {
        Ok(_) => return Ok((start, end)),
        Err(PairError::Start(_)) => ("/start", "time_out_of_range"),
        Err(PairError::End(_)) => ("/end", "time_out_of_range"),
        Err(PairError::Kind) => ("/end", "kind_mismatch"),
        Err(PairError::Empty) => ("/end", "not_after_start"),
    };
    let detail = time::pair(&start, &end, zone)
        .err()
        .map_or_else(String::new, |e| e.to_string());
    Err(vec![Violation {
        pointer: pointer.into(),
        code,
        detail,
    }])
}
