//! Appointments: made, moved, cancelled, listed.

use std::collections::HashMap;

use db::{
    bookings::{CONFIRMED, Filter, HELD, PENDING},
    page::Keyset,
};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    super::{
        names,
        said::{Brief, Said, Trouble},
    },
    Agent,
};
use crate::{
    api::{
        bookings::{self, Booking, BookingIn, BookingStatus, GuestIn, actor},
        problem::{FieldError, Problem},
    },
    gateway::bookings::{self as gateway, Refusal},
    ops::bookings::{Act, By, Error, show},
};

/// How many appointments are told unless more are asked for.
const MOST: i64 = 10;

/// What is to be booked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Book {
    /// What is to be booked: the name of the service.
    #[schema(max_length = 200, example = "Haircut")]
    service: String,
    /// When it begins: what the clock of the business shows, or an instant with an offset.
    #[schema(max_length = 64, example = "2026-11-03T10:15")]
    start: String,
    /// Name of the business, where several offer this service.
    #[schema(max_length = 200)]
    business: Option<String>,
    /// Only with this person: their name. Without it, whoever is free. What several do together all of them do.
    #[schema(max_length = 200)]
    staff: Option<String>,
    /// A variant of the service, by name.
    #[schema(max_length = 200)]
    variant: Option<String>,
    /// Who comes.
    #[schema(min_length = 1, max_length = 200, example = "Cara Lind")]
    customer_name: Option<String>,
    /// Their number; who called before is recognised by it.
    #[schema(max_length = 50, example = "+49 30 1234")]
    customer_phone: Option<String>,
    /// Their address.
    #[schema(min_length = 3, max_length = 320, format = "email")]
    customer_email: Option<String>,
    /// What the staff should know; written into the calendar.
    #[schema(max_length = 8192)]
    notes: Option<String>,
    /// Only keep the time for some minutes while the caller decides; confirm_appointment makes it stand.
    #[serde(default)]
    hold: bool,
    /// The id of the call: the same booking asked for twice is one booking. A second booking in one call needs an id of its own.
    #[schema(min_length = 1, max_length = 200, example = "call-4711")]
    call_id: Option<String>,
}

/// Which one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// `bkg_…`, from book_appointment or list_bookings.
    #[schema(max_length = 64)]
    booking: String,
    /// Somebody of the business says yes, not the customer: also to one that waits for the business.
    #[serde(default)]
    by_business: bool,
}

/// Where to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reschedule {
    /// `bkg_…`, from book_appointment or list_bookings.
    #[schema(max_length = 64)]
    booking: String,
    /// When it begins: what the clock of the business shows, or an instant with an offset.
    #[schema(max_length = 64, example = "2026-11-03T10:15")]
    start: String,
    /// With somebody else: their name. Without it, or if several do it together, the same people.
    #[schema(max_length = 200)]
    staff: Option<String>,
    /// Somebody of the business asks for it, not the customer: also later than customers may.
    #[serde(default)]
    by_business: bool,
}

/// Which one, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// `bkg_…`, from book_appointment or list_bookings.
    #[schema(max_length = 64)]
    booking: String,
    /// Why, in the words of the caller.
    #[schema(max_length = 1000)]
    reason: Option<String>,
    /// Somebody of the business asks for it, not the customer: also later than customers may.
    #[serde(default)]
    by_business: bool,
}

/// Which ones.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Of the customer with this number.
    #[schema(min_length = 3, max_length = 50)]
    phone: Option<String>,
    /// Part of the customer's name or e-mail address, or of the name of the service.
    #[schema(max_length = 200)]
    search: Option<String>,
    /// Name of the business.
    #[schema(max_length = 200)]
    business: Option<String>,
    /// From when on, by the clock of the business that is named (of several: UTC); without it, from now on.
    #[schema(max_length = 64, example = "2026-11-03")]
    from: Option<String>,
    /// Until when; of a date all of the day.
    #[schema(max_length = 64, example = "2026-11-05")]
    to: Option<String>,
    /// Also those that are over, cancelled or were never confirmed.
    #[serde(default)]
    all: bool,
    /// How many at most.
    #[schema(minimum = 1, maximum = 100, default = 10)]
    limit: Option<i64>,
}

