//! What goes out and what comes back.

use std::{fmt, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::retry;

/// A request, held whole so that it can be sent again.
#[derive(Clone)]
pub struct Request {
    /// Verb.
    pub method: Method,
    /// Absolute address.
    pub url: Url,
    /// Headers; secrets marked sensitive.
    pub headers: HeaderMap,
    /// Body, empty for none.
    pub body: Bytes,
    /// Whether sending it twice does no harm. Set for safe and read-only verbs by [`Request::new`].
    pub repeatable: bool,
    /// Reads from an answer whether the server only asks for patience.
    pub busy: fn(&Answer) -> Option<Busy>,
}

/// A server that asks for patience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Busy {
    /// Whether it counts our calls, rather than being in trouble itself.
    pub rate_limited: bool,
    /// What it said, for people.
    pub detail: String,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, decompressed.
    pub body: Bytes,
    /// Who answered, after redirects.
    pub url: Url,
}

/// 408 (the request took too long on its way), 429, 500, 502, 503 and 504.
pub fn busy_by_status(answer: &Answer) -> Option<Busy> {
    matches!(answer.status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504).then(|| Busy {
        rate_limited: answer.status == StatusCode::TOO_MANY_REQUESTS,
        detail: format!(
            "{} answered {}",
            answer.url.host_str().unwrap_or("the server"),
            answer.status
        ),
    })
}

impl Request {
    /// A request without headers or body.
    pub fn new(method: Method, url: Url) -> Self {
        let repeatable = matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS" | "PROPFIND" | "REPORT");
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            repeatable,
            busy: busy_by_status,
        }
    }

    /// GET.
    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    /// Sets a header. A value that is not legal in a header is left out: such text cannot be sent at all.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Sets the body and says what it is.
    #[must_use]
    pub fn body(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.headers
            .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = body.into();
        self
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(self, body: &serde_json::Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// `Authorization: Bearer …`.
    #[must_use]
    pub fn bearer(self, token: &SecretString) -> Self {
        self.authorization(&format!("Bearer {}", token.expose_secret()))
    }

    /// `Authorization: Basic …` (RFC 7617, UTF-8).
    #[must_use]
    pub fn basic(self, user: &str, password: &SecretString) -> Self {
        let pair = BASE64_STANDARD.encode(format!("{user}:{}", password.expose_secret()));
        self.authorization(&format!("Basic {pair}"))
    }

    /// Sets `Authorization`, marked so that no log shows it.
    #[must_use]
    pub fn authorization(mut self, value: &str) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(value) {
            value.set_sensitive(true);
            self.headers.insert(AUTHORIZATION, value);
        }
        self
    }

    /// Promises that sending it twice is as good as once (a name of our own choosing, a condition on a version, …).
    #[must_use]
    pub const fn repeatable(mut self, yes: bool) -> Self {
        self.repeatable = yes;
        self
    }

    /// How to read patience from an answer, where the status alone does not say.
    #[must_use]
    pub const fn busy_when(mut self, busy: fn(&Answer) -> Option<Busy>) -> Self {
        self.busy = busy;
        self
    }
}

impl fmt::Debug for Request {
    /// Without body and query: both may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}{}",
            self.method,
            self.url.host_str().unwrap_or("?"),
            self.url.path()
        )
    }
}

impl Answer {
    /// A header as text.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }

    /// The body as text; what is not UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// How long the server wants us to wait (RFC 9110 §10.2.3, seconds or date).
    pub fn retry_after(&self) -> Option<Duration> {
        retry::retry_after(&self.headers)
    }
}
