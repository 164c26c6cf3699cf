//! Push: channels people ask for with `watch` and end with `stop`, and the messages that go out on them.
//!
//! A message says that something changed, not what. Several changes make one message, as with Google; the first message
//! of a channel says `sync`. Sources: guides/push, reference/events/watch, reference/channels/stop.

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::{Digest, Sha256};
use url::Url;

use crate::{faults::Effect, journal};

use super::{
    errors::Refusal,
    server::{Answer, Call, Shared},
    store::{Role, State},
};

/// The name under which faults of messages are ordered.
pub(crate) const PUSH: &str = "calendar.push";

/// How long a channel lives at most, and when nothing is asked for. Google's documents name no number; seven days is what
/// clients see.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How often changes are looked for. Google says “as they happen”.
const BEAT: Duration = Duration::from_millis(20);

/// How often a message is sent again when the receiver answers 5xx.
const TRIES: u32 = 4;

/// What a channel tells about.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Watched {
    Events(String),
    Acl(String),
    CalendarList,
    Settings,
}

/// A channel somebody has opened.
#[derive(Debug, Clone)]
pub(crate) struct Channel {
    id: String,
    token: Option<String>,
    address: Url,
    account: String,
    watched: Watched,
    resource_id: String,
    resource_uri: String,
    expires: Timestamp,
    /// What the receiver has been told of.
    seen: u64,
    /// Messages so far.
    number: u64,
}

/// A message on its way.
#[derive(Debug, Clone)]
struct Message {
    channel: Channel,
    state: &'static str,
    wait: Duration,
}

/// `watch` of any collection.
pub(crate) fn watch(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let text = |name: &str| call.body[name].as_str().map(str::to_owned);
    let id = text("id")
        .filter(|id| !id.is_empty())
        .ok_or_else(|| Refusal::required("Required"))?;
    if id.len() > 64 || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_+/=".contains(&b)) {
        return Err(Refusal::invalid(
            "Invalid channel id: at most 64 of A-Z a-z 0-9 - _ + / =",
        ));
    }
    if state.channels.iter().any(|channel| channel.id == id) {
        return Err(Refusal::new(
            400,
            "channelIdNotUnique",
            format!("Channel id {id} not unique"),
        ));
    }
    if text("type").as_deref() != Some("web_hook") {
        return Err(Refusal::invalid("Unknown channel type: use web_hook"));
    }
    let token = text("token");
    if token.as_ref().is_some_and(|token| token.len() > 256) {
        return Err(Refusal::invalid("Channel token too long"));
    }
    let address = address(text("address"))?;
    let watched = watched(state, call)?;
    let now = state.now();
    let longest = now.saturating_add(LONGEST).unwrap_or(Timestamp::MAX);
    let ttl = call.body["params"]["ttl"]
        .as_str()
        .and_then(|ttl| ttl.parse::<i64>().ok());
    let asked = text("expiration").and_then(|at| Timestamp::from_millisecond(at.parse().ok()?).ok());
    let asked = asked.or_else(|| now.checked_add(SignedDuration::from_secs(ttl?)).ok());
    let expires = asked.unwrap_or(longest).min(longest);
    if expires <= now {
        return Err(Refusal::invalid("The channel would have ended already"));
    }
    let path = match &watched {
        Watched::Events(calendar) => format!("calendars/{calendar}/events"),
        Watched::Acl(calendar) => format!("calendars/{calendar}/acl"),
        Watched::CalendarList => "users/me/calendarList".to_owned(),
        Watched::Settings => "users/me/settings".to_owned(),
    };
    let resource_uri = format!("{}/calendar/v3/{path}?alt=json", state.base_url);
    let resource_id = URL_SAFE_NO_PAD.encode(&Sha256::digest(format!("{} {path}", call.actor))[..18]);
    let channel = Channel {
        seen: revision(state, &call.actor, &watched),
        account: call.actor.clone(),
        number: 0,
        id,
        token,
        address,
        watched,
        resource_id,
        resource_uri,
        expires,
    };
    let mut answer = json!({
        "kind": "api#channel",
        "id": channel.id,
        "resourceId": channel.resource_id,
        "resourceUri": channel.resource_uri,
        "expiration": channel.expires.as_millisecond().to_string(),
    });
    if let Some(token) = &channel.token {
        answer["token"] = json!(token);
    }
    state.channels.push(channel);
    Ok(Answer::json(answer))
}

/// Google delivers to https only; on one's own machine there are no certificates.
fn address(text: Option<String>) -> Result<Url, Refusal> {
    let url = text.and_then(|text| Url::parse(&text).ok());
    let url = url.ok_or_else(|| Refusal::required("WebHook callback address is required"))?;
    let own = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    if url.scheme() == "https" || (url.scheme() == "http" && own) {
        Ok(url)
    } else {
        let message = format!("WebHook callback must be HTTPS: {url}");
        Err(Refusal::new(400, "push.webhookUrlNotHttps", message))
    }
}

