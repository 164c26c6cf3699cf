//! How a file is to be read: found by [`Detection::of`](super::Detection::of), shown to people, and theirs to change.

use serde::{Deserialize, Serialize};

use super::columns::Column;
use crate::time::Disambiguation;

/// Everything that decides what the cells of a file mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Layout {
    /// Label of the Encoding Standard: `UTF-8`, `UTF-16LE`, `windows-1252`, …
    pub encoding: String,
    /// Between cells.
    pub delimiter: Delimiter,
    /// Around cells.
    pub quote: Quote,
    /// Lines before the first row that are none (`sep=;`).
    pub skip_lines: u32,
    /// Whether the first row names the columns.
    pub header: bool,
    /// What each column is for, from the left.
    pub columns: Vec<Column>,
    /// How `03/04/2026` is read. A date that begins with its year is always understood.
    pub date_order: DateOrder,
    /// Where the clock of times hangs that name no zone; `None`: where their calendar is.
    pub time_zone: Option<String>,
    /// Name or id of the calendar of rows that name none.
    pub calendar: Option<String>,
    /// How wall times are read that do not exist or happen twice.
    pub disambiguation: Disambiguation,
    /// What the end of an event of whole days says.
    pub all_day_end: AllDayEnd,
    /// How long a timed event is that has neither end nor duration; `None`: such a row is bad.
    pub default_minutes: Option<u32>,
}

impl Default for Layout {
    /// The file that [`Writer`](super::Writer) writes, without its columns.
    fn default() -> Self {
        Self {
            encoding: "UTF-8".to_owned(),
            delimiter: Delimiter::Comma,
            quote: Quote::Double,
            skip_lines: 0,
            header: true,
            columns: Vec::new(),
            date_order: DateOrder::DayFirst,
            time_zone: None,
            calendar: None,
            disambiguation: Disambiguation::Reject,
            all_day_end: AllDayEnd::Exclusive,
            default_minutes: None,
        }
    }
}

/// What stands between cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delimiter {
    /// `,`
    Comma,
    /// `;`, where the comma is a decimal sign.
    Semicolon,
    /// The tabulator: what is copied out of a spreadsheet.
    Tab,
    /// `|`
    Pipe,
}

impl Delimiter {
    /// Every one, the most usual first.
    pub const ALL: [Self; 4] = [Self::Comma, Self::Semicolon, Self::Tab, Self::Pipe];

    /// The character.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }
}

/// What stands around cells; doubled within them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quote {
    /// `"`
    Double,
    /// `'`
    Single,
    /// Nothing: quotes are text.
    None,
}

impl Quote {
    /// The character.
    pub const fn byte(self) -> Option<u8> {
        match self {
            Self::Double => Some(b'"'),
            Self::Single => Some(b'\''),
            Self::None => None,
        }
    }
}

/// How a date of three numbers is read whose year comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// `31/12/2026`
    DayFirst,
    /// `12/31/2026`
    MonthFirst,
}

/// What the end of an event of whole days says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllDayEnd {
    /// The day after the last one, as in iCalendar and in our API. An end that is the start still means that one day:
    /// nothing else can be meant.
    Exclusive,
    /// The last day, as people write it.
    Inclusive,
}
