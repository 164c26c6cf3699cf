//! The journal of calls: everything a client sent but its secrets.

use actix_web::HttpRequest;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{bench::Bench, faults::Effect, wire::text_header};

/// A call as it came in, without its secrets.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recorded {
    /// Counts up from one.
    pub number: u64,
    /// On the virtual clock.
    pub at: Timestamp,
    /// HTTP method as sent.
    pub method: String,
    /// Path as sent.
    pub path: String,
    /// Query as sent.
    pub query: String,
    /// The provider's name (`calendar.events.list`), `oauth.token` and the like, or `none`.
    pub operation: String,
    /// Whose token it carried.
    pub account: Option<String>,
    /// Without `authorization` and cookies.
    pub headers: Vec<(String, String)>,
    /// JSON, a form as object with its secrets masked, or text.
    pub body: Option<Value>,
    /// Answered with; `None` when the connection was cut first.
    pub status: Option<u16>,
    /// Faults that struck it.
    pub faults: Vec<Effect>,
}

/// A mail the provider would have sent.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mail {
    /// On the virtual clock.
    pub at: Timestamp,
    /// `invitation`, `update`, `cancellation` or `reply`.
    pub kind: String,
    /// Calendar id.
    pub calendar: String,
    /// Event id.
    pub event: String,
    /// Title of the event.
    pub summary: String,
    /// Who caused it.
    pub from: String,
    /// Addresses.
    pub to: Vec<String>,
}

/// Calls remembered at most.
const JOURNAL: usize = 10_000;

/// Writes a call into the journal, without its secrets. Returns its number.
pub(crate) fn record(
    bench: &mut Bench,
    request: &HttpRequest,
    operation: &str,
    account: Option<String>,
    query: &str,
    body: &[u8],
) -> u64 {
    const SECRET: [&str; 7] = [
        "authorization",
        "cookie",
        "code",
        "refresh_token",
        "client_secret",
        "code_verifier",
        "token",
    ];
    let headers = request
        .headers()
        .iter()
        .filter(|(name, _)| !SECRET.contains(&name.as_str()))
        .map(|(name, value)| {
            (
                name.as_str().to_string(),
                value.to_str().unwrap_or_default().to_string(),
            )
        })
        .collect();
    let form = text_header(request, "content-type").is_some_and(|t| t.starts_with("application/x-www-form-urlencoded"));
    let body = if form {
        let pairs = url::form_urlencoded::parse(body)
            .map(|(k, v)| {
                let value = if SECRET.contains(&k.as_ref()) {
                    json!("…")
                } else {
                    json!(v)
                };
                (k.into_owned(), value)
            })
            .collect();
        Some(Value::Object(pairs))
    } else if body.is_empty() {
        None
    } else {
        Some(serde_json::from_slice(body).unwrap_or_else(|_| json!(String::from_utf8_lossy(body))))
    };
    bench.recorded += 1;
    let recorded = Recorded {
        number: bench.recorded,
        at: bench.now(),
        method: request.method().to_string(),
        path: request.uri().path().to_string(),
        query: query.to_string(),
        operation: operation.into(),
        account,
        headers,
        body,
        status: None,
        faults: Vec::new(),
    };
    keep(bench, recorded)
}

/// Writes down that a message of ours suffered: nobody calls for those.
pub(crate) fn suffered(bench: &mut Bench, operation: &str, account: &str, effects: &[Effect]) {
    bench.recorded += 1;
    let recorded = Recorded {
        number: bench.recorded,
        at: bench.now(),
        method: "POST".into(),
        path: String::new(),
        query: String::new(),
        operation: operation.into(),
        account: Some(account.into()),
        headers: Vec::new(),
        body: None,
        status: None,
        faults: effects.to_vec(),
    };
    keep(bench, recorded);
}

fn keep(bench: &mut Bench, recorded: Recorded) -> u64 {
    bench.journal.push_back(recorded);
    if bench.journal.len() > JOURNAL {
        bench.journal.pop_front();
    }
    bench.recorded
}

/// Adds the outcome to a journal entry.
pub(crate) fn note(bench: &mut Bench, number: u64, status: u16, effects: &[Effect]) {
    if let Some(entry) = bench.journal.iter_mut().rev().find(|e| e.number == number) {
        entry.status = (status > 0).then_some(status);
        entry.faults = effects.to_vec();
    }
}
