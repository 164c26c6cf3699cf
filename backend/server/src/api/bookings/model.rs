//! What bookings look like in requests and answers.

use std::hash::{DefaultHasher, Hash, Hasher};

use domain::catalogue::OnEdit;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    api::etag,
    ops::bookings::{Copied, Shown, copies_stand},
};

/// What somebody wants to book.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"service_id": "svc_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", "start": "2026-11-03T09:15:00Z", "customer_id": null, "external_id": "call-4711"}))]
pub struct BookingIn {
    /// `svc_…`
    #[schema(max_length = 64)]
    pub service_id: String,
    /// A variant of the service.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub variant: Option<String>,
    /// Who does it; empty: whoever is free, as the service says. Several do it together.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub staff_ids: Vec<String>,
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// An `RRULE` line with a COUNT or UNTIL: one booking for each date, at most 60, all of them or none. The same time on the client's clock.
    #[serde(default)]
    #[schema(max_items = 10, example = json!([]))]
    pub recurrence: Vec<String>,
    /// `cus_…`
    #[serde(default)]
    #[schema(max_length = 64)]
    pub customer_id: Option<String>,
    /// Instead of `customer_id`: whoever has this number or address, or somebody new.
    #[serde(default)]
    pub customer: Option<GuestIn>,
    /// Only keep the time, as long as the client's policy says.
    #[serde(default)]
    pub hold: bool,
    /// Written into the event.
    #[serde(default)]
    #[schema(max_length = 8192)]
    pub notes_shared: Option<String>,
    /// Never leaves us.
    #[serde(default)]
    #[schema(max_length = 8192)]
    pub notes_private: Option<String>,
    /// Your own key, such as the id of a call: the same request is the same booking, however often it comes.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    pub external_id: Option<String>,
}

/// Somebody who calls.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GuestIn {
    /// What they are called.
    #[schema(min_length = 1, max_length = 200, example = "Cara Lind")]
    pub name: String,
    /// Their number.
    #[serde(default)]
    #[schema(max_length = 50, example = "+49 30 1234")]
    pub phone: Option<String>,
    /// Their address.
    #[serde(default)]
    #[schema(min_length = 3, max_length = 320, format = "email")]
    pub email: Option<String>,
}

/// How a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BookingStatus {
    /// Keeps its time for somebody who is still deciding.
    Held,
    /// Waits for the business.
    Pending,
    /// Will happen.
    Confirmed,
    /// Has happened.
    Completed,
    /// Nobody came.
    NoShow,
    /// Will not happen.
    Cancelled,
    /// A hold that nobody confirmed in time.
    Expired,
}

impl BookingStatus {
    /// The word in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => db::bookings::HELD,
            Self::Pending => db::bookings::PENDING,
            Self::Confirmed => db::bookings::CONFIRMED,
            Self::Completed => db::bookings::COMPLETED,
            Self::NoShow => db::bookings::NO_SHOW,
            Self::Cancelled => db::bookings::CANCELLED,
            Self::Expired => db::bookings::EXPIRED,
        }
    }

    /// The column holds nothing but our own words.
    pub fn parse(word: &str) -> Self {
        let all = [
            Self::Held,
            Self::Pending,
            Self::Confirmed,
            Self::Completed,
            Self::NoShow,
            Self::Cancelled,
        ];
        all.into_iter()
            .find(|one| one.as_str() == word)
            .unwrap_or(Self::Expired)
    }
}

/// Somebody who does it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BookingStaff {
    /// `stf_…`
    pub id: String,
    /// What they are called.
    pub name: String,
}

/// Who comes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BookingCustomer {
    /// `cus_…`
    pub id: String,
    /// What they are called.
    pub name: String,
    /// Address.
    #[schema(required)]
    pub email: Option<String>,
    /// Number.
    #[schema(required)]
    pub phone: Option<String>,
}

/// How far the calendars show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BookingSyncState {
    /// It is in no calendar: a hold, a cancelled one, or nobody has a calendar for bookings.
    None,
    /// All of them do.
    Synced,
    /// One waits to be written.
    Pending,
    /// One was changed on both sides.
    Conflict,
    /// One could not be written.
    Failed,
}

impl From<Option<Copied>> for BookingSyncState {
    fn from(copied: Option<Copied>) -> Self {
        match copied {
            None => Self::None,
            Some(Copied::Synced) => Self::Synced,
            Some(Copied::Pending) => Self::Pending,
            Some(Copied::Conflict) => Self::Conflict,
            Some(Copied::Failed) => Self::Failed,
        }
    }
}

/// An event that shows the booking.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BookingCopy {
    /// `evt_…`
    pub event_id: String,
    /// `cal_…`
    pub calendar_id: String,
    /// Because of whom.
    pub staff_id: String,
    /// How far it is.
    pub state: BookingSyncState,
}

/// How far the calendars show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BookingSync {
    /// All of them together.
    pub state: BookingSyncState,
    /// Each of them.
    pub copies: Vec<BookingCopy>,
}

