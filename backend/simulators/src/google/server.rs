//! The front door: one way in for every call of the calendar API. In order: which operation, what fault is on order, who
//! calls, with which scopes, within which limits; then the operation; then how the answer leaves.

use std::collections::BTreeMap;

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::{Method, StatusCode, header},
    web,
};
use serde_json::{Value, json};

use crate::{
    faults::Effect,
    journal::{note, record},
    wire::{after, bearer, before, text_header},
};

use super::{
    acl, calendar_list, calendars, channels,
    errors::{Refusal, ordered},
    events::{instances, list, transfer, write},
    fields, freebusy,
    operations::{self, Match, Operation, Query},
    schema, settings,
    store::{Role, State},
};

/// What all workers share.
pub(crate) type Shared = crate::bench::Shared<State>;

/// A call that has passed the door.
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    pub(crate) actor: String,
    path: BTreeMap<String, String>,
    pub(crate) query: Query,
    /// `null` where there is none.
    pub(crate) body: Value,
    if_match: Option<String>,
}

impl Call {
    /// A path parameter.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// A path parameter some operations do not have.
    pub(crate) fn path_or(&self, name: &str) -> &str {
        self.path(name)
    }

    /// What a page token must find again in the next call.
    pub(crate) fn shape_with_sync(&self) -> String {
        format!(
            "{} {}",
            self.query.shape(),
            self.query.get("syncToken").unwrap_or_default()
        )
    }

    /// # Errors
    /// 412 when the caller named another version.
    pub(crate) fn check_match(&self, current: &str) -> Result<(), Refusal> {
        match &self.if_match {
            Some(wanted) if wanted.trim() != "*" && !wanted.split(',').any(|tag| tag.trim() == current) => {
                Err(Refusal::condition())
            }
            _ => Ok(()),
        }
    }
}

/// What an operation answers.
pub(crate) struct Answer {
    body: Option<Value>,
    etag: Option<String>,
}

impl Answer {
    /// 200 with a body that has its own `etag`.
    pub(crate) fn json(body: Value) -> Self {
        let etag = body["etag"].as_str().map(String::from);
        Self { body: Some(body), etag }
    }

    /// 200 with an ETag.
    pub(crate) fn tagged(body: Value, etag: &str) -> Self {
        Self {
            body: Some(body),
            etag: Some(etag.into()),
        }
    }

    /// 204.
    pub(crate) fn empty() -> Self {
        Self { body: None, etag: None }
    }
}

/// Scopes that open only what is not simulated: public calendars, calendars made by the application, bare busy times.
const ELSEWHERE: [&str; 3] = [
    "calendar.app.created",
    "calendar.events.public.readonly",
    "calendar.events.freebusy",
];

type Handler = fn(&mut State, &Call) -> Result<Answer, Refusal>;

/// What is simulated of Calendar v3.
fn handler(operation: &str) -> Option<Handler> {
    Some(match operation {
        "calendar.calendarList.list" => calendar_list::list,
        "calendar.calendarList.get" => calendar_list::entry,
        "calendar.calendarList.insert" => calendar_list::add_entry,
        "calendar.calendarList.patch" => calendar_list::patch_entry,
        "calendar.calendarList.update" => calendar_list::update_entry,
        "calendar.calendarList.delete" => calendar_list::delete_entry,
        "calendar.calendars.get" => calendars::get,
        "calendar.calendars.insert" => calendars::insert,
        "calendar.calendars.patch" => calendars::patch,
        "calendar.calendars.update" => calendars::update,
        "calendar.calendars.delete" => calendars::delete,
        "calendar.calendars.clear" => calendars::clear,
        "calendar.acl.list" => acl::list,
        "calendar.acl.get" => acl::get,
        "calendar.acl.insert" | "calendar.acl.patch" | "calendar.acl.update" => acl::put,
        "calendar.acl.delete" => acl::delete,
        "calendar.colors.get" => settings::colors,
        "calendar.settings.get" => settings::setting,
        "calendar.settings.list" => settings::settings,
        "calendar.freebusy.query" => freebusy::query,
        "calendar.events.list" => list::list,
        "calendar.events.get" => list::get,
        "calendar.events.insert" => write::insert,
        "calendar.events.import" => transfer::import,
        "calendar.events.patch" => write::patch,
        "calendar.events.update" => write::update,
        "calendar.events.delete" => write::delete,
        "calendar.events.move" => transfer::move_event,
        "calendar.events.quickAdd" => transfer::quick_add,
        "calendar.events.instances" => instances::instances,
        "calendar.events.watch" | "calendar.acl.watch" | "calendar.calendarList.watch" | "calendar.settings.watch" => {
            channels::watch
        }
        "calendar.channels.stop" => channels::stop,
        _ => return None,
    })
}

