//! The components of a file as they come, each within bounds, whatever stands between them.

use std::io::{self, BufRead};

/// Largest component that is read, in bytes.
pub const MAX_PART: usize = 1024 * 1024;

/// Lines that may be long and mean nothing to us: files that are attached, pictures, the same text as HTML.
const DROPPED: [&[u8]; 4] = [b"ATTACH", b"IMAGE", b"X-ALT-DESC", b"STYLED-DESCRIPTION"];

/// What comes next in a file.
#[derive(Debug)]
pub enum Piece {
    /// The zone in which the calendar's floating times are meant, as its producer says.
    Zone(String),
    /// A component, from BEGIN to END.
    Part {
        /// The line it begins in.
        line: u64,
        /// Whether it is an event; else it is a zone.
        is_event: bool,
    },
    /// Something that cannot be read: its line, a word for programs, and a sentence.
    Broken(u64, &'static str, String),
}

/// Reads components.
pub struct Scanner<R> {
    from: R,
    /// The line of `text`.
    line: u64,
    text: Vec<u8>,
    /// The component that [`Piece::Part`] tells of.
    pub part: Vec<u8>,
    /// Where a component began, what it is, and how many are open in it.
    open: Option<Open>,
    inside: bool,
    any: bool,
    /// The line that is in `text` was read, and is not used yet.
    again: bool,
    ended: bool,
}

struct Open {
    line: u64,
    kind: Kind,
    depth: usize,
    large: bool,
    dropping: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Event,
    Zone,
    Other,
}

impl<R: BufRead> Scanner<R> {
    /// Of a file.
    pub fn new(from: R) -> Self {
        Self {
            from,
            line: 0,
            text: Vec::new(),
            part: Vec::new(),
            open: None,
            inside: false,
            any: false,
            again: false,
            ended: false,
        }
    }

    /// A line with its end, as much of it as may be part of a component.
    fn advance(&mut self) -> io::Result<bool> {
        if std::mem::take(&mut self.again) {
            return Ok(true);
        }
        self.text.clear();
        let mut any = false;
        loop {
            let chunk = self.from.fill_buf()?;
            if chunk.is_empty() {
                break;
            }
            any = true;
            let end = chunk.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
            let length = end.unwrap_or(chunk.len());
            let room = (MAX_PART + 1).saturating_sub(self.text.len()).min(length);
            self.text.extend_from_slice(chunk.get(..room).unwrap_or_default());
            self.from.consume(length);
            if end.is_some() {
                break;
            }
        }
        self.line += u64::from(any);
        Ok(any)
    }

    /// What comes next; `None` at the end.
    ///
    /// # Errors
    /// The file cannot be read any further.
    pub fn next(&mut self) -> io::Result<Option<Piece>> {
        if self.ended {
            return Ok(None);
        }
        while self.advance()? {
            if self.line == 1 {
                if self.text.starts_with(&[0xFF, 0xFE]) || self.text.starts_with(&[0xFE, 0xFF]) {
                    self.ended = true;
                    let detail = "the file is not UTF-8, as calendar files are; save it as UTF-8".to_owned();
                    return Ok(Some(Piece::Broken(1, "wrong_encoding", detail)));
                }
                if self.text.starts_with(&[0xEF, 0xBB, 0xBF]) {
                    self.text.drain(..3);
                }
            }
            if let Some(piece) = self.line_of() {
                return Ok(Some(piece));
            }
        }
        self.ended = true;
        Ok(self.end())
    }

    /// What is wrong with how the file ends.
    fn end(&mut self) -> Option<Piece> {
        if let Some(open) = self.open.take() {
            return Some(torn(open.line, "the file ends within it"));
        }
        let (code, detail) = match (self.any, self.inside) {
            (true, false) => return None,
            (true, true) => (
                "file_torn",
                "the file ends before its calendar does: what followed is missing; fetch it again",
            ),
            (false, _) => (
                "not_a_calendar",
                "the file holds no calendar: there is no line BEGIN:VCALENDAR",
            ),
        };
        Some(Piece::Broken(self.line.max(1), code, detail.to_owned()))
    }

