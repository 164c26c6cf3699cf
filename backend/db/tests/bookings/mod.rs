//! Nobody is booked twice, whoever writes: the database itself refuses it.

use std::sync::Barrier;

use db::{
    Conn, Error,
    booking_copies::{self, Copy},
    bookings::{self, Booking},
    messages::{self, Message},
    page::Keyset,
    seats::{self, Part},
    types::Instant,
};
use diesel::connection::SimpleConnection;
use domain::id::{Kind, TenantId};

use crate::{Fresh, calendar_in, office};

/// Two people who do two services, each for up to three customers at once.
pub fn practice(fresh: &Fresh) -> TenantId {
    let people = ["ann", "bob"].map(|id| {
        format!(
            "INSERT INTO staff (id, tenant_id, client_id, name, sort_key, time_zone, hours, revision, created_at, updated_at)
                VALUES ('{id}', 't', 't', '{id}', '{id}', 'UTC', '{{}}', 1, 0, 0);"
        )
    });
    let services = ["cut", "dye"].map(|id| {
        format!(
            "INSERT INTO services (id, tenant_id, client_id, name, sort_key, duration_minutes, before_minutes, after_minutes, capacity,
                    notice_minutes, horizon_days, step_minutes, assignment, variants, is_public, revision, created_at, updated_at)
                VALUES ('{id}', 't', 't', '{id}', '{id}', 60, 0, 0, 3, 0, 60, 15, 'any', '[]', TRUE, 1, 0, 0);"
        )
    });
    let sql = office("t") + &people.concat() + &services.concat();
    fresh
        .database
        .write(|c| -> db::Result<()> { Ok(db::each_backend!(c, |c| c.batch_execute(&sql))?) })
        .unwrap();
    TenantId::from_store("t".into())
}

fn at(minutes: i64) -> Instant {
    Instant::from_micros(minutes * 60_000_000).unwrap()
}

fn booking(from: i64, to: i64) -> Booking {
    Booking {
        id: Kind::Booking.new_id(),
        tenant_id: "t".into(),
        client_id: "t".into(),
        service_id: "cut".into(),
        variant: None,
        customer_id: None,
        status: bookings::CONFIRMED.into(),
        starts_at: at(from),
        ends_at: at(to),
        expires_at: None,
        is_flagged: false,
        notes_shared: None,
        notes_private: None,
        price_text: None,
        origin: "api".into(),
        external_id: None,
        series_id: None,
        calendar_event_id: None,
        receipt: "{}".into(),
        cancelled_at: None,
        cancel_reason: None,
        link_hash: None,
        link_sealed: None,
        revision: 1,
        created_at: at(0),
        updated_at: at(0),
        look_at: None,
    }
}

