//! The stories of the domain, in one test binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod recurrence_hostile;
mod recurrence_judges;
mod recurrence_lines;
mod recurrence_rfc;
mod recurrence_split;
mod recurrence_zones;
mod support;
mod validation;
