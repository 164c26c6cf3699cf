//! Occurrences that were changed by themselves, when their series moves or goes on under another name: what was agreed
//! for them alone is kept. A provider that holds a series as one object carries them itself; others forget them.

use db::events::Event as Row;
use domain::{
    event::{EventContent, EventStatus, Field, Notify},
    id::OccurrenceKey,
    recurrence::Series,
    time::EventTime,
};
use providers::{Change, Target};

use super::{
    desk::{Desk, Refusal},
    series::{differences, internal, with},
};
use crate::ops::events::{Subject, content};

/// What becomes of a series.
#[derive(Debug)]
pub struct Heir<'a> {
    /// The provider's name of the series that goes on.
    pub remote_id: &'a str,
    /// What that series says.
    pub content: &'a EventContent,
    /// Where an occurrence was.
    pub from: &'a EventTime,
    /// Where the same occurrence is now.
    pub to: &'a EventTime,
}

impl Heir<'_> {
    /// Where an occurrence that was at `at` is now.
    pub fn moved(&self, at: &EventTime) -> Option<EventTime> {
        let shift = self.to.local().duration_since(self.from.local());
        Some(self.to.with_local(at.local().checked_add(shift).ok()?))
    }
}

/// The overrides of the series, cancelled ones too, by original start.
///
/// # Errors
/// Those of the database.
pub async fn overrides(desk: &Desk, subject: &Subject) -> Result<Vec<Row>, Refusal> {
    if !subject.row.is_recurring {
        return Ok(Vec::new());
    }
    let (tenant, series) = (desk.tenant.clone(), subject.row.id.clone());
    Ok(desk
        .app
        .read(move |c| db::events::overrides(c, &tenant, &[&series]))
        .await?)
}

/// Whether the occurrence was taken out of its series.
pub fn is_out(row: &Row) -> bool {
    row.status == EventStatus::Cancelled.as_str()
}

/// `EXDATE` lines for those of the overrides that were taken out, so that they stay out of the series that goes on.
pub fn taken_out(overrides: &[Row], master: &EventContent) -> Vec<String> {
    let keys: Vec<&str> = overrides
        .iter()
        .filter(|row| is_out(row))
        .filter_map(|row| row.original_key.as_deref())
        .collect();
    match (keys.is_empty(), master.is_all_day()) {
        (true, _) => Vec::new(),
        (false, true) => vec![format!("EXDATE;VALUE=DATE:{}", keys.join(","))],
        (false, false) => vec![format!("EXDATE:{}", keys.join(","))],
    }
}

/// Changes the occurrences of `heir` as those of `subject` were changed by themselves. One that the new rule does not
/// have any more is left behind. Repeating it does no harm.
///
/// # Errors
/// [`Refusal`].
pub async fn carry(
    desk: &Desk,
    subject: &Subject,
    overrides: &[Row],
    heir: &Heir<'_>,
    notify: Notify,
) -> Result<(), Refusal> {
    let live: Vec<&Row> = overrides.iter().filter(|row| !is_out(row)).collect();
    if live.is_empty() {
        return Ok(());
    }
    let series = |content: &EventContent| content.series(subject.zone()).map_err(|e| Refusal::rule(&e));
    let (old, new) = (series(&subject.content)?, series(heir.content)?);
    for row in live {
        let Some((target, change)) = carried(row, subject, &old, &new, heir, notify)? else {
            tracing::info!(
                event = row.id,
                "a changed occurrence has no place in the changed series"
            );
            continue;
        };
        if !change.fields.is_empty() {
            desk.update(&target, &change).await?;
        }
    }
    Ok(())
}

/// The write that makes the occurrence of the new series what `row` is in the old one.
fn carried(
    row: &Row,
    subject: &Subject,
    old: &Series,
    new: &Series,
    heir: &Heir<'_>,
    notify: Notify,
) -> Result<Option<(Target, Change)>, Refusal> {
    let said = content(row).map_err(|e| internal(&e))?;
    let key = row.original_key.as_deref().and_then(OccurrenceKey::parse);
    let Some((original, key)) = key.and_then(|key| Some((key.to_event_time(&subject.content.start).ok()??, key)))
    else {
        return Ok(None);
    };
    let ruled = |series: &Series, key| series.find(key).map_err(|e| Refusal::rule(&e));
    let Some(at) = heir.moved(&original) else {
        return Ok(None);
    };
    let Ok(there) = OccurrenceKey::of(&at) else {
        return Ok(None);
    };
    let Some(place) = ruled(new, &there)? else {
        return Ok(None);
    };
    let mut before = EventContent {
        recurrence: Vec::new(),
        ..subject.content.clone()
    };
    if let Some(place) = ruled(old, &key)? {
        (before.start, before.end) = (place.start, place.end);
    }
    let mut fields = differences(&before, &said);
    fields.remove(&Field::Recurrence);
    let mut after = with(
        &EventContent {
            recurrence: Vec::new(),
            start: place.start.clone(),
            end: place.end,
            ..heir.content.clone()
        },
        &said,
        &fields,
    );
    if fields.contains(&Field::Time) {
        (after.start, after.end) = (said.start, said.end);
    }
    let target = Target {
        remote_id: heir.remote_id.to_owned(),
        occurrence: Some(place.start),
    };
    let change = Change {
        content: after,
        fields,
        etag: None,
        calendar_zone: subject.zone().to_owned(),
        notify,
    };
    Ok(Some((target, change)))
}
