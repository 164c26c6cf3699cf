//! A server of one's own for every story, and the people who talk to it.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex, OnceLock},
};

use calendar_stacker::{
    app,
    config::{Config, LogFormat, Switch},
    ops::{password, setup},
    state::{App, Clock},
    telemetry,
};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, StatusCode, header::HeaderMap};
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Says what a test has covered, past the runner's capture of a passing test's output: the check repeats it at its end.
pub fn tell(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{line}");
}

pub const PASSWORD: &str = "correct horse battery";

/// A clock that stands still until somebody turns it.
pub struct TestClock(Mutex<Timestamp>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

impl TestClock {
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap();
        *now += by;
    }
}

/// A running server with a database of its own.
pub struct TestApp {
    pub url: String,
    pub app: App,
    pub clock: Arc<TestClock>,
    pub http: reqwest::Client,
    pub dir: TempDir,
    handle: actix_web::dev::ServerHandle,
    thread: Option<std::thread::JoinHandle<()>>,
    _database: Option<PgDatabase>,
}

impl TestApp {
    pub async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    pub async fn start_with(adjust: impl FnOnce(&mut Config)) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        if std::env::var_os("RUST_LOG").is_some() {
            telemetry::logging(LogFormat::Text);
        }
        let dir = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut config = Config::from_defaults().unwrap();
        config.data_dir = dir.path().to_owned();
        config.spa_dir = dir.path().join("spa");
        config.public_url = Some(url.parse().unwrap());
        config.rate_limit = Switch::Off;
        config.database_connections = 3;
        let database = PgDatabase::from_template();
        if let Some(database) = &database {
            config.database_url = Some(SecretString::from(database.url.clone()));
        }
        adjust(&mut config);
        let clock = Arc::new(TestClock(Mutex::new(Timestamp::now())));
        let hands = Arc::clone(&clock);
        let app = tokio::task::spawn_blocking(move || App::open(config, hands).unwrap())
            .await
            .unwrap();
        let (tell, told) = std::sync::mpsc::channel();
        let served = app.clone();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = app::server(served, listener).unwrap();
                tell.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        let handle = tokio::task::spawn_blocking(move || told.recv().unwrap()).await.unwrap();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self {
            url,
            app,
            clock,
            http,
            dir,
            handle,
            thread: Some(thread),
            _database: database,
        }
    }

    /// Somebody who has not signed in.
    pub fn anybody(&self) -> Caller {
        Caller {
            base: self.url.clone(),
            http: self.http.clone(),
            cookie: None,
            csrf: None,
            bearer: None,
        }
    }

    /// The first owner, signed in. Sets the installation up.
    pub async fn owner(&self) -> Caller {
        let body = json!({"tenant_name": "Harbour", "name": "Dana", "email": "dana@example.com", "password": PASSWORD});
        let answer = self.anybody().post("/setup", body).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        self.anybody().signed_in(&answer)
    }

    /// The owner of a second tenant, signed in.
    pub async fn stranger(&self) -> Caller {
        self.person("Elsewhere", "eve@example.com").await
    }

    /// The owner of a further tenant, signed in.
    pub async fn person(&self, tenant: &str, email: &str) -> Caller {
        let owner = setup::Owner {
            tenant_name: tenant.to_owned(),
            name: "Eve".to_owned(),
            email: email.to_owned(),
            password_hash: password::hash(&SecretString::from(PASSWORD)).unwrap(),
        };
        let now = self.app.now();
        self.app.write(move |c| setup::add_tenant(c, owner, now)).await.unwrap();
        self.login(email).await
    }

    pub async fn login(&self, email: &str) -> Caller {
        let answer = self
            .anybody()
            .post("/auth/login", json!({"email": email, "password": PASSWORD}))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.anybody().signed_in(&answer)
    }

    /// A script with a key of these scopes, made by `maker`.
    pub async fn key(&self, maker: &Caller, scopes: &[&str]) -> Caller {
        let answer = maker
            .post("/api-keys", json!({"name": scopes.join(" "), "scopes": scopes}))
            .await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        Caller {
            bearer: Some(answer.text("secret")),
            ..self.anybody()
        }
    }

    /// Another server on the same data, as after a restart or beside this one.
    pub fn config(&self) -> Config {
        self.app.config.clone()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // Sends the command at once; the future only waits for the answer.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Somebody who talks to the server.
#[derive(Clone)]
pub struct Caller {
    pub base: String,
    pub http: reqwest::Client,
    pub cookie: Option<String>,
    pub csrf: Option<String>,
    pub bearer: Option<String>,
}

/// What the server said.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// Null when there is none or it is not JSON.
    pub body: Value,
    pub raw: String,
}

