//! Google's spelling of calendars and events, and pure conversions from and to our own. No calls here.
//!
//! Source: the discovery document of calendar v3 (revision in `tests/schemas/google-calendar-v3.strict.schema.json`).

mod read;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod round_trip;
mod time;
mod types;
mod write;

pub(super) use read::{Read, calendar, event};
pub(super) use time::{EventDateTime, query_text, same_moment};
pub(super) use write::{answered, contrasting, insert, patch, send_updates};

/// Where an event remembers the key it was made with: `extendedProperties.private`, which guests do not see.
pub(super) const MARKER: &str = "calendarStackerKey";
