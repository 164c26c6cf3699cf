//! Channels: where Google tells us that a calendar changed.
//!
//! Google lets nobody list or renew them: whoever opened one must remember both of its names to stop it, and opens the
//! next before the last one ends (guides/push).

use http::Method;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::json;

use super::{Google, call::not_understood};
use crate::{Channel, Watch, error::Result};

impl Google {
    /// Never repeated inside: a name is good for one channel, and a lost answer leaves a channel behind.
    pub(super) async fn open_channel(&self, calendar: &str, watch: &Watch) -> Result<Channel> {
        let body = json!({
            "id": watch.id,
            "type": "web_hook",
            "address": watch.address.as_str(),
            "token": watch.token.expose_secret(),
            "params": { "ttl": watch.lifetime.as_secs().to_string() },
        });
        let made = self
            .request(Method::POST, &["calendars", calendar, "events", "watch"])
            .json(&body)
            .send()
            .await?;
        let Some(resource) = made["resourceId"].as_str().filter(|id| !id.is_empty()) else {
            return Err(not_understood("the channel has no resource id"));
        };
        // Milliseconds since 1970, as text.
        let expires_at = made["expiration"]
            .as_str()
            .and_then(|text| Timestamp::from_millisecond(text.parse().ok()?).ok());
        Ok(Channel {
            resource_id: resource.to_owned(),
            expires_at,
            proven: false,
        })
    }

    pub(super) async fn close_channel(&self, id: &str, resource_id: &str) -> Result<()> {
        let body = json!({ "id": id, "resourceId": resource_id });
        let call = self.request(Method::POST, &["channels", "stop"]);
        call.json(&body).repeatable().send().await.map(|_| ())
    }
}
