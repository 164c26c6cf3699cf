//! A judge who knows no intervals: it looks at every minute of a few days and asks what is true of it.

use std::collections::BTreeSet;

use domain::{
    availability::{AllDay, Assignment, Kind, Outcome, Rule, Rules},
    busy::Facts,
    event::{EventStatus, Response, Transparency},
};
use jiff::{
    civil::{Date, Time},
    tz::TimeZone,
};

use super::plan::{BookingPlan, BusyPlan, GRID, Plan, hours, minute, nth_date};

/// The grid: what a clock in a zone has shown at most up to each minute, as minutes since a date long ago. A day begins
/// when its first minute has been shown, and hours are open from when their first minute has been until their end has.
pub struct Clock(Vec<i64>);

impl Clock {
    const DAY_ONE: Date = Date::constant(2000, 1, 3);

    pub fn of(plan: &Plan, zone: &TimeZone) -> Self {
        let mut furthest = i64::MIN;
        let shown = (-1440..GRID).map(|at| {
            let wall = zone.to_datetime(minute(plan, at));
            let shown = Self::midnight(wall.date()) + i64::from(wall.hour()) * 60 + i64::from(wall.minute());
            furthest = furthest.max(shown);
            furthest
        });
        Self(shown.collect::<Vec<i64>>().split_off(1440))
    }

    pub fn midnight(date: Date) -> i64 {
        i64::from((date - Self::DAY_ONE).get_days()) * 1440
    }

    pub fn at(&self, minute: i64) -> i64 {
        self.0[usize::try_from(minute).unwrap()]
    }

    pub fn day(&self, minute: i64) -> i64 {
        self.at(minute).div_euclid(1440)
    }
}

/// A day-by-day reading of the table in `Rules`, written the other way round: what an event needs to take time.
pub fn takes_time(rules: Rules, one: &BusyPlan) -> bool {
    let Facts {
        transparency,
        status,
        response,
        all_day,
    } = one.facts;
    let away = one.kind == Kind::OutOfOffice;
    let whole = match rules.all_day {
        AllDay::Always => true,
        AllDay::IfBusy => !all_day || transparency == Transparency::Busy || away,
        AllDay::Never => !all_day,
    };
    let busy = transparency == Transparency::Busy || away || (all_day && rules.all_day == AllDay::Always);
    let answer = match response {
        None | Some(Response::Accepted) => true,
        Some(Response::Declined) => false,
        Some(Response::NeedsAction) => rules.unanswered,
        Some(Response::Tentative) => rules.maybe,
    };
    let kind = match one.kind {
        Kind::Event => true,
        Kind::OutOfOffice => rules.out_of_office,
        Kind::FocusTime => rules.focus_time,
        Kind::WorkingLocation => false,
    };
    let happens = match status {
        EventStatus::Confirmed => true,
        EventStatus::Tentative => rules.tentative,
        EventStatus::Cancelled => false,
    };
    whole && busy && answer && kind && happens && !one.copy
}

/// What is true of each minute for one person.
pub struct Grid {
    pub open: Vec<bool>,
    /// Minutes since opening, for each opening that is still going on.
    pub since: Vec<BTreeSet<i64>>,
    pub event: Vec<bool>,
}

pub struct Judge<'p> {
    pub plan: &'p Plan,
    pub client: Clock,
    pub grids: Vec<Grid>,
    pub closed: Vec<bool>,
}

impl<'p> Judge<'p> {
    pub fn new(plan: &'p Plan, zones: &[TimeZone]) -> Self {
        let client = Clock::of(plan, &zones[plan.place]);
        let closed = (0..GRID).map(|at| {
            plan.closures.iter().any(|&(days, from, length)| {
                if days {
                    let (first, last) = (
                        nth_date(plan, from / 1440 - 1),
                        nth_date(plan, (from + length) / 1440 - 1),
                    );
                    (Clock::midnight(first)..Clock::midnight(last) + 1440).contains(&client.at(at))
                } else {
                    (from..from + length).contains(&at)
                }
            })
        });
        let grids = plan.people.iter().map(|person| {
            let clock = Clock::of(plan, &zones[plan.zone_of(person)]);
            let hours = hours(plan, person);
            // Every opening on every date around, as what the clock must have shown.
            let mut openings = Vec::new();
            for n in -4..10 {
                let date = nth_date(plan, n);
                let weekday = (Clock::midnight(date) / 1440).rem_euclid(7);
                let weekly = &hours.weekly[usize::try_from(weekday).unwrap()];
                for span in hours.exceptions.get(&date).unwrap_or(weekly) {
                    let of_day = |time: Time| i64::from(time.hour()) * 60 + i64::from(time.minute());
                    let (from, to) = (of_day(span.from), of_day(span.to));
                    let to = if to > from { to } else { to + 1440 };
                    openings.push((Clock::midnight(date) + from, Clock::midnight(date) + to));
                }
            }
            let mut open = vec![false; GRID as usize];
            let mut since = vec![BTreeSet::new(); GRID as usize];
            for (from, to) in openings {
                let inside = |at: &i64| from <= clock.at(*at) && clock.at(*at) < to;
                // Of an opening before the grid it is not known when it was; the window is a day away.
                let began = (0..GRID).find(inside);
                for at in (0..GRID).filter(inside) {
                    open[at as usize] = true;
                    if began > Some(0) {
                        since[at as usize].extend(began.map(|began| at - began));
                    }
                }
            }
            let mut event = vec![false; GRID as usize];
            for one in &person.busy {
                let rules = person
                    .sources
                    .get(one.source)
                    .map(|source| source.rules)
                    .unwrap_or_default();
                if takes_time(rules, one) {
                    (one.from..(one.from + one.length).min(GRID)).for_each(|at| event[at as usize] = true);
                }
            }
            Grid { open, since, event }
        });
        Self {
            plan,
            grids: grids.collect(),
            closed: closed.collect(),
            client,
        }
    }

