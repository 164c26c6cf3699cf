//! What becomes of a booking after it was made.

use db::{
    Conn,
    bookings::{Booking, CANCELLED, COMPLETED, CONFIRMED, EXPIRED, HELD, NO_SHOW, PENDING},
};
use jiff::{SignedDuration, Timestamp};

use super::{
    Before, Desk, Error, copies, create::customer, decide, forget_holds, is_open, json, link, lock, note, tell,
};
use crate::ops::{
    availability::{self, Ask, say},
    messages,
};

/// On whose behalf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum By {
    /// Somebody of the business: may do it at any time.
    #[default]
    Business,
    /// The customer: only as long before the start as the client's policy says.
    Customer,
    /// The customer, and somebody of the business has said yes, whatever the policy says.
    Allowed,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub enum Act {
    /// A hold, or one that waits for the business, stands.
    Confirm,
    /// To another time; with other people, if any are named.
    Move {
        /// When it begins.
        start: Timestamp,
        /// Who does it.
        people: Option<Vec<String>>,
        /// On whose behalf.
        by: By,
    },
    /// Done by somebody else, at the same time.
    Assign {
        /// Who does it.
        people: Vec<String>,
    },
    /// Will not happen.
    Cancel {
        /// Why.
        reason: Option<String>,
        /// On whose behalf.
        by: By,
    },
    /// Has happened.
    Complete,
    /// Nobody came.
    NoShow,
    /// Other words.
    Edit(Edit),
}

/// What of a booking can be said otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Who comes.
    pub customer: Option<String>,
    /// Written into the event.
    pub notes_shared: Option<String>,
    /// Never leaves us.
    pub notes_private: Option<String>,
    /// For people.
    pub price_text: Option<String>,
}

/// Does it. `expected`: whether the caller means the booking as it is now.
///
/// # Errors
/// [`Error::Changed`] if it is not what the caller expected; [`Error::NotAllowed`]; [`Error::Refused`].
pub fn act(
    conn: &mut Conn,
    desk: &Desk,
    id: &str,
    expected: impl FnOnce(&Booking) -> bool,
    act: &Act,
) -> Result<Booking, Error> {
    let seen = db::bookings::get(conn, &desk.tenant, id)?;
    let people: Vec<String> = db::seats::of(conn, &desk.tenant, &[id])?
        .into_iter()
        .map(|seat| seat.staff_id)
        .collect();
    // Those whose time it takes wait before the booking itself does.
    let retaken = match act {
        Act::Move { start, people: new, by } => {
            let new = new.clone().unwrap_or_else(|| people.clone());
            Some((*start, new, *by == By::Allowed))
        }
        Act::Assign { people: new } => Some((seen.starts_at.timestamp(), new.clone(), true)),
        Act::Confirm if [HELD, EXPIRED].contains(&seen.status.as_str()) => {
            Some((seen.starts_at.timestamp(), people.clone(), true))
        }
        _ => None,
    };
    let mut over = Vec::new();
    let retaken = match retaken {
        None => None,
        Some((start, new, no_notice)) => {
            let ask = Ask {
                service: seen.service_id.clone(),
                variant: seen.variant.clone(),
                people: new,
                moving: Some(seen.id.clone()),
                ..Ask::default()
            };
            let mut cast = lock(conn, desk, &ask)?;
            if no_notice {
                // What was promised once is not too soon, and what the business wants neither.
                cast.terms.notice_minutes = 0;
            }
            // A hold that has run out is no reason, also where nobody has noted it yet.
            over = forget_holds(conn, desk)?;
            Some((start, ask, cast))
        }
    };
    let locked = db::bookings::lock(conn, &desk.tenant, id)?;
    let counted = 1 + i64::from(over.iter().any(|hold| hold.id == seen.id));
    if locked.revision != seen.revision + counted {
        return Err(Error::Raced);
    }
    if !expected(&seen) {
        return Err(Error::Changed);
    }
    let before = Before::of(&seen, people, matches!(act, Act::Edit(_)));
    let Some((mut row, action, detail)) = decided(conn, desk, &seen, act)? else {
        // It is so already. The count goes back: nothing has changed.
        db::bookings::update(conn, &desk.tenant, &seen)?;
        return Ok(seen);
    };
    row.revision = locked.revision;
    row.updated_at = desk.now.into();
    if let Some((start, ask, cast)) = retaken {
        let decision = decide(conn, desk, &ask, cast, start)?;
        row.starts_at = decision.span.0.into();
        row.ends_at = decision.span.1.into();
        row.is_flagged = decision.flagged;
        row.look_at = decision.flagged.then(|| desk.now.into());
        let earlier: Option<super::Receipt> = serde_json::from_str(&seen.receipt).ok();
        row.receipt = json(&super::Receipt {
            request: earlier.and_then(|receipt| receipt.request),
            ..decision.receipt.clone()
        })?;
        db::seats::leave(conn, &desk.tenant, id)?;
        db::seats::take(
            conn,
            &desk.tenant,
            &decision.part(id, &row.service_id),
            &decision.people(),
        )?;
    } else if !is_open(&row.status) && row.status != COMPLETED && row.status != NO_SHOW {
        db::seats::fall(conn, &desk.tenant, id)?;
    }
    db::bookings::update(conn, &desk.tenant, &row)?;
    note(conn, desk, id, action, detail, Some(&before))?;
    let mut rows = [row];
    copies::write(conn, desk, &mut rows, std::slice::from_ref(&seen))?;
    let [row] = rows;
    messages::of_change(conn, desk, &row, &seen)?;
    over.retain(|hold| hold.id != row.id);
    tell(conn, desk, &over.iter().chain([&row]).collect::<Vec<_>>(), "updated")?;
    Ok(row)
}

