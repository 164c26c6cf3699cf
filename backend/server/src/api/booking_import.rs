//! Bookings that were made elsewhere: a table is brought, and read row by row.

use actix_web::{HttpRequest, HttpResponse, get, http::header, post, web};
use domain::id::TenantId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        auth::{Caller, scope},
        bookings::actor,
        json::{self, Query},
        page::{self, Page},
        problem::{Code, FieldError, Problem},
    },
    ops::booking_import::{self as ops, Line, MOST_ROWS},
    state::App,
};

/// Where imports are brought.
pub const PATH: &str = "/api/v1/bookings/import";

/// The largest table, in bytes; also as JSON.
pub const LARGEST: usize = 5 * 1024 * 1024;

/// A booking that was made elsewhere.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportedBookingIn {
    /// A moment (`2026-03-02T08:30:00Z`), or a time on the client's clock (`2026-03-02T09:30`).
    #[schema(max_length = 40)]
    pub start: String,
    /// The same.
    #[serde(default)]
    #[schema(max_length = 40)]
    pub end: Option<String>,
    /// Instead of the end; without either it lasts as long as the service says.
    #[serde(default)]
    #[schema(max_length = 10)]
    pub duration_minutes: Option<String>,
    /// Its name, or `svc_…`.
    #[schema(max_length = 200)]
    pub service: String,
    /// Names or `stf_…`, with `;` between.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub staff: Option<String>,
    /// Who came.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub customer_name: Option<String>,
    /// Their address.
    #[serde(default)]
    #[schema(max_length = 320)]
    pub customer_email: Option<String>,
    /// Their number.
    #[serde(default)]
    #[schema(max_length = 50)]
    pub customer_phone: Option<String>,
    /// `confirmed`, `pending`, `completed`, `no_show` or `cancelled`; without it what is over is `completed`, and of what is
    /// to come the client's policy decides.
    #[serde(default)]
    #[schema(max_length = 20)]
    pub status: Option<String>,
    /// Written into the event.
    #[serde(default)]
    #[schema(max_length = 8192)]
    pub notes: Option<String>,
    /// The key it had elsewhere: a booking with it is made once. Without it the whole row is the key.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub external_id: Option<String>,
}

/// What is to be imported.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_id": "cli_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", "write_past": false, "rows": [{"start": "2026-03-02T09:30", "service": "Check-up", "staff": "Sam", "customer_name": "Cara Lind", "external_id": "old-17"}]}))]
pub struct BookingImportIn {
    /// `cli_…`
    #[schema(max_length = 64)]
    pub client_id: String,
    /// Whether bookings that are over are written into calendars, too.
    #[serde(default)]
    pub write_past: bool,
    /// The bookings.
    #[schema(min_items = 1, max_items = 20_000)]
    pub rows: Vec<ImportedBookingIn>,
}

/// Of a table that is sent as CSV.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ImportTable {
    /// CSV: `cli_…`
    #[param(max_length = 64)]
    client_id: Option<String>,
    /// CSV: whether bookings that are over are written into calendars, too.
    write_past: Option<bool>,
}

/// An import of bookings.
#[derive(Debug, Serialize, ToSchema)]
pub struct BookingImport {
    /// `bim_…`
    pub id: String,
    /// For which client.
    pub client_id: String,
    /// `running` or `done`.
    pub state: String,
    /// How many rows.
    pub total: i32,
    /// Of those, made into bookings.
    pub created: i32,
    /// Known already: nothing was made.
    pub known: i32,
    /// Not usable: `GET /bookings/imports/{id}/rows?outcome=failed` says why.
    pub failed: i32,
    /// From 0 to 1.
    pub progress: f64,
    /// When it was brought.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When its last row was done.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
}

