//! Writes to events: here and promised to the provider at once, told to it while the caller waits. Several people write
//! events, so changes need `If-Match`.

use actix_web::{HttpMessage, HttpRequest, HttpResponse, delete, patch, post, put, web};
use domain::{
    event::{EventContent, Notify, Scope},
    id::TenantId,
};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{
    convert, find, find_fresh,
    model::{Event, EventIn},
    present_subject,
};
use crate::{
    api::{
        auth::{Caller, scope},
        credentials::wrong,
        etag::IfMatch,
        json::{Body, Merge, Query},
        patch::Patch,
        problem::{Code, FieldError, Problem},
        words,
    },
    gateway::{desk::Refusal, events as gateway},
    ops::{changes, events::Subject, mirror},
    state::App,
};

/// A key for something to be written: the same for the same `Idempotency-Key`, new without one.
pub fn key(request: &HttpRequest, tenant: &TenantId, about: &[&str]) -> String {
    let sent = request
        .extensions()
        .get::<crate::api::idempotency::Key>()
        .and_then(|key| key.0.clone());
    match sent {
        Some(sent) => {
            let mut parts = vec![tenant.as_str()];
            parts.extend(about);
            parts.push(&sent);
            mirror::key(&parts)
        }
        None => uuid::Uuid::now_v7().simple().to_string(),
    }
}

/// Mail to guests needs a scope of its own.
///
/// # Errors
/// 403.
pub fn may_notify<S>(caller: &Caller<S>, notify: Option<words::Notify>) -> Result<Notify, Problem> {
    let notify = notify.map_or(Notify::None, Notify::from);
    if notify != Notify::None {
        caller.require("calendars:notify")?;
    }
    Ok(notify)
}

/// The answer after a write: the event as the mirror has it now.
pub(super) async fn written(app: &App, tenant: &TenantId, id: &str, created: bool) -> Result<HttpResponse, Problem> {
    let event = present_subject(app, &find(app, tenant, id).await?).await?;
    let mut answer = if created {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    if created {
        answer.insert_header(("Location", format!("/api/v1/events/{}", event.id)));
    }
    Ok(answer.insert_header(("ETag", event.etag.clone())).json(event))
}

/// What a refusal means for the caller; 412 shows the event as it is now.
pub(super) async fn refused(app: &App, tenant: &TenantId, id: &str, refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Changed => {
            let now = async { present_subject(app, &find(app, tenant, id).await?).await };
            match now.await {
                Ok(event) => changed(&event),
                Err(problem) => problem,
            }
        }
        other => other.into(),
    }
}

fn changed(event: &Event) -> Problem {
    Problem::new(
        Code::PreconditionFailed,
        "Somebody changed this event since you read it.",
    )
    .current(event)
    .action("Merge your change with the current event, and send it with its ETag.")
}

/// Finds the event, and insists that the caller knows its present version.
pub(super) async fn find_expected(
    app: &App,
    tenant: &TenantId,
    id: &str,
    expected: IfMatch,
) -> Result<Subject, Problem> {
    let expected = expected.required()?;
    let subject = find(app, tenant, id).await?;
    let event = present_subject(app, &subject).await?;
    let shown = format!("{}~", event.etag.trim_end_matches('"'));
    if expected.allows(&event.etag) || expected.begins(&shown) {
        Ok(subject)
    } else {
        Err(changed(&event))
    }
}

/// Create an event
///
/// Here at once, and at the provider while you wait; `sync.state` is `pending` when the provider is away. Repeating it with the same `Idempotency-Key` makes no second event, also when the first answer was lost.
#[utoipa::path(operation_id = "create_event", tag = "events", params(("id" = String, Path, description = "`cal_…`")), request_body = EventIn, security(("session" = []), ("key" = ["events:write"])),
    responses((status = 201, description = "Created", body = Event), Problem))]
#[post("/calendars/{id}/events")]
pub async fn create(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
    request: HttpRequest,
    body: Body<EventIn>,
) -> Result<HttpResponse, Problem> {
    let notify = may_notify(&caller, body.0.notify)?;
    let calendar = calendar(&app, &caller.tenant, id.into_inner()).await?;
    let zone = calendar.time_zone.as_deref().unwrap_or("UTC");
    let content = convert::content(&body.0, None, zone).map_err(wrong)?;
    let key = key(&request, &caller.tenant, &["event", &calendar.id]);
    let id = gateway::create(&app, &caller.tenant, &calendar, key, content, notify).await?;
    written(&app, &caller.tenant, &id, true).await
}

