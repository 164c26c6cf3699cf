//! Who is asking, and whether they may: a session cookie with CSRF proof on writes, or an API key.
//!
//! A middleware identifies, the extractor [`Caller`] in a handler's signature decides. Identities are remembered for a
//! few seconds, so that the hot path asks the database once, for what was asked.

use std::{
    collections::HashMap,
    marker::PhantomData,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::{
    Error, FromRequest, HttpMessage, HttpRequest, ResponseError,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::Next,
    web,
};
use domain::id::TenantId;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::watch;

use crate::{
    api::problem::{Code, Problem},
    crypto,
    ops::sessions::{self, Known},
    state::App,
};

pub use crate::ops::access::{Actor, Identity, scope};

/// The session cookie.
pub const COOKIE: &str = "cs_session";

/// A caller who holds the scope `S`.
#[derive(Debug)]
pub struct Caller<S> {
    /// Whose data they may see.
    pub tenant: TenantId,
    /// Who.
    pub actor: Actor,
    /// The browser session, for people.
    pub session_id: Option<String>,
    /// What they may do.
    pub scopes: Arc<[String]>,
    scope: PhantomData<S>,
}

impl<S> Caller<S> {
    /// Whether they also hold this scope.
    pub fn may(&self, scope: &str) -> bool {
        self.scopes.iter().any(|one| one == scope)
    }

    /// Insists on one more scope, for what only part of an operation needs.
    ///
    /// # Errors
    /// 403.
    pub fn require(&self, scope: &str) -> Result<(), Problem> {
        if self.may(scope) { Ok(()) } else { Err(forbidden(scope)) }
    }
}

impl<S: scope::Scope> FromRequest for Caller<S> {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(identity(request).and_then(|identity| {
            if let Some(scope) = S::NAME.filter(|scope| !identity.may(scope)) {
                return Err(forbidden(scope));
            }
            Ok(Self {
                tenant: identity.tenant.clone(),
                actor: identity.actor.clone(),
                session_id: identity.session_id.clone(),
                scopes: Arc::clone(&identity.scopes),
                scope: PhantomData,
            })
        }))
    }
}

fn forbidden(scope: &str) -> Problem {
    Problem::new(Code::Forbidden, format!("This needs the scope {scope}."))
}

type Outcome = Result<Arc<Identity>, Problem>;

/// Who is asking, as the middleware found out.
///
/// # Errors
/// 401, 403 `csrf_failed`, or 503 when the database could not be asked.
pub fn identity(request: &HttpRequest) -> Result<Arc<Identity>, Problem> {
    request
        .extensions()
        .get::<Outcome>()
        .cloned()
        .unwrap_or_else(|| Err(unauthenticated()))
}

fn unauthenticated() -> Problem {
    Problem::new(Code::Unauthenticated, "There is no session or API key, or it ended.")
        .action("Sign in, or send a valid API key.")
}

/// The middleware: finds out who is asking, and leaves the decision to the handler's signature.
///
/// # Errors
/// Those of the inner service.
pub async fn authenticate<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    if let Some(app) = request.app_data::<web::Data<App>>().cloned() {
        let outcome = find_out(&app, request.request()).await;
        if let Some(Err(problem)) = outcome.as_ref().ok().map(|identity| app.limits.caller(identity)) {
            return Ok(request.into_response(problem.error_response()).map_into_right_body());
        }
        request.extensions_mut().insert::<Outcome>(outcome);
    }
    next.call(request).await.map(ServiceResponse::map_into_left_body)
}

/// What the request shows as proof: a key, or else a cookie.
fn shown(request: &HttpRequest) -> Option<(Known, String)> {
    if let Some(value) = request.headers().get(header::AUTHORIZATION) {
        let (kind, token) = value.to_str().ok()?.split_once(' ')?;
        let token = token.trim();
        return (kind.eq_ignore_ascii_case("bearer") && token.starts_with(crate::ops::api_keys::PREFIX))
            .then(|| (Known::Key, token.to_owned()));
    }
    Some((Known::Session, request.cookie(COOKIE)?.value().to_owned()))
}

/// The proof of a request that goes on for long, to be looked at again.
#[derive(Debug, Clone)]
pub struct Proof {
    kind: Known,
    hash: String,
}

impl Proof {
    /// What the request showed.
    ///
    /// # Errors
    /// 401.
    pub fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let (kind, token) = shown(request).ok_or_else(unauthenticated)?;
        Ok(Self {
            kind,
            hash: crypto::token_hash(&token),
        })
    }

    /// Whether it still gives this scope to whom `app` reads for, as the database says now.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn holds(&self, app: &App, scope: &'static str) -> db::Result<bool> {
        let (proof, now) = (self.clone(), app.now());
        let found = app
            .read_all(move |c| sessions::identify(c, proof.kind, &proof.hash, now))
            .await?;
        Ok(found.is_some_and(|(identity, _)| identity.may(scope) && identity.reach == *app.reach()))
    }
}

