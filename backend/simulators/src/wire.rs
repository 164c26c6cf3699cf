//! What faults do to connections: delays, cuts, halves of answers. And what headers say.

use std::{
    net::{Shutdown, TcpStream},
    time::Duration,
};

use actix_web::{HttpRequest, HttpResponse, web};

use crate::faults::Effect;

/// A second handle on a connection, to cut it.
pub(crate) struct Wire(TcpStream);

impl Wire {
    /// From what actix-web hands to `on_connect`.
    pub(crate) fn of(connection: &dyn std::any::Any) -> Option<Self> {
        let stream = connection.downcast_ref::<actix_web::rt::net::TcpStream>()?;
        #[cfg(unix)]
        let owned = std::os::fd::AsFd::as_fd(stream).try_clone_to_owned().ok()?;
        #[cfg(windows)]
        let owned = std::os::windows::io::AsSocket::as_socket(stream)
            .try_clone_to_owned()
            .ok()?;
        Some(Self(TcpStream::from(owned)))
    }
}

/// Delays and cuts that come before the call is carried out.
pub(crate) async fn before(request: &HttpRequest, effects: &[Effect]) -> Option<HttpResponse> {
    for effect in effects {
        match effect {
            Effect::Latency { millis } => tokio::time::sleep(Duration::from_millis(*millis)).await,
            Effect::Hang { millis } => {
                tokio::time::sleep(Duration::from_millis(*millis)).await;
                return Some(cut(request));
            }
            Effect::Reset => return Some(cut(request)),
            _ => {}
        }
    }
    None
}

/// Cuts that come after the call was carried out.
pub(crate) async fn after(request: &HttpRequest, response: HttpResponse, effects: &[Effect]) -> HttpResponse {
    if effects.contains(&Effect::LoseAnswer) {
        return cut(request);
    }
    for effect in effects {
        if let Effect::SlowAnswer { millis } = effect {
            tokio::time::sleep(Duration::from_millis(*millis)).await;
        }
    }
    if effects.contains(&Effect::Truncate) {
        return truncate(response).await;
    }
    if effects.contains(&Effect::Garble) {
        return HttpResponse::Ok()
            .content_type("text/html; charset=UTF-8")
            .body("<html><body>One moment, please…</body></html>");
    }
    response
}

fn cut(request: &HttpRequest) -> HttpResponse {
    if let Some(Wire(stream)) = request.conn_data::<Wire>() {
        let _ = stream.shutdown(Shutdown::Both);
    }
    HttpResponse::InternalServerError().finish()
}

/// Announces the whole length and sends half of it.
async fn truncate(response: HttpResponse) -> HttpResponse {
    let (head, body) = response.into_parts();
    let bytes = actix_web::body::to_bytes(body).await.unwrap_or_default();
    let half = bytes.slice(..bytes.len() / 2);
    let parts: [Result<web::Bytes, std::io::Error>; 2] =
        [Ok(half), Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))];
    let stream = futures_util::stream::iter(parts);
    let length = u64::try_from(bytes.len()).unwrap_or_default();
    head.set_body(actix_web::body::SizedStream::new(length, stream))
        .map_into_boxed_body()
}

/// A header as text.
pub(crate) fn text_header(request: &HttpRequest, name: &str) -> Option<String> {
    request.headers().get(name)?.to_str().ok().map(String::from)
}

/// The access token of a request.
pub(crate) fn bearer(request: &HttpRequest) -> Option<String> {
    text_header(request, "authorization")?
        .strip_prefix("Bearer ")
        .map(|t| t.trim().to_string())
}
