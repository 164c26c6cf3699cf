//! Files that are uploaded to be planned: stored as they come, looked at, and read as people say.

mod sample;

use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::header,
    patch, post,
    web::{self, Payload},
};
use db::imports::{Import as Row, PLANNED, UPLOADED, UPLOADING};
use domain::{
    event::Notify,
    id::{Kind as Ids, TenantId},
    stacking::csv::{Layout, Target},
};
use futures_util::StreamExt;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        auth::{Caller, scope},
        events::write::may_notify,
        json::{Body, Merge, Query},
        operations::{Operation, actor, model::ItemFault},
        patch::Patch,
        problem::{Code, FieldError, Problem},
        words,
    },
    ops::{
        imports::{self as ops, CHUNK, Look, MAX_SIZE},
        operations::{self, New, Source},
    },
    state::App,
};

/// How long the next piece of a file may take to arrive.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportKind {
    /// A table.
    Csv,
    /// An iCalendar file.
    Ics,
    /// Events as JSON, as the export writes them.
    Json,
}

impl ImportKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ics => "ics",
            Self::Json => "json",
        }
    }

    fn parse(word: &str) -> Self {
        match word {
            "ics" => Self::Ics,
            "json" => Self::Json,
            _ => Self::Csv,
        }
    }

    /// What a file that begins so looks like.
    fn of(begins: &[u8]) -> Self {
        let text = begins
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(begins)
            .trim_ascii_start();
        let calendar = text
            .get(..15)
            .is_some_and(|head| head.eq_ignore_ascii_case(b"BEGIN:VCALENDAR"));
        match text.first() {
            _ if calendar => Self::Ics,
            Some(b'[' | b'{') => Self::Json,
            _ => Self::Csv,
        }
    }
}

/// How far a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// It can be planned.
    Uploaded,
    /// A plan was made of it.
    Planned,
}

/// What stands between cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CsvDelimiter {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// The tabulator.
    Tab,
    /// `|`
    Pipe,
}

/// What stands around cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CsvQuote {
    /// `"`
    Double,
    /// `'`
    Single,
    /// Nothing.
    None,
}

/// How `03/04/2026` is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// The third of April.
    DayFirst,
    /// The fourth of March.
    MonthFirst,
}

/// What the end of an event of whole days says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AllDayEnd {
    /// The day after the last one.
    Exclusive,
    /// The last day.
    Inclusive,
}

/// How a wall time is read that does not exist or happens twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CsvDisambiguation {
    /// Not at all: the row is bad.
    Reject,
    /// As the earlier one.
    Earlier,
    /// As the later one.
    Later,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportColumn {
    /// Its header; empty without one.
    #[schema(max_length = 4096, example = "Beginn")]
    pub name: String,
    /// What it is for: `id`, `etag`, `calendar`, `client`, `title`, `description`, `location`, `start`, `start_time`, `end`, `end_time`, `duration`, `all_day`, `time_zone`, `end_time_zone`, `recurrence`, `attendees`, `reminders`, `visibility`, `transparency`, `status`, `colour`, `metadata`, `metadata.…`, `external_id`, `uid`; null: it is not read.
    #[serde(default)]
    #[schema(required, max_length = 200, example = "start")]
    pub target: Option<String>,
}

/// How a table is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportLayout {
    /// `UTF-8`, `UTF-16LE`, `windows-1252`, … as in the Encoding Standard.
    #[schema(max_length = 64, example = "UTF-8")]
    pub encoding: String,
    /// Between cells.
    pub delimiter: CsvDelimiter,
    /// Around cells.
    pub quote: CsvQuote,
    /// Lines before the first row that are none.
    #[schema(maximum = 1000)]
    pub skip_lines: u32,
    /// Whether the first row names the columns.
    pub header: bool,
    /// What each column is for, from the left.
    #[schema(max_items = 1024)]
    pub columns: Vec<ImportColumn>,
    /// How dates are read whose year comes last.
    pub date_order: DateOrder,
    /// Where the clock of times hangs that name no zone; null: where their calendar is.
    #[serde(default)]
    #[schema(required, max_length = 64, example = "Europe/Berlin")]
    pub time_zone: Option<String>,
    /// Name or id of the calendar of rows that name none.
    #[serde(default)]
    #[schema(required, max_length = 4096)]
    pub calendar: Option<String>,
    /// How wall times are read that do not exist or happen twice.
    pub disambiguation: CsvDisambiguation,
    /// What the end of an event of whole days says.
    pub all_day_end: AllDayEnd,
    /// How long a timed event is that has neither end nor duration; null: such a row is bad.
    #[serde(default)]
    #[schema(required, minimum = 1, maximum = 525600)]
    pub default_minutes: Option<u32>,
}

