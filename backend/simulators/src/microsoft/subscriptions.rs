//! Subscriptions: asked for, proven by an echo, renewed, ended (docs: subscription-post-subscriptions.md,
//! subscription-update.md, change-notifications-delivery-webhooks.md, resources/subscription.md).

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use url::Url;

use crate::chance::{secret, uuid};

use super::{
    errors::Refusal,
    server::{Answer, Call, Shared},
    store::{ItemKey, State, etag, id_text},
    time::stamp,
};

/// Changes remembered for subscriptions that have not been told yet.
const CHANGES: usize = 20_000;
/// How long a subscription for events lives at most (docs: resources/subscription.md, “Subscription lifetime”).
const LONGEST: SignedDuration = SignedDuration::from_mins(10_080);
/// One that asks for less gets this.
const SHORTEST: SignedDuration = SignedDuration::from_mins(45);
/// How long an endpoint may take for its echo.
const ECHO: Duration = Duration::from_secs(10);

/// A subscription.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) resource: String,
    pub(crate) calendar: String,
    pub(crate) changes: Vec<String>,
    pub(crate) url: Url,
    pub(crate) lifecycle: Option<Url>,
    pub(crate) state: Option<String>,
    pub(crate) expires: Timestamp,
    pub(crate) immutable: bool,
    /// The last revision it has been told of.
    pub(crate) seen: u64,
    /// Lifecycle words on their way.
    pub(crate) words: Vec<&'static str>,
    /// No change is told until it is authorised again.
    pub(crate) paused: bool,
}

/// Something that happened to an event.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) revision: u64,
    pub(crate) calendar: String,
    pub(crate) item: ItemKey,
    pub(crate) kind: &'static str,
    pub(crate) etag: String,
}

/// Remembers a change for those who have subscribed.
pub(crate) fn log(state: &mut State, item: &ItemKey, kind: &'static str) {
    let Some(event) = state.events.get(&item.0) else { return };
    let change = Change {
        revision: 0,
        calendar: event.calendar.clone(),
        item: item.clone(),
        kind,
        etag: etag(event.revision),
    };
    let revision = state.next();
    state.changes.push_back(Change { revision, ..change });
    if state.changes.len() > CHANGES {
        state.changes.pop_front();
    }
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::bad("InvalidRequest", message)
}

/// Microsoft delivers to https only; on one's own machine there are no certificates.
fn address(value: &Value, name: &str) -> Result<Option<Url>, Refusal> {
    let Some(text) = value.as_str() else { return Ok(None) };
    let url = Url::parse(text).map_err(|_| invalid(format!("{name} is not a valid URL.")))?;
    let own = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    if url.scheme() == "https" || (url.scheme() == "http" && own) {
        Ok(Some(url))
    } else {
        Err(Refusal::bad(
            "ValidationError",
            format!("{name} must be a valid HTTPS URL."),
        ))
    }
}

/// When it ends: later than now, at most seven days away, never less than 45 minutes.
fn expiry(state: &State, value: &Value) -> Result<Timestamp, Refusal> {
    let wanted: Timestamp = value
        .as_str()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| invalid("expirationDateTime is required."))?;
    let now = state.now();
    if wanted <= now {
        return Err(invalid("Subscription expiration must be in the future."));
    }
    if wanted.duration_since(now) > LONGEST {
        return Err(invalid(
            "Subscription expiration can only be 10080 minutes in the future.",
        ));
    }
    Ok(wanted.max(now.checked_add(SHORTEST).unwrap_or(wanted)))
}

/// The calendar behind a resource: `me/events`, `/users/{id}/calendars/{id}/events`, …
fn watched(state: &State, owner: &str, resource: &str) -> Result<String, Refusal> {
    let unknown = || invalid(format!("Resource '{resource}' is not supported for subscriptions."));
    let words: Vec<&str> = resource.trim_matches('/').split('/').collect();
    let rest = match words.as_slice() {
        [me, rest @ ..] if me.eq_ignore_ascii_case("me") => rest,
        ["users" | "Users", user, rest @ ..] => {
            let own = state
                .accounts
                .values()
                .any(|a| (a.email.eq_ignore_ascii_case(user) || a.id == *user) && a.email == owner);
            if !own {
                return Err(Refusal::access());
            }
            rest
        }
        _ => return Err(unknown()),
    };
    match rest {
        ["events"] | ["calendar", "events"] => Ok(state.calendar(owner, None)?.id.clone()),
        ["calendars", id, "events"] => Ok(state.calendar(owner, Some(id))?.id.clone()),
        _ => Err(unknown()),
    }
}

