//! Many writes to events in one request, each by itself: what is wrong with one says nothing about the others.

use std::time::{Duration, Instant};

use actix_web::{HttpRequest, post, web};
use domain::event::{Notify, Scope};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    convert, find,
    model::{Event, EventIn},
    present_subject,
    write::{calendar, find_expected, key, may_notify, merged, movable, refused, scope_of},
};
use crate::{
    api::{
        auth::{Caller, scope},
        credentials::wrong,
        etag::IfMatch,
        json::{self, Body, Merge},
        problem::{Code, FieldError, Problem, ProblemBody},
        words,
    },
    gateway::{
        events::{self as gateway, Made},
        push,
    },
    ops::changes,
    state::App,
};

/// How long a request waits for the providers altogether.
const PATIENCE: Duration = Duration::from_secs(8);

/// What is done to an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkAction {
    /// Make `event` in `calendar_id`.
    Create,
    /// Change the event `id` by the merge patch `event`.
    Update,
    /// Delete the event `id`.
    Delete,
    /// Move the event `id` to `calendar_id`, a calendar of the same account.
    Move,
}

/// One of many writes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkOperation {
    /// What is done.
    op: BulkAction,
    /// `create`: where; `move`: where to.
    #[serde(default)]
    #[schema(max_length = 64)]
    calendar_id: Option<String>,
    /// `update`, `delete`, `move`: which event or occurrence.
    #[serde(default)]
    #[schema(max_length = 64)]
    id: Option<String>,
    /// `update`, `delete`, `move`: only if this is its present ETag; without it, whatever that is.
    #[serde(default)]
    #[schema(max_length = 200)]
    if_match: Option<String>,
    /// `create`: the whole event, as `POST /calendars/{id}/events` takes it; `update`: a merge patch of it.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    event: Option<Value>,
    /// `delete`, `move`: whom the provider may mail; `none` without it. For the others it stands in `event`.
    #[serde(default)]
    notify: Option<words::Notify>,
}

/// Many writes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"operations": [
    {"op": "delete", "id": "evt_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", "if_match": "\"3\""}
], "dry_run": true}))]
pub struct BulkIn {
    /// Done in this order, each by itself.
    #[schema(min_items = 1, max_items = 500)]
    operations: Vec<BulkOperation>,
    /// Tell what would come of each, and do nothing.
    #[serde(default)]
    dry_run: bool,
}

/// What came of one of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkResult {
    /// Its place in the request, from 0.
    index: usize,
    /// As the status of a request by itself: 201 created, 200 changed or moved, 204 deleted, or that of `problem`.
    #[schema(example = 201)]
    status: u16,
    /// The event.
    #[schema(required)]
    id: Option<String>,
    /// As it is now; null when it was deleted, refused or only tried.
    #[schema(required)]
    event: Option<Event>,
    /// Why it was not done.
    #[schema(required)]
    problem: Option<ProblemBody>,
}

/// What came of all.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkAnswer {
    /// In the order of the request.
    results: Vec<BulkResult>,
}

/// What an operation did so far.
struct Step {
    status: u16,
    /// `None`: nobody has to be waited for.
    made: Option<Made>,
    id: String,
}

/// Write many events at once
///
/// At most 500, done in order, each in a transaction of its own: one that is refused does not keep the others from being done, and says why. Changes are here
/// at once and told to the providers while you wait, all together at most some seconds; `sync.state` of each event says how far it is. A move is asked of its
/// provider in its turn: one that this time does not suffice for is not done, and says so (503). For more, or to look at a plan before, see operations. Repeating the request with the same `Idempotency-Key` makes nothing twice.
#[utoipa::path(operation_id = "bulk_events", tag = "events", request_body = BulkIn, security(("session" = []), ("key" = ["events:write"])),
    responses((status = 200, description = "What came of each", body = BulkAnswer), Problem))]
