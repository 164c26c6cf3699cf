//! What was decided, in sentences that can be read out on the phone. Nothing of what stands in a calendar is told: when
//! somebody is busy, not with what.

use domain::{
    availability::{Answer, Cause, Outcome, Person, Rule, Trouble, Verdict},
    time::Interval,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::Loaded;

/// One thing that stands against a start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// With whom.
    pub staff: String,
    /// What they are called.
    pub name: String,
    /// Which rule says so.
    pub rule: Rule,
    /// No, or nobody knows.
    pub outcome: Outcome,
    /// A word for programs.
    pub code: &'static str,
    /// A sentence.
    pub say: String,
    /// Because of which calendar.
    pub calendar: Option<String>,
    /// Because of which event.
    pub event: Option<String>,
    /// Because of which booking.
    pub booking: Option<String>,
    /// What takes the time.
    pub span: Option<Interval>,
}

/// “Tuesday 3 November at 10:15”.
pub fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%A %-d %B at %H:%M").to_string()
}

fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

fn day(date: Date) -> String {
    date.strftime("%A %-d %B").to_string()
}

/// “Sam”, “Sam and Kim”, “Sam, Kim and Lee”.
pub fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<&str> = names.into_iter().collect();
    match all.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
    }
}

/// “Tuesday 3 November at 10:15 with Sam is free.”, or why it is not.
pub fn answer(loaded: &Loaded, answer: &Answer<'_>, zone: &TimeZone) -> String {
    let when = moment(answer.span.start(), zone);
    if answer.bookable {
        let with = names(answer.assigned.iter().map(|id| loaded.name(id)));
        let but = if answer.flagged {
            ", as far as we know; not every calendar could be read"
        } else {
            ""
        };
        return format!("{when} with {with} is free{but}.");
    }
    match answer.refusal() {
        None => format!("{when} is not free: nobody does this at the moment."),
        Some((person, verdict)) => {
            let why = reasons(loaded, person, verdict, answer.span, zone);
            let why = why.first().map_or_else(String::new, |one| format!(" {}", one.say));
            format!("{when} is not free.{why}")
        }
    }
}

/// What one rule has against a start.
pub fn reasons(
    loaded: &Loaded,
    person: &Person<'_>,
    verdict: &Verdict<'_>,
    asked: Interval,
    zone: &TimeZone,
) -> Vec<Reason> {
    let name = loaded.name(person.staff);
    let reason = |cause: &Cause<'_>| {
        let (code, say) = sentence(name, verdict.rule, cause, (asked, loaded.now), zone);
        let mut reason = Reason {
            staff: person.staff.to_owned(),
            name: name.to_owned(),
            rule: verdict.rule,
            outcome: verdict.outcome,
            code,
            say,
            calendar: None,
            event: None,
            booking: None,
            span: None,
        };
        match *cause {
            Cause::Event { calendar, event, span } => {
                reason.calendar = calendar.map(str::to_owned);
                reason.event = Some(event.to_owned());
                reason.span = Some(span);
            }
            Cause::Booking { booking, span, .. } => {
                reason.booking = Some(booking.to_owned());
                reason.span = Some(span);
            }
            Cause::Source { calendar, .. } => reason.calendar = Some(calendar.to_owned()),
            _ => {}
        }
        reason
    };
    verdict.causes.iter().map(reason).collect()
}

/// All that stands against a start, the one who comes closest first.
pub fn all(loaded: &Loaded, answer: &Answer<'_>, zone: &TimeZone) -> Vec<Reason> {
    let told = answer.refusal().map(|(person, _)| person.staff);
    let mut people: Vec<&Person<'_>> = answer.people.iter().collect();
    people.sort_by_key(|person| Some(person.staff) != told);
    let verdicts = people
        .iter()
        .flat_map(|person| person.verdicts.iter().map(move |verdict| (person, verdict)));
    verdicts
        .filter(|(_, verdict)| verdict.outcome != Outcome::Ok)
        .flat_map(|(person, verdict)| reasons(loaded, person, verdict, answer.span, zone))
        .collect()
}

fn sentence(
    name: &str,
    rule: Rule,
    cause: &Cause<'_>,
    (asked, now): (Interval, Timestamp),
    zone: &TimeZone,
) -> (&'static str, String) {
    let during = |span: Interval| format!("from {} to {}", clock(span.start(), zone), clock(span.end(), zone));
    let buffer = rule == Rule::Buffer;
    match *cause {
        Cause::OutsideHours => ("outside_hours", format!("{name} does not work then.")),
        Cause::Closure { name } => ("closed", format!("We are closed then: {name}.")),
        Cause::TooSoon { .. } if asked.start() < now => ("in_the_past", "That is in the past.".to_owned()),
        Cause::TooSoon { earliest } => (
            "too_soon",
            format!("That is too soon: the earliest is {}.", moment(earliest, zone)),
        ),
        Cause::TooFar { last } => (
            "too_far",
            format!("That is too far ahead: the last day is {}.", day(last)),
        ),
        Cause::Event { span, .. } if buffer => (
            "buffer",
            format!("{name} needs the time around an appointment {}.", during(span)),
        ),
        Cause::Event { span, .. } => ("busy", format!("{name} is busy {}.", during(span))),
        Cause::Booking { hold: true, span, .. } => {
            ("held", format!("Somebody is just booking {name} {}.", during(span)))
        }
        Cause::Booking { span, .. } if buffer => (
            "buffer",
            format!("{name} needs the time around a booking {}.", during(span)),
        ),
        Cause::Booking { span, .. } => ("booked", format!("{name} is booked {}.", during(span))),
        Cause::Seats { capacity, .. } => ("full", format!("All {capacity} places are taken.")),
        Cause::DayFull { day: date, limit, .. } => (
            "day_full",
            format!("{} is full: there are at most {limit} a day.", day(date)),
        ),
        Cause::Source { trouble, .. } => match trouble {
            Trouble::Unreadable(_) => (
                "source_unreadable",
                format!("A calendar of {name} cannot be read at the moment."),
            ),
            Trouble::Stale => ("source_stale", format!("A calendar of {name} was read too long ago.")),
            Trouble::OutOfReach { .. } => (
                "source_out_of_reach",
                format!("A calendar of {name} is not worked out so far ahead."),
            ),
        },
    }
}
