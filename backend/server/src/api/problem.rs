//! Errors become answers here and nowhere else: a closed `code` for programs, sentences for people, the cause logged once.

use std::{collections::BTreeMap, fmt};

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoResponses, ToSchema, openapi};

use crate::api::{availability::Unavailable, edge};

/// Why a request was not done. Closed: programs branch on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ProblemCode)]
pub enum Code {
    /// 422: one or more fields are wrong.
    ValidationFailed,
    /// 400: the body is not JSON.
    MalformedJson,
    /// 415: the body's content type is not one the operation takes.
    UnsupportedMediaType,
    /// 413: the body is larger than allowed.
    PayloadTooLarge,
    /// 400: the request cannot be read at all.
    BadRequest,
    /// 404: it does not exist, or belongs to somebody else.
    NotFound,
    /// 410: what was asked for is no longer kept.
    Gone,
    /// 405: the path exists, the method does not.
    MethodNotAllowed,
    /// 401: no session or key, or it ended.
    Unauthenticated,
    /// 403: the role or key lacks a scope, or a member's access to the client does not reach so far.
    Forbidden,
    /// 403: a cookie write without the CSRF token, or from another origin.
    CsrfFailed,
    /// 409: it collides with something that exists.
    Conflict,
    /// 409: the plan that was looked at is not the one that would be applied.
    PlanChanged,
    /// 409: that time cannot be booked; `unavailable` says why, and when else.
    SlotUnavailable,
    /// 409: the first owner exists already.
    SetupDone,
    /// 409: there is no owner yet.
    SetupRequired,
    /// 422: the same idempotency key came with another body.
    IdempotencyKeyReused,
    /// 409: the first request with this idempotency key is still running.
    RequestInProgress,
    /// 428: the write needs `If-Match`.
    PreconditionRequired,
    /// 412: somebody changed it since.
    PreconditionFailed,
    /// 409: the provider no longer accepts the credential.
    ReauthorizationRequired,
    /// 503: the provider does not answer or asks to wait.
    ProviderUnavailable,
    /// 502: the provider refused.
    ProviderError,
    /// 429: too many requests.
    RateLimited,
    /// 503: our database is busy or away.
    Unavailable,
    /// 500: a fault of ours.
    Internal,
}

impl Code {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 26] = [
        Self::ValidationFailed,
        Self::MalformedJson,
        Self::UnsupportedMediaType,
        Self::PayloadTooLarge,
        Self::BadRequest,
        Self::NotFound,
        Self::Gone,
        Self::MethodNotAllowed,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::CsrfFailed,
        Self::Conflict,
        Self::PlanChanged,
        Self::SlotUnavailable,
        Self::SetupDone,
        Self::SetupRequired,
        Self::IdempotencyKeyReused,
        Self::RequestInProgress,
        Self::PreconditionRequired,
        Self::PreconditionFailed,
        Self::ReauthorizationRequired,
        Self::ProviderUnavailable,
        Self::ProviderError,
        Self::RateLimited,
        Self::Unavailable,
        Self::Internal,
    ];

    /// Status, the word in answers, title.
    const fn row(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::ValidationFailed => (422, "validation_failed", "Some fields are wrong"),
            Self::MalformedJson => (400, "malformed_json", "The body is not JSON"),
            Self::UnsupportedMediaType => (415, "unsupported_media_type", "The content type is not supported"),
            Self::PayloadTooLarge => (413, "payload_too_large", "The body is too large"),
            Self::BadRequest => (400, "bad_request", "The request cannot be read"),
            Self::NotFound => (404, "not_found", "Not found"),
            Self::Gone => (410, "gone", "No longer kept"),
            Self::MethodNotAllowed => (405, "method_not_allowed", "The path does not take this method"),
            Self::Unauthenticated => (401, "unauthenticated", "Sign in first"),
            Self::Forbidden => (403, "forbidden", "Not allowed"),
            Self::CsrfFailed => (403, "csrf_failed", "The request did not come from our page"),
            Self::Conflict => (409, "conflict", "It collides with something that exists"),
            Self::PlanChanged => (409, "plan_changed", "The plan is another one"),
            Self::SlotUnavailable => (409, "slot_unavailable", "That time cannot be booked"),
            Self::SetupDone => (409, "setup_done", "Already set up"),
            Self::SetupRequired => (409, "setup_required", "Not set up yet"),
            Self::IdempotencyKeyReused => (
                422,
                "idempotency_key_reused",
                "The idempotency key was used for another request",
            ),
            Self::RequestInProgress => (409, "request_in_progress", "The first request is still running"),
            Self::PreconditionRequired => (428, "precondition_required", "If-Match is needed"),
            Self::PreconditionFailed => (412, "precondition_failed", "It was changed meanwhile"),
            Self::ReauthorizationRequired => (409, "reauthorization_required", "The account must be connected again"),
            Self::ProviderUnavailable => (503, "provider_unavailable", "The provider does not answer"),
            Self::ProviderError => (502, "provider_error", "The provider refused"),
            Self::RateLimited => (429, "rate_limited", "Too many requests"),
            Self::Unavailable => (503, "unavailable", "The service is busy"),
            Self::Internal => (500, "internal", "Something went wrong here"),
        }
    }

    /// The HTTP status it always comes with.
    pub const fn status(self) -> u16 {
        self.row().0
    }

    /// The word in answers.
    pub const fn as_str(self) -> &'static str {
        self.row().1
    }

    const fn retryable(self) -> bool {
        matches!(
            self,
            Self::RequestInProgress | Self::ProviderUnavailable | Self::RateLimited | Self::Unavailable
        )
    }
}

