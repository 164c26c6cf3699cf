//! What messages say.

use db::{clients::Client, credentials::Credential, messages::Message};
use domain::calendar::Provider;
use jiff::{Timestamp, tz::TimeZone};
use providers::ics::lines::{Component, Item, Line};

use crate::{
    gateway::connect::issuer,
    ops::{availability::say, messages::Kind, public::Mine},
};

/// A message, in all the forms it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Of a mail.
    pub subject: String,
    /// Of a mail.
    pub text: String,
    /// The same for those who show it.
    pub html: String,
    /// All of a text message.
    pub short: String,
    /// What a calendar program takes in.
    pub calendar: Option<String>,
}

/// That an import is complete.
pub fn imported(client: &Client, message: &Message, url: &str) -> Letter {
    let what = [message.detail.clone().unwrap_or_default()];
    let link = Some(("Bookings", url));
    Letter {
        subject: format!("The import of bookings for {} is complete", client.name),
        text: body(&what, &[], link),
        html: html(&what, &[], link),
        short: what.concat(),
        calendar: None,
    }
}

/// That somebody must connect an account again.
pub fn reconnect(client: &Client, account: &Credential, provider: Provider, url: &str) -> Letter {
    let (business, names) = (
        &client.name,
        [&account.account_email, &account.username, &account.label],
    );
    let name = names.into_iter().flatten().next().map_or("", String::as_str);
    let (at, how) = match issuer(provider) {
        Some(issuer) => (issuer.name(), "choose “Reconnect”, with the same account as before"),
        None => (
            account.server_url.as_deref().unwrap_or("The CalDAV server"),
            "choose “Enter the password again”",
        ),
    };
    let opening = [
        format!("Hello {business},"),
        format!(
            "{at} no longer lets us into an account of yours. Until somebody connects it again, its calendars are shown as they were, and changes and bookings wait to be written there. Nothing of them is lost."
        ),
        format!("Open the link, sign in and {how}."),
    ];
    let mut facts = vec![("Client", business.clone()), ("Account", format!("{name} ({at})"))];
    facts.extend(account.last_error_detail.clone().map(|said| ("Reason", said)));
    let link = Some(("Connect it again", url));
    Letter {
        subject: format!("Please connect again: {name}, calendars of {business}"),
        text: body(&opening, &facts, link),
        html: html(&opening, &facts, link),
        short: format!("{business}: the account {name} must be connected again. {url}"),
        calendar: None,
    }
}

/// About a booking. Times are those of the client's clock.
pub fn write(
    kind: Kind,
    client: &Client,
    mine: &Mine,
    others: &[Timestamp],
    url: Option<String>,
    now: Timestamp,
) -> Letter {
    let zone = TimeZone::get(&client.time_zone).unwrap_or(TimeZone::UTC);
    let business = &client.name;
    let row = &mine.shown.row;
    let (start, service) = (row.starts_at.timestamp(), &mine.shown.service);
    let when = say::moment(start, &zone);
    let (subject, opening, label) = match kind {
        Kind::Confirmed => (
            format!("Confirmed: {service}, {when}"),
            format!("your booking with {business} is confirmed."),
            "See, move or cancel it",
        ),
        Kind::Requested => (
            format!("Received: {service}, {when}"),
            format!("{business} has received your booking and will confirm it. The time is kept for you until then."),
            "See, move or cancel it",
        ),
        Kind::Changed => (
            format!("New time: {service}, {when}"),
            format!("your booking with {business} was moved. This is when it is now."),
            "See, move or cancel it",
        ),
        Kind::Cancelled => (
            format!("Cancelled: {service}, {when}"),
            format!("your booking with {business} was cancelled."),
            "See the booking",
        ),
        Kind::Reminder => (
            format!("Reminder: {service}, {when}"),
            format!("this is a reminder of your booking with {business}."),
            "See, move or cancel it",
        ),
        Kind::ToConfirm => (
            format!("Please confirm: {service}, {when}"),
            "a booking waits for your confirmation. Its time is kept until you decide.".to_owned(),
            "Decide",
        ),
        Kind::Flagged | Kind::Imported | Kind::Reconnect => (
            format!("Please look: {service}, {when}"),
            "a booking wants to be looked at: it was accepted although not every calendar could be read, or its event in the calendar says something else, or it collides with something.".to_owned(),
            "Look at it",
        ),
    };
    let customer = mine.shown.customer.as_ref();
    let name = if kind.to_customer() {
        customer.map_or("", |one| one.name.as_str())
    } else {
        business.as_str()
    };
    let mut facts = vec![("What", service.clone())];
    facts.push(("When", format!("{when} ({})", client.time_zone)));
    if !others.is_empty() {
        let all: Vec<String> = others.iter().map(|at| say::moment(*at, &zone)).collect();
        facts.push(("And", all.join("; ")));
    }
    facts.extend(mine.service.location.clone().map(|place| ("Where", place)));
    if mine.policy.shows_staff || !kind.to_customer() {
        let names = say::names(mine.shown.people.iter().map(|(_, name)| name.as_str()));
        facts.push(("With", names));
    }
    facts.extend(row.price_text.clone().map(|price| ("Price", price)));
    if let (false, Some(customer)) = (kind.to_customer(), customer) {
        facts.push(("Customer", customer.name.clone()));
    }
    let opening = [format!("Hello {name},"), opening];
    let link = url.as_deref().map(|url| (label, url));
    let short = match kind {
        Kind::Confirmed => "is confirmed",
        Kind::Requested => "was received and will be confirmed",
        Kind::Changed => "is the new time",
        Kind::Cancelled => "was cancelled",
        _ => "is coming up",
    };
    let short = format!(
        "{business}: {service}, {when}, {short}. {}",
        url.as_deref().unwrap_or_default()
    );
    Letter {
        text: body(&opening, &facts, link),
        html: html(&opening, &facts, link),
        short: short.trim_end().to_owned(),
        calendar: (kind.to_customer() && kind != Kind::Reminder).then(|| calendar(mine, client, url.as_deref(), now)),
        subject,
    }
}

