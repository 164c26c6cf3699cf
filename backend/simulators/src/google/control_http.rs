//! The control plane over HTTP, JSON in and out, below `/_control`:
//!
//! | call | body | answer |
//! |---|---|---|
//! | `GET clock` | | `{now, offsetSeconds}` |
//! | `POST clock` | `{advanceSeconds}` or `{offsetSeconds}` | as `GET` |
//! | `GET journal?operation=` | | `{items: [Recorded]}` |
//! | `DELETE journal` | | 204 |
//! | `GET mails` | | `{items: [Mail]}` |
//! | `GET faults`, `DELETE faults` | | `{items: [Fault]}`, 204 |
//! | `POST faults` | `{operation, account?, percent?, skip?, count?, until?, effect: {kind, …}}` | 204 |
//! | `POST seed` | `{seed}`: which calls `percent` means | 204 |
//! | `POST marks`, `POST marks/{id}/restore` | | `{id}`, 204 |
//! | `PATCH limits` | any of [`Limits`](super::Limits) | all of them |
//! | `POST clients` | `{id, secret, name, redirectUris?}` | 204 |
//! | `POST accounts` | `{email, name, timeZone}` | 204 |
//! | `POST calendars` | `{owner, summary, timeZone}` | `{id}` |
//! | `DELETE calendars/{id}` | | 204 |
//! | `POST calendars/{id}/share` | `{email, role}` (`null` takes it back) | 204 |
//! | `GET calendars/{id}/events` | | `{items: [Event]}`, tombstones included |
//! | `POST calendars/{id}/events` | an event | the event |
//! | `POST calendars/{id}/malformed` | | `{id}` of an event nobody can read |
//! | `PATCH calendars/{id}/events/{eventId}` | what changes | the event |
//! | `DELETE calendars/{id}/events/{eventId}` | | 204 |
//! | `POST calendars/{id}/events/{eventId}/answer` | `{email, responseStatus}` | the event |
//! | `POST tokens` | `{email, scopes}` | `{accessToken, refreshToken}` |
//! | `POST tokens/revoke` | `{email}` | 204 |
//! | `POST tokens/expire` | `{email?}` | 204 |
//! | `POST sync-tokens/expire` | `{calendar?}` | 204 |
//!
//! A verb that cannot be carried out answers 400 `{error}`.

use actix_web::{HttpRequest, HttpResponse, http::Method, web};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{
    bench::{self, ControlError, Outcome},
    faults::Fault,
};

use super::{control::Control, oauth::Client, store::Role};

/// Every request below `/_control`.
pub(crate) async fn control(request: HttpRequest, body: web::Bytes, control: web::Data<Control>) -> HttpResponse {
    bench::answer(&request, &body, |method, path, body, query| {
        act(&control, method, path, body, query)
    })
}

fn act(control: &Control, method: &Method, path: &[&str], body: &Value, query: &str) -> Option<Outcome> {
    let text = |key: &str| body[key].as_str().unwrap_or_default();
    if let Some(done) = bench::act(&mut control.shared().lock().bench, method, path, body, query) {
        return Some(done);
    }
    Some(match (method.as_str(), path) {
        ("GET", ["mails"]) => Ok(Some(json!({"items": control.mails()}))),
        ("POST", ["faults"]) => parse::<Fault>(body).map(|fault| control.fault(fault)).map(|()| None),
        ("POST", ["marks"]) => Ok(Some(json!({"id": control.mark()}))),
        ("POST", ["marks", id, "restore"]) => control.restore(id.parse().unwrap_or_default()).map(|()| None),
        ("PATCH", ["limits"]) => control.patch_limits(body).map(Some),
        ("POST", ["clients"]) => parse::<Client>(body)
            .map(|client| control.register_client(client))
            .map(|()| None),
        ("POST", ["accounts"]) => control
            .add_account(text("email"), text("name"), text("timeZone"))
            .map(|()| None),
        ("POST", ["calendars"]) => control
            .add_calendar(text("owner"), text("summary"), text("timeZone"))
            .map(|id| Some(json!({"id": id}))),
        ("DELETE", ["calendars", id]) => done(|| control.delete_calendar(id)),
        ("POST", ["calendars", id, "share"]) => {
            let role = match &body["role"] {
                Value::Null => None,
                name => match name.as_str().and_then(Role::parse) {
                    Some(role) => Some(role),
                    None => return Some(Err(ControlError(format!("no such role: {name}")))),
                },
            };
            control.share(id, text("email"), role).map(|()| None)
        }
        ("GET", ["calendars", id, "events"]) => control.events(id).map(|items| Some(json!({"items": items}))),
        ("POST", ["calendars", id, "events"]) => control.insert_event(id, body).map(Some),
        ("POST", ["calendars", id, "malformed"]) => control.insert_malformed(id).map(|id| Some(json!({"id": id}))),
        ("PATCH", ["calendars", id, "events", event]) => control.patch_event(id, event, body).map(Some),
        ("DELETE", ["calendars", id, "events", event]) => control.delete_event(id, event).map(|()| None),
        ("POST", ["calendars", id, "events", event, "answer"]) => control
            .answer(id, event, text("email"), text("responseStatus"))
            .map(Some),
        ("POST", ["tokens"]) => {
            let scopes: Vec<&str> = body["scopes"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            control
                .issue_tokens(text("email"), &scopes)
                .map(|tokens| Some(json!(tokens)))
        }
        ("POST", ["tokens", "revoke"]) => done(|| control.revoke_account(text("email"))),
        ("POST", ["tokens", "expire"]) => done(|| control.expire_access_tokens(body["email"].as_str())),
        ("POST", ["sync-tokens", "expire"]) => control.expire_sync_tokens(body["calendar"].as_str()).map(|()| None),
        _ => return None,
    })
}

fn done(act: impl FnOnce()) -> Outcome {
    act();
    Ok(None)
}

fn parse<T: DeserializeOwned>(body: &Value) -> Result<T, ControlError> {
    serde_json::from_value(body.clone()).map_err(|problem| ControlError(problem.to_string()))
}