/// What is asked for: service, start, end, minutes before and after, seats.
#[derive(Clone, Copy)]
struct Ask(&'static str, i64, i64, i64, i64, i32);

fn book(c: &mut Conn, tenant: &TenantId, ask: Ask, people: &[&str]) -> db::Result<(String, i32)> {
    let Ask(service, from, to, before, after, seats) = ask;
    let row = Booking {
        service_id: service.into(),
        ..booking(from, to)
    };
    bookings::insert(c, &row)?;
    let part = Part {
        booking: &row.id,
        service,
        span: (at(from), at(to)),
        occupied: (at(from - before), at(to + after)),
        seats,
    };
    let seat = seats::take(c, tenant, &part, people)?;
    Ok((row.id, seat))
}

#[test]
fn what_would_overlap_is_refused_and_what_touches_is_not() {
    let fresh = Fresh::new();
    let tenant = practice(&fresh);
    let book = |ask, people: &[&str]| fresh.database.write(|c| book(c, &tenant, ask, people));
    book(Ask("cut", 600, 660, 0, 0, 1), &["ann"]).unwrap();
    for (from, to) in [(630, 690), (570, 630), (610, 620), (500, 700), (600, 660)] {
        let second = book(Ask("dye", from, to, 0, 0, 1), &["ann"]);
        assert!(matches!(second, Err(Error::Taken)), "{from} {to}: {second:?}");
    }
    book(Ask("dye", 660, 720, 0, 0, 1), &["ann"]).expect("it begins when the other one ends");
    book(Ask("dye", 540, 600, 0, 0, 1), &["ann"]).expect("it ends when the other one begins");
    book(Ask("dye", 600, 660, 0, 0, 1), &["bob"]).expect("somebody else has time");
    let both = book(Ask("dye", 700, 760, 0, 0, 1), &["bob", "ann"]);
    assert!(matches!(both, Err(Error::Taken)), "one of two is busy: {both:?}");
    book(Ask("dye", 700, 760, 0, 0, 1), &["bob"]).expect("who was free has not lost the time to what was refused");
}

#[test]
fn two_buffers_may_touch_but_not_share_a_minute() {
    let fresh = Fresh::new();
    let tenant = practice(&fresh);
    let book = |ask| fresh.database.write(|c| book(c, &tenant, ask, &["ann"]));
    book(Ask("cut", 600, 660, 10, 15, 1)).unwrap();
    for from in [661, 670, 684] {
        assert!(
            matches!(book(Ask("cut", from, from + 60, 10, 15, 1)), Err(Error::Taken)),
            "{from}"
        );
    }
    book(Ask("cut", 685, 745, 10, 15, 1)).expect("15 minutes after the one, 10 before the other");
}

#[test]
fn a_session_has_as_many_seats_as_it_has_and_they_are_filled_from_the_first() {
    let fresh = Fresh::new();
    let tenant = practice(&fresh);
    let book = |ask| fresh.database.write(|c| book(c, &tenant, ask, &["ann"]));
    let session = Ask("cut", 600, 660, 5, 5, 3);
    let first = book(session).unwrap();
    assert_eq!((first.1, book(session).unwrap().1), (1, 2));
    let other = Ask("dye", 600, 660, 5, 5, 3);
    assert!(
        matches!(book(other), Err(Error::Taken)),
        "another service is no session"
    );
    let longer = Ask("cut", 600, 665, 5, 5, 3);
    assert!(matches!(book(longer), Err(Error::Taken)), "neither is another length");
    assert_eq!(book(session).unwrap().1, 3);
    assert!(matches!(book(session), Err(Error::Taken)), "there are three");
    fresh.database.write(|c| seats::fall(c, &tenant, &first.0)).unwrap();
    assert_eq!(book(session).unwrap().1, 1, "the seat that became free");
}

#[test]
fn a_hold_that_nobody_confirmed_in_time_makes_room() {
    let fresh = Fresh::new();
    let tenant = practice(&fresh);
    let ask = Ask("cut", 600, 660, 0, 0, 1);
    let (id, _) = fresh.database.write(|c| book(c, &tenant, ask, &["ann"])).unwrap();
    let hold = |c: &mut Conn| {
        let row = bookings::lock(c, &tenant, &id)?;
        let row = Booking {
            status: bookings::HELD.into(),
            expires_at: Some(at(100)),
            ..row
        };
        bookings::update(c, &tenant, &row)
    };
    fresh.database.write(hold).unwrap();
    let try_at = |minute| {
        fresh.database.write(|c| {
            bookings::expire(c, &tenant, at(minute))?;
            book(c, &tenant, ask, &["ann"])
        })
    };
    assert!(matches!(try_at(99), Err(Error::Taken)));
    try_at(100).expect("it is over");
    let row = fresh.database.read(|c| bookings::get(c, &tenant, &id)).unwrap();
    assert_eq!((row.status.as_str(), row.expires_at), (bookings::EXPIRED, None));
}

#[test]
fn sql_that_would_overlap_is_refused_too() {
    let fresh = Fresh::new();
    let tenant = practice(&fresh);
    let run = |sql: &str| {
        fresh
            .database
            .write(|c| -> db::Result<()> { Ok(db::each_backend!(c, |c| c.batch_execute(sql))?) })
    };
    let one = Ask("cut", 600, 660, 0, 0, 1);
    let (id, _) = fresh.database.write(|c| book(c, &tenant, one, &["ann"])).unwrap();
    let two = Ask("cut", 700, 760, 0, 0, 1);
    let (other, _) = fresh.database.write(|c| book(c, &tenant, two, &["ann"])).unwrap();
    let refused = |sql: String| {
        let answer = run(&sql);
        assert!(matches!(answer, Err(Error::Taken)), "{sql}: {answer:?}");
    };
    let moved = |from: i64, to: i64| {
        let (from, to) = (at(from).micros(), at(to).micros());
        format!(
            "starts_at = {from}, ends_at = {to}, occupied_from = {from}, occupied_to = {to}, session_key = 'cut|{from}|{to}'"
        )
    };
    refused(format!(
        "UPDATE booking_seats SET {} WHERE booking_id = '{other}'",
        moved(630, 690)
    ));
    refused(format!(
        "UPDATE booking_seats SET {} WHERE booking_id = '{other}'",
        moved(600, 660)
    ));
    let three = Ask("dye", 610, 620, 0, 0, 1);
    fresh.database.write(|c| book(c, &tenant, three, &["bob"])).unwrap();
    refused("UPDATE booking_seats SET staff_id = 'ann' WHERE staff_id = 'bob'".into());
    // What fell may lie anywhere, and cannot rise again where somebody sits.
    fresh.database.write(|c| seats::fall(c, &tenant, &id)).unwrap();
    run(&format!(
        "UPDATE booking_seats SET {} WHERE booking_id = '{other}'",
        moved(600, 660)
    ))
    .unwrap();
    refused(format!(
        "UPDATE booking_seats SET stands = TRUE WHERE booking_id = '{id}'"
    ));
}

#[test]
fn of_many_who_want_the_last_seats_at_once_as_many_get_one_as_there_are() {
    let fresh = Fresh::new();
    let tenant = practice(&fresh);
    let together = Barrier::new(4);
    let won: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    together.wait();
                    let tries = (0..8).map(|i| {
                        fresh.database.write(|c| {
                            seats::lock(c, &tenant, "cut", &["ann"])?;
                            book(
                                c,
                                &tenant,
                                Ask("cut", 600 + i % 2 * 60, 660 + i % 2 * 60, 0, 0, 3),
                                &["ann"],
                            )
                        })
                    });
                    tries
                        .filter(|one| match one {
                            Ok(_) => true,
                            Err(Error::Taken) => false,
                            Err(other) => panic!("{other}"),
                        })
                        .count()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(won, 6, "two sessions of three seats");
}

/// A copy of this booking, whose event somebody changes with this.
fn copied(fresh: &Fresh, tenant: &TenantId) -> (Copy, &'static str) {
    let (id, _) = fresh
        .database
        .write(|c| book(c, tenant, Ask("cut", 600, 660, 0, 0, 1), &["ann"]))
        .unwrap();
    let event =
        "INSERT INTO events (id, tenant_id, client_id, calendar_id, provider, remote_id, ical_uid, starts_at, ends_at,
            is_recurring, status, search_text, raw, content, round, revision, created_at, updated_at)
        VALUES ('e', 't', 't', 'cal', 'google', 'e', 'e', 1, 2, FALSE, 'confirmed', '', '', '{}', 1, 1, 0, 0);";
    let copy = Copy {
        event_id: "e".into(),
        booking_id: id,
        staff_id: "ann".into(),
        calendar_id: "cal".into(),
        tenant_id: "t".into(),
        created_at: at(0),
        removed_at: None,
        look_at: Some(at(0)),
        said: None,
    };
    let sql = calendar_in("t", "cal") + event;
    fresh
        .database
        .write(|c| {
            db::each_backend!(c, |c| c.batch_execute(&sql))?;
            booking_copies::insert(c, &copy)
        })
        .unwrap();
    (copy, "UPDATE events SET starts_at = starts_at + 1 WHERE id = 'e'")
}

