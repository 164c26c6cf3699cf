//! Microsoft Graph and Entra, spoken over HTTP with the simulator, which refuses what Graph does not document.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../conformance/mod.rs"]
mod conformance;
mod harness;
mod listening;
mod signing_in;
mod syncing;
mod writing;

mod conforms {
    use super::{conformance, harness};

    conformance::conformance!(harness::peer);
}
