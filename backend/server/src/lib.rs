//! Calendar Stacker: the service.
//!
//! Rooms: `api` understands a request, `ops` decides inside one transaction, `gateway` talks to providers, `jobs` keep
//! promises. The binary is thin; tests and benches start the same [`app`].

pub mod api;
pub mod app;
pub mod commands;
pub mod config;
pub mod crypto;
pub mod fault;
pub mod feed;
pub mod gateway;
pub mod jobs;
pub mod ops;
pub mod state;
pub mod telemetry;
