//! Several calls in one request: `multipart/mixed`, each part an HTTP request of its own, answered by a part of its own.
//! Source: guides/batch. Every part counts as a call; they are carried out in order.

use actix_web::{
    HttpRequest, HttpResponse,
    body::to_bytes,
    http::{Method, StatusCode, header},
    test::TestRequest,
    web,
};

use super::{
    errors::Refusal,
    server::{self, Shared, refused, text_header},
};

/// Google's limit for Calendar.
const MOST: usize = 50;

/// One call of a batch.
struct Part {
    /// `Content-ID`, without the angle brackets.
    id: Option<String>,
    method: Method,
    target: String,
    headers: Vec<(String, String)>,
    body: web::Bytes,
}

/// `POST /batch/calendar/v3`.
pub(crate) async fn batch(request: HttpRequest, body: web::Bytes, shared: web::Data<Shared>) -> HttpResponse {
    let parts = match parts(&request, &body) {
        Ok(parts) => parts,
        Err(message) => return refused(&Refusal::bad_request(message)),
    };
    let boundary = format!("batch_{:016x}", rand::random::<u64>());
    let mut out = Vec::new();
    for part in parts {
        let id = part.id.clone();
        let answer = carry_out(&request, part, &shared).await;
        let status = answer.status();
        let kind = answer.headers().get(header::CONTENT_TYPE).cloned();
        let etag = answer.headers().get(header::ETAG).cloned();
        let body = to_bytes(answer.into_body()).await.unwrap_or_default();
        let mut head = format!("--{boundary}\r\nContent-Type: application/http\r\n");
        if let Some(id) = id {
            head += &format!("Content-ID: <response-{id}>\r\n");
        }
        let reason = status.canonical_reason().unwrap_or_default();
        head += &format!("\r\nHTTP/1.1 {} {reason}\r\n", status.as_u16());
        for (name, value) in [("Content-Type", kind), ("ETag", etag)] {
            if let Some(value) = value.as_ref().and_then(|value| value.to_str().ok()) {
                head += &format!("{name}: {value}\r\n");
            }
        }
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
        out.extend_from_slice(&body);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    HttpResponse::build(StatusCode::OK)
        .content_type(format!("multipart/mixed; boundary={boundary}"))
        .body(out)
}

async fn carry_out(outer: &HttpRequest, part: Part, shared: &web::Data<Shared>) -> HttpResponse {
    let path = part.target.split('?').next().unwrap_or_default();
    if !path.starts_with("/calendar/v3/") {
        return HttpResponse::NotFound().finish();
    }
    let mut inner = TestRequest::default().method(part.method).uri(&part.target);
    // What the whole request says holds for each part that does not say otherwise.
    let own = part
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    if let Some(token) = text_header(outer, "authorization").filter(|_| !own) {
        inner = inner.insert_header(("authorization", token));
    }
    for header in part.headers {
        inner = inner.append_header(header);
    }
    server::calendar(inner.to_http_request(), part.body, shared.clone()).await
}

fn parts(request: &HttpRequest, body: &[u8]) -> Result<Vec<Part>, String> {
    let kind = text_header(request, "content-type").unwrap_or_default();
    let boundary = kind
        .strip_prefix("multipart/mixed")
        .and_then(|rest| rest.split(';').find_map(|word| word.trim().strip_prefix("boundary=")))
        .map(|boundary| boundary.trim_matches('"'))
        .filter(|boundary| !boundary.is_empty())
        .ok_or("The content type of a batch must be multipart/mixed with a boundary.")?;
    let body = std::str::from_utf8(body).map_err(|_| "The batch is not UTF-8.")?;
    let mut parts = Vec::new();
    for text in body.split(&format!("--{boundary}")).skip(1) {
        if text.starts_with("--") {
            break;
        }
        parts.push(part(text.trim_start_matches(['\r', '\n']))?);
    }
    match parts.len() {
        0 => Err("The batch is empty.".into()),
        n if n > MOST => Err(format!("The batch holds {n} calls; {MOST} are allowed.")),
        _ => Ok(parts),
    }
}

fn part(text: &str) -> Result<Part, String> {
    // Clients end lines either way.
    let (head, inner) = text
        .split_once("\r\n\r\n")
        .or_else(|| text.split_once("\n\n"))
        .ok_or("A part of the batch has no body.")?;
    let id = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let value = value.trim().trim_start_matches('<').trim_end_matches('>');
        name.eq_ignore_ascii_case("content-id").then(|| value.to_owned())
    });
    let mut room = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut room);
    let inner = format!("{}\r\n\r\n", inner.trim_end());
    let length = match request.parse(inner.as_bytes()) {
        Ok(httparse::Status::Complete(length)) => length,
        _ => return Err("A part of the batch is not an HTTP request.".into()),
    };
    let headers = request.headers.iter().filter_map(|header| {
        let value = std::str::from_utf8(header.value).ok()?;
        Some((header.name.to_owned(), value.to_owned()))
    });
    Ok(Part {
        id,
        method: request.method.and_then(|m| m.parse().ok()).unwrap_or(Method::GET),
        // Some clients name the whole address.
        target: request.path.map(relative).unwrap_or_default(),
        headers: headers
            .filter(|(name, _)| !name.eq_ignore_ascii_case("content-length"))
            .collect(),
        body: web::Bytes::from(
            inner
                .as_bytes()
                .get(length..)
                .unwrap_or_default()
                .trim_ascii_end()
                .to_vec(),
        ),
    })
}

fn relative(target: &str) -> String {
    match url::Url::parse(target) {
        Ok(url) => url[url::Position::BeforePath..url::Position::AfterQuery].to_owned(),
        Err(_) => target.to_owned(),
    }
}
