//! When calendars are busy.
