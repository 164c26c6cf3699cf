//! What leaves for people: mails by SMTP, text messages by a webhook. Nothing here decides what is told to whom; that was
//! written down with the change it tells of.

mod letter;
mod mail;
mod texts;

use db::{
    credentials::Credential,
    messages::{DROPPED, FAILED, Message, NOT_SENT, SENT, WAITING},
};
use domain::{credential::CredentialStatus, id::TenantId};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;

pub use self::{
    letter::{Letter, calendar, write},
    mail::Mail,
    texts::Texts,
};
use super::connect;
use crate::{
    config::{Config, ConfigError},
    ops::{
        bookings::{self, link},
        messages::{self as ops, EMAIL, Kind},
        public::{self, Mine},
    },
    state::App,
};

/// How many are sent at once.
const BATCH: i64 = 10;
/// How long one may take before another process tries it.
const LEASE: SignedDuration = SignedDuration::from_mins(5);
/// After so many tries it is given up: about a day.
const TRIES: i32 = 30;

/// The ways out that are set up.
pub struct Post {
    /// Mails.
    pub mail: Option<Mail>,
    /// Text messages.
    pub texts: Option<Texts>,
}

/// Why it was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// It may go later.
    Later(String),
    /// It never will.
    Never(String),
    /// Nothing is set up that could.
    NoWay(&'static str),
    /// It tells of what is no longer so.
    Over(&'static str),
}

impl Post {
    /// As configured.
    ///
    /// # Errors
    /// When a setting is missing or wrong.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self {
            mail: Mail::new(config)?,
            texts: Texts::new(config)?,
        })
    }

    /// What is missing for messages through this channel.
    pub fn missing(&self, channel: &str) -> Option<&'static str> {
        match channel {
            EMAIL => self.mail.is_none().then_some("No mail server is set up."),
            _ => self
                .texts
                .is_none()
                .then_some("No service for text messages is set up."),
        }
    }
}

/// Sends what is due. Says how many were taken in hand.
///
/// # Errors
/// Those of the database.
pub async fn send_due(app: &App) -> db::Result<usize> {
    let mut done = 0;
    loop {
        let now = app.now();
        let batch = app
            .write(move |c| db::messages::lease(c, now.into(), (now + LEASE).into(), BATCH))
            .await?;
        if batch.is_empty() {
            return Ok(done);
        }
        done += batch.len();
        let sent = batch.into_iter().map(|message| async move {
            let (message, outcome) = deliver(app, message).await;
            let row = settled(message, outcome, app.now());
            if row.state != SENT {
                tracing::info!(
                    message = row.id,
                    state = row.state,
                    attempts = row.attempts,
                    "a message was not sent"
                );
            }
            metrics::counter!("messages_total", "channel" => row.channel.clone(), "state" => row.state.clone())
                .increment(1);
            app.write(move |c| db::messages::settle(c, &row)).await
        });
        for one in futures_util::future::join_all(sent).await {
            one?;
        }
    }
}

/// What becomes of a message after an attempt.
fn settled(message: Message, outcome: Result<(), Trouble>, now: Timestamp) -> Message {
    let end = |state: &str, why: Option<String>| Message {
        state: state.to_owned(),
        last_error: why,
        ..message.clone()
    };
    match outcome {
        Ok(()) => Message {
            sent_at: Some(now.into()),
            ..end(SENT, None)
        },
        Err(Trouble::Over(why)) => end(DROPPED, Some(why.to_owned())),
        Err(Trouble::NoWay(why)) => end(NOT_SENT, Some(why.to_owned())),
        Err(Trouble::Never(why)) => end(FAILED, Some(why)),
        Err(Trouble::Later(why)) if message.attempts >= TRIES => end(FAILED, Some(why)),
        Err(Trouble::Later(why)) => {
            let doublings = u32::try_from(message.attempts - 1).unwrap_or(0).min(6);
            let wait = SignedDuration::from_mins(2_i64.pow(doublings).min(60));
            Message {
                due_at: (now + wait).into(),
                ..end(WAITING, Some(why))
            }
        }
    }
}

/// What a message is made of.
struct Facts {
    about: About,
    client: db::clients::Client,
    /// Where it goes.
    to: String,
}

/// What a message is about.
enum About {
    /// A booking, and the other dates of the same rule.
    Booking(Box<Mine>, Vec<Timestamp>),
    /// An account that cannot be used.
    Account(Box<Credential>),
    /// An import; the message says what became of it.
    Import,
}

async fn deliver(app: &App, mut message: Message) -> (Message, Result<(), Trouble>) {
    let outcome = match prepare(app, &message).await {
        Err(trouble) => Err(trouble),
        Ok((letter, to, business)) => {
            message.recipient = to;
            send(app, &message, &letter, &business).await
        }
    };
    (message, outcome)
}

