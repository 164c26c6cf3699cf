//! What people suffered from elsewhere, and what happens here: events, bookings, and calendars that nobody knows.

use domain::{
    availability::{Booking, Kind, Known, Leaves, OnUnknown, Outcome, Trouble},
    event::Response,
};
use jiff::SignedDuration;

use super::town::{Town, at, booking, busy, day, minutes, source, span};

#[test]
fn a_short_event_inside_a_long_slot_and_two_that_overlap_block_all_they_touch() {
    let mut town = Town::new();
    town.sam().busy = vec![
        busy("short", "10:20 10:30"),
        busy("long", "12:00 14:00"),
        busy("inside", "12:30 13:00"),
    ];
    assert_eq!(town.slots(), "09:00 11:00 14:00 15:00 16:00");
    assert_eq!(town.check("12:15"), "busy: event long in work, event inside in work");
}

#[test]
fn what_only_touches_is_not_in_the_way_and_a_second_more_is() {
    let mut town = Town::new();
    town.sam().busy = vec![busy("before", "09:00 10:00"), busy("after", "11:00 12:00")];
    assert_eq!(town.check("10:00"), "sam");
    assert_eq!(town.check("09:59:59.999999"), "busy: event before in work");
    assert_eq!(town.check("10:00:00.000001"), "busy: event after in work");
    assert_eq!(town.check("16:00"), "sam");
    assert_eq!(town.check("16:00:00.000001"), "hours: sam does not work");
    assert_eq!(town.check("08:59:59.999999"), "hours: sam does not work");
}

#[test]
fn bookings_block_one_another_without_any_calendar() {
    let mut town = Town::new();
    town.sam().sources.clear();
    town.bookings = vec![booking("b1", "10:00")];
    assert_eq!(town.check("10:30"), "busy: booking b1");
    assert_eq!(town.slots(), "09:00 11:00 12:00 13:00 14:00 15:00 16:00");
}

#[test]
fn buffers_are_kept_in_the_list_and_in_the_check_alike() {
    let mut town = Town::new();
    (town.service.before_minutes, town.service.after_minutes) = (15, 30);
    town.sam().busy = vec![busy("dentist", "12:00 13:00")];
    town.service.step_minutes = minutes(15);
    let slots = town.slots();
    assert!(
        slots.starts_with("09:00 09:15 09:30 09:45 10:00 10:15 10:30 13:15 "),
        "{slots}"
    );
    assert!(
        slots.ends_with(" 16:00"),
        "buffers may lie outside of the hours: {slots}"
    );
    assert_eq!(town.check("10:45"), "buffer: event dentist in work");
    assert_eq!(town.check("11:15"), "busy: event dentist in work");
    assert_eq!(town.check("13:00"), "buffer: event dentist in work");
}

#[test]
fn a_booking_keeps_the_buffers_it_was_made_with() {
    let mut town = Town::new();
    let mut b1 = booking("b1", "11:00");
    b1.occupied = span("10:45 12:45");
    town.bookings = vec![b1];
    assert_eq!(town.check("09:45"), "sam");
    assert_eq!(town.check("09:46"), "buffer: booking b1");
    assert_eq!(town.check("12:00"), "buffer: booking b1");
    assert_eq!(town.check("12:45"), "sam");
    town.service.before_minutes = 15;
    assert_eq!(
        town.check("12:45"),
        "buffer: booking b1",
        "two buffers are two times of work"
    );
}

#[test]
fn a_copy_in_the_calendar_is_not_a_second_conflict() {
    let mut town = Town::new();
    let mut copy = busy("copy", "10:00 11:00");
    copy.copy_of = Some("b1");
    town.sam().busy = vec![copy];
    town.bookings = vec![booking("b1", "10:00")];
    assert_eq!(town.check("10:00"), "busy: booking b1", "once");

    town.moving = Some("b1");
    assert_eq!(
        town.check("10:30"),
        "sam",
        "a booking can be moved by half of its own length"
    );
    town.moving = Some("b2");
    assert_eq!(town.check("10:30"), "busy: booking b1");

    // Cancelled here, not yet removed there.
    (town.moving, town.bookings) = (None, Vec::new());
    assert_eq!(town.check("10:00"), "sam");
    let ignored = town.ask(day("2026-11-24"), |board| {
        let answer = board.check(at("10:30")).unwrap();
        answer.people[0]
            .ignored
            .iter()
            .map(|one| (one.event.to_owned(), one.why))
            .collect::<Vec<_>>()
    });
    assert_eq!(ignored, [("copy".to_owned(), Leaves::OwnCopy)]);
}

#[test]
fn a_session_of_a_class_is_full_only_for_its_own_copy_and_seats() {
    let mut town = Town::new();
    town.service.capacity = minutes(2);
    let mut copy = busy("copy", "10:00 11:00");
    copy.copy_of = Some("b1");
    town.sam().busy = vec![copy];
    town.bookings = vec![booking("b1", "10:00")];
    let seat = |town: &Town| {
        town.ask(day("2026-11-24"), |board| {
            let answer = board.check(at("10:00")).unwrap();
            (answer.seat.filter(|_| answer.bookable), answer.people[0].seats)
        })
    };
    assert_eq!(seat(&town), (Some(2), 1));
    assert_eq!(town.check("10:05"), "busy: booking b1", "a class does not begin twice");
    let mut second = booking("b2", "10:00");
    second.seat = 2;
    town.bookings.push(second);
    assert_eq!(seat(&town).1, 0);
    assert_eq!(town.check("10:00"), "capacity: 2 of 2 seats");
    town.bookings.remove(0);
    assert_eq!(seat(&town), (Some(1), 1), "a seat that was given up is the next to go");
    town.bookings[0].service = "colour";
    assert_eq!(town.check("10:00"), "busy: booking b2", "another service is not joined");
}

