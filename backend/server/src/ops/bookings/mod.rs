//! Bookings: made, moved, given to somebody else, cancelled. A booking is a row; the event in a calendar is its copy,
//! written by the same promise to the provider as any other event, in the same transaction (docs/decisions/0019).
//!
//! Order of locks: the service, its staff, the booking, the lanes of calendars, the feed. Nobody waits in a circle.

mod change;
mod copies;
mod create;
pub mod link;
pub mod meet;
mod show;
mod undo;
mod unname;

use std::{collections::BTreeSet, sync::Arc};

use db::{
    Conn,
    bookings::{Booking, CONFIRMED, HELD, PENDING},
    seats::Part,
};
use domain::{
    availability::{Answer, Board, RULES_VERSION},
    catalogue::Confirmation,
    id::{Kind, TenantId},
    validation::Violation,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::{
    change::{Act, By, Edit, act},
    create::{Draft, Guest, MOST_DATES, Made, create, earlier},
    show::{Copied, Shown, copies_stand, show},
    undo::{undo, wants as wanted_by_undo},
    unname::unname,
};
use super::{
    availability::{self, Ask, Cast, Loaded, say},
    changes::{self, Naming},
    feed::{self, Noted, Origin},
};
use crate::crypto::Vault;

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such booking, service or customer in this tenant.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The request asks for something that cannot be.
    #[error("the request is wrong")]
    Invalid(Vec<Violation>),
    /// These times cannot be booked.
    #[error("not free")]
    Refused(Box<Refused>),
    /// The state of the booking, or the client's policy, does not allow it; the sentence says why.
    #[error("{0}")]
    NotAllowed(String),
    /// The caller's own key was used for another booking.
    #[error("the external id was used for another booking")]
    KeyReused,
    /// Somebody changed it since the caller looked.
    #[error("changed meanwhile")]
    Changed,
    /// Somebody changed it between two looks of ours: the same again will do.
    #[error("changed just now")]
    Raced,
    /// It would go to somebody whose provider was not asked: look at those who could do this, and decide again.
    #[error("somebody's calendar is to be read first")]
    Unasked(Box<(Ask, Timestamp)>),
    /// The database.
    #[error(transparent)]
    Db(db::Error),
}

/// What was asked for, and why it cannot be had.
#[derive(Debug, Clone)]
pub struct Refused {
    /// What was asked about.
    pub ask: Ask,
    /// Each time that cannot be booked.
    pub times: Vec<Refusal>,
}

/// A time that cannot be booked.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// When it would begin.
    pub start: Timestamp,
    /// Why not, in a sentence.
    pub say: String,
    /// Why not.
    pub reasons: Vec<say::Reason>,
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::NotFound => Self::NotFound("booking"),
            // Two requests with one key, or for one seat: the second look sees the other one.
            db::Error::Conflict(_) | db::Error::Taken => Self::Raced,
            other => Self::Db(other),
        }
    }
}

impl From<availability::Error> for Error {
    fn from(error: availability::Error) -> Self {
        match error {
            availability::Error::NotFound(what) => Self::NotFound(what),
            availability::Error::Invalid(wrong) => Self::Invalid(wrong),
            availability::Error::Db(error) => error.into(),
        }
    }
}

impl From<changes::Error> for Error {
    fn from(error: changes::Error) -> Self {
        match error {
            changes::Error::Db(error) => error.into(),
            other => Self::Db(db::Error::Other(format!("a copy could not be written: {other}"))),
        }
    }
}

impl Error {
    fn invalid(pointer: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![Violation {
            pointer: pointer.to_owned(),
            code,
            detail: detail.into(),
        }])
    }
}

/// Who does it, and when.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Whose.
    pub tenant: TenantId,
    /// `usr_…`, `key_…`, `customer`, `provider` or `system`.
    pub actor: String,
    /// Now.
    pub now: Timestamp,
    /// How new events are named.
    pub naming: Naming,
    /// The look at the providers just before; whoever is chosen is among those who were asked. `None`: what is known counts.
    pub look: Option<Look>,
    /// Seals customers' links; without it bookings get none.
    pub vault: Option<Arc<Vault>>,
}

impl Desk {
    /// Calendars whose provider was asked just before and did not answer in time.
    fn silent(&self) -> BTreeSet<String> {
        self.look.as_ref().map(|look| look.silent.clone()).unwrap_or_default()
    }
}