impl ImportLayout {
    fn of(layout: &Layout) -> Result<Self, Problem> {
        // The same words, checked by the document on the way in.
        let value = serde_json::to_value(layout).map_err(Problem::internal)?;
        serde_json::from_value(value).map_err(Problem::internal)
    }

    fn read(&self) -> Result<Layout, Problem> {
        let wrong = self.columns.iter().enumerate().filter_map(|(at, column)| {
            let error = Target::try_from(column.target.clone()?).err()?;
            Some(FieldError::new(format!("/layout/columns/{at}/target"), "enum", error))
        });
        let wrong: Vec<FieldError> = wrong.collect();
        if !wrong.is_empty() {
            return Err(Problem::invalid(wrong));
        }
        let value = serde_json::to_value(self).map_err(Problem::internal)?;
        let layout: Layout = serde_json::from_value(value).map_err(Problem::internal)?;
        ops::check(&layout)
            .map_err(|error| Problem::invalid(vec![FieldError::new("/layout", "invalid", error.to_string())]))?;
        Ok(layout)
    }
}

/// Something to look at before a plan is made.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportDoubt {
    /// For programs.
    #[schema(example = "date_order")]
    code: String,
    /// The column it is about; the first is 1.
    column: Option<usize>,
    /// For people.
    detail: String,
}

/// A row of a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportRow {
    /// Its line.
    line: u64,
    /// What its cells say.
    cells: Vec<String>,
    /// What is wrong with it.
    faults: Vec<ItemFault>,
}

/// How a file begins.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportSample {
    /// The names of its columns.
    columns: Vec<String>,
    /// Its first rows, as they are read.
    rows: Vec<ImportRow>,
}

/// A file that was uploaded. It is kept for a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Import {
    /// `imp_…`
    id: String,
    /// What its owner calls it.
    name: String,
    /// What kind of file it is.
    kind: ImportKind,
    /// In bytes.
    size: i64,
    /// How far it is.
    state: ImportState,
    /// `csv`: how it is read. The next file with the same header is read in the same way.
    #[schema(required)]
    layout: Option<ImportLayout>,
    /// What should be looked at; empty once somebody has said how the file is read.
    doubts: Vec<ImportDoubt>,
    /// How it begins.
    sample: ImportSample,
    /// The operation that was planned from it last.
    #[schema(required)]
    operation_id: Option<String>,
    /// When it was uploaded.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl Import {
    /// A file of events that need no layout.
    fn of_events(row: Row, sample: ImportSample) -> Self {
        Self {
            kind: ImportKind::parse(&row.kind),
            id: row.id,
            name: row.name,
            size: row.size,
            state: if row.state == PLANNED {
                ImportState::Planned
            } else {
                ImportState::Uploaded
            },
            doubts: Vec::new(),
            sample,
            layout: None,
            operation_id: row.operation_id,
            created_at: row.created_at.into(),
        }
    }

    fn new(row: Row, look: Look) -> Result<Self, Problem> {
        let shown = |one: ops::Shown| ImportRow {
            line: one.line,
            cells: one.cells,
            faults: one.faults.into_iter().map(ItemFault::from).collect(),
        };
        let doubt = |one: domain::stacking::csv::Doubt| ImportDoubt {
            code: one.code.to_owned(),
            column: one.column,
            detail: one.detail,
        };
        Ok(Self {
            id: row.id,
            name: row.name,
            kind: ImportKind::parse(&row.kind),
            size: row.size,
            state: if row.state == PLANNED {
                ImportState::Planned
            } else {
                ImportState::Uploaded
            },
            doubts: look.doubts.into_iter().map(doubt).collect(),
            sample: ImportSample {
                columns: look.layout.columns.iter().map(|column| column.name.clone()).collect(),
                rows: look.sample.into_iter().map(shown).collect(),
            },
            layout: Some(ImportLayout::of(&look.layout)?),
            operation_id: row.operation_id,
            created_at: row.created_at.into(),
        })
    }
}

