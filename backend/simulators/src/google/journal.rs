//! The journal of calls: everything a client sent but its secrets.

use actix_web::HttpRequest;
use serde_json::{Value, json};

use super::{control::Recorded, faults::Effect, server::text_header, store::State};

/// Calls remembered at most.
const JOURNAL: usize = 10_000;

/// Writes a call into the journal, without its secrets. Returns its number.
pub(crate) fn record(
    state: &mut State,
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
    state.recorded += 1;
    let recorded = Recorded {
        number: state.recorded,
        at: state.now(),
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
    keep(state, recorded)
}

/// Writes down that a message of ours suffered: nobody calls for those.
pub(crate) fn suffered(state: &mut State, operation: &str, account: &str, effects: &[Effect]) {
    state.recorded += 1;
    let recorded = Recorded {
        number: state.recorded,
        at: state.now(),
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
    keep(state, recorded);
}

fn keep(state: &mut State, recorded: Recorded) -> u64 {
    state.journal.push_back(recorded);
    if state.journal.len() > JOURNAL {
        state.journal.pop_front();
    }
    state.recorded
}

/// Adds the outcome to a journal entry.
pub(crate) fn note(state: &mut State, number: u64, status: u16, effects: &[Effect]) {
    if let Some(entry) = state.journal.iter_mut().rev().find(|e| e.number == number) {
        entry.status = (status > 0).then_some(status);
        entry.faults = effects.to_vec();
    }
}
