//! Starts a simulator and speaks to it as somebody.

use std::sync::LazyLock;

use reqwest::{Client, Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use simulators::google::{Control, Options, Running, Seed, Simulator};

pub const DANA: &str = "dana@example.com";
pub const ROBIN: &str = "robin@example.com";
pub const CALENDAR: &str = "https://www.googleapis.com/auth/calendar";

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../schemas/google-calendar-v3.open.schema.json")).unwrap());

/// A simulator with two empty accounts.
pub struct Google {
    pub running: Running,
    pub http: Client,
}

impl Google {
    pub fn start() -> Self {
        let seed =
            Seed::default()
                .account(DANA, "Dana Doe", "Europe/Berlin")
                .account(ROBIN, "Robin Roe", "America/New_York");
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

    /// Somebody with the full calendar scope.
    pub fn user(&self, email: &str) -> User<'_> {
        self.scoped(email, &[CALENDAR])
    }

    pub fn scoped(&self, email: &str, scopes: &[&str]) -> User<'_> {
        let tokens = self.control().issue_tokens(email, scopes).unwrap();
        User {
            google: self,
            token: tokens.access_token,
            headers: Vec::new(),
        }
    }
}

/// Somebody with an access token.
pub struct User<'a> {
    pub google: &'a Google,
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

    /// `(status, reason)` of a refusal in Google's shape.
    #[track_caller]
    pub fn refused(self) -> (u16, String) {
        let error = &self.json["error"];
        assert_eq!(
            error["code"],
            json!(self.status.as_u16()),
            "{} {}",
            self.status,
            self.json
        );
        assert!(
            error["message"].is_string() && error["errors"][0]["domain"].is_string(),
            "{}",
            self.json
        );
        (
            self.status.as_u16(),
            error["errors"][0]["reason"].as_str().unwrap().to_string(),
        )
    }
}

impl<'a> User<'a> {
    pub fn header(&self, name: &str, value: &str) -> User<'a> {
        let mut headers = self.headers.clone();
        headers.push((name.into(), value.into()));
        User {
            google: self.google,
            token: self.token.clone(),
            headers,
        }
    }

    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Reply, reqwest::Error> {
        let mut request = self
            .google
            .http
            .request(method, self.google.url(&format!("/calendar/v3{path}")))
            .bearer_auth(&self.token);
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
        if status.is_success() && !json.is_null() && !path.contains("fields=") {
            valid(&json);
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

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PUT, path, Some(&body)).await.unwrap()
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, None).await.unwrap()
    }

    /// Inserts an event into the primary calendar.
    pub async fn insert(&self, body: Value) -> Value {
        self.post("/calendars/primary/events", body).await.good()
    }

    /// All pages of a listing of the primary calendar, and the sync token at its end.
    pub async fn list(&self, query: &str) -> (Vec<Value>, Option<String>) {
        let mut items = Vec::new();
        let mut page = String::new();
        loop {
            let one = self
                .get(&format!("/calendars/primary/events?{query}{page}"))
                .await
                .good();
            items.extend(one["items"].as_array().unwrap().iter().cloned());
            match one["nextPageToken"].as_str() {
                Some(next) => {
                    assert!(
                        one.get("nextSyncToken").is_none(),
                        "only the last page has a sync token"
                    );
                    page = format!("&pageToken={next}");
                }
                None => return (items, one["nextSyncToken"].as_str().map(String::from)),
            }
        }
    }
}

/// Holds an answer against the schema its `kind` names.
#[track_caller]
fn valid(answer: &Value) {
    let name = match answer["kind"].as_str().unwrap_or_default() {
        "calendar#event" => "Event",
        "calendar#events" => "Events",
        "calendar#calendar" => "Calendar",
        "calendar#calendarList" => "CalendarList",
        "calendar#calendarListEntry" => "CalendarListEntry",
        "calendar#acl" => "Acl",
        "calendar#aclRule" => "AclRule",
        "calendar#colors" => "Colors",
        "calendar#setting" => "Setting",
        "calendar#settings" => "Settings",
        "calendar#freeBusy" => "FreeBusyResponse",
        "api#channel" => "Channel",
        other => panic!("an answer of kind {other:?}: {answer}"),
    };
    let schema = json!({"$schema": SCHEMA["$schema"], "$defs": SCHEMA["$defs"], "$ref": format!("#/$defs/{name}")});
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap();
    let problems: Vec<String> = validator
        .iter_errors(answer)
        .map(|e| format!("{} at {}", e, e.instance_path()))
        .collect();
    assert!(problems.is_empty(), "{problems:#?}\n{answer:#}");
}

/// A timed event in Berlin, one hour from `at` (`2027-03-01T10:00`).
pub fn hour(summary: &str, at: &str) -> Value {
    let (day, time) = at.split_once('T').unwrap();
    let next = format!("{:02}{}", time[..2].parse::<u8>().unwrap() + 1, &time[2..]);
    json!({
        "summary": summary,
        "start": {"dateTime": format!("{day}T{time}:00"), "timeZone": "Europe/Berlin"},
        "end": {"dateTime": format!("{day}T{next}:00"), "timeZone": "Europe/Berlin"},
    })
}

/// The same, repeated.
pub fn series(summary: &str, at: &str, rule: &str) -> Value {
    let mut event = hour(summary, at);
    event["recurrence"] = json!([rule]);
    event
}

pub fn ids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|i| i["id"].as_str().unwrap()).collect()
}
