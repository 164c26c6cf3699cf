//! People, and what each member may do with each client.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, put, web};
use db::{reach::Level, user_access::Named, users::User as Row};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        auth::{Actor, Caller, scope},
        etag::{self, IfMatch},
        json::{Body, Merge, Query},
        page::{Page, PageQuery},
        patch::Patch,
        problem::Problem,
        session::Role,
    },
    ops::people as ops,
    state::App,
};

/// What a member may do with a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccessLevel {
    /// Look.
    Read,
    /// Also events, bookings, customers, bulk work, conflicts.
    Write,
    /// Also connections, services, staff, hours and settings of the client.
    Admin,
}

impl From<AccessLevel> for Level {
    fn from(level: AccessLevel) -> Self {
        match level {
            AccessLevel::Read => Self::Read,
            AccessLevel::Write => Self::Write,
            AccessLevel::Admin => Self::Admin,
        }
    }
}

impl From<Level> for AccessLevel {
    fn from(level: Level) -> Self {
        match level {
            Level::Read => Self::Read,
            Level::Write => Self::Write,
            Level::Admin => Self::Admin,
        }
    }
}

/// What a member shall be able to do with a client.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_id": "cli_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", "level": "write"}))]
pub struct ClientAccessIn {
    /// Which client.
    #[schema(max_length = 64)]
    client_id: String,
    /// What.
    level: AccessLevel,
    /// Only as this staff member: their connections, calendars, events and bookings, nothing of the others. Null: the whole client.
    #[serde(default)]
    #[schema(max_length = 64)]
    staff_id: Option<String>,
}

impl From<ClientAccessIn> for ops::Grant {
    fn from(wanted: ClientAccessIn) -> Self {
        Self {
            client: wanted.client_id,
            level: wanted.level.into(),
            staff: wanted.staff_id,
        }
    }
}

/// Everything a member shall be able to do.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"access": [{"client_id": "cli_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", "level": "write"}]}))]
pub struct AccessIn {
    /// One entry for each client; of all others nothing is seen.
    #[schema(max_items = 5000)]
    access: Vec<ClientAccessIn>,
}

/// What a member may do with a client.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClientAccess {
    /// Which client.
    pub client_id: String,
    /// Its name.
    pub client_name: String,
    /// What.
    pub level: AccessLevel,
    /// Only as this staff member; null: the whole client.
    pub staff_id: Option<String>,
    /// Their name.
    pub staff_name: Option<String>,
}

impl From<Named> for ClientAccess {
    fn from((row, client_name, staff_name): Named) -> Self {
        Self {
            client_id: row.client_id,
            client_name,
            level: Level::of(row.level).into(),
            staff_id: row.staff_id,
            staff_name,
        }
    }
}

/// What a person may do, client by client.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserAccess {
    /// Owners and admins see all clients, whatever stands here.
    sees_all: bool,
    /// By the name of the client.
    access: Vec<ClientAccess>,
}

/// Whether a person can sign in.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// They have not set a password yet.
    Invited,
    /// They can sign in.
    Active,
    /// They were let go.
    Deactivated,
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub struct User {
    /// `usr_…`
    id: String,
    /// Address to sign in with.
    email: String,
    /// For people.
    name: String,
    /// What they may do.
    role: Role,
    /// Whether they can sign in.
    state: UserState,
    /// Until when their link works; null: they have none.
    #[schema(value_type = Option<String>, format = DateTime)]
    invited_until: Option<Timestamp>,
    /// When they were added.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Row> for User {
    fn from(row: Row) -> Self {
        Self {
            state: match (row.deactivated_at, row.password_hash.as_str()) {
                (Some(_), _) => UserState::Deactivated,
                (None, "") => UserState::Invited,
                (None, _) => UserState::Active,
            },
            role: Role::of(&row.role),
            id: row.id,
            email: row.email,
            name: row.name,
            invited_until: row.invited_until.map(Into::into),
            created_at: row.created_at.into(),
        }
    }
}

/// A link with which a person sets a password: told once. Give it to them yourself.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitedUser {
    /// The person.
    #[serde(flatten)]
    user: User,
    /// For them alone; it works once.
    invitation_url: String,
}

impl InvitedUser {
    fn new(app: &App, row: Row, secret: &SecretString) -> Self {
        Self {
            user: row.into(),
            // Behind the #: browsers send it to nobody, so it stands in no log.
            invitation_url: format!("{}invite#{}", app.public_url, secret.expose_secret()),
        }
    }
}

