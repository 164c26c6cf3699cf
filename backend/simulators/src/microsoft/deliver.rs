//! Notifications on their way: gathered for each address, sent again when the receiver fails, given up and told as
//! `missed` (docs: change-notifications-delivery-webhooks.md).

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde_json::{Value, json};

use crate::{faults::Effect, journal};

use super::{
    server::Shared,
    store::State,
    subscriptions::{client, lifecycle, notification},
};

/// The names under which faults of notifications are ordered.
pub(crate) const PUSH: &str = "graph.push";
pub(crate) const LIFECYCLE: &str = "graph.lifecycle";

/// How often changes are looked for.
const BEAT: Duration = Duration::from_millis(20);
/// How often a notification is sent again. Microsoft tries for four hours.
const TRIES: u32 = 4;
/// An endpoint that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(3);

/// One request to one address.
struct Message {
    url: String,
    wait: Duration,
    items: Vec<Value>,
    /// Subscriptions that are told `missed` if it is given up.
    about: Vec<String>,
}

/// The messages that are to go out now. Subscriptions that have ended say nothing.
fn due(state: &mut State) -> Vec<Message> {
    let now = state.now();
    state.subscriptions.retain(|_, one| one.expires > now);
    let mut messages: BTreeMap<(String, u64), Message> = BTreeMap::new();
    let mut add = |url: String, wait: u64, item: Value, about: Option<&String>| {
        let message = messages.entry((url.clone(), wait)).or_insert_with(|| Message {
            url,
            wait: Duration::from_millis(wait),
            items: Vec::new(),
            about: Vec::new(),
        });
        message.items.push(item);
        message.about.extend(about.cloned());
    };
    let ids: Vec<String> = state.subscriptions.keys().cloned().collect();
    for id in ids {
        let Some(one) = state.subscriptions.get(&id).cloned() else {
            continue;
        };
        let mut removed = false;
        for word in &one.words {
            removed |= *word == "subscriptionRemoved";
            let effects = state.bench.strike(LIFECYCLE, Some(&one.account), false);
            if let (Some(url), false) = (&one.lifecycle, effects.contains(&Effect::Drop)) {
                add(url.to_string(), latency(&effects), lifecycle(state, &one, word), None);
            }
        }
        let fresh = state
            .changes
            .iter()
            .rev()
            .take_while(|c| c.revision > one.seen)
            .filter(|c| c.calendar == one.calendar && one.changes.iter().any(|k| k == c.kind));
        let mut fresh: Vec<_> = fresh.cloned().collect();
        fresh.reverse();
        for change in fresh.into_iter().filter(|_| !one.paused) {
            let item = notification(state, &one, &change);
            let effects = state.bench.strike(PUSH, Some(&one.account), false);
            if !effects.is_empty() {
                journal::suffered(&mut state.bench, PUSH, &one.account, &effects);
            }
            if effects.contains(&Effect::Drop) {
                continue;
            }
            if effects.contains(&Effect::Duplicate) {
                add(one.url.to_string(), latency(&effects), item.clone(), None);
            }
            add(one.url.to_string(), latency(&effects), item, Some(&id));
        }
        let seen = state.revision;
        match state.subscriptions.get_mut(&id) {
            Some(_) if removed => {
                state.subscriptions.remove(&id);
            }
            Some(kept) => {
                kept.seen = seen;
                kept.words.clear();
            }
            None => {}
        }
    }
    messages.into_values().collect()
}

fn latency(effects: &[Effect]) -> u64 {
    let millis = effects.iter().find_map(|effect| match effect {
        Effect::Latency { millis } => Some(*millis),
        _ => None,
    });
    millis.unwrap_or(0)
}

/// Sends notifications as long as the simulator runs.
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
            actix_web::rt::spawn(send(Arc::clone(&shared), http.clone(), message));
        }
    }
}

async fn send(shared: Arc<Shared>, http: reqwest::Client, message: Message) {
    tokio::time::sleep(message.wait).await;
    for attempt in 0..TRIES {
        let body = json!({"value": message.items});
        match http.post(&message.url).timeout(PATIENCE).json(&body).send().await {
            Ok(answer) if answer.status().is_success() => return,
            _ => tokio::time::sleep(Duration::from_millis(100 << attempt)).await,
        }
    }
    let mut state = shared.lock();
    for id in &message.about {
        if let Some(one) = state.subscriptions.get_mut(id)
            && !one.words.contains(&"missed")
        {
            one.words.push("missed");
        }
    }
}
