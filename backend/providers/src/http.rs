//! The one way out: HTTP with deadlines, a size cap, careful repetition and, for addresses people typed, a guard.
//!
//! Two facts to hold: a redirect is never followed behind our back, and a request is repeated only where twice is as
//! good as once (see [`RetryPolicy`]). [`Http::send`] is for addresses the operator configured (Google),
//! [`Http::send_guarded`] for addresses a user typed (CalDAV). Nothing here knows a provider.
//!
//! ```no_run
//! # async fn example() -> providers::Result<()> {
//! use providers::http::{Http, Options, Request};
//! let http = Http::new(Options::default())?;
//! let answer = http.send(Request::get("https://example.org/".parse().unwrap())).await?;
//! assert_eq!(answer.status, 200);
//! # Ok(()) }
//! ```

pub mod guard;
mod retry;

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::{Bytes, BytesMut};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, LOCATION},
};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

pub use guard::{Allow, Guard, same_site};
pub use retry::{Jitter, RetryPolicy, full_jitter};

use crate::error::{Error, Result, Unreachable};

/// How to talk to the outside.
#[derive(Clone)]
pub struct Options {
    /// Addresses and hosts [`Http::send_guarded`] may reach although they are private; they may also be spoken to
    /// without TLS. Empty: only public https.
    pub allow: Vec<Allow>,
    /// Deadline of one attempt, body included.
    pub timeout: Duration,
    /// Deadline of name lookup, connection and TLS.
    pub connect_timeout: Duration,
    /// Largest body taken, in bytes after decompression.
    pub max_body: usize,
    /// When to try again.
    pub retry: RetryPolicy,
    /// Chance: picks the wait below the bound it is given. Tests fix it.
    pub jitter: Jitter,
    /// Certificate authorities to trust beside the system's, in PEM: a private server's own.
    pub extra_roots_pem: Option<Vec<u8>>,
    /// How we call ourselves.
    pub user_agent: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(5),
            max_body: 32 * 1024 * 1024,
            retry: RetryPolicy::default(),
            jitter: full_jitter(),
            extra_roots_pem: None,
            user_agent: concat!("calendar-stacker/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

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

/// 429, 500, 502, 503 and 504.
pub fn busy_by_status(answer: &Answer) -> Option<Busy> {
    matches!(answer.status.as_u16(), 429 | 500 | 502 | 503 | 504).then(|| Busy {
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

/// The client. Cheap to clone; connections are shared.
#[derive(Clone)]
pub struct Http {
    plain: reqwest::Client,
    guarded: reqwest::Client,
    guard: Arc<Guard>,
    options: Arc<Options>,
}

/// How many redirects a guarded request follows.
pub const MAX_REDIRECTS: usize = 5;

impl Http {
    /// Opens no connection yet.
    ///
    /// # Errors
    /// [`Error::Rejected`] with code `http_client` when TLS cannot be set up (a damaged `extra_roots_pem`).
    pub fn new(options: Options) -> Result<Self> {
        // The process default; `main` may have installed it already, which is as good.
        let _already_installed = rustls::crypto::ring::default_provider().install_default();
        let guard = Arc::new(Guard::new(options.allow.clone()));
        // The operator's own addresses may go through the operator's proxy (HTTPS_PROXY); a proxy would resolve names
        // by itself, so the guarded client never uses one.
        let plain = client(&options, |b| b)?;
        let guarded = client(&options, |b| b.no_proxy().dns_resolver(guard::resolver(&guard)))?;
        Ok(Self {
            plain,
            guarded,
            guard,
            options: Arc::new(options),
        })
    }

    /// Sends to an address the operator configured. Redirects are answers like any other.
    ///
    /// # Errors
    /// [`Error::Unreachable`] when no answer came; [`Error::TryLater`] when the server asked for patience for longer
    /// than the policy has; [`Error::Rejected`] with code `answer_too_large`. Any other status is an `Ok`.
    pub async fn send(&self, request: Request) -> Result<Answer> {
        self.persist(&self.plain, &request).await
    }

    /// Sends to an address a user typed: https only, public addresses only (but see [`Options::allow`]), redirects
    /// followed by hand up to [`MAX_REDIRECTS`], each checked again. `Authorization` and `Cookie` go along only where
    /// [`same_site`] holds. The verb and the body stay the same (WebDAV clients rely on it); after a 303 it is a GET.
    ///
    /// # Errors
    /// As [`Http::send`]; [`Unreachable::Guarded`] where the guard refuses; [`Error::Rejected`] with code
    /// `too_many_redirects`.
    pub async fn send_guarded(&self, mut request: Request) -> Result<Answer> {
        for _ in 0..=MAX_REDIRECTS {
            self.guard.check(&request.url)?;
            let answer = self.persist(&self.guarded, &request).await?;
            let Some(next) = redirect(&answer) else {
                return Ok(answer);
            };
            if !same_site(&request.url, &next) {
                request.headers.remove(AUTHORIZATION);
                request.headers.remove(COOKIE);
            }
            if answer.status == StatusCode::SEE_OTHER {
                request.method = Method::GET;
                request.body = Bytes::new();
            }
            request.url = next;
        }
        Err(Error::Rejected {
            code: "too_many_redirects".into(),
            detail: format!("{} redirects in a circle", host(&request.url)),
            status: None,
        })
    }

    async fn persist(&self, client: &reqwest::Client, request: &Request) -> Result<Answer> {
        let policy = &self.options.retry;
        let begun = Instant::now();
        let mut attempt = 1;
        loop {
            let (error, hint, may_repeat) = match self.once(client, request).await {
                Ok(answer) => match (request.busy)(&answer) {
                    None => return Ok(answer),
                    Some(busy) => {
                        let after = answer.retry_after();
                        let error = Error::TryLater {
                            after,
                            rate_limited: busy.rate_limited,
                            detail: busy.detail,
                        };
                        (error, after, request.repeatable)
                    }
                },
                // What was never sent can be sent again, whatever it is.
                Err(Failure {
                    error,
                    unsent,
                    transient,
                }) => (error, None, transient && (request.repeatable || unsent)),
            };
            let wait = policy.wait(attempt, hint, &self.options.jitter, begun.elapsed());
            let (true, Some(wait)) = (may_repeat, wait) else {
                return Err(error);
            };
            tracing::debug!(?request, attempt, ?wait, %error, "trying again");
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    async fn once(&self, client: &reqwest::Client, request: &Request) -> std::result::Result<Answer, Failure> {
        let failed = |e: reqwest::Error| Failure::from(e, &request.url);
        let mut response = client
            .request(request.method.clone(), request.url.clone())
            .headers(request.headers.clone())
            .body(request.body.clone())
            .send()
            .await
            .map_err(failed)?;
        let (status, headers, url) = (response.status(), response.headers().clone(), response.url().clone());
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > self.options.max_body {
                let detail = format!("{} answered with more than {} bytes", host(&url), self.options.max_body);
                let error = Error::Rejected {
                    code: "answer_too_large".into(),
                    detail,
                    status: Some(status.as_u16()),
                };
                return Err(Failure {
                    error,
                    unsent: false,
                    transient: false,
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status,
            headers,
            body: body.freeze(),
            url,
        })
    }
}

fn client(
    options: &Options,
    shape: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
) -> Result<reqwest::Client> {
    let refused = |detail: String| Error::Rejected {
        code: "http_client".into(),
        detail,
        status: None,
    };
    let base = || {
        shape(reqwest::Client::builder())
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .gzip(true)
            .timeout(options.timeout)
            .connect_timeout(options.connect_timeout)
            .pool_idle_timeout(Duration::from_secs(60))
            .user_agent(options.user_agent.as_str())
    };
    let extra = match &options.extra_roots_pem {
        Some(pem) => reqwest::Certificate::from_pem_bundle(pem).map_err(|e| refused(e.to_string()))?,
        None => Vec::new(),
    };
    base().tls_certs_merge(extra.clone()).build().or_else(|error| {
        // A machine without any certificate authority (a bare container) can still speak to plain loopback servers.
        tracing::warn!(%error, "no certificate authorities found: install ca-certificates, https will not work");
        base().tls_certs_only(extra).build().map_err(|e| refused(e.to_string()))
    })
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or("the server")
}

fn redirect(answer: &Answer) -> Option<Url> {
    if !matches!(answer.status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    answer.url.join(answer.header(&LOCATION)?).ok()
}

/// An attempt that brought no answer.
struct Failure {
    error: Error,
    /// No byte of the request has left.
    unsent: bool,
    /// Another attempt may fare better.
    transient: bool,
}

impl Failure {
    fn from(error: reqwest::Error, url: &Url) -> Self {
        let host = host(url);
        if let Some(refused) = cause::<guard::Refused>(&error) {
            let error = Error::Unreachable {
                reason: Unreachable::Guarded,
                detail: refused.to_string(),
            };
            return Self {
                error,
                unsent: true,
                transient: false,
            };
        }
        if let Some(tls) = cause::<rustls::Error>(&error) {
            let detail = format!("the TLS connection to {host} failed: {tls}");
            let error = Error::Unreachable {
                reason: Unreachable::Tls,
                detail,
            };
            return Self {
                error,
                unsent: true,
                transient: false,
            };
        }
        let unsent = error.is_connect();
        let (reason, detail) = if error.is_dns() {
            (Unreachable::Dns, format!("the name {host} cannot be found"))
        } else if error.is_timeout() {
            (Unreachable::Timeout, format!("{host} took too long to answer"))
        } else if unsent {
            (Unreachable::Connect, format!("nothing answers at {}", place(url)))
        } else if error.is_builder() {
            let detail = format!("not a request that can be sent: {}", error.without_url());
            let error = Error::Rejected {
                code: "bad_request".into(),
                detail,
                status: None,
            };
            return Self {
                error,
                unsent: true,
                transient: false,
            };
        } else {
            (
                Unreachable::Connect,
                format!("the connection to {host} broke: {}", deepest(&error)),
            )
        };
        Self {
            error: Error::Unreachable { reason, detail },
            unsent,
            transient: true,
        }
    }
}

fn place(url: &Url) -> String {
    match url.port() {
        Some(port) => format!("{}:{port}", host(url)),
        None => host(url).to_owned(),
    }
}

/// The first error of type `T` in the chain, also where `std::io::Error` wraps it (its `source` skips the wrapped one).
fn cause<'a, T: std::error::Error + 'static>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<T>() {
            return Some(found);
        }
        next = match current
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
        {
            Some(inner) => Some(inner),
            None => current.source(),
        };
    }
    None
}

fn deepest(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(next) = last.source() {
        last = next;
    }
    last.to_string()
}
