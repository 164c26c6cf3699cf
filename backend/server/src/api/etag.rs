//! Versions of single resources: `ETag`, `If-None-Match`, `If-Match`.

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::header::{ETAG, HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH, LOCATION},
};
use serde::Serialize;

use crate::api::problem::{Code, Problem};

/// The strong tag of a revision.
pub fn of(revision: impl std::fmt::Display) -> String {
    format!("\"{revision}\"")
}

/// 200 with the tag, or 304 when the caller has that version.
pub fn answer(request: &HttpRequest, tag: &str, body: &impl Serialize) -> HttpResponse {
    let known = tags(request.headers(), &IF_NONE_MATCH).any(|one| one == "*" || one.trim_start_matches("W/") == tag);
    if known {
        return HttpResponse::NotModified()
            .insert_header((ETAG, tag))
            .insert_header(("Cache-Control", "no-cache"))
            .finish();
    }
    HttpResponse::Ok()
        .insert_header((ETAG, tag))
        .insert_header(("Cache-Control", "no-cache"))
        .json(body)
}

/// 201 for something new: its tag, its place and itself.
pub fn created(tag: &str, place: &str, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((ETAG, tag))
        .insert_header((LOCATION, place))
        .json(body)
}

/// 200 for something that was written: its new tag and itself.
pub fn changed(tag: &str, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((ETAG, tag)).json(body)
}

/// What the caller believes to be the current version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IfMatch(Option<Vec<String>>);

impl IfMatch {
    /// The same said elsewhere than in the header.
    pub fn given(text: &str) -> Self {
        Self(Some(text.split(',').map(|tag| tag.trim().to_owned()).collect()))
    }

    /// Whether the current version is one the caller means. No header means any.
    pub fn allows(&self, tag: &str) -> bool {
        self.0
            .as_ref()
            .is_none_or(|tags| tags.iter().any(|one| one == "*" || one == tag))
    }

    /// Whether the current version is one the caller means, judged by how its tag begins: where a tag says more than a
    /// write depends on. No header means any.
    pub fn begins(&self, start: &str) -> bool {
        self.0
            .as_ref()
            .is_none_or(|tags| tags.iter().any(|one| one == "*" || one.starts_with(start)))
    }

    /// Whether the caller sent none.
    pub fn is_absent(&self) -> bool {
        self.0.is_none()
    }

    /// For resources that several people write.
    ///
    /// # Errors
    /// 428 when the caller sent none.
    pub fn required(self) -> Result<Self, Problem> {
        if self.is_absent() {
            return Err(
                Problem::new(Code::PreconditionRequired, "This write needs the header If-Match.")
                    .action("Read it first and send its ETag."),
            );
        }
        Ok(self)
    }
}

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let tags = request
            .headers()
            .contains_key(IF_MATCH)
            .then(|| tags(request.headers(), &IF_MATCH).map(str::to_owned).collect());
        std::future::ready(Ok(Self(tags)))
    }
}

fn tags<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}
