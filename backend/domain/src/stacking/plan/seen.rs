//! What came before in a file, by hash: some fifty bytes for each name of each line.

use std::collections::{HashMap, hash_map::Entry};

use super::{By, hash::digest};

#[derive(Debug, Default)]
pub(super) struct Seen(HashMap<(By, u128), u64>);

impl Seen {
    /// Remembers a name; answers with the line it came in first, if that is an earlier one.
    pub(super) fn insert(&mut self, by: By, words: &[&str], line: u64) -> Option<u64> {
        let half = digest(words).first_chunk().copied().unwrap_or_default();
        match self.0.entry((by, u128::from_le_bytes(half))) {
            Entry::Occupied(first) => Some(*first.get()),
            Entry::Vacant(free) => {
                free.insert(line);
                None
            }
        }
    }
}
