//! iCalendar judged by others: by files that real programs wrote, and by implementations that are not ours.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod judge;
mod real;
mod written;