/// What the file is called, and what it is.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CreateImport {
    /// What its owner calls it.
    #[param(min_length = 1, max_length = 200, example = "visits.csv")]
    name: String,
    /// What kind of file it is; without it, what it looks like.
    #[param(inline)]
    kind: Option<ImportKind>,
}

/// Upload a file
///
/// The body is the file, at most 256 MiB; it is stored as it comes. Kept for a day. An `Idempotency-Key` is not looked at here: a file that is uploaded twice is two files, and two plans.
#[utoipa::path(operation_id = "create_import", tag = "bulk", params(CreateImport), security(("session" = []), ("key" = ["events:write"])),
    request_body(content((String = "text/csv"), (String = "text/calendar"), (String = "application/octet-stream"))),
    responses((status = 201, description = "Uploaded", body = Import), Problem))]
#[post("/imports")]
pub async fn create(
    app: App,
    caller: Caller<scope::EventsWrite>,
    query: Query<CreateImport>,
    request: HttpRequest,
    body: Payload,
) -> Result<HttpResponse, Problem> {
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|size| size > MAX_SIZE) {
        return Err(too_large());
    }
    let row = Row {
        id: Ids::Import.new_id(),
        tenant_id: caller.tenant.as_str().to_owned(),
        name: query.0.name.trim().to_owned(),
        kind: query.0.kind.map_or("", ImportKind::as_str).to_owned(),
        size: 0,
        state: UPLOADING.to_owned(),
        header: None,
        layout: None,
        operation_id: None,
        created_by: actor(&caller).to_owned(),
        created_at: app.now().into(),
    };
    let new = row.clone();
    app.write(move |c| db::imports::insert(c, &new)).await?;
    match store(&app, &caller.tenant, row.clone(), body).await {
        Ok(row) => {
            let place = format!("/api/v1/imports/{}", row.id);
            let import = present(&app, &caller.tenant, row).await?;
            Ok(HttpResponse::Created().insert_header(("Location", place)).json(import))
        }
        Err(problem) => {
            let (who, id) = (caller.tenant.clone(), row.id);
            if let Err(error) = app.write(move |c| db::imports::remove(c, &who, &id)).await {
                tracing::warn!(%error, "half a file stays for a day");
            }
            Err(problem)
        }
    }
}

fn too_large() -> Problem {
    Problem::new(
        Code::PayloadTooLarge,
        format!("The file is larger than {} MiB.", MAX_SIZE / 1024 / 1024),
    )
    .action("Split it.")
}

/// Stores the bytes as they come.
async fn store(app: &App, tenant: &TenantId, mut row: Row, mut body: Payload) -> Result<Row, Problem> {
    let (mut piece, mut seq, mut begins) = (Vec::with_capacity(CHUNK), 0, Vec::new());
    let mut size = 0_u64;
    loop {
        let next = tokio::time::timeout(PATIENCE, body.next())
            .await
            .map_err(|_| Problem::new(Code::BadRequest, "The file did not arrive in time."))?;
        let more = match next {
            Some(bytes) => {
                let bytes =
                    bytes.map_err(|error| Problem::new(Code::BadRequest, format!("The file broke off: {error}.")))?;
                size += bytes.len() as u64;
                if size > MAX_SIZE {
                    return Err(too_large());
                }
                piece.extend_from_slice(&bytes);
                true
            }
            None => false,
        };
        if piece.len() >= CHUNK || (!more && !piece.is_empty()) {
            if seq == 0 {
                check(&piece)?;
                if row.kind.is_empty() {
                    ImportKind::of(&piece).as_str().clone_into(&mut row.kind);
                }
                begins.clone_from(&piece);
            }
            let (id, data) = (row.id.clone(), std::mem::replace(&mut piece, Vec::with_capacity(CHUNK)));
            app.write(move |c| db::imports::add_chunk(c, &id, seq, &data)).await?;
            seq += 1;
        }
        if !more {
            break;
        }
    }
    if size == 0 {
        return Err(Problem::new(Code::ValidationFailed, "The file is empty."));
    }
    row.size = i64::try_from(size).unwrap_or(i64::MAX);
    row.state = UPLOADED.to_owned();
    let who = tenant.clone();
    Ok(app
        .write(move |c| {
            let (header, layout) = match ImportKind::parse(&row.kind) {
                ImportKind::Csv => ops::remembered(c, &who, &begins)?,
                ImportKind::Ics | ImportKind::Json => (None, None),
            };
            row.header = header;
            row.layout = layout
                .map(|layout| serde_json::to_string(&layout))
                .transpose()
                .map_err(|e| db::Error::Other(e.to_string()))?;
            db::imports::save(c, &row)?;
            Ok::<_, db::Error>(row)
        })
        .await?)
}