/// What a look at the providers said, just before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Calendars that were asked.
    pub asked: Vec<String>,
    /// Those of them that did not answer in time.
    pub silent: BTreeSet<String>,
    /// How long it took.
    pub took_ms: u64,
}

impl Look {
    /// This one and a later one.
    pub fn and(mut self, later: Self) -> Self {
        self.asked.extend(later.asked);
        self.silent.extend(later.silent);
        self.took_ms += later.took_ms;
        self
    }
}

/// What a booking was decided by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The version of the rules.
    pub rules: u32,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// The calendars behind it, and how old what was known of them was.
    pub sources: Vec<Sourced>,
    /// The look at the providers just before; `None`: nobody looked.
    pub look: Option<Look>,
    /// SHA-256 of the request that made the booking, if it has a key of the caller's own.
    #[serde(default)]
    pub request: Option<String>,
}

/// A calendar behind a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sourced {
    /// Whose.
    pub staff_id: String,
    /// Which.
    pub calendar_id: String,
    /// When it was read.
    pub as_of: Option<Timestamp>,
    /// Whether all of it was known.
    pub known: bool,
}

/// Whether a booking will still happen, or may.
pub fn is_open(status: &str) -> bool {
    [HELD, PENDING, CONFIRMED].contains(&status)
}

/// What a booking is that nobody has confirmed by hand.
fn booked(confirmation: Confirmation) -> &'static str {
    match confirmation {
        Confirmation::Automatic => CONFIRMED,
        Confirmation::ByHand => PENDING,
    }
}

/// What is to be booked, decided inside the transaction that books it.
struct Decision {
    span: (Timestamp, Timestamp),
    occupied: (Timestamp, Timestamp),
    people: Vec<String>,
    seats: i32,
    flagged: bool,
    receipt: Receipt,
    loaded: Loaded,
}

impl Decision {
    fn part<'a>(&self, booking: &'a str, service: &'a str) -> Part<'a> {
        Part {
            booking,
            service,
            span: (self.span.0.into(), self.span.1.into()),
            occupied: (self.occupied.0.into(), self.occupied.1.into()),
            seats: self.seats,
        }
    }

    fn people(&self) -> Vec<&str> {
        self.people.iter().map(String::as_str).collect()
    }
}

/// Judges a start on fresh rows. Whoever else books these people waits until this transaction has ended.
fn decide(conn: &mut Conn, desk: &Desk, ask: &Ask, cast: Cast, start: Timestamp) -> Result<Decision, Error> {
    let window = availability::start(start, "/start")?;
    let asked = Ask {
        silent: desk.silent(),
        ..ask.clone()
    };
    let loaded = availability::load(conn, &desk.tenant, asked, cast, (window, desk.now))?;
    let world = loaded.world();
    let board = Board::new(&world, window);
    let answer = board
        .check(start)
        .map_err(|error| Error::Db(db::Error::Other(error.to_string())))?;
    if !answer.bookable {
        let refusal = refusal(&loaded, &answer);
        return Err(Error::Refused(Box::new(Refused {
            ask: ask.clone(),
            times: vec![refusal],
        })));
    }
    if let Some(look) = &desk.look {
        let mut theirs = loaded.blocking_of(|staff| answer.assigned.contains(&staff));
        if theirs.any(|one| !look.asked.contains(&one.id)) {
            return Err(Error::Unasked(Box::new((ask.clone(), start))));
        }
    }
    let sources = board.freshness().sources.into_iter().map(|source| Sourced {
        staff_id: source.staff.to_owned(),
        calendar_id: source.calendar.to_owned(),
        as_of: source.as_of,
        known: source.trouble.is_none(),
    });
    let receipt = Receipt {
        rules: RULES_VERSION,
        decided_at: desk.now,
        sources: sources.collect(),
        look: desk.look.clone().filter(|look| !look.asked.is_empty()),
        request: None,
    };
    Ok(Decision {
        span: (answer.span.start(), answer.span.end()),
        occupied: (answer.occupied.start(), answer.occupied.end()),
        people: answer.assigned.iter().map(|id| (*id).to_owned()).collect(),
        seats: i32::try_from(world.service.capacity.get()).unwrap_or(i32::MAX),
        flagged: answer.flagged,
        receipt,
        loaded,
    })
}

