//! Uploaded files as they are shown, and how people say that they are read.

use db::imports::{Import as Row, PLANNED};
use domain::stacking::csv::{Doubt, Layout, Target};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        operations::item::ItemFault,
        patch::Patch,
        problem::{FieldError, Problem},
    },
    ops::imports::{self as ops, Look},
};

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
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ics => "ics",
            Self::Json => "json",
        }
    }

    pub(super) fn parse(word: &str) -> Self {
        match word {
            "ics" => Self::Ics,
            "json" => Self::Json,
            _ => Self::Csv,
        }
    }

    /// What a file that begins so looks like.
    pub(super) fn of(begins: &[u8]) -> Self {
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

    pub(super) fn read(&self) -> Result<Layout, Problem> {
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
    pub(super) line: u64,
    /// What its cells say.
    pub(super) cells: Vec<String>,
    /// What is wrong with it.
    pub(super) faults: Vec<ItemFault>,
}

/// How a file begins.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportSample {
    /// The names of its columns.
    pub(super) columns: Vec<String>,
    /// Its first rows, as they are read.
    pub(super) rows: Vec<ImportRow>,
}

/// A file that was uploaded. It is kept for a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct Import {
    /// `imp_…`
    pub(super) id: String,
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
    pub(super) layout: Option<ImportLayout>,
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
    /// A table, as it would be read.
    pub(super) fn of_table(row: Row, look: Look) -> Result<Self, Problem> {
        let shown = |one: ops::Shown| ImportRow {
            line: one.line,
            cells: one.cells,
            faults: one.faults.into_iter().map(ItemFault::from).collect(),
        };
        let doubt = |one: Doubt| ImportDoubt {
            code: one.code.to_owned(),
            column: one.column,
            detail: one.detail,
        };
        let sample = ImportSample {
            columns: look.layout.columns.iter().map(|column| column.name.clone()).collect(),
            rows: look.sample.into_iter().map(shown).collect(),
        };
        Ok(Self {
            doubts: look.doubts.into_iter().map(doubt).collect(),
            layout: Some(ImportLayout::of(&look.layout)?),
            ..Self::of_events(row, sample)
        })
    }

    /// A file of events that need no layout.
    pub(super) fn of_events(row: Row, sample: ImportSample) -> Self {
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
}

/// How a file is read.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"layout": {}}))]
pub struct ImportIn {
    /// All of it.
    pub(super) layout: ImportLayout,
}

/// A merge patch (RFC 7396) of how a file is read: absent is unchanged, null clears.
#[derive(Debug, ToSchema)]
pub struct ImportPatch {
    /// What is different.
    #[serde(default)]
    #[schema(nullable = false)]
    pub layout: Option<Patch<ImportLayout>>,
}