/// Every request below `/calendar/v3`.
pub(crate) async fn calendar(request: HttpRequest, body: web::Bytes, shared: web::Data<Shared>) -> HttpResponse {
    let mut method = request.method().clone();
    let mut query = request.query_string().to_string();
    let mut body = body;
    // Clients send long GETs this way.
    if let Some(real) = text_header(&request, "x-http-method-override") {
        method = Method::from_bytes(real.as_bytes()).unwrap_or(method);
        if method == Method::GET {
            query = String::from_utf8_lossy(&body).into_owned();
            body = web::Bytes::new();
        }
    }
    let (operation, path) = match operations::find(&method, request.uri().path()) {
        Match::Found(operation, path) => (operation, path),
        Match::WrongMethod | Match::Nothing => {
            let mut state = shared.lock();
            let number = record(&mut state.bench, &request, "none", None, &query, &body);
            note(&mut state.bench, number, 404, &[]);
            return HttpResponse::NotFound()
                .content_type("text/html; charset=UTF-8")
                .body("Not Found");
        }
    };
    let (number, effects) = {
        let mut state = shared.lock();
        let account = bearer(&request).and_then(|token| state.auth.account_of(&token));
        let number = record(
            &mut state.bench,
            &request,
            &operation.id,
            account.clone(),
            &query,
            &body,
        );
        let syncing = query.split('&').any(|p| p.starts_with("syncToken="));
        let effects = state.bench.strike(&operation.id, account.as_deref(), syncing);
        (number, effects)
    };
    if let Some(cut) = before(&request, &effects).await {
        note(&mut shared.lock().bench, number, 0, &effects);
        return cut;
    }
    let response = {
        let mut state = shared.lock();
        let outcome = match effects.iter().find_map(ordered) {
            Some(refusal) => Err(refusal),
            None => {
                if effects.contains(&Effect::Duplicate) {
                    let _first = perform(&mut state, &request, operation, path.clone(), &query, &body);
                }
                let mut past = before_now(&state, &effects).filter(|_| method == Method::GET);
                let seen = past.as_deref_mut().unwrap_or(&mut state);
                perform(seen, &request, operation, path, &query, &body)
            }
        };
        let response = respond(&request, outcome, &query, &effects);
        note(&mut state.bench, number, response.status().as_u16(), &effects);
        response
    };
    after(&request, response, &effects).await
}

/// What a stale read sees. Who may call is always known.
fn before_now(state: &State, effects: &[Effect]) -> Option<Box<State>> {
    let mut past = state.past.clone().filter(|_| effects.contains(&Effect::StaleRead))?;
    past.auth = state.auth.clone();
    Some(past)
}

