//! What a plan has to know of the world.

use crate::{stacking::draft::Draft, time::EventTime};

/// What the caller has to look up before [`Planner::draft`](super::Planner::draft): every event that matches any part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe<'a> {
    /// An event of ours, wherever it is.
    pub id: Option<&'a str>,
    /// The calendar that the rest is about.
    pub calendar: Option<&'a str>,
    /// A key of the caller's.
    pub external_id: Option<&'a str>,
    /// An iCalendar UID, or the external id that is made of it ([`kept_uid`](super::kept_uid)).
    pub uid: Option<&'a str>,
    /// Of that series: this occurrence, too.
    pub occurrence: Option<&'a str>,
    /// A title …
    pub title: Option<&'a str>,
    /// … at this start.
    pub start: Option<&'a EventTime>,
}

impl<'a> Probe<'a> {
    /// What to look up for a draft.
    pub fn of(draft: &'a Draft) -> Self {
        Self {
            id: draft.id.as_deref(),
            calendar: draft.calendar.as_deref(),
            external_id: draft.external_id.as_deref(),
            uid: draft.uid.as_deref(),
            occurrence: draft.occurrence.as_deref(),
            title: draft.patch.title.as_deref(),
            start: draft.patch.start.as_ref(),
        }
    }
}
