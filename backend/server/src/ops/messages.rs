//! What people are told of bookings, and the business of what it must see to: written in the transaction that gave cause for it, and sent by a job. What a message
//! says is made when it is sent, so that it never tells of what is no longer so.

use db::{
    Conn,
    bookings::{Booking, CANCELLED, CONFIRMED, PENDING},
    clients::Client,
    credentials::Credential,
    messages::{Message, WAITING},
    types::Instant,
    world::Customer,
};
use domain::{
    catalogue::Policy,
    id::{Kind as Id, TenantId},
};
use jiff::{SignedDuration, Timestamp};

use super::{
    availability,
    bookings::{Desk, Error},
};

/// What a message tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// To the customer: it stands.
    Confirmed,
    /// To the customer: the business says yes first.
    Requested,
    /// To the customer: it is at another time, or with somebody else.
    Changed,
    /// To the customer: it will not happen.
    Cancelled,
    /// To the customer: it will happen soon.
    Reminder,
    /// To the business: somebody should look at it.
    Flagged,
    /// To the business: it waits for a yes.
    ToConfirm,
    /// To the business: an import is complete.
    Imported,
    /// To the business: an account must be connected again.
    Reconnect,
}

impl Kind {
    const ALL: [Self; 9] = [
        Self::Confirmed,
        Self::Requested,
        Self::Changed,
        Self::Cancelled,
        Self::Reminder,
        Self::Flagged,
        Self::ToConfirm,
        Self::Imported,
        Self::Reconnect,
    ];

    /// Those to customers.
    const CUSTOMERS: [&str; 5] = ["confirmed", "requested", "changed", "cancelled", "reminder"];

    /// The word in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Requested => "requested",
            Self::Changed => "changed",
            Self::Cancelled => "cancelled",
            Self::Reminder => "reminder",
            Self::Flagged => "flagged",
            Self::ToConfirm => "to_confirm",
            Self::Imported => "imported",
            Self::Reconnect => "reconnect",
        }
    }

    /// The reverse.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// Whether it goes to the customer.
    pub const fn to_customer(self) -> bool {
        !matches!(self, Self::Flagged | Self::ToConfirm | Self::Imported | Self::Reconnect)
    }
}

/// A mail.
pub const EMAIL: &str = "email";
/// A text message.
pub const SMS: &str = "sms";

/// Tells the customer what became of a booking, and reminds them of it in time. What still waits about it is dropped: it
/// tells of what is no longer so. `None`: only the reminders.
///
/// # Errors
/// Those of the database.
fn tell_customer(conn: &mut Conn, desk: &Desk, row: &Booking, news: Option<Kind>) -> Result<(), Error> {
    if row.revision > 1 {
        let why = "The booking has moved on.";
        db::messages::drop_waiting(conn, &desk.tenant, &row.id, &Kind::CUSTOMERS, why)?;
    }
    let Some((customer, policy)) = whom(conn, desk, row)? else {
        return Ok(());
    };
    Ok(db::messages::insert(
        conn,
        &letters(desk, row, news, &customer, &policy),
    )?)
}

/// Who comes, and what the client wants them to be told.
fn whom(conn: &mut Conn, desk: &Desk, row: &Booking) -> Result<Option<(Customer, Policy)>, Error> {
    let Some(customer) = &row.customer_id else {
        return Ok(None);
    };
    let customers = db::world::customers(conn, &desk.tenant, &[customer])?;
    let Some(customer) = customers.into_iter().next() else {
        return Ok(None);
    };
    Ok(Some((
        customer,
        availability::policy(conn, &desk.tenant, &row.client_id)?,
    )))
}

fn letters(desk: &Desk, row: &Booking, news: Option<Kind>, customer: &Customer, policy: &Policy) -> Vec<Message> {
    let mail = customer.email.as_ref().filter(|_| policy.email_customers);
    let text = customer.phone.as_ref().filter(|_| policy.text_customers);
    let mut rows = Vec::new();
    for (channel, recipient) in [(EMAIL, mail), (SMS, text)] {
        let Some(recipient) = recipient else { continue };
        let mut add = |kind: Kind, cause: String, due: Instant| {
            rows.push(Message {
                due_at: due,
                ..message(desk, row, kind, (channel, recipient), &cause)
            });
        };
        if let Some(news) = news {
            add(news, news.as_str().to_owned(), desk.now.into());
        }
        if ![PENDING, CONFIRMED].contains(&row.status.as_str()) {
            continue;
        }
        for minutes in &policy.reminders {
            let due = row.starts_at.timestamp() - SignedDuration::from_mins((*minutes).into());
            if due > desk.now {
                add(Kind::Reminder, format!("reminder {minutes}"), due.into());
            }
        }
    }
    rows
}

/// Tells the business that a booking wants to be looked at.
///
/// # Errors
/// Those of the database.
pub fn tell_business(conn: &mut Conn, desk: &Desk, row: &Booking, kind: Kind) -> Result<(), Error> {
    let (client, _) = db::clients::get(conn, &desk.tenant, &row.client_id)?;
    let row = message(desk, row, kind, (EMAIL, &client.email), kind.as_str());
    Ok(db::messages::insert(conn, &[row])?)
}

