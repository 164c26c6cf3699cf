//! Calendar Stacker.
fn main() {}
