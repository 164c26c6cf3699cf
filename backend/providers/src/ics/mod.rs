//! iCalendar (RFC 5545): one resource of a CalDAV server, read into our vocabulary and written back.
//!
//! Two facts to hold: a text is kept as its content lines, so that an update replaces the lines it must and leaves every
//! other byte as somebody else wrote it; and reading is tolerant (producers write all kinds of things), writing is not.
//!
//! No network here, no clock: `now` is handed in.
//!
//! - `bytes`: a body as text
//! - `lines`: content lines and components, unfolding, folding, escaping
//! - `zones`: what a TZID means, and VTIMEZONE for the zones we write
//! - `definition`: a VTIMEZONE that only the producer knows
//! - `value`: dates, times, durations
//! - `parts`: which events of an object count
//! - `read`: components → events
//! - `range`: “this and all following” as others write it
//! - `write`: a new object
//! - `patch`: a change of somebody else's object
//! - `file`: a file of many objects, as people upload it
//! - `export`: the same, as people download it

mod bytes;
mod definition;
pub mod export;
pub mod file;
pub mod lines;
mod parts;
mod patch;
mod range;
mod read;
mod value;
mod write;
mod zones;

pub use bytes::decode;
pub use patch::{Author, Edit, apply, drop_occurrence, respond};
pub use read::{Resource, address, is_floating, read, uid_of, zone_of};
pub use write::{new_object, zone_object};

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;
