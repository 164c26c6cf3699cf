//! A calendar file of any producer, read an event at a time: a series together with what was changed of it, wherever in
//! the file that stands.
//!
//! Two passes, so that memory does not grow with the file. The first ([`Index`]) learns what has to be known of all of it:
//! its zones, and which UIDs come more than once. The second ([`Objects`]) gives the events, holding back only those whose
//! UID is still to come again. Whatever cannot be read is a [`Fault`] with its line, and the next one goes on.

mod drafts;
mod scan;

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, BuildHasherDefault, DefaultHasher},
    io::{self, BufRead},
};

use domain::stacking::Fault;
use jiff::Timestamp;

pub use self::drafts::{Drafts, columns};
use self::scan::{Piece, Scanner};
use super::{
    bytes::decode,
    lines::{self, Component},
    zones::{self, Zones},
};

/// Most zones that one file may define.
const MAX_ZONES: usize = 2_000;
/// Most bytes they may have together.
const MAX_ZONE_BYTES: usize = 8 * 1024 * 1024;
/// Most UIDs that are counted: what comes after so many events is beyond what one plan takes.
const MAX_UIDS: usize = 250_000;
/// Most bytes of events that wait for others of their UID.
const MAX_HELD: usize = 16 * 1024 * 1024;
/// Most events of one UID: a daily series of ten years, each date changed.
const MAX_OF_UID: u32 = 4_000;

/// A UID, as it is compared.
type Name = u64;

fn name(part: &[u8]) -> Option<Name> {
    let uid = scan::value(part, "UID")?;
    let uid = uid.trim_ascii();
    (!uid.is_empty()).then(|| BuildHasherDefault::<DefaultHasher>::default().hash_one(uid))
}

/// What is known of a file as a whole.
#[derive(Debug, Default)]
pub struct Index {
    zones: Zones,
    counts: HashMap<Name, u32>,
    events: u64,
}

impl Index {
    /// Reads a file for the first time.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of(from: impl BufRead) -> io::Result<Self> {
        let mut scanner = Scanner::new(from);
        let (mut definitions, mut bytes) = (Vec::new(), 0);
        let (mut index, mut repeats, mut begin) = (Self::default(), false, None::<Timestamp>);
        while let Some(piece) = scanner.next()? {
            let Piece::Part { is_event, .. } = piece else { continue };
            if is_event {
                index.events += 1;
                repeats |= ["RRULE", "RDATE"]
                    .iter()
                    .any(|name| scan::value(&scanner.part, name).is_some());
                let start = scan::value(&scanner.part, "DTSTART")
                    .and_then(|value| zones::day(&String::from_utf8_lossy(&value)));
                begin = [begin, start].into_iter().flatten().min();
                if let Some(name) = name(&scanner.part)
                    && (index.counts.len() < MAX_UIDS || index.counts.contains_key(&name))
                {
                    *index.counts.entry(name).or_default() += 1;
                }
            } else if definitions.len() < MAX_ZONES && bytes + scanner.part.len() <= MAX_ZONE_BYTES {
                bytes += scanner.part.len();
                definitions.extend(part(&scanner.part).ok());
            }
        }
        index.counts.retain(|_, count| *count > 1);
        index.counts.shrink_to_fit();
        index.zones = Zones::defined(&definitions.iter().collect::<Vec<_>>(), repeats, begin);
        Ok(index)
    }

    /// How many events the file has.
    pub const fn events(&self) -> u64 {
        self.events
    }
}

/// One component as we understand it.
fn part(bytes: &[u8]) -> Result<Component, String> {
    let text = decode(bytes);
    if text.contains('\u{FFFD}') && std::str::from_utf8(bytes).is_err() {
        return Err("it has letters that are not UTF-8".to_owned());
    }
    let whole = lines::parse(&format!("BEGIN:VCALENDAR\r\n{text}\r\nEND:VCALENDAR\r\n"))?;
    let part = whole.components().next().cloned();
    part.ok_or_else(|| "there is nothing in it".to_owned())
}

