//! A calendar as a provider describes it.

use serde::{Deserialize, Serialize};

/// Who keeps the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Google Calendar, API v3.
    Google,
    /// Microsoft 365 and Outlook.com, by Microsoft Graph v1.0.
    Microsoft,
    /// Any server that speaks CalDAV (RFC 4791).
    Caldav,
}

impl Provider {
    /// Every provider, for tables that must not forget one.
    pub const ALL: [Self; 3] = [Self::Google, Self::Microsoft, Self::Caldav];

    /// The word used in the API and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Microsoft => "microsoft",
            Self::Caldav => "caldav",
        }
    }

    /// Whether accounts are connected by consent (OAuth), not by a password.
    pub const fn asks_consent(self) -> bool {
        match self {
            Self::Google | Self::Microsoft => true,
            Self::Caldav => false,
        }
    }

    /// Whether a series whose rule changes keeps what was changed about its dates, and those that were taken out. Outlook
    /// forgets all of it ([MS-OXOCAL] §3.1.4.7.3.5).
    pub const fn keeps_exceptions(self) -> bool {
        !matches!(self, Self::Microsoft)
    }

    /// The reverse of [`Provider::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.as_str() == text)
    }
}

/// What the account may do with the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessRole {
    /// Full control, including sharing.
    Owner,
    /// May change events.
    Writer,
    /// May read events.
    Reader,
    /// Sees only when the calendar is busy.
    FreeBusy,
}

impl AccessRole {
    /// The word used in the API and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Writer => "writer",
            Self::Reader => "reader",
            Self::FreeBusy => "free_busy",
        }
    }

    /// The reverse of [`AccessRole::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Owner, Self::Writer, Self::Reader, Self::FreeBusy]
            .into_iter()
            .find(|r| r.as_str() == text)
    }

    /// Whether events may be written.
    pub const fn can_write(self) -> bool {
        matches!(self, Self::Owner | Self::Writer)
    }
}

/// A calendar as listed by the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteCalendar {
    /// The provider's name for it (Google: calendar id; CalDAV: absolute path of the collection).
    pub remote_id: String,
    /// What people call it.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// IANA zone, where the provider says one.
    pub time_zone: Option<String>,
    /// `#rrggbb`.
    pub colour: Option<String>,
    /// What we may do.
    pub access_role: AccessRole,
    /// The account's main calendar.
    pub primary: bool,
}

/// A calendar to be made at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCalendar {
    /// Chosen by us, so that asking twice makes one calendar where the provider lets us choose (CalDAV: the path segment).
    pub key: String,
    /// What people call it.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// IANA zone.
    pub time_zone: String,
    /// `#rrggbb`.
    pub colour: Option<String>,
}
