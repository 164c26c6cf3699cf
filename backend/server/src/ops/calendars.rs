//! What people choose about a calendar.

use db::{
    Conn,
    calendars::{self, Calendar},
    types::Json,
};
use domain::{availability::Rules, calendar::AccessRole, id::TenantId};
use jiff::Timestamp;

use super::feed::{self, Noted, Origin};

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such calendar in this tenant.
    #[error("not found")]
    NotFound,
    /// Bookings cannot be written to it.
    #[error("the account may not write to this calendar")]
    ReadOnly,
    /// The database.
    #[error(transparent)]
    Db(db::Error),
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::NotFound => Self::NotFound,
            other => Self::Db(other),
        }
    }
}

/// What people choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Whether it is kept up to date and shown.
    pub selected: bool,
    /// Whether its events make the client busy.
    pub blocks_availability: bool,
    /// Whether bookings are written to it.
    pub receives_bookings: bool,
    /// Ours, for display.
    pub colour: Option<String>,
    /// Which of its events take time.
    pub busy_rules: Rules,
}

/// Which events of a calendar take time.
pub fn rules(calendar: &Calendar) -> Rules {
    calendar.busy_rules.as_deref().copied().unwrap_or_default()
}

/// Asks `decide` under a lock, and writes what it says.
///
/// # Errors
/// Those of `decide`, and [`Error`].
pub fn choose<E: From<Error> + From<db::Error>>(
    conn: &mut Conn,
    tenant: &TenantId,
    id: &str,
    now: Timestamp,
    decide: impl FnOnce(&Calendar) -> Result<Choice, E>,
) -> Result<Calendar, E> {
    let mut before = calendars::lock(conn, tenant, id).map_err(Error::from)?;
    // What the caller knows is the revision before the lock counted it up.
    before.revision -= 1;
    let choice = decide(&before)?;
    if choice.receives_bookings && !AccessRole::parse(&before.access_role).is_some_and(AccessRole::can_write) {
        return Err(Error::ReadOnly.into());
    }
    let choice = calendars::Choice {
        selected: choice.selected,
        blocks_availability: choice.blocks_availability,
        receives_bookings: choice.receives_bookings,
        colour: choice.colour,
        // What is usual is not written down, so that it can become better.
        busy_rules: (choice.busy_rules != Rules::default())
            .then(|| Json::new(choice.busy_rules))
            .transpose()?,
        updated_at: now.into(),
    };
    let row = calendars::choose(conn, id, &choice)?;
    let noted = Noted {
        id,
        client: &row.client_id,
        action: "updated",
    };
    feed::note(conn, tenant, "calendar", &[noted], Origin::Ours, now)?;
    Ok(row)
}
