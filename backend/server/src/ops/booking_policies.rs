//! Booking policies: how a client wants its bookings treated.

use db::{
    Conn,
    booking_policies::BookingPolicy,
    types::{Json, Word},
};
use domain::{catalogue::Policy, id::TenantId, validation::Violation};
use jiff::Timestamp;

use super::catalogue::{self, Error, counted, stored, wrong};

/// Addresses of pages that are none: paths of the public API.
const RESERVED: [&str; 1] = ["bookings"];

/// The policy of a client, and how often it was changed.
///
/// # Errors
/// [`Error::NotFound`] of the client.
pub fn get(conn: &mut Conn, tenant: &TenantId, client: &str) -> Result<(Policy, i64), Error> {
    catalogue::client(conn, tenant, client)?;
    let row = db::booking_policies::get(conn, tenant, client)?;
    Ok(row.map_or_else(|| (Policy::default(), 0), |row| (policy(&row), row.revision)))
}

/// Changes the policy of a client. `decide` gets it as it is now, locked, with its revision, and says what it shall be.
///
/// # Errors
/// Those of `decide`, [`Error::Invalid`], [`Error::SlugTaken`], [`Error::NotFound`].
pub fn update<E: From<Error>>(
    conn: &mut Conn,
    tenant: &TenantId,
    client: &str,
    now: Timestamp,
    decide: impl FnOnce(&Policy, i64) -> Result<Policy, E>,
) -> Result<(Policy, i64), E> {
    catalogue::client(conn, tenant, client)?;
    let first = row(tenant, client, &Policy::default(), 1, now)?;
    let locked = db::booking_policies::lock(conn, &first).map_err(Error::from)?;
    let wanted = decide(&policy(&locked), locked.revision - 1)?;
    catalogue::refuse(check(&wanted))?;
    let row = row(tenant, client, &wanted, locked.revision, now)?;
    db::booking_policies::update(conn, tenant, &row).map_err(|error| match error {
        db::Error::Conflict(_) => Error::SlugTaken,
        other => other.into(),
    })?;
    catalogue::note(conn, tenant, "booking_policy", client, client, "updated", now)?;
    Ok((wanted, row.revision))
}

/// What a row says.
pub fn policy(row: &BookingPolicy) -> Policy {
    Policy {
        confirmation: *row.confirmation,
        hold_minutes: counted(row.hold_minutes),
        cancel_notice_minutes: counted(row.cancel_notice_minutes),
        reschedule_notice_minutes: counted(row.reschedule_notice_minutes),
        on_unknown: *row.on_unknown,
        max_staleness_s: row.max_staleness_s.map(counted),
        live_check_ms: counted(row.live_check_ms),
        on_move: *row.on_move,
        on_delete: *row.on_delete,
        on_text: *row.on_text,
        reminders: row.reminders.clone().into_inner(),
        slug: row.slug.clone(),
        embeddable: row.is_embeddable,
        shows_staff: row.shows_staff,
        email_customers: row.email_customers,
        text_customers: row.text_customers,
    }
}

fn row(
    tenant: &TenantId,
    client: &str,
    policy: &Policy,
    revision: i64,
    now: Timestamp,
) -> Result<BookingPolicy, Error> {
    Ok(BookingPolicy {
        client_id: client.to_owned(),
        tenant_id: tenant.as_str().to_owned(),
        confirmation: Word::new(policy.confirmation)?,
        hold_minutes: stored(policy.hold_minutes),
        cancel_notice_minutes: stored(policy.cancel_notice_minutes),
        reschedule_notice_minutes: stored(policy.reschedule_notice_minutes),
        on_unknown: Word::new(policy.on_unknown)?,
        max_staleness_s: policy.max_staleness_s.map(stored),
        live_check_ms: stored(policy.live_check_ms),
        on_move: Word::new(policy.on_move)?,
        on_delete: Word::new(policy.on_delete)?,
        on_text: Word::new(policy.on_text)?,
        reminders: Json::new(policy.reminders.clone())?,
        slug: policy.slug.clone(),
        is_embeddable: policy.embeddable,
        shows_staff: policy.shows_staff,
        email_customers: policy.email_customers,
        text_customers: policy.text_customers,
        revision,
        updated_at: now.into(),
    })
}

fn check(policy: &Policy) -> Vec<Violation> {
    let twice = |(index, minutes): (usize, &u32)| {
        policy
            .reminders
            .iter()
            .take(index)
            .any(|one| one == minutes)
            .then(|| wrong(format!("/reminders/{index}"), "duplicate", "It is named twice."))
    };
    let mut faults: Vec<Violation> = policy.reminders.iter().enumerate().filter_map(twice).collect();
    if policy.slug.as_deref().is_some_and(|slug| RESERVED.contains(&slug)) {
        faults.push(wrong("/slug", "reserved", "This address means something else here."));
    }
    faults
}
