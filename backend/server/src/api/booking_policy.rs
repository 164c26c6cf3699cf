//! Booking policy: how a client wants its bookings treated.

use actix_web::{HttpRequest, HttpResponse, get, patch, web};
use domain::catalogue::Policy;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    api::{
        auth::{Caller, scope},
        etag::{self, IfMatch},
        json::Merge,
        patch::Patch,
        problem::Problem,
        words::{Confirmation, OnEdit, OnUnknown},
    },
    ops::booking_policies as ops,
    state::App,
};

/// How a client wants its bookings treated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"confirmation": "by_hand", "cancel_notice_minutes": 2880}))]
pub struct BookingPolicyIn {
    /// Whether a booking stands at once.
    pub confirmation: Confirmation,
    /// How many minutes a hold keeps a time.
    #[schema(minimum = 1, maximum = 1440)]
    pub hold_minutes: u32,
    /// Customers may cancel until this long before the start; people here always may. 0: until it begins.
    #[schema(maximum = 525_600)]
    pub cancel_notice_minutes: u32,
    /// Customers may move a booking until this long before the start.
    #[schema(maximum = 525_600)]
    pub reschedule_notice_minutes: u32,
    /// What becomes of a start of which nobody knows whether it is free.
    pub on_unknown: OnUnknown,
    /// A calendar that was read longer ago than this is not known any more; null: its own rhythm decides.
    #[serde(default)]
    #[schema(minimum = 10, maximum = 604_800)]
    pub max_staleness_s: Option<u32>,
    /// How many milliseconds a booking may wait for a look at the provider; 0: it does not look.
    #[schema(maximum = 20_000)]
    pub live_check_ms: u32,
    /// Somebody moved the event of a booking at the provider.
    pub on_move: OnEdit,
    /// Somebody deleted it there.
    pub on_delete: OnEdit,
    /// Somebody rewrote it there.
    pub on_text: OnEdit,
    /// Minutes before the start at which customers are reminded.
    #[schema(max_items = 5, inline)]
    pub reminders: Vec<ReminderMinutes>,
    /// The public booking page is at `/book/{slug}`; null: there is no such page. Unique on this installation.
    #[serde(default)]
    #[schema(pattern = "^[a-z0-9][a-z0-9-]{1,58}[a-z0-9]$", example = "bright-dental")]
    pub slug: Option<String>,
    /// Other sites may show that page in a frame (`/book/{slug}?embed=1`), and ask `/public/{slug}` from a browser.
    #[serde(default)]
    pub embeddable: bool,
    /// The public page says who does it, and lets customers choose.
    #[serde(default = "yes")]
    pub shows_staff: bool,
    /// Customers with an address get mails: confirmed, changed, cancelled, reminders.
    #[serde(default = "yes")]
    pub email_customers: bool,
    /// Customers with a number get the same as text messages, if the installation can send them.
    #[serde(default)]
    pub text_customers: bool,
}

const fn yes() -> bool {
    true
}

/// Minutes before the start: up to four weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(minimum = 1, maximum = 40_320, example = 1440)]
pub struct ReminderMinutes(u32);

/// How a client wants its bookings treated.
#[derive(Debug, Serialize, ToSchema)]
pub struct BookingPolicy {
    /// Which client.
    pub client_id: String,
    /// Whether a booking stands at once.
    pub confirmation: Confirmation,
    /// How many minutes a hold keeps a time.
    pub hold_minutes: u32,
    /// Customers may cancel until this long before the start.
    pub cancel_notice_minutes: u32,
    /// Customers may move a booking until this long before the start.
    pub reschedule_notice_minutes: u32,
    /// What becomes of a start of which nobody knows whether it is free.
    pub on_unknown: OnUnknown,
    /// A calendar that was read longer ago than this is not known any more.
    pub max_staleness_s: Option<u32>,
    /// How many milliseconds a booking may wait for a look at the provider.
    pub live_check_ms: u32,
    /// Somebody moved the event of a booking at the provider.
    pub on_move: OnEdit,
    /// Somebody deleted it there.
    pub on_delete: OnEdit,
    /// Somebody rewrote it there.
    pub on_text: OnEdit,
    /// Minutes before the start at which customers are reminded, the earliest reminder first.
    pub reminders: Vec<u32>,
    /// The public booking page is at `/book/{slug}`; null: there is no such page.
    pub slug: Option<String>,
    /// Other sites may show that page in a frame, and ask `/public/{slug}` from a browser.
    pub embeddable: bool,
    /// The public page says who does it, and lets customers choose.
    pub shows_staff: bool,
    /// Customers with an address get mails.
    pub email_customers: bool,
    /// Customers with a number get text messages.
    pub text_customers: bool,
    /// Counts changes; the ETag. 0: these are the defaults.
    pub revision: i64,
}

