//! `Idempotency-Key` on POST: the same key with the same body gets the first answer again.
//!
//! Only what was done is kept (2xx): a refused request did nothing, so it may be corrected and sent again under its key.
//! A process that dies leaves the key taken for two minutes and no longer.

use std::sync::Arc;

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use db::idempotency::{Begin, Row};
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    api::{
        auth::{self, Actor, Identity},
        edge, json,
        problem::{Code, FieldError, Problem},
    },
    crypto::Aad,
    jobs::KEPT,
    state::App,
};

/// How long a first request is believed to run.
const RUNS: SignedDuration = SignedDuration::from_mins(2);
const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// Headers of an answer that are part of it.
const ANSWER_HEADERS: [HeaderName; 3] = [header::CONTENT_TYPE, header::ETAG, header::LOCATION];

/// The identity of the current request under its key, the same for every repetition: what a handler derives provider
/// ids from. `None`: the caller sent no key.
#[derive(Debug, Clone, Default)]
pub struct Key(pub Option<String>);

impl FromRequest for Key {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(request.extensions().get::<Self>().cloned().unwrap_or_default()))
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    headers: Vec<(String, String)>,
    body: String,
}

/// The middleware. Stands behind [`auth::authenticate`].
///
/// Answers 422 `idempotency_key_reused` and 409 `request_in_progress` itself.
///
/// # Errors
/// Those of the inner service.
pub async fn replay<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.call(request).await.map(ServiceResponse::map_into_left_body);
    }
    edge::to_the_end(write(request, next)).await
}

async fn write<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let run = match prepare(&mut request).await {
        Ok(Step::Run(run)) => run,
        Ok(Step::Pass) => return next.call(request).await.map(ServiceResponse::map_into_left_body),
        Ok(Step::Repeat(answer)) => return Ok(request.into_response(answer).map_into_right_body()),
        Err(problem) => return Ok(request.into_response(problem.error_response()).map_into_right_body()),
    };
    let Run { app, identity, id } = run;
    request.extensions_mut().insert(Key(Some(id.clone())));
    match next.call(request).await {
        Ok(answer) if answer.status().is_success() => {
            Ok(keep(&app, &identity, &id, answer).await.map_into_right_body())
        }
        other => {
            let tenant = identity.tenant.clone();
            if let Err(error) = app.write(move |c| db::idempotency::forget(c, &tenant, &id)).await {
                tracing::warn!(%error, "an idempotency key stays taken for two minutes");
            }
            other.map(ServiceResponse::map_into_left_body)
        }
    }
}

enum Step {
    /// Nothing to remember.
    Pass,
    /// The first of its kind.
    Run(Run),
    /// The answer is known.
    Repeat(HttpResponse),
}

struct Run {
    app: Data<App>,
    identity: Arc<Identity>,
    id: String,
}

async fn prepare(request: &mut ServiceRequest) -> Result<Step, Problem> {
    let app = request.app_data::<Data<App>>().cloned();
    let (Some(app), Some(key), Ok(identity)) = (app, key(request)?, auth::identity(request.request())) else {
        return Ok(Step::Pass);
    };
    let body = json::peek(request).await?;
    let id = fingerprint(&identity, &key, request.request());
    let body_hash = hex::encode(Sha256::digest(&body));
    match begin(&app, &identity, &id, &body_hash).await? {
        Begin::Mine => Ok(Step::Run(Run { app, identity, id })),
        Begin::Taken(row) => repeat(&app, &identity, &row, &body_hash).map(Step::Repeat),
    }
}

fn key(request: &ServiceRequest) -> Result<Option<String>, Problem> {
    // Signing in twice is two sessions, whatever the key.
    let door = ["/api/v1/auth/", "/api/v1/setup"]
        .iter()
        .any(|path| request.path().starts_with(path));
    // A file is stored as it comes, never held as a whole.
    let file = request.path() == "/api/v1/imports";
    if request.method() != Method::POST || door || file {
        return Ok(None);
    }
    let Some(value) = request.headers().get(&HEADER) else {
        return Ok(None);
    };
    let fits = |text: &&str| (1..=200).contains(&text.len());
    let key = value.to_str().ok().filter(fits).map(str::to_owned);
    let wrong = || {
        FieldError::new(
            "/header/Idempotency-Key",
            "format",
            "The key must be 1 to 200 visible ASCII characters.",
        )
    };
    key.map(Some).ok_or_else(|| Problem::invalid(vec![wrong()]))
}

