//! The events that show bookings in calendars: made to say what their bookings say, wherever they should be and nowhere
//! else. One function for whatever happened to a booking.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::{
    Conn,
    booking_copies::Copy,
    bookings::{Booking, CANCELLED, EXPIRED, HELD, PENDING},
    calendars::Calendar,
    world,
};
use domain::{
    calendar::AccessRole,
    event::{EventContent, EventStatus, Notify, Scope},
    time::{self, EventTime},
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{Desk, Error};
use crate::ops::{
    changes::{self, Request},
    events, mirror,
    outbox::BOOKING,
};

/// The key in the metadata of an event that names its booking.
pub const BOOKING_ID: &str = "booking_id";

/// What the events of some bookings are made of.
struct Facts {
    people: HashMap<String, world::Staff>,
    customers: HashMap<String, world::Customer>,
    services: HashMap<String, world::Service>,
    /// By staff member, the target first.
    places: HashMap<String, Vec<Calendar>>,
}

/// Brings the copies of these bookings to where they should be. `before`: what the bookings were; what people wrote into an
/// event at the provider stays, unless the booking says something else by now. Sets the bookings' `calendar_event_id`.
pub(super) fn write(conn: &mut Conn, desk: &Desk, rows: &mut [Booking], before: &[Booking]) -> Result<(), Error> {
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let mut people: HashMap<String, Vec<String>> = HashMap::new();
    for seat in db::seats::of(conn, &desk.tenant, &ids)? {
        people.entry(seat.booking_id).or_default().push(seat.staff_id);
    }
    let mut there: HashMap<String, Vec<Copy>> = HashMap::new();
    for copy in db::booking_copies::of(conn, &desk.tenant, &ids)? {
        there.entry(copy.booking_id.clone()).or_default().push(copy);
    }
    let facts = Facts::load(conn, desk, rows, before, people.values().flatten())?;
    let nobody = Vec::new();
    let wanted: Vec<BTreeMap<&str, (&str, &Calendar)>> = rows
        .iter()
        .map(|row| facts.wanted(row, people.get(&row.id).unwrap_or(&nobody)))
        .collect();
    // All lanes at once and in one order: who changes an event here waits, and nobody in a circle.
    let mut lanes: BTreeSet<&str> = wanted.iter().flat_map(|one| one.keys().copied()).collect();
    lanes.extend(there.values().flatten().map(|copy| copy.calendar_id.as_str()));
    for calendar in lanes {
        db::outbox::lock(conn, &desk.tenant, calendar)?;
    }
    for (row, wanted) in rows.iter_mut().zip(&wanted) {
        let was = before.iter().find(|one| one.id == row.id);
        let mut missing = wanted.clone();
        let mut shown: Vec<(String, String)> = Vec::new();
        for copy in there.remove(&row.id).unwrap_or_default() {
            match missing.get(copy.calendar_id.as_str()) {
                Some((staff, _)) => {
                    if update(conn, desk, &copy, &facts, (row, was), staff)? {
                        missing.remove(copy.calendar_id.as_str());
                        shown.push((copy.calendar_id, copy.event_id));
                    }
                }
                None => remove(conn, desk, &copy)?,
            }
        }
        for (calendar, (staff, place)) in missing {
            let event = insert(conn, desk, &facts, row, (staff, place))?;
            shown.push((calendar.to_owned(), event));
        }
        let is_target = |calendar: &str| {
            wanted
                .get(calendar)
                .is_some_and(|(staff, _)| facts.target(staff) == Some(calendar))
        };
        shown.sort_by_key(|(calendar, _)| !is_target(calendar));
        let first = shown.into_iter().next().map(|(_, event)| event);
        if row.calendar_event_id != first {
            row.calendar_event_id = first;
            db::bookings::update(conn, &desk.tenant, row)?;
        }
    }
    Ok(())
}

/// Takes who came out of the events of these bookings, where those are by now: none is made, and none goes elsewhere.
pub(super) fn unname(conn: &mut Conn, desk: &Desk, rows: &[Booking], before: &[Booking]) -> Result<(), Error> {
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let there = db::booking_copies::of(conn, &desk.tenant, &ids)?;
    let facts = Facts::load(conn, desk, rows, before, there.iter().map(|copy| &copy.staff_id))?;
    let lanes: BTreeSet<&str> = there.iter().map(|copy| copy.calendar_id.as_str()).collect();
    for calendar in lanes {
        db::outbox::lock(conn, &desk.tenant, calendar)?;
    }
    for (row, was) in rows.iter().zip(before) {
        for copy in there.iter().filter(|copy| copy.booking_id == row.id) {
            update(conn, desk, copy, &facts, (row, Some(was)), &copy.staff_id)?;
        }
    }
    Ok(())
}

impl Facts {
    fn load<'a>(
        conn: &mut Conn,
        desk: &Desk,
        rows: &[Booking],
        before: &[Booking],
        people: impl Iterator<Item = &'a String>,
    ) -> Result<Self, Error> {
        let people: BTreeSet<&str> = people.map(String::as_str).collect();
        let people: Vec<&str> = people.into_iter().collect();
        let customers: BTreeSet<&str> = rows
            .iter()
            .chain(before)
            .filter_map(|row| row.customer_id.as_deref())
            .collect();
        let customers: Vec<&str> = customers.into_iter().collect();
        let mut services = HashMap::new();
        for row in rows {
            if !services.contains_key(&row.service_id) {
                let (service, _) = world::service(conn, &desk.tenant, &row.service_id)?;
                services.insert(row.service_id.clone(), service);
            }
        }
        let staff = world::people(conn, &desk.tenant, &people)?;
        let targets: Vec<String> = staff.iter().filter_map(|one| one.target_calendar_id.clone()).collect();
        let targets = db::calendars::some(conn, &desk.tenant, &targets)?;
        let mut places: HashMap<String, Vec<Calendar>> = HashMap::new();
        for one in &staff {
            let target = targets
                .iter()
                .find(|place| Some(&place.id) == one.target_calendar_id.as_ref());
            places.entry(one.id.clone()).or_default().extend(target.cloned());
        }
        for source in world::sources(conn, &desk.tenant, &people)? {
            let theirs = places.entry(source.staff_id).or_default();
            if source.receives && theirs.iter().all(|one| one.id != source.calendar.id) {
                theirs.push(source.calendar);
            }
        }
        for theirs in places.values_mut() {
            theirs.retain(|one| {
                one.removed_at.is_none() && AccessRole::parse(&one.access_role).is_some_and(AccessRole::can_write)
            });
        }
        let customers = world::customers(conn, &desk.tenant, &customers)?;
        Ok(Self {
            people: staff.into_iter().map(|one| (one.id.clone(), one)).collect(),
            customers: customers.into_iter().map(|one| (one.id.clone(), one)).collect(),
            services,
            places,
        })
    }

    fn target(&self, staff: &str) -> Option<&str> {
        self.people.get(staff)?.target_calendar_id.as_deref()
    }

    /// In which calendars a booking is to be seen, each with the person because of whom.
    fn wanted<'a>(&'a self, row: &Booking, people: &'a [String]) -> BTreeMap<&'a str, (&'a str, &'a Calendar)> {
        let mut wanted = BTreeMap::new();
        if [HELD, CANCELLED, EXPIRED].contains(&row.status.as_str()) {
            return wanted;
        }
        for staff in people {
            for place in self.places.get(staff).into_iter().flatten() {
                wanted.entry(place.id.as_str()).or_insert((staff.as_str(), place));
            }
        }
        wanted
    }

    /// What the event of a booking says. Private notes stay here, and nobody is invited.
    fn says(&self, row: &Booking, staff: &str) -> EventContent {
        let service = self.services.get(&row.service_id);
        let customer = row.customer_id.as_ref().and_then(|id| self.customers.get(id));
        let name = service.map_or("", |one| one.name.as_str());
        let phone = customer.and_then(|one| one.phone.as_ref());
        let description: Vec<String> = row
            .notes_shared
            .clone()
            .into_iter()
            .chain(phone.map(|phone| format!("Phone: {phone}")))
            .collect();
        let zone = self.people.get(staff).map_or("UTC", |one| one.time_zone.as_str());
        EventContent {
            title: customer.map_or_else(|| name.to_owned(), |one| format!("{name} - {}", one.name)),
            description: (!description.is_empty()).then(|| description.join("\n")),
            location: service.and_then(|one| one.location.clone()),
            start: at(row.starts_at.timestamp(), zone),
            end: at(row.ends_at.timestamp(), zone),
            recurrence: Vec::new(),
            attendees: Vec::new(),
            organizer: None,
            reminders: Default::default(),
            visibility: Default::default(),
            transparency: Default::default(),
            status: if row.status == PENDING {
                EventStatus::Tentative
            } else {
                EventStatus::Confirmed
            },
            colour: None,
            conference: None,
            kind: Default::default(),
            metadata: BTreeMap::from([(BOOKING_ID.to_owned(), row.id.clone())]),
        }
    }
}

