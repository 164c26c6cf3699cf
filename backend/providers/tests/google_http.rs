//! The HTTP client over real sockets: a small server on loopback plays its lines and remembers what it was sent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use http::Method;
use providers::{
    error::{Error, Unreachable},
    http::{Http, Options, Request, RetryPolicy},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use url::Url;

/// A server that answers each connection with the next of its lines; an empty line is a connection closed unanswered,
/// `…` is silence.
struct Server {
    url: Url,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn playing(lines: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = Arc::clone(&heard);
        tokio::spawn(async move {
            for line in lines {
                let (mut socket, _) = listener.accept().await.unwrap();
                let request = read_request(&mut socket).await;
                ears.lock().unwrap().push(request);
                if line == "…" {
                    // Held open until the test's runtime ends.
                    tokio::spawn(async move { socket.read(&mut [0]).await });
                } else {
                    socket.write_all(line.as_bytes()).await.unwrap();
                }
            }
        });
        Self { url, heard }
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

async fn read_request(socket: &mut tokio::net::TcpStream) -> String {
    let mut text = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let read = socket.read(&mut chunk).await.unwrap();
        text.extend_from_slice(&chunk[..read]);
        let so_far = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = so_far.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|l| l.strip_prefix("content-length: "))
                .map_or(0, |n| n.parse().unwrap());
            if body.len() >= length {
                return so_far;
            }
        }
        assert!(read > 0, "the client stopped in the middle: {so_far}");
    }
}

fn says(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn options() -> Options {
    Options {
        allow: vec!["127.0.0.0/8".parse().unwrap()],
        timeout: Duration::from_millis(700),
        retry: RetryPolicy {
            base: Duration::ZERO,
            ..RetryPolicy::default()
        },
        ..Options::default()
    }
}

fn http() -> Http {
    Http::new(options()).unwrap()
}

#[tokio::test]
async fn a_read_is_repeated_until_it_works() {
    let server = Server::playing(vec![
        says("503 Busy", "", ""),
        String::new(),
        says("429 Slow", "", ""),
        says("200 OK", "", "hi"),
    ])
    .await;
    let answer = http().send(Request::get(server.url.clone())).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "hi"));
    assert_eq!(server.heard().len(), 4);
}

#[tokio::test]
async fn a_write_is_sent_once_unless_the_caller_says_that_twice_is_as_good() {
    let lines = || vec![says("503 Busy", "", ""), says("200 OK", "", "")];
    let server = Server::playing(lines()).await;
    let post = Request::new(Method::POST, server.url.clone()).body("text/plain", "x");
    let refused = http().send(post).await.unwrap_err();
    assert!(
        matches!(
            refused,
            Error::TryLater {
                after: None,
                rate_limited: false,
                ..
            }
        ),
        "{refused:?}"
    );
    assert_eq!(server.heard().len(), 1);

    let server = Server::playing(lines()).await;
    let post = Request::new(Method::POST, server.url.clone())
        .body("text/plain", "x")
        .repeatable(true);
    assert_eq!(http().send(post).await.unwrap().status, 200);
    assert!(server.heard().iter().all(|r| r.ends_with("\r\n\r\nx")));
}