/// Somebody to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "tina@example.com", "name": "Tina", "role": "member", "access": []}))]
pub struct UserIn {
    /// Address to sign in with.
    #[schema(min_length = 3, max_length = 320, format = "email")]
    email: String,
    /// For people.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// What they may do.
    role: Role,
    /// Of a member: with which clients.
    #[serde(default)]
    #[schema(max_items = 5000)]
    access: Vec<ClientAccessIn>,
}

/// What can be changed about a person.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Tina", "role": "member", "is_active": true}))]
pub struct UserEdit {
    /// For people.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// What they may do.
    role: Role,
    /// False: their sessions end and they cannot sign in.
    is_active: bool,
}

fn meant(expected: &IfMatch, row: &Row) -> Result<(), Problem> {
    if expected.allows(&etag::of(row.revision)) {
        return Ok(());
    }
    Err(Problem::changed("person", &User::from(row.clone())))
}

/// Who was somebody else a moment ago is asked again.
fn forget(app: &App, id: &str) {
    app.auth
        .forget(|identity| matches!(&identity.actor, Actor::User(user) if user == id));
}

/// List people
///
/// Oldest first, also those who were let go.
#[utoipa::path(operation_id = "list_users", tag = "people", params(PageQuery), security(("session" = []), ("key" = ["users:write"])),
    responses((status = 200, description = "One page", body = Page<User>), Problem))]
#[get("/users")]
pub async fn list(
    app: App,
    caller: Caller<scope::UsersWrite>,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<User>>, Problem> {
    let page = query.0.keyset()?;
    let slice = app.read(move |c| db::users::list(c, &caller.tenant, &page)).await?;
    Ok(web::Json(Page::of(slice, User::from)))
}

/// Invite somebody
///
/// The answer holds a link, once: give it to them yourself. With it they set a password, within seven days. Only owners invite owners.
#[utoipa::path(operation_id = "create_user", tag = "people", request_body = UserIn, security(("session" = []), ("key" = ["users:write"])),
    responses((status = 201, description = "Invited", body = InvitedUser), Problem))]
#[post("/users")]
pub async fn create(app: App, caller: Caller<scope::UsersWrite>, body: Body<UserIn>) -> Result<HttpResponse, Problem> {
    let (now, Body(wanted)) = (app.now(), body);
    let new = ops::New {
        email: wanted.email.trim().to_owned(),
        name: wanted.name,
        role: wanted.role.as_str(),
        access: wanted.access.into_iter().map(Into::into).collect(),
    };
    let (row, secret) = app
        .write(move |c| ops::invite(c, &caller.tenant, &caller.actor, new, now))
        .await?;
    let place = format!("/api/v1/users/{}", row.id);
    Ok(etag::created(
        &etag::of(row.revision),
        &place,
        &InvitedUser::new(&app, row, &secret),
    ))
}

/// Read a person
#[utoipa::path(operation_id = "get_user", tag = "people", params(("id" = String, Path, description = "`usr_…`")), security(("session" = []), ("key" = ["users:write"])),
    responses((status = 200, description = "The person", body = User), (status = 304, description = "The caller has this version"), Problem))]
#[get("/users/{id}")]
pub async fn read(
    app: App,
    caller: Caller<scope::UsersWrite>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let row = app
        .read(move |c| db::users::get(c, &caller.tenant, &id))
        .await
        .map_err(|error| Problem::missing(error, "person"))?;
    Ok(etag::answer(&request, &etag::of(row.revision), &User::from(row)))
}

/// Change a person
///
/// Their name, their role, whether they can sign in. Only owners touch owners; the last one stays. It holds at once, also for open streams.
#[utoipa::path(operation_id = "update_user", tag = "people", params(("id" = String, Path, description = "`usr_…`"), ("If-Match" = Option<String>, Header, description = "The ETag read before: 412 when somebody changed it since")),
    request_body(content((Patch<UserEdit> = "application/merge-patch+json"), (Patch<UserEdit> = "application/json"))), security(("session" = []), ("key" = ["users:write"])),
    responses((status = 200, description = "Changed", body = User), Problem))]