/// What is no table is said so at once.
fn check(begins: &[u8]) -> Result<(), Problem> {
    let text = begins
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(begins)
        .trim_ascii_start();
    let refuse = |detail: &str, action: &str| {
        let problem = Problem::invalid(vec![FieldError::new("", "format", detail)]);
        Err(problem.action(action))
    };
    if text.starts_with(b"PK\x03\x04") || text.starts_with(b"\xd0\xcf\x11\xe0") {
        return refuse(
            "The file is an archive or a workbook.",
            "Unpack the archive and upload what is in it one by one; save a workbook's sheet as CSV (UTF-8).",
        );
    }
    if text.starts_with(b"\x1f\x8b") {
        return refuse("The file is compressed.", "Unpack it first.");
    }
    if text.starts_with(b"%PDF") {
        return refuse("The file is a PDF.", "Ask whoever made it for the table behind it.");
    }
    Ok(())
}

async fn present(app: &App, tenant: &TenantId, row: Row) -> Result<Import, Problem> {
    let (who, looked) = (tenant.clone(), row.clone());
    let kind = ImportKind::parse(&row.kind);
    if kind == ImportKind::Csv {
        let look = app.read(move |c| ops::look(c, &who, &looked)).await?;
        return Import::new(row, look);
    }
    let ask = move |c: &mut db::Conn| {
        let begins = db::imports::chunk(c, &who, &looked.id, 0)?.unwrap_or_default();
        Ok::<_, db::Error>((begins, crate::ops::operations::plan::directory(c, &who)?))
    };
    let (begins, directory) = app.read(ask).await?;
    let whole = usize::try_from(row.size).is_ok_and(|size| size <= begins.len());
    let sample = sample::of_events(kind == ImportKind::Ics, &begins, &directory, whole);
    Ok(Import::of_events(row, sample))
}

async fn find(app: &App, tenant: &TenantId, id: &str) -> Result<Row, Problem> {
    let (who, id) = (tenant.clone(), id.to_owned());
    app.read(move |c| db::imports::get(c, &who, &id))
        .await
        .map_err(|e| Problem::missing(e, "import"))
}

/// Read an uploaded file
#[utoipa::path(operation_id = "get_import", tag = "bulk", params(("id" = String, Path, description = "`imp_…`")), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "The file", body = Import), Problem))]
#[get("/imports/{id}")]
pub async fn read(
    app: App,
    caller: Caller<scope::EventsRead>,
    id: web::Path<String>,
) -> Result<web::Json<Import>, Problem> {
    let row = find(&app, &caller.tenant, &id).await?;
    Ok(web::Json(present(&app, &caller.tenant, row).await?))
}

/// How a file is read.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct ImportIn {
    /// All of it, or what is different.
    layout: ImportLayout,
}

/// Say how a file is read
///
/// `{"layout": {"date_order": "day_first"}}`: what is absent stays. Remembered for files with the same header.
#[utoipa::path(operation_id = "update_import", tag = "bulk", params(("id" = String, Path, description = "`imp_…`")),
    request_body(content((Patch<ImportIn> = "application/merge-patch+json"), (Patch<ImportIn> = "application/json"))), security(("session" = []), ("key" = ["events:write"])),
    responses((status = 200, description = "The file as it is read now", body = Import), Problem))]
