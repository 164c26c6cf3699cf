//! The starts of a window, with everything that stands against them.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{
    Answer, Assignment, Booking, Ignored, OnUnknown, Outcome, Person, Rule, Trouble, Verdict, World,
    blocks::{self, Block, Sessions},
    micros::{MAX, MINUTE, Span, floor, merge},
    service::Lengths,
};
use crate::time::Interval;

/// The rules worked out for the starts of a window. Made once, asked often.
#[derive(Debug)]
pub struct Board<'a> {
    world: &'a World<'a>,
    window: Span,
    lengths: Lengths,
    common: Vec<Block<'a>>,
    desks: Vec<Desk<'a>>,
}

/// What concerns one staff member.
#[derive(Debug)]
struct Desk<'a> {
    pieces: Vec<Span>,
    blocks: Vec<Block<'a>>,
    sessions: Sessions,
}

/// A start that can be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// When the customer would come and go.
    pub span: Interval,
    /// Whether a booking would be marked because not everything is known.
    pub flagged: bool,
    /// Who can do it, in the order of [`World::staff`]; all together: everybody.
    pub offers: Vec<Offer>,
}

/// Somebody who can do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Where in [`World::staff`].
    pub staff: usize,
    /// Whether not everything is known about them.
    pub flagged: bool,
    /// Free seats.
    pub seats: u32,
}

/// A start that the board was not made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{start} lies outside of the window that was worked out")]
pub struct OutsideWindow {
    /// What was asked.
    pub start: Timestamp,
}

/// How well the sources of an answer are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freshness<'a> {
    /// The oldest reading; `None`: there is no calendar, or one was never read.
    pub as_of: Option<Timestamp>,
    /// Whether all of the window is known.
    pub complete: bool,
    /// Each calendar of each staff member.
    pub sources: Vec<SourceAge<'a>>,
}

/// How well one calendar is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceAge<'a> {
    /// Whose.
    pub staff: &'a str,
    /// Which.
    pub calendar: &'a str,
    /// When it was read.
    pub as_of: Option<Timestamp>,
    /// What is wrong with it in this window.
    pub trouble: Option<Trouble<'a>>,
}

impl<'a> Board<'a> {
    /// Works the rules out for starts in `window`. The world must hold what [`reach`](super::reach) says; more does no harm.
    pub fn new(world: &'a World<'a>, window: Interval) -> Self {
        let (window, lengths) = (Span::of(window), Lengths::of(world.service));
        let mut by_staff: HashMap<&str, Vec<&Booking<'_>>> = HashMap::new();
        for one in blocks::standing(world) {
            by_staff.entry(one.staff).or_default().push(one);
        }
        let bookings = |id: &str| by_staff.get(id).map_or(&[][..], Vec::as_slice);
        let mut together = Sessions::new();
        if world.service.assignment == Assignment::AllTogether {
            for staff in &world.staff {
                sit(world, lengths, bookings(staff.id), &mut together);
            }
        }
        // The service of the last start must end before closing, so hours reach further than starts.
        let open = Span {
            from: window.from,
            to: window.to + lengths.duration,
        };
        let desks = world.staff.iter().map(|staff| {
            let pieces = staff.hours.pieces(staff.zone, open);
            let bookings = bookings(staff.id);
            let mut sessions = together.clone();
            sit(world, lengths, bookings, &mut sessions);
            let mine = (pieces.as_slice(), &sessions);
            let blocks = blocks::of_staff(world, staff, bookings, mine, (lengths, window));
            Desk {
                pieces,
                blocks,
                sessions,
            }
        });
        Self {
            desks: desks.collect(),
            common: blocks::common(world, lengths, window),
            world,
            window,
            lengths,
        }
    }

    /// Every step of anybody's hours that can be booked, in order.
    pub fn slots(&self) -> Vec<Slot> {
        let policy = self.world.on_unknown;
        let mut steps = self.steps(self.window);
        let mut closed = Sweep::over(&self.common, policy);
        steps.retain(|start| !closed.forbids(*start));
        let together = self.world.service.assignment == Assignment::AllTogether;
        let mut sweeps: Vec<Sweep> = self
            .desks
            .iter()
            .map(|desk| Sweep::over(&desk.blocks, policy))
            .collect();
        let mut slots = Vec::with_capacity(steps.len());
        for start in steps {
            let mut offers = Vec::with_capacity(self.desks.len());
            for (staff, (desk, sweep)) in self.desks.iter().zip(&mut sweeps).enumerate() {
                if !sweep.forbids(start) {
                    offers.push(Offer {
                        staff,
                        flagged: sweep.unknown_from <= start,
                        seats: self.seats(desk, start),
                    });
                } else if together {
                    offers.clear();
                    break;
                }
            }
            let mut flags = offers.iter().map(|offer| offer.flagged);
            let flagged = if together {
                flags.any(|one| one)
            } else {
                flags.all(|one| one)
            };
            if let (false, Some(span)) = (offers.is_empty(), self.span(start, 0, self.lengths.duration)) {
                slots.push(Slot { span, flagged, offers });
            }
        }
        slots
    }

