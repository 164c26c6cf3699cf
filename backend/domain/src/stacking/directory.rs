//! The calendars that work may be done on, found by what people call them.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::fault::shown;
use crate::calendar::Provider;

/// A calendar, with what planning needs to know about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// Ours.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Whose it is.
    pub client_id: String,
    /// What that client is called.
    pub client_name: String,
    /// Where whole days begin, and where times are that name no zone.
    pub time_zone: String,
    /// Who keeps it.
    pub provider: Provider,
    /// The account it is reached through (the credential): calls are counted for each.
    pub account: String,
    /// The address of that account; guests of the same domain are not external.
    pub account_email: Option<String>,
    /// Whether guests are mailed.
    pub mailing: Mailing,
    /// Whether events may be written.
    pub writable: bool,
    /// How many events it holds.
    pub held: i64,
}

/// Whether guests are mailed about what is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mailing {
    /// As it is asked for: Google.
    #[default]
    AsAsked,
    /// As it is asked for, but whoever asks for some asks for all: CalDAV servers that schedule.
    AllOrNone,
    /// Whatever is asked for: Microsoft.
    Always,
    /// By nobody: a CalDAV server that does not schedule.
    Never,
}

/// Every calendar the caller may see. Made once for a plan.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    calendars: Vec<Calendar>,
    by_id: HashMap<String, usize>,
    by_name: HashMap<String, Vec<usize>>,
}

/// Why no calendar was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    /// None has this name or id.
    #[error("there is no calendar {} {}; see Calendars for the names", shown(.name), of(.client.as_ref()))]
    Unknown {
        /// As it was written.
        name: String,
        /// The client, where one was named.
        client: Option<String>,
    },
    /// Several have this name.
    #[error("{count} calendars are called {}; name the client too, or write the calendar's id", shown(.name))]
    Ambiguous {
        /// As it was written.
        name: String,
        /// How many.
        count: usize,
    },
    /// None was named.
    #[error("no calendar is named; fill in the column, or choose a calendar for the whole file")]
    Unnamed,
    /// Only a client was named, and it has several.
    #[error("{} has {count} calendars that can be written; name one of them", shown(.client))]
    OfClient {
        /// As it was written.
        client: String,
        /// How many.
        count: usize,
    },
}

fn of(client: Option<&String>) -> String {
    client.map_or_else(|| "here".to_owned(), |client| format!("of client {}", shown(client)))
}

impl NotFound {
    /// The stable word for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "calendar_unknown",
            Self::Ambiguous { .. } => "calendar_ambiguous",
            Self::Unnamed => "calendar_missing",
            Self::OfClient { .. } => "calendar_ambiguous",
        }
    }
}

fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

impl Directory {
    /// A directory of these.
    pub fn new(calendars: Vec<Calendar>) -> Self {
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, calendar) in calendars.iter().enumerate() {
            by_name.entry(folded(&calendar.name)).or_default().push(at);
        }
        let by_id = calendars
            .iter()
            .enumerate()
            .map(|(at, one)| (one.id.clone(), at))
            .collect();
        Self {
            calendars,
            by_id,
            by_name,
        }
    }

    /// All of them.
    pub fn calendars(&self) -> &[Calendar] {
        &self.calendars
    }

    /// The calendar with this id.
    pub fn get(&self, id: &str) -> Option<&Calendar> {
        self.by_id.get(id).and_then(|at| self.calendars.get(*at))
    }

    /// The calendar somebody means by its name or id and the name or id of its client. A client alone means its only
    /// calendar that can be written.
    ///
    /// # Errors
    /// [`NotFound`].
    pub fn find(&self, name: Option<&str>, client: Option<&str>) -> Result<&Calendar, NotFound> {
        let said = |text: Option<&str>| text.map(folded).filter(|text| !text.is_empty());
        let (folded_name, folded_client) = (said(name), said(client));
        let of_client = |one: &&Calendar| {
            folded_client
                .as_ref()
                .is_none_or(|client| one.client_id == *client || folded(&one.client_name) == *client)
        };
        let unknown = || NotFound::Unknown {
            name: name.unwrap_or_default().to_owned(),
            client: client.filter(|_| folded_client.is_some()).map(str::to_owned),
        };
        let Some(wanted) = folded_name else {
            if folded_client.is_none() {
                return Err(NotFound::Unnamed);
            }
            let theirs: Vec<_> = self
                .calendars
                .iter()
                .filter(|one| one.writable)
                .filter(of_client)
                .collect();
            return match theirs.as_slice() {
                [only] => Ok(only),
                [] => Err(unknown()),
                several => Err(NotFound::OfClient {
                    client: client.unwrap_or_default().to_owned(),
                    count: several.len(),
                }),
            };
        };
        if let Some(calendar) = self.get(name.unwrap_or_default().trim()) {
            return Some(calendar).filter(of_client).ok_or_else(unknown);
        }
        let called = self.by_name.get(&wanted).map(Vec::as_slice).unwrap_or_default();
        let called: Vec<_> = called
            .iter()
            .filter_map(|at| self.calendars.get(*at))
            .filter(of_client)
            .collect();
        match called.as_slice() {
            [only] => Ok(only),
            [] => Err(unknown()),
            several => Err(NotFound::Ambiguous {
                name: name.unwrap_or_default().to_owned(),
                count: several.len(),
            }),
        }
    }
}
