//! Where a booking and its event in a calendar say different things, because somebody changed the event at the provider:
//! the client's policy decides, and what was before is written down.
//!
//! The database notes which copies are to be looked at, in the transaction that changes their events: so nothing is lost
//! when a process dies between a pull and this, and twice is as good as once. Who has looked takes the note away only if it
//! is the one they found: what changes while they look is looked at again.

use db::{
    Conn,
    booking_copies::Copy,
    bookings::{Booking, CONFIRMED, PENDING},
    seats::{Part, Seat},
    types::Instant,
};
use domain::{availability::Outcome, catalogue::OnEdit};
use jiff::SignedDuration;

use super::{Act, Before, By, Desk, Error, act, copies, forget_holds, note, tell};
use crate::ops::{availability, events, messages, mirror, outbox};

/// The event was moved there and a person decides.
pub const MOVED: &str = "moved_in_calendar";
/// The event was deleted there and a person decides.
pub const DELETED: &str = "deleted_in_calendar";
/// The event got other words there and a person decides.
pub const REWRITTEN: &str = "rewritten_in_calendar";
/// What follows the calendar would take somebody else's time.
pub const CLASH: &str = "clash";

/// When to look again at what is not decided yet.
const LATER: SignedDuration = SignedDuration::from_secs(20);

/// How many unreadable events of a calendar are looked through for a missing one.
const UNREAD: i64 = 500;