pub(super) async fn calendar(app: &App, tenant: &TenantId, id: String) -> Result<db::calendars::Calendar, Problem> {
    let tenant = tenant.clone();
    app.read(move |c| db::calendars::get(c, &tenant, &id))
        .await
        .map_err(|e| Problem::missing(e, "calendar"))
}

/// Which occurrences a write means.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WriteScope {
    /// For an occurrence: only it (`this`, without the parameter), it and all later ones, or its whole series. For an event that is no occurrence: `all`.
    #[param(inline)]
    scope: Option<words::Scope>,
}

/// What the scope means for this event.
pub(super) fn scope_of(subject: &Subject, asked: Option<words::Scope>) -> Result<Scope, Problem> {
    match (&subject.occurrence, asked.map(Scope::from)) {
        (Some(_), asked) => Ok(asked.unwrap_or(Scope::This)),
        (None, None | Some(Scope::All)) => Ok(Scope::All),
        (None, Some(Scope::This)) if !subject.row.is_recurring => Ok(Scope::All),
        (None, Some(_)) => Err(Problem::invalid(vec![FieldError::new(
            "/query/scope",
            "needs_occurrence",
            "To change one occurrence, or it and all later ones, use the identifier of that occurrence.",
        )])),
    }
}

/// Change an event
///
/// A merge patch: what is absent stays, at the provider too. What others changed there a moment ago stays as well, as long as it is not the same field: then the answer is 412. For an occurrence, `scope` says how much of its series is meant; `this_and_following` answers with the series that begins there.
#[utoipa::path(operation_id = "update_event", tag = "events", params(("id" = String, Path, description = "`evt_…`, or an occurrence `evt_…_20261101T080000Z`"), WriteScope, ("If-Match" = String, Header, description = "The ETag read before: 412 when somebody changed it since, 428 without it")),
    request_body(content((Patch<EventIn> = "application/merge-patch+json"), (Patch<EventIn> = "application/json"))), security(("session" = []), ("key" = ["events:write"])),
    responses((status = 200, description = "Changed", body = Event), Problem))]
#[patch("/events/{id}")]
pub async fn update(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
    query: Query<WriteScope>,
    expected: IfMatch,
    mut body: Merge<EventIn>,
) -> Result<HttpResponse, Problem> {
    let subject = find_expected(&app, &caller.tenant, &id, expected).await?;
    let scope = scope_of(&subject, query.0.scope)?;
    let base = changes::base(&subject, scope);
    let input = merged(&mut body, &base)?;
    let notify = may_notify(&caller, input.notify)?;
    let desired = convert::content(&input, Some(&base), subject.zone()).map_err(wrong)?;
    write(&app, &caller.tenant, &id, &subject, scope, desired, notify).await
}

/// The patch applied to the event. A time of the other kind replaces the one there, so that `{"start":{"date":…}}` need
/// not take the clock away first.
pub(super) fn merged(body: &mut Merge<EventIn>, base: &EventContent) -> Result<EventIn, Problem> {
    let mut current = serde_json::to_value(convert::input(base)).map_err(Problem::internal)?;
    for field in ["start", "end"] {
        let patch = match body.take(field) {
            None => continue,
            Some(Value::Object(patch)) => patch,
            // Not a time: the check of the whole says so.
            Some(other) => {
                current[field] = other;
                continue;
            }
        };
        let given = |name: &str| patch.get(name).is_some_and(|value| !value.is_null());
        let Some(time) = current.get_mut(field).and_then(Value::as_object_mut) else {
            continue;
        };
        if given("date") && !given("date_time") {
            time.clear();
        } else if given("date_time") {
            time.remove("date");
        }
        for (name, value) in patch {
            if value.is_null() {
                time.remove(&name);
            } else {
                time.insert(name, value);
            }
        }
    }
    body.apply(&current)
}

/// Replace an event
///
/// What is absent is cleared. An occurrence written with `scope=all` or `this_and_following` and without `recurrence` keeps its series' rule.
#[utoipa::path(operation_id = "replace_event", tag = "events", params(("id" = String, Path, description = "`evt_…`, or an occurrence `evt_…_20261101T080000Z`"), WriteScope, ("If-Match" = String, Header, description = "The ETag read before: 412 when somebody changed it since, 428 without it")),
    request_body = EventIn, security(("session" = []), ("key" = ["events:write"])),
    responses((status = 200, description = "Replaced", body = Event), Problem))]