async fn send(app: &App, message: &Message, letter: &Letter, business: &(String, String)) -> Result<(), Trouble> {
    let nothing = || Trouble::NoWay(app.post.missing(&message.channel).unwrap_or("Nothing is set up."));
    if message.channel == EMAIL {
        let mail = app.post.mail.as_ref().ok_or_else(nothing)?;
        let host = app.public_url.host_str().unwrap_or("localhost");
        return mail.send(message, letter, business, host, app.now()).await;
    }
    let texts = app.post.texts.as_ref().ok_or_else(nothing)?;
    texts.send(&app.http, message, &letter.short, app.now()).await
}

async fn prepare(app: &App, message: &Message) -> Result<(Letter, String, (String, String)), Trouble> {
    let kind = Kind::parse(&message.kind).ok_or(Trouble::Over("Nobody sends such messages any more."))?;
    let (asked, now) = (message.clone(), app.now());
    let facts = app.read_all(move |c| facts(c, &asked, kind, now)).await?;
    // The business looks at things after signing in.
    let page = |path: &str, id: &str| format!("{}{path}{id}", app.public_url);
    let client = &facts.client;
    let letter = match &facts.about {
        About::Booking(mine, others) => {
            let row = &mine.shown.row;
            let url = if kind.to_customer() {
                let url = link::url(&app.vault, &app.public_url, row);
                let url = url.map_err(|error| Trouble::Never(error.to_string()))?;
                url.map(|url| url.expose_secret().to_owned())
            } else {
                Some(page("bookings/", &row.id))
            };
            write(kind, client, mine, others, url, now)
        }
        About::Account(row) => {
            letter::reconnect(client, row, connect::provider_of(row), &page("credentials/", &row.id))
        }
        About::Import => letter::imported(client, message, &page("bookings", "")),
    };
    let business = (facts.client.name.clone(), facts.client.email.clone());
    Ok((letter, facts.to, business))
}

impl From<db::Error> for Trouble {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::NotFound => Self::Over("What it tells of is gone."),
            other => {
                tracing::warn!(error = %other, "a message could not be made");
                Self::Later("The database did not answer.".to_owned())
            }
        }
    }
}

fn facts(c: &mut db::Conn, message: &Message, kind: Kind, now: Timestamp) -> Result<Facts, Trouble> {
    let tenant = TenantId::from_store(message.tenant_id.clone());
    let Some(booking) = &message.booking_id else {
        let (client, _) = db::clients::get(c, &tenant, &message.client_id)?;
        let about = match &message.credential_id {
            Some(credential) => About::Account(Box::new(refused(c, &tenant, credential, now)?)),
            None => About::Import,
        };
        return Ok(Facts {
            to: client.email.clone(),
            client,
            about,
        });
    };
    let row = db::bookings::get(c, &tenant, booking)?;
    if let Some(why) = ops::is_over(message, kind, &row, now) {
        return Err(Trouble::Over(why));
    }
    let others = match &row.series_id {
        // What is said when they are made is said of all of them; later each speaks for itself.
        Some(series) if [Kind::Confirmed, Kind::Requested].contains(&kind) && message.created_at == row.created_at => {
            let all = db::bookings::of_series(c, &tenant, series)?.into_iter();
            let others = all
                .filter(|one| one.id != row.id && (&one.status, &one.customer_id) == (&row.status, &row.customer_id));
            others.map(|one| one.starts_at.timestamp()).collect()
        }
        _ => Vec::new(),
    };
    let shown = bookings::show(c, &tenant, vec![row])?.into_iter().next();
    let mine = public::mine(c, shown.ok_or(db::Error::NotFound)?)?;
    let to = if kind.to_customer() {
        // Where they are reached by now.
        let customer = mine.shown.customer.as_ref();
        let reached = customer.and_then(|one| {
            if message.channel == EMAIL {
                one.email.clone()
            } else {
                one.phone.clone()
            }
        });
        reached.ok_or(Trouble::Over("The customer has no such address any more."))?
    } else {
        mine.client.email.clone()
    };
    Ok(Facts {
        client: mine.client.clone(),
        about: About::Booking(Box::new(mine), others),
        to,
    })
}

/// An account that still waits for a person.
fn refused(c: &mut db::Conn, tenant: &TenantId, id: &str, now: Timestamp) -> Result<Credential, Trouble> {
    let row = db::credentials::get(c, tenant, id)?;
    match connect::facts(&row).status(now) {
        CredentialStatus::NeedsReauthorization => Ok(row),
        _ => Err(Trouble::Over("The account need not be connected again any more.")),
    }
}
