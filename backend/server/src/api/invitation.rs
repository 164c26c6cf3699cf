//! Setting a password: with the link of an invitation, or when one knows the present one.

use actix_web::{HttpRequest, HttpResponse, post, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        auth::{Actor, Caller, scope},
        json::{Body, Secret},
        problem::{Code, FieldError, Problem},
        session,
    },
    ops::{password as passwords, people},
    state::App,
};

/// The secret of a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "4mB…"}))]
pub struct InvitationRead {
    /// What stands in the link behind `#`.
    #[schema(min_length = 1, max_length = 200, write_only)]
    token: String,
}

/// Whom a link is for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Invitation {
    /// Name of the agency or business.
    tenant_name: String,
    /// Name of the person.
    name: String,
    /// Address to sign in with.
    email: String,
    /// Until when the link works.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Read an invitation
///
/// Whom a link is for. 404: it was used, replaced, or has ended.
#[utoipa::path(operation_id = "read_invitation", tag = "session", security(()), request_body = InvitationRead,
    responses((status = 200, description = "Whom it is for", body = Invitation), Problem))]
#[post("/auth/invitation")]
pub async fn read(
    app: App,
    request: HttpRequest,
    body: Body<InvitationRead>,
) -> Result<web::Json<Invitation>, Problem> {
    session::from_our_page(&app, &request)?;
    let Body(InvitationRead { token }) = body;
    app.limits.door(&request, "invitation")?;
    let now = app.now();
    let (user, tenant_name) = app.read(move |c| people::invited(c, &token, now)).await?;
    Ok(web::Json(Invitation {
        tenant_name,
        name: user.name,
        email: user.email,
        expires_at: user.invited_until.map_or(now, Into::into),
    }))
}

/// The secret of a link, and the password one wants.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "4mB…", "password": "correct horse battery"}))]
pub struct InvitationAccept {
    /// What stands in the link behind `#`.
    #[schema(min_length = 1, max_length = 200, write_only)]
    token: String,
    /// At least ten characters.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 1000, write_only)]
    password: Secret,
}

/// Accept an invitation
///
/// Sets the password and signs in. The link works once; earlier sessions of the person end.
#[utoipa::path(operation_id = "accept_invitation", tag = "session", security(()), request_body = InvitationAccept,
    responses((status = 200, description = "Signed in", body = session::Me), Problem))]
#[post("/auth/invitation/accept")]
pub async fn accept(app: App, request: HttpRequest, body: Body<InvitationAccept>) -> Result<HttpResponse, Problem> {
    session::from_our_page(&app, &request)?;
    let Body(InvitationAccept {
        token,
        password: wanted,
    }) = body;
    app.limits.door(&request, "invitation")?;
    let (now, asked) = (app.now(), token.clone());
    // Before the slow work: who has no link costs nothing.
    app.read(move |c| people::invited(c, &asked, now)).await?;
    let hash = session::off_thread(move || passwords::hash(&wanted.0))
        .await?
        .map_err(Problem::internal)?;
    let user = app.write(move |c| people::accept(c, &token, &hash, now)).await?;
    let who = Actor::User(user.id.clone());
    app.auth.forget(|identity| identity.actor == who);
    session::signed_in(&app, &request, user, HttpResponse::Ok()).await
}

/// The present password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"current": "correct horse battery", "new": "another horse battery"}))]
pub struct PasswordIn {
    /// The present one.
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 1000, write_only)]
    current: Secret,
    /// At least ten characters.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 1000, write_only)]
    new: Secret,
}

/// Change my password
///
/// For people. Their other sessions end.
#[utoipa::path(operation_id = "change_password", tag = "session", security(("session" = [])), request_body = PasswordIn,
    responses((status = 204, description = "Changed"), Problem))]
#[post("/auth/password")]
pub async fn password(
    app: App,
    caller: Caller<scope::Any>,
    request: HttpRequest,
    body: Body<PasswordIn>,
) -> Result<HttpResponse, Problem> {
    let (Actor::User(id), Some(session)) = (caller.actor, caller.session_id) else {
        return Err(Problem::new(Code::Forbidden, "A key has no password."));
    };
    let (tenant, who) = (caller.tenant.clone(), id.clone());
    let user = app.read_all(move |c| db::users::get(c, &tenant, &who)).await?;
    app.limits.door(&request, &user.email)?;
    let Body(PasswordIn { current, new }) = body;
    let known = user.password_hash;
    if !session::off_thread(move || passwords::verify(&current.0, Some(&known))).await? {
        return Err(Problem::invalid(vec![FieldError::new(
            "/current",
            "wrong",
            "This is not your present password.",
        )]));
    }
    let hash = session::off_thread(move || passwords::hash(&new.0))
        .await?
        .map_err(Problem::internal)?;
    let (now, kept, who) = (app.now(), session.clone(), id.clone());
    app.write(move |c| {
        db::users::set_password(c, &caller.tenant, &who, &hash, now.into())?;
        db::sessions::delete_others(c, &caller.tenant, &who, &kept)
    })
    .await?;
    let who = Actor::User(id);
    app.auth
        .forget(|identity| identity.actor == who && identity.session_id.as_ref() != Some(&session));
    Ok(HttpResponse::NoContent().finish())
}
