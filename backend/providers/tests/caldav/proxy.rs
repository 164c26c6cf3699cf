//! What stands between our client and Radicale: it writes down every call, and can be as odd as other servers are.

use std::{
    collections::{HashMap, HashSet},
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest as _, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// One way in which servers differ from Radicale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quirk {
    /// No `sync-collection` report (php-sabre-dav 1.8, many others).
    NoSync,
    /// A sync token is refused with this status (RFC 6578 wants 403; 409, 410 and 412 are seen too).
    RefusesToken(u16),
    /// Multiget leaves out the last resource it was asked for, without a word.
    ShortMultiget,
    /// Multiget fails as a whole.
    NoMultiget,
    /// MOVE is not known.
    NoMove,
    /// GET calls every etag weak (a server behind nginx).
    WeakEtags,
    /// PUT does not tell the new etag.
    SilentPut,
    /// Digest instead of Basic, with this algorithm; a nonce is good for three requests.
    Digest(&'static str),
    /// Says the second instead of the first in what it holds.
    Garbles(&'static str, &'static str),
    /// Says this in a property, whatever it holds (the element's name, and XML).
    Property(&'static str, &'static str),
    /// PUT does not look at `If-None-Match`.
    NoIfNoneMatch,
    /// PUT calls a success what it does not keep.
    KeepsNothing,
    /// What is deleted lies in a bin with its UID, and a new object of that UID is refused with this status: 400 in
    /// Nextcloud's words, else in those of RFC 4791.
    Bin(u16),
    /// Lists so many changes at a time (RFC 6578 §3.6).
    Cuts(usize),
    /// Lists one change of all, and whenever it is asked to go on none.
    CutsForEver,
    /// Refuses to list changes because they are too many.
    TooManyChanges,
    /// Redirects `/.well-known/caldav` here, and knows nothing at `/`.
    WellKnown(&'static str),
}

/// A call as it arrived.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: String,
    pub target: String,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Call {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

struct State {
    upstream: SocketAddr,
    quirks: HashSet<Quirk>,
    basic: String,
    password: String,
    lose: AtomicBool,
    portal: AtomicBool,
    /// How many seconds the next caller is told to wait; none: it is served.
    limit: AtomicU64,
    /// Sync tokens are refused until a fresh one was asked for.
    forgot: AtomicBool,
    journal: Mutex<Vec<Call>>,
    nonce: Mutex<(u32, u32)>,
    /// Changes that were not listed yet, and the token after them.
    cut: Mutex<(Vec<String>, String)>,
    /// UIDs by where they were put, and those in the bin.
    uids: Mutex<(HashMap<String, String>, HashSet<String>)>,
}

/// Ends with the test that started it.
pub struct Proxy {
    pub address: SocketAddr,
    state: Arc<State>,
}

impl Proxy {
    pub async fn start(upstream: SocketAddr, username: &str, password: &str, quirks: &[Quirk]) -> Self {
        let state = Arc::new(State {
            upstream,
            quirks: quirks.iter().copied().collect(),
            basic: format!("Basic {}", BASE64_STANDARD.encode(format!("{username}:{password}"))),
            password: password.to_owned(),
            lose: AtomicBool::new(false),
            portal: AtomicBool::new(false),
            limit: AtomicU64::new(0),
            forgot: AtomicBool::new(false),
            journal: Mutex::default(),
            nonce: Mutex::new((1, 0)),
            cut: Mutex::default(),
            uids: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, Arc::clone(&shared)));
            }
        });
        Self { address, state }
    }

    /// The next write arrives, and its answer vanishes.
    pub fn lose_next_answer(&self) {
        self.state.lose.store(true, Ordering::SeqCst);
    }

    /// The next write does not arrive; a page for people comes back, and calls itself a success.
    pub fn answer_next_with_a_page(&self) {
        self.state.portal.store(true, Ordering::SeqCst);
    }

    /// The next call is one too many.
    pub fn limit_next_call(&self, seconds: u64) {
        self.state.limit.store(seconds, Ordering::SeqCst);
    }

    /// Knows no sync token any more, until a fresh one is asked for. Whether there may be tokens at all.
    pub fn forget_tokens(&self) -> bool {
        self.state.forgot.store(true, Ordering::SeqCst);
        !self.state.quirks.contains(&Quirk::NoSync)
    }

    /// Calls of that method so far.
    pub fn calls(&self, method: &str) -> Vec<Call> {
        self.state
            .journal
            .lock()
            .unwrap()
            .iter()
            .filter(|c| c.method == method)
            .cloned()
            .collect()
    }

    /// All calls so far.
    pub fn journal(&self) -> Vec<Call> {
        self.state.journal.lock().unwrap().clone()
    }
}

