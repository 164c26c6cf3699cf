//! Query options and `Prefer` (docs: query-parameters.md, outlook-immutable-id.md, user-list-events.md).

use serde_json::Value;

use super::{errors::Refusal, filter::Filter, schema, time};

/// What a caller asked of the answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    pub(crate) select: Option<Vec<String>>,
    pub(crate) filter: Option<Filter>,
    /// Path and whether downwards.
    pub(crate) order: Vec<(String, bool)>,
    pub(crate) top: Option<usize>,
    pub(crate) skip: usize,
    pub(crate) count: bool,
    /// Ids of single-value extended properties asked for.
    pub(crate) single: Vec<String>,
    /// Ids of multi-value extended properties asked for.
    pub(crate) multi: Vec<String>,
    /// `extensions`, `exceptionOccurrences` and the like, that need no filter.
    pub(crate) expand: Vec<String>,
    pub(crate) start: Option<String>,
    pub(crate) end: Option<String>,
    pub(crate) delta_token: Option<String>,
    pub(crate) skip_token: Option<String>,
    /// As sent, without `$skip`, for next links.
    pub(crate) pairs: Vec<(String, String)>,
}

/// Wishes about how things are written.
#[derive(Debug, Clone)]
pub(crate) struct Prefer {
    pub(crate) zone: String,
    pub(crate) immutable: bool,
    pub(crate) page: Option<usize>,
    pub(crate) text: bool,
    /// What was honoured, for `Preference-Applied`.
    pub(crate) applied: Vec<String>,
}

impl Default for Prefer {
    fn default() -> Self {
        Self {
            zone: "UTC".into(),
            immutable: false,
            page: None,
            text: false,
            applied: Vec::new(),
        }
    }
}

impl Prefer {
    /// Reads the headers. Unknown wishes are not heard, as RFC 7240 says.
    ///
    /// # Errors
    /// 400 for a zone that is none.
    pub(crate) fn parse<'a>(headers: impl Iterator<Item = &'a str>) -> Result<Self, Refusal> {
        let mut prefer = Self::default();
        for wish in headers.flat_map(|header| header.split(',')) {
            let (name, value) = wish.split_once('=').unwrap_or((wish, ""));
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "outlook.timezone" => {
                    time::known(value)?;
                    prefer.zone = value.into();
                    prefer.applied.push(format!("outlook.timezone=\"{value}\""));
                }
                "idtype" if value.eq_ignore_ascii_case("ImmutableId") => {
                    prefer.immutable = true;
                    prefer.applied.push("IdType=\"ImmutableId\"".into());
                }
                "odata.maxpagesize" => {
                    prefer.page = value.parse().ok().filter(|n| (1..=1000).contains(n));
                    if prefer.page.is_some() {
                        prefer.applied.push(format!("odata.maxpagesize={value}"));
                    }
                }
                "outlook.body-content-type" => {
                    prefer.text = value.eq_ignore_ascii_case("text");
                    prefer.applied.push(format!("outlook.body-content-type=\"{value}\""));
                }
                _ => {}
            }
        }
        Ok(prefer)
    }
}

