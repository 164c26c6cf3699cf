//! `GET /changes`: what happened since a position, for those who keep a copy.

use actix_web::{get, web};
use db::changes::{Change as Row, Filter};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        auth::{Caller, scope},
        json::Query,
        page::DEFAULT_LIMIT,
        problem::{Code, Problem},
    },
    ops::feed::{self, Since},
    state::App,
};

/// Something that happened. It names the thing; read it to see how it is now.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Change {
    /// Its number, the position after it. Grows by one or more.
    #[schema(example = 4711)]
    pub seq: i64,
    /// What kind of thing: `event`, `calendar`, `client`, `service`, `staff`, `closure`, `customer`, `booking_policy`,
    /// `operation`; there will be more.
    #[schema(example = "event")]
    pub kind: String,
    /// Which: `evt_…`, of a changed occurrence `evt_…_20261101T080000Z`, `cal_…`, `cli_…`, `svc_…`; a
    /// policy is named by its client.
    #[schema(example = "evt_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b")]
    pub id: String,
    /// What happened to it.
    pub action: Action,
    /// In which calendar.
    #[schema(required)]
    pub calendar_id: Option<String>,
    /// Of which client.
    #[schema(required)]
    pub client_id: Option<String>,
    /// Through whom.
    pub origin: Origin,
    /// When we noted it.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ChangeAction)]
pub enum Action {
    /// It is new.
    Created,
    /// It is different.
    Updated,
    /// It is gone; only its identifier is left.
    Deleted,
}

/// Through whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ChangeOrigin)]
pub enum Origin {
    /// Through this service.
    Ours,
    /// At the provider.
    Provider,
}

impl Change {
    /// Presents a row.
    pub fn new(row: Row) -> Self {
        Self {
            seq: row.seq,
            kind: row.kind,
            id: row.id,
            action: match row.action.as_str() {
                "created" => Action::Created,
                "deleted" => Action::Deleted,
                _ => Action::Updated,
            },
            calendar_id: row.calendar_id,
            client_id: row.client_id,
            origin: if row.origin == "ours" {
                Origin::Ours
            } else {
                Origin::Provider
            },
            at: row.at.into(),
        }
    }
}

/// What happened since a position.
#[derive(Debug, Serialize, ToSchema)]
pub struct Changes {
    /// In order.
    data: Vec<Change>,
    /// The position after them: hand it in as `since` the next time.
    #[schema(example = 4711)]
    next_since: i64,
    /// Whether there are more by now.
    has_more: bool,
}

/// Since when, and of what.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListChanges {
    /// `next_since` of the answer before; without it the answer is empty and says the position of now.
    #[param(minimum = 0)]
    since: Option<i64>,
    /// Only a calendar and what is in it.
    #[param(max_length = 64)]
    calendar_id: Option<String>,
    /// Only a client and what is theirs.
    #[param(max_length = 64)]
    client_id: Option<String>,
    /// How many entries at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
}

/// Follow what happens
///
/// Everything that became visible after `since`, in order, without gaps; each entry names a thing, deleted ones too. Kept for 30 days:
/// an older position answers 410 `gone`, then read everything again and go on from a position asked for before. For live updates
/// see `GET /stream`.
#[utoipa::path(operation_id = "list_changes", tag = "sync", params(ListChanges), security(("session" = []), ("key" = ["events:read"])),
    responses((status = 200, description = "What happened", body = Changes), Problem))]
#[get("/changes")]
pub async fn list(
    app: App,
    caller: Caller<scope::EventsRead>,
    query: Query<ListChanges>,
) -> Result<web::Json<Changes>, Problem> {
    let Query(q) = query;
    let filter = Filter {
        calendar: q.calendar_id,
        client: q.client_id,
    };
    let limit = q.limit.unwrap_or(DEFAULT_LIMIT);
    match app
        .read(move |c| feed::since(c, &caller.tenant, q.since, limit, &filter))
        .await?
    {
        Since::Read { changes, next, more } => Ok(web::Json(Changes {
            data: changes.into_iter().map(Change::new).collect(),
            next_since: next,
            has_more: more,
        })),
        Since::Gone { .. } => Err(gone()),
    }
}

/// The position is not kept any more.
pub fn gone() -> Problem {
    Problem::new(
        Code::Gone,
        "What happened after this position is no longer kept, or the position is not one of ours.",
    )
    .action("Ask without “since” for the position of now, read everything again, and go on from that position.")
}
