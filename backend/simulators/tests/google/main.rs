//! The simulator as a client meets it: real HTTP, every answer held against Google's published schema.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod batch;
mod calendars;
mod clients;
mod control;
mod faults;
mod guests;
mod harness;
mod limits;
mod listing;
mod oauth;
mod series;
mod sync;
mod writing;