#[post("/events/bulk")]
pub async fn bulk(
    app: App,
    caller: Caller<scope::EventsWrite>,
    request: HttpRequest,
    body: Body<BulkIn>,
) -> Result<web::Json<BulkAnswer>, Problem> {
    let Body(BulkIn { operations, dry_run }) = body;
    let began = Instant::now();
    let mut steps = Vec::with_capacity(operations.len());
    for (index, operation) in operations.into_iter().enumerate() {
        let key = match (&operation.op, &operation.calendar_id) {
            (BulkAction::Create, Some(calendar)) => {
                key(&request, &caller.tenant, &["bulk", &index.to_string(), calendar])
            }
            _ => String::new(),
        };
        steps.push(one(&app, &caller, operation, key, dry_run, began).await);
    }
    let told = if dry_run {
        Vec::new()
    } else {
        settled(&app, &caller, &steps, began).await
    };
    let mut results = Vec::with_capacity(steps.len());
    for (index, (step, told)) in steps
        .into_iter()
        .zip(told.into_iter().map(Some).chain(std::iter::repeat_with(|| None)))
        .enumerate()
    {
        let outcome = match (step, told) {
            (Err(problem), _) | (_, Some(Err(problem))) => Err(problem),
            (Ok(step), _) if dry_run || step.status == 204 => Ok((step, None)),
            (Ok(step), _) => match find(&app, &caller.tenant, &step.id).await {
                Ok(subject) => present_subject(&app, &subject).await.map(|event| (step, Some(event))),
                // Deleted by a later one of the same request.
                Err(problem) if problem.code() == Code::NotFound => Ok((step, None)),
                Err(problem) => Err(problem),
            },
        };
        results.push(match outcome {
            Ok((step, event)) => BulkResult {
                index,
                status: step.status,
                // A new event that was only tried has no name.
                id: Some(step.id).filter(|_| !(dry_run && step.status == 201)),
                event,
                problem: None,
            },
            Err(problem) => {
                let problem = problem.body();
                BulkResult {
                    index,
                    status: problem.status,
                    id: None,
                    event: None,
                    problem: Some(problem),
                }
            }
        });
    }
    Ok(web::Json(BulkAnswer { results }))
}

/// Waits for the providers, each calendar by itself. What one refuses is taken back.
async fn settled(
    app: &App,
    caller: &Caller<scope::EventsWrite>,
    steps: &[Result<Step, Problem>],
    began: Instant,
) -> Vec<Result<(), Problem>> {
    let mut lanes: std::collections::BTreeMap<&str, Vec<(usize, &Made)>> = std::collections::BTreeMap::new();
    for (index, step) in steps.iter().enumerate() {
        if let Ok(Step { made: Some(made), .. }) = step {
            lanes.entry(&made.calendar.id).or_default().push((index, made));
        }
    }
    let mut told: Vec<Result<(), Problem>> = steps.iter().map(|_| Ok(())).collect();
    let lane = |all: Vec<(usize, &Made)>| {
        let all: Vec<(usize, Made)> = all.into_iter().map(|(index, made)| (index, made.clone())).collect();
        async move {
            let mut refusals = Vec::new();
            for (index, made) in all {
                // What the time does not suffice for goes on without us.
                if began.elapsed() > PATIENCE {
                    break;
                }
                if let Err(refusal) = push::settle(app, &caller.tenant, &made.calendar, &made.changed).await {
                    let problem = refused(app, &caller.tenant, &made.changed.id, refusal).await;
                    refusals.push((index, problem));
                }
            }
            refusals
        }
    };
    for (index, problem) in join_all(lanes.into_values().map(lane)).await.into_iter().flatten() {
        if let Some(place) = told.get_mut(index) {
            *place = Err(problem);
        }
    }
    told
}

fn missing(field: &str, op: &str) -> Problem {
    let detail = format!("“{op}” needs “{field}”.");
    Problem::invalid(vec![FieldError::new(format!("/{field}"), "required", detail)])
}