/// A booking.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Booking {
    /// `bkg_…`
    pub id: String,
    /// With which client.
    pub client_id: String,
    /// How it stands.
    pub status: BookingStatus,
    /// What is booked.
    pub service_id: String,
    /// What that is called.
    pub service_name: String,
    /// Which variant of it.
    #[schema(required)]
    pub variant: Option<String>,
    /// When the customer comes.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// When the customer goes.
    #[schema(value_type = String, format = DateTime)]
    pub end: Timestamp,
    /// A hold: until when it keeps its time.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// Who does it.
    pub staff: Vec<BookingStaff>,
    /// Which place, of a session for several.
    pub seat: i32,
    /// Who comes.
    #[schema(required)]
    pub customer: Option<BookingCustomer>,
    /// Somebody should look at it: not every calendar was known, or its event says something else.
    pub flagged: bool,
    /// Written into the event.
    #[schema(required)]
    pub notes_shared: Option<String>,
    /// Never leaves us.
    #[schema(required)]
    pub notes_private: Option<String>,
    /// For people.
    #[schema(required)]
    pub price_text: Option<String>,
    /// Through what it was made: `app`, `api`, `import`, …
    pub origin: String,
    /// Your own key.
    #[schema(required)]
    pub external_id: Option<String>,
    /// The same for bookings that were made together.
    #[schema(required)]
    pub series_id: Option<String>,
    /// The event in the target calendar of the first person.
    #[schema(required)]
    pub calendar_event_id: Option<String>,
    /// How far the calendars show it.
    pub sync: BookingSync,
    /// What it was decided by: `rules`, `decided_at`, `sources` with their ages, and `look`, what the providers said just before.
    #[schema(value_type = Value)]
    pub receipt: Value,
    /// When it was cancelled.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub cancelled_at: Option<Timestamp>,
    /// Why.
    #[schema(required)]
    pub cancel_reason: Option<String>,
    /// Counts changes.
    pub revision: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

impl Booking {
    /// Presents one.
    pub fn new(shown: Shown) -> Self {
        let state = copies_stand(&shown).into();
        let receipt = shown.receipt.as_ref().map_or(Value::Null, |receipt| {
            serde_json::json!({
                "rules": receipt.rules, "decided_at": receipt.decided_at, "sources": receipt.sources, "look": receipt.look,
            })
        });
        let row = shown.row;
        Self {
            status: BookingStatus::parse(&row.status),
            service_name: shown.service,
            staff: shown
                .people
                .into_iter()
                .map(|(id, name)| BookingStaff { id, name })
                .collect(),
            seat: shown.seat,
            customer: shown.customer.map(|one| BookingCustomer {
                id: one.id,
                name: one.name,
                email: one.email,
                phone: one.phone,
            }),
            sync: BookingSync {
                state,
                copies: shown
                    .copies
                    .into_iter()
                    .map(|(copy, copied)| BookingCopy {
                        event_id: copy.event_id,
                        calendar_id: copy.calendar_id,
                        staff_id: copy.staff_id,
                        state: Some(copied).into(),
                    })
                    .collect(),
            },
            receipt,
            id: row.id,
            client_id: row.client_id,
            service_id: row.service_id,
            variant: row.variant,
            start: row.starts_at.into(),
            end: row.ends_at.into(),
            expires_at: row.expires_at.map(Into::into),
            flagged: row.is_flagged,
            notes_shared: row.notes_shared,
            notes_private: row.notes_private,
            price_text: row.price_text,
            origin: row.origin,
            external_id: row.external_id,
            series_id: row.series_id,
            calendar_event_id: row.calendar_event_id,
            cancelled_at: row.cancelled_at.map(Into::into),
            cancel_reason: row.cancel_reason,
            revision: row.revision,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
        }
    }

    /// Its version, for `If-Match`.
    pub fn etag(&self) -> String {
        etag::of(self.revision)
    }

    /// The version of what is shown: how far its copies are and what people are called are parts of it. A write may send
    /// either back.
    pub fn shown_etag(&self) -> String {
        let mut hash = DefaultHasher::new();
        serde_json::to_vec(self).unwrap_or_default().hash(&mut hash);
        format!("{}~{:016x}\"", self.etag().trim_end_matches('"'), hash.finish())
    }
}

/// What was booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedBookings {
    /// The booking; of several, the first.
    #[serde(flatten)]
    pub booking: Booking,
    /// With a rule: the bookings on its other dates.
    pub others: Vec<Booking>,
}

/// What of a booking can be said otherwise.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EditIn {
    /// Who comes: `cus_…`
    #[serde(default)]
    #[schema(max_length = 64)]
    pub customer_id: Option<String>,
    /// Written into the event.
    #[serde(default)]
    #[schema(max_length = 8192)]
    pub notes_shared: Option<String>,
    /// Never leaves us.
    #[serde(default)]
    #[schema(max_length = 8192)]
    pub notes_private: Option<String>,
    /// For people.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub price_text: Option<String>,
}

