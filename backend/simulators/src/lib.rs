//! Calendar providers on loopback: for tests, and for trying everything without an account at Google.
//!
//! Two facts to hold: this crate knows nothing of ours (it is written from the providers' own documents, so that it can
//! disagree with our code), and it keeps everything in memory. It must never listen anywhere but where it is told to.

mod bench;
mod chance;
mod faults;
mod html;
mod journal;
mod wire;

pub mod google;
pub mod microsoft;
