//! Availability against the grid of minutes.

use std::collections::BTreeSet;

use domain::{
    availability::{Assignment, Board, Hours, Known, OnUnknown, Outcome, Rule, reach},
    time::Interval,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use proptest::prelude::*;

use super::{
    judge::Judge,
    plan::{PEOPLE, PLACES, between, hours, minute, plan, service, world},
};

proptest! {
    // Ten times as many with PROPTEST_CASES=2560.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_offered_allowed_and_refused_is_what_a_grid_of_minutes_says(plan in plan()) {
        let zones: Vec<TimeZone> = PLACES.iter().map(|(name, _)| TimeZone::get(name).unwrap()).collect();
        let service = service(&plan);
        let hours: Vec<Hours> = plan.people.iter().map(|person| hours(&plan, person)).collect();
        let world = world(&plan, &zones, &service, &hours);
        let board = Board::new(&world, between(&plan, plan.window.0, plan.window.1));
        let judge = Judge::new(&plan, &zones);
        let together = plan.assignment == Assignment::AllTogether;
        let accepts = |outcome| plan.on_unknown.accepts(outcome);

        let mut expected = Vec::new();
        for start in (plan.window.0..plan.window.1).step_by(5) {
            let at = minute(&plan, start);
            let judged: Vec<Outcome> = (0..plan.people.len()).map(|staff| judge.outcome(staff, start)).collect();
            let outcome = if together { judged.iter().max() } else { judged.iter().min() };
            let answer = board.check(at).unwrap();
            prop_assert_eq!(Some(&answer.outcome), outcome, "at {}", at);
            prop_assert_eq!(answer.bookable, accepts(answer.outcome));
            prop_assert_eq!(answer.on_step, judge.is_step(start));
            prop_assert_eq!(answer.flagged, answer.bookable && answer.outcome == Outcome::Unknown);
            for (staff, person) in answer.people.iter().enumerate() {
                let (broken, unknown) = judge.broken(staff, start);
                let said = |outcome| -> Vec<Rule> {
                    person.verdicts.iter().filter(|one| one.outcome == outcome).map(|one| one.rule).collect()
                };
                prop_assert_eq!(said(Outcome::No), broken.clone(), "{} at {}", person.staff, at);
                prop_assert_eq!(said(Outcome::Unknown), if unknown { vec![Rule::Sources] } else { vec![] });
                let blocked = unknown && plan.on_unknown == OnUnknown::Block;
                let reason = broken.first().copied().or(blocked.then_some(Rule::Sources));
                prop_assert_eq!(person.refusal(plan.on_unknown).map(|verdict| verdict.rule), reason);
                for verdict in &person.verdicts {
                    prop_assert_eq!(verdict.causes.is_empty(), verdict.outcome == Outcome::Ok);
                }
            }
            prop_assert_eq!(answer.refusal().is_some(), !answer.bookable);
            if answer.bookable {
                let turn = |staff: &usize| (judged[*staff], if plan.assignment == Assignment::RoundRobin { plan.people[*staff].turn } else { 0 }, *staff);
                let chosen: Vec<usize> = if together {
                    (0..judged.len()).collect()
                } else {
                    (0..judged.len()).min_by_key(turn).into_iter().collect()
                };
                prop_assert_eq!(&answer.assigned, &chosen.iter().map(|one| PEOPLE[*one]).collect::<Vec<_>>());
                let taken = if plan.service[3] > 1 { judge.taken(chosen[0], start) } else { BTreeSet::new() };
                prop_assert_eq!(answer.seat, (1..=plan.service[3]).find(|seat| !taken.contains(seat)));
            }
            if judge.is_step(start) && answer.bookable {
                let able = (0..judged.len()).filter(|one| accepts(judged[*one]));
                let offers: Vec<(usize, bool)> = able.map(|one| (one, judged[one] == Outcome::Unknown)).collect();
                expected.push((at, answer.flagged, offers));
            }
        }
        let listed: Vec<_> = board.slots().into_iter().map(|slot| {
            let offers: Vec<(usize, bool)> = slot.offers.iter().map(|one| (one.staff, one.flagged)).collect();
            (slot.span.start(), slot.flagged, offers)
        }).collect();
        prop_assert_eq!(listed, expected);
    }

    #[test]
    fn the_list_and_the_check_agree_where_a_microsecond_decides(
        plan in plan(),
        shifts in prop::collection::vec(-1_i64..=1, 1..9)
    ) {
        let zones: Vec<TimeZone> = PLACES.iter().map(|(name, _)| TimeZone::get(name).unwrap()).collect();
        let service = service(&plan);
        let hours: Vec<Hours> = plan.people.iter().map(|person| hours(&plan, person)).collect();
        let mut world = world(&plan, &zones, &service, &hours);
        let mut shifts = shifts.into_iter().cycle();
        let mut shifted = |at: Timestamp| at + SignedDuration::from_micros(shifts.next().unwrap());
        let mut both = |span: Interval| Interval::new(shifted(span.start()), shifted(span.end())).unwrap();
        for staff in &mut world.staff {
            staff.busy.iter_mut().for_each(|one| one.span = both(one.span));
            for source in &mut staff.sources {
                if let Known::Yes { until: Some(until), .. } = &mut source.known {
                    *until = both(Interval::new(*until, Timestamp::MAX - SignedDuration::from_hours(1)).unwrap()).start();
                }
            }
        }
        world.bookings.iter_mut().for_each(|one| one.occupied = both(one.occupied));
        let board = Board::new(&world, between(&plan, plan.window.0, plan.window.1));
        let slots = board.slots();
        let mut listed = slots.iter().peekable();
        for start in (plan.window.0..plan.window.1).step_by(5) {
            let answer = board.check(minute(&plan, start)).unwrap();
            let slot = listed.next_if(|slot| slot.span == answer.span);
            prop_assert_eq!(slot.is_some(), answer.bookable && answer.on_step, "{:?}", answer);
            for offer in slot.iter().flat_map(|slot| &slot.offers) {
                let person = &answer.people[offer.staff];
                let outcome = if offer.flagged { Outcome::Unknown } else { Outcome::Ok };
                prop_assert_eq!((outcome, offer.seats), (person.outcome, person.seats));
            }
        }
        prop_assert!(listed.next().is_none());
    }

    #[test]
    fn a_smaller_window_and_a_world_cut_to_its_reach_say_the_same(plan in plan(), cut in 0_i64..60) {
        let zones: Vec<TimeZone> = PLACES.iter().map(|(name, _)| TimeZone::get(name).unwrap()).collect();
        let service = service(&plan);
        let hours: Vec<Hours> = plan.people.iter().map(|person| hours(&plan, person)).collect();
        let world = world(&plan, &zones, &service, &hours);
        let (from, to) = plan.window;
        let small = between(&plan, (from + cut).min(to - 5), (from + cut + 300).min(to).max(from + cut + 5));
        let all = Board::new(&world, between(&plan, from, to.max(from + cut + 5)));
        let enough = reach(&service, &zones[plan.place], small);
        let mut less = world.clone();
        less.bookings.retain(|one| one.occupied.overlaps(enough));
        for staff in &mut less.staff {
            staff.busy.retain(|one| one.span.overlaps(enough));
        }
        let part = Board::new(&less, small);
        let inside: Vec<_> = all.slots().into_iter().filter(|slot| small.contains(slot.span.start())).collect();
        prop_assert_eq!(part.slots(), inside);
        let at = small.start();
        prop_assert_eq!(part.check(at), all.check(at));
    }
}