#[patch("/users/{id}")]
pub async fn update(
    app: App,
    caller: Caller<scope::UsersWrite>,
    id: web::Path<String>,
    expected: IfMatch,
    body: Merge<UserEdit>,
) -> Result<HttpResponse, Problem> {
    let (now, who) = (app.now(), id.clone());
    let row = app
        .write(move |c| {
            ops::update(c, &caller.tenant, &caller.actor, &id, now, |row| {
                meant(&expected, row)?;
                let current = UserEdit {
                    name: row.name.clone(),
                    role: Role::of(&row.role),
                    is_active: row.deactivated_at.is_none(),
                };
                body.apply(&current).map(|wanted| ops::Facts {
                    name: wanted.name,
                    role: wanted.role.as_str(),
                    is_active: wanted.is_active,
                })
            })
        })
        .await?;
    forget(&app, &who);
    Ok(etag::changed(&etag::of(row.revision), &User::from(row)))
}

/// Remove a person
///
/// Their sessions end. What they did stays.
#[utoipa::path(operation_id = "delete_user", tag = "people", params(("id" = String, Path, description = "`usr_…`")), security(("session" = []), ("key" = ["users:write"])),
    responses((status = 204, description = "Gone"), Problem))]
#[delete("/users/{id}")]
pub async fn remove(
    app: App,
    caller: Caller<scope::UsersWrite>,
    id: web::Path<String>,
    expected: IfMatch,
) -> Result<HttpResponse, Problem> {
    let who = id.clone();
    app.write(move |c| ops::remove(c, &caller.tenant, &caller.actor, &id, |row| meant(&expected, row)))
        .await?;
    forget(&app, &who);
    Ok(HttpResponse::NoContent().finish())
}

/// Make a new link
///
/// With it the person sets a password, also when they have forgotten theirs. A link before it works no more.
#[utoipa::path(operation_id = "invite_user", tag = "people", params(("id" = String, Path, description = "`usr_…`")), security(("session" = []), ("key" = ["users:write"])),
    responses((status = 200, description = "The link, once", body = InvitedUser), Problem))]
#[post("/users/{id}/invitation")]
pub async fn invite(
    app: App,
    caller: Caller<scope::UsersWrite>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let now = app.now();
    let (row, secret) = app
        .write(move |c| ops::link(c, &caller.tenant, &caller.actor, &id, now))
        .await?;
    Ok(etag::changed(
        &etag::of(row.revision),
        &InvitedUser::new(&app, row, &secret),
    ))
}

fn shown((row, granted): (Row, Vec<Named>)) -> (String, UserAccess) {
    let shown = UserAccess {
        sees_all: matches!(Role::of(&row.role), Role::Owner | Role::Admin),
        access: granted.into_iter().map(Into::into).collect(),
    };
    (etag::of(row.revision), shown)
}

/// Read what a person may do
#[utoipa::path(operation_id = "get_user_access", tag = "people", params(("id" = String, Path, description = "`usr_…`")), security(("session" = []), ("key" = ["users:write"])),
    responses((status = 200, description = "Client by client", body = UserAccess), (status = 304, description = "The caller has this version"), Problem))]
#[get("/users/{id}/client-access")]
pub async fn access(
    app: App,
    caller: Caller<scope::UsersWrite>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (tag, shown) = shown(app.read(move |c| ops::access(c, &caller.tenant, &id)).await?);
    Ok(etag::answer(&request, &tag, &shown))
}

/// Say what a person may do
///
/// Replaces everything. It holds at once, also for open streams.
#[utoipa::path(operation_id = "put_user_access", tag = "people", params(("id" = String, Path, description = "`usr_…`"), ("If-Match" = Option<String>, Header, description = "The ETag read before: 412 when somebody changed it since")),
    request_body = AccessIn, security(("session" = []), ("key" = ["users:write"])),
    responses((status = 200, description = "Said", body = UserAccess), Problem))]
#[put("/users/{id}/client-access")]
pub async fn put_access(
    app: App,
    caller: Caller<scope::UsersWrite>,
    id: web::Path<String>,
    expected: IfMatch,
    body: Body<AccessIn>,
) -> Result<HttpResponse, Problem> {
    let grants: Vec<ops::Grant> = body.0.access.into_iter().map(Into::into).collect();
    let changed = app
        .write(move |c| {
            ops::put_access(c, &caller.tenant, &caller.actor, &id, &grants, |row| {
                meant(&expected, row)
            })
        })
        .await?;
    let (tag, shown) = shown(changed);
    Ok(etag::changed(&tag, &shown))
}
