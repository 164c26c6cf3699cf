//! `$filter`, the useful part of it (docs: filter-query-parameter.md, singlevaluelegacyextendedproperty-get.md).

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::Value;

use super::errors::Refusal;

/// A condition that has been understood.
#[derive(Debug, Clone)]
pub(crate) enum Filter {
    Both(Box<Filter>, Box<Filter>),
    Either(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Compare(String, String, Value),
    Starts(String, String),
    Contains(String, String),
    /// Some item of a list fulfils the condition; inside, paths begin with the name given to it.
    Any(String, String, Box<Filter>),
}

#[derive(Debug, Clone, PartialEq)]
enum Word {
    Name(String),
    Text(String),
    Open,
    Close,
    Comma,
    Colon,
}

fn bad(text: &str) -> Refusal {
    Refusal::bad("BadRequest", format!("Invalid filter clause: {text}"))
}

fn words(text: &str) -> Result<Vec<Word>, Refusal> {
    let mut all = Vec::new();
    let letters: Vec<char> = text.chars().collect();
    let mut at = 0;
    while let Some(letter) = letters.get(at) {
        at += 1;
        match letter {
            ' ' => {}
            '(' => all.push(Word::Open),
            ')' => all.push(Word::Close),
            ',' => all.push(Word::Comma),
            '\'' => {
                let mut inner = String::new();
                loop {
                    match (letters.get(at), letters.get(at + 1)) {
                        (Some('\''), Some('\'')) => {
                            inner.push('\'');
                            at += 2;
                        }
                        (Some('\''), _) => {
                            at += 1;
                            break;
                        }
                        (Some(other), _) => {
                            inner.push(*other);
                            at += 1;
                        }
                        (None, _) => return Err(bad("unterminated string literal")),
                    }
                }
                all.push(Word::Text(inner));
            }
            other => {
                let mut name = String::from(*other);
                while let Some(next) = letters.get(at).filter(|c| !matches!(c, ' ' | '(' | ')' | ',' | '\'')) {
                    at += 1;
                    name.push(*next);
                    // `ep:ep/id` names the item, `08:00` is a time.
                    if *next == ':' && !name.starts_with(|c: char| c.is_ascii_digit()) {
                        break;
                    }
                }
                match name.strip_suffix(':') {
                    Some(name) => all.extend([Word::Name(name.into()), Word::Colon]),
                    None => all.push(Word::Name(name)),
                }
            }
        }
    }
    Ok(all)
}

struct Reader {
    words: Vec<Word>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Word> {
        self.words.get(self.at)
    }

    fn next(&mut self) -> Option<Word> {
        self.at += 1;
        self.words.get(self.at - 1).cloned()
    }

    fn expect(&mut self, wanted: &Word) -> Result<(), Refusal> {
        if self.next().as_ref() == Some(wanted) {
            Ok(())
        } else {
            Err(bad("syntax error"))
        }
    }

    fn is(&self, name: &str) -> bool {
        self.peek() == Some(&Word::Name(name.into()))
    }

