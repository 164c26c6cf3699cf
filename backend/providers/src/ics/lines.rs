//! Content lines and components (RFC 5545 §3.1, §3.6): unfolded to be understood, kept as written to be given back.

use std::fmt::Write;

/// One content line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Upper case.
    pub name: String,
    /// Parameters in their order, names in upper case, quotes taken off.
    pub params: Vec<(String, String)>,
    /// Unfolded, still escaped.
    pub value: String,
    /// As it stood in the text, folds and line ends included.
    raw: String,
}

/// What stands between `BEGIN` and `END`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// `VCALENDAR`, `VEVENT`, …
    pub name: String,
    /// In the order of the text.
    pub items: Vec<Item>,
    begin: String,
    end: String,
}

/// A line or a component inside another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A property.
    Line(Line),
    /// A component.
    Component(Component),
}

/// Components deeper than this are an attack, not a calendar.
const DEEPEST: usize = 8;

/// Reads the `VCALENDAR` of a text.
///
/// # Errors
/// For people: what is wrong with the text as a whole. A line that is no content line is kept and means nothing.
pub fn parse(text: &str) -> Result<Component, String> {
    let text = text.trim_start_matches('\u{feff}');
    let mut open: Vec<Component> = Vec::new();
    let mut whole = None;
    for raw in logical(text) {
        let line = Line::read(raw);
        if whole.is_some() {
            // What a second calendar holds would be hidden by the first.
            if line.name == "BEGIN" && line.value.trim().eq_ignore_ascii_case("VCALENDAR") {
                return Err("it holds more than one calendar".into());
            }
            continue;
        }
        match line.name.as_str() {
            "BEGIN" => {
                if open.len() >= DEEPEST {
                    return Err("components are nested too deeply".into());
                }
                open.push(Component {
                    name: line.value.trim().to_ascii_uppercase(),
                    items: Vec::new(),
                    begin: raw.to_owned(),
                    end: String::new(),
                });
            }
            "END" => {
                let Some(mut done) = open.pop() else {
                    return Err("END without BEGIN".into());
                };
                if done.name != line.value.trim().to_ascii_uppercase() {
                    return Err(format!("{} ends as {}", done.name, line.value.trim()));
                }
                raw.clone_into(&mut done.end);
                match open.last_mut() {
                    Some(parent) => parent.items.push(Item::Component(done)),
                    None if done.name == "VCALENDAR" => whole = Some(done),
                    None => {}
                }
            }
            _ => {
                if let Some(component) = open.last_mut() {
                    component.items.push(Item::Line(line));
                }
            }
        }
    }
    if let Some(whole) = whole {
        return Ok(whole);
    }
    Err(match open.last() {
        Some(component) => format!("{} does not end", component.name),
        None => "it is not an iCalendar object".into(),
    })
}

/// Splits into logical lines, folds and line ends kept inside.
fn logical(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        if at >= bytes.len() {
            return None;
        }
        let from = at;
        loop {
            at = bytes
                .get(at..)
                .and_then(|rest| rest.iter().position(|b| *b == b'\n'))
                .map_or(bytes.len(), |n| at + n + 1);
            if !matches!(bytes.get(at), Some(b' ' | b'\t')) {
                return text.get(from..at);
            }
        }
    })
}

impl Line {
    /// A new line.
    pub fn new(name: &str, params: &[(&str, &str)], value: &str) -> Self {
        let mut text = name.to_owned();
        for (key, content) in params {
            let _infallible = write!(text, ";{}", parameter(key, content));
        }
        text.push(':');
        text.push_str(value);
        Self {
            name: name.to_owned(),
            params: params.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            value: value.to_owned(),
            raw: fold(&text),
        }
    }

    /// A line whose value is text.
    pub fn text(name: &str, value: &str) -> Self {
        Self::new(name, &[], &escape(value))
    }

    /// The value of a parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The same line with one parameter set.
    #[must_use]
    pub fn with_param(&self, name: &str, value: &str) -> Self {
        self.rewritten(name, Some(value))
    }

    /// The same line without a parameter.
    #[must_use]
    pub fn without_param(&self, name: &str) -> Self {
        self.rewritten(name, None)
    }

    /// The same line with another value.
    #[must_use]
    pub fn with_value(&self, value: &str) -> Self {
        let text = self.unfolded();
        let (head, _) = split_head(&text);
        Self::read(&fold(&format!("{head}:{value}")))
    }

    /// The other parameters stay as they are written: some hold lists of quoted values.
    fn rewritten(&self, name: &str, value: Option<&str>) -> Self {
        let text = self.unfolded();
        let (head, content) = split_head(&text);
        let is_meant = |piece: &str| {
            let key = piece.split_once('=').map(|(key, _)| key.trim());
            key.is_some_and(|key| key.eq_ignore_ascii_case(name))
        };
        let pieces = split_quoted(head, ';');
        let at = pieces.iter().copied().position(is_meant).unwrap_or(pieces.len());
        let mut kept: Vec<String> = pieces
            .into_iter()
            .filter(|piece| !is_meant(piece))
            .map(str::to_owned)
            .collect();
        if let Some(value) = value {
            kept.insert(at.min(kept.len()), parameter(name, value));
        }
        Self::read(&fold(&format!("{}:{content}", kept.join(";"))))
    }

    /// The value as text (RFC 5545 §3.3.11).
    pub fn unescaped(&self) -> String {
        unescape(&self.value)
    }

    /// The line unfolded, without its end.
    pub fn unfolded(&self) -> String {
        unfold(&self.raw)
    }