impl Answer {
    pub fn text(&self, field: &str) -> String {
        self.body[field]
            .as_str()
            .unwrap_or_else(|| panic!("no {field} in {}", self.body))
            .to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// A problem of this code, in our shape.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> &Self {
        assert_eq!(
            (self.status, self.body["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.raw
        );
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["request_id"], self.header("x-request-id"));
        for field in ["type", "title", "detail", "instance"] {
            assert!(
                self.body[field].as_str().is_some_and(|text| !text.is_empty()),
                "{field}: {}",
                self.raw
            );
        }
        self
    }

    /// The named fields are the wrong ones, with these codes.
    #[track_caller]
    pub fn fields(&self, expected: &[(&str, &str)]) {
        let mut found: Vec<(&str, &str)> = self.body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap()))
            .collect();
        let mut expected = expected.to_vec();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{}", self.raw);
    }

    #[track_caller]
    pub fn ok(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.raw);
        self
    }
}

impl Caller {
    pub fn signed_in(mut self, answer: &Answer) -> Self {
        self.cookie = answer.header("set-cookie").split(';').next().map(str::to_owned);
        self.csrf = answer.body["csrf_token"].as_str().map(str::to_owned);
        self
    }

    /// A request as this caller makes it; paths that do not begin with `/health` and the like are under `/api/v1`.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let root = ["/health", "/metrics", "/openapi", "/docs", "/api/"]
            .iter()
            .any(|prefix| path.starts_with(prefix))
            || path == "/";
        let prefix = if root { "" } else { "/api/v1" };
        let write = method != Method::GET && method != Method::HEAD;
        let mut request = self.http.request(method, format!("{}{prefix}{path}", self.base));
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        if let (Some(csrf), true) = (&self.csrf, write) {
            request = request.header("x-csrf-token", csrf).header("origin", &self.base);
        }
        if let Some(bearer) = &self.bearer {
            request = request.bearer_auth(bearer);
        }
        request
    }

    pub async fn get(&self, path: &str) -> Answer {
        send(self.request(Method::GET, path)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn post_as(&self, key: &str, path: &str, body: Value) -> Answer {
        send(
            self.request(Method::POST, path)
                .header("idempotency-key", key)
                .json(&body),
        )
        .await
    }

    pub async fn put(&self, path: &str, body: Value) -> Answer {
        send(self.request(Method::PUT, path).json(&body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        send(
            self.request(Method::PATCH, path)
                .header("content-type", "application/merge-patch+json")
                .body(body.to_string()),
        )
        .await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        send(self.request(Method::DELETE, path)).await
    }

    /// Adds a client and returns its id.
    pub async fn client(&self, name: &str) -> String {
        self.post("/clients", client(name)).await.ok(201).text("id")
    }
}

/// A client that nobody would refuse.
pub fn client(name: &str) -> Value {
    let local: String = name
        .to_lowercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    json!({"name": name, "email": format!("{local}@example.com"), "time_zone": "Europe/Berlin"})
}

pub async fn send(request: reqwest::RequestBuilder) -> Answer {
    let mut response = request.send().await.unwrap();
    let (status, headers): (StatusCode, HeaderMap) = (response.status(), response.headers().clone());
    let endless = headers
        .get("content-type")
        .is_some_and(|kind| kind == "text/event-stream");
    let raw = if endless {
        // How it begins is all one can wait for.
        String::from_utf8(response.chunk().await.unwrap().unwrap_or_default().to_vec()).unwrap()
    } else {
        response.text().await.unwrap()
    };
    Answer {
        status: status.as_u16(),
        headers,
        body: serde_json::from_str(&raw).unwrap_or(Value::Null),
        raw,
    }
}

/// A PostgreSQL database that goes when the story ends.
pub struct PgDatabase {
    pub url: String,
    admin: String,
    name: String,
}

impl PgDatabase {
    /// A copy of a migrated template; `None` when the suite runs on SQLite.
    pub fn from_template() -> Option<Self> {
        static TEMPLATE: OnceLock<String> = OnceLock::new();
        static COPYING: Mutex<()> = Mutex::new(());
        let admin = std::env::var("TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())?;
        let template = TEMPLATE.get_or_init(|| {
            let name = format!("template_{}", uuid::Uuid::now_v7().simple());
            let url = db::admin::create(&admin, &name, None).unwrap();
            let options = db::Options {
                connections: 1,
                ..Default::default()
            };
            db::Database::open(&url, &options).unwrap().migrate().unwrap();
            name
        });
        let name = format!("story_{}", uuid::Uuid::now_v7().simple());
        // PostgreSQL copies a template for one at a time.
        let _one = COPYING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let url = (0..50)
            .find_map(|_| match db::admin::create(&admin, &name, Some(template)) {
                Ok(url) => Some(url),
                // The template's last connection is still going away.
                Err(_) => {
                    std::thread::sleep(std::time::Duration::from_millis(20));
                    None
                }
            })
            .expect("the template can be copied");
        Some(Self { url, admin, name })
    }
}

impl Drop for PgDatabase {
    fn drop(&mut self) {
        let _ = db::admin::drop(&self.admin, &self.name);
    }
}