async fn serve(mut client: TcpStream, state: Arc<State>) {
    let Some(call) = read_call(&mut client).await else {
        return;
    };
    state.journal.lock().unwrap().push(call.clone());
    let is_write = matches!(call.method.as_str(), "PUT" | "DELETE" | "MOVE" | "MKCALENDAR");
    if is_write && state.portal.swap(false, Ordering::SeqCst) {
        let page = refusal(
            "200 OK",
            "Content-Type: text/html; charset=utf-8\r\n",
            "<html>Please sign in</html>",
        );
        let _gone = client.write_all(page.as_bytes()).await;
        return;
    }
    let answer = match state.itself(&call) {
        Some(answer) => answer.into_bytes(),
        None => state.forward(&call).await,
    };
    if is_write && state.lose.swap(false, Ordering::SeqCst) {
        return;
    }
    let _gone = client.write_all(&answer).await;
    let _gone = client.shutdown().await;
}

async fn read_call(client: &mut TcpStream) -> Option<Call> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break at;
        }
        if client.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let headers: Vec<_> = lines
        .filter_map(|l| l.split_once(": "))
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .collect();
    let mut call = Call {
        method: first.next()?.to_owned(),
        target: first.next()?.to_owned(),
        headers,
        body: bytes.split_off(head_end + 4),
    };
    let length = call.header("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    while call.body.len() < length {
        if client.read_buf(&mut call.body).await.ok()? == 0 {
            return None;
        }
    }
    Some(call)
}

