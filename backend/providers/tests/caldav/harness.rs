//! One Radicale for all tests, an account of its own for each, and our client on it.

use std::{
    fs::OpenOptions,
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::{LazyLock, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use domain::calendar::NewCalendar;
use http::{HeaderName, Method};
use providers::{
    Batch, CalendarProvider, Next,
    caldav::{Account, Caldav, discover},
    http::{Answer, Http, Options, Request, RetryPolicy},
};
use secrecy::SecretString;
use url::Url;

use crate::{
    conformance::{Peer, ZONE},
    proxy::{Proxy, Quirk},
};

/// Radicale, until this test program ends, however that happens: it ends when its input does.
struct Radicale {
    address: SocketAddr,
    users: Mutex<PathBuf>,
    _dir: tempfile::TempDir,
    _input: ChildStdin,
    _child: Child,
}

static RADICALE: LazyLock<Radicale> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    let users = dir.path().join("users");
    std::fs::write(&users, "nobody:nothing\n").unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/radicale.sh");
    let mut child = Command::new(script)
        .arg("--until-eof")
        .arg("--users")
        .arg(&users)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("scripts/radicale.sh");
    let input = child.stdin.take().unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut url)
        .unwrap();
    let url: Url = url.trim().parse().expect("scripts/radicale.sh says its address");
    let address = url.socket_addrs(|| None).unwrap()[0];
    Radicale {
        address,
        users: Mutex::new(users),
        _dir: dir,
        _input: input,
        _child: child,
    }
});

/// Waits of a test: none, unless the server asks for one.
pub fn options() -> Options {
    Options {
        allow: vec!["127.0.0.0/8".parse().unwrap()],
        timeout: Duration::from_secs(20),
        retry: RetryPolicy {
            base: Duration::ZERO,
            ..RetryPolicy::default()
        },
        ..Options::default()
    }
}

/// Somebody new at Radicale, behind a proxy of their own.
pub struct Person {
    pub username: String,
    pub password: SecretString,
    pub http: Http,
    pub proxy: Proxy,
    plain: String,
}

impl Person {
    pub async fn new(quirks: &[Quirk]) -> Self {
        let username = format!("ann-{}@example.org", &uuid::Uuid::new_v4().simple().to_string()[..12]);
        // Quotes, colons and letters that Basic and Digest must get right.
        let plain = "p\"a:ß w".to_owned();
        {
            let users = RADICALE.users.lock().unwrap();
            let mut file = OpenOptions::new().append(true).open(&*users).unwrap();
            writeln!(file, "{username}:{plain}").unwrap();
        }
        let proxy = Proxy::start(RADICALE.address, &username, &plain, quirks).await;
        let http = Http::new(options()).unwrap();
        Self {
            username,
            password: plain.clone().into(),
            http,
            proxy,
            plain,
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

    /// What somebody else's program does, straight at Radicale.
    pub async fn raw(&self, method: &str, path: &str, headers: &[(&'static str, &str)], body: &str) -> Answer {
        let url = format!("http://{}{path}", RADICALE.address).parse().unwrap();
        let mut request = Request::new(Method::from_bytes(method.as_bytes()).unwrap(), url)
            .body("text/calendar; charset=utf-8", body.to_owned())
            .basic(&self.username, &self.plain.clone().into());
        for (name, value) in headers {
            request = request.header(HeaderName::from_static(name), value);
        }
        self.http.send(request).await.unwrap()
    }
}

/// Two empty calendars and our client on them.
pub struct Place {
    pub person: Person,
    pub caldav: Caldav,
    pub calendar: String,
    pub other: String,
}

impl Place {
    pub async fn with(quirks: &[Quirk]) -> Self {
        let person = Person::new(quirks).await;
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

/// Radicale as it is.
pub async fn peer() -> Place {
    Place::with(&[]).await
}

/// A server of the ctag-and-etags kind.
pub async fn peer_without_sync() -> Place {
    Place::with(&[Quirk::NoSync, Quirk::SilentPut, Quirk::NoMove]).await
}

/// A server that wants Digest.
pub async fn peer_with_digest() -> Place {
    Place::with(&[Quirk::Digest("SHA-256")]).await
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

    async fn lose_next_answer(&self) -> bool {
        self.person.proxy.lose_next_answer();
        true
    }

    async fn add_something_unknown(&self, remote_id: &str) -> Option<String> {
        let text = self
            .text(remote_id)
            .await
            .replace("END:VEVENT", "X-TICKET:4711 is kept as it is\r\nEND:VEVENT");
        self.put(remote_id, &text).await;
        Some("X-TICKET:4711 is kept as it is".into())
    }
}