/// What the event of a booking says by now.
enum There {
    /// The same.
    Same,
    /// At the same time, in these words of somebody else.
    Rewritten(String),
    /// What we say is on its way, or a person decides between the two already.
    OnItsWay,
    /// Nothing: it is gone.
    Gone,
    /// It is at another time.
    At(Instant, Instant),
    /// Something that no booking can be, and what that is.
    Strange(&'static str),
}

/// Decides about one copy whose event has changed. `how`: what a person has chosen, instead of the policy. Says when it
/// wants to look again, if not only when the event changes once more.
///
/// # Errors
/// [`Error::Raced`]: somebody changes the booking at this moment.
pub fn meet(conn: &mut Conn, desk: &Desk, copy: &Copy, how: Option<OnEdit>) -> Result<Option<Instant>, Error> {
    let row = db::bookings::get(conn, &desk.tenant, &copy.booking_id)?;
    if ![PENDING, CONFIRMED].contains(&row.status.as_str()) || row.ends_at.timestamp() <= desk.now {
        return Ok(None);
    }
    let policy = availability::policy(conn, &desk.tenant, &row.client_id)?;
    match there(conn, desk, copy, &row)? {
        There::Same => Ok(()),
        There::OnItsWay => return Ok(Some((desk.now + LATER).into())),
        There::Gone => match how.unwrap_or(policy.on_delete) {
            OnEdit::ProviderWins => {
                let cancel = Act::Cancel {
                    reason: Some("deleted in the calendar".to_owned()),
                    by: By::Business,
                };
                act(conn, desk, &row.id, |_| true, &cancel).map(|_| ())
            }
            OnEdit::AppWins => put_back(conn, desk, &row),
            OnEdit::Ask => ask(conn, desk, &row, DELETED, None),
        },
        There::At(from, to) => match how.unwrap_or(policy.on_move) {
            OnEdit::ProviderWins => follow(conn, desk, &row, (from, to)),
            OnEdit::AppWins => put_back(conn, desk, &row),
            OnEdit::Ask => ask(conn, desk, &row, MOVED, None),
        },
        There::Rewritten(words) => match how.unwrap_or(policy.on_text) {
            OnEdit::ProviderWins => {
                db::booking_copies::say(conn, copy, &words)?;
                note(
                    conn,
                    desk,
                    &row.id,
                    "rewritten",
                    Some("in the calendar".to_owned()),
                    None,
                )
            }
            OnEdit::AppWins => put_back(conn, desk, &row),
            OnEdit::Ask => ask(conn, desk, &row, REWRITTEN, None),
        },
        There::Strange(_) if how == Some(OnEdit::AppWins) => put_back(conn, desk, &row),
        There::Strange(what) => ask(conn, desk, &row, CLASH, Some(what.to_owned())),
    }?;
    Ok(None)
}

/// A person has chosen for all copies of a booking.
///
/// # Errors
/// [`Error::Changed`] if it is not what the caller expected; [`Error::NotAllowed`]: what was chosen cannot be had.
pub fn settle(
    conn: &mut Conn,
    desk: &Desk,
    id: &str,
    expected: impl FnOnce(&Booking) -> bool,
    how: OnEdit,
) -> Result<Booking, Error> {
    let seen = db::bookings::get(conn, &desk.tenant, id)?;
    held(conn, desk, &seen)?;
    if !expected(&seen) {
        return Err(Error::Changed);
    }
    // What is still wrong afterwards was not settled. The count goes back: what follows counts by itself.
    db::bookings::update(conn, &desk.tenant, &calm(&seen))?;
    let copies = db::booking_copies::of(conn, &desk.tenant, &[id])?;
    let met = copies.iter().map(|copy| meet(conn, desk, copy, Some(how)));
    let met = met.collect::<Result<Vec<_>, _>>()?;
    // Last: who changes an event holds it, and then wants its copy.
    for (copy, next) in copies.iter().zip(met) {
        db::booking_copies::looked(conn, copy, next)?;
    }
    let row = db::bookings::get(conn, &desk.tenant, id)?;
    if row.is_flagged {
        let why = db::booking_history::last(conn, &desk.tenant, id)?.detail;
        let why = why.unwrap_or_else(|| "Somebody else has that time".to_owned());
        return Err(Error::NotAllowed(format!(
            "The booking cannot follow its event: {why}. Put the event back, or move the booking."
        )));
    }
    if !seen.is_flagged {
        return Ok(row);
    }
    let row = calm(&db::bookings::lock(conn, &desk.tenant, id)?);
    db::bookings::update(conn, &desk.tenant, &row)?;
    note(conn, desk, id, "settled", None, None)?;
    tell(conn, desk, &[&row], "updated")?;
    Ok(row)
}

fn calm(row: &Booking) -> Booking {
    Booking {
        is_flagged: false,
        look_at: None,
        ..row.clone()
    }
}

/// Nobody changes the booking, or what its people have, until this transaction ends. Gives it and its seats.
fn held(conn: &mut Conn, desk: &Desk, seen: &Booking) -> Result<(Booking, Vec<Seat>), Error> {
    let seats = db::seats::of(conn, &desk.tenant, &[&seen.id])?;
    let people: Vec<&str> = seats.iter().map(|seat| seat.staff_id.as_str()).collect();
    db::seats::lock(conn, &desk.tenant, &seen.service_id, &people)?;
    let row = db::bookings::lock(conn, &desk.tenant, &seen.id)?;
    if row.revision != seen.revision + 1 {
        return Err(Error::Raced);
    }
    Ok((row, seats))
}

fn there(conn: &mut Conn, desk: &Desk, copy: &Copy, row: &Booking) -> Result<There, Error> {
    let subject = match events::find(conn, &desk.tenant, &copy.event_id) {
        Err(events::Error::NotFound) => return gone(conn, desk, copy),
        other => other.map_err(crate::ops::changes::Error::from)?,
    };
    let id = copy.event_id.as_str();
    let states = outbox::states(conn, &desk.tenant, &[id])?;
    if states.promise(id).is_some() || states.conflict(id).is_some() {
        return Ok(There::OnItsWay);
    }
    let event = subject.row;
    if event.is_recurring || subject.content.is_all_day() {
        return Ok(There::Strange("it repeats, or lasts whole days"));
    }
    if event.starts_at == row.starts_at && event.ends_at == row.ends_at {
        let words = copies::words(&subject.content);
        let others = copy.said.as_ref().is_some_and(|said| *said != words);
        return Ok(if others { There::Rewritten(words) } else { There::Same });
    }
    if event.ends_at.micros() - event.starts_at.micros() > db::bookings::LONGEST {
        return Ok(There::Strange("it lasts longer than a week"));
    }
    Ok(There::At(event.starts_at, event.ends_at))
}

/// An event that nobody can read is not a deleted one: it names its booking in its text.
fn gone(conn: &mut Conn, desk: &Desk, copy: &Copy) -> Result<There, Error> {
    let unread = db::malformed::list(conn, &desk.tenant, &copy.calendar_id, UNREAD)?;
    let is_it = |one: &db::malformed::Malformed| {
        mirror::id(&copy.calendar_id, &one.remote_id) == copy.event_id || one.raw.contains(&copy.booking_id)
    };
    Ok(if unread.iter().any(is_it) {
        There::Strange("nobody can read it any more")
    } else {
        There::Gone
    })
}

/// The event says again what the booking says.
fn put_back(conn: &mut Conn, desk: &Desk, seen: &Booking) -> Result<(), Error> {
    let (row, _) = held(conn, desk, seen)?;
    note(conn, desk, &row.id, "put_back", None, None)?;
    let mut rows = [row];
    copies::write(conn, desk, &mut rows, &[])?;
    tell(conn, desk, &[&rows[0]], "updated")
}

/// The booking goes where its event is, unless somebody else has that time.
fn follow(conn: &mut Conn, desk: &Desk, seen: &Booking, (from, to): (Instant, Instant)) -> Result<(), Error> {
    let (row, seats) = held(conn, desk, seen)?;
    let id = row.id.as_str();
    let Some(seat) = seats.first() else { return Ok(()) };
    let people: Vec<&str> = seats.iter().map(|seat| seat.staff_id.as_str()).collect();
    let over = forget_holds(conn, desk)?;
    let occupied = shifted(seat, (from, to));
    let others = db::world::booked(conn, &desk.tenant, &people, occupied.0, occupied.1)?;
    let others = || others.iter().filter(|one| one.booking_id != id);
    let together =
        |one: &db::world::Booked| one.service_id == row.service_id && one.starts_at == from && one.ends_at == to;
    let full = |who: &&str| {
        let there = others().filter(|one| one.staff_id == **who && together(one)).count();
        i32::try_from(there).unwrap_or(i32::MAX) >= seat.seats
    };
    if from >= to || others().any(|one| !together(one)) || people.iter().any(full) {
        return flag(conn, desk, row, CLASH, Some("somebody else has that time".to_owned()));
    }
    let people_before = people.iter().map(|one| (*one).to_owned()).collect();
    let before = Before::of(&row, people_before, false);
    let part = Part {
        booking: id,
        service: &row.service_id,
        span: (from, to),
        occupied,
        seats: seat.seats,
    };
    db::seats::leave(conn, &desk.tenant, id)?;
    db::seats::take(conn, &desk.tenant, &part, &people)?;
    // What somebody was to look at was where its event is, and that is decided now.
    let last = db::booking_history::last(conn, &desk.tenant, id)?.action;
    let decided = row.is_flagged && [CLASH, MOVED].contains(&last.as_str());
    let now = Booking {
        starts_at: from,
        ends_at: to,
        updated_at: desk.now.into(),
        ..if decided { calm(&row) } else { row.clone() }
    };
    db::bookings::update(conn, &desk.tenant, &now)?;
    let how = Some("in the calendar".to_owned());
    note(conn, desk, id, "moved", how, Some(&before))?;
    let mut rows = [now];
    copies::write(conn, desk, &mut rows, std::slice::from_ref(&row))?;
    messages::of_change(conn, desk, &rows[0], &row)?;
    tell(conn, desk, &over.iter().chain(&rows).collect::<Vec<_>>(), "updated")
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
fn ask(conn: &mut Conn, desk: &Desk, seen: &Booking, action: &str, detail: Option<String>) -> Result<(), Error> {
    if seen.is_flagged && seen.look_at.is_none() {
        let last = db::booking_history::last(conn, &desk.tenant, &seen.id)?;
        if last.action == action && last.detail == detail {
            return Ok(());
        }
    }
    let (row, _) = held(conn, desk, seen)?;
    flag(conn, desk, row, action, detail)
}

/// Marks a booking that is held.
fn flag(conn: &mut Conn, desk: &Desk, row: Booking, action: &str, detail: Option<String>) -> Result<(), Error> {
    let row = Booking {
        is_flagged: true,
        look_at: None,
        updated_at: desk.now.into(),
        ..row
    };
    db::bookings::update(conn, &desk.tenant, &row)?;
    note(conn, desk, &row.id, action, detail, None)?;
    messages::tell_business(conn, desk, &row, messages::Kind::Flagged)?;
    tell(conn, desk, &[&row], "updated")
}

/// Looks again at a booking that was accepted although a source was not known. What was read before it was accepted is no
/// answer.
///
/// # Errors
/// Those of the database.
pub fn look_again(conn: &mut Conn, desk: &Desk, id: &str) -> Result<(), Error> {
    let row = db::bookings::get(conn, &desk.tenant, id)?;
    if !row.is_flagged || row.look_at.is_none() || !super::is_open(&row.status) {
        return Ok(db::bookings::looked(conn, &desk.tenant, id, None)?);
    }
    let seats = db::seats::of(conn, &desk.tenant, &[id])?;
    let receipt: Option<super::Receipt> = serde_json::from_str(&row.receipt).ok();
    let ask_about = availability::Ask {
        service: row.service_id.clone(),
        variant: row.variant.clone(),
        people: seats.iter().map(|seat| seat.staff_id.clone()).collect(),
        moving: Some(row.id.clone()),
        silent: desk.silent(),
        max_staleness: receipt.map(|receipt| desk.now.duration_since(receipt.decided_at)),
    };
    let start = row.starts_at.timestamp();
    let mut cast = availability::cast(conn, &desk.tenant, &ask_about)?;
    cast.terms.notice_minutes = 0;
    let window = availability::at(start, "/start")?;
    let loaded = availability::load(conn, &desk.tenant, ask_about, cast, (window, desk.now))?;
    let world = loaded.world();
    let board = domain::availability::Board::new(&world, window);
    let answer = board
        .check(start)
        .map_err(|error| Error::Db(db::Error::Other(error.to_string())))?;
    match answer.outcome {
        Outcome::Unknown => {
            let next = Some((desk.now + LATER).into());
            Ok(db::bookings::looked(conn, &desk.tenant, id, next)?)
        }
        Outcome::No => {
            let why = super::refusal(&loaded, &answer).say;
            ask(conn, desk, &row, CLASH, Some(why))
        }
        Outcome::Ok => {
            let (row, _) = held(conn, desk, &row)?;
            let row = Booking {
                updated_at: desk.now.into(),
                ..calm(&row)
            };
            db::bookings::update(conn, &desk.tenant, &row)?;
            note(conn, desk, id, "checked", None, None)?;
            tell(conn, desk, &[&row], "updated")
        }
    }
}
