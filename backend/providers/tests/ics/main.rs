//! iCalendar judged by others: by files that real programs wrote, and by implementations that are not ours.
// What it found is printed for people to read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod files;
mod judge;
mod real;
mod written;