async fn one(
    app: &App,
    caller: &Caller<scope::EventsWrite>,
    operation: BulkOperation,
    key: String,
    dry: bool,
    began: Instant,
) -> Result<Step, Problem> {
    let tenant = &caller.tenant;
    let id = |op| operation.id.clone().ok_or_else(|| missing("id", op));
    let expected = IfMatch::given(operation.if_match.as_deref().unwrap_or("*"));
    match operation.op {
        BulkAction::Create => {
            let place = operation.calendar_id.ok_or_else(|| missing("calendar_id", "create"))?;
            let event = operation.event.ok_or_else(|| missing("event", "create"))?;
            let input: EventIn = json::parse(&event).map_err(within)?;
            let notify = may_notify(caller, input.notify)?;
            let place = calendar(app, tenant, place).await?;
            let zone = place.time_zone.as_deref().unwrap_or("UTC");
            let content = convert::content(&input, None, zone).map_err(wrong).map_err(within)?;
            let to = place.clone();
            let decide =
                move |c: &mut db::Conn, request: changes::Request<'_>| changes::create(c, request, &to, &key, &content);
            made(app, caller, place, notify, dry, 201, decide).await
        }
        BulkAction::Update => {
            let id = id("update")?;
            let event = operation.event.ok_or_else(|| missing("event", "update"))?;
            let mut patch = Merge::<EventIn>::of(event).map_err(within)?;
            let subject = find_expected(app, tenant, &id, expected).await?;
            let scope = scope_of(&subject, None)?;
            let base = changes::base(&subject, scope);
            let input = merged(&mut patch, &base).map_err(within)?;
            let notify = may_notify(caller, input.notify)?;
            let desired = convert::content(&input, Some(&base), subject.zone())
                .map_err(wrong)
                .map_err(within)?;
            let place = subject.calendar.clone();
            let decide = move |c: &mut db::Conn, request: changes::Request<'_>| {
                let subject = gateway::unchanged(c, request.tenant, &subject)?;
                changes::update(c, request, &subject, scope, desired)
            };
            made(app, caller, place, notify, dry, 200, decide).await
        }
        BulkAction::Delete => {
            let notify = may_notify(caller, operation.notify)?;
            let subject = find_expected(app, tenant, &id("delete")?, expected).await?;
            let scope = if subject.occurrence.is_some() {
                Scope::This
            } else {
                Scope::All
            };
            let place = subject.calendar.clone();
            let decide = move |c: &mut db::Conn, request: changes::Request<'_>| {
                let subject = gateway::unchanged(c, request.tenant, &subject)?;
                changes::delete(c, request, &subject, scope)
            };
            made(app, caller, place, notify, dry, 204, decide).await
        }
        BulkAction::Move => {
            let notify = may_notify(caller, operation.notify)?;
            let id = id("move")?;
            let place = operation.calendar_id.ok_or_else(|| missing("calendar_id", "move"))?;
            let subject = find_expected(app, tenant, &id, expected).await?;
            let to = calendar(app, tenant, place).await?;
            movable(&subject, &to)?;
            let id = if dry || to.id == subject.calendar.id {
                id
            } else if began.elapsed() > PATIENCE {
                return Err(late());
            } else {
                match gateway::relocate(app, tenant, &subject, &to, notify).await {
                    Ok(id) => id,
                    Err(refusal) => return Err(refused(app, tenant, &id, refusal).await),
                }
            };
            Ok(Step {
                status: 200,
                made: None,
                id,
            })
        }
    }
}

/// What came before it has taken all the time there is.
fn late() -> Problem {
    let detail = "It was not done: the moves before it took all the time that a request waits for providers.";
    Problem::new(Code::ProviderUnavailable, detail)
        .retry_after(1)
        .action("Ask for those that are left again, or plan an operation for many.")
}

/// What is wrong with the event, as a place in the operation.
fn within(problem: Problem) -> Problem {
    problem.within("/event")
}

async fn made(
    app: &App,
    caller: &Caller<scope::EventsWrite>,
    place: db::calendars::Calendar,
    notify: Notify,
    dry: bool,
    status: u16,
    decide: impl FnOnce(&mut db::Conn, changes::Request<'_>) -> Result<changes::Changed, changes::Error> + Send + 'static,
) -> Result<Step, Problem> {
    match gateway::promise(app, &caller.tenant, place, notify, dry, decide).await {
        Ok(made) => Ok(Step {
            status,
            id: made.changed.id.clone(),
            made: Some(made),
        }),
        Err(crate::gateway::desk::Refusal::Changed) => Err(Problem::new(
            Code::PreconditionFailed,
            "Somebody changed this event since you read it.",
        )),
        Err(refusal) => Err(refusal.into()),
    }
}