/// A moment as a clock in that zone shows it; one that the clock shows twice is said in UTC.
fn at(at: Timestamp, zone: &str) -> EventTime {
    let wall = |zone: &str| {
        let date_time = time::zone(zone).ok()?.to_datetime(at);
        (time::instant(date_time, zone).ok()? == at).then(|| EventTime::Zoned {
            date_time,
            time_zone: zone.to_owned(),
        })
    };
    wall(zone).unwrap_or_else(|| EventTime::Zoned {
        date_time: jiff::tz::TimeZone::UTC.to_datetime(at),
        time_zone: "UTC".to_owned(),
    })
}

/// The words of an event, so that others can be told from them. Providers wrap lines and trim as they like.
pub(super) fn words(content: &EventContent) -> String {
    let text = [&content.title, content.description.as_deref().unwrap_or_default()].map(|text| {
        let parts: Vec<&str> = text.split_whitespace().collect();
        parts.join(" ")
    });
    hex::encode(Sha256::digest(text.join("\n").as_bytes()))
}

fn request(desk: &Desk) -> Request<'_> {
    Request {
        tenant: &desk.tenant,
        notify: Notify::None,
        now: desk.now,
        naming: desk.naming,
        priority: BOOKING,
    }
}

fn insert(
    conn: &mut Conn,
    desk: &Desk,
    facts: &Facts,
    row: &Booking,
    (staff, place): (&str, &Calendar),
) -> Result<String, Error> {
    // Never the same name twice: at some providers that of a deleted event is gone for good.
    let nonce = uuid::Uuid::now_v7().simple().to_string();
    let key = mirror::key(&[desk.tenant.as_str(), "booking", &row.id, &place.id, &nonce]);
    let says = facts.says(row, staff);
    let made = changes::create(conn, request(desk), place, &key, &says)?;
    let copy = Copy {
        event_id: made.id.clone(),
        booking_id: row.id.clone(),
        staff_id: staff.to_owned(),
        calendar_id: place.id.clone(),
        tenant_id: desk.tenant.as_str().to_owned(),
        created_at: desk.now.into(),
        removed_at: None,
        look_at: None,
        said: Some(words(&says)),
    };
    db::booking_copies::insert(conn, &copy)?;
    Ok(made.id)
}

