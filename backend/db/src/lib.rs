//! All SQL, for SQLite and PostgreSQL with one set of queries.
//!
//! Two facts to hold: a query function asks one thing, decides nothing and hides no error; and every query on data of a
//! tenant takes the tenant. One file per table: its row and its queries. Where the two databases part, the code says
//! [`each_backend!`].

pub mod activity;
pub mod admin;
mod among;
pub mod api_keys;
pub mod booking_copies;
pub mod booking_history;
pub mod booking_imports;
pub mod booking_policies;
pub mod bookings;
pub mod busy;
pub mod calendars;
pub mod changes;
pub mod channels;
pub mod churn;
pub mod clients;
pub mod closures;
pub mod conflicts;
mod conn;
pub mod credentials;
pub mod customers;
mod error;
pub mod events;
pub mod guards;
pub mod idempotency;
pub mod imports;
pub mod leases;
pub mod malformed;
pub mod messages;
mod migrate;
pub mod mirror;
pub mod oauth_states;
pub mod operation_items;
pub mod operations;
pub mod outbox;
pub mod page;
pub mod reach;
pub mod reconciliations;
mod schema;
pub mod sealed;
pub mod seats;
pub mod service_staff;
pub mod services;
pub mod sessions;
pub mod staff;
pub mod staff_calendars;
pub mod sync_log;
pub mod templates;
pub mod tenants;
pub mod types;
pub mod unheard;
pub mod usage;
pub mod user_access;
pub mod users;
pub mod world;

pub use conn::{Conn, Database, Options, ping};
pub use error::{Error, Result};
