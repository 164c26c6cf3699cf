//! Where a booking and its event in a calendar say different things, because somebody changed the event at the provider:
//! the client's policy decides, and what was before is written down.
//!
//! A booking whose event is elsewhere is found by looking, not by being told: so nothing is lost when a process dies
//! between a pull and this, and twice is as good as once.

use db::{
    Conn,
    booking_copies::Copy,
    bookings::{Booking, CONFIRMED, PENDING},
    seats::{Part, Seat},
    types::Instant,
};
use domain::catalogue::OnEdit;

use super::{Act, Before, By, Desk, Error, act, copies, note, tell};
use crate::ops::{availability, events, outbox};

/// The event was moved there and a person decides.
pub const MOVED: &str = "moved_in_calendar";
/// The event was deleted there and a person decides.
pub const DELETED: &str = "deleted_in_calendar";
/// What follows the calendar would take somebody else's time.
pub const CLASH: &str = "clash";

/// What the event of a booking says by now.
enum There {
    /// The same, or what we say is on its way.
    Same,
    /// Nothing: it is gone.
    Gone,
    /// It is at another time.
    At(Instant, Instant),
    /// Something that no booking can be: a series, or whole days.
    Strange,
}

/// Decides about one copy that is not where its booking is. `how`: what a person has chosen, instead of the policy.
///
/// # Errors
/// Those of the database.
pub fn meet(conn: &mut Conn, desk: &Desk, copy: &Copy, how: Option<OnEdit>) -> Result<(), Error> {
    let row = db::bookings::get(conn, &desk.tenant, &copy.booking_id)?;
    if ![PENDING, CONFIRMED].contains(&row.status.as_str()) {
        return Ok(());
    }
    let policy = availability::policy(conn, &desk.tenant, &row.client_id)?;
    match there(conn, desk, copy, &row)? {
        There::Same => Ok(()),
        There::Gone => match how.unwrap_or(policy.on_delete) {
            OnEdit::ProviderWins => {
                let cancel = Act::Cancel {
                    reason: Some("deleted in the calendar".to_owned()),
                    by: By::Business,
                };
                act(conn, desk, &row.id, |_| true, &cancel).map(|_| ())
            }
            OnEdit::AppWins => put_back(conn, desk, row),
            OnEdit::Ask => ask(conn, desk, &row.id, DELETED, None),
        },
        There::At(from, to) => match how.unwrap_or(policy.on_move) {
            OnEdit::ProviderWins => follow(conn, desk, &row.id, (from, to)),
            OnEdit::AppWins => put_back(conn, desk, row),
            OnEdit::Ask => ask(conn, desk, &row.id, MOVED, None),
        },
        There::Strange if how == Some(OnEdit::AppWins) => put_back(conn, desk, row),
        There::Strange => ask(
            conn,
            desk,
            &row.id,
            CLASH,
            Some("it repeats, or lasts whole days".to_owned()),
        ),
    }
}

/// A person has chosen for all copies of a booking.
///
/// # Errors
/// [`Error::NotAllowed`] when there is nothing to choose.
pub fn settle(conn: &mut Conn, desk: &Desk, id: &str, how: OnEdit) -> Result<Booking, Error> {
    db::bookings::get(conn, &desk.tenant, id)?;
    let copies = db::booking_copies::of(conn, &desk.tenant, &[id])?;
    for copy in &copies {
        meet(conn, desk, copy, Some(how))?;
    }
    let row = db::bookings::get(conn, &desk.tenant, id)?;
    if !row.is_flagged {
        return Ok(row);
    }
    let row = Booking {
        is_flagged: false,
        ..db::bookings::lock(conn, &desk.tenant, id)?
    };
    db::bookings::update(conn, &desk.tenant, &row)?;
    note(conn, desk, id, "settled", None, None)?;
    tell(conn, desk, &[&row], "updated")?;
    Ok(row)
}

fn there(conn: &mut Conn, desk: &Desk, copy: &Copy, row: &Booking) -> Result<There, Error> {
    let subject = match events::find(conn, &desk.tenant, &copy.event_id) {
        Err(events::Error::NotFound) => return Ok(There::Gone),
        other => other.map_err(crate::ops::changes::Error::from)?,
    };
    let id = copy.event_id.as_str();
    let states = outbox::states(conn, &desk.tenant, &[id])?;
    if states.promise(id).is_some() || states.conflict(id).is_some() {
        return Ok(There::Same);
    }
    let event = subject.row;
    if event.starts_at == row.starts_at && event.ends_at == row.ends_at {
        return Ok(There::Same);
    }
    if event.is_recurring || subject.content.is_all_day() {
        return Ok(There::Strange);
    }
    Ok(There::At(event.starts_at, event.ends_at))
}

/// The event says again what the booking says.
fn put_back(conn: &mut Conn, desk: &Desk, row: Booking) -> Result<(), Error> {
    note(conn, desk, &row.id, "put_back", None, None)?;
    let mut rows = [row];
    copies::write(conn, desk, &mut rows, &[])?;
    tell(conn, desk, &[&rows[0]], "updated")
}

