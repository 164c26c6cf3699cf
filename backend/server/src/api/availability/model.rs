//! What answers about availability look like.

use domain::{
    availability::{Answer, Freshness, Leaves, Outcome, Person, Rule, Slot, Trouble},
    time::Interval,
};
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    gateway::bookings as gateway,
    ops::{
        availability::{Loaded, say},
        bookings::Refusal,
    },
};

/// Somebody who can do it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SlotStaff {
    /// `stf_…`
    pub id: String,
    /// What they are called.
    pub name: String,
}

/// A start that can be booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct FreeSlot {
    /// First moment.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// First moment after.
    #[schema(value_type = String, format = DateTime)]
    pub end: Timestamp,
    /// What the clock shows at the start.
    #[schema(example = "2026-11-03T10:15:00")]
    pub local: String,
    /// Who can do it, in the order of preference; a service that is done together: everybody.
    pub staff_ids: Vec<String>,
    /// How many places are left.
    pub seats: u32,
    /// Whether a booking would be marked because not every calendar is known.
    pub flagged: bool,
}

/// How well a calendar is known.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AvailabilitySource {
    /// Whose.
    pub staff_id: String,
    /// `cal_…`
    pub calendar_id: String,
    /// When it was read; null: never.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub as_of: Option<Timestamp>,
    /// How many seconds ago.
    #[schema(required)]
    pub age_s: Option<i64>,
    /// What is wrong with it: `stale`, `out_of_reach`, `never_read`, or the code of the failed pull. Null: nothing.
    #[schema(required)]
    pub trouble: Option<String>,
}

/// Free times.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlotPage {
    /// By start.
    pub data: Vec<FreeSlot>,
    /// In which zone `local` is.
    pub time_zone: String,
    /// The people named in the slots.
    pub staff: Vec<SlotStaff>,
    /// The age of the oldest calendar; null: there is none, or one was never read.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub as_of: Option<Timestamp>,
    /// Whether all calendars are known for all of the range.
    pub complete: bool,
    /// Each calendar behind the answer.
    pub sources: Vec<AvailabilitySource>,
}

fn sources(found: &Freshness<'_>, now: Timestamp) -> Vec<AvailabilitySource> {
    let source = |one: &domain::availability::SourceAge<'_>| AvailabilitySource {
        staff_id: one.staff.to_owned(),
        calendar_id: one.calendar.to_owned(),
        as_of: one.as_of,
        age_s: one.as_of.map(|at| now.duration_since(at).as_secs()),
        trouble: one.trouble.map(|trouble| match trouble {
            Trouble::Unreadable(reason) => reason.to_owned(),
            Trouble::Stale => "stale".to_owned(),
            Trouble::OutOfReach { .. } => "out_of_reach".to_owned(),
        }),
    };
    found.sources.iter().map(source).collect()
}

fn name(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("UTC").to_owned()
}

fn local(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at).to_string()
}

impl SlotPage {
    /// Presents slots.
    pub fn new(loaded: &Loaded, slots: Vec<Slot>, found: Freshness<'_>, zone: &TimeZone) -> Self {
        let person = |at: usize| loaded.cast.people.get(at);
        let data = slots.into_iter().map(|slot| FreeSlot {
            start: slot.span.start(),
            end: slot.span.end(),
            local: local(slot.span.start(), zone),
            seats: slot.offers.iter().map(|offer| offer.seats).max().unwrap_or(0),
            flagged: slot.flagged,
            staff_ids: slot
                .offers
                .iter()
                .filter_map(|offer| Some(person(offer.staff)?.row.id.clone()))
                .collect(),
        });
        Self {
            data: data.collect(),
            time_zone: name(zone),
            staff: loaded
                .cast
                .people
                .iter()
                .map(|one| SlotStaff {
                    id: one.row.id.clone(),
                    name: one.row.name.clone(),
                })
                .collect(),
            as_of: found.as_of,
            complete: found.complete,
            sources: sources(&found, loaded.now()),
        }
    }
}

/// The rules, in the order in which they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AvailabilityRule {
    /// Within the working hours.
    Hours,
    /// Not while the client is closed.
    Closure,
    /// Not in the past, and not too soon.
    Notice,
    /// Not too far ahead.
    Horizon,
    /// The time kept free around the service meets nothing.
    Buffer,
    /// The service itself meets nothing.
    Busy,
    /// There is a place left.
    Capacity,
    /// Not too many on one day.
    DailyLimit,
    /// All calendars are known.
    Sources,
}

