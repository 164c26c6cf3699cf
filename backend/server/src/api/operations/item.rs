//! Lines of operations as they are shown.

use std::fmt;

use db::operation_items::Item as Row;
use domain::{
    stacking::plan::{Change, With},
    time::EventTime,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::OperationError;
use crate::{
    api::{
        events::{convert, model::EventIn},
        problem::Problem,
    },
    ops::operations::{
        body::{self, Told},
        clashes::{self, Met},
    },
};

/// What a line comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemOutcome {
    /// A new event.
    Create,
    /// A changed event.
    Update,
    /// An event vanishes.
    Delete,
    /// An event goes to another calendar.
    Move,
    /// The event says it already.
    Unchanged,
    /// It would make an event twice.
    Duplicate,
    /// Something is wrong with it.
    Bad,
}

impl ItemOutcome {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Move => "move",
            Self::Unchanged => "unchanged",
            Self::Duplicate => "duplicate",
            Self::Bad => "bad",
        }
    }

    fn of(text: &str) -> Self {
        let all = [
            Self::Create,
            Self::Update,
            Self::Delete,
            Self::Move,
            Self::Unchanged,
            Self::Duplicate,
        ];
        all.into_iter().find(|one| one.as_str() == text).unwrap_or(Self::Bad)
    }
}

/// How far a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ItemState {
    /// To be done.
    Planned,
    /// Written here and on its way to the provider.
    Written,
    /// At the provider.
    Done,
    /// Not done, and will not be by itself; `error` says why.
    Failed,
    /// Nothing is done about it.
    Skipped,
}

impl ItemState {
    /// As it is stored.
    pub const fn stored(self) -> &'static [&'static str] {
        use db::operation_items as rows;
        match self {
            Self::Planned => &[rows::PLANNED],
            Self::Written => &[rows::WRITTEN, rows::MOVING],
            Self::Done => &[rows::DONE],
            Self::Failed => &[rows::FAILED],
            Self::Skipped => &[rows::SKIPPED],
        }
    }

    fn of(text: &str) -> Self {
        let all = [Self::Planned, Self::Written, Self::Done, Self::Failed];
        all.into_iter()
            .find(|one| one.stored().contains(&text))
            .unwrap_or(Self::Skipped)
    }

    /// In a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Written => "written",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FaultColumn {
    /// Its number; the first is 1.
    number: usize,
    /// What its header says; empty without one.
    name: String,
}

/// What is wrong with a line, or to be known about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ItemFault {
    /// The line of the file, or the number in the selection.
    line: u64,
    /// The column; null: the line as a whole.
    #[schema(required)]
    column: Option<FaultColumn>,
    /// For programs.
    #[schema(example = "not_a_date")]
    code: String,
    /// For people: what is wrong, and what to write instead.
    pub(super) detail: String,
}

impl From<Told> for ItemFault {
    fn from(told: Told) -> Self {
        Self {
            line: told.line,
            column: told.column.map(|(number, name)| FaultColumn { number, name }),
            code: told.code,
            detail: told.detail,
        }
    }
}

/// Something at the time of a line, in its calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ItemConflict {
    /// Another line, by its `id`.
    #[schema(required)]
    item_id: Option<i64>,
    /// An event that is there.
    #[schema(required)]
    event_id: Option<String>,
    /// What that is called.
    #[schema(required)]
    title: Option<String>,
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    start_at: Timestamp,
    /// First moment after.
    #[schema(value_type = String, format = DateTime)]
    end_at: Timestamp,
}

impl fmt::Display for ItemConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = (self.start_at, self.end_at);
        match (&self.title, self.item_id) {
            (Some(title), _) => write!(f, "{title}, {start} to {end}"),
            (None, Some(id)) => write!(f, "item {id}, {start} to {end}"),
            (None, None) => write!(f, "an event, {start} to {end}"),
        }
    }
}

impl From<Met> for ItemConflict {
    fn from(met: Met) -> Self {
        let (item_id, event_id) = match met.clash.with {
            With::Line(seq) => (Some(seq), None),
            With::Event(name) => (None, Some(name)),
        };
        Self {
            item_id,
            event_id,
            title: met.title,
            start_at: met.clash.start,
            end_at: met.clash.end,
        }
    }
}

/// A line of an operation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OperationItem {
    /// Unique within the operation; the first is 1.
    id: i64,
    /// The line of the file, or the number in the selection.
    pub(super) line: i64,
    /// What it comes to.
    pub(super) outcome: ItemOutcome,
    /// How far it is.
    pub(super) state: ItemState,
    /// Where it is written to.
    #[schema(required)]
    pub(super) calendar_id: Option<String>,
    /// The event; of a new one when it was made.
    #[schema(required)]
    pub(super) event_id: Option<String>,
    /// What the event is called.
    #[schema(required)]
    pub(super) title: Option<String>,
    /// When it begins: a date, or a wall time.
    #[schema(required, example = "2026-11-02T09:00:00")]
    pub(super) start: Option<String>,
    /// The event as it was when the plan was made.
    #[schema(required)]
    before: Option<EventIn>,
    /// The event as it will be.
    #[schema(required)]
    after: Option<EventIn>,
    /// The fields that change.
    changes: Vec<String>,
    /// What is wrong, or will not be as it was.
    pub(super) faults: Vec<ItemFault>,
    /// What else is at its time in its calendar, as the plan has seen it: two of them at most.
    pub(super) conflicts: Vec<ItemConflict>,
    /// Why it failed, or what it waits for.
    #[schema(required)]
    pub(super) error: Option<OperationError>,
}

impl OperationItem {
    /// Presents a row.
    ///
    /// # Errors
    /// A fault of ours.
    pub fn new(row: Row) -> Result<Self, Problem> {
        let body = body::read(&row)?;
        let change = body.item.as_ref().map(|item| &item.change);
        let before = change.and_then(Change::before).map(|before| &before.content);
        let after = change.and_then(Change::after);
        let shown = after.or(before);
        let changes = match (before, after) {
            (Some(before), Some(after)) => before
                .changed(after)
                .into_iter()
                .map(|field| field.as_str().to_owned())
                .collect(),
            _ => Vec::new(),
        };
        Ok(Self {
            id: row.seq,
            line: row.line,
            outcome: ItemOutcome::of(&row.outcome),
            state: ItemState::of(&row.state),
            title: shown.map(|content| content.title.clone()),
            start: shown.map(|content| match content.start.public() {
                EventTime::Date { date } => date.to_string(),
                EventTime::Zoned { date_time, .. } => date_time.to_string(),
            }),
            before: before.map(convert::input),
            after: after.map(convert::input),
            changes,
            faults: body.faults.into_iter().map(ItemFault::from).collect(),
            conflicts: clashes::read(row.clashes.as_deref())?
                .into_iter()
                .map(ItemConflict::from)
                .collect(),
            calendar_id: row.calendar_id,
            event_id: row.event_id,
            error: row.error_code.map(|code| OperationError {
                code,
                detail: row.error_detail.unwrap_or_default(),
            }),
        })
    }
}
