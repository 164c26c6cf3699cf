//! Who can be booked when: loads what decides, and asks [`domain::availability`], which alone judges. Listing, checking,
//! confirming and explaining go through here, so they cannot disagree.

mod kept;
mod load;
pub mod say;

pub use kept::Kept;
pub use load::{cast, load, policy};

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use db::{Conn, busy::Horizon, types::Instant, world};
use domain::{
    availability::{self, Assignment, Known},
    busy::Facts,
    catalogue::{Policy, Variant},
    id::TenantId,
    time::Interval,
    validation::Violation,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// Why nobody can say.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such service in this tenant.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The request asks for something that cannot be.
    #[error("the request is wrong")]
    Invalid(Vec<Violation>),
    /// The database.
    #[error(transparent)]
    Db(#[from] db::Error),
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

/// What is asked about.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// Which service.
    pub service: String,
    /// Which variant of it.
    pub variant: Option<String>,
    /// By whom; empty: whoever does it. Several do it together.
    pub people: Vec<String>,
    /// A source that is older than this is not known any more; without it what the policy says.
    pub max_staleness: Option<SignedDuration>,
    /// The booking that is to be moved or confirmed: it is not in its own way, and its service may be archived.
    pub moving: Option<String>,
    /// Calendars that were asked a moment ago and did not answer.
    pub silent: BTreeSet<String>,
}

/// What is to be booked and who could do it.
#[derive(Debug)]
pub struct Cast {
    /// The service.
    pub service: world::Service,
    /// Which variant of it.
    pub variant: Option<Variant>,
    /// Its terms.
    pub terms: availability::Service,
    /// Where the client is.
    pub zone: TimeZone,
    /// How the client wants its bookings treated.
    pub policy: Policy,
    /// Who could do it.
    pub people: Vec<Person>,
}

/// Somebody who can be booked.
#[derive(Debug)]
pub struct Person {
    /// The row.
    pub row: world::Staff,
    /// Where their clock hangs.
    pub zone: TimeZone,
    turn: i64,
}

/// Everything that decides.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What is to be booked and who could do it.
    pub cast: Arc<Cast>,
    /// Their calendars, also those that only receive bookings.
    pub sources: Vec<world::Source>,
    now: Timestamp,
    ask: Ask,
    horizons: HashMap<String, Horizon>,
    rows: Arc<Rows>,
}

/// What stands against starts, as rows.
#[derive(Debug)]
struct Rows {
    busy: Busy,
    /// Calendars with a series that has too many occurrences for this range.
    too_many: BTreeSet<String>,
    /// Whether a series was worked out for this range alone.
    has_endless: bool,
    booked: Vec<world::Booked>,
    closures: Vec<Closed>,
}

/// What takes time, by calendar.
type Busy = HashMap<String, Vec<Event>>;

/// An occurrence of an event.
#[derive(Debug)]
struct Event {
    name: String,
    span: Interval,
    kind: availability::Kind,
    facts: Facts,
    copy_of: Option<String>,
}

#[derive(Debug)]
struct Closed {
    name: String,
    span: availability::ClosureSpan,
}

