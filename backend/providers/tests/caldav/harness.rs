//! One Radicale, one SabreDAV and one DAViCal for all tests, an account of its own for each, and our client on it.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{LazyLock, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use domain::calendar::NewCalendar;
use http::{HeaderName, Method};
use md5::Digest as _;
use providers::{
    Batch, CalendarProvider, Next,
    caldav::{Account, Caldav, discover},
    http::{Answer, Http, Options, Request, RetryPolicy},
};
use secrecy::SecretString;
use url::Url;

use crate::{
    conformance::{
        EDITED, PAUSE, Peer, ZONE, numbered,
        offers::{self, Lack},
    },
    proxy::{Proxy, Quirk},
    syncing::{object, simple, together},
};

/// How many events fill a calendar of a server as it is, and of one that a proxy makes worse.
const MANY: usize = 5_000;
const SOME: usize = 120;

/// A server, until this test program ends, however that happens: it ends when its input does.
pub struct Server {
    address: SocketAddr,
    users: Mutex<PathBuf>,
    kind: Kind,
    _dir: tempfile::TempDir,
    _input: ChildStdin,
    _child: Child,
}

static RADICALE: LazyLock<Server> = LazyLock::new(|| Server::start(Kind::Radicale));
static SABRE: LazyLock<Server> = LazyLock::new(|| Server::start(Kind::Sabre));
static DAVICAL: LazyLock<Server> = LazyLock::new(|| Server::start(Kind::Davical));

/// Which server it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Radicale,
    Sabre,
    Davical,
}

/// SabreDAV (php-sabre-dav): Digest, no sync tokens, a multiget that fails as a whole.
pub fn sabre() -> &'static Server {
    &SABRE
}

/// DAViCal: 207 to a sync token it has never given, nothing about what is missing in a multiget.
pub fn davical() -> &'static Server {
    &DAVICAL
}

impl Server {
    fn start(kind: Kind) -> Self {
        let script = match kind {
            Kind::Radicale => "radicale.sh",
            Kind::Sabre => "sabre.sh",
            Kind::Davical => "davical.sh",
        };
        let dir = tempfile::tempdir().unwrap();
        let users = dir.path().join("users");
        std::fs::write(&users, "nobody:nothing\n").unwrap();
        let mut child = Command::new(format!("{}/../../scripts/{script}", env!("CARGO_MANIFEST_DIR")))
            .arg("--until-eof")
            .arg("--users")
            .arg(&users)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|problem| panic!("scripts/{script}: {problem}"));
        let input = child.stdin.take().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut url)
            .unwrap();
        let url: Url = url
            .trim()
            .parse()
            .unwrap_or_else(|_| panic!("scripts/{script} did not start; above it says what to install"));
        Self {
            address: url.socket_addrs(|| None).unwrap()[0],
            users: Mutex::new(users),
            kind,
            _dir: dir,
            _input: input,
            _child: child,
        }
    }

    /// Somebody may sign in, with this password from now on. The file is replaced as a whole: the server reads it at any time.
    fn sign_up(&self, username: &str, password: &str) {
        let users = self.users.lock().unwrap();
        let all = std::fs::read_to_string(&*users).unwrap();
        let name = format!("{username}:");
        let others = all.lines().filter(|line| !line.starts_with(&name));
        let text: String = others.map(|line| format!("{line}\n")).collect();
        let new = users.with_extension("new");
        std::fs::write(&new, format!("{text}{name}{password}\n")).unwrap();
        std::fs::rename(&new, &*users).unwrap();
    }
}

/// Waits of a test: none, unless the server asks for one.
pub fn options() -> Options {
    Options {
        allow: vec!["127.0.0.0/8".parse().unwrap()],
        timeout: Duration::from_secs(120),
        retry: RetryPolicy {
            base: Duration::ZERO,
            ..RetryPolicy::default()
        },
        ..Options::default()
    }
}

/// Somebody new at a server, behind a proxy of their own.
pub struct Person {
    pub username: String,
    pub password: SecretString,
    pub http: Http,
    pub proxy: Proxy,
    plain: String,
    server: &'static Server,
}

impl Person {
    pub async fn new(quirks: &[Quirk]) -> Self {
        Self::at(&RADICALE, quirks).await
    }

    pub async fn at(server: &'static Server, quirks: &[Quirk]) -> Self {
        let username = format!("ann-{}@example.org", &uuid::Uuid::new_v4().simple().to_string()[..12]);
        // Quotes, colons and letters that Basic and Digest must get right.
        let plain = "p\"a:ß w".to_owned();
        server.sign_up(&username, &plain);
        let proxy = Proxy::start(server.address, &username, &plain, quirks).await;
        let http = Http::new(options()).unwrap();
        Self {
            username,
            password: plain.clone().into(),
            http,
            proxy,
            plain,
            server,
        }
    }

    /// The server's address, and something below it.
    pub fn url(&self, path: &str) -> Url {
        format!("http://{}{path}", self.proxy.address).parse().unwrap()
    }