impl BookingPolicy {
    /// Presents the policy of a client.
    pub fn new(client: &str, policy: &Policy, revision: i64) -> Self {
        Self {
            client_id: client.to_owned(),
            confirmation: policy.confirmation.into(),
            hold_minutes: policy.hold_minutes,
            cancel_notice_minutes: policy.cancel_notice_minutes,
            reschedule_notice_minutes: policy.reschedule_notice_minutes,
            on_unknown: policy.on_unknown.into(),
            max_staleness_s: policy.max_staleness_s,
            live_check_ms: policy.live_check_ms,
            on_move: policy.on_move.into(),
            on_delete: policy.on_delete.into(),
            on_text: policy.on_text.into(),
            reminders: policy.reminders.clone(),
            slug: policy.slug.clone(),
            embeddable: policy.embeddable,
            shows_staff: policy.shows_staff,
            email_customers: policy.email_customers,
            text_customers: policy.text_customers,
            revision,
        }
    }
}

fn as_in(policy: &Policy) -> BookingPolicyIn {
    BookingPolicyIn {
        confirmation: policy.confirmation.into(),
        hold_minutes: policy.hold_minutes,
        cancel_notice_minutes: policy.cancel_notice_minutes,
        reschedule_notice_minutes: policy.reschedule_notice_minutes,
        on_unknown: policy.on_unknown.into(),
        max_staleness_s: policy.max_staleness_s,
        live_check_ms: policy.live_check_ms,
        on_move: policy.on_move.into(),
        on_delete: policy.on_delete.into(),
        on_text: policy.on_text.into(),
        reminders: policy.reminders.iter().copied().map(ReminderMinutes).collect(),
        slug: policy.slug.clone(),
        embeddable: policy.embeddable,
        shows_staff: policy.shows_staff,
        email_customers: policy.email_customers,
        text_customers: policy.text_customers,
    }
}

fn wanted(policy: BookingPolicyIn) -> Policy {
    let mut reminders: Vec<u32> = policy.reminders.into_iter().map(|one| one.0).collect();
    reminders.sort_unstable_by(|a, b| b.cmp(a));
    Policy {
        confirmation: policy.confirmation.into(),
        hold_minutes: policy.hold_minutes,
        cancel_notice_minutes: policy.cancel_notice_minutes,
        reschedule_notice_minutes: policy.reschedule_notice_minutes,
        on_unknown: policy.on_unknown.into(),
        max_staleness_s: policy.max_staleness_s,
        live_check_ms: policy.live_check_ms,
        on_move: policy.on_move.into(),
        on_delete: policy.on_delete.into(),
        on_text: policy.on_text.into(),
        reminders,
        slug: policy.slug,
        embeddable: policy.embeddable,
        shows_staff: policy.shows_staff,
        email_customers: policy.email_customers,
        text_customers: policy.text_customers,
    }
}

/// Read a client's booking policy
#[utoipa::path(operation_id = "get_booking_policy", tag = "services and staff", params(("id" = String, Path, description = "`cli_…`")), security(("session" = []), ("key" = ["bookings:read"])),
    responses((status = 200, description = "The policy", body = BookingPolicy), (status = 304, description = "The caller has this version"), Problem))]
#[get("/clients/{id}/booking-policy")]
pub async fn read(
    app: App,
    caller: Caller<scope::BookingsRead>,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let client = id.clone();
    let (policy, revision) = app.read(move |c| ops::get(c, &caller.tenant, &client)).await?;
    let answer = BookingPolicy::new(&id, &policy, revision);
    Ok(etag::answer(&request, &etag::of(revision), &answer))
}

/// Change a client's booking policy
#[utoipa::path(operation_id = "update_booking_policy", tag = "services and staff", params(("id" = String, Path, description = "`cli_…`"), ("If-Match" = Option<String>, Header, description = "The ETag read before: 412 when somebody changed it since")),
    request_body(content((Patch<BookingPolicyIn> = "application/merge-patch+json"), (Patch<BookingPolicyIn> = "application/json"))), security(("session" = []), ("key" = ["bookings:write"])),
    responses((status = 200, description = "Changed", body = BookingPolicy), Problem))]
#[patch("/clients/{id}/booking-policy")]
pub async fn update(
    app: App,
    caller: Caller<scope::BookingsWrite>,
    id: web::Path<String>,
    expected: IfMatch,
    body: Merge<BookingPolicyIn>,
) -> Result<HttpResponse, Problem> {
    let (now, client) = (app.now(), id.clone());
    let (policy, revision) = app
        .write(move |c| {
            ops::update(c, &caller.tenant, &client, now, |policy, revision| {
                if !expected.allows(&etag::of(revision)) {
                    let current = BookingPolicy::new(&client, policy, revision);
                    return Err(Problem::changed("policy", &current));
                }
                body.apply(&as_in(policy)).map(wanted)
            })
        })
        .await?;
    Ok(etag::changed(
        &etag::of(revision),
        &BookingPolicy::new(&id, &policy, revision),
    ))
}
