//! From the bytes of a file to text: which encoding it is in, and a reader that says where it was not.

use std::{
    collections::VecDeque,
    io::{self, Read},
};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How much is read at once.
const CHUNK: usize = 64 * 1024;

/// The encoding of a file that begins with `sample`: as its byte order mark says; UTF-16 where every other byte is nil;
/// UTF-8 where it can be; else what its letters look like (Windows-125x and the other legacy encodings of the web).
pub fn detect(sample: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(sample) {
        return encoding;
    }
    // Cells are mostly ASCII, whose other half is nil in UTF-16.
    let nil = |parity: usize| {
        sample
            .iter()
            .skip(parity)
            .step_by(2)
            .take(2_048)
            .filter(|byte| **byte == 0)
            .count()
    };
    let (even, odd, pairs) = (nil(0), nil(1), (sample.len() / 2).min(2_048));
    if pairs > 0 && odd * 10 > pairs * 3 && even * 20 < pairs {
        return UTF_16LE;
    }
    if pairs > 0 && even * 10 > pairs * 3 && odd * 20 < pairs {
        return UTF_16BE;
    }
    match std::str::from_utf8(sample) {
        Ok(_) => UTF_8,
        // The sample may end within a character.
        Err(error) if error.error_len().is_none() => UTF_8,
        Err(_) => {
            let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
            detector.feed(sample, false);
            detector.guess(None, Utf8Detection::Deny)
        }
    }
}

/// The text of a file, a chunk at a time. What cannot be read becomes U+FFFD, and its place is kept until asked for.
pub(super) struct Text<R> {
    from: R,
    decoder: encoding_rs::Decoder,
    raw: Vec<u8>,
    /// How much of `raw` waits to be decoded.
    waiting: usize,
    chunk: Vec<u8>,
    /// How much text came before `chunk`.
    before: u64,
    broken: VecDeque<u64>,
    ended: bool,
}

impl<R: Read> Text<R> {
    pub(super) fn new(from: R, encoding: &'static Encoding) -> Self {
        Self {
            from,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; CHUNK],
            waiting: 0,
            chunk: Vec::new(),
            before: 0,
            broken: VecDeque::new(),
            ended: false,
        }
    }

    /// The present chunk: valid UTF-8 but for characters that lie across its edges.
    pub(super) fn chunk(&self) -> &[u8] {
        &self.chunk
    }

    /// Goes on to the next chunk; `false` at the end.
    pub(super) fn advance(&mut self) -> io::Result<bool> {
        self.before += self.chunk.len() as u64;
        self.chunk.clear();
        while self.chunk.is_empty() && !self.ended {
            let read = match self.from.read(&mut self.raw) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            self.waiting = read;
            self.ended = read == 0;
            self.decode();
        }
        Ok(!self.chunk.is_empty())
    }

    fn decode(&mut self) {
        let mut taken = 0;
        loop {
            let source = self.raw.get(taken..self.waiting).unwrap_or_default();
            let filled = self.chunk.len();
            let room = self
                .decoder
                .max_utf8_buffer_length_without_replacement(source.len())
                .unwrap_or(CHUNK * 4);
            self.chunk.resize(filled + room.max(16), 0);
            let target = self.chunk.get_mut(filled..).unwrap_or_default();
            let (result, read, written) = self
                .decoder
                .decode_to_utf8_without_replacement(source, target, self.ended);
            taken += read;
            self.chunk.truncate(filled + written);
            match result {
                DecoderResult::InputEmpty => return,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    self.broken.push_back(self.before + self.chunk.len() as u64);
                    self.chunk.extend_from_slice("\u{fffd}".as_bytes());
                }
            }
        }
    }

    /// How much text came before the present chunk.
    pub(super) const fn before(&self) -> u64 {
        self.before
    }

    /// Whether anything in the text before `offset`, and after where this was asked last, could not be read.
    pub(super) fn was_broken_before(&mut self, offset: u64) -> bool {
        let mut any = false;
        while self.broken.front().is_some_and(|at| *at < offset) {
            self.broken.pop_front();
            any = true;
        }
        any
    }
}
