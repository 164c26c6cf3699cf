//! Where providers tell us that something changed. No session: a message proves itself by the secret of its channel, and
//! does no more than wake a pull.

use actix_web::{HttpRequest, HttpResponse, post, web};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    api::problem::{Code, Problem},
    gateway::channels::{self, Message, Turn},
    state::App,
};

/// The most notifications taken from one message.
const MOST: usize = 1_000;
/// The longest message, in bytes.
const LONGEST: usize = 1024 * 1024;

/// Google says that a calendar changed
///
/// For Google only. A message is a hint: the calendar is asked about soon, nothing in the message is believed. `sync` is the greeting of a new channel. A message without the secret of its channel gets the same answer as one for a channel that does not exist.
#[utoipa::path(operation_id = "google_hook", tag = "inbound", security(()), params(
        ("X-Goog-Channel-ID" = Option<String>, Header, description = "The channel"),
        ("X-Goog-Channel-Token" = Option<String>, Header, description = "Its secret"),
        ("X-Goog-Resource-ID" = Option<String>, Header, description = "Google's name for what is watched"),
        ("X-Goog-Resource-State" = Option<String>, Header, description = "`sync`, `exists` or `not_exists`"),
        ("X-Goog-Message-Number" = Option<String>, Header, description = "Counts the messages of a channel")),
    responses((status = 204, description = "Heard"), Problem))]
#[post("/hooks/google")]
pub async fn google(app: App, request: HttpRequest) -> Result<HttpResponse, Problem> {
    app.limits.hook(&request)?;
    let ours = match message(&request) {
        Some(message) => channels::hear(&app, message).await?,
        None => false,
    };
    if ours {
        return Ok(HttpResponse::NoContent().finish());
    }
    app.limits.stray(&request)?;
    Err(Problem::new(Code::NotFound, "There is no such channel."))
}

/// The message in the headers; nothing that Google would not send.
fn message(request: &HttpRequest) -> Option<Message> {
    let text = |name: &str, most: usize| {
        let value = request.headers().get(name)?.to_str().ok()?;
        (!value.is_empty() && value.len() <= most).then(|| value.to_owned())
    };
    Some(Message {
        channel: text("x-goog-channel-id", 64)?,
        token: text("x-goog-channel-token", 256).unwrap_or_default(),
        number: Some(
            text("x-goog-message-number", 20)?
                .parse()
                .ok()
                .filter(|number| *number > 0)?,
        ),
        resource: text("x-goog-resource-id", 256),
        begins: text("x-goog-resource-state", 32)? == "sync",
    })
}

/// What Microsoft asks before it opens a channel.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// To be repeated as plain text.
    #[param(max_length = 2000)]
    validation_token: Option<String>,
}

/// A message of Microsoft's: notifications of several channels together.
#[derive(Debug, Deserialize)]
struct Notifications {
    value: Vec<Notification>,
}

/// One of them; everything else in it is not believed anyway.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    #[serde(default)]
    subscription_id: Option<String>,
    #[serde(default)]
    client_state: Option<String>,
    #[serde(default)]
    lifecycle_event: Option<String>,
}

impl Notification {
    /// The channel's name and secret stand together in `clientState`.
    fn message(&self) -> Option<Message> {
        let text = self.client_state.as_deref().filter(|text| text.len() <= 128)?;
        let (channel, token) = text.split_once('.')?;
        Some(Message {
            channel: channel.to_owned(),
            token: token.to_owned(),
            number: None,
            resource: self
                .subscription_id
                .clone()
                .filter(|id| !id.is_empty() && id.len() <= 256),
            begins: false,
        })
    }

    fn turn(&self) -> Option<Turn> {
        match self.lifecycle_event.as_deref()? {
            "reauthorizationRequired" => Some(Turn::Doubted),
            "subscriptionRemoved" => Some(Turn::Ended),
            "missed" => Some(Turn::Missed),
            _ => None,
        }
    }
}

/// Microsoft says that a calendar changed
///
/// For Microsoft only. Its question before a channel is opened (`validationToken`) is answered as plain text. A message is a hint, as Google's; each notification in it proves itself by the secret of its channel.
#[utoipa::path(operation_id = "microsoft_hook", tag = "inbound", security(()), params(Question),
    responses((status = 200, description = "The question, repeated", content_type = "text/plain", body = String), (status = 202, description = "Heard"), Problem))]
#[post("/hooks/microsoft")]
pub async fn microsoft(
    app: App,
    request: HttpRequest,
    question: web::Query<Question>,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    app.limits.hook(&request)?;
    if let Some(token) = question.into_inner().validation_token {
        return repeated(token);
    }
    let mut ours = false;
    for message in notifications(body).await.iter().filter_map(Notification::message) {
        ours |= channels::hear(&app, message).await?;
    }
    heard(&app, &request, ours)
}

/// Microsoft says what becomes of a channel
///
/// For Microsoft only: a channel is doubted and renewed, has ended and is opened again, or messages were lost and the calendar is asked.
#[utoipa::path(operation_id = "microsoft_lifecycle_hook", tag = "inbound", security(()), params(Question),
    responses((status = 200, description = "The question, repeated", content_type = "text/plain", body = String), (status = 202, description = "Heard"), Problem))]
#[post("/hooks/microsoft/lifecycle")]
pub async fn microsoft_lifecycle(
    app: App,
    request: HttpRequest,
    question: web::Query<Question>,
    body: web::Payload,
) -> Result<HttpResponse, Problem> {
    app.limits.hook(&request)?;
    if let Some(token) = question.into_inner().validation_token {
        return repeated(token);
    }
    let mut ours = false;
    for one in notifications(body).await {
        if let (Some(message), Some(turn)) = (one.message(), one.turn()) {
            ours |= channels::turn(&app, message, turn).await?;
        }
    }
    heard(&app, &request, ours)
}

/// Nothing of ours stands in what is repeated, and no browser takes it for a page.
fn repeated(token: String) -> Result<HttpResponse, Problem> {
    if token.chars().count() > 2_000 {
        return Err(Problem::new(
            Code::ValidationFailed,
            "No question of Microsoft's is that long.",
        ));
    }
    Ok(HttpResponse::Ok()
        .insert_header(("X-Content-Type-Options", "nosniff"))
        .content_type("text/plain; charset=utf-8")
        .body(token))
}

/// What is not read as Microsoft writes it is nobody's message.
async fn notifications(body: web::Payload) -> Vec<Notification> {
    let Ok(Ok(bytes)) = body.to_bytes_limited(LONGEST).await else {
        return Vec::new();
    };
    let read = serde_json::from_slice::<Notifications>(&bytes);
    let mut all = read.map(|message| message.value).unwrap_or_default();
    all.truncate(MOST);
    all
}

fn heard(app: &App, request: &HttpRequest, ours: bool) -> Result<HttpResponse, Problem> {
    if ours {
        return Ok(HttpResponse::Accepted().finish());
    }
    app.limits.stray(request)?;
    Err(Problem::new(Code::NotFound, "There is no such channel."))
}
