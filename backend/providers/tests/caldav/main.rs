//! CalDAV, spoken with a real Radicale, a real SabreDAV and a real DAViCal over real HTTP. `scripts/radicale.sh`,
//! `scripts/sabre.sh` and `scripts/davical.sh` start them, and install them where they are missing. What they are not (a server that forgets tokens, loses answers,
//! calls its etags weak, …) a proxy in front of them is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../conformance/mod.rs"]
mod conformance;
mod davical;
mod discovery;
mod foreign;
mod harness;
mod proxy;
mod quirks;
mod sabre;
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

mod conforms_at_sabre {
    use super::{conformance, harness};

    conformance::conformance!(harness::sabre_peer);
}

mod conforms_at_davical {
    use super::{conformance, harness};

    conformance::conformance!(harness::davical_peer);
}
