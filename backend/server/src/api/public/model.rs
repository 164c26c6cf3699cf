//! What everybody may see. Nothing of calendars, events or addresses; names of people only if the client wants.

use domain::catalogue::Confirmation;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        availability::{Alternative, Unavailable, UnavailableTime},
        bookings::BookingStatus,
        problem::{Code, Problem},
    },
    gateway::bookings::{self as gateway, Refusal},
    ops::{
        availability::{Loaded, say},
        bookings::is_open,
        public::{Mine, Offer, Page},
    },
};

/// Somebody who can be booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicStaff {
    /// `stf_…`
    pub id: String,
    /// What they are called.
    pub name: String,
}

/// The same service done shorter or longer.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicVariant {
    /// Bookings name it.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How long it takes.
    pub duration_minutes: u32,
    /// What it costs, in words.
    #[schema(required)]
    pub price_text: Option<String>,
}

/// What can be booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicService {
    /// `svc_…`
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it is.
    #[schema(required)]
    pub description: Option<String>,
    /// Where, in words.
    #[schema(required)]
    pub location: Option<String>,
    /// What it costs, in words.
    #[schema(required)]
    pub price_text: Option<String>,
    /// How long it takes.
    pub duration_minutes: i32,
    /// How many days ahead it can be booked.
    pub horizon_days: i32,
    /// How many may book one start: more than one is a class.
    pub capacity: i32,
    /// The same done shorter or longer; empty: there is nothing to choose.
    pub variants: Vec<PublicVariant>,
    /// Who does it, in the order of preference; empty: the business does not say, or it is done by several together.
    pub staff: Vec<PublicStaff>,
}

/// A business's booking page.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicPage {
    /// The address of the page.
    pub slug: String,
    /// The business.
    pub name: String,
    /// Where its clock hangs (IANA).
    pub time_zone: String,
    /// Whether somebody of the business says yes first: bookings are `pending` until then.
    pub confirms_by_hand: bool,
    /// Until how many minutes before the start customers may cancel.
    pub cancel_notice_minutes: u32,
    /// Until how many minutes before the start customers may move a booking.
    pub reschedule_notice_minutes: u32,
    /// Whether other sites may show the page in a frame.
    pub embeddable: bool,
    /// What can be booked, by name.
    pub services: Vec<PublicService>,
}

impl PublicPage {
    /// Presents one.
    pub fn new(page: &Page, offers: Vec<Offer>) -> Self {
        let shows = |offer: &Offer| page.policy.shows_staff && !offer.service.is_together();
        let service = |offer: Offer| PublicService {
            staff: if shows(&offer) {
                let staff = offer.staff.into_iter();
                staff.map(|(id, name)| PublicStaff { id, name }).collect()
            } else {
                Vec::new()
            },
            variants: offer
                .service
                .variants
                .iter()
                .map(|one| PublicVariant {
                    id: one.id.clone(),
                    name: one.name.clone(),
                    duration_minutes: one.duration_minutes.get(),
                    price_text: one.price_text.clone(),
                })
                .collect(),
            id: offer.service.id,
            name: offer.service.name,
            description: offer.service.description,
            location: offer.service.location,
            price_text: offer.service.price_text,
            duration_minutes: offer.service.duration_minutes,
            horizon_days: offer.service.horizon_days,
            capacity: offer.service.capacity,
        };
        Self {
            slug: page.policy.slug.clone().unwrap_or_default(),
            name: page.client.name.clone(),
            time_zone: page.client.time_zone.clone(),
            confirms_by_hand: page.policy.confirmation == Confirmation::ByHand,
            cancel_notice_minutes: page.policy.cancel_notice_minutes,
            reschedule_notice_minutes: page.policy.reschedule_notice_minutes,
            embeddable: page.policy.embeddable,
            services: offers.into_iter().map(service).collect(),
        }
    }
}

/// A start that can be booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicSlot {
    /// First moment.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// First moment after.
    #[schema(value_type = String, format = DateTime)]
    pub end: Timestamp,
    /// How many places are left.
    pub seats: u32,
    /// Who can do it; empty: the business does not say.
    pub staff_ids: Vec<String>,
}

/// Starts that can be booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicSlots {
    /// By start.
    pub data: Vec<PublicSlot>,
    /// Where the business's clock hangs (IANA).
    pub time_zone: String,
}

impl PublicSlots {
    /// Presents slots.
    pub fn new(loaded: &Loaded, slots: Vec<domain::availability::Slot>) -> Self {
        let named = |at: usize| Some(loaded.cast.people.get(at)?.row.id.clone());
        let shows = loaded.cast.policy.shows_staff;
        let slot = |slot: domain::availability::Slot| PublicSlot {
            start: slot.span.start(),
            end: slot.span.end(),
            seats: slot.offers.iter().map(|offer| offer.seats).max().unwrap_or(0),
            staff_ids: if shows {
                slot.offers.iter().filter_map(|offer| named(offer.staff)).collect()
            } else {
                Vec::new()
            },
        };
        Self {
            data: slots.into_iter().map(slot).collect(),
            time_zone: loaded.cast.zone.iana_name().unwrap_or("UTC").to_owned(),
        }
    }
}

