//! What a line of an operation remembers.

use db::operation_items::{Item as Row, PLANNED, SKIPPED};
use domain::stacking::{
    Fault,
    plan::{By, Change, Item, Of, Outcome},
};
use serde::{Deserialize, Serialize};

use super::moves::from;

/// What stands in the body of a line.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Body {
    /// What is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<Box<Item>>,
    /// Why nothing is done; beside an item, what it will not bring back.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Told>,
}

/// Something to be told about a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The line.
    pub line: u64,
    /// The number and name of its column.
    pub column: Option<(usize, String)>,
    /// For programs.
    pub code: String,
    /// For people.
    pub detail: String,
}

impl Told {
    /// About a line as a whole.
    pub fn row(line: u64, code: &str, detail: impl Into<String>) -> Self {
        Self {
            line,
            column: None,
            code: code.to_owned(),
            detail: detail.into(),
        }
    }
}

impl From<Fault> for Told {
    fn from(fault: Fault) -> Self {
        Self {
            line: fault.line,
            column: fault.column.map(|at| (at.number, at.name)),
            code: fault.code.to_owned(),
            detail: fault.detail,
        }
    }
}

/// Reads what a line remembers.
///
/// # Errors
/// A fault of ours: something else wrote it.
pub fn read(row: &Row) -> db::Result<Body> {
    serde_json::from_str(&row.body)
        .map_err(|e| db::Error::Other(format!("line {} of {}: {e}", row.seq, row.operation_id)))
}

/// The line of an operation that an outcome becomes.
///
/// # Errors
/// A fault of ours.
pub fn row(
    (operation, tenant): (&str, &str),
    seq: i64,
    line: u64,
    outcome: Outcome,
    beside: Vec<Told>,
) -> db::Result<Row> {
    let mut body = Body {
        faults: beside,
        ..Body::default()
    };
    let mut event = None;
    let (mut calendar, mut from_calendar) = (None, None);
    let word = match outcome {
        Outcome::Item(item) => {
            calendar = Some(item.calendar.clone());
            from_calendar = from(&item).cloned();
            event = item.change.before().map(|before| before.id.clone());
            let word = match &item.change {
                Change::Create { .. } => "create",
                Change::Update { .. } => "update",
                Change::Delete { .. } => "delete",
                Change::Move { .. } => "move",
            };
            body.item = Some(item);
            word
        }
        Outcome::Unchanged { event: same, .. } => {
            event = Some(same);
            "unchanged"
        }
        Outcome::Duplicate { of, by, .. } => {
            let by = match by {
                By::Id => "id",
                By::ExternalId => "key",
                By::Uid => "UID",
                By::Content => "title, start and end",
            };
            let detail = match of {
                Of::Line(first) => format!("line {first} is about the same event: it has the same {by}"),
                Of::Event(id) => {
                    event = Some(id);
                    format!("such an event is there already: it has the same {by}")
                }
            };
            body.faults.push(Told::row(line, "duplicate", detail));
            "duplicate"
        }
        Outcome::Bad(faults) => {
            body.faults.extend(faults.into_iter().map(Told::from));
            "bad"
        }
    };
    let state = if body.item.is_some() { PLANNED } else { SKIPPED };
    Ok(Row {
        operation_id: operation.to_owned(),
        seq,
        tenant_id: tenant.to_owned(),
        line: i64::try_from(line).unwrap_or(i64::MAX),
        outcome: word.to_owned(),
        state: state.to_owned(),
        calendar_id: calendar,
        event_id: event,
        watch: None,
        body: super::json(&body)?,
        error_code: None,
        error_detail: None,
        written_at: None,
        clashes: None,
        from_calendar,
    })
}