/// What is asked for, before the endpoint has shown that it exists.
fn wanted(state: &State, call: &Call) -> Result<Subscription, Refusal> {
    let body = &call.body;
    let text = |name: &str| body[name].as_str().map(String::from);
    let changes: Vec<String> = text("changeType")
        .unwrap_or_default()
        .split(',')
        .map(|c| c.trim().to_string())
        .collect();
    if !changes
        .iter()
        .all(|c| matches!(c.as_str(), "created" | "updated" | "deleted"))
    {
        return Err(invalid("changeType must name some of created, updated, deleted."));
    }
    let resource = text("resource").ok_or_else(|| invalid("resource is required."))?;
    let url =
        address(&body["notificationUrl"], "notificationUrl")?.ok_or_else(|| invalid("notificationUrl is required."))?;
    let lifecycle = address(&body["lifecycleNotificationUrl"], "lifecycleNotificationUrl")?;
    let secret = text("clientState");
    if secret.as_ref().is_some_and(|s| s.len() > 128) {
        return Err(invalid("clientState must have at most 128 characters."));
    }
    if body["includeResourceData"] == json!(true) {
        return Err(invalid(
            "includeResourceData needs encryptionCertificate and a smaller expiration; it is not simulated.",
        ));
    }
    let calendar = watched(state, &call.owner, &resource)?;
    let twin = |s: &&Subscription| {
        s.account == call.owner && s.resource == resource && s.changes == changes && s.expires > state.now()
    };
    if state.subscriptions.values().any(|s| twin(&s)) {
        return Err(Refusal::new(
            409,
            "Conflict",
            "A subscription for the same resource and change types exists already.",
        ));
    }
    Ok(Subscription {
        id: uuid(),
        account: call.owner.clone(),
        resource,
        calendar,
        changes,
        url,
        lifecycle,
        state: secret,
        expires: expiry(state, &body["expirationDateTime"])?,
        immutable: call.prefer.immutable,
        seen: state.revision,
        words: Vec::new(),
        paused: false,
    })
}

/// `POST subscriptions`: both addresses must echo a token as plain text within ten seconds.
pub(crate) async fn create(shared: &Shared, call: &Call) -> Result<Answer, Refusal> {
    let mut subscription = wanted(&shared.lock(), call)?;
    let http = client().ok_or_else(|| Refusal::new(500, "InternalServerError", "No client."))?;
    echo(&http, &subscription.url).await?;
    if let Some(url) = &subscription.lifecycle {
        echo(&http, url).await?;
    }
    let mut state = shared.lock();
    subscription.seen = state.revision;
    let answer = show(&state, call, &subscription, true);
    state.subscriptions.insert(subscription.id.clone(), subscription);
    Ok(Answer::json(201, answer))
}

async fn echo(http: &reqwest::Client, url: &Url) -> Result<(), Refusal> {
    let failed = |why: &str| {
        Refusal::bad(
            "ValidationError",
            format!("Subscription validation request failed. {why}"),
        )
    };
    let token = format!(
        "Validation: Testing client application reachability for subscription Request-Id: {}",
        secret(24)
    );
    let mut to = url.clone();
    to.query_pairs_mut().append_pair("validationToken", &token);
    let answer = http
        .post(to)
        .timeout(ECHO)
        .header("Content-Type", "text/plain; charset=utf-8")
        .body("")
        .send()
        .await;
    let answer = answer.map_err(|_| failed("The request timed out or the endpoint could not be reached."))?;
    let plain = answer
        .headers()
        .get("content-type")
        .and_then(|v| v.to_str().ok())
        .is_some_and(|t| t.starts_with("text/plain"));
    if answer.status().as_u16() != 200 {
        return Err(failed(
            "Notification endpoint must respond with 200 OK to validation request.",
        ));
    }
    let text = answer.text().await.unwrap_or_default();
    if !plain || text != token {
        return Err(failed(
            "Notification endpoint must respond with the validation token as text/plain.",
        ));
    }
    Ok(())
}

/// How notifications and echoes are sent.
pub(crate) fn client() -> Option<reqwest::Client> {
    // Whoever runs the simulator may have chosen one already.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(ECHO)
        .redirect(reqwest::redirect::Policy::none());
    client.build().ok()
}

