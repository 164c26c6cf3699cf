//! New bookings: one, or one for each date of a rule, all of them or none.

use db::{
    Conn,
    bookings::{Booking, HELD},
    world,
};
use domain::{id::Kind, recurrence::Series, time::EventTime, validation::Violation};
use jiff::{SignedDuration, Timestamp};

use super::{
    Cast, Decision, Desk, Error, Receipt, Refused, copies, decide, forget_holds, json, link, lock, note, tell,
};
use crate::ops::{availability::Ask, catalogue, customers, messages};

/// How many bookings a rule may make at once.
pub const MOST_DATES: usize = 60;

/// What somebody wants to book.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What, and with whom.
    pub ask: Ask,
    /// When it begins.
    pub start: Timestamp,
    /// An `RRULE` line: on these dates, too. Empty: once.
    pub recurrence: Vec<String>,
    /// Who comes.
    pub customer: Option<Guest>,
    /// [`HELD`]: the time is only kept, for as long as the client's policy says. Or what it is elsewhere already. `None`: as
    /// the policy says.
    pub status: Option<&'static str>,
    /// Written into the event.
    pub notes_shared: Option<String>,
    /// Never leaves us.
    pub notes_private: Option<String>,
    /// Through what: `api`, `app`, `agent`.
    pub origin: String,
    /// The caller's own key.
    pub external_id: Option<String>,
    /// SHA-256 of the request.
    pub fingerprint: String,
}

/// Who comes.
#[derive(Debug, Clone)]
pub enum Guest {
    /// Somebody known.
    Known(String),
    /// Whoever has this number or address; nobody has: somebody new.
    Called {
        /// What they are called.
        name: String,
        /// As said.
        phone: Option<String>,
        /// As said.
        email: Option<String>,
    },
    /// Somebody on the public page: whoever has this address, or somebody new. Not whoever has this number, because
    /// nobody has checked it.
    Visitor {
        /// What they are called.
        name: String,
        /// As typed.
        phone: Option<String>,
        /// As typed: what is sent goes there.
        email: String,
        /// Where their clock hangs.
        time_zone: Option<String>,
    },
}

/// What came of it.
#[derive(Debug)]
pub struct Made {
    /// The bookings, by start.
    pub rows: Vec<Booking>,
    /// `false`: an earlier request with the same key made them.
    pub is_new: bool,
}

/// Books.
///
/// # Errors
/// [`Error::Refused`] with each date that is not free; [`Error::KeyReused`]; [`Error::Invalid`].
pub fn create(conn: &mut Conn, desk: &Desk, draft: &Draft) -> Result<Made, Error> {
    let cast = lock(conn, desk, &draft.ask)?;
    // Another request with this key may have been faster than this one, which has asked before the calendars were.
    if let Some(rows) = earlier(conn, desk, draft)? {
        return Ok(Made { rows, is_new: false });
    }
    let (guest, is_new) = guest(conn, desk, draft, &cast.service.client_id)?;
    let over = forget_holds(conn, desk)?;
    let starts = starts(draft, &cast)?;
    let series = (starts.len() > 1).then(|| uuid::Uuid::now_v7().simple().to_string());
    let (mut rows, mut refused) = (Vec::with_capacity(starts.len()), Vec::new());
    let mut cast = Some(cast);
    for start in starts {
        // Read again for each date: what it needs is moved into the decision.
        let cast = match cast.take() {
            Some(cast) => cast,
            None => crate::ops::availability::cast(conn, &desk.tenant, &draft.ask)?,
        };
        match decide(conn, desk, &draft.ask, cast, start) {
            Ok(decision) => {
                let part_of = (series.as_deref(), rows.is_empty());
                rows.push(place(conn, desk, draft, guest.as_deref(), decision, part_of)?);
            }
            Err(Error::Refused(why)) => refused.extend(why.times),
            Err(other) => return Err(other),
        }
    }
    if !refused.is_empty() {
        return Err(Error::Refused(Box::new(Refused {
            ask: draft.ask.clone(),
            times: refused,
        })));
    }
    copies::write(conn, desk, &mut rows, &[])?;
    messages::of_new(conn, desk, &rows)?;
    if let (Some(id), true) = (&guest, is_new) {
        let client = rows.first().map_or("", |row| row.client_id.as_str());
        customers::tell_new(conn, &desk.tenant, (id, client), desk.now)?;
    }
    tell(conn, desk, &over.iter().collect::<Vec<_>>(), "updated")?;
    tell(conn, desk, &rows.iter().collect::<Vec<_>>(), "created")?;
    Ok(Made { rows, is_new: true })
}

