//! Which events of a calendar take time: one table that people can see and change per calendar.

use serde::{Deserialize, Serialize};

use crate::{
    busy::Facts,
    event::{EventStatus, Response, Transparency},
};

/// Goes up with every change of what the rules mean; a receipt names the version it was decided by.
pub const RULES_VERSION: u32 = 1;

/// What kind of event it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Nothing special.
    #[default]
    Event,
    /// Away: holidays, illness.
    OutOfOffice,
    /// Time somebody reserved for working alone.
    FocusTime,
    /// Says where somebody works, not that they cannot be booked.
    WorkingLocation,
}

impl Kind {
    /// Every kind, for tables that must not forget one.
    pub const ALL: [Self; 4] = [Self::Event, Self::OutOfOffice, Self::FocusTime, Self::WorkingLocation];

    /// The word used in the API and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::OutOfOffice => "out_of_office",
            Self::FocusTime => "focus_time",
            Self::WorkingLocation => "working_location",
        }
    }

    /// The reverse of [`Kind::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Whether whole days take time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllDay {
    /// Also those marked as free. Providers mark whole days as free by default, and some people mean them.
    Always,
    /// As any other event: unless it is marked as free.
    #[default]
    IfBusy,
    /// Birthdays, school holidays, bin days.
    Never,
}

/// The rule table of one calendar. Three lines of it cannot be changed: cancelled events, invitations that were declined
/// and working locations never take time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Whole days.
    pub all_day: AllDay,
    /// Events that may not happen.
    pub tentative: bool,
    /// Invitations that nobody answered.
    pub unanswered: bool,
    /// Invitations that were answered “maybe”.
    pub maybe: bool,
    /// Absences, also those marked as free.
    pub out_of_office: bool,
    /// Time reserved for working alone.
    pub focus_time: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            all_day: AllDay::IfBusy,
            tentative: true,
            unanswered: true,
            maybe: true,
            out_of_office: true,
            focus_time: true,
        }
    }
}

/// Why an event takes no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leaves {
    /// It is the calendar's copy of one of our bookings, and the booking itself counts.
    OwnCopy,
    /// It will not happen.
    Cancelled,
    /// The owner of the calendar does not come.
    Declined,
    /// It says where somebody works.
    WorkingLocation,
    /// It is marked as free.
    Free,
    /// Whole days of this calendar take no time.
    AllDay,
    /// Absences of this calendar take no time.
    OutOfOffice,
    /// Focus time of this calendar takes no time.
    FocusTime,
    /// Tentative events of this calendar take no time.
    Tentative,
    /// Invitations of this calendar take no time before they are answered.
    Unanswered,
    /// Invitations of this calendar that were answered “maybe” take no time.
    Maybe,
}

impl Rules {
    /// `None`: the event takes time. Otherwise the first line of the table that lets it go.
    pub fn leaves(self, kind: Kind, facts: Facts) -> Option<Leaves> {
        let free = facts.transparency == Transparency::Free
            && !(facts.all_day && self.all_day == AllDay::Always)
            && !(kind == Kind::OutOfOffice && self.out_of_office);
        let table = [
            (facts.status == EventStatus::Cancelled, Leaves::Cancelled),
            (facts.response == Some(Response::Declined), Leaves::Declined),
            (kind == Kind::WorkingLocation, Leaves::WorkingLocation),
            (free, Leaves::Free),
            (facts.all_day && self.all_day == AllDay::Never, Leaves::AllDay),
            (kind == Kind::OutOfOffice && !self.out_of_office, Leaves::OutOfOffice),
            (kind == Kind::FocusTime && !self.focus_time, Leaves::FocusTime),
            (
                facts.status == EventStatus::Tentative && !self.tentative,
                Leaves::Tentative,
            ),
            (
                facts.response == Some(Response::NeedsAction) && !self.unanswered,
                Leaves::Unanswered,
            ),
            (
                facts.response == Some(Response::Tentative) && !self.maybe,
                Leaves::Maybe,
            ),
        ];
        table.into_iter().find(|(applies, _)| *applies).map(|(_, why)| why)
    }
}
