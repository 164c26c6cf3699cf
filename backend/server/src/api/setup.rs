//! The first run.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        json::{Body, Secret},
        problem::Problem,
        session,
    },
    ops::{password, setup},
    state::App,
};

/// Whether the installation waits for its first owner.
#[derive(Debug, Serialize, ToSchema)]
pub struct SetupState {
    /// Nobody has set it up.
    required: bool,
    /// Simulated providers are connected.
    sandbox: bool,
    /// Of this program.
    version: &'static str,
}

/// The first owner.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"tenant_name": "Harbour Agency", "name": "Dana", "email": "dana@example.com", "password": "correct horse battery"}))]
pub struct SetupIn {
    /// Name of the agency or business.
    #[schema(min_length = 1, max_length = 200)]
    tenant_name: String,
    /// Name of the person.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Address to sign in with.
    #[schema(min_length = 3, max_length = 320, format = "email")]
    email: String,
    /// At least ten characters.
    #[schema(value_type = String, format = Password, min_length = 10, max_length = 1000, write_only)]
    password: Secret,
}

/// Is a first owner needed
#[utoipa::path(operation_id = "get_setup", tag = "session", security(()), responses((status = 200, description = "The state", body = SetupState), Problem))]
#[get("/setup")]
pub async fn state(app: App) -> Result<web::Json<SetupState>, Problem> {
    let done = app.read(db::tenants::any).await?;
    Ok(web::Json(SetupState {
        required: !done,
        sandbox: app.config.sandbox,
        version: env!("CARGO_PKG_VERSION"),
    }))
}

/// Create the first owner
///
/// Works once; signs the owner in.
#[utoipa::path(operation_id = "create_setup", tag = "session", security(()), request_body = SetupIn,
    responses((status = 201, description = "Created and signed in", body = session::Me), Problem))]
#[post("/setup")]
pub async fn create(app: App, request: HttpRequest, body: Body<SetupIn>) -> Result<HttpResponse, Problem> {
    session::from_our_page(&app, &request)?;
    let Body(owner) = body;
    app.limits.door(&request, &owner.email)?;
    if app.read(db::tenants::any).await? {
        return Err(setup::Error::Done.into());
    }
    let secret = owner.password;
    let hash = session::off_thread(move || password::hash(&secret.0))
        .await?
        .map_err(Problem::internal)?;
    let owner = setup::Owner {
        tenant_name: owner.tenant_name,
        name: owner.name,
        email: owner.email.trim().to_owned(),
        password_hash: hash,
    };
    let now = app.now();
    let user = app.write(move |c| setup::create(c, owner, now)).await?;
    session::signed_in(&app, &request, user, HttpResponse::Created()).await
}
