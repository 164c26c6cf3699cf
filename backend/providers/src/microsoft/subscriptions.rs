//! Subscriptions: where Microsoft tells us that a calendar changed (Graph docs: subscription-post-subscriptions.md,
//! resources/subscription.md).
//!
//! Microsoft names them. Its messages show our name for one and its secret together, as `{id}.{token}`, in `clientState`.
//! What happens to the subscription itself is told at the same address with `/lifecycle` behind it. Both must answer a
//! question of Microsoft's before one is made.

use std::time::Duration;

use http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{
    Microsoft,
    call::{error, not_understood, read, unwritable},
};
use crate::{
    Channel, Watch,
    error::{Error, Result},
};

/// The most a subscription for events may live: 10,080 minutes; a little less, since clocks differ.
const LONGEST: SignedDuration = SignedDuration::from_mins(10_070);

impl Microsoft {
    fn ends(&self, lifetime: Duration) -> String {
        let wanted = SignedDuration::try_from(lifetime).unwrap_or(LONGEST).min(LONGEST);
        self.now.saturating_add(wanted).unwrap_or(self.now).to_string()
    }

    /// Microsoft refuses a second subscription for the same: then the one before it, of the same address, makes room.
    pub(super) async fn subscribe(&self, calendar: &str, watch: &Watch) -> Result<Channel> {
        let secret = format!("{}.{}", watch.id, watch.token.expose_secret());
        if secret.len() > 128 {
            return Err(unwritable("the name and secret of the channel are too long".into()));
        }
        let mut lifecycle = watch.address.clone();
        if let Ok(mut parts) = lifecycle.path_segments_mut() {
            parts.pop_if_empty().push("lifecycle");
        }
        let resource = format!("me/calendars/{calendar}/events");
        let body = json!({
            "changeType": "created,updated,deleted",
            "notificationUrl": watch.address.as_str(),
            "lifecycleNotificationUrl": lifecycle.as_str(),
            "resource": resource,
            "expirationDateTime": self.ends(watch.lifetime),
            "clientState": secret,
        });
        let ask = || self.request(Method::POST, &["subscriptions"]).json(&body).answer();
        let mut answer = ask().await?;
        if answer.status == StatusCode::CONFLICT && self.make_room(&resource, watch.address.as_str()).await? {
            answer = ask().await?;
        }
        channel(&read(&answer)?)
    }

    /// Whether something was in the way that is ours.
    async fn make_room(&self, resource: &str, address: &str) -> Result<bool> {
        let mut made = false;
        let mut page = self.request(Method::GET, &["subscriptions"]).send().await?;
        loop {
            for one in page["value"].as_array().into_iter().flatten() {
                let ours = one["resource"].as_str().map(|text| text.trim_start_matches('/')) == Some(resource)
                    && one["notificationUrl"] == address;
                if let Some(id) = one["id"].as_str().filter(|_| ours) {
                    match self.unsubscribe(id).await {
                        Ok(()) | Err(Error::NotFound) => made = true,
                        Err(error) => return Err(error),
                    }
                }
            }
            match page["@odata.nextLink"].as_str() {
                Some(next) => page = self.follow(next).send().await?,
                None => return Ok(made),
            }
        }
    }

    /// A longer life; Microsoft also takes it as the new authorization it may have asked for.
    pub(super) async fn renew_subscription(&self, id: &str, lifetime: Duration) -> Result<Channel> {
        let call = self.request(Method::PATCH, &["subscriptions", id]);
        let body = json!({"expirationDateTime": self.ends(lifetime)});
        channel(&call.json(&body).repeatable().send().await?)
    }

    pub(super) async fn unsubscribe(&self, id: &str) -> Result<()> {
        let answer = self
            .request(Method::DELETE, &["subscriptions", id])
            .repeatable()
            .answer()
            .await?;
        if answer.status.is_success() {
            Ok(())
        } else {
            Err(error(&answer))
        }
    }
}

fn channel(made: &Value) -> Result<Channel> {
    let id = made["id"].as_str().filter(|id| !id.is_empty());
    Ok(Channel {
        resource_id: id
            .ok_or_else(|| not_understood("the subscription has no id"))?
            .to_owned(),
        expires_at: made["expirationDateTime"]
            .as_str()
            .and_then(|at| at.parse::<Timestamp>().ok()),
        // It had to answer a question.
        proven: true,
    })
}