    fn line_of(&mut self) -> Option<Piece> {
        let directive = directive(&self.text);
        if self.open.is_some() {
            return self.within(directive);
        }
        match directive {
            Some((true, name)) if name == "VCALENDAR" => (self.inside, self.any) = (true, true),
            Some((false, name)) if name == "VCALENDAR" => self.inside = false,
            Some((true, name)) => {
                let kind = match name.as_str() {
                    "VEVENT" => Kind::Event,
                    "VTIMEZONE" => Kind::Zone,
                    _ => Kind::Other,
                };
                self.any = true;
                self.part.clear();
                self.part.extend_from_slice(&self.text);
                self.open = Some(Open {
                    line: self.line,
                    kind,
                    depth: 1,
                    large: false,
                    dropping: false,
                });
            }
            Some((false, name)) => {
                let detail = format!("END:{} has no BEGIN", short(&name));
                return Some(Piece::Broken(self.line, "component_torn", detail));
            }
            None if self.inside => {
                let text = String::from_utf8_lossy(self.text.get(..200).unwrap_or(&self.text)).into_owned();
                let zone = text
                    .split_once(':')
                    .filter(|(name, _)| name.eq_ignore_ascii_case("X-WR-TIMEZONE"));
                return zone.map(|(_, zone)| Piece::Zone(zone.trim().to_owned()));
            }
            None => {}
        }
        None
    }

    /// A line of an open component.
    fn within(&mut self, directive: Option<(bool, String)>) -> Option<Piece> {
        let open = self.open.as_mut()?;
        let outer = |name: &str| matches!(name, "VEVENT" | "VCALENDAR" | "VTIMEZONE");
        match &directive {
            // None of these lies within another: the one before was never ended.
            Some((true, name)) if outer(name) => {
                let line = open.line;
                (self.open, self.again) = (None, true);
                return Some(torn(line, "another begins before its END"));
            }
            Some((false, name)) if name == "VCALENDAR" => {
                let line = open.line;
                (self.open, self.again) = (None, true);
                return Some(torn(line, "the calendar ends before it does"));
            }
            Some((true, _)) => open.depth += 1,
            Some((false, _)) => open.depth -= 1,
            None => {}
        }
        let folded = self.text.starts_with(b" ") || self.text.starts_with(b"\t");
        if !folded {
            let begins = |name: &&[u8]| {
                self.text
                    .get(..name.len())
                    .is_some_and(|head| head.eq_ignore_ascii_case(name))
                    && matches!(self.text.get(name.len()), Some(b':' | b';'))
            };
            open.dropping = DROPPED.iter().any(begins);
        }
        open.large |= !open.dropping && self.part.len() + self.text.len() > MAX_PART;
        if !open.large && !open.dropping && open.kind != Kind::Other {
            self.part.extend_from_slice(&self.text);
        }
        if open.depth > 0 {
            return None;
        }
        let open = self.open.take()?;
        match open.kind {
            Kind::Other => None,
            _ if open.large => {
                let detail = format!("the event has more than {MAX_PART} bytes");
                Some(Piece::Broken(open.line, "event_too_large", detail))
            }
            kind => Some(Piece::Part {
                line: open.line,
                is_event: kind == Kind::Event,
            }),
        }
    }
}

fn torn(line: u64, what: &str) -> Piece {
    let detail = format!("the component that begins here has no END: {what}");
    Piece::Broken(line, "component_torn", detail)
}

fn short(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(40).collect()
}

/// Whether a line begins or ends a component, and which.
fn directive(line: &[u8]) -> Option<(bool, String)> {
    let after = |word: &[u8]| {
        line.get(..word.len())
            .filter(|head| head.eq_ignore_ascii_case(word))
            .and_then(|_| line.get(word.len()..))
    };
    let (begins, name) = match (after(b"BEGIN:"), after(b"END:")) {
        (Some(name), _) => (true, name),
        (_, Some(name)) => (false, name),
        _ => return None,
    };
    let name = String::from_utf8_lossy(name.get(..80).unwrap_or(name));
    Some((begins, name.trim().to_ascii_uppercase()))
}

/// The value of a line of the component itself, unfolded; lines of what lies in it do not count.
pub fn value(part: &[u8], name: &str) -> Option<Vec<u8>> {
    let (mut depth, mut found) = (0_usize, None::<Vec<u8>>);
    for line in part.split_inclusive(|byte| *byte == b'\n') {
        let bare = line.trim_ascii_end();
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            if let Some(value) = &mut found {
                let end = line.strip_suffix(b"\n").unwrap_or(line);
                let end = end.strip_suffix(b"\r").unwrap_or(end);
                value.extend_from_slice(end.get(1..).unwrap_or_default());
            }
            continue;
        }
        if found.is_some() {
            break;
        }
        match directive(line) {
            Some((true, _)) => depth += 1,
            Some((false, _)) => depth = depth.saturating_sub(1),
            None if depth == 1 => {
                let head = bare
                    .get(..name.len())
                    .is_some_and(|head| head.eq_ignore_ascii_case(name.as_bytes()));
                if head && matches!(bare.get(name.len()), Some(b':' | b';')) {
                    let colon = bare.iter().position(|byte| *byte == b':').unwrap_or(bare.len());
                    found = Some(bare.get(colon + 1..).unwrap_or_default().to_vec());
                }
            }
            None => {}
        }
    }
    found
}
