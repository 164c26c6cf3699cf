//! CalDAV, spoken with a real Radicale over real HTTP. `scripts/radicale.sh` starts it, and installs it where it is
//! missing. What Radicale is not (a server with Digest, without sync tokens, …) a proxy in front of it is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../conformance/mod.rs"]
mod conformance;
mod discovery;
mod foreign;
mod harness;
mod proxy;
mod quirks;
mod syncing;
mod writing;

mod conforms {
    use super::{conformance, harness};

    conformance::conformance!(harness::peer);
}

mod conforms_without_sync_tokens {
    use super::{conformance, harness};

    conformance::conformance!(harness::peer_without_sync);
}

mod conforms_with_digest {
    use super::{conformance, harness};

    conformance::conformance!(harness::peer_with_digest);
}
