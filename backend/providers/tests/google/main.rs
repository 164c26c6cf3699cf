//! Google Calendar and its OAuth, spoken over HTTP with the simulator. Every request body sent here is checked against
//! Google's own schema when a test ends.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../conformance/mod.rs"]
mod conformance;
mod faults;
mod harness;
mod requests;
mod signing_in;
mod syncing;
mod writing;

mod conforms {
    use super::{conformance, harness};

    conformance::conformance!(harness::peer);

    #[test]
    fn the_lists_in_the_docs_are_fresh() {
        conformance::offers::the_lists_in_the_docs_are_fresh();
    }
}