    pub async fn discover(&self, path: &str) -> providers::Result<Account> {
        discover(&self.http, &self.url(path), &self.username, self.password.clone()).await
    }

    pub async fn client(&self) -> Caldav {
        let account = self.discover("/").await.unwrap();
        Caldav::new(self.http.clone(), account, &self.username, self.password.clone())
    }

    /// What somebody else's program does, straight at the server.
    pub async fn raw(&self, method: &str, path: &str, headers: &[(&'static str, &str)], body: &str) -> Answer {
        let url = format!("http://{}{path}", self.server.address).parse().unwrap();
        let mut request = Request::new(Method::from_bytes(method.as_bytes()).unwrap(), url)
            .body("text/calendar; charset=utf-8", body.to_owned());
        for (name, value) in headers {
            request = request.header(HeaderName::from_static(name), value);
        }
        if self.server.kind != Kind::Sabre {
            return self
                .http
                .send(request.basic(&self.username, &self.plain.clone().into()))
                .await
                .unwrap();
        }
        let refused = self.http.send(request.clone()).await.unwrap();
        let challenge = refused.headers["www-authenticate"].to_str().unwrap().to_owned();
        let answer = self.digest(&challenge, method, path);
        self.http
            .send(request.header(HeaderName::from_static("authorization"), &answer))
            .await
            .unwrap()
    }

    /// Fills a calendar at once, past the server (see its script): `{n}` is the number of each.
    async fn fill(&self, path: &str, text: &str, many: usize) {
        let url = format!("http://{}{path}", self.server.address).parse().unwrap();
        let request = Request::new(Method::POST, url)
            .body("text/calendar; charset=utf-8", text.to_owned())
            .header(HeaderName::from_static("x-fill"), &many.to_string());
        let answer = self.http.send(request).await.unwrap();
        assert!(answer.status.is_success(), "{} {}", answer.status, answer.text());
    }

    /// The answer to a challenge (RFC 2617, MD5 with qop=auth), written from the RFC.
    fn digest(&self, challenge: &str, method: &str, uri: &str) -> String {
        let field = |name: &str| {
            let from = challenge.find(&format!("{name}=\"")).unwrap() + name.len() + 2;
            challenge[from..].split('"').next().unwrap()
        };
        let hash = |text: String| hex::encode(md5::Md5::digest(text));
        let (realm, nonce, opaque) = (field("realm"), field("nonce"), field("opaque"));
        let secret = hash(format!("{}:{realm}:{}", self.username, self.plain));
        let request = hash(format!("{method}:{uri}"));
        let response = hash(format!("{secret}:{nonce}:00000001:c:auth:{request}"));
        format!(
            r#"Digest username="{}", realm="{realm}", nonce="{nonce}", uri="{uri}", response="{response}", opaque="{opaque}", qop=auth, nc=00000001, cnonce="c""#,
            self.username
        )
    }
}

/// Two empty calendars and our client on them.
pub struct Place {
    pub person: Person,
    pub caldav: Caldav,
    pub calendar: String,
    pub other: String,
    /// The proxy makes the server worse than it is.
    worsened: bool,
}

impl Place {
    pub async fn with(quirks: &[Quirk]) -> Self {
        Self::at(&RADICALE, quirks).await
    }

    pub async fn at(server: &'static Server, quirks: &[Quirk]) -> Self {
        let person = Person::at(server, quirks).await;
        let caldav = person.client().await;
        let make = |name: &str| NewCalendar {
            key: uuid::Uuid::new_v4().simple().to_string(),
            name: name.into(),
            description: None,
            time_zone: ZONE.into(),
            colour: None,
        };
        let calendar = caldav.create_calendar(&make("Work")).await.unwrap().remote_id;
        let other = caldav.create_calendar(&make("Home")).await.unwrap().remote_id;
        Self {
            person,
            caldav,
            calendar,
            other,
            worsened: quirks.iter().any(|quirk| *quirk != MALFORMED),
        }
    }

    /// Somebody else's program puts an object into the calendar.
    pub async fn put(&self, name: &str, text: &str) {
        let answer = self.person.raw("PUT", &self.path(name), &[], text).await;
        assert!(answer.status.is_success(), "{} {}", answer.status, answer.text());
    }

    /// What the server holds.
    pub async fn text(&self, name: &str) -> String {
        let answer = self.person.raw("GET", &self.path(name), &[], "").await;
        assert!(answer.status.is_success(), "{} {}", answer.status, answer.text());
        answer.text()
    }

    /// Somebody else's program deletes an object.
    pub async fn delete(&self, name: &str) {
        assert!(
            self.person
                .raw("DELETE", &self.path(name), &[], "")
                .await
                .status
                .is_success()
        );
    }

    fn path(&self, name: &str) -> String {
        let mut url: Url = "http://x/".parse().unwrap();
        url.set_path(&format!("{}{name}", self.calendar));
        url.path().to_owned()
    }

    /// One page of changes that must be the last.
    pub async fn changes(&self, cursor: Option<&str>) -> (Batch, String) {
        let page = self.caldav.changes(&self.calendar, cursor).await.unwrap();
        match page.next {
            Next::Done(cursor) => (page.batch, cursor),
            Next::More(_) => panic!("one page was expected"),
        }
    }
}

/// Good servers refuse what cannot be read; what they hold for us is told as if they held this.
const READABLE: &str = "20270302T081300Z";
const MALFORMED: Quirk = Quirk::Garbles(READABLE, "20271345T081300Z");

/// Radicale as it is.
pub async fn peer() -> Place {
    Place::with(&[MALFORMED]).await
}

/// A server of the ctag-and-etags kind.
pub async fn peer_without_sync() -> Place {
    Place::with(&[Quirk::NoSync, Quirk::SilentPut, Quirk::NoMove, MALFORMED]).await
}

/// A server that wants Digest.
pub async fn peer_with_digest() -> Place {
    Place::with(&[Quirk::Digest("SHA-256"), MALFORMED]).await
}

/// SabreDAV as it is.
pub async fn sabre_peer() -> Place {
    Place::at(&SABRE, &[MALFORMED]).await
}

/// DAViCal as it is.
pub async fn davical_peer() -> Place {
    Place::at(&DAVICAL, &[MALFORMED]).await
}

#[async_trait]
impl Peer for Place {
    fn provider(&self) -> &dyn CalendarProvider {
        &self.caldav
    }

    fn calendar(&self) -> &str {
        &self.calendar
    }

    fn other_calendar(&self) -> &str {
        &self.other
    }

    fn lacks(&self) -> &'static [Lack] {
        match self.person.server.kind {
            Kind::Radicale => offers::RADICALE,
            Kind::Sabre => offers::SABRE,
            Kind::Davical => offers::DAVICAL,
        }
    }

    async fn lose_next_answer(&self) {
        self.person.proxy.lose_next_answer();
    }

    async fn add_something_unknown(&self, remote_id: &str) -> String {
        let text = self
            .text(remote_id)
            .await
            .replace("END:VEVENT", "X-TICKET:4711 is kept as it is\r\nEND:VEVENT");
        self.put(remote_id, &text).await;
        "X-TICKET:4711 is kept as it is".into()
    }

    async fn add_something_malformed(&self) -> String {
        let text = object(
            "bad",
            &format!("DTSTART:{READABLE}\r\nDTEND:{READABLE}\r\nSUMMARY:Bad\r\n"),
        );
        self.put("bad.ics", &text).await;
        "bad.ics".into()
    }

    async fn be_invited(&self) -> (String, String) {
        let text = format!(
            "DTSTART:20270301T080000Z\r\nDTEND:20270301T090000Z\r\nSUMMARY:Come\r\nORGANIZER:mailto:cy@example.com\r\n\
             ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:{}\r\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:bo@example.com\r\n",
            self.person.username
        );
        self.put("invitation.ics", &object("invitation", &text)).await;
        (self.calendar.clone(), "invitation.ics".into())
    }

    async fn edit_there(&self, remote_id: &str) {
        let basic = |at: &str| at.replace(['-', ':'], "");
        let lines: Vec<String> = self
            .text(remote_id)
            .await
            .split("\r\n")
            .map(|line| match line.split([':', ';']).next().unwrap_or_default() {
                "SUMMARY" => format!("SUMMARY:{}", EDITED.title),
                "LOCATION" => format!("LOCATION:{}", EDITED.location),
                name @ ("DTSTART" | "DTEND") if line.contains(ZONE) => {
                    let at = if name == "DTSTART" { EDITED.start } else { EDITED.end };
                    format!("{name};TZID={ZONE}:{}", basic(at))
                }
                _ => line.to_owned(),
            })
            .collect();
        self.put(remote_id, &lines.join("\r\n")).await;
    }

    async fn decline_there(&self, remote_id: &str, email: &str) {
        let text = self.text(remote_id).await.replace("\r\n ", "");
        let lines: Vec<String> = text
            .split("\r\n")
            .map(|line| match line.starts_with("ATTENDEE") && line.contains(email) {
                true => format!("ATTENDEE;PARTSTAT=DECLINED:mailto:{email}"),
                false => line.to_owned(),
            })
            .collect();
        self.put(remote_id, &lines.join("\r\n")).await;
    }

    async fn expire_cursors(&self) -> bool {
        self.person.proxy.forget_tokens() && self.person.server.kind != Kind::Sabre
    }

    async fn limit_next_call(&self) {
        self.person.proxy.limit_next_call(PAUSE);
    }

    /// The password is another one from now on.
    async fn withdraw(&self) {
        self.person.server.sign_up(&self.person.username, "another");
    }

    /// Radicale takes a whole calendar with one PUT; the scripts of the others fill one in their databases.
    async fn fill(&self) -> usize {
        let many = if self.worsened { SOME } else { MANY };
        if self.person.server.kind == Kind::Radicale {
            let all = together((0..many).map(|number| simple(&format!("uid-{number}"), &numbered(number))));
            self.put("", &all).await;
        } else {
            self.person
                .fill(&self.path(""), &simple("uid-{n}", "No. {n}"), many)
                .await;
        }
        many
    }
}