/// The booking goes where its event is, unless somebody else has that time.
fn follow(conn: &mut Conn, desk: &Desk, id: &str, (from, to): (Instant, Instant)) -> Result<(), Error> {
    let seats = db::seats::of(conn, &desk.tenant, &[id])?;
    let people: Vec<&str> = seats.iter().map(|seat| seat.staff_id.as_str()).collect();
    let seen = db::bookings::get(conn, &desk.tenant, id)?;
    db::seats::lock(conn, &desk.tenant, &seen.service_id, &people)?;
    let row = db::bookings::lock(conn, &desk.tenant, id)?;
    let Some(seat) = seats.first() else { return Ok(()) };
    let occupied = shifted(seat, (from, to));
    let others = db::world::booked(conn, &desk.tenant, &people, occupied.0, occupied.1)?;
    let in_the_way = |one: &db::world::Booked| {
        one.booking_id != id && (one.service_id != row.service_id || one.starts_at != from || one.ends_at != to)
    };
    if others.iter().any(in_the_way) || from >= to {
        return ask(conn, desk, id, CLASH, Some("somebody else has that time".to_owned()));
    }
    let before = Before {
        status: row.status.clone(),
        start: row.starts_at.into(),
        end: row.ends_at.into(),
        staff_ids: people.iter().map(|one| (*one).to_owned()).collect(),
    };
    let part = Part {
        booking: id,
        service: &row.service_id,
        span: (from, to),
        occupied,
        seats: seat.seats,
    };
    db::seats::leave(conn, &desk.tenant, id)?;
    db::seats::take(conn, &desk.tenant, &part, &people)?;
    let now = Booking {
        starts_at: from,
        ends_at: to,
        updated_at: desk.now.into(),
        ..row.clone()
    };
    db::bookings::update(conn, &desk.tenant, &now)?;
    note(
        conn,
        desk,
        id,
        "moved",
        Some("in the calendar".to_owned()),
        Some(&before),
    )?;
    let mut rows = [now];
    copies::write(conn, desk, &mut rows, std::slice::from_ref(&row))?;
    tell(conn, desk, &[&rows[0]], "updated")
}

/// The same buffers around another time.
fn shifted(seat: &Seat, (from, to): (Instant, Instant)) -> (Instant, Instant) {
    let before = seat.starts_at.micros() - seat.occupied_from.micros();
    let after = seat.occupied_to.micros() - seat.ends_at.micros();
    (
        Instant::from_micros(from.micros() - before).unwrap_or(from),
        Instant::from_micros(to.micros() + after).unwrap_or(to),
    )
}

/// A person is to look at it. Said once.
fn ask(conn: &mut Conn, desk: &Desk, id: &str, action: &str, detail: Option<String>) -> Result<(), Error> {
    let row = db::bookings::lock(conn, &desk.tenant, id)?;
    let row = Booking {
        is_flagged: true,
        updated_at: desk.now.into(),
        ..row
    };
    db::bookings::update(conn, &desk.tenant, &row)?;
    if db::booking_history::last(conn, &desk.tenant, id)?.action == action {
        return Ok(());
    }
    note(conn, desk, id, action, detail, None)?;
    tell(conn, desk, &[&row], "updated")
}

/// Looks again at a booking that was accepted although a source was not known. Says whether it knows by now.
///
/// # Errors
/// Those of the database.
pub fn look_again(conn: &mut Conn, desk: &Desk, id: &str) -> Result<bool, Error> {
    let row = db::bookings::get(conn, &desk.tenant, id)?;
    let last = db::booking_history::last(conn, &desk.tenant, id)?.action;
    if !row.is_flagged || !super::is_open(&row.status) || [MOVED, DELETED, CLASH].contains(&last.as_str()) {
        return Ok(true);
    }
    let seats = db::seats::of(conn, &desk.tenant, &[id])?;
    let ask_about = availability::Ask {
        service: row.service_id.clone(),
        variant: row.variant.clone(),
        people: seats.iter().map(|seat| seat.staff_id.clone()).collect(),
        moving: Some(row.id.clone()),
        silent: desk.look.silent.clone(),
        ..availability::Ask::default()
    };
    let start = row.starts_at.timestamp();
    let mut cast = availability::cast(conn, &desk.tenant, &ask_about)?;
    cast.terms.notice_minutes = 0;
    let window = availability::at(start, "/start")?;
    let loaded = availability::load(conn, &desk.tenant, ask_about, cast, window, desk.now)?;
    let world = loaded.world();
    let board = domain::availability::Board::new(&world, window);
    let answer = board
        .check(start)
        .map_err(|error| Error::Db(db::Error::Other(error.to_string())))?;
    match answer.outcome {
        domain::availability::Outcome::Unknown => Ok(false),
        domain::availability::Outcome::No => {
            let why = super::refusal(&loaded, &answer).say;
            ask(conn, desk, id, CLASH, Some(why)).map(|()| true)
        }
        domain::availability::Outcome::Ok => {
            let row = Booking {
                is_flagged: false,
                updated_at: desk.now.into(),
                ..db::bookings::lock(conn, &desk.tenant, id)?
            };
            db::bookings::update(conn, &desk.tenant, &row)?;
            note(conn, desk, id, "checked", None, None)?;
            tell(conn, desk, &[&row], "updated")?;
            Ok(true)
        }
    }
}
