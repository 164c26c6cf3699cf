//! Recurrence: see the functions.
