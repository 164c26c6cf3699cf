//! Names for work that are the same whenever it is the same work.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Outcome, Settings};

/// A hash over a plan that grows with it: each line seals those before it.
#[derive(Debug, Clone)]
pub struct PlanHash {
    state: [u8; 32],
    buffer: Vec<u8>,
}

impl PlanHash {
    /// Of a plan without lines.
    pub fn new(settings: &Settings) -> Self {
        let mut hash = Self {
            state: [0; 32],
            buffer: Vec::new(),
        };
        hash.seal(settings);
        hash
    }

    /// Seals the next line, whatever became of it.
    pub fn add(&mut self, outcome: &Outcome) {
        self.seal(outcome);
    }

    fn seal(&mut self, what: &impl Serialize) {
        self.buffer.clear();
        self.buffer.extend_from_slice(&self.state);
        // Structs, enums and sorted maps with text keys: none of them can fail to be written, nor be written in two ways.
        if serde_json::to_writer(&mut self.buffer, what).is_err() {
            self.buffer.push(0);
        }
        self.state = Sha256::digest(&self.buffer).into();
    }

    /// 64 hexadecimal digits.
    pub fn text(&self) -> String {
        hexadecimal(&self.state)
    }
}

/// 32 hexadecimal digits that are the same for the same words, and no others.
pub fn identity(words: &[&str]) -> String {
    hexadecimal(digest(words).get(..16).unwrap_or_default())
}

/// The hash of words; where one ends is part of it.
pub(super) fn digest(words: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for word in words {
        hash.update((word.len() as u64).to_le_bytes());
        hash.update(word.as_bytes());
    }
    hash.finalize().into()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