    pub fn is_step(&self, at: i64) -> bool {
        let step = i64::from(self.plan.service[7]);
        self.grids
            .iter()
            .any(|grid| grid.since[at as usize].iter().any(|since| since % step == 0))
    }

    /// The rules that a start breaks for a person, in order, and whether nobody knows.
    pub fn broken(&self, staff: usize, start: i64) -> (Vec<Rule>, bool) {
        let plan = self.plan;
        let [duration, before, after, capacity, notice, horizon, limit, _] = plan.service.map(i64::from);
        let grid = &self.grids[staff];
        let service = start..start + duration;
        let buffered = start - before..start + duration + after;
        let buffers = || buffered.clone().filter(|at| !service.contains(at));
        let mut broken = Vec::new();
        if !service.clone().all(|at| grid.open[at as usize]) {
            broken.push(Rule::Hours);
        }
        if service.clone().any(|at| self.closed[at as usize]) {
            broken.push(Rule::Closure);
        }
        if start < plan.now + notice {
            broken.push(Rule::Notice);
        }
        if self.client.day(start) > self.client.day(plan.now) + horizon {
            broken.push(Rule::Horizon);
        }
        let joinable = |one: &BookingPlan| capacity > 1 && one.ours && plan.length(one) == duration;
        let (mut near, mut hit) = (false, false);
        for one in plan
            .staff_bookings(staff)
            .filter(|one| !(joinable(one) && one.from == start))
        {
            let theirs = one.from..one.from + plan.length(one);
            let kept = one.from - one.before..one.from + plan.length(one) + one.after;
            if service.clone().any(|at| theirs.contains(&at)) {
                hit = true;
            } else if buffered.clone().any(|at| kept.contains(&at)) {
                near = true;
            }
        }
        // An event that is met by the service itself is not told a second time for its buffers.
        let apart = |one: &BusyPlan| {
            !service
                .clone()
                .any(|at| (one.from..one.from + one.length).contains(&at))
        };
        let person = &plan.people[staff];
        near |= buffers().any(|at| grid.event[at as usize])
            && person.busy.iter().any(|one| {
                let rules = person
                    .sources
                    .get(one.source)
                    .map(|source| source.rules)
                    .unwrap_or_default();
                takes_time(rules, one)
                    && apart(one)
                    && buffers().any(|at| (one.from..one.from + one.length).contains(&at))
            });
        hit |= service.clone().any(|at| grid.event[at as usize]);
        if near {
            broken.push(Rule::Buffer);
        }
        if hit {
            broken.push(Rule::Busy);
        }
        if capacity > 1 && self.taken(staff, start).len() as i64 >= capacity {
            broken.push(Rule::Capacity);
        }
        let day = self.client.day(start);
        let begins = |one: &&BookingPlan| plan.stands(one) && one.ours && self.client.day(one.from) == day;
        // Rows of one booking at one start count once.
        let booked: BTreeSet<(i64, usize)> = plan
            .bookings
            .iter()
            .filter(begins)
            .map(|one| (one.from, one.id))
            .collect();
        if limit < 99 && booked.len() as i64 >= limit {
            broken.push(Rule::DailyLimit);
        }
        let unknown = person.sources.iter().any(|source| {
            !source.readable
                || plan.stale_after.is_some_and(|most| source.age > most)
                || source.until.is_some_and(|until| buffered.clone().any(|at| at >= until))
        });
        (broken, unknown)
    }

    pub fn taken(&self, staff: usize, start: i64) -> BTreeSet<u32> {
        let plan = self.plan;
        let together = plan.assignment == Assignment::AllTogether;
        let team = |one: &&BookingPlan| one.staff == staff || (together && one.staff < plan.people.len());
        let joined = |one: &&BookingPlan| {
            plan.stands(one) && one.ours && one.from == start && plan.length(one) == i64::from(plan.service[0])
        };
        plan.bookings
            .iter()
            .filter(team)
            .filter(joined)
            .map(|one| one.seat)
            .collect()
    }

    pub fn outcome(&self, staff: usize, start: i64) -> Outcome {
        match self.broken(staff, start) {
            (broken, _) if !broken.is_empty() => Outcome::No,
            (_, true) => Outcome::Unknown,
            _ => Outcome::Ok,
        }
    }
}
