//! Who does it, what a refusal says, and what must be known to say it.

use domain::availability::{Assignment, Booking, Closure, ClosureSpan, Known, Outcome, OutsideWindow, Rule, reach};

use super::town::{Member, Town, at, booking, busy, daily, day, minutes, span};

#[test]
fn anybody_is_the_first_who_can_and_round_robin_the_one_whose_turn_it_is() {
    let mut town = Town::with_tina();
    town.staff.push(Member::new("uma"));
    (town.staff[0].turn, town.staff[1].turn, town.staff[2].turn) = (7, 3, 3);
    assert_eq!(town.check("10:00"), "sam");
    town.service.assignment = Assignment::RoundRobin;
    assert_eq!(town.check("10:00"), "tina");
    town.tina().busy = vec![busy("dentist", "10:00 11:00")];
    assert_eq!(town.check("10:00"), "uma");
    town.staff[2].sources[0].known = Known::No {
        as_of: None,
        reason: "failed",
    };
    assert_eq!(
        town.check("10:00"),
        "sam",
        "somebody about whom everything is known comes first"
    );
    town.sam().busy = vec![busy("lunch", "10:30 11:00")];
    assert_eq!(town.check("10:00"), "uma, flagged");
    let offers = town.ask(day("2026-11-24"), |board| board.slots()[1].offers.clone());
    assert_eq!(
        offers.iter().map(|one| (one.staff, one.flagged)).collect::<Vec<_>>(),
        [(2, true)]
    );
}

#[test]
fn a_job_for_two_needs_both_and_one_refusal_is_enough() {
    let mut town = Town::with_tina();
    town.service.assignment = Assignment::AllTogether;
    assert_eq!(town.check("10:00"), "sam + tina");
    town.tina().hours = daily("10:30-15:00");
    town.sam().busy = vec![busy("dentist", "12:00 13:00")];
    assert_eq!(town.check("10:00"), "hours: tina does not work");
    assert_eq!(town.check("12:00"), "busy: event dentist in work");
    assert_eq!(town.slots(), "10:30 11:00 13:00 13:30 14:00");
    town.tina().sources[0].known = Known::No {
        as_of: None,
        reason: "failed",
    };
    assert_eq!(town.check("11:00"), "sam + tina, flagged");
    town.staff.clear();
    assert_eq!(town.slots(), "", "nobody together is not everybody");
}

#[test]
fn a_refusal_tells_of_the_one_who_comes_closest_and_offers_what_is_nearest() {
    let mut town = Town::with_tina();
    town.tina().hours = daily("18:00-20:00");
    town.sam().busy = vec![busy("dentist", "12:00 13:30")];
    assert_eq!(town.check("12:00"), "busy: event dentist in work", "not Tina's hours");
    let near = town.ask(day("2026-11-24"), |board| {
        let near = board.alternatives(at("12:00"), 4);
        near.iter().map(|slot| slot.span.start()).collect::<Vec<_>>()
    });
    assert_eq!(near, [at("11:00"), at("14:00"), at("10:00"), at("15:00")]);
}

#[test]
fn every_rule_is_told_in_order_with_all_its_causes() {
    let mut town = Town::new();
    town.now = at("16:45");
    town.service.after_minutes = 60;
    town.service.daily_limit = Some(1);
    town.service.horizon_days = 0;
    town.bookings = vec![booking("b1", "17:30")];
    town.sam().busy = vec![busy("dentist", "18:00 19:00")];
    town.closures = vec![Closure {
        name: "Early",
        span: ClosureSpan::Range(span("17:00 20:00")),
    }];
    town.sam().sources[0].known = Known::No {
        as_of: None,
        reason: "failed",
    };
    let told = town.ask(day("2026-11-24"), |board| {
        let answer = board.check(at("16:40")).unwrap();
        let verdicts = &answer.people[0].verdicts;
        assert_eq!(verdicts.iter().map(|one| one.rule).collect::<Vec<_>>(), Rule::ALL);
        verdicts
            .iter()
            .map(|one| (one.outcome, one.causes.len()))
            .collect::<Vec<_>>()
    });
    use Outcome::{No, Ok, Unknown};
    assert_eq!(
        told,
        [
            (No, 1),
            (No, 1),
            (No, 1),
            (Ok, 0),
            (No, 1),
            (No, 1),
            (Ok, 0),
            (No, 1),
            (Unknown, 1)
        ]
    );
}

#[test]
fn a_start_outside_of_what_was_loaded_is_not_answered() {
    let town = Town::new();
    let start = at("2026-11-25T00:00");
    town.ask(day("2026-11-24"), |board| {
        assert_eq!(board.check(start), Err(OutsideWindow { start }));
        assert!(board.check(at("23:59")).is_ok());
    });
}

#[test]
fn what_must_be_loaded_is_whole_days_and_the_buffers_around() {
    let mut town = Town::new();
    (town.service.before_minutes, town.service.after_minutes) = (15, 30);
    let reaches = |window| reach(&town.service, &town.zone, window);
    assert_eq!(reaches(span("10:00 11:00")), day("2026-11-24"));
    let late = span("2026-11-24T00:10 2026-11-24T23:30");
    assert_eq!(reaches(late), span("2026-11-23T23:55 2026-11-25T01:00"));
}

#[test]
fn a_class_of_two_teachers_has_the_seats_that_are_free_with_both() {
    let mut town = Town::with_tina();
    town.service.assignment = Assignment::AllTogether;
    town.service.capacity = minutes(3);
    let with = |id, staff, seat| Booking {
        staff,
        seat,
        ..booking(id, "10:00")
    };
    // The second was booked with Tina alone, before both taught together.
    town.bookings = vec![with("b1", "sam", 1), with("b1", "tina", 1), with("b2", "tina", 2)];
    let seat = |town: &Town| {
        town.ask(day("2026-11-24"), |board| {
            let answer = board.check(at("10:00")).unwrap();
            (
                answer.seat,
                answer.people.iter().map(|one| one.seats).collect::<Vec<_>>(),
            )
        })
    };
    assert_eq!(seat(&town), (Some(3), vec![1, 1]));
    town.bookings[2].seat = 3;
    assert_eq!(seat(&town), (Some(2), vec![1, 1]));
    town.bookings.push(with("b3", "sam", 2));
    assert_eq!(town.check("10:00"), "capacity: 3 of 3 seats");
}