impl EditIn {
    /// What a booking says now.
    pub fn of(booking: &Booking) -> Self {
        Self {
            customer_id: booking.customer.as_ref().map(|one| one.id.clone()),
            notes_shared: booking.notes_shared.clone(),
            notes_private: booking.notes_private.clone(),
            price_text: booking.price_text.clone(),
        }
    }
}

/// Where to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"start": "2026-11-04T09:00:00Z"}))]
pub struct RescheduleIn {
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// Who does it; empty: the same as before.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub staff_ids: Vec<String>,
    /// The customer wants it: only as long before the start as the client's policy says.
    #[serde(default)]
    pub by_customer: bool,
    /// Whatever the policy says. Only for people who are signed in.
    #[serde(default)]
    pub r#override: bool,
}

/// To whom.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"staff_ids": ["stf_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b"]}))]
pub struct ReassignIn {
    /// Who does it.
    #[schema(min_items = 1, max_items = 50)]
    pub staff_ids: Vec<String>,
}

/// Why, and on whose behalf.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "ill", "by_customer": true}))]
pub struct CancelIn {
    /// Why.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
    /// The customer wants it: only as long before the start as the client's policy says.
    #[serde(default)]
    pub by_customer: bool,
    /// Whatever the policy says. Only for people who are signed in.
    #[serde(default)]
    pub r#override: bool,
}

/// Which of both is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// The event is put back.
    Booking,
    /// The booking follows.
    Event,
}

impl From<Keep> for OnEdit {
    fn from(keep: Keep) -> Self {
        match keep {
            Keep::Booking => Self::AppWins,
            Keep::Event => Self::ProviderWins,
        }
    }
}

/// Which of both is right.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"keep": "booking"}))]
pub struct SettleIn {
    /// The booking, or what its event says.
    pub keep: Keep,
}

/// Something that was done to a booking.
#[derive(Debug, Serialize, ToSchema)]
pub struct Deed {
    /// `dee_…`
    pub id: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `usr_…`, `key_…`, `customer`, `provider`, `system`.
    pub actor: String,
    /// `created`, `held`, `confirmed`, `moved`, `reassigned`, `cancelled`, `completed`, `no_show`, `edited`, `expired`, `checked`, `moved_in_calendar`, `deleted_in_calendar`, `rewritten`, `rewritten_in_calendar`, `clash`, `put_back`, `settled`, `undone`.
    pub action: String,
    /// For people.
    #[schema(required)]
    pub detail: Option<String>,
    /// What the booking was before: `status`, `start`, `end`, `staff_ids`, and `words` if those were changed.
    #[schema(value_type = Value)]
    pub before: Value,
}

impl Deed {
    /// Presents one.
    pub fn new(row: db::booking_history::Deed) -> Self {
        Self {
            id: row.id,
            at: row.at.into(),
            actor: row.actor,
            action: row.action,
            detail: row.detail,
            before: row
                .before
                .and_then(|text| serde_json::from_str(&text).ok())
                .unwrap_or(Value::Null),
        }
    }
}

/// How far a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// To be sent.
    Waiting,
    /// Has been sent.
    Sent,
    /// Was refused, or nobody could be reached for a day.
    Failed,
    /// Not sent, because the booking moved on.
    Dropped,
    /// Not sent, because nothing is set up that could.
    NotSent,
}

/// Something that people are told of a booking.
#[derive(Debug, Serialize, ToSchema)]
pub struct Message {
    /// `msg_…`
    pub id: String,
    /// `email` or `sms`.
    pub channel: String,
    /// To the customer `confirmed`, `requested`, `changed`, `cancelled`, `reminder`; to the business `flagged`, `to_confirm`.
    pub kind: String,
    /// An address or a number.
    pub recipient: String,
    /// When it is, or was, to be sent; after a try that failed: when it is tried again.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    /// How far it is.
    pub state: MessageState,
    /// How often it was tried.
    pub attempts: i32,
    /// Why it was not sent, or not yet.
    #[schema(required)]
    pub detail: Option<String>,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was sent.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<Timestamp>,
}

impl Message {
    /// Presents one. `missing`: what keeps such messages from being sent.
    pub fn new(row: db::messages::Message, missing: Option<&str>) -> Self {
        let state = match row.state.as_str() {
            db::messages::WAITING => MessageState::Waiting,
            db::messages::SENT => MessageState::Sent,
            db::messages::DROPPED => MessageState::Dropped,
            db::messages::NOT_SENT => MessageState::NotSent,
            _ => MessageState::Failed,
        };
        let missing = missing.filter(|_| state == MessageState::Waiting).map(str::to_owned);
        Self {
            id: row.id,
            channel: row.channel,
            kind: row.kind,
            recipient: row.recipient,
            due_at: row.due_at.into(),
            state,
            attempts: row.attempts,
            detail: row.last_error.or(missing),
            created_at: row.created_at.into(),
            sent_at: row.sent_at.map(Into::into),
        }
    }
}