/// One wrong field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"pointer": "/email", "code": "required", "detail": "“email” is required."}))]
pub struct FieldError {
    /// JSON pointer into the body; query parameters as `/query/<name>`, headers as `/header/<name>`.
    pub pointer: String,
    /// What kind of wrong: `required`, `unknown_field`, `type`, `too_long`, `too_short`, `format`, `enum`, `taken`, …
    pub code: String,
    /// For people.
    pub detail: String,
}

impl FieldError {
    /// One wrong field.
    pub fn new(pointer: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            code: code.into(),
            detail: detail.into(),
        }
    }
}

/// What a provider said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProviderAnswer {
    /// Which provider.
    pub name: String,
    /// Its HTTP status.
    pub status: Option<u16>,
    /// Its own word for it.
    pub code: Option<String>,
    /// Its own id of the request, to quote to its support.
    pub request_id: Option<String>,
}

/// Why a request was not done (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "https://github.com/calendar-stacker/calendar-stacker/blob/main/docs/errors/README.md#not_found",
    "title": "Not found", "status": 404, "detail": "There is no such client.", "instance": "/api/v1/clients/cli_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b",
    "code": "not_found", "request_id": "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", "errors": [], "retryable": false,
    "retry_after_s": null, "action": null, "provider": null, "current": null
}))]
pub struct ProblemBody {
    /// A page that explains the code.
    #[schema(format = "uri")]
    pub r#type: String,
    /// The kind of problem, for people.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time.
    pub detail: String,
    /// The path that was asked.
    pub instance: String,
    /// For programs.
    pub code: Code,
    /// Quote it when you report the problem.
    pub request_id: String,
    /// Every wrong field.
    pub errors: Vec<FieldError>,
    /// Whether the same request may work later.
    pub retryable: bool,
    /// When, in seconds.
    pub retry_after_s: Option<u64>,
    /// What the person should do.
    pub action: Option<String>,
    /// What the provider said.
    pub provider: Option<ProviderAnswer>,
    /// 412: the resource as it is now.
    #[schema(value_type = Value)]
    pub current: Option<Value>,
    /// `slot_unavailable`: why, and when else.
    pub unavailable: Option<Unavailable>,
}

/// An error on its way to becoming an answer.
#[derive(Debug, Clone)]
pub struct Problem(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    code: Code,
    detail: String,
    errors: Vec<FieldError>,
    retry_after_s: Option<u64>,
    action: Option<String>,
    provider: Option<ProviderAnswer>,
    current: Option<Value>,
    unavailable: Option<Unavailable>,
    allow: Option<String>,
}

/// Where the codes are explained.
const DOCS: &str = "https://github.com/calendar-stacker/calendar-stacker/blob/main/docs/errors/README.md#";