impl Query {
    /// Reads a query string. `of` is the type of the answer.
    ///
    /// # Errors
    /// 400 naming the option.
    pub(crate) fn parse(query: &str, of: &str) -> Result<Self, Refusal> {
        let mut all = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()).into_owned() {
            if value.is_empty() && name.is_empty() {
                continue;
            }
            let number = || {
                value.parse::<usize>().map_err(|_| {
                    Refusal::bad(
                        "BadRequest",
                        format!("Invalid value '{value}' for {name} query option found."),
                    )
                })
            };
            // Graph takes the options with and without the dollar sign.
            match name.trim_start_matches('$').to_ascii_lowercase().as_str() {
                "select" => all.select = Some(select(&value, of)?),
                "filter" => all.filter = Some(Filter::parse(&value)?),
                "orderby" => all.order = order(&value)?,
                "top" => {
                    let top = number()?;
                    if !(1..=1000).contains(&top) {
                        return Err(Refusal::bad(
                            "BadRequest",
                            format!("Invalid value '{value}' for $top query option found."),
                        ));
                    }
                    all.top = Some(top);
                }
                "skip" => {
                    all.skip = number()?;
                    continue;
                }
                "count" => all.count = value == "true",
                "expand" => all.expansions(&value)?,
                "startdatetime" => all.start = Some(value.clone()),
                "enddatetime" => all.end = Some(value.clone()),
                "deltatoken" => all.delta_token = Some(value.clone()),
                "skiptoken" => all.skip_token = Some(value.clone()),
                "search" => {
                    return Err(Refusal::bad(
                        "SearchEvents",
                        "The $search query parameter is not supported for events.",
                    ));
                }
                "changetype" => {}
                _ if name.starts_with('$') => {
                    return Err(Refusal::bad(
                        "BadRequest",
                        format!("The query parameter '{name}' is not supported."),
                    ));
                }
                _ => {}
            }
            all.pairs.push((name, value));
        }
        Ok(all)
    }

    fn expansions(&mut self, text: &str) -> Result<(), Refusal> {
        for one in split_top(text) {
            let (name, inner) = one.split_once('(').unwrap_or((one, ""));
            match name.trim() {
                kind @ ("singleValueExtendedProperties" | "multiValueExtendedProperties") => {
                    let ids: Vec<String> = quoted(inner);
                    if !inner.contains("$filter=") || ids.is_empty() {
                        return Err(Refusal::bad(
                            "ErrorInvalidUrlQueryFilter",
                            format!("The $expand of {kind} needs a $filter on id."),
                        ));
                    }
                    let list = if kind.starts_with('s') {
                        &mut self.single
                    } else {
                        &mut self.multi
                    };
                    list.extend(ids);
                }
                known @ ("extensions" | "exceptionOccurrences" | "attachments" | "calendar") => {
                    self.expand.push(known.to_string());
                }
                other => {
                    return Err(Refusal::bad(
                        "BadRequest",
                        format!(
                            "Parsing OData Select and Expand failed: Could not find a property named '{other}' on type 'microsoft.graph.event'."
                        ),
                    ));
                }
            }
        }
        Ok(())
    }

    /// Keeps what was selected; `id` and what OData adds always stay.
    pub(crate) fn pick(&self, value: Value) -> Value {
        match (&self.select, value) {
            (Some(names), Value::Object(mut fields)) => {
                fields.retain(|key, _| {
                    key.contains('@')
                        || key == "id"
                        || names.iter().any(|n| n == key)
                        || self.expand.contains(key)
                        || (key.ends_with("ExtendedProperties"))
                });
                Value::Object(fields)
            }
            (_, value) => value,
        }
    }

    /// The pairs of a next link.
    pub(crate) fn link(&self, more: &[(&str, String)]) -> String {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(&self.pairs);
        for (name, value) in more {
            text.append_pair(name, value);
        }
        text.finish().replace("%24", "$")
    }
}

fn select(text: &str, of: &str) -> Result<Vec<String>, Refusal> {
    let mut names = Vec::new();
    for name in text.split(',').map(str::trim).filter(|n| !n.is_empty()) {
        if of == "any" || name == "*" || schema::names(of).any(|known| known == name) {
            names.push(name.to_string());
        } else {
            return Err(Refusal::bad(
                "BadRequest",
                format!(
                    "Parsing OData Select and Expand failed: Could not find a property named '{name}' on type 'microsoft.graph.{of}'."
                ),
            ));
        }
    }
    Ok(names)
}

fn order(text: &str) -> Result<Vec<(String, bool)>, Refusal> {
    text.split(',')
        .map(|one| {
            let mut words = one.split_whitespace();
            let path = words.next().unwrap_or_default().to_string();
            match words.next() {
                None | Some("asc") => Ok((path, false)),
                Some("desc") => Ok((path, true)),
                Some(other) => Err(Refusal::bad(
                    "BadRequest",
                    format!("Syntax error in $orderby: '{other}'."),
                )),
            }
        })
        .collect()
}

/// Splits at commas outside of parentheses.
fn split_top(text: &str) -> Vec<&str> {
    let (mut depth, mut from, mut parts) = (0_i32, 0, Vec::new());
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(text.get(from..at).unwrap_or_default());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(from..).unwrap_or_default());
    parts
}

fn quoted(text: &str) -> Vec<String> {
    text.split('\'').skip(1).step_by(2).map(String::from).collect()
}
