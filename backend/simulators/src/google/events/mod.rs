//! Events: one file to show them, one to list them, one to expand series, and three to write them.

pub(crate) mod body;
pub(crate) mod guests;
pub(crate) mod instances;
pub(crate) mod list;
pub(crate) mod present;
pub(crate) mod query;
pub(crate) mod sync;
pub(crate) mod transfer;
pub(crate) mod write;
