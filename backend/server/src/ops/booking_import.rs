//! Bookings that were made elsewhere: read row by row, each in a transaction of its own. A row that was read before makes
//! nothing, so an import can be brought again.

use std::collections::HashMap;

use db::{
    Conn,
    booking_imports::{Import, Row},
    bookings::{Booking, CANCELLED, COMPLETED, CONFIRMED, NO_SHOW, PENDING},
    messages::Message,
    seats::Part,
    services::Service,
};
use domain::{
    id::{Kind, TenantId},
    validation::Violation,
};
use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    availability::{self, Ask},
    bookings::{self, Desk, Draft, Error, Guest},
    catalogue, customers, messages,
};

/// The most rows of one import.
pub const MOST_ROWS: usize = 20_000;

/// What a row says, as it was brought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Line {
    /// A moment, or a time on the client's clock.
    pub start: String,
    /// The same.
    pub end: Option<String>,
    /// Instead of the end.
    pub duration_minutes: Option<String>,
    /// Its name, or `svc_…`.
    pub service: String,
    /// Names or `stf_…`, with `;` between.
    pub staff: Option<String>,
    /// Who came.
    pub customer_name: Option<String>,
    /// Their address.
    pub customer_email: Option<String>,
    /// Their number.
    pub customer_phone: Option<String>,
    /// `confirmed`, `pending`, `completed`, `no_show`, `cancelled`.
    pub status: Option<String>,
    /// Written into the event.
    pub notes: Option<String>,
    /// The key it had elsewhere.
    pub external_id: Option<String>,
}

impl Line {
    /// How columns are called.
    pub const COLUMNS: [&str; 11] = [
        "start",
        "end",
        "duration_minutes",
        "service",
        "staff",
        "customer_name",
        "customer_email",
        "customer_phone",
        "status",
        "notes",
        "external_id",
    ];
}

/// Brings an import. Its rows are read later.
///
/// # Errors
/// [`catalogue::Error::NotFound`] of the client.
pub fn bring(
    conn: &mut Conn,
    (tenant, actor): (&TenantId, &str),
    client: &str,
    lines: &[Line],
    writes_past: bool,
    now: Timestamp,
) -> Result<Import, catalogue::Error> {
    catalogue::client(conn, tenant, client)?;
    let import = Import {
        id: Kind::BookingImport.new_id(),
        tenant_id: tenant.as_str().to_owned(),
        client_id: client.to_owned(),
        actor: actor.to_owned(),
        writes_past,
        total: i32::try_from(lines.len()).unwrap_or(i32::MAX),
        created: 0,
        known: 0,
        failed: 0,
        created_at: now.into(),
        finished_at: None,
    };
    let rows: Vec<Row> = (1..)
        .zip(lines)
        .map(|(number, line)| Row {
            import_id: import.id.clone(),
            number,
            tenant_id: import.tenant_id.clone(),
            content: serde_json::to_string(line).unwrap_or_default(),
            outcome: None,
            detail: None,
            booking_id: None,
        })
        .collect();
    db::booking_imports::insert(conn, &import, &rows)?;
    Ok(import)
}

/// What rows name, as the client has it.
pub struct Catalogue {
    zone: TimeZone,
    services: Vec<Service>,
    staff: Vec<db::staff::Staff>,
    doers: HashMap<String, Vec<String>>,
}

impl Catalogue {
    /// Of one client, archived things included: they were booked once.
    ///
    /// # Errors
    /// Those of the database.
    pub fn load(conn: &mut Conn, import: &Import) -> db::Result<Self> {
        let tenant = TenantId::from_store(import.tenant_id.clone());
        let all = db::page::Keyset {
            after: None,
            limit: 5_000,
        };
        let (client, _) = db::clients::get(conn, &tenant, &import.client_id)?;
        let of = Some(import.client_id.as_str());
        let services = db::services::list(conn, &tenant, of, db::clients::State::All, None, &all)?.rows;
        let staff = db::staff::list(conn, &tenant, of, db::clients::State::All, None, &all)?.rows;
        let ids: Vec<&str> = services.iter().map(|one| one.id.as_str()).collect();
        let mut doers: HashMap<String, Vec<String>> = HashMap::new();
        for one in db::service_staff::of_services(conn, &tenant, &ids)? {
            doers.entry(one.service_id).or_default().push(one.staff_id);
        }
        Ok(Self {
            zone: TimeZone::get(&client.time_zone).unwrap_or(TimeZone::UTC),
            services,
            staff,
            doers,
        })
    }
}