    fn either(&mut self) -> Result<Filter, Refusal> {
        let mut left = self.both()?;
        while self.is("or") {
            self.at += 1;
            left = Filter::Either(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Filter, Refusal> {
        let mut left = self.one()?;
        while self.is("and") {
            self.at += 1;
            left = Filter::Both(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Filter, Refusal> {
        match self.next() {
            Some(Word::Open) => {
                let inner = self.either()?;
                self.expect(&Word::Close)?;
                Ok(inner)
            }
            Some(Word::Name(name)) if name == "not" => Ok(Filter::Not(Box::new(self.one()?))),
            Some(Word::Name(name)) if matches!(name.as_str(), "startswith" | "contains") => {
                self.expect(&Word::Open)?;
                let (Some(Word::Name(path)), Some(Word::Comma), Some(Word::Text(text)), Some(Word::Close)) =
                    (self.next(), self.next(), self.next(), self.next())
                else {
                    return Err(bad("a function needs a property and a text"));
                };
                Ok(if name == "contains" {
                    Filter::Contains(path, text)
                } else {
                    Filter::Starts(path, text)
                })
            }
            Some(Word::Name(path)) if path.ends_with("/any") || path.ends_with("/Any") => {
                let list = path.get(..path.len() - 4).unwrap_or_default().to_string();
                self.expect(&Word::Open)?;
                let Some(Word::Name(item)) = self.next() else {
                    return Err(bad("any needs a name"));
                };
                self.expect(&Word::Colon)?;
                let inner = self.either()?;
                self.expect(&Word::Close)?;
                Ok(Filter::Any(list, item, Box::new(inner)))
            }
            Some(Word::Name(path)) => {
                let Some(Word::Name(operator)) = self.next() else {
                    return Err(bad("an operator is missing"));
                };
                if !matches!(operator.as_str(), "eq" | "ne" | "ge" | "gt" | "le" | "lt") {
                    return Err(bad(&format!("unknown operator '{operator}'")));
                }
                let value = match self.next() {
                    Some(Word::Text(text)) => Value::String(text),
                    Some(Word::Name(name)) => match name.as_str() {
                        "true" => Value::Bool(true),
                        "false" => Value::Bool(false),
                        "null" => Value::Null,
                        _ => name.parse::<i64>().map_or(Value::String(name), Value::from),
                    },
                    _ => return Err(bad("a value is missing")),
                };
                Ok(Filter::Compare(path, operator, value))
            }
            _ => Err(bad("syntax error")),
        }
    }
}

impl Filter {
    /// # Errors
    /// 400.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let mut reader = Reader {
            words: words(text)?,
            at: 0,
        };
        let filter = reader.either()?;
        if reader.peek().is_some() {
            return Err(bad("syntax error"));
        }
        Ok(filter)
    }

    /// Whether an event, as it is presented in UTC, fulfils it.
    pub(crate) fn holds(&self, of: &Value) -> bool {
        match self {
            Self::Both(a, b) => a.holds(of) && b.holds(of),
            Self::Either(a, b) => a.holds(of) || b.holds(of),
            Self::Not(a) => !a.holds(of),
            Self::Compare(path, operator, value) => compare(at(of, path), operator, value),
            Self::Starts(path, text) => at(of, path)
                .as_str()
                .is_some_and(|t| t.to_lowercase().starts_with(&text.to_lowercase())),
            Self::Contains(path, text) => at(of, path)
                .as_str()
                .is_some_and(|t| t.to_lowercase().contains(&text.to_lowercase())),
            Self::Any(list, item, inner) => at(of, list).as_array().into_iter().flatten().any(|one| {
                let scope = serde_json::json!({ item: one });
                inner.holds(&scope)
            }),
        }
    }
}

/// The value at a path such as `start/dateTime`.
pub(crate) fn at<'a>(of: &'a Value, path: &str) -> &'a Value {
    path.split('/')
        .fold(of, |value, step| value.get(step).unwrap_or(&Value::Null))
}

fn moment(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>()
        .ok()
        .or_else(|| TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok())
}

fn compare(have: &Value, operator: &str, want: &Value) -> bool {
    use std::cmp::Ordering;
    let order = match (have, want) {
        (Value::String(a), Value::String(b)) => match (moment(a), moment(b)) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => Some(a.cmp(b)),
        },
        (Value::Number(a), Value::Number(b)) => a.as_f64().partial_cmp(&b.as_f64()),
        (a, b) if a == b => Some(Ordering::Equal),
        _ => None,
    };
    match operator {
        "eq" => order == Some(Ordering::Equal),
        "ne" => order != Some(Ordering::Equal),
        "gt" => order == Some(Ordering::Greater),
        "lt" => order == Some(Ordering::Less),
        "ge" => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        "le" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        _ => false,
    }
}