impl Agent {
    pub(super) async fn book(&self, asked: Book) -> Result<Said, Trouble> {
        let meant = self
            .meant((asked.service, asked.business), asked.variant, asked.staff)
            .await?;
        let start = names::moment("start", &asked.start, &meant.zone, false)?;
        let customer = match (asked.customer_name, asked.customer_phone, asked.customer_email) {
            (None, None, None) => None,
            (Some(name), phone, email) => Some(GuestIn { name, phone, email }),
            (None, ..) => {
                let detail = "Ask for the caller's name.";
                return Err(Problem::invalid(vec![FieldError::new("/customer_name", "required", detail)]).into());
            }
        };
        let input = BookingIn {
            service_id: meant.service.id,
            variant: meant.variant,
            staff_ids: meant.staff.into_iter().collect(),
            start,
            recurrence: Vec::new(),
            customer_id: None,
            customer,
            hold: asked.hold,
            notes_shared: asked.notes,
            notes_private: None,
            // Apart from the keys of the business's own programs.
            external_id: asked.call_id.map(|id| format!("call:{id}")),
        };
        let (made, is_new) = bookings::book(&self.app, &self.tenant, actor(&self.actor), "agent", input).await?;
        let mut booking = made.booking;
        let over = booking.expires_at.is_some_and(|at| at <= self.app.now());
        if booking.status == BookingStatus::Held && over {
            // Nobody has noted it yet.
            booking.status = BookingStatus::Expired;
        }
        let stands = stands(booking.status, is_new);
        let brief = Brief::new(booking, &meant.zone);
        let say = format!("{stands}: {}.", brief.say());
        let mut data = brief.data()?;
        data["new"] = is_new.into();
        Ok(Said { say, data })
    }

    /// A booking as it is, and where its business is.
    async fn known(&self, id: &str) -> Result<(db::bookings::Booking, TimeZone), Trouble> {
        let (tenant, id) = (self.tenant.clone(), id.trim().to_owned());
        self.app
            .read(move |c| {
                let row = db::bookings::get(c, &tenant, &id).map_err(|error| Problem::missing(error, "appointment"))?;
                let zone = names::zone(c, &tenant, &row.client_id)?;
                Ok((row, zone))
            })
            .await
    }

    async fn act(&self, id: &str, act: Act, zone: &TimeZone, done: &str) -> Result<Said, Trouble> {
        let actor = actor(&self.actor);
        let shown = gateway::act(&self.app, &self.tenant, actor, id, |_| true, act).await?;
        let brief = Brief::new(Booking::new(shown), zone);
        Ok(Said {
            say: format!("{done}: {}.", brief.say()),
            data: brief.data()?,
        })
    }

    pub(super) async fn confirm(&self, asked: Confirm) -> Result<Said, Trouble> {
        let (row, zone) = self.known(&asked.booking).await?;
        // A caller does not say yes for the business.
        let may = move |row: &db::bookings::Booking| asked.by_business || row.status != PENDING;
        let actor = actor(&self.actor);
        let done = gateway::act(&self.app, &self.tenant, actor, &row.id, may, Act::Confirm).await;
        let booking = match done {
            Err(Refusal::Other(Error::Changed)) => bookings::find(&self.app, &self.tenant, &row.id).await?,
            other => Booking::new(other?),
        };
        let stands = match booking.status {
            BookingStatus::Confirmed => "Confirmed",
            status => stands(status, true),
        };
        let brief = Brief::new(booking, &zone);
        Ok(Said {
            say: format!("{stands}: {}.", brief.say()),
            data: brief.data()?,
        })
    }

    pub(super) async fn reschedule(&self, asked: Reschedule) -> Result<Said, Trouble> {
        let (row, zone) = self.known(&asked.booking).await?;
        let start = names::moment("start", &asked.start, &zone, false)?;
        let people = match asked.staff {
            None => None,
            Some(text) => {
                let (tenant, service) = (self.tenant.clone(), row.service_id.clone());
                let read = self.app.read(move |c| {
                    let person = names::person(c, &tenant, text.trim(), &service)?;
                    let together = db::services::get(c, &tenant, &service)?.is_together();
                    // All who do it together go along.
                    Ok::<_, Trouble>((!together).then(|| vec![person]))
                });
                read.await?
            }
        };
        let by = by(asked.by_business);
        let act = Act::Move { start, people, by };
        self.act(&row.id, act, &zone, "Moved").await
    }

    pub(super) async fn cancel(&self, asked: Cancel) -> Result<Said, Trouble> {
        let (row, zone) = self.known(&asked.booking).await?;
        let act = Act::Cancel {
            reason: asked.reason,
            by: by(asked.by_business),
        };
        self.act(&row.id, act, &zone, "Cancelled").await
    }