/// No cell may say more.
fn fits(line: &Line) -> Result<(), String> {
    let cells = [
        ("start", 40, Some(&line.start)),
        ("end", 40, line.end.as_ref()),
        ("duration_minutes", 10, line.duration_minutes.as_ref()),
        ("service", 200, Some(&line.service)),
        ("staff", 1000, line.staff.as_ref()),
        ("customer_name", 200, line.customer_name.as_ref()),
        ("customer_email", 320, line.customer_email.as_ref()),
        ("customer_phone", 50, line.customer_phone.as_ref()),
        ("status", 20, line.status.as_ref()),
        ("notes", 8192, line.notes.as_ref()),
        ("external_id", 200, line.external_id.as_ref()),
    ];
    let long = |text: &String, most: usize| text.chars().nth(most).is_some();
    match cells
        .into_iter()
        .find(|(_, most, text)| text.is_some_and(|text| long(text, *most)))
    {
        Some((column, most, _)) => Err(format!("“{column}” has at most {most} characters.")),
        None => Ok(()),
    }
}

fn given(text: Option<&String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// A row, understood.
struct Read<'a> {
    span: (Timestamp, Timestamp),
    service: &'a Service,
    staff: Vec<String>,
    status: Option<&'static str>,
}

fn moment(text: &str, zone: &TimeZone, what: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let wall: Result<civil::DateTime, _> = text.replacen(' ', "T", 1).parse();
    let wall =
        wall.map_err(|_| format!("The {what} “{text}” is no time like 2026-03-02T09:30 or 2026-03-02T08:30:00Z."))?;
    let at = zone.to_ambiguous_timestamp(wall).compatible();
    at.map_err(|error| format!("The {what} “{text}” is on no clock: {error}."))
}

fn after(start: Timestamp, minutes: i64) -> Result<Timestamp, String> {
    let end = start.checked_add(SignedDuration::from_mins(minutes));
    end.map_err(|_| format!("{minutes} minutes after {start} nobody has a calendar."))
}

fn read<'a>(catalogue: &'a Catalogue, line: &Line) -> Result<Read<'a>, String> {
    fits(line)?;
    let same = |id: &str, name: &str, wanted: &str| id == wanted || name.to_lowercase() == wanted.to_lowercase();
    let wanted = line.service.trim();
    let services = catalogue.services.iter().filter(|one| same(&one.id, &one.name, wanted));
    let service = services
        // An archived one may have its name still.
        .min_by_key(|one| one.archived_at.is_some())
        .ok_or_else(|| format!("There is no service “{wanted}”."))?;
    let mut staff: Vec<String> = Vec::new();
    for name in line.staff.as_deref().unwrap_or_default().split(';').map(str::trim) {
        if name.is_empty() {
            continue;
        }
        let people = catalogue.staff.iter().filter(|one| same(&one.id, &one.name, name));
        let person = people
            .min_by_key(|one| one.archived_at.is_some())
            .ok_or_else(|| format!("There is nobody called “{name}”."))?;
        if !staff.contains(&person.id) {
            staff.push(person.id.clone());
        }
    }
    let start = moment(&line.start, &catalogue.zone, "start")?;
    availability::at(start, "/start")
        .map_err(|_| format!("The start “{}” is in no year that anybody books.", line.start))?;
    let end = match (given(line.end.as_ref()), given(line.duration_minutes.as_ref())) {
        (Some(end), _) => moment(&end, &catalogue.zone, "end")?,
        (None, Some(minutes)) => {
            let minutes: u16 = minutes
                .parse()
                .map_err(|_| format!("“{minutes}” is no number of minutes."))?;
            after(start, minutes.into())?
        }
        (None, None) => after(start, service.duration_minutes.into())?,
    };
    if end <= start || end.duration_since(start) > SignedDuration::from_hours(24) {
        return Err("It must end after it begins, and within a day.".to_owned());
    }
    let status = match given(line.status.as_ref()) {
        None => None,
        Some(word) => {
            let known = [CONFIRMED, PENDING, COMPLETED, NO_SHOW, CANCELLED];
            let found = known
                .into_iter()
                .find(|one| word.to_lowercase().replace([' ', '-'], "_") == *one);
            Some(found.ok_or_else(|| format!("“{word}” is no status: {}.", known.join(", ")))?)
        }
    };
    Ok(Read {
        span: (start, end),
        service,
        staff,
        status,
    })
}