#[test]
fn the_judge_sees_every_rule_and_every_outcome() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let zones: Vec<TimeZone> = PLACES.iter().map(|(name, _)| TimeZone::get(name).unwrap()).collect();
    let mut runner = TestRunner::deterministic();
    let rules: BTreeSet<Rule> = Rule::ALL.into_iter().filter(|rule| *rule != Rule::Sources).collect();
    let mut alone: BTreeSet<Rule> = BTreeSet::new();
    let (mut ok, mut unknown, mut steps) = (0, 0, 0);
    for _ in 0..2_000 {
        if alone == rules && ok > 500 && unknown > 100 && steps > 500 {
            return;
        }
        let plan = plan().new_tree(&mut runner).unwrap().current();
        let judge = Judge::new(&plan, &zones);
        for start in (plan.window.0..plan.window.1).step_by(5) {
            steps += u32::from(judge.is_step(start));
            match judge.broken(0, start) {
                (broken, false) if broken.is_empty() => ok += 1,
                (broken, true) if broken.is_empty() => unknown += 1,
                (broken, _) if broken.len() == 1 => alone.extend(broken),
                _ => {}
            }
        }
    }
    panic!("{ok} free, {unknown} unknown, {steps} steps; each of {alone:?} is the only reason somewhere");
}