type Decided = Option<(Booking, &'static str, Option<String>)>;

/// What the booking is to be, apart from its time; `None`: it is so already.
fn decided(conn: &mut Conn, desk: &Desk, seen: &Booking, act: &Act) -> Result<Decided, Error> {
    let status = seen.status.as_str();
    let row = seen.clone();
    let becomes = |status: &str, row: Booking| Booking {
        status: status.to_owned(),
        expires_at: None,
        ..row
    };
    let not = |what: &str| {
        Err(Error::NotAllowed(format!(
            "A booking that is {} cannot be {what}.",
            status.replace('_', " ")
        )))
    };
    Ok(Some(match act {
        Act::Confirm if status == CONFIRMED => return Ok(None),
        // Who held the time has not been looked at by the business yet.
        Act::Confirm if [HELD, EXPIRED].contains(&status) => {
            let (_, policy) = terms(conn, desk, seen)?;
            (becomes(super::booked(policy.confirmation), row), "confirmed", None)
        }
        Act::Confirm if status == PENDING => (becomes(CONFIRMED, row), "confirmed", None),
        Act::Confirm => return not("confirmed"),
        Act::Move { start, by, .. } => {
            if !is_open(status) {
                return not("moved");
            }
            let (zone, policy) = terms(conn, desk, seen)?;
            let notice = policy.reschedule_notice_minutes;
            let detail = in_time(desk, seen, *by, notice, "moved", &zone)?;
            let to = format!("to {}", say::moment(*start, &zone));
            let detail = detail.map_or_else(|| to.clone(), |detail| format!("{to}; {detail}"));
            (row, "moved", Some(detail))
        }
        Act::Assign { people } if people.is_empty() => {
            return Err(Error::invalid("/staff_ids", "required", "Name who does it."));
        }
        Act::Assign { .. } if is_open(status) => (row, "reassigned", None),
        Act::Assign { .. } => return not("given to somebody else"),
        Act::Cancel { .. } if status == CANCELLED => return Ok(None),
        Act::Cancel { reason, by } if is_open(status) => {
            let (zone, policy) = terms(conn, desk, seen)?;
            let detail = in_time(desk, seen, *by, policy.cancel_notice_minutes, "cancelled", &zone)?;
            let row = Booking {
                cancelled_at: Some(desk.now.into()),
                cancel_reason: reason.clone(),
                is_flagged: false,
                look_at: None,
                ..becomes(CANCELLED, row)
            };
            (row, "cancelled", detail.or_else(|| reason.clone()))
        }
        Act::Cancel { .. } => return not("cancelled"),
        Act::Complete | Act::NoShow => {
            let (to, action) = match act {
                Act::Complete => (COMPLETED, "completed"),
                _ => (NO_SHOW, "no_show"),
            };
            if status == to {
                return Ok(None);
            }
            if ![PENDING, CONFIRMED, COMPLETED, NO_SHOW].contains(&status) {
                return not("closed");
            }
            if seen.starts_at.timestamp() > desk.now {
                return Err(Error::NotAllowed("It has not begun yet.".to_owned()));
            }
            (becomes(to, row), action, None)
        }
        Act::Edit(edit) => {
            let now = Edit {
                customer: seen.customer_id.clone(),
                notes_shared: seen.notes_shared.clone(),
                notes_private: seen.notes_private.clone(),
                price_text: seen.price_text.clone(),
            };
            if now == *edit {
                return Ok(None);
            }
            customer(conn, desk, edit.customer.as_deref(), &seen.client_id)?;
            let edit = edit.clone();
            let mut row = Booking {
                customer_id: edit.customer,
                notes_shared: edit.notes_shared,
                notes_private: edit.notes_private,
                price_text: edit.price_text,
                ..row
            };
            if row.customer_id != seen.customer_id {
                link::make(desk, &mut row);
            }
            (row, "edited", None)
        }
    }))
}

fn terms(
    conn: &mut Conn,
    desk: &Desk,
    seen: &Booking,
) -> Result<(jiff::tz::TimeZone, domain::catalogue::Policy), Error> {
    let ask = Ask {
        service: seen.service_id.clone(),
        moving: Some(seen.id.clone()),
        ..Ask::default()
    };
    let cast = availability::cast(conn, &desk.tenant, &ask)?;
    Ok((cast.zone, cast.policy))
}

/// Whether the customer is still in time. What to write down if that did not matter.
fn in_time(
    desk: &Desk,
    seen: &Booking,
    by: By,
    notice: u32,
    what: &str,
    zone: &jiff::tz::TimeZone,
) -> Result<Option<String>, Error> {
    let last = seen.starts_at.timestamp() - SignedDuration::from_mins(notice.into());
    if desk.now <= last {
        return Ok(None);
    }
    if [By::Business, By::Allowed].contains(&by) {
        return Ok(Some("later than customers may, allowed by the business".to_owned()));
    }
    Err(Error::NotAllowed(format!(
        "Customers could have {what} it until {}.",
        say::moment(last, zone)
    )))
}