/// Makes a booking of a row, or says why not. Call it in a transaction of its own.
///
/// # Errors
/// Those of [`bookings::create`]: then nothing was written, and [`refused`] says what to tell. [`Error::Raced`]: somebody
/// else reads the import, too.
pub fn apply(conn: &mut Conn, desk: &Desk, import: &Import, catalogue: &Catalogue, row: &Row) -> Result<Row, Error> {
    let ended = |outcome: &str, detail: Option<String>, booking: Option<String>| Row {
        outcome: Some(outcome.to_owned()),
        detail,
        booking_id: booking,
        ..row.clone()
    };
    let line: Line = serde_json::from_str(&row.content).unwrap_or_default();
    let fingerprint = hex::encode(Sha256::digest(row.content.as_bytes()));
    let key = given(line.external_id.as_ref()).unwrap_or_else(|| format!("import:{fingerprint}"));
    let outcome = match db::bookings::by_external_id(conn, &desk.tenant, &import.client_id, &key) {
        Ok(known) => ended("known", None, Some(known.id)),
        Err(db::Error::NotFound) => match read(catalogue, &line) {
            Err(why) => ended("failed", Some(why), None),
            Ok(read) => match place(conn, desk, import, catalogue, &line, read, (key, fingerprint))? {
                Ok(id) => ended("created", None, Some(id)),
                Err(why) => ended("failed", Some(why), None),
            },
        },
        Err(other) => return Err(other.into()),
    };
    if !db::booking_imports::settle(conn, &outcome)? {
        return Err(Error::Raced);
    }
    Ok(outcome)
}

/// A row that could not be booked.
///
/// # Errors
/// Those of the database.
pub fn refused(conn: &mut Conn, row: &Row, error: &Error) -> Result<Row, Error> {
    let why = match error {
        Error::Refused(why) => why.times.first().map(|one| one.say.clone()),
        Error::Invalid(wrong) => {
            let all: Vec<&str> = wrong.iter().map(|one: &Violation| one.detail.as_str()).collect();
            Some(all.join(" "))
        }
        Error::Db(error) => {
            tracing::error!(import = row.import_id, row = row.number, %error, "a row could not be booked");
            Some("Something went wrong here; it is in the log.".to_owned())
        }
        other => Some(other.to_string()),
    };
    let row = Row {
        outcome: Some("failed".to_owned()),
        detail: why,
        ..row.clone()
    };
    db::booking_imports::settle(conn, &row)?;
    Ok(row)
}