#[put("/events/{id}")]
pub async fn replace(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
    query: Query<WriteScope>,
    expected: IfMatch,
    body: Body<EventIn>,
) -> Result<HttpResponse, Problem> {
    let subject = find_expected(&app, &caller.tenant, &id, expected).await?;
    let scope = scope_of(&subject, query.0.scope)?;
    let base = changes::base(&subject, scope);
    let Body(mut input) = body;
    if subject.occurrence.is_some() && input.recurrence.is_empty() {
        input.recurrence.clone_from(&base.recurrence);
    }
    let notify = may_notify(&caller, input.notify)?;
    let desired = convert::content(&input, Some(&base), subject.zone()).map_err(wrong)?;
    write(&app, &caller.tenant, &id, &subject, scope, desired, notify).await
}

async fn write(
    app: &App,
    tenant: &TenantId,
    id: &str,
    subject: &Subject,
    scope: Scope,
    desired: EventContent,
    notify: Notify,
) -> Result<HttpResponse, Problem> {
    match gateway::update(app, tenant, subject, scope, desired, notify).await {
        Ok(id) => written(app, tenant, &id, false).await,
        Err(refusal) => Err(refused(app, tenant, id, refusal).await),
    }
}

/// How an event is deleted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DeleteEvent {
    /// As for changes.
    #[param(inline)]
    scope: Option<words::Scope>,
    /// Whom the provider may mail; `none` without it.
    #[param(inline)]
    notify: Option<words::Notify>,
}

/// Delete an event
///
/// Here at once, and at the provider while you wait or when it is back. An occurrence is taken out of its series.
#[utoipa::path(operation_id = "delete_event", tag = "events", params(("id" = String, Path, description = "`evt_…`, or an occurrence `evt_…_20261101T080000Z`"), DeleteEvent, ("If-Match" = String, Header, description = "The ETag read before: 412 when somebody changed it since, 428 without it")), security(("session" = []), ("key" = ["events:write"])),
    responses((status = 204, description = "Gone"), Problem))]
#[delete("/events/{id}")]
pub async fn remove(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
    query: Query<DeleteEvent>,
    expected: IfMatch,
) -> Result<HttpResponse, Problem> {
    let notify = may_notify(&caller, query.0.notify)?;
    let subject = find_expected(&app, &caller.tenant, &id, expected).await?;
    let scope = scope_of(&subject, query.0.scope)?;
    match gateway::delete(&app, &caller.tenant, &subject, scope, notify).await {
        Ok(()) => Ok(HttpResponse::NoContent().finish()),
        Err(refusal) => Err(refused(&app, &caller.tenant, &id, refusal).await),
    }
}

/// Where an event is moved to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveIn {
    /// A calendar of the same credential.
    #[schema(max_length = 64, example = "cal_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b")]
    calendar_id: String,
    /// Whom the provider may mail; `none` without it.
    #[serde(default)]
    notify: Option<words::Notify>,
}

/// Move an event to another calendar
///
/// A whole series with its changed occurrences. It keeps its identifier.
#[utoipa::path(operation_id = "move_event", tag = "events", params(("id" = String, Path, description = "`evt_…`")), request_body = MoveIn, security(("session" = []), ("key" = ["events:write"])),
    responses((status = 200, description = "Moved", body = Event), Problem))]
#[post("/events/{id}/move")]
pub async fn relocate(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
    body: Body<MoveIn>,
) -> Result<HttpResponse, Problem> {
    let notify = may_notify(&caller, body.0.notify)?;
    let subject = find_fresh(&app, &caller.tenant, &id).await?;
    let to = calendar(&app, &caller.tenant, body.0.calendar_id).await?;
    movable(&subject, &to)?;
    if to.id == subject.calendar.id {
        return written(&app, &caller.tenant, &id, false).await;
    }
    match gateway::relocate(&app, &caller.tenant, &subject, &to, notify).await {
        Ok(id) => written(&app, &caller.tenant, &id, false).await,
        Err(refusal) => Err(refused(&app, &caller.tenant, &id, refusal).await),
    }
}