    pub(super) async fn list(&self, asked: List) -> Result<Said, Trouble> {
        let (tenant, now) = (self.tenant.clone(), self.app.now());
        let listed: Vec<(String, Value)> = self
            .app
            .read(move |c| {
                let client = match asked.business.as_deref() {
                    Some(text) => Some(names::client(c, &tenant, text)?.id),
                    None => None,
                };
                // Days are those of the business that is named.
                let zone = match client.as_deref() {
                    Some(id) => names::zone(c, &tenant, id)?,
                    None => TimeZone::UTC,
                };
                let at = |field: &str, text: Option<&str>, is_end| {
                    text.map(|text| names::moment(field, text, &zone, is_end)).transpose()
                };
                let from = at("from", asked.from.as_deref(), false)?.or_else(|| (!asked.all).then_some(now));
                let to = at("to", asked.to.as_deref(), true)?;
                let limit = asked.limit.unwrap_or(MOST);
                // Who is called by a number may be known to several businesses.
                let customers = match asked.phone.as_deref() {
                    None => vec![None],
                    Some(phone) => customers(c, &tenant, client.as_deref(), phone)?
                        .into_iter()
                        .map(Some)
                        .collect(),
                };
                let statuses: Vec<String> = match asked.all {
                    true => Vec::new(),
                    false => [HELD, PENDING, CONFIRMED].map(str::to_owned).into(),
                };
                let mut rows = Vec::new();
                for customer in customers {
                    let filter = Filter {
                        client: client.as_deref(),
                        staff: None,
                        customer: customer.as_deref(),
                        from: from.map(Into::into),
                        to: to.map(Into::into),
                        statuses: &statuses,
                        flagged: None,
                        search: asked.search.as_deref().map(str::trim).filter(|text| !text.is_empty()),
                    };
                    rows.extend(db::bookings::list(c, &tenant, &filter, &Keyset { after: None, limit })?.rows);
                }
                rows.sort_by(|a, b| (a.starts_at, &a.id).cmp(&(b.starts_at, &b.id)));
                rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
                let mut zones: HashMap<String, TimeZone> = HashMap::new();
                for row in &rows {
                    if !zones.contains_key(&row.client_id) {
                        zones.insert(row.client_id.clone(), names::zone(c, &tenant, &row.client_id)?);
                    }
                }
                let briefs = show(c, &tenant, rows)?.into_iter().map(|shown| {
                    let booking = Booking::new(shown);
                    let zone = zones.get(&booking.client_id).unwrap_or(&zone);
                    let brief = Brief::new(booking, zone);
                    Ok((brief.say().to_owned(), brief.data()?))
                });
                briefs.collect::<Result<_, Trouble>>()
            })
            .await?;
        let (said, data): (Vec<String>, Vec<Value>) = listed.into_iter().unzip();
        let say = if said.is_empty() {
            "There are no such appointments.".to_owned()
        } else {
            format!("{}.", said.join("; "))
        };
        Ok(Said {
            say,
            data: json!({"bookings": data}),
        })
    }
}

/// Customers with this number, whichever way it is written.
fn customers(
    c: &mut db::Conn,
    tenant: &domain::id::TenantId,
    client: Option<&str>,
    phone: &str,
) -> Result<Vec<String>, Trouble> {
    let digits = db::customers::digits(phone);
    if digits.len() < 3 {
        let detail = "A phone number has at least three digits.";
        return Err(Problem::invalid(vec![FieldError::new("/phone", "format", detail)]).into());
    }
    let page = Keyset { after: None, limit: 50 };
    let found = db::customers::list(c, tenant, client, Some(&digits), &page)?.rows;
    let same = |key: &str| key == digits;
    Ok(found
        .into_iter()
        .filter(|one| one.phone_key.as_deref().is_some_and(same))
        .map(|one| one.id)
        .collect())
}

/// How an appointment stands, before its words. `is_new`: it was made just now.
const fn stands(status: BookingStatus, is_new: bool) -> &'static str {
    match (status, is_new) {
        (BookingStatus::Held, _) => "Kept for now",
        (BookingStatus::Pending, _) => "Received, the business still has to confirm it",
        (_, true) => "Booked",
        (BookingStatus::Confirmed | BookingStatus::Completed, false) => "That was booked before",
        (BookingStatus::NoShow, false) => "That was booked before, and nobody came",
        (BookingStatus::Cancelled, false) => "That was booked before, and is cancelled",
        (BookingStatus::Expired, false) => "That was kept before, and has expired",
    }
}

/// A voice agent speaks for customers.
const fn by(business: bool) -> By {
    if business { By::Business } else { By::Customer }
}