/// What an earlier request with the same key made.
///
/// # Errors
/// [`Error::KeyReused`]: it asked for something else.
pub fn earlier(conn: &mut Conn, desk: &Desk, draft: &Draft) -> Result<Option<Vec<Booking>>, Error> {
    let Some(key) = &draft.external_id else { return Ok(None) };
    let client = match world::service(conn, &desk.tenant, &draft.ask.service) {
        Err(db::Error::NotFound) => return Ok(None),
        other => other?.0.client_id,
    };
    let first = match db::bookings::by_external_id(conn, &desk.tenant, &client, key) {
        Err(db::Error::NotFound) => return Ok(None),
        other => other?,
    };
    let receipt: Option<Receipt> = serde_json::from_str(&first.receipt).ok();
    if receipt.and_then(|receipt| receipt.request).as_ref() != Some(&draft.fingerprint) {
        return Err(Error::KeyReused);
    }
    Ok(Some(match &first.series_id {
        Some(series) => db::bookings::of_series(conn, &desk.tenant, series)?,
        None => vec![first],
    }))
}

/// Who comes, and whether we did not know them.
fn guest(conn: &mut Conn, desk: &Desk, draft: &Draft, client: &str) -> Result<(Option<String>, bool), Error> {
    match &draft.customer {
        None => Ok((None, false)),
        Some(Guest::Known(id)) => {
            customer(conn, desk, Some(id), client)?;
            Ok((Some(id.clone()), false))
        }
        Some(Guest::Called { name, phone, email }) => called(
            conn,
            desk,
            client,
            (name, phone, email.clone(), None),
            customers::By::Any,
        ),
        Some(Guest::Visitor {
            name,
            phone,
            email,
            time_zone,
        }) => {
            let who = (name.as_str(), phone, Some(email.clone()), time_zone.clone());
            called(conn, desk, client, who, customers::By::Email)
        }
    }
}

fn called(
    conn: &mut Conn,
    desk: &Desk,
    client: &str,
    (name, phone, email, time_zone): (&str, &Option<String>, Option<String>, Option<String>),
    by: customers::By,
) -> Result<(Option<String>, bool), Error> {
    let facts = customers::Facts {
        client_id: client.to_owned(),
        name: name.trim().to_owned(),
        email,
        phone: phone.clone(),
        time_zone,
        notes: None,
    };
    let (row, is_new) = match customers::recognise(conn, &desk.tenant, facts, by, desk.now) {
        Err(catalogue::Error::Invalid(wrong)) => {
            let within = |one: Violation| Violation {
                pointer: format!("/customer{}", one.pointer),
                ..one
            };
            return Err(Error::Invalid(wrong.into_iter().map(within).collect()));
        }
        other => other.map_err(|error| Error::Db(db::Error::Other(error.to_string())))?,
    };
    Ok((Some(row.id), is_new))
}

/// The customer must be one of the client's.
pub(super) fn customer(conn: &mut Conn, desk: &Desk, id: Option<&str>, client: &str) -> Result<(), Error> {
    let Some(id) = id else { return Ok(()) };
    let found = world::customers(conn, &desk.tenant, &[id])?;
    if found.iter().any(|one| one.client_id == client) {
        return Ok(());
    }
    Err(Error::invalid(
        "/customer_id",
        "unknown",
        "The client has no such customer.",
    ))
}

