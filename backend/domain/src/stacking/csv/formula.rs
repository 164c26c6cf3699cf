//! Cells that a spreadsheet would run. Here they are text and nothing else; what we write is made harmless in a way that
//! reading undoes (OWASP, “CSV Injection”).

use std::borrow::Cow;

/// What makes a spreadsheet run a cell, also as the wide letters that some locales take for them.
const fn begins(c: char) -> bool {
    matches!(
        c,
        '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'
    )
}

/// Whether the cell would be run but for the apostrophes before it.
fn would_run(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(begins)
}

/// The cell with an apostrophe before it, if a spreadsheet would run it. One that has apostrophes already gets another
/// one, so that [`restore`] finds each text again.
pub fn defuse(text: &str) -> Cow<'_, str> {
    if would_run(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text that [`defuse`] was given. A foreign `'=1` is what somebody did who wanted the text `=1`.
pub fn restore(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if would_run(text) => text,
        _ => cell,
    }
}