#[patch("/imports/{id}")]
pub async fn update(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
    body: Merge<ImportIn>,
) -> Result<web::Json<Import>, Problem> {
    let row = find(&app, &caller.tenant, &id).await?;
    let now = present(&app, &caller.tenant, row).await?;
    let Some(layout) = now.layout else {
        let detail = "Only a table has a layout.";
        return Err(Problem::invalid(vec![FieldError::new(
            "/layout",
            "not_allowed",
            detail,
        )]));
    };
    let layout = body.apply(&ImportIn { layout })?.layout.read()?;
    let (who, at) = (caller.tenant.clone(), app.now());
    let row = app
        .write(move |c| ops::say(c, &who, &id, &layout, at))
        .await
        .map_err(|e| Problem::missing(e, "import"))?;
    Ok(web::Json(present(&app, &caller.tenant, row).await?))
}

/// Remove an uploaded file
///
/// What was planned from it stays.
#[utoipa::path(operation_id = "delete_import", tag = "bulk", params(("id" = String, Path, description = "`imp_…`")), security(("session" = []), ("key" = ["events:write"])),
    responses((status = 204, description = "Gone"), Problem))]
#[delete("/imports/{id}")]
pub async fn remove(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    app.write(move |c| db::imports::remove(c, &caller.tenant, &id))
        .await
        .map_err(|e| Problem::missing(e, "import"))?;
    Ok(HttpResponse::NoContent().finish())
}

/// How a file is planned.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"notify": "none"}))]
pub struct PlanImportIn {
    /// Whom providers may mail when the plan is applied; `none` without it.
    #[serde(default)]
    notify: Option<words::Notify>,
    /// Make events all the same that look like one that is there (title, start, end, calendar).
    #[serde(default)]
    allow_duplicates: Option<bool>,
    /// Where events go that name no calendar themselves. In a table it counts for rows that name none; events of a calendar file go there unless they were exported from a calendar that is here.
    #[serde(default)]
    #[schema(max_length = 64)]
    calendar_id: Option<String>,
}

/// Plan a file
///
/// Nothing is written: every row is read, judged and compared with what is there. Follow the operation until it is `planned`, look at it, and apply it by its hash.
#[utoipa::path(operation_id = "plan_import", tag = "bulk", params(("id" = String, Path, description = "`imp_…`")), request_body = PlanImportIn, security(("session" = []), ("key" = ["events:write"])),
    responses((status = 202, description = "The operation that is being planned", body = Operation), Problem))]
#[post("/imports/{id}/plan")]
pub async fn plan(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
    body: Body<PlanImportIn>,
) -> Result<HttpResponse, Problem> {
    let notify: Notify = may_notify(&caller, body.0.notify)?;
    let (who, by, now) = (caller.tenant.clone(), actor(&caller).to_owned(), app.now());
    let allow_duplicates = body.0.allow_duplicates.unwrap_or(false);
    let calendar = body.0.calendar_id;
    let row = app
        .write(move |c| {
            let mut import = db::imports::get(c, &who, &id).map_err(|e| Problem::missing(e, "import"))?;
            if let Some(calendar) = &calendar {
                db::calendars::get(c, &who, calendar).map_err(|e| Problem::missing(e, "calendar"))?;
            }
            let file = import.id.clone();
            let source = match ImportKind::parse(&import.kind) {
                ImportKind::Ics => Source::Ics { import: file, calendar },
                ImportKind::Json => Source::Json { import: file, calendar },
                ImportKind::Csv => {
                    let begins = db::imports::chunk(c, &who, &id, 0)?.unwrap_or_default();
                    let mut layout = ops::layout(&import, &begins)?;
                    layout.calendar = calendar.or(layout.calendar);
                    Source::Csv {
                        import: file,
                        layout: Box::new(layout),
                    }
                }
            };
            let new = New {
                kind: "import",
                title: import.name.clone(),
                source,
                notify,
                allow_duplicates,
                undo_of: None,
            };
            let row = operations::create(c, &who, &by, new, now)?;
            import.state = PLANNED.to_owned();
            import.operation_id = Some(row.id.clone());
            db::imports::save(c, &import)?;
            Ok::<_, Problem>(row)
        })
        .await?;
    crate::api::operations::accepted(&app, &caller.tenant, row).await
}
