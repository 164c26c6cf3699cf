//! What a client offers and under which terms, beyond what the engine of `availability` must know to find a time.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use crate::availability::OnUnknown;

/// The same service done shorter or longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Unique within its service, chosen by people: bookings name it.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How long the customer is there.
    pub duration_minutes: NonZeroU32,
    /// What it costs, in words.
    pub price_text: Option<String>,
}

/// Whether a booking stands at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// Yes.
    #[default]
    Automatic,
    /// Somebody says yes first; until then it keeps the time.
    ByHand,
}

/// What becomes of a booking when somebody changes its event at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnEdit {
    /// The booking follows.
    ProviderWins,
    /// The event is put back.
    AppWins,
    /// A person decides.
    #[default]
    Ask,
}

/// How a client wants its bookings treated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Whether a booking stands at once.
    pub confirmation: Confirmation,
    /// How long a hold keeps a time.
    pub hold_minutes: u32,
    /// Until when before the start customers may cancel.
    pub cancel_notice_minutes: u32,
    /// Until when before the start customers may move it.
    pub reschedule_notice_minutes: u32,
    /// What becomes of a start of which nobody knows whether it is free.
    pub on_unknown: OnUnknown,
    /// A calendar that was read longer ago is not known any more; `None`: its own rhythm decides.
    pub max_staleness_s: Option<u32>,
    /// How long a booking may wait for a look at the provider; 0: it does not look.
    pub live_check_ms: u32,
    /// Its event was moved there.
    pub on_move: OnEdit,
    /// Its event was deleted there.
    pub on_delete: OnEdit,
    /// Its event was rewritten there.
    pub on_text: OnEdit,
    /// Minutes before the start at which customers are reminded, the earliest first.
    pub reminders: Vec<u32>,
    /// The public booking page is at `/book/{slug}`; `None`: there is no such page.
    pub slug: Option<String>,
    /// Other sites may show that page in a frame, and ask its API from a browser.
    pub embeddable: bool,
    /// Customers see who does it, and may choose.
    pub shows_staff: bool,
    /// Customers with an address get mails.
    pub email_customers: bool,
    /// Customers with a number get text messages.
    pub text_customers: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            confirmation: Confirmation::default(),
            hold_minutes: 10,
            cancel_notice_minutes: 24 * 60,
            reschedule_notice_minutes: 24 * 60,
            on_unknown: OnUnknown::default(),
            max_staleness_s: None,
            live_check_ms: 1_500,
            on_move: OnEdit::default(),
            on_delete: OnEdit::default(),
            // A title that somebody made clearer at the provider is nothing to ask about, and nothing to fight over.
            on_text: OnEdit::ProviderWins,
            reminders: vec![24 * 60],
            slug: None,
            embeddable: false,
            shows_staff: true,
            email_customers: true,
            text_customers: false,
        }
    }
}