#[test]
fn who_has_looked_at_a_copy_forgets_nothing_that_changed_meanwhile() {
    let fresh = Fresh::new();
    let (_, change) = copied(&fresh, &practice(&fresh));
    let astray = || fresh.database.read(|c| booking_copies::astray(c, at(1), 9)).unwrap();
    let looked = |copy: &Copy| fresh.database.write(|c| booking_copies::looked(c, copy, None)).unwrap();
    let seen = astray().remove(0);
    let claimed = fresh.database.write(|c| booking_copies::claim(c, &seen, at(2)));
    let claimed = claimed.unwrap().expect("nobody else looks");
    assert_eq!(astray(), [], "what cannot be done now waits a while");
    assert_eq!(
        fresh
            .database
            .write(|c| booking_copies::claim(c, &seen, at(2)))
            .unwrap(),
        None,
        "somebody else looks"
    );
    // The event changes, but nobody sees that yet, while we have looked at what it was.
    let together = Barrier::new(2);
    std::thread::scope(|scope| {
        let pull = scope.spawn(|| {
            fresh.database.write(|c| -> db::Result<()> {
                db::each_backend!(c, |c| c.batch_execute(change))?;
                together.wait();
                std::thread::sleep(std::time::Duration::from_millis(300));
                Ok(())
            })
        });
        together.wait();
        assert!(!looked(&claimed));
        pull.join().unwrap().unwrap();
    });
    let again = astray().remove(0);
    assert!(looked(&again), "and now it agrees");
    assert_eq!(astray(), []);
}

#[test]
fn a_message_that_was_dropped_while_it_was_sent_waits_no_more() {
    let fresh = Fresh::new();
    let tenant = practice(&fresh);
    let (id, _) = fresh
        .database
        .write(|c| book(c, &tenant, Ask("cut", 600, 660, 0, 0, 1), &["ann"]))
        .unwrap();
    let message = |kind: &str| Message {
        id: kind.into(),
        tenant_id: "t".into(),
        client_id: "t".into(),
        booking_id: Some(id.clone()),
        channel: "email".into(),
        kind: kind.into(),
        recipient: "ann@example.com".into(),
        due_at: at(0),
        state: messages::WAITING.into(),
        attempts: 0,
        leased_until: None,
        last_error: None,
        once_key: kind.into(),
        created_at: at(0),
        sent_at: None,
        about_start: None,
        detail: None,
        credential_id: None,
    };
    let states = fresh.database.write(|c| {
        messages::insert(c, &[message("changed"), message("confirmed")])?;
        let mut taken = messages::lease(c, at(1), at(2), 9)?;
        messages::drop_waiting(c, &tenant, &id, &["changed", "confirmed"], "moved on")?;
        for one in &mut taken {
            if one.id == "confirmed" {
                one.state = messages::SENT.into();
            }
            messages::settle(c, one)?;
        }
        let all = Keyset { after: None, limit: 9 };
        let rows = messages::of(c, &tenant, &id, &all)?.rows;
        Ok::<_, Error>(rows.into_iter().map(|one| (one.id, one.state)).collect::<Vec<_>>())
    });
    let told = |kind: &str, state: &str| (kind.to_owned(), state.to_owned());
    assert_eq!(
        states.unwrap(),
        [told("changed", messages::DROPPED), told("confirmed", messages::SENT)],
        "but one that went out has gone out"
    );
}
