//! The grammar of a field, and what to say where a text is not of it.
//!
//! ```text
//! field      = { text | "{{" expression "}}" }
//! expression = string | counter | list | path [ shift ] [ "as" string ]
//! counter    = "n" { ( "start" | "step" | "pad" ) number }
//! list       = "list" string { "," string }
//! path       = word { "." ( word | string ) }
//! shift      = ( "+" | "-" ) number ( "minute" | "hour" | "day" | "week" | "month" | "year" ) [ "s" ]
//! string     = '"' { any character but '"' } '"'
//! ```

use jiff::Span;
use serde::Serialize;

use super::MAX_FIELD;

/// A part of a field.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// As it is.
    Text(String),
    /// To be filled in; with its place, for errors that show only then.
    Expression(usize, Expression),
}

#[derive(Debug, Clone)]
pub(super) enum Expression {
    Text(String),
    Counter {
        start: i64,
        step: i64,
        pad: usize,
    },
    List(Vec<String>),
    Path {
        names: Vec<String>,
        shift: Option<Span>,
        format: Option<String>,
    },
}

/// Why a field cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("character {position}: {detail}")]
pub struct SyntaxError {
    /// The character at which it goes wrong; the first is 1.
    pub position: usize,
    /// What was expected, and what is there.
    pub detail: String,
}

/// Reads a field.
pub(super) fn parse(text: &str) -> Result<Vec<Part>, SyntaxError> {
    let mut cursor = Cursor { text, at: 0 };
    if text.len() > MAX_FIELD {
        return Err(cursor.error(format!("the text is longer than {MAX_FIELD} bytes")));
    }
    let mut parts = Vec::new();
    loop {
        let rest = cursor.rest();
        let Some(begin) = rest.find("{{") else {
            if !rest.is_empty() {
                parts.push(Part::Text(rest.to_owned()));
            }
            return Ok(parts);
        };
        let (before, _) = rest.split_at(begin);
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        cursor.at += begin + 2;
        cursor.blanks();
        let position = cursor.position();
        let expression = cursor.expression()?;
        cursor.blanks();
        if !cursor.sign("}}") {
            return Err(cursor.expected("}}"));
        }
        parts.push(Part::Expression(position, expression));
    }
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

const UNITS: [&str; 6] = ["minute", "hour", "day", "week", "month", "year"];

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn position(&self) -> usize {
        self.text.get(..self.at).unwrap_or_default().chars().count() + 1
    }

    fn error(&self, detail: String) -> SyntaxError {
        SyntaxError {
            position: self.position(),
            detail,
        }
    }

    fn expected(&self, what: &str) -> SyntaxError {
        let next: String = self.rest().chars().take(12).collect();
        let found = if next.is_empty() {
            "the end".to_owned()
        } else {
            format!("“{next}”")
        };
        self.error(format!("{what} was expected, not {found}"))
    }

    fn blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = self.rest().starts_with(sign);
        self.at += if found { sign.len() } else { 0 };
        found
    }

    fn word(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let word = rest.get(..end).filter(|word| !word.is_empty())?;
        self.at += end;
        Some(word)
    }

    fn string(&mut self) -> Result<String, SyntaxError> {
        self.blanks();
        if !self.sign("\"") {
            return Err(self.expected("a text in double quotes"));
        }
        let Some((text, _)) = self.rest().split_once('"') else {
            self.at = self.text.len();
            return Err(self.expected("a closing quote"));
        };
        self.at += text.len() + 1;
        Ok(text.to_owned())
    }

    fn number(&mut self) -> Result<i64, SyntaxError> {
        self.blanks();
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        match rest.get(..end).unwrap_or_default().parse::<u32>() {
            Ok(number) => {
                self.at += end;
                Ok(number.into())
            }
            Err(_) => Err(self.expected("a number below four thousand million")),
        }
    }

    fn expression(&mut self) -> Result<Expression, SyntaxError> {
        if self.rest().starts_with('"') {
            return self.string().map(Expression::Text);
        }
        let Some(first) = self.word() else {
            return Err(self.expected("a name such as client.name, n, list or a text in double quotes"));
        };
        match first {
            "n" => self.counter(),
            "list" => self.list(),
            name => self.path(name),
        }
    }

    fn counter(&mut self) -> Result<Expression, SyntaxError> {
        let (mut start, mut step, mut pad) = (1, 1, 0);
        loop {
            self.blanks();
            let before = self.at;
            match self.word() {
                Some("start") => start = self.number()?,
                Some("step") => step = self.number()?,
                Some("pad") => pad = usize::try_from(self.number()?).unwrap_or(0).min(20),
                _ => {
                    self.at = before;
                    return Ok(Expression::Counter { start, step, pad });
                }
            }
        }
    }

    fn list(&mut self) -> Result<Expression, SyntaxError> {
        let mut items = vec![self.string()?];
        loop {
            self.blanks();
            if !self.sign(",") {
                return Ok(Expression::List(items));
            }
            items.push(self.string()?);
        }
    }

    fn path(&mut self, first: &str) -> Result<Expression, SyntaxError> {
        let mut names = vec![first.to_owned()];
        while self.sign(".") {
            let name = if self.rest().starts_with('"') {
                self.string()?
            } else {
                let word = self.word().map(str::to_owned);
                word.ok_or_else(|| self.expected("a name after the dot, in double quotes if it has blanks"))?
            };
            names.push(name);
        }
        let (mut shift, mut format) = (None, None);
        self.blanks();
        if let Some(later) = self
            .sign("+")
            .then_some(true)
            .or_else(|| self.sign("-").then_some(false))
        {
            let span = self.shift()?;
            shift = Some(if later { span } else { -span });
            self.blanks();
        }
        let before = self.at;
        if self.word() == Some("as") {
            format = Some(self.string()?);
        } else {
            self.at = before;
        }
        Ok(Expression::Path { names, shift, format })
    }

    fn shift(&mut self) -> Result<Span, SyntaxError> {
        let count = self.number()?;
        self.blanks();
        let begin = self.at;
        let unit = self.word().unwrap_or_default();
        let unit = unit.strip_suffix('s').unwrap_or(unit);
        let span = match UNITS.iter().position(|one| *one == unit) {
            Some(0) => Span::new().try_minutes(count),
            Some(1) => Span::new().try_hours(count),
            Some(2) => Span::new().try_days(count),
            Some(3) => Span::new().try_weeks(count),
            Some(4) => Span::new().try_months(count),
            Some(_) => Span::new().try_years(count),
            None => {
                self.at = begin;
                return Err(self.expected("minutes, hours, days, weeks, months or years"));
            }
        };
        span.map_err(|_| {
            self.at = begin;
            self.error("that is longer than all calendars".to_owned())
        })
    }
}
