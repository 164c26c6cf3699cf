//! A line of a plan.

use serde::{Deserialize, Serialize};

use crate::{
    event::EventContent,
    stacking::{
        draft::{Existing, Override},
        fault::Fault,
    },
};

/// One write. Everything that applying it needs, and that undoing it will need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The same for the same work however often it is planned and tried: a repetition finds its own earlier write. 32
    /// hexadecimal digits, so that it can be a part of an id at any provider.
    pub key: String,
    /// The line of the file, or the number in the selection.
    pub line: u64,
    /// The id of the calendar that is written to; of a move: where it goes.
    pub calendar: String,
    /// What is done.
    pub change: Change,
    /// Of a series that is made: the occurrences that are changed in it, in the same write. Those that are taken out stand
    /// in its rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
}

/// What is done to an event. `before` carries the etag that must still hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Change {
    /// Made anew.
    Create {
        /// The iCalendar UID it is to keep.
        uid: Option<String>,
        /// What it will say.
        after: EventContent,
    },
    /// Changed where it is.
    Update {
        /// What it is.
        before: Existing,
        /// What it will say.
        after: EventContent,
    },
    /// Taken away.
    Delete {
        /// What it is.
        before: Existing,
    },
    /// Put into another calendar, and perhaps changed.
    Move {
        /// Where it is.
        from: String,
        /// What it is.
        before: Existing,
        /// What it will say.
        after: EventContent,
    },
}

impl Change {
    /// The event as it is.
    pub const fn before(&self) -> Option<&Existing> {
        match self {
            Self::Create { .. } => None,
            Self::Update { before, .. } | Self::Delete { before } | Self::Move { before, .. } => Some(before),
        }
    }

    /// What the event will say.
    pub const fn after(&self) -> Option<&EventContent> {
        match self {
            Self::Delete { .. } => None,
            Self::Create { after, .. } | Self::Update { after, .. } | Self::Move { after, .. } => Some(after),
        }
    }
}

/// What became of a line of work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", content = "what", rename_all = "snake_case")]
pub enum Outcome {
    /// It is to be done.
    Item(Box<Item>),
    /// The event says it already.
    Unchanged {
        /// The line.
        line: u64,
        /// The event.
        event: String,
    },
    /// It would make an event twice.
    Duplicate {
        /// The line.
        line: u64,
        /// Which event.
        of: Of,
        /// How it was recognised.
        by: By,
    },
    /// It cannot be done.
    Bad(Vec<Fault>),
}

impl Outcome {
    /// What is to be done.
    pub fn item(&self) -> Option<&Item> {
        match self {
            Self::Item(item) => Some(item),
            _ => None,
        }
    }
}

/// What a line duplicates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Of {
    /// An earlier line of the same file.
    Line(u64),
    /// An event that is there.
    Event(String),
}

/// How a duplicate was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Our id.
    Id,
    /// The caller's key.
    ExternalId,
    /// The iCalendar UID.
    Uid,
    /// Title, start and end in the same calendar.
    Content,
}