/// Why a start cannot be booked.
pub fn refusal(loaded: &Loaded, answer: &Answer<'_>) -> Refusal {
    Refusal {
        start: answer.span.start(),
        say: say::answer(loaded, answer, &loaded.cast.zone),
        reasons: say::all(loaded, answer, &loaded.cast.zone),
    }
}

/// What is to be booked and who could do it; from here on nobody else books them.
fn lock(conn: &mut Conn, desk: &Desk, ask: &Ask) -> Result<Cast, Error> {
    let cast = availability::cast(conn, &desk.tenant, ask)?;
    let people: Vec<&str> = cast.people.iter().map(|person| person.row.id.as_str()).collect();
    db::seats::lock(conn, &desk.tenant, &cast.service.id, &people)?;
    Ok(cast)
}

/// What a booking was, as far as anybody may want it back.
#[derive(Debug, Serialize, Deserialize)]
struct Before {
    status: String,
    start: Timestamp,
    end: Timestamp,
    staff_ids: Vec<String>,
    /// What it said, if that was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    words: Option<Words>,
}

impl Before {
    fn of(row: &Booking, staff_ids: Vec<String>, words: bool) -> Self {
        Self {
            status: row.status.clone(),
            start: row.starts_at.into(),
            end: row.ends_at.into(),
            staff_ids,
            words: words.then(|| Words::of(row)),
        }
    }
}

/// What a booking said.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Words {
    customer: Option<String>,
    notes_shared: Option<String>,
    notes_private: Option<String>,
    price_text: Option<String>,
}

impl Words {
    fn of(row: &Booking) -> Self {
        Self {
            customer: row.customer_id.clone(),
            notes_shared: row.notes_shared.clone(),
            notes_private: row.notes_private.clone(),
            price_text: row.price_text.clone(),
        }
    }
}

/// Writes down what was done.
fn note(
    conn: &mut Conn,
    desk: &Desk,
    booking: &str,
    action: &str,
    detail: Option<String>,
    before: Option<&Before>,
) -> Result<(), Error> {
    let before = before.map(serde_json::to_string).transpose();
    let row = db::booking_history::Deed {
        id: Kind::Deed.new_id(),
        booking_id: booking.to_owned(),
        tenant_id: desk.tenant.as_str().to_owned(),
        at: desk.now.into(),
        actor: desk.actor.clone(),
        action: action.to_owned(),
        detail,
        before: before.map_err(|error| Error::Db(db::Error::Other(error.to_string())))?,
    };
    Ok(db::booking_history::insert(conn, &row)?)
}

/// Tells those who follow along. Call it last in the transaction.
fn tell(conn: &mut Conn, desk: &Desk, rows: &[&Booking], action: &'static str) -> Result<(), Error> {
    let origin = if desk.actor == "provider" {
        Origin::Provider
    } else {
        Origin::Ours
    };
    let noted: Vec<Noted<'_>> = rows
        .iter()
        .map(|row| Noted {
            id: &row.id,
            client: &row.client_id,
            action,
        })
        .collect();
    Ok(feed::note(conn, &desk.tenant, "booking", &noted, origin, desk.now)?)
}

/// What else belongs to a booking that is over and was made elsewhere. `writes`: calendars show it, too.
///
/// # Errors
/// Those of the database.
pub fn imported(conn: &mut Conn, desk: &Desk, row: Booking, writes: bool) -> Result<(), Error> {
    note(conn, desk, &row.id, "created", Some("imported".to_owned()), None)?;
    let mut rows = [row];
    if writes {
        copies::write(conn, desk, &mut rows, &[])?;
    }
    tell(conn, desk, &[&rows[0]], "created")
}

/// Holds that nobody confirmed in time stand no longer. Gives them, to be told of.
fn forget_holds(conn: &mut Conn, desk: &Desk) -> Result<Vec<Booking>, Error> {
    let over = db::bookings::expire(conn, &desk.tenant, desk.now.into())?;
    let system = Desk {
        actor: "system".to_owned(),
        ..desk.clone()
    };
    for hold in &over {
        note(conn, &system, &hold.id, "expired", None, None)?;
    }
    Ok(over)
}

/// The same by itself, for the job.
///
/// # Errors
/// Those of the database.
pub fn expire(conn: &mut Conn, desk: &Desk) -> Result<usize, Error> {
    let over = forget_holds(conn, desk)?;
    tell(conn, desk, &over.iter().collect::<Vec<_>>(), "updated")?;
    Ok(over.len())
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Db(db::Error::Other(error.to_string())))
}
