//! Exports: events as a file that is written while it is read. What is read again from it changes nothing.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::{HttpResponse, get, http::header, post, web::Bytes};
use domain::{
    id::TenantId,
    stacking::{Directory, JsonWriter, csv, plan::known_uid},
};
use futures_util::stream;
use jiff::Timestamp;
use providers::ics::export::{Exported, Exporter};
use serde::Deserialize;
use tokio::sync::mpsc;
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        auth::{Caller, scope},
        events::{calendars, check_window},
        json::{Body, Query},
        problem::Problem,
    },
    gateway::fresh,
    ops::{
        events::Within,
        exports::{Leaving, Reader, Selection},
        operations::plan,
    },
    state::App,
};

/// Pieces on the way to whoever downloads: the store is read no faster than they take them.
const ON_THE_WAY: usize = 2;

/// As what a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// A table.
    Csv,
    /// An iCalendar file.
    Ics,
    /// An array, an event on each line.
    Json,
}

impl ExportFormat {
    const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ics => "text/calendar; charset=utf-8",
            Self::Json => "application/json",
        }
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ics => "ics",
            Self::Json => "json",
        }
    }
}

/// Which events, and as what.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ExportEvents {
    /// As what. Without it `csv`.
    #[param(inline)]
    format: Option<ExportFormat>,
    /// Of the chosen calendars of one client.
    #[param(max_length = 64)]
    client_id: Option<String>,
    /// Of these calendars, chosen or not; several times, or separated by commas.
    #[serde(default)]
    #[param(max_items = 500)]
    calendar_id: Option<Vec<String>>,
    /// Those that end after it.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Those that start before it.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Text in title, description, place, or name and address of a guest; in any case.
    #[param(max_length = 200)]
    q: Option<String>,
    /// Only these events and occurrences, whatever else is asked; several times, or separated by commas.
    #[serde(default)]
    #[param(max_items = 1000)]
    ids: Option<Vec<String>>,
}

/// Export events
///
/// The events that `GET /events` lists under the same filter, as one file that is sent while it is read: a table (`csv`) whose columns an import recognises by themselves, an
/// iCalendar file (`ics`) with series, their changed and cancelled dates and the zones they need, or an array of objects (`json`). Importing the file again
/// is a plan without changes. In a table, cells that a spreadsheet would run as a formula begin with an apostrophe; importing takes it away.
#[utoipa::path(operation_id = "export_events", tag = "bulk", params(ExportEvents), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "The file", content((String = "text/csv"), (String = "text/calendar"), (Vec<serde_json::Value> = "application/json"))), Problem))]
#[get("/exports")]
pub async fn export(
    app: App,
    caller: Caller<scope::EventsRead>,
    query: Query<ExportEvents>,
) -> Result<HttpResponse, Problem> {
    answer(app, caller.tenant, query.0).await
}

/// Which events, by name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"format": "ics", "event_ids": ["evt_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b"]}))]
pub struct ExportIn {
    /// As what. Without it `csv`.
    #[serde(default)]
    format: Option<ExportFormat>,
    /// These events and occurrences.
    #[schema(min_items = 1, max_items = 1000)]
    event_ids: Vec<String>,
}

/// Export named events
///
/// As `GET /exports` with `ids`, for more of them than an address holds.
#[utoipa::path(operation_id = "export_named_events", tag = "bulk", request_body = ExportIn, security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "The file", content((String = "text/csv"), (String = "text/calendar"), (Vec<serde_json::Value> = "application/json"))), Problem))]
#[post("/exports")]
pub async fn export_named(
    app: App,
    caller: Caller<scope::EventsRead>,
    body: Body<ExportIn>,
) -> Result<HttpResponse, Problem> {
    let ExportIn { format, event_ids } = body.0;
    let named = ExportEvents {
        format,
        ids: Some(event_ids),
        ..ExportEvents::default()
    };
    answer(app, caller.tenant, named).await
}