impl BookingImport {
    fn new(row: db::booking_imports::Import) -> Self {
        let done = row.created + row.known + row.failed;
        Self {
            state: if row.finished_at.is_some() { "done" } else { "running" }.to_owned(),
            progress: f64::from(done) / f64::from(row.total.max(1)),
            id: row.id,
            client_id: row.client_id,
            total: row.total,
            created: row.created,
            known: row.known,
            failed: row.failed,
            created_at: row.created_at.into(),
            finished_at: row.finished_at.map(Into::into),
        }
    }
}

/// Import bookings
///
/// From another system: as a list, or as CSV, whose first line names the columns `start`, `end` or `duration_minutes`, `service`, `staff`, `customer_name`, `customer_email`, `customer_phone`, `status`, `notes`, `external_id`. Rows are read one by one afterwards; what is over takes no time and touches no calendar unless asked, what is to come is booked by the rules. A second import of the same rows makes nothing. The business gets a mail when it is complete. At most 20,000 rows and 5 MiB at once.
#[utoipa::path(operation_id = "import_bookings", tag = "bookings", params(ImportTable), request_body(content((BookingImportIn = "application/json"), (String = "text/csv"))), security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 202, description = "It is being read", body = BookingImport), Problem))]
#[post("/bookings/import")]
pub async fn create(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    query: Query<ImportTable>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let mut payload = payload.into_inner();
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let is_csv = kind.is_some_and(|kind| {
        kind.split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .eq_ignore_ascii_case("text/csv")
    });
    let (client, write_past, lines) = if is_csv {
        let missing = || FieldError::new("/query/client_id", "required", "“client_id” is required.");
        let client = query.0.client_id.ok_or_else(|| Problem::invalid(vec![missing()]))?;
        let bytes = json::bytes_up_to(&request, &mut payload, LARGEST).await?;
        let lines = web::block(move || table(&bytes)).await.map_err(Problem::internal)??;
        (client, query.0.write_past.unwrap_or(false), lines)
    } else {
        let input = json::large::<BookingImportIn>(&request, &mut payload, LARGEST).await?;
        (
            input.client_id,
            input.write_past,
            input.rows.into_iter().map(line).collect(),
        )
    };
    let (now, actor) = (app.now(), actor(&caller.actor).to_owned());
    let import = app
        .write(move |c| ops::bring(c, (&caller.tenant, &actor), &client, &lines, write_past, now))
        .await?;
    Ok(HttpResponse::Accepted()
        .insert_header(("Location", format!("/api/v1/bookings/imports/{}", import.id)))
        .json(BookingImport::new(import)))
}

fn line(row: ImportedBookingIn) -> Line {
    Line {
        start: row.start,
        end: row.end,
        duration_minutes: row.duration_minutes,
        service: row.service,
        staff: row.staff,
        customer_name: row.customer_name,
        customer_email: row.customer_email,
        customer_phone: row.customer_phone,
        status: row.status,
        notes: row.notes,
        external_id: row.external_id,
    }
}

/// Reads a table: commas or semicolons, the first line names the columns.
fn table(bytes: &[u8]) -> Result<Vec<Line>, Problem> {
    let wrong = |code: &str, detail: String| Problem::invalid(vec![FieldError::new("", code, detail)]);
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("encoding", "The table is not in UTF-8.".to_owned()))?;
    let text = text.trim_start_matches('\u{feff}');
    let head = text.lines().next().unwrap_or_default();
    let delimiter = if head.contains(';') && !head.contains(',') {
        b';'
    } else {
        b','
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let columns = reader
        .headers()
        .map_err(|error| wrong("csv", format!("The table cannot be read: {error}.")))?;
    let unknown: Vec<&str> = columns.iter().filter(|one| !Line::COLUMNS.contains(one)).collect();
    if !unknown.is_empty() {
        let known = Line::COLUMNS.join(", ");
        return Err(wrong(
            "unknown_column",
            format!("Unknown columns: {}. Known ones: {known}.", unknown.join(", ")),
        ));
    }
    for needed in ["start", "service"] {
        if !columns.iter().any(|one| one == needed) {
            return Err(wrong("missing_column", format!("The column “{needed}” is missing.")));
        }
    }
    let lines: Result<Vec<Line>, csv::Error> = reader.deserialize().take(MOST_ROWS + 1).collect();
    let lines = lines.map_err(|error| wrong("csv", format!("The table cannot be read: {error}.")))?;
    match lines.len() {
        0 => Err(wrong("too_short", "The table has no rows.".to_owned())),
        count if count > MOST_ROWS => Err(Problem::new(
            Code::PayloadTooLarge,
            format!("A table has at most {MOST_ROWS} rows: bring it in parts."),
        )),
        _ => Ok(lines),
    }
}

