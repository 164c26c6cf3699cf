//! Events as JSON: one array, an event on each line, so that programs can take it whole or line by line. Read are arrays
//! and plain lines, however they are broken; a value at a time, so that memory is one event.

use std::io::{self, BufRead, Write};

use serde_json::{Map, Value};

use super::{
    csv::{Column, HEADER, Target, at},
    directory::Directory,
    draft::{Draft, Existing},
    fault::{Fault, shown},
    patch::Patch,
};
use crate::{
    event::EXTERNAL_ID,
    time::{self, Disambiguation, EventTime, TimeError},
};

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

/// The fields as columns, for the planner to name in faults.
pub fn json_columns() -> Vec<Column> {
    let column = |target: &Target| Column {
        name: target.to_string(),
        target: Some(target.clone()),
    };
    HEADER.iter().map(column).collect()
}

/// Largest event, in bytes.
const MAX_EVENT: usize = 1024 * 1024;

/// Reads what [`JsonWriter`] writes, and what people made of it.
pub struct JsonReader<'a, R> {
    from: R,
    directory: &'a Directory,
    /// Where events go that name no calendar.
    calendar: Option<&'a str>,
    columns: Vec<Column>,
    line: u64,
    event: Vec<u8>,
    /// Behind something broken: where the next event begins is looked for.
    lost: bool,
}

/// A piece of the file.
enum Piece {
    Event,
    Broken(&'static str),
    TooLarge,
}

impl<'a, R: BufRead> JsonReader<'a, R> {
    /// Reads `from`. Events that name no calendar go to `calendar`, a name or id.
    pub fn new(from: R, directory: &'a Directory, calendar: Option<&'a str>) -> Self {
        Self {
            from,
            directory,
            calendar,
            columns: json_columns(),
            line: 1,
            event: Vec::new(),
            lost: false,
        }
    }

    /// The next event, or everything that is wrong with it; `None` at the end.
    ///
    /// # Errors
    /// The file cannot be read any further.
    pub fn read(&mut self) -> io::Result<Option<Result<Draft, Vec<Fault>>>> {
        let Some((line, piece)) = self.piece()? else {
            return Ok(None);
        };
        let fault = |code, detail: String| Err(vec![Fault::row(line, code, detail)]);
        Ok(Some(match piece {
            Piece::TooLarge => fault("event_too_large", format!("the event has more than {MAX_EVENT} bytes")),
            Piece::Broken(what) => fault(
                "not_json",
                format!("{what}; write the events as the export does, one object each"),
            ),
            Piece::Event => match serde_json::from_slice::<Value>(&self.event) {
                Ok(Value::Object(event)) => self.draft(line, event),
                Ok(_) => fault("not_an_event", "an event is an object between braces".to_owned()),
                Err(error) => fault("not_json", format!("the event cannot be read: {error}")),
            },
        }))
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.from.fill_buf()?.first().copied())
    }

    fn take(&mut self) -> io::Result<Option<u8>> {
        let next = self.peek()?;
        if let Some(byte) = next {
            self.from.consume(1);
            self.line += u64::from(byte == b'\n');
        }
        Ok(next)
    }

    /// The bytes of the next value, into `self.event`.
    fn piece(&mut self) -> io::Result<Option<(u64, Piece)>> {
        loop {
            match self.peek()? {
                None => return Ok(None),
                Some(b'{') => break,
                // Between values; the mark with which some programs begin a file.
                Some(b'[' | b']' | b',' | b' ' | b'\t' | b'\r' | b'\n' | 0xEF | 0xBB | 0xBF) => {}
                Some(_) if self.lost => {}
                Some(_) => {
                    self.lost = true;
                    return Ok(Some((self.line, Piece::Broken("there is something that is no event"))));
                }
            }
            self.take()?;
        }
        self.lost = false;
        self.event.clear();
        let (line, mut depth, mut quoted, mut escaped, mut large) = (self.line, 0_usize, false, false, false);
        while let Some(byte) = self.take()? {
            large |= self.event.len() >= MAX_EVENT;
            if !large {
                self.event.push(byte);
            }
            match byte {
                _ if escaped => escaped = false,
                b'\n' if quoted => {
                    self.lost = true;
                    return Ok(Some((line, Piece::Broken("a text does not end on its line"))));
                }
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b'{' | b'[' if !quoted => depth += 1,
                b'}' | b']' if !quoted => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let piece = if large { Piece::TooLarge } else { Piece::Event };
                return Ok(Some((line, piece)));
            }
        }
        Ok(Some((line, Piece::Broken("the file ends within an event"))))
    }

