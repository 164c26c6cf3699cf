//! The front door: one way in for every call of Graph. In order: which operation, what fault is on order, whether the
//! mailbox is busy, who calls, with which permissions; then the operation; then how the answer leaves.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, StatusCode},
    web,
};
use serde_json::{Value, json};

use crate::{
    faults::Effect,
    journal::{note, record},
    wire::{after, bearer, before, text_header},
};

use super::{
    errors::{Refusal, ordered, request_id},
    query::{Prefer, Query},
    routes::{self, Route},
    schema,
    store::State,
    subscriptions,
};

/// What all workers share.
pub(crate) type Shared = crate::bench::Shared<State>;

/// A call as it came in, alone or inside a batch.
pub(crate) struct Incoming {
    pub(crate) method: Method,
    /// Below `/v1.0`, without a slash in front.
    pub(crate) path: String,
    pub(crate) query: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// `http://127.0.0.1:1234`, as the caller knows it.
    pub(crate) base: String,
}

impl Incoming {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// A call that has passed the door.
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    /// Whose mailbox it is about; it is the caller's own.
    pub(crate) owner: String,
    /// Of a path that names one.
    pub(crate) calendar: Option<String>,
    pub(crate) event: Option<String>,
    /// The last segment some operations have (an extension, a subscription, a group).
    pub(crate) name: Option<String>,
    pub(crate) query: Query,
    pub(crate) prefer: Prefer,
    /// `null` where there is none.
    pub(crate) body: Value,
    pub(crate) if_match: Option<String>,
    /// The address without its query, for links.
    pub(crate) here: String,
    /// Where Graph is, for links.
    pub(crate) root: String,
}

impl Call {
    /// # Errors
    /// 412 when the caller named another version.
    pub(crate) fn check_match(&self, revision: u64) -> Result<(), Refusal> {
        let (tag, key) = (super::store::etag(revision), super::store::change_key(revision));
        match self.if_match.as_deref().map(str::trim) {
            Some(wanted) if wanted != "*" && wanted != tag && wanted.trim_matches('"') != key => {
                Err(Refusal::conflict())
            }
            _ => Ok(()),
        }
    }

    /// `@odata.context` of an answer.
    pub(crate) fn context(&self, what: &str) -> String {
        format!("{}/$metadata#{what}", self.root)
    }
}

/// What an operation answers.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Option<Value>,
    pub(crate) headers: Vec<(String, String)>,
}

impl Answer {
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self {
            status,
            body: Some(body),
            headers: Vec::new(),
        }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            body: None,
            headers: Vec::new(),
        }
    }
}

/// The address a caller knows the simulator by.
pub(crate) fn base(state: &State, request: &HttpRequest) -> String {
    let host = text_header(request, "host");
    match (&state.tls, host) {
        (Some(tls), Some(host)) if host.rsplit(':').next() == tls.rsplit(':').next() => format!("https://{host}"),
        _ => state.base_url.clone(),
    }
}

/// A place at a mailbox; it is free again when this is dropped.
struct Place {
    shared: web::Data<Shared>,
    account: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(count) = self.shared.lock().busy.get_mut(&self.account) {
            *count = count.saturating_sub(1);
        }
    }
}

/// Four calls of an application at one mailbox at a time (docs: throttling-limits.md, “Outlook service limits”).
fn take_place(shared: &web::Data<Shared>, account: Option<&str>) -> Result<Option<Place>, Refusal> {
    let Some(account) = account else { return Ok(None) };
    let mut state = shared.lock();
    let most = state.limits.concurrent_per_mailbox;
    let count = state.busy.entry(account.to_string()).or_default();
    if most.is_some_and(|most| *count >= most) {
        return Err(Refusal::throttled("MailboxConcurrency", 1));
    }
    *count += 1;
    Ok(Some(Place {
        shared: shared.clone(),
        account: account.to_string(),
    }))
}