    /// What every rule says about a start, on a step or not, and who would do it.
    ///
    /// # Errors
    /// [`OutsideWindow`]: what stands against it has not been worked out.
    pub fn check(&self, start: Timestamp) -> Result<Answer<'a>, OutsideWindow> {
        let (outside, at) = (OutsideWindow { start }, floor(start));
        let lengths = self.lengths;
        if !self.window.contains(at) {
            return Err(outside);
        }
        let span = self.span(at, 0, lengths.duration).ok_or(outside)?;
        let occupied = self.span(at, lengths.before, lengths.until_free).ok_or(outside)?;
        let people: Vec<Person<'a>> = (0..self.desks.len())
            .filter_map(|one| self.person(one, at, occupied))
            .collect();
        let outcomes = people.iter().map(|person| person.outcome);
        let together = self.world.service.assignment == Assignment::AllTogether;
        let outcome = if together { outcomes.max() } else { outcomes.min() };
        let outcome = outcome.unwrap_or(Outcome::No);
        let policy = self.world.on_unknown;
        let bookable = policy.accepts(outcome);
        let assigned = if bookable { self.assign(&people) } else { Vec::new() };
        let seat = assigned
            .first()
            .and_then(|staff| self.seat(self.desks.get(*staff)?, at));
        let refusals = people
            .iter()
            .enumerate()
            .filter_map(|(i, one)| Some((i, one.refusal(policy)?.rule)));
        let told = match (bookable, together) {
            (true, _) => None,
            (false, true) => refusals.min_by_key(|(i, rule)| (*rule, *i)),
            (false, false) => refusals.max_by_key(|(i, rule)| (*rule, std::cmp::Reverse(*i))),
        };
        Ok(Answer {
            span,
            occupied,
            outcome,
            bookable,
            flagged: bookable && outcome == Outcome::Unknown,
            on_step: self.steps(Span { from: at, to: at + 1 }).first() == Some(&at),
            assigned: assigned
                .iter()
                .filter_map(|one| Some(self.world.staff.get(*one)?.id))
                .collect(),
            seat,
            people,
            told: told.map(|(i, _)| i),
            policy,
        })
    }

    /// The slots of the window that are nearest to `start`, the nearest first, the later of two that are as near.
    pub fn alternatives(&self, start: Timestamp, most: usize) -> Vec<Slot> {
        let mut slots = self.slots();
        slots.retain(|slot| slot.span.start() != start);
        slots.sort_by_key(|slot| {
            let away = slot.span.start().duration_since(start);
            (away.abs(), away.is_negative())
        });
        slots.truncate(most);
        slots
    }

    /// How well the calendars behind all this are known.
    pub fn freshness(&self) -> Freshness<'a> {
        let end = self.window.to + self.lengths.until_free;
        let mut sources = Vec::new();
        for staff in &self.world.staff {
            sources.extend(staff.sources.iter().map(|source| {
                SourceAge {
                    staff: staff.id,
                    calendar: source.calendar,
                    as_of: blocks::as_of(source),
                    trouble: blocks::trouble(self.world, source)
                        .filter(|(_, from)| *from < end)
                        .map(|(trouble, _)| trouble),
                }
            }));
        }
        Freshness {
            // `None` is less than any time.
            as_of: sources.iter().map(|source| source.as_of).min().flatten(),
            complete: sources.iter().all(|source| source.trouble.is_none()),
            sources,
        }
    }

    fn span(&self, start: i64, before: i64, after: i64) -> Option<Interval> {
        let (from, to) = (start - before, start + after);
        Span { from, to }.interval()
    }

    /// Every step of anybody's hours in a part of the window.
    fn steps(&self, window: Span) -> Vec<i64> {
        let step = i64::from(self.world.service.step_minutes.get()) * MINUTE;
        let mut steps = Vec::new();
        for piece in self.desks.iter().flat_map(|desk| &desk.pieces) {
            let missed = (window.from - piece.from).max(0);
            let mut at = piece.from + (missed + step - 1) / step * step;
            while at < piece.to.min(window.to) {
                steps.push(at);
                at += step;
            }
        }
        steps.sort_unstable();
        steps.dedup();
        steps
    }

    fn person(&self, staff: usize, at: i64, occupied: Interval) -> Option<Person<'a>> {
        let (desk, person) = (self.desks.get(staff)?, self.world.staff.get(staff)?);
        let mut verdicts = Rule::ALL.map(|rule| Verdict {
            rule,
            outcome: Outcome::Ok,
            causes: Vec::new(),
        });
        for block in self
            .common
            .iter()
            .chain(&desk.blocks)
            .filter(|block| block.starts.contains(at))
        {
            if let Some(verdict) = verdicts.iter_mut().find(|verdict| verdict.rule == block.rule_at(at)) {
                verdict.outcome = verdict
                    .outcome
                    .max(if block.unknown { Outcome::Unknown } else { Outcome::No });
                verdict.causes.push(block.cause);
            }
        }
        let near = person.busy.iter().filter(|one| one.span.overlaps(occupied));
        let ignored = near.filter_map(|one| {
            Some(Ignored {
                calendar: blocks::calendar(person, one),
                event: one.event,
                span: one.span,
                why: blocks::leaves(person, one)?,
            })
        });
        Some(Person {
            staff: person.id,
            outcome: verdicts.iter().map(|one| one.outcome).max().unwrap_or(Outcome::No),
            ignored: ignored.collect(),
            seats: self.seats(desk, at),
            verdicts: verdicts.into(),
        })
    }

    /// Who does it, of those who can: somebody about whom everything is known, if there is one.
    fn assign(&self, people: &[Person<'_>]) -> Vec<usize> {
        let all = people.iter().zip(&self.world.staff).enumerate();
        let able = all.filter(|(_, (person, _))| self.world.on_unknown.accepts(person.outcome));
        match self.world.service.assignment {
            Assignment::AllTogether => (0..people.len()).collect(),
            Assignment::Any => able
                .min_by_key(|(i, (person, _))| (person.outcome, *i))
                .map(|(i, _)| i)
                .into_iter()
                .collect(),
            Assignment::RoundRobin => able
                .min_by_key(|(i, (person, staff))| (person.outcome, staff.turn, *i))
                .map(|(i, _)| i)
                .into_iter()
                .collect(),
        }
    }

    fn seats(&self, desk: &Desk<'_>, start: i64) -> u32 {
        let taken = desk
            .sessions
            .get(&start)
            .map_or(0, |seats| u32::try_from(seats.len()).unwrap_or(u32::MAX));
        self.world.service.capacity.get().saturating_sub(taken)
    }

    /// The lowest seat that is free.
    fn seat(&self, desk: &Desk<'_>, start: i64) -> Option<u32> {
        let taken = desk.sessions.get(&start);
        (1..=self.world.service.capacity.get()).find(|seat| taken.is_none_or(|taken| !taken.contains(seat)))
    }
}

