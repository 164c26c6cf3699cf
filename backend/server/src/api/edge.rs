//! The outermost layer: request id, log line, numbers, security headers, and every error in one shape.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Instant,
};

use actix_web::{
    Error,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
    middleware::Next,
};
use tracing::Instrument;
use uuid::Uuid;

use crate::{
    api::problem::{Code, Problem},
    telemetry,
};

tokio::task_local! {
    static CURRENT: Rc<Request>;
}

struct Request {
    id: String,
    path: String,
    late_headers: RefCell<Vec<(HeaderName, HeaderValue)>>,
    framed: Cell<bool>,
}

/// Request id and path of the request being answered; empty outside of one.
pub fn current() -> (String, String) {
    CURRENT
        .try_with(|request| (request.id.clone(), request.path.clone()))
        .unwrap_or_default()
}

/// Adds a header to the answer of the current request, whatever becomes of it.
pub fn add_header(name: HeaderName, value: HeaderValue) {
    let _ = CURRENT.try_with(|request| request.late_headers.borrow_mut().push((name, value)));
}

/// Other sites may show the answer to the current request in a frame.
pub fn may_be_framed() {
    let _ = CURRENT.try_with(|request| request.framed.set(true));
}

/// A path as it may be written down: what follows these opens a booking.
fn written(path: &str) -> String {
    for before in ["/api/v1/public/bookings/", "/booking/"] {
        if let Some(rest) = path.strip_prefix(before) {
            let rest = rest
                .split_once('/')
                .map_or_else(String::new, |(_, rest)| format!("/{rest}"));
            return format!("{before}…{rest}");
        }
    }
    path.to_owned()
}

/// Runs `work` to its end even when the caller hangs up: a write that is half done helps nobody.
///
/// # Errors
/// Those of `work`, and when it panics.
pub async fn to_the_end<T: 'static>(work: impl Future<Output = Result<T, Error>> + 'static) -> Result<T, Error> {
    let work = work.instrument(tracing::Span::current());
    let task = match CURRENT.try_with(Rc::clone) {
        Ok(request) => actix_web::rt::spawn(CURRENT.scope(request, work)),
        Err(_) => actix_web::rt::spawn(work),
    };
    task.await.unwrap_or_else(|error| Err(Problem::internal(error).into()))
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Styles: the component library sets inline `style` attributes; scripts only from our own files.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; \
    connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Before the keys that callers give to events: no other name may need an escape.
const KEYS: &str = "/api/v1/events/by-external-id/";

/// Whether a path has escapes where nothing of ours needs one. The router reads them, and who judges a path by its text
/// (access, retries, limits) must see what the router sees. And neither database stores NUL in text.
fn is_disguised(path: &str) -> bool {
    path.contains("%00") || (path.contains('%') && !path.starts_with(KEYS))
}

/// The middleware.
///
/// # Errors
/// Those of inner layers that are not ours.
pub async fn edge<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    let started = Instant::now();
    let id = request
        .headers()
        .get(&REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|value| is_request_id(value))
        .map_or_else(|| Uuid::now_v7().to_string(), str::to_owned);
    let method = request.method().clone();
    let path = written(request.path());
    let private = request.path().starts_with("/booking/");
    let span = tracing::info_span!("request", request_id = %id, method = %method, path = %path);
    if let Some(parent) = request
        .headers()
        .get("traceparent")
        .and_then(|value| value.to_str().ok())
        .filter(|value| value.len() == 55)
    {
        tracing::debug!(parent: &span, traceparent = %parent, "joined a trace");
    }
    let secure = request
        .app_data::<actix_web::web::Data<crate::state::App>>()
        .is_some_and(|app| app.public_url.scheme() == "https");
    let scope = Rc::new(Request {
        id: id.clone(),
        path,
        late_headers: RefCell::default(),
        framed: Cell::new(false),
    });
    let answer = CURRENT
        .scope(
            Rc::clone(&scope),
            async move {
                if is_disguised(request.path()) {
                    return Ok(request
                        .into_response(actix_web::ResponseError::error_response(&Problem::new(
                            Code::NotFound,
                            "There is nothing at this path.",
                        )))
                        .map_into_right_body());
                }
                // Our own middlewares answer instead of failing: a failure has lost its request by here.
                next.call(request)
                    .await
                    .map(|answer| in_one_shape(answer.map_into_left_body()))
            }
            .instrument(span.clone()),
        )
        .await;
    let mut answer = answer?;
    let status = answer.status();
    let route = answer.request().match_pattern().unwrap_or_else(|| "other".to_owned());
    let took = started.elapsed();
    telemetry::request(method.as_str(), &route, status.as_u16(), took);
    span.in_scope(|| {
        let (status, took_ms) = (status.as_u16(), took.as_secs_f64() * 1000.0);
        if route.starts_with("/health") || route.starts_with("/metrics") {
            tracing::debug!(status, took_ms, "answered");
        } else {
            tracing::info!(status, took_ms, "answered");
        }
    });
    let headers = answer.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    for (name, value) in scope.late_headers.take() {
        headers.append(name, value);
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", if private { "no-referrer" } else { "same-origin" }),
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if secure {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000; includeSubDomains"),
        );
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    if scope.framed.get() {
        headers.remove(header::X_FRAME_OPTIONS);
        if let Ok(value) = HeaderValue::from_str(&CSP.replace("frame-ancestors 'none'", "frame-ancestors *")) {
            headers.insert(header::CONTENT_SECURITY_POLICY, value);
        }
    }
    if private {
        headers.insert(
            HeaderName::from_static("x-robots-tag"),
            HeaderValue::from_static("noindex, nofollow"),
        );
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(answer)
}

/// Errors that actix itself answers (bad path, unsupported method, too large) get our shape too.
fn in_one_shape<B: MessageBody + 'static>(
    answer: ServiceResponse<EitherBody<B, BoxBody>>,
) -> ServiceResponse<EitherBody<B, BoxBody>> {
    let status = answer.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return answer;
    }
    let kind = answer.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let ours = kind.is_some_and(|kind| kind.starts_with(b"application/problem+json"));
    // JSON-RPC has a shape of its own for what goes wrong.
    let rpc = answer.request().path() == "/mcp" && kind == Some(b"application/json");
    if ours || rpc {
        return answer;
    }
    let cause = answer.response().error().map(ToString::to_string);
    let problem = match status {
        StatusCode::NOT_FOUND => Problem::new(Code::NotFound, "There is nothing at this path."),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(Code::MethodNotAllowed, "The path does not take this method."),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Code::PayloadTooLarge, "The body is too large."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            Problem::new(Code::UnsupportedMediaType, "The content type is not supported.")
        }
        status if status.is_client_error() => Problem::new(
            Code::BadRequest,
            cause.unwrap_or_else(|| "The request cannot be read.".to_owned()),
        ),
        _ => Problem::internal(cause.unwrap_or_else(|| status.to_string())),
    };
    let (request, _) = answer.into_parts();
    ServiceResponse::new(request, actix_web::ResponseError::error_response(&problem)).map_into_right_body()
}

/// Only what cannot break a log line or a header.
fn is_request_id(text: &str) -> bool {
    (8..=128).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'))
}
