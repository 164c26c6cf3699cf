//! A file as rows: one at a time, none larger than allowed, and a bad one does not hide those behind it.

use std::io::{self, Read};

use csv_core::ReadRecordResult;
use encoding_rs::{Encoding, UTF_8};

use super::{formula, layout::Layout, text::Text};
use crate::stacking::fault::Fault;

/// The largest row, in bytes of text. An event with everything at its limit has half of that.
pub const MAX_ROW: usize = 1024 * 1024;

/// The most columns.
pub const MAX_COLUMNS: usize = 1_024;

/// One row. Made once and filled again and again by [`Rows::read`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    line: u64,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Row {
    /// A row that was not read from a file: its cells are taken as they are.
    pub fn of<'c>(line: u64, cells: impl Iterator<Item = &'c str>) -> Self {
        let mut row = Self {
            line,
            ..Self::default()
        };
        for cell in cells {
            row.text.extend_from_slice(formula::defuse(cell).as_bytes());
            row.ends.push(row.text.len());
        }
        row
    }

    /// The line in which it begins; the first of the file is 1.
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// How many cells it has.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A cell, as the file has it.
    pub fn raw(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let begin = index.checked_sub(1).map_or(Some(0), |at| self.ends.get(at).copied())?;
        std::str::from_utf8(self.text.get(begin..end)?).ok()
    }

    /// A cell as it is meant: without the apostrophe that keeps spreadsheets from running it.
    pub fn cell(&self, index: usize) -> Option<&str> {
        self.raw(index).map(formula::restore)
    }

    /// Every cell as it is meant.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|index| self.cell(index))
    }
}

/// Why no row came.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// The file cannot be read any further.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// This row is bad; the next call goes on behind it.
    #[error("line {}: {}", .0.line, .0.detail)]
    Row(Fault),
}

/// Reads rows.
pub struct Rows<R> {
    text: Text<R>,
    parser: csv_core::Reader,
    /// How much of the present chunk is used.
    at: usize,
    /// The line of what comes next.
    line: u64,
    /// The last character was a carriage return: a line feed that follows belongs to it.
    returned: bool,
    encoding: &'static Encoding,
    /// What is written when no more can be kept.
    spill: Vec<u8>,
    spill_ends: Vec<usize>,
}