fn perform(
    state: &mut State,
    request: &HttpRequest,
    operation: &'static Operation,
    path: BTreeMap<String, String>,
    query: &str,
    body: &[u8],
) -> Result<Answer, Refusal> {
    let token = bearer(request).ok_or_else(Refusal::login)?;
    let now = state.now();
    let access = state.auth.access(&token, now).ok_or_else(Refusal::auth)?;
    let granted: Vec<&str> = operation
        .scopes
        .iter()
        .map(String::as_str)
        .filter(|short| {
            access
                .scopes
                .contains(&format!("https://www.googleapis.com/auth/{short}"))
        })
        .filter(|short| !ELSEWHERE.contains(short))
        .collect();
    if granted.is_empty() {
        return Err(Refusal::scopes(&operation.id));
    }
    state.count_call(&access.account, now)?;
    let query = Query::parse(operation, query)?;
    let body = match &operation.request {
        None => Value::Null,
        Some(name) => {
            if !text_header(request, "content-type").is_some_and(|t| t.starts_with("application/json")) {
                return Err(Refusal::bad_request("Request payload must be application/json."));
            }
            let body = serde_json::from_slice(body).map_err(|_| Refusal::new(400, "parseError", "Parse Error"))?;
            schema::check(name, &body)?;
            body
        }
    };
    if granted.iter().all(|short| short.contains(".owned"))
        && let Some(calendar) = path.get("calendarId")
    {
        state.access_at_least(&access.account, calendar, Role::Owner)?;
    }
    let run = handler(&operation.id)
        .ok_or_else(|| Refusal::new(501, "notImplemented", format!("{} is not simulated.", operation.id)))?;
    let call = Call {
        operation: &operation.id,
        actor: access.account,
        path,
        query,
        body,
        if_match: text_header(request, "if-match"),
    };
    run(state, &call)
}

fn respond(request: &HttpRequest, outcome: Result<Answer, Refusal>, query: &str, effects: &[Effect]) -> HttpResponse {
    match outcome {
        Err(refusal) => refused(&refusal),
        Ok(Answer { body: None, .. }) => HttpResponse::NoContent().finish(),
        Ok(Answer {
            body: Some(mut body),
            etag,
        }) => {
            let mut response = HttpResponse::Ok();
            if let Some(etag) = &etag {
                response.insert_header((header::ETAG, etag.as_str()));
                let known = text_header(request, "if-none-match");
                if request.method() == Method::GET && known.is_some_and(|k| k.split(',').any(|t| t.trim() == etag)) {
                    return response.status(StatusCode::NOT_MODIFIED).finish();
                }
            }
            if effects.contains(&Effect::UnknownFields) {
                decorate(&mut body);
            }
            let mask = url::form_urlencoded::parse(query.as_bytes())
                .find(|(k, _)| k == "fields")
                .map(|(_, v)| v.into_owned());
            if let Some(mask) = mask {
                match fields::select(&body, &mask) {
                    Some(kept) => body = kept,
                    None => {
                        let refusal = Refusal::parameter("fields", format!("Invalid field selection {mask}"));
                        return refused(&refusal);
                    }
                }
            }
            json_body(&mut response, &body)
        }
    }
}

/// A refusal as Google words it.
pub(crate) fn refused(refusal: &Refusal) -> HttpResponse {
    let mut response = HttpResponse::build(StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::BAD_REQUEST));
    if let Some(seconds) = refusal.retry_after {
        response.insert_header((header::RETRY_AFTER, seconds.to_string()));
    }
    if refusal.status == 401 {
        let challenge = "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"";
        response.insert_header((header::WWW_AUTHENTICATE, challenge));
    }
    json_body(&mut response, &refusal.json())
}

/// A JSON answer the way Google labels it.
pub(crate) fn json_body(response: &mut HttpResponseBuilder, body: &Value) -> HttpResponse {
    response
        .insert_header((header::CONTENT_TYPE, "application/json; charset=UTF-8"))
        .insert_header((header::CACHE_CONTROL, "no-cache, no-store, max-age=0, must-revalidate"))
        .insert_header((header::VARY, "Origin, X-Origin, Referer"))
        .body(body.to_string())
}

/// Puts fields nobody knows into an answer, at every level a client reads.
fn decorate(body: &mut Value) {
    if let Some(fields) = body.as_object_mut() {
        for (key, value) in fields.iter_mut() {
            if matches!(
                key.as_str(),
                "items" | "start" | "end" | "attendees" | "organizer" | "reminders"
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
