//! One call to Graph: address, token, wishes, and what its errors mean.

use http::{
    HeaderName, Method, StatusCode,
    header::{ACCEPT, IF_MATCH},
};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::Microsoft;
use crate::{
    error::{Error, Result},
    http::{Answer, Busy, Request, busy_by_status},
};

/// What every call wishes for: times in UTC, ids that survive a move, bodies as text. They must be the same in every call,
/// or ids of one would not be those of another (Graph docs: outlook-immutable-id.md).
const WISHES: &str = "outlook.timezone=\"UTC\", IdType=\"ImmutableId\", outlook.body-content-type=\"text\"";

/// A call under construction.
pub(super) struct Call<'a> {
    microsoft: &'a Microsoft,
    request: Result<Request>,
}

impl Microsoft {
    /// `path` below the API's root; each part is encoded.
    pub(super) fn request(&self, method: Method, path: &[&str]) -> Call<'_> {
        let mut url = self.api_base.clone();
        let joined = url.path_segments_mut().map(|mut parts| {
            parts.pop_if_empty().extend(path);
        });
        match joined {
            Ok(()) => self.at(method, url),
            Err(()) => Call {
                microsoft: self,
                request: Err(rejected(
                    "bad_endpoint",
                    "the address of the calendar API cannot have a path".into(),
                )),
            },
        }
    }

    /// A link Microsoft gave, taken as it is: but only to where Microsoft is, since the token goes along.
    pub(super) fn follow(&self, link: &str) -> Call<'_> {
        match Url::parse(link) {
            Ok(url) if url.origin() == self.api_base.origin() => self.at(Method::GET, url),
            _ => Call {
                microsoft: self,
                request: Err(not_understood("a link leads elsewhere")),
            },
        }
    }

    fn at(&self, method: Method, url: Url) -> Call<'_> {
        let request = Request::new(method, url)
            .header(ACCEPT, "application/json")
            .header(HeaderName::from_static("prefer"), WISHES)
            .busy_when(busy)
            .bearer(&self.token);
        Call {
            microsoft: self,
            request: Ok(request),
        }
    }
}

impl Call<'_> {
    pub(super) fn query(mut self, name: &str, value: &str) -> Self {
        if let Ok(request) = &mut self.request {
            request.url.query_pairs_mut().append_pair(name, value);
            // OData knows a blank by its number only; a plus sign of a value is written as one, too.
            let blanks = request.url.query().unwrap_or_default().replace('+', "%20");
            request.url.set_query(Some(&blanks));
        }
        self
    }

    /// Bodies as they are kept, not as text.
    pub(super) fn bodies_as_html(self) -> Self {
        let wish = WISHES.replace("\"text\"", "\"html\"");
        Self {
            request: self.request.map(|r| r.header(HeaderName::from_static("prefer"), &wish)),
            ..self
        }
    }

    /// The largest page of a round.
    pub(super) fn pages_of(self, items: u32) -> Self {
        let wish = format!("{WISHES}, odata.maxpagesize={items}");
        Self {
            request: self.request.map(|r| r.header(HeaderName::from_static("prefer"), &wish)),
            ..self
        }
    }

    /// 504 is an answer, not a reason to ask the same again.
    pub(super) fn may_be_too_much(self) -> Self {
        let busy_else = |answer: &Answer| busy(answer).filter(|_| answer.status != StatusCode::GATEWAY_TIMEOUT);
        Self {
            request: self.request.map(|r| r.busy_when(busy_else)),
            ..self
        }
    }

    /// A condition on the version makes a write good to repeat.
    pub(super) fn if_match(self, etag: Option<&str>) -> Self {
        match etag {
            Some(etag) => Self {
                request: self.request.map(|r| r.header(IF_MATCH, etag).repeatable(true)),
                ..self
            },
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

    /// Its address, to be followed later.
    pub(super) fn link(self) -> Result<String> {
        self.request.map(|request| request.url.into())
    }

    /// The answer, whatever its status.
    pub(super) async fn answer(self) -> Result<Answer> {
        self.microsoft.http.send(self.request?).await
    }

    /// The JSON of a success; `Null` for an empty one.
    pub(super) async fn send(self) -> Result<Value> {
        read(&self.answer().await?)
    }
}

/// The JSON of a success; `Null` for an empty one. What is no JSON is not Microsoft's: something on the way answered, and
/// whether the call arrived is as open as if nothing had.
///
/// # Errors
/// What Graph's error means.
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
            "{} answered in Microsoft's stead: it is not JSON: {e}",
            answer.url.host_str().unwrap_or_default()
        ),
    })
}

pub(super) fn rejected(code: &str, detail: String) -> Error {
    Error::Rejected {
        code: code.into(),
        detail,
        status: None,
    }
}

/// An answer that makes no sense is never a success.
pub(super) fn not_understood(why: &str) -> Error {
    rejected("not_understood", format!("Microsoft's answer is not understood: {why}"))
}

/// A text of ours that cannot be sent.
pub(super) fn unwritable(detail: String) -> Error {
    rejected("cannot_be_written", detail)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Body {
    error: Said,
}

/// `error` of an error body (Graph docs: errors.md).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    code: String,
    message: String,
}