/// Whether an event can be moved there.
pub(super) fn movable(subject: &Subject, to: &db::calendars::Calendar) -> Result<(), Problem> {
    let refuse = |code: &str, detail: &str| Problem::invalid(vec![FieldError::new("/calendar_id", code, detail)]);
    if subject.occurrence.is_some() {
        return Err(refuse(
            "needs_series",
            "An occurrence cannot leave its series: move the series, by its own identifier.",
        ));
    }
    if to.credential_id != subject.calendar.credential_id {
        return Err(refuse(
            "other_credential",
            "An event can be moved only between calendars of one account.",
        ));
    }
    Ok(())
}

/// The answer to an invitation.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RsvpResponse {
    /// Comes.
    Accepted,
    /// Does not come.
    Declined,
    /// May come.
    Tentative,
}

/// An answer to an invitation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RsvpIn {
    /// The account's own answer.
    response: RsvpResponse,
    /// Whom the provider may mail; `none` without it.
    #[serde(default)]
    notify: Option<words::Notify>,
}

/// Answer an invitation
///
/// Sets the account's own answer, of an event, a series or an occurrence. While the provider is away it waits like any change: `sync` says so.
#[utoipa::path(operation_id = "rsvp_event", tag = "events", params(("id" = String, Path, description = "`evt_…`, or an occurrence `evt_…_20261101T080000Z`")), request_body = RsvpIn, security(("session" = []), ("key" = ["events:write"])),
    responses((status = 200, description = "Answered", body = Event),
        (status = 204, description = "Declined, and with that gone from the calendar, as Microsoft does"), Problem))]
#[post("/events/{id}/rsvp")]
pub async fn rsvp(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
    body: Body<RsvpIn>,
) -> Result<HttpResponse, Problem> {
    use domain::event::Response;
    let notify = may_notify(&caller, body.0.notify)?;
    let subject = find_fresh(&app, &caller.tenant, &id).await?;
    let answer = match body.0.response {
        RsvpResponse::Accepted => Response::Accepted,
        RsvpResponse::Declined => Response::Declined,
        RsvpResponse::Tentative => Response::Tentative,
    };
    match gateway::respond(&app, &caller.tenant, &subject, answer, notify).await {
        Ok(()) => match written(&app, &caller.tenant, &id, false).await {
            Err(gone) if gone.code() == Code::NotFound && answer == Response::Declined => {
                Ok(HttpResponse::NoContent().finish())
            }
            shown => shown,
        },
        Err(refusal) => Err(refused(&app, &caller.tenant, &id, refusal).await),
    }
}

/// Where to look.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Upsert {
    /// In which calendar.
    #[param(max_length = 64)]
    calendar_id: String,
}

/// Write an event under your own key
///
/// Creates it or replaces it: as often as you like, there is one event. The key stands in its metadata as `external_id`. A change somebody else made meanwhile is overwritten.
#[utoipa::path(operation_id = "upsert_event", tag = "events", params(("key" = String, Path, description = "Your key, 1–200 characters"), Upsert), request_body = EventIn, security(("session" = []), ("key" = ["events:write"])),
    responses((status = 200, description = "Replaced", body = Event), (status = 201, description = "Created", body = Event), Problem))]
#[put("/events/by-external-id/{key}")]
pub async fn upsert(
    app: App,
    caller: Caller<scope::EventsWrite>,
    key: web::Path<String>,
    query: Query<Upsert>,
    body: Body<EventIn>,
) -> Result<HttpResponse, Problem> {
    let Body(mut input) = body;
    let notify = may_notify(&caller, input.notify)?;
    let calendar = calendar(&app, &caller.tenant, query.0.calendar_id).await?;
    let length = key.chars().count();
    if !(1..=200).contains(&length) || key.chars().any(char::is_control) {
        return Err(Problem::invalid(vec![FieldError::new(
            "/path/key",
            "format",
            "A key has 1 to 200 characters, none of them a control character.",
        )]));
    }
    input.metadata.insert("external_id".into(), key.clone());
    let content = convert::content(&input, None, calendar.time_zone.as_deref().unwrap_or("UTC")).map_err(wrong)?;
    // What another instance of us, or the person at the provider, wrote under this key should be found.
    crate::gateway::fresh::fresh(&app, vec![calendar.clone()]).await?;
    let (id, created) = gateway::upsert(&app, &caller.tenant, &calendar, &key, content, notify).await?;
    written(&app, &caller.tenant, &id, created).await
}