/// Notes the seats that bookings of the service take.
fn sit(world: &World<'_>, lengths: Lengths, bookings: &[&Booking<'_>], sessions: &mut Sessions) {
    for one in bookings.iter().filter(|one| blocks::is_session(world, lengths, one)) {
        sessions.entry(floor(one.span.start())).or_default().insert(one.seat);
    }
}

/// Walks once over what is forbidden; starts must be asked in order.
struct Sweep {
    forbidden: std::iter::Peekable<std::vec::IntoIter<Span>>,
    unknown_from: i64,
}

impl Sweep {
    fn over(blocks: &[Block<'_>], policy: OnUnknown) -> Self {
        let outcome = |block: &&Block<'_>| if block.unknown { Outcome::Unknown } else { Outcome::No };
        let forbidden = blocks.iter().filter(|block| !policy.accepts(outcome(block)));
        let forbidden = merge(forbidden.map(|block| block.starts).collect());
        Self {
            forbidden: forbidden.into_iter().peekable(),
            // What is unknown stays so to the end.
            unknown_from: blocks
                .iter()
                .filter(|block| block.unknown)
                .map(|block| block.starts.from)
                .min()
                .unwrap_or(MAX),
        }
    }

    fn forbids(&mut self, start: i64) -> bool {
        while self.forbidden.next_if(|span| span.to <= start).is_some() {}
        self.forbidden.peek().is_some_and(|span| span.from <= start)
    }
}
