//! What is wrong with a row, told so that somebody with the file open can mend it.

use serde::Serialize;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The line of the file in which the row begins; the first is 1. For what was not read from a file: the number of
    /// the item.
    pub line: u64,
    /// The column at fault; `None`: the row as a whole.
    pub column: Option<At>,
    /// A stable word for programs.
    pub code: &'static str,
    /// A sentence for people: what is wrong, and what to write instead.
    pub detail: String,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct At {
    /// Its number; the first is 1.
    pub number: usize,
    /// What its header says; empty without a header.
    pub name: String,
}

impl Fault {
    /// A fault of the row as a whole.
    pub fn row(line: u64, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            line,
            column: None,
            code,
            detail: detail.into(),
        }
    }
}

/// A text as it is quoted in a sentence: nobody wants to read a whole description there.
pub(super) fn shown(text: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut short: String = text.chars().take(60).map(clean).collect();
    if text.chars().nth(60).is_some() {
        short.push('…');
    }
    format!("“{short}”")
}