async fn answer(app: App, tenant: TenantId, q: ExportEvents) -> Result<HttpResponse, Problem> {
    check_window(q.from, q.to, false)?;
    let (who, client) = (tenant.clone(), q.client_id.clone());
    let ids = q.calendar_id.unwrap_or_default();
    let named = !ids.is_empty();
    let (places, directory) = app
        .read(move |c| {
            let places = calendars(c, &who, client.as_deref(), &ids)?;
            Ok::<_, Problem>((places, plan::directory(c, &who)?))
        })
        .await?;
    let places = fresh::fresh(&app, places).await?.calendars;
    let within = match (named, q.client_id) {
        (true, _) => Within::Calendars(places.iter().map(|one| one.id.clone()).collect()),
        (false, Some(client)) => Within::Client(client),
        (false, None) => Within::Tenant,
    };
    let selection = match q.ids {
        Some(ids) if !ids.is_empty() => Selection::Ids(ids),
        _ => Selection::Listed {
            within,
            from: q.from,
            to: q.to,
            search: q.q.map(|q| q.trim().to_owned()).filter(|q| !q.is_empty()),
        },
    };
    let format = q.format.unwrap_or(ExportFormat::Csv);
    let name = format!("events-{}.{}", app.now().strftime("%Y-%m-%d"), format.ending());
    let (out, taken) = mpsc::channel(ON_THE_WAY);
    tokio::spawn(async move {
        let reader = Reader::new(selection, format == ExportFormat::Ics);
        if let Err(error) = write(&app, tenant, &directory, reader, format, &out).await {
            // Whoever downloads is told by the end of the connection that the file is not whole.
            let _gone = out.send(Err(error)).await;
        }
    });
    let body = stream::unfold(taken, |mut taken: mpsc::Receiver<_>| async move {
        let piece = taken.recv().await?;
        Some((piece, taken))
    });
    Ok(HttpResponse::Ok()
        .content_type(format.content_type())
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(body))
}

type Out = mpsc::Sender<Result<Bytes, io::Error>>;

async fn write(
    app: &App,
    tenant: TenantId,
    directory: &Directory,
    mut reader: Reader,
    format: ExportFormat,
    out: &Out,
) -> io::Result<()> {
    let sheet = Sheet::default();
    let mut file = File::new(format, directory, sheet.clone())?;
    loop {
        let who = tenant.clone();
        let read = app.read(move |c| {
            let page = reader.page(c, &who)?;
            Ok::<_, db::Error>((reader, page))
        });
        let (back, page) = read.await.map_err(|error| {
            tracing::warn!(%error, "an export breaks off");
            io::Error::other("the export breaks off")
        })?;
        reader = back;
        if page.is_empty() {
            break;
        }
        for one in &page {
            file.event(one)?;
        }
        if !send(out, sheet.take()).await {
            return Ok(());
        }
    }
    file.end()?;
    send(out, sheet.take()).await;
    Ok(())
}

/// Whether somebody still listens.
async fn send(out: &Out, bytes: Vec<u8>) -> bool {
    bytes.is_empty() || out.send(Ok(bytes.into())).await.is_ok()
}

/// What was written and not sent yet.
#[derive(Clone, Default)]
struct Sheet(Arc<Mutex<Vec<u8>>>);

impl Sheet {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file under way.
enum File<'a> {
    Csv(Box<csv::Writer<'a, Sheet>>),
    Json(JsonWriter<Sheet>),
    Ics {
        to: Sheet,
        exporter: Exporter,
        directory: &'a Directory,
    },
}

impl<'a> File<'a> {
    fn new(format: ExportFormat, directory: &'a Directory, mut to: Sheet) -> io::Result<Self> {
        Ok(match format {
            ExportFormat::Csv => Self::Csv(Box::new(csv::Writer::new(to, directory)?)),
            ExportFormat::Json => Self::Json(JsonWriter::new(to)),
            ExportFormat::Ics => {
                to.write_all(Exporter::begin().as_bytes())?;
                Self::Ics {
                    to,
                    exporter: Exporter::default(),
                    directory,
                }
            }
        })
    }

    fn event(&mut self, one: &Leaving) -> io::Result<()> {
        let event = &one.event;
        match self {
            Self::Csv(to) => to.write(event),
            Self::Json(to) => to.write(event),
            Self::Ics {
                to,
                exporter,
                directory,
            } => {
                let exported = Exported {
                    uid: known_uid(&event.content, &event.uid),
                    calendar: &event.calendar,
                    zone: directory
                        .get(&event.calendar)
                        .map_or("UTC", |calendar| calendar.time_zone.as_str()),
                    content: &event.content,
                    original: one
                        .original
                        .as_ref()
                        .map(|(original, series)| (original, series.as_ref())),
                    out: &one.out,
                    created: one.created,
                    changed: one.changed,
                };
                to.write_all(exporter.event(&exported).as_bytes())
            }
        }
    }

    fn end(self) -> io::Result<()> {
        match self {
            Self::Csv(to) => to.finish(),
            Self::Json(to) => to.finish(),
            Self::Ics { mut to, .. } => to.write_all(Exporter::end().as_bytes()),
        }
    }
}
