//! Where providers tell us that something changed. No session: a message proves itself by the secret of its channel, and
//! does no more than wake a pull.

use actix_web::{HttpRequest, HttpResponse, post};

use crate::{
    api::problem::{Code, Problem},
    gateway::channels::{self, Message},
    state::App,
};

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
        number: text("x-goog-message-number", 20)?
            .parse()
            .ok()
            .filter(|number| *number > 0)?,
        resource: text("x-goog-resource-id", 256),
        begins: text("x-goog-resource-state", 32)? == "sync",
    })
}