impl Loaded {
    /// The world of the engine.
    pub fn world(&self) -> availability::World<'_> {
        let booked = self.rows.booked.iter().filter_map(|one| {
            Some(availability::Booking {
                id: &one.booking_id,
                service: &one.service_id,
                staff: &one.staff_id,
                span: interval(one.starts_at, one.ends_at)?,
                occupied: interval(one.occupied_from, one.occupied_to)?,
                seat: u32::try_from(one.seat).unwrap_or(1),
                expires: one.expires_at.map(Into::into),
            })
        });
        availability::World {
            now: self.now,
            zone: &self.cast.zone,
            service: &self.cast.terms,
            staff: self.cast.people.iter().map(|person| self.staff(person)).collect(),
            bookings: booked.collect(),
            closures: self
                .rows
                .closures
                .iter()
                .map(|one| availability::Closure {
                    name: &one.name,
                    span: one.span,
                })
                .collect(),
            on_unknown: self.cast.policy.on_unknown,
            max_staleness: self.ask.max_staleness.or_else(|| {
                let seconds = self.cast.policy.max_staleness_s?;
                Some(SignedDuration::from_secs(seconds.into()))
            }),
            moving: self.ask.moving.as_deref(),
        }
    }

    fn staff<'a>(&'a self, person: &'a Person) -> availability::Staff<'a> {
        let theirs = self
            .sources
            .iter()
            .filter(|one| one.blocks && one.staff_id == person.row.id);
        let sources: Vec<availability::Source<'_>> = theirs
            .map(|one| availability::Source {
                calendar: &one.calendar.id,
                rules: super::calendars::rules(&one.calendar),
                known: self.known(one),
            })
            .collect();
        let busy = sources.iter().enumerate().flat_map(|(source, of)| {
            let events = self.rows.busy.get(of.calendar).map(Vec::as_slice).unwrap_or_default();
            events.iter().map(move |one| availability::Busy {
                source,
                event: &one.name,
                span: one.span,
                kind: one.kind,
                facts: one.facts,
                copy_of: one.copy_of.as_deref(),
            })
        });
        availability::Staff {
            id: &person.row.id,
            zone: &person.zone,
            hours: &person.row.hours,
            busy: busy.collect(),
            turn: person.turn,
            sources,
        }
    }

    /// How well a calendar is known. What is not certain is not known.
    fn known<'a>(&'a self, source: &'a world::Source) -> Known<'a> {
        let calendar = &source.calendar;
        let as_of = calendar.as_of.map(Timestamp::from);
        let no = |reason| Known::No { as_of, reason };
        let Some(read) = as_of else { return no("never_read") };
        if calendar.removed_at.is_some() {
            return no("removed");
        }
        if !calendar.selected {
            return no("not_selected");
        }
        if calendar.consecutive_failures > 0 {
            return no(calendar.last_error_code.as_deref().unwrap_or("failing"));
        }
        if self.ask.silent.contains(&calendar.id) {
            return no("no_answer");
        }
        if self.rows.too_many.contains(&calendar.id) {
            return no("too_many_occurrences");
        }
        match self.horizons.get(&calendar.id) {
            Some(one) if one.zone == super::busy::zone(calendar) && one.reached.timestamp() > Timestamp::UNIX_EPOCH => {
                Known::Yes {
                    as_of: read,
                    until: Some(one.reached.timestamp()),
                }
            }
            _ => no("not_worked_out"),
        }
    }

    /// The moment at which it was so.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// What people call somebody.
    pub fn name(&self, staff: &str) -> &str {
        let found = self.cast.people.iter().find(|person| person.row.id == staff);
        found.map_or("", |person| &person.row.name)
    }

    /// The calendars that make anybody busy and are mirrored, once each.
    pub fn blocking(&self) -> impl Iterator<Item = &db::calendars::Calendar> {
        self.blocking_of(|_| true)
    }

    /// Those of some people.
    pub fn blocking_of<'a>(
        &'a self,
        wanted: impl Fn(&str) -> bool + 'a,
    ) -> impl Iterator<Item = &'a db::calendars::Calendar> {
        let mut seen = BTreeSet::new();
        let mirrored = self
            .sources
            .iter()
            .filter(|one| one.blocks && one.calendar.removed_at.is_none() && one.calendar.selected)
            .filter(move |one| wanted(&one.staff_id));
        mirrored
            .map(|one| &one.calendar)
            .filter(move |one| seen.insert(one.id.as_str()))
    }
}

fn interval(from: Instant, to: Instant) -> Option<Interval> {
    Interval::new(from.timestamp(), to.timestamp()).ok()
}

/// Loads what decides about the starts of `window`, and who could do it.
///
/// # Errors
/// As [`cast`].
pub fn ask(
    conn: &mut Conn,
    tenant: &TenantId,
    ask: Ask,
    (window, now): (Interval, Timestamp),
) -> Result<Loaded, Error> {
    let cast = cast(conn, tenant, &ask)?;
    load(conn, tenant, ask, cast, (window, now))
}

/// So much before and after; what lies beyond the end of time is left out.
fn wider(from: Timestamp, to: Timestamp, by: (SignedDuration, SignedDuration)) -> (Timestamp, Timestamp) {
    (
        from.checked_sub(by.0).unwrap_or(Timestamp::MIN),
        to.checked_add(by.1).unwrap_or(Timestamp::MAX),
    )
}

/// Where to look for other starts near one that is not free: from two days before it to eight after.
pub fn around(start: Timestamp, now: Timestamp) -> Option<Interval> {
    let day = SignedDuration::from_hours(24);
    let (from, to) = wider(start, start.max(now), (day * 2, day * 8));
    Interval::new(from.max(now), to).ok()
}

/// Nobody books beyond these.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2199;

/// The window of a start that is to be booked.
///
/// # Errors
/// As [`at`]; and when it lies within a second: calendars keep no fractions of them.
pub fn start(start: Timestamp, pointer: &str) -> Result<Interval, Error> {
    if start.subsec_nanosecond() != 0 {
        let detail = "Give whole seconds: calendars keep no fractions of them.";
        return Err(Error::invalid(pointer, "fraction", detail));
    }
    at(start, pointer)
}

/// The window of one moment. `pointer`: where it was said.
///
/// # Errors
/// [`Error::Invalid`]: it is in no year that anybody books.
pub fn at(start: Timestamp, pointer: &str) -> Result<Interval, Error> {
    let sensible = YEARS.contains(&start.to_zoned(TimeZone::UTC).year());
    let end = start
        .checked_add(SignedDuration::from_micros(1))
        .ok()
        .filter(|_| sensible);
    end.and_then(|end| Interval::new(start, end).ok())
        .ok_or_else(|| Error::invalid(pointer, "out_of_range", "Nothing can be booked in that year."))
}

/// Whether all who are asked for must do it together.
const fn together(asked: usize) -> Option<Assignment> {
    if asked > 1 { Some(Assignment::AllTogether) } else { None }
}
