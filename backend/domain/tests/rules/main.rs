//! The stories of the domain, in one test binary.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod availability;
mod differences;
mod meeting;
mod recurrence_hostile;
mod recurrence_judges;
mod recurrence_lines;
mod recurrence_rfc;
mod recurrence_split;
mod recurrence_walk;
mod recurrence_zones;
mod stacking;
mod support;
mod time_transitions;
mod validation;