impl Problem {
    /// A problem with a sentence about what happened this time.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let retry_after_s = match code {
            Code::RequestInProgress | Code::Unavailable => Some(1),
            _ => None,
        };
        Self(Box::new(Inner {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after_s,
            action: None,
            provider: None,
            current: None,
            unavailable: None,
            allow: None,
        }))
    }

    /// `kind` in the words of people: “client”.
    pub fn not_found(kind: &str) -> Self {
        Self::new(Code::NotFound, format!("There is no such {kind}."))
    }

    /// All wrong fields at once.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [only] => only.detail.clone(),
            many => format!("{} fields are wrong.", many.len()),
        };
        Self::new(Code::ValidationFailed, detail).errors(errors)
    }

    /// A fault of ours: the cause is logged here and told to nobody.
    pub fn internal(cause: impl fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        Self::new(
            Code::Internal,
            "Something went wrong here; it is logged under the request id.",
        )
    }

    /// Names the wrong fields.
    #[must_use]
    pub fn errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
    }

    /// When to try again, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after_s = Some(seconds);
        self
    }

    /// What the person should do, in one sentence.
    #[must_use]
    pub fn action(mut self, action: impl Into<String>) -> Self {
        self.0.action = Some(action.into());
        self
    }

    /// What the provider said.
    #[must_use]
    pub fn provider(mut self, provider: ProviderAnswer) -> Self {
        self.0.provider = Some(provider);
        self
    }

    /// The resource as it is now, for 412.
    #[must_use]
    pub fn current(mut self, current: &impl Serialize) -> Self {
        self.0.current = serde_json::to_value(current).ok();
        self
    }

    /// Why a time cannot be booked, and when else.
    #[must_use]
    pub fn unavailable(mut self, why: Unavailable) -> Self {
        self.0.unavailable = Some(why);
        self
    }

    /// The methods the path takes, for 405.
    #[must_use]
    pub fn allow(mut self, methods: String) -> Self {
        self.0.allow = Some(methods);
        self
    }

    /// Its code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What happened this time.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The same about a part of what was sent.
    #[must_use]
    pub fn within(mut self, place: &str) -> Self {
        for error in &mut self.0.errors {
            error.pointer.insert_str(0, place);
        }
        self
    }

    /// What is told of it.
    pub fn body(&self) -> ProblemBody {
        let inner = &*self.0;
        let (status, word, title) = inner.code.row();
        let (request_id, instance) = edge::current();
        ProblemBody {
            r#type: format!("{DOCS}{word}"),
            title: title.to_owned(),
            status,
            detail: inner.detail.clone(),
            instance,
            code: inner.code,
            request_id,
            errors: inner.errors.clone(),
            retryable: inner.code.retryable(),
            retry_after_s: inner.retry_after_s,
            action: inner.action.clone(),
            provider: inner.provider.clone(),
            current: inner.current.clone(),
            unavailable: inner.unavailable.clone(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code.as_str(), self.0.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(seconds) = self.0.retry_after_s {
            response.insert_header(("Retry-After", seconds.to_string()));
        }
        if let Some(allow) = &self.0.allow {
            response.insert_header(("Allow", allow.as_str()));
        }
        if self.0.code == Code::Unauthenticated {
            response.insert_header(("WWW-Authenticate", "Bearer"));
        }
        response.insert_header(("Cache-Control", "no-store"));
        response
            .content_type("application/problem+json")
            .body(serde_json::to_vec(&self.body()).unwrap_or_default())
    }
}

impl IntoResponses for Problem {
    fn responses() -> BTreeMap<String, openapi::RefOr<openapi::Response>> {
        BTreeMap::from([(
            "default".to_owned(),
            openapi::RefOr::Ref(openapi::Ref::from_response_name("Problem")),
        )])
    }
}

impl From<db::Error> for Problem {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::NotFound => Self::new(Code::NotFound, "It does not exist."),
            db::Error::Conflict(what) => {
                tracing::info!(constraint = %what, "a constraint refused a write");
                Self::new(Code::Conflict, "It collides with something that exists.")
            }
            db::Error::Taken => Self::new(Code::SlotUnavailable, "Somebody else has just taken that time."),
            db::Error::Unavailable(cause) => {
                tracing::warn!(%cause, "the database is not available");
                Self::new(
                    Code::Unavailable,
                    "The database is busy or away; try again in a moment.",
                )
            }
            db::Error::Other(cause) => Self::internal(cause),
        }
    }
}

impl From<crate::crypto::VaultError> for Problem {
    fn from(error: crate::crypto::VaultError) -> Self {
        Self::internal(error)
    }
}

// ops: one From per error of an operation
impl From<crate::ops::clients::Error> for Problem {
    fn from(error: crate::ops::clients::Error) -> Self {
        use crate::ops::clients::Error;
        match error {
            Error::NotFound => Self::not_found("client"),
            Error::EmailTaken => {
                Self::new(Code::Conflict, "Another client has this e-mail address.").errors(vec![FieldError::new(
                    "/email",
                    "taken",
                    "Another client has this e-mail address; it may be archived.",
                )])
            }
            Error::NotArchived => Self::new(Code::Conflict, "Only an archived client can be removed for good.")
                .action("Archive it first."),
            Error::Changed(current) => {
                let (row, counts) = *current;
                Self::new(
                    Code::PreconditionFailed,
                    "Somebody changed this client since you read it.",
                )
                .current(&crate::api::clients::Client::new(row, counts))
            }
            Error::Db(error) => error.into(),
        }
    }
}

impl From<crate::ops::operations::Error> for Problem {
    fn from(error: crate::ops::operations::Error) -> Self {
        use crate::ops::operations::Error;
        match error {
            Error::State(detail) => Self::new(Code::Conflict, detail),
            Error::PlanChanged => Self::new(
                Code::PlanChanged,
                "The hash is not that of the plan that would be applied.",
            )
            .action("Look at the plan as it is now, and apply it by its hash."),
            Error::Unconfirmed(detail) => Self::invalid(vec![FieldError::new(
                "/confirm_deletions",
                "required",
                format!("{detail} Say that it is meant."),
            )]),
            Error::Db(error) => Self::missing(error, "operation"),
        }
    }
}

impl From<crate::ops::setup::Error> for Problem {
    fn from(error: crate::ops::setup::Error) -> Self {
        use crate::ops::setup::Error;
        match error {
            Error::Done => Self::new(Code::SetupDone, "The first owner exists already.").action("Sign in."),
            Error::Db(error) => error.into(),
        }
    }
}

// gateway: its errors

/// Collects what is wrong beyond the schema, so that all of it is told at once.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// None wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more wrong field.
    pub fn add(&mut self, pointer: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> &mut Self {
        self.0.push(FieldError::new(pointer, code, detail));
        self
    }

    /// Whether none is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Ends the collection.
    ///
    /// # Errors
    /// All of them, when there are any.
    pub fn check(self) -> Result<(), Problem> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Problem::invalid(self.0))
        }
    }
}