fn refusal(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// RFC 6578 §3.2.
fn no_such_token(status: &str) -> String {
    let body = r#"<?xml version="1.0"?><d:error xmlns:d="DAV:"><d:valid-sync-token/></d:error>"#;
    refusal(&format!("{status} Refused"), "Content-Type: application/xml\r\n", body)
}

/// Where a list that was cut goes on.
const CUT: &str = "urn:cut";

/// The parts of a list of changes: what changed, and the token after it.
fn listed(body: &str) -> (Vec<String>, String) {
    let blocks = body.split("<response>").skip(1);
    let blocks = blocks.map(|rest| rest.split("</response>").next().unwrap().to_owned());
    let (_, token) = body.split_once("<sync-token>").unwrap();
    (blocks.collect(), token.split('<').next().unwrap().to_owned())
}

/// A list of changes; one that is cut says so of the collection that was asked.
fn changes(blocks: &[String], token: &str, cut: Option<&Call>) -> String {
    let too_many = cut.map(|call| {
        format!(
            "<href>{}</href><status>HTTP/1.1 507 Insufficient Storage</status>",
            call.target
        )
    });
    let blocks: String = blocks
        .iter()
        .chain(&too_many)
        .map(|block| format!("<response>{block}</response>"))
        .collect();
    format!(r#"<?xml version="1.0"?><multistatus xmlns="DAV:">{blocks}<sync-token>{token}</sync-token></multistatus>"#)
}

fn multistatus(body: &str) -> String {
    refusal("207 Multi-Status", "Content-Type: application/xml\r\n", body)
}

/// What every element of that name holds is replaced.
fn filled(body: &str, name: &str, said: &str) -> String {
    let tag = format!("{name}>");
    let (mut filled, mut rest) = (String::new(), body);
    while let Some((before, inside)) = rest.split_once(&tag)
        && let Some((inside, after)) = inside.split_once(&tag)
    {
        let closing = &inside[inside.rfind("</").unwrap()..];
        filled.push_str(&format!("{before}{tag}{said}{closing}{tag}"));
        rest = after;
    }
    filled + rest
}

impl State {
    /// What this server answers without asking Radicale.
    fn itself(&self, call: &Call) -> Option<String> {
        for quirk in &self.quirks {
            if let Quirk::Digest(algorithm) = *quirk
                && let Err(stale) = self.signed(call, algorithm)
            {
                let mut nonce = self.nonce.lock().unwrap();
                *nonce = (nonce.0 + 1, 0);
                let challenge = format!(
                    "WWW-Authenticate: Digest realm=\"a, b\", qop=\"auth\", algorithm={algorithm}, nonce=\"n{}\", opaque=\"o\", stale={stale}\r\n",
                    nonce.0
                );
                return Some(refusal("401 Unauthorized", &challenge, ""));
            }
        }
        let seconds = self.limit.swap(0, Ordering::SeqCst);
        if seconds > 0 {
            let wait = format!("Retry-After: {seconds}\r\n");
            return Some(refusal("429 Too Many Requests", &wait, ""));
        }
        let body = call.text();
        let report = |name: &str| call.method == "REPORT" && body.contains(name);
        let knows = report("sync-collection") && !body.contains("sync-token></");
        if report("sync-collection") && !knows {
            self.forgot.store(false, Ordering::SeqCst);
        }
        if knows && self.forgot.load(Ordering::SeqCst) {
            return Some(no_such_token("403"));
        }
        self.quirks.iter().find_map(|quirk| match quirk {
            Quirk::NoSync if report("sync-collection") => Some(refusal("415 Unsupported Media Type", "", "")),
            Quirk::RefusesToken(status) if knows => Some(no_such_token(&status.to_string())),
            Quirk::NoMultiget if report("calendar-multiget") => Some(refusal("404 Not Found", "", "")),
            Quirk::KeepsNothing if call.method == "PUT" => Some(refusal("201 Created", "", "")),
            Quirk::Bin(status) => self.in_the_bin(call, *status),
            Quirk::Cuts(size) if knows && body.contains(CUT) => Some(multistatus(&self.some_changes(call, *size))),
            Quirk::CutsForEver if knows && body.contains(CUT) => Some(multistatus(&changes(&[], CUT, Some(call)))),
            Quirk::TooManyChanges if report("sync-collection") => Some(refusal("507 Insufficient Storage", "", "")),
            Quirk::NoMove if call.method == "MOVE" => Some(refusal("501 Not Implemented", "", "")),
            Quirk::WellKnown(place) if call.target == "/.well-known/caldav" => {
                Some(refusal("301 Moved Permanently", &format!("Location: {place}\r\n"), ""))
            }
            Quirk::WellKnown(_) if call.target == "/" => Some(refusal("404 Not Found", "", "<html>hello</html>")),
            _ => None,
        })
    }

    /// Remembers what is put and what is deleted; refuses what is in the bin.
    fn in_the_bin(&self, call: &Call, status: u16) -> Option<String> {
        let mut uids = self.uids.lock().unwrap();
        let (put, bin) = &mut *uids;
        if call.method == "DELETE" {
            bin.extend(put.remove(&call.target));
        }
        if call.method != "PUT" {
            return None;
        }
        let text = call.text();
        let uid = text
            .lines()
            .find_map(|line| line.strip_prefix("UID:"))?
            .trim()
            .to_owned();
        if !bin.contains(&uid) {
            put.insert(call.target.clone(), uid);
            return None;
        }
        let said = match status {
            400 => {
                "<s:exception>Sabre\\DAV\\Exception\\BadRequest</s:exception><s:message>Deleted calendar object with uid already exists in this calendar collection.</s:message>"
            }
            _ => "<s:exception>Conflict</s:exception><c:no-uid-conflict/>",
        };
        let body = format!(
            r#"<?xml version="1.0"?><d:error xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:s="http://sabredav.org/ns">{said}</d:error>"#
        );
        let status = format!("{status} Refused");
        Some(refusal(&status, "Content-Type: application/xml\r\n", &body))
    }

    /// The next of the changes that are not listed yet.
    fn some_changes(&self, call: &Call, size: usize) -> String {
        let mut cut = self.cut.lock().unwrap();
        let now: Vec<String> = cut.0.drain(..).collect();
        let (now, later) = now.split_at(size.min(now.len()));
        cut.0 = later.to_vec();
        match later.len() {
            0 => changes(now, &cut.1, None),
            left => changes(now, &format!("{CUT}-{left}"), Some(call)),
        }
    }

    /// Whether the call carries a fresh and right answer to our challenge (RFC 7616 §3.4.1, written from the RFC). A right
    /// one that is only not fresh is `Err(true)`.
    fn signed(&self, call: &Call, algorithm: &str) -> Result<(), bool> {
        let Some(given) = call.header("authorization").and_then(|a| a.strip_prefix("Digest ")) else {
            return Err(false);
        };
        let fields: std::collections::HashMap<_, _> = given
            .split(", ")
            .flat_map(|f| f.split_once('='))
            .map(|(k, v)| (k, v.trim_matches('"')))
            .collect();
        let hash = |text: String| match algorithm {
            "MD5" => hex::encode(md5::Md5::digest(text)),
            _ => hex::encode(Sha256::digest(text)),
        };
        let field = |name: &str| fields.get(name).copied().unwrap_or_default();
        let count = u32::from_str_radix(field("nc"), 16).unwrap_or(0);
        let mut nonce = self.nonce.lock().unwrap();
        let fresh = field("nonce") == format!("n{}", nonce.0) && count > nonce.1 && count <= 3;
        let user = field("username");
        let secret = hash(format!("{user}:a, b:{}", self.password));
        let request = hash(format!("{}:{}", call.method, call.target));
        let expected = hash(format!(
            "{secret}:{}:{}:{}:auth:{request}",
            field("nonce"),
            field("nc"),
            field("cnonce")
        ));
        let right = expected == field("response")
            && field("qop") == "auth"
            && field("opaque") == "o"
            && field("uri") == call.target;
        if !right || !fresh {
            return Err(right);
        }
        nonce.1 = count;
        Ok(())
    }

    async fn forward(&self, call: &Call) -> Vec<u8> {
        let mut upstream = TcpStream::connect(self.upstream).await.unwrap();
        let mut text = format!("{} {} HTTP/1.1\r\nConnection: close\r\n", call.method, call.target);
        let digest = self.quirks.iter().any(|q| matches!(q, Quirk::Digest(_)));
        for (name, value) in &call.headers {
            match name.to_ascii_lowercase().as_str() {
                "connection" | "accept-encoding" => {}
                "if-none-match" if self.quirks.contains(&Quirk::NoIfNoneMatch) => {}
                "authorization" if digest => text.push_str(&format!("Authorization: {}\r\n", self.basic)),
                _ => text.push_str(&format!("{name}: {value}\r\n")),
            }
        }
        text.push_str("\r\n");
        upstream.write_all(text.as_bytes()).await.unwrap();
        upstream.write_all(&call.body).await.unwrap();
        let mut answer = Vec::new();
        upstream.read_to_end(&mut answer).await.unwrap();
        self.spoil(call, answer)
    }

    /// Makes Radicale's answer another server's.
    fn spoil(&self, call: &Call, answer: Vec<u8>) -> Vec<u8> {
        let Some(end) = answer.windows(4).position(|w| w == b"\r\n\r\n") else {
            return answer;
        };
        let (head, body) = (
            String::from_utf8_lossy(&answer[..end]).into_owned(),
            answer[end + 4..].to_vec(),
        );
        let mut body = String::from_utf8(body).unwrap();
        let has = |quirk| self.quirks.contains(&quirk);
        if has(Quirk::NoSync) {
            body = body.replace("<sync-collection />", "<nothing />");
        }
        for quirk in &self.quirks {
            match quirk {
                Quirk::Garbles(from, to) => body = body.replace(from, to),
                Quirk::Property(name, said) => body = filled(&body, name, said),
                Quirk::Cuts(size) if call.text().contains("sync-collection") => {
                    *self.cut.lock().unwrap() = listed(&body);
                    body = self.some_changes(call, *size);
                }
                Quirk::CutsForEver if call.text().contains("sync-collection") => {
                    body = changes(&listed(&body).0[..1], CUT, Some(call));
                }
                _ => {}
            }
        }
        if has(Quirk::ShortMultiget)
            && call.text().contains("calendar-multiget")
            && let (Some(from), Some(to)) = (body.rfind("<response>"), body.rfind("</response>"))
        {
            body.replace_range(from..to + "</response>".len(), "");
        }
        let mut text = String::new();
        for line in head.split("\r\n") {
            let lower = line.to_ascii_lowercase();
            let silent = has(Quirk::SilentPut) && call.method == "PUT" && lower.starts_with("etag:");
            let line = match line.split_once(": ") {
                Some((name, tag)) if has(Quirk::WeakEtags) && lower.starts_with("etag:") => &format!("{name}: W/{tag}"),
                _ => line,
            };
            if !silent && !lower.starts_with("content-length:") && !lower.starts_with("connection:") {
                text.push_str(line);
                text.push_str("\r\n");
            }
        }
        text.push_str(&format!(
            "Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        text.into_bytes()
    }
}
