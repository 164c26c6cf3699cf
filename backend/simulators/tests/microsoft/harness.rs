//! Starts a simulator and speaks to it as somebody.

use reqwest::{Client, Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use simulators::microsoft::{Control, Options, Running, Seed, Simulator};

use crate::shape;

pub const MIRA: &str = "mira@contoso.example";
pub const NOAH: &str = "noah@contoso.example";
pub const LEO: &str = "leo@outlook.com";
pub const SCOPES: &[&str] = &[
    "User.Read",
    "Calendars.ReadWrite",
    "MailboxSettings.Read",
    "offline_access",
];

/// A simulator with two people at work (Mira is the administrator) and one with a personal account.
pub struct Microsoft {
    pub running: Running,
    pub http: Client,
}

impl Microsoft {
    pub fn start() -> Self {
        let seed = Seed::default()
            .admin(MIRA, "Mira Moe", "W. Europe Standard Time")
            .account(NOAH, "Noah Noe", "Europe/London")
            .account(LEO, "Leo Loe", "Eastern Standard Time");
        Self::with(Options::default().seeded(seed))
    }

    pub fn with(options: Options) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self {
            running: Simulator::start(options).unwrap(),
            http,
        }
    }

    pub fn control(&self) -> &Control {
        &self.running.control
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.base_url)
    }

    /// Somebody who has consented to everything.
    pub fn user(&self, email: &str) -> User<'_> {
        self.scoped(email, SCOPES)
    }

    pub fn scoped(&self, email: &str, scopes: &[&str]) -> User<'_> {
        let tokens = self.control().issue_tokens(email, scopes).unwrap();
        User {
            microsoft: self,
            token: tokens.access_token,
            headers: Vec::new(),
        }
    }
}

/// Somebody with an access token.
pub struct User<'a> {
    pub microsoft: &'a Microsoft,
    pub token: String,
    headers: Vec<(String, String)>,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub json: Value,
}

impl Reply {
    /// The answer of a call that must have gone well.
    #[track_caller]
    pub fn good(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.json);
        self.json
    }

    /// `(status, code)` of a refusal in Graph's shape.
    #[track_caller]
    pub fn refused(self) -> (u16, String) {
        assert!(self.status.as_u16() >= 400, "{} {}", self.status, self.json);
        let error = &self.json["error"];
        assert!(error["message"].is_string(), "{}", self.json);
        assert_eq!(
            error["innerError"]["request-id"],
            self.headers["request-id"].to_str().unwrap()
        );
        assert_eq!(
            error["innerError"]["client-request-id"],
            self.headers["client-request-id"].to_str().unwrap()
        );
        (self.status.as_u16(), error["code"].as_str().unwrap().to_string())
    }
}

impl<'a> User<'a> {
    pub fn header(&self, name: &str, value: &str) -> User<'a> {
        let mut headers = self.headers.clone();
        headers.push((name.into(), value.into()));
        User {
            microsoft: self.microsoft,
            token: self.token.clone(),
            headers,
        }
    }

    pub fn prefer(&self, wish: &str) -> User<'a> {
        self.header("Prefer", wish)
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Reply, reqwest::Error> {
        let url = if path.starts_with("http") {
            path.to_string()
        } else {
            self.microsoft.url(&format!("/v1.0{path}"))
        };
        let mut request = self.microsoft.http.request(method, url).bearer_auth(&self.token);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await?;
        let json: Value = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap_or(Value::Null)
        };
        if status.is_success() && !path.contains("select=") {
            shape::answer(&json);
        }
        Ok(Reply { status, headers, json })
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None).await.unwrap()
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, Some(&body)).await.unwrap()
    }

    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PATCH, path, Some(&body)).await.unwrap()
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, None).await.unwrap()
    }

    /// Makes an event in the default calendar.
    pub async fn create(&self, body: Value) -> Value {
        self.post("/me/events", body).await.good()
    }

    /// All items of a listing, whatever the number of pages.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = path.to_string();
        loop {
            let page = self.get(&next).await.good();
            items.extend(page["value"].as_array().unwrap().iter().cloned());
            match page["@odata.nextLink"].as_str() {
                Some(link) => next = link.to_string(),
                None => return items,
            }
        }
    }

    /// A whole round of changes and the link at its end.
    pub async fn round(&self, path: &str) -> (Vec<Value>, String) {
        let mut items = Vec::new();
        let mut next = path.to_string();
        loop {
            let page = self.get(&next).await.good();
            items.extend(page["value"].as_array().unwrap().iter().cloned());
            match (page["@odata.nextLink"].as_str(), page["@odata.deltaLink"].as_str()) {
                (Some(link), None) => next = link.to_string(),
                (None, Some(link)) => return (items, link.to_string()),
                both => panic!("a page has one of the two links: {both:?}"),
            }
        }
    }
}

pub fn path(event: &Value) -> String {
    format!("/me/events/{}", event["id"].as_str().unwrap())
}

/// A timed event in Berlin, one hour from `at` (`2027-03-01T10:00`).
pub fn hour(subject: &str, at: &str) -> Value {
    let (day, time) = at.split_once('T').unwrap();
    let next = format!("{:02}{}", time[..2].parse::<u8>().unwrap() + 1, &time[2..]);
    json!({
        "subject": subject,
        "start": {"dateTime": format!("{day}T{time}:00"), "timeZone": "W. Europe Standard Time"},
        "end": {"dateTime": format!("{day}T{next}:00"), "timeZone": "W. Europe Standard Time"},
    })
}

/// The same, repeated.
pub fn series(subject: &str, at: &str, pattern: Value, range: Value) -> Value {
    let mut event = hour(subject, at);
    let mut range = range;
    range["startDate"] = json!(at.split_once('T').unwrap().0);
    event["recurrence"] = json!({"pattern": pattern, "range": range});
    event
}

pub fn daily(subject: &str, at: &str, count: u32) -> Value {
    series(
        subject,
        at,
        json!({"type": "daily", "interval": 1}),
        json!({"type": "numbered", "numberOfOccurrences": count}),
    )
}

pub fn subjects(items: &[Value]) -> Vec<&str> {
    items.iter().map(|i| i["subject"].as_str().unwrap_or("-")).collect()
}
