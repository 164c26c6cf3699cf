//! What became of each line, as a table.

use actix_web::{
    HttpResponse, get,
    http::header,
    web::{self, Bytes},
};
use db::{
    operation_items::{Filter, Item as Row},
    page::Keyset,
};
use domain::stacking::csv::defuse;
use futures_util::stream;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{find, item::OperationItem, model::Names};
use crate::{
    api::{
        auth::{Caller, scope},
        json::Query,
        problem::Problem,
    },
    ops::operations::source,
    state::App,
};

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
/// A table: line, outcome, state, calendar, title, start, id, error, conflicts.
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
            text.push_str("line,outcome,state,calendar,title,start,id,error,conflicts\r\n");
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

fn line(row: Row, names: &Names) -> Result<String, Problem> {
    let item = OperationItem::new(row)?;
    let faults: Vec<&str> = item.faults.iter().map(|fault| fault.detail.as_str()).collect();
    let error = match &item.error {
        Some(error) => error.detail.clone(),
        None => faults.join("; "),
    };
    let conflicts: Vec<String> = item.conflicts.iter().map(ToString::to_string).collect();
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
        conflicts.join("; "),
    ];
    let quoted: Vec<String> = cells
        .iter()
        .map(|cell| format!("\"{}\"", defuse(cell).replace('"', "\"\"")))
        .collect();
    Ok(quoted.join(",") + "\r\n")
}
