//! Mails, by SMTP; in the sandbox, where no server is set up, as files.

use std::{path::PathBuf, time::Duration};

use db::messages::Message;
use jiff::Timestamp;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    message::{Attachment, Mailbox, MultiPart, header::ContentType},
    transport::smtp::authentication::Credentials,
};
use secrecy::ExposeSecret;

use super::{Letter, Trouble};
use crate::config::{Config, ConfigError};

/// How long a server may be silent.
const PATIENCE: Duration = Duration::from_secs(30);
/// How much of what a server said is kept.
const QUOTED: usize = 500;

/// The way out for mails.
pub struct Mail {
    way: Way,
    from: Address,
}

enum Way {
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>),
    Folder(PathBuf),
}

impl Mail {
    /// As configured; `None`: nothing is.
    ///
    /// # Errors
    /// When a setting is missing or wrong.
    pub fn new(config: &Config) -> Result<Option<Self>, ConfigError> {
        let from = config
            .mail_from
            .as_deref()
            .map(str::trim)
            .filter(|from| !from.is_empty());
        let from = from
            .map(|from| from.parse::<Mailbox>().map(|mailbox| mailbox.email))
            .transpose()
            .map_err(|error| ConfigError(format!("CALENDAR_STACKER_MAIL_FROM: {error}")))?;
        let Some(url) = config.smtp_url()? else {
            let Some(folder) = config.sandbox.then(|| config.data_dir.join("mail")) else {
                return Ok(None);
            };
            let sandbox = || Address::new("sandbox", "calendar-stacker.invalid");
            let from = from.map_or_else(sandbox, Ok);
            return Ok(Some(Self {
                way: Way::Folder(folder),
                from: from.map_err(|error| ConfigError(error.to_string()))?,
            }));
        };
        let from = from.ok_or_else(|| {
            ConfigError("a mail server is set up, but not whose mails it sends: set CALENDAR_STACKER_MAIL_FROM".into())
        })?;
        // The error would quote the address with its password.
        let wrong =
            |_| ConfigError("CALENDAR_STACKER_SMTP_URL is no address like smtps://user:password@host:465".into());
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret()).map_err(wrong)?;
        if let (Some(user), Some(password)) = (&config.smtp_username, config.smtp_password()?) {
            let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
            transport = transport.credentials(credentials);
        }
        Ok(Some(Self {
            way: Way::Smtp(Box::new(transport.timeout(Some(PATIENCE)).build())),
            from,
        }))
    }

    /// `smtp` or `folder`.
    pub const fn way(&self) -> &'static str {
        match self.way {
            Way::Smtp(_) => "smtp",
            Way::Folder(_) => "folder",
        }
    }

    /// Sends one. The same message has the same `Message-ID` each time: where the answer of a server was lost, the
    /// recipient's can tell that both are one.
    pub(super) async fn send(
        &self,
        message: &Message,
        letter: &Letter,
        (business, reply_to): &(String, String),
        host: &str,
        now: Timestamp,
    ) -> Result<(), Trouble> {
        let never = |what: &str| Trouble::Never(format!("It cannot be sent: {what}."));
        let to: Address = message.recipient.parse().map_err(|_| never("the address is none"))?;
        let body = MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone());
        let body = match &letter.calendar {
            None => body,
            Some(calendar) => {
                let kind = ContentType::parse("text/calendar; charset=utf-8; method=PUBLISH");
                let kind = kind.map_err(|error| never(&error.to_string()))?;
                let file = Attachment::new("booking.ics".to_owned()).body(calendar.clone(), kind);
                MultiPart::mixed().multipart(body).singlepart(file)
            }
        };
        let mut mail = lettre::Message::builder()
            .from(Mailbox::new(Some(business.clone()), self.from.clone()))
            .to(Mailbox::new(None, to))
            .date(std::time::SystemTime::from(now))
            .message_id(Some(format!("<{}@{host}>", message.id)))
            .subject(letter.subject.clone());
        if let Ok(address) = reply_to.parse() {
            mail = mail.reply_to(Mailbox::new(Some(business.clone()), address));
        }
        let mail = mail.multipart(body).map_err(|error| never(&error.to_string()))?;
        match &self.way {
            Way::Smtp(transport) => match transport.send(mail).await {
                Ok(_) => Ok(()),
                Err(error) => Err(trouble(&error)),
            },
            Way::Folder(folder) => {
                let file = folder.join(format!("{}.eml", message.id));
                let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&file, mail.formatted()));
                written.map_err(|error| Trouble::Later(format!("{}: {error}", file.display())))?;
                tracing::info!(file = %file.display(), "sandbox: a mail was written instead of sent");
                Ok(())
            }
        }
    }
}

/// What the server said. That it does not let us in is ours to mend; everything else that it calls final is final.
fn trouble(error: &lettre::transport::smtp::Error) -> Trouble {
    let mut said = error.to_string();
    if let Some(cut) = said.char_indices().nth(QUOTED) {
        said.truncate(cut.0);
    }
    let code = error.status().map(|code| code.to_string());
    let door = code.is_some_and(|code| ["530", "534", "535", "538"].contains(&code.as_str()));
    if error.is_permanent() && !door {
        Trouble::Never(said)
    } else {
        Trouble::Later(said)
    }
}
