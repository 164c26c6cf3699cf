//! Microsoft Graph, spoken over HTTP with the simulator, which refuses what Graph does not document.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../conformance/mod.rs"]
mod conformance;
mod harness;
mod syncing;

mod conforms {
    use super::{conformance, harness};

    conformance::conformance!(harness::peer);
}
