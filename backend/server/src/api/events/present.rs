//! From rows of the mirror to answers.

use std::sync::Arc;

use db::outbox::{DEAD, HELD};
use domain::{event::EventContent, id::OccurrenceKey, recurrence::Occurrence, time::EventTime};
use jiff::Timestamp;

use super::{
    convert::reminders_out,
    model::{self, Attendee, Conference, Event, Person, SyncInfo, SyncState},
};
use crate::{
    api::words::Provider,
    ops::{
        mirror,
        outbox::{PENDING, States},
    },
};

/// What an answer says that does not stand in the event's row.
#[derive(Debug, Clone)]
pub struct Around {
    /// The calendar's zone.
    pub zone: String,
    /// What the mirror is true for.
    pub as_of: Option<Timestamp>,
    /// What waits for the provider or a person.
    pub states: Arc<States>,
}

impl Around {
    /// How far an event and its provider agree.
    fn sync(&self, row: &db::events::Event) -> SyncInfo {
        let (state, detail) = match (self.states.conflict(&row.id), self.states.promise(&row.id)) {
            (Some(_), _) => (
                SyncState::Conflict,
                Some("It was changed here and at the provider: choose.".to_owned()),
            ),
            (None, Some(promise)) if [DEAD, HELD].contains(&promise.state.as_str()) => {
                (SyncState::Failed, promise.error_detail.clone())
            }
            (None, Some(promise)) => (SyncState::Pending, promise.error_detail.clone()),
            (None, None) => (SyncState::Synced, None),
        };
        SyncInfo {
            state,
            detail,
            as_of: self.as_of,
        }
    }
}

/// The version of an event for `If-Match`; of an occurrence the series' revision and its own.
pub fn etag(row: &db::events::Event, series_revision: Option<i64>) -> String {
    match series_revision {
        Some(series) if row.series_id.is_some() => format!("\"{series}.{}\"", row.revision),
        _ => format!("\"{}\"", row.revision),
    }
}

/// The version of what is shown: how far a change is, is part of it. A write may send either back.
pub fn shown_etag(event: &Event) -> String {
    match event.sync.state {
        SyncState::Synced => event.etag.clone(),
        state => format!("{}~{}\"", event.etag.trim_end_matches('"'), state as u8),
    }
}

/// The version of an occurrence that was never changed.
pub fn untouched_etag(master: &db::events::Event) -> String {
    format!("\"{}.0\"", master.revision)
}

/// The identifier of a row: an override is named after its series.
pub fn id(row: &db::events::Event) -> String {
    mirror::name(&row.id, row.series_id.as_deref(), row.original_key.as_deref())
}

/// Reads what a row says.
///
/// # Errors
/// A fault of ours: the row was written by something else.
pub fn content(row: &db::events::Event) -> db::Result<EventContent> {
    serde_json::from_str(&row.content).map_err(|e| db::Error::Other(format!("content of {}: {e}", row.id)))
}

/// A single event, a master or an override.
///
/// # Errors
/// A fault of ours: the row was written by something else.
pub fn row(row: db::events::Event, series_revision: Option<i64>, around: &Around) -> db::Result<Event> {
    let content = content(&row)?;
    let (id, etag) = (id(&row), etag(&row, series_revision));
    let original_start = match &row.original_start {
        Some(text) => {
            let original: EventTime = serde_json::from_str(text)
                .map_err(|e| db::Error::Other(format!("original start of {}: {e}", row.id)))?;
            Some(time(&original, &around.zone))
        }
        None => None,
    };
    let recurring_event_id = row.series_id.clone();
    Ok(Event {
        id,
        etag,
        recurring_event_id,
        original_start,
        ..event(row, content, around)
    })
}

/// An occurrence of a series that was never changed. `content` is the master's.
pub fn occurrence(
    master: &db::events::Event,
    content: &EventContent,
    occurrence: &Occurrence,
    around: &Around,
) -> Event {
    let content = EventContent {
        start: occurrence.start.clone(),
        end: occurrence.end.clone(),
        recurrence: Vec::new(),
        ..content.clone()
    };
    let event = event(master.clone(), content, around);
    Event {
        id: format!("{}_{}", master.id, occurrence.key),
        etag: untouched_etag(master),
        provider_event_id: None,
        recurring_event_id: Some(master.id.clone()),
        original_start: Some(event.start.clone()),
        ..event
    }
}

/// The key of an override's original start.
pub fn key(row: &db::events::Event) -> Option<OccurrenceKey> {
    row.original_key.as_deref().and_then(OccurrenceKey::parse)
}

/// A time with its instant. An unknown zone cannot be placed; such an event was set aside when it was pulled.
pub fn time(time: &EventTime, calendar_zone: &str) -> model::EventTime {
    let utc = time.instant(calendar_zone).unwrap_or(Timestamp::UNIX_EPOCH);
    match time.public() {
        EventTime::Date { date } => model::EventTime {
            date: Some(date.to_string()),
            date_time: None,
            time_zone: None,
            utc,
        },
        EventTime::Zoned { date_time, time_zone } => model::EventTime {
            date: None,
            date_time: Some(date_time.to_string()),
            time_zone: Some(time_zone),
            utc,
        },
    }
}

fn event(row: db::events::Event, content: EventContent, around: &Around) -> Event {
    let sync = around.sync(&row);
    Event {
        id: row.id,
        calendar_id: row.calendar_id,
        client_id: row.client_id,
        provider: domain::calendar::Provider::parse(&row.provider).map_or(Provider::Caldav, Into::into),
        provider_event_id: Some(row.remote_id).filter(|name| !name.starts_with(PENDING)),
        ical_uid: row.ical_uid,
        etag: String::new(),
        start: time(&content.start, &around.zone),
        end: time(&content.end, &around.zone),
        title: content.title,
        description: content.description,
        location: content.location,
        recurrence: content.recurrence,
        attendees: content
            .attendees
            .into_iter()
            .map(|a| Attendee {
                email: a.email,
                name: a.name,
                response: a.response.into(),
                optional: a.optional,
                is_self: a.is_self,
            })
            .collect(),
        organizer: content.organizer.map(|p| Person {
            email: p.email,
            name: p.name,
        }),
        reminders: reminders_out(&content.reminders),
        visibility: content.visibility.into(),
        transparency: content.transparency.into(),
        status: content.status.into(),
        colour: content.colour,
        conference: content.conference.map(|c| Conference {
            url: c.url,
            name: c.name,
        }),
        metadata: content.metadata,
        recurring_event_id: None,
        original_start: None,
        sync,
        html_link: row.html_link,
        created_at: row.remote_created_at.map(Into::into),
        updated_at: row.remote_updated_at.map(Into::into),
    }
}