/// Every request below `/v1.0`.
pub(crate) async fn graph(request: HttpRequest, body: web::Bytes, shared: web::Data<Shared>) -> HttpResponse {
    let path = request.uri().path().trim_start_matches("/v1.0/").to_string();
    let headers = request.headers().iter();
    let mut incoming = Incoming {
        method: request.method().clone(),
        path,
        query: request.query_string().to_string(),
        headers: headers
            .map(|(n, v)| (n.as_str().to_string(), v.to_str().unwrap_or_default().to_string()))
            .collect(),
        body: body.to_vec(),
        base: String::new(),
    };
    let route = routes::find(&incoming.method, &incoming.path);
    let operation = route.as_ref().map_or("none", |r| r.operation);
    let (number, effects, account) = {
        let mut state = shared.lock();
        incoming.base = base(&state, &request);
        let account = bearer(&request).and_then(|token| state.auth.account_of(&token));
        let number = record(
            &mut state.bench,
            &request,
            operation,
            account.clone(),
            &incoming.query,
            &body,
        );
        let syncing = incoming.query.contains("deltatoken=") || incoming.query.contains("skiptoken=");
        (
            number,
            state.bench.strike(operation, account.as_deref(), syncing),
            account,
        )
    };
    let place = take_place(&shared, account.as_deref());
    if let Some(cut) = before(&request, &effects).await {
        note(&mut shared.lock().bench, number, 0, &effects);
        return cut;
    }
    let outcome = match (effects.iter().find_map(ordered), &place) {
        (Some(refusal), _) => Err(refusal),
        (None, Err(busy)) => Err(busy.clone()),
        (None, Ok(_)) if operation == "graph.batch" => super::batch::batch(&shared, &incoming).await,
        (None, Ok(_)) => {
            if effects.contains(&Effect::Duplicate) {
                let _first = carry_out(&shared, &incoming, route.as_ref(), false).await;
            }
            let stale = incoming.method == Method::GET && effects.contains(&Effect::StaleRead);
            carry_out(&shared, &incoming, route.as_ref(), stale).await
        }
    };
    drop(place);
    let (status, headers, body) = written(&shared, &incoming, outcome, &effects);
    let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::OK));
    for (name, value) in headers {
        response.insert_header((name, value));
    }
    note(&mut shared.lock().bench, number, status, &effects);
    let response = match body {
        Some(body) => response.body(body.to_string()),
        None => response.finish(),
    };
    after(&request, response, &effects).await
}

/// Status, headers and body as they leave.
pub(crate) fn written(
    shared: &Shared,
    incoming: &Incoming,
    outcome: Result<Answer, Refusal>,
    effects: &[Effect],
) -> (u16, Vec<(String, String)>, Option<Value>) {
    let request = request_id();
    let client = incoming.header("client-request-id").unwrap_or(&request).to_string();
    let mut headers = vec![
        ("request-id".to_string(), request.clone()),
        ("client-request-id".to_string(), client.clone()),
    ];
    let answer = outcome.unwrap_or_else(|refusal| {
        let date = shared.lock().now().strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let mut answer = Answer::json(refusal.status, refusal.json(&request, &client, &date));
        if let Some(seconds) = refusal.retry_after {
            answer.headers.push(("Retry-After".into(), seconds.to_string()));
        }
        if let Some(at) = refusal.location {
            answer.headers.push(("Location".into(), at));
        }
        if refusal.status == 401 {
            let challenge =
                "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\"";
            answer.headers.push(("WWW-Authenticate".into(), challenge.into()));
        }
        answer
    });
    headers.extend(answer.headers);
    let body = answer.body.map(|mut body| {
        if effects.contains(&Effect::UnknownFields) {
            decorate(&mut body);
        }
        body
    });
    if body.is_some() {
        let kind = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
        headers.push(("Content-Type".into(), kind.into()));
    }
    (answer.status, headers, body)
}

/// One call, faults aside.
pub(crate) async fn carry_out(
    shared: &Shared,
    incoming: &Incoming,
    route: Option<&Route>,
    stale: bool,
) -> Result<Answer, Refusal> {
    let route = route.ok_or_else(|| {
        Refusal::bad(
            "BadRequest",
            format!("Resource not found for the segment '{}'.", incoming.path),
        )
    })?;
    let call = understood(&mut shared.lock(), incoming, route)?;
    let mut answer = if route.operation == "graph.subscriptions.create" {
        subscriptions::create(shared, &call).await?
    } else {
        let mut state = shared.lock();
        let past = state.past.clone().filter(|_| stale);
        match past {
            Some(mut past) => routes::run(&mut past, &call)?,
            None => routes::run(&mut state, &call)?,
        }
    };
    if !call.prefer.applied.is_empty() {
        answer
            .headers
            .push(("Preference-Applied".into(), call.prefer.applied.join(", ")));
    }
    Ok(answer)
}

