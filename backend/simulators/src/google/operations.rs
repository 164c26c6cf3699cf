//! The table of contents of Calendar v3, read from Google's discovery document: which path and method is which
//! operation, which parameters and scopes it knows. What is not in the table does not exist.

use std::{collections::BTreeMap, sync::LazyLock};

use actix_web::http::Method;
use serde::Deserialize;

use super::errors::Refusal;

/// One operation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Operation {
    #[serde(skip)]
    pub(crate) id: String,
    http_method: String,
    path: String,
    params: BTreeMap<String, Parameter>,
    /// Short names: `calendar.events` for `https://www.googleapis.com/auth/calendar.events`.
    pub(crate) scopes: Vec<String>,
    /// Name of the body's schema.
    pub(crate) request: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Parameter {
    location: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    repeated: bool,
    #[serde(default, rename = "enum")]
    allowed: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    global_params: Vec<String>,
    operations: BTreeMap<String, Operation>,
}

static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
    let text = include_str!("../../schemas/google-calendar-v3.operations.json");
    let mut document = serde_json::from_str(text).unwrap_or_else(|_| Document {
        global_params: Vec::new(),
        operations: BTreeMap::new(),
    });
    for (id, operation) in &mut document.operations {
        operation.id.clone_from(id);
    }
    document
});

/// What a request line means.
pub(crate) enum Match {
    /// An operation with its path parameters, decoded.
    Found(&'static Operation, BTreeMap<String, String>),
    /// The path exists, the method does not.
    WrongMethod,
    /// Nothing of the kind.
    Nothing,
}

/// Finds the operation for a raw (still encoded) path. Words win over placeholders.
pub(crate) fn find(method: &Method, path: &str) -> Match {
    let segments: Vec<String> = path.trim_end_matches('/').split('/').map(decode).collect();
    let mut path_exists = false;
    let mut best: Option<(&'static Operation, BTreeMap<String, String>)> = None;
    for operation in DOCUMENT.operations.values() {
        let Some(parameters) = match_path(&operation.path, &segments) else {
            continue;
        };
        path_exists = true;
        if operation.http_method == method.as_str() && best.as_ref().is_none_or(|(_, p)| parameters.len() < p.len()) {
            best = Some((operation, parameters));
        }
    }
    match best {
        Some((operation, parameters)) => Match::Found(operation, parameters),
        None if path_exists => Match::WrongMethod,
        None => Match::Nothing,
    }
}

fn match_path(template: &str, segments: &[String]) -> Option<BTreeMap<String, String>> {
    let mut parameters = BTreeMap::new();
    let mut wanted = template.split('/');
    let mut given = segments.iter();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(parameters),
            (Some(want), Some(have)) => match want.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
                Some(name) if !have.is_empty() => {
                    parameters.insert(name.to_string(), have.clone());
                }
                None if want == have => {}
                _ => return None,
            },
            _ => return None,
        }
    }
}

fn decode(segment: &str) -> String {
    url::form_urlencoded::parse(format!("x={}", segment.replace('+', "%2B")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// The query of a call, checked against the operation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Parses and checks.
    ///
    /// # Errors
    /// 400 for a parameter the operation does not know, a wrong type, or a word that is not allowed.
    pub(crate) fn parse(operation: &Operation, text: &str) -> Result<Self, Refusal> {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(text.as_bytes())
            .map(|(k, v)| (k.into_owned(), v.into_owned()))
            .collect();
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in &pairs {
            let Some(parameter) = operation.params.get(name).filter(|p| p.location == "query") else {
                if DOCUMENT.global_params.contains(name) || name.starts_with("$.") {
                    continue;
                }
                return Err(Refusal::bad_request(format!(
                    "Invalid JSON payload received. Unknown name \"{name}\": Cannot bind query parameter. Field '{name}' could not be found in request message."
                )));
            };
            if seen.contains(&name.as_str()) && !parameter.repeated {
                return Err(Refusal::parameter(name, format!("Repeated value for: {name}")));
            }
            seen.push(name);
            let fits = match parameter.kind.as_str() {
                "integer" => value.parse::<i64>().is_ok(),
                "boolean" => matches!(value.as_str(), "true" | "false" | "True" | "False"),
                _ => parameter.allowed.is_empty() || parameter.allowed.contains(value),
            };
            if !fits {
                return Err(Refusal::parameter(
                    name,
                    format!("Invalid value for: Invalid value at '{name}': {value}"),
                ));
            }
        }
        for (name, parameter) in &operation.params {
            if parameter.required && parameter.location == "query" && !seen.contains(&name.as_str()) {
                return Err(Refusal::required(format!("Required parameter: {name}")).at_parameter(name));
            }
        }
        Ok(Self(pairs))
    }

    /// The first value.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// All values of a repeated parameter.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.0
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
            .collect()
    }

    /// A boolean; absent is false.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|v| v.eq_ignore_ascii_case("true"))
    }

    /// An integer.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(|v| v.parse().ok())
    }

    /// An RFC 3339 time with offset.
    ///
    /// # Errors
    /// 400 `badRequest`.
    pub(crate) fn time(&self, name: &str) -> Result<Option<jiff::Timestamp>, Refusal> {
        self.get(name)
            .map(|text| {
                text.parse()
                    .map_err(|_| Refusal::bad_request("Bad Request").at_parameter(name))
            })
            .transpose()
    }

    /// The parameters that shape a listing, for comparing two calls: everything but paging and presentation.
    pub(crate) fn shape(&self) -> String {
        const IGNORED: [&str; 6] = [
            "pageToken",
            "maxResults",
            "maxAttendees",
            "alwaysIncludeEmail",
            "timeZone",
            "syncToken",
        ];
        let mut kept: Vec<String> = self
            .0
            .iter()
            .filter(|(n, _)| {
                !IGNORED.contains(&n.as_str()) && !DOCUMENT.global_params.contains(n) && !n.starts_with('$')
            })
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        kept.sort();
        kept.join("&")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn import_is_not_an_event_id_and_encoded_addresses_are_decoded() {
        let Match::Found(operation, parameters) =
            find(&Method::POST, "/calendar/v3/calendars/a%40b.example/events/import")
        else {
            panic!("not found")
        };
        assert_eq!(operation.id, "calendar.events.import");
        assert_eq!(parameters["calendarId"], "a@b.example");
        assert!(matches!(
            find(&Method::PUT, "/calendar/v3/freeBusy"),
            Match::WrongMethod
        ));
        assert!(matches!(find(&Method::GET, "/calendar/v3/nothing"), Match::Nothing));
    }
}
