//! Signing in and out, and who one is.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    cookie::{Cookie, SameSite, time::Duration},
    get, post,
};
use db::{tenants::Tenant, user_access::Named, users::User};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        auth::{self, Actor, COOKIE, Caller, scope},
        json::{Body, Secret},
        problem::{Code, Problem},
        users::ClientAccess,
    },
    ops::{access, password, sessions},
    state::App,
};

/// What a person may do, in one word.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    Owner,
    /// Everything but what concerns owners.
    Admin,
    /// What they were granted, client by client.
    Member,
}

impl Role {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Member => "member",
        }
    }

    /// As it was stored.
    pub fn of(text: &str) -> Self {
        match text {
            "owner" => Self::Owner,
            "admin" => Self::Admin,
            _ => Self::Member,
        }
    }
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeUser {
    /// `usr_…`
    id: String,
    /// Address to sign in with.
    email: String,
    /// For people.
    name: String,
    /// What they may do.
    role: Role,
}

/// An agency or business.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeTenant {
    /// `ten_…`
    id: String,
    /// For people.
    name: String,
}

/// Who the caller is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"user": {"id": "usr_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", "email": "dana@example.com", "name": "Dana", "role": "owner"}, "tenant": {"id": "ten_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", "name": "Harbour Agency"}, "csrf_token": "5f8a…", "scopes": ["clients:read", "clients:write"], "sees_all": true, "access": []}))]
pub struct Me {
    /// Null for API keys.
    user: Option<MeUser>,
    /// Whose data the caller sees.
    tenant: MeTenant,
    /// Send it as `X-CSRF-Token` on writes. Null for API keys.
    csrf_token: Option<String>,
    /// What the caller may do.
    scopes: Vec<String>,
    /// Whether that is with all clients. Otherwise `access` says with which.
    sees_all: bool,
    /// Of a member: what they may do with which client. Scopes say the most that they may do anywhere.
    access: Vec<ClientAccess>,
}

impl Me {
    fn new(
        user: Option<User>,
        tenant: Tenant,
        csrf_token: Option<String>,
        scopes: &[String],
        access: Vec<Named>,
    ) -> Self {
        let role = user.as_ref().map(|user| Role::of(&user.role));
        Self {
            sees_all: !matches!(role, Some(Role::Member)),
            access: access.into_iter().map(Into::into).collect(),
            user: user.map(|user| MeUser {
                id: user.id,
                email: user.email,
                name: user.name,
                role: Role::of(&user.role),
            }),
            tenant: MeTenant {
                id: tenant.id,
                name: tenant.name,
            },
            csrf_token,
            scopes: scopes.to_vec(),
        }
    }
}

/// Proof that one is that person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "dana@example.com", "password": "correct horse battery"}))]
pub struct LoginIn {
    /// Address to sign in with.
    #[schema(min_length = 1, max_length = 320)]
    email: String,
    /// The password.
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 1000, write_only)]
    password: Secret,
}

/// Sign in
///
/// Sets the session cookie. Too many attempts per account or address are refused for a while.
#[utoipa::path(operation_id = "login", tag = "session", security(()), request_body = LoginIn,
    responses((status = 200, description = "Signed in", body = Me), Problem))]
#[post("/auth/login")]
pub async fn login(app: App, request: HttpRequest, body: Body<LoginIn>) -> Result<HttpResponse, Problem> {
    from_our_page(&app, &request)?;
    let Body(LoginIn { email, password }) = body;
    app.limits.door(&request, &email)?;
    let key = email.trim().to_lowercase();
    let user = app.read(move |c| db::users::by_email(c, &key)).await?;
    // Who has no password yet or was let go is nobody here.
    let user = user.filter(|user| user.deactivated_at.is_none() && !user.password_hash.is_empty());
    // Also without such a user: the same work, so that the time tells nothing.
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let right = off_thread(move || password::verify(&password.0, hash.as_deref())).await?;
    match user {
        Some(user) if right => signed_in(&app, &request, user, HttpResponse::Ok()).await,
        _ => Err(Problem::new(
            Code::Unauthenticated,
            "The e-mail address or the password is wrong.",
        )),
    }
}

/// Sign out
#[utoipa::path(operation_id = "logout", tag = "session", security(("session" = []), ("key" = [])), responses((status = 204, description = "Signed out"), Problem))]
#[post("/auth/logout")]
pub async fn logout(app: App, caller: Caller<scope::Any>) -> Result<HttpResponse, Problem> {
    let mut response = HttpResponse::NoContent();
    if let Some(session) = caller.session_id.clone() {
        let ended = session.clone();
        app.write(move |c| db::sessions::delete(c, &caller.tenant, &session))
            .await?;
        app.auth.forget(|identity| identity.session_id.as_ref() == Some(&ended));
        let mut gone = cookie(&app, "");
        gone.make_removal();
        response.cookie(gone);
    }
    Ok(response.finish())
}

/// Who am I
#[utoipa::path(operation_id = "get_me", tag = "session", security(("session" = []), ("key" = [])), responses((status = 200, description = "The caller", body = Me), Problem))]
#[get("/auth/me")]
pub async fn me(app: App, caller: Caller<scope::Any>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let (tenant, user) = (
        caller.tenant.clone(),
        match &caller.actor {
            Actor::User(id) => Some(id.clone()),
            Actor::Key(_) => None,
        },
    );
    let (user, tenant, access) = app.read(move |c| sessions::me(c, &tenant, user.as_deref())).await?;
    let token = caller
        .session_id
        .as_ref()
        .and_then(|_| request.cookie(COOKIE))
        .map(|cookie| auth::csrf_token(cookie.value()));
    Ok(HttpResponse::Ok().json(Me::new(user, tenant, token, &caller.scopes, access)))
}

/// Begins a session and answers with it.
pub(super) async fn signed_in(
    app: &App,
    request: &HttpRequest,
    user: User,
    mut response: HttpResponseBuilder,
) -> Result<HttpResponse, Problem> {
    let now = app.now();
    let before = request.cookie(COOKIE).map(|cookie| cookie.value().to_owned());
    let (token, user, tenant, access) = app
        .write(move |c| {
            let token = sessions::begin(c, &user, before.as_deref(), now)?;
            let tenant = domain::id::TenantId::from_store(user.tenant_id.clone());
            let (_, tenant, access) = sessions::me(c, &tenant, Some(&user.id))?;
            Ok::<_, Problem>((token, user, tenant, access))
        })
        .await?;
    // The session the browser held before has ended.
    if let Some(before) = request.cookie(COOKIE) {
        app.auth.forget_token(before.value());
    }
    let csrf = auth::csrf_token(token.expose_secret());
    let scopes = access::of_role(&user.role);
    Ok(response.cookie(cookie(app, token.expose_secret())).json(Me::new(
        Some(user),
        tenant,
        Some(csrf),
        &scopes,
        access,
    )))
}

fn cookie(app: &App, value: &str) -> Cookie<'static> {
    Cookie::build(COOKIE, value.to_owned())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.public_url.scheme() == "https")
        .max_age(Duration::seconds(sessions::ABSOLUTE.as_secs()))
        .finish()
}

/// Signing in has no CSRF token yet; a page of another site is known by its origin. Scripts send none.
///
/// # Errors
/// 403 `csrf_failed`.
pub(super) fn from_our_page(app: &App, request: &HttpRequest) -> Result<(), Problem> {
    if request.headers().contains_key("origin") {
        auth::same_origin(app, request)
    } else {
        Ok(())
    }
}

/// Runs slow work off the async threads.
pub(super) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(Problem::internal)
}
