//! What can go wrong, named for what the reader does next.

use diesel::result::{DatabaseErrorKind, Error as Diesel};

/// The result of a query.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a query gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such row, or it belongs to another tenant.
    #[error("not found")]
    NotFound,
    /// A constraint of the database refused the write; the text is the database's and names the constraint or column.
    #[error("conflict: {0}")]
    Conflict(String),
    /// Somebody else has this time of a staff member: the one promise that the database itself keeps.
    #[error("taken")]
    Taken,
    /// The database is busy or away; the same call may work in a moment.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A fault of ours.
    #[error("the database refused a query: {0}")]
    Other(String),
}

impl From<Diesel> for Error {
    fn from(error: Diesel) -> Self {
        match error {
            Diesel::NotFound => Self::NotFound,
            Diesel::DatabaseError(_, ref info) if is_taken(info.constraint_name(), info.message()) => Self::Taken,
            Diesel::DatabaseError(kind, info) => match kind {
                DatabaseErrorKind::UniqueViolation
                | DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::CheckViolation
                | DatabaseErrorKind::ExclusionViolation => {
                    // PostgreSQL names the constraint, SQLite only the columns, in the message.
                    Self::Conflict(info.constraint_name().unwrap_or_else(|| info.message()).to_owned())
                }
                DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::SerializationFailure
                | DatabaseErrorKind::ReadOnlyTransaction => Self::Unavailable(info.message().to_owned()),
                _ if is_transient(info.message()) => Self::Unavailable(info.message().to_owned()),
                _ => Self::Other(info.message().to_owned()),
            },
            Diesel::BrokenTransactionManager => Self::Unavailable(error.to_string()),
            other => Self::Other(other.to_string()),
        }
    }
}

/// PostgreSQL names the constraint; SQLite says the trigger's words, or the columns of the index.
fn is_taken(constraint: Option<&str>, message: &str) -> bool {
    match constraint {
        Some(name) => ["booking_seats_overlap", "booking_seats_taken"].contains(&name),
        None => message == "booking_seats_overlap" || message.ends_with("booking_seats.seat"),
    }
}

/// Messages of databases that have no kind of their own in diesel.
fn is_transient(message: &str) -> bool {
    [
        "database is locked",
        "database table is locked",
        "deadlock detected",
        "canceling statement",
        "terminating connection",
        "the database system is",
        "server closed the connection",
    ]
    .iter()
    .any(|words| message.contains(words))
}

impl From<diesel::ConnectionError> for Error {
    fn from(error: diesel::ConnectionError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<r2d2::Error> for Error {
    fn from(error: r2d2::Error) -> Self {
        Self::Unavailable(error.to_string())
    }
}
