//! Refusals in the shape Microsoft Graph gives them (docs: errors.md, “Microsoft Graph error responses and resource types”).
//!
//! One value carries what the JSON needs; nothing else builds an error answer of Graph.

use serde_json::{Value, json};

use crate::{bench::ControlError, chance::uuid, faults::Effect};

/// A refused call.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) retry_after: Option<u64>,
    /// Where a fresh start is to be made, of 410.
    pub(crate) location: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            retry_after: None,
            location: None,
        }
    }

    /// 400 with an OData code for a body or query that cannot be read.
    pub(crate) fn bad(code: &str, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    /// 400 for a property whose value cannot be.
    pub(crate) fn value(message: impl Into<String>) -> Self {
        Self::bad("ErrorPropertyValidationFailure", message)
    }

    /// 400 for a request that makes no sense.
    pub(crate) fn request(message: impl Into<String>) -> Self {
        Self::bad("ErrorInvalidRequest", message)
    }

    /// 404 of Outlook items.
    pub(crate) fn not_found() -> Self {
        Self::new(
            404,
            "ErrorItemNotFound",
            "The specified object was not found in the store.",
        )
    }

    /// 400 for an id that was never one.
    pub(crate) fn malformed_id() -> Self {
        Self::bad("ErrorInvalidIdMalformed", "Id is malformed.")
    }

    /// 403 of Outlook.
    pub(crate) fn access() -> Self {
        Self::new(
            403,
            "ErrorAccessDenied",
            "Access is denied. Check credentials and try again.",
        )
    }

    /// 401.
    pub(crate) fn token(message: &str) -> Self {
        Self::new(401, "InvalidAuthenticationToken", message)
    }

    /// 412 when the change key named is not the current one.
    pub(crate) fn conflict() -> Self {
        Self::new(
            412,
            "ErrorIrresolvableConflict",
            "The send or update operation could not be performed because the change key passed in the request does not match the current change key for the item.",
        )
    }

    /// 410 for a delta link that is no longer good (docs: delta-query-overview.md, “Synchronization reset”).
    pub(crate) fn sync_state() -> Self {
        Self::new(
            410,
            "SyncStateNotFound",
            "The sync state generation is not found; continuing the synchronization requires a resync.",
        )
    }

    /// 429 (docs: throttling-limits.md, “Outlook service limits”).
    pub(crate) fn throttled(limit: &str, seconds: u64) -> Self {
        let mut refusal = Self::new(
            429,
            "ApplicationThrottled",
            format!("Application is over its {limit} limit."),
        );
        refusal.retry_after = Some(seconds);
        refusal
    }

    pub(crate) fn location(mut self, at: String) -> Self {
        self.location = Some(at);
        self
    }

    /// The body; both ids also travel as headers.
    pub(crate) fn json(&self, request: &str, client: &str, date: &str) -> Value {
        json!({"error": {
            "code": self.code,
            "message": self.message,
            "innerError": {"date": date, "request-id": request, "client-request-id": client},
        }})
    }
}

impl From<Refusal> for ControlError {
    fn from(refusal: Refusal) -> Self {
        Self(format!("{} {}: {}", refusal.status, refusal.code, refusal.message))
    }
}

/// The refusal an effect stands for, if it is one.
pub(crate) fn ordered(effect: &Effect) -> Option<Refusal> {
    match effect {
        Effect::Status { status, retry_after } => {
            let (code, message) = match status {
                401 => return Some(Refusal::token("Access token has expired or is not yet valid.")),
                403 => return Some(Refusal::access()),
                404 => return Some(Refusal::not_found()),
                410 => return Some(Refusal::sync_state()),
                412 => return Some(Refusal::conflict()),
                429 => ("TooManyRequests", "Too Many Requests"),
                500 => (
                    "ErrorInternalServerError",
                    "An internal server error occurred. The operation failed.",
                ),
                503 => ("serviceNotAvailable", "The service is temporarily unavailable."),
                504 => ("UnknownError", "Gateway timeout."),
                _ => ("generalException", "An unspecified error has occurred."),
            };
            let mut refusal = Refusal::new(*status, code, message);
            refusal.retry_after = *retry_after;
            Some(refusal)
        }
        Effect::RateLimit { retry_after, .. } => {
            let mut refusal = Refusal::throttled("RequestRate", 10);
            refusal.retry_after = *retry_after;
            Some(refusal)
        }
        Effect::QuotaExceeded => Some(Refusal::new(
            507,
            "ErrorQuotaExceeded",
            "The mailbox is full: the operation exceeds its quota.",
        )),
        Effect::ExpireSyncToken => Some(Refusal::sync_state()),
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

/// A fresh id of a request.
pub(crate) fn request_id() -> String {
    uuid()
}