/// `clientState` is not told again after creation.
fn show(state: &State, call: &Call, one: &Subscription, fresh: bool) -> Value {
    let creator = state.accounts.get(&one.account).map_or("", |a| a.id.as_str());
    json!({
        "@odata.context": call.context("subscriptions/$entity"),
        "id": one.id,
        "resource": one.resource,
        "applicationId": super::oauth::CLIENT_ID,
        "changeType": one.changes.join(","),
        "clientState": if fresh { json!(one.state) } else { Value::Null },
        "notificationUrl": one.url.as_str(),
        "notificationQueryOptions": null,
        "lifecycleNotificationUrl": one.lifecycle.as_ref().map(Url::as_str),
        "expirationDateTime": stamp(one.expires),
        "creatorId": creator,
        "includeResourceData": null,
        "latestSupportedTlsVersion": "v1_2",
        "encryptionCertificate": null,
        "encryptionCertificateId": null,
        "notificationUrlAppId": null,
    })
}

fn mine(state: &State, call: &Call) -> Result<String, Refusal> {
    let id = call.name.as_deref().unwrap_or_default();
    let found = state
        .subscriptions
        .get(id)
        .filter(|s| s.account == call.owner && s.expires > state.now());
    found
        .map(|s| s.id.clone())
        .ok_or_else(|| Refusal::new(404, "ResourceNotFound", "The object was not found."))
}

/// `GET subscriptions`.
pub(crate) fn list(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let now = state.now();
    let mine = state
        .subscriptions
        .values()
        .filter(|s| s.account == call.owner && s.expires > now);
    let value: Vec<Value> = mine.map(|s| show(state, call, s, false)).collect();
    Ok(Answer::json(
        200,
        json!({"@odata.context": call.context("subscriptions"), "value": value}),
    ))
}

/// `GET subscriptions/{id}`.
pub(crate) fn get(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let id = mine(state, call)?;
    let one = state.subscriptions.get(&id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::json(200, show(state, call, one, false)))
}

/// `PATCH subscriptions/{id}`: renews, and authorises again. Only the expiration (and the notification address) can change.
pub(crate) fn update(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let id = mine(state, call)?;
    let other = call
        .body
        .as_object()
        .into_iter()
        .flatten()
        .find(|(key, _)| !matches!(key.as_str(), "expirationDateTime"));
    if let Some((name, _)) = other {
        return Err(invalid(format!("The property '{name}' cannot be changed.")));
    }
    let expires = expiry(state, &call.body["expirationDateTime"])?;
    if let Some(one) = state.subscriptions.get_mut(&id) {
        (one.expires, one.paused) = (expires, false);
    }
    get(state, call)
}

/// `POST subscriptions/{id}/reauthorize`.
pub(crate) fn reauthorize(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let id = mine(state, call)?;
    if let Some(one) = state.subscriptions.get_mut(&id) {
        one.paused = false;
    }
    Ok(Answer::empty(204))
}

/// `DELETE subscriptions/{id}`.
pub(crate) fn delete(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let id = mine(state, call)?;
    state.subscriptions.remove(&id);
    Ok(Answer::empty(204))
}

/// A change as a notification (docs: resources/changenotification.md).
pub(crate) fn notification(state: &State, one: &Subscription, change: &Change) -> Value {
    let (user, tenant) = state
        .accounts
        .get(&one.account)
        .map_or(("", ""), |a| (a.id.as_str(), a.tenant.as_str()));
    let id = id_text(&change.item, one.immutable);
    json!({
        "subscriptionId": one.id,
        "subscriptionExpirationDateTime": stamp(one.expires),
        "changeType": change.kind,
        "resource": format!("Users/{user}/Events/{id}"),
        "resourceData": {
            "@odata.type": "#Microsoft.Graph.Event",
            "@odata.id": format!("Users/{user}/Events/{id}"),
            "@odata.etag": change.etag,
            "id": id,
        },
        "clientState": one.state,
        "tenantId": tenant,
    })
}

/// A lifecycle notification (docs: change-notifications-lifecycle-events.md).
pub(crate) fn lifecycle(state: &State, one: &Subscription, word: &str) -> Value {
    let tenant = state.accounts.get(&one.account).map_or("", |a| a.tenant.as_str());
    json!({
        "subscriptionId": one.id,
        "subscriptionExpirationDateTime": stamp(one.expires),
        "tenantId": tenant,
        "clientState": one.state,
        "lifecycleEvent": word,
        "resource": one.resource,
    })
}
