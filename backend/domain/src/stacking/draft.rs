//! One line of work: what is wanted of one event, before anybody looked whether it is there.

use serde::{Deserialize, Serialize};

use super::{fault::Fault, patch::Patch};
use crate::{event::EventContent, time::EventTime};

/// What a row, or a template for one client, wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The line of its file, or its number.
    pub line: u64,
    /// The event of ours it is about.
    pub id: Option<String>,
    /// What that event was when this was written.
    pub etag: Option<String>,
    /// The caller's key for the event.
    pub external_id: Option<String>,
    /// The event's iCalendar UID.
    pub uid: Option<String>,
    /// Where it is to be: the id of a calendar. `None` only beside `id`: where it is.
    pub calendar: Option<String>,
    /// What it is to say.
    pub patch: Patch,
    /// Wall times without a single reading. Nobody is asked about them if they stand in the event already.
    pub unclear: Vec<Fault>,
    /// The key of an occurrence ([`OccurrenceKey`](crate::id::OccurrenceKey)): it is about that one, not about its series.
    pub occurrence: Option<String>,
    /// The line of its series, where the same file has it: it is made with that, where that is new.
    pub series_line: Option<u64>,
    /// Of a series: the occurrences that are unlike it. Made with it where it is new; where it is there already, they count
    /// as drafts of their own.
    pub overrides: Vec<Override>,
    /// What a new event without a title is called. `None`: it needs one.
    pub untitled: Option<&'static str>,
}

/// An occurrence that is unlike its series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// Its line in the file.
    pub line: u64,
    /// Where the series has it.
    pub original: EventTime,
    /// What it says; `None`: it was taken out.
    pub content: Option<EventContent>,
}

/// An event as it is before the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Existing {
    /// Ours.
    pub id: String,
    /// The id of its calendar.
    pub calendar: String,
    /// What a write must find, in `If-Match` and beside our own row.
    pub etag: Option<String>,
    /// iCalendar UID.
    pub uid: String,
    /// What it says.
    pub content: EventContent,
    /// Of a series that is to be taken away, or was: the dates that are unlike it or were taken out of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dates: Vec<Override>,
}