fn body(opening: &[String], facts: &[(&str, String)], link: Option<(&str, &str)>) -> String {
    let mut text = opening.join("\n\n");
    text.push_str("\n\n");
    for (label, value) in facts {
        text.push_str(&format!("{label}: {value}\n"));
    }
    if let Some((label, url)) = link {
        text.push_str(&format!("\n{label}: {url}\n"));
    }
    text
}

fn html(opening: &[String], facts: &[(&str, String)], link: Option<(&str, &str)>) -> String {
    let paragraphs: String = opening.iter().map(|one| format!("<p>{}</p>", escaped(one))).collect();
    let rows = facts.iter().map(|(label, value)| {
        format!(
            "<tr><th align=\"left\" valign=\"top\" style=\"padding:2px 16px 2px 0\">{label}</th><td>{}</td></tr>",
            escaped(value)
        )
    });
    let rows: String = rows.collect();
    let link = link.map_or_else(String::new, |(label, url)| {
        format!("<p><a href=\"{}\">{label}</a></p>", escaped(url))
    });
    format!(
        "<!doctype html><html lang=\"en\"><body style=\"font-family:sans-serif\">{paragraphs}<table>{rows}</table>{link}</body></html>"
    )
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            other => safe.push(other),
        }
    }
    safe
}

/// The booking as an event: published, not an invitation, because nothing here reads answers. The same one by mail and from
/// the customer's page, so that a calendar that has it changes it.
pub fn calendar(mine: &Mine, client: &Client, url: Option<&str>, now: Timestamp) -> String {
    let row = &mine.shown.row;
    let stamp = |at: Timestamp| at.strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut event = Component::new("VEVENT");
    for (name, value) in [
        ("UID", row.id.clone()),
        ("DTSTAMP", stamp(now)),
        ("SEQUENCE", row.revision.to_string()),
        ("DTSTART", stamp(row.starts_at.timestamp())),
        ("DTEND", stamp(row.ends_at.timestamp())),
    ] {
        event.push(Line::new(name, &[], &value));
    }
    event.push(Line::text(
        "SUMMARY",
        &format!("{} - {}", mine.shown.service, client.name),
    ));
    if let Some(place) = &mine.service.location {
        event.push(Line::text("LOCATION", place));
    }
    if let Some(url) = url {
        event.push(Line::text("DESCRIPTION", url));
    }
    let status = match row.status.as_str() {
        db::bookings::CANCELLED => "CANCELLED",
        db::bookings::PENDING => "TENTATIVE",
        _ => "CONFIRMED",
    };
    event.push(Line::new("STATUS", &[], status));
    let mut calendar = Component::new("VCALENDAR");
    for (name, value) in [
        ("VERSION", "2.0"),
        ("PRODID", "-//Calendar Stacker//Calendar Stacker//EN"),
        ("METHOD", "PUBLISH"),
    ] {
        calendar.push(Line::new(name, &[], value));
    }
    calendar.items.push(Item::Component(event));
    calendar.text()
}
