//! What every simulator's control plane has: a virtual clock, a journal, faults on order, marks to come back to.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use actix_web::{HttpRequest, HttpResponse, http::Method};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    faults::{self, Effect, Fault},
    journal::Recorded,
};

/// A control verb that could not be carried out.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct ControlError(pub String);

/// What a control verb answers: JSON, or nothing.
pub(crate) type Outcome = Result<Option<Value>, ControlError>;

/// Clock, journal and faults of one simulator.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bench {
    /// How far the virtual clock is ahead of the real one.
    pub(crate) offset: SignedDuration,
    pub(crate) faults: Vec<Fault>,
    pub(crate) journal: VecDeque<Recorded>,
    pub(crate) recorded: u64,
    /// Where the row of random numbers stands.
    pub(crate) dice: u64,
}

impl Bench {
    /// Now on the virtual clock.
    pub(crate) fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        now.checked_add(self.offset).unwrap_or(now)
    }

    /// The effects on one call; counts it.
    pub(crate) fn strike(&mut self, operation: &str, account: Option<&str>, syncing: bool) -> Vec<Effect> {
        let now = self.now();
        faults::strike(&mut self.faults, &mut self.dice, operation, account, syncing, now)
    }

    /// Calls of one operation, oldest first; without one, all.
    pub(crate) fn calls(&self, operation: Option<&str>) -> Vec<Recorded> {
        let wanted = |one: &&Recorded| operation.is_none_or(|name| one.operation == name);
        self.journal.iter().filter(wanted).cloned().collect()
    }

    /// A state that is come back to keeps the present clock and journal.
    pub(crate) fn keep(&mut self, now: Bench) {
        self.offset = now.offset;
        (self.journal, self.recorded) = (now.journal, now.recorded);
    }

    fn clock(&self) -> Value {
        json!({"now": self.now().to_string(), "offsetSeconds": self.offset.as_secs()})
    }
}

/// The verbs every control plane has over HTTP; `None` for others.
pub(crate) fn act(bench: &mut Bench, method: &Method, path: &[&str], body: &Value, query: &str) -> Option<Outcome> {
    Some(match (method.as_str(), path) {
        ("GET", ["clock"]) => Ok(Some(bench.clock())),
        ("POST", ["clock"]) => {
            match (body["advanceSeconds"].as_i64(), body["offsetSeconds"].as_i64()) {
                (Some(by), None) => bench.offset = bench.offset.saturating_add(SignedDuration::from_secs(by)),
                (None, Some(to)) => bench.offset = SignedDuration::from_secs(to),
                _ => return Some(Err(ControlError("give advanceSeconds or offsetSeconds".into()))),
            }
            Ok(Some(bench.clock()))
        }
        ("GET", ["journal"]) => {
            let wanted = url::form_urlencoded::parse(query.as_bytes())
                .find(|(k, _)| k == "operation")
                .map(|(_, v)| v);
            Ok(Some(json!({"items": bench.calls(wanted.as_deref())})))
        }
        ("DELETE", ["journal"]) => {
            bench.journal.clear();
            Ok(None)
        }
        ("GET", ["faults"]) => Ok(Some(json!({"items": bench.faults}))),
        ("DELETE", ["faults"]) => {
            bench.faults.clear();
            Ok(None)
        }
        ("POST", ["seed"]) => {
            bench.dice = body["seed"].as_u64().unwrap_or_default();
            Ok(None)
        }
        _ => return None,
    })
}

/// Reads a request below `/_control`, has it carried out by `act` and answers.
pub(crate) fn answer(
    request: &HttpRequest,
    body: &[u8],
    act: impl FnOnce(&Method, &[&str], &Value, &str) -> Option<Outcome>,
) -> HttpResponse {
    let path: Vec<String> = request
        .uri()
        .path()
        .trim_start_matches("/_control/")
        .trim_end_matches('/')
        .split('/')
        .map(|s| {
            url::form_urlencoded::parse(format!("x={}", s.replace('+', "%2B")).as_bytes())
                .next()
                .map(|(_, v)| v.into_owned())
                .unwrap_or_default()
        })
        .collect();
    let words: Vec<&str> = path.iter().map(String::as_str).collect();
    let body: Value = if body.is_empty() {
        Value::Null
    } else {
        match serde_json::from_slice(body) {
            Ok(body) => body,
            Err(problem) => return HttpResponse::BadRequest().json(json!({"error": problem.to_string()})),
        }
    };
    match act(request.method(), &words, &body, request.query_string()) {
        Some(Ok(Some(answer))) => HttpResponse::Ok().json(answer),
        Some(Ok(None)) => HttpResponse::NoContent().finish(),
        Some(Err(problem)) => HttpResponse::BadRequest().json(json!({"error": problem.to_string()})),
        None => HttpResponse::NotFound().json(json!({"error": "no such verb; see the module documentation"})),
    }
}

/// What all workers of a simulator share.
pub(crate) struct Shared<S> {
    state: Mutex<S>,
    /// States kept to come back to.
    pub(crate) marks: Mutex<Vec<S>>,
}

impl<S> Shared<S> {
    pub(crate) fn new(state: S) -> Self {
        Self {
            state: Mutex::new(state),
            marks: Mutex::default(),
        }
    }

    /// The state. Never held across an await.
    pub(crate) fn lock(&self) -> MutexGuard<'_, S> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