/// Read how far an import of bookings is
#[utoipa::path(operation_id = "get_booking_import", tag = "bookings", params(("id" = String, Path, description = "`bim_…`")), security(("session" = []), ("key" = ["bookings:read"])),
    responses((status = 200, description = "The import", body = BookingImport), Problem))]
#[get("/bookings/imports/{id}")]
pub async fn read(
    app: App,
    caller: Caller<scope::BookingsRead>,
    id: web::Path<String>,
) -> Result<web::Json<BookingImport>, Problem> {
    let import = find(&app, caller.tenant, id.into_inner()).await?;
    Ok(web::Json(BookingImport::new(import)))
}

async fn find(app: &App, tenant: TenantId, id: String) -> Result<db::booking_imports::Import, Problem> {
    app.read(move |c| db::booking_imports::get(c, &tenant, &id))
        .await
        .map_err(|error| Problem::missing(error, "import"))
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportOutcome {
    /// A booking was made.
    Created,
    /// There was one already.
    Known,
    /// It cannot be used.
    Failed,
}

/// Which rows.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListImportRows {
    /// Only those.
    #[param(inline)]
    outcome: Option<ImportOutcome>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
}

/// A row of an import.
#[derive(Debug, Serialize, ToSchema)]
pub struct BookingImportRow {
    /// Which; the first is 1.
    pub number: i32,
    /// What became of it; null: its turn is to come.
    #[schema(required)]
    pub outcome: Option<ImportOutcome>,
    /// Why it cannot be used.
    #[schema(required)]
    pub detail: Option<String>,
    /// The booking.
    #[schema(required)]
    pub booking_id: Option<String>,
}

/// Read what became of the rows of an import
#[utoipa::path(operation_id = "list_booking_import_rows", tag = "bookings", params(("id" = String, Path, description = "`bim_…`"), ListImportRows), security(("session" = []), ("key" = ["bookings:read"])),
    responses((status = 200, description = "One page, in order", body = Page<BookingImportRow>), Problem))]
#[get("/bookings/imports/{id}/rows")]
pub async fn rows(
    app: App,
    caller: Caller<scope::BookingsRead>,
    id: web::Path<String>,
    query: Query<ListImportRows>,
) -> Result<web::Json<Page<BookingImportRow>>, Problem> {
    let Query(q) = query;
    let page = page::keyset(q.limit, q.cursor.as_deref())?;
    let outcome = q.outcome.map(|outcome| match outcome {
        ImportOutcome::Created => "created",
        ImportOutcome::Known => "known",
        ImportOutcome::Failed => "failed",
    });
    let import = find(&app, caller.tenant.clone(), id.into_inner()).await?;
    let slice = app
        .read(move |c| db::booking_imports::rows(c, &caller.tenant, &import.id, outcome, &page))
        .await?;
    Ok(web::Json(Page::of(slice, |row| BookingImportRow {
        number: row.number,
        outcome: row.outcome.as_deref().map(|word| match word {
            "created" => ImportOutcome::Created,
            "known" => ImportOutcome::Known,
            _ => ImportOutcome::Failed,
        }),
        detail: row.detail,
        booking_id: row.booking_id,
    })))
}
