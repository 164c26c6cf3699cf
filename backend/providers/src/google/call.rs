//! One call to the API: address, token, and what Google's errors mean.

use http::{
    HeaderName, Method, StatusCode,
    header::{ACCEPT, IF_MATCH},
};
use serde::Deserialize;
use serde_json::Value;

use super::Google;
use crate::{
    error::{Error, Result},
    http::{Answer, Busy, Request, busy_by_status},
};

/// A call under construction.
pub(super) struct Call<'a> {
    google: &'a Google,
    request: Result<Request>,
}

impl Google {
    /// `path` below the API's root; each part is encoded.
    pub(super) fn request(&self, method: Method, path: &[&str]) -> Call<'_> {
        let mut url = self.endpoints.api_base.clone();
        let joined = url.path_segments_mut().map(|mut parts| {
            parts.pop_if_empty().extend(path);
        });
        let request = joined
            .map_err(|()| Error::Rejected {
                code: "bad_endpoint".into(),
                detail: "the address of the calendar API cannot have a path".into(),
                status: None,
            })
            .map(|()| {
                Request::new(method, url)
                    .header(ACCEPT, "application/json")
                    .busy_when(busy)
            });
        Call {
            google: self,
            request: request.map(|r| r.bearer(&self.token)),
        }
    }
}

impl Call<'_> {
    pub(super) fn query(mut self, name: &str, value: &str) -> Self {
        if let Ok(request) = &mut self.request {
            request.url.query_pairs_mut().append_pair(name, value);
        }
        self
    }

    /// Left out where there is none.
    pub(super) fn maybe(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.query(name, value),
            None => self,
        }
    }

    pub(super) fn header(self, name: HeaderName, value: &str) -> Self {
        Self {
            request: self.request.map(|r| r.header(name, value)),
            ..self
        }
    }

    /// A condition on the version makes a write good to repeat.
    pub(super) fn if_match(self, etag: Option<&str>) -> Self {
        match etag {
            Some(etag) => self.header(IF_MATCH, etag).repeatable(),
            None => self,
        }
    }

    pub(super) fn repeatable(self) -> Self {
        Self {
            request: self.request.map(|r| r.repeatable(true)),
            ..self
        }
    }

    pub(super) fn json(self, body: &Value) -> Self {
        Self {
            request: self.request.map(|r| r.json(body)),
            ..self
        }
    }

    /// The answer, whatever its status.
    pub(super) async fn answer(self) -> Result<Answer> {
        self.google.http.send(self.request?).await
    }

    /// The JSON of a success; `Null` for an empty one.
    pub(super) async fn send(self) -> Result<Value> {
        read(&self.answer().await?)
    }
}

/// The JSON of a success; `Null` for an empty one. What is no JSON is not Google's: something on the way answered, and
/// whether the call arrived is as open as if nothing had.
///
/// # Errors
/// What Google's error means.
pub(super) fn read(answer: &Answer) -> Result<Value> {
    if !answer.status.is_success() {
        return Err(error(answer));
    }
    if answer.body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&answer.body).map_err(|e| Error::TryLater {
        after: None,
        rate_limited: false,
        detail: format!(
            "{} answered in Google's stead: it is not JSON: {e}",
            answer.url.host_str().unwrap_or_default()
        ),
    })
}

