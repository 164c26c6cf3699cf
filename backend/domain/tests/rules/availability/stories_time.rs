//! Hours, closures, notice, horizon and limits, on days when the clock changes too.

use domain::{
    availability::{Booking, Closure, ClosureSpan, reach},
    time::Interval,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::town::{Town, at, booking, daily, minutes, span, wall};
use crate::support::utc;

#[test]
fn an_open_day_is_offered_in_steps_from_opening_to_the_last_that_ends_by_closing() {
    let mut town = Town::new();
    assert_eq!(town.slots(), "09:00 10:00 11:00 12:00 13:00 14:00 15:00 16:00");
    town.sam().hours = daily("09:10-12:00 13:30-15:00");
    town.service.step_minutes = minutes(30);
    assert_eq!(town.slots(), "09:10 09:40 10:10 10:40 13:30 14:00");
    assert_eq!(
        town.check("11:00"),
        "sam",
        "what is free may be booked off the steps too"
    );
    assert_eq!(town.check("11:01"), "hours: sam does not work");
}

#[test]
fn notice_is_time_that_passes_and_the_past_is_never_offered() {
    let mut town = Town::new();
    town.now = at("11:30");
    assert_eq!(town.slots(), "12:00 13:00 14:00 15:00 16:00");
    assert_eq!(town.check("11:30"), "sam");
    town.service.notice_minutes = 150;
    assert_eq!(town.check("13:59:59"), "notice: not before 2026-11-24T13:00:00Z");
    assert_eq!(town.check("14:00"), "sam");
    // Over the night in which the clock is put back, a day of notice ends an hour earlier on the wall.
    town.now = at("2026-10-24T12:00");
    town.service.notice_minutes = 24 * 60;
    assert_eq!(town.slots_on("2026-10-25"), "11:00 12:00 13:00 14:00 15:00 16:00");
}

#[test]
fn the_horizon_is_counted_in_days_where_the_client_is() {
    let mut town = Town::new();
    town.service.horizon_days = 1;
    // It is still Tuesday in UTC.
    town.now = at("2026-11-25T00:30");
    town.sam().hours = daily("00:00-00:00");
    assert_eq!(town.check("2026-11-26T23:30"), "sam");
    assert_eq!(town.check("2026-11-27T00:00"), "horizon: not after 2026-11-26");
    town.service.horizon_days = 0;
    assert_eq!(town.check("2026-11-26T00:00"), "horizon: not after 2026-11-25");
    town.service.horizon_days = u32::MAX;
    assert_eq!(town.check("2126-11-26T00:00"), "sam");
}

#[test]
fn the_daily_limit_counts_bookings_of_the_service_that_begin_that_day_over_all_staff() {
    let mut town = Town::with_tina();
    town.service.daily_limit = Some(2);
    town.bookings = vec![booking("b1", "09:00"), booking("b2", "16:00")];
    town.bookings[1].staff = "somebody who left";
    assert_eq!(town.check("12:00"), "daily limit: 2 of 2 on 2026-11-24");
    assert_eq!(town.slots(), "");
    assert_eq!(town.check("2026-11-25T09:00"), "sam");
    town.moving = Some("b1");
    assert_eq!(
        town.check("12:00"),
        "sam",
        "a booking that is moved within the day is counted once"
    );
    town.moving = None;
    town.bookings[1].service = "colour";
    assert_eq!(town.check("12:00"), "sam");
    // Sam and Tina together are one booking.
    town.bookings[1] = Booking {
        staff: "tina",
        ..booking("b1", "09:00")
    };
    assert_eq!(town.check("12:00"), "sam");
}

#[test]
fn closures_of_days_and_of_hours_close_for_everybody() {
    let mut town = Town::with_tina();
    let days = |first: &str, last: &str| ClosureSpan::Days {
        first: first.parse().unwrap(),
        last: last.parse().unwrap(),
    };
    town.closures = vec![
        Closure {
            name: "Advent",
            span: days("2026-11-25", "2026-11-26"),
        },
        Closure {
            name: "Lunch",
            span: ClosureSpan::Range(span("12:00 12:30")),
        },
    ];
    assert_eq!(town.slots(), "09:00 10:00 11:00 13:00 14:00 15:00 16:00");
    assert_eq!(town.check("12:29"), "closure: Lunch");
    assert_eq!(town.check("12:30"), "sam");
    assert_eq!(town.slots_on("2026-11-25"), "");
    assert_eq!(town.check("2026-11-26T09:00"), "closure: Advent");
    assert_eq!(town.check("2026-11-27T09:00"), "sam");
    town.sam().hours = daily("22:00-06:00");
    assert_eq!(town.check("23:00"), "sam");
    assert_eq!(
        town.check("23:01"),
        "closure: Advent",
        "the night before ends at midnight"
    );
}

#[test]
fn dates_with_other_hours_replace_the_week_and_nights_belong_to_the_day_they_begin_on() {
    let mut town = Town::new();
    town.now = at("2026-11-20T12:00");
    let exceptions = &mut town.staff[0].hours.exceptions;
    exceptions.insert("2026-11-24".parse().unwrap(), wall("12:00-14:00"));
    exceptions.insert("2026-11-25".parse().unwrap(), Vec::new());
    assert_eq!(town.slots(), "12:00 13:00");
    assert_eq!(town.slots_on("2026-11-25"), "");
    town.sam().hours = daily("22:00-02:00");
    town.sam()
        .hours
        .exceptions
        .insert("2026-11-24".parse().unwrap(), Vec::new());
    assert_eq!(town.slots(), "00:00 01:00", "of the night before");
    assert_eq!(town.slots_on("2026-11-25"), "22:00 23:00");
}

#[test]
fn a_service_may_run_from_one_stretch_of_hours_into_the_next_that_touches_it() {
    let mut town = Town::new();
    town.sam().hours = daily("10:00-12:00 12:00-13:30");
    assert_eq!(town.check("11:30"), "sam");
    town.sam().hours = daily("10:00-12:00 12:01-13:30");
    assert_eq!(town.check("11:30"), "hours: sam does not work");
    town.service.duration_minutes = minutes(3 * 24 * 60);
    town.sam().hours = daily("00:00-00:00");
    assert_eq!(
        town.slots(),
        "06:00 07:00 08:00 09:00 10:00 11:00 12:00 13:00 14:00 15:00 16:00 17:00 18:00 19:00 20:00 21:00 22:00 23:00"
    );
}

#[test]
fn on_the_days_the_clock_changes_hours_stay_on_the_wall_and_steps_go_on_by_the_minute() {
    let mut town = Town::new();
    town.now = at("2026-03-01T00:00");
    town.service.horizon_days = 300;
    assert_eq!(
        town.slots_on("2026-03-29"),
        "09:00 10:00 11:00 12:00 13:00 14:00 15:00 16:00"
    );
    assert_eq!(
        town.slots_on("2026-10-25"),
        "09:00 10:00 11:00 12:00 13:00 14:00 15:00 16:00"
    );
    town.sam().hours = daily("00:30-05:00");
    assert_eq!(town.slots_on("2026-03-29"), "00:30 01:30 03:30", "a gap shortens");
    assert_eq!(
        town.slots_on("2026-10-25"),
        "00:30 01:30 02:30 02:30 03:30",
        "a fold lengthens"
    );
    town.sam().hours = daily("02:15-02:45");
    town.service.duration_minutes = minutes(15);
    assert_eq!(town.slots_on("2026-03-29"), "", "hours that the clock skips");
    assert_eq!(town.slots_on("2026-10-25"), "02:15", "the first of the two");
}

#[test]
fn a_day_that_a_zone_skipped_has_no_hours_and_takes_nothing_from_its_neighbours() {
    let mut town = Town::new();
    town.zone = TimeZone::get("Pacific/Apia").unwrap();
    town.sam().zone = town.zone.clone();
    town.now = utc("2011-12-28T00:00:00Z");
    let window = Interval::new(utc("2011-12-29T10:00:00Z"), utc("2011-12-31T10:00:00Z")).unwrap();
    let days: std::collections::BTreeSet<String> = town.ask(window, |board| {
        board
            .slots()
            .iter()
            .map(|slot| town.zone.to_datetime(slot.span.start()).date().to_string())
            .collect()
    });
    assert_eq!(days.into_iter().collect::<Vec<_>>(), ["2011-12-29", "2011-12-31"]);
}

#[test]
fn somebody_in_another_zone_is_offered_by_their_own_clock() {
    let mut town = Town::new();
    town.sam().zone = TimeZone::get("America/New_York").unwrap();
    assert_eq!(town.slots(), "15:00 16:00 17:00 18:00 19:00 20:00 21:00 22:00");
    // For a week New York has changed its clock and Berlin has not.
    town.now = at("2026-10-20T00:00");
    assert_eq!(
        town.slots_on("2026-10-27"),
        "14:00 15:00 16:00 17:00 18:00 19:00 20:00 21:00"
    );
}

#[test]
fn at_both_ends_of_time_nothing_breaks_and_nothing_is_offered_twice() {
    let mut town = Town::new();
    town.sam().hours = daily("00:00-00:00");
    town.service.daily_limit = Some(1);
    for (from, to) in [
        (Timestamp::MIN, Timestamp::MIN + SignedDuration::from_hours(80)),
        (Timestamp::MAX - SignedDuration::from_hours(80), Timestamp::MAX),
    ] {
        (town.now, town.service.horizon_days) = (from, 1);
        let window = Interval::new(from, to).unwrap();
        let starts = town.ask(window, |board| {
            board.slots().iter().map(|slot| slot.span.start()).collect::<Vec<_>>()
        });
        assert!(starts.windows(2).all(|pair| pair[0] < pair[1]));
        assert!((24..=48).contains(&starts.len()), "{starts:?}");
        assert!(reach(&town.service, &town.zone, window).contains(from));
    }
}
