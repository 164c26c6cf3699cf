//! The vocabulary and the rules of Calendar Stacker.
//!
//! Two facts to hold: nothing here does I/O (no clock, no network, no database: time and chance are handed in), and
//! nothing here knows a provider's wire format. What is true of calendars in general lives here; who says it how lives
//! in `providers`; who remembers it lives in `db`.

pub mod availability;
pub mod backoff;
pub mod budget;
pub mod busy;
pub mod calendar;
pub mod catalogue;
pub mod churn;
pub mod credential;
pub mod event;
pub mod id;
pub mod polling;
pub mod recurrence;
pub mod stacking;
pub mod sync;
pub mod time;
pub mod validation;
