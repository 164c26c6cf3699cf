//! `POST /batch/calendar/v3`: several calls in one, as `multipart/mixed` of `application/http`. Each part goes through the
//! front door by itself; the order of the answers is that of the calls.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, Uri, header},
    test::TestRequest,
    web,
};

use crate::wire::text_header;

use super::server::{Shared, calendar};

/// Calls in one batch at most.
const MOST: usize = 50;
/// What separates the answers.
const BOUNDARY: &str = "batch_answers_of_the_simulator";

/// One call inside a batch.
struct Part {
    content_id: Option<String>,
    request: HttpRequest,
    body: web::Bytes,
}

/// Every request to the batch endpoint.
pub(crate) async fn batch(request: HttpRequest, body: web::Bytes, shared: web::Data<Shared>) -> HttpResponse {
    let refuse = |why: &str| {
        HttpResponse::BadRequest()
            .content_type("text/plain")
            .body(why.to_owned())
    };
    let Some(boundary) = text_header(&request, "content-type").and_then(|t| boundary(&t)) else {
        return refuse("Failed to parse batch request, error: no boundary.");
    };
    let text = String::from_utf8_lossy(&body).replace("\r\n", "\n");
    let separator = format!("--{boundary}");
    let sections = text
        .split(separator.as_str())
        .skip(1)
        .take_while(|s| !s.starts_with("--"));
    let Some(parts) = sections.map(|s| part(s, &request)).collect::<Option<Vec<_>>>() else {
        return refuse("Failed to parse batch request, error: a part is not an HTTP request.");
    };
    if parts.is_empty() || parts.len() > MOST {
        return refuse("The batch request must hold between 1 and 50 calls.");
    }
    let mut answers = String::new();
    for part in parts {
        answers.push_str(&format!("--{BOUNDARY}\r\nContent-Type: application/http\r\n"));
        if let Some(id) = part.content_id {
            answers.push_str(&format!("Content-ID: <response-{}\r\n", id.trim_start_matches('<')));
        }
        let answer = calendar(part.request, part.body, shared.clone()).await;
        let (head, body) = answer.into_parts();
        let status = head.status();
        answers.push_str(&format!(
            "\r\nHTTP/1.1 {} {}\r\n",
            status.as_u16(),
            status.canonical_reason().unwrap_or("")
        ));
        for (name, value) in head.headers() {
            answers.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap_or_default()));
        }
        let bytes = actix_web::body::to_bytes(body).await.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        answers.push_str(&format!("Content-Length: {}\r\n\r\n{text}\r\n", bytes.len()));
    }
    answers.push_str(&format!("--{BOUNDARY}--\r\n"));
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, format!("multipart/mixed; boundary={BOUNDARY}")))
        .body(answers)
}

fn boundary(content_type: &str) -> Option<String> {
    let parameters = content_type.strip_prefix("multipart/mixed")?;
    let value = parameters.split(';').find_map(|p| p.trim().strip_prefix("boundary="))?;
    Some(value.trim_matches('"').to_owned())
}

/// A part's request; what it does not say about who calls, the outer request does.
fn part(section: &str, outer: &HttpRequest) -> Option<Part> {
    let (about, call) = section.trim_start_matches('\n').split_once("\n\n")?;
    let content_id = fields(about)
        .find(|(name, _)| name.eq_ignore_ascii_case("content-id"))
        .map(|(_, value)| value.to_owned());
    let (head, body) = call.split_once("\n\n").unwrap_or((call.trim_end(), ""));
    let (line, headers) = head.split_once('\n').unwrap_or((head, ""));
    let mut words = line.split(' ');
    let method = Method::from_bytes(words.next()?.as_bytes()).ok()?;
    let uri: Uri = words.next()?.parse().ok()?;
    let mut request = TestRequest::default().method(method).uri(&uri.to_string());
    let mut named = false;
    for (name, value) in fields(headers) {
        let name: header::HeaderName = name.parse().ok()?;
        named |= name == header::AUTHORIZATION;
        request = request.insert_header((name, value));
    }
    if let (false, Some(who)) = (named, text_header(outer, "authorization")) {
        request = request.insert_header((header::AUTHORIZATION, who));
    }
    Some(Part {
        content_id,
        request: request.to_http_request(),
        body: web::Bytes::from(body.trim_end_matches('\n').to_owned()),
    })
}

fn fields(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines()
        .filter_map(|l| l.split_once(':'))
        .map(|(n, v)| (n.trim(), v.trim()))
}
