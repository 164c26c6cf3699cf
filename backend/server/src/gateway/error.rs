//! Why something with a provider did not work, named for what the caller does next.

use domain::calendar::Provider;

/// The result of work with a provider.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The provider said no, or nothing.
    #[error("{error}")]
    Provider {
        /// Which.
        provider: Provider,
        /// What it said.
        error: providers::Error,
    },
    /// The credential cannot be used before a person acts.
    #[error("{0}")]
    NotConnected(String),
    /// Something of ours does not exist (any more); the word says what.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// A pull would have taken suspiciously much away: a person must say that it is right.
    #[error(
        "{vanishing} of {held} events would disappear at once: say that this is right, or wait until the provider answers in full again"
    )]
    Vanishing {
        /// How many events.
        vanishing: i64,
        /// Of how many.
        held: i64,
    },
    /// An event was changed back and forth too often.
    #[error(
        "it was changed here and at the provider {} times in a day, each time undoing the other: find out what changes it, then try again",
        domain::churn::LIMIT
    )]
    Churning,
    /// Our database.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A fault of ours, or of the operator's configuration; the text is for the log.
    #[error("{0}")]
    Internal(String),
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::NotFound => Self::NotFound("thing"),
            db::Error::Unavailable(cause) => Self::Unavailable(cause),
            db::Error::Conflict(cause) | db::Error::Other(cause) => Self::Internal(cause),
            db::Error::Taken => Self::Internal(error.to_string()),
        }
    }
}

impl From<crate::crypto::VaultError> for Error {
    fn from(error: crate::crypto::VaultError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl Error {
    /// What the provider said, tied to which one it was.
    pub fn of(provider: Provider) -> impl Fn(providers::Error) -> Self + Copy {
        move |error| Self::Provider { provider, error }
    }

    /// The word that is stored with a failed pull: a `code` of a problem.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Provider { error, .. } => match error {
                providers::Error::TryLater { rate_limited: true, .. } | providers::Error::Quota { .. } => {
                    "rate_limited"
                }
                providers::Error::TryLater { .. } | providers::Error::Unreachable { .. } => "provider_unavailable",
                providers::Error::Reauthorize { .. } => "reauthorization_required",
                providers::Error::Forbidden { code, .. } if code == "insufficient_scope" => "reauthorization_required",
                providers::Error::NotFound => "not_found",
                _ => "provider_error",
            },
            Self::NotConnected(_) => "reauthorization_required",
            Self::NotFound(_) => "not_found",
            Self::Vanishing { .. } => "mass_deletion",
            Self::Churning => "churn",
            Self::Unavailable(_) => "unavailable",
            Self::Internal(_) => "internal",
        }
    }

    /// A sentence for people; never a secret, never our internals.
    pub fn detail(&self) -> String {
        match self {
            Self::Unavailable(_) => "Our database is busy or away.".to_owned(),
            Self::Internal(_) => "Something went wrong here; it is logged.".to_owned(),
            Self::Provider {
                error: providers::Error::NotFound,
                ..
            } => "The provider no longer has this calendar, or the account lost access to it.".to_owned(),
            other => other.to_string(),
        }
    }
}
