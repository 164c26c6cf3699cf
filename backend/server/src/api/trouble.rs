//! What goes wrong with providers, calendars and events, as answers. With `problem`, the only place that turns errors
//! into answers.

use domain::calendar::Provider;
use providers::Error as Remote;
use serde::Serialize;

use crate::{
    api::{
        availability::{Alternative, Unavailable, UnavailableTime},
        problem::{Code, FieldError, Problem, ProviderAnswer},
    },
    gateway::{Error, desk::Refusal},
    ops,
};

impl Problem {
    /// 412: the caller knows an older version of this kind of thing.
    pub fn changed(kind: &str, current: &impl Serialize) -> Self {
        let detail = format!("Somebody changed this {kind} since you read it.");
        Self::new(Code::PreconditionFailed, detail).current(current)
    }

    /// A database error, where “not found” means this kind of thing.
    pub fn missing(error: db::Error, kind: &str) -> Self {
        match error {
            db::Error::NotFound => Self::not_found(kind),
            other => other.into(),
        }
    }
}

impl From<ops::people::Error> for Problem {
    fn from(error: ops::people::Error) -> Self {
        use ops::people::Error;
        match error {
            Error::NotFound => Self::not_found("person"),
            Error::Link => Self::new(Code::NotFound, "This link was used, replaced, or has ended.")
                .action("Ask whoever invited you for a new one."),
            Error::EmailTaken => {
                let detail = "Somebody has this address already.";
                Self::new(Code::Conflict, detail).errors(vec![FieldError::new("/email", "taken", detail)])
            }
            Error::LastOwner => Self::new(Code::Conflict, "Nobody else could sign in as owner.")
                .action("Make somebody else an owner first."),
            Error::OwnersOnly => Self::new(Code::Forbidden, "Only owners make owners and change them."),
            Error::Yourself => {
                Self::new(Code::Conflict, "You cannot let yourself go.").action("Ask another owner or admin.")
            }
            Error::Invalid(faults) => crate::api::credentials::wrong(faults),
            Error::Db(error) => error.into(),
        }
    }
}

impl From<ops::catalogue::Error> for Problem {
    fn from(error: ops::catalogue::Error) -> Self {
        match error {
            ops::catalogue::Error::NotFound(kind) => Self::not_found(kind),
            ops::catalogue::Error::Invalid(faults) => crate::api::credentials::wrong(faults),
            ops::catalogue::Error::SlugTaken => {
                let detail = "Another booking page has this address.";
                Self::new(Code::Conflict, detail).errors(vec![FieldError::new("/slug", "taken", detail)])
            }
            ops::catalogue::Error::Db(error) => error.into(),
        }
    }
}

impl From<ops::events::Error> for Problem {
    fn from(error: ops::events::Error) -> Self {
        match error {
            ops::events::Error::NotFound => Self::not_found("event"),
            ops::events::Error::TooMuch(error) => Self::new(
                Code::ValidationFailed,
                format!("A series cannot be worked out in this window: {error}."),
            )
            .action("Ask for a shorter window."),
            ops::events::Error::Db(error) => error.into(),
        }
    }
}

