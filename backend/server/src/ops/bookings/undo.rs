//! Takes the last thing back that was done to a booking, whoever did it: also what somebody did to its event at the
//! provider, where the booking followed.

use std::{collections::BTreeSet, num::NonZeroU32};

use db::{
    Conn,
    bookings::{Booking, CANCELLED, CONFIRMED, EXPIRED, HELD, PENDING},
    seats::Part,
    types::Instant,
};
use domain::id::TenantId;
use jiff::Timestamp;

use super::{Before, Desk, Error, Words, copies, decide, link, lock, note, tell};
use crate::ops::{availability::Ask, messages};

/// What was done last, and what it was before.
struct Last {
    action: String,
    seen: Booking,
    /// By whom it is done now.
    people: Vec<String>,
    before: Before,
    /// Whether it takes time again, as it did then.
    takes_time: bool,
    /// Whether that is another time, or with others, than now.
    elsewhere: bool,
    ask: Ask,
}

impl Last {
    fn of(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Self, Error> {
        let seen = db::bookings::get(conn, tenant, id)?;
        let last = db::booking_history::last(conn, tenant, id)?;
        let before: Option<Before> = last.before.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let Some(before) = before.filter(|before| ![HELD, EXPIRED].contains(&before.status.as_str())) else {
            return Err(Error::NotAllowed(format!(
                "There is nothing to undo: what was done last ({}) cannot be taken back.",
                last.action.replace('_', " ")
            )));
        };
        let seats = db::seats::of(conn, tenant, &[id])?;
        let people: Vec<String> = seats.into_iter().map(|seat| seat.staff_id).collect();
        let set = |ids: &[String]| ids.iter().cloned().collect::<BTreeSet<_>>();
        let others = set(&people) != set(&before.staff_ids);
        let span = (Instant::from(before.start), Instant::from(before.end));
        let takes_time = ![CANCELLED, EXPIRED].contains(&before.status.as_str());
        let stands = ![CANCELLED, EXPIRED].contains(&seen.status.as_str());
        let ask = Ask {
            service: seen.service_id.clone(),
            variant: seen.variant.clone(),
            people: before.staff_ids.clone(),
            moving: Some(seen.id.clone()),
            ..Ask::default()
        };
        Ok(Self {
            elsewhere: !stands || span != (seen.starts_at, seen.ends_at) || others,
            action: last.action.replace('_', " "),
            takes_time,
            seen,
            people,
            before,
            ask,
        })
    }
}

/// Which time an undo needs, whose calendars may be looked at before; `None`: none.
///
/// # Errors
/// As [`undo`].
pub fn wants(conn: &mut Conn, tenant: &TenantId, id: &str) -> Result<Option<(Ask, Timestamp)>, Error> {
    let last = Last::of(conn, tenant, id)?;
    Ok((last.takes_time && last.elsewhere).then_some((last.ask, last.before.start)))
}

/// Goes back to what the booking was before the last thing that was done to it, if that time is free. What is taken back
/// is written down like anything else, so that it can be taken back, too.
///
/// # Errors
/// [`Error::NotAllowed`]: there is nothing to take back; [`Error::Refused`]: the time is not free; [`Error::Changed`].
pub fn undo(conn: &mut Conn, desk: &Desk, id: &str, expected: impl FnOnce(&Booking) -> bool) -> Result<Booking, Error> {
    let Last {
        action,
        seen,
        people,
        before,
        takes_time,
        elsewhere,
        ask,
    } = Last::of(conn, &desk.tenant, id)?;
    let now = Before::of(&seen, people, before.words.is_some());
    let span = (Instant::from(before.start), Instant::from(before.end));
    let mut cast = lock(conn, desk, &ask)?;
    // What was agreed once is not too soon, and it lasts as long as it did then. A minute that has begun counts.
    cast.terms.notice_minutes = 0;
    let minutes = (before.end.duration_since(before.start).as_secs() + 59) / 60;
    cast.terms.duration_minutes = u32::try_from(minutes)
        .ok()
        .and_then(NonZeroU32::new)
        .unwrap_or(NonZeroU32::MIN);
    let locked = db::bookings::lock(conn, &desk.tenant, id)?;
    if locked.revision != seen.revision + 1 {
        return Err(Error::Raced);
    }
    if !expected(&seen) {
        return Err(Error::Changed);
    }
    let mut words = before.words.clone().unwrap_or_else(|| Words::of(&seen));
    if let Some(customer) = &words.customer
        && db::world::customers(conn, &desk.tenant, &[customer])?.is_empty()
    {
        // Who was forgotten since does not come back.
        words.customer = None;
    }
    // Where it stays, what somebody is to look at stays, too.
    let stays = takes_time && !elsewhere;
    let mut row = Booking {
        status: before.status.clone(),
        starts_at: span.0,
        ends_at: span.1,
        is_flagged: stays && locked.is_flagged,
        look_at: locked.look_at.filter(|_| stays),
        cancelled_at: (!takes_time).then(|| desk.now.into()),
        cancel_reason: seen.cancel_reason.clone().filter(|_| !takes_time),
        customer_id: words.customer,
        notes_shared: words.notes_shared,
        notes_private: words.notes_private,
        price_text: words.price_text,
        updated_at: desk.now.into(),
        ..locked
    };
    if row.customer_id != seen.customer_id {
        link::make(desk, &mut row);
    }
    if takes_time && elsewhere {
        let decision = decide(conn, desk, &ask, cast, before.start)?;
        let part = Part {
            // It may have ended within a minute.
            span,
            ..decision.part(id, &row.service_id)
        };
        row.is_flagged = decision.flagged;
        row.look_at = decision.flagged.then(|| desk.now.into());
        db::seats::leave(conn, &desk.tenant, id)?;
        db::seats::take(conn, &desk.tenant, &part, &decision.people())?;
    } else if !takes_time {
        db::seats::fall(conn, &desk.tenant, id)?;
    }
    db::bookings::update(conn, &desk.tenant, &row)?;
    note(conn, desk, id, "undone", Some(action), Some(&now))?;
    let mut rows = [row];
    if [PENDING, CONFIRMED, CANCELLED].contains(&before.status.as_str()) {
        copies::write(conn, desk, &mut rows, std::slice::from_ref(&seen))?;
    }
    messages::of_change(conn, desk, &rows[0], &seen)?;
    tell(conn, desk, &[&rows[0]], "updated")?;
    let [row] = rows;
    Ok(row)
}
