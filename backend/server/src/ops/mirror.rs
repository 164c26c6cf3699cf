//! From what an event says to a row of the mirror. Pure.

use db::{events::NewRow, mirror::Said, types::Instant};
use domain::{
    event::{EventContent, RemoteEvent},
    id::{Kind, OccurrenceKey},
};
use jiff::Timestamp;
use uuid::Uuid;

/// The calendar a row goes to.
#[derive(Debug, Clone)]
pub struct Place {
    /// Whose.
    pub tenant: String,
    /// For which client.
    pub client: String,
    /// `cal_…`
    pub calendar: String,
    /// `google` or `caldav`.
    pub provider: String,
    /// Where whole days begin.
    pub zone: String,
}

impl Place {
    /// The place a calendar's row stands for. A calendar without a zone lies in UTC.
    pub fn of(row: &db::calendars::Calendar) -> Self {
        Self {
            tenant: row.tenant_id.clone(),
            client: row.client_id.clone(),
            calendar: row.id.clone(),
            provider: row.provider.clone(),
            zone: row.time_zone.clone().unwrap_or_else(|| "UTC".to_owned()),
        }
    }
}

/// Names rows after what they mirror: two pulls, or a pull and a write, name one event alike.
const NAMESPACE: Uuid = Uuid::from_u128(0x6d1f_2a5c_9a3b_4c57_8f0e_61b7_52c8_93d4);

/// The identifier of a mirrored event.
pub fn id(calendar: &str, remote_id: &str) -> String {
    Kind::Event.id(Uuid::new_v5(&NAMESPACE, format!("{calendar}\n{remote_id}").as_bytes()))
}

/// As the API names a row: an override after its series.
pub fn name(id: &str, series: Option<&str>, key: Option<&str>) -> String {
    match (series, key) {
        (Some(series), Some(key)) => format!("{series}_{key}"),
        _ => id.to_owned(),
    }
}

/// A key for something to be written, from what makes it one thing: asked again, it is the same.
pub fn key(parts: &[&str]) -> String {
    // Lengths first, so that no two lists give the same text.
    let text: String = parts.iter().map(|part| format!("{}:{part}\n", part.len())).collect();
    Uuid::new_v5(&NAMESPACE, text.as_bytes()).simple().to_string()
}

/// The end of what has none, in the index.
pub const FAR: Timestamp = Timestamp::constant(253_370_764_800, 0); // 9999-01-01

/// The row for an event. Round, revision and times of our own are left for whoever knows what stood there before.
///
/// # Errors
/// Why it cannot be placed in time; it is set aside then.
pub fn row(place: &Place, event: RemoteEvent) -> Result<NewRow, String> {
    let said = said(&event.content, event.series.is_none(), &place.zone)?;
    let original_key = match &event.original_start {
        Some(start) => Some(OccurrenceKey::of(start).map_err(|e| e.to_string())?.to_string()),
        None => None,
    };
    let json = |value: serde_json::Result<String>| value.map_err(|e| e.to_string());
    Ok(NewRow {
        id: id(&place.calendar, &event.remote_id),
        tenant_id: place.tenant.clone(),
        client_id: place.client.clone(),
        calendar_id: place.calendar.clone(),
        provider: place.provider.clone(),
        ical_uid: event.ical_uid,
        etag: event.etag,
        series_id: None,
        series_remote_id: event.series,
        original_key,
        original_start: event
            .original_start
            .as_ref()
            .map(|start| json(serde_json::to_string(start)))
            .transpose()?,
        starts_at: said.starts_at,
        ends_at: said.ends_at,
        is_recurring: said.is_recurring,
        status: said.status,
        search_text: said.search_text,
        external_id: said.external_id,
        content: said.content,
        html_link: event.html_link,
        remote_created_at: event.created_at.map(Instant::from),
        remote_updated_at: event.updated_at.map(Instant::from),
        round: 0,
        revision: 1,
        created_at: Timestamp::UNIX_EPOCH.into(),
        updated_at: Timestamp::UNIX_EPOCH.into(),
        raw: event.raw.replace('\0', ""),
        remote_id: event.remote_id,
    })
}

/// What a row says, and what follows from that. An override is never a series, whatever it says.
///
/// # Errors
/// Why it cannot be placed in time.
pub fn said(content: &EventContent, may_recur: bool, zone: &str) -> Result<Said, String> {
    let is_recurring = may_recur && content.is_recurring();
    let (starts_at, ends_at) = window(content, is_recurring, zone)?;
    Ok(Said {
        starts_at: starts_at.into(),
        ends_at: ends_at.into(),
        is_recurring,
        status: content.status.as_str().to_owned(),
        search_text: search_text(content),
        external_id: content.metadata.get(domain::event::EXTERNAL_ID).cloned(),
        content: serde_json::to_string(content).map_err(|e| e.to_string())?,
    })
}

fn window(content: &EventContent, is_recurring: bool, zone: &str) -> Result<(Timestamp, Timestamp), String> {
    let at = |time: &domain::time::EventTime| time.instant(zone).map_err(|e| e.to_string());
    if is_recurring {
        let series = content.series(zone).map_err(|e| e.to_string())?;
        let (first, last) = series.bounds().map_err(|e| e.to_string())?;
        return Ok((first, last.unwrap_or(FAR)));
    }
    let (start, end) = (at(&content.start)?, at(&content.end)?);
    Ok((start, end.max(start)))
}

fn search_text(content: &EventContent) -> String {
    let mut text = content.title.clone();
    let mut more = |part: &str| {
        text.push('\n');
        text.push_str(part);
    };
    content.description.as_deref().into_iter().for_each(&mut more);
    content.location.as_deref().into_iter().for_each(&mut more);
    for guest in &content.attendees {
        more(&guest.email);
        guest.name.as_deref().into_iter().for_each(&mut more);
    }
    text.to_lowercase()
}