impl From<Rule> for AvailabilityRule {
    fn from(rule: Rule) -> Self {
        match rule {
            Rule::Hours => Self::Hours,
            Rule::Closure => Self::Closure,
            Rule::Notice => Self::Notice,
            Rule::Horizon => Self::Horizon,
            Rule::Buffer => Self::Buffer,
            Rule::Busy => Self::Busy,
            Rule::Capacity => Self::Capacity,
            Rule::DailyLimit => Self::DailyLimit,
            Rule::Sources => Self::Sources,
        }
    }
}

/// What a rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AvailabilityOutcome {
    /// Nothing against it.
    Ok,
    /// Nobody knows.
    Unknown,
    /// Not possible.
    No,
}

impl From<Outcome> for AvailabilityOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Ok => Self::Ok,
            Outcome::Unknown => Self::Unknown,
            Outcome::No => Self::No,
        }
    }
}

/// One thing that stands against a start.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Reason {
    /// With whom.
    pub staff_id: String,
    /// Which rule says so.
    pub rule: AvailabilityRule,
    /// `no`, or nobody knows.
    pub outcome: AvailabilityOutcome,
    /// For programs: `outside_hours`, `closed`, `in_the_past`, `too_soon`, `too_far`, `buffer`, `busy`, `held`, `booked`, `full`, `day_full`, `source_unreadable`, `source_stale`, `source_out_of_reach`.
    #[schema(example = "busy")]
    pub code: String,
    /// To be read out.
    #[schema(example = "Sam is busy from 10:00 to 11:00.")]
    pub say: String,
    /// Because of an event of this calendar, or because it is not known.
    #[schema(required)]
    pub calendar_id: Option<String>,
    /// Because of this event.
    #[schema(required)]
    pub event_id: Option<String>,
    /// Because of this booking.
    #[schema(required)]
    pub booking_id: Option<String>,
    /// When what takes the time begins.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// When it ends.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
}

impl From<say::Reason> for Reason {
    fn from(reason: say::Reason) -> Self {
        Self {
            staff_id: reason.staff,
            rule: reason.rule.into(),
            outcome: reason.outcome.into(),
            code: reason.code.to_owned(),
            say: reason.say,
            calendar_id: reason.calendar,
            event_id: reason.event,
            booking_id: reason.booking,
            from: reason.span.map(Interval::start),
            to: reason.span.map(Interval::end),
        }
    }
}

/// A time near the one that was asked for that can be booked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Alternative {
    /// First moment.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// First moment after.
    #[schema(value_type = String, format = DateTime)]
    pub end: Timestamp,
    /// Who can do it.
    pub staff_ids: Vec<String>,
    /// To be read out.
    #[schema(example = "Tuesday 3 November at 11:00 with Sam")]
    pub say: String,
}

impl Alternative {
    /// Presents one.
    pub fn new(found: gateway::Alternative, zone: &TimeZone) -> Self {
        let when = say::moment(found.start, zone);
        Self {
            say: match found.people.first() {
                Some((_, name)) => format!("{when} with {name}"),
                None => when,
            },
            start: found.start,
            end: found.end,
            staff_ids: found.people.into_iter().map(|(id, _)| id).collect(),
        }
    }
}

/// Whether a start can be booked.
#[derive(Debug, Serialize, ToSchema)]
pub struct Checked {
    /// Whether it can.
    pub available: bool,
    /// To be read out.
    #[schema(example = "Tuesday 3 November at 10:15 with Sam is free.")]
    pub say: String,
    /// First moment.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// First moment after.
    #[schema(value_type = String, format = DateTime)]
    pub end: Timestamp,
    /// Whether it is one of the times that `/availability/slots` lists; others can be booked, too.
    pub on_step: bool,
    /// Whether a booking would be marked because not every calendar is known.
    pub flagged: bool,
    /// Who would do it; empty if it is not free.
    pub staff: Vec<SlotStaff>,
    /// What stands against it, the person who comes closest first; also what stands against others if somebody is free.
    pub reasons: Vec<Reason>,
    /// The nearest times that can be booked; empty if it is free.
    pub alternatives: Vec<Alternative>,
    /// The age of the oldest calendar; null: there is none, or one was never read.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub as_of: Option<Timestamp>,
    /// Whether all calendars are known.
    pub complete: bool,
    /// Each calendar behind the answer.
    pub sources: Vec<AvailabilitySource>,
}