#[tokio::test]
async fn a_long_retry_after_is_handed_to_the_caller_instead_of_slept() {
    let server = Server::playing(vec![says("429 Slow", "retry-after: 120\r\n", "")]).await;
    let refused = http().send(Request::get(server.url.clone())).await.unwrap_err();
    let expected = Some(Duration::from_secs(120));
    assert!(
        matches!(refused, Error::TryLater { after, rate_limited: true, .. } if after == expected),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_short_retry_after_is_obeyed() {
    let server = Server::playing(vec![says("503 Busy", "retry-after: 1\r\n", ""), says("200 OK", "", "")]).await;
    let begun = std::time::Instant::now();
    http().send(Request::get(server.url.clone())).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn every_way_of_not_answering_has_its_name() {
    let reason = |result: Result<_, Error>| match result {
        Err(Error::Unreachable { reason, .. }) => reason,
        other => panic!("{other:?}"),
    };
    let never = || {
        Http::new(Options {
            retry: RetryPolicy::never(),
            ..options()
        })
        .unwrap()
    };
    let silent = Server::playing(vec!["…".into()]).await;
    assert_eq!(
        reason(never().send(Request::get(silent.url.clone())).await),
        Unreachable::Timeout
    );

    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let nobody = format!("http://{closed}/").parse().unwrap();
    assert_eq!(reason(never().send(Request::get(nobody)).await), Unreachable::Connect);

    // Too long a label for any name server to be asked.
    let nameless = format!("http://{}.example/", "a".repeat(64)).parse().unwrap();
    assert_eq!(reason(never().send(Request::get(nameless)).await), Unreachable::Dns);

    // Answers to the TLS greeting in plain text.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain = format!("https://{}/", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        while socket.read(&mut [0; 512]).await.is_ok_and(|n| n > 0) {}
    });
    assert_eq!(reason(never().send(Request::get(plain)).await), Unreachable::Tls);
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let http = Http::new(Options {
        max_body: 1000,
        ..options()
    })
    .unwrap();
    let server = Server::playing(vec![
        says("200 OK", "", &"x".repeat(1001)),
        says("200 OK", "", &"x".repeat(1000)),
    ])
    .await;
    let refused = http.send(Request::get(server.url.clone())).await.unwrap_err();
    assert!(matches!(refused, Error::Rejected { code, .. } if code == "answer_too_large"));
    assert_eq!(
        http.send(Request::get(server.url.clone())).await.unwrap().body.len(),
        1000
    );
}

#[tokio::test]
async fn a_plain_call_takes_a_redirect_for_an_answer() {
    let server = Server::playing(vec![says("302 Found", "location: /next\r\n", "")]).await;
    assert_eq!(http().send(Request::get(server.url.clone())).await.unwrap().status, 302);
}

#[tokio::test]
async fn a_guarded_call_keeps_verb_body_and_credentials_on_the_same_site() {
    let server = Server::playing(vec![
        says("301 Moved", "location: /dav/\r\n", ""),
        says("207 Multi-Status", "", "<x/>"),
    ])
    .await;
    let request = Request::new(
        "PROPFIND".parse().unwrap(),
        server.url.join(".well-known/caldav").unwrap(),
    )
    .basic("ann", &"secret".into())
    .body("application/xml", "<propfind/>");
    let answer = http().send_guarded(request).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.url.path()), (207, "/dav/"));
    let second = &server.heard()[1];
    assert!(second.starts_with("PROPFIND /dav/ "), "{second}");
    assert!(
        second.contains("authorization: Basic ") && second.ends_with("<propfind/>"),
        "{second}"
    );
}

#[tokio::test]
async fn credentials_do_not_follow_a_redirect_to_a_stranger() {
    let stranger = Server::playing(vec![says("200 OK", "", "")]).await;
    let server = Server::playing(vec![says("307 Moved", &format!("location: {}\r\n", stranger.url), "")]).await;
    let request = Request::get(server.url.clone()).bearer(&"secret".into());
    assert_eq!(http().send_guarded(request).await.unwrap().url, stranger.url);
    assert!(server.heard()[0].contains("authorization: Bearer secret"));
    assert!(!stranger.heard()[0].contains("secret"), "{}", stranger.heard()[0]);
}

#[tokio::test]
async fn the_guard_holds_for_names_literals_and_redirects() {
    let guarded = |result: Result<_, Error>| {
        matches!(
            result,
            Err(Error::Unreachable {
                reason: Unreachable::Guarded,
                ..
            })
        )
    };
    let strict = Http::new(Options {
        allow: vec![],
        ..options()
    })
    .unwrap();
    let literal = "https://127.0.0.1:1/".parse().unwrap();
    assert!(guarded(strict.send_guarded(Request::get(literal)).await));
    // A public-looking name that leads home: only the lookup can tell.
    let name = "https://localhost:1/".parse().unwrap();
    assert!(guarded(strict.send_guarded(Request::get(name)).await));

    let metadata = "location: http://169.254.169.254/latest/meta-data/\r\n";
    let server = Server::playing(vec![says("302 Found", metadata, "")]).await;
    assert!(guarded(http().send_guarded(Request::get(server.url.clone())).await));
}

#[tokio::test]
async fn a_host_on_the_list_may_be_private_and_plain() {
    let server = Server::playing(vec![says("200 OK", "", "")]).await;
    let http = Http::new(Options {
        allow: vec!["localhost".parse().unwrap()],
        ..options()
    })
    .unwrap();
    let url = format!("http://localhost:{}/", server.url.port().unwrap())
        .parse()
        .unwrap();
    assert_eq!(http.send_guarded(Request::get(url)).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_circle_of_redirects_ends() {
    let server = Server::playing(vec![says("302 Found", "location: /\r\n", ""); 6]).await;
    let refused = http().send_guarded(Request::get(server.url.clone())).await.unwrap_err();
    assert!(matches!(refused, Error::Rejected { code, .. } if code == "too_many_redirects"));
    assert_eq!(server.heard().len(), 6);
}

#[test]
fn a_request_shows_no_secret_when_it_is_printed() {
    let url = "https://example.org/path?code=hush".parse().unwrap();
    let request = Request::get(url).bearer(&"hush".into()).body("text/plain", "hush");
    assert_eq!(format!("{request:?}"), "GET example.org/path");
    assert!(!format!("{:?}", request.headers).contains("hush"));
}
