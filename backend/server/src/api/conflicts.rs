//! Conflicts: where a change made here met a change, or a deletion, at the provider.

use actix_web::{get, post, web};
use db::conflicts::{Conflict as Row, Filter, OPEN, RESOLVED};
use domain::event::{EventContent, Notify};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        auth::{Caller, scope},
        credentials::wrong,
        events::{convert, model::EventIn},
        json::{Body, Query},
        page::{self, Page},
        problem::{FieldError, Problem},
    },
    gateway::{desk::Refusal, push},
    ops::{
        access::Actor,
        changes::Request,
        conflicts::{self as ops, Choice},
        outbox::BY_HAND,
    },
    state::App,
};

/// What met what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConflictKind {
    /// Two changes of the same fields.
    Fields,
    /// A change made here met a deletion at the provider.
    DeletedThere,
    /// A deletion made here met a change at the provider.
    DeletedHere,
}

/// Whether a person has to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConflictState {
    /// Yes.
    Open,
    /// It was decided, by a person or by the client's policy; it may be decided anew.
    Resolved,
}

/// Who is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// What was said here is written to the provider.
    Mine,
    /// What the provider says stays.
    Theirs,
    /// What the request says is written to the provider.
    Merge,
}

/// A conflict. Each side is an event as it would be sent; null: that side deleted it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Conflict {
    /// `cfl_…`
    #[schema(example = "cfl_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b")]
    pub id: String,
    /// About which event.
    pub event_id: String,
    /// In which calendar.
    pub calendar_id: String,
    /// For which client.
    pub client_id: String,
    /// What the event is called.
    pub title: String,
    /// What met what.
    pub kind: ConflictKind,
    /// The fields both sides changed: `title`, `description`, `location`, `time`, `recurrence`, `attendees`, …
    pub fields: Vec<String>,
    /// What both started from.
    pub base: EventIn,
    /// What was said here.
    #[schema(required)]
    pub ours: Option<EventIn>,
    /// What was said at the provider.
    #[schema(required)]
    pub theirs: Option<EventIn>,
    /// Whether a person has to decide.
    pub state: ConflictState,
    /// What was decided.
    #[schema(required)]
    pub resolution: Option<Resolution>,
    /// When they met.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was decided.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub resolved_at: Option<Timestamp>,
}

/// Which conflicts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListConflicts {
    /// Of one client.
    #[param(max_length = 64)]
    client_id: Option<String>,
    /// About one event.
    #[param(max_length = 64)]
    event_id: Option<String>,
    /// Only these; without it all.
    #[param(inline)]
    state: Option<ConflictState>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
}

/// List conflicts
///
/// Newest first; decided ones stay as a log, and may be decided anew.
#[utoipa::path(operation_id = "list_conflicts", tag = "sync", params(ListConflicts), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "One page", body = Page<Conflict>), Problem))]
#[get("/conflicts")]
pub async fn list(
    app: App,
    caller: Caller<scope::EventsRead>,
    query: Query<ListConflicts>,
) -> Result<web::Json<Page<Conflict>>, Problem> {
    let Query(q) = query;
    let page = page::keyset(q.limit, q.cursor.as_deref())?;
    let slice = app
        .read(move |c| {
            let filter = Filter {
                client: q.client_id.as_deref(),
                event: q.event_id.as_deref(),
                state: q.state.map(|state| match state {
                    ConflictState::Open => OPEN,
                    ConflictState::Resolved => RESOLVED,
                }),
            };
            db::conflicts::list(c, &caller.tenant, &filter, &page)
        })
        .await?;
    let next_cursor = slice.next.as_ref().map(page::encode);
    let data = slice.rows.into_iter().map(present).collect::<Result<_, _>>()?;
    Ok(web::Json(Page { data, next_cursor }))
}