/// Who calls, whether they may, and what they want.
fn understood(state: &mut State, incoming: &Incoming, route: &Route) -> Result<Call, Refusal> {
    let token = incoming.header("authorization").and_then(|h| h.strip_prefix("Bearer "));
    let token = token.ok_or_else(|| Refusal::token("Access token is empty."))?;
    let now = state.now();
    let access = match state.auth.access(token.trim(), now) {
        Some((access, true)) => access,
        Some((_, false)) => return Err(Refusal::token("Lifetime validation failed, the token is expired.")),
        None => return Err(Refusal::token("CompactToken parsing failed with error code: 80049217")),
    };
    if !route.scopes.is_empty() && !route.scopes.iter().any(|scope| access.scopes.contains(*scope)) {
        return Err(if route.operation.starts_with("graph.me") {
            Refusal::new(
                403,
                "Authorization_RequestDenied",
                "Insufficient privileges to complete the operation.",
            )
        } else {
            Refusal::access()
        });
    }
    count(state, &access.account)?;
    let owner = match &route.user {
        None => access.account.clone(),
        Some(name) => {
            let found = state
                .accounts
                .values()
                .find(|a| a.email.eq_ignore_ascii_case(name) || a.id == *name);
            let found = found.ok_or_else(|| {
                Refusal::new(
                    404,
                    "ErrorInvalidUser",
                    format!("The requested user '{name}' is invalid."),
                )
            })?;
            if found.email != access.account {
                return Err(Refusal::access());
            }
            found.email.clone()
        }
    };
    let prefer = Prefer::parse(
        incoming
            .headers
            .iter()
            .filter(|(n, _)| n == "prefer")
            .map(|(_, v)| v.as_str()),
    )?;
    let query = Query::parse(&incoming.query, route.answers)?;
    let body = body(incoming, route)?;
    let root = format!("{}/v1.0", incoming.base);
    Ok(Call {
        operation: route.operation,
        owner,
        calendar: route.calendar.clone(),
        event: route.event.clone(),
        name: route.name.clone(),
        query,
        prefer,
        body,
        if_match: incoming.header("if-match").map(String::from),
        here: format!("{root}/{}", incoming.path),
        root,
    })
}

fn body(incoming: &Incoming, route: &Route) -> Result<Value, Refusal> {
    let Some(of) = route.takes else { return Ok(Value::Null) };
    if incoming.body.is_empty() && matches!(of, "accept" | "decline" | "tentativelyAccept" | "cancel") {
        return Ok(json!({}));
    }
    if !incoming
        .header("content-type")
        .is_some_and(|t| t.starts_with("application/json"))
    {
        return Err(Refusal::bad(
            "RequestBodyRead",
            "A missing or empty content type header was found when trying to read a message. The content type header is required.",
        ));
    }
    let body: Value = serde_json::from_slice(&incoming.body).map_err(|_| {
        Refusal::bad("BadRequest", "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
    })?;
    if of != "extension" {
        schema::check(of, &body)?;
    }
    Ok(body)
}

/// 10,000 calls of an application at one mailbox in ten minutes.
fn count(state: &mut State, account: &str) -> Result<(), Refusal> {
    let Some(most) = state.limits.calls_per_ten_minutes else {
        return Ok(());
    };
    let now = state.now();
    let since = now.checked_sub(jiff::SignedDuration::from_mins(10)).unwrap_or(now);
    let calls = state.calls.entry(account.to_string()).or_default();
    while calls.front().is_some_and(|at| *at <= since || *at > now) {
        calls.pop_front();
    }
    if calls.len() >= most {
        let wait = calls
            .front()
            .map_or(1, |first| 600 - now.duration_since(*first).as_secs().clamp(0, 599));
        return Err(Refusal::throttled(
            "MailboxRequestRate",
            u64::try_from(wait).unwrap_or(1),
        ));
    }
    calls.push_back(now);
    Ok(())
}

/// Puts fields nobody knows into an answer, at every level a client reads.
fn decorate(body: &mut Value) {
    if let Some(fields) = body.as_object_mut() {
        for (key, value) in fields.iter_mut() {
            if matches!(
                key.as_str(),
                "value" | "start" | "end" | "attendees" | "organizer" | "recurrence" | "body"
            ) {
                match value {
                    Value::Array(list) => list.iter_mut().for_each(decorate),
                    other => decorate(other),
                }
            }
        }
        fields.insert("xUnknownText".into(), json!("from a newer version"));
        fields.insert("xUnknownObject".into(), json!({"nested": [1, null, {"deep": true}]}));
    }
}