fn watched(state: &State, call: &Call) -> Result<Watched, Refusal> {
    let calendar = || state.access_at_least(&call.actor, call.path("calendarId"), Role::Reader);
    Ok(match call.operation {
        "calendar.events.watch" => Watched::Events(calendar()?),
        "calendar.acl.watch" => Watched::Acl(calendar()?),
        "calendar.calendarList.watch" => Watched::CalendarList,
        _ => Watched::Settings,
    })
}

/// `channels.stop`: only whoever opened it, and only with both names.
pub(crate) fn stop(state: &mut State, call: &Call) -> Result<Answer, Refusal> {
    let (id, resource) = (&call.body["id"], &call.body["resourceId"]);
    let before = state.channels.len();
    state
        .channels
        .retain(|one| !(*id == one.id && *resource == one.resource_id && call.actor == one.account));
    if state.channels.len() == before {
        let message = format!("Channel '{}' not found for project", id.as_str().unwrap_or_default());
        return Err(Refusal::new(404, "channelUnknown", message));
    }
    Ok(Answer::empty())
}

/// The number of the last change of what is watched.
fn revision(state: &State, account: &str, watched: &Watched) -> u64 {
    match watched {
        Watched::Events(calendar) | Watched::Acl(calendar) => state
            .calendars
            .get(calendar)
            .map_or(u64::MAX, |calendar| calendar.revision),
        Watched::CalendarList => state
            .accounts
            .get(account)
            .and_then(|account| account.list.values().map(|entry| entry.revision).max())
            .unwrap_or(0),
        Watched::Settings => 0,
    }
}

/// The messages that are to go out now. Channels that have ended say nothing, not even that.
fn due(state: &mut State) -> Vec<Message> {
    let now = state.now();
    let mut channels = std::mem::take(&mut state.channels);
    channels.retain(|channel| channel.expires > now);
    let mut messages = Vec::new();
    for channel in &mut channels {
        let current = revision(state, &channel.account, &channel.watched);
        let word = match (channel.number, current) {
            (0, _) => "sync",
            (_, u64::MAX) if channel.seen != u64::MAX => "not_exists",
            (_, current) if current > channel.seen => "exists",
            _ => continue,
        };
        if channel.number > 0 {
            channel.seen = current;
        }
        channel.number += 1;
        let effects = state.bench.strike(PUSH, Some(&channel.account), false);
        if !effects.is_empty() {
            journal::suffered(&mut state.bench, PUSH, &channel.account, &effects);
        }
        if effects.contains(&Effect::Drop) {
            continue;
        }
        let wait = effects.iter().find_map(|effect| match effect {
            Effect::Latency { millis } => Some(Duration::from_millis(*millis)),
            _ => None,
        });
        let message = Message {
            channel: channel.clone(),
            state: word,
            wait: wait.unwrap_or_default(),
        };
        if effects.contains(&Effect::Duplicate) {
            messages.push(message.clone());
        }
        messages.push(message);
    }
    state.channels = channels;
    messages
}

/// Sends messages as long as the simulator runs.
pub(crate) async fn deliver(shared: Arc<Shared>) {
    let mut beat = tokio::time::interval(BEAT);
    let mut http = None;
    loop {
        beat.tick().await;
        let messages = due(&mut shared.lock());
        for message in messages {
            // Made for the first message: most simulators never send one.
            let Some(http) = http.get_or_insert_with(client) else {
                return;
            };
            actix_web::rt::spawn(send(http.clone(), message));
        }
    }
}

fn client() -> Option<reqwest::Client> {
    // Whoever runs the simulator may have chosen one already.
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .redirect(reqwest::redirect::Policy::none());
    client.build().ok()
}

/// A message without an answer is lost; one that is answered with 5xx is sent again.
async fn send(http: reqwest::Client, message: Message) {
    tokio::time::sleep(message.wait).await;
    let channel = &message.channel;
    for attempt in 0..TRIES {
        let expires = channel.expires.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let mut request = http
            .post(channel.address.clone())
            .header(
                "User-Agent",
                "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)",
            )
            .header("Content-Length", "0")
            .header("X-Goog-Channel-ID", &channel.id)
            .header("X-Goog-Channel-Expiration", expires)
            .header("X-Goog-Resource-ID", &channel.resource_id)
            .header("X-Goog-Resource-URI", &channel.resource_uri)
            .header("X-Goog-Resource-State", message.state)
            .header("X-Goog-Message-Number", channel.number.to_string());
        if let Some(token) = &channel.token {
            request = request.header("X-Goog-Channel-Token", token);
        }
        match request.send().await {
            Ok(answer) if answer.status().is_server_error() => {}
            _ => return,
        }
        tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
    }
}