impl<R: Read> Rows<R> {
    /// Rows of a file as `layout` describes it, behind its header.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn new(from: R, layout: &Layout) -> io::Result<Self> {
        let mut rows = Self::raw(from, layout)?;
        if layout.header {
            // Whatever is wrong with it, the columns are in the layout by now.
            match rows.read(&mut Row::default()) {
                Ok(_) | Err(RowError::Row(_)) => {}
                Err(RowError::Io(error)) => return Err(error),
            }
        }
        Ok(rows)
    }

    /// Rows with the header as the first.
    pub(super) fn raw(from: R, layout: &Layout) -> io::Result<Self> {
        let encoding = Encoding::for_label(layout.encoding.as_bytes()).unwrap_or(UTF_8);
        let mut builder = csv_core::ReaderBuilder::new();
        builder.delimiter(layout.delimiter.byte());
        match layout.quote.byte() {
            Some(quote) => builder.quote(quote),
            None => builder.quoting(false),
        };
        let mut rows = Self {
            text: Text::new(from, encoding),
            parser: builder.build(),
            at: 0,
            line: 1,
            returned: false,
            encoding,
            spill: vec![0; 4_096],
            spill_ends: vec![0; 256],
        };
        for _ in 0..layout.skip_lines {
            rows.skip_line()?;
        }
        Ok(rows)
    }

    /// What is left of the chunk, or the next one; empty at the end.
    fn fill(&mut self) -> io::Result<bool> {
        if self.at < self.text.chunk().len() {
            return Ok(true);
        }
        self.at = 0;
        self.text.advance()
    }

    /// Counts the line ends in the next `count` bytes and passes them.
    fn pass(&mut self, count: usize) {
        for byte in self.text.chunk().get(self.at..self.at + count).unwrap_or_default() {
            self.line += u64::from(*byte == b'\r' || (*byte == b'\n' && !self.returned));
            self.returned = *byte == b'\r';
        }
        self.at += count;
    }

    fn rest(&self) -> &[u8] {
        self.text.chunk().get(self.at..).unwrap_or_default()
    }

    fn skip_line(&mut self) -> io::Result<()> {
        while self.fill()? {
            let end = self.rest().iter().position(|byte| *byte == b'\n');
            self.pass(end.map_or(self.rest().len(), |at| at + 1));
            if end.is_some() {
                break;
            }
        }
        Ok(())
    }

    /// Blank lines are no rows.
    fn skip_blank(&mut self) -> io::Result<bool> {
        while self.fill()? {
            let blank = self
                .rest()
                .iter()
                .take_while(|byte| matches!(byte, b'\r' | b'\n'))
                .count();
            self.pass(blank);
            if !self.rest().is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The next row; `false` at the end of the file.
    ///
    /// # Errors
    /// [`RowError::Row`] for a row that is too large, has a quote that is never closed, or letters that are not of the
    /// encoding; then the next call goes on with the next row. [`RowError::Io`] where the file cannot be read.
    pub fn read(&mut self, row: &mut Row) -> Result<bool, RowError> {
        if !self.skip_blank()? {
            return Ok(false);
        }
        row.line = self.line;
        row.text.resize(4_096, 0);
        row.ends.resize(64, 0);
        let (mut written, mut cells, mut large, mut open) = (0, 0, false, false);
        loop {
            let more = self.fill()?;
            let closing = !more;
            // Written out, for `self.parser` is borrowed beside it.
            let rest = self.text.chunk().get(self.at..).unwrap_or_default();
            // A line feed that the parser keeps as text is one within quotes.
            let input: &[u8] = if closing && !open { b"\n" } else { rest };
            let (result, read, wrote, ended) = if large {
                self.parser.read_record(input, &mut self.spill, &mut self.spill_ends)
            } else {
                let text = row.text.get_mut(written..).unwrap_or_default();
                let ends = row.ends.get_mut(cells..).unwrap_or_default();
                self.parser.read_record(input, text, ends)
            };
            if closing {
                open |= read > 0 && wrote > 0 && matches!(result, ReadRecordResult::InputEmpty);
            } else {
                self.pass(read);
            }
            if !large {
                written += wrote;
                cells += ended;
            }
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if large => {}
                ReadRecordResult::OutputFull if row.text.len() < MAX_ROW => {
                    row.text.resize((row.text.len() * 2).min(MAX_ROW), 0);
                }
                ReadRecordResult::OutputEndsFull if large => {}
                ReadRecordResult::OutputEndsFull if row.ends.len() < MAX_COLUMNS => {
                    row.ends.resize((row.ends.len() * 2).min(MAX_COLUMNS), 0);
                }
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => large = true,
                ReadRecordResult::Record | ReadRecordResult::End => break,
            }
        }
        row.text.truncate(written);
        row.ends.truncate(cells);
        let broken = self.text.was_broken_before(self.text.before() + self.at as u64);
        self.judge(row.line, large, open, broken).map_or(Ok(true), |fault| {
            row.text.clear();
            row.ends.clear();
            Err(RowError::Row(fault))
        })
    }

    fn judge(&self, line: u64, large: bool, open: bool, broken: bool) -> Option<Fault> {
        if open {
            let detail = format!(
                "a quote that was opened in or after line {line} is never closed, so nothing from there on is a row; close it, or double it \
                 where it is part of the text"
            );
            return Some(Fault::row(line, "quote_not_closed", detail));
        }
        if large {
            let detail = format!(
                "the row has more than {MAX_ROW} bytes or {MAX_COLUMNS} columns; check for a quote that is opened and \
                 not closed in line {line}"
            );
            return Some(Fault::row(line, "row_too_large", detail));
        }
        broken.then(|| {
            let name = self.encoding.name();
            let detail = format!("the row has letters that are not {name}; choose the encoding the file was saved in");
            Fault::row(line, "wrong_encoding", detail)
        })
    }
}