fn place(
    conn: &mut Conn,
    desk: &Desk,
    import: &Import,
    catalogue: &Catalogue,
    line: &Line,
    read: Read<'_>,
    (key, fingerprint): (String, String),
) -> Result<Result<String, String>, Error> {
    let (start, end) = read.span;
    let name = given(line.customer_name.as_ref());
    let (email, phone) = (given(line.customer_email.as_ref()), given(line.customer_phone.as_ref()));
    let over = end <= desk.now;
    let cancelled = read.status == Some(CANCELLED);
    if !over && !cancelled {
        if let Some(status @ (COMPLETED | NO_SHOW)) = read.status {
            return Ok(Err(format!(
                "It is not over, so it cannot be {}.",
                status.replace('_', " ")
            )));
        }
        let minutes = end.duration_since(start).as_mins();
        let usual = i64::from(read.service.duration_minutes) == minutes;
        let variant = read
            .service
            .variants
            .iter()
            .find(|one| i64::from(one.duration_minutes.get()) == minutes);
        if !usual && variant.is_none() {
            return Ok(Err(format!("{} does not last {minutes} minutes.", read.service.name)));
        }
        let draft = Draft {
            ask: Ask {
                service: read.service.id.clone(),
                variant: variant.filter(|_| !usual).map(|one| one.id.clone()),
                people: read.staff,
                ..Ask::default()
            },
            start,
            recurrence: Vec::new(),
            customer: name.map(|name| Guest::Called { name, phone, email }),
            status: read.status,
            notes_shared: given(line.notes.as_ref()),
            notes_private: None,
            origin: "import".to_owned(),
            external_id: Some(key),
            fingerprint,
        };
        let made = bookings::create(conn, desk, &draft)?;
        return Ok(made.rows.into_iter().next().map(|row| row.id).ok_or_else(String::new));
    }
    let mut new_customer = None;
    let customer = match name {
        None => None,
        Some(name) => {
            let facts = customers::Facts {
                client_id: import.client_id.clone(),
                name,
                email,
                phone,
                time_zone: None,
                notes: None,
            };
            match customers::recognise(conn, &desk.tenant, facts, customers::By::Any, desk.now) {
                Ok((customer, is_new)) => {
                    new_customer = is_new.then(|| customer.id.clone());
                    Some(customer.id)
                }
                Err(catalogue::Error::Invalid(wrong)) => return Err(Error::Invalid(wrong)),
                Err(other) => return Err(Error::Db(db::Error::Other(other.to_string()))),
            }
        }
    };
    let status = match read.status {
        Some(status @ (CANCELLED | NO_SHOW)) => status,
        _ => COMPLETED,
    };
    let mut people = read.staff;
    if people.is_empty() {
        people.extend(
            catalogue
                .doers
                .get(&read.service.id)
                .and_then(|all| all.first())
                .cloned(),
        );
    }
    let row = Booking {
        id: Kind::Booking.new_id(),
        tenant_id: import.tenant_id.clone(),
        client_id: import.client_id.clone(),
        service_id: read.service.id.clone(),
        variant: None,
        customer_id: customer,
        status: status.to_owned(),
        starts_at: start.into(),
        ends_at: end.into(),
        expires_at: None,
        is_flagged: false,
        notes_shared: given(line.notes.as_ref()),
        notes_private: None,
        price_text: read.service.price_text.clone(),
        origin: "import".to_owned(),
        external_id: Some(key),
        series_id: None,
        calendar_event_id: None,
        receipt: "null".to_owned(),
        cancelled_at: cancelled.then(|| desk.now.into()),
        cancel_reason: None,
        link_hash: None,
        link_sealed: None,
        revision: 1,
        created_at: desk.now.into(),
        updated_at: desk.now.into(),
        look_at: None,
    };
    db::bookings::insert(conn, &row)?;
    let part = Part {
        booking: &row.id,
        service: &row.service_id,
        span: (row.starts_at, row.ends_at),
        occupied: (row.starts_at, row.ends_at),
        seats: 1,
    };
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    db::seats::remember(conn, &desk.tenant, &part, &people)?;
    let id = row.id.clone();
    if let Some(id) = &new_customer {
        customers::tell_new(conn, &desk.tenant, (id, &import.client_id), desk.now)?;
    }
    bookings::imported(conn, desk, row, import.writes_past)?;
    Ok(Ok(id))
}

/// Ends an import, and tells the business.
///
/// # Errors
/// Those of the database.
pub fn finish(conn: &mut Conn, desk: &Desk, import: &Import) -> Result<(), Error> {
    db::leases::end(conn, &import.id)?;
    if !db::booking_imports::finish(conn, import, desk.now.into())? {
        return Ok(());
    }
    let import = db::booking_imports::get(conn, &desk.tenant, &import.id)?;
    let (client, _) = db::clients::get(conn, &desk.tenant, &import.client_id)?;
    let cause = format!("{}|imported", import.id);
    let message = Message {
        detail: Some(format!(
            "Of {} rows {} were made into bookings, {} were known already, and {} could not be used.",
            import.total, import.created, import.known, import.failed
        )),
        ..messages::to_business(&client, messages::Kind::Imported, cause, desk.now)
    };
    Ok(db::messages::insert(conn, &[message])?)
}

/// Whether the same may work later.
pub const fn is_passing(error: &Error) -> bool {
    matches!(error, Error::Raced | Error::Db(db::Error::Unavailable(_)))
}
