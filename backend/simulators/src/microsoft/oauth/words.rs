//! Entra's refusals: a number, a word, a sentence (Entra docs: reference-error-codes.md).

use actix_web::{HttpResponse, http::StatusCode};
use jiff::Timestamp;
use serde_json::json;

use crate::chance::uuid;

/// A refusal of the token or authorize endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Aadsts {
    pub(crate) number: u32,
    pub(crate) status: u16,
    /// OAuth's word.
    pub(crate) error: &'static str,
    pub(crate) text: String,
    pub(crate) suberror: Option<&'static str>,
}

/// A refusal; the OAuth word follows from the number.
pub(crate) fn aadsts(number: u32, text: impl Into<String>) -> Aadsts {
    let (status, error) = match number {
        7_000_215 | 7_000_218 | 7_000_222 => (401, "invalid_client"),
        700_016 | 7_000_112 => (400, "unauthorized_client"),
        70_011 => (400, "invalid_scope"),
        70_003 => (400, "unsupported_grant_type"),
        900_971 | 50_011 | 90_014 | 900_144 | 90_002 | 501_491 | 9_002_325 => (400, "invalid_request"),
        65_004 => (400, "access_denied"),
        90_094 => (400, "consent_required"),
        50_058 => (400, "login_required"),
        50_076 | 50_079 => (400, "interaction_required"),
        90_033 => (503, "temporarily_unavailable"),
        _ => (400, "invalid_grant"),
    };
    let suberror = match number {
        65_001 => Some("consent_required"),
        50_173 => Some("bad_token"),
        _ => None,
    };
    Aadsts {
        number,
        status,
        error,
        text: text.into(),
        suberror,
    }
}

impl Aadsts {
    /// `AADSTS70008: … Trace ID: …`, over several lines.
    pub(crate) fn description(&self, now: Timestamp, trace: &str, correlation: &str) -> String {
        format!(
            "AADSTS{}: {}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {}",
            self.number,
            self.text,
            now.strftime("%Y-%m-%d %H:%M:%SZ")
        )
    }

    /// The answer of the token endpoint.
    pub(crate) fn response(&self, now: Timestamp) -> HttpResponse {
        let (trace, correlation) = (uuid(), uuid());
        let mut body = json!({
            "error": self.error,
            "error_description": self.description(now, &trace, &correlation),
            "error_codes": [self.number],
            "timestamp": now.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={}", self.number),
        });
        if let Some(word) = self.suberror {
            body["suberror"] = json!(word);
        }
        HttpResponse::build(StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST))
            .insert_header(("Cache-Control", "no-store, no-cache"))
            .insert_header(("Content-Type", "application/json; charset=utf-8"))
            .body(body.to_string())
    }
}