/// When the bookings begin: the same time on the clock of the client, whatever that does in between.
fn starts(draft: &Draft, cast: &Cast) -> Result<Vec<Timestamp>, Error> {
    if draft.recurrence.is_empty() {
        return Ok(vec![draft.start]);
    }
    let wrong = |line: Option<usize>, code: &'static str, detail: String| {
        Error::Invalid(vec![Violation {
            pointer: line.map_or_else(|| "/recurrence".to_owned(), |line| format!("/recurrence/{line}")),
            code,
            detail,
        }])
    };
    let zone = cast.zone.iana_name().unwrap_or("UTC");
    crate::ops::availability::start(draft.start, "/start")?;
    let end = draft.start + SignedDuration::from_mins(cast.terms.duration_minutes.get().into());
    let at = |at: Timestamp| EventTime::Zoned {
        date_time: cast.zone.to_datetime(at),
        time_zone: zone.to_owned(),
    };
    let found = Series::new(&at(draft.start), &at(end), &draft.recurrence, zone)
        .and_then(|series| series.first(MOST_DATES + 1))
        .map_err(|error| wrong(error.line, error.code(), error.to_string()))?;
    if found.len() > MOST_DATES {
        let detail = format!("A rule makes at most {MOST_DATES} bookings: give it a COUNT or an UNTIL.");
        return Err(wrong(None, "too_many", detail));
    }
    if found.is_empty() {
        return Err(wrong(None, "no_dates", "The rule leaves no date.".to_owned()));
    }
    Ok(found.into_iter().map(|one| one.start_at).collect())
}

fn place(
    conn: &mut Conn,
    desk: &Desk,
    draft: &Draft,
    guest: Option<&str>,
    decision: Decision,
    (series, first): (Option<&str>, bool),
) -> Result<Booking, Error> {
    let Cast {
        service,
        variant,
        policy,
        ..
    } = &*decision.loaded.cast;
    let status = draft.status.unwrap_or_else(|| super::booked(policy.confirmation));
    let hold = SignedDuration::from_mins(policy.hold_minutes.into());
    let receipt = Receipt {
        request: draft.external_id.is_some().then(|| draft.fingerprint.clone()),
        ..decision.receipt.clone()
    };
    let price = variant.as_ref().and_then(|one| one.price_text.clone());
    let mut row = Booking {
        id: Kind::Booking.new_id(),
        tenant_id: desk.tenant.as_str().to_owned(),
        client_id: service.client_id.clone(),
        service_id: service.id.clone(),
        variant: draft.ask.variant.clone(),
        customer_id: guest.map(str::to_owned),
        status: status.to_owned(),
        starts_at: decision.span.0.into(),
        ends_at: decision.span.1.into(),
        expires_at: (status == HELD).then(|| (desk.now + hold).into()),
        is_flagged: decision.flagged,
        look_at: decision.flagged.then(|| desk.now.into()),
        notes_shared: draft.notes_shared.clone(),
        notes_private: draft.notes_private.clone(),
        price_text: price.or_else(|| service.price_text.clone()),
        origin: draft.origin.clone(),
        // The others are found through the first one.
        external_id: draft.external_id.clone().filter(|_| first),
        series_id: series.map(str::to_owned),
        calendar_event_id: None,
        receipt: json(&receipt)?,
        cancelled_at: None,
        cancel_reason: None,
        link_hash: None,
        link_sealed: None,
        revision: 1,
        created_at: desk.now.into(),
        updated_at: desk.now.into(),
    };
    link::make(desk, &mut row);
    db::bookings::insert(conn, &row)?;
    db::seats::take(
        conn,
        &desk.tenant,
        &decision.part(&row.id, &row.service_id),
        &decision.people(),
    )?;
    let action = if row.status == HELD { "held" } else { "created" };
    note(conn, desk, &row.id, action, None, None)?;
    Ok(row)
}
