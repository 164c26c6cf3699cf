//! The control plane over HTTP, JSON in and out, below `/_control`. Besides the verbs every simulator has
//! ([`crate::bench::act`]: `clock`, `journal`, `faults`, `seed`):
//!
//! | call | body | answer |
//! |---|---|---|
//! | `GET mails` | | `{items: [Mail]}` |
//! | `POST faults` | `{operation, account?, percent?, skip?, count?, until?, effect: {kind, …}}` | 204 |
//! | `POST marks`, `POST marks/{id}/restore` | | `{id}`, 204 |
//! | `PATCH limits` | any of [`Limits`](super::Limits) | all of them |
//! | `POST clients` | `{id, secret, name, redirectUris?}` | 204 |
//! | `POST accounts` | `{email, name, timeZone, admin?}` | 204 |
//! | `POST tenants/{domain}/admin-consent` | `{required}` | 204 |
//! | `POST calendars` | `{owner, name, editable?}` | `{id}` |
//! | `DELETE calendars/{id}` | | 204 |
//! | `GET calendars/{id}/events`, `POST` | an event | `{items: [event]}`, the event |
//! | `PATCH events/{id}`, `DELETE` | what changes | the event, 204 |
//! | `POST events/{id}/answer` | `{email, response}` | the event |
//! | `POST events/{id}/custom-zone` | | 204 |
//! | `POST tokens` | `{email, scopes}` | `{accessToken, refreshToken}` |
//! | `POST tokens/revoke` | `{email, atOnce?}` | 204 |
//! | `POST tokens/forget-consent` | `{email}` | 204 |
//! | `POST tokens/expire` | `{email?}` | 204 |
//! | `POST delta-links/expire` | `{calendar?}` | 204 |
//! | `GET subscriptions` | | `{items: [id]}` |
//! | `POST subscriptions/{id}/lifecycle` | `{event}` | 204 |
//!
//! A verb that cannot be carried out answers 400 `{error}`.

use actix_web::{HttpRequest, HttpResponse, http::Method, web};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{
    bench::{self, ControlError, Outcome},
    faults::Fault,
};

use super::{control::Control, oauth::Client};

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
        ("POST", ["accounts"]) if body["admin"] == true => control
            .add_administrator(text("email"), text("name"), text("timeZone"))
            .map(|()| None),
        ("POST", ["accounts"]) => control
            .add_account(text("email"), text("name"), text("timeZone"))
            .map(|()| None),
        ("POST", ["tenants", domain, "admin-consent"]) => control
            .require_admin_consent(domain, body["required"].as_bool().unwrap_or(true))
            .map(|()| None),
        ("POST", ["calendars"]) => control
            .add_calendar(text("owner"), text("name"), body["editable"].as_bool().unwrap_or(true))
            .map(|id| Some(json!({"id": id}))),
        ("DELETE", ["calendars", id]) => done(|| control.delete_calendar(id)),
        ("GET", ["calendars", id, "events"]) => control.events(id).map(|items| Some(json!({"items": items}))),
        ("POST", ["calendars", id, "events"]) => control.insert_event(id, body).map(Some),
        ("PATCH", ["events", id]) => control.patch_event(id, body).map(Some),
        ("DELETE", ["events", id]) => control.delete_event(id).map(|()| None),
        ("POST", ["events", id, "answer"]) => control.answer(id, text("email"), text("response")).map(Some),
        ("POST", ["events", id, "custom-zone"]) => control.custom_zone(id).map(|()| None),
        ("POST", ["tokens"]) => {
            let list = body["scopes"].as_array().into_iter().flatten();
            let scopes: Vec<&str> = list.filter_map(Value::as_str).collect();
            control
                .issue_tokens(text("email"), &scopes)
                .map(|tokens| Some(json!(tokens)))
        }
        ("POST", ["tokens", "revoke"]) => {
            done(|| control.revoke_sessions(text("email"), body["atOnce"].as_bool().unwrap_or(false)))
        }
        ("POST", ["tokens", "forget-consent"]) => done(|| control.forget_consent(text("email"))),
        ("POST", ["tokens", "expire"]) => done(|| control.expire_access_tokens(body["email"].as_str())),
        ("POST", ["delta-links", "expire"]) => done(|| control.expire_delta_links(body["calendar"].as_str())),
        ("GET", ["subscriptions"]) => Ok(Some(json!({"items": control.subscriptions()}))),
        ("POST", ["subscriptions", id, "lifecycle"]) => control.lifecycle(id, text("event")).map(|()| None),
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