/// The events of one UID, or one without.
#[derive(Debug)]
pub struct Object {
    /// Where floating times are meant, as its producer says.
    zone: Option<String>,
    /// Each with its line.
    parts: Vec<(u64, Component)>,
}

/// Reads the events of a file for the second time.
pub struct Objects<'a, R> {
    scanner: Scanner<R>,
    index: &'a Index,
    zone: Option<String>,
    held: HashMap<Name, Held>,
    bytes: usize,
    /// UIDs whose events lie too far apart.
    given_up: HashSet<Name>,
}

#[derive(Default)]
struct Held {
    parts: Vec<(u64, Vec<u8>)>,
    /// Events of the UID that were seen, readable or not.
    seen: u32,
}

impl<'a, R: BufRead> Objects<'a, R> {
    /// The events of the file that `index` is of.
    pub fn new(from: R, index: &'a Index) -> Self {
        Self {
            scanner: Scanner::new(from),
            index,
            zone: None,
            held: HashMap::new(),
            bytes: 0,
            given_up: HashSet::new(),
        }
    }

    /// What comes next; `None` at the end.
    ///
    /// # Errors
    /// The file cannot be read any further.
    pub fn read(&mut self) -> io::Result<Option<Result<Object, Vec<Fault>>>> {
        while let Some(piece) = self.scanner.next()? {
            match piece {
                Piece::Zone(zone) => self.zone = super::zones::known(&zone),
                Piece::Broken(line, code, detail) => return Ok(Some(Err(vec![Fault::row(line, code, detail)]))),
                Piece::Part { is_event: false, .. } => {}
                Piece::Part { line, .. } => {
                    if let Some(found) = self.event(line) {
                        return Ok(Some(found));
                    }
                }
            }
        }
        // Events of which others could not be read.
        let Some(left) = self.held.keys().next().copied() else {
            return Ok(None);
        };
        let held = self.held.remove(&left).unwrap_or_default();
        Ok(Some(self.object(held.parts)))
    }

    fn event(&mut self, line: u64) -> Option<Result<Object, Vec<Fault>>> {
        let part = std::mem::take(&mut self.scanner.part);
        let name = name(&part);
        let count = name.and_then(|name| self.index.counts.get(&name)).copied().unwrap_or(1);
        let Some(name) = name.filter(|_| count > 1) else {
            return Some(self.object(vec![(line, part)]));
        };
        if count > MAX_OF_UID || self.given_up.contains(&name) || self.bytes + part.len() > MAX_HELD {
            self.given_up.insert(name);
            let dropped = self.held.remove(&name).unwrap_or_default();
            self.bytes -= dropped.parts.iter().map(|(_, part)| part.len()).sum::<usize>();
            let detail = "too many events of this file have the same UID, or they lie too far apart; sort the file by UID, or split it";
            let lines = dropped.parts.iter().map(|(line, _)| *line).chain([line]);
            return Some(Err(lines
                .map(|line| Fault::row(line, "uid_too_often", detail))
                .collect()));
        }
        self.bytes += part.len();
        let held = self.held.entry(name).or_default();
        held.parts.push((line, part));
        held.seen += 1;
        if held.seen < count {
            return None;
        }
        let held = self.held.remove(&name)?;
        self.bytes -= held.parts.iter().map(|(_, part)| part.len()).sum::<usize>();
        Some(self.object(held.parts))
    }

    fn object(&self, raw: Vec<(u64, Vec<u8>)>) -> Result<Object, Vec<Fault>> {
        let (mut parts, mut faults) = (Vec::with_capacity(raw.len()), Vec::new());
        for (line, bytes) in raw {
            match part(&bytes) {
                Ok(part) => parts.push((line, part)),
                Err(reason) => {
                    let code = if reason.contains("UTF-8") {
                        "wrong_encoding"
                    } else {
                        "event_unreadable"
                    };
                    let detail = format!(
                        "the event cannot be read: {reason}; save the file as UTF-8 calendar again, or mend the event"
                    );
                    faults.push(Fault::row(line, code, detail));
                }
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Object {
            zone: self.zone.clone(),
            parts,
        })
    }
}