impl Checked {
    /// Presents an answer.
    pub fn new(
        loaded: &Loaded,
        answer: &Answer<'_>,
        found: Freshness<'_>,
        alternatives: Vec<Alternative>,
        zone: &TimeZone,
    ) -> Self {
        Self {
            available: answer.bookable,
            say: say::answer(loaded, answer, zone),
            start: answer.span.start(),
            end: answer.span.end(),
            on_step: answer.on_step,
            flagged: answer.flagged,
            staff: answer
                .assigned
                .iter()
                .map(|id| SlotStaff {
                    id: (*id).to_owned(),
                    name: loaded.name(id).to_owned(),
                })
                .collect(),
            reasons: say::all(loaded, answer, zone).into_iter().map(Into::into).collect(),
            alternatives,
            as_of: found.as_of,
            complete: found.complete,
            sources: sources(&found, loaded.now()),
        }
    }
}

/// What one rule says about a start.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleVerdict {
    /// Which rule.
    pub rule: AvailabilityRule,
    /// What it says.
    pub outcome: AvailabilityOutcome,
    /// Why; empty if it has nothing against it.
    pub reasons: Vec<Reason>,
}

/// An event that shares the time and is not in the way.
#[derive(Debug, Serialize, ToSchema)]
pub struct IgnoredEvent {
    /// `evt_…`
    pub event_id: String,
    /// `cal_…`
    #[schema(required)]
    pub calendar_id: Option<String>,
    /// Why: `own_copy`, `cancelled`, `declined`, `working_location`, `free`, or the line of the calendar's rule table.
    pub because: String,
}

/// What the rules say about one person.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonVerdicts {
    /// `stf_…`
    pub staff_id: String,
    /// What they are called.
    pub name: String,
    /// The worst of the verdicts.
    pub outcome: AvailabilityOutcome,
    /// How many places are left.
    pub seats: u32,
    /// One for each rule, in order.
    pub verdicts: Vec<RuleVerdict>,
    /// Events that were looked at and let go.
    pub ignored: Vec<IgnoredEvent>,
}

impl PersonVerdicts {
    /// Presents what the rules say about one person.
    pub fn new(loaded: &Loaded, person: &Person<'_>, asked: Interval, zone: &TimeZone) -> Self {
        let verdict = |one: &domain::availability::Verdict<'_>| RuleVerdict {
            rule: one.rule.into(),
            outcome: one.outcome.into(),
            reasons: say::reasons(loaded, person, one, asked, zone)
                .into_iter()
                .map(Into::into)
                .collect(),
        };
        Self {
            staff_id: person.staff.to_owned(),
            name: loaded.name(person.staff).to_owned(),
            outcome: person.outcome.into(),
            seats: person.seats,
            verdicts: person.verdicts.iter().map(verdict).collect(),
            ignored: person
                .ignored
                .iter()
                .map(|one| IgnoredEvent {
                    event_id: one.event.to_owned(),
                    calendar_id: one.calendar.map(str::to_owned),
                    because: leaves(one.why).to_owned(),
                })
                .collect(),
        }
    }
}

const fn leaves(why: Leaves) -> &'static str {
    match why {
        Leaves::OwnCopy => "own_copy",
        Leaves::Cancelled => "cancelled",
        Leaves::Declined => "declined",
        Leaves::WorkingLocation => "working_location",
        Leaves::Free => "free",
        Leaves::AllDay => "all_day",
        Leaves::OutOfOffice => "out_of_office",
        Leaves::FocusTime => "focus_time",
        Leaves::Tentative => "tentative",
        Leaves::Unanswered => "unanswered",
        Leaves::Maybe => "maybe",
    }
}

/// Everything the rules say about a start.
#[derive(Debug, Serialize, ToSchema)]
pub struct Explained {
    /// What `/availability/check` says.
    pub checked: Checked,
    /// Each person who could do it.
    pub people: Vec<PersonVerdicts>,
}

/// A time that cannot be booked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnavailableTime {
    /// When it would begin.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// To be read out.
    pub say: String,
    /// Why not.
    pub reasons: Vec<Reason>,
}

impl From<Refusal> for UnavailableTime {
    fn from(refusal: Refusal) -> Self {
        Self {
            start: refusal.start,
            say: refusal.say,
            reasons: refusal.reasons.into_iter().map(Into::into).collect(),
        }
    }
}

/// Why nothing was booked, and when else.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Unavailable {
    /// Each time that cannot be booked; of a rule, each of its dates that is not free.
    pub times: Vec<UnavailableTime>,
    /// The nearest times to the first of them that can.
    pub alternatives: Vec<Alternative>,
}