async fn find_out(app: &App, request: &HttpRequest) -> Outcome {
    let (kind, token) = shown(request).ok_or_else(unauthenticated)?;
    let identity = known(app, kind, &token).await?;
    if kind == Known::Key {
        return Ok(identity);
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        same_origin(app, request)?;
        let sent = request
            .headers()
            .get("x-csrf-token")
            .map(header::HeaderValue::as_bytes)
            .unwrap_or_default();
        if !bool::from(csrf_token(&token).as_bytes().ct_eq(sent)) {
            return Err(
                Problem::new(Code::CsrfFailed, "The header X-CSRF-Token is missing or wrong.")
                    .action("Send the csrf_token of /auth/me."),
            );
        }
    }
    Ok(identity)
}

/// Refuses what another site's page sends. `Origin` is set by the browser and cannot be forged by a page.
///
/// # Errors
/// 403 `csrf_failed`.
pub fn same_origin(app: &App, request: &HttpRequest) -> Result<(), Problem> {
    let wrong = || Problem::new(Code::CsrfFailed, "The header Origin is missing or names another site.");
    let origin = request
        .headers()
        .get(header::ORIGIN)
        .and_then(|value| value.to_str().ok())
        .ok_or_else(wrong)?;
    if origin == app.public_url.origin().ascii_serialization() {
        return Ok(());
    }
    // Without TLS (local use, development proxies) the address in the browser's bar may be another name of ours; a page
    // of another site cannot make the browser send our name as Host together with its own Origin.
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if app.public_url.scheme() == "http" && !host.is_empty() && origin.strip_prefix("http://") == Some(host) {
        return Ok(());
    }
    Err(wrong())
}

/// Proof that a request was made by our own page: only it can read the answer that holds the token. Derived from the
/// cookie, so there is nothing to store and it ends with the session.
pub fn csrf_token(session: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"csrf\0");
    hash.update(session.as_bytes());
    hex::encode(hash.finalize())
}

async fn known(app: &App, kind: Known, token: &str) -> Outcome {
    let hash = crypto::token_hash(token);
    let now = app.now();
    if let Some(identity) = app.auth.get(&hash, now) {
        return Ok(identity);
    }
    let key = hash.clone();
    let found = app.read(move |c| sessions::identify(c, kind, &hash, now)).await?;
    let Some((identity, stale)) = found else {
        return Err(unauthenticated());
    };
    if stale {
        // Once a minute at most; not worth failing a request for.
        let seen = identity.clone();
        if let Err(error) = app.write(move |c| sessions::seen(c, &seen, now)).await {
            tracing::warn!(%error, "could not note that a session or key was used");
        }
    }
    let identity = Arc::new(identity);
    app.auth.put(key, Arc::clone(&identity), now);
    Ok(identity)
}

/// Who was seen a moment ago, by token hash. In this process, what ends a session or key also ends it here; other
/// processes learn of it when their entry is a few seconds old.
#[derive(Default)]
pub struct Cache {
    known: Mutex<HashMap<String, (Arc<Identity>, Timestamp)>>,
    /// Counts how often somebody was forgotten.
    forgotten: watch::Sender<u64>,
}

/// How long an identity is believed without asking.
const FRESH: SignedDuration = SignedDuration::from_secs(5);
/// Entries kept; beyond that all are forgotten.
const CAPACITY: usize = 10_000;

impl Cache {
    fn get(&self, hash: &str, now: Timestamp) -> Option<Arc<Identity>> {
        let entries = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (identity, at) = entries.get(hash)?;
        let age = now.duration_since(*at);
        let valid = age >= SignedDuration::ZERO && age < FRESH && identity.ends_at.is_none_or(|end| now < end);
        valid.then(|| Arc::clone(identity))
    }

    fn put(&self, hash: String, identity: Arc<Identity>, now: Timestamp) {
        let mut entries = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= CAPACITY {
            entries.clear();
        }
        entries.insert(hash, (identity, now));
    }

    /// Forgets the session with this cookie.
    pub fn forget_token(&self, token: &str) {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&crypto::token_hash(token));
        self.forgotten.send_modify(|count| *count += 1);
    }

    /// Forgets everybody for whom `ended` holds.
    pub fn forget(&self, mut ended: impl FnMut(&Identity) -> bool) {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|_, (identity, _)| !ended(identity));
        self.forgotten.send_modify(|count| *count += 1);
    }

    /// Changes whenever a session or key has ended in this process.
    pub fn endings(&self) -> watch::Receiver<u64> {
        self.forgotten.subscribe()
    }
}