/// `false`: the event is not there any more; a new one is wanted.
fn update(
    conn: &mut Conn,
    desk: &Desk,
    copy: &Copy,
    facts: &Facts,
    (row, was): (&Booking, Option<&Booking>),
    staff: &str,
) -> Result<bool, Error> {
    let subject = match events::find(conn, &desk.tenant, &copy.event_id) {
        Ok(subject) => subject,
        Err(events::Error::NotFound) => {
            db::booking_copies::remove(conn, &desk.tenant, &copy.event_id, desk.now.into())?;
            return Ok(false);
        }
        Err(other) => return Err(changes::Error::from(other).into()),
    };
    let says = facts.says(row, staff);
    let said = was.map(|was| facts.says(was, staff));
    // What people wrote into the event stays, unless the booking itself says something else by now.
    let mut desired = subject.content.clone();
    // Somebody has decided about a booking whose event may stand elsewhere: it stands where they said.
    let settled = was.is_some_and(|was| was.is_flagged && was.receipt != row.receipt);
    if settled
        || said
            .as_ref()
            .is_none_or(|said| (&said.start, &said.end) != (&says.start, &says.end))
    {
        desired.start = says.start;
        desired.end = says.end;
        // A series is no booking.
        desired.recurrence = Vec::new();
    }
    if said.as_ref().is_none_or(|said| said.status != says.status) {
        desired.status = says.status;
    }
    // Of who does not come any more nothing stays, also if they were called otherwise when it was written.
    let gone = row.customer_id.is_none() && was.is_some_and(|was| was.customer_id.is_some());
    let said = said.filter(|_| !gone);
    let title = said.as_ref().is_none_or(|said| said.title != says.title);
    let description = said.as_ref().is_none_or(|said| said.description != says.description);
    if title {
        desired.title = says.title;
    }
    if description {
        desired.description = says.description;
    }
    if title || description {
        db::booking_copies::say(conn, copy, &words(&desired))?;
    }
    match changes::update(conn, request(desk), &subject, Scope::All, desired) {
        // Somebody took the right to write away: the event says there what it says.
        Ok(_) | Err(changes::Error::ReadOnly) => Ok(true),
        Err(other) => Err(other.into()),
    }
}

fn remove(conn: &mut Conn, desk: &Desk, copy: &Copy) -> Result<(), Error> {
    match events::find(conn, &desk.tenant, &copy.event_id) {
        Ok(subject) => match changes::delete(conn, request(desk), &subject, Scope::All) {
            // Somebody took the right to write away: the copy stays there, and does not count.
            Ok(_) | Err(changes::Error::ReadOnly) => {}
            Err(other) => return Err(other.into()),
        },
        Err(events::Error::NotFound) => {}
        Err(other) => return Err(changes::Error::from(other).into()),
    }
    Ok(db::booking_copies::remove(
        conn,
        &desk.tenant,
        &copy.event_id,
        desk.now.into(),
    )?)
}
