//! Text messages, handed to a service of the operator's choice: a signed POST, as Standard Webhooks are.

use base64::{Engine, prelude::BASE64_STANDARD};
use db::messages::Message;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderName, Method};
use jiff::Timestamp;
use providers::http::{Http, Request};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use sha2::Sha256;
use url::Url;

use super::Trouble;
use crate::config::{Config, ConfigError};

/// The way out for text messages.
pub struct Texts {
    url: Url,
    /// The bytes behind `whsec_`.
    key: SecretString,
}

impl Texts {
    /// As configured; `None`: nothing is.
    ///
    /// # Errors
    /// When the secret is missing or wrong.
    pub fn new(config: &Config) -> Result<Option<Self>, ConfigError> {
        let text = config.sms_webhook_url.as_deref().map(str::trim);
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let url =
            Url::parse(text).map_err(|error| ConfigError(format!("CALENDAR_STACKER_SMS_WEBHOOK_URL: {error}")))?;
        let wrong = || {
            ConfigError("CALENDAR_STACKER_SMS_WEBHOOK_SECRET must be whsec_ and at least 24 bytes in base64".to_owned())
        };
        let key = config.sms_webhook_secret()?.ok_or_else(wrong)?;
        let texts = Self { url, key };
        if texts.key().is_none_or(|key| key.len() < 24) {
            return Err(wrong());
        }
        Ok(Some(texts))
    }

    fn key(&self) -> Option<Vec<u8>> {
        let text = self.key.expose_secret().strip_prefix("whsec_")?;
        BASE64_STANDARD.decode(text).ok()
    }

    /// Hands one over. The service knows by `webhook-id` that two are one.
    pub(super) async fn send(&self, http: &Http, message: &Message, text: &str, now: Timestamp) -> Result<(), Trouble> {
        let body = json!({"type": "message.send", "timestamp": now.to_string(),
            "data": {"id": message.id, "to": message.recipient, "text": text, "kind": message.kind}});
        let body = body.to_string();
        let stamp = now.as_second().to_string();
        let key = self.key().unwrap_or_default();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|error| Trouble::Never(error.to_string()))?;
        mac.update(format!("{}.{stamp}.{body}", message.id).as_bytes());
        let signature = format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()));
        let mut request = Request::new(Method::POST, self.url.clone());
        // Twice is as good as once: it carries its identifier.
        request.repeatable = true;
        for (name, value) in [
            ("webhook-id", message.id.as_str()),
            ("webhook-timestamp", &stamp),
            ("webhook-signature", &signature),
        ] {
            request = request.header(HeaderName::from_static(name), value);
        }
        let request = request.body("application/json", body);
        match http.send_guarded(request).await {
            Ok(answer) if answer.status.is_success() => Ok(()),
            // Those that are usual (408, 429, 503) are errors already.
            Ok(answer) if answer.status.is_server_error() => {
                Err(Trouble::Later(format!("The service answered {}.", answer.status)))
            }
            Ok(answer) => Err(Trouble::Never(format!("The service answered {}.", answer.status))),
            Err(error) => Err(Trouble::Later(error.to_string())),
        }
    }
}