fn present(row: Row) -> Result<Conflict, Problem> {
    let side = |text: Option<&String>| -> Result<Option<EventContent>, Problem> {
        text.map(|text| serde_json::from_str(text).map_err(Problem::internal))
            .transpose()
    };
    let base = side(Some(&row.base))?.ok_or_else(|| Problem::internal("a conflict without a base"))?;
    let (ours, theirs) = (side(row.ours.as_ref())?, side(row.theirs.as_ref())?);
    let title = ours.as_ref().or(theirs.as_ref()).unwrap_or(&base).title.clone();
    Ok(Conflict {
        fields: ops::fields(&row)
            .iter()
            .map(|field| field.as_str().to_owned())
            .collect(),
        kind: match ops::Meeting::parse(&row.kind) {
            Some(ops::Meeting::DeletedThere) => ConflictKind::DeletedThere,
            Some(ops::Meeting::DeletedHere) => ConflictKind::DeletedHere,
            Some(ops::Meeting::Fields) | None => ConflictKind::Fields,
        },
        title,
        base: convert::input(&base),
        ours: ours.as_ref().map(convert::input),
        theirs: theirs.as_ref().map(convert::input),
        state: if row.state == OPEN {
            ConflictState::Open
        } else {
            ConflictState::Resolved
        },
        resolution: match row.resolution.as_deref() {
            Some("mine") => Some(Resolution::Mine),
            Some("theirs") => Some(Resolution::Theirs),
            Some("merge") => Some(Resolution::Merge),
            _ => None,
        },
        id: row.id,
        event_id: row.event_id,
        calendar_id: row.calendar_id,
        client_id: row.client_id,
        created_at: row.created_at.into(),
        resolved_at: row.resolved_at.map(Into::into),
    })
}

/// Read a conflict
#[utoipa::path(operation_id = "get_conflict", tag = "sync", params(("id" = String, Path, description = "`cfl_…`")), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "The conflict", body = Conflict), Problem))]
#[get("/conflicts/{id}")]
pub async fn read(
    app: App,
    caller: Caller<scope::EventsRead>,
    id: web::Path<String>,
) -> Result<web::Json<Conflict>, Problem> {
    let row = app
        .read(move |c| db::conflicts::get(c, &caller.tenant, &id))
        .await
        .map_err(|e| Problem::missing(e, "conflict"))?;
    Ok(web::Json(present(row)?))
}

/// A decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveIn {
    /// Who is right.
    resolution: Resolution,
    /// For `merge`: the event as it shall be.
    #[serde(default)]
    event: Option<EventIn>,
}

/// Decide a conflict
///
/// Open or not: deciding anew undoes what was decided before.
#[utoipa::path(operation_id = "resolve_conflict", tag = "sync", params(("id" = String, Path, description = "`cfl_…`")), request_body = ResolveIn, security(("session" = []), ("key" = ["events:write"])),
    responses((status = 200, description = "Decided", body = Conflict), Problem))]
#[post("/conflicts/{id}/resolve")]
pub async fn resolve(
    app: App,
    caller: Caller<scope::EventsWrite>,
    id: web::Path<String>,
    body: Body<ResolveIn>,
) -> Result<web::Json<Conflict>, Problem> {
    let (tenant, id, now) = (caller.tenant.clone(), id.into_inner(), app.now());
    let (who, name) = (tenant.clone(), id.clone());
    let (row, calendar) = app
        .read(move |c| {
            let row = db::conflicts::get(c, &who, &name)?;
            let calendar = db::calendars::get(c, &who, &row.calendar_id)?;
            Ok::<_, db::Error>((row, calendar))
        })
        .await
        .map_err(|e| Problem::missing(e, "conflict"))?;
    let field = |code: &str, detail: &str| Problem::invalid(vec![FieldError::new("/event", code, detail)]);
    let choice = match (body.0.resolution, body.0.event) {
        (Resolution::Mine, None) => Choice::Mine,
        (Resolution::Theirs, None) => Choice::Theirs,
        (Resolution::Merge, Some(event)) => {
            let base: EventContent = serde_json::from_str(&row.base).map_err(Problem::internal)?;
            let zone = calendar.time_zone.as_deref().unwrap_or("UTC");
            Choice::Merge(Box::new(convert::content(&event, Some(&base), zone).map_err(wrong)?))
        }
        (Resolution::Merge, None) => return Err(field("required", "A merge needs the event as it shall be.")),
        (_, Some(_)) => return Err(field("not_allowed", "Only a merge says what the event shall be.")),
    };
    let by = match &caller.actor {
        Actor::User(id) | Actor::Key(id) => id.clone(),
    };
    let who = tenant.clone();
    let (row, changed) = app
        .write(move |c| {
            let request = Request {
                tenant: &who,
                notify: Notify::None,
                now,
                naming: providers::event_name,
                priority: BY_HAND,
            };
            ops::resolve(c, request, &id, choice, &by)
        })
        .await
        .map_err(Refusal::from)?;
    if let Some(changed) = &changed {
        push::settle(&app, &tenant, &calendar, changed).await?;
    }
    Ok(web::Json(present(row)?))
}
