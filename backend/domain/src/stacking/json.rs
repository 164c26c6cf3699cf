//! Events as JSON: one array, an event on each line, so that programs can take it whole or line by line.

use std::io::{self, Write};

use super::draft::Existing;

/// Writes events, one at a time.
pub struct JsonWriter<W> {
    to: W,
    any: bool,
}

impl<W: Write> JsonWriter<W> {
    /// Writes into `to`, which should be buffered.
    pub const fn new(to: W) -> Self {
        Self { to, any: false }
    }

    /// One event.
    ///
    /// # Errors
    /// Nothing can be written.
    pub fn write(&mut self, event: &Existing) -> io::Result<()> {
        self.to.write_all(if self.any { b",\n" } else { b"[\n" })?;
        self.any = true;
        Ok(serde_json::to_writer(&mut self.to, event)?)
    }

    /// Ends the array.
    ///
    /// # Errors
    /// Nothing can be written.
    pub fn finish(mut self) -> io::Result<()> {
        self.to.write_all(if self.any { b"\n]\n" } else { b"[]\n" })?;
        self.to.flush()
    }
}