    fn read(raw: &str) -> Self {
        let text = unfold(raw);
        let (head, value) = split_head(&text);
        let mut pieces = split_quoted(head, ';').into_iter();
        let name = pieces.next().unwrap_or_default().trim().to_ascii_uppercase();
        let params = pieces
            .filter_map(|piece| piece.split_once('='))
            .map(|(key, value)| (key.trim().to_ascii_uppercase(), decode_param(value)))
            .collect();
        Self {
            name,
            params,
            value: value.to_owned(),
            raw: raw.to_owned(),
        }
    }
}

fn decode_param(value: &str) -> String {
    let value = value.trim();
    let inner = value
        .strip_prefix('"')
        .and_then(|v| v.strip_suffix('"'))
        .unwrap_or(value);
    let mut text = String::with_capacity(value.len());
    let mut chars = inner.chars().peekable();
    while let Some(c) = chars.next() {
        let spelt = match (c, chars.peek()) {
            ('^', Some('n')) => Some('\n'),
            ('^', Some('\'')) => Some('"'),
            ('^', Some('^')) => Some('^'),
            _ => None,
        };
        if spelt.is_some() {
            chars.next();
        }
        text.push(spelt.unwrap_or(c));
    }
    text
}

/// `KEY=value`, quoted where it must be; RFC 6868 spells what a quoted value cannot hold.
fn parameter(key: &str, value: &str) -> String {
    let value = value.replace('^', "^^").replace('\n', "^n").replace('"', "^'");
    let quote = if value.contains([':', ';', ',']) || value.trim() != value {
        "\""
    } else {
        ""
    };
    format!("{key}={quote}{value}{quote}")
}

/// At the first colon that is not inside quotes.
fn split_head(text: &str) -> (&str, &str) {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ':' if !quoted => return (text.get(..at).unwrap_or(""), text.get(at + 1..).unwrap_or("")),
            _ => {}
        }
    }
    (text, "")
}

fn split_quoted(text: &str, separator: char) -> Vec<&str> {
    let (mut quoted, mut from, mut pieces) = (false, 0, Vec::new());
    for (at, c) in text.char_indices() {
        if c == '"' {
            quoted = !quoted;
        } else if c == separator && !quoted {
            pieces.extend(text.get(from..at));
            from = at + c.len_utf8();
        }
    }
    pieces.extend(text.get(from..));
    pieces
}

fn unfold(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    for (n, line) in raw.split_inclusive('\n').enumerate() {
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        text.push_str(if n == 0 { line } else { line.get(1..).unwrap_or("") });
    }
    text
}

/// Folds at 75 octets, never inside a character (RFC 5545 §3.1), and ends the line.
fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len() + 8);
    let mut octets = 0;
    // A control character other than a tab cannot be said in a content line.
    for c in text.chars().filter(|c| !c.is_control() || *c == '\t') {
        if octets + c.len_utf8() > 75 {
            folded.push_str("\r\n ");
            octets = 1;
        }
        folded.push(c);
        octets += c.len_utf8();
    }
    folded.push_str("\r\n");
    folded
}

/// Escapes a text value.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").replace('\r', "\n").chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            ';' => escaped.push_str("\\;"),
            ',' => escaped.push_str("\\,"),
            '\n' => escaped.push_str("\\n"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The reverse of [`escape`]; a backslash before anything else means itself.
pub fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match chars.next() {
            Some('n' | 'N') => text.push('\n'),
            Some(c @ ('\\' | ';' | ',' | ':' | '"')) => text.push(c),
            Some(c) => text.extend(['\\', c]),
            None => text.push('\\'),
        }
    }
    text
}

impl Component {
    /// An empty component.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            items: Vec::new(),
            begin: format!("BEGIN:{name}\r\n"),
            end: format!("END:{name}\r\n"),
        }
    }

    /// Its lines, without those of components inside.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.items.iter().filter_map(|item| match item {
            Item::Line(line) => Some(line),
            Item::Component(_) => None,
        })
    }

    /// The components inside.
    pub fn components(&self) -> impl Iterator<Item = &Self> {
        self.items.iter().filter_map(|item| match item {
            Item::Component(component) => Some(component),
            Item::Line(_) => None,
        })
    }

    /// The components inside, to be changed.
    pub fn components_mut(&mut self) -> impl Iterator<Item = &mut Self> {
        self.items.iter_mut().filter_map(|item| match item {
            Item::Component(component) => Some(component),
            Item::Line(_) => None,
        })
    }

    /// The first line of that name.
    pub fn line(&self, name: &str) -> Option<&Line> {
        self.lines().find(|line| line.name == name)
    }

    /// Adds a line behind the other lines.
    pub fn push(&mut self, line: Line) {
        let at = self
            .items
            .iter()
            .position(|item| matches!(item, Item::Component(_)))
            .unwrap_or(self.items.len());
        self.items.insert(at, Item::Line(line));
    }

    /// Puts `lines` in the place of all lines called `name`; behind the others when there were none.
    pub fn replace(&mut self, name: &str, lines: Vec<Line>) {
        let at = self
            .items
            .iter()
            .position(|item| matches!(item, Item::Line(line) if line.name == name));
        self.items
            .retain(|item| !matches!(item, Item::Line(line) if line.name == name));
        match at {
            Some(at) => {
                let at = at.min(self.items.len());
                self.items.splice(at..at, lines.into_iter().map(Item::Line));
            }
            None => lines.into_iter().for_each(|line| self.push(line)),
        }
    }

    /// The text, untouched lines byte for byte as they were.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) {
        text.push_str(&self.begin);
        for item in &self.items {
            match item {
                Item::Line(line) => text.push_str(&line.raw),
                Item::Component(component) => component.write(text),
            }
        }
        text.push_str(&self.end);
    }
}

#[cfg(test)]
#[path = "tests/lines.rs"]
#[allow(clippy::unwrap_used)]
mod tests;
