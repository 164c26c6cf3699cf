//! Every rule, said as the starts it forbids.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{
    Booking, Busy, Cause, Closure, ClosureSpan, Known, Rule, Source, Staff, Trouble, World,
    hours::{day, days},
    micros::{MAX, MIN, MINUTE, Span, ceil, floor, merge, timestamp},
    service::Lengths,
};

/// Starts that a rule forbids.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block<'a> {
    pub starts: Span,
    /// A booking or an event: where the service itself meets it. Elsewhere in `starts` only buffers do.
    core: Option<Span>,
    rule: Rule,
    /// Nobody knows, rather than no.
    pub unknown: bool,
    pub cause: Cause<'a>,
}

const fn no(starts: Span, rule: Rule, cause: Cause<'_>) -> Block<'_> {
    Block {
        starts,
        core: None,
        rule,
        unknown: false,
        cause,
    }
}

impl Block<'_> {
    /// The rule that forbids a start.
    pub fn rule_at(&self, start: i64) -> Rule {
        if self.core.is_some_and(|core| core.contains(start)) {
            Rule::Busy
        } else {
            self.rule
        }
    }
}

/// The starts at which `[start - before, start + after)` meets `span`.
const fn meeting(span: Span, before: i64, after: i64) -> Span {
    Span {
        from: span.from - after + 1,
        to: span.to + before,
    }
}

/// Seats taken at each start of the service. A session of several people is one, whoever of them has the booking.
pub(super) type Sessions = BTreeMap<i64, BTreeSet<u32>>;

/// Bookings that stand, without the one that is moved.
pub(super) fn standing<'w, 'a>(world: &'w World<'a>) -> impl Iterator<Item = &'w Booking<'a>> {
    world
        .bookings
        .iter()
        .filter(|one| one.stands(world.now) && world.moving != Some(one.id))
}

/// Whether others may join the booking: only at its own start.
pub(super) fn is_session(world: &World<'_>, lengths: Lengths, one: &Booking<'_>) -> bool {
    let span = Span::of(one.span);
    world.service.capacity.get() > 1 && one.service == world.service.id && span.to - span.from == lengths.duration
}

/// What forbids starts of the window to everybody.
pub(super) fn common<'a>(world: &'a World<'a>, lengths: Lengths, window: Span) -> Vec<Block<'a>> {
    let mut blocks = Vec::new();
    for Closure { name, span } in &world.closures {
        let span = match *span {
            ClosureSpan::Days { first, last } => day(world.zone, first, last),
            ClosureSpan::Range(range) => Span::of(range),
        };
        if span.from < span.to {
            let starts = meeting(span, 0, lengths.duration);
            blocks.push(no(starts, Rule::Closure, Cause::Closure { name }));
        }
    }
    let earliest = ceil(world.now) + i64::from(world.service.notice_minutes) * MINUTE;
    let soon = Span {
        from: MIN,
        to: earliest,
    };
    blocks.push(no(
        soon,
        Rule::Notice,
        Cause::TooSoon {
            earliest: timestamp(earliest),
        },
    ));
    let today = world.zone.to_datetime(world.now).date();
    let ahead = jiff::Span::new().try_days(world.service.horizon_days);
    if let Ok(last) = ahead.and_then(|ahead| today.checked_add(ahead)) {
        let far = Span {
            from: day(world.zone, last, last).to,
            to: MAX,
        };
        blocks.push(no(far, Rule::Horizon, Cause::TooFar { last }));
    }
    if let Some(limit) = world.service.daily_limit {
        let of_service = standing(world).filter(|one| one.service == world.service.id);
        let booked: BTreeSet<(i64, &str)> = of_service.map(|one| (floor(one.span.start()), one.id)).collect();
        for (day, starts) in days(world.zone, window) {
            let on_day = booked.range((starts.from, "")..(starts.to, "")).count();
            let booked = u32::try_from(on_day).unwrap_or(u32::MAX);
            if booked >= limit {
                blocks.push(no(starts, Rule::DailyLimit, Cause::DayFull { day, booked, limit }));
            }
        }
    }
    blocks.retain(|block| block.starts.overlaps(window));
    blocks
}