/// Who books.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicCustomerIn {
    /// What they are called.
    #[schema(min_length = 1, max_length = 200, example = "Cara Lind")]
    pub name: String,
    /// Where the confirmation goes.
    #[schema(min_length = 3, max_length = 320, format = "email", example = "cara@example.com")]
    pub email: String,
    /// For questions, and for text messages if the business sends them.
    #[serde(default)]
    #[schema(max_length = 50, example = "+49 30 1234")]
    pub phone: Option<String>,
}

/// What a customer books.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"service_id": "svc_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", "start": "2026-11-03T09:15:00Z",
    "customer": {"name": "Cara Lind", "email": "cara@example.com"}}))]
pub struct PublicBookingIn {
    /// `svc_…`
    #[schema(max_length = 64)]
    pub service_id: String,
    /// A variant of the service.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub variant: Option<String>,
    /// By this person; without it whoever is free. What is done by several together is done by all of them, whoever is named.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub staff_id: Option<String>,
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// Who comes.
    pub customer: PublicCustomerIn,
    /// What the business should know.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub notes: Option<String>,
    /// Where the customer's clock hangs (IANA).
    #[serde(default)]
    #[schema(max_length = 64, format = "iana-time-zone")]
    pub time_zone: Option<String>,
    /// Leave it empty: a field that no person sees, for programs that fill in everything.
    #[serde(default)]
    #[schema(max_length = 0)]
    pub website: Option<String>,
}

/// A booking as its customer sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicBooking {
    /// How it stands: `pending` waits for the business.
    pub status: BookingStatus,
    /// With whom.
    pub business: String,
    /// The address of the business's page; null: it has none.
    #[schema(required)]
    pub slug: Option<String>,
    /// What is booked.
    pub service_id: String,
    /// What that is called.
    pub service_name: String,
    /// Which variant of it, in words.
    #[schema(required)]
    pub variant_name: Option<String>,
    /// Where, in words.
    #[schema(required)]
    pub location: Option<String>,
    /// What it costs, in words.
    #[schema(required)]
    pub price_text: Option<String>,
    /// Names of those who do it; empty: the business does not say.
    pub staff: Vec<String>,
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    pub end: Timestamp,
    /// Where the business's clock hangs (IANA).
    pub time_zone: String,
    /// Whether it may be moved here now.
    pub can_reschedule: bool,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    pub reschedule_until: Timestamp,
    /// Whether it may be cancelled here now.
    pub can_cancel: bool,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    pub cancel_until: Timestamp,
}

impl PublicBooking {
    /// Presents one, as of now.
    pub fn new(mine: Mine, now: Timestamp) -> Self {
        let row = mine.shown.row;
        let until = |minutes: u32| row.starts_at.timestamp() - SignedDuration::from_mins(minutes.into());
        let reschedule_until = until(mine.policy.reschedule_notice_minutes);
        let cancel_until = until(mine.policy.cancel_notice_minutes);
        let open = is_open(&row.status);
        let variant = mine
            .service
            .variants
            .iter()
            .find(|one| Some(&one.id) == row.variant.as_ref());
        Self {
            status: BookingStatus::parse(&row.status),
            business: mine.client.name,
            slug: mine.policy.slug,
            variant_name: variant.map(|one| one.name.clone()),
            service_name: mine.service.name,
            location: mine.service.location,
            staff: if mine.policy.shows_staff {
                mine.shown.people.into_iter().map(|(_, name)| name).collect()
            } else {
                Vec::new()
            },
            time_zone: mine.client.time_zone,
            start: row.starts_at.into(),
            end: row.ends_at.into(),
            can_reschedule: open && now <= reschedule_until,
            reschedule_until,
            can_cancel: open && now <= cancel_until,
            cancel_until,
            service_id: row.service_id,
            price_text: row.price_text,
        }
    }
}

/// What was booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicCreated {
    /// The booking.
    pub booking: PublicBooking,
    /// Where its customer sees, moves and cancels it. Whoever has this address may: it goes to nobody else.
    #[schema(format = "uri")]
    pub manage_url: String,
    /// `confirmed`, or `pending`: the business says yes first.
    pub status: BookingStatus,
}

/// Where to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"start": "2026-11-04T09:00:00Z"}))]
pub struct PublicRescheduleIn {
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
}

/// Why.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "I am ill"}))]
pub struct PublicCancelIn {
    /// Why, for the business.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

/// A refusal without anything that is not for everybody: not with whom somebody is busy, nor when.
pub fn plain(refusal: Refusal, shows_staff: bool) -> Problem {
    let Refusal::Unavailable(why) = refusal else {
        return refusal.into();
    };
    let zone: &TimeZone = &why.zone;
    let said = |start: Timestamp| format!("{} is not available.", say::moment(start, zone));
    let times: Vec<UnavailableTime> = why
        .refused
        .times
        .iter()
        .map(|one| UnavailableTime {
            start: one.start,
            say: said(one.start),
            reasons: Vec::new(),
        })
        .collect();
    let detail = times
        .first()
        .map_or_else(|| "That time is not available.".to_owned(), |one| one.say.clone());
    let alternatives = why.alternatives.iter().cloned().map(|mut one: gateway::Alternative| {
        if !shows_staff {
            one.people.clear();
        }
        Alternative::new(one, zone)
    });
    let alternatives = alternatives.collect();
    Problem::new(Code::SlotUnavailable, detail).unavailable(Unavailable { times, alternatives })
}