    fn draft(&self, line: u64, mut event: Map<String, Value>) -> Result<Draft, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut fault = |name: &str, code, detail: String| {
            let target = Target::try_from(name.to_owned()).ok();
            faults.push(Fault {
                column: target.and_then(|target| at(&self.columns, &target)),
                ..Fault::row(line, code, detail)
            });
        };
        let mut draft = Draft {
            line,
            ..Draft::default()
        };
        let mut calendar = None;
        let places = [
            ("id", &mut draft.id),
            ("etag", &mut draft.etag),
            ("uid", &mut draft.uid),
            ("calendar", &mut calendar),
        ];
        for (name, place) in places {
            match event.remove(name) {
                None | Some(Value::Null) => {}
                Some(Value::String(text)) => *place = Some(text).filter(|text| !text.is_empty()),
                Some(_) => fault(name, "not_a_text", format!("{name} must be a text")),
            }
        }
        match event.remove("content") {
            Some(Value::Object(content)) => draft.patch = patch(content, &mut fault),
            _ => fault(
                "",
                "content_missing",
                "the event has no content, an object with title, start and end".to_owned(),
            ),
        }
        for name in event.keys() {
            fault(
                "",
                "unknown_field",
                format!("{} is not a field of an event here", shown(name)),
            );
        }
        let metadata = draft.patch.metadata.as_ref();
        draft.external_id = metadata
            .and_then(|all| all.get(EXTERNAL_ID))
            .filter(|key| !key.is_empty())
            .cloned();
        let wanted = calendar.as_deref().or(self.calendar.filter(|_| draft.id.is_none()));
        if wanted.is_some() || draft.id.is_none() {
            match self.directory.find(wanted, None) {
                Ok(found) => draft.calendar = Some(found.id.clone()),
                Err(error) => fault("calendar", error.code(), error.to_string()),
            }
        }
        for (name, time) in [("start", &draft.patch.start), ("end", &draft.patch.end)] {
            if let Some((code, detail)) = time.as_ref().and_then(unclear) {
                let target = Target::try_from(name.to_owned()).ok();
                draft.unclear.push(Fault {
                    column: target.and_then(|target| at(&self.columns, &target)),
                    ..Fault::row(line, code, detail)
                });
            }
        }
        if faults.is_empty() { Ok(draft) } else { Err(faults) }
    }
}

/// A wall time without a single reading.
fn unclear(time: &EventTime) -> Option<(&'static str, String)> {
    let EventTime::Zoned { date_time, time_zone } = time else {
        return None;
    };
    match time::resolve(*date_time, time_zone, Disambiguation::Reject) {
        Err(error @ TimeError::Gap { .. }) => Some(("time_does_not_exist", error.to_string())),
        Err(error @ TimeError::Fold { .. }) => Some(("time_is_ambiguous", error.to_string())),
        _ => None,
    }
}

/// Fields that only providers write; an export holds them.
const OF_PROVIDERS: [&str; 3] = ["organizer", "conference", "kind"];

/// What the content says. A field that is null is empty; one that is not there is left alone.
fn patch(content: Map<String, Value>, fault: &mut impl FnMut(&str, &'static str, String)) -> Patch {
    let mut good = Map::new();
    for (name, value) in content {
        if OF_PROVIDERS.contains(&name.as_str()) {
            continue;
        }
        let value = match value {
            Value::Null if matches!(name.as_str(), "description" | "location" | "colour") => {
                Value::String(String::new())
            }
            Value::Null => continue,
            value => value,
        };
        let known = Target::try_from(name.clone()).is_ok() && name != "entries";
        let one = Value::Object(Map::from_iter([(name.clone(), value.clone())]));
        match serde_json::from_value::<Patch>(one) {
            Ok(patch) if known && patch != Patch::default() => {
                good.insert(name, value);
            }
            Ok(_) => fault(
                "",
                "unknown_field",
                format!("{} is not a field of an event here", shown(&name)),
            ),
            Err(error) => fault(&name, "wrong_value", format!("{name}: {error}")),
        }
    }
    serde_json::from_value(Value::Object(good)).unwrap_or_default()
}