impl From<ops::calendars::Error> for Problem {
    fn from(error: ops::calendars::Error) -> Self {
        match error {
            ops::calendars::Error::NotFound => Self::not_found("calendar"),
            ops::calendars::Error::ReadOnly => Self::invalid(vec![FieldError::new(
                "/receives_bookings",
                "read_only",
                "The account may not write to this calendar, so it cannot receive bookings.",
            )]),
            ops::calendars::Error::Db(error) => error.into(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Changed => Self::new(
                Code::PreconditionFailed,
                "Somebody changed this event since you read it.",
            ),
            Refusal::Waiting => Self::new(
                Code::Conflict,
                "An earlier change of this event still waits for the provider.",
            )
            .retry_after(5)
            .action("Try again when it is written; the Sync page shows what waits."),
            Refusal::Gone => Self::new(Code::NotFound, "The event is not at the provider any more."),
            Refusal::ReadOnly => Self::new(Code::Forbidden, "The account may only read this calendar.")
                .action("Choose another calendar, or let its owner share it with write access."),
            Refusal::Invalid(violations) => crate::api::credentials::wrong(violations),
            Refusal::Failed(error) => error.into(),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Provider { provider, error } => remote(provider, error),
            Error::NotConnected(detail) => {
                Self::new(Code::ReauthorizationRequired, detail).action("Connect the account again.")
            }
            Error::NotFound(kind) => Self::not_found(kind),
            error @ Error::Vanishing { .. } => Self::new(Code::Conflict, error.to_string())
                .action("Sync the calendar with accept_deletions if this is right."),
            error @ Error::Churning => Self::new(Code::Conflict, error.to_string())
                .action("Find out which program changes it back, then retry on the Sync page."),
            Error::Unavailable(cause) => db::Error::Unavailable(cause).into(),
            Error::Internal(cause) => Self::internal(cause),
        }
    }
}

/// What a provider said, in our words, and in its own beside them.
fn remote(provider: Provider, error: Remote) -> Problem {
    let name = match provider {
        Provider::Google => "Google",
        Provider::Microsoft => "Microsoft",
        Provider::Caldav => "The CalDAV server",
    };
    let answer = |status: Option<u16>, code: Option<&str>| ProviderAnswer {
        name: provider.as_str().to_owned(),
        status,
        code: code.map(str::to_owned),
        request_id: None,
    };
    tracing::info!(provider = provider.as_str(), %error, "a provider refused or did not answer");
    match error {
        Remote::TryLater {
            after,
            rate_limited,
            detail,
        } => {
            let (code, status) = if rate_limited {
                (Code::RateLimited, 429)
            } else {
                (Code::ProviderUnavailable, 503)
            };
            Problem::new(code, format!("{name} asks to try later: {detail}"))
                .retry_after(after.map_or(5, |wait| wait.as_secs().max(1)))
                .action("Try again in a moment.")
                .provider(answer(Some(status), None))
        }
        Remote::Quota { detail } => Problem::new(
            Code::RateLimited,
            format!("{name} takes no more writes for some hours: {detail}"),
        )
        .retry_after(3600)
        .action("Wait some hours; reading goes on.")
        .provider(answer(Some(403), Some("quotaExceeded"))),
        Remote::Unreachable { detail, .. } => Problem::new(Code::ProviderUnavailable, detail)
            .retry_after(5)
            .action("Try again in a moment; if it lasts, look at the credential.")
            .provider(answer(None, None)),
        Remote::Reauthorize { detail } => Problem::new(Code::ReauthorizationRequired, detail)
            .action("Connect the account again.")
            .provider(answer(Some(401), None)),
        Remote::Forbidden { code, detail } if code == "insufficient_scope" => Problem::new(
            Code::ReauthorizationRequired,
            format!("The consent does not include this: {detail}"),
        )
        .action("Connect the account again and tick every box.")
        .provider(answer(Some(403), Some(&code))),
        Remote::Forbidden { code, detail } => {
            Problem::new(Code::Forbidden, format!("{name} does not allow this: {detail}"))
                .action("Choose another calendar, or ask its owner for write access.")
                .provider(answer(Some(403), Some(&code)))
        }
        Remote::Changed => Problem::new(
            Code::PreconditionFailed,
            "It was changed at the provider in the meantime.",
        )
        .provider(answer(Some(412), None)),
        Remote::NotFound => {
            Problem::new(Code::NotFound, "It is not at the provider (any more).").provider(answer(Some(404), None))
        }
        Remote::CursorExpired => {
            Problem::new(Code::ProviderUnavailable, "The provider has forgotten where we were.").retry_after(1)
        }
        // Nothing was sent: what was asked for has no words there.
        Remote::Rejected { code, detail, status } if code == "cannot_be_written" => {
            Problem::new(Code::ValidationFailed, detail)
                .action("Say it in a way this provider can keep.")
                .provider(answer(status, Some(&code)))
        }
        Remote::Rejected { code, detail, status } => {
            Problem::new(Code::ProviderError, format!("{name} refused: {detail}"))
                .action("Read the detail; trying again does not help.")
                .provider(answer(status, Some(&code)))
        }
    }
}

impl From<ops::availability::Error> for Problem {
    fn from(error: ops::availability::Error) -> Self {
        match error {
            ops::availability::Error::NotFound(kind) => Self::not_found(kind),
            ops::availability::Error::Invalid(violations) => crate::api::credentials::wrong(violations),
            ops::availability::Error::Db(error) => error.into(),
        }
    }
}

impl From<ops::bookings::Error> for Problem {
    fn from(error: ops::bookings::Error) -> Self {
        use ops::bookings::Error;
        match error {
            Error::NotFound(kind) => Self::not_found(kind),
            Error::Invalid(violations) => crate::api::credentials::wrong(violations),
            Error::NotAllowed(why) => Self::new(Code::Conflict, why),
            Error::KeyReused => Self::new(
                Code::IdempotencyKeyReused,
                "This external_id belongs to another booking of the client.",
            ),
            Error::Changed => Self::new(
                Code::PreconditionFailed,
                "Somebody changed this booking since you read it.",
            ),
            // The gateway turns both into something else.
            Error::Refused(_) => db::Error::Taken.into(),
            Error::Raced | Error::Unasked(_) => {
                db::Error::Unavailable("a booking was changed just now".to_owned()).into()
            }
            Error::Db(error) => error.into(),
        }
    }
}

impl From<crate::gateway::bookings::Refusal> for Problem {
    fn from(refusal: crate::gateway::bookings::Refusal) -> Self {
        use crate::gateway::bookings::Refusal;
        match refusal {
            Refusal::Other(error) => error.into(),
            Refusal::Unavailable(why) => {
                let times: Vec<UnavailableTime> = why.refused.times.into_iter().map(Into::into).collect();
                let detail = match times.as_slice() {
                    [only] => only.say.clone(),
                    many => format!("{} of these times are not free.", many.len()),
                };
                let alternatives = why.alternatives.into_iter();
                Self::new(Code::SlotUnavailable, detail).unavailable(Unavailable {
                    times,
                    alternatives: alternatives.map(|one| Alternative::new(one, &why.zone)).collect(),
                })
            }
        }
    }
}
