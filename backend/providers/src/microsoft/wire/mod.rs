//! Microsoft's words: times, recurrence, what is read and what is written. Pure functions, no calls.

mod body;
mod dates;
mod read;
mod recurrence;
mod time;
mod write;

pub use dates::without_dates;
pub use read::{calendar, cancelled, event, mark_own, properties, says_metadata};
pub use time::{moment, same_moment};
pub use write::{create, key_filter, needs_current, patch};

/// The property set of our extended properties.
const SET: &str = "{a3f0c7be-58d1-4c1e-9d6b-6b1f5a7c2e44}";

/// The extended property that holds the key an event was made under.
pub fn key_property() -> String {
    format!("String {SET} Name calendar-stacker-key")
}

/// The extended property that holds metadata, as a JSON object.
pub fn metadata_property() -> String {
    format!("String {SET} Name calendar-stacker-metadata")
}
