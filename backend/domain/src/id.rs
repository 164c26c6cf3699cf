//! Identifiers: a prefix that says what is meant, and a UUIDv7 that sorts by age.
//!
//! `evt_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b`. Rows store the whole text. An occurrence of a series has no row of its own
//! unless it was changed; its identifier is the series' followed by the original start: `evt_…_20261101T090000Z`.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The kinds of things that carry an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An isolation wall: one agency or one business.
    Tenant,
    /// A person who signs in.
    User,
    /// A key for scripts.
    ApiKey,
    /// A business whose calendars are managed.
    Client,
    /// What lets us act on one account at one provider.
    Credential,
    /// A calendar at a provider.
    Calendar,
    /// An event, or the master of a series.
    Event,
}

impl Kind {
    /// The text before the underscore.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Tenant => "ten",
            Self::User => "usr",
            Self::ApiKey => "key",
            Self::Client => "cli",
            Self::Credential => "crd",
            Self::Calendar => "cal",
            Self::Event => "evt",
        }
    }

    /// A new identifier from a UUID the caller made (v7 for new things, v5 where a retry must find the same one).
    pub fn id(self, uuid: Uuid) -> String {
        format!("{}_{}", self.prefix(), uuid.simple())
    }

    /// A new identifier that sorts after all older ones.
    pub fn new_id(self) -> String {
        self.id(Uuid::now_v7())
    }

    /// Whether `text` looks like an identifier of this kind.
    pub fn matches(self, text: &str) -> bool {
        text.strip_prefix(self.prefix())
            .and_then(|rest| rest.strip_prefix('_'))
            .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
    }
}

/// Whose data a query may see. Made only from an authenticated caller or from a stored row, never from a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TenantId(String);

impl TenantId {
    /// Trusts the caller that `id` was read from our own store.
    pub fn from_store(id: String) -> Self {
        Self(id)
    }

    /// The text as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
