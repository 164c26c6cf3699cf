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

mod failure;
pub mod guard;
mod message;
mod places;
mod retry;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use http::{
    Method, StatusCode,
    header::{AUTHORIZATION, COOKIE, LOCATION},
};
use url::{Host, Url};

pub use guard::{Allow, Guard, same_site};
pub use message::{Answer, Busy, Request, busy_by_status};
pub use places::Places;
pub use retry::{Jitter, RetryPolicy, full_jitter};

use crate::error::{Error, Result};
use failure::Failure;

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

/// The client. Cheap to clone; connections are shared.
#[derive(Clone)]
pub struct Http {
    plain: reqwest::Client,
    guarded: reqwest::Client,
    guard: Arc<Guard>,
    options: Arc<Options>,
    meter: Option<Meter>,
    places: Option<Arc<Places>>,
    patient: bool,
}

/// Told of every request that goes out, repetitions too.
pub type Meter = Arc<dyn Fn(&Method) + Send + Sync>;

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
            meter: None,
            places: None,
            patient: false,
        })
    }

    /// The same, and `meter` is told of every request that goes out through it.
    #[must_use]
    pub fn metered(&self, meter: Meter) -> Self {
        Self {
            meter: Some(meter),
            ..self.clone()
        }
    }

    /// The same, and each request waits for one of `places` before it goes out.
    #[must_use]
    pub fn within(&self, places: Arc<Places>) -> Self {
        Self {
            places: Some(places),
            ..self.clone()
        }
    }

    /// The same, within these places unless it has some.
    #[must_use]
    pub fn or_within(self, places: impl FnOnce() -> Arc<Places>) -> Self {
        if self.places.is_some() {
            return self;
        }
        self.within(places())
    }

    /// The same, and it leaves one of its places to others.
    #[must_use]
    pub fn patient(&self) -> Self {
        Self {
            patient: true,
            ..self.clone()
        }
    }

    /// Sends to an address the operator configured. Redirects are answers like any other.
    ///
    /// # Errors
    /// [`Error::Unreachable`] when no answer came; [`Error::TryLater`] when the server asked for patience for longer
    /// than the policy has; [`Error::Rejected`] with code `answer_too_large`. Any other status is an `Ok`.
    pub async fn send(&self, request: Request) -> Result<Answer> {
        // A stand-in on this machine is never reached through a proxy.
        let here = request.url.host().is_some_and(|host| match host {
            Host::Ipv4(ip) => ip.is_loopback(),
            Host::Ipv6(ip) => ip.is_loopback(),
            Host::Domain(_) => false,
        });
        self.persist(if here { &self.guarded } else { &self.plain }, &request)
            .await
    }

    /// Sends to an address a user typed: https only, public addresses only (but see [`Options::allow`]), redirects
    /// followed by hand up to [`MAX_REDIRECTS`], each checked again. `Authorization` and `Cookie` go along only where
    /// [`same_site`] holds. The verb and the body stay the same (WebDAV clients rely on it); after a 303 it is a GET.
    ///
    /// # Errors
    /// As [`Http::send`]; [`crate::error::Unreachable::Guarded`] where the guard refuses; [`Error::Rejected`] with code
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
        // Held until the whole answer is here, but not while waiting to try again.
        let _place = match &self.places {
            Some(places) => Some(places.take(self.patient).await),
            None => None,
        };
        if let Some(meter) = &self.meter {
            meter(&request.method);
        }
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