fn fingerprint(identity: &Identity, key: &str, request: &HttpRequest) -> String {
    let actor = match &identity.actor {
        Actor::User(id) | Actor::Key(id) => id,
    };
    let mut hash = Sha256::new();
    for part in [
        identity.tenant.as_str(),
        actor,
        key,
        request.method().as_str(),
        request.path(),
        request.query_string(),
    ] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

async fn begin(app: &App, identity: &Identity, id: &str, body_hash: &str) -> Result<Begin, Problem> {
    let now = app.now();
    let row = Row {
        id: id.to_owned(),
        tenant_id: identity.tenant.as_str().to_owned(),
        body_hash: body_hash.to_owned(),
        status: None,
        answer: None,
        locked_until: (now + RUNS).into(),
        created_at: now.into(),
    };
    app.write(move |c| Ok(db::idempotency::begin(c, &row, (now - KEPT).into())?))
        .await
}

fn aad<'a>(identity: &'a Identity, id: &'a str) -> Aad<'a> {
    Aad {
        table: "idempotency_keys",
        column: "answer",
        row: id,
        tenant: &identity.tenant,
    }
}

/// The first answer again, or why not.
fn repeat(app: &App, identity: &Identity, row: &Row, body_hash: &str) -> Result<HttpResponse, Problem> {
    if row.body_hash != body_hash {
        return Err(Problem::new(
            Code::IdempotencyKeyReused,
            "This idempotency key was used with another body.",
        )
        .action("Use a new key for a new request."));
    }
    let (Some(status), Some(answer)) = (row.status, &row.answer) else {
        let left = row.locked_until.timestamp().duration_since(app.now()).as_secs();
        let wait = u64::try_from(left).unwrap_or(1).clamp(1, 5);
        return Err(Problem::new(
            Code::RequestInProgress,
            "The first request with this key is still running.",
        )
        .retry_after(wait));
    };
    let opened = app.vault.open(&aad(identity, &row.id), answer)?;
    let stored: Stored = serde_json::from_str(opened.expose_secret()).map_err(Problem::internal)?;
    let status = u16::try_from(status)
        .ok()
        .and_then(|status| StatusCode::from_u16(status).ok())
        .unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    for (name, value) in stored.headers {
        response.insert_header((name, value));
    }
    Ok(response
        .insert_header(("Idempotent-Replayed", "true"))
        .body(stored.body))
}

/// Keeps the answer and passes it on.
async fn keep<B: MessageBody + 'static>(
    app: &App,
    identity: &Identity,
    id: &str,
    answer: ServiceResponse<B>,
) -> ServiceResponse<BoxBody> {
    let (request, response) = answer.into_parts();
    let (head, body) = response.into_parts();
    let Ok(bytes) = actix_web::body::to_bytes(body).await else {
        return ServiceResponse::new(
            request,
            Problem::internal("an answer could not be read").error_response(),
        );
    };
    let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
    let headers = ANSWER_HEADERS
        .iter()
        .filter_map(|name| Some((name.to_string(), head.headers().get(name).and_then(text)?)))
        .collect();
    let stored = Stored {
        headers,
        body: String::from_utf8_lossy(&bytes).into_owned(),
    };
    let plain = SecretString::from(serde_json::to_string(&stored).unwrap_or_default());
    let sealed = app.vault.seal(&aad(identity, id), &plain);
    let (tenant, id, status) = (
        identity.tenant.clone(),
        id.to_owned(),
        i64::from(head.status().as_u16()),
    );
    if let Err(error) = app
        .write(move |c| db::idempotency::finish(c, &tenant, &id, status, &sealed))
        .await
    {
        // The work is done; a repetition within two minutes is told to wait.
        tracing::warn!(%error, "an answer could not be kept for repetitions");
    }
    ServiceResponse::new(request, head.set_body(BoxBody::new(bytes)))
}
