//! JSON batches: at most twenty calls in one (docs: json-batching.md). Each passes the front door by itself.

use std::collections::BTreeMap;

use actix_web::http::Method;
use serde_json::{Value, json};

use super::{
    errors::Refusal,
    routes,
    server::{Answer, Incoming, Shared, carry_out, written},
};

/// Calls in one batch at most.
const MOST: usize = 20;

/// One answer inside.
struct Answered {
    status: u16,
    headers: Vec<(String, String)>,
    body: Option<Value>,
}

impl Answered {
    fn json(&self, id: &str) -> Value {
        let headers: serde_json::Map<String, Value> = self.headers.iter().map(|(n, v)| (n.clone(), json!(v))).collect();
        let mut all = json!({"id": id, "status": self.status, "headers": headers});
        if let Some(body) = &self.body {
            all["body"] = body.clone();
        }
        all
    }
}

/// `POST $batch`.
pub(crate) async fn batch(shared: &Shared, outer: &Incoming) -> Result<Answer, Refusal> {
    let body: Value = serde_json::from_slice(&outer.body)
        .map_err(|_| Refusal::bad("BadRequest", "Unable to read JSON request payload."))?;
    let steps = body["requests"].as_array().cloned().unwrap_or_default();
    if steps.is_empty() || steps.len() > MOST {
        return Err(Refusal::bad(
            "BadRequest",
            "Number of batch request steps must be between 1 and the maximum value of 20.",
        ));
    }
    let id = |step: &Value| step["id"].as_str().unwrap_or_default().to_string();
    let mut seen = std::collections::BTreeSet::new();
    for step in &steps {
        if id(step).is_empty() || !seen.insert(id(step)) {
            return Err(Refusal::bad(
                "BadRequest",
                "Every request of a batch needs an id of its own.",
            ));
        }
        if depends(step).iter().any(|other| !steps.iter().any(|s| id(s) == *other)) {
            return Err(Refusal::bad(
                "BadRequest",
                "dependsOn names a request that is not in the batch.",
            ));
        }
    }
    let most = shared.lock().limits.concurrent_per_mailbox;
    let mut done: BTreeMap<String, Answered> = BTreeMap::new();
    let mut answers = Vec::new();
    while done.len() < steps.len() {
        // All that need not wait run at the same time, and a mailbox takes four at a time.
        let ready: Vec<Value> = steps
            .iter()
            .filter(|s| !done.contains_key(&id(s)) && depends(s).iter().all(|d| done.contains_key(d)))
            .cloned()
            .collect();
        if ready.is_empty() {
            return Err(Refusal::bad("BadRequest", "dependsOn goes round in a circle."));
        }
        for (at, step) in ready.iter().enumerate() {
            let failed = depends(step)
                .iter()
                .any(|d| done.get(d).is_some_and(|a| a.status >= 400));
            let answered = if failed {
                let refusal = Refusal::new(424, "FailedDependency", "Dependent request failed.");
                finished(shared, outer, Err(refusal))
            } else if most.is_some_and(|most| at >= most) {
                finished(shared, outer, Err(Refusal::throttled("MailboxConcurrency", 1)))
            } else {
                one(shared, outer, step).await
            };
            answers.push(answered.json(&id(step)));
            done.insert(id(step), answered);
        }
    }
    Ok(Answer::json(200, json!({"responses": answers})))
}

fn depends(step: &Value) -> Vec<String> {
    step["dependsOn"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|d| d.as_str().map(String::from))
        .collect()
}

async fn one(shared: &Shared, outer: &Incoming, step: &Value) -> Answered {
    let url = step["url"].as_str().unwrap_or_default();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let mut headers: Vec<(String, String)> = step["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap_or_default().to_string()))
        .collect();
    headers.extend(
        outer
            .headers
            .iter()
            .filter(|(name, _)| name == "authorization")
            .cloned(),
    );
    let method = Method::from_bytes(step["method"].as_str().unwrap_or_default().to_uppercase().as_bytes())
        .unwrap_or(Method::GET);
    let incoming = Incoming {
        path: path.trim_start_matches('/').to_string(),
        query: query.to_string(),
        headers,
        body: if step["body"].is_null() {
            Vec::new()
        } else {
            step["body"].to_string().into_bytes()
        },
        base: outer.base.clone(),
        method,
    };
    let route = routes::find(&incoming.method, &incoming.path);
    let operation = route.as_ref().map_or("none", |r| r.operation);
    let effects = {
        let mut state = shared.lock();
        let token = incoming.header("authorization").and_then(|h| h.strip_prefix("Bearer "));
        let account = token.and_then(|t| state.auth.account_of(t));
        state
            .bench
            .strike(operation, account.as_deref(), incoming.query.contains("deltatoken="))
    };
    let outcome = match effects.iter().find_map(super::errors::ordered) {
        Some(refusal) => Err(refusal),
        None if operation == "graph.batch" => Err(Refusal::bad("BadRequest", "A batch cannot hold a batch.")),
        None => carry_out(shared, &incoming, route.as_ref(), false).await,
    };
    finished(shared, &incoming, outcome)
}

fn finished(shared: &Shared, incoming: &Incoming, outcome: Result<Answer, Refusal>) -> Answered {
    let (status, headers, body) = written(shared, incoming, outcome, &[]);
    Answered { status, headers, body }
}