/// An answer that makes no sense is never a success.
pub(super) fn not_understood(why: &str) -> Error {
    let detail = format!("Google's answer is not understood: {why}");
    Error::Rejected {
        code: "not_understood".into(),
        detail,
        status: None,
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Body {
    error: Said,
}

/// `error` of an error body (JSON error format of the Google APIs).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    message: String,
    errors: Vec<Reason>,
    details: Vec<Reason>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Reason {
    reason: String,
}

impl Said {
    fn read(answer: &Answer) -> Self {
        serde_json::from_slice::<Body>(&answer.body).unwrap_or_default().error
    }

    /// Google's word for it; empty where it says none.
    fn reason(&self) -> &str {
        self.errors
            .iter()
            .chain(&self.details)
            .map(|r| r.reason.as_str())
            .find(|r| !r.is_empty())
            .unwrap_or_default()
    }

    fn has(&self, word: &str) -> bool {
        self.errors.iter().chain(&self.details).any(|r| r.reason == word)
    }

    fn detail(&self, answer: &Answer) -> String {
        if self.message.is_empty() {
            format!("Google answered {}", answer.status)
        } else {
            self.message.clone()
        }
    }
}

/// Writes are refused for hours; waiting seconds is of no use.
fn is_quota(said: &Said) -> bool {
    said.has("quotaExceeded") || said.has("dailyLimitExceeded")
}

fn busy(answer: &Answer) -> Option<Busy> {
    if !matches!(answer.status.as_u16(), 403 | 429) {
        return busy_by_status(answer);
    }
    let said = Said::read(answer);
    let limited = answer.status == StatusCode::TOO_MANY_REQUESTS
        || said.has("rateLimitExceeded")
        || said.has("userRateLimitExceeded");
    (limited && !is_quota(&said)).then(|| Busy {
        rate_limited: true,
        detail: said.detail(answer),
    })
}

/// What an answer that is no success means for the caller.
pub(super) fn error(answer: &Answer) -> Error {
    let said = Said::read(answer);
    let (reason, detail) = (said.reason().to_owned(), said.detail(answer));
    let status = answer.status.as_u16();
    if let Some(busy) = busy(answer) {
        return Error::TryLater {
            after: answer.retry_after(),
            rate_limited: busy.rate_limited,
            detail: busy.detail,
        };
    }
    match status {
        401 => Error::Reauthorize { detail },
        403 | 429 if is_quota(&said) => Error::Quota { detail },
        403 if said.has("insufficientPermissions") || said.has("ACCESS_TOKEN_SCOPE_INSUFFICIENT") => {
            let detail = "The consent does not include the calendar; connect the account again and leave the box for \
                          the calendar ticked."
                .into();
            Error::Forbidden {
                code: "insufficient_scope".into(),
                detail,
            }
        }
        403 if said.has("accessNotConfigured") || said.has("SERVICE_DISABLED") => Error::Rejected {
            code: reason,
            detail: format!(
                "The Google Calendar API is not switched on for this app. Open the Google Cloud console, “APIs & \
                 Services → Library”, and enable it. (Google: {detail})"
            ),
            status: Some(status),
        },
        403 if said.has("requiredAccessLevel") || said.has("writerAccessRequired") => Error::Forbidden {
            code: "read_only".into(),
            detail,
        },
        403 => Error::Forbidden {
            code: if reason.is_empty() { "forbidden".into() } else { reason },
            detail,
        },
        404 | 410 => Error::NotFound,
        412 => Error::Changed,
        500.. => Error::TryLater {
            after: answer.retry_after(),
            rate_limited: false,
            detail,
        },
        _ => {
            let code = if reason.is_empty() {
                format!("http_{status}")
            } else {
                reason
            };
            Error::Rejected {
                code,
                detail,
                status: Some(status),
            }
        }
    }
}

/// A text of ours that cannot be sent.
pub(super) fn unwritable(detail: String) -> Error {
    Error::Rejected {
        code: "cannot_be_written".into(),
        detail,
        status: None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: &Value, retry_after: Option<&str>) -> Answer {
        let mut headers = http::HeaderMap::new();
        if let Some(value) = retry_after {
            headers.insert(http::header::RETRY_AFTER, value.parse().unwrap());
        }
        let url = "https://google.example/".parse().unwrap();
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: body.to_string().into(),
            url,
        }
    }

    fn meaning(status: u16, reason: &str) -> Error {
        let body =
            json!({ "error": { "code": status, "message": "said", "errors": [{ "domain": "d", "reason": reason }] } });
        error(&answer(status, &body, Some("7")))
    }

    #[test]
    fn googles_errors_are_named_for_what_to_do_next() {
        for (status, reason) in [
            (403, "rateLimitExceeded"),
            (403, "userRateLimitExceeded"),
            (429, "rateLimitExceeded"),
            (429, ""),
        ] {
            let got = meaning(status, reason);
            let expected = Some(Duration::from_secs(7));
            assert!(
                matches!(got, Error::TryLater { after, rate_limited: true, .. } if after == expected),
                "{got:?}"
            );
        }
        assert!(matches!(meaning(403, "quotaExceeded"), Error::Quota { .. }));
        assert!(matches!(meaning(429, "quotaExceeded"), Error::Quota { .. }));
        assert!(matches!(meaning(401, "authError"), Error::Reauthorize { .. }));
        assert!(
            matches!(meaning(403, "insufficientPermissions"), Error::Forbidden { code, .. } if code == "insufficient_scope")
        );
        assert!(matches!(meaning(403, "requiredAccessLevel"), Error::Forbidden { code, .. } if code == "read_only"));
        assert!(
            matches!(meaning(403, "forbiddenForNonOrganizer"), Error::Forbidden { code, .. } if code == "forbiddenForNonOrganizer")
        );
        assert!(
            matches!(meaning(403, "accessNotConfigured"), Error::Rejected { detail, .. } if detail.contains("Library"))
        );
        assert!(matches!(meaning(404, "notFound"), Error::NotFound));
        assert!(matches!(meaning(410, "deleted"), Error::NotFound));
        assert!(matches!(meaning(412, "conditionNotMet"), Error::Changed));
        assert!(matches!(
            meaning(503, "backendError"),
            Error::TryLater {
                rate_limited: false,
                ..
            }
        ));
        assert!(
            matches!(meaning(400, "timeRangeEmpty"), Error::Rejected { code, status: Some(400), .. } if code == "timeRangeEmpty")
        );
    }

    #[test]
    fn the_newer_shape_of_a_missing_scope_is_known_too() {
        let body = json!({ "error": {
            "code": 403, "message": "Request had insufficient authentication scopes.", "status": "PERMISSION_DENIED",
            "details": [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT" }]
        } });
        assert!(
            matches!(error(&answer(403, &body, None)), Error::Forbidden { code, .. } if code == "insufficient_scope")
        );
    }

    #[test]
    fn a_page_of_html_is_neither_a_success_nor_a_refusal() {
        let mut page = answer(200, &Value::Null, None);
        page.body = "<html>".into();
        assert!(matches!(
            read(&page),
            Err(Error::TryLater {
                after: None,
                rate_limited: false,
                ..
            })
        ));
    }
}
