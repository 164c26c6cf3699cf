//! Refusals in the shape Google gives them (guides/errors of Calendar v3).
//!
//! One value carries what the JSON needs; nothing else in the simulator builds an error answer of the calendar API.

use serde_json::{Value, json};

use crate::faults::Effect;

/// A refused call of the calendar API.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub(crate) status: u16,
    pub(crate) domain: &'static str,
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) location: Option<Box<(&'static str, String)>>,
    pub(crate) retry_after: Option<u64>,
    pub(crate) rpc: Option<Box<(&'static str, Value)>>,
}

impl Refusal {
    /// Any refusal of domain `global`.
    pub(crate) fn new(status: u16, reason: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            domain: "global",
            reason: reason.into(),
            message: message.into(),
            location: None,
            retry_after: None,
            rpc: None,
        }
    }

    pub(crate) fn domain(mut self, domain: &'static str) -> Self {
        self.domain = domain;
        self
    }

    pub(crate) fn at_parameter(mut self, name: &str) -> Self {
        self.location = Some(Box::new(("parameter", name.into())));
        self
    }

    pub(crate) fn at_header(mut self, name: &str) -> Self {
        self.location = Some(Box::new(("header", name.into())));
        self
    }

    pub(crate) fn retry_after(mut self, seconds: Option<u64>) -> Self {
        self.retry_after = seconds;
        self
    }

    /// 400 `invalid`.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid", message)
    }

    /// 400 `required`.
    pub(crate) fn required(message: impl Into<String>) -> Self {
        Self::new(400, "required", message)
    }

    /// 400 `badRequest`.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "badRequest", message)
    }

    /// 400 `invalidParameter`.
    pub(crate) fn parameter(name: &str, message: impl Into<String>) -> Self {
        Self::new(400, "invalidParameter", message).at_parameter(name)
    }

    /// 400 `timeRangeEmpty`.
    pub(crate) fn empty_range() -> Self {
        Self::new(400, "timeRangeEmpty", "The specified time range is empty.")
            .domain("calendar")
            .at_parameter("timeMax")
    }

    /// 404 `notFound`.
    pub(crate) fn not_found() -> Self {
        Self::new(404, "notFound", "Not Found")
    }

    /// 409 `duplicate`.
    pub(crate) fn duplicate() -> Self {
        Self::new(409, "duplicate", "The requested identifier already exists.")
    }

    /// 410 `deleted`.
    pub(crate) fn deleted() -> Self {
        Self::new(410, "deleted", "Resource has been deleted")
    }

    /// 410 `fullSyncRequired`.
    pub(crate) fn full_sync() -> Self {
        Self::new(
            410,
            "fullSyncRequired",
            "Sync token is no longer valid, a full sync is required.",
        )
        .domain("calendar")
        .at_parameter("syncToken")
    }

    /// 412 `conditionNotMet`.
    pub(crate) fn condition() -> Self {
        Self::new(412, "conditionNotMet", "Precondition Failed").at_header("If-Match")
    }

    /// 401 `authError`.
    pub(crate) fn auth() -> Self {
        Self::new(401, "authError", "Invalid Credentials").at_header("Authorization")
    }

    /// 401 for a call without credentials.
    pub(crate) fn login() -> Self {
        let mut refusal = Self::new(401, "required", "Login Required.").at_header("Authorization");
        refusal.rpc = Some(Box::new(("UNAUTHENTICATED", Value::Null)));
        refusal
    }

    /// 403 for a token without the scopes; `operation` as in the discovery document.
    pub(crate) fn scopes(operation: &str) -> Self {
        let mut refusal = Self::new(403, "insufficientPermissions", "Insufficient Permission");
        refusal.rpc = Some(Box::new((
            "PERMISSION_DENIED",
            json!([{
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
                "domain": "googleapis.com",
                "metadata": {"service": "calendar-json.googleapis.com", "method": rpc_name(operation)}
            }]),
        )));
        refusal
    }

    /// 403 for a role that may not do it.
    pub(crate) fn access(role: &str) -> Self {
        Self::new(
            403,
            "requiredAccessLevel",
            format!("You need to have {role} access to this calendar."),
        )
        .domain("calendar")
    }

    /// 403 or 429 for too many calls.
    pub(crate) fn rate(status: u16, reason: &str) -> Self {
        let message = match reason {
            "quotaExceeded" => "Calendar usage limits exceeded.",
            "userRateLimitExceeded" => "User Rate Limit Exceeded",
            _ => "Rate Limit Exceeded",
        };
        Self::new(status, reason, message).domain("usageLimits")
    }

    /// 403 for a shared property touched by a guest.
    pub(crate) fn not_organizer() -> Self {
        Self::new(
            403,
            "forbiddenForNonOrganizer",
            "Shared properties can only be changed by the organizer of the event.",
        )
        .domain("calendar")
    }

    /// The body.
    pub(crate) fn json(&self) -> Value {
        let mut one = json!({"domain": self.domain, "reason": self.reason, "message": self.message});
        if let Some((kind, name)) = self.location.as_deref() {
            one["locationType"] = json!(kind);
            one["location"] = json!(name);
        }
        let message = if self.reason == "insufficientPermissions" {
            "Request had insufficient authentication scopes."
        } else {
            self.message.as_str()
        };
        let mut error = json!({"errors": [one], "code": self.status, "message": message});
        if let Some((status, details)) = self.rpc.as_deref() {
            error["status"] = json!(status);
            if !details.is_null() {
                error["details"] = details.clone();
            }
        }
        json!({"error": error})
    }
}

/// `calendar.events.list` → `calendar.v3.Events.List`.
fn rpc_name(operation: &str) -> String {
    let mut parts = operation.split('.').skip(1).map(|word| {
        let mut letters = word.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
            .unwrap_or_default()
    });
    format!(
        "calendar.v3.{}.{}",
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default()
    )
}

/// The refusal an effect stands for, if it is one.
pub(crate) fn ordered(effect: &Effect) -> Option<Refusal> {
    match effect {
        Effect::Status { status, retry_after } => {
            let (reason, message) = match status {
                429 => ("rateLimitExceeded", "Rate Limit Exceeded"),
                503 => ("backendError", "Service Unavailable"),
                _ => ("backendError", "Backend Error"),
            };
            Some(Refusal::new(*status, reason, message).retry_after(*retry_after))
        }
        Effect::RateLimit { status, retry_after } => {
            Some(Refusal::rate(*status, "rateLimitExceeded").retry_after(*retry_after))
        }
        Effect::QuotaExceeded => Some(Refusal::rate(403, "quotaExceeded")),
        Effect::ExpireSyncToken => Some(Refusal::full_sync()),
        Effect::Latency { .. }
        | Effect::Reset
        | Effect::LoseAnswer
        | Effect::Hang { .. }
        | Effect::SlowAnswer { .. }
        | Effect::Truncate
        | Effect::Garble
        | Effect::UnknownFields
        | Effect::StaleRead
        | Effect::Drop
        | Effect::Duplicate => None,
    }
}
