//! What is at the times of planned lines, as far as it is worked out when calendars are busy.

use std::collections::{BTreeMap, HashMap};

use db::{Conn, events::By};
use domain::{
    availability::Rules,
    busy::Facts,
    event::EventContent,
    id::{EventRef, TenantId},
    stacking::plan::{Clash, Taken, With},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ops::{busy, calendars, free_busy};

/// How far series are looked at.
const AHEAD: SignedDuration = SignedDuration::from_hours(400 * 24);

/// From when to when the dates of series are looked at.
pub fn window(now: Timestamp) -> (Timestamp, Timestamp) {
    let from = now.checked_sub(busy::BACK).unwrap_or(Timestamp::MIN);
    (from, now.checked_add(AHEAD).unwrap_or(Timestamp::MAX))
}

/// By which rules events take time, for each calendar of the tenant.
///
/// # Errors
/// Those of the database.
pub fn rules(conn: &mut Conn, tenant: &TenantId) -> db::Result<HashMap<String, Rules>> {
    let all = db::page::Keyset {
        after: None,
        limit: i64::MAX - 1,
    };
    let rows = db::calendars::list(conn, tenant, &db::calendars::Filter::default(), &all)?.rows;
    Ok(rows
        .into_iter()
        .map(|one| (one.id.clone(), calendars::rules(&one)))
        .collect())
}

/// Whether an event takes time, by these rules.
pub fn takes_time(content: &EventContent, rules: Rules) -> bool {
    rules.leaves(content.kind, Facts::of(content)).is_none()
}

/// What takes time in a calendar between two moments.
///
/// # Errors
/// Those of the database.
pub fn taken(
    conn: &mut Conn,
    tenant: &TenantId,
    calendar: &str,
    rules: Rules,
    (from, to): (Timestamp, Timestamp),
) -> db::Result<Vec<Taken>> {
    let rows = db::busy::between(conn, tenant, &[calendar.to_owned()], from.into(), to.into())?;
    let takes_time = rows.into_iter().filter(|row| free_busy::takes_time_by(row, rules));
    let taken = |row: db::busy::Busy| Taken {
        start: row.starts_at.timestamp(),
        end: row.ends_at.timestamp(),
        event: match row.key.as_str() {
            "" => row.event_id,
            key => format!("{}_{key}", row.event_id),
        },
    };
    Ok(takes_time.map(taken).collect())
}

/// Something at the time of a line, as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Met {
    /// What it is, and when.
    #[serde(flatten)]
    pub clash: Clash,
    /// What an event is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// What a line remembers of it.
///
/// # Errors
/// A fault of ours: something else wrote it.
pub fn read(text: Option<&str>) -> db::Result<Vec<Met>> {
    let read = text.map(serde_json::from_str).transpose();
    Ok(read.map_err(|e| db::Error::Other(e.to_string()))?.unwrap_or_default())
}

/// Notes what is at the times of lines, with its titles.
///
/// # Errors
/// Those of the database.
pub fn note(conn: &mut Conn, tenant: &TenantId, operation: &str, found: Vec<(i64, Vec<Clash>)>) -> db::Result<()> {
    let series = |clash: &Clash| match &clash.with {
        With::Event(name) => EventRef::parse(name).map(|name| name.series),
        With::Line(_) => None,
    };
    let ids: Vec<String> = found.iter().flat_map(|(_, all)| all).filter_map(series).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut titles = BTreeMap::new();
    for row in db::events::named(conn, tenant, By::Ids(&ids))? {
        let title = crate::ops::outbox::said(&row)?.title;
        titles.insert(row.id, title);
    }
    let mut rows = Vec::with_capacity(found.len());
    for (seq, all) in found {
        let met = |clash: Clash| Met {
            title: series(&clash).and_then(|id| titles.get(&id).cloned()),
            clash,
        };
        let all: Vec<Met> = all.into_iter().map(met).collect();
        rows.push((seq, super::json(&all)?));
    }
    db::operation_items::note_clashes(conn, operation, &rows)
}