/// What forbids starts of the window to one staff member. `pieces` are their hours, `sessions` the seats taken.
pub(super) fn of_staff<'a>(
    world: &'a World<'a>,
    staff: &'a Staff<'a>,
    bookings: &[&'a Booking<'a>],
    (pieces, sessions): (&[Span], &Sessions),
    (lengths, window): (Lengths, Span),
) -> Vec<Block<'a>> {
    let mut blocks = Vec::with_capacity(staff.busy.len() + bookings.len() + pieces.len() + 2);
    hours(&mut blocks, pieces, lengths);
    let near = meeting_any(window, lengths);
    for one in &staff.busy {
        let span = Span::of(one.span);
        if span.overlaps(near) && leaves(staff, one).is_none() {
            let cause = Cause::Event {
                calendar: calendar(staff, one),
                event: one.event,
                span: one.span,
            };
            around(&mut blocks, (span, span), lengths, cause, None);
        }
    }
    for one in bookings {
        let (span, occupied) = (Span::of(one.span), Span::of(one.occupied));
        let cause = Cause::Booking {
            booking: one.id,
            span: one.span,
            hold: one.expires.is_some(),
        };
        let joined = is_session(world, lengths, one).then_some(span.from);
        around(&mut blocks, (span, occupied), lengths, cause, joined);
    }
    let capacity = world.service.capacity.get();
    for (start, seats) in sessions {
        let taken = u32::try_from(seats.len()).unwrap_or(u32::MAX);
        if taken >= capacity {
            let starts = Span {
                from: *start,
                to: start + 1,
            };
            blocks.push(no(starts, Rule::Capacity, Cause::Seats { taken, capacity }));
        }
    }
    for source in &staff.sources {
        blocks.extend(trouble(world, source).map(|(trouble, from)| Block {
            starts: Span {
                from: if from == MIN {
                    MIN
                } else {
                    from - lengths.until_free + 1
                },
                to: MAX,
            },
            core: None,
            rule: Rule::Sources,
            unknown: true,
            cause: Cause::Source {
                calendar: source.calendar,
                as_of: as_of(source),
                trouble,
            },
        }));
    }
    blocks.retain(|block| block.starts.overlaps(window));
    blocks
}

/// All that a booking with a start in the window could meet.
const fn meeting_any(window: Span, lengths: Lengths) -> Span {
    Span {
        from: window.from - lengths.before,
        to: window.to + lengths.until_free,
    }
}

/// Everything but the starts from which the service ends before closing.
fn hours(blocks: &mut Vec<Block<'_>>, pieces: &[Span], lengths: Lengths) {
    let mut shut = MIN;
    for open in merge(pieces.to_vec()) {
        let starts = Span {
            from: shut,
            to: open.from,
        };
        blocks.push(no(starts, Rule::Hours, Cause::OutsideHours));
        // No start of a stretch that is too short for the service: what is shut goes on.
        shut = (open.to - lengths.duration + 1).max(open.from);
    }
    let starts = Span { from: shut, to: MAX };
    blocks.push(no(starts, Rule::Hours, Cause::OutsideHours));
}

/// The starts at which the service meets `span`, or only its buffers meet `occupied`; all but `joined`.
fn around<'a>(
    blocks: &mut Vec<Block<'a>>,
    (span, occupied): (Span, Span),
    lengths: Lengths,
    cause: Cause<'a>,
    joined: Option<i64>,
) {
    let core = meeting(span, 0, lengths.duration);
    let starts = meeting(occupied, lengths.before, lengths.until_free);
    let mut push = |starts: Span| {
        blocks.push(Block {
            core: Some(core),
            ..no(starts, Rule::Buffer, cause)
        });
    };
    match joined {
        Some(start) => {
            push(Span { to: start, ..starts });
            push(Span {
                from: start + 1,
                ..starts
            });
        }
        None => push(starts),
    }
}

/// The calendar that an event is in.
pub(super) fn calendar<'a>(staff: &Staff<'a>, one: &Busy<'a>) -> Option<&'a str> {
    staff.sources.get(one.source).map(|source| source.calendar)
}

/// Why an event is not in the way; `None` if it is.
pub(super) fn leaves(staff: &Staff<'_>, one: &Busy<'_>) -> Option<super::Leaves> {
    if one.copy_of.is_some() {
        return Some(super::Leaves::OwnCopy);
    }
    let rules = staff.sources.get(one.source).map(|source| source.rules);
    rules.unwrap_or_default().leaves(one.kind, one.facts)
}

/// What is wrong with a calendar, and from when on nothing of it is known.
pub(super) fn trouble<'a>(world: &World<'a>, source: &Source<'a>) -> Option<(Trouble<'a>, i64)> {
    match source.known {
        Known::No { reason, .. } => Some((Trouble::Unreadable(reason), MIN)),
        Known::Yes { as_of, until } => {
            let age = world.now.duration_since(as_of);
            if world.max_staleness.is_some_and(|most| age > most) {
                return Some((Trouble::Stale, MIN));
            }
            until.map(|until| (Trouble::OutOfReach { until }, floor(until)))
        }
    }
}

/// When a calendar was known.
pub(super) const fn as_of(source: &Source<'_>) -> Option<Timestamp> {
    match source.known {
        Known::Yes { as_of, .. } => Some(as_of),
        Known::No { as_of, .. } => as_of,
    }
}
