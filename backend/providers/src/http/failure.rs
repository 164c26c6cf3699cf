//! Why an attempt brought no answer.

use url::Url;

use super::{guard, host};
use crate::error::{Error, Unreachable};

/// An attempt that brought no answer.
pub(super) struct Failure {
    pub(super) error: Error,
    /// No byte of the request has left.
    pub(super) unsent: bool,
    /// Another attempt may fare better.
    pub(super) transient: bool,
}

impl Failure {
    pub(super) fn from(error: reqwest::Error, url: &Url) -> Self {
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
