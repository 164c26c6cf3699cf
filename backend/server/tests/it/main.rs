//! Stories told through the doors a user has: real HTTP, a real server, a real database.
//!
//! The whole suite runs on SQLite, and on PostgreSQL when `TEST_DATABASE_URL` names an administrator's database.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs
)]

mod full;
mod harness;

mod api_keys;
mod bad_input;
mod behind;
mod booking_policy;
mod bookings;
mod bulk;
mod caldav;
mod calendars;
mod changes;
mod channels;
mod churn;
mod clients;
mod closures;
mod commands;
mod copies;
mod crash;
mod credentials;
mod customers;
mod dashboard;
mod durability;
mod events;
mod exports;
mod freebusy;
mod google;
mod hours;
mod idempotency;
mod imports_ics;
mod jobs;
mod kinds;
mod logs;
mod mcp;
mod merging;
mod messages;
mod microsoft;
mod model;
mod oauth;
mod openapi;
mod operability;
mod operations;
mod outbox;
mod overrides;
mod peers;
mod people;
mod program;
mod public;
mod quota;
mod reconcile;
mod recurring;
mod roles;
mod services;
mod session;
mod staff;
mod storm;
mod stream;
mod sync;
mod sync_log;
mod templates;
mod tokens;
mod walls;
