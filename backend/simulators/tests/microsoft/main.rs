//! The simulator as a client meets it: real HTTP, every answer held against what Graph documents.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod batch;
mod calendars;
mod control;
mod delta;
mod events;
mod faults;
mod harness;
mod meetings;
mod oauth;
mod push;
mod query;
mod series;
mod shape;
mod zones;