#[test]
fn a_room_made_smaller_is_full_with_the_people_who_are_in_it() {
    let mut town = Town::new();
    town.service.capacity = minutes(2);
    town.bookings = [3, 4]
        .map(|seat| Booking {
            seat,
            ..booking("b", "10:00")
        })
        .to_vec();
    assert_eq!(town.check("10:00"), "capacity: 2 of 2 seats");
}

#[test]
fn a_hold_blocks_until_it_expires() {
    let mut town = Town::new();
    let mut hold = booking("h1", "10:00");
    hold.expires = Some(at("06:10"));
    town.bookings = vec![hold];
    assert_eq!(town.check("10:00"), "busy: hold h1");
    town.now = at("06:09:59");
    assert_eq!(town.check("10:00"), "busy: hold h1");
    town.now = at("06:10");
    assert_eq!(town.check("10:00"), "sam");
}

#[test]
fn a_declined_invitation_leaves_the_time_free_and_says_so() {
    let mut town = Town::new();
    let mut party = busy("party", "10:00 11:00");
    party.facts.response = Some(Response::Declined);
    town.sam().busy = vec![party];
    assert_eq!(town.check("10:00"), "sam");
    town.sam().busy[0].facts.response = Some(Response::NeedsAction);
    assert_eq!(town.check("10:00"), "busy: event party in work");
    town.sam().sources[0].rules.unanswered = false;
    let (outcome, why) = town.ask(day("2026-11-24"), |board| {
        let answer = board.check(at("10:00")).unwrap();
        (answer.outcome, answer.people[0].ignored[0].why)
    });
    assert_eq!((outcome, why), (Outcome::Ok, Leaves::Unanswered));
}

#[test]
fn each_calendar_has_its_own_table_and_one_meeting_on_two_calendars_blocks_both_people() {
    let mut town = Town::with_tina();
    town.sam().sources.push(source("birthdays"));
    town.sam().sources[1].rules.focus_time = false;
    let mut event = busy("meeting", "10:00 11:00");
    event.kind = Kind::FocusTime;
    town.tina().busy = vec![event];
    event.source = 1;
    town.sam().busy = vec![event];
    assert_eq!(town.check("10:00"), "sam");
    event.source = 0;
    town.sam().busy = vec![event];
    assert_eq!(town.check("10:00"), "busy: event meeting in work");
}

#[test]
fn a_calendar_that_could_not_be_read_is_unknown_not_free() {
    let mut town = Town::new();
    town.service.step_minutes = minutes(240);
    town.sam().busy = vec![busy("old", "09:30 10:30")];
    town.sam().sources.push(source("home"));
    town.sam().sources[1].known = Known::No {
        as_of: Some(at("05:00")),
        reason: "failed",
    };
    assert_eq!(town.slots(), "13:00*");
    assert_eq!(town.check("13:00"), "sam, flagged");
    assert_eq!(
        town.check("09:30"),
        "busy: event old in work",
        "what is known to be busy is no, not unknown"
    );
    let fresh = town.ask(day("2026-11-24"), |board| {
        let fresh = board.freshness();
        (fresh.as_of, fresh.complete)
    });
    assert_eq!(fresh, (Some(at("05:00")), false));
    town.on_unknown = OnUnknown::Block;
    assert_eq!(town.slots(), "");
    assert_eq!(town.check("13:00"), r#"sources: home Unreadable("failed")"#);
}

#[test]
fn a_calendar_older_than_asked_for_is_stale_and_one_just_as_old_is_not() {
    let mut town = Town::new();
    town.on_unknown = OnUnknown::Block;
    town.max_staleness = Some(SignedDuration::from_secs(60));
    assert_eq!(town.check("10:00"), "sam");
    town.now = at("06:00:00.000001");
    assert_eq!(town.check("10:00"), "sources: work Stale");
    assert_eq!(town.slots(), "");
    town.max_staleness = None;
    assert_eq!(town.check("10:00"), "sam");
}

#[test]
fn what_is_not_worked_out_yet_is_unknown_from_there_on() {
    let mut town = Town::new();
    town.service.after_minutes = 30;
    town.sam().sources[0].known = Known::Yes {
        as_of: at("05:59"),
        until: Some(at("12:30")),
    };
    assert_eq!(town.slots(), "09:00 10:00 11:00 12:00* 13:00* 14:00* 15:00* 16:00*");
    assert_eq!(town.check("11:00:00.000001"), "sam, flagged");
    town.sam().sources[0].known = Known::Yes {
        as_of: at("05:59"),
        until: Some(at("12:29:59.999999")),
    };
    assert_eq!(town.slots(), "09:00 10:00 11:00* 12:00* 13:00* 14:00* 15:00* 16:00*");
    assert_eq!(town.check("11:00"), "sam, flagged");
    assert_eq!(town.check("10:59:59.999999"), "sam");
    let trouble = town.ask(span("09:00 10:00"), |board| board.freshness().complete);
    assert!(trouble, "nothing of this window is unknown");
    town.ask(span("09:00 12:00"), |board| {
        assert_eq!(
            board.freshness().sources[0].trouble,
            Some(Trouble::OutOfReach {
                until: at("12:29:59.999999")
            })
        );
    });
}

#[test]
fn a_weekly_event_a_year_ahead_counts() {
    let mut town = Town::new();
    town.service.horizon_days = 400;
    let week = busy("weekly", "2027-11-23T10:00 2027-11-23T11:00");
    town.sam().busy = vec![week];
    assert_eq!(town.slots_on("2027-11-23"), "09:00 11:00 12:00 13:00 14:00 15:00 16:00");
}
