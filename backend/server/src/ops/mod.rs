//! What the application can do: plain functions inside one transaction. They never see `api`, `gateway`, `jobs` or a
//! provider.

pub mod access;
pub mod api_keys;
pub mod availability;
pub mod booking_policies;
pub mod bookings;
pub mod busy;
pub mod calendars;
pub mod catalogue;
pub mod changes;
pub mod churn;
pub mod clients;
pub mod closures;
pub mod conflicts;
pub mod copy;
pub mod credentials;
pub mod customers;
pub mod dashboard;
pub mod events;
pub mod feed;
pub mod hours;
pub mod keys;
pub mod mirror;
pub mod outbox;
pub mod password;
pub mod series;
pub mod services;
pub mod sessions;
pub mod setup;
pub mod staff;
pub mod sync_log;
