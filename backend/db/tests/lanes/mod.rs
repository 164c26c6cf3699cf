//! Who is served next: what is urgent, then whoever has least on the way, then what has waited longest.

use db::{
    Conn,
    outbox::{self, Promise, WAITING},
    types::Instant,
};
use diesel::connection::SimpleConnection;
use domain::id::TenantId;

use crate::{Fresh, calendar_in, office};

/// Two tenants with three calendars each: `a1`, `a2`, `a3`, `b1`, …
fn two_tenants() -> String {
    ["a", "b"]
        .map(|t| office(t) + &[1, 2, 3].map(|n| calendar_in(t, &format!("{t}{n}"))).concat())
        .concat()
}

fn at(second: i64) -> Instant {
    Instant::from_micros(second * 1_000_000).unwrap()
}

const LATER: i64 = 1_000;
const URGENT: i32 = 10;
const ORDINARY: i32 = 50;

struct Office(Fresh);

impl Office {
    fn open() -> Self {
        let fresh = Fresh::new();
        let all = two_tenants();
        fresh
            .database
            .write(|c| -> db::Result<()> { Ok(c.batch_execute(&all)?) })
            .unwrap();
        Self(fresh)
    }

    fn write<T>(&self, work: impl Fn(&mut Conn) -> db::Result<T>) -> T {
        self.0.database.write(work).unwrap()
    }

    /// Something is to be done in a calendar.
    fn wants(&self, calendar: &str, priority: i32, second: i64) {
        let tenant = TenantId::from_store(calendar[..1].to_owned());
        self.write(|c| {
            let seq = outbox::places(c, &tenant, calendar, 1, priority, at(second))?;
            let promise = Promise {
                id: format!("{calendar}-{seq}"),
                tenant_id: tenant.as_str().to_owned(),
                client_id: tenant.as_str().to_owned(),
                calendar_id: calendar.to_owned(),
                event_id: format!("{calendar}-{seq}"),
                group_id: format!("{calendar}-{seq}"),
                seq,
                priority,
                action: "update".into(),
                create_key: None,
                base: None,
                sent: None,
                notify: "none".into(),
                state: WAITING.into(),
                version: 1,
                attempts: 0,
                error_code: None,
                error_detail: None,
                error_at: None,
                created_at: at(second),
                updated_at: at(second),
            };
            outbox::insert(c, &promise)
        });
    }

    /// Takes the next lane and says which.
    fn next(&self) -> Option<String> {
        let calendar = self.write(|c| outbox::next_lane(c, at(LATER)))?;
        self.write(|c| outbox::take(c, &calendar, "worker", at(LATER), at(2 * LATER)).map(|_| ()));
        Some(calendar)
    }

    /// What is done first in a lane.
    fn first(&self, calendar: &str) -> String {
        self.write(|c| outbox::next(c, calendar)).unwrap().id
    }
}

#[test]
fn a_busy_tenant_does_not_keep_another_waiting() {
    let office = Office::open();
    for (calendar, second) in [("a1", 1), ("a2", 2), ("a3", 3), ("b1", 4), ("b2", 5)] {
        office.wants(calendar, ORDINARY, second);
    }
    let served: Vec<String> = std::iter::from_fn(|| office.next()).collect();
    assert_eq!(served, ["a1", "b1", "a2", "b2", "a3"]);
}

#[test]
fn what_is_urgent_goes_first_and_what_is_not_does_not_hold_it_up() {
    let office = Office::open();
    office.wants("a1", ORDINARY, 1);
    office.wants("a2", URGENT, 2);
    // In the same calendar something ordinary is promised after it, and something urgent after that.
    office.wants("a2", ORDINARY, 3);
    office.wants("b1", ORDINARY, 4);
    office.wants("b1", URGENT, 5);
    assert_eq!((office.first("a2"), office.first("b1")), ("a2-0".into(), "b1-1".into()));
    let served: Vec<String> = std::iter::from_fn(|| office.next()).collect();
    assert_eq!(served, ["a2", "b1", "a1"]);
    // Given back, a lane is as urgent as what is left in it.
    office.write(|c| {
        let done = outbox::next(c, "a2")?.unwrap();
        outbox::kept(c, &done)?;
        for calendar in ["a2", "b1"] {
            outbox::give_back(c, calendar, "worker", at(6))?;
        }
        Ok(())
    });
    let served: Vec<String> = std::iter::from_fn(|| office.next()).collect();
    assert_eq!(served, ["b1", "a2"]);
}