impl Said {
    fn read(answer: &Answer) -> Self {
        serde_json::from_slice::<Body>(&answer.body).unwrap_or_default().error
    }

    fn detail(&self, answer: &Answer) -> String {
        if self.message.is_empty() {
            format!("Microsoft answered {}", answer.status)
        } else {
            self.message.clone()
        }
    }
}

fn busy(answer: &Answer) -> Option<Busy> {
    if answer.status != StatusCode::TOO_MANY_REQUESTS {
        return busy_by_status(answer);
    }
    Some(Busy {
        rate_limited: true,
        detail: Said::read(answer).detail(answer),
    })
}

/// Whether a delta link is too old or was never one (Graph docs: delta-query-overview.md, “Synchronization reset”).
pub(super) fn is_stale(answer: &Answer) -> bool {
    const WORDS: [&str; 4] = [
        "syncStateNotFound",
        "syncStateInvalid",
        "resyncRequired",
        "ErrorInvalidSyncStateData",
    ];
    let said = Said::read(answer).code;
    answer.status == StatusCode::GONE
        || answer.status.is_client_error() && WORDS.iter().any(|word| said.eq_ignore_ascii_case(word))
}

/// What an answer that is no success means for the caller.
pub(super) fn error(answer: &Answer) -> Error {
    let said = Said::read(answer);
    let detail = said.detail(answer);
    if let Some(busy) = busy(answer) {
        return Error::TryLater {
            after: answer.retry_after(),
            rate_limited: busy.rate_limited,
            detail: busy.detail,
        };
    }
    match (answer.status.as_u16(), said.code.as_str()) {
        (401, _) => Error::Reauthorize { detail },
        (_, "MailboxNotEnabledForRESTAPI" | "MailboxNotSupportedForRESTAPI" | "MailboxNotHostedInExchangeOnline") => {
            let detail = format!(
                "The account has no mailbox in Microsoft 365 or Outlook.com, so it has no calendar either; its \
                 administrator can give it one. (Microsoft: {detail})"
            );
            Error::Rejected {
                code: said.code.clone(),
                detail,
                status: Some(answer.status.as_u16()),
            }
        }
        (403, "Authorization_RequestDenied") => Error::Forbidden {
            code: "insufficient_scope".into(),
            detail,
        },
        // Graph says the same of a missing permission and of a calendar that may only be looked at.
        (403, code) => Error::Forbidden {
            code: if code == "ErrorAccessDenied" {
                "read_only".into()
            } else {
                code.into()
            },
            detail,
        },
        (404, _) => Error::NotFound,
        (412, _) => Error::Changed,
        (507, _) => Error::Quota { detail },
        (500.., _) => Error::TryLater {
            after: answer.retry_after(),
            rate_limited: false,
            detail,
        },
        (status, code) => Error::Rejected {
            code: if code.is_empty() {
                format!("http_{status}")
            } else {
                code.into()
            },
            detail,
            status: Some(status),
        },
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn answer(status: u16, code: &str) -> Answer {
        let mut headers = http::HeaderMap::new();
        headers.insert(http::header::RETRY_AFTER, "7".parse().unwrap());
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: json!({"error": {"code": code, "message": "said"}}).to_string().into(),
            url: "https://graph.example/".parse().unwrap(),
        }
    }

    #[test]
    fn graphs_errors_are_named_for_what_to_do_next() {
        let meaning = |status, code| error(&answer(status, code));
        let seven = Some(Duration::from_secs(7));
        assert!(
            matches!(meaning(429, "ApplicationThrottled"), Error::TryLater { after, rate_limited: true, .. } if after == seven)
        );
        assert!(matches!(
            meaning(503, ""),
            Error::TryLater {
                rate_limited: false,
                ..
            }
        ));
        assert!(matches!(meaning(504, "UnknownError"), Error::TryLater { .. }));
        assert!(matches!(
            meaning(401, "InvalidAuthenticationToken"),
            Error::Reauthorize { .. }
        ));
        assert!(matches!(meaning(403, "ErrorAccessDenied"), Error::Forbidden { code, .. } if code == "read_only"));
        assert!(
            matches!(meaning(403, "Authorization_RequestDenied"), Error::Forbidden { code, .. } if code == "insufficient_scope")
        );
        assert!(matches!(meaning(404, "ErrorItemNotFound"), Error::NotFound));
        assert!(matches!(meaning(412, "ErrorIrresolvableConflict"), Error::Changed));
        assert!(matches!(meaning(507, "ErrorQuotaExceeded"), Error::Quota { .. }));
        assert!(
            matches!(meaning(400, "ErrorInvalidRequest"), Error::Rejected { code, status: Some(400), .. } if code == "ErrorInvalidRequest")
        );
        for (status, code) in [
            (410, "SyncStateNotFound"),
            (410, ""),
            (400, "syncStateInvalid"),
            (404, "resyncRequired"),
        ] {
            assert!(is_stale(&answer(status, code)), "{code}");
        }
        assert!(!is_stale(&answer(404, "ErrorItemNotFound")));
    }
}
