//! Templates: a row with variables in it, made into an event for each client, or for each row of a file.
//!
//! A field holds what a cell of a file would (so `1h 30m` is a duration, `FREQ=WEEKLY` a recurrence), with expressions
//! between double braces:
//!
//! | | |
//! |---|---|
//! | `{{client.name}}` | a variable: `client.id`, `client.name`, `calendar.id`, `calendar.name`, or one of the template's own |
//! | `{{row.phone}}` `{{row."Pool size"}}` | a column of the file the template is used with |
//! | `{{n}}` `{{n start 100 step 10 pad 4}}` | a counter: 1, 2, … or 0100, 0110, … |
//! | `{{list "Ann", "Bea"}}` | taken in turn |
//! | `{{date + 2 weeks}}` `{{start - 1 day as "%A, %d %B"}}` | the date of the run, or when the event begins or ends, moved and formatted |
//! | `{{"{{"}}` | a text as it is |
//!
//! Nothing repeats and nothing calls: the work is bounded by the length of the texts. A name that is not known is an
//! error, never an empty text.

mod parse;
mod render;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::{
    parse::SyntaxError,
    render::{Compiled, Run},
};
use super::csv::Target;

/// The version of the grammar. A template of a later one is refused, not misread.
pub const VERSION: u32 = 1;

/// Longest field, in bytes.
pub const MAX_FIELD: usize = 64 * 1024;

/// A recipe for events, as it is stored and sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// [`VERSION`] when it was written.
    pub version: u32,
    /// Goes up with each change of this template; a plan names the one it was made from.
    #[serde(default)]
    pub revision: u32,
    /// What people call it.
    pub name: String,
    /// What each field says.
    pub fields: BTreeMap<Target, String>,
    /// Variables of its own, with the value they have unless a client has another.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// What is different for a client, by its id.
    #[serde(default)]
    pub clients: BTreeMap<String, Override>,
}

/// What is different for one client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Override {
    /// Fields that say something else.
    pub fields: BTreeMap<Target, String>,
    /// Variables with another value.
    pub variables: BTreeMap<String, String>,
}

/// What is wrong with a template, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum TemplateError {
    /// Written for a later version of this program.
    #[error("the template is of version {0}, which is not known here; {VERSION} is")]
    Version(u32),
    /// A field cannot be read.
    #[error("{}{field}, character {}: {}", client.as_ref().map(|id| format!("client {id}, ")).unwrap_or_default(), error.position, error.detail)]
    Field {
        /// Whose override; `None`: the template itself.
        client: Option<String>,
        /// Which field.
        field: Target,
        /// What is wrong.
        error: SyntaxError,
    },
}

impl Template {
    /// Reads every field once, to be used often.
    ///
    /// # Errors
    /// Everything that is wrong, all at once.
    pub fn compile(&self) -> Result<Compiled<'_>, Vec<TemplateError>> {
        Compiled::new(self)
    }
}