/// Tells the business that somebody must connect an account again.
///
/// # Errors
/// Those of the database.
pub fn ask_to_connect(conn: &mut Conn, row: &Credential, now: Timestamp) -> db::Result<()> {
    let tenant = TenantId::from_store(row.tenant_id.clone());
    let (client, _) = db::clients::get(conn, &tenant, &row.client_id)?;
    let cause = format!("{}|reconnect|{}", row.id, row.revision);
    let message = Message {
        credential_id: Some(row.id.clone()),
        ..to_business(&client, Kind::Reconnect, cause, now)
    };
    db::messages::insert(conn, &[message])
}

/// A mail to a business, of no booking.
pub fn to_business(client: &Client, kind: Kind, once_key: String, now: Timestamp) -> Message {
    Message {
        id: Id::Message.new_id(),
        tenant_id: client.tenant_id.clone(),
        client_id: client.id.clone(),
        booking_id: None,
        channel: EMAIL.to_owned(),
        kind: kind.as_str().to_owned(),
        recipient: client.email.clone(),
        due_at: now.into(),
        state: WAITING.to_owned(),
        attempts: 0,
        leased_until: None,
        last_error: None,
        once_key,
        created_at: now.into(),
        sent_at: None,
        about_start: None,
        detail: None,
        credential_id: None,
    }
}

/// What new bookings give cause for: one, or those of a rule by their dates. The first one tells of all.
///
/// # Errors
/// Those of the database.
pub fn of_new(conn: &mut Conn, desk: &Desk, rows: &[Booking]) -> Result<(), Error> {
    let Some(first) = rows.first() else { return Ok(()) };
    let kind = match first.status.as_str() {
        CONFIRMED => Kind::Confirmed,
        PENDING => Kind::Requested,
        _ => return Ok(()),
    };
    if let Some(flagged) = rows.iter().find(|row| row.is_flagged) {
        tell_business(conn, desk, flagged, Kind::Flagged)?;
    }
    // Whoever books in the app, or brings bookings, sees that they wait.
    if kind == Kind::Requested && !["app", "import"].contains(&first.origin.as_str()) {
        tell_business(conn, desk, first, Kind::ToConfirm)?;
    }
    let Some((customer, policy)) = whom(conn, desk, first)? else {
        return Ok(());
    };
    // Who brought it from elsewhere has told them.
    let mut news = (first.origin != "import").then_some(kind);
    let all: Vec<Message> = rows
        .iter()
        .flat_map(|row| letters(desk, row, news.take(), &customer, &policy))
        .collect();
    Ok(db::messages::insert(conn, &all)?)
}

/// What a changed booking gives cause for. A hold is between two people who talk to each other.
///
/// # Errors
/// Those of the database.
pub fn of_change(conn: &mut Conn, desk: &Desk, row: &Booking, before: &Booking) -> Result<(), Error> {
    let told = [PENDING, CONFIRMED].contains(&before.status.as_str());
    let moved = row.starts_at != before.starts_at || row.ends_at != before.ends_at;
    if row.is_flagged && row.look_at.is_some() && row.receipt != before.receipt {
        tell_business(conn, desk, row, Kind::Flagged)?;
    }
    // A person of the business sees that it waits.
    if row.status == PENDING && (!told || moved) && !Id::User.matches(&desk.actor) {
        tell_business(conn, desk, row, Kind::ToConfirm)?;
    }
    let is_new_to_them = row.customer_id != before.customer_id;
    let news = match row.status.as_str() {
        CANCELLED if told => Some(Kind::Cancelled),
        CONFIRMED if before.status != CONFIRMED || is_new_to_them => Some(Kind::Confirmed),
        PENDING if !told || is_new_to_them => Some(Kind::Requested),
        CONFIRMED | PENDING if moved => Some(Kind::Changed),
        // Other words, or other people: the customer knows when and where.
        CONFIRMED | PENDING => return Ok(()),
        _ => None,
    };
    tell_customer(conn, desk, row, news)
}

fn message(desk: &Desk, row: &Booking, kind: Kind, (channel, recipient): (&str, &str), cause: &str) -> Message {
    Message {
        id: Id::Message.new_id(),
        tenant_id: desk.tenant.as_str().to_owned(),
        client_id: row.client_id.clone(),
        booking_id: Some(row.id.clone()),
        channel: channel.to_owned(),
        kind: kind.as_str().to_owned(),
        recipient: recipient.to_owned(),
        due_at: desk.now.into(),
        state: WAITING.to_owned(),
        attempts: 0,
        leased_until: None,
        last_error: None,
        once_key: format!("{}|{cause}|{}|{channel}", row.id, row.revision),
        created_at: desk.now.into(),
        sent_at: None,
        about_start: Some(row.starts_at),
        detail: None,
        credential_id: None,
    }
}

/// Why a message is not to be sent any more, looking at the booking as it is now. `None`: it is.
pub fn is_over(message: &Message, kind: Kind, row: &Booking, now: Timestamp) -> Option<&'static str> {
    let moved = message.about_start.is_some_and(|at| at != row.starts_at);
    let open = [PENDING, CONFIRMED].contains(&row.status.as_str());
    match kind {
        Kind::Cancelled => (row.status != CANCELLED).then_some("The booking stands again."),
        Kind::Flagged => (!row.is_flagged).then_some("Somebody has looked at it."),
        Kind::ToConfirm | Kind::Requested if row.status != PENDING => Some("It is decided."),
        Kind::Confirmed if row.status != CONFIRMED => Some("The booking has moved on."),
        _ if !open || moved => Some("The booking has moved on."),
        _ if row.starts_at.timestamp() <= now => Some("The booking has begun."),
        _ => None,
    }
}
